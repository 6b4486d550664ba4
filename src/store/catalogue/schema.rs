//! The tables of the catalogue. A catalogue of another version is not converted: it is made again from the records.

/// Counts up with every change of the tables.
pub const VERSION: i64 = 5;

/// Makes every table.
///
/// * `files`: journals and segments, and up to which byte each is indexed.
/// * `captures`: one row a capture; `article` and `repeats` name other captures.
/// * `articles`: one row a version of an article, under the capture it was made from; `record` names the `conversion`, the newest
///   where it was extracted again.
/// * `authors`: who wrote each version.
/// * `filed`: the tags that each capture was filed under when it was made.
/// * `annotations`, `labels`: what people noted of a URL, and the tags they gave it, as `notes.jsonl` has it.
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
CREATE INDEX captures_by_parent ON captures (parent, id) WHERE parent IS NOT NULL;
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

CREATE TABLE authors (
    author TEXT NOT NULL COLLATE NOCASE,
    number INTEGER NOT NULL,
    PRIMARY KEY (author, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX authors_by_number ON authors (number);
CREATE TRIGGER authors_follow_articles AFTER DELETE ON articles BEGIN
    DELETE FROM authors WHERE number = old.number;
END;

CREATE TABLE filed (
    tag TEXT NOT NULL,
    capture TEXT NOT NULL,
    PRIMARY KEY (tag, capture)
) STRICT, WITHOUT ROWID;
CREATE INDEX filed_by_capture ON filed (capture);
CREATE TRIGGER filed_follow_captures AFTER DELETE ON captures WHEN old.tags <> '[]' BEGIN
    DELETE FROM filed WHERE capture = old.id;
END;

CREATE TABLE annotations (
    url TEXT NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    note TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE labels (
    tag TEXT NOT NULL,
    url TEXT NOT NULL,
    PRIMARY KEY (tag, url)
) STRICT, WITHOUT ROWID;
CREATE INDEX labels_by_url ON labels (url);

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
DROP TABLE IF EXISTS authors;
DROP TABLE IF EXISTS filed;
DROP TABLE IF EXISTS annotations;
DROP TABLE IF EXISTS labels;
DROP TABLE IF EXISTS captures;
DROP TABLE IF EXISTS files;
";
