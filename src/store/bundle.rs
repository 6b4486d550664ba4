//! PURE: which captures are sealed together, and how. A bundle's dictionary holds one capture of each of its pages whole: these
//! captures are then some thirty bytes a record, and so is nearly everything of a later capture of the same page (a *generation
//! dictionary*). What does not shrink, as images, stands beside it. It knows captures and records, not files.

use chaffinch_warc::{Dictionary, Error, Reader, Record, RecordType};
use url::Url;

use crate::snapshot::decode::check;
use crate::snapshot::fields::{self, ARTICLE_URN};
use crate::snapshot::heir;
use crate::snapshot::value::CaptureId;
use crate::store::catalogue::query::Located;
use crate::store::general;
use crate::store::merkle;
use crate::store::segment::{Built, Making, build, frame};

/// The highest level of compression that other readers unpack.
pub const LEVEL_MAX: i32 = 19;
/// A dictionary is closed when it holds this much: it has to be unpacked for the first read of its segment.
const CONTENT_BYTES_MAX: u64 = 4 << 20;
/// A single page may make a dictionary this large: twice that is what readers support.
const PAGE_BYTES_MAX: u64 = (8 << 20) - (4 << 10);
/// A dictionary with so much is closed where the next site begins.
const CONTENT_BYTES_OF_SITE: u64 = 3 << 20;
/// What stands beside a dictionary is closed when it is so much, before compression.
const BESIDE_BYTES_MAX: u64 = 16 << 20;
/// The line a record begins with.
const VERSION_LINE: &[u8] = b"WARC/1.1\r\n";
/// No record in a dictionary is longer than the dictionary.
const READ_BYTES_MAX: u64 = 8 << 20;
/// A page that holds so much and no text is no light companion.
const HEAVY_BYTES_MIN: u64 = 32 << 10;
/// How much of a record is looked at to see whether it shrinks.
const TRIAL_BYTES: usize = 32 << 10;
/// What is so short is judged by being text at all.
const SHORT_BYTES_MAX: usize = 4 << 10;
/// A capture that takes more than this share of what it takes by itself has become another page: it begins anew.
const LIKE_BEFORE: f64 = 0.5;

/// What the head of a record takes at most, compressed: a page that short is like before whatever it says.
const HEAD_BYTES: f64 = 400.0;
/// A record that does not shrink to this share is no help in a dictionary.
const SHRINKS_TO: f64 = 0.7;

/// A capture that is to be sealed, and where its records lie.
#[derive(Debug, Clone, PartialEq)]
pub struct Taken {
    /// Its name; none for records that are no part of a capture.
    pub id: Option<CaptureId>,
    /// Whose captures belong together: the site, and the key of the URL within it.
    pub site: String,
    /// See `site`.
    pub page: String,
    /// Its URL.
    pub url: String,
    /// Where its records lie.
    pub places: Vec<Located>,
    /// Bytes of its records, before compression.
    pub bytes: u64,
    /// Whether it is worth a place in a dictionary.
    pub text: bool,
    /// Whether it has an answer: an article that was extracted again stands by itself.
    pub answered: bool,
}

/// A capture with its records.
#[derive(Debug, Clone)]
pub struct Whole {
    /// See [`Taken::page`].
    pub page: String,
    /// See [`Taken::site`].
    pub site: String,
    /// See [`Taken::text`].
    pub text: bool,
    /// Its records.
    pub records: Vec<Record>,
}

impl Whole {
    /// A capture of its records, the answer first; `None` of no records.
    pub fn new(records: Vec<Record>) -> Option<Self> {
        let first = records.first()?;
        let (site, page, _) = belonging(first);
        Some(Self { page, site, text: is_text(first), records })
    }
}

/// Site, key of the page within it, and URL that a record belongs to. What only says that an asset is as it was belongs to the
/// page that shows it, whose segment is put down again anyway.
pub fn belonging(record: &Record) -> (String, String, String) {
    let target = record.header.target_uri().unwrap_or("");
    let parent = || record.header.get(fields::PARENT);
    let target = match record.header.record_type() {
        RecordType::Revisit => parent().unwrap_or(target),
        _ => target.strip_prefix(ARTICLE_URN).unwrap_or(target),
    };
    match Url::parse(target) {
        Ok(url) => (crate::url::site(&url), crate::url::surt(&url), url.into()),
        Err(_) => (String::new(), target.to_owned(), target.to_owned()),
    }
}

