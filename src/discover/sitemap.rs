//! Sitemaps: lists of pages, indexes of further sitemaps, plain text, gzipped or not (sitemaps.org, and Google's news
//! extension). Pure; damage is read round, namespaces do not matter, and every limit that cut something is told.

use jiff::Timestamp;
use url::Url;

/// What is read of one sitemap at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes after gunzipping (sitemaps.org: 50 MB).
    pub decoded_bytes: u64,
    /// Addresses (sitemaps.org: 50,000).
    pub urls: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { decoded_bytes: 52_428_800, urls: 50_000 }
    }
}

/// Sitemaps that name sitemaps are followed this deep: an index may hold indexes, though the standard says no.
pub const MAX_DEPTH: u32 = 3;

/// A page named by a sitemap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageEntry {
    /// `loc`.
    pub url: Url,
    /// `lastmod`; a date alone is its first moment in UTC.
    pub modified: Option<Timestamp>,
    /// `news:publication_date`.
    pub published: Option<Timestamp>,
    /// `news:title`; empty where there is none.
    pub title: String,
    /// The page in other languages (`xhtml:link rel=alternate hreflang`).
    pub alternates: Vec<Url>,
}

/// A further sitemap named by an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChildEntry {
    /// `loc`.
    pub url: Url,
    /// `lastmod`.
    pub modified: Option<Timestamp>,
}

/// A sitemap as far as it could be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sitemap {
    /// Pages, in order.
    pub pages: Vec<PageEntry>,
    /// Further sitemaps, in order.
    pub children: Vec<ChildEntry>,
    /// What is wrong with it or was cut, where anything was.
    pub damage: Option<String>,
}
