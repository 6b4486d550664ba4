//! The attributes of an element, found by comparing names: `Element::attr` of the tree makes a name first, which costs more
//! than the search.

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
    use super::*;

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
