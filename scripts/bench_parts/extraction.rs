//! Extraction on one core: the program itself, from a file of pages to a file of answers, beside html5ever alone on the same
//! bytes (a limit) and other extractors (peers). Everyone is a process of its own on the same core, in turns.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::Setting;
use crate::corpus::{self, Sample};
use crate::figures::{number, range, skipped, table};
use crate::process::{self, Cost, myself, pinned};

/// Other extractors, as `peers.py` knows them, and what they do beside isolating the text.
const PEERS: [(&str, &str); 2] = [("trafilatura", "text and metadata"), ("resiliparse", "text only")];

/// Someone who reads pages.
struct Runner {
    name: String,
    does: &'static str,
    command: Command,
    costs: Vec<Cost>,
    /// Whether it answers each page with a line.
    answers: bool,
    /// Processor time that it takes to start, in seconds; taken off where a language's start is not what is measured.
    start: f64,
}

/// Measures.
pub fn run(setting: &Setting) -> Result<()> {
    let (wanted, rounds) = if setting.quick { (100, 1) } else { (500, 3) };
    let samples = corpus::spread(&setting.data, wanted)?;
    let folder = tempfile::tempdir_in(&setting.scratch)?;
    let file = folder.path().join("pages.jsonl");
    corpus::write_lines(&file, &samples)?;
    let mut runners = runners(setting, &file)?;
    for _ in 0..rounds {
        for runner in &mut runners {
            let out = folder.path().join("out");
            runner.command.current_dir(folder.path());
            let cost = process::run(&mut runner.command, &out)?;
            runner.costs.push(Cost { cpu: cost.cpu - runner.start, wall: cost.wall - runner.start, ..cost });
            if runner.answers {
                check(&runner.name, &out, samples.len())?;
            }
        }
    }
    report(&runners, &samples, rounds);
    Ok(())
}

fn runners(setting: &Setting, file: &Path) -> Result<Vec<Runner>> {
    let runner = |name: &str, does, program: &Path, args: &[&str], answers| {
        let mut command = pinned(setting.core, program);
        command.args(args).arg(file);
        Runner { name: name.to_owned(), does, command, costs: Vec::new(), answers, start: 0.0 }
    };
    let mut runners = vec![
        runner("chaffinch", "text and metadata", &setting.chaffinch, &["extract", "--jsonl"], true),
        runner("html5ever through scraper", "tree only: the limit", &myself()?, &["parse"], false),
    ];
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/bench_parts/peers.py");
    for (name, does) in PEERS {
        let Some(python) = &setting.python else {
            skipped(name, "no Python with it was given");
            continue;
        };
        match Command::new(python).args([script, "version", name]).output() {
            Ok(output) if output.status.success() => {
                let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
                let idle = process::run(Command::new(python).args([script, "version", name]), Path::new("/dev/null"))?;
                let peer = runner(&format!("{name} {version}"), does, python, &[script, "extract", name], true);
                runners.push(Runner { start: idle.cpu, ..peer });
            }
            _ => skipped(name, "it cannot be imported"),
        }
    }
    let peer = setting.rs_trafilatura.as_deref();
    match peer.map(|program| (program, Command::new(program).arg("version").output())) {
        Some((program, Ok(output))) if output.status.success() => {
            let name = format!("rs-trafilatura {}", String::from_utf8_lossy(&output.stdout).trim());
            runners.push(runner(&name, "text and metadata", program, &[], true));
        }
        _ => skipped("rs-trafilatura", "it was not built"),
    }
    Ok(runners)
}

fn check(name: &str, out: &Path, wanted: usize) -> Result<()> {
    let lines = BufReader::new(File::open(out)?).lines().count();
    if lines != wanted {
        bail!("{name} answered {lines} of {wanted} pages");
    }
    Ok(())
}

fn report(runners: &[Runner], samples: &[Sample], rounds: usize) {
    let pages = samples.len() as f64;
    let megabytes = corpus::bytes_of(samples) as f64 / 1e6;
    let per_second = |runner: &Runner| runner.costs.iter().map(|cost| pages / cost.cpu).collect::<Vec<_>>();
    let ours = runners.first().map(per_second).unwrap_or_default();
    let rows = runners.iter().map(|runner| {
        let figures = per_second(runner);
        // Both sides of a ratio come from the same round: the machine is as busy for one as for the other.
        let ratios: Vec<f64> = ours.iter().zip(&figures).map(|(ours, theirs)| ours / theirs).collect();
        let wall: Vec<f64> = runner.costs.iter().map(|cost| pages / cost.wall).collect();
        let peak = runner.costs.iter().map(|cost| cost.peak_mib).fold(0.0, f64::max);
        let bytes: Vec<f64> = runner.costs.iter().map(|cost| megabytes / cost.cpu).collect();
        vec![
            runner.name.clone(),
            runner.does.to_owned(),
            range(&figures),
            number(crate::figures::median(&bytes)),
            range(&wall),
            range(&ratios),
            number(peak),
        ]
    });
    let title = format!(
        "Extraction: {} pages of wcxb-dev, {} KB each, one core, {rounds} round(s)",
        samples.len(),
        number(megabytes * 1000.0 / pages)
    );
    let head = [
        "",
        "does",
        "pages/s of processor time",
        "MB/s",
        "pages/s by the clock",
        "chaffinch is so many times as fast",
        "peak MiB",
    ];
    table(&title, &head, &rows.collect::<Vec<_>>());
}

/// Parses every page of a file, one after another, and drops the tree.
pub fn parse(file: &Path) -> Result<()> {
    let mut nodes = 0;
    for line in BufReader::new(File::open(file)?).lines() {
        let sample: Sample = serde_json::from_str(&line?)?;
        nodes += std::hint::black_box(scraper::Html::parse_document(&sample.html)).tree.nodes().count();
    }
    println!("{nodes}");
    Ok(())
}
