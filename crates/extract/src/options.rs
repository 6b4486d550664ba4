//! VALUE: what a caller may ask of an extraction, and what it knows besides the bytes.

use url::Url;

use crate::repeats::profile::SiteProfile;

/// What is known of the page besides its bytes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Context<'a> {
    /// The page's address: makes links absolute and helps to find title and date.
    pub url: Option<&'a Url>,
    /// The `Content-Type` header as the server sent it: its charset comes before what the page says.
    pub content_type: Option<&'a str>,
    /// What repeats across the other pages of its site, where pages of it are at hand.
    pub site: Option<&'a SiteProfile>,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Options {
    /// What to do with blocks that could be either.
    pub favor: Favor,
    /// Whether readers' comments are kept, apart from the content.
    pub comments: bool,
    /// CSS selectors that win over the extractor for this site.
    pub rules: SiteRules,
    /// Bounds on what a page may cost.
    pub limits: Limits,
}

/// What to do with blocks that could be either.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Favor {
    /// Neither.
    #[default]
    Balanced,
    /// Rather lose a sentence than keep chrome.
    Precision,
    /// Rather keep chrome than lose a sentence.
    Recall,
}

/// CSS selectors that a person wrote for a site; each empty list leaves the matter to the extractor.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SiteRules {
    /// The elements that hold the content, in document order.
    pub content: Vec<String>,
    /// What to take out of it.
    pub remove: Vec<String>,
    /// The title's element.
    pub title: Vec<String>,
    /// The authors' elements.
    pub author: Vec<String>,
    /// The date's element (its `datetime` or `content` attribute, else its text).
    pub date: Vec<String>,
}

/// Bounds on what a page may cost; what lies beyond them is left out, never an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of HTML that are read.
    pub input_bytes_max: usize,
    /// Elements open at once.
    pub depth_max: usize,
    /// Nodes of the tree.
    pub nodes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { input_bytes_max: 16 << 20, depth_max: 512, nodes_max: 500_000 }
    }
}
