//! Whatever tree an article holds: its Markdown reads back as the same structure and text, and nothing in its HTML runs.

#![allow(clippy::unwrap_used, missing_docs)]

use chaffinch_extract::article::{Block, Definition, Image, Inline, Note, Span, Style};
use chaffinch_extract::{Context, extract, render};
use proptest::prelude::*;
use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use scraper::{Html, Node};

/// Text made of what Markdown and HTML read as markup, words, and letters of other scripts.
fn words() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-c]{1,3}",
        2 => Just(" ".to_owned()),
        2 => "[-*_`~<>\\[\\]()#+=.!|&;:/\\\\$\"'{}^%@0-9]{1,3}",
        1 => prop::sample::select(vec![
            "1. ", "2) ", "- ", "# ", "> ", "***", "---", "===", "```", "~~~", "![", "](", "&amp;", "&lt;", "<b>", "</p>",
            "<script>", "[^1]", "[x] ", "「", "」", "漢字", "\u{a0}", "é", "שלום", "مرحبا", "http://a.b/", "www.a.b", "a_b", "   ",
        ]).prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 1..6).prop_map(|pieces| pieces.concat())
}

fn address() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("https://example.org/a(b)_c?d=e&f=*g".to_owned()),
        Just("mailto:a@b.c".to_owned()),
        Just("javascript:alert(1)".to_owned()),
        Just(" JaVa\tScript:alert(1)".to_owned()),
        Just("vbscript:x".to_owned()),
        Just("data:text/html,<script>".to_owned()),
        Just("/a b<c>\"d'e\\f".to_owned()),
        words(),
    ]
}

fn picture() -> impl Strategy<Value = Image> {
    (address(), words()).prop_map(|(src, alt)| Image { src, alt })
}

fn inline() -> impl Strategy<Value = Inline> {
    let leaf = prop_oneof![
        6 => words().prop_map(|text| Inline::Text { text }),
        2 => words().prop_map(|text| Inline::Code { text }),
        1 => Just(Inline::Break),
        1 => picture().prop_map(|image| Inline::Image { image }),
        1 => (words(), any::<bool>()).prop_map(|(tex, display)| Inline::Formula { tex, display }),
        1 => "[1-3a*]".prop_map(|label| Inline::Footnote { label }),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        let run = prop::collection::vec(inner, 1..4);
        prop_oneof![
            run.clone().prop_map(|content| Inline::Emphasis { content }),
            run.clone().prop_map(|content| Inline::Strong { content }),
            run.clone().prop_map(|content| Inline::Superscript { content }),
            run.clone().prop_map(|content| Inline::Subscript { content }),
            run.clone().prop_map(|content| Inline::Styled { style: Style::Deleted, content }),
            (words(), run.clone()).prop_map(|(title, content)| Inline::Abbreviation { title, content }),
            (words(), run.clone()).prop_map(|(reading, content)| Inline::Ruby { content, reading }),
            (address(), run).prop_map(|(href, content)| Inline::Link { href, content }),
        ]
    })
}

fn run() -> impl Strategy<Value = Vec<Inline>> {
    prop::collection::vec(inline(), 0..5)
}

