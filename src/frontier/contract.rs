//! What every engine of the frontier must do, written once: an engine calls `frontier_contract!` in its tests with a way to
//! make an empty frontier.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use url::Url;

use crate::frontier::budget::{Allowance, Purse};
use crate::frontier::item::{Candidate, History, Item, Kind, Outcome, State, Validators};
use crate::frontier::pace::Pace;
use crate::frontier::policy::{Planner, Policy, Visit};
use crate::frontier::queue::{Added, Error, Frontier, HostLease, Intake, LeaseRequest, SourceState};
use crate::frontier::rates::Rates;
use crate::frontier::robots::{Fetched, RobotsCache};
use crate::url::Origin;

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 3600);
const START: Timestamp = Timestamp::UNIX_EPOCH;
const INTAKE: Intake = Intake { links_per_host: None, revisit_min: Duration::from_secs(6 * 3600) };

/// Makes a test of every fact below, for the engine that `$make` makes.
macro_rules! frontier_contract {
    ($make:expr; $($fact:ident)*) => {
        $(#[test]
        fn $fact() {
            crate::frontier::contract::$fact(&$make());
        })*
    };
    ($make:expr) => {
        crate::frontier::contract::frontier_contract! { $make;
            a_url_added_twice_is_kept_once
            a_leased_host_is_not_leased_again_until_the_lease_runs_out
            a_lease_holds_only_one_host_best_first
            a_lease_can_be_extended_while_it_holds
            a_stale_token_is_refused
            a_batch_with_a_foreign_url_is_refused_whole
            what_was_released_is_as_due_as_before
            what_is_finished_comes_back_when_it_is_due_and_not_before
            a_host_rests_as_long_as_its_pace_says
            a_host_that_is_down_keeps_its_urls_and_wakes_later
            a_crawl_of_one_source_sees_only_that_source
            an_error_never_overwrites_validators
            a_documents_new_date_makes_it_due_but_not_too_early
            followed_links_have_a_budget_and_named_pages_have_none
            the_next_wake_is_told
            reclaiming_ends_every_lease
            counts_add_up
            hosts_robots_and_sources_are_remembered
        }
    };
}
pub(in crate::frontier) use frontier_contract;

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn add(frontier: &dyn Frontier, urls: &[&str]) -> Added {
    let candidates: Vec<_> = urls.iter().map(|text| Candidate::page(url(text), "news")).collect();
    frontier.add(&candidates, &INTAKE, START).unwrap()
}

fn lease(frontier: &dyn Frontier, now: Timestamp) -> Option<HostLease> {
    frontier.lease(&LeaseRequest { worker: "w", hold: MINUTE, urls: 10, sources: None }, now).unwrap()
}

fn outcome(item: &Item, visit: &Visit, now: Timestamp) -> Outcome {
    let validators = Validators { etag: Some(format!("\"{now}\"")), last_modified: None };
    let (policy, mut rates) = (Policy::default(), Rates::default());
    Planner { policy: &policy, rates: &mut rates, now, random: 0.5 }.settle(
        item,
        visit,
        Some(validators),
        None,
        "a note",
    )
}

fn finish(frontier: &dyn Frontier, lease: &HostLease, visit: &Visit, now: Timestamp) {
    let outcomes: Vec<_> = lease.items.iter().map(|item| outcome(item, visit, now)).collect();
    frontier.finish(lease, &outcomes, &Pace::default(), now).unwrap();
}

fn paths(lease: &HostLease) -> Vec<&str> {
    lease.items.iter().map(|item| item.url.path()).collect()
}

pub(in crate::frontier) fn a_url_added_twice_is_kept_once(frontier: &dyn Frontier) {
    let added = add(frontier, &["https://a.test/1?utm_source=x", "https://a.test/1#top", "https://a.test/2"]);
    assert_eq!(added, Added { new: 2, known: 1, ..Added::default() });
    assert_eq!(paths(&lease(frontier, START).unwrap()), ["/1", "/2"]);
}

pub(in crate::frontier) fn a_leased_host_is_not_leased_again_until_the_lease_runs_out(frontier: &dyn Frontier) {
    add(frontier, &["https://a.test/1", "https://a.test/2"]);
    let first = lease(frontier, START).unwrap();
    assert_eq!(lease(frontier, START + MINUTE / 2), None);
    frontier.renew(&first, MINUTE, START + MINUTE / 2).unwrap();
    assert_eq!(lease(frontier, START + MINUTE), None);
    let second = lease(frontier, START + 2 * MINUTE).unwrap();
    assert_eq!(second.items, first.items);
    assert!(second.token > first.token);
}

