//! EDGE network: the only place that builds an HTTP client. One exchange under limits, the address guard, and the undoing
//! of content codings. It follows no redirect, retries nothing, asks no robots.txt and knows no archive: `crawl` does.

pub mod body;
pub mod client;
pub mod coding;
pub mod error;
pub mod guard;
pub mod limits;
pub mod proxy;
pub mod request;
pub mod resolver;
pub(crate) mod stage;
pub mod transport;
