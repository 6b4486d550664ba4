//! PURE: where the addresses of one document lead. An address that is written as it would be read back (most are) is led
//! without being taken apart; every other goes through the parser of URLs.

use url::Url;

use crate::replay::address::Modifier;
use crate::replay::rewrite::{Lead, Links};

/// Leads the addresses of a document.
pub(crate) struct Way<'a> {
    pub(crate) lead: &'a Lead<'a>,
    /// What relative addresses are resolved against.
    base: Url,
    /// Its scheme, host and port.
    origin: String,
    /// Fourteen digits.
    stamp: String,
}

/// An address that was resolved.
enum Resolved<'w> {
    /// `http` or `https`, without a fragment, as the parser would write it: an origin, where it is not part of the rest, and
    /// the rest.
    Plain(&'w str, &'w str),
    Parsed(Url),
}

impl<'a> Way<'a> {
    pub(crate) fn new(lead: &'a Lead<'a>, base: Url) -> Self {
        let origin = base.origin().ascii_serialization();
        Self { lead, base, origin, stamp: lead.stamp.to_string() }
    }

    pub(crate) fn base(&self) -> &Url {
        &self.base
    }

    fn resolve<'w>(&'w self, written: &'w str) -> Option<Resolved<'w>> {
        if written.starts_with('/') && !written.starts_with("//") && is_plain_path(written) {
            return Some(Resolved::Plain(&self.origin, written));
        }
        if is_plain_url(written) {
            return Some(Resolved::Plain("", written));
        }
        self.base.join(written).ok().map(Resolved::Parsed)
    }

    /// Where a part of the page is found; `None` where it cannot be in an archive.
    pub(crate) fn part(&self, written: &str, modifier: Modifier) -> Option<String> {
        match self.resolve(written.trim())? {
            Resolved::Plain(origin, rest) => Some(self.placed(origin, rest, modifier)),
            Resolved::Parsed(url) => match url.scheme() {
                "http" | "https" => Some(self.at(url.as_str(), modifier)),
                "data" if is_harmless_data(url.path()) && !matches!(modifier, Modifier::Style | Modifier::Frame) => {
                    Some(url.into())
                }
                _ => None,
            },
        }
    }

    /// Where a kept address is found.
    pub(crate) fn at(&self, url: &str, modifier: Modifier) -> String {
        self.placed("", url, modifier)
    }

    fn placed(&self, origin: &str, rest: &str, modifier: Modifier) -> String {
        [self.lead.parts, "/", &self.stamp, modifier.as_str(), "/", origin, rest].concat()
    }

    /// Where a link leads; `None` where it leads nowhere from an archive.
    pub(crate) fn link(&self, written: &str) -> Option<String> {
        let written = written.trim();
        if written.starts_with('#') {
            return Some(written.to_owned());
        }
        let mut url = match self.resolve(written)? {
            Resolved::Plain(origin, rest) => return Some(self.led(origin, rest, "")),
            Resolved::Parsed(url) => url,
        };
        match url.scheme() {
            "http" | "https" => {}
            "mailto" | "tel" => return Some(url.into()),
            _ => return None,
        }
        let fragment = url.fragment().map(|fragment| format!("#{fragment}"));
        url.set_fragment(None);
        if let (Some(fragment), true) = (&fragment, url == *self.lead.url) {
            return Some(fragment.clone());
        }
        Some(self.led("", url.as_str(), &fragment.unwrap_or_default()))
    }

    fn led(&self, own: &str, rest: &str, fragment: &str) -> String {
        match self.lead.links {
            Links::Captures { origin } | Links::Running { origin } => {
                [origin, "/", &self.stamp, "/", own, rest, fragment].concat()
            }
            Links::Reader => {
                let mut query = url::form_urlencoded::Serializer::new(String::new());
                query.append_pair("url", &[own, rest].concat()).append_pair("at", &self.stamp);
                format!("/article?{}{fragment}", query.finish())
            }
        }
    }
}

/// Data in the address itself that shows and does not run.
fn is_harmless_data(path: &str) -> bool {
    let kind = path.split([';', ',']).next().unwrap_or("").trim().to_ascii_lowercase();
    let font = kind.starts_with("application/") && kind.contains("font");
    font || ["image/", "font/", "audio/", "video/"].iter().any(|prefix| kind.starts_with(prefix))
}

/// Whether an address is one of the web, written as the parser of URLs would write it: a host of plain letters whose last part
/// is no number, and a plain path.
fn is_plain_url(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")) else { return false };
    let Some(slash) = memchr::memchr(b'/', rest.as_bytes()) else { return false };
    let (host, path) = rest.split_at(slash);
    let last = host.rsplit('.').next().unwrap_or("");
    host.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.' || b == b'-')
        && last.starts_with(|c: char| c.is_ascii_lowercase())
        && host.split('.').all(|label| !label.is_empty() && !label.starts_with("xn--"))
        && is_plain_path(path)
}

/// Which bytes stand in a path and a query as they are.
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let known = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&()*+,;=:@/%?";
    let mut at = 0;
    while at < known.len() {
        plain[known[at] as usize] = true;
        at += 1;
    }
    plain
};

/// Whether a path, and its query where it has one, is written as the parser would write it: no byte that is encoded, no
/// segment of dots, no fragment.
fn is_plain_path(path: &str) -> bool {
    let mut before = 0;
    for &byte in path.as_bytes() {
        if !PLAIN[usize::from(byte)] || (before == b'/' && (byte == b'.' || byte == b'%')) {
            return false;
        }
        before = byte;
    }
    true
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_taken_as_written_reads_back_the_same() {
        for text in [
            "https://a.example/",
            "https://a-b.example/x/y.html?a=1&b=%20c;d",
            "http://cdn.example.org/i/w_1,h_2/a@2x.png",
        ] {
            assert!(is_plain_url(text), "{text}");
            assert_eq!(Url::parse(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn what_would_be_written_otherwise_goes_through_the_parser() {
        for text in [
            "https://a.example",
            "https://A.example/",
            "https://a.example:443/",
            "https://1.2.3.4/",
            "https://0x7f.1/",
            "https://xn--a.example/",
            "https://a..example/",
            "https://a.example/./x",
            "https://a.example/x/../y",
            "https://a.example/x/%2e%2E/y",
            "https://a.example/a b",
            "https://a.example/'",
            "https://a.example/#x",
            "https://u@a.example/",
            "ftp://a.example/",
        ] {
            assert!(!is_plain_url(text), "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn plain_addresses_are_those_that_the_parser_leaves_alone(
            host in "[a-z0-9.-]{1,12}",
            path in "/[a-zA-Z0-9./%?&=:@~!$()*+,;'|^ -]{0,16}",
        ) {
            let text = format!("https://{host}{path}");
            if is_plain_url(&text) {
                let parsed = Url::parse(&text).unwrap();
                prop_assert_eq!(parsed.as_str(), text.as_str());
            }
            if is_plain_path(&path) && !path.starts_with("//") {
                let base = Url::parse("https://a.example/x/y?z").unwrap();
                let joined = base.join(&path).unwrap();
                prop_assert_eq!(joined.as_str(), format!("https://a.example{path}"));
            }
        }
    }
}
