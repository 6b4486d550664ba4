//! What repeats across a site: learnt from its pages, it is no part of its articles, and never makes an edit of what is none.

use std::path::PathBuf;

use serde_json::json;

use crate::support::chaffinch::{Chaffinch, Outcome, TempArchive};
use crate::support::pages::rss;
use crate::support::site::{Answer, Site};

const BIRDS: [&str; 8] = ["siskin", "linnet", "serin", "brambling", "twite", "redpoll", "hawfinch", "crossbill"];
/// What the template says on every page, at a place where nothing tells it from the story.
const PLEDGE: &str = "This paper has been printed in our own town since the winter of the year 1911, and readers who find a \
                      mistake in it are asked to write to the editor, who answers every letter.";

fn story(bird: &str) -> String {
    format!(
        "The {bird} was seen at the old mill again, and the miller, who counts them, is glad of every {bird} that comes. So \
         far, he says, nobody in the valley has seen a {bird} before the middle of February."
    )
}

/// A page of the site; `edition` changes the chrome.
fn page(bird: &str, story: &str, edition: u32) -> String {
    format!(
        "<!doctype html><html lang=en><title>The {bird}</title><nav><a href=/n{edition}>News {edition}</a></nav>\
         <main><h1>The {bird}</h1><div class=story><p>{story}</p><p>{PLEDGE}</p></div></main></html>"
    )
}

/// A site with a feed of these birds.
struct Gazette {
    site: Site,
    kept: TempArchive,
    config: PathBuf,
}

impl Gazette {
    fn new() -> Self {
        let (site, kept) = (Site::start(), TempArchive::new());
        let source = format!("[[source]]\nname = \"gazette\"\nkind = \"feed\"\nurl = \"{}\"\n", site.url("/feed.xml"));
        let config = kept.file("config.toml", source);
        Self { site, kept, config }
    }

    fn publish(&self, birds: &[&str], edition: u32) {
        for bird in birds {
            self.site.page(&format!("/{bird}"), page(bird, &story(bird), edition));
        }
        let items: Vec<_> = birds.iter().map(|bird| (self.site.url(&format!("/{bird}")), *bird)).collect();
        self.site.set("/feed.xml", Answer::of("application/rss+xml", rss(&items)));
    }

    /// A crawl after which every page is due again at once.
    fn crawl(&self) -> serde_json::Value {
        let due = Chaffinch::local().set("crawl.revisit_min=0s").set("crawl.revisit_max=0s");
        due.archive(&self.kept).config(&self.config).args(["--json", "crawl"]).run().success().summary()
    }

    fn ask(&self, verb: &str, bird: &str) -> Outcome {
        Chaffinch::new().archive(&self.kept).arg(verb).arg(self.site.url(&format!("/{bird}"))).run()
    }
}

#[test]
fn what_a_site_repeats_goes_from_new_articles_and_edits_none() {
    let gazette = Gazette::new();
    gazette.publish(&BIRDS[..7], 1);
    assert_eq!(gazette.crawl()["new"], 7);
    gazette.publish(&BIRDS, 2);
    let summary = gazette.crawl();
    assert_eq!(
        (&summary["new"], &summary["article_unchanged"], &summary["edited"]),
        (&json!(1), &json!(7), &json!(0)),
        "{summary}"
    );
    gazette.ask("show", BIRDS[7]).success().stdout_contains("seen at the old mill").stdout_lacks("1911");
    gazette.ask("explain", BIRDS[7]).success().stdout_contains("other pages of this site");
}

#[test]
fn an_edit_is_told_as_one_though_the_site_is_better_known_by_now() {
    let gazette = Gazette::new();
    gazette.publish(&BIRDS, 1);
    gazette.crawl();
    gazette.publish(&BIRDS, 2);
    let longer = story("siskin") + " On Sunday morning there were five, and a cat that watched them from the wheel.";
    gazette.site.page("/siskin", page("siskin", &longer, 2));
    let summary = gazette.crawl();
    assert_eq!((&summary["article_unchanged"], &summary["edited"]), (&json!(7), &json!(1)), "{summary}");
    gazette.ask("show", "siskin").success().stdout_contains("a cat that watched").stdout_lacks("1911");
}

#[test]
fn a_site_is_learnt_again_where_the_catalogue_was_lost() {
    let gazette = Gazette::new();
    gazette.publish(&BIRDS[..7], 1);
    gazette.crawl();
    for end in ["catalogue.sqlite", "catalogue.sqlite-wal", "catalogue.sqlite-shm"] {
        drop(std::fs::remove_file(gazette.kept.path().join(end)));
    }
    gazette.publish(&BIRDS, 1);
    assert_eq!(gazette.crawl()["new"], 1);
    gazette.ask("show", BIRDS[7]).success().stdout_contains("seen at the old mill").stdout_lacks("1911");
}

#[test]
fn extract_learns_sites_in_a_first_pass() {
    let line = |bird: &&str| {
        let url = format!("https://gazette.example/{bird}");
        json!({"id": bird, "url": url, "html": page(bird, &story(bird), 1)}).to_string() + "\n"
    };
    let kept = TempArchive::new();
    let file = kept.file("pages.jsonl", BIRDS.iter().map(line).collect::<String>());
    let answers = |flags: &[&str]| {
        let lines = Chaffinch::new().arg("extract").args(flags).arg("--jsonl").arg(&file).run().success().json_lines();
        lines.iter().filter(|line| line["text"].as_str().unwrap().contains("1911")).count()
    };
    assert_eq!((answers(&[]), answers(&["--learn-sites"])), (8, 0));
}

#[test]
fn the_files_of_a_folder_are_taken_for_one_site() {
    let kept = TempArchive::new();
    let folder = kept.path().parent().unwrap().join("mirror");
    std::fs::create_dir(&folder).unwrap();
    for bird in BIRDS {
        std::fs::write(folder.join(format!("{bird}.html")), page(bird, &story(bird), 1)).unwrap();
    }
    let outcome = Chaffinch::new().arg("extract").arg("--learn-sites").arg(&folder).run();
    outcome.success().stdout_contains("seen at the old mill").stdout_lacks("1911");
}

#[test]
fn a_stream_cannot_be_read_twice() {
    let outcome = Chaffinch::new().args(["extract", "--learn-sites", "-"]).stdin("<p>Hello").run();
    outcome.code(2).says("reads its input twice");
}
