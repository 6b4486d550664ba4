//! robots.txt by RFC 9309, with the leniencies of Google's parser (typos, a missing colon, any line ending). Pure: bytes in,
//! answers out; each answer names the line that decided. It knows nothing of how the file was fetched, only what came of it.

use std::time::Duration;

use jiff::Timestamp;
use url::Url;

/// What is read of a robots.txt; RFC 9309 asks for at least this much.
pub const MAX_BYTES: usize = 500 * 1024;
/// A line is read no further than this: eight times the longest URL browsers agreed on.
const MAX_LINE: usize = 2083 * 8 - 1;
/// How long an answer is used before the file is asked for again (RFC 9309, section 2.4).
const FRESH: Duration = Duration::from_secs(24 * 3600);
/// The first time an unreachable file denies a host; doubles with each failure, up to `FRESH`.
const FIRST_DENIAL: Duration = Duration::from_secs(300);

/// A parsed robots.txt.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Robots {
    groups: Vec<Group>,
    sitemaps: Vec<String>,
}

/// One group: the agents it names, and its rules.
#[derive(Debug, Clone, Default, PartialEq)]
struct Group {
    agents: Vec<Agent>,
    rules: Vec<Rule>,
}

/// A `user-agent` line. The delay hangs on the agent and not on the group, because files are common in which a group has
/// nothing but a delay, and Google's grammar reads such a group as one with the next.
#[derive(Debug, Clone, PartialEq)]
struct Agent {
    /// The product token in lower case; `None` is `*`.
    token: Option<String>,
    delay: Option<Duration>,
}

#[derive(Debug, Clone, PartialEq)]
struct Rule {
    allow: bool,
    pattern: String,
    line: usize,
    /// The line as it stands in the file.
    text: String,
}

/// Whether a URL may be fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// Whether it may.
    pub allowed: bool,
    /// The line of the file that says so, from 1; `None` where no rule speaks of it.
    pub line: Option<usize>,
}

/// Reads a robots.txt, whatever its bytes.
pub fn parse(bytes: &[u8]) -> Robots {
    match bytes {
        [0xFF, 0xFE, rest @ ..] => parse_utf8(&from_utf16(rest, u16::from_le_bytes)),
        [0xFE, 0xFF, rest @ ..] => parse_utf8(&from_utf16(rest, u16::from_be_bytes)),
        _ => parse_utf8(bytes),
    }
}

/// Some editors save in UTF-16, with a byte-order mark.
fn from_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Vec<u8> {
    let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
    String::from_utf16_lossy(&units).into_bytes()
}

fn parse_utf8(bytes: &[u8]) -> Robots {
    let mut robots = Robots::default();
    // Whether the current group has rules, so that a further agent begins a new one.
    let mut closed = true;
    for (number, line) in lines(bytes) {
        let Some((key, value)) = key_and_value(line) else { continue };
        match Key::read(&key) {
            Key::UserAgent => {
                if closed {
                    robots.groups.push(Group::default());
                    closed = false;
                }
                if let (Some(group), Some(agent)) = (robots.groups.last_mut(), agent(value)) {
                    group.agents.push(agent);
                }
            }
            key @ (Key::Allow | Key::Disallow) => {
                // Rules before the first agent belong to nobody.
                if let Some(group) = robots.groups.last_mut() {
                    closed = true;
                    let pattern = escape(value);
                    if !pattern.is_empty() {
                        let text = String::from_utf8_lossy(line.trim_ascii()).into_owned();
                        group.rules.push(Rule { allow: key == Key::Allow, pattern, line: number, text });
                    }
                }
            }
            Key::CrawlDelay => {
                if let (Some(group), Some(delay)) = (robots.groups.last_mut(), seconds(value)) {
                    for agent in group.agents.iter_mut().filter(|agent| agent.delay.is_none()) {
                        agent.delay = Some(delay);
                    }
                }
            }
            Key::Sitemap => robots.sitemaps.push(String::from_utf8_lossy(value).into_owned()),
            Key::Unknown => {}
        }
    }
    robots
}

