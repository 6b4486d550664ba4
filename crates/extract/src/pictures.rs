//! Which images belong to the article: those that stand among its text. Logos, portraits of authors, teasers of other
//! articles and advertisements do not. Players and media files are judged as images are.

use crate::blocks::Page;
use crate::extras::Extras;
use crate::groups::{self, Groups};
use crate::semantics;
use crate::walk::Step;

/// For each step, whether an image there is kept, and whether an extra that follows the step is.
pub(crate) fn choose(page: &Page<'_>, kept: &[bool], extras: &Extras) -> Vec<bool> {
    let mut chosen = vec![false; page.steps.len()];
    let Some(region) = region(page, kept) else { return chosen };
    let words_kept = prefix(page, |at| if kept[at] { page.leaves[at].words } else { 0.0 });
    let words = prefix(page, |at| page.leaves[at].words);
    let foreign = foreign();
    let mut open = vec![0usize];
    let (mut opened, mut leaf) = (0, 0);
    for (at, step) in page.steps.iter().enumerate() {
        while leaf < page.leaves.len() && page.leaves[leaf].steps.end <= at {
            leaf += 1;
        }
        match step {
            Step::Open(_) => {
                opened += 1;
                open.push(opened);
            }
            Step::Close(_) => {
                open.pop();
            }
            _ => {}
        }
        if matches!(step, Step::Image(_)) || !extras.after(at).is_empty() {
            let inside = page.leaves.get(leaf).is_some_and(|leaf| leaf.steps.contains(&at));
            chosen[at] = if inside {
                kept[leaf]
            } else {
                open.contains(&region) && stands_in_text(page, &open, region, &words_kept, &words, foreign)
            };
        }
    }
    chosen
}

/// Names of places whose images are not the article's.
fn foreign() -> Groups {
    ["related", "share", "advert", "author", "sidebar", "nav", "footer", "newsletter", "trending", "comment", "promo"]
        .iter()
        .fold(0, |all, name| all | groups::bit(name))
}

fn stands_in_text(
    page: &Page<'_>,
    open: &[usize],
    region: usize,
    words_kept: &[f32],
    words: &[f32],
    foreign: Groups,
) -> bool {
    let strange = semantics::NAV | semantics::FOOTER | semantics::ASIDE | semantics::FORM | semantics::BUTTON;
    for index in open.iter().rev() {
        if *index == region {
            return true;
        }
        let element = &page.elements[*index];
        let figure = element.semantics & semantics::FIGURE != 0;
        if element.semantics & strange != 0 || (element.groups & foreign != 0 && !figure) {
            return false;
        }
        if !element.leaves.is_empty() && !figure {
            let (from, to) = (element.leaves.start, element.leaves.end);
            return words_kept[to] - words_kept[from] >= 0.5 * (words[to] - words[from]);
        }
    }
    false
}

fn prefix(page: &Page<'_>, of: impl Fn(usize) -> f32) -> Vec<f32> {
    let mut sums = vec![0.0];
    for at in 0..page.leaves.len() {
        sums.push(sums[at] + of(at));
    }
    sums
}

/// The smallest element that holds nine tenths of what is kept; or the `article` or `main` a little above it.
fn region(page: &Page<'_>, kept: &[bool]) -> Option<usize> {
    let sums = prefix(page, |at| if kept[at] { page.leaves[at].words } else { 0.0 });
    let total = *sums.last()?;
    let longest = (0..page.leaves.len())
        .filter(|at| kept[*at])
        .max_by(|a, b| page.leaves[*a].words.total_cmp(&page.leaves[*b].words))?;
    let mut at = page.leaves[longest].owner;
    loop {
        let element = &page.elements[at];
        if sums[element.leaves.end.max(element.leaves.start)] - sums[element.leaves.start] >= 0.9 * total
            || element.parent == at
        {
            break;
        }
        at = element.parent;
    }
    let mut above = at;
    for _ in 0..3 {
        if page.elements[above].semantics & (semantics::ARTICLE | semantics::MAIN) != 0 {
            return Some(above);
        }
        above = page.elements[above].parent;
    }
    Some(at)
}
