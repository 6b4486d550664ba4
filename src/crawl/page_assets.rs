//! SHELL: what a page shows (images, style sheets, fonts and what these name in turn), fetched and stored beside it, each thing
//! once however many pages show it. It does not decide which pages are captured.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chaffinch_extract::article::Article;
use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinSet;
use url::Url;

use crate::crawl::error::Error;
use crate::crawl::filing::{Assets, Filing};
use crate::crawl::visit::{Errand, Visit, Visitor};
use crate::crawl::writer::Writer;
use crate::discover::assets;
use crate::page::Page;
use crate::snapshot::value::Snapshot;
use crate::store::archive::Archive;

/// A page that names more assets than this is cut: the first ones are what it shows first.
const ASSETS_MAX: usize = 500;
/// So many assets of a page are in memory at once.
const AT_ONCE: usize = 12;

/// Keeps the assets of pages.
pub struct PageAssets {
    archive: Arc<Archive>,
    visitor: Arc<Visitor>,
    writer: Writer,
    /// One that was captured more recently than this is not fetched again.
    age_max: SignedDuration,
    /// Those that are being fetched for some page.
    under_way: Mutex<HashSet<Url>>,
}

/// What came of the assets of a page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many were stored.
    pub kept: usize,
    /// How many could not be had.
    pub failed: usize,
    /// Bytes they take.
    pub bytes: u64,
    /// Bytes that came over the wire.
    pub wire_bytes: u64,
}

/// An asset that nobody else fetches while this lives.
struct Claim<'a> {
    url: Url,
    under_way: &'a Mutex<HashSet<Url>>,
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.url);
    }
}

impl PageAssets {
    /// Keeps them in an archive. An asset that was captured within `age_max` is not fetched again.
    pub fn new(archive: Arc<Archive>, visitor: Arc<Visitor>, writer: Writer, age_max: Duration) -> Self {
        let age_max = SignedDuration::try_from(age_max).unwrap_or(SignedDuration::MAX);
        Self { archive, visitor, writer, age_max, under_way: Mutex::default() }
    }

    /// Fetches and stores the assets of the page `parent`, then what style sheets among them name, until nothing new is named.
    /// What is being fetched for another page is left to it.
    pub async fn keep(&self, wanted: Vec<Url>, parent: &Url, at: Timestamp, filing: &Filing) -> Result<Tally, Error> {
        let mut tally = Tally::default();
        let mut seen: HashSet<Url> = HashSet::from([parent.clone()]);
        let mut waiting = wanted;
        while !waiting.is_empty() && seen.len() < ASSETS_MAX {
            let mut batch = Vec::new();
            for url in std::mem::take(&mut waiting) {
                if seen.len() < ASSETS_MAX && seen.insert(url.clone()) {
                    batch.extend(self.claim(url, at, filing.force)?);
                }
            }
            while !batch.is_empty() {
                let some: Vec<Claim<'_>> = batch.drain(..batch.len().min(AT_ONCE)).collect();
                for (hops, page) in self.fetch(&some, filing, &mut tally).await? {
                    if page.media_type() == "text/css" {
                        waiting.extend(assets::of_style(&String::from_utf8_lossy(&page.body), &page.url));
                    }
                    self.store(hops, page, parent, filing, &mut tally).await?;
                }
            }
        }
        Ok(tally)
    }

    /// The asset, if it is to be fetched and nobody else is at it.
    fn claim(&self, url: Url, now: Timestamp, force: bool) -> Result<Option<Claim<'_>>, Error> {
        let free = self.under_way.lock().unwrap_or_else(PoisonError::into_inner).insert(url.clone());
        if !free {
            return Ok(None);
        }
        let claim = Claim { url, under_way: &self.under_way };
        let is_kept = !force && self.is_kept(&claim.url, now)?;
        Ok((!is_kept).then_some(claim))
    }

    fn is_kept(&self, url: &Url, now: Timestamp) -> Result<bool, Error> {
        let latest = self.archive.latest(url, None)?;
        Ok(latest.is_some_and(|capture| capture.status == 200 && now.duration_since(capture.at) < self.age_max))
    }

    /// The answers in the order of the URLs, each after its redirects; what could not be had is counted and left out.
    async fn fetch(
        &self,
        claims: &[Claim<'_>],
        filing: &Filing,
        tally: &mut Tally,
    ) -> Result<Vec<(Vec<Page>, Page)>, Error> {
        let mut tasks = JoinSet::new();
        let mut answers: Vec<Option<(Vec<Page>, Page)>> = Vec::new();
        answers.resize_with(claims.len(), || None);
        for (index, url) in claims.iter().map(|claim| claim.url.clone()).enumerate() {
            let visitor = Arc::clone(&self.visitor);
            let errand = Errand {
                credentials: Arc::clone(&filing.credentials),
                obey_robots: filing.obey_robots,
                asset: true,
                ..Errand::default()
            };
            tasks.spawn(async move { (index, visitor.visit(&url, &errand).await) });
        }
        while let Some(done) = tasks.join_next().await {
            let (index, visit) = done.map_err(|_| Error::Lost { what: "the fetch of an asset" })?;
            match visit? {
                Visit::Answer { hops, page, .. } if page.status == 200 => answers[index] = Some((hops, *page)),
                _ => tally.failed += 1,
            }
        }
        Ok(answers.into_iter().flatten().collect())
    }

    async fn store(
        &self,
        hops: Vec<Page>,
        page: Page,
        parent: &Url,
        filing: &Filing,
        tally: &mut Tally,
    ) -> Result<(), Error> {
        tally.wire_bytes += page.wire_bytes;
        let snapshot = |page: Page| Snapshot {
            source: filing.source.clone(),
            parent: Some(parent.clone()),
            ..Snapshot::new(page)
        };
        let stored = self.writer.store(hops.into_iter().chain([page]).map(snapshot).collect()).await?;
        tally.kept += 1;
        tally.bytes += stored.iter().map(|stored| stored.bytes).sum::<u64>();
        Ok(())
    }
}

/// The assets that belong to a page under a choice.
pub fn wanted(page: &Page, article: Option<&Article>, assets: Assets) -> Vec<Url> {
    let mut urls: Vec<Url> = Vec::new();
    if assets == Assets::None || !(200..300).contains(&page.status) {
        return urls;
    }
    if let Some(article) = article {
        let lead = article.metadata.image.as_deref();
        let sources = article.images().into_iter().map(|image| image.src.as_str()).chain(lead);
        urls.extend(sources.filter_map(|src| page.url.join(src).ok()));
    }
    if assets == Assets::Page && page.is_html() {
        let (text, _) = chaffinch_extract::decode::decode(&page.body, page.headers.get("content-type"));
        urls.extend(assets::of_page(&text, &page.url));
    }
    urls.retain(|url| matches!(url.scheme(), "http" | "https"));
    urls.iter().map(crate::url::canonical).collect()
}
