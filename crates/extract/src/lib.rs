//! Isolates the article of an HTML page.

pub mod article;
pub mod options;
