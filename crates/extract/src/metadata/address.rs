//! Addresses the page gives: its canonical URL, its lead image, its licence. All are made absolute where a base is known.

use url::Url;

use crate::metadata::evidence::{Evidence, Link};
use crate::metadata::hints::Hints;
use crate::metadata::jsonld::Linked;

/// Longer addresses are not kept.
const ADDRESS_BYTES_MAX: usize = 4096;

/// What relative addresses of the page are relative to.
pub(crate) fn base(evidence: &Evidence<'_>, url: Option<&Url>) -> Option<Url> {
    let base = match (evidence.base, url) {
        (Some(href), Some(url)) => url.join(href.trim()).ok().or_else(|| Some(url.clone())),
        (Some(href), None) => Url::parse(href.trim()).ok(),
        (None, url) => url.cloned(),
    };
    base.filter(|base| base.as_str().len() <= ADDRESS_BYTES_MAX)
}

/// The address the page gives itself.
pub(crate) fn canonical(evidence: &Evidence<'_>, linked: &Linked, base: Option<&Url>) -> Option<String> {
    let link = evidence.links.iter().find(|link| has_rel(link, "canonical")).map(|link| link.href);
    let mut candidates = [link, evidence.meta(&["og:url", "twitter:url"]), linked.url.as_deref()].into_iter().flatten();
    candidates.find_map(|href| absolute(href, base))
}

/// The address of the lead image.
pub(crate) fn image(evidence: &Evidence<'_>, linked: &Linked, base: Option<&Url>) -> Option<String> {
    const KEYS: [&str; 8] = [
        "og:image",
        "og:image:url",
        "og:image:secure_url",
        "twitter:image",
        "twitter:image:src",
        "image",
        "thumbnail",
        "parsely-image-url",
    ];
    let link = evidence.links.iter().find(|link| has_rel(link, "image_src")).map(|link| link.href);
    let metas = KEYS.iter().flat_map(|key| evidence.metas_of(key));
    linked
        .image
        .as_deref()
        .filter(|_| evidence.meta(&KEYS[..3]).is_none())
        .into_iter()
        .chain(metas)
        .chain(link)
        .filter(|href| !is_placeholder(href))
        .find_map(|href| absolute(href, base))
}

/// Whether an image only fills a place, by its name.
fn is_placeholder(href: &str) -> bool {
    let file =
        href.split(['?', '#']).next().and_then(|path| path.rsplit('/').next()).unwrap_or("").to_ascii_lowercase();
    let name = file.split_once('.').map_or(file.as_str(), |(name, _)| name);
    matches!(name, "blank" | "spacer" | "pixel" | "1x1" | "transparent" | "placeholder" | "dot" | "empty")
}

/// The address of the licence, from `rel=license`, structured data or a link to Creative Commons; else its name.
pub(crate) fn licence(evidence: &Evidence<'_>, linked: &Linked, base: Option<&Url>) -> Option<String> {
    let named = evidence.links.iter().find(|link| has_rel(link, "license")).map(|link| link.href);
    let metas = evidence.meta(&["dc.rights.license", "dcterms.license", "dc.license", "license"]);
    let declared = [linked.licence.as_deref(), named, metas].into_iter().flatten();
    // A place on the same page is a note about the licence.
    let found = declared.filter(|href| !href.trim_start().starts_with('#')).find_map(|href| absolute(href, base));
    found.or_else(|| {
        let common = evidence.links.iter().filter(|link| !link.mark.area.any(Hints::COMMENT.with(Hints::ELSEWHERE)));
        common.map(|link| link.href).find(|href| is_common(href)).and_then(|href| absolute(href, base))
    })
}

fn is_common(href: &str) -> bool {
    href.contains("creativecommons.org/licenses/") || href.contains("creativecommons.org/publicdomain/")
}

fn has_rel(link: &Link<'_>, rel: &str) -> bool {
    link.rel.split_ascii_whitespace().any(|word| word.eq_ignore_ascii_case(rel))
}

/// The address in full; nothing where it is no address of the web.
fn absolute(href: &str, base: Option<&Url>) -> Option<String> {
    let href = href.trim();
    if href.is_empty() || href.len() > ADDRESS_BYTES_MAX {
        return None;
    }
    let url = match base {
        Some(base) => base.join(href).ok()?,
        None => Url::parse(href).ok()?,
    };
    matches!(url.scheme(), "http" | "https").then(|| url.to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use scraper::Html;

    fn with<T>(html: &str, f: impl Fn(&Evidence<'_>, Option<&Url>) -> T) -> T {
        let tree = Html::parse_document(html);
        let evidence = Evidence::gather(&tree);
        let base = base(&evidence, Some(&Url::parse("https://finch.example/news/a").unwrap()));
        f(&evidence, base.as_ref())
    }

    #[test]
    fn a_relative_canonical_address_is_made_absolute() {
        let found = with("<link rel=canonical href='../b'>", |e, b| canonical(e, &Linked::default(), b));
        assert_eq!(found.as_deref(), Some("https://finch.example/b"));
    }

    #[test]
    fn the_base_element_is_obeyed() {
        let html = "<base href='/x/'><meta property=og:image content=i.jpg>";
        let found = with(html, |e, b| image(e, &Linked::default(), b));
        assert_eq!(found.as_deref(), Some("https://finch.example/x/i.jpg"));
    }

    #[test]
    fn data_addresses_are_no_lead_image() {
        let html =
            "<meta property=og:image content='data:image/png;base64,AA'><meta name=twitter:image content=/t.png>";
        let found = with(html, |e, b| image(e, &Linked::default(), b));
        assert_eq!(found.as_deref(), Some("https://finch.example/t.png"));
    }

    #[test]
    fn an_image_that_fills_a_place_is_no_lead_image() {
        let html = "<meta property=og:image content='/i/blank.jpg?s=2'><meta name=twitter:image content=/t.png>";
        let found = with(html, |e, b| image(e, &Linked::default(), b));
        assert_eq!(found.as_deref(), Some("https://finch.example/t.png"));
    }

    #[test]
    fn a_place_on_the_same_page_is_no_licence() {
        assert_eq!(with("<a rel=license href='#license'>t</a>", |e, b| licence(e, &Linked::default(), b)), None);
    }

    #[test]
    fn a_licence_is_found_by_rel_or_by_creative_commons() {
        let by_rel = with("<a rel='noopener license' href='/terms'>t</a>", |e, b| licence(e, &Linked::default(), b));
        assert_eq!(by_rel.as_deref(), Some("https://finch.example/terms"));
        let html = "<p>Text under <a href='https://creativecommons.org/licenses/by/4.0/'>CC BY</a></p>";
        let by_link = with(html, |e, b| licence(e, &Linked::default(), b));
        assert_eq!(by_link.as_deref(), Some("https://creativecommons.org/licenses/by/4.0/"));
    }
}
