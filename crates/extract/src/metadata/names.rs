//! Names of people as pages write them: labels, roles, dates and degrees around them are taken off, several names told apart.
//! It reads text alone and knows nothing of where it stood.

use crate::metadata::dates::months::month;
use crate::metadata::text::{fold, key};

/// A longer name is a sentence.
const NAME_BYTES_MAX: usize = 70;
/// A name has no more words.
const NAME_WORDS_MAX: usize = 6;
/// No article has more authors that matter.
const NAMES_MAX: usize = 60;

/// Words before a name that say it is that of the author.
const LABELS: &[&str] = &[
    "by",
    "by:",
    "written by",
    "posted by",
    "published by",
    "article by",
    "story by",
    "text by",
    "words by",
    "recipe by",
    "created by",
    "contributed by",
    "submitted by",
    "started by",
    "reported by",
    "report by",
    "review by",
    "a blog by",
    "guest post by",
    "this post was written by",
    "this article was written by",
    "this post is by",
    "author",
    "author:",
    "authors",
    "authors:",
    "about the author",
    "written by:",
    "posted by:",
    "von",
    "von:",
    "autor",
    "autor:",
    "autorin:",
    "verfasst von",
    "geschrieben von",
    "ein artikel von",
    "text:",
    "par",
    "par:",
    "publié par",
    "écrit par",
    "rédigé par",
    "auteur",
    "auteur :",
    "auteur:",
    "por",
    "por:",
    "escrito por",
    "publicado por",
    "autora:",
    "di",
    "di:",
    "scritto da",
    "pubblicato da",
    "a cura di",
    "autore:",
    "door",
    "door:",
    "geschreven door",
    "av",
    "af",
    "skrevet av",
    "text av",
    "autor tekstu:",
    "автор:",
    "автор",
    "текст:",
    "auteurs:",
    "yazan:",
    "συντάκτης:",
    "του",
    "της",
    "作者",
    "作者：",
    "作者:",
    "veröffentlicht von",
    "publiziert von",
    "erstellt von",
    "redaktion:",
    "postado por",
    "publicada por",
    "geplaatst door",
    "autorka:",
    "opracował",
    "opracowała",
    "napisał",
    "napisała",
    "dodał",
    "tekst:",
    "авторы:",
    "автор статьи:",
    "опубликовал",
    "γράφει ο",
    "γράφει η",
    "γράφουν οι",
    "κείμενο:",
    "yazar:",
    "tác giả:",
    "oleh",
    "penulis:",
    "napsal",
    "napsala",
    "írta:",
    "szerző:",
    "scris de",
    "skriven av",
    "skrevet af",
    "kirjoittaja:",
    "بقلم",
    "بقلم:",
    "الكاتب:",
    "نویسنده:",
    "מאת",
    "מאת:",
    "記者",
    "记者",
    "撰文",
    "編集",
    "文/",
    "文：",
];

/// Words before a name that say it is that of somebody else.
const OTHERS: [&str; 12] = [
    "reviewed by",
    "medically reviewed by",
    "edited by",
    "fact checked by",
    "fact-checked by",
    "photo by",
    "photos by",
    "photo:",
    "image by",
    "illustration by",
    "sponsored by",
    "presented by",
];

/// Words that stand for a role, a place or a label, never for a person.
const NO_NAMES: [&str; 62] = [
    "facebook",
    "twitter",
    "linkedin",
    "instagram",
    "youtube",
    "pinterest",
    "email",
    "e-mail",
    "share",
    "follow",
    "rss",
    "website",
    "home",
    "blog",
    "news",
    "admin",
    "administrator",
    "editor",
    "author",
    "authors",
    "founder",
    "reviewer",
    "contributor",
    "writer",
    "staff writer",
    "guest",
    "unknown",
    "none",
    "null",
    "undefined",
    "read more",
    "more",
    "posts",
    "view all posts",
    "contact",
    "subscribe",
    "published",
    "updated",
    "member",
    "moderator",
    "insights from",
    "n/a",
    "about",
    "anonymous user",
    "sign in",
    "log in",
    "login",
    "register",
    "reply",
    "username",
    "notes",
    "sponsored",
    "and",
    "spotlight",
    "menu",
    "search",
    "comments",
    "guide",
    "review",
    "interview",
    "opinion",
    "search results",
];

