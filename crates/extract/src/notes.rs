//! Footnotes: a link to a place in the page that links back is a reference, and what stands in that place is its note. The
//! rule needs no names, so it holds for every generator; names help only where the way back is missing.

use ego_tree::NodeId;
use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use html5ever::local_name;
use scraper::Html;
use url::Url;

use crate::article::{Block, Inline};
use crate::attributes::attr;
use crate::blocks::Page;
use crate::family;
use crate::walk::{self, Step};

/// More links within a page than this are not looked at.
const LINKS_MAX: usize = 2_000;
/// A note is led back from by at most so many links.
const RETURNS_MAX: usize = 60;
/// A note has at most so many characters.
const NOTE_MAX: usize = 6_000;
/// Bytes of the mark of a reference, with what stands around it.
const MARKER_MAX: usize = 60;
/// Children of an element that are looked at.
const CHILDREN_MAX: usize = 100;

/// The footnotes of a page.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    /// The links that refer to a note, and its label.
    pub(crate) references: HashMap<NodeId, String>,
    /// The block elements that hold a note, and its label.
    pub(crate) holders: HashMap<NodeId, String>,
    /// The links that lead back from a note.
    pub(crate) returns: HashSet<NodeId>,
}

/// A link to a place in the page.
struct Link {
    id: NodeId,
    at: usize,
    target: NodeId,
}

/// Finds the footnotes among what is kept.
pub(crate) fn find(page: &Page<'_>, kept: &[bool], base: Option<&Url>) -> Notes {
    let links = links(page, base);
    if links.is_empty() {
        return Notes::default();
    }
    let tree = page.tree;
    let marked: Vec<(&Link, String)> = links.iter().filter_map(|link| Some((link, marker(tree, link.id)?))).collect();
    if marked.is_empty() {
        return Notes::default();
    }
    let spans = spans(page);
    let is_kept = |holder: NodeId| {
        spans.get(&holder).is_some_and(|(open, close)| {
            let first = page.leaves.partition_point(|leaf| leaf.steps.end <= *open);
            (first..page.leaves.len()).take_while(|leaf| page.leaves[*leaf].steps.start < *close).any(|leaf| kept[leaf])
        })
    };
    let mut found = Notes::default();
    let mut taken = HashSet::new();
    for (link, marker) in marked {
        let Some(holder) = holder(tree, link.target) else { continue };
        let Some((open, close)) = spans.get(&holder).copied() else { continue };
        if (open..close).contains(&link.at) || !is_kept(holder) {
            continue;
        }
        let back: Vec<&Link> = links
            .iter()
            .skip(links.partition_point(|other| other.at < open))
            .take_while(|other| other.at < close)
            .take(RETURNS_MAX)
            .filter(|other| leads_to(tree, other.target, link.id))
            .collect();
        // The mark of a note is a link with the same text: the first of the two in the page is the reference.
        let is_reference = if back.is_empty() { is_named(tree, link) } else { link.at < open };
        if !is_reference {
            continue;
        }
        found.returns.extend(back.iter().map(|back| back.id));
        let label = match found.holders.get(&holder) {
            Some(label) => label.clone(),
            None => unused(&marker, &mut taken),
        };
        found.holders.insert(holder, label.clone());
        found.references.insert(link.id, label);
    }
    found.references.retain(|id, _| !found.returns.contains(id));
    found
}

