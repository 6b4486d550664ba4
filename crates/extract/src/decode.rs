//! Bytes to text: which charset a page is written in, by the order browsers use (byte order mark, `Content-Type` header,
//! what the page's own `<meta>` says within its first kilobyte, and last a guess from the bytes). It knows nothing of HTML
//! but the prescan of the HTML standard, section 13.2.3.2.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252, X_USER_DEFINED};

/// Bytes the prescan looks at. The standard asks for 1,024 and lets a parser that meets a later `<meta>` begin again, which
/// comes to the same.
const PRESCAN_BYTES_MAX: usize = 16 << 10;
/// Bytes from which a charset is guessed, and those of them before the first that is not ASCII: more do not make it surer.
const GUESSED_BYTES_MAX: usize = 1 << 20;
const GUESSED_BYTES_BEFORE: usize = 1 << 10;

/// Decodes a page. Malformed sequences become U+FFFD; nothing is refused.
///
/// ```
/// let (text, encoding) = chaffinch_extract::decode::decode(b"caf\xe9", Some("text/html; charset=latin1"));
/// assert_eq!((&*text, encoding.name()), ("café", "windows-1252"));
/// ```
pub fn decode<'a>(bytes: &'a [u8], content_type: Option<&str>) -> (Cow<'a, str>, &'static Encoding) {
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        let (text, _) = encoding.decode_without_bom_handling(&bytes[length..]);
        return (text, encoding);
    }
    let declared = content_type.and_then(charset_of_content_type).or_else(|| prescan(bytes));
    if declared.is_none_or(|encoding| encoding == UTF_8)
        && let Ok(text) = std::str::from_utf8(bytes)
    {
        return (Cow::Borrowed(text), UTF_8);
    }
    let encoding = match declared {
        // A page that claims a legacy charset and is valid UTF-8 beyond ASCII was converted without changing the claim.
        Some(encoding) if encoding != UTF_8 && encoding.is_ascii_compatible() && is_utf8_beyond_ascii(bytes) => UTF_8,
        // One that claims UTF-8 and mostly is not was never converted.
        Some(encoding) if encoding == UTF_8 && is_hardly_utf8(bytes) => guess(bytes),
        Some(encoding) => encoding,
        None => guess(bytes),
    };
    let (text, _) = encoding.decode_without_bom_handling(bytes);
    (text, encoding)
}

fn is_utf8_beyond_ascii(bytes: &[u8]) -> bool {
    !bytes.is_ascii() && std::str::from_utf8(bytes).is_ok()
}

/// Whether more than half of the sequences beyond ASCII are malformed.
fn is_hardly_utf8(bytes: &[u8]) -> bool {
    if std::str::from_utf8(bytes).is_ok() {
        return false;
    }
    let (mut good, mut bad) = (0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    bad > good
}

fn guess(bytes: &[u8]) -> &'static Encoding {
    if std::str::from_utf8(bytes).is_ok() {
        return UTF_8;
    }
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    let first = bytes.iter().position(|byte| !byte.is_ascii()).unwrap_or(0).saturating_sub(GUESSED_BYTES_BEFORE);
    let rest = if bytes.len() > GUESSED_BYTES_MAX { &bytes[first..] } else { bytes };
    let guessed = &rest[..rest.len().min(GUESSED_BYTES_MAX)];
    detector.feed(guessed, guessed.len() == rest.len());
    detector.guess(None, chardetng::Utf8Detection::Allow)
}

/// The charset parameter of a `Content-Type` header.
fn charset_of_content_type(header: &str) -> Option<&'static Encoding> {
    let (_, parameters) = header.split_once(';')?;
    for parameter in parameters.split(';') {
        if let Some((name, value)) = parameter.split_once('=')
            && name.trim().eq_ignore_ascii_case("charset")
        {
            return Encoding::for_label(value.trim().trim_matches(['"', '\'']).as_bytes());
        }
    }
    None
}

/// The encoding a page declares of itself in its first bytes: the standard's "prescan a byte stream".
pub fn prescan(bytes: &[u8]) -> Option<&'static Encoding> {
    let bytes = &bytes[..bytes.len().min(PRESCAN_BYTES_MAX)];
    if let Some(encoding) = xml_declaration_utf16(bytes) {
        return Some(encoding);
    }
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        if rest.starts_with(b"<!--") {
            // The two dashes that open may be those that close: `<!-->`.
            at += find(&rest[2..], b"-->").map_or(rest.len(), |end| end + 2 + 3);
        } else if is_meta(rest) {
            at += 5;
            let (next, found) = meta(bytes, at);
            if found.is_some() {
                return found;
            }
            at = next;
        } else if is_tag(rest) {
            at = skip_name(bytes, at + 1);
            while let Some((_, _, next)) = attribute(bytes, at) {
                at = next;
            }
            at = end_of_attributes(bytes, at);
        } else if rest.starts_with(b"<!") || rest.starts_with(b"</") || rest.starts_with(b"<?") {
            at += rest.iter().position(|&b| b == b'>').map_or(rest.len(), |end| end + 1);
        } else {
            at += 1;
        }
    }
    None
}

