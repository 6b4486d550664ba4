//! Walks over the records of a journal or segment, one frame at a time, and finds its way again behind damage. It reads in
//! pieces, so that a file may be larger than memory; it changes nothing.

use chaffinch_warc::{Dictionary, Record, Span, decode_one};
use zstd::zstd_safe::find_frame_compressed_size;

use crate::snapshot::decode::check;
use crate::store::error::{Error, Result};
use crate::store::medium::Objects;
use crate::store::merkle::{self, Hash};

const FRAME_MAGIC: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];
/// The bit of a frame's descriptor that means nothing.
const UNUSED_BIT: u8 = 0b1_0000;
const SKIPPABLE_MAGIC: [u8; 3] = [0x2A, 0x4D, 0x18];
/// What is read at first for a frame; most fit.
const WINDOW_BYTES: usize = 64 << 10;
/// How far ahead a search for the next frame looks at a time.
const SEARCH_BYTES: usize = 1 << 20;

/// What stands at a place in a file.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// A record whose digests are right.
    Record {
        /// Where it lies.
        span: Span,
        /// The record.
        record: Record,
        /// Its leaf in the Merkle tree.
        leaf: Hash,
    },
    /// Bytes that are no sound record.
    Damage {
        /// From where to the next sound record.
        span: Span,
        /// What is wrong at its beginning.
        what: String,
        /// Whether it looks like a write that was not finished: the last frame, and not whole.
        torn: bool,
    },
}

/// A walk over a file.
pub struct Frames<'a> {
    objects: &'a dyn Objects,
    key: &'a str,
    dictionary: Option<Dictionary>,
    at: u64,
    end: u64,
}

/// One frame as it lies there.
enum Raw {
    Whole(Vec<u8>),
    /// Not to be read as records: a dictionary.
    Skip(u64),
    Bad {
        what: String,
        torn: bool,
    },
}

impl<'a> Frames<'a> {
    /// A walk from an offset, where a frame begins, to another or to the end.
    pub fn new(
        objects: &'a dyn Objects,
        key: &'a str,
        dictionary: Option<Dictionary>,
        from: u64,
        to: Option<u64>,
    ) -> Result<Self> {
        let end = match to {
            Some(to) => to,
            None => objects.length(key).map_err(|source| Error::Read { file: key.to_owned(), source })?,
        };
        Ok(Self { objects, key, dictionary, at: from, end })
    }

    /// How far the walk has come, in bytes.
    pub fn position(&self) -> u64 {
        self.at
    }

    /// Where it ends.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// What comes next; `None` at the end.
    pub fn next_found(&mut self) -> Result<Option<Found>> {
        while self.at < self.end {
            let at = self.at;
            match self.raw(at)? {
                Raw::Skip(length) => self.at = at + length,
                Raw::Whole(bytes) => {
                    let span = Span { offset: at, length: bytes.len() as u64 };
                    match self.decode(&bytes) {
                        Ok(record) => {
                            self.at = span.end();
                            return Ok(Some(Found::Record { span, record, leaf: merkle::leaf(&bytes) }));
                        }
                        // The frame's blocks are whole and the next begins where it should: only this one is lost.
                        Err(what) if self.begins(span.end())? => {
                            self.at = span.end();
                            return Ok(Some(Found::Damage { span, what, torn: false }));
                        }
                        Err(what) => return self.damage(at, what, false).map(Some),
                    }
                }
                Raw::Bad { what, torn } => return self.damage(at, what, torn).map(Some),
            }
        }
        Ok(None)
    }

    fn damage(&mut self, at: u64, what: String, torn: bool) -> Result<Found> {
        let next = self.search(at + 1)?;
        self.at = next.unwrap_or(self.end);
        let span = Span { offset: at, length: self.at - at };
        Ok(Found::Damage { span, what, torn: torn && next.is_none() })
    }

    fn read(&self, at: u64, length: usize) -> Result<Vec<u8>> {
        let length = length.min(usize::try_from(self.end.saturating_sub(at)).unwrap_or(usize::MAX));
        self.objects.read(self.key, at, length).map_err(|source| Error::Read { file: self.key.to_owned(), source })
    }

