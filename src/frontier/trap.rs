//! URLs that lead nowhere: endless paths, calendars, sessions. Pure, and only ever a suspicion: it is asked about links that
//! were followed, not about what a source names itself. Each verdict says why in one line.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use url::Url;

/// Beyond what a URL is held to be a trap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the whole URL.
    pub url_bytes: usize,
    /// Segments of the path.
    pub segments: usize,
    /// Query parameters.
    pub parameters: usize,
    /// How often a run of segments may follow itself.
    pub repeats: usize,
    /// Years from now that a date in a calendar's address may lie.
    pub calendar_years: i16,
}

impl Default for Limits {
    fn default() -> Self {
        Self { url_bytes: 2048, segments: 20, parameters: 12, repeats: 2, calendar_years: 1 }
    }
}

/// Why a URL is held to be a trap.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trap {
    /// Longer than browsers agreed on.
    #[error("trap: {bytes} bytes long, more than {allowed}")]
    TooLong {
        /// Its length.
        bytes: usize,
        /// The limit.
        allowed: usize,
    },
    /// A path that goes deeper than people file things.
    #[error("trap: {segments} path segments, more than {allowed}")]
    TooDeep {
        /// How many.
        segments: usize,
        /// The limit.
        allowed: usize,
    },
    /// A relative link that resolves against itself for ever.
    #[error("trap: the path repeats `{run}` {times} times")]
    Repeated {
        /// The segments that follow themselves.
        run: String,
        /// How often they stand there.
        times: usize,
    },
    /// Filters and sort orders that multiply.
    #[error("trap: {parameters} query parameters, more than {allowed}")]
    TooManyParameters {
        /// How many.
        parameters: usize,
        /// The limit.
        allowed: usize,
    },
    /// A calendar that can be turned for ever.
    #[error("trap: a calendar at {year}, too far from now")]
    Calendar {
        /// The year in the address.
        year: i16,
    },
    /// The same page under a new name for each visitor.
    #[error("trap: a session id in `{name}`")]
    Session {
        /// The parameter.
        name: String,
    },
}

/// Parameters that hold a session whatever their value.
const SESSIONS: &[&str] = &["jsessionid", "phpsessid", "aspsessionid", "cfid", "cftoken", "sessionid", "session_id"];
/// Parameters that hold a session where the value looks drawn by lot.
const MAYBE_SESSIONS: &[&str] = &["sid", "s", "session", "osid", "token"];
/// Parameters that turn a calendar.
const CALENDAR_PARAMETERS: &[&str] = &[
    "year",
    "month",
    "day",
    "date",
    "week",
    "cal",
    "calendar",
    "start",
    "tribe-bar-date",
    "eventdate",
    "jahr",
    "monat",
];
/// Segments under which a calendar is filed.
const CALENDAR_SEGMENTS: &[&str] = &[
    "calendar",
    "events",
    "event",
    "agenda",
    "kalender",
    "calendrier",
    "calendario",
    "eventos",
    "termine",
    "schedule",
];

/// Whether a followed link looks like a trap, and why.
pub fn judge(url: &Url, limits: &Limits, now: Timestamp) -> Result<(), Trap> {
    let bytes = url.as_str().len();
    if bytes > limits.url_bytes {
        return Err(Trap::TooLong { bytes, allowed: limits.url_bytes });
    }
    let segments: Vec<&str> = url.path().split('/').filter(|segment| !segment.is_empty()).collect();
    if segments.len() > limits.segments {
        return Err(Trap::TooDeep { segments: segments.len(), allowed: limits.segments });
    }
    repeated(&segments, limits.repeats)?;
    let parameters: Vec<(String, String)> =
        url.query_pairs().map(|(name, value)| (name.to_ascii_lowercase(), value.into_owned())).collect();
    if parameters.len() > limits.parameters {
        return Err(Trap::TooManyParameters { parameters: parameters.len(), allowed: limits.parameters });
    }
    session(&segments, &parameters)?;
    calendar(&segments, &parameters, limits, now)
}

