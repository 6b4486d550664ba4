//! The banner above a page as captured.

use axum::body::Body;
use axum::http::Response;
use url::Url;

use crate::replay::address::{Address, Modifier, Stamp};
use crate::replay::captures::{self, Found, redirect};
use crate::replay::error::Error;
use crate::replay::memento;
use crate::replay::missing;
use crate::replay::origin::Origins;
use crate::replay::pages::{html, page_address};
use crate::replay::views::capture::Banner;
use crate::replay::views::rows::Row;
use crate::store::archive::Archive;

/// So many missing parts are named.
const MISSING_TOLD: usize = 100;

/// `/TIMESTAMP/URL`: the banner above the page as captured. With a modifier it is the captures' port that answers.
pub fn capture(archive: &Archive, origins: &Origins, path_and_query: &str) -> Result<Response<Body>, Error> {
    let no_such_page = || Error::NoSuchPage { path: path_and_query.to_owned() };
    let address = Address::parse(path_and_query).ok_or_else(no_such_page)?;
    if address.modifier != Modifier::Page {
        return Ok(redirect(&format!("{}{path_and_query}", origins.captures)));
    }
    let Found { capture, history } = captures::find(archive, &address.url, address.stamp)?;
    let stamp = Stamp::of(capture.at);
    if !address.exact || stamp != address.stamp {
        return Ok(redirect(&page_address(&capture)));
    }
    if (300..400).contains(&capture.status)
        && let Some(target) = archive.load_page(&capture)?.redirect()
    {
        let stamp = captures::onward(archive, &capture, &target)?;
        let next = Address { stamp, exact: true, modifier: Modifier::Page, url: target };
        let mut response = redirect(&next.path());
        memento::mark(response.headers_mut(), &origins.interface, &history, &capture);
        return Ok(response);
    }
    let main = Address { stamp, exact: true, modifier: Modifier::Main, url: capture.url.clone() };
    let at = history.iter().position(|other| other.id == capture.id).unwrap_or_default();
    let media_type = &capture.media_type;
    let parts = missing::parts(archive, &capture)?;
    let mut response = html(&Banner {
        row: Row::of(&capture),
        frame: format!("{}{}", origins.captures, main.path()),
        shows: media_type.is_empty() || media_type == "application/xhtml+xml" || captures::is_shown(media_type),
        explains: matches!(media_type.as_str(), "" | "text/html" | "application/xhtml+xml"),
        runs: matches!(media_type.as_str(), "text/html" | "application/xhtml+xml")
            && origins.of_running(capture.id).is_some(),
        earlier: at.checked_sub(1).and_then(|at| history.get(at)).map(page_address),
        later: history.get(at + 1).map(page_address),
        place: format!("{} of {}", at + 1, history.len()),
        parts: parts.kept + parts.missing.len(),
        lacking: parts.missing.len(),
        missing: parts.missing.iter().take(MISSING_TOLD).map(Url::to_string).collect(),
    })?;
    memento::mark(response.headers_mut(), &origins.interface, &history, &capture);
    Ok(response)
}
