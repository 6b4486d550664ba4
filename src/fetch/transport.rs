//! The one thing a crawl needs of the network: an exchange. The client is what goes to the network; a simulation answers from
//! memory.

use std::future::Future;
use std::pin::Pin;

use crate::fetch::client::Client;
use crate::fetch::error::Error;
use crate::fetch::limits::Limits;
use crate::fetch::request::Request;
use crate::page::Page;

/// An exchange under way.
pub type Exchange<'a> = Pin<Box<dyn Future<Output = Result<Page, Error>> + Send + 'a>>;

/// Sends requests.
pub trait Transport: Send + Sync {
    /// One exchange; under `limits` where they are given, otherwise under the transport's own. An answer of whatever status
    /// is no error.
    fn exchange<'a>(&'a self, request: &'a Request, limits: Option<&'a Limits>) -> Exchange<'a>;

    /// Its own limits.
    fn limits(&self) -> Limits;
}

impl Transport for Client {
    fn exchange<'a>(&'a self, request: &'a Request, limits: Option<&'a Limits>) -> Exchange<'a> {
        Box::pin(async move {
            match limits {
                Some(limits) => self.get_within(request, limits).await,
                None => self.get(request).await,
            }
        })
    }

    fn limits(&self) -> Limits {
        *Client::limits(self)
    }
}
