//! Who may ask `replay` for what: the token, sessions, the key of the captures, and what pages elsewhere may not do.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use crate::support::chaffinch::{Chaffinch, TempArchive};
use crate::support::http::{Replay, get, get_with, request};
use crate::support::pages::{PIXEL, article_with, paragraphs};
use crate::support::site::{Answer, Site};

const TOKEN: &str = "a-token-of-some-length-0123456789";

struct Kept {
    site: Site,
    archive: TempArchive,
    token: PathBuf,
}

fn kept() -> Kept {
    let (site, archive) = (Site::start(), TempArchive::new());
    let picture = "<figure><img src=\"/well.png\" alt=\"The well\"></figure>";
    site.page("/a", article_with("The well is dry", &paragraphs("the well"), picture, 1));
    site.set("/well.png", Answer::of("image/png", PIXEL));
    Chaffinch::local().archive(&archive).args(["archive", &site.url("/a")]).run().success();
    let token = archive.file("token", format!("{TOKEN}\n"));
    std::fs::set_permissions(&token, std::fs::Permissions::from_mode(0o600)).unwrap();
    Kept { site, archive, token }
}

fn guarded(kept: &Kept) -> Replay {
    Replay::with(Chaffinch::new(), &kept.archive, &["--token-file", kept.token.to_str().unwrap()])
}

fn bearer() -> String {
    format!("Authorization: Bearer {TOKEN}\r\n")
}

/// Signs in as a browser does and gives the cookie back.
fn session(replay: &Replay) -> String {
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let reply = replay.ask("POST", "/login", form, &format!("token={TOKEN}&to=/history?url=x")).is(303);
    assert_eq!(reply.header("location"), Some("/history?url=x"));
    let cookie = reply.header("set-cookie").unwrap();
    assert!(cookie.contains("; Path=/; ") && cookie.contains("; HttpOnly; SameSite=Strict"), "{cookie}");
    assert!(!cookie.contains(TOKEN), "the token itself is in the cookie");
    format!("Cookie: {}\r\n", cookie.split(';').next().unwrap())
}

#[test]
fn with_a_token_only_those_who_know_it_are_answered() {
    let kept = kept();
    let replay = guarded(&kept);
    let page = kept.site.url("/a");
    for path in
        ["/", "/cdx?url=x", "/api/captures", "/feed.atom", &format!("/2026/{page}"), &format!("/timegate/{page}")]
    {
        let refused = replay.get(path).is(401);
        assert_eq!(refused.header("www-authenticate"), Some("Bearer realm=\"chaffinch\""));
        replay.get_with(path, "Authorization: Bearer another-token-of-some-length\r\n").is(401);
        replay.get_with(path, "Cookie: chaffinch=1; __Host-chaffinch=9999999999.00\r\n").is(401);
    }
    replay.get_with("/", &bearer()).is(200);
    let person = replay.get_with("/?q=well", "Accept: text/html,*/*;q=0.8\r\n").is(303);
    assert_eq!(person.header("location"), Some("/login?to=%2F%3Fq%3Dwell"));
}

#[test]
fn a_browser_signs_in_and_out() {
    let kept = kept();
    let replay = guarded(&kept);
    for open in ["/login", "/robots.txt", "/-/replay.css", "/-/icon.svg"] {
        replay.get(open).is(200);
    }
    let cookie = session(&replay);
    assert!(replay.get_with("/", &cookie).is(200).body.contains("The well is dry"));
    assert!(replay.get_with("/login", &cookie).is(200).body.contains("action=\"/logout\""));
    let origin = format!("Origin: {}\r\n", replay.address);
    let out = replay.ask("POST", "/logout", &format!("{cookie}{origin}"), "").is(303);
    assert!(out.header("set-cookie").unwrap().contains("Max-Age=0"));
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let wrong = replay.ask("POST", "/login", form, "token=another-token-of-some-length").is(403);
    assert_eq!(wrong.header("set-cookie"), None);
    assert!(!replay.get("/login?to=//elsewhere.example/").body.contains("elsewhere.example"));
}

