//! What the scorer sees of each block: some two hundred numbers that hold in any language and script. They say how the text
//! is written, where it stands, what its ancestors are called, and what stands around it; they judge nothing.

use std::cell::RefCell;

use foldhash::{HashMap, HashMapExt, HashSet};
use url::Url;

use crate::blocks::{Leaf, Page};
use crate::group_words;
use crate::phrases::Chrome;
use crate::sections;
use crate::semantics;
use crate::structured::{self, Hints};

/// How far up ancestors are looked at.
const ANCESTORS_MAX: usize = 24;
/// What is said of a container.
const CONTAINER: [&str; 9] = [
    "words at",
    "link share at",
    "words a leaf at",
    "paragraph share at",
    "marks at",
    "share at",
    "phrases at",
    "children at",
    "place in",
];
/// What is said of a neighbour.
const NEIGHBOUR: [&str; 7] =
    ["words of", "link share of", "ends sentence of", "heading", "same owner", "same shape", "phrase of"];
/// How far stretches of neighbours reach.
const REACHES: [(usize, &str); 3] = [(2, "2"), (7, "7"), (20, "20")];
/// The distance of an ancestor that is not there.
const FAR: f32 = 30.0;

/// The features of a page: `count` numbers a leaf.
#[derive(Debug)]
pub(crate) struct Matrix {
    pub(crate) count: usize,
    pub(crate) values: Vec<f32>,
}

/// Where features go: the numbers always, the names only when somebody asks.
struct Row<'a, const NAMED: bool> {
    values: &'a mut Vec<f32>,
    names: Vec<String>,
}

impl<const NAMED: bool> Row<'_, NAMED> {
    fn put(&mut self, name: &str, value: f32) {
        self.values.push(value);
        if NAMED {
            self.names.push(name.to_owned());
        }
    }

    /// Several of a kind.
    fn put_each(&mut self, kind: &str, names: impl Iterator<Item = &'static str>, values: &[f32]) {
        self.values.extend_from_slice(values);
        if NAMED {
            self.names.extend(names.map(|name| format!("{kind}: {name}")));
        }
    }

    /// Several kinds of one.
    fn put_all(&mut self, kinds: &[&str], name: &str, values: &[f32]) {
        self.values.extend_from_slice(values);
        if NAMED {
            self.names.extend(kinds.iter().map(|kind| format!("{kind}: {name}")));
        }
    }
}

/// The features of every leaf, each leaf's followed by its share of `around`, features from elsewhere.
pub(crate) fn matrix(page: &Page<'_>, hints: &Hints, url: Option<&Url>, around: &[f32]) -> Matrix {
    let width = around.len().checked_div(page.leaves.len()).unwrap_or(0);
    let survey = Survey::new(page, hints, url);
    let mut whole = Vec::new();
    survey.page_features(&mut Row::<false> { values: &mut whole, names: Vec::new() });
    let mut values = Vec::new();
    for at in 0..page.leaves.len() {
        survey.describe(at, &mut Row::<false> { values: &mut values, names: Vec::new() });
        values.extend_from_slice(&whole);
        values.extend_from_slice(&around[at * width..(at + 1) * width]);
        if at == 0 {
            values.reserve_exact(values.len() * (page.leaves.len() - 1));
        }
    }
    let count = values.len().checked_div(page.leaves.len()).unwrap_or(0);
    Matrix { count, values }
}

/// The names of the features, in their order.
pub(crate) fn names(page: &Page<'_>) -> Vec<String> {
    if page.leaves.is_empty() {
        return Vec::new();
    }
    let hints = Hints::default();
    let survey = Survey::new(page, &hints, None);
    let mut row = Row::<true> { values: &mut Vec::new(), names: Vec::new() };
    survey.describe(0, &mut row);
    survey.page_features(&mut row);
    row.names
}

