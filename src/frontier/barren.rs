//! Places where pages go on and nothing new is said: a calendar that can be turned for ever, a list whose last page links to a
//! next one, a page under a thousand names. URLs are put together by their shape, and a shape whose pages say the same again and
//! again is barren. Pure, and only a suspicion, like `trap.rs`: it is asked about links that were followed, not about what a
//! source names itself.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use url::Url;

use crate::url::host;

/// Pages of one shape in a row that said nothing new make it barren.
pub const IN_A_ROW: u32 = 50;
/// Words that are looked at together.
const SHINGLE: usize = 4;
/// Marks of a text.
const MARKS: usize = 16;
/// Texts with so many marks in common say the same.
const ALIKE: usize = 13;
/// Texts that are remembered of each shape: pages that go on resemble those just before them.
const REMEMBERED: usize = 8;
/// Shapes that are remembered; a site that makes more of them is bounded by its budget of pages.
const SHAPES_MAX: usize = 20_000;

/// The least hashes of what a text is made of (Broder, "On the resemblance and containment of documents", 1997).
type Marks = [u64; MARKS];

/// What the pages of every shape have said.
#[derive(Debug, Default)]
pub struct Yields {
    shapes: HashMap<String, Yield>,
}

#[derive(Debug, Default)]
struct Yield {
    /// Pages since the last one that said something new.
    in_a_row: u32,
    last: Vec<Marks>,
}

impl Yields {
    /// Takes in what a page says, and whether it named pages of other shapes that were not known. Whether its shape is barren
    /// with that, and was not before.
    pub fn note(&mut self, url: &Url, text: &str, leads_on: bool) -> bool {
        let shape = shape(url);
        if !self.shapes.contains_key(&shape) && self.shapes.len() >= SHAPES_MAX {
            return false;
        }
        let marks = marks(text, url);
        let seen = self.shapes.entry(shape).or_default();
        let alike = |other: &Marks| marks.iter().zip(other).filter(|(a, b)| a == b).count() >= ALIKE;
        if leads_on {
            seen.in_a_row = 0;
        } else if seen.last.iter().any(alike) {
            seen.in_a_row += 1;
        } else {
            seen.in_a_row = 0;
            if seen.last.len() == REMEMBERED {
                seen.last.remove(0);
            }
            seen.last.push(marks);
        }
        seen.in_a_row == IN_A_ROW
    }

    /// Whether the pages of a URL's shape have said nothing new for long.
    pub fn is_barren(&self, url: &Url) -> bool {
        self.shapes.get(&shape(url)).is_some_and(|seen| seen.in_a_row >= IN_A_ROW)
    }
}

/// A URL without what tells pages of one kind apart: digits are one `#`, and parameters are their names.
pub fn shape(url: &Url) -> String {
    let mut shape = host(url);
    for segment in url.path_segments().into_iter().flatten() {
        shape.push('/');
        shape.push_str(&without_digits(segment));
    }
    let mut names: Vec<String> = url.query_pairs().map(|(name, _)| without_digits(&name)).collect();
    names.sort_unstable();
    names.dedup();
    if !names.is_empty() {
        shape.push('?');
        shape.push_str(&names.join("&"));
    }
    shape
}

fn without_digits(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for sign in text.chars() {
        if !sign.is_ascii_digit() {
            out.push(sign);
        } else if !out.ends_with('#') {
            out.push('#');
        }
    }
    out
}

