//! The tables of the SQLite engine and their version. Times are milliseconds since 1970.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};

use crate::frontier::queue::Error;
use crate::sqlite;

/// The number of the layout below, kept in SQLite's `user_version`.
const LAYOUT: i64 = 3;

const TABLES: &str = "
CREATE TABLE hosts (
    id           INTEGER PRIMARY KEY,
    name         TEXT NOT NULL UNIQUE,
    token        INTEGER NOT NULL DEFAULT 0,    -- rises with every lease
    worker       TEXT,
    leased_until INTEGER,                       -- NULL: nobody holds it
    delay        INTEGER NOT NULL DEFAULT 0,    -- ms
    failures     INTEGER NOT NULL DEFAULT 0,
    next         INTEGER,                       -- not to be asked before
    rests        INTEGER,                       -- down; not to be crawled before
    links        INTEGER NOT NULL DEFAULT 0     -- URLs found by following links
);
CREATE TABLE sources (
    id           INTEGER PRIMARY KEY,
    name         TEXT NOT NULL UNIQUE,          -- '' is what was asked for by hand
    last_run     INTEGER,
    last_success INTEGER,
    last_harvest INTEGER NOT NULL DEFAULT 0,
    last_new     INTEGER,
    failures     INTEGER NOT NULL DEFAULT 0,
    last_error   TEXT NOT NULL DEFAULT ''
);
CREATE TABLE urls (
    id            INTEGER PRIMARY KEY,
    url           TEXT NOT NULL UNIQUE,         -- canonical
    host          INTEGER NOT NULL REFERENCES hosts (id),
    source        INTEGER NOT NULL REFERENCES sources (id),
    depth         INTEGER NOT NULL,
    kind          TEXT NOT NULL,
    priority      INTEGER NOT NULL,
    state         TEXT NOT NULL,                -- waiting, done, failed, gone
    due           INTEGER,                      -- NULL: not before it is found again
    lease         INTEGER,                      -- the token of the lease that holds it
    attempts      INTEGER NOT NULL DEFAULT 0,
    etag          TEXT,
    last_modified TEXT,
    visited       INTEGER,
    compared      INTEGER NOT NULL DEFAULT 0,
    changed       INTEGER NOT NULL DEFAULT 0,
    observed      INTEGER NOT NULL DEFAULT 0,   -- ms
    interval      INTEGER NOT NULL DEFAULT 0,   -- ms
    born          INTEGER,                      -- published; NULL: as old as `added`
    expected      REAL NOT NULL DEFAULT 0,      -- changes
    note          TEXT NOT NULL DEFAULT '',
    added         INTEGER NOT NULL
);
CREATE INDEX urls_due ON urls (host, source, due) WHERE due IS NOT NULL;
CREATE INDEX urls_best ON urls (host, priority DESC, due) WHERE due IS NOT NULL;
CREATE INDEX urls_leased ON urls (host) WHERE lease IS NOT NULL;
CREATE TABLE lanes (
    host   INTEGER NOT NULL,
    source INTEGER NOT NULL,
    wake   INTEGER,                             -- when the host can be leased for the source; NULL: nothing waits
    PRIMARY KEY (host, source)
) WITHOUT ROWID;
CREATE INDEX lanes_wake ON lanes (wake) WHERE wake IS NOT NULL;
CREATE TABLE robots (
    origin   TEXT PRIMARY KEY,
    standing TEXT NOT NULL,                     -- rules, allow, deny
    body     BLOB NOT NULL,
    fetched  INTEGER NOT NULL,
    expires  INTEGER NOT NULL,
    failures INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE status (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    json TEXT NOT NULL                          -- what the crawl wrote of itself
);
CREATE TABLE rates (
    source INTEGER PRIMARY KEY,
    json   TEXT NOT NULL                        -- how often its pages change, by their age
);
CREATE TABLE purses (
    source TEXT PRIMARY KEY,                    -- '' is the whole crawl's
    json   TEXT NOT NULL                        -- what is left of a budget
) WITHOUT ROWID;
";

/// What the first layout lacks.
const FROM_1: &str = "
ALTER TABLE hosts ADD COLUMN rests INTEGER;
CREATE TABLE status (id INTEGER PRIMARY KEY CHECK (id = 1), json TEXT NOT NULL);
";

/// What the second layout lacks.
const FROM_2: &str = "
ALTER TABLE urls ADD COLUMN born INTEGER;
ALTER TABLE urls ADD COLUMN expected REAL NOT NULL DEFAULT 0;
CREATE TABLE rates (source INTEGER PRIMARY KEY, json TEXT NOT NULL);
CREATE TABLE purses (source TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;
";

/// Brings the connection up and makes the tables where there are none.
pub(super) fn prepare(connection: &mut Connection, path: &Path) -> Result<(), Error> {
    let failed = |source| Error::Open { path: path.to_owned(), source };
    set_up(connection).map_err(failed)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    let found: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(failed)?;
    if found > LAYOUT {
        return Err(Error::Newer { path: path.to_owned(), found, known: LAYOUT });
    }
    match found {
        0 => transaction.execute_batch(TABLES).map_err(failed)?,
        1 => transaction.execute_batch(&format!("{FROM_1}{FROM_2}")).map_err(failed)?,
        2 => transaction.execute_batch(FROM_2).map_err(failed)?,
        _ => {}
    }
    if found < LAYOUT {
        transaction.pragma_update(None, "user_version", LAYOUT).map_err(failed)?;
    }
    transaction.commit().map_err(failed)
}

/// A write is not synced to the disk one by one: after a power cut the last ones may be missing, in order, and what is missing
/// is found or fetched again; nothing is damaged. A killed process loses nothing.
fn set_up(connection: &Connection) -> rusqlite::Result<()> {
    sqlite::for_reading(connection, Duration::from_secs(30))?;
    sqlite::for_writing(connection)
}