fn xml_declaration_utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    if bytes.starts_with(b"<\0?\0x\0") {
        Some(UTF_16LE)
    } else if bytes.starts_with(b"\0<\0?\0x") {
        Some(UTF_16BE)
    } else {
        None
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

fn is_meta(rest: &[u8]) -> bool {
    rest.len() > 5 && rest[..5].eq_ignore_ascii_case(b"<meta") && (is_space(rest[5]) || rest[5] == b'/')
}

fn is_tag(rest: &[u8]) -> bool {
    let name = if rest.starts_with(b"</") { 2 } else { 1 };
    rest[0] == b'<' && rest.get(name).is_some_and(u8::is_ascii_alphabetic)
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | 0x0c | b'\r' | b' ')
}

fn skip_name(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() && !is_space(bytes[at]) && bytes[at] != b'>' {
        at += 1;
    }
    at
}

/// Where the tag whose attributes end at `at` ends.
fn end_of_attributes(bytes: &[u8], at: usize) -> usize {
    if bytes.get(at) == Some(&b'>') { at + 1 } else { at.max(1) }
}

/// Reads the attributes of a `<meta>`; gives where it ends and what it declares.
fn meta(bytes: &[u8], mut at: usize) -> (usize, Option<&'static Encoding>) {
    let (mut seen_http_equiv, mut seen_content, mut seen_charset) = (false, false, false);
    let mut got_pragma = false;
    let mut need_pragma = None;
    let mut charset = None;
    while let Some((name, value, next)) = attribute(bytes, at) {
        at = next;
        match name.as_slice() {
            b"http-equiv" if !seen_http_equiv => {
                seen_http_equiv = true;
                got_pragma = value == b"content-type";
            }
            b"content" if !seen_content => {
                seen_content = true;
                if let Some(found) = charset_in_content(&value).filter(|_| charset.is_none()) {
                    charset = Some(found);
                    need_pragma = Some(true);
                }
            }
            b"charset" if !seen_charset => {
                seen_charset = true;
                charset = Encoding::for_label(&value);
                need_pragma = Some(false);
            }
            _ => {}
        }
    }
    at = end_of_attributes(bytes, at);
    let declared = match (need_pragma, charset) {
        (Some(true), Some(encoding)) if got_pragma => Some(encoding),
        (Some(false), Some(encoding)) => Some(encoding),
        _ => None,
    };
    (at, declared.map(usable))
}

/// A page whose `<meta>` could be read is not UTF-16, whatever it says.
fn usable(encoding: &'static Encoding) -> &'static Encoding {
    if encoding == UTF_16BE || encoding == UTF_16LE {
        UTF_8
    } else if encoding == X_USER_DEFINED {
        WINDOWS_1252
    } else {
        encoding
    }
}

/// The standard's "extracting a character encoding from a meta element", on a lower-cased value.
fn charset_in_content(value: &[u8]) -> Option<&'static Encoding> {
    let mut rest = value;
    loop {
        rest = &rest[find(rest, b"charset")? + 7..];
        let start = rest.iter().position(|&b| !is_space(b))?;
        rest = &rest[start..];
        if rest.first() == Some(&b'=') {
            break;
        }
    }
    rest = &rest[1..];
    let start = rest.iter().position(|&b| !is_space(b))?;
    rest = &rest[start..];
    let label = match rest[0] {
        quote @ (b'"' | b'\'') => {
            let end = rest[1..].iter().position(|&b| b == quote)?;
            &rest[1..=end]
        }
        _ => {
            let end = rest.iter().position(|&b| is_space(b) || b == b';').unwrap_or(rest.len());
            &rest[..end]
        }
    };
    Encoding::for_label(label)
}

