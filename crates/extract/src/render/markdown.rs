//! Markdown that any CommonMark reader takes, with tables as GitHub writes them. What the text contains is escaped so that it
//! reads back as text.

use crate::article::{Block, Image, Inline};
use crate::render::html::is_safe;

/// Renders blocks as Markdown.
///
/// ```
/// use chaffinch_extract::{Block, Inline, render};
/// let text = vec![Inline::Text { text: "2 * 3 * 4".into() }];
/// assert_eq!(render::markdown(&[Block::Heading { level: 2, text }]), "## 2 \\* 3 \\* 4\n");
/// ```
pub fn markdown(blocks: &[Block]) -> String {
    let mut out = write_blocks(blocks, "\n\n");
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

fn write_blocks(blocks: &[Block], between: &str) -> String {
    let mut out = String::new();
    let mut previous: Option<&Block> = None;
    for block in blocks {
        let written = write_block(block);
        if written.is_empty() {
            continue;
        }
        if let Some(previous) = previous {
            out.push_str(between);
            // Two lists in a row would read as one.
            if matches!((previous, block), (Block::List { .. }, Block::List { .. })) {
                out.push_str("<!-- -->\n\n");
            }
        }
        out.push_str(&written);
        previous = Some(block);
    }
    out
}

fn write_block(block: &Block) -> String {
    match block {
        Block::Heading { level, text } => {
            let text = one_line(text);
            if text.is_empty() {
                String::new()
            } else {
                format!("{} {text}", "#".repeat(usize::from((*level).clamp(1, 6))))
            }
        }
        Block::Paragraph { text } => paragraph(text),
        Block::List { start, items } => list(*start, items),
        Block::Quote { content } => prefix(&write_blocks(content, "\n\n"), "> ", "> "),
        Block::Code { language, text } => code(language.as_deref(), text),
        Block::Table { caption, header_rows, rows } => table(caption, *header_rows, rows),
        Block::Figure { images, caption } => {
            let mut parts: Vec<String> = Vec::new();
            let shown: Vec<String> = images.iter().map(image).filter(|shown| !shown.is_empty()).collect();
            if !shown.is_empty() {
                parts.push(shown.join("\n"));
            }
            let caption = paragraph(caption);
            if !caption.is_empty() {
                parts.push(caption);
            }
            parts.join("\n\n")
        }
        Block::Rule => "---".to_owned(),
    }
}

fn list(start: Option<u32>, items: &[Vec<Block>]) -> String {
    let tight = items.iter().all(|item| matches!(item.as_slice(), [_] | [Block::Paragraph { .. }, Block::List { .. }]));
    let mut out: Vec<String> = Vec::new();
    for (at, item) in items.iter().enumerate() {
        // CommonMark takes at most nine digits.
        let marker = match start {
            Some(start) => format!("{}. ", (u64::from(start) + at as u64) % 1_000_000_000),
            None => "- ".to_owned(),
        };
        let inner = write_blocks(item, if tight { "\n" } else { "\n\n" });
        if !inner.is_empty() {
            out.push(prefix(&inner, &marker, &" ".repeat(marker.len())));
        }
    }
    out.join(if tight { "\n" } else { "\n\n" })
}

fn prefix(text: &str, first: &str, rest: &str) -> String {
    let mut out = String::new();
    for (at, line) in text.split('\n').enumerate() {
        if at > 0 {
            out.push('\n');
        }
        let lead = if at == 0 { first } else { rest };
        out.push_str(if line.is_empty() { lead.trim_end() } else { lead });
        out.push_str(line);
    }
    out
}

fn code(language: Option<&str>, text: &str) -> String {
    let fence = "`".repeat(longest_run(text, '`').max(2) + 1);
    let language: String =
        language.unwrap_or("").chars().filter(|c| c.is_ascii_alphanumeric() || "+#-_.".contains(*c)).collect();
    format!("{fence}{language}\n{text}\n{fence}")
}

fn longest_run(text: &str, wanted: char) -> usize {
    let (mut longest, mut run) = (0, 0);
    for c in text.chars() {
        run = if c == wanted { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

fn table(caption: &[Inline], header_rows: usize, rows: &[Vec<Vec<Inline>>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    if columns == 0 {
        return paragraph(caption);
    }
    let mut out = String::new();
    let caption = paragraph(caption);
    if !caption.is_empty() {
        out.push_str(&caption);
        out.push_str("\n\n");
    }
    let write_row = |out: &mut String, row: &[Vec<Inline>]| {
        out.push('|');
        for column in 0..columns {
            let cell = row.get(column).map(|cell| one_line(cell)).unwrap_or_default();
            out.push(' ');
            out.push_str(&cell.replace('|', "\\|"));
            out.push_str(" |");
        }
    };
    // A table must have one header row; where the page has none it is left empty.
    let empty: &[Vec<Inline>] = &[];
    let (header, body) = match rows.split_first() {
        Some((first, rest)) if header_rows > 0 => (first.as_slice(), rest),
        _ => (empty, rows),
    };
    write_row(&mut out, header);
    out.push_str("\n|");
    out.push_str(&" --- |".repeat(columns));
    for row in body {
        out.push('\n');
        write_row(&mut out, row);
    }
    out
}

/// A run on lines of its own; a line break of the page ends with a backslash.
fn paragraph(inlines: &[Inline]) -> String {
    let mut out = String::new();
    write_inlines(&mut out, inlines, "\\\n");
    let out = out.trim();
    let lines: Vec<String> = out.split('\n').map(|line| guard_line_start(line.trim_start())).collect();
    lines.join("\n")
}

/// A run on one line, for headings and cells.
fn one_line(inlines: &[Inline]) -> String {
    let mut out = String::new();
    write_inlines(&mut out, inlines, " ");
    let folded = out.replace('\n', " ");
    let trimmed = folded.trim();
    // A heading's closing number signs would be dropped.
    match trimmed.strip_suffix('#') {
        Some(rest) if rest.trim_end_matches('#').ends_with(' ') || rest.trim_end_matches('#').is_empty() => {
            format!("{rest}\\#")
        }
        _ => trimmed.to_owned(),
    }
}

/// Escapes what only means something at the start of a line: list markers, headings, setext underlines, fences.
fn guard_line_start(line: &str) -> String {
    let digits = line.chars().take_while(char::is_ascii_digit).count();
    if digits > 0 && digits < 10 {
        let rest = &line[digits..];
        if rest.starts_with('.') || rest.starts_with(')') {
            return format!("{}\\{}", &line[..digits], rest);
        }
    }
    match line.chars().next() {
        Some('-' | '+' | '=' | '#' | '~' | '>' | ':') => format!("\\{line}"),
        _ => line.to_owned(),
    }
}

fn write_inlines(out: &mut String, inlines: &[Inline], line_break: &str) {
    for inline in inlines {
        match inline {
            Inline::Text { text } => escape(out, text),
            Inline::Code { text } => write_code(out, text),
            Inline::Emphasis { content } => mark(out, "*", content, line_break),
            Inline::Strong { content } => mark(out, "**", content, line_break),
            Inline::Superscript { content } | Inline::Subscript { content } => write_inlines(out, content, line_break),
            Inline::Link { href, content } => link(out, href, content, line_break),
            Inline::Image { image: shown } => out.push_str(&image(shown)),
            Inline::Break => out.push_str(line_break),
        }
    }
}

/// Emphasis works only where the marks touch the text and stand apart from letters outside.
fn mark(out: &mut String, sign: &str, content: &[Inline], line_break: &str) {
    let mut inner = String::new();
    write_inlines(&mut inner, content, line_break);
    let trimmed = inner.trim();
    if trimmed.is_empty() {
        out.push_str(&inner);
        return;
    }
    let lead = &inner[..inner.len() - inner.trim_start().len()];
    let trail = &inner[inner.trim_end().len()..];
    let clash = out.ends_with('*') || trimmed.starts_with('*') || trimmed.ends_with(['*', '\\']);
    out.push_str(lead);
    if clash {
        out.push_str(trimmed);
    } else {
        out.push_str(sign);
        out.push_str(trimmed);
        out.push_str(sign);
    }
    out.push_str(trail);
}

fn link(out: &mut String, href: &str, content: &[Inline], line_break: &str) {
    let mut inner = String::new();
    write_inlines(&mut inner, content, line_break);
    let has_text = !inner.trim().is_empty();
    if !has_text || !is_safe(href, &["http", "https", "mailto"]) {
        out.push_str(&inner);
        return;
    }
    let lead = &inner[..inner.len() - inner.trim_start().len()];
    let trail = &inner[inner.trim_end().len()..];
    out.push_str(lead);
    out.push('[');
    out.push_str(inner.trim());
    out.push_str("](");
    out.push_str(&destination(href));
    out.push(')');
    out.push_str(trail);
}

/// An address as CommonMark's link destination: in angle brackets, with what would end it percent-encoded.
fn destination(href: &str) -> String {
    let mut out = String::new();
    let mut plain = !href.is_empty();
    for c in href.chars() {
        match c {
            '<' => out.push_str("%3C"),
            '>' => out.push_str("%3E"),
            '\\' => out.push_str("%5C"),
            ' ' => out.push_str("%20"),
            c if c.is_control() => {}
            c => {
                plain &= !matches!(c, '(' | ')' | '*' | '_' | '&' | '`' | '|');
                out.push(c);
            }
        }
    }
    if plain { out } else { format!("<{}>", out.replace('&', "&amp;")) }
}

fn image(image: &Image) -> String {
    if !is_safe(&image.src, &["http", "https"]) {
        return String::new();
    }
    let mut alt = String::new();
    escape(&mut alt, &image.alt);
    format!("![{}]({})", alt.replace('\n', " "), destination(&image.src))
}

fn write_code(out: &mut String, text: &str) {
    let text = text.replace('\n', " ");
    if text.trim().is_empty() {
        out.push_str(&text);
        return;
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

/// Escapes what would be read as markup within a line.
fn escape(out: &mut String, text: &str) {
    let mut chars = text.chars().peekable();
    let mut previous = ' ';
    while let Some(c) = chars.next() {
        let next = chars.peek().copied().unwrap_or(' ');
        let special = match c {
            '\\' | '`' | '*' | '[' | ']' | '<' | '~' => true,
            // Within a word an underscore is one.
            '_' => !(previous.is_alphanumeric() && next.is_alphanumeric()),
            '&' => next.is_ascii_alphabetic() || next == '#',
            '!' => next == '[',
            _ => false,
        };
        if special {
            out.push('\\');
        }
        out.push(if c == '\n' { ' ' } else { c });
        previous = c;
    }
    // An image mark must not be made by what follows the text.
    if out.ends_with('!') {
        out.pop();
        out.push_str("\\!");
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a CommonMark reader makes of a line of escaped text without marks.
    fn unescaped(markdown: &str) -> String {
        let mut out = String::new();
        let mut chars = markdown.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '\\' if chars.peek().is_some_and(char::is_ascii_punctuation) => out.extend(chars.next()),
                c => out.push(c),
            }
        }
        out
    }

    /// Whether a line still holds what CommonMark would read as markup.
    fn has_markup(line: &str) -> bool {
        let mut previous = ' ';
        for c in line.chars() {
            if previous != '\\' && matches!(c, '*' | '`' | '[' | ']' | '<') {
                return true;
            }
            previous = if previous == '\\' { ' ' } else { c };
        }
        line.starts_with(['#', '>', '-', '+', '='])
    }

    proptest! {
        #[test]
        fn text_reads_back_as_written(text in "[!-~][ -~é]{0,40}[!-~]") {
            let folded = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let block = Block::Paragraph { text: vec![Inline::Text { text: folded.clone() }] };
            let written = markdown(&[block]);
            let line = written.trim_end_matches('\n');
            prop_assert!(!has_markup(line), "{line}");
            prop_assert_eq!(unescaped(line), folded);
        }

        #[test]
        fn code_reads_back_as_written(text in "[`a-z*_ ]{1,20}") {
            let written = markdown(&[Block::Code { language: None, text: text.clone() }]);
            let fence = written.lines().next().unwrap_or_default().to_owned();
            let inner = written.strip_prefix(&format!("{fence}\n")).and_then(|rest| rest.strip_suffix(&format!("\n{fence}\n")));
            prop_assert_eq!(inner, Some(text.as_str()));
            prop_assert!(!text.contains(&fence));
        }
    }

    #[test]
    fn what_only_means_something_at_a_line_start_is_escaped_there() {
        for (text, wanted) in
            [("1. x", "1\\. x\n"), ("- x", "\\- x\n"), ("# x", "\\# x\n"), ("a - b # c", "a - b # c\n")]
        {
            let block = Block::Paragraph { text: vec![Inline::Text { text: text.to_owned() }] };
            assert_eq!(markdown(&[block]), wanted);
        }
    }

    #[test]
    fn an_address_cannot_leave_its_brackets() {
        let link = Inline::Link {
            href: "https://a.b/x) <y>".to_owned(),
            content: vec![Inline::Text { text: "t".to_owned() }],
        };
        assert_eq!(markdown(&[Block::Paragraph { text: vec![link] }]), "[t](<https://a.b/x)%20%3Cy%3E>)\n");
    }
}
