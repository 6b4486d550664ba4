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
        self.out.append(&mut data);
        if too_long { Err(Cut::Length) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
    use proptest::prelude::*;

    use super::*;

    const WIDE: Limits = Limits {
        wire_bytes_max: u64::MAX,
        decoded_bytes_max: 1 << 20,
        ratio_max: 2000,
        ratio_free_bytes: 1 << 20,
        connect_ms_max: 0,
        first_byte_ms_max: 0,
        total_ms_max: 0,
        bytes_per_second_min: 0,
        throughput_window_ms: 0,
        header_count_max: 0,
        header_bytes_max: 0,
    };

    fn gzip(data: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    fn zlib(data: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    fn raw_deflate(data: &[u8]) -> Vec<u8> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    fn brotli(data: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut encoder = ::brotli::CompressorWriter::new(&mut out, 4096, 4, 20);
        encoder.write_all(data).unwrap();
        drop(encoder);
        out
    }

    fn zstd(data: &[u8]) -> Vec<u8> {
        ::zstd::encode_all(data, 3).unwrap()
    }

    type Encoder = fn(&[u8]) -> Vec<u8>;

    /// Every coding with every encoder for it.
    fn encoders() -> [(Coding, Encoder); 5] {
        [
            (Coding::Gzip, gzip),
            (Coding::Deflate, zlib),
            (Coding::Deflate, raw_deflate),
            (Coding::Brotli, brotli),
            (Coding::Zstd, zstd),
        ]
    }

    /// Decodes `coded` cut into pieces of the given lengths, over and over.
    fn decode(codings: &[Coding], coded: &[u8], pieces: &[usize], limits: Limits) -> (Vec<u8>, Result<(), Cut>) {
        let mut decoder = Decoder::new(codings, limits);
        let mut pieces = pieces.iter().copied().cycle();
        let mut rest = coded;
        let mut pushed = Ok(());
        while !rest.is_empty() && pushed.is_ok() {
            let (piece, after) = rest.split_at(pieces.next().unwrap_or(rest.len()).min(rest.len()));
            pushed = decoder.push(piece);
            rest = after;
        }
        let ended = pushed.and(decoder.finish());
        (decoder.into_bytes(), ended)
    }

    /// Text that compresses, unlike random bytes alone, and is longer than several of zstd's blocks of 128 KiB.
    fn page() -> Vec<u8> {
        (0..30_000).flat_map(|n| format!("<p>{n} times {}</p>\n", n * n % 977).into_bytes()).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_was_coded_comes_back_however_it_is_cut(
            data in prop_oneof![
                prop::collection::vec(any::<u8>(), 0..3000),
                prop::collection::vec(0u8..3, 0..100_000),
            ],
            pieces in prop::collection::vec(1usize..5000, 1..8),
        ) {
            for (coding, encode) in encoders() {
                let (decoded, ended) = decode(&[coding], &encode(&data), &pieces, WIDE);
                prop_assert_eq!(ended, Ok(()), "{:?}", coding);
                prop_assert!(decoded == data, "{:?}", coding);
            }
        }

        #[test]
        fn noise_never_panics_nor_passes_the_limit(
            mut noise in prop::collection::vec(any::<u8>(), 0..400),
            genuine_start: bool,
            pieces in prop::collection::vec(1usize..100, 1..4),
        ) {
            for (coding, encode) in encoders() {
                if genuine_start {
                    let start = encode(b"<html><body>it begins well and then goes wrong");
                    noise.splice(..0, start[..start.len() * 2 / 3].iter().copied());
                }
                let limits = Limits { decoded_bytes_max: 5000, ..WIDE };
                let (decoded, _) = decode(&[coding], &noise, &pieces, limits);
                prop_assert!(decoded.len() <= 5000);
            }
        }
    }

    #[test]
    fn a_body_that_breaks_off_gives_its_beginning() {
        let data = page();
        for (coding, encode) in encoders() {
            let coded = encode(&data);
            for sixteenths in 1..16 {
                let (decoded, ended) = decode(&[coding], &coded[..coded.len() * sixteenths / 16], &[700], WIDE);
                assert_eq!(ended, Err(Cut::Broken), "{coding:?}");
                assert!(data.starts_with(&decoded), "{coding:?}");
                // A decoder may hold back a block, but no more.
                let least = (data.len() * sixteenths / 16).saturating_sub(400_000);
                assert!(decoded.len() >= least, "{coding:?}: {sixteenths}/16 gave {}", decoded.len());
            }
        }
    }

    #[test]
    fn the_header_is_read_as_servers_write_it() {
        assert_eq!(codings(["gzip"]), Some(vec![Coding::Gzip]));
        assert_eq!(codings(["X-GZip"]), Some(vec![Coding::Gzip]));
        assert_eq!(codings(["deflate, br", "zstd"]), Some(vec![Coding::Deflate, Coding::Brotli, Coding::Zstd]));
        assert_eq!(codings(["identity", ""]), Some(vec![]));
        assert_eq!(codings(["gzip, compress"]), None);
        assert_eq!(codings(["gzip,gzip,gzip,gzip,gzip"]), None);
    }

    #[test]
    fn a_bomb_is_cut_at_the_limit() {
        let bomb = vec![0; 64 << 20];
        let limits = Limits { decoded_bytes_max: 100_000, ..WIDE };
        for (coding, encode) in encoders() {
            let (decoded, ended) = decode(&[coding], &encode(&bomb), &[10_000], limits);
            assert_eq!((decoded.len(), ended), (100_000, Err(Cut::Length)), "{coding:?}");
        }
    }

    #[test]
    fn a_bomb_in_a_bomb_is_cut_at_the_limit() {
        let bomb = gzip(&gzip(&vec![0; 64 << 20]));
        let limits = Limits { decoded_bytes_max: 100_000, ..WIDE };
        let (decoded, ended) = decode(&[Coding::Gzip, Coding::Gzip], &bomb, &[], limits);
        assert_eq!((decoded.len(), ended), (100_000, Err(Cut::Length)));
    }

    #[test]
    fn a_body_out_of_proportion_is_cut_before_the_limit_on_its_length() {
        let limits = Limits { decoded_bytes_max: 64 << 20, ratio_max: 10, ratio_free_bytes: 2000, ..WIDE };
        let coded = gzip(&vec![0; 10 << 20]);
        let (decoded, ended) = decode(&[Coding::Gzip], &coded, &[512], limits);
        assert_eq!(ended, Err(Cut::Length));
        assert!(decoded.len() <= coded.len() * 10, "{} of {}", decoded.len(), coded.len());
    }

    #[test]
    fn a_body_as_long_as_the_limit_is_whole() {
        let data = page();
        let limits = Limits { decoded_bytes_max: data.len() as u64, ..WIDE };
        for (coding, encode) in encoders() {
            assert_eq!(decode(&[coding], &encode(&data), &[999], limits), (data.clone(), Ok(())), "{coding:?}");
        }
    }

    #[test]
    fn concatenated_members_and_frames_are_one_body() {
        for (coding, encode) in [(Coding::Gzip, gzip as Encoder), (Coding::Zstd, zstd)] {
            let coded = [encode(b"one "), encode(b""), encode(b"two")].concat();
            for piece in [1, 2, 3, 7, 1000] {
                let decoded = decode(&[coding], &coded, &[piece], WIDE);
                assert_eq!(decoded, (b"one two".to_vec(), Ok(())), "{coding:?} in pieces of {piece}");
            }
        }
    }

    #[test]
    fn a_member_with_every_header_field_is_read() {
        let mut encoder = flate2::GzBuilder::new()
            .filename("page.html")
            .comment("a comment")
            .extra(vec![7; 300])
            .mtime(1)
            .write(Vec::new(), Compression::fast());
        encoder.write_all(b"the page").unwrap();
        let coded = encoder.finish().unwrap();
        for piece in [1, 2, 5, 10, 11, 1000] {
            let decoded = decode(&[Coding::Gzip], &coded, &[piece], WIDE);
            assert_eq!(decoded, (b"the page".to_vec(), Ok(())), "in pieces of {piece}");
        }
    }

    #[test]
    fn what_follows_the_end_is_dropped() {
        for (coding, encode) in encoders() {
            let coded = [encode(b"the page"), b"\0\0\0\0 and padding".to_vec()].concat();
            assert_eq!(decode(&[coding], &coded, &[], WIDE), (b"the page".to_vec(), Ok(())), "{coding:?}");
        }
    }

    #[test]
    fn stacked_codings_are_undone_in_reverse_order() {
        let data = page();
        let coded = brotli(&gzip(&zlib(&data)));
        let codings = [Coding::Deflate, Coding::Gzip, Coding::Brotli];
        assert_eq!(decode(&codings, &coded, &[333], WIDE), (data, Ok(())));
    }

    #[test]
    fn a_plain_body_under_a_coded_name_is_kept_as_it_is() {
        for coding in [Coding::Gzip, Coding::Zstd] {
            for text in ["<html>not coded at all</html>", "<p", "x"] {
                let decoded = decode(&[coding], text.as_bytes(), &[1], WIDE);
                assert_eq!(decoded, (text.as_bytes().to_vec(), Ok(())), "{coding:?}");
            }
        }
    }

    #[test]
    fn a_wrong_checksum_is_told() {
        let mut coded = gzip(b"the page");
        let crc = coded.len() - 8;
        coded[crc] ^= 1;
        assert_eq!(decode(&[Coding::Gzip], &coded, &[], WIDE), (b"the page".to_vec(), Err(Cut::Broken)));
    }

    #[test]
    fn an_empty_body_is_whole_whatever_its_coding() {
        for (coding, _) in encoders() {
            assert_eq!(decode(&[coding], b"", &[], WIDE), (Vec::new(), Ok(())), "{coding:?}");
        }
    }

    #[test]
    fn windows_beyond_what_the_web_allows_are_refused() {
        let mut encoder = ::zstd::Encoder::new(Vec::new(), 1).unwrap();
        encoder.window_log(27).unwrap();
        encoder.include_contentsize(false).unwrap();
        encoder.write_all(&page()).unwrap();
        let wide_zstd = encoder.finish().unwrap();
        assert_eq!(decode(&[Coding::Zstd], &wide_zstd, &[], WIDE).1, Err(Cut::Broken));
        let mut wide_brotli = Vec::new();
        let params =
            ::brotli::enc::BrotliEncoderParams { quality: 4, lgwin: 30, large_window: true, ..Default::default() };
        ::brotli::BrotliCompress(&mut page().as_slice(), &mut wide_brotli, &params).unwrap();
        assert_eq!(decode(&[Coding::Brotli], &wide_brotli, &[], WIDE), (Vec::new(), Err(Cut::Broken)));
    }
}
