//! Forgetting: captures are taken out for good. The segments they stood in are written anew without them, the ledger and the
//! notes say that they were there and why they are gone, and what others only referred to passes to the first of these.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chaffinch_warc::{Record, RecordType};
use jiff::Timestamp;
use rusqlite::Connection;
use serde::Serialize;

use crate::snapshot::heir;
use crate::snapshot::value::{CaptureId, Role};
use crate::store::archive::{Archive, new_id};
use crate::store::bundle::{self, Whole};
use crate::store::capture::Capture;
use crate::store::catalogue::query;
use crate::store::error::{Error, Result};
use crate::store::frames::{Found, Frames};
use crate::store::ledger::{self, Event, Ledger};
use crate::store::names;
use crate::store::read::damaged;
use crate::store::report::{ForgetReport, SealOptions};
use crate::store::write::owner_of;

/// What the ledger says of a segment that was written anew.
const REASON: &str = "forgotten";

/// What stands in the notes for a capture that was taken out.
#[derive(Serialize)]
struct Tombstone<'a> {
    kind: &'static str,
    at: String,
    capture: String,
    url: &'a str,
    captured: String,
    reason: &'a str,
}

/// Who inherits what.
#[derive(Default, PartialEq, Eq)]
struct Heirs {
    /// Of a capture that is forgotten, the one that holds its payload from now on.
    payloads: BTreeMap<CaptureId, CaptureId>,
    /// The same for its article.
    articles: BTreeMap<CaptureId, CaptureId>,
    /// Every capture whose records change.
    changed: BTreeSet<CaptureId>,
}

fn heirs(db: &Connection, forgotten: &BTreeSet<CaptureId>) -> rusqlite::Result<Heirs> {
    let mut heirs = Heirs::default();
    for id in forgotten {
        let (repeating, showing) = (query::repeating(db, *id)?, query::showing(db, *id)?);
        for (dependents, heirs_of) in [(repeating, &mut heirs.payloads), (showing, &mut heirs.articles)] {
            let staying: Vec<CaptureId> = dependents.into_iter().filter(|id| !forgotten.contains(id)).collect();
            heirs.changed.extend(&staying);
            heirs_of.extend(staying.first().map(|heir| (*id, *heir)));
        }
    }
    Ok(heirs)
}

impl Archive {
    /// Takes captures out for good. Nothing that is kept loses by it: a payload or an article that other captures only refer to
    /// passes to the earliest of them. Journals are sealed first; a dictionary that holds what is forgotten goes, too.
    ///
    /// # Errors
    /// [`Error::Sealing`] while another process seals, or stores what refers to what is to be forgotten; [`Error::Damaged`] where a segment in
    /// question is: repair it first. Then nothing has changed.
    pub fn forget(&self, wanted: &[CaptureId], reason: &str, now: Timestamp) -> Result<ForgetReport> {
        self.seal(&SealOptions { journal_bytes_min: 0, ..SealOptions::end_of_run(now) })?;
        let mut writer = self.writer();
        writer.take();
        let lock = self.medium.journal(ledger::KEY).map_err(Self::write_failed(ledger::KEY))?;
        let mut lock = lock.ok_or(Error::Sealing)?;
        let forgotten: BTreeSet<CaptureId> = wanted.iter().copied().collect();
        let captures: Vec<Capture> =
            forgotten.iter().map(|id| self.capture(id)).filter_map(Result::transpose).collect::<Result<_>>()?;
        let heirs = self.catalogue.read(|db| heirs(db, &forgotten))?;
        let keys = self.keys_of(forgotten.iter().chain(&heirs.changed))?;
        if keys.iter().any(|key| key.starts_with(names::JOURNALS)) {
            return Err(Error::Sealing);
        }
        let mut ledger = Ledger::read(&*self.medium)?;
        let held: HashMap<CaptureId, Vec<Record>> =
            forgotten.iter().map(|id| Ok((*id, self.capture_records(*id)?))).collect::<Result<_>>()?;
        let mut events = Vec::new();
        for key in &keys {
            events.extend(self.without(key, &forgotten, &heirs, &held, now)?);
        }
        for capture in &captures {
            events.push(Event::Forgotten { capture: capture.id.to_string(), reason: reason.to_owned() });
        }
        self.catalogue.write(|tx| {
            // Writers hold the catalogue while they decide what a capture repeats: from here on none can be led to what goes.
            if self::heirs(tx, &forgotten).map_err(|error| self.catalogue.failed(error))? != heirs {
                return Err(Error::Sealing);
            }
            // Should the power go in between, a stone stands for what is still there: it says that somebody wanted it gone.
            self.put_tombstones(&captures, reason, now)?;
            ledger.append(&mut *lock, &now.to_string(), &events)?;
            // Readers are led to the new segments before the old ones go.
            self.reindex_in(tx, &mut |_| {})
        })?;
        keys.iter().try_for_each(|key| self.remove(key))?;
        Ok(ForgetReport {
            captures: captures.len() as u64,
            heirs: heirs.payloads.values().chain(heirs.articles.values()).collect::<BTreeSet<_>>().len() as u64,
            segments: keys.len() as u64,
        })
    }

