//! From chosen blocks to the article's tree: walks the steps once more and keeps headings, lists, quotes, code, tables,
//! figures and inline marks of what was chosen. It decides nothing about what is content, except that layout tables are
//! undone and images follow the text around them.

use ego_tree::NodeId;
use scraper::Html;
use url::Url;

use crate::article::{Block, Image, Inline};
use crate::blocks::Page;
use crate::images;
use crate::inlines;
use crate::walk::{self, Step};

/// No figure shows more images than this.
const IMAGES_MAX: usize = 256;

/// Builds the content from the leaves that are kept (`kept[i]` belongs to leaf `i`) and the images that are
/// (`images[i]` belongs to step `i`).
pub(crate) fn build(
    page: &Page<'_>,
    kept: &[bool],
    base: Option<&Url>,
    keep_image: &dyn Fn(usize) -> bool,
) -> Vec<Block> {
    let mut builder = Builder { page, base, frames: vec![Frame::new(Kind::Group)], inline: Vec::new(), pre: false };
    let mut leaf = 0;
    let mut at = 0;
    while at < page.steps.len() {
        if leaf < page.leaves.len() && page.leaves[leaf].steps.start == at {
            let end = page.leaves[leaf].steps.end;
            builder.run(at, end, kept[leaf], keep_image);
            at = end;
            leaf += 1;
            continue;
        }
        builder.step(at, keep_image);
        at += 1;
    }
    while builder.frames.len() > 1 {
        builder.close();
    }
    builder.frames.pop().map(|frame| frame.blocks).unwrap_or_default()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Group,
    Heading(u8),
    List(Option<u32>),
    Item,
    Term,
    Quote,
    Code,
    Table,
    Row,
    Cell { header: bool },
    Caption,
    Figure,
    Figcaption,
}

/// An open element and what it has gathered.
struct Frame {
    kind: Kind,
    blocks: Vec<Block>,
    text: Vec<Inline>,
    items: Vec<Vec<Block>>,
    row: Vec<(bool, Vec<Inline>)>,
    rows: Vec<Vec<(bool, Vec<Inline>)>>,
    images: Vec<Image>,
    code: String,
    language: Option<String>,
}

impl Frame {
    fn new(kind: Kind) -> Self {
        Self {
            kind,
            blocks: Vec::new(),
            text: Vec::new(),
            items: Vec::new(),
            row: Vec::new(),
            rows: Vec::new(),
            images: Vec::new(),
            code: String::new(),
            language: None,
        }
    }
}

struct Builder<'a> {
    page: &'a Page<'a>,
    base: Option<&'a Url>,
    frames: Vec<Frame>,
    /// Inline elements open across block boundaries.
    inline: Vec<NodeId>,
    pre: bool,
}

