//! Damaged and cut files: what is lost is told, what is left is found.

use chaffinch_warc::{Compression, Error, Reader, Record, Writer, decode_one, encode};
use proptest::prelude::*;

use crate::support::{compressions, dictionary, file, harvest, response, text};

/// The numbers in the addresses of what was read.
fn numbers(records: &[(chaffinch_warc::Span, Record)]) -> Vec<u32> {
    records
        .iter()
        .map(|(_, record)| {
            record.header.target_uri().unwrap().trim_start_matches("http://example.com/").parse().unwrap()
        })
        .collect()
}

#[test]
fn a_file_cut_at_any_byte_gives_the_whole_records_before_the_cut() {
    let dictionary = dictionary();
    let records = [response(1, "one"), response(2, &text(2, 12)), response(3, "three")];
    for compression in compressions(&dictionary) {
        let (bytes, spans) = file(&records, compression);
        for end in 0..bytes.len() {
            let whole = spans.iter().filter(|span| span.end() <= end as u64).count();
            for strict in [true, false] {
                let cut = &bytes[..end];
                let read = harvest(if strict { Reader::strict(cut) } else { Reader::new(cut) });
                // Read leniently, an uncompressed record may go without the line ends behind it.
                let lenient_plain = !strict && matches!(compression, Compression::None);
                let last = spans.get(whole).is_some_and(|span| lenient_plain && end as u64 + 4 >= span.end());
                assert_eq!(read.records.len(), whole + usize::from(last), "{compression:?} {end} {strict}");
                let sound_end =
                    end == 0 || last || spans[0].offset == end as u64 || spans.iter().any(|s| s.end() == end as u64);
                assert_eq!(read.errors.is_empty(), sound_end, "{compression:?} {end} {strict} {:?}", read.errors);
                assert!(read.errors.iter().all(|e| matches!(e, Error::Truncated { .. })), "{:?}", read.errors);
                assert!(read.intact_until <= end as u64);
                if !sound_end {
                    let expected = if whole > 0 { spans[whole - 1].end() } else { 0 };
                    assert_eq!(read.errors[0].offset().unwrap().max(spans[0].offset), expected.max(spans[0].offset));
                    assert!(read.intact_until == expected || read.intact_until == spans[0].offset, "{end}");
                }
            }
        }
    }
}

#[test]
fn a_flipped_byte_in_a_record_costs_that_record_alone() {
    let dictionary = dictionary();
    let records: Vec<Record> = (1..=3).map(|n| response(n, &text(n as u64, 30))).collect();
    for compression in &compressions(&dictionary)[1..] {
        let (bytes, spans) = file(&records, *compression);
        for at in spans[1].offset..spans[1].end() {
            let mut bytes = bytes.clone();
            bytes[at as usize] ^= 0x55;
            let read = harvest(Reader::new(&bytes[..]));
            let found = numbers(&read.records);
            // Some bytes of a gzip header (time, system) mean nothing, and changing them loses nothing.
            assert!(found == [1, 3] || found == [1, 2, 3], "{compression:?} {at}: {found:?} {:?}", read.errors);
            if found == [1, 3] {
                assert_eq!(read.errors.len(), 1, "{:?}", read.errors);
                assert_eq!(read.errors[0].offset(), Some(spans[1].offset));
                assert_eq!(read.intact_until, spans[1].offset);
            } else {
                assert_eq!(read.records[1].1, records[1]);
            }
        }
    }
}

#[test]
fn a_hole_of_zeros_costs_no_more_than_the_records_it_touches() {
    let dictionary = dictionary();
    let records: Vec<Record> = (1..=60).map(|n| response(n, &text(n as u64, 60))).collect();
    for compression in compressions(&dictionary) {
        let (mut bytes, spans) = file(&records, compression);
        let hole = bytes.len() as u64 / 2..bytes.len() as u64 / 2 + 4096;
        bytes[hole.start as usize..hole.end as usize].fill(0);
        let untouched: Vec<u32> = (1..=60)
            .filter(|n| {
                let span = spans[*n as usize - 1];
                span.end() <= hole.start || span.offset >= hole.end
            })
            .collect();
        let read = harvest(Reader::new(&bytes[..]));
        let found: Vec<u32> = read
            .records
            .iter()
            .filter(|(_, record)| record.verify_block() == chaffinch_warc::digest::Verdict::Matches)
            .map(|(_, record)| record.header.target_uri().unwrap().rsplit('/').next().unwrap().parse().unwrap())
            .collect();
        assert_eq!(found, untouched, "{compression:?}");
        assert!(!read.errors.is_empty() || matches!(compression, Compression::None));
    }
}

