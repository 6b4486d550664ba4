//! Captures on their way out: which leave, with whom, and in which records. It does not know where they go; their form is a
//! writer of WARC files, or an index of where they lie.

use std::collections::{BTreeSet, HashSet};
use std::io::Write;

use chaffinch_warc::{Record, Span, Writer};
use jiff::Timestamp;

use crate::snapshot::encode::warcinfo;
use crate::snapshot::value::{CaptureId, Role};
use crate::store::archive::{Archive, new_id};
use crate::store::capture::Capture;
use crate::store::catalogue::query::{self, Located};
use crate::store::cdxj::Line;
use crate::store::error::{Class, Error, Result};
use crate::store::frames::{Found, Frames};
use crate::store::read::{again_if_moved, damaged};
use crate::store::write::capture_of;

/// For more pages than this, one look at all assets is quicker than a question for each page.
const PAGES_ASKED_SINGLY_MAX: usize = 1000;

/// What left.
#[derive(Debug, Default)]
pub struct Exported {
    /// Captures.
    pub captures: u64,
    /// An index line for each answer, in the order of such files.
    pub index: Vec<Line>,
    /// Captures that could not be read back, and why.
    pub lost: Vec<(CaptureId, String)>,
}

impl Archive {
    /// Some captures with all that they need to be shown elsewhere: the assets of their pages, the captures that hold what they
    /// only refer to, and so on. Oldest first, so that nothing refers to what follows it.
    ///
    /// # Errors
    /// Where the catalogue cannot answer.
    pub fn with_company(&self, chosen: &[Capture]) -> Result<Vec<CaptureId>> {
        let pages: HashSet<&str> = chosen.iter().map(|capture| capture.url.as_str()).collect();
        let mut open: Vec<CaptureId> = chosen.iter().map(|capture| capture.id).collect();
        if pages.len() <= PAGES_ASKED_SINGLY_MAX {
            for page in pages {
                open.extend(self.catalogue.read(|db| query::assets_of(db, page))?);
            }
        } else {
            let assets = self.catalogue.read(query::assets)?;
            open.extend(assets.into_iter().filter(|(_, parent)| pages.contains(parent.as_str())).map(|(id, _)| id));
        }
        let mut all = BTreeSet::new();
        while let Some(id) = open.pop() {
            if all.insert(id) {
                open.extend(self.catalogue.read(|db| query::leans_on(db, id))?);
            }
        }
        Ok(all.into_iter().collect())
    }

    /// Every record of a capture as it is stored, in order, their digests checked.
    ///
    /// # Errors
    /// [`Error::Damaged`] where one cannot be read back.
    pub fn capture_records(&self, id: CaptureId) -> Result<Vec<Record>> {
        again_if_moved(|| {
            let missing = || damaged("catalogue", 0, format!("capture {id} is not in it"));
            let place = self.catalogue.read(|db| query::places(db, id))?.ok_or_else(missing)?.answer;
            let dictionary = self.dictionaries.of(&*self.medium, &place.key)?;
            let mut frames = Frames::new(&*self.medium, &place.key, dictionary, place.offset, None)?;
            let mut records = Vec::new();
            while let Some(found) = frames.next_found()? {
                match found {
                    Found::Record { record, .. } if capture_of(&record) == Some(id) => records.push(record),
                    Found::Record { .. } => break,
                    Found::Damage { span, what, .. } => return Err(damaged(&place.key, span.offset, what)),
                }
            }
            if records.is_empty() {
                return Err(damaged(&place.key, place.offset, format!("capture {id} does not begin here")));
            }
            Ok(records)
        })
    }

    /// Writes captures as WARC records, behind a `warcinfo`. A capture that cannot be read back is told in the answer, and
    /// the others leave. `step` is called after each.
    ///
    /// # Errors
    /// [`Error::Write`] where the file cannot be written, and where the archive cannot be read at all.
    pub fn write_warc<W: Write>(
        &self,
        captures: &[CaptureId],
        writer: &mut Writer<W>,
        filename: &str,
        now: Timestamp,
        step: &mut dyn FnMut(),
    ) -> Result<Exported> {
        let mut exported = Exported::default();
        let mut write = |record: &Record| {
            writer.write(record).map_err(|error| Error::Write {
                file: filename.to_owned(),
                source: std::io::Error::other(error.to_string()),
            })
        };
        write(&warcinfo(&new_id(now).record_id(Role::Answer), now, filename))?;
        for id in captures {
            match self.capture_records(*id) {
                Ok(records) => {
                    for record in &records {
                        let span = write(record)?;
                        exported.index.extend(self.line(*id, record, filename, span)?);
                    }
                    exported.captures += 1;
                }
                Err(error) if error.class() == Class::Damage => exported.lost.push((*id, error.to_string())),
                Err(error) => return Err(error),
            }
            step();
        }
        exported.index.sort();
        Ok(exported)
    }

    /// An index of captures where they lie in the archive's own files.
    ///
    /// # Errors
    /// Where the catalogue cannot answer.
    pub fn index_in_place(&self, captures: &[CaptureId]) -> Result<Vec<Line>> {
        let mut index = Vec::new();
        for id in captures {
            let places = self.catalogue.read(|db| query::places(db, *id))?;
            let capture = self.capture(id)?;
            if let (Some(places), Some(capture)) = (places, capture) {
                let Located { key, offset, length } = places.answer;
                let is_revisit = places.repeats.is_some();
                index.push(Line::new(&capture, is_revisit, &key, Span { offset, length }));
            }
        }
        index.sort();
        Ok(index)
    }

    /// The index line of an answer; nothing for the records beside it.
    fn line(&self, id: CaptureId, record: &Record, filename: &str, span: Span) -> Result<Option<Line>> {
        use chaffinch_warc::RecordType::{Response, Revisit};
        let kind = record.header.record_type();
        if kind != Response && kind != Revisit {
            return Ok(None);
        }
        let capture = self.capture(&id)?;
        Ok(capture.map(|capture| Line::new(&capture, kind == Revisit, filename, span)))
    }
}
