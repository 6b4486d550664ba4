//! VALUE: lengths of time and amounts of bytes as people write them in a configuration: `90s`, `2h`, `3d`, `64MiB`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A length of time: a number and one of `ms`, `s`, `m`, `h`, `d`, `w`; several may follow one another (`1h30m`); a bare
/// number is seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub Duration);

/// An amount of bytes: a number and one of `B`, `KB`, `MB`, `GB` (thousands) or `KiB`, `MiB`, `GiB` (powers of 1,024).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(pub u64);

/// Why a length or an amount could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no {what}; write it as in {example}")]
pub struct Error {
    text: String,
    what: &'static str,
    example: &'static str,
}

const SPAN_UNITS: &[(&str, u64)] =
    &[("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

const SIZE_UNITS: &[(&str, u64)] = &[
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("KB", 1_000),
    ("B", 1),
];

/// Splits `1h30m` into numbers and units and adds them up; `None` where a number, a unit or the sum is wrong.
fn measure(text: &str, units: &[(&str, u64)], bare: u64) -> Option<u64> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    let mut total = 0u64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let number: f64 = rest[..digits].parse().ok()?;
        rest = rest[digits..].trim_start();
        let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let unit = &rest[..letters];
        let factor = if unit.is_empty() && total == 0 && rest.is_empty() {
            bare
        } else {
            units.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit))?.1
        };
        let amount = number * factor as f64;
        if !amount.is_finite() || amount > u64::MAX as f64 / 4.0 {
            return None;
        }
        total = total.checked_add(amount.round() as u64)?;
        rest = rest[letters..].trim_start();
    }
    Some(total)
}

impl FromStr for Span {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        measure(text, SPAN_UNITS, 1_000).map(|ms| Self(Duration::from_millis(ms))).ok_or_else(|| Error {
            text: text.to_owned(),
            what: "length of time",
            example: "90s, 2h or 3d",
        })
    }
}

impl FromStr for Size {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        measure(text, SIZE_UNITS, 1).map(Self).ok_or_else(|| Error {
            text: text.to_owned(),
            what: "amount of bytes",
            example: "512KiB or 64MiB",
        })
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0.as_millis() as u64;
        if rest == 0 {
            return f.write_str("0s");
        }
        for (name, factor) in SPAN_UNITS {
            let count = rest / factor;
            if count > 0 && *name != "w" {
                write!(f, "{count}{name}")?;
                rest %= factor;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = SIZE_UNITS
            .iter()
            .filter(|(name, _)| name.ends_with("iB"))
            .find(|(_, factor)| self.0 >= *factor && self.0.is_multiple_of(*factor));
        match whole {
            Some((name, factor)) => write!(f, "{}{name}", self.0 / factor),
            None => write!(f, "{}B", self.0),
        }
    }
}

macro_rules! as_text {
    ($type:ty) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                #[derive(Deserialize)]
                #[serde(untagged)]
                enum Written {
                    Number(u64),
                    Text(String),
                }
                let text = match Written::deserialize(deserializer)? {
                    Written::Number(number) => number.to_string(),
                    Written::Text(text) => text,
                };
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

as_text!(Span);
as_text!(Size);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lengths_of_time_are_read_as_people_write_them() {
        for (text, ms) in
            [("90s", 90_000), ("2h", 7_200_000), ("3d", 259_200_000), ("1h30m", 5_400_000), ("250ms", 250)]
        {
            assert_eq!(text.parse::<Span>().unwrap().0.as_millis(), ms, "{text}");
        }
        assert_eq!("5".parse::<Span>().unwrap().0.as_secs(), 5);
        assert_eq!("0".parse::<Span>().unwrap().0.as_secs(), 0);
        assert_eq!("0.5s".parse::<Span>().unwrap().0.as_millis(), 500);
        for wrong in ["", "h", "5 parsecs", "-1s", "1h30"] {
            assert!(wrong.parse::<Span>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn amounts_of_bytes_are_read_as_people_write_them() {
        assert_eq!("64MiB".parse::<Size>().unwrap().0, 64 << 20);
        assert_eq!("5 MB".parse::<Size>().unwrap().0, 5_000_000);
        assert!("many".parse::<Size>().is_err());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(ms in 0u64..1 << 50, bytes in 0u64..1 << 50) {
            let span = Span(Duration::from_millis(ms));
            prop_assert_eq!(span.to_string().parse::<Span>().unwrap(), span);
            prop_assert_eq!(Size(bytes).to_string().parse::<Size>().unwrap(), Size(bytes));
        }
    }
}
