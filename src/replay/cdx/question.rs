//! PURE: what a CDX question asks, in the parameters of pywb's CDX server: which stretch of the index, which lines of it, in
//! which order and form.

use regex::{Regex, RegexBuilder};
use url::{Url, form_urlencoded};

use crate::replay::address::Stamp;
use crate::replay::error::Error;
use crate::store::walk::Stretch;

/// Lines of an answer where no limit is asked for, as many as pywb gives.
const LINES_MAX: usize = 100_000;
/// The most that can be sorted by nearness: all of them are in memory at once.
const SORTED_MAX: usize = 10_000;
/// Lines in a block of the index; a page is so many blocks.
const BLOCK: u64 = 3_000;
/// Blocks of a page where none are asked for, and the most.
const PAGE: (u64, u64) = (10, 100);
/// Memory that a pattern may take.
const PATTERN_MAX: usize = 1 << 18;

/// A question.
#[derive(Debug)]
pub struct Question {
    /// Where in the index.
    pub stretch: Stretch,
    /// Not before this time, fourteen digits.
    pub from: Option<String>,
    /// Not after this time, fourteen digits.
    pub to: Option<String>,
    /// At most so many lines.
    pub limit: usize,
    /// In which order.
    pub order: Order,
    /// In which form.
    pub form: Form,
    /// Only these fields.
    pub fields: Option<Vec<String>>,
    /// Only lines that pass all of these.
    pub filters: Vec<Filter>,
    /// Of lines of one address that agree in so many digits of the time and in the status, only the first.
    pub collapse: Option<usize>,
    /// Whether a revisit also says where the answer lies that it repeats.
    pub resolve: bool,
    /// Only this page.
    pub page: Option<u64>,
    /// Lines on a page.
    pub page_lines: u64,
    /// Whether only the number of pages is asked for.
    pub count_pages: bool,
}

/// The order of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// By key and time.
    Forward,
    /// The same from the end.
    Back,
    /// By nearness to a time.
    Closest(Stamp),
}

/// The form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Key, time and a JSON object.
    Cdxj,
    /// A JSON object a line.
    Json,
    /// Values between spaces.
    Text,
}

impl Form {
    /// The media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Cdxj => "text/x-cdxj",
            Self::Json => "text/x-ndjson",
            Self::Text => "text/plain; charset=utf-8",
        }
    }
}

/// One condition: `[!][=|~][FIELD:]VALUE`.
#[derive(Debug)]
pub struct Filter {
    inverted: bool,
    /// The field; `None`: the whole line.
    pub field: Option<String>,
    test: Test,
}

#[derive(Debug)]
enum Test {
    Holds(String),
    Is(String),
    Matches(Regex),
}

impl Filter {
    fn parse(text: &str) -> Result<Self, Error> {
        let (inverted, text) = text.strip_prefix('!').map_or((false, text), |rest| (true, rest));
        let (kind, text) = match text.chars().next() {
            Some(kind @ ('=' | '~')) => (kind, &text[1..]),
            _ => (' ', text),
        };
        let (field, value) = match text.split_once(':') {
            Some((field, value)) => (Some(field_name(field)), value),
            None => (None, text),
        };
        let test = match kind {
            '=' => Test::Is(value.to_owned()),
            '~' => {
                // As Python's `match`, which begins at the beginning and need not reach the end.
                let pattern = RegexBuilder::new(&format!("^(?:{value})")).size_limit(PATTERN_MAX).build();
                Test::Matches(pattern.map_err(|error| wrong("filter", format!("`{value}` is no pattern: {error}")))?)
            }
            _ => Test::Holds(value.to_owned()),
        };
        Ok(Self { inverted, field, test })
    }

    /// Whether a value, or a line, passes.
    pub fn passes(&self, value: &str) -> bool {
        let passes = match &self.test {
            Test::Holds(part) => value.contains(part.as_str()),
            Test::Is(whole) => value == whole,
            Test::Matches(pattern) => pattern.is_match(value),
        };
        passes != self.inverted
    }
}

/// The names that older servers have for the fields.
fn field_name(name: &str) -> String {
    match name {
        "u" | "original" => "url",
        "m" | "mimetype" => "mime",
        "statuscode" => "status",
        "s" | "l" => "length",
        "o" => "offset",
        "d" => "digest",
        "t" => "timestamp",
        "k" => "urlkey",
        "f" => "filename",
        other => other,
    }
    .to_owned()
}

