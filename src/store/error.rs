//! What can go wrong with an archive, told apart by what a caller does about it. Messages name the file and the remedy.

use std::io;
use std::path::PathBuf;

/// Why the archive could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The catalogue could not answer.
    #[error("catalogue {}: {source}; if this stays, delete the file and run `chaffinch reindex`", path.display())]
    Catalogue {
        /// The catalogue's file.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// A record cannot be read back.
    #[error(
        "{file}: damaged at byte {offset}: {what}; run `chaffinch verify` for the extent and `chaffinch repair` to save the rest"
    )]
    Damaged {
        /// The file, relative to the archive.
        file: String,
        /// Where the record begins.
        offset: u64,
        /// What is wrong with it.
        what: String,
    },
    /// A record could not be made of a capture.
    #[error("{url}: could not be written as a record: {what}")]
    Encode {
        /// The page.
        url: String,
        /// What is wrong with it.
        what: String,
    },
    /// The archive was written by a newer program.
    #[error("{}: an archive of format {found}; this program reads up to format {known}: install a newer chaffinch", path.display())]
    Newer {
        /// The archive.
        path: PathBuf,
        /// The version it names.
        found: u32,
        /// The newest version this program reads.
        known: u32,
    },
    /// The folder is no archive.
    #[error("{}: not an archive (there is no readable FORMAT file); `chaffinch archive URL` makes one", path.display())]
    NotAnArchive {
        /// The folder.
        path: PathBuf,
    },
    /// A file could not be read.
    #[error("{file}: cannot be read: {source}")]
    Read {
        /// The file, relative to the archive, or its whole path.
        file: String,
        /// What the system says.
        source: io::Error,
    },
    /// Another process is sealing, compacting or repairing.
    #[error("another process is sealing, compacting or repairing this archive; try again when it has finished")]
    Sealing,
    /// A file could not be written; what was written before is safe.
    #[error(
        "{file}: cannot be written: {source}; nothing that was stored before is lost: make room, or let the folder be written to, and run the same again"
    )]
    Write {
        /// The file, relative to the archive, or its whole path.
        file: String,
        /// What the system says.
        source: io::Error,
    },
}

/// What a failure means to whoever asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// The archive cannot be read, or is of a newer version.
    Unreadable,
    /// A write failed, or the disk is full.
    Write,
    /// One capture or file is damaged; the rest can be read.
    Damage,
    /// Somebody else holds a lock.
    Busy,
}

impl Error {
    /// What the failure means to whoever asked.
    pub fn class(&self) -> Class {
        match self {
            Self::Catalogue { source, .. } if is_write(source) => Class::Write,
            Self::Catalogue { .. } | Self::Newer { .. } | Self::NotAnArchive { .. } | Self::Read { .. } => {
                Class::Unreadable
            }
            Self::Damaged { .. } => Class::Damage,
            Self::Sealing => Class::Busy,
            Self::Encode { .. } | Self::Write { .. } => Class::Write,
        }
    }
}

/// Whether SQLite failed because it could not write: a full or read-only disk, or a lock that nobody gave up.
fn is_write(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseBusy, DatabaseLocked, DiskFull, PermissionDenied, ReadOnly, SystemIoFailure};
    matches!(
        error.sqlite_error_code(),
        Some(DatabaseBusy | DatabaseLocked | DiskFull | PermissionDenied | ReadOnly | SystemIoFailure)
    )
}

/// What the archive's functions give.
pub type Result<T> = std::result::Result<T, Error>;
