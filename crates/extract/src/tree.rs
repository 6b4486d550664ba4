//! Text to tree, within limits. Scripting counts as disabled, so that what stands in `<noscript>` is seen; nothing here
//! knows what an article is.

use ego_tree::Tree;
use html5ever::tree_builder::{TreeBuilder, TreeBuilderOpts, TreeSink};
use scraper::{Html, HtmlTreeSink, Node};

use crate::guard::Guard;
use crate::options::Limits;
use crate::tokenizer::{self, Attributes};

/// Never more open elements than this, whatever the caller allows: the cost of a tag grows with them.
const OPEN_MAX: usize = 1024;

/// A page has a node for so many of its bytes, or a few more.
const BYTES_A_NODE: usize = 48;

/// Parses a page with every attribute, leaving out what lies beyond the limits.
pub(crate) fn parse(text: &str, limits: &Limits) -> Html {
    parse_with(text, limits, Attributes::All)
}

/// Parses a page as [`parse`] does, with these attributes alone.
pub(crate) fn parse_with(text: &str, limits: &Limits, wanted: Attributes) -> Html {
    let text = head_of(text, limits.input_bytes_max.min(u32::MAX as usize / 2));
    let options = TreeBuilderOpts { scripting_enabled: false, ..TreeBuilderOpts::default() };
    // A page cannot honestly have more than a node for two bytes (`<p>x`): only formatting elements opened again and again
    // make them.
    let nodes_max = limits.nodes_max.min(text.len() / 2 + 1_000);
    let mut html = Html::new_document();
    html.tree = Tree::with_capacity(Node::Document, (text.len() / BYTES_A_NODE).min(nodes_max));
    let builder = TreeBuilder::new(HtmlTreeSink::new(html), options);
    let guard = Guard::new(builder, limits.depth_max.clamp(16, OPEN_MAX), nodes_max, text.len());
    tokenizer::tokenize(text, wanted, &guard);
    guard.into_builder().sink.finish()
}

fn head_of(text: &str, bytes_max: usize) -> &str {
    if text.len() <= bytes_max {
        return text;
    }
    let end = (0..=bytes_max).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    &text[..end]
}

#[cfg(test)]
mod tests {
    use ego_tree::NodeId;
    use html5ever::driver::{self, ParseOpts};
    use html5ever::tendril::TendrilSink;

    use super::*;

    fn unguarded(text: &str) -> Html {
        let tree_builder = TreeBuilderOpts { scripting_enabled: false, ..TreeBuilderOpts::default() };
        let options = ParseOpts { tree_builder, ..ParseOpts::default() };
        driver::parse_document(HtmlTreeSink::new(Html::new_document()), options).one(text)
    }

    fn depth(html: &Html) -> usize {
        html.tree.nodes().map(|node| node.ancestors().count()).max().unwrap_or(0)
    }

    fn guarded(text: &str) -> Html {
        parse(text, &Limits::default())
    }

    #[test]
    fn elements_of_too_many_unknown_names_share_one() {
        let page: String = (0..30_000).map(|at| format!("<x-{at}>a</x-{at}>")).collect::<Vec<_>>().concat();
        let html = guarded(&page);
        let names: std::collections::HashSet<&str> =
            html.tree.nodes().filter_map(|node| node.value().as_element()).map(scraper::node::Element::name).collect();
        assert!((20_000..20_010).contains(&names.len()), "{}", names.len());
        assert_eq!(html.root_element().text().map(str::len).sum::<usize>(), 30_000);
    }

    #[test]
    fn within_limits_the_guard_changes_nothing() {
        let page = "<!doctype html><p>a<b>b<p>c</b><table><tr><td>d<p>e</table><script>if (a<b) {}</script>\
                    <noscript><img src=x></noscript><svg><path/></svg><select><option>f<a>g<a>h";
        assert_eq!(guarded(page), unguarded(page));
    }

    #[test]
    fn nesting_is_cut_and_its_text_kept() {
        let tree = guarded(&format!("{}deep", "<div>".repeat(60_000)));
        assert!(depth(&tree) <= 520, "{}", depth(&tree));
        assert!(tree.root_element().text().any(|text| text == "deep"));
    }

    #[test]
    fn chains_of_links_and_lists_stay_bounded() {
        for piece in ["<a><div>", "<ul><li>", "<b><table><tr><td>", "<font><p>"] {
            let tree = guarded(&piece.repeat(20_000));
            assert!(tree.tree.nodes().len() <= 170_000, "{piece}: {}", tree.tree.nodes().len());
        }
    }

