//! Boosted decision trees: read from text, and evaluated over many rows of features at once. They do not know what a feature
//! means, nor what their sum is taken for.
//!
//! A tree is not walked down. Each of its leaves is a bit, in order from left to right; each node that sends a row to the
//! right strikes the leaves on its left out, and the first leaf that remains is the row's (Lucchese et al., "QuickScorer",
//! SIGIR 2015). So nodes can be taken feature by feature, in order of their thresholds, up to the first that sends no row
//! to the right.

use std::ops::{BitAnd, BitAndAssign, Not};

use crate::model::Invalid;

/// Rows that are looked at side by side.
const ABREAST: usize = 16;

/// A node: above the threshold only some leaves of its tree remain.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Test<Leaves> {
    threshold: f32,
    tree: u16,
    remain: Leaves,
}

/// A set of leaves of a tree, one bit each.
trait Leaves: Copy + BitAnd<Output = Self> + BitAndAssign + Not<Output = Self> {
    const ALL: Self;
    const NONE: Self;
    fn first(self) -> usize;
}

impl Leaves for u32 {
    const ALL: Self = Self::MAX;
    const NONE: Self = 0;
    fn first(self) -> usize {
        self.trailing_zeros() as usize
    }
}

impl Leaves for u64 {
    const ALL: Self = Self::MAX;
    const NONE: Self = 0;
    fn first(self) -> usize {
        self.trailing_zeros() as usize
    }
}

/// The nodes of all trees by feature, as narrow as they fit.
#[derive(Debug, Clone, PartialEq)]
enum Tests {
    Narrow(Vec<Vec<Test<u32>>>),
    Wide(Vec<Vec<Test<u64>>>),
}

/// An ensemble whose leaves add up.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Forest {
    features: usize,
    tests: Tests,
    /// What the leaves of each tree add, from left to right.
    leaves: Vec<Vec<f32>>,
}

impl Default for Forest {
    fn default() -> Self {
        Self { features: 0, tests: Tests::Narrow(Vec::new()), leaves: Vec::new() }
    }
}

/// A node as it is written: the children's places in the text, below zero for the leaf `-1 - child`.
#[derive(Debug, Clone, Copy)]
struct Written {
    threshold: f32,
    feature: u16,
    children: [i16; 2],
}

/// A node with the range of its tree's leaves that stand on its left.
#[derive(Debug, Clone, Copy)]
struct Laid {
    node: Written,
    tree: u16,
    left: (usize, usize),
}

impl Forest {
    /// Reads `features`, `trees` and the trees themselves from numbered lines.
    pub(crate) fn parse<'a>(lines: &mut impl Iterator<Item = (&'a str, usize)>) -> Result<Self, Invalid> {
        let features = counted(lines.next(), "features")?.first().copied().unwrap_or(0);
        let head = lines.next();
        let count = counted(head, "trees")?.first().copied().unwrap_or(0);
        let count = u16::try_from(count).map_err(|_| Invalid { line: head.map_or(0, |(_, number)| number) })?;
        let (mut laid, mut leaves) = (Vec::new(), Vec::new());
        for tree in 0..count {
            let head = lines.next();
            let &[nodes, ends] = counted(head, "tree")?.as_slice() else {
                return Err(Invalid { line: head.map_or(0, |(_, number)| number) });
            };
            let mut written = Vec::new();
            for place in 0..nodes {
                let (line, number) = lines.next().ok_or(Invalid { line: 0 })?;
                let node = node(line).filter(|node| is_sound(*node, features, place, nodes, ends));
                written.push(node.ok_or(Invalid { line: number })?);
            }
            let (line, number) = lines.next().ok_or(Invalid { line: 0 })?;
            let values: Vec<f32> = line.split_whitespace().filter_map(|value| value.parse().ok()).collect();
            if values.len() != ends || ends != nodes + 1 || ends > u64::BITS as usize {
                return Err(Invalid { line: number });
            }
            let mut order = Vec::new();
            lay(&written, if nodes == 0 { -1 } else { 0 }, tree, &mut order, &mut laid)
                .ok_or(Invalid { line: number })?;
            leaves.push(order.into_iter().map(|leaf| values[leaf]).collect());
        }
        let narrow = leaves.iter().all(|leaves: &Vec<f32>| leaves.len() <= u32::BITS as usize);
        let bits = |(start, end): (usize, usize)| (start..end).fold(0u64, |bits, leaf| bits | 1 << leaf);
        let tests = if narrow {
            Tests::Narrow(by_feature(features, &laid, |left| !(bits(left) as u32)))
        } else {
            Tests::Wide(by_feature(features, &laid, |left| !bits(left)))
        };
        Ok(Self { features, tests, leaves })
    }

    /// How many features a row has.
    pub(crate) fn features(&self) -> usize {
        self.features
    }

    /// The nodes of all trees, for whoever asks what a sum is made of.
    pub(crate) fn nodes(&self) -> Vec<Split> {
        match &self.tests {
            Tests::Narrow(tests) => splits(tests, |remain| u64::from(!remain)),
            Tests::Wide(tests) => splits(tests, |remain| !remain),
        }
    }

    /// What the leaves of each tree add, from left to right.
    pub(crate) fn leaves(&self) -> &[Vec<f32>] {
        &self.leaves
    }

    /// What the trees add up to for each row of a matrix; a rest that is no whole row is left out.
    pub(crate) fn sums(&self, matrix: &[f32]) -> Vec<f32> {
        let mut sums = vec![0.0; matrix.len() / self.features.max(1)];
        let batches = matrix.chunks(self.features.max(1) * ABREAST).zip(sums.chunks_mut(ABREAST));
        match &self.tests {
            Tests::Narrow(tests) => self.add(tests, batches),
            Tests::Wide(tests) => self.add(tests, batches),
        }
        sums
    }

    fn add<'a, L: Leaves>(&self, tests: &[Vec<Test<L>>], batches: impl Iterator<Item = (&'a [f32], &'a mut [f32])>) {
        let mut remaining = vec![[L::ALL; ABREAST]; self.leaves.len()];
        for (rows, sums) in batches {
            remaining.fill([L::ALL; ABREAST]);
            for (feature, tests) in tests.iter().enumerate().filter(|(_, tests)| !tests.is_empty()) {
                let mut values = [f32::NEG_INFINITY; ABREAST];
                for (value, row) in values.iter_mut().zip(rows.chunks_exact(self.features)) {
                    *value = row[feature];
                }
                strike(tests, &values, &mut remaining);
            }
            for (remaining, leaves) in remaining.iter().zip(&self.leaves) {
                for (sum, remaining) in sums.iter_mut().zip(remaining) {
                    *sum += leaves.get(remaining.first()).copied().unwrap_or(0.0);
                }
            }
        }
    }
}

