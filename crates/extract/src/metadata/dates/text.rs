//! Dates in prose: month names of many languages, numeric forms whose order the page's language decides, digits and years as
//! other scripts and calendars write them. It reads one line at a time and knows nothing of the tree.

use crate::letters;
use crate::metadata::dates::calendar::{self, era_year, iranian_month};
use crate::metadata::dates::months::month;
use crate::metadata::dates::stamp::Stamp;

/// Which of two small numbers is the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    DayFirst,
    MonthFirst,
}

/// A date in a line and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) stamp: Stamp,
    /// Bytes of the line before it.
    pub(crate) start: usize,
    /// Bytes of the line up to its end.
    pub(crate) end: usize,
    /// Whether day and month might as well be the other way round.
    pub(crate) is_ambiguous: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'l> {
    Word(&'l str),
    Number { value: u32, digits: usize },
    Sign(char),
}

#[derive(Debug, Clone, Copy)]
struct Piece<'l> {
    token: Token<'l>,
    start: usize,
    end: usize,
}

/// The first date of a line.
pub(crate) fn first_date(line: &str, order: Order) -> Option<Stamp> {
    dates(line, order).first().map(|found| found.stamp)
}

/// All dates of a line, from left to right.
pub(crate) fn dates(line: &str, order: Order) -> Vec<Found> {
    if !may_hold_a_date(line) {
        return Vec::new();
    }
    let pieces = pieces(line);
    let mut found = Vec::new();
    let mut at = 0;
    while at < pieces.len() {
        match match_at(&pieces[at..], order, is_continued(&pieces, at)) {
            Some((stamp, used)) => {
                let (start, end) = (pieces[at].start, pieces[at + used - 1].end);
                let is_short = matches!(pieces[at].token, Token::Number { digits: 1 | 2, .. });
                let in_numbers = used == 5 && matches!(pieces[at + 2].token, Token::Number { .. });
                let is_ambiguous = is_short && in_numbers && stamp.turned().is_some();
                found.push(Found { stamp, start, end, is_ambiguous });
                at += used;
            }
            None => at += 1,
        }
    }
    found
}

/// Whether there is a year of four digits, or two small numbers with a sign between: cheap, and rules most lines out.
fn may_hold_a_date(line: &str) -> bool {
    let bytes = line.as_bytes();
    let has_digit = bytes.iter().fold(false, |found, byte| found | byte.is_ascii_digit());
    if line.is_ascii() && !has_digit {
        return false;
    }
    if line.chars().any(|c| c == '年' || (!c.is_ascii() && digit(c).is_some())) {
        return true;
    }
    if !has_digit {
        return false;
    }
    let mut run = 0;
    for (at, byte) in bytes.iter().enumerate() {
        if byte.is_ascii_digit() {
            run += 1;
            continue;
        }
        let parts = matches!(byte, b'.' | b'/' | b'-' | b'\'' | 0x80..=0xff | b' ');
        let next = bytes.get(at + 1).is_some_and(u8::is_ascii_digit);
        if run == 4 || (parts && matches!(run, 1 | 2) && next) {
            return true;
        }
        run = 0;
    }
    run == 4 || (run == 2 && bytes.len() > run && bytes.iter().filter(|b| b.is_ascii_digit()).count() > 2)
}

fn pieces(line: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut chars = line.char_indices().peekable();
    while let Some((start, c)) = chars.next() {
        if c.is_whitespace() {
            continue;
        }
        let is_digit = digit(c).is_some();
        let mut end = start + c.len_utf8();
        let is_sign = !is_letter(c) || is_han(c);
        let (mut value, mut digits) = (digit(c).unwrap_or(0), 1);
        if !is_sign {
            while let Some((at, next)) = chars.peek().copied() {
                if !is_letter(next) || is_han(next) || digit(next).is_some() != is_digit {
                    break;
                }
                value = if digits < 9 { value * 10 + digit(next).unwrap_or(0) } else { 0 };
                digits += 1;
                end = at + next.len_utf8();
                chars.next();
            }
        }
        let token = match (is_sign, is_digit) {
            (true, _) => Token::Sign(c),
            (_, true) => Token::Number { value, digits },
            _ => Token::Word(&line[start..end]),
        };
        found.push(Piece { token, start, end });
    }
    found
}

/// The value of a digit of the scripts that write dates with their own.
fn digit(c: char) -> Option<u32> {
    let zero = match c {
        '0'..='9' => '0',
        '\u{660}'..='\u{669}' => '\u{660}',
        '\u{6f0}'..='\u{6f9}' => '\u{6f0}',
        '\u{966}'..='\u{96f}' => '\u{966}',
        '\u{9e6}'..='\u{9ef}' => '\u{9e6}',
        '\u{e50}'..='\u{e59}' => '\u{e50}',
        '\u{ff10}'..='\u{ff19}' => '\u{ff10}',
        _ => return None,
    };
    Some(c as u32 - zero as u32)
}

