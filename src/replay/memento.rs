//! PURE: the Memento protocol (RFC 7089): link headers, TimeMaps, and which capture comes nearest to a moment.

use axum::http::{HeaderMap, HeaderName, header};
use url::Url;

use crate::replay::address::Stamp;
use crate::replay::captures::put;
use crate::store::capture::Capture;

/// The capture nearest to a moment, seconds apart; of two equally near the later.
pub fn nearest(history: &[Capture], wanted: Stamp) -> Option<&Capture> {
    let wanted = wanted.timestamp().as_second();
    history.iter().min_by_key(|capture| ((capture.at.as_second() - wanted).abs(), std::cmp::Reverse(capture.at)))
}

/// The captures that have an address of their own: of those made within one second the one that is shown, the last.
fn distinct(history: &[Capture]) -> Vec<&Capture> {
    let mut distinct: Vec<&Capture> = Vec::with_capacity(history.len());
    for capture in history {
        if distinct.last().is_some_and(|last| Stamp::of(last.at) == Stamp::of(capture.at)) {
            distinct.pop();
        }
        distinct.push(capture);
    }
    distinct
}

/// The `Link` field of a memento or a TimeGate: original, TimeGate, TimeMap, and first, last and neighbours (RFC 7089 section
/// 2.2).
pub fn link_header(origin: &str, url: &Url, history: &[Capture], shown: Option<&Capture>) -> String {
    let history = distinct(history);
    let map = format!("<{origin}/timemap/link/{url}>; rel=\"timemap\"; type=\"application/link-format\"");
    let mut links = vec![
        format!("<{url}>; rel=\"original\""),
        format!("<{origin}/timegate/{url}>; rel=\"timegate\""),
        map + &span(&history),
    ];
    if let Some(shown) = shown {
        let at = history.iter().position(|capture| Stamp::of(capture.at) == Stamp::of(shown.at));
        let neighbour = |step: isize| history.get(at?.checked_add_signed(step)?).copied();
        let last = history.len().checked_sub(1);
        // One link may be several things at once, and each address is named once.
        let rel = |here: usize| match (here == 0, Some(here) == last) {
            (true, true) => "first last ",
            (true, false) => "first ",
            (false, true) => "last ",
            (false, false) => "",
        };
        let places = [
            history.first().copied().filter(|_| at.is_none_or(|at| at > 1)).map(|c| ("first memento".to_owned(), c)),
            neighbour(-1).zip(at).map(|(c, at)| (format!("{}prev memento", rel(at - 1)), c)),
            Some((at.map_or_else(|| "memento".to_owned(), |at| format!("{}memento", rel(at))), shown)),
            neighbour(1).zip(at).map(|(c, at)| (format!("{}next memento", rel(at + 1)), c)),
            history
                .last()
                .copied()
                .filter(|_| at.zip(last).is_none_or(|(at, last)| at + 1 < last))
                .map(|c| ("last memento".to_owned(), c)),
        ];
        links.extend(places.into_iter().flatten().map(|(rel, capture)| memento(origin, &rel, capture)));
    }
    links.join(", ")
}

/// The time that a TimeMap spans, as attributes of a link to it.
fn span(history: &[&Capture]) -> String {
    let date = |capture: &&Capture| Stamp::of(capture.at).http_date();
    match (history.first(), history.last()) {
        (Some(first), Some(last)) => format!("; from=\"{}\"; until=\"{}\"", date(first), date(last)),
        _ => String::new(),
    }
}

/// Says on an answer that it is a memento, and of what.
pub fn mark(headers: &mut HeaderMap, origin: &str, history: &[Capture], shown: &Capture) {
    put(headers, HeaderName::from_static("memento-datetime"), &Stamp::of(shown.at).http_date());
    put(headers, header::LINK, &link_header(origin, &shown.url, history, Some(shown)));
}

fn memento(origin: &str, rel: &str, capture: &Capture) -> String {
    let stamp = Stamp::of(capture.at);
    format!("<{origin}/{stamp}/{}>; rel=\"{rel}\"; datetime=\"{}\"", capture.url, stamp.http_date())
}

/// A TimeMap in `application/link-format` (RFC 7089 section 5).
pub fn timemap(origin: &str, url: &Url, history: &[Capture]) -> String {
    let history = distinct(history);
    let own = format!("<{origin}/timemap/link/{url}>; rel=\"self\"; type=\"application/link-format\"");
    let mut lines = vec![
        format!("<{url}>; rel=\"original\""),
        format!("<{origin}/timegate/{url}>; rel=\"timegate\""),
        own + &span(&history),
    ];
    lines.extend(history.iter().enumerate().map(|(at, capture)| {
        let rel = match (at, at + 1 == history.len()) {
            (0, true) => "first last memento",
            (0, false) => "first memento",
            (_, true) => "last memento",
            _ => "memento",
        };
        memento(origin, rel, capture)
    }));
    lines.join(",\n") + "\n"
}

/// A TimeMap in JSON, with the members that Memento aggregators use.
pub fn timemap_json(origin: &str, url: &Url, history: &[Capture]) -> String {
    let history = distinct(history);
    let memento = |capture: &&Capture| {
        let datetime = capture.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        serde_json::json!({ "datetime": datetime, "uri": format!("{origin}/{}/{}", Stamp::of(capture.at), capture.url) })
    };
    let map = serde_json::json!({
        "original_uri": url,
        "timegate_uri": format!("{origin}/timegate/{url}"),
        "timemap_uri": {
            "link_format": format!("{origin}/timemap/link/{url}"),
            "json_format": format!("{origin}/timemap/json/{url}"),
        },
        "mementos": {
            "first": history.first().map(memento),
            "last": history.last().map(memento),
            "list": history.iter().map(memento).collect::<Vec<_>>(),
        },
    });
    format!("{map}\n")
}
