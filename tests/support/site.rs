//! A web site on loopback, one thread a connection, that serves what a test tells it to and misbehaves on request. It keeps
//! every request with its headers and the moment it came, so that a test can say how polite a visitor was.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;

/// One request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    /// Path and query.
    pub path: String,
    headers: Vec<(String, String)>,
    pub at: Instant,
}

impl Request {
    /// The value of a header, names compared without case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }
}

/// What is sent after the headers.
#[derive(Debug, Clone)]
pub enum Body {
    /// These bytes, with a true `Content-Length`.
    Whole(Vec<u8>),
    /// These bytes, though the header promises `claimed`, and then the connection ends.
    Cut { bytes: Vec<u8>, claimed: usize },
    /// This text again and again until the visitor hangs up.
    Endless(Vec<u8>),
    /// A well-formed gzip stream of so many zeros.
    GzipOfZeros(u64),
    /// These bytes after a pause.
    Late { bytes: Vec<u8>, pause: Duration },
    /// Nothing: the connection closes before a status line.
    HangUp,
}

/// What the site says to one request.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    headers: Vec<(String, String)>,
    body: Body,
}

impl Answer {
    /// Status 200 with these bytes and this `Content-Type`.
    pub fn of(media_type: &str, bytes: impl Into<Vec<u8>>) -> Self {
        Self { status: 200, headers: vec![], body: Body::Whole(bytes.into()) }.header("Content-Type", media_type)
    }

    /// An HTML page in UTF-8.
    pub fn html(text: impl Into<Vec<u8>>) -> Self {
        Self::of("text/html; charset=utf-8", text)
    }

    /// A status with a short HTML body.
    pub fn status(status: u16) -> Self {
        let page = format!("<!doctype html><title>{status}</title><h1>Status {status}</h1>");
        Self { status, ..Self::html(page) }
    }

    /// A redirect with this status to `location`.
    pub fn redirect(status: u16, location: &str) -> Self {
        Self::status(status).header("Location", location)
    }

    /// Adds a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Takes a header away.
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
        self
    }

    /// Sends this body instead.
    pub fn body(mut self, body: Body) -> Self {
        self.body = body;
        self
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }
}

type Handler = Arc<dyn Fn(&Request, usize) -> Answer + Send + Sync>;

#[derive(Default)]
struct Shared {
    routes: Mutex<HashMap<String, Handler>>,
    requests: Mutex<Vec<Request>>,
    closing: AtomicBool,
}

/// A site that lives as long as this value. What it was not told about is 404, robots.txt included.
pub struct Site {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl Site {
    /// Starts on a free port of 127.0.0.1.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let inner = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if inner.closing.load(Ordering::SeqCst) {
                    return;
                }
                let (Ok(stream), shared) = (stream, Arc::clone(&inner)) else { continue };
                std::thread::spawn(move || drop(serve(&stream, &shared)));
            }
        });
        Self { address, shared }
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The address of a path under another name for the same machine.
    pub fn url_at(&self, host: &str, path: &str) -> String {
        format!("http://{host}:{}{path}", self.address.port())
    }

    /// Serves an answer at a path from now on.
    pub fn set(&self, path: &str, answer: Answer) -> &Self {
        self.answer_with(path, move |_, _| answer.clone())
    }

    /// Serves an HTML page at a path from now on.
    pub fn page(&self, path: &str, html: impl Into<Vec<u8>>) -> &Self {
        self.set(path, Answer::html(html))
    }

    /// Serves what `handler` says; its second argument counts earlier requests of that path.
    pub fn answer_with<F>(&self, path: &str, handler: F) -> &Self
    where
        F: Fn(&Request, usize) -> Answer + Send + Sync + 'static,
    {
        self.shared.routes.lock().unwrap().insert(path.to_owned(), Arc::new(handler));
        self
    }

    /// How often a path was asked for.
    pub fn hits(&self, path: &str) -> usize {
        self.requests_of(path).len()
    }

    /// Every request so far, in order.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.requests.lock().unwrap().clone()
    }

    /// The requests of one path, in order.
    pub fn requests_of(&self, path: &str) -> Vec<Request> {
        self.requests().into_iter().filter(|r| r.path == path).collect()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.shared.closing.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
    }
}

