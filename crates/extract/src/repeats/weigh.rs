//! A page against the profile of its site: a text that stands on many other pages is likelier chrome, and where nearly
//! everything at a place of the template was content, or nothing was, the next block there is likelier the same. It shifts
//! scores and says why; what is kept is for others to choose.

use crate::blocks::Page;
use crate::repeats::observation::Observation;
use crate::repeats::profile::SiteProfile;
use crate::semantics;

/// Pages besides this one without which nothing is concluded.
const OTHERS_MIN: u32 = 2;
/// Other pages a text must stand on, and a long one: articles stand under two addresses, or three.
const REPEATS_MIN: u32 = 2;
const LONG_REPEATS_MIN: u32 = 3;
/// Fewer words say the same in many articles: headings (`Ingredients`), labels, values, names. Their place tells more.
const WORDS_MIN: f32 = 8.0;
/// Words from which on a block is long.
const LONG_WORDS: f32 = 25.0;
/// What makes a page a copy: more than half of its prose stands on others, and those are not most pages of a well-known site.
const COPY_SHARE: f32 = 0.5;
const WELL_KNOWN_PAGES: u32 = 8;

/// Other pages from which on nothing that repeats was ever found to be content, however likely it seemed by itself.
const MANY: u32 = 4;

// What a text that repeats loses, in log-odds: at once, for each doubling or so, and where it stands on every page. Fitted on
// daniel-dev with folds disjoint by site, and rounded; for many pages, where the fit is without bound, enough to decide.
const LOSS_FEW: [f32; 3] = [0.3, 0.7, 0.9];
const LOSS_MANY: [f32; 3] = [2.0, 1.0, 2.0];
/// How far a score is drawn towards that of its place, and how many blocks make half of a place's say.
const PLACE_PULL: f32 = 0.45;
const PLACE_HALF: f32 = 4.0;
/// The furthest a place draws.
const PLACE_MOST: f32 = 1.5;
/// A shift smaller than this decides nothing worth telling.
const TELLING: f32 = 0.5;

/// What the site says of a block.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Repeated {
    /// On how many other pages its text stands, and of how many; where that counts.
    text: Option<(u32, u32)>,
    /// How far its place moved the score, in log-odds.
    place: f32,
}

impl Repeated {
    /// The reason in words; `None` where the site says nothing of weight.
    pub(crate) fn reasons(self) -> impl Iterator<Item = String> {
        let text = self.text.map(|(count, pages)| format!("stands on {count} of {pages} other pages of this site"));
        let place = (self.place.abs() > TELLING).then(|| {
            let what = if self.place > 0.0 { "the article" } else { "not the article" };
            format!("what stands at this place of the site's template is mostly {what}")
        });
        text.into_iter().chain(place)
    }
}

/// Shifts the scores of a page by what its site is known for, and says by how much. Empty where too little is known.
pub(crate) fn weigh(page: &Page<'_>, seen: &Observation, profile: &SiteProfile, scores: &mut [f32]) -> Vec<Repeated> {
    let own = u32::from(profile.knows(seen.page));
    let others = profile.pages().saturating_sub(own);
    if others < OTHERS_MIN {
        return Vec::new();
    }
    let mut counts: Vec<u32> = (0..seen.blocks.len())
        .map(|at| {
            let block = &seen.blocks[at];
            let count = block.text.map_or(0, |text| profile.count(text).saturating_sub(own)).min(others);
            let least = if block.words >= LONG_WORDS { LONG_REPEATS_MIN } else { REPEATS_MIN };
            // The same lines of code stand in many articles.
            let code = page.elements[page.leaves[at].owner].semantics & semantics::PRE != 0;
            if count >= least && block.words >= WORDS_MIN && !code { count } else { 0 }
        })
        .collect();
    spare_copies(seen, &mut counts, others);
    let mut told = Vec::with_capacity(counts.len());
    for ((block, count), score) in seen.blocks.iter().zip(counts).zip(scores) {
        let before = log_odds(*score);
        let place = profile.place(block.place).filter(|_| count <= REPEATS_MIN).map_or(0.0, |place| {
            let pull = PLACE_PULL * place.blocks / (place.blocks + PLACE_HALF) * (log_odds(place.score()) - before);
            pull.clamp(-PLACE_MOST, PLACE_MOST)
        });
        let after = before + place - loss(count, others);
        *score = 1.0 / (1.0 + (-after).exp());
        told.push(Repeated { text: (count > 0).then_some((count, others)), place });
    }
    told
}

/// What a block loses whose text stands on so many other pages.
fn loss(count: u32, others: u32) -> f32 {
    let [once, each, share] = if count >= MANY { LOSS_MANY } else { LOSS_FEW };
    let count = count as f32;
    if count > 0.0 { once + each * count.ln_1p() + share * count / others as f32 } else { 0.0 }
}

/// Where most of a page's prose stands on other pages the page is a copy of them (for print, syndicated), and what is not
/// on most pages of the site is no chrome.
fn spare_copies(seen: &Observation, counts: &mut [u32], others: u32) {
    let rare = |count: u32| others < WELL_KNOWN_PAGES || (count as f32) < COPY_SHARE * others as f32;
    let (mut prose, mut repeated) = (0.0, 0.0);
    for (block, count) in seen.blocks.iter().zip(&*counts) {
        if block.words >= LONG_WORDS && block.score >= 0.5 {
            prose += block.words;
            repeated += if *count > 0 && rare(*count) { block.words } else { 0.0 };
        }
    }
    if repeated > COPY_SHARE * prose {
        for count in counts.iter_mut().filter(|count| rare(**count)) {
            *count = 0;
        }
    }
}

