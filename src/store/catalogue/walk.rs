//! The catalogue read in the order of an index: every capture between two SURT keys, a batch at a time. It knows no URL and no
//! form of answer.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Result, Row, params};

use crate::snapshot::value::CaptureId;
use crate::store::catalogue::query::{Located, parsed, time};

/// A part of the index: SURT keys from the first, which belongs to it, to the second, which does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// The least key.
    pub from: String,
    /// The key behind the last.
    pub to: String,
}

/// A place in the index: the key of a capture and its name.
pub type Place = (String, String);

/// A capture with the place of its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Indexed {
    /// Its SURT key.
    pub surt: String,
    /// Its name.
    pub id: CaptureId,
    /// Its address.
    pub url: String,
    /// When it was made.
    pub at: Timestamp,
    /// The status of what it shows.
    pub status: u16,
    /// The media type of what it shows; empty where there is none.
    pub media_type: String,
    /// The digest of the body.
    pub digest: String,
    /// Where its answer lies.
    pub answer: Located,
    /// For a `revisit`: where the answer lies that it repeats, where that is in the archive.
    pub repeats: Option<Option<Located>>,
}

impl Indexed {
    /// Where it stands in the index.
    pub fn place(&self) -> Place {
        (self.surt.clone(), self.id.to_string())
    }
}

/// The captures of a stretch behind a place, or from its beginning; `back` reads from the end to the beginning.
pub fn walk(
    db: &Connection,
    stretch: &Stretch,
    behind: Option<&Place>,
    back: bool,
    limit: usize,
) -> Result<Vec<Indexed>> {
    let (bound, order) = if back {
        ("(c.surt, c.id) < (?2, ?3) AND c.surt >= ?1", "c.surt DESC, c.id DESC")
    } else {
        ("(c.surt, c.id) > (?1, ?3) AND c.surt < ?2", "c.surt, c.id")
    };
    let sql = format!(
        "SELECT c.surt, c.id, c.url, c.at, c.status, c.media_type, c.payload_digest, f.key, c.offset, c.length,
                c.repeats IS NOT NULL, g.key, o.offset, o.length
         FROM captures AS c JOIN files AS f ON f.number = c.file
         LEFT JOIN captures AS o ON o.id = c.repeats LEFT JOIN files AS g ON g.number = o.file
         WHERE {bound} ORDER BY {order} LIMIT ?4"
    );
    let (mut from, mut to, mut id) = (stretch.from.as_str(), stretch.to.as_str(), "");
    if let Some((surt, name)) = behind {
        if back {
            to = surt;
        } else {
            from = surt;
        }
        id = name;
    }
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    db.prepare_cached(&sql)?.query_map(params![from, to, id, limit], indexed)?.collect()
}

fn indexed(row: &Row<'_>) -> Result<Indexed> {
    let located = |key: String, at: usize| -> Result<Located> {
        Ok(Located { key, offset: row.get::<_, i64>(at)? as u64, length: row.get::<_, i64>(at + 1)? as u64 })
    };
    let original = row.get::<_, Option<String>>(11)?.map(|key| located(key, 12)).transpose()?;
    Ok(Indexed {
        surt: row.get(0)?,
        id: parsed(row, 1)?,
        url: row.get(2)?,
        at: time(row, 3)?,
        status: row.get(4)?,
        media_type: row.get(5)?,
        digest: row.get(6)?,
        answer: located(row.get(7)?, 8)?,
        repeats: row.get::<_, bool>(10)?.then_some(original),
    })
}

/// How many captures a stretch holds.
pub fn count(db: &Connection, stretch: &Stretch) -> Result<u64> {
    db.prepare_cached("SELECT count(*) FROM captures WHERE surt >= ?1 AND surt < ?2")?
        .query_row([&stretch.from, &stretch.to], |row| Ok(row.get::<_, i64>(0)? as u64))
}

/// The place of the capture that so many others of a stretch stand before, counted from its beginning or, `back`, its end.
pub fn nth(db: &Connection, stretch: &Stretch, number: u64, back: bool) -> Result<Option<Place>> {
    let order = if back { "surt DESC, id DESC" } else { "surt, id" };
    let sql =
        format!("SELECT surt, id FROM captures WHERE surt >= ?1 AND surt < ?2 ORDER BY {order} LIMIT 1 OFFSET ?3");
    let number = i64::try_from(number).unwrap_or(i64::MAX);
    db.prepare_cached(&sql)?
        .query_row(params![stretch.from, stretch.to, number], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
}
