//! Text that a page holds twice: for wide and for narrow screens, for those without scripts, short and in full. It finds the
//! later copies of what was chosen; whether they are dropped is decided elsewhere.

use foldhash::{HashMap, HashMapExt};

use crate::blocks::Page;
use crate::features;

/// Text of fewer words than this may well be said twice.
const WORDS_MIN: f32 = 10.0;

/// The leaves among those kept that repeat an earlier one. A writer repeats a sentence within a section, a template repeats it
/// elsewhere: so a copy stands under another parent, and it was made by another template or follows a copy of what the
/// original follows.
pub(crate) fn later(page: &Page<'_>, kept: &[bool]) -> Vec<usize> {
    let mut first: HashMap<&str, (usize, usize)> = HashMap::new();
    let mut copies = Vec::new();
    // Which of the kept leaves the one before repeats.
    let mut before = None;
    for (place, (at, leaf)) in page.leaves.iter().enumerate().filter(|(at, _)| kept[*at]).enumerate() {
        let Some((original_place, original)) = first.get(leaf.text.as_str()).copied() else {
            first.insert(&leaf.text, (place, at));
            before = None;
            continue;
        };
        let parent = |at: usize| page.elements[page.leaves[at].owner].parent;
        let shape = |at: usize| features::shape(page, &page.leaves[at]);
        let goes_on = before.is_some_and(|before| original_place == before + 1);
        if leaf.words >= WORDS_MIN && parent(original) != parent(at) && (goes_on || shape(original) != shape(at)) {
            copies.push(at);
        }
        before = Some(original_place);
    }
    copies
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blocks;
    use crate::options::Limits;
    use crate::tree;

    const LONG: &str = "A sentence of more than ten words, which nobody would write down twice.";

    fn copies(html: &str) -> Vec<usize> {
        let tree = tree::parse(html, &Limits::default());
        let page = blocks::page(&tree);
        later(&page, &vec![true; page.leaves.len()])
    }

    #[test]
    fn a_copy_for_narrow_screens_is_found() {
        assert_eq!(copies(&format!("<div class=wide><p>{LONG}</div><div class=narrow><p>{LONG}</div>")), [1]);
    }

    #[test]
    fn a_sentence_repeated_beside_itself_is_the_writers() {
        assert!(copies(&format!("<div><p>{LONG}<p>{LONG}</div>")).is_empty());
    }

    #[test]
    fn entries_of_one_template_may_say_the_same() {
        let entry = |name: &str| format!("<div class=entry><h2>{name}</h2><p>{LONG}</p></div>");
        assert!(copies(&[entry("One"), entry("Two")].concat()).is_empty());
    }

    #[test]
    fn a_whole_article_given_again_is_found_from_its_second_paragraph_on() {
        let other = LONG.replace("nobody", "no author");
        let article = format!("<div class=post><p>{LONG}<p>{other}</div>");
        assert_eq!(copies(&article.repeat(2)), [3]);
    }
}
