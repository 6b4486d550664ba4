//! The visible text of a page as lines with their place, and the machine-readable dates that stand in them. It judges nothing.

use crate::metadata::hints::Hints;
use crate::metadata::text::push_folded;

/// No more text than this is read.
const TEXT_BYTES_MAX: usize = 400_000;
/// A longer line is cut: dates and bylines stand in short ones, or at their start.
const LINE_BYTES_MAX: usize = 400;

/// No line has more dates in attributes that matter.
const STAMPS_MAX: usize = 8;

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

/// Puts lines together from the texts and elements of a walk.
#[derive(Debug, Default)]
pub(crate) struct Reader<'t> {
    found: Vec<Line<'t>>,
    line: Line<'t>,
    bytes: usize,
}

impl<'t> Reader<'t> {
    /// Text that stands in `area`.
    pub(crate) fn read(&mut self, text: &str, area: Hints) {
        if self.bytes > TEXT_BYTES_MAX {
            return;
        }
        if self.line.text.is_empty() {
            self.line.area = self.line.area.with(area);
        }
        push_folded(&mut self.line.text, text, LINE_BYTES_MAX);
    }

    /// A date in an attribute.
    pub(crate) fn stamp(&mut self, value: &'t str, area: Hints) {
        if self.line.text.is_empty() {
            self.line.area = area;
        }
        if self.line.stamps.len() < STAMPS_MAX {
            self.line.stamps.push((self.line.text.len(), value));
        }
    }

    /// What comes now on this line is the title.
    pub(crate) fn title(&mut self) {
        self.line.is_title = true;
    }

    /// The end of a line.
    pub(crate) fn end(&mut self) {
        let length = self.line.text.trim_end().len();
        if length == 0 && self.line.stamps.is_empty() {
            self.line.text.clear();
            self.line.area = Hints::default();
            return;
        }
        // The text is copied to its length; where it was written serves the next line.
        let text = self.line.text[..length].to_owned();
        self.line.text.clear();
        let written = std::mem::take(&mut self.line.text);
        let line = std::mem::replace(&mut self.line, Line { text: written, ..Line::default() });
        self.bytes += length;
        self.found.push(Line { text, ..line });
    }

    /// The lines in document order.
    pub(crate) fn finish(mut self) -> Vec<Line<'t>> {
        self.end();
        self.found
    }
}

#[cfg(test)]
mod tests {
    use crate::metadata::evidence::Evidence;
    use scraper::Html;

    #[test]
    fn inline_elements_stay_on_a_line_and_blocks_do_not() {
        let tree = Html::parse_document("<p>On <b>5</b> <i>May</i></p><div>2024<br>Rain</div><script>x</script>");
        let texts: Vec<String> = Evidence::gather(&tree).lines.into_iter().map(|line| line.text).collect();
        assert_eq!(texts, ["On 5 May", "2024", "Rain"]);
    }

    #[test]
    fn the_date_of_a_time_element_stands_in_its_line() {
        let tree = Html::parse_document("<h1>Rain</h1><p>Since <time datetime=2024-05-06>yesterday</time></p>");
        let found = Evidence::gather(&tree).lines;
        assert!(found[0].is_title);
        assert_eq!(found[1].stamps, [(6, "2024-05-06")]);
    }
}
