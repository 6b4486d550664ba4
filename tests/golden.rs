//! Pages whose article a person wrote down before the extractor saw them (tests/fixtures/pages): exactly it comes out.

use std::fs;
use std::path::{Path, PathBuf};

use chaffinch_extract::article::{Article, Block, Definition, Inline, Note};
use chaffinch_extract::extract;
use chaffinch_extract::options::{Context, Options};
use serde_json::Value;
use url::Url;

/// One folder of tests/fixtures/pages.
struct Golden {
    name: String,
    source: Vec<u8>,
    text: Option<String>,
    facts: Value,
}

fn pages() -> Vec<Golden> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pages");
    let mut folders: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir()).collect();
    folders.sort();
    let read = |folder: &Path| Golden {
        name: folder.file_name().unwrap().to_string_lossy().into_owned(),
        source: fs::read(folder.join("source.html")).unwrap(),
        text: fs::read_to_string(folder.join("expected.txt")).ok(),
        facts: serde_json::from_slice(&fs::read(folder.join("expected.json")).unwrap()).unwrap(),
    };
    folders.iter().map(|folder| read(folder)).collect()
}

fn extracted(page: &Golden, comments: bool) -> Article {
    let url = page.facts["url"].as_str().map(|url| Url::parse(url).unwrap());
    let context =
        Context { url: url.as_ref(), content_type: page.facts["content_type"].as_str(), ..Default::default() };
    extract(&page.source, &context, &Options { comments, ..Options::default() }).unwrap()
}

fn inline(content: &[Inline], text: &mut String) {
    for part in content {
        match part {
            Inline::Text { text: t } | Inline::Code { text: t } => *text += t,
            Inline::Break => text.push('\n'),
            Inline::Formula { tex, .. } => *text += tex,
            Inline::Footnote { label } => *text += &format!("[{label}]"),
            Inline::Ruby { content, reading } => {
                inline(content, text);
                *text += &format!("({reading})");
            }
            Inline::Image { .. } | Inline::Checkbox { .. } => {}
            Inline::Emphasis { content }
            | Inline::Strong { content }
            | Inline::Link { content, .. }
            | Inline::Superscript { content }
            | Inline::Subscript { content }
            | Inline::Styled { content, .. }
            | Inline::Abbreviation { content, .. } => inline(content, text),
        }
    }
}

fn of(content: &[Inline]) -> String {
    let mut text = String::new();
    inline(content, &mut text);
    text
}

/// The content as the expected texts have it: lines, white space folded.
fn lines(blocks: &[Block]) -> Vec<String> {
    let mut found = vec![];
    for block in blocks {
        let text = match block {
            Block::Heading { text, .. } | Block::Paragraph { text } => of(text),
            Block::Code { text, .. } => text.clone(),
            Block::Quote { content, .. } => lines(content).join("\n"),
            Block::Definitions { items } => {
                let entry = |item: &Definition| {
                    let terms: Vec<_> = item.terms.iter().map(|term| of(term)).collect();
                    terms.join("\n") + "\n" + &lines(&item.content).join("\n")
                };
                items.iter().map(entry).collect::<Vec<_>>().join("\n")
            }
            Block::Footnotes { notes } => {
                let note = |note: &Note| format!("[{}] {}", note.label, lines(&note.content).join("\n"));
                notes.iter().map(note).collect::<Vec<_>>().join("\n")
            }
            Block::Figure { caption, .. } => of(caption),
            Block::Embed { .. } | Block::Rule => continue,
            Block::List { items, .. } => {
                let item = |item: &Vec<Block>| format!("- {}", lines(item).join("\n"));
                items.iter().map(item).collect::<Vec<_>>().join("\n")
            }
            Block::Table { caption, rows, .. } => {
                let row = |row: &Vec<Vec<Inline>>| row.iter().map(|cell| of(cell)).collect::<Vec<_>>().join("\t");
                of(caption) + "\n" + &rows.iter().map(row).collect::<Vec<_>>().join("\n")
            }
        };
        found.extend(fold(&text));
    }
    found
}

/// Lines that say something, white space folded.
fn fold(text: &str) -> Vec<String> {
    text.lines().map(|l| l.split_whitespace().collect::<Vec<_>>().join(" ")).filter(|l| !l.is_empty()).collect()
}

/// What differs, line by line.
fn difference(page: &str, expected: &[String], got: &[String]) -> Option<String> {
    if expected == got {
        return None;
    }
    let (expected, got) = (expected.join("\n") + "\n", got.join("\n") + "\n");
    let diff = similar::TextDiff::from_lines(&expected, &got);
    let changed = diff.iter_all_changes().filter(|c| c.tag() != similar::ChangeTag::Equal);
    let changed: String = changed.map(|c| format!("    {}{c}", c.tag())).collect();
    Some(format!("{page}: - expected, + got\n{changed}"))
}

#[test]
fn exactly_the_article_comes_out() {
    let mut wrong = vec![];
    for page in pages() {
        if let Some(expected) = &page.text {
            wrong.extend(difference(&page.name, &fold(expected), &lines(&extracted(&page, false).content)));
        }
    }
    assert!(wrong.is_empty(), "{} pages differ\n{}", wrong.len(), wrong.join("\n"));
}

