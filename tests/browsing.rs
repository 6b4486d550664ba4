//! The web page as a person uses it, in a real browser. Whatever is done, nobody is asked but the server itself.

use std::time::Duration;

use chaffinch::crawl::board::{Board, Recent};
use chaffinch::frontier::queue::Frontier;
use chaffinch::frontier::sqlite::SqliteFrontier;
use jiff::Timestamp;

use crate::support::browser::{Page, browser};
use crate::support::chaffinch::{Chaffinch, TempArchive};
use crate::support::pages::{PIXEL, article_with, paragraphs};
use crate::support::replay::Served;
use crate::support::site::{Answer, Site};

struct Scene {
    site: Site,
    served: Served,
    page: Page,
    kept: TempArchive,
}

/// Three articles, one of which was edited; `None` where there is no browser.
fn scene() -> Option<Scene> {
    let page = browser()?.page();
    let (site, kept) = (Site::start(), TempArchive::new());
    site.set("/well.png", Answer::of("image/png", PIXEL));
    let figure = "<figure><img src=\"/well.png\" alt=\"The well\" width=40 height=40></figure>";
    let story = |edit: &str| {
        let mut text = paragraphs("the well");
        text[1] = format!("The council {edit} the repair of the well on Monday, after a long and loud meeting.");
        article_with("The well is dry", &text, figure, 1)
    };
    site.page("/well", story("postponed"));
    site.page("/gate", article_with("The gate is painted", &paragraphs("the gate"), "", 1));
    site.page("/mill", article_with("The mill turns again", &paragraphs("the mill"), "", 1));
    let archive = |path: &str| {
        Chaffinch::local().archive(&kept).args(["archive", "--force", &site.url(path)]).run().success();
    };
    for path in ["/well", "/gate", "/mill"] {
        archive(path);
    }
    site.page("/well", story("agreed to"));
    // The addresses of captures are good to a second, and the program has the clock of the machine.
    std::thread::sleep(Duration::from_secs(1));
    archive("/well");
    let served = Served::over(&kept);
    Some(Scene { site, served, page, kept })
}

impl Scene {
    fn open(&self, path: &str) -> &Page {
        self.page.open(&self.served.at(path))
    }

    /// That nobody was asked but the server, and nothing was refused or went wrong in the page.
    fn is_well(&self) {
        self.page.asked_only(&self.served.origins());
        // A captured page may lack a part, which the browser logs as well.
        let logs: Vec<String> = self.page.logs().into_iter().filter(|log| !log.contains("404 (Not Found)")).collect();
        assert_eq!(logs, [""; 0]);
    }

    fn titles(&self) -> Vec<String> {
        let titles = self.page.eval("[...document.querySelectorAll('.row .title')].map((it) => it.textContent)");
        titles.as_array().unwrap().iter().map(|title| title.as_str().unwrap().to_owned()).collect()
    }
}

#[test]
fn a_search_answers_while_it_is_typed() {
    let Some(scene) = scene() else { return };
    scene.open("/");
    assert_eq!(scene.titles().len(), 4);
    scene.page.press("/").type_text("postp");
    scene.page.wait_for("document.querySelectorAll('.row').length === 1");
    assert_eq!(scene.titles(), ["The well is dry"]);
    assert_eq!(scene.page.text("document.querySelector('mark').textContent"), "postp", "what was typed is marked");
    assert!(scene.page.text("location.search").contains("q=postp"), "the address can be kept");
    scene.page.type_text("xx").wait_for("!document.querySelector('.row')");
    assert!(scene.page.text("document.getElementById('listing').textContent").contains("Nothing here says that"));
    scene.is_well();
}

#[test]
fn a_list_follows_its_filters() {
    let Some(scene) = scene() else { return };
    scene.open("/").click("[name=edited]").wait_for("document.querySelectorAll('.row').length === 1");
    assert_eq!(scene.titles(), ["The well is dry"]);
    assert!(scene.page.text("location.search").contains("edited=1"));
    scene.page.click("[name=edited]").wait_for("document.querySelectorAll('.row').length === 4");
    scene.is_well();
}

#[test]
fn an_article_is_found_and_read_by_keyboard() {
    let Some(scene) = scene() else { return };
    scene.open("/").press("?").wait_for("document.getElementById('help').open");
    scene.page.press("Escape").wait_for("!document.getElementById('help').open");
    scene.page.press("j").press("j").press("k").press("Enter");
    scene.page.wait_for("location.pathname.startsWith('/read/') && document.readyState === 'complete'");
    assert_eq!(scene.page.text("document.querySelector('h1').textContent"), "The well is dry");
    scene.page.wait_for("document.querySelector('.content img')?.naturalWidth > 0");
    let versions = "[...document.querySelectorAll('.version .change')].map((it) => it.textContent).join()";
    assert_eq!(scene.page.text(versions), "edited,new");
    scene.page.press("[").wait_for("document.querySelector('.content')?.textContent.includes('postponed')");
    scene.page.press("g").wait_for("location.pathname === '/' && document.readyState === 'complete'");
    scene.is_well();
}

