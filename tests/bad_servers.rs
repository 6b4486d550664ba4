//! One crawl of servers that misbehave, each in its own way, beside one that does not: every misbehaviour is told in one line and
//! ends within its budget, memory stays small, and the good one is not kept waiting.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::support::chaffinch::{Chaffinch, Outcome, TempArchive};
use crate::support::pages::{article, listing, rss};
use crate::support::raw::{Raw, drip};
use crate::support::site::{Answer, Body, Site};

/// All of them together; a program that holds one bomb whole has more.
const MEMORY_KIB_MAX: u64 = 250 * 1024;
const ZEROS: u64 = 2 << 30;

/// A source that misbehaves.
struct Bad {
    name: &'static str,
    kind: &'static str,
    url: String,
    /// What the one line about it says; empty where there is nothing to say.
    says: &'static str,
    /// It is served as long as this is here.
    _server: Box<dyn std::any::Any>,
}

fn bad(name: &'static str, kind: &'static str, url: String, says: &'static str, server: impl std::any::Any) -> Bad {
    Bad { name, kind, url, says, _server: Box::new(server) }
}

/// A page of a site of its own.
fn page(name: &'static str, answer: Answer, says: &'static str) -> Bad {
    document(name, "urls", answer, says)
}

fn document(name: &'static str, kind: &'static str, answer: Answer, says: &'static str) -> Bad {
    let site = Site::start();
    site.set("/x", answer);
    bad(name, kind, site.url("/x"), says, site)
}

/// A page that is never asked for, because of what robots.txt answers; or is, in spite of it.
fn robots(name: &'static str, answer: Answer, says: &'static str) -> Bad {
    let site = Site::start();
    site.set("/robots.txt", answer).page("/x", article("Behind robots", "the fence", 1));
    bad(name, "urls", site.url("/x"), says, site)
}

fn raw(
    name: &'static str,
    says: &'static str,
    answer: impl Fn(&mut TcpStream) -> std::io::Result<()> + Send + Sync + 'static,
) -> Bad {
    let server = Raw::after_request(answer);
    bad(name, "urls", server.url("http", "/x"), says, server)
}

fn secure(name: &'static str, server: Raw, says: &'static str) -> Bad {
    bad(name, "urls", server.url("https", "/x"), says, server)
}

/// A bomb in any coding: the header of a page, a feed or a sitemap, then zeros without end.
fn bomb(coding: &str, media_type: &str) -> Answer {
    let answer = Answer::of(media_type, "").header("Content-Encoding", coding);
    match coding {
        "gzip" => answer.body(Body::GzipOfZeros(ZEROS)),
        "br" => answer.body(Body::Whole(zeros_in_brotli())),
        _ => answer.body(Body::Whole(zeros_in_zstd())),
    }
}

fn zeros_in_zstd() -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    std::io::copy(&mut std::io::Read::take(std::io::repeat(0), ZEROS / 8), &mut encoder).unwrap();
    encoder.finish().unwrap()
}

fn zeros_in_brotli() -> Vec<u8> {
    let mut encoder = brotli::CompressorWriter::new(Vec::new(), 1 << 16, 1, 22);
    std::io::copy(&mut std::io::Read::take(std::io::repeat(0), ZEROS / 8), &mut encoder).unwrap();
    encoder.into_inner()
}

/// XML that names itself over and over: a thousand million times the word.
fn laughs() -> String {
    let mut text = String::from("<?xml version=\"1.0\"?><!DOCTYPE rss [<!ENTITY a0 \"ha\">");
    for n in 1..10 {
        let before = format!("&a{};", n - 1).repeat(10);
        text.push_str(&format!("<!ENTITY a{n} \"{before}\">"));
    }
    text + "]><rss version=\"2.0\"><channel><title>&a9;</title><item><title>&a9;</title></item></channel></rss>"
}

