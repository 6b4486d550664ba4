//! The catalogue: what the archive holds, in SQLite, to be asked quickly. Everything in it comes out of the records, so it
//! can be deleted and made again; it does not know how records are written.

pub mod connection;
pub mod insert;
pub mod notes;
pub mod query;
pub mod schema;
pub mod search;
pub mod totals;
pub mod walk;
pub mod words;
