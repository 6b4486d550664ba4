//! The dictionaries that journals and segments begin with: found, kept for a while, and read from their second copy where the
//! first is damaged. It does not know how a dictionary is made.

use std::collections::HashMap;
use std::num::NonZero;
use std::path::Path;
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

use chaffinch_warc::Dictionary;

use crate::store::error::{Error, Result};
use crate::store::medium::{Objects, read_all};
use crate::store::names;
use crate::store::parity;
use crate::store::unpacked::Unpacked;

/// How many bytes of them are kept, unpacked, with the frames they came in. A site's dictionary is some megabytes; without it a
/// page takes ten times as long to be read.
const KEPT_BYTES_MAX: usize = 16 << 20;

/// The most that is read of a file to find its dictionary: what the specification allows for the frame.
const FRAME_BYTES_MAX: u64 = 8 << 20;

/// The dictionaries in use.
#[derive(Default)]
pub struct Dictionaries {
    kept: Mutex<Kept>,
    /// Who may unpack: it takes megabytes and a processor.
    turns: Turns,
    /// Where those stand that are wanted again and again and did not fit.
    unpacked: OnceLock<Mutex<Unpacked>>,
}

/// As many may unpack at once as there are processors.
#[derive(Default)]
struct Turns {
    taken: Mutex<usize>,
    freed: Condvar,
}

struct Turn<'a>(&'a Turns);

impl Turns {
    fn take(&self) -> Turn<'_> {
        let most = std::thread::available_parallelism().map_or(1, NonZero::get);
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let mut taken = self.freed.wait_while(taken, |taken| *taken >= most).unwrap_or_else(PoisonError::into_inner);
        *taken += 1;
        Turn(self)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.0.taken.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        self.0.freed.notify_one();
    }
}

#[derive(Default)]
struct Kept {
    /// By the key of the file.
    by_key: HashMap<String, Held>,
    uses: u64,
    bytes: usize,
}

struct Held {
    /// The count of uses when it was used last.
    used: u64,
    /// What was counted for it: a dictionary that is written out takes more afterwards.
    bytes: usize,
    dictionary: Dictionary,
}

impl Dictionaries {
    /// The dictionary of a file; `None` where the file begins with a record.
    pub fn of(&self, objects: &dyn Objects, key: &str) -> Result<Option<Dictionary>> {
        if let Some(found) = self.kept(key) {
            return Ok(Some(found));
        }
        let _turn = self.turns.take();
        // Who had the turn before may have been after the same.
        if let Some(found) = self.kept(key) {
            return Ok(Some(found));
        }
        if let Some(found) = self.unpacked().and_then(|mut unpacked| unpacked.get(key)) {
            self.keep(key, &found);
            return Ok(Some(found));
        }
        let dictionary = match frame(objects, key) {
            Ok(None) => return Ok(None),
            Ok(Some(frame)) => match Dictionary::from_frame(&frame) {
                Ok(dictionary) => dictionary,
                Err(error) => restored(objects, key, &error.to_string())?,
            },
            Err(Error::Damaged { what, .. }) => restored(objects, key, &what)?,
            Err(error) => return Err(error),
        };
        if let Some(mut unpacked) = self.unpacked() {
            unpacked.offer(key, &dictionary);
        }
        self.keep(key, &dictionary);
        Ok(Some(dictionary))
    }

    /// Lays those out in nameless files in a folder that are wanted again and again.
    pub fn unpack_into(&self, dir: &Path) {
        self.unpacked.get_or_init(|| Mutex::new(Unpacked::within(dir)));
    }

    fn unpacked(&self) -> Option<MutexGuard<'_, Unpacked>> {
        self.unpacked.get().map(|unpacked| unpacked.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Keeps the dictionary of a file that is being written.
    pub fn keep(&self, key: &str, dictionary: &Dictionary) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.uses += 1;
        let now = kept.uses;
        let held = Held { used: now, bytes: dictionary.memory(), dictionary: dictionary.clone() };
        kept.bytes += held.bytes;
        if let Some(before) = kept.by_key.insert(key.to_owned(), held) {
            kept.bytes -= before.bytes;
        }
        while kept.bytes > KEPT_BYTES_MAX && kept.by_key.len() > 1 {
            let Some(oldest) = kept.by_key.iter().min_by_key(|(_, held)| held.used).map(|(key, _)| key.clone()) else {
                return;
            };
            kept.bytes -= kept.by_key.remove(&oldest).map_or(0, |gone| gone.bytes);
        }
    }

