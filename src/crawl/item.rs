//! One URL of a crawl, from the lease to its outcome: pages go to the archive, documents of a source are read for what they
//! name. What was stored is on the disk before the frontier hears of it; a run that is killed in between finds the capture
//! and does not fetch again.

use std::collections::hash_map::RandomState;
use std::collections::{BTreeMap, HashSet};
use std::hash::{BuildHasher, Hasher};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chaffinch_extract::article::Verdict;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;
use url::Url;

use crate::crawl::board::Board;
use crate::crawl::error::Error;
use crate::crawl::hosts::Patience;
use crate::crawl::keep::{Keeper, Kept, Reading};
use crate::crawl::purses::Purses;
use crate::crawl::run::{Crawl, CrawlOptions, Event};
use crate::crawl::source::{Found, Plan, SourceKind};
use crate::crawl::summary::Summary;
use crate::crawl::tally::{self, News, Tallies, Tally};
use crate::crawl::visit::{Errand, Failure, REDIRECTS_MAX, Visit, later};
use crate::discover::date::date;
use crate::discover::parts;
use crate::fetch::request::Validators as Sent;
use crate::frontier::barren::{IN_A_ROW, Yields, shape};
use crate::frontier::item::{Candidate, Item, Kind, Outcome, State, Validators};
use crate::frontier::policy::{Planner, Policy, Visit as Finding};
use crate::frontier::queue::{Frontier, HostLease, SourceState};
use crate::frontier::rates::Rates;
use crate::page::Page;
use crate::snapshot::value::Change;
use crate::store::capture::Capture;

/// What is due again sooner than this waits for the next run: a run visits nothing twice, however short the intervals.
const NEXT_RUN: SignedDuration = SignedDuration::from_mins(5);
/// Where URLs are worked on.
pub struct Desk {
    frontier: Arc<dyn Frontier>,
    keeper: Arc<Keeper>,
    plans: Arc<BTreeMap<String, Arc<Plan>>>,
    options: CrawlOptions,
    events: mpsc::Sender<Event>,
    board: Arc<Board>,
    /// The counts so far.
    pub summary: Mutex<Summary>,
    sources: Mutex<Tallies>,
    parked: Mutex<Vec<(Timestamp, Candidate)>>,
    purses: Arc<Purses>,
    rates: Mutex<BTreeMap<String, Rates>>,
    /// The documents of sources that were met in this run: every page of a site names its feed, and sitemaps may name each
    /// other, but each is read once.
    documents: Mutex<HashSet<Url>>,
    /// What need not be told again in this run.
    told: Mutex<HashSet<String>>,
    /// What pages of every shape have said in this run.
    yields: Mutex<Yields>,
}

impl Desk {
    /// Nothing counted yet.
    pub fn new(crawl: &Crawl) -> Result<Self, Error> {
        let rates = crawl.plans.keys().map(|name| Ok((name.clone(), crawl.frontier.rates(name)?)));
        Ok(Self {
            frontier: Arc::clone(&crawl.frontier),
            keeper: Arc::clone(&crawl.keeper),
            plans: Arc::clone(&crawl.plans),
            options: crawl.options.clone(),
            events: crawl.events.clone(),
            board: Arc::clone(&crawl.board),
            summary: Mutex::default(),
            sources: Mutex::default(),
            parked: Mutex::default(),
            purses: Arc::clone(&crawl.purses),
            rates: Mutex::new(rates.collect::<Result<_, Error>>()?),
            documents: Mutex::default(),
            told: Mutex::default(),
            yields: Mutex::default(),
        })
    }

    fn now(&self) -> Timestamp {
        self.keeper.visitor.hosts.clock.now()
    }

    async fn tell(&self, event: Event) {
        // Nobody watching is no reason to stop.
        let _ = self.events.send(event).await;
    }

