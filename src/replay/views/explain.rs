//! The page as captured with the extractor's verdict over it, and the form that files it for whoever improves the extractor.

use askama::Template;

use crate::replay::views::rows::Row;

/// `/explain/ID`.
#[derive(Debug, Template)]
#[template(path = "explain.html")]
pub struct Explain {
    /// The capture.
    pub row: Row,
    /// Where the marked page is, on the port of the captures.
    pub frame: String,
    /// What kind of page it was taken for.
    pub kind: String,
    /// Blocks that were kept.
    pub kept: usize,
    /// Blocks that were dropped.
    pub dropped: usize,
    /// Whether it was just filed.
    pub filed: bool,
}
