//! Why an exchange brought no page. Each variant names the URL, what happened to it and what can be done; a body that was
//! cut is no error (see `page::Truncation`). It does not know whether anybody will try again, only whether that may help.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::net::IpAddr;

use url::Url;

use crate::fetch::resolver::Refused;

/// Why an exchange brought no page. URLs in it carry no credentials.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address is none that HTTP can ask for: another scheme, or far too long.
    #[error(
        "{url}: cannot be asked for over HTTP: {source}; only http:// and https:// addresses of a sensible length can"
    )]
    Address {
        /// What was to be asked for.
        url: Box<Url>,
        /// What is wrong with it.
        source: Cause,
    },
    /// The server cannot be reached: nobody listens, no route, the connection was refused or reset.
    #[error("{url}: cannot connect: {source}; check that the address is right and that this machine has a network")]
    Connect {
        /// What was asked for.
        url: Box<Url>,
        /// What the system says.
        source: Cause,
    },
    /// The server hung up before it had sent the header of its answer.
    #[error("{url}: the server closed the connection without an answer: {source}; try again later")]
    Disconnected {
        /// What was asked for.
        url: Box<Url>,
        /// What was seen on the connection.
        source: Cause,
    },
    /// The host has no address, or nobody could be asked for it.
    #[error("{url}: the name `{host}` cannot be resolved: {source}; check its spelling, and the name server")]
    Dns {
        /// What was asked for.
        url: Box<Url>,
        /// The name that was looked up.
        host: String,
        /// What the system says.
        source: Cause,
    },
    /// The answer has more or longer header fields than the limits allow.
    #[error(
        "{url}: the header of the answer is larger than {count_max} fields or {bytes_max} bytes, which no honest page needs; \
         look at it in a browser before you trust this server"
    )]
    HeadersTooLarge {
        /// What was asked for.
        url: Box<Url>,
        /// The limit on their number.
        count_max: usize,
        /// The limit on their bytes.
        bytes_max: usize,
    },
    /// A header field of the request is no header field.
    #[error(
        "{url}: the request header `{name}` has a name or value that HTTP does not allow; correct it in the configuration"
    )]
    InvalidHeader {
        /// What was to be asked for.
        url: Box<Url>,
        /// The field.
        name: String,
    },
    /// The host has an address that is not public.
    #[error(
        "{url}: {address} is {kind}, which is not archived by default; `--allow-private-addresses` or \
         `fetch.allow_private_addresses = true` lifts that"
    )]
    PrivateAddress {
        /// What was asked for.
        url: Box<Url>,
        /// The address that was refused.
        address: IpAddr,
        /// What kind of address it is, as in "a loopback address".
        kind: &'static str,
    },
    /// What the server sent is no HTTP.
    #[error("{url}: the server does not answer in HTTP: {source}; check scheme and port")]
    Protocol {
        /// What was asked for.
        url: Box<Url>,
        /// What is wrong with it.
        source: Cause,
    },
    /// The proxy cannot be reached or refuses.
    #[error(
        "{url}: not reachable through the proxy {proxy}: {source}; check `fetch.proxy` and the proxy variables of the environment"
    )]
    Proxy {
        /// What was asked for.
        url: Box<Url>,
        /// The proxy, without credentials.
        proxy: String,
        /// What happened.
        source: Cause,
    },
    /// The proxy that was configured is no proxy.
    #[error(
        "`{proxy}` is not the address of a proxy: {reason}; write `http://HOST:PORT` or `socks5h://HOST:PORT`, `none`, or nothing for the environment's"
    )]
    ProxyAddress {
        /// What was given, without credentials.
        proxy: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The client could not be built.
    #[error("the HTTP client cannot be set up: {source}; check `fetch.user_agent` and the other keys of `[fetch]`")]
    Setup {
        /// What the library says.
        source: Cause,
    },
    /// Not in time.
    #[error("{url}: {phase} took longer than {limit_ms} ms; try again later, or raise `fetch.{}`", phase.key())]
    Timeout {
        /// What was asked for.
        url: Box<Url>,
        /// What was waited for.
        phase: Phase,
        /// The limit, in milliseconds.
        limit_ms: u64,
    },
    /// No secure connection: a certificate that cannot be trusted, or no TLS at all.
    #[error("{url}: no secure connection: {source}; {remedy}")]
    Tls {
        /// What was asked for.
        url: Box<Url>,
        /// What is wrong with it.
        source: Cause,
        /// What can be done.
        remedy: &'static str,
    },
}

