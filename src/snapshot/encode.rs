//! A snapshot becomes WARC 1.1 records: the answer (`response` or `revisit`), the `request`, and where needed the article
//! (`conversion`) and what was observed (`metadata`). Which of them, somebody else has decided: see [`Plan`].

use chaffinch_extract::article::{Article, Verdict};
use chaffinch_warc::http::Head;
use chaffinch_warc::{IDENTICAL_PAYLOAD_DIGEST, Record, RecordType, SERVER_NOT_MODIFIED};
use jiff::Timestamp;
use url::Url;

use crate::page::{Headers, Page};
use crate::snapshot::fields;
use crate::snapshot::text;
use crate::snapshot::value::{CaptureId, Change, Role, Snapshot};

/// How a snapshot is to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The capture's name.
    pub id: CaptureId,
    /// How it compares with what was held before.
    pub change: Change,
    /// What becomes of the body.
    pub body: Body,
    /// What becomes of the article.
    pub article: ArticlePlan,
}

/// What becomes of the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// It is stored: a `response`.
    Whole,
    /// An earlier capture holds the same bytes: a `revisit` of profile identical-payload-digest.
    Repeats(Origin),
    /// The server said 304: a `revisit` of profile server-not-modified.
    NotModified(Origin),
}

/// The capture that holds the bytes a `revisit` shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Its name.
    pub id: CaptureId,
    /// Its URL.
    pub url: Url,
    /// Its time.
    pub at: Timestamp,
    /// The digest of its payload.
    pub payload_digest: String,
}

/// What becomes of the article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArticlePlan {
    /// There is none to store, or a `revisit` shows that of the capture it repeats.
    Nothing,
    /// It is stored: a `conversion`.
    Whole,
    /// An earlier capture holds its text: named in a `metadata` record.
    Refers {
        /// The capture that holds it.
        to: CaptureId,
        /// The digest of the text there.
        digest: String,
    },
}

/// The records of a capture, in the order they are written.
pub fn records(snapshot: &Snapshot, plan: &Plan) -> Vec<Record> {
    let mut records = vec![answer(snapshot, plan), request(&snapshot.page, plan.id)];
    match (&plan.article, &snapshot.article) {
        (ArticlePlan::Whole, Some(article)) => records.push(conversion(snapshot, plan.id, article)),
        (ArticlePlan::Refers { to, digest }, _) => {
            let block = [
                (fields::META_ARTICLE, format!("<{}>", to.record_id(Role::Article))),
                (fields::META_DIGEST, digest.clone()),
            ];
            records.push(metadata(&snapshot.page, plan.id, &block));
        }
        (_, Some(article)) if article.verdict != Verdict::Article => {
            let block = [(fields::META_VERDICT, fields::verdict_word(article.verdict))];
            records.push(metadata(&snapshot.page, plan.id, &block));
        }
        _ => {}
    }
    records
}

/// The first record of a file: which software wrote it, and in what form.
pub fn warcinfo(urn: &str, at: Timestamp, filename: &str) -> Record {
    let block = format!(
        "software: chaffinch/{}\r\nformat: WARC File Format 1.1\r\n\
         conformsTo: http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/\r\n",
        env!("CARGO_PKG_VERSION")
    );
    Record::new(RecordType::Warcinfo)
        .id(urn)
        .date(milliseconds(at))
        .field("WARC-Filename", filename)
        .block(fields::WARC_FIELDS, block)
}

/// The time as it is stored: in milliseconds, as a ULID has them.
pub fn milliseconds(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}

fn answer(snapshot: &Snapshot, plan: &Plan) -> Record {
    let page = &snapshot.page;
    let kind = if plan.body == Body::Whole { RecordType::Response } else { RecordType::Revisit };
    let mut record = Record::new(kind)
        .id(&plan.id.record_id(Role::Answer))
        .date(milliseconds(page.at))
        .target_uri(page.url.as_str());
    if let Some(address) = page.address {
        record = record.field("WARC-IP-Address", address.to_string());
    }
    if let Some(protocol) = page.version.strip_prefix("HTTP/").filter(|v| !v.starts_with("1.")) {
        record = record.field(fields::PROTOCOL, format!("h{protocol}"));
    }
    record = match &plan.body {
        Body::Whole => record.payload_digest_of(&page.body),
        Body::Repeats(origin) => refer(record, origin, IDENTICAL_PAYLOAD_DIGEST),
        Body::NotModified(origin) => refer(record, origin, SERVER_NOT_MODIFIED),
    };
    if let Some(reason) = page.truncated {
        record = record.field("WARC-Truncated", reason.as_str());
    }
    record = own_fields(record, snapshot, plan.change);
    let body: &[u8] = if plan.body == Body::Whole { &page.body } else { b"" };
    let corrected = !matches!(plan.body, Body::NotModified(_));
    record.block("application/http;msgtype=response", response_head(page, corrected).message(body))
}

fn refer(record: Record, origin: &Origin, profile: &str) -> Record {
    record
        .field("WARC-Payload-Digest", origin.payload_digest.as_str())
        .field("WARC-Profile", profile)
        .field("WARC-Refers-To", format!("<{}>", origin.id.record_id(Role::Answer)))
        .field("WARC-Refers-To-Target-URI", origin.url.as_str())
        .field("WARC-Refers-To-Date", milliseconds(origin.at).to_string())
}

