//! What a server answered: a page goes to the archive and its links to the frontier, a document of a source is read for what it
//! names. What was stored is on the disk before the frontier hears of it.

use std::sync::Arc;
use std::time::Duration;

use chaffinch_extract::article::Verdict;
use url::Url;

use crate::crawl::desk::Desk;
use crate::crawl::error::Error;
use crate::crawl::hosts::Patience;
use crate::crawl::keep::{Kept, Reading};
use crate::crawl::run::Event;
use crate::crawl::source::{Found, Plan, SourceKind};
use crate::crawl::visit::Errand;
use crate::discover::date::date;
use crate::fetch::request::Validators as Sent;
use crate::frontier::barren::shape;
use crate::frontier::item::{Candidate, Item, Kind, Outcome, Validators};
use crate::frontier::policy::Visit as Finding;
use crate::page::Page;
use crate::snapshot::value::Change;

impl Desk {
    /// A page: to the archive, and its links to the frontier where the source follows them.
    pub(in crate::crawl) async fn page(
        &self,
        item: &Item,
        plan: &Plan,
        hops: Vec<Page>,
        page: Page,
        retry_after: Option<Duration>,
    ) -> Result<Outcome, Error> {
        if matches!(page.status, 429 | 500..) {
            let message = format!("{}: the server answered {}; it is asked again later", page.url, page.status);
            self.count(|summary| summary.failed += 1);
            self.trouble(item, &message, true).await;
            return Ok(self.settle(item, &Finding::Failed { transient: true, retry_after }, None, message));
        }
        let gone = matches!(page.status, 404 | 410);
        if gone && self.keeper.archive.latest(&page.url, None)?.is_none() {
            let message = format!("{}: the server answered {}: there is no such page", page.url, page.status);
            self.count(|summary| summary.gone += 1);
            self.trouble(item, &message, true).await;
            return Ok(self.settle(item, &Finding::Gone, None, message));
        }
        let mut reading = self.keeper.read(&page).await?;
        // What asks not to be kept may still be followed: `nofollow` is another wish.
        let named = reading.links.as_ref().and_then(|links| links.canonical.as_ref());
        if let Some(canonical) = named.and_then(|named| plan.canonical(&page.url, named, self.now())) {
            let known = self.is_kept_as(&canonical, &reading)?;
            let candidate = Candidate { depth: item.depth, ..Candidate::page(canonical.clone(), item.source.clone()) };
            self.take_in(item, Found { candidates: vec![candidate], ..Found::default() }).await?;
            if known {
                self.count(|summary| summary.skipped += 1);
                let note = format!("the same article as {canonical} (canonical)");
                return Ok(self.settle(item, &Finding::Moved, None, note));
            }
        }
        let wanted = !(reading.noarchive && self.options.obey_noarchive);
        if wanted {
            let errand = Errand { validators: None, hurried: false, ..self.errand(item, plan) };
            if let Some(broken) = self.keeper.join(&page, &mut reading, &errand).await? {
                return self.failed(item, &page.url, &broken).await;
            }
        }
        if let Some(links) = &reading.links {
            let mut found = plan.read_links(item, links, self.now());
            if !reading.parts.is_empty() {
                found.candidates.retain(|candidate| !reading.parts.iter().any(|part| part.url == candidate.url));
            }
            let own = shape(&page.url);
            let (alike, others): (Vec<_>, Vec<_>) =
                found.candidates.into_iter().partition(|candidate| shape(&candidate.url) == own);
            let new = self.take_in(item, Found { candidates: others, ..found }).await?;
            self.take_in(item, Found { candidates: alike, ..Found::default() }).await?;
            self.note_yield(item, &reading, new > 0).await;
        }
        if !wanted {
            self.count(|summary| summary.skipped += 1);
            self.trouble(item, &format!("{}: the page asks not to be archived (noarchive)", page.url), false).await;
            return Ok(self.settle(item, &Finding::Unwanted, None, "noarchive"));
        }
        let paid = hops.iter().map(|hop| hop.wire_bytes).sum::<u64>() + page.wire_bytes;
        let (validators, cut) = (Sent::of(&page.headers).map(received), page.truncated.is_some());
        let kept = self.keeper.keep(hops, page, reading, &plan.filing).await?;
        self.count(|summary| summary.count(&kept));
        self.purses.pay(&item.source, kept.wire_bytes.saturating_sub(paid));
        let finding = finding(item, &kept);
        let note = format!("{} ({})", kept.change.word(), kept.status);
        let born = kept.published.as_deref().and_then(date);
        self.tell(Event::Kept { source: item.source.clone(), kept: Box::new(kept) }).await;
        // A body that was cut must come again in full.
        Ok(self.settle_born(item, &finding, validators.filter(|_| !cut), born, note))
    }

