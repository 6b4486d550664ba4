//! The visible text of a page as lines with their place. It judges nothing.

use ego_tree::iter::Edge;
use scraper::{Html, Node};

use crate::metadata::evidence::{is_block, is_unseen};
use crate::metadata::hints::{Hints, hints};
use crate::metadata::text::push_folded;

/// No more text than this is read for dates.
const TEXT_BYTES_MAX: usize = 400_000;
/// A longer line is cut: dates and bylines stand in short ones, or at their start.
const LINE_BYTES_MAX: usize = 600;

/// A line of text between block boundaries.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) text: String,
    /// What it stands in.
    pub(crate) area: Hints,
    /// Its place in document order, comparable with that of a mark.
    pub(crate) order: usize,
}

/// The lines of the page in document order.
pub(crate) fn lines(tree: &Html) -> Vec<Line> {
    let mut found: Vec<Line> = Vec::new();
    let mut open: Vec<Hints> = Vec::new();
    let mut line = Line { text: String::new(), area: Hints::default(), order: 0 };
    let (mut unseen, mut total) = (0_usize, 0_usize);
    for (order, edge) in tree.tree.root().traverse().enumerate() {
        match edge {
            Edge::Open(node) => match node.value() {
                Node::Text(text) if unseen == 0 => {
                    if line.text.is_empty() {
                        (line.area, line.order) = (open.last().copied().unwrap_or_default(), order);
                    }
                    push_folded(&mut line.text, text, LINE_BYTES_MAX);
                }
                Node::Element(element) => {
                    let tag = element.name();
                    unseen += usize::from(is_unseen(tag));
                    if is_block(tag) {
                        total += finish(&mut line, &mut found);
                    }
                    let mut area = open.last().copied().unwrap_or_default();
                    if tag == "h1" {
                        open.iter_mut().for_each(|o| *o = o.without(Hints::ASIDE));
                    }
                    if !matches!(tag, "html" | "body") {
                        for name in ["class", "id"] {
                            area = area.with(element.attr(name).map_or(Hints::default(), hints).only(Hints::INHERITED));
                        }
                    }
                    open.push(area.with(crate::metadata::evidence::area_of(tag)));
                }
                _ => {}
            },
            Edge::Close(node) => {
                if let Node::Element(element) = node.value() {
                    open.pop();
                    unseen = unseen.saturating_sub(usize::from(is_unseen(element.name())));
                    if is_block(element.name()) {
                        total += finish(&mut line, &mut found);
                    }
                }
            }
        }
        if total > TEXT_BYTES_MAX {
            break;
        }
    }
    finish(&mut line, &mut found);
    found
}

fn finish(line: &mut Line, found: &mut Vec<Line>) -> usize {
    let text = std::mem::take(&mut line.text);
    let length = text.trim_end().len();
    if length > 0 {
        found.push(Line { text: text[..length].to_owned(), area: line.area, order: line.order });
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_elements_stay_on_a_line_and_blocks_do_not() {
        let tree = Html::parse_document("<p>On <b>5</b> <i>May</i></p><div>2024<br>Rain</div><script>x</script>");
        let texts: Vec<String> = lines(&tree).into_iter().map(|line| line.text).collect();
        assert_eq!(texts, ["On 5 May", "2024", "Rain"]);
    }
}
