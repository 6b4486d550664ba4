//! When a URL is visited again: retries after a failure, revisits as often as its article changes. Pure: time and chance
//! (`random`, evenly from 0 to 1) are arguments.

use std::time::Duration;

use jiff::Timestamp;

use crate::frontier::item::{History, Item, Outcome, State, Validators};

/// Comparisons beyond this count half, so that a site that changes its habits is believed.
const MEMORY: u32 = 32;

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
        Visit::Failed { transient, retry_after } => {
            outcome.attempts = item.attempts.saturating_add(1);
            if *transient && outcome.attempts < policy.max_attempts {
                outcome.state = State::Waiting;
                let wait = backoff(outcome.attempts, policy, random).max(retry_after.unwrap_or_default());
                outcome.due = Some(after(now, wait));
            } else {
                outcome.state = State::Failed;
                outcome.due = later(policy.revisit_max);
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
    full.mul_f64(0.5 + 0.5 * random.clamp(0.0, 1.0))
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
    wait.mul_f64(0.9 + 0.2 * random.clamp(0.0, 1.0))
}

fn after(now: Timestamp, wait: Duration) -> Timestamp {
    now.saturating_add(wait).unwrap_or(Timestamp::MAX)
}
