//! Sections of chrome: a heading that is a set phrase ("Related articles", "Leave a Reply") says what stands under it. This
//! finds how far its reach goes; whether the blocks there are dropped is decided elsewhere.

use crate::blocks::Page;
use crate::phrases::Chrome;
use crate::semantics;

/// A section reaches no further than this, in leaves.
const REACH_MAX: usize = 400;

/// For each leaf, the set phrase that heads the section it stands in.
pub(crate) fn chrome(page: &Page<'_>) -> Vec<Option<Chrome>> {
    let mut under = vec![None; page.leaves.len()];
    let total: f32 = page.leaves.iter().map(|leaf| leaf.words).sum();
    for at in 0..page.leaves.len() {
        let Some(chrome) = page.leaves[at].chrome.filter(|chrome| heads(*chrome)) else { continue };
        if under[at].is_some() {
            continue;
        }
        let end = reach(page, at, total);
        for slot in &mut under[at..end] {
            slot.get_or_insert(chrome);
        }
    }
    under
}

/// Whether a phrase announces what follows.
fn heads(chrome: Chrome) -> bool {
    matches!(
        chrome,
        Chrome::Comments | Chrome::Related | Chrome::Newsletter | Chrome::Share | Chrome::Tags | Chrome::Cookies
    )
}

/// Where the section that leaf `at` heads ends.
fn reach(page: &Page<'_>, at: usize, total: f32) -> usize {
    let owner = page.leaves[at].owner;
    let is_heading = page.elements[owner].semantics & semantics::HEADING != 0;
    // The largest element that begins with this leaf and is not most of the page.
    let mut wrapper = owner;
    let mut next = owner;
    for (_, element) in page.ancestors(owner, 12) {
        let index = next;
        next = element.parent;
        if element.leaves.start != at || element.leaves.len() > REACH_MAX {
            break;
        }
        let words: f32 = page.leaves[element.leaves.clone()].iter().map(|leaf| leaf.words).sum();
        if words > 0.4 * total {
            break;
        }
        wrapper = index;
    }
    let wrapped_end = page.elements[wrapper].leaves.end.max(at + 1);
    if wrapped_end > at + 1 || !is_heading {
        return wrapped_end.min(at + REACH_MAX);
    }
    // A bare heading: its siblings up to the next heading, and never out of its parent.
    let parent_end = page.elements[page.elements[wrapper].parent].leaves.end;
    let mut end = at + 1;
    while end < parent_end && end < at + REACH_MAX {
        let leaf = &page.leaves[end];
        let next_heading = page.elements[leaf.owner].semantics & semantics::HEADING != 0;
        let prose = leaf.words > 40.0 && leaf.link_words < 0.3 * leaf.words;
        if next_heading || prose {
            break;
        }
        end += 1;
    }
    end
}
