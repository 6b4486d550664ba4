//! One URL of a crawl, from the lease to its outcome. A run that is killed between storing and recording finds the capture the
//! next time, and does not fetch again.

use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use url::Url;

use crate::crawl::desk::Desk;
use crate::crawl::error::Error;
use crate::crawl::source::{Plan, SourceKind};
use crate::crawl::visit::{Errand, Failure, REDIRECTS_MAX, Visit, later};
use crate::fetch::request::Validators as Sent;
use crate::frontier::item::{BY_HAND, Item, Kind, Outcome, State, Validators};
use crate::frontier::policy::Visit as Finding;
use crate::store::capture::Capture;

impl Desk {
    /// Visits one URL and says what the frontier is to record; `None` where its host gave no turn, so that it stays as due as
    /// it is.
    pub async fn visit(&self, item: &Item) -> Result<Option<Outcome>, Error> {
        let Some(plan) = self.plans.get(&item.source).cloned() else {
            return Ok(Some(self.settle(item, &Finding::Unwanted, None, "its source is not part of this run")));
        };
        let outcome = self.outcome(item, &plan).await?;
        if let Some(outcome) = outcome.as_ref().filter(|_| plan.kind == SourceKind::Urls && item.source != BY_HAND) {
            // Such a source has no document that could fail: it fails where every page does.
            self.tally(&item.source, |tally| match outcome.state {
                State::Done => {
                    tally.read = true;
                    tally.harvest += u64::from(item.visited.is_none());
                }
                _ => tally.error = Some(outcome.note.clone()),
            });
        }
        Ok(outcome)
    }

    async fn outcome(&self, item: &Item, plan: &Arc<Plan>) -> Result<Option<Outcome>, Error> {
        if let Some(until) = plan.quiet.and_then(|quiet| quiet.until(self.now(), &TimeZone::system())) {
            if self.is_news(format!("quiet {}", item.source)) {
                let until = until.strftime("%Y-%m-%d %H:%M:%S UTC");
                self.trouble(item, &format!("source {}: left alone until {until} (quiet hours)", item.source), false)
                    .await;
            }
            return Ok(Some(self.settle(item, &Finding::HostDown { until }, None, "quiet hours")));
        }
        if self.is_barren(item) {
            self.count(|summary| summary.skipped += 1);
            return Ok(Some(self.settle(item, &Finding::Unwanted, None, "trap: pages like it said nothing new")));
        }
        if item.kind != Kind::Page {
            self.is_unread(&item.url);
        } else if let Some(outcome) = self.kept_already(item, plan).await? {
            return Ok(Some(outcome));
        }
        let mut errand = self.errand(item, plan);
        if item.kind == Kind::Page {
            if errand.validators.is_some() && self.goes_on(&item.url)? {
                // That the first page is unchanged says nothing of the others.
                errand.validators = None;
            }
            if !self.purses.take(&item.source) {
                return Ok(None);
            }
        }
        let mut visit = self.keeper.visitor.visit(&item.url, &errand).await?;
        if item.kind == Kind::Page && self.has_lost_its_copy(&visit)? {
            visit =
                self.keeper.visitor.visit(&item.url, &Errand { validators: None, hurried: false, ..errand }).await?;
        }
        self.settle_purse(item, &visit);
        let outcome = match visit {
            Visit::Denied { url, reason, unavailable } => {
                self.count(|summary| summary.denied += 1);
                self.trouble(item, &reason, false).await;
                if item.kind != Kind::Page {
                    self.tally(&item.source, |tally| tally.error = Some(reason.clone()));
                }
                let finding = match self.host_down(item, &url)? {
                    Some(down) if unavailable => down,
                    _ if unavailable => Finding::Failed { transient: true, retry_after: None },
                    _ => Finding::Denied,
                };
                self.settle(item, &finding, None, reason)
            }
            Visit::Later { until: None, .. } => return Ok(None),
            Visit::Later { url, until: Some(until), down } => return self.put_off(item, &url, until, down).await,
            Visit::Failed { url, error, .. } => self.failed(item, &url, &error).await?,
            Visit::Answer { hops, page, retry_after } => match item.kind {
                Kind::Page => self.page(item, plan, hops, *page, retry_after).await?,
                _ => self.document(item, plan, &page, retry_after).await?,
            },
        };
        Ok(Some(outcome))
    }

    /// What the visit of a URL is to do.
    pub(in crate::crawl) fn errand(&self, item: &Item, plan: &Plan) -> Errand {
        Errand {
            validators: Some(sent(&item.validators)).filter(|v| *v != Sent::default()),
            credentials: Arc::clone(&plan.filing.credentials),
            obey_robots: self.options.obey_robots,
            delay: plan.delay,
            scope: (item.kind == Kind::Page).then(|| Arc::clone(&plan.scope)),
            // A run that ends after so many pages has no other work to do meanwhile.
            hurried: self.options.limit.is_none(),
            asset: false,
        }
    }

    /// Whether the article of a page goes on over further ones.
    fn goes_on(&self, url: &Url) -> Result<bool, Error> {
        let Some(capture) = self.keeper.archive.latest_article(url, None)? else { return Ok(false) };
        Ok(self.keeper.archive.load_article(&capture).ok().flatten().is_some_and(|article| !article.pages.is_empty()))
    }

    /// What came over the wire is paid for; a page that was not asked for after all is given back.
    fn settle_purse(&self, item: &Item, visit: &Visit) {
        match visit {
            Visit::Answer { hops, page, .. } => {
                let bytes = hops.iter().map(|hop| hop.wire_bytes).sum::<u64>() + page.wire_bytes;
                self.purses.pay(&item.source, bytes);
            }
            Visit::Denied { .. } | Visit::Later { .. } if item.kind == Kind::Page => {
                self.purses.give_back(&item.source);
            }
            _ => {}
        }
    }