/// A page in one of the forms that keep its marks: the file with what is expected, where there is one, and what was got.
#[test]
fn markdown_and_html_are_written_as_a_person_would() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pages");
    let (mut wrong, mut compared) = (vec![], 0);
    for page in pages() {
        let article = extracted(&page, false);
        for (file, got) in [("expected.md", article.markdown()), ("expected.html", article.html())] {
            let Ok(expected) = fs::read_to_string(folder.join(&page.name).join(file)) else { continue };
            let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
            wrong.extend(difference(&format!("{}/{file}", page.name), &lines(&expected), &lines(&got)));
            compared += 1;
        }
    }
    assert!(wrong.is_empty(), "{} differ\n{}", wrong.len(), wrong.join("\n"));
    assert!(compared >= 4, "only {compared} are written down");
}

#[test]
fn what_must_and_what_must_not_come_out() {
    let mut wrong = vec![];
    for page in pages() {
        let article = extracted(&page, false);
        let text = article.text();
        let list = |key: &str| page.facts[key].as_array().cloned().unwrap_or_default();
        for wanted in list("contains") {
            if !text.contains(wanted.as_str().unwrap()) {
                wrong.push(format!("{}: lacks {wanted}", page.name));
            }
        }
        for chrome in list("lacks") {
            if text.contains(chrome.as_str().unwrap()) {
                wrong.push(format!("{}: holds {chrome}", page.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn comments_stand_apart_and_only_on_request() {
    for page in pages() {
        let Some(wanted) = page.facts["comments_contain"].as_array() else { continue };
        assert!(extracted(&page, false).comments.is_empty(), "{}", page.name);
        let article = extracted(&page, true);
        let (comments, content) = (lines(&article.comments).join("\n"), lines(&article.content).join("\n"));
        for text in wanted {
            let text = text.as_str().unwrap();
            assert!(comments.contains(text), "{}: `{text}` is not among the comments\n{comments}", page.name);
            assert!(!content.contains(text), "{}: `{text}` is in the article", page.name);
        }
    }
}

#[test]
fn the_page_is_told_for_what_it_is() {
    let mut wrong = vec![];
    for page in pages() {
        let article = serde_json::to_value(extracted(&page, false)).unwrap();
        for key in ["verdict", "page_type"] {
            let right = match &page.facts[key] {
                Value::Null => true,
                Value::Array(any) => any.contains(&article[key]),
                one => *one == article[key],
            };
            if !right {
                wrong.push(format!("{}: {key} is {}, not {}", page.name, article[key], page.facts[key]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whether a fact of the metadata is what a person wrote down.
fn agrees(key: &str, expected: &Value, got: &Value) -> bool {
    let (Some(e), Some(g)) = (expected.as_str(), got.as_str()) else { return expected == got };
    match key {
        "date" | "modified" => match (e.parse::<jiff::Timestamp>(), g.parse::<jiff::Timestamp>()) {
            (Ok(e), Ok(g)) => e == g,
            _ => e.get(..10) == g.get(..10),
        },
        "lang" => e.split('-').next() == g.split('-').next(),
        _ => fold(e) == fold(g),
    }
}

#[test]
fn the_metadata_is_what_the_page_says() {
    let keys = [
        "title",
        "authors",
        "date",
        "modified",
        "lang",
        "site_name",
        "description",
        "canonical_url",
        "section",
        "tags",
        "image",
        "licence",
    ];
    let mut wrong = vec![];
    for page in pages() {
        let article = serde_json::to_value(extracted(&page, false)).unwrap();
        for key in keys {
            let expected = &page.facts[key];
            if !expected.is_null() && !agrees(key, expected, &article[key]) {
                wrong.push(format!("{}: {key} is {}, not {expected}", page.name, article[key]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn images_and_code_keep_what_makes_them_useful() {
    for page in pages() {
        let article = extracted(&page, false);
        if let Some(images) = page.facts["images"].as_array() {
            let got: Vec<_> = article.images().iter().map(|image| image.src.clone()).collect();
            assert_eq!(got, images.iter().map(|i| i.as_str().unwrap()).collect::<Vec<_>>(), "{}", page.name);
        }
        let code = article
            .content
            .iter()
            .filter_map(|b| if let Block::Code { language, text } = b { Some((language, text)) } else { None });
        let (languages, texts): (Vec<_>, Vec<_>) = code.unzip();
        if let Some(expected) = page.facts["code_languages"].as_array() {
            let languages: Vec<_> = languages.iter().map(|l| l.as_deref().unwrap_or_default()).collect();
            assert_eq!(languages, expected.iter().map(|l| l.as_str().unwrap()).collect::<Vec<_>>(), "{}", page.name);
        }
        if let Some(expected) = page.facts["code"].as_array() {
            let texts: Vec<_> = texts.iter().map(|t| t.trim_end()).collect();
            assert_eq!(texts, expected.iter().map(|t| t.as_str().unwrap()).collect::<Vec<_>>(), "{}", page.name);
        }
    }
}

#[test]
fn there_are_pages_in_enough_shapes_languages_and_scripts() {
    let pages = pages();
    let mut languages: Vec<_> = pages.iter().filter_map(|p| p.facts["lang"].as_str()?.split('-').next()).collect();
    languages.sort_unstable();
    languages.dedup();
    assert!(pages.len() >= 25 && languages.len() >= 8, "{} pages in {languages:?}", pages.len());
}
