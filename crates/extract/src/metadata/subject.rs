//! What the article is about, in the publisher's words: description, section, tags.

use crate::metadata::evidence::{Evidence, line_of};
use crate::metadata::hints::Hints;
use crate::metadata::jsonld::Linked;
use crate::metadata::text::{key, plain};

/// More tags than this are a list of search terms.
const TAGS_MAX: usize = 50;
/// A longer tag is a sentence.
const TAG_BYTES_MAX: usize = 80;

/// The publisher's summary.
pub(crate) fn description(evidence: &Evidence<'_>, linked: &Linked) -> Option<String> {
    const KEYS: [&str; 8] = [
        "og:description",
        "description",
        "twitter:description",
        "dc.description",
        "dcterms.abstract",
        "dcterms.description",
        "sailthru.description",
        "excerpt",
    ];
    let metas = KEYS.iter().flat_map(|name| evidence.metas_of(name)).map(plain).find(|found| !found.is_empty());
    metas.or_else(|| linked.description.clone())
}

/// The section the article stands in.
pub(crate) fn section(evidence: &Evidence<'_>, linked: &Linked) -> Option<String> {
    const KEYS: [&str; 5] = ["article:section", "parsely-section", "section", "category", "dc.subject.section"];
    let metas = evidence.meta(&KEYS).map(plain);
    // A path is no name.
    let is_name = |found: &String| !found.is_empty() && found.len() <= TAG_BYTES_MAX * 2 && !found.starts_with('/');
    linked.sections.first().cloned().filter(is_name).or(metas.filter(is_name))
}

/// Tags and keywords, each once, without those that only repeat what the page or the site is called.
pub(crate) fn tags(evidence: &Evidence<'_>, linked: &Linked, names: &[&str]) -> Vec<String> {
    let mut tags = Tags { named: names.iter().map(|name| key(name)).collect(), ..Tags::default() };
    linked.keywords.iter().for_each(|word| tags.add(word));
    for name in ["article:tag", "og:article:tag", "book:tag", "video:tag"] {
        evidence.metas_of(name).for_each(|content| tags.add_all(content));
    }
    let section = section(evidence, linked).map(|name| key(&name));
    for link in &evidence.links {
        let says = |word: &str| link.rel.split_ascii_whitespace().any(|rel| rel.eq_ignore_ascii_case(word));
        if says("tag") && !says("category") && !link.mark.area.any(Hints::ASIDE) {
            let name = line_of(link.mark.node, 200);
            // Themes mark the link to the section as they mark tags.
            if section.as_ref() != Some(&key(&name)) {
                tags.add(&name);
            }
        }
    }
    for name in ["keywords", "news_keywords", "parsely-tags", "sailthru.tags", "dc.subject", "citation_keywords"] {
        evidence.metas_of(name).for_each(|content| tags.add_all(content));
    }
    tags.found
}

#[derive(Default)]
struct Tags {
    found: Vec<String>,
    keys: Vec<String>,
    /// What is no tag.
    named: Vec<String>,
}

impl Tags {
    fn add_all(&mut self, list: &str) {
        list.split([',', ';', '，', '、']).for_each(|tag| self.add(tag));
    }

    fn add(&mut self, tag: &str) {
        let tag = plain(tag.trim().trim_start_matches('#'));
        let key = key(&tag);
        let is_new = !key.is_empty() && !self.keys.contains(&key) && !self.named.contains(&key);
        if is_new && tag.len() <= TAG_BYTES_MAX && self.found.len() < TAGS_MAX {
            self.found.push(tag);
            self.keys.push(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scraper::Html;

    #[test]
    fn tags_from_all_places_are_told_once() {
        let tree = Html::parse_document(
            "<meta property=article:tag content=Birds><meta name=keywords content='birds, Finches;, rain'>
             <body><a rel=tag href=/t/rain>#Rain</a>",
        );
        assert_eq!(tags(&Evidence::gather(&tree), &Linked::default(), &[]), ["Birds", "Rain", "Finches"]);
        assert_eq!(tags(&Evidence::gather(&tree), &Linked::default(), &["finches!"]), ["Birds", "Rain"]);
    }

    #[test]
    fn the_section_is_no_tag() {
        let tree = Html::parse_document(
            "<meta property=article:section content=Nature><body><a rel=tag href=/c/nature>Nature</a>
             <a rel='category tag' href=/c/land>Land</a><a rel=tag href=/t/rain>Rain</a>",
        );
        assert_eq!(tags(&Evidence::gather(&tree), &Linked::default(), &[]), ["Rain"]);
    }

    #[test]
    fn the_description_is_plain_text() {
        let tree = Html::parse_document("<meta name=description content='Rain &amp;amp; wind &lt;b&gt;now&lt;/b&gt;'>");
        assert_eq!(description(&Evidence::gather(&tree), &Linked::default()).as_deref(), Some("Rain & wind now"));
    }

    #[test]
    fn the_section_is_named_by_a_meta_element() {
        let of = |html: &str| section(&Evidence::gather(&Html::parse_document(html)), &Linked::default());
        assert_eq!(of("<meta property=article:section content=Nature>").as_deref(), Some("Nature"));
        assert_eq!(of("<meta property=article:section content=/world/nature>"), None);
    }
}