pub(in crate::frontier) fn a_lease_holds_only_one_host_best_first(frontier: &dyn Frontier) {
    add(frontier, &["https://a.test/page", "https://b.test/page"]);
    let feed = Candidate::document(url("https://a.test/feed"), "news", Kind::Feed);
    frontier.add(&[feed], &INTAKE, START).unwrap();
    assert_eq!(paths(&lease(frontier, START).unwrap()), ["/feed", "/page"]);
    assert_eq!(lease(frontier, START).unwrap().host, "b.test");
    assert_eq!(lease(frontier, START), None);
}

pub(in crate::frontier) fn a_lease_can_be_extended_while_it_holds(frontier: &dyn Frontier) {
    add(frontier, &["https://a.test/1", "https://b.test/1"]);
    let held = lease(frontier, START).unwrap();
    let request = LeaseRequest { worker: "w", hold: MINUTE, urls: 2, sources: None };
    assert_eq!(frontier.extend(&held, &request, START).unwrap(), [], "its only URL is handed out already");
    add(frontier, &["https://a.test/2", "https://a.test/3", "https://a.test/4"]);
    let more = frontier.extend(&held, &request, START).unwrap();
    assert_eq!(more.iter().map(|item| item.url.path()).collect::<Vec<_>>(), ["/2", "/3"]);
    let done = [outcome(&held.items[0], &Visit::New, START), outcome(&more[0], &Visit::New, START)];
    frontier.finish(&held, &done, &Pace::default(), START).unwrap();
    frontier.release(&held, START).unwrap();
    assert!(matches!(frontier.extend(&held, &request, START), Err(Error::StaleLease { .. })));
    let hosts = [lease(frontier, START).unwrap(), lease(frontier, START).unwrap()];
    let back = hosts.iter().find(|lease| lease.host == "a.test").unwrap();
    assert_eq!(paths(back), ["/3", "/4"], "what was not finished is as due as before");
}

pub(in crate::frontier) fn a_stale_token_is_refused(frontier: &dyn Frontier) {
    add(frontier, &["https://a.test/1"]);
    let old = lease(frontier, START).unwrap();
    let later = START + 2 * MINUTE;
    let new = lease(frontier, later).unwrap();
    let done = [outcome(&old.items[0], &Visit::New, later)];
    let stale = |result: Result<(), Error>| matches!(result, Err(Error::StaleLease { .. }));
    assert!(stale(frontier.finish(&old, &done, &Pace::default(), later)));
    assert!(stale(frontier.renew(&old, MINUTE, later)));
    assert!(stale(frontier.release(&old, later)));
    frontier.finish(&new, &done, &Pace::default(), later).unwrap();
    frontier.release(&new, later).unwrap();
    assert!(stale(frontier.finish(&new, &[], &Pace::default(), later)));
}

pub(in crate::frontier) fn a_batch_with_a_foreign_url_is_refused_whole(frontier: &dyn Frontier) {
    add(frontier, &["https://a.test/1", "https://b.test/1"]);
    let a = lease(frontier, START).unwrap();
    let b = lease(frontier, START).unwrap();
    let mixed = [outcome(&a.items[0], &Visit::New, START), outcome(&b.items[0], &Visit::New, START)];
    let refused = frontier.finish(&a, &mixed, &Pace::default(), START).unwrap_err();
    assert!(matches!(refused, Error::NotLeased { url, .. } if url == "https://b.test/1"));
    assert_eq!(frontier.known(&a.items[0].url).unwrap().unwrap().state, State::Leased);
}

pub(in crate::frontier) fn what_was_released_is_as_due_as_before(frontier: &dyn Frontier) {
    add(frontier, &["https://a.test/1"]);
    let held = lease(frontier, START).unwrap();
    frontier.release(&held, START).unwrap();
    assert_eq!(lease(frontier, START).unwrap().items, held.items);
}

pub(in crate::frontier) fn what_is_finished_comes_back_when_it_is_due_and_not_before(frontier: &dyn Frontier) {
    add(frontier, &["https://a.test/1"]);
    let held = lease(frontier, START).unwrap();
    finish(frontier, &held, &Visit::New, START);
    frontier.release(&held, START).unwrap();
    let due = outcome(&held.items[0], &Visit::New, START).due.unwrap();
    assert_eq!(lease(frontier, due - Duration::from_millis(1)), None);
    let again = lease(frontier, due).unwrap();
    assert_eq!(again.items[0].visited, Some(START));
    assert_eq!(again.items[0].validators.etag.as_deref(), Some("\"1970-01-01T00:00:00Z\""));
}