impl Robots {
    /// Whether `agent` (a product token, as in `Chaffinch`) may fetch the URL.
    pub fn allowed(&self, agent: &str, url: &Url) -> Answer {
        self.allowed_text(agent, url.as_str())
    }

    /// As `allowed`, for a URL as it was typed; it is not percent-encoded first.
    pub fn allowed_text(&self, agent: &str, url: &str) -> Answer {
        let path = path_and_query(url);
        let named = self.names(agent);
        let mut best: Option<(usize, &Rule)> = None;
        for group in self.groups.iter().filter(|group| group.speaks_to(agent, named)) {
            for rule in &group.rules {
                let Some(length) = rule.matched(&path) else { continue };
                let wins = best.is_none_or(|(longest, winner)| {
                    length > longest || (length == longest && rule.allow && !winner.allow)
                });
                if wins {
                    best = Some((length, rule));
                }
            }
        }
        best.map_or(Answer { allowed: true, line: None }, |(_, rule)| Answer {
            allowed: rule.allow,
            line: Some(rule.line),
        })
    }

    /// The rule of a line, as it stands in the file, and the agents its group speaks to.
    pub fn rule(&self, line: usize) -> Option<(&str, Vec<&str>)> {
        self.groups.iter().find_map(|group| {
            let rule = group.rules.iter().find(|rule| rule.line == line)?;
            let agents = group.agents.iter().map(|agent| agent.token.as_deref().unwrap_or("*")).collect();
            Some((rule.text.as_str(), agents))
        })
    }

    /// The `Crawl-delay` for the agent, where there is one. It is the server's wish, and may be a year: cap it.
    pub fn crawl_delay(&self, agent: &str) -> Option<Duration> {
        let named = self.names(agent);
        let agents = self.groups.iter().flat_map(|group| &group.agents);
        agents.filter(|a| a.is(agent, named)).find_map(|a| a.delay)
    }

    /// The sitemaps it names, as written.
    pub fn sitemaps(&self) -> &[String] {
        &self.sitemaps
    }

    /// Whether any group names this agent; if so, the groups for `*` do not speak to it.
    fn names(&self, agent: &str) -> bool {
        self.groups.iter().flat_map(|group| &group.agents).any(|a| a.is(agent, true))
    }
}

impl Group {
    fn speaks_to(&self, agent: &str, named: bool) -> bool {
        self.agents.iter().any(|a| a.is(agent, named))
    }
}

impl Agent {
    fn is(&self, agent: &str, named: bool) -> bool {
        match &self.token {
            Some(token) => named && token.eq_ignore_ascii_case(agent),
            None => !named,
        }
    }
}

impl Rule {
    /// How specific the rule's match is: the length of its pattern.
    fn matched(&self, path: &str) -> Option<usize> {
        if matches(&self.pattern, path) {
            return Some(self.pattern.len());
        }
        // Google's one courtesy: `allow: /a/index.html` also allows `/a/`.
        let slash = self.pattern.rfind('/')?;
        if self.allow && self.pattern[slash..].starts_with("/index.htm") {
            let folder = format!("{}$", &self.pattern[..=slash]);
            return matches(&folder, path).then_some(folder.len());
        }
        None
    }
}

/// Whether a pattern matches from the start of the path: `*` is any text, `$` at the end is the end. Taking the leftmost
/// place for each piece between stars is enough, and keeps a hostile pattern linear.
pub(in crate::frontier) fn matches(pattern: &str, path: &str) -> bool {
    let (pattern, anchored) = match pattern.strip_suffix('$') {
        Some(pattern) => (pattern, true),
        None => (pattern, false),
    };
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or("");
    let Some(mut rest) = path.strip_prefix(first) else { return false };
    let mut last = None;
    for piece in pieces {
        // The last piece of an anchored pattern must be found at the end, not at its leftmost place.
        if let Some(piece) = last.replace(piece) {
            match rest.find(piece) {
                Some(at) => rest = &rest[at + piece.len()..],
                None => return false,
            }
        }
    }
    match (last, anchored) {
        (None, false) => true,
        (None, true) => rest.is_empty(),
        (Some(piece), false) => rest.contains(piece),
        (Some(piece), true) => rest.ends_with(piece),
    }
}

