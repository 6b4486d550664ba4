//! Sealing: the records of journals go into segments, a site's together. The order is what makes a crash harmless: segments
//! are put down and synced, the catalogue is switched in one transaction, the ledger is extended, and only then are the
//! journals removed. A segment that is not in the ledger does not count.

use std::collections::BTreeMap;

use chaffinch_warc::{Record, RecordType, Span};

use crate::snapshot::decode::part;
use crate::snapshot::value::{CaptureId, Role};
use crate::store::archive::{Archive, new_id};
use crate::store::catalogue::insert::{self, Place};
use crate::store::catalogue::query::Located;
use crate::store::error::{Error, Result};
use crate::store::frames::{Found, Frames};
use crate::store::ledger::{self, Event, Ledger, Segment};
use crate::store::medium::{Journal, read_all};
use crate::store::names;
use crate::store::report::{SealOptions, SealReport};
use crate::store::segment::{Built, build};
use crate::store::train::choose;

/// What one segment holds at most, before compression: it is made in memory.
const SEGMENT_BYTES_MAX: u64 = 128 << 20;

/// A journal that is being sealed, held by its lock.
struct Source {
    key: String,
    journal: Box<dyn Journal>,
    /// Whether some of it could not be read.
    damaged: bool,
}

/// A record that is to be moved.
struct Item {
    source: usize,
    span: Span,
    bytes: u64,
}

/// A segment that has been put down.
struct Sealed {
    segment: Segment,
    /// Bytes of the second copy of its dictionary.
    copy_bytes: u64,
    /// Which record of which capture lies where.
    moved: Vec<(CaptureId, Role, Span)>,
}

/// What goes into one segment.
struct Group {
    site: Option<String>,
    items: Vec<Item>,
}

