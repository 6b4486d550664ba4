//! The visible text of a page as lines with their place, and the machine-readable dates that stand in them. It judges nothing.

use ego_tree::iter::Edge;
use scraper::node::Element;
use scraper::{Html, Node};

use crate::metadata::evidence::{Evidence, area_of, is_block, is_unseen};
use crate::metadata::hints::{Hints, hints};
use crate::metadata::text::push_folded;

/// No more text than this is read.
const TEXT_BYTES_MAX: usize = 400_000;
/// A longer line is cut: dates and bylines stand in short ones, or at their start.
const LINE_BYTES_MAX: usize = 400;

/// A line of text between block boundaries.
#[derive(Debug, Default)]
pub(crate) struct Line<'t> {
    pub(crate) text: String,
    /// What it stands in, the line of author and date included.
    pub(crate) area: Hints,
    /// Whether it belongs to the title.
    pub(crate) is_title: bool,
    /// Dates in attributes of elements inside, and how much of the text stands before each.
    pub(crate) stamps: Vec<(usize, &'t str)>,
}

/// What names hand down to the lines below them.
const HANDED_DOWN: Hints =
    Hints::INHERITED.with(Hints::DATE).with(Hints::UPDATED).with(Hints::PUBLISHED).with(Hints::META);

struct Reader<'t> {
    found: Vec<Line<'t>>,
    open: Vec<Hints>,
    line: Line<'t>,
    unseen: usize,
    bytes: usize,
}

/// The lines of the page in document order. What holds the title is no aside, whatever its names say.
pub(crate) fn lines<'t>(tree: &'t Html, evidence: &Evidence<'t>) -> Vec<Line<'t>> {
    let mut reader = Reader { found: Vec::new(), open: Vec::new(), line: Line::default(), unseen: 0, bytes: 0 };
    for edge in tree.tree.root().traverse() {
        match edge {
            Edge::Open(node) => match node.value() {
                Node::Text(text) if reader.unseen == 0 => reader.read(text),
                Node::Element(element) => {
                    reader.enter(element, evidence.title_ancestors.contains(&node.id()));
                    reader.line.is_title |= evidence.title == Some(node.id());
                }
                _ => {}
            },
            Edge::Close(node) => {
                if let Node::Element(element) = node.value() {
                    reader.leave(element);
                }
            }
        }
        if reader.bytes > TEXT_BYTES_MAX {
            break;
        }
    }
    reader.finish();
    reader.found
}

impl<'t> Reader<'t> {
    fn read(&mut self, text: &str) {
        if self.line.text.is_empty() && !text.trim_start().is_empty() {
            self.line.area = self.line.area.with(self.open.last().copied().unwrap_or_default());
        }
        push_folded(&mut self.line.text, text, LINE_BYTES_MAX);
    }

    fn enter(&mut self, element: &'t Element, holds_title: bool) {
        let tag = element.name();
        self.unseen += usize::from(is_unseen(tag));
        if is_block(tag) {
            self.finish();
        }
        let mut area = self.open.last().copied().unwrap_or_default();
        let mut own = area_of(tag);
        let mut stamp = None;
        for (name, value) in element.attrs() {
            match name {
                "class" | "id" if !matches!(tag, "html" | "body") => own = own.with(hints(value)),
                "datetime" | "ts" | "created-timestamp" => stamp = Some(value),
                "title" if matches!(tag, "time" | "abbr") || own.any(Hints::DATE) => stamp = stamp.or(Some(value)),
                _ => {}
            }
        }
        if holds_title {
            own = own.without(Hints::ASIDE);
        }
        area = area.with(own.only(HANDED_DOWN));
        if let Some(stamp) = stamp.filter(|_| self.unseen == 0) {
            if self.line.text.is_empty() {
                self.line.area = area;
            }
            self.line.stamps.push((self.line.text.len(), stamp));
        }
        self.open.push(area);
    }

    fn leave(&mut self, element: &Element) {
        self.open.pop();
        self.unseen = self.unseen.saturating_sub(usize::from(is_unseen(element.name())));
        if is_block(element.name()) {
            self.finish();
        }
    }

    fn finish(&mut self) {
        let mut line = std::mem::take(&mut self.line);
        line.text.truncate(line.text.trim_end().len());
        if line.text.is_empty() && line.stamps.is_empty() {
            self.line.is_title = line.is_title;
            return;
        }
        self.bytes += line.text.len();
        self.found.push(line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_elements_stay_on_a_line_and_blocks_do_not() {
        let tree = Html::parse_document("<p>On <b>5</b> <i>May</i></p><div>2024<br>Rain</div><script>x</script>");
        let texts: Vec<String> = lines(&tree, &Evidence::gather(&tree)).into_iter().map(|line| line.text).collect();
        assert_eq!(texts, ["On 5 May", "2024", "Rain"]);
    }

    #[test]
    fn the_date_of_a_time_element_stands_in_its_line() {
        let tree = Html::parse_document("<h1>Rain</h1><p>Since <time datetime=2024-05-06>yesterday</time></p>");
        let found = lines(&tree, &Evidence::gather(&tree));
        assert!(found[0].is_title);
        assert_eq!(found[1].stamps, [(6, "2024-05-06")]);
    }
}
