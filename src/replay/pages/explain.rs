//! The page as captured with the extractor's verdict over it, and filing it where whoever improves the extractor looks.

use axum::body::Body;
use axum::http::Response;
use chaffinch_extract::explain::{self, Explanation};
use serde::Deserialize;

use crate::page::Page;
use crate::replay::address::{Address, Modifier, Stamp};
use crate::replay::captures::redirect;
use crate::replay::error::Error;
use crate::replay::marked;
use crate::replay::origin::Origins;
use crate::replay::pages::{capture_of_id, html, page_address, see_other};
use crate::replay::room::Rules;
use crate::replay::views::explain::Explain;
use crate::replay::views::rows::Row;
use crate::store::archive::Archive;
use crate::store::capture::Capture;

/// What `/explain/ID` is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ExplainQuery {
    filed: String,
}

/// `/explain/ID`: the marked page, with what it says of itself above it.
pub fn explain(
    archive: &Archive,
    origins: &Origins,
    rules: &Rules,
    id: &str,
    query: &ExplainQuery,
) -> Result<Response<Body>, Error> {
    let capture = capture_of_id(archive, id, &format!("/explain/{id}"))?;
    let page = archive.load_page(&capture)?;
    if !page.is_html() {
        return Ok(redirect(&page_address(&capture)));
    }
    let explanation = explained(archive, &capture, &page, rules)?;
    let stamp = Stamp::of(capture.at);
    let address = Address { stamp, exact: true, modifier: Modifier::Explain, url: capture.url.clone() };
    let kept = explanation.blocks.iter().filter(|block| block.kept).count();
    html(&Explain {
        row: Row::of(&capture),
        frame: format!("{}{}", origins.captures, address.path()),
        kind: explain::kind_in_words(explanation.page_type).to_owned(),
        kept,
        dropped: explanation.blocks.len() - kept,
        filed: !query.filed.is_empty(),
    })
}

/// Every block of a capture's page, by today's extractor and what the archive knows of its site.
pub fn explained(archive: &Archive, capture: &Capture, page: &Page, rules: &Rules) -> Result<Explanation, Error> {
    let options = (rules.0)(Some(&page.url));
    marked::read(archive, capture, page, |context| explain::explain(&page.body, context, &options))
}

/// What a person says is wrong, as the form of the page sends it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct CaseForm {
    remark: String,
}

/// `POST /explain/ID`: files the page, the verdict, and what was wrong with it.
pub fn file(archive: &Archive, rules: &Rules, id: &str, form: &CaseForm) -> Result<Response<Body>, Error> {
    let capture = capture_of_id(archive, id, &format!("/explain/{id}"))?;
    let page = archive.load_page(&capture)?;
    let explanation = explained(archive, &capture, &page, rules)?;
    let remark = form.remark.trim();
    let remark = (!remark.is_empty()).then_some(remark);
    archive.file_case(&capture.id.to_string(), &page.body, &explanation, Some(&capture.url), remark)?;
    Ok(see_other(&format!("/explain/{}?filed=1", capture.id)))
}
