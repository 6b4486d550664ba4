//! The store: how many captures a second are durable, how many bytes each takes, and how long one takes to be read back;
//! beside `gzip -9` of the very same records, each a member of its own, as every other web archive is written. One thread.

use std::fs::File;
use std::io::{BufReader, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use chaffinch::snapshot::value::{Change, Snapshot};
use chaffinch::store::archive::Archive;
use chaffinch::store::capture::{Capture, Filter};
use chaffinch::store::report::SealOptions;
use chaffinch::store::thin::Keep;
use chaffinch_extract::options::{Context as About, Options};
use chaffinch_warc::{Reader, Record, RecordType, Span, decode_one};
use flate2::write::GzEncoder;
use jiff::{SignedDuration, Timestamp};

use crate::Setting;
use crate::clients::Random;
use crate::corpus::{self, Sample};
use crate::editions;
use crate::figures::{median, number, percentile, range, skipped, table};
use crate::process::own_cpu;

/// Snapshots that stand behind one fsync when a crawl is busy.
const GROUP: usize = 64;
/// How many pages are read by processes of their own.
const COLD_READS: usize = 60;
/// The largest record that is read back.
const RECORD_BYTES_MAX: u64 = 256 << 20;

/// What was measured over one set of pages.
struct Outcome {
    name: String,
    grouped: Vec<f64>,
    single: Vec<f64>,
    gzip: Vec<f64>,
    group_cpu_ms: f64,
    gzip_cpu_ms: f64,
    /// The same by the library that most programs have, through Python; no file is written.
    zlib_cpu_ms: f64,
    bytes: Bytes,
    reads: Vec<(&'static str, Vec<f64>)>,
}

/// Bytes a page.
#[derive(Default)]
struct Bytes {
    payload: f64,
    gzip: f64,
    gzip_without_article: f64,
    journal: f64,
    sealed: f64,
    compact: f64,
    again: f64,
    again_gzip: f64,
    again_sealed: f64,
    catalogue: f64,
}

/// Measures.
pub fn run(setting: &Setting) -> Result<()> {
    let rounds = if setting.quick { 1 } else { 3 };
    let pages = 200;
    let mut results = Vec::new();
    let many = corpus::of_many_sites(&setting.data, pages)?;
    results.push(measure(setting, &format!("{} pages of as many sites (wcxb-dev)", many.len()), &many, rounds)?);
    for (kind, folder) in [("documentation of a program", &setting.one_site), ("a handbook", &setting.prose_site)] {
        match folder {
            Some(folder) => {
                let one = corpus::of_one_site(folder, pages)?;
                results.push(measure(setting, &format!("{} pages of one site ({kind})", one.len()), &one, rounds)?);
            }
            None => skipped("pages of one site", "no folder of them was given"),
        }
    }
    report(&results, rounds);
    day_after_day(setting, &many)
}

/// Ten captures of the same pages, their chrome changed every day: bytes a page, ledger and dictionaries included, the two
/// SQLite files left out.
fn day_after_day(setting: &Setting, samples: &[Sample]) -> Result<()> {
    let days = if setting.quick { 4 } else { 10 };
    let titles = editions::titles(samples);
    let (archive, folder) = open(setting, "editions")?;
    let pages = samples.len() as f64;
    let mut rows = Vec::new();
    let (mut before, mut gzip_all, mut steady) = (0, 0, Vec::new());
    for day in 0..days {
        let at: Timestamp = "2026-03-01T12:00:00Z".parse()?;
        let samples: Vec<Sample> = samples.iter().map(|sample| editions::on_day(sample, day, &titles)).collect();
        let snapshots = snapshots(&samples, at + SignedDuration::from_hours(24 * i64::try_from(day)?))?;
        let mut edited = 0;
        for group in snapshots.chunks(GROUP) {
            let stored = archive.store(group)?;
            edited += stored.iter().filter(|stored| stored.change == Change::Edited).count();
        }
        let gzipped = gzip(&folder.path().join("peer.warc.gz"), &records(folder.path(), GROUP)?)?.1.bytes;
        std::fs::remove_file(folder.path().join("peer.warc.gz"))?;
        let begun = Instant::now();
        archive.seal(&SealOptions::end_of_run(Timestamp::now()))?;
        let seconds = begun.elapsed().as_secs_f64();
        let bytes = bytes_of(&archive)?;
        let grown = (bytes - before) as f64 / pages;
        if day >= 2 {
            steady.push(grown);
        }
        before = bytes;
        gzip_all += gzipped;
        let gzip = gzipped as f64 / pages;
        rows.push(vec![(day + 1).to_string(), number(grown), number(gzip), edited.to_string(), number(seconds)]);
    }
    ensure!(archive.verify(&mut |_| {})?.is_sound(), "the archive that was measured is damaged");
    let head = ["capture", "bytes a page", "gzip -9", "articles called edited", "seconds to seal"];
    table("The same pages day after day, sealed after each, chrome changed and articles not", &head, &rows);
    let whole = before as f64;
    archive.compact(Timestamp::now(), Keep::All, &mut |_| {})?;
    let compacted = bytes_of(&archive)? as f64;
    println!(
        "In the steady state {} bytes a page and capture; the whole {} of gzip -9, and {} after `compact`.\n",
        number(steady.iter().sum::<f64>() / steady.len() as f64),
        number(whole / gzip_all as f64),
        number(compacted / gzip_all as f64),
    );
    Ok(())
}

/// Every byte of an archive but the catalogue and the frontier.
fn bytes_of(archive: &Archive) -> Result<u64> {
    let status = archive.status()?;
    let ledger = std::fs::metadata(archive.dir().join("ledger"))?.len();
    Ok(status.journal_bytes + status.segment_bytes + ledger)
}

fn measure(setting: &Setting, name: &str, samples: &[Sample], rounds: usize) -> Result<Outcome> {
    let first = snapshots(samples, "2026-03-01T12:00:00Z".parse()?)?;
    let mut later = first.clone();
    for snapshot in &mut later {
        snapshot.page.at += SignedDuration::from_hours(24);
    }
    let pages = samples.len() as f64;
    let mut result = Outcome {
        name: name.to_owned(),
        grouped: Vec::new(),
        single: Vec::new(),
        gzip: Vec::new(),
        group_cpu_ms: 0.0,
        gzip_cpu_ms: 0.0,
        zlib_cpu_ms: f64::NAN,
        bytes: Bytes { payload: corpus::bytes_of(samples) as f64 / pages, ..Bytes::default() },
        reads: Vec::new(),
    };
    // What is made once a process is not a capture's.
    open(setting, "warm")?.0.store(&first[..1])?;
    for round in 0..rounds {
        let (archive, folder) = open(setting, "grouped")?;
        let (begun, cpu) = (Instant::now(), own_cpu()?);
        for group in first.chunks(GROUP) {
            archive.store(group)?;
        }
        result.grouped.push(pages / begun.elapsed().as_secs_f64());
        result.group_cpu_ms = (own_cpu()? - cpu) / pages * 1000.0;

        let groups = records(folder.path(), GROUP)?;
        let cpu = own_cpu()?;
        let (seconds, gzipped) = gzip(&folder.path().join("peer.warc.gz"), &groups)?;
        result.gzip.push(pages / seconds);
        result.gzip_cpu_ms = (own_cpu()? - cpu) / pages * 1000.0;
        if round == 0 {
            result.zlib_cpu_ms =
                zlib(setting, folder.path(), &groups)?.map_or(f64::NAN, |seconds| seconds / pages * 1000.0);
        }

        let (one_by_one, _single) = open(setting, "single")?;
        let begun = Instant::now();
        for snapshot in &first {
            one_by_one.store(std::slice::from_ref(snapshot))?;
        }
        result.single.push(pages / begun.elapsed().as_secs_f64());
        if round == 0 {
            weigh(setting, &archive, folder.path(), (&first, &later), &gzipped, &mut result)?;
        }
    }
    Ok(result)
}

/// Bytes a page in every state, and the time to read a page back.
fn weigh(
    setting: &Setting,
    archive: &Archive,
    folder: &Path,
    (first, later): (&[Snapshot], &[Snapshot]),
    gzipped: &Gzipped,
    result: &mut Outcome,
) -> Result<()> {
    let pages = first.len() as f64;
    let status = archive.status()?;
    result.bytes.journal = status.journal_bytes as f64 / pages;
    result.bytes.catalogue = status.catalogue_bytes as f64 / pages;
    result.bytes.gzip = gzipped.bytes as f64 / pages;
    result.bytes.gzip_without_article = gzipped.without_article as f64 / pages;
    let captures = archive.list(&Filter::default())?;
    result.reads.push(("journal", read(archive, &captures)?));
    archive.seal(&SealOptions { journal_bytes_min: 0, ..SealOptions::end_of_run(Timestamp::now()) })?;
    let sealed = archive.status()?.segment_bytes as f64;
    result.bytes.sealed = sealed / pages;
    result.reads.push(("segment", read(archive, &captures)?));
    result.reads.push(("segment, by a process that starts and ends", read_cold(setting, folder, &captures)?));
    result.reads.push(("gzip -9", gzipped.read(&folder.join("peer.warc.gz"))?));

    let mut again = 0;
    for group in later.chunks(GROUP) {
        again += archive.store(group)?.iter().map(|stored| stored.bytes).sum::<u64>();
    }
    result.bytes.again = again as f64 / pages;
    let repeated = records(folder, GROUP)?;
    result.bytes.again_gzip = gzip(&folder.join("again.warc.gz"), &repeated)?.1.bytes as f64 / pages;
    archive.seal(&SealOptions { journal_bytes_min: 0, ..SealOptions::end_of_run(Timestamp::now()) })?;
    result.bytes.again_sealed = (archive.status()?.segment_bytes as f64 - sealed) / pages;
    ensure!(archive.verify(&mut |_| {})?.is_sound(), "the archive that was measured is damaged");

    let (compact, _folder) = open(setting, "compact")?;
    for group in first.chunks(GROUP) {
        compact.store(group)?;
    }
    compact.compact(Timestamp::now(), Keep::All, &mut |_| {})?;
    result.bytes.compact = compact.status()?.segment_bytes as f64 / pages;
    Ok(())
}

fn open(setting: &Setting, name: &str) -> Result<(Archive, tempfile::TempDir)> {
    let folder = tempfile::Builder::new().prefix(name).tempdir_in(&setting.scratch)?;
    Ok((Archive::open_or_create(folder.path())?, folder))
}

fn snapshots(samples: &[Sample], from: Timestamp) -> Result<Vec<Snapshot>> {
    let made = samples.iter().enumerate().map(|(n, sample)| {
        let page = corpus::page(sample, n, from + SignedDuration::from_millis(1700 * n as i64))?;
        let about = About { url: Some(&page.url), content_type: page.headers.get("content-type"), ..About::default() };
        let article = chaffinch_extract::extract(&page.body, &about, &Options::default()).ok();
        Ok(Snapshot { article, source: Some("bench".to_owned()), ..Snapshot::new(page) })
    });
    made.collect()
}

/// The records of an archive's journals, a group of captures together.
fn records(folder: &Path, captures: usize) -> Result<Vec<Vec<Record>>> {
    let mut groups: Vec<Vec<Record>> = Vec::new();
    let mut in_group = captures;
    for entry in std::fs::read_dir(folder.join("journal"))? {
        let path = entry?.path();
        if !path.display().to_string().ends_with(".warc.zst") {
            continue;
        }
        let mut reader = Reader::new(BufReader::new(File::open(path)?));
        while let Some(entry) = reader.next_record()? {
            let (_, record) = entry.into_record(RECORD_BYTES_MAX)?;
            let kind = record.header.record_type();
            if kind == RecordType::Warcinfo {
                continue;
            }
            if matches!(kind, RecordType::Response | RecordType::Revisit) {
                in_group += 1;
                if in_group >= captures {
                    in_group = 0;
                    groups.push(Vec::new());
                }
            }
            groups.last_mut().context("a journal begins with an answer")?.push(record);
        }
    }
    Ok(groups)
}

/// A `.warc.gz` of the same records.
struct Gzipped {
    bytes: u64,
    without_article: u64,
    /// Where the answer and the request of each capture lie.
    places: Vec<(Span, Span)>,
}

/// Writes records as gzip members, each group durable before the next begins; how long that took.
fn gzip(path: &PathBuf, groups: &[Vec<Record>]) -> Result<(f64, Gzipped)> {
    let mut gzipped = Gzipped { bytes: 0, without_article: 0, places: Vec::new() };
    let begun = Instant::now();
    let mut file = File::create(path)?;
    let mut answer = None;
    for group in groups {
        let mut bytes = Vec::new();
        for record in group {
            // As zlib writes it, not our own writer, which is faster and a little smaller.
            let mut coder = GzEncoder::new(Vec::new(), flate2::Compression::new(9));
            coder.write_all(&record.to_bytes())?;
            let member = coder.finish()?;
            let span = Span { offset: gzipped.bytes, length: member.len() as u64 };
            match record.header.record_type() {
                RecordType::Response | RecordType::Revisit => answer = Some(span),
                RecordType::Request => gzipped.places.extend(answer.take().map(|answer| (answer, span))),
                _ => {}
            }
            if record.header.record_type() != RecordType::Conversion {
                gzipped.without_article += span.length;
            }
            gzipped.bytes += span.length;
            bytes.extend(member);
        }
        file.write_all(&bytes)?;
        file.sync_data()?;
    }
    Ok((begun.elapsed().as_secs_f64(), gzipped))
}

/// The processor time that zlib takes for the same records at level 9, in seconds; `None` where there is no Python.
fn zlib(setting: &Setting, folder: &Path, groups: &[Vec<Record>]) -> Result<Option<f64>> {
    let Some(python) = &setting.python else { return Ok(None) };
    let file = folder.join("records.raw");
    let mut raw = Vec::new();
    for record in groups.iter().flatten() {
        let bytes = record.to_bytes();
        raw.extend_from_slice(&u32::try_from(bytes.len())?.to_le_bytes());
        raw.extend_from_slice(&bytes);
    }
    std::fs::write(&file, raw)?;
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/bench_parts/zlib_peer.py");
    let told = Command::new(python).arg(script).arg(&file).output()?;
    std::fs::remove_file(&file)?;
    ensure!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    Ok(Some(String::from_utf8_lossy(&told.stdout).trim().parse()?))
}

impl Gzipped {
    /// How long each page takes to be read back, in milliseconds: answer and request, unpacked and parsed, no look-up.
    fn read(&self, path: &Path) -> Result<Vec<f64>> {
        let mut random = Random::new(1);
        let mut times = Vec::new();
        for n in 0..self.places.len() * 6 {
            let (answer, request) = self.places[random.below(self.places.len())];
            let begun = Instant::now();
            let file = File::open(path)?;
            for span in [answer, request] {
                let mut bytes = vec![0; usize::try_from(span.length)?];
                file.read_exact_at(&mut bytes, span.offset)?;
                std::hint::black_box(decode_one(&bytes, None)?);
            }
            note(&mut times, n, self.places.len(), begun);
        }
        Ok(times)
    }
}

/// How long each page takes to be read back, in milliseconds: looked up, unpacked, parsed, its digests checked.
fn read(archive: &Archive, captures: &[Capture]) -> Result<Vec<f64>> {
    let mut random = Random::new(1);
    let mut times = Vec::new();
    for n in 0..captures.len() * 6 {
        let capture = &captures[random.below(captures.len())];
        let begun = Instant::now();
        std::hint::black_box(archive.load_page(capture)?);
        note(&mut times, n, captures.len(), begun);
    }
    Ok(times)
}

/// How long `chaffinch show` takes for a page, from start to end, in milliseconds; the files are in the system's memory.
fn read_cold(setting: &Setting, folder: &Path, captures: &[Capture]) -> Result<Vec<f64>> {
    let mut random = Random::new(1);
    let mut times = Vec::new();
    for n in 0..COLD_READS {
        let id = captures[random.below(captures.len())].id.to_string();
        let begun = Instant::now();
        let mut command = Command::new(&setting.chaffinch);
        let shown = command.args(["show", "--format", "raw", &id, "--archive"]).arg(folder).output()?;
        note(&mut times, n, 1, begun);
        ensure!(shown.status.success() && !shown.stdout.is_empty(), "{}", String::from_utf8_lossy(&shown.stderr));
    }
    Ok(times)
}

/// The first reads only warm up.
fn note(times: &mut Vec<f64>, n: usize, warm: usize, begun: Instant) {
    if n >= warm {
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
}

fn report(results: &[Outcome], rounds: usize) {
    let speed = results.iter().map(|result| {
        let ratios: Vec<f64> = result.grouped.iter().zip(&result.gzip).map(|(ours, theirs)| ours / theirs).collect();
        vec![
            result.name.clone(),
            range(&result.grouped),
            range(&result.single),
            range(&result.gzip),
            range(&ratios),
            [result.group_cpu_ms, result.gzip_cpu_ms, result.zlib_cpu_ms].map(number).join(" / "),
        ]
    });
    let head = [
        "",
        "captures/s, groups of 64 to an fsync",
        "one by one",
        "gzip -9 (zlib-rs) of the same records, groups of 64",
        "ratio",
        "processor ms a capture, ours / zlib-rs / zlib",
    ];
    table(&format!("Storing, durably, on one core, {rounds} round(s)"), &head, &speed.collect::<Vec<_>>());

    let rows = results.iter().map(|result| {
        let bytes = &result.bytes;
        let of_gzip = |figure: f64| format!("{} ({})", number(figure), number(figure / bytes.gzip));
        vec![
            result.name.clone(),
            number(bytes.payload),
            number(bytes.gzip),
            number(bytes.gzip_without_article),
            of_gzip(bytes.journal),
            of_gzip(bytes.sealed),
            of_gzip(bytes.compact),
            number(bytes.catalogue),
        ]
    });
    let head = [
        "",
        "payload",
        "gzip -9 a record",
        "gzip -9 without the article's record",
        "journal (of gzip)",
        "sealed (of gzip)",
        "after `compact` (of gzip)",
        "catalogue",
    ];
    table("Bytes a page, dictionaries and parity included", &head, &rows.collect::<Vec<_>>());

    let rows = results.iter().map(|result| {
        let bytes = &result.bytes;
        vec![result.name.clone(), number(bytes.again), number(bytes.again_sealed), number(bytes.again_gzip)]
    });
    let head = ["", "as stored", "sealed, dictionary included", "gzip -9 of the same records"];
    table("Bytes a page that is captured again and identical", &head, &rows.collect::<Vec<_>>());

    let rows = results.iter().flat_map(|result| {
        result.reads.iter().map(|(from, times)| {
            let (p50, p99) = (number(median(times)), number(percentile(times, 0.99)));
            vec![result.name.clone(), (*from).to_owned(), p50, p99]
        })
    });
    let head = ["", "from", "p50 ms", "p99 ms"];
    table("Reading a page back, random, warm (gzip: without look-up and digests)", &head, &rows.collect::<Vec<_>>());
}