fn own_fields(mut record: Record, snapshot: &Snapshot, change: Change) -> Record {
    record = record.field(fields::CHANGE, change.as_str());
    if let Some(source) = &snapshot.source {
        record = record.field(fields::SOURCE, fields::one_line(source));
    }
    for tag in &snapshot.tags {
        record = record.field(fields::TAG, fields::one_line(tag));
    }
    if let Some(parent) = &snapshot.parent {
        record = record.field(fields::PARENT, parent.as_str());
    }
    if snapshot.noarchive {
        record = record.field(fields::NOARCHIVE, "1");
    }
    record
        .field(fields::ELAPSED, snapshot.page.elapsed_ms.to_string())
        .field(fields::WIRE, snapshot.page.wire_bytes.to_string())
}

/// The head as the server sent it, but for the fields that no longer hold of the body as stored: those are kept under
/// another name.
fn response_head(page: &Page, corrected: bool) -> Head {
    let version = if page.version.starts_with("HTTP/1.") { page.version.as_str() } else { "HTTP/1.1" };
    let mut head = Head::response(version, page.status, reason(page.status));
    let length = page.body.len().to_string();
    for (name, value) in page.headers.iter() {
        let (name, value) = (fields::one_line(name), fields::one_line(value));
        let coding = name.eq_ignore_ascii_case("content-encoding") || name.eq_ignore_ascii_case("transfer-encoding");
        if coding {
            head = head.field(format!("{}{name}", fields::ORIGINAL), value);
        } else if corrected && name.eq_ignore_ascii_case("content-length") && value != length {
            head = head.field(format!("{}{name}", fields::ORIGINAL), value).field(name, length.clone());
        } else {
            head = head.field(name, value);
        }
    }
    head
}

fn request(page: &Page, id: CaptureId) -> Record {
    let mut target = page.url.path().to_owned();
    if let Some(query) = page.url.query() {
        target = format!("{target}?{query}");
    }
    let mut head = Head::request("GET", &target, "HTTP/1.1");
    if page.request_headers.get("host").is_none() {
        head = head.field("Host", crate::url::host(&page.url));
    }
    for (name, value) in page.request_headers.iter() {
        head = head.field(fields::one_line(name), fields::one_line(value));
    }
    beside(RecordType::Request, Role::Request, page, id)
        .target_uri(page.url.as_str())
        .block("application/http;msgtype=request", head.to_bytes())
}

/// The article of a capture that was extracted again, under a name of its own.
pub fn conversion_again(
    capture: CaptureId,
    url: &Url,
    name: CaptureId,
    article: &Article,
    profile: Option<&str>,
) -> Record {
    let record = Record::new(RecordType::Conversion).id(&name.record_id(Role::Article)).date(name.time());
    article_in(record, url, capture, article, profile)
}

fn conversion(snapshot: &Snapshot, id: CaptureId, article: &Article) -> Record {
    let record = beside(RecordType::Conversion, Role::Article, &snapshot.page, id);
    let profile = snapshot.profile.as_ref().map(|profile| profile.digest());
    article_in(record, &snapshot.page.url, id, article, profile)
}

fn article_in(record: Record, url: &Url, capture: CaptureId, article: &Article, profile: Option<&str>) -> Record {
    // Serialising fails for maps with keys that are no strings, which an article has none of.
    let block = serde_json::to_vec(article).unwrap_or_default();
    let mut record = record
        .target_uri(&format!("{}{url}", fields::ARTICLE_URN))
        .field("WARC-Refers-To", format!("<{}>", capture.record_id(Role::Answer)))
        .field(fields::ARTICLE_DIGEST, text::digest(article))
        .field(fields::EXTRACTOR, chaffinch_extract::VERSION);
    if let Some(profile) = profile {
        record = record.field(fields::PROFILE, profile);
    }
    record.block(fields::ARTICLE_TYPE, block)
}

fn metadata(page: &Page, id: CaptureId, lines: &[(&str, String)]) -> Record {
    let lines: Vec<String> = lines.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    beside(RecordType::Metadata, Role::Metadata, page, id)
        .target_uri(page.url.as_str())
        .block(fields::WARC_FIELDS, lines.concat())
}

/// A record that stands beside the answer.
fn beside(kind: RecordType, role: Role, page: &Page, id: CaptureId) -> Record {
    let record = Record::new(kind).id(&id.record_id(role)).date(milliseconds(page.at));
    // The standard lets neither a conversion nor a warcinfo be concurrent to anything; a conversion refers instead.
    if role == Role::Article {
        return record;
    }
    record.field("WARC-Concurrent-To", format!("<{}>", id.record_id(Role::Answer)))
}

/// The words RFC 9110 has for a status; empty for one it does not know.
fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        203 => "Non-Authoritative Information",
        204 => "No Content",
        206 => "Partial Content",
        300 => "Multiple Choices",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        408 => "Request Timeout",
        410 => "Gone",
        429 => "Too Many Requests",
        451 => "Unavailable For Legal Reasons",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "",
    }
}

/// The fields of a head as a page has them: those kept under another name get their own back.
pub fn page_headers(head: &Head) -> Headers {
    let renamed = |name: &str| {
        let end = name.get(fields::ORIGINAL.len()..)?;
        name[..fields::ORIGINAL.len()].eq_ignore_ascii_case(fields::ORIGINAL).then(|| end.to_owned())
    };
    let mut headers = Headers::new();
    let mut skip_length = false;
    for (name, value) in &head.fields {
        if let Some(original) = renamed(name) {
            skip_length |= original.eq_ignore_ascii_case("content-length");
            headers.push(original, value.as_str());
        } else if skip_length && name.eq_ignore_ascii_case("content-length") {
            skip_length = false;
        } else {
            headers.push(name.as_str(), value.as_str());
        }
    }
    headers
}
