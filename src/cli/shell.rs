//! What `archive` and `crawl` share: the runtime, signals, the client and everything that hangs on it, put together from the
//! configuration.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use tokio::sync::Semaphore;
use url::Url;

use crate::cli::config::units::Size;
use crate::cli::config::values::{Assets, Config, Login, Secret};
use crate::cli::exit::Exit;
use crate::cli::hooks::Hooks;
use crate::cli::setup::{Failure, Setup, crawl_failure, store_failure};
use crate::crawl::clock::Clock;
use crate::crawl::cookies::Jar;
use crate::crawl::filing::Assets as KeptAssets;
use crate::crawl::hosts::Hosts;
use crate::crawl::keep::Keeper;
use crate::crawl::page_assets::PageAssets;
use crate::crawl::robots::RobotsDesk;
use crate::crawl::sites::Sites;
use crate::crawl::stop::{self, Reason, Stop, Stopper};
use crate::crawl::visit::{Credentials, Visitor};
use crate::crawl::writer::Writer;
use crate::fetch::client::{Client, ClientOptions};
use crate::fetch::limits::Limits;
use crate::fetch::proxy::ProxyChoice;
use crate::fetch::resolver::SystemNames;
use crate::fetch::transport::Transport;
use crate::frontier::pace::Politeness;
use crate::frontier::queue::Frontier;
use crate::frontier::sqlite::{self, SqliteFrontier};
use crate::page::Headers;
use crate::store::archive::Archive;
use crate::store::report::SealOptions;

/// Everything a run works with.
pub struct Tools {
    /// The queue.
    pub frontier: Arc<dyn Frontier>,
    /// Turns answers into captures.
    pub keeper: Arc<Keeper>,
    /// The archive.
    pub archive: Arc<Archive>,
    /// Runs commands when something happens.
    pub hooks: Hooks,
}

impl Tools {
    /// Puts them together; to be called inside a runtime. What is asked for by hand asks sites again that could not say a
    /// short while ago whether they may be crawled.
    pub fn new(
        setup: &Setup,
        config: &Config,
        archive: Arc<Archive>,
        by_hand: bool,
        stop: Stop,
    ) -> anyhow::Result<Self> {
        let client = client(config).map_err(|error| crawl_failure(&error.into()))?;
        let frontier: Arc<dyn Frontier> = Arc::new(open_frontier(&archive)?);
        let politeness = Politeness { delay: config.crawl.delay.0, ..Politeness::default() };
        let network: Arc<dyn Transport> = Arc::new(client);
        let bounds = (config.crawl.per_host, config.crawl.per_address);
        let hosts = Arc::new(Hosts::new(Arc::clone(&frontier), bounds, by_hand, stop, Clock::system()));
        let robots =
            RobotsDesk::new(Arc::clone(&frontier), Arc::clone(&network), Arc::clone(&hosts), politeness, by_hand);
        let visitor = Arc::new(Visitor { network, hosts, robots: Arc::new(robots), politeness });
        let rulebook = Arc::new(setup.rulebook());
        let writer = Writer::start(Arc::clone(&archive));
        let age_max = config.crawl.revisit_max.0;
        let assets = PageAssets::new(Arc::clone(&archive), Arc::clone(&visitor), writer.clone(), age_max);
        let keeper = Arc::new(Keeper {
            sites: Arc::new(Sites::new(Arc::clone(&archive), Arc::clone(&rulebook))),
            rulebook,
            writer,
            archive: Arc::clone(&archive),
            visitor,
            assets,
            parsers: Arc::new(Semaphore::new(cores())),
        });
        Ok(Self { frontier, keeper, archive, hooks: Hooks::new(&config.hooks, setup.face) })
    }

    /// Ends a run: keeps what it learnt of sites, and seals what it stored where the configuration says so.
    pub async fn close(&self, setup: &Setup, config: &Config) -> anyhow::Result<()> {
        let keeper = Arc::clone(&self.keeper);
        let saved = tokio::task::spawn_blocking(move || keeper.sites.save()).await;
        saved.map_err(|_| Failure::new(Exit::Failed, "what was learnt of sites was lost"))?.map_err(store_failure)?;
        if !config.archive.compact {
            return Ok(());
        }
        let (archive, options) = (Arc::clone(&self.archive), SealOptions::end_of_run(setup.now()));
        let sealed = tokio::task::spawn_blocking(move || archive.seal(&options)).await;
        match sealed.map_err(|_| Failure::new(Exit::Failed, "sealing ended too early"))? {
            // Somebody else is at it; what this run stored is sealed by them or next time.
            Err(crate::store::error::Error::Sealing) | Ok(_) => Ok(()),
            Err(error) => Err(store_failure(error)),
        }
    }
}

/// The frontier beside an archive.
pub fn open_frontier(archive: &Archive) -> anyhow::Result<SqliteFrontier> {
    SqliteFrontier::open(&archive.dir().join(sqlite::FILE)).map_err(|error| crawl_failure(&error.into()))
}

