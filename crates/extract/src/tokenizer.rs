//! The tokenizer of the HTML standard for a page that is there as a whole: it jumps from sign to sign instead of walking a
//! state machine over characters, and its tokens borrow from the page. It gives html5ever's tree builder the tokens that
//! html5ever's own tokenizer would (which it asks where speed does not matter, in doctypes), parse errors aside.

use std::cell::{Cell, RefCell};
use std::ops::Range;

use html5ever::buffer_queue::BufferQueue;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{Doctype, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use html5ever::{Attribute, LocalName, QualName, local_name, ns};
use memchr::{memchr, memmem};

use crate::attributes::is_asked_for;
use crate::entities;

/// More attributes of a tag than this are dropped: each is compared with all before it. No page that means well has them.
const ATTRIBUTES_MAX: usize = 1_000;

/// Which attributes become part of the tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attributes {
    /// All of them.
    All,
    /// Those that something here asks for, and all of the elements that the tree builder compares.
    AskedFor,
}

/// Reads a page into a sink.
pub(crate) fn tokenize(text: &str, wanted: Attributes, sink: &impl TokenSink) {
    let input = preprocessed(text);
    let mut reader = Reader {
        sink,
        input: &input,
        bytes: input.as_bytes(),
        at: 0,
        has_nul: memchr(0, input.as_bytes()).is_some(),
        wanted,
        names: Names::default(),
        undone: Cell::default(),
    };
    let mut state = State::Data;
    while reader.at < reader.bytes.len() {
        state = match state {
            State::Data => reader.data(),
            State::Raw(kind, name) => reader.raw(kind, &name),
            State::Plaintext => reader.plaintext(),
        };
    }
    // Only tags have another answer than to continue.
    let _ = sink.process_token(Token::EOFToken, 1);
    sink.end();
}

/// The page without byte order mark, its line breaks all alike.
fn preprocessed(text: &str) -> StrTendril {
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut out = StrTendril::with_capacity(rest.len() as u32);
    while let Some(at) = memchr(b'\r', rest.as_bytes()) {
        out.push_slice(&rest[..at]);
        out.push_char('\n');
        rest = &rest[at + 1..];
        rest = rest.strip_prefix('\n').unwrap_or(rest);
    }
    out.push_slice(rest);
    out
}

/// What the next piece of the page is.
enum State {
    Data,
    /// The text of an element of this name, up to its end tag.
    Raw(RawKind, LocalName),
    Plaintext,
}

struct Reader<'a, Sink> {
    sink: &'a Sink,
    input: &'a StrTendril,
    bytes: &'a [u8],
    at: usize,
    has_nul: bool,
    wanted: Attributes,
    names: Names,
    /// Where texts are written whose references are undone.
    undone: Cell<String>,
}

