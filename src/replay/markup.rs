//! PURE: HTML as a sequence of tags and what lies between them, after the tokenizer of the HTML standard (section 13.2.5). It
//! keeps no tree: in which mode the text behind a tag is read is for the caller to say.

use memchr::{memchr, memchr2, memmem};

/// A piece of a document, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// Text without any sign that could begin a tag.
    Text(&'a str),
    /// A `<` that begins nothing.
    Sign,
    /// A start tag and all that is behind it. [`attributes`] takes it apart, and [`Pieces::past`] spares the next piece from
    /// doing it again.
    Start(&'a str),
    /// The name of an end tag.
    End(&'a str),
    /// What stands in `<!...>`, without these signs: a doctype.
    Doctype(&'a str),
    /// The text of a CDATA section, which there is in SVG and MathML only.
    Section(&'a str),
}

/// Reads the pieces of a document. Comments and what is cut off at the end are passed over.
pub(crate) struct Pieces<'a> {
    text: &'a str,
    at: usize,
    /// Whether a start tag was given out that nobody has gone past yet.
    in_tag: bool,
    /// Whether it stands within SVG or MathML.
    pub(crate) foreign: bool,
}

impl<'a> Pieces<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0, in_tag: false, foreign: false }
    }

    /// The next piece.
    pub(crate) fn next_piece(&mut self) -> Option<Piece<'a>> {
        if self.in_tag {
            let length = attributes(&self.text[self.at..], |_| ()).map(|start| start.length);
            self.past(length);
        }
        loop {
            let rest = &self.text[self.at..];
            let bytes = rest.as_bytes();
            match memchr(b'<', bytes) {
                None if rest.is_empty() => return None,
                None => {
                    self.at = self.text.len();
                    return Some(Piece::Text(rest));
                }
                Some(0) => {}
                Some(sign) => {
                    self.at += sign;
                    return Some(Piece::Text(&rest[..sign]));
                }
            }
            if let Some(piece) = self.markup(rest, bytes) {
                return Some(piece);
            }
        }
    }

    /// What begins with the sign at the front; `None` for a comment.
    fn markup(&mut self, rest: &'a str, bytes: &[u8]) -> Option<Piece<'a>> {
        match (bytes.get(1), bytes.get(2)) {
            (Some(letter), _) if letter.is_ascii_alphabetic() => {
                self.in_tag = true;
                Some(Piece::Start(rest))
            }
            (Some(b'/'), Some(letter)) if letter.is_ascii_alphabetic() => {
                let Some(length) = end_tag_length(bytes) else { return self.end() };
                self.at += length;
                let name = bytes[2..length].iter().position(|b| ends_name(*b)).unwrap_or(length - 2);
                Some(Piece::End(&rest[2..2 + name]))
            }
            (Some(b'/'), Some(b'>')) => self.skip(3),
            (Some(b'!'), _) if rest[2..].starts_with("--") => self.skip(comment_length(rest)),
            (Some(b'!'), _) if self.foreign && rest[2..].starts_with("[CDATA[") => {
                let end = rest[9..].find("]]>").map(|end| end + 9);
                self.at += end.map_or(rest.len(), |end| end + 3);
                Some(Piece::Section(&rest[9..end.unwrap_or(rest.len())]))
            }
            (Some(b'!'), _) if starts_with(&rest[2..], "doctype") => {
                let length = memchr(b'>', bytes).map_or(rest.len(), |end| end + 1);
                self.at += length;
                Some(Piece::Doctype(rest[2..length].trim_end_matches('>')))
            }
            (Some(b'!' | b'?' | b'/'), _) => self.skip(memchr(b'>', bytes).map_or(rest.len(), |end| end + 1)),
            _ => {
                self.at += 1;
                Some(Piece::Sign)
            }
        }
    }

    /// Goes on behind a start tag of so many bytes; without a length it never ends and takes the rest of the document with it.
    pub(crate) fn past(&mut self, length: Option<usize>) {
        self.in_tag = false;
        self.at = length.map_or(self.text.len(), |length| self.at + length);
    }

    fn skip(&mut self, length: usize) -> Option<Piece<'a>> {
        self.at += length;
        None
    }

    /// A tag that never ends takes the rest of the document with it.
    fn end(&mut self) -> Option<Piece<'a>> {
        self.skip(self.text.len() - self.at)
    }

    /// The text up to the end tag of an element whose content is no markup, which is read past; all the rest, where there is
    /// none.
    pub(crate) fn raw(&mut self, name: &str) -> &'a str {
        let rest = &self.text[self.at..];
        let end = end_tag(rest, name, 0).unwrap_or(rest.len());
        self.at += end;
        self.past_end_tag();
        &rest[..end]
    }

    /// The text of a script, read past with its end tag; `None` where it has no end. Within a comment, another script hides an end tag (sections 13.2.5.15 and those
    /// that follow it).
    pub(crate) fn script(&mut self) -> Option<&'a str> {
        let rest = &self.text[self.at..];
        let bytes = rest.as_bytes();
        let (mut escaped, mut nested) = (false, false);
        let mut at = 0;
        while let Some(found) = memchr2(b'<', b'-', &bytes[at..]) {
            at += found;
            let rest = &bytes[at..];
            if rest.starts_with(b"-->") {
                (escaped, nested) = (false, false);
            } else if rest.starts_with(b"<!--") {
                escaped = true;
                // Its own hyphens may end it.
                at += 1;
            } else if names(rest, b"</script") {
                if !nested {
                    break;
                }
                nested = false;
            } else if escaped && names(rest, b"<script") {
                nested = true;
            }
            at += 1;
        }
        let is_closed = names(&bytes[at.min(bytes.len())..], b"</script");
        self.at += if is_closed { at } else { bytes.len() };
        self.past_end_tag();
        rest.get(..at).filter(|_| is_closed)
    }

    /// All that is left.
    pub(crate) fn remainder(&mut self) -> &'a str {
        let rest = &self.text[self.at..];
        self.at = self.text.len();
        rest
    }

    fn past_end_tag(&mut self) {
        let rest = &self.text.as_bytes()[self.at..];
        self.at += if rest.is_empty() { 0 } else { end_tag_length(rest).unwrap_or(rest.len()) };
    }
}

