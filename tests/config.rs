//! The configuration: flag beats environment beats file beats default, and what is wrong is named with its place.

use std::fs;
use std::path::Path;

use crate::support::chaffinch::{Chaffinch, TempArchive};
use crate::support::pages::article;
use crate::support::site::Site;

const SHIPPED: &str = include_str!("../config.toml");

#[test]
fn an_unknown_key_is_refused_with_file_line_and_what_was_meant() {
    let kept = TempArchive::new();
    let file = kept.file("mine.toml", "[crawl]\nrobots = \"obey\"\ndealy = \"5s\"\n");
    let outcome = Chaffinch::new().archive(&kept).config(&file).arg("status").run();
    outcome.code(2).stderr_contains("mine.toml:3").stderr_contains("dealy").stderr_contains("`delay`");
}

#[test]
fn a_wrong_value_is_refused_with_file_and_line() {
    let kept = TempArchive::new();
    for (text, line) in [
        ("[crawl]\ndelay = \"soon\"\n", 2),
        ("\n\n[fetch]\nretries = \"many\"\n", 4),
        ("[[source]]\nname = \"a\"\nkind = \"feet\"\nurl = \"https://a.example/\"\n", 3),
        ("[archive\n", 1),
    ] {
        let file = kept.file("mine.toml", text);
        let outcome = Chaffinch::new().archive(&kept).config(&file).arg("status").run();
        outcome.code(2).stderr_contains(&format!("mine.toml:{line}"));
    }
}

#[test]
fn a_configuration_that_is_named_and_missing_is_refused() {
    let outcome = Chaffinch::new().config(Path::new("/nowhere/config.toml")).arg("status").run();
    outcome.code(2).stderr_contains("/nowhere/config.toml");
}

#[test]
fn a_wrong_override_is_refused_and_named() {
    Chaffinch::new()
        .set("crawl.dely=5s")
        .arg("status")
        .run()
        .code(2)
        .stderr_contains("crawl.dely")
        .stderr_contains("delay");
    let outcome = Chaffinch::new().env("CHAFFINCH_CRAWL__DELAY", "soon").arg("status").run();
    outcome.code(2).stderr_contains("CHAFFINCH_CRAWL__DELAY");
}

#[test]
fn flag_beats_environment_beats_file() {
    let (site, kept) = (Site::start(), TempArchive::new());
    site.page("/a", article("A", "the well", 1));
    let file = kept.file("c.toml", "[fetch]\ncontact = \"from-file\"\nallow_private_addresses = true\n");
    let run = || Chaffinch::new().archive(&kept).config(&file);
    let url = site.url("/a");
    run().args(["archive", &url]).run().success();
    run().env("CHAFFINCH_FETCH__CONTACT", "from-env").args(["archive", &url]).run().success();
    run()
        .env("CHAFFINCH_FETCH__CONTACT", "from-env")
        .set("fetch.contact=from-flag")
        .args(["archive", &url])
        .run()
        .success();
    let agents: Vec<_> = site.requests_of("/a").iter().map(|r| r.header("user-agent").unwrap().to_owned()).collect();
    for (agent, origin) in agents.iter().zip(["from-file", "from-env", "from-flag"]) {
        assert!(agent.contains(origin), "{agent}");
    }
}

#[test]
fn the_environment_names_archive_and_file() {
    let (site, kept) = (Site::start(), TempArchive::new());
    site.page("/a", article("A", "the well", 1));
    let file = kept.file("c.toml", "[fetch]\nallow_private_addresses = true\n");
    let run = || Chaffinch::new().env("CHAFFINCH_ARCHIVE", kept.path()).env("CHAFFINCH_CONFIG", &file);
    run().args(["archive", &site.url("/a")]).run().success();
    assert!(kept.path().join("FORMAT").exists());
    run().args(["show", &site.url("/a")]).run().success();
}

#[test]
fn a_relative_path_is_relative_to_its_file() {
    let (site, kept) = (Site::start(), TempArchive::new());
    site.page("/a", article("A", "the well", 1));
    let file = kept.file("c.toml", "[archive]\npath = \"archive\"\n[fetch]\nallow_private_addresses = true\n");
    // It runs in its home folder, as cron does.
    Chaffinch::new().config(&file).args(["archive", &site.url("/a")]).run().success();
    assert!(kept.path().join("FORMAT").exists());
}

