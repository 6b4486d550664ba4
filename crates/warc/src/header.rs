//! The header of a record: the version line and the named fields, in order, with accessors that carry the names WARC 1.1
//! (ISO 28500:2017) gives them. It knows nothing of blocks and compression.

use std::fmt;
use std::net::IpAddr;

use jiff::Timestamp;

use crate::lines::{self, Fault, Mode};

/// The profile of a revisit whose payload is the same, byte for byte (WARC 1.1, 6.7.2).
pub const IDENTICAL_PAYLOAD_DIGEST: &str = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest";
/// The profile of a revisit where the server said 304 Not Modified (WARC 1.1, 6.7.3).
pub const SERVER_NOT_MODIFIED: &str = "http://netpreserve.org/warc/1.1/revisit/server-not-modified";

/// The version line a record begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Version {
    /// `WARC/1.0` (ISO 28500:2009). Drafts before it (0.17, 0.18) are read as this where reading is lenient.
    V1_0,
    /// `WARC/1.1` (ISO 28500:2017). A higher 1.x is read as this where reading is lenient.
    #[default]
    V1_1,
}

impl Version {
    /// The version line without its ending.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V1_0 => "WARC/1.0",
            Self::V1_1 => "WARC/1.1",
        }
    }

    fn parse(line: &[u8], mode: Mode) -> Result<Self, Fault> {
        let line = if mode == Mode::Lenient { line.trim_ascii_end() } else { line };
        match line {
            b"WARC/1.0" => Ok(Self::V1_0),
            b"WARC/1.1" => Ok(Self::V1_1),
            _ if mode == Mode::Strict => Err("the version line is neither WARC/1.0 nor WARC/1.1"),
            _ if line.starts_with(b"WARC/1.") => Ok(Self::V1_1),
            _ if line.starts_with(b"WARC/0.") => Ok(Self::V1_0),
            _ => Err("no WARC version line"),
        }
    }
}

/// What kind of record it is (`WARC-Type`).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // the words of the standard, sections 6.2 to 6.9
pub enum RecordType {
    Warcinfo,
    Request,
    Response,
    Revisit,
    Conversion,
    Metadata,
    Resource,
    Continuation,
    Other(String),
}

impl RecordType {
    /// The standard's word for it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Warcinfo => "warcinfo",
            Self::Request => "request",
            Self::Response => "response",
            Self::Revisit => "revisit",
            Self::Conversion => "conversion",
            Self::Metadata => "metadata",
            Self::Resource => "resource",
            Self::Continuation => "continuation",
            Self::Other(word) => word,
        }
    }

    /// Reads the standard's word, in any case.
    pub fn from_word(word: &str) -> Self {
        match word.to_ascii_lowercase().as_str() {
            "warcinfo" => Self::Warcinfo,
            "request" => Self::Request,
            "response" => Self::Response,
            "revisit" => Self::Revisit,
            "conversion" => Self::Conversion,
            "metadata" => Self::Metadata,
            "resource" => Self::Resource,
            "continuation" => Self::Continuation,
            _ => Self::Other(word.to_owned()),
        }
    }
}

impl fmt::Display for RecordType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a block ends before its end (`WARC-Truncated`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Truncated {
    /// Longer than a limit on length.
    Length,
    /// Slower than a limit on time.
    Time,
    /// The connection ended early.
    Disconnect,
    /// Any other reason.
    Unspecified,
}

impl Truncated {
    /// The standard's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Length => "length",
            Self::Time => "time",
            Self::Disconnect => "disconnect",
            Self::Unspecified => "unspecified",
        }
    }
}

/// The named fields of a record in order, and the version it is written in. Names are compared without case.
///
/// ```
/// use chaffinch_warc::{Header, RecordType};
///
/// let mut header = Header::default();
/// header.push("WARC-Type", "response");
/// header.push("WARC-Target-URI", "<http://example.com/>"); // brackets as the grammar of WARC 1.0 had them
/// assert_eq!(header.record_type(), RecordType::Response);
/// assert_eq!(header.target_uri(), Some("http://example.com/"));
/// assert_eq!(header.get("warc-type"), Some("response"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Header {
    /// The version line.
    pub version: Version,
    /// Name and value of each field, in order, names as written.
    pub fields: Vec<(String, String)>,
}

