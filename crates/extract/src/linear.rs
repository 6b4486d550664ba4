//! What a block says, and what stands around it is called, as hashed tokens: words, pairs of words, short texts whole, the
//! names of ancestors near and far, where its link leads. A weight a token adds up to the first score of a block. It knows
//! no word itself: weights are numbers under hashes.

use std::ops::Range;

use ego_tree::NodeId;
use html5ever::{local_name, ns};
use scraper::node::Element as Node;

use crate::attributes::attr;
use crate::blocks::{self, Page};
use crate::walk::Step;

/// Bits of a bucket's number.
const BITS: u32 = 16;
/// How many buckets there are.
pub(crate) const BUCKETS: usize = 1 << BITS;

/// So many words of a block are read.
const WORDS_MAX: usize = 20;
/// So many of them in pairs.
const PAIRED_MAX: usize = 8;
/// A text of so few words is also a token as a whole.
const WHOLE_MAX: usize = 5;
/// So many bytes of a text, in case it has no words.
const TEXT_BYTES_MAX: usize = 600;
/// So many tokens of an attribute: a utility-first theme lists a hundred classes that say nothing.
const NAMES_MAX: usize = 8;
/// So many bytes of an attribute.
const ATTRIBUTE_BYTES_MAX: usize = 160;
/// So many inline elements of a block.
const INLINES_MAX: usize = 6;

/// Ancestors are near (the owner and its parent), in the middle, or far.
const BANDS: [Range<usize>; 3] = [0..2, 2..5, 5..usize::MAX];

/// What a token is: the same word means another thing in another place.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Name = 1,
    Shape = 4,
    Inline = 5,
    Word = 6,
    LabelWord = 7,
    Pair = 8,
    Whole = 9,
    Link = 10,
    OwnerTag = 11,
}

/// FNV-1a: fixed for ever, as the weights are filed under it.
#[derive(Debug, Clone, Copy)]
struct Hash(u64);

impl Hash {
    const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn byte(&mut self, byte: u8) {
        self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }

    fn character(&mut self, c: char) {
        let mut bytes = [0; 4];
        c.encode_utf8(&mut bytes).bytes().for_each(|byte| self.byte(byte));
    }
}

/// The bucket of a token in the place `kind` (and band, for names).
fn bucket(token: u64, kind: usize) -> u32 {
    let mixed = (token ^ (kind as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    (mixed >> (64 - BITS)) as u32
}

/// The words of a name (a class, an id, an address) as hashes: cut at signs and digits and where `camelCase` turns.
fn names(attribute: &str, mut found: impl FnMut(u64)) {
    let mut count = 0;
    let (mut hash, mut length, mut lower_before) = (Hash::new(), 0, false);
    for byte in attribute.bytes().take(ATTRIBUTE_BYTES_MAX).chain([b' ']) {
        let upper = byte.is_ascii_uppercase();
        let letter = byte.is_ascii_alphabetic() || byte >= 128;
        if !letter || upper && lower_before {
            if length > 1 {
                found(hash.0);
                count += 1;
                if count == NAMES_MAX {
                    return;
                }
            }
            (hash, length) = (Hash::new(), 0);
        }
        if letter {
            hash.byte(byte.to_ascii_lowercase());
            length += 1;
        }
        lower_before = letter && !upper;
    }
}

/// The words of a text as hashes, in lower case; a run of digits is the same word whatever they are, an ideograph a word.
fn words(text: &str) -> ([u64; WORDS_MAX], usize) {
    let (mut words, mut count) = ([0; WORDS_MAX], 0);
    let (mut hash, mut within, mut digits) = (Hash::new(), false, false);
    for (at, c) in text.char_indices() {
        let ideograph = blocks::is_ideograph(c);
        let letter = c.is_alphanumeric() && !ideograph;
        if !letter && within {
            words[count] = hash.0;
            count += 1;
            (hash, within, digits) = (Hash::new(), false, false);
        }
        if count == WORDS_MAX || at > TEXT_BYTES_MAX {
            return (words, count);
        }
        if ideograph {
            let mut alone = Hash::new();
            alone.character(c);
            words[count] = alone.0;
            count += 1;
            if count == WORDS_MAX {
                return (words, count);
            }
        } else if letter {
            if c.is_ascii_digit() {
                if !digits {
                    hash.byte(b'0');
                }
            } else if c.is_ascii() {
                hash.byte(c.to_ascii_lowercase() as u8);
            } else {
                c.to_lowercase().for_each(|c| hash.character(c));
            }
            digits = c.is_ascii_digit();
            within = true;
        }
    }
    if within {
        words[count] = hash.0;
        count += 1;
    }
    (words, count)
}

/// The words of names read lately: the elements of a list share theirs.
struct Remembered<'t> {
    places: Vec<(&'t str, Range<usize>)>,
    hashes: Vec<u64>,
}

impl<'t> Remembered<'t> {
    fn new() -> Self {
        Self { places: vec![("", 0..0); 512], hashes: Vec::new() }
    }

    /// As [`names`].
    fn names(&mut self, attribute: &'t str) -> &[u64] {
        let bytes = attribute.as_bytes();
        let (Some(last), Some(middle)) = (bytes.last(), bytes.get(bytes.len() / 2)) else { return &[] };
        let place = (bytes.len() * 31 + usize::from(*last) * 7 + usize::from(*middle)) % self.places.len();
        let (known, found) = &mut self.places[place];
        if *known != attribute {
            let start = self.hashes.len();
            names(attribute, |hash| self.hashes.push(hash));
            (*known, *found) = (attribute, start..self.hashes.len());
        }
        &self.hashes[found.clone()]
    }
}

fn node<'a>(page: &Page<'a>, id: NodeId) -> Option<&'a Node> {
    page.tree.tree.get(id)?.value().as_element()
}

