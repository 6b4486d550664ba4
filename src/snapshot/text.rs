//! The text of an article as it is compared and searched: title and content, white space folded, nothing of how it looked.
//! The rules here are part of the archive's format (docs/format.md), for a digest over another text would call every article
//! edited; they owe nothing to how an article is rendered for people.

use chaffinch_extract::article::{Article, Block, Inline};
use serde::Serialize;

/// The title on the first line, then the content: what [`digest`] is over.
pub fn whole(article: &Article) -> String {
    let title = article.metadata.title.as_deref().unwrap_or("");
    let mut text = String::new();
    push_line(&mut text, title);
    text.push_str(&body(article));
    text
}

/// The content: one line for each heading, paragraph, item, row, line of code and caption; words with one blank between
/// them; no empty lines. Addresses of links and images and their text alternatives do not count.
pub fn body(article: &Article) -> String {
    let mut text = String::new();
    walk(&article.content, Kind::Paragraph, &mut |_, line| push_line(&mut text, line));
    text
}

/// What a line of an article is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The title.
    Title,
    /// A heading.
    Heading,
    /// A paragraph.
    Paragraph,
    /// A paragraph of a list's item.
    Item,
    /// A paragraph of a quote.
    Quote,
    /// A term, or a paragraph of its definition.
    Definition,
    /// A paragraph of a footnote.
    Note,
    /// A line of code.
    Code,
    /// A row of a table.
    Row,
    /// The caption of a table or a figure.
    Caption,
}

/// Title and content a line at a time, as [`whole`] has them, and what each is.
pub fn lines(article: &Article) -> Vec<(Kind, String)> {
    let mut lines = Vec::new();
    let mut each = |kind, line: &str| {
        let mut text = String::new();
        push_line(&mut text, line);
        if text.pop().is_some() {
            lines.push((kind, text));
        }
    };
    each(Kind::Title, article.metadata.title.as_deref().unwrap_or(""));
    walk(&article.content, Kind::Paragraph, &mut each);
    lines
}

/// The digest of an article's text, as WARC writes digests.
pub fn digest(article: &Article) -> String {
    chaffinch_warc::sha256(whole(article).as_bytes())
}

/// Hands out every line; `within` is what a paragraph here belongs to.
fn walk(content: &[Block], within: Kind, each: &mut dyn FnMut(Kind, &str)) {
    for block in content {
        match block {
            Block::Heading { text, .. } => each(Kind::Heading, &inline(text)),
            Block::Paragraph { text } => each(within, &inline(text)),
            Block::List { items, .. } => items.iter().for_each(|item| walk(item, Kind::Item, each)),
            Block::Quote { content, .. } => walk(content, Kind::Quote, each),
            Block::Definitions { items } => {
                for item in items {
                    item.terms.iter().for_each(|term| each(Kind::Definition, &inline(term)));
                    walk(&item.content, Kind::Definition, each);
                }
            }
            Block::Footnotes { notes } => notes.iter().for_each(|note| walk(&note.content, Kind::Note, each)),
            Block::Code { text: code, .. } => code.lines().for_each(|line| each(Kind::Code, line)),
            Block::Table { caption, rows, .. } => {
                each(Kind::Caption, &inline(caption));
                for row in rows {
                    let cells: Vec<String> = row.iter().map(|cell| inline(cell)).collect();
                    each(Kind::Row, &cells.join(" "));
                }
            }
            Block::Figure { caption, .. } => each(Kind::Caption, &inline(caption)),
            Block::Embed { .. } | Block::Rule => {}
        }
    }
}

fn inline(run: &[Inline]) -> String {
    let mut text = String::new();
    push_inline(run, &mut text);
    text
}

fn push_inline(run: &[Inline], out: &mut String) {
    for piece in run {
        match piece {
            Inline::Text { text } | Inline::Code { text } => out.push_str(text),
            Inline::Emphasis { content }
            | Inline::Strong { content }
            | Inline::Link { content, .. }
            | Inline::Superscript { content }
            | Inline::Subscript { content }
            | Inline::Styled { content, .. }
            | Inline::Abbreviation { content, .. } => push_inline(content, out),
            Inline::Ruby { content, reading } => {
                push_inline(content, out);
                for piece in ["(", reading, ")"] {
                    out.push_str(piece);
                }
            }
            Inline::Formula { tex, .. } => out.push_str(tex),
            Inline::Image { .. } | Inline::Footnote { .. } | Inline::Checkbox { .. } => {}
            Inline::Break => out.push(' '),
        }
    }
}

fn push_line(text: &mut String, line: &str) {
    let begun = text.len();
    let mut add = |word: &str| {
        if !word.is_empty() {
            text.push_str(word);
            text.push(' ');
        }
    };
    if line.is_ascii() {
        // The same, several times as fast.
        line.split(|c: char| matches!(c, '\t'..='\r' | ' ')).for_each(add);
    } else {
        line.split_whitespace().for_each(&mut add);
    }
    if text.len() > begun {
        text.pop();
        text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(text: &str) -> Vec<Inline> {
        vec![Inline::Text { text: text.into() }]
    }

    fn article(content: Vec<Block>) -> Article {
        let mut article = Article { content, ..Article::default() };
        article.metadata.title = Some(" A  title ".into());
        article
    }

    #[test]
    fn the_text_is_title_and_content_line_by_line() {
        let link = Inline::Link { href: "https://example.org/".into(), content: say("a link") };
        let article = article(vec![
            Block::Heading { level: 2, text: say("Part one") },
            Block::Paragraph { text: vec![say("With\n ").remove(0), link, say(".").remove(0)] },
            Block::List { start: None, items: vec![vec![Block::Paragraph { text: say("item") }]] },
            Block::Rule,
            Block::Code { language: None, text: "let a = 1;\n\n  b".into() },
            Block::Table {
                caption: vec![],
                header_rows: 1,
                header_columns: 0,
                spans: vec![],
                rows: vec![vec![say("x"), say("y")]],
            },
        ]);
        assert_eq!(whole(&article), "A title\nPart one\nWith a link.\nitem\nlet a = 1;\nb\nx y\n");
    }

    #[test]
    fn how_an_article_looks_does_not_change_its_digest() {
        let plain = article(vec![Block::Paragraph { text: say("one two") }]);
        let bold = vec![Inline::Strong { content: say("one ") }, say(" two").remove(0)];
        let fancy = article(vec![Block::Rule, Block::Paragraph { text: bold }]);
        assert_eq!(digest(&plain), digest(&fancy));
        let other = article(vec![Block::Paragraph { text: say("one three") }]);
        assert_ne!(digest(&plain), digest(&other));
    }
}
