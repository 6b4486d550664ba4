//! The server's edge: two ports, one for the interface and one for the captures, until it is told to stop. It does not know
//! what is answered there, and opens no connection of its own.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use url::Url;

use crate::frontier::health::Source;
use crate::replay::error::Error;
use crate::replay::origin::Names;
use crate::replay::room::{Room, Rules};
use crate::replay::routes::{captures_router, interface_router};
use crate::replay::token::Token;
use crate::store::archive::Archive;

/// How long answers may take that were asked for before the end; a connection that says nothing may not hold it up.
const GRACE: Duration = Duration::from_secs(5);

/// Where the server listens and what it is called.
#[derive(Debug, Clone)]
pub struct Options {
    /// Address and port of the interface; port 0 takes any that is free.
    pub bind: SocketAddr,
    /// Address and port of the captures; the port after the interface's where none is given.
    pub capture_bind: Option<SocketAddr>,
    /// The address under which people reach it through a proxy: a scheme and a host. Captures are then expected at the same
    /// address with `captures.` before the host.
    pub public_url: Option<Url>,
    /// What those must know who use it; not needed where only this machine reaches it.
    pub token: Option<Token>,
    /// The sources of the configuration, whose health is shown.
    pub sources: Vec<Source>,
    /// How pages are extracted where one asks why.
    pub rules: Rules,
}

impl Options {
    /// Serves on an address, and nothing else is said.
    pub fn on(bind: SocketAddr) -> Self {
        Self { bind, capture_bind: None, public_url: None, token: None, sources: Vec::new(), rules: Rules::default() }
    }

    /// What lets others than this machine reach the server.
    fn opening(&self) -> Option<String> {
        let outward = |address: &SocketAddr| !address.ip().is_loopback();
        if let Some(address) = std::iter::once(self.bind).chain(self.capture_bind).find(outward) {
            return Some(format!("listening on {address}"));
        }
        self.public_url.as_ref().map(|url| format!("a public address ({url})"))
    }
}

/// A server whose ports are open and which answers once it runs.
pub struct Server {
    room: Room,
    interface: TcpListener,
    captures: TcpListener,
    addresses: (SocketAddr, SocketAddr),
}

/// Serves an archive until `shutdown` is done, and then what was already asked for.
pub async fn serve(archive: Arc<Archive>, options: &Options, shutdown: impl Future<Output = ()>) -> Result<(), Error> {
    Server::bind(archive, options).await?.run(shutdown).await
}

impl Server {
    /// Opens both ports.
    pub async fn bind(archive: Arc<Archive>, options: &Options) -> Result<Self, Error> {
        if let (None, Some(what)) = (&options.token, options.opening()) {
            return Err(Error::Unguarded { what });
        }
        let (interface, at) = listen(options.bind).await?;
        let beside = match options.bind.port() {
            0 => 0,
            _ => at.port().checked_add(1).unwrap_or(0),
        };
        let wanted = options.capture_bind.unwrap_or_else(|| SocketAddr::new(at.ip(), beside));
        let (captures, captures_at) = listen(wanted).await?;
        let names = Names::new(at, captures_at, options.public_url.as_ref())?;
        let room = Room::new(archive, names, options);
        Ok(Self { room, interface, captures, addresses: (at, captures_at) })
    }

    /// Where a person finds the interface.
    pub fn url(&self) -> String {
        self.room.names.interface_url()
    }

    /// The address and port of the interface.
    pub fn interface_address(&self) -> SocketAddr {
        self.addresses.0
    }

    /// The address and port of the captures.
    pub fn captures_address(&self) -> SocketAddr {
        self.addresses.1
    }

    /// Answers until `shutdown` is done, and then for five seconds at most what was already asked for.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> Result<(), Error> {
        let (stop, stopped) = watch::channel(false);
        let room = self.room;
        room.count_ahead();
        let interface =
            axum::serve(self.interface, interface_router(room.clone())).with_graceful_shutdown(until(stopped.clone()));
        let captures = axum::serve(self.captures, captures_router(room)).with_graceful_shutdown(until(stopped));
        let failed = |address, source| Error::Serve { address, source };
        let (interface_at, captures_at) = self.addresses;
        let serving = async {
            tokio::try_join!(async { interface.await.map_err(|source| failed(interface_at, source)) }, async {
                captures.await.map_err(|source| failed(captures_at, source))
            },)
        };
        tokio::pin!(serving);
        tokio::select! {
            result = &mut serving => return result.map(|_| ()),
            () = shutdown => {}
        }
        // Nobody listens any more only where serving has ended.
        let _ = stop.send(true);
        tokio::time::timeout(GRACE, serving).await.map_or(Ok(()), |served| served.map(|_| ()))
    }
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), Error> {
    let failed = |source| Error::Bind { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

async fn until(mut stopped: watch::Receiver<bool>) {
    // An error means that the sender is gone, which is an end as well.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

#[cfg(test)]
mod tests;
