//! What every answer is made with and in: the archive, asked where it may block, the names of the server, and the page that
//! says why there is no other. It does not know what is asked.

use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::Query;
use axum::http::{Response, StatusCode, header};
use chaffinch_extract::options::Options;
use serde_json::json;
use url::Url;

use crate::replay::captures::put;
use crate::replay::error::Error;
use crate::replay::origin::Names;
use crate::replay::overview::{Overview, Overviews};
use crate::replay::server;
use crate::replay::token::Token;
use crate::replay::views::notice::{FrameNotice, Notice};
use crate::replay::watch::Watch;
use crate::store::archive::Archive;

/// What every answer is made with.
#[derive(Clone)]
pub(crate) struct Room {
    archive: Arc<Archive>,
    pub(crate) names: Arc<Names>,
    watch: Arc<Watch>,
    rules: Rules,
    overviews: Arc<Overviews>,
    /// Who knows it may do everything; without one, whoever reaches the server may read.
    pub(crate) token: Option<Arc<Token>>,
}

/// What the configuration says of an address.
type RuleOf = dyn Fn(Option<&Url>) -> Options + Send + Sync;

/// How a page of an address is extracted: what the configuration says of every site.
#[derive(Clone)]
pub struct Rules(pub Arc<RuleOf>);

impl std::fmt::Debug for Rules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rules")
    }
}

impl Default for Rules {
    fn default() -> Self {
        Self(Arc::new(|_| Options::default()))
    }
}

impl Room {
    /// The room of a server.
    pub(crate) fn new(archive: Arc<Archive>, names: Names, options: &server::Options) -> Self {
        let watch = Watch::new(archive.dir(), options.sources.clone());
        Self {
            archive,
            names: Arc::new(names),
            watch: Arc::new(watch),
            rules: options.rules.clone(),
            overviews: Arc::default(),
            token: options.token.clone().map(Arc::new),
        }
    }

    /// What is known of the archive as a whole; `None` while it is counted for the first time.
    pub(crate) async fn overview(&self) -> Option<Arc<Overview>> {
        self.overviews.latest(&self.archive).await
    }

    /// The same for a program, which waits until it is known.
    pub(crate) async fn whole(&self) -> Result<Arc<Overview>, Error> {
        self.overviews.whole(&self.archive).await.ok_or(Error::Broken)
    }

    /// Begins to count before anybody asks.
    pub(crate) fn count_ahead(&self) {
        self.overviews.refresh(&self.archive);
    }

    /// What is seen of crawling.
    pub(crate) fn watch(&self) -> Arc<Watch> {
        Arc::clone(&self.watch)
    }

    /// How a page of an address is extracted.
    pub(crate) fn rules(&self) -> Rules {
        self.rules.clone()
    }

    /// The archive, for what is asked of it piece by piece.
    pub(crate) fn archive(&self) -> Arc<Archive> {
        Arc::clone(&self.archive)
    }

    /// Runs what reads the archive where it may block.
    pub(crate) async fn ask(
        &self,
        work: impl FnOnce(&Archive) -> Result<Response<Body>, Error> + Send + 'static,
    ) -> Result<Response<Body>, Error> {
        let archive = Arc::clone(&self.archive);
        tokio::task::spawn_blocking(move || work(&archive)).await.unwrap_or(Err(Error::Broken))
    }
}

/// A line of text as an answer.
pub(crate) fn plain(status: StatusCode, text: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(format!("{text}\n")));
    *response.status_mut() = status;
    put(response.headers_mut(), header::CONTENT_TYPE, "text/plain; charset=utf-8");
    put(response.headers_mut(), header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    response
}

/// Why a request is refused: as JSON where programs ask, else in a line.
pub(crate) fn refusal(path: &str, status: StatusCode, why: &str, remedy: Option<&str>) -> Response<Body> {
    if !path.starts_with("/api/") {
        return plain(status, &remedy.map_or_else(|| why.to_owned(), |remedy| format!("{why}. {remedy}")));
    }
    let mut response = Response::new(Body::from(format!("{}\n", json!({ "error": why, "remedy": remedy }))));
    *response.status_mut() = status;
    put(response.headers_mut(), header::CONTENT_TYPE, "application/json");
    put(response.headers_mut(), header::CACHE_CONTROL, "no-store");
    response
}

/// The answer, or the page that says why there is none.
pub(crate) fn told(result: Result<Response<Body>, Error>) -> Response<Body> {
    let error = match result {
        Ok(response) => return response,
        Err(error) => error,
    };
    log(&error);
    let page = Notice {
        heading: error.heading().to_owned(),
        message: error.to_string(),
        remedy: error.remedy().unwrap_or_default().to_owned(),
        live: live(&error),
    };
    notice(&error, page.render())
}

/// The same for the port of the captures.
pub(crate) fn told_in_frame(result: Result<Response<Body>, Error>) -> Response<Body> {
    let error = match result {
        Ok(response) => return response,
        Err(error) => error,
    };
    log(&error);
    let page = FrameNotice {
        heading: error.heading().to_owned(),
        message: error.to_string(),
        remedy: error.remedy().unwrap_or_default().to_owned(),
        live: live(&error),
    };
    notice(&error, page.render())
}

fn notice(error: &Error, page: askama::Result<String>) -> Response<Body> {
    match page {
        Ok(page) => {
            let mut response = Response::new(Body::from(page));
            *response.status_mut() = error.status();
            put(response.headers_mut(), header::CONTENT_TYPE, "text/html; charset=utf-8");
            put(response.headers_mut(), header::CACHE_CONTROL, "no-store");
            response
        }
        Err(_) => plain(error.status(), &error.to_string()),
    }
}

fn log(error: &Error) {
    if error.status().is_server_error() {
        tracing::error!("replay: {error}");
    }
}

fn live(error: &Error) -> String {
    match error {
        Error::NotKept { url } => url.to_string(),
        _ => String::new(),
    }
}

/// The parameters of a request, read or not.
pub(crate) type Asked<T> = Result<Query<T>, axum::extract::rejection::QueryRejection>;

/// The parameters; one that cannot be read is told like any other mistake.
pub(crate) fn parameters<T>(asked: Asked<T>) -> Result<T, Error> {
    let wrong = |error: axum::extract::rejection::QueryRejection| Error::Parameter {
        parameter: "query",
        reason: error.body_text(),
    };
    asked.map(|Query(query)| query).map_err(wrong)
}
