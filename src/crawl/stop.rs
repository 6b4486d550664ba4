//! When to stop: a flag that a signal or a deadline raises once, and that everyone who waits can wait on as well. It does not
//! know what a signal is; the face raises it.

use tokio::sync::watch;
use tokio::time::Instant;

/// Why a run ends before its work does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// SIGINT.
    Interrupted,
    /// SIGTERM.
    Terminated,
    /// `--max-runtime`.
    Deadline,
    /// `--limit`.
    Limit,
    /// The disk.
    WriteFailed,
}

/// The side that raises the flag.
#[derive(Debug, Clone)]
pub struct Stopper(watch::Sender<Option<Reason>>);

/// The side that looks at it.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<Option<Reason>>);

/// A flag that is not raised.
pub fn flag() -> (Stopper, Stop) {
    let (sender, receiver) = watch::channel(None);
    (Stopper(sender), Stop(receiver))
}

impl Stopper {
    /// Raises the flag; the first reason stays, but that the limit was reached gives way to what is more urgent.
    pub fn stop(&self, reason: Reason) {
        self.0.send_if_modified(|current| {
            let first = matches!(current, None | Some(Reason::Limit)) && *current != Some(reason);
            if first {
                *current = Some(reason);
            }
            first
        });
    }
}

impl Stop {
    /// The reason, where the flag is raised.
    pub fn reason(&self) -> Option<Reason> {
        *self.0.borrow()
    }

    /// Whether the flag is raised.
    pub fn is_raised(&self) -> bool {
        self.reason().is_some()
    }

    /// Waits until it is. Where nobody is left to raise it, for ever.
    pub async fn raised(&mut self) {
        if self.0.wait_for(Option::is_some).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Waits until there is a reason to hurry: what was begun under a limit is still waited for, after a signal or a deadline
    /// only what is in flight is.
    pub async fn urged(&mut self) {
        if self.0.wait_for(|reason| reason.is_some_and(|reason| reason != Reason::Limit)).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Waits until a moment, or until the flag is raised; says whether the moment was reached.
    pub async fn sleep_until(&mut self, moment: Instant) -> bool {
        tokio::select! {
            () = tokio::time::sleep_until(moment) => true,
            () = self.raised() => false,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn the_first_reason_stays_and_wakes_who_sleeps() {
        let (stopper, mut stop) = flag();
        assert!(stop.sleep_until(Instant::now() + Duration::from_secs(5)).await);
        stopper.stop(Reason::Deadline);
        stopper.stop(Reason::Interrupted);
        assert!(!stop.sleep_until(Instant::now() + Duration::from_secs(3600)).await);
        assert_eq!(stop.reason(), Some(Reason::Deadline));
    }

    #[tokio::test(start_paused = true)]
    async fn a_limit_is_no_hurry_and_gives_way_to_a_signal() {
        let (stopper, mut stop) = flag();
        stopper.stop(Reason::Limit);
        tokio::time::timeout(Duration::from_secs(5), stop.urged()).await.unwrap_err();
        stopper.stop(Reason::Terminated);
        stop.urged().await;
        assert_eq!(stop.reason(), Some(Reason::Terminated));
    }
}
