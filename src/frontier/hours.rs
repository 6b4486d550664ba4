//! Hours of the day in which a site is left alone: `08:00-20:00`, or over midnight `22:00-06:30`. Pure: the time and its zone are
//! arguments.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// From one time of the day to another; the same twice is the whole day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    from: Time,
    to: Time,
}

/// A text that names no hours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` names no hours of the day; write them as in 08:00-20:00")]
pub struct Error {
    text: String,
}

impl FromStr for Hours {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let error = || Error { text: text.to_owned() };
        let time = |part: &str| Time::strptime("%H:%M", part.trim()).map_err(|_| error());
        let (from, to) = text.split_once('-').ok_or_else(error)?;
        Ok(Self { from: time(from)?, to: time(to)? })
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.from.strftime("%H:%M"), self.to.strftime("%H:%M"))
    }
}

impl Hours {
    /// When the hours end that a moment lies in; `None` where it lies in none.
    pub fn until(self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let here = now.to_zoned(zone.clone());
        let time = here.time();
        let inside =
            if self.from < self.to { self.from <= time && time < self.to } else { time >= self.from || time < self.to };
        if !inside {
            return None;
        }
        let day = if time < self.to { here.date() } else { here.date().tomorrow().ok()? };
        let end = day.to_datetime(self.to).to_zoned(zone.clone()).ok()?.timestamp();
        // Where clocks are set back the end may lie behind: then it is soon.
        Some(end.max(now.saturating_add(SignedDuration::from_secs(60)).ok()?))
    }
}

impl Serialize for Hours {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hours {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn until(hours: &str, now: &str) -> Option<String> {
        let hours: Hours = hours.parse().unwrap();
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        hours.until(now.parse().unwrap(), &zone).map(|end| end.to_string())
    }

    #[test]
    fn hours_end_where_they_end_there() {
        // Berlin is an hour ahead in winter.
        assert_eq!(until("08:00-20:00", "2026-03-02T06:59:00Z"), None);
        assert_eq!(until("08:00-20:00", "2026-03-02T07:00:00Z").as_deref(), Some("2026-03-02T19:00:00Z"));
        assert_eq!(until("08:00-20:00", "2026-03-02T19:00:00Z"), None);
        assert_eq!(until("22:00-06:30", "2026-03-02T22:00:00Z").as_deref(), Some("2026-03-03T05:30:00Z"));
        assert_eq!(until("22:00-06:30", "2026-03-03T05:29:00Z").as_deref(), Some("2026-03-03T05:30:00Z"));
        assert_eq!(until("22:00-06:30", "2026-03-03T05:30:00Z"), None);
        assert_eq!(until("00:00-00:00", "2026-03-03T05:30:00Z").as_deref(), Some("2026-03-03T23:00:00Z"));
    }

    #[test]
    fn the_night_of_summer_time_has_an_end() {
        assert_eq!(until("01:00-04:00", "2026-03-29T00:30:00Z").as_deref(), Some("2026-03-29T02:00:00Z"));
    }

    #[test]
    fn what_names_no_hours_is_refused() {
        for text in ["", "8", "08:00", "08:00-25:00", "a-b"] {
            assert!(text.parse::<Hours>().is_err(), "{text}");
        }
        assert_eq!("8:05 - 20:00".parse::<Hours>().unwrap().to_string(), "08:05-20:00");
    }
}