/// How a text is written.
#[derive(Debug, Clone, Copy, Default)]
struct Writing {
    characters: f32,
    marks: f32,
    commas: f32,
    digits: f32,
    capitals: f32,
    separators: f32,
    ends_sentence: bool,
    ends_colon: bool,
    ends_ellipsis: bool,
    starts_lower: bool,
    question: bool,
    copyright: bool,
    currency: bool,
    year: bool,
    clock: bool,
    at_sign: bool,
    quotes: f32,
    ideographs: f32,
}

fn writing(text: &str) -> Writing {
    let mut w = Writing::default();
    let (mut characters, mut digits, mut capitals, mut ideographs) = (0u32, 0u32, 0u32, 0u32);
    let mut digits_run = 0;
    let mut year = 0u32;
    for c in text.chars() {
        characters += 1;
        // Nearly all of a text.
        if digits_run == 0 && (c.is_ascii_lowercase() || c == ' ') {
            continue;
        }
        if c.is_ascii_digit() {
            digits += 1;
            digits_run += 1;
            year = (year * 10 + u32::from(c as u8 - b'0')) % 100_000;
            continue;
        }
        if digits_run > 0 {
            w.year |= digits_run == 4 && (1990..2050).contains(&year);
            w.clock |= c == ':' && digits_run <= 2;
            digits_run = 0;
            year = 0;
        }
        if c.is_ascii_alphabetic() {
            capitals += u32::from(c.is_ascii_uppercase());
        } else if c != ' ' {
            w.sign(c);
            if !c.is_ascii() {
                capitals += u32::from(c.is_uppercase());
                ideographs += u32::from(crate::blocks::is_ideograph(c));
            }
        }
    }
    (w.characters, w.digits) = (characters as f32, digits as f32);
    (w.capitals, w.ideographs) = (capitals as f32, ideographs as f32);
    w.year |= digits_run == 4 && (1990..2050).contains(&year);
    let last =
        text.trim_end_matches(['"', '”', '»', ')', '\'', '’', '」', '』', '）', ']']).chars().last().unwrap_or(' ');
    w.ends_sentence = matches!(last, '.' | '!' | '?' | '。' | '！' | '？' | '؟' | '।' | '…');
    w.ends_colon = matches!(last, ':' | '：');
    w.ends_ellipsis = last == '…' || text.ends_with("...") || text.ends_with("[…]");
    w.starts_lower = text.chars().next().is_some_and(char::is_lowercase);
    w
}

impl Writing {
    /// Counts a character that is no letter or digit of ASCII.
    fn sign(&mut self, c: char) {
        match c {
            '.' | '!' | '?' | '。' | '！' | '？' | '؟' | '।' | '…' | '։' | '።' => self.marks += 1.0,
            ',' | ';' | '、' | '，' | '；' | '،' | '؛' => self.commas += 1.0,
            '|' | '»' | '›' | '•' | '·' | '/' | '>' | '→' | '«' | '‹' => self.separators += 1.0,
            '©' => self.copyright = true,
            '$' | '€' | '£' | '¥' | '₽' | '₹' => self.currency = true,
            '@' => self.at_sign = true,
            '"' | '“' | '”' | '„' => self.quotes += 1.0,
            _ => {}
        }
        self.question |= matches!(c, '?' | '？' | '؟');
    }
}

/// Sums over leaves, so that any run of them can be asked for at once.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    words: f32,
    link_words: f32,
    paragraph_words: f32,
    marks: f32,
    chrome: f32,
}

/// What is known of the whole page before its leaves are described.
struct Survey<'a> {
    page: &'a Page<'a>,
    hints: &'a Hints,
    writing: Vec<Writing>,
    sums: Vec<Sums>,
    stretches: Vec<[[f32; 4]; REACHES.len()]>,
    /// Of each leaf: the logarithm of its words.
    words: Vec<f32>,
    containers: Vec<Container>,
    /// The template of each leaf, which of the templates it is, and what they sum up to: leaves, words, words in links.
    template: Vec<(u64, usize)>,
    templates: Vec<(f32, f32, f32)>,
    /// Which of the texts each leaf's is, which occurrence of it this is, and how many there are.
    text: Vec<(usize, u32)>,
    repeats: Vec<u32>,
    title: Words,
    description: Words,
    first_h1: Option<usize>,
    best: usize,
    best_article: Option<usize>,
    under_chrome: Vec<Option<Chrome>>,
    whole: Whole,
    /// Where words are written anew.
    word: RefCell<String>,
}

