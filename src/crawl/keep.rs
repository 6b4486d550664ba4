//! From an answer to a capture: the article is isolated on a thread of its own, the page stored, then its assets
//! beside it. It does not decide what is visited.

use std::sync::Arc;

use chaffinch_extract::article::{Article, PageType, Verdict};
use chaffinch_extract::options::Context;
use chaffinch_extract::{Observation, extract_seen};
use scraper::Html;
use tokio::sync::Semaphore;
use url::Url;

use crate::crawl::error::Error;
use crate::crawl::filing::Filing;
use crate::crawl::page_assets::{self, PageAssets};
use crate::crawl::robots::AGENT;
use crate::crawl::rules::Rulebook;
use crate::crawl::sites::Sites;
use crate::crawl::visit::{Errand, Failure, Visit, Visitor};
use crate::crawl::writer::Writer;
use crate::discover::directives::Directives;
use crate::discover::links::{Links, links, links_of};
use crate::discover::parts;
use crate::page::Page;
use crate::snapshot::value::{CaptureId, Change, Profile, Snapshot};
use crate::store::archive::Archive;

/// Turns answers into captures.
pub struct Keeper {
    /// Isolates under these options.
    pub rulebook: Arc<Rulebook>,
    /// Knows the sites.
    pub sites: Arc<Sites>,
    /// Stores.
    pub writer: Writer,
    /// Looks up what is kept already.
    pub archive: Arc<Archive>,
    /// Fetches the further pages of an article.
    pub visitor: Arc<Visitor>,
    /// Keeps what pages show.
    pub assets: PageAssets,
    /// Bounds how many pages are parsed at once: a tree is large.
    pub parsers: Arc<Semaphore>,
}

/// A page that was read: the article, and what it says to robots.
#[derive(Debug, Default)]
pub struct Reading {
    /// The article; `None` where nothing was to be extracted.
    pub article: Option<Article>,
    /// What the extractor was told of the site.
    pub profile: Option<Arc<Profile>>,
    /// What the page teaches of its site, once it is kept.
    pub seen: Option<Observation>,
    /// What the page says to robots, and where it leads; `None` for what is no HTML page.
    pub links: Option<Links>,
    /// Whether it asks not to be archived.
    pub noarchive: bool,
    /// The further pages whose content is in the article (see [`Keeper::join`]).
    pub parts: Vec<Page>,
}

/// A capture, as it is told to people and hooks.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Where the page was found in the end.
    pub url: Url,
    /// The capture's id.
    pub id: CaptureId,
    /// How it compares with the one before.
    pub change: Change,
    /// The status.
    pub status: u16,
    /// The article's title.
    pub title: Option<String>,
    /// When the article says it was published, as ISO 8601.
    pub published: Option<String>,
    /// Words of the article.
    pub words: usize,
    /// What the extractor says of the page; `None` where nothing was extracted.
    pub verdict: Option<Verdict>,
    /// The media type.
    pub media_type: String,
    /// Bytes stored, assets included.
    pub bytes: u64,
    /// Bytes that came over the wire, assets included.
    pub wire_bytes: u64,
    /// Assets stored.
    pub assets: usize,
    /// Assets that could not be had.
    pub assets_failed: usize,
    /// Why the body was cut, where it was.
    pub truncated: Option<&'static str>,
}

impl Keeper {
    /// Reads a page: article, links, wishes. Pages with a status of failure and what is no HTML give an empty reading.
    pub async fn read(&self, page: &Page) -> Result<Reading, Error> {
        let asked = asked(page);
        if !page.is_html() || page.body.is_empty() || !(200..300).contains(&page.status) {
            return Ok(Reading { noarchive: asked.noarchive, ..Reading::default() });
        }
        let place = Arc::clone(&self.parsers).acquire_owned().await;
        let (page, rulebook, sites) = (page.clone(), Arc::clone(&self.rulebook), Arc::clone(&self.sites));
        let reading = tokio::task::spawn_blocking(move || {
            let _place = place;
            let profile = sites.of(&page.url)?;
            let options = rulebook.options(Some(&page.url));
            let context = Context {
                url: Some(&page.url),
                content_type: page.headers.get("content-type"),
                site: profile.as_ref().map(|profile| &***profile),
            };
            // The page is parsed once, for the article and for its links.
            let see = |tree: &Html| links_of(tree, &page.url, AGENT);
            let (article, seen, mut links) = match extract_seen(&page.body, &context, &options, see) {
                Ok((article, seen, links)) => (Some(article), Some(seen), links),
                Err(_) => (None, None, links(&page.body, &page.url, page.headers.get("content-type"), AGENT)),
            };
            links.directives = links.directives.and(asked);
            let noarchive = links.directives.noarchive;
            Ok(Reading { article, profile, seen, links: Some(links), noarchive, parts: Vec::new() })
        });
        reading.await.map_err(|_| Error::Lost { what: "a parser" })?
    }

