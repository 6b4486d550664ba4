//! The tree as a flat list of steps: block elements opened and closed, inline elements, texts, images. Everything after this
//! reads steps, so nothing recurses over a page's depth. It decides what is block and what is inline, and what is never
//! text (scripts, styles, controls); it judges nothing.

use std::ops::Range;

use ego_tree::{NodeId, NodeRef};
use html5ever::{LocalName, local_name};
use scraper::{Html, Node};

use crate::attributes::{attr, attr_named};
use crate::spaces;

/// One step of the walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// A block-level element begins.
    Open(NodeId),
    /// It ends.
    Close(NodeId),
    /// An inline element begins.
    InlineOpen(NodeId),
    /// It ends.
    InlineClose(NodeId),
    /// A text.
    Text(NodeId),
    /// A `<br>`.
    Break,
    /// An image.
    Image(NodeId),
    /// A `<hr>`.
    Rule,
}

/// What an element is to the walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Skip,
    Inline,
    Block,
    Break,
    Rule,
    Image,
}

fn kind_of(name: &LocalName) -> Kind {
    match *name {
        local_name!("script")
        | local_name!("style")
        | local_name!("template")
        | local_name!("head")
        | local_name!("svg")
        | local_name!("iframe")
        | local_name!("video")
        | local_name!("audio")
        | local_name!("canvas")
        | local_name!("object")
        | local_name!("embed")
        | local_name!("applet")
        | local_name!("select")
        | local_name!("textarea")
        | local_name!("datalist")
        | local_name!("input")
        | local_name!("meter")
        | local_name!("progress")
        | local_name!("map")
        | local_name!("noembed")
        | local_name!("noframes")
        | local_name!("frameset")
        | local_name!("link")
        | local_name!("meta")
        | local_name!("title")
        | local_name!("base")
        | local_name!("source")
        | local_name!("track")
        | local_name!("annotation")
        | local_name!("annotation-xml")
        | local_name!("rp") => Kind::Skip,
        local_name!("br") => Kind::Break,
        local_name!("hr") => Kind::Rule,
        local_name!("img") => Kind::Image,
        local_name!("a")
        | local_name!("abbr")
        | local_name!("acronym")
        | local_name!("b")
        | local_name!("bdi")
        | local_name!("bdo")
        | local_name!("big")
        | local_name!("blink")
        | local_name!("cite")
        | local_name!("code")
        | local_name!("data")
        | local_name!("del")
        | local_name!("dfn")
        | local_name!("em")
        | local_name!("font")
        | local_name!("i")
        | local_name!("ins")
        | local_name!("kbd")
        | local_name!("label")
        | local_name!("mark")
        | local_name!("math")
        | local_name!("mi")
        | local_name!("mn")
        | local_name!("mo")
        | local_name!("mrow")
        | local_name!("msub")
        | local_name!("msup")
        | local_name!("mfrac")
        | local_name!("semantics")
        | local_name!("mtext")
        | local_name!("nobr")
        | local_name!("picture")
        | local_name!("q")
        | local_name!("rb")
        | local_name!("rt")
        | local_name!("ruby")
        | local_name!("s")
        | local_name!("samp")
        | local_name!("small")
        | local_name!("span")
        | local_name!("strike")
        | local_name!("strong")
        | local_name!("sub")
        | local_name!("sup")
        | local_name!("time")
        | local_name!("tt")
        | local_name!("u")
        | local_name!("var")
        | local_name!("wbr") => Kind::Inline,
        _ if **name == *"amp-img" => Kind::Image,
        _ => Kind::Block,
    }
}

/// The steps of a page in document order.
pub(crate) fn steps(tree: &Html) -> Vec<Step> {
    let mut steps = Vec::with_capacity(tree.tree.nodes().len());
    let root = tree.tree.root();
    let mut node = root;
    let mut pre_depth = 0usize;
    loop {
        let descend = enter(node, &mut pre_depth, &mut steps);
        if let Some(child) = node.first_child().filter(|_| descend) {
            node = child;
            continue;
        }
        if descend {
            leave(node, &mut pre_depth, &mut steps);
        }
        loop {
            if node == root {
                return steps;
            }
            if let Some(next) = node.next_sibling() {
                node = next;
                break;
            }
            let Some(parent) = node.parent() else { return steps };
            node = parent;
            leave(node, &mut pre_depth, &mut steps);
        }
    }
}

