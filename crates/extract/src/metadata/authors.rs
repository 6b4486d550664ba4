//! Who wrote the article. What the page declares is asked first, then marked elements close to the title, then the byline as
//! text. It decides between sources; what is a name is settled in `names`.

use ego_tree::NodeRef;
use scraper::Node;
use url::Url;

use crate::metadata::evidence::{Evidence, Mark, Property, is_unseen, line_of};
use crate::metadata::hints::Hints;
use crate::metadata::jsonld::Linked;
use crate::metadata::lines::Line;
use crate::metadata::names::{Trust, behind_date, has_full_label, has_label, names, without_label};
use crate::metadata::site::is_site;
use crate::metadata::text::{fold, plain};

/// Elements and texts between the title and a byline that stands close to it.
const NEAR: usize = 250;

/// Whom the page says it is by.
pub(crate) fn authors(evidence: &Evidence<'_>, linked: &Linked, site: Option<&str>, url: Option<&Url>) -> Vec<String> {
    let sources: [&dyn Fn() -> Vec<String>; 8] = [
        &|| cited(evidence),
        &|| names(&linked.authors, Trust::Declared),
        &|| from_properties(evidence),
        &|| from_metas(evidence),
        &|| from_links(evidence),
        &|| from_bylines(evidence),
        &|| from_lines(&evidence.lines),
        &|| from_author_pages(evidence),
    ];
    let mut organisation = Vec::new();
    for source in sources {
        let found = source();
        let people: Vec<String> = found.iter().filter(|name| !is_site(name, site, url)).cloned().collect();
        if !people.is_empty() {
            return people;
        }
        if organisation.is_empty() {
            organisation = found;
        }
    }
    organisation
}

/// The authors of a scholarly article, who may be written `Family, Given`.
fn cited(evidence: &Evidence<'_>) -> Vec<String> {
    let turned = |name: &str| match name.split_once(',') {
        Some((family, given)) if !given.contains(',') => format!("{} {}", given.trim(), family.trim()),
        _ => name.to_owned(),
    };
    let found: Vec<String> = evidence.metas_of("citation_author").map(turned).collect();
    names(&found, Trust::Declared)
}

fn from_metas(evidence: &Evidence<'_>) -> Vec<String> {
    const KEYS: [&str; 14] = [
        "parsely-author",
        "sailthru.author",
        "author",
        "article:author",
        "dc.creator",
        "dcterms.creator",
        "dc.contributor.author",
        "byl",
        "article:author_name",
        "article:author:name",
        "og:article:author",
        "book:author",
        "creator",
        "authors",
    ];
    for name in KEYS {
        let texts: Vec<String> = evidence.metas_of(name).map(plain).collect();
        let found = names(&texts, Trust::Declared);
        if !found.is_empty() {
            return found;
        }
    }
    // Cards for social networks carry label and value apart.
    for (label, data) in [("twitter:label1", "twitter:data1"), ("twitter:label2", "twitter:data2")] {
        if let (Some(label), Some(data)) = (evidence.meta(&[label]), evidence.meta(&[data]))
            && has_label(label)
        {
            return names(&[plain(data)], Trust::Declared);
        }
    }
    Vec::new()
}

/// The authors that microdata or RDFa name, of the first item that has any.
fn from_properties(evidence: &Evidence<'_>) -> Vec<String> {
    let is_own = |kind: &str| !kind.ends_with("Comment") && !kind.ends_with("Answer") && !kind.ends_with("Review");
    let value = |mark: &Mark<'_>| {
        let content = mark.node.value().as_element().and_then(|element| element.attr("content"));
        content.map_or_else(|| line_of(mark.node, 200), plain)
    };
    let usable = |property: &&Property<'_>| !property.mark.area.any(Hints::COMMENT.with(Hints::ELSEWHERE));
    let named: Vec<&Property<'_>> = evidence
        .properties
        .iter()
        .filter(usable)
        .filter(|p| p.name == "name" && matches!(p.via, "author" | "creator") && is_own(p.outer.0))
        .collect();
    if let Some(first) = named.first() {
        let same = named.iter().filter(|property| property.outer == first.outer);
        let found = names(&same.map(|property| value(&property.mark)).collect::<Vec<_>>(), Trust::Declared);
        if !found.is_empty() {
            return found;
        }
    }
    let plain: Vec<&Property<'_>> =
        evidence.properties.iter().filter(usable).filter(|p| p.name == "author" && is_own(p.of)).collect();
    let Some(first) = plain.first() else { return Vec::new() };
    let same = plain.iter().filter(|property| property.item == first.item && property.of == first.of);
    let limit = if first.of.is_empty() { 1 } else { 20 };
    names(&same.take(limit).map(|property| value(&property.mark)).collect::<Vec<_>>(), Trust::Declared)
}

