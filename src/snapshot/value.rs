//! VALUE: what is handed to the archive (a [`Snapshot`]) and what a capture is called and compared by. Nothing here knows
//! how a capture is written.

use std::fmt;
use std::ops::Deref;
use std::str::FromStr;
use std::sync::Arc;

use chaffinch_extract::SiteProfile;
use chaffinch_extract::article::Article;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ulid::Ulid;
use url::Url;

use crate::page::Page;

/// One page as it is handed to the archive: the exchange, what the extractor made of it, and what is known beside it.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// The exchange, coding undone.
    pub page: Page,
    /// What the extractor made of the page; `None` where nothing was extracted (an image, a PDF, an empty body).
    pub article: Option<Article>,
    /// What the extractor was told of the page's site.
    pub profile: Option<Arc<Profile>>,
    /// The source of the configuration that led to it.
    pub source: Option<String>,
    /// Words the configuration or a person filed it under.
    pub tags: Vec<String>,
    /// The page this is an asset of (an image of its article).
    pub parent: Option<Url>,
    /// Whether the page asked not to be archived, and a person asked for it all the same.
    pub noarchive: bool,
    /// Whether the body is to be stored whole even where an earlier capture holds the same bytes.
    pub whole: bool,
}

impl Snapshot {
    /// A snapshot of a page and nothing else.
    pub fn new(page: Page) -> Self {
        Self {
            page,
            article: None,
            profile: None,
            source: None,
            tags: Vec::new(),
            parent: None,
            noarchive: false,
            whole: false,
        }
    }
}

/// The profile of a site as extractions are given it, with the digest that names it.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    learnt: SiteProfile,
    digest: String,
}

impl Profile {
    /// A profile with its name.
    pub fn new(learnt: SiteProfile) -> Self {
        let digest = chaffinch_warc::sha256(&learnt.to_bytes());
        Self { learnt, digest }
    }

    /// The digest of its bytes, as WARC writes digests.
    pub fn digest(&self) -> &str {
        &self.digest
    }
}

impl Deref for Profile {
    type Target = SiteProfile;

    fn deref(&self) -> &SiteProfile {
        &self.learnt
    }
}

/// The name of a capture: a ULID, written in lower case. Its bits are at the same time a UUID of version 7 (RFC 9562), so
/// that the `WARC-Record-ID` of the capture is the same number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CaptureId(u128);

/// Records of one capture are numbered in the three lowest bits of their id; the capture's own are zero.
const ROLE_BITS: u128 = 0b111;

impl CaptureId {
    /// The id of a capture made at a time, in milliseconds since 1970, with bits of chance of which 71 are used.
    pub fn from_parts(at_ms: u64, chance: u128) -> Self {
        let time = u128::from(at_ms & 0xFFFF_FFFF_FFFF) << 80;
        let version = 0x7_u128 << 76;
        let variant = 0b10_u128 << 62;
        let low = chance & 0x3FFF_FFFF_FFFF_FFFF & !ROLE_BITS;
        let high = ((chance >> 64) & 0xFFF) << 64;
        Self(time | version | high | variant | low)
    }

    /// When what it names was made, to the millisecond.
    pub fn time(self) -> Timestamp {
        Timestamp::from_millisecond((self.0 >> 80) as i64).unwrap_or_default()
    }

    /// The id whose record is named by a UUID: `urn:uuid:...`, with or without angle brackets. `None` where it is none.
    /// The part of the record within its capture is dropped.
    pub fn from_record_id(urn: &str) -> Option<Self> {
        record_number(urn).map(|number| Self(number & !ROLE_BITS))
    }

    /// The `WARC-Record-ID` of a record of this capture, without brackets.
    pub fn record_id(self, role: Role) -> String {
        let number = self.0 | role as u128;
        format!(
            "urn:uuid:{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            number >> 96,
            (number >> 80) & 0xFFFF,
            (number >> 64) & 0xFFFF,
            (number >> 48) & 0xFFFF,
            number & 0xFFFF_FFFF_FFFF
        )
    }
}

/// Which part of a capture a record is: the three lowest bits of its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Role {
    /// The `response` or `revisit`.
    Answer = 0,
    /// The `request`.
    Request = 1,
    /// The `conversion`: the article.
    Article = 2,
    /// The `metadata`.
    Metadata = 3,
}

