//! The title of the article. Headings, meta elements, structured data and the document's title each propose one; the site's
//! name is taken off; the proposal with most support wins. It knows no content.

use std::collections::HashSet;

use url::Url;

use crate::metadata::evidence::{Evidence, Mark, line_of};
use crate::metadata::hints::Hints;
use crate::metadata::jsonld::Linked;
use crate::metadata::lines::Line;
use crate::metadata::site::is_site;
use crate::metadata::text::{key, plain};
use crate::worths::{self, Worths};

/// A longer title is a paragraph.
const TITLE_BYTES_MAX: usize = 500;
/// No more headings than this are considered.
const HEADINGS_MAX: usize = 12;

/// Where a proposal comes from, or what else speaks for or against it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// The only `h1` of the page.
    OnlyH1,
    /// The first `h1` of several.
    FirstH1,
    /// Another `h1`.
    LaterH1,
    /// The first `h2`.
    H2,
    /// An `h1` of a page that says it is an article.
    ArticleH1,
    /// A heading whose class says that it is the title.
    MarkedHeading,
    /// A heading inside an `article` or `main` element.
    MainHeading,
    /// The heading that the document's title agrees with.
    AgreedHeading,
    /// `og:title` without the site's name.
    OpenGraph,
    /// `twitter:title` without the site's name.
    Twitter,
    /// The headline of the article's structured data.
    Headline,
    /// The name of some other item in structured data.
    Name,
    /// A meta element meant for citation or analysis of articles.
    Citation,
    /// The document's title without the site's name.
    Document,
    /// The document's title as it is.
    DocumentWhole,
    /// Its first piece.
    DocumentFirst,
    /// All but its last piece.
    DocumentButLast,
    /// Another of its pieces.
    DocumentPiece,
    /// The first piece of `og:title`.
    OpenGraphFirst,
    /// The document's title begins with it.
    Begins,
    /// It is one word.
    OneWord,
    /// It names the site.
    Site,
    /// The share of the words of the address that it holds.
    AddressCovered,
    /// The share of its words that stand in the address.
    AddressHeld,
    /// The words it shares with the document's title, among those of both.
    DocumentShared,
    /// The share of its words that stand in the document's title.
    DocumentHeld,
    /// The document's title as it is, on the first page of a site.
    HomeWhole,
    /// An `h1` on the first page of a site.
    HomeH1,
    /// An `h1` that neither the document's title nor `og:title` repeats.
    LonelyH1,
    /// The words it shares with the document's title, for such an `h1`.
    LonelyShared,
    /// It stands in the text of the page as a line of its own.
    Visible,
    /// It so stands, and is no heading.
    VisibleOnly,
    /// How many words it has, as a logarithm.
    Words,
    /// How many of heading, document's title, `og:title` and structured data agree on it.
    Votes,
    /// Three or more of them do.
    Majority,
    /// It is cut off with an ellipsis.
    Cut,
    /// A separator that sites put before their name stands in it.
    Parted,
    /// The last piece of the document's title.
    DocumentLast,
    /// A heading without what an element marked as a label says at its beginning.
    Unprefixed,
}

/// How many sources there are.
pub(crate) const SOURCES: usize = Source::Unprefixed as usize + 1;

/// A proposed title.
pub(crate) struct Proposal {
    pub(crate) text: String,
    pub(crate) key: String,
    pub(crate) sources: [f32; SOURCES],
}

impl Proposal {
    fn has(&self, source: Source) -> bool {
        self.sources[source as usize] > 0.0
    }

    fn set(&mut self, source: Source, value: f32) {
        self.sources[source as usize] = value;
    }
}

#[derive(Default)]
struct Proposals(Vec<Proposal>);

impl Proposals {
    fn add(&mut self, text: &str, source: Source) {
        let text = text.trim();
        let key = key(text);
        if key.is_empty() || text.len() > TITLE_BYTES_MAX {
            return;
        }
        match self.0.iter_mut().find(|known| known.key == key) {
            Some(known) => known.sources[source as usize] = 1.0,
            None => {
                let mut sources = [0.0; SOURCES];
                sources[source as usize] = 1.0;
                self.0.push(Proposal { text: text.to_owned(), key, sources });
            }
        }
    }
}

