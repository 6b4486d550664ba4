//! Cookies from a `cookies.txt` file as browsers export it (Netscape's format): which are sent to which URL. They are sent
//! and never stored; what servers set in answers is not kept.

use url::Url;

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
    fn a_line_that_is_no_cookie_is_named() {
        assert_eq!(Jar::parse("\n<html>", 0), Err(Error { line: 2 }));
    }
}
