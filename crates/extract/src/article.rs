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
    /// The further pages that the article goes on over, whose content is part of this (see [`Article::join`]).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pages: Vec<String>,
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
    /// A quotation; also what the page sets apart from its text (a note, a warning), its label as a first paragraph in bold.
    Quote {
        /// What is quoted.
        content: Vec<Block>,
        /// The address it is quoted from, where the page names it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cite: Option<String>,
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
        /// How many of the first cells of each row below the headers are headers of their row.
        #[serde(default, skip_serializing_if = "is_zero")]
        header_columns: usize,
        /// The cells that reach over others. The cells they cover are there, and empty.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        spans: Vec<Span>,
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
    /// Terms and what is said of them.
    Definitions {
        /// The entries.
        items: Vec<Definition>,
    },
    /// The footnotes that [`Inline::Footnote`] refers to.
    Footnotes {
        /// The notes, each with a label of its own.
        notes: Vec<Note>,
    },
    /// A player of another site (a video, a sound), or a media file: kept as a link.
    Embed {
        /// Where it is seen or heard.
        href: String,
        /// What the page calls it; empty where it does not.
        title: String,
    },
    /// A thematic break.
    Rule,
}

/// A cell of a table that reaches over its neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The row it stands in, from 0.
    pub row: usize,
    /// The column it stands in, from 0.
    pub column: usize,
    /// How many rows it reaches over, itself counted.
    pub rows: usize,
    /// How many columns, likewise.
    pub columns: usize,
}

/// One entry of a list of definitions.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Definition {
    /// The terms; more than one where they mean the same.
    pub terms: Vec<Vec<Inline>>,
    /// What is said of them.
    pub content: Vec<Block>,
}

/// A footnote.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Note {
    /// What stands in the text for it, without brackets; no two notes of an article have the same.
    pub label: String,
    /// What it says.
    pub content: Vec<Block>,
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
    /// Text with another meaning or look.
    Styled {
        /// Which.
        style: Style,
        /// The text.
        content: Vec<Inline>,
    },
    /// A short form.
    Abbreviation {
        /// What it stands for.
        title: String,
        /// The short form.
        content: Vec<Inline>,
    },
    /// Text with its reading above (Chinese, Japanese).
    Ruby {
        /// The text.
        content: Vec<Inline>,
        /// How it is read.
        reading: String,
    },
    /// A formula.
    Formula {
        /// The formula as TeX, without dollars or other brackets around.
        tex: String,
        /// Whether it stands on a line of its own.
        #[serde(default, skip_serializing_if = "is_false")]
        display: bool,
    },
    /// A reference to a footnote among the content's [`Block::Footnotes`].
    Footnote {
        /// The label of the note.
        label: String,
    },
    /// The box before a task.
    Checkbox {
        /// Whether it is ticked.
        checked: bool,
    },
    /// A line break that matters (verse, addresses).
    Break,
}

/// What [`Inline::Styled`] text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    /// No longer valid (`del`, `s`).
    Deleted,
    /// Added later (`ins`).
    Inserted,
    /// Marked for the reader (`mark`).
    Highlighted,
    /// A key to press (`kbd`).
    Keyboard,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_false(value: &bool) -> bool {
    !value
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

    /// The content as clean HTML in an `<article>` that names its language and direction: nothing in it runs.
    pub fn html(&self) -> String {
        render::article(&self.content, self.metadata.language.as_deref())
    }

    /// How many words the content has; where words are not set apart (Chinese, Japanese, Thai), two characters count as one.
    pub fn words(&self) -> usize {
        count_words(&self.text()) as usize
    }

    /// Adds what a further page of the same article says, which stands at `address`. What stands on both pages (the title, a
    /// summary, the author's portrait), at the beginning and the end of the further one, is not said twice; the answer is as sure as its less sure half.
    pub fn join(&mut self, address: &str, part: Self) {
        let is_title = |block: &Block| {
            matches!((block, &self.metadata.title), (Block::Heading { text, .. }, Some(title))
            if render::text(&[Block::Paragraph { text: text.clone() }]).trim().eq_ignore_ascii_case(title.trim()))
        };
        let is_said = |block: &Block| is_title(block) || self.content.contains(block);
        let first = part.content.iter().take_while(|block| is_said(block)).count();
        let last = part.content[first..].iter().rev().take_while(|block| is_said(block)).count();
        let kept = part.content.len() - first - last;
        let more: Vec<Block> = part.content.into_iter().skip(first).take(kept).collect();
        self.content.extend(more);
        self.confidence = self.confidence.min(part.confidence);
        self.comments.extend(part.comments);
        self.pages.push(address.to_owned());
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
        Block::Quote { content, .. } => content.iter().for_each(|block| images_of_block(block, images)),
        Block::Definitions { items } => {
            for item in items {
                item.terms.iter().for_each(|term| images_of_run(term, images));
                item.content.iter().for_each(|block| images_of_block(block, images));
            }
        }
        Block::Footnotes { notes } => {
            notes.iter().flat_map(|note| &note.content).for_each(|block| images_of_block(block, images));
        }
        Block::Table { caption, rows, .. } => {
            images_of_run(caption, images);
            rows.iter().flatten().for_each(|cell| images_of_run(cell, images));
        }
        Block::Figure { images: shown, caption } => {
            images.extend(shown);
            images_of_run(caption, images);
        }
        Block::Code { .. } | Block::Embed { .. } | Block::Rule => {}
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
            | Inline::Subscript { content }
            | Inline::Styled { content, .. }
            | Inline::Abbreviation { content, .. }
            | Inline::Ruby { content, .. } => images_of_run(content, images),
            Inline::Text { .. }
            | Inline::Code { .. }
            | Inline::Formula { .. }
            | Inline::Footnote { .. }
            | Inline::Checkbox { .. }
            | Inline::Break => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the first version stored must be read for ever.
    #[test]
    fn an_article_of_the_first_version_is_read_and_written_as_it_was() {
        let stored = r#"[{"kind":"quote","content":[{"kind":"paragraph","text":[{"kind":"text","text":"a"},{"kind":"break"}]}]},{"kind":"table","caption":[],"header_rows":1,"rows":[[[{"kind":"code","text":"b"}]]]},{"kind":"list","start":null,"items":[]},{"kind":"code","language":null,"text":"c"},{"kind":"figure","images":[{"src":"/d","alt":""}],"caption":[]},{"kind":"rule"}]"#;
        let blocks: Vec<Block> = serde_json::from_str(stored).unwrap_or_default();
        assert_eq!(blocks.len(), 6);
        assert_eq!(serde_json::to_string(&blocks).unwrap_or_default(), stored);
    }
}