    /// Whether the very article of a page is kept under another address. Two that only claim to be one are kept both.
    fn is_kept_as(&self, canonical: &Url, reading: &Reading) -> Result<bool, Error> {
        let Some(article) = reading.article.as_ref().filter(|article| article.verdict == Verdict::Article) else {
            return Ok(false);
        };
        let Some(capture) = self.keeper.archive.latest(canonical, None)? else { return Ok(false) };
        let kept = self.keeper.archive.load_article(&capture).ok().flatten();
        Ok(kept.is_some_and(|kept| !kept.content.is_empty() && kept.text() == article.text()))
    }

    /// A document of a source: read for what it names.
    pub(in crate::crawl) async fn document(
        &self,
        item: &Item,
        plan: &Arc<Plan>,
        page: &Page,
        retry_after: Option<Duration>,
    ) -> Result<Outcome, Error> {
        self.count(|summary| summary.bytes_fetched += page.wire_bytes);
        if plan.kind == SourceKind::Site && item.kind == Kind::Listing {
            let candidates = self.sitemaps(item).await?;
            self.take_in(item, Found { candidates, ..Found::default() }).await?;
        }
        if page.status == 304 {
            self.tally(&item.source, |tally| tally.read = true);
            return Ok(self.settle(item, &Finding::Unchanged, None, "not modified"));
        }
        if page.status != 200 {
            return self.document_failed(item, plan, page, retry_after).await;
        }
        let (reader, read_item, read_page) = (Arc::clone(plan), item.clone(), page.clone());
        let now = self.now();
        let found = tokio::task::spawn_blocking(move || reader.read(&read_item, &read_page, now));
        let found = found.await.map_err(|_| Error::Lost { what: "a reader of sources" })?;
        let cut = page.truncated.map(|why| format!("{}: cut: {}; what came of it was read", page.url, why.told()));
        let problem = cut.or(found.problem.clone());
        let named = found.candidates.len();
        let new = self.take_in(item, found).await?;
        let Some(problem) = problem else {
            self.tally(&item.source, |tally| {
                tally.read = true;
                tally.harvest += new;
            });
            let validators = Sent::of(&page.headers).map(received);
            let finding = if new > 0 { Finding::Changed } else { Finding::Unchanged };
            return Ok(self.settle(item, &finding, validators, format!("named {named} URLs, {new} of them new")));
        };
        self.trouble(item, &problem, named == 0).await;
        self.tally(&item.source, |tally| {
            tally.harvest += new;
            if named == 0 {
                tally.error = Some(problem.clone());
            } else {
                tally.read = true;
            }
        });
        let finding = if new > 0 { Finding::Changed } else { Finding::Unchanged };
        let mut outcome = self.settle(item, &finding, None, problem);
        // A document that could be read in part only is read again in full next time.
        outcome.validators = Some(Validators::default());
        Ok(outcome)
    }

    /// The sitemaps that a site names in its robots.txt (RFC 9309, section 2.2.4; sitemaps.org).
    async fn sitemaps(&self, item: &Item) -> Result<Vec<Candidate>, Error> {
        if !self.options.obey_robots {
            return Ok(Vec::new());
        }
        let Ok(rules) = self.keeper.visitor.robots.rules(&item.url, Patience::Long).await? else {
            return Ok(Vec::new());
        };
        let named = rules.robots.sitemaps().iter().filter_map(|address| item.url.join(address).ok());
        let named = named.filter(|url| matches!(url.scheme(), "http" | "https"));
        Ok(named.map(|url| Candidate::document(url, item.source.clone(), Kind::Sitemap)).collect())
    }

    async fn document_failed(
        &self,
        item: &Item,
        plan: &Plan,
        page: &Page,
        retry_after: Option<Duration>,
    ) -> Result<Outcome, Error> {
        let message = format!("{}: the server answered {} where the source should be", page.url, page.status);
        // The sitemap of a site is a guess of ours; that it is missing is no failure.
        let guessed = plan.kind == SourceKind::Site && item.kind != Kind::Listing;
        if guessed && matches!(page.status, 400..=499) {
            self.take_in(item, Found { candidates: plan.other_sitemaps(&item.url), ..Found::default() }).await?;
            return Ok(self.settle(item, &Finding::Gone, None, message));
        }
        self.count(|summary| summary.failed += 1);
        self.trouble(item, &message, true).await;
        self.tally(&item.source, |tally| tally.error = Some(message.clone()));
        let transient = matches!(page.status, 429 | 500..);
        Ok(self.settle(item, &Finding::Failed { transient, retry_after }, None, message))
    }
}

fn finding(item: &Item, kept: &Kept) -> Finding {
    match (kept.status, kept.change) {
        (404 | 410, _) => Finding::Gone,
        (400.., _) => Finding::Failed { transient: false, retry_after: None },
        (_, Change::New) if item.visited.is_none() => Finding::New,
        (_, Change::New | Change::Edited | Change::Changed) => Finding::Changed,
        (_, Change::Identical | Change::ArticleUnchanged | Change::NotModified) => Finding::Unchanged,
    }
}

fn received(answer: Sent) -> Validators {
    Validators { etag: answer.etag, last_modified: answer.last_modified }
}
