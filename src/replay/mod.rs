//! EDGE: HTTP out of the archive, never the network. The interface (lists, the reader view, a banner above each capture)
//! on one port, the captures themselves under a sandbox policy on another. What changes a captured page so that nothing in
//! it reaches the live web (`rewrite`, `css`, `srcset`, `entities`) and what reads and writes its addresses (`address`) is pure.

pub mod address;
pub(crate) mod attributes;
pub mod css;
pub mod entities;
pub(crate) mod image;
pub mod rewrite;
pub mod srcset;
