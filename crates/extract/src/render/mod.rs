//! The article's tree as plain text, Markdown and HTML.

pub(crate) mod html;
mod markdown;
mod text;

pub use html::html;
pub use markdown::markdown;
pub use text::{inline_text, text};
