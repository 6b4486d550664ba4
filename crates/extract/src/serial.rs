//! A tree written as HTML again, so that a browser reads the same tree: elements, attributes and texts as they are. Scripts,
//! comments and what stands in for frames are left out. It does not know what is put around the nodes, nor why.

use ego_tree::{NodeId, NodeRef};
use html5ever::{LocalName, Namespace, local_name, ns};
use scraper::node::{Doctype, Element};
use scraper::{Html, Node};

use crate::render::html::escape;

/// What is added while a tree is written.
pub(crate) trait Additions {
    /// Writes what stands before a node. Text and elements in the line alone: it may be anywhere in a page's text.
    fn before(&mut self, id: NodeId, out: &mut String);
    /// Writes what stands behind it.
    fn after(&mut self, id: NodeId, out: &mut String);
    /// Names that an element gets besides its own classes.
    fn classes(&self, id: NodeId) -> Option<String>;
}

/// Writes a whole tree.
pub(crate) fn write(tree: &Html, additions: &mut impl Additions) -> String {
    let mut out = String::new();
    let root = tree.tree.root();
    let mut node = root;
    loop {
        let descend = enter(node, additions, &mut out);
        if let Some(child) = node.first_child().filter(|_| descend) {
            node = child;
            continue;
        }
        leave(node, additions, &mut out);
        loop {
            if node == root {
                return out;
            }
            if let Some(next) = node.next_sibling() {
                node = next;
                break;
            }
            let Some(parent) = node.parent() else { return out };
            node = parent;
            leave(node, additions, &mut out);
        }
    }
}

/// Writes how a node begins; false where nothing within it is written.
fn enter(node: NodeRef<'_, Node>, additions: &mut impl Additions, out: &mut String) -> bool {
    match node.value() {
        Node::Document | Node::Fragment => true,
        Node::Doctype(doctype) => {
            write_doctype(doctype, out);
            false
        }
        Node::Text(text) => {
            additions.before(node.id(), out);
            if is_style(node.parent()) {
                // No text of a style sheet ends it, unless a tree was made otherwise than by a parser.
                if !text.to_ascii_lowercase().contains("</style") {
                    out.push_str(text);
                }
            } else {
                escape(out, text);
            }
            false
        }
        Node::Element(element) => {
            if is_left_out(element) {
                return false;
            }
            additions.before(node.id(), out);
            if let Some(name) = written_name(element) {
                out.push('<');
                out.push_str(name);
                write_attributes(element, additions.classes(node.id()), out);
                out.push('>');
                // A parser takes the first line break of these for none.
                if matches!(name, "pre" | "listing" | "textarea") && begins_with_line_break(node) {
                    out.push('\n');
                }
            }
            !(is_void(element) || is_html(element) && element.name.local == local_name!("iframe"))
        }
        _ => false,
    }
}

fn leave(node: NodeRef<'_, Node>, additions: &mut impl Additions, out: &mut String) {
    match node.value() {
        Node::Text(_) => additions.after(node.id(), out),
        Node::Element(element) if !is_left_out(element) => {
            if let Some(name) = written_name(element).filter(|_| !is_void(element)) {
                out.push_str("</");
                out.push_str(name);
                out.push('>');
            }
            additions.after(node.id(), out);
        }
        _ => {}
    }
}

fn is_html(element: &Element) -> bool {
    element.name.ns == ns!(html)
}

fn is_style(node: Option<NodeRef<'_, Node>>) -> bool {
    let element = node.and_then(|node| node.value().as_element());
    element.is_some_and(|element| is_html(element) && element.name.local == local_name!("style"))
}

fn is_left_out(element: &Element) -> bool {
    matches!(element.name.local, local_name!("script"))
        || is_html(element) && matches!(element.name.local, local_name!("noembed") | local_name!("noframes"))
}

/// The name an element is written under; `None` where a parser might read another out of it.
fn written_name(element: &Element) -> Option<&str> {
    match element.name.local {
        // Their text would have to stand as it is, and no tag could follow the second.
        local_name!("xmp") | local_name!("plaintext") if is_html(element) => Some("pre"),
        _ => Some(element.name()).filter(|name| is_plain(name)),
    }
}

fn is_plain(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':'))
}

fn is_void(element: &Element) -> bool {
    is_html(element) && is_void_name(&element.name.local)
}

fn is_void_name(name: &LocalName) -> bool {
    matches!(
        *name,
        local_name!("area")
            | local_name!("base")
            | local_name!("basefont")
            | local_name!("bgsound")
            | local_name!("br")
            | local_name!("col")
            | local_name!("embed")
            | local_name!("frame")
            | local_name!("hr")
            | local_name!("img")
            | local_name!("input")
            | local_name!("keygen")
            | local_name!("link")
            | local_name!("meta")
            | local_name!("param")
            | local_name!("source")
            | local_name!("track")
            | local_name!("wbr")
    )
}

