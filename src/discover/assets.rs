//! PURE: what a page needs to be shown as it was: images, style sheets, icons, posters, and what style sheets name in turn.
//! It reads leniently and may name too much; scripts are left out, because captures are replayed without them.

use std::cell::RefCell;

use lol_html::{ElementContentHandlers, HtmlRewriter, Selector, Settings, element, text};
use url::Url;

use crate::discover::css;
use crate::discover::srcset::{self, Candidate};

/// Where lazy loaders keep a set of addresses.
pub const LAZY_SETS: &[&str] = &["data-srcset", "data-lazy-srcset", "data-original-set"];

/// Where lazy loaders keep one address, the commonest first.
pub const LAZY: &[&str] = &[
    "data-src",
    "data-lazy-src",
    "data-original",
    "data-lazy",
    "data-actualsrc",
    "data-hi-res-src",
    "data-full-src",
    "data-echo",
    "data-url",
];

/// Images wider than this are not asked for where a set has a smaller one: no window shows more of them.
const WIDTH_MAX: f64 = 2560.0;

/// The assets a page names, in order, each once: of an image in several sizes the one that replay shows.
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
        element!(
            "img, source, video, audio, track, input[type=image], body, table, td, th, tr, thead, tbody",
            |element| {
                for name in ["src", "poster", "background"].iter().chain(LAZY) {
                    if let Some(value) = element.get_attribute(name) {
                        found.push(&value);
                    }
                }
                for name in ["srcset"].iter().chain(LAZY_SETS) {
                    if let Some(value) = element.get_attribute(name)
                        && let Some(largest) = largest(&value)
                    {
                        found.push(largest);
                    }
                }
                Ok(())
            }
        ),
        element!("image, use, feImage", |element| {
            for name in ["href", "xlink:href", "src"] {
                if let Some(value) = element.get_attribute(name) {
                    found.push(&value);
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
    css::rewrite(css, &mut |reference, _| {
        add(&mut urls, base, reference);
        None
    });
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
        css::rewrite(css, &mut |reference, _| {
            self.push(reference);
            None
        });
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

/// The largest image of a set that a window can show whole; of those that are all larger the smallest.
fn largest(set: &str) -> Option<&str> {
    let candidates = srcset::largest_first(set);
    let is_wide = |candidate: &&Candidate<'_>| candidate.descriptor.ends_with('w') && candidate.size() > WIDTH_MAX;
    candidates.iter().find(|candidate| !is_wide(candidate)).or(candidates.last()).map(|candidate| candidate.url)
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
        assert_eq!(names, ["i.ico", "s.css", "a.css", "b.png", "1.png", "3,a.png", "p.jpg", "c.png"]);
    }

    #[test]
    fn of_a_set_the_largest_is_named_that_a_window_can_show() {
        for (set, named) in [
            ("a 640w, b 1280w", "b"),
            ("a 1280w, b 5000w", "a"),
            ("a 4000w, b 5000w", "a"),
            ("a, b 2x", "b"),
            ("a", "a"),
        ] {
            assert_eq!(largest(set), Some(named), "{set}");
        }
    }

    #[test]
    fn what_lazy_loaders_and_drawings_hide_is_named_too() {
        let html = "<img data-lazy-src=a.png><svg><image xlink:href=b.png /><use href='c.svg#d'/></svg><track src=e.vtt>\
            <p style='background:u\\72l(f.png)'>";
        let urls = of_page(html, &base());
        let names: Vec<&str> = urls.iter().map(|url| url.path().strip_prefix("/news/").unwrap()).collect();
        assert_eq!(names, ["a.png", "b.png", "c.svg", "e.vtt", "f.png"]);
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
            largest(&css);
        }
    }
}
