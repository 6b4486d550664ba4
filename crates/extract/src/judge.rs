//! The trained part for whole pages: what kind a page is and how far an answer can be trusted, by linear models over numbers.
//! It does not know what a number means; `scripts/train_pages` makes the text it is read from.

use std::sync::LazyLock;

use crate::model::{self, Invalid};
use crate::stance::Stance;

/// The judge that ships with the crate.
static SHIPPED: LazyLock<Judge> =
    LazyLock::new(|| Judge::parse(include_str!("../models/pages.txt")).unwrap_or_default());

/// A number further than this from its mean, in standard deviations, says no more than one that far.
const DEVIATIONS_MAX: f32 = 3.0;

/// A linear model that gives log-odds, or as many as it has rows.
#[derive(Debug, Clone, Default, PartialEq)]
struct Linear {
    means: Vec<f32>,
    /// One over the standard deviation.
    scales: Vec<f32>,
    /// A constant and the weights.
    rows: Vec<(f32, Vec<f32>)>,
}

impl Linear {
    fn parse<'a>(lines: &mut impl Iterator<Item = (&'a str, usize)>, name: &str) -> Result<Self, Invalid> {
        let (line, number) = lines.next().ok_or(Invalid { line: 0 })?;
        let sizes = line.strip_prefix(name).and_then(numbers).ok_or(Invalid { line: number })?;
        let &[width, height] = sizes.as_slice() else { return Err(Invalid { line: number }) };
        let mut row = |extra: usize| {
            let (line, number) = lines.next().ok_or(Invalid { line: 0 })?;
            numbers(line).filter(|row| row.len() == width as usize + extra).ok_or(Invalid { line: number })
        };
        let (means, scales) = (row(0)?, row(0)?);
        let mut rows = Vec::new();
        for _ in 0..height as usize {
            let mut weights = row(1)?;
            rows.push((weights.remove(0), weights));
        }
        Ok(Self { means, scales, rows })
    }

    /// The log-odds of each row; `None` where the numbers are others than it was trained on.
    fn judge(&self, values: &[f32]) -> Option<Vec<f32>> {
        if values.len() != self.means.len() || self.rows.is_empty() {
            return None;
        }
        let standard: Vec<f32> = values
            .iter()
            .zip(self.means.iter().zip(&self.scales))
            .map(|(value, (mean, scale))| ((value - mean) * scale).clamp(-DEVIATIONS_MAX, DEVIATIONS_MAX))
            .collect();
        let dot = |weights: &[f32]| weights.iter().zip(&standard).map(|(weight, value)| weight * value).sum::<f32>();
        Some(self.rows.iter().map(|(constant, weights)| constant + dot(weights)).collect())
    }
}

fn numbers(text: &str) -> Option<Vec<f32>> {
    text.split_whitespace().map(|number| number.parse().ok().filter(|number: &f32| number.is_finite())).collect()
}

/// Judges whole pages.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Judge {
    kinds: Linear,
    confidence: Linear,
    /// One for every kind.
    stances: Vec<Stance>,
}

impl Judge {
    /// The judge that ships with the crate.
    pub fn shipped() -> &'static Self {
        &SHIPPED
    }

    /// Reads what `scripts/train_pages` writes.
    ///
    /// # Errors
    /// [`Invalid`] names the line.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let mut lines = text.lines().zip(1..);
        model::expect(lines.next(), "chaffinch pages 2")?;
        let kinds = Linear::parse(&mut lines, "kinds")?;
        let confidence = Linear::parse(&mut lines, "confidence")?;
        Ok(Self { kinds, confidence, stances: stances(&mut lines)? })
    }

    /// How likely each kind is, in the order it was trained; `None` where the numbers are others than it was trained on.
    pub(crate) fn kinds(&self, portrait: &[f32]) -> Option<Vec<f32>> {
        let odds = self.kinds.judge(portrait)?;
        let most = odds.iter().copied().fold(f32::MIN, f32::max);
        let raised: Vec<f32> = odds.iter().map(|odds| (odds - most).exp()).collect();
        let all: f32 = raised.iter().sum();
        Some(raised.into_iter().map(|part| part / all).collect())
    }

    /// How strictly blocks are taken on a page of each kind.
    pub(crate) fn stances(&self) -> &[Stance] {
        &self.stances
    }

    /// How likely an answer is right; `None` where the numbers are others than it was trained on.
    pub(crate) fn confidence(&self, outcome: &[f32]) -> Option<f32> {
        let odds = *self.confidence.judge(outcome)?.first()?;
        Some(1.0 / (1.0 + (-odds).exp()))
    }
}

/// `stances COUNT`, then a line a kind with its slope and its shift.
fn stances<'a>(lines: &mut impl Iterator<Item = (&'a str, usize)>) -> Result<Vec<Stance>, Invalid> {
    let (line, number) = lines.next().ok_or(Invalid { line: 0 })?;
    let count = line.strip_prefix("stances").and_then(numbers).filter(|sizes| sizes.len() == 1);
    let count = count.ok_or(Invalid { line: number })?[0] as usize;
    let mut found = Vec::new();
    for _ in 0..count {
        let (line, number) = lines.next().ok_or(Invalid { line: 0 })?;
        match numbers(line).as_deref() {
            Some(&[slope, shift]) if slope > 0.0 => found.push(Stance { slope, shift }),
            _ => return Err(Invalid { line: number }),
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const SMALL: &str =
        "chaffinch pages 2\nkinds 2 2\n0 1\n1 2\n0 1 0\n0 0 1\nconfidence 1 1\n0\n1\n0.5 2\nstances 1\n2 -1\n";

    #[test]
    fn kinds_are_likelihoods_that_sum_to_one() {
        let judge = Judge::parse(SMALL).unwrap();
        let kinds = judge.kinds(&[2.0, 1.0]).unwrap();
        assert!(kinds[0] > 0.85 && (kinds.iter().sum::<f32>() - 1.0).abs() < 1e-6, "{kinds:?}");
    }

    #[test]
    fn a_number_far_out_says_no_more_than_one_three_deviations_away() {
        let judge = Judge::parse(SMALL).unwrap();
        assert_eq!(judge.kinds(&[1e9, 1.0]), judge.kinds(&[3.0, 1.0]));
    }

    #[test]
    fn confidence_grows_with_what_speaks_for_it() {
        let judge = Judge::parse(SMALL).unwrap();
        assert!(judge.confidence(&[1.0]) > judge.confidence(&[0.0]));
    }

    #[test]
    fn numbers_it_was_not_trained_on_are_not_judged() {
        let judge = Judge::parse(SMALL).unwrap();
        assert_eq!((judge.kinds(&[1.0]), judge.confidence(&[1.0, 2.0])), (None, None));
    }

    #[test]
    fn a_text_that_is_no_judge_names_its_line() {
        assert_eq!(Judge::parse(&SMALL.replace("1 2\n", "1 x\n")), Err(Invalid { line: 4 }));
        assert_eq!(Judge::parse("chaffinch pages 2\nkinds 2 2\n0 1\n"), Err(Invalid { line: 0 }));
    }
}
