//! Runs of text as Markdown: what would be read as markup is escaped, and marks that CommonMark's rules of flanking would
//! not let stand (`**so.**called`) are written as the HTML elements that it allows within a line.

use crate::article::{Image, Inline, Style};
use crate::letters;
use crate::render::html::is_safe;

/// What a run stands in: it decides what must be escaped and what a line break is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Paragraph,
    Heading,
    Cell,
}

/// A run on lines of its own; a line break of the page ends with a backslash.
pub(super) fn paragraph(inlines: &[Inline]) -> String {
    paragraph_with(inlines, "\\\n")
}

/// A run on lines of its own, with `line_break` for every line break.
pub(super) fn paragraph_with(inlines: &[Inline], line_break: &str) -> String {
    let writer = Writer { place: Place::Paragraph, break_text: line_break, in_link: false, in_mark: false };
    let mut out = String::new();
    writer.run(&mut out, &tidy(inlines), ' ', ' ');
    let out = out.trim_matches(is_space);
    let lines: Vec<String> = out.split('\n').map(|line| guard_line_start(line.trim_matches(is_space))).collect();
    // A line with nothing but a break would end the paragraph.
    let lines = lines.into_iter().filter(|line| !line.is_empty() && line != "\\").collect::<Vec<_>>().join("\n");
    // A break is one only between lines.
    match lines.strip_suffix('\\') {
        Some(rest) if (rest.len() - rest.trim_end_matches('\\').len()).is_multiple_of(2) => rest.to_owned(),
        _ => lines,
    }
}

