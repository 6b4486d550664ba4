//! `import`: what other archives wrote becomes captures; what left this archive comes back as it was.

use std::path::Path;

use chaffinch_warc::http::Head;
use chaffinch_warc::{Compression, Record, RecordType, Writer, encode};
use serde_json::Value;

use crate::export::{export, kept};
use crate::support::chaffinch::{Chaffinch, Outcome, TempArchive};
use crate::support::pages::{article, article_with, paragraphs};
use crate::support::site::gzip;

const URL: &str = "https://gazette.example/well";

fn import(archive: &TempArchive, file: &Path) -> Outcome {
    Chaffinch::new().archive(archive).args(["--json", "import"]).arg(file).run()
}

fn counts(outcome: &Outcome) -> (u64, u64, u64, u64) {
    let told = outcome.json();
    let number = |name: &str| told[name].as_u64().unwrap();
    (number("captures"), number("articles"), number("known"), number("failed"))
}

/// What can be asked of an archive, ids and places of bytes left out.
fn listed(archive: &TempArchive) -> Vec<Value> {
    let mut lines = Chaffinch::new().archive(archive).args(["--json", "list"]).run().success().json_lines();
    for line in &mut lines {
        line.as_object_mut().unwrap().retain(|name, _| name != "id" && name != "bytes");
    }
    lines
}

fn answer(url: &str, at: &str, head: &Head, body: &[u8]) -> Record {
    Record::new(RecordType::Response)
        .id(&format!("urn:uuid:00000000-0000-4000-8000-{:012x}", body.len()))
        .date(at.parse().unwrap())
        .target_uri(url)
        .block("application/http;msgtype=response", head.message(body))
}

fn html(page: &str) -> (Head, Vec<u8>) {
    (Head::response("HTTP/1.1", 200, "OK").field("Content-Type", "text/html"), page.as_bytes().to_vec())
}

fn file_of(archive: &TempArchive, name: &str, records: &[Record]) -> std::path::PathBuf {
    let mut writer = Writer::new(Vec::new(), Compression::Gzip { level: 6 }).unwrap();
    for record in records {
        writer.write(record).unwrap();
    }
    archive.file(name, writer.finish().unwrap())
}

#[test]
fn what_left_comes_back_as_it_was() {
    let (site, kept) = kept();
    for name in ["all.warc.gz", "all.warc.zst", "all.wacz"] {
        let (path, outcome) = export(&kept, name, &[]);
        outcome.success();
        let other = TempArchive::new();
        let outcome = import(&other, &path);
        outcome.success();
        assert_eq!(counts(&outcome), (5, 3, 0, 0), "{name}");
        assert_eq!(listed(&other), listed(&kept), "{name}");
        let picture = site.url("/gate.png");
        let raw = |archive| Chaffinch::new().archive(archive).args(["history", "--json", &picture]).run().json_lines();
        assert_eq!(raw(&other)[0]["payload_digest"], raw(&kept)[0]["payload_digest"]);
        Chaffinch::new().archive(&other).args(["verify"]).run().success().stdout_contains("sound");
    }
}

#[test]
fn what_is_kept_already_is_passed_over() {
    let (_site, kept) = kept();
    let (path, outcome) = export(&kept, "all.warc.gz", &[]);
    outcome.success();
    assert_eq!(counts(&import(&kept, &path)), (0, 0, 5, 0));
    // As a run that was killed leaves it: some of it is there.
    let other = TempArchive::new();
    let (some, outcome) = export(&kept, "some.warc.gz", &["--until", "2999-01-01", "--query", "gate"]);
    outcome.success();
    assert_eq!(counts(&import(&other, &some)), (2, 1, 0, 0));
    assert_eq!(counts(&import(&other, &path)), (3, 2, 2, 0));
    assert_eq!(listed(&other), listed(&kept));
}

#[test]
fn codings_and_requests_of_other_crawlers_are_understood() {
    let archive = TempArchive::new();
    let (head, page) = html(&article("The well is dry", "the well", 1));
    let chunked = [format!("{:x}\r\n", page.len()).as_bytes(), &page, b"\r\n0\r\n\r\n"].concat();
    let records = [
        answer(URL, "2021-05-06T07:08:09Z", &head.clone().field("Content-Encoding", "gzip"), &gzip(&page)),
        Record::new(RecordType::Request)
            .id("urn:uuid:00000000-0000-4000-8000-000000000001")
            .date("2021-05-06T07:08:09Z".parse().unwrap())
            .target_uri(URL)
            .block(
                "application/http;msgtype=request",
                b"GET /well HTTP/1.1\r\nHost: gazette.example\r\nUser-Agent: other/1\r\n\r\n".to_vec(),
            ),
        answer(&format!("{URL}2"), "2021-05-06T07:08:10Z", &head.field("Transfer-Encoding", "chunked"), &chunked),
        Record::new(RecordType::Response)
            .id("urn:uuid:00000000-0000-4000-8000-000000000002")
            .date("2021-05-06T07:08:09Z".parse().unwrap())
            .target_uri("dns:gazette.example")
            .block("text/dns", b"20210506070809\ngazette.example. 300 IN A 192.0.2.1\n".to_vec()),
    ];
    let outcome = import(&archive, &file_of(&archive, "other.warc.gz", &records));
    outcome.success();
    assert_eq!(counts(&outcome), (2, 2, 0, 0));
    for url in [URL, &format!("{URL}2")] {
        let show = |format: &str| Chaffinch::new().archive(&archive).args(["show", "--format", format, url]).run();
        show("raw").success().stdout_contains("<nav class=\"main-menu\">");
        show("text").success().stdout_contains("council has decided that the well");
    }
    let list = Chaffinch::new().archive(&archive).args(["--json", "list"]).run().json_lines();
    assert_eq!(list[1]["at"], "2021-05-06T07:08:09Z");
    let (warc, outcome) = export(&archive, "back.warc", &["--format", "warc.gz"]);
    outcome.success();
    let text = crate::support::site::gunzip(&std::fs::read(warc).unwrap());
    assert!(String::from_utf8_lossy(&text).contains("User-Agent: other/1"));
}