pub(in crate::frontier) fn a_host_rests_as_long_as_its_pace_says(frontier: &dyn Frontier) {
    add(frontier, &["https://a.test/1", "https://a.test/2"]);
    let held = lease(frontier, START).unwrap();
    let pace = Pace { delay: MINUTE, failures: 2, next: Some(START + 2 * MINUTE), rests: None };
    frontier.finish(&held, &[outcome(&held.items[0], &Visit::New, START)], &pace, START).unwrap();
    frontier.release(&held, START).unwrap();
    assert_eq!(lease(frontier, START + MINUTE), None);
    let next = lease(frontier, START + 2 * MINUTE).unwrap();
    assert_eq!((next.pace, paths(&next)), (pace, vec!["/2"]));
}

pub(in crate::frontier) fn a_host_that_is_down_keeps_its_urls_and_wakes_later(frontier: &dyn Frontier) {
    add(frontier, &["https://a.test/1", "https://a.test/2", "https://b.test/1"]);
    let held = lease(frontier, START).unwrap();
    let down = Visit::HostDown { until: START + DAY };
    let pace = Pace { rests: Some(START + DAY), ..Pace::default() };
    frontier.finish(&held, &[outcome(&held.items[0], &down, START)], &pace, START).unwrap();
    frontier.release(&held, START).unwrap();
    let counts = frontier.counts(None, START).unwrap();
    assert_eq!((counts.due, counts.resting), (1, 1), "one was tried, and waits a little longer");
    assert!(frontier.has_due(None, START).unwrap());
    let has_due = |name: &str| frontier.has_due(Some(&[name.to_owned()]), START).unwrap();
    assert_eq!((has_due("news"), has_due("nobody")), (true, false));
    let other = lease(frontier, START).unwrap();
    assert_eq!(other.host, "b.test");
    let gone = outcome(&other.items[0], &Visit::Gone, START);
    frontier.finish(&other, &[gone], &Pace::default(), START).unwrap();
    frontier.release(&other, START).unwrap();
    assert!(!frontier.has_due(None, START).unwrap(), "what is left is at a host that is down");
    assert_eq!(lease(frontier, START + DAY / 2), None);
    let again = lease(frontier, START + DAY).unwrap();
    assert_eq!(paths(&again), ["/2"], "first what was not tried");
}

pub(in crate::frontier) fn a_crawl_of_one_source_sees_only_that_source(frontier: &dyn Frontier) {
    let page = |text, source: &str| Candidate::page(url(text), source);
    let pages = [page("https://a.test/1", "one"), page("https://a.test/2", "two"), page("https://b.test/1", "two")];
    frontier.add(&pages, &INTAKE, START).unwrap();
    let one = ["one".to_owned()];
    let request = LeaseRequest { worker: "w", hold: MINUTE, urls: 10, sources: Some(&one) };
    assert_eq!(paths(&frontier.lease(&request, START).unwrap().unwrap()), ["/1"]);
    assert_eq!(frontier.lease(&request, START).unwrap(), None);
    assert_eq!(frontier.next_wake(Some(&one), START).unwrap(), Some(START + MINUTE));
    assert_eq!(frontier.next_wake(Some(&[]), START).unwrap(), None);
    assert_eq!(lease(frontier, START).unwrap().host, "b.test");
}

pub(in crate::frontier) fn an_error_never_overwrites_validators(frontier: &dyn Frontier) {
    add(frontier, &["https://a.test/1"]);
    let mut now = START;
    let mut etags = Vec::new();
    for visit in [Visit::New, Visit::Failed { transient: true, retry_after: None }, Visit::Gone, Visit::Denied] {
        let held = lease(frontier, now).unwrap();
        finish(frontier, &held, &visit, now);
        frontier.release(&held, now).unwrap();
        let known = frontier.known(&held.items[0].url).unwrap().unwrap();
        etags.push((known.state, known.item.validators.etag, known.item.visited));
        now = known.due.unwrap();
    }
    let first = (Some("\"1970-01-01T00:00:00Z\"".to_owned()), Some(START));
    let states = [State::Done, State::Waiting, State::Gone, State::Failed];
    assert_eq!(etags, states.map(|state| (state, first.0.clone(), first.1)));
}