impl Builder<'_> {
    fn tree(&self) -> &Html {
        self.page.tree
    }

    /// A step outside of any run.
    fn step(&mut self, at: usize, keep_image: &dyn Fn(usize) -> bool) {
        match self.page.steps[at] {
            Step::Open(id) => {
                let kind = self.kind_of(id, at);
                self.pre |= kind == Kind::Code;
                let mut frame = Frame::new(kind);
                if kind == Kind::Code {
                    frame.language = language_of(self.tree(), id);
                }
                self.frames.push(frame);
            }
            Step::Close(_) => self.close(),
            Step::InlineOpen(id) => self.inline.push(id),
            Step::InlineClose(_) => {
                self.inline.pop();
            }
            Step::Image(id) if keep_image(at) => {
                if let Some(image) = images::image(self.tree(), id, self.base) {
                    self.accept_image(image);
                }
            }
            Step::Rule => self.accept(Block::Rule),
            Step::Image(_) | Step::Text(_) | Step::Break => {}
        }
    }

    /// A run of text.
    fn run(&mut self, start: usize, end: usize, kept: bool, keep_image: &dyn Fn(usize) -> bool) {
        let mut writer = inlines::Writer::new(self.page.tree, self.base, &self.inline, self.pre);
        for at in start..end {
            let step = self.page.steps[at];
            match step {
                Step::InlineOpen(id) => self.inline.push(id),
                Step::InlineClose(_) => {
                    self.inline.pop();
                }
                _ => {}
            }
            if kept && (!matches!(step, Step::Image(_)) || keep_image(at)) {
                writer.step(step);
            }
        }
        if !kept {
            return;
        }
        if self.pre {
            if let Some(frame) = self.frames.iter_mut().rev().find(|frame| frame.kind == Kind::Code) {
                frame.code.push_str(&writer.raw());
            }
            return;
        }
        self.accept_text(writer.finish());
    }

    fn kind_of(&self, id: NodeId, at: usize) -> Kind {
        let parent = self.frames.last().map(|frame| frame.kind);
        match walk::name_of(self.tree(), id) {
            "h1" => Kind::Heading(1),
            "h2" => Kind::Heading(2),
            "h3" => Kind::Heading(3),
            "h4" => Kind::Heading(4),
            "h5" => Kind::Heading(5),
            "h6" => Kind::Heading(6),
            "ol" => {
                let start = walk::attr_of(self.tree(), id, "start").and_then(|start| start.trim().parse().ok());
                Kind::List(Some(start.unwrap_or(1)))
            }
            "ul" | "menu" | "dir" => Kind::List(None),
            "li" if matches!(parent, Some(Kind::List(_))) => Kind::Item,
            "dt" => Kind::Term,
            "blockquote" => Kind::Quote,
            "pre" | "listing" | "xmp" => Kind::Code,
            "table" if is_data_table(self.page, at) => Kind::Table,
            "tr" if self.in_table() => Kind::Row,
            name @ ("td" | "th") if parent == Some(Kind::Row) => Kind::Cell { header: name == "th" },
            "caption" if parent == Some(Kind::Table) => Kind::Caption,
            "figure" => Kind::Figure,
            "figcaption" if self.frames.iter().any(|frame| frame.kind == Kind::Figure) => Kind::Figcaption,
            _ => Kind::Group,
        }
    }

    /// Whether the nearest frame that is not a group is a table.
    fn in_table(&self) -> bool {
        self.frames.iter().rev().find(|frame| frame.kind != Kind::Group).is_some_and(|frame| frame.kind == Kind::Table)
    }

    /// Gives a finished run of text to the innermost frame.
    fn accept_text(&mut self, text: Vec<Inline>) {
        let Some(frame) = self.frames.last_mut() else { return };
        if text.is_empty() {
            return;
        }
        match frame.kind {
            Kind::Heading(_) | Kind::Cell { .. } | Kind::Caption | Kind::Figcaption | Kind::Term => {
                join(&mut frame.text, text);
            }
            _ => self.accept(Block::Paragraph { text }),
        }
    }

    fn accept_image(&mut self, image: Image) {
        if let Some(figure) = self.frames.iter_mut().rev().find(|frame| frame.kind == Kind::Figure) {
            if figure.images.len() < IMAGES_MAX && !figure.images.contains(&image) {
                figure.images.push(image);
            }
            return;
        }
        let Some(frame) = self.frames.last_mut() else { return };
        match frame.kind {
            Kind::Heading(_) | Kind::Cell { .. } | Kind::Caption | Kind::Term => {
                frame.text.push(Inline::Image { image });
            }
            _ => self.accept(Block::Figure { images: vec![image], caption: Vec::new() }),
        }
    }

    /// Gives a finished block to the innermost frame.
    fn accept(&mut self, block: Block) {
        let Some(frame) = self.frames.last_mut() else { return };
        match frame.kind {
            Kind::Heading(_) | Kind::Cell { .. } | Kind::Caption | Kind::Figcaption | Kind::Term => {
                let text = inlines::flatten(block);
                if !text.is_empty() {
                    join(&mut frame.text, text);
                }
            }
            Kind::List(_) => match block {
                // A list that stands directly in a list belongs to the item before it.
                Block::List { .. } if !frame.items.is_empty() => {
                    if let Some(item) = frame.items.last_mut() {
                        item.push(block);
                    }
                }
                block => frame.items.push(vec![block]),
            },
            _ => {
                let again = matches!(block, Block::Rule) && matches!(frame.blocks.last(), None | Some(Block::Rule));
                // The same picture twice: a lazy one and its twin for those without scripts.
                let twin = matches!(block, Block::Figure { .. }) && frame.blocks.last() == Some(&block);
                if !again && !twin {
                    frame.blocks.push(block);
                }
            }
        }
    }

    fn close(&mut self) {
        if self.frames.len() < 2 {
            return;
        }
        let Some(frame) = self.frames.pop() else { return };
        match frame.kind {
            Kind::Group => self.accept_all(frame.blocks),
            Kind::Heading(level) => {
                if !frame.text.is_empty() {
                    self.accept(Block::Heading { level, text: frame.text });
                }
            }
            Kind::Term => {
                if !frame.text.is_empty() {
                    self.accept(Block::Paragraph { text: vec![Inline::Strong { content: frame.text }] });
                }
            }
            Kind::List(start) => {
                if !frame.items.is_empty() {
                    self.accept(Block::List { start, items: frame.items });
                }
            }
            Kind::Item => {
                let blocks = without_rules(frame.blocks);
                if let Some(list) = self.frames.last_mut().filter(|_| !blocks.is_empty()) {
                    list.items.push(blocks);
                }
            }
            Kind::Quote => {
                let content = without_rules(frame.blocks);
                if !content.is_empty() {
                    self.accept(Block::Quote { content });
                }
            }
            Kind::Code => {
                // Code within code is part of it.
                if let Some(outer) = self.frames.iter_mut().rev().find(|outer| outer.kind == Kind::Code) {
                    outer.code.push_str(&frame.code);
                    return;
                }
                self.pre = false;
                let text = frame.code.trim_matches('\n').trim_end().to_owned();
                if !text.trim().is_empty() {
                    self.accept(Block::Code { language: frame.language, text });
                }
            }
            Kind::Table => self.close_table(frame),
            Kind::Row => {
                if let Some(table) = self.frames.iter_mut().rev().find(|frame| frame.kind == Kind::Table) {
                    table.rows.push(frame.row);
                }
            }
            Kind::Cell { header } => {
                if let Some(row) = self.frames.last_mut() {
                    row.row.push((header, frame.text));
                }
            }
            Kind::Caption | Kind::Figcaption => self.close_caption(frame),
            Kind::Figure => self.close_figure(frame),
        }
    }

    fn accept_all(&mut self, blocks: Vec<Block>) {
        let Some(frame) = self.frames.last_mut() else { return };
        let plain = matches!(frame.kind, Kind::Group | Kind::Item | Kind::Quote);
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

    fn close_caption(&mut self, frame: Frame) {
        let wanted = if frame.kind == Kind::Caption { Kind::Table } else { Kind::Figure };
        let owner = self.frames.iter_mut().rev().find(|owner| owner.kind == wanted);
        if let Some(owner) = owner.filter(|_| !frame.text.is_empty()) {
            join(&mut owner.text, frame.text);
        }
    }

    fn close_figure(&mut self, frame: Frame) {
        let blocks = without_rules(frame.blocks);
        if frame.images.is_empty() {
            self.accept_all(blocks);
            if !frame.text.is_empty() {
                self.accept(Block::Paragraph { text: frame.text });
            }
            return;
        }
        self.accept(Block::Figure { images: frame.images, caption: frame.text });
        for block in blocks {
            self.accept(block);
        }
    }

    fn close_table(&mut self, frame: Frame) {
        let mut rows = frame.rows;
        rows.retain(|row| row.iter().any(|(_, cell)| !cell.is_empty()));
        let caption = frame.text;
        if rows.is_empty() {
            if !caption.is_empty() {
                self.accept(Block::Paragraph { text: caption });
            }
            return;
        }
        let header_rows = rows.iter().take_while(|row| row.iter().all(|(header, _)| *header)).count();
        let rows = rows.into_iter().map(|row| row.into_iter().map(|(_, cell)| cell).collect()).collect();
        self.accept(Block::Table { caption, header_rows, rows });
    }
}

