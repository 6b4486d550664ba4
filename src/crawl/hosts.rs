//! One delay a host, whoever asks: every request waits for its host's turn here, by hand, from the crawl, along a redirect or
//! for a robots.txt. How long the delay is, is worked out in `frontier/pace.rs`; this only waits and remembers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::crawl::error::Error;
use crate::frontier::pace::{Answer, Pace, Politeness};
use crate::frontier::queue::Frontier;

/// A page's own assets need no delay, but no host sees more than so many connections for them.
const ASSET_CONNECTIONS_MAX: usize = 6;

/// Every host that was met in this run.
pub struct Hosts {
    frontier: Arc<dyn Frontier>,
    per_host: usize,
    known: Mutex<HashMap<String, Arc<Host>>>,
}

struct Host {
    name: String,
    places: Arc<Semaphore>,
    asset_places: Arc<Semaphore>,
    pace: Mutex<Pace>,
}

/// The right to send one request to a host, now.
pub struct Turn {
    host: Arc<Host>,
    frontier: Arc<dyn Frontier>,
    _place: OwnedSemaphorePermit,
}

impl Hosts {
    /// No host met yet; `per_host` requests may be under way at once at each.
    pub fn new(frontier: Arc<dyn Frontier>, per_host: usize) -> Self {
        Self { frontier, per_host: per_host.max(1), known: Mutex::default() }
    }

    fn host(&self, name: &str) -> Result<Arc<Host>, Error> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(host) = known.get(name) {
            return Ok(Arc::clone(host));
        }
        let host = Arc::new(Host {
            name: name.to_owned(),
            places: Arc::new(Semaphore::new(self.per_host)),
            asset_places: Arc::new(Semaphore::new(ASSET_CONNECTIONS_MAX)),
            pace: Mutex::new(self.frontier.pace(name)?),
        });
        known.insert(name.to_owned(), Arc::clone(&host));
        Ok(host)
    }

    /// When the host may next be asked: what its answers so far allow.
    pub fn pace(&self, name: &str) -> Result<Pace, Error> {
        let host = self.host(name)?;
        let pace = host.pace.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(*pace)
    }

    /// Waits for one of the few connections a host gives to the assets of its pages.
    pub async fn asset_place(&self, name: &str) -> Result<OwnedSemaphorePermit, Error> {
        let host = self.host(name)?;
        Arc::clone(&host.asset_places).acquire_owned().await.map_err(|_| Error::Lost { what: "a host's queue" })
    }

    /// Waits for the host's turn. The next one begins no sooner than the delay after this, however many wait.
    pub async fn turn(
        &self,
        name: &str,
        politeness: &Politeness,
        crawl_delay: Option<Duration>,
    ) -> Result<Turn, Error> {
        let host = self.host(name)?;
        let place =
            Arc::clone(&host.places).acquire_owned().await.map_err(|_| Error::Lost { what: "a host's queue" })?;
        let wait = {
            let now = Timestamp::now();
            let mut pace = host.pace.lock().unwrap_or_else(PoisonError::into_inner);
            let start = pace.next.map_or(now, |next| next.max(now));
            pace.next = start.checked_add(signed(pace.delay(politeness, crawl_delay))).ok();
            Duration::try_from(start.duration_since(now)).unwrap_or_default()
        };
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        Ok(Turn { host, frontier: Arc::clone(&self.frontier), _place: place })
    }
}

impl Turn {
    /// Records how the host answered; widens or narrows its delay and gives the turn back.
    pub fn answered(
        self,
        answer: &Answer,
        politeness: &Politeness,
        crawl_delay: Option<Duration>,
    ) -> Result<Pace, Error> {
        let pace = {
            let mut pace = self.host.pace.lock().unwrap_or_else(PoisonError::into_inner);
            *pace = pace.after(answer, politeness, crawl_delay, Timestamp::now());
            *pace
        };
        if !pace.delay.is_zero() {
            self.frontier.set_pace(&self.host.name, &pace)?;
        }
        Ok(pace)
    }
}

fn signed(duration: Duration) -> jiff::SignedDuration {
    jiff::SignedDuration::try_from(duration).unwrap_or(jiff::SignedDuration::MAX)
}