/// Words that are asked for often and seldom found.
struct Words {
    words: HashSet<String>,
    /// A bit for each first byte and length that occurs.
    seen: [u64; 4],
}

impl Words {
    fn new(words: HashSet<String>) -> Self {
        let mut seen = [0; 4];
        for word in &words {
            let (place, bit) = Self::place(word);
            seen[place] |= bit;
        }
        Self { words, seen }
    }

    fn place(word: &str) -> (usize, u64) {
        let first = word.as_bytes().first().copied().unwrap_or(0);
        (word.len() % 4, 1 << (first % 64))
    }

    fn contains(&self, word: &str) -> bool {
        let (place, bit) = Self::place(word);
        self.seen[place] & bit != 0 && self.words.contains(word)
    }

    fn len(&self) -> usize {
        self.words.len()
    }
}

/// An element as the container of leaves, in numbers.
#[derive(Debug, Clone, Copy)]
struct Container {
    words: f32,
    link_share: f32,
    words_a_leaf: f32,
    paragraph_share: f32,
    marks: f32,
    share: f32,
    phrases: f32,
    children: f32,
    leaves: f32,
}

/// Figures of the page.
#[derive(Debug, Default)]
struct Whole {
    h1: f32,
    paragraphs: f32,
    forms: f32,
    articles: f32,
    items: f32,
    url_depth: f32,
    url_digits: f32,
    url_hyphens: f32,
}

impl<'a> Survey<'a> {
    fn new(page: &'a Page<'a>, hints: &'a Hints, url: Option<&Url>) -> Self {
        let writing: Vec<Writing> = page.leaves.iter().map(|leaf| writing(&leaf.text)).collect();
        let mut sums = vec![Sums::default()];
        for (leaf, writing) in page.leaves.iter().zip(&writing) {
            let mut sum = sums.last().copied().unwrap_or_default();
            sum.words += leaf.words;
            sum.link_words += leaf.link_words;
            let in_paragraph = page.elements[leaf.owner].semantics & semantics::PARAGRAPH != 0;
            sum.paragraph_words += if in_paragraph { leaf.words } else { 0.0 };
            sum.marks += writing.marks;
            sum.chrome += f32::from(u8::from(leaf.chrome.is_some()));
            sums.push(sum);
        }
        let mut known: HashMap<u64, usize> = HashMap::new();
        let (mut template, mut templates) = (Vec::with_capacity(page.leaves.len()), Vec::new());
        let mut known_texts: HashMap<&str, usize> = HashMap::new();
        let (mut text, mut repeats) = (Vec::with_capacity(page.leaves.len()), Vec::new());
        for leaf in &page.leaves {
            let own = shape(page, leaf);
            let place = *known.entry(own).or_insert(templates.len());
            if place == templates.len() {
                templates.push((0.0, 0.0, 0.0));
            }
            let (count, words, link_words) = &mut templates[place];
            *count += 1.0;
            *words += leaf.words;
            *link_words += leaf.link_words;
            template.push((own, place));
            let place = *known_texts.entry(&leaf.text).or_insert(repeats.len());
            if place == repeats.len() {
                repeats.push(0);
            }
            text.push((place, repeats[place]));
            repeats[place] += 1;
        }
        let is_h1 = |leaf: &Leaf| page.elements[leaf.owner].semantics & semantics::H1 != 0;
        let first_h1 = page.leaves.iter().position(is_h1);
        let mut title = hints.title.clone();
        if let Some(h1) = first_h1 {
            title.extend(structured::tokens(&page.leaves[h1].text));
        }
        Self {
            page,
            hints,
            best: best_container(page, &writing),
            best_article: best_article(page, &sums),
            words: page.leaves.iter().map(|leaf| leaf.words.ln_1p()).collect(),
            containers: containers(page, &sums),
            stretches: stretches(&sums),
            writing,
            sums,
            template,
            templates,
            text,
            repeats,
            title: Words::new(title),
            description: Words::new(hints.description.clone()),
            first_h1,
            under_chrome: sections::chrome(page),
            whole: whole(page, url),
            word: RefCell::default(),
        }
    }

