//! Questions about captures. Rows become values here and nowhere else.

use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Result, Row, params, params_from_iter};
use url::Url;

use crate::page::Truncation;
use crate::snapshot::encode::Origin;
use crate::snapshot::fields::verdict_of;
use crate::snapshot::value::{CaptureId, Change};
use crate::store::capture::{Capture, Filter};
use crate::store::thin::Past;

/// A record's place, with the name of its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// The file's key.
    pub key: String,
    /// The record's first byte.
    pub offset: u64,
    /// Its bytes, compressed.
    pub length: u64,
}

/// Where the records of a capture lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// The answer.
    pub answer: Located,
    /// The request, where it is known.
    pub request: Option<Located>,
    /// The capture that holds the payload, for a `revisit`.
    pub repeats: Option<CaptureId>,
}

/// What a new capture of a URL is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastArticle {
    /// The capture whose `conversion` holds it.
    pub holder: CaptureId,
    /// The latest capture that shows it.
    pub shown_by: CaptureId,
    /// The digest of its text.
    pub digest: String,
    /// The version of the extractor that made it.
    pub extractor: String,
    /// The digest of the site's profile it was made with.
    pub profile: Option<String>,
}

const CAPTURE: &str = "SELECT c.id, c.url, c.at, c.status, c.media_type, c.change, c.payload_digest, c.payload_bytes,
    a.digest, a.title, c.site, c.source, c.tags, a.lang, coalesce(a.words, 0), c.verdict, c.bytes, c.truncated, c.parent,
    c.noarchive
    FROM captures AS c LEFT JOIN articles AS a ON a.capture = c.article";

fn capture_of(row: &Row<'_>) -> Result<Capture> {
    let text = |column: usize| row.get::<_, Option<String>>(column);
    Ok(Capture {
        id: parsed(row, 0)?,
        url: parsed(row, 1)?,
        at: time(row, 2)?,
        status: row.get(3)?,
        media_type: row.get(4)?,
        change: Change::from_word(&row.get::<_, String>(5)?).unwrap_or(Change::New),
        payload_digest: row.get(6)?,
        payload_bytes: row.get::<_, i64>(7)? as u64,
        article_digest: row.get(8)?,
        title: row.get(9)?,
        site: row.get(10)?,
        source: row.get(11)?,
        tags: serde_json::from_str(&row.get::<_, String>(12)?).unwrap_or_default(),
        lang: row.get(13)?,
        words: row.get::<_, i64>(14)? as u64,
        verdict: text(15)?.and_then(|word| verdict_of(&word)),
        bytes: row.get::<_, i64>(16)? as u64,
        truncated: text(17)?.map(|word| Truncation::from_word(&word)),
        parent: text(18)?.and_then(|parent| Url::parse(&parent).ok()),
        noarchive: row.get(19)?,
    })
}

pub(in crate::store::catalogue) fn parsed<T: std::str::FromStr>(row: &Row<'_>, column: usize) -> Result<T>
where
    T::Err: std::error::Error + Send + Sync + 'static,
{
    row.get::<_, String>(column)?.parse().map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
    })
}

pub(in crate::store::catalogue) fn time(row: &Row<'_>, column: usize) -> Result<Timestamp> {
    Timestamp::from_millisecond(row.get(column)?).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Integer, Box::new(error))
    })
}

/// A capture by its name.
pub fn capture(db: &Connection, id: CaptureId) -> Result<Option<Capture>> {
    db.prepare_cached(&format!("{CAPTURE} WHERE c.id = ?1"))?.query_row([id.to_string()], capture_of).optional()
}

/// How a URL is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// As it stands.
    Url,
    /// By its SURT key: whatever its scheme, `www.`, the case of its path or a slash at its end.
    Surt,
}

impl By {
    fn condition(self) -> &'static str {
        match self {
            Self::Url => "c.url = ?1",
            Self::Surt => "c.surt = ?1",
        }
    }

    fn key(self, url: &Url) -> String {
        match self {
            Self::Url => url.as_str().to_owned(),
            Self::Surt => crate::url::surt(url),
        }
    }
}

