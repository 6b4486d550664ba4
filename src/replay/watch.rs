//! Looking on while others crawl: what the crawl that goes on writes of itself beside the archive, and how each source fares.
//! It reads the frontier and changes nothing.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::frontier::health::{Source, SourceRecord};
use crate::frontier::queue::{Error, Frontier, SourceState};
use crate::frontier::sqlite::{self, SqliteFrontier};

/// A crawl writes every second: one that said nothing for so long is gone.
const SILENT: SignedDuration = SignedDuration::from_secs(60);

/// A source, and how it fares.
#[derive(Debug, Clone, PartialEq)]
pub struct Health {
    /// Its name.
    pub name: String,
    /// Its addresses; none where the configuration no longer has it.
    pub urls: Vec<String>,
    /// What its runs left.
    pub state: SourceState,
    /// URLs that are known of it.
    pub known: u64,
    /// URLs that are due.
    pub due: u64,
}

/// A crawl as it wrote of itself within the last minute.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Crawling {
    /// Since when.
    pub started: Timestamp,
    /// When it wrote this.
    pub updated: Timestamp,
    /// The sources that are worked through.
    #[serde(default)]
    pub sources: Vec<String>,
    /// Hosts that are being visited.
    #[serde(default)]
    pub hosts_busy: u64,
    /// Some of them by name.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// What came of the last URLs, newest first.
    #[serde(default)]
    pub recent: Vec<Seen>,
    /// URLs that are due.
    #[serde(default)]
    pub due: u64,
    /// Pages that were answered, a minute.
    #[serde(default)]
    pub pages_per_minute: f64,
    /// What came of its URLs.
    #[serde(default)]
    pub counts: Counts,
}

/// What came of a URL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// When.
    pub at: Timestamp,
    /// The URL.
    pub url: String,
    /// What came of it.
    pub what: String,
    /// Whether it counts as a failure.
    pub failed: bool,
}

/// What came of a crawl's URLs, counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    /// Pages that were answered.
    pub fetched: u64,
    /// Seen for the first time.
    pub new: u64,
    /// Another article.
    pub edited: u64,
    /// Another payload, the same article.
    pub article_unchanged: u64,
    /// The same payload.
    pub identical: u64,
    /// The server said 304.
    pub not_modified: u64,
    /// Another payload, without an article.
    pub changed: u64,
    /// No answer, or one that says it failed.
    pub failed: u64,
    /// 404 or 410.
    pub gone: u64,
    /// Denied by robots.txt.
    pub denied: u64,
    /// Left alone.
    pub skipped: u64,
    /// Bytes that came over the wire.
    pub bytes_fetched: u64,
    /// Bytes stored.
    pub bytes_stored: u64,
}

/// Looks on.
pub struct Watch {
    path: PathBuf,
    sources: Vec<Source>,
    frontier: Mutex<Option<Arc<SqliteFrontier>>>,
}

impl Watch {
    /// Looks on at the frontier of an archive whose sources are these.
    pub fn new(archive: &Path, sources: Vec<Source>) -> Self {
        Self { path: archive.join(sqlite::FILE), sources, frontier: Mutex::default() }
    }

    /// The frontier; `None` where there is none yet, or none that can be read. An archive that was never crawled has none,
    /// and looking makes none.
    pub(crate) fn frontier(&self) -> Option<Arc<SqliteFrontier>> {
        let mut held = self.frontier.lock().unwrap_or_else(PoisonError::into_inner);
        if held.is_none() && self.path.exists() {
            *held = SqliteFrontier::open(&self.path).ok().map(Arc::new);
        }
        held.clone()
    }

    /// The crawl that goes on; `None` where there is none.
    pub fn crawl(&self, now: Timestamp) -> Option<Crawling> {
        let written = self.frontier()?.status().ok()??;
        let crawl: Crawling = serde_json::from_str(&written).ok()?;
        (now.duration_since(crawl.updated) < SILENT).then_some(crawl)
    }

    /// Every source of the configuration in its order, as `sources --json` tells of it.
    pub fn records(&self, now: Timestamp, zone: &TimeZone) -> Result<Vec<SourceRecord>, Error> {
        let frontier = self.frontier();
        let frontier = frontier.as_deref().map(|frontier| frontier as &dyn Frontier);
        self.sources.iter().map(|source| SourceRecord::of(source, frontier, now, zone)).collect()
    }

    /// Every source of the configuration, and those that were crawled before and are no longer in it.
    pub fn sources(&self, now: Timestamp) -> Vec<Health> {
        let frontier = self.frontier();
        let mut states: Vec<SourceState> =
            frontier.as_ref().and_then(|frontier| frontier.sources().ok()).unwrap_or_default();
        let mut all: Vec<Health> = Vec::with_capacity(self.sources.len());
        for source in &self.sources {
            let at = states.iter().position(|state| state.name == source.name);
            let state = at.map(|at| states.swap_remove(at)).unwrap_or_default();
            all.push(Health { name: source.name.clone(), urls: source.urls.clone(), state, known: 0, due: 0 });
        }
        states.sort_by(|a, b| a.name.cmp(&b.name));
        all.extend(states.into_iter().map(|state| {
            let name = state.name.clone();
            Health { name, urls: Vec::new(), state, known: 0, due: 0 }
        }));
        for health in &mut all {
            if let Some(counts) = frontier.as_ref().and_then(|it| it.counts(Some(&health.name), now).ok()) {
                (health.known, health.due) = (counts.total(), counts.due);
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    #[test]
    fn an_archive_without_a_frontier_is_left_without_one() {
        let dir = tempfile::tempdir().unwrap();
        let source =
            Source { name: "gazette".into(), urls: vec!["https://a.example/feed".into()], ..Source::default() };
        let watch = Watch::new(dir.path(), vec![source]);
        assert_eq!(watch.crawl(at(0)), None);
        assert_eq!(watch.sources(at(0))[0].state.last_run, None);
        assert!(!dir.path().join("frontier.sqlite").exists());
    }

    #[test]
    fn a_crawl_is_seen_until_it_has_been_silent_for_a_minute() {
        let dir = tempfile::tempdir().unwrap();
        let frontier = SqliteFrontier::open(&dir.path().join("frontier.sqlite")).unwrap();
        let written = format!(r#"{{"started":"{}","updated":"{}","due":7,"counts":{{"new":3}}}}"#, at(0), at(5));
        frontier.set_status(&written).unwrap();
        let watch = Watch::new(dir.path(), Vec::new());
        let crawl = watch.crawl(at(30)).unwrap();
        assert_eq!((crawl.due, crawl.counts.new), (7, 3));
        assert_eq!(watch.crawl(at(66)), None);
    }

    #[test]
    fn a_source_that_left_the_configuration_is_still_told_of() {
        let dir = tempfile::tempdir().unwrap();
        let frontier = SqliteFrontier::open(&dir.path().join("frontier.sqlite")).unwrap();
        for name in ["old", "new"] {
            frontier
                .set_source(&SourceState { name: name.into(), last_run: Some(at(0)), ..SourceState::default() })
                .unwrap();
        }
        let watch = Watch::new(dir.path(), vec![Source { name: "new".into(), ..Source::default() }]);
        let names: Vec<String> = watch.sources(at(0)).into_iter().map(|health| health.name).collect();
        assert_eq!(names, ["new", "old"]);
    }
}
