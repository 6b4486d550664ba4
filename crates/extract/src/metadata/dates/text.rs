//! Dates in prose: month names of many languages, numeric forms whose order the page's language decides, and the labels that
//! say which date it is. It reads one line at a time and knows nothing of the tree.

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
}

/// What the words before a date say it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Label {
    Published,
    Modified,
    /// Something else altogether: when a member joined, when an event begins.
    Other,
    None,
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
                found.push(Found { stamp, start: pieces[at].start, end: pieces[at + used - 1].end });
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
        let is_digit = c.is_ascii_digit();
        let mut end = start + c.len_utf8();
        let is_sign = !c.is_alphanumeric() || is_han(c);
        if !is_sign {
            while let Some((at, next)) = chars.peek().copied() {
                if !next.is_alphanumeric() || is_han(next) || next.is_ascii_digit() != is_digit {
                    break;
                }
                end = at + next.len_utf8();
                chars.next();
            }
        }
        let text = &line[start..end];
        let token = match (is_sign, is_digit) {
            (true, _) => Token::Sign(c),
            (_, true) => Token::Number {
                value: text.get(..9.min(text.len())).and_then(|t| t.parse().ok()).unwrap_or(0),
                digits: text.len(),
            },
            _ => Token::Word(text),
        };
        found.push(Piece { token, start, end });
    }
    found
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
        Token::Word(word) => month_first(pieces, word),
        _ => None,
    }
}

