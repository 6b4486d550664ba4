//! The page as captured with every block marked by its fate. The marks are set by today's extractor, with what the archive
//! knows of the site; then the page is led into the archive as any other, so that it is no less safe to show.

use axum::body::Body;
use axum::http::{HeaderName, Response, header};
use chaffinch_extract::highlight::{STYLE, highlight};
use chaffinch_extract::options::Context;
use chaffinch_extract::{Error as Unread, SiteProfile};

use crate::page::Page;
use crate::replay::address::{Address, Modifier, Stamp};
use crate::replay::captures::{Found, find, onward, put, redirect};
use crate::replay::error::Error;
use crate::replay::memento;
use crate::replay::origin::Origins;
use crate::replay::rewrite::{self, Lead, Links};
use crate::replay::room::Rules;
use crate::store::archive::Archive;
use crate::store::capture::Capture;

/// Answers a request for a marked page, on the port of the captures.
pub fn answer(archive: &Archive, origins: &Origins, rules: &Rules, address: &Address) -> Result<Response<Body>, Error> {
    let Found { capture, history } = find(archive, &address.url, address.stamp)?;
    let stamp = Stamp::of(capture.at);
    let lead_to = |modifier, stamp, url| {
        let address = Address { stamp, exact: true, modifier, url };
        redirect(&format!("{}{}", origins.key, address.path()))
    };
    if !address.exact || stamp != address.stamp {
        return Ok(lead_to(Modifier::Explain, stamp, capture.url));
    }
    let page = archive.load_page(&capture)?;
    if let Some(target) = page.redirect() {
        return Ok(lead_to(Modifier::Explain, onward(archive, &capture, &target)?, target));
    }
    if !page.is_html() {
        return Ok(lead_to(Modifier::Main, stamp, capture.url));
    }
    let mut response = Response::new(Body::from(marked(archive, origins, &capture, &page, rules)?));
    let headers = response.headers_mut();
    put(headers, header::CONTENT_TYPE, "text/html; charset=utf-8");
    put(headers, HeaderName::from_static("memento-datetime"), &stamp.http_date());
    put(headers, header::LINK, &memento::link_header(&origins.interface, &capture.url, &history, Some(&capture)));
    // Tomorrow's rules, or what is learnt of the site, may set other marks.
    put(headers, header::CACHE_CONTROL, "private, no-cache");
    Ok(response)
}

fn marked(
    archive: &Archive,
    origins: &Origins,
    capture: &Capture,
    page: &Page,
    rules: &Rules,
) -> Result<String, Error> {
    let options = (rules.0)(Some(&page.url));
    let html = read(archive, capture, page, |context| highlight(&page.body, context, &options))?;
    let (stamp, links) = (Stamp::of(capture.at), Links::Captures { origin: &origins.interface });
    let shown = archive.asking_what_is_kept(|kept| {
        rewrite::html(&html, &Lead { stamp, url: &page.url, links, parts: &origins.key, kept })
    })?;
    Ok(with_style(&shown))
}

