//! Words for what the scorer looks at: a table from the names of features to a phrase for large values and one for small ones.
//! Features that say the same share an account. It knows no block and no score.

/// The distance of an ancestor that is not there, as the features have it.
const FAR: f32 = 29.0;

/// What a feature is about.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Topic {
    /// Features of one account add up; empty for those that no reason is made of.
    pub(crate) account: String,
    phrase: Phrase,
}

#[derive(Debug, Clone, PartialEq)]
enum Phrase {
    /// From this value on the first, below it the second.
    Split(f32, &'static str, &'static str),
    /// A distance to something that is there or is not.
    Distance(String, String),
    /// A feature that the table does not know.
    Unknown(String),
}

impl Topic {
    /// The feature's value in words; nothing where it says nothing.
    pub(crate) fn words(&self, value: f32) -> Option<String> {
        match &self.phrase {
            Phrase::Split(split, large, small) => {
                let words = if value >= *split { large } else { small };
                Some((*words).to_owned()).filter(|words| !words.is_empty())
            }
            Phrase::Distance(near, far) => Some(if value < FAR { near.clone() } else { far.clone() }),
            Phrase::Unknown(name) => Some(format!("{name}: {value:.2}")),
        }
    }
}

/// Features by their names (those that end with a colon stand for all that begin so): the account, from which value on the
/// first phrase is right, both phrases.
const TABLE: &[(&str, &str, f32, &str, &str)] = &[
    ("words", "length", 2.7, "is long", "is short"),
    ("characters a word", "length", 7.0, "long words", "short words"),
    ("link share", "links", 0.3, "many links", "hardly any links"),
    ("links", "links", 1.5, "many links", "hardly any links"),
    ("sentence marks", "sentences", 0.5, "has sentences", "has no sentences"),
    ("words a mark", "sentences", 9.0, "long sentences", "short sentences"),
    ("commas a word", "sentences", 0.02, "has commas", "has no commas"),
    ("ends a sentence", "sentences", 0.5, "ends as a sentence does", "does not end as a sentence does"),
    ("ends with a colon", "colon", 0.5, "ends with a colon", ""),
    ("ends with an ellipsis", "ellipsis", 0.5, "breaks off with an ellipsis", ""),
    ("starts in lower case", "case", 0.5, "begins in lower case", "begins like a sentence or a label"),
    ("capitals", "case", 0.12, "many capitals", "few capitals"),
    ("digits", "digits", 0.1, "many digits", "few digits"),
    ("year", "digits", 0.5, "names a year", "names no year"),
    ("clock", "digits", 0.5, "names a time of day", ""),
    ("separators", "separators", 0.5, "has bars, bullets or arrows", "has no bars, bullets or arrows"),
    ("ideographs", "", 0.0, "", ""),
    ("quotes", "quotes", 0.5, "quotes somebody", ""),
    ("question", "question", 0.5, "asks a question", ""),
    ("copyright", "copyright", 0.5, "has a copyright sign", ""),
    ("currency", "currency", 0.5, "names a price", ""),
    ("at sign", "at sign", 0.5, "has an at sign", ""),
    ("strong", "marks", 0.3, "is set in bold", "is not set in bold"),
    ("emphasis", "marks", 0.3, "is set in italics", ""),
    ("code", "code", 0.1, "holds code", "holds no code"),
    ("small", "small", 0.3, "is a label, a time or set small", "is not set small"),
    ("breaks", "breaks", 0.5, "has line breaks", ""),
    ("images", "images", 0.5, "stands with an image", "stands without an image"),
    ("phrase", "phrase", 0.5, "is a set phrase", "is no set phrase"),
    ("under phrase", "phrase", 0.5, "stands under a heading of chrome", "stands under no heading of chrome"),
    ("in title", "title", 0.3, "its words are the title's", "its words are not the title's"),
    ("of title", "title", 0.5, "says what the title says", "does not repeat the title"),
    ("in description", "description", 0.4, "its words are the description's", "its words are not the description's"),
    (
        "in stated body",
        "stated body",
        0.5,
        "is in the article as structured data has it",
        "structured data does not vouch for it",
    ),
    ("from start", "place", 3.4, "stands far from the start", "stands near the start"),
    ("from end", "place", 3.4, "stands far from the end", "stands near the end"),
    ("share before", "place", 0.6, "most of the page stands before it", "most of the page stands after it"),
    ("index", "place", 0.6, "stands in the lower part of the page", "stands in the upper part of the page"),
    ("after h1", "place", 0.0, "stands below the main heading", "stands above the main heading"),
    ("repeats", "repeats", 1.5, "stands on the page more than once", "stands on the page once"),
    ("occurrence", "repeats", 0.5, "stands on the page more than once", "stands on the page once"),
    ("same shape", "template", 2.0, "one of many of the same template", "one of few of its template"),
    ("same shape words", "template", 2.7, "blocks of its template are long", "blocks of its template are short"),
    (
        "same shape link share",
        "template",
        0.3,
        "blocks of its template are links",
        "blocks of its template hold few links",
    ),
    (
        "same shape share",
        "template",
        0.2,
        "its template holds much of the page",
        "its template holds little of the page",
    ),
    ("depth", "depth", 14.0, "is deeply nested", "is not deeply nested"),
    (
        "to best container",
        "container",
        FAR,
        "stands outside of the container with most text",
        "stands in the container with most text",
    ),
    ("to best article", "container", FAR, "stands outside of the main article", "stands in the main article"),
    ("has best article", "", 0.0, "", ""),
    ("best container share", "", 0.0, "", ""),
    ("best article share", "", 0.0, "", ""),
    ("words at:", "surroundings", 4.6, "much text around it", "little text around it"),
    ("link share at:", "surrounding links", 0.35, "links around it", "few links around it"),
    ("words a leaf at:", "surroundings", 2.7, "long blocks around it", "short blocks around it"),
    ("paragraph share at:", "surroundings", 0.4, "stands among paragraphs", "does not stand among paragraphs"),
    ("marks at:", "surroundings", 0.04, "stands among sentences", "does not stand among sentences"),
    (
        "share at:",
        "surroundings",
        0.3,
        "its container holds much of the page",
        "its container holds little of the page",
    ),
    ("phrases at:", "surrounding phrases", 0.08, "set phrases around it", "no set phrases around it"),
    ("children at:", "siblings", 8.0, "has many siblings", "has few siblings"),
    ("place in:", "place", 0.6, "stands late in its container", "stands early in its container"),
    ("words of:", "neighbours", 2.7, "its neighbours are long", "its neighbours are short"),
    ("link share of:", "neighbours", 0.3, "its neighbours are links", "its neighbours hold few links"),
    ("ends sentence of:", "neighbours", 0.5, "its neighbours are sentences", "its neighbours are no sentences"),
    ("heading:", "neighbours", 0.5, "stands by a heading", "stands by no heading"),
    ("same owner:", "neighbours", 0.5, "is like its neighbours", "is unlike its neighbours"),
    ("same shape:", "neighbours", 0.5, "is like its neighbours", "is unlike its neighbours"),
    ("phrase of:", "surrounding phrases", 0.5, "stands by a set phrase", "stands by no set phrase"),
    ("before: words", "neighbours", 3.5, "much text before it", "little text before it"),
    ("after: words", "neighbours", 3.5, "much text after it", "little text after it"),
    ("before: links", "neighbours", 0.35, "links before it", "few links before it"),
    ("after: links", "neighbours", 0.35, "links after it", "few links after it"),
    ("before: marks", "neighbours", 0.04, "sentences before it", "no sentences before it"),
    ("after: marks", "neighbours", 0.04, "sentences after it", "no sentences after it"),
    ("before: phrases", "surrounding phrases", 0.5, "set phrases before it", "no set phrases before it"),
    ("after: phrases", "surrounding phrases", 0.5, "set phrases after it", "no set phrases after it"),
    ("page ", "", 0.0, "", ""),
    ("url ", "", 0.0, "", ""),
    ("og ", "", 0.0, "", ""),
    ("ld ", "", 0.0, "", ""),
    (
        "first score",
        "wording",
        0.0,
        "its words and the names around it are those of content",
        "its words and the names around it are those of chrome",
    ),
    (
        "first score less the page's",
        "wording",
        0.0,
        "reads more like content than the page around",
        "reads less like content than the page around",
    ),
    ("score of ", "likely neighbours", 0.0, "its neighbours are likely content", "its neighbours are likely chrome"),
    (
        "likely before ",
        "likely neighbours",
        0.5,
        "what stands before it is likely content",
        "what stands before it is likely chrome",
    ),
    (
        "likely after ",
        "likely neighbours",
        0.5,
        "what stands after it is likely content",
        "what stands after it is likely chrome",
    ),
    (
        "likely in same shape",
        "template",
        0.5,
        "blocks of its template are likely content",
        "blocks of its template are likely chrome",
    ),
    ("likely in ", "likely container", 0.5, "its container is likely content", "its container is likely chrome"),
    ("likely below", "section", 0.5, "heads what is likely content", "heads nothing that is likely content"),
    ("expected words below", "section", 2.0, "heads what is likely content", "heads nothing that is likely content"),
    ("score of heading", "section", 0.0, "its heading is likely content", "its heading is likely chrome"),
    ("since heading", "section", 12.0, "stands far from a heading", "stands near its heading"),
    ("likely on page", "", 0.0, "", ""),
    ("highest on page", "", 0.0, "", ""),
    ("expected words on page", "", 0.0, "", ""),
    ("expected share before", "likely place", 0.9, "the content stands before it", "content stands after it"),
    (
        "share of highest",
        "wording",
        -2.0,
        "reads nearly as much like content as any block",
        "reads much less like content than other blocks",
    ),
    ("to likely before", "likely place", 4.0, "far behind the content", "close behind content"),
    ("to likely after", "likely place", 4.0, "far before the content", "close before content"),
    ("likely text before", "likely place", 2.0, "content stands before it", "no content stands before it"),
    ("likely text after", "likely place", 2.0, "content stands after it", "no content stands after it"),
];

