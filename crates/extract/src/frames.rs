//! The open elements and what each has gathered: blocks, a line of text, rows, entries. An element that ends gives what it
//! has become to the one around it. It knows nothing of steps, nor of what was chosen.

use std::collections::HashSet;

use ego_tree::NodeId;
use scraper::Html;
use url::Url;

use crate::article::{Block, Definition, Image, Inline, Note};
use crate::code;
use crate::inlines;
use crate::shapes::{self, Kind};
use crate::tables::{self, Cell, Row};
use crate::walk;

/// No figure shows more images than this.
const IMAGES_MAX: usize = 256;
/// Lists, quotes and notes that stand within each other; deeper ones give their content to the one around. What reads the
/// article recurses over them (readers of JSON give up at a depth of 128), and Markdown writes each before every line.
const NESTED_MAX: usize = 10;

/// An open element.
struct Frame {
    kind: Kind,
    blocks: Vec<Block>,
    text: Vec<Inline>,
    items: Vec<Vec<Block>>,
    entries: Vec<Definition>,
    row: Row,
    rows: Vec<Row>,
    images: Vec<Image>,
    code: String,
    /// The language of code; the address of a quote; the label of a note.
    says: Option<String>,
    /// How far a cell reaches over columns and rows.
    reach: (usize, usize),
    /// The box of a task.
    checkbox: Option<bool>,
    /// Whether line ends in the text are line breaks.
    keeps_lines: bool,
    /// Whether it is one line of a verse.
    is_line: bool,
    /// Whether an empty line was met since the last one with text.
    gap: bool,
}

impl Frame {
    fn new(kind: Kind) -> Self {
        Self {
            kind,
            blocks: Vec::new(),
            text: Vec::new(),
            items: Vec::new(),
            entries: Vec::new(),
            row: Row::default(),
            rows: Vec::new(),
            images: Vec::new(),
            code: String::new(),
            says: None,
            reach: (1, 1),
            checkbox: None,
            keeps_lines: false,
            is_line: false,
            gap: false,
        }
    }
}

/// All open elements, the outermost first.
pub(crate) struct Frames {
    open: Vec<Frame>,
    /// The listing that is open, and whether it is a table with a row a line.
    code: Option<(usize, bool)>,
    /// The labels of the notes so far.
    labels: HashSet<String>,
}

impl Frames {
    pub(crate) fn new() -> Self {
        Self { open: vec![Frame::new(Kind::Group)], code: None, labels: HashSet::new() }
    }

    /// Closes what is open and gives the content.
    pub(crate) fn finish(&mut self) -> Vec<Block> {
        while self.open.len() > 1 {
            self.close(false);
        }
        self.open.pop().map(|frame| frame.blocks).unwrap_or_default()
    }

    /// An element begins.
    pub(crate) fn open(&mut self, tree: &Html, id: NodeId, kind: Kind, base: Option<&Url>) {
        let mut frame = Frame::new(kind);
        let attribute = |name| walk::attr_of(tree, id, name);
        let around = self.open.last();
        let in_verse = around.is_some_and(|around| around.kind == Kind::Verse);
        frame.is_line = kind == Kind::Group && in_verse && matches!(walk::name_of(tree, id), "div" | "span" | "li");
        frame.keeps_lines = around.is_some_and(|around| around.keeps_lines)
            || (kind == Kind::Verse && walk::name_of(tree, id) == "pre")
            || shapes::keeps_lines(tree, id);
        match kind {
            Kind::Code => {
                frame.says = code::language(tree, id);
                if self.code.is_none() {
                    self.code = Some((self.open.len(), walk::name_of(tree, id) == "table"));
                }
            }
            Kind::Quote => {
                let cite = attribute("cite").and_then(|cite| inlines::safe_link(cite, base));
                frame.says = cite.filter(|cite| cite.starts_with("http"));
            }
            Kind::Cell { .. } => {
                frame.reach = (tables::reach(attribute("colspan")), tables::reach(attribute("rowspan")));
            }
            Kind::Item => frame.checkbox = shapes::checkbox(tree, id),
            _ => {}
        }
        self.open.push(frame);
    }

