//! PURE: whether a place in a document lies in SVG or MathML, told by the tags alone. It keeps no tree, so that markup that is
//! wrong enough can lead it astray: what is written must not depend on it.

/// Elements of SVG and MathML within which HTML stands again (HTML standard, "HTML integration point" and "MathML text
/// integration point").
const WITHIN: &[&str] = &["foreignobject", "desc", "title", "mi", "mo", "mn", "ms", "mtext", "annotation-xml"];

/// Elements that cannot stand in SVG or MathML and end it (HTML standard, "the rules for parsing tokens in foreign content").
const ENDING: &[&str] = &[
    "b",
    "big",
    "blockquote",
    "body",
    "br",
    "center",
    "code",
    "dd",
    "div",
    "dl",
    "dt",
    "em",
    "embed",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "hr",
    "i",
    "img",
    "li",
    "listing",
    "menu",
    "meta",
    "nobr",
    "ol",
    "p",
    "pre",
    "ruby",
    "s",
    "small",
    "span",
    "strong",
    "strike",
    "sub",
    "sup",
    "table",
    "tt",
    "u",
    "ul",
    "var",
];

/// So many of them stand within each other at most; deeper ones are not followed.
const DEPTH_MAX: usize = 64;

/// The elements that are open and change where a place lies.
#[derive(Debug, Default)]
pub(crate) struct Spaces {
    /// The name of each, and whether it begins SVG or MathML or, within them, HTML.
    open: Vec<(&'static str, bool)>,
}

impl Spaces {
    /// Whether the place lies in SVG or MathML.
    pub(crate) fn is_foreign(&self) -> bool {
        self.open.last().is_some_and(|(_, foreign)| *foreign)
    }

    /// A start tag.
    pub(crate) fn start(&mut self, name: &str, closes_itself: bool) {
        let opens = match name {
            "svg" => Some(("svg", true)),
            "math" => Some(("math", true)),
            _ if self.open.is_empty() => None,
            name if self.is_foreign() && ENDING.contains(&name) => {
                while self.is_foreign() {
                    self.open.pop();
                }
                None
            }
            name if self.is_foreign() => WITHIN.iter().find(|known| **known == name).map(|known| (*known, false)),
            _ => None,
        };
        if let (Some(opens), false, true) = (opens, closes_itself, self.open.len() < DEPTH_MAX) {
            self.open.push(opens);
        }
    }

    /// An end tag, in whatever case.
    pub(crate) fn end(&mut self, name: &str) {
        if self.open.is_empty() {
            return;
        }
        if let Some(at) = self.open.iter().rposition(|(open, _)| open.eq_ignore_ascii_case(name)) {
            self.open.truncate(at);
        } else if self.is_foreign() && (name.eq_ignore_ascii_case("p") || name.eq_ignore_ascii_case("br")) {
            while self.is_foreign() {
                self.open.pop();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the end of some tags lies in SVG or MathML; `/x` is an end tag, `x/` closes itself.
    fn foreign(tags: &str) -> bool {
        let mut spaces = Spaces::default();
        for tag in tags.split_whitespace() {
            match tag.strip_prefix('/') {
                Some(name) => spaces.end(name),
                None => spaces.start(tag.trim_end_matches('/'), tag.ends_with('/')),
            }
        }
        spaces.is_foreign()
    }

    #[test]
    fn a_place_is_told_by_the_tags_before_it() {
        for tags in ["svg", "svg g", "math mi /mi", "svg foreignobject svg", "svg title /title", "svg g /g"] {
            assert!(foreign(tags), "{tags}");
        }
        for tags in
            ["", "svg/", "svg /svg", "svg /SVG", "svg foreignobject", "svg title", "svg p", "svg /p", "math mtext"]
        {
            assert!(!foreign(tags), "{tags}");
        }
    }
}
