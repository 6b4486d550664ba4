//! Making every article again with today's extractor: where something else comes out, a record is added that takes the place of
//! the one before in every answer. The captures stay as they are: a text that differs only because the extractor does is no edit.

use std::num::NonZero;

use chaffinch_extract::SiteProfile;
use chaffinch_extract::article::{Article, Verdict};
use chaffinch_warc::Record;
use jiff::{SignedDuration, Timestamp};
use url::Url;

use crate::snapshot::decode::part;
use crate::snapshot::encode::conversion_again;
use crate::snapshot::text;
use crate::snapshot::value::{CaptureId, Profile};
use crate::store::archive::{Archive, new_id};
use crate::store::capture::Capture;
use crate::store::catalogue::{insert, query};
use crate::store::error::{Error, Result};
use crate::store::report::{ExtractChange, ExtractReport, Progress};

/// Articles that are made before any is written.
const GROUP: usize = 128;

/// Further pages of an article are captured with the first one, or so much later.
const PART_AGE: SignedDuration = SignedDuration::from_hours(1);

/// What came of one.
enum Again {
    Same,
    Refused,
    Another { record: Box<Record>, change: Option<ExtractChange> },
}

impl Archive {
    /// Makes every article again. What was written until an error stands.
    ///
    /// # Errors
    /// Where the disk cannot be written or the catalogue cannot answer. A page that cannot be read keeps its article.
    pub fn extract_again(&self, now: Timestamp, progress: &mut dyn FnMut(Progress)) -> Result<ExtractReport> {
        let mut report = ExtractReport::default();
        let holders = self.catalogue.read(query::holders)?;
        let total = holders.len() as u64;
        for group in holders.chunks(GROUP) {
            progress(Progress { done: report.articles, total });
            let mut records = Vec::new();
            for again in self.group_again(group, now)? {
                report.articles += 1;
                match again {
                    Again::Same => report.same += 1,
                    Again::Refused => report.refused += 1,
                    Again::Another { record, change } => {
                        records.push(*record);
                        report.changed += u64::from(change.is_some());
                        report.touched += u64::from(change.is_none());
                        report.changes.extend(change);
                    }
                }
            }
            if !records.is_empty() {
                self.add_articles(&records, now)?;
            }
        }
        progress(Progress { done: total, total });
        report.edits_undone = self.catalogue.read(query::edits_undone)?;
        Ok(report)
    }

    /// A group of articles, on every core.
    fn group_again(&self, group: &[CaptureId], now: Timestamp) -> Result<Vec<Again>> {
        let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
        let shares = group.chunks(group.len().div_ceil(threads).max(1));
        std::thread::scope(|scope| {
            let work =
                |share: &[CaptureId]| share.iter().map(|id| self.again(*id, now)).collect::<Result<Vec<Again>>>();
            let working: Vec<_> = shares.map(|share| scope.spawn(move || work(share))).collect();
            let joined = |thread: std::thread::ScopedJoinHandle<'_, Result<Vec<Again>>>| {
                thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            };
            let all: Result<Vec<Vec<Again>>> = working.into_iter().map(joined).collect();
            Ok(all?.into_iter().flatten().collect())
        })
    }

    fn again(&self, id: CaptureId, now: Timestamp) -> Result<Again> {
        let Some(capture) = self.capture(&id)? else { return Ok(Again::Refused) };
        let (Ok(page), Ok(Some(before))) = (self.load_page(&capture), self.load_article(&capture)) else {
            return Ok(Again::Refused);
        };
        let profile = self.profile_of(&capture)?;
        let article = (self.extractor)(&page, profile.as_deref());
        let Some(mut article) = article.filter(|article| article.verdict == Verdict::Article) else {
            return Ok(Again::Refused);
        };
        for address in &before.pages {
            let Some(part) = self.part(address, &capture, profile.as_deref())? else { return Ok(Again::Refused) };
            article.join(address, part);
        }
        if comparable(&article) == comparable(&before) {
            return Ok(Again::Same);
        }
        let change = (text::digest(&article) != text::digest(&before)).then(|| ExtractChange {
            id,
            url: capture.url.to_string(),
            words_before: before.words() as u64,
            words: article.words() as u64,
        });
        let profile = profile.as_ref().map(Profile::digest);
        let record = Box::new(conversion_again(id, &capture.url, new_id(now), &article, profile));
        Ok(Again::Another { record, change })
    }

    /// What a further page of an article says, as it was captured with the first one.
    fn part(&self, address: &str, first: &Capture, profile: Option<&SiteProfile>) -> Result<Option<Article>> {
        let Ok(url) = Url::parse(address) else { return Ok(None) };
        let until = first.at.saturating_add(PART_AGE).unwrap_or(Timestamp::MAX);
        let Some(capture) = self.latest(&url, Some(until))? else { return Ok(None) };
        let Ok(page) = self.load_page(&capture) else { return Ok(None) };
        let article = (self.extractor)(&page, profile);
        Ok(article.filter(|article| article.verdict == Verdict::Article))
    }

    fn profile_of(&self, capture: &Capture) -> Result<Option<Profile>> {
        let bytes = self.site_profile(&capture.site)?;
        Ok(bytes.and_then(|bytes| SiteProfile::from_bytes(&bytes).ok()).map(Profile::new))
    }

    fn add_articles(&self, records: &[Record], now: Timestamp) -> Result<()> {
        self.append_group(now, &mut |tx, writer| {
            for record in records {
                let url = record.header.target_uri().unwrap_or_default();
                let what = |what| Error::Encode { url: url.to_owned(), what };
                let place = writer.add(record).map_err(what)?;
                let part = part(record).map_err(what)?;
                insert::put(tx, place, &part).map_err(|error| self.catalogue.failed(error))?;
            }
            Ok(())
        })
    }
}

