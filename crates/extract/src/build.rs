//! From chosen blocks to the article's tree: walks the steps once more and keeps headings, lists, quotes, code, tables,
//! figures and inline marks of what was chosen. It decides nothing about what is content, except that layout tables are
//! undone, copies of a formula or an image are one, and images follow the text around them.

use std::collections::HashSet;
use std::num::NonZeroU32;

use ego_tree::NodeId;
use scraper::Html;
use url::Url;

use crate::article::{Block, Inline};
use crate::blocks::Page;
use crate::code;
use crate::embeds;
use crate::extras::Extras;
use crate::family;
use crate::formulas;
use crate::frames::Frames;
use crate::images;
use crate::inlines::{Space, Writer};
use crate::notes::{self, Notes};
use crate::shapes::{self, Kind};
use crate::tables;
use crate::walk::{self, Step};

/// How many steps are looked ahead for text that follows on the same line.
const AHEAD_MAX: usize = 200;

/// Builds the content from the leaves that are kept (`kept[i]` belongs to leaf `i`) and the images and `extras` that are
/// (`keep_image(i)` belongs to step `i`).
pub(crate) fn build(
    page: &Page<'_>,
    kept: &[bool],
    base: Option<&Url>,
    extras: &Extras,
    keep_image: &dyn Fn(usize) -> bool,
) -> Vec<Block> {
    built(page, kept, base, extras, keep_image, quiet(page, kept, extras, keep_image))
}

/// As [`build`], passing over what is `quiet`.
fn built(
    page: &Page<'_>,
    kept: &[bool],
    base: Option<&Url>,
    extras: &Extras,
    keep_image: &dyn Fn(usize) -> bool,
    quiet: Vec<Option<NonZeroU32>>,
) -> Vec<Block> {
    let Some(first) = kept.iter().position(|kept| *kept) else { return Vec::new() };
    let last = kept.iter().rposition(|kept| *kept).unwrap_or(first);
    let mut builder = Builder {
        page,
        kept,
        base,
        keep_image,
        notes: notes::find(page, kept, base),
        extras,
        quiet,
        region: (page.leaves[first].steps.start.saturating_sub(AHEAD_MAX), page.leaves[last].steps.end + AHEAD_MAX),
        frames: Frames::new(),
        writer: None,
        inline: Vec::new(),
        leaf: 0,
        breaks: 0,
        image: None,
        embedded: HashSet::new(),
    };
    let mut at = 0;
    while at < page.steps.len() {
        at = builder.step(at);
    }
    builder.end_run();
    let mut blocks = builder.frames.finish();
    if !builder.notes.references.is_empty() {
        notes::settle(&mut blocks);
    }
    blocks
}

/// For each step that begins an element in which nothing is kept, the step that ends it: on most pages, most of them.
fn quiet(
    page: &Page<'_>,
    kept: &[bool],
    extras: &Extras,
    keep_image: &dyn Fn(usize) -> bool,
) -> Vec<Option<NonZeroU32>> {
    let mut quiet = vec![None; page.steps.len()];
    let mut ends = Vec::new();
    let mut leaves =
        page.leaves.iter().zip(kept).rev().filter(|(_, kept)| **kept).map(|(leaf, _)| &leaf.steps).peekable();
    let mut next_kept = usize::MAX;
    for (at, step) in page.steps.iter().enumerate().rev() {
        while leaves.next_if(|steps| steps.start > at).is_some() {}
        let in_leaf = leaves.peek().is_some_and(|steps| steps.contains(&at));
        if in_leaf || *step == Step::Rule || keep_image(at) || !extras.after(at).is_empty() {
            next_kept = at;
        }
        match step {
            Step::Close(_) => ends.push(at),
            Step::Open(_) => {
                let end = ends.pop().filter(|end| *end < next_kept);
                quiet[at] = end.and_then(|end| NonZeroU32::new(u32::try_from(end).ok()?));
            }
            _ => {}
        }
    }
    quiet
}

/// What an element is as a whole, whatever stands within.
enum Whole {
    /// Nothing of the article.
    Nothing,
    Inline(Inline),
    Block(Block),
}

