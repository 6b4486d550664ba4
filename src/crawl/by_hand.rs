//! What is asked for by hand: each URL once, now, in any number, hosts side by side, the answers in the order of the asking.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use url::Url;

use crate::crawl::chance::chance;
use crate::crawl::error::Error;
use crate::crawl::filing::Filing;
use crate::crawl::keep::{Keeper, Kept};
use crate::crawl::stop::Stop;
use crate::crawl::visit::{Errand, Failure, Visit, later};
use crate::fetch::request::Validators;

/// What came of one URL.
#[derive(Debug)]
pub enum Outcome {
    /// It is kept.
    Kept(Box<Kept>),
    /// The site does not want it.
    Denied {
        /// A sentence for people.
        reason: String,
    },
    /// There was no answer.
    Failed {
        /// Why.
        error: Failure,
    },
    /// The run was stopped before its turn.
    Stopped,
}

/// How URLs are asked for.
#[derive(Debug, Clone)]
pub struct Order {
    /// What is known of the pages.
    pub filing: Filing,
    /// Whether robots.txt is asked.
    pub obey_robots: bool,
    /// How often a request that failed for a passing reason is tried again.
    pub retries: u32,
    /// How many URLs are under way at once.
    pub concurrency: usize,
}

/// Captures every URL; outcomes arrive in the order of the URLs.
pub async fn capture(
    keeper: Arc<Keeper>,
    urls: Vec<Url>,
    order: Order,
    stop: Stop,
    outcomes: mpsc::Sender<(Url, Outcome)>,
) -> Result<(), Error> {
    let places = Arc::new(Semaphore::new(order.concurrency.max(1)));
    let mut tasks = JoinSet::new();
    let count = urls.len();
    for (index, url) in urls.into_iter().enumerate() {
        let (keeper, order, places, stop) = (Arc::clone(&keeper), order.clone(), Arc::clone(&places), stop.clone());
        tasks.spawn(async move {
            let _place = places.acquire().await;
            let outcome = if stop.is_raised() { Ok(Outcome::Stopped) } else { one(&keeper, &url, &order, stop).await };
            (index, url, outcome)
        });
    }
    let mut ready: Vec<Option<(Url, Outcome)>> = Vec::new();
    ready.resize_with(count, || None);
    let mut next = 0;
    while let Some(done) = tasks.join_next().await {
        let (index, url, outcome) = done.map_err(|_| Error::Lost { what: "a capture" })?;
        ready[index] = Some((url, outcome?));
        while let Some(answer) = ready.get_mut(next).and_then(Option::take) {
            // Whoever listened may have gone (a closed pipe); the captures go on.
            let _ = outcomes.send(answer).await;
            next += 1;
        }
    }
    Ok(())
}

async fn one(keeper: &Keeper, url: &Url, order: &Order, mut stop: Stop) -> Result<Outcome, Error> {
    let validators = if order.filing.force { None } else { validators(keeper, url)? };
    let errand = Errand {
        validators,
        credentials: Arc::clone(&order.filing.credentials),
        obey_robots: order.obey_robots,
        ..Errand::default()
    };
    let mut attempt = 0;
    let mut before = None;
    loop {
        let visit = match (keeper.visitor.visit(url, &errand).await?, before.take()) {
            // What the host said first stands, where it will not be asked again now.
            (Visit::Later { .. }, Some(before)) => return settle(keeper, before, order, &errand).await,
            (visit, _) => visit,
        };
        let passing = match &visit {
            Visit::Answer { page, .. } => matches!(page.status, 429 | 500 | 502..=504),
            Visit::Failed { error, .. } => error.is_transient(),
            Visit::Denied { .. } | Visit::Later { .. } => false,
        };
        if passing && attempt < order.retries {
            attempt += 1;
            // The host's own turn is longer by now; this is for hosts without a delay.
            let pause = Duration::from_millis(250 << attempt.min(6)).mul_f64(0.5 + chance());
            if stop.sleep_until(tokio::time::Instant::now() + pause).await {
                before = Some(visit);
                continue;
            }
        }
        return settle(keeper, visit, order, &errand).await;
    }
}

async fn settle(keeper: &Keeper, visit: Visit, order: &Order, errand: &Errand) -> Result<Outcome, Error> {
    match visit {
        Visit::Denied { reason, .. } => Ok(Outcome::Denied { reason }),
        Visit::Failed { error, .. } => Ok(Outcome::Failed { error }),
        Visit::Later { until: None, .. } => Ok(Outcome::Stopped),
        Visit::Later { url, until, down } => Ok(Outcome::Denied { reason: later(&url, until, down) }),
        Visit::Answer { hops, page, .. } => {
            let mut reading = keeper.read(&page).await?;
            let errand = Errand { validators: None, ..errand.clone() };
            if let Some(error) = keeper.join(&page, &mut reading, &errand).await? {
                return Ok(Outcome::Failed { error });
            }
            let kept = keeper.keep(hops, *page, reading, &order.filing).await?;
            Ok(Outcome::Kept(Box::new(kept)))
        }
    }
}

/// What the last good capture of a page gave to ask by.
fn validators(keeper: &Keeper, url: &Url) -> Result<Option<Validators>, Error> {
    let url = crate::url::canonical(url);
    let Some(capture) = keeper.archive.latest(&url, None)? else { return Ok(None) };
    if capture.status != 200 || capture.truncated.is_some() {
        return Ok(None);
    }
    // That the first page of several is unchanged says nothing of the others.
    if keeper.archive.load_article(&capture).ok().flatten().is_some_and(|article| !article.pages.is_empty()) {
        return Ok(None);
    }
    // A capture that cannot be read back must be made again in full.
    Ok(keeper.archive.load_page(&capture).ok().and_then(|page| Validators::of(&page.headers)))
}
