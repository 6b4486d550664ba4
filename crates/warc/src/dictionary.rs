//! Zstandard dictionaries as `.warc.zst` files carry them: made, read, written, and kept prepared for both directions. It does
//! not know which records a dictionary should be made from.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use self_cell::self_cell;
use zstd::dict::{DecoderDictionary, EncoderDictionary};
use zstd::zstd_safe::{self, CCtx, CParameter};

use crate::error::Error;

/// The first four bytes of a dictionary frame, a skippable frame with magic number 0x184D2A5D.
pub(crate) const FRAME_MAGIC: [u8; 4] = [0x5D, 0x2A, 0x4D, 0x18];
/// The first four bytes of a dictionary (RFC 8878, section 5).
const DICTIONARY_MAGIC: [u8; 4] = [0x37, 0xA4, 0x30, 0xEC];
/// The first four bytes of a Zstandard frame.
pub(crate) const ZSTD_MAGIC: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];

/// The most a written dictionary may take in its frame, compressed: FastWARC refuses more.
const STORED_BYTES_MAX: u64 = 1 << 20;
/// The most a dictionary may take, compressed or not, when it is read: what the specification obliges decoders to.
pub(crate) const READ_BYTES_MAX: u64 = 8 << 20;
/// Zstandard refuses to build on less.
const CONTENT_BYTES_MIN: usize = 128;
/// Room for the magic, the id and the entropy tables in front of the content; zstd needs at most 256.
const TABLES_BYTES_MAX: usize = 512;
/// Contexts of higher levels take too much memory to be kept.
const KEPT_LEVEL_MAX: i32 = 6;
/// How many are kept.
const KEPT_CODERS_MAX: usize = 8;
/// How hard the dictionary itself is compressed: it is done once, and a window of 8 MiB is what decoders must support.
const FRAME_LEVEL: i32 = 19;

/// A dictionary and its prepared forms. Cloning it is cheap, and clones share what is prepared: one form for each level it
/// compresses at (some 7 MB for a large dictionary at level 9) and one for decompressing, each made when it is first needed.
///
/// ```
/// use chaffinch_warc::{Compression, Dictionary, Record, RecordType, decode_one, encode};
///
/// let pages: Vec<String> = (0..200).map(|n| format!("<nav>Home News Sport</nav><h1>Page {n}</h1>{}", n * 7919)).collect();
/// let samples: Vec<&[u8]> = pages.iter().map(|page| page.as_bytes()).collect();
/// let dictionary = Dictionary::train(&samples, 4096, 40_000, 9)?;
///
/// let record = Record::new(RecordType::Resource).block("text/html", pages[7].as_str());
/// let frame = encode(&record, &Compression::Zstd { level: 9, dictionary: Some(&dictionary) })?;
/// assert_eq!(decode_one(&frame, Some(&dictionary))?, record);
/// # Ok::<(), chaffinch_warc::Error>(())
/// ```
#[derive(Clone)]
pub struct Dictionary(Arc<Inner>);

struct Inner {
    held: Held,
    id: u32,
    frame: OnceLock<Vec<u8>>,
    encoders: Mutex<Vec<(i32, Arc<EncoderDictionary<'static>>)>>,
    coders: Mutex<Vec<(i32, Coder)>>,
}

type Decoder<'a> = OnceLock<DecoderDictionary<'a>>;
type Bytes = Box<dyn AsRef<[u8]> + Send + Sync>;

self_cell! {
    /// The bytes, and the form for decompressing, which refers to them: they can be megabytes, and many dictionaries in use.
    struct Held {
        owner: Bytes,
        #[not_covariant]
        dependent: Decoder,
    }
}

type Context<'a> = CCtx<'a>;

self_cell! {
    /// The form for compressing at a level, and a context that refers to it.
    struct Coder {
        owner: Arc<EncoderDictionary<'static>>,
        #[not_covariant]
        dependent: Context,
    }
}

impl Dictionary {
    /// Looks for what the samples have in common, and makes a dictionary of at most `size` bytes of it, for compressing at
    /// `level`. The id must lie in 32768..2^31.
    ///
    /// # Errors
    /// [`Error::TooFewSamples`] where the samples are too few, too short or too much alike to learn from: go on without a
    /// dictionary. [`Error::DictionaryId`] for a reserved id.
    pub fn train(samples: &[&[u8]], size: usize, id: u32, level: i32) -> Result<Self, Error> {
        check_id(id)?;
        let trained = zstd::dict::from_samples(samples, size).map_err(|_| too_few(samples))?;
        // The trained content is finalised anew for its id and its level. The new tables push the old ones, which stand at
        // the front, out of the size.
        Self::build(&trained, samples, id, level, trained.len().max(CONTENT_BYTES_MIN * 2))
    }

