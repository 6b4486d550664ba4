//! Boosted decision trees: read from text, and evaluated over many rows of features at once. They do not know what a feature
//! means, nor what their sum is taken for.
//!
//! A tree is not walked down. Each of its leaves is a bit, in order from left to right; each node that sends a row to the
//! right strikes the leaves on its left out, and the first leaf that remains is the row's (Lucchese et al., "QuickScorer",
//! SIGIR 2015). So nodes can be taken feature by feature, in order of their thresholds, up to the first that sends no row
//! to the right.

use std::cmp::Ordering;
use std::ops::{BitAnd, BitAndAssign, Not, Range};

use crate::model::Invalid;

/// Rows that are looked at side by side.
const ABREAST: usize = 16;
/// A row is as good as decided where the trees so far, taken for all, do not add up to this: a likelihood of 1 in 13.
const HOPELESS: f32 = -2.5;
/// Or add up to more than this: 1 in 20 that it is not.
const SURE: f32 = 3.0;

/// The nodes that ask for one feature.
#[derive(Debug, Clone, PartialEq)]
struct Feature<Leaves> {
    /// The thresholds in rising order, each with the end of its nodes.
    cuts: Vec<(f32, usize)>,
    /// The tree of each node, and its leaves that a row above the threshold cannot reach.
    nodes: Vec<(u16, Leaves)>,
}

/// A set of leaves of a tree, one bit each.
trait Leaves: Copy + BitAnd<Output = Self> + BitAndAssign + Not<Output = Self> {
    const ALL: Self;
    const NONE: Self;
    /// How many there may be.
    const PLACES: usize;
    fn first(self) -> usize;
    fn count(self) -> usize;
}

impl Leaves for u32 {
    const ALL: Self = Self::MAX;
    const NONE: Self = 0;
    const PLACES: usize = 32;
    #[inline]
    fn first(self) -> usize {
        self.trailing_zeros() as usize
    }
    fn count(self) -> usize {
        self.count_ones() as usize
    }
}

impl Leaves for u64 {
    const ALL: Self = Self::MAX;
    const NONE: Self = 0;
    const PLACES: usize = 64;
    #[inline]
    fn first(self) -> usize {
        self.trailing_zeros() as usize
    }
    fn count(self) -> usize {
        self.count_ones() as usize
    }
}

/// The nodes of some trees by feature, as narrow as they fit.
#[derive(Debug, Clone, PartialEq)]
enum Tests {
    Narrow(Vec<Feature<u32>>),
    Wide(Vec<Feature<u64>>),
}

/// An ensemble whose leaves add up.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Forest {
    features: usize,
    /// Every row is shown to the first lot, and to the next ones as long as there is hope.
    lots: Vec<Lot>,
    /// What the leaves of each tree add, from left to right.
    leaves: Vec<Vec<f32>>,
}

/// Trees that are asked together. The trees of the tests are counted from the lot's first.
#[derive(Debug, Clone, PartialEq)]
struct Lot {
    tests: Tests,
    /// What the leaves add: as many places for each tree as the tests have bits.
    sums: Vec<f32>,
    trees: Range<usize>,
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
    /// Reads `features`, `trees` (how many, and how many a lot) and the trees themselves from numbered lines.
    pub(crate) fn parse<'a>(lines: &mut impl Iterator<Item = (&'a str, usize)>) -> Result<Self, Invalid> {
        let features = counted(lines.next(), "features")?.first().copied().unwrap_or(0);
        let head = lines.next();
        let counts = counted(head, "trees")?;
        let count = counts.first().copied().unwrap_or(0);
        let lot = counts.get(1).copied().unwrap_or(count).max(1);
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
        let mut forest = Self { features, lots: Vec::new(), leaves };
        forest.lots = (0..usize::from(count))
            .step_by(lot)
            .map(|start| Lot::new(&forest, &laid, start..(start + lot).min(usize::from(count))))
            .collect();
        Ok(forest)
    }

    /// How many features a row has.
    pub(crate) fn features(&self) -> usize {
        self.features
    }

    /// The nodes of all trees, for whoever asks what a sum is made of.
    pub(crate) fn nodes(&self) -> Vec<Split> {
        self.lots.iter().flat_map(Lot::splits).collect()
    }

    /// What the leaves of each tree add, from left to right.
    pub(crate) fn leaves(&self) -> &[Vec<f32>] {
        &self.leaves
    }

    /// What the trees add up to for each row of a matrix; a rest that is no whole row is left out. A row that
    /// some lots leave no hope gets what these say, taken for all.
    pub(crate) fn sums(&self, matrix: &[f32]) -> Vec<f32> {
        let mut sums = vec![0.0; matrix.len() / self.features.max(1)];
        let mut rows: Vec<usize> = (0..sums.len()).collect();
        for lot in &self.lots {
            lot.add(matrix, self.features, &rows, &mut sums);
            let taken_for_all = self.leaves.len() as f32 / lot.trees.end as f32;
            rows.retain(|row| {
                let sum = sums[*row] * taken_for_all;
                let decided = !(HOPELESS..=SURE).contains(&sum);
                if decided {
                    sums[*row] = sum;
                }
                !decided
            });
        }
        sums
    }
}

