//! PURE: the tags and the text of a page as they come, without a tree. html5ever's tokenizer does the reading, entities undone;
//! what is text and no markup, which a tree would tell it, is told it here.

use std::cell::RefCell;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use html5ever::{LocalName, local_name};

/// Who is told of a page's tags and text, in order.
pub(in crate::discover) trait Heard {
    /// A start tag; its name and those of its attributes are in lower case.
    fn start(&mut self, tag: &Tag);
    /// An end tag.
    fn end(&mut self, name: &LocalName);
    /// A piece of text, of a script or style sheet, too.
    fn text(&mut self, text: &str);
}

/// Reads a page to its end, whatever is wrong with it.
pub(in crate::discover) fn read<H: Heard>(html: &str, heard: H) -> H {
    let tokenizer = Tokenizer::new(Sink(RefCell::new(heard)), TokenizerOpts::default());
    let queue = BufferQueue::default();
    queue.push_back(StrTendril::from_slice(html));
    // It stops at each end of a script and at a charset; what is left is still in the queue.
    while !queue.is_empty() {
        let _ = tokenizer.feed(&queue);
    }
    tokenizer.end();
    tokenizer.sink.0.into_inner()
}

/// Takes tokens from the tokenizer, which wants its sink unchangeable.
struct Sink<H>(RefCell<H>);

impl<H: Heard> TokenSink for Sink<H> {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut heard = self.0.borrow_mut();
        match token {
            Token::CharacterTokens(text) => heard.text(&text),
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => {
                heard.start(&tag);
                return content_of(&tag.name);
            }
            Token::TagToken(tag) => heard.end(&tag.name),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

/// What is inside these is text, and no tag. (`noscript` is read: without scripts its content is the page's.)
fn content_of(name: &LocalName) -> TokenSinkResult<()> {
    match *name {
        local_name!("script") => TokenSinkResult::RawData(RawKind::ScriptData),
        local_name!("style")
        | local_name!("xmp")
        | local_name!("iframe")
        | local_name!("noembed")
        | local_name!("noframes") => TokenSinkResult::RawData(RawKind::Rawtext),
        local_name!("title") | local_name!("textarea") => TokenSinkResult::RawData(RawKind::Rcdata),
        local_name!("plaintext") => TokenSinkResult::Plaintext,
        _ => TokenSinkResult::Continue,
    }
}
