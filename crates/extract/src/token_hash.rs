//! Words of texts and of names (classes, ids, addresses) as hashes, and the buckets they are filed under. It knows no word: a
//! weight is a number under a hash.

use std::ops::Range;

use crate::blocks;
use crate::letters;

/// Bits of a bucket's number.
const BITS: u32 = 18;
/// How many buckets there are.
pub(crate) const BUCKETS: usize = 1 << BITS;

/// So many words of a block are read.
pub(crate) const WORDS_MAX: usize = 20;
/// A text of so few words is also a token as a whole.
pub(crate) const WHOLE_MAX: usize = 5;
/// So many bytes of a text, in case it has no words.
const TEXT_BYTES_MAX: usize = 600;
/// So many tokens of an attribute: a utility-first theme lists a hundred classes that say nothing.
const NAMES_MAX: usize = 8;
/// So many bytes of an attribute.
const ATTRIBUTE_BYTES_MAX: usize = 160;

/// What a token is: the same word means another thing in another place.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Name = 1,
    Shape = 4,
    Inline = 5,
    Word = 6,
    LabelWord = 7,
    Pair = 8,
    Whole = 9,
    Link = 10,
    OwnerTag = 11,
    Under = 12,
    UnderWhole = 13,
}

/// FNV-1a: fixed for ever, as the weights are filed under it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hash(pub(crate) u64);

impl Hash {
    pub(crate) const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    pub(crate) fn byte(&mut self, byte: u8) {
        self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }

    fn character(&mut self, c: char) {
        let mut bytes = [0; 4];
        c.encode_utf8(&mut bytes).bytes().for_each(|byte| self.byte(byte));
    }
}

/// The bucket of a token in the place `kind` (and band, for names).
pub(crate) fn bucket(token: u64, kind: usize) -> u32 {
    let mixed = (token ^ (kind as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    (mixed >> (64 - BITS)) as u32
}

/// The words of a name (a class, an id, an address) as hashes: cut at signs and digits and where `camelCase` turns.
fn names(attribute: &str, mut found: impl FnMut(u64)) {
    let mut count = 0;
    let (mut hash, mut length, mut lower_before) = (Hash::new(), 0, false);
    for byte in attribute.bytes().take(ATTRIBUTE_BYTES_MAX).chain([b' ']) {
        let upper = byte.is_ascii_uppercase();
        let letter = byte.is_ascii_alphabetic() || byte >= 128;
        if !letter || upper && lower_before {
            if length > 1 {
                found(hash.0);
                count += 1;
                if count == NAMES_MAX {
                    return;
                }
            }
            (hash, length) = (Hash::new(), 0);
        }
        if letter {
            hash.byte(byte.to_ascii_lowercase());
            length += 1;
        }
        lower_before = letter && !upper;
    }
}

/// The words of a text as hashes, in lower case; a run of digits is the same word whatever they are, an ideograph a word.
pub(crate) fn words(text: &str) -> ([u64; WORDS_MAX], usize) {
    let mut words = Words { found: [0; WORDS_MAX], count: 0, hash: Hash::new(), within: false, digits: false };
    let mut at = 0;
    while let Some(byte) = text.as_bytes().get(at).copied() {
        let length = if byte.is_ascii() {
            words.ascii(byte);
            1
        } else {
            let c = text[at..].chars().next().unwrap_or_default();
            words.other(c);
            c.len_utf8()
        };
        if words.count == WORDS_MAX || at > TEXT_BYTES_MAX {
            return (words.found, words.count);
        }
        at += length;
    }
    words.end();
    (words.found, words.count)
}

/// Words read so far, and the one that is being read.
struct Words {
    found: [u64; WORDS_MAX],
    count: usize,
    hash: Hash,
    within: bool,
    digits: bool,
}

impl Words {
    fn ascii(&mut self, byte: u8) {
        let digit = byte.is_ascii_digit();
        if digit {
            if !self.digits {
                self.hash.byte(b'0');
            }
        } else if byte.is_ascii_alphabetic() {
            self.hash.byte(byte.to_ascii_lowercase());
        } else {
            self.end();
            return;
        }
        self.digits = digit;
        self.within = true;
    }

    fn other(&mut self, c: char) {
        if blocks::is_ideograph(c) {
            self.end();
            let mut alone = Hash::new();
            alone.character(c);
            self.push(alone);
        } else if letters::is_alphanumeric(c) {
            c.to_lowercase().for_each(|c| self.hash.character(c));
            self.digits = false;
            self.within = true;
        } else {
            self.end();
        }
    }

    /// Ends a word that has begun.
    fn end(&mut self) {
        if self.within {
            self.push(self.hash);
            self.hash = Hash::new();
            (self.within, self.digits) = (false, false);
        }
    }

    fn push(&mut self, hash: Hash) {
        if let Some(place) = self.found.get_mut(self.count) {
            *place = hash.0;
            self.count += 1;
        }
    }
}

/// A whole text.
pub(crate) fn whole(words: &[u64]) -> u64 {
    words.iter().fold(0, |whole, word| whole.rotate_left(17) ^ word)
}

/// The words of names read lately: the elements of a list share theirs.
pub(crate) struct Remembered<'t> {
    places: Vec<(&'t str, Range<usize>)>,
    hashes: Vec<u64>,
}

impl<'t> Remembered<'t> {
    pub(crate) fn new() -> Self {
        Self { places: vec![("", 0..0); 512], hashes: Vec::new() }
    }

    /// As [`names`].
    pub(crate) fn names(&mut self, attribute: &'t str) -> &[u64] {
        let bytes = attribute.as_bytes();
        let (Some(last), Some(middle)) = (bytes.last(), bytes.get(bytes.len() / 2)) else { return &[] };
        let place = (bytes.len() * 31 + usize::from(*last) * 7 + usize::from(*middle)) % self.places.len();
        let (known, found) = &mut self.places[place];
        if *known != attribute {
            let start = self.hashes.len();
            names(attribute, |hash| self.hashes.push(hash));
            (*known, *found) = (attribute, start..self.hashes.len());
        }
        &self.hashes[found.clone()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_the_value_of_a_number_make_no_difference() {
        assert_eq!(words("Read 12 More"), words("read 7 more"));
        assert_eq!(words("四五").1, 2);
    }

    #[test]
    fn a_name_is_cut_where_its_case_turns() {
        let read = |name: &str| {
            let mut all = Vec::new();
            names(name, |hash| all.push(hash));
            all
        };
        assert_eq!(read("relatedPosts-3"), read("related posts"));
    }
}
