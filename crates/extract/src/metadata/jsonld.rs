//! JSON-LD: reads the scripts, repairs what is simple to repair, and picks the item that describes the page's own article.
//! It knows schema.org's names, and nothing of HTML.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::metadata::text::{key, plain};

/// Items nested deeper than this are not looked at.
const DEPTH_MAX: usize = 16;
/// No more items than this are looked at on one page.
const ITEMS_MAX: usize = 4000;
/// Items about the page or the site that fill up what the article's leaves open. Each may name the same authors at length.
const FILLING_MAX: usize = 40;
/// Objects and lists that a script may hold, and all scripts of a page: each takes hundreds of bytes, however few it has.
const OPENED_MAX: usize = 50_000;

/// The items of a page, flattened.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    scripts: Vec<Value>,
}

/// What the page's article says of itself; whatever is absent is empty.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Linked {
    /// Whether the item is an article or a question, and not just a page, product or the like.
    pub(crate) is_article: bool,
    pub(crate) headline: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) authors: Vec<String>,
    pub(crate) published: Option<String>,
    pub(crate) created: Option<String>,
    pub(crate) modified: Option<String>,
    /// The date of publication of the page around the article, which may be older or newer.
    pub(crate) page_published: Option<String>,
    pub(crate) publisher: Option<String>,
    pub(crate) site: Option<String>,
    pub(crate) language: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) sections: Vec<String>,
    pub(crate) keywords: Vec<String>,
    pub(crate) image: Option<String>,
    pub(crate) licence: Option<String>,
}

/// What is known of the page from elsewhere, to tell its article among several.
#[derive(Debug, Default, Clone)]
pub(crate) struct Expected {
    /// Its addresses, as far as known, without scheme, query and fragment.
    pub(crate) addresses: Vec<String>,
    /// The [`key`]s of its title and first headings.
    pub(crate) titles: Vec<String>,
}

/// An item and where it was found.
struct Item<'g> {
    fields: &'g Map<String, Value>,
    kind: Kind,
    /// Whether it stands below a list, a comment or another item that is about something else.
    aside: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Article,
    Question,
    Work,
    Page,
    Site,
    Organisation,
    Other,
}

impl Graph {
    /// Reads the scripts; what cannot be read, even repaired, is left out.
    pub(crate) fn read(scripts: &[&str]) -> Self {
        let mut left = OPENED_MAX;
        let is_small = |script: &&&str| {
            let opened = opened(script);
            let fits = opened <= left;
            left -= if fits { opened } else { 0 };
            fits
        };
        Self { scripts: scripts.iter().filter(is_small).flat_map(|script| parse(script)).collect() }
    }

    /// Picks the item that describes the page's article, and fills up from the page and the site around it.
    pub(crate) fn article(&self, expected: &Expected) -> Linked {
        let mut items = Vec::new();
        let mut ids = HashMap::new();
        for script in &self.scripts {
            flatten(script, false, 0, &mut items, &mut ids);
        }
        let mut best: Option<(i32, &Item)> = None;
        for item in &items {
            let score = rank(item, expected);
            if score > 0 && best.is_none_or(|(found, _)| score > found) {
                best = Some((score, item));
            }
        }
        let mut linked = best.map_or_else(Linked::default, |(_, item)| describe(item, &ids));
        if best.is_some_and(|(_, item)| item.kind == Kind::Page) {
            linked.page_published = linked.published.take();
        }
        fill(&mut linked, &items, &ids);
        linked
    }
}

/// How many objects and lists a script may hold: what opens them, also where it stands in a string.
fn opened(script: &str) -> usize {
    memchr::memchr2_iter(b'{', b'[', script.as_bytes()).count()
}

/// Whether a script is small enough to be read as a whole.
pub(crate) fn is_readable(script: &str) -> bool {
    opened(script) <= OPENED_MAX
}

/// How well an item fits; 0 or less where it is about something else.
fn rank(item: &Item<'_>, expected: &Expected) -> i32 {
    let base = match item.kind {
        Kind::Article => 50,
        Kind::Question => 40,
        Kind::Work => 25,
        Kind::Page => 10,
        _ => return 0,
    };
    let mut score = base - if item.aside { 45 } else { 0 };
    if ["url", "mainEntityOfPage", "@id"].iter().any(|field| {
        item.fields.get(*field).and_then(address).is_some_and(|found| expected.addresses.contains(&bare(&found)))
    }) {
        score += 30;
    }
    let title = ["headline", "name"].iter().find_map(|field| item.fields.get(*field).and_then(text));
    if let Some(title) = title.map(|title| key(&title)).filter(|title| !title.is_empty()) {
        let fits =
            expected.titles.iter().any(|known| *known == title || (title.len() > 12 && known.starts_with(&title)));
        score += if fits { 30 } else { -5 };
    }
    if item.fields.contains_key("datePublished") || item.fields.contains_key("author") {
        score += 5;
    }
    score
}

