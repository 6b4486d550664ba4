//! Blocks as Markdown that any CommonMark reader takes, with tables and footnotes as GitHub writes them. Runs of text are
//! written by `render/line.rs`; this knows where blocks begin and end.

use std::borrow::Cow;

use crate::article::{Block, Definition, Image, Inline, Note};
use crate::render::line::{self, Place};

/// The largest number a list may begin with: nine digits are read as a number.
const START_MAX: u32 = 900_000_000;
/// Where more than this would stand before every line, a list within lists is written without its marks.
const LEAD_MAX: usize = 48;

/// Renders blocks as Markdown. What the text contains is escaped, so that it reads back as text.
///
/// ```
/// use chaffinch_extract::{Block, Inline, render};
/// let text = vec![Inline::Text { text: "2 * 3 * 4".into() }];
/// assert_eq!(render::markdown(&[Block::Heading { level: 2, text }]), "## 2 \\* 3 \\* 4\n");
/// ```
pub fn markdown(blocks: &[Block]) -> String {
    let mut out = Out::default();
    out.blocks(blocks, Gap::Line, false);
    if !out.text.is_empty() {
        out.text.push('\n');
    }
    out.text
}

/// What stands between two blocks, or two items of a list.
#[derive(Clone, Copy)]
enum Gap {
    /// Nothing but the end of the line.
    None,
    /// An empty line.
    Line,
}

/// What is written so far, and what stands before each of its lines.
#[derive(Default)]
struct Out {
    text: String,
    lead: String,
}

impl Out {
    /// Lines, the first of them where the text ends.
    fn put(&mut self, lines: &str) {
        for (at, line) in lines.split('\n').enumerate() {
            if at > 0 {
                self.text.push('\n');
                self.text.push_str(if line.is_empty() { self.lead.trim_end() } else { &self.lead });
            }
            self.text.push_str(line);
        }
    }

    fn gap(&mut self, gap: Gap) {
        if let Gap::Line = gap {
            self.text.push('\n');
            self.text.push_str(self.lead.trim_end());
        }
        self.text.push('\n');
        self.text.push_str(&self.lead);
    }

    /// Writes a part after `before`; says whether it said anything, and if it did not, leaves nothing of it.
    fn part(&mut self, before: Option<Gap>, write: impl FnOnce(&mut Self)) -> bool {
        let end = self.text.len();
        if let Some(gap) = before {
            self.gap(gap);
        }
        let start = self.text.len();
        write(self);
        let said = self.text.len() > start;
        if !said {
            self.text.truncate(end);
        }
        said
    }

    /// Writes blocks after a mark, with `lead` before every line but the first. Without a block there is no mark.
    fn marked(&mut self, mark: &str, lead: &str, gap: Gap, blocks: &[Block]) {
        let (start, outer) = (self.text.len(), self.lead.len());
        self.text.push_str(mark);
        self.lead.push_str(lead);
        if !self.part(None, |out| out.blocks(blocks, gap, true)) {
            self.text.truncate(start);
        }
        self.lead.truncate(outer);
    }

    /// Blocks with a gap between them; `nested` where they stand in a list, a quote or a note.
    fn blocks(&mut self, blocks: &[Block], gap: Gap, nested: bool) {
        let mut any = false;
        // Two lists in a row would read as one: every other has another sign.
        let mut other = false;
        let mut after_list = false;
        for block in undefined(blocks) {
            let is_list = matches!(*block, Block::List { .. });
            let sign = is_list && after_list && !other;
            if self.part(any.then_some(gap), |out| out.block(&block, sign, nested)) {
                any = true;
                other = sign;
                after_list = is_list;
            }
        }
    }

    fn block(&mut self, block: &Block, other_sign: bool, nested: bool) {
        match block {
            Block::Heading { level, text } => {
                let text = line::one_line(text, Place::Heading);
                if !text.is_empty() {
                    self.put(&format!("{} {text}", "#".repeat(usize::from((*level).clamp(1, 6)))));
                }
            }
            Block::Paragraph { text } => self.put(&line::paragraph(text)),
            Block::List { start, items } => self.list(*start, items, other_sign),
            Block::Quote { content, .. } => self.marked("> ", "> ", Gap::Line, content),
            Block::Code { language, text } => self.put(&code(language.as_deref(), text)),
            Block::Table { caption, header_rows, rows, .. } => self.put(&table(caption, *header_rows, rows)),
            Block::Figure { images, caption } => self.put(&figure(images, caption)),
            Block::Definitions { .. } => self.blocks(std::slice::from_ref(block), Gap::Line, nested),
            Block::Footnotes { notes } => self.footnotes(notes),
            Block::Embed { href, title } => {
                let title = if title.trim().is_empty() { href } else { title };
                let content = vec![Inline::Text { text: title.clone() }];
                self.put(&line::paragraph(&[Inline::Link { href: href.clone(), content }]));
            }
            // After the sign of a list, hyphens or asterisks would be one rule with it.
            Block::Rule => self.put(if nested { "___" } else { "---" }),
        }
    }