#[test]
fn a_file_in_the_current_folder_is_found() {
    let kept = TempArchive::new();
    let file = kept.file("config.toml", "[crawl]\ndealy = \"5s\"\n");
    let outcome = Chaffinch::new().folder(file.parent().unwrap()).arg("status").run();
    outcome.code(2).stderr_contains("config.toml:2");
}

#[test]
fn without_any_file_the_first_line_of_talk_says_which_archive_it_is() {
    let site = Site::start();
    site.page("/a", article("A", "the well", 1));
    let outcome = Chaffinch::local().args(["archive", &site.url("/a")]).run();
    let first = outcome.success().stderr.lines().next().unwrap_or_default();
    assert!(first.contains("archive"), "{first}");
}

#[test]
fn the_shipped_configuration_works_as_it_stands() {
    let (site, kept) = (Site::start(), TempArchive::new());
    site.page("/a", article("A", "the well", 1));
    let file = kept.file("config.toml", SHIPPED);
    Chaffinch::local().config(&file).archive(&kept).args(["archive", &site.url("/a")]).run().success();
}

#[test]
fn the_lists_of_the_shipped_configuration_load_when_uncommented() {
    let kept = TempArchive::new();
    let mut text = String::new();
    let mut in_list = false;
    for line in SHIPPED.lines() {
        let bare = line.strip_prefix("# ").unwrap_or(line);
        in_list = in_list || bare.starts_with("[[");
        text += if in_list && (bare.contains(" = ") || bare.starts_with("[[")) { bare } else { line };
        text.push('\n');
    }
    assert!(text.contains("\n[[source]]") && text.contains("\n[[site]]"));
    let file = kept.file("config.toml", text);
    let outcome = Chaffinch::new().archive(&kept).config(&file).args(["--json", "sources"]).run();
    assert_ne!(outcome.code, Some(2), "{}", outcome.stderr);
}

#[test]
fn every_key_of_the_contract_stands_in_the_shipped_file() {
    // The sections and keys that shared documents promise to users.
    for key in [
        "path",
        "assets",
        "keep",
        "compact",
        "user_agent",
        "contact",
        "proxy",
        "allow_private_addresses",
        "accept_language",
        "delay",
        "concurrency",
        "per_host",
        "robots",
        "noarchive",
        "revisit_min",
        "revisit_max",
        "max_pages_per_host",
        "favor",
        "comments",
        "bind",
        "public_url",
        "on_capture",
        "on_edit",
        "on_source_failing",
        "on_source_recovered",
        "include",
        "exclude",
        "depth",
        "schedule",
        "headers",
        "cookies",
        "tags",
        "match",
        "content",
        "remove",
        "title",
        "author",
        "date",
    ] {
        let stands =
            SHIPPED.lines().any(|l| l.trim_start_matches("# ").split('=').next().is_some_and(|k| k.trim() == key));
        assert!(stands, "`{key}` is missing from config.toml");
    }
}

#[test]
fn every_flag_of_help_stands_in_the_reference() {
    let Ok(reference) = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cli.md")) else {
        panic!("docs/cli.md is missing");
    };
    let verbs = [
        "archive",
        "crawl",
        "extract",
        "show",
        "list",
        "search",
        "history",
        "diff",
        "explain",
        "replay",
        "verify",
        "repair",
        "compact",
        "reindex",
        "robots",
        "sources",
        "status",
        "init",
        "completions",
        "man",
    ];
    for verb in verbs {
        let help = Chaffinch::new().args([verb, "--help"]).run();
        let words = help
            .success()
            .stdout
            .split(|c: char| c.is_whitespace() || ",[]=".contains(c))
            .map(|w| w.trim_end_matches('.').to_owned())
            .collect::<Vec<_>>();
        for flag in
            words.iter().filter(|w| w.starts_with("--") && w.len() > 2 && !matches!(w.as_str(), "--help" | "--version"))
        {
            assert!(reference.contains(flag.as_str()), "`{verb} {flag}` is not in docs/cli.md");
        }
        assert!(reference.contains(verb), "`{verb}` is not in docs/cli.md");
    }
}
