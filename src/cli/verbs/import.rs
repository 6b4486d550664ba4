//! `import`: captures out of other archives' files. Articles are isolated on every core; what is kept already is passed over, so
//! that an import that was stopped goes on where it was.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use chaffinch_extract::article::{Article, Verdict};
use chaffinch_warc::digest::Verdict::Differs;
use chaffinch_warc::digest::verify;
use serde::Serialize;

use crate::cli::args::ImportArgs;
use crate::cli::exit::Exit;
use crate::cli::face::count;
use crate::cli::foreign::{self, Foreign, Place};
use crate::cli::pool;
use crate::cli::progress;
use crate::cli::setup::{Failure, Setup, store_failure};
use crate::cli::shell;
use crate::page::Page;
use crate::snapshot::value::Snapshot;
use crate::store::archive::Archive;
use crate::store::error::{Class, Error};
use crate::store::report::SealOptions;

/// So many captures are stored with one sync, or so many bytes of body.
const GROUP: usize = 64;
const GROUP_BYTES: usize = 32 << 20;

/// What an import did.
#[derive(Debug, Default, Serialize)]
struct Report {
    /// Captures stored.
    captures: u64,
    /// Those that show an article.
    articles: u64,
    /// Captures that were kept already.
    known: u64,
    /// What could not be read or stored.
    failed: u64,
}

/// What becomes of an item of a file.
enum Outcome {
    /// It is stored; a body that only another capture holds is looked up first.
    Store(Box<Snapshot>, Option<Place>),
    Known,
    Failed(String),
    /// The archive itself cannot be read: nothing more can come of it.
    Stopped(Error),
}

/// Takes in every file, in order.
pub fn run(setup: &Setup, args: &ImportArgs) -> anyhow::Result<Exit> {
    let mut files = Vec::new();
    for path in &args.files {
        let found = foreign::open(path);
        files.extend(found.map_err(|error| Failure::new(Exit::Usage, format!("{}: {error}", path.display())))?);
    }
    let archive = setup.open_or_create()?;
    let bar = progress::things(setup.face, "importing");
    let mut report = Report::default();
    let mut group = Group { archive: &archive, snapshots: Vec::new(), bytes: 0 };
    let work = |item: foreign::Item| outcome(&archive, item);
    let done = pool::in_order(shell::cores(), files.into_iter().flatten(), work, |outcome| -> Result<(), Error> {
        bar.inc(1);
        let failure = match outcome {
            Outcome::Known => {
                report.known += 1;
                None
            }
            Outcome::Failed(what) => Some(what),
            Outcome::Stopped(error) => return Err(error),
            Outcome::Store(snapshot, place) => {
                let is_article = snapshot.article.as_ref().is_some_and(|article| article.verdict == Verdict::Article);
                let failure = group.add(*snapshot, place)?;
                report.captures += u64::from(failure.is_none());
                report.articles += u64::from(failure.is_none() && is_article);
                failure
            }
        };
        if let Some(what) = failure {
            report.failed += 1;
            bar.suspend(|| setup.face.complain(&what));
        }
        Ok(())
    });
    let done = done.and_then(|()| group.store());
    bar.finish_and_clear();
    done.map_err(store_failure)?;
    if setup.config.archive.compact {
        match archive.seal(&SealOptions::end_of_run(setup.now())) {
            // Somebody else is at it.
            Ok(_) | Err(Error::Sealing) => {}
            Err(error) => return Err(store_failure(error)),
        }
    }
    tell(setup, &report)?;
    Ok(if report.failed > 0 { Exit::Failed } else { Exit::Done })
}

fn tell(setup: &Setup, report: &Report) -> anyhow::Result<()> {
    if setup.face.json {
        return Ok(setup.face.record(report)?);
    }
    let known = if report.known > 0 { format!(", {} kept already", report.known) } else { String::new() };
    let failed = if report.failed > 0 { format!(", {} failed", report.failed) } else { String::new() };
    setup.face.say(&format!(
        "{} imported, {} among them{known}{failed}",
        count(report.captures, "capture"),
        count(report.articles, "article")
    ));
    Ok(())
}

/// Captures that are stored together.
struct Group<'a> {
    archive: &'a Archive,
    snapshots: Vec<Snapshot>,
    bytes: usize,
}

impl Group<'_> {
    /// Adds a capture; says what is wrong where it cannot be one.
    fn add(&mut self, mut snapshot: Snapshot, place: Option<Place>) -> Result<Option<String>, Error> {
        if let Some(place) = place {
            // What it repeats may stand among those that wait.
            self.store()?;
            let held = match self.held(&place) {
                Err(error) if error.class() == Class::Damage => {
                    return Ok(Some(format!("{}: {error}", snapshot.page.url)));
                }
                held => held?,
            };
            let Some(body) = held else {
                let (url, held) = (&snapshot.page.url, &place.url);
                let what = "stands in a capture that is not kept: import the file that holds it first";
                return Ok(Some(format!("{url}: its body, that of {held}, {what}")));
            };
            snapshot.page.body = body;
        }
        self.bytes += snapshot.page.body.len();
        self.snapshots.push(snapshot);
        if self.snapshots.len() >= GROUP || self.bytes >= GROUP_BYTES {
            self.store()?;
        }
        Ok(None)
    }

    /// The body that a capture refers to: that of the very capture it names, else one that its digest does not deny.
    fn held(&self, place: &Place) -> Result<Option<Bytes>, Error> {
        let Some(capture) = self.archive.latest(&place.url, place.at)? else { return Ok(None) };
        let body = self.archive.load_page(&capture)?.body;
        let named = place.at.is_some_and(|at| at.as_millisecond() == capture.at.as_millisecond());
        let denied = place.digest.as_deref().is_some_and(|digest| verify(digest, &body) == Differs);
        Ok((named || !denied).then_some(body))
    }

    fn store(&mut self) -> Result<(), Error> {
        self.archive.store(&self.snapshots)?;
        self.snapshots.clear();
        self.bytes = 0;
        Ok(())
    }
}

/// Isolates the article of what is not kept yet.
fn outcome(archive: &Archive, item: foreign::Item) -> Outcome {
    let found = match item {
        Ok(found) => found,
        Err(what) => return Outcome::Failed(what),
    };
    let Foreign { page, repeats, source, tags, parent, noarchive } = found;
    let refers = repeats.is_some();
    match archive.holds(&page.url, page.at, (!refers).then_some(&page.body)) {
        Ok(true) => return Outcome::Known,
        Ok(false) => {}
        Err(error) => return Outcome::Stopped(error),
    }
    // A server that says 304 refers to whatever was held before.
    let place = repeats.filter(|_| page.status != 304);
    let article = if refers { None } else { article(archive, &page) };
    Outcome::Store(Box::new(Snapshot { article, source, tags, parent, noarchive, ..Snapshot::new(page) }), place)
}

fn article(archive: &Archive, page: &Page) -> Option<Article> {
    if !page.is_html() || page.body.is_empty() || !(200..300).contains(&page.status) {
        return None;
    }
    // Whatever a page does to the extractor, it is kept.
    catch_unwind(AssertUnwindSafe(|| (archive.extractor)(page, None))).ok().flatten()
}
