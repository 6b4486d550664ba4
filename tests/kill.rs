//! kill -9 at random points of whatever writes: what was acknowledged can be read, nothing is half there, and the same run again
//! finishes the work. Twenty points in every run; as many as `CHAFFINCH_KILLS` says where it is set.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::support::chaffinch::{Chaffinch, Outcome, TempArchive};
use crate::support::disk::copy_folder;
use crate::support::pages::{article, listing, rss};
use crate::support::site::{Answer, Site};

const PAGES: usize = 16;
const POINTS: usize = 20;

/// What is killed.
#[derive(Debug, Clone, Copy)]
enum Work {
    Archive,
    Crawl,
    Seal,
    Compact,
    Import,
    Repair,
}

const ALL: [Work; 6] = [Work::Archive, Work::Crawl, Work::Seal, Work::Compact, Work::Import, Work::Repair];

/// A site, an archive of its pages (once sealed, once more in a journal), the same with a journal that is long enough to be
/// sealed at the end of a run, a file to import, and a configuration to crawl by.
struct Scene {
    site: Site,
    kept: TempArchive,
    long: TempArchive,
    to_import: PathBuf,
    config: PathBuf,
}

impl Scene {
    fn new() -> Self {
        let (site, kept) = (Site::start(), TempArchive::new());
        let items: Vec<(String, &str)> = (0..PAGES).map(|n| (site.url(&format!("/p{n}")), "A story")).collect();
        site.set("/feed.xml", Answer::of("application/rss+xml", rss(&items)));
        let config = format!(
            "[crawl]\ndelay = \"0s\"\nrevisit_min = \"0s\"\nrevisit_max = \"0s\"\n[[source]]\nname = \"s\"\nkind = \"feed\"\nurl = \"{}\"\n",
            site.url("/feed.xml")
        );
        let (to_import, config) = (kept.file("other.warc.gz", ""), kept.file("config.toml", config));
        let scene = Self { site, kept, long: TempArchive::new(), to_import, config };
        scene.publish(1);
        let local = || Chaffinch::local().set("archive.compact=false");
        local().archive(&scene.kept).args(["archive", "--assets", "none"]).args(scene.urls()).run().success();
        Chaffinch::new().archive(&scene.kept).arg("compact").run().success();
        scene.publish(2);
        local().archive(&scene.kept).args(["archive", "--assets", "none"]).args(scene.urls()).run().success();
        copy_folder(&scene.kept.path(), &scene.long.path());
        let long: String = (0..160_000_u32).map(|n| n.wrapping_mul(2_654_435_761).to_string()).collect();
        scene.site.page("/long", article("A long story", &long, 1));
        let long = local().archive(&scene.long).args(["archive", "--assets", "none"]);
        long.arg(scene.site.url("/long")).run().success();
        scene.publish(3);
        let other = TempArchive::new();
        local().archive(&other).args(["archive", "--assets", "none"]).args(scene.urls()).run().success();
        Chaffinch::new().archive(&other).arg("export").arg("-o").arg(&scene.to_import).run().success();
        scene
    }

    fn publish(&self, edition: u32) {
        for n in 0..PAGES {
            self.site.page(&format!("/p{n}"), article(&format!("Story {n}"), &format!("the matter {n}"), edition));
        }
    }

    fn urls(&self) -> Vec<String> {
        (0..PAGES).map(|n| self.site.url(&format!("/p{n}"))).collect()
    }

    fn original(&self, work: Work) -> &TempArchive {
        if matches!(work, Work::Seal) { &self.long } else { &self.kept }
    }

    /// The archive, to work in; damaged where the work is to repair it.
    fn copy(&self, work: Work) -> TempArchive {
        let copy = TempArchive::new();
        copy_folder(&self.original(work).path(), &copy.path());
        if let Work::Repair = work {
            for file in copy.files(".warc.zst") {
                let mut bytes = std::fs::read(&file).unwrap();
                let at = bytes.len() - 40;
                bytes[at] ^= 0x10;
                std::fs::write(&file, bytes).unwrap();
            }
        }
        copy
    }

    fn command(&self, work: Work, kept: &TempArchive) -> Chaffinch {
        let local = || Chaffinch::local().archive(kept).arg("--json");
        match work {
            Work::Archive => local().args(["archive", "--assets", "none"]).args(self.urls()),
            Work::Seal => local().args(["archive", "--assets", "none"]).arg(self.site.url("/p0")),
            Work::Crawl => local().config(&self.config).arg("crawl"),
            Work::Compact => local().arg("compact"),
            Work::Import => local().arg("import").arg(&self.to_import),
            Work::Repair => local().arg("repair"),
        }
    }
}

fn ids(outcome: &Outcome) -> Vec<String> {
    let lines = outcome.stdout.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    lines.filter_map(|line| line["id"].as_str().map(str::to_owned)).collect()
}

fn listed(kept: &TempArchive) -> Vec<String> {
    ids(&Chaffinch::new().archive(kept).args(["--json", "list", "--limit", "1000"]).run())
}