/// An address without scheme, query, fragment and closing slash.
pub(crate) fn bare(address: &str) -> String {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let rest = rest.strip_prefix("www.").unwrap_or(rest);
    rest.split(['?', '#']).next().unwrap_or("").trim_end_matches('/').to_lowercase()
}

fn flatten<'g>(
    value: &'g Value,
    aside: bool,
    depth: usize,
    items: &mut Vec<Item<'g>>,
    ids: &mut HashMap<&'g str, &'g Map<String, Value>>,
) {
    if depth > DEPTH_MAX || items.len() >= ITEMS_MAX {
        return;
    }
    match value {
        Value::Array(values) => values.iter().for_each(|value| flatten(value, aside, depth + 1, items, ids)),
        Value::Object(fields) => {
            if let Some(id) = fields.get("@id").and_then(Value::as_str)
                && fields.len() > 1
            {
                // The same item may be described in pieces; the fuller piece tells more.
                let known = ids.entry(id).or_insert(fields);
                if fields.len() > known.len() {
                    *known = fields;
                }
            }
            items.push(Item { fields, kind: kind(fields), aside });
            for (name, inner) in fields {
                if inner.is_object() || inner.is_array() {
                    flatten(inner, aside || leads_elsewhere(name), depth + 1, items, ids);
                }
            }
        }
        _ => {}
    }
}

/// Properties whose values are about something other than this page's article.
fn leads_elsewhere(property: &str) -> bool {
    !matches!(property, "@graph" | "mainEntity" | "mainEntityOfPage" | "about" | "subjectOf" | "itemReviewed")
}

fn kind(fields: &Map<String, Value>) -> Kind {
    let mut best = Kind::Other;
    for name in strings(fields.get("@type")) {
        let name = name.rsplit(['/', '#', ':']).next().unwrap_or(name);
        let found = match name {
            "Question" => Kind::Question,
            "Report"
            | "Recipe"
            | "HowTo"
            | "Review"
            | "SocialMediaPosting"
            | "BlogPosting"
            | "DiscussionForumPosting" => Kind::Article,
            _ if name.ends_with("Article") || name.ends_with("Posting") => Kind::Article,
            "WebSite" => Kind::Site,
            "ProfilePage" | "CollectionPage" | "SearchResultsPage" | "QAPage" | "FAQPage" | "ItemPage"
            | "AboutPage" => Kind::Page,
            _ if name.ends_with("WebPage") => Kind::Page,
            "Organization" | "NewsMediaOrganization" | "Corporation" | "LocalBusiness" => Kind::Organisation,
            "Product"
            | "VideoObject"
            | "Book"
            | "Course"
            | "Event"
            | "Movie"
            | "PodcastEpisode"
            | "Dataset"
            | "CreativeWork"
            | "SoftwareApplication"
            | "ScholarlyWork"
            | "Chapter"
            | "MusicAlbum"
            | "Thesis" => Kind::Work,
            _ => Kind::Other,
        };
        if (found as u8) < (best as u8) {
            best = found;
        }
    }
    best
}

fn describe(item: &Item<'_>, ids: &HashMap<&str, &Map<String, Value>>) -> Linked {
    let field = |name: &str| item.fields.get(name);
    let one = |name: &str| field(name).and_then(text);
    Linked {
        is_article: matches!(item.kind, Kind::Article | Kind::Question),
        headline: one("headline"),
        name: one("name"),
        authors: ["author", "creator"]
            .iter()
            .map(|by| names(field(by), ids))
            .find(|n| !n.is_empty())
            .unwrap_or_default(),
        published: one("datePublished"),
        created: one("dateCreated").or_else(|| one("uploadDate")),
        modified: one("dateModified"),
        page_published: None,
        publisher: names(field("publisher"), ids).into_iter().next(),
        site: None,
        language: field("inLanguage").and_then(language_of),
        description: one("description").or_else(|| one("abstract")),
        url: field("url").and_then(address).or_else(|| field("mainEntityOfPage").and_then(address)),
        sections: list(field("articleSection")),
        keywords: list(field("keywords")),
        image: field("image").and_then(|image| image_of(image, ids)).or_else(|| field("thumbnailUrl").and_then(text)),
        licence: field("license").and_then(address),
    }
}