/// Letters behind a name that stand for degrees and honours.
const DEGREES: [&str; 32] = [
    "md", "m.d.", "phd", "ph.d.", "ph.d", "rd", "rdn", "rn", "msc", "m.sc.", "bsc", "ma", "m.a.", "mba", "ms", "m.s.",
    "jd", "j.d.", "dds", "dmd", "cfa", "cfp", "cfp®", "cpa", "esq", "esq.", "jr", "jr.", "sr", "dpt", "cpt", "mph",
];

/// Labels that no sentence and no menu begins with, wherever they stand.
const FULL_LABELS: [&str; 12] = [
    "written by",
    "article by",
    "story by",
    "posted by",
    "verfasst von",
    "geschrieben von",
    "écrit par",
    "rédigé par",
    "escrito por",
    "scritto da",
    "geschreven door",
    "skrevet av",
];

/// Lower-case words that are part of names.
const PARTICLES: [&str; 22] = [
    "de", "da", "do", "dos", "das", "di", "del", "della", "van", "von", "der", "den", "ter", "la", "le", "du", "al",
    "bin", "ibn", "y", "e", "zu",
];

/// How sure it is that a text holds names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trust {
    /// The page says so: user names and organisations count too.
    Declared,
    /// It stands where names stand: only what is written like a name counts.
    Guessed,
}

/// The names in some texts, each once.
pub(crate) fn names<S: AsRef<str>>(texts: &[S], trust: Trust) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for text in texts {
        for name in names_in(text.as_ref(), trust) {
            let key = key(&name);
            if found.len() < NAMES_MAX && !found.iter().any(|known| self::key(known) == key) {
                found.push(name);
            }
        }
    }
    found
}

/// The names in one text.
fn names_in(text: &str, trust: Trust) -> Vec<String> {
    let text = fold(text, 600);
    let Some(text) = without_label(&text).map(behind_by) else { return Vec::new() };
    let mut found: Vec<String> = Vec::new();
    for part in split(text, trust) {
        let Some(part) = without_label(part) else { continue };
        let name = tidy(if trust == Trust::Guessed { before_more(part) } else { part });
        let is_first = found.is_empty();
        if name.is_empty() || is_degree(&name, is_first) {
            continue;
        }
        let fits =
            if is_first { is_name(&name, trust) } else { is_name(&name, trust) && is_written_like_a_name(&name) };
        if fits {
            found.push(name);
        } else if trust == Trust::Guessed {
            // What follows the first thing that is no name is a role or a sentence.
            break;
        }
    }
    found
}

/// Whether it is no name but letters for a degree: one that is known, or a few capitals behind a name.
fn is_degree(name: &str, is_first: bool) -> bool {
    const LETTERS_MAX: usize = 5;
    let is_short = || name.len() <= LETTERS_MAX && name.bytes().all(|b| b.is_ascii_uppercase() || b == b'.');
    DEGREES.contains(&name.to_lowercase().as_str()) || (!is_first && is_short())
}

