//! Clean HTML: the elements of the article and nothing that runs. Every text and attribute is escaped, and an address is
//! written only where its scheme is `http`, `https` or (for links) `mailto`, or it has none.

use std::fmt::Write as _;

use crate::article::{Block, Image, Inline};

/// Renders blocks as HTML that is safe to put into a page.
///
/// ```
/// use chaffinch_extract::{Block, Inline, render};
/// let text = vec![Inline::Text { text: "1 < 2".into() }];
/// assert_eq!(render::html(&[Block::Paragraph { text }]), "<p>1 &lt; 2</p>\n");
/// ```
pub fn html(blocks: &[Block]) -> String {
    let mut out = String::new();
    for block in blocks {
        write_block(&mut out, block);
        out.push('\n');
    }
    out
}

fn write_block(out: &mut String, block: &Block) {
    match block {
        Block::Heading { level, text } => {
            let level = (*level).clamp(1, 6);
            let _ = write!(out, "<h{level}>");
            write_inlines(out, text);
            let _ = write!(out, "</h{level}>");
        }
        Block::Paragraph { text } => {
            out.push_str("<p>");
            write_inlines(out, text);
            out.push_str("</p>");
        }
        Block::List { start, items } => write_list(out, *start, items),
        Block::Quote { content } => {
            out.push_str("<blockquote>\n");
            for inner in content {
                write_block(out, inner);
                out.push('\n');
            }
            out.push_str("</blockquote>");
        }
        Block::Code { language, text } => {
            out.push_str("<pre><code");
            if let Some(language) = language {
                out.push_str(" class=\"language-");
                escape(out, language);
                out.push('"');
            }
            out.push('>');
            escape(out, text);
            out.push_str("</code></pre>");
        }
        Block::Table { caption, header_rows, rows } => write_table(out, caption, *header_rows, rows),
        Block::Figure { images, caption } => {
            out.push_str("<figure>");
            for image in images {
                write_image(out, image);
            }
            if !caption.is_empty() {
                out.push_str("<figcaption>");
                write_inlines(out, caption);
                out.push_str("</figcaption>");
            }
            out.push_str("</figure>");
        }
        Block::Rule => out.push_str("<hr>"),
    }
}

fn write_list(out: &mut String, start: Option<u32>, items: &[Vec<Block>]) {
    match start {
        Some(1) => out.push_str("<ol>\n"),
        Some(start) => {
            let _ = writeln!(out, "<ol start=\"{start}\">");
        }
        None => out.push_str("<ul>\n"),
    }
    for item in items {
        out.push_str("<li>");
        match item.as_slice() {
            [Block::Paragraph { text }] => write_inlines(out, text),
            [Block::Paragraph { text }, Block::List { start, items }] => {
                write_inlines(out, text);
                out.push('\n');
                write_list(out, *start, items);
            }
            blocks => {
                for block in blocks {
                    write_block(out, block);
                }
            }
        }
        out.push_str("</li>\n");
    }
    out.push_str(if start.is_some() { "</ol>" } else { "</ul>" });
}

fn write_table(out: &mut String, caption: &[Inline], header_rows: usize, rows: &[Vec<Vec<Inline>>]) {
    out.push_str("<table>\n");
    if !caption.is_empty() {
        out.push_str("<caption>");
        write_inlines(out, caption);
        out.push_str("</caption>\n");
    }
    for (at, row) in rows.iter().enumerate() {
        let name = if at < header_rows { "th" } else { "td" };
        out.push_str("<tr>");
        for cell in row {
            let _ = write!(out, "<{name}>");
            write_inlines(out, cell);
            let _ = write!(out, "</{name}>");
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</table>");
}

fn write_inlines(out: &mut String, inlines: &[Inline]) {
    for inline in inlines {
        match inline {
            Inline::Text { text } => escape(out, text),
            Inline::Code { text } => {
                out.push_str("<code>");
                escape(out, text);
                out.push_str("</code>");
            }
            Inline::Emphasis { content } => wrap(out, "em", content),
            Inline::Strong { content } => wrap(out, "strong", content),
            Inline::Superscript { content } => wrap(out, "sup", content),
            Inline::Subscript { content } => wrap(out, "sub", content),
            Inline::Link { href, content } if is_safe(href, &["http", "https", "mailto"]) => {
                out.push_str("<a href=\"");
                escape(out, href);
                out.push_str("\">");
                write_inlines(out, content);
                out.push_str("</a>");
            }
            Inline::Link { content, .. } => write_inlines(out, content),
            Inline::Image { image } => write_image(out, image),
            Inline::Break => out.push_str("<br>"),
        }
    }
}

fn wrap(out: &mut String, name: &str, content: &[Inline]) {
    let _ = write!(out, "<{name}>");
    write_inlines(out, content);
    let _ = write!(out, "</{name}>");
}

fn write_image(out: &mut String, image: &Image) {
    if !is_safe(&image.src, &["http", "https"]) {
        return;
    }
    out.push_str("<img src=\"");
    escape(out, &image.src);
    out.push_str("\" alt=\"");
    escape(out, &image.alt);
    out.push_str("\">");
}

/// Whether an address has one of the schemes, or none. Browsers drop tabs, line ends and leading controls before they look
/// for the scheme, so this does too.
pub(crate) fn is_safe(address: &str, schemes: &[&str]) -> bool {
    let seen: String = address.chars().filter(|c| !matches!(c, '\t' | '\n' | '\r')).collect();
    let seen = seen.trim_start_matches(|c: char| c <= ' ');
    match seen.find([':', '/', '?', '#']) {
        Some(at) if seen[at..].starts_with(':') => schemes.iter().any(|scheme| seen[..at].eq_ignore_ascii_case(scheme)),
        _ => true,
    }
}

pub(crate) fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\0' => {}
            c => out.push(c),
        }
    }
}
