//! The title of the article. Headings, meta elements, structured data and the document's title each propose one; the site's
//! name is taken off; the proposal with most support wins. It knows no content.

use std::cmp::Ordering;

use url::Url;

use crate::metadata::evidence::{Evidence, Mark, line_of};
use crate::metadata::hints::Hints;
use crate::metadata::jsonld::Linked;
use crate::metadata::site::is_site;
use crate::metadata::text::{key, plain};

/// A longer title is a paragraph.
const TITLE_BYTES_MAX: usize = 500;
/// No more headings than this are considered.
const HEADINGS_MAX: usize = 12;

/// How much each source is worth when sources disagree.
mod weight {
    pub(super) const ONLY_H1: f32 = 1.1;
    pub(super) const FIRST_H1: f32 = 0.9;
    pub(super) const LATER_H1: f32 = 0.4;
    pub(super) const H2: f32 = 0.1;
    pub(super) const OPEN_GRAPH: f32 = 1.0;
    pub(super) const TWITTER: f32 = 0.3;
    pub(super) const STRUCTURED: f32 = 0.6;
    pub(super) const CITATION: f32 = 2.0;
    pub(super) const DOCUMENT: f32 = 1.3;
    pub(super) const DOCUMENT_PIECE: f32 = 0.2;
    pub(super) const MARKED: f32 = 0.3;
}

/// A proposed title.
struct Proposal {
    text: String,
    key: String,
    weight: f32,
}

#[derive(Default)]
struct Proposals(Vec<Proposal>);

impl Proposals {
    fn add(&mut self, text: &str, weight: f32) {
        let text = text.trim();
        let key = key(text);
        if key.is_empty() || text.len() > TITLE_BYTES_MAX {
            return;
        }
        match self.0.iter_mut().find(|known| known.key == key) {
            Some(known) => known.weight += weight,
            None => self.0.push(Proposal { text: text.to_owned(), key, weight }),
        }
    }

    /// The proposal with most support; the earlier one among equals.
    fn best(self) -> Option<String> {
        let order = |a: &Proposal, b: &Proposal| b.weight.partial_cmp(&a.weight).unwrap_or(Ordering::Equal);
        let mut sorted = self.0;
        sorted.sort_by(order);
        sorted.into_iter().next().map(|best| best.text)
    }
}

/// The title of the article.
pub(crate) fn title(evidence: &Evidence<'_>, linked: &Linked, site: Option<&str>, url: Option<&Url>) -> Option<String> {
    let mut proposals = Proposals::default();
    let own = |text: &str| without_site(&plain(text), site, url);
    for (names, weight) in [
        (["og:title", ""], weight::OPEN_GRAPH),
        (["citation_title", "parsely-title"], weight::CITATION),
        (["dc.title", "dcterms.title"], weight::STRUCTURED),
        (["sailthru.title", "title"], weight::TWITTER),
        (["twitter:title", ""], weight::TWITTER),
    ] {
        if let Some(content) = evidence.meta(&names) {
            proposals.add(&own(content), weight);
        }
    }
    if let Some(headline) = linked.headline.as_ref().or(linked.name.as_ref()) {
        proposals.add(&own(headline), weight::STRUCTURED);
    }
    for property in
        evidence.properties.iter().filter(|p| matches!(p.name, "headline") && !p.mark.area.any(Hints::ASIDE)).take(1)
    {
        proposals.add(&own(&line_of(property.mark.node, TITLE_BYTES_MAX)), weight::STRUCTURED);
    }
    if let Some(node) = evidence.document_title {
        let whole = plain(&line_of(node, 2 * TITLE_BYTES_MAX));
        proposals.add(&without_site(&whole, site, url), weight::DOCUMENT);
        for piece in pieces(&whole).into_iter().filter(|piece| !is_site(piece, site, url)) {
            proposals.add(piece, weight::DOCUMENT_PIECE);
        }
    }
    add_headings(&mut proposals, evidence, site, url);
    proposals.best().or_else(|| {
        evidence.document_title.map(|node| plain(&line_of(node, TITLE_BYTES_MAX))).filter(|t| !t.is_empty())
    })
}

