//! One visit: robots, turn, request, and every redirect checked like a first request, credentials left behind at the border
//! of an origin. What is done with the answer is the caller's matter.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use url::Url;

use crate::crawl::cookies::{Jar, Session};
use crate::crawl::error::Error;
use crate::crawl::hosts::{Hosts, Patience, Refusal};
use crate::crawl::robots::{AGENT, NoRules, RobotsDesk};
use crate::fetch::error::Error as FetchError;
use crate::fetch::request::{Request, Validators};
use crate::fetch::transport::Transport;
use crate::frontier::pace::{Answer, Politeness, retry_after};
use crate::frontier::scope::Scope;
use crate::page::{Headers, Page};

/// How many redirects lead to a page at most; browsers stop at 20.
pub const REDIRECTS_MAX: usize = 10;

/// Who sends requests, and how politely.
pub struct Visitor {
    /// Sends.
    pub network: Arc<dyn Transport>,
    /// Waits.
    pub hosts: Arc<Hosts>,
    /// Asks for permission.
    pub robots: Arc<RobotsDesk>,
    /// The bounds of a host's delay.
    pub politeness: Politeness,
}

/// Header fields for some hosts only: cookies, credentials.
#[derive(Clone, Default)]
pub struct Credentials {
    /// What they were given for: they may be sent to the sites (registrable domains) of these addresses.
    pub roots: Vec<Url>,
    /// The fields.
    pub headers: Headers,
    /// Cookies by host.
    pub cookies: Jar,
    /// What the sites of these addresses set while the run goes on.
    pub session: Arc<Session>,
}

/// Nothing of it is for logs.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("roots", &self.roots).finish_non_exhaustive()
    }
}

impl Credentials {
    fn are_for(&self, url: &Url) -> bool {
        self.roots.iter().any(|root| may_know(root, url))
    }

    /// Whether what a site sets is sent back to it: to a source's own hosts; by hand, to whoever set it.
    fn keep_session(&self, url: &Url) -> bool {
        self.roots.is_empty() || self.are_for(url)
    }

    fn for_url(&self, url: &Url) -> Headers {
        let mut headers = if self.are_for(url) { self.headers.clone() } else { Headers::new() };
        let given = self.cookies.header(url);
        let set = if self.keep_session(url) { self.session.header(url) } else { None };
        let cookies: Vec<String> = given.into_iter().chain(set).collect();
        if !cookies.is_empty() {
            headers.push("cookie", cookies.join("; "));
        }
        headers
    }

    /// Takes in what an answer sets; whether anything is new. What a server gives to one who has logged in is a key, and is not
    /// kept with the page.
    fn take(&self, page: &mut Page) -> bool {
        if !self.keep_session(&page.url) {
            return false;
        }
        let new = self.session.take(&page.url, &page.headers);
        if !self.headers.is_empty() || self.cookies.header(&page.url).is_some() {
            page.headers.remove("set-cookie");
        }
        new
    }
}

/// Whether what was given for one address may be sent to another: of the same site and port, and never in the clear where it
/// was given for an encrypted connection.
fn may_know(root: &Url, url: &Url) -> bool {
    crate::url::site(root) == crate::url::site(url)
        && root.port() == url.port()
        && (url.scheme() == "https" || root.scheme() == "http")
}

/// What a visit is to do.
#[derive(Debug, Clone, Default)]
pub struct Errand {
    /// Makes the first request conditional.
    pub validators: Option<Validators>,
    /// Header fields for some hosts only.
    pub credentials: Arc<Credentials>,
    /// Whether robots.txt is asked.
    pub obey_robots: bool,
    /// A longer delay than usual, for this source.
    pub delay: Option<Duration>,
    /// Where redirects may lead; `None`: anywhere.
    pub scope: Option<Arc<Scope>>,
    /// Whether other hosts are ready meanwhile, so that the first request waits for no turn.
    pub hurried: bool,
    /// Whether this is a page's own asset: it is part of the page, and waits for no turn of its own.
    pub asset: bool,
}

/// What came of a visit.
#[derive(Debug)]
pub enum Visit {
    /// An answer, whatever its status; the redirects that led to it come first.
    Answer {
        /// The redirects, in order.
        hops: Vec<Page>,
        /// The last answer.
        page: Box<Page>,
        /// The server's wish, where it had one.
        retry_after: Option<Duration>,
    },
    /// The site does not want it.
    Denied {
        /// What was not asked for.
        url: Url,
        /// A sentence for people.
        reason: String,
        /// Whether the site could not say: a passing matter.
        unavailable: bool,
    },
    /// The host gave no turn: nothing was sent to it.
    Later {
        /// What was not asked for.
        url: Url,
        /// When the host may be asked again; `None` where the run is stopped.
        until: Option<Timestamp>,
        /// Whether it did not answer, and did not ask for a pause.
        down: bool,
    },
    /// No answer.
    Failed {
        /// What was asked for.
        url: Url,
        /// Why.
        error: Failure,
        /// The redirects so far.
        hops: Vec<Page>,
    },
}

