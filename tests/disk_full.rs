//! A full or read-only disk: the run ends with its own exit code, and nothing that was acknowledged is lost.

use std::fs;

use crate::support::chaffinch::{Chaffinch, Outcome, TempArchive};
use crate::support::disk::TinyDisk;
use crate::support::pages::{article, article_with, rss};
use crate::support::site::{Answer, Site};

/// A page of about 300 KB that does not compress.
fn large_page(seed: u64) -> String {
    let mut state = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut word = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        format!("{:016x}", state ^ (state >> 29))
    };
    let paragraphs: Vec<String> = (0..300).map(|_| (0..60).map(|_| word()).collect::<Vec<_>>().join(" ")).collect();
    article_with(&format!("Large {seed}"), &paragraphs, "", 1)
}

fn site_of_large_pages(count: u64) -> Site {
    let site = Site::start();
    site.page("/small", article("Small", "the well", 1));
    for i in 0..count {
        site.page(&format!("/large{i}"), large_page(i));
    }
    site
}

/// Every URL that the run acknowledged must be there afterwards, whole.
fn acknowledged_is_kept(outcome: &Outcome, read: impl Fn() -> Chaffinch) {
    for line in outcome.json_lines().iter().filter(|line| line["id"].is_string() && line["error"].is_null()) {
        read().args(["show", line["url"].as_str().unwrap()]).run().success();
    }
    read().arg("verify").run().success();
}

#[test]
fn a_file_that_cannot_grow_ends_the_run_and_loses_nothing() {
    let (site, kept) = (site_of_large_pages(8), TempArchive::new());
    let archive = || {
        Chaffinch::local().set("archive.compact=false").archive(&kept).args(["--json", "archive", "--assets", "none"])
    };
    archive().arg(site.url("/small")).run().success();
    let urls: Vec<_> = (0..8).map(|i| site.url(&format!("/large{i}"))).collect();
    let outcome = archive().args(&urls).file_size_max(1000).run();
    outcome.code(4).says(&kept.path().to_string_lossy());
    let read = || Chaffinch::new().archive(&kept);
    acknowledged_is_kept(&outcome, read);
    read().args(["show", &site.url("/small")]).run().success().stdout_contains("council has decided");
    // With room again the same command works.
    archive().args(&urls).run().success();
    read().arg("verify").run().success();
}

#[test]
fn a_full_disk_ends_the_run_and_loses_nothing() {
    let Some(disk) = TinyDisk::mount(3000) else { return };
    let site = site_of_large_pages(12);
    let folder = disk.path().join("archive");
    let archive = || Chaffinch::local().set("archive.compact=false").arg("--archive").arg(&folder);
    archive().args(["archive", &site.url("/small")]).run().success();
    let urls: Vec<_> = (0..12).map(|i| site.url(&format!("/large{i}"))).collect();
    let outcome = archive().args(["--json", "archive", "--assets", "none"]).args(&urls).run();
    outcome.code(4).says(&folder.to_string_lossy());
    acknowledged_is_kept(&outcome, archive);
    archive().args(["show", &site.url("/small")]).run().success().stdout_contains("council has decided");
}

#[test]
fn a_crawl_on_a_full_disk_stops_and_carries_on_when_there_is_room() {
    let Some(disk) = TinyDisk::mount(24_000) else { return };
    let site = site_of_large_pages(8);
    let folder = disk.path().join("archive");
    let items: Vec<_> = (0..8).map(|i| (site.url(&format!("/large{i}")), "Large")).collect();
    site.set("/feed.xml", Answer::of("application/rss+xml", rss(&items)));
    let config = TempArchive::new();
    let file = config
        .file("c.toml", format!("[[source]]\nname = \"g\"\nkind = \"feed\"\nurl = \"{}\"\n", site.url("/feed.xml")));
    let run = || Chaffinch::local().set("archive.compact=false").config(&file).arg("--archive").arg(&folder);
    run().args(["archive", &site.url("/small")]).run().success();
    let ballast = disk.fill(22_000);
    run().args(["--json", "crawl"]).run().code(4);
    fs::remove_file(ballast).unwrap();
    run().args(["--json", "crawl"]).run().success();
    let listed = run().args(["--json", "list", "--source", "g"]).run().success().json_lines();
    assert_eq!(listed.len(), 8);
    run().arg("verify").run().success();
}

#[test]
fn a_read_only_disk_can_be_read_and_refuses_a_write() {
    let Some(disk) = TinyDisk::mount(4000) else { return };
    let site = site_of_large_pages(1);
    let folder = disk.path().join("archive");
    let run = || Chaffinch::local().arg("--archive").arg(&folder);
    run().args(["archive", &site.url("/small")]).run().success();
    if !disk.make_read_only() {
        eprintln!("skipped: this machine does not let us make a disk read-only");
        return;
    }
    run().args(["archive", &site.url("/large0")]).run().code(4).says(&folder.to_string_lossy());
    run().args(["show", &site.url("/small")]).run().success().stdout_contains("council has decided");
    run().arg("list").run().success();
}

#[test]
fn an_archive_that_cannot_be_made_is_named() {
    let (site, kept) = (site_of_large_pages(0), TempArchive::new());
    let file = kept.file("in-the-way", "a file");
    let folder = file.join("archive");
    let run = Chaffinch::local().arg("--archive").arg(&folder).args(["archive", &site.url("/small")]).run();
    assert!(matches!(run.code, Some(3 | 4)), "exit {:?}", run.code);
    run.says(&folder.to_string_lossy());
}