/// What the chosen item leaves open and the page or the site around it says.
fn fill(linked: &mut Linked, items: &[Item<'_>], ids: &HashMap<&str, &Map<String, Value>>) {
    let around = items.iter().filter(|item| !item.aside);
    let around = around.filter(|item| matches!(item.kind, Kind::Page | Kind::Site | Kind::Organisation));
    for item in around.take(FILLING_MAX) {
        match item.kind {
            Kind::Page => {
                let page = describe(item, ids);
                linked.page_published = linked.page_published.take().or(page.published);
                linked.modified = linked.modified.take().or(page.modified);
                linked.language = linked.language.take().or(page.language);
                linked.description = linked.description.take().or(page.description);
                if linked.authors.is_empty() {
                    linked.authors = page.authors;
                }
            }
            Kind::Site => linked.site = linked.site.take().or_else(|| item.fields.get("name").and_then(text)),
            Kind::Organisation => {
                linked.publisher = linked.publisher.take().or_else(|| item.fields.get("name").and_then(text));
            }
            _ => {}
        }
    }
}

/// The first string of a value: itself, the first of a list, or what `@value` holds.
fn text(value: &Value) -> Option<String> {
    let found = match value {
        Value::String(text) => plain(text),
        Value::Number(number) => number.to_string(),
        Value::Array(values) => return values.iter().take(8).find_map(text_flat),
        Value::Object(_) => return text_flat(value),
        _ => return None,
    };
    Some(found).filter(|found| !found.is_empty())
}

fn text_flat(value: &Value) -> Option<String> {
    match value {
        Value::String(_) | Value::Number(_) => text(value),
        Value::Object(fields) => {
            fields.get("@value").or_else(|| fields.get("name")).filter(|inner| inner.is_string()).and_then(text)
        }
        _ => None,
    }
}

fn address(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Object(fields) => {
            ["@id", "url"].iter().find_map(|name| fields.get(*name).filter(|v| v.is_string()).and_then(address))
        }
        Value::Array(values) => values.iter().take(4).filter(|v| !v.is_array()).find_map(address),
        _ => None,
    }
}

fn image_of(value: &Value, ids: &HashMap<&str, &Map<String, Value>>) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Array(values) => values.iter().take(8).filter(|v| !v.is_array()).find_map(|value| image_of(value, ids)),
        Value::Object(fields) => {
            let found = ["url", "contentUrl"].iter().find_map(|name| fields.get(*name).and_then(text));
            found.or_else(|| {
                let whole = ids.get(fields.get("@id")?.as_str()?)?;
                ["url", "contentUrl"].iter().find_map(|name| whole.get(*name).and_then(text))
            })
        }
        _ => None,
    }
}

fn language_of(value: &Value) -> Option<String> {
    match value {
        Value::Object(fields) => ["alternateName", "name"].iter().find_map(|name| fields.get(*name).and_then(text)),
        _ => text(value),
    }
}

/// The names of people or organisations: strings, items, references to items, or lists of these.
fn names(value: Option<&Value>, ids: &HashMap<&str, &Map<String, Value>>) -> Vec<String> {
    let mut found = Vec::new();
    match value {
        Some(Value::Array(values)) => {
            for value in values.iter().take(40).filter(|value| !value.is_array()) {
                found.extend(names(Some(value), ids));
            }
        }
        Some(Value::Object(fields)) => {
            let named = |fields: &Map<String, Value>| {
                let whole = fields.get("name").and_then(text);
                whole.or_else(|| {
                    let given = fields.get("givenName").and_then(text)?;
                    Some(
                        fields
                            .get("familyName")
                            .and_then(text)
                            .map_or(given.clone(), |family| format!("{given} {family}")),
                    )
                })
            };
            let own = match fields.get("name") {
                Some(Value::Array(several)) => several.iter().take(40).filter_map(text_flat).collect(),
                _ => named(fields).into_iter().collect::<Vec<_>>(),
            };
            found = own;
            if found.is_empty()
                && let Some(whole) = fields.get("@id").and_then(Value::as_str).and_then(|id| ids.get(id))
            {
                found.extend(named(whole));
            }
        }
        Some(Value::String(_)) => found.extend(value.and_then(text)),
        _ => {}
    }
    found
}

fn strings(value: Option<&Value>) -> impl Iterator<Item = &str> {
    let (one, many) = match value {
        Some(Value::String(text)) => (Some(text.as_str()), None),
        Some(Value::Array(values)) => (None, Some(values)),
        _ => (None, None),
    };
    one.into_iter().chain(many.into_iter().flatten().filter_map(Value::as_str))
}

/// A list of strings, written as a list or with commas.
fn list(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::Array(values)) => values.iter().take(100).filter_map(text_flat).collect(),
        Some(Value::String(whole)) => whole.split(',').take(100).map(plain).filter(|piece| !piece.is_empty()).collect(),
        _ => Vec::new(),
    }
}

/// Reads a script, as it is or repaired; one script may hold several values one after the other.
fn parse(script: &str) -> Vec<Value> {
    if let Ok(value) = serde_json::from_str(script) {
        return vec![value];
    }
    let repaired = repair(script);
    let mut values = Vec::new();
    for value in serde_json::Deserializer::from_str(&repaired).into_iter::<Value>() {
        match value {
            Ok(value) => values.push(value),
            Err(_) => break,
        }
    }
    values
}

