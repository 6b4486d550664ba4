//! The home page: what is kept, narrowed as one likes, beside totals, sources and the crawl that goes on.

use askama::Template;

use crate::replay::views::rows::{Day, Row, bytes, thousands};
use crate::replay::views::watch::{Crawl, SourceLine};
use crate::store::capture::Facets;
use crate::store::report::Status;

/// What a list is narrowed to, as it was asked for.
#[derive(Debug, Clone, Default)]
pub struct Narrowing {
    /// A registrable domain.
    pub site: String,
    /// A source of the configuration.
    pub source: String,
    /// A language.
    pub lang: String,
    /// A part of an author's name.
    pub author: String,
    /// A tag.
    pub tag: String,
    /// The first day, `2026-03-01`.
    pub since: String,
    /// The last day.
    pub until: String,
    /// Only edited articles.
    pub edited: bool,
}

impl Narrowing {
    /// What is narrowed, and to what, for people.
    pub fn parts(&self) -> Vec<(&'static str, &str)> {
        let named = [
            ("Site", &self.site),
            ("Source", &self.source),
            ("Language", &self.lang),
            ("Author", &self.author),
            ("Tag", &self.tag),
            ("From", &self.since),
            ("To", &self.until),
        ];
        let mut parts: Vec<_> = named.into_iter().map(|(name, value)| (name, value.as_str())).collect();
        parts.push(("Only", if self.edited { "edited" } else { "" }));
        parts.retain(|(_, value)| !value.is_empty());
        parts
    }
}

/// A list of captures, or what a search found.
#[derive(Debug, Template)]
#[template(path = "listing.html")]
pub struct Listing {
    /// What is searched for; empty for the list.
    pub query: String,
    /// What it is narrowed to.
    pub narrowing: Narrowing,
    /// The list.
    pub days: Vec<Day>,
    /// What a search found, best first.
    pub hits: Vec<Row>,
    /// Where the older ones are, where there are more.
    pub older: Option<String>,
    /// Whether this is a later page of the list.
    pub is_later: bool,
}

impl Listing {
    /// What stands here, as a heading.
    pub fn heading(&self) -> String {
        if !self.query.is_empty() {
            return format!("Found for “{}”", self.query);
        }
        match (self.narrowing.parts().as_slice(), self.narrowing.edited) {
            ([], _) => "Newest captures".to_owned(),
            ([_], true) => "Edited articles".to_owned(),
            ([(_, value)], false) => (*value).to_owned(),
            _ => "What fits".to_owned(),
        }
    }

    /// Whether anything is asked for.
    pub fn is_narrowed(&self) -> bool {
        !self.query.is_empty() || !self.narrowing.parts().is_empty()
    }
}

/// Totals and savings, in words.
#[derive(Debug)]
pub struct Totals {
    /// What is counted, and how many: `Pages`, `1,204`.
    pub lines: Vec<(&'static str, String)>,
    /// Bytes of everything that was ever sent, and bytes on disk.
    pub shown: String,
    /// Bytes on disk.
    pub kept: String,
    /// `12.3` times smaller; nothing while there is too little to say so.
    pub times: String,
}

impl Totals {
    /// The totals of an archive.
    pub fn of(status: &Status) -> Self {
        let kept = status.journal_bytes + status.segment_bytes;
        let times = if kept > 0 && status.payload_bytes > kept {
            format!("{:.1}", status.payload_bytes as f64 / kept as f64)
        } else {
            String::new()
        };
        Self {
            lines: vec![
                ("Captures", thousands(status.captures)),
                ("Pages", thousands(status.pages)),
                ("Articles", thousands(status.articles)),
                ("Edits", thousands(status.edited)),
                ("Sites", thousands(status.sites)),
            ],
            shown: bytes(status.payload_bytes),
            kept: bytes(kept),
            times,
        }
    }
}

/// `/`: the newest captures, or what a search found.
#[derive(Debug, Template)]
#[template(path = "home.html")]
pub struct Home {
    /// The list.
    pub listing: Listing,
    /// What it can be narrowed by.
    pub facets: Facets,
    /// Totals; `None` while they are counted for the first time.
    pub totals: Option<Totals>,
    /// How the sources fare.
    pub sources: Vec<SourceLine>,
    /// The crawl that goes on.
    pub crawl: Option<Crawl>,
}
