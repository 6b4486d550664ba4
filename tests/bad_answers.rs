//! Bad input from the network: each gets a message that names the URL and the remedy, the right exit code, and costs nothing
//! that is already kept.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use crate::support::chaffinch::{Chaffinch, Outcome, TempArchive};
use crate::support::pages::article;
use crate::support::site::{Answer, Body, Site, gzip};

fn archive(kept: &TempArchive, url: &str) -> Outcome {
    Chaffinch::local().archive(kept).args(["--json", "archive", "--assets", "none", url]).run()
}

/// Archives a URL that must fail, and checks that the message names it and that a good capture beside it survives.
fn refused(site: &Site, url: &str) -> String {
    let kept = TempArchive::new();
    site.page("/good", article("A good page", "the well", 1));
    archive(&kept, &site.url("/good")).success();
    let outcome = archive(&kept, url);
    let line = outcome.code(1).about(url);
    let error = line["error"].as_str().unwrap_or_else(|| panic!("no error in {line}")).to_owned();
    outcome.says(url.split('#').next().unwrap());
    still_good(&kept, site);
    error
}

/// Archives a URL that is odd and yet must be kept.
fn accepted(site: &Site, path: &str) -> (serde_json::Value, TempArchive) {
    let kept = TempArchive::new();
    let line = archive(&kept, &site.url(path)).success().json();
    Chaffinch::new().archive(&kept).arg("verify").run().success();
    (line, kept)
}

fn still_good(kept: &TempArchive, site: &Site) {
    Chaffinch::new()
        .archive(kept)
        .args(["show", &site.url("/good")])
        .run()
        .success()
        .stdout_contains("council has decided");
    Chaffinch::new().archive(kept).arg("verify").run().success();
}

#[test]
fn an_unreachable_host_is_named() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = refused(&Site::start(), &format!("http://127.0.0.1:{port}/a"));
    assert!(error.contains(&port.to_string()), "{error}");
}

#[test]
fn a_host_without_an_address_is_named() {
    let error = refused(&Site::start(), "http://no-such-host.invalid/a");
    assert!(error.contains("no-such-host.invalid"), "{error}");
}

#[test]
fn a_server_that_speaks_no_tls_fails_as_tls() {
    let site = Site::start();
    let error = refused(&site, &site.url("/a").replace("http:", "https:")).to_lowercase();
    assert!(error.contains("tls") || error.contains("certificate") || error.contains("https"), "{error}");
}

#[test]
fn a_server_that_hangs_up_is_told() {
    let site = Site::start();
    site.set("/a", Answer::html("").body(Body::HangUp));
    refused(&site, &site.url("/a"));
}

#[test]
fn a_missing_page_fails_with_its_status() {
    let site = Site::start();
    for status in [404, 410, 500, 503] {
        site.set("/a", Answer::status(status));
        let error = refused(&site, &site.url("/a"));
        assert!(error.contains(&status.to_string()), "{error}");
    }
}

