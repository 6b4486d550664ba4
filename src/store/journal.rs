//! The journal that a process writes: taken over from a writer who is gone, or begun; records are appended as a group, synced,
//! and then entered in the catalogue. If anything fails, it is cut to its old length and nothing was written.

use chaffinch_warc::{Compression, Dictionary, Record, decode_one, encode};
use jiff::Timestamp;
use rusqlite::Transaction;

use crate::snapshot::decode::check;
use crate::snapshot::encode::warcinfo;
use crate::snapshot::value::Role;
use crate::store::archive::{Archive, new_id};
use crate::store::catalogue::insert::{self, Place};
use crate::store::error::{Error, Result};
use crate::store::general;
use crate::store::medium::Journal;
use crate::store::names;

/// The level of compression in journals: what is written has to be written fast, and is sealed at another.
const LEVEL: i32 = 3;

/// A journal longer than this is left to be sealed, and a new one begun.
const JOURNAL_BYTES_MAX: u64 = 1 << 30;

/// The journal this process writes.
pub struct Writer {
    pub(crate) key: String,
    pub(crate) journal: Box<dyn Journal>,
    dictionary: Dictionary,
    /// The group that is being made: its bytes, and the number of the journal in the catalogue.
    group: Vec<u8>,
    file: i64,
}

impl Archive {
    /// Lets somebody add records to this process's journal and to the catalogue: all of them or, on an error, none. When it
    /// returns they are on the disk.
    pub(crate) fn append_group<T>(
        &self,
        at: Timestamp,
        add: &mut dyn FnMut(&Transaction<'_>, &mut Writer) -> Result<T>,
    ) -> Result<T> {
        if self.catalogue.is_read_only() {
            let source = std::io::ErrorKind::ReadOnlyFilesystem.into();
            return Err(Error::Write { file: self.dir().display().to_string(), source });
        }
        let mut held = self.writer();
        let mut writer = match held.take() {
            Some(writer) if writer.journal.length() < JOURNAL_BYTES_MAX => writer,
            _ => self.acquire(at)?,
        };
        let before = writer.journal.length();
        let added = self.catalogue.write(|tx| {
            let failed = |error| self.catalogue.failed(error);
            writer.group.clear();
            writer.file = insert::file_number(tx, &writer.key).map_err(failed)?;
            let added = add(tx, &mut writer)?;
            insert::set_indexed(tx, writer.file, before + writer.group.len() as u64).map_err(failed)?;
            let written = writer.journal.append(&writer.group).and_then(|()| writer.journal.sync());
            written.map_err(Self::write_failed(&writer.key))?;
            Ok(added)
        });
        if added.is_ok() {
            *held = Some(writer);
        } else {
            // If even this fails, the next writer of the journal finds a torn end, or records nobody was promised.
            match writer.journal.cut(before) {
                Ok(()) => *held = Some(writer),
                Err(_) => drop(writer),
            }
        }
        added
    }

    /// Takes over a journal whose writer is gone, or begins one.
    fn acquire(&self, at: Timestamp) -> Result<Writer> {
        let listed = self.medium.list(names::JOURNALS).map_err(Self::read_failed(names::JOURNALS))?;
        let journals = listed.iter().filter(|(key, length)| names::holds_records(key) && *length < JOURNAL_BYTES_MAX);
        for (key, _) in journals {
            let Some(mut journal) = self.medium.journal(key).map_err(Self::write_failed(key))? else { continue };
            self.tidy(key, &mut *journal)?;
            if journal.length() == 0 {
                self.begin(key, &mut *journal, at)?;
            }
            // A journal whose dictionary is lost is left for `repair`; so is one without any, which is not ours.
            if let Ok(Some(dictionary)) = self.dictionaries.of(&*self.medium, key) {
                return Ok(Writer { key: key.clone(), journal, dictionary, group: Vec::new(), file: 0 });
            }
        }
        let key = names::journal(&new_id(at).to_string());
        let journal = self.medium.journal(&key).map_err(Self::write_failed(&key))?;
        let mut journal = journal.ok_or(Error::Sealing)?;
        self.begin(&key, &mut *journal, at)?;
        Ok(Writer { key, journal, dictionary: general::dictionary(), group: Vec::new(), file: 0 })
    }

    /// Writes what a journal begins with: the dictionary (with its second copy beside) and a `warcinfo`.
    fn begin(&self, key: &str, journal: &mut dyn Journal, at: Timestamp) -> Result<()> {
        let dictionary = general::dictionary();
        let what = |error: chaffinch_warc::Error| Error::Encode { url: key.to_owned(), what: error.to_string() };
        let mut bytes = dictionary.to_frame().map_err(what)?;
        let copy = names::second_copy(key);
        self.medium.put(&copy, &bytes).map_err(Self::write_failed(&copy))?;
        let info = warcinfo(&new_id(at).record_id(Role::Answer), at, key);
        let compression = Compression::Zstd { level: LEVEL, dictionary: Some(&dictionary) };
        bytes.extend(encode(&info, &compression).map_err(what)?);
        if let Err(source) = journal.append(&bytes).and_then(|()| journal.sync()) {
            let _ = journal.cut(0);
            return Err(Self::write_failed(key)(source));
        }
        self.dictionaries.keep(key, &dictionary);
        self.catalogue.write(|tx| {
            let file = insert::file_number(tx, key);
            file.and_then(|file| insert::set_indexed(tx, file, bytes.len() as u64))
                .map_err(|e| self.catalogue.failed(e))
        })
    }
}

impl Writer {
    /// Adds a record to the group, read back and compared: what cannot be read is never written. Says where it will lie.
    pub(crate) fn add(&mut self, record: &Record) -> std::result::Result<Place, String> {
        check(record)?;
        let compression = Compression::Zstd { level: LEVEL, dictionary: Some(&self.dictionary) };
        let frame = encode(record, &compression).map_err(|error| error.to_string())?;
        if decode_one(&frame, Some(&self.dictionary)).map_err(|error| error.to_string())? != *record {
            return Err("the record does not read back as it was written".into());
        }
        let offset = self.journal.length() + self.group.len() as u64;
        self.group.extend_from_slice(&frame);
        Ok(Place { file: self.file, offset, length: frame.len() as u64 })
    }
}