impl Lot {
    fn new(forest: &Forest, laid: &[Laid], trees: Range<usize>) -> Self {
        let laid: Vec<Laid> = laid
            .iter()
            .filter(|laid| trees.contains(&usize::from(laid.tree)))
            .map(|laid| Laid { tree: laid.tree - trees.start as u16, ..*laid })
            .collect();
        let narrow = forest.leaves[trees.clone()].iter().all(|leaves| leaves.len() <= u32::BITS as usize);
        let bits = |(start, end): (usize, usize)| (start..end).fold(0u64, |bits, leaf| bits | 1 << leaf);
        let tests = if narrow {
            Tests::Narrow(by_feature(forest.features, &laid, |left| bits(left) as u32))
        } else {
            Tests::Wide(by_feature(forest.features, &laid, bits))
        };
        let places = if narrow { u32::BITS } else { u64::BITS } as usize;
        let mut sums = vec![0.0; places * trees.len()];
        for (place, leaves) in sums.chunks_mut(places).zip(&forest.leaves[trees.clone()]) {
            place[..leaves.len()].copy_from_slice(leaves);
        }
        Self { tests, sums, trees }
    }

    fn splits(&self) -> Vec<Split> {
        let mut splits = match &self.tests {
            Tests::Narrow(tests) => splits(tests),
            Tests::Wide(tests) => splits(tests),
        };
        for split in &mut splits {
            split.tree += self.trees.start;
        }
        splits
    }

    /// Adds what the trees say of these rows.
    fn add(&self, matrix: &[f32], width: usize, rows: &[usize], sums: &mut [f32]) {
        let rows = Rows { matrix, width, asked: rows };
        match &self.tests {
            Tests::Narrow(tests) => add(tests, &self.sums, rows, sums),
            Tests::Wide(tests) => add(tests, &self.sums, rows, sums),
        }
    }
}

/// Some rows of a matrix.
#[derive(Clone, Copy)]
struct Rows<'a> {
    matrix: &'a [f32],
    width: usize,
    asked: &'a [usize],
}

/// In the widest instructions that the processor has.
fn add<L: Leaves>(tests: &[Feature<L>], leaves: &[f32], rows: Rows<'_>, sums: &mut [f32]) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("bmi1") {
        // SAFETY: the function asks for nothing but instructions that this processor has.
        #[allow(unsafe_code, reason = "no safe call leads into a function for some processors only")]
        return unsafe { add_wide(tests, leaves, rows, sums) };
    }
    add_plain(tests, leaves, rows, sums);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1")]
fn add_wide<L: Leaves>(tests: &[Feature<L>], leaves: &[f32], rows: Rows<'_>, sums: &mut [f32]) {
    add_plain(tests, leaves, rows, sums);
}

#[allow(clippy::inline_always, reason = "only what is inlined is compiled into wide instructions")]
#[inline(always)]
fn add_plain<L: Leaves>(tests: &[Feature<L>], leaves: &[f32], rows: Rows<'_>, sums: &mut [f32]) {
    let Rows { matrix, width, asked } = rows;
    let mut remaining = vec![[L::ALL; ABREAST]; leaves.len() / L::PLACES];
    for rows in asked.chunks(ABREAST) {
        remaining.fill([L::ALL; ABREAST]);
        // Lanes beyond the rows repeat the last one; nobody reads them.
        let row = |lane: usize| &matrix[rows[lane.min(rows.len() - 1)] * width..][..tests.len()];
        let row: [&[f32]; ABREAST] = std::array::from_fn(row);
        for (feature, tests) in tests.iter().enumerate() {
            if !tests.nodes.is_empty() {
                strike(tests, &std::array::from_fn(|lane| row[lane][feature]), &mut remaining);
            }
        }
        let mut batch = [0.0; ABREAST];
        for (leaves, remaining) in leaves.chunks_exact(L::PLACES).zip(&remaining) {
            for lane in 0..ABREAST {
                batch[lane] += leaves[remaining[lane].first() % L::PLACES];
            }
        }
        for (sum, row) in batch.iter().zip(rows) {
            sums[*row] += sum;
        }
    }
}

/// A node: a row above the threshold does not come to the leaves on its left.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Split {
    pub(crate) tree: usize,
    pub(crate) feature: usize,
    pub(crate) threshold: f32,
    pub(crate) left: Range<usize>,
}

