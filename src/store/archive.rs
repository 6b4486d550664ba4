//! The handle of an archive: opened once by a process, shared by its threads. What it does stands in the files beside it,
//! one operation each; here is what they share.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chaffinch_extract::SiteProfile;
use chaffinch_extract::article::Article;
use jiff::Timestamp;
use ulid::Ulid;

use crate::page::Page;
use crate::snapshot::value::CaptureId;
use crate::store::catalogue::connection::Catalogue;
use crate::store::dictionaries::Dictionaries;
use crate::store::disk::Disk;
use crate::store::error::{Error, Result};
use crate::store::journal::Writer;
use crate::store::lease::{Lease, LeaseError};
use crate::store::medium::Medium;
use crate::store::names;

/// Makes an article of a page again, with the extractor and the rules of today and what is known of its site.
pub type Extractor = Box<dyn Fn(&Page, Option<&SiteProfile>) -> Option<Article> + Send + Sync>;

/// An archive.
pub struct Archive {
    dir: PathBuf,
    pub(crate) medium: Box<dyn Medium>,
    pub(crate) catalogue: Catalogue,
    pub(crate) dictionaries: Dictionaries,
    pub(crate) extractor: Extractor,
    writer: Mutex<Option<Writer>>,
    notices: Mutex<Vec<String>>,
}

impl std::fmt::Debug for Archive {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Archive").field("dir", &self.dir).finish_non_exhaustive()
    }
}

impl Archive {
    /// Whether a folder holds an archive, of whatever version.
    pub fn is_archive(dir: &Path) -> bool {
        dir.join(names::FORMAT).is_file()
    }

    /// Opens the archive in a folder. What a crash left is put right and told by [`Archive::notices`].
    ///
    /// # Errors
    /// [`Error::NotAnArchive`], [`Error::Newer`], and what keeps its files from being read.
    pub fn open(dir: &Path) -> Result<Self> {
        if !Self::is_archive(dir) {
            return Err(Error::NotAnArchive { path: dir.to_owned() });
        }
        Self::on(Box::new(Disk::new(dir)), dir)
    }

    /// Opens the archive in a folder, or makes one there.
    ///
    /// # Errors
    /// As [`Archive::open`], and [`Error::Write`] where it cannot be made.
    pub fn open_or_create(dir: &Path) -> Result<Self> {
        std::fs::create_dir_all(dir).map_err(|source| Error::Write { file: dir.display().to_string(), source })?;
        Self::on(Box::new(Disk::new(dir)), dir)
    }

    /// Opens or makes an archive whose files are on a medium; its catalogue is in a folder.
    pub fn on(medium: Box<dyn Medium>, dir: &Path) -> Result<Self> {
        let (catalogue, notices, rebuild) = Self::prepare(&*medium, dir)?;
        let archive = Self {
            dir: dir.to_owned(),
            medium,
            catalogue,
            dictionaries: Dictionaries::default(),
            extractor: Box::new(extract_anew),
            writer: Mutex::new(None),
            notices: Mutex::new(notices),
        };
        archive.recover(rebuild)?;
        Ok(archive)
    }

    /// Uses this to make the article of an earlier capture again where it differs from that of a new one, to see whether the
    /// page was edited or only the extractor or what it knows of the site is another.
    #[must_use]
    pub fn with_extractor(mut self, extractor: Extractor) -> Self {
        self.extractor = extractor;
        self
    }

    /// For a process that reads pages all day: dictionaries that are wanted again and again stand unpacked, half a gigabyte at
    /// most, in files without a name in a folder for temporary ones, gone when the process is.
    pub fn unpack_into(&self, dir: &Path) {
        self.dictionaries.unpack_into(dir);
    }

    /// The archive's folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// What was found and put right on opening, one sentence each.
    pub fn notices(&self) -> Vec<String> {
        self.notices.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn notice(&self, sentence: String) {
        self.notices.lock().unwrap_or_else(PoisonError::into_inner).push(sentence);
    }

    /// Takes the lease on crawling.
    ///
    /// # Errors
    /// [`LeaseError::StillRunning`] where another crawl holds it.
    pub fn crawl_lease(&self, now: Timestamp) -> std::result::Result<Lease, LeaseError> {
        Lease::take(&self.dir, now)
    }

    pub(crate) fn writer(&self) -> MutexGuard<'_, Option<Writer>> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn read_failed(key: &str) -> impl FnOnce(std::io::Error) -> Error + use<'_> {
        move |source| Error::Read { file: key.to_owned(), source }
    }

    pub(crate) fn write_failed(key: &str) -> impl FnOnce(std::io::Error) -> Error + use<'_> {
        move |source| Error::Write { file: key.to_owned(), source }
    }
}

/// A name for a file or capture made at a time.
pub(crate) fn new_id(at: Timestamp) -> CaptureId {
    CaptureId::from_parts(u64::try_from(at.as_millisecond()).unwrap_or(0), Ulid::generate().random())
}

/// What an earlier page says to the extractor of today, without the rules of any configuration.
fn extract_anew(page: &Page, site: Option<&SiteProfile>) -> Option<Article> {
    let content_type = page.headers.get("content-type");
    let context = chaffinch_extract::Context { url: Some(&page.url), content_type, site };
    chaffinch_extract::extract(&page.body, &context, &chaffinch_extract::Options::default()).ok()
}
