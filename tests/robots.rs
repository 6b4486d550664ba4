//! `robots`: may this be fetched, and which line says so.

use crate::support::chaffinch::{Chaffinch, TempArchive};
use crate::support::site::{Answer, Site};

const RULES: &str = "User-agent: *\nDisallow: /private/\nAllow: /private/open\n\nUser-agent: greedybot\nDisallow: /\n";

fn ask(args: &[&str]) -> serde_json::Value {
    let kept = TempArchive::new();
    let file = kept.file("robots.txt", RULES);
    let outcome = Chaffinch::new().args(["--json", "robots", "--file"]).arg(file).args(args).run();
    assert!(matches!(outcome.code, Some(0 | 1)), "{:?}\n{}", outcome.code, outcome.stderr);
    outcome.json()
}

#[test]
fn the_line_that_decides_is_named() {
    let answer = ask(&["https://a.example/private/x"]);
    assert_eq!((answer["allowed"].as_bool(), answer["line"].as_u64()), (Some(false), Some(2)), "{answer}");
    let answer = ask(&["https://a.example/private/open/x"]);
    assert_eq!((answer["allowed"].as_bool(), answer["line"].as_u64()), (Some(true), Some(3)), "{answer}");
    let answer = ask(&["https://a.example/news"]);
    assert_eq!(answer["allowed"], true, "{answer}");
}

#[test]
fn another_crawler_has_its_own_rules() {
    let answer = ask(&["--agent", "GreedyBot", "https://a.example/news"]);
    assert_eq!((answer["allowed"].as_bool(), answer["line"].as_u64()), (Some(false), Some(6)), "{answer}");
}

#[test]
fn the_file_of_a_site_is_fetched() {
    let site = Site::start();
    site.set("/robots.txt", Answer::of("text/plain", RULES));
    let answer = Chaffinch::local().args(["--json", "robots", &site.url("/private/x")]).run().json();
    assert_eq!(answer["allowed"], false, "{answer}");
    assert_eq!(site.hits("/private/x"), 0);
}

#[test]
fn a_site_without_the_file_allows_and_one_that_fails_forbids() {
    let site = Site::start();
    let ask = || Chaffinch::local().args(["--json", "robots", &site.url("/a")]).run().json()["allowed"].clone();
    assert_eq!(ask(), true);
    site.set("/robots.txt", Answer::status(503));
    assert_eq!(ask(), false);
    site.set("/robots.txt", Answer::status(403));
    assert_eq!(ask(), true);
}

#[test]
fn the_rule_that_decides_is_shown_with_those_it_speaks_to() {
    let answer = ask(&["https://a.example/private/x"]);
    assert_eq!((&answer["rule"], &answer["group"]), (&"Disallow: /private/".into(), &serde_json::json!(["*"])));
    let kept = TempArchive::new();
    let file = kept.file("robots.txt", RULES);
    let outcome = Chaffinch::new().args(["robots", "--agent", "greedybot", "--file"]).arg(file).arg("/x").run();
    outcome.code(1).stdout_contains("not allowed by line 6, `Disallow: /`, for greedybot");
}

#[test]
fn a_file_in_utf_16_is_read() {
    let site = Site::start();
    for mark in [u16::to_le_bytes as fn(u16) -> [u8; 2], u16::to_be_bytes] {
        let text = format!("\u{feff}{RULES}");
        let bytes: Vec<u8> = text.encode_utf16().flat_map(mark).collect();
        site.set("/robots.txt", Answer::of("text/plain", bytes));
        let answer = Chaffinch::local().args(["--json", "robots", &site.url("/private/x")]).run().json();
        assert_eq!((&answer["allowed"], &answer["line"]), (&false.into(), &2.into()), "{answer}");
    }
}
