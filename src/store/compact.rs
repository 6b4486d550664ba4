//! Compacting: segments that were sealed in a hurry are put together anew, a few at a time, at the highest level, the newest
//! capture of each page in the dictionary; and captures that the rule of what is kept lets go are left out. Every step is
//! complete by itself, so that it may be killed at any moment.

use std::collections::HashSet;

use jiff::Timestamp;

use crate::snapshot::value::CaptureId;
use crate::store::archive::Archive;
use crate::store::bundle;
use crate::store::catalogue::query;
use crate::store::error::{Error, Result};
use crate::store::ledger::{self, Event, Ledger, Segment};
use crate::store::make::Job;
use crate::store::medium::Journal;
use crate::store::names;
use crate::store::report::{CompactReport, Progress, SealOptions};
use crate::store::seal::Switch;
use crate::store::thin::{self, Keep};

/// What is put together in one step, in bytes as stored.
const STEP_BYTES_MAX: u64 = 24 << 20;
/// Segments below this are put together with others.
const SMALL_BYTES: u64 = 256 << 10;
/// What the ledger says of a segment that was put together anew.
const REASON: &str = "compacted";

impl Archive {
    /// Seals everything, puts together anew what was sealed in a hurry, and lets go what the rule lets go.
    ///
    /// # Errors
    /// [`Error::Sealing`] while another process seals, or stores what repeats a capture that was to go; [`Error::Write`] where the
    /// disk is full. What was done until then stands.
    pub fn compact(&self, now: Timestamp, keep: Keep, progress: &mut dyn FnMut(Progress)) -> Result<CompactReport> {
        let options = SealOptions::thorough(now);
        let mut report = CompactReport { sealed: self.seal(&options)?, ..CompactReport::default() };
        let lock = self.medium.journal(ledger::KEY).map_err(Self::write_failed(ledger::KEY))?;
        let mut lock = lock.ok_or(Error::Sealing)?;
        let mut ledger = Ledger::read(&*self.medium)?;
        report.segments_before = self.segment_bytes()?;
        let may_go = self.may_go(keep)?;
        let touched = self.touched(&may_go)?;
        let steps = steps(&ledger, &touched);
        let total = steps.iter().flatten().map(|segment| segment.length).sum();
        let mut done = 0;
        for step in steps {
            progress(Progress { done, total });
            done += step.iter().map(|segment| segment.length).sum::<u64>();
            self.step(&mut *lock, &mut ledger, &step, &may_go, keep, &options, &mut report)?;
        }
        progress(Progress { done, total });
        report.segments_after = self.segment_bytes()?;
        Ok(report)
    }

    /// Captures that the rule lets go and that nothing else refers to.
    fn may_go(&self, keep: Keep) -> Result<HashSet<CaptureId>> {
        let mut may_go = HashSet::new();
        if keep == Keep::All {
            return Ok(may_go);
        }
        self.catalogue.read(|db| query::histories(db, &mut |history| may_go.extend(thin::may_go(history, keep))))?;
        let mut needed = Vec::new();
        for id in &may_go {
            let repeating = self.catalogue.read(|db| query::repeating(db, *id))?;
            needed.extend(repeating.iter().any(|other| !may_go.contains(other)).then_some(*id));
        }
        for id in &needed {
            may_go.remove(id);
        }
        Ok(may_go)
    }

    /// The segments that hold captures.
    fn touched(&self, captures: &HashSet<CaptureId>) -> Result<HashSet<String>> {
        let mut touched = HashSet::new();
        for id in captures {
            touched.extend(self.catalogue.read(|db| query::places(db, *id))?.map(|places| places.answer.key));
        }
        Ok(touched)
    }

    /// Puts some segments together anew. One that is damaged is left to `repair`.
    #[allow(clippy::too_many_arguments, reason = "what a step changes, and by what rule")]
    fn step(
        &self,
        lock: &mut dyn Journal,
        ledger: &mut Ledger,
        step: &[Segment],
        may_go: &HashSet<CaptureId>,
        keep: Keep,
        options: &SealOptions,
        report: &mut CompactReport,
    ) -> Result<()> {
        let (mut captures, mut old, mut let_go) = (Vec::new(), Vec::new(), Vec::new());
        let mut seen = HashSet::new();
        for segment in step {
            let key = names::segment(&segment.id);
            let of_segment = match self.captures_of(&key, &mut |_| Ok(false)) {
                Ok((captures, false)) => captures,
                Ok((_, true)) | Err(Error::Damaged { .. }) => continue,
                Err(error) => return Err(error),
            };
            old.push(segment.id.clone());
            for capture in of_segment {
                match capture.id {
                    Some(id) if may_go.contains(&id) => let_go.push(id),
                    // A ledger that was cut off between two lines leaves a capture in two segments.
                    Some(id) if !seen.insert(id) => {}
                    _ => captures.push(capture),
                }
            }
        }
        if old.is_empty() {
            return Ok(());
        }
        let jobs = bundle::pack(captures).into_iter().map(Job::Begin).collect();
        let sealed = self.work(jobs, options, &mut Vec::new())?;
        let mut events = ledger::in_place_of(sealed.iter().map(|sealed| sealed.segment.clone()), old.clone(), REASON);
        if !let_go.is_empty() {
            let captures = let_go.iter().map(ToString::to_string).collect();
            events.push(Event::Thinned { captures, keep: keep.to_string() });
        }
        let keys: Vec<String> = old.iter().map(|id| names::segment(id)).collect();
        let gone: Vec<&str> = keys.iter().map(String::as_str).collect();
        let switch = Switch { sealed: &sealed, gone: &gone, let_go: &let_go, events };
        self.commit(lock, ledger, &switch, options.now)?;
        keys.iter().try_for_each(|key| self.remove(key))?;
        report.compacted += old.len() as u64;
        report.into += sealed.len() as u64;
        report.thinned += let_go.len() as u64;
        Ok(())
    }

