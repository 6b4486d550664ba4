//! PURE: under which names the server answers, and the origins its pages point to. A page elsewhere can make its own name
//! point at this machine (DNS rebinding), so a name that nobody gave the server is refused.

use std::net::{IpAddr, SocketAddr};

use url::{Host, Url};

use crate::replay::error::Error;
use crate::snapshot::value::CaptureId;

/// The name of this machine, which browsers never look up, with whatever stands before it (RFC 6761 section 6.3).
const LOCAL: &str = "localhost";

/// Interface and captures as the one who asks reaches them, without a slash at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origins {
    /// Lists, reader view, banner.
    pub interface: String,
    /// What stands in front of the address of a capture: its origin, and its key where there is one.
    pub captures: String,
    /// The origin of the captures alone, for policies.
    pub captures_origin: String,
    /// What stands before the path of a capture on its own port: `/KEY`, or nothing.
    pub key: String,
    /// The capture whose scripts run on the host that is asked.
    pub running: Option<CaptureId>,
    /// The origins of the interface that may frame it.
    pub framers: Vec<String>,
}

impl Origins {
    /// Both, without a key.
    pub(crate) fn new(interface: String, captures: String) -> Self {
        let framers = vec![interface.clone()];
        Self { interface, captures_origin: captures.clone(), captures, key: String::new(), running: None, framers }
    }

    /// The origin of a capture whose scripts run: a host of its own below that of the captures. An address has none, but for
    /// those of this machine, which `localhost` stands for.
    pub fn of_running(&self, id: CaptureId) -> Option<String> {
        let captures = Url::parse(&self.captures_origin).ok()?;
        let below = match captures.host()? {
            Host::Domain(name) => name.to_owned(),
            Host::Ipv4(address) if address.is_loopback() => LOCAL.to_owned(),
            Host::Ipv6(address) if address.is_loopback() => LOCAL.to_owned(),
            _ => return None,
        };
        let port = captures.port().map(|port| format!(":{port}")).unwrap_or_default();
        Some(format!("{}://{id}.{below}{port}", captures.scheme()))
    }

    /// Puts a key in front of every address of a capture.
    pub fn lock(&mut self, key: &str) {
        self.key = format!("/{key}");
        self.captures = format!("{}{}", self.captures_origin, self.key);
    }
}

/// Which of the two ports is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Port {
    /// That of the interface.
    Interface,
    /// That of the captures.
    Captures,
}

/// The names of the server.
#[derive(Debug, Clone)]
pub struct Names {
    interface: SocketAddr,
    captures: SocketAddr,
    public: Option<(Url, Url)>,
}

impl Names {
    /// The names of a server that listens on two addresses and, behind a proxy, is reached at a third. Behind a proxy,
    /// captures are reached at the same address with `captures.` before the host.
    pub fn new(interface: SocketAddr, captures: SocketAddr, public: Option<&Url>) -> Result<Self, Error> {
        let public = match public {
            None => None,
            Some(url) => Some((url.clone(), captures_of(url)?)),
        };
        Ok(Self { interface, captures, public })
    }

    /// What pages point to when they are asked for under this `Host` (RFC 9110 section 7.2).
    pub fn origins(&self, host: Option<&str>, port: Port) -> Result<Origins, Error> {
        let refused = || Error::Host { host: host.unwrap_or_default().to_owned() };
        let asked = Url::parse(&format!("http://{}/", host.ok_or_else(refused)?)).map_err(|_| refused())?;
        let name = asked.host().ok_or_else(refused)?;
        if let Some((interface, captures)) = &self.public {
            // Each port has its own name: a proxy that confuses them would give captures the origin of the interface.
            let own = if port == Port::Interface { interface } else { captures };
            if own.host() == Some(name.clone()) {
                return Ok(Origins::new(bare(interface), bare(captures)));
            }
        }
        if port == Port::Captures
            && let Host::Domain(name) = &name
            && let Some(origins) = self.running(name)
        {
            return Ok(origins);
        }
        let known = match name {
            Host::Domain(name) => name == LOCAL,
            Host::Ipv4(address) => self.is_own(IpAddr::V4(address)),
            Host::Ipv6(address) => self.is_own(IpAddr::V6(address)),
        };
        if !known {
            return Err(refused());
        }
        // The policies of browsers know no IPv6 addresses: captures are framed under a name.
        let framed =
            if matches!(name, Host::Ipv6(address) if address.is_loopback()) { LOCAL } else { &name.to_string() };
        Ok(Origins::new(plain(&name.to_string(), self.interface.port()), plain(framed, self.captures.port())))
    }

    /// Where a host is that of a capture whose scripts run.
    fn running(&self, name: &str) -> Option<Origins> {
        let (label, below) = name.split_once('.')?;
        let id: CaptureId = label.parse().ok()?;
        let (interfaces, captures): (Vec<String>, String) = match &self.public {
            Some((interface, captures)) if captures.host_str() == Some(below) => {
                (vec![bare(interface)], bare(captures))
            }
            _ if below == LOCAL => {
                let names = [LOCAL, "127.0.0.1", "[::1]"];
                let port = self.interface.port();
                let interfaces = names.iter().map(|name| plain(name, port)).collect();
                (interfaces, plain(LOCAL, self.captures.port()))
            }
            _ => return None,
        };
        let mut origins = Origins::new(interfaces.first()?.clone(), captures);
        let own = origins.of_running(id)?;
        origins.captures.clone_from(&own);
        Some(Origins { captures_origin: own, running: Some(id), framers: interfaces, ..origins })
    }

    /// An address cannot be made to point elsewhere, so that any is good where the server listens on all of them.
    fn is_own(&self, address: IpAddr) -> bool {
        let bound = self.interface.ip();
        address.is_loopback() || bound.is_unspecified() || address == bound
    }

