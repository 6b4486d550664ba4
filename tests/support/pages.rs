//! Pages, feeds and sitemaps that tests put on their site: an article between the chrome of a news theme.

use std::fmt::Write as _;

/// An article of three paragraphs about a subject, in a page with navigation, share bar, related links and reply form.
/// `edition` changes every part of the chrome and nothing of the article.
pub fn article(title: &str, subject: &str, edition: u32) -> String {
    article_with(title, &paragraphs(subject), "", edition)
}

/// Three paragraphs about a subject.
pub fn paragraphs(subject: &str) -> Vec<String> {
    vec![
        format!(
            "The council has decided that {subject} will stay as it is for another year, after an evening on which \
             forty people spoke and nobody changed their mind."
        ),
        format!(
            "Those who know {subject} best had asked for patience. They pointed to the winter of 2009, when a hasty \
             repair cost twice what waiting would have done, and was undone by the spring."
        ),
        "A second vote is planned for October. Until then the keys remain with the baker, who has had them since \
         his father lost the other pair down a well."
            .to_owned(),
    ]
}

/// A page around these paragraphs; `extra` is markup that stands inside the article.
pub fn article_with(title: &str, paragraphs: &[String], extra: &str, edition: u32) -> String {
    let mut body = String::new();
    for paragraph in paragraphs {
        writeln!(body, "<p>{paragraph}</p>").unwrap();
    }
    let nonce = edition.wrapping_mul(2_654_435_761);
    format!(
        r#"<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title} - The Local Sheet</title>
<meta property="og:type" content="article"><meta property="og:title" content="{title}">
<meta property="og:site_name" content="The Local Sheet">
<meta property="article:published_time" content="2026-03-01T08:00:00Z"><meta name="author" content="Edda Marsh">
<link rel="stylesheet" href="/assets/theme.{nonce:08x}.css"><script nonce="{nonce:x}">var build = {nonce};</script></head>
<body class="single edition-{edition}">
<header><nav class="main-menu"><ul><li><a href="/n{edition}">News {edition}</a></li><li><a href="/s{edition}">Sport {edition}</a></li>
<li><a href="/c{edition}">Culture {edition}</a></li></ul></nav></header>
<main><article class="post hentry"><h1 class="entry-title">{title}</h1>
<p class="byline">By <a rel="author" href="/a/edda">Edda Marsh</a> <time datetime="2026-03-01T08:00:00Z">1 March 2026</time></p>
<div class="share-bar"><a href="/share/{edition}">Share</a> <a href="/tweet/{edition}">Post</a></div>
<div class="entry-content">
{body}{extra}</div></article>
<section class="related"><h3>Related</h3><ul><li><a href="/r/{edition}1">Story {edition} of the week</a></li>
<li><a href="/r/{edition}2">Another story {edition}</a></li></ul></section>
<div id="respond" class="comment-respond"><h3>Leave a Reply</h3><p>Your email address will not be published. Required fields are marked *</p></div></main>
<footer><p>Copyright {edition} The Local Sheet</p></footer></body></html>
"#
    )
}

/// An RSS feed of these links with their titles.
pub fn rss(items: &[(String, &str)]) -> String {
    let mut text = String::from(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>The Local Sheet</title><link>http://localhost/</link>\
         <description>News</description>",
    );
    for (link, title) in items {
        write!(text, "<item><title>{title}</title><link>{link}</link><guid>{link}</guid></item>").unwrap();
    }
    text + "</channel></rss>"
}

/// A sitemap of these addresses.
pub fn sitemap(urls: &[String]) -> String {
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">",
    );
    for url in urls {
        write!(text, "<url><loc>{url}</loc></url>").unwrap();
    }
    text + "</urlset>"
}

/// A front page whose main column lists these links.
pub fn listing(links: &[(&str, &str)]) -> String {
    let mut text = String::from("<!doctype html><html lang=\"en\"><title>The Local Sheet</title><main><h1>Today</h1>");
    for (href, title) in links {
        write!(text, "<article><h2><a href=\"{href}\">{title}</a></h2><p>In short: {title}.</p></article>").unwrap();
    }
    text + "</main></html>"
}

/// A PNG image of one pixel.
pub const PIXEL: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0xd, 0xa, 0x1a, 0xa, 0x0, 0x0, 0x0, 0xd, 0x49, 0x48, 0x44, 0x52, 0x0, 0x0, 0x0, 0x1, 0x0,
    0x0, 0x0, 0x1, 0x8, 0x2, 0x0, 0x0, 0x0, 0x90, 0x77, 0x53, 0xde, 0x0, 0x0, 0x0, 0xc, 0x49, 0x44, 0x41, 0x54, 0x78,
    0x9c, 0x63, 0xd0, 0x68, 0x70, 0x0, 0x0, 0x1, 0xbc, 0x0, 0xe9, 0xd7, 0x68, 0xdd, 0x34, 0x0, 0x0, 0x0, 0x0, 0x49,
    0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
];
