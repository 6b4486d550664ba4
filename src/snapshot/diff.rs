//! PURE: what changed between two versions of an article: block by block over its structure, and within a block word by word
//! (character by character where a script puts no space between words). A block that only stands elsewhere has moved. It knows
//! nothing of captures.

use std::collections::{HashMap, HashSet};

use chaffinch_extract::article::Article;
use serde::Serialize;
use similar::{Algorithm, ChangeTag, DiffOp, TextDiff, capture_diff_slices};

use crate::snapshot::text::{self, Kind};

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
    /// In both, at another place; said of whole blocks only, and where it stands in the newer one.
    Moved,
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
    /// What it is; of a changed one, what it is in the newer version.
    pub kind: Kind,
    /// Its pieces in order; one, unless it was changed.
    pub pieces: Vec<Piece>,
}

/// What changed, in figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Summary {
    /// Words in the newer version only (letters, where a script puts no space between words).
    pub words_added: u64,
    /// Words in the older version only.
    pub words_removed: u64,
    /// Blocks in the newer version only.
    pub added: u64,
    /// Blocks in the older version only.
    pub removed: u64,
    /// Blocks with other words.
    pub changed: u64,
    /// Blocks that stand elsewhere.
    pub moved: u64,
    /// Whether the title is another.
    pub title: bool,
}

/// Counts what changed.
pub fn summary(passages: &[Passage]) -> Summary {
    let mut summary = Summary::default();
    for passage in passages {
        match passage.fate {
            Fate::Same => continue,
            Fate::Added => summary.added += 1,
            Fate::Removed => summary.removed += 1,
            Fate::Changed => summary.changed += 1,
            Fate::Moved => summary.moved += 1,
        }
        summary.title |= passage.kind == Kind::Title;
        for piece in &passage.pieces {
            let words = if spaced(&piece.text) {
                piece.text.split_whitespace().count() as u64
            } else {
                piece.text.chars().filter(|c| c.is_alphanumeric()).count() as u64
            };
            match piece.fate {
                Fate::Added => summary.words_added += words,
                Fate::Removed => summary.words_removed += words,
                Fate::Same | Fate::Changed | Fate::Moved => {}
            }
        }
    }
    summary
}

/// A block that short may stand twice by chance.
const MOVED_LETTERS_MIN: usize = 20;

/// Compares titles and contents of two versions.
pub fn diff(old: &Article, new: &Article) -> Vec<Passage> {
    let (old, new) = (text::lines(old), text::lines(new));
    let words = |lines: &[Line]| lines.iter().map(|(_, text)| text.clone()).collect::<Vec<_>>();
    let mut passages = Vec::new();
    for op in capture_diff_slices(Algorithm::Myers, &words(&old), &words(&new)) {
        match op {
            DiffOp::Equal { new_index, len, .. } => {
                passages.extend(new[new_index..new_index + len].iter().map(|line| whole(Fate::Same, line)));
            }
            DiffOp::Delete { old_index, old_len, .. } => {
                passages.extend(old[old_index..old_index + old_len].iter().map(|line| whole(Fate::Removed, line)));
            }
            DiffOp::Insert { new_index, new_len, .. } => {
                passages.extend(new[new_index..new_index + new_len].iter().map(|line| whole(Fate::Added, line)));
            }
            DiffOp::Replace { old_index, old_len, new_index, new_len } => {
                replaced(&old[old_index..old_index + old_len], &new[new_index..new_index + new_len], &mut passages);
            }
        }
    }
    moved(&mut passages);
    passages
}

type Line = (Kind, String);

fn whole(fate: Fate, (kind, text): &Line) -> Passage {
    Passage { fate, kind: *kind, pieces: vec![Piece { fate, text: text.clone() }] }
}

/// What was removed here and added there has moved.
fn moved(passages: &mut Vec<Passage>) {
    let long = |passage: &Passage| passage.pieces[0].text.chars().count() >= MOVED_LETTERS_MIN;
    let mut gone: HashMap<String, Vec<usize>> = HashMap::new();
    for (n, passage) in
        passages.iter().enumerate().filter(|(_, passage)| passage.fate == Fate::Removed && long(passage))
    {
        gone.entry(passage.pieces[0].text.clone()).or_default().push(n);
    }
    let mut left = HashSet::new();
    for passage in passages.iter_mut().filter(|passage| passage.fate == Fate::Added) {
        if let Some(from) = gone.get_mut(&passage.pieces[0].text).and_then(Vec::pop) {
            left.insert(from);
            passage.fate = Fate::Moved;
            passage.pieces[0].fate = Fate::Same;
        }
    }
    let mut n = 0;
    passages.retain(|_| {
        n += 1;
        !left.contains(&(n - 1))
    });
}

/// Pairs blocks that share words; what finds no partner was removed or added.
fn replaced(old: &[Line], new: &[Line], passages: &mut Vec<Passage>) {
    let mut waiting = old.iter().peekable();
    for line in new {
        let partner = waiting.clone().position(|older| likeness(&older.1, &line.1) >= 0.4);
        let Some(at) = partner else {
            passages.push(whole(Fate::Added, line));
            continue;
        };
        for older in waiting.by_ref().take(at) {
            passages.push(whole(Fate::Removed, older));
        }
        if let Some(older) = waiting.next() {
            passages.push(changed(&older.1, line));
        }
    }
    passages.extend(waiting.map(|older| whole(Fate::Removed, older)));
}

fn likeness(a: &str, b: &str) -> f32 {
    if !spaced(a) {
        return TextDiff::from_chars(a, b).ratio();
    }
    // Blanks are alike in every two texts.
    let (a, b): (Vec<&str>, Vec<&str>) = (a.split_whitespace().collect(), b.split_whitespace().collect());
    TextDiff::from_slices(&a, &b).ratio()
}

/// Whether the text's script puts spaces between words.
fn spaced(text: &str) -> bool {
    let unspaced = text
        .chars()
        .filter(|c| matches!(*c, '\u{0e00}'..='\u{0eff}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}'))
        .count();
    unspaced * 4 < text.chars().count().max(1)
}

fn changed(old: &str, (kind, new): &Line) -> Passage {
    let diff =
        if spaced(old) { TextDiff::from_words(old, new.as_str()) } else { TextDiff::from_chars(old, new.as_str()) };
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
    Passage { fate: Fate::Changed, kind: *kind, pieces }
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

    #[test]
    fn a_paragraph_that_stands_elsewhere_has_moved() {
        let (a, b, c) =
            ("The first paragraph of three.", "The second, of other words.", "At last the third one comes.");
        let passages = diff(&article(&[a, b, c]), &article(&[c, a, b]));
        let fates: Vec<Fate> = passages.iter().map(|passage| passage.fate).collect();
        assert_eq!(fates, [Fate::Moved, Fate::Same, Fate::Same]);
        assert_eq!(summary(&passages), Summary { moved: 1, ..Summary::default() });
    }

    #[test]
    fn an_edit_is_summed_up() {
        let mut old = article(&["The mayor said yes to it.", "Gone for good."]);
        let mut new = article(&["The mayor said no to it.", "Quite new and long.", "Indeed it was."]);
        (old.metadata.title, new.metadata.title) = (Some("A vote is held".into()), Some("A vote was held".into()));
        let summary = summary(&diff(&old, &new));
        assert_eq!((summary.changed, summary.removed, summary.added, summary.title), (2, 1, 2, true));
        assert_eq!((summary.words_added, summary.words_removed), (9, 5));
    }
}
