//! What a crawl or a source may fetch: pages an hour and bytes a day. Pure: a purse fills with time, is spent from, and stretches
//! the intervals between visits while it is too small, so that what there is goes where a change is likeliest.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

const HOUR: f64 = 3600.0;
const DAY: f64 = 24.0 * HOUR;
/// How the intervals are stretched when an hour ends: by this where the purse was empty in it, back where much was left.
const STRETCH: f64 = 1.25;
/// Intervals are stretched no further than this.
const STRETCH_MAX: f64 = 100.0;
/// Much is left where no more than this share of an hour's pages was spent.
const SPENT_LITTLE: f64 = 0.8;

/// What may be fetched; `None` is without bounds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Allowance {
    /// Pages an hour.
    pub pages_per_hour: Option<u64>,
    /// Bytes a day, over the wire.
    pub bytes_per_day: Option<u64>,
}

/// What is left of an allowance: an hour's pages and a day's bytes at most. Bytes are known once they came, so that what is
/// left of them may be less than nothing.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Purse {
    /// When it was last filled.
    at: Timestamp,
    pages: f64,
    bytes: f64,
    /// When the hour began over which is judged whether it is large enough.
    hour: Timestamp,
    /// Pages spent in that hour.
    spent: f64,
    /// Whether it was found empty in that hour.
    empty: bool,
    /// What expected gains are measured against is multiplied by this.
    stretch: f64,
}

impl Allowance {
    /// Whether there is any bound.
    pub fn is_bounded(&self) -> bool {
        self.pages_per_hour.is_some() || self.bytes_per_day.is_some()
    }

    fn pages(&self) -> f64 {
        self.pages_per_hour.map_or(f64::INFINITY, |pages| pages as f64)
    }

    fn bytes(&self) -> f64 {
        self.bytes_per_day.map_or(f64::INFINITY, |bytes| bytes as f64)
    }
}

impl Purse {
    /// A full one.
    pub fn full(allowance: &Allowance, now: Timestamp) -> Self {
        let bounded = |full: f64| if full.is_finite() { full } else { 0.0 };
        Self {
            at: now,
            pages: bounded(allowance.pages()),
            bytes: bounded(allowance.bytes()),
            hour: now,
            spent: 0.0,
            empty: false,
            stretch: 1.0,
        }
    }

    /// The purse at a later time.
    #[must_use]
    pub fn filled(mut self, allowance: &Allowance, now: Timestamp) -> Self {
        let gone = now.duration_since(self.at).as_secs_f64().max(0.0);
        if let Some(pages) = allowance.pages_per_hour {
            self.pages = (self.pages + pages as f64 * gone / HOUR).min(pages as f64);
        }
        if let Some(bytes) = allowance.bytes_per_day {
            self.bytes = (self.bytes + bytes as f64 * gone / DAY).min(bytes as f64);
        }
        self.at = self.at.max(now);
        if now.duration_since(self.hour).as_secs_f64() >= HOUR {
            if self.empty {
                self.stretch = (self.stretch * STRETCH).min(STRETCH_MAX);
            } else if self.spent < SPENT_LITTLE * allowance.pages() {
                self.stretch = (self.stretch / STRETCH).max(1.0);
            }
            (self.hour, self.spent, self.empty) = (now, 0.0, false);
        }
        self
    }

    /// Takes a page out; `None` where there is none, or no byte for it.
    #[must_use]
    pub fn without_page(mut self, allowance: &Allowance) -> Option<Self> {
        if self.wait(allowance).is_some() {
            return None;
        }
        if allowance.pages_per_hour.is_some() {
            self.pages -= 1.0;
        }
        self.spent += 1.0;
        Some(self)
    }

    /// The purse that was found empty.
    #[must_use]
    pub fn found_empty(self) -> Self {
        Self { empty: true, ..self }
    }

    /// Puts a page back that was not fetched after all.
    #[must_use]
    pub fn with_page(self, allowance: &Allowance) -> Self {
        let pages = if allowance.pages_per_hour.is_some() { self.pages + 1.0 } else { self.pages };
        Self { pages, spent: self.spent - 1.0, ..self }
    }

