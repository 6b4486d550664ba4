//! What the SQLite engine remembers beside URLs: how hosts behaved, what their robots.txt said, how sources have done.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::frontier::budget::Purse;
use crate::frontier::pace::Pace;
use crate::frontier::queue::SourceState;
use crate::frontier::rates::Rates;
use crate::frontier::robots::{RobotsCache, Standing};
use crate::frontier::sqlite::{duration, duration_millis, millis, signed, timestamp, unsigned, urls};
use crate::url::Origin;

/// How a host has behaved.
pub(super) fn pace(db: &Connection, host: &str) -> rusqlite::Result<Pace> {
    let found = db
        .prepare_cached("SELECT delay, failures, next, rests FROM hosts WHERE name = ?1")?
        .query_row([host], |row| {
            Ok(Pace {
                delay: duration(row.get(0)?),
                failures: row.get(1)?,
                next: row.get::<_, Option<i64>>(2)?.map(timestamp),
                rests: row.get::<_, Option<i64>>(3)?.map(timestamp),
            })
        })
        .optional()?;
    Ok(found.unwrap_or_default())
}

/// Takes a host's turn, or says when it comes. Lanes are left as they are: whoever leases the host early asks here, too.
pub(super) fn take_turn(
    db: &Connection,
    host: &str,
    now: Timestamp,
    next: Timestamp,
) -> rusqlite::Result<Option<Timestamp>> {
    let id = urls::host_id(db, host)?;
    let taken = db
        .prepare_cached("UPDATE hosts SET next = ?3 WHERE id = ?1 AND coalesce(next, 0) <= ?2")?
        .execute(params![id, millis(now), millis(next)])?;
    if taken == 1 {
        return Ok(None);
    }
    db.prepare_cached("SELECT next FROM hosts WHERE id = ?1")?
        .query_row([id], |row| row.get::<_, Option<i64>>(0))
        .map(|next| next.map(timestamp))
}

/// Records it; the lanes are the caller's.
pub(super) fn set_pace(db: &Connection, host: &str, pace: &Pace) -> rusqlite::Result<()> {
    let id = urls::host_id(db, host)?;
    db.prepare_cached(
        "UPDATE hosts SET delay = ?2, failures = ?3, rests = ?5,
                next = nullif(max(coalesce(next, 0), coalesce(?4, 0)), 0) WHERE id = ?1",
    )?
    .execute(params![
        id,
        duration_millis(pace.delay),
        pace.failures,
        pace.next.map(millis),
        pace.rests.map(millis)
    ])?;
    Ok(())
}

/// The robots.txt kept for an origin.
pub(super) fn robots(db: &Connection, origin: &Origin) -> rusqlite::Result<Option<RobotsCache>> {
    db.prepare_cached("SELECT standing, body, fetched, expires, failures FROM robots WHERE origin = ?1")?
        .query_row([origin.as_str()], |row| {
            let standing = match row.get::<_, String>(0)?.as_str() {
                "rules" => Standing::Rules(row.get(1)?),
                "allow" => Standing::AllowAll,
                _ => Standing::DenyAll,
            };
            Ok(RobotsCache {
                standing,
                fetched: timestamp(row.get(2)?),
                expires: timestamp(row.get(3)?),
                failures: row.get(4)?,
            })
        })
        .optional()
}

/// Keeps a robots.txt.
pub(super) fn set_robots(db: &Connection, origin: &Origin, robots: &RobotsCache) -> rusqlite::Result<()> {
    let (standing, body): (&str, &[u8]) = match &robots.standing {
        Standing::Rules(body) => ("rules", body),
        Standing::AllowAll => ("allow", b""),
        Standing::DenyAll => ("deny", b""),
    };
    db.prepare_cached("INSERT OR REPLACE INTO robots VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?.execute(params![
        origin.as_str(),
        standing,
        body,
        millis(robots.fetched),
        millis(robots.expires),
        robots.failures
    ])?;
    Ok(())
}

