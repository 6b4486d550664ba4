//! What each sign of a title or a date is worth. Written by `scripts/train_metadata.py`; not to be edited by hand.
//!
//! Share of right answers, by pages whose sites the weights never saw, by these weights, and by the best choice there is:
//!
//! * title, wcxb-dev: 0.821 cross-validated, 0.833 fitted, 0.982 offered
//! * title, daniel-dev: 0.880 cross-validated, 0.885 fitted, 0.916 offered
//! * date, wcxb-dev: 0.882 cross-validated, 0.899 fitted, 0.927 offered
//! * date, htmldate-default: 0.926 cross-validated, 0.936 fitted, 0.961 offered
//! * date, readability-pages: 0.909 cross-validated, 0.939 fitted, 1.000 offered

/// What each source of a title is worth, in the order of [`Source`](crate::metadata::title::Source).
#[rustfmt::skip]
pub(crate) const TITLES: &[f32] = &[
    0.81, 0.42, 0.66, -0.18, 0.66, 0.28, -0.11, 0.95, 0.61, 0.10, 0.45, -0.06, 0.44, -0.06, -0.81, 0.73, -0.32, 0.25,
    1.03, 0.22, -0.24, -0.32, 0.55, 0.89, 1.52, 1.88, 1.43, -0.47, 0.64, -0.58, 0.72, 0.75, 1.14, 0.11, -0.87, -0.36,
    -1.21, -0.65, 0.66,
];

/// What each sign of a date is worth, in the order of [`Sign`](crate::metadata::dates::vote::Sign).
#[rustfmt::skip]
pub(crate) const DATES: &[f32] = &[
    0.95, -1.11, 0.88, 2.70, 1.58, 1.52, -1.06, 0.33, -0.09, 0.03, -0.31, 1.31, 2.44, 1.13, -1.74, -0.32, -1.98, 0.27,
    -0.81, -0.80, 0.03, 0.59, 0.73, 0.45, 1.51, 1.33, 1.65, 0.60, -0.14, 0.88, -0.75, -2.27, 0.54, 0.71, -0.93, -0.77,
    -0.02, 1.77, 0.88, -0.53, -1.22, -2.95, 2.45, 0.60, -1.43, -0.53, 1.07, 0.55, -0.13, -0.28, -0.51, -1.45, -1.20,
    -1.69, 0.96,
];

/// A date worth less than this is none.
pub(crate) const DATE_LEAST: f32 = -1.38;