pub(in crate::frontier) fn a_documents_new_date_makes_it_due_but_not_too_early(frontier: &dyn Frontier) {
    add(frontier, &["https://a.test/1"]);
    let held = lease(frontier, START).unwrap();
    let mut done = outcome(&held.items[0], &Visit::New, START);
    done.due = Some(START + 30 * DAY);
    frontier.finish(&held, &[done], &Pace::default(), START).unwrap();
    frontier.release(&held, START).unwrap();
    let changed =
        |modified| Candidate { modified: Some(modified), ..Candidate::page(held.items[0].url.clone(), "news") };
    let due = || frontier.known(&held.items[0].url).unwrap().unwrap().due;
    let told = frontier.add(&[changed(START)], &INTAKE, START + MINUTE).unwrap();
    assert_eq!((told.known, due()), (1, Some(START + 30 * DAY)));
    let told = frontier.add(&[changed(START + MINUTE)], &INTAKE, START + 2 * MINUTE).unwrap();
    assert_eq!((told.again, due()), (1, Some(START + INTAKE.revisit_min)));
    frontier.add(&[changed(START + MINUTE)], &INTAKE, START + DAY).unwrap();
    assert_eq!(due(), Some(START + INTAKE.revisit_min));
    assert_eq!(paths(&lease(frontier, START + DAY).unwrap()), ["/1"]);
}

pub(in crate::frontier) fn followed_links_have_a_budget_and_named_pages_have_none(frontier: &dyn Frontier) {
    let link = |n: u32, depth| Candidate { depth, ..Candidate::page(url(&format!("https://a.test/{n}")), "news") };
    let intake = Intake { links_per_host: Some(2), ..INTAKE };
    let found: Vec<_> = (0..4).map(|n| link(n, 1)).chain((4..8).map(|n| link(n, 0))).collect();
    let added = frontier.add(&found, &intake, START).unwrap();
    assert_eq!((added.new, added.over_budget), (6, 2));
}

pub(in crate::frontier) fn the_next_wake_is_told(frontier: &dyn Frontier) {
    assert_eq!(frontier.next_wake(None, START).unwrap(), None);
    add(frontier, &["https://a.test/1"]);
    assert_eq!(frontier.next_wake(None, START).unwrap(), Some(START));
    let held = lease(frontier, START).unwrap();
    assert_eq!(frontier.next_wake(None, START).unwrap(), Some(START + MINUTE));
    finish(frontier, &held, &Visit::New, START);
    frontier.release(&held, START).unwrap();
    let due = frontier.known(&held.items[0].url).unwrap().unwrap().due;
    assert_eq!(frontier.next_wake(None, START).unwrap(), due);
    frontier.set_pace("a.test", &Pace { next: Some(START + 100 * DAY), ..Pace::default() }).unwrap();
    assert_eq!(frontier.next_wake(None, START).unwrap(), Some(START + 100 * DAY));
}

pub(in crate::frontier) fn reclaiming_ends_every_lease(frontier: &dyn Frontier) {
    add(frontier, &["https://a.test/1", "https://b.test/1"]);
    let (a, b) = (lease(frontier, START).unwrap(), lease(frontier, START).unwrap());
    assert_eq!(frontier.reclaim_all(START).unwrap(), 2);
    assert!(frontier.finish(&a, &[], &Pace::default(), START).is_err());
    let back: BTreeSet<_> = [lease(frontier, START).unwrap().host, lease(frontier, START).unwrap().host].into();
    assert_eq!(back, BTreeSet::from([a.host, b.host]));
}

pub(in crate::frontier) fn counts_add_up(frontier: &dyn Frontier) {
    add(frontier, &["https://a.test/1", "https://b.test/1", "https://b.test/2"]);
    frontier.add(&[Candidate::page(url("https://c.test/1"), "")], &INTAKE, START).unwrap();
    let held = lease(frontier, START).unwrap();
    finish(frontier, &held, &Visit::Gone, START);
    lease(frontier, START).unwrap();
    let all = frontier.counts(None, START).unwrap();
    assert_eq!(all.by_state, [(State::Waiting, 1), (State::Leased, 2), (State::Gone, 1)]);
    assert_eq!((all.total(), all.due), (4, 1));
    assert_eq!(frontier.counts(Some("news"), START).unwrap().total(), 3);
    assert_eq!(frontier.counts(Some("nobody"), START).unwrap().total(), 0);
}