/// `2024-05-06`, `2024年5月6日`, `2024. 5. 6.`, `2024. május 6.`.
fn year_first(pieces: &[Piece<'_>], year: u32) -> Option<(Stamp, usize)> {
    let mut at = 1;
    let separator = match pieces.get(at)?.token {
        Token::Sign(sign @ ('-' | '/' | '.' | '年' | '년' | '‐' | '–')) => {
            at += 1;
            Some(sign)
        }
        _ => None,
    };
    match pieces.get(at)?.token {
        Token::Word(word) => {
            let month = named(word)?;
            at += 1;
            if matches!(pieces.get(at)?.token, Token::Sign('.' | ',' | '/' | '-')) {
                at += 1;
            }
            let Token::Number { value, digits: 1 | 2 } = pieces.get(at)?.token else { return None };
            Some((Stamp::day(year as i32, month, value)?, at + 1))
        }
        Token::Number { value: month, digits: 1 | 2 } => {
            separator?;
            at += 1;
            let second = pieces.get(at)?.token;
            if !matches!(second, Token::Sign('-' | '/' | '.' | '月' | '월' | '‐' | '–')) {
                return None;
            }
            let Token::Number { value: day, digits: 1 | 2 } = pieces.get(at + 1)?.token else { return None };
            Some((Stamp::day(year as i32, month, day)?, at + 2))
        }
        _ => None,
    }
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
        4 => year as i32,
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
    Some((Stamp::day(year, month, day)?, 5))
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
fn short_year(digits: u32) -> Option<i32> {
    match digits {
        0..40 => Some(2000 + digits as i32),
        70..100 => Some(1900 + digits as i32),
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
    let month = named(word)?;
    at = skip(pieces, at + 1, |token| match token {
        Token::Sign(sign) => matches!(sign, '.' | ',' | '-' | '/' | '’' | '\''),
        Token::Word(word) => is_small(word),
        Token::Number { .. } => false,
    });
    let Token::Number { value, digits } = pieces.get(at)?.token else { return None };
    let year = match digits {
        4 => value as i32,
        2 if !matches!(pieces.get(at + 1).map(|p| p.token), Some(Token::Sign(':'))) => short_year(value)?,
        _ => return None,
    };
    Some((Stamp::day(year, month, day)?, at + 1))
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
    let Token::Number { value: year, digits: 4 } = pieces.get(at)?.token else { return None };
    Some((Stamp::day(year as i32, month, day)?, at + 1))
}

/// Skips at most three pieces that `may` be skipped.
fn skip<'l>(pieces: &[Piece<'l>], from: usize, may: impl Fn(Token<'l>) -> bool) -> usize {
    from + pieces.iter().skip(from).take(3).take_while(|piece| may(piece.token)).count()
}

/// Ordinal endings and the small words between the parts of a date.
fn is_small(word: &str) -> bool {
    const SMALL: [&str; 22] = [
        "st", "nd", "rd", "th", "er", "re", "de", "del", "of", "den", "le", "di", "do", "d", "ος", "η", "ης", "г",
        "року", "a", "o", "v",
    ];
    word.len() <= 8 && SMALL.iter().any(|small| word.eq_ignore_ascii_case(small))
}

fn named(word: &str) -> Option<u32> {
    // "march" and the like are short; lower-casing long words would be waste.
    if word.len() > 28 { None } else { month(&word.to_lowercase()) }
}

/// What the words before a date, and nothing else, say it is.
pub(crate) fn label(before: &str) -> Label {
    const MODIFIED: [&str; 29] = [
        "updated",
        "update",
        "changed",
        "last edit",
        "last review",
        "letzte änderung",
        "zuletzt",
        "modified",
        "revised",
        "edited",
        "reviewed",
        "aktualisiert",
        "geändert",
        "überarbeitet",
        "stand",
        "mis à jour",
        "mise à jour",
        "modifié",
        "actualizado",
        "actualización",
        "aggiornato",
        "atualizado",
        "bijgewerkt",
        "zaktualizowano",
        "обновлен",
        "оновлено",
        "uppdaterad",
        "opdateret",
        "更新",
    ];
    const PUBLISHED: [&str; 46] = [
        "published",
        "posted",
        "post time",
        "publish date",
        "first aired",
        "wurde am",
        "datum",
        "verfasst",
        "geschrieben",
        "gespeichert",
        "eingestellt",
        "fecha:",
        "data:",
        "dato:",
        "дата",
        "written",
        "created",
        "released",
        "date:",
        "publication date",
        "veröffentlicht",
        "erstellt",
        "erschienen",
        "publié",
        "publie",
        "paru",
        "publicado",
        "publicación",
        "pubblicato",
        "geplaatst",
        "gepubliceerd",
        "opublikowano",
        "dodano",
        "опубликован",
        "опубліковано",
        "publikováno",
        "yayın",
        "δημοσίευση",
        "δημοσιεύ",
        "publicerad",
        "udgivet",
        "publisert",
        "julkaistu",
        "közzé",
        "发布",
        "公開",
    ];
    const OTHER: [&str; 10] = [
        "joined",
        "registered",
        "member since",
        "registriert",
        "beigetreten",
        "mitglied seit",
        "inscrit",
        "registrado",
        "deadline",
        "born",
    ];
    let tail = tail(before);
    let last = |words: &[&str]| words.iter().filter_map(|word| tail.rfind(word)).max();
    let found =
        [(last(&PUBLISHED), Label::Published), (last(&MODIFIED), Label::Modified), (last(&OTHER), Label::Other)];
    let nearest = found.into_iter().filter_map(|(at, label)| Some((at?, label))).max_by_key(|(at, _)| *at);
    nearest.map_or(Label::None, |(_, label)| label)
}

/// The last characters of a line in lower case: labels stand close to their date.
fn tail(before: &str) -> String {
    const CHARACTERS: usize = 40;
    let start = before.char_indices().rev().nth(CHARACTERS - 1).map_or(0, |(at, _)| at);
    before[start..].to_lowercase()
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
        ] {
            assert_eq!(read(line), None, "{line}");
        }
    }

    #[test]
    fn the_nearest_label_says_which_date_it_is() {
        assert_eq!(label("Published on "), Label::Published);
        assert_eq!(label("Published 1 May, last updated: "), Label::Modified);
        assert_eq!(label("Aktualisiert am "), Label::Modified);
        assert_eq!(label("Rain on "), Label::None);
    }

    proptest::proptest! {
        #[test]
        fn any_line_is_read_without_panic(line in ".{0,80}") {
            dates(&line, Order::DayFirst);
            label(&line);
        }

        #[test]
        fn a_written_day_is_read_back(year in 1990_i32..2100, month in 1_u32..13, day in 1_u32..29) {
            let line = format!("{day}.{month}.{year}");
            proptest::prop_assert_eq!(read(&line), Some(format!("{year:04}-{month:02}-{day:02}")));
        }
    }
}
