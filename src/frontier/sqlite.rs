//! The embedded engine: one SQLite file beside the archive, one writer at a time, WAL so that readers do not wait. A URL that
//! is handed out keeps its due time, so a lease that runs out or a process that dies leaves it exactly as due as it was.
//!
//! `lanes` has a row for each host and source with the earliest time at which the host can be leased for it, so that finding
//! the next host is one step in an index however many URLs wait.

mod lease;
mod memory;
mod schema;
mod urls;

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use url::Url;

use crate::frontier::budget::Purse;
use crate::frontier::item::{Candidate, Item, Known, Outcome};
use crate::frontier::pace::Pace;
use crate::frontier::queue::{Added, Counts, Error, Frontier, HostLease, Intake, LeaseRequest, SourceState};
use crate::frontier::rates::Rates;
use crate::frontier::robots::RobotsCache;
use crate::url::Origin;

/// The name of its file in the archive.
pub const FILE: &str = "frontier.sqlite";

/// The frontier in a SQLite file.
#[derive(Debug)]
pub struct SqliteFrontier {
    connection: Mutex<Connection>,
}

impl SqliteFrontier {
    /// Opens the file, or makes it. Several processes may have it open at the same time.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let failed = |source| Error::Open { path: path.to_owned(), source };
        let mut connection = Connection::open(path).map_err(failed)?;
        schema::prepare(&mut connection, path)?;
        Ok(Self { connection: Mutex::new(connection) })
    }

    /// A frontier that is gone when it is dropped: for a dry run.
    pub fn in_memory() -> Result<Self, Error> {
        let path = Path::new(":memory:");
        let mut connection =
            Connection::open_in_memory().map_err(|source| Error::Open { path: path.to_owned(), source })?;
        schema::prepare(&mut connection, path)?;
        Ok(Self { connection: Mutex::new(connection) })
    }

    /// A panic elsewhere rolled its transaction back; the connection is as good as before.
    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `work` in a transaction of its own: all of it is kept, or nothing.
    fn write<T>(
        &self,
        action: &'static str,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Failure>,
    ) -> Result<T, Error> {
        let mut connection = self.lock();
        let done: Result<T, Failure> = (|| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = work(&transaction)?;
            transaction.commit()?;
            Ok(value)
        })();
        done.map_err(|failure| failure.into_error(action))
    }

    fn read<T>(&self, action: &'static str, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, Error> {
        work(&self.lock()).map_err(|source| Error::Database { action, source })
    }
}

/// Why a piece of work inside a transaction stopped.
enum Failure {
    Database(rusqlite::Error),
    Refused(Error),
}

impl From<rusqlite::Error> for Failure {
    fn from(source: rusqlite::Error) -> Self {
        Self::Database(source)
    }
}

impl Failure {
    fn into_error(self, action: &'static str) -> Error {
        match self {
            Self::Database(source) => Error::Database { action, source },
            Self::Refused(error) => error,
        }
    }
}

impl Frontier for SqliteFrontier {
    fn add(&self, candidates: &[Candidate], intake: &Intake, now: Timestamp) -> Result<Added, Error> {
        self.write("add URLs", |tx| Ok(urls::add(tx, candidates, intake, now)?))
    }

    fn lease(&self, request: &LeaseRequest<'_>, now: Timestamp) -> Result<Option<HostLease>, Error> {
        self.write("lease a host", |tx| Ok(lease::lease(tx, request, now)?))
    }

    fn extend(&self, lease: &HostLease, request: &LeaseRequest<'_>, now: Timestamp) -> Result<Vec<Item>, Error> {
        self.write("extend a lease", |tx| lease::extend(tx, lease, request, now))
    }

    fn renew(&self, lease: &HostLease, hold: Duration, now: Timestamp) -> Result<(), Error> {
        self.write("renew a lease", |tx| lease::renew(tx, lease, hold, now))
    }

    fn finish(&self, lease: &HostLease, outcomes: &[Outcome], pace: &Pace, _now: Timestamp) -> Result<(), Error> {
        self.write("record outcomes", |tx| lease::finish(tx, lease, outcomes, pace))
    }

    fn release(&self, lease: &HostLease, _now: Timestamp) -> Result<(), Error> {
        self.write("release a host", |tx| lease::release(tx, lease))
    }

    fn reclaim_all(&self, _now: Timestamp) -> Result<u64, Error> {
        self.write("reclaim leases", |tx| Ok(lease::reclaim_all(tx)?))
    }

    fn next_wake(&self, sources: Option<&[String]>, _now: Timestamp) -> Result<Option<Timestamp>, Error> {
        self.read("look for what is due next", |db| lease::next_wake(db, sources))
    }

    fn has_due(&self, sources: Option<&[String]>, now: Timestamp) -> Result<bool, Error> {
        self.read("look whether anything is due", |db| lease::has_due(db, sources, now))
    }

    fn known(&self, url: &Url) -> Result<Option<Known>, Error> {
        self.read("look up a URL", |db| urls::known(db, url))
    }

    fn counts(&self, source: Option<&str>, now: Timestamp) -> Result<Counts, Error> {
        self.read("count URLs", |db| urls::counts(db, source, now))
    }

    fn pace(&self, host: &str) -> Result<Pace, Error> {
        self.read("look up a host", |db| memory::pace(db, host))
    }

    fn take_turn(&self, host: &str, now: Timestamp, next: Timestamp) -> Result<Option<Timestamp>, Error> {
        self.write("take a host's turn", |tx| Ok(memory::take_turn(tx, host, now, next)?))
    }

