//! The set phrases of chrome in many languages: what themes print around an article ("Leave a Reply", "Published on",
//! "Advertisement"). A phrase is looked for in short blocks only, after folding case, space and punctuation; longer text is
//! never judged by it.

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use crate::phrase_table::TABLE;
use crate::spaces;
use Chrome::Advert;
use Match::{Start, Whole, Within};

/// What a phrase is said for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Chrome {
    /// Asks to share or follow.
    Share,
    /// Heads or belongs to the comments.
    Comments,
    /// Heads links to other articles.
    Related,
    /// Asks for an address.
    Newsletter,
    /// Asks about cookies.
    Cookies,
    /// Announces an advertisement.
    Advert,
    /// Says when, by whom, how long.
    Byline,
    /// Lists tags or categories.
    Tags,
    /// Leads elsewhere on the site.
    Navigation,
    /// Asks to log in, register or pay.
    Account,
    /// Claims rights.
    Legal,
}

/// How a phrase stands in its block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Match {
    /// It is the whole block.
    Whole,
    /// The block begins with it and is at most so many words long.
    Start(usize),
    /// The block contains it and is at most so many words long.
    Within(usize),
}

/// The longest text that is looked at, in bytes.
const TEXT_MAX: usize = 420;

/// What set phrase a block's text is, if any.
pub(crate) fn chrome(text: &str) -> Option<Chrome> {
    if text.len() > TEXT_MAX {
        return None;
    }
    let folded = fold(text);
    let folded = bare(&folded);
    if folded.is_empty() {
        return None;
    }
    INDEX.whole.get(folded).copied().or_else(|| announced(folded)).or_else(|| {
        let ideographs =
            if folded.is_ascii() { 0 } else { folded.chars().filter(|c| crate::blocks::is_ideograph(*c)).count() };
        let words = (folded.bytes().filter(|byte| *byte == b' ').count() + 1).max(ideographs / 2);
        let begins = INDEX.start.get(&first_two(folded)).and_then(|phrases| {
            phrases
                .iter()
                .find(|(phrase, most, _)| words <= *most && begins_with(folded, phrase))
                .map(|(_, _, chrome)| *chrome)
        });
        begins.or_else(|| within(folded, words))
    })
}

/// The first phrase of the table that a text contains.
fn within(folded: &str, words: usize) -> Option<Chrome> {
    let mut first: Option<usize> = None;
    if words > INDEX.within_most {
        return None;
    }
    for (at, two) in folded.as_bytes().windows(2).enumerate() {
        let pair = pair(two);
        if INDEX.within_pairs[pair / 64] & 1 << (pair % 64) == 0 {
            continue;
        }
        let rest = &folded.as_bytes()[at..];
        for place in rest.first_chunk().and_then(|three| INDEX.within_by_start.get(three)).into_iter().flatten() {
            let (phrase, most, _) = INDEX.within[*place];
            if words <= most && first.is_none_or(|first| *place < first) && rest.starts_with(phrase.as_bytes()) {
                first = Some(*place);
            }
        }
    }
    first.map(|place| INDEX.within[place].2)
}

/// An advertisement announced in the first of a few short sentences ("Advertisement. Scroll to continue reading.").
fn announced(folded: &str) -> Option<Chrome> {
    if !folded.starts_with(|first| INDEX.advert_first.contains(&first)) {
        return None;
    }
    let (first, _) = folded.split_once(['.', ':', '。', '：', '-', '–', '—'])?;
    let known = INDEX.whole.get(first.trim()).copied().filter(|chrome| *chrome == Advert);
    known.filter(|_| folded.split(' ').count() <= 8)
}

/// Whether a text begins with a phrase, and the phrase ends where a word does (or the script sets none apart).
fn begins_with(text: &str, phrase: &str) -> bool {
    let Some(rest) = text.strip_prefix(phrase) else { return false };
    let ends_word = phrase.chars().last().is_none_or(|c| !c.is_alphanumeric() || crate::blocks::is_ideograph(c));
    ends_word || rest.chars().next().is_none_or(|c| !c.is_alphanumeric())
}

fn first_two(text: &str) -> (Option<char>, Option<char>) {
    let mut characters = text.chars();
    (characters.next(), characters.next())
}

/// Lower case and single spaces.
fn fold(text: &str) -> String {
    if spaces::plain(text.as_bytes(), true) == text.len() {
        return text.to_ascii_lowercase();
    }
    let lower = text.to_lowercase();
    let mut folded = String::with_capacity(lower.len());
    crate::blocks::fold_into(&mut folded, &lower);
    folded
}

/// A text without signs at either end (a colon that ends a phrase says something and stays).
fn bare(folded: &str) -> &str {
    let ends = |c: char| !c.is_alphanumeric() && !is_mark(c) && c != ':' && c != '：' && c != '©' && c != '(';
    let trimmed = folded.trim_matches(ends);
    if INDEX.whole.contains_key(trimmed) { trimmed } else { without_last_colon(trimmed) }
}

