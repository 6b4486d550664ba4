//! Counts over the whole catalogue.

use jiff::Timestamp;
use rusqlite::{Connection, Result};

use crate::store::capture::{Facets, Sameness};
use crate::store::catalogue::notes;
use crate::store::report::Status;

/// Fills in everything of a status that the catalogue knows; bytes on disk it does not.
pub fn count(db: &Connection, status: &mut Status) -> Result<()> {
    let one = |sql: &str| db.query_row(sql, [], |row| row.get::<_, Option<i64>>(0));
    let number = |sql: &str| one(sql).map(|count| count.unwrap_or(0) as u64);
    let time = |sql: &str| one(sql).map(|at| at.and_then(|at| Timestamp::from_millisecond(at).ok()));
    status.captures = number("SELECT count(*) FROM captures")?;
    status.pages = number("SELECT count(DISTINCT url) FROM captures WHERE parent IS NULL")?;
    status.assets = number("SELECT count(*) FROM captures WHERE parent IS NOT NULL")?;
    status.articles = number("SELECT count(*) FROM articles")?;
    status.sites = number("SELECT count(DISTINCT site) FROM captures")?;
    status.oldest = time("SELECT min(at) FROM captures")?;
    status.newest = time("SELECT max(at) FROM captures")?;
    status.payload_bytes = number("SELECT sum(payload_bytes) FROM captures")?;
    status.unique_bytes = number("SELECT sum(payload_bytes) FROM captures WHERE repeats IS NULL")?;
    status.edited = number("SELECT count(*) FROM captures WHERE change = 'edited'")?;
    status.identical = sameness(db, "change = 'identical'")?;
    status.not_modified = sameness(db, "change = 'not-modified'")?;
    status.duplicate = sameness(db, "change NOT IN ('identical', 'not-modified') AND repeats IS NOT NULL")?;
    // Its body is stored, against the one before: what it takes less than it shows.
    status.article_unchanged = Sameness {
        captures: number("SELECT count(*) FROM captures WHERE change = 'article-unchanged'")?,
        saved_bytes: number(
            "SELECT sum(max(payload_bytes - bytes, 0)) FROM captures WHERE change = 'article-unchanged'",
        )?,
    };
    Ok(())
}

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

fn sameness(db: &Connection, condition: &str) -> Result<Sameness> {
    let sql = format!(
        "SELECT count(*), coalesce(sum(payload_bytes), 0) FROM captures WHERE {condition} AND repeats NOT NULL"
    );
    db.query_row(&sql, [], |row| {
        Ok(Sameness { captures: row.get::<_, i64>(0)? as u64, saved_bytes: row.get::<_, i64>(1)? as u64 })
    })
}
