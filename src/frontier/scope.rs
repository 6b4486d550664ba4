//! Which URLs belong to a source: how far from its root, how many links deep, and the patterns of its configuration. Pure;
//! the answer to a URL that does not belong says why.
//!
//! A pattern is written as in robots.txt: `*` is any text, `$` at the end is the end. One that begins with `http://` or
//! `https://` is held against the whole URL, one that begins with `/` against path and query, and any other is looked for
//! anywhere in the URL. Upper and lower case count. One that begins with `regex:` is a regular expression, looked for anywhere in
//! the URL.

use std::collections::HashSet;

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::frontier::robots::matches;
use crate::url::{host, site};

/// How far from the source's own URL its pages may lie.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Within {
    /// Anywhere: what a feed or a list names, it means.
    #[default]
    Anywhere,
    /// The same registrable domain.
    Site,
    /// The same host and port.
    Host,
    /// The same host, below the folder of the source's URL.
    Prefix,
}

/// The scope of one source.
#[derive(Debug, Clone, PartialEq)]
pub struct Scope {
    roots: Vec<Url>,
    within: Within,
    /// The sites or hosts of the roots, as `within` has it.
    places: HashSet<String>,
    include: Vec<Pattern>,
    exclude: Vec<Pattern>,
    depth: u32,
}

/// Why a URL is out of scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutOfScope {
    /// More links away from the source than it is followed.
    #[error("{depth} links deep, the source is followed {allowed} deep")]
    TooDeep {
        /// Links between the source and the URL.
        depth: u32,
        /// What the source allows.
        allowed: u32,
    },
    /// Not within the source's site, host or folder.
    #[error("not {within} {root}")]
    Elsewhere {
        /// `on the site of`, `on the host of`, `below`.
        within: &'static str,
        /// The source's first URL.
        root: String,
    },
    /// There are `include` patterns, and none matches.
    #[error("matches no `include` pattern")]
    NotIncluded,
    /// An `exclude` pattern matches.
    #[error("excluded by `{pattern}`")]
    Excluded {
        /// The pattern.
        pattern: String,
    },
}

impl Scope {
    /// The scope of a source at `roots`: URLs `within` any of them that match one of `include` (or all, where it is empty) and
    /// none of `exclude`, at most `depth` followed links away.
    ///
    /// # Errors
    /// For a regular expression that is none.
    pub fn new(
        roots: Vec<Url>,
        within: Within,
        include: &[String],
        exclude: &[String],
        depth: u32,
    ) -> Result<Self, regex::Error> {
        let patterns = |texts: &[String]| texts.iter().map(|text| Pattern::new(text)).collect::<Result<_, _>>();
        let place = |root: &Url| if within == Within::Site { site(root) } else { host(root) };
        let places = if within == Within::Anywhere { HashSet::new() } else { roots.iter().map(place).collect() };
        Ok(Self { roots, within, places, include: patterns(include)?, exclude: patterns(exclude)?, depth })
    }

    /// How many links deep the source is followed.
    pub fn depth(&self) -> u32 {
        self.depth
    }

    /// Whether a URL found at `depth` belongs to the source.
    pub fn admit(&self, url: &Url, depth: u32) -> Result<(), OutOfScope> {
        if depth > self.depth {
            return Err(OutOfScope::TooDeep { depth, allowed: self.depth });
        }
        let (inside, within) = match self.within {
            Within::Anywhere => (true, ""),
            Within::Site => (self.places.contains(&site(url)), "on the site of"),
            Within::Host => (self.places.contains(&host(url)), "on the host of"),
            Within::Prefix => (self.places.contains(&host(url)) && self.is_below(url), "below"),
        };
        if !inside {
            let root = self.roots.first().map_or(String::new(), Url::to_string);
            return Err(OutOfScope::Elsewhere { within, root });
        }
        if let Some(pattern) = self.exclude.iter().find(|pattern| pattern.matches(url)) {
            return Err(OutOfScope::Excluded { pattern: pattern.text.clone() });
        }
        if !self.include.is_empty() && !self.include.iter().any(|pattern| pattern.matches(url)) {
            return Err(OutOfScope::NotIncluded);
        }
        Ok(())
    }
}

impl Scope {
    /// Whether a URL lies below the folder of a root on its host.
    fn is_below(&self, url: &Url) -> bool {
        self.roots.iter().any(|root| host(url) == host(root) && url.path().starts_with(folder(root)))
    }
}

