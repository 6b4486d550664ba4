//! The first score of a block: the weights of its tokens, added up. It does not know what a token means.

use crate::blocks::Page;
use crate::token_hash::BUCKETS;
use crate::tokens::{Sink, visit};

/// The weights of tokens, each so many steps from nothing: a byte where a number would take four.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Weights {
    pub(crate) steps: Vec<i8>,
    pub(crate) step: f32,
}

impl Weights {
    fn of(&self, token: u32) -> f32 {
        f32::from(self.steps[token as usize]) * self.step
    }
}

/// Tokens' weights added up, and how many they are.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    weight: f32,
    count: f32,
}

/// Adds up weights.
struct Scores<'a> {
    weights: &'a Weights,
    far: Vec<Sum>,
    leaves: Vec<Sum>,
}

impl Sink for Scores<'_> {
    fn far(&mut self, element: usize, parent: usize, tokens: &[u32]) {
        let above = if parent == element { Sum::default() } else { self.far[parent] };
        let weight: f32 = tokens.iter().map(|token| self.weights.of(*token)).sum();
        self.far.push(Sum { weight: above.weight + weight, count: above.count + tokens.len() as f32 });
    }

    fn leaf(&mut self, leaf: usize, token: u32) {
        self.leaves[leaf].weight += self.weights.of(token);
        self.leaves[leaf].count += 1.0;
    }

    fn far_of(&mut self, leaf: usize, element: usize) {
        self.leaves[leaf].weight += self.far[element].weight;
        self.leaves[leaf].count += self.far[element].count;
    }
}

/// The sum of the weights of each leaf's tokens over the root of their number, so that a leaf with many is no surer of itself.
pub(crate) fn scores(page: &Page<'_>, weights: &Weights) -> Vec<f32> {
    let mut scores = Scores { weights, far: Vec::new(), leaves: vec![Sum::default(); page.leaves.len()] };
    if weights.steps.len() == BUCKETS {
        visit(page, &mut scores);
    }
    scores.leaves.into_iter().map(|sum| sum.weight / sum.count.max(1.0).sqrt()).collect()
}

/// Lists tokens.
struct Tokens {
    far: Vec<Vec<u32>>,
    leaves: Vec<Vec<u32>>,
}

impl Sink for Tokens {
    fn far(&mut self, element: usize, parent: usize, tokens: &[u32]) {
        let above = if parent == element { Vec::new() } else { self.far[parent].clone() };
        self.far.push([above.as_slice(), tokens].concat());
    }

    fn leaf(&mut self, leaf: usize, token: u32) {
        self.leaves[leaf].push(token);
    }

    fn far_of(&mut self, leaf: usize, element: usize) {
        self.leaves[leaf].extend(&self.far[element]);
    }
}

/// The tokens of each leaf, for whoever trains the weights.
pub(crate) fn tokens(page: &Page<'_>) -> Vec<Vec<u32>> {
    let mut tokens = Tokens { far: Vec::new(), leaves: vec![Vec::new(); page.leaves.len()] };
    visit(page, &mut tokens);
    tokens.leaves
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blocks;

    const PAGE: &str = "<body class=home><div id=main><div><article class='post-body x'><div><section><div class=text>\
        <p>One <a class=ref href='/tag/birds'>two</a> 33.<p>四五</div><span>Share</span></section></div></article></div>";

    fn weights() -> Weights {
        Weights { steps: (0..BUCKETS).map(|bucket| (bucket % 97) as i8).collect(), step: 1.0 }
    }

    fn with_page<T>(look: impl FnOnce(&Page<'_>) -> T) -> T {
        let tree = scraper::Html::parse_document(PAGE);
        look(&blocks::page(&tree))
    }

    #[test]
    fn a_score_is_the_sum_of_its_tokens_weights_over_the_root_of_their_number() {
        let weights = weights();
        with_page(|page| {
            let sums: Vec<f32> =
                tokens(page).iter().map(|all| all.iter().map(|token| weights.of(*token)).sum()).collect();
            let counts = tokens(page).into_iter().map(|all| all.len() as f32);
            let expected: Vec<f32> = sums.into_iter().zip(counts).map(|(sum, count)| sum / count.sqrt()).collect();
            assert_eq!(scores(page, &weights), expected);
        });
    }

    #[test]
    fn a_name_counts_once_however_many_ancestors_bear_it() {
        let nested = |depth: usize| "<div class=box>".repeat(depth) + "Text";
        let weights = weights();
        let score = |depth: usize| {
            let tree = scraper::Html::parse_document(&nested(depth));
            scores(&blocks::page(&tree), &weights)
        };
        assert_eq!(score(8), score(12));
    }
}
