//! Totals, and what a list can be narrowed by: questions that read much of the catalogue. They are asked beside the requests,
//! never again before their answer has grown old, and a page takes what is known.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::store::archive::Archive;
use crate::store::capture::Facets;
use crate::store::error::Error;
use crate::store::report::Status;

/// How long a page waits for the first answer.
const PATIENCE: Duration = Duration::from_millis(60);
/// The least age at which the questions are asked again.
const AGE_MIN: Duration = Duration::from_secs(2);
/// Counting takes at most one part in so many of the time.
const SHARE: u32 = 30;
/// So many values are offered of each kind.
const VALUES: usize = 60;

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
        let mut known = self.latest.subscribe();
        let answer = tokio::time::timeout(PATIENCE, known.wait_for(Option::is_some)).await;
        answer.ok()?.ok()?.clone()
    }

    /// Begins to count, where that is due.
    pub fn refresh(self: &Arc<Self>, archive: &Arc<Archive>) {
        {
            let mut pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
            if !pace.is_due(Instant::now()) {
                return;
            }
            pace.counting = true;
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
            let mut pace = overviews.pace.lock().unwrap_or_else(PoisonError::into_inner);
            *pace = Pace { counting: false, last: Some((Instant::now(), begun.elapsed())) };
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
        let after = |took: u64| Pace { counting: false, last: Some((now, Duration::from_secs(took))) };
        assert!(Pace::default().is_due(now));
        assert!(!Pace { counting: true, last: None }.is_due(now));
        assert!(!after(0).is_due(now + Duration::from_secs(1)));
        assert!(after(0).is_due(now + Duration::from_secs(3)));
        assert!(!after(10).is_due(now + Duration::from_secs(200)));
        assert!(after(10).is_due(now + Duration::from_secs(301)));
    }
}
