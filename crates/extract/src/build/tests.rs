//! What the shapes that pages have become: each in Markdown, or in HTML where Markdown cannot say it.

use url::Url;

use super::*;
use crate::blocks;
use crate::render;

fn all_of(html: &str) -> Vec<Block> {
    let tree = crate::tree::parse(html, &crate::options::Limits::default());
    let page = blocks::page(&tree);
    let base = Url::parse("https://example.org/a/").ok();
    build(&page, &vec![true; page.leaves.len()], base.as_ref(), &Extras::find(&page), &|_| true)
}

fn markdown(html: &str) -> String {
    render::markdown(&all_of(html))
}

#[test]
fn structure_and_marks_are_kept() {
    let html = "<h2>One <em>two</em></h2><p>A <a href='../b?c=1'>link</a> and <code>x*y</code>.</p>\
                <ul><li>first<ul><li>inner</li></ul><li><p>second</p></ul><blockquote><p>Said.</p></blockquote>";
    let wanted = "## One *two*\n\nA [link](https://example.org/b?c=1) and `x*y`.\n\n\
                  - first\n  - inner\n- second\n\n> Said.\n";
    assert_eq!(markdown(html), wanted);
}

#[test]
fn code_keeps_its_lines_and_names_its_language() {
    let html = "<div class='highlight-python'><pre><span>if a:</span>\n    <b>b</b>()\n</pre></div>\
                <pre><code class='language-rust'>fn main() {}</code></pre><pre><div>one</div><div>two</div></pre>";
    assert_eq!(markdown(html), "```\nif a:\n    b()\n```\n\n```rust\nfn main() {}\n```\n\n```\none\ntwo\n```\n");
}

#[test]
fn code_that_reaches_over_a_dropped_block_does_not_bring_it_back() {
    let tree = Html::parse_document("<p><code>a\nb\nc<section>Share</section></code></p><p>End.");
    let page = blocks::page(&tree);
    let kept: Vec<bool> = page.leaves.iter().map(|leaf| leaf.text != "Share").collect();
    assert!(kept.contains(&false));
    let built = build(&page, &kept, None, &Extras::find(&page), &|_| true);
    assert_eq!(render::text(&built), "a\nb\nc\n\nEnd.");
}

#[test]
fn scripts_within_code_are_no_code() {
    assert_eq!(markdown("<p><code>a\nb\nc<script>var d;</script></code></p>"), "```\na\nb\nc\n```\n");
}

#[test]
fn a_table_of_data_stays_one_and_a_layout_table_does_not() {
    let data = "<table><tr><th>a<th>b<tr><td>1<td>2|3</table>";
    assert_eq!(markdown(data), "| a | b |\n| --- | --- |\n| 1 | 2\\|3 |\n");
    let layout = "<table><tr><td><table><tr><td>menu</table><td><p>text</p></table>";
    assert_eq!(markdown(layout), "menu\n\ntext\n");
}

#[test]
fn a_lazy_image_and_its_twin_are_one_figure() {
    let html = "<figure><img src='data:image/gif;base64,R0' data-src='/i.jpg' alt='A bird'><noscript><img src='/i.jpg' alt='A bird'>\
                </noscript><figcaption>A bird.</figcaption></figure>";
    assert_eq!(markdown(html), "![A bird](https://example.org/i.jpg)\n\nA bird.\n");
}

#[test]
fn two_line_breaks_end_a_paragraph_and_one_is_a_break() {
    assert_eq!(markdown("<div>one<br>two<br><br>three</div>"), "one\\\ntwo\n\nthree\n");
}

#[test]
fn a_link_around_blocks_is_a_link_in_each() {
    assert_eq!(
        markdown("<a href=/x><h3>T</h3><p>p</p></a>"),
        "### [T](https://example.org/x)\n\n[p](https://example.org/x)\n"
    );
}