    #[test]
    fn formatting_elements_that_are_opened_again_and_again_are_few() {
        let mut page: String = (0..480).flat_map(|at| ["<b id=".to_owned(), at.to_string(), ">".to_owned()]).collect();
        page.push_str(&"<p>x</p>".repeat(20_000));
        assert!(guarded(&page).tree.nodes().len() <= page.len() / 2 + 1_100);
    }

    #[test]
    fn end_tags_make_no_more_elements_than_start_tags_may() {
        for piece in ["</p>", "</br>", "<b><p></b>x", "<a><i><p></a></i>"] {
            let page = piece.repeat(20_000);
            let nodes = guarded(&page).tree.nodes().len();
            assert!(nodes <= page.len() / 2 + 1_100, "{piece}: {nodes}");
        }
    }

    #[test]
    fn what_would_be_searched_for_ever_is_read_as_text() {
        let page = format!("{}{}<script>'<p>'</script>end", "<div>".repeat(500), "<p>x</p>".repeat(40_000));
        let tree = guarded(&page);
        let count =
            |name| tree.tree.nodes().filter(|node| node.value().as_element().is_some_and(|e| e.name() == name)).count();
        assert!((1_000..10_000).contains(&count("p")), "{}", count("p"));
        assert_eq!(count("script"), 1);
        assert!(tree.root_element().text().collect::<String>().ends_with("end"));
    }

    #[test]
    fn attributes_of_the_root_are_gathered_from_its_first_tags_only() {
        let tags: Vec<String> = (0..1_000).map(|at| format!("<html a{at}><body b{at}>")).collect();
        let page = tags.concat();
        let tree = guarded(&page);
        let attributes: usize =
            tree.tree.nodes().filter_map(|node| node.value().as_element()).map(|element| element.attrs().count()).sum();
        assert_eq!(attributes, 32);
    }

    #[test]
    fn a_script_beyond_the_depth_is_still_a_script() {
        let tree = guarded(&format!("{}<script>'<p>no text</p>'</script>", "<div>".repeat(2_000)));
        assert!(!tree.tree.nodes().any(|node| node.value().as_element().is_some_and(|element| element.name() == "p")));
    }

    #[test]
    fn attributes_beyond_the_limit_are_dropped_and_the_tag_still_ends() {
        let names: Vec<String> = (0..5_000).map(|at| format!(" a{at}=1")).collect();
        let tree = guarded(&format!("<p{}>text</p>", names.concat()));
        let most =
            tree.tree.nodes().filter_map(|node| node.value().as_element()).map(|element| element.attrs().count());
        assert_eq!(most.max(), Some(1_000));
        assert_eq!(tree.root_element().text().collect::<String>(), "text");
    }

    proptest::proptest! {
        /// Whatever is put together from the signs that mean something to a tokenizer.
        #[test]
        fn any_text_gives_the_tree_that_html5ever_alone_makes(
            pieces in proptest::collection::vec(proptest::sample::select(PIECES.to_vec()), 0..24),
        ) {
            let page = pieces.concat();
            let (ours, theirs) = (guarded(&page), unguarded(&page));
            proptest::prop_assert!(ours == theirs, "{page:?}: {} {}", ours.html(), theirs.html());
            proptest::prop_assert_eq!(asked_for(&parse_with(&page, &Limits::default(), Attributes::AskedFor)), asked_for(&ours));
        }
    }

    /// The nodes of a tree in order, with the attributes that are asked for.
    fn asked_for(html: &Html) -> Vec<(Option<NodeId>, String)> {
        // The tree builder writes some names of drawings with capitals.
        let kept = |name: &str| crate::attributes::is_asked_for(&name.to_ascii_lowercase());
        let told = |node: &Node| match node {
            Node::Element(element) => {
                format!("{} {:?}", element.name(), element.attrs().filter(|(name, _)| kept(name)).collect::<Vec<_>>())
            }
            other => format!("{other:?}"),
        };
        html.tree.nodes().map(|node| (node.parent().map(|parent| parent.id()), told(node.value()))).collect()
    }

