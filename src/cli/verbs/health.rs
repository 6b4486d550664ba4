//! `verify`, `repair`, `compact`, `reindex` and `status`: how the archive is.

use indicatif::ProgressBar;
use serde::Serialize;

use crate::cli::args::ReindexArgs;
use crate::cli::exit::Exit;
use crate::cli::face::{bytes, count, plain};
use crate::cli::progress;
use crate::cli::setup::{Setup, store_failure};
use crate::frontier::{live, sqlite};
use crate::store::archive::Archive;
use crate::store::report::{ExtractReport, Progress, ReindexReport, Status};

/// `verify`.
pub fn verify(setup: &Setup) -> anyhow::Result<Exit> {
    let archive = setup.open()?;
    let bar = progress::bytes(setup.face, "verifying");
    let report = archive.verify(&mut |progress| step(&bar, progress)).map_err(store_failure)?;
    bar.finish_and_clear();
    if setup.face.json {
        setup.face.record(&report)?;
    } else {
        for damage in &report.damage {
            let lost = match damage.captures.len() as u64 {
                0 => String::new(),
                number => format!("; {} hang on it", count(number, "capture")),
            };
            let hope = if damage.recoverable { " (`repair` gets all of it back)" } else { "" };
            setup.face.line(&format!("{}: at byte {}: {}{lost}{hope}", damage.file, damage.offset, damage.what))?;
        }
        let verdict = if report.is_sound() { "sound" } else { "damaged; `chaffinch repair` saves what can be saved" };
        setup.face.line(&format!(
            "{}, {} in {}, {}: {verdict}",
            count(report.captures, "capture"),
            count(report.records, "record"),
            count(report.files, "file"),
            bytes(report.bytes)
        ))?;
    }
    Ok(if report.is_sound() { Exit::Done } else { Exit::Failed })
}

/// `repair`.
pub fn repair(setup: &Setup) -> anyhow::Result<Exit> {
    let archive = setup.open()?;
    let report = archive.repair(setup.now()).map_err(store_failure)?;
    if setup.face.json {
        setup.face.record(&report)?;
    } else {
        for action in &report.actions {
            setup.face.line(action)?;
        }
        for lost in &report.lost {
            setup.face.line(&format!("lost: {lost}"))?;
        }
        setup.face.line(&format!(
            "{} mended, {} saved, {} lost",
            count(report.files, "file"),
            count(report.records, "record"),
            count(report.lost.len() as u64, "capture")
        ))?;
    }
    Ok(if report.lost.is_empty() { Exit::Done } else { Exit::Failed })
}

/// `compact`.
pub fn compact(setup: &Setup) -> anyhow::Result<Exit> {
    let archive = setup.open()?;
    let bar = progress::bytes(setup.face, "compacting");
    let keep = setup.config.archive.keep;
    let report = archive.compact(setup.now(), keep, &mut |progress| step(&bar, progress)).map_err(store_failure)?;
    bar.finish_and_clear();
    if setup.face.json {
        setup.face.record(&report)?;
        return Ok(Exit::Done);
    }
    let sealed = &report.sealed;
    if sealed.records > 0 {
        setup.face.line(&format!(
            "{} sealed into {}: {} became {}",
            count(sealed.records, "record"),
            count(sealed.segments, "segment"),
            bytes(sealed.bytes_before),
            bytes(sealed.bytes_after)
        ))?;
    }
    if report.compacted > 0 {
        setup.face.line(&format!(
            "{} put together into {}: {} became {}",
            count(report.compacted, "segment"),
            report.into,
            bytes(report.segments_before),
            bytes(report.segments_after)
        ))?;
    }
    if report.thinned > 0 {
        setup.face.line(&format!("{} let go (keep = {keep})", count(report.thinned, "capture")))?;
    }
    if sealed.records == 0 && report.compacted == 0 {
        setup.face.line("nothing to compact")?;
    }
    Ok(Exit::Done)
}

/// `reindex`.
pub fn reindex(setup: &Setup, args: &ReindexArgs) -> anyhow::Result<Exit> {
    let archive = setup.open()?;
    let extracted = if args.extract { Some(extract_again(setup, &archive)?) } else { None };
    let bar = progress::bytes(setup.face, "reindexing");
    let report = archive.reindex(&mut |progress| step(&bar, progress)).map_err(store_failure)?;
    bar.finish_and_clear();
    if setup.face.json {
        setup.face.record(&Reindexed { report, extracted })?;
    } else {
        setup.face.line(&format!(
            "{} and {} found in {}",
            count(report.captures, "capture"),
            count(report.articles, "article"),
            count(report.files, "file")
        ))?;
    }
    Ok(Exit::Done)
}

/// What `reindex --json` prints.
#[derive(serde::Serialize)]
struct Reindexed {
    #[serde(flatten)]
    report: ReindexReport,
    #[serde(skip_serializing_if = "Option::is_none")]
    extracted: Option<ExtractReport>,
}

