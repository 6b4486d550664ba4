//! Writes records, each as one gzip member or one Zstandard frame, and tells where each lies. It does not know what it writes
//! to, and never goes back in it.

use std::io::{self, Read, Write};

use flate2::write::GzEncoder;
use libdeflater::Compressor;
use zstd::zstd_safe::{self, CCtx, CParameter, ResetDirective};

use crate::dictionary::{Dictionary, frame_context};
use crate::error::Error;
use crate::header::Header;
use crate::members::{self, UNPACKED_BYTES_MAX};
use crate::record::Record;

/// Higher levels use windows above 8 MiB, which the specification does not oblige readers to support.
const LEVEL_MAX: i32 = 19;
/// What the highest level's window holds by itself. In a longer record the dictionary would be out of reach before its end.
const WINDOW_BYTES: usize = 2 << 20;
/// The largest window that every reader supports: 8 MiB.
const WINDOW_LOG_MAX: u32 = 23;
/// How much of a streamed block is held at a time, in bytes.
const CHUNK_BYTES: usize = 64 * 1024;

/// How records are compressed.
#[derive(Debug, Clone, Copy)]
pub enum Compression<'a> {
    /// Not at all: `.warc`.
    None,
    /// One gzip member a record: `.warc.gz` (WARC 1.1, annex D).
    Gzip {
        /// 0 to 9, as zlib counts them.
        level: u32,
    },
    /// One Zstandard frame a record: `.warc.zst` (the IIPC's Zstandard Compression for WARC Files 1.0). Every frame carries its
    /// content size, a checksum and the dictionary's id.
    Zstd {
        /// 1 to 19; anything higher is taken as 19, whose window every reader supports.
        level: i32,
        /// The dictionary the file begins with, where it has one.
        dictionary: Option<&'a Dictionary>,
    },
}

/// Where a record lies in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// Its first byte, counted from the start of the file.
    pub offset: u64,
    /// Its length in the file, compressed, in bytes.
    pub length: u64,
}

impl Span {
    /// The offset just behind it.
    pub fn end(self) -> u64 {
        self.offset + self.length
    }
}

/// One record as one member or frame, to be put anywhere in a file (of the same dictionary).
///
/// # Errors
/// Only where the compressor has no memory.
pub fn encode(record: &Record, compression: &Compression<'_>) -> Result<Vec<u8>, Error> {
    Encoder::new(compression).encode(&record.to_bytes())
}

/// Writes one record behind the other.
///
/// ```
/// use chaffinch_warc::{Compression, Reader, Record, RecordType, Writer};
///
/// let record = Record::new(RecordType::Resource).id("urn:uuid:1").block("text/plain", "hello");
/// let mut writer = Writer::new(Vec::new(), Compression::Gzip { level: 6 })?;
/// let first = writer.write(&record)?;
/// let second = writer.write(&record)?;
/// assert_eq!((first.offset, second.offset), (0, first.length));
///
/// let file = writer.finish()?;
/// let mut reader = Reader::new(&file[..]);
/// while let Some(entry) = reader.next_record()? {
///     let (_, read) = entry.into_record(1 << 20)?;
///     assert_eq!(read, record);
/// }
/// # Ok::<(), chaffinch_warc::Error>(())
/// ```
pub struct Writer<W> {
    sink: Counted<W>,
    encoder: Encoder,
    torn: Option<u64>,
}

impl<W: Write> Writer<W> {
    /// Begins a file: writes the dictionary frame first, where there is a dictionary.
    ///
    /// # Errors
    /// [`Error::DictionaryTooLarge`] for a dictionary that other readers would refuse; [`Error::Io`].
    pub fn new(sink: W, compression: Compression<'_>) -> Result<Self, Error> {
        let mut writer = Self::append(sink, compression, 0);
        if let Compression::Zstd { dictionary: Some(dictionary), .. } = compression {
            writer.sink.write_all(&dictionary.to_frame()?)?;
        }
        Ok(writer)
    }

