//! The reader view of an article, what people note of it, and the history of a page.

use std::collections::HashSet;

use axum::body::Body;
use axum::http::Response;
use jiff::Timestamp;
use serde::Deserialize;

use crate::replay::address::Stamp;
use crate::replay::captures::{self, Found, redirect};
use crate::replay::error::Error;
use crate::replay::origin::Origins;
use crate::replay::pages::{PageQuery, capture_of_id, html, page_address, query_of, see_other};
use crate::replay::rewrite::{self, Lead, Links};
use crate::replay::views::read::{History, Read};
use crate::replay::views::rows::{Row, edit_words, is_readable, timeline};
use crate::snapshot::diff::{diff, summary};
use crate::snapshot::value::Change;
use crate::store::archive::Archive;
use crate::store::capture::{Annotation, Capture};

/// So many edits of a timeline are told in words: each takes reading two articles.
const EDITS_TOLD: usize = 24;
/// So many tags in use are offered.
const TAGS_OFFERED: usize = 100;

/// What `/read/ID` is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ReadQuery {
    noted: String,
}

/// `/read/ID`: the article of a capture, or the page as captured where it has none.
pub fn read(archive: &Archive, origins: &Origins, id: &str, query: &ReadQuery) -> Result<Response<Body>, Error> {
    let capture = capture_of_id(archive, id, &format!("/read/{id}"))?;
    let article = if is_readable(&capture) { archive.load_article(&capture)? } else { None };
    let Some(article) = article else {
        return Ok(redirect(&page_address(&capture)));
    };
    let (stamp, links) = (Stamp::of(capture.at), Links::Reader);
    let content = archive.asking_what_is_kept(|kept| {
        rewrite::html(&article.html(), &Lead { stamp, url: &capture.url, links, parts: &origins.captures, kept })
    })?;
    let history = archive.history(&capture.url)?;
    let annotation = archive.annotation(&capture.url)?;
    let mut page = Read::of(&capture, &article, content, told_timeline(archive, &history), annotation);
    page.known_tags = archive.tags(TAGS_OFFERED)?.into_iter().map(|(tag, _)| tag).collect();
    page.noted = !query.noted.is_empty();
    html(&page)
}

/// A timeline in which the newest edits say how much they changed.
fn told_timeline(archive: &Archive, history: &[Capture]) -> Vec<Row> {
    let mut rows = timeline(history);
    let with_article: Vec<&Capture> = history.iter().filter(|capture| capture.article_digest.is_some()).collect();
    let edits = with_article.windows(2).rev().filter(|pair| pair[1].change == Change::Edited).take(EDITS_TOLD);
    for pair in edits {
        // A version that cannot be read back costs its words in the timeline, and no more.
        let article = |capture: &Capture| archive.load_article(capture).ok().flatten();
        let (Some(older), Some(newer)) = (article(pair[0]), article(pair[1])) else { continue };
        let id = pair[1].id.to_string();
        if let Some(row) = rows.iter_mut().find(|row| row.id == id) {
            row.edit = edit_words(&summary(&diff(&older, &newer)));
        }
    }
    rows
}

/// `/article?url=&at=`: the reader view of the latest article of an address, not after a moment where one is given and it
/// was kept by then.
pub fn article(archive: &Archive, query: &PageQuery) -> Result<Response<Body>, Error> {
    let url = query.url()?;
    let at = query.at()?;
    let wanted = at.map_or_else(|| Stamp::of(Timestamp::MAX), Stamp::of);
    let found = captures::find(archive, &url, wanted)?;
    let kept_as = &found.capture.url;
    let capture = match archive.latest_article(kept_as, at)? {
        Some(capture) => capture,
        None => archive.latest_article(kept_as, None)?.unwrap_or(found.capture),
    };
    if is_readable(&capture) {
        return Ok(redirect(&format!("/read/{}", capture.id)));
    }
    Ok(redirect(&page_address(&capture)))
}

/// `/history?url=`: every capture of an address.
pub fn history(archive: &Archive, query: &PageQuery) -> Result<Response<Body>, Error> {
    let Found { capture, history } = captures::find(archive, &query.url()?, Stamp::of(Timestamp::MAX))?;
    let title = history.iter().rev().find_map(|capture| capture.title.clone());
    html(&History {
        url: capture.url.to_string(),
        title: title.unwrap_or_else(|| capture.url.to_string()),
        versions: told_timeline(archive, &history),
    })
}

/// What a person noted of an article, as the form of its page sends it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NoteForm {
    id: String,
    tags: String,
    note: String,
}

/// `POST /note`: keeps tags and note of the page that a capture is of.
pub fn note(archive: &Archive, form: &NoteForm, now: Timestamp) -> Result<Response<Body>, Error> {
    let capture = capture_of_id(archive, &form.id, "/note")?;
    let from_source: HashSet<&str> = capture.tags.iter().map(String::as_str).collect();
    let tags = form.tags.split([',', '\n']).filter(|tag| !from_source.contains(tag.trim()));
    let annotation = Annotation::tidied(tags, &form.note);
    if annotation != archive.annotation(&capture.url)? {
        archive.annotate(&capture.url, &annotation, now)?;
    }
    Ok(see_other(&format!("/read/{}?{}#notes", capture.id, query_of(&[("noted", "1")]))))
}