/// The names an element carries: its own, its class, id, role and property.
fn element_names<'t>(node: &'t Node, known: &mut Remembered<'t>, mut found: impl FnMut(u64)) {
    let mut hash = Hash::new();
    node.name().bytes().for_each(|byte| hash.byte(byte));
    found(hash.0 ^ 1);
    for (name, value) in &node.attrs {
        let telling = matches!(
            name.local,
            local_name!("class")
                | local_name!("id")
                | local_name!("role")
                | local_name!("itemprop")
                | local_name!("aria-label")
        );
        if telling && name.ns == ns!() {
            known.names(value).iter().for_each(|name| found(*name));
        }
    }
}

/// The tokens of a leaf that are its own: its words, its inline elements, its link, the template of its owner.
fn own_tokens<'t>(page: &Page<'t>, leaf: usize, known: &mut Remembered<'t>, mut found: impl FnMut(u32)) {
    let leaf = &page.leaves[leaf];
    let (words, count) = words(&leaf.text);
    let words = &words[..count];
    let kind = if leaf.words <= 6.0 { Kind::LabelWord } else { Kind::Word };
    for word in words {
        found(bucket(*word, kind as usize));
    }
    for pair in words[..count.min(PAIRED_MAX)].windows(2) {
        found(bucket(pair[0].rotate_left(23) ^ pair[1], Kind::Pair as usize));
    }
    if (1..=WHOLE_MAX).contains(&count) {
        let whole = words.iter().fold(0u64, |whole, word| whole.rotate_left(17) ^ word);
        found(bucket(whole, Kind::Whole as usize));
    }
    let Some(owner) = node(page, page.elements[leaf.owner].id) else { return };
    let mut tag = Hash::new();
    owner.name().bytes().for_each(|byte| tag.byte(byte));
    found(bucket(tag.0, Kind::OwnerTag as usize));
    let mut shape = tag.0;
    for name in known.names(attr(owner, &local_name!("class")).unwrap_or("")) {
        shape = shape.rotate_left(9) ^ name;
    }
    found(bucket(shape, Kind::Shape as usize));
    inline_tokens(page, leaf, known, found);
}

