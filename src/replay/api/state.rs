//! How the archive and the crawl are, what a list can be narrowed by, and the queue.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Response, StatusCode};
use axum::routing::get;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::frontier::health::SourceRecord;
use crate::frontier::{live, sqlite};
use crate::replay::api::notes::body;
use crate::replay::api::{answer, json};
use crate::replay::queue;
use crate::replay::room::{Asked, Room, parameters};
use crate::store::archive::Archive;
use crate::store::capture::Facets;
use crate::store::report::Status;

/// The addresses of this file.
pub(super) fn routes() -> Router<Room> {
    Router::new()
        .route("/api/status", get(status))
        .route("/api/crawl", get(crawl))
        .route("/api/sources", get(sources))
        .route("/api/facets", get(facets))
        .route("/api/archive", get(standing).post(enqueue))
}

/// Totals, savings, and the crawl that goes on.
#[derive(Debug, Serialize)]
struct Whole<'a> {
    #[serde(flatten)]
    status: &'a Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    crawl: Option<Value>,
}

/// The crawl that goes on, or null.
fn going_on(archive: &Archive) -> Option<Value> {
    live::crawl(&archive.dir().join(sqlite::FILE), Timestamp::now())
}

async fn status(State(room): State<Room>) -> Response<Body> {
    let whole = room.whole().await;
    answer(&room, whole, |archive, whole| json(&Whole { status: &whole.status, crawl: going_on(archive) })).await
}

#[derive(Debug, Serialize)]
struct Crawl {
    crawl: Option<Value>,
}

async fn crawl(State(room): State<Room>) -> Response<Body> {
    answer(&room, Ok(()), |archive, ()| json(&Crawl { crawl: going_on(archive) })).await
}

#[derive(Debug, Serialize)]
struct Sources {
    sources: Vec<SourceRecord>,
}

async fn sources(State(room): State<Room>) -> Response<Body> {
    let watch = room.watch();
    answer(&room, Ok(()), move |_, ()| {
        json(&Sources { sources: watch.records(Timestamp::now(), &TimeZone::system())? })
    })
    .await
}

/// What a list can be narrowed by.
#[derive(Debug, Serialize)]
struct Choices<'a> {
    sites: Vec<Choice<'a>>,
    sources: Vec<Choice<'a>>,
    languages: Vec<Choice<'a>>,
    authors: Vec<Choice<'a>>,
    tags: Vec<Choice<'a>>,
}

#[derive(Debug, Serialize)]
struct Choice<'a> {
    value: &'a str,
    count: u64,
}

fn choices(all: &[(String, u64)]) -> Vec<Choice<'_>> {
    all.iter().map(|(value, count)| Choice { value, count: *count }).collect()
}

async fn facets(State(room): State<Room>) -> Response<Body> {
    let whole = room.whole().await;
    answer(&room, whole, |_, whole| {
        let Facets { sites, sources, languages, authors, tags } = &whole.facets;
        json(&Choices {
            sites: choices(sites),
            sources: choices(sources),
            languages: choices(languages),
            authors: choices(authors),
            tags: choices(tags),
        })
    })
    .await
}

/// The URL that is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Wanted {
    url: String,
}

async fn standing(State(room): State<Room>, asked: Asked<Wanted>) -> Response<Body> {
    let question = parameters(asked).and_then(|wanted| queue::address(&wanted.url));
    answer(&room, question, |archive, url| json(&queue::standing(archive, &url, Timestamp::now())?)).await
}

async fn enqueue(State(room): State<Room>, headers: HeaderMap, bytes: Bytes) -> Response<Body> {
    let question = queue::is_open(&room).and_then(|()| queue::address(&body::<Wanted>(&headers, &bytes)?.url));
    answer(&room, question, |archive, url| {
        let mut response = json(&queue::enqueue(archive, &url, Timestamp::now())?)?;
        *response.status_mut() = StatusCode::ACCEPTED;
        Ok(response)
    })
    .await
}
