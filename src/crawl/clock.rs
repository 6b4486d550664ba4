//! What time it is, for everything in a crawl that waits or dates something: the system's clock, or, in a simulation, one that
//! follows tokio's, which can be paused and moves on as soon as everybody waits.

use jiff::Timestamp;
use tokio::time::Instant;

/// A clock; copies show the same time.
#[derive(Debug, Clone, Copy, Default)]
pub struct Clock(Option<(Timestamp, Instant)>);

impl Clock {
    /// The system's.
    pub fn system() -> Self {
        Self(None)
    }

    /// One that shows `start` now and follows tokio's from here on.
    pub fn starting_at(start: Timestamp) -> Self {
        Self(Some((start, Instant::now())))
    }

    /// The time.
    pub fn now(self) -> Timestamp {
        let Some((start, since)) = self.0 else { return Timestamp::now() };
        start.saturating_add(since.elapsed()).unwrap_or(Timestamp::MAX)
    }
}
