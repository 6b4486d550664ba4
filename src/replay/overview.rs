//! Totals, and what a list can be narrowed by: questions that read much of the catalogue. They are asked beside the requests,
//! never again before their answer has grown old, and a page takes what is known.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::store::archive::Archive;
use crate::store::capture::Facets;
use crate::store::error::Error;
use crate::store::report::Status;

/// How long pages wait for the first answer, from when it was first looked for.
const PATIENCE: Duration = Duration::from_millis(60);
/// What is counted more quickly than this is counted again for each program that asks.
const QUICK: Duration = Duration::from_millis(20);
/// How long a program waits for it.
const LONGEST: Duration = Duration::from_secs(120);
/// The least age at which the questions are asked again.
const AGE_MIN: Duration = Duration::from_secs(2);
/// Counting takes at most one part in so many of the time.
const SHARE: u32 = 30;
/// So many values are offered of each kind.
const VALUES: usize = 100;

/// What is known of an archive as a whole.
#[derive(Debug)]
pub struct Overview {
    /// Totals and savings.
    pub status: Status,
    /// What a list can be narrowed by.
    pub facets: Facets,
}

/// Keeps the last answer.
pub struct Overviews {
    latest: watch::Sender<Option<Arc<Overview>>>,
    pace: Mutex<Pace>,
}

#[derive(Default)]
struct Pace {
    counting: bool,
    /// When it was first counted.
    first: Option<Instant>,
    /// When the last answer was complete, and how long it took.
    last: Option<(Instant, Duration)>,
}

impl Pace {
    fn is_due(&self, now: Instant) -> bool {
        !self.counting
            && self.last.is_none_or(|(done, took)| now.duration_since(done) > AGE_MIN.max(took.saturating_mul(SHARE)))
    }
}

impl Default for Overviews {
    fn default() -> Self {
        Self { latest: watch::Sender::new(None), pace: Mutex::default() }
    }
}

impl Overviews {
    /// What is known; `None` while it is counted for the first time and that takes longer than a page may wait.
    pub async fn latest(self: &Arc<Self>, archive: &Arc<Archive>) -> Option<Arc<Overview>> {
        self.refresh(archive);
        let first = self.pace().first.unwrap_or_else(Instant::now);
        let mut known = self.latest.subscribe();
        let patience = PATIENCE.saturating_sub(first.elapsed());
        let answer = tokio::time::timeout(patience, known.wait_for(Option::is_some)).await;
        answer.ok()?.ok()?.clone()
    }

    /// The same for a program, which waits until it is known. What is counted in no time is counted now; else it is as old as
    /// a page may see it.
    pub async fn whole(self: &Arc<Self>, archive: &Arc<Archive>) -> Option<Arc<Overview>> {
        if self.pace().last.is_some_and(|(_, took)| took < QUICK) {
            let archive = Arc::clone(archive);
            let counted = tokio::task::spawn_blocking(move || count(&archive)).await;
            return counted.ok()?.ok().map(Arc::new);
        }
        self.refresh(archive);
        let mut known = self.latest.subscribe();
        let answer = tokio::time::timeout(LONGEST, known.wait_for(Option::is_some)).await;
        answer.ok()?.ok()?.clone()
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to count, where that is due.
    pub fn refresh(self: &Arc<Self>, archive: &Arc<Archive>) {
        {
            let mut pace = self.pace();
            if !pace.is_due(Instant::now()) {
                return;
            }
            pace.counting = true;
            pace.first.get_or_insert_with(Instant::now);
        }
        let (overviews, archive) = (Arc::clone(self), Arc::clone(archive));
        tokio::task::spawn_blocking(move || {
            let begun = Instant::now();
            match count(&archive) {
                Ok(overview) => overviews.latest.send_replace(Some(Arc::new(overview))),
                Err(error) => {
                    tracing::error!("replay: totals could not be counted: {error}");
                    None
                }
            };
            let mut pace = overviews.pace();
            (pace.counting, pace.last) = (false, Some((Instant::now(), begun.elapsed())));
        });
    }
}

fn count(archive: &Archive) -> Result<Overview, Error> {
    Ok(Overview { status: archive.status()?, facets: archive.facets(VALUES)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counting_that_takes_long_is_done_seldom() {
        let now = Instant::now();
        let after = |took: u64| Pace { last: Some((now, Duration::from_secs(took))), ..Pace::default() };
        assert!(Pace::default().is_due(now));
        assert!(!Pace { counting: true, ..Pace::default() }.is_due(now));
        assert!(!after(0).is_due(now + Duration::from_secs(1)));
        assert!(after(0).is_due(now + Duration::from_secs(3)));
        assert!(!after(10).is_due(now + Duration::from_secs(200)));
        assert!(after(10).is_due(now + Duration::from_secs(301)));
    }
}