#[test]
fn a_session_is_worth_nothing_where_its_token_is_another() {
    let kept = kept();
    let cookie = session(&guarded(&kept));
    let other =
        Replay::with(Chaffinch::new().env("CHAFFINCH_TOKEN", "another-token-of-some-length"), &kept.archive, &[]);
    let (name, value) = cookie.trim_start_matches("Cookie: ").trim().split_once('=').unwrap();
    assert!(name.starts_with("chaffinch-"), "servers on one host have cookies of their own");
    let port = other.address.rsplit(':').next().unwrap();
    other.get_with("/", &format!("Cookie: chaffinch-{port}={value}\r\n")).is(401);
    other.get_with("/", "Authorization: Bearer another-token-of-some-length\r\n").is(200);
}

#[test]
fn captures_are_found_only_with_their_key() {
    let kept = kept();
    let replay = guarded(&kept);
    let page = kept.site.url("/a");
    for path in [
        format!("/2026mp_/{page}"),
        format!("/2026id_/{page}"),
        "/".to_owned(),
        format!("/{}/2026mp_/{page}", "0".repeat(32)),
    ] {
        let refused = get(&format!("{}{path}", replay.captures)).is(404);
        assert!(!refused.body.contains("well"), "{}", refused.body);
        // Neither token nor session opens the port of the captures.
        get_with(&format!("{}{path}", replay.captures), &bearer()).is(404);
    }
    let raw = replay.get_with(&format!("/2099id_/{page}"), &bearer()).is(302);
    let mut address = raw.header("location").unwrap().to_owned();
    let reply = loop {
        let reply = get(&address);
        let Some(next) = reply.header("location").map(str::to_owned) else { break reply };
        address = format!("{}{next}", replay.captures);
    };
    assert!(reply.is(200).body.contains("council has decided"));
    let framed = get(&address.replace("id_/", "mp_/")).is(200);
    let key = address.split('/').nth(3).unwrap();
    assert_eq!(key.len(), 32);
    assert!(
        framed.body.contains(&format!("src=\"/{key}/2")),
        "parts of a page are found with the key: {}",
        framed.body
    );
    assert!(!framed.body.contains(TOKEN) && framed.header("set-cookie").is_none());
    let links: Vec<&str> = framed.body.match_indices(key).map(|(at, _)| &framed.body[at - 1..at]).collect();
    assert!(links.iter().all(|before| *before == "/"), "the key stands in addresses of captures alone");
}

#[test]
fn a_part_of_a_page_comes_with_the_key_of_its_address() {
    let kept = kept();
    let replay = guarded(&kept);
    let listed = replay.get_with(&format!("/cdx?output=json&url={}", kept.site.url("/a")), &bearer()).json_lines();
    let at = listed[0]["timestamp"].as_str().unwrap();
    let frame = replay.get_with(&format!("/{at}/{}", kept.site.url("/a")), &bearer()).is(200);
    let source = frame.body.split("<iframe").nth(1).unwrap().split("src=\"").nth(1).unwrap().split('"').next().unwrap();
    let page = get(source).is(200);
    let picture = page.body.split("<img").nth(1).unwrap().split("src=\"").nth(1).unwrap().split('"').next().unwrap();
    let picture = get(&format!("{}{picture}", replay.captures)).is(200);
    assert_eq!(picture.header("content-type"), Some("image/png"));
}

#[test]
fn nothing_is_opened_to_others_without_a_token() {
    let kept = kept();
    for args in [["--bind", "0.0.0.0:0"], ["--bind", "[::]:0"], ["--public-url", "https://archive.example/"]] {
        let outcome = Chaffinch::new().archive(&kept.archive).arg("replay").args(args).run();
        outcome.code(2).stderr_contains("--token-file");
    }
    let short = kept.archive.file("short", "too-short");
    for args in [["--token-file", short.to_str().unwrap()], ["--token-file", "no/such/file"]] {
        Chaffinch::new().archive(&kept.archive).arg("replay").args(args).run().code(2);
    }
    let replay = Replay::with(
        Chaffinch::new().env("CHAFFINCH_TOKEN", TOKEN),
        &kept.archive,
        &["--public-url", "https://archive.example/"],
    );
    let named = |host: &str| replay.get_with("/", &format!("Host: {host}\r\n{}", bearer())).status;
    assert_eq!(
        (named("archive.example"), named("captures.archive.example"), named("elsewhere.example")),
        (200, 421, 421)
    );
    let at = |host: &str| get_with(&format!("{}/", replay.captures), &format!("Host: {host}\r\n")).status;
    assert_eq!((at("captures.archive.example"), at("archive.example"), at("elsewhere.example")), (404, 421, 421));
}

