//! What people add to a page: tags and a note, and which tags there are.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Response, StatusCode, header};
use axum::routing::get;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use crate::replay::address::Stamp;
use crate::replay::api::parameters::{self, wrong};
use crate::replay::api::{answer, json};
use crate::replay::captures;
use crate::replay::error::Error;
use crate::replay::room::{Asked, Room, parameters};
use crate::store::archive::Archive;
use crate::store::capture::Annotation;

/// Tags of an answer.
const TAGS_MAX: usize = 1000;
/// What a page can be given: so many tags, letters of each, bytes of a note.
const BOUNDS: (usize, usize, usize) = (50, 64, 128 << 10);

/// The addresses of this file.
pub(super) fn routes() -> Router<Room> {
    Router::new().route("/api/notes", get(notes).put(annotate)).route("/api/tags", get(tags))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Page {
    url: String,
}

/// What was added to a page.
#[derive(Debug, Serialize)]
struct Notes {
    url: String,
    #[serde(flatten)]
    annotation: Annotation,
}

/// What is to be added.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Wanted {
    tags: Vec<String>,
    note: String,
}

impl Wanted {
    fn checked(self) -> Result<Annotation, Error> {
        let (tags, letters, bytes) = BOUNDS;
        if self.tags.len() > tags || self.tags.iter().any(|tag| tag.chars().count() > letters) {
            return Err(wrong("tags", format!("are at most {tags}, each of at most {letters} letters")));
        }
        if self.tags.iter().any(|tag| tag.contains(',')) {
            return Err(wrong("tags", "have no commas: these stand between tags".to_owned()));
        }
        if self.note.len() > bytes {
            return Err(wrong("note", format!("has at most {bytes} bytes")));
        }
        Ok(Annotation::tidied(self.tags, &self.note))
    }
}

/// A body of JSON.
pub(super) fn body<T: DeserializeOwned>(headers: &HeaderMap, body: &[u8]) -> Result<T, Error> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.to_ascii_lowercase().starts_with("application/json") {
        let reason = "a body of `Content-Type: application/json` is wanted".to_owned();
        return Err(Error::Body { status: StatusCode::UNSUPPORTED_MEDIA_TYPE, reason });
    }
    let wrong = |reason: String| Error::Body { status: StatusCode::BAD_REQUEST, reason };
    let value: Value = serde_json::from_slice(body).map_err(|error| wrong(error.to_string()))?;
    if !value.is_object() {
        return Err(wrong("an object is wanted".to_owned()));
    }
    serde_json::from_value(value).map_err(|error| wrong(error.to_string()))
}

/// The page as it is kept: what is noted of it stands under that address.
fn kept(archive: &Archive, text: &str) -> Result<Url, Error> {
    let url = parameters::url(text)?;
    let kept = captures::find(archive, &url, Stamp::of(Timestamp::MAX))?.capture.url;
    if is_spelling_of(&url, &kept) { Ok(kept) } else { Err(Error::NotKept { url }) }
}

/// Whether two addresses differ in their scheme, `www.` and a slash at the end alone: what is looked up may differ in its case, too,
/// and that can be another page.
fn is_spelling_of(asked: &Url, kept: &Url) -> bool {
    let bare = |url: &Url| {
        let url = crate::url::canonical(url);
        let rest = url[url::Position::BeforeHost..].trim_start_matches("www.").to_owned();
        rest.strip_suffix('/').map(str::to_owned).unwrap_or(rest)
    };
    bare(asked) == bare(kept)
}

async fn notes(State(room): State<Room>, asked: Asked<Page>) -> Response<Body> {
    answer(&room, parameters(asked), |archive, page| {
        let url = kept(archive, &page.url)?;
        json(&Notes { annotation: archive.annotation(&url)?, url: url.into() })
    })
    .await
}

async fn annotate(State(room): State<Room>, asked: Asked<Page>, headers: HeaderMap, bytes: Bytes) -> Response<Body> {
    let question = parameters(asked).and_then(|page| Ok((page, body::<Wanted>(&headers, &bytes)?.checked()?)));
    answer(&room, question, |archive, (page, annotation)| {
        let url = kept(archive, &page.url)?;
        archive.annotate(&url, &annotation, Timestamp::now())?;
        json(&Notes { annotation: archive.annotation(&url)?, url: url.into() })
    })
    .await
}

#[derive(Debug, Serialize)]
struct Tags {
    tags: Vec<Tag>,
}

#[derive(Debug, Serialize)]
struct Tag {
    tag: String,
    urls: u64,
}

async fn tags(State(room): State<Room>) -> Response<Body> {
    answer(&room, Ok(()), |archive, ()| {
        let tags = archive.tags(TAGS_MAX)?;
        json(&Tags { tags: tags.into_iter().map(|(tag, urls)| Tag { tag, urls }).collect() })
    })
    .await
}