fn block() -> impl Strategy<Value = Block> {
    let rows = (1usize..4).prop_flat_map(|columns| prop::collection::vec(prop::collection::vec(run(), columns), 1..4));
    let leaf = prop_oneof![
        6 => run().prop_map(|text| Block::Paragraph { text }),
        2 => (0u8..9, run()).prop_map(|(level, text)| Block::Heading { level, text }),
        2 => (prop::option::of("[a-z+\"<` ]{1,6}"), "[-`~#a-z<> \n\t]{0,20}").prop_map(|(language, text)| Block::Code { language, text }),
        1 => Just(Block::Rule),
        1 => (address(), words()).prop_map(|(href, title)| Block::Embed { href, title }),
        1 => (prop::collection::vec(picture(), 0..3), run()).prop_map(|(images, caption)| Block::Figure { images, caption }),
        1 => (run(), rows, 0usize..3, 0usize..3).prop_map(|(caption, rows, header_rows, header_columns)| Block::Table {
            caption, header_rows, header_columns, spans: vec![Span { row: 0, column: 0, rows: 2, columns: 9 }], rows,
        }),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        let blocks = prop::collection::vec(inner, 0..4);
        let note = (words(), blocks.clone()).prop_map(|(label, content)| Note { label, content });
        let entry = (prop::collection::vec(run(), 0..2), blocks.clone())
            .prop_map(|(terms, content)| Definition { terms, content });
        prop_oneof![
            (prop::option::of(any::<u32>()), prop::collection::vec(blocks.clone(), 0..4))
                .prop_map(|(start, items)| Block::List { start, items }),
            (blocks, prop::option::of(address())).prop_map(|(content, cite)| Block::Quote { content, cite }),
            prop::collection::vec(entry, 0..3).prop_map(|items| Block::Definitions { items }),
            prop::collection::vec(note, 0..3).prop_map(|notes| Block::Footnotes { notes }),
        ]
    })
}

fn tree() -> impl Strategy<Value = Vec<Block>> {
    prop::collection::vec(block(), 0..6)
}

/// Blocks whose Markdown has a structure that CommonMark can say: formulas and footnotes need extensions.
fn plain() -> impl Strategy<Value = Vec<Block>> {
    tree().prop_map(|mut blocks| {
        blocks.iter_mut().for_each(plain_block);
        blocks
    })
}

fn plain_block(block: &mut Block) {
    match block {
        Block::Heading { text, .. } | Block::Paragraph { text } => plain_run(text),
        Block::List { items, .. } => items.iter_mut().flatten().for_each(plain_block),
        Block::Quote { content, .. } => content.iter_mut().for_each(plain_block),
        Block::Table { caption, rows, .. } => {
            plain_run(caption);
            rows.iter_mut().flatten().for_each(plain_run);
        }
        Block::Figure { caption, .. } => plain_run(caption),
        Block::Definitions { items } => {
            for item in items {
                item.terms.iter_mut().for_each(plain_run);
                item.content.iter_mut().for_each(plain_block);
            }
        }
        Block::Footnotes { .. } => *block = Block::Rule,
        Block::Code { .. } | Block::Embed { .. } | Block::Rule => {}
    }
}

/// Embeds are links in HTML, and in text they are nothing.
fn without_embeds(mut blocks: Vec<Block>) -> Vec<Block> {
    blocks.retain(|block| !matches!(block, Block::Embed { .. }));
    for block in &mut blocks {
        match block {
            Block::Quote { content, .. } => *content = without_embeds(std::mem::take(content)),
            Block::List { items, .. } => items.iter_mut().for_each(|item| *item = without_embeds(std::mem::take(item))),
            Block::Definitions { items } => {
                for item in items {
                    item.content = without_embeds(std::mem::take(&mut item.content));
                }
            }
            Block::Footnotes { notes } => {
                for note in notes {
                    note.content = without_embeds(std::mem::take(&mut note.content));
                }
            }
            _ => {}
        }
    }
    blocks
}

fn plain_run(run: &mut Vec<Inline>) {
    run.retain(|inline| !matches!(inline, Inline::Formula { .. } | Inline::Footnote { .. }));
    for inline in run {
        match inline {
            Inline::Emphasis { content }
            | Inline::Strong { content }
            | Inline::Superscript { content }
            | Inline::Subscript { content }
            | Inline::Styled { content, .. }
            | Inline::Abbreviation { content, .. }
            | Inline::Ruby { content, .. }
            | Inline::Link { content, .. } => plain_run(content),
            _ => {}
        }
    }
}

/// What is compared: the blocks in order with their text, white space left out, and what marks stand around it.
#[derive(Default)]
struct Outline {
    out: String,
}

impl Outline {
    fn text(&mut self, text: &str) {
        self.out.extend(text.chars().filter(|c| !c.is_whitespace() && *c != '\0'));
    }

    fn mark(&mut self, name: &str, inner: &str) {
        if !inner.is_empty() {
            self.out.push_str(&format!("⟨{name}:{inner}⟩"));
        }
    }
}