/// The title of the article: the proposal with most support, the earlier one among equals.
pub(crate) fn title(
    evidence: &Evidence<'_>,
    linked: &Linked,
    site: Option<&str>,
    url: Option<&Url>,
    worths: &Worths,
) -> Option<String> {
    let mut best: Option<(f32, String)> = None;
    for proposal in proposals(evidence, linked, site, url) {
        let worth = worths::sum(&proposal.sources, &worths.titles);
        if best.as_ref().is_none_or(|(known, _)| worth > *known) {
            best = Some((worth, proposal.text));
        }
    }
    best.map(|(_, text)| text)
}

/// All proposals, with what speaks for each.
pub(crate) fn proposals(
    evidence: &Evidence<'_>,
    linked: &Linked,
    site: Option<&str>,
    url: Option<&Url>,
) -> Vec<Proposal> {
    let mut proposals = Proposals::default();
    let own = |text: &str| without_site(&plain(text), site, url);
    add_headings(&mut proposals, evidence, linked.is_article);
    let document = evidence.document_title.map(|node| plain(&line_of(node, 2 * TITLE_BYTES_MAX))).unwrap_or_default();
    if let Some(content) = evidence.meta(&["og:title"]) {
        proposals.add(&own(content), Source::OpenGraph);
        proposals.add(pieces(&plain(content)).first().unwrap_or(&""), Source::OpenGraphFirst);
    }
    proposals.add(&without_site(&document, site, url), Source::Document);
    proposals.add(&document, Source::DocumentWhole);
    let parts = pieces(&document);
    for (place, part) in parts.iter().enumerate() {
        proposals.add(part, if place == 0 { Source::DocumentFirst } else { Source::DocumentPiece });
    }
    if let [first, .., last, _] | [first @ last, _] = parts[..] {
        proposals.add(between(&document, first, last), Source::DocumentButLast);
    }
    if let Some(content) = evidence.meta(&["twitter:title"]) {
        proposals.add(&own(content), Source::Twitter);
    }
    if let Some(headline) = &linked.headline {
        proposals.add(&own(headline), Source::Headline);
    }
    if let Some(name) = &linked.name {
        proposals.add(&own(name), Source::Name);
    }
    let headline = evidence.properties.iter().find(|p| p.name == "headline" && !p.mark.area.any(Hints::ASIDE));
    if let Some(property) = headline {
        proposals.add(&own(&line_of(property.mark.node, TITLE_BYTES_MAX)), Source::Headline);
    }
    for name in ["citation_title", "parsely-title", "dc.title", "dcterms.title", "sailthru.title"] {
        if let Some(content) = evidence.meta(&[name]) {
            proposals.add(&own(content), Source::Citation);
        }
    }
    if let Some(last) = parts.last().filter(|_| parts.len() > 1) {
        proposals.add(last, Source::DocumentLast);
    }
    let known = Known::of(&document, url);
    for proposal in &mut proposals.0 {
        known.weigh(proposal);
        proposal.set(Source::Visible, f32::from(is_line(evidence, &proposal.text, &proposal.key)));
        compare(proposal);
        proposal.set(Source::Site, f32::from(is_site(&proposal.text, site, url)));
    }
    proposals.0
}

/// What every proposal is compared with.
struct Known {
    document: String,
    address: Vec<String>,
    is_home: bool,
}

impl Known {
    fn of(document: &str, url: Option<&Url>) -> Self {
        let segments: Vec<&str> = url.map_or("", Url::path).split('/').filter(|segment| !segment.is_empty()).collect();
        let is_home = url.is_some() && segments.is_empty();
        let last = segments.iter().rev().take(2).rev();
        let told = last.max_by_key(|segment| segment.matches(['-', '_']).count()).copied().unwrap_or("");
        let words = told.split(|c: char| !c.is_alphanumeric() && c != '%').map(str::to_lowercase);
        let is_word = |word: &String| {
            !word.is_empty()
                && !word.bytes().all(|b| b.is_ascii_digit())
                && !matches!(word.as_str(), "html" | "htm" | "php" | "aspx")
        };
        let address: Vec<String> = words.filter(is_word).take(40).collect();
        Self { document: key(document), address: if address.len() > 1 { address } else { Vec::new() }, is_home }
    }