/// Letters and digits, and the marks that scripts write above and below them.
fn is_letter(c: char) -> bool {
    letters::is_alphanumeric(c)
        || matches!(c, '\u{300}'..='\u{36f}' | '\u{64b}'..='\u{652}' | '\u{93c}'..='\u{94d}' | '\u{9bc}'..='\u{9cd}' | '\u{e31}'..='\u{e4e}')
}

/// The characters that mark year, month and day in Chinese, Japanese and Korean.
fn is_han(c: char) -> bool {
    matches!(c, '年' | '月' | '日' | '년' | '월' | '일' | '号' | '號')
}

/// Whether a piece is glued to the one before, as in `1.2.3` or `a-2`.
fn is_continued(pieces: &[Piece<'_>], at: usize) -> bool {
    let Some(before) = at.checked_sub(1).map(|before| pieces[before]) else { return false };
    matches!(before.token, Token::Sign('.' | '/' | '-')) && before.end == pieces[at].start
}

/// The date that begins with the first piece, and how many pieces it takes.
fn match_at(pieces: &[Piece<'_>], order: Order, is_continued: bool) -> Option<(Stamp, usize)> {
    match pieces.first()?.token {
        Token::Number { value, digits: 4 } => year_first(pieces, value),
        Token::Number { value, digits: 1 | 2 } => {
            if is_continued {
                return None;
            }
            numeric(pieces, value, order).or_else(|| day_first(pieces, value))
        }
        Token::Word(word) => era_first(pieces, word).or_else(|| month_first(pieces, word)),
        _ => None,
    }
}

/// `令和6年5月6日`, `民國113年5月6日`.
fn era_first(pieces: &[Piece<'_>], word: &str) -> Option<(Stamp, usize)> {
    if word.is_ascii() {
        return None;
    }
    let (word, year) = match (pieces.get(1)?.token, word.strip_suffix('元')) {
        (Token::Number { value, digits: 1..=3 }, _) => (word, value),
        (Token::Sign('年'), Some(word)) => (word, 1),
        _ => return None,
    };
    let at = 1 + usize::from(!matches!(pieces[1].token, Token::Sign(_)));
    if !matches!(pieces.get(at)?.token, Token::Sign('年')) {
        return None;
    }
    let year = era_year(word, year)?;
    month_and_day(pieces, at + 1, year)
}

/// `2024-05-06`, `2024年5月6日`, `2024. 5. 6.`, `2024. május 6.`, `2024 m. gegužės 6 d.`.
fn year_first(pieces: &[Piece<'_>], year: u32) -> Option<(Stamp, usize)> {
    let mut at = 1;
    let separator = match pieces.get(at)?.token {
        Token::Sign(sign @ ('-' | '/' | '.' | '年' | '년' | '‐' | '–' | ',')) => {
            at += 1;
            Some(sign)
        }
        _ => None,
    };
    match pieces.get(at)?.token {
        Token::Word(word) => {
            if matches!(word, "m" | "gada") {
                at += 1 + usize::from(matches!(pieces.get(at + 1)?.token, Token::Sign('.')));
            }
            if let Token::Number { value: day, digits: 1 | 2 } = pieces.get(at)?.token {
                // `2024. gada 6. maijs`
                at += 1 + usize::from(matches!(pieces.get(at + 1)?.token, Token::Sign('.')));
                let Token::Word(word) = pieces.get(at)?.token else { return None };
                return Some((calendar::day(year, named(word)?, day)?, at + 1));
            }
            let Token::Word(word) = pieces.get(at)?.token else { return None };
            let month = named(word)?;
            at += 1;
            if matches!(pieces.get(at)?.token, Token::Sign('.' | ',' | '/' | '-')) {
                at += 1;
            }
            let Token::Number { value, digits: 1 | 2 } = pieces.get(at)?.token else { return None };
            Some((calendar::day(year, month, value)?, at + 1))
        }
        Token::Number { digits: 1 | 2, .. } => {
            separator.filter(|sign| *sign != ',')?;
            month_and_day(pieces, at, year)
        }
        _ => None,
    }
}

/// The month in numbers from `at` on, a sign, and the day.
fn month_and_day(pieces: &[Piece<'_>], at: usize, year: u32) -> Option<(Stamp, usize)> {
    let Token::Number { value: month, digits: 1 | 2 } = pieces.get(at)?.token else { return None };
    if !matches!(pieces.get(at + 1)?.token, Token::Sign('-' | '/' | '.' | '月' | '월' | '‐' | '–')) {
        return None;
    }
    let Token::Number { value: day, digits: 1 | 2 } = pieces.get(at + 2)?.token else { return None };
    Some((calendar::day(year, month, day)?, at + 3))
}

/// `06.05.2024`, `5/6/24`.
fn numeric(pieces: &[Piece<'_>], first: u32, order: Order) -> Option<(Stamp, usize)> {
    let Token::Sign(sign @ ('.' | '/' | '-' | '‐')) = pieces.get(1)?.token else { return None };
    let Token::Number { value: second, digits: 1 | 2 } = pieces.get(2)?.token else { return None };
    if pieces.get(3)?.token != Token::Sign(sign) {
        return None;
    }
    let Token::Number { value: year, digits } = pieces.get(4)?.token else { return None };
    let year = match digits {
        4 => year,
        2 if sign != '-' && !is_version(pieces, sign) => short_year(year)?,
        _ => return None,
    };
    if matches!(pieces.get(5).map(|p| p.token), Some(Token::Sign(s)) if s == sign && matches!(pieces.get(6).map(|p| p.token), Some(Token::Number { .. })))
    {
        return None;
    }
    let (day, month) = match (order, sign) {
        (_, _) if first > 12 => (first, second),
        (_, _) if second > 12 => (second, first),
        (Order::MonthFirst, '/' | '-' | '‐') => (second, first),
        _ => (first, second),
    };
    Some((calendar::day(year, month, day)?, 5))
}

/// Whether three numbers with a sign between are more likely a version or an amount: not close together, glued to what
/// follows, as in `5.10.46-1`, or with dots and without a leading zero in the middle of a sentence.
fn is_version(pieces: &[Piece<'_>], sign: char) -> bool {
    let spread = pieces[4].end - pieces[0].start > 8;
    let glued = pieces.get(5).is_some_and(|next| {
        next.start == pieces[4].end && matches!(next.token, Token::Word(_) | Token::Sign('-' | '_' | '/'))
    });
    let bare = sign == '.' && !matches!(pieces[0].token, Token::Number { digits: 2, .. }) && pieces.len() > 7;
    spread || glued || bare
}

/// The year that two digits stand for; those from 40 to 69 stand for none that a page would be dated by.
fn short_year(digits: u32) -> Option<u32> {
    match digits {
        0..40 => Some(2000 + digits),
        70..100 => Some(1900 + digits),
        _ => None,
    }
}

/// `6 May 2024`, `6. Mai 2024`, `6th of May, 2024`, `6 de mayo de 2024`.
fn day_first(pieces: &[Piece<'_>], day: u32) -> Option<(Stamp, usize)> {
    let mut at = skip(pieces, 1, |token| match token {
        Token::Sign(sign) => matches!(sign, '.' | 'º' | '°' | '-' | '/' | ',' | 'ª'),
        Token::Word(word) => is_small(word),
        Token::Number { .. } => false,
    });
    let Token::Word(word) = pieces.get(at)?.token else { return None };
    let month = if matches!(word, "tháng" | "Tháng" | "THÁNG" | "thg" | "Thg") {
        at += 1;
        let Token::Number { value, digits: 1 | 2 } = pieces.get(at)?.token else { return None };
        value
    } else {
        named(word)?
    };
    at = skip(pieces, at + 1, |token| match token {
        Token::Sign(sign) => matches!(sign, '.' | ',' | '-' | '/' | '’' | '\'' | '،'),
        Token::Word(word) => is_small(word),
        Token::Number { .. } => false,
    });
    let Token::Number { value, digits } = pieces.get(at)?.token else { return None };
    let year = match digits {
        4 => value,
        2 if !matches!(pieces.get(at + 1).map(|p| p.token), Some(Token::Sign(':'))) => short_year(value)?,
        _ => return None,
    };
    Some((calendar::day(year, month, day)?, at + 1))
}

/// `May 6, 2024`, `Mai 6 2024`, `May 6th, 2024`.
fn month_first(pieces: &[Piece<'_>], word: &str) -> Option<(Stamp, usize)> {
    let mut at = skip(pieces, 1, |token| matches!(token, Token::Sign('.' | '-' | '/' | ',')));
    let Token::Number { value: day, digits: 1 | 2 } = pieces.get(at)?.token else { return None };
    let month = named(word)?;
    at = skip(pieces, at + 1, |token| match token {
        Token::Sign(sign) => matches!(sign, '.' | ',' | '-' | '/' | '’' | '\''),
        Token::Word(word) => is_small(word),
        Token::Number { .. } => false,
    });
    // `Mon May  6 07:08:09 2024`
    if matches!(pieces.get(at)?.token, Token::Number { digits: 2, .. }) {
        at += pieces.iter().skip(at).take(7).take_while(|piece| is_of_time(piece.token)).count();
    }
    let Token::Number { value: year, digits: 4 } = pieces.get(at)?.token else { return None };
    Some((calendar::day(year, month, day)?, at + 1))
}

/// Whether a piece may belong to a time of day with seconds.
fn is_of_time(token: Token<'_>) -> bool {
    match token {
        Token::Number { digits, .. } => digits == 2,
        Token::Sign(sign) => sign == ':',
        Token::Word(word) => matches!(word, "UTC" | "GMT"),
    }
}

/// Skips at most four pieces that `may` be skipped.
fn skip<'l>(pieces: &[Piece<'l>], from: usize, may: impl Fn(Token<'l>) -> bool) -> usize {
    from + pieces.iter().skip(from).take(4).take_while(|piece| may(piece.token)).count()
}

/// Ordinal endings and the small words between the parts of a date.
fn is_small(word: &str) -> bool {
    const SMALL: [&str; 25] = [
        "st", "nd", "rd", "th", "er", "re", "de", "del", "of", "den", "le", "di", "do", "d", "ος", "η", "ης", "г",
        "року", "a", "o", "v", "năm", "พ", "ศ",
    ];
    word.len() <= 8 && SMALL.iter().any(|small| word.eq_ignore_ascii_case(small))
}

fn named(word: &str) -> Option<u32> {
    // "march" and the like are short; lower-casing long words would be waste.
    if word.len() > 40 {
        return None;
    }
    month(&word.to_lowercase()).or_else(|| if word.is_ascii() { None } else { iranian_month(word) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Option<String> {
        first_date(line, Order::DayFirst).map(|stamp| stamp.to_string())
    }

    #[test]
    fn dates_are_read_in_many_languages() {
        for line in [
            "May 6, 2024",
            "Posted on Monday, May 6th, 2024 at 7:08",
            "6 May 2024",
            "6th of May 2024",
            "Veröffentlicht am 6. Mai 2024",
            "le 6 mai 2024",
            "6 de mayo de 2024",
            "6 maggio 2024",
            "6 de maio de 2024",
            "6 mei 2024",
            "6 maja 2024 r.",
            "6 мая 2024 г.",
            "6 травня 2024 року",
            "6. května 2024",
            "6 Mayıs 2024",
            "6 Μαΐου 2024",
            "den 6 maj 2024",
            "6. mai 2024",
            "6. toukokuuta 2024",
            "2024. május 6.",
            "6 mai 2024",
            "2024年5月6日",
            "2024년 5월 6일",
            "2024. 5. 6.",
            "06.05.2024",
            "06/05/2024",
            "2024-05-06",
            "6.5.24",
            "06-May-2024",
            "Mon May  6 07:08:09 2024",
            "ngày 6 tháng 5 năm 2024",
            "6 Tháng 5, 2024",
            "6 พฤษภาคม 2567",
            "๖ พฤษภาคม พ.ศ. ๒๕๖๗",
            "6 مايو 2024",
            "٦ مايو ٢٠٢٤",
            "17 اردیبهشت 1403",
            "۱۴۰۳/۰۲/۱۷",
            "6 במאי 2024",
            "6 मई 2024",
            "令和6年5月6日",
            "民國113年5月6日",
            "２０２４年５月６日",
            "2024 m. gegužės 6 d.",
            "2024. gada 6. maijs",
            "6 Mei 2024",
            "2024年05月06日(月)",
        ] {
            assert_eq!(read(line).as_deref(), Some("2024-05-06"), "{line}");
        }
    }

    #[test]
    fn the_language_decides_which_number_is_the_day() {
        assert_eq!(first_date("05/06/2024", Order::MonthFirst).map(|s| s.to_string()).as_deref(), Some("2024-05-06"));
        assert_eq!(first_date("25/06/2024", Order::MonthFirst).map(|s| s.to_string()).as_deref(), Some("2024-06-25"));
        assert_eq!(first_date("05.06.2024", Order::MonthFirst).map(|s| s.to_string()).as_deref(), Some("2024-06-05"));
    }

    #[test]
    fn versions_phones_and_scores_are_no_dates() {
        for line in [
            "version 1.2.3",
            "call 01.02.03.04.05",
            "1.2.3.4",
            "3-2",
            "page 12 of 2024",
            "in May 2024",
            "30 Feb 2024",
            "linux-image-5.10.26-1",
            "kernel 5.10.26 came out with many new drivers in it",
            "room 2024, 6 people",
            "1402 people, 5 dogs",
        ] {
            assert_eq!(read(line), None, "{line}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_line_is_read_without_panic(line in ".{0,80}") {
            dates(&line, Order::DayFirst);
        }

        #[test]
        fn a_written_day_is_read_back(year in 1990_i32..2100, month in 1_u32..13, day in 1_u32..29) {
            let line = format!("{day}.{month}.{year}");
            proptest::prop_assert_eq!(read(&line), Some(format!("{year:04}-{month:02}-{day:02}")));
        }
    }
}
