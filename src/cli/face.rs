//! How the program speaks: data on stdout, talk on stderr, colours where they are wanted. It knows what a terminal is and
//! nothing of what is said.

use std::io::{self, IsTerminal, Write};

use serde::Serialize;

use crate::cli::args::{Color, Global};

/// The two streams and how to use them.
#[derive(Debug, Clone, Copy)]
pub struct Face {
    /// Whether stdout takes JSON Lines.
    pub json: bool,
    /// Whether only what went wrong is said.
    pub quiet: bool,
    /// How much more is said.
    pub verbose: u8,
    /// Whether stdout takes colours.
    pub color: bool,
    /// Whether stderr is a terminal: progress may be drawn there.
    pub terminal: bool,
}

/// A colour that means something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// New, added, kept.
    Green,
    /// Failed, removed, dropped.
    Red,
    /// Edited, worth a look.
    Yellow,
    /// Less important.
    Dim,
    /// More important.
    Bold,
}

impl Face {
    /// What the flags, the streams and `NO_COLOR` (as found in the environment) ask for.
    pub fn new(global: &Global, no_color: bool) -> Self {
        let color = match global.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => !no_color && io::stdout().is_terminal(),
        };
        let terminal = io::stderr().is_terminal();
        Self { json: global.json, quiet: global.quiet, verbose: global.verbose, color, terminal }
    }

    /// One line of data.
    pub fn line(&self, text: &str) -> io::Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.write_all(b"\n")?;
        out.flush()
    }

    /// Data that brings its own line ends.
    pub fn bytes(&self, bytes: &[u8]) -> io::Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(bytes)?;
        out.flush()
    }

    /// One JSON line of data.
    pub fn record(&self, value: &impl Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(value).map_err(io::Error::other)?;
        line.push(b'\n');
        self.bytes(&line)
    }

    /// Talk, unless quiet. A stderr that is gone is no reason to stop.
    pub fn say(&self, text: &str) {
        if !self.quiet {
            let _ = writeln!(io::stderr().lock(), "{text}");
        }
    }

    /// What went wrong: said even when quiet.
    pub fn complain(&self, text: &str) {
        let _ = writeln!(io::stderr().lock(), "{text}");
    }

    /// The text in a colour, where stdout takes colours.
    pub fn ink(&self, ink: Ink, text: &str) -> String {
        if !self.color {
            return text.to_owned();
        }
        let code = match ink {
            Ink::Green => "32",
            Ink::Red => "31",
            Ink::Yellow => "33",
            Ink::Dim => "2",
            Ink::Bold => "1",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}

/// Bytes for people: `812 B`, `4.1 KB`, `3.2 MB`.
pub fn bytes(count: u64) -> String {
    let mut value = count as f64;
    for unit in ["B", "KB", "MB", "GB"] {
        if value < 1000.0 || unit == "GB" {
            return if unit == "B" { format!("{count} B") } else { format!("{value:.1} {unit}") };
        }
        value /= 1000.0;
    }
    String::new()
}

/// A number with its noun: `1 word`, `1,204 words`.
pub fn count(number: u64, noun: &str) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + 4);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let plural = if number == 1 { "" } else { "s" };
    format!("{grouped} {noun}{plural}")
}

/// Text from a page, made safe for a terminal: control characters (and with them escape sequences) become spaces.
pub fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!((bytes(812), bytes(4_120), bytes(3_200_000)), ("812 B".into(), "4.1 KB".into(), "3.2 MB".into()));
        assert_eq!((count(1, "word"), count(1_204_000, "word")), ("1 word".into(), "1,204,000 words".into()));
    }

    #[test]
    fn a_title_cannot_move_the_cursor() {
        assert_eq!(plain("a\x1b[2Jb\nc"), "a [2Jb c");
    }
}
