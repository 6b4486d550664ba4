//! `explain`: every block of a page, kept or dropped, and why.

use std::path::Path;

use chaffinch_extract::SiteProfile;
use chaffinch_extract::explain::{Explanation, explain};
use chaffinch_extract::options::Context;
use chaffinch_extract::overlay::overlay;
use url::Url;

use crate::cli::args::{ExplainArgs, ReportFormat};
use crate::cli::exit::Exit;
use crate::cli::face::{Face, Ink, plain};
use crate::cli::setup::{Failure, Setup, store_failure};
use crate::store::cases::{Case, file_case};

/// Explains a file, or a page that is kept.
pub fn run(setup: &Setup, args: &ExplainArgs) -> anyhow::Result<Exit> {
    let page = read(setup, &args.what)?;
    let options = setup.rulebook().options(page.url.as_ref());
    let context =
        Context { url: page.url.as_ref(), content_type: page.content_type.as_deref(), site: page.site.as_ref() };
    let failed = |error| Failure::new(Exit::Failed, format!("{}: {error}", plain(&args.what)));
    let explanation = explain(&page.html, &context, &options).map_err(failed)?;
    if args.save {
        save(setup, &page, &explanation)?;
    }
    match if setup.face.json { ReportFormat::Json } else { args.format } {
        ReportFormat::Json => setup.face.record(&explanation)?,
        ReportFormat::Html => {
            let name = page.url.as_ref().map_or(args.what.as_str(), Url::as_str);
            setup.face.line(&overlay(&page.html, name, &context, &options).map_err(failed)?)?;
        }
        ReportFormat::Color => print(setup.face, &explanation)?,
    }
    Ok(Exit::Done)
}

struct PageBytes {
    name: String,
    url: Option<Url>,
    content_type: Option<String>,
    html: Vec<u8>,
    /// What the archive knows of its site.
    site: Option<SiteProfile>,
}

fn read(setup: &Setup, what: &str) -> anyhow::Result<PageBytes> {
    let path = Path::new(what);
    if path.is_file() {
        let html =
            std::fs::read(path).map_err(|error| Failure::new(Exit::Usage, format!("cannot read {what}: {error}")))?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        return Ok(PageBytes { name, url: None, content_type: None, html, site: None });
    }
    let archive = setup.open()?;
    let capture = archive.find(what, None).map_err(store_failure)?;
    let missing = || Failure::new(Exit::Failed, format!("{}: neither a file nor in the archive", plain(what)));
    let capture = capture.ok_or_else(missing)?;
    let page = archive.load_page(&capture).map_err(store_failure)?;
    let profile = archive.site_profile(&capture.site).map_err(store_failure)?;
    Ok(PageBytes {
        site: profile.and_then(|bytes| SiteProfile::from_bytes(&bytes).ok()),
        name: capture.id.to_string(),
        content_type: page.headers.get("content-type").map(str::to_owned),
        url: Some(page.url),
        html: page.body.to_vec(),
    })
}

/// Files page and verdict in the archive's `cases/`.
fn save(setup: &Setup, page: &PageBytes, explanation: &Explanation) -> anyhow::Result<()> {
    let case = Case { name: &page.name, html: &page.html, explanation, url: page.url.as_ref(), remark: None };
    let folder = file_case(&setup.archive_dir, &case).map_err(store_failure)?;
    setup.face.say(&format!("filed in {}", folder.display()));
    Ok(())
}

fn print(face: Face, explanation: &Explanation) -> anyhow::Result<()> {
    for block in &explanation.blocks {
        let (mark, ink) = if block.kept { ("+", Ink::Green) } else { ("-", Ink::Red) };
        let text: String = plain(&block.text).chars().take(100).collect();
        face.line(&format!("{} {:.2} {}", face.ink(ink, mark), block.score, face.ink(ink, &text)))?;
        let reasons = block.reasons.join("; ");
        let role = block.role.name();
        face.line(&face.ink(Ink::Dim, &format!("       {role}, {}: {reasons}", plain(&block.path))))?;
    }
    Ok(())
}
