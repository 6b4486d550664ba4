//! The way from bytes to article, one line a room: decode, parse, cut into blocks, score, choose, build. It holds no
//! judgement of its own.

use std::cell::OnceCell;
use std::collections::HashSet;

use ego_tree::NodeId;
use html5ever::{LocalName, local_name};
use scraper::Html;
use url::Url;

use crate::agreement;
use crate::article::{Article, Metadata, Verdict};
use crate::attributes::attr;
use crate::blocks::{self, Page};
use crate::build;
use crate::choose::{self, Choice, Evidence};
use crate::decode;
use crate::error::Error;
use crate::extras::Extras;
use crate::kind::Kinds;
use crate::metadata;
use crate::model::Model;
use crate::options::{Context, Favor, Options, SiteRules};
use crate::outcome;
use crate::pictures;
use crate::portrait::{self, Portrait};
use crate::render;
use crate::repeats::observation::Observation;
use crate::repeats::weigh::{self, Repeated};
use crate::rules::Rules;
use crate::scores;
use crate::stance::Stance;
use crate::structured::{self, Hints};
use crate::tokenizer::Attributes;
use crate::tree;
use crate::verdict::{self, Chosen};
use crate::walk::Step;

/// Isolates the article of a page.
///
/// The answer is always an [`Article`]; its [`verdict`](crate::Verdict) says whether the page is one. No page, however broken
/// or hostile, makes it panic or run for long: what lies beyond [`Limits`](crate::Limits) is left out.
///
/// # Errors
/// [`Error::EmptyInput`] for no bytes (or white space only), [`Error::InvalidSelector`] for a rule that does not parse.
///
/// ```
/// use chaffinch_extract::{Context, Options, extract};
/// let page = b"<nav><a href=/>Home</a></nav><article><h1>Finches</h1>
///     <p>The common chaffinch is a small bird, and it sings from late February to July.</p></article>";
/// let article = extract(page, &Context::default(), &Options::default())?;
/// assert!(article.text().contains("small bird"));
/// assert!(!article.text().contains("Home"));
/// # Ok::<(), chaffinch_extract::Error>(())
/// ```
pub fn extract(html: &[u8], context: &Context<'_>, options: &Options) -> Result<Article, Error> {
    extract_with(html, context, options, Model::shipped())
}

/// As [`extract()`], with blocks scored by another model than the shipped one: for whoever trains and measures models.
///
/// # Errors
/// As [`extract()`].
pub fn extract_with(html: &[u8], context: &Context<'_>, options: &Options, model: &Model) -> Result<Article, Error> {
    read(html, context, options, model, |decided| decided.article(options, model))
}

/// As [`extract()`], and observes the page for the profile of its site.
///
/// # Errors
/// As [`extract()`].
pub fn extract_observed(
    html: &[u8],
    context: &Context<'_>,
    options: &Options,
) -> Result<(Article, Observation), Error> {
    extract_observed_with(html, context, options, Model::shipped())
}

/// As [`extract_observed()`], with blocks scored by another model than the shipped one.
///
/// # Errors
/// As [`extract()`].
pub fn extract_observed_with(
    html: &[u8],
    context: &Context<'_>,
    options: &Options,
    model: &Model,
) -> Result<(Article, Observation), Error> {
    read(html, context, options, model, |mut decided| (decided.observation(), decided.article(options, model)))
        .map(|(observation, article)| (article, observation))
}

/// As [`extract_observed()`], and shows the tree of the page to `see` before anything is taken out of it: for whoever wants to
/// know something else of the page, and not to parse it twice. Attributes that nothing asks for (handlers of events, drawing
/// and layout) are not in it.
///
/// # Errors
/// As [`extract()`].
pub fn extract_seen<T>(
    html: &[u8],
    context: &Context<'_>,
    options: &Options,
    see: impl FnOnce(&Html) -> T,
) -> Result<(Article, Observation, T), Error> {
    let model = Model::shipped();
    let mut seen = None;
    let see = |tree: &Html| seen = Some(see(tree));
    let read = read_seen(html, context, options, model, Attributes::AskedFor, see, |mut decided| {
        (decided.observation(), decided.article(options, model))
    });
    let (observation, article) = read?;
    // The tree was shown, or there was an error.
    seen.map(|seen| (article, observation, seen)).ok_or(Error::EmptyInput)
}

/// A page with everything decided, before it is built.
pub(crate) struct Decided<'a> {
    pub(crate) page: &'a Page<'a>,
    pub(crate) metadata: Metadata,
    pub(crate) portrait: Portrait,
    pub(crate) kinds: Kinds,
    pub(crate) scores: Vec<f32>,
    pub(crate) choice: Choice,
    /// What the scores were made from.
    pub(crate) hints: &'a Hints,
    pub(crate) url: Option<&'a Url>,
    /// What the site says of each leaf; empty where it says nothing.
    pub(crate) repeated: Vec<Repeated>,
    /// What was observed before the site had its say; `None` where it had none.
    observed: Option<Observation>,
    base: Option<Url>,
}

