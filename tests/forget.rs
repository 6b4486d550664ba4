//! `forget`: what is taken out is gone from every answer and every file, and what stays is as it was.

use std::fs;

use crate::export::kept;
use crate::support::chaffinch::Chaffinch;

#[test]
fn a_page_that_is_forgotten_is_gone_and_the_rest_is_as_it_was() {
    let (site, kept) = kept();
    let ask = |args: &[&str]| Chaffinch::new().archive(&kept).args(args).run();
    let url = site.url("/a");
    let other = ask(&["show", "--format", "raw", &site.url("/b")]).stdout.clone();
    ask(&["forget", &url, "--reason", "a letter of 3 May"]).success().stderr_contains("3 captures forgotten");
    ask(&["show", &url]).code(1);
    ask(&["search", "rained"]).code(1);
    ask(&["list"]).success().stdout_contains("The gate").stdout_lacks("The well");
    assert_eq!(ask(&["show", "--format", "raw", &site.url("/b")]).stdout, other);
    ask(&["verify"]).success().stdout_contains("sound");
    ask(&["reindex"]).success();
    ask(&["show", &url]).code(1);
    let notes = fs::read_to_string(kept.path().join("notes.jsonl")).unwrap();
    let ledger = fs::read_to_string(kept.path().join("ledger")).unwrap();
    assert_eq!((notes.matches("a letter of 3 May").count(), ledger.matches("a letter of 3 May").count()), (3, 3));
}

#[test]
fn a_capture_that_others_repeat_can_be_forgotten_alone() {
    let (site, kept) = kept();
    let ask = |args: &[&str]| Chaffinch::new().archive(&kept).args(args).run();
    let url = site.url("/a");
    let history = ask(&["--json", "history", &url]).json_lines();
    let edited = history[1]["id"].as_str().unwrap();
    ask(&["forget", edited]).success().stderr_contains("1 capture forgotten; 1 other capture now holding");
    let left = ask(&["--json", "history", &url]).json_lines();
    assert_eq!(left.iter().map(|line| &line["id"]).collect::<Vec<_>>(), [&history[0]["id"], &history[2]["id"]]);
    ask(&["show", &url]).success().stdout_contains("The well is full again");
    ask(&["verify"]).success().stdout_contains("sound");
}

#[test]
fn what_is_not_kept_cannot_be_forgotten() {
    let (_site, kept) = kept();
    let before = kept.stored_bytes();
    Chaffinch::new().archive(&kept).args(["forget", "https://never.example/"]).run().code(1).says("never.example");
    assert_eq!(kept.stored_bytes(), before);
}
