//! What part of a page each block plays, in one word. The answer is made for people who read an explanation: it follows from
//! what was decided and what the block's surroundings are called, and decides nothing.

use serde::Serialize;

use crate::blocks::{Leaf, Page};
use crate::choose::{self, Choice};
use crate::groups;
use crate::phrases::Chrome;
use crate::semantics;

/// What part a block plays on its page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The text itself.
    Body,
    /// Heads a section.
    Heading,
    /// The title, or the name of the site above it.
    Title,
    /// Says by whom, when, how long.
    Byline,
    /// Belongs to a picture or table.
    Caption,
    /// What a reader wrote below.
    Comment,
    /// Leads to other articles.
    Related,
    /// Asks the reader to share, subscribe, log in, buy.
    CallToAction,
    /// Leads about the site.
    Navigation,
    /// Anything else that belongs to the site and not to the page.
    Chrome,
}

impl Role {
    /// Every role, in the order of a legend.
    pub const ALL: [Self; 10] = [
        Self::Body,
        Self::Heading,
        Self::Title,
        Self::Byline,
        Self::Caption,
        Self::Comment,
        Self::Related,
        Self::CallToAction,
        Self::Navigation,
        Self::Chrome,
    ];

    /// The role in words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Body => "body",
            Self::Heading => "heading",
            Self::Title => "title",
            Self::Byline => "byline",
            Self::Caption => "caption",
            Self::Comment => "comment",
            Self::Related => "related",
            Self::CallToAction => "call to action",
            Self::Navigation => "navigation",
            Self::Chrome => "chrome",
        }
    }
}

/// How many elements around a block may name it.
const NEAR: usize = 4;

/// The part that a block plays.
pub(crate) fn role(page: &Page<'_>, choice: &Choice, at: usize, title: Option<&str>) -> Role {
    let leaf = &page.leaves[at];
    let meanings = page.ancestors(leaf.owner, 3).fold(0, |all, (_, element)| all | element.semantics);
    let owner = page.elements[leaf.owner].semantics;
    if choice.kept[at] {
        return match () {
            () if owner & semantics::HEADING != 0 => Role::Heading,
            () if meanings & semantics::CAPTION != 0 => Role::Caption,
            () => Role::Body,
        };
    }
    match choice.reasons[at] {
        Some("is the title" | "is the name of the site") => return Role::Title,
        Some("is a comment below the article") => return Role::Comment,
        Some("is about a person, not of the article") => return Role::Byline,
        _ => {}
    }
    let says_title = title.is_some_and(|title| title.to_lowercase() == leaf.text.to_lowercase());
    if says_title && (owner & semantics::HEADING != 0 || leaf.link_words == 0.0) {
        return Role::Title;
    }
    leaf.chrome.map(of_phrase).or_else(|| of_place(page, leaf, at)).unwrap_or_else(|| of_links(leaf))
}

fn of_phrase(chrome: Chrome) -> Role {
    match chrome {
        Chrome::Share | Chrome::Newsletter | Chrome::Account => Role::CallToAction,
        Chrome::Comments => Role::Comment,
        Chrome::Related => Role::Related,
        Chrome::Byline => Role::Byline,
        Chrome::Tags | Chrome::Navigation => Role::Navigation,
        Chrome::Cookies | Chrome::Advert | Chrome::Legal => Role::Chrome,
    }
}

/// The role that the nearest element gives which is named for any.
fn of_place(page: &Page<'_>, leaf: &Leaf, at: usize) -> Option<Role> {
    const NAMED: [(&[&str], Role); 7] = [
        (&["comment", "reply"], Role::Comment),
        (&["related", "trending", "carousel"], Role::Related),
        (&["share", "newsletter", "promo", "login", "cart", "popup"], Role::CallToAction),
        (&["author", "meta"], Role::Byline),
        (&["nav", "menu", "breadcrumb", "pagination", "toc", "tags", "search", "lang"], Role::Navigation),
        (&["caption"], Role::Caption),
        (&["advert", "cookie", "legal", "footer"], Role::Chrome),
    ];
    const MEANT: [(semantics::Semantics, Role); 6] = [
        (semantics::COMMENT, Role::Comment),
        (semantics::NAV, Role::Navigation),
        (semantics::CAPTION, Role::Caption),
        (semantics::BUTTON, Role::CallToAction),
        (semantics::FORM, Role::CallToAction),
        (semantics::FOOTER, Role::Chrome),
    ];
    let named = |bits: groups::Groups| {
        let has = |name: &str| bits & groups::bit(name) != 0;
        NAMED.iter().find(|(names, _)| names.iter().any(|name| has(name))).map(|(_, role)| *role)
    };
    let meant = |bits: semantics::Semantics| MEANT.iter().find(|(bit, _)| bits & bit != 0).map(|(_, role)| *role);
    let near = named(leaf.inline_groups).or_else(|| {
        page.ancestors(leaf.owner, NEAR).find_map(|(_, element)| meant(element.semantics).or(named(element.groups)))
    });
    near.or_else(|| choose::in_comments(page, at).then_some(Role::Comment))
        .or_else(|| page.ancestors(leaf.owner, 24).find_map(|(_, element)| meant(element.semantics)))
}

fn of_links(leaf: &Leaf) -> Role {
    if leaf.link_words > 0.6 * leaf.words { Role::Navigation } else { Role::Chrome }
}