/// Reads a page and hands what was decided to `finish`, while the tree it borrows from is alive.
pub(crate) fn read<T>(
    html: &[u8],
    context: &Context<'_>,
    options: &Options,
    model: &Model,
    finish: impl FnOnce(Decided<'_>) -> T,
) -> Result<T, Error> {
    read_seen(html, context, options, model, Attributes::AskedFor, |_| {}, finish)
}

/// As [`read`], and hands over the tree as it was parsed, with every attribute and with what the site's rules take out.
pub(crate) fn read_whole<T>(
    html: &[u8],
    context: &Context<'_>,
    options: &Options,
    model: &Model,
    finish: impl FnOnce(Decided<'_>, &Html) -> T,
) -> Result<T, Error> {
    let whole = OnceCell::new();
    let see = |tree: &Html| {
        // Where no rule takes anything out, the tree that is decided on is the whole one.
        if !options.rules.remove.is_empty() {
            let _ = whole.set(tree.clone());
        }
    };
    read_seen(html, context, options, model, Attributes::All, see, |decided| {
        let tree = whole.get().unwrap_or(decided.page.tree);
        finish(decided, tree)
    })
}

/// As [`read`], with these attributes, and shows the tree to `see` before anything is taken out of it.
fn read_seen<T>(
    html: &[u8],
    context: &Context<'_>,
    options: &Options,
    model: &Model,
    wanted: Attributes,
    see: impl FnOnce(&Html),
    finish: impl FnOnce(Decided<'_>) -> T,
) -> Result<T, Error> {
    let rules = Rules::parse(&options.rules)?;
    if html.iter().all(u8::is_ascii_whitespace) {
        return Err(Error::EmptyInput);
    }
    let (text, _) = decode::decode(html, context.content_type);
    // Selectors that a person wrote may ask for any attribute.
    let is_plain = options.rules == SiteRules::default();
    let mut tree = tree::parse_with(&text, &options.limits, if is_plain { wanted } else { Attributes::All });
    drop(text);
    see(&tree);
    let mut metadata = metadata::metadata(&tree, context.url, model.worths());
    rules.correct(&tree, &mut metadata);
    let hints = structured::hints(&tree);
    rules.prune(&mut tree);
    let page = blocks::page(&tree);
    let matrix = scores::matrix(&page, &hints, context.url, model);
    let mut scores = model.score(&matrix);
    agreement::reach(&page, &mut scores);
    let (mut observed, mut repeated) = (None, Vec::new());
    if let Some(site) = context.site {
        let seen = Observation::new(&page, &scores, context.url, metadata.canonical_url.as_deref());
        repeated = weigh::weigh(&page, &seen, site, &mut scores);
        observed = Some(seen);
    }
    let portrait = portrait::portrait(&page, &scores, &hints, context.url);
    let kinds = Kinds::of(&portrait, model.judge());
    let base = base(&tree, context.url).filter(|base| is_bearable(base, &tree, html.len()));
    let choice = Choice { kept: Vec::new(), reasons: Vec::new(), threshold: 0.0 };
    let mut decided = Decided {
        page: &page,
        metadata,
        portrait,
        kinds,
        scores,
        choice,
        hints: &hints,
        url: context.url,
        repeated,
        observed,
        base,
    };
    decided.choice = match rules.content(&tree) {
        Some(chosen) => by_rule(&page, &chosen),
        None => decided.choose(options.favor, Stance::between(model.judge().stances(), &kinds)),
    };
    Ok(finish(decided))
}

/// The address that relative ones are relative to: `<base href>`, else the page's own.
fn base(tree: &Html, url: Option<&Url>) -> Option<Url> {
    let mut elements = tree.tree.nodes().take(2_000).filter_map(|node| node.value().as_element());
    let declared = elements.find_map(|element| {
        let href = || attr(element, &local_name!("href"));
        (element.name.local == local_name!("base")).then(href).flatten()
    });
    match (declared, url) {
        (Some(declared), Some(url)) => url.join(declared).ok().or_else(|| Some(url.clone())),
        (Some(declared), None) => Url::parse(declared).ok(),
        (None, url) => url.cloned(),
    }
}

/// An address of so many bytes may be written out for every link.
const BASE_BYTES: usize = 256;
/// A longer one may make so much of each byte of the page, and so much besides.
const TIMES_THE_PAGE: usize = 16;
const BASE_BYTES_ALL: usize = 4 << 20;

/// Whether the addresses of a page can be written in full: each that is relative holds the whole of its base. Where they are
/// too many for a long one they stay as they stand.
fn is_bearable(base: &Url, tree: &Html, bytes: usize) -> bool {
    let length = base.as_str().len();
    length <= BASE_BYTES || {
        let elements = tree.tree.nodes().filter_map(|node| node.value().as_element());
        let links = elements.filter(|element| element.attrs.iter().any(|(name, _)| is_address(&name.local))).count();
        links.saturating_mul(length) <= TIMES_THE_PAGE * bytes + BASE_BYTES_ALL
    }
}

fn is_address(name: &LocalName) -> bool {
    matches!(*name, local_name!("href") | local_name!("src") | local_name!("data")) || name.ends_with("src")
}

/// The leaves within the elements that a person's rule selects.
fn by_rule(page: &Page<'_>, chosen: &HashSet<NodeId>) -> Choice {
    let kept: Vec<bool> = page
        .leaves
        .iter()
        .map(|leaf| {
            let Step::Text(id) = page.steps[leaf.steps.start] else { return false };
            page.tree.tree.get(id).is_some_and(|node| node.ancestors().any(|ancestor| chosen.contains(&ancestor.id())))
        })
        .collect();
    let reasons = kept
        .iter()
        .map(|kept| Some(if *kept { "the site's rules select it" } else { "the site's rules leave it out" }));
    Choice { reasons: reasons.collect(), kept, threshold: 0.0 }
}

impl Decided<'_> {
    /// The page as its site learns from it.
    fn observation(&mut self) -> Observation {
        let canonical = self.metadata.canonical_url.as_deref();
        self.observed.take().unwrap_or_else(|| Observation::new(self.page, &self.scores, self.url, canonical))
    }

    /// What is kept where blocks are taken so strictly.
    pub(crate) fn choose(&self, favor: Favor, stance: Stance) -> Choice {
        choose::choose(&Evidence {
            page: self.page,
            scores: &self.scores,
            title: self.metadata.title.as_deref().unwrap_or_default(),
            site: self.metadata.site.as_deref().unwrap_or_default(),
            page_title: &self.hints.title,
            favor,
            forum: self.kinds.forum(),
            kind: self.kinds.best().0,
            stance,
        })
    }

    /// The text of these leaves.
    pub(crate) fn text(&self, kept: &[bool]) -> String {
        render::text(&build::build(self.page, kept, self.base.as_ref(), &Extras::find(self.page), &|_| false))
    }

    fn chosen(&self) -> Chosen {
        let (mut words, mut link_words, mut likely) = (0.0, 0.0, 0.0);
        for (at, leaf) in self.page.leaves.iter().enumerate().filter(|(at, _)| self.choice.kept[*at]) {
            words += leaf.words;
            link_words += leaf.link_words;
            likely += leaf.words * self.scores[at];
        }
        Chosen { words, link_words, likelihood: likely / f32::max(words, 1.0) }
    }

    /// Whether the page is an article, and how sure that is.
    pub(crate) fn verdict(&self, model: &Model) -> (Verdict, f32) {
        let title = self.metadata.title.as_deref().unwrap_or_default();
        let (page_type, _) = self.kinds.best();
        match verdict::verdict(self.page, title, self.chosen(), page_type) {
            (Verdict::Article, fallback) => {
                (Verdict::Article, model.judge().confidence(&self.outcome()).unwrap_or(fallback))
            }
            told => told,
        }
    }

    /// What the confidence is judged by.
    pub(crate) fn outcome(&self) -> Vec<f32> {
        let mut outcome = outcome::outcome(self.page, &self.scores, &self.choice.kept).to_vec();
        outcome.extend(self.kinds.all());
        outcome
    }

    pub(crate) fn article(self, options: &Options, model: &Model) -> Article {
        let (verdict, confidence) = self.verdict(model);
        let (page_type, page_type_confidence) = self.kinds.best();
        let extras = Extras::find(self.page);
        let images = pictures::choose(self.page, &self.choice.kept, &extras);
        let content = build::build(self.page, &self.choice.kept, self.base.as_ref(), &extras, &|at| images[at]);
        let comments = if options.comments { self.comments(&extras) } else { Vec::new() };
        Article {
            metadata: self.metadata,
            page_type,
            page_type_confidence,
            verdict,
            confidence,
            content,
            pages: Vec::new(),
            comments,
        }
    }

    /// What readers wrote: blocks that stand where comments do and are no chrome of theirs.
    fn comments(&self, extras: &Extras) -> Vec<crate::article::Block> {
        let page = self.page;
        let small = crate::groups::bit("author") | crate::groups::bit("meta") | crate::groups::bit("reply");
        let kept: Vec<bool> = (0..page.leaves.len())
            .map(|at| {
                let leaf = &page.leaves[at];
                let owner = &page.elements[leaf.owner];
                let aside = owner.groups & small != 0 || owner.semantics & crate::semantics::HEADING != 0;
                !self.choice.kept[at]
                    && choose::in_comments(page, at)
                    && leaf.chrome.is_none()
                    && leaf.words >= 2.0
                    && leaf.link_words < 0.5 * leaf.words
                    && leaf.small_words < 0.5 * leaf.words
                    && !aside
                    && !page
                        .ancestors(leaf.owner, 12)
                        .any(|(_, element)| element.semantics & crate::semantics::FORM != 0)
            })
            .collect();
        build::build(page, &kept, self.base.as_ref(), extras, &|_| false)
    }
}
