//! Whether a page is an article, and if not, what stands in its place: a test for robots, a wall, a "not found", an empty
//! shell. It is slow to say so: a page with enough text of its own is always an article.

use html5ever::local_name;

use crate::article::{PageType, Verdict};
use crate::attributes::attr;
use crate::blocks::{Page, count_words};
use crate::groups;
use crate::phrases::Chrome;
use crate::semantics;
use crate::structured;
use crate::walls;

/// More words than this are content, whatever else the page says.
const WORDS_ENOUGH: f32 = 180.0;

/// What was chosen, in figures.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chosen {
    /// Words of the content.
    pub(crate) words: f32,
    /// Words of it within links.
    pub(crate) link_words: f32,
    /// The mean likelihood of its words.
    pub(crate) likelihood: f32,
}

/// The verdict and how sure it is, from 0 to 1.
pub(crate) fn verdict(page: &Page<'_>, title: &str, chosen: Chosen, page_type: PageType) -> (Verdict, f32) {
    let sure = chosen.words > 80.0 && chosen.likelihood > 0.75;
    // Who finds nothing offers links; who has that much to say of it writes about it.
    let explains = chosen.words - chosen.link_words > 70.0;
    if chosen.words < WORDS_ENOUGH {
        let seen = Seen::new(page, title);
        for (verdict, found) in [
            (Verdict::Challenge, !sure && is_challenge(&seen)),
            (Verdict::Soft404, !explains && is_soft_404(&seen)),
            (Verdict::ConsentWall, !sure && is_consent_wall(&seen)),
            (Verdict::LoginWall, !sure && is_login_wall(&seen)),
            (Verdict::NeedsJavascript, is_shell(&seen, chosen)),
        ] {
            if found {
                return (verdict, if chosen.words < 60.0 { 0.95 } else { 0.8 });
            }
        }
    }
    let links = chosen.link_words / chosen.words.max(1.0);
    if chosen.words < 8.0 {
        return (Verdict::NotArticle, 0.9);
    }
    let lists = matches!(page_type, PageType::Listing | PageType::Collection);
    if chosen.words < 400.0 && links > 0.6 && lists {
        return (Verdict::NotArticle, 0.6);
    }
    let enough = (chosen.words / WORDS_ENOUGH).clamp(0.2, 1.0).sqrt();
    (Verdict::Article, (chosen.likelihood * enough).clamp(0.05, 0.99))
}

/// What a visitor reads at first sight, in lower case, and what only a machine sees.
struct Seen {
    /// The title and the headings, cut where a site puts its name.
    heads: Vec<String>,
    /// The texts of all blocks, one a line.
    text: String,
    /// The texts of short blocks: what buttons and fields say.
    short: String,
    words: f32,
    /// Words that stand neither in what is named for consent nor in a dialogue nor are about it.
    words_outside_consent: f32,
    markup: Markup,
}

/// What elements without text show.
#[derive(Debug, Default)]
struct Markup {
    /// A field for a password.
    password: bool,
    /// The test of one of the usual providers.
    challenge: bool,
    /// An element that a script would fill, and nothing in it.
    empty_root: bool,
    dialogue: bool,
}

/// No title or heading is cut into more parts, and no more headings are read.
const HEADS_MAX: usize = 40;

impl Seen {
    fn new(page: &Page<'_>, title: &str) -> Self {
        let mut seen = Self {
            heads: Vec::new(),
            text: String::new(),
            short: String::new(),
            words: 0.0,
            words_outside_consent: 0.0,
            markup: markup(page),
        };
        seen.add_head(title);
        let cookie = groups::bit("cookie");
        for leaf in &page.leaves {
            seen.words += leaf.words;
            let text = head_of(&leaf.text, 600).to_lowercase();
            if page.elements[leaf.owner].semantics & semantics::HEADING != 0 {
                seen.add_head(&text);
            }
            let asks = leaf.chrome == Some(Chrome::Cookies) || contains(&text, walls::CONSENT_SAYS);
            let inside = || {
                page.ancestors(leaf.owner, 24)
                    .any(|(_, element)| element.groups & cookie != 0 || element.semantics & semantics::DIALOG != 0)
            };
            seen.words_outside_consent += if asks || inside() { 0.0 } else { leaf.words };
            if seen.text.len() < 20_000 {
                seen.text.push_str(&text);
                seen.text.push('\n');
                if leaf.words <= 6.0 {
                    seen.short.push_str(&text);
                    seen.short.push('\n');
                }
            }
        }
        seen
    }

