//! Pages from files: HTML, JSON Lines and WARC, one at a time, whatever the size of the input. What cannot be read is an item
//! of its own, so that one bad page does not end a crawl's worth of good ones.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use chaffinch_warc::http::Head;
use chaffinch_warc::{Reader, Record, RecordType};
use memchr::memchr;
use url::Url;

use crate::cli::line::Line;
use crate::fetch::coding::{Decoder, codings};
use crate::fetch::limits::Limits;

/// The longest page, line or record that is read into memory, in bytes.
pub(crate) const PAGE_BYTES_MAX: u64 = 256 << 20;
/// How much memory for lines is kept from one to the next.
const KEPT_BYTES_MAX: usize = 8 << 20;
/// How much is looked at to tell what a file is.
const SNIFF_BYTES: usize = 4096;

/// A page to be extracted.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct InputPage {
    /// The id the input gives it.
    pub id: Option<String>,
    /// Its address.
    pub url: Option<String>,
    /// `Content-Type`, where the input has it.
    pub content_type: Option<String>,
    /// Its bytes.
    pub html: Vec<u8>,
    /// Whether it is a file of its own, which does not say where it came from.
    pub is_file: bool,
}

/// A page, or why there is none at this place of the input.
pub type Item = Result<InputPage, Trouble>;

/// Something of the input that is no page.
#[derive(Debug, Clone, PartialEq)]
pub struct Trouble {
    /// The id the input gives it, where it could be read.
    pub id: Option<String>,
    /// Its address, where it could be read.
    pub url: Option<String>,
    /// What is wrong, and where.
    pub message: String,
}

fn trouble(message: String) -> Item {
    Err(Trouble { id: None, url: None, message })
}

/// The pages of a file or of everything in a folder, in the order of their names.
pub fn from_path(path: &Path) -> Box<dyn Iterator<Item = Item> + Send> {
    if path.is_dir() {
        let mut files = Vec::new();
        let problems = walk(path, &mut files);
        files.sort();
        return Box::new(problems.into_iter().map(trouble).chain(files.into_iter().flat_map(|file| from_path(&file))));
    }
    match File::open(path) {
        Ok(file) => from_reader(&path.display().to_string(), BufReader::with_capacity(1 << 16, file)),
        Err(error) => Box::new(std::iter::once(trouble(format!("{}: cannot be read: {error}", path.display())))),
    }
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> Vec<String> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => return vec![format!("{}: cannot be read: {error}", folder.display())],
    };
    let mut problems = Vec::new();
    for entry in entries.flatten() {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => problems.extend(walk(&path, files)),
            Ok(kind) if kind.is_file() && is_input(&path) => files.push(path),
            _ => {}
        }
    }
    problems
}

/// Whether a file found in a folder is one of ours: a folder of pages also holds images.
fn is_input(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    [".html", ".htm", ".xhtml", ".jsonl", ".ndjson", ".warc", ".warc.gz", ".warc.zst"]
        .iter()
        .any(|end| name.ends_with(end))
}

/// The pages of a stream, told apart by its first bytes.
pub fn from_reader(name: &str, mut input: impl BufRead + Send + 'static) -> Box<dyn Iterator<Item = Item> + Send> {
    let head = match peek(&mut input) {
        Ok(head) => head,
        Err(error) => return Box::new(std::iter::once(trouble(format!("{name}: cannot be read: {error}")))),
    };
    let full = io::Cursor::new(head.clone()).chain(input);
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head);
    let start = text.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(0);
    let packed = [&b"WARC/"[..], b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\x5d\x2a\x4d\x18"];
    if packed.iter().any(|magic| head.starts_with(magic)) {
        Box::new(WarcPages { name: name.to_owned(), reader: Reader::new(full), ended: false })
    } else if text[start..].starts_with(b"{") {
        Box::new(JsonPages {
            name: name.to_owned(),
            input: BufReader::new(full),
            line: 0,
            ended: false,
            buffer: Vec::new(),
        })
    } else {
        Box::new(std::iter::once(whole(name, full)))
    }
}

