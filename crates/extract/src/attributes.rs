//! Cuts tags short that have absurdly many attributes: the tokenizer compares each with all before it, so a tag of a hundred
//! thousand costs seconds. It knows just enough of the syntax to find where a tag ends; any other text is left as it is.

use std::borrow::Cow;

/// More attributes than this are dropped. No page that means well has them.
const ATTRIBUTES_MAX: usize = 1_000;

/// The text with what lies beyond the limit taken out of each tag; borrowed where there is nothing to take out.
pub(crate) fn cut(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let mut out = String::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(found) = bytes[at..].iter().position(|byte| *byte == b'<') {
        let start = at + found;
        at = start + 1;
        if let Some(end) = raw_end(bytes, start) {
            at = end;
        } else if bytes.get(at).is_some_and(u8::is_ascii_alphabetic) {
            let (end, beyond) = tag_end(bytes, start);
            if let Some(beyond) = beyond {
                out.push_str(&text[copied..beyond]);
                copied = end;
            }
            at = end;
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

/// Where a comment, script or style that begins here ends.
fn raw_end(bytes: &[u8], start: usize) -> Option<usize> {
    let rest = &bytes[start..];
    for (open, close) in [("<!--", "-->"), ("<script", "</script"), ("<style", "</style")] {
        if rest.len() >= open.len() && rest[..open.len()].eq_ignore_ascii_case(open.as_bytes()) {
            let inner = &rest[open.len()..];
            let end = inner.windows(close.len()).position(|window| window.eq_ignore_ascii_case(close.as_bytes()));
            return Some(end.map_or(bytes.len(), |end| start + open.len() + end + close.len()));
        }
    }
    None
}

/// Where a tag ends (at its `>`), and where the first attribute too many begins.
fn tag_end(bytes: &[u8], start: usize) -> (usize, Option<usize>) {
    let mut quote = None;
    let mut attributes = 0;
    let mut beyond = None;
    let mut previous = b'<';
    for (offset, byte) in bytes[start..].iter().enumerate() {
        match (quote, *byte) {
            (Some(open), byte) if byte == open => quote = None,
            (None, b'>') => return (start + offset, beyond),
            // A quote opens a value only after an equals sign.
            (None, sign @ (b'"' | b'\'')) if previous == b'=' => quote = Some(sign),
            (None, byte) if byte.is_ascii_whitespace() || byte == b'/' => {
                attributes += 1;
                if attributes > ATTRIBUTES_MAX && beyond.is_none() {
                    beyond = Some(start + offset);
                }
            }
            _ => {}
        }
        if !byte.is_ascii_whitespace() {
            previous = *byte;
        }
    }
    (bytes.len(), beyond)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ordinary_page_is_left_alone() {
        let page =
            "<!-- <a b c> --><p class=\"a > b\" title='x'>1 < 2 <script>if (a<b && c>d) { \"'\" }</script> <em>y</em>";
        assert!(matches!(cut(page), Cow::Borrowed(text) if text == page));
    }

    #[test]
    fn attributes_beyond_the_limit_are_dropped_and_the_tag_still_ends() {
        let page = format!("<p{}>text</p>", " a=1".repeat(5_000));
        assert_eq!(cut(&page), format!("<p{}>text</p>", " a=1".repeat(1_000)));
    }
}
