//! `diff`: what changed in an article between two captures.

use crate::cli::args::{DiffArgs, ReportFormat};
use crate::cli::exit::Exit;
use crate::cli::face::{Face, Ink, plain};
use crate::cli::setup::{Failure, Setup, store_failure};
use crate::cli::when::When;
use crate::snapshot::diff::{Fate, Passage};
use crate::snapshot::text::Kind;
use crate::snapshot::value::CaptureId;
use crate::store::archive::Archive;
use crate::store::capture::Capture;
use crate::store::records::DiffRecord;
use crate::store::sides;

/// Prints the difference.
pub fn run(setup: &Setup, args: &DiffArgs) -> anyhow::Result<Exit> {
    let archive = setup.open()?;
    let url = crate::url::parse(&args.url).map_err(|error| Failure::new(Exit::Usage, error.to_string()))?;
    let mut captures = archive.history(&url).map_err(store_failure)?;
    captures.retain(|capture| capture.article_digest.is_some());
    if captures.is_empty() {
        return Err(Failure::new(Exit::Failed, format!("{url}: no article of it is in the archive")));
    }
    let (a, b) = sides(setup, &captures, args)?;
    let record = DiffRecord::of(&url, (&a, &article(&archive, &a)?), (&b, &article(&archive, &b)?));
    let format = if setup.face.json { ReportFormat::Json } else { args.format };
    match format {
        ReportFormat::Json => setup.face.record(&record)?,
        ReportFormat::Html => setup.face.line(&html(&url, &a, &b, &record.passages))?,
        ReportFormat::Color => print(setup.face, &a, &b, &record.passages)?,
    }
    Ok(Exit::Done)
}

fn article(archive: &Archive, capture: &Capture) -> anyhow::Result<chaffinch_extract::article::Article> {
    let article = archive.load_article(capture).map_err(store_failure)?;
    article.ok_or_else(|| Failure::new(Exit::Failed, format!("{}: this capture shows no article", capture.id)))
}

/// The two captures that are meant.
fn sides(setup: &Setup, captures: &[Capture], args: &DiffArgs) -> anyhow::Result<(Capture, Capture)> {
    let named = |text: &Option<String>| text.as_deref().map(|text| pick(setup, captures, text)).transpose();
    let sides = sides::of(captures, named(&args.a)?, named(&args.b)?);
    sides.ok_or_else(|| Failure::new(Exit::Failed, format!("{}: no article of it is in the archive", plain(&args.url))))
}

fn pick(setup: &Setup, captures: &[Capture], text: &str) -> anyhow::Result<Capture> {
    let found = if let Ok(id) = text.parse::<CaptureId>() {
        captures.iter().find(|capture| capture.id == id)
    } else {
        let when: When = text.parse().map_err(|error: String| Failure::new(Exit::Usage, error))?;
        let at = when.end(setup.now());
        captures.iter().rfind(|capture| capture.at <= at)
    };
    found.cloned().ok_or_else(|| Failure::new(Exit::Failed, format!("{}: no capture of this page", plain(text))))
}

fn print(face: Face, a: &Capture, b: &Capture, passages: &[Passage]) -> anyhow::Result<()> {
    face.line(&face.ink(Ink::Red, &format!("--- {} {}", a.at.strftime("%Y-%m-%d %H:%M:%S"), a.id)))?;
    face.line(&face.ink(Ink::Green, &format!("+++ {} {}", b.at.strftime("%Y-%m-%d %H:%M:%S"), b.id)))?;
    if passages.iter().all(|passage| passage.fate == Fate::Same) {
        return Ok(face.line("the article is the same in both")?);
    }
    for passage in passages {
        let mark = match passage.fate {
            Fate::Same => ' ',
            Fate::Added => '+',
            Fate::Removed => '-',
            Fate::Changed => '~',
            Fate::Moved => '>',
        };
        let mut text = String::new();
        for piece in &passage.pieces {
            let words = plain(&piece.text);
            text.push_str(&match piece.fate {
                Fate::Added if face.color => face.ink(Ink::Green, &words),
                Fate::Removed if face.color => face.ink(Ink::Red, &words),
                // In a changed passage without colours the words are marked as `wdiff` does.
                Fate::Added if passage.fate == Fate::Changed => format!("{{+{words}+}}"),
                Fate::Removed if passage.fate == Fate::Changed => format!("[-{words}-]"),
                Fate::Same | Fate::Changed | Fate::Moved | Fate::Added | Fate::Removed => words,
            });
        }
        face.line(&format!("{mark} {text}"))?;
    }
    Ok(())
}

fn html(url: &url::Url, a: &Capture, b: &Capture, passages: &[Passage]) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>{0}</title>\n<style>\
         body{{font:1.1rem/1.6 serif;max-width:44rem;margin:2rem auto;padding:0 1rem}}\
         ins{{background:#cfc}}del{{background:#fcc}}.moved{{border-left:.3rem solid #69c;padding-left:.7rem}}\
         .heading{{font-weight:bold}}</style>\n<h1>{0}</h1>\n<p>{1} to {2}</p>\n",
        escape(url.as_str()),
        a.at,
        b.at
    );
    for passage in passages {
        page.push_str(match passage.fate {
            Fate::Moved => "<p class=\"moved\" title=\"stood elsewhere before\">",
            _ if matches!(passage.kind, Kind::Title | Kind::Heading) => "<p class=\"heading\">",
            _ => "<p>",
        });
        for piece in &passage.pieces {
            let text = escape(&piece.text);
            page.push_str(&match piece.fate {
                Fate::Added => format!("<ins>{text}</ins>"),
                Fate::Removed => format!("<del>{text}</del>"),
                Fate::Same | Fate::Changed | Fate::Moved => text,
            });
        }
        page.push_str("</p>\n");
    }
    page
}

/// Text as HTML shows it.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
