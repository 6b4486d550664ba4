//! The general dictionary: what journals begin with, so that the first page of a site is not written without any. It is made
//! of text we wrote, never of pages somebody fetched: a dictionary holds literal pieces of what it was made of. A journal
//! carries its own copy, so no reader depends on this file, and it may change with any version.

use std::sync::OnceLock;

use chaffinch_warc::Dictionary;
use jiff::Timestamp;
use url::Url;

use crate::page::Page;
use crate::snapshot::encode::{ArticlePlan, Body, Origin, Plan, records};
use crate::snapshot::value::{CaptureId, Change, Snapshot};

/// Counts up with every change of the dictionary: two that differ must not share an id (a test holds this honest).
const ID: u32 = 32_768 + 1;

/// Markup, class names and headers as they are common, what is needed most at the end.
const TEXT: &str = include_str!("general.txt");

/// The level its tables are made for.
const LEVEL: i32 = 19;

/// How many captures the tables are learnt from.
const SAMPLES: u64 = 160;

/// What `scripts/train dictionary` made, as a file begins with it.
const FRAME: &[u8] = include_bytes!("general.dict");

/// The general dictionary; unpacked once.
#[allow(clippy::expect_used, reason = "the frame is a constant, and a test reads it")]
pub fn dictionary() -> Dictionary {
    static READ: OnceLock<Dictionary> = OnceLock::new();
    READ.get_or_init(|| Dictionary::from_frame(FRAME).expect("the general dictionary can be read")).clone()
}

/// Records of captures that are all head and no body: what tables should be learnt from; made once.
pub fn samples() -> &'static [Vec<u8>] {
    static MADE: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    MADE.get_or_init(|| (0..SAMPLES).flat_map(sample).collect())
}

/// Makes the dictionary anew, of the text and of heads of records.
///
/// # Panics
/// Never: text, samples, id and level are constants, and a test makes it.
#[allow(clippy::expect_used, reason = "as said")]
pub fn make() -> Dictionary {
    let samples: Vec<&[u8]> = samples().iter().map(Vec::as_slice).collect();
    Dictionary::finalize(text().as_bytes(), &samples, ID, LEVEL).expect("the general text makes a dictionary")
}

/// The heads of records and of HTTP messages end their lines with CR LF.
fn text() -> String {
    let records = TEXT.find("WARC/1.1\n").unwrap_or(TEXT.len());
    let (markup, heads) = TEXT.split_at(records);
    format!("{markup}{}", heads.replace('\n', "\r\n"))
}

/// The records of a capture that is all head and no body: most of what they hold is digits, and it is there that good tables
/// count, for a large body brings its own.
fn sample(n: u64) -> Vec<Vec<u8>> {
    let chance = |salt: u64| {
        (n * 64 + salt + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29).wrapping_mul(0xD1B5_4A32_D192_ED03)
    };
    let wide = |salt: u64| u128::from(chance(salt)) << 64 | u128::from(chance(salt + 1));
    let at = |salt: u64| {
        let milliseconds = 1_767_225_600_000 + (chance(salt) % 31_536_000_000) as i64;
        Timestamp::from_millisecond(milliseconds).unwrap_or_default()
    };
    let words =
        ["news", "city", "water", "report", "season", "plan", "why", "the", "after", "council", "new", "how", "record"];
    let slug: Vec<&str> = (0..=chance(1) % 6).map(|w| words[(chance(w + 2) % words.len() as u64) as usize]).collect();
    let hosts = ["www.example.com", "example.org", "blog.example.net", "www.example.co.uk", "news.example.de"];
    let url = format!("https://{}/2026/{}/", hosts[(n % 5) as usize], slug.join("-"));
    let Ok(url) = Url::parse(&url) else { return Vec::new() };
    let address = std::net::IpAddr::from((chance(10) as u32).to_be_bytes());
    let page = Page {
        url: url.clone(),
        at: at(11),
        request_headers: [("user-agent", "chaffinch/0.1.0 (+https://"), ("accept", "*/*")].into_iter().collect(),
        status: if n.is_multiple_of(4) { 304 } else { 200 },
        version: if n.is_multiple_of(2) { "HTTP/1.1" } else { "HTTP/2" }.into(),
        headers: [
            ("date", at(11).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()),
            ("content-type", "text/html; charset=utf-8".to_owned()),
            ("etag", format!("W/\"{:x}\"", chance(12) >> 24)),
            ("last-modified", at(13).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()),
        ]
        .into_iter()
        .collect(),
        body: bytes::Bytes::new(),
        truncated: None,
        wire_bytes: chance(14) % 90_000,
        address: Some(address),
        elapsed_ms: chance(15) % 2000,
    };
    let id = |salt: u64| CaptureId::from_parts(at(salt).as_millisecond() as u64, wide(salt));
    let payload_digest = chaffinch_warc::sha256(&n.to_le_bytes());
    let origin = Origin { id: id(17), url, at: at(17), payload_digest };
    let article = ArticlePlan::Refers { to: id(19), digest: chaffinch_warc::sha256(&(n + 1).to_be_bytes()) };
    let (body, change, article) = match n % 4 {
        0 => (Body::NotModified(origin), Change::NotModified, ArticlePlan::Nothing),
        1 => (Body::Whole, Change::ArticleUnchanged, article),
        _ => (Body::Repeats(origin), Change::Identical, ArticlePlan::Nothing),
    };
    let plan = Plan { id: id(11), change, body, article };
    records(&Snapshot::new(page), &plan).iter().map(chaffinch_warc::Record::to_bytes).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn it_is_small() {
        let dictionary = dictionary();
        assert!((16 << 10..64 << 10).contains(&dictionary.bytes().len()), "{}", dictionary.bytes().len());
        assert!(dictionary.to_frame().unwrap().len() < 16 << 10);
    }

    #[test]
    fn the_one_that_ships_is_the_one_that_is_made() {
        let made = make();
        let told = "run `scripts/train dictionary`";
        assert_eq!(dictionary(), made, "{told}");
        assert_eq!(FRAME, made.to_frame().unwrap(), "{told}");
    }

    /// Whoever changes the dictionary changes its id, and both here.
    #[test]
    fn an_id_names_one_dictionary_for_ever() {
        let digest = chaffinch_warc::sha256(make().bytes());
        assert_eq!(
            (ID, digest.as_str()),
            (32_769, "sha256:573aa2e4a0d9cb8705ba844bdd33738299aa0d1a64dbd1d802fbde66025d8e24")
        );
    }
}
