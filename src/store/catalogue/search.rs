//! Full-text search: which versions of articles hold the words, best first.

use rusqlite::{Connection, Result};

use crate::store::capture::{Capture, Filter};
use crate::store::catalogue::query;
use crate::store::catalogue::words::Query;

/// How many versions are looked at for one answer: words that stand in every article cost no more than this.
const CANDIDATES_MAX: usize = 20_000;

/// Captures whose article holds all the words, best first, one a URL. A title counts four times.
pub fn search(db: &Connection, words: &Query, filter: &Filter) -> Result<Vec<Capture>> {
    if words.is_empty() {
        return Ok(Vec::new());
    }
    let mut found = db.prepare_cached(
        "SELECT a.capture FROM fulltext JOIN articles AS a ON a.number = fulltext.rowid
         WHERE fulltext MATCH ?1 ORDER BY bm25(fulltext, 4.0, 1.0), a.capture DESC",
    )?;
    let mut rows = found.query([words.fts5()])?;
    let mut captures: Vec<Capture> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    let mut behind = filter.after.is_none();
    let limit = filter.limit.unwrap_or(usize::MAX);
    for _ in 0..CANDIDATES_MAX {
        if captures.len() >= limit {
            break;
        }
        let Some(row) = rows.next()? else { break };
        let holder: String = row.get(0)?;
        let Some(capture) = query::shows(db, &holder, filter)? else { continue };
        if !seen.insert(capture.url.clone()) {
            continue;
        }
        if behind {
            captures.push(capture);
        } else {
            behind = filter.after == Some(capture.id);
        }
    }
    Ok(captures)
}
