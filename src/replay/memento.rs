//! PURE: the Memento protocol (RFC 7089) and CDX lines: link headers, TimeMaps, and which capture comes nearest to a moment.

use serde::Serialize;
use url::Url;

use crate::replay::address::Stamp;
use crate::store::capture::Capture;

/// The capture nearest to a moment, seconds apart; of two equally near the later.
pub fn nearest(history: &[Capture], wanted: Stamp) -> Option<&Capture> {
    let wanted = wanted.timestamp().as_second();
    history.iter().min_by_key(|capture| ((capture.at.as_second() - wanted).abs(), std::cmp::Reverse(capture.at)))
}

/// The `Link` field of a memento or a TimeGate: original, TimeGate, TimeMap, and first, last and neighbours.
pub fn link_header(origin: &str, url: &Url, history: &[Capture], shown: Option<&Capture>) -> String {
    let mut links = vec![
        format!("<{url}>; rel=\"original\""),
        format!("<{origin}/timegate/{url}>; rel=\"timegate\""),
        format!("<{origin}/timemap/link/{url}>; rel=\"timemap\"; type=\"application/link-format\""),
    ];
    if let Some(shown) = shown {
        let at = history.iter().position(|capture| capture.id == shown.id);
        let neighbours = [
            ("first memento", history.first()),
            ("prev memento", at.and_then(|at| at.checked_sub(1)).and_then(|at| history.get(at))),
            ("memento", Some(shown)),
            ("next memento", at.and_then(|at| history.get(at + 1))),
            ("last memento", history.last()),
        ];
        for (rel, capture) in neighbours {
            if let Some(capture) = capture {
                links.push(memento(origin, rel, capture));
            }
        }
    }
    links.join(", ")
}

fn memento(origin: &str, rel: &str, capture: &Capture) -> String {
    let stamp = Stamp::of(capture.at);
    format!("<{origin}/{stamp}/{}>; rel=\"{rel}\"; datetime=\"{}\"", capture.url, stamp.http_date())
}

/// A TimeMap in `application/link-format` (RFC 7089 section 5).
pub fn timemap(origin: &str, url: &Url, history: &[Capture]) -> String {
    let mut lines = vec![
        format!("<{url}>; rel=\"original\""),
        format!("<{origin}/timegate/{url}>; rel=\"timegate\""),
        format!("<{origin}/timemap/link/{url}>; rel=\"self\"; type=\"application/link-format\""),
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
    let memento = |capture: &Capture| {
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

/// A capture as pywb's CDX server answers it with `output=json`.
#[derive(Debug, Serialize)]
pub struct CdxLine {
    urlkey: String,
    timestamp: String,
    url: String,
    mime: String,
    status: String,
    digest: String,
    length: String,
}

impl CdxLine {
    /// The line of a capture.
    pub fn of(capture: &Capture) -> Self {
        Self {
            urlkey: crate::url::surt(&capture.url),
            timestamp: Stamp::of(capture.at).to_string(),
            url: capture.url.to_string(),
            mime: if capture.media_type.is_empty() { "unk".to_owned() } else { capture.media_type.clone() },
            status: capture.status.to_string(),
            digest: capture.payload_digest.clone(),
            length: capture.bytes.to_string(),
        }
    }

    /// The line as text: key, time, and the rest as JSON (CDXJ).
    pub fn cdxj(&self) -> String {
        let rest = serde_json::json!({
            "url": self.url, "mime": self.mime, "status": self.status, "digest": self.digest, "length": self.length,
        });
        format!("{} {} {rest}\n", self.urlkey, self.timestamp)
    }
}
