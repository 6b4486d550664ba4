//! How often the articles of a source change, by their age, and what that means for one of them: an article of a newspaper is
//! edited in its first hours and hardly ever after a month, a page of documentation at any age. Pure; hours are `f64`.
//!
//! The rates of a source are learnt from all its pages. A page is held to change as its source's pages do, times a factor of
//! its own that is learnt from its own visits and drawn towards one (a Gamma prior on the rate of a Poisson process). A visit
//! only tells whether anything changed; in a source's rates, a change that was found counts for as many as are likely where
//! there is at least one.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::frontier::item::History;

/// Where the classes of age begin, in hours.
const AGES: [f64; 9] = [0.0, 6.0, 12.0, 24.0, 48.0, 96.0, 240.0, 720.0, 2160.0];
/// Where the oldest class would end, in hours, to give it a middle.
const OLD: f64 = 4320.0;
/// Changes that a page is held to see before anything is known, each time it grows twice as old or a little less.
const CHANGES_BEFORE: f64 = 0.5;
/// What is held before anything is known weighs as much as so many changes that were seen.
const WEIGHT_BEFORE: f64 = 2.0;
/// A class that has seen so many changes forgets half of them.
const CHANGES_MAX: f64 = 400.0;
/// A page's factor is drawn towards one as if so many changes had been seen and expected.
const DRAW: f64 = 1.0;

/// The rates of one source.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rates([Seen; AGES.len()]);

/// What was seen of the pages of one age.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Seen {
    changes: f64,
    hours: f64,
}

/// A stretch of a page's life within one class of age.
struct Stretch {
    class: usize,
    hours: f64,
}

/// The stretches between two ages, in hours.
fn stretches(from: f64, to: f64) -> impl Iterator<Item = Stretch> {
    (0..AGES.len()).filter_map(move |class| {
        let end = AGES.get(class + 1).copied().unwrap_or(f64::INFINITY);
        let hours = to.min(end) - from.max(AGES[class]);
        (hours > 0.0).then_some(Stretch { class, hours })
    })
}

impl Rates {
    /// Changes an hour at an age.
    fn per_hour(&self, class: usize) -> f64 {
        let end = AGES.get(class + 1).copied().unwrap_or(OLD);
        let middle = f64::midpoint(AGES[class], end);
        let seen = self.0[class];
        (WEIGHT_BEFORE + seen.changes) / (WEIGHT_BEFORE * middle / CHANGES_BEFORE + seen.hours)
    }

    /// Changes to be expected of a page of the source between two ages, in hours.
    pub fn expected(&self, from: f64, to: f64) -> f64 {
        stretches(from, to).map(|stretch| self.per_hour(stretch.class) * stretch.hours).sum()
    }

    /// Learns that a page changed, or did not, between two visits at these ages (hours); `history` is the page's, and this
    /// comparison is already counted in it. Gives what was to be expected of any page of the source in that time.
    pub fn learn(&mut self, history: &History, from: f64, to: f64, changed: bool) -> f64 {
        let expected = self.expected(from, to);
        if expected <= 0.0 {
            return 0.0;
        }
        let likely = factor(history) * expected;
        // At least one change is certain; that there were more grows likely with their rate.
        let found = if !changed {
            0.0
        } else if likely < 1e-9 {
            1.0
        } else {
            likely / -(-likely).exp_m1()
        };
        for stretch in stretches(from, to) {
            let share = self.per_hour(stretch.class) * stretch.hours / expected;
            let seen = &mut self.0[stretch.class];
            seen.changes += found * share;
            seen.hours += stretch.hours;
            if seen.changes > CHANGES_MAX {
                (seen.changes, seen.hours) = (seen.changes / 2.0, seen.hours / 2.0);
            }
        }
        expected
    }
}

/// How many times oftener than its source's pages a page changes: the changes that its visits suggest (`changes`), beside those
/// that were to be expected in the same time.
fn factor(history: &History) -> f64 {
    (DRAW + changes(history)) / (DRAW + history.expected)
}

/// How many changes n visits suggest of which X found any: -n ln((n - X + 0.5) / (n + 0.5)), the bias-reduced estimator of Cho
/// and Garcia-Molina ("Estimating frequency of change", 2003). A visit that finds a change may have missed others.
pub fn changes(history: &History) -> f64 {
    let visits = f64::from(history.compared);
    let changed = f64::from(history.changed.min(history.compared));
    -visits * ((visits - changed + 0.5) / (visits + 0.5)).ln()
}

/// An edit that is captured before the next one replaces it is worth as much as so many hours of a copy that is up to date.
const EDIT_WORTH: f64 = 12.0;
/// The next interval that is looked at is longer by this factor.
const STEP: f64 = 1.15;

