//! What each sign of a title or a date is worth. Written by `scripts/train_metadata.py`; not to be edited by hand.
//!
//! Share of right answers, by pages whose sites the weights never saw, by these weights, and by the best choice there is:
//!
//! * title, wcxb-dev: 0.816 cross-validated, 0.829 fitted, 0.982 offered
//! * title, daniel-dev: 0.831 cross-validated, 0.832 fitted, 0.904 offered
//! * date, wcxb-dev: 0.884 cross-validated, 0.902 fitted, 0.949 offered
//! * date, htmldate-default: 0.936 cross-validated, 0.939 fitted, 0.971 offered
//! * date, readability-pages: 0.848 cross-validated, 0.879 fitted, 1.000 offered

use crate::metadata::dates::vote::SIGNS;
use crate::metadata::title::SOURCES;

/// What each source of a title is worth, in the order of [`Source`](crate::metadata::title::Source).
#[rustfmt::skip]
pub(crate) const TITLES: [f32; SOURCES] = [
    0.80, 0.18, 0.91, 0.11, 0.79, 0.41, -0.13, 1.10, 0.59, 0.13, 0.53, -0.41, 1.05, -0.30, -2.22, 1.51, -0.83, 0.13,
    1.15, -0.09, -0.39, -0.43, 0.86, 0.85, 3.14, 0.67, 1.82, -0.20, 0.67,
];

/// What each sign of a date is worth, in the order of [`Sign`](crate::metadata::dates::vote::Sign).
#[rustfmt::skip]
pub(crate) const DATES: [f32; SIGNS] = [
    0.87, -0.75, 0.41, 2.85, 1.66, 1.29, -0.78, -1.44, -0.66, -0.10, 1.25, 2.10, 2.29, -1.31, -0.54, -1.95, 0.52,
    -0.58, -1.44, 0.18, 0.62, 0.91, 0.41, 1.22, 0.96, 1.68, 0.71, -0.58, 0.68, -0.72, 0.51, 0.68, -0.88, -0.72, -0.02,
    1.21, 0.99, -0.62, -1.41, -2.84, 2.35, 0.52, -0.60, -0.07, 0.43, 0.74, 0.18, -0.28, -0.29, -1.37, -0.65, -1.73,
    0.62,
];

/// A date worth less than this is none.
pub(crate) const DATE_LEAST: f32 = -0.39;
