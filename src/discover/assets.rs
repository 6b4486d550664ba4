//! PURE: what a page needs to be shown as it was: images, style sheets, icons, posters, and what style sheets name in turn.
//! It reads leniently and may name too much; scripts are left out, because captures are replayed without them.

use std::collections::HashSet;

use html5ever::LocalName;
use html5ever::tokenizer::Tag;
use url::Url;

use crate::discover::css;
use crate::discover::srcset::{self, Candidate};
use crate::discover::tokens::{self, Heard};

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
    let mut found = tokens::read(html, Found::default());
    found.style_ends();
    let own = found.base.and_then(|href| base.join(href.trim()).ok());
    let own = own.filter(|url| matches!(url.scheme(), "http" | "https"));
    let mut urls = Urls::default();
    for reference in &found.references {
        urls.add(own.as_ref().unwrap_or(base), reference);
    }
    urls.found
}

/// The assets a style sheet names: `url()` and `@import`, in order, each once.
pub fn of_style(css: &str, base: &Url) -> Vec<Url> {
    let mut urls = Urls::default();
    css::rewrite(css, &mut |reference, _| {
        urls.add(base, reference);
        None
    });
    urls.found
}

/// What a page names, as it is written: a base may come after what it holds for.
#[derive(Default)]
struct Found {
    base: Option<String>,
    references: Vec<String>,
    /// The text of the style sheet that is open.
    style: Option<String>,
}

impl Heard for Found {
    fn start(&mut self, tag: &Tag) {
        if let Some(css) = attribute(tag, "style") {
            self.style_sheet(css);
        }
        match &*tag.name {
            "style" => self.style = Some(String::new()),
            "base" if self.base.is_none() => self.base = attribute(tag, "href").map(str::to_owned),
            "img" | "source" | "video" | "audio" | "track" | "body" | "table" | "td" | "th" | "tr" | "thead"
            | "tbody" => {
                self.shown(tag);
            }
            "input" if attribute(tag, "type").is_some_and(|kind| kind.trim().eq_ignore_ascii_case("image")) => {
                self.shown(tag);
            }
            "image" | "use" | "feimage" => self.named(tag, &["href", "xlink:href", "src"]),
            "link" if attribute(tag, "rel").is_some_and(is_kept) => self.named(tag, &["href"]),
            _ => {}
        }
    }

    fn end(&mut self, name: &LocalName) {
        if &**name == "style" {
            self.style_ends();
        }
    }

    fn text(&mut self, text: &str) {
        if let Some(style) = &mut self.style {
            style.push_str(text);
        }
    }
}

impl Found {
    fn shown(&mut self, tag: &Tag) {
        self.named(tag, &["src", "poster", "background"]);
        self.named(tag, LAZY);
        let sets = ["srcset"].iter().chain(LAZY_SETS);
        let sets = sets.filter_map(|name| largest(attribute(tag, name)?)).map(str::to_owned);
        self.references.extend(sets);
    }

    fn named(&mut self, tag: &Tag, names: &[&str]) {
        self.references.extend(names.iter().filter_map(|name| attribute(tag, name)).map(str::to_owned));
    }

    fn style_ends(&mut self) {
        if let Some(css) = self.style.take() {
            self.style_sheet(&css);
        }
    }

    fn style_sheet(&mut self, css: &str) {
        css::rewrite(css, &mut |reference, _| {
            self.references.push(reference.to_owned());
            None
        });
    }
}

fn attribute<'a>(tag: &'a Tag, name: &str) -> Option<&'a str> {
    tag.attrs.iter().find(|attribute| &*attribute.name.local == name).map(|attribute| &*attribute.value)
}

/// Whether what a `<link>` of this `rel` leads to is shown.
fn is_kept(rel: &str) -> bool {
    let kept = ["stylesheet", "icon", "apple-touch-icon", "mask-icon"];
    rel.split_ascii_whitespace().any(|word| kept.iter().any(|known| known.eq_ignore_ascii_case(word)))
}

/// Addresses, each once.
#[derive(Default)]
struct Urls {
    found: Vec<Url>,
    known: HashSet<Url>,
}

impl Urls {
    fn add(&mut self, base: &Url, reference: &str) {
        let reference = reference.trim();
        if reference.is_empty() || reference.starts_with('#') {
            return;
        }
        if let Ok(mut url) = base.join(reference)
            && matches!(url.scheme(), "http" | "https")
        {
            url.set_fragment(None);
            if self.known.insert(url.clone()) {
                self.found.push(url);
            }
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
    fn an_address_is_read_as_a_browser_reads_it() {
        let html = "<img src='/i?w=1&amp;h=2'><img srcset='/s?a=1&amp;b=2 1x'><link rel=stylesheet href='/c?d=1&amp;e=2'>\
            <p style='background:url(&quot;/f?g=1&amp;h=2&quot;)'><style>a{b:url(/k?l&amp;m)}</style><img src=/i?x=1&copy=2>";
        let urls: Vec<String> =
            of_page(html, &base()).iter().map(|url| url[url::Position::BeforePath..].to_owned()).collect();
        assert_eq!(urls, ["/i?w=1&h=2", "/s?a=1&b=2", "/c?d=1&e=2", "/f?g=1&h=2", "/k?l&amp;m", "/i?x=1&copy=2"]);
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
