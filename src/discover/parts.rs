//! Articles that are spread over several pages: which page continues which. Pure. A page continues another where the other says
//! so (`rel=next`, or a link that is called by its number), where its address is the same but for a number that is one higher, and
//! where it has the same title: most of what `rel=next` leads to is another article, or the next page of a list.

use std::sync::LazyLock;

use regex::Regex;
use url::Url;

use crate::discover::links::Links;

/// Parameters that number the pages of an article.
const PARAMETERS: &[&str] = &["page", "p", "pg", "paged", "pagenum", "pageno", "seite", "pagina"];
/// Segments and endings that come before such a number. (Parts and chapters are articles of their own.)
const WORDS: &[&str] = &["page", "seite", "pagina", "p", "pg", "s"];
/// No article has more pages.
const PARTS_MAX: u32 = 30;

/// The page that continues a page, where there is one.
pub fn next_part(address: &Url, links: &Links) -> Option<Url> {
    let continues = |url: &&Url| continues(address, url);
    let by_number = || {
        let wanted = numbered(address).number + 1;
        let mut called = links.links.iter().filter(|link| link.text.trim().parse() == Ok(wanted)).map(|link| &link.url);
        called.find(continues)
    };
    links.next.as_ref().filter(continues).or_else(by_number).cloned()
}

/// Whether an address is that of the page after another.
fn continues(address: &Url, next: &Url) -> bool {
    let (this, next) = (numbered(address), numbered(next));
    this.base == next.base && next.number == this.number + 1 && next.number <= PARTS_MAX && is_first_or_later(&this)
}

/// `/roundup-1` is followed by `/roundup-2` and is no part of it: a bare number belongs to an article only where the first page has none.
fn is_first_or_later(this: &Numbered) -> bool {
    this.number > 1 || !this.is_bare
}

/// Whether an address can be that of the first page of an article.
pub fn is_first(address: &Url) -> bool {
    let this = numbered(address);
    this.number == 1 && is_first_or_later(&this)
}

/// Whether two titles are those of one article: they are the same but for the number of a page that one of them names.
pub fn is_same_title(one: &str, other: &str) -> bool {
    static PAGE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let of = r"\d+(\s*(/|of|von|de|di|sur)\s*\d+)?";
        Regex::new(&format!(
            r"(?i)\b(page|seite|p[aá]gina|pagina|p|pg|s)\b\.?\s*{of}|[(\[]\s*\d+\s*(/|of|von|de|di|sur)\s*\d+\s*[)\]]"
        ))
        .ok()
    });
    let bare = |title: &str| {
        let title = PAGE.as_ref().map_or_else(|| title.to_owned(), |page| page.replace_all(title, " ").into_owned());
        let words = title.split(|sign: char| !sign.is_alphanumeric()).filter(|word| !word.is_empty());
        words.map(str::to_lowercase).collect::<Vec<_>>()
    };
    let (one, other) = (bare(one), bare(other));
    !one.is_empty() && one == other
}

/// The number of a page, as its address has it.
struct Numbered {
    /// The address without it.
    base: String,
    /// The number; 1 where there is none.
    number: u32,
    /// Whether nothing but its place says that it numbers pages.
    is_bare: bool,
}

/// Takes the number of its page out of an address.
fn numbered(url: &Url) -> Numbered {
    let origin = &url[..url::Position::BeforePath];
    let mut found = None;
    let mut kept = Vec::new();
    for pair in url.query().unwrap_or("").split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        match number(value).filter(|_| found.is_none() && PARAMETERS.contains(&name.to_ascii_lowercase().as_str())) {
            Some(number) => found = Some(number),
            None => kept.push(pair),
        }
    }
    let query = if kept.is_empty() { String::new() } else { format!("?{}", kept.join("&")) };
    let path = url.path().trim_end_matches('/');
    let (path, number, is_bare) = match found {
        Some(found) => (path.to_owned(), found, false),
        None => numbered_path(path).unwrap_or_else(|| (path.to_owned(), 1, false)),
    };
    Numbered { base: format!("{origin}{path}{query}"), number, is_bare }
}

