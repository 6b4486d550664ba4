//! Pages whose scripts run: only where a person asked, on a host of their own, and shut in.

use serde_json::Value;

use crate::support::browser::browser;
use crate::support::chaffinch::{Chaffinch, TempArchive};
use crate::support::http::{Replay, Reply, get_with};
use crate::support::replay::Served;
use crate::support::site::Site;

const IFRAME: &str = "Sec-Fetch-Dest: iframe\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Site: cross-site\r\n";
const SCRIPT: &str = "Sec-Fetch-Dest: script\r\nSec-Fetch-Mode: no-cors\r\nSec-Fetch-Site: cross-site\r\n";
const PAGE: &str = "https://gazette.example/a";

/// A page with scripts of every kind, a script of its own, a script of another site, and another page.
fn kept() -> TempArchive {
    let kept = TempArchive::new();
    let page = "<!doctype html><html><head><title>A</title><script src=\"/own.js\" integrity=\"sha256-x\"></script>\
        <script src=\"https://cdn.example/lib.js\"></script></head><body onload=\"start()\"><p>Text.</p>\
        <script>document.title = 'ran';</script><noscript><p>No scripts.</p></noscript>\
        <iframe srcdoc=\"&lt;script&gt;inner()&lt;/script&gt;\"></iframe><a href=\"javascript:x()\">x</a></body></html>";
    let mut warc = String::new();
    for (n, (url, kind, body)) in [
        (PAGE, "text/html", page),
        ("https://gazette.example/own.js", "text/javascript", "own()"),
        ("https://cdn.example/lib.js", "text/javascript", "lib()"),
        (
            "https://gazette.example/secret",
            "text/html",
            "<!doctype html><p>Another page, which is no business of the first.",
        ),
    ]
    .iter()
    .enumerate()
    {
        warc += &record(n, url, kind, body);
    }
    let file = kept.file("in.warc", warc);
    Chaffinch::new().archive(&kept).arg("import").arg(file).run().success();
    kept
}

fn record(n: usize, url: &str, kind: &str, body: &str) -> String {
    let http = format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    format!(
        "WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-00000000000{n}>\r\n\
         WARC-Date: 2026-03-01T12:00:00Z\r\nWARC-Target-URI: {url}\r\nContent-Type: application/http;msgtype=response\r\n\
         Content-Length: {}\r\n\r\n{http}\r\n\r\n",
        http.len()
    )
}

struct Scene {
    _kept: TempArchive,
    replay: Replay,
    id: String,
    /// `ID.localhost` and the port.
    host: String,
}

fn scene() -> Scene {
    let kept = kept();
    let replay = Replay::of(&kept);
    let found = replay.get(&format!("/api/captures?url={PAGE}")).is(200).json();
    let id = found["captures"][0]["id"].as_str().unwrap().to_owned();
    let port = replay.captures.rsplit(':').next().unwrap();
    Scene { host: format!("{id}.localhost:{port}"), _kept: kept, id, replay }
}

impl Scene {
    /// On the host of the page.
    fn own(&self, path: &str, fields: &str) -> Reply {
        get_with(&format!("{}{path}", self.replay.captures), &format!("Host: {}\r\n{fields}", self.host))
    }
}

#[test]
fn scripts_run_where_a_page_of_the_interface_leads() {
    let scene = scene();
    let banner = scene.replay.get(&format!("/20260301120000/{PAGE}")).is(200);
    assert!(banner.body.contains(&format!("href=\"/running/{}\"", scene.id)), "{}", banner.body);
    let passed_on = "Sec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n";
    let own = &format!("{passed_on}Sec-Fetch-User: ?1\r\n");
    let page = scene.replay.get_with(&format!("/running/{}", scene.id), own).is(200);
    assert!(page.body.contains(&format!("src=\"http://{}/20260301120000mp_/{PAGE}\"", scene.host)), "{}", page.body);
    assert!(page.body.contains("sandbox=\"allow-scripts\""), "{}", page.body);
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains(&format!("frame-src http://{};", scene.host)), "the frame may go nowhere else: {policy}");
    for elsewhere in [
        "",
        passed_on,
        "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\nSec-Fetch-User: ?1\r\n",
        "Sec-Fetch-Site: none\r\nSec-Fetch-User: ?1\r\n",
    ] {
        let led = scene.replay.get_with(&format!("/running/{}", scene.id), elsewhere).is(302);
        assert_eq!(led.header("location"), Some(format!("/20260301120000/{PAGE}").as_str()));
    }
}

#[test]
fn its_scripts_stay_and_come_out_of_the_archive() {
    let scene = scene();
    let page = scene.own(&format!("/20260301120000mp_/{PAGE}"), IFRAME).is(200);
    for there in [
        "<script src=\"/20260301120000js_/https://gazette.example/own.js\"></script>",
        "<script src=\"/20260301120000js_/https://cdn.example/lib.js\"></script>",
        "<script>document.title = 'ran';</script>",
        "onload=\"start()\"",
    ] {
        assert!(page.body.contains(there), "{there}: {}", page.body);
    }
    for gone in ["integrity", "No scripts.", "inner()", "javascript:"] {
        assert!(!page.body.contains(gone), "{gone}: {}", page.body);
    }
    let policy = page.header("content-security-policy").unwrap();
    assert!(
        policy.starts_with("sandbox allow-scripts; default-src 'none';") && !policy.contains("allow-same-origin"),
        "{policy}"
    );
    assert!(
        policy.contains(&format!("connect-src http://{};", scene.host)) && policy.contains("frame-ancestors http://"),
        "{policy}"
    );
    let script = scene.own("/20260301120000js_/https://cdn.example/lib.js", SCRIPT).is(200);
    assert_eq!((script.body.as_str(), script.header("content-type")), ("lib()", Some("text/javascript")));
    assert_eq!(scene.own("/own.js", SCRIPT).is(200).body, "own()", "what a script asks for from the root of its site");
}

