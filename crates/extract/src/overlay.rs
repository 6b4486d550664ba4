//! The captured page as a page that explains itself: its own elements made inert, every block painted by its fate, the reasons
//! shown on hover and on keyboard focus. What it writes stands alone: no script, no request, no form; texts and addresses of
//! the page are escaped, and of its attributes only `lang`, `dir`, `colspan` and `rowspan` remain.

use std::fmt::Write as _;

use scraper::Html;

use crate::blocks::Page;
use crate::error::Error;
use crate::explain::{self, ExplainedBlock, Explanation};
use crate::extract::{self, Decided};
use crate::model::Model;
use crate::options::{Context, Options};
use crate::render::html::escape;
use crate::roles::Role;
use crate::walk::{self, Step};

/// Inline elements within each other beyond this are left out.
const INLINE_MAX: usize = 16;
/// A block whose score is this near to the threshold is a close call.
const CLOSE: f32 = 0.15;

/// Explains an extraction as a page of its own. `name` is what the page is called by, such as its address.
///
/// # Errors
/// As [`extract()`](crate::extract()).
///
/// ```
/// use chaffinch_extract::{Context, Options, overlay};
/// let page = b"<article><p>The chaffinch sings from late February to July, longest at dawn.</p></article>";
/// let painted = overlay(page, "finches.html", &Context::default(), &Options::default())?;
/// assert!(painted.contains("1 kept") && !painted.contains("<script"));
/// # Ok::<(), chaffinch_extract::Error>(())
/// ```
pub fn overlay(html: &[u8], name: &str, context: &Context<'_>, options: &Options) -> Result<String, Error> {
    extract::read(html, context, options, Model::shipped(), |decided| {
        let explanation = explain::explained(&decided, Model::shipped());
        page(&decided, name, &explanation)
    })
}

const STYLE: &str = include_str!("overlay.css");

fn page(decided: &Decided<'_>, name: &str, explanation: &Explanation) -> String {
    let mut out = String::from("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    out.push_str(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n",
    );
    out.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    out.push_str("<meta name=\"referrer\" content=\"no-referrer\">\n<title>Why: ");
    escape(&mut out, name);
    let _ = write!(out, "</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n");
    head(&mut out, name, explanation);
    out.push_str("<main class=\"page\">\n");
    Painter { page: decided.page, explanation, out: &mut out, open: Vec::new(), inline: 0 }.paint();
    out.push_str("\n</main>\n</body>\n</html>\n");
    out
}

/// Whether a block could as well have met the other fate.
pub(crate) fn is_close(block: &ExplainedBlock, threshold: f32) -> bool {
    (block.score - threshold).abs() < CLOSE
}

/// What is told of a block: its fate, score and role, the reasons, and where it stands.
pub(crate) fn why(out: &mut String, block: &ExplainedBlock) {
    let fate = if block.kept { "kept" } else { "dropped" };
    let _ = write!(out, "<b>{fate}</b> {:.2}, {}", block.score, block.role.name());
    for reason in &block.reasons {
        out.push_str("<i>");
        escape(out, reason);
        out.push_str("</i>");
    }
    out.push_str("<code>");
    escape(out, &block.path);
    out.push_str("</code>");
}

/// The legend: what the colours mean, how many of each there are, and what to show.
fn head(out: &mut String, name: &str, explanation: &Explanation) {
    let blocks = &explanation.blocks;
    let kept = blocks.iter().filter(|block| block.kept).count();
    let close = blocks.iter().filter(|block| is_close(block, explanation.threshold)).count();
    let choices = [
        ("all", "everything", blocks.len()),
        ("kept", "kept", kept),
        ("dropped", "dropped", blocks.len() - kept),
        ("close", "close calls", close),
    ];
    for (id, _, _) in choices {
        let checked = if id == "all" { " checked" } else { "" };
        let _ = writeln!(out, "<input type=\"radio\" name=\"show\" id=\"show-{id}\"{checked}>");
    }
    out.push_str("<header>\n<h1>");
    escape(out, explanation.title.as_deref().unwrap_or(name));
    out.push_str("</h1>\n<p class=\"source\">");
    escape(out, name);
    let _ = write!(
        out,
        "</p>\n<p>Taken for <strong>{}</strong>. <b class=\"swatch kept\">{kept} kept</b> \
         <b class=\"swatch dropped\">{} dropped</b> from a score of {:.2} on.</p>\n<nav aria-label=\"What is shown\">",
        explain::kind_in_words(explanation.page_type),
        blocks.len() - kept,
        explanation.threshold
    );
    for (id, label, count) in choices {
        let _ = write!(out, "<label for=\"show-{id}\">{label} <span>{count}</span></label> ");
    }
    out.push_str("</nav>\n<ul class=\"roles\">");
    for role in Role::ALL {
        let count = blocks.iter().filter(|block| block.role == role).count();
        if count > 0 {
            let _ = write!(out, "<li>{} <span>{count}</span></li>", role.name());
        }
    }
    out.push_str("</ul>\n<p class=\"hint\">Point at a block, or move to it with Tab, to read why.");
    if let Some(first) = blocks.iter().position(|block| block.kept) {
        let _ = write!(out, " <a href=\"#block-{}\">Go to the first that is kept.</a>", first + 1);
    }
    out.push_str("</p>\n</header>\n");
}

/// An element that is written and not yet closed.
struct Open {
    /// Empty where nothing was written.
    name: &'static str,
    inline: bool,
}

