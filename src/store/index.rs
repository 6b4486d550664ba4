//! Making the catalogue from the records: all of it (`reindex`), or what it has not heard of.

use rusqlite::Transaction;

use crate::snapshot::decode::{Part, part};
use crate::snapshot::value::CaptureId;
use crate::store::archive::Archive;
use crate::store::catalogue::insert::{self, Place};
use crate::store::catalogue::{query, schema};
use crate::store::error::{Error, Result};
use crate::store::frames::{Found, Frames};
use crate::store::ledger::Ledger;
use crate::store::names;
use crate::store::open::record_files;
use crate::store::report::{Progress, ReindexReport};

impl Archive {
    /// Deletes what the catalogue holds and makes it again from journals, segments and the ledger. Readers see the old one
    /// until the new one is whole; writers wait.
    ///
    /// # Errors
    /// What keeps files from being read or the catalogue from being written. Damaged records are no error: they are left out.
    pub fn reindex(&self, progress: &mut dyn FnMut(Progress)) -> Result<ReindexReport> {
        self.catalogue.write(|tx| self.reindex_in(tx, progress))
    }

    /// As [`Archive::reindex`], within a transaction that holds the catalogue already.
    pub(crate) fn reindex_in(&self, tx: &Transaction<'_>, progress: &mut dyn FnMut(Progress)) -> Result<ReindexReport> {
        let failed = |error| self.catalogue.failed(error);
        // Writers append only while they hold the catalogue, so that no journal grows from here on.
        let files = self.files_of_archive()?;
        let total = files.iter().map(|(_, length)| length).sum();
        let mut done = 0;
        tx.execute_batch(schema::DROP).and_then(|()| tx.execute_batch(schema::TABLES)).map_err(failed)?;
        for (key, length) in &files {
            self.index_file(tx, key, 0, Some(*length), &mut |at| progress(Progress { done: done + at, total }))?;
            done += length;
        }
        insert::inherit(tx, None).map_err(failed)?;
        self.index_notes(tx)?;
        let count = |table: &str| {
            tx.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get::<_, i64>(0)).map_err(failed)
        };
        Ok(ReindexReport {
            files: files.len() as u64,
            captures: count("captures")? as u64,
            articles: count("articles")? as u64,
        })
    }

    /// The journals and segments that belong to the archive, segments first: a capture that stands in both is read from
    /// there. A segment the ledger does not know belongs to nobody, unless the ledger itself is damaged.
    pub(crate) fn files_of_archive(&self) -> Result<Vec<(String, u64)>> {
        let ledger = Ledger::read(&*self.medium)?;
        let known: Vec<&str> = ledger.segments().iter().map(|segment| segment.id.as_str()).collect();
        let mut files = record_files(&*self.medium)?;
        files.retain(|(key, _)| {
            key.starts_with(names::JOURNALS) || !ledger.faults.is_empty() || known.contains(&names::id_of(key))
        });
        Ok(files)
    }

    /// Puts the records of a file into the catalogue, from one offset to another or to the end. Captures that the catalogue
    /// has elsewhere are moved here if this is a segment. Damaged records are left out; a torn end is not counted as indexed.
    pub(crate) fn index_file(
        &self,
        tx: &Transaction<'_>,
        key: &str,
        from: u64,
        to: Option<u64>,
        progress: &mut dyn FnMut(u64),
    ) -> Result<u64> {
        let failed = |error| self.catalogue.failed(error);
        let dictionary = match self.dictionaries.of(&*self.medium, key) {
            Ok(dictionary) => dictionary,
            Err(Error::Damaged { what, .. }) => {
                self.notice(format!("{key}: cannot be read: {what}; run `chaffinch verify`"));
                return Ok(0);
            }
            Err(error) => return Err(error),
        };
        let file = insert::file_number(tx, key).map_err(failed)?;
        let mut frames = Frames::new(&*self.medium, key, dictionary, from, to)?;
        let mut held_elsewhere: Option<CaptureId> = None;
        let mut revisits = Vec::new();
        let mut damaged = 0;
        let mut end = frames.end();
        while let Some(found) = frames.next_found()? {
            progress(frames.position());
            match found {
                Found::Damage { span, torn: true, .. } => end = span.offset,
                Found::Damage { .. } => damaged += 1,
                Found::Record { span, record, .. } => {
                    let Ok(part) = part(&record) else {
                        damaged += 1;
                        continue;
                    };
                    let place = Place { file, offset: span.offset, length: span.length };
                    if held_elsewhere.is_some() && part.capture() == held_elsewhere {
                        self.move_here(tx, key, place, &part)?;
                    } else if insert::put(tx, place, &part).map_err(failed)? {
                        held_elsewhere = None;
                        if let Part::Answer(answer) = &part {
                            revisits.extend(answer.repeats.is_some().then_some(answer.id));
                        }
                    } else {
                        held_elsewhere = part.capture();
                        self.move_here(tx, key, place, &part)?;
                    }
                }
            }
        }
        if damaged > 0 {
            self.notice(format!("{key}: {damaged} damaged records were passed over; run `chaffinch verify`"));
        }
        insert::set_indexed(tx, file, end).map_err(failed)?;
        for id in revisits {
            insert::inherit(tx, Some(id)).map_err(failed)?;
        }
        Ok(end)
    }

    /// A capture that stands in a journal and a segment belongs to the segment.
    fn move_here(&self, tx: &Transaction<'_>, key: &str, place: Place, part: &Part) -> Result<()> {
        let name = if let Part::Article(article) = part { Some(article.record) } else { part.capture() };
        match (name, part.role()) {
            (Some(id), Some(role)) if key.starts_with(names::SEGMENTS) => {
                insert::relocate(tx, place, id, role).map_err(|error| self.catalogue.failed(error))
            }
            _ => Ok(()),
        }
    }

    /// The captures that lie in a part of a file, or repeat one that does.
    pub(crate) fn captures_within(&self, key: &str, from: u64, to: u64) -> Result<Vec<CaptureId>> {
        self.catalogue.read(|db| query::within(db, key, from, to))
    }
}
