//! Questions to the archive, and pages and articles read back. What a record says is checked against its digests before it
//! is given out; a file that was sealed away in the meantime is looked up again.

use std::num::NonZero;

use chaffinch_extract::article::Article;
use chaffinch_warc::{Record, decode_one};
use jiff::Timestamp;
use url::Url;

use crate::page::Page;
use crate::snapshot::decode::{article, check_block, page};
use crate::snapshot::text;
use crate::snapshot::value::CaptureId;
use crate::store::archive::Archive;
use crate::store::capture::{Capture, Facets, Filter, Hit};
use crate::store::catalogue::connection::FILE;
use crate::store::catalogue::query::{self, By, Located};
use crate::store::catalogue::words::Query;
use crate::store::catalogue::{search, totals};
use crate::store::error::{Error, Result};
use crate::store::names;
use crate::store::report::Status;
use crate::store::write::capture_of;

/// So few articles are read in less time than a thread takes to begin.
const FEW: usize = 4;

impl Archive {
    /// The latest capture of a URL, not after a time where one is given. See [`Archive::find`] for what a person types.
    ///
    /// # Errors
    /// As every question: where the catalogue cannot answer.
    pub fn latest(&self, url: &Url, not_after: Option<Timestamp>) -> Result<Option<Capture>> {
        self.catalogue.read(|db| query::latest(db, By::Url, url, not_after, false))
    }

    /// The latest capture of a URL that shows an article, not after a time where one is given.
    ///
    /// # Errors
    /// Where the catalogue cannot answer.
    pub fn latest_article(&self, url: &Url, not_after: Option<Timestamp>) -> Result<Option<Capture>> {
        self.catalogue.read(|db| query::latest(db, By::Url, url, not_after, true))
    }

    /// A capture by its name.
    ///
    /// # Errors
    /// Where the catalogue cannot answer.
    pub fn capture(&self, id: &CaptureId) -> Result<Option<Capture>> {
        self.catalogue.read(|db| query::capture(db, *id))
    }

