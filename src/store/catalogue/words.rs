//! PURE: how text is prepared for the full-text index, how a person's words become a query, and how a snippet is cut. The
//! index splits at white space and punctuation, which scripts without spaces do not have: their letters are set apart here,
//! in the text and in the query alike, where a word then becomes a phrase.

/// Whether a letter belongs to a script that is written without spaces, or (Korean) glues particles to its words.
fn stands_alone(letter: char) -> bool {
    matches!(u32::from(letter),
        0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x1100..=0x11FF | 0x2E80..=0x2FDF | 0x3005..=0x3007
        | 0x3040..=0x30FF | 0x3130..=0x318F | 0x31F0..=0x31FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xAC00..=0xD7AF
        | 0xF900..=0xFAFF | 0xFF66..=0xFF9D | 0x20000..=0x323AF)
}

/// Accents of Greek, and the dots of the Russian ё, which people do not type; the index folds those of Latin letters itself.
fn unaccented(letter: char) -> char {
    match letter {
        'ά' | 'Ά' | 'ἀ'..='ἇ' | 'ὰ' => 'α',
        'έ' | 'Έ' | 'ἐ'..='ἕ' | 'ὲ' => 'ε',
        'ή' | 'Ή' | 'ἠ'..='ἧ' | 'ὴ' => 'η',
        'ί' | 'Ί' | 'ΐ' | 'ϊ' | 'Ϊ' | 'ἰ'..='ἷ' | 'ὶ' => 'ι',
        'ό' | 'Ό' | 'ὀ'..='ὅ' | 'ὸ' => 'ο',
        'ύ' | 'Ύ' | 'ΰ' | 'ϋ' | 'Ϋ' | 'ὐ'..='ὗ' | 'ὺ' => 'υ',
        'ώ' | 'Ώ' | 'ὠ'..='ὧ' | 'ὼ' => 'ω',
        'ё' | 'Ё' => 'е',
        other => other,
    }
}

/// The text as it goes into the index.
pub fn indexable(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 4);
    for letter in text.chars() {
        if letter.is_ascii() {
            out.push(letter);
            continue;
        }
        let letter = unaccented(letter);
        if stands_alone(letter) {
            out.extend([' ', letter, ' ']);
        } else {
            out.push(letter);
        }
    }
    out
}

/// What a person asks for: words, all of which must occur, and "phrases in quotes". A word that ends in `*` asks for every
/// word that begins so.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    terms: Vec<Term>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Term {
    text: String,
    prefix: bool,
}

impl Query {
    /// Reads what a person wrote; every text is a query, no text an error.
    pub fn parse(text: &str) -> Self {
        // FTS5 reads no further than a zero byte, and no word has a control character in it.
        let text = text.replace(char::is_control, " ");
        let mut terms = Vec::new();
        for (n, part) in text.split('"').enumerate() {
            if n % 2 == 1 {
                terms.push(Term { text: part.trim().to_owned(), prefix: false });
            } else {
                terms.extend(part.split_whitespace().map(|word| {
                    let bare = word.trim_end_matches('*');
                    Term { text: bare.to_owned(), prefix: bare.len() < word.len() }
                }));
            }
        }
        terms.retain(|term| term.text.chars().any(char::is_alphanumeric));
        Self { terms }
    }

    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// In the language of FTS5, where a quoted string is a phrase.
    pub fn fts5(&self) -> String {
        let terms = self.terms.iter().map(|term| {
            let star = if term.prefix { " *" } else { "" };
            format!("\"{}\"{star}", indexable(&term.text).trim())
        });
        terms.collect::<Vec<_>>().join(" AND ")
    }

    /// The words of a text around the first place where something that was asked for stands, and where in them.
    pub fn snippet(&self, text: &str) -> (String, Vec<(usize, usize)>) {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let first = self.places(&text).into_iter().next().map_or(0, |(start, _)| start);
        let start = backward(&text, first, 60);
        let end = forward(&text, first, 140);
        let before = if start > 0 { "… " } else { "" };
        let after = if end < text.len() { " …" } else { "" };
        let snippet = format!("{before}{}{after}", text[start..end].trim());
        let highlights = self.places(&snippet);
        (snippet, highlights)
    }