/// Whether an answer is worth a place in a dictionary: it holds a body, and that shrinks.
pub fn is_text(answer: &Record) -> bool {
    if answer.header.record_type() != RecordType::Response {
        return false;
    }
    if answer.block.len() <= SHORT_BYTES_MAX {
        return std::str::from_utf8(&answer.block).is_ok();
    }
    let middle = answer.block.len().saturating_sub(TRIAL_BYTES) / 2;
    let sample = &answer.block[middle..answer.block.len().min(middle + TRIAL_BYTES)];
    zstd::bulk::compress(sample, 1).is_ok_and(|small| (small.len() as f64) < sample.len() as f64 * SHRINKS_TO)
}

/// Whether a dictionary that holds an earlier capture of the page is of use to this one.
pub fn is_like_before(capture: &Whole, dictionary: &Dictionary, level: i32) -> Result<bool, String> {
    let Some(answer) = capture.records.first() else { return Ok(true) };
    if answer.header.record_type() != RecordType::Response {
        return Ok(true);
    }
    if !capture.text {
        return Ok(false);
    }
    let alone = zstd::bulk::compress(&answer.block, level).map_err(|error| error.to_string())?;
    Ok((frame(answer, dictionary, level)?.len() as f64) < alone.len() as f64 * LIKE_BEFORE + HEAD_BYTES)
}

/// Parts captures into bundles: a site's together, a page's together, small sites on a shelf. What is large and does not shrink
/// stands in bundles of its own: a segment is put down again for every later capture of its pages.
pub fn pack(mut captures: Vec<Taken>) -> Vec<Vec<Taken>> {
    captures.sort_by(|a, b| (&a.site, &a.page, a.id).cmp(&(&b.site, &b.page, b.id)));
    let (mut light, mut heavy) = (Vec::new(), Vec::new());
    for page in captures.chunk_by(same_page) {
        let bytes: u64 = page.iter().map(|capture| capture.bytes).sum();
        let is_heavy = bytes > HEAVY_BYTES_MIN && last_text(page).is_none();
        if is_heavy { &mut heavy } else { &mut light }.extend_from_slice(page);
    }
    let mut bundles = pack_sorted(&light);
    bundles.extend(pack_sorted(&heavy));
    bundles
}

fn same_page(a: &Taken, b: &Taken) -> bool {
    (&a.site, &a.page) == (&b.site, &b.page)
}

fn pack_sorted(captures: &[Taken]) -> Vec<Vec<Taken>> {
    let mut bundles: Vec<Vec<Taken>> = Vec::new();
    let (mut content, mut beside) = (0, 0);
    for page in captures.chunk_by(same_page) {
        let in_dictionary = last_text(page).map_or(0, |n| page[n].bytes);
        let outside = page.iter().map(|capture| capture.bytes).sum::<u64>() - in_dictionary;
        let another_site =
            bundles.last().and_then(|bundle| bundle.last()).is_some_and(|last| last.site != page[0].site);
        let full = content + in_dictionary > CONTENT_BYTES_MAX
            || beside + outside > BESIDE_BYTES_MAX
            || (another_site && content > CONTENT_BYTES_OF_SITE);
        if bundles.is_empty() || (full && content + beside > 0) {
            bundles.push(Vec::new());
            (content, beside) = (0, 0);
        }
        content += in_dictionary;
        beside += outside;
        if let Some(bundle) = bundles.last_mut() {
            bundle.extend_from_slice(page);
        }
    }
    bundles
}

/// The newest capture that may stand in a dictionary: the next one will be most like it.
fn last_text(page: &[Taken]) -> Option<usize> {
    page.iter().rposition(|capture| capture.text && capture.bytes <= PAGE_BYTES_MAX)
}

