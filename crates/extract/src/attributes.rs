//! The attributes of an element, found by comparing names: `Element::attr` of the tree makes a name first, which costs more
//! than the search. And which attributes nothing here asks for, so that a tree need not hold them.

use html5ever::{LocalName, local_name, ns};
use scraper::node::Element;

/// The value of an attribute.
pub(crate) fn attr<'t>(element: &'t Element, name: &LocalName) -> Option<&'t str> {
    element.attrs.iter().find(|(own, _)| own.local == *name && own.ns == ns!()).map(|(_, value)| &**value)
}

/// The value of an attribute by a name that is not known beforehand.
pub(crate) fn attr_named<'t>(element: &'t Element, name: &str) -> Option<&'t str> {
    element.attrs.iter().find(|(own, _)| *own.local == *name && own.ns == ns!()).map(|(_, value)| &**value)
}

/// Whether something here may ask for an attribute of this name. Half of those that pages have are for scripts, assistive
/// technology and drawings alone.
pub(crate) fn is_asked_for(name: &str) -> bool {
    if let Some(data) = name.strip_prefix("data-") {
        return is_data_asked_for(data);
    }
    if let Some(state) = name.strip_prefix("aria-") {
        return matches!(state, "label" | "hidden");
    }
    // What happens on an event is a script.
    let is_script = name.starts_with("on") && name.len() > 4;
    !is_script && !is_for_browsers(name)
}

/// Where scripts keep the addresses of images and frames, and highlighters the language of code.
fn is_data_asked_for(data: &str) -> bool {
    let ends = ["src", "srcset", "url", "file", "lang", "language", "videoid"];
    ends.iter().any(|end| data.ends_with(end)) || matches!(data, "original" | "image" | "echo" | "lazy" | "runner-src")
}

/// Names that only mean something to who draws, loads or steers.
fn is_for_browsers(name: &str) -> bool {
    matches!(
        name,
        "target"
            | "tabindex"
            | "loading"
            | "decoding"
            | "fetchpriority"
            | "crossorigin"
            | "integrity"
            | "nonce"
            | "referrerpolicy"
            | "autocomplete"
            | "placeholder"
            | "maxlength"
            | "for"
            | "method"
            | "media"
            | "sizes"
            | "color"
            | "border"
            | "cellpadding"
            | "cellspacing"
            | "align"
            | "valign"
            | "bgcolor"
            | "xmlns"
            | "viewbox"
            | "fill"
            | "stroke"
            | "d"
            | "x"
            | "y"
            | "x1"
            | "x2"
            | "y1"
            | "y2"
            | "r"
            | "cx"
            | "cy"
            | "rx"
            | "ry"
            | "points"
            | "transform"
            | "focusable"
    ) || name.starts_with("stroke-")
        || name.starts_with("fill-")
        || name.starts_with("clip-")
}

/// What says where a block stands, read in one pass.
#[derive(Debug, Default)]
pub(crate) struct Marks<'t> {
    pub(crate) class: Option<&'t str>,
    pub(crate) id: Option<&'t str>,
    pub(crate) role: Option<&'t str>,
    pub(crate) item_prop: Option<&'t str>,
    pub(crate) item_type: Option<&'t str>,
    pub(crate) style: Option<&'t str>,
    pub(crate) is_hidden: bool,
}

impl<'t> Marks<'t> {
    pub(crate) fn of(element: &'t Element) -> Self {
        let mut marks = Self::default();
        for (name, value) in &element.attrs {
            if name.ns != ns!() {
                continue;
            }
            match name.local {
                local_name!("class") => marks.class = Some(value),
                local_name!("id") => marks.id = Some(value),
                local_name!("role") => marks.role = Some(value),
                local_name!("itemprop") => marks.item_prop = Some(value),
                local_name!("itemtype") => marks.item_type = Some(value),
                local_name!("style") => marks.style = Some(value),
                local_name!("hidden") => marks.is_hidden = true,
                local_name!("aria-hidden") => marks.is_hidden |= &**value == "true",
                _ => {}
            }
        }
        marks
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Every source file of the crate.
    fn sources(folder: &std::path::Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, found);
            } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("attributes.rs") {
                found.push(std::fs::read_to_string(path).unwrap());
            }
        }
    }

    #[test]
    fn every_attribute_that_the_source_names_is_asked_for() {
        let mut files = Vec::new();
        sources(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
        // Names that are no attributes where they stand: those of elements, of words, of tests.
        let others = ["data-x", "data-preloaded", "placeholder", "loading", "media", "for", "x", "y", "d", "r"];
        let mut lost = Vec::new();
        for name in files.iter().flat_map(|file| file.split('"').skip(1).step_by(2)) {
            let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
            let may_be = name.starts_with("data-") || name.starts_with("aria-") || is_for_browsers(name);
            if is_name && may_be && !is_asked_for(name) && !others.contains(&name) {
                lost.push(name);
            }
        }
        assert!(lost.is_empty(), "{lost:?}");
    }

    #[test]
    fn what_only_scripts_and_drawings_use_is_not_asked_for() {
        for name in ["data-testid", "aria-expanded", "onclick", "tabindex", "d", "stroke-width"] {
            assert!(!is_asked_for(name), "{name}");
        }
        for name in ["class", "data-src", "data-large-file", "data-enlighter-language", "aria-label", "srcset", "style"]
        {
            assert!(is_asked_for(name), "{name}");
        }
    }

    #[test]
    fn an_attribute_is_found_by_its_name_alone() {
        let tree = scraper::Html::parse_fragment("<svg xlink:href=b></svg><a href=c class='d e' aria-hidden=true>");
        let found: Vec<_> = tree.tree.nodes().filter_map(|node| node.value().as_element()).collect();
        let values: Vec<_> = found.iter().filter_map(|element| attr(element, &local_name!("href"))).collect();
        assert_eq!(values, ["c"]);
        assert!(found.iter().all(|element| attr_named(element, "href") == element.attr("href")));
        let marks = found.last().map(|element| Marks::of(element)).unwrap_or_default();
        assert_eq!((marks.class, marks.id, marks.is_hidden), (Some("d e"), None, true));
    }
}
