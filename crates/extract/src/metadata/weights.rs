//! What each sign of a title or a date is worth. Written by `scripts/train_metadata.py`; not to be edited by hand.
//!
//! Share of right answers, by pages whose sites the weights never saw, by these weights, and by the best choice there is:
//!
//! * title, wcxb-dev: 0.822 cross-validated, 0.834 fitted, 0.982 offered
//! * title, daniel-dev: 0.880 cross-validated, 0.885 fitted, 0.916 offered
//! * date, wcxb-dev: 0.884 cross-validated, 0.898 fitted, 0.927 offered
//! * date, htmldate-default: 0.925 cross-validated, 0.934 fitted, 0.961 offered
//! * date, readability-pages: 0.879 cross-validated, 0.909 fitted, 1.000 offered

/// What each source of a title is worth, in the order of [`Source`](crate::metadata::title::Source).
#[rustfmt::skip]
pub(crate) const TITLES: &[f32] = &[
    0.81, 0.42, 0.66, -0.18, 0.66, 0.28, -0.11, 0.95, 0.61, 0.09, 0.45, -0.06, 0.44, -0.06, -0.81, 0.73, -0.32, 0.25,
    1.03, 0.22, -0.25, -0.32, 0.55, 0.89, 1.52, 1.88, 1.42, -0.44, 0.64, -0.58, 0.73, 0.75, 1.14, 0.11, -0.87, -0.36,
    -1.21, -0.65, 0.66,
];

/// What each sign of a date is worth, in the order of [`Sign`](crate::metadata::dates::vote::Sign).
#[rustfmt::skip]
pub(crate) const DATES: &[f32] = &[
    1.08, -1.09, 0.88, 2.71, 1.63, 1.55, -0.97, 0.33, -0.11, 0.09, -0.60, 1.28, 2.45, 1.15, -1.75, -0.30, -1.96, 0.34,
    -0.82, -0.85, 0.03, 0.63, 0.82, 0.45, 1.48, 1.18, 1.66, 0.62, -0.14, 0.76, -0.77, -2.47, 0.54, 0.73, -0.96, -0.75,
    -0.01, 1.60, 0.84, -0.51, -1.23, -2.82, 2.45, 0.63, -1.42, -0.41, 1.04, 0.60, -0.20, -0.41, -0.35, -1.39, -0.97,
    -1.71, 0.90,
];

/// A date worth less than this is none.
pub(crate) const DATE_LEAST: f32 = -1.14;
