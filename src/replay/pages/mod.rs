//! The pages of the interface, each a function from the archive and a question to an answer. They read the archive and
//! block while they do; the server calls them where that may be.

use askama::Template;
use axum::body::Body;
use axum::http::{Response, StatusCode, header};
use jiff::Timestamp;
use serde::Deserialize;
use url::Url;

use crate::replay::address::{Address, Modifier, Stamp};
use crate::replay::captures::put;
use crate::replay::error::Error;
use crate::snapshot::value::CaptureId;
use crate::store::archive::Archive;
use crate::store::capture::Capture;

pub mod capture;
pub mod compare;
pub mod crawl;
pub mod explain;
pub mod export;
pub mod home;
pub mod read;

/// What names a page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PageQuery {
    url: String,
    at: String,
}

impl PageQuery {
    pub(crate) fn url(&self) -> Result<Url, Error> {
        crate::url::parse(&self.url).map_err(|error| Error::Parameter { parameter: "url", reason: error.to_string() })
    }

    fn at(&self) -> Result<Option<Timestamp>, Error> {
        if self.at.is_empty() {
            return Ok(None);
        }
        let wrong = || Error::Parameter {
            parameter: "at",
            reason: format!("`{}` is no timestamp; write 4 to 14 digits, as in 20260301120000", self.at),
        };
        Stamp::parse(&self.at).map(|stamp| Some(last_moment(stamp))).ok_or_else(wrong)
    }
}

/// The last moment of a stamp's second: captures are kept to the millisecond.
fn last_moment(stamp: Stamp) -> Timestamp {
    let at = stamp.timestamp();
    Timestamp::from_millisecond(at.as_millisecond() + 999).unwrap_or(at)
}

/// A page as an answer. What it shows may be another a moment later.
pub(crate) fn html(page: &impl Template) -> Result<Response<Body>, Error> {
    let mut response = Response::new(Body::from(page.render()?));
    put(response.headers_mut(), header::CONTENT_TYPE, "text/html; charset=utf-8");
    put(response.headers_mut(), header::CACHE_CONTROL, "private, no-cache");
    Ok(response)
}

/// After something was changed: on to the page that shows it (RFC 9110 section 15.4.4).
pub(crate) fn see_other(location: &str) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    put(response.headers_mut(), header::LOCATION, location);
    response
}

pub(crate) fn query_of(pairs: &[(&str, &str)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
        query.append_pair(name, value);
    }
    query.finish()
}

/// The capture of an id in the path of a request.
pub(crate) fn capture_of_id(archive: &Archive, id: &str, path: &str) -> Result<Capture, Error> {
    let no_such_page = || Error::NoSuchPage { path: path.to_owned() };
    let id: CaptureId = id.parse().map_err(|_| no_such_page())?;
    archive.capture(&id)?.ok_or_else(no_such_page)
}

/// Where the page of a capture is shown.
pub(crate) fn page_address(capture: &Capture) -> String {
    let stamp = Stamp::of(capture.at);
    Address { stamp, exact: true, modifier: Modifier::Page, url: capture.url.clone() }.path()
}
