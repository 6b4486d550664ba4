//! `show`, `list`, `history`, `search`: what is kept.

use crate::support::chaffinch::{Chaffinch, TempArchive};
use crate::support::pages::{article, article_with, paragraphs};
use crate::support::site::Site;

/// An archive with two captures of `/a` (edited in between) and one of `/b`.
fn two_versions() -> (Site, TempArchive) {
    let (site, kept) = (Site::start(), TempArchive::new());
    let archive = |path: &str| {
        Chaffinch::local().archive(&kept).args(["archive", "--assets", "none", &site.url(path)]).run().success();
    };
    site.page("/a", article("The well is dry", "the well", 1)).page("/b", article("The gate is shut", "the gate", 1));
    archive("/a");
    archive("/b");
    let mut edited = paragraphs("the well");
    edited[0] =
        "The well is full again, after a night in which it rained as it had not rained since the census.".into();
    site.page("/a", article_with("The well is full", &edited, "", 1));
    archive("/a");
    (site, kept)
}

fn ask(kept: &TempArchive) -> Chaffinch {
    Chaffinch::new().archive(kept)
}

#[test]
fn show_prints_the_article_without_its_chrome() {
    let (site, kept) = two_versions();
    let outcome = ask(&kept).args(["show", &site.url("/b")]).run();
    outcome.success().stdout_contains("council has decided that the gate will stay");
    for chrome in ["Leave a Reply", "Required fields", "Related", "Sport 1", "Copyright"] {
        outcome.stdout_lacks(chrome);
    }
}

#[test]
fn show_prints_the_latest_or_what_was_kept_at_a_time() {
    let (site, kept) = two_versions();
    let url = site.url("/a");
    ask(&kept).args(["show", &url]).run().success().stdout_contains("The well is full again");
    let history = ask(&kept).args(["--json", "history", &url]).run().success().json_lines();
    let first = history[0]["at"].as_str().unwrap();
    ask(&kept).args(["show", &url, "--at", first]).run().success().stdout_contains("council has decided that the well");
    ask(&kept).args(["show", &url, "--at", "2001-01-01"]).run().code(1).says(&url);
}

#[test]
fn show_speaks_every_format() {
    let (site, kept) = two_versions();
    let url = site.url("/b");
    let show = |format: &str| {
        let outcome = ask(&kept).args(["show", "--format", format, &url]).run();
        outcome.success();
        outcome
    };
    show("text").stdout_contains("council has decided").stdout_lacks("<p>");
    show("markdown").stdout_contains("council has decided").stdout_lacks("<p>");
    show("html").stdout_contains("<p>").stdout_lacks("<nav");
    show("raw").stdout_contains("<nav class=\"main-menu\">");
    let json = show("json").json();
    assert_eq!(json["title"], "The gate is shut");
    assert_eq!(json["authors"], serde_json::json!(["Edda Marsh"]));
    assert!(json["date"].as_str().unwrap().starts_with("2026-03-01"), "{json}");
    assert_eq!((json["site_name"].as_str(), json["lang"].as_str()), (Some("The Local Sheet"), Some("en")));
    assert_eq!((json["verdict"].as_str(), json["page_type"].as_str()), (Some("article"), Some("article")));
    assert!(json["text"].as_str().unwrap().contains("council has decided"));
}

#[test]
fn show_of_what_is_not_kept_names_it() {
    let (_, kept) = two_versions();
    ask(&kept).args(["show", "https://never.example/seen"]).run().code(1).says("https://never.example/seen");
}

#[test]
fn list_has_the_newest_first() {
    let (site, kept) = two_versions();
    let list = ask(&kept).args(["--json", "list"]).run().success().json_lines();
    let urls: Vec<_> = list.iter().map(|line| line["url"].as_str().unwrap().to_owned()).collect();
    assert_eq!(urls, [site.url("/a"), site.url("/b"), site.url("/a")]);
    assert_eq!(list[0]["change"], "edited");
    ask(&kept).arg("list").run().success().stdout_contains("The gate is shut");
}

