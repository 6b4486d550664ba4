//! The captures: which one an address means, and the answer that shows it. Every answer carries a sandbox policy: no script,
//! no form, an origin that is nobody's, and nothing loaded but from this port.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use chaffinch_extract::decode::decode;
use jiff::Timestamp;
use url::Url;

use crate::page::Page;
use crate::replay::address::{Address, Modifier, Stamp};
use crate::replay::entities;
use crate::replay::error::Error;
use crate::replay::memento;
use crate::replay::missing;
use crate::replay::origin::Origins;
use crate::replay::rewrite::{self, Lead, Links};
use crate::replay::way::Way;
use crate::store::archive::Archive;
use crate::store::capture::Capture;

/// A capture and the others of its address, oldest first.
pub struct Found {
    /// The one that is meant.
    pub capture: Capture,
    /// All of them.
    pub history: Vec<Capture>,
}

/// The capture of an address nearest to a moment; where there is none, of the same address under the other scheme.
pub fn find(archive: &Archive, url: &Url, wanted: Stamp) -> Result<Found, Error> {
    let history = archive.history(&crate::url::canonical(url))?;
    if let Some(capture) = memento::nearest(&history, wanted) {
        return Ok(Found { capture: capture.clone(), history });
    }
    Err(Error::NotKept { url: url.clone() })
}

/// The moment at which a redirect's target is looked up. It must not find itself again: under the very address it leads to
/// (which a cookie may have told apart), or because nothing is kept there, and itself, another scheme or a slash away, stands in.
pub fn onward(archive: &Archive, redirect: &Capture, target: &Url) -> Result<Stamp, Error> {
    let (own, target) = (Stamp::of(redirect.at), crate::url::canonical(target));
    if crate::url::surt(&target) != crate::url::surt(&redirect.url) {
        return Ok(own);
    }
    let not_kept = || Error::NotKept { url: target.clone() };
    let mut history = archive.history(&target)?;
    history.retain(|capture| capture.url == target && !(300..400).contains(&capture.status));
    let stamp = memento::nearest(&history, own).map(|capture| Stamp::of(capture.at)).ok_or_else(not_kept)?;
    // What was captured within the same second has the same address.
    if target == redirect.url && stamp == own { Err(not_kept()) } else { Ok(stamp) }
}

/// The capture of a part of a page nearest to the page's own moment.
pub fn find_part(archive: &Archive, url: &Url, near: Timestamp) -> Result<Option<Capture>, Error> {
    Ok(archive.resolve_asset(&crate::url::canonical(url), near)?)
}

/// Answers a request on the port of the captures.
pub fn answer(archive: &Archive, origins: &Origins, path_and_query: &str) -> Result<Response<Body>, Error> {
    let no_such_page = || Error::NoSuchPage { path: path_and_query.to_owned() };
    let address = Address::parse(path_and_query).ok_or_else(no_such_page)?;
    let (capture, history) = match address.modifier {
        Modifier::Page | Modifier::Main | Modifier::Identity => {
            let found = find(archive, &address.url, address.stamp)?;
            let stamp = Stamp::of(found.capture.at);
            if !address.exact || stamp != address.stamp {
                let exact = Address { stamp, exact: true, url: found.capture.url, ..address };
                return Ok(redirect(&format!("{}{}", origins.key, exact.path())));
            }
            (found.capture, found.history)
        }
        _ => {
            match (find_part(archive, &address.url, address.stamp.timestamp())?, missing::stand_in(address.modifier)) {
                (Some(capture), _) => (capture, Vec::new()),
                (None, Some(stand_in)) => return Ok(stand_in),
                (None, None) => return Err(Error::NotKept { url: address.url }),
            }
        }
    };
    let page = archive.load_answer(&capture)?;
    if address.modifier != Modifier::Identity
        && let Some(target) = page.redirect()
    {
        let stamp = onward(archive, &capture, &target)?;
        let next = Address { stamp, exact: true, url: target, modifier: address.modifier };
        let mut response = redirect(&format!("{}{}", origins.key, next.path()));
        memento::mark(response.headers_mut(), &origins.interface, &history, &capture);
        return Ok(response);
    }
    let shown = |kept: &dyn Fn(&Url) -> bool| body(kept, origins, &capture, &page, address.modifier);
    let mut response = archive.asking_what_is_kept(shown)?;
    let headers = response.headers_mut();
    memento::mark(headers, &origins.interface, &history, &capture);
    put(headers, header::CACHE_CONTROL, "private, max-age=600");
    Ok(response)
}

/// A redirect within the server.
pub fn redirect(location: &str) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::FOUND;
    put(response.headers_mut(), header::LOCATION, location);
    response
}

