//! How a crawl ends before its work does: a second one, a deadline, a signal, a kill. Nothing acknowledged is lost, and the
//! next run carries on.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use rustix::process::Signal;

use crate::support::chaffinch::{Chaffinch, Running, TempArchive};
use crate::support::pages::{article, rss};
use crate::support::site::{Answer, Body, Site};

/// Stories in the feed. The fourth takes a while to answer: long enough to catch the run at work.
const STORIES: usize = 8;
const SLOW: usize = 3;

struct Scene {
    site: Site,
    kept: TempArchive,
    config: PathBuf,
    at_the_slow_one: Receiver<()>,
}

fn scene(pause: Duration) -> Scene {
    let (site, kept) = (Site::start(), TempArchive::new());
    let (sender, at_the_slow_one) = channel();
    let sender = Mutex::new(sender);
    let story = |i: usize| article(&format!("Story {i}"), &format!("the number {i}"), 1);
    for i in 0..STORIES {
        site.page(&format!("/s{i}"), story(i));
    }
    let slow = story(SLOW);
    site.answer_with(&format!("/s{SLOW}"), move |_, earlier| {
        let _ = sender.lock().unwrap().send(());
        let pause = if earlier == 0 { pause } else { Duration::ZERO };
        Answer::html("").body(Body::Late { bytes: slow.clone().into_bytes(), pause })
    });
    let items: Vec<_> = (0..STORIES).map(|i| (site.url(&format!("/s{i}")), "Story")).collect();
    site.set("/feed.xml", Answer::of("application/rss+xml", rss(&items)));
    let config = kept.file(
        "config.toml",
        format!("[[source]]\nname = \"g\"\nkind = \"feed\"\nurl = \"{}\"\n", site.url("/feed.xml")),
    );
    Scene { site, kept, config, at_the_slow_one }
}

impl Scene {
    fn crawl(&self) -> Chaffinch {
        Chaffinch::local().archive(&self.kept).config(&self.config).args(["--json", "crawl"])
    }

    /// A crawl that is waiting for the slow story.
    fn crawl_at_work(&self) -> Running {
        let running = self.crawl().spawn();
        self.at_the_slow_one.recv_timeout(Duration::from_secs(30)).expect("the crawl came to the slow story");
        running
    }

    fn hits(&self) -> Vec<usize> {
        (0..STORIES).map(|i| self.site.hits(&format!("/s{i}"))).collect()
    }

    /// The next run finishes the work; what the first had finished is not fetched again.
    fn carries_on(&self) {
        let listed = Chaffinch::new().archive(&self.kept).args(["--json", "list"]).run().success().json_lines();
        let before = self.hits();
        self.crawl().run().success();
        let after = self.hits();
        for i in 0..STORIES {
            let url = self.site.url(&format!("/s{i}"));
            let finished = listed.iter().any(|line| line["url"] == *url);
            let fetched = after[i] - before[i];
            assert_eq!(fetched, usize::from(!finished), "story {i}, finished before: {finished}");
        }
        let listed = Chaffinch::new().archive(&self.kept).args(["--json", "list"]).run().success().json_lines();
        assert_eq!(listed.len(), STORIES);
        Chaffinch::new().archive(&self.kept).arg("verify").run().success();
    }
}

#[test]
fn a_second_crawl_says_that_the_first_is_running() {
    let scene = scene(Duration::from_secs(4));
    let first = scene.crawl_at_work();
    scene.crawl().run().code(75).says("since");
    first.wait().success();
}

#[test]
fn archive_works_beside_a_crawl() {
    let scene = scene(Duration::from_secs(4));
    scene.site.page("/by-hand", article("By hand", "the hand", 1));
    let first = scene.crawl_at_work();
    Chaffinch::local().archive(&scene.kept).args(["archive", &scene.site.url("/by-hand")]).run().success();
    first.wait().success();
    let listed = Chaffinch::new().archive(&scene.kept).args(["--json", "list"]).run().success().json_lines();
    assert_eq!(listed.len(), STORIES + 1);
}

#[test]
fn ctrl_c_finishes_what_is_in_flight() {
    let scene = scene(Duration::from_secs(2));
    let running = scene.crawl_at_work();
    running.signal(Signal::INT);
    let outcome = running.wait();
    let summary = outcome.code(130).summary();
    assert_eq!(summary["new"], SLOW as u64 + 1, "{summary}");
    scene.carries_on();
}

#[test]
fn sigterm_finishes_what_is_in_flight() {
    let scene = scene(Duration::from_secs(2));
    let running = scene.crawl_at_work();
    running.signal(Signal::TERM);
    running.wait().code(143);
    scene.carries_on();
}

#[test]
fn a_killed_crawl_loses_nothing_and_repeats_no_finished_page() {
    let scene = scene(Duration::from_secs(30));
    let running = scene.crawl_at_work();
    running.signal(Signal::KILL);
    assert_eq!(running.wait().code, None);
    scene.carries_on();
}

#[test]
fn a_deadline_ends_the_run_with_success() {
    let scene = scene(Duration::from_secs(2));
    let summary = scene.crawl().args(["--max-runtime", "1s"]).run().success().summary();
    assert!(summary["waiting"].as_u64().unwrap() > 0, "{summary}");
    assert!(summary["stopped_by"].is_string(), "{summary}");
    scene.carries_on();
}