impl<Sink: TokenSink> Reader<'_, Sink> {
    fn piece(&self, start: usize, end: usize) -> StrTendril {
        self.input.subtendril(start as u32, (end - start) as u32)
    }

    fn has_nul(&self, start: usize, end: usize) -> bool {
        self.has_nul && memchr(0, &self.bytes[start..end]).is_some()
    }

    /// A piece where NUL is not allowed.
    fn clean_piece(&self, start: usize, end: usize) -> StrTendril {
        if self.has_nul(start, end) {
            return StrTendril::from_slice(&self.input[start..end].replace('\0', "\u{fffd}"));
        }
        self.piece(start, end)
    }

    fn emit(&self, token: Token) {
        let _ = self.sink.process_token(token, 1);
    }

    fn emit_text(&self, text: StrTendril) {
        if !text.is_empty() {
            self.emit(Token::CharacterTokens(text));
        }
    }

    /// The page from here to the next tag, comment or declaration, and that.
    fn data(&mut self) -> State {
        let start = self.at;
        let mut end = start;
        loop {
            end = memchr(b'<', &self.bytes[end..]).map_or(self.bytes.len(), |found| end + found);
            if end == self.bytes.len() || self.is_markup(end) {
                break;
            }
            end += 1;
        }
        self.at = end;
        self.text(start, end);
        if end == self.bytes.len() { State::Data } else { self.markup() }
    }

    fn is_markup(&self, at: usize) -> bool {
        match self.bytes.get(at + 1) {
            Some(b'!' | b'?') => true,
            Some(b'/') => at + 2 < self.bytes.len(),
            next => next.is_some_and(u8::is_ascii_alphabetic),
        }
    }

    /// Text with references. A NUL is a token of its own: what it means depends on where it stands.
    fn text(&self, start: usize, end: usize) {
        if !self.has_nul(start, end) {
            return self.referenced(start, end, false);
        }
        let mut from = start;
        while let Some(found) = memchr(0, &self.bytes[from..end]) {
            self.referenced(from, from + found, false);
            self.emit(Token::NullCharacterToken);
            from += found + 1;
        }
        self.referenced(from, end, false);
    }

    /// Text with references; a NUL is no longer one.
    fn referenced(&self, start: usize, end: usize, is_clean: bool) {
        let text = if is_clean { self.clean_piece(start, end) } else { self.piece(start, end) };
        if memchr(b'&', text.as_bytes()).is_none() {
            return self.emit_text(text);
        }
        self.emit_text(self.undone(&text, false));
    }

    /// A text with its references undone.
    fn undone(&self, text: &str, in_attribute: bool) -> StrTendril {
        let mut out = self.undone.take();
        out.clear();
        entities::undo_into(&mut out, text, in_attribute);
        let undone = StrTendril::from_slice(&out);
        self.undone.set(out);
        undone
    }

    fn markup(&mut self) -> State {
        let after = self.at + 1;
        match (self.bytes[after], self.bytes.get(after + 1)) {
            (b'/', Some(b'>')) => {
                self.at = after + 2;
                State::Data
            }
            (b'/', Some(next)) if next.is_ascii_alphabetic() => self.tag(TagKind::EndTag, after + 1),
            (b'/', _) => self.bogus_comment(after + 1),
            (b'?', _) => self.bogus_comment(after),
            (b'!', _) => self.declaration(after + 1),
            _ => self.tag(TagKind::StartTag, after),
        }
    }

    fn bogus_comment(&mut self, start: usize) -> State {
        let end = memchr(b'>', &self.bytes[start..]).map(|found| start + found);
        self.comment(start, end.unwrap_or(self.bytes.len()), 1)
    }

    /// A comment with what it says, and how many bytes its end takes.
    fn comment(&mut self, start: usize, end: usize, closing: usize) -> State {
        self.emit(Token::CommentToken(self.clean_piece(start, end)));
        self.at = (end + closing).min(self.bytes.len());
        State::Data
    }

    /// What begins with `<!`.
    fn declaration(&mut self, start: usize) -> State {
        let rest = &self.bytes[start..];
        if rest.starts_with(b"--") {
            let (end, closing) = comment_end(self.bytes, start + 2);
            return self.comment(start + 2, end, closing);
        }
        if rest.get(..7).is_some_and(|word| word.eq_ignore_ascii_case(b"doctype")) {
            let end = memchr(b'>', rest).map_or(self.bytes.len(), |found| start + found + 1);
            self.emit(Token::DoctypeToken(doctype(&self.input[self.at..end])));
            self.at = end;
            return State::Data;
        }
        if rest.starts_with(b"[CDATA[") && self.sink.adjusted_current_node_present_but_not_in_html_namespace() {
            let start = start + 7;
            let end = memmem::find(&self.bytes[start..], b"]]>").map_or(self.bytes.len(), |found| start + found);
            self.character_data(start, end);
            self.at = (end + 3).min(self.bytes.len());
            return State::Data;
        }
        self.bogus_comment(start)
    }

    fn character_data(&self, start: usize, end: usize) {
        let mut from = start;
        while let Some(found) = memchr(0, &self.bytes[from..end]).filter(|_| self.has_nul) {
            self.emit_text(self.piece(from, from + found));
            self.emit(Token::NullCharacterToken);
            from += found + 1;
        }
        self.emit_text(self.piece(from, end));
    }

    /// A tag whose name begins at `start`. One that the page ends in does not count.
    fn tag(&mut self, kind: TagKind, start: usize) -> State {
        let (name, end) = self.names.read(self.input, start, start, ENDS_TAG_NAME);
        let keeps_all = self.wanted == Attributes::All || is_compared(&name.local);
        let name = name.local.clone();
        let mut tag = Tag { kind, name, self_closing: false, attrs: Vec::new(), had_duplicate_attributes: false };
        self.at = end;
        loop {
            self.at = self.skip_until(self.at, |byte| !is_space(byte));
            match self.bytes.get(self.at) {
                None => return State::Data,
                Some(b'>') => break,
                Some(b'/') => {
                    self.at += 1;
                    tag.self_closing = self.bytes.get(self.at) == Some(&b'>');
                }
                Some(_) => self.attribute(&mut tag, keeps_all),
            }
        }
        self.at += 1;
        let (kind, name) = (tag.kind, tag.name.clone());
        match self.sink.process_token(Token::TagToken(tag), 1) {
            TokenSinkResult::Plaintext => State::Plaintext,
            TokenSinkResult::RawData(raw) if kind == TagKind::StartTag => State::Raw(raw, name),
            _ => State::Data,
        }
    }

    /// An attribute, from the first byte of its name, which may be any.
    fn attribute(&mut self, tag: &mut Tag, keeps_all: bool) {
        let start = self.at;
        let (name, end) = self.names.read(self.input, start, start + 1, ENDS_ATTRIBUTE_NAME);
        let is_kept = keeps_all || name.is_asked_for;
        let local = (is_kept && tag.kind == TagKind::StartTag).then(|| name.local.clone());
        self.at = self.skip_until(end, |byte| !is_space(byte));
        let value = if self.bytes.get(self.at) == Some(&b'=') {
            self.at = self.skip_until(self.at + 1, |byte| !is_space(byte));
            self.value()
        } else {
            (self.at, self.at)
        };
        let Some(local) = local.filter(|_| tag.attrs.len() < ATTRIBUTES_MAX) else { return };
        if tag.attrs.iter().any(|attribute| attribute.name.local == local) {
            tag.had_duplicate_attributes = true;
            return;
        }
        let mut value = self.clean_piece(value.0, value.1);
        if memchr(b'&', value.as_bytes()).is_some() {
            value = self.undone(&value, true);
        }
        tag.attrs.push(Attribute { name: QualName::new(None, ns!(), local), value });
    }

    /// Where the value that begins here begins and ends.
    fn value(&mut self) -> (usize, usize) {
        let start = self.at;
        match self.bytes.get(start) {
            Some(quote @ (b'"' | b'\'')) => {
                let start = start + 1;
                let found = memchr(*quote, &self.bytes[start..]);
                let end = found.map_or(self.bytes.len(), |found| start + found);
                self.at = (end + 1).min(self.bytes.len());
                (start, end)
            }
            _ => {
                self.at = self.skip_until(start, |byte| is_space(byte) || byte == b'>');
                (start, self.at)
            }
        }
    }

    fn skip_until(&self, from: usize, stop: impl Fn(u8) -> bool) -> usize {
        let rest = self.bytes.get(from..).unwrap_or_default();
        rest.iter().position(|byte| stop(*byte)).map_or(self.bytes.len(), |found| from + found)
    }

    /// The text of an element up to its end tag, and that.
    fn raw(&mut self, kind: RawKind, name: &LocalName) -> State {
        let start = self.at;
        let end = match kind {
            RawKind::Rcdata | RawKind::Rawtext => raw_end(self.bytes, start, name),
            RawKind::ScriptData | RawKind::ScriptDataEscaped(_) => script_end(self.bytes, start),
        };
        if kind == RawKind::Rcdata {
            self.referenced(start, end, true);
        } else {
            self.emit_text(self.clean_piece(start, end));
        }
        self.at = end;
        if end == self.bytes.len() { State::Data } else { self.tag(TagKind::EndTag, end + 2) }
    }

    fn plaintext(&mut self) -> State {
        self.emit_text(self.clean_piece(self.at, self.bytes.len()));
        self.at = self.bytes.len();
        State::Plaintext
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\t' | b'\x0c')
}

