//! WARC records become what the catalogue needs to know of them, and a page and an article again. It checks what a record
//! says of itself; where the record stood, it does not know.

use bytes::Bytes;
use chaffinch_extract::article::{Article, Verdict};
use chaffinch_warc::http::Head;
use chaffinch_warc::{Record, RecordType, SERVER_NOT_MODIFIED, digest};
use jiff::Timestamp;
use url::Url;

use crate::page::{Headers, Page, Truncation};
use crate::snapshot::encode::page_headers;
use crate::snapshot::fields;
use crate::snapshot::text;
use crate::snapshot::value::{CaptureId, Change, Role};

/// What a record tells the catalogue.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// The answer of a capture.
    Answer(Box<Answer>),
    /// Its request.
    Request(CaptureId),
    /// Its article.
    Article(Box<ArticleText>),
    /// What was observed.
    Metadata(Observed),
    /// No part of a capture: a `warcinfo`.
    Other,
}

impl Part {
    /// The capture it belongs to.
    pub fn capture(&self) -> Option<CaptureId> {
        match self {
            Self::Answer(answer) => Some(answer.id),
            Self::Request(id) => Some(*id),
            Self::Article(article) => Some(article.id),
            Self::Metadata(observed) => Some(observed.id),
            Self::Other => None,
        }
    }

    /// Which part of its capture it is.
    pub fn role(&self) -> Option<Role> {
        match self {
            Self::Answer(_) => Some(Role::Answer),
            Self::Request(_) => Some(Role::Request),
            Self::Article(_) => Some(Role::Article),
            Self::Metadata(_) => Some(Role::Metadata),
            Self::Other => None,
        }
    }
}

/// What a `response` or `revisit` tells.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The capture's name.
    pub id: CaptureId,
    /// What was captured.
    pub url: Url,
    /// When.
    pub at: Timestamp,
    /// The status of this answer itself.
    pub status: u16,
    /// The media type it names.
    pub media_type: String,
    /// How it compares with what was held before.
    pub change: Change,
    /// The digest of the payload.
    pub payload_digest: String,
    /// Bytes of body in this record.
    pub payload_bytes: u64,
    /// The capture that holds the payload, for a `revisit`.
    pub repeats: Option<CaptureId>,
    /// Whether the server said 304.
    pub not_modified: bool,
    /// The source that led to it.
    pub source: Option<String>,
    /// What it was filed under.
    pub tags: Vec<String>,
    /// The page it is an asset of.
    pub parent: Option<Url>,
    /// Whether the page asked not to be archived.
    pub noarchive: bool,
    /// Why the body ends before its end.
    pub truncated: Option<Truncation>,
}

/// What a `conversion` tells.
#[derive(Debug, Clone, PartialEq)]
pub struct ArticleText {
    /// The capture it was made from.
    pub id: CaptureId,
    /// The name in its own: that of the capture where it was made with it, another where the article was extracted again.
    pub record: CaptureId,
    /// The page's URL.
    pub url: Url,
    /// The digest of its text.
    pub digest: String,
    /// The version of the extractor that made it.
    pub extractor: String,
    /// The digest of the site's profile it was made with.
    pub profile: Option<String>,
    /// The article.
    pub article: Article,
}

/// What a `metadata` record tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// The capture it is about.
    pub id: CaptureId,
    /// The capture that holds this one's article.
    pub article: Option<CaptureId>,
    /// What the extractor said of the page.
    pub verdict: Option<Verdict>,
}

/// Compares a record's block with the digest it names.
pub fn check_block(record: &Record) -> Result<(), String> {
    match record.verify_block() {
        digest::Verdict::Differs => Err("the block does not have the digest its header names".into()),
        _ => Ok(()),
    }
}

/// Compares a record with the digests it names. The error says which does not fit.
pub fn check(record: &Record) -> Result<(), String> {
    check_block(record)?;
    let Some(expected) = record.header.payload_digest() else { return Ok(()) };
    if record.header.record_type() == RecordType::Response {
        let (_, body) = Head::parse(&record.block).ok_or("the block is no HTTP message")?;
        if digest::verify(expected, body) == digest::Verdict::Differs {
            return Err("the payload does not have the digest its header names".into());
        }
    }
    Ok(())
}

