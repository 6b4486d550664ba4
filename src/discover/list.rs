//! Lists of addresses that people have: plain text, a browser's bookmarks, OPML, a feed, a sitemap; told apart by their
//! content. Pure.

use url::Url;

/// One address of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The address.
    pub url: Url,
    /// What the list calls it; empty where it does not.
    pub title: String,
    /// Whether the list says that this is a feed (OPML's `xmlUrl`).
    pub feed: bool,
}

/// A list as far as it could be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct List {
    /// In order, each address once.
    pub entries: Vec<Listed>,
    /// Lines (or entries) that are no address, with the line's number from 1 and why.
    pub refused: Vec<(usize, String)>,
}
