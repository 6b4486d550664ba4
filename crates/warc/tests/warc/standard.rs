//! Records written by hand, one of each type, in the shapes that WARC 1.0 and 1.1 describe.

use chaffinch_warc::http::Head;
use chaffinch_warc::{Mode, Options, Reader, RecordType, SERVER_NOT_MODIFIED, Truncated, Version, decode_one};

use crate::support::harvest;

/// A file of every type, as a crawler would have written it.
const FILE: &str = "WARC/1.1\r\n\
    WARC-Type: warcinfo\r\n\
    WARC-Date: 2016-09-19T17:20:14Z\r\n\
    WARC-Record-ID: <urn:uuid:11111111-1111-4111-8111-111111111111>\r\n\
    WARC-Filename: TEST-0001.warc\r\n\
    Content-Type: application/warc-fields\r\n\
    Content-Length: 32\r\n\
    \r\n\
    software: A crawler\r\nrobots: y\r\n\
    \r\n\r\n\
    WARC/1.1\r\n\
    WARC-Type: request\r\n\
    WARC-Target-URI: http://www.example.org/images/logo.jpg\r\n\
    WARC-Warcinfo-ID: <urn:uuid:11111111-1111-4111-8111-111111111111>\r\n\
    WARC-Date: 2016-09-19T17:20:24Z\r\n\
    WARC-Record-ID: <urn:uuid:22222222-2222-4222-8222-222222222222>\r\n\
    WARC-Concurrent-To: <urn:uuid:33333333-3333-4333-8333-333333333333>\r\n\
    WARC-Concurrent-To: <urn:uuid:44444444-4444-4444-8444-444444444444>\r\n\
    Content-Type: application/http;msgtype=request\r\n\
    Content-Length: 54\r\n\
    \r\n\
    GET /images/logo.jpg HTTP/1.0\r\nHost: www.example.org\r\n\
    \r\n\r\n\
    WARC/1.1\r\n\
    WARC-Type: response\r\n\
    WARC-Target-URI: http://www.example.org/images/logo.jpg\r\n\
    WARC-Date: 2016-09-19T17:20:24.123456Z\r\n\
    WARC-Block-Digest: sha1:UZY6ND6CCHXETFVJD2MSS7ZENMWF7KQ2\r\n\
    WARC-Payload-Digest: sha1:CCHXETFVJD2MUZY6ND6SS7ZENMWF7KQ2\r\n\
    WARC-IP-Address: 207.241.233.58\r\n\
    WARC-Record-ID: <urn:uuid:33333333-3333-4333-8333-333333333333>\r\n\
    Content-Type: application/http;msgtype=response\r\n\
    WARC-Identified-Payload-Type: image/jpeg\r\n\
    WARC-Truncated: length\r\n\
    Content-Length: 47\r\n\
    \r\n\
    HTTP/1.1 200 OK\r\nServer: Apache\r\n\r\n[image data]\
    \r\n\r\n\
    WARC/1.1\r\n\
    WARC-Type: revisit\r\n\
    WARC-Target-URI: http://www.example.org/images/logo.jpg\r\n\
    WARC-Date: 2017-03-06T00:43:35Z\r\n\
    WARC-Profile: http://netpreserve.org/warc/1.1/revisit/server-not-modified\r\n\
    WARC-Record-ID: <urn:uuid:55555555-5555-4555-8555-555555555555>\r\n\
    WARC-Refers-To: <urn:uuid:33333333-3333-4333-8333-333333333333>\r\n\
    WARC-Refers-To-Target-URI: http://www.example.org/images/logo.jpg\r\n\
    WARC-Refers-To-Date: 2016-09-19T17:20:24Z\r\n\
    Content-Type: message/http\r\n\
    Content-Length: 33\r\n\
    \r\n\
    HTTP/1.1 304 Not Modified\r\nA: b\r\n\
    \r\n\r\n";

