//! A sealed segment as bytes: dictionary, `warcinfo`, records, and what the ledger says of them. It neither reads nor writes
//! files; which records belong together, and what their dictionary is, others decide.

use chaffinch_warc::{Compression, Dictionary, Record, Span, decode_one, encode};
use jiff::Timestamp;
use zstd::zstd_safe::find_frame_compressed_size;

use crate::snapshot::decode::check;
use crate::snapshot::encode::warcinfo;
use crate::snapshot::value::{CaptureId, Role};
use crate::store::ledger::Segment;
use crate::store::merkle::{self, Hash, hex, leaf, sha256_hex};
use crate::store::names;
use crate::store::parity;

/// The level for short records, where the best costs next to nothing.
const LEVEL_SHORT: i32 = 19;

/// What counts as short, in bytes before compression.
const SHORT_BYTES_MAX: usize = 4 << 10;

/// From here on a dictionary is large.
const LARGE_BYTES_MIN: usize = 256 << 10;

/// The level at which a record is compressed with a small dictionary where long ones are compressed at another.
pub fn level_for(record: &Record, level: i32) -> i32 {
    if record.block.len() < SHORT_BYTES_MAX { level.max(LEVEL_SHORT) } else { level }
}

/// How segments are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Making {
    /// The time, for the names of segments.
    pub now: Timestamp,
    /// The level of records.
    pub level: i32,
    /// The level of dictionaries: nearly all of a first capture stands in them.
    pub dictionary_level: i32,
}

/// A segment that can be put down.
#[derive(Debug, Clone)]
pub struct Built {
    /// Its key.
    pub key: String,
    /// The file.
    pub bytes: Vec<u8>,
    /// Its parity file.
    pub parity: Vec<u8>,
    /// Which record of which capture lies where, of those that were not there before.
    pub moved: Vec<(CaptureId, Role, Span)>,
    /// Where the frames that were there before begin.
    pub kept_at: u64,
    /// What the ledger says of it.
    pub segment: Segment,
}

/// Makes a segment of records, behind the frames of an earlier one with the same dictionary. Every record is checked, and read
/// back from what was written.
pub fn build(
    id: CaptureId,
    site: Option<String>,
    kept: &[u8],
    records: &[&Record],
    dictionary: &Dictionary,
    making: &Making,
) -> Result<Built, String> {
    let id_text = id.to_string();
    let key = names::segment(&id_text);
    let mut bytes = dictionary.to_frame().map_err(|error| error.to_string())?;
    let mut leaves = Vec::with_capacity(records.len() + 1);
    let mut moved = Vec::new();
    let info = warcinfo(&id.record_id(Role::Answer), making.now, &key);
    let first = frame(&info, dictionary, making.level)?;
    leaves.push(leaf(&first));
    bytes.extend_from_slice(&first);
    let kept_at = bytes.len() as u64;
    leaves.extend(leaves_of(kept)?);
    bytes.extend_from_slice(kept);
    for record in records {
        let frame = frame(record, dictionary, making.level)?;
        leaves.push(leaf(&frame));
        let span = Span { offset: bytes.len() as u64, length: frame.len() as u64 };
        let urn = record.header.record_id();
        moved.extend(urn.and_then(|urn| Some((CaptureId::from_record_id(urn)?, Role::of_record_id(urn)?, span))));
        bytes.extend_from_slice(&frame);
    }
    let segment = Segment {
        id: id_text,
        length: bytes.len() as u64,
        sha256: sha256_hex(&bytes),
        records: leaves.len() as u64,
        merkle: hex(&merkle::root(&leaves)),
        dictionary: dictionary.id(),
        level: None,
        site,
    };
    Ok(Built { key, parity: parity::protect(&bytes), bytes, moved, kept_at, segment })
}

/// One record as a frame, read back and compared.
pub fn frame(record: &Record, dictionary: &Dictionary, level: i32) -> Result<Vec<u8>, String> {
    check(record)?;
    // Preparing a large dictionary for another level takes longer than that level can save.
    let level = if dictionary.bytes().len() < LARGE_BYTES_MIN { level_for(record, level) } else { level };
    let compression = Compression::Zstd { level, dictionary: Some(dictionary) };
    let frame = encode(record, &compression).map_err(|error| error.to_string())?;
    if decode_one(&frame, Some(dictionary)).map_err(|error| error.to_string())? != *record {
        return Err("a record does not read back as it was written".into());
    }
    Ok(frame)
}

/// The leaves of frames that stand one behind the other.
fn leaves_of(mut frames: &[u8]) -> Result<Vec<Hash>, String> {
    let mut leaves = Vec::new();
    while !frames.is_empty() {
        let length = find_frame_compressed_size(frames).map_err(|_| "a frame that was kept is not whole")?;
        let (frame, rest) = frames.split_at(length);
        leaves.push(leaf(frame));
        frames = rest;
    }
    Ok(leaves)
}

/// The frames of a segment behind its dictionary and its `warcinfo`; `None` where it does not begin with these.
pub fn frames_of(segment: &[u8]) -> Option<&[u8]> {
    let length = u32::from_le_bytes(segment.get(4..8)?.try_into().ok()?) as usize;
    let behind = segment.get(8 + length..)?;
    behind.get(find_frame_compressed_size(behind).ok()?..)
}
