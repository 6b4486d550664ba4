//! `/api`: what the pages of the interface do, for programs, as JSON in the shapes of `--json`. `/api/openapi.json` describes every
//! address. An error is an object with `error`, a sentence, and `remedy`, what can be done about it, or null.

mod articles;
mod captures;
mod document;
mod notes;
mod parameters;
mod state;

use axum::Router;
use axum::body::Body;
use axum::http::{Response, StatusCode, Uri, header};
use axum::routing::any;
use serde::Serialize;

use crate::replay::captures::put;
use crate::replay::error::Error;
use crate::replay::room::{Room, refusal};
use crate::store::archive::Archive;

/// The addresses of this room.
pub(crate) fn routes() -> Router<Room> {
    Router::new()
        .merge(articles::routes())
        .merge(captures::routes())
        .merge(document::routes())
        .merge(notes::routes())
        .merge(state::routes())
        .route("/api", any(nothing))
        .route("/api/", any(nothing))
        .route("/api/{*other}", any(nothing))
        .method_not_allowed_fallback(not_so)
}

async fn nothing(uri: Uri) -> Response<Body> {
    told(Err(Error::NoSuchPage { path: uri.path().to_owned() }))
}

async fn not_so(uri: Uri) -> Response<Body> {
    refusal(uri.path(), StatusCode::METHOD_NOT_ALLOWED, "this address does not answer that method", None)
}

/// A value as an answer.
pub(crate) fn json(value: &impl Serialize) -> Result<Response<Body>, Error> {
    let text = serde_json::to_string(value).map_err(|_| Error::Broken)?;
    let mut response = Response::new(Body::from(text + "\n"));
    put(response.headers_mut(), header::CONTENT_TYPE, "application/json");
    put(response.headers_mut(), header::CACHE_CONTROL, "private, no-cache");
    Ok(response)
}

/// The answer, or why there is none.
pub(crate) fn told(result: Result<Response<Body>, Error>) -> Response<Body> {
    result.unwrap_or_else(|error| {
        if error.status().is_server_error() {
            tracing::error!("replay: {error}");
        }
        refusal("/api/", error.status(), &error.to_string(), error.remedy())
    })
}

/// Answers a question that was read, where the archive may block.
async fn answer<Q: Send + 'static>(
    room: &Room,
    question: Result<Q, Error>,
    work: impl FnOnce(&Archive, Q) -> Result<Response<Body>, Error> + Send + 'static,
) -> Response<Body> {
    told(match question {
        Ok(question) => room.ask(move |archive| work(archive, question)).await,
        Err(error) => Err(error),
    })
}
