//! VALUE: one HTTP exchange as it happened: what was asked, what the server said, when, and where it was cut. A redirect is
//! an exchange of its own. It does not know how it was fetched nor how it will be stored.

use bytes::Bytes;
use jiff::Timestamp;
use url::Url;

/// One request and the whole answer to it, transfer and content coding undone.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// What was asked for, after canonicalisation, without credentials.
    pub url: Url,
    /// When the request was sent.
    pub at: Timestamp,
    /// Header fields that were sent, in order; configured credentials and cookies are already removed.
    pub request_headers: Headers,
    /// The status code, as in 200.
    pub status: u16,
    /// `HTTP/1.1` or `HTTP/2`.
    pub version: String,
    /// Header fields as the server sent them, in order, names as received.
    pub headers: Headers,
    /// The body with transfer and content coding undone; empty where there was none.
    pub body: Bytes,
    /// Why the body ends before its end, where it does.
    pub truncated: Option<Truncation>,
    /// Bytes of body that came over the wire, still coded.
    pub wire_bytes: u64,
    /// The address that was connected to, where known.
    pub address: Option<std::net::IpAddr>,
    /// From sending the request to the last byte, in milliseconds.
    pub elapsed_ms: u64,
}

/// Where a body was cut, in the words of WARC's `WARC-Truncated`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Truncation {
    /// Longer than the limit on length.
    Length,
    /// Slower than the limit on time.
    Time,
    /// The connection ended early.
    Disconnect,
    /// Any other reason: a content coding that breaks off.
    Unspecified,
}

impl Truncation {
    /// The word the standard has for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Length => "length",
            Self::Time => "time",
            Self::Disconnect => "disconnect",
            Self::Unspecified => "unspecified",
        }
    }

    /// What happened, for people.
    pub fn told(self) -> &'static str {
        match self {
            Self::Length => "it is larger than the limits allow",
            Self::Time => "it came too slowly",
            Self::Disconnect => "the connection ended early",
            Self::Unspecified => "its content coding is broken",
        }
    }

    /// Reads the standard's word; anything unknown is `Unspecified`.
    pub fn from_word(word: &str) -> Self {
        match word {
            "length" => Self::Length,
            "time" => Self::Time,
            "disconnect" => Self::Disconnect,
            _ => Self::Unspecified,
        }
    }
}

/// Header fields in order, names compared without case. Values are bytes read as Latin-1 where they are not UTF-8.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// No fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// The first value of a field.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    /// Every value of a field, in order.
    pub fn get_all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    /// Adds a field at the end.
    pub fn push(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.push((name.into(), value.into()));
    }

    /// Takes every field of a name out.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
    }

    /// Every field in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(n, v)| (n.as_str(), v.as_str()))
    }

    /// How many fields.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no field.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Headers {
    fn from_iter<T: IntoIterator<Item = (N, V)>>(fields: T) -> Self {
        Self(fields.into_iter().map(|(n, v)| (n.into(), v.into())).collect())
    }
}

/// The type that a `Content-Type` names, empty where it names none.
fn essence(field: &str) -> String {
    field.rsplit(',').find_map(named).unwrap_or_default()
}

/// The type that a piece of it names. What stands behind a space or a bracket is no part of it.
fn named(piece: &str) -> Option<String> {
    let named = piece.trim().split([';', ' ', '\t', '(']).next()?;
    let (kind, subtype) = named.split_once('/')?;
    let is_token = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
    };
    (is_token(kind) && is_token(subtype) && named != "*/*").then(|| named.to_ascii_lowercase())
}

impl Page {
    /// The media type without parameters, lower-cased: `text/html`; empty where the server named none, or none that is one.
    /// It is read as browsers read it (WHATWG Fetch, "extract a MIME type"): of several, with commas between them, the last.
    pub fn media_type(&self) -> String {
        essence(self.headers.get("content-type").unwrap_or(""))
    }

    /// Whether the answer is to be read as an HTML page: by its media type, or, where none was sent, by its first bytes.
    pub fn is_html(&self) -> bool {
        match self.media_type().as_str() {
            "text/html" | "application/xhtml+xml" => true,
            "" => {
                let head = &self.body[..self.body.len().min(512)];
                let head = String::from_utf8_lossy(head).to_ascii_lowercase();
                let head = head.trim_start_matches('\u{feff}').trim_start();
                head.starts_with("<!doctype html") || head.starts_with("<html") || head.contains("<head")
            }
            _ => false,
        }
    }

    /// Where a redirect (301, 302, 303, 307, 308) leads, resolved against the page's own address; `None` for any other
    /// status, or where `Location` is missing or is no URL.
    pub fn redirect(&self) -> Option<Url> {
        if !matches!(self.status, 301 | 302 | 303 | 307 | 308) {
            return None;
        }
        self.url.join(self.headers.get("location")?.trim()).ok()
    }
}

#[cfg(test)]
mod tests {

    #[test]
    fn a_media_type_is_read_as_browsers_read_it() {
        for (field, essence) in [
            ("text/html", "text/html"),
            ("Text/HTML; charset=utf-8", "text/html"),
            ("text/html, text/html; charset=utf-8", "text/html"),
            ("text/x, text/html", "text/html"),
            ("image/x;, text/html", "text/html"),
            ("text/html x", "text/html"),
            ("text/html(c)", "text/html"),
            ("text/html, nonsense", "text/html"),
            ("text/plain, */*", "text/plain"),
            ("html", ""),
            ("te xt/html", ""),
            ("", ""),
        ] {
            assert_eq!(super::essence(field), essence, "{field}");
        }
    }
}
