//! Runs of text with their marks: emphasis, links, code, images and line breaks, white space folded across them. It knows
//! nothing of the blocks around.

use ego_tree::NodeId;
use scraper::Html;
use url::Url;

use crate::article::{Block, Inline, Style};
use crate::formulas;
use crate::render;
use crate::spaces;
use crate::walk::{self, is_blank};

/// How many marks may stand in each other; more say nothing, and what reads the tree later recurses over it.
const NESTING_MAX: usize = 8;

/// What becomes of line ends and other white space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Space {
    /// Any run of it is one blank.
    Folded,
    /// Line ends stay, and so does what sets a line in.
    Lines,
}

/// A line of verse is set in by at most so many blanks.
const INDENT_MAX: usize = 40;

enum Mark {
    Emphasis,
    Strong,
    Link(String),
    Superscript,
    Subscript,
    Code,
    Styled(Style),
    Abbreviation(String),
    Quotation,
    Ruby,
    Reading,
    /// Said by the text around already.
    Hidden,
}

/// Controls are no text: a terminal would obey them.
pub(crate) fn is_control(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\t')
}

/// Gathers one run.
pub(crate) struct Writer<'a> {
    tree: &'a Html,
    base: Option<&'a Url>,
    handling: Space,
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
    pub(crate) fn new(tree: &'a Html, base: Option<&'a Url>, open: &[NodeId], handling: Space) -> Self {
        let mut writer = Self {
            tree,
            base,
            handling,
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

    /// Takes a text of the page.
    pub(crate) fn text(&mut self, text: &str) {
        match self.handling {
            Space::Folded => self.push(text),
            Space::Lines => {
                for (at, line) in text.split('\n').enumerate() {
                    if at > 0 {
                        self.line_break();
                    }
                    let body = line.trim_start_matches([' ', '\t']);
                    if !self.after_break() {
                        self.push(line);
                    } else if !body.is_empty() {
                        let depth = line.len() - body.len();
                        self.text.extend(std::iter::repeat_n('\u{a0}', depth.min(INDENT_MAX)));
                        self.push(body);
                    }
                }
            }
        }
    }

    /// Takes a line break.
    pub(crate) fn line_break(&mut self) {
        self.flush();
        self.space = false;
        if self.any {
            self.last().push(Inline::Break);
        }
    }

    /// Takes something that stands in the line as a whole: an image, a formula.
    pub(crate) fn whole(&mut self, inline: Inline) {
        if self.in_hidden() {
            return;
        }
        self.settle_space();
        self.flush();
        self.any = true;
        self.last().push(inline);
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

    fn has(&self, wanted: impl Fn(&Mark) -> bool) -> bool {
        self.open.iter().flatten().any(wanted)
    }

    fn in_code(&self) -> bool {
        self.has(|mark| matches!(mark, Mark::Code))
    }

    fn in_hidden(&self) -> bool {
        self.has(|mark| matches!(mark, Mark::Hidden))
    }

    /// Writes the space that is due, as part of the text before what comes.
    fn settle_space(&mut self) {
        if self.space && self.any && !(self.text.is_empty() && self.after_break()) {
            self.text.push(' ');
        }
        self.space = false;
    }

    fn push(&mut self, text: &str) {
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let plain = spaces::plain(rest.as_bytes(), true);
            let (taken, left) = rest.split_at(plain.max(c.len_utf8()));
            rest = left;
            if plain > 0 {
                self.settle_space();
                self.any = true;
                let words = taken.strip_suffix(' ');
                self.space = words.is_some();
                self.text.push_str(words.unwrap_or(taken));
            } else if c.is_whitespace() {
                self.space = true;
                rest = &rest[spaces::blank(rest.as_bytes())..];
            } else if !is_blank(c) && !is_control(c) || matches!(c, '\u{200c}' | '\u{200d}' | '\u{200e}' | '\u{200f}') {
                self.settle_space();
                self.any = true;
                self.text.push(c);
            }
        }
    }

    fn after_break(&self) -> bool {
        self.text.is_empty() && self.lists.last().and_then(|list| list.last()) == Some(&Inline::Break)
    }

    fn flush(&mut self) {
        if self.text.is_empty() {
            return;
        }
        let text = std::mem::take(&mut self.text);
        if self.in_hidden() {
            return;
        }
        let in_code = self.in_code();
        let list = self.last();
        if in_code {
            add(list, Inline::Code { text });
        } else if let Some(pieces) = formulas::split(&text) {
            for piece in pieces {
                add(list, piece);
            }
        } else {
            add(list, Inline::Text { text });
        }
    }

    /// An inline element begins.
    pub(crate) fn open(&mut self, id: NodeId) {
        let mark = self.mark(id);
        let mark =
            mark.filter(|mark| self.lists.len() <= NESTING_MAX && (!self.in_code() || matches!(mark, Mark::Link(_))));
        if let Some(mark) = &mark {
            // White space before a mark belongs outside of it.
            if self.space && self.any && !(self.text.is_empty() && self.after_break()) {
                self.settle_space();
            }
            let opening = matches!(mark, Mark::Quotation);
            self.flush();
            self.lists.push(Vec::new());
            if opening {
                self.text.push('“');
                self.any = true;
            }
        }
        self.open.push(mark);
    }

    /// The innermost inline element ends.
    pub(crate) fn close(&mut self) {
        match self.open.last() {
            Some(Some(Mark::Quotation)) => self.text.push('”'),
            Some(Some(_)) => {}
            _ => {
                self.open.pop();
                return;
            }
        }
        self.flush();
        let Some(Some(mark)) = self.open.pop() else { return };
        let mut content = self.lists.pop().unwrap_or_default();
        let mut breaks = 0;
        while content.last() == Some(&Inline::Break) {
            content.pop();
            breaks += 1;
        }
        if !content.is_empty() {
            self.put(mark, content);
        }
        if breaks > 0 {
            self.last().push(Inline::Break);
        }
    }

    /// Puts what a mark held into what is around it.
    fn put(&mut self, mark: Mark, content: Vec<Inline>) {
        let list = self.last();
        match mark {
            Mark::Emphasis => add(list, Inline::Emphasis { content }),
            Mark::Strong => add(list, Inline::Strong { content }),
            Mark::Superscript if content.iter().any(|inline| matches!(inline, Inline::Footnote { .. })) => {
                // A reference stands for itself, without the brackets around.
                list.extend(content.into_iter().filter(|inline| matches!(inline, Inline::Footnote { .. })));
            }
            Mark::Superscript => add(list, Inline::Superscript { content }),
            Mark::Subscript => add(list, Inline::Subscript { content }),
            Mark::Styled(style) => add(list, Inline::Styled { style, content }),
            Mark::Abbreviation(title) => add(list, Inline::Abbreviation { title, content }),
            Mark::Link(href) => add(list, Inline::Link { href, content }),
            Mark::Code | Mark::Quotation => content.into_iter().for_each(|inline| add(list, inline)),
            Mark::Ruby => list.extend(content),
            Mark::Reading => {
                let reading = render::inline_text(&content);
                // The text that is read so is what stands before, up to the last reading.
                let from = list.iter().rposition(|inline| matches!(inline, Inline::Ruby { .. })).map_or(0, |at| at + 1);
                let content = list.split_off(from);
                if content.is_empty() {
                    add(list, Inline::Text { text: format!("({reading})") });
                } else {
                    list.push(Inline::Ruby { content, reading });
                }
            }
            Mark::Hidden => {}
        }
    }

    fn mark(&self, id: NodeId) -> Option<Mark> {
        let attribute = |name| walk::attr_of(self.tree, id, name);
        match walk::name_of(self.tree, id) {
            "b" if attribute("style").is_some_and(|style| style.contains("font-weight:normal")) => None,
            "em" | "i" | "cite" | "var" | "dfn" => Some(Mark::Emphasis),
            "strong" | "b" => Some(Mark::Strong),
            "sup" => Some(Mark::Superscript),
            "sub" => Some(Mark::Subscript),
            "del" | "s" | "strike" => Some(Mark::Styled(Style::Deleted)),
            "ins" => Some(Mark::Styled(Style::Inserted)),
            "mark" => Some(Mark::Styled(Style::Highlighted)),
            // Each key of a shortcut is one; the element around them says nothing more.
            "kbd" if self.has(|mark| matches!(mark, Mark::Styled(Style::Keyboard))) => None,
            "kbd" => Some(Mark::Styled(Style::Keyboard)),
            "code" | "samp" | "tt" => Some(Mark::Code),
            "abbr" | "acronym" => {
                let title = attribute("title")?.split_whitespace().collect::<Vec<_>>().join(" ");
                (!title.is_empty()).then_some(Mark::Abbreviation(title))
            }
            "q" => Some(Mark::Quotation),
            "ruby" => Some(Mark::Ruby),
            "rt" if self.has(|mark| matches!(mark, Mark::Ruby)) => Some(Mark::Reading),
            "rtc" => Some(Mark::Hidden),
            "span" => styled(attribute("style")?),
            "a" if !self.has(|mark| matches!(mark, Mark::Link(_))) => {
                safe_link(attribute("href")?, self.base).map(Mark::Link)
            }
            _ => None,
        }
    }
}

/// What an editor wrote as style for want of an element.
fn styled(style: &str) -> Option<Mark> {
    let rules = style.split(';').filter_map(|rule| rule.split_once(':'));
    let mut rules = rules.map(|(name, value)| (name.trim(), value.trim()));
    rules.find_map(|(name, value)| match (name, value) {
        ("font-weight", "bold" | "bolder" | "700" | "800" | "900") => Some(Mark::Strong),
        ("font-style", "italic" | "oblique") => Some(Mark::Emphasis),
        ("text-decoration" | "text-decoration-line", "line-through") => Some(Mark::Styled(Style::Deleted)),
        _ => None,
    })
}

/// Adds to a run; what only continues the last piece becomes part of it.
fn add(list: &mut Vec<Inline>, inline: Inline) {
    match (list.last_mut(), inline) {
        (Some(Inline::Text { text }), Inline::Text { text: more })
        | (Some(Inline::Code { text }), Inline::Code { text: more }) => {
            text.push_str(&more);
        }
        (Some(Inline::Emphasis { content }), Inline::Emphasis { content: more })
        | (Some(Inline::Strong { content }), Inline::Strong { content: more }) => {
            for inline in more {
                add(content, inline);
            }
        }
        (Some(Inline::Link { href, content }), Inline::Link { href: same, content: more }) if *href == same => {
            for inline in more {
                add(content, inline);
            }
        }
        (_, inline) => list.push(inline),
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
        Block::Quote { content, .. } => {
            for inner in content {
                add(&mut out, flatten(inner));
            }
        }
        Block::Definitions { items } => {
            for item in items {
                item.terms.into_iter().for_each(|term| add(&mut out, term));
                item.content.into_iter().for_each(|inner| add(&mut out, flatten(inner)));
            }
        }
        Block::Footnotes { notes } => {
            for inner in notes.into_iter().flat_map(|note| note.content) {
                add(&mut out, flatten(inner));
            }
        }
        Block::Embed { href, title } => {
            let text = if title.is_empty() { href.clone() } else { title };
            out.push(Inline::Link { href, content: vec![Inline::Text { text }] });
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
