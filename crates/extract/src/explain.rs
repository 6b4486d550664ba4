//! The same way as an extraction, with every block's fate, score and reasons kept and put into words.

use std::collections::HashSet;

use serde::Serialize;

use crate::article::PageType;
use crate::attribution::{Attribution, Reason};
use crate::blocks::{Leaf, Page};
use crate::choose;
use crate::error::Error;
use crate::extract::{self, Decided};
use crate::group_words;
use crate::model::Model;
use crate::options::{Context, Options};
use crate::roles::{self, Role};
use crate::scores;
use crate::semantics;
use crate::walk;

/// Every block of a page and why it was kept or dropped.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// The title that was found.
    pub title: Option<String>,
    /// What kind of page it was taken for.
    pub page_type: PageType,
    /// The score from which on a block was taken.
    pub threshold: f32,
    /// The blocks in document order.
    pub blocks: Vec<ExplainedBlock>,
}

/// One block and its fate.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExplainedBlock {
    /// Whether it is part of the article.
    pub kept: bool,
    /// How likely it is content, from 0 to 1.
    pub score: f32,
    /// What part it plays on the page.
    pub role: Role,
    /// Where it stands: the last elements of its path, as in `main > article.post > p`.
    pub path: String,
    /// Its text, white space folded.
    pub text: String,
    /// Why, in words; what decided comes first.
    pub reasons: Vec<String>,
}

/// Explains an extraction block by block.
///
/// # Errors
/// As [`extract()`](crate::extract()).
///
/// ```
/// use chaffinch_extract::{Context, Options, explain};
/// let page = b"<article><p>The chaffinch sings from late February to July, longest at dawn.</p></article>
///     <div class=share>Share this</div>";
/// let explanation = explain(page, &Context::default(), &Options::default())?;
/// assert_eq!(explanation.blocks[1].reasons[0], "a set phrase for sharing");
/// # Ok::<(), chaffinch_extract::Error>(())
/// ```
pub fn explain(html: &[u8], context: &Context<'_>, options: &Options) -> Result<Explanation, Error> {
    explain_with(html, context, options, Model::shipped())
}

/// As [`explain()`], with blocks scored by another model than the shipped one.
///
/// # Errors
/// As [`extract()`](crate::extract()).
pub fn explain_with(
    html: &[u8],
    context: &Context<'_>,
    options: &Options,
    model: &Model,
) -> Result<Explanation, Error> {
    extract::read(html, context, options, model, |decided| explained(&decided, model))
}

/// No more reasons than this come from the score of a block.
const SCORE_REASONS_MAX: usize = 4;

/// A decided page block by block.
pub(crate) fn explained(decided: &Decided<'_>, model: &Model) -> Explanation {
    let page = decided.page;
    let matrix = scores::matrix(page, decided.hints, decided.url, model);
    let attribution = Attribution::new(model.forest(), &scores::names(page), &matrix.values);
    let blocks = matrix
        .values
        .chunks_exact(matrix.count.max(1))
        .enumerate()
        .map(|(leaf, row)| {
            let scored = attribution.reasons(row, decided.choice.kept[leaf], SCORE_REASONS_MAX);
            explain_leaf(decided, leaf, scored)
        })
        .collect();
    Explanation {
        title: decided.metadata.title.clone(),
        page_type: decided.kinds.best().0,
        threshold: decided.choice.threshold,
        blocks,
    }
}

/// A kind of page with its article, as in "an article".
pub fn kind_in_words(kind: PageType) -> &'static str {
    match kind {
        PageType::Article => "an article",
        PageType::Forum => "a forum",
        PageType::Product => "a product",
        PageType::Listing => "a listing",
        PageType::Collection => "a collection",
        PageType::Documentation => "documentation",
        PageType::Service => "a service page",
    }
}

