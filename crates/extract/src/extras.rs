//! What the walk passes by and the article keeps: players, media files, and the scripts that hold TeX. Each is found again
//! by the step it follows.

use ego_tree::NodeId;
use foldhash::{HashMap, HashMapExt};
use html5ever::local_name;
use scraper::{Html, Node};

use crate::blocks::Page;
use crate::embeds;
use crate::formulas;
use crate::walk::Step;

/// The node whose step an extra follows, and whether it follows the end of it (else the beginning).
type Anchor = (NodeId, bool);

/// The elements that follow a step, by the index of the step.
#[derive(Debug, Default)]
pub(crate) struct Extras {
    after: HashMap<usize, Vec<NodeId>>,
}

impl Extras {
    /// Those that follow a step, in document order.
    pub(crate) fn after(&self, step: usize) -> &[NodeId] {
        if self.after.is_empty() {
            return &[];
        }
        self.after.get(&step).map_or(&[], Vec::as_slice)
    }

    /// Finds them.
    pub(crate) fn find(page: &Page<'_>) -> Self {
        let mut anchors: HashMap<Anchor, Vec<NodeId>> = HashMap::new();
        for node in page.tree.tree.nodes() {
            let Some(element) = node.value().as_element() else { continue };
            let may_be = match element.name.local {
                local_name!("div") | local_name!("span") | local_name!("a") | local_name!("p") | local_name!("li") => {
                    false
                }
                local_name!("script") => formulas::is_script(page.tree, node.id()),
                ref name => embeds::may_be(name),
            };
            if may_be && let Some(anchor) = anchor(page.tree, node.id()) {
                anchors.entry(anchor).or_default().push(node.id());
            }
        }
        let mut after = HashMap::new();
        if !anchors.is_empty() {
            for (at, step) in page.steps.iter().enumerate() {
                let anchor = match *step {
                    Step::Open(id) | Step::InlineOpen(id) => (id, false),
                    Step::Close(id) | Step::InlineClose(id) | Step::Text(id) | Step::Image(id) => (id, true),
                    Step::Break | Step::Rule => continue,
                };
                if let Some(extras) = anchors.remove(&anchor) {
                    after.insert(at, extras);
                }
            }
        }
        Self { after }
    }
}

/// The step an element follows: the end of what stands before it, else the beginning of what it stands in. Names that the
/// walk gives no step are passed by.
fn anchor(tree: &Html, id: NodeId) -> Option<Anchor> {
    let node = tree.tree.get(id)?;
    let before = node.prev_siblings().take(50).find(|sibling| match sibling.value() {
        Node::Text(_) => true,
        Node::Element(element) => !matches!(
            element.name(),
            "script"
                | "style"
                | "template"
                | "br"
                | "hr"
                | "iframe"
                | "video"
                | "audio"
                | "embed"
                | "object"
                | "input"
                | "svg"
                | "link"
                | "meta"
                | "source"
                | "noembed"
                | "canvas"
                | "select"
                | "textarea"
                | "map"
        ),
        _ => false,
    });
    match before {
        Some(before) => Some((before.id(), true)),
        None => Some((node.parent()?.id(), false)),
    }
}
