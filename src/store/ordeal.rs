//! What an archive must survive, on a disk in memory: hundreds of flipped bits and zeroed blocks, a journal cut anywhere near its
//! end, clocks that go backwards, writers and a compaction at once.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use crate::snapshot::value::{CaptureId, Snapshot};
use crate::store::archive::Archive;
use crate::store::capture::Filter;
use crate::store::frames::{Found, Frames};
use crate::store::medium::{Medium, Objects};
use crate::store::names;
use crate::store::report::SealOptions;
use crate::store::thin::Keep;
use crate::store::trial::{Trial, answers, seal_all, story, time};

/// Pages that differ, twelve of them twice in segments, six only in a journal.
fn filled() -> Trial {
    let trial = Trial::new();
    let archive = trial.open();
    archive.store(&stories(0..12, 0)).unwrap();
    archive.seal(&seal_all()).unwrap();
    archive.store(&stories(0..12, 1)).unwrap();
    archive.seal(&SealOptions { rewrite_bytes_max: 0, ..seal_all() }).unwrap();
    archive.store(&stories(12..18, 2)).unwrap();
    trial
}

fn stories(numbers: std::ops::Range<i64>, day: i64) -> Vec<Snapshot> {
    let noise = |n: i64| {
        let words = (0..60_i64).map(|w| format!("{:x}", (n * 61 + w + 1).wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16));
        words.collect::<Vec<_>>().join(" ")
    };
    let url = |n| format!("https://example.org/{n}");
    numbers.map(|n| story(&url(n), day * 1440 + n, &format!("day {day}"), &noise(n))).collect()
}

fn readable(archive: &Archive) -> BTreeSet<CaptureId> {
    let all = archive.list(&Filter::default()).unwrap();
    let whole = |capture: &&crate::store::capture::Capture| {
        archive.load_page(capture).is_ok() && archive.load_article(capture).is_ok()
    };
    all.iter().filter(whole).map(|capture| capture.id).collect()
}

/// The captures whose records a hole touches.
fn touched(trial: &Trial, key: &str, from: usize, to: usize) -> BTreeSet<CaptureId> {
    trial.open().captures_within(key, from as u64, to as u64).unwrap().into_iter().collect()
}

#[test]
fn of_500_flipped_bits_and_zeroed_blocks_each_is_found_and_costs_no_other_record() {
    let trial = filled();
    let whole = readable(&trial.open());
    assert_eq!(whole.len(), 30);
    let files: Vec<(String, u64)> = trial
        .open()
        .medium
        .list("")
        .unwrap()
        .into_iter()
        .filter(|(key, length)| key != "FORMAT" && *length > 0)
        .collect();
    let total: u64 = files.iter().map(|(_, length)| length).sum();
    let mut chance = 7_u64;
    let mut next = |below: u64| {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (chance >> 33) % below
    };
    let mut hurt = BTreeSet::new();
    for n in 0..500 {
        let mut at = next(total);
        let (key, length) = files
            .iter()
            .find(|(_, length)| {
                let here = at < *length;
                at -= if here { 0 } else { *length };
                here
            })
            .unwrap();
        hurt.insert(key.clone());
        let before = trial.memory().read(key, 0, usize::MAX).unwrap();
        let mut damaged = before.clone();
        let from = at as usize;
        let to = if n % 2 == 0 { from + 1 } else { (*length as usize).min(from + 1 + next(700) as usize) };
        if n % 2 == 0 {
            damaged[from] ^= 1 << next(8);
        } else {
            damaged[from..to].fill(0);
        }
        if damaged == before {
            continue;
        }
        let lost = touched(&trial, key, from, to);
        trial.memory().put(key, &damaged).unwrap();
        let archive = trial.open();
        let what = format!("{n}: {key}, {from} to {to}");
        // The end of the ledger is put right when the archive is opened, and said.
        let told = !archive.notices().is_empty() || !archive.verify(&mut |_| {}).unwrap().is_sound();
        assert!(told, "{what}: not found");
        assert!(readable(&archive).is_superset(&whole.difference(&lost).copied().collect()), "{what}: costs another");
        if n % 5 == 0 {
            let copy = trial.after_power_cut(0, true);
            let archive = copy.open();
            archive.repair(time(300_000)).unwrap();
            let expected = if key.starts_with(names::SEGMENTS) { whole.clone() } else { &whole - &lost };
            assert!(readable(&archive).is_superset(&expected), "{what}: repaired");
            let verified = archive.verify(&mut |_| {}).unwrap();
            assert!(verified.is_sound(), "{what}: repaired: {verified:?}");
        }
        trial.memory().put(key, &before).unwrap();
    }
    assert!(hurt.len() >= 6, "every kind of file was hurt: {hurt:?}");
    assert!(trial.open().verify(&mut |_| {}).unwrap().is_sound());
}