fn body(
    kept: &dyn Fn(&Url) -> bool,
    origins: &Origins,
    capture: &Capture,
    page: &Page,
    modifier: Modifier,
) -> Response<Body> {
    let stored_type = page.headers.get("content-type").unwrap_or("");
    let lead = Lead {
        stamp: Stamp::of(capture.at),
        url: &page.url,
        links: Links::Captures { origin: &origins.interface },
        parts: &origins.key,
        kept,
    };
    let mut response = if modifier == Modifier::Identity {
        as_stored(page, stored_type, modifier)
    } else if page.is_html() {
        let (text, _) = decode(&page.body, Some(stored_type).filter(|value| !value.is_empty()));
        typed(rewrite::html(&text, &lead).into(), "text/html; charset=utf-8")
    } else if page.media_type() == "text/css" || (modifier == Modifier::Style && page.media_type().is_empty()) {
        typed(rewrite::style_sheet(&css_text(page, stored_type), &lead).into(), "text/css; charset=utf-8")
    } else if let (true, Some(plain)) = (is_document(modifier), as_harmless_xml(page, stored_type, &lead)) {
        plain
    } else {
        as_stored(page, stored_type, modifier)
    };
    *response.status_mut() = status(capture.status);
    response
}

/// Whether it is shown as a document of its own, in the banner's frame or in a frame of a page.
fn is_document(modifier: Modifier) -> bool {
    matches!(modifier, Modifier::Page | Modifier::Main | Modifier::Frame | Modifier::Frameset)
}

/// XML can hold HTML, and HTML can make a browser open connections that no policy forbids. As a document of its own a
/// drawing is shown as an image, in which nothing loads, and all other XML as its text.
fn as_harmless_xml(page: &Page, stored_type: &str, lead: &Lead<'_>) -> Option<Response<Body>> {
    let media_type = page.media_type();
    if media_type == "image/svg+xml" {
        let address = entities::encode(Way::new(lead, page.url.clone()).at(page.url.as_str(), Modifier::Image));
        let html = format!(
            "<!doctype html><html lang=\"en\"><title>Drawing</title><img src=\"{address}\" alt=\"The drawing\">"
        );
        return Some(typed(html.into(), "text/html; charset=utf-8"));
    }
    let is_xml =
        media_type.ends_with("+xml") || matches!(media_type.as_str(), "text/xml" | "text/xsl" | "application/xml");
    is_xml.then(|| {
        let (text, _) = decode(&page.body, Some(stored_type));
        typed(text.into_owned().into(), "text/plain; charset=utf-8")
    })
}

fn css_text(page: &Page, stored_type: &str) -> String {
    let declared = page.body.strip_prefix(b"@charset \"").and_then(|rest| rest.split(|b| *b == b'"').next());
    let label = charset(stored_type).map(str::as_bytes).or(declared).unwrap_or(b"utf-8");
    let encoding = encoding_rs::Encoding::for_label(label).unwrap_or(encoding_rs::UTF_8);
    encoding.decode(&page.body).0.into_owned()
}

/// The status the server gave, where an answer with a body can have it.
fn status(stored: u16) -> StatusCode {
    match stored {
        200..=599 if !matches!(stored, 204 | 205 | 300..=399) => StatusCode::from_u16(stored).unwrap_or(StatusCode::OK),
        _ => StatusCode::OK,
    }
}

fn typed(body: Body, content_type: &str) -> Response<Body> {
    let mut response = Response::new(body);
    put(response.headers_mut(), header::CONTENT_TYPE, content_type);
    response
}

