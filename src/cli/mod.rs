//! The face: command line, configuration, one file a verb, tables and progress. What it knows of the rooms below is how to
//! ask them; how a page is fetched or a capture kept is theirs.

pub mod args;
pub mod beacon;
pub mod config;
pub mod exit;
pub mod face;
pub mod foreign;
pub mod heaps;
pub mod hooks;
pub mod line;
pub mod pages;
pub mod plans;
pub mod pool;
pub mod progress;
pub mod run;
pub mod setup;
pub mod shell;
pub mod sites;
pub mod verbs;
pub mod when;
