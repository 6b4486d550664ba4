//! The headline and the name of the site among the blocks: they are told as metadata and are not repeated in the text. It
//! knows the title that was found, not how.

use crate::choose::{Choice, Evidence};
use crate::semantics;
use crate::structured;

/// Fewer words than this above the headline are a label (the section, the name of the site), not text.
const LABEL_WORDS_MAX: f32 = 6.0;

/// A headline this likely is content: in a thread it belongs to the first post.
const TITLE_SURE: f32 = 0.6;

/// The headline and the name of the site: they are the article's title and site and are not repeated in its text.
pub(crate) fn drop(evidence: &Evidence<'_>, choice: &mut Choice) {
    let title = structured::tokens(evidence.title);
    let site = structured::tokens(evidence.site);
    let page = evidence.page;
    let longest = evidence.title.len().max(evidence.site.len()) + 40;
    let mut prose = 0.0;
    let mut above = Vec::new();
    let mut word = String::new();
    for (at, leaf) in page.leaves.iter().enumerate().filter(|(_, leaf)| leaf.text.len() <= longest) {
        let heading = page.elements[leaf.owner].semantics & semantics::HEADING != 0;
        // Whatever it says, it is text.
        let may_be = heading || prose < 20.0;
        let said = if may_be { said(evidence, &title, &site, &leaf.text, heading, &mut word) } else { Said::Other };
        if said == Said::Title {
            if evidence.scores[at] < TITLE_SURE {
                choice.set(at, false, "is the title");
            }
            if heading && prose < LABEL_WORDS_MAX {
                for label in std::mem::take(&mut above) {
                    choice.set(label, false, "is a label above the title");
                }
            }
        } else if said == Said::Site && prose < 20.0 {
            choice.set(at, false, "is the name of the site");
        }
        if choice.kept[at] {
            prose += leaf.words;
            above.push(at);
        }
    }
}

/// A name of a site has no more words than this; a subtitle, which stands in `<title>` as well, mostly does.
const SITE_WORDS_MAX: usize = 4;

/// What a short text says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    Title,
    /// The name of the site: as it is known, or what the page's `<title>` holds besides the title of the article.
    Site,
    Other,
}

/// Tells what a text says, word by word: most texts are told at their first, and none needs a list of its words.
fn said(
    evidence: &Evidence<'_>,
    title: &[String],
    site: &[String],
    text: &str,
    heading: bool,
    word: &mut String,
) -> Said {
    let (mut count, mut answers) = (0, false);
    let (mut is_title, mut is_site, mut is_beside) = (!title.is_empty(), !site.is_empty(), !title.is_empty());
    let mut read = |token: &str| {
        is_title &= title.get(count).is_some_and(|word| word == token);
        is_site &= site.get(count).is_some_and(|word| word == token);
        is_beside &=
            count < SITE_WORDS_MAX && evidence.page_title.contains(token) && !title.iter().any(|word| word == token);
        count += 1;
    };
    let mut tokens = 0;
    structured::each_token_by(word, text, |token| {
        answers |= heading && tokens == 0 && matches!(token, "re" | "aw" | "antw" | "sv" | "odp");
        tokens += 1;
        read(token);
    });
    if answers && tokens == title.len() + 1 {
        // The heading of an answer says what the title says behind its first word.
        let rest = structured::tokens(text).split_off(1).join(" ");
        return said(evidence, title, site, &rest, false, word);
    }
    if is_title && count == title.len() {
        Said::Title
    } else if count > 0 && (is_site && count == site.len() || is_beside) {
        Said::Site
    } else {
        Said::Other
    }
}