fn bodies() -> Vec<Bad> {
    let html = "text/html";
    let many: String = (0..10_000).map(|n| format!("X-{n}: {n}\r\n")).collect();
    vec![
        page("gzip-bomb", bomb("gzip", html), "cut"),
        page("brotli-bomb", bomb("br", html), "cut"),
        page("zstd-bomb", bomb("zstd", html), "cut"),
        page("endless", Answer::html("").body(Body::Endless(b"<p>and so on and on</p>".to_vec())), "cut"),
        page(
            "lying-length",
            Answer::html("").body(Body::Cut { bytes: b"<p>half</p>".to_vec(), claimed: 9_000 }),
            "cut",
        ),
        page("no-answer", Answer::html("").body(Body::HangUp), "closed the connection without an answer"),
        raw("dripping", "cut", |stream| {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>")?;
            drip(stream, b"x", Duration::from_millis(50))
        }),
        raw("cut-chunks", "cut", |stream| {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n")?;
            stream.write_all(b"5\r\n<p>ab\r\nzz\r\nnonsense")
        }),
        raw("no-http", "does not answer in HTTP", |stream| {
            stream.write_all(b"220 mail.example ESMTP at your service\r\n")
        }),
        raw("bad-status-line", "does not answer in HTTP", |stream| stream.write_all(b"HTTP/1.1 abc\r\n\r\n")),
        raw("ten-thousand-headers", "header of the answer is larger", move |stream| {
            stream.write_all(format!("HTTP/1.1 200 OK\r\n{many}\r\n").as_bytes())
        }),
        raw("long-header", "header of the answer is larger", |stream| {
            stream.write_all(format!("HTTP/1.1 200 OK\r\nX-Long: {}\r\n\r\n", "x".repeat(4 << 20)).as_bytes())
        }),
    ]
}

fn codes() -> Vec<Bad> {
    let site = Site::start();
    site.answer_with("/x", |_, _| Answer::redirect(302, "/y")).answer_with("/y", |_, _| Answer::redirect(302, "/x"));
    let circle = bad("redirect-loop", "urls", site.url("/x"), "redirected", site);
    let site = Site::start();
    for n in 0..50 {
        site.set(&format!("/{n}"), Answer::redirect(301, &format!("/{}", n + 1)));
    }
    let chain = bad("redirect-chain", "urls", site.url("/0"), "redirected 11 times", site);
    vec![
        circle,
        chain,
        page("redirect-to-file", Answer::redirect(302, "file:///etc/passwd"), "which cannot be archived"),
        page("redirect-to-script", Answer::redirect(302, "javascript:alert(1)"), "which cannot be archived"),
        page("unasked-304", Answer::status(304).body(Body::Whole(vec![])), "answered 304"),
        page("a-year", Answer::status(503).header("Retry-After", "31536000"), "answered 503"),
        robots("robots-503", Answer::status(503), "robots.txt could not be had"),
        robots("robots-429", Answer::status(429), "robots.txt could not be had"),
        // Neither is a reason not to fetch the page: HTML has no rules in it, and what is too long is read as far as it may be.
        robots("robots-html", Answer::html(article("Welcome", "the robots", 1)), ""),
        robots(
            "robots-endless",
            Answer::of("text/plain", "").body(Body::Endless(b"User-agent: x\nDisallow: /\n".to_vec())),
            "",
        ),
        robots("robots-bomb", bomb("gzip", "text/plain"), ""),
        robots(
            "robots-late",
            Answer::html("").body(Body::Late { bytes: vec![], pause: Duration::from_secs(60) }),
            "took longer",
        ),
    ]
}

fn locks() -> Vec<Bad> {
    let plain = Raw::answering(b"HTTP/1.1 400 Bad Request\r\n\r\nplain HTTP was sent to a TLS port");
    vec![
        secure("tls-expired", Raw::secure("expired"), "expired"),
        secure("tls-early", Raw::secure("early"), "not valid yet"),
        secure("tls-other-name", Raw::secure("other"), "not valid for"),
        secure("tls-self-signed", Raw::secure("self-signed"), "no secure connection"),
        secure("tls-none", plain, "no secure connection"),
        // A fatal alert: no cipher in common; no version in common.
        secure("tls-no-cipher", Raw::answering(&[0x15, 3, 3, 0, 2, 2, 40]), "no secure connection"),
        secure("tls-no-version", Raw::answering(&[0x15, 3, 3, 0, 2, 2, 70]), "no secure connection"),
        secure("tls-hangs-up", Raw::start(drop), "secure connection"),
        secure(
            "tls-silent",
            Raw::start(|stream| {
                std::thread::sleep(Duration::from_secs(60));
                drop(stream);
            }),
            "took longer",
        ),
    ]
}