/// The latest capture of a URL, not after a time; with an article, where that is asked for.
pub fn latest(db: &Connection, by: By, url: &Url, until: Option<Timestamp>, article: bool) -> Result<Option<Capture>> {
    let only = if article { "AND c.article IS NOT NULL" } else { "" };
    let sql = format!("{CAPTURE} WHERE {} AND c.at <= ?2 {only} ORDER BY c.id DESC LIMIT 1", by.condition());
    let until = until.map_or(i64::MAX, Timestamp::as_millisecond);
    db.prepare_cached(&sql)?.query_row(params![by.key(url), until], capture_of).optional()
}

/// The capture of a URL nearest to a time, one that was answered with success before any other.
pub fn nearest(db: &Connection, by: By, url: &Url, near: Timestamp) -> Result<Option<Capture>> {
    let sql = format!(
        "{CAPTURE} WHERE {} ORDER BY c.status NOT BETWEEN 200 AND 299, abs(c.at - ?2), c.id LIMIT 1",
        by.condition()
    );
    db.prepare_cached(&sql)?.query_row(params![by.key(url), near.as_millisecond()], capture_of).optional()
}

/// Whether a capture of a URL, under any of its spellings, shows more than that it is missing.
pub fn is_kept(db: &Connection, url: &Url) -> Result<bool> {
    db.prepare_cached("SELECT EXISTS (SELECT 1 FROM captures WHERE surt = ?1 AND status < 400)")?
        .query_row([crate::url::surt(url)], |row| row.get(0))
}

/// Every capture of a URL, oldest first.
pub fn history(db: &Connection, by: By, url: &Url) -> Result<Vec<Capture>> {
    let sql = format!("{CAPTURE} WHERE {} ORDER BY c.id", by.condition());
    db.prepare_cached(&sql)?.query_map([by.key(url)], capture_of)?.collect()
}

/// Captures that pass a filter, newest first.
pub fn list(db: &Connection, filter: &Filter) -> Result<Vec<Capture>> {
    let (conditions, mut values) = conditions(filter);
    let limit = filter.limit.map_or(-1, |limit| i64::try_from(limit).unwrap_or(i64::MAX));
    values.push(limit.into());
    let sql = format!("{CAPTURE} WHERE {conditions} ORDER BY c.id DESC LIMIT ?");
    db.prepare_cached(&sql)?.query_map(params_from_iter(values), capture_of)?.collect()
}

/// The newest capture that shows a version of an article and passes a filter.
pub fn shows(db: &Connection, holder: &str, filter: &Filter) -> Result<Option<Capture>> {
    let filter = Filter { after: None, limit: None, ..filter.clone() };
    let (conditions, mut values) = conditions(&filter);
    values.push(holder.to_owned().into());
    let sql = format!("{CAPTURE} WHERE {conditions} AND c.article = ? ORDER BY c.id DESC LIMIT 1");
    db.prepare_cached(&sql)?.query_row(params_from_iter(values), capture_of).optional()
}

/// The least id of a capture made at a time or later: a listing is in the order of ids, and begins where the time does.
fn first_id_at(time: Timestamp) -> String {
    CaptureId::from_parts(u64::try_from(time.as_millisecond()).unwrap_or(0), 0).to_string()
}

/// A filter as a condition with `?` for each of its values.
fn conditions(filter: &Filter) -> (String, Vec<Value>) {
    let mut conditions = vec!["1"];
    let mut values: Vec<Value> = Vec::new();
    let mut add = |condition: &'static str, value: Value| {
        conditions.push(condition);
        values.push(value);
    };
    if let Some(site) = &filter.site {
        add("c.site = ?", site.to_lowercase().into());
    }
    if let Some(source) = &filter.source {
        add("c.source = ?", source.clone().into());
    }
    if let Some(since) = filter.since {
        add("c.at >= ?", since.as_millisecond().into());
        add("c.id >= ?", first_id_at(since).into());
    }
    if let Some(until) = filter.until {
        add("c.at < ?", until.as_millisecond().into());
        add("c.id < ?", first_id_at(until).into());
    }
    if let Some(lang) = &filter.lang {
        add("(lower(a.lang) || '-') LIKE ? || '-%'", lang.to_lowercase().into());
    }
    if let Some(author) = &filter.author {
        let named =
            "c.article IN (SELECT named.capture FROM authors JOIN articles AS named ON named.number = authors.number
            WHERE instr(lower(authors.author), lower(?)) > 0)";
        add(named, author.trim().to_owned().into());
    }
    if let Some(tag) = &filter.tag {
        let filed = "c.id IN (SELECT under.id FROM (SELECT ? AS tag) AS wanted
            JOIN (SELECT labels.tag, under.id FROM labels JOIN captures AS under ON under.url = labels.url
                UNION ALL SELECT tag, capture FROM filed) AS under ON under.tag = wanted.tag)";
        add(filed, tag.clone().into());
    }
    if let Some(url) = &filter.url {
        add("c.url = ?", url.as_str().to_owned().into());
    }
    if let Some(after) = filter.after {
        add("c.id < ?", after.to_string().into());
    }
    if filter.edited {
        conditions.push("c.change = 'edited'");
    }
    if filter.versions {
        conditions.push("c.article = c.id");
    }
    if !filter.assets {
        conditions.push("c.parent IS NULL");
    }
    (conditions.join(" AND "), values)
}

