//! Memento (RFC 7089): TimeGate, TimeMaps, and what stands on a memento.

use crate::support::chaffinch::{Chaffinch, TempArchive};
use crate::support::http::{Replay, get};
use crate::support::pages::{article_with, paragraphs};
use crate::support::site::{Answer, Site};

/// Three captures of a page, a second and more apart, and one of a redirect to it.
fn kept() -> (TempArchive, String, String) {
    let (site, kept) = (Site::start(), TempArchive::new());
    let (page, moved) = ("https://gazette.example/a", "https://gazette.example/moved");
    site.page("/a", article_with("The well is dry", &paragraphs("the well"), "", 1));
    site.set("/moved", Answer::status(301).header("Location", "/a"));
    let record = |url: &str, at: &str, head: &str, body: &str| {
        let http = format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        format!(
            "WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:{at}{}>\r\nWARC-Date: {at}\r\n\
             WARC-Target-URI: {url}\r\nContent-Type: application/http;msgtype=response\r\nContent-Length: {}\r\n\r\n{http}\r\n\r\n",
            url.len(),
            http.len()
        )
    };
    let html = "HTTP/1.1 200 OK\r\nContent-Type: text/html";
    let mut warc = String::new();
    for (day, text) in [(1, "one"), (2, "two"), (3, "three")] {
        let body = article_with(text, &paragraphs(text), "", 1);
        warc += &record(page, &format!("2026-03-0{day}T12:00:00Z"), html, &body);
    }
    warc += &record(moved, "2026-03-02T13:00:00Z", "HTTP/1.1 301 Moved\r\nLocation: /a", "");
    let file = kept.file("in.warc", warc);
    Chaffinch::new().archive(&kept).arg("import").arg(file).run().success();
    (kept, page.to_owned(), moved.to_owned())
}

/// The relations of a `Link` field or a TimeMap, with their addresses.
fn links(text: &str) -> Vec<(String, String)> {
    let link = |part: &str| {
        let (address, rest) = part.trim_start_matches([',', ' ', '\n']).strip_prefix('<')?.split_once('>')?;
        Some((rest.split("rel=\"").nth(1)?.split('"').next()?.to_owned(), address.to_owned()))
    };
    let starts: Vec<usize> = text.match_indices('<').map(|(at, _)| at).chain([text.len()]).collect();
    starts.windows(2).filter_map(|two| link(&text[two[0]..two[1]])).collect()
}

fn related(links: &[(String, String)], rel: &str) -> Option<String> {
    links.iter().find(|(rels, _)| rels == rel).map(|(_, address)| address.clone())
}

#[test]
fn a_timegate_leads_to_the_nearest_memento() {
    let (kept, page, _) = kept();
    let replay = Replay::of(&kept);
    for (wanted, day) in [
        ("Sun, 01 Mar 2026 18:00:00 GMT", 1),
        ("Mon, 02 Mar 2026 01:00:00 GMT", 2),
        ("Thu, 01 Jan 1998 00:00:00 GMT", 1),
        ("Fri, 01 Jan 2038 00:00:00 GMT", 3),
    ] {
        let gate = replay.get_with(&format!("/timegate/{page}"), &format!("Accept-Datetime: {wanted}\r\n")).is(302);
        assert_eq!(gate.header("location").unwrap(), format!("{}/2026030{day}120000/{page}", replay.address));
        assert_eq!(gate.header("vary"), Some("accept-datetime"));
        assert_eq!(gate.header("memento-datetime"), None, "a TimeGate is no memento");
        let links = links(gate.header("link").unwrap());
        assert_eq!(related(&links, "original"), Some(page.clone()));
        assert_eq!(related(&links, "timemap"), Some(format!("{}/timemap/link/{page}", replay.address)));
    }
    let latest = replay.get(&format!("/timegate/{page}")).is(302);
    assert!(latest.header("location").unwrap().contains("/20260303120000/"));
}

#[test]
fn a_timegate_says_what_it_cannot_do() {
    let (kept, page, _) = kept();
    let replay = Replay::of(&kept);
    for (path, headers, status) in [
        (format!("/timegate/{page}"), "Accept-Datetime: yesterday\r\n", 400),
        (format!("/timegate/{page}"), "Accept-Datetime: \u{e9}\r\n", 400),
        ("/timegate/https://gazette.example/never".to_owned(), "", 404),
        ("/timegate/ftp://gazette.example/a".to_owned(), "", 400),
    ] {
        let gate = replay.get_with(&path, headers).is(status);
        assert_eq!(gate.header("vary"), Some("accept-datetime"), "{path}");
    }
    replay.get("/timemap/link/https://gazette.example/never").is(404);
}

