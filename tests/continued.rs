//! Articles that go on over several pages, and pages that stand under several addresses.

use crate::support::chaffinch::{Chaffinch, TempArchive};
use crate::support::pages::{article_with, listing, paragraphs};
use crate::support::site::{Answer, Site};

fn part(site: &Site, path: &str, title: &str, subject: &str, next: Option<&str>) {
    let pages =
        next.map_or(String::new(), |next| format!("<nav class=\"pages\"><a rel=\"next\" href=\"{next}\">2</a></nav>"));
    site.page(path, article_with(title, &paragraphs(subject), &pages, 1));
}

/// A walk in three pages, and what a reader might take for a fourth.
fn walk() -> Site {
    let site = Site::start();
    part(&site, "/walk", "The long walk", "the mill at the river", Some("/walk?page=2"));
    part(&site, "/walk?page=2", "The long walk (page 2 of 3)", "the orchard on the hill", Some("/walk?page=3"));
    part(&site, "/walk?page=3", "The long walk (page 3 of 3)", "the harbour and its boats", Some("/another-story"));
    part(&site, "/another-story", "Another story", "the village school", None);
    site
}

fn text_of(kept: &TempArchive, url: &str) -> String {
    Chaffinch::new().archive(kept).args(["show", url]).run().success().stdout.clone()
}

#[test]
fn an_article_over_several_pages_is_one_article() {
    let (site, kept) = (walk(), TempArchive::new());
    Chaffinch::local().archive(&kept).args(["archive", &site.url("/walk")]).run().success();
    let text = text_of(&kept, &site.url("/walk"));
    for subject in ["the mill at the river", "the orchard on the hill", "the harbour and its boats"] {
        assert!(text.contains(subject), "{subject}: {text}");
    }
    assert!(!text.contains("the village school"), "{text}");
    assert_eq!(site.hits("/another-story"), 0);
    // The article is one; its pages are kept as they were, and making it again leaves nothing out.
    let list = Chaffinch::new().archive(&kept).args(["--json", "list"]).run().success().json_lines();
    assert_eq!(list.len(), 1, "{list:?}");
    Chaffinch::new().archive(&kept).args(["show", "--format", "raw", &site.url("/walk?page=2")]).run().success();
    let again = Chaffinch::new().archive(&kept).args(["--json", "reindex", "--extract"]).run().success().json();
    assert_eq!(again["extracted"]["same"], 1, "{again}");
    assert_eq!(text_of(&kept, &site.url("/walk")), text);
}

#[test]
fn a_crawl_keeps_an_article_over_several_pages_once() {
    let (site, kept) = (walk(), TempArchive::new());
    site.page("/", listing(&[("/walk", "The long walk"), ("/another-story", "Another story")]));
    let config = format!("[[source]]\nname = \"walks\"\nkind = \"listing\"\nurl = \"{}\"\ndepth = 3\n", site.url("/"));
    let run =
        Chaffinch::local().archive(&kept).config(&kept.file("config.toml", config)).args(["--json", "crawl"]).run();
    run.success();
    assert_eq!(run.summary()["new"], 2, "{}", run.told());
    for path in ["/walk", "/walk?page=2", "/walk?page=3", "/another-story"] {
        assert_eq!(site.hits(path), 1, "{path}");
    }
    assert!(text_of(&kept, &site.url("/walk")).contains("the harbour and its boats"));
}

#[test]
fn the_pages_of_a_list_are_not_joined() {
    let (site, kept) = (Site::start(), TempArchive::new());
    for n in 1..4 {
        let next = format!("<link rel=\"next\" href=\"/news?page={}\">", n + 1);
        let page =
            listing(&[(&format!("/story-{n}"), &format!("Story {n}"))]).replace("<title>", &format!("{next}<title>"));
        site.set(&if n == 1 { "/news".to_owned() } else { format!("/news?page={n}") }, Answer::html(page));
    }
    Chaffinch::local().archive(&kept).args(["archive", &site.url("/news")]).run();
    assert_eq!(site.hits("/news?page=2"), 0);
}

