//! Pages whose scripts run, because a person asked for it. Each stands on a host of its own (`ID.localhost`, or `ID.captures.` and the
//! public name), under a sandbox that gives it the origin of nobody, within a page of the interface and nowhere else. It is given
//! its own document and parts of pages, and no other page.

use askama::Template;
use axum::Router;
use axum::body::Body;
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, HeaderName, Response, header};
use axum::routing::get;
use chaffinch_extract::decode::decode;

use crate::replay::address::{Address, Modifier, Stamp};
use crate::replay::captures::{self, put, redirect};
use crate::replay::error::Error;
use crate::replay::origin::Origins;
use crate::replay::pages::{capture_of_id, html, page_address};
use crate::replay::rewrite::{self, Lead, Links};
use crate::replay::room::{Room, told};
use crate::replay::views::rows::Row;
use crate::snapshot::value::CaptureId;
use crate::store::archive::Archive;
use crate::store::capture::Capture;

/// The addresses of this file, on the port of the interface.
pub(crate) fn routes() -> Router<Room> {
    Router::new().route("/running/{id}", get(page))
}

/// On an answer of the interface: the only origin that it may frame.
#[derive(Debug, Clone)]
pub(crate) struct Framed(pub(crate) String);

/// `/running/ID`.
#[derive(Debug, Template)]
#[template(path = "running.html")]
struct Running {
    row: Row,
    /// The same page without its scripts.
    still: String,
    frame: String,
}

/// The page that frames it. Only a page of ours leads here: whoever comes from elsewhere sees the capture without scripts.
async fn page(
    State(room): State<Room>,
    Extension(origins): Extension<Origins>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response<Body> {
    // The click of a person: a page that only passes somebody on (as after signing in) does not have it.
    let clicked = field(&headers, "sec-fetch-user") == Some("?1");
    let asked_for = clicked && field(&headers, "sec-fetch-site") == Some("same-origin");
    told(
        room.ask(move |archive| {
            let capture = capture_of_id(archive, &id, &format!("/running/{id}"))?;
            let still = page_address(&capture);
            if !asked_for {
                return Ok(redirect(&still));
            }
            let own = origins.of_running(capture.id).ok_or(Error::NoScripts)?;
            let main = Address {
                stamp: Stamp::of(capture.at),
                exact: true,
                modifier: Modifier::Main,
                url: capture.url.clone(),
            };
            let frame = format!("{own}{}{}", origins.key, main.path());
            let mut response = html(&Running { row: Row::of(&capture), still, frame })?;
            response.extensions_mut().insert(Framed(own));
            Ok(response)
        })
        .await,
    )
}

/// Answers on the host of a page whose scripts run.
pub(crate) fn answer(
    archive: &Archive,
    origins: &Origins,
    id: CaptureId,
    path_and_query: &str,
    headers: &HeaderMap,
) -> Result<Response<Body>, Error> {
    let nothing = || Error::NoSuchPage { path: path_and_query.to_owned() };
    let capture = archive.capture(&id)?.ok_or_else(nothing)?;
    let destination = field(headers, "sec-fetch-dest");
    if matches!(destination, None | Some("document")) {
        // Never in a window of its own, whoever led there.
        return Ok(redirect(&format!("{}{}", origins.interface, page_address(&capture))));
    }
    let stamp = Stamp::of(capture.at);
    let address = match Address::parse(path_and_query) {
        Some(address) => address,
        // What a script puts together itself begins at the root of its site.
        None => {
            let url = capture.url.join(path_and_query).map_err(|_| nothing())?;
            Address { stamp, exact: true, modifier: Modifier::Object, url }
        }
    };
    match address.modifier {
        _ if address.stamp != stamp => Err(nothing()),
        Modifier::Main if address.url == capture.url && destination == Some("iframe") => {
            document(archive, origins, &capture)
        }
        Modifier::Image | Modifier::Style | Modifier::Script | Modifier::Object => {
            // At the moment of its address, to the second: what is looked at is what will be answered.
            let part = captures::find_part(archive, &address.url, stamp.timestamp())?;
            // Another page is none of its business.
            part.filter(|part| !is_page(part)).ok_or_else(nothing)?;
            captures::answer(archive, origins, &address.path())
        }
        _ => Err(nothing()),
    }
}

fn is_page(capture: &Capture) -> bool {
    capture.article_digest.is_some() || capture.media_type.contains("html") || (300..400).contains(&capture.status)
}

fn document(archive: &Archive, origins: &Origins, capture: &Capture) -> Result<Response<Body>, Error> {
    let page = archive.load_answer(capture)?;
    if !page.is_html() {
        return Err(Error::NoScripts);
    }
    let (text, _) = decode(&page.body, page.headers.get("content-type"));
    let (stamp, links) = (Stamp::of(capture.at), Links::Running { origin: &origins.interface });
    let shown = archive.asking_what_is_kept(|kept| {
        rewrite::html(&text, &Lead { stamp, url: &page.url, links, parts: &origins.key, kept })
    })?;
    let mut response = Response::new(Body::from(shown));
    put(response.headers_mut(), header::CONTENT_TYPE, "text/html; charset=utf-8");
    put(response.headers_mut(), header::CACHE_CONTROL, "no-store");
    Ok(response)
}

/// What every answer there is told to the browser with: scripts of this host alone, nothing sent anywhere else, and no frame but
/// within the interface.
pub(crate) fn protect(headers: &mut HeaderMap, origins: &Origins) {
    let own = &origins.captures_origin;
    let policy = format!(
        "sandbox allow-scripts; default-src 'none'; script-src {own} 'unsafe-inline' 'unsafe-eval'; \
         style-src {own} 'unsafe-inline'; img-src {own} data:; font-src {own} data:; media-src {own} data:; \
         connect-src {own}; form-action 'none'; base-uri 'none'; webrtc 'block'; frame-ancestors {}",
        origins.framers.join(" ")
    );
    put(headers, header::CONTENT_SECURITY_POLICY, &policy);
    put(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    put(headers, header::REFERRER_POLICY, "no-referrer");
    put(headers, HeaderName::from_static("x-robots-tag"), "noindex");
    put(headers, HeaderName::from_static("x-dns-prefetch-control"), "off");
}

fn field<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
