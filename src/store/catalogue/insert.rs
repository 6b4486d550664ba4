//! What goes into the catalogue: each record as it was found in a file. The same functions serve when a capture is stored and
//! when the catalogue is made again, which is why both give the same answers.

use rusqlite::{Connection, OptionalExtension, Result, params};

use crate::snapshot::decode::{Answer, ArticleText, Observed, Part};
use crate::snapshot::fields::verdict_word;
use crate::snapshot::text;
use crate::snapshot::value::{CaptureId, Role};
use crate::store::catalogue::words::indexable;

/// Where a record lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The file's number in the catalogue.
    pub file: i64,
    /// The record's first byte in it.
    pub offset: u64,
    /// Its bytes, compressed.
    pub length: u64,
}

/// The number of a file, which is put on the list if it is not there.
pub fn file_number(db: &Connection, key: &str) -> Result<i64> {
    db.prepare_cached("INSERT INTO files (key, indexed) VALUES (?1, 0) ON CONFLICT (key) DO NOTHING")?
        .execute([key])?;
    db.prepare_cached("SELECT number FROM files WHERE key = ?1")?.query_row([key], |row| row.get(0))
}

/// Up to which byte a file is indexed.
pub fn indexed(db: &Connection, file: i64) -> Result<u64> {
    db.query_row("SELECT indexed FROM files WHERE number = ?1", [file], |row| Ok(row.get::<_, i64>(0)? as u64))
}

/// Notes up to which byte a file is indexed.
pub fn set_indexed(db: &Connection, file: i64, until: u64) -> Result<()> {
    db.prepare_cached("UPDATE files SET indexed = ?2 WHERE number = ?1")?.execute(params![file, until as i64])?;
    Ok(())
}

/// Takes a file off the list.
pub fn drop_file(db: &Connection, key: &str) -> Result<()> {
    db.execute("DELETE FROM files WHERE key = ?1", [key])?;
    Ok(())
}

/// Puts one record in. False where its capture is already known from another place, which then keeps it; a later record of
/// the same capture must not be put in either.
pub fn put(db: &Connection, place: Place, part: &Part) -> Result<bool> {
    match part {
        Part::Answer(answer) => return put_answer(db, place, answer),
        Part::Request(id) => {
            db.prepare_cached(
                "UPDATE captures SET request_offset = ?2, request_length = ?3, bytes = bytes + ?3 WHERE id = ?1",
            )?
            .execute(params![id.to_string(), place.offset as i64, place.length as i64])?;
        }
        Part::Article(article) => put_article(db, place, article)?,
        Part::Metadata(observed) => put_metadata(db, place, observed)?,
        Part::Other => {}
    }
    Ok(true)
}

fn put_answer(db: &Connection, place: Place, answer: &Answer) -> Result<bool> {
    let inserted = db
        .prepare_cached(
            "INSERT INTO captures (id, url, surt, site, at, status, media_type, change, payload_digest, payload_bytes,
                repeats, source, tags, parent, noarchive, truncated, bytes, file, offset, length)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?17)
             ON CONFLICT (id) DO NOTHING",
        )?
        .execute(params![
            answer.id.to_string(),
            answer.url.as_str(),
            crate::url::surt(&answer.url),
            crate::url::site(&answer.url),
            answer.at.as_millisecond(),
            answer.status,
            answer.media_type,
            answer.change.as_str(),
            answer.payload_digest,
            answer.payload_bytes as i64,
            answer.repeats.map(|id| id.to_string()),
            answer.source,
            serde_json::to_string(&answer.tags).unwrap_or_default(),
            answer.parent.as_ref().map(url::Url::as_str),
            answer.noarchive,
            answer.truncated.map(crate::page::Truncation::as_str),
            place.length as i64,
            place.file,
            place.offset as i64,
        ])?;
    if inserted > 0 {
        for tag in &answer.tags {
            db.prepare_cached("INSERT INTO filed (tag, capture) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
                .execute(params![tag, answer.id.to_string()])?;
        }
    }
    Ok(inserted > 0)
}

