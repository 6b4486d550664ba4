//! What an element's own name, ARIA role and microdata mean: the page's semantics, one bit each.

use html5ever::local_name;
use scraper::node::Element;

use crate::attributes::Marks;

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
pub(crate) fn of(element: &Element, marks: &Marks<'_>) -> Semantics {
    named(element) | marks.role.map_or(0, role) | microdata(marks) | hidden(marks)
}

fn named(element: &Element) -> Semantics {
    match element.name.local {
        local_name!("article") => ARTICLE,
        local_name!("main") => MAIN,
        local_name!("nav") => NAV,
        local_name!("header") => HEADER,
        local_name!("footer") => FOOTER,
        local_name!("aside") => ASIDE,
        local_name!("section") => bit(6),
        local_name!("form") | local_name!("fieldset") => FORM,
        local_name!("ul") | local_name!("ol") | local_name!("menu") => LIST,
        local_name!("li") => ITEM,
        local_name!("table") => bit(10),
        local_name!("td") | local_name!("th") => CELL,
        local_name!("figure") => bit(12),
        local_name!("figcaption") | local_name!("caption") => CAPTION,
        local_name!("blockquote") => bit(14),
        local_name!("p") => PARAGRAPH,
        local_name!("pre") => PRE,
        local_name!("dl") | local_name!("dt") | local_name!("dd") => bit(17),
        local_name!("details") | local_name!("summary") => bit(18),
        local_name!("button") => BUTTON,
        local_name!("address") => bit(20),
        local_name!("dialog") => DIALOG,
        local_name!("noscript") => bit(22),
        local_name!("h1") => HEADING | H1,
        local_name!("h2") | local_name!("h3") | local_name!("h4") | local_name!("h5") | local_name!("h6") => HEADING,
        local_name!("div") => bit(28),
        local_name!("label") => bit(31),
        ref name if name.contains('-') => bit(27),
        _ => 0,
    }
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

fn microdata(marks: &Marks<'_>) -> Semantics {
    let mut semantics = 0;
    if let Some(property) = marks.item_prop {
        if property.contains("articleBody") || property.contains("mainContentOfPage") {
            semantics |= BODY;
        } else if property == "comment" {
            semantics |= bit(32);
        }
    }
    if let Some(kind) = marks.item_type {
        semantics |= bit(26);
        if kind.ends_with("/Comment") || kind.ends_with("/UserComments") {
            semantics |= bit(32);
        }
    }
    semantics
}

fn hidden(marks: &Marks<'_>) -> Semantics {
    let hidden = marks.is_hidden || marks.style.is_some_and(hides);
    if hidden { HIDDEN } else { 0 }
}

/// Whether a style hides, as far as its beginning tells.
fn hides(style: &str) -> bool {
    let mut folded = style.get(..200).unwrap_or(style).replace(' ', "");
    folded.make_ascii_lowercase();
    folded.contains("display:none") || folded.contains("visibility:hidden")
}
