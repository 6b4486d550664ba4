//! One file a verb, or a family of verbs.

pub mod archive;
pub mod crawl;
pub mod diff;
pub mod explain;
pub mod export;
pub mod extract;
pub mod forget;
pub mod health;
pub mod import;
pub mod list;
pub mod papers;
pub mod replay;
pub mod robots;
pub mod show;
pub mod sources;