    /// Makes a dictionary that holds `content` whole, its most valuable part last, with tables learnt from the samples, for
    /// compressing at `level`. The id must lie in 32768..2^31.
    ///
    /// # Errors
    /// [`Error::TooFewSamples`] where content or samples are too few, too short or too much alike: go on without a dictionary.
    /// [`Error::DictionaryTooLarge`] for content above 8 MiB. [`Error::DictionaryId`] for a reserved id.
    pub fn finalize(content: &[u8], samples: &[&[u8]], id: u32, level: i32) -> Result<Self, Error> {
        check_id(id)?;
        Self::build(content, samples, id, level, content.len() + TABLES_BYTES_MAX)
    }

    fn build(content: &[u8], samples: &[&[u8]], id: u32, level: i32, size_max: usize) -> Result<Self, Error> {
        if samples.iter().all(|sample| sample.is_empty()) || content.len() < CONTENT_BYTES_MIN {
            return Err(too_few(samples));
        }
        if size_max as u64 > READ_BYTES_MAX {
            return Err(Error::DictionaryTooLarge { bytes: size_max as u64, limit: READ_BYTES_MAX });
        }
        let bytes = finalize_with_zstd(content, samples, id, level, size_max).ok_or_else(|| too_few(samples))?;
        Self::from_bytes(bytes)
    }

    /// Takes a finished dictionary, uncompressed, as [`Dictionary::bytes`] gives it.
    ///
    /// # Errors
    /// [`Error::Dictionary`] where it does not begin with the magic number, or has no id.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, Error> {
        Self::from_shared(bytes)
    }

    /// The same for bytes that are kept somewhere else, as in a file that is mapped. They must not change.
    ///
    /// # Errors
    /// As [`Dictionary::from_bytes`].
    pub fn from_shared(bytes: impl AsRef<[u8]> + Send + Sync + 'static) -> Result<Self, Error> {
        let seen = bytes.as_ref();
        if !seen.starts_with(&DICTIONARY_MAGIC) {
            return Err(bad("it does not begin with 37 A4 30 EC"));
        }
        let id = zstd_safe::get_dict_id_from_dict(seen).ok_or_else(|| bad("it has no id"))?.get();
        Ok(Self(Arc::new(Inner {
            held: Held::new(Box::new(bytes), |_| OnceLock::new()),
            id,
            frame: OnceLock::new(),
            encoders: Mutex::new(Vec::new()),
            coders: Mutex::new(Vec::new()),
        })))
    }

    /// Reads the dictionary frame a `.warc.zst` file begins with; bytes behind it are left alone. The dictionary inside may be
    /// compressed or not.
    ///
    /// # Errors
    /// [`Error::Dictionary`] where it is no whole dictionary frame; [`Error::DictionaryTooLarge`] above 8 MiB.
    pub fn from_frame(frame: &[u8]) -> Result<Self, Error> {
        let length = frame_length(frame).ok_or_else(|| bad("it does not begin with 5D 2A 4D 18"))?;
        if length > READ_BYTES_MAX {
            return Err(Error::DictionaryTooLarge { bytes: length, limit: READ_BYTES_MAX });
        }
        let length = length as usize;
        let stored = frame.get(8..8 + length).ok_or_else(|| bad("its frame is cut off"))?;
        let dictionary = if stored.starts_with(&ZSTD_MAGIC) {
            Self::from_bytes(unpack(stored)?)?
        } else {
            Self::from_bytes(stored.to_vec())?
        };
        // Keeping the frame makes a copied file begin with the very bytes of its model.
        let _ = dictionary.0.frame.set(frame[..8 + length].to_vec());
        Ok(dictionary)
    }

    /// The dictionary frame to begin a file with: magic number, length, and the dictionary compressed, with content size and
    /// checksum. Made once and kept.
    ///
    /// # Errors
    /// [`Error::DictionaryTooLarge`] where it takes more than 1 MiB compressed, which other readers refuse.
    pub fn to_frame(&self) -> Result<Vec<u8>, Error> {
        self.frame_at(FRAME_LEVEL)
    }

