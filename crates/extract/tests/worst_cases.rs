//! Pages made to cost as much as they can get an answer whose size follows theirs. Sizes are small here, so that a debug build
//! comes to an end; `CHAFFINCH_WORST_BYTES` makes them larger, and `scripts/worst-cases` measures time and memory.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod worst;

use chaffinch_extract::{Article, Context, Options, explain, extract, overlay};

fn bytes() -> usize {
    std::env::var("CHAFFINCH_WORST_BYTES").ok().and_then(|bytes| bytes.parse().ok()).unwrap_or(12_000)
}

fn options() -> Options {
    Options { comments: true, ..Options::default() }
}

#[test]
fn what_is_written_follows_the_page_in_size() {
    let url = url::Url::parse("https://example.org/news/a-story").unwrap();
    let context = Context { url: Some(&url), content_type: None, ..Context::default() };
    for case in worst::cases() {
        let page = case.page(bytes());
        let article = extract(&page, &context, &options()).unwrap();
        let most = 40 * page.len() + 4_000;
        for (what, written) in [("text", article.text()), ("markdown", article.markdown()), ("html", article.html())] {
            assert!(written.len() <= most, "{}: {} of {what} for {}", case.name, written.len(), page.len());
        }
        let comments = chaffinch_extract::render::html(&article.comments);
        assert!(comments.len() <= most, "{}: {} of comments for {}", case.name, comments.len(), page.len());
    }
}

#[test]
fn blocks_are_no_more_than_bytes_and_each_is_explained() {
    for case in worst::cases() {
        let page = case.page(bytes() / 4);
        let explanation = explain(&page, &Context::default(), &options()).unwrap();
        assert!(explanation.blocks.len() <= page.len() / 2 + 16, "{}: {}", case.name, explanation.blocks.len());
        let text: usize = explanation.blocks.iter().map(|block| block.text.len()).sum();
        assert!(text <= 3 * page.len() + 1_000, "{}: {text} of text for {}", case.name, page.len());
        let painted = overlay(&page, case.name, &Context::default(), &options()).unwrap();
        let most = 3_000 * explanation.blocks.len() + 40 * page.len() + 20_000;
        assert!(painted.len() <= most, "{}: {} painted for {}", case.name, painted.len(), page.len());
    }
}

/// A page of twice the size has an answer of about twice the size: nothing is written once for each pair.
#[test]
fn what_is_written_grows_no_faster_than_the_page() {
    let written = |case: &worst::Case, bytes: usize| {
        let article = extract(&case.page(bytes), &Context::default(), &options()).unwrap();
        article.text().len() + article.markdown().len() + article.html().len()
    };
    for case in worst::cases() {
        let (small, large) = (written(case, bytes() / 2), written(case, bytes()));
        assert!(large <= 3 * small + 100_000, "{}: {small} at first, then {large}", case.name);
    }
}

/// Whatever a page makes of lists and quotes, its article can be stored and read again.
#[test]
fn every_article_survives_as_json() {
    for case in worst::cases() {
        let article = extract(&case.page(bytes()), &Context::default(), &options()).unwrap();
        let json = serde_json::to_string(&article).unwrap();
        let read = serde_json::from_str::<Article>(&json).unwrap_or_else(|error| panic!("{}: {error}", case.name));
        assert!(read == article, "{}: read back, it is another", case.name);
    }
}

#[test]
fn the_deepest_content_that_json_can_hold_is_rendered_on_a_small_stack() {
    let quote = |inner: String| format!("{{\"kind\":\"quote\",\"content\":[{inner}]}}");
    let strong = |inner: String| format!("{{\"kind\":\"strong\",\"content\":[{inner}]}}");
    let mut run = "{\"kind\":\"text\",\"text\":\"deep\"}".to_owned();
    for _ in 0..25 {
        run = strong(run);
    }
    let mut block = format!("{{\"kind\":\"paragraph\",\"text\":[{run}]}}");
    let mut deepest = None;
    // serde_json gives up at a depth of its own; until there, everything must be rendered.
    for _ in 0..200 {
        block = quote(block);
        match serde_json::from_str::<Article>(&format!("{{\"content\":[{block}]}}")) {
            Ok(article) => deepest = Some(article),
            Err(_) => break,
        }
    }
    let article = deepest.unwrap();
    let render = move || (article.text(), article.markdown(), article.html(), article.words(), article.images().len());
    let small = std::thread::Builder::new().stack_size(512 << 10).spawn(render).unwrap();
    assert!(small.join().unwrap().0.ends_with("deep"));
}
