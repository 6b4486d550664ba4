//! Politeness, proved from the log of requests (`CHAFFINCH_LOG=chaffinch::request=info`): no host is asked sooner than its delay
//! allows, no more is under way at once than may be, and nothing in hours in which a source is left alone.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::support::chaffinch::{Chaffinch, Outcome, TempArchive};
use crate::support::pages::{article, rss};
use crate::support::site::{Answer, Body, Site};

/// A request as the log has it.
#[derive(Debug, Clone)]
struct Logged {
    host: String,
    began: i64,
    ended: i64,
    status: u16,
}

fn logged(outcome: &Outcome) -> Vec<Logged> {
    let field = |line: &str, name: &str| {
        let rest = &line[line.find(&format!("{name}=")).unwrap() + name.len() + 1..];
        rest.split_whitespace().next().unwrap().trim_matches('"').to_owned()
    };
    let lines = outcome.stderr.lines().filter(|line| line.contains("chaffinch::request"));
    let requests = lines.map(|line| Logged {
        host: field(line, "host"),
        began: field(line, "began_ms").parse().unwrap(),
        ended: field(line, "ended_ms").parse().unwrap(),
        status: field(line, "status").parse().unwrap(),
    });
    requests.collect()
}

/// Requests by host, in the order in which they began.
fn by_host(requests: &[Logged]) -> BTreeMap<String, Vec<Logged>> {
    let mut hosts: BTreeMap<String, Vec<Logged>> = BTreeMap::new();
    for request in requests {
        hosts.entry(request.host.clone()).or_default().push(request.clone());
    }
    for requests in hosts.values_mut() {
        requests.sort_by_key(|request| request.began);
    }
    hosts
}

/// A feed that names pages of as many hosts, all of them at one address.
fn hosts(count: usize, pages: usize, slow: Duration) -> (Vec<Site>, Vec<String>) {
    let sites: Vec<Site> = (0..count).map(|_| Site::start()).collect();
    let mut urls = Vec::new();
    for (n, site) in sites.iter().enumerate() {
        for page in 0..pages {
            let html = article(&format!("Story {n} {page}"), &format!("the matter {n} {page}"), 1);
            site.set(&format!("/{page}"), Answer::html("").body(Body::Late { bytes: html.into_bytes(), pause: slow }));
            urls.push(site.url(&format!("/{page}")));
        }
    }
    (sites, urls)
}

fn feed(urls: &[String], kept: &TempArchive, more: &str) -> (Site, std::path::PathBuf) {
    let site = Site::start();
    let items: Vec<(String, &str)> = urls.iter().map(|url| (url.clone(), "A story")).collect();
    site.set("/feed.xml", Answer::of("application/rss+xml", rss(&items)));
    let url = site.url("/feed.xml");
    let config = format!("[[source]]\nname = \"g\"\nkind = \"feed\"\nurl = \"{url}\"\n{more}\n");
    (site, kept.file("config.toml", config))
}

fn crawl(kept: &TempArchive, config: &Path) -> Chaffinch {
    let crawl = Chaffinch::local().archive(kept).config(config).args(["--json", "crawl"]);
    crawl.env("CHAFFINCH_LOG", "chaffinch::request=info").env("NO_COLOR", "1")
}

#[test]
fn the_log_shows_that_no_host_is_asked_too_soon() {
    let (sites, urls) = hosts(3, 4, Duration::from_millis(20));
    let kept = TempArchive::new();
    let (_feed, config) = feed(&urls, &kept, "");
    let outcome = crawl(&kept, &config).args(["--delay", "300ms"]).run();
    outcome.success();
    let hosts = by_host(&logged(&outcome));
    for site in &sites {
        let host = site.url("/").trim_start_matches("http://").trim_end_matches('/').to_owned();
        let requests = &hosts[&host];
        assert_eq!(requests.len(), 5, "robots.txt and four pages: {requests:?}");
        assert!(requests[1..].iter().all(|request| request.status == 200));
        for pair in requests.windows(2) {
            let gap = pair[1].began - pair[0].ended;
            // Both moments are cut to milliseconds.
            assert!(gap >= 299, "{host}: {gap} ms between an answer and the next request");
        }
        assert_eq!(site.requests().len(), requests.len(), "nothing is sent that is not in the log");
    }
}