pub(in crate::frontier) fn hosts_robots_and_sources_are_remembered(frontier: &dyn Frontier) {
    let pace = Pace { delay: MINUTE, failures: 1, next: Some(START + DAY), rests: Some(START + 2 * DAY) };
    assert_eq!(frontier.pace("a.test").unwrap(), Pace::default());
    frontier.set_pace("a.test", &pace).unwrap();
    assert_eq!(frontier.pace("a.test").unwrap(), pace);

    assert_eq!(frontier.take_turn("a.test", START, START + 5 * DAY).unwrap(), Some(START + DAY));
    assert_eq!(frontier.take_turn("a.test", START + DAY, START + 3 * DAY).unwrap(), None);
    assert_eq!(frontier.take_turn("a.test", START + 2 * DAY, START + 9 * DAY).unwrap(), Some(START + 3 * DAY));
    assert_eq!(frontier.pace("a.test").unwrap(), Pace { next: Some(START + 3 * DAY), ..pace });
    assert_eq!(frontier.take_turn("new.test", START, START + DAY).unwrap(), None);

    assert_eq!(frontier.status().unwrap(), None);
    for json in ["{}", "{\"pid\":1}"] {
        frontier.set_status(json).unwrap();
        assert_eq!(frontier.status().unwrap().as_deref(), Some(json));
    }

    let origin = Origin::of(&url("https://a.test/"));
    assert_eq!(frontier.robots(&origin).unwrap(), None);
    for fetched in [Fetched::Unreachable, Fetched::Answer { status: 200, body: b"user-agent: *" }] {
        let robots = RobotsCache::after(fetched, None, None, START);
        frontier.set_robots(&origin, &robots).unwrap();
        assert_eq!(frontier.robots(&origin).unwrap(), Some(robots));
    }

    let mut rates = Rates::default();
    let expected = rates.learn(&History::default(), 1.0, 9.0, true);
    assert_eq!(frontier.rates("news").unwrap(), Rates::default());
    frontier.set_rates("news", &rates).unwrap();
    // Digits beyond the sixteenth are an engine's own.
    let kept = frontier.rates("news").unwrap().expected(0.0, 99.0);
    assert!((kept - rates.expected(0.0, 99.0)).abs() < 1e-9);
    let purse = Purse::full(&Allowance { pages_per_hour: Some(3), bytes_per_day: None }, START);
    assert_eq!(frontier.purse("").unwrap(), None);
    frontier.set_purse("", &purse).unwrap();
    assert_eq!((frontier.purse("").unwrap(), frontier.purse("news").unwrap()), (Some(purse), None));

    add(frontier, &["https://a.test/1"]);
    // The host was left alone above.
    let held = lease(frontier, START + 3 * DAY).unwrap();
    let published = START - 3 * DAY;
    let seen = outcome(&held.items[0], &Visit::New, START);
    let seen =
        Outcome { born: Some(published), history: History { interval: DAY, expected, ..History::default() }, ..seen };
    frontier.finish(&held, std::slice::from_ref(&seen), &Pace::default(), START).unwrap();
    frontier.release(&held, START).unwrap();
    let known = frontier.known(&held.items[0].url).unwrap().unwrap().item;
    assert_eq!((held.items[0].born, known.born, known.history), (START, published, seen.history));
    assert_eq!(frontier.sources().unwrap(), []);
    let state = SourceState {
        name: "news".to_owned(),
        last_run: Some(START),
        last_success: Some(START),
        last_harvest: 7,
        last_new: None,
        failures: 2,
        last_error: "404".to_owned(),
    };
    frontier.set_source(&state).unwrap();
    assert_eq!(frontier.source("news").unwrap(), Some(state.clone()));
    assert_eq!(frontier.sources().unwrap(), [state]);
}

/// One step of a crawl with several workers, in which anything may happen.
#[derive(Debug, Clone)]
pub(in crate::frontier) enum Step {
    Add(u8),
    Lease,
    Finish { lease: usize, urls: usize, fails: bool },
    Release(usize),
    Wait(u16),
    Reclaim,
}

pub(in crate::frontier) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => any::<u8>().prop_map(Step::Add),
        4 => Just(Step::Lease),
        4 => (0..8usize, 1..4usize, any::<bool>()).prop_map(|(lease, urls, fails)| Step::Finish { lease, urls, fails }),
        2 => (0..8usize).prop_map(Step::Release),
        2 => (1..400u16).prop_map(Step::Wait),
        1 => Just(Step::Reclaim),
    ];
    prop::collection::vec(step, 1..60)
}

