//! The captured page itself, with every block of it painted by its fate and telling why: kept in green, dropped in red. Unlike
//! [`overlay`](crate::overlay()), which draws a simplified picture that stands alone, this keeps the page's own elements, classes
//! and styles. Scripts are left out, but all else that a page may load or lead to is still there: whoever shows it must see
//! to that.

use std::fmt::Write as _;

use ego_tree::{NodeId, NodeRef};
use foldhash::{HashMap, HashMapExt};
use html5ever::{local_name, ns};
use scraper::{Html, Node};

use crate::error::Error;
use crate::explain::{self, Explanation};
use crate::extract::{self, Decided};
use crate::extras::Extras;
use crate::model::Model;
use crate::options::{Context, Options};
use crate::overlay::{is_close, why};
use crate::pictures;
use crate::serial::{self, Additions};
use crate::walk::{self, Step};

/// The style sheet of the marks. It has to stand in the page, behind those of the page.
pub const STYLE: &str = include_str!("highlight.css");

/// Reasons are told once for each block; for its other pieces again, as long as all this takes no more bytes.
const AGAIN_BYTES_MAX: usize = 2 << 20;

/// Writes a page with its blocks marked. A block is one or several pieces, each `<span class="chaffinch-block chaffinch-kept">`
/// (or `chaffinch-dropped`; `chaffinch-close` besides where it was a close call) with the number of its block in
/// `data-chaffinch`. The first piece is called `chaffinch-block-N` and can be reached by keyboard. What says why is in the
/// pieces as `chaffinch-why`. Images bear the classes themselves. What the site's rules take out is no block and bears no mark.
///
/// # Errors
/// As [`extract()`](crate::extract()).
///
/// ```
/// use chaffinch_extract::{Context, Options, highlight};
/// let page = b"<article class=x><p>The chaffinch sings from late February to July, longest at dawn.</p></article>";
/// let marked = highlight(page, &Context::default(), &Options::default())?;
/// assert!(marked.contains("<article class=\"x\"><p><span class=\"chaffinch-block chaffinch-kept\""));
/// # Ok::<(), chaffinch_extract::Error>(())
/// ```
pub fn highlight(html: &[u8], context: &Context<'_>, options: &Options) -> Result<String, Error> {
    extract::read_whole(html, context, options, Model::shipped(), |decided, tree| {
        let explanation = explain::explained(&decided, Model::shipped());
        let mut marks = Marks::of(&decided, tree, &explanation);
        serial::write(tree, &mut marks)
    })
}

/// A piece of a block.
#[derive(Clone, Copy)]
struct Piece {
    block: usize,
    is_first: bool,
}

/// What is known of the nodes of a page.
struct Marks<'a> {
    explanation: &'a Explanation,
    /// Texts, and formulas as a whole.
    pieces: HashMap<NodeId, Piece>,
    /// Images, and whether they are kept.
    images: HashMap<NodeId, bool>,
    /// What may still be spent on telling reasons again.
    again: usize,
}

impl<'a> Marks<'a> {
    fn of(decided: &Decided<'_>, tree: &Html, explanation: &'a Explanation) -> Self {
        let page = decided.page;
        let mut pieces = HashMap::new();
        for (block, leaf) in page.leaves.iter().enumerate() {
            let mut is_first = true;
            for step in &page.steps[leaf.steps.clone()] {
                let Step::Text(id) = *step else { continue };
                // White space between the pieces is left as it is: in some layouts a wrapper would give it a place of its own.
                if walk::is_blank_text(walk::text_of(tree, id)) {
                    continue;
                }
                if let Some(holder) = tree.tree.get(id).and_then(holder) {
                    pieces.entry(holder).or_insert_with(|| Piece { block, is_first: std::mem::take(&mut is_first) });
                }
            }
        }
        let chosen = pictures::choose(page, &decided.choice.kept, &Extras::find(page));
        let images = page.steps.iter().zip(chosen).filter_map(|(step, kept)| match step {
            Step::Image(id) => Some((*id, kept)),
            _ => None,
        });
        Self { explanation, pieces, images: images.collect(), again: AGAIN_BYTES_MAX }
    }
}