    fn segment_bytes(&self) -> Result<u64> {
        let listed = self.medium.list(names::SEGMENTS).map_err(Self::read_failed(names::SEGMENTS))?;
        Ok(listed.iter().map(|(_, length)| length).sum())
    }
}

/// Which segments are put together: those that something is to go from, those that were not compressed as thoroughly as it
/// goes, and small ones where there are several. A site's stand together.
fn steps(ledger: &Ledger, touched: &HashSet<String>) -> Vec<Vec<Segment>> {
    let thorough = |segment: &Segment| segment.level.is_some_and(|level| level >= bundle::LEVEL_MAX);
    let small = |segment: &Segment| segment.length < SMALL_BYTES;
    let several_small = ledger.segments().into_iter().filter(|segment| small(segment)).count() > 1;
    let mut wanted: Vec<Segment> = ledger
        .segments()
        .into_iter()
        .filter(|segment| {
            !thorough(segment) || touched.contains(&names::segment(&segment.id)) || (several_small && small(segment))
        })
        .cloned()
        .collect();
    wanted.sort_by(|a, b| (&a.site, &a.id).cmp(&(&b.site, &b.id)));
    let mut steps: Vec<Vec<Segment>> = Vec::new();
    let mut bytes = 0;
    for segment in wanted {
        if steps.is_empty() || bytes + segment.length > STEP_BYTES_MAX {
            steps.push(Vec::new());
            bytes = 0;
        }
        bytes += segment.length;
        if let Some(step) = steps.last_mut() {
            step.push(segment);
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::snapshot::value::{Change, Snapshot};
    use crate::store::capture::Filter;
    use crate::store::medium::Objects;
    use crate::store::trial::{Trial, answers, seal_all, story, time, without_bytes};

    /// Ten pages of two sites on a day; their chrome is the day's. The third page is edited on the second day.
    fn on_day(day: i64) -> Vec<Snapshot> {
        let chrome: String = (0..60).map(|n| format!("<li>{}</li>", n * 7919 + day)).collect::<Vec<_>>().concat();
        let text = |n| if n == 3 && day == 2 { "An edited story.".to_owned() } else { format!("Story {n}.") };
        let url = |n| format!("https://{}.example/{n}", if n < 5 { "a" } else { "b" });
        (0..10).map(|n| story(&url(n), day * 1440 + n, &chrome, &text(n))).collect()
    }

    /// Four days, each sealed.
    fn filled() -> Trial {
        let trial = Trial::new();
        let archive = trial.open();
        for day in 0..4 {
            archive.store(&on_day(day)).unwrap();
            archive.seal(&seal_all()).unwrap();
        }
        trial
    }

    fn now() -> Timestamp {
        time(200_000)
    }

    #[test]
    fn every_answer_is_the_same_after_compacting() {
        let trial = filled();
        let archive = trial.open();
        let before = answers(&archive, &["story", "edited"]);
        let report = archive.compact(now(), Keep::All, &mut |_| {}).unwrap();
        assert_eq!((report.compacted, report.into, report.thinned), (1, 1, 0));
        assert!(report.segments_after < report.segments_before, "{report:?}");
        assert_eq!(without_bytes(&answers(&archive, &["story", "edited"])), without_bytes(&before));
        let after = answers(&archive, &["story", "edited"]);
        archive.reindex(&mut |_| {}).unwrap();
        assert_eq!(answers(&archive, &["story", "edited"]), after);
        let verified = archive.verify(&mut |_| {}).unwrap();
        assert!(verified.is_sound(), "{verified:?}");
        let again = archive.compact(now(), Keep::All, &mut |_| {}).unwrap();
        assert_eq!((again.compacted, again.sealed.records), (0, 0));
    }

    #[test]
    fn what_the_rule_lets_go_is_gone_and_every_edit_stays() {
        let trial = filled();
        let archive = trial.open();
        let report = archive.compact(now(), "1".parse().unwrap(), &mut |_| {}).unwrap();
        // Of four captures of a page the first and the last stay; of the edited one the edit, too.
        assert_eq!(report.thinned, 19);
        let left = archive.list(&Filter::default()).unwrap();
        assert_eq!(left.len(), 21);
        assert_eq!(left.iter().filter(|capture| capture.change == Change::Edited).count(), 2);
        assert!(left.iter().all(|capture| archive.load_page(capture).is_ok()));
        let verified = archive.verify(&mut |_| {}).unwrap();
        assert!(verified.is_sound(), "{verified:?}");
        let after = answers(&archive, &["story"]);
        archive.reindex(&mut |_| {}).unwrap();
        assert_eq!(answers(&archive, &["story"]), after);
        assert_eq!(archive.compact(now(), "1".parse().unwrap(), &mut |_| {}).unwrap().thinned, 0);
    }

    #[test]
    fn small_segments_are_put_together() {
        let trial = Trial::new();
        let archive = trial.open();
        for n in 0..5 {
            archive.store(&[story(&format!("https://{n}.example/"), n, "nav", "One.")]).unwrap();
            archive.seal(&seal_all()).unwrap();
        }
        let report = archive.compact(now(), Keep::All, &mut |_| {}).unwrap();
        assert_eq!((report.compacted, report.into), (5, 1));
        assert!(archive.verify(&mut |_| {}).unwrap().is_sound());
    }

    #[test]
    fn a_damaged_segment_is_left_to_repair() {
        let trial = filled();
        let archive = trial.open();
        let (key, length) = archive.medium.list(names::SEGMENTS).unwrap().pop().unwrap();
        trial.memory().flip(&key, length as usize - 10);
        assert_eq!(archive.compact(now(), Keep::All, &mut |_| {}).unwrap().compacted, 0);
        assert!(archive.repair(now()).unwrap().lost.is_empty());
        assert_eq!(archive.list(&Filter::default()).unwrap().len(), 40);
    }

    #[test]
    fn a_segment_whose_dictionary_is_lost_keeps_no_other_from_being_compacted() {
        let trial = filled();
        let archive = trial.open();
        let lost = archive.medium.list(names::SEGMENTS).unwrap().into_iter().find(|(key, _)| names::holds_records(key));
        let lost = lost.unwrap().0;
        archive.store(&[story("https://c.example/", 9000, "nav", "Another.")]).unwrap();
        archive.seal(&seal_all()).unwrap();
        trial.memory().flip(&lost, 40);
        trial.memory().delete(&names::parity(&lost)).unwrap();
        let archive = trial.open();
        assert_eq!(archive.compact(now(), Keep::All, &mut |_| {}).unwrap().compacted, 1);
        assert!(archive.medium.length(&lost).is_ok());
    }

    /// Writers go on while captures are chosen that may go: one of them may be led back to such a capture.
    #[test]
    fn what_is_repeated_in_the_meantime_does_not_go() {
        let trial = filled();
        let archive = trial.open();
        let again = |minutes| {
            let mut snapshot = on_day(1).remove(0);
            snapshot.page.at = time(minutes);
            snapshot
        };
        let mut stored = None;
        let compacted = archive.compact(now(), "1".parse().unwrap(), &mut |_| {
            stored.get_or_insert_with(|| trial.open().store(&[again(9000)]).unwrap().remove(0).id);
        });
        assert!(matches!(compacted, Err(Error::Sealing)), "{compacted:?}");
        drop(archive);
        let archive = trial.open();
        let capture = archive.capture(&stored.unwrap()).unwrap().unwrap();
        assert_eq!(archive.load_page(&capture).unwrap(), again(9000).page);
        archive.compact(now(), "1".parse().unwrap(), &mut |_| {}).unwrap();
        assert_eq!(archive.load_page(&capture).unwrap(), again(9000).page);
        assert!(archive.verify(&mut |_| {}).unwrap().is_sound());
    }

    /// Every call that writes fails in turn, its work undone or done; then the process dies, or the power too.
    #[test]
    fn compacting_may_stop_anywhere() {
        for done in [false, true] {
            for call in 0.. {
                let trial = filled();
                let archive = trial.open();
                let all = without_bytes(&answers(&archive, &["story"]));
                trial.failing.fail_at(call, done);
                let compacted = archive.compact(now(), Keep::All, &mut |_| {});
                let finished = !trial.failing.has_failed();
                assert_eq!(compacted.is_ok(), finished, "call {call}");
                assert_eq!(without_bytes(&answers(&archive, &["story"])), all, "call {call}, in the same process");
                drop(archive);
                for keep in [true, false] {
                    let after = trial.after_power_cut(0, keep);
                    let archive = after.open();
                    assert_eq!(without_bytes(&answers(&archive, &["story"])), all, "call {call}, {keep}");
                    assert!(archive.verify(&mut |_| {}).unwrap().is_sound(), "call {call}, {keep}");
                    archive.compact(now(), "1".parse().unwrap(), &mut |_| {}).unwrap();
                    assert_eq!(archive.list(&Filter::default()).unwrap().len(), 21);
                    assert!(archive.verify(&mut |_| {}).unwrap().is_sound(), "call {call}, {keep}");
                }
                if finished {
                    break;
                }
            }
        }
    }
}
