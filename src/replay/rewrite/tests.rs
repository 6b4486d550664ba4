//! What a captured page becomes, piece by piece, and that nothing in it, whatever it was, points out of the archive.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use scraper::Html;

use super::*;

const ORIGIN: &str = "http://127.0.0.1:8460";

fn rewritten(text: &str) -> String {
    rewritten_where(text, &|_| true)
}

fn rewritten_where(text: &str, kept: &dyn Fn(&Url) -> bool) -> String {
    let url = Url::parse("https://news.example/2026/page.html").unwrap();
    let lead = Lead {
        stamp: Stamp::parse("20260301120000").unwrap(),
        url: &url,
        links: Links::Captures { origin: ORIGIN },
        parts: "",
        kept,
    };
    html(text, &lead)
}

#[test]
fn links_lead_into_the_archive_and_take_the_whole_window() {
    assert_eq!(
        rewritten("<a href='../b?x=1&amp;y=2#z' target=_blank>b</a>"),
        "<a href=\"http://127.0.0.1:8460/20260301120000/https://news.example/b?x=1&amp;y=2#z\" target=\"_top\">b</a>"
    );
}

#[test]
fn what_is_taken_out_does_not_join_what_stands_around_it_to_a_tag() {
    for hostile in [
        "<<script></script>script>alert(1)</script>",
        "<<<noscript>script>alert(1)//",
        "<<!-- -->script>alert(1)</script>",
        "<<object>img src=x onerror=alert(1)></object>",
        "a <<base>b onclick=alert(1)>",
    ] {
        let page = Html::parse_document(&rewritten(hostile));
        let made = page.tree.values().filter_map(scraper::Node::as_element);
        let made: Vec<&str> = made.map(scraper::node::Element::name).collect();
        assert_eq!(made, ["html", "head", "body"], "{hostile}: {}", rewritten(hostile));
    }
    assert_eq!(rewritten("1 < 2 <b>x</b>"), "1 &lt; 2 <b>x</b>");
}

#[test]
fn no_attribute_holds_an_address_that_would_run() {
    assert_eq!(rewritten("<q <=javascript:/x>a</q>"), "<q>a</q>");
    assert_eq!(rewritten("<p data-to=' JavaScript:x'>a</p>"), "<p>a</p>");
    assert_eq!(rewritten("<i title='JavaScript: The Good Parts'>a</i>"), "<i title='JavaScript: The Good Parts'>a</i>");
    assert_eq!(rewritten("<p title='On javascript: notes'>a</p>"), "<p title='On javascript: notes'>a</p>");
}

#[test]
fn a_link_within_the_page_stays_within_it() {
    assert_eq!(rewritten("<a href='#a'>"), "<a href=\"#a\">");
    assert_eq!(rewritten("<a href='page.html#a'>"), "<a href=\"#a\">");
}

#[test]
fn scripts_and_what_calls_them_are_removed() {
    for (html, expected) in [
        ("<script src=x></script>a<script>b</script>", "a"),
        ("<p onclick='x()' OnLoad=y>a</p>", "<p>a</p>"),
        ("<a href='&#106;avascript:x'>a</a>", "<a>a</a>"),
        ("<a href=' java\nscript:x'>a</a>", "<a>a</a>"),
        ("<iframe src='javascript:x'></iframe>", "<iframe></iframe>"),
        ("<svg><script href='x'/></svg>", "<svg></svg>"),
        ("<svg><a><animate attributeName=href values='https://live.example'/></a></svg>", "<svg><a></a></svg>"),
    ] {
        assert_eq!(rewritten(html), expected, "{html}");
    }
}

#[test]
fn what_fetches_ahead_or_elsewhere_is_removed() {
    for html in [
        "<link rel=preload href=x as=script>",
        "<link rel='dns-prefetch' href='//live.example'>",
        "<link rel=manifest href=x>",
        "<meta http-equiv=refresh content='0;url=https://live.example'>",
        "<meta http-equiv=Content-Security-Policy content=x>",
        "<embed src=x>",
        "<base href='https://live.example'>",
    ] {
        assert_eq!(rewritten(html), "", "{html}");
    }
}

#[test]
fn parts_of_a_page_are_led_with_their_modifier() {
    let at = "/20260301120000";
    for (html, modifier, part) in [
        ("<img src=a.png>", "im_", "a.png"),
        ("<link rel=stylesheet href=a.css integrity=x crossorigin>", "cs_", "a.css"),
        ("<link rel='shortcut icon' href=a.ico>", "im_", "a.ico"),
        ("<iframe src=a.html></iframe>", "if_", "a.html"),
        ("<video poster=a.png></video>", "im_", "a.png"),
        ("<audio src=a.mp3></audio>", "oe_", "a.mp3"),
        ("<table background=a.png></table>", "im_", "a.png"),
        ("<div style='background:url(a.png)'></div>", "im_", "a.png"),
        ("<style>@import 'a.css';</style>", "cs_", "a.css"),
        ("<svg><image xlink:href=a.png /></svg>", "im_", "a.png"),
    ] {
        let out = rewritten(html);
        let led = format!("{at}{modifier}/https://news.example/2026/{part}");
        assert!(out.contains(&led), "{html}: {out}");
        assert!(!out.contains("integrity") && !out.contains("crossorigin"), "{out}");
    }
}