/// What a record tells the catalogue. The error says what is missing.
pub fn part(record: &Record) -> Result<Part, String> {
    part_of(record, None)
}

/// As [`part`], of a record that was just made, with the article it was made of: that need not be read out of it again.
pub fn part_of(record: &Record, made_of: Option<&Article>) -> Result<Part, String> {
    let header = &record.header;
    let urn = header.record_id().ok_or("WARC-Record-ID is missing")?;
    let kind = header.record_type();
    if kind == RecordType::Warcinfo {
        return Ok(Part::Other);
    }
    let id = CaptureId::from_record_id(urn).ok_or("WARC-Record-ID is no UUID")?;
    match (Role::of_record_id(urn), kind) {
        (Some(Role::Answer), RecordType::Response | RecordType::Revisit) => {
            answer(record, id).map(|answer| Part::Answer(Box::new(answer)))
        }
        (Some(Role::Request), RecordType::Request) => Ok(Part::Request(id)),
        (Some(Role::Article), RecordType::Conversion) => {
            let target = header.target_uri().and_then(|uri| uri.strip_prefix(fields::ARTICLE_URN));
            Ok(Part::Article(Box::new(ArticleText {
                id: header.refers_to().and_then(CaptureId::from_record_id).unwrap_or(id),
                record: id,
                url: url_of(target)?,
                digest: header.get(fields::ARTICLE_DIGEST).ok_or("the article's digest is missing")?.to_owned(),
                extractor: header.get(fields::EXTRACTOR).unwrap_or("").to_owned(),
                profile: header.get(fields::PROFILE).map(str::to_owned),
                article: made_of.map_or_else(|| article(record), |article| Ok(article.clone()))?,
            })))
        }
        (Some(Role::Metadata), RecordType::Metadata) => Ok(Part::Metadata(observed(record, id))),
        _ => Ok(Part::Other),
    }
}

fn url_of(text: Option<&str>) -> Result<Url, String> {
    let text = text.ok_or("WARC-Target-URI is missing")?;
    Url::parse(text).map_err(|error| format!("WARC-Target-URI `{text}`: {error}"))
}

fn answer(record: &Record, id: CaptureId) -> Result<Answer, String> {
    let header = &record.header;
    let (head, body) = Head::parse(&record.block).ok_or("the block is no HTTP message")?;
    let repeats = match header.record_type() {
        RecordType::Revisit => {
            let urn = header.refers_to().ok_or("WARC-Refers-To is missing")?;
            Some(CaptureId::from_record_id(urn).ok_or("WARC-Refers-To is no UUID")?)
        }
        _ => None,
    };
    Ok(Answer {
        id,
        url: url_of(header.target_uri())?,
        at: header.date().ok_or("WARC-Date is missing or is no date")?,
        status: head.status().unwrap_or(0),
        media_type: media_type(&head),
        change: header.get(fields::CHANGE).and_then(Change::from_word).unwrap_or(Change::New),
        payload_digest: header.payload_digest().ok_or("WARC-Payload-Digest is missing")?.to_owned(),
        payload_bytes: body.len() as u64,
        repeats,
        not_modified: header.profile() == Some(SERVER_NOT_MODIFIED),
        source: header.get(fields::SOURCE).map(str::to_owned),
        tags: header.get_all(fields::TAG).map(str::to_owned).collect(),
        parent: header.get(fields::PARENT).and_then(|parent| Url::parse(parent).ok()),
        noarchive: header.get(fields::NOARCHIVE) == Some("1"),
        truncated: header.get("WARC-Truncated").map(Truncation::from_word),
    })
}

fn media_type(head: &Head) -> String {
    let value = head.get("content-type").unwrap_or("");
    value.split(';').next().unwrap_or("").trim().to_ascii_lowercase()
}

fn observed(record: &Record, id: CaptureId) -> Observed {
    let block = String::from_utf8_lossy(&record.block);
    let get = |name: &str| {
        block.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            (found == name).then(|| value.trim().to_owned())
        })
    };
    Observed {
        id,
        article: get(fields::META_ARTICLE).and_then(|urn| CaptureId::from_record_id(&urn)),
        verdict: get(fields::META_VERDICT).and_then(|word| fields::verdict_of(&word)),
    }
}

