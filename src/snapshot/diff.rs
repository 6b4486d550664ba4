//! PURE: what changed between two versions of an article: block by block, and within a block word by word (character by
//! character where a script puts no space between words). It knows nothing of captures.

use chaffinch_extract::article::Article;
use serde::Serialize;
use similar::{Algorithm, ChangeTag, DiffOp, TextDiff, capture_diff_slices};

/// How a block or a piece of one fares from the older to the newer version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Fate {
    /// In both.
    Same,
    /// In the newer one only.
    Added,
    /// In the older one only.
    Removed,
    /// In both, with other words; said of whole blocks only.
    Changed,
}

/// A run of text within a block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Piece {
    /// How it fares.
    pub fate: Fate,
    /// The text.
    pub text: String,
}

/// A block of either version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Passage {
    /// How it fares.
    pub fate: Fate,
    /// Its pieces in order; one, unless it was changed.
    pub pieces: Vec<Piece>,
}

/// Compares titles and contents of two versions.
pub fn diff(old: &Article, new: &Article) -> Vec<Passage> {
    let (old, new) = (blocks(old), blocks(new));
    let mut passages = Vec::new();
    for op in capture_diff_slices(Algorithm::Myers, &old, &new) {
        match op {
            DiffOp::Equal { old_index, len, .. } => {
                passages.extend(old[old_index..old_index + len].iter().map(|text| whole(Fate::Same, text)));
            }
            DiffOp::Delete { old_index, old_len, .. } => {
                passages.extend(old[old_index..old_index + old_len].iter().map(|text| whole(Fate::Removed, text)));
            }
            DiffOp::Insert { new_index, new_len, .. } => {
                passages.extend(new[new_index..new_index + new_len].iter().map(|text| whole(Fate::Added, text)));
            }
            DiffOp::Replace { old_index, old_len, new_index, new_len } => {
                replaced(&old[old_index..old_index + old_len], &new[new_index..new_index + new_len], &mut passages);
            }
        }
    }
    passages
}

fn blocks(article: &Article) -> Vec<String> {
    let title = article.metadata.title.iter().cloned();
    let text = article.text();
    title.chain(text.split("\n\n").map(|block| block.trim().to_owned()).filter(|block| !block.is_empty())).collect()
}

fn whole(fate: Fate, text: &str) -> Passage {
    Passage { fate, pieces: vec![Piece { fate, text: text.to_owned() }] }
}

/// Pairs blocks that share words; what finds no partner was removed or added.
fn replaced(old: &[String], new: &[String], passages: &mut Vec<Passage>) {
    let mut waiting = old.iter().peekable();
    for text in new {
        let partner = waiting.clone().position(|older| likeness(older, text) >= 0.4);
        let Some(at) = partner else {
            passages.push(whole(Fate::Added, text));
            continue;
        };
        for older in waiting.by_ref().take(at) {
            passages.push(whole(Fate::Removed, older));
        }
        if let Some(older) = waiting.next() {
            passages.push(changed(older, text));
        }
    }
    passages.extend(waiting.map(|older| whole(Fate::Removed, older)));
}

fn likeness(a: &str, b: &str) -> f32 {
    if spaced(a) { TextDiff::from_words(a, b).ratio() } else { TextDiff::from_chars(a, b).ratio() }
}

/// Whether the text's script puts spaces between words.
fn spaced(text: &str) -> bool {
    let unspaced = text
        .chars()
        .filter(|c| matches!(*c, '\u{0e00}'..='\u{0eff}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}'))
        .count();
    unspaced * 4 < text.chars().count().max(1)
}

fn changed(old: &str, new: &str) -> Passage {
    let diff = if spaced(old) { TextDiff::from_words(old, new) } else { TextDiff::from_chars(old, new) };
    let mut pieces: Vec<Piece> = Vec::new();
    for change in diff.iter_all_changes() {
        let fate = match change.tag() {
            ChangeTag::Equal => Fate::Same,
            ChangeTag::Delete => Fate::Removed,
            ChangeTag::Insert => Fate::Added,
        };
        match pieces.last_mut() {
            Some(last) if last.fate == fate => last.text.push_str(change.value()),
            _ => pieces.push(Piece { fate, text: change.value().to_owned() }),
        }
    }
    Passage { fate: Fate::Changed, pieces }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chaffinch_extract::article::{Block, Inline};

    fn article(paragraphs: &[&str]) -> Article {
        let block = |text: &&str| Block::Paragraph { text: vec![Inline::Text { text: (*text).to_owned() }] };
        Article { content: paragraphs.iter().map(block).collect(), ..Article::default() }
    }

    fn told(old: &[&str], new: &[&str]) -> String {
        let tell = |piece: &Piece| match piece.fate {
            Fate::Added => format!("[+{}]", piece.text),
            Fate::Removed => format!("[-{}]", piece.text),
            _ => piece.text.clone(),
        };
        let passages = diff(&article(old), &article(new));
        passages.iter().map(|p| p.pieces.iter().map(tell).collect::<String>()).collect::<Vec<_>>().join("|")
    }

    #[test]
    fn a_changed_word_is_marked_within_its_paragraph() {
        let told = told(&["The mayor said yes to it.", "End."], &["The mayor said no to it.", "End."]);
        assert_eq!(told, "The mayor said [-yes][+no] to it.|End.");
    }

    #[test]
    fn whole_paragraphs_come_and_go() {
        assert_eq!(
            told(&["One two three.", "Gone for good."], &["One two three."]),
            "One two three.|[-Gone for good.]"
        );
        assert_eq!(
            told(&["One two three."], &["Quite something else.", "One two three."]),
            "[+Quite something else.]|One two three."
        );
    }

    #[test]
    fn scripts_without_spaces_are_compared_by_character() {
        assert_eq!(told(&["市长昨天说同意"], &["市长今天说同意"]), "市长[-昨][+今]天说同意");
    }
}
