//! Counts over the whole catalogue.

use jiff::Timestamp;
use rusqlite::{Connection, Result};

use crate::store::capture::{Facets, Sameness};
use crate::store::catalogue::notes;
use crate::store::report::Status;

/// Fills in everything of a status that the catalogue knows; bytes on disk it does not.
pub fn count(db: &Connection, status: &mut Status) -> Result<()> {
    let number = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0)).map(|count| count as u64);
    status.pages = number("SELECT count(DISTINCT url) FROM captures WHERE parent IS NULL")?;
    status.articles = number("SELECT count(*) FROM articles")?;
    status.sites = number("SELECT count(DISTINCT site) FROM captures")?;
    db.query_row(IN_ONE_GO, [], |row| {
        let number = |at: usize| row.get::<_, Option<i64>>(at).map(|count| count.unwrap_or(0) as u64);
        let sameness = |at| Ok::<_, rusqlite::Error>(Sameness { captures: number(at)?, saved_bytes: number(at + 1)? });
        let time = |at: usize| {
            let at: Option<i64> = row.get(at)?;
            Ok::<_, rusqlite::Error>(at.and_then(|at| Timestamp::from_millisecond(at).ok()))
        };
        (status.captures, status.assets, status.edited) = (number(0)?, number(1)?, number(2)?);
        (status.oldest, status.newest) = (time(3)?, time(4)?);
        (status.payload_bytes, status.unique_bytes) = (number(5)?, number(6)?);
        (status.identical, status.not_modified) = (sameness(7)?, sameness(9)?);
        (status.duplicate, status.article_unchanged) = (sameness(11)?, sameness(13)?);
        Ok(())
    })
}

/// What one reading of all captures tells. A capture whose article is unchanged has a body of its own, stored against the one
/// before: saved is what it takes less than it shows.
const IN_ONE_GO: &str = "SELECT count(*), count(parent), count(*) FILTER (WHERE change = 'edited'), min(at), max(at), \
    sum(payload_bytes), sum(payload_bytes) FILTER (WHERE repeats IS NULL), \
    count(*) FILTER (WHERE change = 'identical' AND repeats NOT NULL), \
    sum(payload_bytes) FILTER (WHERE change = 'identical' AND repeats NOT NULL), \
    count(*) FILTER (WHERE change = 'not-modified' AND repeats NOT NULL), \
    sum(payload_bytes) FILTER (WHERE change = 'not-modified' AND repeats NOT NULL), \
    count(*) FILTER (WHERE change NOT IN ('identical', 'not-modified') AND repeats NOT NULL), \
    sum(payload_bytes) FILTER (WHERE change NOT IN ('identical', 'not-modified') AND repeats NOT NULL), \
    count(*) FILTER (WHERE change = 'article-unchanged'), \
    sum(max(payload_bytes - bytes, 0)) FILTER (WHERE change = 'article-unchanged') FROM captures";

/// The commonest values of what a list can be narrowed by, and how many captures each has.
pub fn facets(db: &Connection, limit: usize) -> Result<Facets> {
    let commonest = |sql: &str| -> Result<Vec<(String, u64)>> {
        db.prepare_cached(&format!("{sql} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?1"))?
            .query_map([i64::try_from(limit).unwrap_or(i64::MAX)], |row| {
                Ok((row.get(0)?, row.get::<_, i64>(1)? as u64))
            })?
            .collect()
    };
    Ok(Facets {
        sites: commonest("SELECT site, count(*) FROM captures")?,
        sources: commonest("SELECT source, count(*) FROM captures WHERE source IS NOT NULL")?,
        languages: commonest("SELECT lower(lang), count(*) FROM articles WHERE lang IS NOT NULL")?,
        authors: commonest("SELECT author, count(*) FROM authors")?,
        tags: notes::tags(db, limit)?,
    })
}
