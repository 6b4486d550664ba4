//! Formulas in the shapes pages have them: MathML, KaTeX and MathJax (which both write a formula twice or more), TeX in
//! scripts, in the text alternative of an image, or between `\(` and `\)`. It finds the one TeX source behind each.

use ego_tree::NodeId;
use memchr::memchr2;
use scraper::Html;

use crate::article::Inline;
use crate::family;
use crate::mathml;
use crate::walk;

/// Longer formulas are none.
const TEX_MAX: usize = 4_000;

/// The formula that an element is, with all its copies.
pub(crate) fn of_element(tree: &Html, id: NodeId) -> Option<Inline> {
    let name = walk::name_of(tree, id);
    match name {
        "math" => {
            let display = walk::attr_of(tree, id, "display") == Some("block")
                || walk::attr_of(tree, id, "mode") == Some("display");
            formula(&tex_of_math(tree, id)?, display)
        }
        "mjx-container" => {
            let display = walk::attr_of(tree, id, "display") == Some("true");
            formula(&math_within(tree, id)?, display)
        }
        "span" | "div" | "p" | "figure" => {
            let class = walk::attr_of(tree, id, "class").filter(|class| may_name_a_formula(class))?;
            if !(class.contains("ath") || class.contains("katex") || class.contains("mwe-") || class.contains("MJX")) {
                return None;
            }
            classes(tree, id)
        }
        _ => None,
    }
}

/// Whether any of the names of formulas may stand in a class: cheap, and rules nearly all out.
fn may_name_a_formula(class: &str) -> bool {
    let telling = |three: &[u8]| matches!(three, b"ath" | b"kat" | b"mwe" | b"MJX" | b"mjx");
    class.as_bytes().windows(3).any(telling)
}

/// What the class of an element says of it.
fn classes(tree: &Html, id: NodeId) -> Option<Inline> {
    for class in family::classes(tree, id) {
        match class {
            "katex" | "katex-display" => {
                return formula(&math_within(tree, id)?, class == "katex-display" || in_display(tree, id));
            }
            "mwe-math-element" => {
                let image = || family::within(tree, id).find_map(|inner| walk::attr_of(tree, inner, "alt"));
                let tex = math_within(tree, id).or_else(|| image().map(str::to_owned))?;
                let display =
                    family::has_class(tree, id, "mwe-math-element-block") || tex.starts_with("{\\displaystyle\n");
                return formula(&tex, display);
            }
            "MathJax" | "MathJax_SVG" | "MathJax_CHTML" | "mjx-chtml" if !before_script(tree, id) => {
                return formula(&math_within(tree, id)?, in_display(tree, id));
            }
            // pandoc and many static site generators: TeX for a script to find.
            "math" | "arithmatex" => {
                let text = family::short_text(tree, id, 2 * TEX_MAX)?;
                let (tex, display) = between_signs(text.trim())?;
                return formula(tex, display);
            }
            _ => {}
        }
    }
    None
}

/// Whether an element is a copy of the formula that the script after it holds.
pub(crate) fn is_copy(tree: &Html, id: NodeId) -> bool {
    let class = walk::attr_of(tree, id, "class").filter(|class| may_name_a_formula(class)).unwrap_or("");
    (class.contains("MathJax") || class.contains("MJX") || class.contains("mjx-chtml")) && before_script(tree, id)
}

fn before_script(tree: &Html, id: NodeId) -> bool {
    let mut next = family::next(tree, id);
    for _ in 0..3 {
        match next {
            Some(at) if is_script(tree, at) => return true,
            Some(at) if walk::attr_of(tree, at, "class").is_some_and(|class| class.contains("MathJax")) => {
                next = family::next(tree, at);
            }
            _ => return false,
        }
    }
    false
}

/// Whether an element is a script that holds TeX.
pub(crate) fn is_script(tree: &Html, id: NodeId) -> bool {
    family::is(tree, id, "script")
        && walk::attr_of(tree, id, "type").is_some_and(|kind| kind.trim_start().starts_with("math/tex"))
}

/// The formula in a script of type `math/tex`.
pub(crate) fn of_script(tree: &Html, id: NodeId) -> Option<Inline> {
    let kind = walk::attr_of(tree, id, "type")?;
    formula(&family::short_text(tree, id, 2 * TEX_MAX)?, kind.contains("mode=display"))
}

