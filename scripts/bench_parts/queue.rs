//! A large frontier: how long it takes to hand out a host with its best URLs, to record what came of them and to take in what they
//! linked to, among ten million URLs; and whether memory follows their number.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use chaffinch::frontier::item::{Candidate, Item};
use chaffinch::frontier::pace::Pace;
use chaffinch::frontier::policy::{Planner, Policy, Visit};
use chaffinch::frontier::queue::{Frontier, Intake, LeaseRequest};
use chaffinch::frontier::rates::Rates;
use chaffinch::frontier::sqlite::SqliteFrontier;
use jiff::Timestamp;
use url::Url;

use crate::Setting;
use crate::figures::{number, percentile, table};
use crate::process::own_peak_mib;

/// URLs that are taken in together: the links of a few pages.
const BATCH: usize = 1_000;
/// Hosts are leased and given back so often.
const LEASES: usize = 2_000;
/// URLs of a lease, all of them finished.
const URLS: usize = 8;
const INTAKE: Intake = Intake { links_per_host: None, revisit_min: Duration::ZERO };

/// Measures.
pub fn run(setting: &Setting) -> Result<()> {
    let sizes: &[usize] = if setting.quick { &[100_000] } else { &[1_000_000, 10_000_000] };
    let mut rows = Vec::new();
    for size in sizes {
        rows.push(measure(setting, *size)?);
    }
    let head = [
        "URLs",
        "taken in, URLs/s",
        "lease p50 ms",
        "p99 ms",
        "a URL handed out and recorded, ms",
        "links taken in again, ms a thousand",
        "anything due? ms",
        "next wake, ms",
        "peak MiB",
        "bytes a URL",
    ];
    table("The frontier: hosts leased, worked through and given back", &head, &rows);
    Ok(())
}

fn measure(setting: &Setting, size: usize) -> Result<Vec<String>> {
    let folder = tempfile::Builder::new().prefix("queue").tempdir_in(&setting.scratch)?;
    let file = folder.path().join("frontier.sqlite");
    let frontier = SqliteFrontier::open(&file)?;
    let hosts = (size / 500).max(100);
    let mut now: Timestamp = "2026-01-01T00:00:00Z".parse()?;
    let begun = Instant::now();
    for first in (0..size).step_by(BATCH) {
        frontier.add(&candidates(first, hosts)?, &INTAKE, now)?;
    }
    let taken_in = size as f64 / begun.elapsed().as_secs_f64();
    let (mut leased, mut worked, mut added) = (Vec::new(), Vec::new(), Vec::new());
    let (policy, mut rates) = (Policy::default(), Rates::default());
    for at in 0..LEASES {
        let request = LeaseRequest { worker: "bench", hold: Duration::from_secs(60), urls: URLS, sources: None };
        let begun = Instant::now();
        let lease = frontier.lease(&request, now)?.context("nothing is due")?;
        leased.push(begun.elapsed().as_secs_f64() * 1000.0);
        ensure!(lease.items.len() == URLS);
        let mut outcome = |item: &Item| {
            Planner { policy: &policy, rates: &mut rates, now, random: 0.5 }.settle(
                item,
                &Visit::New,
                None,
                None,
                "new",
            )
        };
        let outcomes: Vec<_> = lease.items.iter().map(&mut outcome).collect();
        // Each host has its turn.
        now += Duration::from_millis(1);
        frontier.finish(&lease, &outcomes, &Pace { next: Some(now), ..Pace::default() }, now)?;
        frontier.release(&lease, now)?;
        worked.push(begun.elapsed().as_secs_f64() * 1000.0 / URLS as f64);
        if at % 20 == 0 {
            let known = candidates((at * 7_919) % (size - BATCH), hosts)?;
            let begun = Instant::now();
            frontier.add(&known, &INTAKE, now)?;
            added.push(begun.elapsed().as_secs_f64() * 1000.0);
        }
    }
    let timed = |ask: &dyn Fn() -> Result<()>| -> Result<f64> {
        let begun = Instant::now();
        for _ in 0..100 {
            ask()?;
        }
        Ok(begun.elapsed().as_secs_f64() * 10.0)
    };
    let due = timed(&|| {
        ensure!(frontier.has_due(None, now)?);
        Ok(())
    })?;
    let wake = timed(&|| frontier.next_wake(None, now).map(drop).map_err(Into::into))?;
    let bytes = std::fs::metadata(&file)?.len() as f64 / size as f64;
    Ok(vec![
        size.to_string(),
        number(taken_in),
        number(percentile(&leased, 0.5)),
        number(percentile(&leased, 0.99)),
        number(percentile(&worked, 0.5)),
        number(percentile(&added, 0.5)),
        number(due),
        number(wake),
        number(own_peak_mib()?),
        number(bytes),
    ])
}

/// URLs of many hosts, those of a page beside each other.
fn candidates(first: usize, hosts: usize) -> Result<Vec<Candidate>> {
    let candidate = |n: usize| -> Result<Candidate> {
        let host = (n / 10) % hosts;
        let url = Url::parse(&format!("https://site-{host}.example/2026/section-{}/story-number-{n}", n % 17))?;
        Ok(Candidate { depth: 1, ..Candidate::page(url, "bench") })
    };
    (first..first + BATCH).map(candidate).collect()
}
