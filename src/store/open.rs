//! Opening an archive: is it one, can this program read it, and what did a crash leave behind. A torn end is cut off a
//! journal, a segment that was never entered in the ledger is removed, and the catalogue hears of what it missed.

use std::collections::HashSet;
use std::path::Path;

use crate::snapshot::value::CaptureId;
use crate::store::archive::Archive;
use crate::store::catalogue::connection::{Catalogue, FILE, Found};
use crate::store::catalogue::{insert, query};
use crate::store::error::{Error, Result};
use crate::store::frames::{Found as Frame, Frames};
use crate::store::ledger::{self, Event, Ledger};
use crate::store::medium::{Journal, Medium, read_all};
use crate::store::names;

/// The newest layout this program reads.
const VERSION: u32 = 1;
/// What the first line of `FORMAT` says before the version.
const NAME: &str = "chaffinch archive ";

impl Archive {
    /// Checks or writes `FORMAT` and opens the catalogue. Says whether it has to be made again, and why, if it was lost.
    pub(crate) fn prepare(medium: &dyn Medium, dir: &Path) -> Result<(Catalogue, Vec<String>, bool)> {
        match read_all(medium, names::FORMAT) {
            Ok(bytes) => check_format(&bytes, dir)?,
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => {
                medium
                    .put(names::FORMAT, format!("{NAME}{VERSION}\n").as_bytes())
                    .map_err(Self::write_failed(names::FORMAT))?;
            }
            Err(source) => return Err(Error::Read { file: names::FORMAT.into(), source }),
        }
        let (catalogue, found) = Catalogue::open(&dir.join(FILE))?;
        let has_records = !record_files(medium)?.is_empty();
        Ok(match found {
            Found::Catalogue => (catalogue, Vec::new(), false),
            Found::Nothing if !has_records => (catalogue, Vec::new(), false),
            Found::Nothing => (catalogue, vec!["the catalogue was missing and was made again".into()], true),
            Found::Unusable(why) => {
                (catalogue, vec![format!("the catalogue was unusable ({why}) and was made again")], true)
            }
        })
    }

    /// Puts right what a crash left, and tells the catalogue what it missed. On a disk that cannot be written, nothing is
    /// put right and what can be read is read.
    pub(crate) fn recover(&self, rebuild: bool) -> Result<()> {
        if self.catalogue.is_read_only() {
            return Ok(());
        }
        self.remove_orphans()?;
        if rebuild {
            self.reindex(&mut |_| {})?;
        } else {
            self.catch_up()?;
        }
        for (key, _) in self.medium.list(names::JOURNALS).map_err(Self::read_failed(names::JOURNALS))? {
            if names::holds_records(&key) {
                self.adopt(&key)?;
            }
        }
        Ok(())
    }

    /// Removes segments that the ledger does not know: sealing was interrupted, and their records still stand where they stood.
    /// Where they do not, it is the ledger that lost its end, and hears of the segment again. While somebody else is sealing,
    /// nothing is done.
    fn remove_orphans(&self) -> Result<()> {
        // Opening must not get in the way of somebody who is about to seal: the lock is only asked for where it is needed.
        let is_torn = |ledger: &Ledger| self.medium.length(ledger::KEY).is_ok_and(|length| length > ledger.end);
        if self.orphans()?.is_empty() && !is_torn(&Ledger::read(&*self.medium)?) {
            return Ok(());
        }
        let Ok(Some(mut lock)) = self.medium.journal(ledger::KEY) else { return Ok(()) };
        let mut ledger = Ledger::read(&*self.medium)?;
        if is_torn(&ledger) {
            lock.cut(ledger.end).map_err(Self::write_failed(ledger::KEY))?;
            self.notice("ledger: its last line, which was not written to its end, was cut off".to_owned());
        }
        let mut kept = HashSet::new();
        for key in &self.orphans()? {
            if kept.contains(names::id_of(key)) {
                continue;
            }
            if names::holds_records(key) {
                self.forget_file(key)?;
                if !ledger.has_heard_of(names::id_of(key)) && self.ledger_lost(key)? {
                    kept.insert(names::id_of(key).to_owned());
                    self.enter_again(key, &mut ledger, &mut *lock)?;
                    continue;
                }
                self.notice(format!("{key}: sealing had been interrupted; the records are still where they were"));
            }
            self.medium.delete(key).map_err(Self::write_failed(key))?;
        }
        Ok(())
    }

