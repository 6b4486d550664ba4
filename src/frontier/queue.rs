//! The trait of the frontier: a durable queue whose unit of lease is the host, so that politeness holds however many workers
//! run. An engine remembers; it decides nothing: delays, retries and due times are worked out in `pace.rs` and `policy.rs`.

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use url::Url;

use crate::frontier::budget::Purse;
use crate::frontier::item::{Candidate, Item, Known, Outcome, State};
use crate::frontier::pace::Pace;
use crate::frontier::rates::Rates;
use crate::frontier::robots::RobotsCache;
use crate::url::Origin;

/// What can go wrong in a frontier.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The database cannot be opened or made.
    #[error("the frontier `{}` cannot be opened: {source}; check that the folder exists and may be written to", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the database says.
        source: rusqlite::Error,
    },
    /// The file was written by a later program.
    #[error("the frontier `{}` has layout {found}, this program knows {known}; use a newer chaffinch", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The layout's number in the file.
        found: i64,
        /// The layout's number in this program.
        known: i64,
    },
    /// The database failed in the middle of work; nothing of the call was kept.
    #[error("the frontier could not {action}: {source}; check the disk and run again")]
    Database {
        /// What was being done, as in `lease a host`.
        action: &'static str,
        /// What the database says.
        source: rusqlite::Error,
    },
    /// The lease ran out and the host went to someone else, or it was released.
    #[error(
        "the lease on `{host}` (token {token}) is no longer held; what it brought is refused, the host was handed out anew"
    )]
    StaleLease {
        /// The host.
        host: String,
        /// The token of the lease that came too late.
        token: u64,
    },
    /// An outcome for a URL that the lease does not hold.
    #[error("`{url}` is not part of the lease on `{host}`; nothing of the batch was kept")]
    NotLeased {
        /// The URL.
        url: String,
        /// The lease's host.
        host: String,
    },
}

impl Error {
    /// Whether the disk is full or cannot be written.
    pub fn is_disk(&self) -> bool {
        let (Self::Open { source, .. } | Self::Database { source, .. }) = self else { return false };
        matches!(
            source.sqlite_error_code(),
            Some(
                rusqlite::ErrorCode::DiskFull
                    | rusqlite::ErrorCode::ReadOnly
                    | rusqlite::ErrorCode::SystemIoFailure
                    | rusqlite::ErrorCode::CannotOpen
            )
        )
    }
}

/// What to lease.
#[derive(Debug, Clone)]
pub struct LeaseRequest<'a> {
    /// Who asks; for people who look into the frontier.
    pub worker: &'a str,
    /// How long the lease holds unless it is renewed.
    pub hold: Duration,
    /// At most so many URLs.
    pub urls: usize,
    /// Only URLs of these sources; `None`: of all. The empty name is what was asked for by hand.
    pub sources: Option<&'a [String]>,
}

/// A host in the hands of one worker, with the URLs to visit there, best first.
#[derive(Debug, Clone, PartialEq)]
pub struct HostLease {
    /// Host, with the port where it is not the scheme's own.
    pub host: String,
    /// Rises with every lease of the host; an engine refuses what comes with an older one.
    pub token: u64,
    /// When the lease runs out.
    pub until: Timestamp,
    /// How the host has behaved.
    pub pace: Pace,
    /// The URLs, best first; never empty.
    pub items: Vec<Item>,
}

/// What bounds the taking in of candidates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Intake {
    /// A host may have so many followed links (depth above 0); `None`: any number. What a source itself names is never
    /// refused, or a feed would dry up after some years.
    pub links_per_host: Option<u64>,
    /// A page whose source says that it was changed is still not visited earlier than this after its last visit: on many
    /// sites `lastmod` is the time of the request.
    pub revisit_min: Duration,
}

/// What became of a batch of candidates.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Added {
    /// Seen for the first time.
    pub new: u64,
    /// Known and now due earlier than before.
    pub again: u64,
    /// Known, nothing to do.
    pub known: u64,
    /// Refused: the host has as many followed links as it may.
    pub over_budget: u64,
}

/// How many URLs stand where, and how many are due.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// URLs by state, states without any left out.
    pub by_state: Vec<(State, u64)>,
    /// Not leased and due, and the host is not down.
    pub due: u64,
    /// Due, but the host is down and left alone.
    pub resting: u64,
}

impl Counts {
    /// The count of one state.
    pub fn of(&self, state: State) -> u64 {
        self.by_state.iter().find(|(s, _)| *s == state).map_or(0, |(_, n)| *n)
    }

    /// Every URL.
    pub fn total(&self) -> u64 {
        self.by_state.iter().map(|(_, n)| n).sum()
    }
}

/// How a source has done, from run to run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceState {
    /// Its name in the configuration.
    pub name: String,
    /// When it was last tried.
    pub last_run: Option<Timestamp>,
    /// When it was last read with success.
    pub last_success: Option<Timestamp>,
    /// New URLs that the last successful run brought.
    pub last_harvest: u64,
    /// When a run last brought a new URL.
    pub last_new: Option<Timestamp>,
    /// Runs that failed since the last success.
    pub failures: u32,
    /// What the last failure was; empty after a success.
    pub last_error: String,
}