const SOURCE: &str = "name, last_run, last_success, last_harvest, last_new, failures, last_error";

fn source_state(row: &Row<'_>) -> rusqlite::Result<SourceState> {
    let at = |index| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(index)?.map(timestamp));
    Ok(SourceState {
        name: row.get(0)?,
        last_run: at(1)?,
        last_success: at(2)?,
        last_harvest: unsigned(row.get(3)?),
        last_new: at(4)?,
        failures: row.get(5)?,
        last_error: row.get(6)?,
    })
}

/// How one source has done; one that was only ever named by a URL has done nothing.
pub(super) fn source(db: &Connection, name: &str) -> rusqlite::Result<Option<SourceState>> {
    db.prepare_cached(&format!("SELECT {SOURCE} FROM sources WHERE name = ?1 AND last_run IS NOT NULL"))?
        .query_row([name], source_state)
        .optional()
}

/// How every source has done.
pub(super) fn sources(db: &Connection) -> rusqlite::Result<Vec<SourceState>> {
    db.prepare_cached(&format!("SELECT {SOURCE} FROM sources WHERE last_run IS NOT NULL ORDER BY name"))?
        .query_map([], source_state)?
        .collect()
}

/// Records how a source has done.
pub(super) fn set_source(db: &Connection, state: &SourceState) -> rusqlite::Result<()> {
    let id = urls::source_id(db, &state.name)?;
    db.prepare_cached(
        "UPDATE sources SET last_run = ?2, last_success = ?3, last_harvest = ?4, last_new = ?5, failures = ?6,
                last_error = ?7 WHERE id = ?1",
    )?
    .execute(params![
        id,
        state.last_run.map(millis),
        state.last_success.map(millis),
        signed(state.last_harvest),
        state.last_new.map(millis),
        state.failures,
        state.last_error
    ])?;
    Ok(())
}

/// How often the pages of a source change. What cannot be read is learnt anew.
pub(super) fn rates(db: &Connection, source: &str) -> rusqlite::Result<Rates> {
    let json: Option<String> = db
        .prepare_cached("SELECT json FROM rates WHERE source = (SELECT id FROM sources WHERE name = ?1)")?
        .query_row([source], |row| row.get(0))
        .optional()?;
    Ok(json.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default())
}

/// Records it.
pub(super) fn set_rates(db: &Connection, source: &str, rates: &Rates) -> rusqlite::Result<()> {
    let id = urls::source_id(db, source)?;
    let json = serde_json::to_string(rates).unwrap_or_default();
    db.prepare_cached("INSERT OR REPLACE INTO rates (source, json) VALUES (?1, ?2)")?.execute(params![id, json])?;
    Ok(())
}

/// What is left of a budget. What cannot be read is filled anew.
pub(super) fn purse(db: &Connection, source: &str) -> rusqlite::Result<Option<Purse>> {
    let json: Option<String> = db
        .prepare_cached("SELECT json FROM purses WHERE source = ?1")?
        .query_row([source], |row| row.get(0))
        .optional()?;
    Ok(json.and_then(|json| serde_json::from_str(&json).ok()))
}

/// Records it.
pub(super) fn set_purse(db: &Connection, source: &str, purse: &Purse) -> rusqlite::Result<()> {
    let json = serde_json::to_string(purse).unwrap_or_default();
    db.prepare_cached("INSERT OR REPLACE INTO purses (source, json) VALUES (?1, ?2)")?
        .execute(params![source, json])?;
    Ok(())
}

/// What a crawl wrote of itself.
pub(super) fn status(db: &Connection) -> rusqlite::Result<Option<String>> {
    db.prepare_cached("SELECT json FROM status")?.query_row([], |row| row.get(0)).optional()
}

/// Writes it in the place of what was written before.
pub(super) fn set_status(db: &Connection, json: &str) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT OR REPLACE INTO status (id, json) VALUES (1, ?1)")?.execute([json])?;
    Ok(())
}
