//! The server as a browser meets it: a small archive, two ports on loopback, bytes in and bytes out.
#![allow(clippy::unwrap_used)]

use std::io::{Read, Write};
use std::net::TcpStream;

use chaffinch_extract::article::{Article, Block, Image, Inline};
use tokio::sync::oneshot;

use super::*;
use crate::page::{Headers, Page};
use crate::snapshot::value::Snapshot;

const PAGE: &str = "https://news.example/story";

fn page(url: &str, at: &str, status: u16, headers: &[(&str, &str)], body: &[u8]) -> Page {
    Page {
        url: url.parse().unwrap(),
        at: at.parse().unwrap(),
        request_headers: Headers::new(),
        status,
        version: "HTTP/1.1".into(),
        headers: headers.iter().copied().collect(),
        body: body.to_vec().into(),
        truncated: None,
        wire_bytes: body.len() as u64,
        address: None,
        elapsed_ms: 1,
    }
}

fn story(at: &str, body: &str, text: &str) -> Snapshot {
    let mut article = Article::default();
    article.metadata.title = Some("The <b>story</b>".into());
    article.metadata.authors = vec!["Ada Example".into()];
    article.metadata.published = Some("2026-02-28".into());
    let paragraph = |text: &str| Block::Paragraph { text: vec![Inline::Text { text: text.into() }] };
    let figure = |src: &str, alt: &str| Block::Figure {
        images: vec![Image { src: src.into(), alt: alt.into() }],
        caption: vec![],
    };
    let link = Inline::Link {
        href: "https://news.example/other?a=1&b=2".into(),
        content: vec![Inline::Text { text: "on".into() }],
    };
    article.content = vec![
        paragraph(text),
        figure("https://news.example/a.png", "a finch"),
        figure("https://news.example/lost.png", "a lost one"),
        Block::Paragraph { text: vec![link] },
    ];
    let mut snapshot =
        Snapshot::new(page(PAGE, at, 200, &[("content-type", "text/html; charset=iso-8859-1")], body.as_bytes()));
    snapshot.article = Some(article);
    snapshot
}

fn part(url: &str, content_type: &str, body: &[u8]) -> Snapshot {
    let mut snapshot = Snapshot::new(page(url, "2026-03-01T12:00:01Z", 200, &[("content-type", content_type)], body));
    snapshot.parent = Some(PAGE.parse().unwrap());
    snapshot
}

fn snapshots() -> Vec<Snapshot> {
    let first = "<html><head><meta charset=iso-8859-1><script>alert(1)</script></head><body><h1>first</h1><img src=/a.png><a href=/moved>x</a></body>";
    let html = |url: &str, status: u16, headers: &[(&str, &str)], body: &str| {
        let mut all = vec![("content-type", "text/html")];
        all.extend(headers);
        Snapshot::new(page(url, "2026-03-03T12:00:00Z", status, &all, body.as_bytes()))
    };
    vec![
        story("2026-03-01T12:00:00Z", first, "First text of the finch."),
        story("2026-03-02T12:00:00Z", &first.replace("first", "second"), "Second text of the finch."),
        part("https://news.example/a.png", "image/png", b"\x89PNG\r\n\x1a\nxxxx"),
        part("https://news.example/a.css", "text/css", b"@import url(b.css); a{background:url(//cdn.example/x.png)}"),
        part("https://news.example/font", "", b"wOF2xxxx"),
        html("https://news.example/gone", 404, &[], "<p>no longer here"),
        html("https://news.example/moved", 301, &[("location", "/story")], ""),
        html(
            "https://news.example/evil",
            200,
            &[("set-cookie", "a=b"), ("refresh", "0;url=https://live.example/")],
            "<script src=//live.example/x></script><p>evil",
        ),
        part(
            "https://news.example/drawing.svg",
            "image/svg+xml",
            b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
        ),
        part("https://news.example/feed", "application/rss+xml", b"<rss><item/></rss>"),
        Snapshot::new(page(
            "https://news.example/paper.pdf",
            "2026-03-03T12:00:00Z",
            200,
            &[("content-type", "application/pdf")],
            b"%PDF-1.4",
        )),
    ]
}

