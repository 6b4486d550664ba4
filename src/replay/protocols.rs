//! What machines ask in the words of others: Memento (RFC 7089) and CDX queries, each a function from the archive and a
//! question to an answer.

use axum::body::Body;
use axum::http::{Response, header};
use jiff::Timestamp;
use url::Url;

use crate::replay::address::{self, Stamp};
use crate::replay::captures::{self, Found, put, redirect};
use crate::replay::error::Error;
use crate::replay::memento::{self, CdxLine};
use crate::replay::origin::Origins;
use crate::replay::pages::{PageQuery, page_address};
use crate::store::archive::Archive;

/// `/timegate/URL` (RFC 7089): on to the capture nearest to `Accept-Datetime`, or the latest.
pub fn timegate(
    archive: &Archive,
    origins: &Origins,
    target: &str,
    accept: Option<&str>,
) -> Result<Response<Body>, Error> {
    let url = target_url(target)?;
    let wanted = match accept {
        None => Stamp::of(Timestamp::MAX),
        Some(date) => {
            let parsed = jiff::fmt::rfc2822::parse(date).map_err(|error| Error::Parameter {
                parameter: "Accept-Datetime",
                reason: format!("`{date}` is no date of HTTP: {error}"),
            })?;
            Stamp::of(parsed.timestamp())
        }
    };
    let Found { capture, history } = captures::find(archive, &url, wanted)?;
    let mut response = redirect(&format!("{}{}", origins.interface, page_address(&capture)));
    let headers = response.headers_mut();
    put(headers, header::VARY, "accept-datetime");
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

/// `/cdx?url=`: as pywb's CDX server, CDXJ lines or with `output=json` JSON lines; no capture is no line.
pub fn cdx(archive: &Archive, query: &PageQuery) -> Result<Response<Body>, Error> {
    let history = match captures::find(archive, &query.url()?, Stamp::of(Timestamp::MAX)) {
        Ok(found) => found.history,
        Err(Error::NotKept { .. }) => Vec::new(),
        Err(error) => return Err(error),
    };
    let as_json = query.output == "json";
    let lines = history.iter().take(query.limit.unwrap_or(usize::MAX)).map(CdxLine::of);
    let text: String = lines
        .map(|line| match serde_json::to_string(&line) {
            Ok(json) if as_json => json + "\n",
            _ => line.cdxj(),
        })
        .collect();
    let mut response = Response::new(Body::from(text));
    put(response.headers_mut(), header::CONTENT_TYPE, if as_json { "text/x-ndjson" } else { "text/x-cdxj" });
    Ok(response)
}

fn target_url(target: &str) -> Result<Url, Error> {
    let reason = || format!("`{target}` is no address that can be archived");
    address::target(target).ok_or_else(|| Error::Parameter { parameter: "URL", reason: reason() })
}
