//! The units a file is made of, gzip members or Zstandard frames, unpacked one after the other into a stream of bytes that
//! knows in which unit each byte lies. An uncompressed file is a single unit. It does not know what a record is, only what the
//! first bytes of one look like, so that it can find the next after damage.

use std::io::Read;

use flate2::{Decompress, FlushDecompress, Status};
use libdeflater::Crc;
use zstd::stream::raw::{Decoder, Operation};
use zstd::zstd_safe;

use crate::dictionary::{self, Dictionary, READ_BYTES_MAX, ZSTD_MAGIC};
use crate::error::Error;
use crate::gzip::{self, MemberHeader};
use crate::lines::Mode;
use crate::members::{Inflater, PACKED_BYTES_MAX, UNPACKED_BYTES_MAX};
use crate::source::Source;

/// How much is unpacked at a time, in bytes.
const CHUNK_BYTES: usize = 64 * 1024;
/// Enough to see a gzip header with its extra field, or the first block of a Zstandard frame.
const TRIAL_BYTES: usize = 144 * 1024;
/// The longest header a Zstandard frame can have.
const FRAME_HEADER_BYTES_MAX: usize = 18;
/// How many bytes a record must show to be taken for one.
const RECORD_START: &[u8] = b"WARC/";

/// How a file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Not at all.
    Plain,
    /// In gzip members.
    Gzip,
    /// In Zstandard frames, with or without a dictionary.
    Zstd,
}

/// What stands where a unit was to begin.
#[derive(PartialEq, Eq)]
enum Begun {
    /// Nothing: the end of the file.
    End,
    /// A unit, to be unpacked piece by piece.
    Inside,
    /// A unit that was unpacked whole.
    Whole,
}

/// The unpacked stream.
pub(crate) struct Units<R> {
    source: Source<R>,
    mode: Mode,
    format: Option<Format>,
    dictionary: Option<Dictionary>,
    /// For members that fit a buffer.
    whole: Option<Inflater>,
    /// For the others, with the checksum so far.
    inflater: Option<(Decompress, Crc)>,
    decoder: Option<Decoder<'static>>,
    /// Unpacked bytes; those from `out_at` to `out_end` are yet to be given.
    out: Vec<u8>,
    out_at: usize,
    out_end: usize,
    /// Where the unit begins that the next byte comes from.
    unit: u64,
    /// Whether that unit still has something to unpack.
    inside: bool,
    /// Whether no byte of that unit was consumed yet.
    fresh: bool,
}

impl<R: Read> Units<R> {
    pub(crate) fn new(source: R, mode: Mode, dictionary: Option<Dictionary>) -> Self {
        Self {
            source: Source::new(source),
            mode,
            format: None,
            dictionary,
            whole: None,
            inflater: None,
            decoder: None,
            out: Vec::new(),
            out_at: 0,
            out_end: 0,
            unit: 0,
            inside: false,
            fresh: true,
        }
    }

    pub(crate) fn format(&self) -> Option<Format> {
        self.format
    }

    pub(crate) fn dictionary(&self) -> Option<&Dictionary> {
        self.dictionary.as_ref()
    }

    pub(crate) fn set_dictionary(&mut self, dictionary: Dictionary) {
        self.dictionary = Some(dictionary);
        self.decoder = None;
    }

    /// Where the unit of the next byte begins; for an uncompressed file, where that byte is.
    pub(crate) fn unit_offset(&self) -> u64 {
        if self.format == Some(Format::Plain) { self.source.position() } else { self.unit }
    }

    /// Whether the next byte is the first of its unit.
    pub(crate) fn at_unit_start(&self) -> bool {
        self.format == Some(Format::Plain) || self.fresh
    }

    /// How far the file was read, not counting what was only looked at.
    pub(crate) fn position(&self) -> u64 {
        self.source.position()
    }

