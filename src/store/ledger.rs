//! The ledger: one line an event in the life of segments, each bound to the line before by its hash. It says which segments
//! belong to the archive and what each must look like; it does not know what stands in them.

use serde::{Deserialize, Serialize};

use crate::store::error::{Error, Result};
use crate::store::medium::{Journal, Medium, read_all};
use crate::store::merkle::sha256_hex;

/// The ledger's key.
pub const KEY: &str = "ledger";

/// What the first line says came before it.
const BEGINNING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Records of journals were sealed into a segment.
    Sealed {
        /// The segment.
        #[serde(flatten)]
        segment: Segment,
        /// The journals the records came from.
        from: Vec<String>,
    },
    /// A segment took the place of others.
    Replaced {
        /// The segment that holds what could be read; none where nothing could.
        segment: Option<Segment>,
        /// The segments that are no longer part of the archive.
        replaces: Vec<String>,
        /// Why.
        reason: String,
    },
    /// Captures were let go by the rule of what is kept.
    Thinned {
        /// The captures.
        captures: Vec<String>,
        /// The rule.
        keep: String,
    },
    /// A capture was taken out.
    Forgotten {
        /// The capture.
        capture: String,
        /// Why.
        reason: String,
    },
}

/// The events by which segments take the place of others. Only the last names those that go: should the ledger be cut off in
/// between, what they held is there twice rather than not at all.
pub fn in_place_of(segments: impl IntoIterator<Item = Segment>, old: Vec<String>, reason: &str) -> Vec<Event> {
    let event = |segment, replaces| Event::Replaced { segment, replaces, reason: reason.to_owned() };
    let mut events: Vec<Event> = segments.into_iter().map(|segment| event(Some(segment), Vec::new())).collect();
    match events.last_mut() {
        Some(Event::Replaced { replaces, .. }) => *replaces = old,
        _ => events.push(event(None, old)),
    }
    events
}

/// What a sealed segment must look like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// Its id; the file's name follows from it.
    pub id: String,
    /// Its length in bytes.
    pub length: u64,
    /// The SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// Records in it, the `warcinfo` at its beginning included.
    pub records: u64,
    /// The Merkle root over its records as stored, in hexadecimal.
    pub merkle: String,
    /// The id of the dictionary at its beginning.
    pub dictionary: u32,
    /// The lowest level at which any of it, the dictionary first of all, was compressed; none in segments of the first programs,
    /// whose dictionaries hold no captures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<i32>,
    /// The site whose captures it holds; none where it is a shelf of several.
    pub site: Option<String>,
}

/// A line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Line {
    seq: u64,
    at: String,
    #[serde(flatten)]
    event: Event,
    previous: String,
}

/// Everything the ledger says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ledger {
    /// The events, in order.
    pub events: Vec<Event>,
    /// What is wrong with its lines: the byte where it begins, and what.
    pub faults: Vec<(u64, String)>,
    /// Where the last whole line ends.
    pub end: u64,
    seq: u64,
    last: String,
}

impl Ledger {
    /// Reads the ledger. A line that was not written to its end counts as not written; other faults are told and the lines
    /// that can be read are kept.
    pub fn parse(bytes: &[u8]) -> Self {
        let mut ledger = Self { last: BEGINNING.to_owned(), ..Self::default() };
        while let Some(length) = bytes[ledger.end as usize..].iter().position(|byte| *byte == b'\n') {
            let start = ledger.end;
            let text = &bytes[start as usize..start as usize + length];
            ledger.end = start + length as u64 + 1;
            match read_line(text) {
                Ok((line, hash)) => {
                    if line.previous != ledger.last || line.seq != ledger.seq + 1 {
                        ledger.faults.push((start, "the line is not bound to the line before".into()));
                    }
                    ledger.seq = line.seq;
                    ledger.last = hash;
                    ledger.events.push(line.event);
                }
                Err(what) => ledger.faults.push((start, what)),
            }
        }
        ledger
    }

    /// Reads the ledger of an archive; where there is none, it is empty.
    pub fn read(medium: &dyn Medium) -> Result<Self> {
        match read_all(medium, KEY) {
            Ok(bytes) => Ok(Self::parse(&bytes)),
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => Ok(Self::parse(b"")),
            Err(source) => Err(Error::Read { file: KEY.into(), source }),
        }
    }

    /// The segments that belong to the archive, in the order they came.
    pub fn segments(&self) -> Vec<&Segment> {
        let mut segments: Vec<&Segment> = Vec::new();
        for event in &self.events {
            match event {
                Event::Sealed { segment, .. } => segments.push(segment),
                Event::Replaced { segment, replaces, .. } => {
                    segments.retain(|held| !replaces.contains(&held.id));
                    segments.extend(segment);
                }
                Event::Forgotten { .. } | Event::Thinned { .. } => {}
            }
        }
        segments
    }

    /// Whether a segment was ever part of the archive.
    pub fn has_heard_of(&self, id: &str) -> bool {
        self.events.iter().any(|event| match event {
            Event::Sealed { segment, .. } => segment.id == id,
            Event::Replaced { segment, replaces, .. } => {
                segment.as_ref().is_some_and(|segment| segment.id == id) || replaces.iter().any(|old| old == id)
            }
            Event::Forgotten { .. } | Event::Thinned { .. } => false,
        })
    }