    /// The label of the note that was opened last.
    pub(crate) fn label(&mut self, label: &str) {
        if let Some(frame) = self.open.last_mut() {
            frame.says = Some(label.to_owned());
        }
    }

    /// The nearest open element that is more than a group.
    fn nearest(&self) -> Option<Kind> {
        self.open.iter().rev().map(|frame| frame.kind).find(|kind| !matches!(kind, Kind::Group | Kind::Head))
    }

    fn find(&mut self, kind: Kind) -> Option<&mut Frame> {
        self.open.iter_mut().rev().find(|frame| frame.kind == kind)
    }

    pub(crate) fn within_list(&self) -> bool {
        matches!(self.nearest(), Some(Kind::List(_)))
    }

    pub(crate) fn within_table(&self) -> bool {
        self.nearest() == Some(Kind::Table)
    }

    pub(crate) fn in_row(&self) -> bool {
        self.nearest() == Some(Kind::Row)
    }

    pub(crate) fn within_figure(&self) -> bool {
        self.open.iter().any(|frame| frame.kind == Kind::Figure)
    }

    /// Whether so many lists and quotes are open that no other may stand within them.
    fn is_deep(&self) -> bool {
        let is_container =
            |kind| matches!(kind, Kind::List(_) | Kind::Definitions | Kind::Quote | Kind::Aside | Kind::Note);
        self.open.iter().filter(|frame| is_container(frame.kind)).count() >= NESTED_MAX
    }

    pub(crate) fn in_code(&self) -> bool {
        self.code.is_some()
    }

    /// Whether the open listing is a table.
    pub(crate) fn in_listing(&self) -> bool {
        self.code.is_some_and(|(_, table)| table)
    }

    pub(crate) fn keep_lines(&self) -> bool {
        self.open.last().is_some_and(|frame| frame.keeps_lines)
    }

    /// Whether an element without content would say something here: an empty cell, an empty line.
    pub(crate) fn counts_the_empty(&self) -> bool {
        self.open.iter().any(|frame| matches!(frame.kind, Kind::Table | Kind::Verse))
    }

    /// A text of the open listing.
    pub(crate) fn push_code(&mut self, text: &str) {
        if let Some(frame) = self.code.and_then(|(at, _)| self.open.get_mut(at)) {
            frame.code.extend(text.chars().filter(|c| !inlines::is_control(*c)));
        }
    }

    /// A line of the open listing ends; only if it is not ended yet where `once`.
    pub(crate) fn end_code_line(&mut self, once: bool) {
        if let Some(frame) = self.code.and_then(|(at, _)| self.open.get_mut(at))
            && (!once || !frame.code.ends_with('\n'))
        {
            frame.code.push('\n');
        }
    }

    /// An empty line.
    pub(crate) fn blank_line(&mut self) {
        if let Some(verse) = self.find(Kind::Verse) {
            verse.gap = true;
        }
    }

    /// Gives a finished run of text to the innermost element.
    pub(crate) fn accept_text(&mut self, text: Vec<Inline>) {
        let Some(frame) = self.open.last_mut() else { return };
        if text.is_empty() {
            return;
        }
        match frame.kind {
            kind if holds_text(kind) => join(&mut frame.text, text),
            _ if frame.keeps_lines => stanzas(text).into_iter().for_each(|text| self.accept(Block::Paragraph { text })),
            _ => self.accept(paragraph(text)),
        }
    }

    pub(crate) fn accept_image(&mut self, image: Image) {
        if let Some(figure) = self.find(Kind::Figure) {
            if figure.images.len() < IMAGES_MAX && !figure.images.contains(&image) {
                figure.images.push(image);
            }
            return;
        }
        let Some(frame) = self.open.last_mut() else { return };
        if holds_text(frame.kind) {
            frame.text.push(Inline::Image { image });
        } else {
            self.accept(Block::Figure { images: vec![image], caption: Vec::new() });
        }
    }