/// The marks of a text. The numbers of its address, and those beside them, do not count: "page 17 of 99, next: 18" says what
/// "page 18 of 99, next: 19" does.
fn marks(text: &str, url: &Url) -> Marks {
    let numbers = |text: &str| -> Vec<u64> {
        text.split(|sign: char| !sign.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect()
    };
    let own = numbers(&url[url::Position::BeforePath..]);
    let is_own = |word: &str| numbers(word).iter().any(|number| own.iter().any(|own| own.abs_diff(*number) <= 1));
    let plain = |word: &str| if is_own(word) { without_digits(word) } else { word.to_owned() };
    let words: Vec<String> = text.split_whitespace().map(|word| plain(word).to_lowercase()).collect();
    let mut marks = [u64::MAX; MARKS];
    let last = words.len().saturating_sub(SHINGLE);
    for at in 0..=last {
        let mut hasher = DefaultHasher::new();
        words[at..words.len().min(at + SHINGLE)].hash(&mut hasher);
        let hash = hasher.finish();
        for (n, mark) in marks.iter_mut().enumerate() {
            // A permutation of the hashes for each mark.
            let permuted = (hash ^ (n as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)).wrapping_mul(0xD6E8_FEB8_6659_FD93);
            *mark = (*mark).min(permuted ^ (permuted >> 32));
        }
    }
    marks
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn story(n: usize) -> String {
        let things =
            ["mill", "bridge", "harbour", "orchard", "tower", "ferry", "market", "quarry", "school", "station"];
        let (a, b, c) = (things[n % 10], things[n / 10 % 10], things[n / 100 % 10]);
        let order = [[a, b, c], [b, c, a], [c, a, b], [b, a, c], [a, c, b], [c, b, a]];
        order.map(|[a, b, c]| format!("The {a} by the {b} {c} near {b} and {c} of {a}.")).join(" ")
    }

    #[test]
    fn urls_of_one_kind_have_one_shape() {
        assert_eq!(shape(&url("https://a.test/2026/05/news?page=7&id=x")), "a.test/#/#/news?id&page");
        assert_eq!(shape(&url("https://a.test/cal?month=2031-04")), shape(&url("https://a.test/cal?month=2031-05")));
        assert_ne!(shape(&url("https://a.test/mill")), shape(&url("https://a.test/bridge")));
    }

    #[test]
    fn pages_that_go_on_without_saying_anything_are_barren_after_fifty() {
        let mut yields = Yields::default();
        let told: Vec<bool> = (0..99)
            .map(|n| {
                let text =
                    format!("Events of month {n}. There are no events in this month. Previous month, next month.");
                yields.note(&url(&format!("https://a.test/cal?month={n}")), &text, false)
            })
            .collect();
        assert_eq!(told.iter().position(|told| *told), Some(50));
        assert_eq!(told.iter().filter(|told| **told).count(), 1, "it is told once");
        assert!(yields.is_barren(&url("https://a.test/cal?month=99")));
        assert!(!yields.is_barren(&url("https://a.test/story?month=99")));
    }

    #[test]
    fn pages_that_say_something_new_now_and_then_are_not() {
        let mut yields = Yields::default();
        for n in 0..300 {
            let text = if n % 15 == 0 { story(n) } else { "There is nothing here today, come back soon.".to_owned() };
            assert!(!yields.note(&url(&format!("https://a.test/p/{n}")), &text, false));
        }
    }

    #[test]
    fn pages_of_a_list_that_leads_to_stories_are_not() {
        let mut yields = Yields::default();
        for n in 0..300 {
            assert!(!yields.note(&url(&format!("https://a.test/blog/page/{n}")), "Older posts", true));
        }
    }

    #[test]
    fn tables_of_other_figures_are_not() {
        let mut yields = Yields::default();
        for day in 0..200_u64 {
            let figures: Vec<String> = (0..30).map(|n| format!("{}.{}", (day * 37 + n * 101) % 977, n)).collect();
            let text = format!("Rates of day {day}: {}", figures.join(" "));
            assert!(!yields.note(&url(&format!("https://a.test/rates/{day}")), &text, false), "{day}");
        }
    }

    #[test]
    fn articles_with_the_same_frame_are_different_articles() {
        let mut yields = Yields::default();
        for n in 0..300 {
            assert!(!yields.note(&url(&format!("https://a.test/p/{n}")), &story(n), false), "{n}");
        }
    }
}
