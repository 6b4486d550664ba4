//! Any bytes have an article, or none; the same one every time; what is rendered of it says the same and runs nothing; and
//! the explanation keeps what the article holds. The last four bytes say what is asked for and what is known besides, so that
//! every page is a seed as it stands and a mutation of its end asks for something else.
#![no_main]

use chaffinch_extract::{
    Article, Context, Error, Favor, Limits, Metadata, Options, SiteProfile, SiteRules, explain, extract,
    extract_observed, overlay, render,
};
use libfuzzer_sys::fuzz_target;
use scraper::Html;
use url::Url;

fuzz_target!(|bytes: &[u8]| {
    let (page, asked) = bytes.split_last_chunk::<4>().unwrap_or((bytes, &[0; 4]));
    let options = options(*asked);
    let url = addresses()[usize::from(asked[1] % 8)].as_deref().and_then(|url| Url::parse(url).ok());
    let content_type = CONTENT_TYPES[usize::from(asked[1] / 8 % 8)];
    let alone = Context { url: url.as_ref(), content_type, site: None };
    let site = (asked[1] / 64 == 3).then(|| profile(page, &alone, &options));
    let context = Context { site: site.as_ref(), ..alone };
    let article = match extract(page, &context, &options) {
        Ok(article) => article,
        Err(Error::EmptyInput) => return assert!(page.iter().all(u8::is_ascii_whitespace)),
        Err(error) => panic!("{error}"),
    };
    let (again, _) = extract_observed(page, &context, &options).expect("what has an article can be observed");
    assert_eq!(again, article);
    assert!((0.0..=1.0).contains(&article.confidence), "{}", article.confidence);
    assert!((0.0..=1.0).contains(&article.page_type_confidence), "{}", article.page_type_confidence);
    is_clean(&article.metadata);
    says_the_same_everywhere(&article);
    let json = serde_json::to_string(&article).expect("an article is JSON");
    assert_eq!(serde_json::from_str::<Article>(&json).expect("what was stored can be read"), article);
    explains(page, &context, &options, &article, &json);
    if asked[3] % 4 == 3 {
        let painted = overlay(page, "a page", &context, &options).expect("what has an article can be painted");
        runs_nothing(&Html::parse_document(&painted), &["style", "meta"]);
    }
});

fn options(asked: [u8; 4]) -> Options {
    let rules = |number: u8| SiteRules {
        content: chosen(&["article", "div > p", "p:not(:first-child), td", ":has(> b)"], number),
        remove: chosen(&["a", "div div", "*", "p + p"], number / 4),
        title: chosen(&["h1", "meta", "title, p", "*"], number / 16),
        author: chosen(&["a", "[class]", "b, i", "div"], number / 16),
        date: chosen(&["time", "meta", "p", "*"], number / 64),
    };
    let limits = match asked[3] / 4 % 8 {
        0 => Limits { input_bytes_max: 300, ..Limits::default() },
        1 => Limits { depth_max: 16, ..Limits::default() },
        2 => Limits { nodes_max: 40, ..Limits::default() },
        _ => Limits::default(),
    };
    Options {
        favor: [Favor::Balanced, Favor::Precision, Favor::Recall][usize::from(asked[0] / 2 % 3)],
        comments: asked[0] % 2 == 0,
        // Most pages are read without rules: they leave little to find.
        rules: if asked[0] / 8 % 8 == 7 { rules(asked[2]) } else { SiteRules::default() },
        limits,
    }
}

/// Every other number chooses nothing.
fn chosen(selectors: &[&str; 4], number: u8) -> Vec<String> {
    if number % 2 == 0 { Vec::new() } else { vec![selectors[usize::from(number / 2 % 4)].to_owned()] }
}

fn addresses() -> [Option<String>; 8] {
    [
        Some("https://example.org/news/2026/03/a-story".to_owned()),
        Some("https://forum.example.org/t/thread-of-posts/4711?page=2".to_owned()),
        Some("https://example.org/".to_owned()),
        Some("https://docs.example.co.uk/en/latest/guide.html#part".to_owned()),
        Some("file:///home/ada/page.html".to_owned()),
        Some("data:text/html,x".to_owned()),
        Some(format!("https://[::1]:8080/{}?q=%FF%00#", "20240506/".repeat(300))),
        None,
    ]
}