/// A node: a row above the threshold does not come to the leaves on its left.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Split {
    pub(crate) tree: usize,
    pub(crate) feature: usize,
    pub(crate) threshold: f32,
    pub(crate) left: std::ops::Range<usize>,
}

fn splits<L: Leaves>(tests: &[Vec<Test<L>>], struck: impl Fn(L) -> u64) -> Vec<Split> {
    let of_feature = |(feature, tests): (usize, &Vec<Test<L>>)| {
        let split = |test: &Test<L>| {
            let left = struck(test.remain);
            let start = left.trailing_zeros() as usize;
            let left = start..start + left.count_ones() as usize;
            Split { tree: usize::from(test.tree), feature, threshold: test.threshold, left }
        };
        tests.iter().map(split).collect::<Vec<_>>()
    };
    tests.iter().enumerate().flat_map(of_feature).collect()
}

/// Strikes out the leaves that rows with these values of a feature cannot reach.
fn strike<L: Leaves>(tests: &[Test<L>], values: &[f32; ABREAST], remaining: &mut [[L; ABREAST]]) {
    let highest = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    for test in tests.iter().take_while(|test| highest > test.threshold) {
        let remaining = &mut remaining[usize::from(test.tree)];
        for (remaining, value) in remaining.iter_mut().zip(values) {
            // A choice of masks, not a branch: which way a row goes cannot be predicted.
            let struck = if *value > test.threshold { !test.remain } else { L::NONE };
            *remaining &= !struck;
        }
    }
}

/// A node's children come after it, so that no walk goes round, and exist.
fn is_sound(node: Written, features: usize, place: usize, nodes: usize, leaves: usize) -> bool {
    let child = |child: i16| match usize::try_from(child) {
        Ok(child) => child > place && child < nodes,
        Err(_) => ((-1 - i32::from(child)) as usize) < leaves,
    };
    usize::from(node.feature) < features && node.children.into_iter().all(child)
}

/// Puts the leaves of a tree in order from left to right, and finds for each node those on its left. `None` where a node
/// has two parents.
fn lay(written: &[Written], child: i16, tree: u16, order: &mut Vec<usize>, laid: &mut Vec<Laid>) -> Option<()> {
    let Some(node) = usize::try_from(child).ok().map(|child| written[child]) else {
        order.push((-1 - i32::from(child)) as usize);
        return (order.len() <= written.len() + 1).then_some(());
    };
    let start = order.len();
    lay(written, node.children[0], tree, order, laid)?;
    laid.push(Laid { node, tree, left: (start, order.len()) });
    lay(written, node.children[1], tree, order, laid)
}

fn by_feature<L: Leaves>(features: usize, laid: &[Laid], remain: impl Fn((usize, usize)) -> L) -> Vec<Vec<Test<L>>> {
    let mut tests = vec![Vec::new(); features];
    for Laid { node, tree, left } in laid {
        let test = Test { threshold: node.threshold, tree: *tree, remain: remain(*left) };
        tests[usize::from(node.feature)].push(test);
    }
    for tests in &mut tests {
        tests.sort_by(|a: &Test<L>, b| a.threshold.total_cmp(&b.threshold));
    }
    tests
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
        // More rows than go side by side, and a rest.
        let rows: Vec<f32> = (0..40).map(|row| (row % 5) as f32).collect();
        let expected: Vec<f32> = (0..40).map(|row| [211.0, 211.0, 212.0, 113.0, 114.0][row % 5]).collect();
        assert_eq!(forest.sums(&rows), expected);
    }

    #[test]
    fn a_tree_of_more_leaves_than_a_narrow_set_holds_is_read() {
        let nodes: String =
            (0..39).map(|at| format!("0 {at} -{} {}\n", at + 1, if at < 38 { at + 1 } else { -40 })).collect();
        let leaves: Vec<String> = (0..40).map(|leaf| leaf.to_string()).collect();
        let forest = parsed(&format!("features 1\ntrees 1\ntree 39 40\n{nodes}{}\n", leaves.join(" "))).unwrap();
        assert_eq!(forest.sums(&[0.0, 0.5, 20.0, 38.5, 99.0]), [0.0, 1.0, 20.0, 39.0, 39.0]);
    }

    #[test]
    fn a_tree_that_goes_round_or_grows_together_is_refused() {
        let together = "features 1\ntrees 1\ntree 3 4\n0 1 1 1\n0 2 2 2\n0 3 -3 -4\n1 2 3 4\n";
        assert_eq!(parsed(together), Err(Invalid { line: 7 }));
        assert_eq!(parsed("features 2\ntrees 1\ntree 1 2\n1 0.5 0 -2\n-2 2\n"), Err(Invalid { line: 4 }));
    }
}
