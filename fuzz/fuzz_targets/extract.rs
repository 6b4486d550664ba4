//! Any bytes have an article, or none; the same one every time; what is rendered of it says the same and runs nothing; and
//! the explanation keeps what the article holds.
#![no_main]

use chaffinch_extract::{Article, Context, Favor, Options, explain, extract};
use libfuzzer_sys::fuzz_target;
use scraper::Html;

fuzz_target!(|bytes: &[u8]| {
    let url = url::Url::parse("https://example.org/news/2026/03/a-story").ok();
    let context = Context { url: url.as_ref(), content_type: None, ..Context::default() };
    // What is asked for follows from the bytes, so that an input is always read in the same way.
    let favor = [Favor::Balanced, Favor::Precision, Favor::Recall][bytes.len() % 3];
    let options = Options { favor, comments: bytes.len() % 2 == 0, ..Options::default() };
    let Ok(article) = extract(bytes, &context, &options) else { return };
    assert_eq!(extract(bytes, &context, &options).ok().as_ref(), Some(&article));
    assert!((0.0..=1.0).contains(&article.confidence), "{}", article.confidence);
    let text = article.text();
    assert!(!text.contains(|c: char| c.is_control() && c != '\n' && c != '\t'), "{text:?}");
    let _ = (article.words(), article.images().len());
    writes_markdown_the_same_twice(&article);
    let html = Html::parse_fragment(&article.html());
    runs_nothing(&html);
    assert_eq!(letters(&html.root_element().text().collect::<String>()), letters(&text));
    let explanation = explain(bytes, &context, &options).expect("what has an article has an explanation");
    let kept: String = explanation.blocks.iter().filter(|block| block.kept).map(|block| block.text.as_str()).collect();
    // Buttons within code and second copies are left out when the article is built; formulas and footnotes are written in
    // other letters than the page has them. Anything else that is written stands in a block that is kept.
    let json = serde_json::to_string(&article).expect("an article is JSON");
    let anew = ["formula", "footnote", "footnotes", "embed", "checkbox"];
    if !anew.iter().any(|kind| json.contains(&format!("\"kind\":\"{kind}\""))) {
        assert!(holds(&letters(&kept), &letters(&text)), "{kept:?} does not hold {text:?}");
    }
    assert_eq!(explanation.title, article.metadata.title);
});

/// Letters and digits in order of their value: figures and their captions change places.
fn letters(text: &str) -> Vec<char> {
    let mut letters: Vec<char> = text.chars().filter(|c| c.is_alphanumeric()).collect();
    letters.sort_unstable();
    letters
}

/// Whether each of the sorted `some` is among the sorted `all`, as often.
fn holds(all: &[char], some: &[char]) -> bool {
    let mut all = all.iter();
    some.iter().all(|wanted| all.any(|found| found == wanted))
}

fn writes_markdown_the_same_twice(article: &Article) {
    let markdown = article.markdown();
    assert!(markdown.is_empty() || markdown.ends_with('\n'));
    assert_eq!(markdown, article.markdown());
}

fn runs_nothing(html: &Html) {
    for element in html.tree.nodes().filter_map(|node| node.value().as_element()) {
        assert!(
            !matches!(element.name(), "script" | "style" | "iframe" | "object" | "embed" | "form" | "svg" | "base"),
            "{element:?}"
        );
        for (name, value) in element.attrs() {
            assert!(!name.starts_with("on") && name != "style", "{element:?}");
            let value = value.trim_start_matches(|c: char| c <= ' ').to_ascii_lowercase();
            assert!(!value.starts_with("javascript:") && !value.starts_with("data:"), "{element:?}");
        }
    }
}
