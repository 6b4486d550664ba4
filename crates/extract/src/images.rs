//! Which picture an `<img>` shows: lazy loading undone, the largest of a `srcset`, addresses absolute; and which images are
//! no pictures at all (spacers, counters, icons). It does not know whether an image belongs to the article.

use ego_tree::NodeId;
use scraper::{Html, Node};
use url::Url;

use crate::article::Image;
use crate::walk;

/// Attributes that hold the address until a script moves it to `src`, by how often they are met.
const LAZY: &[&str] = &[
    "data-src",
    "data-lazy-src",
    "data-original",
    "data-orig-src",
    "data-large-file",
    "data-orig-file",
    "data-hi-res-src",
    "data-full-src",
    "data-image",
    "data-url",
    "data-img-src",
    "data-echo",
    "data-lazy",
    "lazysrc",
];

/// No more children of a `<picture>` than this are looked at.
const SOURCES_MAX: usize = 64;

/// The image an element shows; `None` where it shows none.
pub(crate) fn image(tree: &Html, id: NodeId, base: Option<&Url>) -> Option<Image> {
    let element = tree.tree.get(id)?.value().as_element()?;
    if is_tiny(element.attr("width")) || is_tiny(element.attr("height")) {
        return None;
    }
    let lazy = LAZY.iter().filter_map(|name| element.attr(name)).find(|value| looks_like_address(value));
    let srcset =
        ["data-srcset", "data-lazy-srcset", "srcset"].iter().filter_map(|name| element.attr(name)).find_map(largest);
    let src = element.attr("src").map(str::trim).filter(|src| !is_placeholder(src));
    let source =
        lazy.or(src).or(srcset).or_else(|| source_of_picture(tree, id)).or_else(|| noscript_sibling(tree, id))?;
    Some(Image { src: absolute(source, base)?, alt: fold(element.attr("alt").unwrap_or("")) })
}

fn fold(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_tiny(size: Option<&str>) -> bool {
    size.and_then(|size| size.trim().trim_end_matches("px").parse::<f32>().ok()).is_some_and(|size| size <= 3.0)
}

fn looks_like_address(value: &str) -> bool {
    let value = value.trim();
    !value.is_empty()
        && !is_placeholder(value)
        && !value.contains(['{', '<', ' '])
        && (value.contains('/') || value.contains('.'))
}

/// A picture that only holds the place of another.
fn is_placeholder(src: &str) -> bool {
    let lower = src.get(..src.len().min(200)).unwrap_or(src).to_ascii_lowercase();
    src.is_empty()
        || lower.starts_with("data:")
        || lower.starts_with("about:")
        || lower.starts_with("blob:")
        || [
            "blank.gif",
            "spacer.gif",
            "pixel.gif",
            "placeholder.",
            "lazy-load",
            "lazyload",
            "/loading.",
            "transparent.gif",
            "1x1.",
        ]
        .iter()
        .any(|part| lower.contains(part))
}

/// The address of the largest candidate of a `srcset`.
fn largest(srcset: &str) -> Option<&str> {
    let mut best: Option<(f32, &str)> = None;
    for candidate in srcset.split(", ").flat_map(|part| part.split(",\n")) {
        let mut parts = candidate.split_whitespace();
        let Some(address) = parts.next().map(|address| address.trim_end_matches(',')) else { continue };
        if !looks_like_address(address) {
            continue;
        }
        let size =
            parts.next().and_then(|size| size.trim_end_matches(['w', 'x', ',']).parse::<f32>().ok()).unwrap_or(1.0);
        if best.is_none_or(|(most, _)| size > most) {
            best = Some((size, address));
        }
    }
    best.map(|(_, address)| address)
}

fn source_of_picture(tree: &Html, id: NodeId) -> Option<&str> {
    let parent = tree.tree.get(id)?.parent()?;
    if walk::name_of(tree, parent.id()) != "picture" {
        return None;
    }
    let children = parent.children().take(SOURCES_MAX).filter_map(|child| child.value().as_element());
    children.filter(|child| child.name() == "source").find_map(|source| {
        ["srcset", "data-srcset", "data-lazy-srcset"].iter().filter_map(|name| source.attr(name)).find_map(largest)
    })
}

/// The image for those without scripts that follows a lazy one.
fn noscript_sibling(tree: &Html, id: NodeId) -> Option<&str> {
    let node = tree.tree.get(id)?;
    let next = node.next_siblings().find(|sibling| sibling.value().is_element())?;
    if walk::name_of(tree, next.id()) != "noscript" {
        return None;
    }
    next.descendants()
        .take(10)
        .filter_map(|inner| match inner.value() {
            Node::Element(element) if element.name() == "img" => element.attr("src"),
            _ => None,
        })
        .find(|src| !is_placeholder(src))
}

fn absolute(source: &str, base: Option<&Url>) -> Option<String> {
    let source = source.trim();
    let absolute = match base {
        Some(base) => base.join(source),
        None => Url::parse(source),
    };
    match absolute {
        Ok(url) => matches!(url.scheme(), "http" | "https").then(|| url.to_string()),
        Err(url::ParseError::RelativeUrlWithoutBase) => Some(source.to_owned()),
        Err(_) => None,
    }
}
