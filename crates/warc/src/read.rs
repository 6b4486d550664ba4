//! Reads records one after the other, streaming, from a file in any of the three formats; and a single record from the bytes of
//! its span. It does not know where the bytes come from, and holds no more of them than a buffer and one header.

use std::cell::RefCell;
use std::io::{self, Read};

use zstd::dict::DecoderDictionary;
use zstd::zstd_safe;

use crate::dictionary::{Dictionary, ZSTD_MAGIC};
use crate::error::Error;
use crate::header::Header;
use crate::lines::{self, Mode};
use crate::record::Record;
use crate::units::{Format, Units};
use crate::write::Span;

/// The most a block may take in [`decode_one`], in bytes.
const BLOCK_BYTES_MAX: u64 = 1 << 30;
/// How much of a skipped block is read at a time, in bytes.
const CHUNK_BYTES: usize = 64 * 1024;
/// How much is searched for the end of a header at a time, in bytes.
const HEAD_BYTES: usize = 4096;
/// What follows every block.
const END_OF_RECORD: &[u8] = b"\r\n\r\n";
/// What every record begins with.
const RECORD_MAGIC: &[u8] = b"WARC/";

/// How a file is read.
#[derive(Debug, Clone)]
pub struct Options {
    /// How closely the file must follow the standard.
    pub mode: Mode,
    /// The most a record's header may take, in bytes.
    pub header_bytes_max: usize,
    /// The most fields a record's header may have.
    pub header_fields_max: usize,
    /// A dictionary for frames that are read without the front of their file.
    pub dictionary: Option<Dictionary>,
}

impl Default for Options {
    /// Lenient; headers of at most 256 KiB and 1,000 fields; no dictionary but the file's own.
    fn default() -> Self {
        Self { mode: Mode::Lenient, header_bytes_max: 256 * 1024, header_fields_max: 1000, dictionary: None }
    }
}

/// Reads a file record by record.
///
/// After an error for which [`Error::is_damage`] holds, [`Reader::skip_to_next`] goes on behind the damage:
///
/// ```
/// use chaffinch_warc::{Compression, Reader, Record, RecordType, encode};
///
/// let gzip = Compression::Gzip { level: 6 };
/// let member = |text: &str| encode(&Record::new(RecordType::Resource).block("text/plain", text), &gzip);
/// let (first, mut second, third) = (member("one")?, member("two")?, member("three")?);
/// second[20] ^= 0xFF;
/// let file = [first, second, third].concat();
///
/// let (mut texts, mut damaged) = (Vec::new(), Vec::new());
/// let mut reader = Reader::new(&file[..]);
/// loop {
///     match reader.next_record().and_then(|entry| entry.map(|entry| entry.into_record(1 << 20)).transpose()) {
///         Ok(Some((_, record))) => texts.push(String::from_utf8_lossy(&record.block).into_owned()),
///         Ok(None) => break,
///         Err(error) if error.is_damage() => {
///             damaged.push(error.offset());
///             reader.skip_to_next()?;
///         }
///         Err(error) => return Err(error),
///     }
/// }
/// assert_eq!(texts, ["one", "three"]);
/// assert_eq!(damaged.len(), 1);
/// # Ok::<(), chaffinch_warc::Error>(())
/// ```
pub struct Reader<R> {
    units: Units<R>,
    options: Options,
    state: State,
    /// Where the record begins that was asked for last.
    begun: u64,
    /// Whether something could not be read since the last sound record.
    gap: bool,
    intact_until: u64,
    scratch: Vec<u8>,
}

/// Where in the file a reader stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// At the start of a record or the end of the file.
    Between,
    /// In the block of the record that begins at `offset`.
    Inside { offset: u64, remaining: u64 },
    /// Behind something that could not be read; the search for the next record begins at `from`.
    Failed { from: u64 },
}

