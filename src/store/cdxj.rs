//! Lines of a CDXJ index, as pywb, OutbackCDX and the tools around them read it: a key to sort by, a time, and what the capture
//! is. It reads no file.

use std::fmt;

use chaffinch_warc::Span;
use serde::Serialize;

use crate::store::capture::Capture;

/// One capture in an index. Lines sort by URL and time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    surt: String,
    timestamp: String,
    rest: String,
}

/// What stands behind key and time. All values are text, as the tools write them.
#[derive(Serialize)]
struct Fields<'a> {
    url: &'a str,
    mime: &'a str,
    status: String,
    digest: &'a str,
    length: String,
    offset: String,
    filename: &'a str,
}

impl Line {
    /// The line of a capture whose answer lies at a place in a file.
    pub fn new(capture: &Capture, is_revisit: bool, filename: &str, span: Span) -> Self {
        let fields = Fields {
            url: capture.url.as_str(),
            mime: if is_revisit { "warc/revisit" } else { &capture.media_type },
            status: capture.status.to_string(),
            digest: &capture.payload_digest,
            length: span.length.to_string(),
            offset: span.offset.to_string(),
            filename,
        };
        Self {
            surt: crate::url::surt(&capture.url),
            timestamp: capture.at.strftime("%Y%m%d%H%M%S").to_string(),
            // Strings and numbers of our own always become JSON.
            rest: serde_json::to_string(&fields).unwrap_or_default(),
        }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.surt, self.timestamp, self.rest)
    }
}
