//! HTTP over a socket of our own, redirects not followed: what is tested is what stands on the wire.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

use crate::support::chaffinch::{Chaffinch, Running, TempArchive};

/// What a server said.
pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: String,
    pub bytes: Vec<u8>,
}

impl Reply {
    /// The value of a field.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|l| l.split_once(':'));
        lines.find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.trim())
    }

    /// The status must be this.
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}\n{}", self.head, self.body);
        self
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("not JSON ({e}): {}\n{}", self.head, self.body))
    }

    /// The body as JSON Lines.
    #[track_caller]
    pub fn json_lines(&self) -> Vec<Value> {
        self.body.lines().map(|l| serde_json::from_str(l).unwrap_or_else(|e| panic!("not JSON ({e}): {l}"))).collect()
    }
}

/// GET.
pub fn get(url: &str) -> Reply {
    get_with(url, "")
}

/// GET with further fields, each with its line end.
pub fn get_with(url: &str, headers: &str) -> Reply {
    request("GET", url, headers, "")
}

/// Any request; a body brings its length with it.
pub fn request(method: &str, url: &str, headers: &str, body: &str) -> Reply {
    let rest = url.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut stream = TcpStream::connect(host).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let own_host =
        if headers.to_lowercase().starts_with("host:") { String::new() } else { format!("Host: {host}\r\n") };
    let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    let head = format!("{method} /{path} HTTP/1.1\r\n{own_host}Connection: close\r\n{length}{headers}\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    // A server that refuses a body need not read it.
    drop(stream.write_all(body.as_bytes()));
    let mut bytes = vec![];
    drop(stream.read_to_end(&mut bytes));
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or_else(|| panic!("no answer: {bytes:?}"));
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut reply =
        Reply { status: head[9..12].parse().unwrap(), head, body: String::new(), bytes: bytes.split_off(end + 4) };
    if reply.header("transfer-encoding") == Some("chunked") {
        reply.bytes = whole(&reply.bytes);
    }
    reply.body = String::from_utf8_lossy(&reply.bytes).into_owned();
    reply
}

/// A body that came in pieces.
fn whole(mut pieces: &[u8]) -> Vec<u8> {
    let mut whole = vec![];
    loop {
        let end = pieces.windows(2).position(|two| two == b"\r\n").expect("the answer broke off");
        let size = usize::from_str_radix(std::str::from_utf8(&pieces[..end]).unwrap(), 16).unwrap();
        if size == 0 {
            return whole;
        }
        whole.extend_from_slice(&pieces[end + 2..end + 2 + size]);
        pieces = &pieces[end + 4 + size..];
    }
}

/// The first address of a line of text, without its closing slash.
pub fn address_in(line: &str) -> String {
    let start = line.find("http://").unwrap_or_else(|| panic!("no address in `{line}`"));
    let address = line[start..].split(|c: char| c.is_whitespace() || "\",".contains(c)).next().unwrap();
    address.trim_end_matches('/').to_owned()
}

/// `chaffinch replay` at work.
pub struct Replay {
    pub address: String,
    pub captures: String,
    _running: Running,
}

impl Replay {
    /// Over an archive, on ports of its own.
    pub fn of(kept: &TempArchive) -> Self {
        Self::with(Chaffinch::new(), kept, &[])
    }

    /// The same with a command line that has begun, and with further arguments.
    pub fn with(begun: Chaffinch, kept: &TempArchive, args: &[&str]) -> Self {
        let command = begun.archive(kept).args(["--json", "replay", "--bind", "127.0.0.1:0"]).args(args);
        let mut running = command.spawn();
        let line = running.line();
        let told: Value = serde_json::from_str(&line).unwrap_or_else(|e| {
            panic!("no address ({e}): `{line}`");
        });
        let at = |key: &str| format!("http://{}", told[key].as_str().unwrap());
        Self { address: at("interface"), captures: at("captures"), _running: running }
    }

    /// GET a path of the interface.
    pub fn get(&self, path: &str) -> Reply {
        get(&format!("{}{path}", self.address))
    }

    /// The same with further fields.
    pub fn get_with(&self, path: &str, headers: &str) -> Reply {
        self.ask("GET", path, headers, "")
    }

    /// Any request of the interface.
    pub fn ask(&self, method: &str, path: &str, headers: &str, body: &str) -> Reply {
        request(method, &format!("{}{path}", self.address), headers, body)
    }
}