#[test]
fn an_address_is_asked_for_no_more_at_once_than_may_be() {
    let (_sites, urls) = hosts(6, 3, Duration::from_millis(100));
    let kept = TempArchive::new();
    let (_feed, config) = feed(&urls, &kept, "");
    let outcome = crawl(&kept, &config).args(["--delay", "0s"]).set("crawl.per_address=2").run();
    outcome.success();
    // The first request to a host learns its address.
    let later: Vec<Logged> =
        by_host(&logged(&outcome)).into_values().flat_map(|requests| requests[1..].to_vec()).collect();
    let most = later
        .iter()
        .map(|one| later.iter().filter(|other| other.began <= one.began && one.began < other.ended).count());
    assert_eq!((later.len(), most.max()), (18 + 1, Some(2)), "the feed is one more: {later:?}");
}

#[test]
fn a_source_is_left_alone_in_its_quiet_hours() {
    let (sites, urls) = hosts(1, 1, Duration::ZERO);
    for (quiet, pages) in [("00:00-00:00", 0), ("", 1)] {
        let kept = TempArchive::new();
        let more = if quiet.is_empty() { String::new() } else { format!("quiet = \"{quiet}\"") };
        let (feed, config) = feed(&urls, &kept, &more);
        let outcome = crawl(&kept, &config).args(["--delay", "0s"]).run();
        outcome.success();
        assert_eq!((feed.requests().is_empty(), sites[0].hits("/0")), (pages == 0, pages), "{}", outcome.told());
        assert_eq!(outcome.stderr.contains("quiet hours"), pages == 0);
    }
    let kept = TempArchive::new();
    let (_feed, config) = feed(&urls, &kept, "quiet = \"soon\"");
    crawl(&kept, &config).run().code(2).says("names no hours of the day");
}

#[test]
fn a_crawl_and_a_capture_by_hand_share_a_hosts_delay() {
    let (site, kept) = (Site::start(), TempArchive::new());
    let things = ["mill", "bridge", "harbour", "orchard", "tower", "ferry"];
    let items: Vec<(String, &str)> = things.iter().map(|thing| (site.url(&format!("/{thing}")), *thing)).collect();
    site.set("/feed.xml", Answer::of("application/rss+xml", rss(&items)));
    for thing in things {
        site.page(&format!("/{thing}"), article(&format!("The {thing}"), &format!("the {thing}"), 1));
        site.page(&format!("/old-{thing}"), article(&format!("The old {thing}"), &format!("the old {thing}"), 1));
    }
    let config = format!("[[source]]\nname = \"g\"\nkind = \"feed\"\nurl = \"{}\"\n", site.url("/feed.xml"));
    let config = kept.file("config.toml", config);
    let slowly = || Chaffinch::local().archive(&kept).config(&config).set("crawl.delay=300ms");
    let running = slowly().arg("crawl").spawn();
    let by_hand =
        slowly().args(["archive", "--assets", "none"]).args(things.map(|thing| site.url(&format!("/old-{thing}"))));
    by_hand.run().success();
    running.wait().success();
    let mut sent: Vec<Instant> = site.requests().iter().map(|request| request.at).collect();
    sent.sort_unstable();
    assert!(sent.len() >= 13, "{}", sent.len());
    let shortest = sent.windows(2).map(|pair| pair[1] - pair[0]).min().unwrap();
    // A request may be on its way for a while on a busy machine; without the shared delay they come in pairs.
    assert!(shortest >= Duration::from_millis(200), "{shortest:?}");
}
