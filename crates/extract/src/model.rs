//! The trained part: weights of hashed tokens, and how likely each block of a page is content by decision trees over its
//! features. It does not know what a feature means; `scripts/train` makes the text it is read from.

use std::sync::LazyLock;

use crate::features::Matrix;
use crate::judge::Judge;
use crate::linear::Weights;
use crate::trees::Forest;
use crate::worths::Worths;

/// The model that ships with the crate.
static SHIPPED: LazyLock<Model> =
    LazyLock::new(|| Model::parse(include_str!("../models/scorer.txt")).unwrap_or_default());

/// Trees whose leaves add up to the log-odds that a block is content, the weights of the tokens of the first score, and the
/// judge of whole pages.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Model {
    forest: Forest,
    weights: Weights,
    /// `None` is the judge that ships with the crate.
    judge: Option<Judge>,
    /// `None` are those that ship with the crate.
    worths: Option<Worths>,
}

/// Why a text is no model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the model is not what `scripts/train` writes; train it again")]
pub struct Invalid {
    /// Counted from 1.
    pub line: usize,
}

impl Model {
    /// The model that ships with the crate.
    pub fn shipped() -> &'static Self {
        &SHIPPED
    }

    /// Reads what `scripts/train` writes.
    ///
    /// # Errors
    /// [`Invalid`] names the line.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let mut lines = text.lines().zip(1..);
        expect(lines.next(), "chaffinch scorer 2")?;
        Ok(Self { forest: Forest::parse(&mut lines)?, weights: weights(lines)?, judge: None, worths: None })
    }

    /// The same with another judge of whole pages than the one that ships with the crate.
    #[must_use]
    pub fn with_judge(self, judge: Judge) -> Self {
        Self { judge: Some(judge), ..self }
    }

    /// The judge of whole pages.
    pub(crate) fn judge(&self) -> &Judge {
        self.judge.as_ref().unwrap_or_else(|| Judge::shipped())
    }

    /// The same with other weights of titles and dates than those that ship with the crate.
    #[must_use]
    pub fn with_worths(self, worths: Worths) -> Self {
        Self { worths: Some(worths), ..self }
    }

    /// What the signs of titles and dates are worth.
    pub(crate) fn worths(&self) -> &Worths {
        self.worths.as_ref().unwrap_or_else(|| Worths::shipped())
    }

    /// How many features a block must have.
    pub fn features(&self) -> usize {
        self.forest.features()
    }

    /// The weight of each bucket of tokens.
    pub(crate) fn weights(&self) -> &Weights {
        &self.weights
    }

    /// The trees.
    pub(crate) fn forest(&self) -> &Forest {
        &self.forest
    }

    /// How likely each block is content, from 0 to 1.
    pub(crate) fn score(&self, matrix: &Matrix) -> Vec<f32> {
        if matrix.count != self.features() {
            return vec![0.5; matrix.values.len().checked_div(matrix.count).unwrap_or(0)];
        }
        self.forest.sums(&matrix.values).into_iter().map(|sum| 1.0 / (1.0 + (-sum).exp())).collect()
    }
}

pub(crate) fn expect(line: Option<(&str, usize)>, wanted: &str) -> Result<(), Invalid> {
    match line {
        Some((line, _)) if line == wanted => Ok(()),
        Some((_, number)) => Err(Invalid { line: number }),
        None => Err(Invalid { line: 1 }),
    }
}

/// The weights of tokens: `weights COUNT STEP`, then a character a weight, so many steps from the middle of those that can
/// be printed.
fn weights<'a>(mut lines: impl Iterator<Item = (&'a str, usize)>) -> Result<Weights, Invalid> {
    const MIDDLE: i8 = 79;
    let (head, mut number) = lines.next().ok_or(Invalid { line: 0 })?;
    let mut parts = head.strip_prefix("weights ").into_iter().flat_map(str::split_whitespace);
    let count: Option<usize> = parts.next().and_then(|count| count.parse().ok());
    let step: Option<f32> = parts.next().and_then(|step| step.parse().ok());
    let (Some(count), Some(step)) = (count, step) else { return Err(Invalid { line: number }) };
    let mut steps = Vec::new();
    for (line, at) in lines {
        number = at;
        if !line.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Invalid { line: number });
        }
        steps.extend(line.bytes().map(|byte| byte as i8 - MIDDLE));
    }
    if steps.len() == count { Ok(Weights { steps, step }) } else { Err(Invalid { line: number }) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const SMALL: &str = "chaffinch scorer 2\nfeatures 2\ntrees 1\ntree 1 2\n1 0.5 -1 -2\n-2 2\nweights 2 0.5\nOQ\n";

    #[test]
    fn each_block_has_its_probability() {
        let model = Model::parse(SMALL).unwrap();
        let scores = model.score(&Matrix { count: 2, values: vec![9.0, 0.5, 9.0, 0.6] });
        assert!(scores[0] < 0.2 && scores[1] > 0.8, "{scores:?}");
    }

    #[test]
    fn a_model_of_other_features_says_nothing() {
        let model = Model::parse(SMALL).unwrap();
        assert_eq!(model.score(&Matrix { count: 1, values: vec![9.0, 0.5, 9.0] }), [0.5; 3]);
    }

    #[test]
    fn a_weight_is_a_character() {
        assert_eq!(*Model::parse(SMALL).unwrap().weights(), Weights { steps: vec![0, 2], step: 0.5 });
        assert_eq!(Model::parse(&SMALL.replace("OQ", "O")), Err(Invalid { line: 8 }));
    }

    #[test]
    fn the_shipped_model_fits_the_features() {
        let tree = scraper::Html::parse_document("<p>One.</p>");
        let page = crate::blocks::page(&tree);
        assert_eq!(Model::shipped().features(), crate::scores::names(&page).len());
        assert_eq!(Model::shipped().weights().steps.len(), crate::token_hash::BUCKETS);
    }
}
