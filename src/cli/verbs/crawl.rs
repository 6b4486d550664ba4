//! `crawl`: works through the sources once, or, with `--watch`, whenever one is due.

use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use indicatif::ProgressBar;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tokio::sync::mpsc;
use tokio::time::Instant;
use url::Url;

use crate::cli::args::CrawlArgs;
use crate::cli::beacon::Beacon;
use crate::cli::config::values::{Config, Robots};
use crate::cli::exit::Exit;
use crate::cli::face::{bytes, count, plain};
use crate::cli::plans::{Plans, allowance, by_hand, next_by_hand, next_run, plans};
use crate::cli::progress;
use crate::cli::setup::{Failure, Setup, crawl_failure};
use crate::cli::shell::{self, Tools};
use crate::cli::verbs::archive::ArchiveRecord;
use crate::crawl::board::Board;
use crate::crawl::keep::Kept;
use crate::crawl::purses::Purses;
use crate::crawl::run::{Crawl, CrawlOptions, Event};
use crate::crawl::source::Plan;
use crate::crawl::stop::{self, Reason, Stop, Stopper};
use crate::crawl::summary::Summary;
use crate::frontier::item::BY_HAND;
use crate::frontier::policy::Policy;
use crate::frontier::queue::Intake;
use crate::frontier::sqlite::{self, SqliteFrontier};
use crate::store::lease::LeaseError;

/// Without a schedule, `--watch` runs a source no oftener than this: each run ends by sealing what it brought.
const WATCH_PAUSE: Duration = Duration::from_secs(5 * 60);
/// And this often where nothing of the source has a time of its own.
const WATCH_INTERVAL: Duration = Duration::from_secs(15 * 60);

/// How often `--watch` looks whether something was asked for by hand.
const QUEUE_GLANCE: Duration = Duration::from_secs(2);

/// What has happened and is not told yet; a hook that takes its time slows the crawl instead of filling the memory.
const EVENTS_WAITING_MAX: usize = 1024;

/// A capture of a crawl, as `--json` prints it.
#[derive(Serialize)]
struct CrawlRecord<'a> {
    source: &'a str,
    #[serde(flatten)]
    capture: ArchiveRecord,
}

/// A page that could not be had, or was left alone, as `--json` prints it.
#[derive(Serialize)]
struct TroubleRecord<'a> {
    url: &'a str,
    error: &'a str,
    /// Whether it counts as a failure; what was left alone on purpose does not.
    failed: bool,
}

/// A page that would be visited, as `--dry-run --json` prints it.
#[derive(Serialize)]
struct DueRecord<'a> {
    source: &'a str,
    url: &'a str,
    state: &'static str,
}

/// The last line.
#[derive(Serialize)]
struct SummaryRecord<'a> {
    summary: bool,
    #[serde(flatten)]
    counts: &'a Summary,
}

/// Crawls.
pub fn run(setup: &Setup, args: &CrawlArgs) -> anyhow::Result<Exit> {
    let config = with_flags(&setup.config, args);
    let mut plans = plans(setup, &config, &args.sources)?;
    if plans.is_empty() && !waits_by_hand(setup)? {
        let message = "no sources: add a [[source]] to the configuration (`chaffinch init` writes one with examples), \
                       or use `chaffinch archive URL`";
        return Err(Failure::new(Exit::Usage, message));
    }
    if args.sources.is_empty() {
        plans.insert(BY_HAND.to_owned(), by_hand(&config)?);
    }
    let archive = setup.open_or_create()?;
    let _lease = match archive.crawl_lease(setup.now()) {
        Ok(lease) => lease,
        Err(busy @ LeaseError::StillRunning { .. }) => return Err(Failure::new(Exit::Busy, busy.to_string())),
        Err(error) => return Err(Failure::new(Exit::Unwritable, error.to_string())),
    };
    let runtime = shell::runtime()?;
    runtime.block_on(async {
        let (stopper, stop) = stop::flag();
        let tools = Tools::new(setup, &config, archive, false, stop.clone())?;
        tools.frontier.reclaim_all(setup.now()).map_err(|error| crawl_failure(&error.into()))?;
        shell::watch_signals(stopper.clone());
        set_deadline(&stopper, args.max_runtime.map(|span| span.0));
        let board = Arc::new(Board::new(setup.now()));
        let whole = allowance(Some(config.crawl.pages_per_hour), Some(config.crawl.bytes_per_day));
        let sources = plans.values().map(|plan| (plan.name.clone(), plan.allowance));
        let clock = tools.keeper.visitor.hosts.clock;
        let purses = Purses::open(Arc::clone(&tools.frontier), clock, whole, sources.collect::<Vec<_>>());
        let purses = Arc::new(purses.map_err(|error| crawl_failure(&error))?);
        let session = Session { setup, config: &config, args, tools, stopper, stop, board, purses };
        if args.dry_run {
            return session.dry_run(plans).await;
        }
        let frontier = Arc::clone(&session.tools.frontier);
        let _beacon = Beacon::light(Arc::clone(&session.board), frontier, &config.crawl.metrics).await?;
        if args.watch { session.watch(plans).await } else { session.once(session.due(plans)?).await }
    })
}

