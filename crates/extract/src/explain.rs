//! The same way as an extraction, with every block's fate, score and reasons kept and put into words.

use serde::Serialize;

use crate::blocks;
use crate::choose;
use crate::decode;
use crate::error::Error;
use crate::options::{Context, Options};
use crate::tree;

/// Every block of a page and why it was kept or dropped.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
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
    /// Where it stands: the path of elements from the body, as in `main > article.post > p`.
    pub path: String,
    /// Its text, white space folded.
    pub text: String,
    /// Why, in words; the weightiest first.
    pub reasons: Vec<String>,
}

/// Explains an extraction block by block.
///
/// # Errors
/// As [`extract`](crate::extract()).
pub fn explain(html: &[u8], context: &Context<'_>, options: &Options) -> Result<Explanation, Error> {
    if html.iter().all(u8::is_ascii_whitespace) {
        return Err(Error::EmptyInput);
    }
    let (text, _) = decode::decode(html, context.content_type);
    let parsed = tree::parse(&text, &options.limits);
    let page = blocks::page(&parsed.html);
    let kept = choose::choose(&page);
    let blocks = page.leaves.iter().zip(kept).map(|(leaf, kept)| ExplainedBlock {
        kept,
        score: f32::from(u8::from(kept)),
        path: String::new(),
        text: leaf.text.clone(),
        reasons: Vec::new(),
    });
    Ok(Explanation { blocks: blocks.collect() })
}