fn extract_again(setup: &Setup, archive: &Archive) -> anyhow::Result<ExtractReport> {
    let bar = progress::things(setup.face, "extracting again");
    let report = archive.extract_again(setup.now(), &mut |progress| step(&bar, progress)).map_err(store_failure)?;
    bar.finish_and_clear();
    if setup.face.json {
        return Ok(report);
    }
    for change in &report.changes {
        let (id, before, now) = (change.id, change.words_before, count(change.words, "word"));
        setup.face.line(&format!("{id}  {before} -> {now}  {}", change.url))?;
    }
    let mut line = format!(
        "{} made again: {} as they were, {} with another text, {} with other metadata or structure",
        count(report.articles, "article"),
        report.same,
        report.changed,
        report.touched
    );
    if report.refused > 0 {
        line.push_str(&format!(", {} left, for today's extractor sees no article there", report.refused));
    }
    setup.face.line(&line)?;
    if report.edits_undone > 0 {
        let edits = count(report.edits_undone, "capture");
        setup.face.line(&format!("{edits} called edited before, extracted alike, say what was said before them"))?;
    }
    Ok(report)
}

fn step(bar: &ProgressBar, progress: Progress) {
    bar.set_length(progress.total);
    bar.set_position(progress.done);
}

/// `status`.
pub fn status(setup: &Setup) -> anyhow::Result<Exit> {
    let archive = setup.open()?;
    let status = archive.status().map_err(store_failure)?;
    let crawl = live::crawl(&archive.dir().join(sqlite::FILE), setup.now());
    if setup.face.json {
        setup.face.record(&StatusRecord { status: &status, crawl })?;
        return Ok(Exit::Done);
    }
    let day = |at: Option<jiff::Timestamp>| at.map_or("never".into(), |at| at.strftime("%Y-%m-%d").to_string());
    setup.face.line(&format!("archive   {}", archive.dir().display()))?;
    setup.face.line(&format!(
        "holds     {}: {} on {}, {}, {}",
        count(status.captures, "capture"),
        count(status.pages, "page"),
        count(status.sites, "site"),
        count(status.assets, "asset"),
        count(status.articles, "article version"),
    ))?;
    setup.face.line(&format!("from      {} to {}", day(status.oldest), day(status.newest)))?;
    for (name, part) in sizes(&status) {
        setup.face.line(&format!("{name:<9} {part}"))?;
    }
    if let Some(crawl) = &crawl {
        setup.face.line(&format!("{:<9} {}", "crawl", crawl_line(crawl)))?;
    }
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct StatusRecord<'a> {
    #[serde(flatten)]
    status: &'a Status,
    /// The crawl that goes on; `None` where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    crawl: Option<serde_json::Value>,
}

fn crawl_line(crawl: &serde_json::Value) -> String {
    let number = |name: &str| crawl["counts"][name].as_u64().unwrap_or(0);
    let sources: Vec<&str> =
        crawl["sources"].as_array().into_iter().flatten().filter_map(|name| name.as_str()).collect();
    let what = if sources.is_empty() { "waiting for the next source".to_owned() } else { plain(&sources.join(", ")) };
    format!(
        "{what}: {} fetched, {} new, {} edited, {} failed; {} busy, {} due, {:.0} pages/min",
        number("fetched"),
        number("new"),
        number("edited"),
        number("failed"),
        count(crawl["hosts_busy"].as_u64().unwrap_or(0), "host"),
        crawl["due"].as_u64().unwrap_or(0),
        crawl["pages_per_minute"].as_f64().unwrap_or(0.0),
    )
}

/// What it takes on the disk, and what was saved by what.
fn sizes(status: &Status) -> Vec<(&'static str, String)> {
    let kept = status.journal_bytes + status.segment_bytes;
    let share = if status.payload_bytes == 0 { 0.0 } else { kept as f64 / status.payload_bytes as f64 * 100.0 };
    let mut parts = vec![
        (
            "on disk",
            format!("{} in journals, {} in segments", bytes(status.journal_bytes), bytes(status.segment_bytes)),
        ),
        (
            "beside",
            format!("{} of catalogue, {} of all the rest", bytes(status.catalogue_bytes), bytes(status.other_bytes)),
        ),
        ("shows", format!("{} of bodies, kept in {share:.0}% of that", bytes(status.payload_bytes))),
    ];
    let samenesses = [
        ("identical", status.identical),
        ("the same under another address", status.duplicate),
        ("not modified (304)", status.not_modified),
        ("article unchanged", status.article_unchanged),
    ];
    for (what, sameness) in samenesses {
        if sameness.captures > 0 {
            let number = count(sameness.captures, "capture");
            parts.push(("saved", format!("{} by {number} {what}", bytes(sameness.saved_bytes))));
        }
    }
    parts
}
