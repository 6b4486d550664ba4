//! The Gazette's pages, feed and sitemap as text. What an edition changes is here and only here, but for the one edited
//! article, which is in `articles`.

use std::fmt::Write as _;

use crate::articles::{ARTICLES, Article};

/// The style sheet, under whatever name an edition gives it.
pub const STYLE: &str = "body{max-width:60rem;margin:auto;font:18px/1.6 Georgia,serif;color:#222}\
nav ul{display:flex;gap:1rem;list-style:none;padding:0}main{display:grid;grid-template-columns:3fr 1fr;gap:2rem}\
img{max-width:100%;height:auto}figcaption,.byline{font-size:.85em;color:#555}.share-bar a{margin-right:.5rem}\n";

/// A script that does what most of them do.
pub const SCRIPT: &str = "document.documentElement.classList.add('js');\n";

/// What changes from edition to edition although no article does.
struct Chrome {
    menu: &'static [&'static str],
    asset: &'static str,
    nonce: &'static str,
    notice: &'static str,
    trending: &'static [&'static str],
}

const CHROME: [Chrome; 2] = [
    Chrome {
        menu: &["News", "Weather", "Letters", "Sport"],
        asset: "theme.3f9a1c",
        nonce: "kV2sQ8yN",
        notice: "Subscribe for a penny a week until the end of May.",
        trending: &["The goalkeeper who knits", "Ten benches in search of a view", "Is your kettle too loud?"],
    },
    Chrome {
        menu: &["Today", "The Valley", "Outdoors", "Letters to us", "Puzzles", "Notices"],
        asset: "theme.b07e52",
        nonce: "p0ZtR4mW",
        notice: "Our readers' picnic is on the second Sunday of June. Bring a chair.",
        trending: &["A short history of the long queue", "Lost: one weathercock", "The man who returned every book"],
    },
];

fn chrome(edition: u32) -> &'static Chrome {
    &CHROME[usize::from(edition == 2)]
}

/// The whole page around `main`.
fn page(title: &str, head: &str, main: &str, edition: u32) -> String {
    let chrome = chrome(edition);
    let menu: String = chrome
        .menu
        .iter()
        .enumerate()
        .map(|(i, name)| format!("<li class=\"menu-item menu-item-{i}\"><a href=\"/\">{name}</a></li>"))
        .collect();
    let trending: String = chrome.trending.iter().map(|t| format!("<li><a href=\"/\">{t}</a></li>")).collect();
    format!(
        r##"<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="alternate" type="application/rss+xml" title="The Finch Gazette" href="/feed.xml">
<link rel="stylesheet" href="/assets/{asset}.css">
{head}<script nonce="{nonce}" src="/assets/{asset}.js" defer></script>
<script nonce="{nonce}">window.gazette = {{ edition: {edition}, nonce: "{nonce}", slots: ["top", "side"] }};</script>
</head>
<body class="single gazette-{edition}">
<a class="skip-link screen-reader-text" href="#content">Skip to content</a>
<header class="site-header"><p class="site-title"><a href="/" rel="home">The Finch Gazette</a></p>
<nav class="main-navigation" aria-label="Primary"><ul>{menu}</ul></nav>
<form role="search" class="search-form" action="/search"><input type="search" name="q" placeholder="Search &hellip;"><button>Search</button></form></header>
<main id="content">
{main}
<aside class="sidebar widget-area"><section class="widget"><h2 class="widget-title">Trending</h2><ol>{trending}</ol></section>
<section class="widget newsletter"><h2>The Gazette by post</h2><p>{notice}</p><form><input type="email" placeholder="Your email"><button>Subscribe</button></form></section></aside>
</main>
<footer class="site-footer"><p>The Finch Gazette is an invention. No. {number} of the second series.</p><p><a href="/">About</a> <a href="/">Privacy policy</a></p></footer>
<div class="cookie-notice" role="dialog"><p>We use cookies to remember that we asked you about cookies.</p><button>Accept</button></div>
</body>
</html>
"##,
        asset = chrome.asset,
        nonce = chrome.nonce,
        notice = chrome.notice,
        number = 1000 + edition,
    )
}

