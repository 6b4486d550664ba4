//! RSS, Atom and JSON Feed: the entries they name. Pure; a feed that breaks off or is not well-formed is read up to and, as
//! far as possible, past the damage.

use std::collections::HashSet;
use std::ops::ControlFlow;

use jiff::Timestamp;
use url::Url;

use crate::discover::date::date;
use crate::discover::links::{folded, join};
use crate::discover::xml::{self, Piece};

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

/// More entries than this are not read: a feed with its whole history.
const MAX_ENTRIES: usize = 20_000;

/// Reads a feed that came from `address`.
pub fn feed(bytes: &[u8], address: &Url) -> Feed {
    let parser = feed_rs::parser::Builder::new().base_uri(Some(address.as_str())).build();
    match parser.parse(bytes) {
        Ok(parsed) => well_formed(parsed, address),
        Err(error) => broken(bytes, address, error.to_string()),
    }
}

fn well_formed(parsed: feed_rs::model::Feed, address: &Url) -> Feed {
    let mut feed = Feed { title: parsed.title.map(|t| folded(&t.content)).unwrap_or_default(), ..Feed::default() };
    let mut seen = HashSet::new();
    for entry in parsed.entries.into_iter().take(MAX_ENTRIES) {
        let rel = |link: &feed_rs::model::Link| link.rel.as_deref().unwrap_or("alternate").to_ascii_lowercase();
        let article = entry.links.iter().find(|link| rel(link) == "alternate");
        let article = article.or_else(|| {
            entry.links.iter().find(|link| !matches!(rel(link).as_str(), "self" | "enclosure" | "replies" | "edit"))
        });
        let url = article.and_then(|link| join(address, &link.href)).or_else(|| permalink(&entry.id));
        let Some(url) = url else { continue };
        if seen.insert(url.clone()) {
            let at = |millis: i64| Timestamp::from_millisecond(millis).ok();
            feed.entries.push(Entry {
                url,
                title: entry.title.map(|t| folded(&t.content)).unwrap_or_default(),
                published: entry.published.and_then(|date| at(date.timestamp_millis())),
                updated: entry.updated.and_then(|date| at(date.timestamp_millis())),
            });
        }
    }
    feed
}

