//! Blocks as Markdown that any CommonMark reader takes, with tables and footnotes as GitHub writes them. Runs of text are
//! written by `render/line.rs`; this knows where blocks begin and end.

use std::borrow::Cow;

use crate::article::{Block, Definition, Image, Inline, Note};
use crate::render::line::{self, Place};

/// The largest number a list may begin with: nine digits are read as a number.
const START_MAX: u32 = 900_000_000;

/// Renders blocks as Markdown. What the text contains is escaped, so that it reads back as text.
///
/// ```
/// use chaffinch_extract::{Block, Inline, render};
/// let text = vec![Inline::Text { text: "2 * 3 * 4".into() }];
/// assert_eq!(render::markdown(&[Block::Heading { level: 2, text }]), "## 2 \\* 3 \\* 4\n");
/// ```
pub fn markdown(blocks: &[Block]) -> String {
    let mut out = write_blocks(blocks, "\n\n", false);
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

/// Blocks with `between` them; `nested` where they stand in a list, a quote or a note.
fn write_blocks(blocks: &[Block], between: &str, nested: bool) -> String {
    let mut out = String::new();
    // Two lists in a row would read as one: every other has another sign.
    let mut other = false;
    let mut after_list = false;
    for block in undefined(blocks) {
        let is_list = matches!(*block, Block::List { .. });
        let sign = is_list && after_list && !other;
        let written = write_block(&block, sign, nested);
        if written.is_empty() {
            continue;
        }
        other = sign;
        after_list = is_list;
        if !out.is_empty() {
            out.push_str(between);
        }
        out.push_str(&written);
    }
    out
}

fn write_block(block: &Block, other_sign: bool, nested: bool) -> String {
    match block {
        Block::Heading { level, text } => {
            let text = line::one_line(text, Place::Heading);
            if text.is_empty() {
                String::new()
            } else {
                format!("{} {text}", "#".repeat(usize::from((*level).clamp(1, 6))))
            }
        }
        Block::Paragraph { text } => line::paragraph(text),
        Block::List { start, items } => list(*start, items, other_sign),
        Block::Quote { content, .. } => {
            let inner = write_blocks(content, "\n\n", true);
            if inner.is_empty() { inner } else { prefix(&inner, "> ", "> ") }
        }
        Block::Code { language, text } => code(language.as_deref(), text),
        Block::Table { caption, header_rows, rows, .. } => table(caption, *header_rows, rows),
        Block::Figure { images, caption } => figure(images, caption),
        Block::Definitions { .. } => write_blocks(std::slice::from_ref(block), "\n\n", nested),
        Block::Footnotes { notes } => footnotes(notes),
        Block::Embed { href, title } => {
            let title = if title.trim().is_empty() { href } else { title };
            let content = vec![Inline::Text { text: title.clone() }];
            line::paragraph(&[Inline::Link { href: href.clone(), content }])
        }
        // After the sign of a list, hyphens or asterisks would be one rule with it.
        Block::Rule => if nested { "___" } else { "---" }.to_owned(),
    }
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

fn footnotes(notes: &[Note]) -> String {
    let mut out = Vec::new();
    for note in notes {
        let inner = write_blocks(&note.content, "\n\n", true);
        if !inner.is_empty() {
            out.push(prefix(&inner, &format!("[^{}]: ", line::note_label(&note.label)), "    "));
        }
    }
    out.join("\n\n")
}

fn list(start: Option<u32>, items: &[Vec<Block>], other_sign: bool) -> String {
    let tight = items.iter().all(|item| {
        match item.as_slice() {
            [Block::Definitions { .. }] => false,
            [_] => true,
            // A numbered list can follow a line of text directly only where it begins with 1.
            [Block::Paragraph { .. }, Block::List { start, .. }] => start.is_none_or(|start| start == 1),
            _ => false,
        }
    });
    let mut out: Vec<String> = Vec::new();
    for item in items {
        let number = u32::try_from(out.len()).unwrap_or(u32::MAX);
        let marker = match (start, other_sign) {
            (Some(start), _) => {
                format!("{}{} ", start.min(START_MAX).saturating_add(number), if other_sign { ')' } else { '.' })
            }
            (None, false) => "- ".to_owned(),
            (None, true) => "* ".to_owned(),
        };
        let inner = write_blocks(item, if tight { "\n" } else { "\n\n" }, true);
        if !inner.is_empty() {
            out.push(prefix(&inner, &marker, &" ".repeat(marker.len())));
        }
    }
    out.join(if tight { "\n" } else { "\n\n" })
}

fn prefix(text: &str, first: &str, rest: &str) -> String {
    let mut out = String::new();
    for (at, line) in text.split('\n').enumerate() {
        if at > 0 {
            out.push('\n');
        }
        let lead = if at == 0 { first } else { rest };
        out.push_str(if line.is_empty() { lead.trim_end() } else { lead });
        out.push_str(line);
    }
    out
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