impl Header {
    /// The first value of a field.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.get_all(name).next()
    }

    /// Every value of a field, in order.
    pub fn get_all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    /// Adds a field at the end.
    pub fn push(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.fields.push((name.into(), value.into()));
    }

    /// Gives a field this one value: the first of its name is replaced in place, others of the name go, and where there was
    /// none it is added at the end.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        let Some(at) = self.fields.iter().position(|(n, _)| n.eq_ignore_ascii_case(name)) else {
            return self.push(name, value);
        };
        self.fields[at].1 = value.into();
        let mut index = 0;
        self.fields.retain(|(n, _)| {
            index += 1;
            index <= at + 1 || !n.eq_ignore_ascii_case(name)
        });
    }

    /// Takes every field of a name away.
    pub fn remove(&mut self, name: &str) {
        self.fields.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
    }

    /// `WARC-Record-ID` without its brackets: `urn:uuid:...`.
    pub fn record_id(&self) -> Option<&str> {
        self.uri("WARC-Record-ID")
    }

    /// `WARC-Type`; an empty `Other` where it is missing.
    pub fn record_type(&self) -> RecordType {
        RecordType::from_word(self.get("WARC-Type").unwrap_or(""))
    }

    /// `WARC-Date`: when the data was captured. A date cut short, as WARC 1.1 allows (`2016`, `2016-09`, `2016-09-19`,
    /// `2016-09-19T17:20Z`), stands for its beginning.
    pub fn date(&self) -> Option<Timestamp> {
        self.get("WARC-Date").and_then(parse_date)
    }

    /// `Content-Length`: the length of the block in bytes.
    pub fn content_length(&self) -> Option<u64> {
        self.get("Content-Length").and_then(parse_number)
    }

    /// `Content-Type`: the media type of the block.
    pub fn content_type(&self) -> Option<&str> {
        self.get("Content-Type")
    }

    /// `WARC-Target-URI` without brackets.
    pub fn target_uri(&self) -> Option<&str> {
        self.uri("WARC-Target-URI")
    }

    /// `WARC-Payload-Digest`, as `algorithm:value`.
    pub fn payload_digest(&self) -> Option<&str> {
        self.get("WARC-Payload-Digest")
    }

    /// `WARC-Block-Digest`, as `algorithm:value`.
    pub fn block_digest(&self) -> Option<&str> {
        self.get("WARC-Block-Digest")
    }

    /// `WARC-IP-Address`: where the data came from.
    pub fn ip_address(&self) -> Option<IpAddr> {
        self.get("WARC-IP-Address").and_then(|v| v.parse().ok())
    }

    /// `WARC-Refers-To` without brackets: the record this one is about.
    pub fn refers_to(&self) -> Option<&str> {
        self.uri("WARC-Refers-To")
    }

    /// `WARC-Refers-To-Target-URI` without brackets.
    pub fn refers_to_target_uri(&self) -> Option<&str> {
        self.uri("WARC-Refers-To-Target-URI")
    }

    /// `WARC-Refers-To-Date`.
    pub fn refers_to_date(&self) -> Option<Timestamp> {
        self.get("WARC-Refers-To-Date").and_then(parse_date)
    }

    /// `WARC-Concurrent-To` without brackets: records of the same capture.
    pub fn concurrent_to(&self) -> impl Iterator<Item = &str> {
        self.get_all("WARC-Concurrent-To").map(unbracket)
    }

    /// `WARC-Truncated`; a reason the standard does not know is `Unspecified`.
    pub fn truncated(&self) -> Option<Truncated> {
        self.get("WARC-Truncated").map(|word| match word.to_ascii_lowercase().as_str() {
            "length" => Truncated::Length,
            "time" => Truncated::Time,
            "disconnect" => Truncated::Disconnect,
            _ => Truncated::Unspecified,
        })
    }

    /// `WARC-Profile` of a revisit, without brackets.
    pub fn profile(&self) -> Option<&str> {
        self.uri("WARC-Profile")
    }

    /// `WARC-Warcinfo-ID` without brackets.
    pub fn warcinfo_id(&self) -> Option<&str> {
        self.uri("WARC-Warcinfo-ID")
    }

    /// `WARC-Filename` of a warcinfo record.
    pub fn filename(&self) -> Option<&str> {
        self.get("WARC-Filename")
    }

    /// `WARC-Identified-Payload-Type`: the media type found by looking at the payload.
    pub fn identified_payload_type(&self) -> Option<&str> {
        self.get("WARC-Identified-Payload-Type")
    }

    /// `WARC-Segment-Number`, from 1.
    pub fn segment_number(&self) -> Option<u64> {
        self.get("WARC-Segment-Number").and_then(parse_number)
    }

    /// `WARC-Segment-Origin-ID` without brackets.
    pub fn segment_origin_id(&self) -> Option<&str> {
        self.uri("WARC-Segment-Origin-ID")
    }

    /// `WARC-Segment-Total-Length`, in bytes.
    pub fn segment_total_length(&self) -> Option<u64> {
        self.get("WARC-Segment-Total-Length").and_then(parse_number)
    }

    /// The header as it stands in a file: version line, fields, empty line.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(64 + self.fields.len() * 64);
        out.extend_from_slice(self.version.as_str().as_bytes());
        out.extend_from_slice(b"\r\n");
        lines::write_fields(&mut out, self.fields.iter().map(|(n, v)| (n.as_str(), v.as_str())));
        out.extend_from_slice(b"\r\n");
        out
    }

    /// Reads a header from its version line on, up to the empty line or the end of the bytes.
    pub(crate) fn parse(bytes: &[u8], mode: Mode) -> Result<Self, Fault> {
        let (line, rest) = lines::split_line(bytes, mode).ok_or("the version line does not end")?;
        let version = Version::parse(line, mode)?;
        let header = Self { version, fields: lines::parse_fields(rest, mode)? };
        if header.content_length().is_none() {
            return Err("Content-Length is missing or is no number");
        }
        if mode == Mode::Strict {
            header.check_mandatory()?;
        }
        Ok(header)
    }

    /// The fields that every record must have, WARC 1.1 section 5.1.
    fn check_mandatory(&self) -> Result<(), Fault> {
        if self.get("WARC-Type").is_none_or(str::is_empty) {
            return Err("WARC-Type is missing");
        }
        if self.record_id().is_none_or(str::is_empty) {
            return Err("WARC-Record-ID is missing");
        }
        if self.date().is_none() {
            return Err("WARC-Date is missing or is no date");
        }
        for name in ["Content-Length", "WARC-Type", "WARC-Record-ID", "WARC-Date"] {
            if self.get_all(name).count() > 1 {
                return Err("a field that may stand only once is repeated");
            }
        }
        Ok(())
    }

    fn uri(&self, name: &str) -> Option<&str> {
        self.get(name).map(unbracket)
    }
}

