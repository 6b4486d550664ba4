//! The budgets of a run: the whole crawl's and each source's, spent from by every worker and remembered in the frontier. What a
//! budget is, is `frontier/budget.rs`'s matter.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::crawl::clock::Clock;
use crate::crawl::error::Error;
use crate::frontier::budget::{Allowance, Purse};
use crate::frontier::item::BY_HAND;
use crate::frontier::queue::Frontier;

/// The name of the whole crawl's purse.
const WHOLE: &str = "";

/// Whose purses a page is paid from. What was asked for by hand has none of its own, and pays once.
fn names(source: &str) -> impl Iterator<Item = &str> {
    Some(source).filter(|source| *source != BY_HAND).into_iter().chain([WHOLE])
}

/// Every purse there is; what has none is without bounds.
pub struct Purses {
    frontier: Arc<dyn Frontier>,
    clock: Clock,
    held: Mutex<BTreeMap<String, (Allowance, Purse)>>,
}

impl Purses {
    /// The purses as they were left, those of sources by their names.
    pub fn open(
        frontier: Arc<dyn Frontier>,
        clock: Clock,
        whole: Allowance,
        sources: impl IntoIterator<Item = (String, Allowance)>,
    ) -> Result<Self, Error> {
        let mut held = BTreeMap::new();
        let all = sources.into_iter().chain([(WHOLE.to_owned(), whole)]);
        for (name, allowance) in all.filter(|(_, allowance)| allowance.is_bounded()) {
            let purse = frontier.purse(&name)?.unwrap_or_else(|| Purse::full(&allowance, clock.now()));
            held.insert(name, (allowance, purse));
        }
        Ok(Self { frontier, clock, held: Mutex::new(held) })
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<String, (Allowance, Purse)>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the purse of a source and the whole crawl's, filled up to now.
    fn each(&self, source: &str, mut change: impl FnMut(&Allowance, Purse) -> Purse) {
        let (mut held, now) = (self.held(), self.clock.now());
        for name in names(source) {
            if let Some((allowance, purse)) = held.get_mut(name) {
                *purse = change(allowance, purse.filled(allowance, now));
            }
        }
    }

    /// Takes a page for a source, if there is one.
    pub fn take(&self, source: &str) -> bool {
        let (mut held, now) = (self.held(), self.clock.now());
        let mut filled = Vec::new();
        for name in names(source) {
            let Some((allowance, purse)) = held.get_mut(name) else { continue };
            *purse = purse.filled(allowance, now);
            match purse.without_page(allowance) {
                Some(less) => filled.push((name, less)),
                None => {
                    *purse = purse.found_empty();
                    return false;
                }
            }
        }
        // From both or from none: nobody comes between.
        for (name, less) in filled {
            if let Some((_, purse)) = held.get_mut(name) {
                *purse = less;
            }
        }
        true
    }

    /// Pages of a source wait for what is not there.
    pub fn found_empty(&self, source: &str) {
        self.each(source, |allowance, purse| match purse.wait(allowance) {
            Some(_) => purse.found_empty(),
            None => purse,
        });
    }

    /// Puts a page back that was not fetched after all.
    pub fn give_back(&self, source: &str) {
        self.each(source, |allowance, purse| purse.with_page(allowance));
    }

    /// So many bytes came for a source.
    pub fn pay(&self, source: &str, bytes: u64) {
        self.each(source, |allowance, purse| purse.without_bytes(allowance, bytes));
    }

    /// How long it takes until a page of the source may be fetched; `None`: now.
    pub fn wait(&self, source: &str) -> Option<Duration> {
        let mut longest = None;
        self.each(source, |allowance, purse| {
            longest = longest.max(purse.wait(allowance));
            purse
        });
        longest
    }

    /// By how much a visit of a page of the source must be worth more than usual.
    pub fn stretch(&self, source: &str) -> f64 {
        let mut largest = 1.0_f64;
        self.each(source, |_, purse| {
            largest = largest.max(purse.stretch());
            purse
        });
        largest
    }

    /// Remembers what is left.
    pub fn save(&self) -> Result<(), Error> {
        let held = self.held().clone();
        for (name, (_, purse)) in &held {
            self.frontier.set_purse(name, purse)?;
        }
        Ok(())
    }
}
