//! The workhorse of `scripts/bench`: each part measures one thing and prints a small Markdown table; the rest are the small
//! programs it measures beside Chaffinch (a bare parser, a bare server, a bare loop of requests). It does not know where data
//! and programs lie: the script tells it.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the tables on stdout are the interface")]

#[path = "bench_parts/catalogue.rs"]
mod catalogue;
#[path = "bench_parts/clients.rs"]
mod clients;
#[path = "bench_parts/corpus.rs"]
mod corpus;
#[path = "bench_parts/crawling.rs"]
mod crawling;
#[path = "bench_parts/editions.rs"]
mod editions;
#[path = "bench_parts/extraction.rs"]
mod extraction;
#[path = "bench_parts/figures.rs"]
mod figures;
#[path = "bench_parts/process.rs"]
mod process;
#[path = "bench_parts/queue.rs"]
mod queue;
#[path = "bench_parts/replaying.rs"]
mod replaying;
#[path = "bench_parts/site.rs"]
mod site;
#[path = "bench_parts/storage.rs"]
mod storage;
#[path = "bench_parts/warc_files.rs"]
mod warc_files;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    part: Part,
}

/// What is measured, or one of the programs it is measured beside.
#[derive(Debug, Subcommand)]
enum Part {
    /// Pages/s of extraction on one core
    Extract(Setting),
    /// Captures/s stored, bytes a page, and the time to read one back
    Store(Setting),
    /// `.warc.gz` files read and written
    Warc(Setting),
    /// Questions to a catalogue of a million captures
    Catalogue(Setting),
    /// Pages/s of a crawl
    Crawl(Setting),
    /// A frontier of ten million URLs
    Queue(Setting),
    /// Requests/s of replay
    Replay(Setting),
    /// Parses every page of a file with html5ever, and nothing else
    Parse {
        /// JSON Lines
        file: PathBuf,
    },
    /// Makes the tree of every page with html5ever, on all cores, and nothing else
    Trees {
        /// JSON Lines, or a folder of HTML files
        from: PathBuf,
    },
    /// Serves pages on loopback; the first line of stdout says where
    Serve {
        /// JSON Lines, or a folder of HTML files
        from: PathBuf,
        /// Before each answer, in milliseconds
        #[arg(default_value_t = 0)]
        pause: u64,
    },
    /// Reads a WARC file, then reads it and writes it again
    Records {
        /// Of any kind
        file: PathBuf,
    },
    /// Gets every URL of a file once
    Fetch {
        /// One URL a line
        file: PathBuf,
        /// Requests under way at once
        connections: usize,
    },
    /// Asks for URLs over and over and prints how long each answer took
    Load {
        /// One URL a line
        file: PathBuf,
        /// Requests under way at once
        connections: usize,
        /// How long, in seconds
        seconds: f64,
    },
}

/// What every measurement must know.
#[derive(Debug, Clone, Args)]
pub struct Setting {
    /// Takes fewer pages and fewer runs
    #[arg(long)]
    pub quick: bool,
    /// The folder of the evaluation sets
    #[arg(long)]
    pub data: PathBuf,
    /// The program
    #[arg(long)]
    pub chaffinch: PathBuf,
    /// A folder on the disk that is to be measured
    #[arg(long)]
    pub scratch: PathBuf,
    /// A Python that has the peers
    #[arg(long)]
    pub python: Option<PathBuf>,
    /// rs-trafilatura, as `rs_trafilatura.rs` runs it
    #[arg(long)]
    pub rs_trafilatura: Option<PathBuf>,
    /// The crate spider, as `spider_peer.rs` runs it
    #[arg(long)]
    pub spider: Option<PathBuf>,
    /// A folder of folders of HTML pages, some thousands
    #[arg(long)]
    pub documentation: Option<PathBuf>,
    /// A folder of HTML pages of one site
    #[arg(long)]
    pub one_site: Option<PathBuf>,
    /// Another, of prose
    #[arg(long)]
    pub prose_site: Option<PathBuf>,
    /// The core that single-threaded work is pinned to
    #[arg(long, default_value_t = 0)]
    pub core: usize,
}

fn main() -> Result<()> {
    match Cli::parse().part {
        Part::Extract(setting) => extraction::run(&setting),
        Part::Store(setting) => storage::run(&setting),
        Part::Warc(setting) => warc_files::run(&setting),
        Part::Records { file } => warc_files::records(&file),
        Part::Catalogue(setting) => catalogue::run(&setting),
        Part::Crawl(setting) => crawling::run(&setting),
        Part::Queue(setting) => queue::run(&setting),
        Part::Replay(setting) => replaying::run(&setting),
        Part::Parse { file } => extraction::parse(&file),
        Part::Trees { from } => crawling::trees(&from),
        Part::Serve { from, pause } => site::serve(&from, Duration::from_millis(pause)),
        Part::Fetch { file, connections } => clients::fetch(&file, connections),
        Part::Load { file, connections, seconds } => clients::load(&file, connections, seconds),
    }
}
