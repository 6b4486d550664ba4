//! `crawl --watch` as a service: sources do not wait for each other, and how it fares can be seen from outside.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::Duration;

use rustix::process::Signal;

use crate::support::chaffinch::{Chaffinch, Running, TempArchive};
use crate::support::pages::{article, rss};
use crate::support::site::{Answer, Body, Site};

/// Two feeds on sites of their own: `quick` with one page, `slow` with one that does not answer for a minute.
struct Scene {
    _sites: [Site; 2],
    kept: TempArchive,
    port: u16,
    watch: Running,
}

impl Scene {
    fn start() -> Self {
        let (quick, slow, kept) = (Site::start(), Site::start(), TempArchive::new());
        quick.page("/one", article("Story", "the matter", 1));
        slow.set("/one", Answer::html("").body(Body::Late { bytes: vec![], pause: Duration::from_secs(60) }));
        let mut config = String::new();
        for (name, site) in [("quick", &quick), ("slow", &slow)] {
            site.set("/feed.xml", Answer::of("application/rss+xml", rss(&[(site.url("/one"), "A story")])));
            let url = site.url("/feed.xml");
            config.push_str(&format!("[[source]]\nname = \"{name}\"\nkind = \"feed\"\nurl = \"{url}\"\n"));
        }
        let config = kept.file("config.toml", config);
        // A port that was free a moment ago.
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let watch = Chaffinch::local().archive(&kept).config(&config).args(["--json", "crawl", "--watch"]);
        let watch = watch.set("crawl.delay=0s").set(&format!("crawl.metrics=127.0.0.1:{port}")).spawn();
        Self { _sites: [quick, slow], kept, port, watch }
    }

    /// Waits for the summary of a source's run.
    fn summary(&mut self) -> serde_json::Value {
        loop {
            let line: serde_json::Value = serde_json::from_str(&self.watch.line()).unwrap();
            if line["summary"] == true {
                return line;
            }
        }
    }

    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn crawl_of_status(&self) -> serde_json::Value {
        Chaffinch::new().archive(&self.kept).args(["--json", "status"]).run().success().json()["crawl"].clone()
    }
}

#[test]
fn a_source_that_takes_its_time_keeps_no_other_waiting_and_all_of_it_is_seen_from_outside() {
    let mut scene = Scene::start();
    let summary = scene.summary();
    assert_eq!((&summary["new"], &summary["fetched"]), (&1.into(), &1.into()), "the quick one has ended: {summary}");

    let health = scene.get("/health");
    assert!(health.starts_with("HTTP/1.1 200") && health.contains("\"sources\":[\"slow\"]"), "{health}");
    let metrics = scene.get("/metrics");
    for line in ["chaffinch_pages_total{outcome=\"new\"} 1", "chaffinch_hosts_busy 1", "chaffinch_sources_running 1"] {
        assert!(metrics.lines().any(|found| found == line), "{line}: {metrics}");
    }
    assert!(scene.get("/anything").starts_with("HTTP/1.1 404"));

    let mut crawl = scene.crawl_of_status();
    while crawl.is_null() || crawl["counts"]["new"] != 1 {
        crawl = scene.crawl_of_status();
    }
    assert_eq!((&crawl["running"], &crawl["hosts_busy"]), (&true.into(), &1.into()), "{crawl}");
    let told = Chaffinch::new().archive(&scene.kept).arg("status").run();
    told.success().stdout_contains("slow: 1 fetched, 1 new");

    // A second signal does not wait for the page.
    scene.watch.signal(Signal::TERM);
    scene.watch.signal(Signal::TERM);
    drop(scene.watch);
}

#[test]
fn a_crawl_that_has_ended_is_not_shown_as_going_on() {
    let (site, kept) = (Site::start(), TempArchive::new());
    site.page("/one", article("Story", "the matter", 1));
    site.set("/feed.xml", Answer::of("application/rss+xml", rss(&[(site.url("/one"), "A story")])));
    let url = site.url("/feed.xml");
    let config = format!("[[source]]\nname = \"g\"\nkind = \"feed\"\nschedule = \"0 5 * * *\"\nurl = \"{url}\"\n");
    let config = kept.file("config.toml", config);
    Chaffinch::local().archive(&kept).config(&config).args(["crawl", "g"]).run().success();
    let status = Chaffinch::new().archive(&kept).args(["--json", "status"]).run().json();
    assert!(status["crawl"].is_null(), "{status}");
    let source = Chaffinch::new().archive(&kept).config(&config).args(["--json", "sources"]).run().json();
    assert_eq!((&source["known"], &source["due"], &source["resting"]), (&2.into(), &0.into(), &0.into()), "{source}");
    assert!(source["last_new"].is_string() && source["next_run"].is_string(), "{source}");
    let told = Chaffinch::new().archive(&kept).config(&config).arg("sources").run();
    told.success().stdout_contains("2 URLs known; last new ").stdout_contains("; next ");
}

#[test]
fn an_address_that_cannot_be_served_at_is_told() {
    let (site, kept) = (Site::start(), TempArchive::new());
    let url = site.url("/feed.xml");
    let config = kept.file("config.toml", format!("[[source]]\nname = \"g\"\nkind = \"feed\"\nurl = \"{url}\"\n"));
    let crawl = |metrics: &str| {
        let crawl = Chaffinch::local().archive(&kept).config(&config).arg("crawl");
        crawl.set(&format!("crawl.metrics={metrics}")).run()
    };
    crawl("nonsense").code(2).says("crawl.metrics");
    crawl("192.0.2.1:9464").code(2).says("nothing can be served");
}

#[test]
fn sources_of_one_host_take_turns() {
    let (site, kept) = (Site::start(), TempArchive::new());
    let mut config = String::new();
    for name in ["one", "two", "three"] {
        let late = article(&format!("Story {name}"), &format!("the matter {name}"), 1).into_bytes();
        let pause = Duration::from_millis(300);
        site.set(&format!("/{name}"), Answer::html("").body(Body::Late { bytes: late, pause }));
        let items = [(site.url(&format!("/{name}")), "A story")];
        site.set(&format!("/{name}.xml"), Answer::of("application/rss+xml", rss(&items)));
        let url = site.url(&format!("/{name}.xml"));
        config.push_str(&format!("[[source]]\nname = \"{name}\"\nkind = \"feed\"\nurl = \"{url}\"\n"));
    }
    let config = kept.file("config.toml", config);
    let watch = Chaffinch::local().archive(&kept).config(&config).args(["--json", "crawl", "--watch"]);
    let mut watch = watch.set("crawl.delay=0s").spawn();
    let mut summaries = 0;
    while summaries < 3 {
        let line: serde_json::Value = serde_json::from_str(&watch.line()).unwrap();
        if line["summary"] == true {
            assert_eq!(line["new"], 1, "{line}");
            summaries += 1;
        }
    }
    watch.signal(Signal::TERM);
    watch.wait().code(143);
}
