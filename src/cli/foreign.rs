//! Captures in WARC and WACZ files that anybody wrote, one at a time: the answer and its request, body uncoded, with the time
//! it was made. What is no capture of a web page is passed over; what cannot be read is an item of its own.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use bytes::Bytes;
use chaffinch_warc::digest::{self, Verdict};
use chaffinch_warc::http::Head;
use chaffinch_warc::{Header, Reader, Record, RecordType};
use jiff::Timestamp;
use url::Url;
use zip::{CompressionMethod, ZipArchive};

use crate::cli::pages::{PAGE_BYTES_MAX, uncoded};
use crate::page::{Headers, Page, Truncation};
use crate::snapshot::encode::page_headers;
use crate::snapshot::fields;

/// A capture as a file has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Foreign {
    /// The exchange.
    pub page: Page,
    /// The earlier capture that holds its body, where it is only referred to.
    pub repeats: Option<Place>,
    /// What an archive of ours wrote beside it.
    pub source: Option<String>,
    /// The same.
    pub tags: Vec<String>,
    /// The page it is an asset of.
    pub parent: Option<Url>,
    /// Whether the page asked not to be archived.
    pub noarchive: bool,
}

/// Where a body that is referred to stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The URL it was captured under.
    pub url: Url,
    /// When.
    pub at: Option<Timestamp>,
    /// Its digest, as the file has it: some take it of the body as it was coded.
    pub digest: Option<String>,
}

/// A capture, or what is wrong at this place of a file.
pub type Item = Result<Foreign, String>;

/// The captures of a file.
///
/// # Errors
/// Where it cannot be opened, or is a container that cannot be read.
pub fn open(path: &Path) -> io::Result<Vec<Captures>> {
    let name = path.display().to_string();
    let mut file = File::open(path)?;
    let mut magic = [0; 4];
    let is_container = file.read(&mut magic)? == 4 && magic == *b"PK\x03\x04";
    file.rewind()?;
    if is_container {
        return contained(path, &name, file);
    }
    Ok(vec![Captures::new(name, Box::new(file))])
}

/// The WARC files of a container. They are stored as they are, so that each is read where it lies.
fn contained(path: &Path, name: &str, file: File) -> io::Result<Vec<Captures>> {
    let mut zip = ZipArchive::new(BufReader::new(file)).map_err(io::Error::other)?;
    let mut found = Vec::new();
    for at in 0..zip.len() {
        let part = zip.by_index_raw(at).map_err(io::Error::other)?;
        let inner = part.name().to_owned();
        // A name that climbs out of the container is none that a crawler gave.
        if !inner.starts_with("archive/") || !part.is_file() || part.enclosed_name().is_none() || inner.contains("..") {
            continue;
        }
        let name = format!("{name}, {inner}");
        if part.compression() != CompressionMethod::Stored {
            return Err(io::Error::other(format!("{name}: compressed once more; unpack it and import the WARC file")));
        }
        let start = part.data_start().ok_or_else(|| io::Error::other(format!("{name}: it has no beginning")))?;
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(start))?;
        found.push(Captures::new(name, Box::new(file.take(part.size()))));
    }
    if found.is_empty() {
        return Err(io::Error::other("a ZIP file without an archive/ folder; is it a WACZ file?"));
    }
    Ok(found)
}

/// A walk over the captures of one WARC file.
pub struct Captures {
    name: String,
    reader: Reader<BufReader<Box<dyn Read + Send>>>,
    /// An answer whose request may come next.
    answer: Option<Foreign>,
    /// A request whose answer may come next, and what it asked for.
    request: Option<(String, Headers)>,
    ended: bool,
}

impl Captures {
    fn new(name: String, source: Box<dyn Read + Send>) -> Self {
        let reader = Reader::new(BufReader::with_capacity(1 << 16, source));
        Self { name, reader, answer: None, request: None, ended: false }
    }

    /// The next record that may matter.
    fn record(&mut self) -> Result<Option<Record>, String> {
        while !self.ended {
            let found = match self.reader.next_record() {
                Ok(None) => {
                    self.ended = true;
                    return Ok(None);
                }
                Ok(Some(entry)) => match entry.header.record_type() {
                    RecordType::Response | RecordType::Resource | RecordType::Revisit | RecordType::Request => {
                        entry.into_record(PAGE_BYTES_MAX).map(|(_, record)| Some(record))
                    }
                    _ => entry.finish().map(|_| None),
                },
                Err(error) => Err(error),
            };
            match found {
                Ok(None) => {}
                Ok(Some(record)) => return Ok(Some(record)),
                Err(error) => {
                    self.ended = !matches!(self.reader.skip_to_next(), Ok(Some(_)));
                    return Err(format!("{}: {error}", self.name));
                }
            }
        }
        Ok(None)
    }