fn add_headings(proposals: &mut Proposals, evidence: &Evidence<'_>, site: Option<&str>, url: Option<&Url>) {
    let texts: Vec<(&str, &Mark<'_>, String)> = evidence
        .headings
        .iter()
        .filter(|mark| !mark.area.any(Hints::ASIDE))
        .take(HEADINGS_MAX)
        .map(|mark| (tag_of(mark), mark, line_of(mark.node, TITLE_BYTES_MAX)))
        .filter(|(_, _, text)| !text.is_empty() && !is_site(text, site, url))
        .collect();
    let count = texts.iter().filter(|(tag, ..)| *tag == "h1").count();
    let mut seen = 0;
    for (tag, mark, text) in &texts {
        let base = match (*tag, seen) {
            ("h1", 0) if count == 1 => weight::ONLY_H1,
            ("h1", 0) => weight::FIRST_H1,
            ("h1", _) => weight::LATER_H1,
            _ => weight::H2,
        };
        seen += usize::from(*tag == "h1");
        let marked = if mark.own.any(Hints::TITLE) { weight::MARKED } else { 0.0 };
        proposals.add(text, if *tag == "h1" { base + marked } else { base });
    }
}

fn tag_of<'t>(mark: &Mark<'t>) -> &'t str {
    mark.node.value().as_element().map_or("", scraper::node::Element::name)
}

/// Cuts the site's name off either end.
fn without_site(title: &str, site: Option<&str>, url: Option<&Url>) -> String {
    let mut parts = pieces(title);
    while parts.len() > 1 && parts.last().is_some_and(|last| is_site(last, site, url)) {
        parts.pop();
    }
    while parts.len() > 1 && parts.first().is_some_and(|first| is_site(first, site, url)) {
        parts.remove(0);
    }
    parts.first().map_or(String::new(), |first| (*first).to_owned())
}

/// The pieces of a title between its separators.
fn pieces(title: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut before = ' ';
    for (at, c) in title.char_indices() {
        let after = title[at + c.len_utf8()..].chars().next().unwrap_or(' ');
        let spaced = before.is_whitespace() && after.is_whitespace();
        let parts = match c {
            '|' | '｜' | '»' | '«' => true,
            '-' | '–' | '—' | '·' | '•' | ':' | '/' | '~' | '∙' | '⋆' => spaced,
            _ => false,
        };
        if parts {
            found.push(title[start..at].trim());
            start = at + c.len_utf8();
        }
        before = c;
    }
    found.push(title[start..].trim());
    found.retain(|piece| !piece.is_empty());
    found
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use scraper::Html;

    fn of(html: &str) -> Option<String> {
        let tree = Html::parse_document(html);
        let url = Url::parse("https://www.dailyfinch.example/a").unwrap();
        title(&Evidence::gather(&tree), &Linked::default(), Some("The Daily Finch"), Some(&url))
    }

    #[test]
    fn the_name_of_the_site_is_cut_off_either_end() {
        assert_eq!(of("<title>Rain again - The Daily Finch</title>").as_deref(), Some("Rain again"));
        assert_eq!(of("<title>The Daily Finch: Rain</title>").as_deref(), Some("The Daily Finch: Rain"));
        assert_eq!(of("<title>DailyFinch | Rain again</title>").as_deref(), Some("Rain again"));
    }

    #[test]
    fn a_heading_that_is_the_name_of_the_site_is_no_title() {
        assert_eq!(of("<title>Rain</title><h1>The Daily Finch</h1><h1>Rain</h1>").as_deref(), Some("Rain"));
    }

    #[test]
    fn agreement_wins() {
        let html = "<meta property=og:title content='Rain, again'><title>Rain - Weather</title><h1>Rain again</h1>";
        assert_eq!(of(html).as_deref(), Some("Rain, again"));
    }

    #[test]
    fn an_empty_page_has_no_title() {
        assert_eq!(of(""), None);
    }
}
