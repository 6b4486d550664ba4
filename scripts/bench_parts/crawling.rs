//! Crawls without delay of sites on loopback, beside what bounds them in the same run: a bare loop of requests, a parser that
//! makes trees of the same bytes on the same cores and nothing else, and another crawler that stores and extracts nothing. And
//! fetching alone, where each answer takes its time.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use serde::Deserialize;

use crate::Setting;
use crate::corpus;
use crate::figures::{median, number, range, skipped, table};
use crate::process::{self, Cost, Server, myself};
use crate::site;

/// Requests under way at once, of all.
const CONNECTIONS: usize = 64;
/// How long an answer takes where fetching alone is measured.
const PAUSE: Duration = Duration::from_millis(50);

/// The last line of a crawl.
#[derive(Deserialize)]
struct Summary {
    fetched: u64,
    failed: u64,
    seconds: f64,
}

/// One way to get the pages of a site.
#[derive(Default)]
struct Runner {
    who: &'static str,
    rates: Vec<f64>,
    costs: Vec<(f64, Cost)>,
}

impl Runner {
    fn new(who: &'static str) -> Self {
        Self { who, ..Self::default() }
    }

    fn add(&mut self, pages: f64, seconds: f64, cost: Cost) {
        self.rates.push(pages / seconds);
        self.costs.push((pages, cost));
    }

    /// A row of the table; `limit` are the rates it is compared with.
    fn row(&self, what: &str, limit: &[f64]) -> Vec<String> {
        let ratios: Vec<f64> = self.rates.iter().zip(limit).map(|(ours, limit)| ours / limit).collect();
        let cpu: Vec<f64> = self.costs.iter().map(|(pages, cost)| cost.cpu / pages * 1000.0).collect();
        let peak = self.costs.iter().map(|(_, cost)| cost.peak_mib).fold(0.0, f64::max);
        vec![
            what.to_owned(),
            self.who.to_owned(),
            range(&self.rates),
            number(median(&ratios)),
            range(&cpu),
            number(peak),
        ]
    }
}

/// Measures.
pub fn run(setting: &Setting) -> Result<()> {
    let rounds = if setting.quick { 1 } else { 3 };
    let folder = tempfile::tempdir_in(&setting.scratch)?;
    let many = folder.path().join("wcxb.jsonl");
    corpus::write_lines(&many, &corpus::spread(&setting.data, if setting.quick { 200 } else { 400 })?)?;
    let mut rows = whole(setting, "wcxb-dev", &many, rounds)?;
    match &setting.documentation {
        Some(documentation) => rows.extend(whole(setting, "documentation", documentation, rounds)?),
        None => skipped("a crawl of documentation", "no folder of it was given"),
    }
    let head = ["", "", "pages/s", "of the parser's", "processor s / 1,000 pages", "peak MiB"];
    let title = format!("Crawling a site on loopback, delay 0, {CONNECTIONS} connections, {rounds} round(s)");
    table(&title, &head, &rows);
    if let Some(documentation) = &setting.documentation {
        let rows = fetching(setting, documentation, rounds)?;
        let head = ["", "", "pages/s", "of the ceiling", "processor s / 1,000 pages", "peak MiB"];
        let title =
            format!("Fetching alone, {} ms an answer, {CONNECTIONS} connections, {rounds} round(s)", PAUSE.as_millis());
        table(&title, &head, &rows);
    }
    Ok(())
}

/// A site and what is known of it.
struct Served {
    pages: BTreeMap<String, Bytes>,
    server: Server,
    /// A folder of our own.
    folder: tempfile::TempDir,
}

impl Served {
    fn start(setting: &Setting, from: &Path, pause: Duration) -> Result<Self> {
        let mut command = Command::new(myself()?);
        command.arg("serve").arg(from).arg(pause.as_millis().to_string());
        let (pages, server) = (site::pages(from)?, Server::start(&mut command)?);
        Ok(Self { pages, server, folder: tempfile::tempdir_in(&setting.scratch)? })
    }

    fn urls(&self) -> Vec<String> {
        self.pages.keys().map(|path| format!("{}{path}", self.server.address)).collect()
    }

    fn what(&self, name: &str) -> String {
        let bytes: usize = self.pages.values().map(Bytes::len).sum();
        let each = bytes as f64 / self.pages.len() as f64 / 1000.0;
        format!("{name}, {} pages of {} KB", self.pages.len(), number(each))
    }

    /// The bare loop.
    fn fetch(&self, runner: &mut Runner) -> Result<()> {
        let (file, out) = (self.folder.path().join("urls"), self.folder.path().join("bare"));
        std::fs::write(&file, self.urls().join("\n"))?;
        let mut command = Command::new(myself()?);
        command.arg("fetch").arg(&file).arg(CONNECTIONS.to_string());
        let cost = process::run(&mut command, &out)?;
        runner.add(self.pages.len() as f64, figures(&out)?[0], cost);
        Ok(())
    }

    /// The peer that finds its pages by following links; it begins at the front page.
    fn spider(&self, peer: &Path, runner: &mut Runner) -> Result<()> {
        let out = self.folder.path().join("spider");
        let mut command = Command::new(peer);
        command.arg(format!("{}/", self.server.address)).arg(CONNECTIONS.to_string());
        let cost = process::run(&mut command, &out)?;
        let said = figures(&out)?;
        runner.add(said[1], said[0], cost);
        Ok(())
    }

