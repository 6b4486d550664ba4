//! The home page: the newest captures, or what a search found, narrowed as one likes.

use axum::body::Body;
use axum::http::Response;
use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};
use serde::Deserialize;

use crate::replay::captures::redirect;
use crate::replay::error::Error;
use crate::replay::overview::Overview;
use crate::replay::pages::{html, query_of};
use crate::replay::views::home::{Home, Listing, Narrowing, Totals};
use crate::replay::views::rows::{Day, Row};
use crate::replay::views::watch::{Crawl, SourceLine};
use crate::replay::watch::Watch;
use crate::snapshot::value::{CaptureId, NotAnId};
use crate::store::archive::Archive;
use crate::store::capture::Filter;

/// Captures on one page of a list.
const PAGE_ROWS: usize = 50;
/// The same of a search: of each the article is read, to show where the words stand.
const PAGE_HITS: usize = 20;

/// What `/` is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct HomeQuery {
    q: String,
    site: String,
    source: String,
    lang: String,
    author: String,
    tag: String,
    since: String,
    until: String,
    edited: String,
    after: String,
    /// `list` for the list alone, as a page that is open already asks.
    part: String,
}

impl HomeQuery {
    fn narrowing(&self) -> Narrowing {
        let trimmed = |text: &str| text.trim().to_owned();
        Narrowing {
            site: trimmed(&self.site).to_ascii_lowercase(),
            source: trimmed(&self.source),
            lang: trimmed(&self.lang),
            author: trimmed(&self.author),
            tag: trimmed(&self.tag),
            since: trimmed(&self.since),
            until: trimmed(&self.until),
            edited: !self.edited.is_empty(),
        }
    }

    fn filter(&self, narrowing: &Narrowing) -> Result<Filter, Error> {
        let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        let after = match self.after.as_str() {
            "" => None,
            after => Some(
                after
                    .parse::<CaptureId>()
                    .map_err(|error: NotAnId| Error::Parameter { parameter: "after", reason: error.to_string() })?,
            ),
        };
        Ok(Filter {
            site: given(&narrowing.site),
            source: given(&narrowing.source),
            lang: given(&narrowing.lang),
            author: given(&narrowing.author),
            tag: given(&narrowing.tag),
            since: moment("since", &narrowing.since, false)?,
            until: moment("until", &narrowing.until, true)?,
            edited: narrowing.edited,
            after,
            ..Filter::default()
        })
    }
}

/// The beginning of a day, or where the day is meant to be the last, of the one behind it.
fn moment(parameter: &'static str, day: &str, last: bool) -> Result<Option<Timestamp>, Error> {
    if day.is_empty() {
        return Ok(None);
    }
    let wrong = |error: jiff::Error| Error::Parameter {
        parameter,
        reason: format!("`{day}` is no day; write it as in 2026-03-01 ({error})"),
    };
    let date: Date = day.parse().map_err(wrong)?;
    let date = if last { date.tomorrow().map_err(wrong)? } else { date };
    Ok(Some(date.to_zoned(TimeZone::UTC).map_err(wrong)?.timestamp()))
}

/// `/`: the newest captures, or what a search found.
pub fn home(
    archive: &Archive,
    watch: &Watch,
    overview: Option<&Overview>,
    query: &HomeQuery,
    now: Timestamp,
) -> Result<Response<Body>, Error> {
    // An address in the search box is asked for, not searched for.
    let words = query.q.trim();
    if words.contains("://")
        && query.part.is_empty()
        && let Ok(url) = crate::url::parse(words)
    {
        return Ok(redirect(&format!("/history?{}", query_of(&[("url", url.as_str())]))));
    }
    let listing = listing(archive, query)?;
    if query.part == "list" {
        return html(&listing);
    }
    html(&Home {
        listing,
        facets: overview.map(|overview| overview.facets.clone()).unwrap_or_default(),
        totals: overview.map(|overview| Totals::of(&overview.status)),
        sources: watch.sources(now).iter().map(SourceLine::of).collect(),
        crawl: watch.crawl(now).map(|crawl| Crawl::of(&crawl, now)),
    })
}

fn listing(archive: &Archive, query: &HomeQuery) -> Result<Listing, Error> {
    let narrowing = query.narrowing();
    let mut filter = query.filter(&narrowing)?;
    let words = query.q.trim();
    let is_search = !words.is_empty();
    let page = if is_search { PAGE_HITS } else { PAGE_ROWS };
    filter.limit = Some(page + 1);
    let mut rows: Vec<Row> = if is_search {
        archive.search(&asked_for(words, &query.part), &filter)?.iter().map(Row::found).collect()
    } else {
        archive.list(&filter)?.iter().map(Row::of).collect()
    };
    let more = rows.len() > page;
    rows.truncate(page);
    let older = rows.last().filter(|_| more).map(|last| older(words, &narrowing, &last.id));
    let (days, hits) = if is_search { (Vec::new(), rows) } else { (Day::group(rows), Vec::new()) };
    Ok(Listing { query: words.to_owned(), narrowing, days, hits, older, is_later: filter.after.is_some() })
}

/// While a word is being typed, its beginning is looked for.
fn asked_for(words: &str, part: &str) -> String {
    let unfinished =
        part == "list" && words.ends_with(char::is_alphanumeric) && words.matches('"').count().is_multiple_of(2);
    if unfinished { format!("{words}*") } else { words.to_owned() }
}

fn older(words: &str, narrowing: &Narrowing, last: &str) -> String {
    let query = query_of(&[
        ("q", words),
        ("site", &narrowing.site),
        ("source", &narrowing.source),
        ("lang", &narrowing.lang),
        ("author", &narrowing.author),
        ("tag", &narrowing.tag),
        ("since", &narrowing.since),
        ("until", &narrowing.until),
        ("edited", if narrowing.edited { "1" } else { "" }),
        ("after", last),
    ]);
    format!("/?{query}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_last_day_is_meant_whole() {
        assert_eq!(moment("since", "2026-03-01", false).unwrap().unwrap().to_string(), "2026-03-01T00:00:00Z");
        assert_eq!(moment("until", "2026-02-28", true).unwrap().unwrap().to_string(), "2026-03-01T00:00:00Z");
        assert_eq!(moment("until", "", true).unwrap(), None);
        assert!(moment("until", "yesterday", true).is_err());
    }

    #[test]
    fn a_word_that_is_being_typed_is_looked_for_by_its_beginning() {
        assert_eq!(asked_for("stone harb", "list"), "stone harb*");
        assert_eq!(asked_for("stone harb", ""), "stone harb");
        assert_eq!(asked_for("\"stone harb", "list"), "\"stone harb");
        assert_eq!(asked_for("harb*", "list"), "harb*");
    }
}
