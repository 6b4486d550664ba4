//! The page as captured with every block marked by its fate. The marks are set by today's extractor, with what the archive
//! knows of the site; then the page is led into the archive as any other, so that it is no less safe to show.

use axum::body::Body;
use axum::http::{HeaderName, Response, header};
use chaffinch_extract::highlight::{STYLE, highlight};
use chaffinch_extract::options::Context;
use chaffinch_extract::{Error as Unread, SiteProfile};
use url::Url;

use crate::page::Page;
use crate::replay::address::{Address, Modifier, Stamp};
use crate::replay::captures::{self, Found, find, put, redirect};
use crate::replay::error::Error;
use crate::replay::memento;
use crate::replay::origin::Origins;
use crate::replay::rewrite::{self, Lead, Links};
use crate::replay::room::Rules;
use crate::store::archive::Archive;
use crate::store::capture::Capture;

/// Answers a request for a marked page, on the port of the captures.
pub fn answer(archive: &Archive, origins: &Origins, rules: &Rules, address: &Address) -> Result<Response<Body>, Error> {
    let Found { capture, history } = find(archive, &address.url, address.stamp)?;
    let stamp = Stamp::of(capture.at);
    let lead_to = |modifier, url| redirect(&Address { stamp, exact: true, modifier, url }.path());
    if !address.exact || stamp != address.stamp {
        return Ok(lead_to(Modifier::Explain, capture.url));
    }
    let page = archive.load_page(&capture)?;
    if let Some(target) = page.redirect() {
        return Ok(lead_to(Modifier::Explain, target));
    }
    if !page.is_html() {
        return Ok(lead_to(Modifier::Main, capture.url));
    }
    let mut response = Response::new(Body::from(marked(archive, origins, &capture, &page, rules)?));
    let headers = response.headers_mut();
    put(headers, header::CONTENT_TYPE, "text/html; charset=utf-8");
    put(headers, HeaderName::from_static("memento-datetime"), &stamp.http_date());
    put(headers, header::LINK, &memento::link_header(&origins.interface, &capture.url, &history, Some(&capture)));
    // Tomorrow's rules, or what is learnt of the site, may set other marks.
    put(headers, header::CACHE_CONTROL, "private, no-cache");
    Ok(response)
}

fn marked(
    archive: &Archive,
    origins: &Origins,
    capture: &Capture,
    page: &Page,
    rules: &Rules,
) -> Result<String, Error> {
    let options = (rules.0)(Some(&page.url));
    let html = read(archive, capture, page, |context| highlight(&page.body, context, &options))?;
    let kept = |url: &Url| captures::is_kept(archive, url, capture.at);
    let lead = Lead {
        stamp: Stamp::of(capture.at),
        url: &page.url,
        links: Links::Captures { origin: &origins.interface },
        parts: "",
        kept: &kept,
    };
    Ok(with_style(&rewrite::html(&html, &lead)?))
}

/// Has the extractor read a page with what the archive knows of its site.
pub fn read<T>(
    archive: &Archive,
    capture: &Capture,
    page: &Page,
    extractor: impl FnOnce(&Context<'_>) -> Result<T, Unread>,
) -> Result<T, Error> {
    let profile = archive.site_profile(&capture.site)?.and_then(|bytes| SiteProfile::from_bytes(&bytes).ok());
    let content_type = page.headers.get("content-type").filter(|value| !value.is_empty());
    let context = Context { url: Some(&page.url), content_type, site: profile.as_ref() };
    extractor(&context).map_err(|error| Error::Explain { url: capture.url.clone(), reason: error.to_string() })
}

/// The style sheet of the marks at the end of the head. A rewritten page holds no tag in a value, a text or a style sheet, so
/// the first that looks like one is one.
fn with_style(html: &str) -> String {
    let at = html.find("</head>").unwrap_or(0);
    format!("{}<style>\n{STYLE}</style>\n{}", &html[..at], &html[at..])
}
