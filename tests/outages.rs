//! Hosts that are down, too busy, or say odd things for a while: that is the host's matter. It is left alone, its pages wait
//! without having failed, and the other hosts' pages come in.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use crate::support::chaffinch::{Chaffinch, TempArchive};
use crate::support::pages::{PIXEL, article, article_with, paragraphs, rss};
use crate::support::site::{Answer, Site};

/// Where nobody listens.
const NOWHERE: &str = "http://127.0.0.1:1";

/// A feed on a host of its own that names these pages.
fn feed_of(urls: &[String], kept: &TempArchive) -> (Site, PathBuf) {
    let site = Site::start();
    let items: Vec<(String, &str)> = urls.iter().map(|url| (url.clone(), "A story")).collect();
    site.set("/feed.xml", Answer::of("application/rss+xml", rss(&items)));
    let source = format!("[[source]]\nname = \"g\"\nkind = \"feed\"\nurl = \"{}\"\n", site.url("/feed.xml"));
    (site, kept.file("config.toml", source))
}

fn pages(paths: &[&str]) -> (Site, Vec<String>) {
    let site = Site::start();
    for path in paths {
        site.page(path, article(&format!("Story {path}"), &format!("the {}", &path[1..]), 1));
    }
    let urls = paths.iter().map(|path| site.url(path)).collect();
    (site, urls)
}

fn crawl(kept: &TempArchive, config: &Path) -> Chaffinch {
    Chaffinch::local().archive(kept).config(config).args(["--json", "crawl"]).set("crawl.delay=0s")
}

/// What the frontier knows of a URL: its state, its attempts, and in how many hours it is due.
fn known(kept: &TempArchive, url: &str) -> (String, u32, i64) {
    let file = kept.path().join("frontier.sqlite");
    let db = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let now = jiff::Timestamp::now().as_millisecond();
    let row = "SELECT state, attempts, due FROM urls WHERE url = ?1";
    db.query_row(row, [url], |row| Ok((row.get(0)?, row.get(1)?, (row.get::<_, i64>(2)? - now) / 3_600_000))).unwrap()
}

#[test]
fn a_host_that_cannot_be_reached_is_tried_once_and_costs_its_pages_nothing() {
    let (_site, mut urls) = pages(&["/one", "/two"]);
    let down: Vec<String> = (0..5).map(|n| format!("{NOWHERE}/{n}")).collect();
    urls.extend(down.clone());
    let kept = TempArchive::new();
    let (_feed, config) = feed_of(&urls, &kept);
    let outcome = crawl(&kept, &config).run();
    let summary = outcome.success().summary();
    assert_eq!((&summary["new"], &summary["failed"]), (&2.into(), &1.into()), "{summary}");
    assert_eq!(outcome.stderr.matches(NOWHERE).count(), 1, "{}", outcome.stderr);
    for url in &down {
        let (state, attempts, _) = known(&kept, url);
        assert_eq!((state.as_str(), attempts), ("waiting", 0), "{url}");
    }
    let again = crawl(&kept, &config).run();
    assert_eq!(again.success().summary()["failed"], 0, "it is not asked again so soon");
    // Who asks by hand asks all the same.
    Chaffinch::local().archive(&kept).args(["archive", &down[0]]).run().code(1).says("refused");
}

#[test]
fn a_site_whose_robots_txt_fails_is_left_alone_as_a_whole() {
    let (site, urls) = pages(&["/one", "/two", "/three"]);
    site.set("/robots.txt", Answer::status(503));
    let kept = TempArchive::new();
    let (_feed, config) = feed_of(&urls, &kept);
    for run in 1..=2 {
        let summary = crawl(&kept, &config).run().success().summary();
        assert_eq!(summary["waiting"], 2, "run {run}: {summary}");
        assert_eq!(site.hits("/robots.txt"), 1);
        assert_eq!(site.requests().len(), 1);
    }
    assert_eq!(known(&kept, &urls[0]).1, 0);
    // By hand it is asked again, and from then on the crawl may go on.
    site.set("/robots.txt", Answer::status(404));
    Chaffinch::local().archive(&kept).args(["archive", &urls[1]]).run().success();
}

#[test]
fn a_year_of_patience_is_a_day() {
    let (site, urls) = pages(&["/one"]);
    site.set("/one", Answer::status(503).header("Retry-After", "31536000"));
    let kept = TempArchive::new();
    let (_feed, config) = feed_of(&urls, &kept);
    crawl(&kept, &config).run();
    let (state, attempts, hours) = known(&kept, &urls[0]);
    assert_eq!((state.as_str(), attempts), ("waiting", 1));
    assert!((22..=24).contains(&hours), "{hours} hours");
}

#[test]
fn a_copy_that_is_gone_is_fetched_again() {
    let (site, urls) = pages(&["/one"]);
    site.answer_with("/one", |request, _| match request.header("if-none-match") {
        Some("\"a\"") => Answer::status(304).header("ETag", "\"a\""),
        _ => Answer::html(article("Story", "the matter", 1)).header("ETag", "\"a\""),
    });
    let kept = TempArchive::new();
    let (_feed, config) = feed_of(&urls, &kept);
    let crawl = || crawl(&kept, &config).set("crawl.revisit_min=0s").set("crawl.revisit_max=0s").run();
    crawl().success();
    let listed = Chaffinch::new().archive(&kept).args(["--json", "list"]).run().json_lines();
    let id = listed[0]["id"].as_str().unwrap().to_owned();
    Chaffinch::new().archive(&kept).args(["forget", "--reason", "asked for", &id]).run().success();
    let due = Connection::open(kept.path().join("frontier.sqlite")).unwrap();
    due.execute("UPDATE urls SET due = 0 WHERE kind = 'page'", []).unwrap();
    due.execute("UPDATE lanes SET wake = 0", []).unwrap();
    drop(due);
    crawl().success();
    assert_eq!(site.hits("/one"), 3, "asked whether it changed, and then for itself");
    Chaffinch::new().archive(&kept).args(["show", &urls[0]]).run().success().stdout_contains("the matter");
}

#[test]
fn nobody_asked_whether_anything_had_changed() {
    let (site, urls) = pages(&["/one", "/two"]);
    site.set("/one", Answer::status(304));
    let kept = TempArchive::new();
    let (_feed, config) = feed_of(&urls, &kept);
    let outcome = crawl(&kept, &config).run();
    outcome.says("304");
    let summary = outcome.summary();
    assert_eq!((&summary["new"], &summary["failed"]), (&1.into(), &1.into()), "{summary}");
    let outcome = Chaffinch::local().archive(&kept).args(["archive", &urls[0]]).run();
    outcome.code(1).says("304");
    let listed = Chaffinch::new().archive(&kept).args(["--json", "list"]).run().json_lines();
    assert_eq!(listed.len(), 1);
}

#[test]
fn a_host_too_busy_for_a_picture_is_too_busy_for_pages() {
    let (site, urls) = pages(&["/one", "/two"]);
    let picture = "<figure><img src=\"/busy.png\" width=\"800\" height=\"600\" alt=\"A harbour\"></figure>";
    site.page("/one", article_with("Story", &paragraphs("the matter"), picture, 1));
    site.set("/busy.png", Answer::status(429).header("Retry-After", "7200"));
    site.set("/other.png", Answer::of("image/png", PIXEL));
    let kept = TempArchive::new();
    let (_feed, config) = feed_of(&urls, &kept);
    let summary = crawl(&kept, &config).run().success().summary();
    assert_eq!((site.hits("/busy.png"), site.hits("/two")), (1, 0), "{summary}");
    assert_eq!(summary["waiting"], 1, "{summary}");
}
