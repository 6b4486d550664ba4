//! PURE: one content coding being undone, a push at a time. It tells what the bytes really are from how they begin, and
//! stops at the number of bytes it is allowed; what several codings on top of one another mean is `coding`'s affair.

use std::io::{self, Write};

use brotli::enc::StandardAlloc;
use brotli::{BrotliDecompressStream, BrotliResult, BrotliState};
use flate2::write::{DeflateDecoder, GzDecoder, ZlibDecoder};
use zstd::stream::raw::{DParameter, Decoder as ZstdDecoder, Operation};

use crate::fetch::coding::{Coding, Cut};

/// Input is taken in slices of this size, so that what DEFLATE makes of one (1032 for 1) stays near a megabyte before
/// the limits are looked at again.
pub(crate) const SLICE_BYTES: usize = 1024;

/// What brotli and zstd write at a time.
const OUTPUT_BYTES: usize = 32 * 1024;

/// RFC 9659: a `zstd` content coding needs no window above 8 MiB.
const ZSTD_WINDOW_LOG_MAX: u32 = 23;

const GZIP_MAGIC: &[u8] = &[0x1f, 0x8b];
const ZSTD_MAGIC: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// One coding being undone.
pub(crate) struct Stage {
    coding: Coding,
    state: State,
    /// Bytes that came out of this stage so far.
    produced: u64,
}

enum State {
    /// The first bytes, until there are enough of them to tell what it really is.
    Opening(Vec<u8>),
    /// Not coded at all, whatever the header says: it is passed on.
    Plain,
    Gzip(GzDecoder<Vec<u8>>),
    /// After a member: the bytes that may begin the next one.
    GzipBetween(Vec<u8>),
    Zlib(ZlibDecoder<Vec<u8>>),
    Deflate(DeflateDecoder<Vec<u8>>),
    Brotli(Box<Brotli>),
    Zstd(Zstd),
    /// Complete, or broken: what still comes is not part of it and is dropped, as browsers do.
    Over,
}

/// One call of a stage: what it took and whether it came to its end.
struct Step {
    taken: usize,
    ended: bool,
}

impl Stage {
    pub(crate) fn new(coding: Coding) -> Self {
        Self { coding, state: State::Opening(Vec::new()), produced: 0 }
    }

    /// Decodes all of `input`, as far as `allowed` bytes in sum.
    pub(crate) fn push(&mut self, input: &[u8], allowed: u64) -> (Vec<u8>, Option<Cut>) {
        let mut out = Vec::new();
        // Only the first stage gets small slices; the others must cut what the stage before made of one.
        for slice in input.chunks(SLICE_BYTES) {
            let mut rest = slice;
            while !rest.is_empty() {
                let room = allowed.saturating_sub(self.produced) as usize;
                let before = out.len();
                let step = self.step(rest, &mut out, room);
                self.produced += (out.len() - before) as u64;
                match step {
                    _ if self.produced > allowed => {
                        self.state = State::Over;
                        return (out, Some(Cut::Length));
                    }
                    Ok(taken) => rest = &rest[taken..],
                    Err(_) => {
                        self.state = State::Over;
                        return (out, Some(Cut::Broken));
                    }
                }
            }
        }
        (out, None)
    }

    /// One step forward: how much of `input` it took. Where that is nothing, the state has changed and the next step will.
    fn step(&mut self, input: &[u8], out: &mut Vec<u8>, room: usize) -> io::Result<usize> {
        let step = match &mut self.state {
            State::Opening(_) => return self.opening(input, out, room),
            State::GzipBetween(_) => return self.between_members(input, out, room),
            State::Plain => {
                out.extend_from_slice(input);
                return Ok(input.len());
            }
            State::Over => return Ok(input.len()),
            State::Gzip(decoder) => {
                let step = inflate(decoder, GzDecoder::get_mut, input, out)?;
                // Nothing is taken after the trailer, and before the header is complete only from no input.
                if step.ended {
                    finish_with(decoder, GzDecoder::try_finish, GzDecoder::get_mut, out)?;
                    self.state = State::GzipBetween(Vec::new());
                }
                return Ok(step.taken);
            }
            State::Zlib(decoder) => inflate(decoder, ZlibDecoder::get_mut, input, out)?,
            State::Deflate(decoder) => inflate(decoder, DeflateDecoder::get_mut, input, out)?,
            State::Brotli(decoder) => decoder.step(input, out, room)?,
            State::Zstd(decoder) => decoder.step(input, out, room)?,
        };
        if step.ended {
            self.state = State::Over;
        }
        Ok(step.taken)
    }