/// What was waited for when the time was up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Name look-up, TCP and TLS.
    Connect,
    /// The header of the answer.
    FirstByte,
}

impl Phase {
    fn key(self) -> &'static str {
        match self {
            Self::Connect => "connect_timeout",
            Self::FirstByte => "first_byte_timeout",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "connecting",
            Self::FirstByte => "the answer",
        })
    }
}

/// What a library says, said once: its innermost cause in words, because the layers above only repeat that there is one.
pub struct Cause(Box<dyn StdError + Send + Sync>);

impl Cause {
    pub(crate) fn new(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self(error.into())
    }

    /// Every error from the outermost to the innermost.
    pub fn chain(&self) -> impl Iterator<Item = &(dyn StdError + 'static)> {
        let outermost: &(dyn StdError + 'static) = &*self.0;
        std::iter::successors(Some(outermost), |&error| {
            match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
                // `source` of an `io::Error` passes over the very error that was put into it.
                Some(inside) => Some(inside),
                None => error.source(),
            }
        })
    }

    pub(crate) fn find<T: StdError + 'static>(&self) -> Option<&T> {
        self.chain().find_map(|error| error.downcast_ref::<T>())
    }

    /// The kinds of all IO errors in the chain.
    pub(crate) fn io(&self) -> impl Iterator<Item = io::ErrorKind> {
        self.chain().filter_map(|error| error.downcast_ref::<io::Error>()).map(io::Error::kind)
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.chain().last().map_or(Ok(()), |innermost| fmt::Display::fmt(innermost, f))
    }
}

impl StdError for Cause {}

/// What must be known besides to tell what went wrong.
pub(crate) struct Circumstances<'a> {
    pub url: &'a Url,
    pub limits: &'a crate::fetch::limits::Limits,
    /// The proxy that was used, without credentials.
    pub proxy: Option<String>,
    /// Whether the system had certificates to trust.
    pub trust: bool,
}

