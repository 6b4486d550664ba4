//! VALUE: what is asked for in one exchange, and which header fields say so. It does not know the connection; what of
//! a request is secret is decided here, because what was sent is written into archives that are passed on.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use url::Url;

use crate::fetch::error::Error;
use crate::page::Headers;

/// The content codings that can be undone, as they are offered to every server.
pub const ACCEPT_ENCODING: &str = "gzip, deflate, br, zstd";

/// What is asked for first: pages, then feeds, then anything.
const ACCEPT: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// One GET.
#[derive(Debug, Clone)]
pub struct Request {
    /// The address; a fragment is not sent, a user name and password are sent as basic credentials and never kept.
    pub url: Url,
    /// Header fields of the caller (cookies, credentials, a source's own fields); they win over the client's own.
    pub headers: Headers,
    /// What is known of the last answer: makes the request conditional.
    pub validators: Option<Validators>,
}

impl Request {
    /// An unconditional request without further header fields.
    pub fn new(url: Url) -> Self {
        Self { url, headers: Headers::new(), validators: None }
    }

    /// With these header fields besides the client's own.
    #[must_use]
    pub fn headers(mut self, headers: Headers) -> Self {
        self.headers = headers;
        self
    }

    /// Conditional on these validators.
    #[must_use]
    pub fn validators(mut self, validators: Option<Validators>) -> Self {
        self.validators = validators;
        self
    }
}

/// What a server gave to ask by whether anything has changed (RFC 9110, section 8.8), as it wrote them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Validators {
    /// `ETag`, sent back in `If-None-Match`.
    pub etag: Option<String>,
    /// `Last-Modified`, sent back in `If-Modified-Since`.
    pub last_modified: Option<String>,
}

impl Validators {
    /// The validators an answer carries; `None` where it carries none.
    pub fn of(headers: &Headers) -> Option<Self> {
        let field = |name| headers.get(name).map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned);
        let found = Self { etag: field("etag"), last_modified: field("last-modified") };
        (found != Self::default()).then_some(found)
    }
}

/// What of the client goes into every request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Identity<'a> {
    pub user_agent: &'a str,
    pub accept_language: &'a str,
}

/// The header fields of a request, in the order they are sent. `Host` is added by the connection.
pub(crate) fn fields(request: &Request, identity: Identity<'_>) -> Result<HeaderMap, Error> {
    let mut fields = HeaderMap::new();
    let mut set = |name: &str, value: &str, replace: bool, own: bool| -> Result<(), Error> {
        let invalid = || Error::InvalidHeader { url: Box::new(Error::public(&request.url)), name: name.to_owned() };
        let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| invalid())?;
        let mut value = HeaderValue::from_str(value).or_else(|_| HeaderValue::from_bytes(value.as_bytes()));
        if let Ok(value) = &mut value {
            // What the configuration adds for a source may be a key under any name.
            value.set_sensitive(is_secret(name) || (own && !HARMLESS.contains(&name.to_ascii_lowercase().as_str())));
        }
        let value = value.map_err(|_| invalid())?;
        if replace {
            fields.insert(key, value);
        } else {
            fields.append(key, value);
        }
        Ok(())
    };
    set("user-agent", identity.user_agent, true, false)?;
    set("accept", ACCEPT, true, false)?;
    if !identity.accept_language.is_empty() {
        set("accept-language", identity.accept_language, true, false)?;
    }
    set("accept-encoding", ACCEPT_ENCODING, true, false)?;
    let mut seen: Vec<String> = Vec::new();
    for (name, value) in request.headers.iter() {
        // The first of a name replaces the client's own, further ones stand beside it.
        let lower = name.to_ascii_lowercase();
        set(name, value, !seen.contains(&lower), true)?;
        seen.push(lower);
    }
    if let Some(validators) = &request.validators {
        if let Some(etag) = &validators.etag {
            set("if-none-match", etag, true, false)?;
        }
        if let Some(date) = &validators.last_modified {
            set("if-modified-since", date, true, false)?;
        }
    }
    Ok(fields)
}