/// A URL without the session that a site wrote into it; `None` where there is none that is known by its name. One that only
/// looks like a session stays: it may be what the page is called by.
pub fn without_session(url: &Url) -> Option<Url> {
    let is_session = |name: &str| SESSIONS.iter().any(|session| name.to_ascii_lowercase().starts_with(session));
    let mut bare = url.clone();
    let path: Vec<String> = url
        .path()
        .split('/')
        .map(|segment| segment.split(';').filter(|pair| !is_session(pair)).collect::<Vec<_>>().join(";"))
        .collect();
    bare.set_path(&path.join("/"));
    if let Some(query) = url.query() {
        let kept: Vec<&str> = query.split('&').filter(|pair| !is_session(pair)).collect();
        bare.set_query(Some(kept.join("&").as_str()).filter(|query| !query.is_empty()));
    }
    (bare != *url).then_some(bare)
}

/// Looks for a run of segments that follows itself more than `allowed` times. Numbers may do so once more: `/01/01/01/` is a
/// date and an hour.
fn repeated(segments: &[&str], allowed: usize) -> Result<(), Trap> {
    for start in 0..segments.len() {
        for length in 1..=(segments.len() - start) / 2 {
            let run = &segments[start..start + length];
            let times = segments[start..].chunks_exact(length).take_while(|chunk| *chunk == run).count();
            let numbers = run.iter().all(|segment| segment.bytes().all(|b| b.is_ascii_digit()));
            if times > allowed + usize::from(numbers) {
                return Err(Trap::Repeated { run: run.join("/"), times });
            }
        }
    }
    Ok(())
}

fn session(segments: &[&str], parameters: &[(String, String)]) -> Result<(), Trap> {
    // `/page;jsessionid=1A2B` is how servlets write it.
    let matrix = segments.iter().flat_map(|segment| segment.split(';').skip(1)).filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        Some((name.to_ascii_lowercase(), value.to_owned()))
    });
    let mut all = matrix.chain(parameters.iter().cloned());
    let found = all.find(|(name, value)| {
        SESSIONS.iter().any(|session| name.starts_with(session))
            || (MAYBE_SESSIONS.contains(&name.as_str()) && looks_random(value))
    });
    found.map_or(Ok(()), |(name, _)| Err(Trap::Session { name }))
}

/// Long, and letters and digits without anything a word or a date has.
fn looks_random(value: &str) -> bool {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    value.len() >= 16 && value.bytes().all(|b| b.is_ascii_alphanumeric()) && digits >= 3 && digits < value.len()
}

/// Dates of articles lie in the past, however far; dates of calendars lie anywhere. So a path is suspect only with a year
/// well ahead of now, unless it is filed under a calendar or turned by a parameter: then in both directions.
fn calendar(segments: &[&str], parameters: &[(String, String)], limits: &Limits, now: Timestamp) -> Result<(), Trap> {
    let this_year = now.to_zoned(TimeZone::UTC).year();
    let ahead = |year: i16| year > this_year.saturating_add(limits.calendar_years);
    let behind = |year: i16| year < this_year.saturating_sub(limits.calendar_years);
    let filed = segments.iter().any(|segment| CALENDAR_SEGMENTS.contains(&segment.to_ascii_lowercase().as_str()));
    let in_path = segments
        .iter()
        .enumerate()
        .filter(|(at, segment)| is_dated(segment, segments.get(at + 1)))
        .filter_map(|(_, segment)| year(segment))
        .find(|&year| ahead(year) || (filed && behind(year)));
    let turned = parameters.iter().filter(|(name, _)| CALENDAR_PARAMETERS.contains(&name.as_str()));
    let in_query = turned.filter_map(|(_, value)| year(value)).find(|&year| ahead(year) || behind(year));
    in_path.or(in_query).map_or(Ok(()), |year| Err(Trap::Calendar { year }))
}

/// Whether a segment is a date, or a year with a month after it.
fn is_dated(segment: &str, next: Option<&&str>) -> bool {
    let month = next.is_some_and(|next| next.len() <= 2 && next.parse::<u8>().is_ok_and(|m| (1..=12).contains(&m)));
    let date = segment.as_bytes().get(4) == Some(&b'-') && segment.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    (segment.len() == 4 && month) || date
}

