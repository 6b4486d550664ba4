//! RSS, Atom and JSON Feed: the entries they name. Pure; a feed that breaks off or is not well-formed is read up to and, as
//! far as possible, past the damage.

use jiff::Timestamp;
use url::Url;

/// One entry of a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where the article is, resolved.
    pub url: Url,
    /// Its title; empty where there is none.
    pub title: String,
    /// When it was published.
    pub published: Option<Timestamp>,
    /// When it was last changed, where the feed says so.
    pub updated: Option<Timestamp>,
}

/// A feed as far as it could be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Feed {
    /// Its title; empty where there is none.
    pub title: String,
    /// Entries that have an address, in the feed's order, each address once.
    pub entries: Vec<Entry>,
    /// What is wrong with it, where it could not be read as it should be.
    pub damage: Option<String>,
}