/// A feed whose links carry a session of their own, to pages that say where they stand.
fn two_addresses(text_at_canonical: &str) -> (Site, String) {
    let site = Site::start();
    let said = |subject: &str| {
        let canonical = format!("<link rel=\"canonical\" href=\"{}\"><link rel=\"stylesheet\"", site.url("/mill"));
        article_with("The mill", &paragraphs(subject), "", 1).replace("<link rel=\"stylesheet\"", &canonical)
    };
    site.page("/mill", said(text_at_canonical)).page("/mill?from=feed", said("the mill at the river"));
    site.page("/", listing(&[("/mill", "The mill"), ("/mill?from=feed", "The mill, from the feed")]));
    let config = format!("[[source]]\nname = \"mills\"\nkind = \"listing\"\nurl = \"{}\"\n", site.url("/"));
    (site, config)
}

fn kept_by_a_crawl(site: &Site, config: String) -> usize {
    let kept = TempArchive::new();
    let config = kept.file("config.toml", config);
    Chaffinch::local().archive(&kept).config(&config).args(["--json", "crawl"]).run().success();
    assert_eq!((site.hits("/mill"), site.hits("/mill?from=feed")), (1, 1));
    Chaffinch::new().archive(&kept).args(["--json", "list"]).run().success().json_lines().len()
}

#[test]
fn a_page_under_a_second_address_is_kept_once() {
    let (site, config) = two_addresses("the mill at the river");
    assert_eq!(kept_by_a_crawl(&site, config), 1);
}

#[test]
fn two_articles_that_claim_one_address_are_kept_both() {
    let (site, config) = two_addresses("the other mill, on the hill");
    assert_eq!(kept_by_a_crawl(&site, config), 2);
}

#[test]
fn an_edit_on_a_further_page_is_an_edit() {
    let (site, kept) = (walk(), TempArchive::new());
    let archive = || Chaffinch::local().archive(&kept).args(["--json", "archive", &site.url("/walk")]).run();
    archive().success();
    part(&site, "/walk?page=2", "The long walk (page 2 of 3)", "the vineyard on the hill", Some("/walk?page=3"));
    let again = archive().success().json();
    assert_eq!(again["change"], "edited", "{again}");
    assert!(text_of(&kept, &site.url("/walk")).contains("the vineyard on the hill"));
    assert_eq!(archive().success().json()["change"], "identical");
}

#[test]
fn a_further_page_that_cannot_be_had_leaves_the_article_as_it_was() {
    let (site, kept) = (walk(), TempArchive::new());
    let archive = || Chaffinch::local().archive(&kept).args(["--json", "archive", &site.url("/walk")]).run();
    archive().success();
    let before = text_of(&kept, &site.url("/walk"));
    site.set("/walk?page=3", Answer::status(503));
    archive().code(1).stdout_contains("the article goes on at");
    assert_eq!(text_of(&kept, &site.url("/walk")), before);
}

#[test]
fn episodes_are_articles_of_their_own() {
    let (site, kept) = (Site::start(), TempArchive::new());
    part(&site, "/roundup-1", "Weekly roundup 1", "the mill at the river", Some("/roundup-2"));
    part(&site, "/roundup-2", "Weekly roundup 2", "the orchard on the hill", None);
    part(&site, "/journey", "The journey, part 1", "the harbour and its boats", Some("/journey-2"));
    part(&site, "/journey-2", "The journey, part 2", "the station and its trains", None);
    for path in ["/roundup-1", "/journey"] {
        Chaffinch::local().archive(&kept).args(["archive", &site.url(path)]).run().success();
    }
    assert!(!text_of(&kept, &site.url("/roundup-1")).contains("the orchard on the hill"));
    assert!(!text_of(&kept, &site.url("/journey")).contains("the station and its trains"));
}

#[test]
fn a_page_that_names_another_address_each_time_does_not_lead_on_for_ever() {
    let (site, kept) = (Site::start(), TempArchive::new());
    site.answer_with("/story", |_, _| Answer::html(with_canonical("/story?version=2")));
    site.answer_with("/story?version=2", |_, _| Answer::html(with_canonical("/story?version=3")));
    let config = format!("[[source]]\nname = \"s\"\nkind = \"urls\"\nurl = \"{}\"\n", site.url("/story"));
    Chaffinch::local().archive(&kept).config(&kept.file("config.toml", config)).arg("crawl").run().success();
    assert_eq!((site.hits("/story"), site.hits("/story?version=2")), (1, 0));
}

fn with_canonical(path: &str) -> String {
    let canonical = format!("<link rel=\"canonical\" href=\"{path}\"><link rel=\"stylesheet\"");
    article_with("The mill", &paragraphs("the mill"), "", 1).replace("<link rel=\"stylesheet\"", &canonical)
}
