//! What a page says of itself.

use scraper::Html;
use url::Url;

use crate::article::Metadata;

/// Reads title, authors, dates and the rest.
pub(crate) fn metadata(tree: &Html, url: Option<&Url>) -> Metadata {
    let _ = (tree, url);
    Metadata::default()
}
