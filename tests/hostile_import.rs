//! Hostile files to import: what lies, bursts or climbs costs itself; what stands beside it is taken in, and nothing is written
//! anywhere but into the archive.

use std::io::Write;

use chaffinch_warc::http::Head;
use chaffinch_warc::{Compression, Record, RecordType, encode};

use crate::support::chaffinch::{Chaffinch, Outcome, TempArchive};
use crate::support::pages::article;
use crate::support::site::gzip;

fn page(n: u32) -> Record {
    let head = Head::response("HTTP/1.1", 200, "OK").field("Content-Type", "text/html");
    let body = article(&format!("Well {n}"), &format!("the well {n}"), n);
    Record::new(RecordType::Response)
        .id(&format!("urn:uuid:00000000-0000-4000-8000-{n:012x}"))
        .date("2021-01-01T00:00:00Z".parse().unwrap())
        .target_uri(&format!("https://gazette.example/{n}"))
        .block("application/http;msgtype=response", head.message(body.as_bytes()))
}

fn member(record: &Record) -> Vec<u8> {
    encode(record, &Compression::Gzip { level: 6 }).unwrap()
}

/// Imports a file; how many captures were taken in and how many failed.
fn import(name: &str, bytes: impl AsRef<[u8]>) -> (TempArchive, Outcome, u64, u64) {
    let archive = TempArchive::new();
    let file = archive.file(name, bytes);
    let outcome = Chaffinch::new().archive(&archive).args(["--json", "import"]).arg(file).run();
    let told = outcome.stdout.lines().next_back().and_then(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let number = |name: &str| told.as_ref().and_then(|told| told[name].as_u64()).unwrap_or(0);
    let (captures, failed) = (number("captures"), number("failed"));
    if archive.path().exists() {
        Chaffinch::new().archive(&archive).arg("verify").run().success();
    }
    (archive, outcome, captures, failed)
}

/// A ZIP file of such names and contents.
fn zip(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in parts {
        zip.start_file(*name, stored).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn names_that_climb_out_of_a_container_lead_nowhere() {
    let (climbing, warc) = (member(&page(1)), member(&page(2)));
    let parts: [(&str, &[u8]); 3] =
        [("archive/../../../climbed.warc.gz", &climbing), ("/absolute.warc.gz", b"x"), ("archive/data.warc.gz", &warc)];
    let (archive, _, captures, _) = import("climbing.wacz", zip(&parts));
    assert_eq!(captures, 1);
    let beside: Vec<_> = std::fs::read_dir(archive.path().parent().unwrap()).unwrap().flatten().collect();
    assert_eq!(beside.len(), 2, "the archive and the container: {beside:?}");
}

#[test]
fn a_container_that_bursts_is_refused() {
    // Both heads of the part are made to say that it is compressed.
    let mut bomb = zip(&[("archive/data.warc.gz", &[0; 99])]);
    let central = bomb.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    bomb[8] = 8;
    bomb[central + 10] = 8;
    let (_, outcome, captures, _) = import("bomb.wacz", bomb);
    outcome.says("compressed once more");
    assert_eq!(captures, 0);
}

#[test]
fn a_record_that_bursts_costs_itself() {
    let mut bomb =
        b"WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000009>\r\n\
        WARC-Date: 2021-01-01T00:00:00Z\r\nWARC-Target-URI: https://gazette.example/bomb\r\n\
        Content-Type: application/http;msgtype=response\r\nContent-Length: 300000000\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"
            .to_vec();
    bomb.resize(bomb.len() + 300_000_000, b'0');
    let bytes = [member(&page(1)), gzip(&bomb), member(&page(2))].concat();
    assert!(bytes.len() < 1 << 20);
    let (_, outcome, captures, failed) = import("bomb.warc.gz", bytes);
    outcome.code(1).says("bomb.warc.gz");
    assert_eq!((captures, failed), (2, 1));
}

#[test]
fn absurd_lengths_cost_their_record() {
    for length in ["18446744073709551615", "9223372036854775807", "-1", "1e9", "99999999999999999999999", ""] {
        let lie = format!(
            "WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:1>\r\nWARC-Date: 2021-01-01T00:00:00Z\r\n\
             Content-Length: {length}\r\n\r\nshort\r\n\r\n"
        );
        let bytes = [member(&page(1)), gzip(lie.as_bytes()), member(&page(2))].concat();
        let (_, outcome, captures, failed) = import("lengths.warc.gz", bytes);
        outcome.code(1);
        assert_eq!((captures, failed), (2, 1), "Content-Length: {length}");
    }
}

#[test]
fn millions_of_headers_cost_their_record() {
    let mut lie = "WARC/1.1\r\nWARC-Type: response\r\n".to_owned();
    lie.push_str(&"X-Field: value\r\n".repeat(2_000_000));
    let bytes = [member(&page(1)), gzip(lie.as_bytes()), member(&page(2))].concat();
    let (_, outcome, captures, failed) = import("headers.warc.gz", bytes);
    outcome.code(1);
    assert_eq!((captures, failed), (2, 1));
}

#[test]
fn a_dictionary_of_a_gigabyte_is_refused() {
    let mut bytes = vec![0x5D, 0x2A, 0x4D, 0x18];
    bytes.extend((1_u32 << 30).to_le_bytes());
    bytes.extend([0x37, 0xA4, 0x30, 0xEC]);
    let (_, outcome, captures, _) = import("dictionary.warc.zst", &bytes);
    assert!(outcome.code != Some(0) && captures == 0);
    // One that unpacks to a gigabyte.
    let packed = zstd::bulk::compress(&vec![7; 1 << 26], 1).unwrap();
    let mut bytes = vec![0x5D, 0x2A, 0x4D, 0x18];
    bytes.extend((packed.len() as u32).to_le_bytes());
    bytes.extend(packed);
    let (_, outcome, captures, _) = import("bursting.warc.zst", &bytes);
    assert!(outcome.code != Some(0) && captures == 0);
}

#[test]
fn a_record_that_lies_about_its_digest_is_not_taken_in() {
    let mut block = page(2);
    block.header.set("WARC-Block-Digest", chaffinch_warc::sha256(b"something else"));
    let mut payload = page(3);
    payload.header.set("WARC-Payload-Digest", "sha1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    let mut honest = page(4);
    honest.header.set("WARC-Payload-Digest", "md5:whatever");
    let bytes = [&page(1), &block, &payload, &honest].map(member).concat();
    let (_, outcome, captures, failed) = import("lies.warc.gz", bytes);
    outcome.code(1).says("gazette.example/2").says("gazette.example/3");
    assert_eq!((captures, failed), (2, 2));
}
