//! Repairing: what can be read of a damaged file goes into a new segment, the ledger says so, and the damaged file is put
//! aside, never thrown away. The catalogue is made again at the end.

use std::collections::HashSet;

use chaffinch_warc::{Record, RecordType};
use jiff::Timestamp;

use crate::snapshot::value::{CaptureId, Role};
use crate::store::archive::{Archive, new_id};
use crate::store::bundle;
use crate::store::catalogue::query;
use crate::store::dictionaries;
use crate::store::error::{Error, Result};
use crate::store::frames::{Found, Frames};
use crate::store::general;
use crate::store::ledger::{self, Event, Ledger};
use crate::store::medium::{Journal, read_all};
use crate::store::names;
use crate::store::parity;
use crate::store::report::{RepairReport, SealOptions, VerifyReport};
use crate::store::segment::{Built, build};
use crate::store::write::{capture_of, owner_of};

impl Archive {
    /// Saves what can be read out of damaged files, and puts ledger and catalogue right. What is sound is not touched.
    ///
    /// # Errors
    /// [`Error::Sealing`] while another process seals; [`Error::Write`] where the disk is full.
    pub fn repair(&self, now: Timestamp) -> Result<RepairReport> {
        let mut held = self.writer();
        held.take();
        let lock = self.medium.journal(ledger::KEY).map_err(Self::write_failed(ledger::KEY))?;
        let mut lock = lock.ok_or(Error::Sealing)?;
        let found = self.verify(&mut |_| {})?;
        let mut report = RepairReport::default();
        if found.is_sound() {
            return Ok(report);
        }
        let before = self.catalogue.read(query::ids)?;
        self.repair_ledger(&mut *lock, &found, now, &mut report)?;
        for key in damaged_files(&found) {
            self.repair_file(&mut *lock, &key, now, &mut report)?;
        }
        self.repair_copies(&found, &mut report)?;
        self.reindex(&mut |_| {})?;
        let after: HashSet<CaptureId> = self.catalogue.read(query::ids)?.into_iter().collect();
        let readable = |id: &CaptureId| match self.capture(id) {
            Ok(Some(capture)) => self.load_page(&capture).is_ok(),
            _ => false,
        };
        let suspects: HashSet<CaptureId> = found.damage.iter().flat_map(|d| d.captures.iter().copied()).collect();
        report.lost =
            before.into_iter().filter(|id| !after.contains(id) || (suspects.contains(id) && !readable(id))).collect();
        Ok(report)
    }

    /// A ledger with a line that cannot be trusted is put aside and written anew from the segments that are there.
    fn repair_ledger(
        &self,
        lock: &mut dyn Journal,
        found: &VerifyReport,
        now: Timestamp,
        report: &mut RepairReport,
    ) -> Result<()> {
        if !found.damage.iter().any(|damage| damage.file == ledger::KEY) {
            return Ok(());
        }
        let mut events = Vec::new();
        let old = Ledger::read(&*self.medium)?;
        if old.faults.is_empty() {
            lock.cut(old.end).map_err(Self::write_failed(ledger::KEY))?;
            report.actions.push("the ledger's last line, which was not written to its end, was cut off".to_owned());
            return Ok(());
        }
        for (key, _) in self.medium.list(names::SEGMENTS).map_err(Self::read_failed(names::SEGMENTS))? {
            if !names::holds_records(&key) {
                continue;
            }
            let known = old.segments().into_iter().find(|segment| segment.id == names::id_of(&key)).cloned();
            let segment = match known {
                Some(segment) => segment,
                None => self.describe(&key)?,
            };
            events.push(Event::Sealed { segment, from: Vec::new() });
        }
        self.put_aside(ledger::KEY)?;
        lock.cut(0).map_err(Self::write_failed(ledger::KEY))?;
        Ledger::parse(b"").append(lock, &now.to_string(), &events)?;
        report
            .actions
            .push(format!("the ledger was written anew over {} segments; the old one is in damaged/", events.len()));
        Ok(())
    }

    /// What a ledger says of a segment, taken from the segment itself.
    pub(crate) fn describe(&self, key: &str) -> Result<ledger::Segment> {
        let bytes = read_all(&*self.medium, key).map_err(Self::read_failed(key))?;
        let dictionary = self.dictionaries.of(&*self.medium, key).ok().flatten();
        let id = dictionary.as_ref().map_or(0, chaffinch_warc::Dictionary::id);
        // Nobody remembers how thoroughly it was compressed; whether its dictionary holds captures can be seen.
        let level = dictionary.as_ref().filter(|held| !bundle::records_in(held).is_empty()).map(|_| 1);
        let mut frames = Frames::new(&*self.medium, key, dictionary, 0, None)?;
        let mut leaves = Vec::new();
        while let Some(found) = frames.next_found()? {
            if let Found::Record { leaf, .. } = found {
                leaves.push(leaf);
            }
        }
        Ok(ledger::Segment {
            id: names::id_of(key).to_owned(),
            length: bytes.len() as u64,
            sha256: crate::store::merkle::sha256_hex(&bytes),
            records: leaves.len() as u64,
            merkle: crate::store::merkle::hex(&crate::store::merkle::root(&leaves)),
            dictionary: id,
            level,
            site: None,
        })
    }