const CONTENT_TYPES: [Option<&str>; 8] = [
    None,
    Some("text/html"),
    Some("text/html; charset=utf-8"),
    Some("text/html; charset=\"windows-1251\""),
    Some("text/html; charset=shift_jis"),
    Some("text/html; charset=utf-16"),
    Some("application/xhtml+xml; charset=iso-2022-jp"),
    Some("text/html; charset=gb18030;charset"),
];

/// What a site is known for whose other pages are halves of this one; stored and read back.
fn profile(page: &[u8], context: &Context<'_>, options: &Options) -> SiteProfile {
    let mut profile = SiteProfile::default();
    let (first, second) = page.split_at(page.len() / 2);
    for (number, part) in [first, second, page].into_iter().enumerate() {
        let url = Url::parse(&format!("https://example.org/{number}")).ok();
        let context = Context { url: url.as_ref(), ..*context };
        if let Ok((_, seen)) = extract_observed(part, &context, options) {
            profile.learn(&seen);
        }
    }
    let stored = SiteProfile::from_bytes(&profile.to_bytes()).expect("what was stored can be read");
    assert_eq!(stored, profile);
    stored
}

/// What a page says of itself is printed on terminals too.
fn is_clean(metadata: &Metadata) {
    let Metadata { title, published, modified, site, language, description, canonical_url, section, .. } = metadata;
    let single = [title, published, modified, site, language, description, canonical_url, section];
    let single = single.into_iter().chain([&metadata.image, &metadata.licence]).flatten();
    for value in single.chain(&metadata.authors).chain(&metadata.tags) {
        assert!(!value.chars().any(char::is_control), "{value:?} in {metadata:?}");
        assert!(!value.is_empty(), "{metadata:?}");
    }
    for address in [canonical_url, &metadata.image].into_iter().flatten() {
        let address = address.to_ascii_lowercase();
        assert!(!address.starts_with("javascript:") && !address.starts_with("data:"), "{address}");
    }
}

fn says_the_same_everywhere(article: &Article) {
    for (content, html) in [(&article.content, article.html()), (&article.comments, render::html(&article.comments))] {
        let text = render::text(content);
        assert!(!text.contains(|c: char| c.is_control() && c != '\n' && c != '\t'), "{text:?}");
        let html = Html::parse_fragment(&html);
        runs_nothing(&html, &[]);
        assert_eq!(letters(&html.root_element().text().collect::<String>()), letters(&text));
        let markdown = render::markdown(content);
        assert!(markdown.is_empty() || markdown.ends_with('\n'));
    }
    let _ = (article.words(), article.images().len());
}

fn explains(page: &[u8], context: &Context<'_>, options: &Options, article: &Article, json: &str) {
    let explanation = explain(page, context, options).expect("what has an article has an explanation");
    let kept: String = explanation.blocks.iter().filter(|block| block.kept).map(|block| block.text.as_str()).collect();
    // Buttons within code and second copies are left out when the article is built; formulas and footnotes are written in
    // other letters than the page has them. Anything else that is written stands in a block that is kept.
    let anew = ["formula", "footnote", "footnotes", "embed", "checkbox"];
    if !anew.iter().any(|kind| json.contains(&format!("\"kind\":\"{kind}\""))) {
        let text = article.text();
        assert!(holds(&letters(&kept), &letters(&text)), "{kept:?} does not hold {text:?}");
    }
    assert_eq!(explanation.title, article.metadata.title);
}

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

/// Read as a browser reads it, nothing runs and nothing is loaded but images; `allowed` elements are the page's own.
fn runs_nothing(html: &Html, allowed: &[&str]) {
    for element in html.tree.nodes().filter_map(|node| node.value().as_element()) {
        let name = element.name();
        let runs = ["script", "style", "iframe", "object", "embed", "form", "svg", "base", "link", "meta"];
        assert!(!runs.contains(&name) || allowed.contains(&name), "{element:?}");
        for (name, value) in element.attrs() {
            assert!(!name.starts_with("on") && name != "style", "{element:?}");
            let value = value.trim_start_matches(|c: char| c <= ' ').to_ascii_lowercase();
            assert!(!value.starts_with("javascript:") && !value.starts_with("data:"), "{element:?}");
        }
    }
}