/// The year a date begins with: `2031`, `2031-05`, `20310512`.
fn year(text: &str) -> Option<i16> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let after = text.as_bytes().get(digits);
    let shaped =
        (digits == 4 && after.is_none_or(|b| matches!(b, b'-' | b'/' | b'.'))) || (digits == 8 && after.is_none());
    let year = if shaped { text[..4].parse().ok()? } else { return None };
    (1000..=9999).contains(&year).then_some(year)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn verdict(text: &str) -> Option<String> {
        let now = "2026-03-01T00:00:00Z".parse().unwrap();
        judge(&Url::parse(text).unwrap(), &Limits::default(), now).err().map(|trap| trap.to_string())
    }

    #[test]
    fn an_ordinary_article_is_no_trap() {
        for text in [
            "https://a.test/2026/02/28/what-happened",
            "https://a.test/1998/05/old-news.html",
            "https://a.test/news/news/today",
            "https://a.test/index.php?option=content&id=17&lang=en",
            "https://a.test/2001/01/01/01/at-one",
            "https://a.test/?s=whatever+was+searched+for",
            "https://a.test/events/2026-03-14/concert",
            "https://a.test/product/2099-edition",
        ] {
            assert_eq!(verdict(text), None, "{text}");
        }
    }

    #[test]
    fn a_path_that_follows_itself_is_a_trap() {
        assert_eq!(verdict("https://a.test/a/b/a/b/a/b").unwrap(), "trap: the path repeats `a/b` 3 times");
        assert_eq!(verdict("https://a.test/x/en/en/en/").unwrap(), "trap: the path repeats `en` 3 times");
    }

    #[test]
    fn too_much_of_anything_is_a_trap() {
        assert!(verdict(&format!("https://a.test/{}", "x".repeat(2048))).unwrap().contains("bytes long"));
        let deep = (0..21).map(|n| n.to_string()).collect::<Vec<_>>().join("/");
        assert_eq!(verdict(&format!("https://a.test/{deep}")).unwrap(), "trap: 21 path segments, more than 20");
        let query = ["p=1"; 13].join("&");
        assert_eq!(verdict(&format!("https://a.test/?{query}")).unwrap(), "trap: 13 query parameters, more than 12");
    }

    #[test]
    fn a_calendar_far_from_now_is_a_trap() {
        for text in [
            "https://a.test/2031/05/12/",
            "https://a.test/events/2019-05-12",
            "https://a.test/?month=2035-01",
            "https://a.test/?date=19990101",
        ] {
            assert!(verdict(text).unwrap().contains("calendar"), "{text}");
        }
    }

    #[test]
    fn a_session_id_is_a_trap() {
        assert_eq!(verdict("https://a.test/p;jsessionid=1A2B").unwrap(), "trap: a session id in `jsessionid`");
        assert_eq!(verdict("https://a.test/p?PHPSESSID=ab12").unwrap(), "trap: a session id in `phpsessid`");
        assert_eq!(verdict("https://a.test/p?sid=4f9a3b2c1d0e8f7a6b5c").unwrap(), "trap: a session id in `sid`");
        assert_eq!(verdict("https://a.test/p?sid=1234"), None);
    }

    #[test]
    fn a_session_is_taken_out_of_an_address() {
        let bare = |text: &str| without_session(&Url::parse(text).unwrap()).map(String::from);
        assert_eq!(bare("https://a.test/p;jsessionid=1A2B?x=1").unwrap(), "https://a.test/p?x=1");
        assert_eq!(bare("https://a.test/p?PHPSESSID=ab12&id=7").unwrap(), "https://a.test/p?id=7");
        assert_eq!(bare("https://a.test/p?PHPSESSID=ab12").unwrap(), "https://a.test/p");
        assert_eq!(bare("https://a.test/p?sid=4f9a3b2c1d0e8f7a6b5c"), None);
        assert_eq!(bare("https://a.test/p;v=2?id=7"), None);
    }

    proptest! {
        #[test]
        fn any_url_gets_a_verdict(path in "[/a-zé0-9;=%-]{0,80}", query in ".{0,60}") {
            let url = Url::parse(&format!("https://a.test/{path}?{query}")).unwrap();
            let _ = judge(&url, &Limits::default(), Timestamp::UNIX_EPOCH);
        }
    }
}
