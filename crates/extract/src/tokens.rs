//! What a block says, and what stands around it is called, as hashed tokens: words, pairs of words, short texts whole, the
//! heading above, the names of ancestors near and far, where its link leads. It weighs nothing.

use std::ops::Range;

use ego_tree::NodeId;
use html5ever::{local_name, ns};
use scraper::node::Element as Node;

use crate::attributes::attr;
use crate::blocks::{Leaf, Page};
use crate::semantics;
use crate::token_hash::{BUCKETS, Hash, Kind, Remembered, WHOLE_MAX, bucket, whole, words};
use crate::walk::Step;

/// So many of them in pairs.
const PAIRED_MAX: usize = 8;
/// So many inline elements of a block.
const INLINES_MAX: usize = 6;

/// Ancestors are near (the owner and its parent), in the middle, or far.
const BANDS: [Range<usize>; 3] = [0..2, 2..5, 5..usize::MAX];

fn node<'a>(page: &Page<'a>, id: NodeId) -> Option<&'a Node> {
    page.tree.tree.get(id)?.value().as_element()
}

/// The names an element carries: its own, its class, id, role and property.
fn element_names<'t>(node: &'t Node, known: &mut Remembered<'t>, mut found: impl FnMut(u64)) {
    let mut hash = Hash::new();
    node.name().bytes().for_each(|byte| hash.byte(byte));
    found(hash.0 ^ 1);
    for (name, value) in &node.attrs {
        let telling = matches!(
            name.local,
            local_name!("class")
                | local_name!("id")
                | local_name!("role")
                | local_name!("itemprop")
                | local_name!("aria-label")
        );
        if telling && name.ns == ns!() {
            known.names(value).iter().for_each(|name| found(*name));
        }
    }
}

/// The tokens of a leaf that are its own: its words, its inline elements, its link, the template of its owner.
fn own_tokens<'t>(page: &Page<'t>, leaf: usize, known: &mut Remembered<'t>, mut found: impl FnMut(u32)) {
    let leaf = &page.leaves[leaf];
    let (words, count) = words(&leaf.text);
    let words = &words[..count];
    let kind = if leaf.words <= 6.0 { Kind::LabelWord } else { Kind::Word };
    for word in words {
        found(bucket(*word, kind as usize));
    }
    for pair in words[..count.min(PAIRED_MAX)].windows(2) {
        found(bucket(pair[0].rotate_left(23) ^ pair[1], Kind::Pair as usize));
    }
    if (1..=WHOLE_MAX).contains(&count) {
        found(bucket(whole(words), Kind::Whole as usize));
    }
    let Some(owner) = node(page, page.elements[leaf.owner].id) else { return };
    let mut tag = Hash::new();
    owner.name().bytes().for_each(|byte| tag.byte(byte));
    found(bucket(tag.0, Kind::OwnerTag as usize));
    let mut shape = tag.0;
    for name in known.names(attr(owner, &local_name!("class")).unwrap_or("")) {
        shape = shape.rotate_left(9) ^ name;
    }
    found(bucket(shape, Kind::Shape as usize));
    inline_tokens(page, leaf, known, found);
}

/// What the inline elements around the first text of a leaf and within it are named, and where the first link leads.
fn inline_tokens<'t>(page: &Page<'t>, leaf: &Leaf, known: &mut Remembered<'t>, mut found: impl FnMut(u32)) {
    let owner = page.elements[leaf.owner].id;
    let first = page.steps[leaf.steps.clone()].iter().find_map(|step| match step {
        Step::Text(id) => page.tree.tree.get(*id),
        _ => None,
    });
    let around = first.into_iter().flat_map(|text| text.ancestors()).take_while(|node| node.id() != owner);
    let within = page.steps[leaf.steps.clone()].iter().take(24).filter_map(|step| match step {
        Step::InlineOpen(id) => page.tree.tree.get(*id),
        _ => None,
    });
    let mut linked = false;
    for inline in around.chain(within).take(INLINES_MAX).filter_map(|node| node.value().as_element()) {
        element_names(inline, known, |name| found(bucket(name, Kind::Inline as usize)));
        if let Some(target) = attr(inline, &local_name!("href")).filter(|_| !linked) {
            known.names(target).iter().for_each(|name| found(bucket(*name, Kind::Link as usize)));
            linked = true;
        }
    }
}

/// A set of tokens, a bit each: far smaller than a page's memory is wide.
struct Set {
    bits: Vec<u64>,
}

impl Set {
    fn new() -> Self {
        Self { bits: vec![0; BUCKETS / 64] }
    }

    /// Whether the token was not there before.
    fn insert(&mut self, token: u32) -> bool {
        let (word, bit) = (&mut self.bits[token as usize / 64], 1 << (token % 64));
        let new = *word & bit == 0;
        *word |= bit;
        new
    }

    fn remove(&mut self, token: u32) {
        self.bits[token as usize / 64] &= !(1 << (token % 64));
    }
}

