//! Clean HTML: the elements of the article and nothing that runs. Every text and attribute is escaped, and an address is
//! written only where its scheme is `http`, `https` or (for links) `mailto`, or it has none.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use crate::article::{Block, Definition, Image, Inline, Note, Span, Style};
use crate::letters;
use crate::render::direction::Direction;
use crate::render::text::inline_text;

/// Renders blocks as HTML that is safe to put into a page.
///
/// ```
/// use chaffinch_extract::{Block, Inline, render};
/// let text = vec![Inline::Text { text: "1 < 2".into() }];
/// assert_eq!(render::html(&[Block::Paragraph { text }]), "<p>1 &lt; 2</p>\n");
/// ```
pub fn html(blocks: &[Block]) -> String {
    let mut writer =
        Writer { out: String::new(), direction: Direction::of(blocks), referred: Vec::new(), in_link: false };
    writer.lines(blocks);
    writer.out
}

/// Renders blocks as [`html()`] does, in an `<article>` that names their language and, where it is not from left to right,
/// the direction of writing.
pub fn article(blocks: &[Block], language: Option<&str>) -> String {
    if blocks.is_empty() {
        return String::new();
    }
    let mut out = "<article".to_owned();
    if let Some(language) = language.filter(|language| !language.is_empty()) {
        out.push_str(" lang=\"");
        escape(&mut out, language);
        out.push('"');
    }
    if Direction::of(blocks) == Direction::RightToLeft {
        out.push_str(" dir=\"rtl\"");
    }
    let _ = writeln!(out, ">\n{}</article>", html(blocks));
    out
}

struct Writer {
    out: String,
    /// In which direction the text around runs.
    direction: Direction,
    /// The notes that were referred to: only the first reference can be the one that the note leads back to.
    referred: Vec<String>,
    /// A link cannot stand in a link.
    in_link: bool,
}

