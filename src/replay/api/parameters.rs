//! PURE: what a question of the API says in its query and its path.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use url::Url;

use crate::replay::error::Error;
use crate::snapshot::value::CaptureId;
use crate::store::capture::Filter;

/// Captures of one answer where no number is asked for, and the most.
const LIMIT: (usize, usize) = (50, 200);

/// A mistake in a parameter.
pub(super) fn wrong(parameter: &'static str, reason: impl Into<String>) -> Error {
    Error::Parameter { parameter, reason: reason.into() }
}

/// The id of a capture.
pub(super) fn id(text: &str) -> Result<CaptureId, Error> {
    text.parse().map_err(|_| Error::Missing { what: format!("`{text}` names no capture") })
}

/// The address of a page.
pub(super) fn url(text: &str) -> Result<Url, Error> {
    crate::url::parse(text).map_err(|error| wrong("url", error.to_string()))
}

/// What lists and searches can be narrowed by.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Narrowed {
    pub(super) q: String,
    pub(super) url: String,
    site: String,
    source: String,
    lang: String,
    author: String,
    tag: String,
    since: String,
    until: String,
    edited: String,
    assets: String,
    limit: String,
    after: String,
}

impl Narrowed {
    /// The filter, for one more capture than is shown: whether there is one says whether there is a next page.
    pub(super) fn filter(&self) -> Result<Filter, Error> {
        let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let after = some(&self.after).map(|id| id.parse::<CaptureId>());
        Ok(Filter {
            site: some(&self.site),
            source: some(&self.source),
            lang: some(&self.lang),
            author: some(&self.author),
            tag: some(&self.tag),
            since: some(&self.since).map(|text| moment("since", &text, false)).transpose()?,
            until: some(&self.until).map(|text| moment("until", &text, true)).transpose()?,
            edited: flag("edited", &self.edited)?,
            assets: flag("assets", &self.assets)?,
            url: some(&self.url).map(|text| url(&text)).transpose()?.map(|url| crate::url::canonical(&url)),
            limit: Some(self.limit()? + 1),
            after: after.transpose().map_err(|error| wrong("after", error.to_string()))?,
            versions: false,
        })
    }

    /// Captures of one answer.
    pub(super) fn limit(&self) -> Result<usize, Error> {
        if self.limit.is_empty() {
            return Ok(LIMIT.0);
        }
        let limit = self.limit.parse().ok().filter(|limit| (1..=LIMIT.1).contains(limit));
        limit.ok_or_else(|| wrong("limit", format!("must be a number from 1 to {}", LIMIT.1)))
    }
}

fn flag(name: &'static str, text: &str) -> Result<bool, Error> {
    match text {
        "" | "false" | "0" => Ok(false),
        "true" | "1" => Ok(true),
        _ => Err(wrong(name, "is either `true` or `false`")),
    }
}

/// A time, or a whole day (UTC): its beginning, or where that is asked for the beginning of the next.
fn moment(name: &'static str, text: &str, end: bool) -> Result<Timestamp, Error> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    let day = text.parse::<Date>().ok().filter(|_| text.len() == 10);
    let start = day.and_then(|day| day.to_zoned(TimeZone::UTC).ok()).map(|day| day.timestamp());
    let start =
        start.ok_or_else(|| wrong(name, format!("`{text}` is no time; write 2026-03-01 or 2026-03-01T12:30:00Z")))?;
    if end {
        start.checked_add(SignedDuration::from_hours(24)).map_err(|_| wrong(name, "is too late"))
    } else {
        Ok(start)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_day_is_whole() {
        let at = |text: &str, end| moment("since", text, end).unwrap().to_string();
        assert_eq!(at("2026-03-01", false), "2026-03-01T00:00:00Z");
        assert_eq!(at("2026-02-28", true), "2026-03-01T00:00:00Z");
        assert_eq!(at("2026-03-01T12:30:00+02:00", true), "2026-03-01T10:30:00Z");
        for text in ["yesterday", "2026-02-30", "2026-3-1", "20260301", "9999-12-31x"] {
            assert!(moment("since", text, false).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_out_of_bounds_is_refused() {
        let filter = |change: fn(&mut Narrowed)| {
            let mut narrowed = Narrowed::default();
            change(&mut narrowed);
            narrowed.filter()
        };
        assert_eq!(filter(|_| ()).unwrap().limit, Some(51));
        assert!(filter(|n| n.limit = "0".into()).is_err() && filter(|n| n.limit = "201".into()).is_err());
        assert!(filter(|n| n.after = "x".into()).is_err() && filter(|n| n.edited = "maybe".into()).is_err());
        assert!(filter(|n| n.url = "ftp://a.example/".into()).is_err());
    }
}
