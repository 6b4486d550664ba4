//! Storing snapshots: records are appended to this process's journal, synced, and then entered in the catalogue, a whole
//! group with one sync. If anything fails, the journal is cut to its old length and nothing was stored.

use chaffinch_extract::article::Verdict;
use chaffinch_warc::{Record, RecordType};
use rusqlite::Transaction;

use crate::snapshot::compare::{Side, change};
use crate::snapshot::decode::part_of;
use crate::snapshot::encode::{ArticlePlan, Body, Origin, Plan, records};
use crate::snapshot::text;
use crate::snapshot::value::{CaptureId, Change, Snapshot};
use crate::store::archive::{Archive, new_id};
use crate::store::capture::{Capture, Stored};
use crate::store::catalogue::insert;
use crate::store::catalogue::query::{self, By, LastArticle};
use crate::store::error::{Error, Result};
use crate::store::journal::Writer;

/// A body shorter than this is stored again rather than led back to another URL: the `revisit` would be longer.
const REPEAT_BYTES_MIN: usize = 256;

impl Archive {
    /// Stores snapshots as one group: all of them or, on an error, none. When it returns they are on the disk.
    /// It blocks: call it from a thread that may.
    ///
    /// # Errors
    /// Of class [`Class::Write`](crate::store::error::Class::Write) where the disk is full or cannot be written.
    pub fn store(&self, snapshots: &[Snapshot]) -> Result<Vec<Stored>> {
        let Some(first) = snapshots.first() else { return Ok(Vec::new()) };
        self.append_group(first.page.at, &mut |tx, writer| self.store_in(tx, writer, snapshots))
    }

    fn store_in(&self, tx: &Transaction<'_>, writer: &mut Writer, snapshots: &[Snapshot]) -> Result<Vec<Stored>> {
        let failed = |error| self.catalogue.failed(error);
        let mut stored = Vec::with_capacity(snapshots.len());
        for snapshot in snapshots {
            let plan = self.plan(tx, snapshot)?;
            let mut bytes = 0;
            for record in records(snapshot, &plan) {
                let place = writer.add(&record).map_err(|what| unwritable(snapshot, what))?;
                let part = part_of(&record, snapshot.article.as_ref()).map_err(|what| unwritable(snapshot, what))?;
                insert::put(tx, place, &part).map_err(failed)?;
                bytes += place.length;
            }
            if plan.body != Body::Whole {
                insert::inherit(tx, Some(plan.id)).map_err(failed)?;
            }
            stored.push(Stored { id: plan.id, change: plan.change, bytes });
        }
        Ok(stored)
    }

    /// Decides how a snapshot is written: what is the same as before is not written again.
    fn plan(&self, tx: &Transaction<'_>, snapshot: &Snapshot) -> Result<Plan> {
        let failed = |error| self.catalogue.failed(error);
        let page = &snapshot.page;
        let id = new_id(page.at);
        // What is imported may be older than what is held.
        let before = query::latest(tx, By::Url, &page.url, Some(page.at), false).map_err(failed)?;
        if page.status == 304
            && let Some(origin) = self.not_modified(tx, before.as_ref())?
        {
            let body = Body::NotModified(origin);
            return Ok(Plan { id, change: Change::NotModified, body, article: ArticlePlan::Nothing });
        }
        let payload = chaffinch_warc::sha256(&page.body);
        // Nothing is not worth looking for: every redirect has the same empty body.
        let held = if page.body.is_empty() { None } else { query::holder(tx, &payload, &page.url).map_err(failed)? };
        let body = match held {
            Some(origin) if !snapshot.whole && worth_repeating(&origin, snapshot) => Body::Repeats(origin),
            _ => Body::Whole,
        };
        let article = snapshot.article.as_ref().filter(|article| article.verdict == Verdict::Article);
        let last = query::last_article(tx, &page.url, page.at).map_err(failed)?;
        let own = article.map(text::digest);
        let digest = match (&own, &last) {
            (Some(own), Some(last)) => Some(self.comparable_digest(snapshot, own, last)?),
            _ => own.clone(),
        };
        let side_before = before.as_ref().map(|before| Side {
            status: before.status,
            payload: &before.payload_digest,
            article: last.as_ref().map(|last| last.digest.as_str()),
        });
        let now = Side { status: page.status, payload: &payload, article: digest.as_deref() };
        // Of an article over several pages, the first may be identical and another edited.
        let goes_on = article.is_some_and(|article| !article.pages.is_empty());
        let change = match change(now, side_before) {
            Change::Identical if goes_on && last.as_ref().is_some_and(|last| now.article != Some(&last.digest)) => {
                Change::Edited
            }
            change => change,
        };
        let article = match (own, digest) {
            (Some(own), Some(digest)) => self.plan_article(tx, snapshot, [digest, own], &body)?,
            _ => ArticlePlan::Nothing,
        };
        Ok(Plan { id, change, body, article })
    }

