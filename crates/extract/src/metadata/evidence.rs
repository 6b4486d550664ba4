//! One walk over the tree that gathers whatever may say something about the page: meta elements, links, JSON-LD, headings,
//! times, marked properties, bylines. It judges nothing; the other files do.

use std::collections::HashSet;

use ego_tree::iter::Edge;
use ego_tree::{NodeId, NodeRef};
use html5ever::{LocalName, local_name, ns};
use scraper::node::Element;
use scraper::{Html, Node};

use crate::attributes::attr;
use crate::metadata::hints::{Hints, hints};
use crate::metadata::lines::{Line, Reader};
use crate::metadata::text::{fold, key, plain, push_folded};

/// No kind of evidence is gathered more often than this on one page.
const KEPT_MAX: usize = 400;
/// Longer JSON-LD scripts than this are not read.
const JSON_BYTES_MAX: usize = 4 << 20;

/// A place in the tree with what its class and its surroundings hint at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark<'t> {
    /// The element.
    pub(crate) node: NodeRef<'t, Node>,
    /// What its own names hint at.
    pub(crate) own: Hints,
    /// What it stands in.
    pub(crate) area: Hints,
    /// Its place in document order.
    pub(crate) order: usize,
}

/// A `meta` element.
#[derive(Debug, Clone)]
pub(crate) struct Meta<'t> {
    /// `name`, `property` or `http-equiv`, in lower case.
    pub(crate) key: String,
    /// Its `content`.
    pub(crate) content: &'t str,
}

/// A `link` or `a` element with a `rel` that matters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Link<'t> {
    /// The `rel` attribute.
    pub(crate) rel: &'t str,
    /// Where it leads.
    pub(crate) href: &'t str,
    /// Where it stands.
    pub(crate) mark: Mark<'t>,
}

/// A property in microdata or RDFa.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Property<'t> {
    /// Its name, without prefix or address.
    pub(crate) name: &'t str,
    /// The type of the item it belongs to, as in `https://schema.org/Person`; empty where there is none.
    pub(crate) of: &'t str,
    /// The property that this item is the value of; empty where it is none.
    pub(crate) via: &'t str,
    /// The type of the item that this item belongs to, and which item that is.
    pub(crate) outer: (&'t str, usize),
    /// Which item it belongs to: the place of that item in document order.
    pub(crate) item: usize,
    /// Where it stands.
    pub(crate) mark: Mark<'t>,
}

/// Everything gathered from one page, each kind in document order.
#[derive(Debug, Default)]
pub(crate) struct Evidence<'t> {
    /// The heading that most likely is the article's title.
    pub(crate) title: Option<NodeId>,
    /// Its place in document order.
    pub(crate) title_order: usize,
    /// What that heading stands in: no aside, whatever its names say.
    pub(crate) title_ancestors: HashSet<NodeId>,
    pub(crate) html_lang: Option<&'t str>,
    pub(crate) base: Option<&'t str>,
    pub(crate) document_title: Option<NodeRef<'t, Node>>,
    pub(crate) metas: Vec<Meta<'t>>,
    pub(crate) links: Vec<Link<'t>>,
    pub(crate) json_ld: Vec<&'t str>,
    pub(crate) scripts: Vec<&'t str>,
    pub(crate) headings: Vec<Mark<'t>>,
    pub(crate) times: Vec<Mark<'t>>,
    pub(crate) bylines: Vec<Mark<'t>>,
    pub(crate) author_links: Vec<Mark<'t>>,
    pub(crate) properties: Vec<Property<'t>>,
    pub(crate) lines: Vec<Line<'t>>,
    remembered: Remembered<'t>,
}

/// What is known of an open element.
#[derive(Clone, Copy, Default)]
struct Open<'t> {
    area: Hints,
    is_block: bool,
    /// Whether no reader sees the text inside.
    is_unseen: bool,
    /// The item that properties inside belong to.
    item: Item<'t>,
}

