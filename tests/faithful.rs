//! A page with all that makes it look as it does is shown as it was, to the pixel, long after the site is gone.

use crate::support::browser::browser;
use crate::support::chaffinch::{Chaffinch, TempArchive};
use crate::support::pages::{article_with, paragraphs};
use crate::support::replay::Served;
use crate::support::site::{Answer, Site};

/// A drawing of one colour.
fn drawing(colour: &str) -> Answer {
    let svg = format!(
        "<svg xmlns='http://www.w3.org/2000/svg' width='60' height='40'><rect width='60' height='40' fill='{colour}'/></svg>"
    );
    Answer::of("image/svg+xml", svg)
}

const PAGE: &str = "<div class='hero'></div>
    <div style=\"background:url('/inline.svg');width:60px;height:40px\"></div>
    <img src='/src.svg' width=60 height=40 alt=''>
    <img srcset='/small.svg 60w, /large.svg 120w' sizes='60px' src='/small.svg' width=60 height=40 alt=''>
    <picture><source srcset='/picture.svg' type='image/svg+xml'><img src='/src.svg' width=60 height=40 alt=''></picture>
    <video poster='/poster.svg' width=60 height=40></video>
    <svg width=60 height=40><image href='/in-svg.svg' width=60 height=40 /></svg>
    <table background='/table.svg'><tr><td width=60 height=40>&nbsp;</td></tr></table>
    <input type=image src='/input.svg' alt='' width=60 height=40>";

fn site() -> Site {
    let site = Site::start();
    let html = article_with("A page with many parts", &paragraphs("the parts"), PAGE, 1)
        .replace("</head>", "<link rel=stylesheet href='/a.css'><link rel=icon href='/icon.svg'></head>");
    site.page("/page", html);
    site.set(
        "/a.css",
        Answer::of(
            "text/css",
            "@import 'css/b.css'; .hero{background:u\\72l(hero.svg);width:60px;height:40px} body{font:16px/1.5 serif}",
        ),
    );
    site.set("/css/b.css", Answer::of("text/css", "h1{background:url(\"../heading.svg\");color:#225} p{color:#060}"));
    for (at, name) in
        ["hero", "inline", "src", "small", "large", "picture", "poster", "in-svg", "table", "input", "heading", "icon"]
            .iter()
            .enumerate()
    {
        // A set names one picture in several sizes.
        let at = if *name == "large" { at - 1 } else { at };
        site.set(&format!("/{name}.svg"), drawing(&format!("hsl({} 80% 50%)", at * 29)));
    }
    site
}

#[test]
fn a_page_with_all_its_parts_looks_as_it_did_live() {
    let Some(browser) = browser() else { return };
    let (site, kept) = (site(), TempArchive::new());
    let live = browser.page();
    live.without_scripts().viewport(900, 1600).open(&site.url("/page"));
    let before = live.screenshot();
    Chaffinch::local().archive(&kept).args(["archive", "--assets", "page", &site.url("/page")]).run().success();
    let asked = site.requests().len();
    let served = Served::over(&kept);
    let replayed = browser.page();
    replayed.viewport(900, 1600).open(&format!("{}/2099mp_/{}", served.captures, site.url("/page")));
    replayed.asked_only(&served.origins());
    let missing =
        "performance.getEntriesByType('resource').filter((it) => it.responseStatus >= 400).map((it) => it.name)";
    assert_eq!(replayed.eval(missing), serde_json::json!([]), "parts are missing");
    let after = replayed.screenshot();
    assert!(after == before, "the page looks otherwise than it did");
    assert_eq!(site.requests().len(), asked, "nobody visits the live site");
}

#[test]
fn a_page_without_its_parts_would_look_otherwise() {
    let Some(browser) = browser() else { return };
    let (site, kept) = (site(), TempArchive::new());
    let live = browser.page();
    live.without_scripts().viewport(900, 1600).open(&site.url("/page"));
    let before = live.screenshot();
    Chaffinch::local().archive(&kept).args(["archive", "--assets", "none", &site.url("/page")]).run().success();
    let served = Served::over(&kept);
    let replayed = browser.page();
    replayed.viewport(900, 1600).open(&format!("{}/2099mp_/{}", served.captures, site.url("/page")));
    replayed.asked_only(&served.origins());
    assert!(replayed.screenshot() != before, "the comparison sees nothing");
}
