//! VALUE: a date as a page gives it, with time and offset where it says so. It knows the calendar, not where the date stood.

use std::fmt;

/// Pages tell of no publication before this year.
pub(crate) const YEAR_MIN: i32 = 1990;
/// Nor after this one. There is no clock here, so this is only a bound on nonsense.
pub(crate) const YEAR_MAX: i32 = 2100;

/// A date, perhaps with a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) year: i32,
    pub(crate) month: u8,
    pub(crate) day: u8,
    pub(crate) time: Option<Time>,
}

/// A time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Time {
    pub(crate) hour: u8,
    pub(crate) minute: u8,
    pub(crate) second: u8,
    /// Minutes east of UTC, where the page says so.
    pub(crate) offset: Option<i16>,
}

impl Stamp {
    /// A day of the calendar in the years a page can be from.
    pub(crate) fn day(year: i32, month: u32, day: u32) -> Option<Self> {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => return None,
        };
        let fits = (YEAR_MIN..=YEAR_MAX).contains(&year) && (1..=days).contains(&day);
        fits.then_some(Self { year, month: month as u8, day: day as u8, time: None })
    }

    /// Whether both name the same minute of the world's time.
    pub(crate) fn is_same_moment(self, other: Self) -> bool {
        self.minutes().is_some() && self.minutes() == other.minutes()
    }

    /// Whether this is the day before or after that of `other`.
    pub(crate) fn is_next_to(self, other: Self) -> bool {
        (self.days() - other.days()).abs() == 1
    }

    /// Whether this is the day of `other` with day and month exchanged, as a date in numbers may be read.
    pub(crate) fn is_turned(self, other: Self) -> bool {
        self.year == other.year && self.month == other.day && self.day == other.month && self.day != self.month
    }

    /// The day with day and month exchanged, where there is such a day and it is another.
    pub(crate) fn turned(self) -> Option<Self> {
        let turned = Self::day(self.year, u32::from(self.day), u32::from(self.month))?;
        (self.day != self.month).then_some(Self { time: self.time, ..turned })
    }

    /// Minutes since some moment, where time and offset are known.
    fn minutes(self) -> Option<i64> {
        let time = self.time?;
        let offset = i64::from(time.offset?);
        Some(self.days() * 1440 + i64::from(time.hour) * 60 + i64::from(time.minute) - offset)
    }

    /// The day that [`Stamp::days`] counts so.
    pub(crate) fn from_days(days: i64) -> Option<Self> {
        // Howard Hinnant's `civil_from_days`, with the first of March of the year 0 as day 1.
        let days = days - 1;
        let cycle = days.div_euclid(146_097);
        let of_cycle = days.rem_euclid(146_097);
        let year = (of_cycle - of_cycle / 1460 + of_cycle / 36_524 - of_cycle / 146_096) / 365;
        let of_year = of_cycle - (365 * year + year / 4 - year / 100);
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let (month, year) = if month < 10 { (month + 3, year) } else { (month - 9, year + 1) };
        Self::day(i32::try_from(year + cycle * 400).ok()?, u32::try_from(month).ok()?, u32::try_from(day).ok()?)
    }

    /// Days since some day, by the Gregorian calendar.
    pub(crate) fn days(self) -> i64 {
        let (month, year) = (i64::from(self.month), i64::from(self.year));
        let (month, year) = if month > 2 { (month - 3, year) } else { (month + 9, year - 1) };
        365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + i64::from(self.day)
    }

    /// The day alone, comparable.
    pub(crate) fn date(self) -> (i32, u8, u8) {
        (self.year, self.month, self.day)
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)?;
        let Some(time) = self.time else { return Ok(()) };
        write!(f, "T{:02}:{:02}:{:02}", time.hour, time.minute, time.second)?;
        match time.offset {
            None => Ok(()),
            Some(0) => f.write_str("Z"),
            Some(minutes) => {
                let sign = if minutes < 0 { '-' } else { '+' };
                write!(f, "{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_days_of_the_calendar_exist() {
        assert!(Stamp::day(2024, 2, 29).is_some());
        assert!(Stamp::day(2023, 2, 29).is_none());
        assert!(Stamp::day(2023, 13, 1).is_none());
        assert!(Stamp::day(1889, 1, 1).is_none());
    }

    #[test]
    fn neighbouring_days_and_equal_moments_are_told() {
        let at = |month, day, hour, offset| {
            let time = Some(Time { hour, minute: 5, second: 0, offset: Some(offset) });
            Stamp { year: 2024, month, day, time }
        };
        assert!(at(2, 29, 0, 0).is_next_to(at(3, 1, 0, 0)));
        assert!(!at(2, 28, 0, 0).is_next_to(at(3, 1, 0, 0)));
        assert!(at(3, 1, 1, 120).is_same_moment(at(2, 29, 23, 0)));
        assert!(!at(3, 1, 1, 120).is_same_moment(at(3, 1, 1, 0)));
    }

    #[test]
    fn days_are_counted_there_and_back() {
        for (year, month, day) in
            [(1990, 1, 1), (2000, 2, 29), (2023, 12, 31), (2024, 2, 29), (2024, 3, 1), (2100, 12, 31)]
        {
            let stamp = Stamp::day(year, month, day);
            assert_eq!(stamp.and_then(|stamp| Stamp::from_days(stamp.days())), stamp);
        }
    }

    #[test]
    fn time_and_offset_are_written_where_known() {
        let mut stamp = Stamp { year: 2024, month: 5, day: 6, time: None };
        assert_eq!(stamp.to_string(), "2024-05-06");
        stamp.time = Some(Time { hour: 7, minute: 8, second: 9, offset: Some(-330) });
        assert_eq!(stamp.to_string(), "2024-05-06T07:08:09-05:30");
    }
}
