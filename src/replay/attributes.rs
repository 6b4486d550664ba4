//! PURE: the table of HTML and SVG attributes that load, lead somewhere, run, or style. What is not in it is inert; what could
//! load in a place the table does not know is removed.

use crate::replay::address::Modifier;
use crate::replay::entities;
use crate::replay::tag::Tag;

/// What an attribute does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// Nothing that matters here.
    Inert,
    /// It was dealt with already.
    Done,
    /// It may not stay.
    Remove,
    /// It leads a reader on.
    Link,
    /// It loads a part of the page.
    Part(Modifier),
    /// It is a piece of style sheet.
    Style,
    /// It is a document.
    Document,
}

/// Attributes that run, send, hint, check what is no longer the same bytes, or change what addresses mean.
const REMOVED: &[&str] = &[
    "action",
    "allow",
    "archive",
    "attributionsrc",
    "autofocus",
    "code",
    "codebase",
    "classid",
    "crossorigin",
    "csp",
    "data",
    "download",
    "dynsrc",
    "formaction",
    "formmethod",
    "formtarget",
    "http-equiv",
    "imagesizes",
    "imagesrcset",
    "integrity",
    "lowsrc",
    "manifest",
    "method",
    "nonce",
    "ping",
    "profile",
    "referrerpolicy",
    "sandbox",
    "srcset",
    "xml:base",
];

/// SVG's presentation attributes that may hold `url(...)`.
const PRESENTATION: &[&str] =
    &["clip-path", "cursor", "fill", "filter", "marker", "marker-end", "marker-mid", "marker-start", "mask", "stroke"];

/// What the attribute `name` of a `tag` does.
pub(crate) fn of(tag: &str, name: &str, element: &Tag<'_>) -> Use {
    // The commonest first: on no element do they lead anywhere.
    if matches!(
        name,
        "class" | "id" | "alt" | "title" | "rel" | "type" | "width" | "height" | "name" | "role" | "lang" | "dir"
    ) || name.starts_with("data-")
        || name.starts_with("aria-")
    {
        return Use::Inert;
    }
    match (tag, name) {
        ("img", "src") | ("source", "srcset") => Use::Done,
        ("a" | "area", "href" | "xlink:href") | ("q" | "blockquote" | "ins" | "del", "cite") => Use::Link,
        ("link", "href") if has_word(element, "rel", "stylesheet") => Use::Part(Modifier::Style),
        ("link", "href") => Use::Part(Modifier::Image),
        // Written only where scripts run.
        ("script", "src") => Use::Part(Modifier::Script),
        ("iframe", "src") => Use::Part(Modifier::Frame),
        ("frame", "src") => Use::Part(Modifier::Frameset),
        ("iframe", "srcdoc") => Use::Document,
        ("input", "src") | ("image" | "feimage", "href" | "xlink:href") | ("video", "poster") | (_, "background") => {
            Use::Part(Modifier::Image)
        }
        ("audio" | "video" | "source" | "track", "src") | ("use", "href" | "xlink:href") => Use::Part(Modifier::Object),
        (_, "style") => Use::Style,
        (_, name) if name.starts_with("on") || REMOVED.contains(&name) => Use::Remove,
        (_, name) if PRESENTATION.contains(&name) => presentation(name, element),
        ("animate" | "set", "values" | "to" | "from" | "by") => presentation(name, element),
        (_, "href" | "xlink:href") if points_within(name, element) => Use::Inert,
        (_, "href" | "xlink:href" | "src" | "srcdoc" | "poster" | "cite" | "longdesc") => Use::Remove,
        _ => Use::Inert,
    }
}

/// Whether an attribute holds words for people alone, which lead nowhere whatever they look like.
pub(crate) fn is_words(name: &str) -> bool {
    matches!(name, "alt" | "title" | "summary" | "label" | "placeholder" | "value" | "content" | "aria-label")
}

fn presentation(name: &str, element: &Tag<'_>) -> Use {
    let value = element.get(name).unwrap_or_default();
    if value.contains(['(', '\\', '&']) { Use::Style } else { Use::Inert }
}

fn points_within(name: &str, element: &Tag<'_>) -> bool {
    element.get(name).is_some_and(|value| value.trim_start().starts_with('#'))
}

fn has_word(element: &Tag<'_>, name: &str, word: &str) -> bool {
    let value = element.get(name).unwrap_or_default();
    entities::decode(value).split_ascii_whitespace().any(|found| found.eq_ignore_ascii_case(word))
}

/// Whether a `<link>` shows: a style sheet or the page's icon. Every other kind fetches ahead or says something to machines.
pub(crate) fn link_is_wanted(element: &Tag<'_>) -> bool {
    has_word(element, "rel", "stylesheet") || has_word(element, "rel", "icon")
}
