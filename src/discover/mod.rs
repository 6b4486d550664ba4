//! PURE: what bytes point to. Pages (`links`, `directives`), the assets pages and style sheets name (`assets`, `css`, `srcset`), feeds,
//! sitemaps, and lists of URLs that people hand over. It fetches nothing and decides nothing: scope, traps and robots.txt
//! belong to the frontier.

pub mod assets;
pub mod css;
pub mod date;
pub mod directives;
pub mod feed;
pub mod links;
pub mod list;
pub mod parts;
pub mod sitemap;
pub mod srcset;
mod tokens;
mod xml;
