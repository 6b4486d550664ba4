//! What all workers of a run share: the counts, what was met and told, how often pages change, what is left of the budgets; and
//! what every outcome goes through before the frontier hears of it. What comes of a URL is `item.rs`'s and `answers.rs`'s matter.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;
use url::Url;

use crate::crawl::board::{Board, Recent};
use crate::crawl::chance::chance;
use crate::crawl::error::Error;
use crate::crawl::keep::{Keeper, Reading};
use crate::crawl::purses::Purses;
use crate::crawl::run::{Crawl, CrawlOptions, Event};
use crate::crawl::source::{Found, Plan};
use crate::crawl::summary::Summary;
use crate::crawl::tally::{self, News, Tallies, Tally};
use crate::frontier::barren::{IN_A_ROW, Yields, shape};
use crate::frontier::item::{BY_HAND, Candidate, Item, Kind, Outcome, State, Validators};
use crate::frontier::policy::{Planner, Policy, Visit as Finding};
use crate::frontier::queue::{Frontier, HostLease, Intake, SourceState};
use crate::frontier::rates::Rates;

/// What is due again sooner than this waits for the next run: a run visits nothing twice, however short the intervals.
const NEXT_RUN: SignedDuration = SignedDuration::from_mins(5);

/// Where URLs are worked on.
pub struct Desk {
    pub(in crate::crawl) frontier: Arc<dyn Frontier>,
    pub(in crate::crawl) keeper: Arc<Keeper>,
    pub(in crate::crawl) plans: Arc<BTreeMap<String, Arc<Plan>>>,
    pub(in crate::crawl) options: CrawlOptions,
    pub(in crate::crawl) events: mpsc::Sender<Event>,
    pub(in crate::crawl) board: Arc<Board>,
    /// The counts so far.
    pub summary: Mutex<Summary>,
    pub(in crate::crawl) sources: Mutex<Tallies>,
    pub(in crate::crawl) parked: Mutex<Vec<(Timestamp, Candidate)>>,
    pub(in crate::crawl) purses: Arc<Purses>,
    /// How often pages of each source change, and whether something was learnt that the frontier does not have.
    pub(in crate::crawl) rates: Mutex<BTreeMap<String, (Rates, bool)>>,
    /// The documents of sources that were met in this run: every page of a site names its feed, and sitemaps may name each
    /// other, but each is read once.
    pub(in crate::crawl) documents: Mutex<HashSet<Url>>,
    /// What need not be told again in this run.
    pub(in crate::crawl) told: Mutex<HashSet<String>>,
    /// What pages of every shape have said in this run.
    pub(in crate::crawl) yields: Mutex<Yields>,
}

impl Desk {
    /// Nothing counted yet.
    pub fn new(crawl: &Crawl) -> Result<Self, Error> {
        let rates = crawl.plans.keys().map(|name| Ok((name.clone(), (crawl.frontier.rates(name)?, false))));
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

    pub(in crate::crawl) fn now(&self) -> Timestamp {
        self.keeper.visitor.hosts.clock.now()
    }

    pub(in crate::crawl) async fn tell(&self, event: Event) {
        if let Some((url, what, failed)) = event.outcome() {
            let (at, url) = (self.now(), url.to_string());
            self.board.saw(Recent { at, url, what, failed });
        }
        // Nobody watching is no reason to stop.
        let _ = self.events.send(event).await;
    }

    /// Whether this is said for the first time in this run.
    pub(in crate::crawl) fn is_news(&self, what: String) -> bool {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).insert(what)
    }

    /// Whether a document is met for the first time in this run.
    pub(in crate::crawl) fn is_unread(&self, url: &Url) -> bool {
        self.documents.lock().unwrap_or_else(PoisonError::into_inner).insert(crate::url::canonical(url))
    }

    pub(in crate::crawl) fn count(&self, change: impl Fn(&mut Summary)) {
        change(&mut self.summary.lock().unwrap_or_else(PoisonError::into_inner));
        self.board.count(change);
    }

    pub(in crate::crawl) fn tally(&self, source: &str, change: impl FnOnce(&mut Tally)) {
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        change(sources.entry(source.to_owned()).or_default());
    }

    /// Puts candidates into the frontier and says what was left out; how many were new.
    pub(in crate::crawl) async fn take_in(&self, item: &Item, mut found: Found) -> Result<u64, Error> {
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
        let intake = Intake { revisit_min: self.policy(&item.source).revisit_min, ..self.options.intake() };
        let added = self.frontier.add(&found.candidates, &intake, now)?;
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
    pub(in crate::crawl) fn is_barren(&self, item: &Item) -> bool {
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
    pub(in crate::crawl) async fn note_yield(&self, item: &Item, reading: &Reading, leads_on: bool) {
        let Some(article) = reading.article.as_ref().filter(|_| item.depth > 0) else { return };
        let barren =
            self.yields.lock().unwrap_or_else(PoisonError::into_inner).note(&item.url, &article.text(), leads_on);
        if barren {
            let message = format!(
                "{}: trap: the last {IN_A_ROW} pages like it said nothing new; others like it ({}) are left alone in this run",
                item.url,
                shape(&item.url)
            );
            self.trouble(item, &message, false).await;
        }
    }

    pub(in crate::crawl) async fn trouble(&self, item: &Item, message: &str, failed: bool) {
        self.tell(Event::Trouble { url: item.url.clone(), message: message.to_owned(), failed }).await;
    }

    pub(in crate::crawl) fn settle(
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
    pub(in crate::crawl) fn settle_born(
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
        let mut unknown = (Rates::default(), false);
        let (rates, learnt) = rates.get_mut(&item.source).unwrap_or(&mut unknown);
        *learnt = true;
        let mut planner = Planner { policy: &policy, rates, now, random: chance() };
        let mut outcome = planner.settle(item, finding, validators, born, note);
        if item.source == BY_HAND && item.visited.is_none() && outcome.state != State::Waiting {
            // Once was asked for; what a source looked after before goes on being looked after.
            outcome.due = None;
        }
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
        let mut rates = self.rates.lock().unwrap_or_else(PoisonError::into_inner);
        for (source, (rates, learnt)) in rates.iter_mut().filter(|(_, (_, learnt))| *learnt) {
            self.frontier.set_rates(source, rates)?;
            *learnt = false;
        }
        Ok(())
    }

    /// Records how every source has done, and tells of those that began to fail or work again.
    /// A source of which nothing was due has run, too, unless the run ended before its turn (`cut_short`).
    pub async fn settle_sources(&self, names: &[String], cut_short: bool) -> Result<(), Error> {
        let now = self.now();
        let tallies = std::mem::take(&mut *self.sources.lock().unwrap_or_else(PoisonError::into_inner));
        for name in names.iter().filter(|name| *name != BY_HAND) {
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
