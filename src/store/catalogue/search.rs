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
    // Its capture may be another by now: the newest that shows the version.
    let after = filter.after.map(|id| query::capture(db, id)).transpose()?.flatten();
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
            behind = after.as_ref().is_some_and(|after| after.url == capture.url);
        }
    }
    Ok(captures)
}

/// Captures of the versions that hold all the words, the newest version first.
pub fn newest(db: &Connection, words: &Query, filter: &Filter) -> Result<Vec<Capture>> {
    if words.is_empty() {
        return Ok(Vec::new());
    }
    let mut found = db.prepare_cached(
        "SELECT a.capture FROM fulltext JOIN articles AS a ON a.number = fulltext.rowid
         WHERE fulltext MATCH ?1 ORDER BY a.capture DESC",
    )?;
    let mut rows = found.query([words.fts5()])?;
    let mut captures: Vec<Capture> = Vec::new();
    let limit = filter.limit.unwrap_or(usize::MAX);
    for _ in 0..CANDIDATES_MAX {
        if captures.len() >= limit {
            break;
        }
        let Some(row) = rows.next()? else { break };
        let holder: String = row.get(0)?;
        captures.extend(query::shows(db, &holder, filter)?);
    }
    Ok(captures)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::store::capture::Filter;
    use crate::store::trial::{Trial, story, time};

    fn urls(archive: &crate::store::archive::Archive, words: &str, filter: &Filter) -> Vec<String> {
        archive.search(words, filter).unwrap().into_iter().map(|hit| hit.capture.url.path()[1..].to_owned()).collect()
    }

    #[test]
    fn words_phrases_and_letters_without_spaces_are_found() {
        let archive = Trial::new().open();
        archive
            .store(&[
                story("https://example.org/harbour", 0, "nav", "The old harbour was rebuilt in stone."),
                story("https://example.org/stone", 1, "nav", "A stone wall; nothing of boats. Café, naïve."),
                story("https://example.org/tokyo", 2, "nav", "東京都の天気は晴れです。"),
            ])
            .unwrap();
        let all = Filter::default();
        assert_eq!(urls(&archive, "harbour", &all), ["harbour"]);
        assert_eq!(urls(&archive, "STONE boats", &all), ["stone"]);
        assert_eq!(urls(&archive, "\"rebuilt in stone\"", &all), ["harbour"]);
        assert_eq!(urls(&archive, "\"stone in rebuilt\"", &all), [""; 0]);
        assert_eq!(urls(&archive, "harb*", &all), ["harbour"]);
        assert_eq!(urls(&archive, "cafe", &all), ["stone"], "accents need not be typed");
        assert_eq!(urls(&archive, "天気", &all), ["tokyo"]);
        assert_eq!(urls(&archive, "気天", &all), [""; 0]);
        assert_eq!(urls(&archive, "title", &all).len(), 3);
        assert_eq!(urls(&archive, "\" OR * NEAR(", &all), [""; 0], "no text is an error");
    }

    #[test]
    fn the_newest_is_found_however_well_older_ones_match() {
        let archive = Trial::new().open();
        archive
            .store(&[
                story("https://example.org/much", 0, "nav", "Harbour, harbour, harbour."),
                story("https://example.org/little", 1, "nav", "A long walk along the coast ended at the harbour."),
            ])
            .unwrap();
        let one = Filter { limit: Some(1), ..Filter::default() };
        assert_eq!(urls(&archive, "harbour", &one), ["much"]);
        assert_eq!(archive.newest_with("harbour", &one).unwrap()[0].url.path(), "/little");
        assert!(archive.newest_with("", &one).unwrap().is_empty());
    }

    #[test]
    fn a_page_of_hits_goes_on_behind_one_that_was_captured_again() {
        let archive = Trial::new().open();
        let much = |hours| story("https://example.org/much", hours, "nav", "Harbour, harbour, harbour.");
        archive.store(&[much(0), story("https://example.org/little", 1, "nav", "A walk to the harbour.")]).unwrap();
        let first = archive.search("harbour", &Filter { limit: Some(1), ..Filter::default() }).unwrap();
        archive.store(&[much(2)]).unwrap();
        let rest = Filter { after: Some(first[0].capture.id), ..Filter::default() };
        assert_eq!(urls(&archive, "harbour", &rest), ["little"]);
    }

    #[test]
    fn every_script_is_searched() {
        let archive = Trial::new().open();
        let texts = [
            ("thai", "กรุงเทพมหานครมีฝนตกหนักในช่วงเย็น"),
            ("korean", "서울에서는 비가 많이 내렸습니다."),
            ("chinese", "昨天下午北京市下了大雨。"),
            ("japanese", "東京タワーの近くで雨が降った。"),
            ("khmer", "ភ្នំពេញមានភ្លៀងខ្លាំង"),
            ("arabic", "هطلت الأمطار بغزارة في القاهرة."),
            ("hebrew", "גשם כבד ירד בירושלים."),
            ("greek", "Έβρεξε πολύ στην Αθήνα."),
            ("hindi", "दिल्ली में भारी बारिश हुई।"),
        ];
        let snapshots = texts
            .iter()
            .zip(0..)
            .map(|((name, text), n)| story(&format!("https://example.org/{name}"), n, "nav", text));
        archive.store(&snapshots.collect::<Vec<_>>()).unwrap();
        let all = Filter::default();
        let asked = [
            ("ฝนตก", "thai"),
            ("서울", "korean"),
            ("北京", "chinese"),
            ("タワー", "japanese"),
            ("ភ្លៀង", "khmer"),
            ("الأمطار", "arabic"),
            ("גשם", "hebrew"),
            ("αθηνα", "greek"),
            ("बारिश", "hindi"),
        ];
        for (words, name) in asked {
            assert_eq!(urls(&archive, words, &all), [name], "{words}");
            let hit = archive.search(words, &all).unwrap().remove(0);
            assert!(!hit.highlights.is_empty(), "{words} is marked in {}", hit.snippet);
        }
        for words in ["ตกฝน", "京北", "ワータ"] {
            assert_eq!(urls(&archive, words, &all), [""; 0], "{words}");
        }
    }

    #[test]
    fn a_hit_is_the_newest_capture_that_shows_the_words() {
        let archive = Trial::new().open();
        let url = "https://example.org/a";
        archive.store(&[story(url, 0, "nav", "One harbour.")]).unwrap();
        archive.store(&[story(url, 1, "NAV", "One harbour.")]).unwrap();
        archive.store(&[story(url, 2, "nav", "Two quays.")]).unwrap();
        let hits = archive.search("harbour", &Filter::default()).unwrap();
        assert_eq!((hits.len(), hits[0].capture.at), (1, time(1)));
        assert_eq!(hits[0].snippet, "One harbour.");
        assert_eq!(&hits[0].snippet[hits[0].highlights[0].0..hits[0].highlights[0].1], "harbour");
        let early = Filter { until: Some(time(1)), ..Filter::default() };
        assert_eq!(archive.search("harbour", &early).unwrap()[0].capture.at, time(0));
    }

    #[test]
    fn hits_come_page_by_page() {
        let archive = Trial::new().open();
        for n in 0..5 {
            archive.store(&[story(&format!("https://example.org/{n}"), n, "nav", "Same words.")]).unwrap();
        }
        let first = archive.search("words", &Filter { limit: Some(3), ..Filter::default() }).unwrap();
        let after = Some(first[2].capture.id);
        let second = archive.search("words", &Filter { after, ..Filter::default() }).unwrap();
        assert_eq!((first.len(), second.len()), (3, 2));
        assert!(second.iter().all(|hit| first.iter().all(|other| other.capture.id != hit.capture.id)));
    }
}
