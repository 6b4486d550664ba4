//! Thousands of hosts without a network: answers come from memory after a while of virtual time, and every request is written
//! down with the moments at which it was sent and answered. The crawl before it is the real one, with its frontier and archive.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chaffinch::crawl::board::Board;
use chaffinch::crawl::clock::Clock;
use chaffinch::crawl::filing::{Assets, Filing};
use chaffinch::crawl::hosts::Hosts;
use chaffinch::crawl::keep::Keeper;
use chaffinch::crawl::page_assets::PageAssets;
use chaffinch::crawl::purses::Purses;
use chaffinch::crawl::robots::RobotsDesk;
use chaffinch::crawl::rules::Rulebook;
use chaffinch::crawl::run::{Crawl, CrawlOptions};
use chaffinch::crawl::sites::Sites;
use chaffinch::crawl::source::{Plan, SourceKind};
use chaffinch::crawl::stop;
use chaffinch::crawl::summary::Summary;
use chaffinch::crawl::visit::Visitor;
use chaffinch::crawl::writer::Writer;
use chaffinch::fetch::error::Error;
use chaffinch::fetch::limits::Limits;
use chaffinch::fetch::request::Request;
use chaffinch::fetch::transport::{Exchange, Transport};
use chaffinch::frontier::budget::Allowance;
use chaffinch::frontier::pace::Politeness;
use chaffinch::frontier::policy::Policy;
use chaffinch::frontier::queue::Frontier;
use chaffinch::frontier::scope::{Scope, Within};
use chaffinch::frontier::sqlite::SqliteFrontier;
use chaffinch::page::{Headers, Page};
use chaffinch::store::archive::Archive;
use jiff::Timestamp;
use tokio::sync::{Semaphore, mpsc};
use url::Url;

/// One request: when it was sent and when it was answered.
#[derive(Debug, Clone, Copy)]
pub struct Exchanged {
    pub sent: Timestamp,
    pub answered: Timestamp,
}

/// What a host answers.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub after: Duration,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

type Answers = Box<dyn Fn(&Url) -> Reply + Send + Sync>;

/// Every host there is.
pub struct Universe {
    clock: Clock,
    answers: Answers,
    log: Mutex<BTreeMap<String, Vec<Exchanged>>>,
}

impl Universe {
    /// Answers as it is told to; `clock` says when.
    pub fn new(clock: Clock, answers: impl Fn(&Url) -> Reply + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { clock, answers: Box::new(answers), log: Mutex::default() })
    }

    /// The requests so far by host, each in the order of their sending.
    pub fn log(&self) -> BTreeMap<String, Vec<Exchanged>> {
        let mut log = self.log.lock().unwrap().clone();
        for requests in log.values_mut() {
            requests.sort_by_key(|request| request.sent);
        }
        log
    }
}

impl Transport for Universe {
    fn exchange<'a>(&'a self, request: &'a Request, _limits: Option<&'a Limits>) -> Exchange<'a> {
        Box::pin(async move {
            let reply = (self.answers)(&request.url);
            let sent = self.clock.now();
            tokio::time::sleep(reply.after).await;
            let exchanged = Exchanged { sent, answered: self.clock.now() };
            let host = request.url.host_str().unwrap_or_default().to_owned();
            self.log.lock().unwrap().entry(host).or_default().push(exchanged);
            Ok::<Page, Error>(Page {
                url: request.url.clone(),
                at: sent,
                request_headers: Headers::new(),
                status: reply.status,
                version: "HTTP/1.1".to_owned(),
                headers: reply.headers.iter().map(|(name, value)| (*name, value.as_str())).collect(),
                wire_bytes: reply.body.len() as u64,
                body: reply.body.into_bytes().into(),
                truncated: None,
                address: None,
                elapsed_ms: u64::try_from(reply.after.as_millis()).unwrap(),
            })
        })
    }

    fn limits(&self) -> Limits {
        Limits::default()
    }
}

/// A crawl of these URLs in a universe, to its end.
pub async fn crawl(universe: &Arc<Universe>, urls: Vec<Url>, politeness: Politeness, concurrency: usize) -> Summary {
    let folder = tempfile::tempdir().unwrap();
    let (stopper, stop) = stop::flag();
    let frontier: Arc<dyn Frontier> = Arc::new(SqliteFrontier::open(&folder.path().join("frontier.sqlite")).unwrap());
    let archive = Arc::new(Archive::open_or_create(folder.path()).unwrap());
    let network: Arc<dyn Transport> = Arc::clone(universe) as Arc<dyn Transport>;
    let hosts = Arc::new(Hosts::new(Arc::clone(&frontier), (1, 8), false, stop.clone(), universe.clock));
    let robots = RobotsDesk::new(Arc::clone(&frontier), Arc::clone(&network), Arc::clone(&hosts), politeness, false);
    let rulebook = Arc::new(Rulebook::default());
    let visitor = Arc::new(Visitor { network, hosts, robots: Arc::new(robots), politeness });
    let writer = Writer::start(Arc::clone(&archive));
    let age_max = Duration::from_secs(3600);
    let keeper = Arc::new(Keeper {
        sites: Arc::new(Sites::new(Arc::clone(&archive), Arc::clone(&rulebook))),
        rulebook,
        assets: PageAssets::new(Arc::clone(&archive), Arc::clone(&visitor), writer.clone(), age_max),
        writer,
        archive,
        visitor,
        parsers: Arc::new(Semaphore::new(2)),
    });
    let purses = Purses::open(Arc::clone(&frontier), universe.clock, Allowance::default(), []);
    let (events, mut happened) = mpsc::channel(64);
    let listener = tokio::spawn(async move { while happened.recv().await.is_some() {} });
    let crawl = Crawl {
        frontier,
        keeper,
        plans: Arc::new(BTreeMap::from([("all".to_owned(), Arc::new(plan(urls)))])),
        options: CrawlOptions {
            concurrency,
            per_host: 1,
            obey_robots: true,
            obey_noarchive: true,
            limit: None,
            pages_per_host_max: 1_000_000,
            policy: Policy::default(),
            by_rhythm: false,
            failing_after: 3,
        },
        purses: Arc::new(purses.unwrap()),
        stopper,
        stop,
        events,
        board: Arc::new(Board::new(universe.clock.now())),
    };
    let summary = crawl.run().await.unwrap();
    listener.await.unwrap();
    summary
}

fn plan(urls: Vec<Url>) -> Plan {
    let filing = Filing {
        source: Some("all".to_owned()),
        tags: Vec::new(),
        assets: Assets::None,
        credentials: Arc::default(),
        obey_robots: true,
        force: false,
    };
    let scope = Arc::new(Scope::new(Vec::new(), Within::Anywhere, &[], &[], 0).unwrap());
    Plan {
        name: "all".to_owned(),
        kind: SourceKind::Urls,
        roots: urls,
        scope,
        filing,
        delay: None,
        revisit_min: None,
        revisit_max: None,
        allowance: Allowance::default(),
        quiet: None,
        schedule: None,
    }
}

/// A number that looks drawn by lot, the same for the same name: from 0 to below `below`.
pub fn lot(name: &str, below: u64) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish() % below
}