/// A URI without the angle brackets around it.
fn unbracket(value: &str) -> &str {
    let value = value.trim();
    value.strip_prefix('<').and_then(|v| v.strip_suffix('>')).unwrap_or(value)
}

/// Digits only: what `parse` also takes, `+5`, is no length.
fn parse_number(value: &str) -> Option<u64> {
    if value.is_empty() || !value.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    value.parse().ok()
}

/// W3C-DTF as WARC 1.1 profiles it: from a year down to a nanosecond, in UTC.
fn parse_date(value: &str) -> Option<Timestamp> {
    let value = value.trim();
    let full = match value.len() {
        4 => format!("{value}-01-01T00:00:00Z"),
        7 => format!("{value}-01T00:00:00Z"),
        10 => format!("{value}T00:00:00Z"),
        17 if value.ends_with('Z') => format!("{}:00Z", value.strip_suffix('Z')?),
        _ => return value.parse().ok(),
    };
    full.parse().ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const HEAD: &[u8] = b"WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:1>\r\n\
        WARC-Date: 2016-09-19T17:20:24.5Z\r\nContent-Length: 3\r\n\r\n";

    fn with(name: &str, value: &str) -> Header {
        let mut header = Header::default();
        header.push(name, value);
        header
    }

    #[test]
    fn a_header_is_written_as_it_was_read() {
        let header = Header::parse(HEAD, Mode::Strict).unwrap();
        assert_eq!(header.record_id(), Some("urn:uuid:1"));
        assert_eq!(header.content_length(), Some(3));
        assert_eq!(header.to_bytes(), HEAD);
    }

    #[test]
    fn setting_a_field_keeps_its_place_and_leaves_one() {
        let mut header = Header::default();
        for (name, value) in [("A", "1"), ("B", "2"), ("a", "3"), ("C", "4")] {
            header.push(name, value);
        }
        header.set("a", "9");
        header.set("D", "5");
        let fields: Vec<_> = header.fields.iter().map(|(n, v)| format!("{n}={v}")).collect();
        assert_eq!(fields, ["A=9", "B=2", "C=4", "D=5"]);
        header.remove("b");
        assert_eq!(header.get("B"), None);
    }

    #[test]
    fn dates_of_every_precision_stand_for_their_beginning() {
        for (written, read) in [
            ("2016", "2016-01-01T00:00:00Z"),
            ("2016-09", "2016-09-01T00:00:00Z"),
            ("2016-09-19", "2016-09-19T00:00:00Z"),
            ("2016-09-19T17:20Z", "2016-09-19T17:20:00Z"),
            ("2016-09-19T17:20:24Z", "2016-09-19T17:20:24Z"),
            ("2016-09-19T17:20:24.123456789Z", "2016-09-19T17:20:24.123456789Z"),
        ] {
            assert_eq!(with("WARC-Date", written).date(), Some(read.parse().unwrap()), "{written}");
        }
        for wrong in ["", "yesterday", "20160919172024", "2016-13-01T00:00:00Z"] {
            assert_eq!(with("WARC-Date", wrong).date(), None, "{wrong}");
        }
    }

    #[test]
    fn a_length_is_digits_and_nothing_else() {
        assert_eq!(with("Content-Length", "12").content_length(), Some(12));
        for wrong in ["", "+12", "-1", "0x10", "12 ", "99999999999999999999999"] {
            assert_eq!(with("Content-Length", wrong).content_length(), None, "{wrong}");
        }
    }

    #[test]
    fn strict_reading_wants_every_mandatory_field_once() {
        for missing in ["WARC-Type", "WARC-Record-ID", "WARC-Date", "Content-Length"] {
            let mut header = Header::parse(HEAD, Mode::Strict).unwrap();
            header.remove(missing);
            assert!(Header::parse(&header.to_bytes(), Mode::Strict).is_err(), "{missing}");
        }
        let mut header = Header::parse(HEAD, Mode::Strict).unwrap();
        header.push("content-length", "4");
        assert!(Header::parse(&header.to_bytes(), Mode::Strict).is_err());
        assert!(Header::parse(&header.to_bytes(), Mode::Lenient).is_ok());
    }

    #[test]
    fn versions_to_come_are_read_leniently_and_refused_strictly() {
        let newer = b"WARC/1.2\r\nContent-Length: 0\r\n\r\n";
        assert_eq!(Header::parse(newer, Mode::Lenient).unwrap().version, Version::V1_1);
        assert!(Header::parse(newer, Mode::Strict).is_err());
        assert!(Header::parse(b"HTTP/1.1 200 OK\r\n\r\n", Mode::Lenient).is_err());
    }

    #[test]
    fn an_unknown_record_type_is_kept_as_written() {
        assert_eq!(RecordType::from_word("RESPONSE"), RecordType::Response);
        assert_eq!(RecordType::from_word("Screenshot").as_str(), "Screenshot");
    }

    #[test]
    fn truncation_reasons_are_typed() {
        assert_eq!(with("WARC-Truncated", "Disconnect").truncated(), Some(Truncated::Disconnect));
        assert_eq!(with("WARC-Truncated", "whim").truncated(), Some(Truncated::Unspecified));
        assert_eq!(Header::default().truncated(), None);
    }
}
