//! VALUE: how what is captured is filed, and what is captured with it.

use std::sync::Arc;

use crate::crawl::visit::Credentials;

/// Which assets are kept with a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assets {
    /// None.
    None,
    /// The images of the article.
    Article,
    /// Everything the page shows.
    Page,
}

/// What is known of a page besides the answer.
#[derive(Debug, Clone)]
pub struct Filing {
    /// The source that led to it; none for what was asked for by hand.
    pub source: Option<String>,
    /// Tags of the source.
    pub tags: Vec<String>,
    /// Which assets are kept.
    pub assets: Assets,
    /// Header fields for some hosts only.
    pub credentials: Arc<Credentials>,
    /// Whether robots.txt is asked for assets, too.
    pub obey_robots: bool,
    /// Whether assets are fetched again though they are kept.
    pub force: bool,
}