/// An item of microdata or RDFa that is open.
#[derive(Debug, Clone, Copy, Default)]
struct Item<'t> {
    kind: &'t str,
    /// The property it is the value of.
    via: &'t str,
    order: usize,
    /// The type and place of the item around it.
    outer: (&'t str, usize),
}

impl<'t> Evidence<'t> {
    /// Walks the tree once.
    pub(crate) fn gather(tree: &'t Html) -> Self {
        let title = find_title(tree);
        let title_ancestors = title.iter().flat_map(NodeRef::ancestors).map(|node| node.id()).collect();
        let mut evidence = Self { title: title.map(|node| node.id()), title_ancestors, ..Self::default() };
        let mut reader = Reader::default();
        let mut open: Vec<Open<'t>> = Vec::new();
        for (order, edge) in tree.tree.root().traverse().enumerate() {
            match edge {
                Edge::Open(node) => match node.value() {
                    Node::Element(element) => {
                        let outer = open.last().copied().unwrap_or_default();
                        open.push(evidence.visit(node, element, outer, order, &mut reader));
                    }
                    Node::Text(text) => {
                        let outer = open.last().copied().unwrap_or_default();
                        if !outer.is_unseen {
                            reader.read(text, outer.area);
                        }
                    }
                    _ => {}
                },
                Edge::Close(node) => {
                    if node.value().is_element()
                        && let Some(closed) = open.pop()
                        && closed.is_block
                    {
                        reader.end();
                    }
                }
            }
        }
        evidence.lines = reader.finish();
        evidence
    }