#[test]
fn a_formula_that_stands_twice_is_one() {
    let katex = "<p>So <span class='katex'><span class='katex-mathml'><math><semantics><mrow><mi>x</mi></mrow>\
                 <annotation encoding='application/x-tex'>x^2</annotation></semantics></math></span>\
                 <span class='katex-html' aria-hidden='true'>x2</span></span> grows.</p>";
    let mathjax = "<p>So <span class='MathJax_Preview'></span><span class='MathJax' id='e'><span>x2</span></span>\
                   <script type='math/tex'>x^2</script> grows.</p>";
    let wikipedia = "<p>So <span class='mwe-math-element'><span style='display:none'><math alttext='{\\displaystyle x^2}'>\
                     <mi>x</mi></math></span><img src='/math/render/svg/1' alt='{\\displaystyle x^2}'></span> grows.</p>";
    let image = "<p>So <img class='latex' src='https://s0.example/latex.php?latex=x' alt='x^2'> grows.</p>";
    let signs = "<p>So \\(x^2\\) grows.</p>";
    let mathml = "<p>So <math><msup><mi>x</mi><mn>2</mn></msup></math> grows.</p>";
    for page in [katex, mathjax, wikipedia, image, signs] {
        assert_eq!(markdown(page), "So $x^2$ grows.\n", "{page}");
    }
    assert_eq!(markdown(mathml), "So ${x}^{2}$ grows.\n");
}

#[test]
fn a_formula_of_block_elements_does_not_cut_its_paragraph() {
    let page = "<p>The <math><msqrt><mi>n</mi></msqrt></math> of it, <b>said <math><munder><mi>a</mi><mi>b</mi></munder></math> he</b>.</p>";
    assert_eq!(markdown(page), "The $\\sqrt{n}$ of it, **said $a _ {b}$ he**.\n");
}

#[test]
fn footnotes_of_every_generator_are_notes() {
    let kramdown = "<p>Text<sup id='fnref:1'><a href='#fn:1' rel='footnote'>1</a></sup>.</p>\
                    <div class='footnotes'><ol><li id='fn:1'><p>A note. <a href='#fnref:1' class='reversefootnote'>&#8617;</a></p></ol></div>";
    let markdown_it = "<p>Text<sup class='footnote-ref'><a href='#fn1' id='fnref1'>[1]</a></sup>.</p><hr>\
                       <section><ol><li id='fn1'><p>A note. <a href='#fnref1'>↩︎</a></p></ol></section>";
    let pandoc = "<p>Text<a href='#fn1' class='footnote-ref' id='fnref1'><sup>1</sup></a>.</p>\
                  <section><hr><ol><li id='fn1'><p>A note.<a href='#fnref1'>↩︎</a></p></ol></section>";
    let wikipedia = "<p>Text<sup id='cite_ref-1' class='reference'><a href='#cite_note-1'><span>[</span>1<span>]</span></a></sup>.</p>\
                     <ol class='references'><li id='cite_note-1'><span class='mw-cite-backlink'><b><a href='#cite_ref-1'>^</a></b></span> \
                     <span class='reference-text'>A note.</span></ol>";
    let word = "<p>Text<a href='#_ftn1' name='_ftnref1'><span>[1]</span></a>.</p>\
                <div><hr><div id='ftn1'><p><a href='#_ftnref1' name='_ftn1'>[1]</a> A note.</p></div></div>";
    let substack = "<p>Text<a class='footnote-anchor' id='footnote-anchor-1' href='#footnote-1'>1</a>.</p>\
                    <div class='footnote'><a id='footnote-1' href='#footnote-anchor-1' class='footnote-number'>1</a>\
                    <div class='footnote-content'><p>A note.</p></div></div>";
    let wordpress = "<p>Text<sup data-fn='u' class='fn'><a href='#u' id='u-link'>1</a></sup>.</p>\
                     <ol class='wp-block-footnotes'><li id='u'>A note. <a href='#u-link'>↩︎</a></ol>";
    for page in [kramdown, markdown_it, pandoc, wikipedia, word, substack, wordpress] {
        let got = markdown(page).replace("---\n\n", "");
        assert_eq!(got, "Text[^1].\n\n[^1]: A note.\n", "{page}");
    }
}

