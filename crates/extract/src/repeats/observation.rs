//! One page as its site's profile sees it: the texts of its blocks and the places where they stand as hashes, and how likely
//! each block seemed. It holds no word of the page, and does not know what other pages hold.

use url::Url;

use crate::blocks::Page;
use crate::letters;

/// The elements that say where a block stands: its own and so many above it.
const PLACE_ELEMENTS: usize = 4;

/// A page in short: what [`SiteProfile::learn`](crate::SiteProfile::learn) takes.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// Which page it is, whatever address it was captured under.
    pub(crate) page: u64,
    pub(crate) blocks: Vec<Seen>,
}

/// One block of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Seen {
    /// Its text; `None` where there is no letter in it.
    pub(crate) text: Option<u64>,
    /// Where it stands.
    pub(crate) place: u64,
    pub(crate) words: f32,
    /// How likely it is content, by itself.
    pub(crate) score: f32,
}

impl Observation {
    /// Observes a page whose blocks were scored without knowledge of its site.
    pub(crate) fn new(page: &Page<'_>, scores: &[f32], url: Option<&Url>, canonical: Option<&str>) -> Self {
        let blocks: Vec<Seen> = page
            .leaves
            .iter()
            .zip(scores)
            .map(|(leaf, score)| Seen {
                text: text_key(&leaf.text),
                place: place_key(page, leaf.owner),
                words: leaf.words,
                score: *score,
            })
            .collect();
        let by_content = || blocks.iter().filter_map(|seen| seen.text).fold(Hash::new(), Hash::number).0;
        Self { page: page_key(url, canonical).unwrap_or_else(by_content), blocks }
    }
}

/// FNV-1a, 64 bits: profiles are stored, so that their hashes may not change with the compiler.
#[derive(Clone, Copy)]
struct Hash(u64);

const START: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

impl Hash {
    const fn new() -> Self {
        Self(START)
    }

    fn byte(self, byte: u8) -> Self {
        Self((self.0 ^ u64::from(byte)).wrapping_mul(PRIME))
    }

    fn number(self, number: u64) -> Self {
        number.to_le_bytes().into_iter().fold(self, Self::byte)
    }

    /// A letter in lower case, in one step for all of it: a letter has 21 bits, not 8.
    fn letter(self, c: char) -> Self {
        if c.is_ascii() {
            return self.byte(c.to_ascii_lowercase() as u8);
        }
        c.to_lowercase().fold(self, |hash, c| Self((hash.0 ^ u64::from(c)).wrapping_mul(PRIME)))
    }
}

/// A text as it is compared: letters in lower case, every number the same number, everything else a gap. Dates, counters and
/// prices differ from page to page where the words around them do not.
pub(crate) fn text_key(text: &str) -> Option<u64> {
    let (mut hash, mut letters) = (Hash::new(), false);
    let (mut gap, mut number) = (false, false);
    for c in text.chars() {
        if c.is_numeric() {
            if !number {
                hash = if gap { hash.byte(b' ') } else { hash }.byte(b'0');
            }
            (number, gap) = (true, false);
        } else if letters::is_alphabetic(c) {
            hash = if gap { hash.byte(b' ') } else { hash };
            hash = hash.letter(c);
            (letters, number, gap) = (true, false, false);
        } else {
            // What stands before the first word says nothing.
            (gap, number) = (hash.0 != START, false);
        }
    }
    letters.then_some(hash.0)
}

/// Where a block stands, by the shapes of the elements around it: blocks of one template agree.
pub(crate) fn place_key(page: &Page<'_>, owner: usize) -> u64 {
    page.ancestors(owner, PLACE_ELEMENTS).fold(Hash::new(), |hash, (_, element)| hash.number(element.shape)).0
}

/// Which page an address is of. The copies of an article for phones, printers and AMP are the article; where a page names its
/// address itself, that counts, unless it names the front page.
pub(crate) fn page_key(url: Option<&Url>, canonical: Option<&str>) -> Option<u64> {
    let canonical = canonical.and_then(|canonical| Url::parse(canonical).ok());
    let url =
        canonical.as_ref().filter(|canonical| canonical.path().len() > 1 || canonical.query().is_some()).or(url)?;
    let mut host = url.host_str().unwrap_or("");
    while let Some(rest) = ["www.", "m.", "mobile.", "amp."].iter().find_map(|prefix| host.strip_prefix(prefix)) {
        host = rest;
    }
    let variant = |word: &str| matches!(word, "" | "amp" | "print" | "printable" | "mobile" | "m");
    let path: String = url
        .path()
        .to_lowercase()
        .split('/')
        .filter(|part| !variant(part))
        .fold(String::new(), |all, part| all + "/" + part);
    let mut pairs: Vec<String> = url
        .query_pairs()
        .filter(|(name, value)| {
            let tells_nothing = variant(&name.to_lowercase()) || variant(&value.to_lowercase());
            !tells_nothing && !name.starts_with("utm_")
        })
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.sort();
    let whole = format!("{host}{path}?{}", pairs.join("&"));
    Some(whole.bytes().fold(Hash::new(), Hash::byte).0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn key(url: &str) -> u64 {
        page_key(Some(&Url::parse(url).unwrap()), None).unwrap()
    }

    #[test]
    fn numbers_and_signs_do_not_tell_texts_apart() {
        assert_eq!(text_key("3 comments, 12:40"), text_key("» 127 Comments · 09:05"));
        assert_ne!(text_key("3 comments"), text_key("three comments"));
        assert_ne!(text_key("to day"), text_key("today"));
        assert_eq!(text_key("12.50"), None);
        assert_eq!(text_key("»"), None);
    }

    #[test]
    fn the_copies_of_an_article_are_one_page() {
        let article = key("https://www.example.org/news/a-finch");
        assert_eq!(key("http://m.example.org/news/a-finch/"), article);
        assert_eq!(key("https://amp.example.org/news/a-finch"), article);
        assert_eq!(key("https://example.org/news/a-finch/amp/"), article);
        assert_eq!(key("https://example.org/news/a-finch?output=amp&utm_source=x#top"), article);
        assert_ne!(key("https://example.org/news/another"), article);
        assert_ne!(key("https://example.org/?id=1"), key("https://example.org/?id=2"));
    }

    #[test]
    fn a_page_that_calls_itself_the_front_page_is_still_itself() {
        let url = Url::parse("https://example.org/a").unwrap();
        assert_eq!(page_key(Some(&url), Some("https://example.org/")), Some(key("https://example.org/a")));
        assert_eq!(page_key(Some(&url), Some("https://example.org/b")), Some(key("https://example.org/b")));
        assert_eq!(page_key(None, None), None);
    }
}
