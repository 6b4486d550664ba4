//! PURE: what a page needs to be shown as it was: images, style sheets, icons, posters, and what style sheets name in turn.
//! It reads leniently and may name too much; scripts are left out, because captures are replayed without them.

use std::cell::RefCell;

use lol_html::{ElementContentHandlers, HtmlRewriter, Selector, Settings, element, text};
use url::Url;

/// The assets a page names, in order, each once.
pub fn of_page(html: &str, base: &Url) -> Vec<Url> {
    let found = Found { base: RefCell::new(base.clone()), urls: RefCell::default(), style: RefCell::default() };
    scan(html, base, &found);
    found.urls.into_inner()
}

fn scan(html: &str, base: &Url, found: &Found) {
    let based = RefCell::new(false);
    let handlers: Vec<(std::borrow::Cow<'_, Selector>, ElementContentHandlers<'_>)> = vec![
        element!("base[href]", |element| {
            if let Some(href) = element.get_attribute("href")
                && !based.replace(true)
                && let Ok(url) = base.join(href.trim())
            {
                *found.base.borrow_mut() = url;
            }
            Ok(())
        }),
        element!("img, source, video, audio, input[type=image], body, table, td, th", |element| {
            for name in ["src", "data-src", "data-lazy-src", "data-original", "poster", "background"] {
                if let Some(value) = element.get_attribute(name) {
                    found.push(&value);
                }
            }
            for name in ["srcset", "data-srcset", "data-lazy-srcset"] {
                if let Some(value) = element.get_attribute(name) {
                    srcset(&value).for_each(|url| found.push(url));
                }
            }
            Ok(())
        }),
        element!("link[href]", |element| {
            let rel = element.get_attribute("rel").unwrap_or_default().to_ascii_lowercase();
            let kept = ["stylesheet", "icon", "apple-touch-icon", "mask-icon"];
            if rel.split_ascii_whitespace().any(|word| kept.contains(&word)) {
                found.push(&element.get_attribute("href").unwrap_or_default());
            }
            Ok(())
        }),
        element!("[style]", |element| {
            found.push_style(&element.get_attribute("style").unwrap_or_default());
            Ok(())
        }),
        text!("style", |chunk| {
            found.style.borrow_mut().push_str(chunk.as_str());
            if chunk.last_in_text_node() {
                let style = found.style.take();
                found.push_style(&style);
            }
            Ok(())
        }),
    ];
    let settings = handlers.into_iter().fold(Settings::new(), Settings::append_element_content_handler);
    let mut rewriter = HtmlRewriter::new(settings, |_: &[u8]| {});
    // A page that stops the scanner half-way has named what it named until then.
    if rewriter.write(html.as_bytes()).is_ok() {
        let _ = rewriter.end();
    }
}

/// The assets a style sheet names: `url()` and `@import`, in order, each once.
pub fn of_style(css: &str, base: &Url) -> Vec<Url> {
    let mut urls = Vec::new();
    for reference in references(css) {
        add(&mut urls, base, reference);
    }
    urls
}

struct Found {
    base: RefCell<Url>,
    urls: RefCell<Vec<Url>>,
    style: RefCell<String>,
}

impl Found {
    fn push(&self, reference: &str) {
        add(&mut self.urls.borrow_mut(), &self.base.borrow(), reference);
    }

    fn push_style(&self, css: &str) {
        references(css).for_each(|reference| self.push(reference));
    }
}

fn add(urls: &mut Vec<Url>, base: &Url, reference: &str) {
    let reference = reference.trim();
    if reference.is_empty() || reference.starts_with('#') {
        return;
    }
    if let Ok(mut url) = base.join(reference)
        && matches!(url.scheme(), "http" | "https")
    {
        url.set_fragment(None);
        if !urls.contains(&url) {
            urls.push(url);
        }
    }
}

/// The addresses of a `srcset`: each up to white space, candidates separated by commas (HTML standard, "parsing a srcset
/// attribute"; a comma inside an address belongs to it).
fn srcset(value: &str) -> impl Iterator<Item = &str> {
    let mut rest = value;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == ',');
        let end = rest.find(|c: char| c.is_ascii_whitespace()).unwrap_or(rest.len());
        let (url, after) = rest.split_at(end);
        if let Some(bare) = url.strip_suffix(',') {
            rest = after;
            return Some(bare.trim_end_matches(','));
        }
        rest = after.find(',').map_or("", |comma| &after[comma + 1..]);
        (!url.is_empty()).then_some(url)
    })
}

/// What `url(...)` and `@import "..."` name, as written, quotes off.
fn references(css: &str) -> impl Iterator<Item = &str> {
    let mut rest = css;
    std::iter::from_fn(move || {
        loop {
            let lower = rest.as_bytes();
            let at = (0..lower.len()).find(|&at| {
                lower[at..].len() >= 4
                    && (lower[at..at + 4].eq_ignore_ascii_case(b"url(")
                        || (lower[at] == b'@'
                            && lower[at..].len() > 7
                            && lower[at..at + 7].eq_ignore_ascii_case(b"@import")))
            })?;
            let is_import = lower[at] == b'@';
            let after = &rest[at + if is_import { 7 } else { 4 }..];
            let trimmed = after.trim_start();
            let quote = trimmed.chars().next().filter(|c| matches!(c, '"' | '\''));
            if let Some(quote) = quote {
                let inner = &trimmed[1..];
                let end = inner.find(quote).unwrap_or(inner.len());
                rest = &inner[end..];
                return Some(&inner[..end]);
            }
            if is_import {
                rest = after;
                continue;
            }
            let end = trimmed.find(')').unwrap_or(trimmed.len());
            rest = &trimmed[end..];
            return Some(trimmed[..end].trim_end());
        }
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn base() -> Url {
        Url::parse("https://gazette.example/news/1").unwrap()
    }

    #[test]
    fn a_page_names_its_images_styles_and_icons() {
        let html = r#"<base href="/n/"><link rel="shortcut icon" href="i.ico"><link rel=stylesheet href=s.css>
            <link rel=canonical href=/x><style>@import 'a.css'; p{background:url( "b.png" )}</style>
            <img src=1.png srcset="2.png 1x, 3,a.png 2x"><video poster=p.jpg></video><div style="background:url(c.png)">
            <script src=no.js></script><img src="data:image/png;base64,xx">"#;
        let urls = of_page(html, &base());
        let names: Vec<&str> = urls.iter().map(|url| url.path().strip_prefix("/n/").unwrap()).collect();
        assert_eq!(names, ["i.ico", "s.css", "a.css", "b.png", "1.png", "2.png", "3,a.png", "p.jpg", "c.png"]);
    }

    #[test]
    fn a_style_sheet_names_what_it_imports() {
        let css = "@IMPORT url(one.css); @import \"two.css\" screen; a{b:URL('x.woff2#iefix')} c{d:url(#svg)}";
        let urls = of_style(css, &base());
        let names: Vec<&str> = urls.iter().map(|url| url.path().strip_prefix("/news/").unwrap()).collect();
        assert_eq!(names, ["one.css", "two.css", "x.woff2"]);
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in ".{0,200}", css in "(url\\(|@import|['\"\\)é ]|[a-z]){0,40}") {
            of_page(&text, &base());
            of_style(&css, &base());
            prop_assert!(srcset(&css).count() <= css.len() + 1);
        }
    }
}