/// An article that was extracted again takes the place of the one before, in whichever order they come.
fn put_article(db: &Connection, place: Place, text: &ArticleText) -> Result<()> {
    let (id, record) = (text.id.to_string(), text.record.to_string());
    let held = db
        .prepare_cached("SELECT number, record FROM articles WHERE capture = ?1")?
        .query_row([&id], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))
        .optional()?;
    if held.as_ref().is_none_or(|(_, held)| *held < record) {
        if let Some((number, _)) = held {
            db.prepare_cached("DELETE FROM articles WHERE number = ?1")?.execute([number])?;
            db.prepare_cached("DELETE FROM fulltext WHERE rowid = ?1")?.execute([number])?;
        }
        put_text(db, place, text)?;
    }
    // What a capture takes is what was written with it.
    let bytes = if text.record == text.id { place.length as i64 } else { 0 };
    db.prepare_cached("UPDATE captures SET article = ?1, verdict = ?2, bytes = bytes + ?3 WHERE id = ?1")?
        .execute(params![id, verdict_word(text.article.verdict), bytes])?;
    Ok(())
}

fn put_text(db: &Connection, place: Place, text: &ArticleText) -> Result<()> {
    let metadata = &text.article.metadata;
    db.prepare_cached(
        "INSERT INTO articles (capture, record, url, digest, extractor, profile, title, lang, words, file, offset, length)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?
    .execute(params![
        text.id.to_string(),
        text.record.to_string(),
        text.url.as_str(),
        text.digest,
        text.extractor,
        text.profile,
        metadata.title,
        metadata.language,
        text.article.words() as i64,
        place.file,
        place.offset as i64,
        place.length as i64,
    ])?;
    let number = db.last_insert_rowid();
    for author in &metadata.authors {
        db.prepare_cached("INSERT INTO authors (author, number) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
            .execute(params![author, number])?;
    }
    db.prepare_cached("INSERT INTO fulltext (rowid, title, body) VALUES (?1, ?2, ?3)")?.execute(params![
        number,
        indexable(metadata.title.as_deref().unwrap_or("")),
        indexable(&text::body(&text.article)),
    ])?;
    Ok(())
}

fn put_metadata(db: &Connection, place: Place, observed: &Observed) -> Result<()> {
    let verdict = match (observed.verdict, observed.article) {
        (None, Some(_)) => Some(chaffinch_extract::article::Verdict::Article),
        (verdict, _) => verdict,
    };
    db.prepare_cached("UPDATE captures SET article = ?2, verdict = ?3, bytes = bytes + ?4 WHERE id = ?1")?.execute(
        params![
            observed.id.to_string(),
            observed.article.map(|id| id.to_string()),
            verdict.map(verdict_word),
            place.length as i64
        ],
    )?;
    Ok(())
}

const INHERIT: &str = "UPDATE captures SET
            article = coalesce(captures.article, shown.article),
            verdict = coalesce(captures.verdict, shown.verdict),
            payload_bytes = shown.payload_bytes,
            status = CASE captures.change WHEN 'not-modified' THEN shown.status ELSE captures.status END,
            media_type = CASE captures.change WHEN 'not-modified' THEN shown.media_type ELSE captures.media_type END
         FROM captures AS shown WHERE shown.id = captures.repeats";

/// Gives revisits what they show of the capture they repeat: its article and verdict where they have none of their own, its
/// body's length, and after a 304 its status and media type. All revisits, or one.
pub fn inherit(db: &Connection, only: Option<CaptureId>) -> Result<()> {
    // One condition for both cases would read the whole table for each revisit that is stored.
    match only {
        None => db.execute(INHERIT, [])?,
        Some(id) => db.prepare_cached(&format!("{INHERIT} AND captures.id = ?1"))?.execute([id.to_string()])?,
    };
    Ok(())
}

/// Moves a record of a capture to another place. The answer must be moved first: the capture's bytes are counted anew.
pub fn relocate(db: &Connection, place: Place, id: CaptureId, role: Role) -> Result<()> {
    let id = id.to_string();
    let (offset, length) = (place.offset as i64, place.length as i64);
    match role {
        Role::Answer => db
            .prepare_cached("UPDATE captures SET file = ?2, offset = ?3, length = ?4, bytes = ?4 WHERE id = ?1")?
            .execute(params![id, place.file, offset, length])?,
        Role::Request => db
            .prepare_cached(
                "UPDATE captures SET request_offset = ?2, request_length = ?3, bytes = bytes + ?3 WHERE id = ?1",
            )?
            .execute(params![id, offset, length])?,
        Role::Article => {
            db.prepare_cached("UPDATE articles SET file = ?2, offset = ?3, length = ?4 WHERE record = ?1")?
                .execute(params![id, place.file, offset, length])?;
            add_bytes(db, &id, length)?
        }
        Role::Metadata => add_bytes(db, &id, length)?,
    };
    Ok(())
}

/// Takes a capture out that no other refers to and that holds no article.
pub fn remove(db: &Connection, id: CaptureId) -> Result<()> {
    db.prepare_cached("DELETE FROM captures WHERE id = ?1")?.execute([id.to_string()])?;
    Ok(())
}

/// Moves every record of a file to another, all by the same way.
pub fn move_all(db: &Connection, from: &str, to: i64, shift: i64) -> Result<()> {
    let from = file_number(db, from)?;
    db.prepare_cached(
        "UPDATE captures SET file = ?2, offset = offset + ?3, request_offset = request_offset + ?3 WHERE file = ?1",
    )?
    .execute(params![from, to, shift])?;
    db.prepare_cached("UPDATE articles SET file = ?2, offset = offset + ?3 WHERE file = ?1")?
        .execute(params![from, to, shift])?;
    db.prepare_cached("DELETE FROM files WHERE number = ?1")?.execute([from])?;
    Ok(())
}

fn add_bytes(db: &Connection, id: &str, length: i64) -> Result<usize> {
    db.prepare_cached("UPDATE captures SET bytes = bytes + ?2 WHERE id = ?1")?.execute(params![id, length])
}

/// The key of the file a capture lies in.
pub fn file_of(db: &Connection, id: CaptureId) -> Result<Option<String>> {
    db.prepare_cached(
        "SELECT files.key FROM captures JOIN files ON files.number = captures.file WHERE captures.id = ?1",
    )?
    .query_row([id.to_string()], |row| row.get(0))
    .optional()
}

/// Keeps the profile of a site.
pub fn put_profile(db: &Connection, site: &str, profile: &[u8]) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO profiles (site, profile) VALUES (?1, ?2) ON CONFLICT (site) DO UPDATE SET profile = ?2",
    )?
    .execute(params![site, profile])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::snapshot::value::Snapshot;
    use crate::store::trial::{Trial, page};

    /// What SQLite says it will do for a statement.
    fn plan(sql: &str) -> String {
        let trial = Trial::new();
        let archive = trial.open();
        archive.store(&[Snapshot::new(page("https://example.org/", 0, "a page"))]).unwrap();
        let steps = archive.catalogue.read(|db| {
            let mut statement = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
            statement.query_map(["x"], |row| row.get::<_, String>(3))?.collect::<rusqlite::Result<Vec<_>>>()
        });
        steps.unwrap().join("\n")
    }

    #[test]
    fn a_revisit_that_is_stored_does_not_read_the_whole_table() {
        let told = plan(&format!("{} AND captures.id = ?1", super::INHERIT));
        assert!(told.contains("SEARCH") && !told.contains("SCAN"), "{told}");
    }
}
