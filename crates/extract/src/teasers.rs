//! Entries of one template beside an article: teasers, products, names. It finds those that are many, that no score takes for
//! content and that stand on a page which has other content; whether they are dropped is decided elsewhere.

use std::collections::HashMap;

use crate::blocks::Page;
use crate::features;

/// From this many on, blocks of one template are entries.
const ENTRIES_MIN: usize = 3;
/// Of a template that one block of is as likely as this, all may be content.
const LIKELY: f32 = 0.5;
/// Word by word, content is likelier than this on the mean of a template, even where the score is in doubt.
const MEAN_MIN: f32 = 0.3;
/// A block this likely is the article's.
const SURE: f32 = 0.7;
/// With fewer words that are surely the article's, the entries may be what there is.
const SURE_WORDS_MIN: f32 = 40.0;

/// What the blocks of one template have in common.
#[derive(Default)]
struct Template {
    count: usize,
    best: f32,
    words: f32,
    /// The words, each as likely as its block.
    likely: f32,
}

/// The leaves that are entries beside the article; none where nothing is surely the article.
pub(crate) fn beside(page: &Page<'_>, scores: &[f32]) -> Vec<usize> {
    let leaves = || page.leaves.iter().zip(scores);
    let sure: f32 = leaves().filter(|(_, score)| **score >= SURE).map(|(leaf, _)| leaf.words).sum();
    if sure < SURE_WORDS_MIN {
        return Vec::new();
    }
    let mut templates: HashMap<u64, Template> = HashMap::new();
    let shapes: Vec<u64> = page.leaves.iter().map(|leaf| features::shape(page, leaf)).collect();
    for ((leaf, score), shape) in leaves().zip(&shapes) {
        let template = templates.entry(*shape).or_default();
        template.count += 1;
        template.best = template.best.max(*score);
        template.words += leaf.words;
        template.likely += score * leaf.words;
    }
    let unlikely = |template: &Template| {
        template.count >= ENTRIES_MIN && template.best < LIKELY && template.likely < MEAN_MIN * template.words
    };
    (0..shapes.len()).filter(|at| templates.get(&shapes[*at]).is_some_and(unlikely)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blocks;
    use crate::options::Limits;
    use crate::tree;

    /// A paragraph of the given words, likely 0.9, then entries as likely as told.
    fn found(words: usize, entries: &[f32]) -> Vec<usize> {
        let entry = "<div class=entry><p>The wren, and where to hear it</p></div>";
        let html = format!("<main><p>{}</p></main>{}", "finch ".repeat(words), entry.repeat(entries.len()));
        let tree = tree::parse(&html, &Limits::default());
        beside(&blocks::page(&tree), &[&[0.9], entries].concat())
    }

    #[test]
    fn three_unlikely_entries_beside_an_article_are_found() {
        assert_eq!(found(50, &[0.4, 0.2, 0.2]), [1, 2, 3]);
    }

    #[test]
    fn entries_are_left_alone_where_there_is_no_article_or_they_are_few_or_one_is_likely() {
        assert!(found(10, &[0.4, 0.2, 0.2]).is_empty(), "no article");
        assert!(found(50, &[0.4, 0.1]).is_empty(), "few");
        assert!(found(50, &[0.6, 0.1, 0.1]).is_empty(), "one likely");
        assert!(found(50, &[0.4, 0.4, 0.4]).is_empty(), "all in doubt");
    }
}
