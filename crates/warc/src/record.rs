//! A record held whole in memory, and the builder that makes one with its length and digests right. It does not know how a
//! record is compressed or where it lies in a file.

use jiff::Timestamp;

use crate::digest::{self, Verdict};
use crate::header::{Header, RecordType};

/// A header and the block that belongs to it.
///
/// ```
/// use chaffinch_warc::{Record, RecordType};
///
/// let record = Record::new(RecordType::Resource)
///     .id("urn:uuid:35cd0ef3-3b9d-4ca3-a6b9-3e3c1d3b1f0a")
///     .date("2026-03-01T12:00:00Z".parse()?)
///     .target_uri("http://example.com/hello.txt")
///     .block("text/plain", "hello");
/// assert_eq!(record.header.content_length(), Some(5));
/// assert!(record.header.block_digest().is_some_and(|digest| digest.starts_with("sha256:2cf24dba")));
/// # Ok::<(), jiff::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Record {
    /// The named fields.
    pub header: Header,
    /// The bytes they are about.
    pub block: Vec<u8>,
}

impl Record {
    /// A record of this type with an empty block, in WARC 1.1. The standard wants an id, a date and a block of every record.
    #[allow(clippy::needless_pass_by_value)] // a type is named once, where the record is made
    pub fn new(record_type: RecordType) -> Self {
        let mut record = Self::default();
        record.header.push("WARC-Type", record_type.as_str());
        record.header.push("Content-Length", "0");
        record
    }

    /// `WARC-Record-ID`: a URI without brackets, as [`urn_uuid`] makes.
    #[must_use]
    pub fn id(self, uri: &str) -> Self {
        self.field("WARC-Record-ID", format!("<{uri}>"))
    }

    /// `WARC-Date`, in as many digits as it has.
    #[must_use]
    pub fn date(self, at: Timestamp) -> Self {
        self.field("WARC-Date", at.to_string())
    }

    /// `WARC-Target-URI`, without brackets as WARC 1.1 wants it.
    #[must_use]
    pub fn target_uri(self, uri: &str) -> Self {
        self.field("WARC-Target-URI", uri)
    }

    /// Any other field, added behind those that are there. `Content-Length` and `WARC-Block-Digest` are the block's business.
    #[must_use]
    pub fn field(mut self, name: &str, value: impl Into<String>) -> Self {
        // The length stays last, as people are used to see it.
        let at = self.header.fields.len().saturating_sub(1);
        self.header.fields.insert(at, (name.to_owned(), value.into()));
        self
    }

    /// `WARC-Payload-Digest` over these bytes: the body of a request or response, the whole block of others.
    #[must_use]
    pub fn payload_digest_of(self, payload: &[u8]) -> Self {
        self.field("WARC-Payload-Digest", digest::sha256(payload))
    }

    /// The block and its media type; sets `Content-Type`, `WARC-Block-Digest` and `Content-Length`.
    #[must_use]
    pub fn block(mut self, content_type: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.block = bytes.into();
        for name in ["Content-Length", "WARC-Block-Digest", "Content-Type"] {
            self.header.remove(name);
        }
        self.header.push("Content-Type", content_type);
        self.header.push("WARC-Block-Digest", digest::sha256(&self.block));
        self.header.push("Content-Length", self.block.len().to_string());
        self
    }

    /// Compares the block with `WARC-Block-Digest`; `Unknown` where there is none.
    pub fn verify_block(&self) -> Verdict {
        self.header.block_digest().map_or(Verdict::Unknown, |digest| digest::verify(digest, &self.block))
    }

    /// The record as it stands in an uncompressed file: header, block, and the two line ends behind it.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = self.header.to_bytes();
        out.reserve_exact(self.block.len() + 4);
        out.extend_from_slice(&self.block);
        out.extend_from_slice(b"\r\n\r\n");
        out
    }
}

/// A record id made of 128 bits the caller has chosen, such as a ULID's: `urn:uuid:` and the bits in the shape of a UUID.
///
/// ```
/// assert_eq!(chaffinch_warc::urn_uuid(0x1), "urn:uuid:00000000-0000-0000-0000-000000000001");
/// ```
pub fn urn_uuid(bits: u128) -> String {
    let hex = format!("{bits:032x}");
    format!("urn:uuid:{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_record_is_written_byte_for_byte_as_the_standard_shows() {
        let record = Record::new(RecordType::Metadata)
            .id("urn:uuid:00000000-0000-0000-0000-000000000001")
            .date("2026-03-01T12:00:00Z".parse().unwrap())
            .target_uri("http://example.com/")
            .field("WARC-Concurrent-To", "<urn:uuid:2>")
            .block("application/warc-fields", "via: x\r\n");
        let expected = "WARC/1.1\r\n\
            WARC-Type: metadata\r\n\
            WARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-000000000001>\r\n\
            WARC-Date: 2026-03-01T12:00:00Z\r\n\
            WARC-Target-URI: http://example.com/\r\n\
            WARC-Concurrent-To: <urn:uuid:2>\r\n\
            Content-Type: application/warc-fields\r\n\
            WARC-Block-Digest: sha256:cf3919968aa3ba4a7f4cb09de2d80cecf0e461dc318f3d22a780b83c3d10bcc2\r\n\
            Content-Length: 8\r\n\r\nvia: x\r\n\r\n\r\n";
        assert_eq!(String::from_utf8(record.to_bytes()).unwrap(), expected);
    }

    #[test]
    fn giving_a_block_twice_leaves_one_length_and_one_digest() {
        let record = Record::new(RecordType::Resource).block("text/plain", "one").block("text/html", "three");
        assert_eq!(record.header.get_all("Content-Length").collect::<Vec<_>>(), ["5"]);
        assert_eq!(record.header.get_all("WARC-Block-Digest").count(), 1);
        assert_eq!(record.header.content_type(), Some("text/html"));
    }

    #[test]
    fn a_changed_block_no_longer_verifies() {
        let mut record = Record::new(RecordType::Resource).block("text/plain", "one");
        assert_eq!(record.verify_block(), Verdict::Matches);
        record.block[0] = b'0';
        assert_eq!(record.verify_block(), Verdict::Differs);
        record.header.remove("WARC-Block-Digest");
        assert_eq!(record.verify_block(), Verdict::Unknown);
    }
}
