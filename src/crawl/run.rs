//! A crawl: hosts are leased from the frontier one after another, their URLs visited in turn, what documents name goes back
//! to the frontier, what pages say goes to the archive. It ends when nothing is due, or when the flag to stop is raised.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;
use url::Url;

use crate::crawl::board::Board;
use crate::crawl::desk::Desk;
use crate::crawl::error::Error;
use crate::crawl::keep::{Keeper, Kept};
use crate::crawl::purses::Purses;
use crate::crawl::source::Plan;
use crate::crawl::stop::{Reason, Stop, Stopper};
use crate::crawl::summary::Summary;
use crate::frontier::item::{Item, Kind, Outcome};
use crate::frontier::policy::Policy;
use crate::frontier::queue::{Frontier, HostLease, Intake, LeaseRequest};

/// A lease outlasts the slowest visit; a crawler that was killed is replaced long before, by `reclaim_all`.
const HOLD: Duration = Duration::from_secs(600);
/// URLs taken from one host at a time where no delay stands between them.
const BATCH: usize = 256;
/// After so many URLs a host is given back, so that others have their turn.
const LOT_MAX: usize = 4096;
/// How often is looked for a host that another run has in its hands.
const GLANCE: Duration = Duration::from_millis(500);
/// Outcomes that are recorded together.
const RECORDED: usize = 32;
/// A host that cannot be asked for longer than this is left for the next run.
const PATIENCE: Duration = Duration::from_secs(300);

/// How a crawl is done.
#[derive(Debug, Clone)]
pub struct CrawlOptions {
    /// Hosts visited at once.
    pub concurrency: usize,
    /// Requests under way at once to one host.
    pub per_host: usize,
    /// Whether robots.txt is asked.
    pub obey_robots: bool,
    /// Whether pages that ask not to be archived are left alone.
    pub obey_noarchive: bool,
    /// Ends after this many pages.
    pub limit: Option<u64>,
    /// The most followed links of one host.
    pub pages_per_host_max: u64,
    /// How often pages are visited again, and how failures are retried.
    pub policy: Policy,
    /// Whether the documents of sources are read when they can be expected to name something new, and not now.
    pub by_rhythm: bool,
    /// After how many failures in a row a source is failing.
    pub failing_after: u32,
}

impl CrawlOptions {
    /// What bounds the taking in of candidates.
    pub fn intake(&self) -> Intake {
        Intake { links_per_host: Some(self.pages_per_host_max), revisit_min: self.policy.revisit_min }
    }
}

/// What happens in a crawl, for whoever watches.
#[derive(Debug)]
pub enum Event {
    /// A page is kept.
    Kept {
        /// The source.
        source: String,
        /// The capture.
        kept: Box<Kept>,
    },
    /// A page could not be had, or was left alone.
    Trouble {
        /// What.
        url: Url,
        /// A sentence for people.
        message: String,
        /// Whether it counts as a failure; what was left alone on purpose does not.
        failed: bool,
    },
    /// So many URLs are due.
    Queue {
        /// Due now.
        due: u64,
    },
    /// Nothing is left of a budget, and pages of a source wait.
    Spent {
        /// Its name.
        source: String,
        /// When the next page may be fetched.
        until: Timestamp,
    },
    /// A source has failed too often in a row, or works again.
    Source {
        /// Its name.
        name: String,
        /// Whether it fails.
        failing: bool,
        /// Why.
        message: String,
    },
}

impl Event {
    /// What came of a URL, in short, and whether it failed; `None` for an event that is of no URL.
    pub(in crate::crawl) fn outcome(&self) -> Option<(&Url, String, bool)> {
        match self {
            Self::Kept { kept, .. } if kept.status >= 400 => {
                Some((&kept.url, format!("{} ({})", kept.change, kept.status), true))
            }
            Self::Kept { kept, .. } => Some((&kept.url, kept.change.to_string(), false)),
            Self::Trouble { url, message, failed } => Some((url, message.clone(), *failed)),
            _ => None,
        }
    }
}

/// A crawl under way.
pub struct Crawl {
    /// The queue.
    pub frontier: Arc<dyn Frontier>,
    /// Stores.
    pub keeper: Arc<Keeper>,
    /// Every source of this run, by name.
    pub plans: Arc<BTreeMap<String, Arc<Plan>>>,
    /// How it is done.
    pub options: CrawlOptions,
    /// Raises the flag.
    pub stopper: Stopper,
    /// Looks at it.
    pub stop: Stop,
    /// Who watches.
    pub events: mpsc::Sender<Event>,
    /// What may be fetched.
    pub purses: Arc<Purses>,
    /// Where others see how it fares.
    pub board: Arc<Board>,
}

/// What all workers of a run share.
struct Shared {
    crawl: Crawl,
    desk: Desk,
    left: AtomicU64,
}

impl Crawl {
    fn now(&self) -> Timestamp {
        self.keeper.visitor.hosts.clock.now()
    }