    /// Goes on with a file that was begun before with the same dictionary and now has `position` bytes.
    pub fn append(sink: W, compression: Compression<'_>, position: u64) -> Self {
        Self { sink: Counted { sink, position }, encoder: Encoder::new(&compression), torn: None }
    }

    /// Writes a record and tells where it lies.
    ///
    /// # Errors
    /// [`Error::Io`], after which the writer is torn: it refuses everything else with [`Error::Torn`].
    pub fn write(&mut self, record: &Record) -> Result<Span, Error> {
        let bytes = self.encoder.encode(&record.to_bytes())?;
        self.write_encoded(&bytes)
    }

    /// Writes a record that [`encode`] made with the same dictionary, or that was copied from a file with the same dictionary.
    ///
    /// # Errors
    /// As [`Writer::write`].
    pub fn write_encoded(&mut self, bytes: &[u8]) -> Result<Span, Error> {
        self.guarded(|sink, _| sink.write_all(bytes).map_err(Error::from))
    }

    /// Writes a record whose block is too large to hold: exactly `length` bytes are taken from `block`. `Content-Length` is
    /// set here; digests are the caller's business.
    ///
    /// # Errors
    /// [`Error::Length`] where the block is shorter or longer; [`Error::Io`]. Both leave the writer torn.
    pub fn write_from(&mut self, header: &Header, length: u64, block: impl Read) -> Result<Span, Error> {
        let mut header = header.clone();
        header.set("Content-Length", length.to_string());
        let head = header.to_bytes();
        self.guarded(|sink, encoder| encoder.stream(sink, &head, length, block))
    }

    /// How many bytes the file has so far, the dictionary frame included.
    pub fn position(&self) -> u64 {
        self.sink.position
    }

    /// What is written to.
    pub fn get_ref(&self) -> &W {
        &self.sink.sink
    }

    /// What is written to, as to sync it. Writing to it past the writer makes every later offset wrong.
    pub fn get_mut(&mut self) -> &mut W {
        &mut self.sink.sink
    }

    /// Flushes and gives back what was written to.
    ///
    /// # Errors
    /// [`Error::Torn`] where a write had failed; [`Error::Io`].
    pub fn finish(mut self) -> Result<W, Error> {
        if let Some(offset) = self.torn {
            return Err(Error::Torn { offset });
        }
        self.sink.flush()?;
        Ok(self.sink.sink)
    }

    /// Runs one write, and remembers where it began if it fails: what follows half a record could not be found again.
    fn guarded(
        &mut self,
        write: impl FnOnce(&mut Counted<W>, &mut Encoder) -> Result<(), Error>,
    ) -> Result<Span, Error> {
        if let Some(offset) = self.torn {
            return Err(Error::Torn { offset });
        }
        let offset = self.sink.position;
        if let Err(error) = write(&mut self.sink, &mut self.encoder) {
            self.torn = Some(offset);
            return Err(error);
        }
        Ok(Span { offset, length: self.sink.position - offset })
    }
}

/// A sink that knows how many bytes went into it.
struct Counted<W> {
    sink: W,
    position: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.sink.write(bytes)?;
        self.position += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}

/// A compression with its dictionary prepared.
enum Encoder {
    Plain,
    Gzip(u32, Option<Compressor>),
    Zstd(i32, Option<Dictionary>),
}

impl Encoder {
    fn new(compression: &Compression<'_>) -> Self {
        match *compression {
            Compression::None => Self::Plain,
            Compression::Gzip { level } => Self::Gzip(level.min(9), members::deflater(level)),
            Compression::Zstd { level, dictionary } => Self::Zstd(level.min(LEVEL_MAX), dictionary.cloned()),
        }
    }

