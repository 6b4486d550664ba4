//! One file of the archive looked at: every frame and digest, its dictionary, what protects it, and whether it is what the ledger
//! says. It changes nothing, and knows no other file.

use sha2::{Digest, Sha256};

use crate::snapshot::decode::{Part, part};
use crate::snapshot::value::CaptureId;
use crate::store::archive::Archive;
use crate::store::catalogue::query;
use crate::store::dictionaries;
use crate::store::error::{Error, Result};
use crate::store::frames::{Found, Frames};
use crate::store::ledger::Segment;
use crate::store::medium::read_all;
use crate::store::merkle::{Hash, hex, root, sha256_hex};
use crate::store::names;
use crate::store::parity;
use crate::store::report::Damage;
use crate::store::verify::damage;

/// How much is read at a time to take a file's digest.
const CHUNK_BYTES: usize = 1 << 20;

/// What was found in a file.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    /// What is wrong.
    pub(crate) damage: Vec<Damage>,
    /// Records whose digests are right.
    pub(crate) records: u64,
    /// The captures whose answers it holds.
    pub(crate) answers: Vec<CaptureId>,
}

impl Archive {
    /// Looks at a file. `complete` says whether the ledger is: then a segment that is not in it is damage.
    pub(crate) fn inspect(&self, key: &str, length: u64, entry: Option<&Segment>, complete: bool) -> Result<Findings> {
        let mut found = Findings::default();
        if key.starts_with(names::SEGMENTS) && entry.is_none() && complete {
            found.damage.push(damage(key, 0, length, "the ledger does not know this segment", true));
        }
        let before = found.damage.len();
        let has_second_copy = self.has_second_copy(key)?;
        if has_second_copy {
            self.verify_dictionary(key, &mut found)?;
        } else if let Some(what) = self.dictionary_fault(key)? {
            found.damage.push(damage(key, 0, 0, &format!("the dictionary: {what}"), false));
        }
        let leaves = match self.dictionaries.of(&*self.medium, key) {
            Ok(dictionary) => {
                let end = self.acknowledged(key, length)?;
                self.inspect_frames(key, Frames::new(&*self.medium, key, dictionary, 0, Some(end))?, &mut found)?
            }
            Err(Error::Damaged { what, .. }) => {
                let captures = self.captures_within(key, 0, u64::MAX)?;
                found.damage.push(Damage { captures, ..damage(key, 0, length, &what, false) });
                return Ok(found);
            }
            Err(error) => return Err(error),
        };
        // Damage that was found and named above would only be named again.
        if let Some(entry) = entry
            && found.damage.len() == before
            && let Some(what) = self.differs(key, length, entry, &leaves)?
        {
            found.damage.push(damage(key, 0, length, what, true));
        }
        if !has_second_copy {
            self.verify_parity(key, entry, before, &mut found)?;
        }
        Ok(found)
    }

    fn inspect_frames(&self, key: &str, mut frames: Frames<'_>, found: &mut Findings) -> Result<Vec<Hash>> {
        let mut leaves = Vec::new();
        while let Some(next) = frames.next_found()? {
            match next {
                Found::Record { record, leaf, span } => {
                    leaves.push(leaf);
                    match part(&record) {
                        Ok(Part::Answer(answer)) => found.answers.push(answer.id),
                        Ok(_) => {}
                        Err(what) => found.damage.push(damage(key, span.offset, span.length, &what, false)),
                    }
                    found.records += 1;
                }
                Found::Damage { span, what, .. } => {
                    let captures = self.captures_within(key, span.offset, span.end())?;
                    found.damage.push(Damage { captures, ..damage(key, span.offset, span.length, &what, false) });
                }
            }
        }
        Ok(leaves)
    }

    /// In a journal that is being written, what the catalogue has not been told of was promised to nobody yet.
    fn acknowledged(&self, key: &str, length: u64) -> Result<u64> {
        if !key.starts_with(names::JOURNALS) {
            return Ok(length);
        }
        let files = self.catalogue.read(query::files)?;
        Ok(files.iter().find(|(held, until)| held == key && *until > 0).map_or(length, |(_, until)| length.min(*until)))
    }

    /// Journals, and segments of the first version, have a second copy of their dictionary; all other segments a parity file.
    pub(crate) fn has_second_copy(&self, key: &str) -> Result<bool> {
        if key.starts_with(names::JOURNALS) {
            return Ok(true);
        }
        match self.medium.length(&names::second_copy(key)) {
            Ok(_) => Ok(true),
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(source) => Err(Self::read_failed(key)(source)),
        }
    }

