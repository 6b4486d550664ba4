//! Isolates the article of an HTML page: title, authors, dates, and the content as a small tree without the chrome around it.
//!
//! The crate is pure: bytes in, [`Article`] out. It opens no file, asks no network and reads no clock, so the same page always
//! gives the same answer.
//!
//! ```
//! use chaffinch_extract::{Context, Options, extract};
//!
//! let page = b"<html lang=en><title>Finches - The Bird Post</title><nav><a href=/>Home</a></nav>
//!   <article><h1>Finches</h1><p>Chaffinches take seeds from the ground, and insects from the leaves.</p></article>
//!   <footer>About us</footer></html>";
//! let url = url::Url::parse("https://example.org/finches")?;
//! let context = Context { url: Some(&url), content_type: Some("text/html; charset=utf-8"), ..Context::default() };
//! let article = extract(page, &context, &Options::default())?;
//! assert!(article.text().contains("Chaffinches take seeds from the ground"));
//! assert!(!article.text().contains("About us"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The content renders as plain text, Markdown and clean HTML ([`render`]); [`explain()`] says of every block why it was kept or
//! dropped.

mod agreement;
pub mod article;
mod attributes;
mod attribution;
mod blocks;
mod build;
mod choose;
mod code;
mod context;
mod copies;
pub mod decode;
mod embeds;
mod entities;
pub mod error;
pub mod explain;
pub mod extract;
mod extras;
mod family;
mod features;
mod formulas;
mod frames;
mod group_words;
mod groups;
mod guard;
mod headline;
pub mod highlight;
mod images;
mod inlines;
pub mod judge;
mod kind;
mod letters;
mod linear;
mod mathml;
mod metadata;
pub mod model;
mod notes;
pub mod options;
mod outcome;
pub mod overlay;
mod phrase_table;
mod phrases;
mod pictures;
mod portrait;
pub mod render;
pub mod repeats;
pub mod roles;
mod rules;
mod scores;
mod sections;
mod semantics;
mod serial;
mod shapes;
mod spaces;
mod stamps;
pub mod stance;
mod structured;
mod tables;
mod teasers;
mod threshold;
mod token_hash;
mod tokenizer;
mod tokens;
pub mod training;
mod tree;
mod trees;
mod unseen;
mod verdict;
mod walk;
mod walls;
mod ways;
mod wording;
pub mod worths;

pub use article::{Article, Block, Definition, Image, Inline, Metadata, Note, PageType, Span, Style, Verdict};
pub use error::Error;
pub use explain::{ExplainedBlock, Explanation, explain, explain_with};
pub use extract::{extract, extract_observed, extract_observed_with, extract_seen, extract_with};
pub use highlight::highlight;
pub use judge::Judge;
pub use model::Model;
pub use options::{Context, Favor, Limits, Options, SiteRules};
pub use overlay::overlay;
pub use repeats::observation::Observation;
pub use repeats::profile::SiteProfile;
pub use roles::Role;
pub use stance::Stance;
pub use worths::Worths;

/// The extractor's version: goes into every stored article, so that it can be told which were made by an older one.
pub const VERSION: &str = concat!("chaffinch-extract/", env!("CARGO_PKG_VERSION"));