/// Whether bytes begin with a tag of this name, `<` or `</` included.
fn names(bytes: &[u8], tag: &[u8]) -> bool {
    bytes.get(..tag.len()).is_some_and(|found| found.eq_ignore_ascii_case(tag))
        && bytes.get(tag.len()).is_some_and(|b| ends_name(*b))
}

/// Where the end tag of an element begins.
fn end_tag(text: &str, name: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = from;
    loop {
        at += memchr(b'<', &bytes[at..])?;
        let behind = at + 2 + name.len();
        if bytes.get(at + 1) == Some(&b'/')
            && bytes.get(at + 2..behind).is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()))
            && bytes.get(behind).is_some_and(|b| ends_name(*b))
        {
            return Some(at);
        }
        at += 1;
    }
}

fn ends_name(byte: u8) -> bool {
    KINDS[usize::from(byte)] & (SPACE | END) != 0
}

fn is_space(byte: u8) -> bool {
    KINDS[usize::from(byte)] & SPACE != 0
}

const SPACE: u8 = 1;
const END: u8 = 2;
const EQUALS: u8 = 4;

/// What each byte is within a tag.
const KINDS: [u8; 256] = {
    let mut kinds = [0; 256];
    let known = [
        (b' ', SPACE),
        (b'\t', SPACE),
        (b'\n', SPACE),
        (b'\r', SPACE),
        (0x0c, SPACE),
        (b'/', END),
        (b'>', END),
        (b'=', EQUALS),
    ];
    let mut at = 0;
    while at < known.len() {
        kinds[known[at].0 as usize] = known[at].1;
        at += 1;
    }
    kinds
};

fn starts_with(text: &str, prefix: &str) -> bool {
    text.as_bytes().get(..prefix.len()).is_some_and(|found| found.eq_ignore_ascii_case(prefix.as_bytes()))
}

/// How long a comment is, its signs included (sections 13.2.5.43 to 13.2.5.52).
fn comment_length(text: &str) -> usize {
    let inner = &text[4..];
    if inner.starts_with('>') {
        return 5;
    }
    if inner.starts_with("->") {
        return 6;
    }
    let end = memmem::find_iter(inner.as_bytes(), b"--").find_map(|at| {
        let behind = &inner[at + 2..];
        if behind.starts_with('>') {
            return Some(at + 3);
        }
        behind.starts_with("!>").then_some(at + 4)
    });
    end.map_or(text.len(), |end| end + 4)
}

/// How long an end tag is, from `</` to `>`; `None` where it never ends. `>` within quotes does not end it.
fn end_tag_length(bytes: &[u8]) -> Option<usize> {
    // The name, then attribute by attribute.
    let mut at = 2 + bytes[2..].iter().position(|b| ends_name(*b))?;
    loop {
        match bytes.get(at)? {
            b'>' => return Some(at + 1),
            b if is_space(*b) || *b == b'/' => at += 1,
            _ => at = attribute(bytes, at)?.end,
        }
    }
}

/// The places of an attribute's parts.
struct Places {
    name: (usize, usize),
    value: (usize, usize),
    quoted: bool,
    end: usize,
}

/// Reads the attribute that begins at a place (sections 13.2.5.32 to 13.2.5.39); `None` where the tag never ends.
fn attribute(bytes: &[u8], at: usize) -> Option<Places> {
    // An equals sign at the front belongs to the name.
    let length = bytes[at + 1..].iter().position(|b| KINDS[usize::from(*b)] != 0)?;
    let name = (at, at + 1 + length);
    let mut next = name.1;
    while is_space(*bytes.get(next)?) {
        next += 1;
    }
    if bytes[next] != b'=' {
        return Some(Places { name, value: (name.1, name.1), quoted: false, end: name.1 });
    }
    next += 1;
    while is_space(*bytes.get(next)?) {
        next += 1;
    }
    if let quote @ (b'"' | b'\'') = bytes[next] {
        let end = next + 1 + memchr(quote, &bytes[next + 1..])?;
        return Some(Places { name, value: (next + 1, end), quoted: true, end: end + 1 });
    }
    let end = next + bytes[next..].iter().position(|b| is_space(*b) || *b == b'>')?;
    Some(Places { name, value: (next, end), quoted: false, end })
}

