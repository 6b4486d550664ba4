//! What the tests of this room share: pages, snapshots, and an archive in memory whose medium can fail.

#![allow(clippy::unwrap_used)]

use bytes::Bytes;
use chaffinch_extract::article::{Article, Block, Inline, Verdict};
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;
use url::Url;

use crate::page::Page;
use crate::snapshot::value::{CaptureId, Snapshot};
use crate::store::archive::Archive;
use crate::store::capture::Filter;
use crate::store::failing::Failing;
use crate::store::memory::Memory;
use crate::store::report::SealOptions;

/// An archive whose files are in memory and whose catalogue is in a temporary folder.
pub struct Trial {
    pub failing: Failing,
    pub dir: TempDir,
}

impl Trial {
    pub fn new() -> Self {
        Self { failing: Failing::new(Memory::default()), dir: tempfile::tempdir().unwrap() }
    }

    pub fn open(&self) -> Archive {
        Archive::on(Box::new(self.failing.clone()), self.dir.path()).unwrap()
    }

    pub fn memory(&self) -> &Memory {
        self.failing.memory()
    }

    /// What is left when the power fails: what was synced, and of the catalogue nothing or everything.
    pub fn after_power_cut(&self, luck: usize, keep_catalogue: bool) -> Self {
        let dir = tempfile::tempdir().unwrap();
        if keep_catalogue {
            for entry in std::fs::read_dir(self.dir.path()).unwrap() {
                let entry = entry.unwrap();
                std::fs::copy(entry.path(), dir.path().join(entry.file_name())).unwrap();
            }
        }
        Self { failing: Failing::new(self.memory().after_power_cut(luck)), dir }
    }
}

pub fn time(minutes: i64) -> Timestamp {
    "2026-03-01T00:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minutes)
}

pub fn page(url: &str, minutes: i64, body: &str) -> Page {
    Page {
        url: Url::parse(url).unwrap(),
        at: time(minutes),
        request_headers: [("User-Agent", "chaffinch")].into_iter().collect(),
        status: 200,
        version: "HTTP/1.1".into(),
        headers: [("Content-Type", "text/html; charset=utf-8")].into_iter().collect(),
        body: Bytes::copy_from_slice(body.as_bytes()),
        truncated: None,
        wire_bytes: body.len() as u64,
        address: Some("127.0.0.1".parse().unwrap()),
        elapsed_ms: 12,
    }
}

pub fn article(title: &str, text: &str) -> Article {
    let content = vec![Block::Paragraph { text: vec![Inline::Text { text: text.into() }] }];
    let mut article = Article { content, verdict: Verdict::Article, ..Article::default() };
    article.metadata.title = Some(title.into());
    article.metadata.language = Some("en".into());
    article
}

/// A page with chrome around an article.
pub fn story(url: &str, minutes: i64, chrome: &str, text: &str) -> Snapshot {
    let body = format!("<html><nav>{chrome}</nav><article><h1>A title</h1><p>{text}</p></article></html>");
    Snapshot { article: Some(article("A title", text)), ..Snapshot::new(page(url, minutes, &body)) }
}

pub fn seal_all() -> SealOptions {
    SealOptions {
        level: 3,
        dictionary_level: 3,
        journal_bytes_min: 0,
        at_once_max: 2,
        ..SealOptions::end_of_run(time(100_000))
    }
}

/// Everything an archive answers, as text: two archives that answer the same are the same to whoever asks.
pub fn answers(archive: &Archive, words: &[&str]) -> String {
    let mut out = String::new();
    let everything = Filter { assets: true, ..Filter::default() };
    for capture in archive.list(&everything).unwrap() {
        let page = archive.load_page(&capture).unwrap();
        let article = archive.load_article(&capture).unwrap();
        let history: Vec<CaptureId> = archive.history(&capture.url).unwrap().iter().map(|c| c.id).collect();
        out.push_str(&format!("{capture:?}\n{page:?}\n{article:?}\n{history:?}\n"));
    }
    for words in words {
        out.push_str(&format!("{:?}\n", archive.search(words, &Filter::default()).unwrap()));
    }
    out
}

/// The same without how many bytes each capture takes, which sealing changes.
pub fn without_bytes(answers: &str) -> String {
    answers.split(", bytes: ").map(|part| part.trim_start_matches(|c: char| c.is_ascii_digit())).collect()
}
