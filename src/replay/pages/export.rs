//! One article on its way out: as Markdown, as a book, as the records it is kept in.

use std::io::Cursor;

use axum::body::Body;
use axum::http::{Response, header};
use chaffinch_warc::{Compression, Writer};
use jiff::Timestamp;

use crate::replay::captures::put;
use crate::replay::error::Error;
use crate::replay::pages::capture_of_id;
use crate::store::archive::Archive;
use crate::store::capture::Capture;

/// As `gzip` and most crawlers compress.
const GZIP_LEVEL: u32 = 6;

/// `/export/ID.md`, `/export/ID.epub`, `/export/ID.warc.gz`.
pub fn export(archive: &Archive, name: &str, now: Timestamp) -> Result<Response<Body>, Error> {
    let path = format!("/export/{name}");
    let (id, form) = name.split_once('.').ok_or_else(|| Error::NoSuchPage { path: path.clone() })?;
    let capture = capture_of_id(archive, id, &path)?;
    let (bytes, media_type) = match form {
        "md" => (markdown(archive, &capture)?, "text/markdown; charset=utf-8"),
        "epub" => (book(archive, &capture, now)?, "application/epub+zip"),
        "warc.gz" => (records(archive, &capture, now)?, "application/warc"),
        _ => return Err(Error::NoSuchPage { path }),
    };
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    put(headers, header::CONTENT_TYPE, media_type);
    let file = format!("attachment; filename=\"{}.{form}\"", file_name(&capture));
    put(headers, header::CONTENT_DISPOSITION, &file);
    Ok(response)
}

fn no_article(capture: &Capture) -> Error {
    Error::NoArticle { url: capture.url.clone() }
}

/// The article behind what is known of it, as static-site generators and note-takers read it.
fn markdown(archive: &Archive, capture: &Capture) -> Result<Vec<u8>, Error> {
    let article = archive.load_article(capture)?.ok_or_else(|| no_article(capture))?;
    let metadata = &article.metadata;
    let mut text = String::from("---\n");
    let mut field = |name: &str, value: &str| {
        // JSON strings are YAML strings as well.
        let value = serde_json::to_string(value).unwrap_or_default();
        text.push_str(&format!("{name}: {value}\n"));
    };
    let title = metadata.title.clone().unwrap_or_else(|| capture.url.to_string());
    field("title", &title);
    if !metadata.authors.is_empty() {
        field("author", &metadata.authors.join(", "));
    }
    for (name, value) in [("date", &metadata.published), ("lang", &metadata.language)] {
        if let Some(value) = value {
            field(name, value);
        }
    }
    field("url", capture.url.as_str());
    field("captured", &capture.at.to_string());
    text.push_str("---\n\n");
    text.push_str(&format!("# {}\n\n", title.replace('\n', " ")));
    text.push_str(&article.markdown());
    Ok(text.into_bytes())
}

fn book(archive: &Archive, capture: &Capture, now: Timestamp) -> Result<Vec<u8>, Error> {
    if capture.article_digest.is_none() {
        return Err(no_article(capture));
    }
    let mut sink = Cursor::new(Vec::new());
    let title = capture.title.clone().unwrap_or_else(|| capture.url.to_string());
    archive.write_book(&[capture], &title, now, &mut sink)?;
    Ok(sink.into_inner())
}

/// The capture with the parts of its page, and whatever they only refer to.
fn records(archive: &Archive, capture: &Capture, now: Timestamp) -> Result<Vec<u8>, Error> {
    let captures = archive.with_company(std::slice::from_ref(capture))?;
    let name = format!("{}.warc.gz", file_name(capture));
    let failed = |error: chaffinch_warc::Error| Error::Export { url: capture.url.clone(), reason: error.to_string() };
    let mut writer = Writer::new(Vec::new(), Compression::Gzip { level: GZIP_LEVEL }).map_err(failed)?;
    archive.write_warc(&captures, &mut writer, &name, now, &mut || {})?;
    writer.finish().map_err(failed)
}

/// The title in letters, digits and hyphens, and the day: what a person finds again in a folder of downloads.
fn file_name(capture: &Capture) -> String {
    let title = capture.title.as_deref().unwrap_or("");
    let mut name = String::new();
    for c in title.chars().flat_map(char::to_lowercase).take(60) {
        if c.is_ascii_alphanumeric() {
            name.push(c);
        } else if !name.ends_with('-') && !name.is_empty() {
            name.push('-');
        }
    }
    let name = name.trim_end_matches('-');
    let name = if name.is_empty() { capture.site.as_str() } else { name };
    format!("{name}-{}", capture.at.strftime("%Y-%m-%d"))
}
