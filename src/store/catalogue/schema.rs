//! The tables of the catalogue. A catalogue of another version is not converted: it is made again from the records.

/// Counts up with every change of the tables.
pub const VERSION: i64 = 4;

/// Makes every table.
///
/// * `files`: journals and segments, and up to which byte each is indexed.
/// * `captures`: one row a capture; `article` and `repeats` name other captures.
/// * `articles`: one row a version of an article, under the capture it was made from; `record` names the `conversion`, the newest
///   where it was extracted again.
/// * `fulltext`: the words of each version; its `rowid` is the version's `number`. The text itself stays in the records.
/// * `profiles`: what repeats across a site. It is no part of any answer: made anew it is empty, and is learnt again.
pub const TABLES: &str = "
CREATE TABLE files (
    number INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    indexed INTEGER NOT NULL
) STRICT;

CREATE TABLE captures (
    id TEXT NOT NULL PRIMARY KEY,
    url TEXT NOT NULL,
    surt TEXT NOT NULL,
    site TEXT NOT NULL,
    at INTEGER NOT NULL,
    status INTEGER NOT NULL,
    media_type TEXT NOT NULL,
    change TEXT NOT NULL,
    payload_digest TEXT NOT NULL,
    payload_bytes INTEGER NOT NULL,
    repeats TEXT,
    article TEXT,
    verdict TEXT,
    source TEXT,
    tags TEXT NOT NULL,
    parent TEXT,
    noarchive INTEGER NOT NULL,
    truncated TEXT,
    bytes INTEGER NOT NULL,
    file INTEGER NOT NULL,
    offset INTEGER NOT NULL,
    length INTEGER NOT NULL,
    request_offset INTEGER,
    request_length INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX captures_by_url ON captures (url, id);
CREATE INDEX captures_by_surt ON captures (surt, id);
CREATE INDEX captures_by_site ON captures (site, id);
CREATE INDEX captures_by_source ON captures (source, id) WHERE source IS NOT NULL;
CREATE INDEX captures_by_payload ON captures (payload_digest, id) WHERE repeats IS NULL;
CREATE INDEX captures_by_article ON captures (article, id) WHERE article IS NOT NULL;
CREATE INDEX captures_by_file ON captures (file, offset);
CREATE INDEX captures_by_edit ON captures (id) WHERE change = 'edited';
CREATE INDEX captures_by_edit_of_source ON captures (source, id) WHERE change = 'edited';

CREATE TABLE articles (
    number INTEGER PRIMARY KEY,
    capture TEXT NOT NULL UNIQUE,
    record TEXT NOT NULL,
    url TEXT NOT NULL,
    digest TEXT NOT NULL,
    extractor TEXT NOT NULL,
    profile TEXT,
    title TEXT,
    lang TEXT,
    words INTEGER NOT NULL,
    file INTEGER NOT NULL,
    offset INTEGER NOT NULL,
    length INTEGER NOT NULL
) STRICT;
CREATE INDEX articles_by_url ON articles (url, digest);
CREATE INDEX articles_by_file ON articles (file, offset);
CREATE INDEX articles_by_record ON articles (record);

CREATE TABLE profiles (
    site TEXT NOT NULL PRIMARY KEY,
    profile BLOB NOT NULL
) STRICT;

CREATE VIRTUAL TABLE fulltext USING fts5(
    title, body, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2'
);
";

/// Removes every table.
pub const DROP: &str = "
DROP TABLE IF EXISTS profiles;
DROP TABLE IF EXISTS fulltext;
DROP TABLE IF EXISTS articles;
DROP TABLE IF EXISTS captures;
DROP TABLE IF EXISTS files;
";
