//! VALUE: what a run did, counted; the last line of every run.

use serde::Serialize;

use crate::crawl::keep::Kept;
use crate::crawl::stop::Reason;
use crate::snapshot::value::Change;

/// The counts of a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Summary {
    /// Pages that were answered.
    pub fetched: u64,
    /// Seen for the first time.
    pub new: u64,
    /// The same payload as before.
    pub identical: u64,
    /// Another payload, the same article.
    pub article_unchanged: u64,
    /// Another article.
    pub edited: u64,
    /// The server said 304.
    pub not_modified: u64,
    /// Another payload, where there is no article to compare.
    pub changed: u64,
    /// No answer, or one that says it failed.
    pub failed: u64,
    /// 404 or 410.
    pub gone: u64,
    /// Not asked for, because robots.txt says so.
    pub denied: u64,
    /// Left alone: noarchive, traps, out of scope.
    pub skipped: u64,
    /// Due, and not visited before the run ended.
    pub waiting: u64,
    /// Bytes that came over the wire.
    pub bytes_fetched: u64,
    /// Bytes stored.
    pub bytes_stored: u64,
    /// How long it took.
    pub seconds: f64,
    /// Why it ended before its work did.
    pub stopped_by: Option<Reason>,
    /// Sources that could not be read.
    pub sources_failed: Vec<String>,
}

impl Summary {
    /// Counts a capture.
    pub fn count(&mut self, kept: &Kept) {
        self.fetched += 1;
        self.bytes_fetched += kept.wire_bytes;
        self.bytes_stored += kept.bytes;
        match kept.status {
            404 | 410 => self.gone += 1,
            400.. => self.failed += 1,
            _ => match kept.change {
                Change::New => self.new += 1,
                Change::Identical => self.identical += 1,
                Change::ArticleUnchanged => self.article_unchanged += 1,
                Change::Edited => self.edited += 1,
                Change::NotModified => self.not_modified += 1,
                Change::Changed => self.changed += 1,
            },
        }
    }
}
