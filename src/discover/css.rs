//! PURE: the addresses in a style sheet, a `<style>` element or a `style` attribute. A small tokenizer after CSS Syntax
//! Level 3: it knows strings, comments, escapes and functions, so that `\75 rl(...)` is as much an address as `url(...)`, and
//! leaves everything else as it is. Where an address leads is the caller's matter.

use std::borrow::Cow;

use memchr::memchr3;

/// What an address in a style sheet is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// `@import`: another style sheet.
    Import,
    /// An image, a font, a cursor, a mask.
    Resource,
}

/// Rewrites every address of `text` by `lead`. Where `lead` has no answer, `about:invalid` takes its place, which loads
/// nothing. `@charset` and the comment marks of old HTML are dropped.
pub fn rewrite(text: &str, lead: &mut dyn FnMut(&str, Purpose) -> Option<String>) -> String {
    // One way to end a line is enough (CSS Syntax, section 3.3).
    let lines = if text.contains(['\r', '\u{c}']) {
        Cow::Owned(text.replace("\r\n", "\n").replace(['\r', '\u{c}'], "\n"))
    } else {
        Cow::Borrowed(text)
    };
    let text = &*lines;
    let mut scanner = Scanner { text, at: 0, done: 0, out: String::with_capacity(text.len() + text.len() / 8), lead };
    scanner.run();
    scanner.out
}

/// What the statement that is being read does with strings and addresses.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Statement {
    Plain,
    /// After `@import`, before its address.
    Import,
    /// After `@namespace`: its address is a name and is never fetched.
    Namespace,
}

/// Bytes at which something may begin or end that matters here; all others are passed over.
const SPECIAL: [bool; 256] = among(b"/<>\"'@();{}\\");
/// The same where no statement is open that a semicolon or a brace would end.
const SPECIAL_IN_PLAIN: [bool; 256] = among(b"/<>\"'@()\\");

const fn among(known: &[u8]) -> [bool; 256] {
    let mut special = [false; 256];
    let mut at = 0;
    while at < known.len() {
        special[known[at] as usize] = true;
        at += 1;
    }
    special
}

struct Scanner<'a, 'l> {
    text: &'a str,
    at: usize,
    /// Up to where the text was written.
    done: usize,
    out: String,
    lead: &'l mut dyn FnMut(&str, Purpose) -> Option<String>,
}