    /// Puts the sources' own documents into the queue.
    pub fn begin(&self, now: Timestamp) -> Result<(), Error> {
        for plan in self.plans.values() {
            let mut documents = plan.documents();
            // A schedule says when they are read.
            let now_or_never = !self.options.by_rhythm || plan.schedule.is_some();
            for document in documents.iter_mut().filter(|document| document.kind != Kind::Page) {
                document.again = now_or_never;
            }
            self.frontier.add(&documents, &self.options.intake(), now)?;
        }
        Ok(())
    }

    /// What a worker takes at a time: where a delay stands between requests, no more than go out at once.
    fn request<'a>(&self, sources: &'a [String]) -> LeaseRequest<'a> {
        let slow = !self.keeper.visitor.politeness.delay.is_zero();
        let urls = if slow { self.options.per_host } else { BATCH };
        LeaseRequest { worker: "crawl", hold: HOLD, urls, sources: Some(sources) }
    }

    /// How many URLs are due, and how many more are at hosts that are down.
    fn due(&self, names: &[String], now: Timestamp) -> Result<(u64, u64), Error> {
        let (mut due, mut resting) = (0, 0);
        for name in names {
            let counts = self.frontier.counts(Some(name), now)?;
            due += counts.due;
            resting += counts.resting;
        }
        Ok((due, resting))
    }

    /// Crawls until nothing is due or the flag is raised. Only a disk or a database that fails is an error.
    pub async fn run(self) -> Result<Summary, Error> {
        let started = Instant::now();
        let names: Vec<String> = self.plans.keys().cloned().collect();
        self.begin(self.now())?;
        let left = AtomicU64::new(self.options.limit.unwrap_or(u64::MAX));
        if self.options.limit == Some(0) {
            self.stopper.stop(Reason::Limit);
        }
        let desk = Desk::new(&self)?;
        let board = Arc::clone(&self.board);
        let shared = Arc::new(Shared { crawl: self, desk, left });
        board.begin(&names);
        let result = dispatch(&shared, &names).await;
        board.end(&names);
        if let Err(error) = &result
            && error.is_disk()
        {
            shared.crawl.stopper.stop(Reason::WriteFailed);
        }
        result?;
        shared.desk.settle_sources(&names, shared.crawl.stop.is_raised()).await?;
        let mut summary = shared.desk.summary.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (due, resting) = shared.crawl.due(&names, shared.crawl.now())?;
        summary.waiting = due + resting;
        shared.desk.unpark()?;
        summary.seconds = started.elapsed().as_secs_f64();
        summary.stopped_by = shared.crawl.stop.reason();
        Ok(summary)
    }
}

/// Tells now and then how many URLs are due. That is counted by looking at each of them, so it is done the more rarely the
/// longer it takes.
struct Gauge {
    next: Instant,
}

impl Gauge {
    /// At most a twentieth of the time goes into counting.
    const SHARE: u32 = 20;
    const PERIOD: Duration = Duration::from_secs(2);

    async fn look(&mut self, crawl: &Crawl, names: &[String]) -> Result<(), Error> {
        let began = Instant::now();
        if began < self.next {
            return Ok(());
        }
        let (due, _) = crawl.due(names, crawl.now())?;
        self.next = Instant::now() + Self::PERIOD.max(began.elapsed() * Self::SHARE);
        crawl.board.set_due(due);
        let _ = crawl.events.send(Event::Queue { due }).await;
        Ok(())
    }
}

/// Leases hosts to workers until nothing is left to do.
async fn dispatch(shared: &Arc<Shared>, names: &[String]) -> Result<(), Error> {
    let crawl = &shared.crawl;
    let mut stop = crawl.stop.clone();
    let mut workers: JoinSet<Result<(), Error>> = JoinSet::new();
    let mut gauge = Gauge { next: Instant::now() };
    loop {
        let solvent: Vec<String> = names.iter().filter(|name| crawl.purses.wait(name).is_none()).cloned().collect();
        while workers.len() < crawl.options.concurrency && !stop.is_raised() {
            let Some(lease) = crawl.frontier.lease(&crawl.request(&solvent), crawl.now())? else { break };
            workers.spawn(work(Arc::clone(shared), lease, solvent.clone()));
        }
        let now = crawl.now();
        let wake = if stop.is_raised() { None } else { crawl.frontier.next_wake(Some(&solvent), now)? };
        gauge.look(crawl, names).await?;
        if workers.is_empty() {
            let goes_on = match wake {
                None => false,
                Some(wake) => {
                    crawl.frontier.has_due(Some(&solvent), now)?
                        // A host in the hands of another run comes back when its lease ends, at the latest.
                        && (until(wake, now) <= PATIENCE || (crawl.board.is_shared(names) && until(wake, now) <= HOLD))
                }
            };
            if !goes_on {
                return tell_of_budgets(crawl, names).await;
            }
        }
        // A host that another run has in its hands comes back sooner than its lease says.
        let longest = if crawl.board.is_shared(names) { GLANCE } else { PATIENCE };
        let next = wake.map_or(longest, |wake| until(wake, now).clamp(Duration::from_millis(5), longest));
        tokio::select! {
            Some(done) = workers.join_next() => done.map_err(|_| Error::Lost { what: "a crawler's worker" })??,
            // With every worker busy there is nothing to look for until one is done.
            () = tokio::time::sleep(next), if !stop.is_raised() && workers.len() < crawl.options.concurrency => {}
            () = stop.raised(), if !stop.is_raised() => {}
        }
    }
}

