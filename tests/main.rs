//! Facts about the program, found out by running it against a local site that can misbehave. One file a verb or a feature;
//! `support/` holds the site, the program in a clean environment and temporary archives.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod archive;
mod bad_answers;
mod config;
mod crawl;
mod crawl_stop;
mod damage;
mod disk_full;
mod extract;
mod golden;
mod health;
mod house;
mod look_back;
mod replay;
mod robots;
mod setup;
mod support;
