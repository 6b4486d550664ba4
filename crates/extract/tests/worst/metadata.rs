//! Pages that say far too much of themselves: titles, authors, dates, JSON-LD.

use super::Recipe::{Bytes, Counted, Enclosed, Inside, Numbered, Repeated};
use super::{Case, case};

/// The cases.
pub(super) const CASES: &[Case] = &[
    case("titles", Repeated("", "<title>Finches</title>")),
    case("first headings", Repeated("<title>Finches</title>", "<h1>Finches</h1>")),
    case("headings of chrome", Repeated("", "<h3>Related articles</h3><p>x</p>")),
    case("chrome without headings", Repeated("", "<div>Share this</div>")),
    case("comments of readers", Repeated("<article><p>x</article>", "<div class=comment><p>I like it.</p></div>")),
    case("authors", Numbered("<h1>x</h1>", "<a rel=author href=/by/#>Ada Vale #</a>")),
    case("bylines", Repeated("<h1>x</h1>", "<p class=byline>By Ada Vale</p>")),
    case("times", Repeated("<h1>x</h1>", "<time datetime=2024-05-06>6 May 2024</time>")),
    case("links to themselves", Repeated("<h2>x", "<a href=#x>¶</a>")),
    case("links", Numbered("<p>", "<a href=/#>Number #</a> ")),
    case("metas", Numbered("", "<meta name=a# content=b>")),
    case("metas of an author", Numbered("", "<meta name=author content='Ada Vale #'>")),
    case("metas of a charset", Repeated("", "<meta charset=utf-7>")),
    case("canonical addresses", Repeated("", "<link rel=canonical href=/x>")),
    case("base addresses", Repeated("", "<base href=/x>")),
    case("JSON-LD: nested lists", Repeated(LD, "[")),
    case("JSON-LD: nested items", Repeated(LD, "{\"a\":")),
    case("JSON-LD: many items", Bytes(many_items)),
    case("JSON-LD: equal names", Enclosed(LD_OPEN, "\"author\":\"Ada Vale\",", LD_CLOSE)),
    case("JSON-LD: many authors", Bytes(many_authors)),
    case("JSON-LD: a long body", Enclosed(LD_BODY, "The chaffinch sings, longest at dawn. ", LD_CLOSE_BODY)),
    case("JSON-LD: no JSON", Repeated(LD, "not JSON, ")),
    case("JSON-LD: quotes", Repeated(LD, "\"")),
    case("JSON-LD: backslashes", Repeated(LD, "{\"a\":\"\\\\")),
    case("JSON-LD: commas and brackets", Repeated(LD, "{,}")),
    case("JSON-LD: many scripts", Repeated("", "<script type=application/ld+json>{\"@type\":\"Article\"}</script>")),
    case("JSON-LD: entities", Enclosed(LD_BODY, "&amp;lt;b&gt;", LD_CLOSE_BODY)),
    case("a description of less-than signs", Enclosed("<meta name=description content='", "<", "'><p>x")),
    case("a description of tags without end", Enclosed("<meta name=description content='", "<a ", "'><p>x")),
    case("a description of ampersands", Enclosed("<meta name=description content='", "&amp;", "'><p>x")),
    case("a description of entities", Enclosed("<meta name=description content='", "&amp;amp;#38;", "'><p>x")),
    case("keywords", Counted("<meta name=keywords content='", "finch#, ", "'><p>x")),
    case("tags", Numbered("", "<meta property=article:tag content=finch#>")),
    case("links called tags", Numbered("", "<a rel=tag href=/t/#>finch #</a>")),
    case("titles of a site", Numbered("", "<meta property=og:title content='Finches # - The Post'>")),
    case("headings of all kinds", Numbered("", "<h1 class=title>Finches # | The Post</h1>")),
    case("days in metas", Numbered("", "<meta property=article:published_time content=2024-05-06T07:08:#>")),
    case("days in elements", Numbered("<h1>x</h1>", "<time datetime=2024-05-06T#>6 May 2024, #</time>")),
    case("days in classes", Repeated("<h1>x</h1>", "<span class='date published'>Updated 6 May 2024</span>")),
    case("days in lines", Numbered("<h1>x</h1>", "<p>Published on 6 May 2024 at #")),
    case("a day without end", Enclosed("<h1>x</h1><time datetime='", "2024-05-06 ", "'>x</time>")),
    case("a time element without end", Repeated("<h1>x</h1><time>", "6 May 2024 ")),
    case("images of metas", Numbered("", "<meta property=og:image content=/#.jpg>")),
    case("other languages", Repeated("", "<link rel=alternate hreflang=de href=/de>")),
    case("a language without end", Enclosed("<html lang='", "en-", "'><p>x")),
    case("refreshes", Repeated("", "<meta http-equiv=refresh content='0; url=/x'>")),
    case("licences", Repeated("<p>x", "<a rel=license href=/l>x</a>")),
    case(
        "cards of people",
        Repeated("<h1>x</h1>", "<div class='vcard author'><a class='fn url' href=/a>Ada Vale</a></div>"),
    ),
    case("cards within each other", Inside("<div class='hentry vcard author'>", 500, "<b class=fn>Ada Vale</b>")),
    case(
        "boxes about the author",
        Repeated("<h1>x</h1>", "<div class=author-bio><h4>About Ada Vale</h4><p>She writes.</p></div>"),
    ),
    case("JSON-LD: items in a circle", Bytes(circle)),
    case(
        "JSON-LD: one author of many items",
        Numbered(
            "",
            "<script type=application/ld+json>{\"@type\":\"Article\",\"@id\":\"a#\",\"author\":{\"@id\":\"b\"},\"mainEntityOfPage\":{\"@id\":\"a#\"}}</script>",
        ),
    ),
    case("JSON-LD: keywords", Bytes(many_keywords)),
    case("JSON-LD: a headline of less-than signs", Enclosed(LD_HEADLINE, "<", LD_CLOSE_BODY)),
    case("JSON-LD: a name of ampersands", Enclosed(LD_AUTHOR, "&amp;", LD_CLOSE_AUTHOR)),
    case("JSON-LD: a name of many names", Enclosed(LD_AUTHOR, "Ada Vale, ", LD_CLOSE_AUTHOR)),
    case("JSON-LD: escapes", Enclosed(LD_BODY, "\\u0041\\ud83d", LD_CLOSE_BODY)),
    case(
        "JSON-LD: a number without end",
        Enclosed("<script type=application/ld+json>{\"@type\":\"Article\",\"datePublished\":", "1", "}</script><p>x"),
    ),
    case("JSON-LD: names that differ", Counted(LD_OPEN, "\"a#\":\"b\",", LD_CLOSE)),
    case("JSON-LD: closing brackets", Repeated(LD, "}]")),
    case("JSON-LD: commas before closing brackets", Repeated(LD, "{\"a\":[1,   ]   ,  }")),
    case("JSON-LD: comments", Repeated(LD, "/* x */ // y\n<!-- ")),
    case("JSON-LD: line ends in strings", Enclosed(LD_BODY, "x\n", LD_CLOSE_BODY)),
    case("JSON-LD: scripts that are none", Repeated("<p>x", "<script type=application/ld+json>{</script>")),
    case(
        "state of an application",
        Enclosed("<p>x<script id=__NEXT_DATA__ type=application/json>{\"a\":[", "{\"b\":1},", "0]}</script>"),
    ),
    case("bylines around nothing", Inside("<div class='byline author'>", 500, "<b></b>")),
    case("times around nothing", Inside("<time class=date>", 500, "<b></b>")),
    case("abbreviations around nothing", Inside("<abbr title=x>", 500, "<b></b>")),
    case("headings around nothing", Inside("<h1><div><h2><div>", 120, "<b></b>")),
    case("microdata around nothing", Inside("<div itemscope itemprop='author name datePublished'>", 500, "<b></b>")),
    case(
        "JSON-LD: small objects",
        Numbered(
            "",
            "<script type=application/ld+json>[{\"\":0},{\"\":0},{\"\":0},{\"\":0},{\"\":0},{\"\":0}]</script>",
        ),
    ),
    case("JSON-LD: two megabytes of small objects", Bytes(|bytes| small_values(bytes, "{\"\":0},", "0"))),
    case("JSON-LD: two megabytes of small lists", Bytes(|bytes| small_values(bytes, "[0],", "0"))),
    case("JSON-LD: two megabytes of numbers", Bytes(|bytes| small_values(bytes, "0,", "0"))),
    case("JSON-LD: pages by an author of a long name", Bytes(long_name)),
];