    /// For a URL whose visit met a host that wants to be left alone. Where it is the URL's own, the whole host sleeps in the
    /// frontier; where it stands at the end of a redirect, the URL alone is tried again later.
    async fn put_off(&self, item: &Item, url: &Url, until: Timestamp, down: bool) -> Result<Option<Outcome>, Error> {
        let own = self.keeper.visitor.hosts.pace(&crate::url::host(&item.url))?;
        if own.next.max(own.rests).is_some_and(|next| next >= until) {
            // Nobody is to be sent there before, whoever asked the host last.
            self.frontier.set_pace(&crate::url::host(&item.url), &own)?;
            return Ok(None);
        }
        self.count(|summary| summary.failed += 1);
        let message = later(url, Some(until), down);
        self.trouble(item, &message, true).await;
        let retry_after = Duration::try_from(until.duration_since(self.now())).ok();
        Ok(Some(self.settle(item, &Finding::Failed { transient: true, retry_after }, None, message)))
    }

    /// Where a URL's own host is down, that is the host's matter: it sleeps with all its URLs, and none of them failed.
    fn host_down(&self, item: &Item, asked: &Url) -> Result<Option<Finding>, Error> {
        let host = crate::url::host(&item.url);
        if crate::url::host(asked) != host {
            return Ok(None);
        }
        let until = self.keeper.visitor.hosts.resting(&host, self.now())?;
        Ok(until.map(|until| Finding::HostDown { until }))
    }

    /// Whether the server says that nothing has changed of which there is no good capture: it was taken out of the archive, or
    /// the frontier is of another one.
    fn has_lost_its_copy(&self, visit: &Visit) -> Result<bool, Error> {
        let Visit::Answer { page, .. } = visit else { return Ok(false) };
        if page.status != 304 {
            return Ok(false);
        }
        let good = |capture: &Capture| (200..300).contains(&capture.status) && capture.url == page.url;
        if self.keeper.archive.latest(&page.url, None)?.as_ref().is_some_and(good) {
            return Ok(false);
        }
        Ok(!self.keeper.archive.history(&page.url)?.iter().any(good))
    }

    /// The outcome for a page that was captured since the frontier last heard of it: by a run that was killed, or by hand.
    async fn kept_already(&self, item: &Item, plan: &Arc<Plan>) -> Result<Option<Outcome>, Error> {
        let now = self.now();
        let Some(capture) = self.fresh_capture(item, now)? else { return Ok(None) };
        let archive = Arc::clone(&self.keeper.archive);
        let load = move || Ok((archive.load_page(&capture)?, archive.load_article(&capture)?));
        let load: Result<_, crate::store::error::Error> =
            tokio::task::spawn_blocking(load).await.map_err(|_| Error::Lost { what: "a reader of pages" })?;
        // A capture that cannot be read back must be made again.
        let Ok((page, article)) = load else { return Ok(None) };
        if plan.leads_on(item.depth) {
            // Whoever captured it by hand did not follow its links.
            let (reader, read_item, read_page) = (Arc::clone(plan), item.clone(), page.clone());
            let found = tokio::task::spawn_blocking(move || reader.read(&read_item, &read_page, now));
            let found = found.await.map_err(|_| Error::Lost { what: "a reader of pages" })?;
            self.take_in(item, found).await?;
        }
        self.keeper.complete(&page, article.as_ref(), &plan.filing).await?;
        self.count(|summary| summary.skipped += 1);
        let finding = if item.visited.is_none() { Finding::New } else { Finding::Unchanged };
        Ok(Some(self.settle(item, &finding, None, "captured already")))
    }

    /// The good capture that a URL led to a short while ago, along redirects that were captured with it.
    fn fresh_capture(&self, item: &Item, now: Timestamp) -> Result<Option<Capture>, Error> {
        let fresh = SignedDuration::try_from(self.options.policy.revisit_min).unwrap_or(SignedDuration::MAX);
        let mut at = item.url.clone();
        for _ in 0..=REDIRECTS_MAX {
            let Some(capture) = self.keeper.archive.latest(&at, None)? else { return Ok(None) };
            let unheard = item.visited.is_none_or(|visited| capture.at > visited);
            if !unheard || now.duration_since(capture.at) > fresh {
                return Ok(None);
            }
            if capture.status == 200 {
                return Ok(Some(capture));
            }
            let Ok(Some(next)) = self.keeper.archive.load_page(&capture).map(|page| page.redirect()) else {
                return Ok(None);
            };
            at = crate::url::canonical(&next);
        }
        Ok(None)
    }

    pub(in crate::crawl) async fn failed(&self, item: &Item, asked: &Url, error: &Failure) -> Result<Outcome, Error> {
        let message = error.to_string();
        if matches!(error, Failure::OutOfScope { .. }) {
            self.count(|summary| summary.skipped += 1);
            self.trouble(item, &message, false).await;
            return Ok(self.settle(item, &Finding::Unwanted, None, message));
        }
        self.count(|summary| summary.failed += 1);
        self.trouble(item, &message, true).await;
        if item.kind != Kind::Page {
            self.tally(&item.source, |tally| tally.error = Some(message.clone()));
        }
        let finding = Finding::Failed { transient: error.is_transient(), retry_after: None };
        let finding = self.host_down(item, asked)?.unwrap_or(finding);
        Ok(self.settle(item, &finding, None, message))
    }
}

fn sent(kept: &Validators) -> Sent {
    Sent { etag: kept.etag.clone(), last_modified: kept.last_modified.clone() }
}
