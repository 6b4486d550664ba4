//! Reads and writes WARC.
mod dictionary;
pub mod digest;
mod error;
mod gzip;
mod header;
pub mod http;
mod lines;
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