impl Writer {
    /// Blocks on lines of their own.
    fn lines(&mut self, blocks: &[Block]) {
        for block in blocks {
            self.block(block);
            self.out.push('\n');
        }
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Heading { level, text } => {
                let name = format!("h{}", (*level).clamp(1, 6));
                self.line(&name, text);
            }
            Block::Paragraph { text } => self.line("p", text),
            Block::List { start, items } => self.list(*start, items),
            Block::Quote { content, cite } => {
                self.out.push_str("<blockquote");
                if let Some(cite) = cite.as_deref().filter(|cite| is_safe(cite, &["http", "https"])) {
                    self.attribute("cite", cite);
                }
                self.out.push_str(">\n");
                self.lines(content);
                self.out.push_str("</blockquote>");
            }
            Block::Code { language, text } => self.code(language.as_deref(), text),
            Block::Table { caption, header_rows, header_columns, spans, rows } => {
                self.table(caption, Headers { rows: *header_rows, columns: *header_columns }, spans, rows);
            }
            Block::Figure { images, caption } => {
                self.out.push_str("<figure>");
                for image in images {
                    self.image(image);
                }
                if !caption.is_empty() {
                    self.line("figcaption", caption);
                }
                self.out.push_str("</figure>");
            }
            Block::Definitions { items } => self.definitions(items),
            Block::Footnotes { notes } => self.footnotes(notes),
            Block::Embed { href, title } => {
                let title = if title.trim().is_empty() { href } else { title };
                let content = vec![Inline::Text { text: title.clone() }];
                self.line("p", &[Inline::Link { href: href.clone(), content }]);
            }
            Block::Rule => self.out.push_str("<hr>"),
        }
    }

    /// An element that holds a run; it says so where the run is written the other way than the text around.
    fn line(&mut self, name: &str, text: &[Inline]) {
        let _ = write!(self.out, "<{name}");
        let around = self.direction;
        if let Some(direction) = Direction::of_text(&inline_text(text)).filter(|direction| *direction != around) {
            self.direction = direction;
            self.attribute("dir", direction.name());
        }
        self.out.push('>');
        self.inlines(text);
        self.direction = around;
        let _ = write!(self.out, "</{name}>");
    }

    fn code(&mut self, language: Option<&str>, text: &str) {
        self.out.push_str(if self.direction == Direction::RightToLeft {
            "<pre dir=\"ltr\"><code"
        } else {
            "<pre><code"
        });
        if let Some(language) = language {
            self.attribute("class", &format!("language-{language}"));
        }
        self.out.push('>');
        escape(&mut self.out, text);
        self.out.push_str("</code></pre>");
    }

    fn list(&mut self, start: Option<u32>, items: &[Vec<Block>]) {
        match start {
            Some(1) => self.out.push_str("<ol>\n"),
            Some(start) => {
                let _ = writeln!(self.out, "<ol start=\"{start}\">");
            }
            None => self.out.push_str("<ul>\n"),
        }
        for item in items {
            self.out.push_str("<li>");
            match item.as_slice() {
                [Block::Paragraph { text }] => self.inlines(text),
                [Block::Paragraph { text }, Block::List { start, items }] => {
                    self.inlines(text);
                    self.out.push('\n');
                    self.list(*start, items);
                }
                blocks => blocks.iter().for_each(|block| self.block(block)),
            }
            self.out.push_str("</li>\n");
        }
        self.out.push_str(if start.is_some() { "</ol>" } else { "</ul>" });
    }

    fn definitions(&mut self, items: &[Definition]) {
        self.out.push_str("<dl>\n");
        for item in items {
            for term in &item.terms {
                self.line("dt", term);
                self.out.push('\n');
            }
            if !item.content.is_empty() {
                self.out.push_str("<dd>");
                match item.content.as_slice() {
                    [Block::Paragraph { text }] => self.inlines(text),
                    blocks => blocks.iter().for_each(|block| self.block(block)),
                }
                self.out.push_str("</dd>\n");
            }
        }
        self.out.push_str("</dl>");
    }

    fn footnotes(&mut self, notes: &[Note]) {
        self.out.push_str("<section class=\"footnotes\">\n");
        for note in notes {
            let id = note_id(&note.label);
            let _ = write!(self.out, "<div id=\"note-{id}\"><p><a href=\"#reference-{id}\">");
            escape(&mut self.out, &note.label);
            self.out.push_str("</a></p>\n");
            self.lines(&note.content);
            self.out.push_str("</div>\n");
        }
        self.out.push_str("</section>");
    }

    fn table(&mut self, caption: &[Inline], headers: Headers, spans: &[Span], rows: &[Vec<Vec<Inline>>]) {
        self.out.push_str("<table>\n");
        if !caption.is_empty() {
            self.line("caption", caption);
            self.out.push('\n');
        }
        let covered = covered(spans, rows);
        let reaches: HashMap<(usize, usize), &Span> =
            spans.iter().map(|span| ((span.row, span.column), span)).collect();
        for (at, row) in rows.iter().enumerate() {
            if headers.rows > 0 && at == 0 {
                self.out.push_str("<thead>\n");
            } else if headers.rows > 0 && at == headers.rows {
                self.out.push_str("</thead>\n<tbody>\n");
            }
            self.out.push_str("<tr>");
            for (column, cell) in row.iter().enumerate().filter(|(column, _)| !covered.contains(&(at, *column))) {
                self.cell(cell, headers.scope(at, column), reaches.get(&(at, column)).copied());
            }
            self.out.push_str("</tr>\n");
        }
        if headers.rows > 0 {
            self.out.push_str(if rows.len() > headers.rows { "</tbody>\n" } else { "</thead>\n" });
        }
        self.out.push_str("</table>");
    }

    fn cell(&mut self, cell: &[Inline], scope: Option<&str>, span: Option<&Span>) {
        self.out.push_str(if scope.is_some() { "<th" } else { "<td" });
        if let Some(scope) = scope {
            self.attribute("scope", scope);
        }
        let reach = span.map_or((1, 1), |span| (span.columns, span.rows));
        for (name, reach) in [("colspan", reach.0), ("rowspan", reach.1)] {
            if reach > 1 {
                let _ = write!(self.out, " {name}=\"{reach}\"");
            }
        }
        self.out.push('>');
        self.inlines(cell);
        self.out.push_str(if scope.is_some() { "</th>" } else { "</td>" });
    }

    fn inlines(&mut self, inlines: &[Inline]) {
        for inline in inlines {
            self.inline(inline);
        }
    }

    fn inline(&mut self, inline: &Inline) {
        match inline {
            Inline::Text { text } => escape(&mut self.out, text),
            Inline::Code { text } => {
                self.out.push_str("<code>");
                escape(&mut self.out, text);
                self.out.push_str("</code>");
            }
            Inline::Emphasis { content } => self.wrap("em", content),
            Inline::Strong { content } => self.wrap("strong", content),
            Inline::Superscript { content } => self.wrap("sup", content),
            Inline::Subscript { content } => self.wrap("sub", content),
            Inline::Styled { style, content } => self.wrap(element_of(*style), content),
            Inline::Abbreviation { title, content } => {
                self.out.push_str("<abbr");
                self.attribute("title", title);
                self.out.push('>');
                self.inlines(content);
                self.out.push_str("</abbr>");
            }
            Inline::Link { href, content } if !self.in_link && is_safe(href, &["http", "https", "mailto"]) => {
                self.out.push_str("<a");
                self.attribute("href", href);
                self.out.push('>');
                self.in_link = true;
                self.inlines(content);
                self.in_link = false;
                self.out.push_str("</a>");
            }
            Inline::Link { content, .. } => self.inlines(content),
            Inline::Ruby { content, reading } => {
                self.out.push_str("<ruby>");
                self.inlines(content);
                self.out.push_str("<rp>(</rp><rt>");
                escape(&mut self.out, reading);
                self.out.push_str("</rt><rp>)</rp></ruby>");
            }
            Inline::Formula { tex, display } => {
                let (class, open, close) =
                    if *display { ("math display", "\\[", "\\]") } else { ("math inline", "\\(", "\\)") };
                let _ = write!(self.out, "<span class=\"{class}\">{open}");
                escape(&mut self.out, tex);
                let _ = write!(self.out, "{close}</span>");
            }
            Inline::Footnote { label } => self.reference(label),
            Inline::Checkbox { checked } => self.out.push_str(if *checked { "☑ " } else { "☐ " }),
            Inline::Image { image } => self.image(image),
            Inline::Break => self.out.push_str("<br>"),
        }
    }

    fn wrap(&mut self, name: &str, content: &[Inline]) {
        let _ = write!(self.out, "<{name}>");
        self.inlines(content);
        let _ = write!(self.out, "</{name}>");
    }

    fn reference(&mut self, label: &str) {
        let id = note_id(label);
        self.out.push_str("<sup");
        if self.in_link {
            self.out.push('>');
            escape(&mut self.out, label);
            self.out.push_str("</sup>");
            return;
        }
        if !self.referred.contains(&id) {
            self.attribute("id", &format!("reference-{id}"));
            self.referred.push(id.clone());
        }
        let _ = write!(self.out, "><a href=\"#note-{id}\">");
        escape(&mut self.out, label);
        self.out.push_str("</a></sup>");
    }

    fn image(&mut self, image: &Image) {
        if !is_safe(&image.src, &["http", "https"]) {
            return;
        }
        self.out.push_str("<img");
        self.attribute("src", &image.src);
        self.attribute("alt", &image.alt);
        self.out.push('>');
    }

    fn attribute(&mut self, name: &str, value: &str) {
        let _ = write!(self.out, " {name}=\"");
        escape(&mut self.out, value);
        self.out.push('"');
    }
}

