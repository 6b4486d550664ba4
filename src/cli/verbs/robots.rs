//! `robots`: may this be fetched, and which line says so.

use std::sync::Arc;

use serde::Serialize;

use crate::cli::args::RobotsArgs;
use crate::cli::exit::Exit;
use crate::cli::setup::{Failure, Setup, crawl_failure};
use crate::cli::shell;
use crate::crawl::clock::Clock;
use crate::crawl::hosts::{Hosts, Patience};
use crate::crawl::robots::RobotsDesk;
use crate::crawl::stop;
use crate::frontier::pace::Politeness;
use crate::frontier::queue::Frontier;
use crate::frontier::robots::{self, Robots};
use crate::frontier::sqlite::SqliteFrontier;

#[derive(Serialize)]
struct RobotsRecord {
    url: String,
    agent: String,
    allowed: bool,
    line: Option<usize>,
    rule: Option<String>,
    group: Vec<String>,
    crawl_delay_seconds: Option<f64>,
    unavailable: bool,
}

/// Asks a file, or the site.
pub fn run(setup: &Setup, args: &RobotsArgs) -> anyhow::Result<Exit> {
    if !args.url.starts_with('/') && crate::url::parse(&args.url).is_err() {
        let message = format!("`{}` is neither a URL nor a path; write it as in https://example.org/page", args.url);
        return Err(Failure::new(Exit::Usage, message));
    }
    let (rules, unavailable): (Robots, bool) = match &args.file {
        Some(path) => {
            let bytes = std::fs::read(path)
                .map_err(|error| Failure::new(Exit::Usage, format!("cannot read {}: {error}", path.display())))?;
            (robots::parse(&bytes), false)
        }
        None => ask(setup, args)?,
    };
    let answer = rules.allowed_text(&args.agent, &args.url);
    let delay = rules.crawl_delay(&args.agent);
    let (rule, group) = answer.line.and_then(|line| rules.rule(line)).unzip();
    let group: Vec<String> = group.into_iter().flatten().map(str::to_owned).collect();
    if setup.face.json {
        setup.face.record(&RobotsRecord {
            url: args.url.clone(),
            agent: args.agent.clone(),
            allowed: answer.allowed,
            line: answer.line,
            rule: rule.map(str::to_owned),
            group,
            crawl_delay_seconds: delay.map(|delay| delay.as_secs_f64()),
            unavailable,
        })?;
    } else {
        let verdict = if answer.allowed { "allowed" } else { "not allowed" };
        let why = match (answer.line, unavailable) {
            (_, true) => " (robots.txt cannot be had: a server error)".to_owned(),
            (Some(line), _) => {
                format!(" by line {line}, `{}`, for {}", rule.unwrap_or_default(), group.join(", "))
            }
            (None, _) => " (no rule speaks of it)".to_owned(),
        };
        let delay = delay.map_or(String::new(), |delay| format!("; one request every {} s", delay.as_secs_f64()));
        setup.face.line(&format!("{verdict}{why}{delay}"))?;
    }
    Ok(if answer.allowed { Exit::Done } else { Exit::Failed })
}

fn ask(setup: &Setup, args: &RobotsArgs) -> anyhow::Result<(Robots, bool)> {
    let url = crate::url::parse(&args.url).map_err(|error| Failure::new(Exit::Usage, error.to_string()))?;
    let mut config = setup.config.clone();
    config.fetch.allow_private_addresses |= args.allow_private_addresses;
    let client = shell::client(&config).map_err(|error| crawl_failure(&error.into()))?;
    let rules = shell::runtime()?.block_on(async {
        // Nothing of this is to be remembered: the answer is about now.
        let frontier: Arc<dyn Frontier> = Arc::new(SqliteFrontier::in_memory()?);
        let hosts = Arc::new(Hosts::new(Arc::clone(&frontier), (1, 1), true, stop::flag().1, Clock::system()));
        let politeness = Politeness { delay: config.crawl.delay.0, ..Politeness::default() };
        RobotsDesk::new(frontier, Arc::new(client), hosts, politeness, true).rules(&url, Patience::Long).await
    });
    let rules = rules.map_err(|error| crawl_failure(&error))?;
    let rules = rules.map_err(|error| Failure::new(Exit::Failed, error.to_string()))?;
    Ok((rules.robots.clone(), rules.unavailable))
}