    /// The content of the first meta element of any of these keys (lower case), in the order of the keys.
    pub(crate) fn meta(&self, keys: &[&str]) -> Option<&'t str> {
        keys.iter().find_map(|key| self.metas_of(key).next())
    }

    /// The contents of all meta elements of a key (lower case) that say anything.
    pub(crate) fn metas_of(&self, key: &str) -> impl Iterator<Item = &'t str> {
        self.metas.iter().filter(move |meta| meta.key == key).map(|meta| meta.content).filter(|c| !c.trim().is_empty())
    }

    fn visit(
        &mut self,
        node: NodeRef<'t, Node>,
        element: &'t Element,
        outer: Open<'t>,
        order: usize,
        reader: &mut Reader<'t>,
    ) -> Open<'t> {
        let Open { area, item, is_unseen: is_outer_unseen, .. } = outer;
        let names = Names::of(element);
        let tag = &element.name.local;
        let own = if matches!(*tag, local_name!("html") | local_name!("body")) {
            Hints::default()
        } else {
            names.hints(&mut self.remembered)
        };
        let mut handed = own.only(Hints::INHERITED).with(area_of(tag));
        if handed.any(Hints::ASIDE) && self.title_ancestors.contains(&node.id()) {
            handed = handed.without(Hints::ASIDE);
        }
        let (is_block, is_unseen) = (is_block(tag), is_outer_unseen || is_unseen(tag));
        if is_block {
            reader.end();
        }
        let is_dated = own.any(Hints::DATE) || matches!(*tag, local_name!("time") | local_name!("abbr"));
        let stamp = names.datetime.or(names.tooltip.filter(|_| is_dated));
        if let Some(stamp) = stamp.filter(|_| !is_unseen) {
            reader.stamp(stamp, area.with(handed));
        }
        let mark = Mark { node, own, area, order };
        match *tag {
            local_name!("html") => self.html_lang = names.lang.filter(|lang| !lang.trim().is_empty()),
            local_name!("base") => self.base = self.base.or(names.href),
            local_name!("meta") => self.add_meta(&names),
            local_name!("title") if element.name.ns == ns!(html) => {
                self.document_title = self.document_title.or(Some(node));
            }
            local_name!("script") => self.add_script(node, &names),
            local_name!("link") => self.add_link(mark, &names),
            local_name!("a") => self.add_anchor(mark, &names),
            local_name!("h1") | local_name!("h2") | local_name!("h3") => push(&mut self.headings, mark),
            local_name!("time") | local_name!("abbr") => push(&mut self.times, mark),
            _ if **tag == *"relative-time" => push(&mut self.times, mark),
            _ => {}
        }
        if self.title == Some(node.id()) {
            self.title_order = order;
            reader.title();
        }
        if *tag == local_name!("address") || own.any(Hints::AUTHOR.with(Hints::USER)) {
            push(&mut self.bylines, mark);
        }
        let item = self.add_properties(mark, &names, item);
        Open { area: area.with(handed), item, is_block, is_unseen }
    }

    fn add_meta(&mut self, names: &Names<'t>) {
        let Some(content) = names.content else { return };
        for keys in [names.name, names.property, names.http_equiv].into_iter().flatten() {
            for key in keys.split_ascii_whitespace().take(4) {
                let mut key = key.to_ascii_lowercase();
                // Dublin Core is written with either sign.
                if key.starts_with("dc:") || key.starts_with("dcterms:") {
                    key = key.replace(':', ".");
                }
                push(&mut self.metas, Meta { key, content });
            }
        }
    }

    fn add_script(&mut self, node: NodeRef<'t, Node>, names: &Names<'t>) {
        let Some(text) = node.first_child().and_then(|child| child.value().as_text()) else { return };
        let kind = names.kind.unwrap_or("");
        if kind.to_ascii_lowercase().contains("ld+json") {
            if text.len() <= JSON_BYTES_MAX {
                push(&mut self.json_ld, text);
            }
        } else if text.len() > 40 {
            push(&mut self.scripts, text);
        }
    }

    fn add_link(&mut self, mark: Mark<'t>, names: &Names<'t>) {
        if let (Some(rel), Some(href)) = (names.rel, names.href) {
            let wanted = ["canonical", "license", "author", "image_src", "shortlink", "alternate", "original-source"];
            if rel.split_ascii_whitespace().any(|r| wanted.iter().any(|w| r.eq_ignore_ascii_case(w))) {
                push(&mut self.links, Link { rel, href, mark });
            }
        }
    }

    fn add_anchor(&mut self, mark: Mark<'t>, names: &Names<'t>) {
        let Some(href) = names.href else { return };
        let (is_author, is_common) = told_by_address(href);
        if let Some(rel) = names.rel
            && ["license", "author", "tag"]
                .iter()
                .any(|w| rel.split_ascii_whitespace().any(|r| r.eq_ignore_ascii_case(w)))
        {
            push(&mut self.links, Link { rel, href, mark });
        } else if is_common {
            push(&mut self.links, Link { rel: "", href, mark });
        }
        if is_author {
            push(&mut self.author_links, mark);
        }
    }

    fn add_properties(&mut self, mark: Mark<'t>, names: &Names<'t>, item: Item<'t>) -> Item<'t> {
        let rdfa = if names.content.is_some() || names.type_of.is_some() || names.name.is_none() {
            names.property
        } else {
            None
        };
        let is_item = names.item_scope || names.type_of.is_some();
        let name = names.item_prop.or(rdfa).unwrap_or("");
        for name in name.split_ascii_whitespace() {
            let Item { kind, via, outer, order } = item;
            push(&mut self.properties, Property { name: local(name), of: kind, via, outer, item: order, mark });
        }
        if !is_item {
            return item;
        }
        let kind = names.item_type.or(names.type_of).unwrap_or("");
        let via = name.split_ascii_whitespace().next().map_or("", local);
        Item { kind, via, order: mark.order, outer: (item.kind, item.order) }
    }
}