fn peek(input: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut head = vec![0; SNIFF_BYTES];
    let mut filled = 0;
    while filled < head.len() {
        match input.read(&mut head[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    head.truncate(filled);
    Ok(head)
}

fn whole(name: &str, input: impl Read) -> Item {
    let mut html = Vec::new();
    match input.take(PAGE_BYTES_MAX).read_to_end(&mut html) {
        Ok(_) => Ok(InputPage { id: Some(name.to_owned()), html, is_file: true, ..InputPage::default() }),
        Err(error) => trouble(format!("{name}: cannot be read: {error}")),
    }
}

/// `{"id","url","html"}`, one a line.
struct JsonPages<R> {
    name: String,
    input: R,
    line: u64,
    ended: bool,
    /// The line that is read; kept, because asking for as much memory again for every page costs more than reading it.
    buffer: Vec<u8>,
}

impl<R: BufRead> Iterator for JsonPages<R> {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        loop {
            if self.ended {
                return None;
            }
            self.line += 1;
            if self.buffer.capacity() > KEPT_BYTES_MAX {
                self.buffer = Vec::new();
            }
            self.buffer.clear();
            let line = &mut self.buffer;
            let read = read_line(&mut self.input, line);
            match read {
                Ok(0) => return None,
                Ok(count) if count as u64 == PAGE_BYTES_MAX && !line.ends_with(b"\n") => {
                    // The rest of the line is read and dropped, so that the next line is a line again.
                    self.ended = skip_line(&mut self.input).is_err();
                    return Some(trouble(format!(
                        "{}: line {} is longer than {PAGE_BYTES_MAX} bytes",
                        self.name, self.line
                    )));
                }
                Ok(_) => {}
                Err(error) => {
                    self.ended = true;
                    return Some(trouble(format!("{}: line {} cannot be read: {error}", self.name, self.line)));
                }
            }
            if !line.iter().all(u8::is_ascii_whitespace) {
                return Some(self.page());
            }
        }
    }
}

impl<R> JsonPages<R> {
    fn page(&self) -> Item {
        let page = match Line::read(&self.buffer) {
            Ok(page) => page,
            Err(error) => return trouble(format!("{}: line {} is no page: {error}", self.name, self.line)),
        };
        let id = page.id.map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned));
        match page.html {
            // JSON is Unicode: what the page says of its own charset no longer holds.
            Some(html) => Ok(InputPage {
                id,
                url: page.url,
                content_type: Some("text/html; charset=utf-8".into()),
                html: html.into_bytes(),
                is_file: false,
            }),
            None => Err(Trouble {
                id,
                url: page.url,
                message: format!("{}: line {} has no \"html\"", self.name, self.line),
            }),
        }
    }
}

/// Reads up to the end of a line or the longest page, and tells how much.
fn read_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<usize> {
    let room = |line: &[u8]| PAGE_BYTES_MAX as usize - line.len();
    while room(line) > 0 {
        let buffer = match input.fill_buf() {
            Ok(buffer) => buffer,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let end = memchr(b'\n', buffer).map(|at| at + 1);
        let taken = end.unwrap_or(buffer.len()).min(room(line));
        line.extend_from_slice(&buffer[..taken]);
        input.consume(taken);
        if taken == 0 || line.last() == Some(&b'\n') {
            break;
        }
    }
    Ok(line.len())
}

fn skip_line(input: &mut impl BufRead) -> io::Result<()> {
    loop {
        let buffer = input.fill_buf()?;
        if buffer.is_empty() {
            return Ok(());
        }
        match buffer.iter().position(|byte| *byte == b'\n') {
            Some(at) => {
                input.consume(at + 1);
                return Ok(());
            }
            None => {
                let length = buffer.len();
                input.consume(length);
            }
        }
    }
}

/// The HTML pages among the records of a WARC file; other records are passed over.
struct WarcPages<R> {
    name: String,
    reader: Reader<R>,
    ended: bool,
}

impl<R: Read> Iterator for WarcPages<R> {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        while !self.ended {
            let found = match self.reader.next_record() {
                Ok(None) => return None,
                Ok(Some(entry)) => {
                    let kind = entry.header.record_type();
                    if matches!(kind, RecordType::Response | RecordType::Resource) {
                        entry.into_record(PAGE_BYTES_MAX).map(Some)
                    } else {
                        entry.finish().map(|_| None)
                    }
                }
                Err(error) => Err(error),
            };
            match found {
                Ok(None) => {}
                Ok(Some((_, record))) => {
                    if let Some(page) = page_of(record) {
                        return Some(Ok(page));
                    }
                }
                Err(error) => {
                    let resumed = matches!(self.reader.skip_to_next(), Ok(Some(_)));
                    self.ended = !resumed;
                    return Some(trouble(format!("{}: {error}", self.name)));
                }
            }
        }
        None
    }
}

