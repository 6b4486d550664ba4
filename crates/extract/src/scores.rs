//! How likely each block is content: the hashed tokens give a first score, first scores give each other context, and the
//! trees judge by that and by the features. A block whose first score is hopeless is not looked at further.

use url::Url;

use crate::blocks::Page;
use crate::context;
use crate::features;
use crate::linear;
use crate::model::Model;
use crate::structured::Hints;

/// A first score below this, in log-odds, is the last: hardly a word of content has one.
const HOPELESS: f32 = -4.5;

/// The probability of every leaf.
pub(crate) fn scores(page: &Page<'_>, hints: &Hints, url: Option<&Url>, model: &Model) -> Vec<f32> {
    let first = linear::scores(page, model.weights());
    let around = context::matrix(page, &first);
    let matrix = features::matrix(page, hints, url);
    let mut row = Vec::with_capacity(matrix.count + context::NAMES.len());
    (0..page.leaves.len())
        .map(|leaf| {
            if first[leaf] < HOPELESS {
                return 1.0 / (1.0 + (-first[leaf]).exp());
            }
            row.clear();
            row.extend_from_slice(matrix.row(leaf));
            row.extend_from_slice(&around[leaf * context::NAMES.len()..(leaf + 1) * context::NAMES.len()]);
            model.probability(&row)
        })
        .collect()
}
