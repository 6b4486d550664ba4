//! Which proxy, if any, an exchange goes through: one that is configured, or the one the usual environment variables name
//! (`HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`). The client library decides the same by the same rules; it is
//! decided here as well because the guard and the messages must know.

use std::str::FromStr;

use hyper_util::client::proxy::matcher::Matcher;
use url::Url;

use crate::fetch::error::Error;

/// Which proxy to use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ProxyChoice {
    /// What the environment says.
    #[default]
    Environment,
    /// None, whatever the environment says.
    None,
    /// This one for everything but `NO_PROXY`: `http://`, `https://`, `socks5://` or `socks5h://`.
    Url(Url),
}

impl FromStr for ProxyChoice {
    type Err = Error;

    /// Reads the configuration's word: `environment` (or nothing), `none`, or the address of a proxy.
    fn from_str(text: &str) -> Result<Self, Error> {
        match text.trim() {
            "" | "environment" => Ok(Self::Environment),
            "none" => Ok(Self::None),
            address => {
                let wrong = |proxy: &str, reason: &str| Error::ProxyAddress {
                    proxy: proxy.to_owned(),
                    reason: reason.to_owned(),
                };
                // What does not parse is shown only in part: it may hold a password.
                let shown = address.rsplit('@').next().unwrap_or("");
                let url = Url::parse(address).map_err(|error| wrong(shown, &error.to_string()))?;
                let known = matches!(url.scheme(), "http" | "https" | "socks4" | "socks4a" | "socks5" | "socks5h");
                match url.host_str() {
                    _ if !known => Err(wrong(shown, "the scheme is none that proxies have")),
                    None | Some("") => Err(wrong(shown, "it names no host")),
                    Some(_) => Ok(Self::Url(url)),
                }
            }
        }
    }
}

/// The choice, ready to be asked.
pub(crate) struct Proxies(Option<Matcher>);

impl Proxies {
    pub(crate) fn new(choice: &ProxyChoice) -> Self {
        Self(match choice {
            ProxyChoice::Environment => Some(Matcher::from_env()),
            ProxyChoice::None => None,
            ProxyChoice::Url(url) => Some(Matcher::builder().all(url.as_str()).no(no_proxy()).build()),
        })
    }

    /// The proxy for a URL, without credentials; `None` where the connection is direct.
    pub(crate) fn of(&self, url: &Url) -> Option<String> {
        let uri: hyper::Uri = url.as_str().parse().ok()?;
        let proxy = self.0.as_ref()?.intercept(&uri)?.uri().clone();
        let authority = proxy.authority()?.as_str();
        let authority = authority.rsplit('@').next().unwrap_or("");
        Some(format!("{}://{authority}", proxy.scheme_str().unwrap_or("http")))
    }

    /// The host names of all proxies there are.
    pub(crate) fn hosts(&self) -> Vec<String> {
        // `NO_PROXY` cannot name a host under `.invalid` but by `*`, which leaves no proxy at all.
        ["http://any.invalid/", "https://any.invalid/"]
            .iter()
            .filter_map(|url| self.of(&Url::parse(url).ok()?))
            .filter_map(|proxy| proxy.parse::<hyper::Uri>().ok()?.host().map(str::to_owned))
            .collect()
    }
}

/// What the environment exempts from the proxy.
fn no_proxy() -> String {
    std::env::var("NO_PROXY").or_else(|_| std::env::var("no_proxy")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_configurations_words_are_read() {
        assert_eq!("".parse::<ProxyChoice>().unwrap(), ProxyChoice::Environment);
        assert_eq!("environment".parse::<ProxyChoice>().unwrap(), ProxyChoice::Environment);
        assert_eq!("none".parse::<ProxyChoice>().unwrap(), ProxyChoice::None);
        assert!(matches!("socks5h://127.0.0.1:1080".parse::<ProxyChoice>().unwrap(), ProxyChoice::Url(_)));
    }

    #[test]
    fn what_is_no_proxy_is_refused_without_showing_the_password() {
        let error = "ftp://me:hush@proxy.example:21".parse::<ProxyChoice>().unwrap_err().to_string();
        assert!(error.starts_with("`proxy.example:21` is not the address of a proxy"), "{error}");
        assert!("me:hush@proxy".parse::<ProxyChoice>().is_err());
    }

    #[test]
    fn a_configured_proxy_is_named_without_its_credentials() {
        let proxies = Proxies::new(&"http://me:hush@proxy.example:3128".parse().unwrap());
        let target = Url::parse("https://chaffinch.invalid/").unwrap();
        assert_eq!(proxies.of(&target).unwrap(), "http://proxy.example:3128");
        assert_eq!(proxies.hosts(), ["proxy.example", "proxy.example"]);
        assert_eq!(Proxies::new(&ProxyChoice::None).of(&target), None);
    }
}