    /// Fetches the further pages of an article that goes on over several, and joins what they say to it. They are stored beside
    /// the first one. Where one of them cannot be had that there is, the answer says why: half an article is none.
    pub async fn join(&self, page: &Page, reading: &mut Reading, errand: &Errand) -> Result<Option<Failure>, Error> {
        let title = |reading: &Reading| {
            let article = reading.article.as_ref().filter(|article| article.verdict == Verdict::Article)?;
            (article.page_type == PageType::Article).then(|| article.metadata.title.clone().unwrap_or_default())
        };
        let Some(wanted) = title(reading).filter(|_| parts::is_first(&page.url)) else { return Ok(None) };
        let broken = |part: &Url| Some(Failure::Part { url: page.url.clone(), part: part.clone() });
        let mut next = reading.links.as_ref().and_then(|links| parts::next_part(&page.url, links));
        while let Some(url) = next.take() {
            let (hops, part) = match self.visitor.visit(&url, errand).await? {
                Visit::Answer { hops, page, .. } => (hops, *page),
                Visit::Failed { error, .. } if error.is_transient() => return Ok(broken(&url)),
                Visit::Later { .. } => return Ok(broken(&url)),
                Visit::Failed { .. } | Visit::Denied { .. } => break,
            };
            match part.status {
                429 | 500.. => return Ok(broken(&url)),
                200 if hops.is_empty() => {}
                _ => break,
            }
            let mut read = self.read(&part).await?;
            let goes_on = !read.noarchive && title(&read).is_some_and(|title| parts::is_same_title(&wanted, &title));
            let (Some(article), Some(more)) = (reading.article.as_mut().filter(|_| goes_on), read.article.take())
            else {
                break;
            };
            article.join(part.url.as_str(), more);
            next = read.links.as_ref().and_then(|links| parts::next_part(&part.url, links));
            reading.parts.push(part);
        }
        Ok(None)
    }

    /// Stores an answer and the redirects that led to it, then its further pages and its assets. When it returns, they are on
    /// the disk.
    pub async fn keep(&self, hops: Vec<Page>, page: Page, reading: Reading, filing: &Filing) -> Result<Kept, Error> {
        let Reading { article, profile, seen, noarchive, parts, .. } = reading;
        let wanted = page_assets::wanted(&page, article.as_ref(), filing.assets);
        let mut kept = Kept {
            url: page.url.clone(),
            id: CaptureId::from_parts(0, 0),
            change: Change::New,
            status: page.status,
            title: article.as_ref().and_then(|article| article.metadata.title.clone()),
            published: article.as_ref().and_then(|article| article.metadata.published.clone()),
            words: article.as_ref().map_or(0, Article::words),
            verdict: article.as_ref().map(|article| article.verdict),
            media_type: page.media_type(),
            bytes: 0,
            wire_bytes: hops.iter().chain(&parts).map(|page| page.wire_bytes).sum::<u64>() + page.wire_bytes,
            assets: 0,
            assets_failed: 0,
            truncated: page.truncated.map(crate::page::Truncation::as_str),
        };
        let at = page.at;
        let snapshot = |page: Page| Snapshot {
            source: filing.source.clone(),
            tags: filing.tags.clone(),
            noarchive,
            whole: filing.force,
            ..Snapshot::new(page)
        };
        let part = |part: Page| Snapshot { parent: Some(kept.url.clone()), ..snapshot(part) };
        let further: Vec<Snapshot> = parts.into_iter().map(part).collect();
        let mut snapshots: Vec<Snapshot> = hops.into_iter().map(snapshot).chain(further).collect();
        let is_article = kept.verdict == Some(Verdict::Article);
        snapshots.push(Snapshot { article, profile, ..snapshot(page) });
        let stored = self.writer.store(snapshots).await?;
        kept.bytes = stored.iter().map(|stored| stored.bytes).sum();
        let last = stored.last().ok_or(Error::Lost { what: "the archive's answer" })?;
        (kept.id, kept.change) = (last.id, last.change);
        if let Some(seen) = seen.filter(|_| is_article) {
            let (sites, url) = (Arc::clone(&self.sites), kept.url.clone());
            let learnt = tokio::task::spawn_blocking(move || sites.learn(&url, &seen)).await;
            learnt.map_err(|_| Error::Lost { what: "what learns of sites" })??;
        }
        self.tell_what_stands(&mut kept)?;
        let with_it = self.assets.keep(wanted, &kept.url, at, filing).await?;
        (kept.assets, kept.assets_failed) = (with_it.kept, with_it.failed);
        kept.bytes += with_it.bytes;
        kept.wire_bytes += with_it.wire_bytes;
        Ok(kept)
    }

    /// Fetches the assets of a capture that are not kept: a run that was killed may have kept the page without them.
    pub async fn complete(&self, page: &Page, article: Option<&Article>, filing: &Filing) -> Result<(), Error> {
        let wanted = page_assets::wanted(page, article, filing.assets);
        self.assets.keep(wanted, &page.url, page.at, filing).await.map(|_| ())
    }

    /// Where the server said 304, what is kept already is what the page shows.
    fn tell_what_stands(&self, kept: &mut Kept) -> Result<(), Error> {
        if kept.change == Change::NotModified
            && let Some(capture) = self.archive.capture(&kept.id)?
        {
            kept.status = capture.status;
            kept.media_type = capture.media_type;
            kept.title = capture.title;
            kept.words = usize::try_from(capture.words).unwrap_or(usize::MAX);
            kept.verdict = capture.verdict;
        }
        Ok(())
    }
}

/// What an answer asks of us in its `X-Robots-Tag`.
pub fn asked(page: &Page) -> Directives {
    let values = page.headers.get_all("x-robots-tag");
    values.map(|value| Directives::from_header(value, AGENT)).fold(Directives::default(), Directives::and)
}
