//! `.warc.gz` files read and written by `chaffinch-warc` and by FastWARC, each a process of its own on the same core, in turns;
//! and what the longest record does to their memory. It does not know the archive.

use std::fs::File;
use std::io::{BufReader, Read, Write};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use chaffinch_warc::{Compression, Header, Reader, Record, RecordType, Writer};
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};

use crate::Setting;
use crate::clients::Random;
use crate::corpus::{self, Sample};
use crate::figures::{number, range, skipped, table};
use crate::process::{self, myself, pinned};

const LEVEL: u32 = 9;
/// The lengths of a lone record, in MiB.
const LENGTHS: [u64; 2] = [1, 256];

/// What a process tells of a file.
#[derive(Debug, Deserialize, Serialize)]
struct Told {
    /// How many records it holds.
    records: u64,
    /// How many bytes their blocks have.
    bytes: u64,
    /// The seconds it took to read them.
    read: f64,
    /// The seconds it took to read them and write them again.
    copy: f64,
    /// The bytes of the copy.
    copied: u64,
}

/// Measures.
pub fn run(setting: &Setting) -> Result<()> {
    let rounds = if setting.quick { 1 } else { 5 };
    let samples = corpus::of_many_sites(&setting.data, 200)?;
    let folder = tempfile::tempdir_in(&setting.scratch)?;
    let pages = folder.path().join("pages.warc.gz");
    write_pages(&pages, &samples)?;
    let python = setting.python.as_deref();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/bench_parts/fastwarc_peer.py");
    let peer = python
        .filter(|python| Command::new(python).args(["-c", "import fastwarc"]).status().is_ok_and(|s| s.success()));
    let ours = |file: &Path| -> Result<Command> {
        let mut command = pinned(setting.core, &myself()?);
        command.arg("records").arg(file);
        Ok(command)
    };
    let theirs = |python: &Path, file: &Path| {
        let mut command = pinned(setting.core, python);
        command.arg(script).arg(file);
        command
    };
    let mut told = [Vec::new(), Vec::new()];
    for _ in 0..rounds {
        told[0].push(ask(&mut ours(&pages)?, folder.path())?.0);
        if let Some(python) = peer {
            told[1].push(ask(&mut theirs(python, &pages), folder.path())?.0);
        }
    }
    let mut memory = [Vec::new(), Vec::new()];
    for mib in LENGTHS {
        let long = folder.path().join("long.warc.gz");
        write_long(&long, mib << 20)?;
        memory[0].push(ask(&mut ours(&long)?, folder.path())?.1);
        if let Some(python) = peer {
            memory[1].push(ask(&mut theirs(python, &long), folder.path())?.1);
        }
    }
    if peer.is_none() {
        skipped("FastWARC", "no Python with it was given");
    }
    report(&told, &memory);
    Ok(())
}

fn report(told: &[Vec<Told>; 2], memory: &[Vec<f64>; 2]) {
    let mut rows = Vec::new();
    for ((name, told), memory) in ["chaffinch-warc", "FastWARC"].iter().zip(told).zip(memory) {
        let Some(first) = told.first() else { continue };
        let of = |figure: fn(&Told) -> f64| range(&told.iter().map(figure).collect::<Vec<_>>());
        let mut row = vec![(*name).to_owned(), of(|t| t.read), of(|t| t.copy), number(first.copied as f64)];
        row.extend(memory.iter().map(|mib| number(*mib)));
        rows.push(row);
    }
    let head =
        ["", "read, s", "read and written at level 9, s", "bytes written", "peak MiB, a record of 1 MiB", "of 256 MiB"];
    let bytes = told[0].first().map_or(0, |told| told.bytes);
    let title = format!(
        "`.warc.gz`: {} records, {:.0} MB, on one core",
        told[0].first().map_or(0, |t| t.records),
        bytes as f64 / 1e6
    );
    table(&title, &head, &rows);
}

