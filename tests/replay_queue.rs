//! `POST /archive`: URLs for the crawler's queue, and the crawls that take them.

use serde_json::Value;

use crate::support::chaffinch::{Chaffinch, TempArchive};
use crate::support::http::{Replay, Reply};
use crate::support::pages::{article, rss};
use crate::support::site::{Answer, Site};

const TOKEN: &str = "a-token-of-some-length-0123456789";
const JSON: &str = "Content-Type: application/json\r\n";

fn bearer() -> String {
    format!("Authorization: Bearer {TOKEN}\r\n")
}

/// A site with a page that is kept and one that is not.
fn kept() -> (Site, TempArchive) {
    let (site, kept) = (Site::start(), TempArchive::new());
    site.page("/old", article("An old story", "the mill", 1)).page("/new", article("A new story", "the well", 1));
    Chaffinch::local().archive(&kept).args(["archive", &site.url("/old")]).run().success();
    (site, kept)
}

fn replay(kept: &TempArchive) -> Replay {
    Replay::with(Chaffinch::new().env("CHAFFINCH_TOKEN", TOKEN), kept, &[])
}

fn post(replay: &Replay, url: &str) -> Reply {
    let body = serde_json::json!({ "url": url }).to_string();
    replay.ask("POST", "/api/archive", &format!("{JSON}{}", bearer()), &body)
}

fn standing(replay: &Replay, url: &str) -> Value {
    replay.get_with(&format!("/api/archive?url={url}"), &bearer()).is(200).json()
}

#[test]
fn without_a_token_nobody_puts_anything_into_the_queue() {
    let (site, kept) = kept();
    let replay = Replay::of(&kept);
    let refused = replay.ask("POST", "/api/archive", JSON, &format!("{{\"url\":\"{}\"}}", site.url("/new"))).is(403);
    assert!(refused.json()["remedy"].as_str().unwrap().contains("--token-file"), "{}", refused.body);
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    replay.ask("POST", "/archive", form, &format!("url={}", site.url("/new"))).is(403);
    replay.get(&format!("/archive?url={}", site.url("/new"))).is(403);
    assert!(replay.get("/bookmarklet").is(200).body.contains("--token-file"));
    assert!(!kept.path().join("frontier.sqlite").exists() || standing_is_unknown(&replay, &site.url("/new")));
}

fn standing_is_unknown(replay: &Replay, url: &str) -> bool {
    replay.get(&format!("/api/archive?url={url}")).is(200).json()["state"] == "unknown"
}

#[test]
fn what_is_asked_for_is_taken_once_by_the_next_crawl() {
    let (site, kept) = kept();
    let replay = replay(&kept);
    let url = site.url("/new");
    let queued = post(&replay, &format!("{url}?utm_source=x#top")).is(202).json();
    assert_eq!(
        (&queued["url"], &queued["state"], &queued["capture"]),
        (&url.as_str().into(), &"waiting".into(), &Value::Null)
    );
    // No source is configured, and the queue is enough.
    let summary = Chaffinch::local().archive(&kept).args(["--json", "crawl"]).run().success().summary();
    assert_eq!((&summary["new"], &summary["failed"]), (&1.into(), &0.into()), "{summary}");
    let after = standing(&replay, &url);
    assert_eq!(
        (&after["state"], &after["due"], &after["capture"]["source"]),
        (&"done".into(), &Value::Null, &Value::Null)
    );
    assert_eq!(after["capture"]["title"], "A new story");
    Chaffinch::local().archive(&kept).arg("crawl").run().code(2).stderr_contains("no sources");
    let requests = site.requests().iter().filter(|request| request.path == "/new").count();
    assert_eq!(requests, 1);
}

#[test]
fn what_is_asked_for_waits_beside_the_sources() {
    let (site, kept) = kept();
    site.set("/feed.xml", Answer::of("application/rss+xml", rss(&[(site.url("/old"), "A story")])));
    let url = site.url("/feed.xml");
    let config =
        kept.file("config.toml", format!("[[source]]\nname = \"gazette\"\nkind = \"feed\"\nurl = \"{url}\"\n"));
    let replay = replay(&kept);
    post(&replay, &site.url("/new")).is(202);
    // A crawl of one source alone leaves the queue.
    Chaffinch::local().archive(&kept).config(&config).args(["crawl", "gazette"]).run().success();
    assert_eq!(standing(&replay, &site.url("/new"))["state"], "waiting");
    let lines =
        Chaffinch::local().archive(&kept).config(&config).args(["--json", "crawl"]).run().success().json_lines();
    let line = lines.iter().find(|line| line["url"] == site.url("/new").as_str()).expect("the page that was asked for");
    assert_eq!((&line["source"], &line["change"]), (&"".into(), &"new".into()));
    let sources = replay.get_with("/api/sources", &bearer()).is(200).json();
    assert_eq!(sources, serde_json::json!({ "sources": [] }), "this server knows no configuration");
}

