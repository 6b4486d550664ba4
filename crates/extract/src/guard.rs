//! A sink between html5ever's tokenizer and its tree builder that bounds what a page may cost: elements open at once (the
//! tree builder searches that stack for every tag, so deep nesting is quadratic) and nodes of the tree (formatting elements
//! are opened again in every paragraph, so a small page can make millions). It drops tags; it changes none.

use std::cell::Cell;

use ego_tree::NodeId;
use html5ever::tokenizer::{Tag, TagKind, Token, TokenSink, TokenSinkResult};
use html5ever::tree_builder::{Tracer, TreeBuilder};
use html5ever::{LocalName, local_name};
use scraper::HtmlTreeSink;

/// The tree builder behind its guard.
pub(crate) struct Guard {
    builder: TreeBuilder<NodeId, HtmlTreeSink>,
    open_max: usize,
    nodes_max: usize,
    /// Open elements (and formatting elements waiting to be opened again) when they were last counted.
    counted: Cell<usize>,
    /// Start tags passed on since.
    since: Cell<usize>,
    /// Whether an end tag was passed on since.
    closed: Cell<bool>,
    /// Tags of `html` and `body` passed on.
    roots: Cell<usize>,
    /// Open elements, added up over the tags that met many of them: what the tree builder may have had to search.
    searched: Cell<usize>,
    searched_max: usize,
}

/// So many open elements are not counted as a search: pages that mean well have them.
const SHALLOW: usize = 64;
/// Open elements that may be searched for each byte of the page. A page that has three hundred fonts open all the way comes
/// to half of it.
const SEARCHED_A_BYTE: usize = 16;

/// More tags of `html` and `body` than this are dropped: each is compared with all attributes of those before it.
const ROOTS_MAX: usize = 32;

impl Guard {
    /// `bytes` is the length of the page.
    pub(crate) fn new(
        builder: TreeBuilder<NodeId, HtmlTreeSink>,
        open_max: usize,
        nodes_max: usize,
        bytes: usize,
    ) -> Self {
        Self {
            builder,
            open_max,
            nodes_max,
            counted: Cell::new(0),
            since: Cell::new(0),
            closed: Cell::new(false),
            roots: Cell::new(0),
            searched: Cell::new(0),
            searched_max: SEARCHED_A_BYTE * bytes + 1_000_000,
        }
    }

    /// The tree builder, for its tree.
    pub(crate) fn into_builder(self) -> TreeBuilder<NodeId, HtmlTreeSink> {
        self.builder
    }

    fn is_full(&self) -> bool {
        self.builder.sink.0.borrow().tree.nodes().len() >= self.nodes_max
    }

    /// Whether one more element may be opened. Counting walks the stack, so it is done only when the tags seen since the last
    /// count could have filled it: a tag opens at most four elements, and each formatting element counts twice.
    fn has_room(&self) -> bool {
        let most = 2 * (self.counted.get() + 4 * self.since.get());
        let may_differ = self.since.get() > 0 || self.closed.get();
        if most >= self.open_max && may_differ {
            let counter = Counter(Cell::new(0));
            self.builder.trace_handles(&counter);
            self.counted.set(counter.0.get());
            self.since.set(0);
            self.closed.set(false);
        }
        self.counted.get() < self.open_max
    }

    /// Takes note of a tag that the tree builder will search the open elements for.
    fn searches(&self) {
        if self.counted.get() > SHALLOW {
            self.searched.set(self.searched.get() + self.counted.get());
        }
    }

    /// Whether so much has been searched that the rest of the page is taken as text.
    fn is_exhausted(&self) -> bool {
        self.searched.get() > self.searched_max
    }

    fn is_root_too_many(&self, name: &LocalName) -> bool {
        if !matches!(*name, local_name!("html") | local_name!("body")) {
            return false;
        }
        self.roots.set(self.roots.get() + 1);
        self.roots.get() > ROOTS_MAX
    }
}

struct Counter(Cell<usize>);

impl Tracer for Counter {
    type Handle = NodeId;

    fn trace_handle(&self, _: &NodeId) {
        self.0.set(self.0.get() + 1);
    }
}

/// End tags that make elements: those two that stand for a pair, and those of formatting elements, whose misnested content is
/// put into copies.
fn is_end_that_makes(name: &LocalName) -> bool {
    matches!(
        *name,
        local_name!("br")
            | local_name!("p")
            | local_name!("a")
            | local_name!("b")
            | local_name!("big")
            | local_name!("code")
            | local_name!("em")
            | local_name!("font")
            | local_name!("i")
            | local_name!("nobr")
            | local_name!("s")
            | local_name!("small")
            | local_name!("strike")
            | local_name!("strong")
            | local_name!("tt")
            | local_name!("u")
    )
}

/// Elements whose text is no markup: they must be let in, or the tokenizer would read a script as tags.
fn is_raw(name: &LocalName) -> bool {
    matches!(
        *name,
        local_name!("script")
            | local_name!("style")
            | local_name!("title")
            | local_name!("textarea")
            | local_name!("xmp")
            | local_name!("iframe")
            | local_name!("noembed")
            | local_name!("noframes")
    )
}

/// Elements that close by themselves: they are let in however deep the page is.
fn is_leaf(name: &LocalName) -> bool {
    is_raw(name)
        || matches!(
            *name,
            local_name!("br")
                | local_name!("img")
                | local_name!("hr")
                | local_name!("wbr")
                | local_name!("input")
                | local_name!("meta")
                | local_name!("link")
                | local_name!("source")
        )
}

impl TokenSink for Guard {
    type Handle = NodeId;

    fn process_token(&self, token: Token, line_number: u64) -> TokenSinkResult<NodeId> {
        match &token {
            Token::TagToken(tag) if self.is_exhausted() && !is_raw(&tag.name) => {
                return TokenSinkResult::Continue;
            }
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => {
                let is_dropped = self.is_full() || self.is_root_too_many(&tag.name);
                if is_dropped || (!is_leaf(&tag.name) && !self.has_room()) {
                    return TokenSinkResult::Continue;
                }
                self.since.set(self.since.get() + 1);
                self.searches();
                if tag.self_closing && tag.name == local_name!("iframe") {
                    // Written as closed, as templates do that know XML. By the standard all that follows would be its raw
                    // text, and a browser only shows the page because it reads no `<noscript>`.
                    let end = Tag { kind: TagKind::EndTag, self_closing: false, attrs: Vec::new(), ..tag.clone() };
                    let _ = self.builder.process_token(token, line_number);
                    return self.builder.process_token(Token::TagToken(end), line_number);
                }
            }
            Token::TagToken(tag) if is_end_that_makes(&tag.name) && self.is_full() => {
                return TokenSinkResult::Continue;
            }
            Token::TagToken(_) => {
                self.closed.set(true);
                self.searches();
            }
            Token::CharacterTokens(_) | Token::CommentToken(_) if self.is_full() => {
                return TokenSinkResult::Continue;
            }
            Token::ParseError(_) => return TokenSinkResult::Continue,
            _ => {}
        }
        self.builder.process_token(token, line_number)
    }

    fn end(&self) {
        self.builder.end();
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.builder.adjusted_current_node_present_but_not_in_html_namespace()
    }
}
