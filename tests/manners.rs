//! How a crawl behaves where sites, readers and configurations are awkward: it waits for nobody for hours, asks for nothing
//! twice, leaves its sources for nowhere, and hands its keys to nobody else.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::time::Duration;

use rustix::process::Signal;

use crate::support::chaffinch::{Chaffinch, TempArchive};
use crate::support::pages::{PIXEL, article, article_with, listing, paragraphs, rss, sitemap};
use crate::support::site::{Answer, Body, Site};

fn config(kept: &TempArchive, source: &str) -> PathBuf {
    kept.file("config.toml", format!("[[source]]\nname = \"g\"\n{source}\n"))
}

fn crawl(kept: &TempArchive, config: &std::path::Path) -> Chaffinch {
    Chaffinch::local().archive(kept).config(config).args(["--json", "crawl"])
}

/// A site with a feed of these pages.
fn feed_site(paths: &[&str]) -> Site {
    let site = Site::start();
    for path in paths {
        site.page(path, article(&format!("Story {path}"), &format!("the {}", &path[1..]), 1));
    }
    let items: Vec<_> = paths.iter().map(|path| (site.url(path), *path)).collect();
    site.set("/feed.xml", Answer::of("application/rss+xml", rss(&items)));
    site
}

fn feed(site: &Site) -> String {
    format!("kind = \"feed\"\nurl = \"{}\"", site.url("/feed.xml"))
}

#[test]
fn a_host_that_asks_for_an_hour_is_left_for_another_run() {
    let (site, kept) = (feed_site(&["/one", "/two", "/three"]), TempArchive::new());
    site.set("/one", Answer::status(429).header("Retry-After", "3600"));
    let config = config(&kept, &feed(&site));
    let summary = crawl(&kept, &config).run().success().summary();
    assert_eq!((summary["failed"].as_u64(), summary["waiting"].as_u64()), (Some(1), Some(2)), "{summary}");
    assert_eq!((site.hits("/two"), site.hits("/three")), (0, 0), "nothing is asked of a host that wants quiet");
    let url = site.url("/two");
    let outcome = Chaffinch::local().archive(&kept).args(["archive", &url]).run();
    outcome.code(1).says(&url).says("left alone until");
}

#[test]
fn a_signal_does_not_wait_for_the_delay_of_a_host() {
    let (site, kept) = (feed_site(&["/one", "/two"]), TempArchive::new());
    let (sender, asked) = channel();
    let sender = Mutex::new(sender);
    site.answer_with("/robots.txt", move |_, _| {
        let _ = sender.lock().unwrap().send(());
        Answer::status(404)
    });
    let config = config(&kept, &feed(&site));
    let running = crawl(&kept, &config).args(["--delay", "55s"]).spawn();
    asked.recv_timeout(Duration::from_secs(30)).unwrap();
    // Whether the first document waits already or not: it will not be waited for.
    running.signal(Signal::TERM);
    let outcome = running.wait();
    let seconds = outcome.code(143).summary()["seconds"].as_f64().unwrap();
    assert!(seconds < 50.0, "it took {seconds} s to end");
}

#[test]
fn a_feed_that_every_page_names_is_read_once_a_run() {
    let (site, kept) = (feed_site(&["/one", "/two", "/three"]), TempArchive::new());
    let link = "<head><link rel=\"alternate\" type=\"application/rss+xml\" href=\"/feed.xml\">";
    for path in ["/one", "/two", "/three"] {
        site.page(path, article(path, path, 1).replace("<head>", link));
    }
    site.page("/", listing(&[]));
    let urls = ["/one", "/two", "/three"].map(|path| site.url(path));
    site.set("/sitemap.xml", Answer::of("application/xml", sitemap(&urls)));
    let config = config(&kept, &format!("kind = \"site\"\nurl = \"{}\"", site.url("/")));
    let summary = crawl(&kept, &config).args(["--delay", "20ms"]).run().success().summary();
    assert_eq!((summary["new"].as_u64(), site.hits("/feed.xml")), (Some(3), 1), "{summary}");
}

#[test]
fn sitemaps_that_name_each_other_are_read_once_each() {
    let (site, kept) = (Site::start(), TempArchive::new());
    let index = |url: String| {
        let text = format!(
            "<?xml version=\"1.0\"?><sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\
             <sitemap><loc>{url}</loc></sitemap></sitemapindex>"
        );
        Answer::of("application/xml", text)
    };
    site.set("/a.xml", index(site.url("/b.xml"))).set("/b.xml", index(site.url("/a.xml")));
    let config = config(&kept, &format!("kind = \"sitemap\"\nurl = \"{}\"", site.url("/a.xml")));
    crawl(&kept, &config).args(["--max-runtime", "20s"]).run();
    assert_eq!((site.hits("/a.xml"), site.hits("/b.xml")), (1, 1));
}

