//! Isolates the article of an HTML page.

pub mod article;
mod metadata;
pub mod options;