/// Why there was no answer.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The exchange failed.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The redirects do not end, or lead back.
    #[error("{url}: redirected {count} times without reaching a page; the site is misconfigured, or wants a cookie")]
    Redirects {
        /// Where it began.
        url: Url,
        /// How many were followed.
        count: usize,
    },
    /// A redirect leads out of the source.
    #[error("{url}: redirected to {location}, which does not belong to the source; not followed")]
    OutOfScope {
        /// Where it stood.
        url: Url,
        /// Where it leads.
        location: Url,
    },
    /// The server said that nothing has changed, and was not asked whether anything had.
    #[error(
        "{url}: the server answered 304 (not modified) though it was asked for the page itself; it is asked again later"
    )]
    NotModified {
        /// What was asked for.
        url: Url,
    },
    /// The article goes on over further pages, and one of them cannot be had.
    #[error(
        "{url}: the article goes on at {part}, which cannot be had at the moment; all of it is asked for again later"
    )]
    Part {
        /// Where the article begins.
        url: Url,
        /// The page that is missing.
        part: Url,
    },
    /// A redirect leads to something that is no web page.
    #[error("{url}: redirected to {location}, which cannot be archived")]
    Location {
        /// Where it stood.
        url: Url,
        /// Where it leads.
        location: String,
    },
}

impl Failure {
    /// Whether trying again may help.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Fetch(error) => error.is_transient(),
            Self::NotModified { .. } | Self::Part { .. } => true,
            _ => false,
        }
    }
}

impl Visitor {
    /// Visits a URL. Only what stops a run is an error.
    pub async fn visit(&self, url: &Url, errand: &Errand) -> Result<Visit, Error> {
        let mut hops: Vec<Page> = Vec::new();
        let mut at = crate::url::canonical(url);
        loop {
            if let Some(until) = self.hosts.down(&crate::url::host(&at), self.hosts.clock.now())? {
                return Ok(refused(at, Refusal::Down(until)));
            }
            let first = hops.is_empty();
            let patience = if errand.hurried && first { Patience::Short } else { Patience::Long };
            let mut crawl_delay = None;
            if errand.obey_robots {
                let rules = match self.robots.rules(&at, patience).await? {
                    Ok(rules) => rules,
                    Err(NoRules::Unanswered { error, until }) => {
                        self.leave_alone(&at, until)?;
                        return Ok(Visit::Failed { url: at, error: error.into(), hops });
                    }
                    Err(NoRules::NotAsked(refusal)) => return Ok(refused(at, refusal)),
                };
                let answer = rules.robots.allowed(AGENT, &at);
                if !answer.allowed {
                    self.leave_alone(&at, rules.unavailable.then_some(rules.expires))?;
                    let reason = denial(&at, answer.line, rules.unavailable);
                    return Ok(Visit::Denied { url: at, reason, unavailable: rules.unavailable });
                }
                crawl_delay = rules.crawl_delay();
            }
            let request = Request::new(at.clone())
                .headers(errand.credentials.for_url(&at))
                .validators(errand.validators.clone().filter(|_| first));
            let (mut page, wish) = match self.exchange(&request, errand, crawl_delay, patience).await? {
                Ok(Ok(answer)) => answer,
                Ok(Err(error)) => return Ok(Visit::Failed { url: at, error: error.into(), hops }),
                Err(refusal) => return Ok(refused(at, refusal)),
            };
            let has_set = errand.credentials.take(&mut page);
            if page.status == 304 && request.validators.is_none() {
                return Ok(Visit::Failed { error: Failure::NotModified { url: at.clone() }, url: at, hops });
            }
            let Some(next) = page.redirect() else {
                return Ok(Visit::Answer { hops, page: Box::new(page), retry_after: wish });
            };
            let next = crate::url::canonical(&next);
            if !matches!(next.scheme(), "http" | "https") {
                let error = Failure::Location { url: at.clone(), location: next.to_string() };
                return Ok(Visit::Failed { url: at, error, hops });
            }
            if errand.scope.as_ref().is_some_and(|scope| scope.admit(&next, 0).is_err()) {
                let error = Failure::OutOfScope { url: at.clone(), location: next };
                return Ok(Visit::Failed { url: at, error, hops });
            }
            // A site may set a cookie and send back to where one came from; it may do so for ever, too.
            let loops = !has_set && (next == at || hops.iter().any(|hop| hop.url == next));
            hops.push(page);
            if loops || hops.len() > REDIRECTS_MAX {
                let error = Failure::Redirects { url: url.clone(), count: hops.len() };
                return Ok(Visit::Failed { url: at, error, hops });
            }
            at = next;
        }
    }

    /// Where a site could not say what may be fetched, nothing is until it is asked again.
    fn leave_alone(&self, url: &Url, until: Option<Timestamp>) -> Result<(), Error> {
        until.map_or(Ok(()), |until| self.hosts.rest(&crate::url::host(url), until))
    }

