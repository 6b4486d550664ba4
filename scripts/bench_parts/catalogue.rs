//! A large catalogue: how long listing, history, looking a page up and searching take among many captures. The pages are made up
//! (short texts of words as frequent as words are), for only their number matters here.

use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use chaffinch::page::Page;
use chaffinch::snapshot::value::Snapshot;
use chaffinch::store::archive::Archive;
use chaffinch::store::capture::Filter;
use chaffinch::store::report::SealOptions;
use chaffinch_extract::article::{Article, Block, Inline, Verdict};
use jiff::{SignedDuration, Timestamp};
use url::Url;

use crate::Setting;
use crate::clients::Random;
use crate::figures::{median, number, percentile, table};
use crate::replaying;

/// Captures of each page: new, identical, chrome changed, and one in ten edited.
const ROUNDS: usize = 4;
/// Snapshots behind one fsync.
const GROUP: usize = 512;
/// Words there are.
const WORDS: usize = 30_000;
/// Words of a text.
const TEXT_WORDS: usize = 60;
/// When the first was captured; one each seven seconds followed.
const FROM: &str = "2026-01-01T00:00:00Z";
/// How often each question is asked.
const QUESTIONS: usize = 400;

/// Measures.
pub fn run(setting: &Setting) -> Result<()> {
    let captures = if setting.quick { 20_000 } else { 1_000_000 };
    let pages = captures / ROUNDS;
    let folder = tempfile::Builder::new().prefix("catalogue").tempdir_in(&setting.scratch)?;
    let archive = Archive::open_or_create(folder.path())?;
    let begun = Instant::now();
    let from: Timestamp = FROM.parse()?;
    for round in 0..ROUNDS {
        for first in (0..pages).step_by(GROUP) {
            let group: Vec<Snapshot> = (first..pages.min(first + GROUP))
                .map(|n| snapshot(n, round, from + SignedDuration::from_secs(((round * pages + n) * 7) as i64)))
                .collect::<Result<_>>()?;
            archive.store(&group)?;
        }
    }
    let filled = begun.elapsed().as_secs_f64();
    let status = archive.status()?;
    ensure!(status.captures as usize == pages * ROUNDS, "not everything was stored");
    drop(archive);
    let opened = Instant::now();
    let archive = Archive::open(folder.path())?;
    let opening = opened.elapsed().as_secs_f64() * 1000.0;
    let rows = questions(&archive, pages)?;
    table(
        &format!("{captures} captures of {pages} pages: how long an answer takes"),
        &["question", "p50 ms", "p99 ms", "answers each"],
        &rows,
    );
    println!(
        "Filled at {} captures/s; opened in {} ms; catalogue {} MB; {} MB resident at most.\n",
        number(captures as f64 / filled),
        number(opening),
        number(status.catalogue_bytes as f64 / 1e6),
        number(peak_mib()?)
    );
    archive.seal(&SealOptions::end_of_run(Timestamp::now()))?;
    drop(archive);
    served(setting, folder.path(), captures)
}

