//! When a URL is visited again: retries after a failure, revisits of pages as their source's rates advise, documents of a source
//! on a rhythm of their own. Pure: time and chance (`random`, evenly from 0 to 1) are arguments.

use std::time::Duration;

use jiff::Timestamp;

use crate::frontier::item::{History, Item, Kind, Outcome, State, Validators};
use crate::frontier::rates::{self, Rates};

/// Comparisons beyond this count half, so that a site that changes its habits is believed.
const MEMORY: u32 = 32;

const DAY: Duration = Duration::from_secs(24 * 3600);
/// A document of a source (a feed, a sitemap, a listing) is read again no sooner than this, once it is known to change as often.
const POLL_MIN: Duration = Duration::from_secs(5 * 60);
/// A document is read again by then, however seldom it names anything new.
const POLL_MAX: Duration = DAY;
/// A document that cannot be had is asked for again after this at the latest.
const FAILED_POLL: Duration = Duration::from_secs(3600);
/// A document of which nothing is known yet is read again after this.
const POLL_FIRST: Duration = Duration::from_secs(30 * 60);

/// How often pages are visited again, and how failures are retried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// No page is visited again earlier.
    pub revisit_min: Duration,
    /// Every page that is kept is visited again by then.
    pub revisit_max: Duration,
    /// A page is visited again as soon as that can be expected to save so much time during which its copy is out of date. The
    /// larger, the fewer visits.
    pub gain: Duration,
    /// The first retry comes after about this, each further one after twice as long.
    pub retry_first: Duration,
    /// No retry is put off longer.
    pub retry_max: Duration,
    /// Failures in a row before a URL is given up.
    pub max_attempts: u32,
}

impl Default for Policy {
    fn default() -> Self {
        const HOUR: u64 = 3600;
        Self {
            revisit_min: Duration::from_secs(6 * HOUR),
            revisit_max: Duration::from_secs(30 * 24 * HOUR),
            gain: Duration::from_secs(4 * HOUR),
            retry_first: Duration::from_secs(60),
            retry_max: Duration::from_secs(6 * HOUR),
            max_attempts: 5,
        }
    }
}

/// What a visit found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Visit {
    /// Seen for the first time.
    New,
    /// The article (or the source's list) is another than last time.
    Changed,
    /// It is the same, whatever the chrome; or the server said 304.
    Unchanged,
    /// It redirects; where to is a candidate of its own.
    Moved,
    /// 404 or 410.
    Gone,
    /// robots.txt says no; it is asked again when the rules may have changed.
    Denied,
    /// Fetched, and not wanted: out of scope, `noarchive`, no article.
    Unwanted,
    /// Its host is down until then: no fault of the URL, and no attempt.
    HostDown {
        /// When the host is asked again.
        until: Timestamp,
    },
    /// It failed.
    Failed {
        /// Whether trying again may help: time-outs, 429 and 5xx do, a certificate of another name does not.
        transient: bool,
        /// When the server wishes to be asked again, capped by the caller.
        retry_after: Option<Duration>,
    },
}

/// Plans the next visit of a URL.
#[derive(Debug)]
pub struct Planner<'a> {
    /// The bounds.
    pub policy: &'a Policy,
    /// How often the pages of the URL's source change; it learns from every visit.
    pub rates: &'a mut Rates,
    /// When the visit was.
    pub now: Timestamp,
    /// Chance, evenly from 0 to 1.
    pub random: f64,
}