    /// Takes a record in; gives out the answer that is complete by it.
    fn take(&mut self, record: &Record) -> Option<Item> {
        let target = record.header.target_uri().unwrap_or_default().to_owned();
        if record.header.record_type() == RecordType::Request {
            let headers = Head::parse(&record.block).map(|(head, _)| page_headers(&head)).unwrap_or_default();
            match &mut self.answer {
                Some(answer) if answer.page.url.as_str() == target && answer.page.request_headers.is_empty() => {
                    answer.page.request_headers = without_host(&headers);
                    return self.answer.take().map(Ok);
                }
                _ => self.request = Some((target, headers)),
            }
            return None;
        }
        let mut found = match foreign(record) {
            Ok(Some(found)) => found,
            Ok(None) => return None,
            Err(what) => return Some(Err(format!("{}: {target}: {what}", self.name))),
        };
        if let Some((_, headers)) = self.request.take().filter(|(asked, _)| *asked == target) {
            found.page.request_headers = without_host(&headers);
        }
        self.answer.replace(found).map(Ok)
    }
}

impl Iterator for Captures {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        loop {
            match self.record() {
                Ok(None) => return self.answer.take().map(Ok),
                Ok(Some(record)) => {
                    if let Some(item) = self.take(&record) {
                        return Some(item);
                    }
                }
                Err(what) => return Some(Err(what)),
            }
        }
    }
}

/// The host is named again when the request is written.
fn without_host(headers: &Headers) -> Headers {
    headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("host")).collect()
}

/// What an answer's record holds; `None` for what is no page of the web (a look-up of a name, a file of a crawler's own).
fn foreign(record: &Record) -> Result<Option<Foreign>, String> {
    let header = &record.header;
    let url = header.target_uri().and_then(|uri| Url::parse(uri).ok());
    let Some(url) = url.filter(|url| matches!(url.scheme(), "http" | "https")) else { return Ok(None) };
    let at = header.date().ok_or("it does not say when it was made")?;
    if record.verify_block() == Verdict::Differs {
        return Err("it is not what it names the digest of".to_owned());
    }
    let (status, version, headers, body) = if header.record_type() == RecordType::Resource {
        let content_type = header.content_type().map(|value| ("Content-Type", value));
        (200, "HTTP/1.1".to_owned(), content_type.into_iter().collect(), record.block.clone())
    } else {
        let (head, body) = Head::parse(&record.block).ok_or("it holds no HTTP message")?;
        let status = head.status().ok_or("its status line has no status")?;
        let whole = uncoded(&head, body);
        if header.record_type() == RecordType::Response && is_another(header.payload_digest(), &[body, &whole]) {
            return Err("its body is not the one it names the digest of".to_owned());
        }
        (status, version(header), page_headers(&head), whole)
    };
    let number = |name: &str| header.get(name).and_then(|value| value.trim().parse::<u64>().ok());
    let wire_bytes = number(fields::WIRE).unwrap_or(body.len() as u64);
    let repeats = match header.record_type() {
        RecordType::Revisit => {
            let held = header.refers_to_target_uri().and_then(|uri| Url::parse(uri).ok());
            let digest = header.payload_digest().map(str::to_owned);
            Some(Place { url: held.unwrap_or_else(|| url.clone()), at: header.refers_to_date(), digest })
        }
        _ => None,
    };
    let page = Page {
        url,
        at,
        request_headers: Headers::new(),
        status,
        version,
        headers,
        body: Bytes::from(body),
        truncated: header.truncated().map(|why| Truncation::from_word(why.as_str())),
        wire_bytes,
        address: header.ip_address(),
        elapsed_ms: number(fields::ELAPSED).unwrap_or(0),
    };
    Ok(Some(Foreign {
        page,
        repeats,
        source: header.get(fields::SOURCE).map(str::to_owned),
        tags: header.get_all(fields::TAG).map(str::to_owned).collect(),
        parent: header.get(fields::PARENT).and_then(|parent| Url::parse(parent).ok()),
        noarchive: header.get(fields::NOARCHIVE) == Some("1"),
    }))
}

/// Whether bytes, in each of the forms that crawlers take the digest of, differ from a digest.
fn is_another(digest: Option<&str>, forms: &[&[u8]]) -> bool {
    digest.is_some_and(|digest| forms.iter().all(|bytes| digest::verify(digest, bytes) == Verdict::Differs))
}

fn version(header: &Header) -> String {
    match header.get(fields::PROTOCOL) {
        Some(protocol) if protocol.starts_with('h') && !protocol.contains('/') => format!("HTTP/{}", &protocol[1..]),
        _ => "HTTP/1.1".to_owned(),
    }
}
