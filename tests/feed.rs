//! `/feed.atom`: new and edited articles for a feed reader.

use crate::support::chaffinch::{Chaffinch, TempArchive};
use crate::support::http::Replay;
use crate::support::pages::{article_with, paragraphs};
use crate::support::site::Site;

fn page(title: &str, subject: &str, edited: bool) -> String {
    let mut texts = paragraphs(subject);
    if edited {
        texts.push("A pump has been ordered from the next valley, where wells are said to be deeper.".into());
    }
    article_with(title, &texts, "", 1)
}

/// Two articles, one of them edited since, and captured once more without a change.
fn kept() -> (Site, TempArchive) {
    let (site, kept) = (Site::start(), TempArchive::new());
    let archive = || {
        let urls = [site.url("/well"), site.url("/gate")];
        Chaffinch::local().archive(&kept).arg("archive").args(&urls).run().success();
    };
    site.page("/well", page("The well &amp; the <i>pump</i>", "the well", false));
    site.page("/gate", page("The gate is shut", "the gate", false));
    archive();
    site.page("/well", page("The well &amp; the <i>pump</i>", "the well", true));
    archive();
    archive();
    (site, kept)
}

fn parsed(xml: &str) -> feed_rs::model::Feed {
    feed_rs::parser::parse(xml.as_bytes()).unwrap_or_else(|error| panic!("{error}: {xml}"))
}

#[test]
fn every_version_of_an_article_is_told_once() {
    let (site, kept) = kept();
    let replay = Replay::of(&kept);
    let reply = replay.get("/feed.atom").is(200);
    assert_eq!(reply.header("content-type"), Some("application/atom+xml; charset=utf-8"));
    let feed = parsed(&reply.body);
    assert_eq!(feed.id, format!("{}/feed.atom", replay.address));
    let titles: Vec<&str> = feed.entries.iter().map(|entry| entry.title.as_ref().unwrap().content.as_str()).collect();
    assert_eq!(titles.len(), 3);
    assert!(titles[0].contains("The well & the") && titles[0].ends_with(" (edited)"), "{titles:?}");
    let mut ids: Vec<&str> = feed.entries.iter().map(|entry| entry.id.as_str()).collect();
    assert!(ids.iter().all(|id| id.starts_with("urn:uuid:")));
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 3);
    for entry in &feed.entries {
        let link = |rel: &str| entry.links.iter().find(|link| link.rel.as_deref() == Some(rel)).unwrap().href.clone();
        assert!(link("via").starts_with(&site.url("/")));
        replay.get(link("alternate").strip_prefix(&replay.address).unwrap()).is(200);
        assert!(!entry.authors.is_empty() && entry.updated.is_some());
        assert!(entry.summary.as_ref().unwrap().content.len() > 40);
    }
    assert_eq!(feed.updated, feed.entries[0].updated);
}

#[test]
fn a_feed_is_narrowed_as_a_list_is() {
    let (_site, kept) = kept();
    let replay = Replay::of(&kept);
    let count = |query: &str| parsed(&replay.get(&format!("/feed.atom?{query}")).is(200).body).entries.len();
    assert_eq!((count("edited=1"), count("site=127.0.0.1"), count("site=elsewhere.example")), (1, 3, 0));
    assert_eq!((count("q=gate"), count("q=nothing-of-the-kind"), count("tag=water")), (1, 0, 0));
    let narrowed = parsed(&replay.get("/feed.atom?site=127.0.0.1&edited=1").body);
    assert!(narrowed.id.ends_with("/feed.atom?site=127.0.0.1&edited=1"), "{}", narrowed.id);
}

#[test]
fn a_reader_that_holds_the_feed_is_told_so() {
    let (site, kept) = kept();
    let replay = Replay::of(&kept);
    let tag = replay.get("/feed.atom").header("etag").unwrap().to_owned();
    for held in [tag.clone(), format!("\"other\", W/{tag}"), "*".to_owned()] {
        let reply = replay.get_with("/feed.atom", &format!("If-None-Match: {held}\r\n")).is(304);
        assert_eq!((reply.body.as_str(), reply.header("etag")), ("", Some(tag.as_str())));
    }
    replay.get_with("/feed.atom?edited=1", &format!("If-None-Match: {tag}\r\n")).is(200);
    site.page("/bridge", page("The bridge", "the bridge", false));
    Chaffinch::local().archive(&kept).args(["archive", &site.url("/bridge")]).run().success();
    replay.get_with("/feed.atom", &format!("If-None-Match: {tag}\r\n")).is(200);
}

#[test]
fn a_feed_reader_needs_only_the_key_of_the_feed() {
    let (_site, kept) = kept();
    let token = "a-token-of-some-length-0123456789";
    let replay = Replay::with(Chaffinch::new().env("CHAFFINCH_TOKEN", token), &kept, &[]);
    replay.get("/feed.atom").is(401);
    replay.get("/feed.atom?key=00000000000000000000000000000000").is(401);
    let page = replay.get_with("/bookmarklet", &format!("Authorization: Bearer {token}\r\n")).is(200);
    let key = page.body.split("/feed.atom?key=").nth(1).unwrap().split('<').next().unwrap();
    let feed = replay.get(&format!("/feed.atom?key={key}&edited=1")).is(200);
    assert!(!feed.body.contains(key), "the key is no part of what is told");
    replay.get(&format!("/?key={key}")).is(401);
    replay.get(&format!("/api/captures?key={key}")).is(401);
}