    /// Gives a finished block to the innermost element.
    pub(crate) fn accept(&mut self, block: Block) {
        let Some(frame) = self.open.last_mut() else { return };
        match (frame.kind, block) {
            (Kind::Label, block @ Block::Heading { .. }) => frame.blocks.push(block),
            (Kind::Term, Block::Heading { text, .. }) => join(&mut frame.text, text),
            (kind, block) if holds_text(kind) => {
                let text = inlines::flatten(block);
                if !text.is_empty() {
                    join(&mut frame.text, text);
                }
            }
            (Kind::List(_), block) => match block {
                // A list that stands directly in a list belongs to the item before it.
                Block::List { .. } if !frame.items.is_empty() => {
                    if let Some(item) = frame.items.last_mut() {
                        item.push(block);
                    }
                }
                block => frame.items.push(vec![block]),
            },
            (Kind::Definitions, block) => entry(frame).content.push(block),
            (_, block) => push(&mut frame.blocks, block),
        }
    }

    fn accept_all(&mut self, blocks: Vec<Block>, is_line: bool) {
        let Some(frame) = self.open.last_mut() else { return };
        if is_line && frame.kind == Kind::Verse {
            return verse_line(frame, blocks);
        }
        let plain =
            matches!(frame.kind, Kind::Group | Kind::Item | Kind::Quote | Kind::Aside | Kind::Note | Kind::Definition);
        if plain && frame.blocks.is_empty() {
            frame.blocks = blocks;
        } else if matches!(frame.kind, Kind::List(_)) && !blocks.is_empty() {
            frame.items.push(blocks);
        } else {
            for block in blocks {
                self.accept(block);
            }
        }
    }

    /// The innermost element ends; a row of a listing ends its line.
    pub(crate) fn close(&mut self, is_row: bool) {
        if self.open.len() < 2 {
            return;
        }
        if is_row && self.in_listing() {
            self.end_code_line(false);
        }
        let Some(frame) = self.open.pop() else { return };
        match frame.kind {
            Kind::Group | Kind::Head | Kind::Verse => self.accept_all(frame.blocks, frame.is_line),
            Kind::Heading(level) => {
                if !frame.text.is_empty() {
                    self.accept(Block::Heading { level, text: frame.text });
                }
            }
            Kind::Term | Kind::Label => self.close_term(frame),
            Kind::Definition => self.close_definition(frame),
            Kind::Definitions => self.close_definitions(frame.entries),
            Kind::List(start) => self.close_list(start, frame.items),
            Kind::Item => self.close_item(frame),
            Kind::Quote | Kind::Aside => self.close_quote(frame),
            Kind::Note => self.close_note(frame),
            Kind::Code => self.close_code(frame),
            Kind::Table => self.close_table(frame),
            Kind::Row => self.close_row(frame),
            Kind::Cell { header } => {
                if let Some(row) = self.find(Kind::Row) {
                    let (columns, rows) = frame.reach;
                    row.row.cells.push(Cell { header, columns, rows, text: frame.text });
                }
            }
            Kind::Caption | Kind::Figcaption => self.close_caption(frame),
            Kind::Figure => self.close_figure(frame),
        }
    }

    fn close_term(&mut self, frame: Frame) {
        let is_entry = frame.kind == Kind::Term && self.nearest() == Some(Kind::Definitions);
        if let Some(list) = self.find(Kind::Definitions).filter(|_| is_entry && !frame.text.is_empty()) {
            if list.entries.last().is_none_or(|entry| !entry.content.is_empty()) {
                list.entries.push(Definition::default());
            }
            entry(list).terms.push(frame.text);
        } else if !frame.text.is_empty() {
            let is_strong = matches!(frame.text.as_slice(), [Inline::Strong { .. }]);
            let text = if is_strong { frame.text } else { vec![Inline::Strong { content: frame.text }] };
            self.accept(Block::Paragraph { text });
        }
        frame.blocks.into_iter().for_each(|block| self.accept(block));
    }

    fn close_definition(&mut self, frame: Frame) {
        let blocks = without_rules(frame.blocks);
        if self.nearest() == Some(Kind::Definitions) {
            if let Some(list) = self.find(Kind::Definitions).filter(|_| !blocks.is_empty()) {
                entry(list).content.extend(blocks);
            }
        } else {
            self.accept_all(blocks, false);
        }
    }

