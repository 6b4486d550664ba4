//! Facts about the program, found out by running it against a local site that can misbehave. One file a verb or a feature;
//! `support/` holds the site, the program in a clean environment and temporary archives.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(
    clippy::format_collect,
    clippy::format_push_string,
    reason = "short texts, and the short way is easier to read"
)]
#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

mod accessible;
mod archive;
mod bad_answers;
mod bad_servers;
mod browsing;
mod budgets;
mod cdx;
mod config;
mod continued;
mod crawl;
mod crawl_stop;
mod damage;
mod discovery;
mod disk_full;
mod explain;
mod explaining;
mod export;
mod extract;
mod faithful;
mod feed;
mod first_archive;
mod flags;
mod forget;
mod freshness;
mod golden;
mod health;
mod hostile_captures;
mod hostile_import;
mod house;
mod import;
mod judges;
mod kill;
mod licences;
mod look_back;
mod manners;
mod memento;
mod outages;
mod page_assets;
mod politeness;
mod replay;
mod replay_api;
mod replay_queue;
mod replay_scripts;
mod replay_token;
mod robots;
mod schemas;
mod setup;
mod signing_in;
mod sites;
mod support;
mod virtual_time;
mod watching;
