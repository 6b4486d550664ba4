//! One delay a host, whoever asks: every request waits for its host's turn here, by hand, from the crawl, along a redirect or
//! for a robots.txt. How long the delay is, is worked out in `frontier/pace.rs`; this only waits and remembers.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Mutex as AsyncMutex, OwnedSemaphorePermit, Semaphore};

use crate::crawl::clock::Clock;
use crate::crawl::error::Error;
use crate::crawl::stop::Stop;
use crate::frontier::pace::{Answer, Pace, Politeness};
use crate::frontier::queue::Frontier;

/// A page's own assets need no delay, but no host sees more than so many connections for them.
const ASSET_CONNECTIONS_MAX: usize = 6;
/// A host at a busy address is asked for again after this at the soonest.
const ADDRESS_PAUSE: Duration = Duration::from_secs(1);
/// So many hosts are remembered at once; what is known of those that nobody asks for is in the frontier, too.
const HOSTS_MAX: usize = 4096;

/// How long is waited for a host's turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// As long as its delay lasts, or some minutes: nothing else is to be done meanwhile.
    Long,
    /// Hardly at all: other hosts are ready, and this one is not forgotten.
    Short,
}

impl Patience {
    fn longest(self, delay: Duration) -> Duration {
        match self {
            Self::Long => delay.max(Duration::from_secs(300)),
            Self::Short => Duration::from_millis(100),
        }
    }
}

/// Every host that was met in this run.
pub struct Hosts {
    /// What time it is for everybody who waits here.
    pub clock: Clock,
    frontier: Arc<dyn Frontier>,
    per_host: usize,
    /// Whether hosts that are down are left alone; who asks by hand asks all the same.
    heeds_rests: bool,
    stop: Stop,
    known: Mutex<HashMap<String, Arc<Host>>>,
    per_address: usize,
    addresses: Mutex<HashMap<IpAddr, Arc<Semaphore>>>,
}

struct Host {
    name: String,
    /// Where it answered from last.
    address: Mutex<Option<IpAddr>>,
    places: Arc<Semaphore>,
    asset_places: Arc<Semaphore>,
    /// Only the first in the queue waits for the moment; whatever the host answers meanwhile counts for the next.
    queue: AsyncMutex<()>,
    pace: Mutex<Pace>,
}

/// Why a host gives no turn: no request was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It did not answer, and is left alone until then.
    #[error("the host did not answer, and is left alone until {0}")]
    Down(Timestamp),
    /// It is not to be asked before then, which is too long to wait for.
    #[error("the host is not to be asked before {0}")]
    Until(Timestamp),
    /// The run is stopped.
    #[error("the run was stopped first")]
    Stopped,
}

/// The right to send one request to a host, now.
pub struct Turn {
    host: Arc<Host>,
    frontier: Arc<dyn Frontier>,
    clock: Clock,
    began: Timestamp,
    _place: OwnedSemaphorePermit,
    _address_place: Option<OwnedSemaphorePermit>,
}

impl Hosts {
    /// No host met yet; `per_host` requests may be under way at once at each, `per_address` at each address. Nobody waits on
    /// when the run is stopped. What is asked for `by_hand` is asked of hosts, too, that did not answer a short while ago.
    pub fn new(
        frontier: Arc<dyn Frontier>,
        (per_host, per_address): (usize, usize),
        by_hand: bool,
        stop: Stop,
        clock: Clock,
    ) -> Self {
        let per_host = per_host.max(1);
        Self {
            clock,
            frontier,
            per_host,
            heeds_rests: !by_hand,
            stop,
            known: Mutex::default(),
            // A host that may be asked so much at once may be so at the address it has to itself.
            per_address: per_address.max(per_host),
            addresses: Mutex::default(),
        }
    }

    /// One of the places of the address where a host answered last; `None` before it has answered.
    fn address_places(&self, host: &Host) -> Option<Arc<Semaphore>> {
        let address = (*host.address.lock().unwrap_or_else(PoisonError::into_inner))?;
        let mut addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        let places = addresses.entry(address).or_insert_with(|| Arc::new(Semaphore::new(self.per_address)));
        Some(Arc::clone(places))
    }

