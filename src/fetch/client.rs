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
use crate::fetch::resolver::{self, Guarded, Names, Refused, SystemNames};
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
    /// Who knows the addresses of names. Default: the system.
    pub names: Arc<dyn Names>,
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
            names: Arc::new(SystemNames),
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

    /// What an exchange may cost.
    pub fn limits(&self) -> &Limits {
        &self.0.options.limits
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
            url: Box::new(Error::public(&request.url)),
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
            url: Error::public(&request.url),
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
        let refuse = |address, kind| Err(Error::PrivateAddress { url: Box::new(Error::public(at.url)), address, kind });
        if let Some((address, kind)) = guard::literal(at.url) {
            return refuse(address, kind);
        }
        let Some(Host::Domain(name)) = at.url.host() else { return Ok(()) };
        // The resolver lets the proxies' own names pass; a page that names one is no proxy.
        let unguarded = at.proxy.is_some() || self.proxies.hosts().iter().any(|host| host.eq_ignore_ascii_case(name));
        if unguarded
            && let Ok(found) = self.options.names.look_up(name).await
            && let Err(Refused { address, kind }) = resolver::public(found)
        {
            return refuse(address, kind);
        }
        Ok(())
    }
}

fn builder(options: &ClientOptions, proxies: &Proxies) -> Result<reqwest::ClientBuilder, Error> {
    let limits = &options.limits;
    let resolver = Guarded::new(Arc::clone(&options.names), proxies.hosts(), options.allow_private_addresses);
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::io::Write;
    use std::net::IpAddr;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::sync::mpsc;
    use url::Url;

    use super::*;
    use crate::fetch::request::Validators;
    use crate::page::Truncation;

    /// Limits that no healthy exchange on loopback meets, and that a test waits for only briefly.
    fn brief() -> Limits {
        Limits { connect_ms_max: 5000, first_byte_ms_max: 5000, total_ms_max: 10_000, ..Limits::default() }
    }

    fn client(limits: Limits) -> Client {
        let options = ClientOptions {
            limits,
            allow_private_addresses: true,
            proxy: ProxyChoice::None,
            user_agent: "chaffinch/test".to_owned(),
            ..ClientOptions::default()
        };
        Client::new(options).unwrap()
    }

    /// A server that reads a request and then does as it is told. What it was asked comes out of the channel.
    async fn serve<F, W>(answer: F) -> (Url, mpsc::UnboundedReceiver<String>)
    where
        F: Fn(TcpStream) -> W + Send + 'static,
        W: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/page", listener.local_addr().unwrap()).parse().unwrap();
        let (asked, requests) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n\r\n") {
                    match socket.read_u8().await {
                        Ok(byte) => request.push(byte),
                        Err(_) => break,
                    }
                }
                let _ = asked.send(String::from_utf8_lossy(&request).into_owned());
                tokio::spawn(answer(socket));
            }
        });
        (url, requests)
    }

    /// A server that sends these bytes and hangs up.
    async fn send(bytes: impl Into<Vec<u8>>) -> Url {
        let bytes = bytes.into();
        let (url, _) = serve(move |mut socket| {
            let bytes = bytes.clone();
            async move {
                let _ = socket.write_all(&bytes).await;
                let _ = socket.shutdown().await;
            }
        })
        .await;
        url
    }

    /// A server that sends these bytes and then holds the line.
    async fn send_and_hold(bytes: &'static [u8]) -> Url {
        let (url, _) = serve(move |mut socket| async move {
            let _ = socket.write_all(bytes).await;
            std::future::pending::<()>().await;
        })
        .await;
        url
    }

    async fn get(url: &Url, limits: Limits) -> Result<Page, Error> {
        client(limits).get(&Request::new(url.clone())).await
    }

    async fn page(bytes: impl Into<Vec<u8>>) -> Page {
        get(&send(bytes).await, brief()).await.unwrap()
    }

    fn gzip(data: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    fn coded(coding: &str, body: &[u8]) -> Vec<u8> {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {}\r\n\r\n", body.len());
        [head.as_bytes(), body].concat()
    }

    #[tokio::test]
    async fn a_page_is_what_the_server_said() {
        let page = page(
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-A: 1\r\nX-A: caf\u{e9}\r\nContent-Length: 5\r\n\r\nhello",
        )
        .await;
        assert_eq!((page.status, page.version.as_str(), &page.body[..]), (200, "HTTP/1.1", &b"hello"[..]));
        assert_eq!((page.truncated, page.wire_bytes), (None, 5));
        assert_eq!(page.headers.get_all("x-a").collect::<Vec<_>>(), ["1", "caf\u{e9}"]);
        assert_eq!(page.address, Some(IpAddr::from([127, 0, 0, 1])));
    }

    #[tokio::test]
    async fn what_was_sent_is_recorded_without_its_secrets() {
        let (url, mut requests) = serve(|mut socket| async move {
            let _ = socket.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await;
        })
        .await;
        let mut with_password = url.clone();
        with_password.set_username("me").unwrap();
        with_password.set_password(Some("hush")).unwrap();
        let headers = [("Cookie", "session=hush"), ("X-Trace", "7")].into_iter().collect();
        let page = client(brief()).get(&Request::new(with_password).headers(headers)).await.unwrap();
        let sent = requests.recv().await.unwrap();
        for (name, value) in page.request_headers.iter() {
            assert!(sent.contains(&format!("{name}: {value}\r\n")), "{name}: {value} is not in {sent}");
        }
        assert!(sent.contains("cookie: session=hush\r\n") && sent.contains("authorization: Basic "), "{sent}");
        let fields = sent.lines().filter(|line| line.contains(": ")).count();
        assert_eq!(page.request_headers.len(), fields - 3, "all but the two secrets and the field of the caller");
        assert_eq!(page.request_headers.get("user-agent"), Some("chaffinch/test"));
        assert_eq!(page.url, url);
    }

    #[tokio::test]
    async fn a_redirect_is_an_answer_and_is_not_followed() {
        let page = page("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n").await;
        assert_eq!(page.status, 302);
        assert_eq!(page.redirect().unwrap().path(), "/elsewhere");
    }

    #[tokio::test]
    async fn an_unchanged_page_is_a_304() {
        let (url, mut requests) = serve(|mut socket| async move {
            let _ = socket.write_all(b"HTTP/1.1 304 Not Modified\r\nETag: \"7\"\r\n\r\n").await;
        })
        .await;
        let known = Validators { etag: Some("\"7\"".to_owned()), last_modified: None };
        let page = client(brief()).get(&Request::new(url).validators(Some(known))).await.unwrap();
        assert_eq!((page.status, page.body.len()), (304, 0));
        assert!(requests.recv().await.unwrap().contains("if-none-match: \"7\"\r\n"));
    }

    #[tokio::test]
    async fn chunks_are_joined_and_their_trailers_dropped() {
        let page =
            page("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX-T: 1\r\n\r\n")
                .await;
        assert_eq!((&page.body[..], page.truncated), (&b"abcde"[..], None));
    }

    #[tokio::test]
    async fn a_body_that_ends_early_is_kept_and_marked() {
        for early in [
            "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n64\r\n",
        ] {
            let page = page(early).await;
            assert_eq!((&page.body[..], page.truncated), (&b"abc"[..], Some(Truncation::Disconnect)), "{early}");
        }
    }

    #[tokio::test]
    async fn broken_chunks_are_marked() {
        let page = page("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nno number\r\n").await;
        assert_eq!((&page.body[..], page.truncated), (&b"abc"[..], Some(Truncation::Unspecified)));
    }

    #[tokio::test]
    async fn a_body_without_length_ends_with_the_connection() {
        let page = page("HTTP/1.0 200 OK\r\n\r\nabc").await;
        assert_eq!((&page.body[..], page.truncated, page.version.as_str()), (&b"abc"[..], None, "HTTP/1.0"));
    }

    #[tokio::test]
    async fn a_content_coding_is_undone_and_its_header_kept() {
        let body = gzip(b"hello");
        let page = page(coded("gzip", &body)).await;
        assert_eq!((&page.body[..], page.truncated, page.wire_bytes), (&b"hello"[..], None, body.len() as u64));
        assert_eq!(page.headers.get("content-encoding"), Some("gzip"));
    }

    #[tokio::test]
    async fn an_unknown_coding_is_left_alone() {
        let page = page(coded("x-rot13", b"uryyb")).await;
        assert_eq!((&page.body[..], page.truncated), (&b"uryyb"[..], None));
    }

    #[tokio::test]
    async fn a_broken_coding_gives_what_could_be_decoded() {
        let mut body = gzip(b"hello");
        body.truncate(body.len() - 4);
        let page = page(coded("gzip", &body)).await;
        assert_eq!((&page.body[..], page.truncated), (&b"hello"[..], Some(Truncation::Unspecified)));
    }

    #[tokio::test]
    async fn a_coded_body_that_ends_early_was_disconnected() {
        let mut answer = coded("gzip", &gzip(b"hello"));
        answer.truncate(answer.len() - 4);
        let page = page(answer).await;
        assert_eq!((&page.body[..], page.truncated), (&b"hello"[..], Some(Truncation::Disconnect)));
    }

    #[tokio::test]
    async fn a_body_without_end_is_cut_at_the_limit() {
        let (url, _) = serve(|mut socket| async move {
            let _ = socket.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
            while socket.write_all(&[b'x'; 8192]).await.is_ok() {}
        })
        .await;
        let page = get(&url, Limits { wire_bytes_max: 100_000, ..brief() }).await.unwrap();
        assert_eq!((page.body.len(), page.wire_bytes), (100_000, 100_000));
        assert_eq!(page.truncated, Some(Truncation::Length));
    }

    #[tokio::test]
    async fn a_gzip_bomb_without_end_is_cut_at_the_limit() {
        let (url, _) = serve(|mut socket| async move {
            let _ = socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n").await;
            let megabyte = gzip(&vec![0; 1 << 20]);
            while socket.write_all(&megabyte).await.is_ok() {}
        })
        .await;
        let limits = Limits { decoded_bytes_max: 3 << 20, ratio_max: 2000, ..brief() };
        let page = get(&url, limits).await.unwrap();
        assert_eq!((page.body.len(), page.truncated), (3 << 20, Some(Truncation::Length)));
        assert!(page.wire_bytes < 1 << 20, "{} bytes were read for it", page.wire_bytes);
    }

    #[tokio::test]
    async fn a_body_that_takes_too_long_is_cut() {
        let url = send_and_hold(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc").await;
        let page = get(&url, Limits { total_ms_max: 60, ..brief() }).await.unwrap();
        assert_eq!((&page.body[..], page.truncated), (&b"abc"[..], Some(Truncation::Time)));
    }

    #[tokio::test]
    async fn a_body_that_drips_is_cut() {
        let (url, _) = serve(|mut socket| async move {
            let _ = socket.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
            // It would come to its end, if one waited.
            for _ in 0..500 {
                let _ = socket.write_all(b"x").await;
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        })
        .await;
        let limits = Limits { bytes_per_second_min: 1_000_000, throughput_window_ms: 30, ..brief() };
        let page = get(&url, limits).await.unwrap();
        assert_eq!(page.truncated, Some(Truncation::Time));
        assert!(!page.body.is_empty());
    }

    #[tokio::test]
    async fn an_answer_that_does_not_come_is_a_timeout() {
        let url = send_and_hold(b"HTTP/1.1 200 OK\r\nX-A: ").await;
        let error = get(&url, Limits { first_byte_ms_max: 30, ..brief() }).await.unwrap_err();
        assert!(matches!(error, Error::Timeout { phase: Phase::FirstByte, limit_ms: 30, .. }), "{error:?}");
        assert!(error.is_transient());
    }

    #[tokio::test]
    async fn too_many_header_fields_are_refused() {
        let fields = "X-A: 1\r\n".repeat(1000);
        let url = send(format!("HTTP/1.1 200 OK\r\n{fields}\r\n")).await;
        let error = get(&url, brief()).await.unwrap_err();
        assert!(matches!(error, Error::HeadersTooLarge { .. }), "{error:?}");
        let page = get(&url, Limits { header_count_max: 1000, ..brief() }).await.unwrap();
        assert_eq!(page.headers.len(), 1000);
    }

    #[tokio::test]
    async fn header_fields_that_are_too_long_are_refused() {
        for length in [200_000, 2_000_000] {
            let url = send(format!("HTTP/1.1 200 OK\r\nX-A: {}\r\n\r\n", "a".repeat(length))).await;
            let error = get(&url, brief()).await.unwrap_err();
            assert!(matches!(error, Error::HeadersTooLarge { .. }), "{length}: {error:?}");
            assert!(!error.is_transient());
        }
    }

    #[tokio::test]
    async fn a_connection_closed_without_an_answer_is_transient() {
        for bytes in ["", "HTTP/1.1 200"] {
            let error = get(&send(bytes).await, brief()).await.unwrap_err();
            assert!(matches!(error, Error::Disconnected { .. }) && error.is_transient(), "{bytes:?}: {error:?}");
        }
    }

    #[tokio::test]
    async fn an_answer_that_is_no_http_is_told() {
        let error = get(&send("220 mail.example ESMTP\r\n").await, brief()).await.unwrap_err();
        assert!(matches!(error, Error::Protocol { .. }) && !error.is_transient(), "{error:?}");
    }

    #[tokio::test]
    async fn what_http_cannot_ask_for_is_an_error_of_the_address() {
        for url in ["ftp://192.0.2.1/file".to_owned(), format!("http://192.0.2.1/{}", "a".repeat(70_000))] {
            let error = get(&url.parse().unwrap(), brief()).await.unwrap_err();
            assert!(matches!(error, Error::Address { .. }) && !error.is_transient(), "{error:?}");
        }
    }

    #[tokio::test]
    async fn a_port_where_nobody_listens_cannot_be_connected_to() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url: Url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        drop(listener);
        let error = get(&url, brief()).await.unwrap_err();
        assert!(matches!(error, Error::Connect { .. }) && error.is_transient(), "{error:?}");
        assert!(error.to_string().starts_with(&format!("{url}: cannot connect: Connection refused")), "{error}");
    }

    #[tokio::test]
    async fn a_server_without_tls_gives_a_tls_error() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url: Url = format!("https://{}/", listener.local_addr().unwrap()).parse().unwrap();
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let _ = socket.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
                let _ = socket.read(&mut [0; 1024]).await;
            }
        });
        let error = get(&url, brief()).await.unwrap_err();
        assert!(matches!(error, Error::Tls { .. }), "{error:?}");
    }

    /// A name no name server is asked for, because no label may have more than 63 letters.
    fn nowhere() -> Url {
        format!("http://{}.invalid/page", "a".repeat(64)).parse().unwrap()
    }

    #[tokio::test]
    async fn a_name_that_does_not_exist_cannot_be_resolved() {
        let error = get(&nowhere(), brief()).await.unwrap_err();
        assert!(matches!(&error, Error::Dns { host, .. } if host.ends_with(".invalid")), "{error:?}");
    }

    #[tokio::test]
    async fn private_addresses_are_refused_and_the_switch_is_named() {
        let options = ClientOptions { proxy: ProxyChoice::None, ..ClientOptions::default() };
        let client = Client::new(options).unwrap();
        let (url, mut requests) = serve(|_| async {}).await;
        let port = url.port().unwrap();
        for host in ["127.0.0.1", "localhost", "a.localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"] {
            let url: Url = format!("http://{host}:{port}/").parse().unwrap();
            let error = client.get(&Request::new(url)).await.unwrap_err();
            assert!(matches!(error, Error::PrivateAddress { .. }) && !error.is_transient(), "{host}: {error:?}");
            assert!(error.to_string().contains("`--allow-private-addresses`"), "{error}");
        }
        assert!(requests.try_recv().is_err(), "nobody was asked");
    }

    #[tokio::test]
    async fn a_name_that_leads_to_a_private_address_is_refused_when_connecting() {
        let options = ClientOptions { proxy: ProxyChoice::None, ..ClientOptions::default() };
        let client = Client::new(options).unwrap();
        let url: Url = "http://localhost:9/".parse().unwrap();
        // Past the check of what the URL says, which knows this one name.
        let error = client.0.http.get(url.clone()).send().await.unwrap_err();
        let limits = brief();
        let error = Error::from_send(error, &Circumstances { url: &url, limits: &limits, proxy: None, trust: true });
        assert!(matches!(error, Error::PrivateAddress { .. }), "{error:?}");
    }

    /// A name that leads to a public address first, and to this machine ever after.
    #[derive(Debug, Default)]
    struct Turncoat(std::sync::atomic::AtomicUsize);

    impl Names for Turncoat {
        fn look_up<'a>(&'a self, _name: &'a str) -> resolver::LookUp<'a> {
            let first = self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0;
            // RFC 5737 keeps no address that counts as public; this one belongs to a root name server, which serves no pages.
            let address = if first { IpAddr::from([198, 41, 0, 4]) } else { IpAddr::from([127, 0, 0, 1]) };
            Box::pin(async move { Ok(vec![SocketAddr::new(address, 0)]) })
        }
    }

    #[tokio::test]
    async fn a_name_that_changes_its_address_between_check_and_connection_finds_no_gap() {
        let (here, mut asked) = serve(|mut socket| async move {
            let _ = socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi").await;
        })
        .await;
        let url: Url = format!("http://turncoat.example:{}/page", here.port().unwrap()).parse().unwrap();
        let limits = Limits { connect_ms_max: 300, first_byte_ms_max: 300, ..brief() };
        let names = Arc::new(Turncoat::default());
        let client = Client::new(ClientOptions {
            limits,
            names: Arc::clone(&names) as Arc<dyn Names>,
            proxy: ProxyChoice::None,
            ..ClientOptions::default()
        });
        let client = client.unwrap();
        // What was checked is what is connected to, and nobody answers there on that port.
        let first = client.get(&Request::new(url.clone())).await.unwrap_err();
        assert!(first.is_unreachable() || matches!(first, Error::Timeout { .. }), "{first}");
        assert_eq!(names.0.load(std::sync::atomic::Ordering::SeqCst), 1, "looked up once for check and connection");
        let second = client.get(&Request::new(url)).await.unwrap_err();
        assert!(matches!(second, Error::PrivateAddress { .. }), "{second}");
        assert!(asked.try_recv().is_err(), "a request went to this machine");
    }

    #[tokio::test]
    async fn a_proxy_is_asked_and_its_failure_told_as_such() {
        let (proxy, mut requests) = serve(|mut socket| async move {
            let _ = socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nproxy").await;
        })
        .await;
        let through = |proxy: Url| {
            let options = ClientOptions { proxy: ProxyChoice::Url(proxy), limits: brief(), ..ClientOptions::default() };
            Client::new(options).unwrap()
        };
        let request = Request::new(nowhere());
        let page = through(proxy).get(&request).await.unwrap();
        assert_eq!((&page.body[..], page.address), (&b"proxy"[..], None));
        assert!(requests.recv().await.unwrap().starts_with(&format!("GET {} HTTP/1.1\r\n", nowhere())));

        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let nobody = listener.local_addr().unwrap();
        drop(listener);
        let error = through(format!("http://me:hush@{nobody}").parse().unwrap()).get(&request).await.unwrap_err();
        assert!(matches!(&error, Error::Proxy { proxy, .. } if *proxy == format!("http://{nobody}")), "{error:?}");
        assert!(!error.to_string().contains("hush"));
    }

    #[tokio::test]
    async fn the_guard_stands_before_a_proxy_too() {
        let (proxy, mut requests) = serve(|_| async {}).await;
        let options = ClientOptions { proxy: ProxyChoice::Url(proxy), ..ClientOptions::default() };
        let client = Client::new(options).unwrap();
        for url in ["http://10.0.0.1/", "http://localhost/", "http://169.254.169.254/latest/meta-data"] {
            let error = client.get(&Request::new(url.parse().unwrap())).await.unwrap_err();
            assert!(matches!(error, Error::PrivateAddress { .. }), "{error:?}");
        }
        assert!(requests.try_recv().is_err(), "the proxy was not asked");
    }

    #[tokio::test]
    async fn a_connection_is_used_again() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url: Url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            drop(listener);
            let mut request = [0; 4096];
            while socket.read(&mut request).await.is_ok_and(|read| read > 0) {
                let _ = socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx").await;
            }
        });
        let client = client(brief());
        for _ in 0..3 {
            assert_eq!(client.get(&Request::new(url.clone())).await.unwrap().status, 200);
        }
    }
}