fn documents() -> Vec<Bad> {
    let endless = Site::start();
    let (next, at) = (Mutex::new(0), endless.url("/"));
    let more = move || {
        let mut n = next.lock().unwrap();
        *n += 1;
        let xml = format!("<sitemapindex><sitemap><loc>{at}{n}</loc></sitemap></sitemapindex>");
        Answer::of("application/xml", xml)
    };
    let more = Arc::new(more);
    for path in ["/x", "/1", "/2", "/3", "/4", "/5", "/6"] {
        let more = Arc::clone(&more);
        endless.answer_with(path, move |_, _| more());
    }
    vec![
        document("feed-bomb", "feed", bomb("gzip", "application/rss+xml"), "cut"),
        document("feed-bomb-br", "feed", bomb("br", "application/rss+xml"), "cut"),
        document("feed-laughs", "feed", Answer::of("application/rss+xml", laughs()), ""),
        document("sitemap-bomb", "sitemap", bomb("zstd", "application/xml"), "cut"),
        document("sitemap-bomb-gz", "sitemap", Answer::of("application/gzip", zeros_in_gzip()), "cut after"),
        bad("sitemaps-without-end", "sitemap", endless.url("/x"), "nested more than", endless),
    ]
}

/// A file that was packed, and is served as it is.
fn zeros_in_gzip() -> Vec<u8> {
    crate::support::site::gzip(&vec![0; 96 << 20])
}

/// Sites whose links have no end.
fn traps() -> Vec<Bad> {
    let calendar = Site::start();
    for year in 2020..2060 {
        for month in 1..=12 {
            let next = if month == 12 { format!("/cal/{}/1", year + 1) } else { format!("/cal/{year}/{}", month + 1) };
            calendar.page(&format!("/cal/{year}/{month}"), listing(&[(next.as_str(), "Next month")]));
        }
    }
    calendar.page("/", listing(&[("/cal/2026/12", "Calendar")]));
    let sessions = Site::start();
    sessions.page("/", listing(&[("/in?PHPSESSID=ab12cd", "Come in")]));
    // Without its session the page is one, however often it hands out a new one.
    sessions.page("/in", listing(&[("/in?PHPSESSID=ef34gh", "Further in")]));
    let pages = Site::start();
    pages.page("/", listing(&[("/list?page=1", "All stories")]));
    for n in 1..=200 {
        let next = format!("/list?page={}", n + 1);
        pages.page(&format!("/list?page={n}"), listing(&[(next.as_str(), "Older stories"), ("/", "Home")]));
    }
    vec![
        bad("calendar", "site", calendar.url("/"), "trap: a calendar", calendar),
        bad("sessions", "site", sessions.url("/"), "", sessions),
        bad("pages-without-end", "site", pages.url("/"), "said nothing new", pages),
    ]
}

/// A site that drips its header, and the moment at which its visitor left.
fn slow_header() -> (Bad, Arc<Mutex<Option<Instant>>>) {
    let left = Arc::new(Mutex::new(None));
    let noted = Arc::clone(&left);
    let server = raw("slow-header", "took longer", move |stream| {
        let result = stream
            .write_all(b"HTTP/1.1 200 OK\r\n")
            .and_then(|()| drip(stream, b"X: y\r\n", Duration::from_millis(100)));
        *noted.lock().unwrap() = Some(Instant::now());
        result
    });
    (server, left)
}

fn good_site() -> Site {
    let good = Site::start();
    let words = ["mill", "bridge", "harbour", "orchard", "tower", "ferry", "market", "quarry", "school", "station"];
    let links: Vec<(String, String)> =
        words.iter().map(|word| (good.url(&format!("/{word}")), format!("The {word}"))).collect();
    let items: Vec<(String, &str)> = links.iter().map(|(url, title)| (url.clone(), title.as_str())).collect();
    good.set("/feed.xml", Answer::of("application/rss+xml", rss(&items)));
    for word in words {
        good.page(&format!("/{word}"), article(&format!("The {word}"), &format!("the {word} of the village"), 1));
    }
    good
}