fn number(text: &str) -> Option<u32> {
    text.parse::<u32>().ok().filter(|number| (1..10_000).contains(number))
}

/// `/a/2`, `/a/page/2`, `/a-2.html`, `/a_2.html`, `/a,2.html`, `/a-page2`: the path without the number, the number, and whether it is
/// bare.
fn numbered_path(path: &str) -> Option<(String, u32, bool)> {
    let (folder, name) = path.rsplit_once('/')?;
    if let Some(found) = number(name) {
        let (above, word) = folder.rsplit_once('/').unwrap_or(("", folder));
        let is_named = WORDS.contains(&word.to_ascii_lowercase().as_str());
        return Some((if is_named { above } else { folder }.to_owned(), found, !is_named));
    }
    let (stem, end) = name.rsplit_once('.').map_or((name, ""), |(stem, end)| (stem, end));
    let digits = stem.bytes().rev().take_while(u8::is_ascii_digit).count();
    let (stem, found) = (&stem[..stem.len() - digits], number(&stem[stem.len() - digits..])?);
    let lower = stem.to_ascii_lowercase();
    let named = WORDS.iter().filter(|word| word.len() > 1).find(|word| lower.ends_with(**word));
    let stem = stem[..stem.len() - named.map_or(0, |word| word.len())].strip_suffix(['-', '_', ',', '.'])?;
    let end = if end.is_empty() { String::new() } else { format!(".{end}") };
    (!stem.is_empty()).then(|| (format!("{folder}/{stem}{end}"), found, named.is_none()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;
    use crate::discover::links::links;

    fn url(text: &str) -> Url {
        Url::parse(&format!("https://a.test{text}")).unwrap()
    }

    #[test]
    fn the_next_page_has_the_same_address_but_for_its_number() {
        for (this, next) in [
            ("/story", "/story?page=2"),
            ("/story/", "/story/2/"),
            ("/story", "/story/page/2"),
            ("/story.html", "/story-2.html"),
            ("/story.html", "/story_2.html"),
            ("/story-2.html", "/story-3.html"),
            ("/story?id=7&page=2", "/story?page=3&id=7"),
            ("/story", "/story-seite2"),
        ] {
            assert!(continues(&url(this), &url(next)), "{this} {next}");
        }
        for (this, next) in [
            ("/story", "/another"),
            ("/story", "/story?page=3"),
            ("/story?page=2", "/story?page=2"),
            ("/story?page=2", "/story"),
            ("/story?id=7", "/story?id=8"),
            ("/story", "/story/comments"),
            ("/story?id=7", "/story?page=2"),
            ("/roundup-1", "/roundup-2"),
            ("/articles/1", "/articles/2"),
        ] {
            assert!(!continues(&url(this), &url(next)), "{this} {next}");
        }
    }

    #[test]
    fn a_title_may_tell_its_page() {
        assert!(is_same_title("The long walk", "The Long Walk (page 2 of 4)"));
        assert!(is_same_title("The long walk", "The long walk - Seite 2"));
        assert!(!is_same_title("The long walk", "The short walk"));
        assert!(!is_same_title("Die Reise, Teil 1", "Die Reise, Teil 2"));
        assert!(!is_same_title("Weekly roundup 1", "Weekly roundup 2"));
        assert!(!is_same_title("", "2"));
    }

    #[test]
    fn the_next_page_is_named_by_its_relation_or_by_its_number() {
        let next = |html: &str| next_part(&url("/story"), &links(html.as_bytes(), &url("/story"), None, "x"));
        assert_eq!(next("<link rel=next href='/story?page=2'>"), Some(url("/story?page=2")));
        assert_eq!(next("<a href='/story/2'>2</a> <a href='/story/3'>3</a>"), Some(url("/story/2")));
        assert_eq!(next("<link rel=next href=/another-story><a href=/story/2>Read on in part two</a>"), None);
    }

    proptest! {
        #[test]
        fn any_address_has_a_number(path in "[/a-z0-9,._-]{0,30}", query in "[a-z0-9=&]{0,30}") {
            let address = url(&format!("/{path}?{query}"));
            prop_assert!(numbered(&address).number >= 1);
        }
    }
}
