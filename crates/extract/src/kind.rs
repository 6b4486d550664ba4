//! A guess at what kind of page it is, from what the page says of itself and how it is built.

use url::Url;

use crate::article::PageType;
use crate::blocks::Page;
use crate::groups;
use crate::semantics;
use crate::structured::Hints;

/// Guesses the kind of a page.
pub(crate) fn page_type(page: &Page<'_>, kept: &[bool], hints: &Hints, url: Option<&Url>) -> PageType {
    let path =
        url.map_or_else(String::new, |url| format!("{}{}", url.host_str().unwrap_or(""), url.path()).to_lowercase());
    let has = |parts: &[&str]| parts.iter().any(|part| path.contains(part));
    let shares = Shares::new(page, kept);
    let root = url.is_some_and(|url| url.path().len() <= 1);
    if hints.ld_discussion
        || has(&[
            "/forum",
            "forum.",
            "forums.",
            "/thread",
            "/threads/",
            "/topic",
            "viewtopic",
            "showthread",
            "/questions/",
            "community.",
        ]) && !hints.ld_article
            && shares.thread > 0.2
    {
        return PageType::Forum;
    }
    if has(&["/docs/", "docs.", "/documentation", "/reference/", "readthedocs", "/manual/", "/api/", "/wiki/"])
        && !hints.ld_product
        && !hints.og_article
        || shares.docs > 0.5 && !hints.ld_article && !hints.og_article
    {
        return PageType::Documentation;
    }
    if shares.thread > 0.6 && !hints.ld_article && !hints.og_article {
        return PageType::Forum;
    }
    if (hints.og_product || hints.ld_product) && !hints.ld_article && !hints.og_article && !hints.ld_list {
        return PageType::Product;
    }
    if hints.ld_list && !hints.ld_article {
        return if hints.og_product || hints.ld_product { PageType::Collection } else { PageType::Listing };
    }
    if hints.ld_article || hints.og_article && !root {
        return PageType::Article;
    }
    if shares.link > 0.45 && shares.teasers >= 8.0 {
        return if has(&["/shop", "/product", "/collection", "/category/"]) {
            PageType::Collection
        } else {
            PageType::Listing
        };
    }
    if has(&["/product/", "/products/", "/p/", "/item/", "/dp/"]) {
        return PageType::Product;
    }
    if root || has(&["/services", "/service/", "/about", "/solutions", "/pricing", "/features"]) {
        return PageType::Service;
    }
    PageType::Article
}

/// Shares of the content's words.
struct Shares {
    thread: f32,
    docs: f32,
    link: f32,
    /// Headings that are links, and articles: what a list of teasers is made of.
    teasers: f32,
}

impl Shares {
    fn new(page: &Page<'_>, kept: &[bool]) -> Self {
        let (thread, docs) = (groups::bit("thread"), groups::bit("docs"));
        let (mut total, mut in_thread, mut in_docs, mut link, mut teasers) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for (leaf, _) in page.leaves.iter().zip(kept).filter(|(_, kept)| **kept) {
            total += leaf.words;
            link += leaf.link_words;
            let owner = &page.elements[leaf.owner];
            if owner.semantics & semantics::HEADING != 0 && leaf.link_words > 0.8 * leaf.words {
                teasers += 1.0;
            }
            let named = page.ancestors(leaf.owner, 12).fold(0, |all, (_, element)| all | element.groups);
            in_thread += if named & thread != 0 { leaf.words } else { 0.0 };
            in_docs += if named & docs != 0 { leaf.words } else { 0.0 };
        }
        let total: f32 = f32::max(total, 1.0);
        Self { thread: in_thread / total, docs: in_docs / total, link: link / total, teasers }
    }
}