    /// Unpacked bytes that are ready; none at the end of the file.
    pub(crate) fn fill(&mut self) -> Result<&[u8], Error> {
        let format = match self.format {
            Some(format) => format,
            None => match self.sniff()? {
                Some(format) => *self.format.insert(format),
                None => return Ok(&[]),
            },
        };
        if format == Format::Plain {
            return Ok(self.source.peek(1)?);
        }
        while self.out_at == self.out_end {
            if self.inside {
                self.unpack(format)?;
            } else if !self.begin_unit(format)? {
                return Ok(&[]);
            }
        }
        Ok(&self.out[self.out_at..self.out_end])
    }

    /// Passes over bytes that `fill` gave.
    pub(crate) fn consume(&mut self, count: usize) {
        if count == 0 {
            return;
        }
        self.fresh = false;
        if self.format == Some(Format::Plain) {
            self.source.consume(count);
        } else {
            self.out_at = (self.out_at + count).min(self.out_end);
        }
    }

    /// Whether the current unit has another byte. False means that it was read to its end, and that its checksum is right.
    pub(crate) fn unit_goes_on(&mut self) -> Result<bool, Error> {
        match self.format {
            None => Ok(false),
            Some(Format::Plain) => Ok(!self.source.peek(1)?.is_empty()),
            Some(format) => {
                while self.out_at == self.out_end && self.inside {
                    self.unpack(format)?;
                }
                Ok(self.out_at < self.out_end)
            }
        }
    }

    /// Tells the format by the first bytes; `None` for an empty file.
    fn sniff(&mut self) -> Result<Option<Format>, Error> {
        let offset = self.source.position();
        let head = self.source.peek(RECORD_START.len())?;
        match head {
            [] => Ok(None),
            _ if head.starts_with(RECORD_START) => Ok(Some(Format::Plain)),
            [0x1F, 0x8B, ..] => Ok(Some(Format::Gzip)),
            _ if head.starts_with(&ZSTD_MAGIC) || is_skippable(head) => Ok(Some(Format::Zstd)),
            // A file torn in its very first bytes is torn, not foreign.
            _ if RECORD_START.starts_with(head) || ZSTD_MAGIC.starts_with(head) => Err(Error::Truncated { offset }),
            _ if dictionary::FRAME_MAGIC.starts_with(head) || head == [0x1F] => Err(Error::Truncated { offset }),
            _ => Err(Error::NotWarc { offset }),
        }
    }

    /// Enters the next unit, passing over what is none; false at the end of the file.
    fn begin_unit(&mut self, format: Format) -> Result<bool, Error> {
        let begun = match format {
            Format::Gzip => self.begin_member()?,
            Format::Zstd | Format::Plain => self.begin_frame()?,
        };
        self.inside = begun == Begun::Inside;
        self.fresh = true;
        Ok(begun != Begun::End)
    }

    fn begin_member(&mut self) -> Result<Begun, Error> {
        self.unit = self.source.position();
        let offset = self.unit;
        let mut wanted = 1024;
        let length = loop {
            let head = self.source.peek(wanted)?;
            if head.is_empty() {
                return Ok(Begun::End);
            }
            match gzip::member_header(head) {
                MemberHeader::Whole(length) => break length,
                MemberHeader::Invalid => return Err(Error::NotWarc { offset }),
                MemberHeader::Partial if head.len() < wanted => return Err(Error::Truncated { offset }),
                MemberHeader::Partial if wanted > TRIAL_BYTES => {
                    return Err(damaged(offset, "a gzip header without end"));
                }
                MemberHeader::Partial => wanted *= 4,
            }
        };
        if self.inflate_whole()? {
            return Ok(Begun::Whole);
        }
        self.source.consume(length);
        let (inflate, crc) = self.inflater.get_or_insert_with(|| (Decompress::new(false), Crc::new()));
        inflate.reset(false);
        *crc = Crc::new();
        Ok(Begun::Inside)
    }

    /// Inflates the member that comes next at once; false, with nothing done, where it is too long, or not sound: then the
    /// stream finds out what is wrong with it, and gives what stands before that.
    fn inflate_whole(&mut self) -> Result<bool, Error> {
        if self.whole.is_none() {
            self.whole = Inflater::new();
        }
        let Some(inflater) = &mut self.whole else { return Ok(false) };
        let packed = self.source.peek(PACKED_BYTES_MAX)?;
        if self.out.len() < UNPACKED_BYTES_MAX {
            self.out.resize(UNPACKED_BYTES_MAX, 0);
        }
        let Some((taken, made)) = inflater.inflate(packed, &mut self.out) else { return Ok(false) };
        self.source.consume(taken);
        (self.out_at, self.out_end) = (0, made);
        Ok(true)
    }

