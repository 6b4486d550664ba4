//! `crawl`: what is new or due at every source.

use std::path::{Path, PathBuf};

use crate::support::chaffinch::{Chaffinch, TempArchive};
use crate::support::pages::{PIXEL, article, article_with, listing, paragraphs, rss, sitemap};
use crate::support::site::{Answer, Site};

/// A configuration with one source.
fn source(kept: &TempArchive, kind: &str, url: &str) -> PathBuf {
    sources(kept, &[("gazette", kind, url)])
}

fn sources(kept: &TempArchive, list: &[(&str, &str, &str)]) -> PathBuf {
    let text: String = list
        .iter()
        .map(|(name, kind, url)| format!("[[source]]\nname = \"{name}\"\nkind = \"{kind}\"\nurl = \"{url}\"\n\n"))
        .collect();
    kept.file("config.toml", text)
}

fn crawl(kept: &TempArchive, config: &Path) -> Chaffinch {
    Chaffinch::local().archive(kept).config(config).args(["--json", "crawl"])
}

/// A crawl after which every page is due again at once; a run still visits a page only once.
fn crawl_eagerly(kept: &TempArchive, config: &Path) -> Chaffinch {
    let due = Chaffinch::local().set("crawl.revisit_min=0s").set("crawl.revisit_max=0s");
    due.archive(kept).config(config).args(["--json", "crawl"])
}

/// A site with a feed of three articles.
fn feed_site() -> Site {
    let site = Site::start();
    let paths = ["/one", "/two", "/three"];
    for path in paths {
        site.page(path, article(&format!("Story {path}"), &format!("the {}", &path[1..]), 1));
    }
    let items: Vec<_> = paths.iter().map(|path| (site.url(path), *path)).collect();
    site.set("/feed.xml", Answer::of("application/rss+xml", rss(&items)));
    site
}

#[test]
fn a_feed_is_worked_through() {
    let (site, kept) = (feed_site(), TempArchive::new());
    let config = source(&kept, "feed", &site.url("/feed.xml"));
    let outcome = crawl(&kept, &config).run();
    let summary = outcome.success().summary();
    assert_eq!(
        (summary["fetched"].as_u64(), summary["new"].as_u64(), summary["failed"].as_u64()),
        (Some(3), Some(3), Some(0))
    );
    assert!(summary["bytes_stored"].as_u64().unwrap() > 0 && summary["seconds"].is_number(), "{summary}");
    let list =
        Chaffinch::new().archive(&kept).args(["--json", "list", "--source", "gazette"]).run().success().json_lines();
    assert_eq!(list.len(), 3);
}

#[test]
fn a_sitemap_index_leads_to_its_pages() {
    let (site, kept) = (Site::start(), TempArchive::new());
    site.page("/a", article("A", "the well", 1)).page("/b", article("B", "the gate", 1));
    site.set("/map.xml", Answer::of("application/xml", sitemap(&[site.url("/a"), site.url("/b")])));
    let index = format!(
        "<?xml version=\"1.0\"?><sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\"><sitemap><loc>{}</loc></sitemap></sitemapindex>",
        site.url("/map.xml")
    );
    site.set("/index.xml", Answer::of("application/xml", index));
    let config = source(&kept, "sitemap", &site.url("/index.xml"));
    assert_eq!(crawl(&kept, &config).run().success().summary()["new"], 2);
}

#[test]
fn the_sitemaps_that_robots_txt_names_belong_to_a_site() {
    let (site, kept) = (Site::start(), TempArchive::new());
    site.page("/", listing(&[])).page("/a", article("A", "the well", 1)).page("/b", article("B", "the gate", 1));
    site.set("/maps/news.xml", Answer::of("application/xml", sitemap(&[site.url("/a"), site.url("/b")])));
    let robots = format!("User-agent: *\nDisallow:\nSitemap: {}\n", site.url("/maps/news.xml"));
    site.set("/robots.txt", Answer::of("text/plain", robots));
    let config = source(&kept, "site", &site.url("/"));
    let summary = crawl(&kept, &config).run().success().summary();
    assert_eq!((summary["new"].as_u64(), site.hits("/maps/news.xml")), (Some(2), 1), "{summary}");
}

#[test]
fn a_listing_leads_to_what_it_links() {
    let (site, kept) = (Site::start(), TempArchive::new());
    site.page("/", listing(&[("/a", "A"), ("/b", "B"), ("https://elsewhere.example/c", "C")]));
    site.page("/a", article("A", "the well", 1)).page("/b", article("B", "the gate", 1));
    let config = source(&kept, "listing", &site.url("/"));
    let summary = crawl(&kept, &config).run().success().summary();
    assert_eq!(summary["new"], 2, "{summary}");
}