    #[test]
    fn a_brief_tree_lacks_attributes_and_nothing_else() {
        let page = "<div data-x=1 data-src=2 class=c onclick=f() Aria-Label=l><a tabindex=0 href=x>t</a>\
                    <b data-x=1><b data-x=2><b data-x=3><b data-x=4><p>u</p></b><svg viewBox=0 d=1><path/></svg><!--v-->";
        let (brief, whole) = (parse_with(page, &Limits::default(), Attributes::AskedFor), guarded(page));
        assert_eq!(asked_for(&brief), asked_for(&whole));
        let first = brief.tree.nodes().filter_map(|node| node.value().as_element()).find(|e| e.name() == "div");
        let mut names: Vec<&str> = first.into_iter().flat_map(|e| e.attrs().map(|(name, _)| name)).collect();
        names.sort_unstable();
        assert_eq!(names, ["aria-label", "class", "data-src"]);
    }

    const PIECES: &[&str] = &[
        "<",
        ">",
        "</",
        "/>",
        "/",
        "=",
        "\"",
        "'",
        "!",
        "-",
        "--",
        "-->",
        "--!>",
        "<!",
        "<!--",
        "<!-->",
        "<!--->",
        "<?",
        "</ ",
        "</>",
        " ",
        "\n",
        "\r",
        "\r\n",
        "\t",
        "\x0c",
        "\0",
        "a",
        "B",
        "é",
        "x y",
        "script",
        "<p",
        "<p>",
        "<P A=B>",
        "</p>",
        "<a href=x",
        "<a b='",
        "<a b=\"",
        "<br/>",
        "<b c d=e f>",
        "<i x x=1 X=2>",
        "</i>",
        "<script>",
        "</script>",
        "</script",
        "</SCRIPT >",
        "<script ",
        "<style>",
        "</style>",
        "</style x=y>",
        "<title>",
        "</title>",
        "<textarea>\n",
        "</textarea>",
        "<xmp>",
        "</xmp>",
        "<noscript>",
        "</noscript>",
        "<plaintext>",
        "<iframe>",
        "</iframe>",
        "<pre>\n",
        "</pre>",
        "<!doctype",
        "<!DOCTYPE html>",
        "<!doctype html public \"-//W3C//DTD HTML 4.01//EN\" \"x\">",
        " html",
        " public",
        " system 'x'",
        "[CDATA[",
        "<![CDATA[",
        "]]>",
        "]]",
        "<svg>",
        "</svg>",
        "<math>",
        "<mi>",
        "</math>",
        "<table>",
        "<tr>",
        "<td>",
        "</table>",
        "<select>",
        "<option>",
        "</select>",
        "<template>",
        "</template>",
        "<frameset>",
        "<body c>",
        "<html d>",
        "<head>",
        "<meta charset=utf-8>",
        "&",
        "&amp",
        "&amp;",
        "&#",
        "&#x",
        "&#65",
        "&#x41;",
        "&#0;",
        "&#x80;",
        "&#1114112;",
        "&not",
        "&notin",
        "&copy",
        "&NotEqualTilde;",
        "&bogus;",
        ";",
        "&nbsp;",
        "1",
    ];

    #[test]
    fn what_lies_beyond_the_bytes_is_left_out() {
        let limits = Limits { input_bytes_max: 10, ..Limits::default() };
        let tree = parse("<p>12345é6789", &limits);
        assert_eq!(tree.root_element().text().collect::<String>(), "12345é");
    }

    #[test]
    fn a_frame_written_as_closed_swallows_nothing() {
        let tree = guarded("<body><noscript><iframe src=x height=0 /></noscript><p>text</p>");
        assert!(tree.root_element().text().any(|text| text == "text"));
        assert!(tree.tree.nodes().any(|node| node.value().as_element().is_some_and(|element| element.name() == "p")));
    }

    /// The first pages of each evaluation set, where the data is at hand.
    #[test]
    fn on_real_pages_the_guarded_tree_is_the_unguarded_one() {
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
            for line in lines.into_iter().flat_map(BufRead::lines).map_while(Result::ok).take(40) {
                let page: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
                let html = page["html"].as_str().unwrap_or_default();
                assert!(guarded(html) == unguarded(html), "{set} {}: the trees differ", page["id"]);
                pages += 1;
            }
            #[allow(clippy::print_stderr, reason = "a test that is skipped says so")]
            if pages == 0 {
                eprintln!("skipped: no {path}, or no zstd; set CHAFFINCH_DATA");
            }
        }
    }
}