impl Planner<'_> {
    /// Turns what a visit found into what the frontier records. `validators` are the answer's own; they replace what is kept
    /// only when the visit was a success (and a 304 without any leaves the old ones). `born` is when the page says that it was
    /// published. `note` is for people.
    pub fn settle(
        &mut self,
        item: &Item,
        visit: &Visit,
        validators: Option<Validators>,
        born: Option<Timestamp>,
        note: impl Into<String>,
    ) -> Outcome {
        let (policy, now) = (self.policy, self.now);
        let mut outcome = Outcome {
            url: item.url.clone(),
            state: State::Done,
            due: None,
            attempts: 0,
            validators: None,
            visited: None,
            // A date in the future is a mistake.
            born: born.filter(|born| *born <= now),
            history: item.history,
            note: note.into(),
        };
        // A source that fails is looked after every hour: it is all there is to know of its pages.
        let revisit_max =
            if item.kind == Kind::Page { policy.revisit_max } else { policy.revisit_max.min(FAILED_POLL) };
        match visit {
            Visit::New | Visit::Changed | Visit::Unchanged => {
                outcome.history = self.observe(item, visit, outcome.born.unwrap_or(item.born));
                outcome.validators = match visit {
                    Visit::Unchanged => validators.filter(|v| !v.is_empty()),
                    _ => Some(validators.unwrap_or_default()),
                };
                outcome.visited = Some(now);
                outcome.due = Some(self.later(outcome.history.interval));
            }
            Visit::Moved | Visit::Unwanted => outcome.due = Some(self.later(policy.revisit_max)),
            Visit::Gone => {
                outcome.state = State::Gone;
                outcome.due = Some(self.later(revisit_max));
            }
            Visit::Denied => {
                outcome.state = State::Failed;
                outcome.due = Some(self.later(policy.revisit_min.max(DAY).min(revisit_max)));
            }
            Visit::HostDown { until } => {
                outcome.state = State::Waiting;
                outcome.attempts = item.attempts;
                // Behind those that were not tried: one URL that brings its host down must not keep all others waiting.
                let behind = scaled(policy.retry_first, 0.5 + 0.5 * self.random.clamp(0.0, 1.0));
                outcome.due = Some(after(*until, behind));
            }
            Visit::Failed { transient, retry_after } => {
                outcome.attempts = item.attempts.saturating_add(1);
                if *transient && outcome.attempts < policy.max_attempts {
                    outcome.state = State::Waiting;
                    let wait = backoff(outcome.attempts, policy, self.random).max(retry_after.unwrap_or_default());
                    outcome.due = Some(after(now, wait));
                } else {
                    outcome.state = State::Failed;
                    let wait = if *transient { given_up(outcome.attempts, policy) } else { policy.revisit_max };
                    outcome.due = Some(self.later(wait.min(revisit_max)));
                }
            }
        }
        outcome
    }

    fn later(&self, wait: Duration) -> Timestamp {
        after(self.now, jittered(wait, self.random))
    }

    /// The statistics after a visit, with the interval to the next one in `interval`.
    fn observe(&mut self, item: &Item, visit: &Visit, born: Timestamp) -> History {
        let mut history = item.history;
        let compared = item.visited.filter(|_| matches!(visit, Visit::Changed | Visit::Unchanged));
        let changed = *visit == Visit::Changed;
        if let Some(visited) = compared {
            history.compared += 1;
            history.changed += u32::from(changed);
            history.observed += since(visited, self.now);
        }
        if history.compared > MEMORY {
            history.compared /= 2;
            history.changed /= 2;
            history.observed /= 2;
            history.expected /= 2.0;
        }
        if item.kind != Kind::Page {
            history.interval = rhythm(&history);
            return history;
        }
        if let Some(visited) = compared {
            let (from, to) = (rates::hours(since(born, visited)), rates::hours(since(born, self.now)));
            history.expected += self.rates.learn(&history, from, to, changed);
        }
        let bounds = (self.policy.revisit_min, self.policy.revisit_max);
        history.interval = rates::interval(&history, self.rates, since(born, self.now), self.policy.gain, bounds);
        history
    }
}

/// The wait before retry number `attempts` (from 1): doubling from `retry_first` up to `retry_max`, then somewhere in its
/// upper half, so that what failed together does not come back together.
pub fn backoff(attempts: u32, policy: &Policy, random: f64) -> Duration {
    let doublings = attempts.saturating_sub(1).min(31);
    let full = policy.retry_first.saturating_mul(1 << doublings).min(policy.retry_max);
    scaled(full, 0.5 + 0.5 * random.clamp(0.0, 1.0))
}

/// How long a URL is given up for after so many failures that might have passed: a day, then twice as long each time.
fn given_up(attempts: u32, policy: &Policy) -> Duration {
    let times = attempts.saturating_sub(policy.max_attempts).min(31);
    DAY.saturating_mul(1 << times).min(policy.revisit_max)
}

/// The interval at which a document of a source is expected to name something new once. No step goes beyond twice or below half
/// of the last interval, because a single visit proves little.
fn rhythm(history: &History) -> Duration {
    if history.compared == 0 {
        return POLL_FIRST;
    }
    // No change at all gives an infinite interval, which the bounds answer.
    let wanted = history.observed.as_secs_f64() / rates::changes(history);
    let wanted = Duration::try_from_secs_f64(wanted).unwrap_or(POLL_MAX);
    let last = if history.interval.is_zero() { POLL_FIRST } else { history.interval };
    wanted.clamp(last / 2, last.saturating_mul(2)).clamp(POLL_MIN, POLL_MAX)
}