/// What stands before a date or a place behind a name: "Ada Vale on 6 May", "Ada Vale in Weather".
fn before_more(text: &str) -> &str {
    const MORE: [&str; 6] = ["on", "at", "in", "for", "from", "via"];
    const WHEN: [&str; 9] = ["on", "at", "am", "le", "el", "il", "em", "op", "den"];
    let words: Vec<&str> = text.split(' ').collect();
    let is_one_of = |at: usize, list: &[&str]| list.iter().any(|word| words[at].eq_ignore_ascii_case(word));
    let is_month =
        |at: usize| words.get(at).is_some_and(|word| month(&word.trim_end_matches('.').to_lowercase()).is_some());
    let is_date = |at: usize| {
        words[at].starts_with(|c: char| c.is_ascii_digit())
            && (is_month(at - 1) || is_month(at + 1) || words[at].matches(['-', '/', '.']).count() == 2)
    };
    let Some(found) = (1..words.len()).find(|at| is_date(*at) || (*at > 1 && is_one_of(*at, &MORE))) else {
        return text;
    };
    let start = found - usize::from(is_date(found) && is_month(found - 1));
    let end = start - usize::from(start > 0 && is_one_of(start - 1, &WHEN));
    // One word before a date is more often a day of the week than a name.
    let is_name = end > 1 || (end == 1 && start > end);
    let is_small = |word: &&str| word.starts_with(char::is_lowercase) && !PARTICLES.contains(word);
    if !is_name || words[..end].iter().any(is_small) {
        return text;
    }
    let bytes = words[..end].iter().map(|word| word.len() + 1).sum::<usize>();
    &text[..bytes - 1]
}

/// What follows "by" where a date or the like stands before it: "6 May 2024 · 3 min read · By Ada Vale".
pub(crate) fn behind_date(text: &str) -> Option<&str> {
    const BEFORE_BYTES_MAX: usize = 45;
    let at = [" by ", " By "].iter().filter_map(|by| text.find(by)).min().filter(|at| *at <= BEFORE_BYTES_MAX)?;
    text[..at].bytes().any(|byte| byte.is_ascii_digit()).then(|| &text[at + 4..])
}

/// Whether a line begins with a label that is one wherever it stands.
pub(crate) fn has_full_label(text: &str) -> bool {
    FULL_LABELS.iter().any(|label| starts_with_word(text, label))
}

/// Takes labels off the front; nothing where the label says that it is somebody else.
pub(crate) fn without_label(text: &str) -> Option<&str> {
    let mut rest = text.trim_matches(is_edge);
    if OTHERS.iter().any(|label| starts_with_word(rest, label)) {
        return None;
    }
    while let Some(label) = LABELS.iter().filter(|label| starts_with_word(rest, label)).max_by_key(|label| label.len())
    {
        rest = rest[label.len()..].trim_start_matches(|c: char| is_edge(c) || matches!(c, ':' | '：'));
    }
    Some(rest)
}

/// What follows "by" in "A guide by Ada Vale".
fn behind_by(text: &str) -> &str {
    const BEFORE_BYTES_MAX: usize = 30;
    match text.find(" by ").filter(|at| *at <= BEFORE_BYTES_MAX) {
        Some(at) => text[at + 4..].trim_start(),
        None => text,
    }
}

/// Whether a line begins with a label, or is one.
pub(crate) fn has_label(text: &str) -> bool {
    let rest = text.trim_matches(is_edge);
    LABELS.iter().any(|label| starts_with_word(rest, label))
}

fn starts_with_word(text: &str, word: &str) -> bool {
    let Some(start) = text.get(..word.len()) else { return false };
    let is_beyond = !word.is_ascii() && !start.is_ascii();
    if !(start.eq_ignore_ascii_case(word) || (is_beyond && start.to_lowercase() == *word)) {
        return false;
    }
    let next = text[word.len()..].chars().next();
    // "ByAda" is what remains of two elements without white space between.
    let is_glued = matches!(word, "by" | "written by" | "posted by")
        && next.is_some_and(char::is_uppercase)
        && text.starts_with(['B', 'W', 'P']);
    !word.ends_with(char::is_alphanumeric) || !word.is_ascii() || next.is_none_or(|c| !c.is_alphanumeric()) || is_glued
}

fn is_edge(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            ',' | ';'
                | '|'
                | '-'
                | '–'
                | '—'
                | '•'
                | '·'
                | '/'
                | '@'
                | '*'
                | '»'
                | '«'
                | '~'
                | '⋅'
                | '●'
                | '('
                | '['
                | '…'
        )
}