fn without_rules(mut blocks: Vec<Block>) -> Vec<Block> {
    while blocks.last() == Some(&Block::Rule) {
        blocks.pop();
    }
    blocks
}

/// Appends text on a line of its own.
fn join(text: &mut Vec<Inline>, more: Vec<Inline>) {
    if !text.is_empty() {
        text.push(Inline::Break);
    }
    text.extend(more);
}

/// Whether the table that begins at step `at` holds data: no other table, no headings, no long cells, at least two columns.
fn is_data_table(page: &Page<'_>, at: usize) -> bool {
    let (mut depth, mut cells, mut rows, mut paragraphs) = (0usize, 0usize, 0usize, 0usize);
    let mut widest = 0;
    let mut in_row = 0;
    let mut headers = 0usize;
    for step in &page.steps[at..] {
        match *step {
            Step::Open(id) => {
                depth += 1;
                match walk::name_of(page.tree, id) {
                    "table" if depth > 1 => return false,
                    "table" => {
                        let role = walk::attr_of(page.tree, id, "role").unwrap_or("");
                        if role == "presentation" || role == "none" {
                            return false;
                        }
                    }
                    "tr" => {
                        rows += 1;
                        in_row = 0;
                    }
                    name @ ("td" | "th") => {
                        headers += usize::from(name == "th");
                        cells += 1;
                        in_row += 1;
                        widest = widest.max(in_row);
                    }
                    "form" | "article" | "section" | "aside" | "nav" | "h1" | "h2" | "pre" | "blockquote" => {
                        return false;
                    }
                    "p" => paragraphs += 1,
                    _ => {}
                }
            }
            Step::Close(_) => {
                depth -= 1;
                if depth == 0 {
                    break;
                }
            }
            _ => {}
        }
    }
    widest >= 2 && rows >= 1 && (headers > 0 || rows > 1) && paragraphs <= 2 * cells
}

