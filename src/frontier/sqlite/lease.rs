//! Leases in the SQLite engine: handing out a host with its URLs, recording what came of them, giving it back. A token that
//! rises with every lease fences off whoever comes too late.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, named_params, params};

use crate::frontier::item::{Item, Outcome};
use crate::frontier::pace::Pace;
use crate::frontier::queue::{Error, HostLease, LeaseRequest};
use crate::frontier::sqlite::{
    Failure, duration_millis, json_names, memory, millis, signed, timestamp, unsigned, urls,
};

/// Works out when the host can next be leased, for each source that has URLs there.
pub(super) fn refresh_lanes(db: &Connection, host: i64) -> rusqlite::Result<()> {
    // `max` of SQLite is NULL where one side is: a lane without anything due sleeps.
    db.prepare_cached(
        "UPDATE lanes SET wake = max(
             (SELECT min(due) FROM urls u WHERE u.host = lanes.host AND u.source = lanes.source AND u.due IS NOT NULL),
             (SELECT max(coalesce(next, 0), coalesce(leased_until, 0), coalesce(rests, 0)) FROM hosts WHERE id = lanes.host))
         WHERE host = ?1",
    )?
    .execute([host])?;
    Ok(())
}

/// Hands out the host that has been ready longest.
pub(super) fn lease(
    db: &Connection,
    request: &LeaseRequest<'_>,
    now: Timestamp,
) -> rusqlite::Result<Option<HostLease>> {
    let names = json_names(request.sources);
    if request.urls == 0 {
        return Ok(None);
    }
    let mut put_right = None;
    loop {
        let ready: Option<i64> = db
            .prepare_cached(
                "SELECT host FROM lanes WHERE wake <= ?1
                 AND (?2 IS NULL OR source IN (SELECT id FROM sources WHERE name IN (SELECT value FROM json_each(?2))))
                 ORDER BY wake LIMIT 1",
            )?
            .query_row(params![millis(now), names], |row| row.get(0))
            .optional()?;
        let Some(host): Option<i64> = ready else { return Ok(None) };
        if let Some(lease) = take(db, host, request, names.as_deref(), now)? {
            return Ok(Some(lease));
        }
        // The lane promised what is no longer there. With it put right the search goes on, but never in a circle.
        if put_right == Some(host) {
            return Ok(None);
        }
        refresh_lanes(db, host)?;
        put_right = Some(host);
    }
}

