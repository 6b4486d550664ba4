//! Unpacked dictionaries in temporary files without a name, for a process that reads pages all day: one that is asked for again
//! and again is mapped instead of unpacked. What is used of them the operating system keeps in memory as long as there is
//! some to spare. It does not know whose dictionaries they are.

use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use chaffinch_warc::Dictionary;
use memmap2::Mmap;

/// How many bytes of them stand in files.
const BYTES_MAX: u64 = 512 << 20;

/// How many that were unpacked are remembered: one that does not come again within so many is not worth its file.
const REMEMBERED: usize = 512;

/// The files.
#[derive(Debug)]
pub struct Unpacked {
    dir: PathBuf,
    by_key: HashMap<String, Laid>,
    bytes: u64,
    bytes_max: u64,
    uses: u64,
    /// Keys that were unpacked lately, the latest last.
    lately: VecDeque<String>,
}

#[derive(Debug)]
struct Laid {
    file: File,
    bytes: u64,
    /// The count of uses when it was used last.
    used: u64,
}

impl Unpacked {
    /// None yet; files will be made in a folder, and are gone when this is.
    pub fn within(dir: &Path) -> Self {
        Self {
            dir: dir.to_owned(),
            by_key: HashMap::new(),
            bytes: 0,
            bytes_max: BYTES_MAX,
            uses: 0,
            lately: VecDeque::new(),
        }
    }

    /// The dictionary under a key, if it stands here.
    pub fn get(&mut self, key: &str) -> Option<Dictionary> {
        self.uses += 1;
        let laid = self.by_key.get_mut(key)?;
        laid.used = self.uses;
        Dictionary::from_shared(map(&laid.file).ok()?).ok()
    }

    /// Takes a dictionary that had to be unpacked, if it had to be before. A disk without room is no error: it is unpacked again.
    pub fn offer(&mut self, key: &str, dictionary: &Dictionary) {
        if !self.lately.iter().any(|known| known == key) {
            self.lately.push_back(key.to_owned());
            if self.lately.len() > REMEMBERED {
                self.lately.pop_front();
            }
            return;
        }
        let bytes = dictionary.bytes().len() as u64;
        if bytes > self.bytes_max || self.by_key.contains_key(key) {
            return;
        }
        while self.bytes + bytes > self.bytes_max {
            let oldest = self.by_key.iter().min_by_key(|(_, laid)| laid.used).map(|(key, _)| key.clone());
            let Some(gone) = oldest.and_then(|key| self.by_key.remove(&key)) else { return };
            self.bytes -= gone.bytes;
        }
        if let Ok(file) = lay(&self.dir, dictionary.bytes()) {
            self.bytes += bytes;
            self.by_key.insert(key.to_owned(), Laid { file, bytes, used: self.uses });
        }
    }
}

fn lay(dir: &Path, bytes: &[u8]) -> io::Result<File> {
    let mut file = tempfile::tempfile_in(dir)?;
    file.write_all(bytes)?;
    Ok(file)
}

#[allow(unsafe_code)] // one call that maps a file nobody else can reach
fn map(file: &File) -> io::Result<Mmap> {
    // SAFETY: what is mapped must not change. The file has no name and its handle is private to this file, which writes it
    // once, before it is mapped, and never cuts it.
    unsafe { Mmap::map(file) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use chaffinch_warc::{Compression, Record, RecordType, decode_one, encode};

    use super::*;

    fn dictionary(seed: u32) -> Dictionary {
        let content: Vec<u8> = (0..1 << 20).map(|n: u32| (n.wrapping_mul(seed) >> 24) as u8).collect();
        Dictionary::finalize(&content, &[&content[..4096]], 40_000 + seed % 1000, 3).unwrap()
    }

    #[test]
    fn what_comes_again_is_laid_out_and_reads_what_it_wrote() {
        let dir = tempfile::tempdir().unwrap();
        let mut unpacked = Unpacked::within(dir.path());
        let made = dictionary(2_654_435_761);
        unpacked.offer("a", &made);
        assert!(unpacked.get("a").is_none(), "once is no reason to keep it");
        unpacked.offer("a", &made);
        let found = unpacked.get("a").unwrap();
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "the file has no name");
        let record = Record::new(RecordType::Resource).block("text/plain", &made.bytes()[1000..9000]);
        let frame = encode(&record, &Compression::Zstd { level: 9, dictionary: Some(&made) }).unwrap();
        drop(unpacked);
        assert_eq!(decode_one(&frame, Some(&found)).unwrap(), record, "it can be read while somebody holds it");
    }

    #[test]
    fn those_used_last_stay_within_so_many_bytes() {
        let dir = tempfile::tempdir().unwrap();
        let mut unpacked = Unpacked { bytes_max: 4 << 20, ..Unpacked::within(dir.path()) };
        let made = dictionary(40_503);
        for key in ["a", "b", "c", "d", "e"] {
            unpacked.offer(key, &made);
            unpacked.offer(key, &made);
            assert!(unpacked.get("a").is_some(), "{key}");
        }
        assert!(unpacked.get("b").is_none() && unpacked.get("e").is_some());
        assert!(unpacked.bytes <= unpacked.bytes_max);
    }

    #[test]
    fn a_folder_that_is_not_there_costs_time_only() {
        let mut unpacked = Unpacked::within(Path::new("/nowhere/at/all"));
        let made = dictionary(40_503);
        unpacked.offer("a", &made);
        unpacked.offer("a", &made);
        assert!(unpacked.get("a").is_none());
    }
}
