//! PURE: what the documents of a source name. A feed, a sitemap, a listing or a page comes in as bytes; candidates for the
//! frontier go out, each within the source's scope and no trap. It fetches nothing.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::crawl::filing::Filing;
use crate::crawl::keep::asked;
use crate::crawl::robots::AGENT;
use crate::discover::feed::feed;
use crate::discover::links::{Links, links};
use crate::discover::sitemap::{Limits, sitemap};
use crate::frontier::budget::Allowance;
use crate::frontier::hours::Hours;
use crate::frontier::item::{Candidate, Item, Kind};
use crate::frontier::scope::Scope;
use crate::frontier::trap::{self, Trap};
use crate::page::Page;

/// Sitemaps name sitemaps, but not without end.
const SITEMAP_DEPTH_MAX: u32 = 4;

/// What the address of a source leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceKind {
    /// RSS, Atom or JSON Feed.
    Feed,
    /// A sitemap or an index of sitemaps.
    Sitemap,
    /// A page that lists articles.
    Listing,
    /// A list of URLs: the addresses themselves are the articles.
    Urls,
    /// A whole site: its sitemaps, its feeds and the links within it.
    Site,
}

impl SourceKind {
    /// The word the configuration has for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Feed => "feed",
            Self::Sitemap => "sitemap",
            Self::Listing => "listing",
            Self::Urls => "urls",
            Self::Site => "site",
        }
    }
}

/// One source, ready to be worked through.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Its name.
    pub name: String,
    /// What its addresses lead to.
    pub kind: SourceKind,
    /// Its addresses.
    pub roots: Vec<Url>,
    /// What belongs to it.
    pub scope: Arc<Scope>,
    /// How its pages are filed.
    pub filing: Filing,
    /// A longer delay than usual.
    pub delay: Option<Duration>,
    /// No page of it is visited again earlier; `None`: as the run has it.
    pub revisit_min: Option<Duration>,
    /// Every page of it is visited again by then; `None`: as the run has it.
    pub revisit_max: Option<Duration>,
    /// What may be fetched of it.
    pub allowance: Allowance,
    /// When it is left alone.
    pub quiet: Option<Hours>,
    /// When it is due.
    pub schedule: Option<Arc<croner::Cron>>,
}

/// What a document of a source named.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// What may be visited.
    pub candidates: Vec<Candidate>,
    /// The URLs that were left out as traps, each with why.
    pub trapped: Vec<(Url, Trap)>,
    /// Why the document could not be read, where it could not.
    pub problem: Option<String>,
}

impl Plan {
    /// What a run of this source begins with.
    pub fn documents(&self) -> Vec<Candidate> {
        let mut candidates = Vec::new();
        for url in &self.roots {
            let document = |url: Url, kind| Candidate::document(url, self.name.clone(), kind);
            match self.kind {
                SourceKind::Feed => candidates.push(document(url.clone(), Kind::Feed)),
                SourceKind::Sitemap => candidates.push(document(url.clone(), Kind::Sitemap)),
                SourceKind::Listing => candidates.push(document(url.clone(), Kind::Listing)),
                SourceKind::Urls => candidates.push(Candidate::page(url.clone(), self.name.clone())),
                SourceKind::Site => {
                    candidates.push(document(url.clone(), Kind::Listing));
                    candidates.extend(url.join("/sitemap.xml").map(|url| document(url, Kind::Sitemap)));
                }
            }
        }
        candidates
    }

    /// The address under which a page says that it stands in truth (`rel=canonical`): on the same site, part of the source, no trap,
    /// and shorter, so that no page leads to another for ever.
    pub fn canonical(&self, page: &Url, named: &Url, now: Timestamp) -> Option<Url> {
        let named = crate::url::canonical(named);
        let named = trap::without_session(&named).unwrap_or(named);
        // An article does not stand at the front door; a page that says so of itself was put together carelessly.
        let stands = named.as_str().len() < page.as_str().len()
            && crate::url::site(&named) == crate::url::site(page)
            && named.path() != "/"
            && self.scope.admit(&named, 0).is_ok()
            && trap::judge(&named, &trap::Limits::default(), now).is_ok();
        stands.then_some(named)
    }

    /// Where else a site's sitemap may be, when the usual place has none: as the two most used programs have it. They are asked
    /// for once, and again when what is gone is.
    pub fn other_sitemaps(&self, missing: &Url) -> Vec<Candidate> {
        if missing.path() != "/sitemap.xml" {
            return Vec::new();
        }
        let places = ["/sitemap_index.xml", "/wp-sitemap.xml"].iter().filter_map(|place| missing.join(place).ok());
        let document = |url| Candidate { again: false, ..Candidate::document(url, self.name.clone(), Kind::Sitemap) };
        places.map(document).collect()
    }

    /// Whether the links of a page at a depth are followed.
    pub fn leads_on(&self, depth: u32) -> bool {
        matches!(self.kind, SourceKind::Listing | SourceKind::Site) && depth < self.scope.depth()
    }