#[test]
fn list_filters() {
    let (site, kept) = two_versions();
    let count = |args: &[&str]| ask(&kept).args(["--json", "list"]).args(args).run().success().json_lines().len();
    assert_eq!(count(&["--edited"]), 1);
    assert_eq!(count(&["--limit", "2"]), 2);
    assert_eq!(count(&["--since", "1h"]), 3);
    assert_eq!(count(&["--until", "2001-01-01"]), 0);
    assert_eq!(count(&["--site", "127.0.0.1"]), 3);
    assert_eq!(count(&["--site", "elsewhere.example"]), 0);
    assert_eq!(count(&["--lang", "en"]), 3);
    assert_eq!(count(&["--lang", "de"]), 0);
    assert_eq!(count(&["--author", "nobody"]), 0);
    assert_eq!(count(&["--tag", "water"]), 0);
    drop(site);
}

#[test]
fn list_pages_with_after() {
    let (_, kept) = two_versions();
    let first = ask(&kept).args(["--json", "list", "--limit", "1"]).run().success().json();
    let rest =
        ask(&kept).args(["--json", "list", "--after", first["id"].as_str().unwrap()]).run().success().json_lines();
    assert_eq!(rest.len(), 2);
    assert!(rest.iter().all(|line| line["id"] != first["id"]));
}

#[test]
fn history_has_the_oldest_first() {
    let (site, kept) = two_versions();
    let history = ask(&kept).args(["--json", "history", &site.url("/a")]).run().success().json_lines();
    let changes: Vec<_> = history.iter().map(|line| line["change"].as_str().unwrap().to_owned()).collect();
    assert_eq!(changes, ["new", "edited"]);
    assert!(history[0]["edit"].is_null() && history[1]["edit"]["changed"].as_u64().unwrap() > 0, "{}", history[1]);
    ask(&kept).args(["history", &site.url("/a")]).run().success().says("changed");
    ask(&kept).args(["history", "https://never.example/seen"]).run().code(1);
}

#[test]
fn search_finds_words_and_shows_where_they_stand() {
    let (site, kept) = two_versions();
    let found = ask(&kept).args(["--json", "search", "census"]).run().success().json_lines();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["url"], site.url("/a"));
    assert!(found[0]["snippet"].as_str().unwrap().contains("census"), "{}", found[0]);
    let none = ask(&kept).args(["--json", "search", "zeppelin"]).run();
    assert!(none.stdout.trim().is_empty());
}

#[test]
fn search_survives_any_query() {
    let (_, kept) = two_versions();
    for query in ["\"", "AND", "well -", "(", "*", "NEAR(", "col:x", "'; DROP TABLE captures; --"] {
        let outcome = ask(&kept).args(["search", "--", query]).run();
        assert!(matches!(outcome.code, Some(0 | 1)), "{query}: {:?}\n{}", outcome.code, outcome.stderr);
    }
}

#[test]
fn a_reader_of_no_archive_says_so() {
    let kept = TempArchive::new();
    for verb in ["list", "status", "verify"] {
        let outcome = ask(&kept).arg(verb).run();
        outcome.code(3).says(&kept.path().to_string_lossy());
    }
    assert!(!kept.path().exists(), "reading must not make an archive");
}

#[test]
fn a_pipe_that_closes_early_is_no_failure() {
    let (_, kept) = two_versions();
    let program = env!("CARGO_BIN_EXE_chaffinch");
    let path = kept.path();
    let script = format!(
        "'{program}' --archive '{}' --json list | head -n 1 >/dev/null; exit ${{PIPESTATUS[0]}}",
        path.display()
    );
    let status = std::process::Command::new("bash").arg("-c").arg(script).status().unwrap();
    assert_eq!(status.code(), Some(0));
}
