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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::io::Write;

    use proptest::prelude::*;

    use super::*;

    fn read_with(bytes: &[u8], limits: &Limits) -> Sitemap {
        sitemap(bytes, &Url::parse("https://a.test/sitemap.xml").unwrap(), limits)
    }

    fn read(text: &str) -> Sitemap {
        read_with(text.as_bytes(), &Limits::default())
    }

    fn paths(sitemap: &Sitemap) -> Vec<&str> {
        sitemap.pages.iter().map(|page| page.url.path()).collect()
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    const NEWS: &str = "<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' xmlns:news='n' xmlns:image='i'>
        <url><loc> https://a.test/1?a=1&amp;b=2 </loc><lastmod>2026-03-02</lastmod>
          <news:news><news:publication_date>2026-03-01T10:00:00Z</news:publication_date><news:title>A title</news:title></news:news>
          <image:image><image:loc>https://a.test/i.png</image:loc><image:title>No</image:title></image:image>
          <xhtml:link rel='alternate' hreflang='de' href='https://a.test/de/1'/></url>
        <url><loc>https://a.test/2</loc></url>";

    #[test]
    fn pages_come_with_their_dates_and_languages_and_without_their_images() {
        let sitemap = read(&format!("{NEWS}</urlset>"));
        let page = PageEntry {
            url: Url::parse("https://a.test/1?a=1&b=2").unwrap(),
            modified: Some("2026-03-02T00:00:00Z".parse().unwrap()),
            published: Some("2026-03-01T10:00:00Z".parse().unwrap()),
            title: "A title".to_owned(),
            alternates: vec![Url::parse("https://a.test/de/1").unwrap()],
        };
        assert_eq!((&sitemap.pages[0], sitemap.damage.as_deref()), (&page, None));
        assert_eq!(paths(&sitemap), ["/1", "/2"]);
    }

    #[test]
    fn an_index_gives_further_sitemaps() {
        let index = read(
            "<s:sitemapindex xmlns:s='x'><s:sitemap><s:loc>/1.xml</s:loc><s:lastmod>2026</s:lastmod></s:sitemap></s:sitemapindex>",
        );
        assert_eq!(index.children[0].url.as_str(), "https://a.test/1.xml");
        assert!(index.children[0].modified.is_some() && index.damage.is_none());
    }

    #[test]
    fn a_sitemap_that_breaks_off_gives_what_it_had() {
        let cut = read(&NEWS[..NEWS.len() - 10]);
        assert_eq!(paths(&cut), ["/1", "/2"]);
        assert!(cut.damage.is_some());
    }

    #[test]
    fn text_and_gzip_are_read() {
        assert_eq!(paths(&read("\u{feff}https://a.test/1\r\nhttps://a.test/2\r\n")), ["/1", "/2"]);
        let zipped = read_with(&gzip(NEWS.as_bytes()), &Limits::default());
        assert_eq!(paths(&zipped), ["/1", "/2"]);
        let cut = gzip(NEWS.as_bytes());
        assert!(read_with(&cut[..cut.len() - 12], &Limits::default()).damage.unwrap().contains("gzip"));
    }

    #[test]
    fn a_bomb_is_cut_at_the_limit() {
        let bomb = gzip(&vec![b' '; 10_000_000]);
        let limits = Limits { decoded_bytes: 100_000, ..Limits::default() };
        assert_eq!(read_with(&bomb, &limits).damage.unwrap(), "cut after 100000 bytes");
    }

    #[test]
    fn more_addresses_than_allowed_are_cut_and_told() {
        let cut = read_with(NEWS.as_bytes(), &Limits { urls: 1, ..Limits::default() });
        assert_eq!((paths(&cut), cut.damage.as_deref().unwrap()), (vec!["/1"], "cut after 1 addresses"));
    }

    #[test]
    fn a_feed_or_a_page_in_place_of_a_sitemap_is_told_apart() {
        let feed = read(
            "<rss version='2.0'><channel><title>t</title><item><link>https://a.test/1</link></item></channel></rss>",
        );
        assert_eq!((paths(&feed), feed.damage.as_deref()), (vec!["/1"], None));
        assert_eq!(read("<html><body>no</body></html>").damage.unwrap(), "begins with `html` and is no sitemap");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..200), zipped: bool) {
            let bytes = if zipped { gzip(&bytes) } else { bytes };
            read_with(&bytes, &Limits::default());
        }

        #[test]
        fn any_damage_is_read_round(at in 0..NEWS.len(), byte: u8) {
            let mut bytes = NEWS.as_bytes().to_vec();
            bytes[at] = byte;
            prop_assert!(read_with(&bytes, &Limits::default()).pages.len() <= 3);
        }
    }
}