const LD: &str = "<script type=application/ld+json>";
const END: &str = "</script><p>The chaffinch sings from late February to July.</p>";
const LD_OPEN: &str = "<script type=application/ld+json>{\"@type\":\"Article\",";
const LD_CLOSE: &str = "\"headline\":\"x\"}</script><p>The chaffinch sings from late February to July.</p>";
const LD_BODY: &str = "<script type=application/ld+json>{\"@type\":\"Article\",\"articleBody\":\"";
const LD_CLOSE_BODY: &str = "\"}</script><p>The chaffinch sings from late February to July.</p>";

fn many_items(bytes: usize) -> Vec<u8> {
    let item =
        |at: usize| format!("{{\"@type\":\"Article\",\"@id\":\"#{at}\",\"author\":{{\"@id\":\"#{}\"}}}}", at + 1);
    let items: Vec<String> = (0..bytes / 64).map(item).collect();
    format!("{LD}[{}]{END}", items.join(",")).into_bytes()
}

fn many_authors(bytes: usize) -> Vec<u8> {
    let names: Vec<String> = (0..bytes / 24).map(|at| format!("{{\"name\":\"Ada Vale {at}\"}}")).collect();
    format!("{LD}{{\"@type\":\"Article\",\"author\":[{}]}}{END}", names.join(",")).into_bytes()
}

