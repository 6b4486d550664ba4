//! `/archive`: a URL for the crawler's queue, asked for by a person on a page of ours, by a bookmarklet that leads there, or by a
//! program. Nothing is fetched here: the next `crawl` takes what waits, and one that watches takes it within seconds. It is off
//! where no token says who may ask.

use askama::Template;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, Response, StatusCode, header};
use axum::routing::get;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::frontier::item::{BY_HAND, Candidate, Known, State as Standing};
use crate::frontier::live;
use crate::frontier::queue::{Frontier, Intake};
use crate::frontier::sqlite::{self, SqliteFrontier};
use crate::replay::api;
use crate::replay::captures::put;
use crate::replay::error::Error;
use crate::replay::origin::Origins;
use crate::replay::room::{Asked, Room, parameters, told};
use crate::store::archive::Archive;
use crate::store::records::CaptureRecord;

/// Before what the sources name.
const PRIORITY: i32 = 50;
/// The longest address that is taken.
const URL_MAX: usize = 8 << 10;

/// The addresses of this file.
pub(crate) fn routes() -> Router<Room> {
    Router::new().route("/archive", get(confirm).post(ask)).route("/bookmarklet", get(bookmarklet))
}

/// How a URL stands with the crawler and the archive.
#[derive(Debug, Serialize)]
pub struct QueueRecord {
    /// Its canonical form.
    pub url: String,
    /// `unknown`, or where it stands in the queue: `waiting`, `leased`, `done`, `failed`, `gone`.
    pub state: &'static str,
    /// When it is visited next at the earliest; `None`: not before it is asked for again.
    pub due: Option<Timestamp>,
    /// What came of its last visit; empty before it.
    pub last_outcome: String,
    /// Whether a crawl is going on that may take it.
    pub crawling: bool,
    /// The latest capture of it.
    pub capture: Option<CaptureRecord>,
}

/// The address that is asked for, in its canonical form.
pub(crate) fn address(text: &str) -> Result<Url, Error> {
    let wrong = |reason: String| Error::Parameter { parameter: "url", reason };
    if text.len() > URL_MAX {
        return Err(wrong(format!("has more than {URL_MAX} bytes")));
    }
    crate::url::parse(text).map(|url| crate::url::canonical(&url)).map_err(|error| wrong(error.to_string()))
}

/// How a URL stands. An archive that was never crawled gets no queue by being asked.
pub(crate) fn standing(archive: &Archive, url: &Url, now: Timestamp) -> Result<QueueRecord, Error> {
    let file = archive.dir().join(sqlite::FILE);
    let known = if file.exists() { SqliteFrontier::open(&file)?.known(url)? } else { None };
    let capture = archive.history(url)?.pop();
    let waits = |known: &Known| known.due.is_some() && known.state != Standing::Leased;
    Ok(QueueRecord {
        url: url.to_string(),
        // What is due is waiting, whatever came of it before.
        state: match &known {
            None => "unknown",
            Some(known) if waits(known) && known.due.is_some_and(|due| due <= now) => Standing::Waiting.as_str(),
            Some(known) => known.state.as_str(),
        },
        due: known.as_ref().and_then(|known| known.due),
        last_outcome: known.map(|known| known.last_outcome).unwrap_or_default(),
        crawling: live::crawl(&file, now).is_some(),
        capture: capture.as_ref().map(CaptureRecord::from),
    })
}

/// Puts a URL into the queue, due at once.
pub(crate) fn enqueue(archive: &Archive, url: &Url, now: Timestamp) -> Result<QueueRecord, Error> {
    let frontier = SqliteFrontier::open(&archive.dir().join(sqlite::FILE))?;
    let candidate = Candidate { priority: PRIORITY, again: true, ..Candidate::page(url.clone(), BY_HAND) };
    let intake = Intake { links_per_host: None, revisit_min: std::time::Duration::ZERO };
    frontier.add(&[candidate], &intake, now)?;
    standing(archive, url, now)
}

/// Whether URLs may be asked for here at all.
pub(crate) fn is_open(room: &Room) -> Result<(), Error> {
    if room.token.is_some() { Ok(()) } else { Err(Error::QueueClosed) }
}