/// The time between two moments; none where they are the wrong way round.
fn since(earlier: Timestamp, later: Timestamp) -> Duration {
    Duration::try_from(later.duration_since(earlier)).unwrap_or_default()
}

/// Up to a tenth more or less, so that what was found together is not visited together for ever.
fn jittered(wait: Duration, random: f64) -> Duration {
    scaled(wait, 0.9 + 0.2 * random.clamp(0.0, 1.0))
}

/// A configured time may be as long as anyone likes; it is never a panic.
fn scaled(wait: Duration, by: f64) -> Duration {
    Duration::try_from_secs_f64(wait.as_secs_f64() * by).unwrap_or(Duration::MAX)
}

fn after(now: Timestamp, wait: Duration) -> Timestamp {
    now.saturating_add(wait).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;
    use url::Url;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);
    /// No jitter: the middle of every range.
    const MIDDLE: f64 = 0.5;

    fn item() -> Item {
        Item {
            url: Url::parse("https://a.test/x").unwrap(),
            source: "s".to_owned(),
            depth: 0,
            kind: Kind::Page,
            priority: 0,
            attempts: 0,
            validators: Validators::default(),
            visited: None,
            born: at(0),
            history: History::default(),
        }
    }

    fn at(day: u64) -> Timestamp {
        Timestamp::UNIX_EPOCH + DAY * u32::try_from(day).unwrap()
    }

    fn settle(
        item: &Item,
        visit: &Visit,
        validators: Option<Validators>,
        note: &str,
        policy: &Policy,
        now: Timestamp,
        random: f64,
    ) -> Outcome {
        Planner { policy, rates: &mut Rates::default(), now, random }.settle(item, visit, validators, None, note)
    }

    /// Visits a URL whenever it is due, and lists the intervals in hours; `changes` says what each visit finds.
    fn intervals(kind: Kind, changes: &[bool]) -> Vec<f64> {
        let (policy, mut rates, mut now) = (Policy::default(), Rates::default(), at(0));
        let mut item = Item { kind, ..item() };
        let mut found = Vec::new();
        for (visit, changed) in changes.iter().enumerate() {
            let visit = match (visit, changed) {
                (0, _) => Visit::New,
                (_, true) => Visit::Changed,
                (_, false) => Visit::Unchanged,
            };
            let mut planner = Planner { policy: &policy, rates: &mut rates, now, random: MIDDLE };
            let outcome = planner.settle(&item, &visit, None, None, "");
            found.push(rates::hours(since(now, outcome.due.unwrap())));
            (item.history, item.visited, now) = (outcome.history, outcome.visited, outcome.due.unwrap());
        }
        found
    }

    #[test]
    fn a_page_that_never_changes_is_visited_less_and_less_often() {
        let intervals = intervals(Kind::Page, &[false; 30]);
        assert!(intervals.is_sorted() && intervals[0] < 12.0, "{intervals:?}");
        assert!((intervals[29] - 720.0).abs() < 1.0, "{intervals:?}");
    }

    #[test]
    fn a_page_that_always_changes_is_visited_as_often_as_may_be() {
        let intervals = intervals(Kind::Page, &[true; 20]);
        assert!((intervals[19] - 6.0).abs() < 0.1, "{intervals:?}");
    }

    #[test]
    fn a_page_that_begins_to_change_is_visited_more_often_again() {
        let mut changes = vec![false; 12];
        changes.extend([true; 40]);
        let intervals = intervals(Kind::Page, &changes);
        assert!(intervals[51] < 0.25 * intervals[11], "{intervals:?}");
    }

    #[test]
    fn a_feed_that_cannot_be_had_is_asked_for_again_every_hour_at_least() {
        let feed = Item { kind: Kind::Feed, attempts: 20, ..item() };
        let failed = |transient| Visit::Failed { transient, retry_after: None };
        for visit in [failed(true), failed(false), Visit::Gone, Visit::Denied] {
            let due = settle(&feed, &visit, None, "", &Policy::default(), at(0), 1.0).due.unwrap();
            assert!(due <= at(0) + HOUR + HOUR / 10, "{visit:?}: {due}");
        }
    }

    #[test]
    fn a_feed_that_has_nothing_new_is_read_less_often_and_a_busy_one_every_few_minutes() {
        let hours = |minutes: f64| minutes / 60.0;
        let idle = intervals(Kind::Feed, &[false; 9]);
        assert_eq!(idle[..5], [0.5, 1.0, 2.0, 4.0, 8.0]);
        assert!((idle[8] - 24.0).abs() < 0.01, "a day at most: {idle:?}");
        let busy = intervals(Kind::Feed, &[true; 12]);
        assert!((busy[11] - hours(5.0)).abs() < 0.01, "{busy:?}");
    }

    #[test]
    fn an_error_keeps_validators_and_statistics() {
        let mut item = item();
        item.history.compared = 3;
        let failed = Visit::Failed { transient: true, retry_after: None };
        let outcome = settle(&item, &failed, Some(Validators::default()), "500", &Policy::default(), at(0), MIDDLE);
        assert_eq!((outcome.validators, outcome.visited, outcome.history), (None, None, item.history));
    }

    #[test]
    fn a_304_without_validators_keeps_the_old_ones() {
        let mut item = item();
        item.visited = Some(at(0));
        let settled =
            |validators| settle(&item, &Visit::Unchanged, validators, "", &Policy::default(), at(1), MIDDLE).validators;
        assert_eq!(settled(Some(Validators::default())), None);
        let fresh = Validators { etag: Some("\"2\"".to_owned()), last_modified: None };
        assert_eq!(settled(Some(fresh.clone())), Some(fresh));
    }

    #[test]
    fn retries_double_and_end() {
        let policy = Policy { max_attempts: 4, ..Policy::default() };
        let mut item = item();
        let mut told = Vec::new();
        for _ in 0..6 {
            let failed = Visit::Failed { transient: true, retry_after: None };
            let outcome = settle(&item, &failed, None, "", &policy, at(0), 1.0);
            told.push((outcome.state, outcome.due.unwrap().duration_since(at(0)).as_secs()));
            item.attempts = outcome.attempts;
        }
        let days = |days: f64| (State::Failed, DAY.mul_f64(days).as_secs() as i64);
        assert_eq!(told[..3], [(State::Waiting, 60), (State::Waiting, 120), (State::Waiting, 240)]);
        assert_eq!(told[3..], [days(1.1), days(2.2), days(4.4)], "no outage costs a page a month");
    }

    #[test]
    fn a_host_that_is_down_costs_its_urls_no_attempt() {
        let mut item = item();
        item.attempts = 4;
        let outcome = settle(&item, &Visit::HostDown { until: at(1) }, None, "", &Policy::default(), at(0), MIDDLE);
        assert_eq!((outcome.state, outcome.attempts), (State::Waiting, 4));
        assert_eq!(outcome.due, Some(at(1) + Duration::from_secs(45)));
    }

    #[test]
    fn what_cannot_be_helped_is_not_retried() {
        let failed = Visit::Failed { transient: false, retry_after: None };
        assert_eq!(settle(&item(), &failed, None, "", &Policy::default(), at(0), MIDDLE).state, State::Failed);
    }

    #[test]
    fn a_server_that_asks_for_patience_gets_it() {
        let failed = Visit::Failed { transient: true, retry_after: Some(HOUR) };
        let outcome = settle(&item(), &failed, None, "", &Policy::default(), at(0), MIDDLE);
        assert_eq!(outcome.due, Some(at(0) + HOUR));
    }

    proptest! {
        #[test]
        fn a_rhythm_stays_within_its_bounds(compared: u32, changed: u32, observed: u64, interval: u64) {
            let (observed, interval) = (Duration::from_secs(observed), Duration::from_secs(interval));
            let wait = rhythm(&History { compared, changed, observed, interval, ..History::default() });
            prop_assert!((POLL_MIN..=POLL_MAX).contains(&wait));
        }

        #[test]
        fn no_configuration_makes_a_panic(min: u64, max: u64, random in 0.0..1.0f64) {
            let policy = Policy {
                revisit_min: Duration::from_secs(min),
                revisit_max: Duration::from_secs(max),
                retry_max: Duration::from_secs(max),
                ..Policy::default()
            };
            for visit in [Visit::New, Visit::Gone, Visit::Failed { transient: true, retry_after: None }] {
                let _ = settle(&item(), &visit, None, "", &policy, at(0), random);
            }
        }
    }
}
