//! One line of JSON Lines that holds a page, read in one pass: nearly all of it is one long string of HTML, and a reader made
//! for any JSON spends as long on it as the tokenizer. What is out of the ordinary, what is wrong included, is left to
//! serde_json. It knows nothing of pages.

use memchr::memchr2;
use serde::Deserialize;
use serde::de::IgnoredAny;

/// `{"id","url","html"}`.
#[derive(Debug, Default, PartialEq, Deserialize)]
pub struct Line {
    /// What the input calls the page.
    #[serde(default)]
    pub id: Option<serde_json::Value>,
    /// Its address.
    #[serde(default)]
    pub url: Option<String>,
    /// The page.
    #[serde(default)]
    pub html: Option<String>,
}

impl Line {
    /// Reads a line.
    ///
    /// # Errors
    /// Where it is no JSON, or not that of a page.
    pub fn read(line: &[u8]) -> Result<Self, serde_json::Error> {
        match Reader::new(line).and_then(Reader::object) {
            Some(page) => Ok(page),
            None => serde_json::from_slice(line),
        }
    }
}

/// Reads an object of strings and simple values; `None` is for whatever else comes.
struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn new(line: &'a [u8]) -> Option<Self> {
        let text = std::str::from_utf8(line).ok()?.trim_matches([' ', '\t', '\n', '\r']);
        // Outside of strings these would be white space, inside they are an error.
        let has_controls = text.bytes().filter(|byte| *byte < b' ').count() > 0;
        (!has_controls).then_some(Self { text, at: 0 })
    }

    fn peek(&mut self) -> Option<u8> {
        let rest = &self.text.as_bytes()[self.at..];
        self.at += rest.iter().take_while(|byte| **byte == b' ').count();
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, sign: u8) -> Option<()> {
        (self.peek()? == sign).then(|| self.at += 1)
    }

    fn object(mut self) -> Option<Line> {
        let mut page = Line::default();
        // Which of the three have been: none may come twice.
        let mut seen = [false; 3];
        self.take(b'{')?;
        loop {
            let name = self.string()?;
            self.take(b':')?;
            if let Some(place) = ["id", "url", "html"].iter().position(|known| *known == name)
                && std::mem::replace(&mut seen[place], true)
            {
                return None;
            }
            match name.as_str() {
                "id" => page.id = self.value()?,
                "url" => page.url = self.text()?,
                "html" => page.html = self.text()?,
                _ if self.peek()? == b'"' => drop(self.string()?),
                _ => drop(serde_json::from_str::<IgnoredAny>(self.simple()?).ok()?),
            }
            match self.peek()? {
                b',' => self.at += 1,
                b'}' => break,
                _ => return None,
            }
        }
        (self.at + 1 == self.text.len()).then_some(page)
    }

    /// Any simple value; `Some(None)` is null.
    #[expect(clippy::option_option, reason = "the outer says whether this reader can tell, the inner is the value")]
    fn value(&mut self) -> Option<Option<serde_json::Value>> {
        if self.peek()? == b'"' {
            return self.string().map(|text| Some(serde_json::Value::String(text)));
        }
        serde_json::from_str(self.simple()?).ok()
    }

    /// A string or null.
    #[expect(clippy::option_option, reason = "as above")]
    fn text(&mut self) -> Option<Option<String>> {
        if self.peek()? == b'"' { self.string().map(Some) } else { (self.simple()? == "null").then_some(None) }
    }

    /// A number or a word.
    fn simple(&mut self) -> Option<&'a str> {
        self.peek()?;
        let rest = &self.text[self.at..];
        let length = rest.bytes().position(|byte| !(byte.is_ascii_alphanumeric() || b"+-.".contains(&byte)))?;
        self.at += length;
        Some(&rest[..length])
    }

    fn string(&mut self) -> Option<String> {
        self.take(b'"')?;
        let mut rest = &self.text[self.at..];
        let mut found = memchr2(b'"', b'\\', rest.as_bytes())?;
        let is_short = rest.as_bytes()[found] == b'"';
        // The string of a page is nearly all of its line.
        let mut out = String::with_capacity(if is_short { found } else { rest.len() });
        loop {
            out.push_str(&rest[..found]);
            let sign = rest.as_bytes()[found];
            rest = &rest[found + 1..];
            if sign == b'"' {
                self.at = self.text.len() - rest.len();
                if out.len() < out.capacity() / 2 {
                    out.shrink_to_fit();
                }
                return Some(out);
            }
            rest = escape(rest, &mut out)?;
            found = memchr2(b'"', b'\\', rest.as_bytes())?;
        }
    }
}

