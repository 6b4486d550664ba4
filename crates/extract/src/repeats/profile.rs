//! What is known of a site: on how many of its pages each text stands, and how likely blocks are content at each place of its
//! template. It learns page by page, forgets slowly, never grows beyond a bound, and can be stored; it decides nothing.

use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::Hash;

use crate::repeats::observation::Observation;

/// Pages after which half of what is known is forgotten: sites are redesigned.
const PAGES_MAX: u32 = 512;
/// Texts that are stored, and half of those that are held.
const TEXTS_MAX: usize = 4096;
/// Places that are stored, and half of those that are held.
const PLACES_MAX: usize = 1024;
/// Blocks of a page that are learnt from.
const BLOCKS_MAX: usize = 2000;
/// Words up to which a long block counts more than a short one for its place.
const WORDS_MAX: f32 = 50.0;
/// What stored profiles begin with. A number of another form means: learn again.
const MAGIC: &[u8; 8] = b"repeats1";

/// What repeats across the pages of one site: a bounded, storable fingerprint that holds hashes and counts, never words.
///
/// ```
/// use chaffinch_extract::{Context, Options, SiteProfile, extract, extract_observed};
/// let note = "This paper has been printed in our town since the winter of 1911.";
/// let page = |story: &str| format!("<main><p>{story}</p><p>{note}</p></main>");
/// let mut profile = SiteProfile::default();
/// for bird in ["chaffinch", "siskin", "linnet", "serin", "brambling", "twite"] {
///     let story = format!("The {bird} was seen at the mill again, and the miller is glad of every {bird} that comes.");
///     let (_, seen) = extract_observed(page(&story).as_bytes(), &Context::default(), &Options::default())?;
///     profile.learn(&seen);
/// }
/// assert_eq!(profile.pages(), 6);
/// let story = "The greenfinch came late this year, and it left early, as the miller had said it would.";
/// let context = Context { site: Some(&profile), ..Context::default() };
/// let article = extract(page(story).as_bytes(), &context, &Options::default())?;
/// assert!(article.text().contains("greenfinch") && !article.text().contains("printed"));
/// # Ok::<(), chaffinch_extract::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SiteProfile {
    /// The pages it was learnt from, oldest first.
    known: VecDeque<u64>,
    pages: u32,
    texts: HashMap<u64, u16>,
    places: HashMap<u64, Place>,
}

/// What is known of a place.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Place {
    /// Blocks seen there.
    pub(crate) blocks: f32,
    weight: f32,
    sum: f32,
}

impl Place {
    /// How likely a block there is content, long blocks counting more.
    pub(crate) fn score(&self) -> f32 {
        if self.weight > 0.0 { self.sum / self.weight } else { 0.5 }
    }
}

/// The bytes are no profile, or one of another form: learn again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("these bytes are no profile of a site that this version can read; it has to be learnt again")]
pub struct NotAProfile;

impl SiteProfile {
    /// On how many pages it rests.
    pub fn pages(&self) -> u32 {
        self.pages
    }

    /// Whether a page was learnt from; it must not be called a repetition of itself.
    pub(crate) fn knows(&self, page: u64) -> bool {
        self.known.contains(&page)
    }

    /// On how many pages a text stands.
    pub(crate) fn count(&self, text: u64) -> u32 {
        self.texts.get(&text).copied().map_or(0, u32::from)
    }

    pub(crate) fn place(&self, place: u64) -> Option<&Place> {
        self.places.get(&place)
    }

    /// Learns from a page; false where it is known already, and nothing was learnt: a page that is captured ten times does not
    /// repeat itself ten times.
    pub fn learn(&mut self, page: &Observation) -> bool {
        if page.blocks.is_empty() || self.knows(page.page) {
            return false;
        }
        if self.pages >= PAGES_MAX {
            self.forget_half();
        }
        self.known.push_back(page.page);
        self.pages += 1;
        let mut here = HashSet::new();
        for seen in page.blocks.iter().take(BLOCKS_MAX) {
            if let Some(text) = seen.text.filter(|text| here.insert(*text)) {
                let count = self.texts.entry(text).or_insert(0);
                *count = count.saturating_add(1);
            }
            let place = self.places.entry(seen.place).or_default();
            let weight = seen.words.clamp(0.0, WORDS_MAX);
            place.blocks += 1.0;
            place.weight += weight;
            place.sum += weight * seen.score;
        }
        if self.texts.len() > 2 * TEXTS_MAX {
            self.texts = most(&self.texts, TEXTS_MAX, |count| u32::from(*count)).into_iter().collect();
        }
        if self.places.len() > 2 * PLACES_MAX {
            self.places = most(&self.places, PLACES_MAX, |place| place.blocks as u32).into_iter().collect();
        }
        true
    }

    /// Halves every count, and forgets the older half of the pages.
    fn forget_half(&mut self) {
        self.pages /= 2;
        self.known.drain(..self.known.len() / 2);
        self.texts.retain(|_, count| {
            *count /= 2;
            *count > 0
        });
        self.places.retain(|_, place| {
            (place.blocks, place.weight, place.sum) = (place.blocks / 2.0, place.weight / 2.0, place.sum / 2.0);
            place.blocks >= 1.0
        });
    }

