//! `/feed.atom`: new and edited articles for a feed reader (RFC 4287), narrowed as a list is. Nothing is read from the records
//! while the reader holds what there is.

use axum::Router;
use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, Response, StatusCode, header};
use axum::routing::get;
use chaffinch_extract::article::Article;
use jiff::Timestamp;
use serde::Deserialize;

use crate::replay::captures::put;
use crate::replay::error::Error;
use crate::replay::origin::Origins;
use crate::replay::room::{Asked, Room, parameters, told};
use crate::snapshot::value::{Change, Role};
use crate::store::archive::Archive;
use crate::store::capture::{Capture, Filter};

/// Entries of a feed.
const ENTRIES: usize = 50;
/// Letters of a summary.
const SUMMARY_LETTERS: usize = 500;

/// The addresses of this file.
pub(crate) fn routes() -> Router<Room> {
    Router::new().route("/feed.atom", get(feed))
}

/// What is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Query {
    site: String,
    source: String,
    tag: String,
    author: String,
    lang: String,
    q: String,
    edited: String,
}

impl Query {
    fn filter(&self) -> Filter {
        let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        Filter {
            site: some(&self.site),
            source: some(&self.source),
            tag: some(&self.tag),
            author: some(&self.author),
            lang: some(&self.lang),
            edited: !self.edited.is_empty(),
            versions: true,
            limit: Some(ENTRIES),
            ..Filter::default()
        }
    }

    /// The same question in one spelling, which names the feed.
    fn spelt(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let pairs = [
            ("site", &self.site),
            ("source", &self.source),
            ("tag", &self.tag),
            ("author", &self.author),
            ("lang", &self.lang),
            ("q", &self.q),
            ("edited", &self.edited),
        ];
        for (name, value) in pairs.into_iter().filter(|(_, value)| !value.is_empty()) {
            query.append_pair(name, value);
        }
        query.finish()
    }

    /// What the feed is called: what it is narrowed to.
    fn title(&self) -> String {
        let parts = [&self.q, &self.site, &self.source, &self.tag, &self.author, &self.lang];
        let parts: Vec<&str> = parts.into_iter().map(|part| part.trim()).filter(|part| !part.is_empty()).collect();
        let what = if self.edited.is_empty() { "new and edited articles" } else { "edited articles" };
        if parts.is_empty() {
            format!("Chaffinch: {what}")
        } else {
            format!("Chaffinch: {what} ({})", parts.join(", "))
        }
    }
}

async fn feed(
    State(room): State<Room>,
    Extension(origins): Extension<Origins>,
    headers: HeaderMap,
    asked: Asked<Query>,
) -> Response<Body> {
    let query = match parameters(asked) {
        Ok(query) => query,
        Err(error) => return told(Err(error)),
    };
    let held = headers.get(header::IF_NONE_MATCH).and_then(|tags| tags.to_str().ok()).map(str::to_owned);
    told(room.ask(move |archive| answer(archive, &origins, &query, held.as_deref())).await)
}

fn answer(archive: &Archive, origins: &Origins, query: &Query, held: Option<&str>) -> Result<Response<Body>, Error> {
    let words = query.q.trim();
    let captures = if words.is_empty() {
        archive.list(&query.filter())?
    } else {
        let mut found = archive.newest_with(words, &query.filter())?;
        found.sort_by_key(|capture| std::cmp::Reverse(capture.id));
        found
    };
    let tag = tag_of(&captures, origins, query);
    let mut response = if held.is_some_and(|held| names(held, &tag)) {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response
    } else {
        let mut response = Response::new(Body::from(atom(archive, origins, query, &captures)));
        put(response.headers_mut(), header::CONTENT_TYPE, "application/atom+xml; charset=utf-8");
        response
    };
    put(response.headers_mut(), header::ETAG, &tag);
    put(response.headers_mut(), header::CACHE_CONTROL, "private, no-cache");
    Ok(response)
}

