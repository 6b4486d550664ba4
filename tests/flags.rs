//! The contract of the face: every verb, flag and variable that was promised is there, and what is there is in the reference.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::support::chaffinch::{Chaffinch, Outcome, TempArchive};
use crate::support::pages::article;
use crate::support::site::Site;

/// What holds for every verb, one command line each.
const GLOBAL: &[&str] = &[
    "--archive DIR",
    "--config FILE",
    "--set crawl.delay=5s",
    "--json",
    "-q",
    "-v",
    "--color auto",
    "--color always",
    "--color never",
];

/// Which captures: for `list`, `search` and `history`.
const FILTER: &[&str] = &[
    "--site a.example",
    "--source gazette",
    "--since 90s",
    "--since 2h",
    "--since 3d",
    "--since 2026-03-01",
    "--since 2026-03-01T08:00:00Z",
    "--until 2026-03-01",
    "--edited",
    "--lang en",
    "--author Ada",
    "--tag water",
    "--limit 7",
    "--after 01k0000000000000000000000g",
];

/// The same without a part of the list: for `export`.
const WHICH: &[&str] = &[
    "--site a.example",
    "--source gazette",
    "--since 3d",
    "--until 2026-03-01",
    "--edited",
    "--lang en",
    "--author Ada",
    "--tag water",
];

/// Every verb with what it takes, one command line each; the shared filter flags stand apart.
const VERBS: &[(&str, &[&str])] = &[
    (
        "archive",
        &[
            "https://a.example/",
            "https://a.example/ https://b.example/",
            "-",
            "--assets none",
            "--assets article",
            "--assets page",
            "--force",
            "--ignore-robots",
            "--delay 90s",
            "--cookies FILE",
            "--allow-private-addresses",
        ],
    ),
    (
        "crawl",
        &[
            "gazette",
            "gazette herald",
            "--watch",
            "--max-runtime 2h",
            "--limit 7",
            "--dry-run",
            "--assets none",
            "--assets article",
            "--assets page",
            "--delay 90s",
            "--allow-private-addresses",
        ],
    ),
    (
        "extract",
        &[
            "FILE",
            "-",
            "--url https://a.example/",
            "--format text",
            "--format markdown",
            "--format html",
            "--format json",
            "--jsonl",
            "--comments",
            "--favor precision",
            "--favor recall",
            "--learn-sites",
        ],
    ),
    (
        "show",
        &[
            "https://a.example/",
            "01k0000000000000000000000g",
            "--at 2026-03-01",
            "--at 3d",
            "--format text",
            "--format markdown",
            "--format html",
            "--format json",
            "--format raw",
        ],
    ),
    ("list", FILTER),
    ("search", FILTER),
    ("search", &["one", "one two"]),
    ("history", FILTER),
    ("history", &["https://a.example/"]),
    (
        "diff",
        &[
            "https://a.example/",
            "https://a.example/ 2026-03-01",
            "https://a.example/ 2026-03-01 2026-04-01",
            "--format color",
            "--format html",
            "--format json",
        ],
    ),
    ("explain", &["FILE", "--format color", "--format html", "--format json", "--save"]),
    ("replay", &["--bind 127.0.0.1:8460", "--public-url https://archive.example/", "--token-file FILE"]),
    ("import", &["FILE", "FILE FILE"]),
    ("export", WHICH),
    (
        "export",
        &[
            "https://a.example/",
            "01k0000000000000000000000g https://a.example/",
            "-o FILE",
            "--output FILE",
            "--format warc.gz",
            "--format warc.zst",
            "--format wacz",
            "--format epub",
            "--format jsonl",
            "--format cdxj",
            "--query words",
        ],
    ),
    ("forget", &["https://a.example/", "01k0000000000000000000000g", "--reason words"]),
    ("verify", &[]),
    ("repair", &[]),
    ("compact", &[]),
    ("reindex", &["--extract"]),
    ("robots", &["https://a.example/", "--file FILE", "--agent otherbot"]),
    ("sources", &[]),
    ("status", &[]),
    ("init", &["FILE"]),
    ("completions", &["bash", "zsh", "fish"]),
    ("man", &[]),
];

/// Parses a command line and does nothing: what stands before `--help` is read first, and refused where it is wrong.
fn parse(verb: &str, line: &str) -> Outcome {
    Chaffinch::new().arg(verb).args(line.split_whitespace()).arg("--help").run()
}

#[test]
fn every_verb_and_flag_of_the_contract_is_accepted() {
    for (verb, lines) in VERBS {
        for line in lines.iter().chain(&[""]) {
            parse(verb, line).success();
        }
    }
}

#[test]
fn the_global_flags_stand_before_and_after_the_verb() {
    for line in GLOBAL {
        parse("list", line).success();
        Chaffinch::new().args(line.split_whitespace()).args(["list", "--help"]).run().success();
    }
}

#[test]
fn a_flag_or_value_outside_the_contract_is_refused() {
    for (verb, line) in [
        ("lst", ""),
        ("list", "--sight a.example"),
        ("list", "--since soon"),
        ("list", "--limit few"),
        ("list", "--color sometimes"),
        ("show", "--format epub"),
        ("archive", "--assets some"),
        ("crawl", "--max-runtime soon"),
        ("completions", "clamshell"),
    ] {
        parse(verb, line).code(2);
    }
}