#[test]
fn an_edit_is_shown_to_the_word_inline_and_side_by_side() {
    let Some(scene) = scene() else { return };
    scene.open("/?edited=1").click(".row .title");
    scene.page.wait_for("location.pathname.startsWith('/read/') && document.readyState === 'complete'").press("d");
    scene.page.wait_for("location.pathname === '/compare' && document.readyState === 'complete'");
    let words = |of: &str| {
        scene.page.text(&format!("[...document.querySelectorAll('{of}')].map((it) => it.textContent.trim()).join()"))
    };
    assert_eq!((words(".passage del"), words(".passage ins")), ("postponed".to_owned(), "agreed to".to_owned()));
    scene.page.click("[data-key=v]").wait_for("document.querySelector('.pair .older del')");
    assert_eq!((words(".older del"), words(".newer ins")), ("postponed".to_owned(), "agreed to".to_owned()));
    let beside = "document.querySelector('.pair.changed .older').getBoundingClientRect().right <= \
        document.querySelector('.pair.changed .newer').getBoundingClientRect().left";
    assert_eq!(scene.page.eval(beside), true);
    scene.is_well();
}

#[test]
fn a_tag_and_a_note_are_kept_and_found_again() {
    let Some(scene) = scene() else { return };
    scene.open("/?q=gate").click(".row .title").wait_for("document.querySelector('#notes [name=tags]')");
    scene.page.press("t").type_text("to check, paint").eval("document.querySelector('#notes [name=note]').focus()");
    scene.page.type_text("Who paid for <b>the paint</b>?").click("#notes button");
    scene.page.wait_for("document.querySelector('.done')");
    assert_eq!(scene.page.text("document.querySelector('#notes textarea').value"), "Who paid for <b>the paint</b>?");
    scene.open("/?tag=paint");
    assert_eq!(scene.titles(), ["The gate is painted"]);
    scene.is_well();
}

#[test]
fn a_page_as_captured_stands_in_its_frame_and_its_links_lead_on() {
    let Some(scene) = scene() else { return };
    scene.open(&format!("/2099/{}", scene.site.url("/well")));
    scene.page.wait_for("document.querySelector('iframe') && document.readyState === 'complete'");
    assert!(scene.page.text("document.querySelector('iframe').src").starts_with(&scene.served.captures));
    let before = scene.site.requests().len();
    scene.page.click("a[rel=prev]").wait_for("document.querySelector('a[rel=next]')");
    scene.is_well();
    assert_eq!(scene.site.requests().len(), before, "nobody visits the live site");
}

#[test]
fn a_phone_and_the_dark_show_all_of_it() {
    let Some(scene) = scene() else { return };
    let paper = "getComputedStyle(document.documentElement).backgroundColor";
    scene.open("/");
    let light = scene.page.text(paper);
    scene.page.dark().viewport(360, 740);
    scene.open("/?edited=1");
    assert_ne!(scene.page.text(paper), light);
    let read = scene.page.text("document.querySelector('.row .title').getAttribute('href')");
    let history = format!("/history?url={}", scene.site.url("/well"));
    let compare = format!("/compare?view=split&url={}", scene.site.url("/well"));
    for path in ["/", &read, &history, &compare, "/crawl", "/nowhere"] {
        scene.open(path);
        let wide = scene.page.eval("document.documentElement.scrollWidth - document.documentElement.clientWidth");
        assert_eq!(wide, 0, "{path} is wider than the window");
    }
    scene.page.asked_only(&scene.served.origins());
}

#[test]
fn nothing_moves_once_it_is_shown_and_the_first_page_is_small() {
    let Some(scene) = scene() else { return };
    let shift = "new Promise((done) => { let sum = 0; new PerformanceObserver((list) => { for (const it of list.getEntries()) \
        sum += it.value; }).observe({type: 'layout-shift', buffered: true}); setTimeout(() => done(sum), 300); })";
    scene.open("/");
    assert_eq!(scene.page.eval(shift), 0);
    let bytes = "performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation'))\
        .reduce((sum, it) => sum + it.transferSize, 0)";
    let bytes = scene.page.eval(bytes).as_f64().unwrap();
    assert!(bytes > 1000.0 && bytes < 100_000.0, "the first page takes {bytes} bytes");
    // How quick it is depends on the machine: told, not asserted.
    let usable = "performance.getEntriesByType('navigation')[0].loadEventEnd";
    let times: Vec<String> = (0..5).map(|_| scene.open("/").eval(usable).to_string()).collect();
    eprintln!("the first page takes {bytes} bytes and is usable after ms: {}", times.join(", "));
    scene
        .page
        .click(".row .title")
        .wait_for("document.querySelector('.content') && document.readyState === 'complete'");
    assert_eq!(scene.page.eval(shift), 0);
    scene.is_well();
}

#[test]
fn a_crawl_is_watched_as_it_goes_on() {
    let Some(scene) = scene() else { return };
    let frontier = SqliteFrontier::open(&scene.kept.path().join("frontier.sqlite")).unwrap();
    let board = Board::new(Timestamp::now());
    board.begin(&["gazette".to_owned()]);
    let _visiting = board.visiting("gazette.example");
    let tell = || frontier.set_status(&serde_json::to_string(&board.show(Timestamp::now())).unwrap()).unwrap();
    tell();
    scene.open("/crawl");
    let shown = "document.getElementById('crawling').textContent";
    let text = scene.page.text(shown);
    assert!(text.contains("Working through gazette") && text.contains("gazette.example"), "{text}");
    let (url, what) = ("https://gazette.example/lost".to_owned(), "the server answered 503".to_owned());
    board.count(|counts| counts.failed += 7);
    board.saw(Recent { at: Timestamp::now(), url, what, failed: true });
    tell();
    scene.page.wait_for(&format!("{shown}.includes('the server answered 503')"));
    assert_eq!(scene.page.text("document.querySelector('.outcome.failed b').textContent"), "7");
    scene.is_well();
}