/// The lines with their numbers, from 1; each `\n`, `\r` or `\r\n` ends one.
fn lines(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let cut = bytes.len() > MAX_BYTES;
    let mut bytes = &bytes[..bytes.len().min(MAX_BYTES)];
    if cut {
        // Half a rule says more than was meant (`Disallow: /` of `Disallow: /private`).
        let end = bytes.iter().rposition(|b| matches!(b, b'\n' | b'\r')).map_or(0, |at| at + 1);
        bytes = &bytes[..end];
    }
    let bom = [0xEF, 0xBB, 0xBF].iter().zip(bytes).take_while(|(mark, byte)| mark == byte).count();
    bytes = &bytes[bom..];
    let mut rest = Some(bytes);
    let mut number = 0;
    std::iter::from_fn(move || {
        let current = rest?;
        number += 1;
        let line = if let Some(at) = current.iter().position(|b| matches!(b, b'\n' | b'\r')) {
            let after = if current[at..].starts_with(b"\r\n") { at + 2 } else { at + 1 };
            rest = Some(&current[after..]);
            &current[..at]
        } else {
            rest = None;
            current
        };
        Some((number, &line[..line.len().min(MAX_LINE)]))
    })
}

/// Splits a line at its colon; where there is none, two words do as well (`Disallow /private`).
fn key_and_value(line: &[u8]) -> Option<(String, &[u8])> {
    let line = line.split(|b| *b == b'#').next().unwrap_or_default().trim_ascii();
    let (key, value) = if let Some(at) = line.iter().position(|b| *b == b':') {
        (&line[..at], &line[at + 1..])
    } else {
        let at = line.iter().position(u8::is_ascii_whitespace)?;
        let value = line[at..].trim_ascii();
        if value.iter().any(u8::is_ascii_whitespace) {
            return None;
        }
        (&line[..at], value)
    };
    let key = key.trim_ascii();
    (!key.is_empty()).then(|| (String::from_utf8_lossy(key).to_ascii_lowercase(), value.trim_ascii()))
}

#[derive(Clone, Copy, PartialEq)]
enum Key {
    UserAgent,
    Allow,
    Disallow,
    CrawlDelay,
    Sitemap,
    Unknown,
}

impl Key {
    /// By its beginning, as Google's parser does, with the misspellings it accepts.
    fn read(key: &str) -> Self {
        const NAMES: &[(Key, &[&str])] = &[
            (Key::UserAgent, &["user-agent", "useragent", "user agent"]),
            (Key::Allow, &["allow"]),
            (Key::Disallow, &["disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw"]),
            (Key::CrawlDelay, &["crawl-delay", "crawldelay", "crawl delay"]),
            (Key::Sitemap, &["sitemap", "site-map"]),
        ];
        let named = NAMES.iter().find(|(_, names)| names.iter().any(|name| key.starts_with(name)));
        named.map_or(Self::Unknown, |(key, _)| *key)
    }
}

/// The product token of a `user-agent` line: letters, `_` and `-`, up to the first other byte.
fn agent(value: &[u8]) -> Option<Agent> {
    if value.first() == Some(&b'*') && value.get(1).is_none_or(u8::is_ascii_whitespace) {
        return Some(Agent { token: None, delay: None });
    }
    let token: Vec<u8> =
        value.iter().copied().take_while(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'-')).collect();
    let token = String::from_utf8_lossy(&token).to_ascii_lowercase();
    (!token.is_empty()).then_some(Agent { token: Some(token), delay: None })
}

fn seconds(value: &[u8]) -> Option<Duration> {
    let text = std::str::from_utf8(value).ok()?;
    Duration::try_from_secs_f64(text.parse().ok()?).ok()
}