/// The flags that the lines of a list define: `--limit <N>  At most this many` in a help text, `* `--limit N` — ...` in the
/// reference. What a description mentions is not among them.
fn flags(text: &str) -> BTreeSet<String> {
    let lines =
        text.lines().map(|line| line.trim_start().trim_start_matches("* `")).filter(|line| line.starts_with('-'));
    let terms = lines.map(|line| line.split('`').next().unwrap_or_default().split("  ").next().unwrap_or_default());
    let words = terms.flat_map(|term| term.split([' ', ',', '.', '=', '['])).filter(|word| word.starts_with("--"));
    words.map(str::to_owned).collect()
}

/// A section of docs/cli.md: what stands below `## name`.
fn section<'a>(reference: &'a str, name: &str) -> &'a str {
    let mut sections = reference.split("\n## ");
    let found = sections.find(|section| section.lines().next() == Some(name));
    found.unwrap_or_else(|| panic!("docs/cli.md has no section `{name}`"))
}

/// The verbs that `--help` lists.
fn verbs() -> Vec<String> {
    let help = Chaffinch::new().arg("--help").run().success().stdout.clone();
    let commands = help.split("Commands:").nth(1).unwrap().split("\n\n").next().unwrap();
    commands.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[test]
fn the_verbs_of_help_are_those_of_the_contract() {
    let promised: BTreeSet<_> = VERBS.iter().map(|(verb, _)| (*verb).to_owned()).collect();
    assert_eq!(verbs().into_iter().collect::<BTreeSet<_>>(), promised);
}

#[test]
fn the_help_of_every_verb_names_the_flags_that_its_section_of_the_reference_names() {
    let reference = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cli.md")).unwrap();
    let global = flags(reference.split("\n## ").next().unwrap());
    assert_eq!(global.len(), 7, "{global:?}");
    for verb in verbs() {
        let help = Chaffinch::new().args([&verb, "--help"]).run().success().stdout.clone();
        let mut helped = flags(&help);
        for clap in ["--help", "--version"] {
            assert!(helped.remove(clap), "`{verb} --help` does not name {clap}");
        }
        assert!(global.is_subset(&helped), "`{verb} --help` does not name every global flag: {helped:?}");
        let own: BTreeSet<_> = helped.difference(&global).cloned().collect();
        let described: BTreeSet<_> = flags(section(&reference, &verb)).difference(&global).cloned().collect();
        assert_eq!(own, described, "`{verb}`: --help on the left, docs/cli.md on the right");
    }
}

#[test]
fn every_variable_of_the_contract_is_heard() {
    let (site, kept) = (Site::start(), TempArchive::new());
    site.page("/a", article("A", "the well", 1));
    let run = || Chaffinch::local().archive(&kept);
    run().args(["archive", &site.url("/a")]).run().success();

    let ask = |name: &str, value: &str, args: &[&str]| Chaffinch::new().env(name, value).args(args).run();
    ask("CHAFFINCH_CONFIG", "/nowhere/mine.toml", &["status"]).code(2).stderr_contains("/nowhere/mine.toml");
    ask("CHAFFINCH_ARCHIVE", "/nowhere/kept", &["status"]).code(3).stderr_contains("/nowhere/kept");
    ask("CHAFFINCH_CRAWL__DELAY", "soon", &["status"]).code(2).stderr_contains("CHAFFINCH_CRAWL__DELAY");
    run().env("CHAFFINCH_TOKEN", "secret").arg("status").run().success();

    let told = run().env("CHAFFINCH_LOG", "trace").args(["archive", &site.url("/a")]).run().success().stderr.clone();
    let silent = run().args(["archive", &site.url("/a")]).run().success().stderr.clone();
    assert!(told.len() > silent.len(), "CHAFFINCH_LOG changes nothing:\n{told}");
}

#[test]
fn colours_are_for_those_who_want_them() {
    let (site, kept) = (Site::start(), TempArchive::new());
    site.page("/a", article("A", "the well", 1));
    Chaffinch::local().archive(&kept).args(["archive", &site.url("/a")]).run().success();
    let list = |flag: &[&str], no_color: &str| {
        let run = Chaffinch::new().archive(&kept).env("NO_COLOR", no_color).args(flag).arg("list").run();
        run.success().stdout.contains('\x1b')
    };
    assert!(list(&["--color", "always"], "1"), "a flag beats the environment");
    assert!(!list(&["--color", "never"], ""));
    assert!(!list(&[], ""), "stdout is no terminal");
}

#[test]
fn the_usual_proxy_variables_are_heard() {
    let (proxy, kept) = (Site::start(), TempArchive::new());
    let url = "http://news.example/story";
    proxy.page(url, article("Through the proxy", "the well", 1));
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
        let before = proxy.hits(url);
        let run = Chaffinch::local().archive(&kept).env(name, proxy.url("")).args(["archive", "--force", url]);
        run.run().success();
        assert_eq!(proxy.hits(url), before + 1, "{name} is not heard");
    }
    let run = Chaffinch::local().archive(&kept).env("HTTP_PROXY", proxy.url("")).env("NO_PROXY", "news.example");
    let before = proxy.hits(url);
    run.args(["archive", url]).run().code(1);
    assert_eq!(proxy.hits(url), before, "NO_PROXY is not heard");
}
