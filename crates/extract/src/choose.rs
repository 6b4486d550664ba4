//! Which blocks are the article.

use crate::blocks::Page;

/// Says for each leaf whether it is kept.
pub(crate) fn choose(page: &Page<'_>) -> Vec<bool> {
    page.leaves.iter().map(|leaf| leaf.link_words * 2.0 < leaf.words && leaf.words > 5.0).collect()
}
