//! A site that answers from memory, at once or after a pause: what a crawl is measured against, and the limit of what replay could
//! reach. It serves `/robots.txt`, `/sitemap.xml`, and the pages of a file of JSON Lines as `/p/0.html`, `/p/1.html` and so on, or
//! those of a folder under their own names, with a front page that links to its parts.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Write};
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;

use crate::corpus;

struct Site {
    /// By path, with the slash before it.
    pages: BTreeMap<String, Bytes>,
    pause: Duration,
}

/// Serves until it is killed.
pub fn serve(from: &Path, pause: Duration) -> Result<()> {
    let site = Arc::new(Site { pages: pages(from)?, pause });
    let router = Router::new()
        .route("/robots.txt", get(|| async { "User-agent: *\nAllow: /\n" }))
        .route("/sitemap.xml", get(sitemap))
        .fallback(page)
        .with_state(site);
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        println!("http://{}", listener.local_addr()?);
        std::io::stdout().flush()?;
        Ok(axum::serve(listener, router).await?)
    })
}

/// Every page by its path.
pub fn pages(from: &Path) -> Result<BTreeMap<String, Bytes>> {
    if from.is_dir() {
        let mut pages = BTreeMap::new();
        gather(from, from, &mut pages)?;
        pages.insert("/".to_owned(), front(&pages).into());
        return Ok(pages);
    }
    let samples = corpus::read_lines(BufReader::new(File::open(from)?))?;
    let numbered = samples.into_iter().enumerate();
    Ok(numbered.map(|(n, sample)| (format!("/p/{n}.html"), Bytes::from(sample.html))).collect())
}

fn gather(root: &Path, folder: &Path, pages: &mut BTreeMap<String, Bytes>) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            gather(root, &path, pages)?;
        } else if path.extension().is_some_and(|end| end == "html") {
            let name = path.strip_prefix(root)?.to_str().context("a name that is no text")?;
            // As it stands in a request.
            let url = url::Url::from_file_path(format!("/{name}")).map_err(|()| anyhow::anyhow!("{name}"))?;
            pages.insert(url.path().to_owned(), std::fs::read(&path)?.into());
        }
    }
    Ok(())
}

/// A page that leads to one page of each part, from where the others can be reached.
fn front(pages: &BTreeMap<String, Bytes>) -> String {
    let mut links = String::new();
    for path in pages.keys().filter(|path| path.ends_with("/index.html")) {
        links.push_str(&format!("<li><a href=\"{path}\">{path}</a></li>"));
    }
    format!("<!doctype html><title>Documentation</title><ul>{links}</ul>")
}

async fn sitemap(State(site): State<Arc<Site>>, headers: HeaderMap) -> Response {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    text.push_str("<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n");
    for path in site.pages.keys() {
        text.push_str(&format!("<url><loc>http://{host}{path}</loc></url>\n"));
    }
    text.push_str("</urlset>\n");
    ([(header::CONTENT_TYPE, "application/xml")], text).into_response()
}

async fn page(State(site): State<Arc<Site>>, uri: Uri) -> Response {
    if !site.pause.is_zero() {
        tokio::time::sleep(site.pause).await;
    }
    let asked = uri.path();
    // A link may have more of its signs written as numbers than are kept that way here.
    let page = site.pages.get(asked).or_else(|| site.pages.get(&spelt_out(asked)));
    match page {
        Some(body) => ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], body.clone()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// A path with every `%XX` of a sign that a path may hold as it is undone.
fn spelt_out(path: &str) -> String {
    let mut out = String::new();
    let mut rest = path;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let sign = rest.get(at + 1..at + 3).and_then(|code| u8::from_str_radix(code, 16).ok()).map(char::from);
        match sign.filter(|sign| "=()!*',;:@&+$~".contains(*sign)) {
            Some(sign) => out.push(sign),
            None => out.push_str(rest.get(at..at + 3).unwrap_or(&rest[at..])),
        }
        rest = rest.get(at + 3..).unwrap_or("");
    }
    out + rest
}