    /// Whether this is said for the first time in this run.
    fn is_news(&self, what: String) -> bool {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).insert(what)
    }

    /// Whether a document is met for the first time in this run.
    fn is_unread(&self, url: &Url) -> bool {
        self.documents.lock().unwrap_or_else(PoisonError::into_inner).insert(crate::url::canonical(url))
    }

    fn count(&self, change: impl Fn(&mut Summary)) {
        change(&mut self.summary.lock().unwrap_or_else(PoisonError::into_inner));
        self.board.count(change);
    }

    fn tally(&self, source: &str, change: impl FnOnce(&mut Tally)) {
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        change(sources.entry(source.to_owned()).or_default());
    }

    /// Visits one URL and says what the frontier is to record; `None` where its host gave no turn, so that it stays as due as
    /// it is.
    pub async fn visit(&self, item: &Item) -> Result<Option<Outcome>, Error> {
        let Some(plan) = self.plans.get(&item.source).cloned() else {
            return Ok(Some(self.settle(item, &Finding::Unwanted, None, "its source is not part of this run")));
        };
        let outcome = self.outcome(item, &plan).await?;
        if let Some(outcome) = outcome.as_ref().filter(|_| plan.kind == SourceKind::Urls) {
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
        let errand = Errand {
            validators: Some(sent(&item.validators)).filter(|v| *v != Sent::default()),
            credentials: Arc::clone(&plan.filing.credentials),
            obey_robots: self.options.obey_robots,
            delay: plan.delay,
            scope: (item.kind == Kind::Page).then(|| Arc::clone(&plan.scope)),
            hurried: true,
            asset: false,
        };
        let mut visit = self.keeper.visitor.visit(&item.url, &errand).await?;
        if item.kind == Kind::Page && self.has_lost_its_copy(&visit)? {
            visit =
                self.keeper.visitor.visit(&item.url, &Errand { validators: None, hurried: false, ..errand }).await?;
        }
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

    async fn failed(&self, item: &Item, asked: &Url, error: &Failure) -> Result<Outcome, Error> {
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

    /// A page: to the archive, and its links to the frontier where the source follows them.
    async fn page(
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
        self.note_yield(item, &reading).await;
        // What asks not to be kept may still be followed: `nofollow` is another wish.
        if let Some(canonical) = Self::stands_elsewhere(plan, &page, &reading) {
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
            self.keeper.join(&page, &mut reading, &plan.filing).await?;
        }
        if let Some(links) = &reading.links {
            let mut found = plan.read_links(item, links, self.now());
            if !reading.parts.is_empty() {
                found.candidates.retain(|candidate| !parts::is_part_of(&page.url, &candidate.url));
            }
            self.take_in(item, found).await?;
        }
        if !wanted {
            self.count(|summary| summary.skipped += 1);
            self.trouble(item, &format!("{}: the page asks not to be archived (noarchive)", page.url), false).await;
            return Ok(self.settle(item, &Finding::Unwanted, None, "noarchive"));
        }
        let (validators, cut) = (Sent::of(&page.headers).map(received), page.truncated.is_some());
        let kept = self.keeper.keep(hops, page, reading, &plan.filing).await?;
        self.count(|summary| summary.count(&kept));
        self.purses.pay(&item.source, kept.wire_bytes);
        let finding = finding(item, &kept);
        let note = format!("{} ({})", word(kept.change), kept.status);
        let born = kept.published.as_deref().and_then(date);
        self.tell(Event::Kept { source: item.source.clone(), kept: Box::new(kept) }).await;
        // A body that was cut must come again in full.
        Ok(self.settle_born(item, &finding, validators.filter(|_| !cut), born, note))
    }

    /// The address under which a page says that it stands in truth: on the same site, and part of the source.
    fn stands_elsewhere(plan: &Plan, page: &Page, reading: &Reading) -> Option<Url> {
        let named = reading.links.as_ref().and_then(|links| links.canonical.as_ref()).map(crate::url::canonical);
        named.filter(|named| {
            // An article does not stand at the front door; a page that says so of itself was put together carelessly.
            *named != page.url
                && crate::url::site(named) == crate::url::site(&page.url)
                && named.path() != "/"
                && plan.scope.admit(named, 0).is_ok()
        })
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
    async fn document(
        &self,
        item: &Item,
        plan: &Arc<Plan>,
        page: &Page,
        retry_after: Option<Duration>,
    ) -> Result<Outcome, Error> {
        self.count(|summary| summary.bytes_fetched += page.wire_bytes);
        self.purses.pay(&item.source, page.wire_bytes);
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
        // Without validators: a document that could be read in part only is read again in full next time.
        Ok(self.settle(item, &Finding::Changed, Some(Validators::default()), problem))
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

    /// Puts candidates into the frontier and says what was left out; how many were new.
    async fn take_in(&self, item: &Item, mut found: Found) -> Result<u64, Error> {
        for (url, trap) in found.trapped {
            self.count(|summary| summary.skipped += 1);
            // A trap brings thousands of its kind.
            if self.is_news(format!("{} {:?}", item.source, std::mem::discriminant(&trap))) {
                let message =
                    format!("{url}: left alone: {trap}; others like it are counted as skipped and not told again");
                self.tell(Event::Trouble { url, message, failed: false }).await;
            }
        }
        found.candidates.retain(|candidate| candidate.kind == Kind::Page || self.is_unread(&candidate.url));
        self.leave_out_barren(&mut found.candidates);
        let now = self.now();
        let added = self.frontier.add(&found.candidates, &self.options.intake(), now)?;
        if added.over_budget > 0 {
            self.count(|summary| summary.skipped += added.over_budget);
        }
        if added.over_budget > 0 && self.is_news(format!("budget {}", crate::url::host(&item.url))) {
            let message = format!(
                "{}: {} URLs left alone: the host has its {} pages (crawl.max_pages_per_host)",
                item.url, added.over_budget, self.options.pages_per_host_max
            );
            self.tell(Event::Trouble { url: item.url.clone(), message, failed: false }).await;
        }
        Ok(added.new)
    }

    /// Whether pages like this one have said nothing new for long. What a source names itself is never left out.
    fn is_barren(&self, item: &Item) -> bool {
        item.depth > 0 && self.yields.lock().unwrap_or_else(PoisonError::into_inner).is_barren(&item.url)
    }

    /// Leaves out links to pages like those that have said nothing new for long.
    fn leave_out_barren(&self, candidates: &mut Vec<Candidate>) {
        let before = candidates.len();
        {
            let yields = self.yields.lock().unwrap_or_else(PoisonError::into_inner);
            candidates.retain(|candidate| candidate.depth == 0 || !yields.is_barren(&candidate.url));
        }
        let left_out = (before - candidates.len()) as u64;
        if left_out > 0 {
            self.count(|summary| summary.skipped += left_out);
        }
    }

    /// Takes in what a page that was found by following links says.
    async fn note_yield(&self, item: &Item, reading: &Reading) {
        let Some(article) = reading.article.as_ref().filter(|_| item.depth > 0) else { return };
        let barren = self.yields.lock().unwrap_or_else(PoisonError::into_inner).note(&item.url, &article.text());
        if barren {
            let message = format!(
                "{}: trap: the last {IN_A_ROW} pages like it said nothing new; others like it ({}) are left alone in this run",
                item.url,
                shape(&item.url)
            );
            self.trouble(item, &message, false).await;
        }
    }

    async fn trouble(&self, item: &Item, message: &str, failed: bool) {
        self.tell(Event::Trouble { url: item.url.clone(), message: message.to_owned(), failed }).await;
    }

    fn settle(
        &self,
        item: &Item,
        finding: &Finding,
        validators: Option<Validators>,
        note: impl Into<String>,
    ) -> Outcome {
        self.settle_born(item, finding, validators, None, note)
    }

    /// How often pages of a source are visited again: within its own bounds, and less often while its budget is too small.
    fn policy(&self, source: &str) -> Policy {
        let mut policy = self.options.policy;
        if let Some(plan) = self.plans.get(source) {
            policy.revisit_min = plan.revisit_min.unwrap_or(policy.revisit_min);
            policy.revisit_max = plan.revisit_max.unwrap_or(policy.revisit_max).max(policy.revisit_min);
        }
        let stretched = policy.gain.as_secs_f64() * self.purses.stretch(source);
        policy.gain = Duration::try_from_secs_f64(stretched).unwrap_or(Duration::MAX);
        policy
    }

    /// As `settle`, of a page that says when it was published.
    fn settle_born(
        &self,
        item: &Item,
        finding: &Finding,
        validators: Option<Validators>,
        born: Option<Timestamp>,
        note: impl Into<String>,
    ) -> Outcome {
        let now = self.now();
        let policy = self.policy(&item.source);
        let mut rates = self.rates.lock().unwrap_or_else(PoisonError::into_inner);
        // Those of a source that is not part of the run are not loaded, and not written either.
        let mut unknown = Rates::default();
        let rates = rates.get_mut(&item.source).unwrap_or(&mut unknown);
        let mut planner = Planner { policy: &policy, rates, now, random: chance() };
        let mut outcome = planner.settle(item, finding, validators, born, note);
        let later = now.saturating_add(NEXT_RUN).unwrap_or(Timestamp::MAX);
        if let Some(due) = outcome.due.filter(|due| outcome.state == State::Done && *due < later) {
            outcome.due = Some(later);
            let again = Candidate {
                depth: item.depth,
                kind: item.kind,
                priority: item.priority,
                again: true,
                ..Candidate::page(item.url.clone(), item.source.clone())
            };
            self.parked.lock().unwrap_or_else(PoisonError::into_inner).push((due, again));
        }
        outcome
    }

    /// At the end of a run: what has become due while it went on is due for the next.
    pub fn unpark(&self) -> Result<(), Error> {
        let now = self.now();
        let parked = std::mem::take(&mut *self.parked.lock().unwrap_or_else(PoisonError::into_inner));
        let due: Vec<Candidate> = parked.into_iter().filter(|(due, _)| *due <= now).map(|(_, again)| again).collect();
        self.frontier.add(&due, &self.options.intake(), now)?;
        Ok(())
    }

    /// Records outcomes and the host's pace in one transaction.
    pub fn finish(&self, lease: &HostLease, outcomes: &mut Vec<Outcome>) -> Result<(), Error> {
        if !outcomes.is_empty() {
            self.remember_rates()?;
            self.purses.save()?;
            let pace = self.keeper.visitor.hosts.pace(&lease.host)?;
            self.frontier.finish(lease, outcomes, &pace, self.now())?;
            outcomes.clear();
        }
        Ok(())
    }

    /// Records how often the pages of each source change.
    fn remember_rates(&self) -> Result<(), Error> {
        let rates = self.rates.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Ok(rates.iter().try_for_each(|(source, rates)| self.frontier.set_rates(source, rates))?)
    }

    /// Records how every source has done, and tells of those that began to fail or work again.
    /// A source of which nothing was due has run, too, unless the run ended before its turn (`cut_short`).
    pub async fn settle_sources(&self, names: &[String], cut_short: bool) -> Result<(), Error> {
        let now = self.now();
        let tallies = std::mem::take(&mut *self.sources.lock().unwrap_or_else(PoisonError::into_inner));
        for name in names {
            let tally = tallies.get(name);
            if tally.is_none() && cut_short {
                continue;
            }
            let before = self.frontier.source(name)?;
            let before = before.unwrap_or_else(|| SourceState { name: name.clone(), ..SourceState::default() });
            let (state, news) = tally::settle(before, tally, self.options.failing_after, now);
            if tally.is_some_and(|tally| tally.failure().is_some()) {
                self.count(|summary| summary.sources_failed.push(name.clone()));
            }
            match news {
                Some(News::Failing(message)) => {
                    self.tell(Event::Source { name: name.clone(), failing: true, message }).await;
                }
                Some(News::Recovered(message)) => {
                    self.tell(Event::Source { name: name.clone(), failing: false, message }).await;
                }
                None => {}
            }
            self.frontier.set_source(&state)?;
        }
        Ok(())
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

/// The word for a change, as listings and JSON have it.
pub fn word(change: Change) -> &'static str {
    match change {
        Change::New => "new",
        Change::Identical => "identical",
        Change::ArticleUnchanged => "article_unchanged",
        Change::Edited => "edited",
        Change::NotModified => "not_modified",
        Change::Changed => "changed",
    }
}

fn sent(kept: &Validators) -> Sent {
    Sent { etag: kept.etag.clone(), last_modified: kept.last_modified.clone() }
}

fn received(answer: Sent) -> Validators {
    Validators { etag: answer.etag, last_modified: answer.last_modified }
}

/// Evenly from 0 to 1: for jitter, where nothing hangs on its quality.
fn chance() -> f64 {
    let bits = RandomState::new().build_hasher().finish();
    (bits >> 11) as f64 / (1u64 << 53) as f64
}