/// A record being read: its header, and its block as a stream. A block need not be read to its end.
pub struct Entry<'a, R> {
    /// Where the record's member or frame begins, in bytes from the start of the file.
    pub offset: u64,
    /// Whether the record begins its member or frame, so that it can be read again from `offset` alone. Not so in a file that
    /// was compressed as a whole.
    pub addressable: bool,
    /// Its named fields.
    pub header: Header,
    reader: &'a mut Reader<R>,
}

impl<R: Read> Reader<R> {
    /// Reads leniently.
    pub fn new(source: R) -> Self {
        Self::with_options(source, Options::default())
    }

    /// Reads strictly: whatever departs from the standard is an error.
    pub fn strict(source: R) -> Self {
        Self::with_options(source, Options { mode: Mode::Strict, ..Options::default() })
    }

    /// Reads as told.
    pub fn with_options(source: R, options: Options) -> Self {
        let units = Units::new(source, options.mode, options.dictionary.clone());
        Self { units, options, state: State::Between, begun: 0, gap: false, intact_until: 0, scratch: Vec::new() }
    }

    /// The next record; `None` at the end of the file. What is left of the record before it is read over and checked.
    ///
    /// # Errors
    /// [`Error::Truncated`] where the file ends inside a record; [`Error::Damaged`], [`Error::Header`] and the others for which
    /// [`Error::is_damage`] holds, after which [`Reader::skip_to_next`] goes on; [`Error::Io`].
    pub fn next_record(&mut self) -> Result<Option<Entry<'_, R>>, Error> {
        if let State::Inside { .. } = self.state {
            self.finish_record()?;
        }
        if let State::Failed { from } = self.state {
            let reason = "what was found here could not be read".to_owned();
            return Err(Error::Damaged { offset: from.saturating_sub(1), reason });
        }
        let begun = self.begin_record();
        let begun = self.noting_failure(begun)?;
        Ok(begun.map(|(offset, addressable, header)| Entry { offset, addressable, header, reader: self }))
    }

    /// Goes on behind damage: to the next place where a record, member or frame plausibly begins. Gives its offset, or `None`
    /// where there is no other. Never goes back before the damage, and looks again at no more than the last 256 KiB it read.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn skip_to_next(&mut self) -> Result<Option<u64>, Error> {
        let from = match self.state {
            State::Failed { from } => from,
            State::Inside { offset, .. } => offset + 1,
            State::Between => self.units.position(),
        };
        self.state = State::Between;
        self.units.resume(from)
    }

    /// Gives the reader a dictionary that is missing from the file, after [`Error::MissingDictionary`]; the frame that needs
    /// it is read next.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn set_dictionary(&mut self, dictionary: Dictionary) -> Result<(), Error> {
        self.units.set_dictionary(dictionary);
        if let State::Failed { from } = self.state {
            self.state = State::Between;
            self.units.resume(from.saturating_sub(1))?;
        }
        Ok(())
    }

    /// How the file is compressed; known once the first record was asked for.
    pub fn format(&self) -> Option<Format> {
        self.units.format()
    }

    /// The dictionary in use; known once the first record was asked for.
    pub fn dictionary(&self) -> Option<&Dictionary> {
        self.units.dictionary()
    }

    /// The offset just behind the last record that was read whole and found sound (or behind the dictionary frame, where there
    /// was none yet). A file that ends in a torn record may be cut here.
    pub fn intact_until(&self) -> u64 {
        self.intact_until
    }

    /// Reads a header; the block comes next.
    fn begin_record(&mut self) -> Result<Option<(u64, bool, Header)>, Error> {
        self.begun = self.units.position();
        if self.options.mode == Mode::Lenient {
            self.skip_line_ends()?;
        }
        if self.units.fill()?.is_empty() {
            self.note_intact(self.units.position());
            return Ok(None);
        }
        let offset = self.units.unit_offset();
        let addressable = self.units.at_unit_start();
        self.begun = offset;
        self.note_intact(offset);
        if self.options.mode == Mode::Strict && !addressable {
            return Err(Error::Header { offset, reason: "the record shares its member or frame with another" });
        }
        let mut head = std::mem::take(&mut self.scratch);
        head.clear();
        let header = self.read_head(offset, &mut head).and_then(|()| self.parse_head(offset, &head));
        self.scratch = head;
        let header = header?;
        // Both the lenient and the strict grammar insist on a length.
        let remaining = header.content_length().unwrap_or(0);
        self.state = State::Inside { offset, remaining };
        Ok(Some((offset, addressable, header)))
    }

    /// Collects the bytes of a header, up to and with its empty line.
    fn read_head(&mut self, offset: u64, head: &mut Vec<u8>) -> Result<(), Error> {
        loop {
            let ready = self.units.fill().map_err(|error| inside(offset, error))?;
            if ready.is_empty() {
                return Err(Error::Truncated { offset });
            }
            let known = head.len();
            let room = (self.options.header_bytes_max + 1).saturating_sub(known);
            let taken = ready.len().min(room).min(HEAD_BYTES);
            head.extend_from_slice(&ready[..taken]);
            let seen = head.len().min(5);
            if head[..seen] != b"WARC/"[..seen] {
                return Err(Error::Header { offset, reason: "no WARC version line" });
            }
            // The empty line may straddle what came before.
            let from = known.saturating_sub(3);
            if let Some(end) = lines::end_of_head(&head[from..]) {
                self.units.consume(from + end - known);
                head.truncate(from + end);
                return Ok(());
            }
            if taken == room {
                let limit = format!("{} bytes", self.options.header_bytes_max);
                return Err(Error::HeaderTooLarge { offset, limit });
            }
            self.units.consume(taken);
        }
    }

    fn parse_head(&self, offset: u64, head: &[u8]) -> Result<Header, Error> {
        let header = Header::parse(head, self.options.mode).map_err(|reason| Error::Header { offset, reason })?;
        if header.fields.len() > self.options.header_fields_max {
            let limit = format!("{} fields", self.options.header_fields_max);
            return Err(Error::HeaderTooLarge { offset, limit });
        }
        Ok(header)
    }

    /// Reads some of the block.
    fn read_block(&mut self, out: &mut [u8]) -> Result<usize, Error> {
        let State::Inside { offset, remaining } = self.state else { return Ok(0) };
        if remaining == 0 || out.is_empty() {
            return Ok(0);
        }
        let result = self.copy_block(offset, remaining, out);
        let count = self.noting_failure(result)?;
        self.state = State::Inside { offset, remaining: remaining - count as u64 };
        Ok(count)
    }

    fn copy_block(&mut self, offset: u64, remaining: u64, out: &mut [u8]) -> Result<usize, Error> {
        let ready = self.units.fill().map_err(|error| inside(offset, error))?;
        if ready.is_empty() {
            return Err(Error::Truncated { offset });
        }
        // A record may be spread over several frames, but a frame that begins like a record is the next one.
        let next = ready.starts_with(b"WARC/1.");
        let count = ready.len().min(out.len()).min(usize::try_from(remaining).unwrap_or(usize::MAX));
        out[..count].copy_from_slice(&ready[..count]);
        if next && self.units.format() != Some(Format::Plain) && self.units.at_unit_start() {
            return Err(Error::Damaged { offset, reason: "the block is shorter than its Content-Length".to_owned() });
        }
        self.units.consume(count);
        Ok(count)
    }

    /// Reads over what is left of the block, checks what follows it, and gives the record's place.
    fn finish_record(&mut self) -> Result<Span, Error> {
        let State::Inside { offset, .. } = self.state else {
            return Ok(Span { offset: self.units.position(), length: 0 });
        };
        let mut rest = [0; 4096];
        while self.read_block(&mut rest)? > 0 {}
        let ended = self.end_record(offset);
        self.noting_failure(ended)?;
        self.state = State::Between;
        self.gap = false;
        self.note_intact(self.units.position());
        Ok(Span { offset, length: self.units.position() - offset })
    }

    /// Expects the two line ends behind a block and, in a compressed file, the end of the member or frame.
    fn end_record(&mut self, offset: u64) -> Result<(), Error> {
        if self.options.mode == Mode::Strict {
            let mut expected = END_OF_RECORD;
            while !expected.is_empty() {
                let ready = self.units.fill().map_err(|error| inside(offset, error))?;
                let count = ready.len().min(expected.len());
                if count == 0 {
                    return Err(Error::Truncated { offset });
                }
                if ready[..count] != expected[..count] {
                    return Err(Error::Header { offset, reason: "no CRLF CRLF behind the block" });
                }
                expected = &expected[count..];
                self.units.consume(count);
            }
            if self.units.format() != Some(Format::Plain) && self.units.unit_goes_on()? {
                return Err(Error::Header { offset, reason: "the record shares its member or frame with another" });
            }
            return Ok(());
        }
        while self.units.unit_goes_on()? {
            let ready = self.units.fill()?;
            let count = ready.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
            let more = count == ready.len();
            let begun = &ready[count..ready.len().min(count + RECORD_MAGIC.len())];
            let another = RECORD_MAGIC.starts_with(begun);
            self.units.consume(count);
            if !more {
                return if another { Ok(()) } else { self.meet_checksum() };
            }
        }
        Ok(())
    }

    /// What stands behind a record in its member or frame is no other record: only the checksum at its end can tell whether
    /// the record is what was written. What it holds is passed over.
    fn meet_checksum(&mut self) -> Result<(), Error> {
        if self.units.format() != Some(Format::Plain) {
            while self.units.unit_goes_on()? {
                let count = self.units.fill()?.len();
                self.units.consume(count);
            }
        }
        Ok(())
    }

    /// Passes over line ends that stand before a record.
    fn skip_line_ends(&mut self) -> Result<(), Error> {
        loop {
            let ready = self.units.fill()?;
            let count = ready.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
            if count == 0 {
                return Ok(());
            }
            self.units.consume(count);
        }
    }

    /// Remembers how far the file is sound.
    fn note_intact(&mut self, offset: u64) {
        if !self.gap {
            self.intact_until = self.intact_until.max(offset);
        }
    }

    /// Remembers where to search on from after a failure.
    fn noting_failure<T>(&mut self, result: Result<T, Error>) -> Result<T, Error> {
        if result.is_err() {
            let unit = self.units.unit_offset();
            // A later unit than the record began in is where its block should have gone on: it may be the next record.
            let later = self.units.format() != Some(Format::Plain) && unit > self.begun;
            self.state = State::Failed { from: if later { unit } else { self.begun + 1 } };
            self.gap = true;
        }
        result
    }
}

