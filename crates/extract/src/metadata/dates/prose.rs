//! The dates a reader sees: every date in the visible text, with what its label, its place, its line and the names around it
//! say of it. It weighs nothing; `vote` does.

use crate::metadata::dates::labels::{Label, label};
use crate::metadata::dates::stamp::Stamp;
use crate::metadata::dates::structured::{iso, machine_date};
use crate::metadata::dates::text::{Found, Order, dates};
use crate::metadata::dates::vote::{Sign, Signs};
use crate::metadata::hints::Hints;
use crate::metadata::lines::Line;

/// A date in the visible text and what its surroundings say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Sighting {
    pub(crate) stamp: Stamp,
    pub(crate) label: Label,
    pub(crate) signs: Signs,
}

/// A page with more lines of dates is a list; the first ones tell enough.
const DATES_MAX: usize = 300;

/// Lines between the title and what still stands right beside it.
const NEAR: usize = 3;

/// All visible dates of a page, in document order, but for those that are said to be something else.
pub(crate) fn read(lines: &[Line<'_>], order: Order) -> Vec<Sighting> {
    let title = lines.iter().position(|line| line.is_title);
    let mut seen = Vec::new();
    let mut left = DATES_MAX;
    let mut is_first = true;
    for (place, line) in lines.iter().enumerate() {
        let found = found_in(line, order);
        if found.is_empty() {
            continue;
        }
        left -= 1;
        if left == 0 {
            break;
        }
        let of_line = of_line(line, place, title);
        let mut start = 0;
        for one in found {
            let before = line.text.get(start..one.start).unwrap_or("");
            let label = label_of(lines, place, before, start, one.end);
            start = one.end;
            if label == Label::Other {
                continue;
            }
            let mut signs = of_line;
            signs.set(Sign::SaidPublished, label == Label::Published);
            signs.set(Sign::SaidModified, label == Label::Modified);
            signs.set(Sign::Behind, before.len() > 60);
            signs.set(Sign::Alone, line.text.len() - (one.end - one.start).min(line.text.len()) < 8);
            if is_first && title.is_none_or(|title| place >= title) && label != Label::Modified {
                signs.set(Sign::First, true);
                is_first = false;
            }
            let label = changed(label, line);
            seen.push(Sighting { stamp: one.stamp, label, signs });
            if let Some(turned) = one.stamp.turned().filter(|_| one.is_ambiguous) {
                signs.set(Sign::OtherOrder, true);
                seen.push(Sighting { stamp: turned, label, signs });
            }
        }
    }
    seen
}

/// The label of a date: before it on its line, on the line above, or behind it.
fn label_of(lines: &[Line<'_>], place: usize, before: &str, start: usize, end: usize) -> Label {
    let mut said = label(before);
    if said == Label::None && start == 0 && before.len() < 4 {
        said = said_above(lines, place);
    }
    if said == Label::None {
        said = said_after(&lines[place].text, end);
    }
    said
}

/// The label, or what the names around say where there is none.
fn changed(said: Label, line: &Line<'_>) -> Label {
    match said {
        Label::None if line.area.any(Hints::UPDATED) && !line.area.any(Hints::PUBLISHED) => Label::Modified,
        said => said,
    }
}

/// The dates of a line: those in attributes, and those in its text that no attribute says better.
fn found_in(line: &Line<'_>, order: Order) -> Vec<Found> {
    let mut found = dates(&line.text, order);
    for (at, value) in &line.stamps {
        let Some(stamp) = machine_date(value, order) else { continue };
        match found.iter_mut().find(|seen| seen.end > *at && seen.start < at + 40) {
            // Where both disagree, the reader's date is right: attributes are often filled by mistake.
            // But what is read with day and month turned was only read so.
            Some(seen) if seen.stamp.date() == stamp.date() || (seen.is_ambiguous && seen.stamp.is_turned(stamp)) => {
                seen.stamp = stamp;
                seen.is_ambiguous &= iso(value).is_none();
            }
            Some(_) => {}
            None => found.push(Found { stamp, start: *at, end: *at, is_ambiguous: false }),
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

/// What holds for all dates of a line.
fn of_line(line: &Line<'_>, place: usize, title: Option<usize>) -> Signs {
    let mut signs = Signs::default();
    signs.set(
        match line.text.len() {
            0..=40 => Sign::Short,
            41..=90 => Sign::Middling,
            91..=160 => Sign::Long,
            _ => Sign::Endless,
        },
        true,
    );
    for (hint, sign) in [
        (Hints::PUBLISHED, Sign::InPublished),
        (Hints::DATE, Sign::InDate),
        (Hints::UPDATED, Sign::InUpdated),
        (Hints::META, Sign::InMeta),
        (Hints::ARTICLE, Sign::InArticle),
        (Hints::MAIN, Sign::InMain),
    ] {
        signs.set(sign, line.area.any(hint));
    }
    signs.set(Sign::Marked, !line.stamps.is_empty());
    signs.set(Sign::InTitle, line.is_title);
    let place = match title {
        None => Sign::NoTitle,
        Some(title) if place >= title => match place - title {
            0..=NEAR => Sign::Below,
            4..=8 => Sign::WellBelow,
            9..=16 => Sign::FarBelow,
            17..=40 => Sign::FartherBelow,
            _ => Sign::Away,
        },
        Some(title) if title - place <= NEAR => Sign::Above,
        Some(title) if title - place <= 12 => Sign::WellAbove,
        Some(_) => Sign::FarAbove,
    };
    signs.set(place, true);
    // Right beside the title stands no aside, whatever the names around it say.
    let share = if matches!(place, Sign::Below | Sign::Above) { 0.3 } else { 1.0 };
    for (hint, sign) in [
        (Hints::COMMENT, Sign::InComments),
        (Hints::ELSEWHERE, Sign::InElsewhere),
        (Hints::CHROME, Sign::InChrome),
        (Hints::FOOTER, Sign::InFooter),
    ] {
        signs.put(sign, if line.area.any(hint) { share } else { 0.0 });
    }
    signs
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::metadata::evidence::Evidence;
    use scraper::Html;

    fn sightings(html: &str) -> Vec<Sighting> {
        let tree = Html::parse_document(html);
        read(&Evidence::gather(&tree).lines, Order::DayFirst)
    }

    #[test]
    fn what_is_said_of_a_date_is_kept_with_it() {
        let seen =
            sightings("<h1>Rain</h1><p>Published: 6 May 2024</p><p>Updated: 7 May 2024</p><p>Joined 1 May 2020</p>");
        let labels: Vec<(String, Label)> = seen.iter().map(|one| (one.stamp.to_string(), one.label)).collect();
        assert_eq!(labels, [("2024-05-06".to_owned(), Label::Published), ("2024-05-07".to_owned(), Label::Modified)]);
        assert!(seen[0].signs.has(Sign::Below) && seen[0].signs.has(Sign::First));
    }

    #[test]
    fn a_label_may_stand_on_the_line_above() {
        assert_eq!(sightings("<h1>Rain</h1><div>Last updated:</div><div>6 May 2024</div>")[0].label, Label::Modified);
    }

    #[test]
    fn what_the_reader_sees_outweighs_an_attribute_filled_by_mistake() {
        let first = |html: &str| sightings(html)[0].stamp.to_string();
        assert_eq!(first("<time datetime=2024-06-09>6 May 2024</time>"), "2024-05-06");
        assert_eq!(first("<time datetime=2024-05-06T07:08:09Z>6 May 2024</time>"), "2024-05-06T07:08:09Z");
        assert_eq!(first("<time datetime=2024-05-06>05/06/2024</time>"), "2024-05-06");
    }

    #[test]
    fn a_date_that_may_be_read_two_ways_is_kept_both_ways() {
        let both = |html: &str| sightings(html).iter().map(|one| one.stamp.to_string()).collect::<Vec<_>>();
        assert_eq!(both("<p>05/06/2024</p>"), ["2024-06-05", "2024-05-06"]);
        assert_eq!(both("<p>25/06/2024</p>"), ["2024-06-25"]);
        assert_eq!(both("<time datetime=05/06/2024>05/06/2024</time>"), ["2024-06-05", "2024-05-06"]);
        assert_eq!(both("<time datetime=2024-05-06>05/06/2024</time>"), ["2024-05-06"]);
    }
}
