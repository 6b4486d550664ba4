//! What class names and ids say: the groups (navigation, sharing, comments, ...) whose words stand in them. It only names; what
//! a name means for a block is for the scorer to weigh.

use std::sync::LazyLock;

use foldhash::{HashMap, HashMapExt};

use crate::group_words::TABLE;
use crate::letters;

/// A set of groups, one bit each.
pub(crate) type Groups = u64;

/// A known word of so many bytes is also found within a longer one.
const WITHIN_MIN: usize = 5;

/// The known words.
struct Known {
    whole: HashMap<&'static [u8], Groups>,
    /// Those that are looked for within others, by their first bytes.
    within: HashMap<[u8; WITHIN_MIN], Vec<(&'static [u8], Groups)>>,
    /// A bit for each pair of first bytes, so that most places need no look-up.
    pairs: Vec<u64>,
}

fn pair(one: u8, two: u8) -> (usize, u64) {
    let place = usize::from(one & 63) << 6 | usize::from(two & 63);
    (place / 64, 1 << (place % 64))
}

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let mut known = Known { whole: HashMap::new(), within: HashMap::new(), pairs: vec![0; 64] };
    for (bit, (_, list)) in TABLE.iter().enumerate() {
        for word in list.iter().map(|word| word.as_bytes()) {
            *known.whole.entry(word).or_insert(0) |= 1 << bit;
        }
    }
    for (word, groups) in &known.whole {
        if let Some(first) = word.first_chunk::<WITHIN_MIN>() {
            known.within.entry(*first).or_default().push((word, *groups));
            let (place, bit) = pair(first[0], first[1]);
            known.pairs[place] |= bit;
        }
    }
    known
});

/// How many different class attributes of a page are read.
const NAMES_MAX: usize = 20_000;

/// Reads class names and ids, remembering what it has read: pages repeat theirs.
#[derive(Debug, Default)]
pub(crate) struct Reader<'t> {
    seen: HashMap<&'t str, Groups>,
    lower: String,
}

impl<'t> Reader<'t> {
    /// The groups a class or id attribute names.
    pub(crate) fn read(&mut self, attribute: &'t str) -> Groups {
        // A utility-first theme lists a hundred classes that say nothing; nobody names a thing beyond the first few.
        let attribute = attribute.get(..300).unwrap_or(attribute);
        if let Some(groups) = self.seen.get(attribute) {
            return *groups;
        }
        // A page with more names than this makes them up.
        if self.seen.len() >= NAMES_MAX {
            return 0;
        }
        let groups = if attribute.is_ascii() { self.words(attribute) } else { self.words_beyond_ascii(attribute) };
        self.seen.insert(attribute, groups);
        groups
    }

    /// What the words of an attribute name, in lower case: cut at signs and where `camelCase` turns.
    fn words(&mut self, attribute: &str) -> Groups {
        self.lower.clear();
        self.lower.push_str(attribute);
        self.lower.make_ascii_lowercase();
        let lower = self.lower.as_bytes();
        let (mut groups, mut start, mut lower_before) = (0, 0, false);
        for (at, byte) in attribute.bytes().enumerate() {
            if !byte.is_ascii_alphabetic() {
                groups |= groups_of(&lower[start..at]);
                start = at + 1;
            } else if byte.is_ascii_uppercase() && lower_before {
                groups |= groups_of(&lower[start..at]);
                start = at;
            }
            lower_before = byte.is_ascii_lowercase();
        }
        groups | groups_of(&lower[start..])
    }

    fn words_beyond_ascii(&mut self, attribute: &str) -> Groups {
        let (mut groups, mut lower_before) = (0, false);
        self.lower.clear();
        for c in attribute.chars() {
            let alphabetic = letters::is_alphabetic(c);
            if !alphabetic || (c.is_uppercase() && lower_before) {
                groups |= groups_of(self.lower.as_bytes());
                self.lower.clear();
            }
            if alphabetic {
                self.lower.extend(c.to_lowercase());
            }
            lower_before = c.is_lowercase();
        }
        groups | groups_of(self.lower.as_bytes())
    }
}

/// What a word names: itself if it is known, else the known words within.
fn groups_of(word: &[u8]) -> Groups {
    if word.len() < 2 {
        return 0;
    }
    let known = &*KNOWN;
    if let Some(groups) = known.whole.get(word) {
        return *groups;
    }
    let mut groups = 0;
    for at in 0..word.len().saturating_sub(WITHIN_MIN - 1) {
        let rest = &word[at..];
        let (place, bit) = pair(rest[0], rest[1]);
        if known.pairs[place] & bit == 0 {
            continue;
        }
        let first = rest.first_chunk::<WITHIN_MIN>().and_then(|first| known.within.get(first));
        for (inner, named) in first.into_iter().flatten() {
            if rest.starts_with(inner) {
                groups |= named;
            }
        }
    }
    groups
}

/// The bit of a group by its name; 0 where there is none.
pub(crate) const fn bit(name: &str) -> Groups {
    let mut place = 0;
    while place < TABLE.len() {
        if is_same(TABLE[place].0.as_bytes(), name.as_bytes()) {
            return 1 << place;
        }
        place += 1;
    }
    0
}

const fn is_same(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let mut at = 0;
    while at < one.len() {
        if one[at] != other[at] {
            return false;
        }
        at += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compound_class_names_its_parts() {
        let mut reader = Reader::default();
        assert_eq!(reader.read("article-sharebar") & bit("share"), bit("share"));
        assert_eq!(reader.read("relatedPosts") & bit("related"), bit("related"));
        assert_eq!(reader.read("x1f00 q"), 0);
    }

    #[test]
    fn themes_in_other_languages_are_understood() {
        let mut reader = Reader::default();
        for (class, group) in [
            ("opOpinie", "comment"),
            ("tin_lienquan", "related"),
            ("stopka", "footer"),
            ("perex", "intro"),
            ("block-reklamy", "advert"),
            ("zuozhe", "author"),
        ] {
            assert_ne!(reader.read(class) & bit(group), 0, "{class} as {group}");
        }
        // `requirement` holds the word for "popular" of another language.
        assert_eq!(reader.read("requirement") & bit("trending"), 0);
    }

    #[test]
    fn every_group_fits_a_bit_and_every_word_is_in_lower_case() {
        assert!(TABLE.len() <= 64);
        assert!(TABLE.iter().all(|(_, words)| words.iter().all(|word| *word == word.to_lowercase())));
    }
}
