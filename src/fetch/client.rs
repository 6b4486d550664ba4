//! One exchange: asks, listens under the limits, and gives back a `Page`. Redirects are answers like any other here, so
//! that whoever follows them checks every hop. It keeps connections between exchanges and no cookies.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::Version;
use tokio::time::{Instant, timeout_at};
use url::Host;

use crate::fetch::body::{self, Body};
use crate::fetch::error::{Cause, Circumstances, Error, Phase};
use crate::fetch::guard;
use crate::fetch::limits::Limits;
use crate::fetch::proxy::{Proxies, ProxyChoice};
use crate::fetch::request::{self, Identity, Request};
use crate::fetch::resolver::{self, Guarded, Refused};
use crate::page::{Headers, Page};

/// The most connections that a host is ever asked for at a time (`crawl` sees to that), and so the most worth keeping.
const IDLE_PER_HOST: usize = 6;

/// Servers close idle connections after 5 to 75 seconds; asking on one that is being closed costs a failed request.
const IDLE_TIME: Duration = Duration::from_secs(20);

/// How a client behaves in every exchange.
#[derive(Debug, Clone)]
pub struct ClientOptions {
    /// `User-Agent`. Default: `chaffinch/VERSION`.
    pub user_agent: String,
    /// `Accept-Language`; empty sends none. Default: empty, so that a site answers in its own language.
    pub accept_language: String,
    /// What an exchange may cost.
    pub limits: Limits,
    /// Whether addresses that are not public may be visited. Default: no.
    pub allow_private_addresses: bool,
    /// Which proxy to use. Default: the environment's.
    pub proxy: ProxyChoice,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            user_agent: concat!("chaffinch/", env!("CARGO_PKG_VERSION")).to_owned(),
            accept_language: String::new(),
            limits: Limits::default(),
            allow_private_addresses: false,
            proxy: ProxyChoice::default(),
        }
    }
}

/// Chooses the cryptography that TLS uses. To be called once before the first `Client`; again does no harm.
pub fn install_crypto() {
    // An error says that another provider was installed before, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Fetches pages. A cheap handle: clones share their connections.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    http: reqwest::Client,
    options: ClientOptions,
    proxies: Proxies,
    /// Whether the system has certificates to trust.
    trust: bool,
}

impl Client {
    /// Sets up a client. Fails with `Setup` or `ProxyAddress`, on options alone: no network is touched.
    pub fn new(options: ClientOptions) -> Result<Self, Error> {
        install_crypto();
        let proxies = Proxies::new(&options.proxy);
        let (http, trust) = match builder(&options, &proxies)?.build() {
            Ok(http) => (http, true),
            // Where the system has no certificates at all, http:// must still work, and https:// say why it does not.
            Err(error) => match builder(&options, &proxies)?.tls_certs_only([]).build() {
                Ok(http) => (http, false),
                Err(_) => return Err(Error::Setup { source: Cause::new(error) }),
            },
        };
        Ok(Self(Arc::new(Inner { http, options, proxies, trust })))
    }

    /// One exchange under the client's own limits. Whatever the server answers is a `Page`, a redirect, a 304 and a 500
    /// too, and so is an answer whose body was cut; an error means that there is no answer.
    ///
    /// Under a proxy the guard does what it can: addresses in the URL are refused as ever, names are resolved here first
    /// and refused where they lead to no public address; but it is the proxy that connects, and a name that only the
    /// proxy can resolve is left to it.
    pub async fn get(&self, request: &Request) -> Result<Page, Error> {
        self.get_within(request, &self.0.options.limits).await
    }