    /// Collects the bytes that tell what it is.
    fn opening(&mut self, input: &[u8], out: &mut Vec<u8>, room: usize) -> io::Result<usize> {
        let State::Opening(head) = &mut self.state else { return Ok(0) };
        let wanted = magic_bytes(self.coding);
        let taken = input.len().min(wanted - head.len());
        head.extend_from_slice(&input[..taken]);
        if head.len() == wanted {
            let head = std::mem::take(head);
            self.state = open(self.coding, &head)?;
            self.replay(&head, out, room)?;
        }
        Ok(taken)
    }

    /// Looks whether another member follows.
    fn between_members(&mut self, input: &[u8], out: &mut Vec<u8>, room: usize) -> io::Result<usize> {
        let State::GzipBetween(head) = &mut self.state else { return Ok(0) };
        let taken = input.len().min(GZIP_MAGIC.len() - head.len());
        head.extend_from_slice(&input[..taken]);
        if !GZIP_MAGIC.starts_with(head) {
            self.state = State::Over;
        } else if head.len() == GZIP_MAGIC.len() {
            self.state = State::Gzip(GzDecoder::new(Vec::new()));
            self.replay(GZIP_MAGIC, out, room)?;
        }
        Ok(taken)
    }

    /// Gives bytes that were looked at to the decoder they turned out to be for.
    fn replay(&mut self, mut head: &[u8], out: &mut Vec<u8>, room: usize) -> io::Result<()> {
        while !head.is_empty() {
            let taken = self.step(head, out, room)?;
            head = &head[taken..];
        }
        Ok(())
    }

    /// Gets out what the decoder still holds; `out` is what `push` gave last.
    pub(crate) fn finish(&mut self, out: &mut Vec<u8>, allowed: u64) -> Option<Cut> {
        let before = out.len();
        let ended = match std::mem::replace(&mut self.state, State::Over) {
            State::Plain | State::GzipBetween(_) | State::Over => Ok(()),
            State::Opening(head) if head.is_empty() => Ok(()),
            // Too short to be anything coded.
            State::Opening(head) if !may_begin(self.coding, &head) => {
                out.extend_from_slice(&head);
                Ok(())
            }
            State::Gzip(mut decoder) => finish_with(&mut decoder, GzDecoder::try_finish, GzDecoder::get_mut, out),
            State::Zlib(mut decoder) => finish_with(&mut decoder, ZlibDecoder::try_finish, ZlibDecoder::get_mut, out),
            State::Deflate(mut decoder) => {
                finish_with(&mut decoder, DeflateDecoder::try_finish, DeflateDecoder::get_mut, out)
            }
            State::Zstd(decoder) if decoder.between_frames => Ok(()),
            State::Opening(_) | State::Brotli(_) | State::Zstd(_) => Err(io::ErrorKind::UnexpectedEof.into()),
        };
        self.produced += (out.len() - before) as u64;
        match ended {
            _ if self.produced > allowed => Some(Cut::Length),
            Ok(()) => None,
            Err(_) => Some(Cut::Broken),
        }
    }
}

/// How many bytes tell what it is.
fn magic_bytes(coding: Coding) -> usize {
    match coding {
        Coding::Brotli => 0,
        Coding::Gzip | Coding::Deflate => GZIP_MAGIC.len(),
        Coding::Zstd => ZSTD_MAGIC.len(),
    }
}

/// Whether bytes may be the beginning of a coded body.
fn may_begin(coding: Coding, head: &[u8]) -> bool {
    match coding {
        Coding::Brotli | Coding::Deflate => true,
        Coding::Gzip => GZIP_MAGIC.starts_with(head),
        Coding::Zstd => {
            let skippable = head[0] & 0xf0 == 0x50 && [0x2a, 0x4d, 0x18].starts_with(&head[1..]);
            skippable || ZSTD_MAGIC.starts_with(head)
        }
    }
}