impl Error {
    /// Whether trying again later may bring the page.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Connect { .. } | Self::Disconnected { .. } | Self::Proxy { .. } | Self::Timeout { .. } => true,
            // The resolver's "not now" (EAI_AGAIN) is known by its words alone: glibc, musl.
            Self::Dns { source, .. } => {
                let words = source.to_string();
                words.contains("emporary failure") || words.contains("ry again")
            }
            // A handshake that broke off, in contrast to a certificate that was judged.
            Self::Tls { source, .. } => source.find::<rustls::Error>().is_none(),
            Self::Address { .. }
            | Self::HeadersTooLarge { .. }
            | Self::InvalidHeader { .. }
            | Self::PrivateAddress { .. }
            | Self::Protocol { .. }
            | Self::ProxyAddress { .. }
            | Self::Setup { .. } => false,
        }
    }

    /// Whether the host could not be reached at all, whatever page was asked for: no address, no connection, no TLS.
    pub fn is_unreachable(&self) -> bool {
        match self {
            Self::Connect { .. } | Self::Dns { .. } | Self::Proxy { .. } | Self::Tls { .. } => true,
            Self::Timeout { phase, .. } => *phase == Phase::Connect,
            _ => false,
        }
    }

    /// The URL of the exchange, where there is one.
    pub fn url(&self) -> Option<&Url> {
        match self {
            Self::Address { url, .. }
            | Self::Connect { url, .. }
            | Self::Disconnected { url, .. }
            | Self::Dns { url, .. }
            | Self::HeadersTooLarge { url, .. }
            | Self::InvalidHeader { url, .. }
            | Self::PrivateAddress { url, .. }
            | Self::Protocol { url, .. }
            | Self::Proxy { url, .. }
            | Self::Timeout { url, .. }
            | Self::Tls { url, .. } => Some(url),
            Self::ProxyAddress { .. } | Self::Setup { .. } => None,
        }
    }

    /// A URL as it may be shown: without credentials and fragment.
    pub(crate) fn public(url: &Url) -> Url {
        let mut url = url.clone();
        let _ = url.set_username("");
        let _ = url.set_password(None);
        url.set_fragment(None);
        url
    }

    /// Tells from what the client library reports before a header has come.
    pub(crate) fn from_send(error: reqwest::Error, at: &Circumstances<'_>) -> Self {
        let url = Box::new(Self::public(at.url));
        if error.is_builder() {
            return Self::Address { url, source: Cause::new(error.without_url()) };
        }
        let (timeout, connect, dns) = (error.is_timeout(), error.is_connect(), error.is_dns());
        let source = Cause::new(error.without_url());
        if let Some(&Refused { address, kind }) = source.find::<Refused>() {
            return Self::PrivateAddress { url, address, kind };
        }
        if timeout {
            let (phase, limit_ms) = if connect {
                (Phase::Connect, at.limits.connect_ms_max)
            } else {
                (Phase::FirstByte, at.limits.first_byte_ms_max)
            };
            return Self::Timeout { url, phase, limit_ms };
        }
        if let Some(error) = source.find::<rustls::Error>() {
            let remedy = tls_remedy(error, at.trust);
            return Self::Tls { url, source, remedy };
        }
        if let (Some(proxy), true) = (&at.proxy, connect || dns) {
            return Self::Proxy { url, proxy: proxy.clone(), source };
        }
        if dns {
            let host = url.host_str().unwrap_or("").to_owned();
            return Self::Dns { url, host, source };
        }
        if connect {
            // TCP stood, and then the other side hung up in the middle of the handshake.
            if source.io().any(|kind| kind == io::ErrorKind::UnexpectedEof) && url.scheme() == "https" {
                let remedy = "the server broke off; try again later";
                return Self::Tls { url, source, remedy };
            }
            return Self::Connect { url, source };
        }
        if source.find::<hyper::Error>().is_some_and(hyper::Error::is_parse_too_large) {
            return Self::headers_too_large(at.url, at.limits);
        }
        if source.find::<hyper::Error>().is_some_and(hyper::Error::is_parse) {
            return Self::Protocol { url, source };
        }
        // An HTTP/2 stream that the server refuses or resets is one of them.
        Self::Disconnected { url, source }
    }

    pub(crate) fn headers_too_large(url: &Url, limits: &crate::fetch::limits::Limits) -> Self {
        let (count_max, bytes_max) = (limits.header_count_max, limits.header_bytes_max);
        Self::HeadersTooLarge { url: Box::new(Self::public(url)), count_max, bytes_max }
    }
}

/// What a person can do about a TLS failure.
fn tls_remedy(error: &rustls::Error, trust: bool) -> &'static str {
    match error {
        _ if !trust => {
            "this machine has no certificates to trust: install its CA certificates (Debian: `ca-certificates`)"
        }
        rustls::Error::InvalidCertificate(
            rustls::CertificateError::Expired | rustls::CertificateError::ExpiredContext { .. },
        ) => "the server's certificate has expired; only its owner can renew it (or this machine's clock is wrong)",
        rustls::Error::InvalidCertificate(
            rustls::CertificateError::NotValidForName | rustls::CertificateError::NotValidForNameContext { .. },
        ) => "the server's certificate is for another address; check the host name",
        rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer) => {
            "nobody this machine trusts has signed the server's certificate; if you trust it, add its issuer to the \
             system's CA certificates, or set SSL_CERT_FILE"
        }
        rustls::Error::InvalidCertificate(_) => {
            "the server's certificate is not good; only its owner can put that right"
        }
        rustls::Error::InvalidMessage(_) => "the server does not speak TLS on this port; try http://",
        _ => "client and server do not agree on TLS; try again later",
    }
}