fn is_link(address: &str, image: bool) -> bool {
    let bare: String = address.chars().filter(|c| !matches!(c, '\t' | '\n' | '\r')).collect();
    let bare = bare.trim_start_matches(|c: char| c <= ' ').to_ascii_lowercase();
    match bare.find([':', '/', '?', '#']) {
        Some(at) if bare[at..].starts_with(':') => {
            ["http", "https", "mailto"][..if image { 2 } else { 3 }].contains(&&bare[..at])
        }
        _ => true,
    }
}

fn of_run(run: &[Inline], in_link: bool) -> String {
    let mut outline = Outline::default();
    for inline in run {
        match inline {
            Inline::Text { text } => outline.text(text),
            Inline::Code { text } => {
                let mut code = Outline::default();
                code.text(text);
                outline.mark("code", &code.out);
            }
            Inline::Emphasis { content } => outline.mark("em", &of_run(content, in_link)),
            Inline::Strong { content } => outline.mark("strong", &of_run(content, in_link)),
            Inline::Superscript { content } => outline.mark("sup", &of_run(content, in_link)),
            Inline::Subscript { content } => outline.mark("sub", &of_run(content, in_link)),
            Inline::Styled { content, .. } => outline.mark("del", &of_run(content, in_link)),
            Inline::Ruby { content, reading } => {
                outline.out.push_str(&of_run(content, in_link));
                outline.text(&format!("({reading})"));
            }
            Inline::Link { href, content } if !in_link && is_link(href, false) => {
                outline.mark("a", &of_run(content, true));
            }
            Inline::Abbreviation { content, .. } | Inline::Link { content, .. } => {
                outline.out.push_str(&of_run(content, in_link));
            }
            Inline::Image { image } if is_link(&image.src, true) => {
                let mut alt = Outline::default();
                alt.text(&image.alt);
                outline.out.push_str(&format!("⟨img:{}⟩", alt.out));
            }
            _ => {}
        }
    }
    outline.out
}

fn of_blocks(blocks: &[Block]) -> String {
    let mut outline = Outline::default();
    for block in blocks {
        match block {
            Block::Heading { level, text } => outline.mark(&format!("h{}", (*level).clamp(1, 6)), &of_run(text, false)),
            Block::Paragraph { text } => outline.mark("p", &of_run(text, false)),
            Block::List { start, items } => {
                let mut inner = Outline::default();
                for item in items {
                    inner.mark("li", &of_blocks(item));
                }
                outline.mark(if start.is_some() { "ol" } else { "ul" }, &inner.out);
            }
            Block::Quote { content, .. } => outline.mark("quote", &of_blocks(content)),
            Block::Code { text, .. } => {
                let mut code = Outline::default();
                code.text(text);
                outline.out.push_str(&format!("⟨pre:{}⟩", code.out));
            }
            Block::Table { caption, header_rows, rows, .. } => {
                outline.mark("p", &of_run(caption, false));
                let mut inner = Outline::default();
                if *header_rows == 0 {
                    (0..rows.iter().map(Vec::len).max().unwrap_or(0)).for_each(|_| inner.out.push_str("⟨cell⟩"));
                }
                for cell in rows.iter().flatten() {
                    inner.out.push_str(&format!("⟨cell{}⟩", of_run(cell, false)));
                }
                outline.mark("table", &inner.out);
            }
            Block::Figure { images, caption } => {
                let shown: Vec<Inline> = images.iter().map(|image| Inline::Image { image: image.clone() }).collect();
                outline.mark("p", &of_run(&shown, false));
                outline.mark("p", &of_run(caption, false));
            }
            Block::Definitions { items } => {
                for item in items {
                    let terms: String = item
                        .terms
                        .iter()
                        .map(|term| {
                            let mut strong = Outline::default();
                            strong.mark("strong", &of_run(term, false));
                            strong.out
                        })
                        .collect();
                    outline.mark("p", &terms);
                    outline.out.push_str(&of_blocks(&item.content));
                }
            }
            Block::Embed { href, title } => {
                let text = if title.trim().is_empty() { href } else { title };
                let link = Inline::Link { href: href.clone(), content: vec![Inline::Text { text: text.clone() }] };
                outline.mark("p", &of_run(&[link], false));
            }
            Block::Rule => outline.out.push_str("⟨hr⟩"),
            Block::Footnotes { .. } => {}
        }
    }
    outline.out
}