fn log_odds(score: f32) -> f32 {
    let score = score.clamp(1e-4, 1.0 - 1e-4);
    (score / (1.0 - score)).ln()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use url::Url;

    use crate::explain::explain;
    use crate::extract::{extract, extract_observed};
    use crate::options::{Context, Options};
    use crate::repeats::profile::SiteProfile;

    const PLEDGE: &str = "This paper has been printed in our own town since the winter of the year 1911, and readers \
                          who find a mistake in it are asked to write to the editor, who answers every letter.";
    const BIRDS: [&str; 8] = ["siskin", "linnet", "serin", "brambling", "twite", "redpoll", "hawfinch", "crossbill"];

    fn story(bird: &str) -> String {
        format!(
            "The {bird} was seen at the old mill again, and the miller, who counts them, is glad of every {bird} that \
             comes. So far, he says, nobody in the valley has seen a {bird} before the middle of February."
        )
    }

    fn page(first: &str, second: &str) -> String {
        format!("<main><h1>Birds</h1><div class=story><p>{first}</p><p>{second}</p></div></main>")
    }

    /// The profile of a site of these pages; addresses are numbered.
    fn learnt(pages: &[String]) -> SiteProfile {
        let mut profile = SiteProfile::default();
        for (number, page) in pages.iter().enumerate() {
            let url = Url::parse(&format!("https://gazette.example/{number}")).unwrap();
            let context = Context { url: Some(&url), ..Context::default() };
            profile.learn(&extract_observed(page.as_bytes(), &context, &Options::default()).unwrap().1);
        }
        profile
    }

    fn text(page: &str, url: &str, site: Option<&SiteProfile>) -> String {
        let url = Url::parse(url).unwrap();
        let context = Context { url: Some(&url), site, ..Context::default() };
        extract(page.as_bytes(), &context, &Options::default()).unwrap().text()
    }

    #[test]
    fn a_paragraph_that_stands_on_every_page_goes_and_the_story_stays() {
        let pages: Vec<String> = BIRDS[1..].iter().map(|bird| page(&story(bird), PLEDGE)).collect();
        let (profile, page) = (learnt(&pages), page(&story(BIRDS[0]), PLEDGE));
        assert!(text(&page, "https://gazette.example/new", None).contains("1911"), "the page alone does not tell");
        let with = text(&page, "https://gazette.example/new", Some(&profile));
        assert!(with.contains("siskin") && !with.contains("1911"), "{with}");
    }

    #[test]
    fn the_reason_names_how_many_pages_it_stands_on() {
        let pages: Vec<String> = BIRDS[1..].iter().map(|bird| page(&story(bird), PLEDGE)).collect();
        let (profile, page) = (learnt(&pages), page(&story(BIRDS[0]), PLEDGE));
        let context = Context { site: Some(&profile), ..Context::default() };
        let told = explain(page.as_bytes(), &context, &Options::default()).unwrap();
        let block = told.blocks.iter().find(|block| block.text == PLEDGE).unwrap();
        assert!(block.reasons.contains(&"stands on 7 of 7 other pages of this site".to_owned()), "{:?}", block.reasons);
    }

    #[test]
    fn an_article_that_is_captured_again_is_no_repetition_of_itself() {
        let pages: Vec<String> = BIRDS.iter().map(|bird| page(&story(bird), "")).collect();
        let profile = learnt(&pages);
        assert!(text(&pages[3], "https://gazette.example/3", Some(&profile)).contains("brambling"));
    }

    #[test]
    fn an_article_under_several_addresses_does_not_vanish() {
        let mut pages: Vec<String> = BIRDS[..5].iter().map(|bird| page(&story(bird), "")).collect();
        let copied = page(&story("chaffinch"), &story("greenfinch"));
        pages.extend([copied.clone(), copied.clone(), copied.clone(), copied.clone()]);
        let with = text(&copied, "https://gazette.example/syndicated", Some(&learnt(&pages)));
        assert!(with.contains("chaffinch") && with.contains("greenfinch"), "{with}");
    }

    #[test]
    fn a_site_known_by_two_pages_or_none_changes_nothing() {
        let page = page(&story(BIRDS[0]), PLEDGE);
        let alone = text(&page, "https://gazette.example/0", None);
        for known in 0..=2 {
            let profile = learnt(&vec![page.clone(); known]);
            assert_eq!(text(&page, "https://gazette.example/0", Some(&profile)), alone, "{known} pages");
        }
    }

    #[test]
    fn a_heading_that_every_page_has_stays_with_its_section() {
        let recipe = |bird: &str| {
            format!(
                "<main><article><h1>Pie</h1><p>{0}</p><h2>What you need</h2><p>{0}</p></article></main>",
                story(bird)
            )
        };
        let pages: Vec<String> = BIRDS[1..].iter().map(|bird| recipe(bird)).collect();
        let with = text(&recipe(BIRDS[0]), "https://gazette.example/new", Some(&learnt(&pages)));
        assert!(with.contains("What you need"), "{with}");
    }
}
