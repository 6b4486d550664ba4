//! Pages of text that never ends: letters, signs, entities, charsets.

use super::Recipe::{Bytes, Enclosed, Numbered, Repeated};
use super::{Case, case};

/// The cases.
pub(super) const CASES: &[Case] = &[
    case("text without a tag", Repeated("", "The chaffinch sings, longest at dawn. ")),
    case("one word", Repeated("", "a")),
    case("one word in a paragraph", Repeated("<p>", "a")),
    case("blanks", Repeated("x", " ")),
    case("line ends", Repeated("x", "\n")),
    case("a line of Chinese", Repeated("", "你好，世界。")),
    case("a Chinese word without end", Repeated("<p>", "好")),
    case("combining marks", Repeated("a", "\u{301}")),
    case("zero width", Repeated("a", "\u{200b}")),
    case("right-to-left marks", Repeated("a", "\u{200f}")),
    case("right-to-left text", Repeated("<p dir=rtl>", "يغني الشرشور ")),
    case("digits", Repeated("<p>", "1")),
    case("dates", Repeated("<p>", "6 May 2024 2024-05-06 ")),
    case("sentence marks", Repeated("<p>", ".")),
    case("stars", Repeated("<p>", "*")),
    case("backticks in code", Repeated("<pre>", "`")),
    case("number signs in a heading", Repeated("<h2>x ", "#")),
    case("dashes at line starts", Repeated("<p>x", "<br>- ")),
    case("NULs", Repeated("<p>x", "\0")),
    case("ampersands", Repeated("<p>", "&")),
    case("unfinished entities", Repeated("<p>", "&am")),
    case("the longest entity, unfinished", Repeated("<p>", "&CounterClockwiseContourIntegra")),
    case("entities beyond Unicode", Repeated("<p>", "&#x110000;")),
    case("an entity without end", Repeated("<p>&#x", "1")),
    case("no charset at all", Bytes(|bytes| (0..bytes).map(|at| (at * 7919 % 251) as u8).collect())),
    case("bytes beyond ASCII", Bytes(|bytes| vec![0xff; bytes])),
    case("broken UTF-8", Bytes(|bytes| b"<p>caf\xe9 \xc3\xa9 \xe4\xbd".repeat(bytes / 12))),
    case("UTF-16 with a mark", Bytes(|bytes| utf16(bytes, true))),
    case("UTF-16 without a mark", Bytes(|bytes| utf16(bytes, false))),
    case("UTF-16 cut in half", Bytes(|bytes| [b"\xff\xfe".to_vec(), vec![0xd8; bytes]].concat())),
    case("charset said in a late meta", Bytes(late_charset)),
    case("a paragraph of line starts", Repeated("<p>", "\n- 1. # > ")),
    case("capitals that grow in lower case", Repeated("<p>", "İ")),
    case("families of emoji", Repeated("<p>", "👩\u{200d}👩\u{200d}👧")),
    case("soft hyphens", Repeated("<p>", "a\u{ad}")),
    case("no-break spaces", Repeated("<p>x", "&nbsp;")),
    case("entities", Repeated("<p>", "&eacute;&#x20ac;")),
    case("half of a surrogate, as an entity", Repeated("<p>", "&#xd800;")),
    case("controls", Repeated("<p>x", "\x1b\x01")),
    case("numbers and slashes", Repeated("<p>", "12/")),
    case("numbers and dots", Repeated("<p>", "1.")),
    case("times of day", Repeated("<p>", "07:08 ")),
    case("months without days", Repeated("<p>", "May mars maj ")),
    case("days in Chinese", Repeated("<p>", "2024年5月6日")),
    case("days in Persian", Repeated("<p>", "۱۴۰۳/۰۲/۱۷ ")),
    case("dollar signs", Repeated("<p>", "$x$ ")),
    case("formulas between backslashes", Repeated("<p>", "\\(x\\) \\[y\\] ")),
    case("a formula without end", Repeated("<p>\\(", "x^{")),
    case("brackets", Repeated("<p>", "[x](")),
    case("closing brackets", Repeated("<p>", "](x)")),
    case("underscores", Repeated("<p>", "_a")),
    case("pipes in a cell", Repeated("<table><tr><td>x<tr><td>", "|")),
    case("addresses in text", Numbered("<p>", "https://example.org/# ")),
    case("set phrases", Repeated("<p>", "Share this Read more Leave a Reply © 2024 ")),
    case("set phrases, one a line", Repeated("<p>", "Read more<br>")),
    case("names in a byline", Enclosed("<h1>x</h1><p class=byline>By ", "Ada Vale, ", "</p>")),
    case("names in a line", Repeated("<h1>x</h1><p>By ", "Ada Vale and ")),
    case("a heading without end", Repeated("<h1>", "Finches sing. ")),
    case("a title without end", Repeated("<title>", "Finches - ")),
    case("a text area without end", Repeated("<p>x<textarea>", "a<p>")),
    case("plain text", Repeated("<p>x<plaintext>", "a<p>")),
    case("a noscript of text", Repeated("<p>x<noscript>", "&lt;p>x")),
    case("a code block of one line", Repeated("<pre><code>", "x = y; ")),
    case(
        "windows-1252 said, Shift_JIS written",
        Bytes(|bytes| [b"<meta charset=windows-1252><p>".to_vec(), b"\x83\x65\x83\x58".repeat(bytes / 4)].concat()),
    ),
    case(
        "ISO-2022-JP that changes all the time",
        Bytes(|bytes| [b"<meta charset=iso-2022-jp><p>".to_vec(), b"\x1b$B\x1b(B".repeat(bytes / 6)].concat()),
    ),
    case("UTF-8 and Latin in turn", Bytes(|bytes| b"<p>\xc3\xa9t\xe9 ".repeat(bytes / 8))),
    case("prescan: attributes of a meta", Bytes(|bytes| [b"<meta".to_vec(), b" a=b".repeat(bytes / 4)].concat())),
];

fn utf16(bytes: usize, marked: bool) -> Vec<u8> {
    let page = "<p>Чиж и зяблик.</p>".repeat(bytes / 40);
    let mark = if marked { "\u{feff}" } else { "" };
    format!("{mark}{page}").encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn late_charset(bytes: usize) -> Vec<u8> {
    let mut page = vec![b' '; bytes];
    page.extend_from_slice(b"<meta charset=koi8-r><p>\xf3\xc9\xce\xc9\xc3\xc1");
    page
}
