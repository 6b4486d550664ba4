//! A capture as a line of a list, and what such lines are made of: dates, counts and remarks in words.

use chaffinch_extract::article::Verdict;
use jiff::Timestamp;

use crate::replay::address::Stamp;
use crate::snapshot::diff::Summary;
use crate::snapshot::value::Change;
use crate::store::capture::{Capture, Hit};

/// A capture as a line of a list.
#[derive(Debug)]
pub struct Row {
    /// Its id.
    pub id: String,
    /// Its title, or where there is none, its address.
    pub title: String,
    /// What was captured.
    pub url: String,
    /// Its registrable domain.
    pub site: String,
    /// Fourteen digits.
    pub stamp: String,
    /// `1 March 2026`.
    pub day: String,
    /// `14:05`.
    pub time: String,
    /// For machines: `2026-03-01T14:05:00Z`.
    pub iso: String,
    /// `1,204 words`, or nothing.
    pub words: String,
    /// How it compares with the capture before, in words.
    pub change: String,
    /// The same as a class name.
    pub change_class: &'static str,
    /// What is unusual about it: a status, a verdict, a cut.
    pub remarks: Vec<String>,
    /// Whether there is an article to read.
    pub readable: bool,
    /// Pieces of the text that was found, and whether each was asked for.
    pub snippet: Vec<(bool, String)>,
    /// What an edit changed, as in `+12 −4 words`, where it was looked at.
    pub edit: String,
    /// Where an edit is shown beside what stood before it; empty for every other capture.
    pub compare: String,
}

impl Row {
    /// The line of a capture.
    pub fn of(capture: &Capture) -> Self {
        let moment = Moment::of(capture.at);
        Self {
            id: capture.id.to_string(),
            title: capture.title.clone().unwrap_or_else(|| capture.url.to_string()),
            url: capture.url.to_string(),
            site: capture.site.clone(),
            stamp: Stamp::of(capture.at).to_string(),
            day: moment.day,
            time: moment.time,
            iso: moment.iso,
            words: words(capture.words),
            change: capture.change.to_string(),
            change_class: capture.change.as_str(),
            remarks: remarks(capture),
            readable: is_readable(capture),
            snippet: Vec::new(),
            edit: String::new(),
            compare: String::new(),
        }
    }

    /// The line of something that was searched for.
    pub fn found(hit: &Hit) -> Self {
        Self { snippet: pieces(&hit.snippet, &hit.highlights), ..Self::of(&hit.capture) }
    }
}

/// A history as the lines of a timeline, newest first; an edit leads to what it changed.
pub fn timeline(history: &[Capture]) -> Vec<Row> {
    let mut before: Option<&Capture> = None;
    let mut rows = Vec::with_capacity(history.len());
    for capture in history {
        let mut row = Row::of(capture);
        if let (Change::Edited, Some(before)) = (capture.change, before) {
            row.compare = compare_address(capture, &before.id.to_string());
        }
        if capture.article_digest.is_some() {
            before = Some(capture);
        }
        rows.push(row);
    }
    rows.reverse();
    rows
}

/// Where a capture is shown beside an older one.
pub fn compare_address(newer: &Capture, older: &str) -> String {
    let pairs = [("url", newer.url.as_str()), ("a", older), ("b", &newer.id.to_string())];
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    format!("/compare?{query}")
}

/// What an edit changed, in short; nothing where no word did.
pub fn edit_words(summary: &Summary) -> String {
    let mut parts = Vec::new();
    if summary.words_added > 0 || summary.words_removed > 0 {
        parts.push(format!("+{} −{} words", thousands(summary.words_added), thousands(summary.words_removed)));
    }
    if summary.title {
        parts.push("another title".to_owned());
    }
    if parts.is_empty() && summary.moved > 0 {
        parts.push("moved".to_owned());
    }
    parts.join(", ")
}

/// Bytes as a person reads them: `1.4 MB`.
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["bytes", "kB", "MB", "GB", "TB"];
    let mut value = count as f64;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    if unit == 0 || value >= 99.95 {
        format!("{value:.0} {}", UNITS[unit])
    } else {
        format!("{value:.1} {}", UNITS[unit])
    }
}

/// Whether the reader view has something to show.
pub fn is_readable(capture: &Capture) -> bool {
    capture.verdict == Some(Verdict::Article) && (capture.words > 0 || capture.title.is_some())
}

