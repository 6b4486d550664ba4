//! PURE: the parity file beside a segment. It lets a segment be made whole again, byte for byte, where up to a sixteenth of it is
//! lost, and always where any 4 KiB are: a dictionary hangs together with all the records written against it. It takes bytes and
//! gives bytes; docs/format.md describes the file.

use sha2::{Digest, Sha256};

use crate::store::reed_solomon;

/// What the file begins and ends with.
const MAGIC: [u8; 8] = *b"CHFPAR1\n";
/// Magic, length, shard size, and the beginning of their digest.
const HEAD_BYTES: usize = 8 + 8 + 4 + CHECK_BYTES;
/// How much of a SHA-256 stands for a shard.
const CHECK_BYTES: usize = 8;
/// The smallest shard, in bytes.
const SHARD_BYTES_MIN: usize = 512;
/// The largest shard, in bytes.
const SHARD_BYTES_MAX: usize = 4096;
/// How many shards a file is cut into, if their size allows.
const SHARDS_WANTED: usize = 64;
/// Data shards of one group, at most.
const GROUP_SHARDS_MAX: usize = 224;
/// A parity shard for so many data shards.
const DATA_A_PARITY: usize = 16;
/// What may be lost in one piece of every file, however small.
const LOSS_BYTES: usize = 4096;

/// Longer files than this are not protected.
const LENGTH_MAX: usize = 1 << 40;

/// How a file is cut. Shard `n` belongs to group `n % groups`, so that a long hole is shared among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Layout {
    length: usize,
    size: usize,
    shards: usize,
    groups: usize,
    /// Parity shards of each group.
    parity: usize,
}

impl Layout {
    fn of(length: usize) -> Self {
        let size = (length / SHARDS_WANTED).next_power_of_two().clamp(SHARD_BYTES_MIN, SHARD_BYTES_MAX);
        Self::with(length, size)
    }

    fn with(length: usize, size: usize) -> Self {
        let shards = length.div_ceil(size).max(1);
        let groups = shards.div_ceil(GROUP_SHARDS_MAX);
        let by_share = shards.div_ceil(groups).div_ceil(DATA_A_PARITY);
        let by_hole = (LOSS_BYTES.div_ceil(size) + 1).div_ceil(groups);
        Self { length, size, shards, groups, parity: by_share.max(by_hole) }
    }

    fn head(self) -> Vec<u8> {
        let mut head = MAGIC.to_vec();
        head.extend((self.length as u64).to_le_bytes());
        head.extend((self.size as u32).to_le_bytes());
        head.extend(digest(&head));
        head
    }

    /// Reads a head that is whole.
    fn read(head: &[u8]) -> Option<Self> {
        let (fields, check) = head.split_at_checked(HEAD_BYTES - CHECK_BYTES)?;
        let length = u64::from_le_bytes(fields.get(8..16)?.try_into().ok()?);
        let size = u32::from_le_bytes(fields.get(16..20)?.try_into().ok()?);
        let (length, size) = (usize::try_from(length).ok()?, usize::try_from(size).ok()?);
        let possible = length <= LENGTH_MAX && (SHARD_BYTES_MIN..=SHARD_BYTES_MAX).contains(&size);
        (fields.starts_with(&MAGIC) && check == digest(fields) && possible).then(|| Self::with(length, size))
    }

    /// How long the parity file is.
    fn file_length(self) -> usize {
        let parity = self.groups * self.parity;
        2 * HEAD_BYTES + (self.shards + parity) * CHECK_BYTES + parity * self.size
    }

    /// The data shards of a group.
    fn members(self, group: usize) -> impl Iterator<Item = usize> {
        (group..self.shards).step_by(self.groups)
    }
}

/// A parity file that was read.
struct Parity<'a> {
    layout: Layout,
    checks: Vec<&'a [u8]>,
    shards: Vec<&'a [u8]>,
}