/// A server over a small archive; it stops when it is dropped.
struct Replay {
    interface: SocketAddr,
    captures: SocketAddr,
    _stop: oneshot::Sender<()>,
    _runtime: tokio::runtime::Runtime,
    dir: tempfile::TempDir,
}

impl Replay {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let archive = Archive::open_or_create(dir.path()).unwrap();
        archive.store(&snapshots()).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let options = Options::on("127.0.0.1:0".parse().unwrap());
        let server = runtime.block_on(Server::bind(Arc::new(archive), &options)).unwrap();
        let (interface, captures) = (server.interface_address(), server.captures_address());
        let (stop, stopped) = oneshot::channel::<()>();
        runtime.spawn(server.run(async {
            let _ = stopped.await;
        }));
        Self { interface, captures, _stop: stop, _runtime: runtime, dir }
    }

    fn page(&self, path: &str) -> Answer {
        ask(self.interface, "GET", path, &format!("Host: {}\r\n", self.interface))
    }

    fn captured(&self, path: &str) -> Answer {
        ask(self.captures, "GET", path, &format!("Host: {}\r\n", self.captures))
    }
}

struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }
}

fn ask(address: SocketAddr, method: &str, path: &str, headers: &str) -> Answer {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "{method} {path} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n").unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, head, body: bytes[end + 4..].to_vec() }
}

#[test]
fn home_lists_pages_and_no_parts_of_pages() {
    let text = Replay::new().page("/").text();
    assert!(text.contains("The &#60;b&#62;story"), "{text}");
    assert!(text.contains("https://news.example/gone"));
    assert!(!text.contains("a.png"));
}

#[test]
fn the_reader_view_shows_the_article_with_images_and_links_out_of_the_archive() {
    let replay = Replay::new();
    let found = replay.page("/article?url=https%3A%2F%2Fnews.example%2Fstory");
    assert_eq!(found.status, 302);
    let text = replay.page(found.header("location").unwrap()).text();
    assert!(text.contains("Second text of the finch."));
    assert!(
        text.contains(&format!("src=\"http://{}/20260302120000im_/https://news.example/a.png\"", replay.captures)),
        "{text}"
    );
    assert!(
        text.contains("/article?url=https%3A%2F%2Fnews.example%2Fother%3Fa%3D1%26b%3D2&amp;at=20260302120000"),
        "{text}"
    );
    assert!(text.contains("An image that is not in this archive: a lost one"));
    assert!(text.contains("28 February 2026") && text.contains("Ada Example"));
}

#[test]
fn an_article_is_found_as_it_was_at_a_time() {
    let replay = Replay::new();
    let found = replay.page("/article?url=https://news.example/story&at=20260301");
    assert!(replay.page(found.header("location").unwrap()).text().contains("First text of the finch."));
}

#[test]
fn a_timestamp_that_is_not_exact_leads_to_the_nearest_capture() {
    let replay = Replay::new();
    for (asked, nearest) in
        [("2025", "20260301120000"), ("20260302", "20260302120000"), ("20300101000000", "20260302120000")]
    {
        let answer = replay.page(&format!("/{asked}/{PAGE}"));
        assert_eq!((answer.status, answer.header("location")), (302, Some(format!("/{nearest}/{PAGE}").as_str())));
    }
}

#[test]
fn the_banner_stands_outside_the_frame_and_the_origin_of_the_capture() {
    let replay = Replay::new();
    let answer = replay.page(&format!("/20260301120000/{PAGE}"));
    let text = answer.text();
    assert!(text.contains(&format!("<iframe src=\"http://{}/20260301120000mp_/{PAGE}\"", replay.captures)), "{text}");
    assert!(!text.contains("<h1>first"));
    assert_eq!(answer.header("memento-datetime"), Some("Sun, 01 Mar 2026 12:00:00 GMT"));
    let link = answer.header("link").unwrap();
    assert!(
        link.contains(&format!("<{PAGE}>; rel=\"original\"")) && link.contains("rel=\"last next memento\""),
        "{link}"
    );
}