#[test]
fn an_older_capture_is_compared_with_what_came_before_it() {
    let archive = TempArchive::new();
    let edition = |at: &str, words: &str| {
        let mut text = paragraphs("the well");
        text[0] = format!("The well is {words}, after a night in which it rained as it had not since the census.");
        let (head, page) = html(&article_with("The well", &text, "", 1));
        answer(URL, at, &head, &page)
    };
    let newest = file_of(&archive, "newest.warc.gz", &[edition("2023-01-01T00:00:00Z", "full again")]);
    let older = [edition("2021-01-01T00:00:00Z", "dry"), edition("2022-01-01T00:00:00Z", "half full now")];
    import(&archive, &newest).success();
    import(&archive, &file_of(&archive, "older.warc.gz", &older)).success();
    let changes: Vec<Value> = listed(&archive).iter().rev().map(|line| line["change"].clone()).collect();
    assert_eq!(changes[..2], ["new", "edited"]);
}

#[test]
fn a_record_without_a_time_costs_itself_and_no_other() {
    let archive = TempArchive::new();
    let page = |n: u32| {
        let (head, page) = html(&article(&format!("Well {n}"), "the well", n));
        answer(&format!("{URL}{n}"), &format!("2021-01-0{n}T00:00:00Z"), &head, &page)
    };
    let mut undated = page(2);
    undated.header.remove("WARC-Date");
    let outcome = import(&archive, &file_of(&archive, "undated.warc.gz", &[page(1), undated, page(3)]));
    outcome.code(1).says("undated.warc.gz").says("when it was made");
    assert_eq!(counts(&outcome), (2, 2, 0, 1));
}

#[test]
fn a_revisit_takes_no_other_body_than_the_one_it_names() {
    let archive = TempArchive::new();
    let (head, page) = html(&article("The well is dry", "the well", 1));
    let first = answer(URL, "2021-01-01T00:00:00Z", &head, &page);
    let revisit = |at: &str, body: &[u8]| {
        Record::new(RecordType::Revisit)
            .id("urn:uuid:00000000-0000-4000-8000-000000000009")
            .date(at.parse().unwrap())
            .target_uri(URL)
            .field("WARC-Profile", chaffinch_warc::IDENTICAL_PAYLOAD_DIGEST)
            .payload_digest_of(body)
            .block("application/http;msgtype=response", head.message(b""))
    };
    let records = [first, revisit("2021-02-01T00:00:00Z", &page), revisit("2021-03-01T00:00:00Z", b"another")];
    let outcome = import(&archive, &file_of(&archive, "revisits.warc.gz", &records));
    outcome.code(1).says("import the file that holds it first");
    assert_eq!(counts(&outcome), (2, 1, 0, 1));
    assert_eq!(listed(&archive)[0]["change"], "identical");
}

#[test]
fn a_damaged_record_costs_itself_and_no_other() {
    let archive = TempArchive::new();
    let page = |n: u32| {
        let (head, page) = html(&article(&format!("Well {n}"), "the well", n));
        let at = format!("2021-01-0{n}T00:00:00Z");
        encode(&answer(&format!("{URL}{n}"), &at, &head, &page), &Compression::Gzip { level: 6 }).unwrap()
    };
    let mut bytes = [page(1), page(2), page(3)].concat();
    let middle = page(1).len() + page(2).len() / 2;
    bytes[middle] ^= 0xFF;
    let file = archive.file("damaged.warc.gz", bytes);
    let outcome = import(&archive, &file);
    outcome.code(1).says("damaged.warc.gz");
    assert_eq!((counts(&outcome).0, counts(&outcome).3), (2, 1));
}

#[test]
fn a_file_that_is_none_is_told_before_anything_is_stored() {
    let archive = TempArchive::new();
    let zip = archive.file("x.wacz", b"PK\x03\x04 and nothing of the kind");
    import(&archive, &zip).code(2).says("x.wacz");
    import(&archive, Path::new("/no/such.warc")).code(2).says("/no/such.warc");
    assert!(!archive.path().exists());
}
