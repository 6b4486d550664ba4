//! Boosted decision trees: read from text, and evaluated over many rows of features at once. They do not know what a feature
//! means, nor what their sum is taken for.

use crate::model::Invalid;

/// Rows that go through a tree side by side. Each waits for memory at every node, so several are under way at a time.
const ABREAST: usize = 8;
/// Rows that go through all trees before the next do, so that they stay near the processor.
const BATCH: usize = 4 * ABREAST;

/// A node as it is evaluated: up to the threshold to the child, above it to the one after. A leaf is its own child, and
/// nothing is above its threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Node {
    threshold: f32,
    feature: u16,
    child: u16,
}

#[derive(Debug, Clone, PartialEq)]
struct Tree {
    nodes: Vec<Node>,
    /// What each node adds; only leaves do.
    values: Vec<f32>,
    depth: usize,
}

/// An ensemble whose leaves add up.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Forest {
    features: usize,
    trees: Vec<Tree>,
}

/// A node as it is written: the children's places in the text, below zero for the leaf `-1 - child`.
#[derive(Debug, Clone, Copy)]
struct Written {
    threshold: f32,
    feature: u16,
    children: [i16; 2],
}

impl Forest {
    /// Reads `features`, `trees` and the trees themselves from numbered lines.
    pub(crate) fn parse<'a>(lines: &mut impl Iterator<Item = (&'a str, usize)>) -> Result<Self, Invalid> {
        let features = counted(lines.next(), "features")?.first().copied().unwrap_or(0);
        let count = counted(lines.next(), "trees")?.first().copied().unwrap_or(0);
        let mut forest = Self { features, trees: Vec::new() };
        for _ in 0..count {
            let head = lines.next();
            let &[nodes, leaves] = counted(head, "tree")?.as_slice() else {
                return Err(Invalid { line: head.map_or(0, |(_, number)| number) });
            };
            let mut written = Vec::new();
            for place in 0..nodes {
                let (line, number) = lines.next().ok_or(Invalid { line: 0 })?;
                let node = node(line).filter(|node| forest.is_sound(*node, place, nodes, leaves));
                written.push(node.ok_or(Invalid { line: number })?);
            }
            let (line, number) = lines.next().ok_or(Invalid { line: 0 })?;
            let values: Vec<f32> = line.split_whitespace().filter_map(|value| value.parse().ok()).collect();
            if values.len() != leaves || leaves == 0 {
                return Err(Invalid { line: number });
            }
            forest.trees.push(Tree::new(&written, &values).ok_or(Invalid { line: number })?);
        }
        Ok(forest)
    }

    /// A node's children come after it, so that no walk goes round, and exist.
    fn is_sound(&self, node: Written, place: usize, nodes: usize, leaves: usize) -> bool {
        let child = |child: i16| match usize::try_from(child) {
            Ok(child) => child > place && child < nodes,
            Err(_) => ((-1 - i32::from(child)) as usize) < leaves,
        };
        usize::from(node.feature) < self.features && node.children.into_iter().all(child)
    }

    /// How many features a row has.
    pub(crate) fn features(&self) -> usize {
        self.features
    }

    /// What the trees add up to for each row of a matrix; a rest that is no whole row is left out.
    pub(crate) fn sums(&self, matrix: &[f32]) -> Vec<f32> {
        let width = self.features.max(1);
        let rows: Vec<&[f32]> = matrix.chunks_exact(width).collect();
        let mut sums = vec![0.0; rows.len()];
        for (rows, sums) in rows.chunks(BATCH).zip(sums.chunks_mut(BATCH)) {
            for tree in &self.trees {
                for (rows, sums) in rows.chunks(ABREAST).zip(sums.chunks_mut(ABREAST)) {
                    tree.add(rows, sums);
                }
            }
        }
        sums
    }
}

