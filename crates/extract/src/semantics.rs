//! What an element's own name, ARIA role and microdata mean: the page's semantics, one bit each.

use scraper::node::Element;

/// A set of meanings, one bit each.
pub(crate) type Semantics = u64;

/// The meanings in the order of their bits.
pub(crate) const NAMES: &[&str] = &[
    "article",
    "main",
    "nav",
    "header",
    "footer",
    "aside",
    "section",
    "form",
    "list",
    "item",
    "table",
    "cell",
    "figure",
    "caption",
    "quote",
    "paragraph",
    "pre",
    "definitions",
    "details",
    "button",
    "address",
    "dialog",
    "noscript",
    "heading",
    "hidden",
    "article body",
    "item scope",
    "custom",
    "division",
    "h1",
    "search",
    "label",
    "comment scope",
];

/// The bit of a meaning; 0 where there is none of that name.
pub(crate) const fn bit(index: usize) -> Semantics {
    1 << index
}

pub(crate) const ARTICLE: Semantics = bit(0);
pub(crate) const MAIN: Semantics = bit(1);
pub(crate) const NAV: Semantics = bit(2);
pub(crate) const HEADER: Semantics = bit(3);
pub(crate) const FOOTER: Semantics = bit(4);
pub(crate) const ASIDE: Semantics = bit(5);
pub(crate) const FORM: Semantics = bit(7);
pub(crate) const LIST: Semantics = bit(8);
pub(crate) const ITEM: Semantics = bit(9);
pub(crate) const CELL: Semantics = bit(11);
pub(crate) const CAPTION: Semantics = bit(13);
pub(crate) const PARAGRAPH: Semantics = bit(15);
pub(crate) const PRE: Semantics = bit(16);
pub(crate) const BUTTON: Semantics = bit(19);
pub(crate) const DIALOG: Semantics = bit(21);
pub(crate) const TABLE: Semantics = bit(10);
pub(crate) const FIGURE: Semantics = bit(12);
pub(crate) const DEFINITIONS: Semantics = bit(17);
pub(crate) const HEADING: Semantics = bit(23);
pub(crate) const HIDDEN: Semantics = bit(24);
pub(crate) const BODY: Semantics = bit(25);
pub(crate) const ITEM_SCOPE: Semantics = bit(26);
pub(crate) const COMMENT: Semantics = bit(32);
pub(crate) const H1: Semantics = bit(29);

/// What an element means.
pub(crate) fn of(element: &Element) -> Semantics {
    let name = match element.name() {
        "article" => ARTICLE,
        "main" => MAIN,
        "nav" => NAV,
        "header" => HEADER,
        "footer" => FOOTER,
        "aside" => ASIDE,
        "section" => bit(6),
        "form" | "fieldset" => FORM,
        "ul" | "ol" | "menu" => LIST,
        "li" => ITEM,
        "table" => bit(10),
        "td" | "th" => CELL,
        "figure" => bit(12),
        "figcaption" | "caption" => CAPTION,
        "blockquote" => bit(14),
        "p" => PARAGRAPH,
        "pre" => PRE,
        "dl" | "dt" | "dd" => bit(17),
        "details" | "summary" => bit(18),
        "button" => BUTTON,
        "address" => bit(20),
        "dialog" => DIALOG,
        "noscript" => bit(22),
        "h1" => HEADING | H1,
        "h2" | "h3" | "h4" | "h5" | "h6" => HEADING,
        "div" => bit(28),
        "label" => bit(31),
        name if name.contains('-') => bit(27),
        _ => 0,
    };
    name | role(element.attr("role").unwrap_or("")) | microdata(element) | hidden(element)
}

fn role(role: &str) -> Semantics {
    match role {
        "main" => MAIN,
        "navigation" | "menu" | "menubar" => NAV,
        "banner" => HEADER,
        "contentinfo" => FOOTER,
        "complementary" => ASIDE,
        "search" => bit(30) | FORM,
        "dialog" | "alertdialog" => DIALOG,
        "article" => ARTICLE,
        "button" | "tab" | "menuitem" => BUTTON,
        "heading" => HEADING,
        _ => 0,
    }
}

fn microdata(element: &Element) -> Semantics {
    let mut semantics = 0;
    if let Some(property) = element.attr("itemprop") {
        if property.contains("articleBody") || property.contains("mainContentOfPage") {
            semantics |= BODY;
        } else if property == "comment" {
            semantics |= bit(32);
        }
    }
    if let Some(kind) = element.attr("itemtype") {
        semantics |= bit(26);
        if kind.ends_with("/Comment") || kind.ends_with("/UserComments") {
            semantics |= bit(32);
        }
    }
    semantics
}

fn hidden(element: &Element) -> Semantics {
    let style = element.attr("style").unwrap_or("");
    let by_style = style.get(..200).unwrap_or(style).replace(' ', "").to_ascii_lowercase();
    let hidden = element.attr("hidden").is_some()
        || element.attr("aria-hidden") == Some("true")
        || by_style.contains("display:none")
        || by_style.contains("visibility:hidden");
    if hidden { HIDDEN } else { 0 }
}
