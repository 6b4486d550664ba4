//! The Finch Gazette: a small news site of our own on loopback, for `scripts/quickstart` and for whoever wants to try a crawl
//! without troubling anyone. Its second edition has other chrome on every page (menu, related links, asset names, nonce) and
//! exactly one edited article, so that a crawl of it shows the three kinds of sameness.
//!
//! `demo_site [--port N] [--edition 1|2]` prints its address as the first line of stdout; `POST /_edition/2` goes to press.

#![allow(clippy::print_stdout, reason = "the address on stdout is the interface")]
#![allow(clippy::format_collect, reason = "eight short lines, and the alternative is longer to read")]

#[path = "demo_site/articles.rs"]
mod articles;
#[path = "demo_site/picture.rs"]
mod picture;
#[path = "demo_site/theme.rs"]
mod theme;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use crate::articles::{ARTICLES, Article};

/// Which edition is on sale.
type Press = Arc<AtomicU32>;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let Some((port, edition)) = arguments(std::env::args().skip(1)) else {
        println!("usage: demo_site [--port N] [--edition 1|2]");
        std::process::exit(2);
    };
    let listener = tokio::net::TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
    println!("http://{}/", listener.local_addr()?);
    let stop = async {
        // Without a handler for Ctrl-C the process ends at once, which is as good.
        let _ = tokio::signal::ctrl_c().await;
    };
    axum::serve(listener, site(Arc::new(AtomicU32::new(edition)))).with_graceful_shutdown(stop).await
}

fn arguments(mut args: impl Iterator<Item = String>) -> Option<(u16, u32)> {
    let (mut port, mut edition) = (0, 1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--port" => port = args.next()?.parse().ok()?,
            "--edition" => edition = args.next()?.parse().ok().filter(|n| (1..=2).contains(n))?,
            _ => return None,
        }
    }
    Some((port, edition))
}

fn site(press: Press) -> Router {
    Router::new()
        .route("/", get(front))
        .route("/articles/{slug}/", get(article))
        .route("/feed.xml", get(feed))
        .route("/sitemap.xml", get(sitemap))
        .route("/robots.txt", get(robots))
        .route("/images/{name}", get(image))
        .route("/assets/{name}", get(asset))
        .route("/_edition/{number}", post(go_to_press))
        .with_state(press)
}

/// The address the visitor used, so that links in feed and sitemap lead back to it.
fn base(headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|h| h.to_str().ok()).unwrap_or("localhost");
    format!("http://{host}")
}

fn found(slug: &str) -> Option<&'static Article> {
    ARTICLES.iter().find(|a| a.slug == slug)
}

fn html(page: String) -> Response {
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response()
}

fn missing(edition: u32) -> Response {
    (StatusCode::NOT_FOUND, html(theme::not_found(edition))).into_response()
}

async fn front(State(press): State<Press>) -> Response {
    html(theme::front(press.load(Ordering::Relaxed)))
}

async fn article(State(press): State<Press>, Path(slug): Path<String>, headers: HeaderMap) -> Response {
    let edition = press.load(Ordering::Relaxed);
    found(&slug).map_or_else(|| missing(edition), |a| html(theme::article(a, edition, &base(&headers))))
}

async fn feed(headers: HeaderMap) -> Response {
    ([(header::CONTENT_TYPE, "application/rss+xml; charset=utf-8")], theme::feed(&base(&headers))).into_response()
}

async fn sitemap(headers: HeaderMap) -> Response {
    ([(header::CONTENT_TYPE, "application/xml; charset=utf-8")], theme::sitemap(&base(&headers))).into_response()
}

async fn robots(headers: HeaderMap) -> String {
    format!("User-agent: *\nDisallow: /_edition/\nDisallow: /search\n\nSitemap: {}/sitemap.xml\n", base(&headers))
}

async fn image(State(press): State<Press>, Path(name): Path<String>) -> Response {
    let slug = name.strip_suffix(".png").unwrap_or_default();
    let Some(place) = ARTICLES.iter().position(|a| a.slug == slug) else {
        return missing(press.load(Ordering::Relaxed));
    };
    ([(header::CONTENT_TYPE, "image/png")], picture::landscape(place as u32)).into_response()
}

async fn asset(Path(name): Path<String>) -> Response {
    let (media_type, text) = if name.strip_suffix(".css").is_some() {
        ("text/css", theme::STYLE)
    } else {
        ("text/javascript", theme::SCRIPT)
    };
    ([(header::CONTENT_TYPE, media_type)], text).into_response()
}

async fn go_to_press(State(press): State<Press>, Path(number): Path<u32>) -> Response {
    if !(1..=2).contains(&number) {
        return (StatusCode::BAD_REQUEST, "there are editions 1 and 2\n").into_response();
    }
    press.store(number, Ordering::Relaxed);
    format!("edition {number}\n").into_response()
}