    /// Where a person finds the interface.
    pub fn interface_url(&self) -> String {
        match &self.public {
            Some((interface, _)) => format!("{}/", bare(interface)),
            None if self.interface.ip().is_unspecified() => format!("{}/", plain(LOCAL, self.interface.port())),
            None => format!("http://{}/", self.interface),
        }
    }
}

/// An origin as browsers write it: without the port where it is that of the scheme.
fn plain(host: &str, port: u16) -> String {
    if port == 80 { format!("http://{host}") } else { format!("http://{host}:{port}") }
}

fn bare(url: &Url) -> String {
    url.origin().ascii_serialization()
}

fn captures_of(public: &Url) -> Result<Url, Error> {
    let wrong = |reason| Error::PublicUrl { url: public.to_string(), reason };
    if !matches!(public.scheme(), "http" | "https") || public.path() != "/" {
        return Err(wrong("it must be a scheme and a host alone, as in https://archive.example.org/"));
    }
    let Some(Host::Domain(name)) = public.host() else {
        return Err(wrong("captures need a host name of their own below it, and an address has none"));
    };
    let mut captures = public.clone();
    captures.set_host(Some(&format!("captures.{name}"))).map_err(|_| wrong("its host name is too long"))?;
    Ok(captures)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn names(bind: &str, public: Option<&str>) -> Names {
        let interface: SocketAddr = bind.parse().unwrap();
        let captures = SocketAddr::new(interface.ip(), interface.port() + 1);
        Names::new(interface, captures, public.map(|url| Url::parse(url).unwrap()).as_ref()).unwrap()
    }

    #[test]
    fn pages_point_to_the_name_they_were_asked_under() {
        let names = names("127.0.0.1:8460", None);
        for (host, interface, captures) in [
            ("localhost:8460", "http://localhost:8460", "http://localhost:8461"),
            ("127.0.0.1:8460", "http://127.0.0.1:8460", "http://127.0.0.1:8461"),
            ("[::1]:8460", "http://[::1]:8460", "http://localhost:8461"),
        ] {
            let origins = names.origins(Some(host), Port::Interface).unwrap();
            assert_eq!((origins.interface.as_str(), origins.captures.as_str()), (interface, captures));
        }
    }

    #[test]
    fn the_port_of_the_scheme_is_not_written() {
        let origins = names("127.0.0.1:80", None).origins(Some("127.0.0.1"), Port::Interface).unwrap();
        assert_eq!(
            (origins.interface.as_str(), origins.captures.as_str()),
            ("http://127.0.0.1", "http://127.0.0.1:81")
        );
    }

    #[test]
    fn a_foreign_name_is_refused() {
        let names = names("127.0.0.1:8460", None);
        for host in [
            None,
            Some(""),
            Some("evil.example:8460"),
            Some("localhost.evil.example"),
            Some("192.0.2.7:8460"),
            Some("a/b"),
        ] {
            assert!(names.origins(host, Port::Interface).is_err(), "{host:?}");
        }
    }

    #[test]
    fn a_server_on_every_address_answers_to_addresses_and_to_no_foreign_name() {
        let names = names("0.0.0.0:8460", None);
        assert!(names.origins(Some("192.0.2.7:8460"), Port::Interface).is_ok());
        assert!(names.origins(Some("evil.example:8460"), Port::Interface).is_err());
    }

    #[test]
    fn behind_a_proxy_captures_have_a_host_of_their_own() {
        let names = names("127.0.0.1:8460", Some("https://archive.example.org/"));
        let (interface, captures) = ("archive.example.org", "captures.archive.example.org");
        for (host, port) in [(interface, Port::Interface), (captures, Port::Captures)] {
            assert_eq!(names.origins(Some(host), port).unwrap().captures, "https://captures.archive.example.org");
        }
        for (host, port) in [(captures, Port::Interface), (interface, Port::Captures)] {
            assert!(names.origins(Some(host), port).is_err(), "{host} is not the name of that port");
        }
    }

    #[test]
    fn a_capture_whose_scripts_run_has_a_host_of_its_own() {
        let id: CaptureId = "01k0000000000000000000000g".parse().unwrap();
        for (bind, public, asked, host) in [
            ("127.0.0.1:8460", None, "127.0.0.1:8460", "http://01k0000000000000000000000g.localhost:8461"),
            (
                "127.0.0.1:8460",
                Some("https://archive.example/"),
                "archive.example",
                "https://01k0000000000000000000000g.captures.archive.example",
            ),
        ] {
            let names = names(bind, public);
            let own = names.origins(Some(asked), Port::Interface).unwrap().of_running(id).unwrap();
            assert_eq!(own, host);
            let name = own.split("://").nth(1).unwrap();
            let origins = names.origins(Some(name), Port::Captures).unwrap();
            assert_eq!((origins.running, origins.captures_origin.as_str()), (Some(id), host));
            assert!(names.origins(Some(name), Port::Interface).is_err(), "the interface has no such host");
        }
        let names = names("0.0.0.0:8460", None);
        assert_eq!(names.origins(Some("192.0.2.7:8460"), Port::Interface).unwrap().of_running(id), None);
        for host in [
            "x.localhost:8461",
            "01k0000000000000000000000g.elsewhere.example",
            "a.01k0000000000000000000000g.localhost",
        ] {
            assert!(names.origins(Some(host), Port::Captures).is_err(), "{host}");
        }
    }

    #[test]
    fn a_public_address_with_a_path_is_refused() {
        for url in ["https://example.org/archive/", "ftp://example.org/", "https://192.0.2.7/"] {
            assert!(captures_of(&Url::parse(url).unwrap()).is_err(), "{url}");
        }
    }
}