impl Archive {
    /// Moves records from journals that nobody else is writing into sealed segments: of each site that pays for a dictionary
    /// one of its own, of all others together. What is being written by another process stays where it is.
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
        let groups = self.groups(&mut sources)?;
        let mut report = SealReport::default();
        let built = self.build_all(&sources, groups, options, &mut report)?;
        self.switch(&mut *lock, &sources, &built, options)?;
        for sealed in &built {
            report.segments += 1;
            report.records += sealed.segment.records - 1;
            report.bytes_after += sealed.segment.length + sealed.copy_bytes;
        }
        for source in &sources {
            report.bytes_before += source.journal.length();
            self.remove_sealed(source)?;
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

    /// Every record of the journals that is not in a segment yet, by site.
    fn groups(&self, sources: &mut [Source]) -> Result<Vec<Group>> {
        let mut sites: BTreeMap<String, Vec<Item>> = BTreeMap::new();
        for (n, source) in sources.iter_mut().enumerate() {
            let dictionary = self.dictionaries.of(&*self.medium, &source.key)?;
            let mut frames = Frames::new(&*self.medium, &source.key, dictionary, 0, None)?;
            let mut sealed_before: Option<CaptureId> = None;
            while let Some(found) = frames.next_found()? {
                let Found::Record { span, record, .. } = found else {
                    source.damaged = true;
                    continue;
                };
                if record.header.record_type() == RecordType::Warcinfo {
                    continue;
                }
                let id = part(&record).ok().and_then(|part| part.capture());
                if id.is_some() && id == sealed_before {
                    continue;
                }
                if self.is_sealed(id)? {
                    sealed_before = id;
                    continue;
                }
                let item = Item { source: n, span, bytes: record.block.len() as u64 };
                sites.entry(site_of(&record)).or_default().push(item);
            }
        }
        Ok(sites.into_iter().flat_map(|(site, items)| split(&site, items)).collect())
    }

    /// Whether a crash came between a ledger that had been extended and a journal that was to be removed.
    fn is_sealed(&self, id: Option<CaptureId>) -> Result<bool> {
        let Some(id) = id else { return Ok(false) };
        let file = self.catalogue.read(|db| insert::file_of(db, id))?;
        Ok(file.is_some_and(|key| key.starts_with(names::SEGMENTS)))
    }

    /// Makes the segments and puts them down. Nobody looks at them yet.
    fn build_all(
        &self,
        sources: &[Source],
        groups: Vec<Group>,
        options: &SealOptions,
        report: &mut SealReport,
    ) -> Result<Vec<Sealed>> {
        let mut built = Vec::new();
        let mut shelf = Group { site: None, items: Vec::new() };
        let mut shelf_bytes = 0;
        for group in groups {
            let records = self.records_of(sources, &group.items)?;
            let id = new_id(options.now);
            let (dictionary, own) = choose(id, &records, options.level);
            if own {
                report.dictionaries += 1;
                built.push(self.put_down(id, group.site, &records, &dictionary, options)?);
                continue;
            }
            shelf_bytes += group.items.iter().map(|item| item.bytes).sum::<u64>();
            shelf.items.extend(group.items);
            if shelf_bytes > SEGMENT_BYTES_MAX {
                built.push(self.put_shelf(sources, &std::mem::take(&mut shelf.items), options, report)?);
                shelf_bytes = 0;
            }
        }
        if !shelf.items.is_empty() {
            built.push(self.put_shelf(sources, &shelf.items, options, report)?);
        }
        Ok(built)
    }

    fn put_shelf(
        &self,
        sources: &[Source],
        items: &[Item],
        options: &SealOptions,
        report: &mut SealReport,
    ) -> Result<Sealed> {
        let records = self.records_of(sources, items)?;
        let id = new_id(options.now);
        let (dictionary, own) = choose(id, &records, options.level);
        report.dictionaries += u64::from(own);
        self.put_down(id, None, &records, &dictionary, options)
    }

    fn put_down(
        &self,
        id: CaptureId,
        site: Option<String>,
        records: &[Record],
        dictionary: &chaffinch_warc::Dictionary,
        options: &SealOptions,
    ) -> Result<Sealed> {
        let key = names::segment(&id.to_string());
        let built = build(id, options.now, site, records, dictionary, options.level)
            .map_err(|what| Error::Encode { url: key.clone(), what })?;
        self.put_segment(&built)?;
        let named = |(record, span): (&Record, &Span)| {
            let urn = record.header.record_id()?;
            Some((CaptureId::from_record_id(urn)?, Role::of_record_id(urn)?, *span))
        };
        let moved = records.iter().zip(&built.spans).filter_map(named).collect();
        Ok(Sealed { copy_bytes: built.dictionary_frame.len() as u64, segment: built.segment, moved })
    }

    /// Puts a segment down, the second copy of its dictionary first.
    pub(crate) fn put_segment(&self, built: &Built) -> Result<()> {
        let copy = names::second_copy(&built.key);
        self.medium.put(&copy, &built.dictionary_frame).map_err(Self::write_failed(&copy))?;
        self.medium.put(&built.key, &built.bytes).map_err(Self::write_failed(&built.key))
    }

    fn records_of(&self, sources: &[Source], items: &[Item]) -> Result<Vec<Record>> {
        let read = |item: &Item| {
            let key = sources[item.source].key.clone();
            self.read_record(&Located { key, offset: item.span.offset, length: item.span.length })
        };
        items.iter().map(read).collect()
    }

    /// Switches the catalogue in one transaction and extends the ledger.
    fn switch(
        &self,
        lock: &mut dyn Journal,
        sources: &[Source],
        built: &[Sealed],
        options: &SealOptions,
    ) -> Result<()> {
        let mut ledger = Ledger::read(&*self.medium)?;
        self.catalogue.write(|tx| {
            let failed = |error| self.catalogue.failed(error);
            for sealed in built {
                let file = insert::file_number(tx, &names::segment(&sealed.segment.id)).map_err(failed)?;
                for (id, role, span) in &sealed.moved {
                    let place = Place { file, offset: span.offset, length: span.length };
                    insert::relocate(tx, place, *id, *role).map_err(failed)?;
                }
                insert::set_indexed(tx, file, sealed.segment.length).map_err(failed)?;
            }
            sources.iter().try_for_each(|source| insert::drop_file(tx, &source.key)).map_err(failed)
        })?;
        let from: Vec<String> = sources.iter().map(|source| names::id_of(&source.key).to_owned()).collect();
        let events: Vec<Event> =
            built.iter().map(|sealed| Event::Sealed { segment: sealed.segment.clone(), from: from.clone() }).collect();
        let extended = ledger.append(lock, &options.now.to_string(), &events);
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
        self.medium.delete(&source.key).map_err(Self::write_failed(&source.key))?;
        let copy = names::second_copy(&source.key);
        self.medium.delete(&copy).map_err(Self::write_failed(&copy))
    }

    /// Keeps a copy of a damaged file.
    pub(crate) fn put_aside(&self, key: &str) -> Result<()> {
        let bytes = read_all(&*self.medium, key).map_err(Self::read_failed(key))?;
        let name = key.rsplit('/').next().unwrap_or(key);
        let aside = format!("{}{name}", names::DAMAGED);
        self.medium.put(&aside, &bytes).map_err(Self::write_failed(&aside))
    }
}

/// The site a record belongs to.
fn site_of(record: &Record) -> String {
    let target = record.header.target_uri().unwrap_or("");
    let target = target.strip_prefix(crate::snapshot::fields::ARTICLE_URN).unwrap_or(target);
    url::Url::parse(target).map(|url| crate::url::site(&url)).unwrap_or_default()
}

/// A site's records, as many segments as it takes.
fn split(site: &str, items: Vec<Item>) -> Vec<Group> {
    let mut groups = Vec::new();
    let mut items_of_group = Vec::new();
    let mut bytes = 0;
    for item in items {
        bytes += item.bytes;
        items_of_group.push(item);
        if bytes > SEGMENT_BYTES_MAX {
            groups.push(Group { site: Some(site.to_owned()), items: std::mem::take(&mut items_of_group) });
            bytes = 0;
        }
    }
    if !items_of_group.is_empty() {
        groups.push(Group { site: Some(site.to_owned()), items: items_of_group });
    }
    groups
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::snapshot::value::Snapshot;
    use crate::store::names::holds_records;
    use crate::store::trial::{Trial, answers, seal_all, story};

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

    fn without_bytes(answers: &str) -> String {
        answers.split(", bytes: ").map(|part| part.trim_start_matches(|c: char| c.is_ascii_digit())).collect()
    }

    #[test]
    fn every_answer_is_the_same_after_sealing() {
        let trial = Trial::new();
        let archive = trial.open();
        archive.store(&snapshots()).unwrap();
        let before = answers(&archive, &["story", "small", "23757"]);
        let report = archive.seal(&seal_all()).unwrap();
        assert_eq!((report.segments, report.dictionaries), (2, 1), "one site of its own, and a shelf");
        assert!(report.bytes_after < report.bytes_before, "{report:?}");
        assert_eq!((count(&archive, names::JOURNALS), count(&archive, names::SEGMENTS)), (0, 2));
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
                archive.store(&snapshots()[28..]).unwrap();
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