    fn set_pace(&self, host: &str, pace: &Pace) -> Result<(), Error> {
        self.write("record a host's pace", |tx| {
            memory::set_pace(tx, host, pace)?;
            Ok(lease::refresh_lanes(tx, urls::host_id(tx, host)?)?)
        })
    }

    fn robots(&self, origin: &Origin) -> Result<Option<RobotsCache>, Error> {
        self.read("look up a robots.txt", |db| memory::robots(db, origin))
    }

    fn set_robots(&self, origin: &Origin, robots: &RobotsCache) -> Result<(), Error> {
        self.write("keep a robots.txt", |tx| Ok(memory::set_robots(tx, origin, robots)?))
    }

    fn source(&self, name: &str) -> Result<Option<SourceState>, Error> {
        self.read("look up a source", |db| memory::source(db, name))
    }

    fn sources(&self) -> Result<Vec<SourceState>, Error> {
        self.read("list the sources", memory::sources)
    }

    fn set_source(&self, state: &SourceState) -> Result<(), Error> {
        self.write("record a source", |tx| Ok(memory::set_source(tx, state)?))
    }

    fn rates(&self, source: &str) -> Result<Rates, Error> {
        self.read("look up how often a source changes", |db| memory::rates(db, source))
    }

    fn set_rates(&self, source: &str, rates: &Rates) -> Result<(), Error> {
        self.write("record how often a source changes", |tx| Ok(memory::set_rates(tx, source, rates)?))
    }

    fn purse(&self, source: &str) -> Result<Option<Purse>, Error> {
        self.read("look up a budget", |db| memory::purse(db, source))
    }

    fn set_purse(&self, source: &str, purse: &Purse) -> Result<(), Error> {
        self.write("record a budget", |tx| Ok(memory::set_purse(tx, source, purse)?))
    }

    fn status(&self) -> Result<Option<String>, Error> {
        self.read("read how the crawl fares", memory::status)
    }

    fn set_status(&self, json: &str) -> Result<(), Error> {
        self.write("record how the crawl fares", |tx| Ok(memory::set_status(tx, json)?))
    }
}

/// Times are kept as milliseconds since 1970, which SQLite compares.
fn millis(at: Timestamp) -> i64 {
    at.as_millisecond()
}

fn timestamp(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap_or(if millis < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

/// SQLite's integers are signed; counts and tokens never are.
fn unsigned(stored: i64) -> u64 {
    u64::try_from(stored).unwrap_or(0)
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn duration(millis: i64) -> Duration {
    Duration::from_millis(unsigned(millis))
}

fn duration_millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// The names of sources as one SQL parameter, for `json_each`.
fn json_names(sources: Option<&[String]>) -> Option<String> {
    sources.map(|names| serde_json::Value::from(names.to_vec()).to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;
    use crate::frontier::contract::{any_interleaving_keeps_its_promises, frontier_contract, steps};

    frontier_contract!(|| SqliteFrontier::in_memory().unwrap());

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn promises_are_kept_in_any_order_of_events(steps in steps()) {
            any_interleaving_keeps_its_promises(&SqliteFrontier::in_memory().unwrap(), &steps)?;
        }
    }

    fn page(text: &str) -> Candidate {
        Candidate::page(Url::parse(text).unwrap(), "news")
    }

    const INTAKE: Intake = Intake { links_per_host: None, revisit_min: Duration::ZERO };
    const REQUEST: LeaseRequest<'static> =
        LeaseRequest { worker: "w", hold: Duration::from_secs(60), urls: 10, sources: None };

    #[test]
    fn what_is_in_the_file_is_there_when_it_is_opened_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("frontier.sqlite");
        let now = Timestamp::UNIX_EPOCH;
        let first = SqliteFrontier::open(&path).unwrap();
        first.add(&[page("https://a.test/1")], &INTAKE, now).unwrap();
        let held = first.lease(&REQUEST, now).unwrap().unwrap();
        // The process dies here, as far as the file can tell.
        std::mem::forget(first);
        let second = SqliteFrontier::open(&path).unwrap();
        assert_eq!(second.reclaim_all(now).unwrap(), 1);
        assert_eq!(second.lease(&REQUEST, now).unwrap().unwrap().items, held.items);
    }

    #[test]
    fn two_processes_never_hold_the_same_host() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("frontier.sqlite");
        let open = || SqliteFrontier::open(&path).unwrap();
        let now = Timestamp::UNIX_EPOCH;
        let pages: Vec<_> = (0..40).map(|n| page(&format!("https://{}.test/{n}", n % 20))).collect();
        open().add(&pages, &INTAKE, now).unwrap();
        let take_all = || {
            let frontier = open();
            std::iter::from_fn(|| frontier.lease(&REQUEST, now).unwrap()).map(|lease| lease.host).collect::<Vec<_>>()
        };
        let mut hosts: Vec<String> = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..3).map(|_| scope.spawn(take_all)).collect();
            workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
        });
        hosts.sort();
        hosts.dedup();
        assert_eq!(hosts.len(), 20);
    }

    #[test]
    fn a_file_of_a_later_program_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("frontier.sqlite");
        drop(SqliteFrontier::open(&path).unwrap());
        Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
        assert!(matches!(SqliteFrontier::open(&path), Err(Error::Newer { found: 99, .. })));
    }

    #[test]
    fn a_folder_that_is_not_there_is_told_with_its_name() {
        let error = SqliteFrontier::open(Path::new("nowhere/frontier.sqlite")).unwrap_err();
        assert!(error.to_string().starts_with("the frontier `nowhere/frontier.sqlite` cannot be opened"));
        assert!(error.is_disk());
    }
}