/// Has the extractor read a page with what the archive knows of its site.
pub fn read<T>(
    archive: &Archive,
    capture: &Capture,
    page: &Page,
    extractor: impl FnOnce(&Context<'_>) -> Result<T, Unread>,
) -> Result<T, Error> {
    let profile = archive.site_profile(&capture.site)?.and_then(|bytes| SiteProfile::from_bytes(&bytes).ok());
    let content_type = page.headers.get("content-type").filter(|value| !value.is_empty());
    let context = Context { url: Some(&page.url), content_type, site: profile.as_ref() };
    extractor(&context).map_err(|error| Error::Explain { url: capture.url.clone(), reason: error.to_string() })
}

/// The style sheet of the marks at the end of the head. A rewritten page holds no tag in a value, a text or a style sheet, so
/// the first that looks like one is one.
fn with_style(html: &str) -> String {
    let at = html.find("</head>").unwrap_or(0);
    format!("{}<style>\n{STYLE}</style>\n{}", &html[..at], &html[at..])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use scraper::{ElementRef, Html, Selector};

    use super::*;
    use crate::replay::trial::{URL, archive_of, origins, text};

    const HOSTILE: &str = "<!doctype html><html><head><meta http-equiv=refresh content='0;url=https://live.example/'>\
        <base href=https://live.example/><link rel=stylesheet href=/a.css><style>p { background: url(https://live.example/x) }\
        q::after { content: '</head>' }</style><title>&lt;/head>&lt;script>x()&lt;/script></title></head>\
        <body class=theme onload=x()><article class='\"><script>x()</script>'><h1>The well is dry</h1>\
        <p>The old well of the village has <b onclick=x()>run dry</b> for the first time since people began to write such \
        things down, and nobody can say when water will return. &lt;script>x()&lt;/script></p>\
        <p title='</span><script>x()</script>'>Farmers bring water with carts from the river, which is low, and they ask for \
        help from the district before the summer comes.</p><img src=well.jpg onerror=x()></article>\
        <noscript><p title='</noscript><script>x()</script>'>Please turn on JavaScript</p></noscript>\
        <svg><script>x()</script><a xlink:href='javascript:x()'><text>t</text></a></svg><xmp><script>x()</script></xmp>\
        <div class=share><a href='javascript:x()'>Share this</a></div><iframe srcdoc='<script>x()</script>'></iframe>\
        <script>x()</script></body></html>";

    fn ask(archive: &Archive, path: &str) -> Response<Body> {
        answer(archive, &origins(), &Rules::default(), &Address::parse(path).unwrap()).unwrap()
    }

    fn shown(html: &str) -> Html {
        let (_dir, archive, _) = archive_of(html);
        Html::parse_document(&text(ask(&archive, &format!("/20260301120000ex_/{URL}"))))
    }

    fn select<'a>(page: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
        page.select(&Selector::parse(selector).unwrap()).collect()
    }

    #[test]
    fn nothing_of_a_marked_page_runs_or_reaches_the_live_web() {
        let page = shown(HOSTILE);
        assert!(select(&page, "script, base, meta[http-equiv]").is_empty());
        for element in page.tree.nodes().filter_map(|node| node.value().as_element()) {
            for (name, value) in element.attrs() {
                assert!(!name.starts_with("on"), "{element:?}");
                let led =
                    ["#", "/20260301120000", "http://a.example:1/2026"].iter().any(|start| value.starts_with(start));
                assert!(led || !["src", "href", "srcset", "data"].contains(&name), "{element:?}");
                assert!(
                    !value.contains("javascript:") && (name != "srcdoc" || !value.contains("<script")),
                    "{element:?}"
                );
            }
        }
        let styles: String = select(&page, "style").iter().flat_map(ElementRef::text).collect();
        assert!(styles.contains("/https://live.example/x") && !styles.contains("url(https://live"), "{styles}");
    }

    #[test]
    fn a_marked_page_tells_kept_from_dropped_under_its_own_styles_and_ours() {
        let page = shown(HOSTILE);
        let texts = |class: &str| -> String {
            select(&page, class).iter().flat_map(ElementRef::text).collect::<Vec<_>>().concat()
        };
        let (kept, dropped) = (texts(".chaffinch-kept"), texts(".chaffinch-dropped"));
        assert!(kept.contains("run dry") && kept.contains("Farmers bring water") && !kept.contains("Share this"));
        assert!(dropped.contains("Share this") && !dropped.contains("Farmers"));
        assert_eq!(select(&page, "body.theme > article p > b > .chaffinch-kept").len(), 1);
        assert_eq!(select(&page, "head > link[rel=stylesheet]").len(), 1);
        let last = select(&page, "head > :last-child")[0];
        assert_eq!((last.value().name(), last.text().collect::<String>()), ("style", format!("\n{STYLE}")));
        assert_eq!(page.quirks_mode, Html::parse_document("<!doctype html>").quirks_mode);
    }

    #[test]
    fn a_moment_that_is_not_exact_leads_to_the_marked_page_of_the_nearest_capture() {
        let (_dir, archive, _) = archive_of(HOSTILE);
        let response = ask(&archive, &format!("/2027ex_/{URL}"));
        assert_eq!(response.headers()["location"], format!("/20260301120000ex_/{URL}"));
    }

    #[test]
    fn a_page_that_cannot_be_read_is_told_as_such() {
        let (_dir, archive, _) = archive_of(" ");
        let address = Address::parse(&format!("/20260301120000ex_/{URL}")).unwrap();
        let error = answer(&archive, &origins(), &Rules::default(), &address).unwrap_err();
        assert_eq!(error.status(), axum::http::StatusCode::UNPROCESSABLE_ENTITY);
    }
}
