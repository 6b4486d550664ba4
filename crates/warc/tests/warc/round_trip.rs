//! What is written is read back, in every format, whole, streamed and by its span.

use std::io::Read as _;

use chaffinch_warc::digest::Verdict;
use chaffinch_warc::{Compression, Error, Format, Reader, Record, RecordType, Writer, decode_one, encode};
use proptest::prelude::*;

use crate::support::{Trickle, compressions, dictionary, file, harvest, response, text};

#[test]
fn records_come_back_in_order_from_every_format_and_pass_strict_reading() {
    let dictionary = dictionary();
    let records: Vec<Record> = (0..20).map(|n| response(n, &text(n as u64, 50))).collect();
    for compression in compressions(&dictionary) {
        let (bytes, spans) = file(&records, compression);
        let read = harvest(Reader::strict(&bytes[..]));
        assert!(read.errors.is_empty(), "{compression:?}: {:?}", read.errors);
        let expected: Vec<_> = spans.iter().copied().zip(records.iter().cloned()).collect();
        assert_eq!(read.records, expected, "{compression:?}");
        assert_eq!(read.intact_until, bytes.len() as u64);
        assert!(read.records.iter().all(|(_, record)| record.verify_block() == Verdict::Matches));
    }
}

#[test]
fn the_bytes_of_a_span_are_a_record() {
    let dictionary = dictionary();
    let records = [response(1, "one"), response(2, &text(2, 9)), response(3, "")];
    for compression in compressions(&dictionary) {
        let (bytes, spans) = file(&records, compression);
        for (span, record) in spans.iter().zip(&records) {
            let bytes = &bytes[span.offset as usize..span.end() as usize];
            assert_eq!(bytes, encode(record, &compression).unwrap());
            assert_eq!(&decode_one(bytes, Some(&dictionary)).unwrap(), record, "{compression:?}");
        }
    }
}

#[test]
fn a_source_that_trickles_makes_no_difference() {
    let dictionary = dictionary();
    let records = [response(1, "one"), response(2, &text(2, 400)), response(3, "")];
    for compression in compressions(&dictionary) {
        let (bytes, _) = file(&records, compression);
        let read = harvest(Reader::strict(Trickle(&bytes)));
        assert!(read.errors.is_empty(), "{compression:?}: {:?}", read.errors);
        assert!(read.records.into_iter().map(|(_, record)| record).eq(records.iter().cloned()), "{compression:?}");
    }
}

#[test]
fn a_dictionary_makes_small_pages_smaller() {
    let dictionary = dictionary();
    let record = response(500, &text(500, 20));
    let [_, gzip, zstd, with_dictionary] = compressions(&dictionary).map(|c| encode(&record, &c).unwrap().len());
    assert!(with_dictionary < zstd && with_dictionary < gzip, "{gzip} {zstd} {with_dictionary}");
}

#[test]
fn a_streamed_block_is_the_same_record_as_a_whole_one() {
    let dictionary = dictionary();
    let record = response(1, &text(1, 40_000));
    for compression in compressions(&dictionary) {
        let mut writer = Writer::new(Vec::new(), compression).unwrap();
        let start = writer.position();
        let span = writer.write_from(&record.header, record.block.len() as u64, &record.block[..]).unwrap();
        assert_eq!(span.offset, start);
        let bytes = writer.finish().unwrap();
        assert_eq!(span.end(), bytes.len() as u64);
        let read = harvest(Reader::strict(&bytes[..]));
        assert!(read.errors.is_empty(), "{compression:?}: {:?}", read.errors);
        assert_eq!(read.records, [(span, record.clone())]);
    }
}

#[test]
fn a_streamed_block_of_another_length_than_announced_tears_the_writer() {
    let record = response(1, "hello");
    for (announced, found) in [(3, 4), (9, 5)] {
        let mut writer = Writer::new(Vec::new(), Compression::Gzip { level: 6 }).unwrap();
        let first = writer.write(&record).unwrap();
        let result = writer.write_from(&record.header, announced, &b"hello"[..]);
        assert!(matches!(result, Err(Error::Length { announced: a, found: f }) if (a, f) == (announced, found)));
        assert!(matches!(writer.write(&record), Err(Error::Torn { offset }) if offset == first.end()));
        assert!(matches!(writer.finish(), Err(Error::Torn { .. })));
    }
}

#[test]
fn a_file_is_gone_on_with_where_it_ended() {
    let dictionary = dictionary();
    for compression in compressions(&dictionary) {
        let (mut bytes, _) = file(&[response(1, "one")], compression);
        let end = bytes.len() as u64;
        let mut writer = Writer::append(&mut bytes, compression, end);
        let span = writer.write(&response(2, "two")).unwrap();
        writer.finish().unwrap();
        assert_eq!(span.offset, end);
        assert_eq!(harvest(Reader::strict(&bytes[..])).records.len(), 2, "{compression:?}");
    }
}