    fn close_definitions(&mut self, entries: Vec<Definition>) {
        if self.is_deep() {
            let terms = |terms: Vec<Vec<Inline>>| terms.into_iter().map(|text| Block::Paragraph { text });
            let blocks = entries.into_iter().flat_map(|entry| terms(entry.terms).chain(entry.content));
            self.accept_all(blocks.collect(), false);
        } else if entries.iter().any(|entry| !entry.terms.is_empty()) {
            self.accept(Block::Definitions { items: entries });
        } else {
            self.accept_all(entries.into_iter().flat_map(|entry| entry.content).collect(), false);
        }
    }

    fn close_list(&mut self, start: Option<u32>, items: Vec<Vec<Block>>) {
        let is_note = |item: &Vec<Block>| matches!(item.as_slice(), [Block::Footnotes { .. }]);
        let (notes, items): (Vec<_>, Vec<_>) = items.into_iter().partition(is_note);
        if self.is_deep() {
            self.accept_all(items.into_iter().flatten().collect(), false);
        } else if !items.is_empty() {
            self.accept(Block::List { start, items });
        }
        notes.into_iter().flatten().for_each(|note| self.accept(note));
    }

    fn close_item(&mut self, frame: Frame) {
        let mut blocks = without_rules(frame.blocks);
        if let (Some(checked), Some(Block::Paragraph { text })) = (frame.checkbox, blocks.first_mut()) {
            text.insert(0, Inline::Checkbox { checked });
        }
        let list = self.open.iter_mut().rev().find(|frame| matches!(frame.kind, Kind::List(_)));
        if let Some(list) = list.filter(|_| !blocks.is_empty()) {
            list.items.push(blocks);
        }
    }

    fn close_quote(&mut self, frame: Frame) {
        let content = without_rules(frame.blocks);
        // A label with nothing to say about is no note.
        let is_note = content.len() > 1 || !matches!(content.first(), Some(Block::Heading { .. }));
        if frame.kind == Kind::Aside && !is_note || self.is_deep() {
            self.accept_all(content, false);
        } else if !content.is_empty() {
            self.accept(Block::Quote { content, cite: frame.says });
        }
    }

    fn close_note(&mut self, frame: Frame) {
        let content = without_rules(frame.blocks);
        let Some(label) = frame.says.filter(|_| !content.is_empty()) else { return };
        if !self.is_deep() && self.labels.insert(label.clone()) {
            self.accept(Block::Footnotes { notes: vec![Note { label, content }] });
        } else {
            self.accept_all(content, false);
        }
    }

    fn close_code(&mut self, frame: Frame) {
        if self.code.is_some_and(|(at, _)| at == self.open.len()) {
            self.code = None;
        }
        let mut text = frame.code.trim_end();
        while let Some((_, rest)) = text.split_once('\n').filter(|(line, _)| line.trim().is_empty()) {
            text = rest;
        }
        if !text.trim().is_empty() {
            self.accept(Block::Code { language: frame.says, text: text.to_owned() });
        }
        self.accept_all(frame.blocks, false);
    }

    fn close_row(&mut self, frame: Frame) {
        let head =
            self.open.iter().rev().take_while(|frame| frame.kind != Kind::Table).any(|frame| frame.kind == Kind::Head);
        if let Some(table) = self.find(Kind::Table) {
            table.rows.push(Row { head, ..frame.row });
            table.blocks.extend(frame.blocks);
        }
    }

    fn close_caption(&mut self, frame: Frame) {
        let wanted = if frame.kind == Kind::Caption { Kind::Table } else { Kind::Figure };
        if let Some(owner) = self.find(wanted).filter(|_| !frame.text.is_empty()) {
            join(&mut owner.text, frame.text);
        }
    }

