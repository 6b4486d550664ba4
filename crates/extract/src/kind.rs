//! A guess at what kind of page it is, from what the page says of itself and how it is built.

use std::collections::{HashMap, HashSet};

use url::Url;

use crate::article::PageType;
use crate::blocks::Page;
use crate::features;
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
    let says_article = hints.ld_article || hints.og_article && !root;
    let forum = has(&[
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
    ]);
    if hints.ld_discussion || !says_article && (shares.thread > 0.6 || forum && shares.thread > 0.2) {
        return PageType::Forum;
    }
    let documented =
        has(&["/docs/", "docs.", "/documentation", "/reference/", "readthedocs", "/manual/", "/api/", "/wiki/"]);
    if !hints.ld_product && !hints.og_article && (documented || shares.docs > 0.5 && !hints.ld_article) {
        return PageType::Documentation;
    }
    let teasers = Teasers::new(page);
    let collected = teasers.prices >= 6 && teasers.alike >= 6;
    if !says_article && collected && (hints.ld_list || !(hints.og_product || hints.ld_product)) {
        return PageType::Collection;
    }
    if !says_article && (hints.og_product || hints.ld_product) {
        return PageType::Product;
    }
    if !says_article
        && (hints.ld_list || teasers.alike >= 8 && shares.prose < 0.35 || teasers.articles >= 3 && shares.prose < 0.5)
    {
        let shop = has(&["/shop", "/product", "/collection", "/category/", "/c/"]) && teasers.prices >= 3;
        return if shop { PageType::Collection } else { PageType::Listing };
    }
    if says_article {
        return PageType::Article;
    }
    if has(&["/product/", "/products/", "/p/", "/item/", "/dp/"]) {
        return PageType::Product;
    }
    let hyphens = url.map_or(0, |url| url.path().matches('-').count());
    let depth = url.map_or(0, |url| url.path().split('/').filter(|part| !part.is_empty()).count());
    let plain = hints.og_website && depth <= 2 && hyphens <= 2;
    if root || plain || has(&["/services", "/service/", "/about", "/solutions", "/pricing", "/features"]) {
        return PageType::Service;
    }
    PageType::Article
}

/// Shares of the content's words.
struct Shares {
    thread: f32,
    docs: f32,
    /// In blocks of forty words or more.
    prose: f32,
}

impl Shares {
    fn new(page: &Page<'_>, kept: &[bool]) -> Self {
        let (thread, docs) = (groups::bit("thread"), groups::bit("docs"));
        let (mut total, mut in_thread, mut in_docs, mut prose) = (0.0, 0.0, 0.0, 0.0);
        for (leaf, _) in page.leaves.iter().zip(kept).filter(|(_, kept)| **kept) {
            total += leaf.words;
            let named = page.ancestors(leaf.owner, 12).fold(0, |all, (_, element)| all | element.groups);
            in_thread += if named & thread != 0 { leaf.words } else { 0.0 };
            in_docs += if named & docs != 0 { leaf.words } else { 0.0 };
            prose += if leaf.words >= 40.0 { leaf.words } else { 0.0 };
        }
        let total = f32::max(total, 1.0);
        Self { thread: in_thread / total, docs: in_docs / total, prose: prose / total }
    }
}

/// What a list of other pages is made of.
struct Teasers {
    /// The most linked titles made by one template.
    alike: usize,
    /// Short blocks with a currency sign.
    prices: usize,
    /// `<article>`s that begin with a linked heading.
    articles: usize,
}

impl Teasers {
    fn new(page: &Page<'_>) -> Self {
        let around = semantics::NAV | semantics::HEADER | semantics::FOOTER | semantics::ASIDE;
        let mut shapes: HashMap<u64, usize> = HashMap::new();
        let mut articles: HashSet<usize> = HashSet::new();
        let mut prices = 0;
        for leaf in &page.leaves {
            let path: Vec<(usize, u64)> = ancestors(page, leaf.owner);
            let meanings = path.iter().fold(0, |all, (_, semantics)| all | semantics);
            let article = path.iter().find(|(_, semantics)| semantics & semantics::ARTICLE != 0);
            if leaf.words <= 6.0 && leaf.text.contains(['$', '€', '£', '¥', '₽', '₹']) {
                prices += 1;
            }
            let linked = leaf.link_words > 0.8 * leaf.words && (2.0..25.0).contains(&leaf.words);
            if linked && (meanings & around == 0 || article.is_some()) {
                *shapes.entry(features::shape(page, leaf)).or_insert(0) += 1;
                if let Some((article, _)) = article.filter(|_| meanings & semantics::HEADING != 0) {
                    articles.insert(*article);
                }
            }
        }
        Self { alike: shapes.into_values().max().unwrap_or(0), prices, articles: articles.len() }
    }
}

/// The elements around a block and their meanings, innermost first.
fn ancestors(page: &Page<'_>, owner: usize) -> Vec<(usize, u64)> {
    let mut path = Vec::new();
    let mut at = owner;
    while path.len() < 16 {
        let element = &page.elements[at];
        path.push((at, element.semantics));
        if element.parent == at {
            break;
        }
        at = element.parent;
    }
    path
}
