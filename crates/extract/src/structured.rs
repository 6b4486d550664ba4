//! What a page says of itself to machines, as far as it helps to find the content: its titles and description, the kinds
//! named in OpenGraph and JSON-LD, and the body of an article given in JSON-LD.

use std::hash::{DefaultHasher, Hash, Hasher};

use foldhash::HashSet;
use html5ever::local_name;
use scraper::{Html, Node};
use serde_json::Value;

use crate::attributes::attr;
use crate::letters;
use crate::metadata::jsonld;

/// JSON-LD longer than this is not read, in bytes: it is data, not a description of the page.
const JSON_BYTES_MAX: usize = 2 << 20;

/// Hints for the scorer.
#[derive(Debug, Default)]
pub(crate) struct Hints {
    /// The words of the page's titles (`<title>`, `og:title`, the first `<h1>` is added by the scorer).
    pub(crate) title: HashSet<String>,
    /// The words of its description.
    pub(crate) description: HashSet<String>,
    /// `og:type` is an article.
    pub(crate) og_article: bool,
    /// `og:type` is a website, which themes write on whatever is no article.
    pub(crate) og_website: bool,
    /// `og:type` is a product.
    pub(crate) og_product: bool,
    /// JSON-LD names an article, a product, a discussion, a list, a question and answer.
    pub(crate) ld_article: bool,
    pub(crate) ld_product: bool,
    pub(crate) ld_discussion: bool,
    pub(crate) ld_list: bool,
    pub(crate) ld_questions: bool,
    /// What the page calls itself: `og:type`, the first word of its generator, each kind in JSON-LD.
    pub(crate) stamps: Vec<String>,
    /// Runs of four words of the article body in JSON-LD, hashed; empty where there is none.
    pub(crate) body: HashSet<u64>,
}

/// No page is stamped with more kinds.
const STAMPS_MAX: usize = 60;

impl Hints {
    fn stamp(&mut self, word: &str) {
        if self.stamps.len() < STAMPS_MAX && word.len() <= 60 {
            self.stamps.push(word.to_owned());
        }
    }
}

/// Reads the hints of a page.
pub(crate) fn hints(tree: &Html) -> Hints {
    let mut hints = Hints::default();
    for node in tree.tree.nodes() {
        let Node::Element(element) = node.value() else { continue };
        match element.name.local {
            local_name!("title") if hints.title.is_empty() => {
                let text: String =
                    node.children().filter_map(|child| child.value().as_text().map(|text| &*text.text)).collect();
                hints.title.extend(tokens(&text));
            }
            local_name!("meta") => {
                let property = attr(element, &local_name!("property"));
                let name = property.or_else(|| attr(element, &local_name!("name"))).unwrap_or("");
                let content = attr(element, &local_name!("content")).unwrap_or("");
                match name {
                    "og:title" => hints.title.extend(tokens(content)),
                    "description" | "og:description" => hints.description.extend(tokens(content)),
                    "og:type" => {
                        hints.og_article |= content.contains("article") || content == "blog";
                        hints.og_website |= content == "website";
                        hints.og_product |= content.contains("product");
                        hints.stamp(content);
                    }
                    "generator" => hints.stamp(content.split_whitespace().next().unwrap_or("")),
                    _ => {}
                }
            }
            local_name!("script")
                if attr(element, &local_name!("type"))
                    .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/ld+json")) =>
            {
                let text = node.first_child().and_then(|child| child.value().as_text()).map_or("", |text| &*text.text);
                let short = text.len() <= JSON_BYTES_MAX && jsonld::is_readable(text);
                if let Some(value) = short.then(|| serde_json::from_str::<Value>(text.trim()).ok()).flatten() {
                    read_json(&value, &mut hints);
                }
            }
            _ => {}
        }
    }
    hints
}

/// Walks JSON-LD without recursing: serde_json bounds its depth, this its cost.
fn read_json(value: &Value, hints: &mut Hints) {
    let mut waiting = vec![value];
    while let Some(value) = waiting.pop() {
        match value {
            Value::Array(values) => waiting.extend(values),
            Value::Object(fields) => {
                match fields.get("@type") {
                    Some(Value::String(kind)) => read_kind(kind, hints),
                    Some(Value::Array(kinds)) => {
                        for kind in kinds.iter().filter_map(Value::as_str) {
                            read_kind(kind, hints);
                        }
                    }
                    _ => {}
                }
                if let Some(Value::String(body)) = fields.get("articleBody") {
                    hints.body.extend(shingles(body));
                }
                waiting.extend(fields.values().filter(|value| value.is_object() || value.is_array()));
            }
            _ => {}
        }
    }
}

fn read_kind(kind: &str, hints: &mut Hints) {
    let kind = kind.rsplit(['/', ':']).next().unwrap_or(kind);
    hints.stamp(kind);
    match kind {
        "DiscussionForumPosting" | "QAPage" | "SocialMediaPosting" => hints.ld_discussion = true,
        "FAQPage" | "Question" => hints.ld_questions = true,
        "Product" | "ProductGroup" | "Offer" | "AggregateOffer" => hints.ld_product = true,
        "ItemList" | "CollectionPage" | "OfferCatalog" | "SearchResultsPage" => hints.ld_list = true,
        kind if kind.ends_with("Article")
            || matches!(kind, "BlogPosting" | "Report" | "Recipe" | "LiveBlogPosting") =>
        {
            hints.ld_article = true;
        }
        _ => {}
    }
}

/// The words of a text in lower case; an ideograph is a word of its own.
pub(crate) fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    each_token(text, |token| tokens.push(token.to_owned()));
    tokens
}

/// Hands on the words of a text one by one, as [`tokens`] has them.
pub(crate) fn each_token(text: &str, found: impl FnMut(&str)) {
    each_token_by(&mut String::new(), text, found);
}

/// As [`each_token`], with a place to write words anew that serves many texts.
pub(crate) fn each_token_by(word: &mut String, text: &str, mut found: impl FnMut(&str)) {
    word.clear();
    let mut rest = text;
    while !rest.is_empty() {
        let letters = rest.bytes().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let (whole, after) = rest.split_at(letters);
        let ends = after.as_bytes().first().is_none_or(u8::is_ascii);
        // Most words need no writing anew.
        if ends && word.is_empty() && !whole.bytes().any(|byte| byte.is_ascii_uppercase()) {
            if !whole.is_empty() {
                found(whole);
            }
            rest = after.get(1..).unwrap_or("");
            continue;
        }
        let before = word.len();
        word.push_str(whole);
        word[before..].make_ascii_lowercase();
        rest = &rest[letters..];
        let Some(c) = rest.chars().next() else { break };
        rest = &rest[c.len_utf8()..];
        let ideograph = !c.is_ascii() && crate::blocks::is_ideograph(c);
        if !c.is_ascii() && !ideograph && letters::is_alphanumeric(c) {
            word.extend(c.to_lowercase());
            continue;
        }
        if !word.is_empty() {
            found(word);
            word.clear();
        }
        if ideograph {
            found(c.encode_utf8(&mut [0; 4]));
        }
    }
    if !word.is_empty() {
        found(word);
    }
}

/// The runs of four words of a text, hashed; a shorter text is one run.
pub(crate) fn shingles(text: &str) -> Vec<u64> {
    let tokens = tokens(text);
    let hash = |run: &[String]| {
        let mut hasher = DefaultHasher::new();
        run.hash(&mut hasher);
        hasher.finish()
    };
    if tokens.len() < 4 {
        return if tokens.is_empty() { Vec::new() } else { vec![hash(&tokens)] };
    }
    tokens.windows(4).map(hash).collect()
}