/// The page a record holds; `None` where it holds none.
fn page_of(record: Record) -> Option<InputPage> {
    let header = record.header;
    let id = header.record_id().map(str::to_owned);
    let url = header.target_uri().map(str::to_owned);
    if header.record_type() == RecordType::Resource {
        let content_type = header.content_type()?.to_owned();
        return is_html(&content_type).then_some(InputPage {
            id,
            url,
            content_type: Some(content_type),
            html: record.block,
            is_file: false,
        });
    }
    let (head, body) = Head::parse(&record.block)?;
    let content_type = head.get("content-type").map(str::to_owned);
    if !head.status().is_some_and(|status| (200..300).contains(&status))
        || !content_type.as_deref().is_none_or(is_html)
        || body.is_empty()
    {
        return None;
    }
    let html = uncoded(&head, body);
    Some(InputPage { id, url, content_type, html, is_file: false })
}

fn is_html(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    matches!(media_type.as_str(), "text/html" | "application/xhtml+xml" | "")
}

/// The body without transfer and content coding: other archivers keep them.
pub(crate) fn uncoded(head: &Head, body: &[u8]) -> Vec<u8> {
    let chunked = head.get_all("transfer-encoding").any(|value| value.to_ascii_lowercase().contains("chunked"));
    let body = if chunked { dechunked(body) } else { None }.unwrap_or_else(|| body.to_vec());
    let Some(codings) = codings(head.get_all("content-encoding")).filter(|codings| !codings.is_empty()) else {
        return body;
    };
    let mut decoder = Decoder::new(&codings, Limits::default());
    let _ = decoder.push(&body).and_then(|()| decoder.finish());
    let decoded = decoder.into_bytes();
    // Some archivers undo the coding and leave the header as it was.
    if decoded.is_empty() { body } else { decoded }
}

/// Undoes `Transfer-Encoding: chunked` (RFC 9112, section 7.1); `None` where the body is not chunked after all.
fn dechunked(mut body: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(body.len());
    loop {
        let end = body.windows(2).position(|pair| pair == b"\r\n")?;
        let size = std::str::from_utf8(&body[..end]).ok()?;
        let size = usize::from_str_radix(size.split(';').next().unwrap_or("").trim(), 16).ok()?;
        body = &body[end + 2..];
        if size == 0 {
            return Some(out);
        }
        if size > body.len() {
            out.extend_from_slice(body);
            return Some(out);
        }
        out.extend_from_slice(&body[..size]);
        body = body[size..].strip_prefix(b"\r\n").unwrap_or(&body[size..]);
        if body.is_empty() {
            return Some(out);
        }
    }
}

impl InputPage {
    /// Its address as a URL, where it is one.
    pub fn parsed_url(&self) -> Option<Url> {
        self.url.as_deref().and_then(|url| Url::parse(url).ok())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn pages(input: &'static [u8]) -> Vec<Item> {
        from_reader("input", BufReader::new(input)).collect()
    }

    #[test]
    fn html_is_one_page() {
        let found = pages(b"<p>hello");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].as_ref().unwrap().html, b"<p>hello");
    }

    #[test]
    fn a_bad_line_is_told_and_passed_over() {
        let found = pages(
            b"{\"id\":1,\"url\":\"http://a.example/\",\"html\":\"<p>a\"}\n\n{broken\n{\"id\":\"x\"}\n{\"html\":\"b\"}",
        );
        assert_eq!(found.len(), 4);
        assert_eq!(found[0].as_ref().unwrap().id.as_deref(), Some("1"));
        assert!(found[1].as_ref().unwrap_err().message.starts_with("input: line 3 is no page"));
        assert_eq!(found[2].as_ref().unwrap_err().id.as_deref(), Some("x"));
        assert_eq!(found[3].as_ref().unwrap().html, b"b");
    }

    #[test]
    fn a_warc_record_gives_its_body_uncoded() {
        let block = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n<p>\r\n2\r\nhi\r\n0\r\n\r\n";
        let warc = format!(
            "WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:x:1>\r\nWARC-Date: 2026-01-01T00:00:00Z\r\n\
             WARC-Target-URI: http://a.example/\r\nContent-Type: application/http; msgtype=response\r\n\
             Content-Length: {}\r\n\r\n{block}\r\n\r\n",
            block.len()
        );
        let found: Vec<Item> = from_reader("w", BufReader::new(io::Cursor::new(warc.into_bytes()))).collect();
        assert_eq!(found.len(), 1, "{found:?}");
        let page = found[0].as_ref().unwrap();
        assert_eq!((page.html.as_slice(), page.url.as_deref()), (&b"<p>hi"[..], Some("http://a.example/")));
    }

    #[test]
    fn a_body_that_is_not_chunked_after_all_is_left_as_it_is() {
        assert_eq!(dechunked(b"<p>plain"), None);
        assert_eq!(dechunked(b"5\r\nab").as_deref(), Some(&b"ab"[..]));
    }
}