    /// Whether a segment that no line names holds captures that nothing else holds, or cannot be asked.
    fn ledger_lost(&self, key: &str) -> Result<bool> {
        if !self.alone_holds(key)? {
            return Ok(false);
        }
        // The catalogue may have been behind, or new.
        self.reindex(&mut |_| {})?;
        self.alone_holds(key)
    }

    fn alone_holds(&self, key: &str) -> Result<bool> {
        let captures = match self.captures_of(key, &mut |_| Ok(false)) {
            Ok((captures, _)) => captures,
            Err(Error::Damaged { .. }) => return Ok(true),
            Err(error) => return Err(error),
        };
        let ids = captures.iter().filter(|capture| capture.answered).filter_map(|capture| capture.id);
        ids.map(|id| self.capture(&id)).try_fold(false, |alone, found| Ok(alone || found?.is_none()))
    }

    /// Tells the ledger of a segment that it lost. One whose dictionary cannot be read is left to `repair`.
    fn enter_again(&self, key: &str, ledger: &mut Ledger, lock: &mut dyn Journal) -> Result<()> {
        if let Err(Error::Damaged { what, .. }) = self.dictionaries.of(&*self.medium, key) {
            self.notice(format!(
                "{key}: the ledger does not know it, and it cannot be read: {what}; run `chaffinch repair`"
            ));
            return Ok(());
        }
        let event = Event::Sealed { segment: self.describe(key)?, from: Vec::new() };
        let sealed = names::id_of(key).parse::<CaptureId>().map(CaptureId::time).unwrap_or_default();
        ledger.append(lock, &sealed.to_string(), &[event])?;
        self.notice(format!("{key}: the ledger had lost it, and was told of it again"));
        Ok(())
    }

    /// The files among the segments that the ledger does not know, records before what stands beside them.
    fn orphans(&self) -> Result<Vec<String>> {
        let on_disk = self.medium.list(names::SEGMENTS).map_err(Self::read_failed(names::SEGMENTS))?;
        let ledger = Ledger::read(&*self.medium)?;
        // With a line of the ledger unreadable, nobody can say that a segment is not on it.
        if !ledger.faults.is_empty() {
            return Ok(Vec::new());
        }
        let known: HashSet<&str> = ledger.segments().iter().map(|segment| segment.id.as_str()).collect();
        let unknown = on_disk.into_iter().map(|(key, _)| key).filter(|key| !known.contains(names::id_of(key)));
        let (mut records, beside): (Vec<String>, Vec<String>) = unknown.partition(|key| names::holds_records(key));
        records.extend(beside);
        Ok(records)
    }

    /// Takes a file that is no longer part of the archive out of the catalogue. Captures that the catalogue had moved there
    /// are indexed again from the journals they came from.
    fn forget_file(&self, key: &str) -> Result<()> {
        let known = self.catalogue.read(query::files)?.iter().any(|(held, _)| held == key);
        if known {
            self.reindex(&mut |_| {})?;
        }
        Ok(())
    }