    fn kept(&self, key: &str) -> Option<Dictionary> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.uses += 1;
        let now = kept.uses;
        let held = kept.by_key.get_mut(key)?;
        held.used = now;
        Some(held.dictionary.clone())
    }
}

/// The dictionary frame at the beginning of a file, `None` where there is none.
pub fn frame(objects: &dyn Objects, key: &str) -> Result<Option<Vec<u8>>> {
    let failed = |source| Error::Read { file: key.to_owned(), source };
    let damaged = |what: &str| Error::Damaged { file: key.to_owned(), offset: 0, what: what.to_owned() };
    let head = objects.read(key, 0, 8).map_err(failed)?;
    match head.as_slice() {
        [] | [0x28, 0xB5, 0x2F, 0xFD, ..] => Ok(None),
        [0x5D, 0x2A, 0x4D, 0x18, a, b, c, d] => {
            let length = u64::from(u32::from_le_bytes([*a, *b, *c, *d]));
            if length > FRAME_BYTES_MAX {
                return Err(damaged("the dictionary is longer than is allowed"));
            }
            let frame = objects.read(key, 0, length as usize + 8).map_err(failed)?;
            if frame.len() as u64 == length + 8 { Ok(Some(frame)) } else { Err(damaged("the dictionary is cut off")) }
        }
        _ => Err(damaged("the file begins with neither a dictionary nor a record")),
    }
}

/// A damaged dictionary: out of the file made whole again with its parity file, or from a second copy.
fn restored(objects: &dyn Objects, key: &str, what: &str) -> Result<Dictionary> {
    let whole = read_all(objects, &names::parity(key)).ok().and_then(|parity| {
        let damaged = read_all(objects, key).ok()?;
        Dictionary::from_frame(&parity::restore(&parity, &damaged)?).ok()
    });
    let copy = || Dictionary::from_frame(&read_all(objects, &names::second_copy(key)).ok()?).ok();
    let lost = || {
        let what = format!("the dictionary: {what}; and it cannot be made whole again from what stands beside it");
        Error::Damaged { file: key.to_owned(), offset: 0, what }
    };
    whole.or_else(copy).ok_or_else(lost)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::store::general;
    use crate::store::memory::Memory;

    #[test]
    fn a_damaged_dictionary_is_read_from_what_stands_beside_it() {
        let memory = Memory::default();
        let key = names::segment("01abc");
        let frame = general::dictionary().to_frame().unwrap();
        memory.put(&key, &frame).unwrap();
        memory.put(&names::second_copy(&key), &frame).unwrap();
        for at in [0, 5, 20, frame.len() / 2, frame.len() - 1] {
            memory.flip(&key, at);
            let found = Dictionaries::default().of(&memory, &key).unwrap().unwrap();
            assert_eq!(found, general::dictionary(), "flipped at {at}");
            memory.flip(&key, at);
        }
        memory.delete(&names::second_copy(&key)).unwrap();
        memory.put(&names::parity(&key), &parity::protect(&frame)).unwrap();
        memory.flip(&key, 40);
        assert_eq!(Dictionaries::default().of(&memory, &key).unwrap().unwrap(), general::dictionary());
        memory.delete(&names::parity(&key)).unwrap();
        assert!(matches!(Dictionaries::default().of(&memory, &key), Err(Error::Damaged { .. })));
    }

    #[test]
    fn the_last_used_are_kept_within_so_many_bytes() {
        let content: Vec<u8> = (0..5 << 20).map(|n: u32| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        let large = Dictionary::finalize(&content, &[&content[..4096]], 40_000, 3).unwrap();
        let dictionaries = Dictionaries::default();
        dictionaries.keep("used", &large);
        for n in 0..30 {
            dictionaries.keep(&n.to_string(), &large);
            assert!(dictionaries.kept("used").is_some(), "{n}");
        }
        assert!(dictionaries.kept("29").is_some());
        assert!(dictionaries.kept("15").is_none());
        let kept = dictionaries.kept.lock().unwrap();
        assert!(kept.bytes <= KEPT_BYTES_MAX && kept.bytes == kept.by_key.len() * large.memory());
    }
}