    /// The profile as it is stored: at most some 65 KB. The same profile always gives the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let (texts, places) = (
            most(&self.texts, TEXTS_MAX, |count| u32::from(*count)),
            most(&self.places, PLACES_MAX, |place| place.blocks as u32),
        );
        let mut bytes = MAGIC.to_vec();
        for count in [self.pages as usize, self.known.len(), texts.len(), places.len()] {
            bytes.extend(u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
        }
        for page in &self.known {
            bytes.extend(page.to_le_bytes());
        }
        for (text, count) in texts {
            bytes.extend(text.to_le_bytes());
            bytes.extend(count.to_le_bytes());
        }
        for (key, place) in places {
            bytes.extend(key.to_le_bytes());
            for number in [place.blocks, place.weight, place.sum] {
                bytes.extend(number.to_le_bytes());
            }
        }
        bytes
    }

    /// Reads what [`SiteProfile::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`NotAProfile`] for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NotAProfile> {
        let mut rest = bytes.strip_prefix(MAGIC.as_slice()).ok_or(NotAProfile)?;
        let mut counts = [0; 4];
        for count in &mut counts {
            *count = u32::from_le_bytes(take(&mut rest)?);
        }
        let [pages, known, texts, places] = counts;
        let mut profile = Self { pages, ..Self::default() };
        for _ in 0..known {
            profile.known.push_back(u64::from_le_bytes(take(&mut rest)?));
        }
        for _ in 0..texts {
            let text = u64::from_le_bytes(take(&mut rest)?);
            profile.texts.insert(text, u16::from_le_bytes(take(&mut rest)?));
        }
        for _ in 0..places {
            let key = u64::from_le_bytes(take(&mut rest)?);
            let mut numbers = [0.0; 3];
            for number in &mut numbers {
                *number = f32::from_le_bytes(take(&mut rest)?);
            }
            let [blocks, weight, sum] = numbers;
            let sound = numbers.iter().all(|number| number.is_finite() && *number >= 0.0) && sum <= weight * 1.01;
            if !sound {
                return Err(NotAProfile);
            }
            profile.places.insert(key, Place { blocks, weight, sum });
        }
        if rest.is_empty() { Ok(profile) } else { Err(NotAProfile) }
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], NotAProfile> {
    let (head, tail) = rest.split_first_chunk().ok_or(NotAProfile)?;
    *rest = tail;
    Ok(*head)
}

/// The entries that count most, at most so many, in the order of their keys.
fn most<K: Copy + Ord + Hash, V: Copy>(all: &HashMap<K, V>, limit: usize, rank: impl Fn(&V) -> u32) -> Vec<(K, V)> {
    let mut entries: Vec<(K, V)> = all.iter().map(|(key, value)| (*key, *value)).collect();
    if entries.len() > limit {
        entries.sort_unstable_by_key(|(key, value)| (std::cmp::Reverse(rank(value)), *key));
        entries.truncate(limit);
    }
    entries.sort_unstable_by_key(|(key, _)| *key);
    entries
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;
    use crate::repeats::observation::Seen;

    fn page(page: u64, texts: impl IntoIterator<Item = u64>) -> Observation {
        let seen = |text| Seen { text: Some(text), place: text % 7, words: 9.0, score: 0.25 };
        Observation { page, blocks: texts.into_iter().map(seen).collect() }
    }

    #[test]
    fn a_page_captured_twice_counts_once() {
        let mut profile = SiteProfile::default();
        assert!(profile.learn(&page(1, [10, 11, 10])));
        assert!(!profile.learn(&page(1, [10, 12])));
        assert_eq!((profile.pages(), profile.count(10), profile.count(12)), (1, 1, 0));
    }

    #[test]
    fn a_profile_stays_small_and_keeps_what_repeats() {
        let mut profile = SiteProfile::default();
        for number in 0..3000_u64 {
            let own = (0..40).map(|block| 1_000_000 + number * 40 + block);
            profile.learn(&page(number, own.chain(0..20)));
        }
        assert!(profile.to_bytes().len() < 70_000, "{}", profile.to_bytes().len());
        assert!(profile.pages() <= PAGES_MAX);
        assert!((0..20).all(|text| profile.count(text) * 10 > profile.pages() * 9));
    }

    #[test]
    fn bytes_cut_short_or_of_another_form_are_no_profile() {
        let mut profile = SiteProfile::default();
        profile.learn(&page(1, [10, 11]));
        let bytes = profile.to_bytes();
        assert!((0..bytes.len()).all(|length| SiteProfile::from_bytes(&bytes[..length]) == Err(NotAProfile)));
        assert_eq!(SiteProfile::from_bytes(b"repeats2"), Err(NotAProfile));
    }

    proptest! {
        #[test]
        fn a_profile_survives_being_stored(pages in prop::collection::vec(prop::collection::vec(0_u64..50, 1..20), 0..30)) {
            let mut profile = SiteProfile::default();
            for (number, texts) in pages.into_iter().enumerate() {
                profile.learn(&page(number as u64, texts));
            }
            prop_assert_eq!(SiteProfile::from_bytes(&profile.to_bytes()).unwrap(), profile);
        }

        #[test]
        fn any_bytes_are_a_profile_or_refused(bytes: Vec<u8>) {
            let mut stored = MAGIC.to_vec();
            stored.extend(bytes);
            let _ = SiteProfile::from_bytes(&stored);
        }
    }
}
