//! What machines ask in the words of others: Memento (RFC 7089), each a function from the archive and a question to an
//! answer.

use axum::body::Body;
use axum::http::{HeaderValue, Response, header};
use jiff::Timestamp;
use url::Url;

use crate::replay::address::{self, Stamp};
use crate::replay::captures::{self, Found, put, redirect};
use crate::replay::error::Error;
use crate::replay::memento;
use crate::replay::origin::Origins;
use crate::replay::pages::page_address;
use crate::replay::room::told;
use crate::store::archive::Archive;

/// `/timegate/URL` (RFC 7089): on to the capture nearest to `Accept-Datetime`, or the latest.
pub fn timegate(archive: &Archive, origins: &Origins, target: &str, accept: Option<&HeaderValue>) -> Response<Body> {
    // Whatever the answer is, another time may lead to another.
    let mut response = told(lead_on(archive, origins, target, accept));
    put(response.headers_mut(), header::VARY, "accept-datetime");
    response
}

fn lead_on(
    archive: &Archive,
    origins: &Origins,
    target: &str,
    accept: Option<&HeaderValue>,
) -> Result<Response<Body>, Error> {
    let url = target_url(target)?;
    let wanted = match accept {
        None => Stamp::of(Timestamp::MAX),
        Some(date) => {
            let date = String::from_utf8_lossy(date.as_bytes());
            let parsed = jiff::fmt::rfc2822::parse(&date).map_err(|error| Error::Parameter {
                parameter: "Accept-Datetime",
                reason: format!("`{date}` is no date of HTTP: {error}"),
            })?;
            Stamp::of(parsed.timestamp())
        }
    };
    let Found { capture, history } = captures::find(archive, &url, wanted)?;
    let mut response = redirect(&format!("{}{}", origins.interface, page_address(&capture)));
    let headers = response.headers_mut();
    put(headers, header::LINK, &memento::link_header(&origins.interface, &url, &history, Some(&capture)));
    Ok(response)
}

/// How a TimeMap is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeMapForm {
    /// `application/link-format`.
    Link,
    /// JSON.
    Json,
}

/// `/timemap/link/URL` and `/timemap/json/URL` (RFC 7089).
pub fn timemap(archive: &Archive, origins: &Origins, target: &str, form: TimeMapForm) -> Result<Response<Body>, Error> {
    let Found { capture, history } = captures::find(archive, &target_url(target)?, Stamp::of(Timestamp::MAX))?;
    let (map, content_type) = match form {
        TimeMapForm::Link => (memento::timemap(&origins.interface, &capture.url, &history), "application/link-format"),
        TimeMapForm::Json => (memento::timemap_json(&origins.interface, &capture.url, &history), "application/json"),
    };
    let mut response = Response::new(Body::from(map));
    put(response.headers_mut(), header::CONTENT_TYPE, content_type);
    Ok(response)
}

fn target_url(target: &str) -> Result<Url, Error> {
    let reason = || format!("`{target}` is no address that can be archived");
    address::target(target).ok_or_else(|| Error::Parameter { parameter: "URL", reason: reason() })
}
