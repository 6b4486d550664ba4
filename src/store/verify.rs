//! Reading everything and telling what is damaged: every frame, digest and dictionary, the ledger's chain, each segment
//! against what the ledger says of it, and the catalogue against the records. It never changes a byte.

use std::collections::HashSet;

use sha2::{Digest, Sha256};

use crate::snapshot::decode::{Part, part};
use crate::snapshot::value::CaptureId;
use crate::store::archive::Archive;
use crate::store::catalogue::query;
use crate::store::dictionaries;
use crate::store::error::{Error, Result};
use crate::store::frames::{Found, Frames};
use crate::store::ledger::{self, Ledger, Segment};
use crate::store::medium::read_all;
use crate::store::merkle::{Hash, hex, root, sha256_hex};
use crate::store::names;
use crate::store::open::record_files;
use crate::store::parity;
use crate::store::report::{Damage, Progress, VerifyReport};

/// How often everything is read again because somebody sealed meanwhile.
const ATTEMPTS: usize = 3;
/// How much is read at a time to take a file's digest.
const CHUNK_BYTES: usize = 1 << 20;

/// What is remembered between files.
#[derive(Default)]
struct Seen {
    answers: HashSet<CaptureId>,
}

impl Archive {
    /// Reads everything and says what is damaged; changes nothing.
    ///
    /// # Errors
    /// Where files cannot be listed or read at all. Damage is no error: it is what the report is for.
    pub fn verify(&self, progress: &mut dyn FnMut(Progress)) -> Result<VerifyReport> {
        for _ in 0..ATTEMPTS {
            let ledger = Ledger::read(&*self.medium)?;
            match self.verify_once(progress) {
                Err(Error::Read { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {}
                report if Ledger::read(&*self.medium)? == ledger => return report,
                _ => {}
            }
        }
        self.verify_once(progress)
    }

    fn verify_once(&self, progress: &mut dyn FnMut(Progress)) -> Result<VerifyReport> {
        let mut report = VerifyReport::default();
        let held: HashSet<CaptureId> = self.catalogue.read(query::ids)?.into_iter().collect();
        let ledger = self.verify_ledger(&mut report)?;
        let files = record_files(&*self.medium)?;
        let total = files.iter().map(|(_, length)| length).sum();
        let mut seen = Seen::default();
        for (key, length) in &files {
            let before = report.bytes;
            progress(Progress { done: before, total });
            let entry = ledger.segments().into_iter().find(|segment| segment.id == names::id_of(key)).cloned();
            if key.starts_with(names::SEGMENTS) && entry.is_none() && ledger.faults.is_empty() {
                report.damage.push(damage(key, 0, *length, "the ledger does not know this segment", true));
            }
            self.verify_file(key, *length, entry.as_ref(), &mut seen, &mut report)?;
            report.files += 1;
            report.bytes = before + length;
        }
        for segment in ledger.segments() {
            let key = names::segment(&segment.id);
            if !files.iter().any(|(held, _)| *held == key) {
                let captures = self.captures_within(&key, 0, u64::MAX)?;
                let what = "the file is missing, and the ledger says that it belongs to the archive";
                report.damage.push(Damage { captures, ..damage(&key, 0, segment.length, what, false) });
            }
        }
        self.verify_catalogue(&held, &seen, &mut report)?;
        self.verify_notes(&mut report)?;
        progress(Progress { done: total, total });
        Ok(report)
    }

    fn verify_ledger(&self, report: &mut VerifyReport) -> Result<Ledger> {
        let ledger = Ledger::read(&*self.medium)?;
        for (offset, what) in &ledger.faults {
            report.damage.push(damage(ledger::KEY, *offset, 0, what, true));
        }
        Ok(ledger)
    }

    fn verify_file(
        &self,
        key: &str,
        length: u64,
        entry: Option<&Segment>,
        seen: &mut Seen,
        report: &mut VerifyReport,
    ) -> Result<()> {
        let before = report.damage.len();
        let has_second_copy = self.has_second_copy(key)?;
        if has_second_copy {
            self.verify_dictionary(key, report)?;
        } else if let Some(what) = self.dictionary_fault(key)? {
            report.damage.push(damage(key, 0, 0, &format!("the dictionary: {what}"), false));
        }
        let dictionary = match self.dictionaries.of(&*self.medium, key) {
            Ok(dictionary) => dictionary,
            Err(Error::Damaged { what, .. }) => {
                let captures = self.captures_within(key, 0, u64::MAX)?;
                report.damage.push(Damage { captures, ..damage(key, 0, length, &what, false) });
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let end = self.acknowledged(key, length)?;
        let mut frames = Frames::new(&*self.medium, key, dictionary, 0, Some(end))?;
        let mut leaves: Vec<Hash> = Vec::new();
        while let Some(found) = frames.next_found()? {
            match found {
                Found::Record { record, leaf, span } => {
                    leaves.push(leaf);
                    match part(&record) {
                        Ok(Part::Answer(answer)) => {
                            seen.answers.insert(answer.id);
                        }
                        Ok(_) => {}
                        Err(what) => report.damage.push(damage(key, span.offset, span.length, &what, false)),
                    }
                    report.records += 1;
                }
                Found::Damage { span, what, .. } => {
                    let captures = self.captures_within(key, span.offset, span.end())?;
                    report.damage.push(Damage { captures, ..damage(key, span.offset, span.length, &what, false) });
                }
            }
        }
        // Damage that was found and named above would only be named again.
        if let Some(entry) = entry
            && report.damage.len() == before
            && let Some(what) = self.differs(key, length, entry, &leaves)?
        {
            report.damage.push(damage(key, 0, length, what, true));
        }
        if has_second_copy { Ok(()) } else { self.verify_parity(key, entry, before, report) }
    }

    /// In a journal that is being written, what the catalogue has not been told of was promised to nobody yet.
    fn acknowledged(&self, key: &str, length: u64) -> Result<u64> {
        if !key.starts_with(names::JOURNALS) {
            return Ok(length);
        }
        let files = self.catalogue.read(query::files)?;
        Ok(files.iter().find(|(held, until)| held == key && *until > 0).map_or(length, |(_, until)| length.min(*until)))
    }

    /// Journals, and segments of the first version, have a second copy of their dictionary; all other segments a parity file.
    pub(crate) fn has_second_copy(&self, key: &str) -> Result<bool> {
        if key.starts_with(names::JOURNALS) {
            return Ok(true);
        }
        match self.medium.length(&names::second_copy(key)) {
            Ok(_) => Ok(true),
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(source) => Err(Self::read_failed(key)(source)),
        }
    }

    /// The parity file of a segment: whether it is sound, and whether it makes whole again what was found damaged from a place
    /// in the report on.
    fn verify_parity(&self, key: &str, entry: Option<&Segment>, from: usize, report: &mut VerifyReport) -> Result<()> {
        if report.damage.len() > from {
            let whole = self.made_whole(key, entry)?.is_some();
            report.damage[from..].iter_mut().for_each(|damage| damage.recoverable |= whole);
            return Ok(());
        }
        let beside = names::parity(key);
        let what = match read_all(&*self.medium, &beside) {
            Ok(parity) => {
                let bytes = read_all(&*self.medium, key).map_err(Self::read_failed(key))?;
                parity::fault(&parity, &bytes).map(str::to_owned)
            }
            Err(error) => Some(error.to_string()),
        };
        if let Some(what) = what {
            report.damage.push(damage(&beside, 0, 0, &format!("the parity file: {what}"), true));
        }
        Ok(())
    }

    /// A damaged segment as it was, if its parity file says so and the ledger agrees.
    pub(crate) fn made_whole(&self, key: &str, entry: Option<&Segment>) -> Result<Option<Vec<u8>>> {
        let read = |key: &str| match read_all(&*self.medium, key) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(Self::read_failed(key)(source)),
        };
        let (Some(entry), Some(parity), Some(damaged)) = (entry, read(&names::parity(key))?, read(key)?) else {
            return Ok(None);
        };
        let whole = parity::restore(&parity, &damaged);
        Ok(whole.filter(|whole| sha256_hex(whole) == entry.sha256))
    }

    /// What is wrong with the dictionary a file begins with.
    fn dictionary_fault(&self, key: &str) -> Result<Option<String>> {
        match dictionaries::frame(&*self.medium, key) {
            Ok(None) => Ok(None),
            Ok(Some(frame)) => Ok(chaffinch_warc::Dictionary::from_frame(&frame).err().map(|error| error.to_string())),
            Err(Error::Damaged { what, .. }) => Ok(Some(what)),
            Err(error) => Err(error),
        }
    }

    /// Both copies of a file's dictionary.
    fn verify_dictionary(&self, key: &str, report: &mut VerifyReport) -> Result<()> {
        let first = match dictionaries::frame(&*self.medium, key) {
            Ok(None) => return Ok(()),
            Ok(Some(frame)) => Ok(frame),
            Err(Error::Damaged { what, .. }) => Err(what),
            Err(error) => return Err(error),
        };
        let sound = |frame: &Vec<u8>| chaffinch_warc::Dictionary::from_frame(frame).map_err(|error| error.to_string());
        let first = first.and_then(|frame| sound(&frame).map(|_| frame));
        let copy = names::second_copy(key);
        let second = read_all(&*self.medium, &copy).map_err(|error| error.to_string());
        let second = second.and_then(|frame| sound(&frame).map(|_| frame));
        match (&first, &second) {
            (Ok(first), Ok(second)) if first != second => {
                report.damage.push(damage(&copy, 0, 0, "the second copy of the dictionary is another one", true));
            }
            (Ok(_), Err(what)) => {
                let what = format!("the second copy of the dictionary: {what}");
                report.damage.push(damage(&copy, 0, 0, &what, true));
            }
            (Err(what), Ok(frame)) => {
                let what = format!("the dictionary: {what}; its second copy is sound");
                report.damage.push(damage(key, 0, frame.len() as u64, &what, true));
            }
            // Both lost is told with the captures that hang on it; both sound is nothing to tell.
            _ => {}
        }
        Ok(())
    }

    /// How a segment differs from what the ledger says of it.
    fn differs(&self, key: &str, length: u64, entry: &Segment, leaves: &[Hash]) -> Result<Option<&'static str>> {
        if length != entry.length {
            return Ok(Some("the file is not as long as the ledger says"));
        }
        if leaves.len() as u64 != entry.records {
            return Ok(Some("the file does not hold as many records as the ledger says"));
        }
        if hex(&root(leaves)) != entry.merkle {
            return Ok(Some("the records do not have the Merkle root that the ledger says"));
        }
        let mut hasher = Sha256::new();
        let mut at = 0;
        while at < length {
            let bytes = self.medium.read(key, at, CHUNK_BYTES).map_err(Self::read_failed(key))?;
            if bytes.is_empty() {
                break;
            }
            at += bytes.len() as u64;
            hasher.update(&bytes);
        }
        let same = hex(&hasher.finalize()) == entry.sha256;
        Ok((!same).then_some("the file does not have the digest that the ledger says"))
    }

    /// Whether every capture that was in the catalogue at the beginning was found in a file, and every one found is in the catalogue.
    fn verify_catalogue(&self, held: &HashSet<CaptureId>, seen: &Seen, report: &mut VerifyReport) -> Result<()> {
        let lost: HashSet<CaptureId> =
            report.damage.iter().flat_map(|damage| damage.captures.iter().copied()).collect();
        let mut missing: Vec<CaptureId> =
            held.difference(&seen.answers).filter(|id| !lost.contains(id)).copied().collect();
        missing.sort();
        if !missing.is_empty() {
            let what = "captures in the catalogue that no file holds";
            let damage = damage("catalogue.sqlite", 0, 0, what, false);
            report.damage.push(Damage { captures: missing.clone(), ..damage });
        }
        // What was stored while the files were read is in the catalogue by now.
        let now: HashSet<CaptureId> = self.catalogue.read(query::ids)?.into_iter().collect();
        let unheard = seen.answers.difference(&now).count();
        if unheard > 0 {
            let what = format!("{unheard} captures in the files that the catalogue has not heard of");
            report.damage.push(damage("catalogue.sqlite", 0, 0, &what, true));
        }
        report.captures = held.intersection(&seen.answers).filter(|id| !lost.contains(id)).count() as u64;
        Ok(())
    }

    fn verify_notes(&self, report: &mut VerifyReport) -> Result<()> {
        let bytes = match read_all(&*self.medium, names::NOTES) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(Self::read_failed(names::NOTES)(error)),
        };
        let mut offset = 0;
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            if serde_json::from_slice::<serde_json::Value>(line).is_err() {
                report.damage.push(damage(names::NOTES, offset, line.len() as u64, "a line that is no JSON", false));
            }
            offset += line.len() as u64;
        }
        Ok(())
    }
}

