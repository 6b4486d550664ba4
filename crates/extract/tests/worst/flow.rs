//! Pages of a million blocks, images, links or notes, each of them well-formed.

use super::Recipe::{Bytes, Inside, Numbered, Repeated};
use super::{Case, case};

/// The cases.
pub(super) const CASES: &[Case] = &[
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
    case("elements with an id", Numbered("", "<p id=a#>x</p>")),
    case("links to places", Numbered("", "<p id=a#>x <a href='&num;a#'>#</a></p>")),
    case("footnotes", Bytes(footnotes)),
    case("references to one footnote", Repeated("<p id=fn1>note</p><p>x", "<sup><a href='#fn1'>1</a></sup>")),
    case("references to a long footnote", Bytes(|bytes| long_footnote(bytes, "x", bytes / 2))),
    case("references to a footnote of many elements", Bytes(|bytes| long_footnote(bytes, "<b></b>", bytes / 14))),
    case("footnotes in one division", Bytes(|bytes| word_footnotes(bytes, "<p id=ftn# class=footnote>#</p>"))),
    case(
        "footnotes of equal marks",
        Numbered("", "<p id=fn#><a href='&num;r#'>*</a> x<p>y<sup id=r#><a href='&num;fn#'>*</a></sup>"),
    ),
    case("a table of contents", Bytes(contents)),
    case("teasers", Numbered("<main>", "<article><h2><a href=/#>Finches #</a></h2><p>They sing.</p></article>")),
    case(
        "teasers of three kinds",
        Repeated("<main>", "<div class=a><p>x</div><div class=b><p>y</div><div class=c><p>z</div>"),
    ),
    case(
        "paragraphs that are nearly equal",
        Numbered("", "<p>The chaffinch sings from late February to July, # times.</p>"),
    ),
    case(
        "equal paragraphs in divisions",
        Repeated("", "<div><p>The chaffinch sings from late February to July, longest at dawn.</div>"),
    ),
    case("posts of a thread", Numbered("", "<div class=post id=p#><b class=author>Ada</b><p>It sings, # times.</div>")),
    case("comments within each other", Inside("<div class=comment><p>I like it.</p>", 250, "<p>It sings.</p>")),
    case("products", Numbered("", "<div class=product><a href=/#><img src=#.jpg></a><b class=price>$#</b></div>")),
    case("definitions", Repeated("<dl>", "<dt>x<dd>y")),
    case("lists that begin at a billion", Repeated("", "<ol start=999999999><li>x</ol>")),
    case("task lists", Repeated("<ul>", "<li><input type=checkbox checked>x")),
    case("admonitions", Repeated("", "<div class='admonition note'><p class=admonition-title>Note</p><p>x</p></div>")),
    case("captions of one figure", Repeated("<p>x<figure><img src=a.jpg>", "<figcaption>x</figcaption>")),
    case("figures", Numbered("<p>x", "<figure><img src=#.jpg><figcaption>x</figcaption></figure>")),
    case("lazy images", Numbered("<p>x", "<img src=blank.gif data-src=#.jpg><noscript><img src=#.jpg></noscript>")),
    case("maps of areas", Repeated("<p>x<map>", "<area href=/x alt=y>")),
    case("films", Numbered("<p>x", "<video src=#.mp4><source src=#.webm><track src=#.vtt>x</video>")),
    case("frames of films", Numbered("<p>x", "<iframe src=https://www.youtube.com/embed/#></iframe>")),
    case("embedded posts", Repeated("<p>x", "<blockquote class=twitter-tweet><p>x</p></blockquote>")),
    case("forms", Repeated("<p>x", "<form><label>Name<input></label><select><option>a<option>b</select></form>")),
    case("buttons", Repeated("<p>x", "<button>Share</button>")),
    case("navigations", Repeated("<p>x", "<nav><a href=/>Home</a></nav>")),
    case("custom elements", Numbered("", "<x-a#>x</x-a#>")),
];

/// As many references as notes, each with its way back.
fn footnotes(bytes: usize) -> Vec<u8> {
    let count = bytes / 96;
    let reference = |at: usize| format!("x<sup id=r{at}><a href='#fn{at}'>{at}</a></sup> ");
    let note = |at: usize| format!("<li id=fn{at}>note <a href='#r{at}'>back</a>");
    let references: String = (0..count).map(reference).collect();
    let notes: String = (0..count).map(note).collect();
    format!("<p>{references}</p><ol>{notes}</ol>").into_bytes()
}

/// A note that is half of the page, or as many elements, and references to it.
fn long_footnote(bytes: usize, piece: &str, times: usize) -> Vec<u8> {
    let references = "<sup><a href='#fn1'>1</a></sup>".repeat(bytes / 60);
    format!("<p>{references}</p><p id=fn1>{}</p>", piece.repeat(times)).into_bytes()
}

/// Notes within one element, as word processors write them.
fn word_footnotes(bytes: usize, note: &str) -> Vec<u8> {
    let numbered = |piece: &str, at: usize| piece.replace('#', &at.to_string());
    let references = (0..bytes / 80).map(|at| format!("<a href='#ftn{at}'>{at}</a> ")).collect::<Vec<_>>().concat();
    let notes: String = (0..bytes / 80).map(|at| numbered(note, at)).collect();
    format!("<p>{references}</p><div class=footnotes>{notes}</div>").into_bytes()
}

fn contents(bytes: usize) -> Vec<u8> {
    let links = (0..bytes / 80).map(|at| format!("<li><a href='#h{at}'>Finches {at}</a>")).collect::<Vec<_>>().concat();
    let parts =
        (0..bytes / 80).map(|at| format!("<h2 id=h{at}>Finches {at}</h2><p>x</p>")).collect::<Vec<_>>().concat();
    format!("<ul>{links}</ul>{parts}").into_bytes()
}