    fn begin_frame(&mut self) -> Result<Begun, Error> {
        loop {
            self.unit = self.source.position();
            let offset = self.unit;
            let head = self.source.peek(FRAME_HEADER_BYTES_MAX)?;
            if head.is_empty() {
                return Ok(Begun::End);
            }
            if head.starts_with(&ZSTD_MAGIC) {
                break;
            }
            if let Some(length) = dictionary::frame_length(head) {
                self.read_dictionary(offset, length)?;
            } else if is_skippable(head) && head.len() >= 8 {
                let length = u64::from(u32::from_le_bytes([head[4], head[5], head[6], head[7]]));
                self.skip(offset, 8 + length)?;
            } else if head.len() < 8 && (ZSTD_MAGIC.starts_with(head) || is_skippable(head) || head[0] >> 4 == 5) {
                return Err(Error::Truncated { offset });
            } else {
                return Err(Error::NotWarc { offset });
            }
        }
        self.check_frame()?;
        self.decoder()?.reinit()?;
        Ok(Begun::Inside)
    }

    /// Takes up the dictionary of a file. By the specification it stands at the front only; read leniently, a later one takes
    /// its place, as in files that were put one behind the other.
    fn read_dictionary(&mut self, offset: u64, length: u64) -> Result<(), Error> {
        if self.mode == Mode::Strict && offset != 0 {
            return Err(damaged(offset, "a dictionary frame that is not at the front of the file"));
        }
        if length > READ_BYTES_MAX {
            return Err(Error::DictionaryTooLarge { bytes: length, limit: READ_BYTES_MAX });
        }
        let whole = length as usize + 8;
        let frame = self.source.peek(whole)?;
        if frame.len() < whole {
            return Err(Error::Truncated { offset });
        }
        let dictionary = Dictionary::from_frame(&frame[..whole])?;
        self.source.consume(whole);
        self.set_dictionary(dictionary);
        Ok(())
    }

    /// Passes over an extension frame.
    fn skip(&mut self, offset: u64, mut length: u64) -> Result<(), Error> {
        while length > 0 {
            let ready = self.source.peek(1)?.len() as u64;
            if ready == 0 {
                return Err(Error::Truncated { offset });
            }
            let step = ready.min(length);
            self.source.consume(step as usize);
            length -= step;
        }
        Ok(())
    }

    /// Looks at the header of the frame that comes next: is its dictionary here, and, strictly, is everything there that the
    /// specification demands?
    fn check_frame(&mut self) -> Result<(), Error> {
        let offset = self.unit;
        let head = self.source.ahead();
        let size = match zstd_safe::get_frame_content_size(head) {
            Ok(size) => size,
            Err(_) if head.len() < FRAME_HEADER_BYTES_MAX => return Err(Error::Truncated { offset }),
            Err(_) => return Err(damaged(offset, "a frame header that is none")),
        };
        let wanted = zstd_safe::get_dict_id_from_frame(head).map(std::num::NonZero::get);
        let held = self.dictionary.as_ref().map(Dictionary::id);
        if let Some(id) = wanted
            && held != Some(id)
        {
            return Err(Error::MissingDictionary { offset, id });
        }
        if self.mode == Mode::Strict {
            if size.is_none() {
                return Err(damaged(offset, "a frame without its content size"));
            }
            if head.get(4).is_none_or(|descriptor| descriptor & 0b100 == 0) {
                return Err(damaged(offset, "a frame without a checksum"));
            }
            if held.is_some() && wanted.is_none() {
                return Err(damaged(offset, "a frame without the id of the file's dictionary"));
            }
        }
        Ok(())
    }