#[test]
fn a_memento_says_when_it_was_and_what_stands_beside_it() {
    let (kept, page, _) = kept();
    let replay = Replay::of(&kept);
    let memento = |day: u8| format!("{}/2026030{day}120000/{page}", replay.address);
    for address in [memento(2), memento(2).replace(&replay.address, &replay.captures).replace("120000/", "120000mp_/")]
    {
        let reply = get(&address).is(200);
        assert_eq!(reply.header("memento-datetime"), Some("Mon, 02 Mar 2026 12:00:00 GMT"));
        assert_eq!(reply.header("vary"), None, "only a TimeGate negotiates");
        let links = links(reply.header("link").unwrap());
        assert_eq!(related(&links, "original"), Some(page.clone()));
        assert_eq!(related(&links, "timegate"), Some(format!("{}/timegate/{page}", replay.address)));
        assert_eq!(related(&links, "timemap"), Some(format!("{}/timemap/link/{page}", replay.address)));
        assert_eq!(related(&links, "first prev memento"), Some(memento(1)));
        assert_eq!(related(&links, "memento"), Some(memento(2)));
        assert_eq!(related(&links, "last next memento"), Some(memento(3)));
    }
    let last = get(&memento(3)).is(200);
    let last = links(last.header("link").unwrap());
    assert_eq!(related(&last, "first memento"), Some(memento(1)));
    assert_eq!(related(&last, "prev memento"), Some(memento(2)));
    assert_eq!(related(&last, "last memento"), Some(memento(3)));
}

#[test]
fn only_a_memento_has_its_time() {
    let (kept, page, _) = kept();
    let replay = Replay::of(&kept);
    for path in [format!("/2026/{page}"), format!("/20260302130000/{page}")] {
        assert_eq!(replay.get(&path).is(302).header("memento-datetime"), None);
    }
    assert_eq!(replay.get("/").is(200).header("memento-datetime"), None);
}

#[test]
fn a_redirect_that_was_captured_is_a_memento() {
    let (kept, _, moved) = kept();
    let replay = Replay::of(&kept);
    let reply = replay.get(&format!("/20260302130000/{moved}")).is(302);
    assert_eq!(reply.header("memento-datetime"), Some("Mon, 02 Mar 2026 13:00:00 GMT"));
    assert_eq!(related(&links(reply.header("link").unwrap()), "original"), Some(moved));
}

#[test]
fn a_redirect_whose_target_is_not_kept_does_not_lead_to_itself() {
    let kept = TempArchive::new();
    let http = "HTTP/1.1 301 Moved\r\nLocation: https://loop.example/a\r\nContent-Length: 0\r\n\r\n";
    let warc = format!(
        "WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:1>\r\nWARC-Date: 2026-03-01T12:00:00Z\r\n\
         WARC-Target-URI: http://loop.example/a\r\nContent-Type: application/http;msgtype=response\r\n\
         Content-Length: {}\r\n\r\n{http}\r\n\r\n",
        http.len()
    );
    let file = kept.file("in.warc", warc);
    Chaffinch::new().archive(&kept).arg("import").arg(file).run().success();
    let replay = Replay::of(&kept);
    for modifier in ["", "mp_", "ex_", "im_"] {
        let port = if modifier.is_empty() { &replay.address } else { &replay.captures };
        for url in ["http://loop.example/a", "https://loop.example/a"] {
            let mut address = format!("{port}/20260301120000{modifier}/{url}");
            let mut seen = vec![];
            loop {
                let reply = get(&address);
                let Some(location) = reply.header("location") else {
                    assert_eq!(reply.status, 404, "{address}");
                    break;
                };
                seen.push(address);
                address = if location.starts_with('/') { format!("{port}{location}") } else { location.to_owned() };
                assert!(!seen.contains(&address), "{address} leads to itself");
            }
        }
    }
}

#[test]
fn a_timemap_lists_every_memento_and_the_time_it_spans() {
    let (kept, page, _) = kept();
    let replay = Replay::of(&kept);
    let map = replay.get(&format!("/timemap/link/{page}")).is(200);
    assert_eq!(map.header("content-type"), Some("application/link-format"));
    let found = links(&map.body);
    let rels: Vec<&str> = found.iter().map(|(rel, _)| rel.as_str()).collect();
    assert_eq!(rels, ["original", "timegate", "self", "first memento", "memento", "last memento"]);
    let own = map.body.lines().find(|line| line.contains("rel=\"self\"")).unwrap();
    assert!(own.contains("from=\"Sun, 01 Mar 2026 12:00:00 GMT\"; until=\"Tue, 03 Mar 2026 12:00:00 GMT\""), "{own}");
    let json = replay.get(&format!("/timemap/json/{page}")).is(200).json();
    assert_eq!(json["mementos"]["list"].as_array().unwrap().len(), 3);
    assert_eq!(json["mementos"]["last"]["datetime"], "2026-03-03T12:00:00Z");
}

#[test]
fn no_page_elsewhere_reads_what_is_kept() {
    let (kept, page, _) = kept();
    let replay = Replay::of(&kept);
    for path in [format!("/timegate/{page}"), format!("/timemap/link/{page}"), format!("/cdx?url={page}")] {
        let reply = replay.get(&path);
        assert_eq!(reply.header("access-control-allow-origin"), None, "{path}");
        assert_eq!(reply.header("cross-origin-resource-policy"), Some("same-origin"), "{path}");
        replay.get_with(&path, "Origin: https://elsewhere.example\r\n").is(403);
    }
}