/// What the inline elements around the first text of a leaf and within it are named, and where the first link leads.
fn inline_tokens<'t>(page: &Page<'t>, leaf: &blocks::Leaf, known: &mut Remembered<'t>, mut found: impl FnMut(u32)) {
    let owner = page.elements[leaf.owner].id;
    let first = page.steps[leaf.steps.clone()].iter().find_map(|step| match step {
        Step::Text(id) => page.tree.tree.get(*id),
        _ => None,
    });
    let around = first.into_iter().flat_map(|text| text.ancestors()).take_while(|node| node.id() != owner);
    let within = page.steps[leaf.steps.clone()].iter().take(24).filter_map(|step| match step {
        Step::InlineOpen(id) => page.tree.tree.get(*id),
        _ => None,
    });
    let mut linked = false;
    for inline in around.chain(within).take(INLINES_MAX).filter_map(|node| node.value().as_element()) {
        element_names(inline, known, |name| found(bucket(name, Kind::Inline as usize)));
        if let Some(target) = attr(inline, &local_name!("href")).filter(|_| !linked) {
            known.names(target).iter().for_each(|name| found(bucket(*name, Kind::Link as usize)));
            linked = true;
        }
    }
}

/// Which tokens have been met since the round began.
struct Met {
    round: u32,
    rounds: Vec<u32>,
}

impl Met {
    fn new() -> Self {
        Self { round: 0, rounds: vec![0; BUCKETS] }
    }

    fn begin(&mut self) {
        self.round += 1;
    }

    /// Whether a token is met for the first time in this round.
    fn first(&mut self, token: u32) -> bool {
        std::mem::replace(&mut self.rounds[token as usize], self.round) != self.round
    }
}

/// The names of all elements, one after the other.
struct Names {
    all: Vec<u64>,
    ends: Vec<usize>,
}

impl Names {
    fn new<'t>(page: &Page<'t>, known: &mut Remembered<'t>) -> Self {
        let mut names = Self { all: Vec::new(), ends: Vec::with_capacity(page.elements.len()) };
        for element in &page.elements {
            if let Some(node) = node(page, element.id) {
                element_names(node, known, |name| names.all.push(name));
            }
            names.ends.push(names.all.len());
        }
        names
    }

    fn of(&self, element: usize) -> &[u64] {
        &self.all[element.checked_sub(1).map_or(0, |before| self.ends[before])..self.ends[element]]
    }
}

/// What a page's tokens are handed to: those that are a leaf's alone, and those that an element gives to all that is far
/// within, which its ancestors did not give already.
trait Sink {
    fn far(&mut self, element: usize, parent: usize, tokens: &[u32]);
    fn leaf(&mut self, leaf: usize, token: u32);
    fn far_of(&mut self, leaf: usize, element: usize);
}

/// Hands over the tokens of a page, each once a leaf and place. What is far is found once an element, not once a leaf.
fn visit(page: &Page<'_>, sink: &mut impl Sink) {
    let mut known = Remembered::new();
    let names = Names::new(page, &mut known);
    let mut met = Met::new();
    let mut given = vec![0u16; BUCKETS];
    let mut path: Vec<(usize, Vec<u32>)> = Vec::new();
    for (at, element) in page.elements.iter().enumerate() {
        while path.last().is_some_and(|(open, _)| *open != element.parent || element.parent == at) {
            let (_, tokens) = path.pop().unwrap_or_default();
            for token in tokens {
                given[token as usize] = 0;
            }
        }
        let mut tokens = Vec::new();
        for name in names.of(at) {
            let token = bucket(*name, Kind::Name as usize + 2);
            if std::mem::replace(&mut given[token as usize], 1) == 0 {
                tokens.push(token);
            }
        }
        sink.far(at, element.parent, &tokens);
        path.push((at, tokens));
    }
    for leaf in 0..page.leaves.len() {
        met.begin();
        own_tokens(page, leaf, &mut known, |token| {
            if met.first(token) {
                sink.leaf(leaf, token);
            }
        });
        met.begin();
        let mut at = page.leaves[leaf].owner;
        for distance in 0.. {
            let band = BANDS.iter().position(|band| band.contains(&distance)).unwrap_or(2);
            if band == 2 {
                sink.far_of(leaf, at);
                break;
            }
            for name in names.of(at) {
                let token = bucket(*name, Kind::Name as usize + band);
                if met.first(token) {
                    sink.leaf(leaf, token);
                }
            }
            if page.elements[at].parent == at {
                break;
            }
            at = page.elements[at].parent;
        }
    }
}

/// Tokens' weights added up, and how many they are.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    weight: f32,
    count: f32,
}

/// Adds up weights.
struct Scores<'a> {
    weights: &'a [f32],
    far: Vec<Sum>,
    leaves: Vec<Sum>,
}