/// The heading that most likely is the article's title: one that says what the document's title says, else the first `h1`.
fn find_title(tree: &Html) -> Option<NodeRef<'_, Node>> {
    const HEADINGS_MAX: usize = 60;
    let mut headings = Vec::new();
    let mut title = String::new();
    for node in tree.tree.nodes() {
        let Some(element) = node.value().as_element() else { continue };
        match element.name.local {
            local_name!("h1") | local_name!("h2") | local_name!("h3") if headings.len() < HEADINGS_MAX => {
                headings.push((node, element.name.local == local_name!("h1")));
            }
            local_name!("title") if title.is_empty() => title = key(&line_of(node, 500)),
            local_name!("meta") if attr(element, &local_name!("property")).is_some_and(|name| name == "og:title") => {
                title = key(&plain(attr(element, &local_name!("content")).unwrap_or("")));
            }
            _ => {}
        }
    }
    let says = |node: NodeRef<'_, Node>| {
        let text = key(&line_of(node, 500));
        text.len() > 3 && title.starts_with(&text)
    };
    let first = headings.iter().find(|(_, is_h1)| *is_h1).map(|(node, _)| *node);
    let matching = |only_h1: bool| {
        headings.iter().find(|(node, is_h1)| (*is_h1 || !only_h1) && says(*node)).map(|(node, _)| *node)
    };
    matching(true).or_else(|| matching(false)).or(first)
}

fn push<T>(kept: &mut Vec<T>, value: T) {
    if kept.len() < KEPT_MAX {
        kept.push(value);
    }
}

/// The name behind a prefix (`dc:title`, `http://schema.org/author`).
fn local(name: &str) -> &str {
    name.rsplit(['/', '#', ':']).next().unwrap_or(name)
}

fn area_of(tag: &LocalName) -> Hints {
    match *tag {
        local_name!("article") => Hints::ARTICLE,
        local_name!("main") => Hints::MAIN,
        local_name!("nav") => Hints::CHROME,
        local_name!("footer") => Hints::FOOTER,
        local_name!("aside") => Hints::ELSEWHERE,
        _ => Hints::default(),
    }
}

/// What the segments of an address say: whether it is that of an author's page, as the common publishing systems write it,
/// and whether it is a licence of Creative Commons.
fn told_by_address(href: &str) -> (bool, bool) {
    const ADDRESS_BYTES_MAX: usize = 300;
    if href.len() > ADDRESS_BYTES_MAX {
        return (false, false);
    }
    let is_author = |segment: &str| {
        matches!(
            segment,
            "author" | "authors" | "autor" | "auteur" | "people" | "profile" | "by" | "staff" | "contributors"
        )
    };
    let mut segments = href.split('/');
    let mut told = (false, false);
    // A last segment is the page itself, not the folder it stands in.
    segments.next_back();
    for segment in segments {
        told.0 |= is_author(segment);
        told.1 |= segment.ends_with("creativecommons.org");
    }
    told
}

/// The attributes that matter, read in one pass.
#[derive(Default)]
struct Names<'t> {
    class: &'t str,
    id: &'t str,
    lang: Option<&'t str>,
    href: Option<&'t str>,
    rel: Option<&'t str>,
    name: Option<&'t str>,
    property: Option<&'t str>,
    http_equiv: Option<&'t str>,
    content: Option<&'t str>,
    datetime: Option<&'t str>,
    tooltip: Option<&'t str>,
    kind: Option<&'t str>,
    item_prop: Option<&'t str>,
    item_type: Option<&'t str>,
    type_of: Option<&'t str>,
    item_scope: bool,
}

impl<'t> Names<'t> {
    fn of(element: &'t Element) -> Self {
        let mut names = Self::default();
        for (name, value) in &element.attrs {
            match name.local {
                local_name!("class") => names.class = value,
                local_name!("id") => names.id = value,
                local_name!("lang") => names.lang = Some(value),
                local_name!("href") => names.href = Some(value),
                local_name!("rel") => names.rel = Some(value),
                local_name!("name") => names.name = Some(value),
                local_name!("property") => names.property = Some(value),
                local_name!("http-equiv") => names.http_equiv = Some(value),
                local_name!("content") => names.content = Some(value),
                local_name!("type") => names.kind = Some(value),
                local_name!("datetime") => names.datetime = Some(value),
                local_name!("title") => names.tooltip = Some(value),
                local_name!("itemprop") => names.item_prop = Some(value),
                local_name!("itemtype") => names.item_type = Some(value),
                local_name!("itemscope") => names.item_scope = true,
                ref other => match &**other {
                    "ts" | "created-timestamp" => names.datetime = Some(value),
                    "typeof" => names.type_of = Some(value),
                    _ => {}
                },
            }
        }
        names
    }