impl<'a> Parity<'a> {
    fn read(file: &'a [u8]) -> Option<Self> {
        let at_end = file.len().checked_sub(HEAD_BYTES).and_then(|at| Layout::read(&file[at..]));
        let layout = Layout::read(file.get(..HEAD_BYTES)?).or(at_end)?;
        if layout.file_length() != file.len() {
            return None;
        }
        let count = layout.shards + layout.groups * layout.parity;
        let (checks, rest) = file[HEAD_BYTES..file.len() - HEAD_BYTES].split_at(count * CHECK_BYTES);
        Some(Self { layout, checks: checks.chunks(CHECK_BYTES).collect(), shards: rest.chunks(layout.size).collect() })
    }

    fn data_is_sound(&self, n: usize, shard: &[u8]) -> bool {
        self.checks[n] == digest(shard)
    }

    /// A parity shard, if it is what it was.
    fn parity(&self, group: usize, n: usize) -> Option<Vec<u8>> {
        let at = group * self.layout.parity + n;
        let shard = self.shards[at];
        (self.checks[self.layout.shards + at] == digest(shard)).then(|| shard.to_vec())
    }
}

/// The parity file for some bytes.
pub fn protect(bytes: &[u8]) -> Vec<u8> {
    let layout = Layout::of(bytes.len());
    let data: Vec<&[u8]> = (0..layout.shards).map(|n| shard(bytes, layout, n)).collect();
    let mut parity: Vec<Vec<u8>> = Vec::new();
    for group in 0..layout.groups {
        let members: Vec<&[u8]> = layout.members(group).map(|n| data[n]).collect();
        let mut shards = reed_solomon::parity(&members, layout.parity);
        for shard in &mut shards {
            shard.resize(layout.size, 0);
        }
        parity.append(&mut shards);
    }
    let mut file = layout.head();
    file.extend(data.iter().flat_map(|shard| digest(shard)));
    file.extend(parity.iter().flat_map(|shard| digest(shard)));
    file.extend(parity.concat());
    file.extend(layout.head());
    file
}

/// What is wrong with a parity file of some bytes that are sound; `None` where nothing is.
pub fn fault(file: &[u8], bytes: &[u8]) -> Option<&'static str> {
    let Some(parity) = Parity::read(file) else { return Some("it cannot be read") };
    let layout = parity.layout;
    if layout.length != bytes.len() || file[..HEAD_BYTES] != file[file.len() - HEAD_BYTES..] {
        return Some("it belongs to another file, or is damaged at one of its ends");
    }
    let data = (0..layout.shards).all(|n| parity.data_is_sound(n, shard(bytes, layout, n)));
    let shards = (0..layout.groups).all(|group| (0..layout.parity).all(|n| parity.parity(group, n).is_some()));
    (!data || !shards).then_some("it is damaged")
}

/// Makes damaged bytes whole again; `None` where too much is lost, or the parity file itself is. Compare the result with the digest
/// that the ledger names.
pub fn restore(file: &[u8], damaged: &[u8]) -> Option<Vec<u8>> {
    let parity = Parity::read(file)?;
    let layout = parity.layout;
    let mut bytes = damaged.to_vec();
    bytes.resize(layout.length, 0);
    for group in 0..layout.groups {
        let members: Vec<usize> = layout.members(group).collect();
        let sound = |n: usize| {
            let data = shard(&bytes, layout, n);
            parity.data_is_sound(n, data).then(|| padded(data, layout.size))
        };
        let mut data: Vec<Option<Vec<u8>>> = members.iter().map(|n| sound(*n)).collect();
        let shards: Vec<Option<Vec<u8>>> = (0..layout.parity).map(|n| parity.parity(group, n)).collect();
        let lost: Vec<usize> = (0..data.len()).filter(|n| data[*n].is_none()).collect();
        if !reed_solomon::restore(&mut data, &shards) {
            return None;
        }
        for n in lost {
            let begin = members[n] * layout.size;
            let end = (begin + layout.size).min(layout.length);
            bytes[begin..end].copy_from_slice(&data[n].as_ref()?[..end - begin]);
        }
    }
    Some(bytes)
}

fn shard(bytes: &[u8], layout: Layout, n: usize) -> &[u8] {
    let begin = (n * layout.size).min(bytes.len());
    &bytes[begin..(begin + layout.size).min(bytes.len())]
}

fn padded(shard: &[u8], size: usize) -> Vec<u8> {
    let mut shard = shard.to_vec();
    shard.resize(size, 0);
    shard
}

