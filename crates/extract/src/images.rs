//! Which picture an `<img>` shows: lazy loading undone, the largest of a `srcset`, addresses absolute; and which images are
//! no pictures at all (spacers, counters). It does not know whether an image belongs to the article.

use ego_tree::NodeId;
use scraper::{Html, Node};
use url::Url;

use crate::article::Image;
use crate::attributes::attr_named;
use crate::family;
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
    "data-full-url",
    "data-image",
    "data-url",
    "data-img-src",
    "data-echo",
    "data-lazy",
    "data-cfsrc",
    "data-ll-src",
    "data-runner-src",
    "lazysrc",
];

/// The same for `srcset`.
const SETS: &[&str] = &["data-srcset", "data-lazy-srcset", "data-ll-srcset", "srcset"];

/// No more children of a `<picture>` than this are looked at.
const SOURCES_MAX: usize = 64;

/// The image an element shows; `None` where it shows none.
pub(crate) fn image(tree: &Html, id: NodeId, base: Option<&Url>) -> Option<Image> {
    let element = tree.tree.get(id)?.value().as_element()?;
    if is_tiny(attr_named(element, "width")) || is_tiny(attr_named(element, "height")) {
        return None;
    }
    let lazy = LAZY.iter().filter_map(|name| attr_named(element, name)).find(|value| looks_like_address(value));
    let srcset = || SETS.iter().filter_map(|name| attr_named(element, name)).find_map(largest);
    let src = attr_named(element, "src").map(str::trim).filter(|src| !is_placeholder(src));
    // A preview stands in only where there is nothing better.
    let (src, preview) = if src.is_some_and(is_preview) { (None, src) } else { (src, None) };
    let source = lazy
        .or(src)
        .or_else(srcset)
        .or_else(|| source_of_picture(tree, id))
        .or_else(|| noscript_sibling(tree, id))
        .or(preview)?;
    if is_counter(source) || is_hidden(attr_named(element, "style")) && lazy.is_none() {
        return None;
    }
    Some(Image { src: absolute(source, base)?, alt: fold(attr_named(element, "alt").unwrap_or("")) })
}

/// The characters that an image stands for: a site's own drawing of an emoji.
pub(crate) fn emoji(tree: &Html, id: NodeId) -> Option<&str> {
    let alt = walk::attr_of(tree, id, "alt")?.trim();
    let is_sign = |c: char| matches!(c, '\u{203c}'..='\u{3299}' | '\u{1f000}'..='\u{1faff}' | '\u{fe0f}' | '\u{200d}' | '\u{e0020}'..='\u{e007f}');
    let is_emoji =
        !alt.is_empty() && alt.chars().count() <= 12 && alt.chars().all(|c| is_sign(c) || c == '©' || c == '®');
    let named =
        || family::classes(tree, id).any(|class| matches!(class, "emoji" | "wp-smiley" | "twemoji" | "joypixels"));
    (is_emoji || (alt.len() <= 4 && alt.starts_with([':', ';']) && named())).then_some(alt)
}

/// Whether an image is the copy for those without scripts of one that stands beside it.
pub(crate) fn is_copy_of(tree: &Html, id: NodeId, other: NodeId) -> bool {
    let Some(noscript) = family::around(tree, id, 4).find(|around| family::is(tree, *around, "noscript")) else {
        return false;
    };
    let Some(place) = family::parent(tree, noscript) else { return false };
    family::around(tree, other, 4).any(|around| around == place)
        && !family::around(tree, other, 4).any(|around| around == noscript)
}