#[test]
fn a_table_of_contents_is_no_list_of_footnotes() {
    let page = "<ul><li><a id=t1 href='#s1'>1</a></ul><div id=s1><h2><a href='#t1'>1 One</a></h2><p>Text.</p></div>";
    assert!(!markdown(page).contains("[^"), "{}", markdown(page));
}

#[test]
fn line_numbers_and_buttons_are_no_code() {
    let rouge = "<div class='language-rust highlighter-rouge'><pre class='highlight'><code><table class='rouge-table'><tr>\
                 <td class='gutter gl'><pre class='lineno'>1\n2\n</pre></td><td class='code'><pre>a\n  b\n</pre></td></tr></table></code></pre></div>";
    let hexo = "<figure class='highlight rust'><table><tr><td class='gutter'><pre><span class='line'>1</span><br><span class='line'>2</span><br></pre></td>\
                <td class='code'><pre><span class='line'>a</span><br><span class='line'>  b</span><br></pre></td></tr></table></figure>";
    let pygments = "<div class='highlight-rust notranslate'><table class='highlighttable'><tr><td class='linenos'><div class='linenodiv'><pre>1\n2</pre></div></td>\
                    <td class='code'><div><pre>a\n  b</pre></div></td></tr></table></div>";
    let lines = "<pre class='shiki' data-language='rust'><button>Copy</button><code><span class='line'>a</span>\n<span class='line'>  b</span></code></pre>";
    let host = "<div class='highlight highlight-source-rust'><table class='js-file-line-container'><tr><td class='blob-num' data-line-number=1></td>\
                <td class='blob-code'>a</td></tr><tr><td class='blob-num'>2</td><td class='blob-code'>  b</td></tr></table></div>";
    let bare = "<div><code class='rust'>a\n  b\nc</code></div>";
    for page in [rouge, hexo, pygments, lines, host] {
        assert_eq!(markdown(page), "```rust\na\n  b\n```\n", "{page}");
    }
    assert_eq!(markdown(bare), "```rust\na\n  b\nc\n```\n");
}

#[test]
fn empty_lines_and_what_sets_the_first_line_in_are_kept_in_code() {
    assert_eq!(markdown("<pre><i>  </i><b>a</b><br><br>b</pre>"), "```\n  a\n\nb\n```\n");
}

#[test]
fn notes_and_warnings_are_quotes_with_their_label() {
    let sphinx = "<div class='admonition note'><p class='admonition-title'>Note</p><p>Mind it.</p></div>";
    let github = "<div class='markdown-alert markdown-alert-note'><p class='markdown-alert-title'><svg></svg>Note</p><p>Mind it.</p></div>";
    let docusaurus = "<div class='theme-admonition alert alert--info'><div class='admonitionHeading_x'><span><svg></svg></span>Note</div>\
                      <div class='admonitionContent_x'><p>Mind it.</p></div></div>";
    let asciidoctor = "<div class='admonitionblock note'><table><tr><td class='icon'><div class='title'>Note</div></td>\
                       <td class='content'>Mind it.</td></tr></table></div>";
    for page in [sphinx, github, docusaurus, asciidoctor] {
        assert_eq!(markdown(page), "> **Note**\n>\n> Mind it.\n", "{page}");
    }
}

#[test]
fn verse_keeps_its_lines() {
    let breaks = "<p>one<br>two</p><p>three</p>";
    let pre = "<pre class='wp-block-verse'>one\ntwo\n\nthree</pre>";
    let lines = "<div class='poem'><div>one</div><div>two</div><div><br></div><div>three</div></div>";
    let style = "<div style='white-space: pre-line'>one\ntwo\n\nthree</div>";
    for page in [breaks, pre, lines, style] {
        assert_eq!(markdown(page), "one\\\ntwo\n\nthree\n", "{page}");
    }
}