const LD_HEADLINE: &str = "<script type=application/ld+json>{\"@type\":\"Article\",\"headline\":\"";
const LD_AUTHOR: &str = "<script type=application/ld+json>{\"@type\":\"Article\",\"author\":{\"name\":\"";
const LD_CLOSE_AUTHOR: &str = "\"}}</script><p>The chaffinch sings from late February to July.</p>";

/// Items of a graph, each of which is the author, the part and the subject of the next, and the last those of the first.
fn circle(bytes: usize) -> Vec<u8> {
    let count = (bytes / 130).max(1);
    let item = |at: usize| {
        let next = (at + 1) % count;
        format!(
            "{{\"@type\":[\"Article\",\"Person\"],\"@id\":\"#{at}\",\"author\":{{\"@id\":\"#{next}\"}},\
             \"isPartOf\":{{\"@id\":\"#{next}\"}},\"about\":{{\"@id\":\"#{next}\"}}}}"
        )
    };
    let items: Vec<String> = (0..count).map(item).collect();
    format!("{LD}{{\"@graph\":[{}]}}{END}", items.join(",")).into_bytes()
}

fn many_keywords(bytes: usize) -> Vec<u8> {
    let words: Vec<String> = (0..bytes / 16).map(|at| format!("\"finch {at}\"")).collect();
    format!("{LD}{{\"@type\":\"Article\",\"keywords\":[{}]}}{END}", words.join(",")).into_bytes()
}

/// Scripts of as many values as fit, each in a script that is just short enough to be read.
fn small_values(bytes: usize, value: &str, last: &str) -> Vec<u8> {
    const SCRIPT_BYTES: usize = 2_000_000;
    let whole = |bytes: usize| format!("{LD}[{}{last}]</script>", value.repeat(bytes / value.len()));
    let mut page = whole(SCRIPT_BYTES).repeat(bytes / SCRIPT_BYTES);
    page.push_str(&whole(bytes % SCRIPT_BYTES));
    page.push_str("<p>The chaffinch sings.");
    page.into_bytes()
}

/// A thousand pages by forty times the same author, whose name is half of the script.
fn long_name(bytes: usize) -> Vec<u8> {
    let bytes = bytes.min(4_000_000);
    let by = vec!["{\"@id\":\"#a\"}"; 40].join(",");
    let page = format!("{{\"@type\":\"WebPage\",\"author\":[{by}]}}");
    let pages = vec![page.as_str(); bytes / 2 / page.len()].join(",");
    let name = "&amp;Ada ".repeat(bytes / 18);
    format!("{LD}[{pages},{{\"@type\":\"Person\",\"@id\":\"#a\",\"name\":\"{name}\"}}]{END}").into_bytes()
}
