//! VALUE: what an extraction gives: metadata, a verdict, and the content as a small tree of blocks. It does not know how it
//! was found nor how it is rendered.

use serde::{Deserialize, Serialize};

use crate::blocks::count_words;
use crate::render;

/// The article of a page, or the reason why there is none.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Article {
    /// Title, authors, dates and what else the page says of itself.
    #[serde(flatten)]
    pub metadata: Metadata,
    /// What kind of page it is.
    pub page_type: PageType,
    /// How likely it is of that kind, from 0 to 1.
    pub page_type_confidence: f32,
    /// Whether this is an article at all.
    pub verdict: Verdict,
    /// How far to trust this answer, from 0 to 1. Of an article: the probability that its text agrees with what a person
    /// would take from the page in at least four words of five (a word F1 of 0.8 or more), fitted on pages of sites that
    /// the model had not seen. Of any other verdict: how clear the signs are; those are too rare to be fitted.
    pub confidence: f32,
    /// What the page says, without its chrome.
    pub content: Vec<Block>,
    /// What readers wrote below it; empty unless asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub comments: Vec<Block>,
}

/// What a page says of itself.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Metadata {
    /// The title of the article, without the site's name.
    pub title: Option<String>,
    /// The people who wrote it, without "By" and roles.
    pub authors: Vec<String>,
    /// When it was published: an ISO 8601 date, with time and offset where the page says so.
    #[serde(rename = "date")]
    pub published: Option<String>,
    /// When it was last changed, written likewise.
    pub modified: Option<String>,
    /// The name of the site.
    #[serde(rename = "site_name")]
    pub site: Option<String>,
    /// The language as a BCP 47 tag, as in `en` or `pt-BR`.
    #[serde(rename = "lang")]
    pub language: Option<String>,
    /// A summary by the publisher.
    pub description: Option<String>,
    /// The address the page gives itself.
    pub canonical_url: Option<String>,
    /// The section it stands in.
    pub section: Option<String>,
    /// Tags and keywords.
    pub tags: Vec<String>,
    /// The address of the lead image.
    pub image: Option<String>,
    /// The address or name of the licence.
    pub licence: Option<String>,
}

/// What kind of page it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum PageType {
    #[default]
    Article,
    Forum,
    Product,
    Listing,
    Collection,
    Documentation,
    Service,
}

/// Whether the page is an article, and if not, what stands in its place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It has content of its own.
    #[default]
    Article,
    /// It has none: a list of links, an empty page.
    NotArticle,
    /// A test whether the visitor is a robot.
    Challenge,
    /// The content is for those who are logged in or pay.
    LoginWall,
    /// A question about cookies in place of the page.
    ConsentWall,
    /// "Not found" said with status 200.
    #[serde(rename = "soft_404")]
    Soft404,
    /// An empty shell that a script would fill.
    NeedsJavascript,
}

/// A piece of content.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Block {
    /// A heading of level 1 to 6.
    Heading {
        /// 1 to 6.
        level: u8,
        /// Its text.
        text: Vec<Inline>,
    },
    /// A paragraph.
    Paragraph {
        /// Its text.
        text: Vec<Inline>,
    },
    /// A list; each item holds blocks.
    List {
        /// The first number of an ordered list.
        start: Option<u32>,
        /// The items.
        items: Vec<Vec<Block>>,
    },
    /// A quotation.
    Quote {
        /// What is quoted.
        content: Vec<Block>,
    },
    /// Preformatted text.
    Code {
        /// The language, where the page names it.
        language: Option<String>,
        /// The text, line breaks kept.
        text: String,
    },
    /// A table of data (layout tables are undone).
    Table {
        /// What the table is about.
        caption: Vec<Inline>,
        /// How many of the first rows are headers.
        header_rows: usize,
        /// The rows, each of cells.
        rows: Vec<Vec<Vec<Inline>>>,
    },
    /// One or more images with their caption.
    Figure {
        /// The images.
        images: Vec<Image>,
        /// The caption; empty where there is none.
        caption: Vec<Inline>,
    },
    /// A thematic break.
    Rule,
}

/// A run of text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Inline {
    /// Plain text, white space folded.
    Text {
        /// The text.
        text: String,
    },
    /// Emphasis (`em`, `i`).
    Emphasis {
        /// What is emphasised.
        content: Vec<Inline>,
    },
    /// Strong emphasis (`strong`, `b`).
    Strong {
        /// What is emphasised.
        content: Vec<Inline>,
    },
    /// Code within a line.
    Code {
        /// The text.
        text: String,
    },
    /// A link, its address absolute where the page's address is known.
    Link {
        /// Where it leads.
        href: String,
        /// What it says.
        content: Vec<Inline>,
    },
    /// An image within a line.
    Image {
        /// The image.
        image: Image,
    },
    /// Raised text.
    Superscript {
        /// What is raised.
        content: Vec<Inline>,
    },
    /// Lowered text.
    Subscript {
        /// What is lowered.
        content: Vec<Inline>,
    },
    /// A line break that matters (verse, addresses).
    Break,
}

/// An image of the article.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Its address, absolute where the page's address is known; lazy loading undone.
    pub src: String,
    /// Its text alternative; empty where there is none.
    pub alt: String,
}

impl Article {
    /// The content as plain text: blocks set apart by blank lines, list items with "- ", table cells by tabs.
    pub fn text(&self) -> String {
        render::text(&self.content)
    }

    /// The content as Markdown.
    pub fn markdown(&self) -> String {
        render::markdown(&self.content)
    }

    /// The content as clean HTML: nothing in it runs.
    pub fn html(&self) -> String {
        render::html(&self.content)
    }

    /// How many words the content has; where words are not set apart (Chinese, Japanese, Thai), two characters count as one.
    pub fn words(&self) -> usize {
        count_words(&self.text()) as usize
    }

    /// The images of the content in document order.
    pub fn images(&self) -> Vec<&Image> {
        let mut images = Vec::new();
        for block in &self.content {
            images_of_block(block, &mut images);
        }
        images
    }
}

fn images_of_block<'a>(block: &'a Block, images: &mut Vec<&'a Image>) {
    match block {
        Block::Heading { text, .. } | Block::Paragraph { text } => images_of_run(text, images),
        Block::List { items, .. } => items.iter().flatten().for_each(|block| images_of_block(block, images)),
        Block::Quote { content } => content.iter().for_each(|block| images_of_block(block, images)),
        Block::Table { caption, rows, .. } => {
            images_of_run(caption, images);
            rows.iter().flatten().for_each(|cell| images_of_run(cell, images));
        }
        Block::Figure { images: shown, caption } => {
            images.extend(shown);
            images_of_run(caption, images);
        }
        Block::Code { .. } | Block::Rule => {}
    }
}

fn images_of_run<'a>(run: &'a [Inline], images: &mut Vec<&'a Image>) {
    for inline in run {
        match inline {
            Inline::Image { image } => images.push(image),
            Inline::Emphasis { content }
            | Inline::Strong { content }
            | Inline::Link { content, .. }
            | Inline::Superscript { content }
            | Inline::Subscript { content } => images_of_run(content, images),
            Inline::Text { .. } | Inline::Code { .. } | Inline::Break => {}
        }
    }
}
