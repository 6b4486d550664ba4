//! `explain`: every block with its fate, its role and the reasons, as text and as a page that paints the captured one.

use scraper::{Html, Selector};

use crate::support::chaffinch::{Chaffinch, TempArchive};
use crate::support::pages::article;
use crate::support::site::Site;

fn select(page: &Html, selector: &str) -> Vec<String> {
    page.select(&Selector::parse(selector).unwrap()).map(|element| element.text().collect()).collect()
}

fn hostile() -> String {
    article("The well is dry", "the well", 1).replace(
        "</body>",
        "<script>alert(1)</script><img src=https://elsewhere.example/x.gif onerror=alert(1)><iframe src=/x></iframe>\
         <form action=/x><p style='background:url(/y)' onclick=alert(1)>Subscribe</p></form>\
         <a href='javascript:alert(1)'>More articles</a></body>",
    )
}

#[test]
fn text_says_fate_score_role_and_reasons() {
    let kept = TempArchive::new();
    let file = kept.file("page.html", article("The well is dry", "the well", 1));
    let outcome = Chaffinch::new().arg("explain").arg(file).run();
    outcome.success().stdout_contains("body, ").stdout_contains("stands in");
    let text = &outcome.stdout;
    assert!(text.lines().any(|line| line.starts_with("+ ")) && text.lines().any(|line| line.starts_with("- ")));
}

#[test]
fn the_page_paints_every_block_and_runs_and_loads_nothing() {
    let kept = TempArchive::new();
    let file = kept.file("page.html", hostile());
    let explain = |format: &str| Chaffinch::new().args(["explain", "--format", format]).arg(&file).run();
    let page = Html::parse_document(&explain("html").success().stdout);
    let blocks = explain("json").success().json();
    let fates = |kept: bool| blocks["blocks"].as_array().unwrap().iter().filter(|b| b["kept"] == kept).count();
    assert_eq!(select(&page, ".page .kept").len(), fates(true));
    assert_eq!(select(&page, ".page .dropped").len(), fates(false));
    for element in page.tree.nodes().filter_map(|node| node.value().as_element()) {
        assert!(!["script", "img", "iframe", "form", "link", "object"].contains(&element.name()), "{element:?}");
        for (name, value) in element.attrs() {
            assert!(!name.starts_with("on") && name != "src" && name != "style", "{element:?}");
            assert!(name != "href" || value.starts_with('#'), "{element:?}");
        }
    }
    let policy = Selector::parse("meta[http-equiv=Content-Security-Policy]").unwrap();
    let policy = page.select(&policy).next().unwrap().attr("content").unwrap().to_owned();
    assert_eq!(policy, "default-src 'none'; style-src 'unsafe-inline'");
}

#[test]
fn a_kept_page_is_explained_by_its_address() {
    let (site, kept) = (Site::start(), TempArchive::new());
    site.page("/article", article("The well is dry", "the well", 1));
    let url = site.url("/article");
    Chaffinch::new().archive(&kept).args(["archive", "--allow-private-addresses", &url]).run().success();
    Chaffinch::new().archive(&kept).args(["explain", "--format", "html", &url]).run().success().stdout_contains(&url);
}
