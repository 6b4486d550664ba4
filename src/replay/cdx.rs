//! `/cdx`: the index as pywb's CDX server answers it, for one address, a prefix, a host or a domain. Lines are made while they are
//! sent, so that an answer may be as long as the index.

mod question;

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{Response, StatusCode, Uri, header};
use axum::routing::get;

use crate::replay::address;
use crate::replay::address::Stamp;
use crate::replay::captures::put;
use crate::replay::cdx::question::{Form, Order, Question};
use crate::replay::error::Error;
use crate::replay::flow::{Flow, Step};
use crate::replay::room::Room;
use crate::store::archive::Archive;
use crate::store::walk::{Indexed, Place};

/// Captures read from the catalogue at a time.
const BATCH: usize = 1_000;

/// The addresses of this file.
pub(crate) fn routes() -> Router<Room> {
    Router::new().route("/cdx", get(cdx)).route("/timemap/cdxj/{*url}", get(timemap))
}

/// A TimeMap in pywb's third form: every line of one address.
async fn timemap(State(room): State<Room>, uri: Uri) -> Response<Body> {
    let whole = uri.path_and_query().map_or("", axum::http::uri::PathAndQuery::as_str);
    let target = whole.strip_prefix("/timemap/cdxj/").unwrap_or(whole);
    // A proxy may have folded the slashes of the address within the address.
    let target = address::target(target).map_or_else(|| target.to_owned(), String::from);
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("url", &target).finish();
    cdx(State(room), RawQuery(Some(query + "&matchType=exact"))).await
}

async fn cdx(State(room): State<Room>, RawQuery(query): RawQuery) -> Response<Body> {
    let archive = room.archive();
    let query = query.unwrap_or_default();
    let answered = tokio::task::spawn_blocking(move || answer(archive, &query)).await.unwrap_or(Err(Error::Broken));
    answered.unwrap_or_else(|error| {
        if error.status().is_server_error() {
            tracing::error!("replay: {error}");
        }
        // In pywb's words: a message.
        let mut response = json(&serde_json::json!({ "message": error.to_string() }));
        *response.status_mut() = error.status();
        response
    })
}

fn json(value: &serde_json::Value) -> Response<Body> {
    let mut response = Response::new(Body::from(format!("{value}\n")));
    put(response.headers_mut(), header::CONTENT_TYPE, "application/json");
    response
}

fn answer(archive: Arc<Archive>, query: &str) -> Result<Response<Body>, Error> {
    let question = Question::parse(query)?;
    if question.count_pages {
        let (blocks, pages) = question.pages(archive.stretch_len(&question.stretch)?);
        let size = question.page_blocks();
        return Ok(json(&serde_json::json!({ "blocks": blocks, "pages": pages, "pageSize": size })));
    }
    let form = question.form;
    let mut next = None;
    if let Some(page) = question.page {
        let (_, pages) = question.pages(archive.stretch_len(&question.stretch)?);
        if page > 0 && page >= pages {
            let reason = format!("{page} is none: the first is 0, the last is {}", pages.saturating_sub(1));
            return Err(Error::Parameter { parameter: "page", reason });
        }
        next = (page + 1 < pages).then(|| with_page(query, page + 1));
    }
    let mut step = walk(archive, question)?;
    let first = step()?;
    let mut response = Response::new(match first {
        None => Body::empty(),
        Some(first) => Body::new(Flow::after(first, step)),
    });
    put(response.headers_mut(), header::CONTENT_TYPE, form.media_type());
    if let Some(next) = next {
        put(response.headers_mut(), header::LINK, &format!("<{next}>; rel=\"next\""));
    }
    *response.status_mut() = StatusCode::OK;
    Ok(response)
}

/// The same question about another page.
fn with_page(query: &str, page: u64) -> String {
    let others = url::form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "page");
    let mut next = url::form_urlencoded::Serializer::new(String::new());
    next.extend_pairs(others).append_pair("page", &page.to_string());
    format!("/cdx?{}", next.finish())
}

