//! Articles that are spread over several pages: which page continues which. Pure. A page continues another where the other says
//! so (`rel=next`, or a link that is called by its number), where its address is the same but for a number that is one higher, and
//! where it has the same title: most of what `rel=next` leads to is another article, or the next page of a list.

use url::Url;

use crate::discover::links::Links;

/// Parameters that number the pages of an article.
const PARAMETERS: &[&str] = &["page", "p", "pg", "paged", "pagenum", "pageno", "seite", "pagina", "part", "teil"];
/// Segments and endings that come before such a number.
const WORDS: &[&str] = &["page", "seite", "pagina", "part", "teil", "p", "pg", "s"];
/// No article has more pages.
pub const PARTS_MAX: u32 = 30;

/// The page that continues a page, where there is one.
pub fn next_part(address: &Url, links: &Links) -> Option<Url> {
    let continues = |url: &&Url| continues(address, url);
    let by_number = || {
        let wanted = numbered(address).1 + 1;
        let mut called = links.links.iter().filter(|link| link.text.trim().parse() == Ok(wanted)).map(|link| &link.url);
        called.find(continues)
    };
    links.next.as_ref().filter(continues).or_else(by_number).cloned()
}

/// Whether an address is that of the page after another.
pub fn continues(address: &Url, next: &Url) -> bool {
    let ((base, number), (next_base, next_number)) = (numbered(address), numbered(next));
    base == next_base && next_number == number + 1 && next_number <= PARTS_MAX
}

/// Whether an address is that of any later page of the same article.
pub fn is_part_of(first: &Url, other: &Url) -> bool {
    let ((base, _), (other_base, number)) = (numbered(first), numbered(other));
    base == other_base && (2..=PARTS_MAX).contains(&number)
}

/// Whether an address can be that of the first page of an article.
pub fn is_first(address: &Url) -> bool {
    numbered(address).1 == 1
}

/// Whether two titles are those of one article: they differ in page numbers at most.
pub fn is_same_title(one: &str, other: &str) -> bool {
    let bare = |title: &str| {
        let words = title.split(|sign: char| !sign.is_alphabetic()).filter(|word| !word.is_empty());
        let words = words
            .map(str::to_lowercase)
            .filter(|word| !WORDS.contains(&word.as_str()) && word != "of" && word != "von");
        words.collect::<Vec<_>>()
    };
    let (one, other) = (bare(one), bare(other));
    !one.is_empty() && one == other
}

/// An address without the number of its page, and that number; 1 where it has none.
fn numbered(url: &Url) -> (String, u32) {
    let number = |text: &str| text.parse::<u32>().ok().filter(|number| (1..10_000).contains(number));
    let origin = &url[..url::Position::BeforePath];
    let mut found = None;
    let pairs: Vec<&str> = url.query().unwrap_or("").split('&').filter(|pair| !pair.is_empty()).collect();
    let mut kept = Vec::new();
    for pair in pairs {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        match number(value).filter(|_| found.is_none() && PARAMETERS.contains(&name.to_ascii_lowercase().as_str())) {
            Some(number) => found = Some(number),
            None => kept.push(pair),
        }
    }
    let query = if kept.is_empty() { String::new() } else { format!("?{}", kept.join("&")) };
    let path = url.path().trim_end_matches('/');
    let (path, found) = match found {
        Some(found) => (path.to_owned(), found),
        None => numbered_path(path).unwrap_or_else(|| (path.to_owned(), 1)),
    };
    (format!("{origin}{path}{query}"), found)
}

/// `/a/2`, `/a/page/2`, `/a-2.html`, `/a_2.html`, `/a,2.html`, `/a-page2`: the path without the number, and the number.
fn numbered_path(path: &str) -> Option<(String, u32)> {
    let number = |text: &str| text.parse::<u32>().ok().filter(|number| (1..10_000).contains(number));
    let (folder, name) = path.rsplit_once('/')?;
    if let Some(found) = number(name) {
        let (above, word) = folder.rsplit_once('/').unwrap_or(("", folder));
        let folder = if WORDS.contains(&word.to_ascii_lowercase().as_str()) { above } else { folder };
        return Some((folder.to_owned(), found));
    }
    let (stem, end) = name.rsplit_once('.').map_or((name, ""), |(stem, end)| (stem, end));
    let digits = stem.bytes().rev().take_while(u8::is_ascii_digit).count();
    let (stem, found) = (&stem[..stem.len() - digits], number(&stem[stem.len() - digits..])?);
    let lower = stem.to_ascii_lowercase();
    let word =
        WORDS.iter().filter(|word| word.len() > 1).find(|word| lower.ends_with(**word)).map_or(0, |word| word.len());
    let stem = stem[..stem.len() - word].strip_suffix(['-', '_', ',', '.'])?;
    let end = if end.is_empty() { String::new() } else { format!(".{end}") };
    (!stem.is_empty()).then(|| (format!("{folder}/{stem}{end}"), found))
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
            ("/story,1.html", "/story,2.html"),
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
        ] {
            assert!(!continues(&url(this), &url(next)), "{this} {next}");
        }
    }

    #[test]
    fn a_title_may_tell_its_page() {
        assert!(is_same_title("The long walk", "The Long Walk (page 2 of 4)"));
        assert!(is_same_title("The long walk", "The long walk - Seite 2"));
        assert!(!is_same_title("The long walk", "The short walk"));
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
            let (_, number) = numbered(&url(&format!("/{path}?{query}")));
            prop_assert!(number >= 1);
        }
    }
}
