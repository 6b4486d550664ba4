//! What a crawl is doing right now, counted where it happens and read by whoever looks on: a status row, `/metrics`, a page. It
//! does not know where it is shown.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::Serialize;

use crate::crawl::summary::Summary;
use crate::frontier::item::BY_HAND;

/// The figures of one process, however many runs it holds.
#[derive(Debug)]
pub struct Board {
    started: Timestamp,
    counts: Mutex<Summary>,
    sources: Mutex<BTreeSet<String>>,
    busy: Mutex<BTreeMap<String, u32>>,
    recent: Mutex<VecDeque<Recent>>,
    due: AtomicU64,
}

/// How many of the last answers are shown.
const RECENT_MAX: usize = 24;
/// How many of the hosts that are visited are shown by name.
const HOSTS_MAX: usize = 24;

/// What came of a URL just now.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Recent {
    /// When.
    pub at: Timestamp,
    /// The URL.
    pub url: String,
    /// How the capture compares with the one before, or a sentence saying why there is none.
    pub what: String,
    /// Whether it counts as a failure.
    pub failed: bool,
}

/// The board at a moment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Shown {
    /// The process that crawls.
    pub pid: u32,
    /// Since when.
    pub started: Timestamp,
    /// When this was shown. What is older than a minute was left by a process that is gone.
    pub updated: Timestamp,
    /// Whether a source is being worked through; otherwise the next is waited for.
    pub running: bool,
    /// The sources that are worked through at the moment.
    pub sources: Vec<String>,
    /// Hosts that are being visited.
    pub hosts_busy: u64,
    /// Some of them by name.
    pub hosts: Vec<String>,
    /// What came of the last URLs, the newest first.
    pub recent: Vec<Recent>,
    /// URLs that were due when they were last counted.
    pub due: u64,
    /// Pages that were answered, a minute, since the start.
    pub pages_per_minute: f64,
    /// The counts since the start.
    pub counts: Summary,
}

impl Board {
    /// Nothing counted yet.
    pub fn new(started: Timestamp) -> Self {
        Self {
            started,
            counts: Mutex::default(),
            sources: Mutex::default(),
            busy: Mutex::default(),
            recent: Mutex::default(),
            due: AtomicU64::new(0),
        }
    }

    /// Counts something.
    pub fn count(&self, change: impl FnOnce(&mut Summary)) {
        change(&mut self.counts.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// These sources are worked through from now on.
    pub fn begin(&self, sources: &[String]) {
        self.sources.lock().unwrap_or_else(PoisonError::into_inner).extend(sources.iter().cloned());
    }

    /// These are no more.
    pub fn end(&self, sources: &[String]) {
        self.sources.lock().unwrap_or_else(PoisonError::into_inner).retain(|name| !sources.contains(name));
    }

    /// Whether other sources than these are worked through: they may hold a host for a while that these want, too.
    pub fn is_shared(&self, sources: &[String]) -> bool {
        let running = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        running.iter().any(|name| !sources.contains(name))
    }

    /// A host is visited, until the value is dropped.
    pub fn visiting(&self, host: &str) -> Visiting<'_> {
        *self.busy.lock().unwrap_or_else(PoisonError::into_inner).entry(host.to_owned()).or_default() += 1;
        Visiting { board: self, host: host.to_owned() }
    }

    /// This came of a URL just now.
    pub fn saw(&self, recent: Recent) {
        let mut all = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        all.push_front(recent);
        all.truncate(RECENT_MAX);
    }

    /// So many URLs are due.
    pub fn set_due(&self, due: u64) {
        self.due.store(due, Ordering::Relaxed);
    }

    /// The figures now.
    pub fn show(&self, now: Timestamp) -> Shown {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let seconds = now.duration_since(self.started).as_secs_f64();
        counts.seconds = seconds;
        let running = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        let shown = |name: &String| if name == BY_HAND { "asked for by hand".to_owned() } else { name.clone() };
        let sources: Vec<String> = running.iter().map(shown).collect();
        let busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        Shown {
            pid: std::process::id(),
            started: self.started,
            updated: now,
            running: !sources.is_empty(),
            sources,
            hosts_busy: busy.values().map(|visits| u64::from(*visits)).sum(),
            hosts: busy.keys().take(HOSTS_MAX).cloned().collect(),
            recent: self.recent.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect(),
            due: self.due.load(Ordering::Relaxed),
            pages_per_minute: if seconds > 0.0 { counts.fetched as f64 * 60.0 / seconds } else { 0.0 },
            counts,
        }
    }
}

/// A host that is being visited.
pub struct Visiting<'a> {
    board: &'a Board,
    host: String,
}

