//! Lists of addresses that people have: plain text, a browser's bookmarks, OPML, a feed, a sitemap; told apart by their
//! content. Pure.

use std::collections::HashSet;
use std::ops::ControlFlow;

use url::Url;

use crate::discover::feed::feed;
use crate::discover::links::{folded, join, links};
use crate::discover::sitemap::{Limits, sitemap};
use crate::discover::xml::{self, Piece};

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

/// Reads a list. `address` is where it came from: relative addresses in bookmarks and feeds are resolved against it.
pub fn list(bytes: &[u8], address: &Url) -> List {
    let text = xml::text(bytes);
    let start = text.trim_start_matches('\u{feff}').trim_start();
    let mut list = match shape(start) {
        Shape::Lines => lines(start),
        Shape::Html => from_links(bytes, address),
        Shape::Opml => opml(&text, address),
        Shape::Feed => from_feed(bytes, address),
        Shape::Sitemap => from_sitemap(bytes, address),
    };
    let mut seen = HashSet::new();
    list.entries.retain(|entry| seen.insert(entry.url.clone()));
    list
}

enum Shape {
    Lines,
    Html,
    Opml,
    Feed,
    Sitemap,
}

/// Tells the shape by the first element, or that there is none.
fn shape(start: &str) -> Shape {
    if start.starts_with('{') {
        return Shape::Feed;
    }
    if !start.starts_with('<') {
        return Shape::Lines;
    }
    let head: String = start.chars().take(2048).collect::<String>().to_ascii_lowercase();
    if head.starts_with("<!doctype netscape") || head.starts_with("<!doctype html") {
        return Shape::Html;
    }
    let elements = head.split('<').filter(|part| part.starts_with(|c: char| c.is_ascii_alphabetic()));
    let mut names = elements.map(|part| {
        let name = part.split(|c: char| c.is_whitespace() || matches!(c, '>' | '/')).next().unwrap_or_default();
        name.rsplit(':').next().unwrap_or_default()
    });
    match names.next() {
        Some("opml") => Shape::Opml,
        Some("rss" | "feed" | "rdf") => Shape::Feed,
        Some("urlset" | "sitemapindex") => Shape::Sitemap,
        _ => Shape::Html,
    }
}

/// One address a line, with what follows it as its title; `#` at the start is a comment.
fn lines(text: &str) -> List {
    let mut list = List::default();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (address, title) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        match crate::url::parse(address) {
            Ok(url) => list.entries.push(Listed { url, title: folded(title), feed: false }),
            Err(error) => list.refused.push((number + 1, error.to_string())),
        }
    }
    list
}

fn from_links(bytes: &[u8], address: &Url) -> List {
    let links = links(bytes, address, None, "").links.into_iter();
    List {
        entries: links.map(|link| Listed { url: link.url, title: link.text, feed: false }).collect(),
        refused: Vec::new(),
    }
}

fn opml(text: &str, address: &Url) -> List {
    let mut list = List::default();
    xml::walk(text, |path, piece| {
        if let (Some(&"outline"), Piece::Open(attributes)) = (path.last(), piece) {
            let title = attributes.get("title").or_else(|| attributes.get("text")).unwrap_or_default();
            let feed = attributes.get("xmlurl");
            let written = feed.or_else(|| attributes.get("htmlurl")).or_else(|| attributes.get("url"));
            if let Some(written) = written {
                match join(address, written) {
                    Some(url) => list.entries.push(Listed { url, title: folded(title), feed: feed.is_some() }),
                    None => list.refused.push((list.entries.len() + 1, format!("`{written}` is no http address"))),
                }
            }
        }
        ControlFlow::Continue(())
    });
    list
}

fn from_feed(bytes: &[u8], address: &Url) -> List {
    let entries = feed(bytes, address).entries.into_iter();
    List {
        entries: entries.map(|entry| Listed { url: entry.url, title: entry.title, feed: false }).collect(),
        refused: Vec::new(),
    }
}

fn from_sitemap(bytes: &[u8], address: &Url) -> List {
    let pages = sitemap(bytes, address, &Limits::default()).pages.into_iter();
    List {
        entries: pages.map(|page| Listed { url: page.url, title: page.title, feed: false }).collect(),
        refused: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;
    use url::Url;

    use super::*;

    fn read(text: &str) -> List {
        list(text.as_bytes(), &Url::parse("https://a.test/").unwrap())
    }

    /// `url | title`, one an entry; a feed has a star.
    fn told(text: &str) -> Vec<String> {
        let star = |feed| if feed { "*" } else { "" };
        read(text).entries.iter().map(|e| format!("{}{} | {}", star(e.feed), e.url, e.title)).collect()
    }

    #[test]
    fn plain_text_has_one_address_a_line() {
        let text = "# mine\nhttps://a.test/1\r\n\nexample.org/2  A title\nnot an address\nhttps://a.test/1\n";
        assert_eq!(told(text), ["https://a.test/1 | ", "https://example.org/2 | A title"]);
        assert_eq!(read(text).refused.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [5]);
    }

    #[test]
    fn bookmarks_of_a_browser_are_read() {
        let text = "<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<DL><p><DT><A HREF=\"https://a.test/1\" ADD_DATE=\"1\">One</A>\n<DT><A HREF=\"place:x\">x</A></DL>";
        assert_eq!(told(text), ["https://a.test/1 | One"]);
    }

    #[test]
    fn opml_gives_feeds_and_pages() {
        let text = "<?xml version='1.0'?><opml version='2.0'><body><outline text='Folder'>
            <outline type='rss' text='A &amp; B' xmlUrl='https://a.test/feed' htmlUrl='https://a.test/'/>
            <outline text='Page' url='https://a.test/page'/></outline></body></opml>";
        assert_eq!(told(text), ["*https://a.test/feed | A & B", "https://a.test/page | Page"]);
    }

    #[test]
    fn feeds_and_sitemaps_are_told_by_their_content() {
        let rss = "<!-- made by hand --><rss version='2.0'><channel><title>t</title><item><title>A</title><link>https://a.test/1</link></item></channel></rss>";
        assert_eq!(told(rss), ["https://a.test/1 | A"]);
        assert_eq!(told("<urlset><url><loc>https://a.test/2</loc></url></urlset>"), ["https://a.test/2 | "]);
    }

    #[test]
    fn an_empty_list_is_empty() {
        assert_eq!(read(" \n"), List::default());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            list(&bytes, &Url::parse("https://a.test/").unwrap());
        }
    }
}
