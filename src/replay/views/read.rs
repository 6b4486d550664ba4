//! The reader view of an article, and the history of a page.

use askama::Template;
use chaffinch_extract::article::Article;

use crate::replay::views::rows::{Row, day_of};
use crate::snapshot::value::Change;
use crate::store::capture::{Annotation, Capture};

/// `/read/ID`: the article without its chrome.
#[derive(Debug, Template)]
#[template(path = "read.html")]
pub struct Read {
    /// The capture it is of.
    pub row: Row,
    /// The language as a tag, or nothing.
    pub lang: String,
    /// Who wrote it.
    pub authors: String,
    /// When it was published, for people and for machines.
    pub published: Option<(String, String)>,
    /// When it was last changed, likewise.
    pub modified: Option<(String, String)>,
    /// The name the site gives itself, or its domain.
    pub site_name: String,
    /// A summary by the publisher.
    pub description: String,
    /// The article: HTML that is safe and leads into the archive.
    pub content: String,
    /// Every capture of the page, newest first.
    pub versions: Vec<Row>,
    /// Its tags, those that the source gave it left out.
    pub tags: Vec<String>,
    /// The tags that its source gave it.
    pub source_tags: Vec<String>,
    /// What is noted of it.
    pub note: String,
    /// Tags in use, to choose from.
    pub known_tags: Vec<String>,
    /// Whether a note was just kept.
    pub noted: bool,
}

impl Read {
    /// The reader view of an article whose content was already led into the archive.
    pub fn of(
        capture: &Capture,
        article: &Article,
        content: String,
        versions: Vec<Row>,
        annotation: Annotation,
    ) -> Self {
        let metadata = &article.metadata;
        let date = |value: &Option<String>| value.as_ref().map(|iso| (day_of(iso), iso.clone()));
        Self {
            row: Row::of(capture),
            lang: metadata.language.clone().unwrap_or_default(),
            authors: metadata.authors.join(", "),
            published: date(&metadata.published),
            modified: date(&metadata.modified).filter(|_| metadata.modified != metadata.published),
            site_name: metadata.site.clone().unwrap_or_else(|| capture.site.clone()),
            description: metadata.description.clone().unwrap_or_default(),
            content,
            versions,
            source_tags: capture.tags.clone(),
            tags: annotation.tags,
            note: annotation.note,
            known_tags: Vec::new(),
            noted: false,
        }
    }

    /// The tags as they are typed.
    pub fn typed_tags(&self) -> String {
        self.tags.join(", ")
    }

    /// The versions before and after the one that is shown, by their ids: those whose article is another.
    pub fn neighbours(&self) -> (Option<&Row>, Option<&Row>) {
        let at = self.versions.iter().position(|version| version.id == self.row.id).unwrap_or_default();
        let readable = |row: &&Row| row.readable;
        (self.versions[at..].iter().skip(1).find(readable), self.versions[..at].iter().rev().find(readable))
    }

    /// How many captures show an article other than the one before.
    pub fn edits(&self) -> usize {
        self.versions.iter().filter(|row| row.change_class == Change::Edited.as_str()).count()
    }
}

/// `/history?url=`: every capture of one page.
#[derive(Debug, Template)]
#[template(path = "history.html")]
pub struct History {
    /// The page.
    pub url: String,
    /// The newest title.
    pub title: String,
    /// Newest first.
    pub versions: Vec<Row>,
}
