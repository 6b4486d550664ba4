//! Sealing: the records of journals go into segments. A page that has a dictionary already goes on with it: the segment is put
//! down anew with its frames copied and the new ones behind; other captures begin bundles of their own. The order is what makes a
//! crash harmless: segments are put down and synced, the catalogue is switched in one transaction, the ledger is extended, and
//! only then journals and replaced segments are removed. A segment that is not in the ledger does not count.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use crate::snapshot::value::CaptureId;
use crate::store::archive::Archive;
use crate::store::bundle::{self, Taken};
use crate::store::catalogue::insert::{self, Place};
use crate::store::catalogue::query;
use crate::store::error::{Error, Result};
use crate::store::ledger::{self, Event, Ledger, Segment};
use crate::store::make::{Job, Sealed};
use crate::store::medium::{Journal, read_all};
use crate::store::names;
use crate::store::report::{SealOptions, SealReport};

/// A segment longer than this is not gone on with: putting it down anew would cost more than a new dictionary.
const SEGMENT_BYTES_MAX: u64 = 12 << 20;
/// What the ledger says of a segment that goes on.
const GONE_ON: &str = "gone on";

/// A journal that is being sealed, held by its lock.
struct Source {
    key: String,
    journal: Box<dyn Journal>,
    /// Whether some of it could not be read.
    damaged: bool,
}

/// What changes at once.
pub(crate) struct Switch<'a> {
    pub(crate) sealed: &'a [Sealed],
    /// Files whose captures are all in the new segments, or let go.
    pub(crate) gone: &'a [&'a str],
    /// Captures that are let go.
    pub(crate) let_go: &'a [CaptureId],
    pub(crate) events: Vec<Event>,
}

impl Archive {
    /// Moves records from journals that nobody else is writing into sealed segments. What is being written by another process
    /// stays where it is.
    ///
    /// # Errors
    /// [`Error::Sealing`] while another process seals; [`Error::Write`] where the disk is full. Then nothing has changed.
    pub fn seal(&self, options: &SealOptions) -> Result<SealReport> {
        let mut held = self.writer();
        let lock = self.medium.journal(ledger::KEY).map_err(Self::write_failed(ledger::KEY))?;
        let mut lock = lock.ok_or(Error::Sealing)?;
        let mut sources = self.unwritten_journals(options, held.as_ref().map(|writer| writer.key.as_str()))?;
        if held.as_ref().is_some_and(|writer| writer.journal.length() >= options.journal_bytes_min) {
            let own = held.take().map(|writer| Source { key: writer.key, journal: writer.journal, damaged: false });
            sources.extend(own);
        }
        if sources.is_empty() {
            return Ok(SealReport::default());
        }
        let mut ledger = Ledger::read(&*self.medium)?;
        let mut captures = Vec::new();
        for source in &mut sources {
            let (taken, damaged) = self.captures_of(&source.key, &mut |id| self.is_sealed(id))?;
            source.damaged = damaged;
            captures.extend(taken);
        }
        let made = self.make_all(captures, &ledger, options)?;
        self.switch(&mut *lock, &mut ledger, &sources, &made, options)?;
        let mut report = SealReport::default();
        for made in &made {
            report.segments += 1;
            report.records += made.segment.records - made.goes_on.as_ref().map_or(1, |before| before.records);
            report.bytes_after += made.grown;
            report.dictionaries += u64::from(made.goes_on.is_none() && made.segment.level.is_some());
        }
        for source in &sources {
            report.bytes_before += source.journal.length();
            self.remove_sealed(source)?;
        }
        for segment in made.iter().filter_map(|made| made.goes_on.as_ref()) {
            self.remove(&names::segment(&segment.id))?;
        }
        Ok(report)
    }

    /// The journals whose writers are gone and which are worth it, each locked and tidied.
    fn unwritten_journals(&self, options: &SealOptions, own: Option<&str>) -> Result<Vec<Source>> {
        let mut sources = Vec::new();
        let listed = self.medium.list(names::JOURNALS).map_err(Self::read_failed(names::JOURNALS))?;
        for (key, length) in listed {
            if !names::holds_records(&key) || Some(key.as_str()) == own || length < options.journal_bytes_min {
                continue;
            }
            if let Some(mut journal) = self.medium.journal(&key).map_err(Self::write_failed(&key))? {
                self.tidy(&key, &mut *journal)?;
                if self.dictionaries.of(&*self.medium, &key).is_ok() {
                    sources.push(Source { key, journal, damaged: false });
                }
            }
        }
        Ok(sources)
    }