    fn between(&self, leaves: std::ops::Range<usize>) -> Sums {
        between(&self.sums, leaves)
    }

    fn describe<const NAMED: bool>(&self, at: usize, row: &mut Row<'_, NAMED>) {
        self.text_features(at, row);
        self.place_features(at, row);
        self.ancestor_features(at, row);
        self.container_features(at, row);
        self.neighbour_features(at, row);
    }

    fn text_features<const NAMED: bool>(&self, at: usize, row: &mut Row<'_, NAMED>) {
        let leaf = &self.page.leaves[at];
        let w = self.writing[at];
        let words = leaf.words.max(1.0);
        let characters = w.characters.max(1.0);
        row.put("words", self.words[at]);
        row.put("link share", leaf.link_words / words);
        row.put("links", (leaf.links as f32).min(20.0));
        row.put("sentence marks", w.marks.min(30.0));
        row.put("words a mark", words / (w.marks + 1.0));
        row.put("commas a word", w.commas / words);
        row.put("digits", w.digits / characters);
        row.put("capitals", w.capitals / characters);
        row.put("separators", w.separators.min(10.0));
        row.put("characters a word", characters / words);
        row.put("ideographs", w.ideographs / characters);
        row.put("quotes", w.quotes.min(6.0));
        for (name, flag) in [
            ("ends a sentence", w.ends_sentence),
            ("ends with a colon", w.ends_colon),
            ("ends with an ellipsis", w.ends_ellipsis),
            ("starts in lower case", w.starts_lower),
            ("question", w.question),
            ("copyright", w.copyright),
            ("currency", w.currency),
            ("year", w.year),
            ("clock", w.clock),
            ("at sign", w.at_sign),
        ] {
            row.put(name, f32::from(u8::from(flag)));
        }
        row.put("strong", leaf.strong_words / words);
        row.put("emphasis", leaf.emphasis_words / words);
        row.put("code", leaf.code_words / words);
        row.put("small", leaf.small_words / words);
        row.put("breaks", (leaf.breaks as f32).min(10.0));
        row.put("images", (leaf.images as f32).min(3.0));
        row.put("phrase", leaf.chrome.map_or(0.0, |chrome| 1.0 + f32::from(chrome as u8)));
        row.put("under phrase", self.under_chrome[at].map_or(0.0, |chrome| 1.0 + f32::from(chrome as u8)));
        let (mut tokens, mut known, mut described) = (0usize, 0usize, 0usize);
        structured::each_token_by(&mut self.word.borrow_mut(), &leaf.text, |token| {
            tokens += 1;
            known += usize::from(self.title.contains(token));
            described += usize::from(self.description.contains(token));
        });
        row.put("in title", known as f32 / (tokens.max(1) as f32));
        row.put("of title", (known as f32 / (self.title.len().max(1) as f32)).min(1.0));
        row.put("in description", described as f32 / (tokens.max(1) as f32));
        let body = if self.hints.body.is_empty() {
            -1.0
        } else {
            let shingles = structured::shingles(&leaf.text);
            let found = shingles.iter().filter(|shingle| self.hints.body.contains(*shingle)).count();
            found as f32 / (shingles.len().max(1) as f32)
        };
        row.put("in stated body", body);
    }

