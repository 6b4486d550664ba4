//! VALUE: what sealing, verifying, repairing and counting say of an archive.

use jiff::Timestamp;
use serde::Serialize;

use crate::snapshot::value::CaptureId;
use crate::store::capture::Sameness;
use crate::store::segment::Making;

/// How sealing is done.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SealOptions {
    /// The time, for the names of segments and the ledger.
    pub now: Timestamp,
    /// The level at which records are compressed.
    pub level: i32,
    /// The level at which dictionaries are compressed, which is where the bytes are.
    pub dictionary_level: i32,
    /// A journal shorter than this many bytes is left as it is.
    pub journal_bytes_min: u64,
    /// Bytes of earlier segments that may be put down again to go on with them.
    pub rewrite_bytes_max: u64,
    /// Segments made at a time, at some 60 MB each; never more than there are cores.
    pub at_once_max: usize,
}

impl SealOptions {
    /// As at the end of a run: beside what the run still holds, one segment at a time.
    pub fn end_of_run(now: Timestamp) -> Self {
        Self {
            now,
            level: 9,
            dictionary_level: 12,
            journal_bytes_min: 256 << 10,
            rewrite_bytes_max: 1 << 30,
            at_once_max: 1,
        }
    }

    /// Everything, as thoroughly as it goes.
    pub fn thorough(now: Timestamp) -> Self {
        Self {
            now,
            level: 19,
            dictionary_level: 19,
            journal_bytes_min: 0,
            rewrite_bytes_max: u64::MAX,
            at_once_max: usize::MAX,
        }
    }

    /// How segments are made.
    pub(crate) fn making(&self) -> Making {
        Making { now: self.now, level: self.level, dictionary_level: self.dictionary_level }
    }
}

/// What was sealed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct SealReport {
    /// Segments written.
    pub segments: u64,
    /// Records moved into them.
    pub records: u64,
    /// Bytes of the journals that were sealed.
    pub bytes_before: u64,
    /// Bytes by which segments and their parity files grew.
    pub bytes_after: u64,
    /// Dictionaries that were made.
    pub dictionaries: u64,
}

/// What compacting did.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct CompactReport {
    /// What was sealed first.
    #[serde(flatten)]
    pub sealed: SealReport,
    /// Segments that were put together anew.
    pub compacted: u64,
    /// Segments that came of them.
    pub into: u64,
    /// Bytes of all segments and what stands beside them, before.
    pub segments_before: u64,
    /// The same, after.
    pub segments_after: u64,
    /// Captures that were let go.
    pub thinned: u64,
}

/// What is damaged, and what hangs on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Damage {
    /// The file, relative to the archive.
    pub file: String,
    /// Where the damage begins.
    pub offset: u64,
    /// How far it reaches; 0 where that is not known.
    pub length: u64,
    /// What is wrong.
    pub what: String,
    /// The captures that cannot be read because of it.
    pub captures: Vec<CaptureId>,
    /// Whether `repair` gets everything back.
    pub recoverable: bool,
}

/// What verifying found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct VerifyReport {
    /// Files read.
    pub files: u64,
    /// Bytes read.
    pub bytes: u64,
    /// Records whose digests are right.
    pub records: u64,
    /// Captures whose every part was read.
    pub captures: u64,
    /// What is wrong, in the order it was found.
    pub damage: Vec<Damage>,
}

impl VerifyReport {
    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.damage.is_empty()
    }
}

/// What repairing did.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct RepairReport {
    /// Files that were replaced or cut.
    pub files: u64,
    /// Records saved out of them.
    pub records: u64,
    /// Captures that are lost.
    pub lost: Vec<CaptureId>,
    /// One sentence for each thing done.
    pub actions: Vec<String>,
}

/// What forgetting did.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ForgetReport {
    /// Captures taken out.
    pub captures: u64,
    /// Captures that now hold what they had only referred to.
    pub heirs: u64,
    /// Segments that were written anew.
    pub segments: u64,
}

/// What a rebuilt catalogue holds.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ReindexReport {
    /// Files read.
    pub files: u64,
    /// Captures.
    pub captures: u64,
    /// Articles.
    pub articles: u64,
}

/// What extracting again did.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ExtractReport {
    /// Versions of articles that were made again.
    pub articles: u64,
    /// Those that came out as they were.
    pub same: u64,
    /// Those whose text is another: a record was added.
    pub changed: u64,
    /// Those whose text is the same and something else is not (a date, the structure): a record was added.
    pub touched: u64,
    /// Pages that today's extractor takes for no article: what there was stays.
    pub refused: u64,
    /// Captures that were called edited and whose text, extracted alike, is that of the capture before.
    pub edits_undone: u64,
    /// Those whose text is another.
    pub changes: Vec<ExtractChange>,
}

/// An article whose text is another by today's extractor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExtractChange {
    /// The capture.
    pub id: CaptureId,
    /// Its URL.
    pub url: String,
    /// Words before.
    pub words_before: u64,
    /// Words now.
    pub words: u64,
}

/// How far a long operation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes done.
    pub done: u64,
    /// Bytes in all.
    pub total: u64,
}

/// Totals and savings.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Status {
    /// Captures, assets and every kind of sameness among them.
    pub captures: u64,
    /// URLs of pages, assets left out.
    pub pages: u64,
    /// Assets of pages.
    pub assets: u64,
    /// Versions of articles.
    pub articles: u64,
    /// Registrable domains.
    pub sites: u64,
    /// When the oldest capture was made.
    pub oldest: Option<Timestamp>,
    /// When the newest capture was made.
    pub newest: Option<Timestamp>,
    /// Bytes of the journals.
    pub journal_bytes: u64,
    /// Bytes of the segments and what stands beside them.
    pub segment_bytes: u64,
    /// How many segments.
    pub segments: u64,
    /// Bytes of the catalogue.
    pub catalogue_bytes: u64,
    /// Bytes of all the rest: ledger, notes, frontier.
    pub other_bytes: u64,
    /// Bytes of body that all captures show together.
    pub payload_bytes: u64,
    /// Bytes of body that had to be stored, before compression.
    pub unique_bytes: u64,
    /// Same payload, same URL.
    pub identical: Sameness,
    /// Same payload under another URL, or an earlier payload come back.
    pub duplicate: Sameness,
    /// The server said 304.
    pub not_modified: Sameness,
    /// Another payload, the same article.
    pub article_unchanged: Sameness,
    /// Captures whose article was edited.
    pub edited: u64,
}