    /// Whether a crash came between a ledger that had been extended and a journal that was to be removed.
    fn is_sealed(&self, id: CaptureId) -> Result<bool> {
        let file = self.catalogue.read(|db| insert::file_of(db, id))?;
        Ok(file.is_some_and(|key| key.starts_with(names::SEGMENTS)))
    }

    /// Makes the segments and puts them down. Nobody looks at them yet.
    fn make_all(&self, captures: Vec<Taken>, ledger: &Ledger, options: &SealOptions) -> Result<Vec<Sealed>> {
        let (jobs, mut fresh) = self.assign(captures, ledger, options)?;
        let mut sealed = self.work(jobs, options, &mut fresh)?;
        let jobs = bundle::pack(fresh).into_iter().map(Job::Begin).collect();
        sealed.extend(self.work(jobs, options, &mut Vec::new())?);
        Ok(sealed)
    }

    /// Which captures go on with a segment, and which begin anew: those whose page has no dictionary yet, and those whose
    /// segment there is no budget to put down again.
    fn assign(&self, captures: Vec<Taken>, ledger: &Ledger, options: &SealOptions) -> Result<(Vec<Job>, Vec<Taken>)> {
        let segments: HashMap<String, &Segment> = ledger
            .segments()
            .into_iter()
            .filter(|segment| segment.level.is_some() && segment.dictionary >= bundle::FIRST_ID)
            .filter(|segment| segment.length < SEGMENT_BYTES_MAX)
            .map(|segment| (names::segment(&segment.id), segment))
            .collect();
        let (mut going_on, mut fresh) = (BTreeMap::<&str, (&Segment, Vec<Taken>)>::new(), Vec::new());
        for capture in captures {
            let key = self.catalogue.read(|db| query::sealed_in(db, &capture.url))?;
            match key.and_then(|key| segments.get(&key)) {
                Some(segment) => going_on.entry(&segment.id).or_insert((segment, Vec::new())).1.push(capture),
                None => fresh.push(capture),
            }
        }
        let mut going_on: Vec<(&Segment, Vec<Taken>)> = going_on.into_values().collect();
        // What brings most for its bytes first.
        let worth = |(segment, captures): &(&Segment, Vec<Taken>)| {
            captures.iter().map(|capture| capture.bytes).sum::<u64>() * 1000 / segment.length.max(1)
        };
        going_on.sort_by_key(|job| std::cmp::Reverse(worth(job)));
        let mut budget = options.rewrite_bytes_max;
        let mut jobs = Vec::new();
        for (segment, captures) in going_on {
            if segment.length <= budget {
                budget -= segment.length;
                jobs.push(Job::GoOn(segment.clone(), captures));
            } else {
                fresh.extend(captures);
            }
        }
        Ok((jobs, fresh))
    }

    /// Switches the catalogue to the new segments, and extends the ledger.
    fn switch(
        &self,
        lock: &mut dyn Journal,
        ledger: &mut Ledger,
        sources: &[Source],
        sealed: &[Sealed],
        options: &SealOptions,
    ) -> Result<()> {
        let from: Vec<String> = sources.iter().map(|source| names::id_of(&source.key).to_owned()).collect();
        let event = |sealed: &Sealed| match &sealed.goes_on {
            None => Event::Sealed { segment: sealed.segment.clone(), from: from.clone() },
            Some(before) => Event::Replaced {
                segment: Some(sealed.segment.clone()),
                replaces: vec![before.id.clone()],
                reason: GONE_ON.to_owned(),
            },
        };
        let gone: Vec<&str> = sources.iter().map(|source| source.key.as_str()).collect();
        let switch = Switch { sealed, gone: &gone, let_go: &[], events: sealed.iter().map(event).collect() };
        self.commit(lock, ledger, &switch, options.now)
    }