    /// Adds events at the end, durably; on an error none of them.
    pub fn append(&mut self, journal: &mut dyn Journal, at: &str, events: &[Event]) -> Result<()> {
        let failed = |source| Error::Write { file: KEY.into(), source };
        if journal.length() > self.end {
            journal.cut(self.end).map_err(failed)?;
        }
        let mut text = String::new();
        let (mut seq, mut last) = (self.seq, self.last.clone());
        for event in events {
            seq += 1;
            let line = Line { seq, at: at.to_owned(), event: event.clone(), previous: last };
            let (written, hash) = write_line(&line);
            text.push_str(&written);
            last = hash;
        }
        if let Err(source) = journal.append(text.as_bytes()).and_then(|()| journal.sync()) {
            let _ = journal.cut(self.end);
            return Err(failed(source));
        }
        self.end += text.len() as u64;
        (self.seq, self.last) = (seq, last);
        self.events.extend_from_slice(events);
        Ok(())
    }
}

/// A line ends with its own hash, so that a flipped bit shows in the line itself, the last one included.
const HASH: &str = ",\"hash\":\"";

fn write_line(line: &Line) -> (String, String) {
    let mut text = serde_json::to_string(line).unwrap_or_default();
    text.pop();
    let hash = sha256_hex(text.as_bytes());
    (format!("{text}{HASH}{hash}\"}}\n"), hash)
}

fn read_line(bytes: &[u8]) -> std::result::Result<(Line, String), String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "the line is no text".to_owned())?;
    let split = text.rfind(HASH).ok_or_else(|| "the line has no hash".to_owned())?;
    let (content, tail) = text.split_at(split);
    let hash = tail[HASH.len()..].strip_suffix("\"}").unwrap_or("");
    if sha256_hex(content.as_bytes()) != hash {
        return Err("the line does not have the hash it names".into());
    }
    let line = serde_json::from_str(&format!("{content}}}")).map_err(|error| error.to_string())?;
    Ok((line, hash.to_owned()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;
    use crate::store::memory::Memory;

    fn sealed(id: &str) -> Event {
        let segment = Segment {
            id: id.into(),
            length: 10,
            sha256: "ab".into(),
            records: 3,
            merkle: "cd".into(),
            dictionary: 40_000,
            level: Some(12),
            site: Some("example.org".into()),
        };
        Event::Sealed { segment, from: vec!["j".into()] }
    }

    fn replaced(by: &str, old: &str) -> Event {
        let Event::Sealed { segment, .. } = sealed(by) else { unreachable!() };
        Event::Replaced { segment: Some(segment), replaces: vec![old.into()], reason: "damaged".into() }
    }

    fn written(events: &[Event]) -> Vec<u8> {
        let memory = Memory::default();
        let mut journal = memory.journal(KEY).unwrap().unwrap();
        let mut ledger = Ledger::read(&memory).unwrap();
        for event in events {
            ledger.append(&mut *journal, "2026-03-01T00:00:00Z", std::slice::from_ref(event)).unwrap();
        }
        assert_eq!(Ledger::read(&memory).unwrap(), ledger);
        read_all(&memory, KEY).unwrap()
    }

    #[test]
    fn events_are_read_as_they_were_written() {
        let events = [sealed("01a"), sealed("01b"), replaced("01c", "01a")];
        let ledger = Ledger::parse(&written(&events));
        assert_eq!(ledger.events, events);
        assert!(ledger.faults.is_empty());
        let ids: Vec<&str> = ledger.segments().iter().map(|segment| segment.id.as_str()).collect();
        assert_eq!(ids, ["01b", "01c"]);
    }

    #[test]
    fn a_line_cut_short_counts_as_not_written() {
        let bytes = written(&[sealed("01a"), sealed("01b")]);
        let ledger = Ledger::parse(&bytes[..bytes.len() - 1]);
        assert_eq!(ledger.events, [sealed("01a")]);
        assert!(ledger.faults.is_empty());
    }

    #[test]
    fn a_line_taken_out_is_noticed() {
        let bytes = written(&[sealed("01a"), sealed("01b"), sealed("01c")]);
        let text = String::from_utf8(bytes).unwrap();
        let without: String = text.split_inclusive('\n').enumerate().filter(|(n, _)| *n != 1).map(|(_, l)| l).collect();
        assert_eq!(Ledger::parse(without.as_bytes()).faults.len(), 1);
    }

    #[test]
    fn a_failed_append_leaves_the_ledger_as_it_was() {
        let failing = crate::store::failing::Failing::new(Memory::default());
        let mut journal = failing.journal(KEY).unwrap().unwrap();
        let mut ledger = Ledger::read(&failing).unwrap();
        ledger.append(&mut *journal, "t", &[sealed("01a")]).unwrap();
        failing.fail_at(0, false);
        assert!(ledger.append(&mut *journal, "t", &[sealed("01b")]).is_err());
        let again = Ledger::read(&failing).unwrap();
        assert_eq!(again.events, [sealed("01a")]);
        assert!(again.faults.is_empty());
    }

    proptest! {
        #[test]
        fn any_flipped_bit_is_noticed(at in 0_usize..2000, bit in 0_u8..8) {
            let mut bytes = written(&[sealed("01a"), sealed("01b"), replaced("01c", "01a")]);
            let at = at % bytes.len();
            bytes[at] ^= 1 << bit;
            let ledger = Ledger::parse(&bytes);
            let last_newline_gone = at == bytes.len() - 1;
            prop_assert!(!ledger.faults.is_empty() || last_newline_gone);
        }
    }
}