/// What of an article is compared: all that is kept of it.
fn comparable(article: &Article) -> Vec<u8> {
    serde_json::to_vec(article).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::page::Page;
    use crate::snapshot::value::Change;
    use crate::store::capture::Filter;
    use crate::store::trial::{Trial, answers, seal_all, story, time, without_bytes};

    /// An extractor that knows a line of chrome when it sees one.
    fn better(archive: Archive) -> Archive {
        archive.with_extractor(Box::new(|page: &Page, _: Option<&SiteProfile>| {
            let body = String::from_utf8_lossy(&page.body).into_owned();
            let text = body.split("<p>").nth(1)?.split("</p>").next()?.replace(" Advertisement.", "");
            story(page.url.as_str(), 0, "", &text).article
        }))
    }

    fn filled() -> Trial {
        let trial = Trial::new();
        let archive = trial.open();
        let url = |n: usize| format!("https://example.org/{n}");
        archive
            .store(&[story(&url(0), 0, "nav", "A story. Advertisement."), story(&url(1), 1, "nav", "Another.")])
            .unwrap();
        archive.seal(&seal_all()).unwrap();
        archive.store(&[story(&url(0), 10, "nav", "A story.")]).unwrap();
        trial
    }

    #[test]
    fn every_article_is_made_again_and_what_changed_is_told() {
        let trial = filled();
        let archive = better(trial.open());
        let report = archive.extract_again(time(1000), &mut |_| {}).unwrap();
        assert_eq!((report.articles, report.same, report.changed, report.touched, report.refused), (3, 2, 1, 0, 0));
        assert_eq!((report.changes[0].words_before, report.changes[0].words), (3, 2));
        assert_eq!(report.edits_undone, 1, "the advertisement went, not a word of the article");
        assert!(archive.search("advertisement", &Filter::default()).unwrap().is_empty());
        let history = archive.history(&"https://example.org/0".parse().unwrap()).unwrap();
        assert_eq!(history[0].article_digest, history[1].article_digest);
        assert_eq!(history.iter().map(|capture| capture.change).collect::<Vec<_>>(), [Change::New, Change::Edited]);
        let again = archive.extract_again(time(2000), &mut |_| {}).unwrap();
        assert_eq!((again.same, again.changed), (3, 0));
    }

    #[test]
    fn what_was_extracted_again_survives_all_that_moves_records() {
        let trial = filled();
        let archive = better(trial.open());
        archive.extract_again(time(1000), &mut |_| {}).unwrap();
        let asked = || without_bytes(&answers(&archive, &["story"]));
        let before = asked();
        archive.reindex(&mut |_| {}).unwrap();
        assert_eq!(asked(), before);
        archive.seal(&seal_all()).unwrap();
        assert_eq!(asked(), before);
        archive.reindex(&mut |_| {}).unwrap();
        assert_eq!(asked(), before);
        archive.compact(time(3000), crate::store::thin::Keep::All, &mut |_| {}).unwrap();
        assert_eq!(asked(), before);
        archive.reindex(&mut |_| {}).unwrap();
        assert_eq!(asked(), before);
        assert!(archive.verify(&mut |_| {}).unwrap().is_sound());
    }

    #[test]
    fn it_is_forgotten_with_its_capture() {
        let trial = filled();
        let archive = better(trial.open());
        let url = "https://example.org/0".parse().unwrap();
        archive.extract_again(time(1000), &mut |_| {}).unwrap();
        let ids: Vec<CaptureId> = archive.history(&url).unwrap().iter().map(|capture| capture.id).collect();
        archive.forget(&ids, "", time(2000)).unwrap();
        assert!(archive.search("story", &Filter::default()).unwrap().is_empty());
        archive.reindex(&mut |_| {}).unwrap();
        assert!(archive.search("story", &Filter::default()).unwrap().is_empty());
        assert!(archive.verify(&mut |_| {}).unwrap().is_sound());
    }
}