impl<'a> Scanner<'a, '_> {
    fn run(&mut self) {
        let bytes = self.text.as_bytes();
        let mut statement = Statement::Plain;
        // One entry an open parenthesis: whether a string directly within it is an address.
        let mut open: Vec<bool> = Vec::new();
        // Behind the last special byte: a name before a parenthesis begins no earlier.
        let mut floor = 0;
        loop {
            let special = if statement == Statement::Plain { &SPECIAL_IN_PLAIN } else { &SPECIAL };
            let Some(skipped) = bytes[self.at..].iter().position(|b| special[usize::from(*b)]) else { break };
            self.at += skipped;
            match bytes[self.at] {
                b'/' if self.rest().starts_with("/*") => self.comment(),
                b'<' if self.rest().starts_with("<!--") => self.leave_out(self.at, self.at + 4),
                b'>' if self.text[floor..self.at].ends_with("--") => self.leave_out(self.at - 2, self.at + 1),
                quote @ (b'"' | b'\'') => {
                    let start = self.at;
                    if statement == Statement::Import || open.last() == Some(&true) {
                        let value = self.string(char::from(quote));
                        self.address(start, &value, statement);
                        statement = Statement::Plain;
                    } else {
                        self.pass_string(quote);
                    }
                }
                b'@' => statement = self.at_rule(),
                b')' => {
                    open.pop();
                    self.at += 1;
                }
                b';' | b'{' | b'}' => {
                    statement = Statement::Plain;
                    self.at += 1;
                }
                special @ (b'(' | b'\\') => {
                    let start = name_start(self.text, floor, self.at);
                    let name = if special == b'(' {
                        self.text[start..self.at].to_ascii_lowercase()
                    } else {
                        self.at = start;
                        self.name()
                    };
                    if self.peek() == Some('(') {
                        self.at += 1;
                        if matches!(name.as_str(), "url" | "src" | "url-prefix") {
                            self.url_function(start, statement);
                            statement = if statement == Statement::Import { Statement::Plain } else { statement };
                        } else {
                            open.push(name.ends_with("image-set") || name == "image");
                        }
                    }
                }
                _ => self.at += 1,
            }
            floor = self.at;
        }
        self.out.push_str(&self.text[self.done..]);
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Writes what stands before a place, and goes on behind another.
    fn leave_out(&mut self, from: usize, to: usize) {
        self.out.push_str(&self.text[self.done..from]);
        (self.at, self.done) = (to, to);
    }

    fn comment(&mut self) {
        match self.rest()[2..].find("*/") {
            Some(end) => self.at += end + 4,
            // A comment that never ends hides the rest.
            None => self.leave_out(self.at, self.text.len()),
        }
    }

    /// Passes a string that is no address.
    fn pass_string(&mut self, quote: u8) {
        let bytes = self.text.as_bytes();
        self.at += 1;
        while let Some(found) = memchr3(quote, b'\\', b'\n', &bytes[self.at..]) {
            self.at += found;
            match bytes[self.at] {
                // What is escaped, of however many bytes, does not end it.
                b'\\' => self.at = (self.at + 2).min(bytes.len()),
                b'\n' => return,
                _ => {
                    self.at += 1;
                    return;
                }
            }
        }
        self.at = bytes.len();
    }

    fn at_rule(&mut self) -> Statement {
        let start = self.at;
        self.at += 1;
        let name = if self.peek().is_some_and(starts_name) { self.name() } else { String::new() };
        if name == "charset" {
            let end = self.at + self.rest().find(';').map_or(self.rest().len(), |end| end + 1);
            self.leave_out(start, end);
            return Statement::Plain;
        }
        match name.as_str() {
            "import" => Statement::Import,
            "namespace" => Statement::Namespace,
            _ => Statement::Plain,
        }
    }

    /// The body of `url(`: a string or bare characters up to the closing parenthesis.
    fn url_function(&mut self, start: usize, statement: Statement) {
        self.skip_space();
        let value = match self.peek() {
            Some(quote @ ('"' | '\'')) => {
                let value = self.string(quote);
                let end = self.rest().find(')').map_or(self.rest().len(), |end| end + 1);
                self.at += end;
                value
            }
            _ => self.bare_address(),
        };
        if statement != Statement::Namespace {
            self.address(start, &value, statement);
        }
    }

    fn bare_address(&mut self) -> String {
        let mut value = String::new();
        while let Some(c) = self.peek() {
            match c {
                ')' => {
                    self.at += 1;
                    break;
                }
                '\\' => self.escape(&mut value),
                c => {
                    value.push(c);
                    self.at += c.len_utf8();
                }
            }
        }
        value.truncate(value.trim_end().len());
        value
    }

    /// Writes an address in place of what stands from `start` to here.
    fn address(&mut self, start: usize, value: &str, statement: Statement) {
        self.leave_out(start, self.at);
        let value = value.trim();
        let purpose = if statement == Statement::Import { Purpose::Import } else { Purpose::Resource };
        let led = if value.starts_with('#') || value.is_empty() {
            Some(value.to_owned())
        } else {
            (self.lead)(value, purpose)
        };
        self.out.push_str("url(");
        self.out.push_str(&quoted(led.as_deref().unwrap_or("about:invalid")));
        self.out.push(')');
    }

    /// Reads a string past its closing quote; a line's end closes it too, as the standard has it.
    fn string(&mut self, quote: char) -> String {
        let mut value = String::new();
        self.at += 1;
        while let Some(c) = self.peek() {
            match c {
                '\n' => break,
                '\\' => self.escape(&mut value),
                c => {
                    self.at += c.len_utf8();
                    if c == quote {
                        break;
                    }
                    value.push(c);
                }
            }
        }
        value
    }

    /// Reads a name with its escapes undone, in lower case.
    fn name(&mut self) -> String {
        let mut name = String::new();
        while let Some(c) = self.peek() {
            if c == '\\' {
                self.escape(&mut name);
            } else if starts_name(c) || c.is_ascii_digit() {
                name.push(c);
                self.at += c.len_utf8();
            } else {
                break;
            }
        }
        name.make_ascii_lowercase();
        name
    }

    /// Undoes one escape: up to six hexadecimal digits and one white space, or any other character; a line's end is nothing.
    fn escape(&mut self, value: &mut String) {
        self.at += 1;
        let digits = self.rest().bytes().take(6).take_while(u8::is_ascii_hexdigit).count();
        if digits == 0 {
            if let Some(c) = self.peek() {
                self.at += c.len_utf8();
                if c != '\n' {
                    value.push(c);
                }
            }
            return;
        }
        let code = u32::from_str_radix(&self.rest()[..digits], 16).unwrap_or(0);
        value.push(char::from_u32(code).filter(|c| *c != '\0').unwrap_or('\u{fffd}'));
        self.at += digits;
        if self.peek().is_some_and(|c| c.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_whitespace()).len();
    }
}

/// The quotes of the string that a piece of a style sheet ends in, and that the next piece goes on with; `before` are those it
/// begins in. Comments are passed over.
pub fn quote_behind(piece: &[u8], before: Option<u8>) -> Option<u8> {
    let (mut quote, mut at) = (before, 0);
    while let Some(byte) = piece.get(at) {
        match (quote, byte) {
            (_, b'\\') => at += 1,
            (Some(open), byte) if *byte == open || *byte == b'\n' => quote = None,
            (None, b'"' | b'\'') => quote = Some(*byte),
            (None, b'/') if piece[at..].starts_with(b"/*") => {
                at += memchr::memmem::find(&piece[at + 2..], b"*/").map_or(piece.len(), |end| end + 3);
            }
            _ => {}
        }
        at += 1;
    }
    quote
}