    fn place_features<const NAMED: bool>(&self, at: usize, row: &mut Row<'_, NAMED>) {
        let page = self.page;
        let leaf = &page.leaves[at];
        let count = page.leaves.len() as f32;
        let total = self.sums.last().map_or(1.0, |sums| sums.words).max(1.0);
        row.put("from start", (at as f32).ln_1p());
        row.put("from end", (count - at as f32).ln_1p());
        row.put("share before", self.sums[at].words / total);
        row.put("index", at as f32 / count);
        let h1 = self.first_h1.map_or(-999.0, |h1| at as f32 - h1 as f32);
        row.put("after h1", h1.clamp(-999.0, 300.0));
        let (text, occurrence) = self.text[at];
        row.put("repeats", (self.repeats[text] as f32).min(20.0));
        row.put("occurrence", (occurrence as f32).min(20.0));
        let (same, words, link_words) = self.templates[self.template[at].1];
        row.put("same shape", same.ln_1p());
        row.put("same shape words", (words / same.max(1.0)).ln_1p());
        row.put("same shape link share", link_words / words.max(1.0));
        row.put("same shape share", words / total);
        row.put("depth", page.elements[leaf.owner].depth as f32);
    }

    fn ancestor_features<const NAMED: bool>(&self, at: usize, row: &mut Row<'_, NAMED>) {
        let leaf = &self.page.leaves[at];
        let mut group_distance = [FAR; 64];
        let mut meaning_distance = [FAR; 64];
        mark(&mut group_distance, leaf.inline_groups, 0.0);
        let (mut to_best, mut to_article) = (FAR, FAR);
        for (distance, element) in self.page.ancestors(leaf.owner, ANCESTORS_MAX) {
            mark(&mut group_distance, element.groups, distance as f32 + 1.0);
            mark(&mut meaning_distance, element.semantics, distance as f32);
        }
        for (distance, index) in self.path(leaf.owner).enumerate() {
            if index == self.best {
                to_best = distance as f32;
            }
            if Some(index) == self.best_article {
                to_article = distance as f32;
            }
        }
        let groups = group_words::TABLE.iter().map(|(name, _)| *name);
        row.put_each("named", groups, &group_distance[..group_words::TABLE.len()]);
        row.put_each("in", semantics::NAMES.iter().copied(), &meaning_distance[..semantics::NAMES.len()]);
        row.put("to best container", to_best);
        row.put("to best article", to_article);
        row.put("has best article", f32::from(u8::from(self.best_article.is_some())));
        let share = |element: usize| {
            self.between(self.page.elements[element].leaves.clone()).words
                / self.sums.last().map_or(1.0, |s| s.words).max(1.0)
        };
        row.put("best container share", share(self.best));
        row.put("best article share", self.best_article.map_or(-1.0, share));
    }

    fn path(&self, element: usize) -> impl Iterator<Item = usize> {
        let mut next = Some(element);
        std::iter::from_fn(move || {
            let at = next?;
            let parent = self.page.elements[at].parent;
            next = (parent != at).then_some(parent);
            Some(at)
        })
        .take(ANCESTORS_MAX)
    }

    fn container_features<const NAMED: bool>(&self, at: usize, row: &mut Row<'_, NAMED>) {
        let mut index = self.page.leaves[at].owner;
        for (level, name) in ["0", "1", "2", "3", "4", "5", "6"].into_iter().enumerate() {
            if level != 5 {
                let container = &self.containers[index];
                let place = (at - self.page.elements[index].leaves.start) as f32 / container.leaves;
                let values = [
                    container.words,
                    container.link_share,
                    container.words_a_leaf,
                    container.paragraph_share,
                    container.marks,
                    container.share,
                    container.phrases,
                    container.children,
                    place,
                ];
                row.put_all(&CONTAINER, name, &values);
            }
            index = self.page.elements[index].parent;
        }
    }