/// Which tokens have been met since the round began.
struct Met {
    set: Set,
    tokens: Vec<u32>,
}

impl Met {
    fn new() -> Self {
        Self { set: Set::new(), tokens: Vec::new() }
    }

    fn begin(&mut self) {
        for token in self.tokens.drain(..) {
            self.set.remove(token);
        }
    }

    /// Whether a token is met for the first time in this round.
    fn first(&mut self, token: u32) -> bool {
        let new = self.set.insert(token);
        if new {
            self.tokens.push(token);
        }
        new
    }
}

/// The names of all elements, one after the other.
struct Names {
    all: Vec<u64>,
    ends: Vec<usize>,
}

impl Names {
    fn new<'t>(page: &Page<'t>, known: &mut Remembered<'t>) -> Self {
        let mut names = Self { all: Vec::new(), ends: Vec::with_capacity(page.elements.len()) };
        for element in &page.elements {
            if let Some(node) = node(page, element.id) {
                element_names(node, known, |name| names.all.push(name));
            }
            names.ends.push(names.all.len());
        }
        names
    }

    fn of(&self, element: usize) -> &[u64] {
        &self.all[element.checked_sub(1).map_or(0, |before| self.ends[before])..self.ends[element]]
    }
}

/// What a page's tokens are handed to: those that are a leaf's alone, and those that an element gives to all that is far
/// within, which its ancestors did not give already.
pub(crate) trait Sink {
    fn far(&mut self, element: usize, parent: usize, tokens: &[u32]);
    fn leaf(&mut self, leaf: usize, token: u32);
    fn far_of(&mut self, leaf: usize, element: usize);
}

/// How far a heading is looked back for, in leaves.
const SECTION_MAX: usize = 60;
/// Words of a heading that count for what stands under it.
const HEADING_WORDS_MAX: usize = 4;

/// The heading that was passed last.
#[derive(Default)]
struct Heading {
    words: [u64; HEADING_WORDS_MAX],
    count: usize,
    whole: Option<u64>,
    at: usize,
}

impl Heading {
    /// The tokens of what the leaf stands under.
    fn tokens(&self, leaf: usize, mut found: impl FnMut(u32)) {
        if leaf - self.at > SECTION_MAX {
            return;
        }
        for word in &self.words[..self.count] {
            found(bucket(*word, Kind::Under as usize));
        }
        if let Some(whole) = self.whole {
            found(bucket(whole, Kind::UnderWhole as usize));
        }
    }

    /// Remembers a leaf if it is a heading.
    fn pass(&mut self, page: &Page<'_>, leaf: usize) {
        let heading = &page.leaves[leaf];
        if page.elements[heading.owner].semantics & semantics::HEADING == 0 {
            return;
        }
        let (words, count) = words(&heading.text);
        self.count = count.min(HEADING_WORDS_MAX);
        self.words.copy_from_slice(&words[..HEADING_WORDS_MAX]);
        self.whole = (1..=WHOLE_MAX).contains(&count).then(|| whole(&words[..count]));
        self.at = leaf;
    }
}

/// Hands over the tokens of a page, each once a leaf and place. What is far is found once an element, not once a leaf.
pub(crate) fn visit(page: &Page<'_>, sink: &mut impl Sink) {
    let mut known = Remembered::new();
    let names = Names::new(page, &mut known);
    let mut met = Met::new();
    let mut given = Set::new();
    let mut path: Vec<(usize, Vec<u32>)> = Vec::new();
    for (at, element) in page.elements.iter().enumerate() {
        while path.last().is_some_and(|(open, _)| *open != element.parent || element.parent == at) {
            let (_, tokens) = path.pop().unwrap_or_default();
            for token in tokens {
                given.remove(token);
            }
        }
        let mut tokens = Vec::new();
        for name in names.of(at) {
            let token = bucket(*name, Kind::Name as usize + 2);
            if given.insert(token) {
                tokens.push(token);
            }
        }
        sink.far(at, element.parent, &tokens);
        path.push((at, tokens));
    }
    let mut heading = Heading::default();
    for leaf in 0..page.leaves.len() {
        met.begin();
        let mut found = |token| {
            if met.first(token) {
                sink.leaf(leaf, token);
            }
        };
        own_tokens(page, leaf, &mut known, &mut found);
        heading.tokens(leaf, &mut found);
        heading.pass(page, leaf);
        met.begin();
        let mut at = page.leaves[leaf].owner;
        for distance in 0.. {
            let band = BANDS.iter().position(|band| band.contains(&distance)).unwrap_or(2);
            if band == 2 {
                sink.far_of(leaf, at);
                break;
            }
            for name in names.of(at) {
                let token = bucket(*name, Kind::Name as usize + band);
                if met.first(token) {
                    sink.leaf(leaf, token);
                }
            }
            if page.elements[at].parent == at {
                break;
            }
            at = page.elements[at].parent;
        }
    }
}
