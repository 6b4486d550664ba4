//! What people added, in tables: tags and notes of URLs. The file of notes is where they are kept; here they are asked for.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Result, params};

use crate::store::capture::Annotation;

/// Puts in what is noted of a URL from now on, in place of what was.
pub fn put(db: &Connection, url: &str, annotation: &Annotation, at: Timestamp) -> Result<()> {
    db.prepare_cached("DELETE FROM labels WHERE url = ?1")?.execute([url])?;
    db.prepare_cached("DELETE FROM annotations WHERE url = ?1")?.execute([url])?;
    if *annotation == Annotation::default() {
        return Ok(());
    }
    db.prepare_cached("INSERT INTO annotations (url, at, note) VALUES (?1, ?2, ?3)")?.execute(params![
        url,
        at.as_millisecond(),
        annotation.note
    ])?;
    for tag in &annotation.tags {
        db.prepare_cached("INSERT INTO labels (tag, url) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
            .execute(params![tag, url])?;
    }
    Ok(())
}

/// What is noted of a URL.
pub fn of(db: &Connection, url: &str) -> Result<Annotation> {
    let note = db
        .prepare_cached("SELECT note FROM annotations WHERE url = ?1")?
        .query_row([url], |row| row.get(0))
        .optional()?;
    let tags = db
        .prepare_cached("SELECT tag FROM labels WHERE url = ?1 ORDER BY tag")?
        .query_map([url], |row| row.get(0))?
        .collect::<Result<_>>()?;
    Ok(Annotation { tags, note: note.unwrap_or_default() })
}

/// The commonest tags, those of sources among them, and how many URLs each has.
pub fn tags(db: &Connection, limit: usize) -> Result<Vec<(String, u64)>> {
    db.prepare_cached(
        "SELECT tag, count(DISTINCT url) AS urls FROM (
            SELECT tag, url FROM labels
            UNION ALL SELECT filed.tag, captures.url FROM filed JOIN captures ON captures.id = filed.capture
         ) GROUP BY tag ORDER BY urls DESC, tag LIMIT ?1",
    )?
    .query_map([i64::try_from(limit).unwrap_or(i64::MAX)], |row| Ok((row.get(0)?, row.get::<_, i64>(1)? as u64)))?
    .collect()
}
