//! Sitemaps: lists of pages, indexes of further sitemaps, plain text, gzipped or not (sitemaps.org, and Google's news
//! extension). Pure; damage is read round, namespaces do not matter, and every limit that cut something is told.

use std::borrow::Cow;
use std::io::Read;
use std::ops::ControlFlow;

use flate2::read::MultiGzDecoder;
use jiff::Timestamp;
use url::Url;

use crate::discover::date::date;
use crate::discover::feed::{Entry, Feed, feed};
use crate::discover::links::{folded, join};
use crate::discover::xml::{self, Piece};

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
/// Languages of one page that are kept.
const MAX_ALTERNATES: usize = 100;

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

/// Reads a sitemap that came from `address`.
pub fn sitemap(bytes: &[u8], address: &Url, limits: &Limits) -> Sitemap {
    let mut damage = None;
    let bytes = gunzipped(bytes, limits, &mut damage);
    let text = xml::text(&bytes);
    let mut sitemap = if text.trim_start_matches('\u{feff}').trim_start().starts_with('<') {
        read_xml(&text, &bytes, address, limits)
    } else {
        read_lines(&text, limits)
    };
    sitemap.damage = damage.or(sitemap.damage);
    sitemap
}

/// Undoes gzip, which is how `sitemap.xml.gz` comes; what breaks off or grows too long is kept up to there.
fn gunzipped<'a>(bytes: &'a [u8], limits: &Limits, damage: &mut Option<String>) -> Cow<'a, [u8]> {
    if !bytes.starts_with(&[0x1F, 0x8B]) {
        return Cow::Borrowed(bytes);
    }
    let mut decoded = Vec::new();
    let mut decoder = MultiGzDecoder::new(bytes).take(limits.decoded_bytes);
    if let Err(error) = decoder.read_to_end(&mut decoded) {
        *damage = Some(format!("the gzip stream breaks off: {error}"));
    } else if decoded.len() as u64 == limits.decoded_bytes {
        *damage = Some(format!("cut after {} bytes", limits.decoded_bytes));
    }
    Cow::Owned(decoded)
}

/// One address a line, as the text form of the standard has it.
fn read_lines(text: &str, limits: &Limits) -> Sitemap {
    let mut sitemap = Sitemap::default();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if sitemap.pages.len() >= limits.urls {
            sitemap.damage = Some(format!("cut after {} addresses", limits.urls));
            break;
        }
        match Url::parse(line) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => sitemap.pages.push(PageEntry::at(url)),
            _ => {
                sitemap.damage.get_or_insert_with(|| "some lines are no address".to_owned());
            }
        }
    }
    sitemap
}

impl PageEntry {
    fn at(url: Url) -> Self {
        Self { url, modified: None, published: None, title: String::new(), alternates: Vec::new() }
    }
}

/// What has been read of one `url` or `sitemap`.
#[derive(Default)]
struct Draft {
    url: Option<Url>,
    modified: Option<Timestamp>,
    published: Option<Timestamp>,
    title: String,
    alternates: Vec<Url>,
}

fn read_xml(text: &str, bytes: &[u8], address: &Url, limits: &Limits) -> Sitemap {
    let mut sitemap = Sitemap::default();
    let mut draft = Draft::default();
    let mut root = String::new();
    let mut cut = false;
    let damage = xml::walk(text, |path, piece| {
        let name = path.last().copied().unwrap_or_default();
        let parent = path.len().checked_sub(2).map_or("", |at| path[at]);
        match piece {
            Piece::Open(attributes) => {
                if root.is_empty() {
                    name.clone_into(&mut root);
                }
                if matches!(name, "url" | "sitemap") {
                    draft = Draft::default();
                } else if name == "link" && parent == "url" && draft.alternates.len() < MAX_ALTERNATES {
                    draft.alternates.extend(attributes.get("href").and_then(|href| join(address, href)));
                }
            }
            Piece::Close(_) if matches!(name, "url" | "sitemap") => {
                std::mem::take(&mut draft).finish(name, &mut sitemap);
                cut = sitemap.pages.len() + sitemap.children.len() >= limits.urls;
            }
            Piece::Close(text) => draft.take_in(parent, name, text, address),
        }
        if cut || is_feed(&root) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    if is_feed(&root) {
        // The standard takes a feed for a sitemap, too.
        return from_feed(feed(bytes, address));
    }
    sitemap.damage = if cut {
        Some(format!("cut after {} addresses", limits.urls))
    } else if !matches!(root.as_str(), "urlset" | "sitemapindex") && sitemap.pages.is_empty() {
        Some(format!("begins with `{root}` and is no sitemap"))
    } else {
        damage
    };
    sitemap
}

fn is_feed(root: &str) -> bool {
    matches!(root, "rss" | "feed" | "rdf")
}

fn from_feed(feed: Feed) -> Sitemap {
    let page = |entry: Entry| PageEntry {
        modified: entry.updated.or(entry.published),
        published: entry.published,
        title: entry.title,
        ..PageEntry::at(entry.url)
    };
    Sitemap { pages: feed.entries.into_iter().map(page).collect(), children: Vec::new(), damage: feed.damage }
}

impl Draft {
    /// Only what stands directly in the entry is its own: an image has a `loc`, a video a `title`, too.
    fn take_in(&mut self, parent: &str, name: &str, text: &str, address: &Url) {
        match (parent, name) {
            ("url" | "sitemap", "loc") => self.url = join(address, text),
            ("url" | "sitemap", "lastmod") => self.modified = date(text),
            ("news", "publication_date") => self.published = date(text),
            ("news", "title") => self.title = folded(text),
            _ => {}
        }
    }

    fn finish(self, name: &str, sitemap: &mut Sitemap) {
        let Some(url) = self.url else { return };
        if name == "sitemap" {
            sitemap.children.push(ChildEntry { url, modified: self.modified });
        } else {
            sitemap.pages.push(PageEntry {
                url,
                modified: self.modified,
                published: self.published,
                title: self.title,
                alternates: self.alternates,
            });
        }
    }
}