    fn neighbour_features<const NAMED: bool>(&self, at: usize, row: &mut Row<'_, NAMED>) {
        let page = self.page;
        let count = page.leaves.len();
        let leaf = &page.leaves[at];
        for (offset, name) in [(-3isize, "-3"), (-2, "-2"), (-1, "-1"), (1, "1"), (2, "2"), (3, "3")] {
            let other = at.checked_add_signed(offset).filter(|other| *other < count);
            let Some(other) = other else {
                row.put_all(&NEIGHBOUR, name, &[-1.0; NEIGHBOUR.len()]);
                continue;
            };
            let neighbour = &page.leaves[other];
            let owner = &page.elements[neighbour.owner];
            let same_parent = owner.parent == page.elements[leaf.owner].parent || neighbour.owner == leaf.owner;
            let flag = |flag: bool| f32::from(u8::from(flag));
            let values = [
                self.words[other],
                neighbour.link_words / neighbour.words.max(1.0),
                flag(self.writing[other].ends_sentence),
                flag(owner.semantics & semantics::HEADING != 0),
                flag(same_parent),
                flag(self.template[other].0 == self.template[at].0),
                neighbour.chrome.map_or(0.0, |chrome| 1.0 + f32::from(chrome as u8)),
            ];
            row.put_all(&NEIGHBOUR, name, &values);
        }
        for (place, (reach, name)) in REACHES.into_iter().enumerate() {
            let before = self.stretches[at][place];
            // What is behind one leaf is before another.
            let after = match self.stretches.get(at + 1 + reach) {
                Some(stretches) => stretches[place],
                None => stretch(&self.sums, at + 1..count),
            };
            row.put_all(&["before"; 4], name, &before);
            row.put_all(&["after"; 4], name, &after);
        }
    }

    fn page_features<const NAMED: bool>(&self, row: &mut Row<'_, NAMED>) {
        let totals = self.sums.last().copied().unwrap_or_default();
        row.put("page words", totals.words.ln_1p());
        row.put("page link share", totals.link_words / totals.words.max(1.0));
        row.put("page leaves", (self.page.leaves.len() as f32).ln_1p());
        row.put("page paragraph share", totals.paragraph_words / totals.words.max(1.0));
        row.put("page marks", totals.marks / totals.words.max(1.0));
        let whole = &self.whole;
        row.put("page h1", whole.h1.min(5.0));
        row.put("page paragraphs", whole.paragraphs.ln_1p());
        row.put("page forms", whole.forms.min(10.0));
        row.put("page articles", whole.articles.min(20.0));
        row.put("page items", whole.items.ln_1p());
        row.put("url depth", whole.url_depth);
        row.put("url digits", whole.url_digits);
        row.put("url hyphens", whole.url_hyphens);
        let hints = self.hints;
        for (name, flag) in [
            ("og article", hints.og_article),
            ("og product", hints.og_product),
            ("ld article", hints.ld_article),
            ("ld product", hints.ld_product),
            ("ld discussion", hints.ld_discussion),
            ("ld list", hints.ld_list),
            ("ld questions", hints.ld_questions),
        ] {
            row.put(name, f32::from(u8::from(flag)));
        }
    }
}

fn mark(distances: &mut [f32; 64], bits: u64, distance: f32) {
    let mut bits = bits;
    while bits != 0 {
        let bit = bits.trailing_zeros() as usize;
        bits &= bits - 1;
        if distance < distances[bit] {
            distances[bit] = distance;
        }
    }
}

/// What is said of a run of leaves: words, the shares of links and marks among them, set phrases.
fn stretch(sums: &[Sums], leaves: std::ops::Range<usize>) -> [f32; 4] {
    let sums = between(sums, leaves);
    let words = sums.words.max(1.0);
    [sums.words.ln_1p(), sums.link_words / words, sums.marks / words, sums.chrome]
}

/// For each leaf, and for the end: the stretches before it.
fn stretches(sums: &[Sums]) -> Vec<[[f32; 4]; REACHES.len()]> {
    let before = |at: usize| REACHES.map(|(reach, _)| stretch(sums, at.saturating_sub(reach)..at));
    (0..sums.len()).map(before).collect()
}

fn between(sums: &[Sums], leaves: std::ops::Range<usize>) -> Sums {
    let (from, to) = (sums[leaves.start], sums[leaves.end.max(leaves.start)]);
    Sums {
        words: to.words - from.words,
        link_words: to.link_words - from.link_words,
        paragraph_words: to.paragraph_words - from.paragraph_words,
        marks: to.marks - from.marks,
        chrome: to.chrome - from.chrome,
    }
}

