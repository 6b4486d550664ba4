//! What lies in journals and segments, a capture at a time, before it is put together anew: which site and page each belongs to,
//! where its records are, and in which segment its page already has a dictionary. It reads and decides nothing.

use std::collections::HashSet;

use chaffinch_warc::{Record, RecordType};

use crate::snapshot::value::{CaptureId, Role};
use crate::store::archive::Archive;
use crate::store::bundle::{Taken, Whole, belonging, is_text};
use crate::store::catalogue::query::Located;
use crate::store::error::Result;
use crate::store::frames::{Found, Frames};
use crate::store::write::capture_of;

impl Archive {
    /// The captures of a file, in the order they lie there, but for those to be passed over; and whether some of the file could
    /// not be read.
    pub(crate) fn captures_of(
        &self,
        key: &str,
        pass_over: &mut dyn FnMut(CaptureId) -> Result<bool>,
    ) -> Result<(Vec<Taken>, bool)> {
        let dictionary = self.dictionaries.of(&*self.medium, key)?;
        let mut frames = Frames::new(&*self.medium, key, dictionary, 0, None)?;
        let mut captures: Vec<Taken> = Vec::new();
        let mut damaged = false;
        let mut passed: HashSet<CaptureId> = HashSet::new();
        while let Some(found) = frames.next_found()? {
            let Found::Record { span, record, .. } = found else {
                damaged = true;
                continue;
            };
            if record.header.record_type() == RecordType::Warcinfo {
                continue;
            }
            let id = capture_of(&record);
            let place = Located { key: key.to_owned(), offset: span.offset, length: span.length };
            match (captures.last_mut(), id) {
                (_, Some(id)) if passed.contains(&id) => {}
                (Some(last), Some(_)) if last.id == id => {
                    last.bytes += bytes_of(&record);
                    last.places.push(place);
                }
                _ => match id {
                    Some(id) if pass_over(id)? => {
                        passed.insert(id);
                    }
                    _ => captures.push(taken(id, &record, place)),
                },
            }
        }
        Ok((captures, damaged))
    }

    /// Captures with their records.
    pub(crate) fn load(&self, captures: &[Taken]) -> Result<Vec<Whole>> {
        captures.iter().map(|capture| self.load_one(capture)).collect()
    }

    pub(crate) fn load_one(&self, capture: &Taken) -> Result<Whole> {
        let records = capture.places.iter().map(|place| self.read_record(place)).collect::<Result<_>>()?;
        Ok(Whole { page: capture.page.clone(), site: capture.site.clone(), text: capture.text, records })
    }
}

fn taken(id: Option<CaptureId>, first: &Record, place: Located) -> Taken {
    let (site, page, url) = belonging(first);
    let answered = first.header.record_id().and_then(Role::of_record_id) == Some(Role::Answer);
    Taken { id, site, page, url, places: vec![place], bytes: bytes_of(first), text: is_text(first), answered }
}

fn bytes_of(record: &Record) -> u64 {
    // Header lines are some hundreds of bytes; the exact sum is of no use to anybody.
    const HEADER_BYTES: u64 = 600;
    record.block.len() as u64 + HEADER_BYTES
}