/// An id that is an address in full is one that works, in RSS (`guid`) by default and in Atom by custom.
fn permalink(id: &str) -> Option<Url> {
    Url::parse(id.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// What has been read of one entry of a broken feed.
#[derive(Default)]
struct Draft {
    link: Option<String>,
    id: String,
    title: String,
    published: Option<Timestamp>,
    updated: Option<Timestamp>,
}

/// Reads what is not well-formed: RSS and Atom by the names of their elements alone.
fn broken(bytes: &[u8], address: &Url, error: String) -> Feed {
    let text = xml::text(bytes);
    let mut feed = Feed { damage: Some(error), ..Feed::default() };
    let mut seen = HashSet::new();
    let mut draft: Option<Draft> = None;
    xml::walk(&text, |path, piece| {
        let name = path.last().copied().unwrap_or_default();
        let parent = path.len().checked_sub(2).map_or("", |at| path[at]);
        match piece {
            Piece::Open(_) if is_entry(name) => draft = Some(Draft::default()),
            Piece::Open(attributes) => {
                if let Some(draft) = draft.as_mut().filter(|_| is_entry(parent) && name == "link") {
                    let rel = attributes.get("rel").unwrap_or("alternate");
                    if let Some(href) = attributes.get("href").filter(|_| rel == "alternate") {
                        draft.link.get_or_insert_with(|| href.to_owned());
                    }
                }
            }
            Piece::Close(_) if is_entry(name) => {
                if let Some(entry) = draft.take().and_then(|draft| draft.finish(address))
                    && seen.insert(entry.url.clone())
                {
                    feed.entries.push(entry);
                }
            }
            Piece::Close(text) if is_entry(parent) => {
                if let Some(draft) = &mut draft {
                    draft.take_in(name, text);
                }
            }
            Piece::Close(text) => {
                if name == "title" && matches!(parent, "channel" | "feed") && feed.title.is_empty() {
                    feed.title = folded(text);
                }
            }
        }
        if feed.entries.len() < MAX_ENTRIES { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    feed
}

fn is_entry(name: &str) -> bool {
    matches!(name, "item" | "entry")
}

impl Draft {
    fn take_in(&mut self, name: &str, text: &str) {
        match name {
            "link" if !text.is_empty() => {
                self.link.get_or_insert_with(|| text.to_owned());
            }
            "guid" | "id" => text.clone_into(&mut self.id),
            "title" => self.title = folded(text),
            "pubdate" | "published" | "date" | "issued" => self.published = date(text),
            "updated" | "modified" => self.updated = date(text),
            _ => {}
        }
    }

    fn finish(self, address: &Url) -> Option<Entry> {
        let url = self.link.and_then(|link| join(address, &link)).or_else(|| permalink(&self.id))?;
        Some(Entry { url, title: self.title, published: self.published, updated: self.updated })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn read(bytes: &[u8]) -> Feed {
        feed(bytes, &Url::parse("https://a.test/feeds/all").unwrap())
    }

    /// `path | title | published`, one an entry.
    fn told(text: &str) -> Vec<String> {
        let line = |entry: &Entry| {
            let published = entry.published.map(|at| at.to_string()).unwrap_or_default();
            format!("{} | {} | {published}", entry.url.path(), entry.title)
        };
        read(text.as_bytes()).entries.iter().map(line).collect()
    }

    const RSS: &str = "<?xml version='1.0'?><rss version='2.0'><channel><title>News</title>
        <item><title>One &amp; only</title><link>https://a.test/1</link><pubDate>Sun, 01 Mar 2026 10:00:00 GMT</pubDate></item>
        <item><title>Two</title><guid>https://a.test/2</guid></item>
        <item><title>Without an address</title></item>";

    #[test]
    fn rss_gives_links_and_permanent_ids() {
        let whole = format!("{RSS}</channel></rss>");
        assert_eq!(told(&whole), ["/1 | One & only | 2026-03-01T10:00:00Z", "/2 | Two | "]);
        assert_eq!(read(whole.as_bytes()).damage, None);
    }

    #[test]
    fn rss_of_the_first_generations_is_read() {
        let rdf = "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'>
            <channel><title>N</title><link>https://a.test</link></channel><item><title>A</title><link>https://a.test/1</link></item></rdf:RDF>";
        assert_eq!(told(rdf), ["/1 | A | "]);
        let old = "<rss version='0.91'><channel><title>N</title><item><title>A</title><link>https://a.test/1</link></item></channel></rss>";
        assert_eq!(told(old), ["/1 | A | "]);
    }

    #[test]
    fn atom_gives_the_alternate_link_resolved() {
        let atom = "<feed xmlns='http://www.w3.org/2005/Atom'><title>N</title><entry><title>A</title>
            <link rel='self' href='/self'/><link rel='alternate' href='../1'/><published>2026-03-01T10:00:00Z</published></entry></feed>";
        assert_eq!(told(atom), ["/1 | A | 2026-03-01T10:00:00Z"]);
    }

    #[test]
    fn json_feed_is_read() {
        let json = r#"{"version":"https://jsonfeed.org/version/1.1","title":"N","items":[{"id":"1","url":"https://a.test/1","title":"A"}]}"#;
        assert_eq!(told(json), ["/1 | A | "]);
    }

    #[test]
    fn a_feed_that_breaks_off_gives_what_it_had() {
        let cut = &RSS[..RSS.len() - 20];
        assert_eq!(told(cut)[..2], ["/1 | One & only | 2026-03-01T10:00:00Z", "/2 | Two | "]);
        assert!(read(cut.as_bytes()).damage.is_some());
    }

    #[test]
    fn a_feed_that_is_not_well_formed_is_read_past_the_damage() {
        let broken = RSS.replace("One &amp; only", "One & <only") + "</channel></rss>";
        assert!(told(&broken).contains(&"/2 | Two | ".to_owned()), "{:?}", told(&broken));
    }

    #[test]
    fn a_page_instead_of_a_feed_is_told() {
        let page = read(b"<!doctype html><html><body><p>Moved</p></body></html>");
        assert_eq!((page.entries.len(), page.damage.is_some()), (0, true));
    }

    #[test]
    fn nesting_without_end_is_survived() {
        let deep = format!("<rss version='2.0'><channel><item>{}", "<a>".repeat(100_000));
        assert_eq!(read(deep.as_bytes()).entries, []);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            read(&bytes);
        }

        #[test]
        fn any_cut_of_a_feed_is_read(cut in 0..RSS.len()) {
            read(&RSS.as_bytes()[..cut]);
        }
    }
}
