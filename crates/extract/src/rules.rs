//! What a person wrote for a site: CSS selectors that win over the extractor. Nothing here guesses.

use std::collections::HashSet;

use ego_tree::NodeId;
use scraper::{ElementRef, Html, Selector};

use crate::article::Metadata;
use crate::error::Error;
use crate::metadata::text::{fold, push_folded};
use crate::options::SiteRules;

/// Elements that a selector of `title`, `author` or `date` is followed to. They may stand within each other, and the text of
/// each is read.
const FOLLOWED_MAX: usize = 100;
/// Bytes of a title, a name or a date.
const TEXT_BYTES_MAX: usize = 4096;

/// Rules whose selectors have been read.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    content: Vec<Selector>,
    remove: Vec<Selector>,
    title: Vec<Selector>,
    author: Vec<Selector>,
    date: Vec<Selector>,
}

impl Rules {
    /// Reads the selectors; the first that is none is the error.
    pub(crate) fn parse(rules: &SiteRules) -> Result<Self, Error> {
        Ok(Self {
            content: selectors("content", &rules.content)?,
            remove: selectors("remove", &rules.remove)?,
            title: selectors("title", &rules.title)?,
            author: selectors("author", &rules.author)?,
            date: selectors("date", &rules.date)?,
        })
    }

    /// Takes what `title`, `author` and `date` select over what the page says.
    pub(crate) fn correct(&self, tree: &Html, metadata: &mut Metadata) {
        if let Some(title) = self.title.iter().find_map(|selector| texts(tree, selector).next()) {
            metadata.title = Some(title);
        }
        let authors: Vec<String> = self.author.iter().flat_map(|selector| texts(tree, selector)).collect();
        if !authors.is_empty() {
            metadata.authors = authors;
        }
        let date = self.date.iter().find_map(|selector| tree.select(selector).take(FOLLOWED_MAX).find_map(date_of));
        if let Some(date) = date {
            metadata.published = Some(date);
        }
    }

    /// Takes out of the tree what `remove` selects.
    pub(crate) fn prune(&self, tree: &mut Html) {
        let doomed: Vec<NodeId> = self
            .remove
            .iter()
            .flat_map(|selector| tree.select(selector).map(|element| element.id()).collect::<Vec<_>>())
            .collect();
        for id in doomed {
            if let Some(mut node) = tree.tree.get_mut(id) {
                node.detach();
            }
        }
    }

    /// The elements that `content` selects; `None` where the matter is left to the extractor.
    pub(crate) fn content(&self, tree: &Html) -> Option<HashSet<NodeId>> {
        let chosen: HashSet<NodeId> = self
            .content
            .iter()
            .flat_map(|selector| tree.select(selector).map(|element| element.id()).collect::<Vec<_>>())
            .collect();
        (!chosen.is_empty()).then_some(chosen)
    }
}

fn selectors(rule: &'static str, list: &[String]) -> Result<Vec<Selector>, Error> {
    list.iter()
        .map(|selector| {
            Selector::parse(selector).map_err(|reason| Error::InvalidSelector {
                rule,
                selector: selector.clone(),
                reason: reason.to_string(),
            })
        })
        .collect()
}

/// The texts of what a selector finds; a `<meta>` gives its content.
fn texts<'a>(tree: &'a Html, selector: &'a Selector) -> impl Iterator<Item = String> + 'a {
    let text = |element: ElementRef<'_>| match element.attr("content") {
        Some(content) if element.value().name() == "meta" => fold(content, TEXT_BYTES_MAX),
        _ => text_of(element),
    };
    tree.select(selector).take(FOLLOWED_MAX).map(text).filter(|text| !text.is_empty())
}

fn text_of(element: ElementRef<'_>) -> String {
    let mut out = String::new();
    for piece in element.text() {
        push_folded(&mut out, piece, TEXT_BYTES_MAX);
        // Room for no other letter.
        if out.len() + 4 > TEXT_BYTES_MAX {
            break;
        }
    }
    out.truncate(out.trim_end().len());
    out
}

fn date_of(element: ElementRef<'_>) -> Option<String> {
    let value = element.attr("datetime").or_else(|| element.attr("content"));
    let value = value.map_or_else(|| text_of(element), |value| fold(value, TEXT_BYTES_MAX));
    (!value.is_empty()).then_some(value)
}
