//! A page in numbers: how much of it stands where, what repeats in it and what the repeated things hold. Kinds of pages and
//! the confidence in an answer are judged by these; nothing here knows a language.

use foldhash::{HashMap, HashMapExt};
use url::Url;

use crate::blocks::Page;
use crate::group_words::TABLE;
use crate::groups;
use crate::phrases::Chrome;
use crate::semantics;
use crate::stamps;
use crate::structured::Hints;
use crate::walk;

/// Sums over the leaves before a place, so that any run of them can be asked for at once.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    words: f32,
    link_words: f32,
    /// Words, each weighed by how likely it is content.
    content: f32,
    prices: f32,
    dates: f32,
    headings: f32,
    images: f32,
    /// Words in blocks that read like prose.
    prose: f32,
}

impl Sums {
    fn minus(self, other: Self) -> Self {
        Self {
            words: self.words - other.words,
            link_words: self.link_words - other.link_words,
            content: self.content - other.content,
            prices: self.prices - other.prices,
            dates: self.dates - other.dates,
            headings: self.headings - other.headings,
            images: self.images - other.images,
            prose: self.prose - other.prose,
        }
    }
}

/// The numbers, with their names when somebody asks.
#[derive(Debug, Default)]
pub(crate) struct Portrait {
    pub(crate) values: Vec<f32>,
    names: Option<Vec<String>>,
}

impl Portrait {
    fn put(&mut self, name: &str, value: f32) {
        self.values.push(value);
        if let Some(names) = &mut self.names {
            names.push(name.to_owned());
        }
    }

    fn put_of(&mut self, kind: &str, name: &str, value: f32) {
        self.values.push(value);
        if let Some(names) = &mut self.names {
            names.push(format!("{kind}: {name}"));
        }
    }
}

/// Draws the portrait of a page whose leaves are content as likely as `scores` says.
pub(crate) fn portrait(page: &Page<'_>, scores: &[f32], hints: &Hints, url: Option<&Url>) -> Portrait {
    draw(page, scores, hints, url, None)
}

/// The names of the numbers, in their order.
pub(crate) fn names(page: &Page<'_>) -> Vec<String> {
    let scores = vec![0.0; page.leaves.len()];
    draw(page, &scores, &Hints::default(), None, Some(Vec::new())).names.unwrap_or_default()
}

fn draw(page: &Page<'_>, scores: &[f32], hints: &Hints, url: Option<&Url>, names: Option<Vec<String>>) -> Portrait {
    let mut portrait = Portrait { values: Vec::with_capacity(400), names };
    let sums = sums(page, scores);
    whole(page, scores, &sums, &mut portrait);
    places(page, scores, &sums, &mut portrait);
    repeats(page, &sums, &mut portrait);
    address(url, &mut portrait);
    stamps::each(stamps::stamps(page, hints, url), |place, kind, is| {
        portrait.put_of(place, kind, f32::from(u8::from(is)));
    });
    for (name, flag) in [
        ("og article", hints.og_article),
        ("og website", hints.og_website),
        ("og product", hints.og_product),
        ("ld article", hints.ld_article),
        ("ld product", hints.ld_product),
        ("ld discussion", hints.ld_discussion),
        ("ld list", hints.ld_list),
        ("ld questions", hints.ld_questions),
        ("ld body", !hints.body.is_empty()),
    ] {
        portrait.put(name, f32::from(u8::from(flag)));
    }
    portrait
}

/// What a short text shows: a price, a day or an hour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Signs {
    price: bool,
    date: bool,
}

fn signs(text: &str) -> Signs {
    let mut signs = Signs::default();
    if text.len() > 90 {
        return signs;
    }
    let (mut currency, mut digits, mut run, mut year) = (false, 0, 0, 0u32);
    let mut before = ' ';
    for c in text.chars().chain([' ']) {
        if c.is_ascii_digit() {
            digits += 1;
            run += 1;
            year = (year * 10 + u32::from(c as u8 - b'0')) % 100_000;
        } else {
            signs.date |= run == 4 && (1990..2050).contains(&year) || c == ':' && (1..=2).contains(&run);
            run = 0;
            year = 0;
            currency |= matches!(c, '$' | '€' | '£' | '¥' | '₽' | '₹' | '₩' | '₴' | '₺' | '￥' | '円' | '元');
            // Currencies that are written as letters: zł, kr, Kč.
            currency |= matches!((before, c), ('z', 'ł') | ('k', 'r') | ('K', 'č') | ('F', 't') | ('R', 'p'));
        }
        before = c;
    }
    signs.price = currency && digits > 0 && text.len() <= 60;
    signs
}