    /// As [`Dictionary::to_frame`], compressed at a level from 1 to 19: large dictionaries take some seconds at the highest.
    /// The frame that was made or read first is kept, and given whatever the level.
    ///
    /// # Errors
    /// As [`Dictionary::to_frame`].
    pub fn frame_at(&self, level: i32) -> Result<Vec<u8>, Error> {
        if let Some(frame) = self.0.frame.get() {
            return Ok(frame.clone());
        }
        let mut coder = zstd::bulk::Compressor::new(level.min(FRAME_LEVEL))?;
        coder.set_parameter(CParameter::ChecksumFlag(true))?;
        let stored = coder.compress(self.bytes())?;
        if stored.len() as u64 > STORED_BYTES_MAX {
            return Err(Error::DictionaryTooLarge { bytes: stored.len() as u64, limit: STORED_BYTES_MAX });
        }
        let mut frame = FRAME_MAGIC.to_vec();
        frame.extend_from_slice(&(stored.len() as u32).to_le_bytes());
        frame.extend_from_slice(&stored);
        Ok(self.0.frame.get_or_init(|| frame).clone())
    }

    /// The id that frames written with it carry.
    pub fn id(&self) -> u32 {
        self.0.id
    }

    /// The dictionary, uncompressed, from its magic number on.
    pub fn bytes(&self) -> &[u8] {
        (**self.0.held.borrow_owner()).as_ref()
    }

    /// How many bytes of memory it takes to read with: the dictionary, and the frame it was read from.
    pub fn memory(&self) -> usize {
        self.bytes().len() + self.0.frame.get().map_or(0, Vec::len)
    }

    /// Does something with the form for decompressing. `None` where zstd cannot take the dictionary.
    pub(crate) fn with_decoder<T>(&self, work: impl FnOnce(&DecoderDictionary<'_>) -> T) -> Option<T> {
        self.0.held.with_dependent(|bytes, decoder| match decoder.get() {
            Some(decoder) => Some(work(decoder)),
            None => {
                let made = DecoderDictionary::try_new((**bytes).as_ref()).ok()?;
                Some(work(decoder.get_or_init(|| made)))
            }
        })
    }

    /// The form for compressing at a level.
    pub(crate) fn encoder(&self, level: i32) -> Arc<EncoderDictionary<'static>> {
        let mut encoders = self.0.encoders.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, encoder)) = encoders.iter().find(|(l, _)| *l == level) {
            return Arc::clone(encoder);
        }
        let encoder = Arc::new(EncoderDictionary::copy(self.bytes(), level));
        encoders.push((level, Arc::clone(&encoder)));
        encoder
    }
}

impl Dictionary {
    /// Does something with a context for compressing at a level, which writes what the specification demands of every frame. It
    /// leaves the context as it found it. Making one takes as long as compressing a short record, so that quick ones are kept.
    pub(crate) fn with_context<T>(&self, level: i32, work: impl FnOnce(&mut CCtx<'_>) -> T) -> Result<T, usize> {
        let kept = {
            let mut kept = self.0.coders.lock().unwrap_or_else(PoisonError::into_inner);
            kept.iter().position(|(l, _)| *l == level).map(|at| kept.swap_remove(at).1)
        };
        let mut coder = match kept {
            Some(coder) => coder,
            None => Coder::try_new(self.encoder(level), |prepared| -> Result<_, usize> {
                let mut context = frame_context(level)?;
                context.ref_cdict(prepared.as_cdict())?;
                Ok(context)
            })?,
        };
        let done = coder.with_dependent_mut(|_, context| work(context));
        if level <= KEPT_LEVEL_MAX {
            let mut kept = self.0.coders.lock().unwrap_or_else(PoisonError::into_inner);
            if kept.len() < KEPT_CODERS_MAX {
                kept.push((level, coder));
            }
        }
        Ok(done)
    }
}

/// A compressing context that writes what the specification demands of every frame.
pub(crate) fn frame_context<'a>(level: i32) -> Result<CCtx<'a>, usize> {
    let mut context = CCtx::create();
    context.set_parameter(CParameter::CompressionLevel(level))?;
    context.set_parameter(CParameter::ChecksumFlag(true))?;
    context.set_parameter(CParameter::ContentSizeFlag(true))?;
    context.set_parameter(CParameter::DictIdFlag(true))?;
    Ok(context)
}

impl fmt::Debug for Dictionary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dictionary").field("id", &self.0.id).field("bytes", &self.bytes().len()).finish_non_exhaustive()
    }
}