#[test]
fn behind_https_the_cookie_is_bound_to_the_host() {
    let kept = kept();
    let begun = Chaffinch::new().env("CHAFFINCH_TOKEN", TOKEN);
    let replay = Replay::with(begun, &kept.archive, &["--public-url", "https://archive.example/"]);
    let fields = "Host: archive.example\r\nOrigin: https://archive.example\r\nContent-Type: application/x-www-form-urlencoded\r\n";
    let reply = replay.ask("POST", "/login", fields, &format!("token={TOKEN}")).is(303);
    let cookie = reply.header("set-cookie").unwrap();
    assert!(
        cookie.starts_with("__Host-chaffinch=") && cookie.ends_with("; Secure") && !cookie.contains("Domain"),
        "{cookie}"
    );
    let session = cookie.split(';').next().unwrap();
    replay.get_with("/", &format!("Host: archive.example\r\nCookie: {session}\r\n")).is(200);
}

#[test]
fn a_token_that_others_can_read_is_said() {
    let kept = kept();
    std::fs::set_permissions(&kept.token, std::fs::Permissions::from_mode(0o644)).unwrap();
    let args = ["replay", "--bind", "127.0.0.1:0", "--token-file", kept.token.to_str().unwrap()];
    let mut running = Chaffinch::new().archive(&kept.archive).args(args).spawn();
    running.line();
    running.signal(rustix::process::Signal::TERM);
    running.wait().stderr_contains("others can read it").stdout_lacks(TOKEN);
}

#[test]
fn pages_elsewhere_may_lead_here_and_nothing_more() {
    let kept = kept();
    let replay = Replay::of(&kept.archive);
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    for (method, headers, status) in [
        ("GET", "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n", 200),
        ("GET", "Sec-Fetch-Site: none\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n", 200),
        ("GET", "Sec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: cors\r\nSec-Fetch-Dest: empty\r\n", 200),
        ("GET", "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: iframe\r\n", 403),
        ("GET", "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: image\r\n", 403),
        ("GET", "Sec-Fetch-Site: same-site\r\nSec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: script\r\n", 403),
        ("GET", "Origin: https://elsewhere.example\r\n", 403),
        ("GET", "Origin: null\r\n", 403),
        ("POST", "Origin: https://elsewhere.example\r\n", 403),
        ("POST", "Sec-Fetch-Site: cross-site\r\n", 403),
        ("POST", "Sec-Fetch-Site: same-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n", 403),
        ("OPTIONS", "", 405),
        ("PATCH", "", 405),
    ] {
        let reply = replay.ask(method, "/", headers, "");
        assert_eq!(reply.status, status, "{method} {headers}");
    }
    let captures = format!("Origin: {}\r\n{form}", replay.captures);
    replay.ask("POST", "/login", &captures, "token=x").is(403);
}

#[test]
fn a_form_of_the_interface_is_sent_with_its_origin_and_others_are_told_nothing() {
    let kept = kept();
    let replay = Replay::of(&kept.archive);
    // With `no-referrer` browsers send a form with `Origin: null`, which is refused.
    assert_eq!(replay.get("/").header("referrer-policy"), Some("same-origin"));
    let captured = get(&format!("{}/2099mp_/{}", replay.captures, kept.site.url("/a")));
    assert_eq!(captured.header("referrer-policy"), Some("no-referrer"));
}

#[test]
fn a_body_is_small_and_of_a_kind_that_is_read() {
    let kept = kept();
    let replay = Replay::of(&kept.archive);
    for kind in ["text/plain", "multipart/form-data; boundary=x", "application/jsonx"] {
        replay.ask("POST", "/login", &format!("Content-Type: {kind}\r\n"), "token=x").is(415);
    }
    replay.ask("POST", "/login", "", "token=x").is(415);
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    replay.ask("POST", "/login", form, &"x".repeat((512 << 10) + 1)).is(413);
    request("POST", &format!("{}/2026mp_/{}", replay.captures, kept.site.url("/a")), form, "a=b").is(405);
}

#[test]
fn a_session_changes_something_only_from_a_page_of_the_server() {
    let kept = kept();
    let replay = guarded(&kept);
    let cookie = session(&replay);
    replay.ask("POST", "/logout", &cookie, "").is(403);
    replay.ask("POST", "/logout", &format!("{cookie}Sec-Fetch-Site: same-origin\r\n"), "").is(303);
    replay.ask("POST", "/logout", &bearer(), "").is(303);
}