fn pieces(text: &str, highlights: &[(usize, usize)]) -> Vec<(bool, String)> {
    let mut pieces = Vec::new();
    let mut done = 0;
    for &(from, to) in highlights {
        if let (Some(before), Some(word)) = (text.get(done..from), text.get(from..to)) {
            pieces.push((false, before.to_owned()));
            pieces.push((true, word.to_owned()));
            done = to;
        }
    }
    pieces.push((false, text.get(done..).unwrap_or_default().to_owned()));
    pieces
}

/// `1,204 words`, or nothing.
pub(crate) fn words(count: u64) -> String {
    match count {
        0 => String::new(),
        1 => "1 word".to_owned(),
        count => format!("{} words", thousands(count)),
    }
}

/// A number with commas between its thousands.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn remarks(capture: &Capture) -> Vec<String> {
    let mut remarks = Vec::new();
    if capture.status >= 300 {
        remarks.push(status_words(capture.status));
    }
    if let Some(words) = capture.verdict.and_then(verdict_words) {
        remarks.push(words.to_owned());
    }
    if !capture.media_type.is_empty() && capture.verdict.is_none() && capture.status < 300 {
        remarks.push(capture.media_type.clone());
    }
    if capture.truncated.is_some() {
        remarks.push("cut short".to_owned());
    }
    remarks
}

/// What a status says, where it is not plain success.
pub fn status_words(status: u16) -> String {
    match status {
        301 | 302 | 303 | 307 | 308 => format!("redirect ({status})"),
        404 => "not found (404)".to_owned(),
        410 => "gone (410)".to_owned(),
        status if status >= 500 => format!("server error ({status})"),
        status => format!("status {status}"),
    }
}

/// What stands in an article's place, in words.
pub fn verdict_words(verdict: Verdict) -> Option<&'static str> {
    Some(match verdict {
        Verdict::Article => return None,
        Verdict::NotArticle => "no article",
        Verdict::Challenge => "a test whether the visitor is a robot",
        Verdict::LoginWall => "behind a login",
        Verdict::ConsentWall => "a question about cookies",
        Verdict::Soft404 => "not found, said politely",
        Verdict::NeedsJavascript => "an empty page that needs scripts",
    })
}

/// A moment in the ways it is written.
#[derive(Debug)]
pub struct Moment {
    /// `1 March 2026`.
    pub day: String,
    /// `14:05`.
    pub time: String,
    /// `2026-03-01T14:05:00Z`.
    pub iso: String,
}

impl Moment {
    /// A moment in UTC.
    pub fn of(at: Timestamp) -> Self {
        Self {
            day: at.strftime("%-d %B %Y").to_string(),
            time: at.strftime("%H:%M").to_string(),
            iso: at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        }
    }
}

/// A date that a page gave, `2026-03-01` or longer, as a person reads it.
pub fn day_of(iso: &str) -> String {
    let date: Option<jiff::civil::Date> = iso.get(..10).and_then(|day| day.parse().ok());
    date.map_or_else(|| iso.to_owned(), |date| date.strftime("%-d %B %Y").to_string())
}

/// The captures of one day.
#[derive(Debug)]
pub struct Day {
    /// `1 March 2026`.
    pub label: String,
    /// Its captures, in the order of the list.
    pub rows: Vec<Row>,
}

impl Day {
    /// Rows under their days, in their order.
    pub fn group(rows: Vec<Row>) -> Vec<Self> {
        let mut days: Vec<Self> = Vec::new();
        for row in rows {
            match days.last_mut() {
                Some(day) if day.label == row.day => day.rows.push(row),
                _ => days.push(Self { label: row.day.clone(), rows: vec![row] }),
            }
        }
        days
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_told_in_the_unit_that_fits() {
        for (count, told) in [
            (0, "0 bytes"),
            (999, "999 bytes"),
            (1_000, "1.0 kB"),
            (99_949, "99.9 kB"),
            (275_000, "275 kB"),
            (999_600, "1.0 MB"),
        ] {
            assert_eq!(bytes(count), told);
        }
    }

    #[test]
    fn an_edit_is_told_in_words() {
        let edit = Summary { words_added: 1200, words_removed: 4, title: true, ..Summary::default() };
        assert_eq!(edit_words(&edit), "+1,200 −4 words, another title");
        assert_eq!(edit_words(&Summary { moved: 1, ..Summary::default() }), "moved");
        assert_eq!(edit_words(&Summary::default()), "");
    }
}