/// How many threads the machine runs at once.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

/// The HTTP client that the configuration asks for.
pub fn client(config: &Config) -> Result<Client, crate::fetch::error::Error> {
    let fetch = &config.fetch;
    let millis = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let Size(bytes_per_second_min) = fetch.throughput_min;
    Client::new(ClientOptions {
        user_agent: fetch.user_agent(),
        accept_language: fetch.accept_language.clone(),
        limits: Limits {
            wire_bytes_max: fetch.wire_max.0,
            decoded_bytes_max: fetch.body_max.0,
            ratio_max: u64::from(fetch.ratio_max),
            connect_ms_max: millis(fetch.connect_timeout.0),
            first_byte_ms_max: millis(fetch.first_byte_timeout.0),
            total_ms_max: millis(fetch.total_timeout.0),
            bytes_per_second_min,
            ..Limits::default()
        },
        allow_private_addresses: fetch.allow_private_addresses,
        names: Arc::new(SystemNames),
        proxy: if fetch.proxy.is_empty() { ProxyChoice::Environment } else { fetch.proxy.parse()? },
    })
}

/// Header fields and cookies that go to some hosts only.
pub fn credentials(
    setup: &Setup,
    roots: &[Url],
    headers: &[(String, String)],
    cookies: Option<&Path>,
    login: Option<&Login>,
) -> anyhow::Result<Credentials> {
    let cookies = match cookies {
        None => Jar::default(),
        Some(path) => Jar::parse(&setup.read_text(path)?, setup.now().as_second())
            .map_err(|error| Failure::new(Exit::Usage, format!("{}: {error}", path.display())))?,
    };
    let mut headers: Headers = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    if let Some(login) = login {
        headers.push("authorization", authorization(setup, login)?);
    }
    let mut seen = HashSet::new();
    // A list may have a hundred thousand addresses; what matters of each is where it may send credentials.
    let differs = |root: &&Url| seen.insert((root.scheme().to_owned(), crate::url::site(root), root.port()));
    let roots = roots.iter().filter(differs).cloned().collect();
    Ok(Credentials { roots, headers, cookies, ..Credentials::default() })
}

/// The `Authorization` field of a login (RFC 7617, RFC 6750).
fn authorization(setup: &Setup, login: &Login) -> anyhow::Result<String> {
    match login {
        Login::Basic { user, password } => {
            let pair = format!("{user}:{}", secret(setup, password)?);
            Ok(format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair)))
        }
        Login::Bearer { token } => Ok(format!("Bearer {}", secret(setup, token)?)),
    }
}

/// A secret from where it is kept. Messages name the place, never the secret.
fn secret(setup: &Setup, secret: &Secret) -> anyhow::Result<String> {
    let missing = |what: String| Failure::new(Exit::Usage, what);
    let value = match secret {
        Secret::Env(name) => std::env::var(name)
            .map_err(|_| missing(format!("the environment variable {name}, which a login names, is not set")))?,
        Secret::File(path) => setup.read_text(&setup.resolve(path))?,
    };
    let value = value.trim_end_matches(['\r', '\n']).to_owned();
    if value.is_empty() {
        return Err(missing(format!("the secret in {secret} is empty")));
    }
    Ok(value)
}

/// The keeper's word for a choice.
pub fn assets(assets: Assets) -> KeptAssets {
    match assets {
        Assets::None => KeptAssets::None,
        Assets::Article => KeptAssets::Article,
        Assets::Page => KeptAssets::Page,
    }
}

/// A runtime with a thread for each core.
pub fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

/// A runtime for a server that reads the archive for each request: work that may block is done by two threads a core, so that
/// what is held at once is bounded.
pub fn serving_runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().max_blocking_threads(2 * cores()).enable_all().build()?)
}

/// A flag that SIGINT and SIGTERM raise; a second signal ends the process at once.
pub fn stop_on_signals() -> Stop {
    let (stopper, stop) = stop::flag();
    watch_signals(stopper);
    stop
}

/// Raises a flag on SIGINT and SIGTERM; a second signal ends the process at once, as nothing that was acknowledged is lost.
pub fn watch_signals(stopper: Stopper) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return;
    };
    tokio::spawn(async move {
        let mut seen = false;
        loop {
            let (reason, exit) = tokio::select! {
                _ = interrupt.recv() => (Reason::Interrupted, Exit::Interrupted),
                _ = terminate.recv() => (Reason::Terminated, Exit::Terminated),
            };
            if std::mem::replace(&mut seen, true) {
                std::process::exit(i32::from(exit as u8));
            }
            stopper.stop(reason);
        }
    });
}

/// The first time after a moment that a cron expression names, in a time zone; `None` where there is none.
pub fn next_after(cron: &croner::Cron, after: jiff::Timestamp, zone: &jiff::tz::TimeZone) -> Option<jiff::Timestamp> {
    cron.find_next_occurrence(&after.to_zoned(zone.clone()), false).ok().map(|next| next.timestamp())
}