    /// One exchange under limits of its own, as for a robots.txt or a sitemap. Connecting, and what the parser accepts of
    /// a header, stay under the client's.
    pub async fn get_within(&self, request: &Request, limits: &Limits) -> Result<Page, Error> {
        let inner = &*self.0;
        let at = Timestamp::now();
        let start = Instant::now();
        let proxy = inner.proxies.of(&request.url);
        let circumstances = Circumstances { url: &request.url, limits, proxy, trust: inner.trust };
        let until = start + limits.first_byte();
        let late = |_| Error::Timeout {
            url: Error::public(&request.url),
            phase: Phase::FirstByte,
            limit_ms: limits.first_byte().as_millis() as u64,
        };

        timeout_at(until, inner.guard(&circumstances)).await.map_err(late)??;
        let identity =
            Identity { user_agent: &inner.options.user_agent, accept_language: &inner.options.accept_language };
        let fields = request::fields(request, identity)?;
        let request_headers = request::record(&fields, &request.url);
        let sent = inner.http.get(request.url.clone()).headers(fields).send();
        let mut response =
            timeout_at(until, sent).await.map_err(late)?.map_err(|error| Error::from_send(error, &circumstances))?;

        let headers = request::plain(response.headers().iter());
        if headers.len() > limits.header_count_max || bytes_of(&headers) > limits.header_bytes_max {
            return Err(Error::headers_too_large(&request.url, limits));
        }
        let Body { bytes, truncated, wire_bytes } =
            body::read(&mut response, &headers, limits, start + limits.total()).await;
        Ok(Page {
            url: *Error::public(&request.url),
            at,
            request_headers,
            status: response.status().as_u16(),
            version: version(response.version()),
            headers,
            body: bytes,
            truncated,
            wire_bytes,
            // Behind a proxy that is where the proxy stands, which says nothing about the page.
            address: if circumstances.proxy.is_none() {
                response.remote_addr().as_ref().map(SocketAddr::ip)
            } else {
                None
            },
            elapsed_ms: start.elapsed().as_millis() as u64,
        })
    }
}

impl Inner {
    /// Refuses what can be refused before connecting. Names of direct connections are checked by the resolver, at the
    /// moment of connecting.
    async fn guard(&self, at: &Circumstances<'_>) -> Result<(), Error> {
        if self.options.allow_private_addresses {
            return Ok(());
        }
        let refuse = |address, kind| Err(Error::PrivateAddress { url: Error::public(at.url), address, kind });
        if let Some((address, kind)) = guard::literal(at.url) {
            return refuse(address, kind);
        }
        let Some(Host::Domain(name)) = at.url.host() else { return Ok(()) };
        // The resolver lets the proxies' own names pass; a page that names one is no proxy.
        if at.proxy.is_some() || self.proxies.hosts().iter().any(|host| host.eq_ignore_ascii_case(name)) {
            if let Ok(found) = resolver::look_up(name).await {
                if let Err(Refused { address, kind }) = resolver::public(found) {
                    return refuse(address, kind);
                }
            }
        }
        Ok(())
    }
}

fn builder(options: &ClientOptions, proxies: &Proxies) -> Result<reqwest::ClientBuilder, Error> {
    let limits = &options.limits;
    let resolver = Guarded::new(proxies.hosts(), options.allow_private_addresses);
    let header_bytes_max = u32::try_from(limits.header_bytes_max).unwrap_or(u32::MAX);
    let builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .dns_resolver(resolver)
        .connect_timeout(limits.connect())
        .pool_max_idle_per_host(IDLE_PER_HOST)
        .pool_idle_timeout(IDLE_TIME)
        .http1_max_headers(limits.header_count_max)
        .http2_max_header_list_size(header_bytes_max)
        // What browsers forgive is forgiven.
        .http1_allow_obsolete_multiline_headers_in_responses(true)
        .http1_allow_spaces_after_header_name_in_responses(true)
        .http1_ignore_invalid_headers_in_responses(true);
    match &options.proxy {
        ProxyChoice::Environment => Ok(builder),
        ProxyChoice::None => Ok(builder.no_proxy()),
        ProxyChoice::Url(url) => {
            let proxy = reqwest::Proxy::all(url.clone()).map_err(|error| Error::ProxyAddress {
                proxy: Error::public(url).to_string(),
                reason: Cause::new(error.without_url()).to_string(),
            })?;
            Ok(builder.proxy(proxy.no_proxy(reqwest::NoProxy::from_env())))
        }
    }
}

fn bytes_of(headers: &Headers) -> usize {
    headers.iter().map(|(name, value)| name.len() + value.len()).sum()
}

fn version(version: Version) -> String {
    match version {
        Version::HTTP_09 => "HTTP/0.9",
        Version::HTTP_10 => "HTTP/1.0",
        Version::HTTP_2 => "HTTP/2",
        Version::HTTP_3 => "HTTP/3",
        _ => "HTTP/1.1",
    }
    .to_owned()
}