    fn hints(&self, remembered: &mut Remembered<'t>) -> Hints {
        remembered.hints(self.class).with(remembered.hints(self.id))
    }
}

/// The hints of names seen lately: the elements of a list share theirs.
#[derive(Debug)]
struct Remembered<'t>(Vec<(&'t str, Hints)>);

impl Default for Remembered<'_> {
    fn default() -> Self {
        Self(vec![("", Hints::default()); 1024])
    }
}

impl<'t> Remembered<'t> {
    fn hints(&mut self, name: &'t str) -> Hints {
        let bytes = name.as_bytes();
        let (Some(last), Some(middle)) = (bytes.last(), bytes.get(bytes.len() / 2)) else { return Hints::default() };
        let place = (bytes.len() * 31 + usize::from(*last) * 7 + usize::from(*middle)) % self.0.len();
        let (known, found) = &mut self.0[place];
        if *known != name {
            (*known, *found) = (name, hints(name));
        }
        *found
    }
}

/// Beginnings and ends of nodes that are read for one text. Elements that hold none may hold millions of others, and stand
/// within each other.
const EDGES_MAX: usize = 20_000;

/// The text of an element, folded, blocks on lines of their own; at most `limit` bytes.
pub(crate) fn text_of(node: NodeRef<'_, Node>, limit: usize) -> String {
    let mut out = String::new();
    let mut skipped = 0_usize;
    for edge in node.traverse().take(EDGES_MAX) {
        match edge {
            Edge::Open(inner) => match inner.value() {
                Node::Text(text) if skipped == 0 => push_folded(&mut out, text, limit),
                Node::Element(element) => {
                    if is_unseen(&element.name.local) {
                        skipped += 1;
                    } else if is_block(&element.name.local) {
                        break_line(&mut out);
                    }
                }
                _ => {}
            },
            Edge::Close(inner) => {
                if let Node::Element(element) = inner.value() {
                    if is_unseen(&element.name.local) {
                        skipped = skipped.saturating_sub(1);
                    } else if is_block(&element.name.local) {
                        break_line(&mut out);
                    }
                }
            }
        }
        if out.len() + 4 >= limit {
            break;
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// The text of an element on one line.
pub(crate) fn line_of(node: NodeRef<'_, Node>, limit: usize) -> String {
    fold(&text_of(node, limit), limit)
}

fn break_line(out: &mut String) {
    out.truncate(out.trim_end_matches(' ').len());
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
}

/// Elements whose text no reader sees.
pub(crate) fn is_unseen(tag: &LocalName) -> bool {
    matches!(
        *tag,
        local_name!("script")
            | local_name!("style")
            | local_name!("template")
            | local_name!("svg")
            | local_name!("iframe")
            | local_name!("select")
            | local_name!("textarea")
            | local_name!("object")
            | local_name!("button")
            | local_name!("head")
    )
}

/// Elements that begin and end a line.
fn is_block(tag: &LocalName) -> bool {
    !matches!(
        *tag,
        local_name!("a")
            | local_name!("abbr")
            | local_name!("b")
            | local_name!("bdi")
            | local_name!("bdo")
            | local_name!("cite")
            | local_name!("code")
            | local_name!("del")
            | local_name!("dfn")
            | local_name!("em")
            | local_name!("font")
            | local_name!("i")
            | local_name!("img")
            | local_name!("ins")
            | local_name!("kbd")
            | local_name!("label")
            | local_name!("mark")
            | local_name!("q")
            | local_name!("s")
            | local_name!("samp")
            | local_name!("small")
            | local_name!("span")
            | local_name!("strong")
            | local_name!("sub")
            | local_name!("sup")
            | local_name!("time")
            | local_name!("u")
            | local_name!("var")
            | local_name!("wbr")
    )
}