    fn weigh(&self, proposal: &mut Proposal) {
        let words: HashSet<&str> = proposal.key.split(' ').collect();
        let document: HashSet<&str> = self.document.split(' ').filter(|word| !word.is_empty()).collect();
        let share = |part: usize, whole: usize| if whole == 0 { 0.0 } else { part as f32 / whole as f32 };
        let both = words.intersection(&document).count();
        let covered = self.address.iter().filter(|word| words.contains(word.as_str())).count();
        let held = if self.address.is_empty() {
            0
        } else {
            words.iter().filter(|w| self.address.iter().any(|a| a == *w)).count()
        };
        let count = words.len();
        let is_h1 = [Source::OnlyH1, Source::FirstH1, Source::LaterH1].iter().any(|source| proposal.has(*source));
        let is_repeated = proposal.has(Source::Document) || proposal.has(Source::OpenGraph);
        let is_whole = proposal.has(Source::DocumentWhole);
        let begins = self.document.starts_with(&proposal.key) && self.document != proposal.key;
        let is_one_word = !proposal.key.contains(' ') && proposal.key.is_ascii();
        for (source, value) in [
            (Source::Begins, f32::from(begins)),
            (Source::OneWord, f32::from(is_one_word)),
            (Source::AddressCovered, share(covered, self.address.len())),
            (Source::AddressHeld, share(held, count)),
            (Source::DocumentShared, share(both, count + document.len() - both)),
            (Source::DocumentHeld, share(both, count)),
            (Source::HomeWhole, f32::from(self.is_home && is_whole)),
            (Source::HomeH1, f32::from(self.is_home && is_h1)),
            (Source::LonelyH1, f32::from(is_h1 && !is_repeated)),
        ] {
            proposal.set(source, value);
        }
    }
}

/// What follows from the other signs of a proposal.
fn compare(proposal: &mut Proposal) {
    let has = |sources: &[Source]| sources.iter().any(|source| proposal.has(*source));
    let is_h1 = has(&[Source::OnlyH1, Source::FirstH1, Source::LaterH1]);
    let is_heading = is_h1 || has(&[Source::H2]);
    let is_document = has(&[Source::Document, Source::DocumentFirst, Source::DocumentButLast]);
    let is_open = has(&[Source::OpenGraph, Source::OpenGraphFirst]);
    let is_linked = has(&[Source::Headline, Source::Name, Source::Citation]);
    let votes = [is_heading, is_document, is_open, is_linked].into_iter().filter(|agrees| *agrees).count();
    let words = proposal.key.split(' ').count() + proposal.key.chars().filter(|c| *c >= '\u{3040}').count() / 2;
    let text = &proposal.text;
    let lonely = proposal.sources[Source::LonelyH1 as usize] * proposal.sources[Source::DocumentShared as usize];
    for (source, value) in [
        (Source::LonelyShared, lonely),
        (Source::VisibleOnly, f32::from(!is_heading && proposal.has(Source::Visible))),
        (Source::Words, (words as f32).ln_1p()),
        (Source::Votes, votes as f32),
        (Source::Majority, f32::from(votes > 2)),
        (Source::Cut, f32::from(text.ends_with('…') || text.ends_with("..."))),
        (Source::Parted, f32::from(pieces(text).len() > 1)),
    ] {
        proposal.set(source, value);
    }
}

/// Whether the text of the page has a line that says just this.
fn is_line(evidence: &Evidence<'_>, text: &str, wanted: &str) -> bool {
    /// Bytes by which two writings of the same words may differ.
    const SLACK: usize = 6;
    let fits = |line: &&Line<'_>| line.text.len().abs_diff(text.len()) <= SLACK;
    evidence.lines.iter().filter(fits).any(|line| line.text == text || key(&line.text) == wanted)
}