#[test]
fn it_is_given_no_other_page_and_no_window_of_its_own() {
    let scene = scene();
    let main = format!("/20260301120000mp_/{PAGE}");
    for path in [
        "/20260301120000mp_/https://gazette.example/secret",
        "/20260301120000js_/https://gazette.example/secret",
        "/20260301120000oe_/https://gazette.example/secret",
        "/20260301120000id_/https://gazette.example/secret",
        "/20260301120000if_/https://gazette.example/secret",
        "/secret",
        "/20250301120000js_/https://cdn.example/lib.js",
        &format!("/20260301120000id_/{PAGE}"),
    ] {
        assert!(!scene.own(path, SCRIPT).is(404).body.contains("no business"), "{path}");
    }
    scene.own(&main, "Sec-Fetch-Dest: script\r\n").is(404);
    for window in ["", "Sec-Fetch-Dest: document\r\n"] {
        let led = scene.own(&main, window).is(302);
        assert!(led.header("location").unwrap().ends_with(&format!("/20260301120000/{PAGE}")), "{}", led.head);
    }
    // On the common host nothing runs, whatever is asked.
    let still = get_with(&format!("{}{main}", scene.replay.captures), IFRAME).is(200);
    assert!(
        !still.body.contains("<script") && !still.header("content-security-policy").unwrap().contains("allow-scripts")
    );
    assert!(!scene.own(&main, IFRAME).head.to_lowercase().contains("access-control-allow-origin"));
}

#[test]
fn with_a_token_the_host_alone_opens_nothing() {
    let kept = kept();
    let token = "a-token-of-some-length-0123456789";
    let replay = Replay::with(Chaffinch::new().env("CHAFFINCH_TOKEN", token), &kept, &[]);
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let found: Value = replay.get_with(&format!("/api/captures?url={PAGE}"), &bearer).json();
    let id = found["captures"][0]["id"].as_str().unwrap();
    let host = format!("Host: {id}.localhost:{}\r\n", replay.captures.rsplit(':').next().unwrap());
    let main = format!("/20260301120000mp_/{PAGE}");
    get_with(&format!("{}{main}", replay.captures), &format!("{host}{IFRAME}")).is(404);
    let page = replay
        .get_with(&format!("/running/{id}"), &format!("{bearer}Sec-Fetch-Site: same-origin\r\nSec-Fetch-User: ?1\r\n"))
        .is(200);
    let frame = page.body.split("<iframe src=\"").nth(1).unwrap().split('"').next().unwrap();
    let path = frame.splitn(4, '/').nth(3).unwrap();
    let reply = get_with(&format!("{}/{path}", replay.captures), &format!("{host}{IFRAME}")).is(200);
    let key = path.split('/').next().unwrap();
    assert!(
        reply.body.contains(&format!("<script src=\"/{key}/20260301120000js_/https://cdn.example/lib.js\">")),
        "{}",
        reply.body
    );
}

#[test]
fn in_a_browser_they_run_shut_in() {
    let Some(browser) = browser() else { return };
    let (kept, trap) = (TempArchive::new(), Site::start());
    let page = "<!doctype html><html lang=en><head><title>A</title></head><body><p>Text.</p><script src=\"/own.js\"></script>\
        <script>new Image().src = '{trap}/beacon'; fetch('{trap}/fetch'); \
        try { new WebSocket('ws{trap}/socket') } catch {} navigator.sendBeacon('{trap}/sent'); \
        try { parent.document.title = 'taken' } catch { new Image().src = '/kept-out' } \
        try { document.cookie = 'a=b' } catch { new Image().src = '/no-cookies' } \
        open('{trap}/window'); top.location = '{trap}/top';</script></body></html>";
    let page = page.replace("ws{trap}", &trap.url("").replacen("http", "ws", 1)).replace("{trap}", &trap.url(""));
    let own = "new Image().src = '/ran';";
    let mut warc = record(1, PAGE, "text/html", &page);
    warc += &record(2, "https://gazette.example/own.js", "text/javascript", own);
    let file = kept.file("in.warc", warc);
    Chaffinch::new().archive(&kept).arg("import").arg(file).run().success();
    let served = Served::over(&kept);
    let page = browser.page();
    page.open(&served.at(&format!("/2099/{PAGE}"))).click("a[href^='/running/']");
    page.wait_for("location.pathname.startsWith('/running/') && document.readyState === 'complete'");
    let own = page.text("new URL(document.querySelector('iframe').src).origin");
    assert!(own.contains(".localhost:"), "{own}");
    // Its last step shows that the ones before it were taken.
    page.asks_for(&format!("{own}/ran")).asks_for(&format!("{own}/kept-out")).asks_for(&format!("{own}/no-cookies"));
    assert_eq!(page.faults(), [""; 0]);
    assert_eq!(trap.requests().len(), 0, "{:?}", trap.requests());
    assert!(page.text("location.pathname").starts_with("/running/"), "it took the window");
    page.click("nav .main").wait_for("location.pathname.startsWith('/20260301120000/')");
}
