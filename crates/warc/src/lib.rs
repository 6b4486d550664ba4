//! Reads and writes WARC, the format web archives are kept in: versions 1.0 and 1.1 (ISO 28500), uncompressed, in gzip members,
//! and in Zstandard frames with a dictionary. Pure over [`Read`](std::io::Read) and [`Write`](std::io::Write): no files, no
//! network, no clock.
//!
//! # Writing
//!
//! A [`Record`] is a [`Header`] and a block. Its builder knows the fields every record needs, and computes length and digest.
//! A [`Writer`] puts one record behind the other, each as one gzip member or Zstandard frame, so that each can be read again by
//! its [`Span`] alone.
//!
//! ```
//! use chaffinch_warc::http::Head;
//! use chaffinch_warc::{Compression, Record, RecordType, Writer, decode_one, urn_uuid};
//!
//! let body = b"<p>Hello";
//! let head = Head::response("HTTP/1.1", 200, "OK").field("Content-Type", "text/html");
//! let record = Record::new(RecordType::Response)
//!     .id(&urn_uuid(0x0190_1d2c_7f3e_4a5b_8c6d_0e1f_2a3b_4c5d))
//!     .date("2026-03-01T12:00:00Z".parse()?)
//!     .target_uri("http://example.com/")
//!     .payload_digest_of(body)
//!     .block("application/http; msgtype=response", head.message(body));
//!
//! let mut writer = Writer::new(Vec::new(), Compression::Zstd { level: 9, dictionary: None })?;
//! let span = writer.write(&record)?;
//! let file = writer.finish()?;
//!
//! let frame = &file[span.offset as usize..span.end() as usize];
//! assert_eq!(decode_one(frame, None)?, record);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Reading
//!
//! A [`Reader`] tells the format by the first bytes and streams: it holds one header and a buffer, never a block. It reads
//! leniently, as files are found, or strictly, to judge what a program writes ([`Mode`]). Behind damage it finds the next record
//! and says where ([`Reader::skip_to_next`]).
//!
//! ```
//! use std::io::Read;
//! use chaffinch_warc::{Reader, RecordType};
//!
//! let file = b"WARC/1.1\r\n\
//!     WARC-Type: resource\r\n\
//!     WARC-Target-URI: http://example.com/hello.txt\r\n\
//!     WARC-Date: 2026-03-01T12:00:00Z\r\n\
//!     WARC-Record-ID: <urn:uuid:35cd0ef3-3b9d-4ca3-a6b9-3e3c1d3b1f0a>\r\n\
//!     Content-Length: 5\r\n\r\nhello\r\n\r\n";
//!
//! let mut reader = Reader::strict(&file[..]);
//! while let Some(mut entry) = reader.next_record()? {
//!     assert_eq!(entry.header.record_type(), RecordType::Resource);
//!     assert_eq!(entry.header.target_uri(), Some("http://example.com/hello.txt"));
//!     let mut text = String::new();
//!     entry.read_to_string(&mut text)?;
//!     assert_eq!(text, "hello");
//!     let span = entry.finish()?; // checks what follows the block, and the checksum where there is one
//!     assert_eq!((span.offset, span.length), (0, file.len() as u64));
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Dictionaries
//!
//! Pages of a site are alike, and a record is compressed by itself; a [`Dictionary`] gives each the likeness of the others. It
//! stands at the front of the file in a skippable frame, as the IIPC's *Zstandard Compression for WARC Files 1.0* has it, and
//! every frame names it. The forms zstd prepares of a dictionary are made once and kept.
//!
//! # What others can read
//!
//! * Digests are `sha256:` and hexadecimal digits ([`sha256`] says why). Those others wrote are compared by [`digest::verify`]
//!   where they are SHA-256 or SHA-1.
//! * A dictionary is stored compressed and takes at most 1 MiB so; FastWARC refuses more, and refuses uncompressed ones.
//!   Windows are kept to the 8 MiB that every reader of the specification supports.
//! * A file should have a `warcinfo` record first, and a `response` names its payload digest; both are the caller's business, as
//!   are ids, for those need chance or a clock.

mod dictionary;
pub mod digest;
mod error;
mod gzip;
mod header;
pub mod http;
mod lines;
mod members;
mod read;
mod record;
mod source;
mod units;
mod write;

pub use crate::dictionary::Dictionary;
pub use crate::digest::sha256;
pub use crate::error::Error;
pub use crate::header::{Header, IDENTICAL_PAYLOAD_DIGEST, RecordType, SERVER_NOT_MODIFIED, Truncated, Version};
pub use crate::lines::Mode;
pub use crate::read::{Entry, Options, Reader, decode_one};
pub use crate::record::{Record, urn_uuid};
pub use crate::units::Format;
pub use crate::write::{Compression, Span, Writer, encode};
