//! Small strings as metadata holds them: white space folded, entities undone, compared without case and punctuation.
//! It knows nothing of HTML elements.

use crate::letters;
use crate::spaces;

/// Folds white space and drops what is invisible; at most `limit` bytes are kept, cut between characters.
pub(crate) fn fold(text: &str, limit: usize) -> String {
    let mut out = String::with_capacity(text.len().min(limit));
    push_folded(&mut out, text, limit);
    while out.ends_with(' ') {
        out.pop();
    }
    out
}

/// Appends `text` to `out` as [`fold`] would write it, joining a space at the seam to one already there.
pub(crate) fn push_folded(out: &mut String, text: &str, limit: usize) {
    let mut rest = text;
    while !rest.is_empty() {
        let room = limit.saturating_sub(out.len());
        let within = rest.as_bytes().get(..=room).unwrap_or(rest.as_bytes());
        let clean = spaces::plain(within, out.is_empty() || out.ends_with([' ', '\n']));
        if clean > room {
            // A space that ends a word is not cut off from it.
            out.push_str(&rest[..room + usize::from(rest.as_bytes()[room] == b' ')]);
            return;
        }
        out.push_str(&rest[..clean]);
        rest = &rest[clean..];
        let Some(c) = rest.chars().next() else { return };
        rest = &rest[c.len_utf8()..];
        if is_invisible(c) {
            continue;
        }
        if c.is_whitespace() || c.is_control() {
            if !out.is_empty() && !out.ends_with([' ', '\n']) {
                out.push(' ');
            }
            rest = &rest[spaces::blank(rest.as_bytes())..];
            continue;
        }
        if out.len() + c.len_utf8() > limit {
            return;
        }
        out.push(c);
    }
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{202a}'..='\u{202e}')
}

/// So much of a text with entities and tags is read.
const MARKED_BYTES_MAX: usize = 64 << 10;

/// Undoes the entities that are left where a page escaped twice (`&amp;amp;`, `&#8217;` in JSON) and drops tags.
pub(crate) fn plain(text: &str) -> String {
    let text = head(text, MARKED_BYTES_MAX);
    let undone = if text.contains('&') { unescape(&unescape(text)) } else { text.to_owned() };
    fold(&strip_tags(&undone), 4096)
}

/// The first bytes of a text, cut between characters.
fn head(text: &str, bytes_max: usize) -> &str {
    let end = (0..=text.len().min(bytes_max)).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}

fn strip_tags(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        let after = &rest[start + 1..];
        if !after.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!') {
            out.push_str(&rest[..=start]);
            rest = after;
            continue;
        }
        // Where no tag ends any more there is none: looking for the end of each would take for ever.
        let Some(end) = after.find('>') else { break };
        out.push_str(&rest[..start]);
        rest = &after[end + 1..];
    }
    out.push_str(rest);
    out
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        out.push_str(&rest[..start]);
        let after = &rest[start + 1..];
        let end = after.bytes().take(10).position(|b| b == b';');
        match end.and_then(|end| Some((entity(&after[..end])?, end))) {
            Some((c, end)) => {
                out.push(c);
                rest = &after[end + 1..];
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

fn entity(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code).filter(|c| *c != '\0');
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" | "rsquo" => '’',
        "lsquo" => '‘',
        "ldquo" => '“',
        "rdquo" => '”',
        "nbsp" => ' ',
        "ndash" => '–',
        "mdash" => '—',
        "hellip" => '…',
        "laquo" => '«',
        "raquo" => '»',
        "copy" => '©',
        "reg" => '®',
        "trade" => '™',
        "auml" => 'ä',
        "ouml" => 'ö',
        "uuml" => 'ü',
        "szlig" => 'ß',
        "eacute" => 'é',
        "egrave" => 'è',
        "agrave" => 'à',
        _ => return None,
    })
}

/// The words alone, in lower case, one space between: what two writings of a title have in common.
pub(crate) fn key(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            out.push(c.to_ascii_lowercase());
        } else if letters::is_alphanumeric(c) {
            out.extend(c.to_lowercase());
        } else if !is_invisible(c) && !matches!(c, '\'' | '’') && !out.is_empty() && !out.ends_with(' ') {
            out.push(' ');
        }
    }
    while out.ends_with(' ') {
        out.pop();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_is_folded_and_the_invisible_dropped() {
        assert_eq!(fold("  a\u{a0}\n b\u{200b}c\t", 100), "a bc");
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(fold("ääää", 5), "ää");
    }

    #[test]
    fn double_escapes_and_tags_are_undone() {
        assert_eq!(plain("Q&amp;amp;A &#8211; <em>now</em> 1 < 2"), "Q&A – now 1 < 2");
    }

    #[test]
    fn an_unknown_entity_stays() {
        assert_eq!(plain("AT&T; &bogus; &"), "AT&T; &bogus; &");
    }

    #[test]
    fn keys_agree_without_case_and_punctuation() {
        assert_eq!(key("“What’s New?” – A List"), key("what's new a LIST"));
    }
}