/// What is said of every element; many leaves share those further out.
fn containers(page: &Page<'_>, sums: &[Sums]) -> Vec<Container> {
    let total = sums.last().map_or(1.0, |sums| sums.words).max(1.0);
    let container = |element: &crate::blocks::Element| {
        let sums = between(sums, element.leaves.clone());
        let leaves = element.leaves.len().max(1) as f32;
        let words = sums.words.max(1.0);
        Container {
            words: sums.words.ln_1p(),
            link_share: sums.link_words / words,
            words_a_leaf: (words / leaves).ln_1p(),
            paragraph_share: sums.paragraph_words / words,
            marks: sums.marks / words,
            share: sums.words / total,
            phrases: sums.chrome / leaves,
            children: (element.children as f32).min(50.0),
            leaves,
        }
    };
    page.elements.iter().map(container).collect()
}

/// The template a leaf was made by: its owner's shape and that of the owner's parent.
pub(crate) fn shape(page: &Page<'_>, leaf: &Leaf) -> u64 {
    let owner = &page.elements[leaf.owner];
    let parent = &page.elements[owner.parent];
    owner.shape.rotate_left(21) ^ parent.shape
}

/// The element that Readability would take: paragraphs give their weight to their parent, half of it to the one above, and so
/// on; links take it away.
fn best_container(page: &Page<'_>, writing: &[Writing]) -> usize {
    let mut scores = vec![0.0f32; page.elements.len()];
    for (leaf, writing) in page.leaves.iter().zip(writing) {
        if leaf.words < 8.0 || leaf.link_words > 0.6 * leaf.words {
            continue;
        }
        let weight =
            (1.0 + writing.commas.min(10.0) + (leaf.words / 15.0).min(4.0)) * (1.0 - leaf.link_words / leaf.words);
        let own = page.elements[leaf.owner].semantics;
        let skip = usize::from(own & (semantics::PARAGRAPH | semantics::PRE | semantics::CELL | semantics::ITEM) != 0);
        let mut share = weight;
        let mut at = leaf.owner;
        for level in 0..6 {
            if level >= skip {
                scores[at] += share;
                share *= 0.6;
            }
            at = page.elements[at].parent;
        }
    }
    let best = scores.into_iter().enumerate().max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
    best.map_or(0, |(element, _)| element)
}

/// The article body by microdata, else the `article` or `main` with most words.
fn best_article(page: &Page<'_>, sums: &[Sums]) -> Option<usize> {
    for wanted in [semantics::BODY, semantics::ARTICLE, semantics::MAIN] {
        let words = |element: &crate::blocks::Element| {
            sums[element.leaves.end.max(element.leaves.start)].words - sums[element.leaves.start].words
        };
        let best = page
            .elements
            .iter()
            .enumerate()
            .filter(|(_, element)| element.semantics & wanted != 0)
            .map(|(index, element)| (index, words(element)))
            .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
        if let Some((index, _)) = best.filter(|(_, words)| *words > 30.0) {
            return Some(index);
        }
    }
    None
}

fn whole(page: &Page<'_>, url: Option<&Url>) -> Whole {
    let count = |meaning: u64| page.elements.iter().filter(|element| element.semantics & meaning != 0).count() as f32;
    let path = url.map_or("", Url::path);
    Whole {
        h1: count(semantics::H1),
        paragraphs: count(semantics::PARAGRAPH),
        forms: count(semantics::FORM),
        articles: count(semantics::ARTICLE),
        items: count(semantics::ITEM),
        url_depth: path.split('/').filter(|part| !part.is_empty()).count().min(10) as f32,
        url_digits: path.chars().filter(char::is_ascii_digit).count().min(20) as f32,
        url_hyphens: path.chars().filter(|c| *c == '-').count().min(20) as f32,
    }
}