/// An attribute as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Written<'a> {
    pub(crate) name: &'a str,
    pub(crate) value: &'a str,
    /// The quotes around the value: `"`, `'`, or none.
    pub(crate) quote: Option<char>,
}

/// What a start tag says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Start<'a> {
    /// Its name as written.
    pub(crate) name: &'a str,
    /// Whether it ends with `/>`.
    pub(crate) closes_itself: bool,
    /// Its bytes, from `<` to `>`.
    pub(crate) length: usize,
}

/// Takes the start tag apart that a text begins with; `None` where it never ends.
pub(crate) fn attributes<'a>(text: &'a str, mut each: impl FnMut(Written<'a>)) -> Option<Start<'a>> {
    let bytes = text.as_bytes();
    let name = 1 + bytes[1..].iter().position(|b| ends_name(*b))?;
    let mut at = name;
    let mut closes_itself = false;
    loop {
        match bytes.get(at)? {
            b'>' => return Some(Start { name: &text[1..name], closes_itself, length: at + 1 }),
            b if is_space(*b) || *b == b'/' => {
                closes_itself = *b == b'/';
                at += 1;
            }
            _ => {
                closes_itself = false;
                let found = attribute(bytes, at)?;
                let quote = found.quoted.then(|| char::from(bytes[found.value.0 - 1]));
                let (name, value) = (&text[found.name.0..found.name.1], &text[found.value.0..found.value.1]);
                each(Written { name, value, quote });
                at = found.end;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn pieces(text: &str) -> Vec<Piece<'_>> {
        let mut pieces = Pieces::new(text);
        std::iter::from_fn(|| {
            let piece = pieces.next_piece()?;
            let Piece::Start(rest) = piece else { return Some(piece) };
            let length = attributes(rest, |_| ()).map(|start| start.length);
            pieces.past(length);
            Some(Piece::Start(&rest[..length.unwrap_or(0)]))
        })
        .collect()
    }

    #[test]
    fn a_document_is_read_piece_by_piece() {
        use Piece::{Doctype, End, Sign, Start, Text};
        assert_eq!(
            pieces("<!DOCTYPE html>a < b<p title='>'>c</P >d<!-- x -->e<?php > f</>g"),
            [
                Doctype("DOCTYPE html"),
                Text("a "),
                Sign,
                Text(" b"),
                Start("<p title='>'>"),
                Text("c"),
                End("P"),
                Text("d"),
                Text("e"),
                Text(" f"),
                Text("g")
            ]
        );
    }

    #[test]
    fn comments_end_where_a_browser_ends_them() {
        for comment in
            ["<!-->", "<!--->", "<!---->", "<!-- a -- b -->", "<!-- x --!>", "<!x>", "</ x>", "<![CDATA[x]]>"]
        {
            assert_eq!(pieces(&format!("{comment}after")), [Piece::Text("after")], "{comment}");
        }
        assert_eq!(pieces("<!-- never"), []);
        assert_eq!(pieces("<p title='never"), [Piece::Start("")]);
    }

    #[test]
    fn attributes_are_read_as_a_browser_reads_them() {
        let read = |tag| {
            let mut all = Vec::new();
            let start = attributes(tag, |found| all.push((found.name, found.value, found.quote))).unwrap();
            (start.name, all, start.closes_itself)
        };
        assert_eq!(
            read("<a href = 'x y' b=c/ d \"e\"=f/>"),
            ("a", vec![("href", "x y", Some('\'')), ("b", "c/", None), ("d", "", None), ("\"e\"", "f/", None)], false)
        );
        assert_eq!(read("<a/href=x />"), ("a", vec![("href", "x", None)], true));
        assert_eq!(read("<br/>"), ("br", vec![], true));
        assert_eq!(read("<q ==x>"), ("q", vec![("=", "x", None)], false));
    }

    #[test]
    fn a_script_ends_where_a_browser_ends_it() {
        for (text, left) in [
            ("a</script>b", "b"),
            ("a</SCRIPT x='>'>b", "b"),
            ("</scripts></script>b", "b"),
            ("<!--<script></script>x--></script>b", "b"),
            ("<!--</script>b", "b"),
            ("<!--<script>--></script>b", "b"),
            ("<!--<scripts></script>b", "b"),
            ("never", ""),
        ] {
            let mut pieces = Pieces::new(text);
            pieces.script();
            assert_eq!(pieces.remainder(), left, "{text}");
        }
    }

    #[test]
    fn raw_text_ends_at_its_own_end_tag() {
        let mut pieces = Pieces::new("a{}</styles></p></STYLE >b");
        assert_eq!((pieces.raw("style"), pieces.remainder()), ("a{}</styles></p>", "b"));
    }
}