/// A durable queue of URLs by host. Calls block (a few milliseconds); each is one transaction: all of it or nothing.
pub trait Frontier: Send + Sync {
    /// Takes in what was found. A known URL is left as it is, unless the candidate says `again` (then it is due at once) or
    /// `modified` after the last visit (then it is due as soon as `intake` allows). It passes to the source that named it
    /// last. One that is leased at the moment is not touched.
    fn add(&self, candidates: &[Candidate], intake: &Intake, now: Timestamp) -> Result<Added, Error>;

    /// Hands out the host that has been ready longest, with its best URLs that are due; `None` where none is ready: ask
    /// `next_wake` when to come again.
    fn lease(&self, request: &LeaseRequest<'_>, now: Timestamp) -> Result<Option<HostLease>, Error>;

    /// Further URLs of the host that a lease holds, best first; none where nothing more is due. Refused when the lease is stale.
    fn extend(&self, lease: &HostLease, request: &LeaseRequest<'_>, now: Timestamp) -> Result<Vec<Item>, Error>;

    /// Holds a lease until `now + hold`. Refused when the lease is stale.
    fn renew(&self, lease: &HostLease, hold: Duration, now: Timestamp) -> Result<(), Error>;

    /// Records what came of some of the lease's URLs, and how the host behaved. Refused as a whole when the lease is stale or
    /// does not hold one of the URLs. May be called several times; the lease stays.
    fn finish(&self, lease: &HostLease, outcomes: &[Outcome], pace: &Pace, now: Timestamp) -> Result<(), Error>;

    /// Gives the host back: URLs without an outcome are as due as they were before. Refused when the lease is stale.
    fn release(&self, lease: &HostLease, now: Timestamp) -> Result<(), Error>;

    /// Ends every lease, whoever holds it; to be called at the start by the one crawler that holds the archive. Says how many
    /// URLs came back.
    fn reclaim_all(&self, now: Timestamp) -> Result<u64, Error>;

    /// When the next host becomes ready, `now` or earlier if one is; `None` where nothing waits. Leased hosts count from the
    /// end of their lease.
    fn next_wake(&self, sources: Option<&[String]>, now: Timestamp) -> Result<Option<Timestamp>, Error>;

    /// Whether anything is due that nobody holds, at a host that is not down. Cheap, however many URLs there are.
    fn has_due(&self, sources: Option<&[String]>, now: Timestamp) -> Result<bool, Error>;

    /// What is known of a URL (by its canonical form).
    fn known(&self, url: &Url) -> Result<Option<Known>, Error>;

    /// URLs by state; of one source, or of all. It looks at every one of them.
    fn counts(&self, source: Option<&str>, now: Timestamp) -> Result<Counts, Error>;

    /// How a host has behaved; the default for one that was never visited.
    fn pace(&self, host: &str) -> Result<Pace, Error>;

    /// Takes a host's turn at `now`, so that its next one comes no sooner than `next`, in this process or another. Where it has
    /// not come, the answer is when it comes.
    fn take_turn(&self, host: &str, now: Timestamp, next: Timestamp) -> Result<Option<Timestamp>, Error>;

    /// Records how a host behaved; its next turn comes no sooner than was known. Without a lease on it: for what is asked for by hand, and for hosts met in a redirect.
    fn set_pace(&self, host: &str, pace: &Pace) -> Result<(), Error>;

    /// The robots.txt that is kept for an origin, expired or not.
    fn robots(&self, origin: &Origin) -> Result<Option<RobotsCache>, Error>;

    /// Keeps what came of asking an origin for its robots.txt.
    fn set_robots(&self, origin: &Origin, robots: &RobotsCache) -> Result<(), Error>;

    /// How one source has done.
    fn source(&self, name: &str) -> Result<Option<SourceState>, Error>;

    /// How every source has done, by name.
    fn sources(&self) -> Result<Vec<SourceState>, Error>;

    /// Records how a source has done.
    fn set_source(&self, state: &SourceState) -> Result<(), Error>;

    /// How often the pages of a source change; what is believed of any where nothing is known.
    fn rates(&self, source: &str) -> Result<Rates, Error>;

    /// Records it.
    fn set_rates(&self, source: &str, rates: &Rates) -> Result<(), Error>;

    /// What is left of the budget of a source, or of the whole crawl (the empty name).
    fn purse(&self, source: &str) -> Result<Option<Purse>, Error>;

    /// Records it.
    fn set_purse(&self, source: &str, purse: &Purse) -> Result<(), Error>;

    /// What the crawl that is going on, or the last one, wrote of itself: JSON that the engine does not look into.
    fn status(&self) -> Result<Option<String>, Error>;

    /// Writes it.
    fn set_status(&self, json: &str) -> Result<(), Error>;
}
