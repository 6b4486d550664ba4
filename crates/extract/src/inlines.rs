//! Runs of text with their marks: emphasis, links, code, images and line breaks, white space folded across them. It knows
//! nothing of the blocks around.

use ego_tree::NodeId;
use scraper::Html;
use url::Url;

use crate::article::{Block, Inline};
use crate::images;
use crate::walk::{self, Step, is_blank};

/// How many marks may stand in each other; more say nothing, and what reads the tree later recurses over it.
const NESTING_MAX: usize = 8;

enum Mark {
    Emphasis,
    Strong,
    Link(String),
    Superscript,
    Subscript,
    Code,
}

/// Controls are no text: a terminal would obey them.
fn is_control(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\t')
}

/// Gathers one run.
pub(crate) struct Writer<'a> {
    tree: &'a Html,
    base: Option<&'a Url>,
    raw: bool,
    /// Open elements: the element, and its mark where it has one.
    open: Vec<Option<Mark>>,
    /// One list more than there are open marks.
    lists: Vec<Vec<Inline>>,
    space: bool,
    text: String,
    any: bool,
}

impl<'a> Writer<'a> {
    /// `open` are the inline elements that were opened before the run began.
    pub(crate) fn new(tree: &'a Html, base: Option<&'a Url>, open: &[NodeId], raw: bool) -> Self {
        let mut writer = Self {
            tree,
            base,
            raw,
            open: Vec::new(),
            lists: vec![Vec::new()],
            space: false,
            text: String::new(),
            any: false,
        };
        for id in open {
            writer.open(*id);
        }
        writer
    }

    /// Takes the next step of the run.
    pub(crate) fn step(&mut self, step: Step) {
        match step {
            Step::Text(id) => {
                let text = walk::text_of(self.tree, id);
                if self.raw { self.text.extend(text.chars().filter(|c| !is_control(*c))) } else { self.push(text) }
            }
            Step::Break if self.raw => self.end_line(),
            Step::Break => {
                self.flush();
                self.space = false;
                if self.any {
                    self.last().push(Inline::Break);
                }
            }
            Step::Image(id) if !self.raw => {
                if let Some(image) = images::image(self.tree, id, self.base) {
                    if self.space && self.any {
                        self.text.push(' ');
                    }
                    self.space = false;
                    self.flush();
                    self.any = true;
                    self.last().push(Inline::Image { image });
                }
            }
            Step::InlineOpen(id) => self.open(id),
            Step::InlineClose(_) => self.close(),
            _ => {}
        }
    }

    /// Ends a line of code that is not ended yet.
    fn end_line(&mut self) {
        if !self.text.ends_with('\n') {
            self.text.push('\n');
        }
    }

    /// The text of a run in `<pre>`.
    pub(crate) fn raw(self) -> String {
        self.text
    }

    /// The run.
    pub(crate) fn finish(mut self) -> Vec<Inline> {
        while !self.open.is_empty() {
            self.close();
        }
        self.flush();
        let mut inlines = self.lists.pop().unwrap_or_default();
        while inlines.last() == Some(&Inline::Break) {
            inlines.pop();
        }
        inlines
    }

    fn last(&mut self) -> &mut Vec<Inline> {
        if self.lists.is_empty() {
            self.lists.push(Vec::new());
        }
        let last = self.lists.len() - 1;
        &mut self.lists[last]
    }

    fn in_code(&self) -> bool {
        self.open.iter().any(|mark| matches!(mark, Some(Mark::Code)))
    }

    fn push(&mut self, text: &str) {
        for c in text.chars() {
            if c.is_whitespace() {
                self.space = true;
            } else if !is_blank(c) && !is_control(c) || matches!(c, '\u{200c}' | '\u{200d}' | '\u{200e}' | '\u{200f}') {
                if self.space && self.any && !(self.text.is_empty() && self.after_break()) {
                    self.text.push(' ');
                }
                self.space = false;
                self.any = true;
                self.text.push(c);
            }
        }
    }

    fn after_break(&self) -> bool {
        self.lists.last().and_then(|list| list.last()) == Some(&Inline::Break)
    }

    fn flush(&mut self) {
        if self.text.is_empty() {
            return;
        }
        let text = std::mem::take(&mut self.text);
        let inline = if self.in_code() { Inline::Code { text } } else { Inline::Text { text } };
        self.last().push(inline);
    }

