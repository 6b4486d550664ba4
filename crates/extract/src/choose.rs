//! Which blocks are the article: first by score, taking as many of the likeliest as make the expected F1 greatest; then by
//! what no score of a single block can know: set phrases are chrome, a list or table stands or falls as one, a heading
//! follows its section, the headline is the title. Every change leaves its reason.

use crate::article::PageType;
use crate::blocks::{Element, Page};
use crate::copies;
use crate::groups;
use crate::headline;
use crate::options::Favor;
use crate::phrases::Chrome;
use crate::sections;
use crate::semantics;
use crate::stance::Stance;
use crate::teasers;
use crate::threshold;
use crate::unseen;

/// A decided page.
#[derive(Debug)]
pub(crate) struct Choice {
    /// Whether each leaf is kept.
    pub(crate) kept: Vec<bool>,
    /// Why, where something but the score decided.
    pub(crate) reasons: Vec<Option<&'static str>>,
    /// The score from which on a leaf was taken.
    pub(crate) threshold: f32,
}

impl Choice {
    pub(crate) fn set(&mut self, leaf: usize, kept: bool, reason: &'static str) {
        if self.kept[leaf] != kept {
            self.kept[leaf] = kept;
            self.reasons[leaf] = Some(reason);
        }
    }
}

/// What the choice is made by.
pub(crate) struct Evidence<'a> {
    pub(crate) page: &'a Page<'a>,
    /// How likely each leaf is content.
    pub(crate) scores: &'a [f32],
    pub(crate) title: &'a str,
    pub(crate) site: &'a str,
    /// The words of the page's `<title>`, where the site's name may stand too.
    pub(crate) page_title: &'a foldhash::HashSet<String>,
    pub(crate) favor: Favor,
    /// How likely the page is a forum or a question with answers: there the posts are the content.
    pub(crate) forum: f32,
    /// The likeliest kind of the page.
    pub(crate) kind: PageType,
    /// How strictly blocks are taken.
    pub(crate) stance: Stance,
}

/// Decides.
pub(crate) fn choose(evidence: &Evidence<'_>) -> Choice {
    let threshold = threshold::threshold(evidence);
    let kept: Vec<bool> = evidence.scores.iter().map(|score| *score >= threshold).collect();
    let mut choice = Choice { reasons: vec![None; kept.len()], kept, threshold };
    keep_groups_whole(evidence, &mut choice);
    fill_gaps(evidence, &mut choice);
    keep_captions(evidence, &mut choice);
    for copy in copies::later(evidence.page, &choice.kept) {
        choice.set(copy, false, "stands on the page already");
    }
    drop_teasers(evidence, &mut choice);
    drop_phrases(evidence, &mut choice);
    drop_chrome_sections(evidence, &mut choice);
    drop_comments(evidence, &mut choice);
    drop_people(evidence, &mut choice);
    keep_headings(evidence, &mut choice);
    headline::drop(evidence, &mut choice);
    choice
}

/// Lists and tables: kept whole where most of their words are, dropped whole where hardly any (but for what is likely).
fn keep_groups_whole(evidence: &Evidence<'_>, choice: &mut Choice) {
    let page = evidence.page;
    let structure = semantics::LIST | semantics::TABLE | semantics::DEFINITIONS;
    for (index, element) in page.elements.iter().enumerate() {
        if element.semantics & structure == 0 || element.leaves.len() < 2 || is_layout(page, index, element) {
            continue;
        }
        let leaves = element.leaves.clone();
        if leaves.len() > 2_000 {
            continue;
        }
        let (mut all, mut kept, mut links) = (0.0, 0.0, 0.0);
        for leaf in leaves.clone() {
            all += page.leaves[leaf].words;
            links += page.leaves[leaf].link_words;
            kept += if choice.kept[leaf] { page.leaves[leaf].words } else { 0.0 };
        }
        let share = kept / f32::max(all, 1.0);
        for leaf in leaves {
            let score = evidence.scores[leaf];
            let short = element.leaves.len() <= 80 && page.leaves[leaf].words < 30.0;
            if share > 0.75 && short && links < 0.5 * all && score > 0.2 && page.leaves[leaf].chrome.is_none() {
                choice.set(leaf, true, "most of its list or table is content");
            } else if share < 0.1 && score < 0.5 {
                choice.set(leaf, false, "hardly anything of its list or table is content");
            }
        }
    }
}

