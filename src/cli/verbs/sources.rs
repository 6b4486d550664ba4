//! `sources`: how each source fares.

use jiff::Timestamp;
use serde::Serialize;

use crate::cli::config::values::Source;
use crate::cli::exit::Exit;
use crate::cli::face::{Face, count, plain};
use crate::cli::setup::{Setup, crawl_failure};
use crate::cli::shell;
use crate::frontier::queue::{Frontier, SourceState};

/// Prints a line for each source of the configuration.
pub fn run(setup: &Setup) -> anyhow::Result<Exit> {
    let archive = setup.open()?;
    let frontier = shell::open_frontier(&archive)?;
    for source in &setup.config.source {
        let state = frontier.source(&source.name).map_err(|error| crawl_failure(&error.into()))?;
        print_source(setup.face, source, state)?;
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
    failures: u32,
    last_error: String,
}

fn print_source(face: Face, source: &Source, state: Option<SourceState>) -> anyhow::Result<()> {
    let state = state.unwrap_or_default();
    if face.json {
        face.record(&SourceRecord {
            name: &source.name,
            kind: source.kind.as_str(),
            url: source.url.values(),
            last_run: state.last_run,
            last_success: state.last_success,
            last_harvest: state.last_harvest,
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
    face.line(&format!("{:<16} {:<8} {health}", plain(&source.name), source.kind.as_str()))?;
    Ok(())
}