impl<R: Read> Entry<'_, R> {
    /// Reads the block into memory, and the record to its end.
    ///
    /// # Errors
    /// [`Error::BlockTooLong`] above `limit` bytes, after which the record may still be passed over; and what
    /// [`Reader::next_record`] gives.
    pub fn into_record(self, limit: u64) -> Result<(Span, Record), Error> {
        let length = self.header.content_length().unwrap_or(0);
        if length > limit {
            return Err(Error::BlockTooLong { offset: self.offset, limit });
        }
        // A length is only a claim: no more room is made for it than is soon filled.
        let mut block = Vec::with_capacity(usize::try_from(length.min(1 << 20)).unwrap_or(0));
        let mut filled = 0;
        loop {
            let wanted = usize::try_from(length - filled as u64).unwrap_or(usize::MAX).min(CHUNK_BYTES);
            block.resize(filled + wanted, 0);
            let count = self.reader.read_block(&mut block[filled..])?;
            if count == 0 {
                break;
            }
            filled += count;
        }
        block.truncate(filled);
        let span = self.reader.finish_record()?;
        Ok((span, Record { header: self.header, block }))
    }

    /// Reads over what is left of the block and checks the record's end: line ends and, in a compressed file, the checksum.
    /// Gives the record's place in the file. Where a member or frame holds several records, the length reaches as far as it
    /// was unpacked.
    ///
    /// # Errors
    /// As [`Reader::next_record`].
    pub fn finish(self) -> Result<Span, Error> {
        self.reader.finish_record()
    }
}