/// The language a code block names: `class="language-rust"`, `lang-rust`, `highlight-source-rust`, `data-lang`.
fn language_of(tree: &Html, id: NodeId) -> Option<String> {
    let pre = tree.tree.get(id)?;
    let within = pre.children().filter(|child| child.value().is_element()).take(1);
    let around = pre.ancestors().take(3);
    for node in std::iter::once(pre).chain(within).chain(around) {
        let Some(element) = node.value().as_element() else { continue };
        for name in ["data-lang", "data-language", "lang"] {
            let telling = name != "lang" || element.name() == "pre";
            if let Some(language) = element.attr(name).filter(|value| telling && is_language(value)) {
                return Some(language.to_lowercase());
            }
        }
        for class in element.classes() {
            for prefix in ["language-", "lang-", "highlight-source-", "brush:", "sourceCode-", "highlight-"] {
                // Sphinx writes `highlight-python notranslate`; alone, `highlight-box` is a name like any other.
                let telling = prefix != "highlight-" || element.classes().any(|other| other == "notranslate");
                let language = class.strip_prefix(prefix).filter(|value| is_language(value) && *value != "default");
                if let Some(language) = language.filter(|_| telling) {
                    return Some(language.to_lowercase());
                }
            }
        }
    }
    None
}

fn is_language(value: &str) -> bool {
    !value.is_empty() && value.len() <= 20 && value.chars().all(|c| c.is_ascii_alphanumeric() || "+#-_.".contains(c))
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;
    use crate::blocks;
    use crate::render;

    fn built(html: &str) -> Vec<Block> {
        let tree = crate::tree::parse(html, &crate::options::Limits::default());
        let page = blocks::page(&tree);
        let base = Url::parse("https://example.org/a/").ok();
        build(&page, &vec![true; page.leaves.len()], base.as_ref(), &|_| true)
    }

    fn markdown(html: &str) -> String {
        render::markdown(&built(html))
    }

    #[test]
    fn structure_and_marks_are_kept() {
        let html = "<h2>One <em>two</em></h2><p>A <a href='../b?c=1'>link</a> and <code>x*y</code>.</p>\
                    <ul><li>first<ul><li>inner</li></ul><li><p>second</p></ul><blockquote><p>Said.</p></blockquote>";
        let wanted = "## One *two*\n\nA [link](https://example.org/b?c=1) and `x*y`.\n\n\
                      - first\n  - inner\n- second\n\n> Said.\n";
        assert_eq!(markdown(html), wanted);
    }

    #[test]
    fn code_keeps_its_lines_and_names_its_language() {
        let html = "<div class='highlight-python'><pre><span>if a:</span>\n    <b>b</b>()\n</pre></div>\
                    <pre><code class='language-rust'>fn main() {}</code></pre><pre><div>one</div><div>two</div></pre>";
        assert_eq!(markdown(html), "```\nif a:\n    b()\n```\n\n```rust\nfn main() {}\n```\n\n```\none\ntwo\n```\n");
    }

    #[test]
    fn code_within_code_is_part_of_it() {
        let html = "<listing>one<listing>two</listing><p>three</p></listing><p>four</p>";
        assert_eq!(render::text(&built(html)), "onetwothree\n\nfour");
    }

    #[test]
    fn a_table_of_data_stays_one_and_a_layout_table_does_not() {
        let data = "<table><tr><th>a<th>b<tr><td>1<td>2|3</table>";
        assert_eq!(markdown(data), "| a | b |\n| --- | --- |\n| 1 | 2\\|3 |\n");
        let layout = "<table><tr><td><table><tr><td>menu</table><td><p>text</p></table>";
        assert_eq!(markdown(layout), "menu\n\ntext\n");
    }

    #[test]
    fn a_lazy_image_and_its_twin_are_one_figure() {
        let html = "<figure><img src='data:image/gif;base64,R0' data-src='/i.jpg' alt='A bird'><noscript><img src='/i.jpg' alt='A bird'>\
                    </noscript><figcaption>A bird.</figcaption></figure>";
        assert_eq!(markdown(html), "![A bird](https://example.org/i.jpg)\n\nA bird.\n");
    }

    #[test]
    fn two_line_breaks_end_a_paragraph_and_one_is_a_break() {
        assert_eq!(markdown("<div>one<br>two<br><br>three</div>"), "one\\\ntwo\n\nthree\n");
    }

    #[test]
    fn a_link_around_blocks_is_a_link_in_each() {
        assert_eq!(
            markdown("<a href=/x><h3>T</h3><p>p</p></a>"),
            "### [T](https://example.org/x)\n\n[p](https://example.org/x)\n"
        );
    }
}
