//! PURE: undoing content codings (RFC 9110, section 8.4) as bytes are pushed in: gzip (RFC 1952, concatenated members
//! included), deflate (RFC 1950, and the raw RFC 1951 that some servers send instead), br (RFC 7932), zstd (RFC 8878,
//! window by RFC 9659), several on top of one another too. Memory stays bounded whatever comes. It knows no connection.

use crate::fetch::limits::Limits;
use crate::fetch::stage::{SLICE_BYTES, Stage};

/// A content coding that can be undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// `br`
    Brotli,
    /// `deflate`
    Deflate,
    /// `gzip`, `x-gzip`
    Gzip,
    /// `zstd`
    Zstd,
}

/// No honest server stacks more codings than this.
const CODINGS_MAX: usize = 4;

/// The codings that `Content-Encoding` names, in the order they were applied; `None` where one is not known, because then
/// nothing can be undone and the body stays as it came.
pub fn codings<'a>(values: impl IntoIterator<Item = &'a str>) -> Option<Vec<Coding>> {
    let mut found = Vec::new();
    for word in values.into_iter().flat_map(|value| value.split(',')) {
        match word.trim().to_ascii_lowercase().as_str() {
            "" | "identity" => {}
            "br" => found.push(Coding::Brotli),
            "deflate" => found.push(Coding::Deflate),
            "gzip" | "x-gzip" => found.push(Coding::Gzip),
            "zstd" => found.push(Coding::Zstd),
            _ => return None,
        }
    }
    (found.len() <= CODINGS_MAX).then_some(found)
}

/// Why decoding stops before the end. What came out until then is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// The decoded body is longer than the limit, or out of proportion to what came over the wire.
    Length,
    /// The coding is broken, or ends early.
    Broken,
}

/// Takes coded bytes as they come and gives decoded ones.
pub struct Decoder {
    stages: Vec<Stage>,
    limits: Limits,
    wire_bytes: u64,
    out: Vec<u8>,
}

impl Decoder {
    /// A decoder for codings in the order they were applied; without any it copies.
    pub fn new(codings: &[Coding], limits: Limits) -> Self {
        let stages = codings.iter().rev().map(|&coding| Stage::new(coding)).collect();
        Self { stages, limits, wire_bytes: 0, out: Vec::new() }
    }

    /// Takes the next bytes. After a `Cut` nothing more should be pushed.
    pub fn push(&mut self, input: &[u8]) -> Result<(), Cut> {
        for slice in input.chunks(SLICE_BYTES) {
            self.wire_bytes += slice.len() as u64;
            let allowed = self.limits.decoded_allowed(self.wire_bytes);
            let mut data = slice.to_vec();
            let mut cut = None;
            for stage in &mut self.stages {
                let (next, stopped) = stage.push(&data, allowed);
                data = next;
                cut = cut.or(stopped);
            }
            self.keep(data, allowed)?;
            if let Some(cut) = cut {
                return Err(cut);
            }
        }
        Ok(())
    }

    /// Says that no more will come, which is `Broken` where a coding has not come to its end.
    pub fn finish(&mut self) -> Result<(), Cut> {
        let allowed = self.limits.decoded_allowed(self.wire_bytes);
        let mut data = Vec::new();
        let mut cut = None;
        for stage in &mut self.stages {
            let (mut out, stopped) = stage.push(&data, allowed);
            let ended = stage.finish(&mut out, allowed);
            data = out;
            cut = cut.or(stopped).or(ended);
        }
        self.keep(data, allowed)?;
        cut.map_or(Ok(()), Err)
    }

    /// What has come out so far.
    pub fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    fn keep(&mut self, mut data: Vec<u8>, allowed: u64) -> Result<(), Cut> {
        let room = allowed.saturating_sub(self.out.len() as u64) as usize;
        let too_long = data.len() > room;
        data.truncate(room);
        if self.out.is_empty() {
            self.out = data
        } else {
            self.out.extend_from_slice(&data)
        }
        if too_long { Err(Cut::Length) } else { Ok(()) }
    }
}