#[test]
fn a_list_of_urls_knows_when_it_ran_and_whether_all_of_it_failed() {
    let (site, kept) = (feed_site(&["/one"]), TempArchive::new());
    let state = |config: &std::path::Path| {
        Chaffinch::new().archive(&kept).config(config).args(["--json", "sources"]).run().success().json()
    };
    let good = config(&kept, &format!("kind = \"urls\"\nurl = [\"{}\", \"{}\"]", site.url("/one"), site.url("/none")));
    crawl(&kept, &good).run().success();
    let first = state(&good);
    assert!(first["last_run"].is_string() && first["last_success"].is_string(), "{first}");
    crawl(&kept, &good).run().success();
    let second = state(&good);
    assert_eq!(second["failures"], 0, "a run with nothing due is no failure: {second}");
    assert_ne!(first["last_run"], second["last_run"]);
    let bad =
        kept.file("bad.toml", format!("[[source]]\nname = \"b\"\nkind = \"urls\"\nurl = \"{}\"\n", site.url("/no")));
    crawl(&kept, &bad).run().code(1);
    assert_eq!(state(&bad)["failures"], 1);
}

#[test]
fn a_limit_of_nothing_visits_nothing() {
    let (site, kept) = (feed_site(&["/one"]), TempArchive::new());
    let config = config(&kept, &feed(&site));
    let summary = crawl(&kept, &config).args(["--limit", "0"]).run().success().summary();
    assert_eq!((summary["stopped_by"].as_str(), site.hits("/one")), (Some("limit"), 0), "{summary}");
}

#[test]
fn a_reader_who_leaves_does_not_stop_the_captures() {
    let (site, kept) = (feed_site(&["/one", "/two", "/three"]), TempArchive::new());
    let urls = ["/one", "/two", "/three"].map(|path| site.url(path));
    let slow = article("Three", "the three", 1).into_bytes();
    site.set("/three", Answer::html("").body(Body::Late { bytes: slow, pause: Duration::from_millis(500) }));
    let archive = Chaffinch::local().archive(&kept).set("crawl.concurrency=1").arg("archive").args(&urls);
    let mut running = archive.spawn();
    running.line();
    running.hang_up();
    let outcome = running.wait();
    outcome.success();
    assert_eq!(outcome.stderr, "");
    let listed = Chaffinch::new().archive(&kept).args(["--json", "list"]).run().success().json_lines();
    assert_eq!(listed.len(), 3);
}

#[test]
fn a_crawl_whose_reader_leaves_goes_on() {
    let (site, kept) = (feed_site(&["/one", "/two", "/three"]), TempArchive::new());
    let config = config(&kept, &feed(&site));
    let mut running = crawl(&kept, &config).spawn();
    running.line();
    running.hang_up();
    running.wait().success();
    let listed = Chaffinch::new().archive(&kept).args(["--json", "list"]).run().success().json_lines();
    assert_eq!(listed.len(), 3);
}

#[test]
fn traps_of_one_kind_are_told_once() {
    let (site, kept) = (Site::start(), TempArchive::new());
    let links: Vec<String> = (0..50).map(|n| format!("/a?sid=a{n:031}")).collect();
    let named: Vec<(&str, &str)> = links.iter().map(|link| (link.as_str(), "A")).collect();
    site.page("/", listing(&named)).page("/list", listing(&named));
    let config =
        config(&kept, &format!("kind = \"listing\"\nurl = [\"{}\", \"{}\"]", site.url("/"), site.url("/list")));
    let outcome = crawl(&kept, &config).run();
    let told = outcome.success().stderr.matches("trap").count();
    assert_eq!(told, 1, "{}", outcome.stderr);
    assert_eq!(outcome.summary()["skipped"], 100);
}

#[test]
fn a_redirect_out_of_a_source_is_not_followed() {
    let (site, kept) = (Site::start(), TempArchive::new());
    site.page("/", listing(&[("/a", "A"), ("/b", "B")])).page("/b", article("B", "the gate", 1));
    site.page("/elsewhere", article("Elsewhere", "the other site", 1));
    site.set("/a", Answer::redirect(302, &site.url_at("localhost", "/elsewhere")));
    let config = config(&kept, &format!("kind = \"listing\"\nurl = \"{}\"", site.url("/")));
    let summary = crawl(&kept, &config).run().success().summary();
    assert_eq!((summary["new"].as_u64(), summary["skipped"].as_u64()), (Some(1), Some(1)), "{summary}");
    assert_eq!(site.hits("/elsewhere"), 0);
}