/// Whether a tag of this name begins here, behind its `<` or `</`.
fn is_tag_of(rest: &[u8], name: &str) -> bool {
    rest.get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()))
        && rest.get(name.len()).is_some_and(|next| is_space(*next) || matches!(next, b'/' | b'>'))
}

/// Where the end tag of a name begins; the page's end where there is none.
fn raw_end(bytes: &[u8], start: usize, name: &str) -> usize {
    let mut tags = memmem::find_iter(&bytes[start..], b"</").map(|found| start + found);
    tags.find(|at| is_tag_of(&bytes[at + 2..], name)).unwrap_or(bytes.len())
}

/// Where the end tag of a script begins. A script may hide end tags in `<!-- <script> </script> -->`.
fn script_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start;
    // Whether we are between `<!--` and `-->`, and there in a script within the script.
    let (mut is_escaped, mut is_double) = (false, false);
    // The `-->` that ends the escape that was looked at last.
    let mut escape_end = start;
    while let Some(found) = memchr(b'<', &bytes[at..]) {
        let sign = at + found;
        if is_escaped && escape_end <= sign {
            (is_escaped, is_double) = (false, false);
        }
        let rest = &bytes[sign + 1..];
        at = sign + 1;
        if let Some(rest) = rest.strip_prefix(b"/") {
            if is_tag_of(rest, "script") {
                if !is_double {
                    return sign;
                }
                is_double = false;
            }
        } else if is_escaped {
            is_double |= is_tag_of(rest, "script");
        } else if rest.starts_with(b"!--") {
            is_escaped = true;
            // The dashes that begin it may end it: `<!-->`.
            let from = sign + 2;
            escape_end = memmem::find(&bytes[from..], b"-->").map_or(bytes.len(), |found| from + found + 3);
        }
    }
    bytes.len()
}

