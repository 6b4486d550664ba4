//! Reads the body of one answer under the limits. Whatever stops it early, what came until then is kept and the reason
//! said: a body is never an error. It does not know what was asked for.

use std::io::ErrorKind;

use bytes::Bytes;
use tokio::time::{Instant, timeout_at};

use crate::fetch::coding::{Cut, Decoder, codings};
use crate::fetch::error::Cause;
use crate::fetch::limits::Limits;
use crate::page::{Headers, Truncation};

/// A body as it came.
#[derive(Debug)]
pub(crate) struct Body {
    pub bytes: Bytes,
    pub truncated: Option<Truncation>,
    pub wire_bytes: u64,
}

/// Reads until the end of the body or of a budget. `deadline` is the end of the whole exchange.
pub(crate) async fn read(
    response: &mut reqwest::Response,
    headers: &Headers,
    limits: &Limits,
    deadline: Instant,
) -> Body {
    let codings = codings(headers.get_all("content-encoding")).unwrap_or_default();
    let mut decoder = Decoder::new(&codings, *limits);
    let mut pace = Pace::new(limits, Instant::now());
    let bodiless = matches!(response.status().as_u16(), 204 | 304);
    let announced = response.content_length().filter(|_| !bodiless);
    let mut wire_bytes = 0;
    let truncated = loop {
        let chunk = match timeout_at(pace.until().min(deadline), response.chunk()).await {
            Ok(Ok(Some(chunk))) => chunk,
            // HTTP/2 has endings that look whole to the library (a stream that was cancelled): what was announced counts.
            Ok(Ok(None)) if announced.is_some_and(|bytes| wire_bytes < bytes) => break Some(Truncation::Disconnect),
            Ok(Ok(None)) => break None,
            Ok(Err(error)) => break Some(broken_off(error)),
            Err(_) if Instant::now() < deadline && pace.next_window() => continue,
            Err(_) => break Some(Truncation::Time),
        };
        pace.came(chunk.len());
        let left = limits.wire_bytes_max - wire_bytes;
        let taken = &chunk[..chunk.len().min(usize::try_from(left).unwrap_or(usize::MAX))];
        wire_bytes += taken.len() as u64;
        if let Err(cut) = decoder.push(taken) {
            break Some(reason(cut));
        }
        if taken.len() < chunk.len() {
            break Some(Truncation::Length);
        }
        // A fast drip is always ready: the clock must be looked at here too.
        let now = Instant::now();
        if now >= deadline || (now >= pace.until() && !pace.next_window()) {
            break Some(Truncation::Time);
        }
    };
    // What a decoder still holds belongs to the body, wherever that was cut; why it was cut first counts.
    let ended = decoder.finish().err().map(reason);
    Body { bytes: decoder.into_bytes().into(), truncated: truncated.or(ended), wire_bytes }
}

fn reason(cut: Cut) -> Truncation {
    match cut {
        Cut::Length => Truncation::Length,
        Cut::Broken => Truncation::Unspecified,
    }
}

/// The connection ended, or what came over it is no chunk of a body.
fn broken_off(error: reqwest::Error) -> Truncation {
    let error = Cause::new(error);
    let invalid = error.io().any(|kind| matches!(kind, ErrorKind::InvalidInput | ErrorKind::InvalidData));
    if invalid { Truncation::Unspecified } else { Truncation::Disconnect }
}

/// Whether a body comes fast enough: each window must bring its share.
struct Pace {
    window_end: Instant,
    window: std::time::Duration,
    bytes_per_window_min: u64,
    bytes: u64,
}

impl Pace {
    fn new(limits: &Limits, now: Instant) -> Self {
        let window = limits.window();
        Self { window_end: now + window, window, bytes_per_window_min: limits.bytes_per_window_min(), bytes: 0 }
    }

    fn until(&self) -> Instant {
        self.window_end
    }

    fn came(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
    }

    /// Ends a window; whether it brought enough.
    fn next_window(&mut self) -> bool {
        let enough = self.bytes >= self.bytes_per_window_min;
        self.bytes = 0;
        self.window_end += self.window;
        enough
    }
}
