//! The only doors to the disk, the catalogue's SQLite left out: [`Objects`] are put whole and never changed, a [`Journal`]
//! grows at its end. Each is kept on a disk, in memory for tests, or on something that fails. Neither knows what a record is.

use std::io;

/// Immutable files under keys such as `segments/0a/ID.warc.zst`.
pub trait Objects: Send + Sync {
    /// Writes a whole object. When it returns, the object is durable under its name; before, nobody sees it.
    fn put(&self, key: &str, bytes: &[u8]) -> io::Result<()>;

    /// Reads a range; shorter than asked for where the object ends. Journals can be read in the same way.
    fn read(&self, key: &str, offset: u64, length: usize) -> io::Result<Vec<u8>>;

    /// How long an object is; an error of kind `NotFound` where there is none.
    fn length(&self, key: &str) -> io::Result<u64>;

    /// The keys that begin with a prefix, and how long each is, in order.
    fn list(&self, prefix: &str) -> io::Result<Vec<(String, u64)>>;

    /// Removes an object durably. Who is reading it may go on. Removing what is not there is no error.
    fn delete(&self, key: &str) -> io::Result<()>;
}

/// One growing file, locked for its writer as long as this lives.
pub trait Journal: Send {
    /// Adds bytes at the end. After an error some of them may be there: cut.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Makes everything appended so far durable.
    fn sync(&mut self) -> io::Result<()>;

    /// Makes the file end at a length, durably.
    fn cut(&mut self, length: u64) -> io::Result<()>;

    /// How long the file is.
    fn length(&self) -> u64;
}

/// Where an archive's files are: objects, and journals that can be opened among them.
pub trait Medium: Objects {
    /// Opens a journal for writing, making it where there is none. `None` while another writer holds it.
    fn journal(&self, key: &str) -> io::Result<Option<Box<dyn Journal>>>;
}

/// Reads a whole object.
pub fn read_all(objects: &dyn Objects, key: &str) -> io::Result<Vec<u8>> {
    let length = objects.length(key)?;
    objects.read(key, 0, usize::try_from(length).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::store::disk::Disk;
    use crate::store::failing::Failing;
    use crate::store::memory::Memory;

    /// Every fact below holds on every medium.
    fn on_each(fact: impl Fn(&dyn Medium)) {
        let dir = tempfile::tempdir().unwrap();
        fact(&Disk::new(dir.path()));
        fact(&Memory::default());
        fact(&Failing::new(Memory::default()));
    }

    #[test]
    fn an_object_is_read_as_it_was_put() {
        on_each(|medium| {
            medium.put("segments/0a/x", b"hello").unwrap();
            assert_eq!(medium.length("segments/0a/x").unwrap(), 5);
            assert_eq!(medium.read("segments/0a/x", 1, 3).unwrap(), b"ell");
            assert_eq!(medium.read("segments/0a/x", 3, 30).unwrap(), b"lo");
            assert_eq!(medium.read("segments/0a/x", 9, 1).unwrap(), b"");
            assert_eq!(read_all(medium, "segments/0a/x").unwrap(), b"hello");
        });
    }

    #[test]
    fn what_is_not_there_is_said_to_be_missing() {
        on_each(|medium| {
            assert_eq!(medium.length("nothing").unwrap_err().kind(), io::ErrorKind::NotFound);
            assert_eq!(medium.read("nothing", 0, 1).unwrap_err().kind(), io::ErrorKind::NotFound);
            medium.delete("nothing").unwrap();
            assert!(medium.list("none/").unwrap().is_empty());
        });
    }

    #[test]
    fn keys_are_listed_by_prefix_in_order() {
        on_each(|medium| {
            for key in ["segments/0b/y", "segments/0a/x", "journal/j"] {
                medium.put(key, b"12").unwrap();
            }
            let keys = medium.list("segments/").unwrap();
            assert_eq!(keys, [("segments/0a/x".to_owned(), 2), ("segments/0b/y".to_owned(), 2)]);
            medium.delete("segments/0a/x").unwrap();
            assert_eq!(medium.list("segments/").unwrap().len(), 1);
        });
    }

    #[test]
    fn a_journal_grows_and_can_be_cut() {
        on_each(|medium| {
            let mut journal = medium.journal("journal/j").unwrap().unwrap();
            journal.append(b"one two").unwrap();
            journal.sync().unwrap();
            journal.cut(3).unwrap();
            journal.append(b"!").unwrap();
            assert_eq!(journal.length(), 4);
            assert_eq!(read_all(medium, "journal/j").unwrap(), b"one!");
            drop(journal);
            let mut journal = medium.journal("journal/j").unwrap().unwrap();
            journal.append(b"?").unwrap();
            assert_eq!(read_all(medium, "journal/j").unwrap(), b"one!?");
        });
    }

    #[test]
    fn a_journal_has_one_writer() {
        on_each(|medium| {
            let first = medium.journal("ledger").unwrap();
            assert!(first.is_some());
            assert!(medium.journal("ledger").unwrap().is_none());
            drop(first);
            assert!(medium.journal("ledger").unwrap().is_some());
        });
    }

    #[test]
    fn a_power_cut_takes_what_was_not_synced() {
        let memory = Memory::default();
        let mut journal = memory.journal("j").unwrap().unwrap();
        journal.append(b"safe").unwrap();
        journal.sync().unwrap();
        journal.append(b"gone").unwrap();
        assert_eq!(read_all(&memory.after_power_cut(0), "j").unwrap(), b"safe");
        assert_eq!(read_all(&memory.after_power_cut(2), "j").unwrap(), b"safego");
    }

    #[test]
    fn a_failing_medium_fails_at_the_call_it_was_told() {
        let failing = Failing::new(Memory::default());
        failing.fail_at(1, false);
        failing.put("a", b"1").unwrap();
        assert!(failing.put("b", b"1").is_err());
        assert!(failing.put("c", b"1").is_err(), "it stays broken");
    }
}
