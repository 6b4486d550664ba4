//! For whoever trains: the blocks of a page, its possible titles and dates, and the page as a whole, with the numbers that are
//! seen of each.

use crate::article::Verdict;
use crate::blocks;
use crate::context;
use crate::error::Error;
use crate::extract::{self, Decided};
use crate::features;
use crate::linear;
use crate::metadata;
use crate::model::Model;
use crate::options::Context;
use crate::options::Options;
use crate::outcome;
use crate::portrait;
use crate::stance::Stance;
use crate::structured;
use crate::tree;

/// The blocks of a page and their features.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// The text of each block.
    pub texts: Vec<String>,
    /// The words of each block as the extractor counts them.
    pub words: Vec<f32>,
    /// The names of the features.
    pub names: Vec<String>,
    /// The features, block after block.
    pub values: Vec<f32>,
    /// The hashed tokens of each block.
    pub tokens: Vec<Vec<u32>>,
}

/// What whole pages are judged by, and the answer to be judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Traits {
    /// The page in numbers: its kind is judged by these.
    pub portrait: Vec<f32>,
    /// The answer in numbers: its confidence is judged by these and by the likelihoods of the kinds.
    pub outcome: Vec<f32>,
    /// The answer's text.
    pub text: String,
    /// What the page was said to be.
    pub verdict: Verdict,
    /// The answers that each of the stances asked about would give, each text once.
    pub answers: Vec<String>,
    /// For each of the stances, which of `answers` is its.
    pub which: Vec<usize>,
}

/// The names of [`Traits::portrait`], then those of [`Traits::outcome`], in their order.
pub fn trait_names() -> (Vec<String>, Vec<String>) {
    let tree = tree::parse("", &Options::default().limits);
    (portrait::names(&blocks::page(&tree)), outcome::NAMES.iter().map(|name| (*name).to_owned()).collect())
}

/// The traits of a page, its blocks scored by `model`, and what it would be cut down to by other stances.
///
/// # Errors
/// As [`extract()`](crate::extract()).
pub fn traits(
    html: &[u8],
    context: &Context<'_>,
    options: &Options,
    model: &Model,
    stances: &[Stance],
) -> Result<Traits, Error> {
    extract::read(html, context, options, model, |decided| {
        let (answers, which) = answers(&decided, options, stances);
        let mut outcome = decided.outcome();
        outcome.truncate(outcome::NAMES.len());
        let portrait = decided.portrait.values.clone();
        let article = decided.article(options, model);
        Traits { portrait, outcome, text: article.text(), verdict: article.verdict, answers, which }
    })
}

fn answers(decided: &Decided<'_>, options: &Options, stances: &[Stance]) -> (Vec<String>, Vec<usize>) {
    let mut kept: Vec<Vec<bool>> = Vec::new();
    let which = stances
        .iter()
        .map(|stance| {
            let choice = decided.choose(options.favor, *stance);
            kept.iter().position(|known| *known == choice.kept).unwrap_or_else(|| {
                kept.push(choice.kept);
                kept.len() - 1
            })
        })
        .collect();
    (kept.iter().map(|kept| decided.text(kept)).collect(), which)
}

/// The table of a page given as text.
pub fn table(html: &str, context: &Context<'_>, options: &Options) -> Table {
    let parsed = tree::parse(html, &options.limits);
    let page = blocks::page(&parsed);
    let hints = structured::hints(&parsed);
    let matrix = features::matrix(&page, &hints, context.url, &[]);
    Table {
        texts: page.leaves.iter().map(|leaf| leaf.text.clone()).collect(),
        words: page.leaves.iter().map(|leaf| leaf.words).collect(),
        names: features::names(&page),
        values: matrix.values,
        tokens: linear::tokens(&page),
    }
}

/// The features that first scores give the blocks of a page, once for each of the scorers. `scores` gives the first scores
/// when it is told how many blocks there are.
pub fn context<'a>(
    html: &str,
    options: &Options,
    scores: impl FnOnce(usize) -> Option<Vec<&'a [f32]>>,
) -> Option<Vec<Vec<f32>>> {
    let parsed = tree::parse(html, &options.limits);
    let page = blocks::page(&parsed);
    let scores = scores(page.leaves.len())?;
    scores.iter().map(|scores| (scores.len() == page.leaves.len()).then(|| context::matrix(&page, scores))).collect()
}

/// What a page offers as its title and as its day of publication.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposals {
    /// The possible titles and the signs of each.
    pub titles: Vec<(String, Vec<f32>)>,
    /// The possible days, as `2024-05-06`, and the signs of each.
    pub dates: Vec<(String, Vec<f32>)>,
}

/// The possible titles and dates of a page given as text.
pub fn proposals(html: &str, context: &Context<'_>, options: &Options) -> Proposals {
    let parsed = tree::parse(html, &options.limits);
    let (titles, dates) = metadata::proposals(&parsed, context.url);
    Proposals {
        titles: titles.into_iter().map(|title| (title.text, title.sources.to_vec())).collect(),
        dates: dates
            .into_iter()
            .map(|date| (date.stamp.to_string().chars().take(10).collect(), date.signs.0.to_vec()))
            .collect(),
    }
}
