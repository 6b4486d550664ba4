//! PURE: a start tag that is being changed: its attributes can be asked for, set and taken out, and what is written has one
//! meaning whatever mode a parser is in. It does not know which attributes matter.

use std::borrow::Cow;

use memchr::memchr;

use crate::replay::markup::{self, Start};

/// So many attributes are compared with each other one by one; a tag with more keeps the first of them only.
const ATTRIBUTES_MAX: usize = 256;

/// An attribute.
#[derive(Debug)]
pub(crate) struct Attribute<'a> {
    /// In lower case.
    name: Cow<'a, str>,
    written: &'a str,
    /// As it is written, entities and all.
    value: Cow<'a, str>,
    quote: Option<char>,
    removed: bool,
}

/// A start tag.
#[derive(Debug)]
pub(crate) struct Tag<'a> {
    raw: &'a str,
    /// Its name as written.
    written: &'a str,
    name: Cow<'a, str>,
    attributes: Vec<Attribute<'a>>,
    closes_itself: bool,
    /// Whether it must be written anew.
    changed: bool,
}

fn lowered(text: &str, kinds: u8) -> Cow<'_, str> {
    if kinds & UPPER == 0 { Cow::Borrowed(text) } else { Cow::Owned(text.to_ascii_lowercase()) }
}

const UPPER: u8 = 1;
/// What could end a name or a value that has no quotes for one parser or another.
const ODD: u8 = 2;

/// The kind of each byte.
const KINDS: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut at = 0;
    while at < 256 {
        let byte = at as u8;
        if byte.is_ascii_uppercase() {
            kinds[at] = UPPER;
        } else if byte <= b' ' || matches!(byte, b'<' | b'>' | b'"' | b'\'' | b'`' | b'=' | b'/' | 0x7f) {
            kinds[at] = ODD;
        }
        at += 1;
    }
    kinds
};

/// The kinds of all the bytes of a text.
fn kinds(text: &str) -> u8 {
    text.bytes().fold(0, |kinds, byte| kinds | KINDS[usize::from(byte)])
}

/// Whether a name means the same to every parser.
fn is_plain(name: &str) -> bool {
    kinds(name) & ODD == 0
}

impl<'a> Tag<'a> {
    /// Reads the start tag that a text begins with, and says how many bytes it is; no length where it never ends, and no tag
    /// where its name means different things to different parsers. `spare` is room that another tag has left.
    pub(crate) fn read(text: &'a str, spare: &mut Vec<Attribute<'a>>) -> (Option<Self>, Option<usize>) {
        let mut attributes = std::mem::take(spare);
        let mut changed = false;
        let start = markup::attributes(text, |found| {
            let of_name = kinds(found.name);
            let name = lowered(found.name, of_name);
            // Of an attribute written twice the first counts.
            if of_name & ODD != 0 || attributes.len() == ATTRIBUTES_MAX || attributes.iter().any(|it| it.name == name) {
                changed = true;
                return;
            }
            // A sign within it is written so that nobody takes it for the beginning of another tag.
            changed |= if found.quote.is_some() {
                memchr(b'<', found.value.as_bytes()).is_some()
            } else {
                !is_plain(found.value)
            };
            let value = Cow::Borrowed(found.value);
            attributes.push(Attribute { name, written: found.name, value, quote: found.quote, removed: false });
        });
        let Some(Start { name: written, closes_itself, length }) = start else { return (None, None) };
        let raw = &text[..length];
        let tag = is_plain(written).then(|| Self {
            raw,
            written,
            name: lowered(written, kinds(written)),
            attributes,
            closes_itself,
            changed,
        });
        (tag, Some(length))
    }

    /// Leaves its room to another.
    pub(crate) fn leave(mut self, spare: &mut Vec<Attribute<'a>>) {
        self.attributes.clear();
        *spare = self.attributes;
    }

