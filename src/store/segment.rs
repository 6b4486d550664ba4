//! A sealed segment as bytes: dictionary, `warcinfo`, records, and what the ledger says of them. It neither reads nor writes
//! files; which records belong together, and which dictionary pays, others decide.

use chaffinch_warc::{Compression, Dictionary, Record, Span, decode_one, encode};
use jiff::Timestamp;

use crate::snapshot::decode::check;
use crate::snapshot::encode::warcinfo;
use crate::snapshot::value::{CaptureId, Role};
use crate::store::ledger::Segment;
use crate::store::merkle::{self, hex, leaf, sha256_hex};
use crate::store::names;

/// The level for short records, where the best costs next to nothing.
const LEVEL_SHORT: i32 = 19;

/// What counts as short, in bytes before compression.
const SHORT_BYTES_MAX: usize = 4 << 10;

/// The level at which a record is compressed where long ones are compressed at another.
pub fn level_for(record: &Record, level: i32) -> i32 {
    if record.block.len() < SHORT_BYTES_MAX { level.max(LEVEL_SHORT) } else { level }
}

/// A segment that can be put down.
#[derive(Debug, Clone)]
pub struct Built {
    /// Its key.
    pub key: String,
    /// The file.
    pub bytes: Vec<u8>,
    /// The dictionary frame it begins with: the second copy.
    pub dictionary_frame: Vec<u8>,
    /// Where each record lies, in the order they were given.
    pub spans: Vec<Span>,
    /// What the ledger says of it.
    pub segment: Segment,
}

/// Makes a segment of records. Every record is checked, and read back from what was written.
pub fn build(
    id: CaptureId,
    now: Timestamp,
    site: Option<String>,
    records: &[Record],
    dictionary: &Dictionary,
    level: i32,
) -> Result<Built, String> {
    let id_text = id.to_string();
    let key = names::segment(&id_text);
    let dictionary_frame = dictionary.to_frame().map_err(|error| error.to_string())?;
    let mut bytes = dictionary_frame.clone();
    let mut spans = Vec::with_capacity(records.len());
    let mut leaves = Vec::with_capacity(records.len() + 1);
    let info = warcinfo(&id.record_id(Role::Answer), now, &key);
    for (n, record) in std::iter::once(&info).chain(records).enumerate() {
        check(record)?;
        let compression = Compression::Zstd { level: level_for(record, level), dictionary: Some(dictionary) };
        let frame = encode(record, &compression).map_err(|error| error.to_string())?;
        if decode_one(&frame, Some(dictionary)).map_err(|error| error.to_string())? != *record {
            return Err("a record does not read back as it was written".into());
        }
        leaves.push(leaf(&frame));
        if n > 0 {
            spans.push(Span { offset: bytes.len() as u64, length: frame.len() as u64 });
        }
        bytes.extend_from_slice(&frame);
    }
    let segment = Segment {
        id: id_text,
        length: bytes.len() as u64,
        sha256: sha256_hex(&bytes),
        records: leaves.len() as u64,
        merkle: hex(&merkle::root(&leaves)),
        dictionary: dictionary.id(),
        site,
    };
    Ok(Built { key, bytes, dictionary_frame, spans, segment })
}
