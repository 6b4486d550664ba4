//! What is seen of crawling: the crawl that goes on, and how each source fares.

use askama::Template;
use jiff::Timestamp;

use crate::replay::views::rows::{Moment, bytes, thousands};
use crate::replay::watch::{Crawling, Health};

/// A source and its health.
#[derive(Debug)]
pub struct SourceLine {
    /// Its name.
    pub name: String,
    /// Its addresses.
    pub urls: Vec<String>,
    /// `well`, `failing`, `waiting`: a class name.
    pub state: &'static str,
    /// The same in words.
    pub words: String,
    /// When it was last read with success.
    pub read: Option<Moment>,
    /// When it last brought something new.
    pub new: Option<Moment>,
    /// URLs that are known of it, and that are due.
    pub known: String,
    /// URLs that are due.
    pub due: String,
}

impl SourceLine {
    /// The line of a source.
    pub fn of(health: &Health) -> Self {
        let state = &health.state;
        let (class, words) = match (state.last_run, state.failures) {
            (None, _) => ("waiting", "not visited yet".to_owned()),
            (Some(_), 0) => ("well", "well".to_owned()),
            (Some(_), 1) => ("failing", format!("failed once: {}", state.last_error)),
            (Some(_), times) => ("failing", format!("failed {times} times: {}", state.last_error)),
        };
        Self {
            name: health.name.clone(),
            urls: health.urls.clone(),
            state: class,
            words,
            read: state.last_success.map(Moment::of),
            new: state.last_new.map(Moment::of),
            known: thousands(health.known),
            due: thousands(health.due),
        }
    }
}

/// The crawl that goes on, in words.
#[derive(Debug)]
pub struct Crawl {
    /// What it works through, or that it waits.
    pub what: String,
    /// Since when.
    pub since: Moment,
    /// How long, as in `2 h 5 min`.
    pub lasting: String,
    /// Its figures, each with its name.
    pub figures: Vec<(&'static str, String)>,
    /// What came of its URLs: a name, a class and a count.
    pub outcomes: Vec<(&'static str, &'static str, u64)>,
    /// Hosts that are visited.
    pub hosts: Vec<String>,
    /// The last URLs: time, URL, what came of it, whether it failed.
    pub recent: Vec<(String, String, String, bool)>,
}

impl Crawl {
    /// A crawl as it is seen at a moment.
    pub fn of(crawl: &Crawling, now: Timestamp) -> Self {
        let counts = &crawl.counts;
        let what = if crawl.sources.is_empty() {
            "Waiting for the next source".to_owned()
        } else {
            format!("Working through {}", crawl.sources.join(", "))
        };
        let outcomes = [
            ("new", "new", counts.new),
            ("edited", "edited", counts.edited),
            ("article unchanged", "article-unchanged", counts.article_unchanged),
            ("identical", "identical", counts.identical + counts.not_modified),
            ("changed", "changed", counts.changed),
            ("failed", "failed", counts.failed),
            ("gone", "gone", counts.gone),
            ("denied by robots.txt", "denied", counts.denied),
            ("left alone", "skipped", counts.skipped),
        ];
        let recent = crawl
            .recent
            .iter()
            .map(|seen| (seen.at.strftime("%H:%M:%S").to_string(), seen.url.clone(), seen.what.clone(), seen.failed));
        Self {
            what,
            since: Moment::of(crawl.started),
            lasting: lasting(now.duration_since(crawl.started).as_secs()),
            figures: vec![
                ("Hosts being visited", thousands(crawl.hosts_busy)),
                ("URLs due", thousands(crawl.due)),
                ("Pages a minute", format!("{:.0}", crawl.pages_per_minute)),
                ("Failures", thousands(counts.failed)),
                ("Fetched", bytes(counts.bytes_fetched)),
                ("Stored", bytes(counts.bytes_stored)),
            ],
            outcomes: outcomes.into_iter().filter(|(_, _, count)| *count > 0).collect(),
            hosts: crawl.hosts.clone(),
            recent: recent.collect(),
        }
    }
}

fn lasting(seconds: i64) -> String {
    let (minutes, hours) = (seconds / 60 % 60, seconds / 3600);
    match (hours, minutes) {
        (0, 0) => format!("{} s", seconds.max(0)),
        (0, minutes) => format!("{minutes} min"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// `/crawl`: the crawl as it goes on, and the sources.
#[derive(Debug, Template)]
#[template(path = "crawl.html")]
pub struct CrawlPage {
    /// The crawl that goes on.
    pub crawl: Option<Crawl>,
    /// The sources.
    pub sources: Vec<SourceLine>,
}

/// The part of that page that changes while one looks on.
#[derive(Debug, Template)]
#[template(path = "crawling.html")]
pub struct CrawlNow {
    /// The crawl that goes on.
    pub crawl: Option<Crawl>,
    /// The sources.
    pub sources: Vec<SourceLine>,
}