    fn close_figure(&mut self, frame: Frame) {
        let mut blocks = without_rules(frame.blocks);
        if frame.images.is_empty() {
            let mut text = frame.text;
            if let [Block::Table { caption, .. }] = blocks.as_mut_slice()
                && caption.is_empty()
            {
                *caption = std::mem::take(&mut text);
            }
            self.accept_all(blocks, false);
            if !text.is_empty() {
                self.accept(Block::Paragraph { text });
            }
            return;
        }
        self.accept(Block::Figure { images: frame.images, caption: frame.text });
        for block in blocks {
            self.accept(block);
        }
    }

    fn close_table(&mut self, frame: Frame) {
        let caption = frame.text;
        match tables::table(caption.clone(), frame.rows) {
            Some(table) => self.accept(table),
            None if !caption.is_empty() => self.accept(Block::Paragraph { text: caption }),
            None => {}
        }
        self.accept_all(frame.blocks, false);
    }
}

/// Whether an element of a kind holds a line of text, and no blocks.
fn holds_text(kind: Kind) -> bool {
    matches!(kind, Kind::Heading(_) | Kind::Cell { .. } | Kind::Caption | Kind::Figcaption | Kind::Term | Kind::Label)
}

/// The entry of a list of definitions that is being filled.
fn entry(list: &mut Frame) -> &mut Definition {
    if list.entries.is_empty() {
        list.entries.push(Definition::default());
    }
    let last = list.entries.len() - 1;
    &mut list.entries[last]
}

/// Adds a block; what only continues the last one becomes part of it.
fn push(blocks: &mut Vec<Block>, block: Block) {
    match (blocks.last_mut(), block) {
        (None | Some(Block::Rule), Block::Rule) => {}
        // The same picture twice: a lazy one and its twin for those without scripts.
        (Some(last @ Block::Figure { .. }), block @ Block::Figure { .. }) if *last == block => {}
        (Some(Block::Footnotes { notes }), Block::Footnotes { notes: more }) => notes.extend(more),
        (_, block) => blocks.push(block),
    }
}

/// A line of a verse, which goes on with the stanza before it unless an empty one stands between.
fn verse_line(verse: &mut Frame, blocks: Vec<Block>) {
    if blocks.is_empty() {
        verse.gap = true;
    }
    let gap = std::mem::take(&mut verse.gap) && !blocks.is_empty();
    verse.gap |= blocks.is_empty();
    for block in blocks {
        match (verse.blocks.last_mut(), block) {
            (Some(Block::Paragraph { text }), Block::Paragraph { text: line }) if !gap => join(text, line),
            (_, block) => verse.blocks.push(block),
        }
    }
}

/// A paragraph; lines of nothing but code are a listing.
fn paragraph(text: Vec<Inline>) -> Block {
    let is_code = text.iter().all(|inline| matches!(inline, Inline::Code { .. } | Inline::Break));
    if !is_code || text.iter().filter(|inline| **inline == Inline::Break).count() < 2 {
        return Block::Paragraph { text };
    }
    let lines = text.iter().map(|inline| if let Inline::Code { text } = inline { text } else { "\n" });
    Block::Code { language: None, text: lines.collect() }
}

/// A run cut at its empty lines.
fn stanzas(text: Vec<Inline>) -> Vec<Vec<Inline>> {
    let mut stanzas = vec![Vec::new()];
    let mut breaks = 0;
    for inline in text {
        if inline == Inline::Break {
            breaks += 1;
            continue;
        }
        if breaks > 1 {
            stanzas.push(Vec::new());
        }
        let last = stanzas.len() - 1;
        if breaks == 1 && !stanzas[last].is_empty() {
            stanzas[last].push(Inline::Break);
        }
        breaks = 0;
        stanzas[last].push(inline);
    }
    stanzas.retain(|stanza| !stanza.is_empty());
    stanzas
}

/// Rules at the ends of a container separate nothing.
fn without_rules(mut blocks: Vec<Block>) -> Vec<Block> {
    while blocks.last() == Some(&Block::Rule) {
        blocks.pop();
    }
    blocks
}

/// Joins two runs that stood in blocks of their own.
fn join(text: &mut Vec<Inline>, more: Vec<Inline>) {
    if !text.is_empty() {
        text.push(Inline::Break);
    }
    text.extend(more);
}
