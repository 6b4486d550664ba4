//! Two versions of an article, what changed between them marked to the word.

use askama::Template;

use crate::replay::views::rows::{Row, edit_words};
use crate::snapshot::diff::{Fate, Passage, Piece, summary};
use crate::snapshot::text::Kind;

/// So many passages that are the same stand around each that changed; more are folded away.
const AROUND: usize = 2;

/// A passage of the two versions.
#[derive(Debug)]
pub struct Pair {
    /// `same`, `added`, `removed`, `changed`, `moved`: a class name.
    pub fate: &'static str,
    /// `title`, `heading`, `code` or `text`: a class name.
    pub kind: &'static str,
    /// All its pieces: a class name as above, and the text.
    pub pieces: Vec<(&'static str, String)>,
    /// Those of the older version; none where it has nothing here.
    pub older: Vec<(&'static str, String)>,
    /// Those of the newer.
    pub newer: Vec<(&'static str, String)>,
}

impl Pair {
    fn of(passage: &Passage) -> Self {
        let piece = |piece: &Piece| (word(piece.fate), piece.text.clone());
        let side = |fate: Fate| -> Vec<(&'static str, String)> {
            if passage.fate == fate {
                return Vec::new();
            }
            passage.pieces.iter().filter(|piece| piece.fate != fate).map(piece).collect()
        };
        // Where a passage stood before it moved is not told.
        let older = if passage.fate == Fate::Moved { Vec::new() } else { side(Fate::Added) };
        Self {
            fate: word(passage.fate),
            kind: match passage.kind {
                Kind::Title => "title",
                Kind::Heading => "heading",
                Kind::Code => "code",
                _ => "text",
            },
            pieces: passage.pieces.iter().map(piece).collect(),
            older,
            newer: side(Fate::Removed),
        }
    }
}

fn word(fate: Fate) -> &'static str {
    match fate {
        Fate::Same => "same",
        Fate::Added => "added",
        Fate::Removed => "removed",
        Fate::Changed => "changed",
        Fate::Moved => "moved",
    }
}

/// Passages that are shown, or folded away because they are the same in both versions.
#[derive(Debug)]
pub struct Stretch {
    /// Whether they are folded away.
    pub folded: bool,
    /// The passages.
    pub pairs: Vec<Pair>,
}

/// The passages in stretches: what changed and what stands around it is shown.
pub fn stretches(passages: &[Passage]) -> Vec<Stretch> {
    let changed: Vec<usize> =
        passages.iter().enumerate().filter(|(_, passage)| passage.fate != Fate::Same).map(|(at, _)| at).collect();
    let near = |at: usize| {
        let next = changed.partition_point(|changed| *changed < at);
        let close = |n: Option<&usize>| n.is_some_and(|n| n.abs_diff(at) <= AROUND);
        close(changed.get(next)) || close(next.checked_sub(1).and_then(|before| changed.get(before)))
    };
    let mut stretches: Vec<Stretch> = Vec::new();
    for (at, passage) in passages.iter().enumerate() {
        let folded = !near(at);
        match stretches.last_mut() {
            Some(last) if last.folded == folded => last.pairs.push(Pair::of(passage)),
            _ => stretches.push(Stretch { folded, pairs: vec![Pair::of(passage)] }),
        }
    }
    stretches
}

/// `/compare?url=&a=&b=`: two versions of an article.
#[derive(Debug, Template)]
#[template(path = "compare.html")]
pub struct Compare {
    /// The page.
    pub url: String,
    /// The older version.
    pub older: Row,
    /// The newer version.
    pub newer: Row,
    /// Every capture with an article, newest first.
    pub versions: Vec<Row>,
    /// Whether the versions stand side by side.
    pub split: bool,
    /// What changed, in words; empty where nothing did.
    pub told: String,
    /// The text.
    pub stretches: Vec<Stretch>,
}

impl Compare {
    /// What changed, in words; empty where nothing did.
    pub fn told(passages: &[Passage]) -> String {
        let summary = summary(passages);
        let mut told = edit_words(&summary);
        let kinds = [
            (summary.changed, "changed"),
            (summary.added, "added"),
            (summary.removed, "removed"),
            (summary.moved, "moved"),
        ];
        let kinds: Vec<String> =
            kinds.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
        if !kinds.is_empty() {
            let separator = if told.is_empty() { "" } else { "; " };
            told.push_str(&format!("{separator}passages: {}", kinds.join(", ")));
        }
        told
    }

    /// The same comparison in the other view.
    pub fn other_view(&self) -> String {
        let view = if self.split { "inline" } else { "split" };
        let pairs = [("url", self.url.as_str()), ("a", &self.older.id), ("b", &self.newer.id), ("view", view)];
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        format!("/compare?{query}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passage(fate: Fate, text: &str) -> Passage {
        Passage { fate, kind: Kind::Paragraph, pieces: vec![Piece { fate, text: text.to_owned() }] }
    }

    #[test]
    fn what_is_the_same_far_from_any_change_is_folded_away() {
        let mut passages: Vec<Passage> = (0..9).map(|_| passage(Fate::Same, "x")).collect();
        passages[5] = passage(Fate::Added, "y");
        let shape: Vec<(bool, usize)> =
            stretches(&passages).iter().map(|stretch| (stretch.folded, stretch.pairs.len())).collect();
        assert_eq!(shape, [(true, 3), (false, 5), (true, 1)]);
    }

    #[test]
    fn each_side_shows_its_own_words() {
        let changed = Passage {
            fate: Fate::Changed,
            kind: Kind::Paragraph,
            pieces: [
                (Fate::Same, "It cost "),
                (Fate::Removed, "ten"),
                (Fate::Added, "twelve"),
                (Fate::Same, " coins."),
            ]
            .map(|(fate, text)| Piece { fate, text: text.to_owned() })
            .to_vec(),
        };
        let pair = Pair::of(&changed);
        let text = |side: &[(&str, String)]| side.iter().map(|(_, text)| text.as_str()).collect::<String>();
        assert_eq!(
            (text(&pair.older), text(&pair.newer)),
            ("It cost ten coins.".into(), "It cost twelve coins.".into())
        );
        let added = Pair::of(&passage(Fate::Added, "new"));
        assert_eq!((added.older.len(), text(&added.newer).as_str()), (0, "new"));
    }

    #[test]
    fn what_changed_is_told_in_words() {
        let passages = [passage(Fate::Added, "two words"), passage(Fate::Same, "x")];
        assert_eq!(Compare::told(&passages), "+2 −0 words; passages: 1 added");
        assert_eq!(Compare::told(&[passage(Fate::Same, "x")]), "");
    }
}