/// What a frontier has promised so far.
#[derive(Default)]
struct Promised {
    /// Every URL ever added, with the time before which it may not be handed out.
    urls: BTreeMap<Url, Timestamp>,
    /// Every lease ever handed out; `true` while it holds.
    leases: Vec<(HostLease, bool)>,
}

/// Whatever the order of events: a host and its URLs have one holder at most, what comes too late is refused, nothing is
/// handed out before it is due, and nothing is forgotten.
pub(in crate::frontier) fn any_interleaving_keeps_its_promises(
    frontier: &dyn Frontier,
    steps: &[Step],
) -> TestCaseResult {
    let mut promised = Promised::default();
    let mut now = START;
    for step in steps {
        match step {
            Step::Add(n) => {
                let url = url(&format!("https://{}.test/{n}", n % 3));
                frontier.add(&[Candidate::page(url.clone(), "news")], &INTAKE, now).unwrap();
                promised.urls.entry(url).or_insert(now);
            }
            Step::Lease => {
                let request = LeaseRequest { worker: "w", hold: MINUTE, urls: 3, sources: None };
                if let Some(lease) = frontier.lease(&request, now).unwrap() {
                    promised.handed_out(&lease, now)?;
                }
            }
            Step::Finish { lease, urls, fails } => promised.finish(frontier, *lease, *urls, *fails, now)?,
            Step::Release(at) => {
                if let Some((lease, holds)) = promised.leases.get_mut(*at) {
                    prop_assert_eq!(frontier.release(lease, now).is_ok(), *holds);
                    *holds = false;
                }
            }
            Step::Wait(seconds) => now += Duration::from_secs(u64::from(*seconds)),
            Step::Reclaim => {
                frontier.reclaim_all(now).unwrap();
                promised.leases.iter_mut().for_each(|(_, holds)| *holds = false);
            }
        }
    }
    promised.all_come_back(frontier)
}

impl Promised {
    fn handed_out(&mut self, lease: &HostLease, now: Timestamp) -> TestCaseResult {
        for (other, holds) in self.leases.iter_mut().filter(|(other, _)| other.host == lease.host) {
            prop_assert!(!*holds || other.until <= now, "two hold {}", lease.host);
            prop_assert!(other.token < lease.token);
            *holds = false;
        }
        for item in &lease.items {
            prop_assert!(self.urls[&item.url] <= now, "{} came before it was due", item.url);
        }
        self.leases.push((lease.clone(), true));
        Ok(())
    }

    fn finish(
        &mut self,
        frontier: &dyn Frontier,
        at: usize,
        urls: usize,
        fails: bool,
        now: Timestamp,
    ) -> TestCaseResult {
        let Some((lease, holds)) = self.leases.get_mut(at) else { return Ok(()) };
        let visit = if fails { Visit::Failed { transient: true, retry_after: None } } else { Visit::New };
        let count = urls.min(lease.items.len());
        let outcomes: Vec<_> = lease.items[..count].iter().map(|item| outcome(item, &visit, now)).collect();
        prop_assert_eq!(frontier.finish(lease, &outcomes, &Pace::default(), now).is_ok(), *holds);
        if *holds {
            lease.items.drain(..count);
            for outcome in outcomes {
                self.urls.insert(outcome.url, outcome.due.unwrap_or(Timestamp::MAX));
            }
        }
        Ok(())
    }

    fn all_come_back(&self, frontier: &dyn Frontier) -> TestCaseResult {
        frontier.reclaim_all(START).unwrap();
        let far = START + 1000 * DAY;
        let mut back = BTreeSet::new();
        while let Some(lease) = lease(frontier, far) {
            back.extend(lease.items.iter().map(|item| item.url.clone()));
            let outcomes: Vec<_> =
                lease.items.iter().map(|item| Outcome { due: None, ..outcome(item, &Visit::New, far) }).collect();
            frontier.finish(&lease, &outcomes, &Pace::default(), far).unwrap();
            frontier.release(&lease, far).unwrap();
        }
        prop_assert!(back.iter().eq(self.urls.keys()), "some were forgotten");
        prop_assert_eq!(frontier.next_wake(None, far).unwrap(), None);
        Ok(())
    }
}
