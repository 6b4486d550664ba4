//! What the first scores say around a block: its neighbours', its containers', those of blocks of the same template, of the
//! section it heads or stands in, of the page. It turns scores into features and judges nothing.

use foldhash::{HashMap, HashMapExt};

use crate::blocks::Page;
use crate::features;
use crate::semantics;

/// Neighbours on either side that are looked at one by one.
const NEIGHBOURS: usize = 3;
/// How far a section is followed, in leaves.
const SECTION_MAX: usize = 60;
/// A block this likely marks where the content is.
const LIKELY: f32 = 0.5;

/// The names of the features, in their order.
pub(crate) const NAMES: &[&str] = &[
    "first score",
    "first score less the page's",
    "score of -1",
    "score of +1",
    "score of -2",
    "score of +2",
    "score of -3",
    "score of +3",
    "likely before 2",
    "likely after 2",
    "likely before 7",
    "likely after 7",
    "likely before 20",
    "likely after 20",
    "likely in 0",
    "likely in 1",
    "likely in 2",
    "likely in 3",
    "likely in 4",
    "likely in 6",
    "likely in same shape",
    "likely in same shape nearby",
    "score of heading",
    "since heading",
    "likely below",
    "expected words below",
    "likely on page",
    "highest on page",
    "expected words on page",
    "expected share before",
    "share of highest",
    "to likely before",
    "to likely after",
    "likely text before",
    "likely text after",
];

/// Words and expected words of content, summed up.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    words: f32,
    expected: f32,
}

impl Sum {
    fn share(self) -> f32 {
        (self.expected + 0.01) / (self.words + 0.1)
    }

    fn add(&mut self, words: f32, probability: f32) {
        self.words += words;
        self.expected += words * probability;
    }
}

/// The features of every leaf: `NAMES.len()` numbers each, from its first score as log-odds.
pub(crate) fn matrix(page: &Page<'_>, scores: &[f32]) -> Vec<f32> {
    let survey = Survey::new(page, scores);
    let mut values = Vec::with_capacity(page.leaves.len() * NAMES.len());
    for at in 0..page.leaves.len() {
        survey.describe(at, &mut values);
    }
    values
}

struct Survey<'a> {
    page: &'a Page<'a>,
    scores: &'a [f32],
    sums: Vec<Sum>,
    shapes: HashMap<u64, Sum>,
    nearby: HashMap<(usize, u64), Sum>,
    heading: Vec<bool>,
    mean: f32,
    highest: f32,
    to_before: Vec<f32>,
    to_after: Vec<f32>,
}

fn probability(score: f32) -> f32 {
    1.0 / (1.0 + (-score).exp())
}

impl<'a> Survey<'a> {
    fn new(page: &'a Page<'a>, scores: &'a [f32]) -> Self {
        let words: Vec<f32> = page.leaves.iter().map(|leaf| leaf.words.clamp(1.0, 200.0)).collect();
        let mut sums = vec![Sum::default()];
        let mut shapes: HashMap<u64, Sum> = HashMap::new();
        let mut nearby: HashMap<(usize, u64), Sum> = HashMap::new();
        let (mut total, mut running) = (0.0, Sum::default());
        for (at, leaf) in page.leaves.iter().enumerate() {
            let likely = probability(scores[at]);
            running.add(words[at], likely);
            sums.push(running);
            let shape = features::shape(page, leaf);
            shapes.entry(shape).or_default().add(words[at], likely);
            nearby.entry((grandparent(page, leaf.owner), shape)).or_default().add(words[at], likely);
            total += scores[at] * words[at];
        }
        let likely: Vec<bool> = scores.iter().map(|score| probability(*score) > LIKELY).collect();
        let backwards: Vec<bool> = likely.iter().rev().copied().collect();
        let mut to_after = distances(&backwards);
        to_after.reverse();
        Self {
            page,
            scores,
            to_before: distances(&likely),
            to_after,
            mean: total / running.words.max(1.0),
            highest: scores.iter().copied().fold(-20.0, f32::max),
            heading: page
                .leaves
                .iter()
                .map(|leaf| page.elements[leaf.owner].semantics & semantics::HEADING != 0)
                .collect(),
            sums,
            shapes,
            nearby,
        }
    }

    fn between(&self, from: usize, to: usize) -> Sum {
        let (from, to) = (self.sums[from], self.sums[to.max(from)]);
        Sum { words: to.words - from.words, expected: to.expected - from.expected }
    }

    fn describe(&self, at: usize, row: &mut Vec<f32>) {
        let page = self.page;
        let count = self.scores.len();
        let leaf = &page.leaves[at];
        let own = self.scores[at];
        row.push(own);
        row.push(own - self.mean);
        for distance in 1..=NEIGHBOURS {
            for other in [at.checked_sub(distance), Some(at + distance).filter(|other| *other < count)] {
                row.push(other.map_or(-9.0, |other| self.scores[other]));
            }
        }
        for reach in [2, 7, 20] {
            row.push(self.between(at.saturating_sub(reach), at).share());
            row.push(self.between(at + 1, (at + 1 + reach).min(count)).share());
        }
        let mut container = leaf.owner;
        for level in 0..=6 {
            if level != 5 {
                let leaves = &page.elements[container].leaves;
                row.push(self.between(leaves.start, leaves.end).share());
            }
            container = page.elements[container].parent;
        }
        let shape = features::shape(page, leaf);
        row.push(self.shapes.get(&shape).copied().unwrap_or_default().share());
        row.push(self.nearby.get(&(grandparent(page, leaf.owner), shape)).copied().unwrap_or_default().share());
        self.section(at, row);
        self.whole(at, row);
    }

    /// The heading above, and what stands below a heading.
    fn section(&self, at: usize, row: &mut Vec<f32>) {
        let from = at.saturating_sub(SECTION_MAX);
        let above = (from..at).rev().find(|other| self.heading[*other]);
        row.push(above.map_or(-9.0, |heading| self.scores[heading]));
        row.push(above.map_or(99.0, |heading| (at - heading) as f32));
        let end = (at + 1..self.scores.len()).take(SECTION_MAX).find(|other| self.heading[*other]);
        let below = self.between(at + 1, end.unwrap_or_else(|| (at + 1 + SECTION_MAX).min(self.scores.len())));
        row.push(below.share());
        row.push(below.expected.ln_1p());
    }

    /// Where the block stands among what is likely on the page.
    fn whole(&self, at: usize, row: &mut Vec<f32>) {
        let total = self.sums.last().copied().unwrap_or_default();
        row.push(total.share());
        row.push(self.highest);
        row.push(total.expected.ln_1p());
        row.push(self.sums[at].expected / total.expected.max(1.0));
        row.push(self.scores[at] - self.highest);
        row.push(self.to_before[at]);
        row.push(self.to_after[at]);
        row.push(self.sums[at].expected.ln_1p());
        row.push((total.expected - self.sums[at + 1].expected).max(0.0).ln_1p());
    }
}

/// How many leaves back the last likely one stands.
fn distances(likely: &[bool]) -> Vec<f32> {
    let mut distance = 99.0f32;
    let mut distances = Vec::with_capacity(likely.len());
    for likely in likely {
        distances.push(distance);
        distance = if *likely { 1.0 } else { (distance + 1.0).min(99.0) };
    }
    distances
}

fn grandparent(page: &Page<'_>, owner: usize) -> usize {
    page.elements[page.elements[page.elements[owner].parent].parent].parent
}