    /// An asset, without a turn of its own. A host that is too busy for it is too busy for pages.
    async fn asset(&self, request: &Request) -> Result<Result<Result<Page, FetchError>, Refusal>, Error> {
        let name = crate::url::host(&request.url);
        let _place = match self.hosts.asset_place(&name).await? {
            Ok(place) => place,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let answer = self.network.exchange(request, None).await;
        if let Ok(page) = &answer
            && matches!(page.status, 429 | 503)
        {
            self.hosts.asset_refused(&name, &self.told(page), &self.politeness)?;
        }
        Ok(Ok(answer))
    }

    /// What an answer tells of its host.
    fn told(&self, page: &Page) -> Answer {
        let wish = page.headers.get("retry-after").and_then(|value| retry_after(value, self.hosts.clock.now()));
        Answer {
            status: Some(page.status),
            elapsed: Duration::from_millis(page.elapsed_ms),
            // Nobody is waited for for a year, neither the host nor the page.
            retry_after: wish.map(|wish| wish.min(self.politeness.max_retry_after)),
            unreachable: false,
        }
    }

    /// One exchange in its host's turn.
    async fn exchange(
        &self,
        request: &Request,
        errand: &Errand,
        crawl_delay: Option<Duration>,
        patience: Patience,
    ) -> Result<Result<Result<(Page, Option<Duration>), FetchError>, Refusal>, Error> {
        if errand.asset {
            let answer = self.asset(request).await?;
            return Ok(answer.map(|answer| answer.map(|page| (page, None))));
        }
        let politeness = at_least(self.politeness, errand.delay);
        let turn = match self.hosts.turn(&crate::url::host(&request.url), &politeness, crawl_delay, patience).await? {
            Ok(turn) => turn,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let answer = self.network.exchange(request, None).await;
        let pace = match &answer {
            Ok(page) => {
                turn.came_from(page.address);
                self.told(page)
            }
            Err(error) => Answer::none(error.is_unreachable()),
        };
        turn.answered(&pace, &politeness, crawl_delay)?;
        Ok(Ok(answer.map(|page| (page, pace.retry_after))))
    }
}

/// A source's own delay where it is longer. It is the user's wish and not the host's: nothing caps it.
fn at_least(politeness: Politeness, delay: Option<Duration>) -> Politeness {
    Politeness { delay: politeness.delay.max(delay.unwrap_or_default()), ..politeness }
}

fn refused(url: Url, refusal: Refusal) -> Visit {
    let (until, down) = match refusal {
        Refusal::Until(until) => (Some(until), false),
        Refusal::Down(until) => (Some(until), true),
        Refusal::Stopped => (None, false),
    };
    Visit::Later { url, until, down }
}

/// Why nothing was sent, in a sentence.
pub fn later(url: &Url, until: Option<Timestamp>, down: bool) -> String {
    let Some(until) = until else { return format!("{url}: not visited: stopped before its turn") };
    let until = until.strftime("%Y-%m-%d %H:%M:%S UTC");
    if down {
        return format!("{url}: its host does not answer, and is left alone until {until}; try again then");
    }
    format!("{url}: its host asked to be left alone until {until} (Retry-After); try again then")
}

fn denial(url: &Url, line: Option<usize>, unavailable: bool) -> String {
    let origin = crate::url::Origin::of(url);
    if unavailable {
        return format!(
            "{url}: {origin}/robots.txt could not be had when it was last asked for (a server error, or no answer), so \
             nothing of this site may be fetched; it is asked again later (--ignore-robots asks for the page all the same)"
        );
    }
    let line = line.map_or(String::new(), |line| format!(" (line {line})"));
    format!("{url}: {origin}/robots.txt{line} does not allow it (--ignore-robots asks all the same)")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn credentials_stay_on_their_site_and_port_and_under_encryption() {
        let known = |root: &str, url: &str| may_know(&Url::parse(root).unwrap(), &Url::parse(url).unwrap());
        assert!(known("https://gazette.example/feed", "https://www.gazette.example/a"));
        assert!(known("http://gazette.example/feed", "https://gazette.example/a"));
        assert!(!known("https://gazette.example/feed", "http://gazette.example/a"));
        assert!(!known("https://gazette.example/feed", "https://gazette.test/a"));
        assert!(!known("http://127.0.0.1:8001/feed", "http://127.0.0.1:8002/a"));
    }

    #[test]
    fn the_delay_of_a_source_may_be_longer_than_any_host_could_ask_for() {
        let hour = Duration::from_secs(3600);
        let politeness = at_least(Politeness::default(), Some(hour));
        let pace = crate::frontier::pace::Pace::default();
        assert_eq!(pace.delay(&politeness, None), hour);
        assert_eq!(at_least(Politeness::default(), Some(Duration::ZERO)), Politeness::default());
    }
}
