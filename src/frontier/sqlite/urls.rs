//! URLs in the SQLite engine: taking them in, looking them up, counting them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, named_params, params};
use url::Url;

use crate::frontier::item::{Candidate, History, Item, Kind, Known, State, Validators};
use crate::frontier::queue::{Added, Counts, Intake};
use crate::frontier::sqlite::{duration, duration_millis, lease, millis, signed, timestamp, unsigned};
use crate::url::{canonical, host};

/// What is read to make an `Item`, in the order `item` expects.
pub(super) const ITEM: &str = "u.url, s.name, u.depth, u.kind, u.priority, u.attempts, u.etag, u.last_modified, \
                               u.visited, u.compared, u.changed, u.observed, u.interval, \
                               coalesce(u.born, u.added), u.expected";

/// Reads the columns of `ITEM`.
pub(super) fn item(row: &Row<'_>) -> rusqlite::Result<Item> {
    let text: String = row.get(0)?;
    let url = Url::parse(&text)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error)))?;
    Ok(Item {
        url,
        source: row.get(1)?,
        depth: row.get(2)?,
        kind: Kind::from_word(&row.get::<_, String>(3)?),
        priority: row.get(4)?,
        attempts: row.get(5)?,
        validators: Validators { etag: row.get(6)?, last_modified: row.get(7)? },
        visited: row.get::<_, Option<i64>>(8)?.map(timestamp),
        history: History {
            compared: row.get(9)?,
            changed: row.get(10)?,
            observed: duration(row.get(11)?),
            interval: duration(row.get(12)?),
            expected: row.get(14)?,
        },
        born: timestamp(row.get(13)?),
    })
}

/// The row of a host, made where there is none.
pub(super) fn host_id(db: &Connection, name: &str) -> rusqlite::Result<i64> {
    named_id(db, "SELECT id FROM hosts WHERE name = ?1", "INSERT INTO hosts (name) VALUES (?1)", name)
}

/// The row of a source, made where there is none.
pub(super) fn source_id(db: &Connection, name: &str) -> rusqlite::Result<i64> {
    named_id(db, "SELECT id FROM sources WHERE name = ?1", "INSERT INTO sources (name) VALUES (?1)", name)
}

fn named_id(db: &Connection, select: &str, insert: &str, name: &str) -> rusqlite::Result<i64> {
    let found = db.prepare_cached(select)?.query_row([name], |row| row.get(0)).optional()?;
    if let Some(id) = found {
        return Ok(id);
    }
    db.prepare_cached(insert)?.execute([name])?;
    Ok(db.last_insert_rowid())
}

/// What decides whether a known URL becomes due earlier.
struct Stored {
    id: i64,
    source: i64,
    due: Option<i64>,
    visited: Option<i64>,
    leased: bool,
}

/// The work of one call of `add`: rows of hosts and sources are looked up once.
struct Adding<'a> {
    db: &'a Connection,
    intake: &'a Intake,
    now: i64,
    hosts: BTreeMap<String, i64>,
    sources: BTreeMap<String, i64>,
    touched: BTreeSet<(i64, i64)>,
    added: Added,
}

/// Takes in candidates.
pub(super) fn add(
    db: &Connection,
    candidates: &[Candidate],
    intake: &Intake,
    now: Timestamp,
) -> rusqlite::Result<Added> {
    let mut adding = Adding {
        db,
        intake,
        now: millis(now),
        hosts: BTreeMap::new(),
        sources: BTreeMap::new(),
        touched: BTreeSet::new(),
        added: Added::default(),
    };
    for candidate in candidates {
        adding.one(candidate)?;
    }
    for (host, source) in &adding.touched {
        db.prepare_cached("INSERT OR IGNORE INTO lanes (host, source) VALUES (?1, ?2)")?.execute([host, source])?;
    }
    let hosts: BTreeSet<i64> = adding.touched.iter().map(|(host, _)| *host).collect();
    for host in hosts {
        lease::refresh_lanes(db, host)?;
    }
    Ok(adding.added)
}

