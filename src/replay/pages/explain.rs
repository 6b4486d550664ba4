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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::replay::trial::{URL, archive_of, origins, text};

    const PAGE: &str = "<title>The <b>well</b></title><article><p>The old well of the village has run dry for the first time \
        since people began to write such things down, and nobody can say when water will return.</p></article>\
        <div class=share>Share this</div>";

    fn shown(archive: &Archive, id: &str, query: &ExplainQuery) -> String {
        text(explain(archive, &origins(), &Rules::default(), id, query).unwrap())
    }

    #[test]
    fn the_page_counts_what_was_kept_and_frames_the_marked_page() {
        let (_dir, archive, capture) = archive_of(PAGE);
        let page = shown(&archive, &capture.id.to_string(), &ExplainQuery::default());
        assert!(page.contains("1 kept</b>") && page.contains("1 dropped</b>"), "{page}");
        assert!(page.contains(&format!("<iframe src=\"http://a.example:2/20260301120000ex_/{URL}\"")), "{page}");
        assert!(!page.contains("Filed in") && !page.contains("<b>well"), "{page}");
    }

    #[test]
    fn what_is_wrong_is_filed_with_the_page_and_its_verdict() {
        let (dir, archive, capture) = archive_of(PAGE);
        let id = capture.id.to_string();
        let form = CaseForm { remark: "  The date is lost.\r\n".to_owned() };
        let response = file(&archive, &Rules::default(), &id, &form).unwrap();
        assert_eq!(response.headers()["location"], format!("/explain/{id}?filed=1"));
        let read = |name: &str| std::fs::read_to_string(dir.path().join("cases").join(&id).join(name)).unwrap();
        assert_eq!(
            (read("remark.txt"), read("url.txt"), read("source.html")),
            ("The date is lost.\n".into(), URL.into(), PAGE.into())
        );
        assert!(read("explanation.json").contains("a set phrase for sharing"));
        let filed = ExplainQuery { filed: "1".to_owned() };
        assert!(shown(&archive, &id, &filed).contains("Filed in"));
    }

    #[test]
    fn no_case_is_filed_of_a_capture_that_is_not_there() {
        let (dir, archive, _) = archive_of(PAGE);
        for id in ["..", "01JABCDEFGHJKMNPQRSTVWXYZ0"] {
            let error = file(&archive, &Rules::default(), id, &CaseForm::default()).unwrap_err();
            assert!(matches!(error, Error::NoSuchPage { .. }), "{error}");
        }
        assert!(!dir.path().join("cases").exists());
    }
}