/// What a text is wrapped in: itself, or the formula or drawing that it stands in; `None` where no wrapper may stand.
fn holder(text: NodeRef<'_, Node>) -> Option<NodeId> {
    let mut node = text;
    loop {
        let parent = node.parent()?;
        let element = parent.value().as_element()?;
        if element.name.ns == ns!(html) {
            let barred = matches!(
                element.name.local,
                local_name!("title")
                    | local_name!("textarea")
                    | local_name!("style")
                    | local_name!("head")
                    | local_name!("html")
                    | local_name!("select")
                    | local_name!("optgroup")
                    | local_name!("option")
                    | local_name!("table")
                    | local_name!("thead")
                    | local_name!("tbody")
                    | local_name!("tfoot")
                    | local_name!("tr")
                    | local_name!("colgroup")
                    | local_name!("frameset")
            );
            return (!barred).then_some(node.id());
        }
        node = parent;
    }
}

fn fate(kept: bool) -> &'static str {
    if kept { "kept" } else { "dropped" }
}

impl Additions for Marks<'_> {
    fn before(&mut self, id: NodeId, out: &mut String) {
        let Some(piece) = self.pieces.get(&id) else { return };
        let Some(block) = self.explanation.blocks.get(piece.block) else { return };
        let number = piece.block + 1;
        let close = if is_close(block, self.explanation.threshold) { " chaffinch-close" } else { "" };
        let fate = fate(block.kept);
        let _ = write!(out, "<span class=\"chaffinch-block chaffinch-{fate}{close}\" data-chaffinch=\"{number}\"");
        if piece.is_first {
            let _ = write!(
                out,
                " id=\"chaffinch-block-{number}\" tabindex=\"0\" aria-describedby=\"chaffinch-why-{number}\""
            );
        }
        out.push('>');
    }

    fn after(&mut self, id: NodeId, out: &mut String) {
        let Some(piece) = self.pieces.get(&id) else { return };
        let Some(block) = self.explanation.blocks.get(piece.block) else { return };
        let start = out.len();
        out.push_str("<span class=\"chaffinch-why\"");
        if piece.is_first {
            let _ = write!(out, " id=\"chaffinch-why-{}\" role=\"tooltip\"", piece.block + 1);
        }
        out.push('>');
        why(out, block);
        out.push_str("</span>");
        if !piece.is_first {
            match self.again.checked_sub(out.len() - start) {
                Some(rest) => self.again = rest,
                None => out.truncate(start),
            }
        }
        out.push_str("</span>");
    }

    fn classes(&self, id: NodeId) -> Option<String> {
        self.images.get(&id).map(|kept| format!("chaffinch-image chaffinch-{}", fate(*kept)))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use scraper::Selector;

    use super::*;
    use crate::options::SiteRules;
    use crate::tree;

    /// So many pages of each set are read.
    const PAGES: usize = 10;

    const PAGE: &str = "<!doctype html><html lang=en><head><title>The well</title><style>p > b { color: red }</style></head>\
        <body class=theme><nav id=top class='menu wide'><ul>\n<li><a href=/a>Home</a>\n<li><a href=/b>Sport</a></ul></nav>\
        <article data-x=1><h1>The well is dry</h1>\
        <p style='margin:0'>The old well of the village has <b>run dry</b> for the first time since people began to write \
        such things down, and nobody can say when water will return.</p>\
        <figure><img class=wide src=well.jpg alt='The well' width=600 height=400></figure>\
        <p>Farmers bring water with carts from the river, which is low, and they ask for help from the district before the \
        summer comes &lt;b>not bold&lt;/b>.</p><table><tr><td>The depth of the well in each year</td></tr></table></article>\
        <script>alert(1)</script><footer class='x\"><b>y'>All rights reserved</footer></body></html>";

    fn marked(page: &str, options: &Options) -> (Html, Explanation) {
        let context = Context::default();
        let marked = highlight(page.as_bytes(), &context, options).unwrap();
        (tree::parse(&marked, &options.limits), explain::explain(page.as_bytes(), &context, options).unwrap())
    }

    fn select<'a>(page: &'a Html, selector: &str) -> Vec<scraper::ElementRef<'a>> {
        page.select(&Selector::parse(selector).unwrap()).collect()
    }

    /// The page's own text of an element.
    fn own_text(element: scraper::ElementRef<'_>) -> String {
        let why = Selector::parse(".chaffinch-why").unwrap();
        let told: usize = element.select(&why).map(|why| why.text().map(str::len).sum::<usize>()).sum();
        let text: String = element.text().collect();
        text[..text.len() - told].to_owned()
    }

    fn folded(text: &str) -> String {
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_is_kept_is_marked_kept_and_what_is_dropped_dropped() {
        let (page, explanation) = marked(PAGE, &Options::default());
        assert!(
            explanation.blocks.iter().any(|block| block.kept) && explanation.blocks.iter().any(|block| !block.kept)
        );
        for (at, block) in explanation.blocks.iter().enumerate() {
            let pieces = select(&page, &format!("[data-chaffinch='{}']", at + 1));
            let text: Vec<String> = pieces.iter().map(|piece| own_text(*piece)).collect();
            assert_eq!(folded(&text.concat()), folded(&block.text));
            let class = if block.kept { "chaffinch-kept" } else { "chaffinch-dropped" };
            for (nth, piece) in pieces.iter().enumerate() {
                assert!(piece.value().classes().any(|own| own == class), "{}", block.text);
                assert_eq!(piece.attr("tabindex").is_some(), nth == 0);
                let told: String =
                    piece.select(&Selector::parse(".chaffinch-why").unwrap()).flat_map(|why| why.text()).collect();
                assert!(
                    told.contains(&block.path) && block.reasons.iter().all(|reason| told.contains(reason)),
                    "{told}"
                );
            }
        }
        assert_eq!(select(&page, "[data-chaffinch='4']").len(), 3, "before, within and behind the bold words");
        assert_eq!(select(&page, "img.wide.chaffinch-image.chaffinch-kept").len(), 1);
    }

    #[test]
    fn the_page_is_as_it_was_but_for_marks_and_scripts() {
        let (page, _) = marked(PAGE, &Options::default());
        for selector in [
            "html[lang=en] > body.theme > nav#top.menu.wide > ul > li > a[href='/a']",
            "article[data-x='1'] > p[style='margin:0'] > b",
            "article > figure > img[width='600']",
        ] {
            assert_eq!(select(&page, selector).len(), 1, "{selector}");
        }
        assert_eq!(select(&page, "title")[0].inner_html(), "The well");
        assert_eq!(select(&page, "style")[0].text().collect::<String>(), "p > b { color: red }");
        assert!(select(&page, "script").is_empty());
        assert!(select(&page, ":is(ul, tr, table, tbody, head, html) > .chaffinch-block").is_empty());
    }

    #[test]
    fn no_class_text_or_path_of_a_page_becomes_markup() {
        let hostile = "<article class='\"><script>x()</script>'><p>One &lt;script>x()&lt;/script> is written here, and as \
            many words as a paragraph needs to be taken for one.</p><div class='</span></p><i>'>&lt;/span>Share this</div></article>";
        let (page, explanation) = marked(hostile, &Options::default());
        assert!(explanation.blocks[0].path.contains("<script>"), "{}", explanation.blocks[0].path);
        assert!(select(&page, "script, article i:not(.chaffinch-why i)").is_empty());
        assert_eq!(select(&page, "article > div > .chaffinch-block").len(), 1);
    }

    #[test]
    fn what_may_hold_no_element_gets_none_and_a_formula_is_marked_whole() {
        let page = "<body><p>The sum <math><mi>a</mi><mo>+</mo><mi>b</mi></math> is larger than either of its parts, as all \
            have known.</p><textarea>words words</textarea><svg><text>drawn</text></svg><select><option>one</select>\
            <ul>loose text in a list<li>item</ul><option>an option of nothing</option>";
        let (page, _) = marked(page, &Options::default());
        assert_eq!(select(&page, ".chaffinch-block > math").len(), 1);
        assert!(select(&page, "math .chaffinch-block, textarea *, svg .chaffinch-block, option *").is_empty());
        assert!(!select(&page, "ul > .chaffinch-block").is_empty());
    }

    #[test]
    fn what_the_rules_take_out_is_still_on_the_page_without_a_mark() {
        let rules = SiteRules { remove: vec!["footer".to_owned()], ..SiteRules::default() };
        let (page, _) = marked(PAGE, &Options { rules, ..Options::default() });
        assert_eq!(select(&page, "footer").len(), 1);
        assert!(select(&page, "footer .chaffinch-block").is_empty());
        assert!(!select(&page, "nav .chaffinch-dropped").is_empty());
    }

    #[test]
    fn reasons_are_told_again_only_within_bounds() {
        let page = format!("<article><p>{}</p></article>", "word <b>bold</b> ".repeat(20_000));
        let written = highlight(page.as_bytes(), &Context::default(), &Options::default()).unwrap();
        assert!(written.matches("chaffinch-block ").count() >= 40_000);
        assert!(written.len() < AGAIN_BYTES_MAX + 40_000 * 200, "{}", written.len());
        assert!(written.matches("chaffinch-why\"").count() < 20_000);
    }

    /// The first pages of each evaluation set, where the data is at hand.
    #[test]
    fn on_real_pages_every_block_bears_its_fate() {
        use std::io::{BufRead, BufReader};
        let folder = std::env::var("CHAFFINCH_DATA").unwrap_or_else(|_| "../../../shared/data".to_owned());
        for set in ["wcxb-dev", "daniel-dev", "readability-pages"] {
            let path = format!("{folder}/extract/{set}/pages.jsonl.zst");
            let unpack = std::process::Command::new("zstd")
                .args(["-q", "-d", "--long=27", "-c", &path])
                .stdout(std::process::Stdio::piped())
                .stderr(std::process::Stdio::null())
                .spawn();
            let lines = unpack.ok().and_then(|mut child| child.stdout.take()).map(BufReader::new);
            let mut pages = 0;
            for line in lines.into_iter().flat_map(BufRead::lines).map_while(Result::ok).take(PAGES) {
                let page: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
                let (tree, explanation) = marked(page["html"].as_str().unwrap_or_default(), &Options::default());
                pages += 1;
                // A formula is marked whole, with what of it is no text and whatever blocks it is.
                if !select(&tree, "math").is_empty() {
                    continue;
                }
                let mut texts = vec![String::new(); explanation.blocks.len()];
                for piece in select(&tree, ".chaffinch-block") {
                    let at: usize = piece.attr("data-chaffinch").unwrap().parse().unwrap();
                    let class = if explanation.blocks[at - 1].kept { "chaffinch-kept" } else { "chaffinch-dropped" };
                    assert!(piece.value().classes().any(|own| own == class));
                    texts[at - 1].push_str(&own_text(piece));
                }
                let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
                for (block, text) in explanation.blocks.iter().zip(texts) {
                    assert_eq!(letters(&text), letters(&block.text), "{set} {}: {}", page["id"], block.path);
                }
            }
            #[allow(clippy::print_stderr, reason = "a test that is skipped says so")]
            if pages == 0 {
                eprintln!("skipped: no {path}, or no zstd; set CHAFFINCH_DATA");
            }
        }
    }
}