    fn host(&self, name: &str) -> Result<Arc<Host>, Error> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(host) = known.get(name) {
            return Ok(Arc::clone(host));
        }
        if known.len() >= HOSTS_MAX {
            known.retain(|_, host| Arc::strong_count(host) > 1);
        }
        let host = Arc::new(Host {
            name: name.to_owned(),
            address: Mutex::new(None),
            places: Arc::new(Semaphore::new(self.per_host)),
            asset_places: Arc::new(Semaphore::new(ASSET_CONNECTIONS_MAX)),
            queue: AsyncMutex::new(()),
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

    /// Until when a host is left alone because it is down, by those who leave it alone.
    pub fn down(&self, name: &str, now: Timestamp) -> Result<Option<Timestamp>, Error> {
        Ok(self.resting(name, now)?.filter(|_| self.heeds_rests))
    }

    /// Until when a crawl leaves a host alone because it is down.
    pub fn resting(&self, name: &str, now: Timestamp) -> Result<Option<Timestamp>, Error> {
        Ok(self.pace(name)?.resting(now))
    }

    /// Leaves a host alone: it cannot say what may be asked for.
    pub fn rest(&self, name: &str, until: Timestamp) -> Result<(), Error> {
        let host = self.host(name)?;
        let pace = {
            let mut pace = host.pace.lock().unwrap_or_else(PoisonError::into_inner);
            pace.rests = pace.rests.max(Some(until));
            *pace
        };
        Ok(self.frontier.set_pace(name, &pace)?)
    }

    /// Waits for one of the few connections a host gives to the assets of its pages; none while the host wants to be left alone.
    pub async fn asset_place(&self, name: &str) -> Result<Result<OwnedSemaphorePermit, Refusal>, Error> {
        let host = self.host(name)?;
        let now = self.clock.now();
        let pace = *host.pace.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(until) = pace.resting(now).filter(|_| self.heeds_rests) {
            return Ok(Err(Refusal::Down(until)));
        }
        // A turn that comes later is for pages; a pause beyond it was asked for.
        if let Some(next) = pace.next.filter(|next| next.duration_since(now) > pause_max(pace.delay)) {
            return Ok(Err(Refusal::Until(next)));
        }
        let place = Arc::clone(&host.asset_places).acquire_owned().await;
        Ok(Ok(place.map_err(|_| Error::Lost { what: "a host's queue" })?))
    }

    /// Records that a host is too busy for an asset, as it would be for a page.
    pub fn asset_refused(&self, name: &str, answer: &Answer, politeness: &Politeness) -> Result<(), Error> {
        let host = self.host(name)?;
        let pace = {
            let mut pace = host.pace.lock().unwrap_or_else(PoisonError::into_inner);
            *pace = pace.after(answer, politeness, None, self.clock.now());
            *pace
        };
        Ok(self.frontier.set_pace(name, &pace)?)
    }

    /// Takes the turn, where it has come; otherwise when it comes, and the delay in force. Where there is a delay, another
    /// process may have taken it (`archive` beside a crawl): the frontier knows.
    fn take(
        &self,
        host: &Host,
        politeness: &Politeness,
        crawl_delay: Option<Duration>,
    ) -> Result<Option<(Timestamp, Duration)>, Error> {
        let now = self.clock.now();
        let mut pace = host.pace.lock().unwrap_or_else(PoisonError::into_inner);
        let delay = pace.delay(politeness, crawl_delay);
        if let Some(next) = pace.next.filter(|next| *next > now) {
            return Ok(Some((next, delay)));
        }
        let next = now.saturating_add(delay).unwrap_or(Timestamp::MAX);
        if !delay.is_zero()
            && let Some(theirs) = self.frontier.take_turn(&host.name, now, next)?
        {
            pace.next = Some(theirs);
            return Ok(Some((theirs, delay)));
        }
        pace.next = Some(next);
        Ok(None)
    }

    /// Waits for the host's turn. The next one begins no sooner than the delay after this, however many wait; and no sooner
    /// than the delay after the answer, once that is there.
    pub async fn turn(
        &self,
        name: &str,
        politeness: &Politeness,
        crawl_delay: Option<Duration>,
        patience: Patience,
    ) -> Result<Result<Turn, Refusal>, Error> {
        let host = self.host(name)?;
        let mut stop = self.stop.clone();
        let place = tokio::select! {
            place = Arc::clone(&host.places).acquire_owned() => place.map_err(|_| Error::Lost { what: "a host's queue" })?,
            () = stop.urged() => return Ok(Err(Refusal::Stopped)),
        };
        // Before the turn is taken: from then on nothing may put the request off.
        let address_place = match self.address_places(&host) {
            None => None,
            Some(places) => tokio::select! {
                place = places.acquire_owned() => Some(place.map_err(|_| Error::Lost { what: "an address's queue" })?),
                () = tokio::time::sleep(patience.longest(Duration::ZERO)), if patience == Patience::Short => {
                    return Ok(Err(Refusal::Until(host.pause(self.clock.now()))));
                }
                () = stop.urged() => return Ok(Err(Refusal::Stopped)),
            },
        };
        let first = tokio::select! {
            first = host.queue.lock() => first,
            () = stop.urged() => return Ok(Err(Refusal::Stopped)),
        };
        if let Some(until) = self.down(name, self.clock.now())? {
            return Ok(Err(Refusal::Down(until)));
        }
        while let Some((next, delay)) = self.take(&host, politeness, crawl_delay)? {
            let wait = Duration::try_from(next.duration_since(self.clock.now())).unwrap_or_default();
            if wait > patience.longest(delay) {
                return Ok(Err(Refusal::Until(next)));
            }
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = stop.urged() => return Ok(Err(Refusal::Stopped)),
            }
        }
        drop(first);
        let (frontier, clock) = (Arc::clone(&self.frontier), self.clock);
        Ok(Ok(Turn { host, frontier, clock, began: clock.now(), _place: place, _address_place: address_place }))
    }
}

impl Host {
    /// Puts the next request off, because the address has no place for it.
    fn pause(&self, now: Timestamp) -> Timestamp {
        let mut pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
        let next = now.saturating_add(ADDRESS_PAUSE.max(pace.delay)).unwrap_or(Timestamp::MAX);
        pace.next = pace.next.max(Some(next));
        next
    }
}

impl Turn {
    /// Where the host answered from.
    pub fn came_from(&self, address: Option<IpAddr>) {
        *self.host.address.lock().unwrap_or_else(PoisonError::into_inner) = address;
    }

