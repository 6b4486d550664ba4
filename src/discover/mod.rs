//! What leads further: links, feeds, sitemaps and lists found in bytes. Pure: any bytes in, addresses out, damage read round
//! as far as possible. It knows neither where the bytes came from nor whether an address may be visited.

pub mod directives;
pub mod feed;
pub mod links;
pub mod list;
pub mod sitemap;