    /// Writes the sound records of a damaged file into a new segment and puts the file aside.
    fn repair_file(&self, lock: &mut dyn Journal, key: &str, now: Timestamp, report: &mut RepairReport) -> Result<()> {
        let is_journal = key.starts_with(names::JOURNALS);
        let _writer = if is_journal {
            let writer = self.medium.journal(key).map_err(Self::write_failed(key))?;
            if writer.is_none() {
                report.actions.push(format!("{key}: another process is writing it; repair again when it has finished"));
                return Ok(());
            }
            writer
        } else {
            None
        };
        let mut ledger = Ledger::read(&*self.medium)?;
        let id = names::id_of(key).to_owned();
        let entry = ledger.segments().into_iter().find(|segment| segment.id == id).cloned();
        if let Some(whole) = self.made_whole(key, entry.as_ref())? {
            self.put_aside(key)?;
            self.medium.put(key, &whole).map_err(Self::write_failed(key))?;
            self.put_parity(key)?;
            report.files += 1;
            report
                .actions
                .push(format!("{key}: made whole again from its parity file; as it was found it is in damaged/"));
            return Ok(());
        }
        let exists = self.medium.length(key).is_ok();
        let records = if exists { self.sound_records(key)? } else { Vec::new() };
        let built = if records.is_empty() { None } else { Some(self.save(key, entry.as_ref(), &records, now)?) };
        let segment = built.map(|built| built.segment);
        let event = match (segment, is_journal) {
            (Some(segment), true) => Some(Event::Sealed { segment, from: vec![id.clone()] }),
            (None, true) => None,
            (segment, false) => Some(Event::Replaced { segment, replaces: vec![id.clone()], reason: "damaged".into() }),
        };
        ledger.append(lock, &now.to_string(), event.as_slice())?;
        if exists {
            self.put_aside(key)?;
        }
        self.remove(key)?;
        report.files += 1;
        report.records += records.len() as u64;
        report.actions.push(format!("{key}: {} records saved; the damaged file is in damaged/", records.len()));
        Ok(())
    }

    /// What can be read of a file: its sound frames, and the captures that its dictionary holds whole.
    fn sound_records(&self, key: &str) -> Result<Vec<Record>> {
        let dictionary = self.dictionaries.of(&*self.medium, key).unwrap_or_default();
        let mut frames = Frames::new(&*self.medium, key, dictionary.clone(), 0, None)?;
        let mut records = Vec::new();
        while let Some(found) = frames.next_found()? {
            match found {
                Found::Record { record, .. } if record.header.record_type() != RecordType::Warcinfo => {
                    records.push(record);
                }
                _ => {}
            }
        }
        let found: HashSet<String> = records.iter().filter_map(id_of).collect();
        let held = dictionary.map(|dictionary| bundle::records_in(&dictionary)).unwrap_or_default();
        let saved: Vec<Record> =
            held.into_iter().filter(|held| id_of(held).is_some_and(|id| !found.contains(&id))).collect();
        if !saved.is_empty() {
            records.extend(saved);
            // The parts of a capture stand together: their names differ only in the last bits.
            records.sort_by_cached_key(id_of);
            // A dictionary may hold the article of a capture without its answer.
            let answered: HashSet<CaptureId> =
                records.iter().filter(|record| is_answer(record)).filter_map(capture_of).collect();
            records.retain(|record| owner_of(record).is_none_or(|id| answered.contains(&id)));
        }
        Ok(records)
    }

    fn save(&self, key: &str, entry: Option<&ledger::Segment>, records: &[Record], now: Timestamp) -> Result<Built> {
        let held = self.dictionaries.of(&*self.medium, key).ok().flatten();
        let level = entry.and_then(|entry| entry.level).filter(|_| held.is_some());
        let dictionary = held.unwrap_or_else(general::dictionary);
        let site = entry.and_then(|entry| entry.site.clone());
        let records: Vec<&Record> = records.iter().collect();
        let making = SealOptions::end_of_run(now).making();
        let mut built = build(new_id(now), site, &[], &records, &dictionary, &making)
            .map_err(|what| Error::Encode { url: key.to_owned(), what })?;
        built.segment.level = level;
        self.put_segment(&built)?;
        Ok(built)
    }