#[test]
fn cells_that_reach_over_others_keep_the_grid() {
    let page = "<table><tr><th>a<th colspan=2>b<tr><th rowspan=2>c<td>1<td>2<tr><td>3<td>4</table>";
    assert_eq!(markdown(page), "| a | b | |\n| --- | --- | --- |\n| c | 1 | 2 |\n| | 3 | 4 |\n");
    assert!(render::html(&all_of(page)).contains("<th scope=\"row\" rowspan=\"2\">c</th><td>1</td>"));
    assert!(render::html(&all_of(page)).contains("<th scope=\"col\" colspan=\"2\">b</th></tr>"));
}

#[test]
fn marks_that_change_the_meaning_are_kept() {
    let page = "<p>H<sub>2</sub>O, <del>old</del> <ins>new</ins>, <kbd><kbd>Ctrl</kbd>+<kbd>C</kbd></kbd>, <q>said</q>, \
                <ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp>字<rt>じ</rt></ruby>, <abbr title='World Wide Web'>WWW</abbr></p>";
    let wanted = "H<sub>2</sub>O, <del>old</del> <ins>new</ins>, <kbd>Ctrl+C</kbd>, “said”, 漢(かん)字(じ), WWW\n";
    assert_eq!(markdown(page), wanted);
    let html = render::html(&all_of(page));
    assert!(html.contains("<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp></ruby><ruby>字"), "{html}");
    assert!(html.contains("<abbr title=\"World Wide Web\">WWW</abbr>"), "{html}");
}

#[test]
fn terms_tasks_and_what_unfolds_are_told_apart() {
    let page = "<dl><dt>Finch<dd>A bird.<dt>Oak<dd>A tree.</dl><ul><li class='task-list-item'><input type=checkbox checked disabled> done\
                <li><input type=checkbox disabled> open</ul><details><summary>More</summary><p>Text.</p></details>";
    let wanted = "**Finch**\n\nA bird.\n\n**Oak**\n\nA tree.\n\n- [x] done\n- [ ] open\n\n**More**\n\nText.\n";
    assert_eq!(markdown(page), wanted);
    assert!(render::html(&all_of(page)).contains("<dl>\n<dt>Finch</dt>\n<dd>A bird.</dd>"));
}

#[test]
fn players_become_links_and_counters_nothing() {
    let page = "<p>Text</p><iframe src='https://www.youtube.com/embed/abc123?rel=0' title='A film'></iframe>\
                <iframe data-src='https://player.vimeo.com/video/42'></iframe><video controls><source src='/v.mp4'></video>\
                <iframe src='https://ads.example/x' title='Advertisement'></iframe><iframe src='javascript:x' title=t></iframe>\
                <noscript><iframe src='https://www.youtube.com/embed/abc123'></iframe><img src='https://www.facebook.com/tr?id=1'></noscript>";
    let wanted = "Text\n\n[A film](https://www.youtube.com/watch?v=abc123)\n\n[https://vimeo.com/42](https://vimeo.com/42)\n\n\
                  [https://example.org/v.mp4](https://example.org/v.mp4)\n";
    assert_eq!(markdown(page), wanted);
}

#[test]
fn lazy_images_are_resolved_and_drawn_emoji_are_text() {
    for image in [
        "<img src='data:image/gif;base64,R0' data-srcset='/s.jpg 300w,/i.jpg 900w'>",
        "<picture><source type='image/webp' srcset='/i.webp'><source srcset='/s.jpg 1x, /i.jpg 2x'><img src='/blank.gif'></picture>",
        "<img class=lazy src='/i.jpg?w=20' srcset='/s.jpg 300w, /i.jpg 900w'>",
        "<img src='data:image/gif;base64,R0' data-src='/i.jpg'><noscript><img src='/i-large.jpg'></noscript>",
        "<img src='data:,'><noscript><img src='/i.jpg'></noscript>",
    ] {
        assert_eq!(markdown(&format!("<p>Text</p>{image}")), "Text\n\n![](https://example.org/i.jpg)\n", "{image}");
    }
    assert_eq!(markdown("<p>Well <img class=emoji src='/1f600.svg' alt='😀'></p>"), "Well 😀\n");
}