/// Whether a table only places things: it holds another table, a heading, or running text.
fn is_layout(page: &Page<'_>, index: usize, element: &Element) -> bool {
    const PROSE_WORDS: f32 = 40.0;
    element.semantics & semantics::TABLE != 0
        && (page.elements[index + 1..]
            .iter()
            .take_while(|inner| inner.depth > element.depth)
            .any(|inner| inner.semantics & (semantics::TABLE | semantics::HEADING) != 0)
            || page.leaves[element.leaves.clone()].iter().any(|leaf| leaf.words > PROSE_WORDS))
}

/// A short block between two that are kept, in the same place.
fn fill_gaps(evidence: &Evidence<'_>, choice: &mut Choice) {
    let page = evidence.page;
    for at in 1..page.leaves.len().saturating_sub(1) {
        let leaf = &page.leaves[at];
        let beside = |other: usize| {
            let other = page.leaves[other].owner;
            other == leaf.owner || page.elements[other].parent == page.elements[leaf.owner].parent
        };
        let between = choice.kept[at - 1] && choice.kept[at + 1] && beside(at - 1) && beside(at + 1);
        // The label of a box ("Note", "Warning") whose other blocks are all kept.
        let parent = &page.elements[page.elements[leaf.owner].parent];
        let rest = parent.leaves.start + 1..parent.leaves.end.min(parent.leaves.start + 12);
        let button = page.elements[leaf.owner].semantics & semantics::BUTTON != 0;
        let label = !button
            && leaf.words < 5.0
            && parent.leaves.start == at
            && !rest.is_empty()
            && choice.kept[rest].iter().all(|k| *k);
        if (between || label)
            && !choice.kept[at]
            && leaf.chrome.is_none()
            && leaf.words < 25.0
            && evidence.scores[at] > 0.2
        {
            choice.set(at, true, "stands between blocks of the article");
        }
    }
}

/// The caption of a figure that stands in the article.
fn keep_captions(evidence: &Evidence<'_>, choice: &mut Choice) {
    let page = evidence.page;
    for at in 0..page.leaves.len() {
        let leaf = &page.leaves[at];
        let meanings = page.ancestors(leaf.owner, 3).fold(0, |all, (_, element)| all | element.semantics);
        if meanings & semantics::CAPTION == 0 || choice.kept[at] || leaf.chrome.is_some() || leaf.words > 60.0 {
            continue;
        }
        let near = (at.saturating_sub(2)..at).chain(at + 1..(at + 3).min(page.leaves.len()));
        let inside = near.filter(|other| choice.kept[*other]).count() >= 2;
        if inside && evidence.scores[at] > 0.3 {
            choice.set(at, true, "is the caption of a figure in the article");
        }
    }
}

/// Teasers and other entries beside an article. The entries of an overview look the same and are its content, so they stay
/// where the page is taken for one, and where recall is asked for.
fn drop_teasers(evidence: &Evidence<'_>, choice: &mut Choice) {
    let overview = matches!(evidence.kind, PageType::Collection | PageType::Service);
    let dropped = match evidence.favor {
        Favor::Balanced => !overview,
        Favor::Precision => true,
        Favor::Recall => false,
    };
    if dropped {
        for teaser in teasers::beside(evidence.page, evidence.scores) {
            choice.set(teaser, false, "one of many alike, none of them likely");
        }
    }
}

/// Set phrases of chrome, and labels that no reader sees.
fn drop_phrases(evidence: &Evidence<'_>, choice: &mut Choice) {
    for (at, leaf) in evidence.page.leaves.iter().enumerate() {
        if unseen::is_label(evidence.page, leaf) {
            choice.set(at, false, "is a label that readers do not see");
        }
        let Some(chrome) = leaf.chrome else { continue };
        let in_pre = evidence.page.elements[leaf.owner].semantics & (semantics::PRE | semantics::CELL) != 0;
        let most = match chrome {
            Chrome::Comments | Chrome::Advert | Chrome::Cookies | Chrome::Share => 2.0,
            Chrome::Newsletter => 0.9,
            Chrome::Byline | Chrome::Tags => 0.95,
            // "Read also" and a link: whatever stands around it.
            Chrome::Related if leaf.link_words >= 0.5 * leaf.words => 2.0,
            Chrome::Related | Chrome::Legal | Chrome::Account => 0.85,
            Chrome::Navigation => 0.6,
        };
        if !in_pre && evidence.scores[at] < most {
            choice.set(at, false, reason(chrome));
        }
    }
}