/// Writes the steps of a page as inert elements.
struct Painter<'a> {
    page: &'a Page<'a>,
    explanation: &'a Explanation,
    out: &'a mut String,
    open: Vec<Open>,
    /// How many of the open elements are inline.
    inline: usize,
}

impl Painter<'_> {
    fn paint(mut self) {
        let page = self.page;
        let mut leaf = 0;
        for (at, step) in page.steps.iter().enumerate() {
            if page.leaves.get(leaf).is_some_and(|next| next.steps.start == at) {
                self.begin(leaf);
            }
            self.step(*step);
            if page.leaves.get(leaf).is_some_and(|next| next.steps.end == at + 1) {
                self.end();
                leaf += 1;
            }
        }
        while let Some(open) = self.open.pop() {
            self.close(&open);
        }
    }

    fn tree(&self) -> &Html {
        self.page.tree
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Open(id) => {
                let name = block_name(walk::name_of(self.tree(), id));
                if !self.out.ends_with('\n') {
                    self.out.push('\n');
                }
                self.write_open(name, id, false);
            }
            Step::InlineOpen(id) => {
                let name = inline_name(walk::name_of(self.tree(), id));
                self.write_open(if self.inline < INLINE_MAX { name } else { "" }, id, true);
            }
            Step::Close(_) | Step::InlineClose(_) => {
                if let Some(open) = self.open.pop() {
                    self.close(&open);
                }
            }
            Step::Text(id) => {
                let page = self.page;
                escape(self.out, walk::text_of(page.tree, id));
            }
            Step::Break => self.out.push_str("<br>"),
            Step::Rule => self.out.push_str("<hr>"),
            Step::Image(id) => {
                let page = self.page;
                let alt = walk::attr_of(page.tree, id, "alt").unwrap_or("");
                self.out.push_str("<span class=\"image\">");
                escape(self.out, if alt.trim().is_empty() { "image" } else { alt });
                self.out.push_str("</span>");
            }
        }
    }

    fn write_open(&mut self, name: &'static str, id: ego_tree::NodeId, inline: bool) {
        self.inline += usize::from(inline);
        self.open.push(Open { name, inline });
        if name.is_empty() {
            return;
        }
        self.out.push('<');
        self.out.push_str(name);
        let page = self.page;
        for attribute in ["lang", "dir", "colspan", "rowspan"] {
            if let Some(value) = walk::attr_of(page.tree, id, attribute).filter(|value| value.len() < 40) {
                let _ = write!(self.out, " {attribute}=\"");
                escape(self.out, value);
                self.out.push('"');
            }
        }
        self.out.push('>');
    }

    fn close(&mut self, open: &Open) {
        self.inline -= usize::from(open.inline);
        if !open.name.is_empty() {
            let _ = write!(self.out, "</{}>", open.name);
        }
    }

    /// Where the inline elements begin that are open in the innermost block.
    fn inline_from(&self) -> usize {
        self.open.iter().rposition(|open| !open.inline).map_or(0, |block| block + 1)
    }

    /// Closes the inline elements, writes something, and opens them again: what is written must not stand within some of
    /// them and end outside.
    fn between(&mut self, write: impl FnOnce(&mut String)) {
        let from = self.inline_from();
        for open in self.open[from..].iter().rev().filter(|open| !open.name.is_empty()) {
            let _ = write!(self.out, "</{}>", open.name);
        }
        write(self.out);
        for open in self.open[from..].iter().filter(|open| !open.name.is_empty()) {
            let _ = write!(self.out, "<{}>", open.name);
        }
    }

    fn begin(&mut self, leaf: usize) {
        let Some(block) = self.explanation.blocks.get(leaf) else { return };
        let close = if is_close(block, self.explanation.threshold) { " close" } else { "" };
        let fate = if block.kept { "kept" } else { "dropped" };
        let number = leaf + 1;
        self.between(|out| {
            let _ = write!(
                out,
                "<span class=\"block {fate}{close}\" id=\"block-{number}\" tabindex=\"0\" aria-describedby=\"why-{number}\">\
                 <span class=\"why\" id=\"why-{number}\" role=\"tooltip\">"
            );
            why(out, block);
            out.push_str("</span>");
        });
    }

    fn end(&mut self) {
        self.between(|out| out.push_str("</span>"));
    }
}

/// The element that stands for a block-level one: the same where it only structures, else a division.
fn block_name(name: &str) -> &'static str {
    const SAME: [&str; 34] = [
        "article",
        "aside",
        "blockquote",
        "caption",
        "dd",
        "div",
        "dl",
        "dt",
        "figcaption",
        "figure",
        "footer",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
        "address",
    ];
    match name {
        "html" | "body" | "" => "",
        // One page has one main part, and it is ours.
        "main" => "section",
        name => SAME.iter().find(|same| **same == name).copied().unwrap_or("div"),
    }
}

fn inline_name(name: &str) -> &'static str {
    const SAME: [&str; 20] = [
        "abbr", "b", "bdi", "bdo", "cite", "code", "del", "em", "i", "ins", "kbd", "mark", "q", "s", "samp", "small",
        "strong", "sub", "sup", "u",
    ];
    match name {
        // A link without an address; those of the page's blocks may not stand in each other.
        "a" => "u",
        name => SAME.iter().find(|same| **same == name).copied().unwrap_or("span"),
    }
}