/// Changes when the feed does: another capture, or a text that was extracted again.
fn tag_of(captures: &[Capture], origins: &Origins, query: &Query) -> String {
    let mut all = format!("{} {} {}", env!("CARGO_PKG_VERSION"), origins.interface, query.spelt());
    for capture in captures {
        all.push_str(&format!(" {} {}", capture.id, capture.article_digest.as_deref().unwrap_or_default()));
    }
    let digest = chaffinch_warc::sha256(all.as_bytes());
    format!("\"{}\"", digest.trim_start_matches("sha256:").get(..32).unwrap_or_default())
}

/// Whether `If-None-Match` names an answer (RFC 9110 section 13.1.2).
fn names(field: &str, tag: &str) -> bool {
    field.split(',').map(str::trim).any(|held| held == "*" || held.trim_start_matches("W/") == tag)
}

fn atom(archive: &Archive, origins: &Origins, query: &Query, captures: &[Capture]) -> String {
    let (base, spelt) = (&origins.interface, query.spelt());
    let own = if spelt.is_empty() { format!("{base}/feed.atom") } else { format!("{base}/feed.atom?{spelt}") };
    let home = if spelt.is_empty() { format!("{base}/") } else { format!("{base}/?{spelt}") };
    let updated = captures.iter().map(|capture| capture.at).max().unwrap_or(Timestamp::UNIX_EPOCH);
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n<id>{own}</id>\n\
         <title>{title}</title>\n<updated>{updated}</updated>\n<author><name>Chaffinch</name></author>\n\
         <link rel=\"self\" type=\"application/atom+xml\" href=\"{own}\"/>\n\
         <link rel=\"alternate\" type=\"text/html\" href=\"{home}\"/>\n",
        own = escaped(&own),
        home = escaped(&home),
        title = escaped(&query.title()),
        updated = time(updated),
    );
    for capture in captures {
        // One that cannot be read back is told by `verify`; a feed is no place for it.
        if let Ok(Some(article)) = archive.load_article(capture) {
            xml.push_str(&entry(base, capture, &article));
        }
    }
    xml.push_str("</feed>\n");
    xml
}

fn entry(base: &str, capture: &Capture, article: &Article) -> String {
    let metadata = &article.metadata;
    let title = capture.title.clone().unwrap_or_else(|| capture.url.to_string());
    let (change, title) = match capture.change {
        Change::Edited => ("edited", format!("{title} (edited)")),
        _ => ("new", title),
    };
    let mut people = String::new();
    let names =
        metadata.authors.iter().map(String::as_str).chain(metadata.authors.is_empty().then_some(&*capture.site));
    for name in names {
        people.push_str(&format!("<author><name>{}</name></author>\n", escaped(name)));
    }
    let mut tags = String::new();
    for tag in &capture.tags {
        tags.push_str(&format!("<category term=\"{}\"/>\n", escaped(tag)));
    }
    format!(
        "<entry>\n<id>{id}</id>\n<title>{title}</title>\n<updated>{at}</updated>\n{people}\
         <link rel=\"alternate\" type=\"text/html\" href=\"{base}/read/{name}\"/>\n<link rel=\"via\" href=\"{url}\"/>\n\
         <category scheme=\"urn:chaffinch:change\" term=\"{change}\"/>\n{tags}<summary>{summary}</summary>\n</entry>\n",
        id = capture.id.record_id(Role::Answer),
        name = capture.id,
        title = escaped(&title),
        at = time(capture.at),
        base = escaped(base),
        url = escaped(capture.url.as_str()),
        summary = escaped(&summary(article)),
    )
}

/// What the article says of itself, or how it begins.
fn summary(article: &Article) -> String {
    let text =
        article.metadata.description.clone().filter(|text| !text.trim().is_empty()).unwrap_or_else(|| article.text());
    let words: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.chars().count() <= SUMMARY_LETTERS {
        return words;
    }
    let cut: String = words.chars().take(SUMMARY_LETTERS).collect();
    let whole = cut.rfind(' ').map_or(cut.as_str(), |space| &cut[..space]);
    format!("{whole} …")
}

fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Text for XML 1.0: marks escaped, characters it has no place for left out.
fn escaped(text: &str) -> String {
    let has_place =
        |c: &char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    quick_xml::escape::escape(text.chars().filter(has_place).collect::<String>()).into_owned()
}
