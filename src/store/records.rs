//! The JSON of captures and articles, as verbs print it and the web interface answers it: one type a kind of object. docs/schema
//! describes each.

use chaffinch_extract::article::{Article, Metadata, Verdict};
use serde::Serialize;
use url::Url;

use crate::snapshot::diff::{Fate, Passage, Summary, diff};
use crate::store::capture::Capture;

/// One capture, as `list`, `history` and `search` print it.
#[derive(Debug, Serialize)]
pub struct CaptureRecord {
    /// Its id.
    pub id: String,
    /// Its address.
    pub url: String,
    /// When it was made, UTC.
    pub at: String,
    /// The status.
    pub status: u16,
    /// How it compares with the one before.
    pub change: &'static str,
    /// The media type.
    pub media_type: String,
    /// The article's title.
    pub title: Option<String>,
    /// The registrable domain.
    pub site: String,
    /// The source that led to it.
    pub source: Option<String>,
    /// Its tags.
    pub tags: Vec<String>,
    /// The article's language.
    pub lang: Option<String>,
    /// Words of the article.
    pub words: u64,
    /// What the extractor said of the page.
    pub verdict: Option<Verdict>,
    /// Bytes it takes, compressed.
    pub bytes: u64,
    /// The digest of the body as stored.
    pub payload_digest: String,
    /// The digest of the article's text.
    pub article_digest: Option<String>,
    /// Why the body was cut, where it was.
    pub truncated: Option<&'static str>,
    /// What an edit changed (`history` only).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edit: Option<Summary>,
    /// Where the words were found (`search` only).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snippet: Option<String>,
}

impl From<&Capture> for CaptureRecord {
    fn from(capture: &Capture) -> Self {
        Self {
            id: capture.id.to_string(),
            url: capture.url.to_string(),
            at: capture.at.to_string(),
            status: capture.status,
            change: capture.change.word(),
            media_type: capture.media_type.clone(),
            title: capture.title.clone(),
            site: capture.site.clone(),
            source: capture.source.clone(),
            tags: capture.tags.clone(),
            lang: capture.lang.clone(),
            words: capture.words,
            verdict: capture.verdict,
            bytes: capture.bytes,
            payload_digest: capture.payload_digest.clone(),
            article_digest: capture.article_digest.clone(),
            truncated: capture.truncated.map(crate::page::Truncation::as_str),
            edit: None,
            snippet: None,
        }
    }
}

/// One article, as `extract --jsonl` and `show --format json` print it.
#[derive(Debug, Serialize)]
pub struct ArticleRecord {
    /// The capture's id, or the id the input gave the page.
    pub id: Option<String>,
    /// Its address.
    pub url: Option<String>,
    /// When it was captured (`show` and `export`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub captured: Option<String>,
    /// The capture's status (`show` and `export`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Title, authors, dates and what else the page says of itself.
    #[serde(flatten)]
    pub metadata: Metadata,
    /// What kind of page it is.
    pub page_type: Option<chaffinch_extract::article::PageType>,
    /// How likely it is of that kind.
    pub page_type_confidence: f32,
    /// The content as plain text.
    pub text: String,
    /// The content as Markdown, where asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub markdown: Option<String>,
    /// The content as clean HTML, where asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
    /// Readers' comments, where asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comments: Option<String>,
    /// The further pages that the article goes on over.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pages: Vec<String>,
    /// Words of the text.
    pub words: usize,
    /// How far to trust the answer: see [`Article::confidence`].
    pub confidence: f32,
    /// What the extractor said of the page.
    pub verdict: Option<Verdict>,
    /// Why there is no article, where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl ArticleRecord {
    /// An article and where it came from.
    pub fn new(id: Option<String>, url: Option<String>, article: &Article) -> Self {
        let comments = chaffinch_extract::render::text(&article.comments);
        Self {
            id,
            url,
            captured: None,
            status: None,
            metadata: article.metadata.clone(),
            page_type: Some(article.page_type),
            page_type_confidence: article.page_type_confidence,
            text: article.text(),
            markdown: None,
            html: None,
            comments: Some(comments).filter(|text| !text.is_empty()),
            pages: article.pages.clone(),
            words: article.words(),
            confidence: article.confidence,
            verdict: Some(article.verdict),
            error: None,
        }
    }

    /// The article that a capture shows, as `show` and `export` print it.
    pub fn of_capture(capture: &Capture, article: &Article) -> Self {
        Self {
            captured: Some(capture.at.to_string()),
            status: Some(capture.status),
            markdown: Some(article.markdown()),
            ..Self::new(Some(capture.id.to_string()), Some(capture.url.to_string()), article)
        }
    }

    /// A page that gave no article.
    pub fn failed(id: Option<String>, url: Option<String>, error: String) -> Self {
        Self {
            id,
            url,
            captured: None,
            status: None,
            metadata: Metadata::default(),
            page_type: None,
            page_type_confidence: 0.0,
            text: String::new(),
            markdown: None,
            html: None,
            comments: None,
            pages: Vec::new(),
            words: 0,
            confidence: 0.0,
            verdict: None,
            error: Some(error),
        }
    }
}

/// What changed in an article between two captures, as `diff --format json` prints it.
#[derive(Debug, Serialize)]
pub struct DiffRecord {
    /// Its address.
    pub url: String,
    /// The older one.
    pub a: Side,
    /// The newer one.
    pub b: Side,
    /// Whether anything is another.
    pub edited: bool,
    /// The article, passage by passage.
    pub passages: Vec<Passage>,
}

/// One of two captures that are compared.
#[derive(Debug, Serialize)]
pub struct Side {
    /// Its id.
    pub id: String,
    /// When it was made, UTC.
    pub at: String,
}

impl DiffRecord {
    /// What the article of one capture has that of another has not.
    pub fn of(url: &Url, (a, old): (&Capture, &Article), (b, new): (&Capture, &Article)) -> Self {
        let passages = diff(old, new);
        let edited = passages.iter().any(|passage| passage.fate != Fate::Same);
        Self { url: url.to_string(), a: a.into(), b: b.into(), edited, passages }
    }
}

impl From<&Capture> for Side {
    fn from(capture: &Capture) -> Self {
        Self { id: capture.id.to_string(), at: capture.at.to_string() }
    }
}