    /// What a document of the source names.
    pub fn read(&self, item: &Item, page: &Page, now: Timestamp) -> Found {
        match item.kind {
            Kind::Feed => self.read_feed(item, page, now),
            Kind::Sitemap => self.read_sitemap(item, page, now),
            Kind::Listing | Kind::Page if !self.leads_on(item.depth) => Found::default(),
            Kind::Listing | Kind::Page => {
                let mut found = links(&page.body, &page.url, page.headers.get("content-type"), AGENT);
                found.directives = found.directives.and(asked(page));
                self.read_links(item, &found, now)
            }
        }
    }

    fn read_feed(&self, item: &Item, page: &Page, now: Timestamp) -> Found {
        let feed = feed(&page.body, &page.url);
        if feed.entries.is_empty() && page.is_html() {
            return self.announced(page);
        }
        let pages = feed.entries.into_iter().map(|entry| Candidate {
            depth: item.depth,
            priority: 10,
            modified: entry.updated,
            ..Candidate::page(entry.url, self.name.clone())
        });
        Found { problem: told(page, feed.damage), ..self.sift(pages.collect(), now) }
    }

    /// A page in the place of a feed: the feed that it announces.
    fn announced(&self, page: &Page) -> Found {
        let announced = links(&page.body, &page.url, page.headers.get("content-type"), AGENT).feeds;
        let candidates: Vec<Candidate> = announced
            .into_iter()
            .filter(|feed| feed.url != page.url)
            .take(1)
            .map(|feed| Candidate::document(feed.url, self.name.clone(), Kind::Feed))
            .collect();
        let none = || format!("{}: a page, and no feed; it announces none either", page.url);
        Found { problem: candidates.is_empty().then(none), candidates, ..Found::default() }
    }

    fn read_sitemap(&self, item: &Item, page: &Page, now: Timestamp) -> Found {
        let map = sitemap(&page.body, &page.url, &Limits::default());
        let mut pages = Vec::new();
        for entry in map.pages {
            let page = |url: Url| Candidate {
                // A news sitemap says when a story came out, and has it only while it is news.
                modified: entry.modified.or(entry.published),
                priority: i32::from(entry.published.is_some()) * 5,
                ..Candidate::page(url, self.name.clone())
            };
            pages.extend(entry.alternates.into_iter().map(page));
            pages.push(page(entry.url));
        }
        let mut found = self.sift(pages, now);
        found.problem = told(page, map.damage);
        if item.depth < SITEMAP_DEPTH_MAX {
            found.candidates.extend(map.children.into_iter().map(|child| Candidate {
                depth: item.depth + 1,
                modified: child.modified,
                // One that says when it was changed is read again when it was, and not before.
                again: child.modified.is_none(),
                ..Candidate::document(child.url, self.name.clone(), Kind::Sitemap)
            }));
        } else if !map.children.is_empty() {
            found.problem =
                Some(format!("{}: sitemaps nested more than {SITEMAP_DEPTH_MAX} deep are not followed", page.url));
        }
        found
    }

    /// What a page links to; nothing where it is as deep as the source is followed, or asks robots not to follow.
    pub fn read_links(&self, item: &Item, links: &Links, now: Timestamp) -> Found {
        let depth = item.depth + 1;
        if !self.leads_on(item.depth) || links.directives.nofollow {
            return Found::default();
        }
        let candidates = links
            .links
            .iter()
            .filter(|link| !link.nofollow)
            .map(|link| Candidate { depth, ..Candidate::page(link.url.clone(), self.name.clone()) })
            .collect();
        let mut found = self.sift(candidates, now);
        if self.kind == SourceKind::Site && item.depth == 0 {
            let feeds =
                links.feeds.iter().map(|feed| Candidate::document(feed.url.clone(), self.name.clone(), Kind::Feed));
            found.candidates.extend(feeds);
        }
        found
    }

    /// Leaves out what is out of scope, and traps.
    fn sift(&self, mut candidates: Vec<Candidate>, now: Timestamp) -> Found {
        let mut trapped = Vec::new();
        for candidate in candidates.iter_mut().filter(|candidate| candidate.depth > 0) {
            if let Some(bare) = trap::without_session(&candidate.url) {
                candidate.url = bare;
            }
        }
        candidates.retain(|candidate| {
            if !matches!(candidate.url.scheme(), "http" | "https")
                || self.scope.admit(&candidate.url, candidate.depth).is_err()
            {
                return false;
            }
            // What a source names itself, it means.
            let judged = || trap::judge(&candidate.url, &trap::Limits::default(), now);
            match if candidate.depth == 0 { Ok(()) } else { judged() } {
                Ok(()) => true,
                Err(trap) => {
                    trapped.push((candidate.url.clone(), trap));
                    false
                }
            }
        });
        Found { candidates, trapped, problem: None }
    }
}

/// What is wrong with a document, with its address.
fn told(page: &Page, damage: Option<String>) -> Option<String> {
    damage.map(|damage| format!("{}: {damage}", page.url))
}
