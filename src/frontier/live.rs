//! How the crawl that goes on fares, as it writes of itself into the frontier. What is older than a minute was left by one that
//! was killed.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::frontier::queue::Frontier;
use crate::frontier::sqlite::SqliteFrontier;

/// A crawl writes of itself every second, and takes it back at its end.
const GONE: SignedDuration = SignedDuration::from_mins(1);

/// What the crawl that goes on says; `None` where there is none. An archive without a frontier was never crawled, and looking
/// makes none.
pub fn crawl(file: &Path, now: Timestamp) -> Option<Value> {
    if !file.exists() {
        return None;
    }
    let written = SqliteFrontier::open(file).ok()?.status().ok()??;
    let crawl: Value = serde_json::from_str(&written).ok()?;
    let updated: Timestamp = crawl["updated"].as_str()?.parse().ok()?;
    (now.duration_since(updated) < GONE).then_some(crawl)
}
