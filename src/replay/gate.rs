//! What comes before and after every answer: names that are not ours and methods that could change something are refused, and
//! every answer tells the browser what it may not do. It does not know what is answered.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderName, Method, Response, StatusCode, header};
use axum::middleware::Next;

use crate::replay::captures::{self, put};
use crate::replay::origin::{Names, Origins};
use crate::replay::room::{Room, plain};

/// What comes before and after every answer of the interface.
pub(crate) async fn guard_interface(State(room): State<Room>, mut request: Request, next: Next) -> Response<Body> {
    let origins = match admitted(&room.names, &request) {
        Ok(origins) => origins,
        Err(refusal) => return *refusal,
    };
    request.extensions_mut().insert(origins.clone());
    let mut response = next.run(request).await;
    let captures = &origins.captures;
    let policy = format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' {captures} data:; frame-src {captures}; \
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
pub(crate) async fn guard_captures(State(room): State<Room>, mut request: Request, next: Next) -> Response<Body> {
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