    /// Indexes segments the catalogue has not heard of, and forgets files that are gone.
    fn catch_up(&self) -> Result<()> {
        let known = self.catalogue.read(query::files)?;
        let ledger = Ledger::read(&*self.medium)?;
        // One that is on the disk and not in the ledger may be about to be entered by somebody who seals; one that is in
        // neither was replaced, and the catalogue had no time to hear of it.
        let replaced = |key: &str| {
            key.starts_with(names::SEGMENTS)
                && !ledger.segments().iter().any(|segment| segment.id == names::id_of(key))
                && self.medium.length(key).is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound)
        };
        if ledger.faults.is_empty() && known.iter().any(|(key, _)| replaced(key)) {
            self.reindex(&mut |_| {})?;
            return Ok(());
        }
        for segment in ledger.segments() {
            let key = names::segment(&segment.id);
            let indexed = known.iter().any(|(held, until)| *held == key && *until > 0);
            if !indexed && self.medium.length(&key).is_ok() {
                self.catalogue.write(|tx| {
                    self.index_file(tx, &key, 0, None, &mut |_| {})?;
                    insert::inherit(tx, None).map_err(|error| self.catalogue.failed(error))
                })?;
                self.notice(format!("{key}: the catalogue had not heard of it"));
            }
        }
        let heard = known.iter().find(|(key, _)| key == names::NOTES).map_or(0, |(_, until)| *until);
        if self.medium.length(names::NOTES).is_ok_and(|length| length != heard) {
            self.catalogue.write(|tx| self.index_notes(tx))?;
        }
        for (key, _) in known.iter().filter(|(key, _)| key.starts_with(names::JOURNALS)) {
            let gone = self.medium.length(key).is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound);
            if gone {
                self.drop_if_empty(key)?;
            }
        }
        Ok(())
    }

    /// Takes a journal that is gone off the list, if no capture is left in it: it was sealed.
    fn drop_if_empty(&self, key: &str) -> Result<()> {
        let left = self.catalogue.read(|db| query::within(db, key, 0, u64::MAX))?;
        if left.is_empty() {
            self.catalogue.write(|tx| insert::drop_file(tx, key).map_err(|e| self.catalogue.failed(e)))
        } else {
            self.notice(format!(
                "{key}: the file is gone, and {} captures with it; run `chaffinch repair`",
                left.len()
            ));
            Ok(())
        }
    }

    /// Looks after a journal whose writer is gone: indexes what the catalogue missed and cuts off a torn end. One that is
    /// being written is left to its writer.
    fn adopt(&self, key: &str) -> Result<()> {
        let length = match self.medium.length(key) {
            // Somebody sealed it just now.
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            length => length.map_err(Self::read_failed(key))?,
        };
        let indexed = self.indexed(key)?;
        if length == indexed && length > 0 {
            return Ok(());
        }
        match self.medium.journal(key) {
            Ok(Some(mut journal)) => self.tidy(key, &mut *journal),
            Ok(None) => Ok(()),
            // It cannot be written: what it holds can still be read.
            Err(_) => self.catalogue.write(|tx| self.index_file(tx, key, indexed, None, &mut |_| {}).map(|_| ())),
        }
    }

    /// Up to which byte a file is indexed.
    fn indexed(&self, key: &str) -> Result<u64> {
        let files = self.catalogue.read(query::files)?;
        Ok(files.iter().find(|(held, _)| held == key).map_or(0, |(_, until)| *until))
    }

    /// Brings catalogue and journal in step, the lock held: afterwards the journal ends where the catalogue says.
    pub(crate) fn tidy(&self, key: &str, journal: &mut dyn Journal) -> Result<()> {
        let indexed = self.indexed(key)?;
        if journal.length() < indexed {
            self.notice(format!(
                "{key}: {} bytes shorter than it was; run `chaffinch verify`",
                indexed - journal.length()
            ));
            let file = |tx: &rusqlite::Transaction<'_>| insert::file_number(tx, key);
            return self.catalogue.write(|tx| {
                file(tx)
                    .and_then(|n| insert::set_indexed(tx, n, journal.length()))
                    .map_err(|e| self.catalogue.failed(e))
            });
        }
        if journal.length() == indexed {
            return Ok(());
        }
        if let Some(from) = self.torn_end(key, indexed)? {
            self.cut_torn(key, journal, from)?;
        }
        self.catalogue.write(|tx| self.index_file(tx, key, indexed, None, &mut |_| {}).map(|_| ()))
    }

    /// Where the end of a write that was not finished begins.
    fn torn_end(&self, key: &str, from: u64) -> Result<Option<u64>> {
        let dictionary = match self.dictionaries.of(&*self.medium, key) {
            Ok(dictionary) => dictionary,
            // A journal that does not even have a whole dictionary has no record.
            Err(Error::Damaged { .. }) if from == 0 => return Ok(Some(0)),
            Err(error) => return Err(error),
        };
        let mut frames = Frames::new(&*self.medium, key, dictionary, from, None)?;
        while let Some(found) = frames.next_found()? {
            if let Frame::Damage { span, torn: true, .. } = found {
                return Ok(Some(span.offset));
            }
        }
        Ok(None)
    }

    /// Cuts off a torn end; what is cut off is kept beside the journal, for it costs little and nobody knows.
    fn cut_torn(&self, key: &str, journal: &mut dyn Journal, from: u64) -> Result<()> {
        let length = journal.length() - from;
        let tail = self.medium.read(key, from, length as usize).map_err(Self::read_failed(key))?;
        let aside = names::torn(key, from);
        if tail.iter().any(|byte| *byte != 0) {
            self.medium.put(&aside, &tail).map_err(Self::write_failed(&aside))?;
        }
        journal.cut(from).map_err(Self::write_failed(key))?;
        self.notice(format!("{key}: a torn tail of {length} bytes was cut off (a write had been interrupted)"));
        Ok(())
    }
}