    /// The frame that begins at a place.
    fn raw(&self, at: u64) -> Result<Raw> {
        let mut window = WINDOW_BYTES;
        loop {
            let mut bytes = self.read(at, window)?;
            let whole = at + bytes.len() as u64 >= self.end || bytes.len() < window;
            if bytes.len() >= 8 && bytes[1..4] == SKIPPABLE_MAGIC && (0x50..=0x5F).contains(&bytes[0]) {
                let length = 8 + u64::from(u32::from_le_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]));
                let torn = at + length > self.end;
                return Ok(if torn { bad("a frame that is not whole", true) } else { Raw::Skip(length) });
            }
            if !bytes.starts_with(&FRAME_MAGIC) {
                return Ok(bad("no record begins here", true));
            }
            match find_frame_compressed_size(&bytes) {
                Ok(length) => {
                    bytes.truncate(length);
                    return Ok(Raw::Whole(bytes));
                }
                Err(_) if whole => return Ok(bad("a frame that is not whole", true)),
                Err(_) => window = window.saturating_mul(4),
            }
        }
    }

    fn decode(&self, frame: &[u8]) -> std::result::Result<Record, String> {
        // Decoders pass over this bit (RFC 8878, section 3.1.1.1.1.3). Nobody sets it, so that it was flipped.
        if frame.get(FRAME_MAGIC.len()).is_some_and(|descriptor| descriptor & UNUSED_BIT != 0) {
            return Err("a bit is set that is never set".into());
        }
        let record = decode_one(frame, self.dictionary.as_ref()).map_err(|error| error.to_string())?;
        check(&record).map(|()| record)
    }

    /// Whether a frame begins at a place, or the file ends there.
    fn begins(&self, at: u64) -> Result<bool> {
        Ok(at == self.end || self.read(at, 4)? == FRAME_MAGIC)
    }

    /// The next place from an offset on where a sound record begins.
    fn search(&self, from: u64) -> Result<Option<u64>> {
        let mut from = from;
        while from + 4 <= self.end {
            let bytes = self.read(from, SEARCH_BYTES)?;
            for (n, four) in bytes.windows(4).enumerate() {
                if four == FRAME_MAGIC {
                    let at = from + n as u64;
                    if let Raw::Whole(frame) = self.raw(at)?
                        && self.decode(&frame).is_ok()
                    {
                        return Ok(Some(at));
                    }
                }
            }
            if bytes.len() < 4 {
                break;
            }
            from += bytes.len() as u64 - 3;
        }
        Ok(None)
    }
}

fn bad(what: &str, torn: bool) -> Raw {
    Raw::Bad { what: what.to_owned(), torn }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use chaffinch_warc::{Compression, RecordType, encode};

    use super::*;
    use crate::store::general;
    use crate::store::memory::Memory;

    const KEY: &str = "journal/j.warc.zst";

    /// A file of five records, and where each begins.
    fn file() -> (Memory, Vec<u64>) {
        let memory = Memory::default();
        let dictionary = general::dictionary();
        let mut bytes = dictionary.to_frame().unwrap();
        let mut starts = Vec::new();
        for n in 0..5_u8 {
            let record = Record::new(RecordType::Resource)
                .id(&format!("urn:uuid:{n}"))
                .date("2026-03-01T00:00:00Z".parse().unwrap())
                .block("text/plain", vec![n; 40]);
            starts.push(bytes.len() as u64);
            let compression = Compression::Zstd { level: 9, dictionary: Some(&dictionary) };
            bytes.extend(encode(&record, &compression).unwrap());
        }
        starts.push(bytes.len() as u64);
        memory.put(KEY, &bytes).unwrap();
        (memory, starts)
    }

    /// The ids of the sound records, and the damage between them.
    fn walk(memory: &Memory) -> (String, Vec<(u64, u64, bool)>) {
        let mut frames = Frames::new(memory, KEY, Some(general::dictionary()), 0, None).unwrap();
        let (mut ids, mut damage) = (String::new(), Vec::new());
        while let Some(found) = frames.next_found().unwrap() {
            match found {
                Found::Record { record, .. } => ids.push_str(&record.header.record_id().unwrap()["urn:uuid:".len()..]),
                Found::Damage { span, torn, .. } => damage.push((span.offset, span.end(), torn)),
            }
        }
        (ids, damage)
    }

    #[test]
    fn every_record_of_a_sound_file_is_found() {
        assert_eq!(walk(&file().0), ("01234".into(), vec![]));
    }

    #[test]
    fn a_flipped_bit_costs_one_record() {
        let (memory, starts) = file();
        for at in starts[2]..starts[3] {
            memory.flip(KEY, at as usize);
            let (ids, damage) = walk(&memory);
            assert_eq!(ids, "0134", "flipped at {at}");
            assert_eq!((damage[0].0, damage.last().unwrap().1), (starts[2], starts[3]));
            assert!(damage.iter().all(|(_, _, torn)| !torn));
            memory.flip(KEY, at as usize);
        }
    }

    #[test]
    fn a_file_cut_anywhere_in_its_last_record_is_torn_there() {
        let (memory, starts) = file();
        let bytes = memory.read(KEY, 0, usize::MAX).unwrap();
        for end in starts[4] + 1..starts[5] {
            memory.put(KEY, &bytes[..end as usize]).unwrap();
            assert_eq!(walk(&memory), ("0123".into(), vec![(starts[4], end, true)]));
        }
    }

    #[test]
    fn zeros_behind_the_last_record_are_torn() {
        let (memory, starts) = file();
        let mut bytes = memory.read(KEY, 0, usize::MAX).unwrap();
        bytes.extend([0; 9000]);
        memory.put(KEY, &bytes).unwrap();
        assert_eq!(walk(&memory), ("01234".into(), vec![(starts[5], starts[5] + 9000, true)]));
    }
}
