//! Signing in: a small page that takes the token and gives the browser a session in its place, and takes it back. The session is
//! a cookie of the interface; cookies do not know ports, so a session is worth nothing on the port of the captures.

use askama::Template;
use axum::Router;
use axum::body::Body;
use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{Extension, Form, Query, State};
use axum::http::{HeaderMap, HeaderName, Response, StatusCode, header};
use axum::response::{IntoResponse, Redirect};
use axum::routing::{get, post};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::replay::captures::put;
use crate::replay::error::Error;
use crate::replay::gate::WRONG_TOKEN;
use crate::replay::origin::Origins;
use crate::replay::room::{Room, plain, told};

/// How long a session lasts.
const LASTS: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The addresses of this file.
pub(crate) fn routes() -> Router<Room> {
    Router::new().route("/login", get(ask).post(sign_in)).route("/logout", post(sign_out))
}

/// The name of the cookie. Under https no other host, no plain page and no other path can set one of this name; under http
/// all ports of a host share their cookies, so that each server has a name of its own.
fn name(origins: &Origins) -> String {
    if origins.interface.starts_with("https:") {
        return "__Host-chaffinch".to_owned();
    }
    let port = origins.interface.rsplit(':').next().filter(|port| port.bytes().all(|b| b.is_ascii_digit()));
    format!("chaffinch-{}", port.unwrap_or("80"))
}

/// The sessions that a request brings.
pub(crate) fn of<'a>(headers: &'a HeaderMap, origins: &Origins) -> impl Iterator<Item = &'a str> {
    let name = name(origins);
    let fields = headers.get_all(header::COOKIE).iter().filter_map(|field| field.to_str().ok());
    let pairs = fields.flat_map(|field| field.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(move |(found, _)| *found == name).map(|(_, value)| value)
}

fn cookie(origins: &Origins, value: &str, seconds: i64) -> String {
    let secure = if origins.interface.starts_with("https:") { "; Secure" } else { "" };
    format!("{}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}", name(origins))
}

/// `/login`.
#[derive(Debug, Template)]
#[template(path = "login.html")]
struct Login {
    /// Where to go on.
    to: String,
    /// Whether a wrong token was given.
    wrong: bool,
    /// Whether this browser is signed in.
    known: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    token: String,
    to: String,
}

/// A place on this server, and nowhere else.
pub(crate) fn local(to: &str) -> String {
    let elsewhere = !to.starts_with('/') || to[1..].starts_with(['/', '\\']) || to.contains(['\r', '\n', '\t']);
    if elsewhere { "/".to_owned() } else { to.to_owned() }
}

fn page(login: &Login) -> Response<Body> {
    let page = login.render().map_err(Error::from).map(|page| {
        let mut response = Response::new(Body::from(page));
        put(response.headers_mut(), header::CONTENT_TYPE, "text/html; charset=utf-8");
        put(response.headers_mut(), header::CACHE_CONTROL, "no-store");
        response
    });
    told(page)
}

async fn ask(
    State(room): State<Room>,
    Extension(origins): Extension<Origins>,
    headers: HeaderMap,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response<Body> {
    let Some(token) = &room.token else { return Redirect::to("/").into_response() };
    let to = local(&asked.map(|Query(asked)| asked.to).unwrap_or_default());
    let known = of(&headers, &origins).any(|session| token.admits(session, Timestamp::now()));
    page(&Login { to, wrong: false, known })
}

async fn sign_in(
    State(room): State<Room>,
    Extension(origins): Extension<Origins>,
    asked: Result<Form<Asked>, FormRejection>,
) -> Response<Body> {
    let Some(token) = &room.token else { return Redirect::to("/").into_response() };
    let Form(asked) = match asked {
        Ok(asked) => asked,
        Err(error) => return plain(error.status(), &error.body_text()),
    };
    let to = local(&asked.to);
    if !token.is(&asked.token) {
        tokio::time::sleep(WRONG_TOKEN).await;
        let mut response = page(&Login { to, wrong: true, known: false });
        *response.status_mut() = StatusCode::FORBIDDEN;
        return response;
    }
    let until = Timestamp::now().saturating_add(LASTS).unwrap_or(Timestamp::MAX);
    let mut response = Redirect::to(&to).into_response();
    put(response.headers_mut(), header::SET_COOKIE, &cookie(&origins, &token.session(until), LASTS.as_secs()));
    put(response.headers_mut(), header::CACHE_CONTROL, "no-store");
    response
}

async fn sign_out(Extension(origins): Extension<Origins>) -> Response<Body> {
    let mut response = Redirect::to("/login").into_response();
    put(response.headers_mut(), header::SET_COOKIE, &cookie(&origins, "", 0));
    put(response.headers_mut(), HeaderName::from_static("clear-site-data"), "\"cache\"");
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signing_in_leads_nowhere_else() {
        for to in
            ["", "https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "javascript:x", "/\t/x"]
        {
            assert_eq!(local(to), "/", "{to}");
        }
        assert_eq!(local("/history?url=https://a.example/"), "/history?url=https://a.example/");
    }
}
