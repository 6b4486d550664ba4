//! `verify`, `reindex`, `compact`, `status`: the archive's health.

use serde_json::Value;

use crate::support::chaffinch::{Chaffinch, TempArchive};
use crate::support::pages::article;
use crate::support::site::Site;

/// An archive of three pages, the first captured three times.
fn some_archive() -> (Site, TempArchive) {
    let (site, kept) = (Site::start(), TempArchive::new());
    for (path, subject) in [("/a", "the well"), ("/b", "the gate"), ("/c", "the weir")] {
        site.page(path, article(&format!("Of {subject}"), subject, 1));
    }
    let archive = |path: &str| {
        Chaffinch::local().archive(&kept).args(["archive", "--assets", "none", &site.url(path)]).run().success();
    };
    ["/a", "/b", "/c", "/a"].into_iter().for_each(archive);
    site.page("/a", article("Of the well", "the well", 2));
    archive("/a");
    (site, kept)
}

fn ask(kept: &TempArchive) -> Chaffinch {
    Chaffinch::new().archive(kept)
}

/// Every answer that comes out of the catalogue.
fn answers(site: &Site, kept: &TempArchive) -> Vec<Value> {
    let ask = |args: &[&str]| ask(kept).arg("--json").args(args).run().success().json_lines();
    let mut all = ask(&["list"]);
    all.extend(ask(&["history", &site.url("/a")]));
    all.extend(ask(&["search", "weir"]));
    all.extend(ask(&["show", &site.url("/b")]));
    all
}

#[test]
fn a_whole_archive_verifies() {
    let (_, kept) = some_archive();
    ask(&kept).arg("verify").run().success();
}

#[test]
fn reindex_gives_the_same_answers() {
    let (site, kept) = some_archive();
    let before = answers(&site, &kept);
    ask(&kept).arg("reindex").run().success();
    assert_eq!(answers(&site, &kept), before);
}

#[test]
fn a_missing_catalogue_is_rebuilt() {
    let (site, kept) = some_archive();
    let before = answers(&site, &kept);
    for file in
        kept.files("").into_iter().filter(|p| p.file_name().unwrap().to_string_lossy().starts_with("catalogue.sqlite"))
    {
        std::fs::remove_file(file).unwrap();
    }
    assert_eq!(answers(&site, &kept), before);
}

#[test]
fn compact_loses_nothing_and_makes_the_archive_no_larger() {
    let (site, kept) = (Site::start(), TempArchive::new());
    for i in 0..12 {
        site.page(&format!("/p{i}"), article(&format!("Story {i}"), &format!("the matter {i}"), i));
    }
    let urls: Vec<_> = (0..12).map(|i| site.url(&format!("/p{i}"))).collect();
    Chaffinch::local()
        .set("archive.compact=false")
        .archive(&kept)
        .args(["archive", "--assets", "none"])
        .args(&urls)
        .run()
        .success();
    let (before, size) = (ask(&kept).args(["--json", "list"]).run().success().json_lines(), kept.stored_bytes());
    ask(&kept).arg("compact").run().success();
    ask(&kept).arg("verify").run().success();
    let ids = |lines: &[Value]| lines.iter().map(|l| l["id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(&ask(&kept).args(["--json", "list"]).run().success().json_lines()), ids(&before));
    assert!(kept.stored_bytes() <= size, "{size} bytes became {}", kept.stored_bytes());
    ask(&kept).args(["show", &urls[7]]).run().success().stdout_contains("the matter 7 will stay");
    ask(&kept).arg("compact").run().success();
}

#[test]
fn status_counts_what_is_kept() {
    let (_, kept) = some_archive();
    let status = ask(&kept).args(["--json", "status"]).run().success().json();
    assert_eq!(status["captures"], 5, "{status}");
    ask(&kept).arg("status").run().success();
}

#[test]
fn verify_changes_no_byte() {
    let (_, kept) = some_archive();
    let read = || -> Vec<_> {
        let files = kept.files("").into_iter().filter(|p| !p.to_string_lossy().contains(".sqlite"));
        files.map(|p| (p.clone(), std::fs::read(p).unwrap())).collect()
    };
    let before = read();
    ask(&kept).arg("verify").run().success();
    assert!(read() == before, "verify wrote into the archive");
}
