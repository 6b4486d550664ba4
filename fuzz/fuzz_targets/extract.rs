//! Any bytes have an article, or none; the same one every time; and what is rendered of it as HTML runs nothing.
#![no_main]

use chaffinch_extract::{Context, Options, extract};
use libfuzzer_sys::fuzz_target;
use scraper::Html;

fuzz_target!(|bytes: &[u8]| {
    let url = url::Url::parse("https://example.org/news/2026/03/a-story").ok();
    let context = Context { url: url.as_ref(), content_type: None, ..Context::default() };
    let options = Options::default();
    let Ok(article) = extract(bytes, &context, &options) else { return };
    assert_eq!(extract(bytes, &context, &options).ok().as_ref(), Some(&article));
    let _ = (article.text(), article.markdown(), article.words(), article.images().len());
    for element in Html::parse_fragment(&article.html()).tree.nodes().filter_map(|node| node.value().as_element()) {
        assert!(!matches!(element.name(), "script" | "style" | "iframe" | "object" | "embed" | "form"), "{element:?}");
        for (name, value) in element.attrs() {
            assert!(!name.starts_with("on") && name != "style", "{element:?}");
            assert!(!value.trim_start().to_ascii_lowercase().starts_with("javascript:"), "{element:?}");
        }
    }
});
