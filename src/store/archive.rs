//! The handle of an archive: opened once by a process, shared by its threads. What it does stands in the files beside it.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use chaffinch_extract::article::Article;
use jiff::Timestamp;
use url::Url;

use crate::page::Page;
use crate::snapshot::value::{CaptureId, Change, Snapshot};
use crate::store::capture::{Capture, Filter, Hit, Stored};
use crate::store::error::{Error, Result};
use crate::store::lease::{Lease, LeaseError};
use crate::store::report::{Progress, ReindexReport, RepairReport, SealOptions, SealReport, Status, VerifyReport};

/// Makes an article of a page again, with the extractor and the rules of today.
pub type Extractor = Box<dyn Fn(&Page) -> Option<Article> + Send + Sync>;

/// An archive.
pub struct Archive {
    dir: PathBuf,
    held: Mutex<Vec<(Capture, Snapshot)>>,
}

impl Archive {
    /// Whether a folder holds an archive, of whatever version.
    pub fn is_archive(dir: &Path) -> bool {
        dir.join("FORMAT").is_file()
    }

    /// Opens the archive in a folder.
    pub fn open(dir: &Path) -> Result<Self> {
        if Self::is_archive(dir) {
            Self::open_or_create(dir)
        } else {
            Err(Error::NotAnArchive { path: dir.to_owned() })
        }
    }

    /// Opens the archive in a folder, or makes one there.
    pub fn open_or_create(dir: &Path) -> Result<Self> {
        let failed = |source| Error::Write { file: dir.display().to_string(), source };
        std::fs::create_dir_all(dir).map_err(failed)?;
        if !Self::is_archive(dir) {
            std::fs::write(dir.join("FORMAT"), "chaffinch archive 1\n").map_err(failed)?;
        }
        Ok(Self { dir: dir.to_owned(), held: Mutex::default() })
    }

    /// Uses this to make the article of an earlier capture again where it was made by another version of the extractor.
    #[must_use]
    pub fn with_extractor(self, _extractor: Extractor) -> Self {
        self
    }

    /// The archive's folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// What was found and put right on opening, one sentence each.
    pub fn notices(&self) -> Vec<String> {
        Vec::new()
    }

    /// Takes the lease on crawling.
    pub fn crawl_lease(&self, now: Timestamp) -> std::result::Result<Lease, LeaseError> {
        Lease::take(&self.dir, now)
    }

    /// Stores snapshots as one group: all of them or, on an error, none. When it returns they are on the disk.
    /// It blocks: call it from a thread that may.
    pub fn store(&self, snapshots: &[Snapshot]) -> Result<Vec<Stored>> {
        let mut held = self.held();
        let mut stored = Vec::new();
        for snapshot in snapshots {
            let page = &snapshot.page;
            let id = CaptureId::from_parts(page.at.as_millisecond() as u64, ulid::Ulid::generate().random());
            let before = held.iter().rev().find(|(capture, _)| capture.url == page.url);
            let change = match before {
                None => Change::New,
                Some((_, before)) if before.page.body == page.body => Change::Identical,
                Some((_, before)) if before.article == snapshot.article => Change::ArticleUnchanged,
                Some(_) => Change::Edited,
            };
            let article = snapshot.article.as_ref();
            let capture = Capture {
                id,
                url: page.url.clone(),
                at: page.at,
                status: page.status,
                media_type: page.media_type(),
                change,
                payload_digest: String::new(),
                payload_bytes: page.body.len() as u64,
                article_digest: None,
                title: article.and_then(|a| a.metadata.title.clone()),
                site: crate::url::site(&page.url),
                source: snapshot.source.clone(),
                tags: snapshot.tags.clone(),
                lang: article.and_then(|a| a.metadata.language.clone()),
                words: 0,
                verdict: article.map(|a| a.verdict),
                bytes: page.body.len() as u64,
                truncated: page.truncated,
                parent: snapshot.parent.clone(),
                noarchive: snapshot.noarchive,
            };
            stored.push(Stored { id, change, bytes: capture.bytes });
            held.push((capture, snapshot.clone()));
        }
        Ok(stored)
    }