/// The formula that an image shows.
pub(crate) fn of_image(tree: &Html, id: NodeId) -> Option<Inline> {
    let alt = walk::attr_of(tree, id, "alt").filter(|alt| !alt.trim().is_empty())?;
    let src = walk::attr_of(tree, id, "src").unwrap_or("");
    let mut display = false;
    let mut telling =
        ["latex.php?", "/latex/", "latex.codecogs.com", "/media/math/render/", "chart.googleapis.com/chart?cht=tx"]
            .iter()
            .any(|part| src.contains(part));
    for class in family::classes(tree, id) {
        match class {
            "latex" | "tex" | "mwe-math-fallback-image-inline" | "ql-img-inline-formula" | "texrender" => {
                telling = true;
            }
            "mwe-math-fallback-image-display" | "ql-img-displayed-equation" => (telling, display) = (true, true),
            _ => {}
        }
    }
    if !telling {
        return None;
    }
    let alt = alt.trim();
    let (tex, set) = between_signs(alt).unwrap_or((alt, false));
    formula(tex, display || set)
}

/// Splits a text at the formulas that stand in it between `\(` and `\)`, `\[` and `\]`, or `$$` and `$$`, as MathJax reads
/// them. `None` where there are none.
pub(crate) fn split(text: &str) -> Option<Vec<Inline>> {
    memchr2(b'\\', b'$', text.as_bytes())?;
    if !text.contains("\\(") && !text.contains("\\[") && !text.contains("$$") {
        return None;
    }
    let mut out = Vec::new();
    let mut rest = text;
    let mut from = 0;
    while let Some(found) = rest[from..].find(['\\', '$']) {
        let at = from + found;
        from = at + 1;
        let signs = [("\\(", "\\)"), ("\\[", "\\]"), ("$$", "$$")];
        let Some((open, close)) = signs.into_iter().find(|(open, _)| rest[at..].starts_with(open)) else { continue };
        // A sign that nothing ends is text, and so is what follows.
        let Some(length) = rest[at + open.len()..].find(close) else { break };
        let inner = &rest[at + open.len()..at + open.len() + length];
        let Some(formula) = formula(inner, close != "\\)") else { break };
        if at > 0 {
            out.push(Inline::Text { text: rest[..at].to_owned() });
        }
        out.push(formula);
        rest = &rest[at + open.len() + length + close.len()..];
        from = 0;
    }
    if out.is_empty() {
        return None;
    }
    if !rest.is_empty() {
        out.push(Inline::Text { text: rest.to_owned() });
    }
    Some(out)
}

fn between_signs(text: &str) -> Option<(&str, bool)> {
    for (open, close, display) in [("\\(", "\\)", false), ("\\[", "\\]", true), ("$$", "$$", true), ("$", "$", false)] {
        let inner = text.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
        if let Some(inner) = inner {
            return Some((inner, display));
        }
    }
    None
}

fn formula(tex: &str, display: bool) -> Option<Inline> {
    let mut tex = tex.trim();
    if tex.len() > TEX_MAX {
        return None;
    }
    // MediaWiki wraps every formula in a group that sets its style.
    for style in ["{\\displaystyle", "{\\textstyle"] {
        let inner = tex.strip_prefix(style).and_then(|rest| rest.strip_suffix('}'));
        if let Some(inner) = inner.filter(|inner| is_balanced(inner)) {
            tex = inner.trim();
        }
    }
    // Controls separate as white space does.
    let words = tex.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let tex = words.collect::<Vec<_>>().join(" ");
    (!tex.is_empty()).then_some(Inline::Formula { tex, display })
}

fn is_balanced(tex: &str) -> bool {
    let mut open = 0i32;
    for c in tex.chars() {
        open += i32::from(c == '{') - i32::from(c == '}');
        if open < 0 {
            return false;
        }
    }
    open == 0
}

fn in_display(tree: &Html, id: NodeId) -> bool {
    family::around(tree, id, 2).any(|around| {
        family::classes(tree, around)
            .any(|class| matches!(class, "katex-display" | "MathJax_Display" | "MathJax_SVG_Display"))
    })
}

fn math_within(tree: &Html, id: NodeId) -> Option<String> {
    let math = family::within(tree, id).find(|inner| family::is(tree, *inner, "math"))?;
    tex_of_math(tree, math)
}

/// The TeX of a `<math>`: as it was written where that is annotated, else made from the MathML.
fn tex_of_math(tree: &Html, math: NodeId) -> Option<String> {
    let annotation = family::within(tree, math).find(|inner| {
        let encoding = walk::attr_of(tree, *inner, "encoding").unwrap_or("").to_ascii_lowercase();
        family::is(tree, *inner, "annotation") && (encoding.contains("tex"))
    });
    let written = annotation.and_then(|annotation| family::short_text(tree, annotation, 2 * TEX_MAX));
    let alternative = || walk::attr_of(tree, math, "alttext").map(str::to_owned);
    let tex = written.or_else(alternative).filter(|tex| !tex.trim().is_empty());
    tex.or_else(|| mathml::tex(tree, math)).filter(|tex| !tex.is_empty())
}
