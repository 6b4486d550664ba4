//! Labels that a reader never sees, or that the site itself leaves off paper: by the class names that themes give them. It
//! finds them; whether they are dropped is decided elsewhere.

use crate::blocks::{Leaf, Page};
use crate::groups;
use crate::walk;

/// The class names, each a whole one.
const NAMES: &[&str] = &[
    "sr-only",
    "visually-hidden",
    "visuallyhidden",
    "screen-reader-text",
    "screen-reader-only",
    "a11y-hidden",
    "hide-text",
    "offscreen",
    "noprint",
    "no-print",
    "d-print-none",
];
/// A label is no longer.
const WORDS_MAX: f32 = 25.0;

/// Whether a leaf is such a label.
pub(crate) fn is_label(page: &Page<'_>, leaf: &Leaf) -> bool {
    let owner = &page.elements[leaf.owner];
    // The group is a sieve: reading the attribute costs more.
    leaf.words <= WORDS_MAX
        && owner.groups & const { groups::bit("hidden") } != 0
        && walk::attr_of(page.tree, owner.id, "class")
            .is_some_and(|class| class.split_ascii_whitespace().any(|name| NAMES.contains(&name)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blocks;
    use crate::options::Limits;
    use crate::tree;

    #[test]
    fn labels_for_screen_readers_and_off_paper_are_found() {
        let labels = |html: &str| {
            let tree = tree::parse(html, &Limits::default());
            let page = blocks::page(&tree);
            page.leaves.iter().map(|leaf| is_label(&page, leaf)).collect::<Vec<_>>()
        };
        assert_eq!(labels("<h2 class='sr-only'>Share this page</h2><p>The chaffinch sings.</p>"), [true, false]);
        assert_eq!(
            labels("<div id=sub class=noprint>From the encyclopedia</div><p class=mobile>Text</p>"),
            [true, false]
        );
        let long = format!("<p class=noprint>{}</p>", "chaffinch ".repeat(30));
        assert_eq!(labels(&long), [false]);
    }
}
