//! Character references (`&amp;`, `&#8217;`) by the standard's rules. It knows nothing of where they stand but whether that is
//! an attribute, where old addresses (`?a=1&copy=2`) are left alone.

use html5ever::data::{C1_REPLACEMENTS, NAMED_ENTITIES};
use memchr::memchr;

/// Appends a text with its references undone.
pub(crate) fn undo_into(out: &mut String, text: &str, in_attribute: bool) {
    let mut rest = text;
    while let Some(at) = memchr(b'&', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let length = push_reference(out, after, in_attribute);
        if length == 0 {
            out.push('&');
        }
        rest = &after[length..];
    }
    out.push_str(rest);
}

/// Appends what the reference at the start of a text (behind its `&`) stands for, and tells how long it is; 0 for none.
fn push_reference(out: &mut String, text: &str, in_attribute: bool) -> usize {
    if let Some(number) = text.strip_prefix('#') {
        return push_number(out, number).map_or(0, |length| length + 1);
    }
    for (name, text_of) in [("amp;", "&"), ("nbsp;", "\u{a0}"), ("quot;", "\""), ("lt;", "<"), ("gt;", ">")] {
        if text.starts_with(name) {
            out.push_str(text_of);
            return name.len();
        }
    }
    push_named(out, text, in_attribute)
}

/// The longest name there is. The table holds the beginnings of names too, with a zero.
fn push_named(out: &mut String, text: &str, in_attribute: bool) -> usize {
    let mut found = None;
    for length in 1..=text.len() {
        let Some(characters) = text.get(..length).and_then(|name| NAMED_ENTITIES.get(name)) else { break };
        if characters.0 != 0 {
            found = Some((length, *characters));
        }
    }
    let Some((length, (first, second))) = found else { return 0 };
    let is_closed = text.as_bytes()[length - 1] == b';';
    let next = text.as_bytes().get(length);
    if in_attribute && !is_closed && next.is_some_and(|next| *next == b'=' || next.is_ascii_alphanumeric()) {
        return 0;
    }
    out.push(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
    if second != 0 {
        out.push(char::from_u32(second).unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    length
}

fn push_number(out: &mut String, text: &str) -> Option<usize> {
    let (start, base) = if text.starts_with(['x', 'X']) { (1, 16) } else { (0, 10) };
    let digits = text[start..].chars().take_while(|digit| digit.is_digit(base)).count();
    if digits == 0 {
        return None;
    }
    let end = start + digits;
    let number = text[start..end]
        .chars()
        .filter_map(|digit| digit.to_digit(base))
        .fold(0u32, |number, digit| number.saturating_mul(base).saturating_add(digit));
    let is_c1 = (0x80..0xa0).contains(&number);
    let replaced = if is_c1 { C1_REPLACEMENTS[number as usize - 0x80] } else { None };
    let character = replaced.or_else(|| char::from_u32(number).filter(|c| *c != '\0'));
    out.push(character.unwrap_or(char::REPLACEMENT_CHARACTER));
    Some(end + usize::from(text[end..].starts_with(';')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn undone(text: &str, in_attribute: bool) -> String {
        let mut out = String::new();
        undo_into(&mut out, text, in_attribute);
        out
    }

    #[test]
    fn references_by_name_and_number_are_undone() {
        assert_eq!(undone("a&amp;b&eacute;&#8217;&#x1F426;&#150;&notin;&notit;", false), "a&bé’🐦–∉¬it;");
        assert_eq!(undone("&#0;&#xD800;&#99999999999;&#x110000;", false), "\u{fffd}".repeat(4));
    }

    #[test]
    fn what_is_no_reference_stays() {
        for text in ["&", "& ", "&;", "&#;", "&#x;", "&bogus;", "&é", "&am"] {
            assert_eq!(undone(text, false), text);
        }
    }

    #[test]
    fn an_old_address_in_an_attribute_is_left_alone() {
        assert_eq!(undone("?a=1&copy=2&copyx&copy;&copy", true), "?a=1&copy=2&copyx©©");
        assert_eq!(undone("&copyx", false), "©x");
    }
}
