//! What holds for every page, however broken: an answer, no panic, nothing that runs in the HTML, text that reads back.

#![allow(clippy::unwrap_used)]

use chaffinch_extract::{
    Block, Context, Error, Explanation, Favor, Inline, Options, SiteRules, explain, extract, overlay, render,
};
use proptest::prelude::*;
use scraper::Selector;

fn options() -> Options {
    Options { comments: true, ..Options::default() }
}

fn try_all(bytes: &[u8]) {
    let url = url::Url::parse("https://example.org/a/b?c=d").unwrap();
    let context = Context { url: Some(&url), content_type: None, ..Context::default() };
    for favor in [Favor::Balanced, Favor::Precision, Favor::Recall] {
        let options = Options { favor, ..options() };
        let Ok(article) = extract(bytes, &context, &options) else {
            assert!(bytes.iter().all(u8::is_ascii_whitespace));
            return;
        };
        let html = article.html();
        assert!(!html.contains("<script") && !html.contains("javascript:"), "{html}");
        assert!((0.0..=1.0).contains(&article.confidence));
        let _ = (article.text(), article.markdown(), article.images());
    }
    let explanation = explain(bytes, &context, &Options::default()).unwrap();
    paints_every_block(&overlay(bytes, "a <page>", &context, &Options::default()).unwrap(), &explanation);
}

/// Read as a browser reads it, the painted page holds every block with its text, and nothing that runs or loads.
fn paints_every_block(painted: &str, explanation: &Explanation) {
    let page = scraper::Html::parse_document(painted);
    let blocks = Selector::parse(".block").unwrap();
    let visible = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    // Reasons and what stands for an image are not the block's.
    let added = |node: ego_tree::NodeRef<'_, scraper::Node>| {
        node.ancestors().any(|above| {
            above.value().as_element().is_some_and(|element| matches!(element.attr("class"), Some("why" | "image")))
        })
    };
    let shown: Vec<String> = page
        .select(&blocks)
        .map(|block| {
            let texts =
                block.descendants().filter(|node| !added(*node)).filter_map(|node| node.value().as_text().cloned());
            texts.map(|text| visible(&text.text)).collect()
        })
        .collect();
    let wanted: Vec<String> = explanation.blocks.iter().map(|block| visible(&block.text)).collect();
    assert_eq!(shown, wanted);
    for element in page.tree.nodes().filter_map(|node| node.value().as_element()) {
        assert!(!matches!(element.name(), "script" | "img" | "iframe" | "form" | "link" | "object"), "{element:?}");
        for (name, value) in element.attrs() {
            assert!(!name.starts_with("on") && !matches!(name, "src" | "style" | "action"), "{element:?}");
            assert!(name != "href" || value.starts_with('#'), "{element:?}");
        }
    }
}

/// Pieces of which pages are made, whole and broken.
const PIECES: &[&str] = &[
    "<p>",
    "</p>",
    "<div class='content'>",
    "</div>",
    "<article>",
    "</article>",
    "<h1>",
    "</h1>",
    "<h2>",
    "<ul><li>",
    "<li>",
    "</ul>",
    "<table><tr><td>",
    "<td>",
    "<tr>",
    "</table>",
    "<a href='javascript:alert(1)'>",
    "<a href=/x>",
    "</a>",
    "<img src=x.jpg alt='a b'>",
    "<img data-src='data:text/html,<script>'>",
    "<pre><code>",
    "</pre>",
    "<blockquote>",
    "</blockquote>",
    "<br><br>",
    "<br>",
    "<hr>",
    "<figure>",
    "<figcaption>",
    "</figure>",
    "<script>",
    "</script>",
    "<style>",
    "<!--",
    "-->",
    "<noscript>",
    "</noscript>",
    "<svg>",
    "<b>",
    "</b>",
    "<em>",
    "</em>",
    "<sup>",
    "<template>",
    "<select>",
    "<form>",
    "<dl><dt>",
    "<dd>",
    "&lt;script&gt;",
    "&#0;",
    "\u{0}",
    "A sentence of some length, with commas, that could be content. ",
    "Leave a Reply",
    "你好，世界。",
    "شارك",
    "* _ ` [x](y) # 1. ",
    "<p>The chaffinch sings from late February to July, and longest at dawn, from the top of a tree.</p>",
    "<",
    ">",
    "\"",
    "'",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_bytes_get_an_answer(bytes in proptest::collection::vec(any::<u8>(), 1..400)) {
        try_all(&bytes);
    }

    #[test]
    fn any_mangled_page_gets_an_answer(pieces in proptest::collection::vec(proptest::sample::select(PIECES), 1..60)) {
        try_all(pieces.concat().as_bytes());
    }

    #[test]
    fn html_reads_back_as_the_same_text(text in "[ -~äß你]{1,60}") {
        let inline = vec![Inline::Text { text: text.clone() }];
        let html = render::html(&[Block::Paragraph { text: inline }]);
        let back: String = scraper::Html::parse_fragment(&html).root_element().text().collect();
        prop_assert_eq!(back.trim_end_matches('\n'), text);
    }
}