/// The links to places in the page, in document order.
fn links(page: &Page<'_>, base: Option<&Url>) -> Vec<Link> {
    let tree = page.tree;
    let mut wanted: Vec<(NodeId, usize, &str)> = Vec::new();
    for (at, step) in page.steps.iter().enumerate() {
        let Step::InlineOpen(id) = *step else { continue };
        let Some(element) = tree.tree.get(id).and_then(|node| node.value().as_element()) else { continue };
        if element.name.local != local_name!("a") {
            continue;
        }
        let Some(href) = attr(element, &local_name!("href")) else { continue };
        let Some((path, fragment)) = href.split_once('#') else { continue };
        if wanted.len() >= LINKS_MAX {
            break;
        }
        let own = path.is_empty() || base.is_some_and(|base| same_page(base, path));
        if own && !fragment.is_empty() {
            wanted.push((id, at, fragment));
        }
    }
    // Without a mark none of them refers to a note.
    if wanted.len() < 2 || !wanted.iter().any(|(id, ..)| marker(tree, *id).is_some()) {
        return Vec::new();
    }
    let fragments: HashSet<&str> = wanted.iter().map(|(_, _, fragment)| *fragment).collect();
    let mut places: HashMap<&str, NodeId> = HashMap::new();
    for node in tree.tree.nodes() {
        let Some(element) = node.value().as_element() else { continue };
        let is_link = element.name.local == local_name!("a");
        let name = if is_link { attr(element, &local_name!("name")) } else { None };
        let names = [attr(element, &local_name!("id")), name];
        for name in names.into_iter().flatten().filter(|name| fragments.contains(name)) {
            places.entry(name).or_insert(node.id());
        }
    }
    let link = |(id, at, fragment): (NodeId, usize, &str)| Some(Link { id, at, target: *places.get(fragment)? });
    wanted.into_iter().filter_map(link).collect()
}

fn same_page(base: &Url, path: &str) -> bool {
    base.join(path).is_ok_and(|url| url.path() == base.path() && url.host() == base.host())
}

/// Where block-level elements begin and end among the steps.
fn spans(page: &Page<'_>) -> HashMap<NodeId, (usize, usize)> {
    let mut spans = HashMap::new();
    let mut open = Vec::new();
    for (at, step) in page.steps.iter().enumerate() {
        match step {
            Step::Open(_) => open.push(at),
            Step::Close(id) => {
                spans.insert(*id, (open.pop().unwrap_or(0), at));
            }
            _ => {}
        }
    }
    spans
}

/// The text of a reference without its brackets: a number, a letter or a sign, maybe with a word before it.
fn marker(tree: &Html, link: NodeId) -> Option<String> {
    let text = family::short_text(tree, link, MARKER_MAX)?;
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let bare = text.trim_matches(|c: char| matches!(c, '[' | ']' | '(' | ')' | '^' | '.' | ',' | ' ' | '{' | '}'));
    let length = bare.chars().count();
    let is_number = bare.chars().any(char::is_numeric) && length <= 12;
    let is_sign = length <= 2 && !bare.is_empty() && !matches!(bare, "#" | "¶" | "§" | "↩" | "↑" | "⏎");
    (is_number || is_sign).then(|| bare.to_owned())
}

/// The block that a place in the page stands for.
fn holder(tree: &Html, target: NodeId) -> Option<NodeId> {
    let around = std::iter::once(target).chain(family::around(tree, target, 5));
    let holder = around.into_iter().find(|at| {
        matches!(walk::name_of(tree, *at), "li" | "div" | "p" | "aside" | "dd" | "section" | "blockquote")
    })?;
    // Word and Substack: the place is a link at the start of the note's first paragraph, in an element for the whole note.
    let outer = family::parent(tree, holder).filter(|outer| {
        let named = family::classes(tree, *outer).any(|class| class.contains("footnote"))
            || walk::attr_of(tree, *outer, "id").is_some_and(|id| id.starts_with("ftn") || id.starts_with("edn"));
        named
            && holder != target
            && family::children(tree, *outer).take(CHILDREN_MAX).filter(|child| family::is(tree, *child, "div")).count()
                <= 1
            && family::is(tree, *outer, "div")
            && family::is(tree, holder, "p")
    });
    let holder = outer.unwrap_or(holder);
    let is_heading = |id: NodeId| matches!(walk::name_of(tree, id), "h1" | "h2" | "h3" | "h4" | "article" | "main");
    let is_note = !family::is_longer(tree, holder, NOTE_MAX) && !family::within(tree, holder).any(is_heading);
    is_note.then_some(holder)
}

/// Whether a place is a link, or stands right around or within it.
fn leads_to(tree: &Html, place: NodeId, link: NodeId) -> bool {
    place == link
        || family::around(tree, link, 2).any(|around| around == place && !is_large(tree, around))
        || family::within(tree, link).take(5).any(|inner| inner == place)
        || family::around(tree, place, 1).any(|around| {
            // The place may be an empty anchor beside the link.
            family::parent(tree, link) == Some(around) && family::is(tree, around, "sup")
        })
}

