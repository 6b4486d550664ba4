//! From the `[[source]]`s of the configuration to plans that can be worked through, and when each is to run.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use url::Url;

use crate::cli::config::units::Size;
use crate::cli::config::values::{Config, Robots, Source};
use crate::cli::exit::Exit;
use crate::cli::setup::{Failure, Setup, crawl_failure};
use crate::cli::shell;
use crate::crawl::filing::Filing;
use crate::crawl::source::{Plan, SourceKind};
use crate::frontier::budget::Allowance;
use crate::frontier::item::BY_HAND;
use crate::frontier::queue::{Frontier, SourceState};
use crate::frontier::scope::{Scope, Within};

/// Plans by the names of their sources.
pub type Plans = BTreeMap<String, Arc<Plan>>;

/// The sources of the configuration, ready to be worked through; only those asked for, where any are.
pub fn plans(setup: &Setup, config: &Config, wanted: &[String]) -> anyhow::Result<Plans> {
    for name in wanted {
        if !config.source.iter().any(|source| source.name == *name) {
            let known: Vec<&str> = config.source.iter().map(|source| source.name.as_str()).collect();
            let message = format!("there is no source \"{name}\"; the configuration has: {}", known.join(", "));
            return Err(Failure::new(Exit::Usage, message));
        }
    }
    let mut plans = Plans::new();
    for source in &config.source {
        if wanted.is_empty() || wanted.contains(&source.name) {
            plans.insert(source.name.clone(), Arc::new(plan(setup, config, source)?));
        }
    }
    Ok(plans)
}

fn plan(setup: &Setup, config: &Config, source: &Source) -> anyhow::Result<Plan> {
    let usage =
        |error: &dyn std::fmt::Display| Failure::new(Exit::Usage, format!("source \"{}\": {error}", source.name));
    let roots: Vec<Url> = source
        .url
        .values()
        .iter()
        .map(|url| crate::url::parse(url))
        .collect::<Result<_, _>>()
        .map_err(|e| usage(&e))?;
    let (within, depth) = match source.kind {
        SourceKind::Feed | SourceKind::Sitemap | SourceKind::Urls => (Within::Anywhere, 0),
        SourceKind::Listing => (Within::Site, 1),
        SourceKind::Site => (Within::Site, 4),
    };
    let within = source.within.unwrap_or(if source.include.is_empty() { within } else { Within::Anywhere });
    let depth = source.depth.unwrap_or(depth);
    let scope = Scope::new(roots.clone(), within, &source.include, &source.exclude, depth).map_err(|e| usage(&e))?;
    let headers: Vec<(String, String)> = source.headers.clone().into_iter().collect();
    let cookies = source.cookies.as_deref().map(|path| setup.resolve(path));
    let credentials = shell::credentials(setup, &roots, &headers, cookies.as_deref(), source.login.as_ref())
        .map_err(|error| usage(&error))?;
    let schedule = source.schedule.as_deref().map(str::parse::<croner::Cron>).transpose().map_err(|e| usage(&e))?;
    Ok(Plan {
        name: source.name.clone(),
        kind: source.kind,
        roots,
        scope: Arc::new(scope),
        filing: Filing {
            source: Some(source.name.clone()),
            tags: source.tags.clone(),
            assets: shell::assets(source.assets.unwrap_or(config.archive.assets)),
            credentials: Arc::new(credentials),
            obey_robots: config.crawl.robots == Robots::Obey,
            force: false,
        },
        delay: source.delay.map(|span| span.0),
        revisit_min: source.revisit_min.map(|span| span.0),
        revisit_max: source.revisit_max.map(|span| span.0),
        allowance: allowance(source.pages_per_hour, source.bytes_per_day),
        quiet: source.quiet,
        schedule: schedule.map(Arc::new),
    })
}

/// How what was asked for by hand is worked through, beside the sources: each URL once, as the configuration has it for all.
pub fn by_hand(config: &Config) -> anyhow::Result<Arc<Plan>> {
    let scope = Scope::new(Vec::new(), Within::Anywhere, &[], &[], 0);
    Ok(Arc::new(Plan {
        name: BY_HAND.to_owned(),
        kind: SourceKind::Urls,
        roots: Vec::new(),
        scope: Arc::new(scope.map_err(|error| Failure::new(Exit::Usage, error.to_string()))?),
        filing: Filing {
            source: None,
            tags: Vec::new(),
            assets: shell::assets(config.archive.assets),
            credentials: Arc::default(),
            obey_robots: config.crawl.robots == Robots::Obey,
            force: false,
        },
        delay: None,
        revisit_min: None,
        revisit_max: None,
        allowance: Allowance::default(),
        quiet: None,
        schedule: None,
    }))
}

/// When the next of what was asked for by hand can be visited; `None` where nothing waits.
pub fn next_by_hand(frontier: &dyn Frontier, now: Timestamp) -> anyhow::Result<Option<Timestamp>> {
    let names = [BY_HAND.to_owned()];
    frontier.next_wake(Some(&names), now).map_err(|error| crawl_failure(&error.into()))
}

/// What a configuration allows; nothing, or zero, is without bounds.
pub fn allowance(pages_per_hour: Option<u64>, bytes_per_day: Option<Size>) -> Allowance {
    Allowance {
        pages_per_hour: pages_per_hour.filter(|pages| *pages > 0),
        bytes_per_day: bytes_per_day.map(|size| size.0).filter(|bytes| *bytes > 0),
    }
}

/// When a source is to run: by its schedule (in the system's time zone) after its last run, or after an interval.
pub fn next_run(frontier: &dyn Frontier, plan: &Plan, interval: Duration) -> anyhow::Result<Timestamp> {
    let state: Option<SourceState> = frontier.source(&plan.name).map_err(|error| crawl_failure(&error.into()))?;
    let Some(last) = state.and_then(|state| state.last_run) else { return Ok(Timestamp::MIN) };
    match &plan.schedule {
        None => Ok(last.saturating_add(interval).unwrap_or(Timestamp::MAX)),
        Some(cron) => Ok(shell::next_after(cron, last, &TimeZone::system()).unwrap_or(Timestamp::MAX)),
    }
}
