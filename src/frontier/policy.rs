//! When a URL is visited again: retries after a failure, revisits as often as its article changes. Pure: time and chance
//! (`random`, evenly from 0 to 1) are arguments.

use std::time::Duration;

use jiff::Timestamp;

use crate::frontier::item::{History, Item, Outcome, State, Validators};

/// Comparisons beyond this count half, so that a site that changes its habits is believed.
const MEMORY: u32 = 32;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// How often pages are visited again, and how failures are retried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// No page is visited again earlier.
    pub revisit_min: Duration,
    /// Every page that is kept is visited again by then.
    pub revisit_max: Duration,
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

/// Turns what a visit found into what the frontier records. `validators` are the answer's own; they replace what is kept only
/// when the visit was a success (and a 304 without any leaves the old ones). `note` is for people.
pub fn settle(
    item: &Item,
    visit: &Visit,
    validators: Option<Validators>,
    note: impl Into<String>,
    policy: &Policy,
    now: Timestamp,
    random: f64,
) -> Outcome {
    let mut outcome = Outcome {
        url: item.url.clone(),
        state: State::Done,
        due: None,
        attempts: 0,
        validators: None,
        visited: None,
        history: item.history,
        note: note.into(),
    };
    let later = |wait: Duration| Some(after(now, jittered(wait, random)));
    match visit {
        Visit::New | Visit::Changed | Visit::Unchanged => {
            outcome.history = observe(item, visit, now, policy);
            outcome.validators = match visit {
                Visit::Unchanged => validators.filter(|v| !v.is_empty()),
                _ => Some(validators.unwrap_or_default()),
            };
            outcome.visited = Some(now);
            outcome.due = later(outcome.history.interval);
        }
        Visit::Moved | Visit::Unwanted => outcome.due = later(policy.revisit_max),
        Visit::Gone => {
            outcome.state = State::Gone;
            outcome.due = later(policy.revisit_max);
        }
        Visit::Denied => {
            outcome.state = State::Failed;
            outcome.due = later(policy.revisit_min.max(Duration::from_secs(24 * 3600)).min(policy.revisit_max));
        }
        Visit::HostDown { until } => {
            outcome.state = State::Waiting;
            outcome.attempts = item.attempts;
            // Behind those that were not tried: one URL that brings its host down must not keep all others waiting.
            outcome.due = Some(after(*until, scaled(policy.retry_first, 0.5 + 0.5 * random.clamp(0.0, 1.0))));
        }
        Visit::Failed { transient, retry_after } => {
            outcome.attempts = item.attempts.saturating_add(1);
            if *transient && outcome.attempts < policy.max_attempts {
                outcome.state = State::Waiting;
                let wait = backoff(outcome.attempts, policy, random).max(retry_after.unwrap_or_default());
                outcome.due = Some(after(now, wait));
            } else {
                outcome.state = State::Failed;
                outcome.due = later(if *transient { given_up(outcome.attempts, policy) } else { policy.revisit_max });
            }
        }
    }
    outcome
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

/// The statistics after a visit, with the interval to the next one in `interval`.
fn observe(item: &Item, visit: &Visit, now: Timestamp, policy: &Policy) -> History {
    let mut history = item.history;
    if let (Visit::Changed | Visit::Unchanged, Some(visited)) = (visit, item.visited) {
        history.compared += 1;
        history.changed += u32::from(*visit == Visit::Changed);
        history.observed += Duration::try_from(now.duration_since(visited)).unwrap_or_default();
    }
    if history.compared > MEMORY {
        history.compared /= 2;
        history.changed /= 2;
        history.observed /= 2;
    }
    history.interval = interval(&history, policy);
    history
}

/// The interval at which one change is expected: the bias-reduced estimator of Cho and Garcia-Molina ("Estimating frequency
/// of change", 2003), rate = -ln((n - X + 0.5) / (n + 0.5)) / I for X changes in n visits at intervals I. No step goes
/// beyond twice or below half of the last interval, because a single visit proves little.
pub fn interval(history: &History, policy: &Policy) -> Duration {
    let (min, max) = (policy.revisit_min, policy.revisit_max.max(policy.revisit_min));
    if history.compared == 0 {
        return min;
    }
    let visits = f64::from(history.compared);
    let changes = f64::from(history.changed.min(history.compared));
    let mean = history.observed.as_secs_f64() / visits;
    let changes_a_visit = -((visits - changes + 0.5) / (visits + 0.5)).ln();
    // No change at all gives an infinite interval, which the bounds answer.
    let wanted = Duration::try_from_secs_f64(mean / changes_a_visit).unwrap_or(max);
    let last = if history.interval.is_zero() { min } else { history.interval };
    wanted.clamp(last / 2, last.saturating_mul(2)).clamp(min, max)
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
    use crate::frontier::item::Kind;

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
            history: History::default(),
        }
    }

    fn at(day: u64) -> Timestamp {
        Timestamp::UNIX_EPOCH + DAY * u32::try_from(day).unwrap()
    }

    /// Visits a page whenever it is due, and lists the intervals in hours; `changes` says what each visit finds.
    fn intervals(changes: &[bool]) -> Vec<u64> {
        let (policy, mut item, mut now) = (Policy::default(), item(), at(0));
        let mut found = Vec::new();
        for (visit, changed) in changes.iter().enumerate() {
            let visit = if visit == 0 {
                Visit::New
            } else if *changed {
                Visit::Changed
            } else {
                Visit::Unchanged
            };
            let outcome = settle(&item, &visit, None, "", &policy, now, MIDDLE);
            found.push(outcome.due.unwrap().duration_since(now).as_hours() as u64);
            (item.history, item.visited, now) = (outcome.history, outcome.visited, outcome.due.unwrap());
        }
        found
    }

    #[test]
    fn a_page_that_never_changes_is_visited_less_and_less_often() {
        assert_eq!(intervals(&[false; 9]), [6, 12, 24, 48, 96, 192, 384, 720, 720]);
    }

    #[test]
    fn a_page_that_always_changes_stays_at_the_least_interval() {
        assert_eq!(intervals(&[true; 5]), [6, 6, 6, 6, 6]);
    }

    #[test]
    fn a_page_that_begins_to_change_is_visited_more_often_again() {
        let mut changes = vec![false; 8];
        changes.extend([true; 40]);
        let intervals = intervals(&changes);
        assert_eq!(intervals[7], 720);
        assert!(*intervals.last().unwrap() < 200, "{intervals:?}");
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
        fn the_interval_stays_within_its_bounds(compared: u32, changed: u32, observed: u64, interval: u64) {
            let policy = Policy::default();
            let (observed, interval) = (Duration::from_secs(observed), Duration::from_secs(interval));
            let wait = super::interval(&History { compared, changed, observed, interval }, &policy);
            prop_assert!((policy.revisit_min..=policy.revisit_max).contains(&wait));
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