/// Whether a character is a mark on the letter before it, in the scripts where a word may end in one.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5c7}' | '\u{64b}'..='\u{65f}')
        || matches!(c, '\u{900}'..='\u{903}' | '\u{93a}'..='\u{94d}' | '\u{e31}'..='\u{e3a}' | '\u{e47}'..='\u{e4e}')
}

/// A lone label keeps no colon, so that "Share:" is "share".
fn without_last_colon(text: &str) -> &str {
    let bare = text.trim_end_matches([':', '：', ' ']);
    if INDEX.whole.contains_key(bare) { bare } else { text }
}

/// A number below 4096 for the two bytes that a text begins with.
fn pair(text: &[u8]) -> usize {
    usize::from(text[0] & 63) << 6 | usize::from(text[1] & 63)
}

/// A phrase, the most words of a block that is judged by it, and what it is said for.
type Phrase = (&'static str, usize, Chrome);

struct Index {
    whole: HashMap<&'static str, Chrome>,
    start: HashMap<(Option<char>, Option<char>), Vec<Phrase>>,
    within: Vec<Phrase>,
    /// Places in `within` by the first bytes of the phrase.
    within_by_start: HashMap<[u8; 3], Vec<usize>>,
    /// A bit for each pair of first bytes, so that most places of a text need no look-up.
    within_pairs: [u64; 64],
    /// No text of more words contains one.
    within_most: usize,
    /// What the phrases of advertisements begin with.
    advert_first: HashSet<char>,
}

static INDEX: std::sync::LazyLock<Index> = std::sync::LazyLock::new(|| {
    let mut index = Index {
        whole: HashMap::new(),
        start: HashMap::new(),
        within: Vec::new(),
        within_by_start: HashMap::new(),
        within_pairs: [0; 64],
        within_most: 0,
        advert_first: HashSet::new(),
    };
    for (chrome, how, phrases) in TABLE {
        for phrase in *phrases {
            match how {
                Whole => {
                    index.advert_first.extend(phrase.chars().next().filter(|_| *chrome == Advert));
                    index.whole.entry(phrase).or_insert(*chrome);
                }
                Start(most) => index.start.entry(first_two(phrase)).or_default().push((phrase, *most, *chrome)),
                Within(most) => {
                    if let Some(three) = phrase.as_bytes().first_chunk() {
                        let pair = pair(three);
                        index.within_pairs[pair / 64] |= 1 << (pair % 64);
                        index.within_most = index.within_most.max(*most);
                        index.within_by_start.entry(*three).or_default().push(index.within.len());
                    }
                    index.within.push((phrase, *most, *chrome));
                }
            }
        }
    }
    index
});

#[cfg(test)]
mod tests {
    use super::*;
    use Chrome::{Byline, Comments, Cookies, Related, Share};

    #[test]
    fn every_phrase_of_the_table_is_found_and_stands_there_once() {
        let mut lost = Vec::new();
        for (kind, how, phrases) in TABLE {
            let mut seen = std::collections::HashSet::new();
            for phrase in *phrases {
                let text = if *how == Whole { (*phrase).to_owned() } else { format!("{phrase} 7") };
                if chrome(&text).is_none() || !seen.insert(phrase) {
                    lost.push((kind, how, phrase));
                }
            }
        }
        assert!(lost.is_empty(), "{lost:?}");
    }

    #[test]
    fn the_theme_phrases_are_known_in_their_languages() {
        for (text, chrome_kind) in [
            ("Leave a Reply", Comments),
            ("Your email address will not be published. Required fields are marked *", Comments),
            ("Published on 3 May 2024", Byline),
            ("ADVERTISEMENT. SCROLL TO CONTINUE READING.", Advert),
            ("Exit mobile version", Advert),
            ("Das könnte Sie auch interessieren:", Related),
            ("Читайте также", Related),
            ("相关阅读", Related),
            ("Condividi:", Share),
            ("Wir verwenden Cookies, um Inhalte zu personalisieren.", Cookies),
        ] {
            assert_eq!(chrome(text), Some(chrome_kind), "{text}");
        }
    }

    #[test]
    fn no_phrase_that_is_looked_for_within_a_text_is_shorter_than_its_index() {
        assert!(INDEX.within.iter().all(|(phrase, ..)| phrase.len() >= 3));
    }

    #[test]
    fn sentences_that_only_begin_alike_are_no_chrome() {
        for text in [
            "Publishedness is no word.",
            "Sharing a kitchen with six others taught her to cook.",
            "The comments were kind.",
        ] {
            assert_eq!(chrome(text), None, "{text}");
        }
    }
}