/// Where the records of a capture lie.
pub fn places(db: &Connection, id: CaptureId) -> Result<Option<Places>> {
    db.prepare_cached(
        "SELECT files.key, offset, length, request_offset, request_length, repeats
         FROM captures JOIN files ON files.number = captures.file WHERE id = ?1",
    )?
    .query_row([id.to_string()], |row| {
        let key: String = row.get(0)?;
        let request: Option<i64> = row.get(3)?;
        let request_length: i64 = row.get::<_, Option<i64>>(4)?.unwrap_or(0);
        let repeats: Option<String> = row.get(5)?;
        Ok(Places {
            request: request.map(|offset| Located {
                key: key.clone(),
                offset: offset as u64,
                length: request_length as u64,
            }),
            answer: Located { key, offset: row.get::<_, i64>(1)? as u64, length: row.get::<_, i64>(2)? as u64 },
            repeats: repeats.and_then(|id| id.parse().ok()),
        })
    })
    .optional()
}

/// Where the article that a capture shows lies.
pub fn article_place(db: &Connection, id: CaptureId) -> Result<Option<Located>> {
    db.prepare_cached(
        "SELECT files.key, a.offset, a.length FROM captures AS c
         JOIN articles AS a ON a.capture = c.article JOIN files ON files.number = a.file WHERE c.id = ?1",
    )?
    .query_row([id.to_string()], |row| {
        Ok(Located { key: row.get(0)?, offset: row.get::<_, i64>(1)? as u64, length: row.get::<_, i64>(2)? as u64 })
    })
    .optional()
}

/// The capture that holds a payload as a `response`: of the same URL before any other, and the earliest.
pub fn holder(db: &Connection, payload_digest: &str, url: &Url) -> Result<Option<Origin>> {
    db.prepare_cached(
        "SELECT id, url, at, payload_digest FROM captures WHERE payload_digest = ?1 AND repeats IS NULL
         ORDER BY url <> ?2, id LIMIT 1",
    )?
    .query_row([payload_digest, url.as_str()], origin_of)
    .optional()
}

/// The capture that holds the payload a capture shows: itself, or the one it repeats.
pub fn payload_of(db: &Connection, id: CaptureId) -> Result<Option<Origin>> {
    db.prepare_cached(
        "SELECT shown.id, shown.url, shown.at, shown.payload_digest FROM captures AS c
         JOIN captures AS shown ON shown.id = coalesce(c.repeats, c.id) WHERE c.id = ?1",
    )?
    .query_row([id.to_string()], origin_of)
    .optional()
}

fn origin_of(row: &Row<'_>) -> Result<Origin> {
    Ok(Origin { id: parsed(row, 0)?, url: parsed(row, 1)?, at: time(row, 2)?, payload_digest: row.get(3)? })
}

/// The last good article of a URL, not after a time.
pub fn last_article(db: &Connection, url: &Url, until: Timestamp) -> Result<Option<LastArticle>> {
    db.prepare_cached(
        "SELECT c.article, c.id, a.digest, a.extractor, a.profile FROM captures AS c JOIN articles AS a ON a.capture = c.article
         WHERE c.url = ?1 AND c.at <= ?2 ORDER BY c.id DESC LIMIT 1",
    )?
    .query_row(params![url.as_str(), until.as_millisecond()], |row| {
        Ok(LastArticle {
            holder: parsed(row, 0)?,
            shown_by: parsed(row, 1)?,
            digest: row.get(2)?,
            extractor: row.get(3)?,
            profile: row.get(4)?,
        })
    })
    .optional()
}