/// Reads the block.
impl<R: Read> Read for Entry<'_, R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.reader.read_block(out).map_err(Error::into_io)
    }
}

/// Reads the record that a span of a file holds, given the bytes of that span and the dictionary of the file, whose prepared
/// form is used.
///
/// # Errors
/// As [`Reader::next_record`]; [`Error::Truncated`] also where there is no byte at all; [`Error::BlockTooLong`] above 1 GiB.
pub fn decode_one(bytes: &[u8], dictionary: Option<&Dictionary>) -> Result<Record, Error> {
    match unpack_frame(bytes, dictionary).map(lone_record) {
        Some(Ok(record)) => Ok(record),
        Some(Err(unpacked)) => first_record(&unpacked, None),
        None => first_record(bytes, dictionary),
    }
}

/// The record that some bytes are, from its first to its last, its block left where it is in memory. Where they are not just
/// that, they are given back: reading them as a file then finds out what they are.
fn lone_record(mut bytes: Vec<u8>) -> Result<Record, Vec<u8>> {
    let Some(head) = lines::end_of_head(&bytes).filter(|head| *head <= Options::default().header_bytes_max) else {
        return Err(bytes);
    };
    let header = Header::parse(&bytes[..head], Mode::Lenient).ok();
    let header = header.filter(|header| header.fields.len() <= Options::default().header_fields_max);
    let end = bytes.len().saturating_sub(END_OF_RECORD.len());
    let length = header.as_ref().and_then(Header::content_length);
    match header {
        Some(header)
            if length == Some(end.saturating_sub(head) as u64) && bytes.ends_with(END_OF_RECORD) && head <= end =>
        {
            bytes.truncate(end);
            bytes.drain(..head);
            Ok(Record { header, block: bytes })
        }
        _ => Err(bytes),
    }
}