fn level(level: HeadingLevel) -> String {
    format!("h{}", level as usize)
}

/// The same from Markdown, as a CommonMark reader sees it.
fn of_markdown(markdown: &str) -> String {
    let mut stack = vec![(String::new(), Outline::default())];
    let mut in_image = 0;
    let open = |stack: &mut Vec<(String, Outline)>, name: &str| stack.push((name.to_owned(), Outline::default()));
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
        match event {
            Event::Start(tag) => match tag {
                Tag::Paragraph => open(&mut stack, "p"),
                Tag::Heading { level: depth, .. } => open(&mut stack, &level(depth)),
                Tag::BlockQuote(_) => open(&mut stack, "quote"),
                Tag::CodeBlock(CodeBlockKind::Fenced(_)) => open(&mut stack, "pre"),
                Tag::CodeBlock(CodeBlockKind::Indented) => open(&mut stack, "indented"),
                Tag::List(start) => open(&mut stack, if start.is_some() { "ol" } else { "ul" }),
                Tag::Item => open(&mut stack, "li"),
                Tag::Table(_) => open(&mut stack, "table"),
                Tag::TableHead | Tag::TableRow => open(&mut stack, ""),
                Tag::TableCell => open(&mut stack, "cell"),
                Tag::Emphasis => open(&mut stack, "em"),
                Tag::Strong => open(&mut stack, "strong"),
                Tag::Strikethrough => open(&mut stack, "strike"),
                Tag::Link { .. } => open(&mut stack, "a"),
                Tag::Image { .. } => {
                    in_image += 1;
                    open(&mut stack, "img");
                }
                Tag::HtmlBlock => open(&mut stack, "html"),
                other => open(&mut stack, &format!("{other:?}")),
            },
            Event::End(tag) => {
                in_image -= i32::from(tag == TagEnd::Image);
                close(&mut stack);
            }
            Event::Text(text) => stack.last_mut().unwrap().1.text(&text),
            Event::Code(text) => {
                let mut code = Outline::default();
                code.text(&text);
                stack.last_mut().unwrap().1.mark("code", &code.out);
            }
            Event::InlineHtml(html) | Event::Html(html) => match html.trim() {
                "<br>" => {}
                tag if tag.starts_with("</") => close(&mut stack),
                tag => open(&mut stack, tag.trim_matches(['<', '>'])),
            },
            Event::Rule => stack.last_mut().unwrap().1.out.push_str("⟨hr⟩"),
            Event::SoftBreak | Event::HardBreak => {}
            other => stack.last_mut().unwrap().1.out.push_str(&format!("{other:?}")),
        }
    }
    if stack.len() != 1 || in_image != 0 {
        return format!("something is left open: {:?}", stack.into_iter().map(|(name, _)| name).collect::<Vec<_>>());
    }
    stack.pop().unwrap().1.out
}

fn close(stack: &mut Vec<(String, Outline)>) {
    let (name, inner) = stack.pop().unwrap();
    let Some((_, around)) = stack.last_mut() else { return stack.push((name, inner)) };
    match name.as_str() {
        "" => around.out.push_str(&inner.out),
        "cell" => around.out.push_str(&format!("⟨cell{}⟩", inner.out)),
        "img" | "pre" => around.out.push_str(&format!("⟨{name}:{}⟩", inner.out)),
        // A tight item has no paragraph around its line.
        "li" if !inner.out.is_empty() => around.mark("li", &wrapped(&inner.out)),
        name => around.mark(name, &inner.out),
    }
}

