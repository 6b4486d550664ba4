//! The dates a reader sees: every date in the visible text is weighed by its label, its place, the length of its line and what
//! the names around it hint at.

use crate::metadata::dates::stamp::Stamp;
use crate::metadata::dates::structured::machine_date;
use crate::metadata::dates::text::{Found, Label, Order, dates, label};
use crate::metadata::hints::Hints;
use crate::metadata::lines::Line;

/// A visible date and how much speaks for it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Seen {
    pub(crate) stamp: Stamp,
    pub(crate) weight: f32,
    /// Whether a word says that this is the date of publication.
    pub(crate) is_labelled: bool,
}

/// A page with more lines of dates is a list; the first ones tell enough.
const DATES_MAX: usize = 300;

/// What [`of_distance`] gives to a line right below the title.
const NEAR: f32 = 4.0;

/// The best visible dates of publication and of change.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Prose {
    pub(crate) published: Option<Seen>,
    pub(crate) modified: Option<Seen>,
}

/// Weighs the visible dates of a page.
pub(crate) fn read(lines: &[Line<'_>], order: Order) -> Prose {
    let title = lines.iter().position(|line| line.is_title);
    let mut prose = Prose::default();
    let mut left = DATES_MAX;
    for (place, line) in lines.iter().enumerate() {
        let found = found_in(line, order);
        if found.is_empty() {
            continue;
        }
        left -= 1;
        if left == 0 {
            break;
        }
        let near = title.map_or(0.0, |title| of_distance(place, title));
        // Right below the title stands no aside, whatever the names around it say.
        let aside = if near >= NEAR { 0.3 } else { 1.0 } * of_aside(line);
        let weight = of_line(line) + near + aside;
        let mut start = 0;
        for one in found {
            let before = line.text.get(start..one.start).unwrap_or("");
            let mut said = label(before);
            if said == Label::None && start == 0 && before.len() < 4 {
                said = said_above(lines, place);
            }
            if said == Label::None {
                said = said_after(&line.text, one.end);
            }
            start = one.end;
            if said == Label::Other {
                continue;
            }
            let slot = if is_change(said, line) { &mut prose.modified } else { &mut prose.published };
            let is_labelled = said == Label::Published;
            let weight = weight + if is_labelled { 5.0 } else { 0.0 } - if before.len() > 60 { 2.0 } else { 0.0 };
            if slot.is_none_or(|best| weight > best.weight) {
                *slot = Some(Seen { stamp: one.stamp, weight, is_labelled });
            }
        }
    }
    prose
}

/// Whether a date is that of a change, by its label or by the names around it.
fn is_change(said: Label, line: &Line<'_>) -> bool {
    match said {
        Label::Modified => true,
        Label::Published | Label::Other => false,
        Label::None => line.area.any(Hints::UPDATED) && !line.area.any(Hints::PUBLISHED),
    }
}

/// The dates of a line: those in attributes, and those in its text that no attribute says better.
fn found_in(line: &Line<'_>, order: Order) -> Vec<Found> {
    let mut found = dates(&line.text, order);
    for (at, value) in &line.stamps {
        let Some(stamp) = machine_date(value, order) else { continue };
        match found.iter_mut().find(|seen| seen.end > *at && seen.start < at + 40) {
            // Where both disagree, the reader's date is right: attributes are often filled by mistake.
            Some(seen) if seen.stamp.date() == stamp.date() => seen.stamp = stamp,
            Some(_) => {}
            None => found.push(Found { stamp, start: *at, end: *at }),
        }
    }
    found.sort_by_key(|seen| seen.start);
    found
}

/// A label alone on the line above.
fn said_above(lines: &[Line<'_>], place: usize) -> Label {
    let above = place.checked_sub(1).and_then(|above| lines.get(above));
    above.filter(|above| above.text.len() < 25).map_or(Label::None, |above| label(&above.text))
}

/// A label behind the date, as in "on May 6 posted by" or "am 6. Mai veröffentlicht".
fn said_after(text: &str, end: usize) -> Label {
    let after: String = text.get(end..).unwrap_or("").chars().take(30).collect();
    if label(&after) == Label::Published { Label::Published } else { Label::None }
}

fn of_line(line: &Line<'_>) -> f32 {
    let mut weight = match line.text.len() {
        0..=40 => 2.0,
        41..=90 => 1.0,
        91..=160 => -0.5,
        _ => -2.5,
    };
    let area = line.area;
    for (hint, worth) in
        [(Hints::PUBLISHED, 2.0), (Hints::DATE, 2.5), (Hints::META, 1.0), (Hints::ARTICLE, 0.5), (Hints::MAIN, 0.5)]
    {
        if area.any(hint) {
            weight += worth;
        }
    }
    weight + if line.stamps.is_empty() { 0.0 } else { 1.0 }
}

/// What speaks against a line that stands in comments, in links to elsewhere, in menus or at the foot of the page.
fn of_aside(line: &Line<'_>) -> f32 {
    let asides = [(Hints::COMMENT, -7.0), (Hints::ELSEWHERE, -4.0), (Hints::CHROME, -4.0), (Hints::FOOTER, -4.0)];
    asides.into_iter().filter(|(hint, _)| line.area.any(*hint)).map(|(_, worth)| worth).sum()
}

/// Dates stand close to the title, more often below it than above.
fn of_distance(place: usize, title: usize) -> f32 {
    let (distance, share) = if place >= title { (place - title, 1.0) } else { (title - place, 0.7) };
    share
        * match distance {
            0..=3 => NEAR,
            4..=8 => 3.0,
            9..=16 => 1.5,
            17..=40 => 0.5,
            _ => 0.0,
        }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::metadata::evidence::Evidence;
    use scraper::Html;

    fn prose(html: &str) -> Prose {
        let tree = Html::parse_document(html);
        read(&Evidence::gather(&tree).lines, Order::DayFirst)
    }

    fn published(html: &str) -> String {
        prose(html).published.unwrap().stamp.to_string()
    }

    #[test]
    fn the_date_below_the_title_comes_before_others() {
        let html = "<p>1 May 2020</p><div class=related><span>2 May 2020</span></div>
            <h1>Rain</h1><p>6 May 2024</p><p>In spring, on 3 April 2023, it had rained as well, people said.</p>";
        assert_eq!(published(html), "2024-05-06");
    }

    #[test]
    fn a_label_outweighs_the_place() {
        let html = "<h1>Rain</h1><p>1 May 2020</p><p>x</p><p>x</p><p>x</p><p>x</p><p>Published: 6 May 2024</p>";
        assert_eq!(published(html), "2024-05-06");
    }

    #[test]
    fn a_label_may_stand_on_the_line_above() {
        let prose = prose("<h1>Rain</h1><div>Last updated:</div><div>6 May 2024</div>");
        assert_eq!(prose.published, None);
        assert_eq!(prose.modified.unwrap().stamp.to_string(), "2024-05-06");
    }

    #[test]
    fn what_the_reader_sees_outweighs_an_attribute_filled_by_mistake() {
        assert_eq!(published("<time datetime=2024-06-05>6 May 2024</time>"), "2024-05-06");
        assert_eq!(published("<time datetime=2024-05-06T07:08:09Z>6 May 2024</time>"), "2024-05-06T07:08:09Z");
    }
}