#[test]
fn the_base_of_the_page_is_honoured() {
    let out = rewritten("<img src=a.png><base href='//cdn.example/x/'><img src=b.png>");
    assert_eq!(
        out,
        "<img src=\"/20260301120000im_/https://cdn.example/x/a.png\"><img src=\"/20260301120000im_/https://cdn.example/x/b.png\">"
    );
}

#[test]
fn the_largest_image_that_is_kept_is_shown() {
    let html = "<img src=s.png srcset='m.png 640w, l.png 1280w' sizes=50vw>";
    let shown = |kept: &str| {
        let kept = kept.to_owned();
        rewritten_where(html, &move |url| url.path().ends_with(&kept))
    };
    for kept in ["s.png", "m.png", "l.png"] {
        assert_eq!(shown(kept), format!("<img src=\"/20260301120000im_/https://news.example/2026/{kept}\">"));
    }
    assert!(shown("none").contains("/s.png"));
}

#[test]
fn lazy_loading_is_undone_and_its_noscript_twin_left_out() {
    let out =
        rewritten("<img class=l src='data:image/gif;base64,R0' data-src=a.png><noscript><img src=a.png></noscript>");
    assert_eq!(out, "<img class=l src=\"/20260301120000im_/https://news.example/2026/a.png\">");
}

#[test]
fn what_stands_in_noscript_is_shown() {
    let out = rewritten("<p><noscript>a <b>b</b> <img src=a.png></noscript></p>");
    assert_eq!(out, "<p>a <b>b</b> <img src=\"/20260301120000im_/https://news.example/2026/a.png\"></p>");
}

#[test]
fn a_source_that_is_not_kept_does_not_hide_the_image_that_is() {
    let html = "<picture><source srcset='a.webp 1x' type=image/webp><img src=a.png></picture>";
    let out = rewritten_where(html, &|url| url.path().ends_with("png"));
    assert_eq!(out, "<picture><img src=\"/20260301120000im_/https://news.example/2026/a.png\"></picture>");
}

#[test]
fn forms_lead_nowhere() {
    assert_eq!(
        rewritten("<form action=/s method=post target=_top><button formaction=/t>x</button></form>"),
        "<form><button>x</button></form>"
    );
}

#[test]
fn a_document_within_an_attribute_is_rewritten_too() {
    let out = rewritten("<iframe srcdoc='&lt;script>x&lt;/script>&lt;img src=a.png>'></iframe>");
    assert!(out.contains("im_/https://news.example/2026/a.png"), "{out}");
    assert!(!out.contains("script"), "{out}");
}

#[test]
fn the_charset_that_is_declared_is_the_one_that_is_served() {
    assert_eq!(rewritten("<meta charset=windows-1251>"), "<meta charset=\"utf-8\">");
    assert_eq!(rewritten("<meta http-equiv=Content-Type content='text/html; charset=koi8-r'>"), "");
}

#[test]
fn text_that_a_parser_could_take_for_markup_is_written_as_text() {
    for html in [
        "<select><xmp><img src=//live.example></xmp></select>",
        "<frameset><title><img src=//live.example></title>",
        "<p title='</style><img src=//live.example>'>",
        "<svg></p><style><![CDATA[</style><img src=//live.example>]]></svg>",
        "<!-- <img src=//live.example> -->",
    ] {
        let out = rewritten(html);
        assert!(!out.contains("<img src=//"), "{html}: {out}");
    }
}

/// Whether an address, resolved where the page is served, stays with the two ports or is none that is fetched.
fn is_inside(value: &str) -> bool {
    let served = Url::parse("http://127.0.0.1:8461/20260301120000mp_/https://news.example/2026/page.html").unwrap();
    let Ok(url) = served.join(value) else { return true };
    match url.scheme() {
        "http" => url.host_str() == Some("127.0.0.1"),
        "data" => ["image/", "font/"].iter().any(|kind| url.path().starts_with(kind)),
        scheme => matches!(scheme, "about" | "mailto" | "tel"),
    }
}

fn check_css(text: &str) {
    css::rewrite(text, &mut |url, _| {
        assert!(is_inside(url), "style sheet loads {url}");
        Some(url.to_owned())
    });
}