/// Takes out what often breaks JSON-LD: comment and CDATA marks around it, control characters inside strings, commas before
/// a closing bracket, semicolons after the end.
fn repair(script: &str) -> String {
    let start = script.find(['{', '[']).map_or(0, |at| if script[at..].starts_with("[CDATA[") { at + 7 } else { at });
    let start = script[start..].find(['{', '[']).map_or(start, |at| start + at);
    let mut out = String::with_capacity(script.len());
    let (mut inside, mut escaped) = (false, false);
    for c in script[start..].chars() {
        if inside {
            match c {
                _ if escaped => {
                    // A backslash before a line break or a letter that is no escape is dropped.
                    if !matches!(c, '"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't' | 'u') {
                        out.pop();
                    }
                    out.push(if c.is_control() { ' ' } else { c });
                    escaped = false;
                    continue;
                }
                '\\' => escaped = true,
                '"' => inside = false,
                _ => {}
            }
            out.push(if c.is_control() { ' ' } else { c });
            continue;
        }
        match c {
            '"' => inside = true,
            '}' | ']' => {
                let kept = out.trim_end().len();
                if out[..kept].ends_with(',') {
                    out.truncate(kept - 1);
                }
            }
            ';' => continue,
            _ => {}
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn article(scripts: &[&str]) -> Linked {
        Graph::read(scripts).article(&Expected::default())
    }

    #[test]
    fn an_article_in_a_graph_finds_its_author_by_reference() {
        let linked = article(&[r##"{"@graph":[
            {"@type":"WebSite","name":"The Daily Finch"},
            {"@type":["Article","NewsArticle"],"headline":"Rain &#8211; again","author":{"@id":"#p1"},"datePublished":"2024-05-06"},
            {"@type":"Person","@id":"#p1","name":"Ada Vale"}]}"##]);
        assert_eq!(linked.headline.as_deref(), Some("Rain – again"));
        assert_eq!(linked.authors, ["Ada Vale"]);
        assert_eq!(linked.published.as_deref(), Some("2024-05-06"));
        assert_eq!(linked.site.as_deref(), Some("The Daily Finch"));
    }

    #[test]
    fn authors_may_be_strings_items_or_lists() {
        assert_eq!(article(&[r#"{"@type":"Article","author":"Ada Vale"}"#]).authors, ["Ada Vale"]);
        let list = r#"[{"@type":"BlogPosting","author":[{"name":"Ada Vale"},"Bo Lind",{"name":["Cy Orr"]}]}]"#;
        assert_eq!(article(&[list]).authors, ["Ada Vale", "Bo Lind", "Cy Orr"]);
    }

    #[test]
    fn an_article_below_main_entity_counts_and_one_in_a_list_does_not() {
        let linked = article(&[r#"{"@type":"WebPage","mainEntity":{"@type":"Article","headline":"Own"},
            "hasPart":[{"@type":"Article","headline":"Other","datePublished":"2020-01-01","author":"X"}]}"#]);
        assert_eq!(linked.headline.as_deref(), Some("Own"));
    }

    #[test]
    fn among_several_articles_the_one_with_the_address_of_the_page_wins() {
        let expected = Expected { addresses: vec![bare("https://finch.example/b/")], titles: Vec::new() };
        let graph = Graph::read(&[r#"[{"@type":"Article","headline":"A","url":"https://finch.example/a"},
            {"@type":"Article","headline":"B","url":"http://www.finch.example/b?x=1"}]"#]);
        assert_eq!(graph.article(&expected).headline.as_deref(), Some("B"));
    }

    #[test]
    fn broken_scripts_are_repaired() {
        for broken in [
            "<!-- {\"@type\":\"Article\",\"headline\":\"Ok\",} -->",
            "//<![CDATA[\n{\"@type\":\"Article\",\"headline\":\"Ok\"}\n//]]>",
            "{\"@type\":\"Article\",\"headline\":\"Ok\",\"keywords\":[\"a\",\"b\",],\"description\":\"two\nlines\"};",
            "{\"@type\":\"Article\",\"headline\":\"Ok\",\"description\":\"a \\' b\"}",
            "{\"@type\":\"WebSite\"}{\"@type\":\"Article\",\"headline\":\"Ok\"}",
        ] {
            assert_eq!(article(&[broken]).headline.as_deref(), Some("Ok"), "{broken}");
        }
    }

    #[test]
    fn nonsense_gives_nothing() {
        assert_eq!(article(&["", "null", "{", "[[[[", "\"x\"", "{\"@type\":7}"]), Linked::default());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_panic(script in "[\\[\\]{}\",:@a-z\\\\ \n]{0,200}") {
            article(&[&script]);
        }
    }
}