    /// Our crawl of one source: to the last page durable, and with start and sealing.
    fn crawl(&self, setting: &Setting, source: &str, [durable, all]: [&mut Runner; 2]) -> Result<()> {
        let (config, archive) = (self.folder.path().join("config.toml"), self.folder.path().join("archive"));
        let text = format!(
            "[archive]\npath = \"{}\"\nassets = \"none\"\n\n\
             [fetch]\nallow_private_addresses = true\n\n\
             [crawl]\ndelay = \"0s\"\nper_host = {CONNECTIONS}\nconcurrency = {CONNECTIONS}\nnoarchive = \"ignore\"\n\n\
             [[source]]\nname = \"bench\"\n{source}\n",
            archive.display()
        );
        std::fs::write(&config, text)?;
        let out = self.folder.path().join("crawl");
        let mut command = Command::new(&setting.chaffinch);
        command.arg("--config").arg(&config).args(["--json", "--quiet", "crawl"]);
        let cost = process::run(&mut command, &out)?;
        let told = std::fs::read_to_string(&out)?;
        let last = told.lines().last().context("the crawl said nothing")?;
        let summary: Summary = serde_json::from_str(last).with_context(|| last.to_owned())?;
        ensure!(summary.failed == 0, "{} pages failed", summary.failed);
        std::fs::remove_dir_all(&archive)?;
        // Documents of a source are no pages: where there are no pages, every document was fetched.
        let pages = if summary.fetched == 0 { self.pages.len() as f64 } else { summary.fetched as f64 };
        durable.add(pages, summary.seconds, cost);
        all.add(pages, cost.wall, cost);
        Ok(())
    }

    /// html5ever alone, on as many cores as there are.
    fn parse(&self, from: &Path, runner: &mut Runner) -> Result<()> {
        let out = self.folder.path().join("trees");
        let cost = process::run(Command::new(myself()?).arg("trees").arg(from), &out)?;
        runner.add(self.pages.len() as f64, figures(&out)?[0], cost);
        Ok(())
    }
}

/// The numbers of the first line of a file.
fn figures(out: &Path) -> Result<Vec<f64>> {
    let text = std::fs::read_to_string(out)?;
    text.split_whitespace().map(|word| word.parse().with_context(|| text.clone())).collect()
}

/// Makes the tree of every page of a site and drops it, on as many cores as there are; says how long that took.
pub fn trees(from: &Path) -> Result<()> {
    let pages: Vec<Bytes> = site::pages(from)?.into_values().collect();
    let (next, begun) = (AtomicUsize::new(0), Instant::now());
    let parse = || {
        let mut nodes = 0;
        while let Some(page) = pages.get(next.fetch_add(1, Ordering::Relaxed)) {
            let tree = scraper::Html::parse_document(&String::from_utf8_lossy(page));
            nodes += std::hint::black_box(tree).tree.nodes().count();
        }
        nodes
    };
    let cores = std::thread::available_parallelism()?.get();
    let nodes = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(parse)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or(0)).sum::<usize>()
    });
    println!("{} {nodes}", begun.elapsed().as_secs_f64());
    Ok(())
}

/// Everything a crawl does.
fn whole(setting: &Setting, name: &str, from: &Path, rounds: usize) -> Result<Vec<Vec<String>>> {
    let served = Served::start(setting, from, Duration::ZERO)?;
    let follows = from.is_dir();
    let source = if follows {
        format!("kind = \"listing\"\nurl = \"{}/\"\ndepth = 1000", served.server.address)
    } else {
        format!("kind = \"sitemap\"\nurl = \"{}/sitemap.xml\"", served.server.address)
    };
    let mut bare = Runner::new("bare loop of requests");
    let mut parser = Runner::new("html5ever makes trees of the same bytes, all cores, no network: the limit");
    let mut spider = Runner::new("spider 2.53.9 fetches and finds links, nothing else");
    let mut crawled = Runner::new("chaffinch crawl, to the last page durable");
    let mut sealed = Runner::new("the same, start and sealing included");
    for _ in 0..rounds {
        served.fetch(&mut bare)?;
        served.parse(from, &mut parser)?;
        if let Some(peer) = setting.spider.as_ref().filter(|_| follows) {
            served.spider(peer, &mut spider)?;
        }
        served.crawl(setting, &source, [&mut crawled, &mut sealed])?;
    }
    let what = served.what(name);
    let runners = [&bare, &parser, &spider, &crawled, &sealed];
    let runners = runners.into_iter().filter(|runner| !runner.rates.is_empty());
    Ok(runners.map(|runner| runner.row(&what, &parser.rates)).collect())
}

/// The network and the queue alone: every page is a listing that leads nowhere, so that it is neither read nor stored.
fn fetching(setting: &Setting, from: &Path, rounds: usize) -> Result<Vec<Vec<String>>> {
    let served = Served::start(setting, from, PAUSE)?;
    let source = format!("kind = \"listing\"\ndepth = 0\nurl = {}", serde_json::to_string(&served.urls())?);
    let mut bare = Runner::new("bare loop of requests");
    let mut spider = Runner::new("spider 2.53.9, links included");
    let mut crawled = Runner::new("chaffinch crawl");
    for _ in 0..rounds {
        served.fetch(&mut bare)?;
        if let Some(peer) = &setting.spider {
            served.spider(peer, &mut spider)?;
        }
        served.crawl(setting, &source, [&mut crawled, &mut Runner::default()])?;
    }
    let ceiling = vec![CONNECTIONS as f64 / PAUSE.as_secs_f64(); rounds];
    let what = served.what("documentation");
    let runners = [&bare, &spider, &crawled].into_iter().filter(|runner| !runner.rates.is_empty());
    Ok(runners.map(|runner| runner.row(&what, &ceiling)).collect())
}