impl PartialEq for Dictionary {
    fn eq(&self, other: &Self) -> bool {
        self.bytes() == other.bytes()
    }
}

impl Eq for Dictionary {}

/// The length of what a dictionary frame holds, from its first eight bytes; `None` where it is none.
pub(crate) fn frame_length(head: &[u8]) -> Option<u64> {
    match head {
        [0x5D, 0x2A, 0x4D, 0x18, a, b, c, d, ..] => Some(u64::from(u32::from_le_bytes([*a, *b, *c, *d]))),
        _ => None,
    }
}

/// Decompresses what a dictionary frame holds. The frame must name its size, as the specification demands, so that it can be
/// refused before it is unpacked.
fn unpack(stored: &[u8]) -> Result<Vec<u8>, Error> {
    let size = zstd_safe::get_frame_content_size(stored).ok().flatten();
    let size = size.ok_or_else(|| bad("its compressed frame does not tell its size"))?;
    if size > READ_BYTES_MAX {
        return Err(Error::DictionaryTooLarge { bytes: size, limit: READ_BYTES_MAX });
    }
    zstd::bulk::decompress(stored, size as usize).map_err(|e| bad(&format!("it does not decompress: {e}")))
}

fn check_id(id: u32) -> Result<(), Error> {
    if (1 << 15..1 << 31).contains(&id) { Ok(()) } else { Err(Error::DictionaryId { id }) }
}

fn too_few(samples: &[&[u8]]) -> Error {
    Error::TooFewSamples { samples: samples.len(), bytes: samples.iter().map(|s| s.len() as u64).sum() }
}

fn bad(reason: &str) -> Error {
    Error::Dictionary { reason: reason.to_owned() }
}