#[test]
fn a_list_of_urls_is_fetched_as_it_stands() {
    let (site, kept) = (Site::start(), TempArchive::new());
    site.page("/a", article("A", "the well", 1)).page("/b", article("B", "the gate", 1));
    let list = format!(
        "[[source]]\nname = \"mine\"\nkind = \"urls\"\nurl = [\"{}\", \"{}\"]\n",
        site.url("/a"),
        site.url("/b")
    );
    let config = kept.file("config.toml", list);
    assert_eq!(crawl(&kept, &config).run().success().summary()["new"], 2);
}

#[test]
fn a_second_crawl_fetches_nothing_that_is_not_due() {
    let (site, kept) = (feed_site(), TempArchive::new());
    let config = source(&kept, "feed", &site.url("/feed.xml"));
    crawl(&kept, &config).run().success();
    let summary = crawl(&kept, &config).run().success().summary();
    assert_eq!(summary["new"], 0, "{summary}");
    assert_eq!(site.hits("/one"), 1);
}

#[test]
fn a_new_entry_of_a_feed_is_found() {
    let (site, kept) = (feed_site(), TempArchive::new());
    let config = source(&kept, "feed", &site.url("/feed.xml"));
    crawl_eagerly(&kept, &config).run().success();
    site.page("/four", article("Story four", "the fourth", 1));
    site.set("/feed.xml", Answer::of("application/rss+xml", rss(&[(site.url("/four"), "4"), (site.url("/one"), "1")])));
    let summary = crawl_eagerly(&kept, &config).run().success().summary();
    assert_eq!((summary["new"].as_u64(), site.hits("/four")), (Some(1), 1), "{summary}");
}

#[test]
fn a_crawl_of_a_changed_site_tells_edits_from_chrome() {
    let (site, kept) = (feed_site(), TempArchive::new());
    let config = source(&kept, "feed", &site.url("/feed.xml"));
    crawl_eagerly(&kept, &config).run().success();
    site.page("/one", article("Story /one", "the one", 2)).page("/two", article("Story /two", "the two", 2));
    let mut edited = paragraphs("the three");
    edited.push(
        "Nobody had expected the mill to burn down that night, and nobody was hurt but the pride of the brigade."
            .into(),
    );
    site.page("/three", article_with("Story /three", &edited, "", 2));
    let summary = crawl_eagerly(&kept, &config).run().success().summary();
    assert_eq!((summary["article_unchanged"].as_u64(), summary["edited"].as_u64()), (Some(2), Some(1)), "{summary}");
}

#[test]
fn a_run_visits_a_page_once_even_where_it_is_due_again_at_once() {
    let (site, kept) = (feed_site(), TempArchive::new());
    let config = source(&kept, "feed", &site.url("/feed.xml"));
    crawl_eagerly(&kept, &config).run().success();
    assert_eq!(["/feed.xml", "/one", "/two", "/three"].map(|path| site.hits(path)), [1, 1, 1, 1]);
    crawl_eagerly(&kept, &config).run().success();
    assert_eq!(["/feed.xml", "/one", "/two", "/three"].map(|path| site.hits(path)), [2, 2, 2, 2]);
}

#[test]
fn a_page_that_has_not_changed_is_asked_for_with_its_validator() {
    let (site, kept) = (Site::start(), TempArchive::new());
    site.set("/a", Answer::html(article("A", "the well", 1)).header("ETag", "\"tag-1\""));
    let config = source(&kept, "urls", &site.url("/a"));
    crawl_eagerly(&kept, &config).run().success();
    let summary = crawl_eagerly(&kept, &config).run().success().summary();
    assert_eq!(summary["not_modified"], 1, "{summary}");
    assert_eq!(site.requests_of("/a")[1].header("if-none-match"), Some("\"tag-1\""));
}

#[test]
fn robots_txt_is_asked_first_and_obeyed() {
    let (site, kept) = (feed_site(), TempArchive::new());
    site.set("/robots.txt", Answer::of("text/plain", "User-agent: chaffinch\nDisallow: /two\n"));
    let config = source(&kept, "feed", &site.url("/feed.xml"));
    let summary = crawl(&kept, &config).run().success().summary();
    assert_eq!((summary["new"].as_u64(), summary["denied"].as_u64()), (Some(2), Some(1)), "{summary}");
    assert_eq!(site.hits("/two"), 0);
    assert_eq!(site.requests()[0].path, "/robots.txt");
    assert_eq!(site.hits("/robots.txt"), 1, "robots.txt is asked once a run");
}

