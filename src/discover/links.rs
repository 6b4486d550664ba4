//! What an HTML page points to: links, its canonical address, feeds, the next page of a listing, and what it asks of crawlers.
//! Pure; reads any bytes as far as they go, never builds a tree, and leaves images to the extractor.

use url::Url;

use crate::discover::directives::Directives;

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