impl Adding<'_> {
    fn one(&mut self, candidate: &Candidate) -> rusqlite::Result<()> {
        let url = canonical(&candidate.url);
        let host = remembered(&mut self.hosts, &host(&url), |name| host_id(self.db, name))?;
        let source = remembered(&mut self.sources, &candidate.source, |name| source_id(self.db, name))?;
        match stored(self.db, &url)? {
            None => self.insert(candidate, &url, host, source),
            Some(stored) if stored.leased => {
                self.added.known += 1;
                Ok(())
            }
            Some(stored) => self.meet_again(candidate, &stored, host, source),
        }
    }

    fn insert(&mut self, candidate: &Candidate, url: &Url, host: i64, source: i64) -> rusqlite::Result<()> {
        if candidate.depth > 0 {
            let budget = self.intake.links_per_host.map_or(i64::MAX, signed);
            let taken = self
                .db
                .prepare_cached("UPDATE hosts SET links = links + 1 WHERE id = ?1 AND links < ?2")?
                .execute([host, budget])?;
            if taken == 0 {
                self.added.over_budget += 1;
                return Ok(());
            }
        }
        self.db
            .prepare_cached(
                "INSERT INTO urls (url, host, source, depth, kind, priority, state, due, added, born)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'waiting', ?7, ?7, ?8)",
            )?
            .execute(params![
                url.as_str(),
                host,
                source,
                candidate.depth,
                candidate.kind.as_str(),
                candidate.priority,
                self.now,
                candidate.modified.map(millis).filter(|modified| *modified < self.now)
            ])?;
        self.touched.insert((host, source));
        self.added.new += 1;
        Ok(())
    }

    fn meet_again(&mut self, candidate: &Candidate, stored: &Stored, host: i64, source: i64) -> rusqlite::Result<()> {
        // What is asked for by hand does not take a page away from the source that looks after it.
        let source = if candidate.source.is_empty() && !candidate.again { stored.source } else { source };
        let due = self.earlier(candidate, stored);
        if due.is_none() && source == stored.source {
            self.added.known += 1;
            return Ok(());
        }
        self.db
            .prepare_cached(
                "UPDATE urls SET source = :source, due = coalesce(:due, due), depth = min(depth, :depth),
                        kind = iif(:again, :kind, kind), priority = iif(:again, :priority, priority),
                        attempts = iif(:again, 0, attempts)
                 WHERE id = :id",
            )?
            .execute(named_params! {
                ":source": source,
                ":due": due,
                ":depth": candidate.depth,
                ":again": candidate.again,
                ":kind": candidate.kind.as_str(),
                ":priority": candidate.priority,
                ":id": stored.id,
            })?;
        self.touched.insert((host, source));
        if due.is_some() {
            self.added.again += 1;
        } else {
            self.added.known += 1;
        }
        Ok(())
    }

    /// A due time earlier than the stored one, where the candidate gives reason for it.
    fn earlier(&self, candidate: &Candidate, stored: &Stored) -> Option<i64> {
        let wanted = if candidate.again {
            self.now
        } else {
            let (modified, visited) = (millis(candidate.modified?), stored.visited?);
            if modified <= visited {
                return None;
            }
            // On many sites a page's date of change is the time of the request; sitemaps are dated by those who make them.
            let wait = if candidate.kind == Kind::Page { duration_millis(self.intake.revisit_min) } else { 0 };
            visited.saturating_add(wait).max(self.now)
        };
        stored.due.is_none_or(|due| wanted < due).then_some(wanted)
    }
}

fn remembered(
    known: &mut BTreeMap<String, i64>,
    name: &str,
    look_up: impl FnOnce(&str) -> rusqlite::Result<i64>,
) -> rusqlite::Result<i64> {
    if let Some(id) = known.get(name) {
        return Ok(*id);
    }
    let id = look_up(name)?;
    known.insert(name.to_owned(), id);
    Ok(id)
}

fn stored(db: &Connection, url: &Url) -> rusqlite::Result<Option<Stored>> {
    db.prepare_cached("SELECT id, source, due, visited, lease IS NOT NULL FROM urls WHERE url = ?1")?
        .query_row([url.as_str()], |row| {
            Ok(Stored {
                id: row.get(0)?,
                source: row.get(1)?,
                due: row.get(2)?,
                visited: row.get(3)?,
                leased: row.get(4)?,
            })
        })
        .optional()
}

/// What is known of a URL.
pub(super) fn known(db: &Connection, url: &Url) -> rusqlite::Result<Option<Known>> {
    let sql = format!(
        "SELECT {ITEM}, iif(u.lease IS NULL, u.state, 'leased'), u.due, u.note
         FROM urls u JOIN sources s ON s.id = u.source WHERE u.url = ?1"
    );
    db.prepare_cached(&sql)?
        .query_row([canonical(url).as_str()], |row| {
            Ok(Known {
                item: item(row)?,
                state: State::from_word(&row.get::<_, String>(15)?),
                due: row.get::<_, Option<i64>>(16)?.map(timestamp),
                last_outcome: row.get(17)?,
            })
        })
        .optional()
}

/// URLs by state, and how many are due.
pub(super) fn counts(db: &Connection, source: Option<&str>, now: Timestamp) -> rusqlite::Result<Counts> {
    let mut statement = db.prepare_cached(
        "WITH down AS (SELECT id FROM hosts WHERE rests > ?2)
         SELECT iif(lease IS NULL, state, 'leased') AS standing, count(*), sum(lease IS NULL AND due <= ?2),
                sum(lease IS NULL AND due <= ?2 AND host IN (SELECT id FROM down))
         FROM urls WHERE ?1 IS NULL OR source = (SELECT id FROM sources WHERE name = ?1) GROUP BY standing",
    )?;
    let mut rows = statement.query(params![source, millis(now)])?;
    let mut counts = Counts::default();
    while let Some(row) = rows.next()? {
        counts.by_state.push((State::from_word(&row.get::<_, String>(0)?), unsigned(row.get(1)?)));
        let [due, resting] = [2, 3].map(|column| row.get::<_, Option<i64>>(column));
        let (due, resting) = (unsigned(due?.unwrap_or(0)), unsigned(resting?.unwrap_or(0)));
        counts.due += due - resting;
        counts.resting += resting;
    }
    counts.by_state.sort_unstable();
    Ok(counts)
}