    /// Its name, in lower case, for whoever goes on changing it.
    pub(crate) fn own_name(&self) -> Cow<'a, str> {
        self.name.clone()
    }

    /// Its name, in lower case.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Gives it another name.
    pub(crate) fn rename(&mut self, name: &'static str) {
        (self.written, self.name, self.changed) = (name, Cow::Borrowed(name), true);
    }

    /// Whether it ends with `/>`.
    pub(crate) fn closes_itself(&self) -> bool {
        self.closes_itself
    }

    /// Makes it a tag that another closes.
    pub(crate) fn leave_open(&mut self) {
        self.changed |= self.closes_itself;
        self.closes_itself = false;
    }

    /// How many attributes it had.
    pub(crate) fn len(&self) -> usize {
        self.attributes.len()
    }

    /// An attribute by its place: its name in lower case, and its value as it is written; `None` where it was taken out.
    pub(crate) fn attribute(&self, at: usize) -> Option<(&str, &str)> {
        let attribute = self.attributes.get(at).filter(|attribute| !attribute.removed)?;
        Some((&attribute.name, &attribute.value))
    }

    /// The value of an attribute as it is written.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|it| it.name == name && !it.removed).map(|attribute| &*attribute.value)
    }

    /// Sets an attribute to a value that is written safely already: see [`crate::replay::entities::encode`].
    pub(crate) fn set(&mut self, name: &'static str, value: String) {
        match self.attributes.iter().position(|attribute| attribute.name == name) {
            Some(at) => self.set_at(at, value),
            None => {
                let (quote, value) = (Some('"'), Cow::Owned(value));
                let name_of = Cow::Borrowed(name);
                self.attributes.push(Attribute { name: name_of, written: name, value, quote, removed: false });
                self.changed = true;
            }
        }
    }

    /// The same by its place.
    pub(crate) fn set_at(&mut self, at: usize, value: String) {
        let attribute = &mut self.attributes[at];
        (attribute.value, attribute.quote, attribute.removed) = (Cow::Owned(value), Some('"'), false);
        self.changed = true;
    }

    /// Takes an attribute out.
    pub(crate) fn remove(&mut self, name: &str) {
        if let Some(at) = self.attributes.iter().position(|attribute| attribute.name == name) {
            self.remove_at(at);
        }
    }

    /// The same by its place.
    pub(crate) fn remove_at(&mut self, at: usize) {
        self.changed |= !self.attributes[at].removed;
        self.attributes[at].removed = true;
    }

    /// Writes it.
    pub(crate) fn write(&self, out: &mut String) {
        if !self.changed {
            out.push_str(self.raw);
            return;
        }
        out.push('<');
        out.push_str(self.written);
        for attribute in self.attributes.iter().filter(|attribute| !attribute.removed) {
            out.push(' ');
            out.push_str(attribute.written);
            write_value(out, &attribute.value, attribute.quote);
        }
        out.push_str(if self.closes_itself { " />" } else { ">" });
    }
}

fn write_value(out: &mut String, value: &str, quote: Option<char>) {
    let quote = match quote {
        None if value.is_empty() => return,
        None if is_plain(value) => {
            out.push('=');
            out.push_str(value);
            return;
        }
        None => '"',
        Some(quote) => quote,
    };
    out.push('=');
    out.push(quote);
    if !value.bytes().any(|b| b == b'<' || b == b'"') {
        out.push_str(value);
        out.push(quote);
        return;
    }
    for c in value.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            // Only where there were no quotes before.
            '"' if quote == '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out.push(quote);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn written(raw: &str, change: impl FnOnce(&mut Tag<'_>)) -> String {
        let mut tag = Tag::read(raw, &mut Vec::new()).0.unwrap();
        change(&mut tag);
        let mut out = String::new();
        tag.write(&mut out);
        out
    }

    #[test]
    fn a_tag_that_nobody_changes_is_written_as_it_was() {
        for raw in ["<P>", "<a  HREF = 'x' b=c d>", "<br/>", "<p data-é=\"a>b\">"] {
            assert_eq!(written(raw, |_| ()), raw);
        }
    }

    #[test]
    fn what_is_set_and_removed_is_written_in_its_place() {
        let out = written("<A HREF=x class='a b' rel=y>", |tag| {
            tag.set("href", "/z".to_owned());
            tag.remove("rel");
            tag.set("target", "_top".to_owned());
        });
        assert_eq!(out, "<A HREF=\"/z\" class='a b' target=\"_top\">");
    }

    #[test]
    fn what_parsers_could_take_for_markup_is_written_apart() {
        assert_eq!(written("<p title='</style><b>'>", |_| ()), "<p title='&lt;/style>&lt;b>'>");
        assert_eq!(written("<p a=b\"c<d>", |_| ()), "<p a=\"b&quot;c&lt;d\">");
        assert_eq!(written("<p <x=1 a=1 a=2>", |_| ()), "<p a=1>");
        assert!(Tag::read("<a<b>", &mut Vec::new()).0.is_none());
    }
}
