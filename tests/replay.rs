//! `replay`: the web page over the archive. Nothing it serves runs a script or reaches the live web.

use rustix::process::Signal;

use crate::support::chaffinch::{Chaffinch, Running, TempArchive};
use crate::support::http::{Replay, Reply, address_in, get, get_with};
use crate::support::pages::{PIXEL, article_with, paragraphs};
use crate::support::site::{Answer, Site};

struct Served {
    site: Site,
    kept: TempArchive,
    server: Running,
    address: String,
}

fn served() -> Served {
    let (site, kept) = (Site::start(), TempArchive::new());
    let extra = "<figure><img src=\"/well.png\" alt=\"The well\"></figure><p>See <a href=\"/b\">the other story</a> and \
        <a href=\"https://live.example/x\">elsewhere</a>.</p><script>document.title='ran'</script>\
        <img src=\"x\" onerror=\"alert(1)\"><iframe src=\"https://live.example/frame\"></iframe>";
    site.page("/a", article_with("The well is dry", &paragraphs("the well"), extra, 1));
    site.page("/b", article_with("<i>Odd</i> &amp; title", &paragraphs("the gate"), "", 1));
    site.set("/well.png", Answer::of("image/png", PIXEL));
    Chaffinch::local().archive(&kept).args(["archive", &site.url("/a"), &site.url("/b")]).run().success();
    let mut server = Chaffinch::new().archive(&kept).args(["replay", "--bind", "127.0.0.1:0"]).spawn();
    let address = address_in(&server.line());
    Served { site, kept, server, address }
}

/// The page as captured, wherever the server sends us for it.
fn captured(served: &Served, timestamp: &str, url: &str) -> Reply {
    let mut reply = get(&format!("{}/{timestamp}/{url}", served.address));
    for _ in 0..4 {
        let Some(location) = reply.header("location").filter(|_| (300..400).contains(&reply.status)).map(str::to_owned)
        else {
            break;
        };
        let next = if location.starts_with("http") { location } else { format!("{}{location}", served.address) };
        reply = get(&next);
    }
    reply
}

#[test]
fn the_home_page_lists_what_is_kept() {
    let served = served();
    let home = get(&format!("{}/", served.address));
    assert_eq!(home.status, 200);
    assert!(home.body.contains("The well is dry"), "{}", home.body);
    assert!(!home.body.contains("<i>Odd</i>"), "a title must not become markup");
    assert!(home.header("content-type").unwrap().starts_with("text/html"));
}

#[test]
fn the_bytes_as_stored_are_given_out() {
    let served = served();
    let reply = captured(&served, "20991231000000id_", &served.site.url("/a"));
    assert_eq!(reply.status, 200, "{}", reply.head);
    assert!(reply.body.contains("document.title='ran'"), "the bytes were changed");
}

#[test]
fn a_captured_page_runs_nothing_and_reaches_nothing_live() {
    let served = served();
    let reply = captured(&served, "20991231000000", &served.site.url("/a"));
    let page = if reply.body.contains("council has decided") {
        reply
    } else {
        // The interface frames the capture from its own port.
        let at = reply
            .body
            .find("<iframe")
            .unwrap_or_else(|| panic!("neither page nor frame: {}\n{}", reply.head, reply.body));
        let source =
            reply.body[at..].split("src=\"").nth(1).and_then(|s| s.split('"').next()).unwrap().replace("&amp;", "&");
        let address = if source.starts_with("//") { format!("http:{source}") } else { source };
        get(&if address.starts_with("http") { address } else { format!("{}{address}", served.address) })
    };
    assert_eq!(page.status, 200, "{}", page.head);
    assert!(page.body.contains("council has decided"), "{}", page.body);
    assert!(!page.body.contains("document.title='ran'") && !page.body.contains("onerror"), "{}", page.body);
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(policy.contains("sandbox") && !policy.contains("allow-scripts"), "{policy}");
    for attribute in
        ["src=\"https://live.example", "src=\"http://live.example", "href=\"https://live.example/x\"", "srcset=\"http"]
    {
        assert!(!page.body.contains(attribute), "`{attribute}` leads to the live web");
    }
    assert!(page.body.contains("well.png"));
}