fn read_request(stream: &TcpStream) -> Option<Request> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next()?.ok()?;
    let mut words = first.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = vec![];
    for line in lines {
        let line = line.ok()?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.push((name.trim().to_owned(), value.trim().to_owned()));
    }
    Some(Request { method, path, headers, at: Instant::now() })
}

fn serve(mut stream: &TcpStream, shared: &Shared) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let Some(request) = read_request(stream) else { return Ok(()) };
    let earlier = {
        let mut requests = shared.requests.lock().unwrap();
        let earlier = requests.iter().filter(|r| r.path == request.path).count();
        requests.push(request.clone());
        earlier
    };
    let handler = shared.routes.lock().unwrap().get(&request.path).cloned();
    let mut answer = handler.map_or_else(|| Answer::status(404), |handler| handler(&request, earlier));
    if is_unchanged(&request, &answer) {
        answer.status = 304;
        answer.body = Body::Whole(vec![]);
    }
    send(&mut stream, &request, &answer)?;
    stream.flush()?;
    stream.shutdown(Shutdown::Write)?;
    // Reading to the end keeps the kernel from resetting the connection under bytes still in flight.
    let mut rest = [0; 1024];
    while stream.read(&mut rest).is_ok_and(|n| n > 0) {}
    Ok(())
}

fn is_unchanged(request: &Request, answer: &Answer) -> bool {
    let same =
        |asked: &str, has: &str| matches!((request.header(asked), answer.get(has)), (Some(a), Some(b)) if a == b);
    answer.status == 200 && (same("if-none-match", "etag") || same("if-modified-since", "last-modified"))
}

fn send(stream: &mut &TcpStream, request: &Request, answer: &Answer) -> std::io::Result<()> {
    let (length, pause) = match &answer.body {
        Body::HangUp => return Ok(()),
        Body::Whole(bytes) => (Some(bytes.len()), None),
        Body::Cut { claimed, .. } => (Some(*claimed), None),
        Body::Late { bytes, pause } => (Some(bytes.len()), Some(*pause)),
        Body::Endless(_) | Body::GzipOfZeros(_) => (None, None),
    };
    if let Some(pause) = pause {
        std::thread::sleep(pause);
    }
    let mut head = format!("HTTP/1.1 {} Answer\r\nConnection: close\r\n", answer.status);
    for (name, value) in &answer.headers {
        head += &format!("{name}: {value}\r\n");
    }
    if let Some(length) = length.filter(|_| answer.status != 304) {
        head += &format!("Content-Length: {length}\r\n");
    }
    stream.write_all(format!("{head}\r\n").as_bytes())?;
    if request.method == "HEAD" {
        return Ok(());
    }
    match &answer.body {
        Body::Whole(bytes) | Body::Cut { bytes, .. } | Body::Late { bytes, .. } => stream.write_all(bytes),
        Body::Endless(text) => loop {
            stream.write_all(text)?;
        },
        Body::GzipOfZeros(total) => {
            // The fastest level packs zeros so loosely that they pass for a page.
            let mut encoder = GzEncoder::new(&mut *stream, Compression::default());
            std::io::copy(&mut std::io::repeat(0).take(*total), &mut encoder)?;
            encoder.finish().map(drop)
        }
        Body::HangUp => Ok(()),
    }
}

/// These bytes as a gzip stream.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(vec![], Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Every member of a gzip file, uncompressed.
pub fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![];
    Read::read_to_end(&mut flate2::read::MultiGzDecoder::new(bytes), &mut out).unwrap();
    out
}
