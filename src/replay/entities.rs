//! PURE: attribute values between their written form (`a&amp;b`) and what they mean (`a&b`). A tag holds the written form, and a
//! URL that is judged before its entities are undone could hide anything.

use std::borrow::Cow;

/// What a written attribute value means. The plain cases are undone here; for the 2,231 names the HTML parser is asked.
pub fn decode(raw: &str) -> Cow<'_, str> {
    if !raw.contains('&') {
        return Cow::Borrowed(raw);
    }
    if only_ampersands(raw) {
        return Cow::Owned(raw.replace("&amp;", "&"));
    }
    let element = format!("<i a=\"{}\"></i>", raw.replace('"', "&quot;"));
    let fragment = scraper::Html::parse_fragment(&element);
    let value = fragment
        .tree
        .nodes()
        .filter_map(|node| node.value().as_element())
        .find_map(|element| element.attr("a"))
        .unwrap_or_default()
        .to_owned();
    Cow::Owned(value)
}

fn only_ampersands(raw: &str) -> bool {
    raw.match_indices('&').all(|(at, _)| {
        let rest = &raw[at + 1..];
        rest.starts_with("amp;") || !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '#')
    })
}

/// Writes a value so that it stands safely in double or single quotes, whatever parser reads it. A text that is given away is
/// given back where nothing in it has to be written otherwise.
pub fn encode(value: impl Into<String> + AsRef<str>) -> String {
    let text = value.as_ref();
    let Some(first) = text.bytes().position(|byte| entity(byte).is_some()) else { return value.into() };
    let mut out = String::with_capacity(text.len() + 16);
    let mut done = 0;
    for (at, byte) in text.bytes().enumerate().skip(first) {
        if let Some(entity) = entity(byte) {
            out.push_str(&text[done..at]);
            out.push_str(entity);
            done = at + 1;
        }
    }
    out.push_str(&text[done..]);
    out
}

fn entity(byte: u8) -> Option<&'static str> {
    match byte {
        b'&' => Some("&amp;"),
        b'"' => Some("&quot;"),
        b'\'' => Some("&#39;"),
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_are_undone_as_a_browser_does_in_an_attribute() {
        for (raw, value) in [
            ("plain", "plain"),
            ("a&amp;b", "a&b"),
            ("?a=1&b=2", "?a=1&b=2"),
            ("?x=1&copy=2", "?x=1&copy=2"),
            ("&#106;ava&#x73;cript&colon;x", "javascript:x"),
            ("a \" b &amp; c", "a \" b & c"),
            ("&", "&"),
        ] {
            assert_eq!(decode(raw), value, "{raw}");
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        let value = "a&b\"c'd<e>&amp;";
        assert_eq!(decode(&encode(value)), value);
    }
}