/// A pattern in the form URLs have: bytes outside ASCII percent-encoded, the hex digits of those that are in upper case.
fn escape(pattern: &[u8]) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut at = 0;
    while let Some(&byte) = pattern.get(at) {
        match (byte, pattern.get(at + 1), pattern.get(at + 2)) {
            (b'%', Some(a), Some(b)) if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => {
                out.push('%');
                out.push(char::from(a.to_ascii_uppercase()));
                out.push(char::from(b.to_ascii_uppercase()));
                at += 2;
            }
            (0x80.., ..) => {
                const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
                let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
                out.extend(['%', digit(byte >> 4), digit(byte & 15)]);
            }
            _ => out.push(char::from(byte)),
        }
        at += 1;
    }
    out
}

/// Path and query of a URL as typed, hex digits in upper case; `/` where there is no path.
fn path_and_query(url: &str) -> String {
    let url = url.split('#').next().unwrap_or_default();
    let is_start = |c: char| matches!(c, '/' | '?' | ';');
    let after_scheme = match url.strip_prefix("//") {
        Some(rest) => rest,
        None => match (url.find("://"), url.find(is_start)) {
            (Some(scheme), Some(first)) if first > scheme => &url[scheme + 3..],
            _ => url,
        },
    };
    let Some(at) = after_scheme.find(is_start) else { return "/".to_owned() };
    let path = &after_scheme[at..];
    let path = upper_escapes(path);
    if path.starts_with('/') { path } else { format!("/{path}") }
}

fn upper_escapes(path: &str) -> String {
    let mut digits = 0;
    path.chars()
        .map(|c| {
            if c == '%' {
                digits = 2;
                c
            } else if digits > 0 && c.is_ascii_hexdigit() {
                digits -= 1;
                c.to_ascii_uppercase()
            } else {
                digits = 0;
                c
            }
        })
        .collect()
}

/// What came of asking for a robots.txt, redirects followed (at most five).
#[derive(Debug, Clone, Copy)]
pub enum Fetched<'a> {
    /// The server answered.
    Answer {
        /// The last status.
        status: u16,
        /// The body, coding undone.
        body: &'a [u8],
    },
    /// More than five redirects, or one that leads nowhere.
    TooManyRedirects,
    /// No answer: name, connection, TLS, time.
    Unreachable,
}

/// What is to be obeyed until it expires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// The file's bytes, at most `MAX_BYTES`.
    Rules(Vec<u8>),
    /// There is no such file (4xx but 429, or redirects without end): everything is allowed.
    AllowAll,
    /// The server cannot say (429, 5xx, no answer): nothing is allowed until it is asked again.
    DenyAll,
}

/// The robots.txt of an origin as it is remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RobotsCache {
    /// What to obey.
    pub standing: Standing,
    /// When it was asked for.
    pub fetched: Timestamp,
    /// When it is to be asked for again; until then the answer stands.
    pub expires: Timestamp,
    /// How often in a row the server could not say.
    pub failures: u32,
}

impl RobotsCache {
    /// What is to be remembered after asking. `previous` is what was remembered before, so that a server which keeps failing
    /// is asked less and less often; `retry_after` is its own wish, honoured up to a day.
    pub fn after(fetched: Fetched<'_>, retry_after: Option<Duration>, previous: Option<&Self>, now: Timestamp) -> Self {
        let standing = match fetched {
            Fetched::Answer { status: 200..=299, body } => {
                Standing::Rules(body[..body.len().min(MAX_BYTES + 1)].to_vec())
            }
            Fetched::Answer { status: 429 | 500.., .. } | Fetched::Unreachable => Standing::DenyAll,
            Fetched::Answer { .. } | Fetched::TooManyRedirects => Standing::AllowAll,
        };
        let (failures, lifetime) = if standing == Standing::DenyAll {
            let failures = previous.map_or(0, |p| p.failures).saturating_add(1);
            let doubled = FIRST_DENIAL.saturating_mul(1 << (failures - 1).min(12));
            (failures, doubled.max(retry_after.unwrap_or_default()).min(FRESH))
        } else {
            (0, FRESH)
        };
        Self { standing, fetched: now, expires: now.saturating_add(lifetime).unwrap_or(Timestamp::MAX), failures }
    }