struct Builder<'a> {
    page: &'a Page<'a>,
    kept: &'a [bool],
    base: Option<&'a Url>,
    keep_image: &'a dyn Fn(usize) -> bool,
    notes: Notes,
    extras: &'a Extras,
    /// For each step that begins an element without anything that is kept: the step that ends it.
    quiet: Vec<Option<NonZeroU32>>,
    /// The steps among which text is kept.
    region: (usize, usize),
    frames: Frames,
    /// The run of text that is being written.
    writer: Option<Writer<'a>>,
    /// Inline elements that are open, across block boundaries.
    inline: Vec<NodeId>,
    /// The first leaf that does not end before the step at hand.
    leaf: usize,
    /// Line breaks since the last text of the run.
    breaks: usize,
    /// The last image that was kept.
    image: Option<NodeId>,
    /// The addresses of embeds, each kept once.
    embedded: HashSet<String>,
}

impl<'a> Builder<'a> {
    fn tree(&self) -> &'a Html {
        self.page.tree
    }

    /// Takes a step, and gives the next one to take.
    fn step(&mut self, at: usize) -> usize {
        while self.page.leaves.get(self.leaf).is_some_and(|leaf| leaf.steps.end <= at) {
            self.leaf += 1;
        }
        let step = self.page.steps[at];
        let near = self.region.0 <= at && at <= self.region.1;
        if let (Step::Open(id) | Step::InlineOpen(id), true) = (step, near)
            && let Some(whole) = self.whole(id, at)
        {
            let end = self.end_of(at);
            self.put(whole, at, end, matches!(step, Step::Open(_)));
            self.put_extras(end);
            return end + 1;
        }
        match step {
            Step::Open(_) if self.is_passed_over(at) => {
                self.end_run();
                return self.quiet[at].map_or(at, |end| end.get() as usize) + 1;
            }
            Step::Open(id) => {
                self.end_run();
                let kind = self.kind_of(id, at);
                self.frames.open(self.tree(), id, kind, self.base);
                if let Some(label) = self.notes.holders.get(&id) {
                    self.frames.label(label);
                }
            }
            Step::Close(id) => {
                self.end_run();
                self.frames.close(family::is(self.tree(), id, "tr"));
            }
            Step::InlineOpen(id) => {
                self.inline.push(id);
                if let Some(writer) = &mut self.writer {
                    writer.open(id);
                }
            }
            Step::InlineClose(_) => {
                self.inline.pop();
                if let Some(writer) = &mut self.writer {
                    writer.close();
                }
            }
            Step::Text(id) => self.text(id, at),
            Step::Break => self.line_break(at),
            Step::Image(id) => self.image(id, at),
            Step::Rule => {
                self.end_run();
                self.frames.accept(Block::Rule);
            }
        }
        self.put_extras(at);
        at + 1
    }

    /// Whether nothing comes of an element: it holds nothing that is kept, and its being there says nothing to what is around,
    /// as empty cells and empty lines do.
    fn is_passed_over(&self, at: usize) -> bool {
        self.quiet[at].is_some() && !self.frames.in_code() && !self.frames.counts_the_empty()
    }

    /// The leaf a step belongs to, if it is kept.
    fn is_kept(&self, at: usize) -> bool {
        self.page.leaves.get(self.leaf).is_some_and(|leaf| leaf.steps.contains(&at)) && self.kept[self.leaf]
    }

    fn text(&mut self, id: NodeId, at: usize) {
        let text = walk::text_of(self.tree(), id);
        let kept = self.is_kept(at);
        let blank = !kept && walk::is_blank_text(text);
        if self.frames.in_code() {
            if kept || (blank && !self.frames.in_listing()) {
                self.frames.push_code(text);
            }
        } else if kept {
            self.breaks = 0;
            self.writer().text(text);
        } else if !blank {
            self.end_run();
        } else if let Some(writer) = &mut self.writer {
            writer.text(text);
        }
    }

    fn line_break(&mut self, at: usize) {
        if self.frames.in_code() {
            // The walk ends the line of a block in a listing; a line break of the page is one even where a line is empty.
            let next = self.page.steps.get(at + 1);
            let made = matches!(next, Some(Step::InlineClose(id)) if !is_phrase(walk::name_of(self.tree(), *id)));
            self.frames.end_code_line(made);
        } else if self.is_kept(at) {
            self.writer().line_break();
        } else if let Some(writer) = &mut self.writer {
            self.breaks += 1;
            if self.breaks >= 2 {
                self.end_run();
            } else {
                writer.line_break();
            }
        } else {
            self.frames.blank_line();
        }
    }

    fn image(&mut self, id: NodeId, at: usize) {
        if self.frames.in_code() {
            return;
        }
        let tree = self.tree();
        let in_line = |builder: &Self| builder.is_kept(at) || builder.writer.is_some();
        if let Some(emoji) = images::emoji(tree, id) {
            if in_line(self) {
                self.writer().text(emoji);
            }
            return;
        }
        if let Some(formula) = formulas::of_image(tree, id) {
            if in_line(self) || self.is_kept_ahead(at + 1) || (self.keep_image)(at) {
                self.writer().whole(formula);
            }
            return;
        }
        if !(self.keep_image)(at) || self.image.is_some_and(|image| images::is_copy_of(tree, id, image)) {
            return;
        }
        let Some(image) = images::image(tree, id, self.base) else { return };
        self.image = Some(id);
        if self.is_kept(at) {
            self.writer().whole(Inline::Image { image });
        } else {
            self.end_run();
            self.frames.accept_image(image);
        }
    }

    /// The run that is being written, begun where there is none.
    fn writer(&mut self) -> &mut Writer<'a> {
        let (tree, base) = (self.page.tree, self.base);
        let handling = if self.frames.keep_lines() { Space::Lines } else { Space::Folded };
        let inline = &self.inline;
        self.writer.get_or_insert_with(|| Writer::new(tree, base, inline, handling))
    }

    fn end_run(&mut self) {
        self.breaks = 0;
        if let Some(writer) = self.writer.take() {
            self.frames.accept_text(writer.finish());
        }
    }

    /// What an element is as a whole; `None` where it is what stands within.
    fn whole(&self, id: NodeId, at: usize) -> Option<Whole> {
        let tree = self.tree();
        if self.notes.returns.contains(&id) || shapes::is_sign(tree, id) || formulas::is_copy(tree, id) {
            return Some(Whole::Nothing);
        }
        if let Some(label) = self.notes.references.get(&id) {
            return Some(Whole::Inline(Inline::Footnote { label: label.clone() }));
        }
        if code::is_no_code(tree, id) && (self.frames.in_code() || walk::name_of(tree, id) != "button") {
            return Some(Whole::Nothing);
        }
        if self.frames.in_code() {
            return None;
        }
        match walk::name_of(tree, id) {
            "noscript" => {
                let image = family::within(tree, id).find(|inner| family::is(tree, *inner, "img"))?;
                let copy = self.image.is_some_and(|before| images::is_copy_of(tree, image, before));
                (copy && family::text(tree, id).trim().is_empty()).then_some(Whole::Nothing)
            }
            "code" if code::is_block(tree, id) && self.is_all_kept(at) => {
                let text = family::text(tree, id).trim_matches('\n').trim_end().to_owned();
                Some(Whole::Block(Block::Code { language: code::language(tree, id), text }))
            }
            _ if matches!(self.page.steps[at], Step::Open(_) | Step::InlineOpen(_)) => {
                formulas::of_element(tree, id).map(Whole::Inline)
            }
            _ => None,
        }
    }

    /// Puts an element that is taken as a whole, from its first step to its last.
    fn put(&mut self, whole: Whole, at: usize, end: usize, is_block: bool) {
        if matches!(whole, Whole::Nothing) {
            return;
        }
        let leaves = &self.page.leaves[self.leaf..];
        let mut inside =
            leaves.iter().zip(&self.kept[self.leaf..]).take_while(|(leaf, _)| leaf.steps.start <= end).peekable();
        let kept = match inside.peek() {
            Some(_) => inside.any(|(_, kept)| *kept),
            None => self.writer.is_some() || self.is_kept_ahead(end + 1) || (self.keep_image)(at),
        };
        if !kept {
            return;
        }
        match whole {
            Whole::Inline(inline) => {
                if is_block {
                    self.end_run();
                }
                self.breaks = 0;
                self.writer().whole(inline);
                if is_block {
                    self.end_run();
                }
            }
            Whole::Block(block) => {
                self.end_run();
                self.frames.accept(block);
            }
            Whole::Nothing => {}
        }
    }

    /// Whether text that is kept follows before the block ends.
    fn is_kept_ahead(&self, from: usize) -> bool {
        let leaf = self.page.leaves[self.leaf..].iter().position(|leaf| leaf.steps.end > from).map(|at| at + self.leaf);
        let Some(leaf) = leaf.filter(|leaf| self.kept[*leaf]) else { return false };
        let start = self.page.leaves[leaf].steps.start;
        let between = self.page.steps.get(from..start).unwrap_or_default();
        start <= from + AHEAD_MAX
            && !between.iter().any(|step| matches!(step, Step::Open(_) | Step::Close(_) | Step::Rule))
    }

    /// Whether no block within the element that begins at a step is dropped.
    fn is_all_kept(&self, at: usize) -> bool {
        let end = self.end_of(at);
        let within = self.page.leaves[self.leaf..].iter().take_while(|leaf| leaf.steps.start < end).count();
        self.kept[self.leaf..][..within].iter().all(|kept| *kept)
    }

    /// The step that ends the element which begins at a step.
    fn end_of(&self, at: usize) -> usize {
        let mut depth = 0usize;
        for (offset, step) in self.page.steps[at..].iter().enumerate() {
            match step {
                Step::Open(_) | Step::InlineOpen(_) => depth += 1,
                Step::Close(_) | Step::InlineClose(_) => {
                    depth -= 1;
                    if depth == 0 {
                        return at + offset;
                    }
                }
                _ => {}
            }
        }
        self.page.steps.len() - 1
    }

    /// Puts what the walk passed by behind a step.
    fn put_extras(&mut self, at: usize) {
        for index in 0..self.extras.after(at).len() {
            let id = self.extras.after(at)[index];
            if formulas::is_script(self.tree(), id) {
                let kept = self.writer.is_some() || self.is_kept_ahead(at + 1) || (self.keep_image)(at);
                if let Some(formula) = formulas::of_script(self.tree(), id).filter(|_| kept) {
                    self.breaks = 0;
                    self.writer().whole(formula);
                }
            } else if (self.keep_image)(at) {
                let Some(block) = embeds::of_element(self.tree(), id, self.base) else { continue };
                if matches!(&block, Block::Embed { href, .. } if self.embedded.insert(href.clone())) {
                    self.end_run();
                    self.frames.accept(block);
                }
            }
        }
    }

    fn kind_of(&self, id: NodeId, at: usize) -> Kind {
        let tree = self.tree();
        if self.notes.holders.contains_key(&id) {
            return Kind::Note;
        }
        if self.frames.in_code() {
            return Kind::Group;
        }
        match walk::name_of(tree, id) {
            "li" if self.frames.within_list() => return Kind::Item,
            "dt" => return Kind::Term,
            "dd" => return Kind::Definition,
            "table" if code::is_listing(tree, id) => return Kind::Code,
            "table" if tables::is_data(self.page, at) => return Kind::Table,
            "thead" if self.frames.within_table() => return Kind::Head,
            "tr" if self.frames.within_table() => return Kind::Row,
            name @ ("td" | "th") if self.frames.in_row() => return Kind::Cell { header: name == "th" },
            "caption" if self.frames.within_table() => return Kind::Caption,
            "figcaption" if self.frames.within_figure() => return Kind::Figcaption,
            _ => {}
        }
        match shapes::of_name(tree, id).or_else(|| shapes::of_class(tree, id)) {
            Some(Kind::Figcaption) if !self.frames.within_figure() => Kind::Group,
            Some(kind) => kind,
            None => Kind::Group,
        }
    }
}

/// Elements that mark words within a line.
fn is_phrase(name: &str) -> bool {
    matches!(
        name,
        "span"
            | "code"
            | "a"
            | "b"
            | "i"
            | "em"
            | "strong"
            | "font"
            | "mark"
            | "kbd"
            | "samp"
            | "var"
            | "tt"
            | "del"
            | "ins"
            | "small"
            | "u"
    )
}

#[cfg(test)]
mod tests;
