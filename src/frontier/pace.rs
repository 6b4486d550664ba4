//! How fast a host may be asked: one delay a host, widened when it says so or grows slow, narrowed slowly when all is well; and
//! how long one that does not answer is left alone. Pure: the caller says what time it is and what the host answered.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

/// The bounds within which a host's delay moves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Politeness {
    /// The configured delay between two requests to a host.
    pub delay: Duration,
    /// No delay grows beyond this by itself, however slow or busy the host is.
    pub max_delay: Duration,
    /// No `Crawl-delay` is honoured beyond this.
    pub max_crawl_delay: Duration,
    /// No `Retry-After` is honoured beyond this.
    pub max_retry_after: Duration,
    /// The delay is at least so many times what a slow host took to answer.
    pub latency_factor: f64,
    /// An answer that took longer than this is a slow one.
    pub slow_answer: Duration,
}

impl Default for Politeness {
    fn default() -> Self {
        Self {
            delay: Duration::from_secs(1),
            max_delay: Duration::from_secs(60),
            max_crawl_delay: Duration::from_secs(3600),
            max_retry_after: Duration::from_secs(24 * 3600),
            latency_factor: 2.0,
            slow_answer: Duration::from_secs(1),
        }
    }
}

/// What is to be known of an answer to find the next delay.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answer {
    /// The status; `None` where there was no answer at all.
    pub status: Option<u16>,
    /// What the host took.
    pub elapsed: Duration,
    /// Its `Retry-After`, read by `retry_after`.
    pub retry_after: Option<Duration>,
    /// Whether it could not be reached at all: no address, no connection, no TLS.
    pub unreachable: bool,
}

impl Answer {
    /// No answer.
    pub fn none(unreachable: bool) -> Self {
        Self { status: None, elapsed: Duration::ZERO, retry_after: None, unreachable }
    }
}

/// A host that could be reached is left alone only after so many answers in a row that were none.
const PATIENCE: u32 = 3;
/// How long a host is left alone first; twice as long each further time.
const REST_FIRST: Duration = Duration::from_secs(60);
/// How long it is left alone at most.
const REST_MAX: Duration = Duration::from_secs(24 * 3600);

/// How a host has behaved, and when it may be asked again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pace {
    /// The delay in force; zero before the first request.
    pub delay: Duration,
    /// Overloads (429, 503) and missing answers in a row.
    pub failures: u32,
    /// Not before this; `None`: at once.
    pub next: Option<Timestamp>,
    /// It is down, and a crawl leaves it alone until then. Who asks for a page by hand asks all the same.
    pub rests: Option<Timestamp>,
}

impl Pace {
    /// The pace after an answer. `crawl_delay` is the host's own wish from its robots.txt.
    #[must_use]
    pub fn after(
        self,
        answer: &Answer,
        politeness: &Politeness,
        crawl_delay: Option<Duration>,
        now: Timestamp,
    ) -> Self {
        let floor = floor(politeness, crawl_delay);
        let current = self.delay.max(floor);
        let overloaded = matches!(answer.status, None | Some(429 | 502..=504));
        let delay = if overloaded {
            // From nothing (a delay of zero is allowed) the way up starts at a second.
            current.saturating_mul(2).max(Duration::from_secs(1))
        } else {
            narrowed(current, floor).max(slowness(answer, politeness, floor))
        };
        let delay = delay.min(politeness.max_delay).max(floor);
        let failures = if overloaded { self.failures.saturating_add(1) } else { 0 };
        let pause = answer.retry_after.map_or(delay, |wish| delay.max(wish.min(politeness.max_retry_after)));
        let next = later(now, pause);
        let rests = overloaded.then(|| self.rests.max(rest(failures, answer.unreachable).map(|rest| later(now, rest))));
        Self { delay, failures, next: Some(self.next.map_or(next, |before| before.max(next))), rests: rests.flatten() }
    }

    /// Until when a crawl leaves the host alone because it is down.
    pub fn resting(self, now: Timestamp) -> Option<Timestamp> {
        self.rests.filter(|rests| *rests > now)
    }

    /// The delay before the first answer of a host: what is configured, or what it asks for.
    pub fn delay(self, politeness: &Politeness, crawl_delay: Option<Duration>) -> Duration {
        self.delay.max(floor(politeness, crawl_delay))
    }

    /// Whether the host may be asked now.
    pub fn is_ready(self, now: Timestamp) -> bool {
        self.next.is_none_or(|next| next <= now)
    }
}