fn sums(page: &Page<'_>, scores: &[f32]) -> Vec<Sums> {
    let mut all = Vec::with_capacity(page.leaves.len() + 1);
    let mut sum = Sums::default();
    all.push(sum);
    for (leaf, score) in page.leaves.iter().zip(scores) {
        let signs = signs(&leaf.text);
        sum.words += leaf.words;
        sum.link_words += leaf.link_words;
        sum.content += leaf.words * score;
        sum.prices += f32::from(u8::from(signs.price));
        sum.dates += f32::from(u8::from(signs.date));
        sum.headings += f32::from(u8::from(page.elements[leaf.owner].semantics & semantics::HEADING != 0));
        sum.images += leaf.images as f32;
        sum.prose += if leaf.words >= 12.0 && leaf.link_words < 0.4 * leaf.words { leaf.words } else { 0.0 };
        all.push(sum);
    }
    all
}

/// Figures of the whole page and of its content.
fn whole(page: &Page<'_>, scores: &[f32], sums: &[Sums], portrait: &mut Portrait) {
    let total = sums.last().copied().unwrap_or_default();
    let words = total.words.max(1.0);
    let content = total.content.max(1.0);
    portrait.put("words", total.words.ln_1p());
    portrait.put("leaves", (page.leaves.len() as f32).ln_1p());
    portrait.put("link share", total.link_words / words);
    portrait.put("content", total.content.ln_1p());
    portrait.put("content share", total.content / words);
    portrait.put("prose share", total.prose / words);
    portrait.put("prices", total.prices.ln_1p());
    portrait.put("dates", total.dates.ln_1p());
    portrait.put("images", total.images.ln_1p());
    let mut of_content = [0.0f32; 12];
    let mut questions = 0.0;
    let mut longest = 0.0f32;
    let mut phrases = [0.0f32; 11];
    let mut kept = 0.0;
    for (leaf, score) in page.leaves.iter().zip(scores) {
        let weight = leaf.words * score;
        let owner = &page.elements[leaf.owner];
        let has = |meaning: u64| if owner.semantics & meaning != 0 { weight } else { 0.0 };
        for (slot, value) in of_content.iter_mut().zip([
            leaf.link_words * score,
            if leaf.words >= 40.0 { weight } else { 0.0 },
            if leaf.words >= 15.0 { weight } else { 0.0 },
            if leaf.words < 5.0 { weight } else { 0.0 },
            has(semantics::HEADING),
            has(semantics::PARAGRAPH),
            has(semantics::ITEM),
            has(semantics::CELL),
            leaf.code_words * score,
            leaf.strong_words * score,
            if *score > 0.9 { weight } else { 0.0 },
            if *score > 0.2 && *score < 0.8 { weight } else { 0.0 },
        ]) {
            *slot += value;
        }
        questions += if leaf.text.ends_with(['?', '？', '؟']) { *score } else { 0.0 };
        longest = longest.max(weight);
        kept += score;
        if let Some(chrome) = leaf.chrome {
            phrases[chrome as usize] += 1.0;
        }
    }
    for (name, value) in [
        "links",
        "long",
        "middling",
        "tiny",
        "headings",
        "paragraphs",
        "items",
        "cells",
        "code",
        "strong",
        "sure",
        "unsure",
    ]
    .into_iter()
    .zip(of_content)
    {
        portrait.put_of("content in", name, value / content);
    }
    portrait.put("questions", questions.ln_1p());
    portrait.put("longest", longest / content);
    portrait.put("words a block", (content / f32::max(kept, 1.0)).ln_1p());
    for (chrome, count) in PHRASES.iter().zip(phrases) {
        portrait.put_of("phrases", chrome, count.ln_1p());
    }
}

/// The set phrases in the order of [`Chrome`].
const PHRASES: [&str; 11] = [
    "share",
    "comments",
    "related",
    "newsletter",
    "cookies",
    "advert",
    "byline",
    "tags",
    "navigation",
    "account",
    "legal",
];
const _: () = assert!(Chrome::Legal as usize == PHRASES.len() - 1);