    /// Writes the parity file of a sound segment.
    fn put_parity(&self, key: &str) -> Result<()> {
        let bytes = read_all(&*self.medium, key).map_err(Self::read_failed(key))?;
        let beside = names::parity(key);
        self.medium.put(&beside, &parity::protect(&bytes)).map_err(Self::write_failed(&beside))
    }

    /// Writes second copies of dictionaries, and parity files, anew from what they are copies of.
    fn repair_copies(&self, found: &VerifyReport, report: &mut RepairReport) -> Result<()> {
        let copies: HashSet<&str> = found.damage.iter().map(|damage| damage.file.as_str()).collect();
        for (key, _) in crate::store::open::record_files(&*self.medium)? {
            let copy = names::second_copy(&key);
            if copies.contains(copy.as_str())
                && let Ok(Some(frame)) = dictionaries::frame(&*self.medium, &key)
            {
                self.medium.put(&copy, &frame).map_err(Self::write_failed(&copy))?;
                report.files += 1;
                report.actions.push(format!("{copy}: written anew"));
            }
            let beside = names::parity(&key);
            if copies.contains(beside.as_str()) {
                self.put_parity(&key)?;
                report.files += 1;
                report.actions.push(format!("{beside}: written anew"));
            }
        }
        Ok(())
    }
}

fn is_answer(record: &Record) -> bool {
    record.header.record_id().and_then(Role::of_record_id) == Some(Role::Answer)
}

fn id_of(record: &Record) -> Option<String> {
    record.header.record_id().map(str::to_owned)
}