fn digest(bytes: &[u8]) -> [u8; CHECK_BYTES] {
    let mut check = [0; CHECK_BYTES];
    check.copy_from_slice(&Sha256::digest(bytes)[..CHECK_BYTES]);
    check
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn file(length: usize) -> Vec<u8> {
        (0..length).map(|n| (n as u32).wrapping_mul(2_654_435_761).to_be_bytes()[1]).collect()
    }

    #[test]
    fn it_costs_a_sixteenth_of_a_large_file() {
        for (length, most) in [(300_000, 0.09), (600_000, 0.072), (1_500_000, 0.07), (9_000_000, 0.068)] {
            let share = protect(&file(length)).len() as f64 / length as f64;
            assert!(share < most, "{share} of {length}");
        }
        assert!(protect(b"short").len() < 6000);
        assert!(protect(b"").len() < 6000);
    }

    #[test]
    fn any_4_kib_may_be_lost() {
        for length in [1, 511, 5000, 70_000, 400_000, 1_000_000] {
            let bytes = file(length);
            let parity = protect(&bytes);
            assert_eq!(fault(&parity, &bytes), None);
            for start in (0..length).step_by(997.max(length / 50)) {
                let mut holed = bytes.clone();
                holed[start..length.min(start + LOSS_BYTES)].fill(0xAA);
                assert_eq!(restore(&parity, &holed).as_ref(), Some(&bytes), "hole at {start} of {length}");
            }
        }
    }

    #[test]
    fn a_sixteenth_may_be_lost_in_one_piece() {
        for length in [400_000, 3_000_000] {
            let bytes = file(length);
            let parity = protect(&bytes);
            let mut holed = bytes.clone();
            holed[length / 3..length / 3 + length / 17].fill(0);
            assert_eq!(restore(&parity, &holed).unwrap(), bytes);
            holed[length / 3..length / 3 + length / 10].fill(0);
            assert_eq!(restore(&parity, &holed), None);
        }
    }

    #[test]
    fn a_file_that_was_cut_is_completed() {
        let bytes = file(200_000);
        let parity = protect(&bytes);
        assert_eq!(restore(&parity, &bytes[..195_000]).unwrap(), bytes);
        assert_eq!(restore(&parity, &[&bytes[..], b"more"].concat()).unwrap(), bytes);
    }

    #[test]
    fn what_is_no_parity_file_is_no_danger() {
        let bytes = file(5000);
        for other in [&b""[..], b"CHFPAR1\n", &[0xFF; 6000], &protect(&file(9000))] {
            assert!(fault(other, &bytes).is_some());
            let _ = restore(other, &bytes);
        }
        let mut vast = MAGIC.to_vec();
        vast.extend(u64::MAX.to_le_bytes());
        vast.extend(512_u32.to_le_bytes());
        vast.extend(digest(&vast));
        vast.extend(vast.clone());
        assert_eq!(restore(&vast, &bytes), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn every_flipped_bit_is_noticed_and_undone(at in any::<usize>(), bit in 0_u8..8, length in 1_usize..90_000) {
            let bytes = file(length);
            let parity = protect(&bytes);
            let mut flipped = bytes.clone();
            flipped[at % length] ^= 1 << bit;
            prop_assert!(fault(&parity, &flipped).is_some());
            prop_assert!(restore(&parity, &flipped) == Some(bytes.clone()));
            let mut ill = parity.clone();
            ill[at % parity.len()] ^= 1 << bit;
            prop_assert!(fault(&ill, &bytes).is_some());
            prop_assert!(restore(&ill, &bytes) == Some(bytes), "an ill parity file does no harm");
        }

        #[test]
        fn scattered_flips_are_undone(seed in any::<u64>()) {
            let bytes = file(500_000);
            let parity = protect(&bytes);
            let mut flipped = bytes.clone();
            for n in 0..8_u64 {
                let at = seed.rotate_left(n as u32 * 7).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
                flipped[at as usize % bytes.len()] ^= 1;
            }
            prop_assert_eq!(restore(&parity, &flipped).unwrap(), bytes);
        }
    }
}