#[test]
fn rubbish_between_records_is_passed_over_and_told() {
    let dictionary = dictionary();
    for compression in compressions(&dictionary) {
        let (front, _) = file(&[response(1, "one")], compression);
        let rubbish = b"rubbish with ( and W and ] and \x1f\x8b\x08 in it\n";
        let bytes = [&front[..], rubbish, &encode(&response(2, "two"), &compression).unwrap()].concat();
        let read = harvest(Reader::new(&bytes[..]));
        assert_eq!(numbers(&read.records), [1, 2], "{compression:?}");
        assert_eq!(read.errors.len(), 1, "{:?}", read.errors);
        assert_eq!(read.errors[0].offset(), Some(front.len() as u64));
        assert_eq!(read.records[1].0.offset, (front.len() + rubbish.len()) as u64);
    }
}

#[test]
fn a_file_whose_front_is_lost_is_read_from_its_first_whole_record() {
    let records: Vec<Record> = (1..=4).map(|n| response(n, &text(n as u64, 30))).collect();
    for compression in
        [Compression::None, Compression::Gzip { level: 6 }, Compression::Zstd { level: 3, dictionary: None }]
    {
        let (mut bytes, spans) = file(&records, compression);
        bytes[..spans[1].offset as usize + 10].fill(0);
        let read = harvest(Reader::new(&bytes[..]));
        assert_eq!(numbers(&read.records), [3, 4], "{compression:?} {:?}", read.errors);
    }
}

#[test]
fn a_lost_dictionary_can_be_given_to_the_reader() {
    let dictionary = dictionary();
    let records = [response(1, "one"), response(2, "two")];
    let (mut bytes, spans) = file(&records, Compression::Zstd { level: 9, dictionary: Some(&dictionary) });
    bytes[..100].fill(0);
    let mut reader = Reader::new(&bytes[..]);
    assert!(matches!(reader.next_record(), Err(Error::NotWarc { offset: 0 })));
    assert_eq!(reader.skip_to_next().unwrap(), Some(spans[0].offset));
    let missing = reader.next_record().err().unwrap();
    assert!(matches!(missing, Error::MissingDictionary { offset, id: 41_000 } if offset == spans[0].offset));
    reader.set_dictionary(dictionary).unwrap();
    assert_eq!(numbers(&harvest(reader).records), [1, 2]);
}

#[test]
fn without_its_dictionary_a_frame_is_refused_by_name() {
    let dictionary = dictionary();
    let frame = encode(&response(1, "one"), &Compression::Zstd { level: 9, dictionary: Some(&dictionary) }).unwrap();
    assert!(matches!(decode_one(&frame, None), Err(Error::MissingDictionary { offset: 0, id: 41_000 })));
    assert!(decode_one(&frame, Some(&dictionary)).is_ok());
}

#[test]
fn extension_frames_are_skipped_and_a_later_dictionary_takes_over() {
    let dictionary = dictionary();
    let plain = Compression::Zstd { level: 3, dictionary: None };
    let extension = [&[0x50, 0x2A, 0x4D, 0x18, 5, 0, 0, 0][..], b"12345"].concat();
    let (with, _) = file(&[response(3, "three")], Compression::Zstd { level: 9, dictionary: Some(&dictionary) });
    let one = encode(&response(1, "one"), &plain).unwrap();
    let two = encode(&response(2, "two"), &plain).unwrap();
    let front = [&one[..], &extension, &two].concat();
    assert_eq!(numbers(&harvest(Reader::strict(&front[..])).records), [1, 2]);
    let bytes = [&front[..], &with].concat();
    let read = harvest(Reader::new(&bytes[..]));
    assert_eq!((numbers(&read.records), read.errors.len()), (vec![1, 2, 3], 0));
    let strict = harvest(Reader::strict(&bytes[..]));
    assert_eq!(strict.errors[0].offset(), Some(front.len() as u64));
    assert_eq!(numbers(&strict.records), [1, 2]);
}

#[test]
fn a_frame_without_size_or_checksum_is_read_leniently_and_refused_strictly() {
    let record = response(1, "one");
    let frame = zstd::stream::encode_all(&record.to_bytes()[..], 3).unwrap();
    assert_eq!(harvest(Reader::new(&frame[..])).records.len(), 1);
    assert_eq!(harvest(Reader::strict(&frame[..])).records.len(), 0);
}

