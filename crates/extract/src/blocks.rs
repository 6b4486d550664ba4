//! The leaf blocks of a page: each run of text between block boundaries, with what can be counted in it, and the elements
//! they stand in. Blocks are what is scored and chosen; they know nothing of either.

use std::ops::Range;

use ego_tree::NodeId;
use foldhash::HashMap;
use html5ever::{LocalName, local_name};
use memchr::memchr;
use scraper::Html;
use scraper::node::Element as Node;

use crate::attributes::Marks;
use crate::groups::{self, Groups};
use crate::letters;
use crate::phrases::{self, Chrome};
use crate::semantics::{self, Semantics};
use crate::spaces;
use crate::walk::{self, Step};

/// A leaf block.
#[derive(Debug, Clone)]
pub(crate) struct Leaf {
    /// Its steps.
    pub(crate) steps: Range<usize>,
    /// The block-level element it stands in: an index into [`Page::elements`].
    pub(crate) owner: usize,
    /// Its text, white space folded.
    pub(crate) text: String,
    /// Words: runs of letters and digits; two ideographs count as one word.
    pub(crate) words: f32,
    /// Words within links.
    pub(crate) link_words: f32,
    /// Number of links.
    pub(crate) links: u32,
    /// Words in bold.
    pub(crate) strong_words: f32,
    /// Words in italics.
    pub(crate) emphasis_words: f32,
    /// Words in code.
    pub(crate) code_words: f32,
    /// Words in `time`, `small` or `label`.
    pub(crate) small_words: f32,
    /// Single line breaks within.
    pub(crate) breaks: u32,
    /// Images within.
    pub(crate) images: u32,
    /// What the inline elements around and within are named.
    pub(crate) inline_groups: Groups,
    /// The set phrase it is.
    pub(crate) chrome: Option<Chrome>,
}

/// A block-level element that holds leaves, or may.
#[derive(Debug, Clone)]
pub(crate) struct Element {
    pub(crate) id: NodeId,
    /// Its parent among the elements; the first element is its own.
    pub(crate) parent: usize,
    pub(crate) depth: usize,
    /// What its class and id name.
    pub(crate) groups: Groups,
    /// What its name, role and attributes mean.
    pub(crate) semantics: Semantics,
    /// Name and classes, hashed: elements made by the same template agree.
    pub(crate) shape: u64,
    /// The leaves within.
    pub(crate) leaves: Range<usize>,
    /// Block-level children.
    pub(crate) children: u32,
}

/// A page as blocks.
#[derive(Debug)]
pub(crate) struct Page<'a> {
    pub(crate) tree: &'a Html,
    pub(crate) steps: Vec<Step>,
    pub(crate) leaves: Vec<Leaf>,
    pub(crate) elements: Vec<Element>,
}

impl Page<'_> {
    /// An element's ancestors with their distance, itself first; at most `most` of them.
    pub(crate) fn ancestors(&self, element: usize, most: usize) -> impl Iterator<Item = (usize, &Element)> {
        let mut next = Some(element);
        std::iter::from_fn(move || {
            let at = next?;
            let element = self.elements.get(at)?;
            next = (element.parent != at).then_some(element.parent);
            Some(element)
        })
        .take(most)
        .enumerate()
    }
}

/// No more leaf blocks than this are looked at. The longest books that stand on one page have a third of it.
const LEAVES_MAX: usize = 40_000;

/// Cuts a page into its leaf blocks.
pub(crate) fn page(tree: &Html) -> Page<'_> {
    let steps = walk::steps(tree);
    let mut runs = walk::runs(tree, &steps);
    runs.truncate(LEAVES_MAX);
    let mut reader = Reader::new(tree);
    reader.leaves.reserve_exact(runs.len());
    let mut at = 0;
    for run in runs {
        for step in &steps[at..run.start] {
            reader.pass(*step);
        }
        at = run.end;
        reader.leaf(&steps, run);
    }
    for step in &steps[at..] {
        reader.pass(*step);
    }
    let Reader { leaves, elements, .. } = reader;
    Page { tree, steps, leaves, elements }
}

/// What an inline element does to the words within.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Link,
    Strong,
    Emphasis,
    Code,
    Small,
    None,
}

