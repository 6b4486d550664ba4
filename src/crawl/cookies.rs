//! Cookies: those of a `cookies.txt` file as browsers export it (Netscape's format), and those that servers set while a run
//! goes on. Which are sent to which URL; none of them is ever stored.

use std::sync::{Mutex, PoisonError};

use cookie_store::{CookieStore, RawCookie};
use url::Url;

use crate::page::Headers;

/// A session has so many cookies at most, each so long: what browsers allow a site (RFC 6265, section 6.1).
const COOKIES_MAX: usize = 50;
const COOKIE_BYTES_MAX: usize = 4096;
/// Bytes of what a site set that are sent back at once: servers refuse headers that are much longer.
const SENT_BYTES_MAX: usize = 8192;

/// The cookies of one file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Jar(Vec<Cookie>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Cookie {
    domain: String,
    subdomains: bool,
    path: String,
    secure: bool,
    pair: String,
}

/// A line that is no cookie.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} is no cookie: a line of cookies.txt has seven fields with tabs between them")]
pub struct Error {
    /// The line, from 1.
    pub line: usize,
}

impl Jar {
    /// Reads a file's text; cookies that expired before `now_s` (seconds since 1970) are left out.
    pub fn parse(text: &str, now_s: i64) -> Result<Self, Error> {
        let mut jar = Self::default();
        for (number, line) in text.lines().enumerate() {
            let line = line.strip_prefix("#HttpOnly_").unwrap_or(line);
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let fields: Vec<&str> = line.split('\t').collect();
            let [domain, subdomains, path, secure, expires, name, value] = fields[..] else {
                return Err(Error { line: number + 1 });
            };
            let expires: i64 = expires.trim().parse().map_err(|_| Error { line: number + 1 })?;
            if expires != 0 && expires < now_s {
                continue;
            }
            jar.0.push(Cookie {
                domain: domain.trim_start_matches('.').to_ascii_lowercase(),
                subdomains: subdomains.eq_ignore_ascii_case("true"),
                path: path.to_owned(),
                secure: secure.eq_ignore_ascii_case("true"),
                pair: format!("{name}={}", value.trim_end()),
            });
        }
        Ok(jar)
    }

    /// The `Cookie` field for a URL; `None` where no cookie belongs to it (RFC 6265, section 5.4).
    pub fn header(&self, url: &Url) -> Option<String> {
        let host = url.host_str()?;
        let pairs: Vec<&str> = self.0.iter().filter(|c| c.belongs_to(url, host)).map(|c| c.pair.as_str()).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}

/// What servers set in answers, for as long as a run goes on.
#[derive(Default)]
pub struct Session(Mutex<CookieStore>);

impl Session {
    /// Takes in what an answer sets; whether anything is new.
    pub fn take(&self, url: &Url, headers: &Headers) -> bool {
        let mut store = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut new = false;
        for value in headers.get_all("set-cookie").filter(|value| value.len() <= COOKIE_BYTES_MAX) {
            let Ok(cookie) = RawCookie::parse(value.to_owned()) else { continue };
            // A cookie for all of `co.uk` would be sent to strangers.
            if cookie.domain().is_some_and(|domain| psl::suffix_str(domain) == Some(domain)) {
                continue;
            }
            let held = store.iter_any().find(|held| held.name() == cookie.name()).map(|held| held.value().to_owned());
            if held.is_none() && store.iter_any().count() >= COOKIES_MAX {
                continue;
            }
            let changes = held.as_deref() != Some(cookie.value());
            new |= store.insert_raw(&cookie, url).is_ok() && changes;
        }
        new
    }

    /// The `Cookie` field for a URL; `None` where no cookie belongs to it.
    pub fn header(&self, url: &Url) -> Option<String> {
        let store = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut field = String::new();
        for (name, value) in store.get_request_values(url) {
            let more = name.len() + value.len() + 3;
            if field.len() + more <= SENT_BYTES_MAX {
                if !field.is_empty() {
                    field.push_str("; ");
                }
                field.push_str(&format!("{name}={value}"));
            }
        }
        (!field.is_empty()).then_some(field)
    }
}

impl Cookie {
    fn belongs_to(&self, url: &Url, host: &str) -> bool {
        let domain = host == self.domain
            || (self.subdomains && host.strip_suffix(&self.domain).is_some_and(|rest| rest.ends_with('.')));
        let path = url.path().strip_prefix(&self.path);
        let path = path.is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || self.path.ends_with('/'));
        domain && path && (!self.secure || url.scheme() == "https")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const FILE: &str = "# Netscape HTTP Cookie File\n\
        .gazette.example\tTRUE\t/\tTRUE\t0\tsid\tabc\n\
        #HttpOnly_gazette.example\tFALSE\t/read\tFALSE\t2000000000\tseen\t1\n\
        gazette.example\tFALSE\t/\tFALSE\t5\told\tgone\n";

    #[test]
    fn a_cookie_goes_to_its_host_and_path_only() {
        let jar = Jar::parse(FILE, 1_700_000_000).unwrap();
        let header = |url: &str| jar.header(&Url::parse(url).unwrap());
        assert_eq!(header("https://gazette.example/read/1").as_deref(), Some("sid=abc; seen=1"));
        assert_eq!(header("https://news.gazette.example/").as_deref(), Some("sid=abc"));
        assert_eq!(header("http://gazette.example/reader"), None);
        assert_eq!(header("https://evilgazette.example/"), None);
    }

    #[test]
    fn what_a_server_sets_is_sent_back_within_bounds() {
        let session = Session::default();
        let url = Url::parse("https://gazette.example/read/1").unwrap();
        let set = |values: &[String]| {
            let headers: Headers = values.iter().map(|value| ("set-cookie", value.as_str())).collect();
            session.take(&url, &headers)
        };
        assert!(set(&["sid=1; Path=/".to_owned()]));
        assert!(!set(&["sid=1; Path=/".to_owned()]), "nothing new");
        assert!(!set(&[format!("huge={}", "x".repeat(5000)), "bad".to_owned()]));
        assert!(!set(&["alien=1; Domain=other.example".to_owned()]));
        assert!(!set(&["super=1; Domain=example".to_owned()]));
        assert_eq!(session.header(&url).as_deref(), Some("sid=1"));
        set(&(0..500).map(|n| format!("c{n}=1")).collect::<Vec<_>>());
        assert_eq!(session.header(&url).unwrap().split("; ").count(), COOKIES_MAX);
        assert_eq!(session.header(&Url::parse("https://other.example/").unwrap()), None);
        set(&["sid=; Path=/; Max-Age=0".to_owned()]);
        assert!(!session.header(&url).unwrap().contains("sid"));
    }

    #[test]
    fn a_line_that_is_no_cookie_is_named() {
        assert_eq!(Jar::parse("\n<html>", 0), Err(Error { line: 2 }));
    }
}