/// Makes the segment of a bundle; more than one where its dictionary becomes larger than other readers allow.
pub fn make(captures: &[Whole], making: &Making, new_id: &dyn Fn() -> CaptureId) -> Result<Vec<Built>, String> {
    let id = new_id();
    let dictionary = match dictionary(captures, id, making) {
        Ok(dictionary) => dictionary,
        Err(Error::DictionaryTooLarge { .. }) => match middle(captures) {
            Some(middle) => {
                let mut built = make(&captures[..middle], making, new_id)?;
                built.extend(make(&captures[middle..], making, new_id)?);
                return Ok(built);
            }
            None => None,
        },
        Err(error) => return Err(error.to_string()),
    };
    let site = captures.first().map(|first| first.site.clone());
    let site = site.filter(|site| captures.iter().all(|capture| capture.site == *site));
    let records: Vec<&Record> = captures.iter().flat_map(|capture| &capture.records).collect();
    let dictionary = dictionary.unwrap_or_else(general::dictionary);
    let mut built = build(id, site, &[], &records, &dictionary, making)?;
    built.segment.level = Some(making.dictionary_level);
    Ok(vec![built])
}

/// The dictionary that holds a capture of each page; none where there is nothing to put in.
fn dictionary(captures: &[Whole], id: CaptureId, making: &Making) -> Result<Option<Dictionary>, Error> {
    let mut content = Vec::new();
    let mut expected = Vec::new();
    for page in captures.chunk_by(|a, b| a.page == b.page) {
        let newest = page.iter().rev().filter(|capture| capture.text).map(|capture| (capture, to_bytes(capture)));
        if let Some((capture, bytes)) = newest.into_iter().find(|(_, bytes)| bytes.len() as u64 <= PAGE_BYTES_MAX) {
            content.extend(bytes);
            expected.extend(expected_of(capture));
            if article_in(capture).is_none() {
                content.extend(page.iter().rev().find_map(article_in).map(Record::to_bytes).unwrap_or_default());
            }
        }
    }
    // The records begin where the first begins with its version.
    expected.append(&mut content);
    let content = expected;
    let samples = general::samples();
    let samples: Vec<&[u8]> = samples.iter().map(Vec::as_slice).collect();
    match Dictionary::finalize(&content, &samples, dictionary_id(id), making.level) {
        Ok(dictionary) => dictionary.frame_at(making.dictionary_level).map(|_| Some(dictionary)),
        Err(Error::TooFewSamples { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// What the next capture will say of its article if that stays as it is, but for the line that makes it a record. Its digest
/// alone would take a third of what a capture takes whose article is the same.
fn expected_of(capture: &Whole) -> Vec<u8> {
    let expected = article_in(capture).and_then(|conversion| {
        let digest = conversion.header.get(fields::ARTICLE_DIGEST)?;
        let id = CaptureId::from_record_id(conversion.header.record_id()?)?;
        Some(heir::metadata(capture.records.first()?, id, id, digest).to_bytes())
    });
    expected.and_then(|record| record.get(VERSION_LINE.len()..).map(<[u8]>::to_vec)).unwrap_or_default()
}

fn article_in(capture: &Whole) -> Option<&Record> {
    capture.records.iter().find(|record| record.header.record_type() == RecordType::Conversion)
}

/// The records that a dictionary holds whole.
pub fn records_in(dictionary: &Dictionary) -> Vec<Record> {
    let Some(begin) = dictionary.bytes().windows(VERSION_LINE.len()).position(|bytes| bytes == VERSION_LINE) else {
        return Vec::new();
    };
    let mut reader = Reader::new(&dictionary.bytes()[begin..]);
    let mut records = Vec::new();
    while let Ok(Some(entry)) = reader.next_record() {
        match entry.into_record(READ_BYTES_MAX) {
            Ok((_, record)) if check(&record).is_ok() => records.push(record),
            _ => break,
        }
    }
    records
}

fn to_bytes(capture: &Whole) -> Vec<u8> {
    capture.records.iter().flat_map(Record::to_bytes).collect()
}

/// Where a bundle can be parted, a page's captures staying together.
fn middle(captures: &[Whole]) -> Option<usize> {
    let begins = |n: &usize| captures[*n].page != captures[*n - 1].page;
    let half = captures.len() / 2;
    (half.max(1)..captures.len()).find(begins).or_else(|| (1..half.max(1)).rev().find(begins))
}

/// The first id above those of general dictionaries.
pub const FIRST_ID: u32 = 65_536;

/// A dictionary's id: chance.
fn dictionary_id(segment: CaptureId) -> u32 {
    let chance = merkle::leaf(segment.to_string().as_bytes());
    FIRST_ID + u32::from_le_bytes([chance[0], chance[1], chance[2], chance[3]]) % ((1 << 31) - FIRST_ID)
}