/// Tells several names apart.
fn split(text: &str, trust: Trust) -> Vec<&str> {
    const JOINTS: [&str; 18] = [
        ";", " | ", "|", " • ", " · ", " » ", " – ", " — ", " - ", " / ", "、", "\n", " and ", " und ", " & ", " et ",
        " with ", " ● ",
    ];
    let mut parts = vec![text];
    for joint in JOINTS {
        // What a page declares may be the name of an organisation, which holds such signs itself.
        if trust == Trust::Declared
            && (matches!(joint, " - " | " / ") || (joint == " & " && text.split(' ').count() <= 4))
        {
            continue;
        }
        parts = parts.into_iter().flat_map(|part| part.split(joint)).collect();
    }
    parts.into_iter().flat_map(split_commas).collect()
}

/// Commas part names, but not `Family, Given`, which no page writes for readers.
fn split_commas(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', '，']).map(|part| {
        let part = part.trim();
        ["and ", "und ", "et ", "& "].iter().find_map(|joint| part.strip_prefix(joint)).unwrap_or(part)
    })
}

fn tidy(name: &str) -> String {
    let name = name.trim_matches(|c: char| is_edge(c) || matches!(c, ':' | '"' | '“' | '”'));
    // What stands in brackets behind a name is a role, an alias or a place.
    let is_closed = name.ends_with(')') || !name.contains(')');
    let name = name.rfind(" (").filter(|_| is_closed).map_or(name, |at| &name[..at]);
    let mut words: Vec<&str> = name.trim_end_matches(')').split(' ').filter(|word| !word.is_empty()).collect();
    while words.len() > 2 && words.last().is_some_and(|last| DEGREES.contains(&last.to_lowercase().as_str())) {
        words.pop();
    }
    words.join(" ")
}

fn is_name(name: &str, trust: Trust) -> bool {
    let lower = name.to_lowercase();
    let letters = name.chars().filter(|c| c.is_alphabetic()).count();
    let digits = name.chars().filter(char::is_ascii_digit).count();
    let words = name.split(' ').count();
    let fits = letters >= 2
        && name.len() <= NAME_BYTES_MAX
        && words <= NAME_WORDS_MAX
        && !name.contains("://")
        && !name.contains('@')
        && !lower.contains("www.")
        && !lower.contains(".com/")
        && !is_host(name)
        && !name.contains(['=', '{', '<', '>', '?', '!'])
        && !NO_NAMES.contains(&lower.as_str())
        && !LABELS.contains(&lower.as_str())
        && !is_date(&lower);
    fits && match trust {
        Trust::Declared => digits <= 8,
        Trust::Guessed => digits == 0 && is_written_like_a_name(name),
    }
}

/// Whether it is the name of a host, as in "Finch.com" or "finch.gr"; in capitals it may be that of an organisation.
fn is_host(name: &str) -> bool {
    let (before, ending) = name.rsplit_once('.').unwrap_or(("", ""));
    let is_plain = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || matches!(b, b'.' | b'-' | b'0'..=b'9'))
    };
    let is_known = matches!(ending.to_ascii_lowercase().as_str(), "com" | "org" | "net" | "de" | "io" | "co");
    !name.contains(' ') && (is_known || (matches!(ending.len(), 2..=4) && is_plain(ending) && is_plain(before)))
}

fn is_date(lower: &str) -> bool {
    let mut words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.any(|word| month(word).is_some_and(|_| word.len() > 2)) && lower.bytes().any(|b| b.is_ascii_digit())
}