fn add_headings(proposals: &mut Proposals, evidence: &Evidence<'_>, is_article: bool) {
    let is_article = is_article || evidence.meta(&["og:type"]).is_some_and(|kind| kind.eq_ignore_ascii_case("article"));
    let headings: Vec<(&str, &Mark<'_>, String)> = evidence
        .headings
        .iter()
        .filter(|mark| !mark.area.any(Hints::ASIDE))
        .take(HEADINGS_MAX)
        .map(|mark| (tag_of(mark), mark, unlinked(&line_of(mark.node, TITLE_BYTES_MAX)).to_owned()))
        .filter(|(_, _, text)| !text.is_empty())
        .collect();
    let count = headings.iter().filter(|(tag, ..)| *tag == "h1").count();
    let (mut seen, mut seen_lower) = (0, 0);
    for (tag, mark, text) in &headings {
        let source = match (*tag, seen) {
            ("h1", 0) if count == 1 => Source::OnlyH1,
            ("h1", 0) => Source::FirstH1,
            ("h1", _) => Source::LaterH1,
            _ if seen_lower > 0 && evidence.title != Some(mark.node.id()) => continue,
            _ => Source::H2,
        };
        proposals.add(text, source);
        let also = [
            (Source::ArticleH1, *tag == "h1" && is_article),
            (Source::MarkedHeading, mark.own.any(Hints::TITLE)),
            (Source::MainHeading, mark.area.any(Hints::ARTICLE.with(Hints::MAIN))),
            (Source::AgreedHeading, evidence.title == Some(mark.node.id())),
        ];
        also.into_iter().filter(|(_, does)| *does).for_each(|(source, _)| proposals.add(text, source));
        if let Some(rest) = without_prefix(mark, text) {
            proposals.add(rest, source);
            proposals.add(rest, Source::Unprefixed);
        }
        seen += usize::from(*tag == "h1");
        seen_lower += usize::from(*tag != "h1");
    }
}

/// What remains of a heading behind a label in an element of its own (`<span class=label>News</span> ...`).
fn without_prefix<'a>(mark: &Mark<'_>, text: &'a str) -> Option<&'a str> {
    const LABELS: [&str; 7] = ["label", "prefix", "badge", "descriptor", "kicker", "flair", "sponsor"];
    let first = mark.node.descendants().skip(1).take(8).find(|node| {
        let class = node.value().as_element().and_then(|element| element.attr("class")).unwrap_or("");
        LABELS.iter().any(|label| class.to_ascii_lowercase().contains(label))
    })?;
    let label = line_of(first, TITLE_BYTES_MAX);
    let rest = text.strip_prefix(label.as_str())?.trim_start_matches([' ', ':', '-', '|']);
    (!label.is_empty() && !rest.is_empty()).then_some(rest)
}

/// A heading without the sign that links to itself, as documentation has it.
fn unlinked(heading: &str) -> &str {
    let bare = heading.trim_end_matches(['\u{b6}', '\u{a7}', '\u{1f517}', '\u{f0c1}']).trim_end();
    bare.strip_suffix(" #").map_or(bare, str::trim_end)
}

fn tag_of<'t>(mark: &Mark<'t>) -> &'t str {
    mark.node.value().as_element().map_or("", scraper::node::Element::name)
}