    /// Makes segments that were put down count: the catalogue in one transaction, then the ledger.
    pub(crate) fn commit(
        &self,
        lock: &mut dyn Journal,
        ledger: &mut Ledger,
        switch: &Switch<'_>,
        now: Timestamp,
    ) -> Result<()> {
        self.catalogue.write(|tx| {
            let failed = |error| self.catalogue.failed(error);
            // Writers hold the catalogue while they decide what a capture repeats: from here on none can be led to what goes.
            for id in switch.let_go {
                let repeating = query::repeating(tx, *id).map_err(failed)?;
                if repeating.iter().any(|other| !switch.let_go.contains(other)) {
                    return Err(Error::Sealing);
                }
            }
            for sealed in switch.sealed {
                let file = insert::file_number(tx, &names::segment(&sealed.segment.id)).map_err(failed)?;
                if let Some(before) = &sealed.goes_on {
                    insert::move_all(tx, &names::segment(&before.id), file, sealed.shift).map_err(failed)?;
                }
                for (id, role, span) in &sealed.moved {
                    let place = Place { file, offset: span.offset, length: span.length };
                    insert::relocate(tx, place, *id, *role).map_err(failed)?;
                }
                insert::set_indexed(tx, file, sealed.segment.length).map_err(failed)?;
            }
            switch.let_go.iter().try_for_each(|id| insert::remove(tx, *id)).map_err(failed)?;
            switch.gone.iter().try_for_each(|key| insert::drop_file(tx, key)).map_err(failed)
        })?;
        let extended = ledger.append(lock, &now.to_string(), &switch.events);
        if extended.is_err() {
            // The ledger decides what counts, and the catalogue follows it; the next opening removes what does not count.
            self.reindex(&mut |_| {})?;
        }
        extended
    }

    /// Removes a journal whose records are all in segments. One that was damaged is kept aside, for what could not be read
    /// today.
    fn remove_sealed(&self, source: &Source) -> Result<()> {
        if source.damaged {
            self.put_aside(&source.key)?;
        }
        self.remove(&source.key)
    }

    /// Removes a file of records and what stands beside it.
    pub(crate) fn remove(&self, key: &str) -> Result<()> {
        for key in [key.to_owned(), names::second_copy(key), names::parity(key)] {
            self.medium.delete(&key).map_err(Self::write_failed(&key))?;
        }
        Ok(())
    }

