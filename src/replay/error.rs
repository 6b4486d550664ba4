//! What can go wrong between a request and its answer, and what a person is told of it.

use std::io;
use std::net::SocketAddr;

use axum::http::StatusCode;
use url::Url;

use crate::frontier;
use crate::store;
use crate::store::error::Class;

/// Why replay could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A port could not be opened.
    #[error(
        "cannot listen on {address}: {source}; choose another with `--bind ADDRESS:PORT` (captures take the next port)"
    )]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The address for people cannot be one.
    #[error("`{url}` cannot be the public address: {reason}")]
    PublicUrl {
        /// What was given.
        url: String,
        /// Why not.
        reason: &'static str,
    },
    /// The token is none.
    #[error("that cannot be the token: {reason}")]
    Token {
        /// Why not.
        reason: &'static str,
    },
    /// Others would reach the server, and nothing keeps them out.
    #[error(
        "{what} lets others reach the archive, and there is no token to keep them out; write one into a file and name it with \
         `--token-file FILE`, or set CHAFFINCH_TOKEN"
    )]
    Unguarded {
        /// What opens it.
        what: String,
    },
    /// The server stopped.
    #[error("the server on {address} stopped: {source}")]
    Serve {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// A request under a name that is not this server's: perhaps a page elsewhere that made its name point here.
    #[error("this server does not answer to the name `{host}`; `--public-url` gives it another name than its address")]
    Host {
        /// The `Host` field, or nothing.
        host: String,
    },
    /// Nothing has this address here.
    #[error("there is no page at {path}")]
    NoSuchPage {
        /// Its path.
        path: String,
    },
    /// A parameter is missing or cannot be read.
    #[error("`{parameter}` {reason}")]
    Parameter {
        /// Its name.
        parameter: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The archive has no capture of it.
    #[error("{url} is not in this archive")]
    NotKept {
        /// What was asked for.
        url: Url,
    },
    /// There is no article to read, compare or take along.
    #[error("no article of {url} is in this archive")]
    NoArticle {
        /// What was asked for.
        url: Url,
    },
    /// The extractor could not read the page.
    #[error("{url} cannot be explained: {reason}")]
    Explain {
        /// The page.
        url: Url,
        /// Why not.
        reason: String,
    },
    /// What was to leave could not be written.
    #[error("{url} could not be written: {reason}")]
    Export {
        /// What was to leave.
        url: Url,
        /// Why not.
        reason: String,
    },
    /// Something that is asked for is not in the archive.
    #[error("{what}")]
    Missing {
        /// What, in a sentence.
        what: String,
    },
    /// There is no host on which its scripts could run.
    #[error(
        "scripts run only in a page of HTML that stands on a host of its own: reach this server as localhost, or under a public name"
    )]
    NoScripts,
    /// Nobody may ask for URLs here.
    #[error("nothing can be put into the queue from here: this server has no token that says who may")]
    QueueClosed,
    /// What is sent cannot be read.
    #[error("{reason}")]
    Body {
        /// The status that says so.
        status: StatusCode,
        /// Why not.
        reason: String,
    },
    /// The queue could not answer.
    #[error(transparent)]
    Queue(#[from] frontier::queue::Error),
    /// The archive could not answer.
    #[error(transparent)]
    Store(#[from] store::error::Error),
    /// A page of the interface could not be written.
    #[error("a page of the interface could not be written: {0}")]
    Template(#[from] askama::Error),
    /// The work on a request broke off.
    #[error("the work on this request broke off; the log says where")]
    Broken,
}

impl Error {
    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Host { .. } => StatusCode::MISDIRECTED_REQUEST,
            Self::NoSuchPage { .. } | Self::NotKept { .. } | Self::NoArticle { .. } | Self::Missing { .. } => {
                StatusCode::NOT_FOUND
            }
            Self::QueueClosed => StatusCode::FORBIDDEN,
            Self::NoScripts => StatusCode::NOT_FOUND,
            Self::Body { status, .. } => *status,
            Self::Parameter { .. } => StatusCode::BAD_REQUEST,
            Self::Explain { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Store(error) if error.class() == Class::Busy => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The heading of the page that tells it.
    pub fn heading(&self) -> &'static str {
        match self {
            Self::Host { .. } => "Not this server",
            Self::NoSuchPage { .. } => "No such page",
            Self::NotKept { .. } | Self::Missing { .. } => "Not in this archive",
            Self::NoArticle { .. } => "No article here",
            Self::Parameter { .. } => "That cannot be looked up",
            Self::Explain { .. } => "This page cannot be explained",
            Self::QueueClosed => "The queue is closed",
            Self::NoScripts => "No scripts here",
            Self::Store(store::error::Error::Damaged { .. }) => "This capture is damaged",
            Self::Store(error) => match error.class() {
                Class::Busy => "The archive is busy",
                Class::Write => "The archive could not be written",
                _ => "The archive could not be read",
            },
            _ => "Something went wrong",
        }
    }

    /// What a person can do about it, where the message does not say so.
    pub fn remedy(&self) -> Option<&'static str> {
        match self {
            Self::Store(error) if error.class() == Class::Busy => Some("Try again in a minute."),
            Self::Store(error) if error.class() == Class::Write => {
                Some("Look whether the disk has room, and whether the server may write to the archive.")
            }
            Self::Store(_) => {
                Some("`chaffinch verify` reads the whole archive and says what is damaged and what can be saved.")
            }
            Self::QueueClosed => Some(
                "Write a token into a file (`openssl rand -hex 32 > token`) and start `chaffinch replay --token-file token`.",
            ),
            Self::NotKept { .. } => Some("`chaffinch archive URL` captures it."),
            _ => None,
        }
    }
}