/// The same archive as people see it: each page of the web interface, asked for again and again over one connection and over
/// several, and the memory all of it took.
fn served(setting: &Setting, folder: &Path, captures: usize) -> Result<()> {
    let seconds = if setting.quick { 1.0 } else { 5.0 };
    let server = replaying::start_replay(setting, folder)?;
    let (interface, held) = (replaying::origin(&server, "interface")?, replaying::origin(&server, "captures")?);
    let pages = captures / ROUNDS;
    let mut random = Random::new(7);
    let mut many = |address: &mut dyn FnMut(usize) -> String| -> Vec<String> {
        (0..QUESTIONS).map(|_| address(random.below(pages))).collect()
    };
    let at = |n: usize| {
        (FROM.parse::<Timestamp>().unwrap_or_default() + SignedDuration::from_secs((n * 7) as i64))
            .strftime("%Y%m%d%H%M%S")
            .to_string()
    };
    let questions = [
        ("first page", many(&mut |_| format!("{interface}/"))),
        ("list of a site", many(&mut |n| format!("{interface}/?site=site{}.example", n % SITES))),
        ("edited only, of a source", many(&mut |n| format!("{interface}/?edited=1&source=source+{}", n % 20))),
        ("search, one rare word", many(&mut |n| format!("{interface}/?q={}", word(2000 + n % (WORDS - 2000))))),
        ("search, two words", many(&mut |n| format!("{interface}/?q={}+{}", word(100 + n % 50), word(300 + n % 100)))),
        (
            "history of a page",
            many(&mut |n| format!("{interface}/history?url=https://www.site{}.example/2026/story-{n}/", n % SITES)),
        ),
        (
            "TimeMap",
            many(&mut |n| format!("{interface}/timemap/link/https://www.site{}.example/2026/story-{n}/", n % SITES)),
        ),
        (
            "CDX, one site",
            many(&mut |n| format!("{interface}/cdx?url=site{}.example&matchType=domain&limit=50", n % SITES)),
        ),
        (
            "page as captured",
            many(&mut |n| format!("{held}/{}mp_/https://www.site{}.example/2026/story-{n}/", at(n), n % SITES)),
        ),
        ("status as JSON", many(&mut |_| format!("{interface}/api/status"))),
    ];
    let mut rows = Vec::new();
    for (name, urls) in questions {
        let file = setting.scratch.join("questions.urls");
        std::fs::write(&file, urls.join("\n"))?;
        let mut row = vec![name.to_owned()];
        for connections in [1, 8] {
            let seen = replaying::ask(&file, connections, seconds, &setting.scratch)?;
            ensure!(seen.failures == 0 && seen.answers > 0, "{name}: {} failures, as for {}", seen.failures, urls[0]);
            row.extend([number(seen.p50_ms), number(seen.p99_ms)]);
        }
        row.push(number(server.peak_mib()));
        rows.push(row);
    }
    let head = ["question", "p50 ms", "p99 ms", "p50 ms, 8 connections", "p99 ms", "peak MiB so far"];
    table(&format!("`chaffinch replay` over {captures} captures"), &head, &rows);
    Ok(())
}

fn questions(archive: &Archive, pages: usize) -> Result<Vec<Vec<String>>> {
    let limit = Some(50);
    let mut random = Random::new(5);
    let some = archive.list(&Filter { limit: Some(1), ..Filter::default() })?;
    let newest = some.first().context("it is empty")?.at;
    let ask = |name: &str, mut question: Box<dyn FnMut(usize) -> Result<usize> + '_>| -> Result<Vec<String>> {
        let (mut times, mut answers) = (Vec::new(), 0);
        for n in 0..QUESTIONS {
            let begun = Instant::now();
            answers += black_box(question(n)?);
            times.push(begun.elapsed().as_secs_f64() * 1000.0);
        }
        let mean = number(answers as f64 / QUESTIONS as f64);
        Ok(vec![name.to_owned(), number(median(&times)), number(percentile(&times, 0.99)), mean])
    };
    let chosen: Vec<usize> = (0..QUESTIONS).map(|_| random.below(pages)).collect();
    let mut rows = Vec::new();
    let all = || Filter { limit, ..Filter::default() };
    let list = |filter: Filter| Ok(archive.list(&filter)?.len());
    rows.push(ask("list, newest", Box::new(|_| list(all())))?);
    rows.push(ask(
        "list of a site",
        Box::new(|n| list(Filter { site: Some(format!("site{}.example", chosen[n] % SITES)), ..all() })),
    )?);
    rows.push(ask(
        "list of a source, edited",
        Box::new(|n| list(Filter { source: Some(format!("source {}", chosen[n] % 20)), edited: true, ..all() })),
    )?);
    rows.push(ask(
        "list of a day",
        Box::new(|n| {
            let until = newest - SignedDuration::from_secs((chosen[n] * 7) as i64);
            list(Filter { until: Some(until), since: Some(until - SignedDuration::from_hours(24)), ..all() })
        }),
    )?);
    rows.push(ask(
        "list, edited since",
        Box::new(|n| {
            let since = newest - SignedDuration::from_secs((chosen[n] * 7) as i64);
            list(Filter { since: Some(since), edited: true, ..all() })
        }),
    )?);
    rows.push(ask("history of a page", Box::new(|n| Ok(archive.history(&url(chosen[n])?)?.len())))?);
    rows.push(ask(
        "get: the page of a URL at a time",
        Box::new(|n| {
            let found = archive.find(url(chosen[n])?.as_str(), None)?.context("a page is missing")?;
            archive.load_page(&found)?;
            Ok(1)
        }),
    )?);
    rows.push(ask(
        "search, one rare word",
        Box::new(|n| Ok(archive.search(&word(2000 + chosen[n] % (WORDS - 2000)), &all())?.len())),
    )?);
    rows.push(ask(
        "search, a word in under one in a hundred texts",
        Box::new(|n| Ok(archive.search(&word(700 + chosen[n] % 50), &all())?.len())),
    )?);
    rows.push(ask(
        "search, two words",
        Box::new(|n| {
            Ok(archive.search(&format!("{} {}", word(100 + n % 50), word(300 + chosen[n] % 100)), &all())?.len())
        }),
    )?);
    Ok(rows)
}

