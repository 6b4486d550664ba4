//! A rewritten page, read as a browser reads it, runs nothing and loads nothing from elsewhere.
#![no_main]

use chaffinch::replay::address::Stamp;
use chaffinch::replay::rewrite::{Lead, Links, html, style_sheet};
use libfuzzer_sys::fuzz_target;
use scraper::Html;
use url::Url;

/// Attributes that make a browser load something by itself.
const LOADS: [&str; 6] = ["src", "poster", "data", "background", "srcset", "imagesrcset"];

fuzz_target!(|text: &str| {
    let url = Url::parse("https://example.org/a/page.html").expect("a URL");
    let kept = |url: &Url| url.as_str().len() % 2 == 0;
    for links in [Links::Captures { origin: "http://127.0.0.1:8460" }, Links::Reader] {
        let stamp = Stamp::parse("20260301120000").expect("fourteen digits");
        let lead = Lead { stamp, url: &url, links, parts: "", kept: &kept };
        let _ = style_sheet(text, &lead);
        let page = html(text, &lead);
        for element in Html::parse_document(&page).tree.nodes().filter_map(|node| node.value().as_element()) {
            assert!(element.name() != "script", "{element:?}\n{page}");
            for (name, value) in element.attrs() {
                let value = value.trim_start_matches(|c: char| c <= ' ').to_ascii_lowercase();
                assert!(!(name.starts_with("on") && name.len() > 3), "{element:?}\n{page}");
                assert!(!value.starts_with("javascript:"), "{element:?}\n{page}");
                let elsewhere = value.starts_with("http:") || value.starts_with("https:") || value.starts_with("//");
                assert!(!(LOADS.contains(&name) && elsewhere), "{element:?}\n{page}");
            }
        }
    }
});