/// Writes what an escape stands for, from behind its backslash on, and gives what comes after it.
fn escape<'a>(rest: &'a str, out: &mut String) -> Option<&'a str> {
    let sign = match *rest.as_bytes().first()? {
        sign @ (b'"' | b'\\' | b'/') => char::from(sign),
        b'n' => '\n',
        b't' => '\t',
        b'r' => '\r',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'u' => {
            let first = unit(rest.get(1..5)?)?;
            let (units, length) = match rest.get(5..7) {
                Some("\\u") if (0xd800..0xdc00).contains(&first) => ([first, unit(rest.get(7..11)?)?], 11),
                _ => ([first, 0], 5),
            };
            let count = if length == 11 { 2 } else { 1 };
            out.push(char::decode_utf16(units.into_iter().take(count)).next()?.ok()?);
            return Some(&rest[length..]);
        }
        _ => return None,
    };
    out.push(sign);
    Some(&rest[1..])
}

fn unit(digits: &str) -> Option<u16> {
    digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then(|| u16::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fast(line: &str) -> Option<Line> {
        Reader::new(line.as_bytes()).and_then(Reader::object)
    }

    #[test]
    fn an_ordinary_line_is_read_at_once() {
        let line =
            r#" { "id" : 7, "url":null,"more":"a\n","n":-1.5e3,"html":"<a href=\"x\">\u00e9\ud83d\ude00\t\\\/</a>" } "#;
        let page = fast(line);
        assert_eq!(page.as_ref().and_then(|page| page.html.as_deref()), Some("<a href=\"x\">é😀\t\\/</a>"));
        assert_eq!(page.and_then(|page| page.id), Some(7.into()));
    }

    #[test]
    fn a_string_is_not_taken_twice_and_half_a_sign_is_none() {
        for line in [
            r#"{"html":"a","html":"b"}"#,
            r#"{"url":null,"url":null}"#,
            r#"{"html":"\ud83d"}"#,
            r#"{"html":"\ud83dx"}"#,
            r#"{"html":"\ud83d\u0041"}"#,
            r#"{"html":"\u+041"}"#,
            r#"{"html":"\x"}"#,
            r#"{"html":"a"#,
            r#"{"html":5}"#,
            r#"{"html":"a"}}"#,
            r#"{"html":"a",}"#,
            r#"{"a":01,"html":"a"}"#,
            r#"{"a":nul,"html":"a"}"#,
            "{\"html\":\"a\tb\"}",
            "{}",
            "",
        ] {
            assert_eq!(fast(line), None, "{line}");
        }
    }

    proptest::proptest! {
        /// Whatever is read at once is what serde_json reads.
        #[test]
        fn what_is_read_at_once_is_what_any_reader_reads(
            pieces in proptest::collection::vec(proptest::sample::select(PIECES.to_vec()), 0..16),
        ) {
            for line in [pieces.concat(), format!("{{\"id\":\"1\",\"html\":\"{}\"}}", pieces.concat())] {
                if let Some(page) = fast(&line) {
                    let other: Option<Line> = serde_json::from_str(&line).ok();
                    proptest::prop_assert_eq!(Some(page), other, "{}", line);
                }
            }
        }
    }

    const PIECES: &[&str] = &[
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"",
        "\\",
        "\\\"",
        "\\n",
        "\\u",
        "\\u0041",
        "\\ud83d",
        "\\ude00",
        "\\u00e9",
        "id",
        "\"id\"",
        "\"url\"",
        "\"html\"",
        "\"a\"",
        "null",
        "true",
        "1",
        "-",
        ".5",
        "e3",
        "0",
        " ",
        "\n",
        "\t",
        "é",
        "a",
        "{\"id\":",
        ",\"html\":\"",
    ];
}