    /// The purse after so many bytes came.
    #[must_use]
    pub fn without_bytes(self, allowance: &Allowance, bytes: u64) -> Self {
        let left = if allowance.bytes_per_day.is_some() { self.bytes - bytes as f64 } else { self.bytes };
        Self { bytes: left, ..self }
    }

    /// How long it takes until there is a page and a byte for it again; `None` where there is.
    pub fn wait(&self, allowance: &Allowance) -> Option<Duration> {
        let pages = allowance.pages_per_hour.map_or(0.0, |pages| (1.0 - self.pages) * HOUR / pages.max(1) as f64);
        let bytes = allowance.bytes_per_day.map_or(0.0, |bytes| (1.0 - self.bytes) * DAY / bytes.max(1) as f64);
        let wait = pages.max(bytes);
        // What is left after rounding is no wait.
        (wait > 1e-6).then(|| Duration::try_from_secs_f64(wait).unwrap_or(Duration::MAX))
    }

    /// By how much expected gains must be larger than usual to be worth a visit.
    pub fn stretch(&self) -> f64 {
        self.stretch
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    const START: Timestamp = Timestamp::UNIX_EPOCH;
    const PAGES: Allowance = Allowance { pages_per_hour: Some(60), bytes_per_day: None };

    /// Asks for a page so often at each of these minutes; how many there were each time.
    fn spend(allowance: &Allowance, asked: &[(u64, u32)]) -> (Vec<u32>, Purse) {
        let mut purse = Purse::full(allowance, START);
        let mut had = Vec::new();
        for (minute, times) in asked {
            purse = purse.filled(allowance, START + Duration::from_secs(minute * 60));
            let mut count = 0;
            for _ in 0..*times {
                match purse.without_page(allowance) {
                    Some(left) => (purse, count) = (left, count + 1),
                    None => purse = purse.found_empty(),
                }
            }
            had.push(count);
        }
        (had, purse)
    }

    #[test]
    fn an_hours_pages_can_be_spent_at_once_and_come_back_one_by_one() {
        let (had, purse) = spend(&PAGES, &[(0, 100), (1, 100), (11, 100), (500, 100)]);
        assert_eq!(had, [60, 1, 10, 60]);
        assert_eq!(purse.wait(&PAGES), Some(Duration::from_secs(60)));
    }

    #[test]
    fn bytes_that_came_must_be_paid_off_first() {
        let day = Allowance { pages_per_hour: None, bytes_per_day: Some(86_400) };
        let purse = Purse::full(&day, START).without_page(&day).unwrap().without_bytes(&day, 86_400 + 3600);
        assert_eq!(purse.without_page(&day), None);
        assert_eq!(purse.wait(&day), Some(Duration::from_secs(3601)));
        let later = purse.filled(&day, START + Duration::from_secs(3601));
        assert!(later.without_page(&day).is_some());
    }

    #[test]
    fn an_empty_purse_stretches_the_intervals_and_one_that_is_not_needed_lets_them_go() {
        let busy: Vec<(u64, u32)> = (0..50).map(|hour| (hour * 60, 100)).collect();
        let (_, purse) = spend(&PAGES, &busy);
        assert!(purse.stretch() > 50.0);
        let calm = (51..100).fold(purse, |purse, hour| purse.filled(&PAGES, START + Duration::from_secs(hour * 3600)));
        assert!((calm.stretch() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn without_bounds_there_is_always_a_page() {
        let (had, purse) = spend(&Allowance::default(), &[(0, 1000), (90, 1000)]);
        assert_eq!((had, purse.wait(&Allowance::default())), (vec![1000, 1000], None));
    }

    proptest! {
        #[test]
        fn no_hour_gives_more_than_two_hours_pages(asked in prop::collection::vec((0..20u64, 0..40u32), 1..80)) {
            let mut minute = 0;
            let asked: Vec<_> = asked.into_iter().map(|(wait, times)| { minute += wait; (minute, times) }).collect();
            let (had, _) = spend(&PAGES, &asked);
            for start in 0..asked.len() {
                let within = (start..asked.len()).take_while(|at| asked[*at].0 < asked[start].0 + 60);
                let sum: u32 = within.map(|at| had[at]).sum();
                prop_assert!(sum <= 120, "{sum} in the hour from minute {}", asked[start].0);
            }
        }
    }
}
