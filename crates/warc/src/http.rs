//! The HTTP/1.1 message that the block of a request or response record holds (RFC 9112): its start line, its fields, and where
//! its body begins. Reading is tolerant, for archives hold what servers really said. It does not undo transfer or content
//! codings.

use crate::lines::{self, Mode};

/// The first line of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StartLine {
    /// What was asked for.
    Request {
        /// As in `GET`.
        method: String,
        /// As in `/index.html`.
        target: String,
        /// As in `HTTP/1.1`; empty where the line has none.
        version: String,
    },
    /// What the server said.
    Response {
        /// As in `HTTP/1.1`.
        version: String,
        /// As in 200.
        status: u16,
        /// As in `OK`; may be empty.
        reason: String,
    },
}

/// A message without its body.
///
/// ```
/// use chaffinch_warc::http::Head;
///
/// let block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>Hello";
/// let (head, body) = Head::parse(block).ok_or("no HTTP message")?;
/// assert_eq!(head.status(), Some(200));
/// assert_eq!(head.get("content-type"), Some("text/html"));
/// assert_eq!(body, b"<p>Hello");
/// assert_eq!(head.message(body), block);
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The first line.
    pub start: StartLine,
    /// Name and value of each field, in order, names as written.
    pub fields: Vec<(String, String)>,
}

impl Head {
    /// The head of a request.
    pub fn request(method: &str, target: &str, version: &str) -> Self {
        let start = StartLine::Request { method: method.into(), target: target.into(), version: version.into() };
        Self { start, fields: Vec::new() }
    }

    /// The head of a response.
    pub fn response(version: &str, status: u16, reason: &str) -> Self {
        let start = StartLine::Response { version: version.into(), status, reason: reason.into() };
        Self { start, fields: Vec::new() }
    }

    /// Adds a field at the end.
    #[must_use]
    pub fn field(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.fields.push((name.into(), value.into()));
        self
    }

    /// Splits a block into head and body. A block whose head never ends is all head, with an empty body. `None` where the
    /// first line is no start line of HTTP.
    pub fn parse(block: &[u8]) -> Option<(Self, &[u8])> {
        let end = lines::end_of_head(block).unwrap_or(block.len());
        let (head, body) = block.split_at(end);
        let (line, rest) = lines::split_line(head, Mode::Lenient).unwrap_or((head, b""));
        let start = parse_start(&lines::text(line))?;
        let fields = lines::parse_fields(rest, Mode::Lenient).ok()?;
        Some((Self { start, fields }, body))
    }

    /// The first value of a field.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.get_all(name).next()
    }

    /// Every value of a field, in order.
    pub fn get_all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    /// The status code of a response.
    pub fn status(&self) -> Option<u16> {
        match self.start {
            StartLine::Response { status, .. } => Some(status),
            StartLine::Request { .. } => None,
        }
    }

    /// The head as bytes: start line, fields, empty line.
    pub fn to_bytes(&self) -> Vec<u8> {
        let line = match &self.start {
            StartLine::Request { method, target, version } => format!("{method} {target} {version}"),
            StartLine::Response { version, status, reason } => format!("{version} {status} {reason}"),
        };
        let mut out: Vec<u8> = line.trim_start().bytes().map(|b| if b < 0x20 { b' ' } else { b }).collect();
        out.extend_from_slice(b"\r\n");
        lines::write_fields(&mut out, self.fields.iter().map(|(n, v)| (n.as_str(), v.as_str())));
        out.extend_from_slice(b"\r\n");
        out
    }

    /// Head and body together, as the block of a record holds them.
    pub fn message(&self, body: &[u8]) -> Vec<u8> {
        let mut out = self.to_bytes();
        out.extend_from_slice(body);
        out
    }
}

fn parse_start(line: &str) -> Option<StartLine> {
    let mut words = line.splitn(3, ' ');
    let (first, second, third) = (words.next()?, words.next().unwrap_or(""), words.next().unwrap_or(""));
    if is_version(first) {
        let status: u16 = second.parse().ok()?;
        return Some(StartLine::Response { version: first.into(), status, reason: third.trim().into() });
    }
    if first.is_empty() || second.is_empty() || !first.bytes().all(|b| b.is_ascii_uppercase() || b == b'-') {
        return None;
    }
    // A target with blanks in it is against the grammar, but it is what was sent.
    let (target, version) = match line[first.len() + 1..].rsplit_once(' ') {
        Some((target, version)) if is_version(version) => (target, version),
        _ => (&line[first.len() + 1..], ""),
    };
    Some(StartLine::Request { method: first.into(), target: target.trim().into(), version: version.into() })
}

fn is_version(word: &str) -> bool {
    word.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("HTTP/"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_request_is_read_and_written_back() {
        let block = b"GET /a?b=c HTTP/1.1\r\nHost: example.com\r\n\r\n";
        let (head, body) = Head::parse(block).unwrap();
        assert_eq!(head, Head::request("GET", "/a?b=c", "HTTP/1.1").field("Host", "example.com"));
        assert_eq!((head.to_bytes().as_slice(), body), (&block[..], &b""[..]));
    }

    #[test]
    fn what_servers_really_say_is_read() {
        for (block, status, body) in [
            (&b"HTTP/1.1 204 \r\n\r\n"[..], 204, &b""[..]),
            (b"HTTP/2 200\r\nserver: x\r\n\r\nhi", 200, b"hi"),
            (b"HTTP/1.0 200 OK\nServer: old\n\nhi", 200, b"hi"),
            (b"HTTP/1.1 404 Not Found Here\r\nBroken line\r\nA: b\r\n\r\n\r\nhi", 404, b"\r\nhi"),
            (b"HTTP/1.1 200 OK\r\nCut-Off: y", 200, b""),
            (b"HTTP/1.1 200 OK\r\n\r\nno fields", 200, b"no fields"),
        ] {
            let (head, found) = Head::parse(block).unwrap();
            assert_eq!((head.status(), found), (Some(status), body), "{}", block.escape_ascii());
        }
    }

    #[test]
    fn what_is_no_http_is_none() {
        for block in [&b""[..], b"<!doctype html>", b"HTTP/1.1 abc\r\n\r\n", b"via: x\r\n", b"\xff\xfe\x00"] {
            assert_eq!(Head::parse(block), None, "{}", block.escape_ascii());
        }
    }

    #[test]
    fn a_target_with_blanks_is_kept() {
        let (head, _) = Head::parse(b"GET /a b c HTTP/1.1\r\n\r\n").unwrap();
        assert_eq!(head, Head::request("GET", "/a b c", "HTTP/1.1"));
        let (head, _) = Head::parse(b"GET /old\r\n\r\n").unwrap();
        assert_eq!(head, Head::request("GET", "/old", ""));
    }

    #[test]
    fn a_line_break_in_a_reason_cannot_begin_a_field() {
        let head = Head::response("HTTP/1.1", 200, "OK\r\nSet-Cookie: x");
        assert_eq!(head.to_bytes(), b"HTTP/1.1 200 OK  Set-Cookie: x\r\n\r\n");
    }
}