impl Drop for Visiting<'_> {
    fn drop(&mut self) {
        let mut busy = self.board.busy.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(visits) = busy.get_mut(&self.host) {
            *visits -= 1;
            if *visits == 0 {
                busy.remove(&self.host);
            }
        }
    }
}

impl Shown {
    /// The figures as Prometheus reads them (text format 0.0.4).
    pub fn metrics(&self) -> String {
        let counts = &self.counts;
        let mut text = String::new();
        let mut metric = |name: &str, kind: &str, help: &str, values: &[(&str, f64)]| {
            text.push_str(&format!("# HELP chaffinch_{name} {help}\n# TYPE chaffinch_{name} {kind}\n"));
            for (label, value) in values {
                text.push_str(&format!("chaffinch_{name}{label} {value}\n"));
            }
        };
        let outcomes = [
            ("{outcome=\"new\"}", counts.new),
            ("{outcome=\"edited\"}", counts.edited),
            ("{outcome=\"article_unchanged\"}", counts.article_unchanged),
            ("{outcome=\"identical\"}", counts.identical),
            ("{outcome=\"not_modified\"}", counts.not_modified),
            ("{outcome=\"changed\"}", counts.changed),
            ("{outcome=\"failed\"}", counts.failed),
            ("{outcome=\"gone\"}", counts.gone),
            ("{outcome=\"denied\"}", counts.denied),
            ("{outcome=\"skipped\"}", counts.skipped),
        ];
        let outcomes = outcomes.map(|(label, count)| (label, count as f64));
        metric("pages_total", "counter", "URLs by what came of them.", &outcomes);
        let bytes =
            [("{of=\"fetched\"}", counts.bytes_fetched as f64), ("{of=\"stored\"}", counts.bytes_stored as f64)];
        metric("bytes_total", "counter", "Bytes over the wire, and bytes stored.", &bytes);
        metric("hosts_busy", "gauge", "Hosts that are being visited.", &[("", self.hosts_busy as f64)]);
        metric("urls_due", "gauge", "URLs that were due when they were last counted.", &[("", self.due as f64)]);
        metric("sources_running", "gauge", "Sources that are worked through.", &[("", self.sources.len() as f64)]);
        let started = self.started.as_millisecond() as f64 / 1000.0;
        metric("start_time_seconds", "gauge", "When the crawl began, since 1970.", &[("", started)]);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_shown() {
        let board = Board::new(Timestamp::UNIX_EPOCH);
        board.begin(&["gazette".to_owned(), "mercury".to_owned()]);
        board.end(&["mercury".to_owned()]);
        board.count(|counts| (counts.new, counts.fetched) = (3, 30));
        board.set_due(7);
        let visiting = board.visiting("a.example");
        for n in 0..30 {
            board.saw(Recent {
                at: Timestamp::UNIX_EPOCH,
                url: format!("https://a.example/{n}"),
                what: "new".to_owned(),
                failed: false,
            });
        }
        let shown = board.show(Timestamp::UNIX_EPOCH + std::time::Duration::from_secs(120));
        assert_eq!((shown.running, shown.sources.as_slice(), shown.hosts_busy), (true, &["gazette".to_owned()][..], 1));
        assert_eq!((shown.hosts, shown.recent.len()), (vec!["a.example".to_owned()], RECENT_MAX));
        assert_eq!(shown.recent[0].url, "https://a.example/29", "the newest comes first");
        assert!((shown.pages_per_minute - 15.0).abs() < 1e-9);
        let metrics = board.show(Timestamp::UNIX_EPOCH).metrics();
        for line in ["chaffinch_pages_total{outcome=\"new\"} 3", "chaffinch_urls_due 7", "chaffinch_hosts_busy 1"] {
            assert!(metrics.lines().any(|found| found == line), "{line}: {metrics}");
        }
        drop(visiting);
        board.end(&["gazette".to_owned()]);
        let shown = board.show(Timestamp::UNIX_EPOCH);
        assert_eq!((shown.running, shown.hosts_busy), (false, 0));
    }
}
