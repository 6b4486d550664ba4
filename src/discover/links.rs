//! What an HTML page points to: links, its canonical address, feeds, the next page of a listing, and what it asks of crawlers.
//! Pure; reads any bytes as far as they go without building a tree, or a tree where somebody has built one, and leaves images to
//! the extractor.

use std::collections::HashSet;

use chaffinch_extract::decode::decode;
use ego_tree::iter::Edge;
use html5ever::tokenizer::Tag;
use html5ever::{LocalName, local_name};
use scraper::node::Element;
use scraper::{Html, Node};
use url::Url;

use crate::discover::directives::Directives;
use crate::discover::tokens::{self, Heard};

/// A link of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Resolved against the page's base; the fragment is kept.
    pub url: Url,
    /// The text of the link, white space folded; what `title` or an image's `alt` says where there is none.
    pub text: String,
    /// Whether `rel` says nofollow, ugc or sponsored.
    pub nofollow: bool,
}

/// A feed that a page announces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedLink {
    /// Resolved against the page's base.
    pub url: Url,
    /// Its title, empty where there is none.
    pub title: String,
    /// As announced: `application/rss+xml`.
    pub media_type: String,
}

/// What a page points to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Links {
    /// `<a href>` and `<area href>` with an http or https address, in order, each address once.
    pub links: Vec<Link>,
    /// `<link rel=canonical>`.
    pub canonical: Option<Url>,
    /// `<link rel=alternate>` with the type of a feed.
    pub feeds: Vec<FeedLink>,
    /// `rel=next`, of a link or an anchor.
    pub next: Option<Url>,
    /// `<meta name=robots>` and the one named after the agent.
    pub directives: Directives,
}

/// More links than this are not those of a page but of a trap.
const MAX_LINKS: usize = 20_000;
/// Bytes of text kept of one link.
const MAX_TEXT: usize = 300;
/// Media types a feed is announced by.
const FEEDS: &[&str] = &["application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml"];

/// Reads an HTML page. `address` is where it came from (a `<base href>` in it is honoured), `content_type` what the server
/// called it, `agent` our product token, for `<meta name=AGENT>`.
pub fn links(html: &[u8], address: &Url, content_type: Option<&str>, agent: &str) -> Links {
    let (text, _) = decode(html, content_type);
    tokens::read(&text, Found { agent: agent.to_owned(), ..Found::default() }).resolve(address)
}

/// Reads the tree of an HTML page, as [`links`] reads its bytes.
pub fn links_of(tree: &Html, address: &Url, agent: &str) -> Links {
    let mut found = Found { agent: agent.to_owned(), ..Found::default() };
    for edge in tree.tree.root().traverse() {
        match edge {
            Edge::Open(node) => match node.value() {
                Node::Text(text) => found.text(text),
                Node::Element(element) => found.tag(element),
                _ => {}
            },
            Edge::Close(node) => {
                if node.value().as_element().is_some_and(|element| element.name.local == local_name!("a")) {
                    found.open = false;
                }
            }
        }
    }
    found.resolve(address)
}

/// A start tag, wherever it comes from.
trait Start {
    fn name(&self) -> &LocalName;
    fn attribute(&self, name: &str) -> Option<&str>;
}

impl Start for Tag {
    fn name(&self) -> &LocalName {
        &self.name
    }

    fn attribute(&self, name: &str) -> Option<&str> {
        self.attrs.iter().find(|attribute| &*attribute.name.local == name).map(|attribute| &*attribute.value)
    }
}

impl Start for Element {
    fn name(&self) -> &LocalName {
        &self.name.local
    }

    fn attribute(&self, name: &str) -> Option<&str> {
        self.attrs.iter().find(|(own, _)| &*own.local == name).map(|(_, value)| &**value)
    }
}

/// What was read, addresses as they were written: a base may come after a link it holds for.
#[derive(Debug, Default)]
struct Found {
    agent: String,
    base: Option<String>,
    anchors: Vec<Anchor>,
    open: bool,
    canonical: Option<String>,
    feeds: Vec<(String, String, String)>,
    next: Option<String>,
    directives: Directives,
}

#[derive(Debug, Default)]
struct Anchor {
    href: String,
    text: String,
    /// Said where there is no text.
    label: String,
    nofollow: bool,
}

impl Heard for Found {
    fn start(&mut self, tag: &Tag) {
        self.tag(tag);
    }

    fn end(&mut self, name: &LocalName) {
        self.open &= *name != local_name!("a");
    }

    fn text(&mut self, chunk: &str) {
        Found::text(self, chunk);
    }
}