/// Whether every word begins as words of names do, in scripts that have capitals.
fn is_written_like_a_name(name: &str) -> bool {
    const ROLES: [&str; 26] = [
        "editor",
        "writer",
        "reporter",
        "correspondent",
        "founder",
        "director",
        "manager",
        "officer",
        "journalist",
        "columnist",
        "professor",
        "expert",
        "specialist",
        "consultant",
        "marketing",
        "president",
        "head",
        "senior",
        "chief",
        "author",
        "published",
        "updated",
        "min",
        "minutes",
        "comments",
        "read",
    ];
    let words: Vec<&str> = name.split(' ').collect();
    let capital = |word: &&str| {
        let first = word.chars().find(|c| c.is_alphabetic());
        first.is_none_or(|c| !c.is_lowercase()) || PARTICLES.contains(word)
    };
    words.iter().all(capital)
        && words.first().is_some_and(|word| word.chars().next().is_some_and(|c| !c.is_lowercase() || words.len() > 1))
        && !words.iter().any(|word| ROLES.contains(&word.to_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guessed(text: &str) -> Vec<String> {
        names(&[text], Trust::Guessed)
    }

    #[test]
    fn labels_of_many_languages_are_cut_off() {
        for text in [
            "By Ada Vale",
            "BY Ada Vale",
            "ByAda Vale",
            "Written by: Ada Vale",
            "A guide by Ada Vale",
            "Von Ada Vale",
            "Par Ada Vale",
            "Por Ada Vale",
            "Autor: Ada Vale",
            "Автор: Ada Vale",
            "作者：Ada Vale",
            "This post was written by Ada Vale",
            "@ Ada Vale |",
        ] {
            assert_eq!(guessed(text), ["Ada Vale"], "{text}");
        }
    }

    #[test]
    fn roles_degrees_and_dates_are_cut_off() {
        for text in [
            "Ada Vale, Staff Writer",
            "Ada Vale, PhD",
            "Ada Vale PhD",
            "Ada Vale • March 12",
            "Ada Vale (Editor)",
            "By Ada Vale | May 6, 2024",
            "Ada Vale, Head of Marketing",
            "Ada Vale, BSN, FAND",
            "By Ada Vale May 6, 2024",
            "By Ada Vale 6 May 2024",
            "Von Ada Vale am 6. Mai 2024",
            "Posted by Ada Vale on 2024-05-06 in rain. Tags: rain, wind",
            "By Ada Vale in Weather",
            "By Ada Vale ● 6 May",
        ] {
            assert_eq!(guessed(text), ["Ada Vale"], "{text}");
        }
    }

    #[test]
    fn several_names_are_told_apart() {
        for text in [
            "Ada Vale and Bo Lind",
            "Ada Vale, Bo Lind",
            "Ada Vale & Bo Lind",
            "Von Ada Vale und Bo Lind",
            "Ada Vale; Bo Lind",
            "Ada Vale, and Bo Lind",
            "By Ada Vale with Bo Lind",
        ] {
            assert_eq!(guessed(text), ["Ada Vale", "Bo Lind"], "{text}");
        }
    }

    #[test]
    fn hosts_are_no_people() {
        assert_eq!(names(&["finch.gr"], Trust::Declared), Vec::<String>::new());
        assert_eq!(names(&["Finch.com"], Trust::Declared), Vec::<String>::new());
        assert_eq!(names(&["ORF.at"], Trust::Declared), ["ORF.at"]);
        assert_eq!(names(&["Veröffentlicht von"], Trust::Guessed), Vec::<String>::new());
    }

    #[test]
    fn who_reviewed_it_did_not_write_it() {
        assert!(guessed("Medically reviewed by Ada Vale").is_empty());
        assert!(guessed("Photo: Ada Vale").is_empty());
    }

    #[test]
    fn sentences_and_labels_are_no_names() {
        for text in [
            "by the river it rained all day",
            "Share",
            "May 6, 2024",
            "https://finch.example/ada",
            "5 min read",
            "6 May",
            "May 6 at 10:30",
            "Mon 6 May 2024",
            "Last updated May 6, 2024",
            "You can sign up for it in May",
            "Insights from",
        ] {
            assert!(guessed(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn names_of_other_scripts_and_with_particles_are_kept() {
        assert_eq!(guessed("Ada van der Vale"), ["Ada van der Vale"]);
        assert_eq!(guessed("王小明"), ["王小明"]);
        assert_eq!(guessed("Автор: Анна Вальева"), ["Анна Вальева"]);
    }

    #[test]
    fn user_names_count_only_where_the_page_declares_them() {
        assert_eq!(names(&["finch_fan99"], Trust::Declared), ["finch_fan99"]);
        assert!(guessed("finch_fan99").is_empty());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in ".{0,80}") {
            guessed(&text);
        }
    }
}