/// What a set phrase says, as a reason.
pub(crate) fn reason(chrome: Chrome) -> &'static str {
    match chrome {
        Chrome::Share => "a set phrase for sharing",
        Chrome::Comments => "a set phrase of comment forms",
        Chrome::Related => "a set phrase that leads to other articles",
        Chrome::Newsletter => "a set phrase for newsletters",
        Chrome::Cookies => "a set phrase about cookies",
        Chrome::Advert => "a set phrase of advertisements",
        Chrome::Byline => "a set phrase of bylines and dates",
        Chrome::Tags => "a set phrase before tags",
        Chrome::Navigation => "a set phrase of navigation",
        Chrome::Account => "a set phrase of accounts and carts",
        Chrome::Legal => "a set phrase of legal notices",
    }
}

/// What stands under a heading that is a set phrase.
fn drop_chrome_sections(evidence: &Evidence<'_>, choice: &mut Choice) {
    for (at, chrome) in sections::chrome(evidence.page).into_iter().enumerate() {
        let leaf = &evidence.page.leaves[at];
        let prose = leaf.words > 20.0 && leaf.link_words < 0.3 * leaf.words;
        let most = match chrome {
            Some(_) if prose => 0.3,
            Some(Chrome::Comments) => 0.8,
            Some(_) => 0.6,
            None => continue,
        };
        if evidence.scores[at] < most {
            choice.set(at, false, "stands under a heading of chrome");
        }
    }
}

/// Comments below an article. Where most of what was chosen stands in comments, or the page is a forum for other reasons, it is
/// a thread, and they are content.
fn drop_comments(evidence: &Evidence<'_>, choice: &mut Choice) {
    let page = evidence.page;
    let commented: Vec<bool> = (0..page.leaves.len()).map(|at| in_comments(page, at)).collect();
    let thread = groups::bit("thread");
    let (mut inside, mut outside, mut posts) = (0.0, 0.0, 0.0);
    for (at, leaf) in page.leaves.iter().enumerate().filter(|(at, _)| choice.kept[*at]) {
        *(if commented[at] { &mut inside } else { &mut outside }) += leaf.words;
        let in_thread = page.ancestors(leaf.owner, 12).any(|(_, element)| element.groups & thread != 0);
        posts += if in_thread { leaf.words } else { 0.0 };
    }
    let thread = evidence.forum > 0.5 || posts >= 0.5 * (inside + outside);
    // A short article may have long comments.
    let below = inside < 0.5 * outside || evidence.forum < 0.02 && inside < 2.0 * outside;
    if !thread && below && outside > 80.0 {
        for (at, _) in commented.iter().enumerate().filter(|(_, commented)| **commented) {
            choice.set(at, false, "is a comment below the article");
        }
    }
}

/// Boxes about the author, profiles beside a post, signatures below it: small elements named for a person.
fn drop_people(evidence: &Evidence<'_>, choice: &mut Choice) {
    let page = evidence.page;
    let bit = groups::bit("author");
    let heading_or_list = semantics::HEADING | semantics::CELL | semantics::CAPTION;
    for at in 0..page.leaves.len() {
        let leaf = &page.leaves[at];
        if !choice.kept[at] || leaf.words > 60.0 || page.elements[leaf.owner].semantics & heading_or_list != 0 {
            continue;
        }
        let content = const { groups::bit("content") | groups::bit("thread") };
        // The nearest element that is named for either a person or for content says which it is.
        let nearest = page
            .ancestors(leaf.owner, 4)
            .map(|(_, element)| element)
            .find(|element| element.groups & (bit | content) != 0 || is_signature(page, element));
        let personal = nearest.is_some_and(|element| {
            let named = element.groups & bit != 0 && element.groups & content == 0;
            let small = || page.leaves[element.leaves.clone()].iter().map(|leaf| leaf.words).sum::<f32>() < 90.0;
            (named || is_signature(page, element)) && element.leaves.len() < 12 && small()
        });
        if personal && evidence.scores[at] < 0.85 {
            choice.set(at, false, "is about a person, not of the article");
        }
    }
}