/// Puts loose text at the start of an item into a paragraph.
fn wrapped(inner: &str) -> String {
    const BLOCKS: [&str; 14] = [
        "⟨p:",
        "⟨ul:",
        "⟨ol:",
        "⟨quote:",
        "⟨pre:",
        "⟨table:",
        "⟨hr⟩",
        "⟨h1:",
        "⟨h2:",
        "⟨h3:",
        "⟨h4:",
        "⟨h5:",
        "⟨h6:",
        "⟨html:",
    ];
    let (mut depth, mut end) = (0, inner.len());
    for (at, c) in inner.char_indices() {
        if depth == 0 && BLOCKS.iter().any(|block| inner[at..].starts_with(block)) {
            end = at;
            break;
        }
        depth += i32::from(c == '⟨') - i32::from(c == '⟩');
    }
    if end == 0 { inner.to_owned() } else { format!("⟨p:{}⟩{}", &inner[..end], &inner[end..]) }
}

/// Elements and attributes of HTML that are not among those that only say something.
fn what_runs(html: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for node in Html::parse_document(html).tree.nodes() {
        match node.value() {
            Node::Element(element) => {
                let name = element.name();
                if !(ELEMENTS.contains(&name) || MORE.contains(&name) || name == "span") {
                    wrong.push(name.to_owned());
                }
                for (name, value) in element.attrs() {
                    let address = matches!(name, "href" | "src" | "cite");
                    if !ATTRIBUTES.contains(&name) || (address && !is_link(value, name != "href")) {
                        wrong.push(format!("{name}={value}"));
                    }
                }
            }
            Node::Comment(_) | Node::ProcessingInstruction(_) => wrong.push("a comment".to_owned()),
            _ => {}
        }
    }
    wrong
}

/// Pieces of pages that want to run something.
const HOSTILE: &[&str] = &[
    "<script>alert(1)</script>",
    "<script type='math/tex'></script><script>alert(1)</script>",
    "<script type='math/tex'>x<script>alert(1)</scr",
    "<p onclick=alert(1)>",
    "<img src=x onerror=alert(1)>",
    "<img class=latex src='/latex.php?' alt='\\) <img src=x onerror=alert(1)>'>",
    "<a href='javascript:alert(1)'>a</a>",
    "<a href=' java\tscript:alert(1)'>a</a>",
    "<a href='vbscript:x'>a</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>a</a>",
    "<svg><script>alert(1)</script><a xlink:href='javascript:x'><text>t</text></a></svg>",
    "<math><mtext><script>alert(1)</script></mtext><annotation encoding='application/x-tex'>\\href{javascript:alert(1)}{<b onclick=x>}</annotation></math>",
    "<iframe src='javascript:alert(1)' title=t></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>' src='data:text/html,x' title='<script>'></iframe>",
    "<object data='x.swf'><embed src='javascript:alert(1)'></object>",
    "<form action='javascript:alert(1)'><input autofocus onfocus=alert(1)><button formaction='javascript:x'>b</button></form>",
    "<style>@import 'javascript:x'</style><meta http-equiv=refresh content='0;url=javascript:x'><base href='javascript:x'>",
    "<blockquote cite='javascript:x'><p style='background:url(javascript:x)'>q</p></blockquote>",
    "<pre><code class='language-\"onclick=x'>&lt;script&gt;alert(1)&lt;/script&gt;</code></pre>",
    "<table><tr><td background='javascript:x' colspan='9999999'><th rowspan=-1>c<tr><td></table>",
    "<abbr title='\"><script>alert(1)</script>'>x</abbr><ruby>a<rt>&lt;script></rt></ruby>",
    "<sup><a id=r1 href='#n1'>1</a></sup><ol><li id=n1>note <a href='#r1'>^</a></ol>",
    "&lt;script&gt;alert(1)&lt;/script&gt; `<b>` *[x](javascript:alert(1))* ![x](data:x)",
    "<video src='javascript:x' poster='javascript:x' controls></video><audio><source src='vbscript:x'></audio>",
];