/// The capture whose `conversion` holds a text under a URL.
pub fn version(db: &Connection, url: &Url, digest: &str) -> Result<Option<CaptureId>> {
    db.prepare_cached("SELECT capture FROM articles WHERE url = ?1 AND digest = ?2 ORDER BY capture LIMIT 1")?
        .query_row([url.as_str(), digest], |row| parsed(row, 0))
        .optional()
}

/// The profile of a site.
pub fn profile(db: &Connection, site: &str) -> Result<Option<Vec<u8>>> {
    db.prepare_cached("SELECT profile FROM profiles WHERE site = ?1")?.query_row([site], |row| row.get(0)).optional()
}

/// The newest captures of a site that show an article, one of each URL, at most so many.
pub fn articles_of_site(db: &Connection, site: &str, limit: usize) -> Result<Vec<Capture>> {
    let sql = format!(
        "{CAPTURE} WHERE c.id IN (SELECT max(id) FROM captures WHERE site = ?1 AND article IS NOT NULL GROUP BY url
            ORDER BY max(id) DESC LIMIT ?2) ORDER BY c.id DESC"
    );
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    db.prepare_cached(&sql)?.query_map(params![site, limit], capture_of)?.collect()
}

/// The captures whose answer or article lies in a part of a file, and those that repeat one of them.
pub fn within(db: &Connection, key: &str, from: u64, to: u64) -> Result<Vec<CaptureId>> {
    let to = i64::try_from(to).unwrap_or(i64::MAX);
    db.prepare_cached(
        "WITH hit (id) AS (
            SELECT c.id FROM captures AS c JOIN files AS f ON f.number = c.file
                WHERE f.key = ?1 AND c.offset < ?3 AND c.offset + c.length > ?2
            UNION SELECT c.id FROM articles AS a JOIN files AS f ON f.number = a.file
                JOIN captures AS c ON c.article = a.capture
                WHERE f.key = ?1 AND a.offset < ?3 AND a.offset + a.length > ?2)
         SELECT id FROM hit UNION SELECT c.id FROM captures AS c JOIN hit ON c.repeats = hit.id ORDER BY 1",
    )?
    .query_map(params![key, from as i64, to], |row| parsed(row, 0))?
    .collect()
}

/// The files on the list and up to which byte each is indexed.
pub fn files(db: &Connection) -> Result<Vec<(String, u64)>> {
    db.prepare_cached("SELECT key, indexed FROM files ORDER BY key")?
        .query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)? as u64)))?
        .collect()
}

/// The names of all captures, in order.
pub fn ids(db: &Connection) -> Result<Vec<CaptureId>> {
    db.prepare_cached("SELECT id FROM captures ORDER BY id")?.query_map([], |row| parsed(row, 0))?.collect()
}

/// The article that was made from a capture, where there is one.
pub fn own_article_place(db: &Connection, id: CaptureId) -> Result<Option<Located>> {
    db.prepare_cached(
        "SELECT files.key, a.offset, a.length FROM articles AS a JOIN files ON files.number = a.file WHERE a.capture = ?1",
    )?
    .query_row([id.to_string()], |row| {
        Ok(Located { key: row.get(0)?, offset: row.get::<_, i64>(1)? as u64, length: row.get::<_, i64>(2)? as u64 })
    })
    .optional()
}

/// Every capture that an article was made from, oldest first.
pub fn holders(db: &Connection) -> Result<Vec<CaptureId>> {
    let mut statement = db.prepare("SELECT capture FROM articles ORDER BY capture")?;
    statement.query_map([], |row| parsed(row, 0))?.collect()
}

/// How many captures that are called edited show the text of the capture before.
pub fn edits_undone(db: &Connection) -> Result<u64> {
    db.query_row(
        "SELECT count(*) FROM captures AS c JOIN articles AS a ON a.capture = c.article
         WHERE c.change = 'edited' AND a.digest = (
            SELECT b.digest FROM captures AS p JOIN articles AS b ON b.capture = p.article
            WHERE p.url = c.url AND p.id < c.id ORDER BY p.id DESC LIMIT 1)",
        [],
        |row| Ok(row.get::<_, i64>(0)? as u64),
    )
}