    /// Records how the host answered; widens or narrows its delay and gives the turn back.
    pub fn answered(
        self,
        answer: &Answer,
        politeness: &Politeness,
        crawl_delay: Option<Duration>,
    ) -> Result<Pace, Error> {
        let pace = {
            let mut pace = self.host.pace.lock().unwrap_or_else(PoisonError::into_inner);
            let now = self.clock.now();
            *pace = pace.after(answer, politeness, crawl_delay, now);
            // What went down together is not asked again together.
            pace.rests = pace.rests.map(|rests| spread(rests, now, &self.host.name));
            *pace
        };
        tracing::info!(
            target: "chaffinch::request",
            host = self.host.name,
            began_ms = self.began.as_millisecond(),
            ended_ms = self.clock.now().as_millisecond(),
            status = answer.status.unwrap_or(0),
            delay_ms = u64::try_from(pace.delay.as_millis()).unwrap_or(u64::MAX),
        );
        // A pause without a delay is still a pause that the next run must know of.
        if !pace.delay.is_zero() || answer.retry_after.is_some() || pace.rests.is_some() {
            self.frontier.set_pace(&self.host.name, &pace)?;
        }
        Ok(pace)
    }
}

/// How long a host may be busy before that is a pause it asked for: its own delay, and what is not worth telling apart.
fn pause_max(delay: Duration) -> SignedDuration {
    SignedDuration::try_from(delay.saturating_mul(2)).unwrap_or(SignedDuration::MAX).max(SignedDuration::from_secs(5))
}

/// Up to a quarter later, the same for the same host at the same time.
fn spread(rests: Timestamp, now: Timestamp, host: &str) -> Timestamp {
    let mut hasher = std::hash::DefaultHasher::new();
    (host, rests.as_second()).hash(&mut hasher);
    let share = (hasher.finish() >> 11) as f64 / (1u64 << 53) as f64;
    let wait = Duration::try_from(rests.duration_since(now)).unwrap_or_default();
    rests.saturating_add(wait.mul_f64(share / 4.0)).unwrap_or(rests)
}
