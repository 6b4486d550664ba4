//! Articles: what a capture says, why it is read so, and what changed between two captures.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Response, StatusCode, header};
use axum::routing::{get, post};
use chaffinch_extract::article::Article;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::replay::api::captures::capture;
use crate::replay::api::notes::body;
use crate::replay::api::parameters::{self, wrong};
use crate::replay::api::{answer, json};
use crate::replay::captures::put;
use crate::replay::error::Error;
use crate::replay::pages::explain::explained;
use crate::replay::pages::export;
use crate::replay::room::{Asked, Room, parameters};
use crate::store::archive::Archive;
use crate::store::capture::Capture;
use crate::store::records::{ArticleRecord, DiffRecord};
use crate::store::sides;

/// The addresses of this file.
pub(super) fn routes() -> Router<Room> {
    Router::new()
        .route("/api/captures/{id}/article", get(article))
        .route("/api/captures/{id}/explanation", get(explanation))
        .route("/api/captures/{id}/case", post(case))
        .route("/api/captures/{id}/export", get(file))
        .route("/api/diff", get(diff))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Form {
    format: String,
}

async fn article(State(room): State<Room>, Path(id): Path<String>, asked: Asked<Form>) -> Response<Body> {
    let question = parameters::id(&id).and_then(|id| Ok((id, parameters(asked)?)));
    answer(&room, question, |archive, (id, form)| {
        let capture = capture(archive, id)?;
        let (text, kind, ending) = match form.format.as_str() {
            "" | "json" => return json(&ArticleRecord::of_capture(&capture, &shown(archive, &capture)?)),
            "markdown" => (shown(archive, &capture)?.markdown(), "text/markdown; charset=utf-8", "md"),
            "html" => (shown(archive, &capture)?.html(), "text/html; charset=utf-8", "html"),
            "text" => (shown(archive, &capture)?.text(), "text/plain; charset=utf-8", "txt"),
            other => return Err(wrong("format", format!("`{other}` is none of `json`, `markdown`, `html`, `text`"))),
        };
        let mut response = Response::new(Body::from(text));
        let headers = response.headers_mut();
        put(headers, header::CONTENT_TYPE, kind);
        // What a page says is no page of this server.
        put(headers, header::CONTENT_DISPOSITION, &format!("attachment; filename=\"{}.{ending}\"", capture.id));
        put(headers, header::CACHE_CONTROL, "private, no-cache");
        Ok(response)
    })
    .await
}

/// The article that a capture shows.
fn shown(archive: &Archive, capture: &Capture) -> Result<Article, Error> {
    let none = || Error::Missing { what: format!("capture {} shows no article", capture.id) };
    archive.load_article(capture)?.ok_or_else(none)
}

async fn file(State(room): State<Room>, Path(id): Path<String>, asked: Asked<Form>) -> Response<Body> {
    let question = parameters::id(&id).and_then(|id| Ok((id, parameters(asked)?)));
    answer(&room, question, |archive, (id, form)| {
        if !matches!(form.format.as_str(), "md" | "epub" | "warc.gz") {
            return Err(wrong("format", "is wanted: `md`, `epub` or `warc.gz`"));
        }
        let capture = capture(archive, id)?;
        export::export(archive, &format!("{}.{}", capture.id, form.format), Timestamp::now())
    })
    .await
}

async fn explanation(State(room): State<Room>, Path(id): Path<String>) -> Response<Body> {
    let rules = room.rules();
    answer(&room, parameters::id(&id), move |archive, id| {
        let capture = capture(archive, id)?;
        let page = archive.load_page(&capture)?;
        json(&explained(archive, &capture, &page, &rules)?)
    })
    .await
}

/// What a person says is wrong.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Remark {
    remark: String,
}

/// Where a case was filed.
#[derive(Debug, Serialize)]
struct Filed {
    case: String,
}

/// Files page and verdict for whoever improves the extractor.
async fn case(State(room): State<Room>, Path(id): Path<String>, headers: HeaderMap, bytes: Bytes) -> Response<Body> {
    let rules = room.rules();
    let question = parameters::id(&id).and_then(|id| Ok((id, body::<Remark>(&headers, &bytes)?)));
    answer(&room, question, move |archive, (id, form)| {
        let capture = capture(archive, id)?;
        let page = archive.load_page(&capture)?;
        let explanation = explained(archive, &capture, &page, &rules)?;
        let (name, remark) = (capture.id.to_string(), form.remark.trim());
        let remark = Some(remark).filter(|remark| !remark.is_empty());
        archive.file_case(&name, &page.body, &explanation, Some(&capture.url), remark)?;
        let mut response = json(&Filed { case: format!("cases/{name}") })?;
        *response.status_mut() = StatusCode::CREATED;
        Ok(response)
    })
    .await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Sides {
    url: String,
    a: String,
    b: String,
}

async fn diff(State(room): State<Room>, asked: Asked<Sides>) -> Response<Body> {
    answer(&room, parameters(asked), |archive, asked| {
        let url = parameters::url(&asked.url)?;
        let mut captures = archive.history(&crate::url::canonical(&url))?;
        captures.retain(|capture| capture.article_digest.is_some());
        let named = |text: &str| {
            if text.is_empty() {
                return Ok(None);
            }
            let id = parameters::id(text)?;
            let found = captures.iter().find(|capture| capture.id == id).cloned();
            found.map(Some).ok_or_else(|| Error::Missing { what: format!("capture {id} shows no article of {url}") })
        };
        let sides = sides::of(&captures, named(&asked.a)?, named(&asked.b)?);
        let (a, b) = sides.ok_or_else(|| Error::NotKept { url: url.clone() })?;
        let (old, new) = (shown(archive, &a)?, shown(archive, &b)?);
        json(&DiffRecord::of(&a.url, (&a, &old), (&b, &new)))
    })
    .await
}
