//! White space and plain signs, many bytes at a time: most of a page is one or the other, and what folds text asks for runs of
//! them. It knows bytes, not meaning.

#![allow(clippy::needless_bitwise_bool, reason = "without branches the comparisons become wide instructions")]

/// How many bytes are compared at once.
const STRIDE: usize = 16;

/// How many of the first bytes are signs of ASCII with single spaces between; `after_space` says whether a space stood
/// before, so that one at the start is not single.
pub(crate) fn plain(text: &[u8], after_space: bool) -> usize {
    let mut at = 0;
    let mut before = if after_space { b' ' } else { b'.' };
    if let Some(first) = text.first() {
        if !is_plain(*first, before) {
            return 0;
        }
        (at, before) = (1, *first);
    }
    // Each byte beside the one before it, without a branch, so that the comparisons become wide instructions.
    while let (Some(own), Some(earlier)) = (
        text.get(at..).and_then(<[u8]>::first_chunk::<STRIDE>),
        text[at - usize::from(at > 0)..].first_chunk::<STRIDE>(),
    ) {
        let mut is_clean = true;
        for lane in 0..STRIDE {
            is_clean &= is_plain(own[lane], earlier[lane]);
        }
        if !is_clean {
            break;
        }
        at += STRIDE;
        before = own[STRIDE - 1];
    }
    while let Some(byte) = text.get(at) {
        if !is_plain(*byte, before) {
            break;
        }
        before = *byte;
        at += 1;
    }
    at
}

fn is_plain(byte: u8, before: u8) -> bool {
    (byte.wrapping_sub(b' ') < 0x5f) & ((byte != b' ') | (before != b' '))
}

/// How many of the first bytes are white space of ASCII.
pub(crate) fn blank(text: &[u8]) -> usize {
    let mut at = 0;
    while let Some(bytes) = text[at..].first_chunk::<STRIDE>() {
        if !bytes.iter().fold(true, |all, byte| all & is_blank(*byte)) {
            break;
        }
        at += STRIDE;
    }
    at + text[at..].iter().take_while(|byte| is_blank(**byte)).count()
}

fn is_blank(byte: u8) -> bool {
    (byte == b' ') | (byte.wrapping_sub(b'\t') < 5)
}

/// Words of a text of ASCII without apostrophes: runs of letters and digits.
pub(crate) fn words(text: &[u8]) -> u32 {
    let mut words = u32::from(text.first().is_some_and(|byte| is_letter(*byte)));
    let mut pairs = text.windows(STRIDE + 1).step_by(STRIDE);
    let mut at = 1;
    for bytes in &mut pairs {
        // In bytes, so that the sum is a wide one too.
        let mut begun = 0u8;
        for lane in 0..STRIDE {
            begun += u8::from(is_letter(bytes[lane + 1]) & !is_letter(bytes[lane]));
        }
        words += u32::from(begun);
        at += STRIDE;
    }
    while at < text.len() {
        words += u32::from(is_letter(text[at]) & !is_letter(text[at - 1]));
        at += 1;
    }
    words
}

fn is_letter(byte: u8) -> bool {
    ((byte | 0x20).wrapping_sub(b'a') < 26) | (byte.wrapping_sub(b'0') < 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_run_ends_at_a_second_space_a_control_or_what_is_not_ascii() {
        let words = "words with single spaces between them, and more of them than go side by side ";
        for (end, rest) in [(words.len(), " x"), (words.len(), "\n"), (words.len(), "é"), (words.len() + 1, "a\u{7f}")]
        {
            for start in 0..40 {
                let text = format!("{words}{rest}");
                let after_space = start > 0 && text.as_bytes()[start - 1] == b' ';
                let expected = if after_space && text.as_bytes()[start] == b' ' { 0 } else { end - start };
                assert_eq!(plain(&text.as_bytes()[start..], after_space), expected, "{start} {rest:?}");
            }
        }
        assert_eq!((plain(b"", false), plain(b" a", true), plain(b" a", false)), (0, 0, 2));
    }

    #[test]
    fn words_are_counted_as_one_by_one() {
        let text = "A few words, 12 of-them; more than go side by side. And(these) @last ones  too_1";
        for start in 0..40 {
            let text = &text[start..];
            let parts = text.split(|c: char| !c.is_ascii_alphanumeric());
            let count = parts.filter(|word| !word.is_empty()).count();
            assert_eq!(words(text.as_bytes()) as usize, count, "{text}");
        }
        assert_eq!((words(b""), words(b"a"), words(b"-")), (0, 1, 0));
    }

    #[test]
    fn blanks_are_counted_beyond_those_side_by_side() {
        for count in 0..50 {
            assert_eq!(blank(format!("{}x ", " \n\t".repeat(count)).as_bytes()), 3 * count);
        }
    }

    #[test]
    fn white_space_is_what_characters_say_it_is() {
        for byte in 0..=127u8 {
            assert_eq!(blank(&[byte]) == 1, char::from(byte).is_whitespace(), "{byte}");
        }
    }
}
