//! PURE: the addresses of captures, `/TIMESTAMP[MODIFIER]/URL`, as pywb and the wayback machines spell them. Reads them out
//! of a request's path and writes them into rewritten pages; it does not know what is kept.

use std::fmt;

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use url::Url;

/// A moment as replay writes it: fourteen digits, UTC, to the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Stamp(Timestamp);

impl Stamp {
    /// The stamp of a moment: what is below the second is dropped.
    pub fn of(at: Timestamp) -> Self {
        Self(Timestamp::from_second(at.as_second()).unwrap_or(at))
    }

    /// Reads 4 to 14 digits. What is missing is read as the last moment of the period that is named: `2026` looks for the
    /// latest capture of that year. A part out of its range is brought into it.
    pub fn parse(digits: &str) -> Option<Self> {
        if !(4..=14).contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let part = |from: usize, to: usize, missing: i8| -> i8 {
            digits.get(from..to).and_then(|d| d.parse().ok()).unwrap_or(missing)
        };
        let year: i16 = digits[..4].parse().ok()?;
        let month = part(4, 6, 12).clamp(1, 12);
        let first = jiff::civil::Date::new(year, month, 1).ok()?;
        let day = part(6, 8, 31).clamp(1, first.days_in_month());
        let (hour, minute, second) =
            (part(8, 10, 23).clamp(0, 23), part(10, 12, 59).clamp(0, 59), part(12, 14, 59).clamp(0, 59));
        let civil = DateTime::new(year, month, day, hour, minute, second, 0).ok()?;
        // The last days of the year 9999 are later than a moment can be.
        Some(Self(civil.to_zoned(TimeZone::UTC).map_or(Timestamp::MAX, |zoned| zoned.timestamp())))
    }

    /// The moment.
    pub fn timestamp(self) -> Timestamp {
        self.0
    }

    /// As HTTP writes it (RFC 9110 section 5.6.7): `Sun, 01 Mar 2026 12:00:00 GMT`.
    pub fn http_date(self) -> String {
        self.0.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.strftime("%Y%m%d%H%M%S"))
    }
}

/// What the one who asks wants to do with a capture: pywb's modifiers, and one of our own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Modifier {
    /// None: the page, with the banner above it.
    Page,
    /// `mp_`: the page itself, as the banner's frame shows it.
    Main,
    /// `id_`: the bytes as stored.
    Identity,
    /// `im_`: an image.
    Image,
    /// `cs_`: a style sheet.
    Style,
    /// `js_`: a script.
    Script,
    /// `if_`: a frame within the page.
    Frame,
    /// `fr_`: a frame of a frame set.
    Frameset,
    /// `oe_`: sound, film, font, anything else that is embedded.
    Object,
    /// `ex_`: the page with every block marked by its fate.
    Explain,
}

impl Modifier {
    /// As it stands in an address.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Page => "",
            Self::Main => "mp_",
            Self::Identity => "id_",
            Self::Image => "im_",
            Self::Style => "cs_",
            Self::Script => "js_",
            Self::Frame => "if_",
            Self::Frameset => "fr_",
            Self::Object => "oe_",
            Self::Explain => "ex_",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        const ALL: [Modifier; 10] = [
            Modifier::Page,
            Modifier::Main,
            Modifier::Identity,
            Modifier::Image,
            Modifier::Style,
            Modifier::Script,
            Modifier::Frame,
            Modifier::Frameset,
            Modifier::Object,
            Modifier::Explain,
        ];
        ALL.into_iter().find(|modifier| modifier.as_str() == text)
    }
}

/// The address of a capture within the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// When it was captured, or what comes nearest.
    pub stamp: Stamp,
    /// Whether all fourteen digits were given.
    pub exact: bool,
    /// What it is wanted for.
    pub modifier: Modifier,
    /// What was captured.
    pub url: Url,
}

impl Address {
    /// Reads the path and query of a request; `None` where it is no address of a capture.
    pub fn parse(path_and_query: &str) -> Option<Self> {
        let (head, rest) = path_and_query.strip_prefix('/')?.split_once('/')?;
        let digits = head.bytes().take_while(u8::is_ascii_digit).count();
        let stamp = Stamp::parse(&head[..digits])?;
        let modifier = Modifier::parse(&head[digits..])?;
        Some(Self { stamp, exact: digits == 14, modifier, url: target(rest)? })
    }

    /// Path and query of the address.
    pub fn path(&self) -> String {
        format!("/{}{}/{}", self.stamp, self.modifier.as_str(), self.url)
    }
}

/// The URL at the end of a request's path. Proxies fold `https://` to `https:/`, and people leave the scheme out.
pub fn target(text: &str) -> Option<Url> {
    for scheme in ["http:/", "https:/"] {
        if let Some(rest) = text.strip_prefix(scheme).filter(|rest| !rest.starts_with('/')) {
            return crate::url::parse(&format!("{scheme}/{rest}")).ok();
        }
    }
    crate::url::parse(text).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_address_is_read_and_written_the_same() {
        for path in [
            "/20260301120000/https://example.org/a?b=c&d=e",
            "/20260301120000im_/http://example.org/a.png",
            "/20260301120000id_/https://example.org//double//slash",
            "/20260301120000ex_/https://example.org/a",
        ] {
            assert_eq!(Address::parse(path).unwrap().path(), path);
        }
    }

    #[test]
    fn a_short_timestamp_means_the_end_of_its_period() {
        assert_eq!(Stamp::parse("2026").unwrap().to_string(), "20261231235959");
        assert_eq!(Stamp::parse("9999").unwrap().timestamp(), Timestamp::MAX);
        assert_eq!(Stamp::parse("202402").unwrap().to_string(), "20240229235959");
        assert_eq!(Stamp::parse("20260301").unwrap().to_string(), "20260301235959");
    }

    #[test]
    fn what_is_no_timestamp_is_refused() {
        for text in ["", "202", "202603011200001", "20x6", "-2026", "٢٠٢٦"] {
            assert_eq!(Stamp::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_part_out_of_range_is_brought_into_it() {
        assert_eq!(Stamp::parse("20261399996199").unwrap().to_string(), "20261231235959");
    }

    #[test]
    fn a_folded_or_missing_scheme_is_repaired() {
        assert_eq!(target("https:/example.org/x").unwrap().as_str(), "https://example.org/x");
        assert_eq!(target("example.org/x?y").unwrap().as_str(), "https://example.org/x?y");
        assert_eq!(target("javascript:alert(1)"), None);
    }

    #[test]
    fn an_unknown_modifier_is_no_address() {
        assert_eq!(Address::parse("/20260301120000zz_/https://example.org/"), None);
        assert_eq!(Address::parse("/history/https://example.org/"), None);
    }

    #[test]
    fn http_dates_are_written_as_http_wants_them() {
        assert_eq!(Stamp::parse("20260301120000").unwrap().http_date(), "Sun, 01 Mar 2026 12:00:00 GMT");
    }
}
