//! What repeats across a site: each page is observed as it is extracted, a profile of its site learns from what was observed,
//! and the next page is weighed against the profile. The room keeps nothing between two calls: a profile is an argument.

pub mod observation;
pub mod profile;
pub(crate) mod weigh;