/// How much stands where: for each group of names and each meaning, how many elements have it, and what share of the words
/// and of the content stands within.
fn places(page: &Page<'_>, scores: &[f32], sums: &[Sums], portrait: &mut Portrait) {
    let mut named: Vec<u64> = Vec::with_capacity(page.elements.len());
    let mut meant: Vec<u64> = Vec::with_capacity(page.elements.len());
    let (mut group_counts, mut meaning_counts) = ([0.0f32; 64], [0.0f32; 64]);
    let mut levels = [0.0f32; 6];
    for element in &page.elements {
        // Parents come before their children.
        let (above, around) =
            (named.get(element.parent).copied().unwrap_or(0), meant.get(element.parent).copied().unwrap_or(0));
        named.push(above | element.groups);
        meant.push(around | element.semantics);
        each_bit(element.groups, |bit| group_counts[bit] += 1.0);
        each_bit(element.semantics, |bit| meaning_counts[bit] += 1.0);
        if element.semantics & semantics::HEADING != 0 {
            let level = walk::name_of(page.tree, element.id).as_bytes();
            if let [b'h', level @ b'1'..=b'6'] = level {
                levels[usize::from(level - b'1')] += 1.0;
            }
        }
    }
    let (mut group_words, mut meaning_words) = ([[0.0f32; 2]; 64], [[0.0f32; 2]; 64]);
    for (leaf, score) in page.leaves.iter().zip(scores) {
        let content = leaf.words * score;
        for (bits, words) in
            [(named[leaf.owner] | leaf.inline_groups, &mut group_words), (meant[leaf.owner], &mut meaning_words)]
        {
            each_bit(bits, |bit| {
                words[bit][0] += leaf.words;
                words[bit][1] += content;
            });
        }
    }
    let total = sums.last().copied().unwrap_or_default();
    let (words, content) = (total.words.max(1.0), total.content.max(1.0));
    let group_names = TABLE.iter().map(|(name, _)| *name);
    let meaning_names = semantics::NAMES.iter().copied();
    for (bit, name) in group_names.enumerate() {
        portrait.put_of("named", name, group_counts[bit].ln_1p());
        portrait.put_of("words named", name, group_words[bit][0] / words);
        portrait.put_of("content named", name, group_words[bit][1] / content);
    }
    for (bit, name) in meaning_names.enumerate() {
        portrait.put_of("elements", name, meaning_counts[bit].ln_1p());
        portrait.put_of("words in", name, meaning_words[bit][0] / words);
        portrait.put_of("content of", name, meaning_words[bit][1] / content);
    }
    for (level, count) in ["1", "2", "3", "4", "5", "6"].into_iter().zip(levels) {
        portrait.put_of("headings", level, count.ln_1p());
    }
}

fn each_bit(bits: u64, mut act: impl FnMut(usize)) {
    let mut bits = bits;
    while bits != 0 {
        act(bits.trailing_zeros() as usize);
        bits &= bits - 1;
    }
}

/// Things made by one template: posts, products, teasers.
#[derive(Debug, Clone, Copy, Default)]
struct Template {
    count: f32,
    leaves: f32,
    all: Sums,
    with_price: f32,
    with_date: f32,
    with_heading: f32,
    with_link: f32,
    with_image: f32,
    with_prose: f32,
    /// Those whose class or id names a comment.
    comments: f32,
}