/// The path up to its last slash.
fn folder(url: &Url) -> &str {
    let path = url.path();
    path.rfind('/').map_or("/", |at| &path[..=at])
}

/// One pattern of `include` or `exclude`.
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    against: Against,
}

/// The text says all of it.
impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

#[derive(Debug, Clone)]
enum Against {
    Url,
    Path,
    Anywhere,
    Regex(Regex),
}

/// What a regular expression begins with.
const REGEX: &str = "regex:";
/// The most a regular expression may take once compiled, in bytes.
const REGEX_BYTES_MAX: usize = 1 << 20;

impl Pattern {
    /// Every text is a pattern, but for regular expressions that are none.
    ///
    /// # Errors
    /// For those.
    pub fn new(text: &str) -> Result<Self, regex::Error> {
        let against = if let Some(expression) = text.strip_prefix(REGEX) {
            Against::Regex(RegexBuilder::new(expression).size_limit(REGEX_BYTES_MAX).build()?)
        } else if text.starts_with("http://") || text.starts_with("https://") {
            Against::Url
        } else if text.starts_with('/') {
            Against::Path
        } else {
            Against::Anywhere
        };
        Ok(Self { text: text.to_owned(), against })
    }

    /// Whether it matches.
    pub fn matches(&self, url: &Url) -> bool {
        match &self.against {
            Against::Url => matches(&self.text, url.as_str()),
            Against::Path => matches(&self.text, &url[url::Position::BeforePath..url::Position::AfterQuery]),
            Against::Anywhere => matches(&format!("*{}", self.text), url.as_str()),
            Against::Regex(expression) => expression.is_match(url.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn scope(within: Within, include: &[&str], exclude: &[&str]) -> Scope {
        let own = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
        Scope::new(vec![url("https://news.example.org/politics/index.html")], within, &own(include), &own(exclude), 2)
            .unwrap()
    }

    #[test]
    fn a_site_is_wider_than_a_host_and_a_host_than_a_folder() {
        let places = ["https://example.org/a", "https://news.example.org/a", "https://news.example.org/politics/a"];
        let inside = |within| places.map(|place| scope(within, &[], &[]).admit(&url(place), 0).is_ok());
        assert_eq!(inside(Within::Site), [true, true, true]);
        assert_eq!(inside(Within::Host), [false, true, true]);
        assert_eq!(inside(Within::Prefix), [false, false, true]);
        assert!(scope(Within::Anywhere, &[], &[]).admit(&url("https://elsewhere.test/"), 0).is_ok());
    }

    #[test]
    fn what_is_too_deep_is_told_so() {
        let refused = scope(Within::Anywhere, &[], &[]).admit(&url("https://a.test/"), 3).unwrap_err();
        assert_eq!(refused.to_string(), "3 links deep, the source is followed 2 deep");
    }

    #[test]
    fn exclude_wins_over_include() {
        let scope = scope(Within::Anywhere, &["/politics/*"], &["/politics/live"]);
        assert_eq!(scope.admit(&url("https://a.test/politics/vote"), 0), Ok(()));
        assert_eq!(scope.admit(&url("https://a.test/sport/"), 0), Err(OutOfScope::NotIncluded));
        let refused = scope.admit(&url("https://a.test/politics/live-blog"), 0).unwrap_err();
        assert_eq!(refused.to_string(), "excluded by `/politics/live`");
    }

    #[test]
    fn a_pattern_is_held_against_url_path_or_anything() {
        let matches = |pattern: &str, text: &str| Pattern::new(pattern).unwrap().matches(&url(text));
        assert!(matches("https://a.test/x", "https://a.test/xyz"));
        assert!(!matches("https://a.test/x", "https://b.test/?to=https://a.test/x"));
        assert!(matches("/x*.html$", "https://a.test/x/y.html"));
        assert!(!matches("/x*.html$", "https://a.test/x/y.html?z"));
        assert!(matches("replytocom=", "https://a.test/x?replytocom=7"));
        assert!(matches(r"regex:/20\d\d/[a-z-]+$", "https://a.test/2026/mill-bridge"));
        assert!(!matches(r"regex:/20\d\d/[a-z-]+$", "https://a.test/2026/"));
        assert!(Pattern::new("regex:(").is_err());
    }
}
