//! Budgets and bounds: how much a crawl and a source may fetch, and how often pages of a source are looked at again.

use std::time::Duration;

use crate::support::chaffinch::{Chaffinch, Outcome, TempArchive};
use crate::support::pages::{article, listing};
use crate::support::site::{Answer, Body, Site};

/// A site whose front page lists six articles.
fn six_articles() -> Site {
    let site = Site::start();
    let links: Vec<(String, String)> = (0..6).map(|n| (format!("/story-{n}"), format!("Story {n}"))).collect();
    let links: Vec<(&str, &str)> = links.iter().map(|(url, text)| (url.as_str(), text.as_str())).collect();
    site.page("/", listing(&links));
    for n in 0..6 {
        site.page(&format!("/story-{n}"), article(&format!("Story {n}"), "the mill and its wheel", 1));
    }
    site
}

fn stories(site: &Site) -> usize {
    (0..6).map(|n| site.hits(&format!("/story-{n}"))).sum()
}

fn source(site: &Site, more: &str) -> String {
    format!("[[source]]\nname = \"gazette\"\nkind = \"listing\"\nurl = \"{}\"\n{more}\n", site.url("/"))
}

fn crawl(kept: &TempArchive, config: &str) -> Outcome {
    let config = kept.file("config.toml", config);
    Chaffinch::local().archive(kept).config(&config).args(["--json", "crawl", "--delay", "0s"]).run()
}

#[test]
fn a_budget_of_pages_ends_the_run_and_holds_for_the_next() {
    let (site, kept) = (six_articles(), TempArchive::new());
    let config = source(&site, "pages_per_hour = 4");
    let run = crawl(&kept, &config);
    run.success().stderr_contains("source gazette: its budget is spent; its pages wait until");
    assert_eq!((stories(&site), run.summary()["waiting"].as_u64()), (4, Some(2)));
    // A quarter of an hour must pass until there is a page for it again.
    let run = crawl(&kept, &config);
    run.success().stderr_contains("its budget is spent");
    assert_eq!(stories(&site), 4);
    // Without the budget the rest is fetched: nothing was given up.
    crawl(&kept, &source(&site, "")).success();
    assert_eq!(stories(&site), 6);
}

#[test]
fn a_budget_of_bytes_ends_the_run_with_the_page_that_spends_it() {
    let (site, kept) = (six_articles(), TempArchive::new());
    crawl(&kept, &format!("[crawl]\nbytes_per_day = \"2KiB\"\n{}", source(&site, "")))
        .success()
        .stderr_contains("source gazette: its budget is spent");
    assert_eq!(stories(&site), 1, "the listing took the first bytes, a page the last");
}

#[test]
fn the_crawls_budget_is_shared_by_its_sources() {
    let (here, there, kept) = (six_articles(), six_articles(), TempArchive::new());
    let second = source(&there, "").replace("gazette", "mercury");
    crawl(&kept, &format!("[crawl]\npages_per_hour = 5\n{}{second}", source(&here, ""))).success();
    assert_eq!(stories(&here) + stories(&there), 5);
}

#[test]
fn pages_of_a_source_are_looked_at_again_within_its_own_bounds() {
    let (site, kept) = (six_articles(), TempArchive::new());
    site.set(
        "/story-5",
        Answer::html(article("Story 5", "the mill and its wheel", 1)).body(Body::Late {
            bytes: article("Story 5", "the mill and its wheel", 1).into_bytes(),
            pause: Duration::from_millis(1500),
        }),
    );
    let config = source(&site, "revisit_min = \"1s\"\nrevisit_max = \"1s\"");
    crawl(&kept, &config).success();
    assert_eq!(stories(&site), 6);
    // Five pages are due again: the sixth came after a second and a half, and is due in another one.
    let config = kept.file("config.toml", config);
    let due = Chaffinch::local().archive(&kept).config(&config).args(["--json", "crawl", "--delay", "0s"]).run();
    due.success();
    assert!(stories(&site) >= 11, "{}", stories(&site));
}

#[test]
fn a_limit_of_pages_is_reached_whatever_the_delay() {
    let (site, kept) = (six_articles(), TempArchive::new());
    let config = kept.file("config.toml", source(&site, ""));
    let crawl = Chaffinch::local().archive(&kept).config(&config).args(["--json", "crawl", "--limit", "2"]);
    crawl.set("crawl.delay=200ms").run().success();
    assert_eq!(stories(&site), 2);
}

#[test]
fn what_is_not_asked_for_costs_no_budget() {
    let (quiet, open, kept) = (six_articles(), six_articles(), TempArchive::new());
    quiet.set("/robots.txt", Answer::of("text/plain", "User-agent: *\nDisallow: /story\n"));
    let second = source(&open, "").replace("gazette", "mercury");
    crawl(&kept, &format!("[crawl]\npages_per_hour = 6\n{}{second}", source(&quiet, ""))).success();
    assert_eq!((stories(&quiet), stories(&open)), (0, 6));
}

#[test]
fn a_list_without_end_is_followed_while_it_leads_to_stories() {
    let (site, kept) = (Site::start(), TempArchive::new());
    let words = ["mill", "bridge", "harbour", "orchard", "tower", "ferry", "market", "quarry", "school", "station"];
    let stories: Vec<String> = words.iter().flat_map(|a| words.map(|b| format!("/{a}-and-{b}"))).take(70).collect();
    site.page("/", listing(&[("/older/1", "Older")]));
    for (n, story) in stories.iter().enumerate() {
        let next = format!("/older/{}", n + 2);
        site.page(&format!("/older/{}", n + 1), listing(&[(story.as_str(), "A story"), (next.as_str(), "Older")]));
        site.page(story, article("A story", &story[1..].replace('-', " "), 1));
    }
    crawl(&kept, &source(&site, "depth = 100")).success();
    assert_eq!(stories.iter().filter(|story| site.hits(story) == 1).count(), 70);
}