/// Tells which sources wait because nothing is left of a budget.
async fn tell_of_budgets(crawl: &Crawl, names: &[String]) -> Result<(), Error> {
    let now = crawl.now();
    for name in names {
        let Some(wait) = crawl.purses.wait(name) else { continue };
        if crawl.frontier.has_due(Some(std::slice::from_ref(name)), now)? {
            crawl.purses.found_empty(name);
            let until = now.saturating_add(wait).unwrap_or(Timestamp::MAX);
            let _ = crawl.events.send(Event::Spent { source: name.clone(), until }).await;
        }
    }
    crawl.purses.save()
}

fn until(moment: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(moment.duration_since(now)).unwrap_or_default()
}

/// The URLs of a host that a worker has before it.
struct Lot {
    items: VecDeque<Item>,
    /// URLs that may still be taken under this lease.
    room: usize,
}

impl Lot {
    /// Takes more before the connections stand idle.
    fn refill(&mut self, crawl: &Crawl, lease: &HostLease, sources: &[String]) -> Result<(), Error> {
        let mut request = crawl.request(sources);
        request.urls = request.urls.min(self.room);
        if request.urls > 0 && self.items.len() < crawl.options.per_host && !crawl.stop.is_raised() {
            let more = crawl.frontier.extend(lease, &request, crawl.now())?;
            self.room -= more.len();
            self.items.extend(more);
        }
        Ok(())
    }

    /// Takes no more.
    fn close(&mut self) {
        self.items.clear();
        self.room = 0;
    }
}

/// Visits the URLs of one lease, `per_host` at a time, and records what came of them.
async fn work(shared: Arc<Shared>, mut lease: HostLease, sources: Vec<String>) -> Result<(), Error> {
    let crawl = &shared.crawl;
    let _visiting = crawl.board.visiting(&lease.host);
    let mut visits: JoinSet<Result<Option<Outcome>, Error>> = JoinSet::new();
    let items: VecDeque<Item> = std::mem::take(&mut lease.items).into();
    // With a delay the host is given back after each request: its next turn is in the frontier.
    let slow = !crawl.keeper.visitor.politeness.delay.is_zero();
    let mut lot = Lot { items, room: if slow { 0 } else { LOT_MAX } };
    let mut outcomes = Vec::new();
    let mut renewed = Instant::now();
    loop {
        lot.refill(crawl, &lease, &sources)?;
        while visits.len() < crawl.options.per_host {
            let Some(item) = next_item(&shared, &mut lot.items) else { break };
            let shared = Arc::clone(&shared);
            visits.spawn(async move {
                let outcome = shared.desk.visit(&item).await?;
                if outcome.is_none() && item.kind == Kind::Page {
                    // It was not visited after all: another may be in its place.
                    let _ = shared.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_add(1));
                }
                Ok(outcome)
            });
        }
        let done = tokio::select! {
            done = visits.join_next() => done,
            // A visit may last longer than the lease: it waits for other hosts, too, along redirects and for assets.
            () = tokio::time::sleep_until(renewed + HOLD / 4) => {
                crawl.frontier.renew(&lease, HOLD, crawl.now())?;
                renewed = Instant::now();
                continue;
            }
        };
        let Some(done) = done else { break };
        match done.map_err(|_| Error::Lost { what: "a visit" })?? {
            Some(outcome) => outcomes.push(outcome),
            // The host is not to be asked now: others are, and this one again when its time has come.
            None => lot.close(),
        }
        if outcomes.len() >= RECORDED {
            shared.desk.finish(&lease, &mut outcomes)?;
        }
    }
    shared.desk.finish(&lease, &mut outcomes)?;
    crawl.frontier.release(&lease, crawl.now())?;
    Ok(())
}

/// The next URL, unless the run is to stop. The last page that the limit allows raises the flag.
fn next_item(shared: &Shared, items: &mut VecDeque<Item>) -> Option<Item> {
    if shared.crawl.stop.is_raised() {
        return None;
    }
    let item = items.pop_front()?;
    if item.kind == Kind::Page {
        let took = shared.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if matches!(took, Ok(1)) {
            shared.crawl.stopper.stop(Reason::Limit);
        }
        took.ok()?;
    }
    Some(item)
}

/// The counts of a run, shared by its workers.
pub type SharedSummary = Mutex<Summary>;