/// Unpacks a single frame at once. `None` where the bytes are no single, sound frame that tells its size: reading them as a file
/// then finds out what they are.
fn unpack_frame(bytes: &[u8], dictionary: Option<&Dictionary>) -> Option<Vec<u8>> {
    if !bytes.starts_with(&ZSTD_MAGIC) || zstd_safe::find_frame_compressed_size(bytes) != Ok(bytes.len()) {
        return None;
    }
    let size = zstd_safe::get_frame_content_size(bytes).ok().flatten().filter(|size| *size <= BLOCK_BYTES_MAX)?;
    let wanted = zstd_safe::get_dict_id_from_frame(bytes).map(std::num::NonZero::get);
    let mut out = Vec::with_capacity(usize::try_from(size).ok()?);
    CONTEXT.with_borrow_mut(|context| match dictionary {
        Some(dictionary) if wanted.is_none_or(|id| id == dictionary.id()) => {
            let unpack = |decoder: &DecoderDictionary<'_>| {
                context.decompress_using_ddict(&mut out, bytes, decoder.as_ddict()).ok()
            };
            dictionary.with_decoder(unpack).flatten()
        }
        None if wanted.is_none() => context.decompress(&mut out, bytes).ok(),
        _ => None,
    })?;
    Some(out)
}

thread_local! {
    /// What unpacks frames. Making one takes as long as a short frame.
    static CONTEXT: RefCell<zstd_safe::DCtx<'static>> = RefCell::new(zstd_safe::DCtx::create());
}

fn first_record(bytes: &[u8], dictionary: Option<&Dictionary>) -> Result<Record, Error> {
    let mut reader = Reader::with_options(bytes, Options { dictionary: dictionary.cloned(), ..Options::default() });
    let entry = reader.next_record()?.ok_or(Error::Truncated { offset: 0 })?;
    Ok(entry.into_record(BLOCK_BYTES_MAX)?.1)
}

/// What went wrong inside a record is told of the record, not of the member or frame it happened to reach.
fn inside(offset: u64, error: Error) -> Error {
    match error {
        Error::Truncated { .. } => Error::Truncated { offset },
        other => other,
    }
}
