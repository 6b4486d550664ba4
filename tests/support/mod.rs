//! What the tests stand on: a site on loopback that can misbehave, the program in a clean environment, and temporary archives.

pub mod browser;
pub mod chaffinch;
pub mod disk;
pub mod http;
pub mod pages;
pub mod raw;
pub mod replay;
pub mod site;
pub mod universe;
