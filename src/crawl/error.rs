//! What stops a run. A page that fails is an outcome and no error; a disk, a frontier or a client that fails is one.

use std::sync::Arc;

use crate::store::error::Class;

/// Why a run could not go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No HTTP client could be made of the options.
    #[error(transparent)]
    Client(#[from] crate::fetch::error::Error),
    /// The frontier failed.
    #[error(transparent)]
    Frontier(#[from] crate::frontier::queue::Error),
    /// A part of the program ended before its work did.
    #[error("{what} ended too early; this is a defect of chaffinch, please report it")]
    Lost {
        /// Which part.
        what: &'static str,
    },
    /// The archive failed; several captures may have waited for the same write.
    #[error(transparent)]
    Store(Arc<crate::store::error::Error>),
}

impl From<crate::store::error::Error> for Error {
    fn from(error: crate::store::error::Error) -> Self {
        Self::Store(Arc::new(error))
    }
}

impl Error {
    /// Whether a write failed or the disk is full.
    pub fn is_disk(&self) -> bool {
        match self {
            Self::Store(error) => error.class() == Class::Write,
            Self::Frontier(error) => error.is_disk(),
            _ => false,
        }
    }
}