/// What each feature is about.
pub(crate) fn topics(names: &[String]) -> Vec<Topic> {
    let mut seen = 0;
    let mut previous = "";
    names
        .iter()
        .map(|name| {
            // Four figures of what stands before or after share a name.
            seen = if name == previous { seen + 1 } else { 0 };
            previous = name;
            topic(name, seen)
        })
        .collect()
}

fn topic(name: &str, occurrence: usize) -> Topic {
    if let Some(group) = name.strip_prefix("named: ") {
        let near = format!("an element around it is named for {group}");
        let phrase = Phrase::Distance(near, format!("nothing around it is named for {group}"));
        return Topic { account: name.to_owned(), phrase };
    }
    if name == "in: division" {
        // Everything does.
        return Topic { account: String::new(), phrase: Phrase::Unknown(String::new()) };
    }
    if let Some(meaning) = name.strip_prefix("in: ") {
        let phrase = match element(meaning) {
            Some(element) => Phrase::Distance(format!("stands in {element}"), format!("does not stand in {element}")),
            None => Phrase::Distance(format!("stands in {meaning}"), format!("does not stand in {meaning}")),
        };
        return Topic { account: name.to_owned(), phrase };
    }
    let kinds = ["words", "links", "marks", "phrases"];
    let side = name.split_once(": ").map(|(side, _)| side).filter(|side| matches!(*side, "before" | "after"));
    let wanted = side.map_or_else(|| name.to_owned(), |side| format!("{side}: {}", kinds[occurrence % kinds.len()]));
    let fits = |known: &str| {
        wanted == known || (known.ends_with([':', ' ']) || known == "likely in same shape") && wanted.starts_with(known)
    };
    match TABLE.iter().find(|(known, ..)| fits(known)) {
        Some((_, account, split, large, small)) => {
            Topic { account: (*account).to_owned(), phrase: Phrase::Split(*split, large, small) }
        }
        None => Topic { account: name.to_owned(), phrase: Phrase::Unknown(name.to_owned()) },
    }
}