#[test]
fn noarchive_is_obeyed() {
    let (site, kept) = (feed_site(), TempArchive::new());
    site.page(
        "/two",
        article("Two", "the two", 1).replace("<head>", "<head><meta name=\"robots\" content=\"noarchive\">"),
    );
    let config = source(&kept, "feed", &site.url("/feed.xml"));
    let summary = crawl(&kept, &config).run().success().summary();
    assert_eq!((summary["new"].as_u64(), summary["skipped"].as_u64()), (Some(2), Some(1)), "{summary}");
    Chaffinch::new().archive(&kept).args(["show", &site.url("/two")]).run().code(1);
}

#[test]
fn a_page_that_is_not_to_be_kept_is_followed_and_one_that_is_not_to_be_followed_is_kept() {
    let (site, kept) = (Site::start(), TempArchive::new());
    site.page("/", listing(&[("/closed", "One"), ("/dead-end", "Two")]));
    let page = |links: &str| article_with("Story", &paragraphs("the matter"), links, 1);
    let closed = page("<a href=\"/behind-closed\">More</a>");
    site.set("/closed", Answer::html(closed).header("X-Robots-Tag", "noarchive"));
    let dead_end = page("<a href=\"/behind-dead-end\">More</a>");
    site.set("/dead-end", Answer::html(dead_end).header("X-Robots-Tag", "chaffinch: nofollow"));
    site.page("/behind-closed", article("Behind", "the lock", 1));
    let config = source(&kept, "site", &site.url("/"));
    crawl(&kept, &config).run().success();
    assert_eq!((site.hits("/behind-closed"), site.hits("/behind-dead-end")), (1, 0));
    let shown = |path: &str| Chaffinch::new().archive(&kept).args(["show", &site.url(path)]).run().code;
    assert_eq!((shown("/closed"), shown("/dead-end")), (Some(1), Some(0)));
}

#[test]
fn requests_to_one_host_keep_its_delay() {
    let (site, kept) = (feed_site(), TempArchive::new());
    let config = source(&kept, "feed", &site.url("/feed.xml"));
    let run = Chaffinch::local().archive(&kept).config(&config).args(["--json", "crawl", "--delay", "300ms"]);
    run.run().success();
    let pages: Vec<_> = site.requests().into_iter().filter(|r| r.path != "/robots.txt").collect();
    assert_eq!(pages.len(), 4);
    for pair in pages.windows(2) {
        let gap = pair[1].at.duration_since(pair[0].at);
        assert!(gap.as_millis() >= 290, "{} came {gap:?} after {}", pair[1].path, pair[0].path);
    }
}

#[test]
fn a_longer_crawl_delay_of_the_site_wins() {
    let (site, kept) = (feed_site(), TempArchive::new());
    site.set("/robots.txt", Answer::of("text/plain", "User-agent: *\nCrawl-delay: 1\n"));
    let config = source(&kept, "feed", &site.url("/feed.xml"));
    crawl(&kept, &config).args(["--limit", "2"]).run().success();
    let pages: Vec<_> = site.requests().into_iter().filter(|r| r.path != "/robots.txt").collect();
    let gap = pages[1].at.duration_since(pages[0].at);
    assert!(gap.as_millis() >= 990, "the second page came {gap:?} after the first");
}

#[test]
fn the_program_says_who_it_is() {
    let (site, kept) = (feed_site(), TempArchive::new());
    let config = source(&kept, "feed", &site.url("/feed.xml"));
    Chaffinch::local()
        .set("fetch.contact=desk@press.example")
        .archive(&kept)
        .config(&config)
        .arg("crawl")
        .run()
        .success();
    for request in site.requests() {
        let agent = request.header("user-agent").unwrap();
        assert!(agent.starts_with("chaffinch/") && agent.contains("desk@press.example"), "{agent}");
    }
}

#[test]
fn a_limit_ends_the_run_and_the_next_goes_on() {
    let (site, kept) = (feed_site(), TempArchive::new());
    let config = source(&kept, "feed", &site.url("/feed.xml"));
    let first = crawl(&kept, &config).args(["--limit", "1"]).run().success().summary();
    assert_eq!((first["fetched"].as_u64(), first["waiting"].as_u64()), (Some(1), Some(2)), "{first}");
    assert_eq!(first["stopped_by"], "limit", "{first}");
    let second = crawl(&kept, &config).run().success().summary();
    assert_eq!(second["new"], 2, "{second}");
    assert_eq!(["/one", "/two", "/three"].map(|path| site.hits(path)), [1, 1, 1]);
}