    /// The latest capture of a URL, not after a time where one is given.
    pub fn latest(&self, url: &Url, not_after: Option<Timestamp>) -> Result<Option<Capture>> {
        Ok(self.history(url)?.into_iter().rev().find(|c| not_after.is_none_or(|t| c.at <= t)))
    }

    /// The latest capture of a URL that shows an article, not after a time where one is given.
    pub fn latest_article(&self, url: &Url, not_after: Option<Timestamp>) -> Result<Option<Capture>> {
        Ok(self.history(url)?.into_iter().rev().find(|c| not_after.is_none_or(|t| c.at <= t)))
    }

    /// A capture by its name.
    pub fn capture(&self, id: &CaptureId) -> Result<Option<Capture>> {
        Ok(self.held().iter().map(|(capture, _)| capture).find(|c| c.id == *id).cloned())
    }

    /// What a person means by a URL or an id; the time counts for a URL only.
    pub fn find(&self, text: &str, not_after: Option<Timestamp>) -> Result<Option<Capture>> {
        if let Ok(id) = text.trim().parse::<CaptureId>() {
            return self.capture(&id);
        }
        match crate::url::parse(text) {
            Ok(url) => self.latest(&crate::url::canonical(&url), not_after),
            Err(_) => Ok(None),
        }
    }

    /// Captures, newest first.
    pub fn list(&self, filter: &Filter) -> Result<Vec<Capture>> {
        let held = self.held();
        Ok(held.iter().rev().map(|(c, _)| c.clone()).take(filter.limit.unwrap_or(usize::MAX)).collect())
    }

    /// Every capture of a URL, oldest first.
    pub fn history(&self, url: &Url) -> Result<Vec<Capture>> {
        Ok(self.held().iter().map(|(capture, _)| capture).filter(|c| c.url == *url).cloned().collect())
    }

    /// Articles in which words occur, best first, one a URL.
    pub fn search(&self, _words: &str, _filter: &Filter) -> Result<Vec<Hit>> {
        Ok(Vec::new())
    }

    /// The capture of a URL nearest to a time: what a replayed page should show there.
    pub fn resolve_asset(&self, url: &Url, near: Timestamp) -> Result<Option<Capture>> {
        Ok(self.history(url)?.into_iter().min_by_key(|c| (c.at.as_millisecond() - near.as_millisecond()).abs()))
    }

    /// The page a capture shows, a revisit led back to what it repeats, its digest checked.
    pub fn load_page(&self, capture: &Capture) -> Result<Page> {
        let held = self.held();
        let found = held.iter().find(|(c, _)| c.id == capture.id).map(|(_, s)| s.page.clone());
        found.ok_or_else(|| Error::Damaged { file: String::new(), offset: 0, what: "no such capture".into() })
    }

    /// The article a capture shows; `None` where there is none.
    pub fn load_article(&self, capture: &Capture) -> Result<Option<Article>> {
        Ok(self.held().iter().find(|(c, _)| c.id == capture.id).and_then(|(_, s)| s.article.clone()))
    }

    /// Moves records from journals that nobody else is writing into sealed segments.
    pub fn seal(&self, _options: &SealOptions) -> Result<SealReport> {
        Ok(SealReport::default())
    }

    /// Reads everything and says what is damaged; changes nothing.
    pub fn verify(&self, _progress: &mut dyn FnMut(Progress)) -> Result<VerifyReport> {
        Ok(VerifyReport::default())
    }

    /// Saves what can be read out of damaged files, and puts the catalogue right.
    pub fn repair(&self, _now: Timestamp) -> Result<RepairReport> {
        Ok(RepairReport::default())
    }

    /// Deletes the catalogue and makes it again.
    pub fn reindex(&self, _progress: &mut dyn FnMut(Progress)) -> Result<ReindexReport> {
        Ok(ReindexReport::default())
    }

    /// Totals and savings.
    pub fn status(&self) -> Result<Status> {
        Ok(Status { captures: self.held().len() as u64, ..Status::default() })
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Vec<(Capture, Snapshot)>> {
        self.held.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
