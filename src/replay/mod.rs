//! EDGE: HTTP out of the archive, never the network. The interface (lists, the reader view, a banner above each capture)
//! on one port, the captures themselves under a sandbox policy on another. What changes a captured page so that nothing in
//! it reaches the live web (`rewrite`, `attributes`, `image`, `css`, `srcset`, `entities`), what reads and writes its
//! addresses (`address`, `origin`) and what finds the nearest (`memento`) is pure.

pub mod address;
pub(crate) mod api;
pub(crate) mod attributes;
pub mod captures;
pub(crate) mod cdx;
pub mod entities;
pub mod error;
pub(crate) mod feed;
pub(crate) mod flow;
pub(crate) mod gate;
pub(crate) mod image;
pub mod marked;
pub(crate) mod markup;
pub mod memento;
pub mod missing;
pub mod origin;
pub mod overview;
pub mod pages;
pub mod protocols;
pub(crate) mod queue;
pub(crate) mod ranges;
pub mod rewrite;
pub mod room;
pub(crate) mod routes;
pub(crate) mod running;
pub mod server;
pub(crate) mod session;
pub(crate) mod spaces;
pub(crate) mod tag;
pub mod token;
#[cfg(test)]
mod trial;
pub mod views;
pub mod watch;
pub(crate) mod way;
