//! Header fields as WARC and HTTP/1.1 share them: `Name: value` lines, ended by CRLF, a long value carried on by a line that
//! begins with a blank. It does not know what any field means.

/// How closely what is read must follow the standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Mode {
    /// Exactly: CRLF everywhere, every mandatory field once, two line ends behind each block, each record a member or frame of
    /// its own with content size and checksum, one dictionary at the front. For judging what a program writes.
    Strict,
    /// As files are found: LF alone, lines that are no fields, fields missing but for Content-Length, other 0.x and 1.x
    /// versions, other counts of line ends between records, several records in a member, dictionaries that change midway.
    #[default]
    Lenient,
}

/// Why a block of fields was refused.
pub(crate) type Fault = &'static str;

/// Where a header block ends, counted from its start and including the empty line; `None` where it goes on.
pub(crate) fn end_of_head(bytes: &[u8]) -> Option<usize> {
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(|&b| b == b'\n') {
        let next = from + at + 1;
        match bytes.get(next..) {
            Some([b'\n', ..]) => return Some(next + 1),
            Some([b'\r', b'\n', ..]) => return Some(next + 2),
            _ => from = next,
        }
    }
    None
}

/// The first line without its ending, and what follows it. `None` where no line ends, or where strictness forbids its ending.
pub(crate) fn split_line(bytes: &[u8], mode: Mode) -> Option<(&[u8], &[u8])> {
    let at = bytes.iter().position(|&b| b == b'\n')?;
    let (line, rest) = (&bytes[..at], &bytes[at + 1..]);
    match line.strip_suffix(b"\r") {
        Some(line) => Some((line, rest)),
        None if mode == Mode::Lenient => Some((line, rest)),
        None => None,
    }
}

/// Reads fields up to an empty line or the end of the bytes.
pub(crate) fn parse_fields(mut rest: &[u8], mode: Mode) -> Result<Vec<(String, String)>, Fault> {
    let mut fields: Vec<(String, String)> = Vec::new();
    while !rest.is_empty() {
        let line = if let Some((line, next)) = split_line(rest, mode) {
            rest = next;
            line
        } else if mode == Mode::Strict {
            return Err("a line does not end with CRLF");
        } else {
            std::mem::take(&mut rest)
        };
        if line.is_empty() {
            break;
        }
        if line.starts_with(b" ") || line.starts_with(b"\t") {
            let more = text(line);
            if let Some((_, value)) = fields.last_mut() {
                if !value.is_empty() && !more.is_empty() {
                    value.push(' ');
                }
                value.push_str(&more);
            } else if mode == Mode::Strict {
                return Err("a continuation line without a field before it");
            }
            continue;
        }
        match line.iter().position(|&b| b == b':') {
            Some(colon) => {
                let name = &line[..colon];
                if mode == Mode::Strict && (name.is_empty() || !name.iter().all(|&b| is_token(b))) {
                    return Err("a field name that is no token");
                }
                fields.push((self::name(name), text(&line[colon + 1..])));
            }
            None if mode == Mode::Strict => return Err("a line without a colon"),
            None => {}
        }
    }
    Ok(fields)
}

/// Writes fields as lines, each ended by CRLF. Line breaks inside a name or value become blanks, so that no value can begin a
/// field of its own.
pub(crate) fn write_fields<'a>(out: &mut Vec<u8>, fields: impl Iterator<Item = (&'a str, &'a str)>) {
    for (name, value) in fields {
        out.extend(name.bytes().map(|b| if is_token(b) || b >= 0x80 { b } else { b'_' }));
        out.extend_from_slice(b": ");
        out.extend(value.bytes().map(|b| if is_control(b) { b' ' } else { b }));
        out.extend_from_slice(b"\r\n");
    }
}

/// Trimmed text: UTF-8, or Latin-1 where it is not UTF-8. Control characters are read as they would be written, as blanks.
pub(crate) fn text(bytes: &[u8]) -> String {
    let bytes = bytes.trim_ascii();
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|&b| char::from(b)).collect(),
    };
    if text.bytes().any(is_control) {
        let blanked: String = text.chars().map(|c| if c < ' ' && c != '\t' { ' ' } else { c }).collect();
        return blanked.trim_ascii().to_owned();
    }
    text
}

/// The name of a field, what is no part of one read as it would be written.
fn name(bytes: &[u8]) -> String {
    text(bytes).chars().map(|c| if c.is_ascii() && !is_token(c as u8) { '_' } else { c }).collect()
}

/// A byte that no line can hold.
fn is_control(byte: u8) -> bool {
    byte < 0x20 && byte != b'\t'
}

/// A byte of an RFC 9110 token, as names of fields are made of.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn lenient(bytes: &[u8]) -> Vec<(String, String)> {
        parse_fields(bytes, Mode::Lenient).unwrap()
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn fields_keep_their_order_and_lose_blanks_around_the_value() {
        assert_eq!(lenient(b"B: 2 \r\nA:1\r\n\r\nC: 3\r\n"), [pair("B", "2"), pair("A", "1")]);
    }

    #[test]
    fn a_folded_line_carries_the_value_on() {
        assert_eq!(lenient(b"A: one\r\n\ttwo\r\n  three\r\nB: x\r\n"), [pair("A", "one two three"), pair("B", "x")]);
    }

    #[test]
    fn bare_line_feeds_are_read_leniently_and_refused_strictly() {
        assert_eq!(lenient(b"A: 1\nB: 2\n\n"), [pair("A", "1"), pair("B", "2")]);
        assert_eq!(parse_fields(b"A: 1\nB: 2\n\n", Mode::Strict), Err("a line does not end with CRLF"));
    }

    #[test]
    fn a_line_without_a_colon_is_passed_over_leniently_and_refused_strictly() {
        assert_eq!(lenient(b"A: 1\r\nrubbish\r\nB: 2\r\n"), [pair("A", "1"), pair("B", "2")]);
        assert_eq!(parse_fields(b"rubbish\r\n", Mode::Strict), Err("a line without a colon"));
    }

    #[test]
    fn a_value_that_is_not_utf8_is_read_as_latin_1() {
        assert_eq!(lenient(b"A: caf\xe9\r\n"), [pair("A", "caf\u{e9}")]);
    }

    #[test]
    fn what_no_line_can_hold_is_read_as_it_is_written() {
        let read = lenient(b"A\x01B c: one\x00two\rthree\x02\r\n\x03: x\r\n four\x04\r\n");
        assert_eq!(read, [pair("A_B_c", "one two three"), pair("", "x four")]);
        let mut out = Vec::new();
        write_fields(&mut out, read.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        assert_eq!(lenient(&out), read);
    }

    #[test]
    fn a_line_break_in_a_value_cannot_begin_a_field() {
        let mut out = Vec::new();
        write_fields(&mut out, [("A", "1\r\nEvil: 2"), ("B\r\n: x", "3")].into_iter());
        assert_eq!(out, b"A: 1  Evil: 2\r\nB____x: 3\r\n");
    }

    #[test]
    fn the_end_of_a_head_is_found_behind_the_empty_line() {
        assert_eq!(end_of_head(b"A: 1\r\n\r\nbody"), Some(8));
        assert_eq!(end_of_head(b"A: 1\n\nbody"), Some(6));
        assert_eq!(end_of_head(b"A: 1\r\n\r"), None);
    }
}