fn is_signature(page: &Page<'_>, element: &Element) -> bool {
    crate::walk::attr_of(page.tree, element.id, "class").is_some_and(|class| class.contains("signature"))
}

/// Whether a leaf stands where its ancestors are named for comments.
pub(crate) fn in_comments(page: &Page<'_>, leaf: usize) -> bool {
    let bit = const { groups::bit("comment") };
    page.ancestors(page.leaves[leaf].owner, 12)
        .any(|(_, element)| element.groups & bit != 0 || element.semantics & semantics::COMMENT != 0)
}

/// A heading is kept with what follows it.
fn keep_headings(evidence: &Evidence<'_>, choice: &mut Choice) {
    let page = evidence.page;
    for at in (0..page.leaves.len()).filter(|at| is_heading(page, *at)) {
        let next = (at + 1..page.leaves.len()).take(6).find(|next| !is_heading(page, *next));
        let leads = next.is_some_and(|next| choice.kept[next] && related(page, at, next));
        if leads && page.leaves[at].chrome.is_none() && evidence.scores[at] > 0.25 {
            choice.set(at, true, "heads a section of the article");
        }
    }
}

fn is_heading(page: &Page<'_>, at: usize) -> bool {
    page.elements[page.leaves[at].owner].semantics & semantics::HEADING != 0
}

/// Whether two leaves stand close together in the tree.
fn related(page: &Page<'_>, one: usize, other: usize) -> bool {
    page.ancestors(page.leaves[one].owner, 5).any(|(_, element)| element.leaves.contains(&other))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blocks;
    use crate::options::Limits;
    use crate::tree;

    #[test]
    fn a_table_that_only_places_things_is_told_from_one_of_data() {
        for (html, layout) in [
            ("<table><tr><th>Bird<th>Song<tr><td>Chaffinch<td>A falling trill</table>", false),
            ("<table><tr><td>Menu<td><h1>Finches</h1></table>", true),
            ("<table><tr><td><table><tr><td>Menu</table><td>Text</table>", true),
            (&format!("<table><tr><td>Menu<td>{}</table>", "word ".repeat(50)), true),
        ] {
            let tree = tree::parse(html, &Limits::default());
            let page = blocks::page(&tree);
            let table = page.elements.iter().position(|element| element.semantics & semantics::TABLE != 0);
            let found = table.is_some_and(|at| is_layout(&page, at, &page.elements[at]));
            assert_eq!(found, layout, "{html}");
        }
    }

    /// What is kept of a page whose leaves are as likely as told.
    fn kept(html: &str, scores: &[f32], favor: Favor, kind: PageType) -> Vec<bool> {
        let tree = tree::parse(html, &Limits::default());
        let page = blocks::page(&tree);
        let page_title = foldhash::HashSet::default();
        let evidence = Evidence {
            page: &page,
            scores,
            title: "",
            site: "",
            page_title: &page_title,
            favor,
            forum: 0.0,
            kind,
            stance: Stance::PLAIN,
        };
        choose(&evidence).kept
    }

    #[test]
    fn precision_asks_for_more_but_not_for_so_much_that_most_is_lost() {
        let page: String = ["finch ", "wren ", "robin "].map(|bird| format!("<p>{}", bird.repeat(30))).concat();
        let precise = |scores: &[f32]| kept(&page, scores, Favor::Precision, PageType::Article);
        assert_eq!(precise(&[0.9, 0.8, 0.55]), [true, true, false]);
        assert_eq!(precise(&[0.9, 0.55, 0.55]), [true, true, true]);
    }

    #[test]
    fn entries_beside_an_article_are_dropped_and_those_of_an_overview_are_not() {
        let entry = "<div><p>The wren, and where to hear it</p></div>".repeat(3);
        let page = format!("<main><p>{}</p></main>{entry}", "finch ".repeat(45));
        let scores = [0.7, 0.45, 0.28, 0.1];
        let entries = |favor, kind| kept(&page, &scores, favor, kind)[1];
        assert!(!entries(Favor::Balanced, PageType::Article));
        assert!(entries(Favor::Balanced, PageType::Collection));
        assert!(entries(Favor::Recall, PageType::Article));
        assert!(!entries(Favor::Precision, PageType::Collection));
    }
}
