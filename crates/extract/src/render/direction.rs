//! In which direction a text runs, by the letters it is written in. It knows nothing of languages or elements.

use crate::article::Block;
use crate::letters;
use crate::render::text::text;

/// Which way a text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    LeftToRight,
    RightToLeft,
}

impl Direction {
    /// That of most letters; from left to right where there are none.
    pub(crate) fn of(blocks: &[Block]) -> Self {
        Self::of_text(&text(blocks)).unwrap_or(Self::LeftToRight)
    }

    /// That of most letters; `None` where there are none.
    pub(crate) fn of_text(text: &str) -> Option<Self> {
        let (mut left, mut right) = (0usize, 0usize);
        for c in text.chars().filter(|c| letters::is_alphabetic(*c)) {
            if is_right_to_left(c) {
                right += 1;
            } else {
                left += 1;
            }
        }
        match (left, right) {
            (0, 0) => None,
            _ if right > left => Some(Self::RightToLeft),
            _ => Some(Self::LeftToRight),
        }
    }

    /// The value of HTML's `dir`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::LeftToRight => "ltr",
            Self::RightToLeft => "rtl",
        }
    }
}

/// Whether a letter belongs to a script that is written from right to left: the blocks of Unicode from Hebrew to Arabic
/// Extended-A, their presentation forms, and the historic and African ones beyond the basic plane.
fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}