    fn footnotes(&mut self, notes: &[Note]) {
        let mut any = false;
        for note in notes {
            let mark = format!("[^{}]: ", line::note_label(&note.label));
            any |= self.part(any.then_some(Gap::Line), |out| out.marked(&mark, "    ", Gap::Line, &note.content));
        }
    }

    fn list(&mut self, start: Option<u32>, items: &[Vec<Block>], other_sign: bool) {
        let gap = if is_tight(items) { Gap::None } else { Gap::Line };
        let mut count = 0;
        for item in items {
            let mark = match (start, other_sign) {
                (Some(start), _) => {
                    format!("{}{} ", start.min(START_MAX).saturating_add(count), if other_sign { ')' } else { '.' })
                }
                (None, false) => "- ".to_owned(),
                (None, true) => "* ".to_owned(),
            };
            let before = (count > 0).then_some(gap);
            let said = if self.lead.len() + mark.len() > LEAD_MAX {
                self.part(before.map(|_| Gap::Line), |out| out.blocks(item, Gap::Line, true))
            } else {
                self.part(before, |out| out.marked(&mark, &" ".repeat(mark.len()), gap, item))
            };
            count += u32::from(said);
        }
    }
}

fn is_tight(items: &[Vec<Block>]) -> bool {
    items.iter().all(|item| {
        match item.as_slice() {
            [Block::Definitions { .. }] => false,
            [_] => true,
            // A numbered list can follow a line of text directly only where it begins with 1.
            [Block::Paragraph { .. }, Block::List { start, .. }] => start.is_none_or(|start| start == 1),
            _ => false,
        }
    })
}

fn figure(images: &[Image], caption: &[Inline]) -> String {
    let shown: Vec<Inline> = images.iter().map(|image| Inline::Image { image: image.clone() }).collect();
    let mut lines = Vec::new();
    for image in shown {
        lines.push(image);
        lines.push(Inline::Break);
    }
    let parts = [line::paragraph_with(&lines, "\n"), line::paragraph(caption)];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
}

/// CommonMark has no lists of definitions: each term is a paragraph in bold, what is said of it follows.
fn undefined(blocks: &[Block]) -> Vec<Cow<'_, Block>> {
    let mut all = Vec::new();
    for block in blocks {
        let Block::Definitions { items } = block else {
            all.push(Cow::Borrowed(block));
            continue;
        };
        for item in items {
            all.push(Cow::Owned(Block::Paragraph { text: terms(item) }));
            all.extend(undefined(&item.content));
        }
    }
    all
}

fn terms(item: &Definition) -> Vec<Inline> {
    let mut terms = Vec::new();
    for term in item.terms.iter().filter(|term| !term.is_empty()) {
        if !terms.is_empty() {
            terms.push(Inline::Break);
        }
        terms.push(Inline::Strong { content: term.clone() });
    }
    terms
}

fn code(language: Option<&str>, text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let fence = "`".repeat(line::longest_run(&text, '`').max(2) + 1);
    let language: String =
        language.unwrap_or("").chars().filter(|c| c.is_ascii_alphanumeric() || "+#-_.".contains(*c)).collect();
    format!("{fence}{language}\n{text}\n{fence}")
}

fn table(caption: &[Inline], header_rows: usize, rows: &[Vec<Vec<Inline>>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    if columns == 0 {
        return line::paragraph(caption);
    }
    let mut out = line::paragraph(caption);
    if !out.is_empty() {
        out.push_str("\n\n");
    }
    // Rows are filled up to the widest, unless that would be most of what is written; readers fill them up themselves.
    let cells: usize = rows.iter().map(Vec::len).sum();
    let filled = columns.saturating_mul(rows.len()) <= 4 * cells + 256;
    let write_row = |out: &mut String, row: &[Vec<Inline>]| {
        out.push('|');
        let width = if filled || row.is_empty() { columns } else { row.len() };
        for column in 0..width {
            let cell = row.get(column).map(|cell| line::one_line(cell, Place::Cell)).unwrap_or_default();
            out.push(' ');
            out.push_str(&cell);
            out.push_str(if cell.is_empty() { "|" } else { " |" });
        }
    };
    // A table must have one header row; where the page has none it is left empty.
    let empty: &[Vec<Inline>] = &[];
    let (header, body) = match rows.split_first() {
        Some((first, rest)) if header_rows > 0 => (first.as_slice(), rest),
        _ => (empty, rows),
    };
    write_row(&mut out, header);
    // The header must have a cell for each column.
    out.push_str(&" |".repeat(if filled || header.is_empty() { 0 } else { columns - header.len() }));
    out.push_str("\n|");
    out.push_str(&" --- |".repeat(columns));
    for row in body {
        out.push('\n');
        write_row(&mut out, row);
    }
    out
}
