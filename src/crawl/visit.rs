//! One visit: robots, turn, request, and every redirect checked like a first request, credentials left behind at the border
//! of an origin. What is done with the answer is the caller's matter.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use url::Url;

use crate::crawl::error::Error;
use crate::crawl::hosts::Hosts;
use crate::crawl::robots::{AGENT, RobotsDesk};
use crate::fetch::client::Client;
use crate::fetch::error::Error as FetchError;
use crate::fetch::request::{Request, Validators};
use crate::frontier::pace::{Answer, Politeness, retry_after};
use crate::page::{Headers, Page};

/// How many redirects lead to a page at most; browsers stop at 20.
const REDIRECTS_MAX: usize = 10;

/// Who sends requests, and how politely.
pub struct Visitor {
    /// Sends.
    pub client: Arc<Client>,
    /// Waits.
    pub hosts: Arc<Hosts>,
    /// Asks for permission.
    pub robots: Arc<RobotsDesk>,
    /// The bounds of a host's delay.
    pub politeness: Politeness,
}

/// Header fields for some hosts only: cookies, credentials.
#[derive(Debug, Clone, Default)]
pub struct Credentials {
    /// The sites (registrable domains) they may be sent to.
    pub sites: Vec<String>,
    /// The fields.
    pub headers: Headers,
    /// Cookies by host.
    pub cookies: crate::crawl::cookies::Jar,
}

impl Credentials {
    fn for_url(&self, url: &Url) -> Headers {
        let mut headers = Headers::new();
        if self.sites.contains(&crate::url::site(url)) {
            headers = self.headers.clone();
        }
        if let Some(cookie) = self.cookies.header(url) {
            headers.push("cookie", cookie);
        }
        headers
    }
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
        matches!(self, Self::Fetch(error) if error.is_transient())
    }
}

impl Visitor {
    /// Visits a URL. Only what stops a run is an error.
    pub async fn visit(&self, url: &Url, errand: &Errand) -> Result<Visit, Error> {
        let mut hops: Vec<Page> = Vec::new();
        let mut at = crate::url::canonical(url);
        loop {
            let mut crawl_delay = errand.delay;
            if errand.obey_robots {
                let rules = match self.robots.rules(&at).await? {
                    Ok(rules) => rules,
                    Err(error) => return Ok(Visit::Failed { url: at, error: error.into(), hops }),
                };
                let answer = rules.robots.allowed(AGENT, &at);
                if !answer.allowed {
                    let reason = denial(&at, answer.line, rules.unavailable);
                    return Ok(Visit::Denied { url: at, reason, unavailable: rules.unavailable });
                }
                crawl_delay = crawl_delay.max(rules.crawl_delay());
            }
            let first = hops.is_empty();
            let request = Request::new(at.clone())
                .headers(errand.credentials.for_url(&at))
                .validators(errand.validators.clone().filter(|_| first));
            let (page, wish) = match self.exchange(&request, errand.asset, crawl_delay).await? {
                Ok(answer) => answer,
                Err(error) => return Ok(Visit::Failed { url: at, error: error.into(), hops }),
            };
            let Some(next) = page.redirect() else {
                return Ok(Visit::Answer { hops, page: Box::new(page), retry_after: wish });
            };
            let next = crate::url::canonical(&next);
            if !matches!(next.scheme(), "http" | "https") {
                let error = Failure::Location { url: at.clone(), location: next.to_string() };
                return Ok(Visit::Failed { url: at, error, hops });
            }
            let loops = next == at || hops.iter().any(|hop| hop.url == next);
            hops.push(page);
            // Credentials in the query survive canonicalisation; a site that sets a cookie and sends back to itself would
            // go round for ever, because we keep no cookies.
            if loops || hops.len() > REDIRECTS_MAX {
                let error = Failure::Redirects { url: url.clone(), count: hops.len() };
                return Ok(Visit::Failed { url: at, error, hops });
            }
            at = next;
        }
    }

    /// One exchange in its host's turn.
    async fn exchange(
        &self,
        request: &Request,
        asset: bool,
        crawl_delay: Option<Duration>,
    ) -> Result<Result<(Page, Option<Duration>), FetchError>, Error> {
        if asset {
            let _place = self.hosts.asset_place(&crate::url::host(&request.url)).await?;
            return Ok(self.client.get(request).await.map(|page| (page, None)));
        }
        let turn = self.hosts.turn(&crate::url::host(&request.url), &self.politeness, crawl_delay).await?;
        let answer = self.client.get(request).await;
        let now = Timestamp::now();
        let pace = match &answer {
            Ok(page) => Answer {
                status: Some(page.status),
                elapsed: Duration::from_millis(page.elapsed_ms),
                retry_after: page.headers.get("retry-after").and_then(|value| retry_after(value, now)),
            },
            Err(_) => Answer { status: None, elapsed: Duration::ZERO, retry_after: None },
        };
        turn.answered(&pace, &self.politeness, crawl_delay)?;
        Ok(answer.map(|page| (page, pace.retry_after)))
    }
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