#[test]
fn a_capture_is_rewritten_and_sandboxed() {
    let replay = Replay::new();
    let answer = replay.captured(&format!("/20260301120000mp_/{PAGE}"));
    let text = answer.text();
    assert!(text.contains("<h1>first</h1><img src=\"/20260301120000im_/https://news.example/a.png\">"), "{text}");
    assert!(text.contains(&format!("href=\"http://{}/20260301120000/https://news.example/moved\"", replay.interface)));
    assert!(!text.contains("script"));
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
    let policy = answer.header("content-security-policy").unwrap();
    assert!(policy.starts_with("sandbox allow-top-navigation-by-user-activation; default-src 'none';"), "{policy}");
    assert!(!policy.contains("allow-scripts") && !policy.contains("allow-same-origin"), "{policy}");
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
}

#[test]
fn every_answer_of_the_captures_is_sandboxed_whatever_it_is() {
    let replay = Replay::new();
    for path in [
        "/",
        "/nonsense",
        "/20260301120000im_/https://news.example/a.png",
        "/2026mp_/https://nowhere.example/",
        "/20260301120000id_/https://news.example/evil",
        "/20260303120000ex_/https://news.example/evil",
        "/20260303120000ex_/https://news.example/paper.pdf",
    ] {
        let answer = replay.captured(path);
        assert!(answer.header("content-security-policy").is_some_and(|policy| policy.starts_with("sandbox")), "{path}");
        assert_eq!(answer.header("set-cookie"), None);
        assert_eq!(answer.header("refresh"), None);
    }
}

#[test]
fn the_bytes_as_stored_come_unchanged_and_from_the_port_of_the_captures() {
    let replay = Replay::new();
    let path = "/20260303120000id_/https://news.example/evil";
    assert_eq!(replay.page(path).header("location"), Some(format!("http://{}{path}", replay.captures).as_str()));
    let answer = replay.captured(path);
    assert_eq!(answer.text(), "<script src=//live.example/x></script><p>evil");
    assert_eq!(answer.header("content-disposition"), Some("attachment; filename=\"evil\""));
}

#[test]
fn a_style_sheet_loads_from_the_archive_alone() {
    let text = Replay::new().captured("/20260301120000cs_/https://news.example/a.css").text();
    assert_eq!(
        text,
        "@import url(\"/20260301120001cs_/https://news.example/b.css\"); a{background:url(\"/20260301120001im_/https://cdn.example/x.png\")}"
    );
}

#[test]
fn only_a_font_may_be_read_across_origins() {
    let replay = Replay::new();
    let font = replay.captured("/20260301120000im_/https://news.example/font");
    assert_eq!(
        (font.header("content-type"), font.header("access-control-allow-origin")),
        (Some("font/woff2"), Some("*"))
    );
    let image = replay.captured("/20260301120000im_/https://news.example/a.png");
    assert_eq!((image.header("content-type"), image.header("access-control-allow-origin")), (Some("image/png"), None));
}

#[test]
fn a_captured_redirect_is_followed_within_the_archive() {
    let replay = Replay::new();
    let answer = replay.page("/20260303120000/https://news.example/moved");
    assert_eq!((answer.status, answer.header("location")), (302, Some(format!("/20260303120000/{PAGE}").as_str())));
    let answer = replay.captured("/20260303120000mp_/https://news.example/moved");
    assert_eq!((answer.status, answer.header("location")), (302, Some(format!("/20260303120000mp_/{PAGE}").as_str())));
}

#[test]
fn a_page_that_was_not_found_is_shown_as_that() {
    let replay = Replay::new();
    assert!(replay.page("/20260303120000/https://news.example/gone").text().contains("not found (404)"));
    let answer = replay.captured("/20260303120000mp_/https://news.example/gone");
    assert_eq!(answer.status, 404);
    assert!(answer.text().contains("no longer here"));
}

#[test]
fn a_page_that_is_not_kept_is_said_so_with_its_live_address() {
    let replay = Replay::new();
    let address = "https://nowhere.example/a?b=c&d";
    let answer = replay.page(&format!("/20260301120000/{address}"));
    assert_eq!(answer.status, 404);
    assert!(
        answer.text().contains(
            "<a class=\"address\" href=\"https://nowhere.example/a?b=c&#38;d\" rel=\"noreferrer noopener external\""
        ),
        "{}",
        answer.text()
    );
    assert_eq!(replay.captured(&format!("/20260301120000mp_/{address}")).status, 404);
}