fn crawl(bad: &[Bad], good: &Site) -> (Outcome, u64) {
    let kept = TempArchive::new();
    let mut config = String::new();
    let source = |name: &str, kind: &str, url: &str| {
        format!("[[source]]\nname = \"{name}\"\nkind = \"{kind}\"\nurl = \"{url}\"\ndepth = 500\n")
    };
    config.push_str(&source("good", "feed", &good.url("/feed.xml")));
    for bad in bad {
        config.push_str(&source(bad.name, bad.kind, &bad.url));
    }
    let authority = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tls/authority.pem");
    let mut run = Chaffinch::local().archive(&kept).config(&kept.file("config.toml", config)).arg("crawl");
    for limit in [
        "crawl.delay=10ms",
        "crawl.concurrency=64",
        "fetch.connect_timeout=5s",
        "fetch.first_byte_timeout=8s",
        "fetch.total_timeout=9s",
        "fetch.body_max=2MiB",
    ] {
        run = run.set(limit);
    }
    let running = run.env("SSL_CERT_FILE", authority).spawn();
    let memory = running.watch_memory();
    let outcome = running.wait();
    (outcome, memory.join().unwrap())
}

#[test]
fn servers_that_misbehave_cost_one_line_each_and_nobody_else_anything() {
    let (slow, left) = slow_header();
    let mut all = vec![slow];
    all.extend(bodies().into_iter().chain(codes()).chain(locks()).chain(documents()).chain(traps()));
    let good = good_site();
    let (outcome, memory) = crawl(&all, &good);
    outcome.code(1);

    let mut wrong = BTreeMap::new();
    for bad in &all {
        let host = url::Url::parse(&bad.url).unwrap();
        let host = format!("127.0.0.1:{}/", host.port().unwrap());
        let lines: Vec<&str> = outcome.stderr.lines().filter(|line| line.contains(&host)).collect();
        let right =
            if bad.says.is_empty() { lines.is_empty() } else { lines.len() == 1 && lines[0].contains(bad.says) };
        if !right {
            wrong.insert(bad.name, lines);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}\n{}", outcome.told());
    assert!(memory < MEMORY_KIB_MAX, "{memory} KiB");
    eprintln!("{} servers: {} MiB", all.len(), memory / 1024);

    // The good site was through long before the slowest of the others was given up.
    let left = left.lock().unwrap().expect("the slow one was given up");
    let stories: Vec<Instant> = good.requests().iter().filter(|r| r.path != "/robots.txt").map(|r| r.at).collect();
    assert_eq!(stories.len(), 11, "each once");
    assert!(stories.iter().all(|at| *at < left), "the good site waited for a bad one");
    assert!(!outcome.stderr.contains(&good.url("/")), "{}", outcome.stderr);
}

#[test]
fn a_site_that_sets_cookies_without_end_gets_few_of_them_back() {
    let (site, kept) = (Site::start(), TempArchive::new());
    let mut front = Answer::html(listing(&[("/y", "On")]));
    for n in 0..200 {
        front = front.header("Set-Cookie", &format!("c{n}={}; Path=/", "x".repeat(500)));
    }
    site.set("/x", front).page("/y", article("The second page", "the jar", 1));
    let config = format!("[[source]]\nname = \"jar\"\nkind = \"listing\"\nurl = \"{}\"\n", site.url("/x"));
    Chaffinch::local().archive(&kept).config(&kept.file("config.toml", config)).arg("crawl").run().success();
    let sent = site.requests_of("/y")[0].header("cookie").map_or(0, str::len);
    assert!((1..=8192).contains(&sent), "{sent} bytes of cookies");
}

#[test]
fn a_server_that_speaks_http_2_is_understood() {
    let (server, kept) = (Raw::http2(article("The second version", "the wire", 1)), TempArchive::new());
    let authority = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tls/authority.pem");
    let url = server.url("https", "/x").replace("127.0.0.1", "localhost");
    let archive = Chaffinch::local().archive(&kept).args(["archive", "--assets", "none", &url]);
    archive.env("SSL_CERT_FILE", authority).run().success().stdout_contains("The second version");
    let file = kept.path().with_file_name("out.warc.gz");
    Chaffinch::new().archive(&kept).args(["export", "--output"]).arg(&file).run().success();
    let warc = String::from_utf8_lossy(&crate::support::site::gunzip(&std::fs::read(&file).unwrap())).into_owned();
    assert!(warc.contains("WARC-Protocol: h2\r\n"), "{warc}");
}
