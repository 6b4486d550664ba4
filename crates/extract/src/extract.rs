//! The way from bytes to article, one line a room: decode, parse, cut into blocks, choose, build. It holds no judgement of
//! its own.

use scraper::Html;
use url::Url;

use crate::article::Article;
use crate::blocks;
use crate::build;
use crate::choose;
use crate::decode;
use crate::error::Error;
use crate::metadata;
use crate::options::{Context, Options};
use crate::tree;

/// Isolates the article of a page.
///
/// The answer is always an [`Article`]; its [`verdict`](crate::Verdict) says whether the page is one. No page, however broken
/// or hostile, makes it panic or run for long: what lies beyond [`Limits`](crate::Limits) is left out.
///
/// # Errors
/// [`Error::EmptyInput`] for no bytes (or white space only), [`Error::InvalidSelector`] for a rule that does not parse.
///
/// ```
/// use chaffinch_extract::{Context, Options, extract};
/// let page = b"<nav><a href=/>Home</a></nav><article><h1>Finches</h1>
///     <p>The common chaffinch is a small bird, and it sings from late February to July.</p></article>";
/// let article = extract(page, &Context::default(), &Options::default())?;
/// assert!(article.text().contains("small bird"));
/// assert!(!article.text().contains("Home"));
/// # Ok::<(), chaffinch_extract::Error>(())
/// ```
pub fn extract(html: &[u8], context: &Context<'_>, options: &Options) -> Result<Article, Error> {
    if html.iter().all(u8::is_ascii_whitespace) {
        return Err(Error::EmptyInput);
    }
    let (text, _) = decode::decode(html, context.content_type);
    let parsed = tree::parse(&text, &options.limits);
    Ok(article(&parsed.html, context.url, options))
}

fn article(tree: &Html, url: Option<&Url>, _options: &Options) -> Article {
    let page = blocks::page(tree);
    let kept = choose::choose(&page);
    let content = build::build(&page, &kept, url, &|_| true);
    Article { metadata: metadata::metadata(tree, url), content, confidence: 0.5, ..Article::default() }
}