fn mark(name: &LocalName) -> Mark {
    match *name {
        local_name!("a") => Mark::Link,
        local_name!("b") | local_name!("strong") => Mark::Strong,
        local_name!("i") | local_name!("em") | local_name!("cite") => Mark::Emphasis,
        local_name!("code") | local_name!("kbd") | local_name!("samp") | local_name!("tt") => Mark::Code,
        local_name!("small") | local_name!("time") | local_name!("label") => Mark::Small,
        _ => Mark::None,
    }
}

/// A text this long is not expected to come again, in bytes.
const REMEMBERED_MAX: usize = 200;

/// Follows the steps with the elements that are open.
struct Reader<'a> {
    tree: &'a Html,
    names: groups::Reader<'a>,
    leaves: Vec<Leaf>,
    elements: Vec<Element>,
    open: Vec<usize>,
    inline: Vec<(Mark, Groups)>,
    chrome: HashMap<String, Option<Chrome>>,
}

impl<'a> Reader<'a> {
    fn new(tree: &'a Html) -> Self {
        let root = Element {
            id: tree.tree.root().id(),
            parent: 0,
            depth: 0,
            groups: 0,
            semantics: 0,
            shape: 0,
            leaves: 0..0,
            children: 0,
        };
        Self {
            tree,
            names: groups::Reader::default(),
            leaves: Vec::new(),
            elements: vec![root],
            open: vec![0],
            inline: Vec::new(),
            chrome: HashMap::default(),
        }
    }

    fn node(&self, id: NodeId) -> Option<&'a Node> {
        self.tree.tree.get(id)?.value().as_element()
    }

    fn pass(&mut self, step: Step) {
        match step {
            Step::Open(id) => self.open(id),
            Step::Close(_) => {
                if let Some(at) = self.open.pop().filter(|at| *at > 0) {
                    self.elements[at].leaves.end = self.leaves.len();
                } else {
                    self.open.push(0);
                }
                self.elements[0].leaves.end = self.leaves.len();
            }
            Step::InlineOpen(id) => {
                let node = self.node(id);
                let groups = node.map_or(0, |node| self.groups(&Marks::of(node)));
                self.inline.push((node.map_or(Mark::None, |node| mark(&node.name.local)), groups));
            }
            Step::InlineClose(_) => {
                self.inline.pop();
            }
            _ => {}
        }
    }

    fn groups(&mut self, marks: &Marks<'a>) -> Groups {
        let class = marks.class.map_or(0, |class| self.names.read(class));
        class | marks.id.map_or(0, |id| self.names.read(id))
    }

    fn open(&mut self, id: NodeId) {
        let parent = self.open.last().copied().unwrap_or(0);
        let Some(node) = self.node(id) else { return };
        // What a theme writes on <html> and <body> is about the page, not about a place on it.
        let whole_page = matches!(node.name.local, local_name!("html") | local_name!("body"));
        let marks = Marks::of(node);
        let groups = if whole_page { 0 } else { self.groups(&marks) };
        self.elements[parent].children += 1;
        let leaves = self.leaves.len()..self.leaves.len();
        let depth = self.elements[parent].depth + 1;
        self.open.push(self.elements.len());
        self.elements.push(Element {
            id,
            parent,
            depth,
            groups,
            semantics: semantics::of(node, &marks),
            shape: shape(node, &marks),
            leaves,
            children: 0,
        });
    }

    fn leaf(&mut self, steps: &[Step], run: Range<usize>) {
        let owner = self.open.last().copied().unwrap_or(0);
        let mut leaf = Leaf {
            steps: run.clone(),
            owner,
            text: String::with_capacity(self.length(&steps[run.clone()])),
            words: 0.0,
            link_words: 0.0,
            links: u32::from(self.inline.iter().any(|(mark, _)| *mark == Mark::Link)),
            strong_words: 0.0,
            emphasis_words: 0.0,
            code_words: 0.0,
            small_words: 0.0,
            breaks: 0,
            images: 0,
            inline_groups: self.inline.iter().fold(0, |all, (_, groups)| all | groups),
            chrome: None,
        };
        for step in &steps[run] {
            match *step {
                Step::Text(id) => self.add_text(&mut leaf, walk::text_of(self.tree, id)),
                Step::Break => {
                    leaf.breaks += 1;
                    fold_into(&mut leaf.text, " ");
                }
                Step::Image(_) => leaf.images += 1,
                Step::InlineOpen(_) => {
                    self.pass(*step);
                    if let Some((mark, groups)) = self.inline.last() {
                        leaf.links += u32::from(*mark == Mark::Link);
                        leaf.inline_groups |= groups;
                    }
                }
                _ => self.pass(*step),
            }
        }
        leaf.text.truncate(leaf.text.trim_end().len());
        leaf.chrome = self.chrome_of(&leaf.text);
        self.leaves.push(leaf);
    }

    /// How long the text of a run is at most, in bytes.
    fn length(&self, steps: &[Step]) -> usize {
        let lengths = steps.iter().map(|step| match step {
            Step::Text(id) => walk::text_of(self.tree, *id).trim().len(),
            _ => 1,
        });
        lengths.sum()
    }

    fn add_text(&self, leaf: &mut Leaf, text: &str) {
        fold_into(&mut leaf.text, text);
        let words = count_words(text);
        leaf.words += words;
        let has = |wanted: Mark| self.inline.iter().any(|(mark, _)| *mark == wanted);
        for (mark, sum) in [
            (Mark::Link, &mut leaf.link_words),
            (Mark::Strong, &mut leaf.strong_words),
            (Mark::Emphasis, &mut leaf.emphasis_words),
            (Mark::Code, &mut leaf.code_words),
            (Mark::Small, &mut leaf.small_words),
        ] {
            if has(mark) {
                *sum += words;
            }
        }
    }

    fn chrome_of(&mut self, text: &str) -> Option<Chrome> {
        if text.len() >= REMEMBERED_MAX {
            return phrases::chrome(text);
        }
        if let Some(known) = self.chrome.get(text) {
            return *known;
        }
        let chrome = phrases::chrome(text);
        self.chrome.insert(text.to_owned(), chrome);
        chrome
    }
}