pub(crate) fn damage(file: &str, offset: u64, length: u64, what: &str, recoverable: bool) -> Damage {
    Damage { file: file.to_owned(), offset, length, what: what.to_owned(), captures: Vec::new(), recoverable }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::store::trial::{Trial, seal_all, story};

    #[test]
    fn what_others_store_and_seal_meanwhile_is_no_damage() {
        let trial = Trial::new();
        let (reader, writer) = (trial.open(), trial.open());
        writer.store(&[story("https://example.org/0", 0, "nav", "One.")]).unwrap();
        let mut calls = 0;
        let report = reader.verify(&mut |_| {
            calls += 1;
            if calls < 3 {
                writer.store(&[story(&format!("https://example.org/{calls}"), calls, "nav", "More.")]).unwrap();
                writer.seal(&seal_all()).unwrap();
            }
        });
        let report = report.unwrap();
        assert!(report.is_sound(), "{report:?}");
        assert_eq!(report.captures, 3);
    }

    #[test]
    fn captures_that_the_catalogue_lost_or_made_up_are_told() {
        let trial = Trial::new();
        let archive = trial.open();
        archive.store(&[story("https://example.org/0", 0, "nav", "One.")]).unwrap();
        let id = CaptureId::from_parts(5, 5);
        let rename = format!("UPDATE captures SET id = '{id}'");
        archive.catalogue.write(|tx| tx.execute(&rename, []).map_err(|e| archive.catalogue.failed(e))).unwrap();
        let report = archive.verify(&mut |_| {}).unwrap();
        assert_eq!(report.damage[0].captures, [id]);
        assert!(report.damage[1].recoverable && report.damage[1].what.contains("not heard of"));
    }
}