fn wrong(parameter: &'static str, reason: impl Into<String>) -> Error {
    Error::Parameter { parameter, reason: reason.into() }
}

impl Question {
    /// Reads the query of a request. Parameters it does not know are passed over, as pywb does.
    pub fn parse(query: &str) -> Result<Self, Error> {
        let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let all = |name: &'static str| pairs.iter().filter(move |(n, v)| n == name && !v.is_empty()).map(|(_, v)| v);
        let value = |name: &'static str| all(name).next().map(String::as_str);
        let is = |name: &'static str| value(name).is_some_and(|v| matches!(v, "true" | "True" | "1" | "yes" | "on"));
        let number = |name: &'static str| -> Result<Option<u64>, Error> {
            let read = |v: &str| v.parse().map_err(|_| wrong(name, format!("must be a number, and `{v}` is none")));
            value(name).map(read).transpose()
        };
        let closest = value("closest").map(|digits| {
            Stamp::parse(digits)
                .ok_or_else(|| wrong("closest", format!("`{digits}` is no timestamp of 4 to 14 digits")))
        });
        let order = match (closest.transpose()?, value("sort")) {
            (Some(stamp), _) => Order::Closest(stamp),
            (None, Some("closest")) => return Err(wrong("closest", "is wanted with `sort=closest`: a timestamp")),
            (None, Some("reverse")) => Order::Back,
            (None, None) if is("reverse") => Order::Back,
            (None, None) => Order::Forward,
            (None, Some(other)) => return Err(wrong("sort", format!("`{other}` is neither `reverse` nor `closest`"))),
        };
        let most = if matches!(order, Order::Closest(_)) { SORTED_MAX } else { usize::MAX };
        let limit =
            number("limit")?.filter(|limit| *limit > 0).map_or(LINES_MAX, |n| usize::try_from(n).unwrap_or(most));
        let blocks = number("pageSize")?.filter(|size| *size > 0).unwrap_or(PAGE.0).min(PAGE.1);
        Ok(Self {
            stretch: stretch(value("url").unwrap_or_default(), value("matchType"))?,
            from: value("from").or_else(|| value("from_ts")).map(|digits| padded("from", digits)).transpose()?,
            to: value("to").map(|digits| padded("to", digits)).transpose()?,
            limit: limit.min(most),
            order,
            form: match value("output") {
                None | Some("cdxj") => Form::Cdxj,
                Some("json") => Form::Json,
                Some("text") => Form::Text,
                Some(other) => {
                    let reason = format!("`{other}` is none of `cdxj`, `json`, `text`; /timemap/link/URL has links");
                    return Err(wrong("output", reason));
                }
            },
            fields: value("fields").or_else(|| value("fl")).map(|fields| fields.split(',').map(field_name).collect()),
            filters: all("filter").map(|text| Filter::parse(text)).collect::<Result<_, _>>()?,
            collapse: number("collapseTime")?.map(|digits| usize::try_from(digits).unwrap_or(14).min(14)),
            resolve: is("resolveRevisits"),
            page: number("page")?,
            page_lines: blocks * BLOCK,
            count_pages: is("showNumPages"),
        })
    }

    /// Blocks and pages that so many captures fill.
    pub fn pages(&self, captures: u64) -> (u64, u64) {
        (captures.div_ceil(BLOCK), captures.div_ceil(self.page_lines))
    }

    /// Blocks on a page.
    pub fn page_blocks(&self) -> u64 {
        self.page_lines / BLOCK
    }
}

/// A timestamp in fourteen digits: what is missing is the beginning of the period, or for `to` its end.
fn padded(name: &'static str, digits: &str) -> Result<String, Error> {
    if digits.len() > 14 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(wrong(name, format!("`{digits}` is no timestamp of at most 14 digits")));
    }
    let rest = if name == "to" { "29991231235959" } else { "10000101000000" };
    Ok(format!("{digits}{}", &rest[digits.len()..]))
}

