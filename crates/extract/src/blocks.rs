//! The leaf blocks of a page: each run of text between block boundaries, with the element that owns it and what can be
//! counted in it. Blocks are what is scored and chosen; they know nothing of either.

use std::ops::Range;

use ego_tree::NodeId;
use scraper::Html;

use crate::walk::{self, Step};

/// A leaf block.
#[derive(Debug, Clone)]
pub(crate) struct Leaf {
    /// Its steps.
    pub(crate) steps: Range<usize>,
    /// The block-level element it stands in.
    pub(crate) owner: NodeId,
    /// Its text, white space folded.
    pub(crate) text: String,
    /// Words: runs of letters and digits; two ideographs count as one word.
    pub(crate) words: f32,
    /// Words within links.
    pub(crate) link_words: f32,
    /// Number of links.
    pub(crate) links: u32,
    /// Words in bold, italic, code, and in `time`, `small` or `label`.
    pub(crate) strong_words: f32,
    pub(crate) emphasis_words: f32,
    pub(crate) code_words: f32,
    pub(crate) small_words: f32,
    /// Single line breaks within.
    pub(crate) breaks: u32,
    /// Images within.
    pub(crate) images: u32,
}

/// A page as blocks.
#[derive(Debug)]
pub(crate) struct Page<'a> {
    pub(crate) tree: &'a Html,
    pub(crate) steps: Vec<Step>,
    pub(crate) leaves: Vec<Leaf>,
}

/// Cuts a page into its leaf blocks.
pub(crate) fn page(tree: &Html) -> Page<'_> {
    let steps = walk::steps(tree);
    let runs = walk::runs(tree, &steps);
    let mut leaves = Vec::with_capacity(runs.len());
    let mut reader = Reader { tree, blocks: Vec::new(), inline: Vec::new() };
    let mut at = 0;
    for run in runs {
        for step in &steps[at..run.start] {
            reader.pass(*step);
        }
        at = run.end;
        leaves.push(reader.leaf(&steps, run));
    }
    Page { tree, steps, leaves }
}

/// Follows the steps with the elements that are open.
struct Reader<'a> {
    tree: &'a Html,
    blocks: Vec<NodeId>,
    inline: Vec<(NodeId, Mark)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Link,
    Strong,
    Emphasis,
    Code,
    Small,
    None,
}

fn mark(name: &str) -> Mark {
    match name {
        "a" => Mark::Link,
        "b" | "strong" => Mark::Strong,
        "i" | "em" | "cite" => Mark::Emphasis,
        "code" | "kbd" | "samp" | "tt" => Mark::Code,
        "small" | "time" | "label" => Mark::Small,
        _ => Mark::None,
    }
}

impl Reader<'_> {
    fn pass(&mut self, step: Step) {
        match step {
            Step::Open(id) => self.blocks.push(id),
            Step::Close(_) => {
                self.blocks.pop();
            }
            Step::InlineOpen(id) => self.inline.push((id, mark(walk::name_of(self.tree, id)))),
            Step::InlineClose(_) => {
                self.inline.pop();
            }
            _ => {}
        }
    }

    fn has(&self, mark: Mark) -> bool {
        self.inline.iter().any(|(_, m)| *m == mark)
    }

    fn leaf(&mut self, steps: &[Step], run: Range<usize>) -> Leaf {
        let owner = self.blocks.last().copied().unwrap_or_else(|| self.tree.tree.root().id());
        let mut leaf = Leaf {
            steps: run.clone(),
            owner,
            text: String::new(),
            words: 0.0,
            link_words: 0.0,
            links: u32::from(self.has(Mark::Link)),
            strong_words: 0.0,
            emphasis_words: 0.0,
            code_words: 0.0,
            small_words: 0.0,
            breaks: 0,
            images: 0,
        };
        for step in &steps[run] {
            match *step {
                Step::Text(id) => {
                    let text = walk::text_of(self.tree, id);
                    fold_into(&mut leaf.text, text);
                    let words = count_words(text);
                    leaf.words += words;
                    for (mark, sum) in [
                        (Mark::Link, &mut leaf.link_words),
                        (Mark::Strong, &mut leaf.strong_words),
                        (Mark::Emphasis, &mut leaf.emphasis_words),
                        (Mark::Code, &mut leaf.code_words),
                        (Mark::Small, &mut leaf.small_words),
                    ] {
                        if self.inline.iter().any(|(_, m)| *m == mark) {
                            *sum += words;
                        }
                    }
                }
                Step::Break => {
                    leaf.breaks += 1;
                    fold_into(&mut leaf.text, " ");
                }
                Step::Image(_) => leaf.images += 1,
                Step::InlineOpen(id) if walk::name_of(self.tree, id) == "a" => {
                    leaf.links += 1;
                    self.pass(*step);
                }
                _ => self.pass(*step),
            }
        }
        leaf.text.truncate(leaf.text.trim_end().len());
        leaf
    }
}

/// Appends text with white space folded to single spaces.
pub(crate) fn fold_into(out: &mut String, text: &str) {
    for c in text.chars() {
        if c.is_whitespace() {
            if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
        } else if !walk::is_blank(c) {
            out.push(c);
        }
    }
}

/// Whether a character belongs to a script that is written without spaces between words.
pub(crate) fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{0e00}'..='\u{0eff}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

/// How much a text says, in words: runs of letters and digits; where words are not set apart, two characters are one.
pub(crate) fn count_words(text: &str) -> f32 {
    let (mut words, mut ideographs, mut within) = (0u32, 0u32, false);
    for c in text.chars() {
        if is_ideograph(c) {
            ideographs += 1;
            within = false;
        } else if c.is_alphanumeric() {
            words += u32::from(!within);
            within = true;
        } else if c != '\'' && c != '’' {
            within = false;
        }
    }
    words as f32 + ideographs as f32 / 2.0
}