impl Found {
    fn tag(&mut self, tag: &impl Start) {
        match *tag.name() {
            local_name!("base") => self.base(tag),
            local_name!("link") => self.link(tag),
            local_name!("meta") => self.meta(tag),
            local_name!("area") => self.anchor(tag),
            local_name!("img") => self.image(tag),
            local_name!("a") => {
                self.open = tag.attribute("href").is_some();
                self.anchor(tag);
            }
            _ => {}
        }
    }

    fn base(&mut self, tag: &impl Start) {
        if self.base.is_none() {
            self.base = attribute(tag, "href");
        }
    }

    fn link(&mut self, tag: &impl Start) {
        let Some(href) = attribute(tag, "href") else { return };
        let rel = attribute(tag, "rel").unwrap_or_default();
        let has = |word: &str| has_word(&rel, word);
        if has("canonical") && self.canonical.is_none() {
            self.canonical = Some(href);
        } else if has("next") && self.next.is_none() {
            self.next = Some(href);
        } else if has("alternate") {
            let media_type = attribute(tag, "type").unwrap_or_default();
            let media_type = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
            if FEEDS.contains(&media_type.as_str()) && self.feeds.len() < MAX_LINKS {
                self.feeds.push((href, attribute(tag, "title").unwrap_or_default(), media_type));
            }
        }
    }

    fn meta(&mut self, tag: &impl Start) {
        let name = attribute(tag, "name").unwrap_or_default();
        let name = name.trim();
        if name.eq_ignore_ascii_case("robots") || name.eq_ignore_ascii_case(&self.agent) {
            let content = attribute(tag, "content").unwrap_or_default();
            self.directives = self.directives.and(Directives::from_content(&content));
        }
    }

    fn anchor(&mut self, tag: &impl Start) {
        let Some(href) = attribute(tag, "href") else { return };
        let rel = attribute(tag, "rel").unwrap_or_default();
        if has_word(&rel, "next") && self.next.is_none() {
            self.next = Some(href.clone());
        }
        if self.anchors.len() < MAX_LINKS {
            let nofollow = ["nofollow", "ugc", "sponsored"].iter().any(|word| has_word(&rel, word));
            let label = attribute(tag, "title").or_else(|| attribute(tag, "alt")).unwrap_or_default();
            self.anchors.push(Anchor { href, text: String::new(), label, nofollow });
        }
    }

    fn image(&mut self, tag: &impl Start) {
        if let (true, Some(anchor)) = (self.open, self.anchors.last_mut())
            && anchor.label.is_empty()
        {
            anchor.label = attribute(tag, "alt").unwrap_or_default();
        }
    }

    fn text(&mut self, chunk: &str) {
        if let (true, Some(anchor)) = (self.open, self.anchors.last_mut()) {
            let room = MAX_TEXT.saturating_sub(anchor.text.len());
            anchor.text.extend(chunk.chars().take(room));
        }
    }

    fn resolve(self, address: &Url) -> Links {
        let base = self.base.and_then(|href| address.join(href.trim()).ok());
        let base = base.filter(|url| matches!(url.scheme(), "http" | "https")).unwrap_or_else(|| address.clone());
        let mut seen = HashSet::new();
        let links = self.anchors.into_iter().filter_map(|anchor| {
            let url = join(&base, &anchor.href)?;
            seen.insert(url.clone()).then(|| {
                let text = if anchor.text.trim().is_empty() { &anchor.label } else { &anchor.text };
                Link { url, text: folded(text), nofollow: anchor.nofollow }
            })
        });
        let links = links.collect();
        let mut seen = HashSet::new();
        let feeds = self.feeds.into_iter().filter_map(|(href, title, media_type)| {
            let url = join(&base, &href)?;
            seen.insert(url.clone()).then(|| FeedLink { url, title: folded(&title), media_type })
        });
        Links {
            links,
            canonical: self.canonical.and_then(|href| join(&base, &href)),
            feeds: feeds.collect(),
            next: self.next.and_then(|href| join(&base, &href)),
            directives: self.directives,
        }
    }
}

fn attribute(tag: &impl Start, name: &str) -> Option<String> {
    tag.attribute(name).map(str::to_owned)
}

fn has_word(list: &str, word: &str) -> bool {
    list.split_ascii_whitespace().any(|item| item.eq_ignore_ascii_case(word))
}

/// Resolves an address as written in a page; only http and https are kept.
pub(in crate::discover) fn join(base: &Url, written: &str) -> Option<Url> {
    let url = base.join(written.trim()).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}