    /// Where the terms stand in a text, case folded, without overlap.
    fn places(&self, text: &str) -> Vec<(usize, usize)> {
        let wanted: Vec<Vec<char>> = self.terms.iter().map(|term| folded(&term.text)).collect();
        let letters: Vec<(usize, char)> =
            text.char_indices().flat_map(|(at, c)| unaccented(c).to_lowercase().map(move |l| (at, l))).collect();
        let mut places = Vec::new();
        let mut at = 0;
        while at < letters.len() {
            let word_begins = at == 0 || !letters[at - 1].1.is_alphanumeric() || stands_alone(letters[at].1);
            let found =
                wanted.iter().filter(|term| word_begins && begins_with(&letters[at..], term)).map(Vec::len).max();
            match found {
                Some(length) => {
                    let end = letters.get(at + length).map_or(text.len(), |(end, _)| *end);
                    places.push((letters[at].0, end));
                    at += length;
                }
                None => at += 1,
            }
        }
        places
    }
}

fn folded(text: &str) -> Vec<char> {
    text.chars().map(unaccented).flat_map(char::to_lowercase).collect()
}

fn begins_with(letters: &[(usize, char)], term: &[char]) -> bool {
    !term.is_empty() && letters.len() >= term.len() && letters.iter().zip(term).all(|((_, a), b)| a == b)
}

/// The beginning of a word some letters before a place.
fn backward(text: &str, from: usize, letters: usize) -> usize {
    let start = text[..from].char_indices().rev().take(letters).last().map_or(from, |(at, _)| at);
    if start == 0 { 0 } else { text[start..from].find(' ').map_or(start, |space| start + space + 1) }
}

/// The end of a word some letters behind a place.
fn forward(text: &str, from: usize, letters: usize) -> usize {
    let end = text[from..].char_indices().nth(letters).map_or(text.len(), |(at, _)| from + at);
    if end == text.len() { end } else { text[from..end].rfind(' ').map_or(end, |space| from + space) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn letters_of_scripts_without_spaces_are_set_apart() {
        assert_eq!(indexable("Tokyo東京 ok"), "Tokyo 東  京  ok");
    }

    #[test]
    fn words_and_phrases_become_a_query() {
        assert_eq!(Query::parse("solar \"wind farm\" batter* -").fts5(), r#""solar" AND "wind farm" AND "batter" *"#);
        assert_eq!(Query::parse("東京").fts5(), r#""東  京""#);
        assert_eq!(Query::parse("a\0b \"c\u{7}d\"").fts5(), r#""a" AND "b" AND "c d""#);
        assert!(Query::parse(" * - \"\" ").is_empty());
    }

    #[test]
    fn a_snippet_shows_what_was_asked_for() {
        let text = format!("{} The Harbour was rebuilt in stone. {}", "before ".repeat(40), "after ".repeat(60));
        let (snippet, highlights) = Query::parse("harbour").snippet(&text);
        assert!(snippet.starts_with("… before"), "{snippet}");
        let (start, end) = highlights[0];
        assert_eq!(&snippet[start..end], "Harbour");
    }

    #[test]
    fn a_snippet_of_a_text_without_the_words_is_its_beginning() {
        let (snippet, highlights) = Query::parse("titleword").snippet("Only the body.");
        assert_eq!((snippet.as_str(), highlights.len()), ("Only the body.", 0));
    }

    proptest! {
        #[test]
        fn no_text_breaks_a_snippet(text in "\\PC{0,400}", words in "\\PC{0,20}") {
            let (snippet, highlights) = Query::parse(&words).snippet(&text);
            for (start, end) in highlights {
                prop_assert!(snippet.get(start..end).is_some());
            }
        }
    }
}