/// Where the text of a comment ends, and how many bytes the end takes.
fn comment_end(bytes: &[u8], start: usize) -> (usize, usize) {
    let text = &bytes[start..];
    if text.starts_with(b">") {
        return (start, 1);
    }
    if text.starts_with(b"->") {
        return (start, 2);
    }
    let mut at = 0;
    while let Some(found) = memmem::find(&text[at..], b"--") {
        let end = at + found;
        match (text.get(end + 2), text.get(end + 3)) {
            (Some(b'>'), _) => return (start + end, 3),
            (Some(b'!'), Some(b'>')) => return (start + end, 4),
            _ => at = end + 1,
        }
    }
    // The page ends within: the beginning of an end is none of its text.
    let closing = [&b"--!"[..], b"--", b"-"].into_iter().find(|closing| text.ends_with(closing)).map_or(0, <[u8]>::len);
    (bytes.len() - closing, closing)
}

/// A doctype, from its `<!` to its end.
fn doctype(text: &str) -> Doctype {
    struct Collector(RefCell<Doctype>);
    impl TokenSink for Collector {
        type Handle = ();
        fn process_token(&self, token: Token, _: u64) -> TokenSinkResult<()> {
            if let Token::DoctypeToken(doctype) = token {
                *self.0.borrow_mut() = doctype;
            }
            TokenSinkResult::Continue
        }
    }
    let tokenizer = Tokenizer::new(Collector(RefCell::default()), TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(text));
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    tokenizer.sink.0.take()
}

/// Formatting elements, of which the tree builder compares all attributes: it keeps no more than three that are alike. Links
/// are not among them, because a link in a link ends the outer one.
fn is_compared(name: &LocalName) -> bool {
    matches!(
        *name,
        local_name!("b")
            | local_name!("big")
            | local_name!("code")
            | local_name!("em")
            | local_name!("font")
            | local_name!("i")
            | local_name!("nobr")
            | local_name!("s")
            | local_name!("small")
            | local_name!("strike")
            | local_name!("strong")
            | local_name!("tt")
            | local_name!("u")
    )
}

/// What a byte is to a name: part of it, part of it and to be written anew, or its end.
const WRITTEN_ANEW: u8 = 1;
const ENDS_ATTRIBUTE_NAME: u8 = 2;
const ENDS_TAG_NAME: u8 = 4;

const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = b'A';
    while byte <= b'Z' {
        classes[byte as usize] = WRITTEN_ANEW;
        byte += 1;
    }
    classes[0] = WRITTEN_ANEW;
    let ends = *b" \n\t\x0c/>";
    let mut at = 0;
    while at < ends.len() {
        classes[ends[at] as usize] = ENDS_TAG_NAME | ENDS_ATTRIBUTE_NAME;
        at += 1;
    }
    classes[b'=' as usize] = ENDS_ATTRIBUTE_NAME;
    classes
};

/// A name as the tree wants it.
struct Name {
    /// The name as it is written, where it is short enough to be found again.
    key: u128,
    local: LocalName,
    is_asked_for: bool,
}

impl Name {
    fn new(key: u128, local: LocalName) -> Self {
        Self { key, is_asked_for: is_asked_for(&local), local }
    }
}

/// Making a name costs, so those seen lately are remembered.
struct Names {
    seen: Vec<Name>,
    /// A name that is not remembered.
    other: Name,
    /// Elements that the standard does not know, as often as their names had to be made.
    unknown: usize,
}

/// Longer names are made again each time.
const REMEMBERED_MAX: usize = 16;
/// How many names are remembered, as a power of two.
const PLACES_BITS: u32 = 8;
/// After so many elements of unknown names all others share one: each name is looked for among those in use.
const UNKNOWN_MAX: usize = 20_000;
const UNKNOWN: &str = "x-unknown";

impl Default for Names {
    fn default() -> Self {
        let none = || Name::new(0, local_name!(""));
        Self { seen: (0..1 << PLACES_BITS).map(|_| none()).collect(), other: none(), unknown: 0 }
    }
}