#[test]
fn a_file_that_no_browser_shows_is_offered_to_be_saved() {
    let replay = Replay::new();
    let banner = replay.page("/20260303120000/https://news.example/paper.pdf").text();
    assert!(banner.contains("Save the file") && !banner.contains("<iframe"));
    let answer = replay.captured("/20260303120000mp_/https://news.example/paper.pdf");
    assert_eq!(answer.header("content-type"), Some("application/pdf"));
    assert_eq!(answer.header("content-disposition"), Some("attachment; filename=\"paper.pdf\""));
}

#[test]
fn xml_is_never_a_document_of_its_own() {
    let replay = Replay::new();
    let drawing = replay.captured("/20260301120000if_/https://news.example/drawing.svg");
    let shown = "<img src=\"/20260301120001im_/https://news.example/drawing.svg\"";
    assert!(drawing.text().contains(shown), "{}", drawing.text());
    let image = replay.captured("/20260301120000im_/https://news.example/drawing.svg");
    assert_eq!(image.header("content-type"), Some("image/svg+xml"));
    let feed = replay.captured("/20260301120001mp_/https://news.example/feed");
    assert_eq!(feed.header("content-type"), Some("text/plain; charset=utf-8"));
    assert_eq!(feed.text(), "<rss><item/></rss>");
}

#[test]
fn a_foreign_host_is_refused_on_both_ports() {
    let replay = Replay::new();
    for address in [replay.interface, replay.captures] {
        for host in ["Host: evil.example\r\n".to_owned(), format!("Host: evil.example:{}\r\n", address.port())] {
            assert_eq!(ask(address, "GET", "/", &host).status, 421);
        }
        assert_eq!(
            ask(address, "GET", "/", &format!("Host: localhost:{}\r\n", address.port()))
                .header("x-content-type-options"),
            Some("nosniff")
        );
    }
}

#[test]
fn nothing_is_changed_by_asking() {
    let replay = Replay::new();
    for address in [replay.interface, replay.captures] {
        for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
            assert_eq!(ask(address, method, "/", &format!("Host: {address}\r\n")).status, 405, "{method}");
        }
    }
    let head = ask(replay.interface, "HEAD", "/", &format!("Host: {}\r\n", replay.interface));
    assert_eq!((head.status, head.body.len()), (200, 0));
}

#[test]
fn the_interface_loads_nothing_but_its_own() {
    let replay = Replay::new();
    let answer = replay.page("/");
    let policy = answer.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'self'; script-src 'self';"), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'"));
    let mut bytes = answer.body.len();
    for path in ["/-/replay.css", "/-/replay.js", "/-/icon.svg"] {
        let part = replay.page(path);
        assert_eq!(part.status, 200);
        bytes += part.body.len();
    }
    assert!(bytes < 100_000, "{bytes}");
}

#[test]
fn mementos_are_negotiated_and_listed() {
    let replay = Replay::new();
    let host = format!("Host: {}\r\nAccept-Datetime: Sun, 01 Mar 2026 13:00:00 GMT\r\n", replay.interface);
    let gate = ask(replay.interface, "GET", &format!("/timegate/{PAGE}"), &host);
    assert_eq!(gate.header("location"), Some(format!("http://{}/20260301120000/{PAGE}", replay.interface).as_str()));
    assert_eq!(gate.header("vary"), Some("accept-datetime"));
    let map = replay.page(&format!("/timemap/link/{PAGE}"));
    assert_eq!(map.header("content-type"), Some("application/link-format"));
    assert_eq!(map.text().matches("memento\"; datetime=").count(), 2);
    let json: serde_json::Value = serde_json::from_slice(&replay.page(&format!("/timemap/json/{PAGE}")).body).unwrap();
    assert_eq!(json["mementos"]["list"].as_array().unwrap().len(), 2);
    assert_eq!(json["mementos"]["first"]["datetime"], "2026-03-01T12:00:00Z");
    let cdx = replay.page("/cdx?url=https://news.example/story").text();
    assert_eq!(cdx.matches("example,news)/story 2026030").count(), 2);
    assert!(cdx.contains("example,news)/story 20260301120000 {"), "{cdx}");
}