fn ask(command: &mut Command, folder: &Path) -> Result<(Told, f64)> {
    let out = folder.join("told.json");
    let cost = process::run(command, &out)?;
    let told: Told = serde_json::from_slice(&std::fs::read(&out)?).with_context(|| format!("{command:?}"))?;
    ensure!(told.records > 0 && told.copied > 0, "{command:?} found nothing");
    Ok((told, cost.peak_mib))
}

/// The pages as responses, each a member as zlib writes it: neither of those who read them has made the file.
fn write_pages(path: &Path, samples: &[Sample]) -> Result<()> {
    let mut file = File::create(path)?;
    for (n, sample) in samples.iter().enumerate() {
        let page = corpus::page(sample, n, "2026-03-01T12:00:00Z".parse()?)?;
        let head = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\r\n", page.body.len());
        let record = Record::new(RecordType::Response)
            .id(&chaffinch_warc::urn_uuid(n as u128))
            .date(page.at)
            .target_uri(page.url.as_str())
            .block("application/http;msgtype=response", [head.as_bytes(), &page.body].concat());
        let mut coder = GzEncoder::new(Vec::new(), flate2::Compression::new(LEVEL));
        coder.write_all(&record.to_bytes())?;
        file.write_all(&coder.finish()?)?;
    }
    Ok(())
}

/// One record of words in random order.
fn write_long(path: &Path, length: u64) -> Result<()> {
    let words: Vec<u8> =
        (0..1 << 16).map(|n: u32| b"etaoin shrdlu.\n "[(n.wrapping_mul(2_654_435_761) >> 20) as usize % 16]).collect();
    let mut random = Random::new(7);
    let mut block = std::iter::repeat_with(move || {
        let at = random.below(words.len() - 64);
        words[at..at + 64].to_vec()
    });
    let mut left: Vec<u8> = Vec::new();
    let source = Pieces(move |out: &mut [u8]| {
        if left.is_empty() {
            left = block.next().unwrap_or_default();
        }
        let count = left.len().min(out.len());
        out[..count].copy_from_slice(&left[..count]);
        left.drain(..count);
        count
    });
    let mut header = Record::new(RecordType::Resource)
        .id(&chaffinch_warc::urn_uuid(1))
        .date("2026-03-01T12:00:00Z".parse()?)
        .target_uri("http://example.com/long.txt")
        .header;
    header.push("Content-Type", "text/plain");
    let mut writer = Writer::new(File::create(path)?, Compression::Gzip { level: 1 })?;
    writer.write_from(&header, length, source.take(length))?;
    writer.finish()?;
    Ok(())
}

struct Pieces<F>(F);

impl<F: FnMut(&mut [u8]) -> usize> Read for Pieces<F> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        Ok((self.0)(out))
    }
}

/// Reads a file, then reads it and writes it again, and tells how long both took.
pub fn records(path: &Path) -> Result<()> {
    let open = || File::open(path).map(|file| Reader::new(BufReader::with_capacity(1 << 16, file)));
    let mut told = Told { records: 0, bytes: 0, read: 0.0, copy: 0.0, copied: 0 };
    let begun = Instant::now();
    let mut reader = open()?;
    while let Some(mut entry) = reader.next_record()? {
        told.bytes += std::io::copy(&mut entry, &mut std::io::sink())?;
        entry.finish()?;
        told.records += 1;
    }
    told.read = begun.elapsed().as_secs_f64();

    let begun = Instant::now();
    let mut reader = open()?;
    let mut writer = Writer::new(std::io::sink(), Compression::Gzip { level: LEVEL })?;
    while let Some(mut entry) = reader.next_record()? {
        let header: Header = entry.header.clone();
        let length = header.content_length().unwrap_or(0);
        writer.write_from(&header, length, &mut entry)?;
        entry.finish()?;
    }
    told.copied = writer.position();
    writer.finish()?;
    told.copy = begun.elapsed().as_secs_f64();
    println!("{}", serde_json::to_string(&told)?);
    Ok(())
}
