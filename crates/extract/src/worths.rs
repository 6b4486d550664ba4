//! The trained part for titles and dates: what each sign that speaks for or against a proposal is worth. It does not know what a
//! sign means; `scripts/train_metadata.py` makes the text it is read from.

use std::sync::LazyLock;

use crate::model::{self, Invalid};

/// What ships with the crate.
static SHIPPED: LazyLock<Worths> =
    LazyLock::new(|| Worths::parse(include_str!("../models/metadata.txt")).unwrap_or_default());

/// The weights of the votes on title and date, in the order of their signs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Worths {
    pub(crate) titles: Vec<f32>,
    pub(crate) dates: Vec<f32>,
    /// A date worth less than this is none.
    pub(crate) date_least: f32,
}

impl Worths {
    /// What ships with the crate.
    pub fn shipped() -> &'static Self {
        &SHIPPED
    }

    /// Reads what `scripts/train_metadata.py` writes.
    ///
    /// # Errors
    /// [`Invalid`] names the line.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let mut lines = text.lines().zip(1..);
        model::expect(lines.next(), "chaffinch metadata 1")?;
        let mut row = |name: &str| {
            let (line, number) = lines.next().ok_or(Invalid { line: 0 })?;
            line.strip_prefix(name).and_then(numbers).ok_or(Invalid { line: number })
        };
        let (titles, dates, least) = (row("titles ")?, row("dates ")?, row("least ")?);
        let &[date_least] = least.as_slice() else { return Err(Invalid { line: 4 }) };
        Ok(Self { titles, dates, date_least })
    }
}

/// The sum of the weights of signs, each times how far it holds.
pub(crate) fn sum(signs: &[f32], weights: &[f32]) -> f32 {
    signs.iter().zip(weights).map(|(sign, weight)| sign * weight).sum()
}

fn numbers(text: &str) -> Option<Vec<f32>> {
    text.split_whitespace().map(|number| number.parse().ok().filter(|number: &f32| number.is_finite())).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::metadata::dates::vote::SIGNS;
    use crate::metadata::title::SOURCES;

    #[test]
    fn each_sign_has_its_weight() {
        let worths = Worths::parse("chaffinch metadata 1\ntitles 1 -0.5\ndates 2\nleast -1.5\n").unwrap();
        assert_eq!(worths, Worths { titles: vec![1.0, -0.5], dates: vec![2.0], date_least: -1.5 });
        assert!((sum(&[2.0, 1.0], &worths.titles) - 1.5).abs() < 1e-6);
    }

    #[test]
    fn the_shipped_weights_fit_the_signs() {
        assert_eq!(Worths::shipped().titles.len(), SOURCES);
        assert_eq!(Worths::shipped().dates.len(), SIGNS);
    }

    #[test]
    fn what_is_broken_is_named_by_its_line() {
        let line = |text: &str| Worths::parse(text).unwrap_err().line;
        assert_eq!(line("chaffinch scorer 2\n"), 1);
        assert_eq!(line("chaffinch metadata 1\ntitles 1 x\n"), 2);
        assert_eq!(line("chaffinch metadata 1\ntitles 1\ndates 1\nleast 1 2\n"), 4);
    }
}
