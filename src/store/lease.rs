//! The lease on crawling: of several crawls of one archive only one runs. It is an advisory lock on `crawl.lock`, which the
//! system gives back whatever becomes of the process; the file says since when, for the message to the second.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use jiff::Timestamp;
use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

use crate::store::error::Error;

/// The right to crawl; given back when it is dropped.
#[derive(Debug)]
pub struct Lease {
    _file: File,
}

/// Why the lease is not given.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LeaseError {
    /// Somebody else has it.
    #[error("skipped: a crawl of this archive is still running since {since} (process {pid})")]
    StillRunning {
        /// Since when.
        since: Timestamp,
        /// The process.
        pid: u32,
    },
    /// The lock's file cannot be used.
    #[error(transparent)]
    Store(#[from] Error),
}

/// What the lock's file says.
#[derive(Debug, Serialize, Deserialize)]
struct Holder {
    pid: u32,
    since: Timestamp,
}

impl Lease {
    /// Takes the lease of the archive in a folder, at a time.
    pub fn take(dir: &Path, now: Timestamp) -> Result<Self, LeaseError> {
        let path = dir.join("crawl.lock");
        let failed = |source| Error::Write { file: path.display().to_string(), source };
        let mut file =
            File::options().read(true).write(true).create(true).truncate(false).open(&path).map_err(failed)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => {
                let mut text = String::new();
                let _ = file.read_to_string(&mut text);
                let holder = serde_json::from_str(&text).unwrap_or(Holder { pid: 0, since: now });
                return Err(LeaseError::StillRunning { since: holder.since, pid: holder.pid });
            }
            Err(errno) => return Err(failed(errno.into()).into()),
        }
        let holder = Holder { pid: std::process::id(), since: now };
        let text = serde_json::to_string(&holder).unwrap_or_default();
        file.set_len(0)
            .and_then(|()| file.seek(SeekFrom::Start(0)))
            .and_then(|_| file.write_all(text.as_bytes()))
            .map_err(failed)?;
        Ok(Self { _file: file })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_second_crawl_is_told_since_when_the_first_runs() {
        let dir = tempfile::tempdir().unwrap();
        let first: Timestamp = "2026-03-01T10:00:00Z".parse().unwrap();
        let later: Timestamp = "2026-03-01T11:00:00Z".parse().unwrap();
        let lease = Lease::take(dir.path(), first).unwrap();
        match Lease::take(dir.path(), later) {
            Err(LeaseError::StillRunning { since, pid }) => {
                assert_eq!((since, pid), (first, std::process::id()));
            }
            other => panic!("{other:?}"),
        }
        drop(lease);
        assert!(Lease::take(dir.path(), later).is_ok());
    }
}