impl Role {
    /// The part of its capture that a record's id names. `None` where the id is none of ours.
    pub fn of_record_id(urn: &str) -> Option<Self> {
        match record_number(urn)? & ROLE_BITS {
            0 => Some(Self::Answer),
            1 => Some(Self::Request),
            2 => Some(Self::Article),
            3 => Some(Self::Metadata),
            _ => None,
        }
    }
}

fn record_number(urn: &str) -> Option<u128> {
    let urn = urn.trim();
    let urn = urn.strip_prefix('<').and_then(|u| u.strip_suffix('>')).unwrap_or(urn);
    let uuid = urn.strip_prefix("urn:uuid:")?;
    let digits: String = uuid.chars().filter(|c| *c != '-').collect();
    if digits.len() != 32 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    u128::from_str_radix(&digits, 16).ok()
}

impl fmt::Display for CaptureId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut buffer = [0; ulid::ULID_LEN];
        f.write_str(&Ulid::from(self.0).array_to_str(&mut buffer).to_ascii_lowercase())
    }
}

impl fmt::Debug for CaptureId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is no capture id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a capture's id; an id has 26 letters and digits, as `chaffinch list` shows them")]
pub struct NotAnId {
    /// What was given.
    pub text: String,
}

impl FromStr for CaptureId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let not = || NotAnId { text: text.to_owned() };
        if text.len() != ulid::ULID_LEN || !text.is_ascii() {
            return Err(not());
        }
        let ulid = Ulid::from_string(&text.to_ascii_uppercase()).map_err(|_| not())?;
        let id = Self(u128::from(ulid));
        // A first letter above 7 overflows, and some letters are aliases: an id has one spelling.
        if id.to_string() == text.to_ascii_lowercase() { Ok(id) } else { Err(not()) }
    }
}

impl Serialize for CaptureId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CaptureId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// How a capture compares with what the archive held of its URL before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// The first of its URL.
    New,
    /// The same payload as the capture before.
    Identical,
    /// Another payload, the same article: only the chrome changed.
    ArticleUnchanged,
    /// The article's text changed.
    Edited,
    /// The server said that nothing changed (304).
    NotModified,
    /// Another payload, and on one side no article to compare: an image, a challenge page, a 404 after a capture.
    Changed,
}

impl Change {
    /// The word that stands in records and listings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Identical => "identical",
            Self::ArticleUnchanged => "article-unchanged",
            Self::Edited => "edited",
            Self::NotModified => "not-modified",
            Self::Changed => "changed",
        }
    }

    /// The word that listings and JSON have for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::ArticleUnchanged => "article_unchanged",
            Self::NotModified => "not_modified",
            other => other.as_str(),
        }
    }

    /// Reads the word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::New, Self::Identical, Self::ArticleUnchanged, Self::Edited, Self::NotModified, Self::Changed]
            .into_iter()
            .find(|change| change.as_str() == word)
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ArticleUnchanged => "article unchanged",
            Self::NotModified => "not modified",
            other => other.as_str(),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_id_survives_both_its_spellings(at in 0_u64..1 << 48, chance: u128) {
            let id = CaptureId::from_parts(at, chance);
            prop_assert_eq!(id.to_string().parse::<CaptureId>().unwrap(), id);
            for role in [Role::Answer, Role::Request, Role::Article, Role::Metadata] {
                let urn = id.record_id(role);
                prop_assert_eq!(CaptureId::from_record_id(&urn), Some(id));
                prop_assert_eq!(Role::of_record_id(&urn), Some(role));
            }
        }
    }

    #[test]
    fn an_id_is_a_uuid_of_version_7() {
        let id = CaptureId::from_parts(0x0199_0000_0000, u128::MAX);
        assert_eq!(id.record_id(Role::Request), "urn:uuid:01990000-0000-7fff-bfff-fffffffffff9");
    }

    #[test]
    fn ids_sort_by_time() {
        assert!(CaptureId::from_parts(1, u128::MAX) < CaptureId::from_parts(2, 0));
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for text in ["", "x", "8zzzzzzzzzzzzzzzzzzzzzzzzz", "é1234567890123456789012345"] {
            assert!(text.parse::<CaptureId>().is_err(), "{text}");
        }
    }
}
