//! What the tests of this room share: an archive of one page, the names of a server, and the text of an answer.

#![allow(clippy::unwrap_used)]

use axum::body::Body;
use axum::http::Response;
use tempfile::TempDir;

use crate::page::{Headers, Page};
use crate::replay::origin::Origins;
use crate::snapshot::value::Snapshot;
use crate::store::archive::Archive;
use crate::store::capture::Capture;

pub const URL: &str = "https://news.example/well";

pub fn archive_of(html: &str) -> (TempDir, Archive, Capture) {
    let dir = tempfile::tempdir().unwrap();
    let archive = Archive::open_or_create(dir.path()).unwrap();
    let page = Page {
        url: URL.parse().unwrap(),
        at: "2026-03-01T12:00:00Z".parse().unwrap(),
        request_headers: Headers::new(),
        status: 200,
        version: "HTTP/1.1".into(),
        headers: [("content-type", "text/html")].into_iter().collect(),
        body: html.as_bytes().to_vec().into(),
        truncated: None,
        wire_bytes: 0,
        address: None,
        elapsed_ms: 1,
    };
    archive.store(&[Snapshot::new(page)]).unwrap();
    let capture = archive.history(&URL.parse().unwrap()).unwrap().remove(0);
    (dir, archive, capture)
}

pub fn origins() -> Origins {
    Origins::new("http://a.example:1".to_owned(), "http://a.example:2".to_owned())
}

pub fn text(answer: Response<Body>) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let bytes = runtime.block_on(axum::body::to_bytes(answer.into_body(), usize::MAX)).unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}
