//! What the trees judge a block by: its features, and what the first scores say around it. The first scores are sums of the
//! weights of hashed tokens.

use url::Url;

use crate::blocks::Page;
use crate::context;
use crate::features::{self, Matrix};
use crate::linear;
use crate::model::Model;
use crate::structured::Hints;

/// All features of every leaf.
pub(crate) fn matrix(page: &Page<'_>, hints: &Hints, url: Option<&Url>, model: &Model) -> Matrix {
    let first = linear::scores(page, model.weights());
    features::matrix(page, hints, url, &context::matrix(page, &first))
}

/// The names of all features, in their order.
pub(crate) fn names(page: &Page<'_>) -> Vec<String> {
    let mut names = features::names(page);
    if !page.leaves.is_empty() {
        names.extend(context::NAMES.iter().map(|name| (*name).to_owned()));
    }
    names
}
