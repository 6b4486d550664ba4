//! What is read as a record is written so that it reads the same again, however it is compressed.
#![no_main]

use chaffinch_warc::{Compression, decode_one, encode};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(record) = decode_one(bytes, None) else { return };
    let _ = (record.header.record_type(), record.header.date(), record.header.truncated(), record.verify_block());
    for compression in
        [Compression::None, Compression::Gzip { level: 1 }, Compression::Zstd { level: 1, dictionary: None }]
    {
        let written = encode(&record, &compression).expect("there is memory");
        assert_eq!(decode_one(&written, None).expect("what was written can be read"), record);
    }
});
