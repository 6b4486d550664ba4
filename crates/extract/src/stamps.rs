//! What a page is stamped as for machines: by the words of its address, by the classes of `<html>` and `<body>`, by its
//! generator, by the kinds in OpenGraph, JSON-LD and microdata. A table says which words belong to which kind of page;
//! what a stamp is worth is learnt.

use std::collections::HashMap;
use std::sync::LazyLock;

use url::Url;

use crate::blocks::Page;
use crate::letters;
use crate::semantics;
use crate::structured::Hints;
use crate::walk;

/// The kinds of stamps with their words in lower case, in the languages sites are built in.
const TABLE: [(&str, &str); 7] = [
    (
        "forum",
        "forum forums thread threads topic topics viewtopic showthread showtopic viewforum forumdisplay question questions \
         answer answers qa ask community discuss discussion discussions bbs board boards talk foro foros foren post-type-topic \
         discourse phpbb vbulletin xenforo mybb nodebb flarum smf vanilla invision ipboard bbpress stackexchange comments t",
    ),
    (
        "docs",
        "doc docs documentation reference readthedocs manual manuals api wiki guide guides help developer developers dev learn \
         tutorial tutorials howto man kb handbook book spec specification doku dokumentation aide hilfe ayuda sphinx mkdocs \
         docusaurus gitbook mediawiki dokuwiki mdbook vitepress starlight rustdoc javadoc doxygen hlp dokumentacja spravka",
    ),
    (
        "product",
        "product products item items dp pd sku produkt produkte producto productos produit produits prodotto prodotti produto \
         towar tovar offer pdp",
    ),
    (
        "list",
        "category categories tag tags archive archives author browse list listing listings search collection collections \
         kategorie kategoria categoria categorie kategori rubrik rubric rubrique section catalog catalogue cat departments \
         index itemlist tax taxonomy feed all page",
    ),
    (
        "shop",
        "shop store buy woocommerce shopify magento prestashop bigcommerce opencart sale deals winkel tienda boutique negozio \
         loja sklep magazin laden cart",
    ),
    (
        "service",
        "service services about pricing solution solutions feature features platform leistungen leistung servicios \
         dienstleistungen servizi servicos uslugi company business contact home landing program programs why use plans",
    ),
    (
        "article",
        "article articles story stories post posts posting blog news artikel articulo articolo artigo artykul noticia noticias \
         notizie nachrichten actualite actualites wiadomosci press single newsarticle blogposting recipe review magazine",
    ),
];

static WORDS: LazyLock<HashMap<&'static str, u8>> = LazyLock::new(|| {
    let mut words = HashMap::new();
    for (bit, (_, list)) in TABLE.iter().enumerate() {
        for word in list.split(' ') {
            *words.entry(word).or_insert(0) |= 1 << bit;
        }
    }
    words
});

/// Where a stamp may stand.
const PLACES: [&str; 5] = ["host", "path", "last part", "page", "data"];

/// A part of a path with more words than this is a sentence.
const PART_WORDS_MAX: usize = 3;

/// The stamps of a page: the table's kinds by place.
pub(crate) fn stamps(page: &Page<'_>, hints: &Hints, url: Option<&Url>) -> [u8; PLACES.len()] {
    let mut stamps = [0; PLACES.len()];
    if let Some(url) = url {
        let host = url.host_str().unwrap_or("");
        for label in host.rsplit('.').skip(1) {
            stamps[0] |= kinds_of(label);
        }
        for part in url.path().split('/').filter(|part| !part.is_empty()) {
            let kinds = kinds_of(part);
            stamps[1] |= kinds;
            stamps[2] = kinds;
        }
    }
    // The elements that stand for the whole page come first.
    for element in page.elements.iter().take(4) {
        if matches!(walk::name_of(page.tree, element.id), "html" | "body") {
            let class = walk::attr_of(page.tree, element.id, "class").unwrap_or("");
            let names = class.split_whitespace().chain(walk::attr_of(page.tree, element.id, "id"));
            stamps[3] |= names.take(60).fold(0, |all, name| all | kinds_of(name));
        }
    }
    for element in page.elements.iter().filter(|element| element.semantics & semantics::ITEM_SCOPE != 0).take(100) {
        let kind = walk::attr_of(page.tree, element.id, "itemtype").unwrap_or("");
        stamps[4] |= kinds_of(kind.rsplit('/').next().unwrap_or(kind));
    }
    stamps[4] |= hints.stamps.iter().fold(0, |all, stamp| all | kinds_of(stamp));
    stamps
}

fn kinds_of(name: &str) -> u8 {
    if name.len() > 80 {
        return 0;
    }
    let words = words(name);
    if words.len() > PART_WORDS_MAX {
        return 0;
    }
    let whole = WORDS.get(name).copied().unwrap_or(0);
    words.iter().fold(whole, |all, word| all | WORDS.get(word.as_str()).copied().unwrap_or(0))
}

/// The words of a name in lower case: cut at signs and digits, and where `camelCase` turns.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let (mut open, mut lower_before) = (false, false);
    for c in name.chars() {
        let turns = c.is_uppercase() && lower_before;
        lower_before = c.is_lowercase();
        if !letters::is_alphabetic(c) {
            open = false;
            continue;
        }
        if !open || turns {
            words.push(String::new());
        }
        open = true;
        if let Some(word) = words.last_mut() {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| word.chars().count() > 1);
    words
}

/// The stamps as numbers with their names.
pub(crate) fn each(stamps: [u8; PLACES.len()], mut put: impl FnMut(&str, &str, bool)) {
    for (place, bits) in PLACES.into_iter().zip(stamps) {
        for (bit, (kind, _)) in TABLE.iter().enumerate() {
            put(place, kind, bits & (1 << bit) != 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blocks;
    use crate::structured;
    use crate::tree;

    fn stamped(html: &str, url: &str) -> Vec<String> {
        let tree = tree::parse(html, &crate::Limits::default());
        let page = blocks::page(&tree);
        let hints = structured::hints(&tree);
        let mut found = Vec::new();
        each(stamps(&page, &hints, Url::parse(url).ok().as_ref()), |place, kind, is| {
            if is {
                found.push(format!("{place}: {kind}"));
            }
        });
        found
    }

    #[test]
    fn the_words_of_an_address_are_stamps_but_not_those_of_a_slug() {
        assert_eq!(stamped("<p>x", "https://docs.example.org/intro"), ["host: docs"]);
        assert_eq!(stamped("<p>x", "https://example.org/product/blue-vase"), ["path: product"]);
        assert!(stamped("<p>x", "https://example.org/how-we-shop-for-books").is_empty());
    }

    #[test]
    fn the_class_of_the_body_and_structured_data_are_stamps() {
        assert_eq!(stamped("<body class='single-product x'><p>x", "about:blank"), ["page: product", "page: article"]);
        assert_eq!(stamped("<div itemscope itemtype=https://schema.org/Product>x", "about:blank"), ["data: product"]);
        let data = "<script type=application/ld+json>{\"@type\":\"DiscussionForumPosting\"}</script>";
        assert_eq!(stamped(data, "about:blank"), ["data: forum", "data: article"]);
    }
}