    /// Keeps a copy of a damaged file.
    pub(crate) fn put_aside(&self, key: &str) -> Result<()> {
        let bytes = read_all(&*self.medium, key).map_err(Self::read_failed(key))?;
        let name = key.rsplit('/').next().unwrap_or(key);
        let aside = format!("{}{name}", names::DAMAGED);
        self.medium.put(&aside, &bytes).map_err(Self::write_failed(&aside))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::snapshot::value::Snapshot;
    use crate::store::names::holds_records;
    use crate::store::trial::{Trial, answers, page, seal_all, story, time, without_bytes};

    /// Pages of one large site and of two small ones, some of them captured twice.
    fn snapshots() -> Vec<Snapshot> {
        let chrome: String = (0..300_u32)
            .map(|n| format!("<li class=\"x{:x}\">", n.wrapping_mul(0x9E37_79B9)))
            .collect::<Vec<_>>()
            .concat();
        let mut snapshots = Vec::new();
        for n in 0..30 {
            let text = format!("Story {n} tells of {}.", n * 7919);
            snapshots.push(story(&format!("https://large.example/{n}"), n, &chrome, &text));
        }
        snapshots.push(story("https://small.example/", 40, "home", "A small site."));
        snapshots.push(story("https://tiny.example.net/", 41, "home", "A tiny site."));
        snapshots.push(story("https://large.example/3", 42, &chrome, "Story 3 tells of 23757."));
        snapshots.push(story("https://small.example/", 43, "home", "A small site, edited."));
        snapshots
    }

    fn count(archive: &Archive, folder: &str) -> usize {
        archive.medium.list(folder).unwrap().iter().filter(|(key, _)| holds_records(key)).count()
    }

    #[test]
    fn every_answer_is_the_same_after_sealing() {
        let trial = Trial::new();
        let archive = trial.open();
        archive.store(&snapshots()).unwrap();
        let before = answers(&archive, &["story", "small", "23757"]);
        let report = archive.seal(&seal_all()).unwrap();
        assert_eq!((report.segments, report.dictionaries), (1, 1), "so little stands on one shelf");
        assert!(report.bytes_after < report.bytes_before, "{report:?}");
        assert_eq!((count(&archive, names::JOURNALS), count(&archive, names::SEGMENTS)), (0, 1));
        assert_eq!(without_bytes(&answers(&archive, &["story", "small", "23757"])), without_bytes(&before));
        let verified = archive.verify(&mut |_| {}).unwrap();
        assert!(verified.is_sound(), "{verified:?}");
        assert_eq!(verified.captures, 34);
        let sealed = answers(&archive, &["story"]);
        archive.reindex(&mut |_| {}).unwrap();
        assert_eq!(answers(&archive, &["story"]), sealed);
        archive.store(&snapshots()[..1]).unwrap();
        assert_eq!(archive.seal(&seal_all()).unwrap().segments, 1);
    }

    /// The same pages on another day: their chrome has changed and their articles have not.
    fn next_day(day: i64) -> Vec<Snapshot> {
        let chrome: String = (0..300_u32)
            .map(|n| format!("<li class=\"x{:x}\">", n.wrapping_mul(if n == 150 { day as u32 } else { 0x9E37_79B9 })))
            .collect::<Vec<_>>()
            .concat();
        let text = |n| format!("Story {n} tells of {}.", n * 7919);
        (0..30).map(|n| story(&format!("https://large.example/{n}"), day * 1440 + n, &chrome, &text(n))).collect()
    }

    #[test]
    fn a_page_captured_again_goes_on_with_its_dictionary() {
        let trial = Trial::new();
        let archive = trial.open();
        archive.store(&snapshots()).unwrap();
        archive.seal(&seal_all()).unwrap();
        let first = archive.status().unwrap().segment_bytes;
        for day in 1..=3 {
            archive.store(&next_day(day)).unwrap();
            let before = answers(&archive, &["story"]);
            let report = archive.seal(&seal_all()).unwrap();
            assert_eq!((report.segments, report.dictionaries), (1, 0));
            assert_eq!(without_bytes(&answers(&archive, &["story"])), without_bytes(&before));
            assert!(archive.verify(&mut |_| {}).unwrap().is_sound());
        }
        let again = (archive.status().unwrap().segment_bytes - first) / 90;
        assert!(again < 700, "{again} bytes a capture");
        assert_eq!(count(&archive, names::SEGMENTS), 1);
        let sealed = answers(&archive, &["story"]);
        archive.reindex(&mut |_| {}).unwrap();
        assert_eq!(answers(&archive, &["story"]), sealed);
    }

    #[test]
    fn pictures_do_not_weigh_down_the_pages_that_show_them() {
        let trial = Trial::new();
        let archive = trial.open();
        let mut chance = 1_u64;
        let noise: String = std::iter::repeat_with(|| {
            chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(b' ' + (chance >> 40) as u8 % 95)
        })
        .take(40_000)
        .collect();
        let picture = |minutes: i64| Snapshot {
            parent: Some("https://large.example/0".parse().unwrap()),
            ..Snapshot::new(page("https://cdn.example.net/0.png", minutes, &noise))
        };
        let day = |day: i64| {
            let mut captures = next_day(day);
            captures.insert(1, picture(day * 1440 + 1));
            captures
        };
        archive.store(&day(1)).unwrap();
        assert_eq!(archive.seal(&seal_all()).unwrap().segments, 2, "one of pages, one of pictures");
        let before = archive.medium.list(names::SEGMENTS).unwrap();
        archive.store(&day(2)).unwrap();
        let report = archive.seal(&seal_all()).unwrap();
        assert_eq!((report.segments, report.dictionaries), (1, 0), "what is said of the picture stands with its page");
        let after = archive.medium.list(names::SEGMENTS).unwrap();
        let stays = before.iter().filter(|file| holds_records(&file.0) && after.contains(file)).collect::<Vec<_>>();
        assert!(stays.len() == 1 && stays[0].1 > 20_000, "{stays:?}");
        assert!(archive.verify(&mut |_| {}).unwrap().is_sound());
    }

    #[test]
    fn a_page_that_became_another_begins_anew() {
        let archive = Trial::new().open();
        archive.store(&snapshots()).unwrap();
        archive.seal(&seal_all()).unwrap();
        let text: String =
            (0..4000_u32).map(|n| format!("{:x} ", n.wrapping_mul(0x85EB_CA6B))).collect::<Vec<_>>().concat();
        archive.store(&[story("https://large.example/3", 2000, "relaunch", &text)]).unwrap();
        let report = archive.seal(&seal_all()).unwrap();
        assert_eq!((report.segments, report.dictionaries), (1, 1));
        archive.store(&[story("https://large.example/3", 3000, "relaunched", &text)]).unwrap();
        assert_eq!(archive.seal(&seal_all()).unwrap().dictionaries, 0);
        assert_eq!(count(&archive, names::SEGMENTS), 2);
        assert!(archive.verify(&mut |_| {}).unwrap().is_sound());
    }

    #[test]
    fn a_damaged_segment_is_not_gone_on_with() {
        let trial = Trial::new();
        let archive = trial.open();
        archive.store(&snapshots()).unwrap();
        archive.seal(&seal_all()).unwrap();
        let (key, length) = archive.medium.list(names::SEGMENTS).unwrap().pop().unwrap();
        trial.memory().flip(&key, length as usize - 10);
        archive.store(&next_day(1)).unwrap();
        assert_eq!(archive.seal(&seal_all()).unwrap().dictionaries, 1);
        assert!(archive.repair(time(200_000)).unwrap().lost.is_empty());
        assert!(archive.verify(&mut |_| {}).unwrap().is_sound());
    }

    #[test]
    fn there_is_nothing_to_seal_twice() {
        let archive = Trial::new().open();
        archive.store(&snapshots()[..2]).unwrap();
        archive.seal(&seal_all()).unwrap();
        assert_eq!(archive.seal(&seal_all()).unwrap(), SealReport::default());
    }

    #[test]
    fn a_short_journal_is_left_at_the_end_of_a_run() {
        let archive = Trial::new().open();
        archive.store(&snapshots()[..2]).unwrap();
        let options = SealOptions { journal_bytes_min: 1 << 20, ..seal_all() };
        assert_eq!(archive.seal(&options).unwrap().segments, 0);
        archive.store(&snapshots()[..1]).unwrap();
        assert_eq!(count(&archive, names::JOURNALS), 1, "it goes on in the same journal");
    }

    #[test]
    fn the_journal_of_another_writer_is_left_alone() {
        let trial = Trial::new();
        let (a, b) = (trial.open(), trial.open());
        a.store(&snapshots()[..1]).unwrap();
        assert_eq!(b.seal(&seal_all()).unwrap().segments, 0);
        a.store(&snapshots()[1..2]).unwrap();
        drop(a);
        assert_eq!(b.seal(&seal_all()).unwrap().records, 6);
    }

    #[test]
    fn only_one_process_seals() {
        let trial = Trial::new();
        let archive = trial.open();
        archive.store(&snapshots()[..1]).unwrap();
        let _lock = archive.medium.journal(ledger::KEY).unwrap().unwrap();
        assert!(matches!(archive.seal(&seal_all()), Err(Error::Sealing)));
    }

    /// Every call that writes fails in turn while sealing, its work undone or done; then the process dies, or the power too.
    #[test]
    fn a_seal_that_fails_anywhere_loses_nothing() {
        for done in [false, true] {
            for call in 0.. {
                let trial = Trial::new();
                let archive = trial.open();
                archive.store(&snapshots()[..2]).unwrap();
                archive.seal(&seal_all()).unwrap();
                archive.store(&snapshots()[28..]).unwrap();
                archive.store(&next_day(1)[..2]).unwrap();
                let before = without_bytes(&answers(&archive, &["story"]));
                trial.failing.fail_at(call, done);
                let sealed = archive.seal(&seal_all());
                let finished = !trial.failing.has_failed();
                assert_eq!(sealed.is_ok(), finished, "call {call}");
                assert_eq!(without_bytes(&answers(&archive, &["story"])), before, "call {call}, in the same process");
                drop(archive);
                for keep in [true, false] {
                    let after = trial.after_power_cut(0, keep);
                    let archive = after.open();
                    assert_eq!(without_bytes(&answers(&archive, &["story"])), before, "call {call}, {keep}");
                    let found = archive.verify(&mut |_| {}).unwrap();
                    assert!(found.is_sound(), "call {call}, {keep}: {found:?}");
                    archive.store(&snapshots()[..1]).unwrap();
                    archive.seal(&seal_all()).unwrap();
                    assert_eq!(count(&archive, names::JOURNALS), 0);
                    assert!(archive.verify(&mut |_| {}).unwrap().is_sound(), "call {call}, {keep}");
                }
                if finished {
                    break;
                }
            }
        }
    }
}