#[test]
fn a_history_tells_every_capture() {
    let text = Replay::new().page("/history?url=https%3A%2F%2Fnews.example%2Fstory").text();
    assert!(text.contains("2 March 2026, 12:00") && text.contains("1 March 2026, 12:00"));
    assert!(text.contains("change edited") && text.contains("change new"));
}

#[test]
fn an_address_in_the_search_box_leads_to_its_history() {
    let answer = Replay::new().page("/?q=https%3A%2F%2Fnews.example%2Fstory");
    assert_eq!(answer.header("location"), Some("/history?url=https%3A%2F%2Fnews.example%2Fstory"));
}

#[test]
fn a_search_shows_the_words_where_they_stand() {
    let replay = Replay::new();
    let text = replay.page("/?q=second").text();
    assert!(text.contains("<mark>Second</mark> text of the finch"), "{text}");
    assert!(replay.page("/?q=heron").text().contains("Nothing here says that"));
}

#[test]
fn a_list_is_narrowed_to_a_site_and_to_what_was_edited() {
    let replay = Replay::new();
    assert!(replay.page("/?site=NEWS.example").text().contains("data-row href"));
    assert!(!replay.page("/?site=other.example").text().contains("data-row href"));
    assert_eq!(replay.page("/?edited=1").text().matches("data-row href").count(), 1);
}

#[test]
fn damage_is_told_with_the_place_and_the_remedy() {
    let replay = Replay::new();
    for entry in std::fs::read_dir(replay.dir.path().join("journal")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let length = std::fs::metadata(&path).unwrap().len() as usize;
            std::fs::write(&path, vec![0; length]).unwrap();
        }
    }
    for answer in
        [replay.page("/article?url=https://news.example/story"), replay.captured(&format!("/20260301120000mp_/{PAGE}"))]
    {
        let answer = match answer.header("location") {
            Some(location) => replay.page(location),
            None => answer,
        };
        assert_eq!(answer.status, 500);
        assert!(answer.text().contains("damaged") && answer.text().contains("chaffinch verify"), "{}", answer.text());
    }
}

#[test]
fn a_mistake_in_a_question_is_told_as_one() {
    let replay = Replay::new();
    for path in [
        "/history",
        "/article?url=x",
        "/article?url=https://news.example/story&at=yesterday",
        "/?after=zzz",
        "/cdx?url=https://a.example&limit=x",
    ] {
        assert_eq!(replay.page(path).status, 400, "{path}");
    }
    for path in ["/nothing", "/read/zzz", "/20xx/https://a.example/", "/read/01990000000000000000000000"] {
        assert_eq!(replay.page(path).status, 404, "{path}");
    }
}

#[test]
fn what_is_missing_is_shown_as_missing_and_told_above_the_page() {
    let replay = Replay::new();
    let lost = replay.captured("/20260301120000im_/https://news.example/lost.png");
    assert_eq!((lost.status, lost.header("content-type").unwrap()), (404, "image/svg+xml"));
    assert!(lost.text().contains("not in this archive"));
    let style = replay.captured("/20260301120000cs_/https://news.example/lost.css");
    assert_eq!((style.status, style.header("content-type").unwrap()), (404, "text/css; charset=utf-8"));
    let banner = replay.page("/20260301120000/https://news.example/story").text();
    assert!(!banner.contains("are not kept"), "all its parts are kept");
    // Of the parts of a page that links to an image that nobody captured, one is missing.
    let odd = page(
        "https://news.example/odd",
        "2026-03-04T12:00:00Z",
        200,
        &[("content-type", "text/html")],
        b"<p>x<img src=/a.png><img src=/lost.png>",
    );
    Archive::open(replay.dir.path()).unwrap().store(&[Snapshot::new(odd)]).unwrap();
    let banner = replay.page("/20260304120000/https://news.example/odd").text();
    assert!(banner.contains("1 of 2 parts of the page are not kept"), "{banner}");
    assert!(banner.contains("https://news.example/lost.png"));
}
