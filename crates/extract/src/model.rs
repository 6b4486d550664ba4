//! The trained part: weights of hashed tokens, and an ensemble of decision trees over the features of a block, read from text
//! and evaluated. It does not know what a feature means; `scripts/train` makes the text.

use std::sync::LazyLock;

/// The model that ships with the crate.
static SHIPPED: LazyLock<Model> =
    LazyLock::new(|| Model::parse(include_str!("../models/scorer.txt")).unwrap_or_default());

/// A node: below the threshold goes left. A child below zero is the leaf `-1 - child`.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Node {
    threshold: f32,
    feature: u16,
    /// Left and right.
    children: [i16; 2],
}

/// Trees whose leaves add up to the log-odds that a block is content.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Model {
    features: usize,
    /// A number a bucket of tokens.
    weights: Vec<f32>,
    /// Where each tree's nodes and leaves begin.
    trees: Vec<(usize, usize)>,
    nodes: Vec<Node>,
    leaves: Vec<f32>,
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
        let mut model = Self::default();
        expect(lines.next(), "chaffinch scorer 2")?;
        model.features = counted(lines.next(), "features")?.first().copied().unwrap_or(0);
        let trees = counted(lines.next(), "trees")?.first().copied().unwrap_or(0);
        for _ in 0..trees {
            let sizes = counted(lines.next(), "tree")?;
            let &[nodes, leaves] = sizes.as_slice() else { return Err(Invalid { line: 4 }) };
            model.trees.push((model.nodes.len(), model.leaves.len()));
            for place in 0..nodes {
                let (line, number) = lines.next().ok_or(Invalid { line: 0 })?;
                let node = node(line).filter(|node| model.is_sound(*node, place, nodes, leaves));
                model.nodes.push(node.ok_or(Invalid { line: number })?);
            }
            let (line, number) = lines.next().ok_or(Invalid { line: 0 })?;
            let values: Vec<f32> = line.split_whitespace().filter_map(|value| value.parse().ok()).collect();
            if values.len() != leaves || leaves == 0 {
                return Err(Invalid { line: number });
            }
            model.leaves.extend(values);
        }
        model.weights = weights(lines)?;
        Ok(model)
    }

    /// The weight of each bucket of tokens.
    pub(crate) fn weights(&self) -> &[f32] {
        &self.weights
    }

    /// A node's children come after it, so that no walk goes round, and exist.
    fn is_sound(&self, node: Node, place: usize, nodes: usize, leaves: usize) -> bool {
        let child = |child: i16| match usize::try_from(child) {
            Ok(child) => child > place && child < nodes,
            Err(_) => ((-1 - i32::from(child)) as usize) < leaves,
        };
        usize::from(node.feature) < self.features && node.children.into_iter().all(child)
    }

    /// How many features a block must have.
    pub fn features(&self) -> usize {
        self.features
    }

    /// How likely a block is content, from 0 to 1.
    pub(crate) fn probability(&self, features: &[f32]) -> f32 {
        if features.len() != self.features {
            return 0.5;
        }
        let mut sum = 0.0f32;
        for (nodes, leaves) in &self.trees {
            let mut at = 0i16;
            // A tree of one leaf has no nodes; its value is a constant.
            let ends = self.trees_end(*nodes);
            if ends {
                at = -1;
            }
            while at >= 0 {
                let node = &self.nodes[nodes + at as usize];
                // An index, not a branch: which way a block goes cannot be predicted.
                let right = features[usize::from(node.feature)] > node.threshold;
                at = node.children[usize::from(right)];
            }
            sum += self.leaves[leaves + (-1 - i32::from(at)) as usize];
        }
        1.0 / (1.0 + (-sum).exp())
    }

    fn trees_end(&self, nodes: usize) -> bool {
        nodes >= self.nodes.len()
    }
}

fn expect(line: Option<(&str, usize)>, wanted: &str) -> Result<(), Invalid> {
    match line {
        Some((line, _)) if line == wanted => Ok(()),
        Some((_, number)) => Err(Invalid { line: number }),
        None => Err(Invalid { line: 1 }),
    }
}

fn counted(line: Option<(&str, usize)>, name: &str) -> Result<Vec<usize>, Invalid> {
    let (line, number) = line.ok_or(Invalid { line: 0 })?;
    let rest = line.strip_prefix(name).ok_or(Invalid { line: number })?;
    rest.split_whitespace().map(|count| count.parse().map_err(|_| Invalid { line: number })).collect()
}

/// The weights of tokens: `weights COUNT STEP`, then a character a weight, so many steps from `MIDDLE`.
fn weights<'a>(mut lines: impl Iterator<Item = (&'a str, usize)>) -> Result<Vec<f32>, Invalid> {
    const MIDDLE: f32 = 79.0;
    let (head, number) = lines.next().ok_or(Invalid { line: 0 })?;
    let mut parts = head.strip_prefix("weights ").into_iter().flat_map(str::split_whitespace);
    let count: Option<usize> = parts.next().and_then(|count| count.parse().ok());
    let step: Option<f32> = parts.next().and_then(|step| step.parse().ok());
    let (Some(count), Some(step)) = (count, step) else { return Err(Invalid { line: number }) };
    let mut weights = Vec::with_capacity(count.min(1 << 20));
    for (line, number) in lines {
        if !line.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Invalid { line: number });
        }
        weights.extend(line.bytes().map(|byte| (f32::from(byte) - MIDDLE) * step));
    }
    if weights.len() == count { Ok(weights) } else { Err(Invalid { line: number }) }
}

fn node(line: &str) -> Option<Node> {
    let mut parts = line.split_whitespace();
    let feature = parts.next()?.parse().ok()?;
    let threshold = parts.next()?.parse().ok()?;
    let left = parts.next()?.parse().ok()?;
    let right = parts.next()?.parse().ok()?;
    Some(Node { threshold, feature, children: [left, right] })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const SMALL: &str = "chaffinch scorer 2\nfeatures 2\ntrees 1\ntree 1 2\n1 0.5 -1 -2\n-2 2\nweights 2 0.5\nOQ\n";

    #[test]
    fn a_block_goes_left_up_to_the_threshold() {
        let model = Model::parse(SMALL).unwrap();
        assert!(model.probability(&[9.0, 0.5]) < 0.2);
        assert!(model.probability(&[9.0, 0.6]) > 0.8);
    }

    #[test]
    fn a_weight_is_a_character() {
        assert_eq!(Model::parse(SMALL).unwrap().weights(), [0.0, 1.0]);
        assert_eq!(Model::parse(&SMALL.replace("OQ", "O")), Err(Invalid { line: 7 }));
    }

    #[test]
    fn a_tree_that_goes_round_is_refused() {
        let round = SMALL.replace("1 0.5 -1 -2", "1 0.5 0 -2");
        assert_eq!(Model::parse(&round), Err(Invalid { line: 5 }));
    }

    #[test]
    fn the_shipped_model_fits_the_features() {
        let tree = scraper::Html::parse_document("<p>One.</p>");
        let page = crate::blocks::page(&tree);
        let expected = crate::features::names(&page).len() + crate::context::NAMES.len();
        assert_eq!(Model::shipped().features(), expected);
        assert_eq!(Model::shipped().weights().len(), crate::linear::BUCKETS);
    }
}
