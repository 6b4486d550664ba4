//! Players of other sites and media files: where what they show can be seen. It does not know whether they belong to the
//! article.

use ego_tree::NodeId;
use scraper::Html;
use url::Url;

use crate::article::Block;
use crate::family;
use crate::inlines;
use crate::walk;

/// Whether an element of this name may be an embed.
pub(crate) fn may_be(name: &str) -> bool {
    matches!(
        name,
        "iframe"
            | "video"
            | "audio"
            | "amp-youtube"
            | "amp-vimeo"
            | "amp-video"
            | "amp-audio"
            | "amp-iframe"
            | "lite-youtube"
            | "lite-vimeo"
            | "embed"
    )
}

/// What an element embeds, as a link.
pub(crate) fn of_element(tree: &Html, id: NodeId, base: Option<&Url>) -> Option<Block> {
    let attribute = |name| walk::attr_of(tree, id, name).map(str::trim).filter(|value| !value.is_empty());
    if is_hidden(tree, id) {
        return None;
    }
    let title = ["title", "aria-label", "playlabel"].into_iter().find_map(attribute);
    let video_id = ["data-videoid", "videoid"].into_iter().find_map(attribute);
    let href = match (walk::name_of(tree, id), video_id) {
        ("amp-youtube" | "lite-youtube", Some(video)) => Some(youtube(video)?),
        ("amp-vimeo" | "lite-vimeo", Some(video)) => Some(format!("https://vimeo.com/{video}")),
        ("video" | "audio" | "amp-video" | "amp-audio", _) => media(tree, id, base),
        _ => player(tree, id, base, title.is_some()),
    }?;
    let title = title.map(|title| title.split_whitespace().collect::<Vec<_>>().join(" ")).unwrap_or_default();
    Some(Block::Embed { href, title })
}

/// The file that a media element plays.
fn media(tree: &Html, id: NodeId, base: Option<&Url>) -> Option<String> {
    let own = ["src", "data-src"].into_iter().find_map(|name| walk::attr_of(tree, id, name));
    let source = || {
        family::children(tree, id)
            .filter(|child| family::is(tree, *child, "source"))
            .find_map(|child| ["src", "data-src"].into_iter().find_map(|name| walk::attr_of(tree, child, name)))
    };
    // A silent film that runs by itself is decoration.
    let plays = walk::attr_of(tree, id, "autoplay").is_some() && walk::attr_of(tree, id, "controls").is_none();
    if plays && walk::attr_of(tree, id, "muted").is_some() {
        return None;
    }
    address(own.or_else(source)?, base)
}

/// What a frame shows, if it is a player or says what it is.
fn player(tree: &Html, id: NodeId, base: Option<&Url>, is_titled: bool) -> Option<String> {
    let names = ["src", "data-src", "data-lazy-src", "data-litespeed-src", "data-cookieblock-src", "data-url"];
    let source =
        names.into_iter().filter_map(|name| walk::attr_of(tree, id, name)).find_map(|src| address(src, base))?;
    let url = Url::parse(&source).ok()?;
    let host = url.host_str()?.trim_start_matches("www.").to_owned();
    let mut path = url.path_segments()?;
    let (first, second) = (path.next().unwrap_or(""), path.next().unwrap_or(""));
    match host.as_str() {
        "youtube.com" | "youtube-nocookie.com" | "m.youtube.com" if matches!(first, "embed" | "v" | "shorts") => {
            let list = url.query_pairs().find(|(name, _)| name == "list");
            match (second, list) {
                ("videoseries", Some((_, list))) => Some(format!("https://www.youtube.com/playlist?list={list}")),
                _ => youtube(second),
            }
        }
        "player.vimeo.com" if first == "video" && !second.is_empty() => Some(format!("https://vimeo.com/{second}")),
        "dailymotion.com" if first == "embed" => {
            let video = url.path_segments()?.nth(2)?;
            Some(format!("https://www.dailymotion.com/video/{video}"))
        }
        "open.spotify.com" if first == "embed" => Some(source.replacen("/embed/", "/", 1)),
        _ => {
            let plays = host.starts_with("player.") || host.starts_with("embed.") || host.starts_with("w.soundcloud");
            let telling = plays || url.path().contains("/embed") || url.path().contains("/player") || is_titled;
            let is_map = host == "google.com" && first == "maps";
            (telling && (is_map || !is_advertisement(&host))).then_some(source)
        }
    }
}

fn youtube(video: &str) -> Option<String> {
    let is_id = !video.is_empty() && video.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    is_id.then(|| format!("https://www.youtube.com/watch?v={video}"))
}

/// Frames that serve advertisements and consent, by words of the host that say so.
fn is_advertisement(host: &str) -> bool {
    host.split(['.', '-']).any(|label| {
        matches!(
            label,
            "ads"
                | "ad"
                | "adserver"
                | "doubleclick"
                | "googlesyndication"
                | "googletagmanager"
                | "recaptcha"
                | "consent"
                | "captcha"
        )
    }) || host == "google.com"
}

fn address(source: &str, base: Option<&Url>) -> Option<String> {
    inlines::safe_link(source, base).filter(|href| !href.starts_with("mailto:"))
}

fn is_hidden(tree: &Html, id: NodeId) -> bool {
    let tiny = |name| {
        walk::attr_of(tree, id, name)
            .and_then(|size| size.trim().trim_end_matches("px").parse::<f32>().ok())
            .is_some_and(|size| size <= 3.0)
    };
    let style = walk::attr_of(tree, id, "style").unwrap_or("").replace(' ', "");
    tiny("width") || tiny("height") || style.contains("display:none") || style.contains("visibility:hidden")
}
