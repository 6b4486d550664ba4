//! `show`: what is kept of a page, at a time.

use crate::cli::args::{ShowArgs, ShowFormat};
use crate::cli::exit::Exit;
use crate::cli::face::{Face, plain};
use crate::cli::setup::{Failure, Setup, store_failure};
use crate::store::archive::Archive;
use crate::store::capture::Capture;
use crate::store::records::ArticleRecord;

/// Prints the article of the latest capture not after a time.
pub fn run(setup: &Setup, args: &ShowArgs) -> anyhow::Result<Exit> {
    let archive = setup.open()?;
    let capture = find(setup, &archive, args)?;
    let format = match args.format {
        Some(ShowFormat::Raw) => ShowFormat::Raw,
        _ if setup.face.json => ShowFormat::Json,
        format => format.unwrap_or(ShowFormat::Text),
    };
    if format == ShowFormat::Raw {
        let page = archive.load_page(&capture).map_err(store_failure)?;
        setup.face.bytes(&page.body)?;
        return Ok(Exit::Done);
    }
    let Some(article) = archive.load_article(&capture).map_err(store_failure)? else {
        return no_article(setup.face, &capture, format);
    };
    match format {
        ShowFormat::Json | ShowFormat::Raw => {
            setup.face.record(&ArticleRecord::of_capture(&capture, &article))?;
        }
        ShowFormat::Text => setup.face.line(&super::extract::readable(&article))?,
        ShowFormat::Markdown => setup.face.line(&super::extract::markdown(&article))?,
        ShowFormat::Html => setup.face.line(&super::extract::html(&article))?,
    }
    Ok(Exit::Done)
}

/// The capture that is meant; of a page whose newest capture shows no article (an error, a wall), the newest that does.
fn find(setup: &Setup, archive: &Archive, args: &ShowArgs) -> anyhow::Result<Capture> {
    let at = args.at.map(|when| when.end(setup.now()));
    let found = archive.find(&args.what, at).map_err(store_failure)?;
    found.ok_or_else(|| {
        let when = args.at.map_or(String::new(), |_| " from that time or before".into());
        let what = plain(&args.what);
        Failure::new(
            Exit::Failed,
            format!("{what}: not in the archive{when}; `chaffinch archive {what}` captures it, `chaffinch list` shows what is kept"),
        )
    })
}

fn no_article(face: Face, capture: &Capture, format: ShowFormat) -> anyhow::Result<Exit> {
    let message = format!(
        "{}: kept as {} (status {}), without an article; `chaffinch show --format raw {}` prints the bytes",
        capture.url, capture.media_type, capture.status, capture.id
    );
    if format == ShowFormat::Json {
        let mut record =
            ArticleRecord::failed(Some(capture.id.to_string()), Some(capture.url.to_string()), message.clone());
        record.captured = Some(capture.at.to_string());
        record.status = Some(capture.status);
        face.record(&record)?;
    }
    Err(Failure::new(Exit::Failed, message))
}