/// White space folded to single spaces.
pub(in crate::discover) fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn read(html: &str) -> Links {
        links(html.as_bytes(), &Url::parse("https://a.test/news/index.html").unwrap(), None, "Chaffinch")
    }

    fn addresses(html: &str) -> Vec<String> {
        read(html).links.into_iter().map(|link| link.url.to_string()).collect()
    }

    #[test]
    fn a_link_is_resolved_and_its_text_folded() {
        let link = Link {
            url: Url::parse("https://a.test/x?a=1&b=2").unwrap(),
            text: "One & two".to_owned(),
            nofollow: false,
        };
        assert_eq!(read("<a class=x href='../x?a=1&amp;b=2'> One\n <b>&amp; two</b></a> three").links, [link]);
    }

    #[test]
    fn a_base_holds_for_every_link_even_before_it() {
        let html = "<a href=1>x</a><base href='/b/'><base href='/c/'><a href=2>y</a>";
        assert_eq!(addresses(html), ["https://a.test/b/1", "https://a.test/b/2"]);
    }

    #[test]
    fn only_http_addresses_are_links_and_each_once() {
        let html = "<a href='mailto:x@a.test'>m</a><a href='javascript:x'>j</a><a href=/1>1</a><a href=/1>1</a><a href='http://'>e</a>";
        assert_eq!(addresses(html), ["https://a.test/1"]);
    }

    #[test]
    fn what_is_inside_a_script_or_a_comment_is_no_link() {
        let html = "<script>'<a href=/1>'</script><!-- <a href=/2> --><style><a href=/3></style><noscript><a href=/4></noscript>";
        assert_eq!(addresses(html), ["https://a.test/4"]);
    }

    #[test]
    fn a_link_without_text_is_called_as_its_image() {
        assert_eq!(
            read("<a href=/1><img alt='A bird'></a><a href=/2 title=Next></a>")
                .links
                .iter()
                .map(|l| l.text.as_str())
                .collect::<Vec<_>>(),
            ["A bird", "Next"]
        );
    }

    #[test]
    fn nofollow_is_told_by_the_link_and_by_the_page() {
        let page = read(
            "<meta name=ROBOTS content='noarchive'><meta name=chaffinch content=nofollow><a rel='x UGC' href=/1>x</a>",
        );
        assert!(page.links[0].nofollow);
        assert_eq!(page.directives, Directives { noindex: false, nofollow: true, noarchive: true });
    }

    #[test]
    fn canonical_feeds_and_the_next_page_are_found() {
        let page = read(
            "<link rel=canonical href=/c><link rel=next href=?page=2>\
             <link rel='alternate' type='application/rss+xml; charset=utf-8' title='All news' href=/feed>\
             <link rel=alternate hreflang=de href=/de>",
        );
        assert_eq!(page.canonical.unwrap().path(), "/c");
        assert_eq!(page.next.unwrap().as_str(), "https://a.test/news/index.html?page=2");
        let feeds: Vec<_> =
            page.feeds.iter().map(|f| (f.url.path(), f.title.as_str(), f.media_type.as_str())).collect();
        assert_eq!(feeds, [("/feed", "All news", "application/rss+xml")]);
    }

    #[test]
    fn a_legacy_charset_is_read() {
        let html = b"<meta charset=windows-1252><a href='/1'>caf\xE9</a>";
        let page = links(html, &Url::parse("https://a.test/").unwrap(), None, "");
        assert_eq!(page.links[0].text, "café");
    }

    #[test]
    fn a_tree_says_what_its_bytes_say() {
        let html = "<!doctype html><html><head><title>One</title><base href='/b/'><link rel=canonical href=/c>\
                    <link rel=alternate type=application/atom+xml title=News href=/feed><meta name=robots content=noarchive>\
                    </head><body><p>See <a href=1 rel=nofollow>the <b>first</b> page</a> and <a href=/2><img alt='A bird' src=x></a>\
                    <script>'<a href=/3>'</script><noscript><a href=/4>four</a></noscript><map><area href=/5 alt=Five></map>\
                    <a rel=next href='?page=2'>on</a></p></body></html>";
        let address = Url::parse("https://a.test/news/index.html").unwrap();
        let see = |tree: &Html| links_of(tree, &address, "Chaffinch");
        let (.., seen) = chaffinch_extract::extract_seen(
            html.as_bytes(),
            &chaffinch_extract::Context::default(),
            &chaffinch_extract::Options::default(),
            see,
        )
        .unwrap();
        assert_eq!(seen, read(html));
        assert_eq!(seen.links.len(), 5);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            links(&bytes, &Url::parse("https://a.test/").unwrap(), None, "x");
        }

        #[test]
        fn any_soup_is_read(html in "(<a href=|<base href=|<meta charset=|</script>|<script>|<img |<title>|[a-z/\"'<> &;]){0,60}") {
            links(html.as_bytes(), &Url::parse("https://a.test/").unwrap(), None, "x");
        }
    }
}