/// The standard's "get an attribute": name and value in lower case, and where the next begins. `None` at the tag's end.
fn attribute(bytes: &[u8], mut at: usize) -> Option<(Vec<u8>, Vec<u8>, usize)> {
    while at < bytes.len() && (is_space(bytes[at]) || bytes[at] == b'/') {
        at += 1;
    }
    if at >= bytes.len() || bytes[at] == b'>' {
        return None;
    }
    let mut name = Vec::new();
    loop {
        match bytes.get(at) {
            None => return None,
            Some(b'=') if !name.is_empty() => break,
            Some(b'/' | b'>') => return Some((name, Vec::new(), at)),
            Some(&byte) if is_space(byte) => {
                while at < bytes.len() && is_space(bytes[at]) {
                    at += 1;
                }
                if bytes.get(at) != Some(&b'=') {
                    return (at < bytes.len()).then_some((name, Vec::new(), at));
                }
                break;
            }
            Some(byte) => name.push(byte.to_ascii_lowercase()),
        }
        at += 1;
    }
    at += 1;
    while at < bytes.len() && is_space(bytes[at]) {
        at += 1;
    }
    let mut value = Vec::new();
    match bytes.get(at)? {
        &quote @ (b'"' | b'\'') => loop {
            at += 1;
            match bytes.get(at)? {
                byte if *byte == quote => return Some((name, value, at + 1)),
                byte => value.push(byte.to_ascii_lowercase()),
            }
        },
        b'>' => Some((name, value, at)),
        _ => loop {
            match bytes.get(at)? {
                &byte if is_space(byte) || byte == b'>' => return Some((name, value, at)),
                byte => value.push(byte.to_ascii_lowercase()),
            }
            at += 1;
        },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn name(bytes: &[u8], content_type: Option<&str>) -> &'static str {
        decode(bytes, content_type).1.name()
    }

    #[test]
    fn a_byte_order_mark_wins_over_the_header() {
        assert_eq!(name(b"\xef\xbb\xbfcaf\xc3\xa9", Some("text/html; charset=koi8-r")), "UTF-8");
        assert_eq!(name(b"\xff\xfe<\0p\0>\0", None), "UTF-16LE");
    }

    #[test]
    fn the_header_wins_over_the_page() {
        assert_eq!(name(b"<meta charset=koi8-r>\xe1", Some("text/html; Charset=\"windows-1251\"")), "windows-1251");
    }

    #[test]
    fn a_page_may_declare_itself() {
        let page =
            b"<!-- a comment --><title>x</title><meta http-equiv=content-type content='text/html; charset=shift_jis'>";
        assert_eq!(prescan(page).unwrap().name(), "Shift_JIS");
        assert_eq!(prescan(b"<meta charset=utf-16>").unwrap().name(), "UTF-8");
    }

    #[test]
    fn a_wrong_claim_of_a_legacy_charset_is_seen_through() {
        let (text, encoding) = decode("<meta charset=iso-8859-1>Zürich".as_bytes(), None);
        assert_eq!((text.contains("Zürich"), encoding.name()), (true, "UTF-8"));
    }

    #[test]
    fn bytes_that_declare_nothing_are_guessed() {
        let russian = "Мы решили, что ждать дольше нельзя, и построили мост сами.";
        let (bytes, _, _) = encoding_rs::WINDOWS_1251.encode(russian);
        assert_eq!(decode(&bytes, None).0, russian);
    }

    /// html5lib's own cases, where the data is at hand.
    #[test]
    fn the_prescan_agrees_with_html5lib() {
        let folder = std::env::var("CHAFFINCH_DATA").unwrap_or_else(|_| "../../../shared/data".to_owned());
        let mut failed = Vec::new();
        let mut count = 0;
        for file in ["tests1.dat", "tests2.dat", "test-yahoo-jp.dat"] {
            let Ok(bytes) = std::fs::read(format!("{folder}/encoding/{file}")) else {
                #[allow(clippy::print_stderr, reason = "a test that is skipped says so")]
                {
                    eprintln!("skipped: no {folder}/encoding/{file}; set CHAFFINCH_DATA");
                }
                continue;
            };
            for (data, wanted) in cases(&bytes) {
                count += 1;
                let mark = Encoding::for_bom(&data).map(|(encoding, _)| encoding);
                let got = mark.or_else(|| prescan(&data)).unwrap_or(WINDOWS_1252).name();
                if !got.eq_ignore_ascii_case(&wanted) {
                    let shown: String = String::from_utf8_lossy(&data).chars().take(200).collect();
                    failed.push(format!("{file}: wanted {wanted}, got {got}: {shown}"));
                }
            }
        }
        assert!(failed.is_empty(), "{} of {count} failed:\n{}", failed.len(), failed.join("\n---\n"));
    }

    fn cases(bytes: &[u8]) -> Vec<(Vec<u8>, String)> {
        let mut cases = Vec::new();
        let mut rest = bytes;
        while let Some(start) = find(rest, b"#data\n") {
            rest = &rest[start + 6..];
            let Some(end) = find(rest, b"\n#encoding\n") else { break };
            let data = rest[..end].to_vec();
            rest = &rest[end + 11..];
            let label = rest.split(|b| *b == b'\n').next().unwrap_or_default();
            let wanted = Encoding::for_label(label).map_or("", |encoding| encoding.name()).to_owned();
            cases.push((data, wanted));
        }
        cases
    }
}