    /// Compresses a whole record.
    fn encode(&mut self, bytes: &[u8]) -> Result<Vec<u8>, Error> {
        match self {
            Self::Plain => Ok(bytes.to_vec()),
            Self::Gzip(_, Some(deflater)) => members::deflate(deflater, bytes).ok_or_else(no_room),
            Self::Gzip(level, None) => {
                let mut coder = GzEncoder::new(Vec::with_capacity(bytes.len() + 32), flate2::Compression::new(*level));
                coder.write_all(bytes)?;
                Ok(coder.finish()?)
            }
            Self::Zstd(level, Some(dictionary)) => dictionary
                .with_context(*level, |context| frame(context, bytes))
                .and_then(|framed| framed)
                .map_err(zstd_failure),
            Self::Zstd(level, None) => {
                frame_context(*level).and_then(|mut context| frame(&mut context, bytes)).map_err(zstd_failure)
            }
        }
    }

    /// Compresses a record whose block comes in pieces.
    fn stream(&mut self, mut sink: impl Write, head: &[u8], length: u64, block: impl Read) -> Result<(), Error> {
        match self {
            Self::Plain => pour(&mut sink, head, length, block),
            Self::Gzip(..) if head.len() as u64 + length < UNPACKED_BYTES_MAX as u64 => {
                let mut bytes = Vec::with_capacity(head.len() + length as usize + 4);
                pour(&mut bytes, head, length, block)?;
                Ok(sink.write_all(&self.encode(&bytes)?)?)
            }
            Self::Gzip(level, _) => {
                let mut coder = GzEncoder::new(sink, flate2::Compression::new(*level));
                pour(&mut coder, head, length, block)?;
                coder.finish()?;
                Ok(())
            }
            Self::Zstd(level, dictionary) => {
                let prepared = dictionary.as_ref().map(|dictionary| dictionary.encoder(*level));
                let mut coder = match &prepared {
                    Some(prepared) => zstd::Encoder::with_prepared_dictionary(sink, prepared)?,
                    None => zstd::Encoder::new(sink, *level)?,
                };
                coder.include_checksum(true)?;
                coder.set_pledged_src_size(Some(head.len() as u64 + length + 4))?;
                pour(&mut coder, head, length, block)?;
                coder.finish()?;
                Ok(())
            }
        }
    }
}

/// Compresses a whole record; the context is as it was before.
fn frame(context: &mut CCtx<'_>, bytes: &[u8]) -> Result<Vec<u8>, usize> {
    context.reset(ResetDirective::SessionOnly)?;
    let long = bytes.len() > WINDOW_BYTES;
    context.set_parameter(CParameter::WindowLog(if long { WINDOW_LOG_MAX } else { 0 }))?;
    let mut out = Vec::with_capacity(zstd_safe::compress_bound(bytes.len()));
    context.compress2(&mut out, bytes)?;
    out.shrink_to_fit();
    Ok(out)
}

fn no_room() -> Error {
    Error::Io { source: io::Error::other("a gzip member took more than was reserved for it") }
}

fn zstd_failure(code: usize) -> Error {
    Error::Io { source: io::Error::other(zstd_safe::get_error_name(code)) }
}

/// Writes header, block and line ends, and insists on the block's length.
fn pour(sink: &mut impl Write, head: &[u8], length: u64, mut block: impl Read) -> Result<(), Error> {
    sink.write_all(head)?;
    let mut buffer = vec![0; CHUNK_BYTES];
    let mut found = 0;
    loop {
        let count = match block.read(&mut buffer) {
            Ok(count) => count as u64,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Error::from_io(error)),
        };
        if found + count > length {
            return Err(Error::Length { announced: length, found: length + 1 });
        }
        if count == 0 {
            break;
        }
        sink.write_all(&buffer[..count as usize])?;
        found += count;
    }
    if found < length {
        return Err(Error::Length { announced: length, found });
    }
    sink.write_all(b"\r\n\r\n")?;
    Ok(())
}