/// Every attribute that loads or leads, wherever it stands, and every style sheet.
fn check(output: &str) {
    let tree = Html::parse_document(output);
    for node in tree.tree.nodes() {
        let Some(element) = node.value().as_element() else { continue };
        let tag = element.name();
        assert!(!["script", "base", "object", "embed", "applet"].contains(&tag), "<{tag}> is left in {output}");
        for (name, value) in element.attrs() {
            let name = name.rsplit(':').next().unwrap_or(name);
            assert!(!name.starts_with("on"), "{name} is left in {output}");
            match name {
                "href" | "src" | "action" | "formaction" | "data" | "poster" | "background" | "cite" | "manifest"
                | "ping" | "codebase" | "lowsrc" | "longdesc" | "profile" => {
                    assert!(is_inside(value), "{tag} {name}={value} in {output}");
                }
                "srcset" => {
                    for candidate in crate::discover::srcset::parse(value) {
                        assert!(is_inside(candidate.url), "{tag} {name}={value} in {output}");
                    }
                }
                "srcdoc" => check(value),
                "style" | "fill" | "filter" | "mask" => check_css(value),
                "http-equiv" => panic!("{tag} {name}={value} in {output}"),
                _ => {}
            }
        }
        if tag == "style" {
            check_css(&node.children().filter_map(|c| c.value().as_text().map(|t| t.to_string())).collect::<String>());
        }
    }
}

fn address() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("//live.example/x".to_owned()),
        Just("https://live.example/x?a=1&b=2#c".to_owned()),
        Just("&#106;avascript:x()".to_owned()),
        Just("ja\tvascript:x()".to_owned()),
        Just("data:text/html,<img src=//live.example>".to_owned()),
        Just("data:image/svg+xml,<svg/>".to_owned()),
        Just("&quot;><img src=//live.example>".to_owned()),
        Just("a.png 1x, //live.example/b.png 2x".to_owned()),
        Just("blob:x".to_owned()),
        Just("#a".to_owned()),
        "[a-z:/&;#.\\(), '%]{0,12}",
    ]
}

fn style_text() -> impl Strategy<Value = String> {
    (
        prop_oneof![Just("url("), Just("u\\72l("), Just("@import "), Just("image-set("), Just("/*"), Just("")],
        prop_oneof![Just("'"), Just("\""), Just("")],
        address(),
        "[)'\"; }]{0,3}",
    )
        .prop_map(|(open, quote, address, close)| format!("a{{b:{open}{quote}{address}{quote}{close}"))
}

fn tag() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "a",
        "img",
        "image",
        "svg",
        "math",
        "style",
        "link rel=stylesheet",
        "link rel=prefetch",
        "meta",
        "iframe",
        "frame",
        "frameset",
        "video",
        "source",
        "use",
        "form",
        "button",
        "input type=image",
        "object",
        "embed",
        "select",
        "option",
        "template",
        "noscript",
        "xmp",
        "title",
        "textarea",
        "plaintext",
        "table",
        "td",
        "p",
        "b",
        "foreignObject",
        "desc",
        "mtext",
        "annotation-xml encoding=text/html",
        "script",
        "base",
        "body",
        "head",
        "noembed",
        "li",
        "set",
        "feImage",
    ]);
    let attribute = prop::sample::select(vec![
        "href",
        "src",
        "srcset",
        "xlink:href",
        "data",
        "action",
        "formaction",
        "poster",
        "background",
        "srcdoc",
        "style",
        "onload",
        "ONclick",
        "cite",
        "data-src",
        "content",
        "http-equiv",
        "fill",
        "ping",
        "manifest",
        "title",
        "HREF",
    ]);
    let quoted = (attribute, address(), prop::sample::select(vec!["'", "\"", ""]))
        .prop_map(|(name, value, quote)| format!(" {name}={quote}{value}{quote}"));
    (name, prop::collection::vec(quoted, 0..3), prop::sample::select(vec![">", "/>", " >"]))
        .prop_map(|(name, attributes, end)| format!("<{name}{}{end}", attributes.concat()))
}

fn piece() -> impl Strategy<Value = String> {
    let closing = prop::sample::select(vec![
        "</svg>",
        "</style>",
        "</p>",
        "</select>",
        "</title>",
        "</noscript>",
        "</xmp>",
        "</template>",
        "</textarea>",
        "-->",
        "<!--",
        "<![CDATA[",
        "]]>",
        "<!doctype html>",
        "</iframe>",
        "</math>",
        "</script>",
        "</table>",
        "</a>",
    ]);
    prop_oneof![
        6 => tag(),
        2 => closing.prop_map(str::to_owned),
        1 => style_text().prop_map(|css| format!("<style>{css}</style>")),
        1 => style_text(),
        1 => "[ -~]{0,12}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn nothing_in_a_rewritten_page_points_out_of_the_archive(pieces in prop::collection::vec(piece(), 0..16)) {
        check(&rewritten_where(&pieces.concat(), &|url| url.as_str().len() % 2 == 0));
    }
}
