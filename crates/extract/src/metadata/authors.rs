//! The people who wrote the article. Structured data is asked first, then marked elements, then the byline as text; labels,
//! roles, dates and addresses are taken off, and several names told apart.

use url::Url;

use crate::metadata::evidence::{Evidence, Mark, line_of, text_of};
use crate::metadata::hints::Hints;
use crate::metadata::jsonld::Linked;
use crate::metadata::site::is_site;
use crate::metadata::text::{fold, key, plain};

/// A longer name is a sentence.
const NAME_BYTES_MAX: usize = 70;
/// A name has no more words.
const NAME_WORDS_MAX: usize = 7;
/// No article has more authors that matter.
const AUTHORS_MAX: usize = 60;

/// Whom the page says it is by.
pub(crate) fn authors(evidence: &Evidence<'_>, linked: &Linked, site: Option<&str>, url: Option<&Url>) -> Vec<String> {
    let sources: [&dyn Fn() -> Vec<String>; 7] = [
        &|| evidence.metas_of("citation_author").map(turned).collect(),
        &|| linked.authors.clone(),
        &|| from_properties(evidence),
        &|| from_metas(evidence),
        &|| from_links(evidence),
        &|| from_bylines(evidence),
        &|| Vec::new(),
    ];
    let mut organisations = Vec::new();
    for source in sources {
        let names = clean(&source());
        let people: Vec<String> = names.iter().filter(|name| !is_site(name, site, url)).cloned().collect();
        if !people.is_empty() {
            return people;
        }
        if organisations.is_empty() {
            organisations = names;
        }
    }
    organisations
}

/// `Family, Given` turned round.
fn turned(name: &str) -> String {
    match name.split_once(',') {
        Some((family, given)) if !given.contains(',') && !given.trim().is_empty() => {
            format!("{} {}", given.trim(), family.trim())
        }
        _ => name.to_owned(),
    }
}

fn from_metas(evidence: &Evidence<'_>) -> Vec<String> {
    const KEYS: [&str; 13] = [
        "parsely-author",
        "sailthru.author",
        "author",
        "article:author",
        "dc.creator",
        "dcterms.creator",
        "dc.contributor.author",
        "byl",
        "article:author_name",
        "og:article:author",
        "book:author",
        "creator",
        "authors",
    ];
    for name in KEYS {
        let found: Vec<String> = evidence.metas_of(name).map(plain).filter(|name| !name.contains("://")).collect();
        if !clean(&found).is_empty() {
            return found;
        }
    }
    Vec::new()
}

fn from_properties(evidence: &Evidence<'_>) -> Vec<String> {
    let usable = |mark: &Mark<'_>| !mark.area.any(Hints::COMMENT.with(Hints::ELSEWHERE));
    let value = |mark: &Mark<'_>| {
        let content = mark.node.value().as_element().and_then(|element| element.attr("content"));
        content.map_or_else(|| line_of(mark.node, 200), plain)
    };
    let all = || evidence.properties.iter().filter(|property| usable(&property.mark));
    let named: Vec<String> =
        all().filter(|p| p.name == "name" && matches!(p.via, "author" | "creator")).map(|p| value(&p.mark)).collect();
    if !named.is_empty() {
        return named;
    }
    all().filter(|p| p.name == "author" && !p.is_item).map(|p| value(&p.mark)).collect()
}

fn from_links(evidence: &Evidence<'_>) -> Vec<String> {
    let by_rel = evidence.links.iter().filter(|link| link.rel.split_ascii_whitespace().any(|rel| rel == "author"));
    let marks: Vec<&Mark<'_>> = by_rel.map(|link| &link.mark).filter(|mark| !mark.area.any(Hints::ASIDE)).collect();
    let names: Vec<String> = marks.iter().map(|mark| line_of(mark.node, 200)).collect();
    names.into_iter().take(1).collect()
}

fn from_bylines(evidence: &Evidence<'_>) -> Vec<String> {
    let usable = evidence.bylines.iter().filter(|mark| !mark.area.any(Hints::ASIDE) && !mark.own.any(Hints::COMMENT));
    for mark in usable {
        let text = text_of(mark.node, 300);
        if let Some(line) = text.lines().find(|line| !clean(&[(*line).to_owned()]).is_empty()) {
            return vec![line.to_owned()];
        }
    }
    let links = evidence.author_links.iter().filter(|mark| !mark.area.any(Hints::ASIDE));
    for mark in links {
        let text = line_of(mark.node, 200);
        if !clean(std::slice::from_ref(&text)).is_empty() {
            return vec![text];
        }
    }
    Vec::new()
}

/// Cuts labels and roles off, tells several names apart, drops what is no name, keeps each once.
fn clean(raw: &[String]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for text in raw {
        for name in split(text) {
            let name = tidy(name);
            if is_name(&name) && !found.iter().any(|known| key(known) == key(&name)) && found.len() < AUTHORS_MAX {
                found.push(name);
            }
        }
    }
    found
}

fn split(text: &str) -> Vec<&str> {
    const JOINTS: [&str; 8] = [" and ", " und ", " et ", " y ", " & ", ";", " | ", ","];
    let mut parts = vec![without_label(text)];
    for joint in JOINTS {
        parts = parts.into_iter().flat_map(|part| part.split(joint)).collect();
    }
    parts
}

fn without_label(text: &str) -> &str {
    const LABELS: [&str; 14] = [
        "written by",
        "posted by",
        "by:",
        "by ",
        "author:",
        "von ",
        "par ",
        "por ",
        "di ",
        "door ",
        "autor:",
        "作者：",
        "作者:",
        "文/",
    ];
    let mut rest = text.trim();
    while let Some(label) =
        LABELS.iter().find(|label| rest.get(..label.len()).is_some_and(|start| start.eq_ignore_ascii_case(label)))
    {
        rest = rest[label.len()..].trim();
    }
    rest
}

fn tidy(name: &str) -> String {
    let name = name.trim_matches(|c: char| {
        c.is_whitespace() || matches!(c, ',' | ';' | ':' | '|' | '-' | '–' | '—' | '•' | '·' | '/' | '@' | '*')
    });
    fold(name, 200)
}

fn is_name(name: &str) -> bool {
    let words = name.split(' ').count();
    let digits = name.chars().filter(char::is_ascii_digit).count();
    name.chars().filter(|c| c.is_alphabetic()).count() >= 2
        && name.len() <= NAME_BYTES_MAX
        && words <= NAME_WORDS_MAX
        && digits <= 4
        && !name.contains("://")
        && !name.contains('@')
}

#[cfg(test)]
mod tests {
    use super::*;
    use scraper::Html;

    fn of(html: &str) -> Vec<String> {
        let tree = Html::parse_document(html);
        authors(&Evidence::gather(&tree), &Linked::default(), Some("The Daily Finch"), None)
    }

    #[test]
    fn labels_are_cut_off() {
        assert_eq!(of("<meta name=author content='By Ada Vale'>"), ["Ada Vale"]);
        assert_eq!(of("<p class=byline>Von Ada Vale</p>"), ["Ada Vale"]);
    }

    #[test]
    fn several_names_are_told_apart() {
        assert_eq!(of("<meta name=author content='Ada Vale, Bo Lind and Cy Orr'>"), ["Ada Vale", "Bo Lind", "Cy Orr"]);
        assert_eq!(of("<meta name=citation_author content='Vale, Ada'>"), ["Ada Vale"]);
    }
}
