//! `sources`: how each source fares.

use std::time::Duration;

use jiff::tz::TimeZone;

use crate::cli::config::{self, units::Span};
use crate::cli::exit::Exit;
use crate::cli::face::{Face, count, plain};
use crate::cli::setup::{Setup, crawl_failure};
use crate::cli::shell;
use crate::frontier::health::{Source, SourceRecord};

/// Prints a line for each source of the configuration.
pub fn run(setup: &Setup) -> anyhow::Result<Exit> {
    let archive = setup.open()?;
    let frontier = shell::open_frontier(&archive)?;
    for source in &setup.config.source {
        let record = SourceRecord::of(&configured(source), Some(&frontier), setup.now(), &TimeZone::system());
        print_source(setup.face, &record.map_err(|error| crawl_failure(&error.into()))?)?;
    }
    Ok(Exit::Done)
}

/// A source as the configuration has it.
pub fn configured(source: &config::values::Source) -> Source {
    Source {
        name: source.name.clone(),
        kind: source.kind.as_str(),
        urls: source.url.values().to_vec(),
        schedule: source.schedule.clone(),
    }
}

fn print_source(face: Face, source: &SourceRecord) -> anyhow::Result<()> {
    if face.json {
        return Ok(face.record(source)?);
    }
    let health = match (source.last_run, source.failures) {
        (None, _) => "never run".to_owned(),
        (Some(at), 0) => {
            format!("well, {} new at {}", source.last_harvest, at.strftime("%Y-%m-%d %H:%M"))
        }
        (Some(at), failures) => {
            let times = count(u64::from(failures), "time");
            format!("failed {times}, last at {}: {}", at.strftime("%Y-%m-%d %H:%M"), plain(&source.last_error))
        }
    };
    let mut more = format!("{} known", count(source.known, "URL"));
    for (number, what) in [(source.due, "due"), (source.resting, "at hosts that are down")] {
        if number > 0 {
            more.push_str(&format!(", {number} {what}"));
        }
    }
    if let Some(at) = source.last_new {
        more.push_str(&format!("; last new {}", at.strftime("%Y-%m-%d %H:%M")));
    }
    if let Some(rhythm) = source.rhythm_seconds.map(Duration::from_secs) {
        more.push_str(&format!("; something new about every {}", Span(rhythm)));
    }
    if let Some(at) = source.next_run {
        more.push_str(&format!("; next {}", at.strftime("%Y-%m-%d %H:%M")));
    }
    face.line(&format!("{:<16} {:<8} {health}", plain(&source.name), source.kind))?;
    face.line(&format!("{:<25} {more}", ""))?;
    Ok(())
}
