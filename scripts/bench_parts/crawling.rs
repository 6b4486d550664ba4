//! A crawl without delay of a site on loopback, beside a bare loop of requests to the same site in the same run: what is
//! between them is reading the pages, finding links, isolating articles, and storing everything durably.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::Setting;
use crate::corpus::{self, Sample};
use crate::figures::{median, number, range, skipped, table};
use crate::process::{self, Cost, Server, myself};

/// Requests under way at once, of both.
const CONNECTIONS: usize = 64;

/// The last line of a crawl.
#[derive(Deserialize)]
struct Summary {
    fetched: u64,
    failed: u64,
    seconds: f64,
}

/// Measures.
pub fn run(setting: &Setting) -> Result<()> {
    let (wanted, rounds) = if setting.quick { (200, 1) } else { (400, 3) };
    let many = corpus::spread(&setting.data, wanted)?;
    let mut rows = measure(setting, "wcxb-dev", &many, rounds)?;
    match &setting.one_site {
        Some(folder) => {
            rows.extend(measure(setting, "documentation", &corpus::of_one_site(folder, wanted)?, rounds)?);
        }
        None => skipped("a crawl of documentation", "no folder of it was given"),
    }
    let head = ["", "", "pages/s", "ratio", "processor s / 1,000 pages", "peak MiB"];
    let title = format!("Crawling a site on loopback, delay 0, {CONNECTIONS} connections, {rounds} round(s)");
    table(&title, &head, &rows);
    Ok(())
}

fn measure(setting: &Setting, name: &str, samples: &[Sample], rounds: usize) -> Result<Vec<Vec<String>>> {
    let folder = tempfile::tempdir_in(&setting.scratch)?;
    let file = folder.path().join("pages.jsonl");
    corpus::write_lines(&file, samples)?;
    let server = Server::start(Command::new(myself()?).arg("serve").arg(&file))?;
    let (mut bare, mut crawled, mut sealed, mut costs) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut bare_costs = Vec::new();
    for round in 0..rounds {
        let (rate, cost) = loop_bare(&server.address, samples.len(), folder.path())?;
        bare.push(rate);
        bare_costs.push(cost);
        let archive = folder.path().join(format!("archive-{round}"));
        let (summary, cost) = crawl(setting, &server.address, &archive, folder.path())?;
        ensure!(summary.failed == 0, "{} pages failed", summary.failed);
        ensure!(summary.fetched * 10 >= samples.len() as u64 * 9, "only {} pages were kept", summary.fetched);
        crawled.push(summary.fetched as f64 / summary.seconds);
        sealed.push(summary.fetched as f64 / cost.wall);
        costs.push((summary.fetched as f64, cost));
        std::fs::remove_dir_all(&archive)?;
    }
    let what =
        format!("{name}, {} KB a page", number(corpus::bytes_of(samples) as f64 / samples.len() as f64 / 1000.0));
    let pages = samples.len() as f64;
    let row = |who: &str, rates: &[f64], costs: &[(f64, Cost)]| {
        let ratios: Vec<f64> = rates.iter().zip(&bare).map(|(ours, bare)| ours / bare).collect();
        let cpu: Vec<f64> = costs.iter().map(|(pages, cost)| cost.cpu / pages * 1000.0).collect();
        let peak = costs.iter().map(|(_, cost)| cost.peak_mib).fold(0.0, f64::max);
        vec![what.clone(), who.to_owned(), range(rates), number(median(&ratios)), range(&cpu), number(peak)]
    };
    let bare_costs: Vec<(f64, Cost)> = bare_costs.into_iter().map(|cost| (pages, cost)).collect();
    Ok(vec![
        row("bare loop of requests, no parsing: the limit", &bare, &bare_costs),
        row("chaffinch crawl, to the last page durable", &crawled, &costs),
        row("the same, start and sealing included", &sealed, &costs),
    ])
}

fn loop_bare(address: &str, pages: usize, folder: &Path) -> Result<(f64, Cost)> {
    let out = folder.join("bare");
    let mut command = Command::new(myself()?);
    command.args(["fetch", address, &pages.to_string(), &CONNECTIONS.to_string()]);
    let cost = process::run(&mut command, &out)?;
    let seconds: f64 =
        std::fs::read_to_string(&out)?.split_whitespace().next().context("the bare loop said nothing")?.parse()?;
    Ok((pages as f64 / seconds, cost))
}

fn crawl(setting: &Setting, address: &str, archive: &Path, folder: &Path) -> Result<(Summary, Cost)> {
    let config = folder.join("config.toml");
    let text = format!(
        "[archive]\npath = \"{}\"\nassets = \"none\"\n\n\
         [fetch]\nallow_private_addresses = true\n\n\
         [crawl]\ndelay = \"0s\"\nper_host = {CONNECTIONS}\nconcurrency = {CONNECTIONS}\nnoarchive = \"ignore\"\n\n\
         [[source]]\nname = \"bench\"\nkind = \"sitemap\"\nurl = \"{address}/sitemap.xml\"\n",
        archive.display()
    );
    std::fs::write(&config, text)?;
    let out = folder.join("crawl");
    let mut command = Command::new(&setting.chaffinch);
    command.arg("--config").arg(&config).args(["--json", "--quiet", "crawl"]);
    let cost = process::run(&mut command, &out)?;
    let told = std::fs::read_to_string(&out)?;
    let last = told.lines().last().context("the crawl said nothing")?;
    Ok((serde_json::from_str(last).with_context(|| last.to_owned())?, cost))
}
