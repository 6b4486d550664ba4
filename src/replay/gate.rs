//! What comes before and after every answer: names that are not ours, pages elsewhere that would use us, and whoever does not
//! know the token are refused, and every answer tells the browser what it may not do. It does not know what is answered.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, Method, Response, StatusCode, Uri, header};
use axum::middleware::Next;
use jiff::Timestamp;

use crate::replay::captures::{self, put};
use crate::replay::entities;
use crate::replay::origin::{Origins, Port};
use crate::replay::room::{Room, plain, refusal};
use crate::replay::running::{self, Framed};
use crate::replay::session;
use crate::replay::token::Token;

/// The largest body of a request.
pub(crate) const BODY_MAX: usize = 512 << 10;

/// How long a wrong token waits for its answer.
pub(crate) const WRONG_TOKEN: Duration = Duration::from_millis(500);

/// What comes before and after every answer of the interface.
pub(crate) async fn guard_interface(State(room): State<Room>, mut request: Request, next: Next) -> Response<Body> {
    let origins = match named(&room, &request, Port::Interface) {
        Ok(origins) => origins,
        Err(refusal) => return *refusal,
    };
    let mut response = match admitted(&room, &origins, &request) {
        Ok(()) => {
            request.extensions_mut().insert(origins.clone());
            next.run(request).await
        }
        Err(refused) => {
            if refused.wrong_token {
                tokio::time::sleep(WRONG_TOKEN).await;
            }
            *refused.response
        }
    };
    let captures = &origins.captures_origin;
    let framed = response.extensions().get::<Framed>().map_or_else(|| captures.clone(), |framed| framed.0.clone());
    let policy = format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' {captures} data:; frame-src {framed}; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    let headers = response.headers_mut();
    put(headers, header::CONTENT_SECURITY_POLICY, &policy);
    put(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    put(headers, header::X_FRAME_OPTIONS, "DENY");
    // To others nothing is told; with `no-referrer` a browser would send our own forms with the origin `null`.
    put(headers, header::REFERRER_POLICY, "same-origin");
    put(headers, HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    put(headers, HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    put(headers, HeaderName::from_static("x-robots-tag"), "noindex");
    put(headers, HeaderName::from_static("x-dns-prefetch-control"), "off");
    response
}

/// What comes before and after every answer of the captures.
pub(crate) async fn guard_captures(State(room): State<Room>, mut request: Request, next: Next) -> Response<Body> {
    let origins = match named(&room, &request, Port::Captures) {
        Ok(origins) => origins,
        Err(refusal) => return *refusal,
    };
    let mut response = match with_key(&room, &origins, &request) {
        Err(refusal) => *refusal,
        Ok(uri) => {
            *request.uri_mut() = uri;
            request.extensions_mut().insert(origins.clone());
            next.run(request).await
        }
    };
    match origins.running {
        Some(_) => running::protect(response.headers_mut(), &origins),
        None => captures::protect(response.headers_mut(), &origins),
    }
    response
}

/// The origins to answer with; a name that is not ours is refused.
fn named(room: &Room, request: &Request, port: Port) -> Result<Origins, Box<Response<Body>>> {
    let host = request.headers().get(header::HOST).and_then(|value| value.to_str().ok());
    let host = host.or_else(|| request.uri().authority().map(axum::http::uri::Authority::as_str));
    let mut origins =
        room.names.origins(host, port).map_err(|error| Box::new(plain(error.status(), &error.to_string())))?;
    if let Some(token) = &room.token {
        origins.lock(&token.key());
    }
    Ok(origins)
}

/// The address of a capture without the key in front of it; who does not have the key is told of nothing.
fn with_key(room: &Room, origins: &Origins, request: &Request) -> Result<Uri, Box<Response<Body>>> {
    let nothing = || Box::new(plain(StatusCode::NOT_FOUND, "there is nothing here"));
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(Box::new(only_read()));
    }
    // A page under the sandbox has the origin `null`, and asks for its fonts with it.
    let origin = text(request.headers(), &header::ORIGIN);
    if origin.is_some_and(|origin| ![origins.captures_origin.as_str(), &origins.interface, "null"].contains(&origin)) {
        return Err(Box::new(plain(StatusCode::FORBIDDEN, "captures are not read by pages elsewhere")));
    }
    let whole = request.uri().path_and_query().map_or("/", axum::http::uri::PathAndQuery::as_str);
    let Some(token) = &room.token else { return Ok(request.uri().clone()) };
    if whole == "/robots.txt" {
        return Ok(request.uri().clone());
    }
    let (key, rest) = whole[1..].split_once('/').ok_or_else(nothing)?;
    if !token.is_key(key) {
        return Err(nothing());
    }
    Uri::builder().path_and_query(format!("/{rest}")).build().map_err(|_| nothing())
}

/// Why a request gets no further.
struct Refused {
    response: Box<Response<Body>>,
    wrong_token: bool,
}

impl From<Response<Body>> for Refused {
    fn from(response: Response<Body>) -> Self {
        Self { response: Box::new(response), wrong_token: false }
    }
}

/// Lets in whom the server knows, and of the others those who only read, where there is no token.
fn admitted(room: &Room, origins: &Origins, request: &Request) -> Result<(), Refused> {
    let path = request.uri().path();
    let refuse = |status, why: &str| Err(Refused::from(refusal(path, status, why, None)));
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let headers = request.headers();
    let origin = text(headers, &header::ORIGIN);
    if origin.is_some_and(|origin| origin != origins.interface) {
        return refuse(StatusCode::FORBIDDEN, "pages elsewhere may not use this server");
    }
    if !is_own_page(headers, reads) {
        return refuse(StatusCode::FORBIDDEN, "pages elsewhere may lead here, and not load from here or send to here");
    }
    if let Some(token) = &room.token
        && !is_open(path)
        && !opens_feed(token, request.uri())
    {
        // A proxy may have a word of its own with the browser, in the same field.
        let bearer = text(headers, &header::AUTHORIZATION).and_then(|field| {
            let (scheme, given) = field.split_once(' ')?;
            scheme.eq_ignore_ascii_case("Bearer").then_some(given)
        });
        let by_session = session::of(headers, origins).any(|session| token.admits(session, Timestamp::now()));
        match bearer.map(|given| token.is(given)) {
            Some(false) => return Err(Refused { wrong_token: true, ..unknown(request).into() }),
            None if !by_session => return Err(unknown(request).into()),
            // A cookie comes along whoever sends the request: a browser has to say that it was a page of ours.
            None if !reads && origin.is_none() && !headers.contains_key(SITE) => {
                return refuse(StatusCode::FORBIDDEN, "a session changes something only from a page of this server");
            }
            _ => {}
        }
    }
    if reads { Ok(()) } else { checked_body(path, headers) }
}

const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const DESTINATION: HeaderName = HeaderName::from_static("sec-fetch-dest");
const MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// Whether a page of ours asks, as far as the browser says (Fetch Metadata); a link from elsewhere may lead here, in a window of
/// its own.
fn is_own_page(headers: &HeaderMap, reads: bool) -> bool {
    match text(headers, &SITE) {
        None | Some("same-origin" | "none") => true,
        Some(_) => {
            let leads = text(headers, &MODE).is_none_or(|mode| mode == "navigate");
            reads && leads && text(headers, &DESTINATION).is_none_or(|kind| kind == "document")
        }
    }
}

/// What is open to those who do not know the token yet.
fn is_open(path: &str) -> bool {
    matches!(path, "/login" | "/robots.txt") || path.starts_with("/-/")
}

/// A feed reader cannot sign in: its address carries a key.
fn opens_feed(token: &Token, uri: &Uri) -> bool {
    let query = uri.query().unwrap_or_default();
    uri.path() == "/feed.atom"
        && url::form_urlencoded::parse(query.as_bytes()).any(|(name, key)| name == "key" && token.is_feed_key(&key))
}

/// Bodies are small, and are either a form of ours or JSON, which no page elsewhere can send without being asked for leave.
fn checked_body(path: &str, headers: &HeaderMap) -> Result<(), Refused> {
    let length = text(headers, &header::CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
    if length.is_some_and(|length| length > BODY_MAX) {
        return Err(refusal(path, StatusCode::PAYLOAD_TOO_LARGE, "a request has at most 512 KiB", None).into());
    }
    let kind = text(headers, &header::CONTENT_TYPE).map(|kind| kind.split(';').next().unwrap_or_default().trim());
    let empty = length.unwrap_or(0) == 0 && !headers.contains_key(header::TRANSFER_ENCODING);
    match kind.map(str::to_ascii_lowercase).as_deref() {
        None if empty => Ok(()),
        Some("application/json" | "application/x-www-form-urlencoded") => Ok(()),
        _ => {
            let why = "a request is JSON (`Content-Type: application/json`) or a form";
            Err(refusal(path, StatusCode::UNSUPPORTED_MEDIA_TYPE, why, None).into())
        }
    }
}

/// Who does not know the token: a person is asked for it, a program is told.
fn unknown(request: &Request) -> Response<Body> {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let person = text(request.headers(), &header::ACCEPT).is_some_and(|kinds| kinds.contains("text/html"));
    if reads && person {
        let to = request.uri().path_and_query().map_or("/", axum::http::uri::PathAndQuery::as_str);
        if text(request.headers(), &SITE).is_some_and(|site| !matches!(site, "same-origin" | "none")) {
            return again(to);
        }
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("to", to).finish();
        let mut response = captures::redirect(&format!("/login?{query}"));
        *response.status_mut() = StatusCode::SEE_OTHER;
        return response;
    }
    let remedy = "Send `Authorization: Bearer TOKEN`, or sign in at /login.";
    let why = "this server answers only those who know its token";
    let mut response = refusal(request.uri().path(), StatusCode::UNAUTHORIZED, why, Some(remedy));
    put(response.headers_mut(), header::WWW_AUTHENTICATE, "Bearer realm=\"chaffinch\"");
    response
}

/// Who follows a link from elsewhere brings no session along (`SameSite=Strict`): asked again by a page of ours, the browser
/// sends it.
fn again(to: &str) -> Response<Body> {
    let to = entities::encode(session::local(to));
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Chaffinch</title>\
         <meta http-equiv=\"refresh\" content=\"0; url={to}\"><p><a href=\"{to}\">Go on</a>"
    );
    let mut response = Response::new(Body::from(page));
    put(response.headers_mut(), header::CONTENT_TYPE, "text/html; charset=utf-8");
    put(response.headers_mut(), header::CACHE_CONTROL, "no-store");
    response
}

/// The answer to a method that could change something where nothing can be changed.
pub(crate) fn only_read() -> Response<Body> {
    let mut response = plain(StatusCode::METHOD_NOT_ALLOWED, "this address only answers questions: GET and HEAD");
    put(response.headers_mut(), header::ALLOW, "GET, HEAD");
    response
}

/// The value of a field; what is no text is as good as any foreign value.
fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).map(|value| value.to_str().unwrap_or("?"))
}
