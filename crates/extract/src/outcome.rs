//! An answer in numbers: how clearly the kept blocks stand out from the others. The confidence is judged by these; they know
//! nothing of truth.

use crate::blocks::Page;

/// What is known of an answer before it is judged, without the kind of the page.
pub(crate) const NAMES: [&str; 12] = [
    "expected F1",
    "mean score",
    "least sure tenth",
    "unsure words kept",
    "likely words dropped",
    "words kept",
    "share kept",
    "links kept",
    "page words",
    "pieces",
    "tiny blocks",
    "longest block",
];

/// The numbers of an answer, in the order of [`NAMES`].
pub(crate) fn outcome(page: &Page<'_>, scores: &[f32], kept: &[bool]) -> [f32; NAMES.len()] {
    let (mut all, mut expected, mut words, mut gained) = (0.0f32, 0.0f32, 0.0f32, 0.0f32);
    let (mut unsure, mut lost, mut links, mut tiny, mut longest, mut blocks) =
        (0.0f32, 0.0f32, 0.0f32, 0.0f32, 0.0f32, 0.0f32);
    let mut pieces = 0.0f32;
    let mut before = false;
    let mut sure: Vec<(f32, f32)> = Vec::new();
    for ((leaf, score), kept) in page.leaves.iter().zip(scores).zip(kept) {
        all += leaf.words;
        expected += leaf.words * score;
        if *kept {
            words += leaf.words;
            gained += leaf.words * score;
            unsure += if *score < 0.7 { leaf.words } else { 0.0 };
            links += leaf.link_words;
            tiny += f32::from(u8::from(leaf.words < 5.0));
            longest = longest.max(leaf.words);
            blocks += 1.0;
            pieces += f32::from(u8::from(!before));
            sure.push((*score, leaf.words));
        } else {
            lost += if *score > 0.3 { leaf.words } else { 0.0 };
        }
        before = *kept;
    }
    sure.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut below = 0.0;
    let tenth = sure.iter().find(|(_, count)| {
        below += count;
        below >= 0.1 * words
    });
    let some = words.max(1.0);
    [
        2.0 * gained / (words + expected).max(1.0),
        gained / some,
        tenth.map_or(0.0, |(score, _)| *score),
        unsure / some,
        lost / some.max(0.02 * all),
        words.ln_1p(),
        words / all.max(1.0),
        links / some,
        all.ln_1p(),
        pieces.ln_1p(),
        tiny / f32::max(blocks, 1.0),
        longest / some,
    ]
}