#[test]
fn a_page_that_went_away_is_recorded_and_the_good_capture_stays() {
    let (site, kept) = (Site::start(), TempArchive::new());
    site.page("/a", article("The well is dry", "the well", 1));
    let url = site.url("/a");
    archive(&kept, &url).success();
    site.set("/a", Answer::status(410));
    archive(&kept, &url).code(1);
    let history = Chaffinch::new().archive(&kept).args(["--json", "history", &url]).run().success().json_lines();
    let statuses: Vec<_> = history.iter().map(|line| line["status"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [200, 410]);
    Chaffinch::new().archive(&kept).args(["show", &url]).run().success().stdout_contains("council has decided");
}

#[test]
fn an_error_page_never_takes_the_place_of_the_article() {
    let (site, kept) = (Site::start(), TempArchive::new());
    site.page("/a", article("The well is dry", "the well", 1));
    let url = site.url("/a");
    archive(&kept, &url).success();
    site.set("/a", Answer::status(500));
    archive(&kept, &url).code(1);
    Chaffinch::new().archive(&kept).args(["show", &url]).run().success().stdout_contains("council has decided");
}

#[test]
fn a_passing_failure_is_tried_again() {
    let (site, kept) = (Site::start(), TempArchive::new());
    site.answer_with("/a", |_, earlier| {
        if earlier == 0 {
            Answer::status(503).header("Retry-After", "1")
        } else {
            Answer::html(article("Back", "the well", 1))
        }
    });
    let url = site.url("/a");
    Chaffinch::local().set("fetch.retries=2").archive(&kept).args(["archive", &url]).run().success();
    let requests = site.requests_of("/a");
    assert_eq!(requests.len(), 2);
    assert!(requests[1].at.duration_since(requests[0].at) >= Duration::from_millis(990), "Retry-After was not kept");
}

#[test]
fn a_redirect_loop_ends() {
    let site = Site::start();
    site.set("/a", Answer::redirect(302, "/b")).set("/b", Answer::redirect(302, "/a"));
    let error = refused(&site, &site.url("/a"));
    assert!(error.to_lowercase().contains("redirect"), "{error}");
    assert!(site.hits("/a") <= 21, "asked {} times", site.hits("/a"));
}

#[test]
fn a_chain_of_redirects_without_end_ends() {
    let site = Site::start();
    for i in 0..60 {
        site.set(&format!("/r{i}"), Answer::redirect(302, &format!("/r{}", i + 1)));
    }
    let error = refused(&site, &site.url("/r0"));
    assert!(error.to_lowercase().contains("redirect"), "{error}");
}

#[test]
fn a_body_that_is_no_html_is_kept_and_not_extracted() {
    let site = Site::start();
    site.set("/report.pdf", Answer::of("application/pdf", &b"%PDF-1.4\n1 0 obj << >> endobj\n%%EOF\n"[..]));
    let (line, kept) = accepted(&site, "/report.pdf");
    assert_eq!(line["words"].as_u64().unwrap_or(0), 0, "{line}");
    let raw = Chaffinch::new().archive(&kept).args(["show", "--format", "raw", &site.url("/report.pdf")]).run();
    assert!(raw.success().stdout.starts_with("%PDF-1.4"));
}

#[test]
fn an_empty_body_is_told() {
    let site = Site::start();
    site.page("/a", "");
    let kept = TempArchive::new();
    let line = archive(&kept, &site.url("/a")).about(&site.url("/a"));
    assert_ne!(line["verdict"], "article", "{line}");
    assert_eq!(line["words"].as_u64().unwrap_or(0), 0, "{line}");
    Chaffinch::new().archive(&kept).arg("verify").run().success();
}

#[test]
fn a_wrong_or_missing_charset_is_seen_through() {
    let text = "<!doctype html><html lang=\"de\"><head><meta charset=\"windows-1252\"><title>Grüße aus Köln</title></head><body><main>\
        <article><h1>Grüße aus Köln</h1><p>Fünf Bäcker öffnen künftig schon um fünf Uhr früh, weil die Straßenbahn früher fährt und \
        niemand ohne Brötchen zur Arbeit müsse, so der Verband.</p><p>Die Bürger begrüßen das, die Bäcker weniger.</p></article></main>";
    let (latin, _, _) = encoding_rs::WINDOWS_1252.encode(text);
    let site = Site::start();
    site.set("/missing", Answer::of("text/html", latin.to_vec()));
    site.set("/none-at-all", Answer::html(text).without("Content-Type"));
    let undeclared = text.replace("<meta charset=\"windows-1252\">", "");
    let (bytes, _, _) = encoding_rs::WINDOWS_1252.encode(&undeclared);
    site.set("/undeclared", Answer::of("text/html", bytes.to_vec()));
    site.set("/unknown", Answer::of("text/html; charset=klingon-8", latin.to_vec()));
    for path in ["/missing", "/undeclared", "/unknown"] {
        let (line, _) = accepted(&site, path);
        assert_eq!(line["title"], "Grüße aus Köln", "{path}");
    }
    accepted(&site, "/none-at-all");
}

#[test]
fn a_truncated_body_is_kept_and_marked() {
    let (site, kept) = (Site::start(), TempArchive::new());
    let page = article("The well is dry", "the well", 1);
    let claimed = page.len() + 5000;
    site.set("/a", Answer::html("").body(Body::Cut { bytes: page.into_bytes(), claimed }));
    let url = site.url("/a");
    archive(&kept, &url).stdout_contains("The well is dry");
    let history = Chaffinch::new().archive(&kept).args(["--json", "history", &url]).run().success().json();
    assert_eq!(history["truncated"], "disconnect", "{history}");
    Chaffinch::new().archive(&kept).arg("verify").run().success();
}

#[test]
fn a_body_that_never_ends_is_cut_at_the_limit() {
    let (site, kept) = (Site::start(), TempArchive::new());
    let head = "<!doctype html><title>Without end</title><main><p>And then, and then, and then.</p>";
    site.set("/a", Answer::html("").body(Body::Endless(head.repeat(100).into_bytes())));
    let url = site.url("/a");
    Chaffinch::local().set("fetch.body_max=1MiB").archive(&kept).args(["archive", "--assets", "none", &url]).run();
    let history = Chaffinch::new().archive(&kept).args(["--json", "history", &url]).run().success().json();
    assert_eq!(history["truncated"], "length", "{history}");
    let raw = Chaffinch::new().archive(&kept).args(["show", "--format", "raw", &url]).run();
    assert!(raw.success().stdout.len() <= 1 << 20, "{} bytes", raw.stdout.len());
}

#[test]
fn two_gigabytes_of_zeros_in_gzip_are_stopped_early() {
    let (site, kept) = (Site::start(), TempArchive::new());
    site.set("/bomb", Answer::html("").header("Content-Encoding", "gzip").body(Body::GzipOfZeros(2 << 30)));
    let started = Instant::now();
    let outcome = archive(&kept, &site.url("/bomb"));
    assert!(matches!(outcome.code, Some(0 | 1)), "{:?}", outcome.code);
    assert!(started.elapsed() < Duration::from_secs(45), "it was read to its end: {:?}", started.elapsed());
    assert!(kept.stored_bytes() < 4 << 20, "{} bytes stored", kept.stored_bytes());
}

#[test]
fn a_broken_gzip_stream_is_told_and_kills_nothing() {
    let site = Site::start();
    let mut bytes = gzip(article("The well is dry", "the well", 1).as_bytes());
    let middle = bytes.len() / 2;
    bytes.truncate(middle);
    site.page("/good", article("A good page", "the well", 1));
    for (path, body) in [("/half", bytes), ("/not-gzip", b"this is no gzip at all".to_vec())] {
        site.set(path, Answer::html(body).header("Content-Encoding", "gzip"));
        let kept = TempArchive::new();
        archive(&kept, &site.url("/good")).success();
        let outcome = archive(&kept, &site.url(path));
        assert!(matches!(outcome.code, Some(0 | 1)), "{:?}", outcome.code);
        still_good(&kept, &site);
    }
}

#[test]
fn a_gzipped_page_is_stored_undone() {
    let site = Site::start();
    let page = article("The well is dry", "the well", 1);
    site.set("/a", Answer::html(gzip(page.as_bytes())).header("Content-Encoding", "gzip"));
    let (line, kept) = accepted(&site, "/a");
    assert_eq!(line["title"], "The well is dry");
    let raw = Chaffinch::new().archive(&kept).args(["show", "--format", "raw", &site.url("/a")]).run();
    assert_eq!(raw.success().stdout.trim_end(), page.trim_end());
}

#[test]
fn sixty_thousand_nested_tags_are_survived() {
    let site = Site::start();
    let page = format!("<!doctype html><title>Deep</title><p>Above.</p>{}<p>Below.</p>", "<div>".repeat(60_000));
    site.page("/a", page);
    let started = Instant::now();
    accepted(&site, "/a");
    assert!(started.elapsed() < Duration::from_secs(20), "took {:?}", started.elapsed());
}

#[test]
fn bytes_that_are_no_utf8_are_survived() {
    let site = Site::start();
    let mut page = article("The well is dry", "the well", 1).into_bytes();
    let place = page.windows(7).position(|w| w == b"council").unwrap();
    page.splice(place..place, [0xff, 0xfe, 0xc0, 0x80]);
    site.page("/a", page);
    let (line, _) = accepted(&site, "/a");
    assert_eq!(line["title"], "The well is dry");
}

#[test]
fn an_attribute_of_ten_megabytes_is_survived() {
    let site = Site::start();
    let page = article("The well is dry", "the well", 1)
        .replace("<main>", &format!("<main data-x=\"{}\">", "y".repeat(10 << 20)));
    site.page("/a", page);
    let (line, _) = accepted(&site, "/a");
    assert_eq!(line["title"], "The well is dry");
}

#[test]
fn a_slow_answer_runs_into_the_time_limit() {
    let (site, kept) = (Site::start(), TempArchive::new());
    site.set("/a", Answer::html("").body(Body::Late { bytes: b"late".to_vec(), pause: Duration::from_secs(20) }));
    let started = Instant::now();
    let url = site.url("/a");
    Chaffinch::local()
        .set("fetch.first_byte_timeout=500ms")
        .archive(&kept)
        .args(["archive", &url])
        .run()
        .code(1)
        .says(&url);
    assert!(started.elapsed() < Duration::from_secs(15), "waited {:?}", started.elapsed());
}

#[test]
fn what_robots_txt_forbids_is_not_fetched() {
    let site = Site::start();
    site.set("/robots.txt", Answer::of("text/plain", "User-agent: *\nDisallow: /private/\n"));
    site.page("/private/a", article("Private", "the well", 1));
    let error = refused(&site, &site.url("/private/a"));
    assert!(error.contains("robots.txt") && error.contains("--ignore-robots"), "{error}");
    assert_eq!(site.hits("/private/a"), 0);
    let kept = TempArchive::new();
    let url = site.url("/private/a");
    Chaffinch::local().archive(&kept).args(["archive", "--ignore-robots", &url]).run().success();
    assert_eq!(site.hits("/private/a"), 1);
}

#[test]
fn a_robots_txt_that_answers_503_forbids_for_now() {
    let site = Site::start();
    site.set("/robots.txt", Answer::status(503));
    site.page("/a", article("A", "the well", 1));
    let kept = TempArchive::new();
    let url = site.url("/a");
    let line = archive(&kept, &url).code(1).about(&url);
    assert!(line["error"].as_str().unwrap().contains("robots.txt"), "{line}");
    assert_eq!(site.hits("/a"), 0);
}

#[test]
fn a_private_address_is_refused_by_name_and_literally() {
    let (site, kept) = (Site::start(), TempArchive::new());
    site.page("/a", article("A", "the well", 1));
    for url in [
        site.url("/a"),
        site.url_at("localhost", "/a"),
        "http://169.254.169.254/latest/".into(),
        "http://[::1]/a".into(),
    ] {
        let outcome = Chaffinch::new().archive(&kept).args(["--json", "archive", "--ignore-robots", &url]).run();
        outcome.code(1).says("private").says("--allow-private-addresses");
    }
    assert!(site.requests().is_empty(), "it was asked all the same");
}

#[test]
fn a_redirect_to_a_private_address_is_refused() {
    // Loopback is private too, so the public site that redirects is reached through a proxy of ours.
    let (proxy, kept) = (Site::start(), TempArchive::new());
    proxy.set("http://press.example/a", Answer::redirect(302, "http://10.0.0.1/secret"));
    let through = format!("fetch.proxy={}", proxy.url(""));
    let run = Chaffinch::new().set(&through).set("crawl.delay=0s").set("fetch.retries=0").archive(&kept);
    run.args(["archive", "http://press.example/a"]).run().code(1).says("10.0.0.1").says("private");
    assert_eq!((proxy.hits("http://press.example/a"), proxy.hits("http://10.0.0.1/secret")), (1, 0));
}

#[test]
fn the_flag_permits_private_addresses() {
    let (site, kept) = (Site::start(), TempArchive::new());
    site.page("/a", article("A", "the well", 1));
    Chaffinch::new()
        .archive(&kept)
        .args(["archive", "--allow-private-addresses", "--delay", "0s", &site.url("/a")])
        .run()
        .success();
}

#[test]
fn what_is_no_url_is_refused_before_anything_is_done() {
    let kept = TempArchive::new();
    for wrong in ["not a url", "ftp://files.example/a", "javascript:alert(1)"] {
        let outcome = Chaffinch::new().archive(&kept).args(["archive", wrong]).run();
        assert!(matches!(outcome.code, Some(1 | 2)), "{:?}", outcome.code);
        outcome.says(wrong);
    }
}

#[test]
fn a_challenge_page_never_overwrites_a_good_article() {
    let (site, kept) = (Site::start(), TempArchive::new());
    site.page("/a", article("The well is dry", "the well", 1));
    let url = site.url("/a");
    archive(&kept, &url).success();
    site.page("/a", include_str!("fixtures/pages/challenge/source.html"));
    let line = archive(&kept, &url).about(&url);
    assert_eq!(line["verdict"], "challenge", "{line}");
    Chaffinch::new().archive(&kept).args(["show", &url]).run().success().stdout_contains("council has decided");
}
