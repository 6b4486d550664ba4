//! XML as it is found: a reader that forgives. Names lose their namespace prefix, ends need not match, an error is stepped
//! over at the next `<`. It knows no vocabulary.

use std::borrow::Cow;
use std::ops::ControlFlow;

use encoding_rs::{Encoding, UTF_8};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// How often an error is stepped over; more is no XML, and each may cost a look at all that is left.
const MAX_RESTARTS: usize = 50;
/// Text of one element is kept up to here: no address, title or date is longer.
const MAX_TEXT: usize = 8192;
/// Open elements that are remembered.
const MAX_DEPTH: usize = 64;

/// What the reader tells of.
pub(in crate::discover) enum Piece<'a> {
    /// A start tag. The element is already the last of the path.
    Open(&'a Attributes),
    /// The end of the element that is the last of the path, with its own text.
    Close(&'a str),
}

/// The attributes of a start tag: names without prefix in lower case, values with references resolved.
#[derive(Debug, Default)]
pub(in crate::discover) struct Attributes(Vec<(String, String)>);

impl Attributes {
    /// The value of an attribute.
    pub(in crate::discover) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

/// One open element.
struct Open {
    name: String,
    text: String,
}

/// The open elements. Those deeper than any vocabulary goes are only counted.
#[derive(Default)]
struct Stack {
    open: Vec<Open>,
    deeper: usize,
}

/// Walks through a document: `visit` is called with the names of the open elements (lower case, no prefix), outermost first.
/// The answer is what was wrong, where anything was.
pub(in crate::discover) fn walk(
    text: &str,
    mut visit: impl FnMut(&[&str], Piece<'_>) -> ControlFlow<()>,
) -> Option<String> {
    let mut stack = Stack::default();
    let mut damage = None;
    let mut rest = text;
    for _ in 0..=MAX_RESTARTS {
        match walk_on(rest, &mut stack, &mut visit) {
            Ok(()) => return damage,
            Err((at, error)) => {
                damage.get_or_insert(error);
                // At least one byte on, or it would stop here again.
                let from = rest.len().min(at + 1);
                let Some(next) = rest.as_bytes()[from..].iter().position(|b| *b == b'<') else { break };
                rest = &rest[from + next..];
            }
        }
    }
    while !stack.open.is_empty() {
        if stack.close(&mut visit).is_break() {
            break;
        }
    }
    damage
}

/// Walks up to the end (`Ok`, as is a visitor that has enough) or to an error and its place.
fn walk_on(
    text: &str,
    stack: &mut Stack,
    visit: &mut impl FnMut(&[&str], Piece<'_>) -> ControlFlow<()>,
) -> Result<(), (usize, String)> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    config.expand_empty_elements = true;
    loop {
        let event = match reader.read_event() {
            Ok(event) => event,
            Err(error) => return Err((reader.error_position() as usize, error.to_string())),
        };
        let flow = match event {
            Event::Start(tag) => stack.start(&tag, visit),
            Event::End(tag) => stack.end(&local(tag.local_name().as_ref()), visit),
            Event::Text(text) => stack.add(&text.into_inner()),
            Event::CData(text) => stack.add(&text.into_inner()),
            Event::GeneralRef(name) => stack.add(&resolved(&name.into_inner())),
            Event::Eof => {
                let left = stack.open.last().map(|element| format!("`{}` is never closed", element.name));
                return left.map_or(Ok(()), |error| Err((text.len(), error)));
            }
            _ => ControlFlow::Continue(()),
        };
        if flow.is_break() {
            stack.open.clear();
            return Ok(());
        }
    }
}

fn local(name: impl AsRef<[u8]>) -> String {
    String::from_utf8_lossy(name.as_ref()).to_ascii_lowercase()
}

impl Stack {
    fn start(
        &mut self,
        tag: &BytesStart<'_>,
        visit: &mut impl FnMut(&[&str], Piece<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        if self.open.len() >= MAX_DEPTH {
            self.deeper += 1;
            return ControlFlow::Continue(());
        }
        let mut attributes = tag.attributes();
        let attributes = attributes.with_checks(false).flatten().map(|attribute| {
            let value = String::from_utf8_lossy(AsRef::<[u8]>::as_ref(&*attribute.value)).into_owned();
            (local(attribute.key.local_name().as_ref()), unescaped(&value))
        });
        let attributes = Attributes(attributes.collect());
        self.open.push(Open { name: local(tag.local_name().as_ref()), text: String::new() });
        visit(&self.path(), Piece::Open(&attributes))
    }

    /// Closes the innermost element of that name, and what was left open inside it; an end that nothing began is passed over.
    fn end(&mut self, name: &str, visit: &mut impl FnMut(&[&str], Piece<'_>) -> ControlFlow<()>) -> ControlFlow<()> {
        if self.deeper > 0 {
            self.deeper -= 1;
            return ControlFlow::Continue(());
        }
        let Some(at) = self.open.iter().rposition(|element| element.name == name) else {
            return ControlFlow::Continue(());
        };
        while self.open.len() > at {
            self.close(visit)?;
        }
        ControlFlow::Continue(())
    }

    fn close(&mut self, visit: &mut impl FnMut(&[&str], Piece<'_>) -> ControlFlow<()>) -> ControlFlow<()> {
        let text = self.open.last_mut().map(|element| std::mem::take(&mut element.text)).unwrap_or_default();
        let flow = visit(&self.path(), Piece::Close(text.trim()));
        self.open.pop();
        flow
    }

    fn add(&mut self, text: &str) -> ControlFlow<()> {
        if let Some(element) = self.open.last_mut() {
            let room = MAX_TEXT.saturating_sub(element.text.len());
            element.text.extend(text.chars().take(room));
        }
        ControlFlow::Continue(())
    }

    fn path(&self) -> Vec<&str> {
        self.open.iter().map(|element| element.name.as_str()).collect()
    }
}

/// Resolves the references of an attribute; what is no reference stays as it is written.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        match rest.bytes().take(12).position(|b| b == b';') {
            Some(end) => {
                out.push_str(&resolved(&rest[1..end]));
                rest = &rest[end + 1..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// What a reference stands for: the five of XML, numbers, and the space that HTML authors bring along.
fn resolved(name: &str) -> String {
    let number = name.strip_prefix('#').and_then(|digits| match digits.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => digits.parse().ok(),
    });
    if let Some(c) = number.and_then(char::from_u32) {
        return c.to_string();
    }
    match name {
        "amp" => "&".to_owned(),
        "lt" => "<".to_owned(),
        "gt" => ">".to_owned(),
        "quot" => "\"".to_owned(),
        "apos" => "'".to_owned(),
        "nbsp" => " ".to_owned(),
        other => format!("&{other};"),
    }
}

/// The bytes as text: by the byte order mark, by the XML declaration, else UTF-8. Nothing is refused.
pub(in crate::discover) fn text(bytes: &[u8]) -> Cow<'_, str> {
    let declared = || {
        let head = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).into_owned();
        let declaration = head.trim_start().strip_prefix("<?xml")?.split("?>").next()?.to_owned();
        let value = declaration.split("encoding").nth(1)?.trim_start().strip_prefix('=')?.trim_start();
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let encoding = Encoding::for_label(value[1..].split(quote).next()?.as_bytes())?;
        // It was read byte by byte, so it is not what it says.
        encoding.is_ascii_compatible().then_some(encoding)
    };
    let encoding = declared().unwrap_or(UTF_8);
    // `decode` follows a byte order mark before anything else.
    encoding.decode(bytes).0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every element with its text, as `path=text`, in the order they end.
    fn told(text: &str) -> Vec<String> {
        let mut told = Vec::new();
        walk(text, |path, piece| {
            if let Piece::Close(text) = piece {
                told.push(format!("{}={text}", path.join("/")));
            }
            ControlFlow::Continue(())
        });
        told
    }

    #[test]
    fn prefixes_references_and_cdata_are_undone() {
        assert_eq!(told("<n:A>x &amp; y &#233; <![CDATA[<z>]]></n:A>"), ["a=x & y é <z>"]);
    }

    #[test]
    fn ends_that_do_not_match_close_what_they_can() {
        assert_eq!(told("<a><b>1</c></a><d>2"), ["a/b=1", "a=", "d=2"]);
    }

    #[test]
    fn an_error_is_stepped_over() {
        assert_eq!(told("<a><b>1</b><!bad <b>2</b></a>").first().map(String::as_str), Some("a/b=1"));
    }

    #[test]
    fn depth_beyond_the_limit_is_counted_not_kept() {
        let deep = format!("{}<x>1</x>{}<y>2</y>", "<a>".repeat(100_000), "</a>".repeat(100_000));
        assert_eq!(told(&deep).last().map(String::as_str), Some("y=2"));
    }

    #[test]
    fn the_declared_charset_is_believed_where_it_can_be_true() {
        assert_eq!(
            text(b"<?xml version='1.0' encoding='iso-8859-1'?>\xE9"),
            "<?xml version='1.0' encoding='iso-8859-1'?>é"
        );
        assert_eq!(text(b"<?xml version='1.0' encoding='UTF-16'?>x"), "<?xml version='1.0' encoding='UTF-16'?>x");
        assert_eq!(text(b"\xFF\xFE<\0a\0"), "<a");
    }

    proptest! {
        #[test]
        fn any_text_is_walked_through(text in "([<>/a-c&;#!\\[\\]\"'= é-]|<a>|</a>|<!--|<!\\[CDATA\\[){0,80}") {
            walk(&text, |_, _| ControlFlow::Continue(()));
        }

        #[test]
        fn any_bytes_are_text(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = text(&bytes);
        }
    }
}