/// Records that a node begins; false where its children are not looked at (and `leave` is not called).
fn enter(node: NodeRef<'_, Node>, pre_depth: &mut usize, steps: &mut Vec<Step>) -> bool {
    match node.value() {
        Node::Text(_) => {
            steps.push(Step::Text(node.id()));
            false
        }
        Node::Element(element) => {
            let name = &element.name.local;
            match kind_of(name) {
                Kind::Skip => return false,
                Kind::Inline if *name == local_name!("a") && is_anchor_sign(node) => return false,
                Kind::Break => {
                    steps.push(Step::Break);
                    return false;
                }
                Kind::Rule => {
                    steps.push(Step::Rule);
                    return false;
                }
                Kind::Image => {
                    steps.push(Step::Image(node.id()));
                    return false;
                }
                Kind::Inline => steps.push(Step::InlineOpen(node.id())),
                Kind::Block if *pre_depth > 0 => steps.push(Step::InlineOpen(node.id())),
                Kind::Block => steps.push(Step::Open(node.id())),
            }
            *pre_depth += usize::from(*name == local_name!("pre"));
            true
        }
        Node::Document | Node::Fragment => true,
        _ => false,
    }
}

/// A sign beside a heading that links to the heading itself.
fn is_anchor_sign(node: NodeRef<'_, Node>) -> bool {
    let Some(element) = node.value().as_element() else { return false };
    if !attr(element, &local_name!("href")).is_some_and(|href| href.starts_with('#')) {
        return false;
    }
    let mut texts = node.children();
    let (first, more) = (texts.next(), texts.next());
    let text = first.and_then(|child| child.value().as_text().map(|text| text.trim().to_owned()));
    more.is_none() && text.is_some_and(|text| matches!(text.as_str(), "¶" | "#" | "§" | "🔗" | "\u{f0c1}"))
}

fn leave(node: NodeRef<'_, Node>, pre_depth: &mut usize, steps: &mut Vec<Step>) {
    let Node::Element(element) = node.value() else { return };
    let name = &element.name.local;
    if *name == local_name!("pre") {
        *pre_depth -= 1;
    }
    match kind_of(name) {
        Kind::Block if *pre_depth > 0 => {
            // A line of code in an element of its own.
            if !matches!(
                *name,
                local_name!("td")
                    | local_name!("th")
                    | local_name!("tbody")
                    | local_name!("table")
                    | local_name!("thead")
                    | local_name!("pre")
            ) {
                steps.push(Step::Break);
            }
            steps.push(Step::InlineClose(node.id()));
        }
        Kind::Block => steps.push(Step::Close(node.id())),
        _ => steps.push(Step::InlineClose(node.id())),
    }
}

/// Where each run of inline steps that holds text begins and ends: the leaf blocks. Block boundaries, rules, and two line
/// breaks in a row end a run.
pub(crate) fn runs(tree: &Html, steps: &[Step]) -> Vec<Range<usize>> {
    let mut runs = Vec::new();
    let mut start: Option<usize> = None;
    let mut end = 0;
    let mut breaks = 0;
    let mut pre = 0usize;
    for (at, step) in steps.iter().enumerate() {
        match step {
            Step::Text(id) => {
                if !is_blank_text(text_of(tree, *id)) {
                    start.get_or_insert(at);
                    end = at + 1;
                    breaks = 0;
                }
            }
            Step::Break => {
                breaks += 1;
                if breaks >= 2 && pre == 0 {
                    runs.extend(start.take().map(|start| start..end));
                }
            }
            Step::Open(id) | Step::Close(id) => {
                runs.extend(start.take().map(|start| start..end));
                breaks = 0;
                if is_pre(tree, *id) {
                    pre = usize::from(matches!(step, Step::Open(_)));
                }
            }
            Step::Rule => runs.extend(start.take().map(|start| start..end)),
            Step::InlineOpen(_) | Step::InlineClose(_) => {}
            Step::Image(_) => breaks = 0,
        }
    }
    runs.extend(start.take().map(|start| start..end));
    runs
}

fn is_pre(tree: &Html, id: NodeId) -> bool {
    let element = tree.tree.get(id).and_then(|node| node.value().as_element());
    element.is_some_and(|element| element.name.local == local_name!("pre"))
}

/// White space and characters that show nothing.
pub(crate) fn is_blank(c: char) -> bool {
    if matches!(c, '!'..='~') {
        return false;
    }
    c.is_whitespace() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{ad}' | '\u{2060}' | '\u{0}'..='\u{8}')
}

/// Whether a text shows nothing.
pub(crate) fn is_blank_text(text: &str) -> bool {
    text[spaces::blank(text.as_bytes())..].chars().all(is_blank)
}

/// The text of a text node; empty for any other.
pub(crate) fn text_of(tree: &Html, id: NodeId) -> &str {
    tree.tree.get(id).and_then(|node| node.value().as_text()).map_or("", |text| &text.text)
}

/// The name of an element; empty for any other node.
pub(crate) fn name_of(tree: &Html, id: NodeId) -> &str {
    tree.tree.get(id).and_then(|node| node.value().as_element()).map_or("", scraper::node::Element::name)
}

/// An attribute of an element.
pub(crate) fn attr_of<'a>(tree: &'a Html, id: NodeId, name: &str) -> Option<&'a str> {
    attr_named(tree.tree.get(id)?.value().as_element()?, name)
}
