//! Pages made to cost as much as they can, of any size: what is quadratic in tree builders, in walks over siblings and
//! ancestors, in lists of blocks. The test over them and the program that times them share this table.

/// How a page is made.
enum Recipe {
    /// What comes first, and what is repeated up to the size.
    Repeated(&'static str, &'static str),
    /// As `Repeated`, each `#` a number.
    Numbered(&'static str, &'static str),
    /// As `Repeated`, what comes first many times.
    Inside(&'static str, usize, &'static str),
    /// As `Repeated`, with an end.
    Enclosed(&'static str, &'static str, &'static str),
    /// Bytes that are no text.
    Bytes(fn(usize) -> Vec<u8>),
}

use Recipe::{Bytes, Enclosed, Inside, Numbered, Repeated};

/// A page made to cost as much as it can.
pub struct Case {
    /// What it is, in words.
    pub name: &'static str,
    recipe: Recipe,
}

impl Case {
    /// The page, of about this many bytes.
    pub fn page(&self, bytes: usize) -> Vec<u8> {
        match self.recipe {
            Repeated(first, piece) => Self::filled(first.to_owned(), bytes, |page, _| page.push_str(piece)),
            Inside(first, times, piece) => Self::filled(first.repeat(times), bytes, |page, _| page.push_str(piece)),
            Numbered(first, piece) => Self::filled(first.to_owned(), bytes, |page, at| {
                page.push_str(&piece.replace('#', &at.to_string()));
            }),
            Enclosed(first, piece, end) => {
                let mut page = Self::filled(first.to_owned(), bytes, |page, _| page.push_str(piece));
                page.extend_from_slice(end.as_bytes());
                page
            }
            Bytes(make) => make(bytes),
        }
    }