#[test]
fn a_kill_at_any_point_loses_nothing_that_was_acknowledged() {
    let scene = Scene::new();
    let points = std::env::var("CHAFFINCH_KILLS").map_or(POINTS, |points| points.parse().unwrap());
    assert_eq!(listed(&scene.kept).len(), 2 * PAGES);
    let mut chance = u64::from(std::process::id());
    let (mut tried, mut killed, mut acknowledged) = (0, 0, 0);
    for work in ALL {
        let before = listed(scene.original(work));
        let kept = scene.copy(work);
        let begun = Instant::now();
        scene.command(work, &kept).run();
        let takes = begun.elapsed();
        if matches!(work, Work::Seal) {
            let journals =
                kept.files(".warc.zst").into_iter().filter(|path| path.to_string_lossy().contains("journal"));
            assert_eq!(journals.count(), 0, "the end of this run seals");
        }
        for _ in 0..points.div_ceil(ALL.len()) {
            chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let delay = takes.mul_f64((chance >> 40) as f64 / f64::from(1 << 24));
            let (ended, new) = one_kill(&scene, work, delay, &before);
            tried += 1;
            killed += usize::from(!ended);
            acknowledged += new;
        }
    }
    eprintln!("{killed} of {tried} runs were killed before their end, {acknowledged} captures had been acknowledged");
    assert!(killed * 3 > tried, "only {killed} of {tried} runs were killed before their end");
}

/// Kills one run; whether it had ended before, and how many captures it had told of.
fn one_kill(scene: &Scene, work: Work, delay: Duration, before: &[String]) -> (bool, usize) {
    let at = format!("{work:?} killed after {delay:?}");
    let kept = scene.copy(work);
    let outcome = scene.command(work, &kept).spawn().kill_after(delay);
    let new = ids(&outcome);
    let verify = || Chaffinch::new().archive(&kept).arg("verify").run();
    if !matches!(work, Work::Repair) {
        let verified = verify();
        assert_eq!(verified.code, Some(0), "{at}: {}", verified.stdout);
        let now = listed(&kept);
        assert!(before.iter().chain(&new).all(|id| now.contains(id)), "{at}: something is missing");
    }
    let again = scene.command(work, &kept).run();
    assert!(matches!(again.code, Some(0 | 1)), "{at}: {}", again.told());
    let verified = verify();
    assert_eq!(verified.code, Some(0), "{at}, and run again: {}", verified.stdout);
    let now = listed(&kept);
    let lost = before.iter().chain(&new).filter(|id| !now.contains(id)).count();
    // The journal's last record was damaged on purpose; a journal has no parity.
    assert!(lost <= usize::from(matches!(work, Work::Repair)), "{at}: {lost} lost");
    (outcome.code.is_some(), new.len())
}

/// Forty stories on two sites, all of them found by following links.
fn many_stories() -> (Vec<Site>, Vec<String>, String) {
    let things = ["mill", "bridge", "harbour", "orchard", "tower", "ferry", "market", "quarry", "school", "station"];
    let places = ["river", "hill"];
    let (mut sites, mut urls, mut config) = (Vec::new(), Vec::new(), String::new());
    for name in ["gazette", "mercury"] {
        let site = Site::start();
        let mut links = Vec::new();
        for (thing, place) in things.iter().flat_map(|thing| places.map(|place| (thing, place))) {
            let path = format!("/{thing}-at-the-{place}");
            site.page(&path, article(&format!("The {thing}"), &format!("the {thing} at the {place}"), 1));
            urls.push(site.url(&path));
            links.push((path, format!("The {thing}")));
        }
        let links: Vec<(&str, &str)> = links.iter().map(|(path, title)| (path.as_str(), title.as_str())).collect();
        let (first, second) = links.split_at(links.len() / 2);
        site.page("/", listing(&[first, &[("/more", "More")]].concat())).page("/more", listing(second));
        config.push_str(&format!(
            "[[source]]\nname = \"{name}\"\nkind = \"listing\"\nurl = \"{}\"\ndepth = 2\n",
            site.url("/")
        ));
        sites.push(site);
    }
    (sites, urls, config)
}

#[test]
fn a_crawl_that_is_killed_again_and_again_fetches_no_finished_page_twice_and_forgets_none() {
    let (sites, urls, config) = many_stories();
    let kept = TempArchive::new();
    let config = kept.file("config.toml", config);
    let crawl = || {
        let run = Chaffinch::local().archive(&kept).config(&config).args(["--json", "crawl"]);
        run.set("crawl.delay=60ms").set("crawl.per_host=3")
    };
    let hits = |url: &str| {
        let site = sites.iter().find(|site| url.starts_with(&site.url("/"))).unwrap();
        site.hits(&url[site.url("").len()..])
    };
    // How often each page had been asked for when the run that finished it was dead.
    let mut finished: BTreeMap<String, usize> = BTreeMap::new();
    let mut killed = 0;
    for (round, delay) in [150, 420, 260, 610, 330, 90, 500, 200].into_iter().enumerate() {
        let run = crawl().spawn().kill_after(Duration::from_millis(delay + 7 * round as u64));
        killed += usize::from(run.code.is_none());
        for line in run.stdout.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok()) {
            if let Some(url) =
                line["url"].as_str().filter(|url| line["change"].is_string() && urls.iter().any(|u| u == url))
            {
                finished.insert(url.to_owned(), hits(url));
            }
        }
    }
    let before = finished.len();
    crawl().run().success();
    for (url, times) in &finished {
        assert_eq!(hits(url), *times, "{url} was finished, and fetched again");
    }
    let listed = Chaffinch::new().archive(&kept).args(["--json", "list"]).run().success().json_lines();
    for url in &urls {
        assert!(listed.iter().any(|line| line["url"] == url.as_str()), "{url} was forgotten");
        assert!(hits(url) <= 1 + killed, "{url}");
    }
    eprintln!("{killed} kills; {before} of {} pages were finished by runs that were killed", urls.len());
    assert!(killed >= 4, "{killed}");
    Chaffinch::new().archive(&kept).arg("verify").run().success();
}
