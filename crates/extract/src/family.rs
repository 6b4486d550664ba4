//! Elements and what stands around them: parents, children, classes, texts. The few ways in which the builder of the article
//! looks at the tree besides its steps.

use ego_tree::NodeId;
use scraper::{Html, Node};

use crate::walk;

/// How many descendants are looked at, at most, where something is looked for within an element.
const WITHIN_MAX: usize = 400;

/// The parent of a node.
pub(crate) fn parent(tree: &Html, id: NodeId) -> Option<NodeId> {
    tree.tree.get(id)?.parent().map(|parent| parent.id())
}

/// The elements around a node, nearest first; at most `most` of them.
pub(crate) fn around(tree: &Html, id: NodeId, most: usize) -> impl Iterator<Item = NodeId> {
    let node = tree.tree.get(id);
    node.into_iter().flat_map(|node| node.ancestors()).take(most).map(|ancestor| ancestor.id())
}

/// The child elements of a node.
pub(crate) fn children(tree: &Html, id: NodeId) -> impl Iterator<Item = NodeId> {
    let node = tree.tree.get(id);
    node.into_iter().flat_map(|node| node.children()).filter(|child| child.value().is_element()).map(|child| child.id())
}

/// The elements within a node, in document order; a bounded number of them.
pub(crate) fn within(tree: &Html, id: NodeId) -> impl Iterator<Item = NodeId> {
    let node = tree.tree.get(id);
    node.into_iter()
        .flat_map(|node| node.descendants().skip(1))
        .take(WITHIN_MAX)
        .filter(|inner| inner.value().is_element())
        .map(|inner| inner.id())
}

/// The element that follows a node.
pub(crate) fn next(tree: &Html, id: NodeId) -> Option<NodeId> {
    tree.tree.get(id)?.next_siblings().find(|sibling| sibling.value().is_element()).map(|sibling| sibling.id())
}

/// The texts within a node as they stand, one after the other, controls left out; a bounded number of them.
pub(crate) fn text(tree: &Html, id: NodeId) -> String {
    let mut all = String::new();
    for text in texts(tree, id) {
        if text.chars().all(is_shown) {
            all.push_str(text);
        } else {
            all.extend(text.chars().filter(|c| is_shown(*c)));
        }
    }
    all
}

/// As [`text()`], where that is no longer than so many bytes: what is asked of elements within each other asks in this way.
pub(crate) fn short_text(tree: &Html, id: NodeId, most: usize) -> Option<String> {
    (!is_longer(tree, id, most)).then(|| text(tree, id))
}

/// Whether [`text`] would be longer than so many bytes.
pub(crate) fn is_longer(tree: &Html, id: NodeId, most: usize) -> bool {
    let mut length = 0;
    // Character by character: a single text may be the whole page.
    texts(tree, id).flat_map(str::chars).filter(|c| is_shown(*c)).any(|c| {
        length += c.len_utf8();
        length > most
    })
}

fn texts(tree: &Html, id: NodeId) -> impl Iterator<Item = &str> {
    let node = tree.tree.get(id);
    node.into_iter().flat_map(|node| node.descendants()).take(10 * WITHIN_MAX).filter_map(move |inner| {
        match inner.value() {
            // What scripts and style sheets are written in is no text, unless it is asked for.
            Node::Text(_) if inner.parent().is_some_and(|parent| parent.id() != id && is_raw(parent.value())) => None,
            Node::Text(text) => Some(&*text.text),
            Node::Element(element) if element.name() == "br" => Some("\n"),
            _ => None,
        }
    })
}

fn is_raw(node: &Node) -> bool {
    node.as_element().is_some_and(|element| matches!(element.name(), "script" | "style"))
}

fn is_shown(c: char) -> bool {
    !c.is_control() || matches!(c, '\n' | '\t')
}

/// The class names of an element.
pub(crate) fn classes(tree: &Html, id: NodeId) -> impl Iterator<Item = &str> {
    walk::attr_of(tree, id, "class").unwrap_or("").split_ascii_whitespace()
}

/// Whether an element has a class.
pub(crate) fn has_class(tree: &Html, id: NodeId, wanted: &str) -> bool {
    classes(tree, id).any(|class| class == wanted)
}

/// Whether an element is of a name.
pub(crate) fn is(tree: &Html, id: NodeId, name: &str) -> bool {
    walk::name_of(tree, id) == name
}