/// The stretch of the index that an address and the way to match it mean.
fn stretch(text: &str, match_type: Option<&str>) -> Result<Stretch, Error> {
    if text.is_empty() {
        return Err(wrong("url", "is wanted: an address, `HOST/PATH*`, or `*.HOST`"));
    }
    let (text, kind) = match match_type {
        Some(kind) => (text, kind),
        None => match (text.strip_prefix("*."), text.strip_suffix('*')) {
            (Some(host), _) => (host, "domain"),
            (None, Some(start)) => (start, "prefix"),
            (None, None) => (text, "exact"),
        },
    };
    let is_whole = text.split(['/', '?', '#']).next().is_some_and(|scheme| scheme.ends_with(':'));
    let full = if is_whole { text.to_owned() } else { format!("http://{text}") };
    let url = Url::parse(&full).ok().filter(Url::has_host);
    let url = url.ok_or_else(|| wrong("url", format!("`{text}` is no address")))?;
    let mut key = crate::url::surt(&url);
    let host = key.split(')').next().unwrap_or_default().to_owned();
    match kind {
        "exact" => Ok(Stretch { to: format!("{key}!"), from: key }),
        "prefix" => {
            for end in ['/', '?'] {
                if text.ends_with(end) && !key.ends_with(end) {
                    key.push(end);
                }
            }
            Ok(Stretch { to: next(&key), from: key })
        }
        "host" => Ok(Stretch { from: format!("{host})/"), to: format!("{host}*") }),
        // Below a top-level domain everything has a comma.
        "domain" if !host.contains([',', '.', '[']) && host != "localhost" => {
            Ok(Stretch { from: format!("{host},"), to: format!("{host}-") })
        }
        "domain" => Ok(Stretch { from: format!("{host})/"), to: format!("{host}-") }),
        other => Err(wrong("matchType", format!("`{other}` is none of `exact`, `prefix`, `host`, `domain`"))),
    }
}

/// The least text behind all that begin with this one.
fn next(start: &str) -> String {
    let mut chars: Vec<char> = start.chars().collect();
    let last = chars.pop().map_or('\u{1}', |last| char::from_u32(last as u32 + 1).unwrap_or(char::MAX));
    chars.push(last);
    chars.into_iter().collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn asked(query: &str) -> Question {
        Question::parse(query).unwrap()
    }

    #[test]
    fn every_way_to_match_is_a_stretch_of_the_index() {
        for (query, from, to) in [
            ("url=https://example.org/a?b=c", "org,example)/a?b=c", "org,example)/a?b=c!"),
            ("url=https://www.example.org/a/*", "org,example)/a/", "org,example)/a0"),
            ("url=example.org*", "org,example)/", "org,example)0"),
            ("url=example.org/a&matchType=prefix", "org,example)/a", "org,example)/b"),
            ("url=https://example.org/a&matchType=host", "org,example)/", "org,example*"),
            ("url=*.example.org", "org,example)/", "org,example-"),
            ("url=org&matchType=domain", "org,", "org-"),
        ] {
            assert_eq!(asked(query).stretch, Stretch { from: from.into(), to: to.into() }, "{query}");
        }
        assert_eq!(asked("url=https%3A%2F%2Fexample.org%2Fa%3Fb%3Dc").stretch.from, "org,example)/a?b=c");
    }

    #[test]
    fn a_filter_holds_is_or_matches_and_may_be_turned_round() {
        for (filter, value, passes) in [
            ("mime:html", "text/html", true),
            ("=mime:html", "text/html", false),
            ("=mime:text/html", "text/html", true),
            ("~mime:text.*", "text/html", true),
            ("~mime:html", "text/html", false),
            ("!~mime:html", "text/html", true),
            ("!status:301", "301", false),
        ] {
            assert_eq!(Filter::parse(filter).unwrap().passes(value), passes, "{filter} on {value}");
        }
        assert_eq!(Filter::parse("statuscode:200").unwrap().field.as_deref(), Some("status"));
        assert_eq!(Filter::parse("words").unwrap().field, None);
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        for (query, parameter) in [
            ("", "url"),
            ("url=http://[x", "url"),
            ("url=a.example&limit=x", "limit"),
            ("url=a.example&output=xml", "output"),
            ("url=a.example&matchType=sub", "matchType"),
            ("url=a.example&filter=~mime:(", "filter"),
            ("url=a.example&from=soon", "from"),
            ("url=a.example&sort=closest", "closest"),
        ] {
            let error = Question::parse(query).unwrap_err();
            assert!(matches!(&error, Error::Parameter { parameter: p, .. } if *p == parameter), "{query}: {error}");
        }
    }

    #[test]
    fn a_time_is_filled_up_to_the_end_it_stands_for() {
        let question = asked("url=a.example&from=2026&to=202602");
        assert_eq!(question.from.as_deref(), Some("20260101000000"));
        assert_eq!(question.to.as_deref(), Some("20260231235959"));
    }
}
