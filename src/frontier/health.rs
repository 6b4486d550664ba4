//! How a source of the configuration fares: what its runs left, when it runs next, and how many of its URLs stand where. Time and
//! its zone are arguments.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::frontier::item::Kind;
use crate::frontier::queue::{Counts, Error, Frontier};

/// A source as the configuration has it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Source {
    /// Its name.
    pub name: String,
    /// What it is: `feed`, `sitemap`, `listing`, `urls`, `site`.
    pub kind: &'static str,
    /// Its addresses.
    pub urls: Vec<String>,
    /// When it is due, as cron writes it.
    pub schedule: Option<String>,
}

/// A source and how it fares, as `sources --json` prints it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SourceRecord {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: &'static str,
    /// Its addresses.
    pub url: Vec<String>,
    /// When it was last tried.
    pub last_run: Option<Timestamp>,
    /// When it was last read with success.
    pub last_success: Option<Timestamp>,
    /// New URLs that the last successful run brought.
    pub last_harvest: u64,
    /// When a run last brought a new URL.
    pub last_new: Option<Timestamp>,
    /// When a source with a schedule is due next.
    pub next_run: Option<Timestamp>,
    /// How long its documents can be expected to name nothing new.
    pub rhythm_seconds: Option<u64>,
    /// URLs that belong to it.
    pub known: u64,
    /// Those that are due.
    pub due: u64,
    /// Those that are due at hosts which are down.
    pub resting: u64,
    /// Runs that failed since the last success.
    pub failures: u32,
    /// What the last failure was.
    pub last_error: String,
}

impl SourceRecord {
    /// How a source fares; one that was never crawled where there is no frontier.
    pub fn of(
        source: &Source,
        frontier: Option<&dyn Frontier>,
        now: Timestamp,
        zone: &TimeZone,
    ) -> Result<Self, Error> {
        let state = frontier.map(|it| it.source(&source.name)).transpose()?.flatten().unwrap_or_default();
        let counts = frontier.map(|it| it.counts(Some(&source.name), now)).transpose()?;
        let counts: Counts = counts.unwrap_or_default();
        Ok(Self {
            name: source.name.clone(),
            kind: source.kind,
            url: source.urls.clone(),
            last_run: state.last_run,
            last_success: state.last_success,
            last_harvest: state.last_harvest,
            last_new: state.last_new,
            next_run: next_run(source, state.last_run.unwrap_or(now), zone),
            rhythm_seconds: frontier.map(|it| rhythm(source, it)).transpose()?.flatten(),
            known: counts.total(),
            due: counts.due,
            resting: counts.resting,
            failures: state.failures,
            last_error: state.last_error,
        })
    }
}

/// When a source with a schedule runs next, if `crawl` is called then; `None` for one that runs whenever it is called.
fn next_run(source: &Source, since: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let schedule: croner::Cron = source.schedule.as_deref()?.parse().ok()?;
    let next = schedule.find_next_occurrence(&since.to_zoned(zone.clone()), false);
    next.ok().map(|next| next.timestamp())
}

/// How often the source's own documents name something new: the liveliest of them.
fn rhythm(source: &Source, frontier: &dyn Frontier) -> Result<Option<u64>, Error> {
    let mut shortest = None;
    for url in &source.urls {
        let Ok(url) = crate::url::parse(url) else { continue };
        let known = frontier.known(&url)?;
        let learnt = known.filter(|known| known.item.kind != Kind::Page && known.item.history.compared > 0);
        let interval = learnt.map(|known| known.item.history.interval);
        shortest = shortest.into_iter().chain(interval).min();
    }
    Ok(shortest.map(|interval| interval.as_secs()))
}