#[test]
fn the_image_of_an_article_comes_out_of_the_archive() {
    let served = served();
    let before = served.site.requests().len();
    let reply = captured(&served, "20991231000000id_", &served.site.url("/well.png"));
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("image/png")));
    assert_eq!(served.site.requests().len(), before, "replay asked the live site");
}

#[test]
fn what_is_not_kept_is_404() {
    let served = served();
    assert_eq!(captured(&served, "20260101000000", "http://never.example/seen").status, 404);
    assert_eq!(get(&format!("{}/no/such/page", served.address)).status, 404);
    assert!(served.site.requests().iter().all(|r| r.path != "/no/such/page"));
}

#[test]
fn memento_answers_in_its_own_terms() {
    let served = served();
    let url = served.site.url("/a");
    let map = get(&format!("{}/timemap/link/{url}", served.address));
    assert_eq!(map.status, 200);
    assert!(map.header("content-type").unwrap().starts_with("application/link-format"), "{}", map.head);
    assert!(map.body.contains("rel=\"original\"") && map.body.contains("memento"), "{}", map.body);
    let gate =
        get_with(&format!("{}/timegate/{url}", served.address), "Accept-Datetime: Thu, 01 Jan 2026 00:00:00 GMT\r\n");
    assert!(gate.status == 302 && gate.header("location").is_some(), "{}", gate.head);
    assert!(gate.header("vary").unwrap_or_default().to_lowercase().contains("accept-datetime"), "{}", gate.head);
}

#[test]
fn cdx_lines_name_the_captures() {
    let served = served();
    let reply = get(&format!("{}/cdx?url={}", served.address, served.site.url("/a")));
    assert_eq!(reply.status, 200);
    assert!(reply.body.contains("/a"), "{}", reply.body);
}

#[test]
fn replay_sees_what_is_archived_while_it_runs() {
    let served = served();
    served.site.page("/late", article_with("A late story", &paragraphs("the lamp"), "", 1));
    Chaffinch::local().archive(&served.kept).args(["archive", &served.site.url("/late")]).run().success();
    assert!(get(&format!("{}/", served.address)).body.contains("A late story"));
}

#[test]
fn sigterm_ends_it_cleanly() {
    let served = served();
    served.server.signal(Signal::TERM);
    let outcome = served.server.wait();
    assert!(matches!(outcome.code, Some(0 | 143)), "{:?}", outcome.code);
}

#[test]
fn a_port_that_is_taken_is_named() {
    let served = served();
    let bind = served.address.trim_start_matches("http://").to_owned();
    let outcome = Chaffinch::new().archive(&served.kept).args(["replay", "--bind", &bind]).run();
    assert!(matches!(outcome.code, Some(1 | 2 | 4)), "{:?}", outcome.code);
    outcome.says(&bind);
}

#[test]
fn a_film_is_given_in_the_ranges_a_player_asks_for() {
    let (site, kept) = (Site::start(), TempArchive::new());
    let film: String = (0..1000).map(|n| format!("{n:04}")).collect();
    site.set("/film.mp4", Answer::of("video/mp4", film.as_str()));
    Chaffinch::local().archive(&kept).args(["archive", &site.url("/film.mp4")]).run().success();
    let replay = Replay::of(&kept);
    let url = format!("{}/2099oe_/{}", replay.captures, site.url("/film.mp4"));
    let whole = get(&url).is(200);
    assert_eq!((whole.header("accept-ranges"), whole.body.len()), (Some("bytes"), 4000));
    let part = get_with(&url, "Range: bytes=400-407\r\n").is(206);
    assert_eq!((part.body.as_str(), part.header("content-range")), ("01000101", Some("bytes 400-407/4000")));
    assert_eq!((part.header("content-type"), part.header("content-length")), (Some("video/mp4"), Some("8")));
    assert!(part.header("memento-datetime").is_some());
    assert_eq!(get_with(&url, "Range: bytes=4000-\r\n").is(416).header("content-range"), Some("bytes */4000"));
}
