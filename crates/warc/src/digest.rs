//! Digests as WARC writes them, `algorithm:value`. New ones are SHA-256; values others wrote are understood in base 16, 32 and
//! 64. It does not know which bytes a digest is over: that is the record's business.

use sha1::Sha1;
use sha2::{Digest as _, Sha256};

/// The SHA-256 digest of some bytes as this crate writes it: `sha256:` and 64 lower-case hexadecimal digits.
///
/// The standard leaves algorithm and base open. Hexadecimal is what browsertrix and WACZ write, and both `warcio check` and
/// FastWARC verify it. They verify base 32 only with its padding (`====`), which no one expects inside a header value.
///
/// ```
/// assert_eq!(
///     chaffinch_warc::sha256(b"hello"),
///     "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
/// );
/// ```
pub fn sha256(bytes: &[u8]) -> String {
    let mut hasher = Hasher::new();
    hasher.update(bytes);
    hasher.finish()
}

/// [`sha256`] of bytes that come in pieces.
#[derive(Debug, Clone, Default)]
pub struct Hasher(Sha256);

impl Hasher {
    /// The digest of nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// `sha256:` and the hexadecimal digits.
    pub fn finish(self) -> String {
        let value = self.0.finalize();
        let mut out = String::with_capacity(7 + 64);
        out.push_str("sha256:");
        for byte in value {
            for digit in [byte >> 4, byte & 15] {
                out.push(char::from(b"0123456789abcdef"[usize::from(digit)]));
            }
        }
        out
    }
}

/// What comparing bytes with a digest showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The bytes are those the digest was made of.
    Matches,
    /// They are not.
    Differs,
    /// The digest is of another algorithm, or is no digest: nothing was compared.
    Unknown,
}

/// Compares bytes with a digest written by anyone: SHA-256 (`sha256:` or `sha-256:`) or SHA-1 in base 16, 32 or 64, either
/// alphabet of base 64, with or without padding. SHA-1 shows that bytes were damaged, not that nobody forged them.
pub fn verify(digest: &str, bytes: &[u8]) -> Verdict {
    let Some((algorithm, value)) = digest.split_once(':') else { return Verdict::Unknown };
    let value = value.trim_end_matches('=');
    let found = match algorithm.to_ascii_lowercase().as_str() {
        "sha256" | "sha-256" => digest_named(value, 32).map(|expected| expected == Sha256::digest(bytes).as_slice()),
        "sha1" | "sha-1" => digest_named(value, 20).map(|expected| expected == Sha1::digest(bytes).as_slice()),
        _ => None,
    };
    match found {
        Some(true) => Verdict::Matches,
        Some(false) => Verdict::Differs,
        None => Verdict::Unknown,
    }
}

/// The bytes of a digest, from whichever base its length fits.
fn digest_named(value: &str, length: usize) -> Option<Vec<u8>> {
    let digits = |bits: usize| (length * 8).div_ceil(bits);
    let decoded = match value.len() {
        n if n == digits(4) => decode(value, 4, hex_digit),
        n if n == digits(5) => decode(value, 5, base32_digit),
        n if n == digits(6) => decode(value, 6, base64_digit),
        _ => None,
    };
    decoded.filter(|bytes| bytes.len() == length)
}

/// Digits of `bits` bits each, most significant first; bits left over at the end are padding and dropped.
fn decode(value: &str, bits: u32, digit: fn(u8) -> Option<u8>) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(32);
    let (mut held, mut count) = (0u32, 0u32);
    for byte in value.bytes() {
        held = (held << bits) | u32::from(digit(byte)?);
        count += bits;
        if count >= 8 {
            count -= 8;
            out.push((held >> count) as u8);
            held &= (1 << count) - 1;
        }
    }
    Some(out)
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|d| d as u8)
}

fn base32_digit(byte: u8) -> Option<u8> {
    match byte.to_ascii_uppercase() {
        b @ b'A'..=b'Z' => Some(b - b'A'),
        b @ b'2'..=b'7' => Some(b - b'2' + 26),
        _ => None,
    }
}

fn base64_digit(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_verified_in_every_base() {
        for digest in [
            "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
            "sha-256:2CF24DBA5FB0A30E26E83B2AC5B9E29E1B161E5C1FA7425E73043362938B9824",
            "sha256:FTZE3OS7WCRQ4JXIHMVMLOPCTYNRMHS4D6TUEXTTAQZWFE4LTASA====",
            "sha256:ftze3os7wcrq4jxihmvmlopctynrmhs4d6tuexttaqzwfe4ltasa",
            "sha256:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=",
            "sha256:LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ",
            "sha1:VL2MMHO4YXUKFWV63YHTWSBM3GXKSQ2N",
            "SHA-1:aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d",
            "sha1:qvTGHdzF6KLavt4PO0gs2a6pQ00=",
        ] {
            assert_eq!(verify(digest, b"hello"), Verdict::Matches, "{digest}");
            assert_eq!(verify(digest, b"hellp"), Verdict::Differs, "{digest}");
        }
    }

    #[test]
    fn what_cannot_be_compared_is_unknown() {
        for digest in ["md5:5d41402abc4b2a76b9719d911017c592", "sha1:abc", "sha256:abc", "nonsense", ""] {
            assert_eq!(verify(digest, b"hello"), Verdict::Unknown, "{digest}");
        }
    }

    #[test]
    fn pieces_make_the_same_digest_as_the_whole() {
        let mut hasher = Hasher::new();
        hasher.update(b"hel");
        hasher.update(b"lo");
        assert_eq!(hasher.finish(), sha256(b"hello"));
    }
}
