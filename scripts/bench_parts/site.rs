//! A site that answers at once, from memory: what a crawl is measured against, and the limit of what replay could reach. It
//! serves `/robots.txt`, `/sitemap.xml` and its pages as `/p/0.html`, `/p/1.html` and so on.

use std::fs::File;
use std::io::{BufReader, Write};
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use axum::Router;
use axum::extract::{self, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;

use crate::corpus;

type Pages = Arc<Vec<Bytes>>;

/// Serves until it is killed.
pub fn serve(file: &Path) -> Result<()> {
    let samples = corpus::read_lines(BufReader::new(File::open(file)?))?;
    let pages: Pages = Arc::new(samples.into_iter().map(|sample| Bytes::from(sample.html)).collect());
    let router = Router::new()
        .route("/robots.txt", get(|| async { "User-agent: *\nAllow: /\n" }))
        .route("/sitemap.xml", get(sitemap))
        .route("/p/{name}", get(page))
        .with_state(pages);
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        println!("http://{}", listener.local_addr()?);
        std::io::stdout().flush()?;
        Ok(axum::serve(listener, router).await?)
    })
}

async fn sitemap(State(pages): State<Pages>, headers: HeaderMap) -> Response {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    text.push_str("<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n");
    for n in 0..pages.len() {
        text.push_str(&format!("<url><loc>http://{host}/p/{n}.html</loc></url>\n"));
    }
    text.push_str("</urlset>\n");
    ([(header::CONTENT_TYPE, "application/xml")], text).into_response()
}

async fn page(State(pages): State<Pages>, extract::Path(name): extract::Path<String>) -> Response {
    let number = name.strip_suffix(".html").and_then(|n| n.parse::<usize>().ok());
    match number.and_then(|n| pages.get(n)) {
        Some(body) => ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], body.clone()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