impl Tree {
    /// Lays the nodes out breadth first, the two children of each side by side; `None` where a node has two parents.
    fn new(written: &[Written], values: &[f32]) -> Option<Self> {
        let leaf = |child: i16| values.get((-1 - i32::from(child)) as usize).copied().unwrap_or(0.0);
        let root = if written.is_empty() { -1 } else { 0 };
        let mut tree = Self { nodes: Vec::new(), values: Vec::new(), depth: 0 };
        let mut waiting = std::collections::VecDeque::from([(root, 0)]);
        let mut placed = 1u16;
        while let Some((child, depth)) = waiting.pop_front() {
            tree.depth = depth;
            if let Some(node) = usize::try_from(child).ok().and_then(|child| written.get(child)) {
                tree.nodes.push(Node { threshold: node.threshold, feature: node.feature, child: placed });
                tree.values.push(0.0);
                waiting.extend(node.children.map(|child| (child, depth + 1)));
                placed = placed.checked_add(2).filter(|placed| usize::from(*placed) <= 2 * written.len() + 1)?;
            } else {
                let own = tree.nodes.len() as u16;
                tree.nodes.push(Node { threshold: f32::INFINITY, feature: 0, child: own });
                tree.values.push(leaf(child));
            }
        }
        Some(tree)
    }

    /// Adds what the tree says of each row to its sum.
    fn add(&self, rows: &[&[f32]], sums: &mut [f32]) {
        let mut places = [0u16; ABREAST];
        let places = &mut places[..rows.len().min(ABREAST)];
        for _ in 0..self.depth {
            for (place, row) in places.iter_mut().zip(rows) {
                let node = self.nodes[usize::from(*place)];
                // A sum, not a branch: which way a row goes cannot be predicted.
                *place = node.child + u16::from(row[usize::from(node.feature)] > node.threshold);
            }
        }
        for (place, sum) in places.iter().zip(sums) {
            *sum += self.values[usize::from(*place)];
        }
    }
}

fn counted(line: Option<(&str, usize)>, name: &str) -> Result<Vec<usize>, Invalid> {
    let (line, number) = line.ok_or(Invalid { line: 0 })?;
    let rest = line.strip_prefix(name).ok_or(Invalid { line: number })?;
    rest.split_whitespace().map(|count| count.parse().map_err(|_| Invalid { line: number })).collect()
}

fn node(line: &str) -> Option<Written> {
    let mut parts = line.split_whitespace();
    let feature = parts.next()?.parse().ok()?;
    let threshold = parts.next()?.parse().ok()?;
    let left = parts.next()?.parse().ok()?;
    let right = parts.next()?.parse().ok()?;
    Some(Written { threshold, feature, children: [left, right] })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn parsed(text: &str) -> Result<Forest, Invalid> {
        Forest::parse(&mut text.lines().zip(1..))
    }

    #[test]
    fn a_row_goes_left_up_to_the_threshold() {
        let forest = parsed("features 2\ntrees 1\ntree 1 2\n1 0.5 -1 -2\n-2 2\n").unwrap();
        assert_eq!(forest.sums(&[9.0, 0.5, 9.0, 0.6]), [-2.0, 2.0]);
    }

    #[test]
    fn trees_add_up_and_may_be_lopsided() {
        let forest = parsed(
            "features 1\ntrees 3\ntree 3 4\n0 1 -1 1\n0 2 -2 2\n0 3 -3 -4\n1 2 3 4\ntree 0 1\n10\ntree 1 2\n0 2 -2 -1\n100 200\n",
        )
        .unwrap();
        let rows: Vec<f32> = (0..40).map(|row| (row % 5) as f32).collect();
        let expected: Vec<f32> = (0..40).map(|row| [211.0, 211.0, 212.0, 113.0, 114.0][row % 5]).collect();
        assert_eq!(forest.sums(&rows), expected);
    }

    #[test]
    fn a_tree_that_goes_round_or_grows_together_is_refused() {
        let together = "features 1\ntrees 1\ntree 3 4\n0 1 1 1\n0 2 2 2\n0 3 -3 -4\n1 2 3 4\n";
        assert_eq!(parsed(together), Err(Invalid { line: 7 }));
        assert_eq!(parsed("features 2\ntrees 1\ntree 1 2\n1 0.5 0 -2\n-2 2\n"), Err(Invalid { line: 4 }));
    }
}