#[test]
fn the_headers_of_a_source_go_to_its_own_hosts_and_are_not_kept() {
    let (site, other, kept) = (feed_site(&["/one", "/two"]), Site::start(), TempArchive::new());
    other.page("/else", article("Else", "the other site", 1));
    site.set("/two", Answer::redirect(302, &other.url("/else")));
    let headers = "headers = { \"X-Subscriber\" = \"very-hush\", Cookie = \"sid=very-hush\" }";
    let config = config(&kept, &format!("{}\n{headers}", feed(&site)));
    crawl(&kept, &config).set("archive.compact=false").run().success();
    assert_eq!(site.requests_of("/one")[0].header("x-subscriber"), Some("very-hush"));
    let stranger = &other.requests_of("/else")[0];
    assert_eq!((stranger.header("x-subscriber"), stranger.header("cookie")), (None, None));
    let warc = Chaffinch::new().archive(&kept).args(["list"]).run();
    warc.success().stdout_lacks("very-hush");
    let requests = kept.path();
    let archive = chaffinch::store::archive::Archive::open(&requests).unwrap();
    let captures = archive.list(&chaffinch::store::capture::Filter::default()).unwrap();
    assert!(captures.len() >= 2);
    for capture in &captures {
        let page = archive.load_page(capture).unwrap();
        assert!(!format!("{page:?}").contains("very-hush"), "{}", page.url);
    }
}

#[test]
fn stdin_without_an_address_is_told() {
    let kept = TempArchive::new();
    Chaffinch::local().archive(&kept).args(["archive", "-"]).stdin("").run().success().says("names no URL");
}

#[test]
fn a_line_of_stdin_that_is_no_address_fails_the_run_and_not_the_others() {
    let (site, kept) = (feed_site(&["/one", "/two"]), TempArchive::new());
    let lines = format!("{}\nftp://nowhere.example/\n{}\n{}\n", site.url("/one"), site.url("/two"), site.url("/one"));
    let outcome = Chaffinch::local().archive(&kept).args(["--json", "archive", "-"]).stdin(lines).run();
    outcome.code(1).says("line 2");
    let urls: Vec<String> = outcome.json_lines().iter().map(|line| line["url"].as_str().unwrap().to_owned()).collect();
    assert_eq!(urls, [site.url("/one"), site.url("/two")]);
}

#[test]
fn a_page_that_was_captured_by_hand_is_still_followed() {
    let (site, kept) = (Site::start(), TempArchive::new());
    site.page("/", listing(&[("/hub", "Hub")])).page("/hub", listing(&[("/deep", "Deep")]));
    site.page("/deep", article("Deep", "the depth", 1));
    Chaffinch::local().archive(&kept).args(["archive", &site.url("/hub")]).run().success();
    let config = config(&kept, &format!("kind = \"site\"\nurl = \"{}\"", site.url("/")));
    crawl(&kept, &config).run().success();
    assert_eq!((site.hits("/hub"), site.hits("/deep")), (1, 1));
}

#[test]
fn watching_runs_a_source_once_and_then_waits() {
    let (site, kept) = (feed_site(&["/one"]), TempArchive::new());
    let config = config(&kept, &format!("kind = \"urls\"\nurl = \"{}\"", site.url("/one")));
    let outcome = crawl(&kept, &config).args(["--watch", "--max-runtime", "3s"]).run();
    let summaries = outcome.success().json_lines().iter().filter(|line| line["summary"] == true).count();
    assert_eq!((summaries, site.hits("/one")), (1, 1), "{}", outcome.stdout);
}

#[test]
fn a_source_with_a_schedule_waits_for_its_time_unless_it_is_named() {
    let (site, kept) = (feed_site(&["/one"]), TempArchive::new());
    let config = config(&kept, &format!("{}\nschedule = \"0 0 29 2 *\"", feed(&site)));
    crawl(&kept, &config).run().success();
    crawl(&kept, &config).run().success().says("g: not due yet");
    assert_eq!(site.hits("/feed.xml"), 1);
    crawl(&kept, &config).arg("g").run().success();
    assert_eq!(site.hits("/feed.xml"), 2);
}