#[test]
fn a_file_as_a_crawler_writes_it_is_read_strictly() {
    let read = harvest(Reader::strict(FILE.as_bytes()));
    assert!(read.errors.is_empty(), "{:?}", read.errors);
    let records: Vec<_> = read.records.into_iter().map(|(_, record)| record).collect();
    let types: Vec<_> = records.iter().map(|record| record.header.record_type()).collect();
    assert_eq!(types, [RecordType::Warcinfo, RecordType::Request, RecordType::Response, RecordType::Revisit]);

    assert_eq!(records[0].header.filename(), Some("TEST-0001.warc"));
    assert_eq!(records[0].block, b"software: A crawler\r\nrobots: y\r\n");
    assert_eq!(records[1].header.warcinfo_id(), records[0].header.record_id());
    assert_eq!(records[1].header.concurrent_to().next(), records[2].header.record_id());
    assert_eq!(records[1].header.concurrent_to().count(), 2);

    let response = &records[2].header;
    assert_eq!(response.date(), Some("2016-09-19T17:20:24.123456Z".parse().unwrap()));
    assert_eq!(response.payload_digest(), Some("sha1:CCHXETFVJD2MUZY6ND6SS7ZENMWF7KQ2"));
    assert_eq!(response.block_digest(), Some("sha1:UZY6ND6CCHXETFVJD2MSS7ZENMWF7KQ2"));
    assert_eq!(response.ip_address(), Some("207.241.233.58".parse().unwrap()));
    assert_eq!(response.identified_payload_type(), Some("image/jpeg"));
    assert_eq!(response.truncated(), Some(Truncated::Length));
    let (head, body) = Head::parse(&records[2].block).unwrap();
    assert_eq!((head.status(), body), (Some(200), &b"[image data]"[..]));

    let revisit = &records[3].header;
    assert_eq!(revisit.profile(), Some(SERVER_NOT_MODIFIED));
    assert_eq!(revisit.refers_to(), response.record_id());
    assert_eq!(revisit.refers_to_target_uri(), response.target_uri());
    assert_eq!(revisit.refers_to_date(), Some("2016-09-19T17:20:24Z".parse().unwrap()));
    assert_eq!(Head::parse(&records[3].block).unwrap().0.status(), Some(304));
}

#[test]
fn what_was_read_is_written_as_it_stood() {
    let written: Vec<u8> =
        harvest(Reader::strict(FILE.as_bytes())).records.iter().flat_map(|(_, record)| record.to_bytes()).collect();
    assert_eq!(String::from_utf8(written).unwrap(), FILE);
}

#[test]
fn a_segment_of_a_record_is_typed() {
    let record = decode_one(
        b"WARC/1.0\r\nWARC-Type: continuation\r\nWARC-Target-URI: <http://www.example.org/long.mpg>\r\n\
        WARC-Date: 2016-09-19T17:20:24Z\r\nWARC-Record-ID: <urn:uuid:2>\r\nWARC-Segment-Origin-ID: <urn:uuid:1>\r\n\
        WARC-Segment-Number: 2\r\nWARC-Segment-Total-Length: 1902\r\nContent-Length: 4\r\n\r\nlast\r\n\r\n",
        None,
    )
    .unwrap();
    assert_eq!(record.header.version, Version::V1_0);
    assert_eq!(record.header.record_type(), RecordType::Continuation);
    assert_eq!(record.header.target_uri(), Some("http://www.example.org/long.mpg"));
    assert_eq!(record.header.segment_origin_id(), Some("urn:uuid:1"));
    assert_eq!((record.header.segment_number(), record.header.segment_total_length()), (Some(2), Some(1902)));
}

#[test]
fn loose_files_are_read_leniently_and_refused_strictly() {
    for (why, file, count) in [
        ("bare line feeds", "WARC/1.0\nWARC-Type: resource\nContent-Length: 2\n\nhi\n\n".repeat(2), 2),
        ("no line ends behind the last", "WARC/1.0\r\nContent-Length: 2\r\n\r\nhi".to_owned(), 1),
        ("too many line ends", "WARC/1.0\r\nContent-Length: 2\r\n\r\nhi\r\n\r\n\r\n\r\n".repeat(2), 2),
        ("a draft's version", "WARC/0.18\r\nContent-Length: 2\r\n\r\nhi\r\n\r\n".to_owned(), 1),
        ("no mandatory fields", "WARC/1.1\r\nContent-Length: 2\r\n\r\nhi\r\n\r\n".to_owned(), 1),
    ] {
        let read = harvest(Reader::new(file.as_bytes()));
        assert_eq!((read.records.len(), read.errors.len()), (count, 0), "{why}: {:?}", read.errors);
        assert!(read.records.iter().all(|(_, record)| record.block == b"hi"), "{why}");
        let options = Options { mode: Mode::Strict, ..Options::default() };
        assert_ne!(harvest(Reader::with_options(file.as_bytes(), options)).errors.len(), 0, "{why}");
    }
}

#[test]
fn a_folded_field_is_one_value() {
    let record =
        decode_one(b"WARC/1.0\r\nX-Long: one\r\n two\r\n\tthree\r\nContent-Length: 0\r\n\r\n\r\n\r\n", None).unwrap();
    assert_eq!(record.header.get("x-long"), Some("one two three"));
}