    fn add_head(&mut self, text: &str) {
        for part in head_of(text, 300).split([':', '|', '·', '—', '–']).flat_map(|part| part.split(" - ")) {
            let part = part.trim();
            if !part.is_empty() && self.heads.len() < HEADS_MAX {
                self.heads.push(part.to_lowercase());
            }
        }
    }

    /// Whether a part of the title or a heading of at most so many words holds one of the phrases.
    fn heads(&self, phrases: &[&str], words_max: f32) -> bool {
        self.heads.iter().any(|head| count_words(head) <= words_max && contains(head, phrases))
    }

    fn says(&self, phrases: &[&str]) -> bool {
        contains(&self.text, phrases)
    }
}

fn contains(text: &str, phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| text.contains(phrase))
}

fn head_of(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    &text[..end]
}

fn markup(page: &Page<'_>) -> Markup {
    let mut markup = Markup {
        dialogue: page.elements.iter().any(|element| element.semantics & semantics::DIALOG != 0),
        ..Markup::default()
    };
    for node in page.tree.tree.nodes() {
        let Some(element) = node.value().as_element() else { continue };
        markup.password |= element.name() == "input" && element.attr("type").is_some_and(|kind| kind == "password");
        for (name, attribute) in
            [("id", local_name!("id")), ("src", local_name!("src")), ("action", local_name!("action"))]
        {
            let Some(value) = attr(element, &attribute).map(|value| head_of(value, 200).to_ascii_lowercase()) else {
                continue;
            };
            markup.challenge |= contains(&value, walls::CHALLENGE_MARKS);
            // The whole page in a frame of the provider's; others only load its script.
            markup.challenge |= element.name() == "iframe" && value.contains("_incapsula_resource");
            let empty = || !node.children().any(|child| child.value().is_element());
            markup.empty_root |= name == "id" && walls::ROOTS.contains(&value.as_str()) && empty();
        }
    }
    markup
}

fn is_challenge(seen: &Seen) -> bool {
    let heads = seen.heads(walls::CHALLENGE_TITLES, 9.0);
    let says = seen.says(walls::CHALLENGE_SAYS);
    let words_max = match (heads, says, seen.markup.challenge) {
        (true, true, _) | (true, _, true) | (_, true, true) => 250.0,
        (false, false, true) => 60.0,
        // An article may speak of robots and of what they are asked.
        (false, true, false) => 50.0,
        (true, false, false) => 30.0,
        (false, false, false) => 0.0,
    };
    seen.words < words_max
}

fn is_soft_404(seen: &Seen) -> bool {
    // A number may be the article's subject, so nothing else may stand beside it.
    let number = seen.heads.iter().any(|head| {
        let tokens = structured::tokens(head);
        tokens.iter().any(|token| token == "404")
            && tokens.iter().all(|token| walls::MISSING_WORDS.contains(&token.as_str()))
    });
    let told = seen.heads(walls::MISSING, 12.0) || seen.heads(walls::MISSING_WHOLE, 4.0);
    seen.words < 900.0 && (number || told)
}

fn is_consent_wall(seen: &Seen) -> bool {
    let asks = seen.says(walls::CONSENT_SAYS) && contains(&seen.short, walls::CONSENT_ACCEPTS);
    let heads = seen.heads(walls::CONSENT_TITLES, 12.0);
    // Beside a banner stands a page; a wall stands alone.
    let alone = seen.words_outside_consent < 60.0 || seen.words_outside_consent < 0.35 * seen.words;
    asks && alone && (heads || seen.markup.dialogue || seen.words_outside_consent < 25.0) && seen.words < 450.0
}

fn is_login_wall(seen: &Seen) -> bool {
    let heads = seen.heads(walls::LOGIN_TITLES, 8.0);
    let password = seen.markup.password || contains(&seen.short, walls::PASSWORDS);
    let paywall = seen.says(walls::PAYWALL_SAYS);
    let words_max = match (heads, password, paywall) {
        (true, _, true) => 350.0,
        (true, true, false) => 200.0,
        (false, _, true) => 120.0,
        _ => 0.0,
    };
    seen.words < words_max
}

fn is_shell(seen: &Seen, chosen: Chosen) -> bool {
    let asks = seen.says(walls::SCRIPT_SAYS);
    (asks && seen.words < 80.0 && chosen.words < 60.0) || (seen.words < 5.0 && seen.markup.empty_root)
}