/// The article in a `conversion`. Its digest was taken of the text as it was extracted, and is checked.
pub fn article(record: &Record) -> Result<Article, String> {
    let article: Article = serde_json::from_slice(&record.block).map_err(|error| format!("no article: {error}"))?;
    match record.header.get(fields::ARTICLE_DIGEST) {
        Some(expected) if text::digest(&article) != expected => {
            Err("the article's text does not have the digest its header names".into())
        }
        _ => Ok(article),
    }
}

/// The page a capture shows: its own answer, the record that holds its payload where that is another (as for a `revisit`), and
/// its request where that can be read. The body stays where the record had it in memory.
pub fn page(answer: Record, holder: Option<Record>, request: Option<&Record>) -> Result<Page, String> {
    let header = &answer.header;
    let not_modified = header.profile() == Some(SERVER_NOT_MODIFIED);
    // After a 304 the page is still what the earlier answer showed, head and all.
    let shown = holder.as_ref().filter(|_| not_modified).unwrap_or(&answer);
    let (head, _) = Head::parse(&shown.block).ok_or("the block is no HTTP message")?;
    let held = holder.as_ref().unwrap_or(&answer);
    let (_, body) = Head::parse(&held.block).ok_or("the block is no HTTP message")?;
    // A record that names the digest the holder names has the holder's body: that was compared with its own digest.
    let differs = |expected| {
        held.header.payload_digest() != Some(expected) && digest::verify(expected, body) == digest::Verdict::Differs
    };
    if header.payload_digest().is_some_and(differs) {
        return Err("the payload does not have the digest its header names".into());
    }
    let number = |name: &str| header.get(name).and_then(|value| value.parse().ok()).unwrap_or(0);
    let body_at = held.block.len() - body.len();
    let page = Page {
        url: url_of(header.target_uri())?,
        at: header.date().ok_or("WARC-Date is missing or is no date")?,
        request_headers: request.map(|request| request_headers(request, header.target_uri())).unwrap_or_default(),
        status: head.status().ok_or("the HTTP message has no status")?,
        version: version(shown, &head),
        headers: page_headers(&head),
        body: Bytes::new(),
        truncated: shown.header.get("WARC-Truncated").map(Truncation::from_word),
        wire_bytes: number(fields::WIRE),
        address: header.ip_address(),
        elapsed_ms: number(fields::ELAPSED),
    };
    let body = Bytes::from(holder.unwrap_or(answer).block).slice(body_at..);
    Ok(Page { body, ..page })
}

fn version(record: &Record, head: &Head) -> String {
    match record.header.get(fields::PROTOCOL).and_then(|protocol| protocol.strip_prefix('h')) {
        Some(version) => format!("HTTP/{version}"),
        None => match &head.start {
            chaffinch_warc::http::StartLine::Response { version, .. }
            | chaffinch_warc::http::StartLine::Request { version, .. } => version.clone(),
        },
    }
}