/// The header fields as sent, for keeping: with `Host`, without anything secret.
pub(crate) fn record(fields: &HeaderMap, url: &Url) -> Headers {
    let mut headers = plain(fields.iter().filter(|(_, value)| !value.is_sensitive()));
    if headers.get("host").is_none() {
        headers.push("host", crate::url::host(url));
    }
    headers
}

/// Header fields as text; values are read as Latin-1 where they are not UTF-8.
pub(crate) fn plain<'a>(fields: impl Iterator<Item = (&'a HeaderName, &'a HeaderValue)>) -> Headers {
    fields.map(|(name, value)| (name.as_str(), text(value.as_bytes()))).collect()
}

fn text(value: &[u8]) -> String {
    match std::str::from_utf8(value) {
        Ok(text) => text.to_owned(),
        Err(_) => value.iter().map(|&byte| char::from(byte)).collect(),
    }
}

/// What a caller may set and everybody may know.
const HARMLESS: &[&str] =
    &["user-agent", "accept", "accept-language", "accept-encoding", "referer", "cache-control", "dnt"];

/// Whether a request field may carry a secret. Beside the standard ones, whatever is named like a credential: a field too
/// many left out costs nothing, a key written into an archive cannot be taken back.
fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["authorization", "cookie", "token", "secret", "password", "session", "credential", "api-key", "apikey", "auth-"]
        .iter()
        .any(|word| name.contains(word))
        || name.ends_with("-auth")
        || name.ends_with("-key")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const ME: Identity<'_> = Identity { user_agent: "chaffinch/test", accept_language: "en" };

    fn request(headers: &[(&str, &str)]) -> Request {
        Request::new(Url::parse("http://example.org:8080/a").unwrap()).headers(headers.iter().copied().collect())
    }

    #[test]
    fn a_callers_field_replaces_the_clients_and_repeats_beside_its_own() {
        let fields = fields(&request(&[("User-Agent", "me"), ("X-A", "1"), ("x-a", "2")]), ME).unwrap();
        let kept = record(&fields, &Url::parse("http://example.org:8080/a").unwrap());
        assert_eq!(kept.get_all("user-agent").collect::<Vec<_>>(), ["me"]);
        assert_eq!(fields.get_all("x-a").iter().collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(kept.get("x-a"), None, "what a caller adds may be a key under any name");
        assert_eq!(kept.get("host"), Some("example.org:8080"));
        assert_eq!(kept.get("accept-encoding"), Some(ACCEPT_ENCODING));
    }

    #[test]
    fn secrets_are_sent_but_not_kept() {
        let secret = ["Authorization", "Cookie", "Proxy-Authorization", "X-Api-Key", "X-Auth-Token", "Private-Token"];
        let given: Vec<(&str, &str)> = secret.iter().map(|name| (*name, "hush")).collect();
        let sent = fields(&request(&given), ME).unwrap();
        let kept = record(&sent, &Url::parse("http://example.org/").unwrap());
        for name in secret {
            assert_eq!(sent[name], "hush");
            assert_eq!(kept.get(name), None, "{name}");
        }
        assert!(!format!("{sent:?}").contains("hush"));
    }

    #[test]
    fn validators_make_the_request_conditional() {
        let answer: Headers =
            [("ETag", "W/\"7\""), ("Last-Modified", "Sat, 29 Oct 1994 19:43:31 GMT")].into_iter().collect();
        let request = request(&[]).validators(Validators::of(&answer));
        let fields = fields(&request, ME).unwrap();
        assert_eq!(fields["if-none-match"], "W/\"7\"");
        assert_eq!(fields["if-modified-since"], "Sat, 29 Oct 1994 19:43:31 GMT");
        assert_eq!(Validators::of(&Headers::new()), None);
    }

    #[test]
    fn a_field_that_would_break_the_request_is_refused() {
        let error = fields(&request(&[("x-a", "1\r\nx-b: 2")]), ME).unwrap_err();
        assert!(matches!(error, Error::InvalidHeader { name, .. } if name == "x-a"));
    }

    #[test]
    fn a_value_that_is_not_utf_8_is_read_as_latin_1() {
        assert_eq!(text(b"caf\xe9"), "café");
        assert_eq!(text("café".as_bytes()), "café");
    }
}
