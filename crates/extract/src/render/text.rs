//! Plain text: blocks set apart by a blank line, list items with "- ", tables as rows of cells with tabs
//! between them.

use crate::article::{Block, Inline};

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
    for block in blocks {
        if matches!(block, Block::Rule) {
            continue;
        }
        let start = out.len();
        if !out.is_empty() {
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
        Block::List { items, .. } => write_list(out, items, indent),
        Block::Quote { content } => {
            let inner = text(content);
            out.push_str(&inner.replace('\n', &line_break));
        }
        Block::Code { text, .. } => out.push_str(&text.replace('\n', &line_break)),
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
        Block::Rule => {}
    }
}

fn write_list(out: &mut String, items: &[Vec<Block>], indent: &str) {
    let inner_indent = format!("{indent}  ");
    let mut first = true;
    for item in items {
        let mut inner = String::new();
        write_blocks(&mut inner, item, &inner_indent);
        if inner.trim().is_empty() {
            continue;
        }
        if !first {
            out.push('\n');
            out.push_str(indent);
        }
        first = false;
        out.push_str("- ");
        out.push_str(&tighten(&inner, item));
    }
}

/// An item of a paragraph and a list within needs no blank line between them.
fn tighten(inner: &str, item: &[Block]) -> String {
    match item {
        [Block::Paragraph { .. }, Block::List { .. }] => inner.replacen("\n\n", "\n", 1),
        _ => inner.to_owned(),
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
            | Inline::Subscript { content } => write_inlines(out, content, line_break),
            Inline::Image { .. } => {}
            Inline::Break => out.push_str(line_break),
        }
    }
}
