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
