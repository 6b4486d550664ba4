//! What a person wrote for a site: CSS selectors that win over the extractor. Nothing here guesses.

use std::collections::HashSet;

use ego_tree::NodeId;
use scraper::{ElementRef, Html, Selector};

use crate::article::Metadata;
use crate::error::Error;
use crate::options::SiteRules;

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
        if let Some(title) = self.title.iter().find_map(|selector| texts(tree, selector).into_iter().next()) {
            metadata.title = Some(title);
        }
        let authors: Vec<String> = self.author.iter().flat_map(|selector| texts(tree, selector)).collect();
        if !authors.is_empty() {
            metadata.authors = authors;
        }
        let date = self.date.iter().find_map(|selector| tree.select(selector).find_map(date_of));
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

fn fold(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The texts of what a selector finds; a `<meta>` gives its content.
fn texts(tree: &Html, selector: &Selector) -> Vec<String> {
    tree.select(selector)
        .map(|element| match element.attr("content") {
            Some(content) if element.value().name() == "meta" => fold(content),
            _ => fold(&element.text().collect::<String>()),
        })
        .filter(|text| !text.is_empty())
        .collect()
}

fn date_of(element: ElementRef<'_>) -> Option<String> {
    let value = element
        .attr("datetime")
        .or_else(|| element.attr("content"))
        .map_or_else(|| fold(&element.text().collect::<String>()), fold);
    (!value.is_empty()).then_some(value)
}