/// Every journal and segment.
pub(crate) fn record_files(medium: &dyn Medium) -> Result<Vec<(String, u64)>> {
    let mut files = Vec::new();
    for folder in [names::SEGMENTS, names::JOURNALS] {
        let found = medium.list(folder).map_err(Archive::read_failed(folder))?;
        files.extend(found.into_iter().filter(|(key, _)| names::holds_records(key)));
    }
    Ok(files)
}

fn check_format(bytes: &[u8], dir: &Path) -> Result<()> {
    let text = String::from_utf8_lossy(bytes);
    let version = text.lines().next().and_then(|line| line.strip_prefix(NAME)).and_then(|v| v.trim().parse().ok());
    match version {
        Some(found) if found > VERSION => Err(Error::Newer { path: dir.to_owned(), found, known: VERSION }),
        Some(_) => Ok(()),
        None => Err(Error::NotAnArchive { path: dir.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::snapshot::value::Snapshot;
    use crate::store::error::Class;
    use crate::store::medium::Objects;
    use crate::store::trial::{Trial, answers, page, story, time};

    fn journal_of(trial: &Trial) -> String {
        let keys = trial.memory().list(names::JOURNALS).unwrap();
        keys.into_iter().map(|(key, _)| key).find(|key| names::holds_records(key)).unwrap()
    }

    #[test]
    fn those_who_begin_an_archive_at_once_do_not_hinder_each_other() {
        for _ in 0..20 {
            let dir = tempfile::tempdir().unwrap();
            std::thread::scope(|scope| {
                let begin = || Archive::open_or_create(dir.path()).unwrap().status().unwrap();
                let all: Vec<_> = (0..4).map(|_| scope.spawn(begin)).collect();
                assert!(all.into_iter().all(|begun| begun.join().unwrap().captures == 0));
            });
        }
    }

    #[test]
    fn a_folder_that_is_no_archive_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let error = Archive::open(dir.path()).unwrap_err();
        assert_eq!(error.class(), Class::Unreadable);
        std::fs::write(dir.path().join("FORMAT"), "something else\n").unwrap();
        assert!(matches!(Archive::open(dir.path()), Err(Error::NotAnArchive { .. })));
    }

    #[test]
    fn an_archive_of_a_newer_version_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        drop(Archive::open_or_create(dir.path()).unwrap());
        assert_eq!(std::fs::read_to_string(dir.path().join("FORMAT")).unwrap(), "chaffinch archive 1\n");
        std::fs::write(dir.path().join("FORMAT"), "chaffinch archive 2\nand more\n").unwrap();
        let error = Archive::open_or_create(dir.path()).unwrap_err();
        assert!(matches!(error, Error::Newer { found: 2, known: 1, .. }));
        assert_eq!(error.class(), Class::Unreadable);
    }

    #[test]
    fn a_torn_tail_is_cut_off_and_said() {
        let trial = Trial::new();
        let archive = trial.open();
        archive.store(&[story("https://example.org/a", 0, "home", "One.")]).unwrap();
        drop(archive);
        let key = journal_of(&trial);
        let whole = read_all(trial.memory(), &key).unwrap();
        let mut torn = whole.clone();
        torn.extend_from_slice(&whole[whole.len() - 300..whole.len() - 10]);
        trial.memory().put(&key, &torn).unwrap();
        let archive = trial.open();
        assert!(archive.notices()[0].contains("a torn tail of 290 bytes was cut off"), "{:?}", archive.notices());
        assert_eq!(read_all(trial.memory(), &key).unwrap(), whole);
        assert_eq!(read_all(trial.memory(), &names::torn(&key, whole.len() as u64)).unwrap().len(), 290);
        assert!(trial.open().notices().is_empty());
    }

    #[test]
    fn a_catalogue_that_missed_the_last_group_is_told() {
        let trial = Trial::new();
        drop(trial.open());
        let behind = trial.after_power_cut(0, true);
        let archive = trial.open();
        archive.store(&[story("https://example.org/a", 0, "home", "One.")]).unwrap();
        archive.store(&[story("https://example.org/a", 1, "home", "One.")]).unwrap();
        let expected = answers(&archive, &["one"]);
        drop(archive);
        let power_cut = Trial { failing: trial.failing.clone(), dir: behind.dir };
        assert_eq!(answers(&power_cut.open(), &["one"]), expected);
    }

    #[test]
    fn a_missing_catalogue_is_made_again_and_said() {
        let trial = Trial::new();
        let archive = trial.open();
        archive.store(&[story("https://example.org/a", 0, "home", "One.")]).unwrap();
        let mut answer = page("https://example.org/a", 1, "");
        answer.status = 304;
        let parent = Some("https://example.org/a".parse().unwrap());
        let tags = vec!["one".to_owned(), "two".to_owned()];
        let source = Some("feed".to_owned());
        let mut image = Snapshot::new(page("https://example.org/i.png", 2, "\u{89}PNG"));
        image.page.truncated = Some(crate::page::Truncation::Length);
        archive.store(&[Snapshot::new(answer), Snapshot { parent, tags, source, noarchive: true, ..image }]).unwrap();
        let expected = answers(&archive, &["one"]);
        drop(archive);
        let archive = trial.after_power_cut(0, false).open();
        assert_eq!(archive.notices(), ["the catalogue was missing and was made again"]);
        assert_eq!(answers(&archive, &["one"]), expected);
    }

    #[test]
    fn an_archive_on_a_full_disk_can_be_read() {
        let trial = Trial::new();
        let archive = trial.open();
        archive.store(&[story("https://example.org/a", 0, "home", "One.")]).unwrap();
        drop(archive);
        trial.failing.fail_at(0, false);
        let archive = trial.open();
        let found = archive.find("example.org/a", None).unwrap().unwrap();
        assert!(archive.load_article(&found).unwrap().is_some());
        let refused = archive.store(&[story("https://example.org/b", 1, "home", "Two.")]).unwrap_err();
        assert_eq!(refused.class(), Class::Write);
    }

    #[test]
    fn a_segment_that_nobody_knows_and_nobody_can_read_is_told_and_left() {
        let trial = Trial::new();
        let archive = trial.open();
        archive.store(&[story("https://example.org/a", 0, "nav", "One.")]).unwrap();
        drop(archive);
        let key = names::segment(&CaptureId::from_parts(5, 5).to_string());
        trial.memory().put(&key, b"no dictionary, no record").unwrap();
        let archive = trial.open();
        assert!(archive.notices().iter().any(|notice| notice.contains("chaffinch repair")), "{:?}", archive.notices());
        assert!(trial.memory().length(&key).is_ok());
        archive.repair(time(10)).unwrap();
        let archive = trial.open();
        assert!(archive.notices().is_empty() && archive.verify(&mut |_| {}).unwrap().is_sound());
    }
}
