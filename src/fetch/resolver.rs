//! Looks up names and hands out public addresses alone, so that the address that was checked is the one connected to: a
//! name that changes its address between check and connection finds no gap. It does not see literal addresses, which
//! need no look-up (see `guard::literal`).

use std::collections::BTreeSet;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::fetch::guard;

/// A name led to no public address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{address} is {kind}")]
pub struct Refused {
    /// The first address it led to.
    pub address: IpAddr,
    /// What kind of address that is.
    pub kind: &'static str,
}

/// Whoever knows the addresses of names.
pub trait Names: Send + Sync + std::fmt::Debug {
    /// Every address of a name; the port is left to the caller.
    fn look_up<'a>(&'a self, name: &'a str) -> LookUp<'a>;
}

/// A look-up under way.
pub type LookUp<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send + 'a>>;

/// The system's resolver.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemNames;

impl Names for SystemNames {
    fn look_up<'a>(&'a self, name: &'a str) -> LookUp<'a> {
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name, 0)).await?.collect();
            if found.is_empty() {
                return Err(io::Error::new(io::ErrorKind::NotFound, "the name has no address"));
            }
            Ok(found)
        })
    }
}

/// A resolver behind the guard.
#[derive(Debug, Clone)]
pub(crate) struct Guarded {
    names: Arc<dyn Names>,
    /// Names that were configured and not found on a page: the proxies'. Their addresses may well be private.
    exempt: Arc<BTreeSet<String>>,
    allow_private_addresses: bool,
}

impl Guarded {
    pub(crate) fn new(
        names: Arc<dyn Names>,
        exempt: impl IntoIterator<Item = String>,
        allow_private_addresses: bool,
    ) -> Self {
        let exempt = exempt.into_iter().map(|name| name.to_ascii_lowercase()).collect();
        Self { names, exempt: Arc::new(exempt), allow_private_addresses }
    }

    fn is_exempt(&self, name: &str) -> bool {
        self.allow_private_addresses || self.exempt.contains(&name.to_ascii_lowercase())
    }
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let (exempt, names) = (self.is_exempt(name.as_str()), Arc::clone(&self.names));
        Box::pin(async move {
            let found = names.look_up(name.as_str()).await?;
            let found = if exempt { found } else { public(found)? };
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// The public ones among addresses; refused where there are others only.
pub(crate) fn public(found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, Refused> {
    let refused = found.iter().find_map(|found| {
        let kind = guard::objection(found.ip())?;
        Some(Refused { address: found.ip(), kind })
    });
    let public: Vec<SocketAddr> = found.into_iter().filter(|found| guard::is_public(found.ip())).collect();
    match refused {
        Some(refused) if public.is_empty() => Err(refused),
        _ => Ok(public),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn addresses(list: &[&str]) -> Vec<SocketAddr> {
        list.iter().map(|ip| SocketAddr::new(ip.parse().unwrap(), 0)).collect()
    }

    #[test]
    fn private_addresses_are_dropped_from_among_public_ones() {
        let found = public(addresses(&["10.0.0.1", "1.1.1.1", "::1"])).unwrap();
        assert_eq!(found, addresses(&["1.1.1.1"]));
    }

    #[test]
    fn a_name_with_private_addresses_only_is_refused() {
        let refused = public(addresses(&["10.0.0.1", "::1"])).unwrap_err();
        assert_eq!(refused.to_string(), "10.0.0.1 is a private address");
    }

    #[tokio::test]
    async fn the_resolver_hands_out_no_loopback_address() {
        let refused =
            Guarded::new(Arc::new(SystemNames), [], false).resolve("localhost".parse().unwrap()).await.err().unwrap();
        assert_eq!(refused.downcast_ref::<Refused>().unwrap().kind, "a loopback address");
    }

    #[tokio::test]
    async fn the_proxys_own_name_may_be_private() {
        let resolver = Guarded::new(Arc::new(SystemNames), ["LocalHost".to_owned()], false);
        assert!(resolver.resolve("localhost".parse().unwrap()).await.is_ok());
    }
}