fn fold(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_tiny(size: Option<&str>) -> bool {
    size.and_then(|size| size.trim().trim_end_matches("px").parse::<f32>().ok()).is_some_and(|size| size <= 3.0)
}

fn is_hidden(style: Option<&str>) -> bool {
    style.is_some_and(|style| {
        let style = style.replace(' ', "").to_ascii_lowercase();
        style.contains("display:none") || style.contains("visibility:hidden")
    })
}

/// An image that only counts visits.
fn is_counter(src: &str) -> bool {
    let lower = head_of(src).to_ascii_lowercase();
    let parts = [
        "facebook.com/tr?",
        "/pixel.",
        "/pixel?",
        "/pixel/",
        "//pixel.",
        "/tracking/",
        "/count.gif",
        "/beacon",
        "/b?c1=",
        "/collect?",
        "stats.wordpress.com",
        "/impression",
    ];
    parts.iter().any(|part| lower.contains(part))
}

/// The beginning of an address, long enough to tell what it is.
fn head_of(src: &str) -> &str {
    let end = (0..=src.len().min(300)).rev().find(|at| src.is_char_boundary(*at)).unwrap_or(0);
    &src[..end]
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
    let lower = head_of(src).to_ascii_lowercase();
    src.is_empty()
        || src.starts_with('#')
        || ["data:", "about:", "blob:", "javascript:"].iter().any(|scheme| lower.starts_with(scheme))
        || [
            "blank.gif",
            "blank.png",
            "spacer.gif",
            "pixel.gif",
            "clear.gif",
            "placeholder.",
            "/placeholder-",
            "lazy-load",
            "lazyload",
            "/loading.",
            "/loader.gif",
            "transparent.gif",
            "transparent.png",
            "trans.gif",
            "1x1.",
            "/empty.gif",
        ]
        .iter()
        .any(|part| lower.contains(part))
}

/// A few pixels that show while the picture loads: the address asks for a width of at most 100, or says so.
fn is_preview(src: &str) -> bool {
    let lower = head_of(src).to_ascii_lowercase();
    let query = lower.split_once('?').map_or("", |(_, query)| query);
    let narrow = query.split('&').filter_map(|pair| pair.split_once('=')).any(|(name, value)| {
        matches!(name, "w" | "width" | "resize" | "fit")
            && value.split(',').next().and_then(|width| width.parse::<u32>().ok()).is_some_and(|width| width <= 100)
    });
    narrow || lower.contains("lqip") || lower.contains("/w_20,") || lower.contains("blur=") || lower.contains(",e_blur")
}

/// The address of the largest candidate of a `srcset`, read as the standard says (HTML, 4.8.4.3.10): an address may hold
/// commas, and no space need follow the one between two candidates.
fn largest(srcset: &str) -> Option<&str> {
    let mut best: Option<(f32, &str)> = None;
    let mut rest = srcset;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == ',');
        if rest.is_empty() {
            return best.map(|(_, address)| address);
        }
        let end = rest.find(|c: char| c.is_ascii_whitespace()).unwrap_or(rest.len());
        let (address, after) = rest.split_at(end);
        let (descriptor, next) =
            if address.ends_with(',') { ("", after) } else { after.split_at(after.find(',').unwrap_or(after.len())) };
        rest = next;
        let address = address.trim_end_matches(',');
        let size = descriptor
            .split_ascii_whitespace()
            .find_map(|part| part.strip_suffix(['w', 'x']).and_then(|size| size.parse::<f32>().ok()));
        let size = size.unwrap_or(1.0);
        if looks_like_address(address) && best.is_none_or(|(most, _)| size > most) {
            best = Some((size, address));
        }
    }
}

fn source_of_picture(tree: &Html, id: NodeId) -> Option<&str> {
    let picture = family::around(tree, id, 2).find(|around| family::is(tree, *around, "picture"))?;
    let sources: Vec<NodeId> =
        family::children(tree, picture).take(SOURCES_MAX).filter(|child| family::is(tree, *child, "source")).collect();
    // What every program can show comes before newer formats.
    let is_common = |source: &NodeId| {
        walk::attr_of(tree, *source, "type")
            .is_none_or(|kind| !matches!(kind, "image/avif" | "image/webp" | "image/jxl"))
    };
    let (common, newer): (Vec<NodeId>, Vec<NodeId>) = sources.into_iter().partition(is_common);
    common
        .into_iter()
        .chain(newer)
        .find_map(|source| SETS.iter().filter_map(|name| walk::attr_of(tree, source, name)).find_map(largest))
}

/// The image for those without scripts that follows a lazy one.
fn noscript_sibling(tree: &Html, id: NodeId) -> Option<&str> {
    let next = family::next(tree, id).filter(|next| family::is(tree, *next, "noscript"))?;
    tree.tree
        .get(next)?
        .descendants()
        .take(10)
        .filter_map(|inner| match inner.value() {
            Node::Element(element) if element.name() == "img" => attr_named(element, "src"),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_candidate_is_taken_whatever_the_commas() {
        for (srcset, wanted) in [
            ("/a.jpg 320w, /b.jpg 1280w,/c.jpg 640w", Some("/b.jpg")),
            ("/a.jpg 1x,/b.jpg 2x", Some("/b.jpg")),
            ("/t/w_300,h_200/a.jpg 300w, /t/w_900,h_600/a.jpg 900w", Some("/t/w_900,h_600/a.jpg")),
            ("/a.jpg, /b.jpg 2x", Some("/b.jpg")),
            ("data:image/gif;base64,R0lGOD 1x", None),
            ("", None),
        ] {
            assert_eq!(largest(srcset), wanted, "{srcset}");
        }
    }
}
