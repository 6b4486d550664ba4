//! The face: command line, configuration, one file a verb, tables and progress. What it knows of the rooms below is how to
//! ask them; how a page is fetched or a capture kept is theirs.

pub mod config;
pub mod exit;
