//! `/cdx`: the index as pywb's CDX server answers it.

use serde_json::Value;

use crate::export::export;
use crate::judges::{Wayback, judge};
use crate::support::chaffinch::{Chaffinch, TempArchive};
use crate::support::http::Replay;
use crate::support::pages::{article_with, paragraphs};
use crate::support::site::{Answer, Site};

/// Two pages and a redirect to one of them, captured twice; one page is another the second time.
fn kept() -> (Site, TempArchive) {
    let (site, kept) = (Site::start(), TempArchive::new());
    for round in 0..2 {
        site.page("/a", article_with("The well is dry", &paragraphs("the well"), "", 1));
        site.page("/dir/b?x=1&B=2", article_with(&format!("Edition {round}"), &paragraphs("the gate"), "", 1));
        site.set("/moved", Answer::status(301).header("Location", "/a"));
        let urls = ["/a", "/dir/b?x=1&B=2", "/moved"].map(|path| site.url(path));
        Chaffinch::local().archive(&kept).arg("archive").args(&urls).run().success();
    }
    (site, kept)
}

fn paths(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["url"].as_str().unwrap().splitn(4, '/').nth(3).unwrap()).collect()
}

#[test]
fn one_address_a_prefix_and_a_host_are_asked_for() {
    let (site, kept) = kept();
    let replay = Replay::of(&kept);
    let ask = |url: &str, more: &str| replay.get(&format!("/cdx?output=json&url={url}{more}")).is(200).json_lines();
    let whole = ask(&site.url("/*"), "");
    assert_eq!(paths(&ask(&site.url("/moved"), "")), ["moved", "moved"]);
    assert_eq!(paths(&ask(&site.url("/dir/*"), "")), ["dir/b?x=1&B=2"; 2]);
    assert_eq!(ask(&site.url("/a"), "&matchType=host"), whole);
    assert_eq!(ask(&site.url("/nothing"), ""), [Value::Null; 0]);
    let mut back = ask(&site.url("/*"), "&sort=reverse");
    back.reverse();
    assert_eq!(back, whole);
    assert!(whole.len() > 6 && whole.iter().all(|line| line["filename"].as_str().unwrap().ends_with(".warc.zst")));
}

#[test]
fn lines_are_sifted_limited_and_told_in_part() {
    let (site, kept) = kept();
    let replay = Replay::of(&kept);
    let all = site.url("/*");
    let ask = |more: &str| replay.get(&format!("/cdx?url={all}&{more}")).is(200);
    let text = ask("output=text&fl=status,mime&filter==status:301");
    assert_eq!(
        (text.body.as_str(), text.header("content-type")),
        ("301 text/html\n", Some("text/plain; charset=utf-8"))
    );
    assert_eq!(ask("output=json&filter=!mime:revisit&filter=~url:.*b").json_lines().len(), 2);
    assert_eq!(ask("limit=3").body.lines().count(), 3);
    let resolved = ask("output=json&resolveRevisits=true&filter=~orig.length:[0-9]&filter=url:/a").json_lines();
    assert!(!resolved.is_empty() && resolved.iter().all(|line| line["status"] == "200"), "{resolved:?}");
    let line = ask("limit=1&fl=mime").body;
    // Of two captures of one page at once either may be the one that holds it.
    let is_mime =
        ["text/html", "warc/revisit"].iter().any(|mime| line.ends_with(&format!(" {{\"mime\": \"{mime}\"}}\n")));
    assert!(is_mime && line.split(' ').nth(1).unwrap().len() == 14, "{line}");
    assert_eq!(ask("from=1999&to=2001").body, "");
}

#[test]
fn the_nearest_comes_first_and_one_of_a_period_is_enough() {
    let (site, kept) = kept();
    let replay = Replay::of(&kept);
    let page = site.url("/dir/b?x=1&B=2").replace('&', "%26");
    let ask = |more: &str| replay.get(&format!("/cdx?url={page}&output=json&{more}")).is(200).json_lines();
    let all = ask("");
    assert_eq!(all.len(), 2);
    assert_eq!(ask("closest=2999&limit=1").len(), 1);
    assert_eq!(ask("collapseTime=4"), all[..1]);
    assert_eq!(ask("collapseTime=4&sort=reverse"), all[..1]);
}

#[test]
fn pages_of_the_index_follow_each_other() {
    let (site, kept) = kept();
    let replay = Replay::of(&kept);
    let all = site.url("/*");
    let pages = replay.get(&format!("/cdx?url={all}&showNumPages=true&pageSize=1")).is(200).json();
    assert_eq!(pages, serde_json::json!({"blocks": 1, "pages": 1, "pageSize": 1}));
    let whole = replay.get(&format!("/cdx?url={all}")).body;
    let first = replay.get(&format!("/cdx?url={all}&page=0")).is(200);
    assert_eq!((first.body.as_str(), first.header("link")), (whole.as_str(), None));
    assert!(replay.get(&format!("/cdx?url={all}&page=1")).is(400).json()["message"].is_string());
}

#[test]
fn a_question_that_cannot_be_read_is_answered_with_a_message() {
    let (site, kept) = kept();
    let replay = Replay::of(&kept);
    for query in
        ["", "url=http://[", "url=a.example&output=xml", "url=a.example&filter=~mime:(", "url=a.example&limit=x"]
    {
        let reply = replay.get(&format!("/cdx?{query}")).is(400);
        assert!(reply.json()["message"].is_string(), "{}", reply.body);
    }
    let map = replay.get(&format!("/timemap/cdxj/{}", site.url("/a"))).is(200);
    assert_eq!(map.body, replay.get(&format!("/cdx?url={}", site.url("/a"))).body);
}

/// pywb turns the bytes of an address round in its keys, and its files are others.
fn comparable(mut line: Value) -> Value {
    for key in [
        "urlkey",
        "length",
        "offset",
        "filename",
        "source",
        "source-coll",
        "access",
        "orig.length",
        "orig.offset",
        "orig.filename",
    ] {
        line.as_object_mut().unwrap().remove(key);
    }
    line
}

#[test]
fn pywb_answers_the_same() {
    let Some(python) = judge() else { return };
    let (site, kept) = kept();
    let (path, outcome) = export(&kept, "all.warc.gz", &[]);
    outcome.success();
    let folder = tempfile::tempdir().unwrap();
    let Some(wayback) = Wayback::start(&python, folder.path(), &path) else { return };
    let replay = Replay::of(&kept);
    let (a, all) = (site.url("/a"), site.url("/*"));
    let lines = |text: &str| text.lines().map(|l| comparable(serde_json::from_str(l).unwrap())).collect::<Vec<_>>();
    for question in [
        format!("url={a}"),
        format!("url={all}"),
        format!("url={a}&matchType=host"),
        format!("url={all}&limit=3"),
        format!("url={all}&sort=reverse&limit=3"),
        format!("url={all}&filter=!mime:revisit"),
        format!("url={all}&filter=~url:.*/dir/&fl=url,status,mime"),
        format!("url={all}&filter==status:301"),
        format!("url={all}&from=2020&to=2999"),
        format!("url={all}&to=2001"),
        format!("url={a}&resolveRevisits=true&limit=1"),
    ] {
        let theirs = String::from_utf8(wayback.get(&format!("/c/cdx?{question}&output=json"))).unwrap();
        let ours = replay.get(&format!("/cdx?{question}&output=json")).is(200).body;
        assert_eq!(lines(&ours), lines(&theirs), "{question}");
    }
}
