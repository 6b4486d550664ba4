//! Looking on at a crawl, and how the sources fare.

use axum::body::Body;
use axum::http::Response;
use jiff::Timestamp;
use serde::Deserialize;

use crate::replay::error::Error;
use crate::replay::pages::html;
use crate::replay::views::watch::{Crawl, CrawlNow, CrawlPage, SourceLine};
use crate::replay::watch::Watch;

/// What `/crawl` is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct CrawlQuery {
    /// `now` for what changes alone, as a page that is open already asks.
    part: String,
}

/// `/crawl`: the crawl as it goes on, and the sources.
pub fn crawl(watch: &Watch, query: &CrawlQuery, now: Timestamp) -> Result<Response<Body>, Error> {
    let crawl = watch.crawl(now).map(|crawl| Crawl::of(&crawl, now));
    let sources = watch.sources(now).iter().map(SourceLine::of).collect();
    if query.part == "now" {
        return html(&CrawlNow { crawl, sources });
    }
    html(&CrawlPage { crawl, sources })
}