/// Whether something was asked for by hand, where no source is configured. Looking makes no archive.
fn waits_by_hand(setup: &Setup) -> anyhow::Result<bool> {
    let file = setup.archive_dir.join(sqlite::FILE);
    if !file.is_file() {
        return Ok(false);
    }
    let frontier = SqliteFrontier::open(&file).map_err(|error| crawl_failure(&error.into()))?;
    Ok(next_by_hand(&frontier, setup.now())?.is_some())
}

fn with_flags(config: &Config, args: &CrawlArgs) -> Config {
    let mut config = config.clone();
    config.fetch.allow_private_addresses |= args.allow_private_addresses;
    if let Some(delay) = args.delay {
        config.crawl.delay = delay;
    }
    if let Some(assets) = args.assets {
        config.archive.assets = assets;
        config.source.iter_mut().for_each(|source| source.assets = Some(assets));
    }
    config
}

fn set_deadline(stopper: &Stopper, after: Option<Duration>) {
    if let Some(after) = after {
        let (stopper, deadline) = (stopper.clone(), Instant::now() + after);
        tokio::spawn(async move {
            tokio::time::sleep_until(deadline).await;
            stopper.stop(Reason::Deadline);
        });
    }
}

struct Session<'a> {
    setup: &'a Setup,
    config: &'a Config,
    args: &'a CrawlArgs,
    tools: Tools,
    stopper: Stopper,
    stop: Stop,
    board: Arc<Board>,
    purses: Arc<Purses>,
}

/// A run over one source that goes on beside others.
type Running<'a> = (String, Pin<Box<dyn Future<Output = anyhow::Result<Exit>> + 'a>>);