/// The body as it was stored, under the type that it was sent with; what a browser cannot show is offered as a file.
fn as_stored(page: &Page, stored_type: &str, modifier: Modifier) -> Response<Body> {
    let media_type = page.media_type();
    let untyped = matches!(media_type.as_str(), "" | "application/octet-stream" | "binary/octet-stream");
    let guessed = if untyped { magic(&page.body) } else { None };
    let mut response = typed(page.body.clone().into(), &honest_type(guessed, &media_type, stored_type, modifier));
    let headers = response.headers_mut();
    put(headers, header::ACCEPT_RANGES, "bytes");
    let shown = guessed.unwrap_or(&media_type);
    // What is asked for as stored is to be saved or read by a program: shown as it is, a page could still make a browser open
    // connections (`rel=preconnect`) that no policy forbids.
    let is_part = matches!(modifier, Modifier::Image | Modifier::Object);
    if modifier == Modifier::Identity || !(is_shown(shown) || is_part) {
        let name = format!("attachment; filename=\"{}\"", file_name(&page.url));
        put(headers, header::CONTENT_DISPOSITION, &name);
    }
    if is_font(shown) {
        // Fonts are fetched with CORS, and a sandboxed page has an origin of its own. Nothing else is opened so.
        put(headers, header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    }
    response
}

/// The type as browsers understood what the server sent, written so that nobody understands it otherwise. Text is shown as text
/// where it is a document of its own: some kinds of it (`text/xsl`) are XML to a browser.
fn honest_type(guessed: Option<&str>, media_type: &str, stored_type: &str, modifier: Modifier) -> String {
    let known = match guessed.unwrap_or(media_type) {
        "" => "application/octet-stream",
        text if is_document(modifier) && text.starts_with("text/") => "text/plain",
        known => known,
    };
    let is_plain = |label: &&str| label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    match charset(stored_type).filter(is_plain).filter(|_| guessed.is_none()) {
        Some(charset) => format!("{known}; charset={charset}"),
        None => known.to_owned(),
    }
}

/// The charset that a `Content-Type` names.
fn charset(stored_type: &str) -> Option<&str> {
    let named = stored_type.split(';').skip(1).filter_map(|parameter| parameter.split_once('='));
    let charset =
        named.filter(|(name, _)| name.trim().eq_ignore_ascii_case("charset")).map(|(_, value)| value).next()?;
    Some(charset.split(',').next()?.trim().trim_matches('"')).filter(|label| !label.is_empty())
}

/// Whether a browser shows the type by itself under the sandbox. (Its PDF viewer does not work there.)
pub fn is_shown(media_type: &str) -> bool {
    media_type.starts_with("text/")
        || media_type.starts_with("image/")
        || media_type.starts_with("audio/")
        || media_type.starts_with("video/")
        || media_type.ends_with("+xml")
        || media_type.ends_with("+json")
        || matches!(media_type, "application/json" | "application/xml" | "application/javascript")
}

fn is_font(media_type: &str) -> bool {
    media_type.starts_with("font/")
        || media_type == "application/vnd.ms-fontobject"
        || media_type
            .strip_prefix("application/")
            .is_some_and(|kind| kind.starts_with("font") || kind.starts_with("x-font"))
}

/// Images and fonts that were sent without a type, by their first bytes.
fn magic(body: &[u8]) -> Option<&'static str> {
    const KNOWN: &[(&[u8], &str)] = &[
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"GIF8", "image/gif"),
        (b"wOF2", "font/woff2"),
        (b"wOFF", "font/woff"),
        (b"OTTO", "font/otf"),
        (b"\0\x01\0\0\0", "font/ttf"),
    ];
    if body.starts_with(b"RIFF") && body.get(8..12) == Some(b"WEBP") {
        return Some("image/webp");
    }
    KNOWN.iter().find(|(start, _)| body.starts_with(start)).map(|(_, media_type)| *media_type)
}

/// A name to save under: the last part of the path, letters, digits and three marks of it.
fn file_name(url: &Url) -> String {
    let last = url.path_segments().and_then(|mut parts| parts.next_back()).unwrap_or("");
    let name: String = last.chars().filter(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c)).take(80).collect();
    let name = name.trim_start_matches('.');
    if name.is_empty() { "capture".to_owned() } else { name.to_owned() }
}

/// What every answer on the port of the captures is told to the browser with.
pub fn protect(headers: &mut HeaderMap, origins: &Origins) {
    let own = &origins.captures_origin;
    let policy = format!(
        "sandbox allow-top-navigation-by-user-activation; default-src 'none'; img-src {own} data:; \
         style-src {own} 'unsafe-inline'; font-src {own} data:; media-src {own} data:; frame-src {own}; \
         form-action 'none'; base-uri 'none'"
    );
    put(headers, header::CONTENT_SECURITY_POLICY, &policy);
    put(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    put(headers, header::REFERRER_POLICY, "no-referrer");
    put(headers, HeaderName::from_static("x-robots-tag"), "noindex");
    put(headers, HeaderName::from_static("x-dns-prefetch-control"), "off");
}

/// Sets a field; a value that HTTP cannot carry is left out.
pub fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_file_is_offered_under_a_harmless_name() {
        for (url, name) in [
            ("https://a.example/x/report-1.pdf?y", "report-1.pdf"),
            ("https://a.example/x/%22%0d%0a..%2Fa;b.exe", "220d0a..2Fab.exe"),
            ("https://a.example/...", "capture"),
            ("https://a.example/", "capture"),
        ] {
            assert_eq!(file_name(&Url::parse(url).unwrap()), name);
        }
    }

    #[test]
    fn only_what_can_carry_a_body_keeps_its_status() {
        for (stored, answered) in
            [(200, 200), (404, 404), (503, 503), (204, 200), (301, 200), (304, 200), (99, 200), (999, 200)]
        {
            assert_eq!(status(stored).as_u16(), answered);
        }
    }
}
