//! Presentation MathML to TeX (MathML 3, chapter 3): the elements that formulas on the web are made of. What it does not
//! know it passes by, so that no symbol is lost.

use ego_tree::NodeId;
use scraper::{Html, Node};

use crate::family;
use crate::walk;

/// How deep elements may stand in each other.
const DEPTH_MAX: usize = 60;
/// A `<math>` of more nodes, or of more text, is none; each of many elements around it may ask.
const NODES_MAX: usize = 20_000;
const BYTES_MAX: usize = 64 << 10;

/// A `<math>` element as TeX; empty where it holds nothing, `None` where it is too large to be a formula.
pub(crate) fn tex(tree: &Html, math: NodeId) -> Option<String> {
    let (mut nodes, mut bytes) = (0, 0);
    let is_formula = tree.tree.get(math)?.descendants().all(|inner| {
        nodes += 1;
        bytes += inner.value().as_text().map_or(0, |text| text.text.len());
        nodes <= NODES_MAX && bytes <= BYTES_MAX
    });
    if !is_formula {
        return None;
    }
    let mut out = String::new();
    inner(tree, math, DEPTH_MAX, &mut out);
    Some(out.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn inner(tree: &Html, id: NodeId, depth: usize, out: &mut String) {
    let Some(node) = tree.tree.get(id) else { return };
    for child in node.children() {
        match child.value() {
            Node::Text(text) => out.push_str(&text.text),
            Node::Element(_) if depth > 0 => element(tree, child.id(), depth - 1, out),
            _ => {}
        }
    }
}

fn element(tree: &Html, id: NodeId, depth: usize, out: &mut String) {
    let parts: Vec<NodeId> = family::children(tree, id).collect();
    let part = |at: usize| group(tree, parts.get(at).copied(), depth);
    match walk::name_of(tree, id) {
        "annotation" | "annotation-xml" | "mphantom" | "script" | "style" => {}
        "mi" => identifier(&family::text(tree, id), out),
        "mo" | "mn" => symbol(family::text(tree, id).trim(), out),
        "mtext" | "ms" => push(out, &["\\text{", family::text(tree, id).trim(), "}"]),
        "mspace" => out.push_str("\\ "),
        "msup" => push(out, &[&part(0), "^", &part(1)]),
        "msub" => push(out, &[&part(0), "_", &part(1)]),
        "msubsup" => push(out, &[&part(0), "_", &part(1), "^", &part(2)]),
        "munder" => push(out, &[&under(&part(0)), "_", &part(1)]),
        "mover" => over(&part(0), &part(1), out),
        "munderover" => push(out, &[&under(&part(0)), "_", &part(1), "^", &part(2)]),
        "mfrac" => push(out, &["\\frac", &part(0), &part(1)]),
        "msqrt" => {
            let mut content = String::new();
            inner(tree, id, depth, &mut content);
            push(out, &["\\sqrt{", content.trim(), "}"]);
        }
        "mroot" => push(out, &["\\sqrt[", part(1).trim_matches(['{', '}']), "]", &part(0)]),
        "mfenced" => fenced(tree, id, depth, out),
        "mtable" => table(tree, &parts, depth, out),
        _ => inner(tree, id, depth, out),
    }
}

fn push(out: &mut String, pieces: &[&str]) {
    for piece in pieces {
        out.push_str(piece);
    }
}

/// An element in braces.
fn group(tree: &Html, id: Option<NodeId>, depth: usize) -> String {
    let mut content = String::new();
    if let Some(id) = id.filter(|_| depth > 0) {
        element(tree, id, depth - 1, &mut content);
    }
    format!("{{{}}}", content.trim())
}

/// Large operators take limits without braces.
fn under(base: &str) -> String {
    let bare = base.trim_matches(['{', '}']).trim();
    if bare.starts_with('\\') || bare.chars().count() == 1 { bare.to_owned() } else { base.to_owned() }
}

fn over(base: &str, above: &str, out: &mut String) {
    let accent = match above.trim_matches(['{', '}']).trim() {
        "¯" | "‾" | "―" | "_" => "\\overline",
        "^" | "\\hat" | "ˆ" => "\\hat",
        "→" | "⃗" | "\\to" => "\\vec",
        "~" | "˜" => "\\tilde",
        "˙" | "." => "\\dot",
        "¨" => "\\ddot",
        "⏞" => "\\overbrace",
        _ => return push(out, &["\\overset", above, base]),
    };
    push(out, &[accent, base]);
}

fn fenced(tree: &Html, id: NodeId, depth: usize, out: &mut String) {
    let attribute = |name, or| walk::attr_of(tree, id, name).unwrap_or(or);
    let parts: Vec<String> = family::children(tree, id).map(|child| group(tree, Some(child), depth)).collect();
    symbol(attribute("open", "("), out);
    out.push_str(&parts.join(attribute("separators", ",").trim()));
    symbol(attribute("close", ")"), out);
}

fn table(tree: &Html, rows: &[NodeId], depth: usize, out: &mut String) {
    let cell = |id: NodeId| {
        let mut content = String::new();
        inner(tree, id, depth, &mut content);
        content.trim().to_owned()
    };
    let row = |id: &NodeId| family::children(tree, *id).map(cell).collect::<Vec<_>>().join(" & ");
    let rows: Vec<String> = rows.iter().map(row).collect();
    push(out, &["\\begin{matrix} ", &rows.join(" \\\\ "), " \\end{matrix}"]);
}

/// A name: one letter stands for itself, more are a function.
fn identifier(text: &str, out: &mut String) {
    let text = text.trim();
    if text.chars().count() < 2 {
        return symbol(text, out);
    }
    match text {
        "sin" | "cos" | "tan" | "log" | "ln" | "exp" | "lim" | "max" | "min" | "sup" | "inf" | "det" | "gcd"
        | "arg" => {
            push(out, &["\\", text, " "]);
        }
        _ => push(out, &["\\mathrm{", text, "}"]),
    }
}

/// Operators, numbers and letters: what TeX reads as markup is escaped, invisible operators say nothing, the rest stands for
/// itself as it does in every engine that reads Unicode.
fn symbol(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '\u{2061}'..='\u{2064}' | '\u{200b}' => {}
            '{' | '}' | '%' | '#' | '&' | '$' | '_' => push(out, &["\\", &c.to_string()]),
            '\\' => out.push_str("\\setminus "),
            '∑' => out.push_str("\\sum "),
            '∏' => out.push_str("\\prod "),
            '∫' => out.push_str("\\int "),
            '∞' => out.push_str("\\infty "),
            '−' => out.push('-'),
            '⋅' => out.push_str("\\cdot "),
            '×' => out.push_str("\\times "),
            '≤' => out.push_str("\\le "),
            '≥' => out.push_str("\\ge "),
            '≠' => out.push_str("\\ne "),
            '→' => out.push_str("\\to "),
            '\u{a0}' => out.push(' '),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tex_of(html: &str) -> String {
        let tree = crate::tree::parse(html, &crate::options::Limits::default());
        let math =
            tree.tree.nodes().find(|node| node.value().as_element().is_some_and(|element| element.name() == "math"));
        math.and_then(|math| tex(&tree, math.id())).unwrap_or_default()
    }

    #[test]
    fn fractions_roots_and_limits_become_tex() {
        for (mathml, wanted) in [
            ("<msup><mi>x</mi><mn>2</mn></msup><mo>+</mo><mn>1</mn>", "{x}^{2}+1"),
            ("<mfrac><mi>a</mi><msqrt><mi>b</mi><mo>−</mo><mn>1</mn></msqrt></mfrac>", "\\frac{a}{\\sqrt{b-1}}"),
            (
                "<munderover><mo>∑</mo><mi>i</mi><mi>n</mi></munderover><msub><mi>a</mi><mi>i</mi></msub>",
                "\\sum_{i}^{n}{a}_{i}",
            ),
            ("<mi>sin</mi><mo>\u{2061}</mo><mi>φ</mi>", "\\sin φ"),
            (
                "<mtable><mtr><mtd><mn>1</mn></mtd><mtd><mn>0</mn></mtd></mtr></mtable>",
                "\\begin{matrix} 1 & 0 \\end{matrix}",
            ),
        ] {
            assert_eq!(tex_of(&format!("<p><math>{mathml}</math>")), wanted);
        }
    }
}
