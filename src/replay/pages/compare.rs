//! Two versions of an article beside each other.

use axum::body::Body;
use axum::http::Response;
use chaffinch_extract::article::Article;
use jiff::Timestamp;
use serde::Deserialize;

use crate::replay::address::Stamp;
use crate::replay::captures;
use crate::replay::error::Error;
use crate::replay::pages::html;
use crate::replay::views::compare::{Compare, stretches};
use crate::replay::views::rows::Row;
use crate::snapshot::diff::diff;
use crate::snapshot::value::Change;
use crate::store::archive::Archive;
use crate::store::capture::Capture;

/// What `/compare` is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct CompareQuery {
    url: String,
    /// The id of the older capture.
    a: String,
    /// The id of the newer.
    b: String,
    /// `split` for side by side, `inline` for one text.
    view: String,
}

/// `/compare?url=&a=&b=&view=`: two versions of an article; without any named, the last edit.
pub fn compare(archive: &Archive, query: &CompareQuery) -> Result<Response<Body>, Error> {
    let url = crate::url::parse(&query.url)
        .map_err(|error| Error::Parameter { parameter: "url", reason: error.to_string() })?;
    let mut versions = captures::find(archive, &url, Stamp::of(Timestamp::MAX))?.history;
    versions.retain(|capture| capture.article_digest.is_some());
    if versions.is_empty() {
        return Err(Error::NoArticle { url });
    }
    let (older, newer) = chosen(&versions, query)?;
    let passages = diff(&article(archive, older)?, &article(archive, newer)?);
    html(&Compare {
        url: newer.url.to_string(),
        older: Row::of(older),
        newer: Row::of(newer),
        told: Compare::told(&passages),
        stretches: stretches(&passages),
        split: query.view == "split",
        versions: versions.iter().rev().map(Row::of).collect(),
    })
}

/// The two that are meant, the older first.
fn chosen<'a>(versions: &'a [Capture], query: &CompareQuery) -> Result<(&'a Capture, &'a Capture), Error> {
    let named = |parameter: &'static str, id: &str| -> Result<Option<usize>, Error> {
        let unknown = || Error::Parameter { parameter, reason: format!("`{id}` is no capture of an article here") };
        if id.is_empty() {
            return Ok(None);
        }
        versions.iter().position(|capture| capture.id.to_string() == id).map(Some).ok_or_else(unknown)
    };
    let (a, b) = (named("a", &query.a)?, named("b", &query.b)?);
    let last_edit = versions.iter().rposition(|capture| capture.change == Change::Edited);
    let b = b.or(if a.is_none() { last_edit } else { None }).unwrap_or(versions.len() - 1);
    let a = a.unwrap_or_else(|| b.saturating_sub(1));
    Ok((&versions[a.min(b)], &versions[a.max(b)]))
}

fn article(archive: &Archive, capture: &Capture) -> Result<Article, Error> {
    archive.load_article(capture)?.ok_or_else(|| Error::NoArticle { url: capture.url.clone() })
}
