//! The date in an address, as many sites write it: `/2019/03/05/`, `/2019-03-05-`, `/20190305/`. It reads paths, not hosts.

use url::Url;

use crate::metadata::dates::months::month;
use crate::metadata::dates::stamp::Stamp;

/// The date an address gives: a whole one where it can, else the first of a month.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Dated {
    /// The date; day 1 where only the month is known.
    pub(crate) stamp: Stamp,
    /// Whether the day is known.
    pub(crate) has_day: bool,
}

/// Reads the date of an address.
pub(crate) fn url_date(url: &Url) -> Option<Dated> {
    let path = url.path();
    let numbers = numbers(path);
    for (at, year) in numbers.iter().enumerate() {
        if year.digits == 4 && year.starts_segment(path) {
            let month = numbers.get(at + 1).filter(|n| n.digits <= 2 && n.follows(year, path));
            let day = month.and_then(|month| numbers.get(at + 2).filter(|n| n.digits <= 2 && n.follows(month, path)));
            if let (Some(month), Some(day)) = (month, day)
                && day.is_whole(month, path)
                && let Some(stamp) = Stamp::day(year.value as i32, month.value, day.value)
            {
                return Some(Dated { stamp, has_day: true });
            }
        }
        // `29-10-2021`, the other way round.
        if year.digits == 4
            && at >= 2
            && let [day, month] = &numbers[at - 2..at]
            && day.digits == 2
            && month.digits == 2
            && day.starts_segment(path)
            && month.follows(day, path)
            && year.follows(month, path)
            && let Some(stamp) = Stamp::day(year.value as i32, month.value, day.value)
        {
            return Some(Dated { stamp, has_day: true });
        }
        if year.digits == 8
            && let Some(stamp) = Stamp::day((year.value / 10_000) as i32, year.value / 100 % 100, year.value % 100)
        {
            return Some(Dated { stamp, has_day: true });
        }
    }
    if let Some(stamp) = named_month(path) {
        return Some(Dated { stamp, has_day: true });
    }
    let month = numbers.windows(2).find_map(|pair| {
        let [year, month] = pair else { return None };
        let fits = year.digits == 4 && month.digits == 2 && year.starts_segment(path) && month.follows(year, path);
        if fits { Stamp::day(year.value as i32, month.value, 1) } else { None }
    })?;
    Some(Dated { stamp: month, has_day: false })
}

/// `/2019/march/05/`.
fn named_month(path: &str) -> Option<Stamp> {
    let segments: Vec<&str> = path.split('/').take(20).collect();
    segments.windows(3).find_map(|three| {
        let (year, day) = (three[0].parse().ok()?, three[2].parse().ok()?);
        Stamp::day(year, month(&three[1].to_lowercase())?, day)
    })
}

struct Number {
    value: u32,
    digits: usize,
    start: usize,
}

impl Number {
    fn starts_segment(&self, path: &str) -> bool {
        self.start == 0 || matches!(path.as_bytes()[self.start - 1], b'/' | b'-' | b'_' | b'.')
    }

    /// Whether it is a day and not the beginning of a title (`/2019/03/5-birds`, `2019-3-5`): folders hold nothing else, and
    /// between hyphens days have two digits.
    fn is_whole(&self, month: &Self, path: &str) -> bool {
        let after = path.as_bytes().get(self.start + self.digits);
        match path.as_bytes()[self.start - 1] {
            b'/' => after.is_none_or(|byte| *byte == b'/') || self.digits == 2,
            _ => self.digits == 2 && month.digits == 2,
        }
    }

    /// Whether only one separator stands between the two.
    fn follows(&self, before: &Self, path: &str) -> bool {
        let end = before.start + before.digits;
        self.start == end + 1 && matches!(path.as_bytes()[end], b'/' | b'-' | b'_' | b'.')
    }
}

fn numbers(path: &str) -> Vec<Number> {
    let bytes = path.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() && found.len() < 40 {
        let digits = bytes[at..].iter().take_while(|b| b.is_ascii_digit()).count();
        if matches!(digits, 1..=8) {
            found.push(Number { value: path[at..at + digits].parse().unwrap_or(0), digits, start: at });
        }
        at += digits.max(1);
    }
    found
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(path: &str) -> Option<(String, bool)> {
        let url = Url::parse("https://finch.example").unwrap().join(path).unwrap();
        url_date(&url).map(|dated| (dated.stamp.to_string(), dated.has_day))
    }

    #[test]
    fn whole_dates_are_read() {
        for path in [
            "/2019/03/05/rain",
            "/2019-03-05-rain.html",
            "/news/20190305/rain",
            "/a/2019/3/5/",
            "/rain_2019_03_05",
            "/2019/march/05/",
            "/rain-05-03-2019",
        ] {
            assert_eq!(read(path), Some(("2019-03-05".to_owned(), true)), "{path}");
        }
    }

    #[test]
    fn a_month_alone_is_said_to_be_one() {
        assert_eq!(read("/2019/03/rain"), Some(("2019-03-01".to_owned(), false)));
    }

    #[test]
    fn other_numbers_are_no_dates() {
        for path in ["/item/12345678", "/2019/", "/a-2019-b", "/1234/56/78", "/id/1.2.3", "/a-2019-3-5-b"] {
            assert_eq!(read(path), None, "{path}");
        }
    }
}
