//! Blocks made by one template share a fate more often than their scores, taken one by one, would have it: comments of a
//! thread, paragraphs of a text, teasers of a list. Each score moves towards what its template's blocks say together. It
//! knows scores and templates, and judges nothing.

use foldhash::{HashMap, HashMapExt};

use crate::blocks::{Leaf, Page};
use crate::features;

/// How far a score moves, as a share of the way in log-odds.
const PULL: f32 = 0.4;
/// A long block counts no more than so many words.
const WORDS_MAX: f32 = 200.0;
/// A likelihood so near to nothing or to certainty is taken for no nearer.
const NEAREST: f32 = 1e-4;

/// The words of a template's blocks, those expected to be content, and how many blocks there are.
#[derive(Debug, Clone, Copy, Default)]
struct Together {
    words: f32,
    expected: f32,
    blocks: usize,
}

fn log_odds(likelihood: f32) -> f32 {
    let likelihood = likelihood.clamp(NEAREST, 1.0 - NEAREST);
    (likelihood / (1.0 - likelihood)).ln()
}

fn words(leaf: &Leaf) -> f32 {
    leaf.words.clamp(1.0, WORDS_MAX)
}

/// Moves the likelihood of each leaf towards that of the leaves of its template.
pub(crate) fn reach(page: &Page<'_>, scores: &mut [f32]) {
    let shapes: Vec<u64> = page.leaves.iter().map(|leaf| features::shape(page, leaf)).collect();
    let mut templates: HashMap<u64, Together> = HashMap::with_capacity(shapes.len());
    for ((shape, leaf), score) in shapes.iter().zip(&page.leaves).zip(scores.iter()) {
        let together = templates.entry(*shape).or_default();
        together.words += words(leaf);
        together.expected += words(leaf) * score;
        together.blocks += 1;
    }
    for (shape, score) in shapes.iter().zip(scores) {
        if let Some(together) = templates.get(shape).filter(|together| together.blocks > 1) {
            let moved = log_odds(*score) * (1.0 - PULL) + log_odds(together.expected / together.words) * PULL;
            *score = 1.0 / (1.0 + (-moved).exp());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reached(html: &str, mut scores: Vec<f32>) -> Vec<f32> {
        let tree = scraper::Html::parse_document(html);
        reach(&crate::blocks::page(&tree), &mut scores);
        scores
    }

    #[test]
    fn a_doubted_block_among_sure_ones_of_its_template_is_doubted_less() {
        let scores = reached("<p class=a>One two.<p class=a>Three four.<p class=a>Five six.", vec![0.9, 0.3, 0.9]);
        assert!(scores[1] > 0.4 && scores[1] < 0.6, "{scores:?}");
        assert!(scores[0] < 0.9 && scores[0] > 0.8, "{scores:?}");
    }

    #[test]
    fn a_block_whose_template_made_no_other_keeps_its_score() {
        let scores = reached("<p class=a>One two.<h2 class=b>Three four.", vec![0.9, 0.3]);
        assert_eq!(scores, [0.9, 0.3]);
    }

    #[test]
    fn certain_scores_stay_numbers() {
        let scores = reached("<p class=a>One two.<p class=a>Three four.", vec![0.0, 1.0]);
        assert!(scores.iter().all(|score| (0.0..=1.0).contains(score)), "{scores:?}");
    }
}
