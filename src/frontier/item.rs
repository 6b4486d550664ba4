//! The values of the frontier: a URL that was found (`Candidate`), a URL handed out to be visited (`Item`) and what came of
//! the visit (`Outcome`). They know no engine and no clock.

use std::time::Duration;

use jiff::Timestamp;
use url::Url;

/// The name that stands for no source: what was asked for by hand.
pub const BY_HAND: &str = "";

/// What a URL is expected to be, which decides what is done with the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A page to archive.
    Page,
    /// RSS, Atom or JSON Feed: read for entries.
    Feed,
    /// A sitemap or a sitemap index: read for pages and further sitemaps.
    Sitemap,
    /// An HTML page read for links only.
    Listing,
}

impl Kind {
    /// The word an engine stores.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Feed => "feed",
            Self::Sitemap => "sitemap",
            Self::Listing => "listing",
        }
    }

    /// Reads the word back; anything unknown is a page.
    pub fn from_word(word: &str) -> Self {
        match word {
            "feed" => Self::Feed,
            "sitemap" => Self::Sitemap,
            "listing" => Self::Listing,
            _ => Self::Page,
        }
    }
}

/// Where a URL stands. Whether it is handed out again is a matter of its due time, not of its state: what is done comes
/// back when its revisit is due, what failed when its retry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// Never visited, or waiting for a retry.
    Waiting,
    /// In the hands of a worker.
    Leased,
    /// Visited, and kept or read.
    Done,
    /// Given up: refused, or failed too often. Comes back when it is due, where it has a due time.
    Failed,
    /// 404 or 410.
    Gone,
}

impl State {
    /// Every state, in order.
    pub const ALL: [Self; 5] = [Self::Waiting, Self::Leased, Self::Done, Self::Failed, Self::Gone];

    /// The word an engine stores.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Leased => "leased",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Gone => "gone",
        }
    }

    /// Reads the word back; anything unknown is waiting.
    pub fn from_word(word: &str) -> Self {
        Self::ALL.into_iter().find(|state| state.as_str() == word).unwrap_or(Self::Waiting)
    }
}

/// What a server said about a version of a document, to be sent back in a conditional request (RFC 9110, section 13).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Validators {
    /// `ETag`, as sent, quotes and `W/` included.
    pub etag: Option<String>,
    /// `Last-Modified`, as sent.
    pub last_modified: Option<String>,
}

impl Validators {
    /// Whether there is nothing to send.
    pub fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }
}

/// What is known of how often a document changes: the statistics of the estimators in `rates.rs` and `policy.rs`.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct History {
    /// How often a visit could be compared with an earlier one.
    pub compared: u32,
    /// How often the article had changed.
    pub changed: u32,
    /// The time those comparisons span, together.
    pub observed: Duration,
    /// The interval that was last planned; zero before the first visit.
    pub interval: Duration,
    /// Changes that the source's rates let expect of any page in the time those comparisons span.
    pub expected: f64,
}

/// A URL that was found and may be worth visiting.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The address; the engine keeps its canonical form.
    pub url: Url,
    /// The `[[source]]` it belongs to; empty for what was asked for by hand.
    pub source: String,
    /// How many links lie between the source and this URL; 0 is named by the source itself.
    pub depth: u32,
    /// What it is expected to be.
    pub kind: Kind,
    /// Higher comes first, within a host.
    pub priority: i32,
    /// When the source says it was last changed (`lastmod`, `updated`). A known URL visited before that is due at once.
    pub modified: Option<Timestamp>,
    /// Whether a URL that is already known is due at once (a source's own document at the start of a run).
    pub again: bool,
}

impl Candidate {
    /// A page at depth 0, priority 0.
    pub fn page(url: Url, source: impl Into<String>) -> Self {
        Self { url, source: source.into(), depth: 0, kind: Kind::Page, priority: 0, modified: None, again: false }
    }

    /// A source's own document: before its pages, and due again whenever it is added.
    pub fn document(url: Url, source: impl Into<String>, kind: Kind) -> Self {
        Self { kind, priority: 100, again: true, ..Self::page(url, source) }
    }
}

/// A URL as the frontier hands it out.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Canonical.
    pub url: Url,
    /// The source it belongs to; empty for what was asked for by hand.
    pub source: String,
    /// Links between the source and this URL.
    pub depth: u32,
    /// What it is expected to be.
    pub kind: Kind,
    /// Higher comes first.
    pub priority: i32,
    /// Failures since the last success.
    pub attempts: u32,
    /// From the last answer that was a success.
    pub validators: Validators,
    /// When it was last visited with success.
    pub visited: Option<Timestamp>,
    /// When it was published, or last changed before it was found, or found, whichever is known.
    pub born: Timestamp,
    /// How often it changes.
    pub history: History,
}

/// A URL as `known` tells of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// The URL and what is kept about it.
    pub item: Item,
    /// Where it stands.
    pub state: State,
    /// When it is handed out next; `None`: not before it is found again.
    pub due: Option<Timestamp>,
    /// What came of the last visit, in a word or a sentence; empty before it.
    pub last_outcome: String,
}

/// What came of a visit, as the engine is to record it. `policy::settle` makes one.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The item's URL.
    pub url: Url,
    /// `Done`, `Failed`, `Gone`, or `Waiting` for a retry.
    pub state: State,
    /// When to hand it out next; `None`: not before it is found again.
    pub due: Option<Timestamp>,
    /// Failures since the last success, this one included.
    pub attempts: u32,
    /// New validators; `None` leaves those that are kept, as every error must.
    pub validators: Option<Validators>,
    /// When it was visited with success; `None` leaves what is kept.
    pub visited: Option<Timestamp>,
    /// When it was published; `None` leaves what is kept.
    pub born: Option<Timestamp>,
    /// The statistics after this visit.
    pub history: History,
    /// A word or a sentence for people: `new`, `not modified`, `the host could not be resolved`.
    pub note: String,
}
