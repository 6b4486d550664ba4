//! Plain text: blocks set apart by a blank line, list items with "- ", tables as rows of cells with tabs
//! between them. Addresses and looks are left out.

use crate::article::{Block, Definition, Inline, Note};

/// Renders blocks as plain text.
///
/// ```
/// use chaffinch_extract::{Block, Inline, render};
/// let text = vec![Inline::Text { text: "Finches eat seeds.".into() }];
/// assert_eq!(render::text(&[Block::Paragraph { text }]), "Finches eat seeds.");
/// ```
pub fn text(blocks: &[Block]) -> String {
    let mut out = String::new();
    write_blocks(&mut out, blocks, "");
    out
}

/// The text of a run, its marks dropped; a line break stays one.
pub fn inline_text(inlines: &[Inline]) -> String {
    let mut out = String::new();
    write_inlines(&mut out, inlines, "\n");
    out
}

fn write_blocks(out: &mut String, blocks: &[Block], indent: &str) {
    let first = out.len();
    for block in blocks {
        if matches!(block, Block::Rule | Block::Embed { .. }) {
            continue;
        }
        let start = out.len();
        if start > first {
            out.push_str("\n\n");
            out.push_str(indent);
        }
        let begun = out.len();
        write_block(out, block, indent);
        if out.len() == begun {
            out.truncate(start);
        }
    }
}

fn write_block(out: &mut String, block: &Block, indent: &str) {
    let line_break = format!("\n{indent}");
    match block {
        Block::Heading { text, .. } | Block::Paragraph { text } => write_inlines(out, text, &line_break),
        Block::List { items, .. } => {
            let items = items.iter().map(|item| ("- ".to_owned(), item.as_slice()));
            write_items(out, items, indent);
        }
        Block::Footnotes { notes } => {
            let items = notes.iter().map(|Note { label, content }| (format!("[{label}] "), content.as_slice()));
            write_items(out, items, indent);
        }
        Block::Quote { content, .. } => write_blocks(out, content, indent),
        Block::Definitions { items } => write_definitions(out, items, indent),
        Block::Code { text, .. } => {
            for (at, line) in text.split('\n').enumerate() {
                out.push_str(if at > 0 { &line_break } else { "" });
                out.push_str(line);
            }
        }
        Block::Table { caption, rows, .. } => {
            write_inlines(out, caption, " ");
            for (at, row) in rows.iter().enumerate() {
                if at > 0 || !caption.is_empty() {
                    out.push_str(&line_break);
                }
                for (column, cell) in row.iter().enumerate() {
                    if column > 0 {
                        out.push('\t');
                    }
                    write_inlines(out, cell, " ");
                }
            }
        }
        Block::Figure { caption, .. } => write_inlines(out, caption, &line_break),
        Block::Embed { .. } | Block::Rule => {}
    }
}

/// The terms on a line each, what is said of them below and set in.
fn write_definitions(out: &mut String, items: &[Definition], indent: &str) {
    let inner_indent = format!("{indent}  ");
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push('\n');
            out.push_str(indent);
        }
        for (at, term) in item.terms.iter().enumerate() {
            if at > 0 {
                out.push('\n');
                out.push_str(indent);
            }
            write_inlines(out, term, &format!("\n{indent}"));
        }
        let end = out.len();
        out.push('\n');
        out.push_str(&inner_indent);
        write_blocks(out, &item.content, &inner_indent);
        if out[end..].trim_start().is_empty() {
            out.truncate(end);
        }
    }
}

fn write_items<'a>(out: &mut String, items: impl Iterator<Item = (String, &'a [Block])>, indent: &str) {
    let inner_indent = format!("{indent}  ");
    let first = out.len();
    for (marker, item) in items {
        let end = out.len();
        if end > first {
            out.push('\n');
            out.push_str(indent);
        }
        out.push_str(&marker);
        let start = out.len();
        write_blocks(out, item, &inner_indent);
        if marker == "- " && out[start..].trim_start().is_empty() {
            out.truncate(end);
        } else if let [Block::Paragraph { .. }, Block::List { .. }] = item
            && let Some(gap) = out[start..].find("\n\n")
        {
            // A paragraph and a list within need no blank line between them.
            out.remove(start + gap);
        }
    }
}

fn write_inlines(out: &mut String, inlines: &[Inline], line_break: &str) {
    for inline in inlines {
        match inline {
            Inline::Text { text } | Inline::Code { text } => out.push_str(text),
            Inline::Emphasis { content }
            | Inline::Strong { content }
            | Inline::Link { content, .. }
            | Inline::Superscript { content }
            | Inline::Subscript { content }
            | Inline::Styled { content, .. }
            | Inline::Abbreviation { content, .. } => write_inlines(out, content, line_break),
            Inline::Ruby { content, reading } => {
                write_inlines(out, content, line_break);
                for piece in ["(", reading, ")"] {
                    out.push_str(piece);
                }
            }
            Inline::Formula { tex, .. } => out.push_str(tex),
            Inline::Footnote { label } => {
                for piece in ["[", label, "]"] {
                    out.push_str(piece);
                }
            }
            Inline::Checkbox { checked } => out.push_str(if *checked { "☑ " } else { "☐ " }),
            Inline::Image { .. } => {}
            Inline::Break => out.push_str(line_break),
        }
    }
}
