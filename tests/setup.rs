//! `init`, `completions`, `man`, `--help`, `--version`: the rest of the face.

use std::fs;

use crate::support::chaffinch::{Chaffinch, TempArchive};

#[test]
fn init_writes_a_configuration_that_loads_and_never_overwrites_one() {
    let kept = TempArchive::new();
    let file = kept.path().with_file_name("new.toml");
    Chaffinch::new().arg("init").arg(&file).run().success();
    let written = fs::read_to_string(&file).unwrap();
    assert!(written.contains("[crawl]") && written.contains("# "), "{written}");
    let outcome = Chaffinch::new().archive(&kept).config(&file).arg("status").run();
    assert_ne!(outcome.code, Some(2), "{}", outcome.stderr);
    fs::write(&file, "# mine\n").unwrap();
    let outcome = Chaffinch::new().arg("init").arg(&file).run();
    assert!(matches!(outcome.code, Some(1 | 2 | 4)), "exit {:?}", outcome.code);
    outcome.says("new.toml");
    assert_eq!(fs::read_to_string(&file).unwrap(), "# mine\n");
}

#[test]
fn completions_are_printed_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        Chaffinch::new().args(["completions", shell]).run().success().stdout_contains("chaffinch");
    }
    Chaffinch::new().args(["completions", "clamshell"]).run().code(2).stderr_contains("bash");
}

#[test]
fn the_completion_for_bash_is_valid_bash() {
    let script = Chaffinch::new().args(["completions", "bash"]).run();
    let kept = TempArchive::new();
    let file = kept.file("c.bash", &script.success().stdout);
    assert!(std::process::Command::new("bash").arg("-n").arg(file).status().unwrap().success());
}

#[test]
fn the_manual_is_printed() {
    Chaffinch::new().arg("man").run().success().stdout_contains(".TH");
}

#[test]
fn help_names_every_verb() {
    let help = Chaffinch::new().arg("--help").run();
    for verb in [
        "archive",
        "crawl",
        "extract",
        "show",
        "list",
        "search",
        "history",
        "verify",
        "reindex",
        "status",
        "init",
        "completions",
        "replay",
        "robots",
        "sources",
        "compact",
    ] {
        help.success().stdout_contains(verb);
    }
}

#[test]
fn the_version_is_that_of_the_package() {
    Chaffinch::new().arg("--version").run().success().stdout_contains(env!("CARGO_PKG_VERSION"));
}

#[test]
fn a_wrong_verb_or_flag_is_refused_with_what_was_meant() {
    Chaffinch::new().arg("archve").run().code(2).stderr_contains("archive");
    Chaffinch::new().args(["crawl", "--max-runtim", "2h"]).run().code(2).stderr_contains("--max-runtime");
    Chaffinch::new().arg("archive").run().code(2);
    Chaffinch::new().args(["crawl", "--max-runtime", "soon"]).run().code(2).stderr_contains("soon");
}