impl Session<'_> {
    /// The sources that are due: those without a schedule always, the others when their time has come since they last ran.
    fn due(&self, plans: Plans) -> anyhow::Result<Plans> {
        let mut due = Plans::new();
        for (name, plan) in plans {
            if name == BY_HAND {
                if next_by_hand(&*self.tools.frontier, self.setup.now())?.is_some() {
                    due.insert(name, plan);
                }
            } else if !self.args.sources.is_empty()
                || next_run(&*self.tools.frontier, &plan, Duration::ZERO)? <= self.setup.now()
            {
                due.insert(name, plan);
            } else {
                self.setup.face.say(&format!("{name}: not due yet"));
            }
        }
        Ok(due)
    }

    fn crawl(&self, plans: Plans, events: mpsc::Sender<Event>) -> Crawl {
        let crawl = &self.config.crawl;
        Crawl {
            frontier: Arc::clone(&self.tools.frontier),
            keeper: Arc::clone(&self.tools.keeper),
            plans: Arc::new(plans),
            options: CrawlOptions {
                concurrency: crawl.concurrency,
                per_host: crawl.per_host,
                obey_robots: crawl.robots == Robots::Obey,
                obey_noarchive: crawl.noarchive == Robots::Obey,
                limit: self.args.limit,
                pages_per_host_max: crawl.max_pages_per_host,
                policy: Policy {
                    revisit_min: crawl.revisit_min.0,
                    revisit_max: crawl.revisit_max.0,
                    ..Policy::default()
                },
                by_rhythm: self.args.watch,
                failing_after: self.config.hooks.failing_after,
            },
            purses: Arc::clone(&self.purses),
            stopper: self.stopper.clone(),
            stop: self.stop.clone(),
            events,
            board: Arc::clone(&self.board),
        }
    }

    /// One run over some sources, with its summary.
    async fn once(&self, plans: Plans) -> anyhow::Result<Exit> {
        let asked = plans.len();
        let face = self.setup.face;
        let (events, mut happened) = mpsc::channel(EVENTS_WAITING_MAX);
        let run = tokio::spawn(self.crawl(plans, events).run());
        let bar = progress::things(face, "pages");
        let mut unheard = None;
        while let Some(event) = happened.recv().await {
            // A reader who left (`| head`) is no reason to leave the rest of the pages.
            if let Err(error) = self.tell(&bar, event).await {
                unheard = unheard.or(Some(error));
            }
        }
        bar.finish_and_clear();
        let summary = run.await.map_err(|_| Failure::new(Exit::Failed, "the crawl ended too early"))?;
        let summary = summary.map_err(|error| crawl_failure(&error))?;
        self.tools.close(self.setup, self.config).await?;
        if let Some(error) = unheard {
            return Err(error);
        }
        if face.json {
            face.record(&SummaryRecord { summary: true, counts: &summary })?;
        } else {
            face.line(&summary_line(&summary))?;
        }
        Ok(match summary.stopped_by {
            Some(Reason::Interrupted) => Exit::Interrupted,
            Some(Reason::Terminated) => Exit::Terminated,
            // What fails is the page's or the source's matter; the run fails where a whole source did.
            _ if !summary.sources_failed.is_empty() && asked > 0 => Exit::Failed,
            _ => Exit::Done,
        })
    }

    /// Whatever was planned before, a service that begins reads what sources have: their configuration may be another.
    fn read_documents_once(&self, plans: &Plans) -> anyhow::Result<()> {
        let intake = Intake { links_per_host: None, revisit_min: self.config.crawl.revisit_min.0 };
        for plan in plans.values().filter(|plan| plan.schedule.is_none()) {
            let added = self.tools.frontier.add(&plan.documents(), &intake, self.setup.now());
            added.map_err(|error| crawl_failure(&error.into()))?;
        }
        Ok(())
    }

    /// When a source is to run under `--watch`: by its schedule; otherwise when a document or a page of it is due, and its
    /// budget allows.
    fn next_watched(&self, plan: &Plan) -> anyhow::Result<Timestamp> {
        if plan.name == BY_HAND {
            let next = next_by_hand(&*self.tools.frontier, self.setup.now())?;
            return Ok(next.map_or(Timestamp::MAX, |next| next.max(self.paid(plan))));
        }
        let soonest = next_run(&*self.tools.frontier, plan, WATCH_PAUSE)?;
        if plan.schedule.is_some() {
            return Ok(soonest);
        }
        let names = [plan.name.clone()];
        let wake = self.tools.frontier.next_wake(Some(&names), self.setup.now());
        let wake = match wake.map_err(|error| crawl_failure(&error.into()))? {
            Some(wake) => wake,
            None => next_run(&*self.tools.frontier, plan, WATCH_INTERVAL)?,
        };
        Ok(wake.max(soonest).max(self.paid(plan)))
    }

    /// When its budget allows the next page.
    fn paid(&self, plan: &Plan) -> Timestamp {
        let wait = self.purses.wait(&plan.name);
        wait.map_or(Timestamp::MIN, |wait| self.setup.now().saturating_add(wait).unwrap_or(Timestamp::MAX))
    }

    /// Waits until something is asked for by hand: that is put into the queue by another process, which tells nobody.
    async fn asked_by_hand(&self) -> anyhow::Result<()> {
        loop {
            tokio::time::sleep(QUEUE_GLANCE).await;
            let now = self.setup.now();
            if next_by_hand(&*self.tools.frontier, now)?.is_some_and(|next| next <= now) {
                return Ok(());
            }
        }
    }

    /// Runs whatever is due, for ever: each source by itself, so that a long one keeps no other waiting.
    async fn watch(&self, plans: Plans) -> anyhow::Result<Exit> {
        let mut stop = self.stop.clone();
        let mut running: Vec<Running<'_>> = Vec::new();
        self.read_documents_once(&plans)?;
        loop {
            let now = self.setup.now();
            let mut wake = now.saturating_add(SignedDuration::from_hours(1)).unwrap_or(Timestamp::MAX);
            for (name, plan) in &plans {
                if stop.is_raised() || running.iter().any(|(busy, _)| busy == name) {
                    continue;
                }
                let next = self.next_watched(plan)?;
                if next <= now {
                    let due = Plans::from([(name.clone(), Arc::clone(plan))]);
                    running.push((name.clone(), Box::pin(self.once(due))));
                } else {
                    wake = wake.min(next);
                }
            }
            let pause = Duration::try_from(wake.duration_since(now)).unwrap_or_default().max(Duration::from_secs(1));
            if stop.is_raised() {
                // What is under way is brought to its end.
                while !running.is_empty() {
                    first_done(&mut running).await?;
                }
            } else {
                let looks = plans.contains_key(BY_HAND) && running.iter().all(|(busy, _)| busy != BY_HAND);
                tokio::select! {
                    asked = self.asked_by_hand(), if looks => asked?,
                    done = first_done(&mut running), if !running.is_empty() => drop(done?),
                    _ = stop.sleep_until(Instant::now() + pause) => {}
                }
            }
            match stop.reason() {
                None => {}
                Some(Reason::Interrupted) => return Ok(Exit::Interrupted),
                Some(Reason::Terminated) => return Ok(Exit::Terminated),
                Some(_) => return Ok(Exit::Done),
            }
        }
    }

    /// Reads the sources, and says what would be visited.
    async fn dry_run(&self, plans: Plans) -> anyhow::Result<Exit> {
        let face = self.setup.face;
        for plan in plans.values() {
            for candidate in plan.documents() {
                for url in self.named(plan, candidate).await? {
                    let known = self.tools.frontier.known(&url).map_err(|error| crawl_failure(&error.into()))?;
                    let now = self.setup.now();
                    let waiting = known.as_ref().is_some_and(|known| known.due.is_none_or(|due| due > now));
                    let state = if known.is_some() { "due" } else { "new" };
                    match (waiting, face.json) {
                        (true, _) => {}
                        (false, true) => face.record(&DueRecord { source: &plan.name, url: url.as_str(), state })?,
                        (false, false) => face.line(&format!("{state}  {url}"))?,
                    }
                }
            }
        }
        Ok(Exit::Done)
    }

    /// The pages a document names, or the page itself.
    async fn named(&self, plan: &Plan, candidate: crate::frontier::item::Candidate) -> anyhow::Result<Vec<Url>> {
        use crate::crawl::visit::{self, Errand, Visit};
        use crate::frontier::item::{History, Item, Kind, Validators};
        if candidate.kind == Kind::Page {
            return Ok(vec![candidate.url]);
        }
        let errand = Errand {
            credentials: Arc::clone(&plan.filing.credentials),
            obey_robots: self.config.crawl.robots == Robots::Obey,
            delay: plan.delay,
            ..Errand::default()
        };
        let visit = self.tools.keeper.visitor.visit(&candidate.url, &errand).await;
        let item = Item {
            url: candidate.url.clone(),
            source: candidate.source,
            depth: candidate.depth,
            kind: candidate.kind,
            priority: candidate.priority,
            attempts: 0,
            validators: Validators::default(),
            visited: None,
            born: self.setup.now(),
            history: History::default(),
        };
        match visit.map_err(|error| crawl_failure(&error))? {
            Visit::Answer { page, .. } => {
                let found = plan.read(&item, &page, self.setup.now());
                found.trapped.iter().for_each(|(url, trap)| self.setup.face.say(&format!("{url}: left alone: {trap}")));
                found.problem.iter().for_each(|message| self.setup.face.complain(message));
                Ok(found
                    .candidates
                    .into_iter()
                    .filter(|found| found.kind == Kind::Page)
                    .map(|found| found.url)
                    .collect())
            }
            Visit::Denied { reason, .. } => {
                self.setup.face.complain(&reason);
                Ok(Vec::new())
            }
            Visit::Later { url, until, down } => {
                self.setup.face.complain(&visit::later(&url, until, down));
                Ok(Vec::new())
            }
            Visit::Failed { error, .. } => {
                self.setup.face.complain(&error.to_string());
                Ok(Vec::new())
            }
        }
    }

    async fn tell(&self, bar: &ProgressBar, event: Event) -> anyhow::Result<()> {
        let face = self.setup.face;
        match event {
            Event::Kept { source, kept } => {
                bar.inc(1);
                let record = ArchiveRecord::kept(&kept.url, &kept);
                self.tools
                    .hooks
                    .captured(Some(source.as_str()).filter(|name| *name != BY_HAND), &record, kept.change)
                    .await;
                if let Some(cut) = kept.truncated {
                    let message =
                        format!("{}: the body was cut ({cut}); what came is kept and marked", plain(kept.url.as_str()));
                    bar.suspend(|| face.complain(&message));
                }
                if face.json {
                    face.record(&CrawlRecord { source: &source, capture: record })?;
                } else if face.verbose > 0 || face.terminal {
                    bar.suspend(|| face.say(&kept_line(&kept)));
                }
            }
            Event::Trouble { url, message, failed } => {
                if face.json {
                    face.record(&TroubleRecord { url: url.as_str(), error: &message, failed })?;
                }
                bar.suspend(|| if failed { face.complain(&message) } else { face.say(&message) });
            }
            Event::Queue { due } => bar.set_length(bar.position() + due),
            Event::Spent { source, until } => {
                let until = until.strftime("%Y-%m-%d %H:%M UTC");
                bar.suspend(|| {
                    face.say(&format!("source {source}: its budget is spent; its pages wait until {until}"));
                });
            }
            Event::Source { name, failing, message } => {
                self.tools.hooks.source(&name, failing, &message).await;
                let state = if failing { "is failing" } else { "works again" };
                bar.suspend(|| face.complain(&format!("source {name} {state}: {message}")));
            }
        }
        Ok(())
    }
}