    fn filled(mut page: String, bytes: usize, mut add: impl FnMut(&mut String, usize)) -> Vec<u8> {
        let mut at = 0;
        while page.len() < bytes {
            add(&mut page, at);
            at += 1;
        }
        page.into_bytes()
    }
}

const LD: &str = "<script type=application/ld+json>";
const END: &str = "</script><p>The chaffinch sings from late February to July.</p>";

/// Every case.
pub const CASES: &[Case] = &[
    case("text without a tag", Repeated("", "The chaffinch sings, longest at dawn. ")),
    case("one word", Repeated("", "a")),
    case("one word in a paragraph", Repeated("<p>", "a")),
    case("blanks", Repeated("x", " ")),
    case("line ends", Repeated("x", "\n")),
    case("a line of Chinese", Repeated("", "你好，世界。")),
    case("a Chinese word without end", Repeated("<p>", "好")),
    case("combining marks", Repeated("a", "\u{301}")),
    case("zero width", Repeated("a", "\u{200b}")),
    case("right-to-left marks", Repeated("a", "\u{200f}")),
    case("right-to-left text", Repeated("<p dir=rtl>", "يغني الشرشور ")),
    case("digits", Repeated("<p>", "1")),
    case("dates", Repeated("<p>", "6 May 2024 2024-05-06 ")),
    case("sentence marks", Repeated("<p>", ".")),
    case("stars", Repeated("<p>", "*")),
    case("backticks in code", Repeated("<pre>", "`")),
    case("number signs in a heading", Repeated("<h2>x ", "#")),
    case("dashes at line starts", Repeated("<p>x", "<br>- ")),
    case("NULs", Repeated("<p>x", "\0")),
    case("ampersands", Repeated("<p>", "&")),
    case("unfinished entities", Repeated("<p>", "&am")),
    case("the longest entity, unfinished", Repeated("<p>", "&CounterClockwiseContourIntegra")),
    case("entities beyond Unicode", Repeated("<p>", "&#x110000;")),
    case("an entity without end", Repeated("<p>&#x", "1")),
    case("less-than signs", Repeated("<p>", "<")),
    case("end tags of nothing", Repeated("<p>", "</x>")),
    case("end tags of paragraphs", Repeated("", "</p>")),
    case("end tags of line breaks", Repeated("", "</br>")),
    case("comments", Repeated("<p>x", "<!-- x -->")),
    case("a comment without end", Repeated("<p>x<!--", "- ")),
    case("bogus comments", Repeated("<p>x", "<!x>")),
    case("a tag without end", Repeated("<p>x<p", " a")),
    case("a script without end", Repeated("<p>x<script>", "a<")),
    case("scripts without end", Repeated("<p>x", "<script>")),
    case("scripts in comments in scripts", Repeated("<p>x<script><!--", "<script>")),
    case("styles", Repeated("<p>x", "<style>a{}</style>")),
    case("attributes of one element", Numbered("<p>text<p", " a#=b")),
    case("attributes without values", Numbered("<p>text<p", " a#")),
    case("attributes of many elements", Repeated("", "<p a b c d e f g h i j k l m n>x</p>")),
    case("equal attributes", Repeated("<p>text<p", " a=1")),
    case("quotes in a tag", Repeated("<p>text<p ", "\"'")),
    case("a long value", Enclosed("<p title='", "x", "'>text</p>")),
    case("a long class list", Numbered("<p class='", "content# ")),
    case("class names of many elements", Numbered("", "<p class='a# content-#'>x</p>")),
    case("a long address", Enclosed("<p><a href='http://e.org/", "x/../", "'>text</a></p>")),
    case("a long data address", Enclosed("<p>x<img src='data:image/png,", "x", "'></p>")),
    case("a long srcset", Enclosed("<p>x<img srcset='", "a.jpg 1x, ", "'></p>")),
    case("a long style", Enclosed("<p style='", "a: b; ", "'>text</p>")),
    case("attributes of html", Numbered("", "<html a#>")),
    case("nested divisions", Repeated("", "<div>")),
    case("nested divisions with text", Repeated("", "<div>x")),
    case("nested spans", Repeated("", "<span>x")),
    case("nested links", Repeated("", "<a>")),
    case("nested links with addresses", Numbered("", "<a href=#>x")),
    case("nested fonts", Repeated("", "<font>")),
    case("nested fonts, all different", Numbered("", "<font size=#>")),
    case("nested nobr", Repeated("", "<nobr>")),
    case("links in divisions", Repeated("", "<a><div>")),
    case("links in paragraphs", Repeated("", "<a><p>")),
    case("fonts in paragraphs", Repeated("", "<font><p>")),
    case("bold in tables", Repeated("", "<b><table><tr><td>")),
    case("misnested bold and italics", Repeated("", "<b><i></b>x</i>")),
    case("misnested bold and paragraphs", Repeated("", "<b><p></b>x")),
    case("misnested links and divisions", Repeated("", "<a><div></a>x")),
    case("bold left open in paragraphs", Numbered("", "<p><b id=#>x</p>")),
    case("formatting opened again in every paragraph", Inside("<b><i><u><s>", 120, "<p>x</p>")),
    case("spans around paragraphs", Inside("<span>", 500, "<p>x</p>")),
    case("spans around pieces of text", Inside("<span>", 500, "x<wbr>")),
    case("divisions around paragraphs", Inside("<div>", 500, "<p>x</p>")),
    case("lists around items", Inside("<ul><li>", 250, "<li>x")),
    case("lists around paragraphs", Inside("<ul><li>", 250, "<p>x</p>")),
    case("quotes around paragraphs", Inside("<blockquote>", 500, "<p>x</p>")),
    case("code around lines", Inside("<pre>", 500, "x\n")),
    case("figures around images", Inside("<figure>", 500, "<img src=a.jpg>")),
    case("tables around cells", Inside("<table><tr><td>", 160, "<td>x")),
    case("items around microdata", Inside("<div itemscope itemprop=a>", 500, "<i itemprop=author>x</i>")),
    case("links in a table", Repeated("", "<table><a>")),
    case("divisions in a table", Repeated("<table>", "<div>x")),
    case("text in a table", Repeated("<table>", "x<tr>")),
    case("bold text in a table", Repeated("<table>", "<b>x<tr>")),
    case("tables in tables", Repeated("", "<table><tr><td>")),
    case("tables without cells", Repeated("", "<table>")),
    case("captions", Repeated("", "<table><caption>")),
    case("one table of cells", Repeated("<table>", "<tr><td>x<td>y")),
    case("one row of cells", Repeated("<table><tr>", "<td>x")),
    case("cells that span", Repeated("<table>", "<tr><td colspan=1000 rowspan=1000>x<td>y")),
    case("cells of a wide table that span", Repeated("<table><tr><td>a<td>b<td>c", "<tr><td rowspan=9999>x")),
    case("one long row and many short ones", Bytes(wide_table)),
    case("column groups", Repeated("<table>", "<colgroup><col>")),
    case("nested selects", Repeated("", "<select>")),
    case("nested selects with options", Repeated("", "<select><option>x")),
    case("option groups", Repeated("<select>", "<optgroup><option>x")),
    case("nested templates", Repeated("", "<template>")),
    case("templates in tables", Repeated("", "<table><template><td>")),
    case("nested framesets", Repeated("", "<frameset>")),
    case("frames", Repeated("<frameset>", "<frame>")),
    case("nested buttons", Repeated("", "<button>x")),
    case("nested forms", Repeated("", "<form><div>")),
    case("nested headings", Repeated("", "<h1>x")),
    case("nested quotes", Repeated("", "<blockquote>x")),
    case("nested lists", Repeated("", "<ul><li>x")),
    case("nested definitions", Repeated("", "<dl><dt>x<dd>")),
    case("nested svg", Repeated("", "<svg><foreignObject>")),
    case("nested mathematics", Repeated("", "<math><mtext>x")),
    case("nested ruby", Repeated("", "<ruby>x<rt>")),
    case("nested pre", Repeated("", "<pre>x")),
    case("nested code", Repeated("", "<code>x")),
    case("nested figures", Repeated("", "<figure><figcaption>x")),
    case("nested custom elements", Repeated("", "<x-y>x")),
    case("nested sections", Repeated("", "<article><section><h2>x</h2>")),
    case("nested noscript", Repeated("", "<noscript>x")),
    case("objects and applets", Repeated("", "<object><applet>")),
    case("line breaks", Repeated("", "<br>")),
    case("line breaks with text", Repeated("", "x<br>")),
    case("text between two line breaks", Repeated("", "x<br><br>")),
    case("empty paragraphs", Repeated("", "<p></p>")),
    case("short paragraphs", Repeated("", "<p>x</p>")),
    case("different paragraphs", Numbered("", "<p>Number # sings.</p>")),
    case("equal sentences", Repeated("", "<p>The chaffinch sings from late February to July.</p>")),
    case("sentences in an article", Repeated("<article>", "<p>The chaffinch sings from February to July.</p>")),
    case("list items", Repeated("<ul>", "<li>x")),
    case("list items of an article", Repeated("<article><ul>", "<li>The chaffinch sings from February to July.")),
    case("an ordered list", Repeated("<ol>", "<li>x")),
    case("many lists", Repeated("", "<ul><li>x</ul>")),
    case("rules", Repeated("x", "<hr>")),
    case("images", Numbered("<p>x", "<img src=#.jpg>")),
    case("images of one figure", Numbered("<p>x<figure>", "<img src=#.jpg>")),
    case("pictures with many sources", Repeated("<p>x<picture>", "<source><img>")),
    case("images before noscript", Repeated("<p>x", "<img>text")),
    case("equal headings", Repeated("", "<h2>Finches</h2>")),
    case("equal headings with text", Repeated("", "<h2>Finches</h2><p>They sing.</p>")),
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
    case("no charset at all", Bytes(|bytes| (0..bytes).map(|at| (at * 7919 % 251) as u8).collect())),
    case("bytes beyond ASCII", Bytes(|bytes| vec![0xff; bytes])),
    case("broken UTF-8", Bytes(|bytes| b"<p>caf\xe9 \xc3\xa9 \xe4\xbd".repeat(bytes / 12))),
    case("UTF-16 with a mark", Bytes(|bytes| utf16(bytes, true))),
    case("UTF-16 without a mark", Bytes(|bytes| utf16(bytes, false))),
    case("UTF-16 cut in half", Bytes(|bytes| [b"\xff\xfe".to_vec(), vec![0xd8; bytes]].concat())),
    case("charset said in a late meta", Bytes(late_charset)),
];

const LD_OPEN: &str = "<script type=application/ld+json>{\"@type\":\"Article\",";
const LD_CLOSE: &str = "\"headline\":\"x\"}</script><p>The chaffinch sings from late February to July.</p>";
const LD_BODY: &str = "<script type=application/ld+json>{\"@type\":\"Article\",\"articleBody\":\"";
const LD_CLOSE_BODY: &str = "\"}</script><p>The chaffinch sings from late February to July.</p>";

const fn case(name: &'static str, recipe: Recipe) -> Case {
    Case { name, recipe }
}

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

fn wide_table(bytes: usize) -> Vec<u8> {
    let row = "<td>x".repeat(bytes / 10);
    format!("<table><tr>{row}{}", "<tr><td>y".repeat(bytes / 18)).into_bytes()
}

fn utf16(bytes: usize, marked: bool) -> Vec<u8> {
    let page = "<p>Чиж и зяблик.</p>".repeat(bytes / 40);
    let mark = if marked { "\u{feff}" } else { "" };
    format!("{mark}{page}").encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn late_charset(bytes: usize) -> Vec<u8> {
    let mut page = vec![b' '; bytes];
    page.extend_from_slice(b"<meta charset=koi8-r><p>\xf3\xc9\xce\xc9\xc3\xc1");
    page
}
