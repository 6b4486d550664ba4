//! Times pages made to cost as much as they can, each in a process of its own, and says which exceed the bound; or, for
//! ordinary pages, what memory each takes. `scripts/worst-cases` runs it.
//!
//! ```text
//! cargo run --release -p chaffinch-extract --example worst_cases -- [--megabytes N] [PART OF A NAME]
//! zstd -d --long=27 -c pages.jsonl.zst | cargo run --release -p chaffinch-extract --example worst_cases -- --pages
//! ```

#![allow(clippy::print_stdout, reason = "a program that answers on standard output")]

#[path = "../tests/worst/mod.rs"]
mod worst;

use std::io::{self, BufRead, Read, Write};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use chaffinch_extract::{Context, Options, extract};
use serde::Deserialize;
use worst::cases;

/// A hostile page may take this many seconds for each ten million bytes, and a little besides. Text without tags takes half
/// a second; what is slow is blocks of a letter each.
const SECONDS_MAX: f64 = 4.0;
const SECONDS_BASE: f64 = 0.25;
/// And this much memory for each byte of the page, and besides.
const HOSTILE_TIMES_MAX: u64 = 80;
const ORDINARY_TIMES_MAX: u64 = 6;
const BASE_BYTES_MAX: u64 = 16 << 20;
/// A case that takes longer is given up.
const PATIENCE: Duration = Duration::from_secs(600);

fn main() -> io::Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["--one"] => {
            one(&read_page()?);
            Ok(ExitCode::SUCCESS)
        }
        ["--one", name, bytes] => {
            let case = cases().find(|case| case.name == *name).ok_or_else(|| io::Error::other("no such case"))?;
            one(&case.page(bytes.parse().map_err(io::Error::other)?));
            Ok(ExitCode::SUCCESS)
        }
        ["--pages"] => ordinary(),
        ["--megabytes", megabytes] => hostile(megabytes.parse().map_err(io::Error::other)?, ""),
        ["--megabytes", megabytes, part] => hostile(megabytes.parse().map_err(io::Error::other)?, part),
        [] => hostile(10, ""),
        [part] => hostile(10, part),
        _ => Err(io::Error::other("usage: worst_cases [--megabytes N] [PART OF A NAME] | --pages < pages.jsonl")),
    }
}

fn read_page() -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    io::stdin().lock().read_to_end(&mut page)?;
    Ok(page)
}

/// In a process of its own: one page, from bytes to every rendering.
fn one(page: &[u8]) {
    // What making the page cost does not count. Where the kernel cannot forget a peak it stands in the figure.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    let url = url::Url::parse("https://example.org/news/a-story").ok();
    let start = worked();
    let article =
        extract(page, &Context { url: url.as_ref(), content_type: None, ..Context::default() }, &Options::default());
    let extracted = worked() - start;
    let peak_extracted = peak();
    let written = article.map_or(0, |article| article.text().len() + article.markdown().len() + article.html().len());
    println!("{} {extracted} {} {peak_extracted} {} {written}", page.len(), worked() - start, peak());
}

/// Seconds of processor time of this process, where the system says so (in hundredths); what else runs does not count.
fn worked() -> f64 {
    let status = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let behind_name = status.rsplit(')').next().unwrap_or_default();
    behind_name.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// The most memory this process has held at once, in bytes; 0 where the system does not say.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or(0) << 10
}

/// What a process says of its page.
#[derive(Default)]
struct Measured {
    page: u64,
    extracted: f64,
    all: f64,
    peak_extracted: u64,
    peak: u64,
    written: u64,
}

fn measure(arguments: &[&str], page: Option<&[u8]>) -> io::Result<Option<Measured>> {
    let mut child = Command::new(std::env::current_exe()?)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    if let (Some(page), Some(mut stdin)) = (page, child.stdin.take()) {
        stdin.write_all(page)?;
    }
    if !ends(&mut child)? {
        child.kill()?;
        child.wait()?;
        return Ok(None);
    }
    let output = child.wait_with_output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut figures = text.split_whitespace().filter_map(|figure| figure.parse::<f64>().ok());
    let mut next = || figures.next().unwrap_or(f64::NAN);
    Ok(output.status.success().then(|| Measured {
        page: next() as u64,
        extracted: next(),
        all: next(),
        peak_extracted: next() as u64,
        peak: next() as u64,
        written: next() as u64,
    }))
}

fn ends(child: &mut Child) -> io::Result<bool> {
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        if child.try_wait()?.is_some() {
            return Ok(true);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    Ok(false)
}

fn hostile(megabytes: u64, part: &str) -> io::Result<ExitCode> {
    let bytes = (megabytes * 1_000_000).to_string();
    let mut failed = 0;
    println!("| page of {megabytes} MB | extracted | rendered | peak of memory | written | |");
    println!("| --- | --- | --- | --- | --- | --- |");
    for case in cases().filter(|case| case.name.contains(part)) {
        let Some(found) = measure(&["--one", case.name, &bytes], None)? else {
            failed += 1;
            println!("| {} | | | | | DID NOT END |", case.name);
            continue;
        };
        let slow = found.all > SECONDS_BASE + SECONDS_MAX * found.page as f64 / 1e7;
        let large = found.peak > BASE_BYTES_MAX + HOSTILE_TIMES_MAX * found.page;
        failed += usize::from(slow || large);
        let verdict = match (slow, large) {
            (false, false) => "",
            (true, false) => "TOO SLOW",
            (false, true) => "TOO MUCH MEMORY",
            (true, true) => "TOO SLOW, TOO MUCH MEMORY",
        };
        println!(
            "| {} | {:.2} s | {:.2} s | {:.1} × | {:.1} MB | {} |",
            case.name,
            found.extracted,
            found.all - found.extracted,
            found.peak as f64 / found.page as f64,
            found.written as f64 / 1e6,
            verdict
        );
    }
    println!("\n{failed} beyond the bound ({SECONDS_MAX} s and {HOSTILE_TIMES_MAX} × the page, and a little besides)");
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[derive(Deserialize)]
struct Page {
    id: String,
    html: String,
}

/// Every page's peak against six times its size and sixteen megabytes.
fn ordinary() -> io::Result<ExitCode> {
    let mut shares: Vec<(f64, String)> = Vec::new();
    for line in io::stdin().lock().lines() {
        let page: Page = serde_json::from_str(&line?)?;
        let Some(found) = measure(&["--one"], Some(page.html.as_bytes()))? else {
            shares.push((f64::INFINITY, page.id));
            continue;
        };
        let bound = BASE_BYTES_MAX + ORDINARY_TIMES_MAX * found.page;
        shares.push((found.peak_extracted as f64 / bound as f64, format!("{} ({} bytes)", page.id, found.page)));
    }
    shares.sort_by(|a, b| a.0.total_cmp(&b.0));
    println!("peak of memory as a share of {ORDINARY_TIMES_MAX} × the page + 16 MB, over {} pages", shares.len());
    for percent in [0, 50, 90, 99, 100] {
        if let Some((share, id)) = shares.get((shares.len().saturating_sub(1)) * percent / 100) {
            println!("  {percent:>3} % of pages: {share:.2} {id}");
        }
    }
    let beyond = shares.iter().filter(|(share, _)| *share > 1.0).count();
    println!("{beyond} beyond the bound");
    Ok(if beyond == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