/// The decoder for a body that begins with `head`. Servers that name a coding without applying it are common enough.
fn open(coding: Coding, head: &[u8]) -> io::Result<State> {
    Ok(match coding {
        _ if !head.is_empty() && !may_begin(coding, head) => State::Plain,
        Coding::Brotli => State::Brotli(Box::new(Brotli::new())),
        Coding::Gzip => State::Gzip(GzDecoder::new(Vec::new())),
        // RFC 1950: method 8, and a check of the first two bytes that raw DEFLATE passes by accident one time in 500.
        Coding::Deflate if head[0] & 0x0f == 8 && u16::from_be_bytes([head[0], head[1]]).is_multiple_of(31) => {
            State::Zlib(ZlibDecoder::new(Vec::new()))
        }
        Coding::Deflate => State::Deflate(DeflateDecoder::new(Vec::new())),
        Coding::Zstd => State::Zstd(Zstd::new()?),
    })
}

/// One step of a flate2 decoder; on failure what it still holds is got out first.
fn inflate<D: Write>(
    decoder: &mut D,
    inner: fn(&mut D) -> &mut Vec<u8>,
    input: &[u8],
    out: &mut Vec<u8>,
) -> io::Result<Step> {
    let written = decoder.write(input);
    if written.is_err() {
        let _ = decoder.flush();
    }
    out.append(inner(decoder));
    written.map(|taken| Step { taken, ended: taken == 0 })
}

fn finish_with<D: Write>(
    decoder: &mut D,
    finish: fn(&mut D) -> io::Result<()>,
    inner: fn(&mut D) -> &mut Vec<u8>,
    out: &mut Vec<u8>,
) -> io::Result<()> {
    let finished = finish(decoder);
    out.append(inner(decoder));
    finished
}

struct Brotli {
    state: BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>,
    scratch: Vec<u8>,
    total: usize,
}

impl Brotli {
    fn new() -> Self {
        let alloc = StandardAlloc::default;
        // Strict: the "large window" extension is no part of `br` and would let a few bytes ask for a gigabyte.
        Self { state: BrotliState::new_strict(alloc(), alloc(), alloc()), scratch: vec![0; OUTPUT_BYTES], total: 0 }
    }

    fn step(&mut self, input: &[u8], out: &mut Vec<u8>, room: usize) -> io::Result<Step> {
        let (mut left, mut taken, start) = (input.len(), 0, out.len());
        loop {
            let (mut space, mut written) = (self.scratch.len(), 0);
            let result = BrotliDecompressStream(
                &mut left,
                &mut taken,
                input,
                &mut space,
                &mut written,
                &mut self.scratch,
                &mut self.total,
                &mut self.state,
            );
            out.extend_from_slice(&self.scratch[..written]);
            match result {
                BrotliResult::NeedsMoreOutput if out.len() - start <= room => {}
                BrotliResult::NeedsMoreInput => return Ok(Step { taken: input.len(), ended: false }),
                // At its end, or past the room there is, which ends it too.
                BrotliResult::ResultSuccess | BrotliResult::NeedsMoreOutput => return Ok(Step { taken, ended: true }),
                BrotliResult::ResultFailure => return Err(io::ErrorKind::InvalidData.into()),
            }
        }
    }
}

struct Zstd {
    decoder: ZstdDecoder<'static>,
    scratch: Vec<u8>,
    /// A frame is complete and nothing of a next one has come.
    between_frames: bool,
}

impl Zstd {
    fn new() -> io::Result<Self> {
        let mut decoder = ZstdDecoder::new()?;
        decoder.set_parameter(DParameter::WindowLogMax(ZSTD_WINDOW_LOG_MAX))?;
        Ok(Self { decoder, scratch: vec![0; OUTPUT_BYTES], between_frames: false })
    }

    fn step(&mut self, input: &[u8], out: &mut Vec<u8>, room: usize) -> io::Result<Step> {
        let (mut taken, start) = (0, out.len());
        loop {
            let status = match self.decoder.run_on_buffers(&input[taken..], &mut self.scratch) {
                Ok(status) => status,
                // What follows a complete frame is no frame.
                Err(_) if self.between_frames => return Ok(Step { taken, ended: true }),
                Err(error) => return Err(error),
            };
            taken += status.bytes_read;
            out.extend_from_slice(&self.scratch[..status.bytes_written]);
            self.between_frames = status.remaining == 0;
            let drained = status.bytes_written < self.scratch.len() || self.between_frames;
            if out.len() - start > room || (taken == input.len() && drained) {
                return Ok(Step { taken, ended: false });
            }
        }
    }
}
