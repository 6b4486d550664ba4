//! What every verb begins with: the configuration that holds and the archive that is meant. It reads the environment and the
//! disk; what it finds is handed on as values.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use chaffinch_extract::SiteProfile;
use chaffinch_extract::options::{Context, Favor as ExtractFavor, Options, SiteRules};
use jiff::Timestamp;

use crate::cli::args::Global;
use crate::cli::config::load::{self, Loaded, Override};
use crate::cli::config::values::{Config, Favor};
use crate::cli::exit::Exit;
use crate::cli::face::Face;
use crate::crawl::rules::{Rule, Rulebook};
use crate::page::Page;
use crate::store::archive::Archive;
use crate::store::error::{Class, Error as StoreError};

/// An error that knows its exit code.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// How the process ends.
    pub exit: Exit,
    /// What is said.
    pub message: String,
}

impl Failure {
    /// An error of a kind.
    #[allow(clippy::new_ret_no_self, reason = "it is only ever made to be returned")]
    pub fn new(exit: Exit, message: impl Into<String>) -> anyhow::Error {
        anyhow!(Self { exit, message: message.into() })
    }
}

/// What every verb works with.
#[derive(Debug)]
pub struct Setup {
    /// How to speak.
    pub face: Face,
    /// The configuration that holds.
    pub config: Config,
    /// The file it was read from, where there was one.
    pub file: Option<PathBuf>,
    /// The archive's folder.
    pub archive_dir: PathBuf,
    /// Whether the folder was chosen by a person; if not, the first line of talk says which it is.
    pub chosen: bool,
}

impl Setup {
    /// Reads flags, environment and file.
    pub fn new(global: &Global) -> anyhow::Result<Self> {
        let face = Face::new(global, std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()));
        let usage = |error: load::Error| Failure::new(Exit::Usage, error.to_string());
        let home = user_folder("XDG_CONFIG_HOME", ".config");
        let here = PathBuf::from("config.toml");
        let file = match global.config.clone().or_else(|| variable("CHAFFINCH_CONFIG")) {
            Some(file) => Some((file, true)),
            None if here.is_file() => Some((here, true)),
            None => home.map(|home| (home.join("config.toml"), false)).filter(|(file, _)| file.is_file()),
        };
        let mut overrides = Override::from_environment(std::env::vars());
        for flag in &global.set {
            overrides.push(Override::from_flag(flag).map_err(usage)?);
        }
        let Loaded { config, file: read } =
            load::load(file.as_ref().map(|(file, _)| file.as_path()), &overrides).map_err(usage)?;
        let beside = file.filter(|(_, own)| *own).map(|(file, _)| folder_of(&file));
        let (archive_dir, chosen) = archive_dir(global, &config, read.as_deref(), beside.as_deref());
        Ok(Self { face, config, file: read, archive_dir, chosen })
    }

    /// Opens the archive for reading what is kept.
    pub fn open(&self) -> anyhow::Result<Arc<Archive>> {
        self.introduce();
        let archive = Archive::open(&self.archive_dir).map_err(store_failure)?;
        Ok(self.ready(archive))
    }

    /// Opens the archive, or makes one.
    pub fn open_or_create(&self) -> anyhow::Result<Arc<Archive>> {
        self.introduce();
        let archive = Archive::open_or_create(&self.archive_dir).map_err(store_failure)?;
        Ok(self.ready(archive))
    }

    fn introduce(&self) {
        if !self.chosen {
            self.face.say(&format!("archive: {}", self.archive_dir.display()));
        }
    }

    fn ready(&self, archive: Archive) -> Arc<Archive> {
        for notice in archive.notices() {
            self.face.complain(&notice);
        }
        let rulebook = self.rulebook();
        let again = move |page: &Page, site: Option<&SiteProfile>| {
            let context = Context { url: Some(&page.url), content_type: page.headers.get("content-type"), site };
            chaffinch_extract::extract(&page.body, &context, &rulebook.options(Some(&page.url))).ok()
        };
        Arc::new(archive.with_extractor(Box::new(again)))
    }

    /// The options of an extraction and the rules of every site.
    pub fn rulebook(&self) -> Rulebook {
        let favor = favor(self.config.extract.favor);
        let sites = self.config.site.iter().map(|site| Rule {
            matches: site.matches.clone(),
            rules: SiteRules {
                content: site.content.clone(),
                remove: site.remove.clone(),
                title: site.title.clone(),
                author: site.author.clone(),
                date: site.date.clone(),
            },
        });
        Rulebook {
            base: Options { favor, comments: self.config.extract.comments, ..Options::default() },
            sites: sites.collect(),
        }
    }

    /// A path of the configuration, relative to its file.
    pub fn resolve(&self, path: &Path) -> PathBuf {
        self.file.as_deref().map_or_else(|| path.to_owned(), |file| folder_of(file).join(path))
    }

    /// The text of a file a person named.
    pub fn read_text(&self, path: &Path) -> anyhow::Result<String> {
        std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))
            .map_err(|error| Failure::new(Exit::Usage, format!("{error:#}")))
    }

    /// Now. The face is one of the few places that ask.
    pub fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// The extractor's word for a choice.
pub fn favor(favor: Favor) -> ExtractFavor {
    match favor {
        Favor::Balanced => ExtractFavor::Balanced,
        Favor::Precision => ExtractFavor::Precision,
        Favor::Recall => ExtractFavor::Recall,
    }
}

/// An error of the archive with its exit code.
#[allow(clippy::needless_pass_by_value, reason = "made for `map_err`")]
pub fn store_failure(error: StoreError) -> anyhow::Error {
    let exit = match error.class() {
        Class::Unreadable => Exit::Unreadable,
        Class::Write => Exit::Unwritable,
        _ => Exit::Failed,
    };
    Failure::new(exit, error.to_string())
}

/// An error of a run with its exit code.
pub fn crawl_failure(error: &crate::crawl::error::Error) -> anyhow::Error {
    use crate::crawl::error::Error;
    let exit = match error {
        Error::Store(error) if error.class() == Class::Unreadable => Exit::Unreadable,
        error if error.is_disk() => Exit::Unwritable,
        Error::Client(_) => Exit::Usage,
        Error::Frontier(crate::frontier::queue::Error::Newer { .. }) => Exit::Unreadable,
        _ => Exit::Failed,
    };
    Failure::new(exit, error.to_string())
}

fn folder_of(file: &Path) -> PathBuf {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Flag and variable, then the configuration, then beside the configuration file, then where one is, then the user's own.
fn archive_dir(global: &Global, config: &Config, file: Option<&Path>, beside: Option<&Path>) -> (PathBuf, bool) {
    if let Some(dir) = global.archive.clone().or_else(|| variable("CHAFFINCH_ARCHIVE")) {
        return (dir, true);
    }
    if let Some(path) = &config.archive.path {
        return (file.map_or_else(|| path.clone(), |file| folder_of(file).join(path)), true);
    }
    let local = beside.map_or_else(|| PathBuf::from("archive"), |folder| folder.join("archive"));
    if beside.is_some() || Archive::is_archive(&local) {
        return (local, false);
    }
    (user_folder("XDG_DATA_HOME", ".local/share").map_or(local, |folder| folder.join("archive")), false)
}

fn user_folder(name: &str, below_home: &str) -> Option<PathBuf> {
    let base = variable(name).or_else(|| variable("HOME").map(|home| home.join(below_home)))?;
    Some(base.join("chaffinch"))
}

/// A path from the environment; an empty variable is none.
fn variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}
