//! Chaffinch archives web articles. This library is the program without its `main`; ARCHITECTURE.md has the floor plan. What
//! others may want to embed stands in crates of its own: `chaffinch-extract` and `chaffinch-warc`.

pub mod cli;
pub mod crawl;
pub mod discover;
pub mod fetch;
pub mod frontier;
pub mod page;
pub mod replay;
pub mod snapshot;
pub mod sqlite;
pub mod store;
pub mod url;