fn explain_leaf(decided: &Decided<'_>, at: usize, scored: Vec<Reason>) -> ExplainedBlock {
    let page = decided.page;
    let leaf = &page.leaves[at];
    let mut reasons: Vec<String> = Vec::new();
    if let Some(reason) = decided.choice.reasons[at] {
        reasons.push(reason.to_owned());
    }
    if let Some(reason) = leaf.chrome.map(choose::reason).filter(|reason| !reasons.iter().any(|known| known == reason))
    {
        reasons.push(reason.to_owned());
    }
    reasons.extend(decided.repeated.get(at).into_iter().flat_map(|repeated| repeated.reasons()));
    reasons.extend(scored.into_iter().map(|reason| reason.words));
    reasons.extend(leaf_facts(leaf));
    reasons.extend(place(page, leaf.owner));
    let mut known = HashSet::new();
    reasons.retain(|reason| known.insert(reason.clone()));
    ExplainedBlock {
        kept: decided.choice.kept[at],
        score: decided.scores[at],
        role: roles::role(page, &decided.choice, at, decided.metadata.title.as_deref()),
        path: path(page, leaf.owner),
        text: leaf.text.clone(),
        reasons,
    }
}

/// What can be counted in a block.
fn leaf_facts(leaf: &Leaf) -> Option<String> {
    if leaf.words > 25.0 && leaf.link_words < 0.2 * leaf.words {
        Some(format!("{:.0} words, hardly any in links", leaf.words))
    } else if leaf.link_words > 0.6 * leaf.words {
        Some(format!("{:.0}% of its words are links", 100.0 * leaf.link_words / leaf.words.max(1.0)))
    } else {
        None
    }
}

/// What the elements around say.
fn place(page: &Page<'_>, owner: usize) -> Vec<String> {
    const TELLING: &[(semantics::Semantics, &str)] = &[
        (semantics::BODY, "stands in what the page calls the article's body"),
        (semantics::ARTICLE, "stands in <article>"),
        (semantics::MAIN, "stands in the page's main part"),
        (semantics::NAV, "stands in navigation"),
        (semantics::HEADER, "stands in a header"),
        (semantics::FOOTER, "stands in a footer"),
        (semantics::ASIDE, "stands aside"),
        (semantics::FORM, "stands in a form"),
        (semantics::DIALOG, "stands in a dialogue"),
        (semantics::HIDDEN, "is hidden at first"),
    ];
    let mut reasons = Vec::new();
    let meanings = page.ancestors(owner, 24).fold(0, |all, (_, element)| all | element.semantics);
    reasons.extend(TELLING.iter().filter(|(bit, _)| meanings & bit != 0).map(|(_, words)| (*words).to_owned()));
    let near = page.ancestors(owner, 4).fold(0, |all, (_, element)| all | element.groups);
    let named: Vec<&str> = group_words::TABLE
        .iter()
        .enumerate()
        .filter(|(bit, _)| near & (1 << bit) != 0)
        .map(|(_, (name, _))| *name)
        .collect();
    if !named.is_empty() {
        reasons.push(format!("named for: {}", named.join(", ")));
    }
    reasons
}

/// So many letters of a name are shown: pages may have longer ones, and each block tells five.
const NAME_LETTERS_MAX: usize = 60;

fn path(page: &Page<'_>, owner: usize) -> String {
    let mut parts: Vec<String> = page
        .ancestors(owner, 5)
        .filter(|(_, element)| !walk::name_of(page.tree, element.id).is_empty())
        .map(|(_, element)| {
            let name = beginning(walk::name_of(page.tree, element.id));
            let class = walk::attr_of(page.tree, element.id, "class").and_then(|class| class.split_whitespace().next());
            class.map_or_else(|| name.to_owned(), |class| format!("{name}.{}", beginning(class)))
        })
        .collect();
    parts.reverse();
    parts.join(" > ")
}

fn beginning(name: &str) -> &str {
    name.char_indices().nth(NAME_LETTERS_MAX).map_or(name, |(end, _)| &name[..end])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_long_name_is_not_told_by_every_block() {
        let page = format!("<div class={}>{}</div>", "é".repeat(50_000), "<p>words</p>".repeat(2_000));
        let explanation = explain(page.as_bytes(), &Context::default(), &Options::default()).unwrap();
        assert_eq!(explanation.blocks.len(), 2_000);
        assert!(explanation.blocks.iter().all(|block| block.path.len() < 1_000 && block.path.contains("div.éé")));
    }
}
