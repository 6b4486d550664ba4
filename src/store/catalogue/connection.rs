//! The catalogue's file: one connection that writes, some that read, and what to do when the file is missing, of another
//! version, or no catalogue at all.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use crate::sqlite;
use crate::store::catalogue::schema;
use crate::store::error::{Error, Result};

/// How long a process waits for another that is writing.
const PATIENCE: Duration = Duration::from_secs(60);
/// How much of the catalogue is kept in memory: with less, every capture that is put in reads a dozen pages anew.
const CACHE_KIB: i64 = 48 << 10;
/// The same for a connection that only asks. There may be one for each thread, and the system keeps the file in memory, too.
const READING_CACHE_KIB: i64 = 4 << 10;

/// The name of the catalogue's file in the archive.
pub const FILE: &str = "catalogue.sqlite";

/// The catalogue of an archive.
pub struct Catalogue {
    path: PathBuf,
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
    immutable: bool,
}

/// What opening found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A catalogue.
    Catalogue,
    /// Nothing, and a new one was made.
    Nothing,
    /// Something that is no catalogue of this version, and a new one was made in its place.
    Unusable(String),
}

impl Catalogue {
    /// Opens the catalogue, or makes an empty one.
    pub fn open(path: &Path) -> Result<(Self, Found)> {
        let problem = match Self::connect(path, false) {
            // In this order: what is empty may be filled by another process at this moment, version and tables at once.
            Ok(connection) => match is_empty(&connection).and_then(|empty| Ok((empty, version(&connection)?))) {
                Ok((true, _)) => None,
                Ok((_, schema::VERSION)) => return Ok((Self::over(path, connection, false), Found::Catalogue)),
                Ok((_, other)) => Some(format!("it is of version {other}, not {}", schema::VERSION)),
                Err(error) if is_corrupt(&error) => Some(error.to_string()),
                Err(source) => return Self::read_only(path, source),
            },
            Err(error) if is_corrupt(&error) => Some(error.to_string()),
            Err(source) => return Self::read_only(path, source),
        };
        if problem.is_some() {
            Self::remove(path)?;
        }
        let failed = |source| Error::Catalogue { path: path.to_owned(), source };
        let mut connection = Self::connect(path, false).map_err(failed)?;
        // Two processes may come upon a missing catalogue at once: the second finds the tables made.
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        if version(&tx).map_err(failed)? != schema::VERSION {
            tx.execute_batch(schema::TABLES)
                .and_then(|()| tx.pragma_update(None, "user_version", schema::VERSION))
                .map_err(failed)?;
        }
        tx.commit().map_err(failed)?;
        let found = problem.map_or(Found::Nothing, Found::Unusable);
        Ok((Self::over(path, connection, false), found))
    }

    fn over(path: &Path, connection: Connection, immutable: bool) -> Self {
        Self { path: path.to_owned(), writer: Mutex::new(connection), readers: Mutex::default(), immutable }
    }

    /// On a read-only disk the catalogue can still be read, if it is there.
    fn read_only(path: &Path, source: rusqlite::Error) -> Result<(Self, Found)> {
        let connection = Self::connect(path, true);
        match connection.and_then(|connection| version(&connection).map(|found| (connection, found))) {
            Ok((connection, schema::VERSION)) => Ok((Self::over(path, connection, true), Found::Catalogue)),
            _ => Err(Error::Catalogue { path: path.to_owned(), source }),
        }
    }

    fn connect(path: &Path, immutable: bool) -> rusqlite::Result<Connection> {
        let connection = if immutable {
            let uri = format!("file:{}?immutable=1", escaped(path));
            Connection::open_with_flags(uri, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI)?
        } else {
            Connection::open(path)?
        };
        sqlite::for_reading(&connection, PATIENCE)?;
        if !immutable {
            // The records are durable before the catalogue hears of them: what it loses in a power cut is indexed again.
            sqlite::for_writing(&connection)?;
        }
        // Negative is in KiB.
        connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
        Ok(connection)
    }

    fn reader(&self) -> rusqlite::Result<Connection> {
        let connection = Self::connect(&self.path, self.immutable)?;
        connection.pragma_update(None, "cache_size", -READING_CACHE_KIB)?;
        Ok(connection)
    }

    fn remove(path: &Path) -> Result<()> {
        for end in ["", "-wal", "-shm"] {
            let mut name = path.as_os_str().to_owned();
            name.push(end);
            match std::fs::remove_file(&name) {
                Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                    return Err(Error::Write { file: path.display().to_string(), source });
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the catalogue lies on a disk that cannot be written.
    pub fn is_read_only(&self) -> bool {
        self.immutable
    }

    /// An SQLite error as one of ours.
    pub fn failed(&self, source: rusqlite::Error) -> Error {
        Error::Catalogue { path: self.path.clone(), source }
    }

    /// Does work in one transaction that no other writer can come between, and commits it if the work succeeds.
    pub fn write<T>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T>) -> Result<T> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let tx = writer.transaction_with_behavior(TransactionBehavior::Immediate).map_err(|e| self.failed(e))?;
        let done = work(&tx)?;
        tx.commit().map_err(|e| self.failed(e))?;
        Ok(done)
    }

    /// Asks a question, beside whoever is writing.
    pub fn read<T>(&self, question: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T> {
        let pooled = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match pooled {
            Some(connection) => connection,
            None => self.reader().map_err(|e| self.failed(e))?,
        };
        let answer = question(&connection).map_err(|e| self.failed(e));
        self.readers.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        answer
    }
}

/// Whether a database has no table yet.
fn is_empty(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("SELECT NOT EXISTS (SELECT 1 FROM sqlite_master)", [], |row| row.get(0))
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

fn is_corrupt(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    matches!(error.sqlite_error_code(), Some(DatabaseCorrupt | NotADatabase))
}

/// A path within a `file:` URI.
fn escaped(path: &Path) -> String {
    path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_missing_catalogue_is_made() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE);
        assert_eq!(Catalogue::open(&path).unwrap().1, Found::Nothing);
        assert_eq!(Catalogue::open(&path).unwrap().1, Found::Catalogue);
    }

    #[test]
    fn a_file_that_is_no_catalogue_is_replaced_and_said() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE);
        std::fs::write(&path, "no database at all, but long enough to be taken for one ".repeat(30)).unwrap();
        assert!(matches!(Catalogue::open(&path).unwrap().1, Found::Unusable(_)));
        assert_eq!(Catalogue::open(&path).unwrap().1, Found::Catalogue);
    }

    #[test]
    fn failed_work_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        let (catalogue, _) = Catalogue::open(&dir.path().join(FILE)).unwrap();
        let failed: Result<()> = catalogue.write(|tx| {
            tx.execute("INSERT INTO files (key, indexed) VALUES ('j', 1)", []).unwrap();
            Err(Error::Sealing)
        });
        assert!(failed.is_err());
        let rows: i64 = catalogue.read(|c| c.query_row("SELECT count(*) FROM files", [], |r| r.get(0))).unwrap();
        assert_eq!(rows, 0);
    }
}