#[test]
fn controls_do_not_reach_the_text() {
    let page =
        b"<article><p>The chaffinch\x1b[31m sings from \x01February\x7f to July.</p><pre>a\x1bb\n\tc</pre></article>";
    let article = extract(page, &Context::default(), &Options::default()).unwrap();
    assert_eq!(article.text(), "The chaffinch[31m sings from February to July.\n\nab\n\tc");
    let page =
        b"<article><p>The chaffinch sings <math><mi>x\x1b</mi>\x01<mo>=</mo></math> from February.</p></article>";
    let article = extract(page, &Context::default(), &Options::default()).unwrap();
    assert!(!article.text().contains(char::is_control), "{:?}", article.text());
}

#[test]
fn an_empty_page_is_refused() {
    assert_eq!(extract(b" \n", &Context::default(), &Options::default()), Err(Error::EmptyInput));
}

#[test]
fn a_wrong_selector_is_named() {
    let rules = SiteRules { remove: vec!["div[".to_owned()], ..SiteRules::default() };
    let error = extract(b"<p>x", &Context::default(), &Options { rules, ..Options::default() }).unwrap_err();
    assert!(
        matches!(error, Error::InvalidSelector { rule: "remove", ref selector, .. } if selector == "div["),
        "{error}"
    );
}

#[test]
fn the_rules_of_a_site_win() {
    let page = b"<title>Old</title><div id=a><p>One sentence that is wanted, <i>not</i> this.</p></div><div id=b>Two</div><b class=w>Ada</b>";
    let rules = SiteRules {
        content: vec!["#a".to_owned()],
        remove: vec!["#a i".to_owned()],
        title: vec!["#b".to_owned()],
        author: vec![".w".to_owned()],
        date: Vec::new(),
    };
    let article = extract(page, &Context::default(), &Options { rules, ..Options::default() }).unwrap();
    assert_eq!(article.text(), "One sentence that is wanted, this.");
    assert_eq!((article.metadata.title.as_deref(), article.metadata.authors), (Some("Two"), vec!["Ada".to_owned()]));
}

#[test]
fn what_a_rule_selects_is_one_clean_line() {
    let page =
        b"<h1>The \x1b[31mchaffinch\n sings</h1><meta name=by content='Ada\x07 Vale'><time datetime='\x1b2024-05-06'>";
    let rules = SiteRules {
        title: vec!["h1".to_owned()],
        author: vec!["meta[name=by]".to_owned()],
        date: vec!["time".to_owned()],
        ..SiteRules::default()
    };
    let article = extract(page, &Context::default(), &Options { rules, ..Options::default() }).unwrap();
    let metadata = article.metadata;
    assert_eq!(metadata.title.as_deref(), Some("The [31mchaffinch sings"));
    assert_eq!((metadata.authors, metadata.published.as_deref()), (vec!["Ada Vale".to_owned()], Some("2024-05-06")));
}

#[test]
fn rules_that_select_elements_within_each_other_do_not_repeat_the_page() {
    let page = format!("{}{}", "<div>".repeat(300), "The chaffinch sings, longest at dawn. ".repeat(10_000));
    let every = || vec!["div".to_owned()];
    let rules = SiteRules { title: every(), author: every(), date: every(), ..SiteRules::default() };
    let article = extract(page.as_bytes(), &Context::default(), &Options { rules, ..Options::default() }).unwrap();
    let authors: usize = article.metadata.authors.iter().map(String::len).sum();
    assert!(authors <= 2 * page.len(), "{authors}");
    assert!(article.metadata.title.is_some_and(|title| title.len() <= 5_000));
}

#[test]
fn hostile_pages_get_an_answer() {
    let attribute = format!("<p title='{}'>text</p>", "x".repeat(10_000_000));
    let nested = "<div>".repeat(60_000);
    let links = "<a><div>".repeat(30_000);
    let cells = "<table><tr><td>".repeat(5_000);
    let attributes: String = (0..200_000).flat_map(|at| [" a".to_owned(), at.to_string()]).collect();
    let attributes = format!("<p{attributes}>text");
    for page in [attributes, attribute, nested, links, cells] {
        extract(page.as_bytes(), &Context::default(), &options()).unwrap();
    }
}