#[test]
fn every_frame_carries_size_checksum_and_dictionary_id() {
    let dictionary = dictionary();
    let compression = Compression::Zstd { level: 9, dictionary: Some(&dictionary) };
    let record = response(1, "hello");
    let frame = encode(&record, &compression).unwrap();
    let descriptor = frame[4];
    assert_ne!(descriptor & 0b100, 0, "checksum");
    // Single segment, so that no window descriptor stands before the id; an id of two bytes; a size of two bytes, less 256.
    assert_eq!((descriptor & 0b10_0000, descriptor & 0b11, descriptor >> 6), (0b10_0000, 2, 1));
    assert_eq!(u16::from_le_bytes([frame[5], frame[6]]), 41_000);
    assert_eq!(usize::from(u16::from_le_bytes([frame[7], frame[8]])) + 256, record.to_bytes().len());
}

#[test]
fn a_block_is_streamed_and_need_not_be_read() {
    let dictionary = dictionary();
    let records = [response(1, &text(1, 90_000)), response(2, "two")];
    for compression in compressions(&dictionary) {
        let (bytes, spans) = file(&records, compression);
        let mut reader = Reader::strict(&bytes[..]);
        let mut entry = reader.next_record().unwrap().unwrap();
        let mut start = [0; 15];
        entry.read_exact(&mut start).unwrap();
        assert_eq!(&start, b"HTTP/1.1 200 OK");
        assert_eq!(entry.finish().unwrap(), spans[0]);
        let entry = reader.next_record().unwrap().unwrap();
        assert_eq!((entry.offset, entry.addressable), (spans[1].offset, true));
        assert!(reader.next_record().unwrap().is_none());
        assert!(reader.next_record().unwrap().is_none());
    }
}

#[test]
fn a_block_longer_than_the_limit_is_refused_and_may_be_passed_over() {
    let (bytes, _) = file(&[response(1, &text(1, 900)), response(2, "two")], Compression::Gzip { level: 1 });
    let mut reader = Reader::new(&bytes[..]);
    let refused = reader.next_record().unwrap().unwrap().into_record(1000);
    assert!(matches!(refused, Err(Error::BlockTooLong { offset: 0, limit: 1000 })));
    assert!(reader.next_record().unwrap().unwrap().into_record(1000).is_ok());
}

#[test]
fn the_format_is_told_by_the_first_bytes() {
    let dictionary = dictionary();
    let expected = [Format::Plain, Format::Gzip, Format::Zstd, Format::Zstd];
    for (compression, format) in compressions(&dictionary).into_iter().zip(expected) {
        let (bytes, _) = file(&[response(1, "one")], compression);
        let mut reader = Reader::new(&bytes[..]);
        assert_eq!(reader.format(), None);
        reader.next_record().unwrap();
        assert_eq!(reader.format(), Some(format));
        let has = matches!(compression, Compression::Zstd { dictionary: Some(_), .. });
        assert_eq!(reader.dictionary(), has.then_some(&dictionary));
    }
}

/// Names and values as a header can hold them: no control characters, no blanks at the ends.
fn fields() -> impl Strategy<Value = Vec<(String, String)>> {
    prop::collection::vec(("X-[A-Za-z0-9-]{1,20}", "([!-~é日]([ -~é日]{0,40}[!-~é日])?)?"), 0..20)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_records_come_back(
        given in prop::collection::vec((fields(), prop::collection::vec(any::<u8>(), 0..3000)), 1..6),
        which in 0usize..4,
    ) {
        let dictionary = dictionary();
        let records: Vec<Record> = given.into_iter().enumerate().map(|(n, (fields, block))| {
            let record = response(n as u128, "");
            let record = fields.into_iter().fold(record, |record, (name, value)| record.field(&name, value));
            record.block("application/octet-stream", block)
        }).collect();
        let (bytes, spans) = file(&records, compressions(&dictionary)[which]);
        let read = harvest(Reader::strict(&bytes[..]));
        prop_assert!(read.errors.is_empty(), "{:?}", read.errors);
        let expected: Vec<_> = spans.into_iter().zip(records).collect();
        prop_assert_eq!(read.records, expected);
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..2000), start in 0usize..5) {
        let starts: [&[u8]; 5] =
            [b"", b"WARC/1.1\r\n", b"\x1f\x8b\x08\0", b"\x28\xb5\x2f\xfd", b"\x5d\x2a\x4d\x18\x10\0\0\0"];
        let bytes = [starts[start], &bytes].concat();
        harvest(Reader::new(&bytes[..]));
        harvest(Reader::strict(&bytes[..]));
        let _ = decode_one(&bytes, None);
    }
}

#[test]
fn an_empty_block_and_an_empty_file_are_read() {
    let record = Record::new(RecordType::Metadata).id("urn:uuid:1").date("2026-01-01T00:00:00Z".parse().unwrap());
    assert_eq!(decode_one(&record.to_bytes(), None).unwrap(), record);
    assert!(Reader::new(&b""[..]).next_record().unwrap().is_none());
    assert!(matches!(decode_one(b"", None), Err(Error::Truncated { offset: 0 })));
}
