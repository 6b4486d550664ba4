//! Gzip members that fit a buffer, inflated and deflated whole, which takes half the time a stream of them takes. Longer ones are
//! a stream's business; it does not know what stands in a member.

use std::ptr::{self, NonNull};

use libdeflate_sys::{
    libdeflate_alloc_decompressor, libdeflate_decompressor, libdeflate_free_decompressor,
    libdeflate_gzip_decompress_ex, libdeflate_result_LIBDEFLATE_SUCCESS,
};
use libdeflater::{CompressionLvl, Compressor};

/// What a member may take that is inflated whole, in bytes. It is less than what a source remembers, so that it can be gone back to.
pub(crate) const PACKED_BYTES_MAX: usize = 128 << 10;
/// What it may take once inflated, in bytes.
pub(crate) const UNPACKED_BYTES_MAX: usize = 1 << 20;

/// Inflates whole members.
pub(crate) struct Inflater(NonNull<libdeflate_decompressor>);

// SAFETY: libdeflate keeps no state of threads: a decompressor is a piece of memory that whoever has it may use, one at a time,
// which `&mut self` sees to.
#[allow(unsafe_code)]
unsafe impl Send for Inflater {}

impl Inflater {
    /// `None` where there is no memory.
    #[allow(unsafe_code)]
    pub(crate) fn new() -> Option<Self> {
        // SAFETY: the function takes nothing and gives null or a decompressor, which is freed once, on drop.
        NonNull::new(unsafe { libdeflate_alloc_decompressor() }).map(Self)
    }

    /// Inflates the member at the front of `packed` into `out`, checksum and length compared: how many bytes it took of the one
    /// and of the other. `None` where the member is not sound, not whole, or does not fit.
    #[allow(unsafe_code)]
    pub(crate) fn inflate(&mut self, packed: &[u8], out: &mut [u8]) -> Option<(usize, usize)> {
        let (mut taken, mut made) = (0, 0);
        // SAFETY: both buffers are live and stand beside their own lengths; libdeflate reads and writes within these, whatever
        // the bytes are, and sets both counts before it reports success.
        let result = unsafe {
            libdeflate_gzip_decompress_ex(
                self.0.as_ptr(),
                packed.as_ptr().cast(),
                packed.len(),
                out.as_mut_ptr().cast(),
                out.len(),
                ptr::from_mut(&mut taken),
                ptr::from_mut(&mut made),
            )
        };
        (result == libdeflate_result_LIBDEFLATE_SUCCESS).then_some((taken, made))
    }
}

impl Drop for Inflater {
    #[allow(unsafe_code)]
    fn drop(&mut self) {
        // SAFETY: the pointer came from `libdeflate_alloc_decompressor`, and nobody uses it after.
        unsafe { libdeflate_free_decompressor(self.0.as_ptr()) }
    }
}

/// The highest level that is used. It writes less than zlib's ninth does; libdeflate's own ninth takes a tenth longer for the
/// twenty-five hundredth part of the bytes.
const LEVEL_MAX: u32 = 8;

/// A compressor for members, at a level as zlib counts them, 0 to 9; `None` at 0, where nothing is compressed.
pub(crate) fn deflater(level: u32) -> Option<Compressor> {
    CompressionLvl::new(level.min(LEVEL_MAX).cast_signed()).ok().map(Compressor::new)
}

/// The bytes as one member. `None` only where the bound that was reserved for it did not hold.
pub(crate) fn deflate(deflater: &mut Compressor, bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = vec![0; deflater.gzip_compress_bound(bytes.len())];
    let length = deflater.gzip_compress(bytes, &mut out).ok()?;
    out.truncate(length);
    out.shrink_to_fit();
    Some(out)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn member(bytes: &[u8]) -> Vec<u8> {
        deflate(&mut deflater(9).unwrap(), bytes).unwrap()
    }

    #[test]
    fn a_member_is_inflated_and_what_stands_behind_it_is_left() {
        let text = b"WARC/1.1 and so on. ".repeat(1000);
        let packed = member(&text);
        let file = [&packed[..], b"another"].concat();
        let mut out = vec![0; 1 << 16];
        assert_eq!(Inflater::new().unwrap().inflate(&file, &mut out), Some((packed.len(), text.len())));
        assert_eq!(out[..text.len()], text);
    }

    #[test]
    fn what_is_cut_damaged_or_too_long_is_left_to_others() {
        let text = b"WARC/1.1 and so on. ".repeat(50);
        let packed = member(&text);
        let mut inflater = Inflater::new().unwrap();
        let mut out = vec![0; text.len()];
        for end in 0..packed.len() {
            assert_eq!(inflater.inflate(&packed[..end], &mut out), None, "cut at {end}");
        }
        let mut damaged = packed.clone();
        for at in [0, 12, packed.len() - 8, packed.len() - 1] {
            damaged[at] ^= 0x10;
            assert_eq!(inflater.inflate(&damaged, &mut out), None, "flipped at {at}");
            damaged[at] ^= 0x10;
        }
        assert_eq!(inflater.inflate(&packed, &mut out[1..]), None);
        assert_eq!(inflater.inflate(&packed, &mut out), Some((packed.len(), text.len())));
    }
}
