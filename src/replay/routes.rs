//! Which function answers what, on the port of the interface and on that of the captures.

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Extension, Path, State};
use axum::http::{HeaderMap, Method, Response, Uri, header};
use axum::routing::{get, post};
use axum::{Form, Router, middleware};
use jiff::Timestamp;
use tower_http::catch_panic::CatchPanicLayer;

use crate::replay::address::{Address, Modifier};
use crate::replay::api;
use crate::replay::captures::{self, put};
use crate::replay::cdx;
use crate::replay::error::Error;
use crate::replay::feed;
use crate::replay::gate::{BODY_MAX, guard_captures, guard_interface, only_read};
use crate::replay::marked;
use crate::replay::origin::Origins;
use crate::replay::pages::PageQuery;
use crate::replay::pages::capture as capture_page;
use crate::replay::pages::compare::{self, CompareQuery};
use crate::replay::pages::crawl::{self, CrawlQuery};
use crate::replay::pages::explain::{self, CaseForm, ExplainQuery};
use crate::replay::pages::export;
use crate::replay::pages::home::{self, HomeQuery};
use crate::replay::pages::read::{self, NoteForm, ReadQuery};
use crate::replay::protocols::{self, TimeMapForm};
use crate::replay::queue;
use crate::replay::ranges;
use crate::replay::room::{Asked, Room, parameters, told, told_in_frame};
use crate::replay::running;
use crate::replay::session;
use crate::store::archive::Archive;

const STYLE: &str = include_str!("static/replay.css");
const SCRIPT: &str = include_str!("static/replay.js");
const ICON: &str = include_str!("static/icon.svg");

/// What the port of the interface answers.
pub(crate) fn interface_router(room: Room) -> Router {
    Router::new()
        .route("/", get(home))
        .route("/read/{id}", get(read))
        .route("/note", post(note))
        .route("/explain/{id}", get(explain).post(file_case))
        .route("/compare", get(compare))
        .route("/export/{name}", get(export))
        .route("/crawl", get(crawl))
        .route("/article", get(article))
        .route("/history", get(history))
        .route("/timegate/{*url}", get(timegate))
        .route("/timemap/link/{*url}", get(timemap_link))
        .route("/timemap/json/{*url}", get(timemap_json))
        .route("/-/replay.css", get(|| async { fixed(STYLE, "text/css; charset=utf-8") }))
        .route("/-/replay.js", get(|| async { fixed(SCRIPT, "text/javascript; charset=utf-8") }))
        .route("/-/icon.svg", get(|| async { fixed(ICON, "image/svg+xml") }))
        .route("/robots.txt", get(robots))
        .merge(api::routes())
        .merge(cdx::routes())
        .merge(feed::routes())
        .merge(queue::routes())
        .merge(running::routes())
        .merge(session::routes())
        .fallback(capture)
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .layer(middleware::from_fn_with_state(room.clone(), guard_interface))
        .layer(CatchPanicLayer::new())
        .with_state(room)
}

/// What the port of the captures answers.
pub(crate) fn captures_router(room: Room) -> Router {
    Router::new()
        .route("/robots.txt", get(robots))
        .fallback(captured)
        .layer(middleware::from_fn_with_state(room.clone(), guard_captures))
        .layer(CatchPanicLayer::new())
        .with_state(room)
}

fn fixed(text: &'static str, content_type: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    put(response.headers_mut(), header::CONTENT_TYPE, content_type);
    put(response.headers_mut(), header::CACHE_CONTROL, "private, max-age=3600");
    response
}

async fn robots() -> Response<Body> {
    fixed("User-agent: *\nDisallow: /\n", "text/plain")
}

async fn home(State(room): State<Room>, asked: Asked<HomeQuery>) -> Response<Body> {
    let query = match parameters(asked) {
        Ok(query) => query,
        Err(error) => return told(Err(error)),
    };
    let (overview, watch) = (room.overview().await, room.watch());
    told(room.ask(move |archive| home::home(archive, &watch, overview.as_deref(), &query, Timestamp::now())).await)
}

async fn crawl(State(room): State<Room>, asked: Asked<CrawlQuery>) -> Response<Body> {
    let (watch, query) = (room.watch(), parameters(asked));
    told(room.ask(move |_| crawl::crawl(&watch, &query?, Timestamp::now())).await)
}