/// The front page: every article with its first sentence.
pub fn front(edition: u32) -> String {
    let mut main = String::from("<div class=\"front\"><h1>Today in the valley</h1>\n");
    for article in ARTICLES {
        let _ = writeln!(
            main,
            "<article class=\"teaser\"><h2><a href=\"/articles/{slug}/\">{title}</a></h2><p>{summary}</p></article>",
            slug = article.slug,
            title = article.title,
            summary = article.summary,
        );
    }
    page("The Finch Gazette", "", &(main + "</div>"), edition)
}

/// One article in the chrome of its edition.
pub fn article(article: &Article, edition: u32, base: &str) -> String {
    let Article { slug, title, author, section, published, summary, .. } = article;
    let head = format!(
        r#"<link rel="canonical" href="{base}/articles/{slug}/">
<meta name="description" content="{summary}">
<meta property="og:type" content="article"><meta property="og:title" content="{title}"><meta property="og:site_name" content="The Finch Gazette">
<meta property="og:image" content="{base}/images/{slug}.png"><meta property="article:published_time" content="{published}"><meta property="article:section" content="{section}">
<script type="application/ld+json">{{"@context":"https://schema.org","@type":"NewsArticle","headline":"{title}","datePublished":"{published}","author":{{"@type":"Person","name":"{author}"}},"publisher":{{"@type":"Organization","name":"The Finch Gazette"}}}}</script>
"#
    );
    let place = ARTICLES.iter().position(|a| a.slug == *slug).unwrap_or_default();
    // Each edition leads on to other neighbours.
    let related: String = (1..=3)
        .filter_map(|n| ARTICLES.get((place + n * edition as usize + usize::from(edition == 2)) % ARTICLES.len()))
        .map(|a| format!("<li><a href=\"/articles/{}/\">{}</a></li>", a.slug, a.title))
        .collect();
    let main = format!(
        r##"<article class="post hentry"><header class="entry-header"><span class="cat-links"><a href="/">{section}</a></span>
<h1 class="entry-title">{title}</h1>
<p class="byline">By <a rel="author" href="/">{author}</a> <span class="posted-on">Published <time datetime="{published}">{day}</time></span></p>
<div class="share-bar" aria-label="Share"><a href="#">Share</a><a href="#">Print</a><a href="#">Copy link</a></div></header>
<div class="entry-content">
<figure><img src="/images/{slug}.png" width="320" height="180" alt="{title}"><figcaption>{caption}</figcaption></figure>
{body}</div>
<footer class="entry-footer"><span class="tags-links">Filed under <a href="/">{section}</a></span></footer></article>
<section class="related-posts"><h2>You may also like</h2><ul>{related}</ul></section>
<div id="respond" class="comment-respond"><h3>Leave a Reply</h3><form><p class="comment-notes">Your email address will not be published. Required fields are marked *</p><textarea></textarea><button>Post Comment</button></form></div>
"##,
        day = published.split('T').next().unwrap_or(published),
        caption = article.caption,
        body = article.body(edition),
    );
    page(&format!("{title} - The Finch Gazette"), &head, &main, edition)
}

/// What stands where no article is.
pub fn not_found(edition: u32) -> String {
    page("Page not found - The Finch Gazette", "", "<h1>Page not found</h1><p>The cat has had it.</p>", edition)
}

/// RSS 2.0 of all articles. It says the same in both editions: only the pages change.
pub fn feed(base: &str) -> String {
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\"><channel><title>The Finch Gazette</title>\
         <link>{base}/</link><description>News of the valley</description>\n"
    );
    for Article { slug, title, summary, .. } in ARTICLES {
        let link = format!("{base}/articles/{slug}/");
        let _ = writeln!(
            text,
            "<item><title>{title}</title><link>{link}</link><guid>{link}</guid><description>{summary}</description></item>"
        );
    }
    text + "</channel></rss>\n"
}

/// A sitemap of all articles.
pub fn sitemap(base: &str) -> String {
    let urls: String =
        ARTICLES.iter().map(|a| format!("<url><loc>{base}/articles/{}/</loc></url>\n", a.slug)).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n{urls}</urlset>\n"
    )
}
