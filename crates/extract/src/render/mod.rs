//! The article's tree as plain text, Markdown and HTML.

mod direction;
pub(crate) mod html;
mod line;
mod markdown;
mod text;

pub use html::{article, html};
pub use markdown::markdown;
pub use text::{inline_text, text};