/// How long to wait until a page of this age is visited again: as soon as the visit is worth `gain`, within `min` and `max`.
///
/// With a rate of r changes an hour and an interval of t hours, the copy is up to date for (1 - e^-rt) / rt of the time and
/// (1 - e^-rt) / t edits an hour are captured. What one visit more brings is the derivative of these by 1 / t, which is
/// (1/r + w) (1 - e^-rt (1 + rt)) for an edit that is worth w hours. Visits are spent best where every page's brings the same
/// (Cho and Garcia-Molina, "Effective page refresh policies for Web crawlers", 2003; Azar et al., "Tractable near-optimal
/// policies for crawling", 2018): neither all pages alike nor each as often as it changes.
pub fn interval(
    history: &History,
    rates: &Rates,
    age: Duration,
    gain: Duration,
    bounds: (Duration, Duration),
) -> Duration {
    let (min, max) = (hours(bounds.0), hours(bounds.1.max(bounds.0)));
    let (age, gain, factor) = (hours(age), hours(gain), factor(history));
    let mut wait = min.max(1.0 / 60.0);
    while wait < max {
        let changes = factor * rates.expected(age, age + wait);
        let useful = 1.0 - (-changes).exp() * (1.0 + changes);
        if changes > 0.0 && (wait / changes + EDIT_WORTH) * useful >= gain {
            break;
        }
        wait *= STEP;
    }
    Duration::try_from_secs_f64(wait.clamp(min, max) * 3600.0).unwrap_or(bounds.1)
}

/// A time in hours.
pub fn hours(time: Duration) -> f64 {
    time.as_secs_f64() / 3600.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);
    const DAY: Duration = Duration::from_secs(24 * 3600);
    const BOUNDS: (Duration, Duration) = (Duration::from_secs(6 * 3600), Duration::from_secs(30 * 24 * 3600));

    fn wait_hours(history: &History, rates: &Rates, age: Duration) -> f64 {
        hours(interval(history, rates, age, 6 * HOUR, BOUNDS))
    }

    fn seen(rates: &mut Rates, history: History, from: f64, to: f64, changed: bool) -> History {
        let mut after = history;
        after.compared += 1;
        after.changed += u32::from(changed);
        after.expected += rates.learn(&after, from, to, changed);
        after
    }

    #[test]
    fn before_anything_is_known_an_old_page_is_visited_less_often_than_a_new_one() {
        let wait = |age| wait_hours(&History::default(), &Rates::default(), age);
        let waits = [wait(Duration::ZERO), wait(DAY), wait(10 * DAY), wait(1000 * DAY)];
        assert!(waits.is_sorted() && waits[0] < 12.0 && waits[3] > 200.0, "{waits:?}");
    }

    #[test]
    fn what_the_pages_of_a_source_do_early_is_expected_of_the_next_one() {
        let mut busy = Rates::default();
        let mut calm = Rates::default();
        for _ in 0..50 {
            for (from, to) in [(0.0, 6.0), (6.0, 12.0), (12.0, 24.0), (24.0, 48.0)] {
                busy.learn(&History::default(), from, to, from < 12.0);
                calm.learn(&History::default(), from, to, false);
            }
        }
        let wait = |rates: &Rates, age| wait_hours(&History::default(), rates, age);
        assert!(wait(&busy, Duration::ZERO) < wait(&calm, Duration::ZERO));
        assert!(wait(&busy, 2 * DAY) > 2.0 * wait(&busy, Duration::ZERO), "they are edited while they are new");
    }

    #[test]
    fn a_page_that_changes_oftener_than_its_source_is_visited_oftener() {
        let mut rates = Rates::default();
        let (mut lively, mut still) = (History::default(), History::default());
        for day in 30..60 {
            let (from, to) = (f64::from(day) * 24.0, f64::from(day + 1) * 24.0);
            lively = seen(&mut rates, lively, from, to, true);
            still = seen(&mut rates, still, from, to, false);
        }
        assert!(4.0 * wait_hours(&lively, &rates, 60 * DAY) < wait_hours(&still, &rates, 60 * DAY));
    }

    proptest! {
        #[test]
        fn the_wait_is_within_its_bounds_whatever_was_learnt(
            compared in 0..1000u32, changed in 0..1000u32, expected in 0.0..1e6f64, age: u64, gain: u32,
            visits in prop::collection::vec((0.0..1e5f64, 1e-3..1e5f64, any::<bool>()), 0..40),
        ) {
            let mut rates = Rates::default();
            let mut history = History { compared, changed, expected, ..History::default() };
            for (from, length, changed) in visits {
                history = seen(&mut rates, history, from, from + length, changed);
                prop_assert!(history.expected.is_finite());
            }
            let gain = Duration::from_secs(u64::from(gain));
            let wait = interval(&history, &rates, Duration::from_secs(age), gain, BOUNDS);
            prop_assert!((BOUNDS.0..=BOUNDS.1).contains(&wait));
        }
    }
}