/// The journals and segments that something is wrong with.
fn damaged_files(found: &VerifyReport) -> Vec<String> {
    let mut keys: Vec<String> = found
        .damage
        .iter()
        .filter(|damage| names::holds_records(&damage.file))
        .map(|damage| damage.file.clone())
        .collect();
    keys.sort();
    keys.dedup();
    keys
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::snapshot::value::Snapshot;
    use crate::store::capture::Filter;
    use crate::store::medium::Objects;
    use crate::store::trial::{Trial, seal_all, story, time};

    fn snapshots() -> Vec<Snapshot> {
        (0..6).map(|n| story(&format!("https://example.org/{n}"), n, "home", &format!("Story {n}."))).collect()
    }

    /// An archive of six captures, sealed or not, and the file that holds them.
    fn filled(sealed: bool) -> (Trial, String) {
        let trial = Trial::new();
        let archive = trial.open();
        archive.store(&snapshots()).unwrap();
        if sealed {
            archive.seal(&seal_all()).unwrap();
        }
        let folder = if sealed { names::SEGMENTS } else { names::JOURNALS };
        let keys = archive.medium.list(folder).unwrap();
        let key = keys.into_iter().map(|(key, _)| key).find(|key| names::holds_records(key)).unwrap();
        (trial, key)
    }

    /// Where the answer of a capture lies.
    fn answer_of(archive: &Archive, n: usize) -> query::Located {
        let url = format!("https://example.org/{n}");
        let capture = archive.find(&url, None).unwrap().unwrap();
        archive.catalogue.read(|db| query::places(db, capture.id)).unwrap().unwrap().answer
    }

    #[test]
    fn a_flipped_bit_is_found_and_costs_one_capture_at_most() {
        for sealed in [false, true] {
            let (trial, key) = filled(sealed);
            let archive = trial.open();
            let place = answer_of(&archive, 2);
            trial.memory().flip(&key, place.offset as usize + place.length as usize / 2);
            let capture = archive.find("https://example.org/2", None).unwrap().unwrap();
            let error = archive.load_page(&capture).unwrap_err().to_string();
            assert!(error.contains(&format!("{key}: damaged at byte {}", place.offset)), "{error}");
            assert!(error.contains("chaffinch verify") && error.contains("chaffinch repair"), "{error}");

            let before = trial.memory().read(&key, 0, usize::MAX).unwrap();
            let found = archive.verify(&mut |_| {}).unwrap();
            assert_eq!(found.damage.len(), 1, "{found:?}");
            assert_eq!((&found.damage[0].file, found.damage[0].offset), (&key, place.offset));
            assert_eq!(found.damage[0].captures, [capture.id]);
            assert_eq!(trial.memory().read(&key, 0, usize::MAX).unwrap(), before, "verify changes nothing");

            let repaired = archive.repair(time(200_000)).unwrap();
            assert_eq!(found.damage[0].recoverable, sealed);
            // A journal has no parity; a segment is made whole again.
            assert_eq!(repaired.lost, if sealed { vec![] } else { vec![capture.id] });
            assert_eq!(archive.list(&Filter::default()).unwrap().len(), if sealed { 6 } else { 5 });
            let verified = archive.verify(&mut |_| {}).unwrap();
            assert!(verified.is_sound(), "{verified:?}");
            let name = key.rsplit('/').next().unwrap();
            assert_eq!(trial.memory().read(&format!("damaged/{name}"), 0, usize::MAX).unwrap(), before);
            archive.store(&snapshots()[2..3]).unwrap();
            assert_eq!(trial.open().list(&Filter::default()).unwrap().len(), if sealed { 7 } else { 6 });
        }
    }

    #[test]
    fn losing_any_4_kib_of_a_segment_loses_nothing() {
        let (trial, key) = filled(true);
        let whole = trial.memory().read(&key, 0, usize::MAX).unwrap();
        for start in (0..whole.len()).step_by(512) {
            let mut holed = whole.clone();
            holed[start..whole.len().min(start + 4096)].fill(0xAA);
            trial.memory().put(&key, &holed).unwrap();
            let archive = trial.open();
            let found = archive.verify(&mut |_| {}).unwrap();
            assert!(!found.is_sound() && found.damage.iter().all(|damage| damage.recoverable), "at {start}: {found:?}");
            assert!(archive.repair(time(200_000)).unwrap().lost.is_empty());
            assert_eq!(trial.memory().read(&key, 0, usize::MAX).unwrap(), whole, "hole at {start}");
            assert!(archive.verify(&mut |_| {}).unwrap().is_sound());
        }
    }

    #[test]
    fn a_damaged_dictionary_is_no_hindrance_to_readers() {
        let (trial, key) = filled(true);
        trial.memory().flip(&key, 200);
        let archive = trial.open();
        let readable = archive.list(&Filter::default()).unwrap();
        assert_eq!(readable.iter().filter(|capture| archive.load_page(capture).is_ok()).count(), 6);
    }

    #[test]
    fn without_its_parity_a_segment_gives_what_its_dictionary_holds() {
        let (trial, key) = filled(true);
        let archive = trial.open();
        let place = answer_of(&archive, 2);
        trial.memory().flip(&key, place.offset as usize + place.length as usize / 2);
        trial.memory().delete(&names::parity(&key)).unwrap();
        let found = archive.verify(&mut |_| {}).unwrap();
        assert!(!found.damage[0].recoverable, "{found:?}");
        assert!(archive.repair(time(200_000)).unwrap().lost.is_empty());
        assert_eq!(archive.list(&Filter::default()).unwrap().len(), 6);
        assert!(archive.verify(&mut |_| {}).unwrap().is_sound());
    }

    #[test]
    fn a_lost_segment_is_told_and_struck_off() {
        let (trial, key) = filled(true);
        trial.memory().delete(&key).unwrap();
        let archive = trial.open();
        let found = archive.verify(&mut |_| {}).unwrap();
        assert_eq!(found.damage[0].captures.len(), 6, "{found:?}");
        assert_eq!(archive.repair(time(200_000)).unwrap().lost.len(), 6);
        assert!(archive.verify(&mut |_| {}).unwrap().is_sound());
        assert!(archive.list(&Filter::default()).unwrap().is_empty());
    }

    #[test]
    fn a_parity_file_is_written_anew() {
        let (trial, key) = filled(true);
        let copy = names::parity(&key);
        let whole = trial.memory().read(&copy, 0, usize::MAX).unwrap();
        trial.memory().flip(&copy, 100);
        let archive = trial.open();
        let found = archive.verify(&mut |_| {}).unwrap();
        assert!(found.damage.len() == 1 && found.damage[0].recoverable, "{found:?}");
        assert!(archive.repair(time(200_000)).unwrap().lost.is_empty());
        assert_eq!(trial.memory().read(&copy, 0, usize::MAX).unwrap(), whole);
    }

    #[test]
    fn a_ledger_that_cannot_be_trusted_is_written_anew() {
        let (trial, _) = filled(true);
        trial.memory().flip(ledger::KEY, 30);
        let archive = trial.open();
        assert_eq!(archive.list(&Filter::default()).unwrap().len(), 6, "the segment is not taken for an orphan");
        assert!(!archive.verify(&mut |_| {}).unwrap().is_sound());
        assert!(archive.repair(time(200_000)).unwrap().lost.is_empty());
        let verified = archive.verify(&mut |_| {}).unwrap();
        assert!(verified.is_sound(), "{verified:?}");
        assert_eq!(archive.list(&Filter::default()).unwrap().len(), 6);
    }

    #[test]
    fn a_sound_archive_is_left_as_it_is() {
        let (trial, key) = filled(true);
        let before = trial.memory().read(&key, 0, usize::MAX).unwrap();
        assert_eq!(trial.open().repair(time(200_000)).unwrap(), RepairReport::default());
        assert_eq!(trial.memory().read(&key, 0, usize::MAX).unwrap(), before);
    }
}