impl Names {
    /// The name that begins at `start` and does not end before `from`, and where it ends.
    fn read(&mut self, text: &str, start: usize, from: usize, ends: u8) -> (&Name, usize) {
        let bytes = text.as_bytes();
        let (mut end, mut seen) = (from, if from > start { CLASSES[usize::from(bytes[start])] } else { 0 });
        while let Some(byte) = bytes.get(end) {
            let class = CLASSES[usize::from(*byte)];
            if class & ends != 0 {
                break;
            }
            seen |= class;
            end += 1;
        }
        (self.of(text, start..end, seen & WRITTEN_ANEW != 0, ends == ENDS_TAG_NAME), end)
    }

    fn of(&mut self, text: &str, place: Range<usize>, is_written_anew: bool, is_tag: bool) -> &Name {
        let Range { start, end } = place;
        let key = text.as_bytes()[start..].first_chunk().map(|bytes| u128::from_le_bytes(*bytes));
        let Some(key) = key.filter(|_| (1..=REMEMBERED_MAX).contains(&(end - start)) && !is_written_anew) else {
            let name = self.made(&written_anew(&text[start..end]), is_tag);
            self.other = Name::new(0, name);
            return &self.other;
        };
        let key = key << (8 * (REMEMBERED_MAX - (end - start)));
        // The bits of both halves, spread over the highest.
        let spread = (key as u64 ^ ((key >> 64) as u64).rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let known = (spread >> (u64::BITS - PLACES_BITS)) as usize;
        if self.seen[known].key != key {
            self.seen[known] = Name::new(key, self.made(&text[start..end], is_tag));
        }
        &self.seen[known]
    }

    fn made(&mut self, name: &str, is_tag: bool) -> LocalName {
        if let Some(name) = LocalName::try_static(name) {
            return name;
        }
        self.unknown += usize::from(is_tag);
        LocalName::from(if is_tag && self.unknown > UNKNOWN_MAX { UNKNOWN } else { name })
    }
}

fn written_anew(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    if lower.contains('\0') { lower.replace('\0', "\u{fffd}") } else { lower }
}

#[cfg(test)]
mod tests {
    use super::*;

    // That the tokens are those of html5ever's tokenizer is tested where trees are made.

    #[test]
    fn a_script_ends_at_its_end_tag_unless_a_comment_hides_it() {
        for (script, length) in [
            ("a<b</script>", 3),
            ("'</scripty>'</SCRIPT >", 12),
            ("<!--</script>", 4),
            ("<!--<script></script>--></script>", 24),
            ("<!--><script></script>", 13),
            ("<!--<script></script><script></script></script>-->", 38),
            ("<!--<script>", 12),
        ] {
            assert_eq!(script_end(script.as_bytes(), 0), length, "{script}");
        }
    }

    #[test]
    fn a_comment_ends_in_several_ways() {
        for (comment, end) in [
            ("a-->b", (1, 3)),
            (">b", (0, 1)),
            ("->b", (0, 2)),
            ("a--!>b", (1, 4)),
            ("a--->b", (2, 3)),
            ("a->b--", (4, 2)),
            ("a--!", (1, 3)),
        ] {
            assert_eq!(comment_end(comment.as_bytes(), 0), end, "{comment}");
        }
    }

    #[test]
    fn line_breaks_are_one_sign_and_the_byte_order_mark_is_none() {
        assert_eq!(&*preprocessed("\u{feff}a\r\nb\rc\r\r\n\u{feff}"), "a\nb\nc\n\n\u{feff}");
    }

    #[test]
    fn names_are_in_lower_case_and_the_same_again() {
        let mut names = Names::default();
        let text = "DIV data-x data-x p=q data-a-name-that-is-long aria-expanded=true class";
        let mut read = |start: usize, ends| {
            let (name, end) = names.read(text, start, start + 1, ends);
            (name.local.to_string(), name.is_asked_for, end - start)
        };
        assert_eq!(read(0, ENDS_TAG_NAME), ("div".to_owned(), true, 3));
        assert_eq!(read(4, ENDS_ATTRIBUTE_NAME), ("data-x".to_owned(), false, 6));
        assert_eq!(read(11, ENDS_ATTRIBUTE_NAME), ("data-x".to_owned(), false, 6));
        assert_eq!(read(18, ENDS_ATTRIBUTE_NAME), ("p".to_owned(), true, 1));
        assert_eq!(read(18, ENDS_TAG_NAME), ("p=q".to_owned(), true, 3));
        assert_eq!(read(22, ENDS_ATTRIBUTE_NAME), ("data-a-name-that-is-long".to_owned(), false, 24));
        assert_eq!(read(47, ENDS_ATTRIBUTE_NAME), ("aria-expanded".to_owned(), false, 13));
        assert_eq!(read(66, ENDS_ATTRIBUTE_NAME), ("class".to_owned(), true, 5));
    }
}