/// The fields that were sent. `Host` follows from the address and is left out again where it stands first.
fn request_headers(request: &Record, url: Option<&str>) -> Headers {
    let Some((head, _)) = Head::parse(&request.block) else { return Headers::new() };
    let host = url.and_then(|url| Url::parse(url).ok()).map(|url| crate::url::host(&url));
    let implied = head.fields.first().is_some_and(|(n, v)| n == "Host" && Some(v) == host.as_ref());
    head.fields.into_iter().skip(usize::from(implied)).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use chaffinch_extract::article::{Block, Inline};
    use proptest::prelude::*;

    use super::*;
    use crate::snapshot::encode::{ArticlePlan, Body, Origin, Plan, records};
    use crate::snapshot::value::Snapshot;

    fn page_of(body: &[u8]) -> Page {
        Page {
            url: Url::parse("https://example.org/a?b=c").unwrap(),
            at: "2026-03-01T10:00:00.123Z".parse().unwrap(),
            request_headers: [("User-Agent", "chaffinch")].into_iter().collect(),
            status: 200,
            version: "HTTP/2".into(),
            headers: [("content-type", "text/html"), ("content-encoding", "br"), ("content-length", "3")]
                .into_iter()
                .collect(),
            body: Bytes::copy_from_slice(body),
            truncated: None,
            wire_bytes: 3,
            address: Some("192.0.2.1".parse().unwrap()),
            elapsed_ms: 42,
        }
    }

    fn whole(id: CaptureId) -> Plan {
        Plan { id, change: Change::New, body: Body::Whole, article: ArticlePlan::Nothing }
    }

    fn id() -> CaptureId {
        CaptureId::from_parts(1_772_359_200_123, 99)
    }

    #[test]
    fn coding_is_undone_and_said() {
        let records = records(&Snapshot::new(page_of(b"<p>Hello")), &whole(id()));
        let text = String::from_utf8(records[0].block.clone()).unwrap();
        assert_eq!(
            text,
            "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nX-Archive-Orig-content-encoding: br\r\n\
             X-Archive-Orig-content-length: 3\r\ncontent-length: 8\r\n\r\n<p>Hello"
        );
        assert!(String::from_utf8_lossy(&records[1].block).starts_with("GET /a?b=c HTTP/1.1\r\nHost: example.org\r\n"));
        for record in &records {
            check(record).unwrap();
        }
    }

    #[test]
    fn a_changed_byte_of_the_body_is_noticed() {
        let mut records = records(&Snapshot::new(page_of(b"<p>Hello")), &whole(id()));
        *records[0].block.last_mut().unwrap() ^= 1;
        assert!(check(&records[0]).is_err());
    }

    #[test]
    fn a_revisit_shows_the_body_it_repeats_under_its_own_head() {
        let first = records(&Snapshot::new(page_of(b"<p>Hello")), &whole(id()));
        let mut later = page_of(b"<p>Hello");
        later.headers.push("Age", "7");
        let digest = first[0].header.payload_digest().unwrap().to_owned();
        let origin = Origin { id: id(), url: later.url.clone(), at: later.at, payload_digest: digest };
        let plan = Plan { id: CaptureId::from_parts(9, 9), body: Body::Repeats(origin), ..whole(id()) };
        let revisit = records(&Snapshot::new(later.clone()), &plan);
        assert_eq!(revisit[0].header.record_type(), RecordType::Revisit);
        assert!(!String::from_utf8_lossy(&revisit[0].block).contains("Hello"));
        let (answer, holder) = (revisit[0].clone(), first[0].clone());
        assert_eq!(page(answer, Some(holder), Some(&revisit[1])).unwrap(), later);
    }

    #[test]
    fn an_article_is_read_as_it_was_written() {
        let text = vec![Inline::Text { text: "Hello".into() }];
        let mut article = Article { content: vec![Block::Paragraph { text }], ..Article::default() };
        article.metadata.title = Some("Title".into());
        let snapshot = Snapshot { article: Some(article.clone()), ..Snapshot::new(page_of(b"x")) };
        let plan = Plan { article: ArticlePlan::Whole, ..whole(id()) };
        let records = records(&snapshot, &plan);
        let Part::Article(read) = part(&records[2]).unwrap() else { panic!("no article") };
        assert_eq!((read.article, read.url, read.id), (article, snapshot.page.url, id()));
        assert_eq!(records[2].header.target_uri(), Some("urn:article:https://example.org/a?b=c"));
    }

    proptest! {
        #[test]
        fn any_page_is_read_as_it_was_written(
            body in proptest::collection::vec(any::<u8>(), 0..300),
            status in 200_u16..600,
            names in proptest::collection::vec("[A-Za-z][A-Za-z0-9-]{0,12}", 0..6),
            value in "[!-~é]{1,20}",
            truncated in proptest::option::of(Just(Truncation::Length)),
        ) {
            let mut page_in = page_of(&body);
            page_in.status = status;
            page_in.truncated = truncated;
            for name in &names {
                prop_assume!(!name.eq_ignore_ascii_case("host") && !name.eq_ignore_ascii_case("content-length"));
                page_in.headers.push(name.as_str(), value.as_str());
                page_in.request_headers.push(name.as_str(), value.as_str());
            }
            let records = records(&Snapshot::new(page_in.clone()), &whole(id()));
            for record in &records {
                prop_assert_eq!(check(record), Ok(()));
            }
            prop_assert_eq!(page(records[0].clone(), None, Some(&records[1])).unwrap(), page_in);
        }
    }
}
