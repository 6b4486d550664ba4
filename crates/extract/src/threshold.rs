//! From which score on blocks are taken: as many of the likeliest as make the expected F1 of the page greatest, read in the
//! stance towards its kind; none at all where nothing is likely. It knows no block but by its score and its words.

use crate::choose::Evidence;
use crate::options::Favor;

/// A threshold that no score reaches.
const MORE_THAN_ANY: f32 = 2.0;
/// A page without a block as likely as this, and with fewer words than this to be expected as content in all its blocks, has
/// none: an empty shell, a wall, a menu. Many blocks of little likelihood are content that is not sure where it begins.
const CONTENT_MIN: f32 = 0.35;
const EXPECTED_MIN: f32 = 30.0;

/// The score that makes the expected F1 greatest: of all words taken, how many are content, against all that may be.
pub(crate) fn threshold(evidence: &Evidence<'_>) -> f32 {
    let mut order: Vec<(f32, f32)> =
        evidence.scores.iter().zip(&evidence.page.leaves).map(|(score, leaf)| (*score, leaf.words)).collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0));
    let expected: f32 = order.iter().map(|(score, words)| score * words).sum();
    let unlikely = order.first().is_none_or(|(score, _)| *score < CONTENT_MIN) && expected < EXPECTED_MIN;
    if unlikely && evidence.favor != Favor::Recall {
        return MORE_THAN_ANY;
    }
    let stance = evidence.stance;
    let likely: Vec<f32> = order.iter().map(|(score, _)| stance.read(*score)).collect();
    let expected: f32 = order.iter().zip(&likely).map(|((_, words), likely)| likely * words).sum();
    let even = stance.meant_by(0.5);
    let (mut gained, mut taken, mut best, mut threshold) = (0.0, 0.0, 0.0, even);
    for ((score, words), likely) in order.into_iter().zip(likely) {
        gained += likely * words;
        taken += words;
        let f1 = 2.0 * gained / (taken + expected).max(1e-6);
        if f1 > best {
            best = f1;
            threshold = score;
        }
    }
    match evidence.favor {
        Favor::Balanced => threshold.min(even),
        Favor::Precision => strict(evidence, threshold.min(even)),
        Favor::Recall => threshold.min(0.25),
    }
}

/// Where precision is asked for, a block is at least this likely.
const STRICT: std::ops::RangeInclusive<f32> = 0.6..=0.9;
/// A stricter threshold that leaves less than this share of the words misses what the page is about.
const STRICT_SHARE_MIN: f32 = 0.5;

/// The threshold for precision: a stricter one, unless it would cost most of the article.
fn strict(evidence: &Evidence<'_>, balanced: f32) -> f32 {
    let strict = balanced.clamp(*STRICT.start(), *STRICT.end());
    let words = |least: f32| -> f32 {
        let taken = evidence.scores.iter().zip(&evidence.page.leaves).filter(|(score, _)| **score >= least);
        taken.map(|(_, leaf)| leaf.words).sum()
    };
    if words(strict) < STRICT_SHARE_MIN * words(balanced) { balanced } else { strict }
}
