//! The server's edge: two ports, one for the interface and one for the captures, each with its own guard. It knows which
//! function answers what and what every answer must carry; it opens no connection of its own.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::body::Body;
use axum::extract::{Extension, Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderName, Method, Response, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::{Router, routing::get};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower_http::catch_panic::CatchPanicLayer;
use url::Url;

use crate::replay::captures::{self, put};
use crate::replay::error::Error;
use crate::replay::origin::{Names, Origins};
use crate::replay::pages::{self, HomeQuery, PageQuery, TimeMapForm};
use crate::replay::views::{FrameNotice, Notice};
use crate::store::archive::Archive;

/// How long answers may take that were asked for before the end; a connection that says nothing may not hold it up.
const GRACE: Duration = Duration::from_secs(5);

const STYLE: &str = include_str!("static/replay.css");
const SCRIPT: &str = include_str!("static/replay.js");
const ICON: &str = include_str!("static/icon.svg");

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
}

/// A server whose ports are open and which answers once it runs.
pub struct Server {
    archive: Arc<Archive>,
    names: Names,
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
        let (interface, at) = listen(options.bind).await?;
        let beside = match options.bind.port() {
            0 => 0,
            _ => at.port().checked_add(1).unwrap_or(0),
        };
        let wanted = options.capture_bind.unwrap_or_else(|| SocketAddr::new(at.ip(), beside));
        let (captures, captures_at) = listen(wanted).await?;
        let names = Names::new(at, captures_at, options.public_url.as_ref())?;
        Ok(Self { archive, names, interface, captures, addresses: (at, captures_at) })
    }

    /// Where a person finds the interface.
    pub fn url(&self) -> String {
        self.names.interface_url()
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
        let room = Room { archive: self.archive, names: Arc::new(self.names) };
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

#[derive(Clone)]
struct Room {
    archive: Arc<Archive>,
    names: Arc<Names>,
}

impl Room {
    /// Runs what reads the archive where it may block.
    async fn ask(
        &self,
        work: impl FnOnce(&Archive) -> Result<Response<Body>, Error> + Send + 'static,
    ) -> Result<Response<Body>, Error> {
        let archive = Arc::clone(&self.archive);
        tokio::task::spawn_blocking(move || work(&archive)).await.unwrap_or(Err(Error::Broken))
    }
}

fn interface_router(room: Room) -> Router {
    Router::new()
        .route("/", get(home))
        .route("/read/{id}", get(read))
        .route("/article", get(article))
        .route("/history", get(history))
        .route("/cdx", get(cdx))
        .route("/timegate/{*url}", get(timegate))
        .route("/timemap/link/{*url}", get(timemap_link))
        .route("/timemap/json/{*url}", get(timemap_json))
        .route("/-/replay.css", get(|| async { fixed(STYLE, "text/css; charset=utf-8") }))
        .route("/-/replay.js", get(|| async { fixed(SCRIPT, "text/javascript; charset=utf-8") }))
        .route("/-/icon.svg", get(|| async { fixed(ICON, "image/svg+xml") }))
        .route("/robots.txt", get(|| async { fixed("User-agent: *\nDisallow: /\n", "text/plain") }))
        .fallback(capture)
        .layer(middleware::from_fn_with_state(room.clone(), guard_interface))
        .layer(CatchPanicLayer::new())
        .with_state(room)
}

fn captures_router(room: Room) -> Router {
    Router::new()
        .fallback(captured)
        .layer(middleware::from_fn_with_state(room.clone(), guard_captures))
        .layer(CatchPanicLayer::new())
        .with_state(room)
}

/// What comes before and after every answer of the interface.
async fn guard_interface(State(room): State<Room>, mut request: Request, next: Next) -> Response<Body> {
    let origins = match admitted(&room.names, &request) {
        Ok(origins) => origins,
        Err(refusal) => return *refusal,
    };
    request.extensions_mut().insert(origins.clone());
    let mut response = next.run(request).await;
    let captures = &origins.captures;
    let policy = format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' {captures} data:; frame-src {captures}; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    let headers = response.headers_mut();
    put(headers, header::CONTENT_SECURITY_POLICY, &policy);
    put(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    put(headers, header::X_FRAME_OPTIONS, "DENY");
    put(headers, header::REFERRER_POLICY, "no-referrer");
    put(headers, HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    put(headers, HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    put(headers, HeaderName::from_static("x-robots-tag"), "noindex");
    put(headers, HeaderName::from_static("x-dns-prefetch-control"), "off");
    response
}

/// What comes before and after every answer of the captures.
async fn guard_captures(State(room): State<Room>, mut request: Request, next: Next) -> Response<Body> {
    let origins = match admitted(&room.names, &request) {
        Ok(origins) => origins,
        Err(refusal) => return *refusal,
    };
    request.extensions_mut().insert(origins.clone());
    let mut response = next.run(request).await;
    captures::protect(response.headers_mut(), &origins);
    response
}

/// The origins to answer with; a name that is not ours and a method that could change something are refused.
fn admitted(names: &Names, request: &Request) -> Result<Origins, Box<Response<Body>>> {
    let host = request.headers().get(header::HOST).and_then(|value| value.to_str().ok());
    let host = host.or_else(|| request.uri().authority().map(axum::http::uri::Authority::as_str));
    let origins = names.origins(host).map_err(|error| Box::new(plain(error.status(), &error.to_string())))?;
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return Ok(origins);
    }
    let mut refusal = plain(StatusCode::METHOD_NOT_ALLOWED, "this server only answers questions: GET and HEAD");
    put(refusal.headers_mut(), header::ALLOW, "GET, HEAD");
    Err(Box::new(refusal))
}

fn plain(status: StatusCode, text: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(format!("{text}\n")));
    *response.status_mut() = status;
    put(response.headers_mut(), header::CONTENT_TYPE, "text/plain; charset=utf-8");
    put(response.headers_mut(), header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    response
}

fn fixed(text: &'static str, content_type: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    put(response.headers_mut(), header::CONTENT_TYPE, content_type);
    put(response.headers_mut(), header::CACHE_CONTROL, "private, max-age=3600");
    response
}

/// The answer, or the page that says why there is none.
fn told(result: Result<Response<Body>, Error>) -> Response<Body> {
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
fn told_in_frame(result: Result<Response<Body>, Error>) -> Response<Body> {
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

type Asked<T> = Result<Query<T>, axum::extract::rejection::QueryRejection>;

/// The parameters; one that cannot be read is told like any other mistake.
fn parameters<T>(asked: Asked<T>) -> Result<T, Error> {
    let wrong = |error: axum::extract::rejection::QueryRejection| Error::Parameter {
        parameter: "query",
        reason: error.body_text(),
    };
    asked.map(|Query(query)| query).map_err(wrong)
}

async fn home(State(room): State<Room>, asked: Asked<HomeQuery>) -> Response<Body> {
    let query = match parameters(asked) {
        Ok(query) => query,
        Err(error) => return told(Err(error)),
    };
    told(room.ask(move |archive| pages::home(archive, &query)).await)
}

async fn read(
    State(room): State<Room>,
    Extension(origins): Extension<Origins>,
    Path(id): Path<String>,
) -> Response<Body> {
    told(room.ask(move |archive| pages::read(archive, &origins, &id)).await)
}

async fn article(State(room): State<Room>, asked: Asked<PageQuery>) -> Response<Body> {
    ask_of_page(room, asked, pages::article).await
}

async fn history(State(room): State<Room>, asked: Asked<PageQuery>) -> Response<Body> {
    ask_of_page(room, asked, pages::history).await
}

async fn cdx(State(room): State<Room>, asked: Asked<PageQuery>) -> Response<Body> {
    ask_of_page(room, asked, pages::cdx).await
}

async fn ask_of_page(
    room: Room,
    asked: Asked<PageQuery>,
    page: fn(&Archive, &PageQuery) -> Result<Response<Body>, Error>,
) -> Response<Body> {
    match parameters(asked) {
        Ok(query) => told(room.ask(move |archive| page(archive, &query)).await),
        Err(error) => told(Err(error)),
    }
}

async fn timegate(
    State(room): State<Room>,
    Extension(origins): Extension<Origins>,
    headers: HeaderMap,
    uri: Uri,
) -> Response<Body> {
    let accept = headers.get("accept-datetime").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let target = rest_of(&uri, "/timegate/");
    told(room.ask(move |archive| pages::timegate(archive, &origins, &target, accept.as_deref())).await)
}

async fn timemap_link(State(room): State<Room>, Extension(origins): Extension<Origins>, uri: Uri) -> Response<Body> {
    let target = rest_of(&uri, "/timemap/link/");
    told(room.ask(move |archive| pages::timemap(archive, &origins, &target, TimeMapForm::Link)).await)
}

async fn timemap_json(State(room): State<Room>, Extension(origins): Extension<Origins>, uri: Uri) -> Response<Body> {
    let target = rest_of(&uri, "/timemap/json/");
    told(room.ask(move |archive| pages::timemap(archive, &origins, &target, TimeMapForm::Json)).await)
}

async fn capture(State(room): State<Room>, Extension(origins): Extension<Origins>, uri: Uri) -> Response<Body> {
    let path = rest_of(&uri, "");
    told(room.ask(move |archive| pages::capture(archive, &origins, &path)).await)
}

async fn captured(State(room): State<Room>, Extension(origins): Extension<Origins>, uri: Uri) -> Response<Body> {
    let path = rest_of(&uri, "");
    told_in_frame(room.ask(move |archive| captures::answer(archive, &origins, &path)).await)
}

/// Path and query as they were written, without a prefix: an address within an address may not be decoded.
fn rest_of(uri: &Uri, prefix: &str) -> String {
    let whole = uri.path_and_query().map_or("", axum::http::uri::PathAndQuery::as_str);
    whole.strip_prefix(prefix).unwrap_or(whole).to_owned()
}

#[cfg(test)]
mod tests;