/// Cuts the site's name off either end; what stands between stays as it is written.
fn without_site<'a>(title: &'a str, site: Option<&str>, url: Option<&Url>) -> String {
    let mut parts: &[&'a str] = &pieces(title);
    while let [rest @ .., last] = parts
        && !rest.is_empty()
        && is_site(last, site, url)
    {
        parts = rest;
    }
    while let [first, rest @ ..] = parts
        && !rest.is_empty()
        && is_site(first, site, url)
    {
        parts = rest;
    }
    match parts {
        [] => String::new(),
        [first, ..] => between(title, first, parts[parts.len() - 1]).to_owned(),
    }
}

/// What a title says from one of its pieces to another.
fn between<'a>(title: &'a str, first: &str, last: &str) -> &'a str {
    let offset = |piece: &str| piece.as_ptr() as usize - title.as_ptr() as usize;
    title.get(offset(first)..offset(last) + last.len()).unwrap_or(title)
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
            '|' | '｜' | '»' | '«' | '︱' | '┃' | '〉' => true,
            '-' | '–' | '—' | '·' | '•' | ':' | '/' | '~' | '∙' | '⋆' | '>' | '<' | '›' | '‹' | '→' | '⋅' | '∣' => {
                spaced
            }
            // Chinese and Japanese titles have no spaces around.
            '_' => spaced || is_ideograph(before) || is_ideograph(after),
            _ => false,
        } || (c == '-' && is_ideograph(before) && is_ideograph(after));
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

/// Whether a character is one of Chinese or Japanese writing, its punctuation included.
fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3000}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ff00}'..='\u{ff60}' | '“' | '”' | '…')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use scraper::Html;

    fn of(html: &str) -> Option<String> {
        let tree = Html::parse_document(html);
        let url = Url::parse("https://www.dailyfinch.example/a").unwrap();
        title(&Evidence::gather(&tree), &Linked::default(), Some("The Daily Finch"), Some(&url), Worths::shipped())
    }

    #[test]
    fn the_name_of_the_site_is_cut_off_either_end() {
        assert_eq!(of("<title>Rain again - The Daily Finch</title>").as_deref(), Some("Rain again"));
        assert_eq!(of("<title>The Daily Finch: Rain</title>").as_deref(), Some("The Daily Finch: Rain"));
        assert_eq!(of("<title>DailyFinch | Rain again</title>").as_deref(), Some("Rain again"));
    }

    #[test]
    fn the_sign_that_links_a_heading_to_itself_is_no_part_of_the_title() {
        assert_eq!(of("<h1>Queues<a href=#queues>\u{b6}</a></h1>").as_deref(), Some("Queues"));
        assert_eq!(of("<h1>Learning C#</h1>").as_deref(), Some("Learning C#"));
    }

    #[test]
    fn a_heading_that_is_the_name_of_the_site_is_no_title() {
        assert_eq!(of("<title>Rain</title><h1>The Daily Finch</h1><h1>Rain</h1>").as_deref(), Some("Rain"));
    }

    #[test]
    fn agreement_wins() {
        let html = "<meta property=og:title content='Rain is back'><title>Rain is back - Weather</title><h1>Rain is back</h1><h1>Weather</h1>";
        assert_eq!(of(html).as_deref(), Some("Rain is back"));
    }

    #[test]
    fn titles_of_chinese_pages_are_parted_without_spaces() {
        assert_eq!(pieces("新醫改未達標_新聞_鉅亨網"), ["新醫改未達標", "新聞", "鉅亨網"]);
        assert_eq!(pieces("成都大熊猫开始群体生活-中新网"), ["成都大熊猫开始群体生活", "中新网"]);
        assert_eq!(pieces("snake_case in well-known code"), ["snake_case in well-known code"]);
    }

    #[test]
    fn the_piece_that_stands_in_the_text_is_the_title() {
        let html = "<title>ΝΕΑ ΤΗΣ ΗΜΕΡΑΣ : Βροχή σε όλη τη χώρα</title><div>Βροχή σε όλη τη χώρα</div><p>Βρέχει.</p>";
        assert_eq!(of(html).as_deref(), Some("Βροχή σε όλη τη χώρα"));
    }

    #[test]
    fn a_label_in_an_element_of_its_own_can_be_taken_off_a_heading() {
        let tree = Html::parse_document("<h1><span class=label>News</span> Rain is back</h1>");
        let evidence = Evidence::gather(&tree);
        let texts: Vec<String> =
            proposals(&evidence, &Linked::default(), None, None).into_iter().map(|one| one.text).collect();
        assert_eq!(texts, ["News Rain is back", "Rain is back"]);
    }

    #[test]
    fn an_empty_page_has_no_title() {
        assert_eq!(of(""), None);
    }
}
