//! Dates as feeds and sitemaps write them: W3C's profile of ISO 8601, whole or in part, and RFC 2822. Pure.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::tz::TimeZone;

/// Reads a date; what is left out is its first moment, and without an offset it is UTC.
pub fn date(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if text.len() > 64 {
        return None;
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    let civil = |at: DateTime| at.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    if let Ok(at) = text.parse::<DateTime>() {
        return civil(at);
    }
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let whole = match (text.len(), digits) {
        (4, 4) => format!("{text}-01-01"),
        (7, 6) => format!("{text}-01"),
        _ => text.to_owned(),
    };
    if let Ok(day) = whole.parse::<Date>() {
        return civil(day.to_datetime(jiff::civil::Time::midnight()));
    }
    DateTimeParser::new().relaxed_weekday(true).parse_timestamp(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_read_in_every_form_that_is_in_use() {
        for (text, expected) in [
            ("2026-03-01", "2026-03-01T00:00:00Z"),
            ("2026-03", "2026-03-01T00:00:00Z"),
            ("2026", "2026-01-01T00:00:00Z"),
            ("2026-03-01T10:00+01:00", "2026-03-01T09:00:00Z"),
            ("2026-03-01T10:00:00.123Z", "2026-03-01T10:00:00.123Z"),
            ("2026-03-01 10:00:00", "2026-03-01T10:00:00Z"),
            ("Sun, 01 Mar 2026 10:00:00 +0100", "2026-03-01T09:00:00Z"),
            ("Mon, 01 Mar 2026 10:00:00 GMT", "2026-03-01T10:00:00Z"),
        ] {
            assert_eq!(date(text).map(|at| at.to_string()).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(date("yesterday"), None);
    }
}
