//! A part of an answer, for whoever asks for a range of its bytes (RFC 9110, section 14), as browsers do to jump within a film.
//! It knows nothing of what is answered; only answers that offer it (`Accept-Ranges`) are cut.

use std::ops::Range;

use axum::body::Body;
use axum::http::{HeaderMap, Method, Response, StatusCode, header};

use crate::replay::captures::put;

/// What a field asks for of an answer of so many bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Asked {
    /// All of it: there is no range, or none that is understood, or several.
    Whole,
    Part(Range<usize>),
    /// Bytes that are not there.
    Nowhere,
}

/// Reads `Range: bytes=0-99`, `bytes=100-` or `bytes=-100`.
fn read(field: &str, length: usize) -> Asked {
    let Some((first, last)) = field.trim().strip_prefix("bytes=").and_then(|range| range.trim().split_once('-')) else {
        return Asked::Whole;
    };
    let number = |text: &str| -> Option<Option<usize>> {
        match text.trim() {
            "" => Some(None),
            digits if digits.bytes().all(|b| b.is_ascii_digit()) => Some(Some(digits.parse().unwrap_or(usize::MAX))),
            _ => None,
        }
    };
    match (number(first), number(last)) {
        (Some(None), Some(Some(0))) => Asked::Nowhere,
        (Some(None), Some(Some(count))) if length > 0 => Asked::Part(length.saturating_sub(count)..length),
        (Some(Some(first)), Some(last)) if last.is_none_or(|last| first <= last) => {
            let end = last.map_or(length, |last| last.saturating_add(1).min(length));
            if first < length { Asked::Part(first..end) } else { Asked::Nowhere }
        }
        (Some(None), Some(Some(_))) => Asked::Nowhere,
        _ => Asked::Whole,
    }
}

/// The answer, or the part of it that the request asks for. With a condition (`If-Range`) it is answered whole: what is kept has
/// no validators that could meet it.
/// A range is asked for with GET alone.
pub(crate) async fn cut(method: &Method, asked: &HeaderMap, response: Response<Body>) -> Response<Body> {
    let offered = *method == Method::GET
        && response.status() == StatusCode::OK
        && response.headers().contains_key(header::ACCEPT_RANGES);
    let field = asked.get(header::RANGE).and_then(|field| field.to_str().ok());
    let Some(field) = field.filter(|_| offered && !asked.contains_key(header::IF_RANGE)) else { return response };
    let (mut head, body) = response.into_parts();
    // It is in memory as a whole already.
    let Ok(bytes) = axum::body::to_bytes(body, usize::MAX).await else {
        return Response::from_parts(head, Body::empty());
    };
    let length = bytes.len();
    let (status, place, part) = match read(field, length) {
        Asked::Whole => return Response::from_parts(head, Body::from(bytes)),
        Asked::Part(range) => {
            let place = format!("bytes {}-{}/{length}", range.start, range.end - 1);
            (StatusCode::PARTIAL_CONTENT, place, bytes.slice(range))
        }
        Asked::Nowhere => (StatusCode::RANGE_NOT_SATISFIABLE, format!("bytes */{length}"), bytes.slice(..0)),
    };
    head.status = status;
    head.headers.remove(header::CONTENT_LENGTH);
    put(&mut head.headers, header::CONTENT_RANGE, &place);
    Response::from_parts(head, Body::from(part))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_range_is_read_as_the_standard_has_it() {
        use Asked::{Nowhere, Part, Whole};
        for (field, asked) in [
            ("bytes=0-3", Part(0..4)),
            ("bytes=4-", Part(4..10)),
            ("bytes=-3", Part(7..10)),
            ("bytes=-30", Part(0..10)),
            ("bytes=8-99999999999999999999999", Part(8..10)),
            ("bytes=10-", Nowhere),
            ("bytes=-0", Nowhere),
            ("bytes=5-4", Whole),
            ("bytes=0-1,4-5", Whole),
            ("bytes=-", Whole),
            ("lines=1-2", Whole),
            ("bytes=a-b", Whole),
        ] {
            assert_eq!(read(field, 10), asked, "{field}");
        }
        assert_eq!(read("bytes=-1", 0), Nowhere);
        assert_eq!(read("bytes=0-", 0), Nowhere);
    }

    #[tokio::test]
    async fn only_what_is_offered_is_cut() {
        let whole = |offers: bool| {
            let mut response = Response::new(Body::from("0123456789"));
            if offers {
                put(response.headers_mut(), header::ACCEPT_RANGES, "bytes");
            }
            response
        };
        let mut asked = HeaderMap::new();
        put(&mut asked, header::RANGE, "bytes=2-4");
        let part = cut(&Method::GET, &asked, whole(true)).await;
        assert_eq!((part.status().as_u16(), part.headers()["content-range"].to_str().unwrap()), (206, "bytes 2-4/10"));
        assert_eq!(axum::body::to_bytes(part.into_body(), 99).await.unwrap(), "234");
        assert_eq!(cut(&Method::HEAD, &asked, whole(true)).await.status(), 200);
        assert_eq!(cut(&Method::GET, &asked, whole(false)).await.status(), 200);
        put(&mut asked, header::IF_RANGE, "\"x\"");
        assert_eq!(cut(&Method::GET, &asked, whole(true)).await.status(), 200);
    }
}