    /// What a person means by a URL or an id: of a URL the latest capture that shows an article, else the latest, not after
    /// a time where one is given. Scheme, `www.`, and a slash at the end need not be right.
    ///
    /// # Errors
    /// Where the catalogue cannot answer. A text that is neither URL nor id is just not found.
    pub fn find(&self, text: &str, not_after: Option<Timestamp>) -> Result<Option<Capture>> {
        if let Ok(id) = text.trim().parse::<CaptureId>() {
            return self.capture(&id);
        }
        let Ok(url) = crate::url::parse(text) else { return Ok(None) };
        let url = crate::url::canonical(&url);
        for (by, article) in [(By::Url, true), (By::Url, false), (By::Surt, true), (By::Surt, false)] {
            let found = self.catalogue.read(|db| query::latest(db, by, &url, not_after, article))?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// Whether a URL was captured at a time, with this body where one is given.
    ///
    /// # Errors
    /// Where the catalogue cannot answer.
    pub fn holds(&self, url: &Url, at: Timestamp, body: Option<&[u8]>) -> Result<bool> {
        let digest = body.map(chaffinch_warc::sha256);
        self.catalogue.read(|db| query::is_held(db, url, at, digest.as_deref()))
    }

    /// Captures that pass a filter, newest first.
    ///
    /// # Errors
    /// Where the catalogue cannot answer.
    pub fn list(&self, filter: &Filter) -> Result<Vec<Capture>> {
        self.catalogue.read(|db| query::list(db, filter))
    }

    /// Every capture of a URL, oldest first; of the URL another scheme or a slash away, where there is none of this one.
    ///
    /// # Errors
    /// Where the catalogue cannot answer.
    pub fn history(&self, url: &Url) -> Result<Vec<Capture>> {
        let exact = self.catalogue.read(|db| query::history(db, By::Url, url))?;
        if exact.is_empty() { self.catalogue.read(|db| query::history(db, By::Surt, url)) } else { Ok(exact) }
    }

    /// Articles in which all the words occur, best first, one a URL. Words in quotes stand together; `word*` finds every word
    /// that begins so.
    ///
    /// # Errors
    /// Where the catalogue cannot answer. An article that cannot be read back is found without a snippet.
    pub fn search(&self, words: &str, filter: &Filter) -> Result<Vec<Hit>> {
        let asked = Query::parse(words);
        let found = self.catalogue.read(|db| search::search(db, &asked, filter))?;
        Ok(self.with_snippets(&found, &asked))
    }

    /// Captures of the versions of articles in which all the words occur, the newest version first.
    ///
    /// # Errors
    /// Where the catalogue cannot answer.
    pub fn newest_with(&self, words: &str, filter: &Filter) -> Result<Vec<Capture>> {
        self.catalogue.read(|db| search::newest(db, &Query::parse(words), filter))
    }

    /// Reads where the words stand in each, on every core: nearly every article is in a file with a dictionary of its own.
    fn with_snippets(&self, found: &[Capture], asked: &Query) -> Vec<Hit> {
        let hit = |capture: &Capture| {
            let text = match self.load_article(capture) {
                Ok(Some(article)) => text::body(&article),
                _ => String::new(),
            };
            let (snippet, highlights) = asked.snippet(&text);
            Hit { capture: capture.clone(), snippet, highlights }
        };
        let share = found.len().div_ceil(std::thread::available_parallelism().map_or(1, NonZero::get)).max(FEW);
        let (first, rest) = found.split_at(share.min(found.len()));
        std::thread::scope(|scope| {
            let others: Vec<_> =
                rest.chunks(share).map(|some| scope.spawn(move || some.iter().map(hit).collect::<Vec<_>>())).collect();
            let mut hits: Vec<Hit> = first.iter().map(hit).collect();
            for (other, some) in others.into_iter().zip(rest.chunks(share)) {
                // A thread that came to grief costs its captures their snippets.
                let bare = |capture: &Capture| Hit {
                    capture: capture.clone(),
                    snippet: String::new(),
                    highlights: Vec::new(),
                };
                hits.extend(other.join().unwrap_or_else(|_| some.iter().map(bare).collect()));
            }
            hits
        })
    }

    /// The capture of a URL nearest to a time, one answered with success before any other: what a replayed page should show
    /// there.
    ///
    /// # Errors
    /// Where the catalogue cannot answer.
    pub fn resolve_asset(&self, url: &Url, near: Timestamp) -> Result<Option<Capture>> {
        let exact = self.catalogue.read(|db| query::nearest(db, By::Url, url, near))?;
        if exact.is_some() { Ok(exact) } else { self.catalogue.read(|db| query::nearest(db, By::Surt, url, near)) }
    }

    /// Does work that asks of many URLs whether there is anything to show where a page asks for them (see
    /// [`Archive::resolve_asset`]), all at one moment of the archive. What the catalogue cannot tell is not kept.
    ///
    /// # Errors
    /// Where the catalogue cannot be asked at all.
    pub fn asking_what_is_kept<T>(&self, work: impl FnOnce(&dyn Fn(&Url) -> bool) -> T) -> Result<T> {
        self.catalogue.read(|db| {
            // In a transaction the file is locked once, not for each question.
            let _moment = db.unchecked_transaction()?;
            Ok(work(&|url| query::is_kept(db, url).unwrap_or(false)))
        })
    }

    /// The page a capture shows, a revisit led back to what it repeats, its digest checked.
    ///
    /// # Errors
    /// [`Error::Damaged`] where a record cannot be read back.
    pub fn load_page(&self, capture: &Capture) -> Result<Page> {
        self.page_of(capture, true)
    }

    /// The same without the fields of the request, which nobody who is shown the page asks for.
    ///
    /// # Errors
    /// As [`Archive::load_page`].
    pub fn load_answer(&self, capture: &Capture) -> Result<Page> {
        self.page_of(capture, false)
    }

    fn page_of(&self, capture: &Capture, with_request: bool) -> Result<Page> {
        again_if_moved(|| {
            let missing = || damaged("catalogue", 0, format!("capture {} is not in it", capture.id));
            let places = self.catalogue.read(|db| query::places(db, capture.id))?.ok_or_else(missing)?;
            let answer = self.record(&places.answer, capture.id)?;
            // A request that cannot be read costs its header fields, not the page.
            let request =
                places.request.filter(|_| with_request).and_then(|place| self.record(&place, capture.id).ok());
            let (holder, place) = match places.repeats {
                None => (None, places.answer),
                Some(id) => {
                    let held = self.catalogue.read(|db| query::places(db, id))?;
                    let what = || {
                        let what = format!("capture {} repeats {id}, which is not in the archive", capture.id);
                        damaged(&places.answer.key, places.answer.offset, what)
                    };
                    let place = held.ok_or_else(what)?.answer;
                    (Some(self.record(&place, id)?), place)
                }
            };
            page(answer, holder, request.as_ref()).map_err(|what| damaged(&place.key, place.offset, what))
        })
    }

    /// The article a capture shows; `None` where there is none.
    ///
    /// # Errors
    /// [`Error::Damaged`] where the record cannot be read back.
    pub fn load_article(&self, capture: &Capture) -> Result<Option<Article>> {
        again_if_moved(|| {
            let Some(place) = self.catalogue.read(|db| query::article_place(db, capture.id))? else { return Ok(None) };
            let record = self.read_record(&place)?;
            article(&record).map(Some).map_err(|what| damaged(&place.key, place.offset, what))
        })
    }

    /// What a list can be narrowed by. It reads much of the catalogue: not a question for every page.
    ///
    /// # Errors
    /// Where the catalogue cannot answer.
    pub fn facets(&self, limit: usize) -> Result<Facets> {
        self.catalogue.read(|db| totals::facets(db, limit))
    }

    /// Totals and savings.
    ///
    /// # Errors
    /// Where the catalogue cannot answer or the files cannot be listed.
    pub fn status(&self) -> Result<Status> {
        let mut status = Status::default();
        self.catalogue.read(|db| totals::count(db, &mut status))?;
        for (key, length) in self.medium.list("").map_err(Self::read_failed("."))? {
            if key.starts_with(names::JOURNALS) {
                status.journal_bytes += length;
            } else if key.starts_with(names::SEGMENTS) {
                status.segment_bytes += length;
                status.segments += u64::from(names::holds_records(&key));
            } else if key.starts_with(FILE) {
                status.catalogue_bytes += length;
            } else {
                status.other_bytes += length;
            }
        }
        Ok(status)
    }

    /// One record, which must belong to a capture.
    fn record(&self, place: &Located, id: CaptureId) -> Result<Record> {
        let record = self.read_record(place)?;
        if capture_of(&record) == Some(id) {
            return Ok(record);
        }
        Err(damaged(&place.key, place.offset, format!("another record than one of capture {id} stands here")))
    }

    /// One record, the digest of its block checked. That of the payload, which is a part of the block, was compared when it was
    /// written, and is again by `verify`.
    pub(crate) fn read_record(&self, place: &Located) -> Result<Record> {
        let dictionary = self.dictionaries.of(&*self.medium, &place.key)?;
        let length = usize::try_from(place.length).unwrap_or(usize::MAX);
        let bytes = self.medium.read(&place.key, place.offset, length).map_err(Self::read_failed(&place.key))?;
        let record = decode_one(&bytes, dictionary.as_ref()).map_err(|error| error.to_string());
        record
            .and_then(|record| check_block(&record).map(|()| record))
            .map_err(|what| damaged(&place.key, place.offset, what))
    }
}

/// Between looking a place up and reading it, the file may have been sealed and removed: then the catalogue knows the new
/// place.
pub(crate) fn again_if_moved<T>(read: impl Fn() -> Result<T>) -> Result<T> {
    match read() {
        Err(Error::Read { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => read(),
        other => other,
    }
}

pub(crate) fn damaged(file: &str, offset: u64, what: String) -> Error {
    Error::Damaged { file: file.to_owned(), offset, what }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::snapshot::value::Snapshot;
    use crate::store::trial::{Trial, page, seal_all, story, time};

    fn paths(captures: &[Capture]) -> Vec<&str> {
        captures.iter().map(|capture| &capture.url.path()[1..]).collect()
    }

    #[test]
    fn a_person_need_not_type_the_whole_address() {
        let archive = Trial::new().open();
        let stored = archive.store(&[story("http://www.example.org/Path/", 0, "nav", "One.")]).unwrap();
        let id = stored[0].id.to_string();
        for text in
            ["example.org/path", "https://example.org/Path", "www.example.org/Path/#top", &id, &id.to_uppercase()]
        {
            assert_eq!(archive.find(text, None).unwrap().map(|c| c.id), Some(stored[0].id), "{text}");
        }
        for text in ["", "no such thing", "https://example.org/other", "ftp://example.org/path"] {
            assert!(archive.find(text, None).unwrap().is_none(), "{text}");
        }
    }

    #[test]
    fn a_time_finds_the_latest_capture_not_after_it() {
        let archive = Trial::new().open();
        let url = "https://example.org/a";
        for minutes in [0, 10, 20] {
            archive.store(&[story(url, minutes, "nav", &format!("Text {minutes}."))]).unwrap();
        }
        let at = |minutes| archive.find(url, Some(time(minutes))).unwrap().map(|capture| capture.at);
        assert_eq!((at(-1), at(0), at(15), at(99)), (None, Some(time(0)), Some(time(10)), Some(time(20))));
        let near = |minutes| archive.resolve_asset(&url.parse().unwrap(), time(minutes)).unwrap().unwrap().at;
        assert_eq!((near(-9), near(4), near(6), near(99)), (time(0), time(0), time(10), time(20)));
    }

    #[test]
    fn an_error_page_is_not_shown_where_a_good_one_is() {
        let archive = Trial::new().open();
        let url = "https://example.org/i.png";
        let mut gone = page(url, 5, "gone");
        gone.status = 404;
        archive.store(&[Snapshot::new(page(url, 0, "picture")), Snapshot::new(gone)]).unwrap();
        let found = archive.resolve_asset(&url.parse().unwrap(), time(5)).unwrap().unwrap();
        assert_eq!((found.status, found.at), (200, time(0)));
    }

    #[test]
    fn captures_are_listed_by_what_is_asked_for() {
        let archive = Trial::new().open();
        let mut feed = story("https://a.example.com/1", 1, "nav", "One.");
        feed.source = Some("feed".into());
        let mut german = story("https://b.example.net/2", 2, "nav", "Zwei.");
        german.article.as_mut().unwrap().metadata.language = Some("de-AT".into());
        let parent = Some(feed.page.url.clone());
        let asset = Snapshot { parent, ..Snapshot::new(page("https://a.example.com/3", 3, "picture")) };
        let edited = story("https://a.example.com/1", 4, "nav", "Another one.");
        archive.store(&[feed, german, asset, edited]).unwrap();
        let list = |filter: Filter| archive.list(&filter).unwrap();
        let all = Filter::default;
        assert_eq!(paths(&list(all())), ["1", "2", "1"]);
        assert_eq!(paths(&list(Filter { assets: true, ..all() })), ["1", "3", "2", "1"]);
        assert_eq!(paths(&list(Filter { site: Some("example.net".into()), ..all() })), ["2"]);
        assert_eq!(paths(&list(Filter { source: Some("feed".into()), ..all() })), ["1"]);
        assert_eq!(paths(&list(Filter { lang: Some("de".into()), ..all() })), ["2"]);
        assert_eq!(paths(&list(Filter { lang: Some("d".into()), ..all() })), [""; 0]);
        assert_eq!(list(Filter { edited: true, ..all() })[0].at, time(4));
        assert_eq!(paths(&list(Filter { since: Some(time(2)), until: Some(time(4)), ..all() })), ["2"]);
        let first = list(Filter { limit: Some(1), ..all() });
        assert_eq!(paths(&list(Filter { after: Some(first[0].id), ..all() })), ["2", "1"]);
    }

    #[test]
    fn a_reader_finds_what_was_sealed_away_meanwhile() {
        let trial = Trial::new();
        let (writer, reader) = (trial.open(), trial.open());
        let snapshot = story("https://example.org/a", 0, "nav", "One.");
        writer.store(std::slice::from_ref(&snapshot)).unwrap();
        let capture = reader.find("https://example.org/a", None).unwrap().unwrap();
        assert_eq!(reader.load_page(&capture).unwrap(), snapshot.page);
        writer.seal(&seal_all()).unwrap();
        assert_eq!(reader.load_page(&capture).unwrap(), snapshot.page);
    }

    #[test]
    fn totals_tell_what_sameness_saved() {
        let archive = Trial::new().open();
        let url = "https://example.org/a";
        for (minutes, chrome, text) in [(0, "nav", "One."), (1, "nav", "One."), (2, "NAV", "One."), (3, "NAV", "Two.")]
        {
            archive.store(&[story(url, minutes, chrome, text)]).unwrap();
        }
        let status = archive.status().unwrap();
        let size = story(url, 0, "nav", "One.").page.body.len() as u64;
        assert_eq!((status.captures, status.pages, status.articles, status.sites, status.edited), (4, 1, 2, 1, 1));
        assert_eq!((status.identical.captures, status.identical.saved_bytes), (1, size));
        assert_eq!((status.payload_bytes, status.unique_bytes), (4 * size, 3 * size));
        assert_eq!((status.article_unchanged.captures, status.oldest), (1, Some(time(0))));
        assert!(status.journal_bytes > 0 && status.segments == 0);
    }
}