/// Every history of a page, one at a time, oldest capture first.
pub fn histories(db: &Connection, each: &mut dyn FnMut(&[Past])) -> Result<()> {
    let mut statement = db.prepare(
        "SELECT url, id, at, change, status, id IS article, repeats, parent IS NOT NULL FROM captures ORDER BY url, id",
    )?;
    let mut rows = statement.query([])?;
    let (mut page, mut history) = (String::new(), Vec::new());
    while let Some(row) = rows.next()? {
        let url: String = row.get(0)?;
        if url != page {
            each(&history);
            history.clear();
            page = url;
        }
        history.push(Past {
            id: parsed(row, 1)?,
            at: time(row, 2)?,
            change: Change::from_word(&row.get::<_, String>(3)?).unwrap_or(Change::New),
            status: row.get(4)?,
            holds_article: row.get(5)?,
            repeats: row.get::<_, Option<String>>(6)?.and_then(|id| id.parse().ok()),
            asset: row.get(7)?,
        });
    }
    each(&history);
    Ok(())
}

/// The segment that holds the latest sealed capture of a URL.
pub fn sealed_in(db: &Connection, url: &str) -> Result<Option<String>> {
    db.prepare_cached(
        "SELECT files.key FROM captures JOIN files ON files.number = captures.file
         WHERE captures.url = ?1 AND files.key LIKE 'segments/%' ORDER BY captures.id DESC LIMIT 1",
    )?
    .query_row([url], |row| row.get(0))
    .optional()
}

/// Whether a URL was captured at a time, with this payload where one is given.
pub fn is_held(db: &Connection, url: &Url, at: Timestamp, payload_digest: Option<&str>) -> Result<bool> {
    db.prepare_cached(
        "SELECT 1 FROM captures WHERE url = ?1 AND at = ?2 AND payload_digest = coalesce(?3, payload_digest)",
    )?
    .exists(params![url.as_str(), at.as_millisecond(), payload_digest])
}

/// The assets that were captured for a page.
pub fn assets_of(db: &Connection, page: &str) -> Result<Vec<CaptureId>> {
    db.prepare_cached("SELECT id FROM captures WHERE parent = ?1 ORDER BY id")?
        .query_map([page], |row| parsed(row, 0))?
        .collect()
}

/// The names of assets that a page brought with it, and of the page each belongs to, in order.
pub fn assets(db: &Connection) -> Result<Vec<(CaptureId, String)>> {
    db.prepare_cached("SELECT id, parent FROM captures WHERE parent IS NOT NULL ORDER BY id")?
        .query_map([], |row| Ok((parsed(row, 0)?, row.get(1)?)))?
        .collect()
}

/// The captures that a capture leans on: the one whose payload it repeats, and the one that holds its article.
pub fn leans_on(db: &Connection, id: CaptureId) -> Result<Vec<CaptureId>> {
    let found = db
        .prepare_cached("SELECT repeats, article FROM captures WHERE id = ?1")?
        .query_row([id.to_string()], |row| Ok([row.get::<_, Option<String>>(0)?, row.get::<_, Option<String>>(1)?]))
        .optional()?;
    Ok(found.into_iter().flatten().flatten().filter_map(|id| id.parse().ok()).filter(|other| *other != id).collect())
}

/// The captures that repeat the payload a capture holds, oldest first; those with an answer of their own before those that
/// only heard that nothing changed.
pub fn repeating(db: &Connection, id: CaptureId) -> Result<Vec<CaptureId>> {
    db.prepare_cached("SELECT id FROM captures WHERE repeats = ?1 ORDER BY change = 'not-modified', id")?
        .query_map([id.to_string()], |row| parsed(row, 0))?
        .collect()
}

/// The captures that show the article a capture holds, oldest first.
pub fn showing(db: &Connection, id: CaptureId) -> Result<Vec<CaptureId>> {
    db.prepare_cached("SELECT id FROM captures WHERE article = ?1 AND id <> ?1 ORDER BY id")?
        .query_map([id.to_string()], |row| parsed(row, 0))?
        .collect()
}

/// The capture that holds the article a capture shows, and the digest of its text.
pub fn article_of(db: &Connection, id: CaptureId) -> Result<Option<(CaptureId, String)>> {
    db.prepare_cached(
        "SELECT a.capture, a.digest FROM captures AS c JOIN articles AS a ON a.capture = c.article WHERE c.id = ?1",
    )?
    .query_row([id.to_string()], |row| Ok((parsed(row, 0)?, row.get(1)?)))
    .optional()
}
