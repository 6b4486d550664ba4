//! VALUE: what the catalogue tells of a capture, and how captures are asked for.

use chaffinch_extract::article::Verdict;
use jiff::Timestamp;
use serde::Serialize;
use url::Url;

use crate::page::Truncation;
use crate::snapshot::value::{CaptureId, Change};

/// One capture as the catalogue knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Capture {
    /// Its name.
    pub id: CaptureId,
    /// What was captured.
    pub url: Url,
    /// When the request was sent; milliseconds are kept.
    pub at: Timestamp,
    /// The status of what it shows: of the earlier capture where the server said 304.
    pub status: u16,
    /// The media type of what it shows, without parameters; empty where the server named none.
    pub media_type: String,
    /// How it compares with what was held before.
    pub change: Change,
    /// The digest of the body as stored: `sha256:` and 64 hexadecimal digits.
    pub payload_digest: String,
    /// Bytes of the body, coding undone.
    pub payload_bytes: u64,
    /// The digest of the article's text; `None` where there is no article.
    pub article_digest: Option<String>,
    /// The article's title.
    pub title: Option<String>,
    /// The registrable domain.
    pub site: String,
    /// The source of the configuration that led to it.
    pub source: Option<String>,
    /// What it was filed under when it was captured.
    pub tags: Vec<String>,
    /// The article's language.
    pub lang: Option<String>,
    /// Words of the article.
    pub words: u64,
    /// What the extractor said of the page; `None` where nothing was extracted.
    pub verdict: Option<Verdict>,
    /// Bytes it takes in the archive, compressed, its share of dictionaries left out.
    pub bytes: u64,
    /// Why the body ends before its end, where it does.
    pub truncated: Option<Truncation>,
    /// The page it is an asset of.
    pub parent: Option<Url>,
    /// Whether the page asked not to be archived.
    pub noarchive: bool,
}

/// What was stored of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The capture's name.
    pub id: CaptureId,
    /// How it compares with what was held before.
    pub change: Change,
    /// Bytes written for it, compressed.
    pub bytes: u64,
}

/// Which captures are asked for. The default asks for every capture of a page, and for no asset.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Filter {
    /// Of this registrable domain.
    pub site: Option<String>,
    /// That this source led to.
    pub source: Option<String>,
    /// Captured at this time or later.
    pub since: Option<Timestamp>,
    /// Captured before this time.
    pub until: Option<Timestamp>,
    /// Only those whose article was edited.
    pub edited: bool,
    /// Only those that brought a version of an article that was not held before.
    pub versions: bool,
    /// Whose article is in this language; `en` finds `en-GB` too.
    pub lang: Option<String>,
    /// One of whose authors has this in the name.
    pub author: Option<String>,
    /// Filed under this tag, when it was captured or by a person since.
    pub tag: Option<String>,
    /// Of this URL.
    pub url: Option<Url>,
    /// At most so many.
    pub limit: Option<usize>,
    /// Only those that stand behind this capture in the list.
    pub after: Option<CaptureId>,
    /// Assets of pages, too.
    pub assets: bool,
}

/// What people added to a URL: the same for all its captures.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Annotation {
    /// The tags it is filed under, in the order of letters, each once.
    pub tags: Vec<String>,
    /// What is noted of it; empty where nothing is.
    pub note: String,
}

/// What a list can be narrowed by: the commonest values, and how many captures (of tags: URLs; of authors and languages:
/// versions of articles) each has.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Facets {
    /// Registrable domains.
    pub sites: Vec<(String, u64)>,
    /// Sources of the configuration.
    pub sources: Vec<(String, u64)>,
    /// Languages, in lower case.
    pub languages: Vec<(String, u64)>,
    /// Authors.
    pub authors: Vec<(String, u64)>,
    /// Tags.
    pub tags: Vec<(String, u64)>,
}

/// An article that a search found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The newest capture that shows the text found.
    pub capture: Capture,
    /// The words around the first place found.
    pub snippet: String,
    /// Byte ranges of `snippet` that were asked for, in order.
    pub highlights: Vec<(usize, usize)>,
}

/// How many captures there are of each kind of sameness, and what that saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Sameness {
    /// Captures.
    pub captures: u64,
    /// Bytes of body that did not have to be stored again.
    pub saved_bytes: u64,
}