const ELEMENTS: [&str; 38] = [
    "html",
    "head",
    "body",
    "article",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "p",
    "ul",
    "ol",
    "li",
    "blockquote",
    "pre",
    "code",
    "table",
    "caption",
    "thead",
    "tbody",
    "tr",
    "td",
    "th",
    "figure",
    "figcaption",
    "img",
    "hr",
    "br",
    "dl",
    "dt",
    "dd",
    "em",
    "strong",
    "section",
    "div",
    "a",
    "sup",
];
const MORE: [&str; 9] = ["sub", "del", "ins", "mark", "kbd", "abbr", "ruby", "rt", "rp"];
const ATTRIBUTES: [&str; 14] = [
    "href", "src", "alt", "cite", "class", "dir", "lang", "id", "scope", "colspan", "rowspan", "start", "title", "name",
];

#[test]
fn space_at_the_edge_of_a_mark_within_a_mark_is_no_edge() {
    let text = |text: &str| Inline::Text { text: text.into() };
    let strong = |content| Inline::Strong { content };
    for inner in [vec![strong(vec![text(" !a")]), text("[")], vec![text("["), strong(vec![text("a! ")])]] {
        let blocks = [Block::Paragraph { text: vec![strong(vec![Inline::Emphasis { content: inner }])] }];
        let markdown = render::markdown(&blocks);
        assert_eq!(of_markdown(&markdown), of_blocks(&blocks), "{markdown}");
    }
}

proptest! {
    #[test]
    fn markdown_reads_back_as_the_same_blocks_and_text(blocks in plain()) {
        let markdown = render::markdown(&blocks);
        prop_assert_eq!(of_markdown(&markdown), of_blocks(&blocks), "{}", markdown);
    }

    #[test]
    fn formulas_and_footnotes_disturb_no_markdown_around_them(before in run(), tex in words(), after in run()) {
        let line = |mut text: Vec<Inline>| {
            plain_run(&mut text);
            text
        };
        let (before, after) = (line(before), line(after));
        let mut text = before.clone();
        text.push(Inline::Formula { tex, display: false });
        text.push(Inline::Footnote { label: "1".into() });
        text.extend(after.clone());
        let markdown = render::markdown(&[Block::Paragraph { text }]);
        let (got, start, end) = (of_markdown(&markdown), of_run(&before, false), of_run(&after, false));
        prop_assert!(got.starts_with(&format!("⟨p:{start}")) && got.ends_with(&format!("{end}⟩")), "{}\n{}\n{} {}", markdown, got, start, end);
        let inner = &got["⟨p:".len() + start.len()..got.len() - end.len() - "⟩".len()];
        prop_assert!(!inner.contains('⟨'), "{} {}", inner, markdown);
    }

    #[test]
    fn nothing_in_the_html_of_any_tree_runs(blocks in tree(), language in prop::option::of(words())) {
        prop_assert_eq!(what_runs(&render::article(&blocks, language.as_deref())), Vec::<String>::new());
    }

    #[test]
    fn nothing_in_the_renderings_of_any_page_runs(pieces in prop::collection::vec(prop::sample::select(HOSTILE), 1..14)) {
        let words = "The mill stood still that year, and nobody in the valley could say why it had been left to the rain. ";
        let page = format!("<article><h1>The mill</h1><p>{}</p>{}<p>{}</p></article>", words.repeat(4), pieces.join(words), words.repeat(4));
        let url = url::Url::parse("https://example.org/a").unwrap();
        let context = Context { url: Some(&url), ..Context::default() };
        let article = extract(page.as_bytes(), &context, &chaffinch_extract::Options::default()).unwrap();
        prop_assert_eq!(what_runs(&article.html()), Vec::<String>::new());
        for event in Parser::new_ext(&article.markdown(), Options::ENABLE_TABLES) {
            if let Event::Html(html) | Event::InlineHtml(html) = event {
                let name = html.trim().trim_matches(['<', '>', '/']).to_owned();
                prop_assert!(MORE.contains(&name.as_str()) || ["em", "strong", "sup", "code", "br"].contains(&name.as_str()), "{}", html);
            }
        }
    }

    #[test]
    fn the_html_holds_all_of_the_text(blocks in tree()) {
        let solid = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
        let blocks = without_embeds(blocks);
        let html = Html::parse_fragment(&render::html(&blocks));
        let shown: String = html.root_element().text().collect();
        prop_assert_eq!(solid(&shown), solid(&render::text(&blocks)));
    }
}