/// How long a host is left alone after so many failures in a row; `None` where it may have been the page.
fn rest(failures: u32, unreachable: bool) -> Option<Duration> {
    let times = if unreachable { failures.max(1) } else { failures.saturating_sub(PATIENCE - 1) };
    (times > 0).then(|| REST_FIRST.saturating_mul(1 << (times - 1).min(31)).min(REST_MAX))
}

fn later(now: Timestamp, wait: Duration) -> Timestamp {
    now.saturating_add(wait).unwrap_or(Timestamp::MAX)
}

/// The least delay: the larger of the configured one and the host's wish, which is capped.
fn floor(politeness: &Politeness, crawl_delay: Option<Duration>) -> Duration {
    politeness.delay.max(crawl_delay.unwrap_or_default().min(politeness.max_crawl_delay))
}

/// The delay after a good answer. A tenth less: back from a minute to a second takes forty of them. Where no delay is wanted
/// at all, what an earlier run or an overload left behind is gone after ten.
fn narrowed(current: Duration, floor: Duration) -> Duration {
    if !floor.is_zero() {
        return current.saturating_sub(current / 10);
    }
    if current < Duration::from_millis(50) { Duration::ZERO } else { current / 2 }
}

/// The least delay after a slow answer; none after a quick one. Where no delay is wanted (a site of one's own), one request
/// after the other is as slow as the host is, and nothing is added to that.
fn slowness(answer: &Answer, politeness: &Politeness, floor: Duration) -> Duration {
    if floor.is_zero() || answer.elapsed <= politeness.slow_answer {
        return Duration::ZERO;
    }
    let wanted = Duration::try_from_secs_f64(answer.elapsed.as_secs_f64() * politeness.latency_factor);
    wanted.unwrap_or(politeness.max_delay)
}

/// Reads a `Retry-After` value (RFC 9110, section 10.2.3): seconds, or a date. A date in the past is no wait.
///
/// ```
/// # use chaffinch::frontier::pace::retry_after;
/// let now = "2026-03-01T00:00:00Z".parse().unwrap();
/// assert_eq!(retry_after("120", now).unwrap().as_secs(), 120);
/// assert_eq!(retry_after("Sun, 01 Mar 2026 00:01:00 GMT", now).unwrap().as_secs(), 60);
/// ```
pub fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        // More digits than fit are a wish for eternity, which the cap answers.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::from(u32::MAX))));
    }
    let date = http_date(value)?;
    Some(Duration::try_from(date.duration_since(now)).unwrap_or_default())
}

