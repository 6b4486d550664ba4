//! What kind of page it is: the likeliest by a trained judge of the page's portrait.

use crate::article::PageType;
use crate::judge::Judge;
use crate::portrait::Portrait;

/// The kinds in the order of the judge's rows.
pub(crate) const ORDER: [PageType; 7] = [
    PageType::Article,
    PageType::Forum,
    PageType::Product,
    PageType::Listing,
    PageType::Collection,
    PageType::Documentation,
    PageType::Service,
];

/// How likely a page is of each kind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Kinds {
    likely: [f32; ORDER.len()],
}

impl Kinds {
    /// Judges a page by its portrait.
    pub(crate) fn of(portrait: &Portrait, judge: &Judge) -> Self {
        let mut likely = [0.0; ORDER.len()];
        match judge.kinds(&portrait.values) {
            Some(judged) if judged.len() == ORDER.len() => likely.copy_from_slice(&judged),
            // A judge that was trained on other numbers says nothing: most pages are articles.
            _ => likely[0] = 1.0,
        }
        Self { likely }
    }

    /// The likeliest kind and how likely it is.
    pub(crate) fn best(&self) -> (PageType, f32) {
        let best = ORDER.into_iter().zip(self.likely).max_by(|a, b| a.1.total_cmp(&b.1));
        best.unwrap_or((PageType::Article, 0.0))
    }

    /// How likely the page is a forum or a question with answers.
    pub(crate) fn forum(&self) -> f32 {
        self.likely[1]
    }

    /// The likelihoods in the order of [`ORDER`].
    pub(crate) fn all(&self) -> [f32; ORDER.len()] {
        self.likely
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blocks;
    use crate::outcome;
    use crate::portrait;
    use crate::structured;
    use crate::tree;

    fn kinds(html: &str) -> Kinds {
        let tree = tree::parse(html, &crate::Limits::default());
        let page = blocks::page(&tree);
        let scores = vec![1.0; page.leaves.len()];
        let portrait = portrait::portrait(&page, &scores, &structured::hints(&tree), None);
        Kinds::of(&portrait, Judge::shipped())
    }

    #[test]
    fn the_shipped_judge_fits_the_portrait_and_the_outcome() {
        let tree = tree::parse("<p>One.", &crate::Limits::default());
        let page = blocks::page(&tree);
        assert!(Judge::shipped().kinds(&vec![0.0; portrait::names(&page).len()]).is_some());
        assert!(Judge::shipped().confidence(&vec![0.0; outcome::NAMES.len() + ORDER.len()]).is_some());
    }

    #[test]
    fn what_is_stamped_as_a_forum_and_built_of_posts_is_one_and_paragraphs_are_an_article() {
        let text =
            "The lamp did it, and the loaf sprang like never before, so I shall try the boiler next week and report.";
        let post = format!(
            "<div class=post itemscope itemtype=https://schema.org/Comment><div class=username>ada</div><div class=postbody>{text}</div></div>"
        );
        let thread = format!(
            "<meta name=generator content=phpBB><body class='forum viewtopic'><div class='thread posts'>{}</div>",
            post.repeat(8)
        );
        assert_eq!(kinds(&thread).best().0, PageType::Forum);
        let article = format!("<article><h1>Bread</h1>{}</article>", format!("<p>{text}</p>").repeat(8));
        assert_eq!(kinds(&article).best().0, PageType::Article);
    }
}