#[test]
fn a_crawl_that_watches_takes_it_soon() {
    let (site, kept) = kept();
    site.set("/feed.xml", Answer::of("application/rss+xml", rss(&[(site.url("/old"), "A story")])));
    let url = site.url("/feed.xml");
    let config =
        kept.file("config.toml", format!("[[source]]\nname = \"gazette\"\nkind = \"feed\"\nurl = \"{url}\"\n"));
    let mut watch = Chaffinch::local().archive(&kept).config(&config).args(["--json", "crawl", "--watch"]).spawn();
    let mut until = |is: &dyn Fn(&Value) -> bool| loop {
        let line: Value = serde_json::from_str(&watch.line()).unwrap();
        if is(&line) {
            return line;
        }
    };
    until(&|line| line["summary"] == true);
    let replay = replay(&kept);
    post(&replay, &site.url("/new")).is(202);
    let line = until(&|line| line["url"] == site.url("/new").as_str());
    assert_eq!(line["change"], "new");
}

#[test]
fn a_private_address_is_refused_there_as_elsewhere() {
    let (site, kept) = kept();
    let replay = replay(&kept);
    post(&replay, &site.url("/new")).is(202);
    let before = site.requests().len();
    let summary = Chaffinch::new().archive(&kept).args(["--json", "crawl"]).run().summary();
    assert_eq!((&summary["new"], &summary["failed"]), (&0.into(), &1.into()), "{summary}");
    assert_eq!(site.requests().len(), before);
    assert!(standing(&replay, &site.url("/new"))["last_outcome"].as_str().unwrap().contains("allow_private_addresses"));
}

#[test]
fn a_page_asks_and_its_button_puts_it_into_the_queue() {
    let (site, kept) = kept();
    let replay = replay(&kept);
    let page =
        replay.get_with(&format!("/archive?url={}&title=A%20%3Cb%3Enew%3C/b%3E", site.url("/new")), &bearer()).is(200);
    assert!(page.body.contains("method=\"post\"") && page.body.contains("not in the archive yet"), "{}", page.body);
    assert!(!page.body.contains("<b>new"), "a title must not become markup");
    assert_eq!(standing(&replay, &site.url("/new"))["state"], "unknown", "a GET changed something");
    let form = format!("Content-Type: application/x-www-form-urlencoded\r\nAccept: text/html\r\n{}", bearer());
    let asked = replay.ask("POST", "/archive", &form, &format!("url={}", site.url("/old"))).is(202);
    assert!(asked.body.contains("In the queue") && asked.body.contains("Captured last on"), "{}", asked.body);
    let program = replay
        .ask("POST", "/archive", &format!("{JSON}{}", bearer()), &format!("{{\"url\":\"{}\"}}", site.url("/new")))
        .is(202);
    assert_eq!(program.json()["state"], "waiting");
    for wrong in ["url=ftp://a.example/", "url=", "url=javascript:alert(1)"] {
        replay.ask("POST", "/archive", &form, wrong).is(400);
    }
}

#[test]
fn a_bookmarklet_leads_to_the_page_that_asks() {
    let (_site, kept) = kept();
    let replay = replay(&kept);
    let page = replay.get_with("/bookmarklet", &bearer()).is(200).body;
    let link = page.split("href=\"javascript:").nth(1).unwrap().split('"').next().unwrap();
    assert!(
        link.contains(&format!("{}/archive?url=", replay.address)) && link.contains("encodeURIComponent"),
        "{link}"
    );
    // Whoever comes from a page elsewhere brings no session along; a page of ours asks again.
    let fields =
        "Accept: text/html\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n";
    let again = replay.get_with("/archive?url=https://a.example/%22%3E", fields).is(200);
    assert!(again.body.contains("content=\"0; url=/archive?url=https://a.example/%22%3E\""), "{}", again.body);
    let elsewhere = replay.get_with("//evil.example/phish", fields).is(200);
    assert!(!elsewhere.body.contains("evil"), "{}", elsewhere.body);
    let own =
        "Accept: text/html\r\nSec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n";
    replay.get_with("/archive?url=https://a.example/", own).is(303);
}
