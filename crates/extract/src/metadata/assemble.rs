//! Puts the metadata of a page together. It knows which file settles which matter, and in which order they need each other.

use scraper::Html;
use url::Url;

use crate::article::Metadata;
use crate::metadata::dates::choose::dates;
use crate::metadata::evidence::{Evidence, line_of};
use crate::metadata::hints::Hints;
use crate::metadata::jsonld::{Expected, Graph, bare};
use crate::metadata::text::{key, plain};
use crate::metadata::{address, authors, language, site, subject, title};

/// What the page says of itself. `url` is its address, where known.
pub(crate) fn metadata(tree: &Html, url: Option<&Url>) -> Metadata {
    let evidence = Evidence::gather(tree);
    let base = address::base(&evidence, url);
    let linked = Graph::read(&evidence.json_ld).article(&expected(&evidence, url));
    let site = site::site(&evidence, &linked);
    let language = language::language(&evidence, &linked);
    let dates = dates(&evidence, &linked, language.as_deref(), url);
    Metadata {
        title: title::title(&evidence, &linked, site.as_deref(), url),
        authors: authors::authors(&evidence, &linked, site.as_deref(), url),
        published: dates.published,
        modified: dates.modified,
        language,
        description: subject::description(&evidence, &linked),
        canonical_url: address::canonical(&evidence, &linked, base.as_ref()),
        section: subject::section(&evidence, &linked),
        tags: subject::tags(&evidence, &linked),
        image: address::image(&evidence, &linked, base.as_ref()),
        licence: address::licence(&evidence, &linked, base.as_ref()),
        site,
    }
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
