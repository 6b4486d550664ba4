//! The bytes of a file as they lie there: read ahead, counted, and remembered for a while, so that a search for the next record
//! can go back behind damage without a seek. It does not know what the bytes mean.

use std::io::{self, Read};

/// How many bytes behind the position are remembered.
pub(crate) const LOOK_BACK_BYTES: usize = 256 * 1024;
/// How many bytes are read at a time, at least.
const CHUNK_BYTES: usize = 64 * 1024;

/// A reader with a position, a look-ahead and a look-back.
pub(crate) struct Source<R> {
    inner: R,
    buffer: Vec<u8>,
    /// The position in `buffer` of the next byte.
    at: usize,
    /// How many bytes of `buffer` are filled.
    filled: usize,
    /// The offset in the file of the first byte of `buffer`.
    base: u64,
}

impl<R> Source<R> {
    pub(crate) fn new(inner: R) -> Self {
        Self { inner, buffer: Vec::new(), at: 0, filled: 0, base: 0 }
    }

    /// The offset in the file of the next byte.
    pub(crate) fn position(&self) -> u64 {
        self.base + self.at as u64
    }

    /// What has been read ahead.
    pub(crate) fn ahead(&self) -> &[u8] {
        &self.buffer[self.at..self.filled]
    }

    /// Passes over bytes that were read ahead.
    pub(crate) fn consume(&mut self, count: usize) {
        self.at = (self.at + count).min(self.filled);
    }

    /// Goes back to an offset, or as near to it as is remembered; never forward.
    pub(crate) fn rewind(&mut self, offset: u64) {
        let at = offset.saturating_sub(self.base) as usize;
        self.at = self.at.min(at);
    }
}

impl<R: Read> Source<R> {
    /// Reads ahead until `count` bytes are there or the file ends, and gives all that is there.
    pub(crate) fn peek(&mut self, count: usize) -> io::Result<&[u8]> {
        while self.filled - self.at < count && self.read_more()? {}
        Ok(self.ahead())
    }

    /// Reads once; false at the end of the file.
    fn read_more(&mut self) -> io::Result<bool> {
        if self.at >= LOOK_BACK_BYTES * 2 {
            let forget = self.at - LOOK_BACK_BYTES;
            self.buffer.copy_within(forget..self.filled, 0);
            self.at -= forget;
            self.filled -= forget;
            self.base += forget as u64;
        }
        if self.buffer.len() < self.filled + CHUNK_BYTES {
            self.buffer.resize(self.filled + CHUNK_BYTES, 0);
        }
        loop {
            match self.inner.read(&mut self.buffer[self.filled..]) {
                Ok(count) => {
                    self.filled += count;
                    return Ok(count > 0);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn positions_hold_over_a_long_file_and_memory_stays_bounded() {
        let bytes: Vec<u8> = (0..3_000_000u32).map(|n| (n % 251) as u8).collect();
        let mut source = Source::new(&bytes[..]);
        while !source.peek(1000).unwrap().is_empty() {
            let at = source.position() as usize;
            assert_eq!(source.ahead()[0], bytes[at]);
            let step = source.ahead().len().min(70_000);
            source.consume(step);
        }
        assert_eq!(source.position(), 3_000_000);
        assert!(source.buffer.len() < LOOK_BACK_BYTES * 2 + CHUNK_BYTES * 4, "{}", source.buffer.len());
    }

    #[test]
    fn going_back_reaches_as_far_as_is_remembered_and_never_forward() {
        let bytes = vec![7u8; 2_000_000];
        let mut source = Source::new(&bytes[..]);
        for _ in 0..20 {
            let step = source.peek(50_000).unwrap().len().min(50_000);
            source.consume(step);
        }
        assert_eq!(source.position(), 1_000_000);
        source.rewind(1_500_000);
        assert_eq!(source.position(), 1_000_000);
        source.rewind(900_000);
        assert_eq!(source.position(), 900_000);
        source.rewind(0);
        assert!(source.position() <= 900_000 && source.position() >= 400_000, "{}", source.position());
    }
}