/// How many rows and columns of a table are headers.
#[derive(Clone, Copy)]
struct Headers {
    rows: usize,
    columns: usize,
}

impl Headers {
    fn scope(self, row: usize, column: usize) -> Option<&'static str> {
        if row < self.rows { Some("col") } else { (column < self.columns).then_some("row") }
    }
}

/// The cells that others reach over.
fn covered(spans: &[Span], rows: &[Vec<Vec<Inline>>]) -> HashSet<(usize, usize)> {
    let mut covered = HashSet::new();
    for span in spans {
        for row in span.row..span.row.saturating_add(span.rows.max(1)).min(rows.len()) {
            let width = rows.get(row).map_or(0, Vec::len);
            for column in span.column..span.column.saturating_add(span.columns.max(1)).min(width) {
                // What has a text of its own is never left out.
                let is_empty = rows.get(row).and_then(|cells| cells.get(column)).is_none_or(Vec::is_empty);
                if (row, column) != (span.row, span.column) && is_empty {
                    covered.insert((row, column));
                }
            }
        }
    }
    covered
}

fn element_of(style: Style) -> &'static str {
    match style {
        Style::Deleted => "del",
        Style::Inserted => "ins",
        Style::Highlighted => "mark",
        Style::Keyboard => "kbd",
    }
}

/// A label as part of an id: letters, digits, and a number for what is neither.
fn note_id(label: &str) -> String {
    let mut id = String::new();
    for c in label.chars() {
        if letters::is_alphanumeric(c) {
            id.push(c);
        } else {
            let _ = write!(id, "-{:x}", u32::from(c));
        }
    }
    id
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
