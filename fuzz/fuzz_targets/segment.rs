//! A file of records with a dictionary, damaged anywhere: the reader comes to its end, finds its way behind the damage, and
//! what it reads as whole was written so. Inputs that begin with an even byte are read as they are.
#![no_main]

use std::sync::OnceLock;

use chaffinch_warc::{Compression, Dictionary, Reader, Record, RecordType, Writer};
use libfuzzer_sys::fuzz_target;

const RECORD_BYTES_MAX: u64 = 1 << 20;
/// A reader that goes back would go on for ever.
const STEPS_MAX: usize = 1 << 16;

fn records() -> Vec<Record> {
    let record = |n: u32| {
        let body = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>Page {n}, {}</p>",
            "word ".repeat(n as usize)
        );
        let id = format!("urn:uuid:00000000-0000-7000-8000-{n:012x}");
        Record::new(RecordType::Response).id(&id).target_uri("https://example.org/").block("application/http", body)
    };
    (0..20).map(record).collect()
}

fn originals() -> &'static [Record] {
    static ORIGINALS: OnceLock<Vec<Record>> = OnceLock::new();
    ORIGINALS.get_or_init(records)
}

fn file() -> &'static [u8] {
    static FILE: OnceLock<Vec<u8>> = OnceLock::new();
    FILE.get_or_init(|| {
        let samples: Vec<Vec<u8>> = records().iter().map(Record::to_bytes).collect();
        let samples: Vec<&[u8]> = samples.iter().map(Vec::as_slice).collect();
        let dictionary =
            Dictionary::finalize(&samples.concat(), &samples, 70_000, 3).expect("samples make a dictionary");
        let compression = Compression::Zstd { level: 3, dictionary: Some(&dictionary) };
        let mut writer = Writer::new(Vec::new(), compression).expect("memory takes everything");
        for record in records() {
            writer.write(&record).expect("memory takes everything");
        }
        writer.finish().expect("memory takes everything")
    })
}

/// Three bytes an edit: where, where, what.
fn damaged(edits: &[u8]) -> Vec<u8> {
    let mut bytes = file().to_vec();
    for edit in edits.chunks_exact(3) {
        let at = (usize::from(edit[0]) << 8 | usize::from(edit[1])) % bytes.len();
        match edit[2] {
            0 => bytes.truncate(at.max(1)),
            255 => drop(bytes.remove(at)),
            flip => bytes[at] ^= flip,
        }
        if bytes.len() < 2 {
            break;
        }
    }
    bytes
}

fuzz_target!(|input: &[u8]| {
    let Some((kind, rest)) = input.split_first() else { return };
    let bytes = if kind % 2 == 0 { rest.to_vec() } else { damaged(rest) };
    let mut reader = Reader::new(bytes.as_slice());
    for _ in 0..STEPS_MAX {
        let read = match reader.next_record() {
            Ok(None) => return,
            Ok(Some(entry)) => entry.into_record(RECORD_BYTES_MAX).map(|(_, record)| record),
            Err(error) => Err(error),
        };
        match read {
            // Two blows may hide each other; one is always seen.
            Ok(record) if kind % 2 == 1 && rest.len() < 6 => {
                let written = record.header.record_type() == RecordType::Response && originals().contains(&record);
                assert!(written, "{record:?} was never written");
            }
            Ok(_) => {}
            Err(_) => match reader.skip_to_next() {
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => return,
            },
        }
    }
    panic!("the reader does not come to its end");
});
