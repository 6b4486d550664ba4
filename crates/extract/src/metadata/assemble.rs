//! Puts the metadata of a page together. It knows which file settles which matter, and in which order they need each other.

use scraper::Html;
use url::Url;

use crate::article::Metadata;
use crate::metadata::dates::choose::{self, dates};
use crate::metadata::dates::vote::Candidate;
use crate::metadata::evidence::{Evidence, line_of};
use crate::metadata::hints::Hints;
use crate::metadata::jsonld::{Expected, Graph, bare};
use crate::metadata::text::{key, plain};
use crate::metadata::title::Proposal;
use crate::metadata::{address, authors, language, site, subject, title};
use crate::worths::Worths;

/// What the page says of itself. `url` is its address, where known.
pub(crate) fn metadata(tree: &Html, url: Option<&Url>, worths: &Worths) -> Metadata {
    let evidence = Evidence::gather(tree);
    let base = address::base(&evidence, url);
    let linked = Graph::read(&evidence.json_ld).article(&expected(&evidence, url));
    let site = site::site(&evidence, &linked);
    let language = language::language(&evidence, &linked);
    let dates = dates(&evidence, &linked, language.as_deref(), url, worths);
    let title = title::title(&evidence, &linked, site.as_deref(), url, worths);
    let names: Vec<&str> = [&title, &site].into_iter().filter_map(|name| name.as_deref()).collect();
    let tags = subject::tags(&evidence, &linked, &names);
    Metadata {
        title,
        authors: authors::authors(&evidence, &linked, site.as_deref(), url),
        published: dates.published,
        modified: dates.modified,
        language,
        description: subject::description(&evidence, &linked),
        canonical_url: address::canonical(&evidence, &linked, base.as_ref()),
        section: subject::section(&evidence, &linked),
        tags,
        image: address::image(&evidence, &linked, base.as_ref()),
        licence: address::licence(&evidence, &linked, base.as_ref()),
        site,
    }
}

/// Every title and every date that the page may mean, for whoever fits the weights.
pub(crate) fn proposals(tree: &Html, url: Option<&Url>) -> (Vec<Proposal>, Vec<Candidate>) {
    let evidence = Evidence::gather(tree);
    let linked = Graph::read(&evidence.json_ld).article(&expected(&evidence, url));
    let site = site::site(&evidence, &linked);
    let language = language::language(&evidence, &linked);
    (
        title::proposals(&evidence, &linked, site.as_deref(), url),
        choose::proposals(&evidence, &linked, language.as_deref(), url),
    )
}

/// How the page's own article is told among several in its structured data.
pub(crate) fn expected(evidence: &Evidence<'_>, url: Option<&Url>) -> Expected {
    let canonical = evidence.links.iter().find(|link| link.rel.eq_ignore_ascii_case("canonical")).map(|link| link.href);
    let own = url.map(Url::as_str);
    let addresses = [own, canonical, evidence.meta(&["og:url"])].into_iter().flatten().map(bare).collect();
    let headings = evidence.headings.iter().filter(|mark| !mark.area.any(Hints::ASIDE)).take(4);
    let mut titles: Vec<String> = headings.map(|mark| key(&line_of(mark.node, 500))).collect();
    titles.extend(evidence.meta(&["og:title"]).map(|content| key(&plain(content))));
    titles.extend(evidence.document_title.map(|node| key(&line_of(node, 500))));
    titles.retain(|title| !title.is_empty());
    Expected { addresses, titles }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_page_tells_everything_of_itself() {
        let html = r#"<html lang=en-gb><title>Rain again | The Daily Finch</title>
            <meta property=og:site_name content="The Daily Finch"><link rel=canonical href=/news/rain>
            <meta name=description content="It rained."><meta property=og:image content=/rain.jpg>
            <meta property=article:section content=Weather><meta property=article:tag content=Rain>
            <script type="application/ld+json">{"@type":"NewsArticle","headline":"Rain again","author":{"name":"Ada Vale"},
            "datePublished":"2024-05-06T07:08:09+01:00","dateModified":"2024-05-07"}</script>
            <h1>Rain again</h1><a rel=license href="https://creativecommons.org/licenses/by/4.0/">CC BY</a>"#;
        let url = Url::parse("https://finch.example/news/rain?from=feed").unwrap();
        let text = |text: &str| Some(text.to_owned());
        let expected = Metadata {
            title: text("Rain again"),
            authors: vec!["Ada Vale".to_owned()],
            published: text("2024-05-06T07:08:09+01:00"),
            modified: text("2024-05-07"),
            site: text("The Daily Finch"),
            language: text("en-GB"),
            description: text("It rained."),
            canonical_url: text("https://finch.example/news/rain"),
            section: text("Weather"),
            tags: vec!["Rain".to_owned()],
            image: text("https://finch.example/rain.jpg"),
            licence: text("https://creativecommons.org/licenses/by/4.0/"),
        };
        assert_eq!(metadata(&Html::parse_document(html), Some(&url), Worths::shipped()), expected);
    }

    #[test]
    fn an_empty_page_tells_nothing() {
        assert_eq!(metadata(&Html::parse_document(""), None, Worths::shipped()), Metadata::default());
    }

    proptest::proptest! {
        #[test]
        fn any_page_is_read_without_panic(pieces in proptest::collection::vec(proptest::sample::select(PIECES.to_vec()), 0..40)) {
            metadata(&Html::parse_document(&pieces.concat()), None, Worths::shipped());
        }
    }

    /// What pages are made of, whole and broken.
    const PIECES: [&str; 32] = [
        "<h1>",
        "</h1>",
        "Rain",
        "<title>",
        "</title>",
        " | ",
        "<div class='byline author'>",
        "</div>",
        "By Ada Vale",
        "6 May 2024",
        "<time datetime='2024-05-06T'>",
        "</time>",
        "<script type='application/ld+json'>",
        "{\"@type\":\"Article\",",
        "\"author\":[",
        "]}",
        "</script>",
        "<meta name=author content='",
        "'>",
        "<span itemprop=author itemscope>",
        "<b itemprop=name>",
        "<svg><title>",
        "<template>",
        "\u{1f41f}",
        "é",
        "&nbsp;",
        "<a rel=author href=//x>",
        "<link rel=canonical href='",
        "<html lang=x-y>",
        "31.02.2024",
        "0/0/0",
        "<table><p>",
    ];
}
