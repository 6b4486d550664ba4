//! PURE: how the sources of a run have done, and what that makes of their standing: a source fails where nothing of it could
//! be read, and is told of when it has failed too often in a row and when it works again.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::frontier::queue::SourceState;

/// How each source has done in this run, by name.
pub type Tallies = BTreeMap<String, Tally>;

/// How a source has done in this run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Whether anything of it was read.
    pub read: bool,
    /// How many new pages it named.
    pub harvest: u64,
    /// What went wrong last.
    pub error: Option<String>,
}

/// What is to be told of a source after a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// It has failed too often in a row.
    Failing(String),
    /// It works again.
    Recovered(String),
}

impl Tally {
    /// Why the source failed, where it did.
    pub fn failure(&self) -> Option<&str> {
        self.error.as_deref().filter(|_| !self.read)
    }
}

/// The standing of a source after a run at `now`, and what is to be told of it: it is failing when it has failed `failing` times
/// in a row. Without a tally nothing of the source was
/// due, which is a run like any other.
pub fn settle(
    mut state: SourceState,
    tally: Option<&Tally>,
    failing: u32,
    now: Timestamp,
) -> (SourceState, Option<News>) {
    let failing = failing.max(1);
    state.last_run = Some(now);
    let Some(tally) = tally else { return (state, None) };
    if let Some(error) = tally.failure() {
        state.failures = state.failures.saturating_add(1);
        error.clone_into(&mut state.last_error);
        let news = (state.failures == failing).then(|| News::Failing(error.to_owned()));
        return (state, news);
    }
    let news = (state.failures >= failing).then(|| News::Recovered(format!("it had failed {} times", state.failures)));
    state.failures = 0;
    state.last_error.clear();
    state.last_success = Some(now);
    state.last_harvest = tally.harvest;
    if tally.harvest > 0 {
        state.last_new = Some(now);
    }
    (state, news)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed() -> Tally {
        Tally { error: Some("no answer".into()), ..Tally::default() }
    }

    #[test]
    fn a_source_is_told_of_once_when_it_fails_and_once_when_it_recovers() {
        let mut state = SourceState::default();
        let mut told = Vec::new();
        let good = Tally { read: true, harvest: 2, error: Some("one page of it failed".into()) };
        for tally in [failed(), failed(), failed(), failed(), good.clone(), good] {
            let (after, news) = settle(state, Some(&tally), 3, Timestamp::UNIX_EPOCH);
            state = after;
            told.push(news);
        }
        let recovered = News::Recovered("it had failed 4 times".into());
        assert_eq!(told, [None, None, Some(News::Failing("no answer".into())), None, Some(recovered), None]);
        assert_eq!((state.failures, state.last_harvest, state.last_error.as_str()), (0, 2, ""));
    }

    #[test]
    fn a_source_of_which_nothing_was_due_has_run_all_the_same() {
        let before = SourceState { failures: 2, ..SourceState::default() };
        let (after, news) = settle(before.clone(), None, 3, Timestamp::UNIX_EPOCH);
        assert_eq!(after, SourceState { last_run: Some(Timestamp::UNIX_EPOCH), ..before });
        assert_eq!(news, None);
    }
}
