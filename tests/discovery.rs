//! What a source's documents lead to: the feed that a page announces, sitemaps that say when they were changed, and how far from
//! its address a source reaches.

use std::path::PathBuf;

use crate::support::chaffinch::{Chaffinch, Outcome, TempArchive};
use crate::support::pages::{article, listing, rss, sitemap};
use crate::support::site::{Answer, Site};

fn config(kept: &TempArchive, source: &str) -> PathBuf {
    kept.file("config.toml", format!("[[source]]\nname = \"g\"\n{source}\n"))
}

fn crawl(kept: &TempArchive, config: &std::path::Path) -> Outcome {
    Chaffinch::local().archive(kept).config(config).args(["--json", "crawl"]).set("crawl.delay=0s").run()
}

fn site_with(paths: &[&str]) -> Site {
    let site = Site::start();
    for path in paths {
        site.page(path, article(&format!("Story of {path}"), &format!("the {}", path.replace('/', " ")), 1));
    }
    site
}

#[test]
fn a_feed_source_that_is_given_a_page_finds_the_feed_it_announces() {
    let (site, kept) = (site_with(&["/one"]), TempArchive::new());
    let head = "<head><link rel=\"alternate\" type=\"application/rss+xml\" href=\"/feed.xml\">";
    site.page("/", format!("{head}{}", listing(&[("/about", "About")])));
    site.set("/feed.xml", Answer::of("application/rss+xml", rss(&[(site.url("/one"), "A story")])));
    let config = config(&kept, &format!("kind = \"feed\"\nurl = \"{}\"", site.url("/")));
    let summary = crawl(&kept, &config).success().summary();
    assert_eq!((&summary["new"], site.hits("/about")), (&1.into(), 0), "{summary}");

    site.page("/", listing(&[("/about", "About")]));
    let kept = TempArchive::new();
    let config = self::config(&kept, &format!("kind = \"feed\"\nurl = \"{}\"", site.url("/")));
    crawl(&kept, &config).code(1).says("a page, and no feed");
}

#[test]
fn a_sitemap_that_says_when_it_was_changed_is_read_again_when_it_was() {
    let (site, kept) = (site_with(&["/old", "/new"]), TempArchive::new());
    let index = |changed: &str| {
        let entry = |name: &str, changed: &str| {
            format!("<sitemap><loc>{}</loc><lastmod>{changed}</lastmod></sitemap>", site.url(name))
        };
        let entries = entry("/old.xml", "2020-01-01T00:00:00Z") + &entry("/new.xml", changed);
        let index = "<sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">";
        Answer::of("application/xml", format!("{index}{entries}</sitemapindex>"))
    };
    site.set("/sitemap.xml", index("2020-01-01T00:00:00Z"));
    site.set("/old.xml", Answer::of("application/xml", sitemap(&[site.url("/old")])));
    site.set("/new.xml", Answer::of("application/xml", sitemap(&[])));
    let config = config(&kept, &format!("kind = \"sitemap\"\nurl = \"{}\"", site.url("/sitemap.xml")));
    crawl(&kept, &config).success();
    site.set("/new.xml", Answer::of("application/xml", sitemap(&[site.url("/new")])));
    let later = jiff::Timestamp::now() + jiff::SignedDuration::from_mins(1);
    site.set("/sitemap.xml", index(&later.to_string()));
    crawl(&kept, &config).success();
    assert_eq!((site.hits("/old.xml"), site.hits("/new.xml"), site.hits("/new")), (1, 2, 1));
}

#[test]
fn a_source_reaches_as_far_as_it_is_told() {
    let (site, kept) = (site_with(&["/news/one", "/news/two-7", "/sport/three"]), TempArchive::new());
    let links = [("/news/one", "One"), ("/news/two-7", "Two"), ("/sport/three", "Three")];
    site.page("/news/", listing(&links));
    let reached = |more: &str| {
        let kept = TempArchive::new();
        let config = config(&kept, &format!("kind = \"listing\"\nurl = \"{}\"\n{more}", site.url("/news/")));
        crawl(&kept, &config).success().summary()["new"].as_u64()
    };
    assert_eq!(reached(""), Some(3));
    assert_eq!(reached("within = \"prefix\""), Some(2));
    assert_eq!(reached("include = ['regex:/[a-z]+-\\d$']"), Some(1));
    assert_eq!(reached("within = \"prefix\"\nexclude = ['regex:two']"), Some(1));
    let config =
        config(&kept, &format!("kind = \"listing\"\nurl = \"{}\"\ninclude = [\"regex:(\"]", site.url("/news/")));
    crawl(&kept, &config).code(2).says("\"g\"").says("regex");
}

#[test]
fn how_many_failures_make_a_source_fail_can_be_said() {
    let (site, kept) = (Site::start(), TempArchive::new());
    site.set("/feed.xml", Answer::status(500));
    let config = config(&kept, &format!("kind = \"feed\"\nurl = \"{}\"", site.url("/feed.xml")));
    let crawl = || Chaffinch::local().archive(&kept).config(&config).arg("crawl").set("hooks.failing_after=2").run();
    assert!(!crawl().stderr.contains("is failing"));
    crawl().says("source g is failing");
    assert!(!crawl().stderr.contains("is failing"), "once is enough");
}

#[test]
fn a_site_without_the_usual_sitemap_is_looked_at_in_the_other_places() {
    let (site, kept) = (Site::start(), TempArchive::new());
    site.page("/", listing(&[]));
    site.set("/wp-sitemap.xml", Answer::of("application/xml", sitemap(&[site.url("/hidden")])));
    site.page("/hidden", article("Hidden", "the cellar", 1));
    let config = config(&kept, &format!("kind = \"site\"\nurl = \"{}\"", site.url("/")));
    for _ in 0..2 {
        crawl(&kept, &config).success();
    }
    assert_eq!((site.hits("/hidden"), site.hits("/sitemap_index.xml"), site.hits("/sitemap.xml")), (1, 1, 2));
}

#[test]
fn a_sitemap_leads_to_a_page_in_all_its_languages() {
    let (site, kept) = (Site::start(), TempArchive::new());
    let at = |path: &str| site.url(path);
    let map = format!(
        "<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" xmlns:xhtml=\"http://www.w3.org/1999/xhtml\" \
         xmlns:image=\"http://www.google.com/schemas/sitemap-image/1.1\"><url><loc>{}</loc>\
         <xhtml:link rel=\"alternate\" hreflang=\"de\" href=\"{}\"/><image:image><image:loc>{}</image:loc></image:image></url></urlset>",
        at("/en/mill"),
        at("/de/muehle"),
        at("/mill.jpg")
    );
    site.set("/map.xml", Answer::of("application/xml", map));
    site.page("/en/mill", article("The mill", "the mill", 1)).page("/de/muehle", article("Die Mühle", "the wheel", 1));
    crawl(&kept, &config(&kept, &format!("kind = \"sitemap\"\nurl = \"{}\"", site.url("/map.xml")))).success();
    assert_eq!((site.hits("/en/mill"), site.hits("/de/muehle"), site.hits("/mill.jpg")), (1, 1, 0));
}