/// The element that has a meaning, or what else people call it.
fn element(meaning: &str) -> Option<&'static str> {
    Some(match meaning {
        "article" => "<article>",
        "main" => "<main>",
        "nav" => "<nav>",
        "header" => "<header>",
        "footer" => "<footer>",
        "aside" => "<aside>",
        "section" => "<section>",
        "form" => "a form",
        "list" => "a list",
        "item" => "a list item",
        "table" => "a table",
        "cell" => "a table cell",
        "figure" => "<figure>",
        "caption" => "a caption",
        "quote" => "a quotation",
        "paragraph" => "a paragraph",
        "pre" => "<pre>",
        "definitions" => "a list of definitions",
        "details" => "<details>",
        "button" => "a button",
        "address" => "<address>",
        "dialog" => "a dialogue",
        "heading" => "a heading",
        "hidden" => "something hidden",
        "article body" => "what the page calls the article's body",
        "item scope" => "a marked item",
        "custom" => "a custom element",
        "search" => "a search form",
        "label" => "a label",
        "comment scope" => "a marked comment",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_feature_that_blocks_have_is_known() {
        let tree = scraper::Html::parse_document("<p>One.</p>");
        let names = crate::scores::names(&crate::blocks::page(&tree));
        let unknown: Vec<&String> = names
            .iter()
            .zip(topics(&names))
            .filter(|(_, topic)| matches!(&topic.phrase, Phrase::Unknown(name) if !name.is_empty()))
            .map(|(name, _)| name)
            .collect();
        assert!(unknown.is_empty(), "give these words in TABLE: {unknown:?}");
    }

    #[test]
    fn figures_that_share_a_name_are_told_apart_by_their_order() {
        let names = vec!["before: 2".to_owned(); 4];
        let words: Vec<Option<String>> = topics(&names).iter().map(|topic| topic.words(9.0)).collect();
        let expected = ["much text before it", "links before it", "sentences before it", "set phrases before it"];
        assert_eq!(words, expected.map(|words| Some(words.to_owned())));
    }
}
