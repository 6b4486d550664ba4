//! VALUE: a moment as people type it: `3d` (so long ago), `2026-03-01`, `2026-03-01T12:30`, an RFC 3339 time, or up to
//! fourteen digits as in a wayback address. It knows no clock; now is an argument.

use std::str::FromStr;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use crate::cli::config::units::Span;

/// A moment, absolute or counted back from now.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum When {
    /// At this time.
    At(Timestamp),
    /// So long ago.
    Ago(Span),
    /// From the first moment to the last: a second, a minute, a day, a month or a year (UTC), whole, as it was written.
    During(Timestamp, Timestamp),
}

impl When {
    /// The earliest moment it stands for: the start of a day.
    pub fn start(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(at) | Self::During(at, _) => at,
            Self::Ago(span) => {
                let ago = SignedDuration::try_from(span.0).unwrap_or(SignedDuration::MAX);
                now.checked_sub(ago).unwrap_or(Timestamp::MIN)
            }
        }
    }

    /// The latest moment it stands for: the end of a day, of a second. "What was kept on 1 March" includes the evening, and
    /// a listing that shows seconds means captures in between them.
    pub fn end(self, now: Timestamp) -> Timestamp {
        match self {
            Self::During(_, last) => last,
            other => other.start(now),
        }
    }
}

/// All of what begins at a moment and is so long.
fn whole(start: Timestamp, length: jiff::Span) -> When {
    let zoned = start.to_zoned(TimeZone::UTC);
    let next = zoned.checked_add(length).map_or(Timestamp::MAX, |next| next.timestamp());
    When::During(start, next.checked_sub(SignedDuration::from_nanos(1)).unwrap_or(next))
}

fn at_utc(civil: DateTime) -> Timestamp {
    civil.to_zoned(TimeZone::UTC).map_or(Timestamp::MIN, |zoned| zoned.timestamp())
}

impl FromStr for When {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return digits(text).ok_or_else(|| wrong(text));
        }
        if let Ok(at) = text.parse::<Timestamp>() {
            return Ok(if text.contains('.') { Self::At(at) } else { whole(at, 1.second()) });
        }
        if let Ok(civil) = text.replace(' ', "T").parse::<DateTime>() {
            return Ok(match text.len() {
                10 => whole(at_utc(civil), 24.hours()),
                16 => whole(at_utc(civil), 1.minute()),
                19 => whole(at_utc(civil), 1.second()),
                _ => Self::At(at_utc(civil)),
            });
        }
        text.parse().map(Self::Ago).map_err(|_| wrong(text))
    }
}

fn wrong(text: &str) -> String {
    format!("`{text}` is no time; write it as in 3d, 2026-03-01, 2026-03-01T12:30 or 20260301123000")
}

/// `2026`, `202603`, `20260301`, ... , `20260301123000`, the rest filled with the earliest.
fn digits(text: &str) -> Option<When> {
    if !(4..=14).contains(&text.len()) || !text.len().is_multiple_of(2) {
        return None;
    }
    let part = |from: usize, to: usize, default: i8| match text.get(from..to) {
        Some(digits) => digits.parse().ok(),
        None => Some(default),
    };
    let year: i16 = text[..4].parse().ok()?;
    let civil =
        DateTime::new(year, part(4, 6, 1)?, part(6, 8, 1)?, part(8, 10, 0)?, part(10, 12, 0)?, part(12, 14, 0)?, 0)
            .ok()?;
    let length = match text.len() {
        4 => 1.year(),
        6 => 1.month(),
        8 => 1.day(),
        10 => 1.hour(),
        12 => 1.minute(),
        _ => 1.second(),
    };
    Some(whole(at_utc(civil), length))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn start(text: &str) -> String {
        let now: Timestamp = "2026-03-10T00:00:00Z".parse().unwrap();
        text.parse::<When>().unwrap().start(now).to_string()
    }

    #[test]
    fn a_moment_is_read_in_every_usual_form() {
        assert_eq!(start("3d"), "2026-03-07T00:00:00Z");
        assert_eq!(start("2026-03-01"), "2026-03-01T00:00:00Z");
        assert_eq!(start("2026-03-01 12:30"), "2026-03-01T12:30:00Z");
        assert_eq!(start("2026-03-01T12:30:00+02:00"), "2026-03-01T10:30:00Z");
        assert_eq!(start("20260301123000"), "2026-03-01T12:30:00Z");
        assert_eq!(start("2026"), "2026-01-01T00:00:00Z");
        for wrong in ["", "yesterdayish", "20261399", "123"] {
            assert!(wrong.parse::<When>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_moment_lasts_as_long_as_it_is_written() {
        let end = |text: &str| text.parse::<When>().unwrap().end(Timestamp::MIN).to_string();
        assert_eq!(end("2026-03-01"), "2026-03-01T23:59:59.999999999Z");
        assert_eq!(end("2026-03-01 12:30"), "2026-03-01T12:30:59.999999999Z");
        assert_eq!(end("2026-03-01T12:30:05"), "2026-03-01T12:30:05.999999999Z");
        assert_eq!(end("2026-03-01T12:30:05Z"), "2026-03-01T12:30:05.999999999Z");
        assert_eq!(end("2026-03-01T12:30:05.25Z"), "2026-03-01T12:30:05.25Z");
        assert_eq!(end("20260301123005"), "2026-03-01T12:30:05.999999999Z");
        assert_eq!(end("202602"), "2026-02-28T23:59:59.999999999Z");
        assert_eq!(end("2026"), "2026-12-31T23:59:59.999999999Z");
    }
}