/// Reads batch after batch and writes what passes.
fn walk(archive: Arc<Archive>, question: Question) -> Result<Step, Error> {
    let back = question.order == Order::Back;
    let mut rows_left = usize::MAX;
    let mut behind: Option<Place> = None;
    if let Some(page) = question.page {
        rows_left = usize::try_from(question.page_lines).unwrap_or(usize::MAX);
        let before = page.saturating_mul(question.page_lines);
        if let Some(before) = before.checked_sub(1) {
            behind = archive.place_of(&question.stretch, before, back)?;
        }
    }
    let mut sieve = Sieve { lines_left: question.limit, run: None, question };
    Ok(Box::new(move || {
        if let Order::Closest(stamp) = sieve.question.order {
            let text = closest(&archive, &mut sieve, behind.take(), &mut rows_left, stamp)?;
            return Ok(Some(text).filter(|text| !text.is_empty()).map(Into::into));
        }
        if rows_left == 0 || sieve.lines_left == 0 {
            return Ok(None);
        }
        let batch = archive.walk(&sieve.question.stretch, behind.as_ref(), back, BATCH.min(rows_left))?;
        rows_left -= batch.len();
        if batch.is_empty() {
            rows_left = 0;
        }
        if let Some(last) = batch.last() {
            behind = Some(last.place());
        }
        let mut text = String::new();
        for capture in batch.iter().map(Some).chain((rows_left == 0).then_some(None)) {
            if let Some(line) = sieve.sift(capture) {
                text.push_str(&line.written(&sieve.question));
            }
        }
        Ok(Some(text.into()))
    }))
}

/// All that passes, nearest to a moment first; no more is kept than is asked for.
fn closest(
    archive: &Archive,
    sieve: &mut Sieve,
    mut behind: Option<Place>,
    rows_left: &mut usize,
    stamp: Stamp,
) -> Result<String, Error> {
    let limit = std::mem::replace(&mut sieve.lines_left, usize::MAX);
    let mut nearest: BTreeSet<(u64, usize, String)> = BTreeSet::new();
    let mut number = 0;
    while *rows_left > 0 {
        let batch = archive.walk(&sieve.question.stretch, behind.as_ref(), false, BATCH.min(*rows_left))?;
        *rows_left -= batch.len();
        let Some(last) = batch.last() else { break };
        behind = Some(last.place());
        for capture in &batch {
            let Some(line) = sieve.sift(Some(capture)) else { continue };
            let distance = capture.at.as_second().abs_diff(stamp.timestamp().as_second());
            number += 1;
            nearest.insert((distance, number, line.written(&sieve.question)));
            if nearest.len() > limit {
                nearest.pop_last();
            }
        }
    }
    *rows_left = 0;
    Ok(nearest.into_iter().map(|(_, _, text)| text).collect())
}

/// Lets through what is asked for.
struct Sieve {
    question: Question,
    lines_left: usize,
    /// The run of lines that collapse into one; read from the end, its line is the last that comes.
    run: Option<(String, Option<Line>)>,
}

impl Sieve {
    /// The next line, if it passes; `None` for a capture says that there are no more.
    fn sift(&mut self, capture: Option<&Indexed>) -> Option<Line> {
        let line = match capture {
            None => self.run.take().and_then(|(_, line)| line),
            Some(capture) => {
                let line = Line::of(capture, self.question.resolve);
                if !self.passes(&line) {
                    return None;
                }
                self.collapsed(line)
            }
        };
        let line = line.filter(|_| self.lines_left > 0)?;
        self.lines_left -= 1;
        Some(line)
    }

    fn passes(&self, line: &Line) -> bool {
        let at = line.get("timestamp");
        let question = &self.question;
        question.from.as_deref().is_none_or(|from| at >= from)
            && question.to.as_deref().is_none_or(|to| at <= to)
            && question.filters.iter().all(|filter| match &filter.field {
                Some(field) => filter.passes(line.get(field)),
                None => filter.passes(line.cdxj(None).trim_end()),
            })
    }

