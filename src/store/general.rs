//! The general dictionary: what journals begin with, so that the first page of a site is not written without any. It is made
//! of text we wrote, never of pages somebody fetched: a dictionary holds literal pieces of what it was made of. A journal
//! carries its own copy, so no reader depends on this file, and it may change with any version.

use std::sync::OnceLock;

use chaffinch_warc::Dictionary;

/// Counts up with every change of the text: two dictionaries must not share an id.
const ID: u32 = 32_768 + 1;

/// Markup, class names and headers as they are common, what is needed most at the end.
const TEXT: &str = include_str!("general.txt");

/// The level its tables are made for.
const LEVEL: i32 = 9;

/// The general dictionary; made once.
pub fn dictionary() -> Dictionary {
    static MADE: OnceLock<Dictionary> = OnceLock::new();
    MADE.get_or_init(make).clone()
}

/// The heads of records and of HTTP messages end their lines with CR LF.
fn text() -> String {
    let records = TEXT.find("WARC/1.1\n").unwrap_or(TEXT.len());
    let (markup, heads) = TEXT.split_at(records);
    format!("{markup}{}", heads.replace('\n', "\r\n"))
}

#[allow(clippy::expect_used, reason = "text, id and level are constants, and a test makes it")]
fn make() -> Dictionary {
    let text = text();
    let samples: Vec<&[u8]> = text.as_bytes().chunks(600).collect();
    Dictionary::finalize(text.as_bytes(), &samples, ID, LEVEL).expect("the general text makes a dictionary")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn it_is_small_and_the_same_every_time() {
        let dictionary = make();
        assert_eq!(dictionary, super::dictionary());
        assert!((16 << 10..64 << 10).contains(&dictionary.bytes().len()), "{}", dictionary.bytes().len());
        assert!(dictionary.to_frame().unwrap().len() < 16 << 10);
    }
}
