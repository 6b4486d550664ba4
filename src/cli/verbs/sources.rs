//! `sources`: how each source fares.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::cli::config::units::Span;
use crate::cli::config::values::Source;
use crate::cli::exit::Exit;
use crate::cli::face::{count, plain};
use crate::cli::setup::{Setup, crawl_failure};
use crate::cli::shell;
use crate::frontier::item::Kind;
use crate::frontier::queue::{Counts, Frontier, SourceState};

/// Prints a line for each source of the configuration.
pub fn run(setup: &Setup) -> anyhow::Result<Exit> {
    let archive = setup.open()?;
    let frontier = shell::open_frontier(&archive)?;
    for source in &setup.config.source {
        let state = frontier.source(&source.name).map_err(|error| crawl_failure(&error.into()))?;
        let counts = frontier.counts(Some(&source.name), setup.now()).map_err(|error| crawl_failure(&error.into()))?;
        let rhythm = learnt_rhythm(&frontier, source)?;
        print_source(setup, source, state, &counts, rhythm)?;
    }
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct SourceRecord<'a> {
    name: &'a str,
    kind: &'static str,
    url: &'a [String],
    last_run: Option<Timestamp>,
    last_success: Option<Timestamp>,
    last_harvest: u64,
    last_new: Option<Timestamp>,
    next_run: Option<Timestamp>,
    /// How long its documents can be expected to name nothing new.
    rhythm_seconds: Option<u64>,
    known: u64,
    due: u64,
    resting: u64,
    failures: u32,
    last_error: String,
}

/// When a source with a schedule runs next, if `crawl` is called then; `None` for one that runs whenever it is called.
fn next_run(setup: &Setup, source: &Source, state: &SourceState) -> Option<Timestamp> {
    let schedule: croner::Cron = source.schedule.as_deref()?.parse().ok()?;
    let since = state.last_run.unwrap_or_else(|| setup.now());
    shell::next_after(&schedule, since, &TimeZone::system())
}

/// How often the source's own documents name something new: the liveliest of them.
fn learnt_rhythm(frontier: &dyn Frontier, source: &Source) -> anyhow::Result<Option<Duration>> {
    let mut shortest: Option<Duration> = None;
    for url in source.url.values() {
        let Ok(url) = crate::url::parse(url) else { continue };
        let known = frontier.known(&url).map_err(|error| crawl_failure(&error.into()))?;
        let learnt = known.filter(|known| known.item.kind != Kind::Page && known.item.history.compared > 0);
        let interval = learnt.map(|known| known.item.history.interval);
        shortest = shortest.into_iter().chain(interval).min();
    }
    Ok(shortest)
}

fn print_source(
    setup: &Setup,
    source: &Source,
    state: Option<SourceState>,
    counts: &Counts,
    rhythm: Option<Duration>,
) -> anyhow::Result<()> {
    let face = setup.face;
    let state = state.unwrap_or_default();
    let next = next_run(setup, source, &state);
    if face.json {
        face.record(&SourceRecord {
            name: &source.name,
            kind: source.kind.as_str(),
            url: source.url.values(),
            last_run: state.last_run,
            last_success: state.last_success,
            last_harvest: state.last_harvest,
            last_new: state.last_new,
            next_run: next,
            rhythm_seconds: rhythm.map(|rhythm| rhythm.as_secs()),
            known: counts.total(),
            due: counts.due,
            resting: counts.resting,
            failures: state.failures,
            last_error: state.last_error,
        })?;
        return Ok(());
    }
    let health = match (state.last_run, state.failures) {
        (None, _) => "never run".to_owned(),
        (Some(at), 0) => {
            format!("well, {} new at {}", state.last_harvest, at.strftime("%Y-%m-%d %H:%M"))
        }
        (Some(at), failures) => {
            let times = count(u64::from(failures), "time");
            format!("failed {times}, last at {}: {}", at.strftime("%Y-%m-%d %H:%M"), plain(&state.last_error))
        }
    };
    let mut more = format!("{} known", count(counts.total(), "URL"));
    for (number, what) in [(counts.due, "due"), (counts.resting, "at hosts that are down")] {
        if number > 0 {
            more.push_str(&format!(", {number} {what}"));
        }
    }
    if let Some(at) = state.last_new {
        more.push_str(&format!("; last new {}", at.strftime("%Y-%m-%d %H:%M")));
    }
    if let Some(rhythm) = rhythm {
        more.push_str(&format!("; something new about every {}", Span(rhythm)));
    }
    if let Some(at) = next {
        more.push_str(&format!("; next {}", at.strftime("%Y-%m-%d %H:%M")));
    }
    face.line(&format!("{:<16} {:<8} {health}", plain(&source.name), source.kind.as_str()))?;
    face.line(&format!("{:<25} {more}", ""))?;
    Ok(())
}
