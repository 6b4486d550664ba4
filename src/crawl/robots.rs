//! Asks sites for their robots.txt and remembers the answer: in memory for this run, in the frontier for the next. What an
//! answer means is `frontier/robots.rs`'s matter.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Mutex as AsyncMutex;
use url::Url;

use crate::crawl::error::Error;
use crate::crawl::hosts::{Hosts, Patience, Refusal};
use crate::fetch::error::Error as FetchError;
use crate::fetch::limits::Limits;
use crate::fetch::request::Request;
use crate::fetch::transport::Transport;
use crate::frontier::pace::{Answer as PaceAnswer, Politeness, retry_after};
use crate::frontier::queue::Frontier;
use crate::frontier::robots::{Fetched, MAX_BYTES, Robots, RobotsCache, Standing};
use crate::url::Origin;

/// Why there are no rules.
#[derive(Debug, thiserror::Error)]
pub enum NoRules {
    /// There was no answer.
    #[error("{error}")]
    Unanswered {
        /// Why.
        error: FetchError,
        /// When the site is asked again; `None` where it is our matter and not the site's.
        until: Option<Timestamp>,
    },
    /// The host gave no turn to ask.
    #[error("robots.txt was not asked for: {0}")]
    NotAsked(Refusal),
}

/// The name that robots.txt files know us by.
pub const AGENT: &str = "chaffinch";

/// RFC 9309, section 2.3.1.2: at least five consecutive redirects are followed.
const REDIRECTS_MAX: usize = 5;

/// So many sites are remembered at once; what they said is in the frontier, too.
const SITES_MAX: usize = 4096;

/// What is known of one site; locked while it is asked.
type Slot = Arc<AsyncMutex<Option<Arc<Rules>>>>;

/// The robots.txt of every site met in this run.
pub struct RobotsDesk {
    frontier: Arc<dyn Frontier>,
    network: Arc<dyn Transport>,
    hosts: Arc<Hosts>,
    politeness: Politeness,
    /// Whether a site that could not say is asked again, though it was asked a short while ago: what a person asks for now is
    /// not refused for what went wrong before.
    ask_again: bool,
    known: Mutex<HashMap<Origin, Slot>>,
}

/// What is to be remembered of a site, and why it did not answer, where it did not.
type Asked = (RobotsCache, Option<FetchError>);

/// One site's rules, parsed.
#[derive(Debug)]
pub struct Rules {
    /// The rules.
    pub robots: Robots,
    /// Whether the site could not say, so that nothing may be fetched until it is asked again.
    pub unavailable: bool,
    /// Until when they stand.
    pub expires: Timestamp,
}

impl Rules {
    /// The host's own wish for a delay.
    pub fn crawl_delay(&self) -> Option<Duration> {
        self.robots.crawl_delay(AGENT)
    }
}

impl RobotsDesk {
    /// No site asked yet.
    pub fn new(
        frontier: Arc<dyn Frontier>,
        network: Arc<dyn Transport>,
        hosts: Arc<Hosts>,
        politeness: Politeness,
        ask_again: bool,
    ) -> Self {
        Self { frontier, network, hosts, politeness, ask_again, known: Mutex::default() }
    }

    /// The rules for a URL's site: remembered, or asked for now. Where the site gives no answer at all, the inner error says
    /// why; for as long as that is remembered, later questions get rules that allow nothing (RFC 9309, section 2.3.1.4).
    pub async fn rules(&self, url: &Url, patience: Patience) -> Result<Result<Arc<Rules>, NoRules>, Error> {
        let origin = Origin::of(url);
        let slot = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            if known.len() >= SITES_MAX {
                known.retain(|_, slot| Arc::strong_count(slot) > 1);
            }
            Arc::clone(known.entry(origin.clone()).or_default())
        };
        // Held while asking: whoever comes second waits for the answer instead of asking again.
        let mut slot = slot.lock().await;
        if let Some(rules) = slot.as_ref()
            && self.hosts.clock.now() < rules.expires
        {
            return Ok(Ok(Arc::clone(rules)));
        }
        let remembered = self.frontier.robots(&origin)?;
        let mut failure = None;
        let cache = match remembered {
            Some(cache)
                if cache.is_fresh(self.hosts.clock.now())
                    && !(self.ask_again && cache.standing == Standing::DenyAll) =>
            {
                cache
            }
            previous => {
                let (cache, error) = match self.ask(url, previous.as_ref(), patience).await? {
                    Ok(answer) => answer,
                    Err(refusal) => return Ok(Err(NoRules::NotAsked(refusal))),
                };
                // What we refuse ourselves says nothing of the site, and is not remembered of it.
                if let Some(error @ FetchError::PrivateAddress { .. }) = error {
                    return Ok(Err(NoRules::Unanswered { error, until: None }));
                }
                self.frontier.set_robots(&origin, &cache)?;
                failure = error;
                cache
            }
        };
        let rules = Arc::new(Rules {
            robots: cache.robots(),
            unavailable: cache.standing == Standing::DenyAll,
            expires: cache.expires,
        });
        *slot = Some(Arc::clone(&rules));
        let until = Some(rules.expires);
        Ok(failure.map_or(Ok(rules), |error| Err(NoRules::Unanswered { error, until })))
    }

    async fn ask(
        &self,
        url: &Url,
        previous: Option<&RobotsCache>,
        mut patience: Patience,
    ) -> Result<Result<Asked, Refusal>, Error> {
        let remember = |fetched, wish| RobotsCache::after(fetched, wish, previous, self.hosts.clock.now());
        let Ok(mut at) = url.join("/robots.txt") else {
            return Ok(Ok((remember(Fetched::TooManyRedirects, None), None)));
        };
        // One byte more than is read tells a file that is cut from one that ends there.
        let limits = Limits { decoded_bytes_max: MAX_BYTES as u64 + 1, ..self.network.limits() };
        for _ in 0..=REDIRECTS_MAX {
            let turn = match self.hosts.turn(&crate::url::host(&at), &self.politeness, None, patience).await? {
                Ok(turn) => turn,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let answer = self.network.exchange(&Request::new(at.clone()), Some(&limits)).await;
            let pace = match &answer {
                Ok(page) => PaceAnswer {
                    status: Some(page.status),
                    elapsed: Duration::from_millis(page.elapsed_ms),
                    retry_after: page.headers.get("retry-after").and_then(|value| retry_after(value, page.at)),
                    unreachable: false,
                },
                Err(error) => PaceAnswer::none(error.is_unreachable()),
            };
            if let Ok(page) = &answer {
                turn.came_from(page.address);
            }
            turn.answered(&pace, &self.politeness, None)?;
            // What was begun is brought to its end.
            patience = Patience::Long;
            let page = match answer {
                Ok(page) => page,
                Err(error) => return Ok(Ok((remember(Fetched::Unreachable, None), Some(error)))),
            };
            match page.redirect() {
                Some(next) if matches!(next.scheme(), "http" | "https") => at = next,
                _ => {
                    let fetched = Fetched::Answer { status: page.status, body: &page.body };
                    return Ok(Ok((remember(fetched, pace.retry_after), None)));
                }
            }
        }
        Ok(Ok((remember(Fetched::TooManyRedirects, None), None)))
    }
}