fn take(
    db: &Connection,
    host: i64,
    request: &LeaseRequest<'_>,
    names: Option<&str>,
    now: Timestamp,
) -> rusqlite::Result<Option<HostLease>> {
    let until = now.saturating_add(request.hold).unwrap_or(Timestamp::MAX);
    // What a lease that ran out still holds is as due as it was.
    db.prepare_cached("UPDATE urls SET lease = NULL WHERE host = ?1 AND lease IS NOT NULL")?.execute([host])?;
    let (name, token): (String, i64) = db
        .prepare_cached(
            "UPDATE hosts SET token = token + 1, worker = ?2, leased_until = ?3 WHERE id = ?1 RETURNING name, token",
        )?
        .query_row(params![host, request.worker, millis(until)], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let items = hand_out(db, host, token, request, names, now)?;
    if items.is_empty() {
        db.prepare_cached("UPDATE hosts SET leased_until = NULL WHERE id = ?1")?.execute([host])?;
        return Ok(None);
    }
    refresh_lanes(db, host)?;
    let pace = memory::pace(db, &name)?;
    Ok(Some(HostLease { host: name, token: unsigned(token), until, pace, items }))
}

/// Puts the best URLs of a host that are due and in nobody's hands under the lease with this token.
fn hand_out(
    db: &Connection,
    host: i64,
    token: i64,
    request: &LeaseRequest<'_>,
    names: Option<&str>,
    now: Timestamp,
) -> rusqlite::Result<Vec<Item>> {
    let sql = format!(
        "SELECT {}, u.id FROM urls u JOIN sources s ON s.id = u.source
         WHERE u.host = ?1 AND u.due IS NOT NULL AND u.due <= ?2 AND u.lease IS NULL
         AND (?3 IS NULL OR s.name IN (SELECT value FROM json_each(?3)))
         ORDER BY u.priority DESC, u.due, u.id LIMIT ?4",
        urls::ITEM
    );
    let limit = i64::try_from(request.urls).unwrap_or(i64::MAX);
    let found = db
        .prepare_cached(&sql)?
        .query_map(params![host, millis(now), names, limit], |row| Ok((urls::item(row)?, row.get(15)?)))?
        .collect::<rusqlite::Result<Vec<(_, i64)>>>()?;
    let mut items = Vec::with_capacity(found.len());
    for (item, id) in found {
        db.prepare_cached("UPDATE urls SET lease = ?2 WHERE id = ?1")?.execute(params![id, token])?;
        items.push(item);
    }
    Ok(items)
}

/// Hands out further URLs under a lease.
pub(super) fn extend(
    db: &Connection,
    lease: &HostLease,
    request: &LeaseRequest<'_>,
    now: Timestamp,
) -> Result<Vec<Item>, Failure> {
    let host = held(db, lease)?;
    Ok(hand_out(db, host, signed(lease.token), request, json_names(request.sources).as_deref(), now)?)
}

/// The host's row, where the lease still holds.
fn held(db: &Connection, lease: &HostLease) -> Result<i64, Failure> {
    let found = db
        .prepare_cached("SELECT id FROM hosts WHERE name = ?1 AND token = ?2 AND leased_until IS NOT NULL")?
        .query_row(params![lease.host, signed(lease.token)], |row| row.get(0))
        .optional()?;
    found.ok_or_else(|| Failure::Refused(Error::StaleLease { host: lease.host.clone(), token: lease.token }))
}

/// Holds a lease longer.
pub(super) fn renew(db: &Connection, lease: &HostLease, hold: Duration, now: Timestamp) -> Result<(), Failure> {
    let host = held(db, lease)?;
    let until = now.saturating_add(hold).unwrap_or(Timestamp::MAX);
    db.prepare_cached("UPDATE hosts SET leased_until = ?2 WHERE id = ?1")?.execute([host, millis(until)])?;
    Ok(refresh_lanes(db, host)?)
}

/// Records outcomes of URLs the lease holds.
pub(super) fn finish(db: &Connection, lease: &HostLease, outcomes: &[Outcome], pace: &Pace) -> Result<(), Failure> {
    let host = held(db, lease)?;
    for outcome in outcomes {
        if record(db, host, lease.token, outcome)? == 0 {
            return Err(Failure::Refused(Error::NotLeased { url: outcome.url.to_string(), host: lease.host.clone() }));
        }
    }
    memory::set_pace(db, &lease.host, pace)?;
    Ok(refresh_lanes(db, host)?)
}

fn record(db: &Connection, host: i64, token: u64, outcome: &Outcome) -> rusqlite::Result<usize> {
    let validators = outcome.validators.as_ref();
    db.prepare_cached(
        "UPDATE urls SET state = :state, due = :due, lease = NULL, attempts = :attempts,
                etag = iif(:fresh, :etag, etag), last_modified = iif(:fresh, :last_modified, last_modified),
                visited = coalesce(:visited, visited), compared = :compared, changed = :changed,
                observed = :observed, interval = :interval, note = :note,
                born = coalesce(:born, born), expected = :expected
         WHERE url = :url AND host = :host AND lease = :token",
    )?
    .execute(named_params! {
        ":state": outcome.state.as_str(),
        ":due": outcome.due.map(millis),
        ":attempts": outcome.attempts,
        ":fresh": validators.is_some(),
        ":etag": validators.and_then(|v| v.etag.as_deref()),
        ":last_modified": validators.and_then(|v| v.last_modified.as_deref()),
        ":visited": outcome.visited.map(millis),
        ":compared": outcome.history.compared,
        ":changed": outcome.history.changed,
        ":observed": duration_millis(outcome.history.observed),
        ":interval": duration_millis(outcome.history.interval),
        ":note": outcome.note,
        ":born": outcome.born.map(millis),
        ":expected": outcome.history.expected,
        ":url": outcome.url.as_str(),
        ":host": host,
        ":token": signed(token),
    })
}

/// Gives the host back.
pub(super) fn release(db: &Connection, lease: &HostLease) -> Result<(), Failure> {
    let host = held(db, lease)?;
    db.prepare_cached("UPDATE urls SET lease = NULL WHERE host = ?1 AND lease IS NOT NULL")?.execute([host])?;
    db.prepare_cached("UPDATE hosts SET leased_until = NULL, worker = NULL WHERE id = ?1")?.execute([host])?;
    Ok(refresh_lanes(db, host)?)
}

/// Ends every lease.
pub(super) fn reclaim_all(db: &Connection) -> rusqlite::Result<u64> {
    let came_back = db.execute("UPDATE urls SET lease = NULL WHERE lease IS NOT NULL", [])?;
    let hosts = db
        .prepare("UPDATE hosts SET leased_until = NULL, worker = NULL WHERE leased_until IS NOT NULL RETURNING id")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<Vec<i64>>>()?;
    for host in hosts {
        refresh_lanes(db, host)?;
    }
    Ok(came_back as u64)
}

/// When the next host becomes ready.
pub(super) fn next_wake(db: &Connection, sources: Option<&[String]>) -> rusqlite::Result<Option<Timestamp>> {
    db.prepare_cached(
        "SELECT wake FROM lanes WHERE wake IS NOT NULL
         AND (?1 IS NULL OR source IN (SELECT id FROM sources WHERE name IN (SELECT value FROM json_each(?1))))
         ORDER BY wake LIMIT 1",
    )?
    .query_row([json_names(sources)], |row| row.get(0))
    .optional()
    .map(|wake| wake.map(timestamp))
}

/// Whether anything is due: a lane whose host may have to wait for its turn, but is not down, and a URL in it.
pub(super) fn has_due(db: &Connection, sources: Option<&[String]>, now: Timestamp) -> rusqlite::Result<bool> {
    db.prepare_cached(
        "SELECT EXISTS (
             SELECT 1 FROM lanes l JOIN hosts h ON h.id = l.host
             WHERE l.wake IS NOT NULL AND coalesce(h.rests, 0) <= ?2
             AND (?1 IS NULL OR l.source IN (SELECT id FROM sources WHERE name IN (SELECT value FROM json_each(?1))))
             AND EXISTS (SELECT 1 FROM urls u WHERE u.host = l.host AND u.source = l.source AND u.due IS NOT NULL
                         AND u.due <= ?2 AND u.lease IS NULL))",
    )?
    .query_row(params![json_names(sources), millis(now)], |row| row.get(0))
}