#[test]
fn a_source_that_was_taken_out_of_the_configuration_is_left_alone() {
    let (site, kept) = (feed_site(&["/one", "/two"]), TempArchive::new());
    let first = config(&kept, &feed(&site));
    crawl(&kept, &first).args(["--limit", "1"]).run().success();
    site.page("/other", article("Other", "the other", 1));
    let second =
        kept.file("b.toml", format!("[[source]]\nname = \"b\"\nkind = \"urls\"\nurl = \"{}\"\n", site.url("/other")));
    let summary = crawl(&kept, &second).run().success().summary();
    assert_eq!((summary["new"].as_u64(), site.hits("/one") + site.hits("/two")), (Some(1), 1), "{summary}");
    assert_eq!(crawl(&kept, &first).run().success().summary()["new"], 1, "it goes on when it is back");
}

#[test]
fn a_hook_that_fails_is_told_and_changes_nothing() {
    let (site, kept) = (feed_site(&["/one"]), TempArchive::new());
    let out = kept.path().with_extension("hook");
    let text = format!(
        "[hooks]\non_capture = \"cat > {}; exit 7\"\n[[source]]\nname = \"g\"\n{}\n",
        out.display(),
        feed(&site)
    );
    let config = kept.file("config.toml", text);
    crawl(&kept, &config).run().success().says("exit status: 7");
    let told: serde_json::Value = serde_json::from_slice(&std::fs::read(out).unwrap()).unwrap();
    assert_eq!((told["event"].as_str(), told["source"].as_str()), (Some("capture"), Some("g")));
    assert_eq!(told["url"], site.url("/one"));
}

#[test]
fn the_moment_that_diff_prints_names_the_capture() {
    let (site, kept) = (feed_site(&["/one"]), TempArchive::new());
    let archive = || Chaffinch::local().archive(&kept).args(["archive", "--force", &site.url("/one")]).run();
    archive().success();
    let captured =
        Chaffinch::new().archive(&kept).args(["--json", "show", &site.url("/one")]).run().success().json()["captured"]
            .as_str()
            .unwrap()
            .to_owned();
    let second = captured[..19].to_owned();
    Chaffinch::new().archive(&kept).args(["show", &site.url("/one"), "--at", &second]).run().success();
    Chaffinch::new().archive(&kept).args(["diff", &site.url("/one"), &second]).run().success();
    Chaffinch::new().archive(&kept).args(["diff", &site.url("/one"), "1999-01-01"]).run().code(1);
    Chaffinch::new().archive(&kept).args(["diff", &site.url("/one"), "whenever"]).run().code(2);
    Chaffinch::new().archive(&kept).args(["show", &site.url("/one"), "--at", "1999"]).run().code(1);
}

#[test]
fn several_requests_at_once_to_one_host_still_keep_its_delay() {
    let (site, kept) = (feed_site(&["/one", "/two", "/three"]), TempArchive::new());
    let config = config(&kept, &feed(&site));
    crawl(&kept, &config).set("crawl.per_host=3").args(["--delay", "300ms"]).run().success();
    let requests = site.requests();
    for pair in requests.windows(2) {
        let gap = pair[1].at.duration_since(pair[0].at);
        assert!(gap.as_millis() >= 290, "{} came {gap:?} after {}", pair[1].path, pair[0].path);
    }
}

#[test]
fn a_redirect_to_another_host_keeps_that_hosts_delay() {
    let (site, kept) = (feed_site(&["/one", "/two"]), TempArchive::new());
    let other = feed_site(&["/a", "/b"]);
    site.set("/one", Answer::redirect(302, &other.url("/a"))).set("/two", Answer::redirect(302, &other.url("/b")));
    let config = config(&kept, &feed(&site));
    crawl(&kept, &config).args(["--delay", "300ms"]).run().success();
    let requests = other.requests();
    assert_eq!(requests.len(), 3, "robots.txt and two pages");
    for pair in requests.windows(2) {
        assert!(pair[1].at.duration_since(pair[0].at).as_millis() >= 290);
    }
}

#[test]
fn a_page_kept_behind_a_redirect_is_not_fetched_again_before_it_is_due() {
    let (site, kept) = (feed_site(&["/one"]), TempArchive::new());
    site.set("/one", Answer::redirect(301, "/moved")).page("/moved", article("Moved", "the move", 1));
    Chaffinch::local().archive(&kept).args(["archive", &site.url("/one")]).run().success();
    let config = config(&kept, &feed(&site));
    let summary = crawl(&kept, &config).run().success().summary();
    assert_eq!((site.hits("/one"), site.hits("/moved"), summary["skipped"].as_u64()), (1, 1, Some(1)), "{summary}");
}

