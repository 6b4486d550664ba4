//! The pages of the interface, each a function from the archive and a question to an answer. They read the archive and
//! block while they do; the server calls them where that may be.

use askama::Template;
use axum::body::Body;
use axum::http::{HeaderName, Response, header};
use jiff::Timestamp;
use serde::Deserialize;
use url::Url;

use crate::replay::address::{Address, Modifier, Stamp};
use crate::replay::captures::{self, Found, put, redirect};
use crate::replay::error::Error;
use crate::replay::memento;
use crate::replay::origin::Origins;
use crate::replay::rewrite::{self, Lead, Links};
use crate::replay::views::{self, Banner, Day, History, Home, Read, Row};
use crate::snapshot::value::CaptureId;
use crate::store::archive::Archive;
use crate::store::capture::{Capture, Filter};

/// Captures on one page of a list.
const PAGE_ROWS: usize = 50;

/// What `/` is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct HomeQuery {
    q: String,
    site: String,
    edited: String,
    after: String,
}

/// What names a page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PageQuery {
    url: String,
    at: String,
    pub(crate) limit: Option<usize>,
    pub(crate) output: String,
}

impl PageQuery {
    pub(crate) fn url(&self) -> Result<Url, Error> {
        crate::url::parse(&self.url).map_err(|error| Error::Parameter { parameter: "url", reason: error.to_string() })
    }

    fn at(&self) -> Result<Option<Timestamp>, Error> {
        if self.at.is_empty() {
            return Ok(None);
        }
        let wrong = || Error::Parameter {
            parameter: "at",
            reason: format!("`{}` is no timestamp; write 4 to 14 digits, as in 20260301120000", self.at),
        };
        Stamp::parse(&self.at).map(|stamp| Some(last_moment(stamp))).ok_or_else(wrong)
    }
}

/// The last moment of a stamp's second: captures are kept to the millisecond.
fn last_moment(stamp: Stamp) -> Timestamp {
    let at = stamp.timestamp();
    Timestamp::from_millisecond(at.as_millisecond() + 999).unwrap_or(at)
}

fn html(page: &impl Template) -> Result<Response<Body>, Error> {
    let mut response = Response::new(Body::from(page.render()?));
    put(response.headers_mut(), header::CONTENT_TYPE, "text/html; charset=utf-8");
    put(response.headers_mut(), header::CACHE_CONTROL, "private, no-cache");
    Ok(response)
}

/// `/`: the newest captures, or what a search found.
pub fn home(archive: &Archive, query: &HomeQuery) -> Result<Response<Body>, Error> {
    let site = query.site.trim().to_ascii_lowercase();
    let mut filter = Filter {
        site: Some(site.clone()).filter(|site| !site.is_empty()),
        edited: !query.edited.is_empty(),
        limit: Some(PAGE_ROWS + 1),
        ..Filter::default()
    };
    if !query.after.is_empty() {
        let id: CaptureId = query.after.parse().map_err(|error: crate::snapshot::value::NotAnId| Error::Parameter {
            parameter: "after",
            reason: error.to_string(),
        })?;
        filter.after = Some(id);
    }
    let words = query.q.trim();
    // An address in the search box is asked for, not searched for.
    if words.contains("://")
        && let Ok(url) = crate::url::parse(words)
    {
        return Ok(redirect(&format!("/history?{}", query_of(&[("url", url.as_str())]))));
    }
    let (mut rows, is_search) = if words.is_empty() {
        (archive.list(&filter)?.iter().map(Row::of).collect::<Vec<_>>(), false)
    } else {
        filter.limit = Some(PAGE_ROWS);
        (archive.search(words, &filter)?.iter().map(Row::found).collect(), true)
    };
    let more = rows.len() > PAGE_ROWS;
    rows.truncate(PAGE_ROWS);
    let older = rows.last().filter(|_| more).map(|last| {
        let edited = if filter.edited { "1" } else { "" };
        let pairs = [("site", site.as_str()), ("edited", edited), ("after", last.id.as_str())];
        format!("/?{}", query_of(&pairs))
    });
    let (days, hits) = if is_search { (Vec::new(), rows) } else { (Day::group(rows), Vec::new()) };
    html(&Home {
        query: words.to_owned(),
        site,
        edited: filter.edited,
        days,
        hits,
        older,
        is_later: filter.after.is_some(),
    })
}

fn query_of(pairs: &[(&str, &str)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
        query.append_pair(name, value);
    }
    query.finish()
}