/// How far a mark is from the title, and whether evidence there can be believed: not in comments, and in what looks like an
/// aside only close to the title.
fn distance(evidence: &Evidence<'_>, mark: &Mark<'_>) -> Option<usize> {
    let distance = mark.order.abs_diff(evidence.title_order);
    let is_aside = mark.area.any(Hints::ASIDE) && !(mark.order > evidence.title_order && distance < NEAR);
    let is_foreign = mark.area.any(Hints::COMMENT) || mark.own.any(Hints::COMMENT);
    (!is_aside && !is_foreign).then_some(distance)
}

fn from_links(evidence: &Evidence<'_>) -> Vec<String> {
    let by_rel = evidence.links.iter().filter(|link| link.rel.split_ascii_whitespace().any(|rel| rel == "author"));
    let marks: Vec<&Mark<'_>> = by_rel.map(|link| &link.mark).collect();
    from_run(evidence, &marks)
}

fn from_author_pages(evidence: &Evidence<'_>) -> Vec<String> {
    from_run(evidence, &evidence.author_links.iter().collect::<Vec<_>>())
}

/// The names of the marks closest to the title, and of those that stand beside it.
fn from_run(evidence: &Evidence<'_>, marks: &[&Mark<'_>]) -> Vec<String> {
    /// Elements and texts between two names of one byline.
    const BESIDE: usize = 12;
    let mut sorted: Vec<(usize, &Mark<'_>)> =
        marks.iter().filter_map(|mark| Some((distance(evidence, mark)?, *mark))).collect();
    sorted.sort_by_key(|(distance, mark)| (*distance, mark.order));
    for (_, first) in &sorted {
        let found = names(&[line_of(first.node, 200)], Trust::Guessed);
        if found.is_empty() {
            continue;
        }
        let mut run = found;
        let mut last = first.order;
        for mark in marks.iter().filter(|mark| mark.order > first.order) {
            if mark.order - last > BESIDE {
                break;
            }
            last = mark.order;
            run.push(line_of(mark.node, 200));
        }
        return names(&run, Trust::Guessed);
    }
    Vec::new()
}

/// The names in elements whose class says that they hold the author, the closest to the title first.
fn from_bylines(evidence: &Evidence<'_>) -> Vec<String> {
    const BYLINES_MAX: usize = 40;
    let mut sorted: Vec<(usize, &Mark<'_>)> = evidence
        .bylines
        .iter()
        .filter(|mark| !mark.own.any(Hints::BIO))
        .filter_map(|mark| Some((distance(evidence, mark)?, mark)))
        .collect();
    sorted.sort_by_key(|(distance, _)| *distance);
    sorted.truncate(BYLINES_MAX);
    let guessed = sorted.iter().find_map(|(_, mark)| {
        let trust = if mark.own.any(Hints::USER) { Trust::Declared } else { Trust::Guessed };
        Some(in_byline(mark.node, trust)).filter(|found| !found.is_empty())
    });
    // A byline of a word or two that is not written like a name may be that of a user or an organisation.
    let declared = || {
        sorted.iter().find_map(|(_, mark)| {
            let text = line_of(mark.node, 60);
            let found = names(&[text.as_str()], Trust::Declared);
            (text.split(' ').count() <= 4 && found.len() == 1).then_some(found)
        })
    };
    guessed.or_else(declared).unwrap_or_default()
}

/// The names in a byline: piece by piece, from the first name up to what is no name.
fn in_byline(node: NodeRef<'_, Node>, trust: Trust) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut is_foreign = false;
    for piece in pieces(node) {
        let Some(rest) = without_label(&piece) else {
            is_foreign = true;
            continue;
        };
        if rest.is_empty() || is_joint(rest) {
            is_foreign &= !has_label(&piece);
            continue;
        }
        let here = names(&[piece.as_str()], trust);
        match (is_foreign, here.is_empty()) {
            (true, _) => is_foreign = false,
            (false, false) => found.extend(here),
            (false, true) if found.is_empty() => {}
            (false, true) => break,
        }
        if trust == Trust::Declared {
            break;
        }
    }
    names(&found, trust)
}

fn is_joint(text: &str) -> bool {
    matches!(text.trim_end_matches(','), "and" | "und" | "et" | "y" | "e" | "&" | "og" | "och" | "en" | "i" | "и")
}

/// The texts of an element, one by one.
fn pieces(node: NodeRef<'_, Node>) -> Vec<String> {
    const PIECES_MAX: usize = 24;
    /// Bylines may stand within each other, and hold millions of elements without a text.
    const NODES_MAX: usize = 10_000;
    let mut found = Vec::new();
    let mut waiting = vec![node];
    let mut left = NODES_MAX;
    while let Some(next) = waiting.pop() {
        match next.value() {
            Node::Text(text) => {
                let text = fold(text, 300);
                if !text.is_empty() {
                    found.push(text);
                }
            }
            Node::Element(element) if is_unseen(&element.name.local) || element.name() == "time" => {}
            _ => {
                let children: Vec<_> = next.children().take(left).collect();
                waiting.extend(children.into_iter().rev());
            }
        }
        left -= 1;
        if found.len() >= PIECES_MAX || left == 0 {
            break;
        }
    }
    found
}

/// The byline as a line of text close to the title: "By Ada Vale", or a label and the name below it.
fn from_lines(lines: &[Line<'_>]) -> Vec<String> {
    const ABOVE: usize = 6;
    const BELOW: usize = 25;
    const CLOSE: usize = 5;
    let title = lines.iter().position(|line| line.is_title).unwrap_or(0);
    let below = lines.iter().enumerate().skip(title + 1).take(BELOW);
    let above = lines.iter().enumerate().take(title).skip(title.saturating_sub(ABOVE));
    for (place, line) in below.chain(above) {
        if line.area.any(Hints::COMMENT) || line.text.len() > 120 {
            continue;
        }
        let is_close = (title..=title + CLOSE).contains(&place);
        let text = match behind_date(&line.text).filter(|_| is_close) {
            Some(rest) => rest,
            None if !has_label(&line.text) => continue,
            None if without_label(&line.text).is_none_or(str::is_empty) => {
                lines.get(place + 1).map_or("", |next| next.text.as_str())
            }
            None => &line.text,
        };
        let found = names(&[text], Trust::Guessed);
        if !found.is_empty() {
            return found;
        }
    }
    from_far_lines(lines)
}

/// The byline anywhere on the page, where it leaves no doubt: a full label before a name, and no other such name.
fn from_far_lines(lines: &[Line<'_>]) -> Vec<String> {
    let mut only = Vec::new();
    for line in lines {
        if line.text.len() > 60 || line.area.any(Hints::ASIDE) || !has_full_label(&line.text) {
            continue;
        }
        let found = names(&[line.text.as_str()], Trust::Guessed);
        if !only.is_empty() && !found.is_empty() && found != only {
            return Vec::new();
        }
        only = if found.is_empty() { only } else { found };
    }
    only
}

#[cfg(test)]
mod tests {
    use super::*;
    use scraper::Html;

    fn of(html: &str) -> Vec<String> {
        let tree = Html::parse_document(html);
        let evidence = Evidence::gather(&tree);
        authors(&evidence, &Linked::default(), Some("The Daily Finch"), None)
    }

    #[test]
    fn a_meta_element_names_the_author() {
        assert_eq!(of("<meta name=author content='By Ada Vale'>"), ["Ada Vale"]);
        assert_eq!(of("<meta name=citation_author content='Vale, Ada'>"), ["Ada Vale"]);
        assert_eq!(of("<meta name=twitter:label1 content='Written by'><meta name=twitter:data1 content=ada>"), ["ada"]);
    }

    #[test]
    fn the_site_is_no_author_where_a_person_is_named() {
        let html =
            "<meta name=author content='The Daily Finch'><h1>Rain</h1><p class=byline>By <a href=/a>Ada Vale</a></p>";
        assert_eq!(of(html), ["Ada Vale"]);
        assert_eq!(of("<meta name=author content='The Daily Finch'>"), ["The Daily Finch"]);
    }

    #[test]
    fn the_author_of_a_comment_is_not_that_of_the_article() {
        let html =
            "<h1>Rain</h1><div class=comments><span class=author>Bo Lind</span></div><div class=author>Ada Vale</div>";
        assert_eq!(of(html), ["Ada Vale"]);
        let html = "<div itemscope itemtype=https://schema.org/Question><b itemprop=author itemscope><i itemprop=name>ada</i></b>
            <div itemprop=answer itemscope itemtype=https://schema.org/Answer><b itemprop=author itemscope><i itemprop=name>bo</i></b>";
        assert_eq!(of(html), ["ada"]);
    }

    #[test]
    fn a_byline_is_read_piece_by_piece() {
        let html = "<h1>Rain</h1><div class=byline><span>By</span><a>Ada Vale</a> and <a>Bo Lind</a><i>Staff</i> <time>1 May</time></div>";
        assert_eq!(of(html)[..2], ["Ada Vale", "Bo Lind"]);
        let html = "<h1>Rain</h1><div class=byline>Reviewed by <a>Cy Orr</a> Written by <a>Ada Vale</a></div>";
        assert_eq!(of(html), ["Ada Vale"]);
    }

    #[test]
    fn a_line_below_the_title_may_be_the_byline() {
        assert_eq!(of("<h1>Rain</h1><p>6 May 2024</p><p>By Ada Vale</p>"), ["Ada Vale"]);
        assert_eq!(of("<h1>Rain</h1><p>Written by</p><p>Ada Vale</p>"), ["Ada Vale"]);
        assert_eq!(of("<h1>Rain</h1><p>6 May 2024 · 3 min read · By Ada Vale</p>"), ["Ada Vale"]);
        assert_eq!(of("<h1>Rain</h1><p>By the river it rained.</p>"), Vec::<String>::new());
    }

    #[test]
    fn a_full_label_far_below_names_the_author_where_it_names_no_other() {
        let below = |end: &str| of(&format!("<h1>Rain</h1>{}{end}", "<p>It rained.</p>".repeat(40)));
        assert_eq!(below("<p>Written by Ada Vale</p>"), ["Ada Vale"]);
        assert_eq!(below("<p>Written by Ada Vale</p><p>Posted by Bo Lind</p>"), Vec::<String>::new());
    }
}