    fn collapsed(&mut self, line: Line) -> Option<Line> {
        let Some(digits) = self.question.collapse else { return Some(line) };
        let at = line.get("timestamp");
        let token = format!("{} {} {}", line.get("urlkey"), at.get(..digits).unwrap_or(at), line.get("status"));
        let same = self.run.as_ref().is_some_and(|(run, _)| *run == token);
        if self.question.order == Order::Back {
            let before = self.run.replace((token, Some(line)));
            return if same { None } else { before.and_then(|(_, line)| line) };
        }
        self.run = Some((token, None));
        (!same).then_some(line)
    }
}

/// One capture: fields and their values, in the order they are written.
struct Line(Vec<(&'static str, String)>);

impl Line {
    /// A revisit is of type `warc/revisit` and has no status, unless it is resolved: then it has those of what it repeats, and
    /// says where that lies.
    fn of(capture: &Indexed, resolve: bool) -> Self {
        let as_revisit = capture.repeats.is_some() && !resolve;
        let mime = match capture.media_type.as_str() {
            _ if as_revisit => "warc/revisit",
            "" => "unk",
            known => known,
        };
        let mut fields = vec![
            ("urlkey", capture.surt.clone()),
            ("timestamp", Stamp::of(capture.at).to_string()),
            ("url", capture.url.clone()),
            ("mime", mime.to_owned()),
        ];
        if !as_revisit {
            fields.push(("status", capture.status.to_string()));
        }
        fields.extend([
            ("digest", capture.digest.clone()),
            ("length", capture.answer.length.to_string()),
            ("offset", capture.answer.offset.to_string()),
            ("filename", capture.answer.key.clone()),
        ]);
        if resolve {
            let unknown = || ["-".to_owned(), "-".to_owned(), "-".to_owned()];
            let original = capture.repeats.clone().flatten();
            let [length, offset, filename] =
                original.map_or_else(unknown, |at| [at.length.to_string(), at.offset.to_string(), at.key]);
            fields.extend([("orig.length", length), ("orig.offset", offset), ("orig.filename", filename)]);
        }
        Self(fields)
    }

    fn get(&self, field: &str) -> &str {
        self.0.iter().find(|(name, _)| *name == field).map_or("", |(_, value)| value)
    }

    fn written(&self, question: &Question) -> String {
        let fields = question.fields.as_deref();
        match question.form {
            Form::Cdxj => self.cdxj(fields),
            Form::Json => self.object(fields, false) + "\n",
            Form::Text => match fields {
                None => self.cdxj(None),
                Some(fields) => {
                    let value = |field: &String| Some(self.get(field)).filter(|v| !v.is_empty()).unwrap_or("-");
                    fields.iter().map(value).collect::<Vec<_>>().join(" ") + "\n"
                }
            },
        }
    }

    fn cdxj(&self, fields: Option<&[String]>) -> String {
        format!("{} {} {}\n", self.get("urlkey"), self.get("timestamp"), self.object(fields, true))
    }

    /// As JSON, in the order in which the fields are asked for; `rest` leaves out what stands before the object.
    fn object(&self, fields: Option<&[String]>, rest: bool) -> String {
        let all = self.0.iter().filter(|(name, _)| !rest || !matches!(*name, "urlkey" | "timestamp"));
        let pair =
            |(name, value): &(&'static str, String)| format!("\"{name}\": {}", serde_json::Value::from(value.as_str()));
        let pairs: Vec<String> = match fields {
            None => all.map(pair).collect(),
            Some(fields) => {
                let all: Vec<_> = all.collect();
                fields
                    .iter()
                    .filter_map(|field| all.iter().find(|(name, _)| name == field))
                    .map(|found| pair(found))
                    .collect()
            }
        };
        format!("{{{}}}", pairs.join(", "))
    }
}