    /// What the server means by 304: the payload of the latest capture that was answered with success. `None` where there is
    /// none, and the answer stands for itself.
    fn not_modified(&self, tx: &Transaction<'_>, before: Option<&Capture>) -> Result<Option<Origin>> {
        let Some(before) = before else { return Ok(None) };
        let failed = |error| self.catalogue.failed(error);
        let good = |capture: &Capture| (200..300).contains(&capture.status);
        let shown = if good(before) {
            Some(before.clone())
        } else {
            query::history(tx, By::Url, &before.url).map_err(failed)?.into_iter().rev().find(good)
        };
        match shown {
            Some(shown) => query::payload_of(tx, shown.id).map_err(failed),
            None => Ok(None),
        }
    }

    /// Where an article's text goes: nowhere, if the capture repeated shows the same; to the record that holds it, if there
    /// is one of this URL; into a record of its own. `digests` are what it is compared by, and its text's own.
    fn plan_article(
        &self,
        tx: &Transaction<'_>,
        snapshot: &Snapshot,
        digests: [String; 2],
        body: &Body,
    ) -> Result<ArticlePlan> {
        let failed = |error| self.catalogue.failed(error);
        if let Body::Repeats(origin) = body {
            // The same bytes say the same; a difference is the extractor's, and no edit. Unless the article goes on elsewhere.
            let shown = query::capture(tx, origin.id).map_err(failed)?;
            let is_all = snapshot.article.as_ref().is_none_or(|article| article.pages.is_empty());
            if is_all && shown.is_some_and(|shown| shown.article_digest.is_some()) {
                return Ok(ArticlePlan::Nothing);
            }
        }
        for digest in digests {
            if let Some(to) = query::version(tx, &snapshot.page.url, &digest).map_err(failed)? {
                return Ok(ArticlePlan::Refers { to, digest });
            }
        }
        Ok(ArticlePlan::Whole)
    }

    /// The digest to compare with the last article's. Where that was made by another version of the extractor, or with another
    /// profile of the site, its page is extracted anew, as this one was: if the same comes of it, nothing was edited.
    fn comparable_digest(&self, snapshot: &Snapshot, digest: &str, last: &LastArticle) -> Result<String> {
        let profile = snapshot.profile.as_ref().map(|profile| profile.digest());
        let same_maker = last.extractor == chaffinch_extract::VERSION && last.profile.as_deref() == profile;
        // Of an article over several pages, one page is not the whole of it.
        let is_all = snapshot.article.as_ref().is_none_or(|article| article.pages.is_empty());
        if digest == last.digest || same_maker || !is_all {
            return Ok(digest.to_owned());
        }
        let shown = self.capture(&last.shown_by)?;
        let Some(Ok(page)) = shown.map(|shown| self.load_page(&shown)) else { return Ok(digest.to_owned()) };
        let anew = (self.extractor)(&page, snapshot.profile.as_ref().map(|profile| &***profile))
            .map(|article| text::digest(&article));
        Ok(if anew.as_deref() == Some(digest) { last.digest.clone() } else { digest.to_owned() })
    }
}

