//! The wrapping of a gzip member (RFC 1952): how long its header is, and whether its trailer agrees with what was inflated.

/// The first three bytes of a member: magic and the one method there is.
pub(crate) const MAGIC: [u8; 3] = [0x1F, 0x8B, 0x08];
/// The length of the trailer in bytes.
pub(crate) const TRAILER_BYTES: usize = 8;

const FHCRC: u8 = 1 << 1;
const FEXTRA: u8 = 1 << 2;
const FNAME: u8 = 1 << 3;
const FCOMMENT: u8 = 1 << 4;
const RESERVED: u8 = 0b1110_0000;

/// What the start of a member told.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum MemberHeader {
    /// The header takes this many bytes.
    Whole(usize),
    /// More bytes are needed to tell.
    Partial,
    /// This begins no member.
    Invalid,
}

/// Finds the end of a member's header.
pub(crate) fn member_header(bytes: &[u8]) -> MemberHeader {
    if !bytes.iter().zip(MAGIC).all(|(a, b)| *a == b) {
        return MemberHeader::Invalid;
    }
    let Some(&flags) = bytes.get(3) else { return MemberHeader::Partial };
    if flags & RESERVED != 0 {
        return MemberHeader::Invalid;
    }
    let mut at = 10;
    if flags & FEXTRA != 0 {
        let Some(length) = bytes.get(at..at + 2) else { return MemberHeader::Partial };
        at += 2 + usize::from(u16::from_le_bytes([length[0], length[1]]));
    }
    for text in [FNAME, FCOMMENT] {
        if flags & text != 0 {
            let end = bytes.get(at..).and_then(|rest| rest.iter().position(|&b| b == 0));
            let Some(end) = end else { return MemberHeader::Partial };
            at += end + 1;
        }
    }
    if flags & FHCRC != 0 {
        at += 2;
    }
    if bytes.len() < at { MemberHeader::Partial } else { MemberHeader::Whole(at) }
}

/// Whether the trailer names the checksum and the length, modulo 2^32, of what was inflated.
pub(crate) fn trailer_agrees(trailer: &[u8], crc: u32, length: u64) -> bool {
    let (sum, rest) = trailer.split_at(TRAILER_BYTES / 2);
    sum == crc.to_le_bytes() && rest == (length as u32).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_optional_part_is_passed_over() {
        let plain = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3];
        assert_eq!(member_header(&plain), MemberHeader::Whole(10));
        let mut full = vec![0x1F, 0x8B, 8, FHCRC | FEXTRA | FNAME | FCOMMENT, 0, 0, 0, 0, 0, 3];
        full.extend([2, 0, b's', b'l']);
        full.extend(b"name\0comment\0");
        full.extend([0xAA, 0xBB]);
        assert_eq!(member_header(&full), MemberHeader::Whole(full.len()));
        for end in 0..full.len() {
            assert_eq!(member_header(&full[..end]), MemberHeader::Partial, "{end}");
        }
    }

    #[test]
    fn what_begins_no_member_is_invalid() {
        for bytes in [&[0x1F, 0x8C][..], b"WARC/1.1", &[0x1F, 0x8B, 7], &[0x1F, 0x8B, 8, 0x20]] {
            assert_eq!(member_header(bytes), MemberHeader::Invalid);
        }
    }
}