    /// Whether it still stands.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        now < self.expires
    }

    /// The rules in force: the file's, none, or `Disallow: /`.
    pub fn robots(&self) -> Robots {
        match &self.standing {
            Standing::Rules(body) => parse(body),
            Standing::AllowAll => Robots::default(),
            Standing::DenyAll => Robots::deny_all(),
        }
    }
}

impl Robots {
    /// What an unreachable file means: nothing may be fetched, and no line says so.
    fn deny_all() -> Self {
        parse(b"User-agent: *\nDisallow: /")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn answer(file: &str, path: &str) -> (bool, Option<usize>) {
        let url = Url::parse(&format!("https://a.test{path}")).unwrap();
        let answer = parse(file.as_bytes()).allowed("Chaffinch", &url);
        (answer.allowed, answer.line)
    }

    /// Where the folder of cases is: named by the environment, or beside the repository.
    fn google_cases() -> Option<String> {
        let data = std::env::var("CHAFFINCH_DATA")
            .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data").to_owned());
        std::fs::read_to_string(format!("{data}/robots/google_cases.json")).ok()
    }

    #[test]
    #[allow(clippy::print_stderr)]
    fn all_of_googles_cases_pass() {
        let Some(cases) = google_cases() else {
            eprintln!("skipped: no robots/google_cases.json under CHAFFINCH_DATA");
            return;
        };
        let cases: Vec<serde_json::Value> = serde_json::from_str(&cases).unwrap();
        let failed: Vec<_> = cases
            .iter()
            .filter(|case| {
                let file: Vec<u8> = case["robots_latin1"].as_str().unwrap().chars().map(|c| c as u8).collect();
                let answer = parse(&file).allowed_text(case["agent"].as_str().unwrap(), case["url"].as_str().unwrap());
                answer.allowed != case["allowed"].as_bool().unwrap()
            })
            .collect();
        assert_eq!((cases.len(), failed), (145, vec![]));
    }

    #[test]
    fn the_line_that_decided_is_named() {
        let file = "# hello\r\nUser-agent: *\rDisallow: /a\nAllow: /a/b\n";
        assert_eq!(answer(file, "/a/x"), (false, Some(3)));
        assert_eq!(answer(file, "/a/b"), (true, Some(4)));
        assert_eq!(answer(file, "/c"), (true, None));
    }

    #[test]
    fn the_longest_rule_wins_and_allow_wins_a_tie() {
        assert_eq!(answer("user-agent: *\ndisallow: /page\nallow: /page", "/page"), (true, Some(3)));
        assert_eq!(answer("user-agent: *\nallow: /p\ndisallow: /pa", "/page"), (false, Some(3)));
    }

    #[test]
    fn groups_of_one_agent_are_one_and_hide_those_for_everyone() {
        let file =
            "user-agent: chaffinch\ndisallow: /a\nuser-agent: *\ndisallow: /\nuser-agent: Chaffinch\ndisallow: /b";
        assert_eq!(["/a", "/b", "/c"].map(|path| answer(file, path).0), [false, false, true]);
    }

    #[test]
    fn stars_and_an_anchored_end_match_anywhere() {
        let file = "user-agent: *\ndisallow: /*.pdf$\ndisallow: *x*yy$";
        assert_eq!(answer(file, "/a/b.pdf"), (false, Some(2)));
        assert_eq!(answer(file, "/a/b.pdf?x"), (true, None));
        assert_eq!(answer(file, "/xyyyy"), (false, Some(3)));
    }

    #[test]
    fn misspellings_and_a_missing_colon_are_understood() {
        for line in ["disalow: /", "Dissallow : /", "disallow /", "DISALLAW:/"] {
            assert!(!answer(&format!("useragent *\n{line}"), "/x").0, "{line}");
        }
    }

    #[test]
    fn a_byte_order_mark_hides_no_agent() {
        assert!(!answer("\u{feff}user-agent: *\ndisallow: /", "/").0);
    }

    #[test]
    fn a_rule_cut_at_the_cap_is_no_rule() {
        let mut file = format!("user-agent: *\ndisallow: /a\n#{}\n", "x".repeat(15_000)).into_bytes();
        while file.len() < MAX_BYTES - 11 {
            file.push(b'\n');
        }
        file.extend(b"disallow: /private\n");
        let robots = parse(&file);
        let allowed = |path: &str| robots.allowed_text("x", path).allowed;
        assert_eq!([allowed("/a"), allowed("/other"), allowed("/private")], [false, true, true]);
    }

    #[test]
    fn a_delay_belongs_to_its_agent_even_without_rules() {
        let file = "User-agent: otherbot\nCrawl-delay: 10\n\nUser-agent: *\nCrawl-delay: 2.5\nDisallow: /x";
        let robots = parse(file.as_bytes());
        assert_eq!(robots.crawl_delay("otherbot"), Some(Duration::from_secs(10)));
        assert_eq!(robots.crawl_delay("chaffinch"), Some(Duration::from_millis(2500)));
        assert_eq!(parse(b"user-agent: *\ncrawl-delay: -1\ncrawl-delay: NaN").crawl_delay("x"), None);
    }

    #[test]
    fn sitemaps_are_listed_wherever_they_stand() {
        let robots = parse(b"Sitemap: https://a.test/s.xml\nuser-agent: x\nsite-map: /t.xml # news");
        assert_eq!(robots.sitemaps(), ["https://a.test/s.xml", "/t.xml"]);
    }

    #[test]
    fn what_came_of_asking_decides_what_stands() {
        let standing = |status| {
            let fetched = Fetched::Answer { status, body: b"user-agent: *\ndisallow: /x" };
            let cache = RobotsCache::after(fetched, None, None, Timestamp::UNIX_EPOCH);
            let url = Url::parse("https://a.test/x").unwrap();
            cache.robots().allowed("chaffinch", &url).allowed
        };
        assert_eq!([200, 404, 401, 410, 429, 500, 503].map(standing), [false, true, true, true, false, false, false]);
        let denied = RobotsCache::after(Fetched::Unreachable, None, None, Timestamp::UNIX_EPOCH);
        assert_eq!(denied.standing, Standing::DenyAll);
        let endless = RobotsCache::after(Fetched::TooManyRedirects, None, None, Timestamp::UNIX_EPOCH);
        assert_eq!(endless.standing, Standing::AllowAll);
    }

    #[test]
    fn a_denial_for_want_of_an_answer_ends_and_grows() {
        let mut cache = None;
        let mut minutes = Vec::new();
        for _ in 0..12 {
            let next = RobotsCache::after(Fetched::Unreachable, None, cache.as_ref(), Timestamp::UNIX_EPOCH);
            minutes.push(next.expires.duration_since(Timestamp::UNIX_EPOCH).as_mins());
            cache = Some(next);
        }
        assert_eq!(minutes, [5, 10, 20, 40, 80, 160, 320, 640, 1280, 1440, 1440, 1440]);
    }

    #[test]
    fn a_hostile_pattern_costs_no_time_worth_telling() {
        let file = format!("user-agent: *\ndisallow: {}$", "*a".repeat(8000));
        assert!(answer(&file, &format!("/{}b", "a".repeat(9000))).0);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..300), path in ".{0,30}") {
            parse(&bytes).allowed_text("chaffinch", &path);
        }

        #[test]
        fn any_lines_are_read(file in "(user-agent: ?[*a-c]|(dis)?allow: ?[/*$%a-c]{0,6}|crawl-delay: ?[0-9.e-]{0,8}|[\\r\\n:# ]){0,20}") {
            let robots = parse(file.as_bytes());
            robots.allowed_text("a", "/a/b");
            robots.crawl_delay("a");
        }
    }
}
