//! What a captured page asks for and the archive does not keep: how much of it there is, and what stands in its place.

use axum::body::Body;
use axum::http::{Response, StatusCode, header};
use chaffinch_extract::decode::decode;
use url::Url;

use crate::discover::assets;
use crate::page::Page;
use crate::replay::address::Modifier;
use crate::replay::captures::put;
use crate::store::archive::Archive;
use crate::store::capture::Capture;
use crate::store::error::Error;

/// Beyond so many parts nobody counts: a page may name what it likes.
const PARTS_MAX: usize = 2000;

/// An empty frame in whatever box a page has for an image, and in larger ones the words.
const IMAGE: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"240\" height=\"120\" viewBox=\"0 0 240 120\">\
    <title>Not in this archive</title>\
    <rect x=\"2\" y=\"2\" width=\"236\" height=\"116\" rx=\"6\" fill=\"#8882\" stroke=\"#888\" stroke-dasharray=\"6 5\"/>\
    <text x=\"120\" y=\"65\" text-anchor=\"middle\" font-family=\"sans-serif\" font-size=\"15\" fill=\"#777\">not in this archive</text>\
    </svg>\n";

/// The parts that a page names itself; what its style sheets name is not looked into.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parts {
    /// How many are kept.
    pub kept: usize,
    /// Those that are not.
    pub missing: Vec<Url>,
}

/// What a captured page asks for, and how much of it is kept. What cannot be read asks for nothing.
///
/// # Errors
/// Where the catalogue cannot answer.
pub fn parts(archive: &Archive, capture: &Capture) -> Result<Parts, Error> {
    let Some(page) = archive.load_answer(capture).ok().filter(Page::is_html) else { return Ok(Parts::default()) };
    let (text, _) = decode(&page.body, page.headers.get("content-type").filter(|value| !value.is_empty()));
    let named = assets::of_page(&text, &page.url).into_iter().take(PARTS_MAX);
    let (kept, missing): (Vec<_>, _) = archive.asking_what_is_kept(|kept| named.partition(kept))?;
    Ok(Parts { kept: kept.len(), missing })
}

/// What stands in the place of a part that is not kept; `None` where a page that says so is better.
pub fn stand_in(modifier: Modifier) -> Option<Response<Body>> {
    let (body, media_type) = match modifier {
        Modifier::Image => (IMAGE, "image/svg+xml"),
        Modifier::Style => ("", "text/css; charset=utf-8"),
        Modifier::Script => ("", "text/javascript; charset=utf-8"),
        Modifier::Object => ("", "application/octet-stream"),
        _ => return None,
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::NOT_FOUND;
    put(response.headers_mut(), header::CONTENT_TYPE, media_type);
    // It may be captured any moment.
    put(response.headers_mut(), header::CACHE_CONTROL, "no-store");
    Some(response)
}
