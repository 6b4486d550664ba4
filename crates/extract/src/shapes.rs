//! What a block-level element is to the article: by its name, and where the name says nothing, by the classes that the
//! usual generators give to notes, captions and verse.

use ego_tree::NodeId;
use scraper::Html;

use crate::family;
use crate::walk;

/// What an open element gathers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Group,
    Heading(u8),
    List(Option<u32>),
    Item,
    Definitions,
    Term,
    Definition,
    /// The title of a note, the summary of what can be unfolded.
    Label,
    Quote,
    /// A quote that the page sets apart: a note, a warning.
    Aside,
    Code,
    Verse,
    Table,
    /// The header rows of a table.
    Head,
    Row,
    Cell {
        header: bool,
    },
    Caption,
    Figure,
    Figcaption,
    Note,
}

/// What the name of an element says; tables are for the caller to judge.
pub(crate) fn of_name(tree: &Html, id: NodeId) -> Option<Kind> {
    Some(match walk::name_of(tree, id) {
        "h1" => Kind::Heading(1),
        "h2" => Kind::Heading(2),
        "h3" => Kind::Heading(3),
        "h4" => Kind::Heading(4),
        "h5" => Kind::Heading(5),
        "h6" => Kind::Heading(6),
        "ol" => {
            let start = walk::attr_of(tree, id, "start").and_then(|start| start.trim().parse().ok());
            Kind::List(Some(start.unwrap_or(1)))
        }
        "ul" | "menu" | "dir" => Kind::List(None),
        "dl" => Kind::Definitions,
        "summary" => Kind::Label,
        "blockquote" => Kind::Quote,
        "pre" if family::classes(tree, id).any(is_verse) => Kind::Verse,
        "pre" | "listing" | "xmp" => Kind::Code,
        "figure" => Kind::Figure,
        _ => return None,
    })
}

/// What the classes of an element say that has no telling name.
pub(crate) fn of_class(tree: &Html, id: NodeId) -> Option<Kind> {
    if !matches!(walk::name_of(tree, id), "div" | "p" | "aside" | "section" | "td" | "li" | "header") {
        return None;
    }
    let mut classes = family::classes(tree, id);
    classes.find_map(|class| match class {
        "admonition" | "theme-admonition" | "markdown-alert" | "custom-block" | "callout" | "admonitionblock"
        | "notecard" | "starlight-aside" | "admonition-block" | "hint" => Some(Kind::Aside),
        "alert" if family::classes(tree, id).any(|class| class.starts_with("alert-")) => Some(Kind::Aside),
        "admonition-title"
        | "markdown-alert-title"
        | "custom-block-title"
        | "callout-title"
        | "starlight-aside__title"
        | "admonition-heading"
        | "alert-heading"
        | "alert-title" => Some(Kind::Label),
        "wp-caption" | "thumbinner" | "gallerybox" | "image-caption-container" | "captioned-image-container" => {
            Some(Kind::Figure)
        }
        "wp-caption-text" | "thumbcaption" | "gallerytext" | "image-caption" | "img-caption" | "photo-caption" => {
            Some(Kind::Figcaption)
        }
        "title" if family::around(tree, id, 6).any(|around| family::has_class(tree, around, "admonitionblock")) => {
            Some(Kind::Label)
        }
        class if class.starts_with("admonitionHeading") => Some(Kind::Label),
        class if is_verse(class) => Some(Kind::Verse),
        _ => None,
    })
}

fn is_verse(class: &str) -> bool {
    matches!(class, "poem" | "poetry" | "verse" | "stanza" | "wp-block-verse" | "line-block" | "verseblock" | "o-poem")
}

/// Whether an element that stands within the text is none of it: the signs generators put beside headings and notes.
pub(crate) fn is_sign(tree: &Html, id: NodeId) -> bool {
    let mut classes = family::classes(tree, id);
    match walk::name_of(tree, id) {
        "span" => {
            classes.any(|class| matches!(class, "mw-editsection" | "mw-cite-backlink" | "cite-accessibility-label"))
        }
        "a" => {
            classes.any(|class| {
                matches!(
                    class,
                    "headerlink" | "hash-link" | "header-anchor" | "anchorjs-link" | "heading-anchor" | "anchor-link"
                )
            }) && walk::attr_of(tree, id, "href").is_some_and(|href| href.contains('#'))
                && family::short_text(tree, id, 60).is_some_and(|text| text.trim().chars().count() <= 2)
        }
        "button" => family::around(tree, id, 3).any(|around| family::is(tree, around, "pre")),
        _ => false,
    }
}

/// Whether the lines of an element's text are lines of what is shown (`white-space: pre-line` and the like).
pub(crate) fn keeps_lines(tree: &Html, id: NodeId) -> bool {
    let Some(style) = walk::attr_of(tree, id, "style") else { return false };
    style.split(';').filter_map(|rule| rule.split_once(':')).any(|(name, value)| {
        name.trim().eq_ignore_ascii_case("white-space")
            && (value.trim().starts_with("pre") || value.trim() == "break-spaces")
    })
}

/// The box of a task, where an item of a list is one.
pub(crate) fn checkbox(tree: &Html, item: NodeId) -> Option<bool> {
    let input = family::within(tree, item).take(3).find(|inner| family::is(tree, *inner, "input"))?;
    let is_box = walk::attr_of(tree, input, "type").is_some_and(|kind| kind.eq_ignore_ascii_case("checkbox"));
    let is_task = walk::attr_of(tree, input, "disabled").is_some()
        || family::classes(tree, item).any(|class| class.contains("task"));
    (is_box && is_task).then(|| walk::attr_of(tree, input, "checked").is_some())
}