    /// The parity file of a segment: whether it is sound, and whether it makes whole again what was found damaged from a place
    /// in the report on.
    fn verify_parity(&self, key: &str, entry: Option<&Segment>, from: usize, found: &mut Findings) -> Result<()> {
        if found.damage.len() > from {
            let whole = self.made_whole(key, entry)?.is_some();
            found.damage[from..].iter_mut().for_each(|damage| damage.recoverable |= whole);
            return Ok(());
        }
        let beside = names::parity(key);
        let what = match read_all(&*self.medium, &beside) {
            Ok(parity) => {
                let bytes = read_all(&*self.medium, key).map_err(Self::read_failed(key))?;
                parity::fault(&parity, &bytes).map(str::to_owned)
            }
            Err(error) => Some(error.to_string()),
        };
        if let Some(what) = what {
            found.damage.push(damage(&beside, 0, 0, &format!("the parity file: {what}"), true));
        }
        Ok(())
    }

    /// A damaged segment as it was, if its parity file says so and the ledger agrees.
    pub(crate) fn made_whole(&self, key: &str, entry: Option<&Segment>) -> Result<Option<Vec<u8>>> {
        let read = |key: &str| match read_all(&*self.medium, key) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(Self::read_failed(key)(source)),
        };
        let (Some(entry), Some(parity), Some(damaged)) = (entry, read(&names::parity(key))?, read(key)?) else {
            return Ok(None);
        };
        let whole = parity::restore(&parity, &damaged);
        Ok(whole.filter(|whole| sha256_hex(whole) == entry.sha256))
    }

    /// What is wrong with the dictionary a file begins with.
    fn dictionary_fault(&self, key: &str) -> Result<Option<String>> {
        match dictionaries::frame(&*self.medium, key) {
            Ok(None) => Ok(None),
            Ok(Some(frame)) => Ok(chaffinch_warc::Dictionary::from_frame(&frame).err().map(|error| error.to_string())),
            Err(Error::Damaged { what, .. }) => Ok(Some(what)),
            Err(error) => Err(error),
        }
    }

    /// Both copies of a file's dictionary.
    fn verify_dictionary(&self, key: &str, found: &mut Findings) -> Result<()> {
        let first = match dictionaries::frame(&*self.medium, key) {
            Ok(None) => return Ok(()),
            Ok(Some(frame)) => Ok(frame),
            Err(Error::Damaged { what, .. }) => Err(what),
            Err(error) => return Err(error),
        };
        let sound = |frame: &Vec<u8>| chaffinch_warc::Dictionary::from_frame(frame).map_err(|error| error.to_string());
        let first = first.and_then(|frame| sound(&frame).map(|_| frame));
        let copy = names::second_copy(key);
        let second = read_all(&*self.medium, &copy).map_err(|error| error.to_string());
        let second = second.and_then(|frame| sound(&frame).map(|_| frame));
        match (&first, &second) {
            (Ok(first), Ok(second)) if first != second => {
                found.damage.push(damage(&copy, 0, 0, "the second copy of the dictionary is another one", true));
            }
            (Ok(_), Err(what)) => {
                let what = format!("the second copy of the dictionary: {what}");
                found.damage.push(damage(&copy, 0, 0, &what, true));
            }
            (Err(what), Ok(frame)) => {
                let what = format!("the dictionary: {what}; its second copy is sound");
                found.damage.push(damage(key, 0, frame.len() as u64, &what, true));
            }
            // Both lost is told with the captures that hang on it; both sound is nothing to tell.
            _ => {}
        }
        Ok(())
    }

    /// How a segment differs from what the ledger says of it.
    fn differs(&self, key: &str, length: u64, entry: &Segment, leaves: &[Hash]) -> Result<Option<&'static str>> {
        if length != entry.length {
            return Ok(Some("the file is not as long as the ledger says"));
        }
        if leaves.len() as u64 != entry.records {
            return Ok(Some("the file does not hold as many records as the ledger says"));
        }
        if hex(&root(leaves)) != entry.merkle {
            return Ok(Some("the records do not have the Merkle root that the ledger says"));
        }
        let mut hasher = Sha256::new();
        let mut at = 0;
        while at < length {
            let bytes = self.medium.read(key, at, CHUNK_BYTES).map_err(Self::read_failed(key))?;
            if bytes.is_empty() {
                break;
            }
            at += bytes.len() as u64;
            hasher.update(&bytes);
        }
        let same = hex(&hasher.finalize()) == entry.sha256;
        Ok((!same).then_some("the file does not have the digest that the ledger says"))
    }
}