fn is_large(tree: &Html, id: NodeId) -> bool {
    !matches!(walk::name_of(tree, id), "sup" | "span" | "a" | "small" | "b" | "i" | "em")
}

/// Whether a reference without a way back is called one.
fn is_named(tree: &Html, link: &Link) -> bool {
    let raised = family::around(tree, link.id, 2)
        .chain(family::children(tree, link.id))
        .any(|near| family::is(tree, near, "sup"));
    let names = ["id", "name"]
        .into_iter()
        .filter_map(|name| walk::attr_of(tree, link.target, name))
        .chain(family::classes(tree, link.id));
    let known = ["fn", "footnote", "_ftn", "ftn", "cite_note", "endnote", "_edn"];
    let named = names.into_iter().any(|name| known.iter().any(|known| name.to_ascii_lowercase().starts_with(known)));
    raised && named
}

/// A label that no other note has.
fn unused(marker: &str, taken: &mut HashSet<String>) -> String {
    if taken.insert(marker.to_owned()) {
        return marker.to_owned();
    }
    let mut number = taken.len() + 1;
    loop {
        let label = number.to_string();
        if taken.insert(label.clone()) {
            return label;
        }
        number += 1;
    }
}

/// Makes references whose note did not become part of the content raised text.
pub(crate) fn settle(blocks: &mut [Block]) {
    let mut labels = HashSet::new();
    gather(blocks, &mut labels);
    each_run(blocks, &mut |run| settle_run(run, &labels));
}

fn gather(blocks: &[Block], labels: &mut HashSet<String>) {
    for block in blocks {
        match block {
            Block::Footnotes { notes } => labels.extend(notes.iter().map(|note| note.label.clone())),
            Block::Quote { content, .. } => gather(content, labels),
            Block::List { items, .. } => items.iter().for_each(|item| gather(item, labels)),
            Block::Definitions { items } => items.iter().for_each(|item| gather(&item.content, labels)),
            _ => {}
        }
    }
}

/// Calls for every run of text among blocks.
fn each_run(blocks: &mut [Block], change: &mut impl FnMut(&mut [Inline])) {
    for block in blocks {
        match block {
            Block::Heading { text, .. } | Block::Paragraph { text } => change(text),
            Block::Figure { caption, .. } => change(caption),
            Block::Quote { content, .. } => each_run(content, change),
            Block::List { items, .. } => items.iter_mut().for_each(|item| each_run(item, change)),
            Block::Footnotes { notes } => notes.iter_mut().for_each(|note| each_run(&mut note.content, change)),
            Block::Definitions { items } => {
                for item in items {
                    item.terms.iter_mut().for_each(|term| change(term));
                    each_run(&mut item.content, change);
                }
            }
            Block::Table { caption, rows, .. } => {
                change(caption);
                rows.iter_mut().flatten().for_each(|cell| change(cell));
            }
            Block::Code { .. } | Block::Embed { .. } | Block::Rule => {}
        }
    }
}

fn settle_run(run: &mut [Inline], labels: &HashSet<String>) {
    for inline in run {
        match inline {
            Inline::Footnote { label } if !labels.contains(label) => {
                let content = vec![Inline::Text { text: format!("[{label}]") }];
                *inline = Inline::Superscript { content };
            }
            Inline::Emphasis { content }
            | Inline::Strong { content }
            | Inline::Link { content, .. }
            | Inline::Superscript { content }
            | Inline::Subscript { content }
            | Inline::Styled { content, .. }
            | Inline::Abbreviation { content, .. }
            | Inline::Ruby { content, .. } => settle_run(content, labels),
            Inline::Text { .. }
            | Inline::Code { .. }
            | Inline::Image { .. }
            | Inline::Formula { .. }
            | Inline::Footnote { .. }
            | Inline::Checkbox { .. }
            | Inline::Break => {}
        }
    }
}