/// Where the name begins that ends at a place.
fn name_start(text: &str, floor: usize, end: usize) -> usize {
    let is_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-') || !b.is_ascii();
    let name = text.as_bytes()[floor..end].iter().rev().take_while(|b| is_name(b)).count();
    end - name
}

fn starts_name(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || c == '-' || c == '\\' || !c.is_ascii()
}

/// A CSS string that also stands safely within a `<style>` element.
fn quoted(value: &str) -> String {
    let mut out = String::with_capacity(value.len() + 2);
    out.push('"');
    for c in value.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            '<' => out.push_str("\\3c "),
            '\n' => out.push_str("\\a "),
            '\r' => out.push_str("\\d "),
            '\u{c}' => out.push_str("\\c "),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_ends_however_it_is_ended() {
        let css =
            "a{content:\"x\\\r\ny\";background:url(1.png)}b{c:\"\r;background:url(2.png)}d{e:'\u{c};f:url(3.png)}";
        let led = marked(css);
        for name in ["/im/1.png", "/im/2.png", "/im/3.png"] {
            assert!(led.contains(name), "{led:?}");
        }
    }

    #[test]
    fn a_string_is_followed_from_piece_to_piece() {
        assert_eq!(quote_behind(b"a: \"b", None), Some(b'"'));
        assert_eq!(quote_behind(b"c\\\"d", Some(b'"')), Some(b'"'));
        assert_eq!(quote_behind(b"c\" /* don't */", Some(b'"')), None);
        assert_eq!(quote_behind(b"'a\nb", None), None);
    }

    /// Marks every address with what it is for.
    fn marked(text: &str) -> String {
        rewrite(text, &mut |url, purpose| match purpose {
            Purpose::Import => Some(format!("/cs/{url}")),
            Purpose::Resource => Some(format!("/im/{url}")),
        })
    }

    #[test]
    fn addresses_are_led_in_every_form() {
        for (css, expected) in [
            ("a{background:url(x.png)}", "a{background:url(\"/im/x.png\")}"),
            ("a{background:URL( 'x y.png' )}", "a{background:url(\"/im/x y.png\")}"),
            ("a{background:\\75 rl(x.png)}", "a{background:url(\"/im/x.png\")}"),
            ("a{b:u\\72l(\"x\\2e png\")}", "a{b:url(\"/im/x.png\")}"),
            (
                "a{b:image-set(\"x.png\" 1x, url(y.png) 2x)}",
                "a{b:image-set(url(\"/im/x.png\") 1x, url(\"/im/y.png\") 2x)}",
            ),
            (
                "@font-face{src:url(f.woff2) format(\"woff2\")}",
                "@font-face{src:url(\"/im/f.woff2\") format(\"woff2\")}",
            ),
        ] {
            assert_eq!(marked(css), expected);
        }
    }

    #[test]
    fn imports_are_led_as_style_sheets() {
        assert_eq!(marked("@import 'a.css' screen;b{}"), "@import url(\"/cs/a.css\") screen;b{}");
        assert_eq!(marked("@IMPORT url(a.css) layer(x);"), "@IMPORT url(\"/cs/a.css\") layer(x);");
    }

    #[test]
    fn what_only_looks_like_an_address_stays() {
        for css in [
            "a{content:\"url(x.png)\"}",
            "/* url(x.png) */",
            "a{background:url(\"#here\")}",
            "@namespace svg url(http://www.w3.org/2000/svg);",
            "a:not(.b) > c{width:calc(1px + 2px)}",
        ] {
            assert_eq!(marked(css), css);
        }
    }

    #[test]
    fn an_address_without_an_answer_loads_nothing() {
        let css = rewrite("@import 'javascript:x';a{b:url(y)}", &mut |_, _| None);
        assert_eq!(css, "@import url(\"about:invalid\");a{b:url(\"about:invalid\")}");
    }

    #[test]
    fn an_address_cannot_close_the_style_element() {
        let css = rewrite("a{b:url('data:,<\\/style>')}", &mut |url, _| Some(url.to_owned()));
        assert_eq!(css, "a{b:url(\"data:,\\3c /style>\")}");
    }

    #[test]
    fn charset_and_old_comment_marks_are_dropped() {
        assert_eq!(marked("@charset \"latin1\";<!-- a{b:c} -->"), " a{b:c} ");
    }

    proptest::proptest! {
        #[test]
        fn no_input_panics_and_rewriting_twice_finds_the_same_addresses(css in "[ -~\n\\\\(\"'/*@]{0,80}") {
            let mut first = 0;
            let once = rewrite(&css, &mut |_, _| { first += 1; Some("/in/archive".to_owned()) });
            let mut second = 0;
            rewrite(&once, &mut |url, _| {
                second += 1;
                assert_eq!(url, "/in/archive");
                Some(url.to_owned())
            });
            proptest::prop_assert_eq!(first, second);
        }
    }
}
