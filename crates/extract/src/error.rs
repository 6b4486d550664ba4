//! Why an extraction was refused. There are two reasons only: no bytes at all, and a selector of a person's that is none;
//! a page, however broken, is never an error.

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There were no bytes, or white space only.
    #[error("the page is empty: there is nothing to extract")]
    EmptyInput,
    /// A selector of the site's rules does not parse.
    #[error(
        "`{selector}` (in `{rule}`) is not a CSS selector: {reason}; correct it or take it out of the site's rules"
    )]
    InvalidSelector {
        /// Which list of the rules it stands in: `content`, `remove`, `title`, `author` or `date`.
        rule: &'static str,
        /// The selector as written.
        selector: String,
        /// What the parser objects to.
        reason: String,
    },
}
