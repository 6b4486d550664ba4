//! `assets = "page"`: what a page shows is captured with it, each thing once, whatever style sheets name in turn.

use std::time::Duration;

use crate::support::chaffinch::{Chaffinch, TempArchive};
use crate::support::pages::{article_with, paragraphs, rss};
use crate::support::site::{Answer, Body, Site};

const SVG: &str = "<svg xmlns='http://www.w3.org/2000/svg' width='6' height='4'/>";

fn css(text: &str) -> Answer {
    Answer::of("text/css", text)
}

/// Two articles of a feed that look alike, and style sheets that name each other.
fn site() -> Site {
    let site = Site::start();
    for (path, title) in [("/well", "The well is dry"), ("/mill", "The mill turns again")] {
        let parts =
            "<img src='/scaled?file=a.svg&amp;w=640' alt=''><p style='background:url(&quot;/behind.svg&quot;)'>x</p>";
        let head = "<link rel=stylesheet href='/theme.css'><link rel='shortcut icon' href='/icon.svg'></head>";
        site.page(path, article_with(title, &paragraphs(title), parts, 1).replace("</head>", head));
    }
    site.set(
        "/theme.css",
        css("@import 'round.css'; @font-face { font-family: x; src: url(x.woff2) format('woff2') }"),
    );
    site.set("/round.css", css("@import url(theme.css); body { background: url(/paper.svg#top) }"));
    site.set("/x.woff2", Answer::of("font/woff2", "wOF2...."));
    for path in ["/scaled?file=a.svg&w=640", "/behind.svg", "/icon.svg", "/paper.svg"] {
        site.set(path, Answer::of("image/svg+xml", SVG));
    }
    let items = ["/well", "/mill"].map(|path| (site.url(path), "A story"));
    site.set("/feed.xml", Answer::of("application/rss+xml", rss(&items)));
    site
}

#[test]
fn a_crawl_captures_what_its_pages_show_each_thing_once() {
    let (site, kept) = (site(), TempArchive::new());
    let source = format!(
        "[[source]]\nname = \"gazette\"\nkind = \"feed\"\nurl = \"{}\"\nassets = \"page\"\n",
        site.url("/feed.xml")
    );
    let config = kept.file("config.toml", source);
    let crawl = Chaffinch::local().archive(&kept).config(&config).args(["--json", "crawl"]).run();
    let summary = crawl.success().summary();
    assert_eq!((&summary["new"], &summary["failed"]), (&2.into(), &0.into()), "{summary}");
    let asked = |path: &str| site.requests().iter().filter(|request| request.path.starts_with(path)).count();
    for path in ["/scaled", "/behind.svg", "/theme.css", "/round.css", "/x.woff2", "/paper.svg", "/icon.svg"] {
        assert_eq!(asked(path), 1, "{path}");
    }
    let scaled = site.requests().into_iter().find(|request| request.path.starts_with("/scaled")).unwrap();
    assert!(scaled.path.ends_with("?file=a.svg&w=640"), "{}", scaled.path);
    let font = Chaffinch::local().archive(&kept).args(["show", "--format", "raw", &site.url("/x.woff2")]).run();
    assert_eq!(font.success().stdout, "wOF2....");
}

#[test]
fn what_two_pages_show_at_the_same_time_is_asked_for_once() {
    let (shared, kept) = (Site::start(), TempArchive::new());
    let late = Body::Late { bytes: SVG.into(), pause: Duration::from_millis(400) };
    shared.set("/late.svg", Answer::of("image/svg+xml", "").body(late));
    let picture = format!("<img src='{}' alt=''>", shared.url("/late.svg"));
    let sites = [Site::start(), Site::start()];
    let urls = sites.each_ref().map(|site| {
        site.page("/page", article_with("A page", &paragraphs("the page"), &picture, 1));
        site.url("/page")
    });
    Chaffinch::local().archive(&kept).arg("archive").args(&urls).run().success();
    assert_eq!(shared.hits("/late.svg"), 1);
    assert_eq!(sites.map(|site| site.hits("/page")), [1, 1]);
}

#[test]
fn a_page_of_a_thousand_pictures_is_captured_with_the_first_of_them() {
    let (site, kept) = (Site::start(), TempArchive::new());
    let pictures: String = (0..1000).map(|n| format!("<img src='/p{n}.svg' alt=''>")).collect();
    site.page("/many", article_with("A page of many pictures", &paragraphs("the pictures"), &pictures, 1));
    for n in 0..1000 {
        site.set(&format!("/p{n}.svg"), Answer::of("image/svg+xml", SVG));
    }
    Chaffinch::local().archive(&kept).args(["archive", "--assets", "page", &site.url("/many")]).run().success();
    let asked = site.requests().iter().filter(|request| request.path.starts_with("/p")).count();
    assert!((400..=500).contains(&asked), "{asked}");
    assert!(site.requests().iter().any(|request| request.path == "/p0.svg"));
}
