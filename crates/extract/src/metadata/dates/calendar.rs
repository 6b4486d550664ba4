//! Other counts of years that pages date by: Thailand's Buddhist era, Japan's reigns, Taiwan's republic, Iran's solar year.
//! It turns them into days of the Gregorian calendar and knows no text but the names of eras.

use crate::metadata::dates::stamp::Stamp;

/// A day by whichever calendar its year belongs to: no page is of the 14th century, nor of the 26th.
pub(crate) fn day(year: u32, month: u32, day: u32) -> Option<Stamp> {
    match year {
        1369..=1479 => solar_hijri(year, month, day),
        2533..=2643 => Stamp::day(year as i32 - 543, month, day),
        _ => Stamp::day(i32::try_from(year).ok()?, month, day),
    }
}

/// The Gregorian year of a year of an era, by what is written before it (`令和`, `民國`).
pub(crate) fn era_year(name: &str, year: u32) -> Option<u32> {
    const ERAS: [(&str, u32, u32); 5] =
        [("令和", 2018, 40), ("平成", 1988, 31), ("昭和", 1925, 64), ("民國", 1911, 180), ("民国", 1911, 180)];
    let (_, before, most) = ERAS.iter().find(|(era, ..)| name.ends_with(era))?;
    (1..=*most).contains(&year).then_some(before + year)
}

/// The number of a month of the Iranian year, by its name.
pub(crate) fn iranian_month(word: &str) -> Option<u32> {
    const NAMES: [&[&str]; 12] = [
        &["فروردین", "فروردين"],
        &["اردیبهشت", "ارديبهشت"],
        &["خرداد"],
        &["تیر", "تير"],
        &["مرداد", "امرداد"],
        &["شهریور", "شهريور"],
        &["مهر"],
        &["آبان"],
        &["آذر"],
        &["دی", "دي"],
        &["بهمن"],
        &["اسفند"],
    ];
    NAMES.iter().position(|names| names.contains(&word)).map(|place| place as u32 + 1)
}

/// The day of the Iranian calendar, by the 33-year cycle of leap years that has held since 1799 and holds until 2256.
fn solar_hijri(year: u32, month: u32, day: u32) -> Option<Stamp> {
    let (year, month, day) = (i64::from(year), i64::from(month), i64::from(day));
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || (month > 6 && day > 30) {
        return None;
    }
    let before = if month <= 7 { 31 * (month - 1) } else { 186 + 30 * (month - 7) };
    // 1 Farvardin 1370 was 21 March 1991; each year that is 1, 5, 9, 13, 17, 22, 26 or 30 in its cycle of 33 is a leap year.
    let is_leap = |year: i64| matches!(year % 33, 1 | 5 | 9 | 13 | 17 | 22 | 26 | 30);
    let years: i64 = if year >= 1370 {
        (1370..year).map(|y| 365 + i64::from(is_leap(y))).sum()
    } else {
        -365 - i64::from(is_leap(year))
    };
    Stamp::from_days(Stamp::day(1991, 3, 21)?.days() + years + before + day - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(stamp: Option<Stamp>) -> String {
        stamp.map(|stamp| stamp.to_string()).unwrap_or_default()
    }

    #[test]
    fn the_iranian_new_year_falls_on_the_day_of_spring() {
        for (year, new_year) in [
            (1370, "1991-03-21"),
            (1376, "1997-03-21"),
            (1395, "2016-03-20"),
            (1400, "2021-03-21"),
            (1403, "2024-03-20"),
            (1404, "2025-03-21"),
        ] {
            assert_eq!(written(day(year, 1, 1)), new_year);
        }
        assert_eq!(written(day(1403, 2, 17)), "2024-05-06");
        assert_eq!(written(day(1402, 12, 29)), "2024-03-19");
    }

    #[test]
    fn a_thai_year_is_543_ahead() {
        assert_eq!(written(day(2567, 5, 6)), "2024-05-06");
    }

    #[test]
    fn eras_are_counted_from_their_first_year() {
        assert_eq!(era_year("令和", 6), Some(2024));
        assert_eq!(era_year("更新平成", 31), Some(2019));
        assert_eq!(era_year("民國", 113), Some(2024));
        assert_eq!(era_year("令和", 0), None);
        assert_eq!(era_year("May", 6), None);
    }
}