/// `/read/ID`: the article of a capture, or the page as captured where it has none.
pub fn read(archive: &Archive, origins: &Origins, id: &str) -> Result<Response<Body>, Error> {
    let no_such_page = || Error::NoSuchPage { path: format!("/read/{id}") };
    let id: CaptureId = id.parse().map_err(|_| no_such_page())?;
    let capture = archive.capture(&id)?.ok_or_else(no_such_page)?;
    let article = if views::is_readable(&capture) { archive.load_article(&capture)? } else { None };
    let Some(article) = article else {
        return Ok(redirect(&page_address(&capture)));
    };
    let kept = |url: &Url| captures::is_kept(archive, url, capture.at);
    let lead = Lead {
        stamp: Stamp::of(capture.at),
        url: &capture.url,
        links: Links::Reader,
        parts: &origins.captures,
        kept: &kept,
    };
    let content = rewrite::html(&article.html(), &lead)?;
    let history = archive.history(&capture.url)?;
    html(&Read::of(&capture, &article, content, &history))
}

/// Where the page of a capture is shown.
pub(crate) fn page_address(capture: &Capture) -> String {
    let stamp = Stamp::of(capture.at);
    Address { stamp, exact: true, modifier: Modifier::Page, url: capture.url.clone() }.path()
}

/// `/article?url=&at=`: the reader view of the latest article of an address, not after a moment where one is given and it
/// was kept by then.
pub fn article(archive: &Archive, query: &PageQuery) -> Result<Response<Body>, Error> {
    let url = query.url()?;
    let at = query.at()?;
    let wanted = at.map_or_else(|| Stamp::of(Timestamp::MAX), Stamp::of);
    let found = captures::find(archive, &url, wanted)?;
    let kept_as = &found.capture.url;
    let capture = match archive.latest_article(kept_as, at)? {
        Some(capture) => capture,
        None => archive.latest_article(kept_as, None)?.unwrap_or(found.capture),
    };
    if views::is_readable(&capture) {
        return Ok(redirect(&format!("/read/{}", capture.id)));
    }
    Ok(redirect(&page_address(&capture)))
}

/// `/history?url=`: every capture of an address.
pub fn history(archive: &Archive, query: &PageQuery) -> Result<Response<Body>, Error> {
    let Found { capture, history } = captures::find(archive, &query.url()?, Stamp::of(Timestamp::MAX))?;
    let title = history.iter().rev().find_map(|capture| capture.title.clone());
    html(&History {
        url: capture.url.to_string(),
        title: title.unwrap_or_else(|| capture.url.to_string()),
        versions: history.iter().rev().map(Row::of).collect(),
    })
}

/// `/TIMESTAMP/URL`: the banner above the page as captured. With a modifier it is the captures' port that answers.
pub fn capture(archive: &Archive, origins: &Origins, path_and_query: &str) -> Result<Response<Body>, Error> {
    let no_such_page = || Error::NoSuchPage { path: path_and_query.to_owned() };
    let address = Address::parse(path_and_query).ok_or_else(no_such_page)?;
    if address.modifier != Modifier::Page {
        return Ok(redirect(&format!("{}{path_and_query}", origins.captures)));
    }
    let Found { capture, history } = captures::find(archive, &address.url, address.stamp)?;
    let stamp = Stamp::of(capture.at);
    if !address.exact || stamp != address.stamp {
        return Ok(redirect(&page_address(&capture)));
    }
    if (300..400).contains(&capture.status)
        && let Some(target) = archive.load_page(&capture)?.redirect()
    {
        let next = Address { stamp, exact: true, modifier: Modifier::Page, url: target };
        return Ok(redirect(&next.path()));
    }
    let main = Address { stamp, exact: true, modifier: Modifier::Main, url: capture.url.clone() };
    let at = history.iter().position(|other| other.id == capture.id).unwrap_or_default();
    let media_type = &capture.media_type;
    let mut response = html(&Banner {
        row: Row::of(&capture),
        frame: format!("{}{}", origins.captures, main.path()),
        shows: media_type.is_empty() || media_type == "application/xhtml+xml" || captures::is_shown(media_type),
        earlier: at.checked_sub(1).and_then(|at| history.get(at)).map(page_address),
        later: history.get(at + 1).map(page_address),
        place: format!("{} of {}", at + 1, history.len()),
    })?;
    let headers = response.headers_mut();
    put(headers, HeaderName::from_static("memento-datetime"), &stamp.http_date());
    put(headers, header::LINK, &memento::link_header(&origins.interface, &capture.url, &history, Some(&capture)));
    Ok(response)
}