fn worth_repeating(origin: &Origin, snapshot: &Snapshot) -> bool {
    origin.url == snapshot.page.url || snapshot.page.body.len() >= REPEAT_BYTES_MIN
}

fn unwritable(snapshot: &Snapshot, what: String) -> Error {
    Error::Encode { url: snapshot.page.url.to_string(), what }
}

/// The capture a record is about: an article that was extracted again has a name of its own, and refers to its capture.
pub(crate) fn owner_of(record: &Record) -> Option<CaptureId> {
    let referred = || record.header.refers_to().and_then(CaptureId::from_record_id);
    if record.header.record_type() == RecordType::Conversion { referred() } else { None }.or_else(|| capture_of(record))
}

/// The id of the capture a record belongs to, where it is one of ours.
pub(crate) fn capture_of(record: &Record) -> Option<CaptureId> {
    record.header.record_id().and_then(CaptureId::from_record_id)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Arc;

    use chaffinch_extract::SiteProfile;

    use super::*;
    use crate::page::Page;
    use crate::snapshot::value::Change::{ArticleUnchanged, Edited, Identical, New};
    use crate::snapshot::value::Profile;
    use crate::store::error::Class;
    use crate::store::names;
    use crate::store::trial::{Trial, answers, page, story, time};

    const URL: &str = "https://example.org/a";

    fn bytes_of(text: &str) -> String {
        text.repeat(400)
    }

    #[test]
    fn a_page_is_read_back_as_it_was_stored() {
        let trial = Trial::new();
        let archive = trial.open();
        let snapshot = story(URL, 0, "home", "Hello there.");
        let stored = archive.store(std::slice::from_ref(&snapshot)).unwrap();
        let capture = archive.capture(&stored[0].id).unwrap().unwrap();
        assert_eq!(archive.load_page(&capture).unwrap(), snapshot.page);
        assert_eq!(archive.load_article(&capture).unwrap(), snapshot.article);
        assert_eq!((capture.change, capture.bytes, capture.words), (New, stored[0].bytes, 2));
    }

    #[test]
    fn a_url_seen_twice_is_stored_once() {
        let archive = Trial::new().open();
        let body = bytes_of("<p>Hello</p>");
        let stored = archive.store(&[Snapshot::new(page(URL, 0, &body)), Snapshot::new(page(URL, 5, &body))]).unwrap();
        assert_eq!(stored[1].change, Identical);
        assert!(stored[1].bytes < 600, "{}", stored[1].bytes);
        let second = archive.capture(&stored[1].id).unwrap().unwrap();
        assert_eq!(archive.load_page(&second).unwrap(), page(URL, 5, &body));
    }

    #[test]
    fn what_is_asked_for_whole_is_stored_whole() {
        let archive = Trial::new().open();
        let body: String = (0..4000_u32).map(|n| n.wrapping_mul(2_654_435_761).to_string()).collect();
        let again = |whole| Snapshot { whole, ..Snapshot::new(page(URL, 5, &body)) };
        let stored = archive.store(&[Snapshot::new(page(URL, 0, &body)), again(false), again(true)]).unwrap();
        assert_eq!((stored[1].change, stored[2].change), (Identical, Identical));
        assert!(stored[1].bytes < 600 && stored[2].bytes > stored[0].bytes / 2, "{stored:?}");
    }

    #[test]
    fn the_same_bytes_under_another_url_are_stored_once() {
        let archive = Trial::new().open();
        let mut picture = String::new();
        for n in 0..4000_u32 {
            picture.push_str(&n.wrapping_mul(2_654_435_761).to_string());
        }
        let other = "https://cdn.example.net/b.png";
        let stored =
            archive.store(&[Snapshot::new(page(URL, 0, &picture)), Snapshot::new(page(other, 1, &picture))]).unwrap();
        assert_eq!(stored[1].change, New);
        assert!(stored[1].bytes < 700, "{}", stored[1].bytes);
        let second = archive.find(other, None).unwrap().unwrap();
        assert_eq!(archive.load_page(&second).unwrap().body, picture);
    }

    #[test]
    fn chrome_and_text_are_told_apart() {
        let archive = Trial::new().open();
        let changes: Vec<Change> = [
            story(URL, 0, "home", "One."),
            story(URL, 1, "home", "One."),
            story(URL, 2, "HOME", "One."),
            story(URL, 3, "HOME", "One. Two."),
            story(URL, 4, "home", "One."),
        ]
        .into_iter()
        .map(|snapshot| archive.store(&[snapshot]).unwrap()[0].change)
        .collect();
        assert_eq!(changes, [New, Identical, ArticleUnchanged, Edited, Edited]);
        let history = archive.history(&URL.parse().unwrap()).unwrap();
        assert_eq!(archive.status().unwrap().articles, 2, "a text that comes back is not stored again");
        assert_eq!(history[4].article_digest, history[0].article_digest);
        assert!(history.iter().all(|capture| capture.title.as_deref() == Some("A title")));
    }

    #[test]
    fn a_challenge_page_never_overwrites_a_good_article() {
        let archive = Trial::new().open();
        archive.store(&[story(URL, 0, "home", "One.")]).unwrap();
        let mut challenge = story(URL, 1, "", "Prove that you are human.");
        challenge.page.status = 403;
        challenge.article.as_mut().unwrap().verdict = Verdict::Challenge;
        assert_eq!(archive.store(&[challenge]).unwrap()[0].change, Change::Changed);
        let latest = archive.latest(&URL.parse().unwrap(), None).unwrap().unwrap();
        assert_eq!((latest.verdict, latest.title), (Some(Verdict::Challenge), None));
        let found = archive.find(URL, None).unwrap().unwrap();
        assert_eq!((found.at, found.verdict), (time(0), Some(Verdict::Article)));
        let back = archive.store(&[story(URL, 2, "new", "One.")]).unwrap();
        assert_eq!(back[0].change, ArticleUnchanged);
    }

    #[test]
    fn a_304_shows_what_was_captured_before() {
        let archive = Trial::new().open();
        let first = story(URL, 0, "home", "One.");
        archive.store(std::slice::from_ref(&first)).unwrap();
        let mut answer = page(URL, 9, "");
        answer.status = 304;
        let stored = archive.store(&[Snapshot::new(answer)]).unwrap();
        assert_eq!(stored[0].change, Change::NotModified);
        let capture = archive.capture(&stored[0].id).unwrap().unwrap();
        assert_eq!((capture.status, capture.title.as_deref()), (200, Some("A title")));
        let shown = archive.load_page(&capture).unwrap();
        assert_eq!((shown.body, shown.at, shown.status), (first.page.body, time(9), 200));
        assert_eq!(archive.load_article(&capture).unwrap(), first.article);
    }

    #[test]
    fn a_304_without_an_earlier_capture_stands_for_itself() {
        let archive = Trial::new().open();
        let mut answer = page(URL, 9, "");
        answer.status = 304;
        assert_eq!(archive.store(&[Snapshot::new(answer)]).unwrap()[0].change, New);
    }

    #[test]
    fn a_text_that_differs_only_because_the_extractor_does_is_no_edit() {
        let trial = Trial::new();
        let archive = trial.open();
        archive.store(&[story(URL, 0, "home", "One.")]).unwrap();
        archive
            .catalogue
            .write(|tx| {
                tx.execute("UPDATE articles SET extractor = 'older', digest = 'sha256:older'", []).unwrap();
                Ok(())
            })
            .unwrap();
        let anew = |_: &Page, _: Option<&SiteProfile>| Some(crate::store::trial::article("A title", "One."));
        let archive = archive.with_extractor(Box::new(anew));
        assert_eq!(archive.store(&[story(URL, 1, "HOME", "One.")]).unwrap()[0].change, ArticleUnchanged);
        assert_eq!(archive.store(&[story(URL, 2, "HOME", "Two.")]).unwrap()[0].change, Edited);
    }

    #[test]
    fn a_text_that_differs_only_by_what_is_known_of_the_site_is_no_edit() {
        let known = |minutes, text| Snapshot {
            profile: Some(Arc::new(Profile::new(SiteProfile::default()))),
            ..story(URL, minutes, &minutes.to_string(), text)
        };
        let anew = |_: &Page, site: Option<&SiteProfile>| site.map(|_| crate::store::trial::article("A title", "One."));
        let archive = Trial::new().open().with_extractor(Box::new(anew));
        archive.store(&[story(URL, 0, "home", "One. Printed in our own town.")]).unwrap();
        assert_eq!(archive.store(&[known(1, "One.")]).unwrap()[0].change, ArticleUnchanged);
        assert_eq!(archive.store(&[known(2, "Two.")]).unwrap()[0].change, Edited);
        // Made as the one before was: the digests tell.
        assert_eq!(archive.store(&[known(3, "One.")]).unwrap()[0].change, Edited);
    }

    #[test]
    fn two_archives_on_one_folder_write_beside_each_other() {
        let dir = tempfile::tempdir().unwrap();
        let (a, b) = (Archive::open_or_create(dir.path()).unwrap(), Archive::open_or_create(dir.path()).unwrap());
        a.store(&[story(URL, 0, "home", "One.")]).unwrap();
        b.store(&[story(URL, 1, "home", "One.")]).unwrap();
        a.store(&[story(URL, 2, "home", "One.")]).unwrap();
        let changes: Vec<Change> = b.history(&URL.parse().unwrap()).unwrap().iter().map(|c| c.change).collect();
        assert_eq!(changes, [New, Identical, Identical]);
        assert_eq!(b.medium.list(names::JOURNALS).unwrap().iter().filter(|(k, _)| names::holds_records(k)).count(), 2);
        drop((a, b));
        let again = Archive::open(dir.path()).unwrap();
        again.store(&[story(URL, 3, "home", "One.")]).unwrap();
        assert_eq!(again.medium.list(names::JOURNALS).unwrap().len(), 4, "an abandoned journal is taken over");
        assert!(again.notices().is_empty());
    }

    /// Every call that writes fails in turn, its work undone or done; then the power is cut. What was acknowledged is there,
    /// and what comes next can be stored.
    #[test]
    fn whatever_write_fails_nothing_acknowledged_is_lost() {
        for done in [false, true] {
            for call in 0.. {
                let trial = Trial::new();
                let archive = trial.open();
                archive.store(&[story(URL, 0, "home", "One.")]).unwrap();
                drop(archive);
                let archive = trial.open();
                let before = answers(&archive, &["One"]);
                trial.failing.fail_at(call, done);
                let stored = archive.store(&[story(URL, 1, "HOME", "Two.")]);
                let finished = !trial.failing.has_failed();
                if let Err(error) = &stored {
                    assert_eq!(error.class(), Class::Write, "{error}");
                    assert_eq!(answers(&archive, &["One"]), before, "a failed write is rolled back");
                }
                for (luck, keep) in [(0, true), (0, false), (7, true), (1 << 20, false)] {
                    let after = trial.after_power_cut(luck, keep);
                    let archive = after.open();
                    let held = archive.history(&URL.parse().unwrap()).unwrap();
                    assert!(held.len() > usize::from(stored.is_ok()), "call {call}, luck {luck}");
                    for capture in &held {
                        archive.load_page(capture).unwrap();
                    }
                    archive.store(&[story(URL, 3, "home", "Three.")]).unwrap();
                    assert!(archive.verify(&mut |_| {}).unwrap().is_sound());
                }
                if finished {
                    break;
                }
            }
        }
    }
}