const SITES: usize = 5000;

fn url(n: usize) -> Result<Url> {
    Ok(Url::parse(&format!("https://www.site{}.example/2026/story-{n}/", n % SITES))?)
}

/// A word by its rank.
fn word(rank: usize) -> String {
    const SYLLABLES: [&str; 16] =
        ["ba", "co", "di", "fu", "ge", "ha", "ki", "lo", "mu", "ne", "pa", "ro", "si", "tu", "ve", "wa"];
    let mut rank = rank + 16;
    let mut word = String::new();
    while rank > 0 {
        word.push_str(SYLLABLES[rank % 16]);
        rank /= 16;
    }
    word
}

fn snapshot(n: usize, round: usize, at: Timestamp) -> Result<Snapshot> {
    let edited = round == 3 && n.is_multiple_of(10);
    let mut random = Random::new((n as u64 + 1) * 2 + u64::from(edited));
    // Zipf: the rank of a word is as likely as one over it.
    let mut words = (0..TEXT_WORDS).map(|_| {
        let share = random.below(1 << 20) as f64 / f64::from(1 << 20);
        word(((WORDS as f64).powf(share) - 1.0) as usize)
    });
    let title = words.by_ref().take(6).collect::<Vec<_>>().join(" ");
    let text = words.collect::<Vec<_>>().join(" ");
    let chrome = if round < 2 { "Home News" } else { "Home News Sport" };
    let body = format!("<html><nav>{chrome}</nav><h1>{title}</h1><p>{text}</p></html>");
    let content = vec![Block::Paragraph { text: vec![Inline::Text { text }] }];
    let mut article = Article { content, verdict: Verdict::Article, ..Article::default() };
    article.metadata.title = Some(title);
    let page = Page {
        url: url(n)?,
        at,
        request_headers: [("User-Agent", "chaffinch")].into_iter().collect(),
        status: 200,
        version: "HTTP/1.1".into(),
        headers: [("Content-Type", "text/html")].into_iter().collect(),
        body: body.into(),
        truncated: None,
        wire_bytes: 500,
        address: None,
        elapsed_ms: 1,
    };
    Ok(Snapshot { article: Some(article), source: Some(format!("source {}", n % 20)), ..Snapshot::new(page) })
}

fn peak_mib() -> Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmHWM")).context("no VmHWM")?;
    let kib: f64 = line.split_whitespace().nth(1).context("no VmHWM")?.parse()?;
    Ok(kib / 1024.0)
}
