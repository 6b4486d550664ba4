//! Chaffinch archives web articles. This library is the program without its command line; ARCHITECTURE.md has the floor
//! plan. What others may want to embed stands in crates of its own: `chaffinch-extract` and `chaffinch-warc`.

pub mod cli;
pub mod page;
pub mod url;