/// A run on one line, for headings and cells.
pub(super) fn one_line(inlines: &[Inline], place: Place) -> String {
    let line_break = if place == Place::Cell { "<br>" } else { " " };
    let writer = Writer { place, break_text: line_break, in_link: false, in_mark: false };
    let mut out = String::new();
    writer.run(&mut out, &tidy(inlines), ' ', ' ');
    let folded = out.replace('\n', " ");
    let trimmed = folded.trim_matches(is_space);
    // A heading's closing number signs would be dropped.
    match trimmed.strip_suffix('#') {
        Some(rest) if place == Place::Heading && !rest.ends_with('\\') => format!("{rest}\\#"),
        _ => trimmed.to_owned(),
    }
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

/// The same run with line breaks and blanks outside of the marks at whose ends they stand, without marks around nothing, and
/// without either at its own ends.
fn tidy(inlines: &[Inline]) -> Vec<Inline> {
    let mut out = spread(inlines);
    let (leading, trailing) = blank_ends(&out);
    out.truncate(out.len() - trailing);
    out.split_off(leading.min(out.len()))
}

fn spread(inlines: &[Inline]) -> Vec<Inline> {
    let mut out = Vec::new();
    for inline in inlines {
        // Markdown has no sign for these: what they add stands in the text.
        match inline {
            Inline::Ruby { content, reading } => {
                out.append(&mut spread(content));
                out.push(Inline::Text { text: format!("({reading})") });
                continue;
            }
            Inline::Abbreviation { content, .. } => {
                out.append(&mut spread(content));
                continue;
            }
            _ => {}
        }
        let mut inline = inline.clone();
        let Some(content) = content_of(&mut inline) else {
            out.push(inline);
            continue;
        };
        let mut before = spread(content);
        let (leading, trailing) = blank_ends(&before);
        if leading == before.len() {
            out.append(&mut before);
            continue;
        }
        let after = before.split_off(before.len() - trailing);
        *content = before.split_off(leading);
        out.append(&mut before);
        out.push(inline);
        out.extend(after);
    }
    out
}

/// How many pieces at either end of a run show nothing; all at the first where none does.
fn blank_ends(run: &[Inline]) -> (usize, usize) {
    let leading = run.iter().take_while(|inline| !shows(inline)).count();
    let trailing = run[leading..].iter().rev().take_while(|inline| !shows(inline)).count();
    (leading, trailing)
}

/// What a mark holds; `None` for what is no mark.
fn content_of(inline: &mut Inline) -> Option<&mut Vec<Inline>> {
    match inline {
        Inline::Emphasis { content }
        | Inline::Strong { content }
        | Inline::Superscript { content }
        | Inline::Subscript { content }
        | Inline::Styled { content, .. }
        | Inline::Link { content, .. } => Some(content),
        _ => None,
    }
}

/// Escapes what only means something at the start of a line: list markers, headings, setext underlines, fences, tables.
fn guard_line_start(line: &str) -> String {
    let digits = line.chars().take_while(char::is_ascii_digit).count();
    if digits > 0 && digits < 10 {
        let rest = &line[digits..];
        if rest.starts_with('.') || rest.starts_with(')') {
            return format!("{}\\{}", &line[..digits], rest);
        }
    }
    match line.chars().next() {
        Some('-' | '+' | '=' | '#' | '~' | '>' | ':' | '|') => format!("\\{line}"),
        _ => line.to_owned(),
    }
}

/// The label of a footnote, of characters that every reader takes.
pub(super) fn note_label(label: &str) -> String {
    let mut out = String::new();
    for c in label.chars() {
        if letters::is_alphanumeric(c) {
            out.push(c);
        } else {
            out.push_str(&format!("-{:x}", u32::from(c)));
        }
    }
    out
}

/// The length of the longest run of a character.
pub(super) fn longest_run(text: &str, wanted: char) -> usize {
    let (mut longest, mut run) = (0, 0);
    for c in text.chars() {
        run = if c == wanted { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

#[derive(Clone, Copy)]
struct Writer<'a> {
    place: Place,
    break_text: &'a str,
    /// A link cannot stand in a link.
    in_link: bool,
    /// A sign of emphasis must not be taken for the end of one around.
    in_mark: bool,
}

impl Writer<'_> {
    /// Writes a run that stands between two characters.
    fn run(self, out: &mut String, inlines: &[Inline], before: char, after: char) {
        for (at, inline) in inlines.iter().enumerate() {
            let before = out.chars().next_back().unwrap_or(before);
            let after = inlines[at + 1..].iter().find_map(first_char).unwrap_or(after);
            self.inline(out, inline, before, after);
        }
    }

    fn inline(self, out: &mut String, inline: &Inline, before: char, after: char) {
        match inline {
            Inline::Text { text } => self.escape(out, text, before, after),
            Inline::Code { text } => self.code(out, text, before, after),
            Inline::Emphasis { content } => self.mark(out, ("*", "em"), content, before, after),
            Inline::Strong { content } => self.mark(out, ("**", "strong"), content, before, after),
            Inline::Superscript { content } => self.element(out, "sup", content),
            Inline::Subscript { content } => self.element(out, "sub", content),
            Inline::Styled { style, content } => self.element(out, element_of(*style), content),
            Inline::Abbreviation { content, .. } | Inline::Ruby { content, .. } => {
                self.run(out, content, before, after);
            }
            Inline::Link { href, content } => self.link(out, href, content, before, after),
            Inline::Image { image } => self.image(out, image),
            Inline::Formula { tex, display } => self.formula(out, tex, *display),
            Inline::Footnote { label } if self.in_link => self.escape(out, &format!("[{label}]"), before, after),
            Inline::Footnote { label } => {
                for piece in ["[^", &note_label(label), "]"] {
                    out.push_str(piece);
                }
            }
            Inline::Checkbox { checked } => out.push_str(if *checked { "[x] " } else { "[ ] " }),
            Inline::Break => self.line_break(out),
        }
    }

    fn line_break(self, out: &mut String) {
        let kept = out.trim_end_matches([' ', '\t']).len();
        out.truncate(kept);
        if !out.ends_with(self.break_text) {
            out.push_str(self.break_text);
        }
    }

    /// Emphasis: its signs where they would be read as such, else the element.
    fn mark(self, out: &mut String, (sign, name): (&str, &str), content: &[Inline], before: char, after: char) {
        let mut inner = String::new();
        Self { in_mark: true, ..self }.run(&mut inner, content, '*', '*');
        let trimmed = inner.trim_matches(is_space);
        if trimmed.is_empty() {
            out.push_str(&inner);
            return;
        }
        let start = inner.len() - inner.trim_start_matches(is_space).len();
        let (lead, trail) = (&inner[..start], &inner[start + trimmed.len()..]);
        // Space at the edge of a mark around is moved out of it, too, and then no longer stands beside this one.
        let beside = |space: &str, outside: char| {
            if space.is_empty() || self.in_mark && outside == '*' { outside } else { ' ' }
        };
        let (before, after) = (beside(lead, before), beside(trail, after));
        out.push_str(lead);
        if flanks(before, trimmed, after, self.in_mark) {
            for piece in [sign, trimmed, sign] {
                out.push_str(piece);
            }
        } else {
            wrap(out, name, trimmed);
        }
        out.push_str(trail);
    }

    fn element(self, out: &mut String, name: &str, content: &[Inline]) {
        let mut inner = String::new();
        self.run(&mut inner, content, '>', '<');
        if inner.trim_matches(is_space).is_empty() {
            out.push_str(&inner);
        } else {
            wrap(out, name, &inner);
        }
    }

    fn link(self, out: &mut String, href: &str, content: &[Inline], before: char, after: char) {
        if self.in_link || !is_safe(href, &["http", "https", "mailto"]) {
            return self.run(out, content, before, after);
        }
        let mut inner = String::new();
        Self { in_link: true, ..self }.run(&mut inner, content, '[', ']');
        let trimmed = inner.trim_matches(is_space);
        if trimmed.is_empty() {
            out.push_str(&inner);
            return;
        }
        let start = inner.len() - inner.trim_start_matches(is_space).len();
        out.push_str(&inner[..start]);
        if before == '!' && start == 0 && out.ends_with('!') && !out.ends_with("\\!") {
            out.pop();
            out.push_str("\\!");
        }
        for piece in ["[", trimmed, "](", &self.destination(href), ")", &inner[start + trimmed.len()..]] {
            out.push_str(piece);
        }
    }

    /// An address as CommonMark's link destination, with what would end it or be read before it percent-encoded; in angle
    /// brackets where it holds parentheses.
    fn destination(self, href: &str) -> String {
        let href = href.trim_matches(is_space);
        let mut out = String::new();
        let mut plain = !href.is_empty();
        for (at, c) in href.char_indices() {
            match c {
                '<' => out.push_str("%3C"),
                '>' => out.push_str("%3E"),
                '\\' => out.push_str("%5C"),
                '`' => out.push_str("%60"),
                ' ' => out.push_str("%20"),
                '|' if self.place == Place::Cell => out.push_str("%7C"),
                // An entity ends with a semicolon.
                '&' if href[at..].contains(';') => out.push_str("&amp;"),
                c if c.is_control() => {}
                c => {
                    plain &= !matches!(c, '(' | ')') && !c.is_whitespace();
                    out.push(c);
                }
            }
        }
        if plain { out } else { format!("<{out}>") }
    }

    fn image(self, out: &mut String, image: &Image) {
        if !is_safe(&image.src, &["http", "https"]) {
            return;
        }
        let mut alt = String::new();
        self.escape(&mut alt, image.alt.trim(), '[', ']');
        for piece in ["![", &alt, "](", &self.destination(&image.src), ")"] {
            out.push_str(piece);
        }
    }

    fn code(self, out: &mut String, text: &str, before: char, after: char) {
        let text = text.replace(['\n', '\r'], " ");
        if text.trim_matches(is_space).is_empty() {
            out.push_str(&text);
            return;
        }
        let touches = before == '`' || after == '`';
        if touches || (self.place == Place::Cell && text.contains('|')) {
            // No fence can say this; entities can.
            let mut inner = String::new();
            for c in text.chars() {
                if c.is_ascii_punctuation() {
                    inner.push_str(&format!("&#{};", u32::from(c)));
                } else {
                    inner.push(c);
                }
            }
            return wrap(out, "code", &inner);
        }
        let fence = "`".repeat(longest_run(&text, '`') + 1);
        let pad = if text.starts_with('`') || text.ends_with('`') || (text.starts_with(' ') && text.ends_with(' ')) {
            " "
        } else {
            ""
        };
        for piece in [fence.as_str(), pad, &text, pad, &fence] {
            out.push_str(piece);
        }
    }

    fn formula(self, out: &mut String, tex: &str, display: bool) {
        let tex = formula_text(tex);
        if tex.is_empty() {
            return;
        }
        let sign = if display { "$$" } else { "$" };
        let in_cell = self.place == Place::Cell;
        let tex = if in_cell { tex.replace("\\|", "\\Vert ").replace('|', "\\vert ") } else { tex };
        for piece in [sign, &tex, sign] {
            out.push_str(piece);
        }
    }

    /// Escapes what would be read as markup within a line.
    fn escape(self, out: &mut String, text: &str, before: char, after: char) {
        let mut chars = text.chars().peekable();
        let mut previous = before;
        // What follows the sign of a footnote could make a link or a definition of it.
        if out.ends_with(']') && text.starts_with(['(', ':']) {
            out.push('\\');
        }
        while let Some(c) = chars.next() {
            let next = chars.peek().copied().unwrap_or(after);
            let special = match c {
                '\\' | '`' | '*' | '[' | ']' | '<' | '~' => true,
                // Within a word an underscore is one.
                '_' => !(previous.is_alphanumeric() && next.is_alphanumeric()),
                '&' => next.is_ascii_alphabetic() || next == '#',
                '!' => next == '[',
                '|' => self.place == Place::Cell,
                _ => false,
            };
            if special {
                out.push('\\');
            }
            out.push(if is_space(c) { ' ' } else { c });
            previous = c;
        }
    }
}

fn wrap(out: &mut String, name: &str, inner: &str) {
    for piece in ["<", name, ">", inner, "</", name, ">"] {
        out.push_str(piece);
    }
}

fn element_of(style: Style) -> &'static str {
    match style {
        Style::Deleted => "del",
        Style::Inserted => "ins",
        Style::Highlighted => "mark",
        Style::Keyboard => "kbd",
    }
}

/// Whether signs around `inner` would be read as emphasis (CommonMark 0.31, 6.2), whatever stands further away; within other
/// emphasis, whether the first can also be nothing but a beginning, and the second nothing but an end.
fn flanks(before: char, inner: &str, after: char, nested: bool) -> bool {
    let (Some(first), Some(last)) = (inner.chars().next(), inner.chars().next_back()) else { return false };
    let only =
        |outside: char, inside: char| outside.is_whitespace() || (is_punctuation(outside) && !is_punctuation(inside));
    let side = |outside: char, inside: char| {
        !inside.is_whitespace()
            && outside != '*'
            && inside != '*'
            && (only(outside, inside) || (!nested && !is_punctuation(inside)))
    };
    side(before, first) && side(after, last) && last != '\\'
}

/// Unicode punctuation and symbols, a little generously: what is taken for one merely gets an element instead of a sign.
fn is_punctuation(c: char) -> bool {
    c.is_ascii_punctuation() || (!c.is_ascii() && !c.is_alphanumeric() && !c.is_whitespace())
}

/// Whether an inline element writes more than white space.
fn shows(inline: &Inline) -> bool {
    match inline {
        Inline::Text { text } | Inline::Code { text } => !text.chars().all(is_space),
        Inline::Emphasis { content }
        | Inline::Strong { content }
        | Inline::Superscript { content }
        | Inline::Subscript { content }
        | Inline::Styled { content, .. }
        | Inline::Abbreviation { content, .. }
        | Inline::Link { content, .. } => content.iter().any(shows),
        Inline::Image { image } => is_safe(&image.src, &["http", "https"]),
        Inline::Formula { tex, .. } => !formula_text(tex).is_empty(),
        Inline::Ruby { .. } | Inline::Footnote { .. } | Inline::Checkbox { .. } => true,
        Inline::Break => false,
    }
}

/// The first character that an inline element writes; where it is not known, one that is right for each: a sign.
fn first_char(inline: &Inline) -> Option<char> {
    match inline {
        Inline::Text { text } => text.chars().next(),
        Inline::Code { .. } => Some('`'),
        Inline::Emphasis { content } | Inline::Strong { content } => {
            content.iter().find_map(first_char).map(|first| if first.is_whitespace() { first } else { '*' })
        }
        Inline::Link { content, .. } => {
            content.iter().find_map(first_char).map(|first| if first.is_whitespace() { first } else { '[' })
        }
        Inline::Abbreviation { content, .. } | Inline::Ruby { content, .. } => content.iter().find_map(first_char),
        Inline::Image { .. } => Some('!'),
        Inline::Footnote { .. } | Inline::Checkbox { .. } => Some('['),
        Inline::Formula { .. } => Some('$'),
        Inline::Superscript { .. } | Inline::Subscript { .. } | Inline::Styled { .. } => Some('<'),
        Inline::Break => Some(' '),
    }
}

/// TeX that means the same and holds nothing that Markdown would read before the formula is: readers that know of formulas
/// and those that do not see the same text.
fn formula_text(tex: &str) -> String {
    let mut out = String::new();
    let mut chars = tex.trim().chars().peekable();
    let mut previous = '$';
    while let Some(c) = chars.next() {
        let next = chars.peek().copied().unwrap_or('$');
        let escaped = previous == '\\';
        match c {
            '<' => out.push_str("\\lt "),
            '>' => out.push_str("\\gt "),
            '*' => out.push_str("\\ast "),
            '`' => out.push_str("\\lq "),
            '$' if !escaped => {}
            '_' if !(escaped || previous.is_alphanumeric() && next.is_alphanumeric()) => out.push_str(" _ "),
            '~' => out.push_str("\\ "),
            '&' if !escaped => out.push_str("& "),
            ']' if matches!(next, '(' | '[' | ':') => out.push_str("]{}"),
            '[' if next == '^' => out.push_str("[{}"),
            c if is_space(c) => out.push(' '),
            c => out.push(c),
        }
        // A second backslash is escaped by the first, and escapes nothing.
        previous = if c == '\\' && escaped { ' ' } else { c };
    }
    out.trim_matches(is_space).to_owned()
}