/// Calls `ZDICT_finalizeDictionary`, for which the zstd crate has no safe form. `None` where zstd refuses: too few samples, or
/// samples it cannot learn from.
#[allow(unsafe_code)] // one call into libzstd, with buffers whose lengths are passed beside them
fn finalize_with_zstd(content: &[u8], samples: &[&[u8]], id: u32, level: i32, size_max: usize) -> Option<Vec<u8>> {
    let joined = samples.concat();
    let sizes: Vec<usize> = samples.iter().map(|sample| sample.len()).collect();
    let count = u32::try_from(sizes.len()).ok()?;
    let mut out = vec![0u8; size_max];
    let parameters = zstd_sys::ZDICT_params_t { compressionLevel: level, notificationLevel: 0, dictID: id };
    // SAFETY: every pointer is to a live buffer and stands beside that buffer's own length: `out` is writable for `out.len()`
    // bytes, `content` and `joined` readable for theirs, and `sizes` holds `count` lengths whose sum is `joined.len()`.
    // None of them overlap, since `out` was just made. The function keeps no pointer after it returns.
    let written = unsafe {
        zstd_sys::ZDICT_finalizeDictionary(
            out.as_mut_ptr().cast(),
            out.len(),
            content.as_ptr().cast(),
            content.len(),
            joined.as_ptr().cast(),
            sizes.as_ptr(),
            count,
            parameters,
        )
    };
    // An error is returned as a huge length (a negative number cast), so that anything above the room given is a failure.
    if written > out.len() {
        return None;
    }
    out.truncate(written);
    Some(out)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn pages() -> Vec<Vec<u8>> {
        (0..100u32)
            .map(|n| {
                format!("<header>Home News Sport</header><p>Article {} {}</p>", n, n.wrapping_mul(2_654_435_761))
                    .into_bytes()
            })
            .collect()
    }

    fn trained(id: u32) -> Dictionary {
        let pages = pages();
        let samples: Vec<&[u8]> = pages.iter().map(Vec::as_slice).collect();
        Dictionary::train(&samples, 2048, id, 9).unwrap()
    }

    #[test]
    fn a_trained_dictionary_has_the_size_and_the_id_asked_for() {
        let dictionary = trained(40_000);
        assert_eq!(dictionary.id(), 40_000);
        assert_eq!(dictionary.bytes()[..4], DICTIONARY_MAGIC);
        assert!(dictionary.bytes().len() <= 2048, "{}", dictionary.bytes().len());
        assert!(dictionary.bytes().windows(6).any(|w| w == b"header"));
    }

    #[test]
    fn a_finalised_dictionary_holds_its_content_whole_and_last() {
        let pages = pages();
        let samples: Vec<&[u8]> = pages.iter().map(Vec::as_slice).collect();
        let content = samples[..20].concat();
        let dictionary = Dictionary::finalize(&content, &samples, 70_000, 9).unwrap();
        assert_eq!(dictionary.id(), 70_000);
        assert!(dictionary.bytes().ends_with(&content));
    }

    #[test]
    fn reserved_ids_are_refused() {
        let pages = pages();
        let samples: Vec<&[u8]> = pages.iter().map(Vec::as_slice).collect();
        for id in [0, 1, 32_767, 1 << 31, u32::MAX] {
            assert!(matches!(Dictionary::train(&samples, 2048, id, 3), Err(Error::DictionaryId { .. })), "{id}");
            assert!(
                matches!(Dictionary::finalize(samples[0], &samples, id, 3), Err(Error::DictionaryId { .. })),
                "{id}"
            );
        }
        assert_eq!(trained(32_768).id(), 32_768);
        assert_eq!(trained((1 << 31) - 1).id(), (1 << 31) - 1);
    }

    #[test]
    fn too_few_samples_are_told_as_such() {
        let content = vec![b'x'; 400];
        for samples in [&[][..], &[&b""[..]], &[&b"short"[..]]] {
            assert!(matches!(Dictionary::train(samples, 2048, 40_000, 3), Err(Error::TooFewSamples { .. })));
        }
        for samples in [&[][..], &[&b""[..], b""]] {
            assert!(matches!(Dictionary::finalize(&content, samples, 40_000, 3), Err(Error::TooFewSamples { .. })));
        }
        assert!(matches!(Dictionary::finalize(b"tiny", &[b"sample"], 40_000, 3), Err(Error::TooFewSamples { .. })));
    }

    #[test]
    fn a_frame_carries_the_dictionary_compressed_with_size_and_checksum() {
        let dictionary = trained(40_000);
        let frame = dictionary.to_frame().unwrap();
        assert_eq!(frame[..4], FRAME_MAGIC);
        assert_eq!(u32::from_le_bytes(frame[4..8].try_into().unwrap()) as usize, frame.len() - 8);
        assert_eq!(frame[8..12], ZSTD_MAGIC);
        assert_ne!(frame[12] & 0b100, 0, "the checksum flag of the frame header");
        assert_eq!(zstd_safe::get_frame_content_size(&frame[8..]).unwrap(), Some(dictionary.bytes().len() as u64));
        let mut file = frame.clone();
        file.extend_from_slice(b"what follows");
        let read = Dictionary::from_frame(&file).unwrap();
        assert_eq!(read, dictionary);
        assert_eq!(read.to_frame().unwrap(), frame);
    }

    #[test]
    fn an_uncompressed_dictionary_is_read_too() {
        let dictionary = trained(40_000);
        let mut frame = FRAME_MAGIC.to_vec();
        frame.extend((dictionary.bytes().len() as u32).to_le_bytes());
        frame.extend(dictionary.bytes());
        assert_eq!(Dictionary::from_frame(&frame).unwrap(), dictionary);
    }

    #[test]
    fn a_frame_cut_anywhere_is_refused() {
        let frame = trained(40_000).to_frame().unwrap();
        for end in 0..frame.len() {
            assert!(Dictionary::from_frame(&frame[..end]).is_err(), "{end}");
        }
    }

    #[test]
    fn content_that_does_not_compress_below_a_mebibyte_is_refused_as_a_frame() {
        let mut state = 1u64;
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as u8
        })
        .take(1_100_000)
        .collect();
        let pages = pages();
        let samples: Vec<&[u8]> = pages.iter().map(Vec::as_slice).collect();
        let dictionary = Dictionary::finalize(&noise, &samples, 40_000, 3).unwrap();
        assert!(matches!(dictionary.to_frame(), Err(Error::DictionaryTooLarge { limit: STORED_BYTES_MAX, .. })));
        let huge = vec![0; READ_BYTES_MAX as usize];
        let refused = Dictionary::finalize(&huge, &samples, 40_000, 3);
        assert!(matches!(refused, Err(Error::DictionaryTooLarge { limit: READ_BYTES_MAX, .. })));
    }

    #[test]
    fn the_prepared_form_is_made_once_a_level() {
        let dictionary = trained(40_000);
        assert!(Arc::ptr_eq(&dictionary.encoder(3), &dictionary.clone().encoder(3)));
        assert!(!Arc::ptr_eq(&dictionary.encoder(3), &dictionary.encoder(9)));
    }
}
