//! Any bytes are text under any charset; UTF-8 that says so stays what it is.
#![no_main]

use chaffinch_extract::decode::decode;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &[u8])| {
    let (content_type, bytes) = input;
    let _ = decode(bytes, None);
    let _ = decode(bytes, Some(content_type));
    let marked = bytes.starts_with(b"\xEF\xBB\xBF") || bytes.starts_with(b"\xFE\xFF") || bytes.starts_with(b"\xFF\xFE");
    if let (Ok(text), false) = (std::str::from_utf8(bytes), marked) {
        assert_eq!(decode(bytes, Some("text/html; charset=utf-8")).0, text);
    }
});
