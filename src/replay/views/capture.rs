//! The banner above a page as captured.

use askama::Template;

use crate::replay::views::rows::Row;

/// `/TIMESTAMP/URL`: the banner above the page as captured.
#[derive(Debug, Template)]
#[template(path = "capture.html")]
pub struct Banner {
    /// The capture that is shown.
    pub row: Row,
    /// Where the page itself is, on the port of the captures.
    pub frame: String,
    /// Whether a browser can show it in a frame; else it is offered as a file.
    pub shows: bool,
    /// Whether it is a page whose blocks can be told kept or dropped.
    pub explains: bool,
    /// Whether its scripts can be run.
    pub runs: bool,
    /// The capture before and the one after, as addresses.
    pub earlier: Option<String>,
    /// The capture after.
    pub later: Option<String>,
    /// Which of how many: `3 of 7`.
    pub place: String,
    /// How many parts the page names.
    pub parts: usize,
    /// Those that are not kept, for a person to see which; the first of them only.
    pub missing: Vec<String>,
    /// How many these are.
    pub lacking: usize,
}