fn begins_with_line_break(node: NodeRef<'_, Node>) -> bool {
    let text = node.first_child().and_then(|child| child.value().as_text());
    text.is_some_and(|text| text.starts_with('\n'))
}

fn write_attributes(element: &Element, classes: Option<String>, out: &mut String) {
    let mut classes = classes;
    for (name, value) in &element.attrs {
        let may_stand =
            name.local.bytes().all(|byte| byte > b' ' && !matches!(byte, b'"' | b'\'' | b'<' | b'>' | b'/' | b'='));
        if !may_stand {
            continue;
        }
        out.push(' ');
        if let Some(prefix) = prefix(&name.ns) {
            out.push_str(prefix);
        }
        out.push_str(&name.local);
        out.push_str("=\"");
        escape(out, value);
        if name.local == local_name!("class")
            && let Some(more) = classes.take()
        {
            out.push(' ');
            escape(out, &more);
        }
        out.push('"');
    }
    if let Some(classes) = classes {
        out.push_str(" class=\"");
        escape(out, &classes);
        out.push('"');
    }
}

/// How HTML writes attributes of other languages within it.
fn prefix(namespace: &Namespace) -> Option<&'static str> {
    match *namespace {
        ns!(xlink) => Some("xlink:"),
        ns!(xml) => Some("xml:"),
        _ => None,
    }
}

/// It decides whether a browser draws as the old ones did.
fn write_doctype(doctype: &Doctype, out: &mut String) {
    let may_stand = |id: &str| !id.contains(['"', '<', '>']);
    let (public, system) = (doctype.public_id(), doctype.system_id());
    out.push_str("<!doctype ");
    out.push_str(if is_plain(doctype.name()) { doctype.name() } else { "html" });
    if may_stand(public) && may_stand(system) {
        match (public.is_empty(), system.is_empty()) {
            (true, true) => {}
            (true, false) => out.extend([" SYSTEM \"", system, "\""]),
            (false, true) => out.extend([" PUBLIC \"", public, "\""]),
            (false, false) => out.extend([" PUBLIC \"", public, "\" \"", system, "\""]),
        }
    }
    out.push_str(">\n");
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::options::Limits;
    use crate::tree;

    struct Nothing;

    impl Additions for Nothing {
        fn before(&mut self, _: NodeId, _: &mut String) {}
        fn after(&mut self, _: NodeId, _: &mut String) {}
        fn classes(&self, _: NodeId) -> Option<String> {
            None
        }
    }

    fn parsed(page: &str) -> Html {
        tree::parse(page, &Limits::default())
    }

    #[test]
    fn what_is_written_is_read_as_the_same_tree() {
        for page in [
            "<!doctype html><html lang=en class='a b'><head><title>x &lt; y</title><style>a > b { content: '<' }</style>\
             <body onload=f()><p id=1>One &amp; <b>two</b><br>three&nbsp;<img src=x alt='\"&quot;'></p>",
            "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01//EN\" \"http://www.w3.org/TR/html4/strict.dtd\"><p>t",
            "<pre>\n\nfirst</pre><textarea>\n\nx</textarea><pre>y</pre>",
            "<svg viewBox='0 0 1 1'><style>a &lt; b</style><use xlink:href='#a'/><foreignObject><p>x</p></foreignObject></svg>",
            "<math><mi>x</mi><mtext>y</mtext></math><table><caption>c</caption><tr><td>d</table><ul><li>e<li>f</ul>",
            "<select><option>g<option selected>h</select><noscript><img src=y></noscript><iframe src=z></iframe>",
        ] {
            let tree = parsed(page);
            let again = parsed(&write(&tree, &mut Nothing));
            assert_eq!(again.html(), tree.html(), "{page}");
            assert_eq!(again.quirks_mode, tree.quirks_mode, "{page}");
        }
    }

    #[test]
    fn no_text_name_or_value_becomes_markup() {
        for page in [
            "<p title='</p><b>'>&lt;b>",
            "<xmp></p><b></xmp>",
            "<a<b c>text</a<b>",
            "<p \"<b>=x>text",
            "<noscript><p title='</noscript><b>'></noscript>",
            "<title>&lt;/title>&lt;b></title>",
            "<iframe></p><b></iframe><noembed><b></noembed>",
            "<p>a<plaintext><b>",
        ] {
            let written = write(&parsed(page), &mut Nothing);
            let again = parsed(&written);
            let bold = again.tree.nodes().filter_map(|node| node.value().as_element()).any(|e| e.name() == "b");
            assert!(!bold, "{page}: {written}");
        }
    }

    #[test]
    fn no_script_and_no_comment_is_written() {
        let written =
            write(&parsed("<!--x--><script>a()</script><svg><script>b()</script></svg><p>text"), &mut Nothing);
        assert_eq!(written, "<html><head></head><body><svg></svg><p>text</p></body></html>");
    }
}
