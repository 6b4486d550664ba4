//! Decision trees as they are walked: from a forest that is laid out for speed, each tree's nodes are put together again, so
//! that the way of a row can be followed answer by answer. Only explanations need it.

use std::ops::Range;

use crate::trees::{Forest, Split};

/// A node with its children's places; a leaf has none.
#[derive(Debug, Clone, PartialEq)]
struct Node {
    feature: usize,
    threshold: f32,
    children: Option<[usize; 2]>,
    value: f32,
}

/// A tree, its root first.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
}

/// The trees of a forest.
pub(crate) fn trees(forest: &Forest) -> Vec<Tree> {
    let mut splits = vec![Vec::new(); forest.leaves().len()];
    for split in forest.nodes() {
        if let Some(splits) = splits.get_mut(split.tree) {
            splits.push(split);
        }
    }
    splits
        .iter()
        .zip(forest.leaves())
        .map(|(splits, leaves)| {
            let mut tree = Tree { nodes: Vec::new() };
            tree.grow(splits, leaves, 0..leaves.len());
            tree
        })
        .collect()
}

/// A step on the way of a row: the node it leaves, the feature that was asked, the node it comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) from: usize,
    pub(crate) feature: usize,
    pub(crate) to: usize,
}

impl Tree {
    /// Puts together the part of the tree that holds these leaves; a tree has at most sixty-four, so this ends soon.
    fn grow(&mut self, splits: &[Split], leaves: &[f32], held: Range<usize>) -> usize {
        let place = self.nodes.len();
        self.nodes.push(Node { feature: 0, threshold: 0.0, children: None, value: leaves[held.start] });
        // Of the nodes whose leaves begin here, the upper ones have more of them on their left.
        let begin_here = splits.iter().filter(|split| split.left.start == held.start && split.left.end < held.end);
        if let Some(split) = begin_here.max_by_key(|split| split.left.end) {
            let below = self.grow(splits, leaves, held.start..split.left.end);
            let above = self.grow(splits, leaves, split.left.end..held.end);
            let node = &mut self.nodes[place];
            (node.feature, node.threshold, node.children) = (split.feature, split.threshold, Some([below, above]));
        }
        place
    }

    /// The way of a row from the root to its leaf.
    pub(crate) fn way(&self, row: &[f32]) -> impl Iterator<Item = Step> {
        let mut from = 0;
        std::iter::from_fn(move || {
            let node = &self.nodes[from];
            let children = node.children?;
            let to = children[usize::from(row[node.feature] > node.threshold)];
            Some(Step { from: std::mem::replace(&mut from, to), feature: node.feature, to })
        })
    }

    /// What each node says in the mean of the rows that pass it; nothing where none does.
    pub(crate) fn expected<'a>(&self, rows: impl Iterator<Item = &'a [f32]>) -> Vec<f32> {
        let mut sums = vec![(0.0f32, 0.0f32); self.nodes.len()];
        for row in rows {
            let value = self.nodes[self.way(row).last().map_or(0, |step| step.to)].value;
            for at in std::iter::once(0).chain(self.way(row).map(|step| step.to)) {
                sums[at].0 += value;
                sums[at].1 += 1.0;
            }
        }
        sums.into_iter().map(|(sum, count)| sum / count.max(1.0)).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn forest(text: &str) -> Forest {
        Forest::parse(&mut text.lines().zip(1..)).unwrap()
    }

    #[test]
    fn the_way_of_a_row_ends_at_what_the_tree_says() {
        let tree = &trees(&forest("features 2\ntrees 1\ntree 2 3\n1 0.5 -1 1\n0 3 -2 -3\n-2 2 6\n"))[0];
        let rows: [&[f32]; 3] = [&[9.0, 0.6], &[1.0, 0.6], &[9.0, 0.1]];
        let expected = tree.expected(rows.into_iter());
        assert_eq!(expected[..1], [2.0]);
        let changes = |step: Step| (step.feature, expected[step.to] - expected[step.from]);
        assert_eq!(tree.way(rows[0]).map(changes).collect::<Vec<_>>(), [(1, 2.0), (0, 2.0)]);
    }

    #[test]
    fn every_row_comes_to_the_leaf_that_its_sum_is_made_of() {
        let nodes = "0 8 1 4\n1 4 2 3\n0 2 -1 -2\n2 6 -3 -4\n2 2 -5 5\n1 9 -6 -7\n";
        let forest = forest(&format!("features 3\ntrees 1\ntree 6 7\n{nodes}1 2 4 8 16 32 64\n"));
        let tree = &trees(&forest)[0];
        for at in 0..1_000u32 {
            let row = [at % 11, at / 11 % 11, at / 121].map(|value| value as f32);
            let leaf = tree.way(&row).last().unwrap().to;
            assert_eq!(forest.sums(&row), [tree.nodes[leaf].value], "{row:?}");
        }
    }
}