/// Waits for the first of these runs to end, and takes it out.
async fn first_done(running: &mut Vec<Running<'_>>) -> anyhow::Result<Exit> {
    std::future::poll_fn(|context| {
        for at in 0..running.len() {
            if let Poll::Ready(done) = running[at].1.as_mut().poll(context) {
                drop(running.swap_remove(at));
                return Poll::Ready(done);
            }
        }
        Poll::Pending
    })
    .await
}

fn kept_line(kept: &Kept) -> String {
    let title = kept.title.as_deref().map_or_else(|| plain(kept.url.as_str()), plain);
    format!("{}: {title} ({})", kept.change.word().replace('_', " "), count(kept.words as u64, "word"))
}

fn summary_line(summary: &Summary) -> String {
    let mut parts = vec![format!("{} fetched", summary.fetched)];
    let counts = [
        (summary.new, "new"),
        (summary.edited, "edited"),
        (summary.article_unchanged, "article unchanged"),
        (summary.identical, "identical"),
        (summary.not_modified, "not modified"),
        (summary.changed, "changed"),
        (summary.gone, "gone"),
        (summary.failed, "failed"),
        (summary.denied, "denied by robots.txt"),
        (summary.skipped, "skipped"),
        (summary.waiting, "waiting"),
    ];
    parts.extend(counts.iter().filter(|(number, _)| *number > 0).map(|(number, what)| format!("{number} {what}")));
    let stopped = match summary.stopped_by {
        None => "",
        Some(Reason::Interrupted) => "; interrupted",
        Some(Reason::Terminated) => "; terminated",
        Some(Reason::Deadline) => "; the deadline was reached",
        Some(Reason::Limit) => "; the limit was reached",
        Some(Reason::WriteFailed) => "; a write failed",
    };
    format!(
        "{}; {} fetched, {} stored, {:.1} s{stopped}",
        parts.join(", "),
        bytes(summary.bytes_fetched),
        bytes(summary.bytes_stored),
        summary.seconds
    )
}
