//! What each sign of a title or a date is worth. Written by `scripts/train_metadata.py`; not to be edited by hand.
//!
//! Share of right answers, by pages whose sites the weights never saw, by these weights, and by the best choice there is:
//!
//! * title, wcxb-dev: 0.823 cross-validated, 0.836 fitted, 0.982 offered
//! * title, daniel-dev: 0.885 cross-validated, 0.885 fitted, 0.916 offered
//! * date, wcxb-dev: 0.887 cross-validated, 0.900 fitted, 0.927 offered
//! * date, htmldate-default: 0.926 cross-validated, 0.936 fitted, 0.961 offered
//! * date, readability-pages: 0.909 cross-validated, 0.939 fitted, 1.000 offered

/// What each source of a title is worth, in the order of [`Source`](crate::metadata::title::Source).
#[rustfmt::skip]
pub(crate) const TITLES: &[f32] = &[
    1.15, 0.72, 0.99, 0.02, 0.70, 0.31, -0.12, 0.94, 0.62, 0.11, 0.55, 0.06, 0.88, -0.01, -1.18, 0.76, -0.40, 0.13,
    1.16, 0.09, -0.26, -0.23, 0.57, 0.88, 1.66, 2.68, 1.74, -0.51, 0.94, -1.55, 0.66, 0.86, 1.34, 0.05, -1.08, -0.95,
    -1.30, -0.83, 1.12,
];

/// What each sign of a date is worth, in the order of [`Sign`](crate::metadata::dates::vote::Sign).
#[rustfmt::skip]
pub(crate) const DATES: &[f32] = &[
    1.18, -1.55, 0.79, 2.97, 1.80, 1.70, -1.31, 0.48, -0.23, 0.00, -0.52, 1.91, 3.02, 1.22, -1.95, 0.09, -2.47, 0.30,
    -1.08, -0.93, 0.08, 0.61, 0.82, 0.43, 1.62, 1.46, 1.75, 0.70, 0.01, 0.90, -1.13, -2.48, 0.61, 0.79, -1.04, -0.79,
    -0.02, 1.94, 0.92, -0.57, -1.26, -3.11, 2.76, 0.76, -1.86, -0.64, 1.21, 0.74, -0.26, -0.26, -0.57, -1.67, -1.29,
    -1.99, 1.19,
];

/// A date worth less than this is none.
pub(crate) const DATE_LEAST: f32 = -1.52;
