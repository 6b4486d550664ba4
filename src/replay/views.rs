//! What the pages of the interface show: values made for the templates, with every date and word already as a person
//! reads it. They know the archive's captures, and nothing of HTTP.

use askama::Template;
use chaffinch_extract::article::{Article, Verdict};
use jiff::Timestamp;

use crate::replay::address::Stamp;
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
        }
    }

    /// The line of something that was searched for.
    pub fn found(hit: &Hit) -> Self {
        Self { snippet: pieces(&hit.snippet, &hit.highlights), ..Self::of(&hit.capture) }
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

fn words(count: u64) -> String {
    match count {
        0 => String::new(),
        1 => "1 word".to_owned(),
        count => format!("{} words", thousands(count)),
    }
}

fn thousands(number: u64) -> String {
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

/// `/`: the newest captures, or what a search found.
#[derive(Debug, Template)]
#[template(path = "home.html")]
pub struct Home {
    /// What is searched for; empty for the list.
    pub query: String,
    /// The site it is narrowed to; empty for all.
    pub site: String,
    /// Whether only edited articles are shown.
    pub edited: bool,
    /// The list.
    pub days: Vec<Day>,
    /// What a search found, best first.
    pub hits: Vec<Row>,
    /// Where the older ones are, where there are more.
    pub older: Option<String>,
    /// Whether this is a later page of the list.
    pub is_later: bool,
}

/// `/read/ID`: the article without its chrome.
#[derive(Debug, Template)]
#[template(path = "read.html")]
pub struct Read {
    /// The capture it is of.
    pub row: Row,
    /// The language as a tag, or nothing.
    pub lang: String,
    /// Who wrote it.
    pub authors: String,
    /// When it was published, for people and for machines.
    pub published: Option<(String, String)>,
    /// When it was last changed, likewise.
    pub modified: Option<(String, String)>,
    /// The name the site gives itself, or its domain.
    pub site_name: String,
    /// A summary by the publisher.
    pub description: String,
    /// The article: HTML that is safe and leads into the archive.
    pub content: String,
    /// Every capture of the page, newest first.
    pub versions: Vec<Row>,
}

impl Read {
    /// The reader view of an article whose content was already led into the archive.
    pub fn of(capture: &Capture, article: &Article, content: String, history: &[Capture]) -> Self {
        let metadata = &article.metadata;
        let date = |value: &Option<String>| value.as_ref().map(|iso| (day_of(iso), iso.clone()));
        Self {
            row: Row::of(capture),
            lang: metadata.language.clone().unwrap_or_default(),
            authors: metadata.authors.join(", "),
            published: date(&metadata.published),
            modified: date(&metadata.modified).filter(|_| metadata.modified != metadata.published),
            site_name: metadata.site.clone().unwrap_or_else(|| capture.site.clone()),
            description: metadata.description.clone().unwrap_or_default(),
            content,
            versions: history.iter().rev().map(Row::of).collect(),
        }
    }

    /// How many captures show an article other than the one before.
    pub fn edits(&self) -> usize {
        self.versions.iter().filter(|row| row.change_class == Change::Edited.as_str()).count()
    }
}

/// `/history?url=`: every capture of one page.
#[derive(Debug, Template)]
#[template(path = "history.html")]
pub struct History {
    /// The page.
    pub url: String,
    /// The newest title.
    pub title: String,
    /// Newest first.
    pub versions: Vec<Row>,
}

/// `/TIMESTAMP/URL`: the banner above the page as captured.
#[derive(Debug, Template)]
#[template(path = "capture.html")]
pub struct Banner {
    /// The capture that is shown.
    pub row: Row,
    /// Where the page itself is, on the port of the captures.
    pub frame: String,
    /// Whether a browser can show it in a frame; else it is offered as a file.
    pub shows: bool,
    /// The capture before and the one after, as addresses.
    pub earlier: Option<String>,
    /// The capture after.
    pub later: Option<String>,
    /// Which of how many: `3 of 7`.
    pub place: String,
}

/// What went wrong, or is not here.
#[derive(Debug, Template)]
#[template(path = "notice.html")]
pub struct Notice {
    /// What it is.
    pub heading: String,
    /// What happened, to what.
    pub message: String,
    /// What to do.
    pub remedy: String,
    /// The address on the live web, for a person to follow.
    pub live: String,
}

impl Notice {
    /// The live address as it may stand in single quotes on a command line: a page can link to what it likes, and people
    /// copy the command.
    pub fn quotable(&self) -> String {
        self.live.replace('\'', "%27")
    }
}

/// The same within the frame of a capture, where no style sheet of the interface reaches.
#[derive(Debug, Template)]
#[template(path = "frame.html")]
pub struct FrameNotice {
    /// What it is.
    pub heading: String,
    /// What happened, to what.
    pub message: String,
    /// What to do.
    pub remedy: String,
    /// The address on the live web.
    pub live: String,
}