fn splits<L: Leaves>(tests: &[Feature<L>]) -> Vec<Split> {
    let mut splits = Vec::new();
    for (feature, tests) in tests.iter().enumerate() {
        let mut start = 0;
        for (threshold, end) in &tests.cuts {
            splits.extend(tests.nodes[start..*end].iter().map(|(tree, left)| {
                let left = left.first()..left.first() + left.count();
                Split { tree: usize::from(*tree), feature, threshold: *threshold, left }
            }));
            start = *end;
        }
    }
    splits
}

/// Strikes out the leaves that rows with these values of a feature cannot reach.
#[allow(clippy::inline_always, reason = "only what is inlined is compiled into wide instructions")]
#[inline(always)]
fn strike<L: Leaves>(feature: &Feature<L>, values: &[f32; ABREAST], remaining: &mut [[L; ABREAST]]) {
    let highest =
        values.iter().fold(f32::NEG_INFINITY, |highest, value| if *value > highest { *value } else { highest });
    let mut start = 0;
    for (threshold, end) in &feature.cuts {
        if highest.partial_cmp(threshold) != Some(Ordering::Greater) {
            return;
        }
        // Masks, not branches: which way a row goes cannot be predicted, and masks become wide instructions.
        let mut above = [L::NONE; ABREAST];
        for lane in 0..ABREAST {
            above[lane] = if values[lane] > *threshold { L::ALL } else { L::NONE };
        }
        // The compiler would compare again for every node, one lane after the other.
        let above = std::hint::black_box(above);
        for &(tree, left) in &feature.nodes[start..*end] {
            let place = &mut remaining[usize::from(tree)];
            let mut left_over = *place;
            for lane in 0..ABREAST {
                left_over[lane] &= !(above[lane] & left);
            }
            *place = left_over;
        }
        start = *end;
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

fn by_feature<L: Leaves>(features: usize, laid: &[Laid], bits: impl Fn((usize, usize)) -> L) -> Vec<Feature<L>> {
    let mut nodes: Vec<Vec<&Laid>> = vec![Vec::new(); features];
    for laid in laid {
        nodes[usize::from(laid.node.feature)].push(laid);
    }
    let feature = |mut nodes: Vec<&Laid>| {
        nodes.sort_by(|a, b| a.node.threshold.total_cmp(&b.node.threshold));
        let mut cuts: Vec<(f32, usize)> = Vec::new();
        for (at, laid) in nodes.iter().enumerate() {
            match cuts.last_mut().filter(|(threshold, _)| threshold.total_cmp(&laid.node.threshold).is_eq()) {
                Some((_, end)) => *end = at + 1,
                None => cuts.push((laid.node.threshold, at + 1)),
            }
        }
        Feature { cuts, nodes: nodes.into_iter().map(|laid| (laid.tree, bits(laid.left))).collect() }
    };
    nodes.into_iter().map(feature).collect()
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
    fn only_rows_that_a_lot_leaves_a_hope_come_to_the_next() {
        let two = "tree 1 2\n0 0 -1 -2\n-3 1\ntree 1 2\n0 5 -1 -2\n10 20\n";
        let all = parsed(&format!("features 1\ntrees 2\n{two}")).unwrap();
        assert_eq!(all.sums(&[-1.0, 1.0, -2.0, 9.0]), [7.0, 11.0, 7.0, 21.0]);
        // A first tree of two that says -3 is taken for -6.
        let first = parsed(&format!("features 1\ntrees 2 1\n{two}")).unwrap();
        assert_eq!(first.sums(&[-1.0, 1.0, -2.0, 9.0]), [-6.0, 11.0, -6.0, 21.0]);
        assert_eq!(first.nodes(), all.nodes());
    }

    #[test]
    fn a_tree_of_more_leaves_than_a_narrow_set_holds_is_read() {
        let nodes: Vec<String> =
            (0..39).map(|at| format!("0 {at} -{} {}\n", at + 1, if at < 38 { at + 1 } else { -40 })).collect();
        let leaves: Vec<String> = (0..40).map(|leaf| leaf.to_string()).collect();
        let forest =
            parsed(&format!("features 1\ntrees 1\ntree 39 40\n{}{}\n", nodes.concat(), leaves.join(" "))).unwrap();
        assert_eq!(forest.sums(&[0.0, 0.5, 20.0, 38.5, 99.0]), [0.0, 1.0, 20.0, 39.0, 39.0]);
    }

    #[test]
    fn a_tree_that_goes_round_or_grows_together_is_refused() {
        let together = "features 1\ntrees 1\ntree 3 4\n0 1 1 1\n0 2 2 2\n0 3 -3 -4\n1 2 3 4\n";
        assert_eq!(parsed(together), Err(Invalid { line: 7 }));
        assert_eq!(parsed("features 2\ntrees 1\ntree 1 2\n1 0.5 0 -2\n-2 2\n"), Err(Invalid { line: 4 }));
    }
}
