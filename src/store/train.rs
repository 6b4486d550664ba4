//! Which dictionary a segment begins with: one trained on its own records where the arithmetic says that it pays for both
//! its copies, else the general one. It knows records, not files.

use chaffinch_warc::{Compression, Dictionary, Record, encode};

use crate::snapshot::value::CaptureId;
use crate::store::general;
use crate::store::segment::level_for;

/// Fewer records do not pay for a dictionary, whatever they are.
const RECORDS_MIN: usize = 8;
/// The size of a trained dictionary, in bytes.
const SIZE_MIN: usize = 64 << 10;
/// The size of a trained dictionary of a large site, in bytes.
const SIZE_MAX: usize = 110 << 10;
/// What training looks at, at most.
const SAMPLES_BYTES_MAX: usize = 4 << 20;
/// How much of one record training looks at.
const SAMPLE_BYTES_MAX: usize = 128 << 10;
/// How many records are compressed both ways to see what a dictionary gives.
const TRIALS: usize = 24;
/// Copies of a dictionary in the archive.
const COPIES: u64 = 2;

/// The dictionary for some records, and whether it is one of their own.
pub fn choose(id: CaptureId, records: &[Record], level: i32) -> (Dictionary, bool) {
    match trained(id, records, level) {
        Some(own) if saving(records, &own, level) > cost(&own) => (own, true),
        _ => (general::dictionary(), false),
    }
}

/// A dictionary of the records' own, learnt from some of them where they are many.
fn trained(id: CaptureId, records: &[Record], level: i32) -> Option<Dictionary> {
    if records.len() < RECORDS_MIN {
        return None;
    }
    let total: usize = records.iter().map(|record| record.block.len().min(SAMPLE_BYTES_MAX)).sum();
    let step = (total / SAMPLES_BYTES_MAX) + 1;
    let samples: Vec<Vec<u8>> = records
        .iter()
        .step_by(step)
        .map(|record| {
            let mut bytes = record.to_bytes();
            bytes.truncate(SAMPLE_BYTES_MAX);
            bytes
        })
        .collect();
    let samples: Vec<&[u8]> = samples.iter().map(Vec::as_slice).collect();
    let size = if total > SIZE_MAX * 10 { SIZE_MAX } else { SIZE_MIN };
    Dictionary::train(&samples, size, dictionary_id(id), level).ok()
}

/// A dictionary's id: chance, above those of general dictionaries.
fn dictionary_id(segment: CaptureId) -> u32 {
    const FIRST: u32 = 65_536;
    let chance = crate::store::merkle::leaf(segment.to_string().as_bytes());
    FIRST + u32::from_le_bytes([chance[0], chance[1], chance[2], chance[3]]) % ((1 << 31) - FIRST)
}

/// What a dictionary takes in the archive.
fn cost(dictionary: &Dictionary) -> u64 {
    dictionary.to_frame().map_or(u64::MAX, |frame| frame.len() as u64 * COPIES)
}

/// What all records together take less than with the general dictionary, judged by some of them.
fn saving(records: &[Record], own: &Dictionary, level: i32) -> u64 {
    let general = general::dictionary();
    let step = records.len().div_ceil(TRIALS);
    let size = |record: &Record, dictionary: &Dictionary| {
        encode(record, &Compression::Zstd { level: level_for(record, level), dictionary: Some(dictionary) })
            .map_or(0, |frame| frame.len() as u64)
    };
    let (mut with, mut without, mut tried) = (0, 0, 0);
    for record in records.iter().step_by(step) {
        with += size(record, own);
        without += size(record, &general);
        tried += 1;
    }
    without.saturating_sub(with) * records.len() as u64 / tried.max(1)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use chaffinch_warc::RecordType;

    use super::*;

    fn pages(count: u32, chrome: &str) -> Vec<Record> {
        (0..count)
            .map(|n| {
                let words: String =
                    (0..60_u32).map(|w| (n.wrapping_mul(2_654_435_761) ^ (w * 977)).to_string() + " ").collect();
                let page = format!("<html>{chrome}<p>{words}</p></html>");
                Record::new(RecordType::Resource).id(&format!("urn:uuid:{n}")).block("text/html", page)
            })
            .collect()
    }

    /// Markup such as no general dictionary holds.
    fn chrome() -> String {
        let items = (0..400_u32).map(|n| format!("<li class=\"x{:x}\">{}</li>", n.wrapping_mul(0x9E37_79B9), n * n));
        items.collect::<Vec<_>>().concat()
    }

    #[test]
    fn many_pages_with_the_same_chrome_pay_for_a_dictionary() {
        let id = CaptureId::from_parts(1, 1);
        let (dictionary, own) = choose(id, &pages(60, &chrome()), 9);
        assert!(own);
        assert!(dictionary.id() >= 65_536);
    }

    #[test]
    fn a_few_pages_do_not() {
        let id = CaptureId::from_parts(1, 1);
        assert!(!choose(id, &pages(8, ""), 9).1);
        assert!(!choose(id, &pages(2, &chrome()), 9).1);
    }
}