#[test]
fn a_dry_run_visits_no_page_and_keeps_nothing() {
    let (site, kept) = (feed_site(), TempArchive::new());
    let config = source(&kept, "feed", &site.url("/feed.xml"));
    crawl(&kept, &config).arg("--dry-run").run().success().stdout_contains(&site.url("/one"));
    assert_eq!(site.hits("/one"), 0);
    assert_eq!(crawl(&kept, &config).run().success().summary()["new"], 3);
}

#[test]
fn only_the_named_source_is_crawled() {
    let (site, kept) = (feed_site(), TempArchive::new());
    site.page("/solo", article("Solo", "the solo", 1));
    let config = sources(&kept, &[("feed", "feed", &site.url("/feed.xml")), ("solo", "urls", &site.url("/solo"))]);
    assert_eq!(crawl(&kept, &config).arg("solo").run().success().summary()["new"], 1);
    assert_eq!(site.hits("/feed.xml"), 0);
    let outcome = crawl(&kept, &config).arg("sulo").run();
    outcome.code(2).says("sulo").says("solo");
}

#[test]
fn a_source_that_fails_fails_the_run_and_not_the_other_source() {
    let (site, kept) = (feed_site(), TempArchive::new());
    let config =
        sources(&kept, &[("broken", "feed", &site.url("/no-feed.xml")), ("good", "feed", &site.url("/feed.xml"))]);
    let outcome = crawl(&kept, &config).run();
    outcome.code(1).says("/no-feed.xml");
    let summary = outcome.summary();
    assert_eq!(summary["new"], 3, "{summary}");
    assert_eq!(summary["sources_failed"], serde_json::json!(["broken"]));
}

#[test]
fn one_page_that_fails_does_not_fail_the_run() {
    let (site, kept) = (feed_site(), TempArchive::new());
    site.set("/two", Answer::status(404));
    let config = source(&kept, "feed", &site.url("/feed.xml"));
    let summary = crawl(&kept, &config).run().success().summary();
    assert_eq!((summary["new"].as_u64(), summary["gone"].as_u64()), (Some(2), Some(1)), "{summary}");
}

#[test]
fn include_and_exclude_bound_a_source() {
    let (site, kept) = (feed_site(), TempArchive::new());
    let config = kept.file(
        "config.toml",
        format!(
            "[[source]]\nname = \"g\"\nkind = \"feed\"\nurl = \"{}\"\nexclude = [\"*/two\"]\n",
            site.url("/feed.xml")
        ),
    );
    assert_eq!(crawl(&kept, &config).run().success().summary()["new"], 2);
    assert_eq!(site.hits("/two"), 0);
}

#[test]
fn images_of_articles_are_kept_without_waiting_for_the_crawl_delay() {
    let (site, kept) = (Site::start(), TempArchive::new());
    let figures: String = (0..4).map(|i| format!("<figure><img src=\"/i{i}.png\" alt=\"{i}\"></figure>")).collect();
    site.page("/a", article_with("A", &paragraphs("the well"), &figures, 1));
    for i in 0..4 {
        site.set(&format!("/i{i}.png"), Answer::of("image/png", PIXEL));
    }
    let config = source(&kept, "urls", &site.url("/a"));
    let run = Chaffinch::local().archive(&kept).config(&config).args(["--json", "crawl", "--delay", "3s"]).run();
    let summary = run.success().summary();
    assert_eq!([0, 1, 2, 3].map(|i| site.hits(&format!("/i{i}.png"))), [1, 1, 1, 1]);
    assert!(summary["seconds"].as_f64().unwrap() < 9.0, "{summary}");
}

#[test]
fn people_read_a_summary_in_one_line() {
    let (site, kept) = (feed_site(), TempArchive::new());
    let config = source(&kept, "feed", &site.url("/feed.xml"));
    let outcome = Chaffinch::local().archive(&kept).config(&config).arg("crawl").run();
    outcome.success().says("3 new");
}

#[test]
fn a_crawl_without_sources_says_how_to_name_one() {
    let kept = TempArchive::new();
    let outcome = Chaffinch::local().archive(&kept).arg("crawl").run();
    outcome.code(2).says("[[source]]");
}

#[test]
fn the_sources_are_listed_with_their_health() {
    let (site, kept) = (feed_site(), TempArchive::new());
    let config =
        sources(&kept, &[("broken", "feed", &site.url("/no-feed.xml")), ("good", "feed", &site.url("/feed.xml"))]);
    crawl(&kept, &config).run().code(1);
    let listed =
        Chaffinch::new().archive(&kept).config(&config).args(["--json", "sources"]).run().success().json_lines();
    let names: Vec<_> = listed.iter().map(|l| l["name"].as_str().unwrap().to_owned()).collect();
    assert_eq!(names, ["broken", "good"]);
}