fn shape(node: &Node, marks: &Marks<'_>) -> u64 {
    // Only equality counts, and who makes names that collide only mixes up the page that has them.
    let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let name = node.name().bytes().fold(0xcbf2_9ce4_8422_2325, mix);
    // Numbers tell the copies of a template apart (`menu-item-20`).
    let class = marks.class.unwrap_or("");
    let class = class.get(..200).unwrap_or(class).bytes().filter(|byte| !byte.is_ascii_digit());
    class.fold(mix(name, 0xff), mix)
}

/// Appends text with white space folded to single spaces.
pub(crate) fn fold_into(out: &mut String, text: &str) {
    let mut rest = text;
    while !rest.is_empty() {
        let clean = spaces::plain(rest.as_bytes(), out.is_empty() || out.ends_with(' '));
        out.push_str(&rest[..clean]);
        rest = &rest[clean..];
        while let Some(c) = rest.chars().next().filter(|c| !c.is_ascii_graphic()) {
            rest = &rest[c.len_utf8()..];
            if c.is_whitespace() {
                if !out.is_empty() && !out.ends_with(' ') {
                    out.push(' ');
                }
                rest = &rest[spaces::blank(rest.as_bytes())..];
            } else if !walk::is_blank(c) {
                out.push(c);
            }
        }
    }
}

/// Whether a character belongs to a script that is written without spaces between words.
pub(crate) fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{0e00}'..='\u{0eff}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

/// How much a text says, in words: runs of letters and digits; where words are not set apart, two characters are one.
pub(crate) fn count_words(text: &str) -> f32 {
    if text.is_ascii() && memchr(b'\'', text.as_bytes()).is_none() {
        return spaces::words(text.as_bytes()) as f32;
    }
    let (mut words, mut ideographs, mut within) = (0u32, 0u32, false);
    let mut rest = text;
    loop {
        let ascii = rest.bytes().position(|byte| !byte.is_ascii()).unwrap_or(rest.len());
        for byte in rest[..ascii].bytes() {
            let letter = byte.is_ascii_alphanumeric();
            words += u32::from(letter && !within);
            within = letter || within && byte == b'\'';
        }
        let Some(c) = rest[ascii..].chars().next() else { break };
        rest = &rest[ascii + c.len_utf8()..];
        if is_ideograph(c) {
            ideographs += 1;
            within = false;
        } else if letters::is_alphanumeric(c) {
            words += u32::from(!within);
            within = true;
        } else if c != '’' {
            within = false;
        }
    }
    words as f32 + ideographs as f32 / 2.0
}
