//! Dates written for machines: ISO 8601 and its common misspellings, RFC 2822, seconds since 1970. It reads attributes, never
//! prose.

use crate::metadata::dates::months::month;
use crate::metadata::dates::stamp::{Stamp, Time};
use crate::metadata::dates::text::{Order, first_date};

/// Reads a machine-readable date; falls back to prose, which some pages write into such places.
pub(crate) fn machine_date(value: &str, order: Order) -> Option<Stamp> {
    let value = value.trim();
    if value.is_empty() || value.len() > 120 {
        return None;
    }
    iso(value).or_else(|| seconds(value)).or_else(|| mail(value)).or_else(|| first_date(value, order))
}

/// `2024-05-06`, with `T07:08:09.123+02:00` or less behind it; also `20240506`, `2024/05/06` and `2024.05.06`.
pub(crate) fn iso(value: &str) -> Option<Stamp> {
    let bytes = value.as_bytes();
    let year = number(bytes.get(..4)?)?;
    let (month, day, rest) = match bytes.get(4)? {
        b'-' | b'/' | b'.' => {
            let separator = bytes[4];
            let (month, at) = short(bytes, 5)?;
            if bytes.get(at) != Some(&separator) {
                return None;
            }
            let (day, at) = short(bytes, at + 1)?;
            (month, day, at)
        }
        b'0'..=b'9' if bytes.len() >= 8 && bytes.get(8).is_none_or(|b| !b.is_ascii_digit()) => {
            (number(&bytes[4..6])?, number(&bytes[6..8])?, 8)
        }
        _ => return None,
    };
    if bytes.get(rest).is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let mut stamp = Stamp::day(year as i32, month, day)?;
    stamp.time = value.get(rest..).and_then(time);
    Some(stamp)
}

/// `Mon, 06 May 2024 07:08:09 +0200`.
fn mail(value: &str) -> Option<Stamp> {
    let mut words = value.split([' ', ',']).filter(|word| !word.is_empty());
    let first = words.next()?;
    let day = if first.as_bytes()[0].is_ascii_digit() { first } else { words.next()? };
    let day = number(day.as_bytes())?;
    let month = month(&words.next()?.to_lowercase())?;
    let year = words.next()?;
    let mut stamp = Stamp::day(number(year.as_bytes()).filter(|_| year.len() == 4)? as i32, month, day)?;
    let rest: Vec<&str> = words.take(2).collect();
    stamp.time = time(&format!("T{}", rest.join(" ")));
    Some(stamp)
}

/// Seconds or milliseconds since 1970.
fn seconds(value: &str) -> Option<Stamp> {
    if !matches!(value.len(), 10 | 13) || !value.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let whole: i64 = value.parse().ok()?;
    let seconds = if value.len() == 13 { whole / 1000 } else { whole };
    let moment = jiff::Timestamp::from_second(seconds).ok()?.to_zoned(jiff::tz::TimeZone::UTC);
    let mut stamp = Stamp::day(i32::from(moment.year()), moment.month() as u32, moment.day() as u32)?;
    let (hour, minute, second) = (moment.hour() as u8, moment.minute() as u8, moment.second() as u8);
    stamp.time = Some(Time { hour, minute, second, offset: Some(0) });
    Some(stamp)
}

/// The time behind a date: `T07:08`, ` 07:08:09.5Z`, `T07:08:09+0200`.
fn time(rest: &str) -> Option<Time> {
    let bytes = rest.as_bytes();
    let mut at = usize::from(matches!(bytes.first(), Some(b'T' | b't' | b' ')));
    if at == 0 {
        return None;
    }
    while bytes.get(at) == Some(&b' ') {
        at += 1;
    }
    let (hour, next) = short(bytes, at)?;
    if bytes.get(next) != Some(&b':') {
        return None;
    }
    let minute = number(bytes.get(next + 1..next + 3)?)?;
    at = next + 3;
    let mut second = 0;
    if bytes.get(at) == Some(&b':') {
        second = number(bytes.get(at + 1..at + 3)?)?;
        at += 3;
        if matches!(bytes.get(at), Some(b'.' | b',')) {
            at += 1 + bytes[at + 1..].iter().take_while(|b| b.is_ascii_digit()).count();
        }
    }
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let offset = rest.get(at..).and_then(offset);
    Some(Time { hour: hour as u8, minute: minute as u8, second: second.min(59) as u8, offset })
}

fn offset(rest: &str) -> Option<i16> {
    let rest = rest.trim_start();
    if rest.starts_with(['Z', 'z']) || rest.starts_with("UTC") || rest.starts_with("GMT") {
        return Some(0);
    }
    let sign = match rest.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits: Vec<u8> = rest[1..].bytes().filter(|b| *b != b':').take_while(u8::is_ascii_digit).take(4).collect();
    let hours = number(digits.get(..2)?)? as i16;
    let minutes = digits.get(2..4).and_then(number).unwrap_or(0) as i16;
    (hours <= 14 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

fn number(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() || digits.len() > 9 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(digits.iter().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0')))
}

/// A number of one or two digits and where it ends.
fn short(bytes: &[u8], at: usize) -> Option<(u32, usize)> {
    let length = bytes.get(at..)?.iter().take(2).take_while(|b| b.is_ascii_digit()).count();
    Some((number(&bytes[at..at + length])?, at + length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Option<String> {
        machine_date(value, Order::DayFirst).map(|stamp| stamp.to_string())
    }

    #[test]
    fn iso_dates_are_read_with_and_without_time() {
        for (written, meant) in [
            ("2024-05-06", "2024-05-06"),
            ("20240506", "2024-05-06"),
            ("2024/5/6", "2024-05-06"),
            ("2024-05-06T07:08", "2024-05-06T07:08:00"),
            ("2024-05-06 07:08:09", "2024-05-06T07:08:09"),
            ("2024-05-06T07:08:09.123Z", "2024-05-06T07:08:09Z"),
            ("2024-05-06T07:08:09+0200", "2024-05-06T07:08:09+02:00"),
            ("2024-05-06T07:08:09-05:30", "2024-05-06T07:08:09-05:30"),
        ] {
            assert_eq!(read(written).as_deref(), Some(meant), "{written}");
        }
    }

    #[test]
    fn mail_dates_and_seconds_are_read() {
        assert_eq!(read("Mon, 06 May 2024 07:08:09 +0200").as_deref(), Some("2024-05-06T07:08:09+02:00"));
        assert_eq!(read("1714979289").as_deref(), Some("2024-05-06T07:08:09Z"));
        assert_eq!(read("1714979289000").as_deref(), Some("2024-05-06T07:08:09Z"));
    }

    #[test]
    fn prose_in_a_machine_place_is_read_as_prose() {
        assert_eq!(read("6. Mai 2024").as_deref(), Some("2024-05-06"));
    }

    #[test]
    fn nonsense_is_no_date() {
        for written in ["", "0000-00-00", "2024-13-01", "soon", "2024", "99999999", "+02:00", "2024-05"] {
            assert_eq!(read(written), None, "{written}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_panic(value in ".{0,60}") {
            read(&value);
        }

        #[test]
        fn what_looks_like_a_date_is_read_without_panic(value in "[0-9]{0,4}[-/.T: ]{0,2}[0-9]{0,3}[-/.: ][0-9]{0,3}[T :+Zé-]{0,3}[0-9:]{0,9}") {
            read(&value);
        }
    }
}