#[test]
fn a_journal_cut_at_any_byte_of_its_last_two_records_loses_only_these() {
    let trial = Trial::new();
    let archive = trial.open();
    archive.store(&stories(0..3, 0)).unwrap();
    let whole = readable(&archive);
    drop(archive);
    let key = trial.open().medium.list(names::JOURNALS).unwrap().pop().unwrap().0;
    let bytes = trial.memory().read(&key, 0, usize::MAX).unwrap();
    let dictionary = trial.open().dictionaries.of(trial.memory(), &key).unwrap();
    let mut frames = Frames::new(trial.memory(), &key, dictionary, 0, None).unwrap();
    let mut starts = Vec::new();
    while let Some(Found::Record { span, .. }) = frames.next_found().unwrap() {
        starts.push(span.offset as usize);
    }
    let last_but_one = starts[starts.len() - 2];
    for end in last_but_one..bytes.len() {
        let copy = trial.after_power_cut(0, false);
        let journal = copy.memory().journal(&key).unwrap();
        journal.unwrap().cut(end as u64).unwrap();
        let archive = copy.open();
        let left = readable(&archive);
        assert!(left.len() >= 2 && left.is_subset(&whole), "cut at {end} of {}", bytes.len());
        archive.store(&stories(5..6, 1)).unwrap();
        assert!(archive.verify(&mut |_| {}).unwrap().is_sound(), "cut at {end} of {}", bytes.len());
    }
}

#[test]
fn a_clock_that_goes_backwards_confuses_nothing() {
    let trial = Trial::new();
    let archive = trial.open();
    for day in [5, 3, 9, 1, 9, 0] {
        archive.store(&stories(0..2, day)).unwrap();
        archive.seal(&SealOptions { now: time(-day * 1000), ..seal_all() }).unwrap();
    }
    let all = answers(&archive, &["1"]);
    assert_eq!(archive.list(&Filter::default()).unwrap().len(), 12);
    archive.reindex(&mut |_| {}).unwrap();
    assert_eq!(answers(&archive, &["1"]), all);
    archive.compact(time(-9000), Keep::All, &mut |_| {}).unwrap();
    assert_eq!(readable(&archive).len(), 12);
    assert!(archive.verify(&mut |_| {}).unwrap().is_sound());
    let times: Vec<_> =
        archive.history(&"https://example.org/0".parse().unwrap()).unwrap().iter().map(|c| c.at).collect();
    assert!(times.is_sorted());
}

#[test]
fn writers_readers_and_a_compaction_may_work_at_once() {
    let trial = filled();
    let mut expected = readable(&trial.open());
    let stored: Vec<CaptureId> = std::thread::scope(|scope| {
        let writer = |first: i64| {
            let archive = trial.open();
            let mut ids = Vec::new();
            for day in 3..9 {
                let stored = archive.store(&stories(first..first + 3, day)).unwrap();
                ids.extend(stored.iter().map(|stored| stored.id));
            }
            ids
        };
        let writers: Vec<_> = [0, 30].into_iter().map(|first| scope.spawn(move || writer(first))).collect();
        let compactor = scope.spawn(|| {
            let archive = trial.open();
            for _ in 0..4 {
                archive.compact(time(400_000), Keep::All, &mut |_| {}).unwrap();
            }
        });
        let reader = scope.spawn(|| {
            let archive = trial.open();
            for _ in 0..6 {
                assert!(readable(&archive).len() >= 30, "a reader misses something");
            }
        });
        compactor.join().unwrap();
        reader.join().unwrap();
        writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
    });
    expected.extend(&stored);
    let archive = trial.open();
    assert_eq!(readable(&archive), expected);
    assert!(archive.verify(&mut |_| {}).unwrap().is_sound());
}