    /// The decoder with the file's dictionary loaded, made once for each dictionary.
    fn decoder(&mut self) -> Result<&mut Decoder<'static>, Error> {
        let decoder = match self.decoder.take() {
            Some(decoder) => decoder,
            None => Decoder::with_dictionary(self.dictionary.as_ref().map_or(&[], Dictionary::bytes))?,
        };
        Ok(self.decoder.insert(decoder))
    }

    /// Unpacks a piece of the current unit, which may turn out to be empty.
    fn unpack(&mut self, format: Format) -> Result<(), Error> {
        let offset = self.unit;
        if self.source.peek(1)?.is_empty() {
            return Err(Error::Truncated { offset });
        }
        if self.out.len() < CHUNK_BYTES {
            self.out.resize(CHUNK_BYTES, 0);
        }
        (self.out_at, self.out_end) = (0, 0);
        let step = match format {
            Format::Gzip => self.inflate(offset),
            Format::Zstd | Format::Plain => self.decode(offset),
        };
        let (produced, ended) = step.inspect_err(|_| self.inside = false)?;
        self.out_end = produced;
        self.inside = !ended;
        Ok(())
    }

    fn inflate(&mut self, offset: u64) -> Result<(usize, bool), Error> {
        let (inflate, crc) = self.inflater.get_or_insert_with(|| (Decompress::new(false), Crc::new()));
        let (read, written) = (inflate.total_in(), inflate.total_out());
        let status = inflate
            .decompress(self.source.ahead(), &mut self.out[..CHUNK_BYTES], FlushDecompress::None)
            .map_err(|error| damaged(offset, &error.to_string()))?;
        let consumed = (inflate.total_in() - read) as usize;
        let produced = (inflate.total_out() - written) as usize;
        crc.update(&self.out[..produced]);
        self.source.consume(consumed);
        if status != Status::StreamEnd {
            if consumed == 0 && produced == 0 {
                return Err(damaged(offset, "the deflate stream makes no progress"));
            }
            return Ok((produced, false));
        }
        let trailer = self.source.peek(gzip::TRAILER_BYTES)?;
        let Some(trailer) = trailer.get(..gzip::TRAILER_BYTES) else { return Err(Error::Truncated { offset }) };
        if !gzip::trailer_agrees(trailer, crc.sum(), inflate.total_out()) {
            return Err(damaged(offset, "the checksum does not agree"));
        }
        self.source.consume(gzip::TRAILER_BYTES);
        Ok((produced, true))
    }

    fn decode(&mut self, offset: u64) -> Result<(usize, bool), Error> {
        let Some(decoder) = self.decoder.as_mut() else { return Err(damaged(offset, "no frame was begun")) };
        let status = decoder
            .run_on_buffers(self.source.ahead(), &mut self.out[..CHUNK_BYTES])
            .map_err(|error| damaged(offset, &error.to_string()))?;
        self.source.consume(status.bytes_read);
        let ended = status.remaining == 0;
        if !ended && status.bytes_read == 0 && status.bytes_written == 0 {
            return Err(damaged(offset, "the frame makes no progress"));
        }
        Ok((status.bytes_written, ended))
    }

    /// Goes to the next place, from `from` on, where a record plausibly begins, and gives its offset; `None` where there is no
    /// other. At most the last 256 KiB that were read are searched again.
    pub(crate) fn resume(&mut self, from: u64) -> Result<Option<u64>, Error> {
        self.source.rewind(from);
        // What failed may not have been consumed at all; without this step the search would find it again.
        let ahead = from.saturating_sub(self.source.position());
        self.source.consume(usize::try_from(ahead).unwrap_or(usize::MAX));
        (self.out_at, self.out_end) = (0, 0);
        self.inside = false;
        self.fresh = true;
        let mut line_start = true;
        loop {
            let ahead = self.source.peek(CHUNK_BYTES)?;
            if ahead.is_empty() {
                return Ok(None);
            }
            let candidate = ahead.iter().position(|b| matches!(b, b'W' | 0x1F | 0x28 | 0x5D));
            let step = candidate.unwrap_or(ahead.len());
            if let Some(last) = step.checked_sub(1) {
                line_start = ahead[last] == b'\n';
            }
            self.source.consume(step);
            if candidate.is_none() {
                continue;
            }
            if let Some(format) = self.plausible(line_start)? {
                self.format = Some(format);
                self.unit = self.source.position();
                return Ok(Some(self.unit));
            }
            self.source.consume(1);
            line_start = false;
        }
    }

    /// Whether a record (or a dictionary frame) of the file's format begins just here; any format, where none is known yet.
    fn plausible(&mut self, line_start: bool) -> Result<Option<Format>, Error> {
        let head = self.source.peek(FRAME_HEADER_BYTES_MAX)?;
        let format = match head {
            _ if head.starts_with(RECORD_START) && line_start => Format::Plain,
            _ if head.starts_with(&gzip::MAGIC) => Format::Gzip,
            _ if head.starts_with(&ZSTD_MAGIC) || head.starts_with(&dictionary::FRAME_MAGIC) => Format::Zstd,
            _ => return Ok(None),
        };
        if self.format.is_some_and(|known| known != format) {
            return Ok(None);
        }
        let plausible = match format {
            Format::Plain => is_version_line(head),
            Format::Gzip => self.try_member()?,
            Format::Zstd if head.starts_with(&ZSTD_MAGIC) => self.try_frame()?,
            Format::Zstd => self.try_dictionary()?,
        };
        Ok(plausible.then_some(format))
    }

    fn try_member(&mut self) -> Result<bool, Error> {
        let ahead = self.source.peek(TRIAL_BYTES)?;
        let MemberHeader::Whole(length) = gzip::member_header(ahead) else { return Ok(false) };
        let mut out = [0; 16];
        let mut inflate = Decompress::new(false);
        let result = inflate.decompress(&ahead[length..], &mut out, FlushDecompress::None);
        Ok(result.is_ok() && out.starts_with(RECORD_START))
    }

    fn try_frame(&mut self) -> Result<bool, Error> {
        self.source.peek(TRIAL_BYTES)?;
        let ahead = self.source.ahead();
        let wanted = zstd_safe::get_dict_id_from_frame(ahead).map(std::num::NonZero::get);
        if wanted.is_some() && wanted != self.dictionary.as_ref().map(Dictionary::id) {
            // It cannot be unpacked here, but a header with every part the specification demands is no accident.
            let sized = matches!(zstd_safe::get_frame_content_size(ahead), Ok(Some(_)));
            return Ok(sized && ahead.get(4).is_some_and(|descriptor| descriptor & 0b1100 == 0b100));
        }
        self.decoder()?;
        let Some(decoder) = self.decoder.as_mut() else { return Ok(false) };
        decoder.reinit()?;
        let mut out = [0; 16];
        let (mut read, mut written) = (0, 0);
        let ahead = self.source.ahead();
        while written < RECORD_START.len() {
            let Ok(status) = decoder.run_on_buffers(&ahead[read..], &mut out[written..]) else { return Ok(false) };
            read += status.bytes_read;
            written += status.bytes_written;
            if status.remaining == 0 || (status.bytes_read == 0 && status.bytes_written == 0) {
                break;
            }
        }
        Ok(out.starts_with(RECORD_START))
    }

    fn try_dictionary(&mut self) -> Result<bool, Error> {
        let length = dictionary::frame_length(self.source.ahead()).filter(|length| *length <= READ_BYTES_MAX);
        let Some(length) = length else { return Ok(false) };
        let frame = self.source.peek(length as usize + 8)?;
        Ok(Dictionary::from_frame(frame).is_ok())
    }
}

/// Whether these bytes begin a skippable frame (RFC 8878, section 3.1.2).
fn is_skippable(head: &[u8]) -> bool {
    matches!(head, [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..])
}

/// Whether these bytes are a version line and its end.
fn is_version_line(head: &[u8]) -> bool {
    let Some(rest) = head.strip_prefix(RECORD_START) else { return false };
    let Some(end) = rest.iter().position(|&b| b == b'\n') else { return false };
    let number = rest[..end].trim_ascii_end();
    matches!(number, [b'0' | b'1', b'.', minor @ ..] if !minor.is_empty() && minor.iter().all(u8::is_ascii_digit))
}

fn damaged(offset: u64, reason: &str) -> Error {
    Error::Damaged { offset, reason: reason.to_owned() }
}