async fn read(
    State(room): State<Room>,
    Extension(origins): Extension<Origins>,
    Path(id): Path<String>,
    asked: Asked<ReadQuery>,
) -> Response<Body> {
    let query = parameters(asked);
    told(room.ask(move |archive| read::read(archive, &origins, &id, &query?)).await)
}

async fn note(State(room): State<Room>, Form(form): Form<NoteForm>) -> Response<Body> {
    told(room.ask(move |archive| read::note(archive, &form, Timestamp::now())).await)
}

async fn explain(
    State(room): State<Room>,
    Extension(origins): Extension<Origins>,
    Path(id): Path<String>,
    asked: Asked<ExplainQuery>,
) -> Response<Body> {
    let (query, rules) = (parameters(asked), room.rules());
    told(room.ask(move |archive| explain::explain(archive, &origins, &rules, &id, &query?)).await)
}

async fn file_case(State(room): State<Room>, Path(id): Path<String>, Form(form): Form<CaseForm>) -> Response<Body> {
    let rules = room.rules();
    told(room.ask(move |archive| explain::file(archive, &rules, &id, &form)).await)
}

async fn article(State(room): State<Room>, asked: Asked<PageQuery>) -> Response<Body> {
    ask_of_page(room, asked, read::article).await
}

async fn history(State(room): State<Room>, asked: Asked<PageQuery>) -> Response<Body> {
    ask_of_page(room, asked, read::history).await
}

async fn compare(State(room): State<Room>, asked: Asked<CompareQuery>) -> Response<Body> {
    let query = parameters(asked);
    told(room.ask(move |archive| compare::compare(archive, &query?)).await)
}

async fn export(State(room): State<Room>, Path(name): Path<String>) -> Response<Body> {
    told(room.ask(move |archive| export::export(archive, &name, Timestamp::now())).await)
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
    let accept = headers.get("accept-datetime").cloned();
    let target = rest_of(&uri, "/timegate/");
    told(room.ask(move |archive| Ok(protocols::timegate(archive, &origins, &target, accept.as_ref()))).await)
}

async fn timemap_link(State(room): State<Room>, Extension(origins): Extension<Origins>, uri: Uri) -> Response<Body> {
    let target = rest_of(&uri, "/timemap/link/");
    told(room.ask(move |archive| protocols::timemap(archive, &origins, &target, TimeMapForm::Link)).await)
}

async fn timemap_json(State(room): State<Room>, Extension(origins): Extension<Origins>, uri: Uri) -> Response<Body> {
    let target = rest_of(&uri, "/timemap/json/");
    told(room.ask(move |archive| protocols::timemap(archive, &origins, &target, TimeMapForm::Json)).await)
}

async fn capture(
    State(room): State<Room>,
    Extension(origins): Extension<Origins>,
    method: Method,
    uri: Uri,
) -> Response<Body> {
    if !matches!(method, Method::GET | Method::HEAD) {
        return only_read();
    }
    let path = rest_of(&uri, "");
    told(room.ask(move |archive| capture_page::capture(archive, &origins, &path)).await)
}

async fn captured(
    State(room): State<Room>,
    Extension(origins): Extension<Origins>,
    method: Method,
    headers: HeaderMap,
    uri: Uri,
) -> Response<Body> {
    let (path, rules) = (rest_of(&uri, ""), room.rules());
    if let Some(id) = origins.running {
        let asked = headers.clone();
        let told = told_in_frame(room.ask(move |archive| running::answer(archive, &origins, id, &path, &asked)).await);
        return ranges::cut(&method, &headers, told).await;
    }
    let work = move |archive: &Archive| match Address::parse(&path) {
        Some(address) if address.modifier == Modifier::Explain => marked::answer(archive, &origins, &rules, &address),
        _ => captures::answer(archive, &origins, &path),
    };
    ranges::cut(&method, &headers, told_in_frame(room.ask(work).await)).await
}

/// Path and query as they were written, without a prefix: an address within an address may not be decoded.
fn rest_of(uri: &Uri, prefix: &str) -> String {
    let whole = uri.path_and_query().map_or("", axum::http::uri::PathAndQuery::as_str);
    whole.strip_prefix(prefix).unwrap_or(whole).to_owned()
}