#[test]
fn images_that_a_killed_run_left_out_are_fetched_by_the_next() {
    let (site, kept) = (feed_site(&["/one"]), TempArchive::new());
    let figure = "<figure><img src=\"/i.png\" alt=\"The well\"></figure>";
    site.page("/one", article_with("One", &paragraphs("the well"), figure, 1));
    site.set("/i.png", Answer::of("image/png", PIXEL));
    // As a kill between the page and its image leaves it: the page is kept, the frontier has not heard of it.
    Chaffinch::local().archive(&kept).args(["archive", "--assets", "none", &site.url("/one")]).run().success();
    let config = config(&kept, &feed(&site));
    crawl(&kept, &config).run().success();
    assert_eq!((site.hits("/one"), site.hits("/i.png")), (1, 1));
    crawl(&kept, &config).run().success();
    assert_eq!(site.hits("/i.png"), 1);
}

#[test]
fn a_login_is_read_from_where_it_is_kept_and_never_stored_or_told() {
    let basic = "login = { user = \"librarian\", password = { env = \"GAZETTE_PASSWORD\" } }";
    let bearer = "login = { token = { file = \"token.txt\" } }";
    // "librarian:hush-hush" in base 64.
    for (login, sent) in [(basic, "Basic bGlicmFyaWFuOmh1c2gtaHVzaA=="), (bearer, "Bearer hush-hush")] {
        let (site, kept) = (feed_site(&["/one"]), TempArchive::new());
        let page = Answer::html(article("Story", "the matter", 1));
        site.set("/one", page.header("Set-Cookie", "key=hush-hush-2; Path=/"));
        kept.file("token.txt", "hush-hush\n");
        let config = config(&kept, &format!("{}\n{login}", feed(&site)));
        let crawl = crawl(&kept, &config).set("archive.compact=false").env("CHAFFINCH_LOG", "trace");
        let outcome = crawl.env("GAZETTE_PASSWORD", "hush-hush").run();
        outcome.success();
        assert_eq!(site.requests_of("/one")[0].header("authorization"), Some(sent));
        assert!(!outcome.stderr.contains("hush") && !outcome.stderr.contains("bGlicm"), "{}", outcome.stderr);
        let archive = chaffinch::store::archive::Archive::open(&kept.path()).unwrap();
        for capture in archive.list(&chaffinch::store::capture::Filter::default()).unwrap() {
            let page = format!("{:?}", archive.load_page(&capture).unwrap());
            assert!(!page.contains("hush") && !page.contains("bGlicm"), "{page}");
        }
    }
    let (site, kept) = (feed_site(&["/one"]), TempArchive::new());
    let config = config(&kept, &format!("{}\n{basic}", feed(&site)));
    crawl(&kept, &config).run().code(2).says("GAZETTE_PASSWORD").says("\"g\"");
}

#[test]
fn a_site_that_sets_a_cookie_and_sends_back_is_read() {
    let (site, kept) = (feed_site(&["/one"]), TempArchive::new());
    let back = site.url("/one");
    site.answer_with("/one", move |request, _| match request.header("cookie") {
        Some(cookie) if cookie.contains("seen=1") => Answer::html(article("Story", "the matter", 1)),
        _ => Answer::redirect(302, &back).header("Set-Cookie", "seen=1; Path=/"),
    });
    let config = config(&kept, &feed(&site));
    crawl(&kept, &config).set("crawl.delay=0s").run().success();
    Chaffinch::new().archive(&kept).args(["show", &site.url("/one")]).run().success().stdout_contains("the matter");
    let by_hand = TempArchive::new();
    Chaffinch::local().archive(&by_hand).args(["archive", &site.url("/one")]).run().success();
}

#[test]
fn a_site_that_always_sets_another_cookie_does_not_send_round_for_ever() {
    let (site, kept) = (Site::start(), TempArchive::new());
    let back = site.url("/one");
    site.answer_with("/one", move |_, n| {
        Answer::redirect(302, &back).header("Set-Cookie", &format!("seen={n}; Path=/"))
    });
    let outcome = Chaffinch::local().archive(&kept).args(["archive", &site.url("/one")]).run();
    outcome.code(1).says("redirected");
    assert!(site.hits("/one") <= 12, "{}", site.hits("/one"));
}
