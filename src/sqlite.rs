//! How the SQLite files of an archive are opened: several processes may have one open, readers do not wait for a writer. It does not
//! know what is in them.

use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode};

/// How often is looked, every few milliseconds, whether a file that is being made is there.
const TURNS: u32 = 2_000;

/// Sets up what reading needs; a process waits so long for another that is writing.
///
/// # Errors
/// What SQLite says.
pub fn for_reading(connection: &Connection, patience: Duration) -> rusqlite::Result<()> {
    connection.busy_timeout(patience)?;
    connection.set_prepared_statement_cache_capacity(64);
    // Plans do not look at the values that are bound. Otherwise SQLite prepares a cached statement anew each time it is used,
    // which takes ten times as long as the answer.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

/// Lets readers go on while somebody writes. Writes are not synced one by one: after a power cut the last ones may be missing, in
/// order. SQLite does not wait for its turn here, as it does everywhere else: another process may be making the very file.
///
/// # Errors
/// What SQLite says.
pub fn for_writing(connection: &Connection) -> rusqlite::Result<()> {
    let write_ahead = || connection.pragma_update(None, "journal_mode", "WAL");
    for _ in 0..TURNS {
        match write_ahead() {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                std::thread::sleep(Duration::from_millis(5));
            }
            done => return done.and_then(|()| connection.pragma_update(None, "synchronous", "NORMAL")),
        }
    }
    write_ahead()
}