fn repeats(page: &Page<'_>, sums: &[Sums], portrait: &mut Portrait) {
    let mut templates: HashMap<u64, Template> = HashMap::new();
    let around = semantics::NAV | semantics::HEADER | semantics::FOOTER;
    let comment = groups::bit("comment");
    let mut outside: Vec<u64> = Vec::with_capacity(page.elements.len());
    for element in &page.elements {
        let above = outside.get(element.parent).copied().unwrap_or(0);
        outside.push(above | element.semantics & around);
        let few = element.leaves.len() < 2;
        if few || (above | element.semantics) & around != 0 {
            continue;
        }
        let parent = &page.elements[element.parent];
        let template = templates.entry(element.shape.rotate_left(21) ^ parent.shape).or_default();
        let within = sums[element.leaves.end].minus(sums[element.leaves.start]);
        template.count += 1.0;
        template.leaves += element.leaves.len() as f32;
        for (slot, flag) in [
            (&mut template.with_price, within.prices > 0.0),
            (&mut template.with_date, within.dates > 0.0),
            (&mut template.with_heading, within.headings > 0.0),
            (&mut template.with_link, within.link_words > 0.0),
            (&mut template.with_image, within.images > 0.0),
            (&mut template.with_prose, within.prose > 0.0),
            (&mut template.comments, element.groups & comment != 0),
        ] {
            *slot += f32::from(u8::from(flag));
        }
        let all = &mut template.all;
        all.words += within.words;
        all.link_words += within.link_words;
        all.content += within.content;
        all.prose += within.prose;
    }
    let mut templates: Vec<(u64, Template)> =
        templates.into_iter().filter(|(_, template)| template.count >= 3.0).collect();
    templates.sort_unstable_by_key(|(key, _)| *key);
    let total = sums.last().copied().unwrap_or_default();
    let most = |name: &str, weight: &dyn Fn(&Template) -> f32, portrait: &mut Portrait| {
        let best = templates.iter().map(|(_, template)| template).max_by(|a, b| weight(a).total_cmp(&weight(b)));
        let best = best.filter(|template| weight(template) > 0.0).copied().unwrap_or_default();
        describe(name, &best, &total, portrait);
    };
    most("by content", &|template| template.all.content, portrait);
    most("by words", &|template| template.all.words, portrait);
    most(
        "by price",
        &|template| if template.with_price > 0.5 * template.count { template.count } else { 0.0 },
        portrait,
    );
    most(
        "by date",
        &|template| if template.with_date > 0.5 * template.count { template.all.prose } else { 0.0 },
        portrait,
    );
    let teaser =
        |template: &Template| template.with_link > 0.8 * template.count && template.all.words < 60.0 * template.count;
    most("by teaser", &|template| if teaser(template) { template.count } else { 0.0 }, portrait);
}

fn describe(name: &str, template: &Template, total: &Sums, portrait: &mut Portrait) {
    let count = template.count.max(1.0);
    portrait.put_of("repeated", name, template.count.ln_1p());
    portrait.put_of("share repeated", name, template.all.words / total.words.max(1.0));
    portrait.put_of("content repeated", name, template.all.content / total.content.max(1.0));
    portrait.put_of("words each", name, (template.all.words / count).ln_1p());
    portrait.put_of("leaves each", name, (template.leaves / count).ln_1p());
    portrait.put_of("links each", name, template.all.link_words / template.all.words.max(1.0));
    portrait.put_of("prose each", name, template.all.prose / template.all.words.max(1.0));
    for (kind, part) in [
        ("with prices", template.with_price),
        ("with dates", template.with_date),
        ("with headings", template.with_heading),
        ("with images", template.with_image),
        ("with prose", template.with_prose),
        ("comments", template.comments),
    ] {
        portrait.put_of(kind, name, part / count);
    }
}

/// The shape of the address.
fn address(url: Option<&Url>, portrait: &mut Portrait) {
    let path = url.map_or("", Url::path);
    let last = path.rsplit('/').find(|part| !part.is_empty()).unwrap_or("");
    let count = |text: &str, wanted: &dyn Fn(char) -> bool| text.chars().filter(|c| wanted(*c)).count().min(30) as f32;
    portrait.put("url known", f32::from(u8::from(url.is_some())));
    portrait.put("url depth", path.split('/').filter(|part| !part.is_empty()).count().min(10) as f32);
    portrait.put("url digits", count(path, &|c| c.is_ascii_digit()));
    portrait.put("url hyphens", count(path, &|c| matches!(c, '-' | '_')));
    portrait.put("url last length", (last.len() as f32).ln_1p());
    portrait.put("url last digits", count(last, &|c| c.is_ascii_digit()));
    portrait.put("url last hyphens", count(last, &|c| matches!(c, '-' | '_')));
    portrait.put("url ends with slash", f32::from(u8::from(path.ends_with('/'))));
    portrait.put("url file", f32::from(u8::from(last.contains('.'))));
    portrait.put("url query", f32::from(u8::from(url.is_some_and(|url| url.query().is_some()))));
    let year = path.split('/').any(|part| part.len() == 4 && (part.starts_with("19") || part.starts_with("20")));
    portrait.put("url year", f32::from(u8::from(year)));
    let labels = url.and_then(Url::host_str).map_or(0, |host| host.split('.').filter(|label| *label != "www").count());
    portrait.put("url labels", labels.min(5) as f32);
}