/// An HTTP date in any of its three forms (RFC 9110, section 5.6.7).
fn http_date(value: &str) -> Option<Timestamp> {
    if let Ok(date) = DateTimeParser::new().relaxed_weekday(true).parse_timestamp(value) {
        return Some(date);
    }
    let rfc850 = jiff::fmt::strtime::parse("%A, %d-%b-%y %H:%M:%S GMT", value);
    let asctime = || jiff::fmt::strtime::parse("%a %b %e %H:%M:%S %Y", value);
    let civil = rfc850.or_else(|_| asctime()).ok()?.to_datetime().ok()?;
    Some(civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const START: Timestamp = Timestamp::UNIX_EPOCH;

    fn answer(status: u16, elapsed: Duration) -> Answer {
        Answer { status: Some(status), elapsed, retry_after: None, unreachable: false }
    }

    fn after(pace: Pace, answer: &Answer) -> Pace {
        pace.after(answer, &Politeness::default(), None, START)
    }

    #[test]
    fn a_quick_host_is_asked_at_the_configured_delay() {
        let pace = after(Pace::default(), &answer(200, SECOND / 10));
        assert_eq!((pace.delay, pace.next), (SECOND, Some(START + SECOND)));
    }

    #[test]
    fn the_hosts_own_wish_wins_over_a_shorter_delay_but_is_capped() {
        let pace = |wish| Pace::default().delay(&Politeness::default(), Some(Duration::from_secs(wish)));
        assert_eq!(pace(10).as_secs(), 10);
        assert_eq!(pace(100_000).as_secs(), 3600);
        assert_eq!(pace(0).as_secs(), 1);
    }

    #[test]
    fn overload_doubles_the_delay_and_good_answers_bring_it_back() {
        let mut pace = Pace::default();
        for _ in 0..3 {
            pace = after(pace, &answer(503, SECOND / 10));
        }
        assert_eq!((pace.delay.as_secs(), pace.failures), (8, 3));
        for _ in 0..20 {
            pace = after(pace, &answer(200, SECOND / 10));
        }
        assert_eq!((pace.delay, pace.failures), (SECOND, 0));
    }

    #[test]
    fn a_slow_host_is_given_twice_the_time_it_takes() {
        assert_eq!(after(Pace::default(), &answer(200, SECOND * 7)).delay, SECOND * 14);
    }

    #[test]
    fn an_answer_within_a_second_is_not_slow() {
        assert_eq!(after(Pace::default(), &answer(200, SECOND)).delay, SECOND);
    }

    #[test]
    fn without_a_configured_delay_slow_answers_add_none() {
        let own = Politeness { delay: Duration::ZERO, ..Politeness::default() };
        let pace = Pace::default().after(&answer(200, SECOND * 7), &own, None, START);
        assert_eq!((pace.delay, pace.next), (Duration::ZERO, Some(START)));
    }

    #[test]
    fn without_a_configured_delay_an_overload_is_soon_forgotten() {
        let own = Politeness { delay: Duration::ZERO, ..Politeness::default() };
        let mut pace = Pace::default().after(&answer(503, SECOND), &own, None, START);
        assert_eq!(pace.delay, SECOND);
        for _ in 0..6 {
            pace = pace.after(&answer(200, SECOND), &own, None, START);
        }
        assert_eq!(pace.delay, Duration::ZERO);
    }

    #[test]
    fn a_host_that_cannot_be_reached_is_left_alone_twice_as_long_each_time() {
        let mut pace = Pace::default();
        let mut rests = Vec::new();
        for _ in 0..13 {
            pace = after(pace, &Answer::none(true));
            rests.push(pace.resting(START).unwrap().duration_since(START).as_mins());
        }
        assert_eq!(rests, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1440, 1440]);
        assert_eq!(after(pace, &answer(200, SECOND)).rests, None);
        assert_eq!(
            after(pace, &answer(404, SECOND)).rests,
            None,
            "it answers: that a page is missing is the page's matter"
        );
    }

    #[test]
    fn silence_is_the_pages_matter_until_it_is_the_hosts() {
        let mut pace = Pace::default();
        let mut rests = Vec::new();
        for _ in 0..5 {
            pace = after(pace, &Answer::none(false));
            rests.push(pace.rests.map(|rests| rests.duration_since(START).as_mins()));
        }
        assert_eq!(rests, [None, None, Some(1), Some(2), Some(4)]);
    }

    #[test]
    fn retry_after_is_honoured_up_to_a_day() {
        let asked = |wish| {
            let answer = Answer { retry_after: Some(wish), ..answer(503, SECOND) };
            after(Pace::default(), &answer).next.unwrap().duration_since(START).as_secs()
        };
        assert_eq!(asked(SECOND * 600), 600);
        assert_eq!(asked(Duration::MAX), 24 * 3600);
    }

    #[test]
    fn retry_after_is_read_in_every_form() {
        let seconds = |value| retry_after(value, START).map(|wait| wait.as_secs());
        assert_eq!(seconds(" 120 "), Some(120));
        assert_eq!(seconds("Thu, 01 Jan 1970 00:02:00 GMT"), Some(120));
        assert_eq!(seconds("Thursday, 01-Jan-70 00:02:00 GMT"), Some(120));
        assert_eq!(seconds("Thu Jan  1 00:02:00 1970"), Some(120));
        assert_eq!(seconds("Wed, 31 Dec 1969 00:00:00 GMT"), Some(0));
        assert_eq!(seconds("soon"), None);
        assert_eq!(seconds(""), None);
        assert!(seconds("99999999999999999999999").unwrap() > 3600);
    }

    proptest! {
        #[test]
        fn the_delay_stays_within_its_bounds(statuses in prop::collection::vec(100u16..600, 1..60), slow in 0u64..1000) {
            let mut pace = Pace::default();
            for status in statuses {
                pace = after(pace, &answer(status, Duration::from_millis(slow * 100)));
                prop_assert!(pace.delay >= SECOND && pace.delay <= SECOND * 60);
            }
        }

        #[test]
        fn any_retry_after_is_read_or_refused(value in ".{0,40}") {
            let _ = retry_after(&value, START);
        }
    }
}