    fn open(&mut self, id: NodeId) {
        let mark = if self.raw { None } else { self.mark(id) };
        let mark = mark.filter(|_| self.lists.len() <= NESTING_MAX && !self.in_code());
        if mark.is_some() {
            // White space before a mark belongs outside of it.
            if self.space && self.any && !(self.text.is_empty() && self.after_break()) {
                self.text.push(' ');
                self.space = false;
            }
            self.flush();
            self.lists.push(Vec::new());
        }
        self.open.push(mark);
    }

    fn close(&mut self) {
        let Some(Some(mark)) = self.open.last() else {
            self.open.pop();
            return;
        };
        let is_code = matches!(mark, Mark::Code);
        if is_code || !self.text.is_empty() {
            self.flush();
        }
        let Some(Some(mark)) = self.open.pop() else { return };
        let mut content = self.lists.pop().unwrap_or_default();
        let mut breaks = 0;
        while content.last() == Some(&Inline::Break) {
            content.pop();
            breaks += 1;
        }
        if !content.is_empty() {
            match mark {
                Mark::Emphasis => self.last().push(Inline::Emphasis { content }),
                Mark::Strong => self.last().push(Inline::Strong { content }),
                Mark::Superscript => self.last().push(Inline::Superscript { content }),
                Mark::Subscript => self.last().push(Inline::Subscript { content }),
                Mark::Link(href) => self.last().push(Inline::Link { href, content }),
                Mark::Code => self.last().append(&mut content),
            }
        }
        if breaks > 0 {
            self.last().push(Inline::Break);
        }
    }

    fn mark(&self, id: NodeId) -> Option<Mark> {
        match walk::name_of(self.tree, id) {
            "em" | "i" | "cite" | "var" | "dfn" => Some(Mark::Emphasis),
            "strong" | "b" => Some(Mark::Strong),
            "sup" => Some(Mark::Superscript),
            "sub" => Some(Mark::Subscript),
            "code" | "kbd" | "samp" | "tt" => Some(Mark::Code),
            "a" if !self.open.iter().any(|mark| matches!(mark, Some(Mark::Link(_)))) => {
                let href = walk::attr_of(self.tree, id, "href")?;
                safe_link(href, self.base).map(Mark::Link)
            }
            _ => None,
        }
    }
}

/// The address of a link, absolute where the page's is known; `None` for what is no link to a page or a mailbox.
pub(crate) fn safe_link(href: &str, base: Option<&Url>) -> Option<String> {
    let href = href.trim();
    if href.is_empty() {
        return None;
    }
    let absolute = match base {
        Some(base) => base.join(href),
        None => Url::parse(href),
    };
    match absolute {
        Ok(url) => matches!(url.scheme(), "http" | "https" | "mailto").then(|| url.to_string()),
        Err(url::ParseError::RelativeUrlWithoutBase) => Some(href.to_owned()),
        Err(_) => None,
    }
}

/// The text of a block as one run, for places that hold no blocks (a cell, a caption).
pub(crate) fn flatten(block: Block) -> Vec<Inline> {
    let mut out: Vec<Inline> = Vec::new();
    let add = |out: &mut Vec<Inline>, mut more: Vec<Inline>| {
        if !out.is_empty() && !more.is_empty() {
            out.push(Inline::Break);
        }
        out.append(&mut more);
    };
    match block {
        Block::Heading { text, .. } => out.push(Inline::Strong { content: text }),
        Block::Paragraph { text } => out = text,
        Block::List { items, .. } => {
            for item in items.into_iter().flatten() {
                add(&mut out, flatten(item));
            }
        }
        Block::Quote { content } => {
            for inner in content {
                add(&mut out, flatten(inner));
            }
        }
        Block::Code { text, .. } => {
            for line in text.lines() {
                add(&mut out, vec![Inline::Code { text: line.to_owned() }]);
            }
        }
        Block::Table { caption, rows, .. } => {
            out = caption;
            for row in rows {
                for cell in row {
                    add(&mut out, cell);
                }
            }
        }
        Block::Figure { images, caption } => {
            out.extend(images.into_iter().map(|image| Inline::Image { image }));
            add(&mut out, caption);
        }
        Block::Rule => {}
    }
    out
}