impl Sink for Scores<'_> {
    fn far(&mut self, element: usize, parent: usize, tokens: &[u32]) {
        let above = if parent == element { Sum::default() } else { self.far[parent] };
        let weight: f32 = tokens.iter().map(|token| self.weights[*token as usize]).sum();
        self.far.push(Sum { weight: above.weight + weight, count: above.count + tokens.len() as f32 });
    }

    fn leaf(&mut self, leaf: usize, token: u32) {
        self.leaves[leaf].weight += self.weights[token as usize];
        self.leaves[leaf].count += 1.0;
    }

    fn far_of(&mut self, leaf: usize, element: usize) {
        self.leaves[leaf].weight += self.far[element].weight;
        self.leaves[leaf].count += self.far[element].count;
    }
}

/// The sum of the weights of each leaf's tokens over the root of their number, so that a leaf with many is no surer of itself.
pub(crate) fn scores(page: &Page<'_>, weights: &[f32]) -> Vec<f32> {
    let mut scores = Scores { weights, far: Vec::new(), leaves: vec![Sum::default(); page.leaves.len()] };
    if weights.len() == BUCKETS {
        visit(page, &mut scores);
    }
    scores.leaves.into_iter().map(|sum| sum.weight / sum.count.max(1.0).sqrt()).collect()
}

/// Lists tokens.
struct Tokens {
    far: Vec<Vec<u32>>,
    leaves: Vec<Vec<u32>>,
}

impl Sink for Tokens {
    fn far(&mut self, element: usize, parent: usize, tokens: &[u32]) {
        let above = if parent == element { Vec::new() } else { self.far[parent].clone() };
        self.far.push([above.as_slice(), tokens].concat());
    }

    fn leaf(&mut self, leaf: usize, token: u32) {
        self.leaves[leaf].push(token);
    }

    fn far_of(&mut self, leaf: usize, element: usize) {
        self.leaves[leaf].extend(&self.far[element]);
    }
}

/// The tokens of each leaf, for whoever trains the weights.
pub(crate) fn tokens(page: &Page<'_>) -> Vec<Vec<u32>> {
    let mut tokens = Tokens { far: Vec::new(), leaves: vec![Vec::new(); page.leaves.len()] };
    visit(page, &mut tokens);
    tokens.leaves
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<body class=home><div id=main><div><article class='post-body x'><div><section><div class=text>\
        <p>One <a class=ref href='/tag/birds'>two</a> 33.<p>四五</div><span>Share</span></section></div></article></div>";

    fn with_page<T>(look: impl FnOnce(&Page<'_>) -> T) -> T {
        let tree = scraper::Html::parse_document(PAGE);
        look(&blocks::page(&tree))
    }

    #[test]
    fn a_score_is_the_sum_of_its_tokens_weights_over_the_root_of_their_number() {
        let weights: Vec<f32> = (0..BUCKETS).map(|bucket| (bucket % 97) as f32).collect();
        with_page(|page| {
            let sums: Vec<f32> =
                tokens(page).iter().map(|all| all.iter().map(|token| weights[*token as usize]).sum()).collect();
            let counts = tokens(page).into_iter().map(|all| all.len() as f32);
            let expected: Vec<f32> = sums.into_iter().zip(counts).map(|(sum, count)| sum / count.sqrt()).collect();
            assert_eq!(scores(page, &weights), expected);
        });
    }

    #[test]
    fn a_name_counts_once_however_many_ancestors_bear_it() {
        let nested = |depth: usize| "<div class=box>".repeat(depth) + "Text";
        let weights: Vec<f32> = (0..BUCKETS).map(|bucket| (bucket % 97) as f32).collect();
        let score = |depth: usize| {
            let tree = scraper::Html::parse_document(&nested(depth));
            scores(&blocks::page(&tree), &weights)
        };
        assert_eq!(score(8), score(12));
    }

    #[test]
    fn case_and_the_value_of_a_number_make_no_difference() {
        assert_eq!(words("Read 12 More"), words("read 7 more"));
        assert_eq!(words("四五").1, 2);
    }

    #[test]
    fn a_name_is_cut_where_its_case_turns() {
        let read = |name: &str| {
            let mut all = Vec::new();
            names(name, |hash| all.push(hash));
            all
        };
        assert_eq!(read("relatedPosts-3"), read("related posts"));
    }
}
