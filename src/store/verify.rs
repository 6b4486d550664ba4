//! Reading everything and telling what is damaged: every frame, digest and dictionary, the ledger's chain, each segment
//! against what the ledger says of it, and the catalogue against the records. It never changes a byte.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};

use crate::snapshot::value::CaptureId;
use crate::store::archive::Archive;
use crate::store::catalogue::query;
use crate::store::error::{Error, Result};
use crate::store::inspect::Findings;
use crate::store::ledger::{self, Ledger, Segment};
use crate::store::medium::read_all;
use crate::store::names;
use crate::store::open::record_files;
use crate::store::report::{Damage, Progress, VerifyReport};

/// How often everything is read again because somebody sealed meanwhile.
const ATTEMPTS: usize = 3;

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
        let mut seen = HashSet::new();
        self.verify_files(&files, &ledger, &mut |length, found| {
            report.damage.extend(found.damage);
            report.records += found.records;
            report.files += 1;
            report.bytes += length;
            seen.extend(found.answers);
            progress(Progress { done: report.bytes, total });
        })?;
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

    /// Looks at files on every core; what was found comes in the order of the files.
    fn verify_files(
        &self,
        files: &[(String, u64)],
        ledger: &Ledger,
        each: &mut dyn FnMut(u64, Findings),
    ) -> Result<()> {
        let segments: HashMap<&str, &Segment> =
            ledger.segments().into_iter().map(|segment| (segment.id.as_str(), segment)).collect();
        let next = AtomicUsize::new(0);
        let (sender, receiver) = channel();
        let work = |sender: Sender<(usize, Result<Findings>)>| {
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                let Some((key, length)) = files.get(n) else { break };
                let entry = segments.get(names::id_of(key)).copied();
                let found = self.inspect(key, *length, entry, ledger.faults.is_empty());
                if sender.send((n, found)).is_err() {
                    break;
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..std::thread::available_parallelism().map_or(1, NonZero::get).min(files.len()) {
                let sender = sender.clone();
                scope.spawn(move || work(sender));
            }
            drop(sender);
            let mut waiting = BTreeMap::new();
            let mut done = 0;
            for (n, found) in receiver {
                waiting.insert(n, found);
                while let Some(found) = waiting.remove(&done) {
                    each(files[done].1, found?);
                    done += 1;
                }
            }
            Ok(())
        })
    }

    fn verify_ledger(&self, report: &mut VerifyReport) -> Result<Ledger> {
        let ledger = Ledger::read(&*self.medium)?;
        for (offset, what) in &ledger.faults {
            report.damage.push(damage(ledger::KEY, *offset, 0, what, true));
        }
        let length = self.medium.length(ledger::KEY).unwrap_or(0);
        if length > ledger.end {
            let what = "the last line was not written to its end";
            report.damage.push(damage(ledger::KEY, ledger.end, length - ledger.end, what, true));
        }
        Ok(ledger)
    }

    /// Whether every capture that was in the catalogue at the beginning was found in a file, and every one found is in the catalogue.
    fn verify_catalogue(
        &self,
        held: &HashSet<CaptureId>,
        seen: &HashSet<CaptureId>,
        report: &mut VerifyReport,
    ) -> Result<()> {
        let lost: HashSet<CaptureId> =
            report.damage.iter().flat_map(|damage| damage.captures.iter().copied()).collect();
        let mut missing: Vec<CaptureId> = held.difference(seen).filter(|id| !lost.contains(id)).copied().collect();
        missing.sort();
        if !missing.is_empty() {
            let what = "captures in the catalogue that no file holds";
            let damage = damage("catalogue.sqlite", 0, 0, what, false);
            report.damage.push(Damage { captures: missing.clone(), ..damage });
        }
        // What was stored while the files were read is in the catalogue by now.
        let now: HashSet<CaptureId> = self.catalogue.read(query::ids)?.into_iter().collect();
        let unheard = seen.difference(&now).count();
        if unheard > 0 {
            let what = format!("{unheard} captures in the files that the catalogue has not heard of");
            report.damage.push(damage("catalogue.sqlite", 0, 0, &what, true));
        }
        report.captures = held.intersection(seen).filter(|id| !lost.contains(id)).count() as u64;
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