/// `/archive`.
#[derive(Debug, Template)]
#[template(path = "archive.html")]
struct Confirm {
    url: String,
    title: String,
    /// Whether it was put into the queue just now.
    queued: bool,
    standing: QueueRecord,
    /// When it was captured last, and where that is shown.
    last: Option<(String, String)>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Query {
    url: String,
    title: String,
}

fn page(query: &Query, url: &Url, queued: bool, standing: QueueRecord) -> Result<Response<Body>, Error> {
    let last = standing.capture.as_ref().map(|capture| {
        let stamp: String = capture.at.chars().filter(char::is_ascii_digit).take(14).collect();
        (format!("{} {} UTC", &capture.at[..10], &capture.at[11..16]), format!("/{stamp}/{}", capture.url))
    });
    let title = if query.title.trim().is_empty() { url.to_string() } else { query.title.trim().to_owned() };
    written(&Confirm { url: url.to_string(), title, queued, standing, last })
}

/// A page that only asks: what changes something is the button on it.
async fn confirm(State(room): State<Room>, asked: Asked<Query>) -> Response<Body> {
    let checked = is_open(&room).and_then(|()| parameters(asked));
    let checked = checked.and_then(|query| address(&query.url).map(|url| (query, url)));
    match checked {
        Err(error) => told(Err(error)),
        Ok((query, url)) => told(
            room.ask(move |archive| {
                let standing = standing(archive, &url, Timestamp::now())?;
                page(&query, &url, false, standing)
            })
            .await,
        ),
    }
}

/// Takes a form or JSON; a person is answered with a page, a program with JSON.
async fn ask(State(room): State<Room>, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let person = headers.get(header::ACCEPT).and_then(|kinds| kinds.to_str().ok()).is_some_and(|k| k.contains("html"));
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let query: Result<Query, Error> = if kind.starts_with("application/json") {
        serde_json::from_slice(&body).map_err(|error| Error::Parameter { parameter: "body", reason: error.to_string() })
    } else {
        let value =
            |name: &str| url::form_urlencoded::parse(&body).find(|(n, _)| n == name).map(|(_, v)| v.into_owned());
        Ok(Query { url: value("url").unwrap_or_default(), title: value("title").unwrap_or_default() })
    };
    let checked = is_open(&room).and(query).and_then(|query| address(&query.url).map(|url| (query, url)));
    let result = match checked {
        Err(error) => Err(error),
        Ok((query, url)) => {
            room.ask(move |archive| {
                let standing = enqueue(archive, &url, Timestamp::now())?;
                if person { page(&query, &url, true, standing) } else { api::json(&standing) }
            })
            .await
        }
    };
    let accepted = |mut response: Response<Body>| {
        *response.status_mut() = StatusCode::ACCEPTED;
        response
    };
    if person { told(result.map(accepted)) } else { api::told(result.map(accepted)) }
}

/// `/bookmarklet`.
#[derive(Debug, Template)]
#[template(path = "bookmarklet.html")]
struct Bookmarklet {
    /// The link to keep, as a browser runs it.
    link: String,
    /// Where it leads.
    address: String,
    /// The address of the feed, with what opens it.
    feed: String,
    /// Whether URLs may be asked for here.
    open: bool,
}

async fn bookmarklet(State(room): State<Room>, Extension(origins): Extension<Origins>) -> Response<Body> {
    let address = format!("{}/archive?url=", origins.interface);
    let key = room.token.as_ref().map(|token| format!("?key={}", token.feed_key())).unwrap_or_default();
    let page = Bookmarklet {
        // An origin has no character that ends a text of JavaScript.
        link: format!(
            "javascript:void(window.open('{address}'+encodeURIComponent(location.href)+'&title='+encodeURIComponent(document.title)))"
        ),
        feed: format!("{}/feed.atom{key}", origins.interface),
        open: room.token.is_some(),
        address,
    };
    told(written(&page))
}

fn written(page: &impl Template) -> Result<Response<Body>, Error> {
    let mut response = Response::new(Body::from(page.render()?));
    put(response.headers_mut(), header::CONTENT_TYPE, "text/html; charset=utf-8");
    put(response.headers_mut(), header::CACHE_CONTROL, "no-store");
    Ok(response)
}