#[test]
fn a_record_spread_over_several_frames_is_one_record() {
    let record = response(1, &text(1, 100));
    let whole = record.to_bytes();
    let mut bytes = Vec::new();
    for part in whole.chunks(500) {
        bytes.extend(zstd::bulk::compress(part, 3).unwrap());
    }
    let first = bytes.len() as u64;
    bytes.extend(encode(&response(2, "two"), &Compression::Zstd { level: 3, dictionary: None }).unwrap());
    let read = harvest(Reader::new(&bytes[..]));
    assert!(read.errors.is_empty(), "{:?}", read.errors);
    assert_eq!(read.records[0].1, record);
    assert_eq!((read.records[0].0.length, read.records[1].0.offset), (first, first));
}

#[test]
fn a_file_compressed_as_a_whole_is_read_but_its_records_are_not_addressable() {
    let (plain, _) = file(&[response(1, "one"), response(2, "two")], Compression::None);
    let bytes = zstd::bulk::compress(&plain, 3).unwrap();
    let mut reader = Reader::new(&bytes[..]);
    assert!(reader.next_record().unwrap().unwrap().addressable);
    assert!(!reader.next_record().unwrap().unwrap().addressable);
    assert_eq!(harvest(Reader::strict(&bytes[..])).records.len(), 0);
}

#[test]
fn a_block_shorter_than_its_length_does_not_swallow_the_next_record() {
    for compression in [Compression::Gzip { level: 6 }, Compression::Zstd { level: 3, dictionary: None }] {
        let mut short = response(1, "one");
        short.header.set("Content-Length", "5000");
        let (bytes, spans) = file(&[short, response(2, "two")], compression);
        let read = harvest(Reader::new(&bytes[..]));
        assert_eq!(numbers(&read.records), [2], "{compression:?}");
        assert_eq!(read.errors[0].offset(), Some(0));
        assert_eq!(read.records[0].0, spans[1]);
    }
}

#[test]
fn a_header_without_end_is_refused_at_the_limit() {
    let endless = [b"WARC/1.1\r\n".to_vec(), b"X-A: ".to_vec(), vec![b'a'; 2_000_000]].concat();
    let error = Reader::new(&endless[..]).next_record().err().unwrap();
    assert!(matches!(error, Error::HeaderTooLarge { offset: 0, .. }), "{error}");
    let many = [b"WARC/1.1\r\nContent-Length: 0\r\n".to_vec(), b"A: b\r\n".repeat(2000), b"\r\n".to_vec()].concat();
    let error = Reader::new(&many[..]).next_record().err().unwrap();
    assert_eq!(error.to_string(), "the record header at offset 0 exceeds 1000 fields");
}

#[test]
fn a_claimed_length_of_exabytes_takes_no_memory() {
    let bytes = b"WARC/1.1\r\nContent-Length: 9000000000000000000\r\n\r\nshort";
    assert!(matches!(decode_one(bytes, None), Err(Error::BlockTooLong { .. })));
    let mut reader = Reader::new(&bytes[..]);
    let result = reader.next_record().unwrap().unwrap().into_record(u64::MAX);
    assert!(matches!(result, Err(Error::Truncated { offset: 0 })));
}

#[test]
fn what_is_no_warc_is_told() {
    let error = Reader::new(&b"<!doctype html>"[..]).next_record().err().unwrap();
    assert_eq!(error.to_string(), "no WARC record, gzip member or Zstandard frame at offset 0");
    // gzip, but of something else
    let mut writer = Writer::new(Vec::new(), Compression::None).unwrap();
    writer.write_encoded(&[0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]).unwrap();
    assert!(Reader::new(&writer.finish().unwrap()[..]).next_record().unwrap().is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_damage_is_survived_and_what_verifies_is_true(
        flips in prop::collection::vec((any::<prop::sample::Index>(), 1u8..), 1..8),
        which in 0usize..4,
    ) {
        let dictionary = dictionary();
        let records: Vec<Record> = (1..=5).map(|n| response(n, &text(n as u64, 40))).collect();
        let (mut bytes, _) = file(&records, compressions(&dictionary)[which]);
        for (at, bits) in flips {
            let at = at.index(bytes.len());
            bytes[at] ^= bits;
        }
        let read = harvest(Reader::new(&bytes[..]));
        for (span, record) in &read.records {
            prop_assert!(span.end() <= bytes.len() as u64);
            if which > 0 {
                prop_assert!(records.contains(record), "a checksum let a changed record through");
            }
        }
    }
}
