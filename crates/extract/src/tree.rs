//! Text to tree, within limits. Scripting counts as disabled, so that what stands in `<noscript>` is seen; nothing here
//! knows what an article is.

use html5ever::TokenizerResult;
use html5ever::buffer_queue::BufferQueue;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{Tokenizer, TokenizerOpts};
use html5ever::tree_builder::{TreeBuilder, TreeBuilderOpts, TreeSink};
use scraper::{Html, HtmlTreeSink};

use crate::guard::Guard;
use crate::options::Limits;

/// Never more open elements than this, whatever the caller allows: the cost of a tag grows with them.
const OPEN_MAX: usize = 1024;

/// A parsed page.
pub(crate) struct Parsed {
    /// Its tree.
    pub(crate) html: Html,
    /// Whether some of it was left out, being beyond the limits.
    pub(crate) cut: bool,
}

/// Parses a page, leaving out what lies beyond the limits.
pub(crate) fn parse(text: &str, limits: &Limits) -> Parsed {
    let (text, mut cut) = head_of(text, limits.input_bytes_max.min(u32::MAX as usize / 2));
    let options = TreeBuilderOpts { scripting_enabled: false, ..TreeBuilderOpts::default() };
    let builder = TreeBuilder::new(HtmlTreeSink::new(Html::new_document()), options);
    // A page cannot honestly have more nodes than bytes: only formatting elements opened again and again make them.
    let nodes_max = limits.nodes_max.min(text.len() + 1_000);
    let guard = Guard::new(builder, limits.depth_max.clamp(16, OPEN_MAX), nodes_max);
    let tokenizer = Tokenizer::new(guard, TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(text));
    // The tokenizer stops at every `</script>` and `<meta charset>` so that a browser may act on it.
    while !matches!(tokenizer.feed(&input), TokenizerResult::Done) {}
    tokenizer.end();
    cut |= tokenizer.sink.was_cut();
    let html = tokenizer.sink.into_builder().sink.finish();
    Parsed { html, cut }
}

fn head_of(text: &str, bytes_max: usize) -> (&str, bool) {
    if text.len() <= bytes_max {
        return (text, false);
    }
    let end = (0..=bytes_max).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    (&text[..end], true)
}