#[test]
fn captions_of_themes_and_galleries_stay_with_their_images() {
    let page = "<div class='wp-caption'><a href='/i.jpg'><img src='/i.jpg'></a><p class='wp-caption-text'>One.</p></div>\
                <figure><figure><img src='/a.jpg'><figcaption>A.</figcaption></figure><figure><img src='/b.jpg'></figure><figcaption>All.</figcaption></figure>";
    let html = render::html(&all_of(page)).replace("https://example.org", "");
    let wanted = "<figure><img src=\"/i.jpg\" alt=\"\"><figcaption>One.</figcaption></figure>\n\
                  <figure><img src=\"/a.jpg\" alt=\"\"><figcaption>A.</figcaption></figure>\n\
                  <figure><img src=\"/b.jpg\" alt=\"\"></figure>\n<p>All.</p>\n";
    assert_eq!(html, wanted);
}

/// Elements of every kind, with text to keep or to drop.
const PIECES: &[&str] = &[
    "<div>",
    "</div>",
    "<p>one</p>",
    "<p>two <b>three</b></p>",
    "four",
    "<h2>five</h2>",
    "<ul><li>six</li><li>seven<ul><li>eight</li></ul></li></ul>",
    "<table><tr><td>nine</td><td>ten</td></tr><tr><td></td><td>eleven</td></tr></table>",
    "<table><tr><th>",
    "</th></tr></table>",
    "<td>",
    "<div><p>twelve</p></div>",
    "<blockquote>",
    "</blockquote>",
    "<pre>a\n<div>b</div></pre>",
    "<div class=poem><div>thirteen</div><div> </div><div>fourteen</div><br><br><div>",
    "<hr>",
    "<br>",
    "<figure><img src=/a.png alt=a><figcaption>fifteen</figcaption></figure>",
    "<img src=/b.png>",
    "<iframe src='https://www.youtube.com/embed/abcdefghijk'></iframe>",
    "<dl><dt>sixteen</dt><dd>seventeen</dd></dl>",
    "<div class=admonition><p class=admonition-title>eighteen</p>nineteen</div>",
    "<span class=math>\\(x\\)</span>",
    "<div class=math>\\[y\\]</div>",
    "<sup><a href=#n id=r>1</a></sup>",
    "<ol><li id=n>note <a href=#r>back</a></li></ol>",
    "<a href=/c>twenty</a>",
    "<details><summary>more</summary>",
];

proptest::proptest! {
    #[test]
    fn what_is_passed_over_changes_nothing(
        pieces in proptest::collection::vec(proptest::sample::select(PIECES.to_vec()), 1..16),
        choice in proptest::prelude::any::<u64>(),
    ) {
        let html = pieces.concat();
        let tree = crate::tree::parse(&html, &crate::options::Limits::default());
        let page = blocks::page(&tree);
        let kept: Vec<bool> = (0..page.leaves.len()).map(|at| choice >> (at % 40) & 1 == 1).collect();
        let extras = Extras::find(&page);
        let keep_image = |at: usize| choice >> (40 + at % 20) & 3 == 3 && matches!(page.steps[at], Step::Image(_));
        let with = build(&page, &kept, None, &extras, &keep_image);
        let without = built(&page, &kept, None, &extras, &keep_image, vec![None; page.steps.len()]);
        proptest::prop_assert_eq!(with, without, "{} {:?}", html, kept);
    }
}
