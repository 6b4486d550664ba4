//! What sets a block's score apart from those of the other blocks of its page: each tree's way is followed, and what every
//! answer changed of what the page's blocks could expect is put to the account of the feature that was asked (Saabas,
//! "Interpreting random forests", 2014). The largest accounts are the reasons; `wording` puts them into words.

use std::collections::HashMap;

use crate::trees::Forest;
use crate::ways::{self, Tree};
use crate::wording::{self, Topic};

/// An account that moves the log-odds by less than this is no reason.
const WORTH_MIN: f32 = 0.15;

/// What is needed to tell the reasons of one block after the other.
pub(crate) struct Attribution {
    trees: Vec<(Tree, Vec<f32>)>,
    topics: Vec<Topic>,
}

/// One reason and how much it moved the score, in log-odds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reason {
    pub(crate) words: String,
    pub(crate) worth: f32,
}

impl Attribution {
    /// `names` are those of the features in their order, `rows` the features of all blocks of the page.
    pub(crate) fn new(forest: &Forest, names: &[String], rows: &[f32]) -> Self {
        let width = names.len().max(1);
        let trees = if forest.features() == width { ways::trees(forest) } else { Vec::new() };
        let trees = trees.into_iter().map(|tree| (tree.expected(rows.chunks_exact(width)), tree));
        let trees = trees.map(|(expected, tree)| (tree, expected)).collect();
        Self { trees, topics: wording::topics(names) }
    }

    /// The strongest reasons for a score, or against it; the strongest first.
    pub(crate) fn reasons(&self, row: &[f32], is_for: bool, most: usize) -> Vec<Reason> {
        if row.len() != self.topics.len() {
            return Vec::new();
        }
        let sign = if is_for { 1.0 } else { -1.0 };
        let mut worth = vec![0.0f32; row.len()];
        for (tree, expected) in &self.trees {
            for step in tree.way(row) {
                worth[step.feature] += sign * (expected[step.to] - expected[step.from]);
            }
        }
        let mut accounts: HashMap<&str, Vec<usize>> = HashMap::new();
        for (feature, topic) in self.topics.iter().enumerate().filter(|(_, topic)| !topic.account.is_empty()) {
            accounts.entry(&topic.account).or_default().push(feature);
        }
        let mut reasons: Vec<Reason> = accounts
            .into_values()
            .filter_map(|features| {
                let sum = features.iter().map(|feature| worth[*feature]).sum();
                // The feature that weighs most says it best.
                let telling = features.into_iter().max_by(|a, b| worth[*a].total_cmp(&worth[*b]))?;
                Some(Reason { words: self.topics[telling].words(row[telling])?, worth: sum })
            })
            .filter(|reason| reason.worth >= WORTH_MIN)
            .collect();
        reasons.sort_by(|a, b| b.worth.total_cmp(&a.worth).then_with(|| a.words.cmp(&b.words)));
        reasons.dedup_by(|a, b| a.words == b.words);
        reasons.truncate(most);
        reasons
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn names() -> Vec<String> {
        ["words", "link share", "named: sidebar"].map(str::to_owned).to_vec()
    }

    /// Short blocks lose two; in a sidebar another four; links, two.
    fn forest() -> Forest {
        let text =
            "features 3\ntrees 3\ntree 1 2\n0 2 -1 -2\n-2 2\ntree 1 2\n2 20 -1 -2\n-4 4\ntree 1 2\n1 0.5 -1 -2\n2 -2\n";
        Forest::parse(&mut text.lines().zip(1..)).unwrap()
    }

    /// A short text in a sidebar, a link in a sidebar, a text elsewhere.
    const ROWS: [f32; 9] = [1.0, 0.1, 2.0, 9.0, 0.9, 2.0, 9.0, 0.1, 30.0];

    #[test]
    fn the_strongest_reason_comes_first_and_only_those_that_speak_for_the_fate() {
        let forest = forest();
        let attribution = Attribution::new(&forest, &names(), &ROWS);
        let words = |row: &[f32], is_for| {
            attribution.reasons(row, is_for, 3).into_iter().map(|reason| reason.words).collect::<Vec<_>>()
        };
        assert_eq!(words(&ROWS[..3], false), ["is short", "an element around it is named for sidebar"]);
        assert_eq!(words(&ROWS[..3], true), ["hardly any links"]);
        assert_eq!(words(&ROWS[6..], true)[0], "nothing around it is named for sidebar");
    }

    #[test]
    fn what_holds_for_all_blocks_of_a_page_is_no_reason() {
        let forest = forest();
        let attribution = Attribution::new(&forest, &names(), &ROWS[..3].repeat(2));
        assert_eq!(attribution.reasons(&ROWS[..3], false, 3), []);
    }

    #[test]
    fn a_row_of_other_features_has_no_reasons() {
        assert_eq!(Attribution::new(&forest(), &names(), &ROWS).reasons(&[1.0], true, 3), []);
    }
}
