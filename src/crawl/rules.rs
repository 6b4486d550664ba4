//! PURE: which options an extraction runs under: what was asked for, and the `[[site]]` rules whose pattern a URL matches.

use chaffinch_extract::options::{Options, SiteRules};
use url::Url;

use crate::frontier::scope::Pattern;

/// The rules of one `[[site]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// A host, a registrable domain, or a pattern with `*` over the URL.
    pub matches: String,
    /// The selectors.
    pub rules: SiteRules,
}

/// What was asked for, and the rules of every site.
#[derive(Debug, Clone, Default)]
pub struct Rulebook {
    /// The options without rules.
    pub base: Options,
    /// The rules; the first that matches wins.
    pub sites: Vec<Rule>,
}

impl Rulebook {
    /// The options for one page.
    pub fn options(&self, url: Option<&Url>) -> Options {
        let mut options = self.base.clone();
        if let Some(url) = url
            && let Some(rule) = self.sites.iter().find(|rule| rule.applies(url))
        {
            options.rules = rule.rules.clone();
        }
        options
    }
}

impl Rule {
    fn applies(&self, url: &Url) -> bool {
        if self.matches.contains('*') || self.matches.contains('/') {
            return Pattern::new(&self.matches).is_ok_and(|pattern| pattern.matches(url));
        }
        let host = url.host_str().unwrap_or("");
        host == self.matches
            || crate::url::host(url) == self.matches
            || host.strip_suffix(self.matches.as_str()).is_some_and(|rest| rest.ends_with('.'))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_rule_holds_for_its_host_its_domain_or_its_pattern() {
        let applies = |matches: &str, url: &str| {
            Rule { matches: matches.into(), rules: SiteRules::default() }.applies(&Url::parse(url).unwrap())
        };
        assert!(applies("gazette.example", "https://www.gazette.example/a"));
        assert!(!applies("gazette.example", "https://notgazette.example/a"));
        assert!(applies("127.0.0.1:8080", "http://127.0.0.1:8080/a"));
        assert!(applies("https://gazette.example/sport/*", "https://gazette.example/sport/1"));
        assert!(!applies("https://gazette.example/sport/*", "https://gazette.example/news/1"));
    }
}