    fn keys_of<'a>(&self, captures: impl Iterator<Item = &'a CaptureId>) -> Result<BTreeSet<String>> {
        let mut keys = BTreeSet::new();
        for id in captures {
            keys.extend(self.catalogue.read(|db| query::places(db, *id))?.map(|places| places.answer.key));
            // An article that was extracted again stands by itself.
            keys.extend(self.catalogue.read(|db| query::own_article_place(db, *id))?.map(|place| place.key));
        }
        Ok(keys)
    }

    /// Writes a segment anew; the ledger hears what takes the old one's place.
    fn without(
        &self,
        key: &str,
        forgotten: &BTreeSet<CaptureId>,
        heirs: &Heirs,
        held: &HashMap<CaptureId, Vec<Record>>,
        now: Timestamp,
    ) -> Result<Vec<Event>> {
        let mut captures = Vec::new();
        for (id, group) in self.captures_in(key)? {
            if forgotten.contains(&id) {
                continue;
            }
            let records = if heirs.changed.contains(&id) { self.inherited(id, group, heirs, held)? } else { group };
            captures.extend(Whole::new(records));
        }
        captures.sort_by(|a, b| (&a.site, &a.page).cmp(&(&b.site, &b.page)));
        let built = if captures.is_empty() {
            Vec::new()
        } else {
            let making = SealOptions::end_of_run(now).making();
            bundle::make(&captures, &making, &|| new_id(now))
                .map_err(|what| Error::Encode { url: key.to_owned(), what })?
        };
        built.iter().try_for_each(|built| self.put_segment(built))?;
        Ok(ledger::in_place_of(
            built.into_iter().map(|built| built.segment),
            vec![names::id_of(key).to_owned()],
            REASON,
        ))
    }

    /// The records of a file, a capture's together.
    fn captures_in(&self, key: &str) -> Result<Vec<(CaptureId, Vec<Record>)>> {
        let dictionary = self.dictionaries.of(&*self.medium, key)?;
        let mut frames = Frames::new(&*self.medium, key, dictionary, 0, None)?;
        let mut captures: Vec<(CaptureId, Vec<Record>)> = Vec::new();
        while let Some(found) = frames.next_found()? {
            let record = match found {
                Found::Record { record, .. } => record,
                Found::Damage { span, what, .. } => return Err(damaged(key, span.offset, what)),
            };
            if record.header.record_type() == RecordType::Warcinfo {
                continue;
            }
            let Some(id) = owner_of(&record) else { continue };
            match captures.last_mut() {
                Some((last, group)) if *last == id => group.push(record),
                _ => captures.push((id, vec![record])),
            }
        }
        Ok(captures)
    }

    /// The records of a capture that referred to what is forgotten.
    fn inherited(
        &self,
        id: CaptureId,
        group: Vec<Record>,
        heirs: &Heirs,
        held: &HashMap<CaptureId, Vec<Record>>,
    ) -> Result<Vec<Record>> {
        let shown = self.catalogue.read(|db| query::article_of(db, id))?;
        let mut records = Vec::new();
        for record in group {
            let role = record.header.record_id().and_then(Role::of_record_id);
            let repeated = record.header.refers_to().and_then(CaptureId::from_record_id);
            match (role, repeated.filter(|repeated| held.contains_key(repeated))) {
                (Some(Role::Answer), Some(gone)) => records.push(self.answer(id, &record, gone, heirs, held)?),
                // What it says of its article is said anew below.
                (Some(Role::Metadata), _) if shown.is_some() => {}
                _ => records.push(record),
            }
        }
        let has_own = records.iter().any(|record| record.header.record_type() == RecordType::Conversion);
        if let (Some((holder, digest)), false, Some(answer)) = (shown, has_own, records.first()) {
            let article = match heirs.articles.get(&holder) {
                Some(heir) if *heir == id => {
                    let mut records = held.get(&holder).into_iter().flatten();
                    let conversion = records.find(|record| record.header.record_type() == RecordType::Conversion);
                    conversion.map(|conversion| heir::conversion(conversion, id, answer))
                }
                Some(heir) => Some(heir::metadata(answer, id, *heir, &digest)),
                None => Some(heir::metadata(answer, id, holder, &digest)),
            };
            records.extend(article);
        }
        Ok(records)
    }

    /// The answer of a capture that repeated one which is forgotten.
    fn answer(
        &self,
        id: CaptureId,
        revisit: &Record,
        gone: CaptureId,
        heirs: &Heirs,
        held: &HashMap<CaptureId, Vec<Record>>,
    ) -> Result<Record> {
        let missing = |id: CaptureId| damaged("catalogue", 0, format!("capture {id} has no answer"));
        match heirs.payloads.get(&gone) {
            Some(heir) if *heir != id => {
                let records = self.capture_records(*heir)?;
                records.first().map(|heir| heir::revisit(revisit, heir)).ok_or_else(|| missing(*heir))
            }
            _ => {
                let answer = held.get(&gone).and_then(|records| records.first()).ok_or_else(|| missing(gone))?;
                let what =
                    |what| Error::Encode { url: revisit.header.target_uri().unwrap_or_default().to_owned(), what };
                heir::response(revisit, answer).map_err(what)
            }
        }
    }

    fn put_tombstones(&self, captures: &[Capture], reason: &str, now: Timestamp) -> Result<()> {
        let mut text = String::new();
        for capture in captures {
            let stone = Tombstone {
                kind: "tombstone",
                at: now.to_string(),
                capture: capture.id.to_string(),
                url: capture.url.as_str(),
                captured: capture.at.to_string(),
                reason,
            };
            // Text and numbers of our own always become JSON.
            text.push_str(&serde_json::to_string(&stone).unwrap_or_default());
            text.push('\n');
        }
        self.append_notes(&text)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::io;
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::page::Page;
    use crate::snapshot::value::{Change, Snapshot};
    use crate::store::capture::Filter;
    use crate::store::failing::Failing;
    use crate::store::medium::{Journal, Medium, Objects, read_all};
    use crate::store::trial::{Trial, answers, page, seal_all, story, time};

    const URL: &str = "https://example.org/a";

    fn now() -> Timestamp {
        time(200_000)
    }

    /// A page captured three times alike, then with other chrome, then edited; another URL with the same bytes; one beside.
    fn snapshots() -> Vec<Snapshot> {
        let text = "A secret that was published by mistake. ".repeat(20);
        let again = |minutes| story(URL, minutes, "home", &text);
        let mut unchanged = page(URL, 4, "");
        unchanged.status = 304;
        vec![
            again(0),
            again(1),
            again(2),
            story(URL, 3, "home, news", &text),
            Snapshot::new(unchanged),
            story(URL, 5, "home", "The correction, without it."),
            story("https://example.org/copy", 6, "home", &text),
            story("https://example.org/beside", 7, "home", "Another story."),
        ]
    }

    fn filled() -> (Trial, Archive, Vec<CaptureId>) {
        let trial = Trial::new();
        let archive = trial.open();
        let ids = archive.store(&snapshots()).unwrap().iter().map(|stored| stored.id).collect();
        (trial, archive, ids)
    }

    /// What every capture but some shows.
    fn shown(archive: &Archive, without: &[CaptureId]) -> Vec<String> {
        let everything = archive.list(&Filter { assets: true, ..Filter::default() }).unwrap();
        let told = |capture: &Capture| {
            let page = archive.load_page(capture).unwrap();
            let article = archive.load_article(capture).unwrap().map(|article| article.text());
            format!("{} {:?} {:?} {article:?} {:?}", capture.id, capture.change, page, capture.article_digest)
        };
        everything.iter().filter(|capture| !without.contains(&capture.id)).map(told).collect()
    }

    #[test]
    fn nothing_that_stays_loses_by_what_goes() {
        for gone in
            [vec![0], vec![1], vec![0, 1], vec![0, 1, 2], vec![0, 3], vec![3], vec![5], vec![6], vec![0, 2, 5, 7]]
        {
            let (trial, archive, ids) = filled();
            let gone: Vec<CaptureId> = gone.into_iter().map(|at: usize| ids[at]).collect();
            let before = shown(&archive, &gone);
            let report = archive.forget(&gone, "asked for", now()).unwrap();
            assert_eq!(report.captures, gone.len() as u64);
            assert_eq!(shown(&archive, &[]), before, "{gone:?}");
            let verified = archive.verify(&mut |_| {}).unwrap();
            assert!(verified.is_sound(), "{gone:?}: {verified:?}");
            drop(archive);
            let again = trial.open();
            again.reindex(&mut |_| {}).unwrap();
            assert_eq!(shown(&again, &[]), before, "{gone:?}, read anew");
        }
    }

    #[test]
    fn no_byte_of_it_is_left() {
        let (trial, archive, ids) = filled();
        archive.forget(&[&ids[..5], &ids[6..7]].concat(), "a court said so", now()).unwrap();
        let holds = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains("published by mistake");
        for (key, _) in trial.memory().list("").unwrap() {
            assert!(!holds(&read_all(trial.memory(), &key).unwrap()), "{key}");
            if names::holds_records(&key) {
                let dictionary = archive.dictionaries.of(trial.memory(), &key).unwrap().unwrap();
                assert!(!holds(dictionary.bytes()));
                for (id, records) in archive.captures_in(&key).unwrap() {
                    assert!(records.iter().all(|record| !holds(&record.block)), "{id}");
                }
            }
        }
        assert!(archive.search("secret", &Filter::default()).unwrap().is_empty());
        let notes = String::from_utf8(read_all(trial.memory(), names::NOTES).unwrap()).unwrap();
        assert_eq!(notes.lines().count(), 6);
        assert!(notes.contains("a court said so") && notes.contains(&ids[0].to_string()));
        let events = Ledger::read(trial.memory()).unwrap().events;
        assert_eq!(events.iter().filter(|event| matches!(event, Event::Forgotten { .. })).count(), 6);
    }

    #[test]
    fn the_first_that_repeated_it_holds_it_from_now_on() {
        let (_trial, archive, ids) = filled();
        let size = |id| archive.capture(&id).unwrap().unwrap().bytes;
        let small = size(ids[1]);
        archive.forget(&ids[..1], "", now()).unwrap();
        assert!(size(ids[1]) > small);
        assert_eq!(archive.capture(&ids[1]).unwrap().unwrap().change, Change::Identical);
        let records = archive.capture_records(ids[2]).unwrap();
        assert_eq!(records[0].header.refers_to(), Some(ids[1].record_id(Role::Answer).as_str()));
    }

    /// Every call that writes fails in turn, its work undone or done; then the process dies, or the power too.
    #[test]
    fn forgetting_that_fails_anywhere_leaves_all_or_nothing_of_it() {
        for done in [false, true] {
            for call in 0.. {
                let (trial, archive, ids) = filled();
                let (before, after) = (shown(&archive, &[]), shown(&archive, &ids[..1]));
                trial.failing.fail_at(call, done);
                let finished = archive.forget(&ids[..1], "", now()).is_ok() && !trial.failing.has_failed();
                drop(archive);
                for keep in [true, false] {
                    let later = trial.after_power_cut(0, keep);
                    let archive = later.open();
                    let found = shown(&archive, &[]);
                    assert!(found == after || !finished && found == before, "call {call}, {done}, {keep}");
                    let verified = archive.verify(&mut |_| {}).unwrap();
                    assert!(verified.is_sound(), "call {call}, {done}, {keep}: {verified:?}");
                    assert!(!answers(&archive, &["story"]).is_empty());
                }
                if finished {
                    break;
                }
            }
        }
    }

    /// A medium during whose first `put` something else happens.
    struct Meanwhile {
        inner: Failing,
        happens: Mutex<Option<Box<dyn FnOnce() + Send>>>,
    }

    impl Objects for Meanwhile {
        fn put(&self, key: &str, bytes: &[u8]) -> io::Result<()> {
            if let Some(happens) = self.happens.lock().unwrap().take() {
                happens();
            }
            self.inner.put(key, bytes)
        }

        fn read(&self, key: &str, offset: u64, length: usize) -> io::Result<Vec<u8>> {
            self.inner.read(key, offset, length)
        }

        fn length(&self, key: &str) -> io::Result<u64> {
            self.inner.length(key)
        }

        fn list(&self, prefix: &str) -> io::Result<Vec<(String, u64)>> {
            self.inner.list(prefix)
        }

        fn delete(&self, key: &str) -> io::Result<()> {
            self.inner.delete(key)
        }
    }

    impl Medium for Meanwhile {
        fn journal(&self, key: &str) -> io::Result<Option<Box<dyn Journal>>> {
            self.inner.journal(key)
        }
    }

    /// Another process stores the same page again after it was decided who inherits, and before the segment is replaced.
    #[test]
    fn what_is_repeated_in_the_meantime_is_not_forgotten() {
        let (trial, archive, ids) = filled();
        archive.seal(&seal_all()).unwrap();
        drop(archive);
        let other = trial.open();
        let again = snapshots().remove(0);
        let again = Snapshot { page: Page { at: time(9), ..again.page.clone() }, ..again };
        let expected = again.page.clone();
        let stored = Arc::new(Mutex::new(None));
        let told = Arc::clone(&stored);
        let happens: Box<dyn FnOnce() + Send> =
            Box::new(move || *told.lock().unwrap() = Some(other.store(&[again]).unwrap().remove(0).id));
        let medium = Meanwhile { inner: trial.failing.clone(), happens: Mutex::new(Some(happens)) };
        let archive = Archive::on(Box::new(medium), trial.dir.path()).unwrap();
        let forgotten = archive.forget(&ids[..1], "", now());
        assert!(matches!(forgotten, Err(Error::Sealing)), "{forgotten:?}");
        let capture = archive.capture(&stored.lock().unwrap().unwrap()).unwrap().unwrap();
        assert_eq!(capture.change, Change::Edited, "it came after a correction");
        assert_eq!(archive.load_page(&capture).unwrap(), expected);
        assert!(read_all(trial.memory(), names::NOTES).is_err(), "no stone stands for what is still there");
        drop(archive);
        let archive = trial.open();
        archive.forget(&ids[..1], "", now()).unwrap();
        assert_eq!(archive.load_page(&capture).unwrap(), expected);
        assert!(archive.verify(&mut |_| {}).unwrap().is_sound());
    }
}
