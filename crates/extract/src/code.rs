//! What a page says of its code: the language, in the manners of the usual highlighters, and which parts of a listing are
//! not code (line numbers, buttons).

use ego_tree::NodeId;
use scraper::Html;

use crate::family;
use crate::walk;

/// Bytes of a column of line numbers.
const GUTTER_MAX: usize = 64 << 10;

/// Languages that are named by a bare class, as highlighters write it.
const KNOWN: &[&str] = &[
    "bash",
    "c",
    "clojure",
    "cpp",
    "csharp",
    "css",
    "dart",
    "diff",
    "dockerfile",
    "elixir",
    "erlang",
    "go",
    "graphql",
    "groovy",
    "haskell",
    "html",
    "ini",
    "java",
    "javascript",
    "js",
    "json",
    "jsx",
    "kotlin",
    "latex",
    "less",
    "lisp",
    "lua",
    "makefile",
    "markdown",
    "matlab",
    "nginx",
    "objectivec",
    "ocaml",
    "perl",
    "php",
    "powershell",
    "python",
    "r",
    "ruby",
    "rust",
    "sass",
    "scala",
    "scheme",
    "scss",
    "shell",
    "sh",
    "sql",
    "swift",
    "toml",
    "ts",
    "tsx",
    "typescript",
    "vim",
    "xml",
    "yaml",
    "yml",
];

/// The language a code block names: `class="language-rust"`, `lang-rust`, `highlight-source-rust`, `hljs rust`,
/// `brush: rust`, `data-lang` and the like, on the block itself, the element within or those around.
pub(crate) fn language(tree: &Html, id: NodeId) -> Option<String> {
    let within = family::children(tree, id).take(1);
    let around = family::around(tree, id, 6);
    std::iter::once(id).chain(within).chain(around).find_map(|at| named_by(tree, at, at == id))
}

fn named_by(tree: &Html, id: NodeId, is_block: bool) -> Option<String> {
    for name in ["data-lang", "data-language", "data-enlighter-language", "data-code-language", "lang"] {
        let telling = name != "lang" || (is_block && matches!(walk::name_of(tree, id), "pre" | "code"));
        let value = walk::attr_of(tree, id, name).map(str::trim).filter(|value| telling && is_language(value));
        if let Some(language) = value {
            // A human language of two letters is none of code's, but for the few that have such names.
            if name != "lang" || language.len() > 2 || KNOWN.contains(&language) {
                return Some(language.to_lowercase());
            }
        }
    }
    let classes: Vec<&str> = family::classes(tree, id).collect();
    let has = |wanted: &[&str]| classes.iter().any(|class| wanted.contains(class));
    let listing =
        has(&["hljs", "sourceCode", "highlight", "src", "prettyprint", "shiki", "chroma", "codehilite", "brush:"]);
    for class in &classes {
        for prefix in [
            "language-",
            "lang-",
            "highlight-source-",
            "highlight-text-",
            "brush:",
            "sourceCode-",
            "src-",
            "highlight-",
        ] {
            // Sphinx writes `highlight-python notranslate`; alone, `highlight-box` is a name like any other.
            let telling = match prefix {
                "highlight-" => has(&["notranslate"]),
                "src-" => has(&["src"]),
                _ => true,
            };
            let language = class.strip_prefix(prefix).map(|value| value.trim_end_matches(';'));
            if let Some(language) = language.filter(|value| telling && is_language(value)) {
                return Some(language.to_lowercase());
            }
        }
    }
    let bare = classes.iter().map(|class| class.trim_end_matches(';')).find(|class| KNOWN.contains(class));
    let is_code = matches!(walk::name_of(tree, id), "pre" | "code");
    bare.filter(|_| listing || is_code).map(str::to_owned)
}

fn is_language(value: &str) -> bool {
    !value.is_empty()
        && value.len() <= 20
        && value.chars().all(|c| c.is_ascii_alphanumeric() || "+#-_.".contains(c))
        && !matches!(
            value,
            "default" | "none" | "plain" | "plaintext" | "nohighlight" | "no-highlight" | "undefined" | "auto"
        )
}

/// Whether an element in a listing shows line numbers or is a control, and no code.
pub(crate) fn is_no_code(tree: &Html, id: NodeId) -> bool {
    if family::is(tree, id, "button") {
        return true;
    }
    let gutter = family::classes(tree, id).any(|class| {
        matches!(
            class,
            "gutter"
                | "linenos"
                | "lineno"
                | "linenodiv"
                | "line-number"
                | "line-numbers"
                | "line-numbers-rows"
                | "linenumber"
                | "rouge-gutter"
                | "gl"
                | "blob-num"
                | "hljs-ln-numbers"
                | "hljs-ln-n"
                | "ln"
                | "lnt"
                | "line_numbers"
                | "CodeMirror-linenumber"
        )
    });
    let is_number = |c: char| c.is_ascii_digit() || c.is_whitespace() || matches!(c, '|' | ':' | '.');
    gutter && family::short_text(tree, id, GUTTER_MAX).is_some_and(|text| text.chars().all(is_number))
}

/// Whether a table is a listing with a row for each line, as code hosts write it.
pub(crate) fn is_listing(tree: &Html, table: NodeId) -> bool {
    family::within(tree, table).take(12).any(|inner| {
        family::is(tree, inner, "td")
            && family::classes(tree, inner).any(|class| matches!(class, "blob-code" | "js-file-line" | "line-content"))
    })
}

/// Whether a `<code>` outside of `<pre>` holds lines of its own: the only thing in its block, with line ends in its text.
pub(crate) fn is_block(tree: &Html, id: NodeId) -> bool {
    let Some(node) = tree.tree.get(id) else { return false };
    let alone = node
        .prev_siblings()
        .chain(node.next_siblings())
        .all(|sibling| sibling.value().as_text().map_or(!sibling.value().is_element(), |text| text.trim().is_empty()));
    let Some(parent) = family::parent(tree, id).filter(|_| alone) else { return false };
    if !matches!(walk::name_of(tree, parent), "div" | "figure" | "section" | "p" | "td" | "li") {
        return false;
    }
    let text = family::text(tree, id);
    text.lines().filter(|line| !line.trim().is_empty()).count() >= 3
}
