//! Captures: listed, searched, one by one, and the history of a page.

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::Response;
use axum::routing::get;
use serde::Serialize;

use crate::replay::api::parameters::{self, Narrowed, wrong};
use crate::replay::api::{answer, json};
use crate::replay::error::Error;
use crate::replay::room::{Asked, Room, parameters};
use crate::snapshot::value::CaptureId;
use crate::store::archive::Archive;
use crate::store::capture::{Capture, Filter};
use crate::store::records::CaptureRecord;

/// The addresses of this file.
pub(super) fn routes() -> Router<Room> {
    Router::new()
        .route("/api/captures", get(list))
        .route("/api/captures/{id}", get(one))
        .route("/api/search", get(search))
        .route("/api/history", get(history))
}

/// A part of a list.
#[derive(Debug, Serialize)]
struct Part {
    captures: Vec<CaptureRecord>,
    /// What to ask for as `after` to see the next part; `None` where this is the last.
    next: Option<String>,
}

impl Part {
    /// Of one more than is shown.
    fn of(mut captures: Vec<CaptureRecord>, limit: usize) -> Self {
        let more = captures.len() > limit;
        captures.truncate(limit);
        let next = captures.last().filter(|_| more).map(|last| last.id.clone());
        Self { captures, next }
    }
}

/// The capture of an id.
pub(super) fn capture(archive: &Archive, id: CaptureId) -> Result<Capture, Error> {
    archive.capture(&id)?.ok_or_else(|| Error::Missing { what: format!("there is no capture {id}") })
}

async fn list(State(room): State<Room>, asked: Asked<Narrowed>) -> Response<Body> {
    answer(&room, parameters(asked), |archive, query| {
        let captures = archive.list(&query.filter()?)?;
        json(&Part::of(captures.iter().map(CaptureRecord::from).collect(), query.limit()?))
    })
    .await
}

async fn search(State(room): State<Room>, asked: Asked<Narrowed>) -> Response<Body> {
    answer(&room, parameters(asked), |archive, query| {
        if query.q.trim().is_empty() {
            return Err(wrong("q", "is wanted: the words to look for"));
        }
        let hits = archive.search(&query.q, &query.filter()?)?;
        let found = hits
            .into_iter()
            .map(|hit| CaptureRecord { snippet: Some(hit.snippet), ..CaptureRecord::from(&hit.capture) });
        json(&Part::of(found.collect(), query.limit()?))
    })
    .await
}

async fn one(State(room): State<Room>, Path(id): Path<String>) -> Response<Body> {
    answer(&room, parameters::id(&id), |archive, id| json(&CaptureRecord::from(&capture(archive, id)?))).await
}

/// Every capture of a page, newest first, with what each edit changed.
async fn history(State(room): State<Room>, asked: Asked<Narrowed>) -> Response<Body> {
    answer(&room, parameters(asked), |archive, query| {
        let url = parameters::url(&query.url)?;
        let known = archive.find(url.as_str(), None)?.ok_or(Error::NotKept { url })?;
        let captures = archive.list(&Filter { url: Some(known.url), assets: true, ..query.filter()? })?;
        let limit = query.limit()?;
        let record = |(number, capture): (usize, &Capture)| {
            // The one behind the last is not shown.
            let edit = if number < limit { archive.edit(capture)? } else { None };
            Ok(CaptureRecord { edit, ..CaptureRecord::from(capture) })
        };
        let records: Result<Vec<_>, Error> = captures.iter().enumerate().map(record).collect();
        json(&Part::of(records?, limit))
    })
    .await
}
