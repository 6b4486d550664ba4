//! Why each block of a page was kept or dropped, looked at in a browser, and a page filed that was read wrongly.

use crate::support::browser::browser;
use crate::support::chaffinch::{Chaffinch, TempArchive};
use crate::support::pages::{article_with, paragraphs};
use crate::support::replay::Served;
use crate::support::site::Site;

/// The reason that is shown, empty where none is.
const SHOWN: &str = "[...document.querySelectorAll('.chaffinch-why')].filter((it) => getComputedStyle(it).display !== 'none')\
    .map((it) => it.textContent).join('|')";

#[test]
fn a_block_says_why_by_keyboard_and_under_the_pointer() {
    let Some(browser) = browser() else { return };
    let (site, kept) = (Site::start(), TempArchive::new());
    let url = site.url("/well");
    site.page("/well", article_with("The well is dry", &paragraphs("the well"), "", 1));
    Chaffinch::local().archive(&kept).args(["archive", &url]).run().success();
    let served = Served::over(&kept);
    let page = browser.page();
    page.open(&served.at("/")).click(".row .title").wait_for("location.pathname.startsWith('/read/')");
    page.press("e").wait_for("location.pathname.startsWith('/explain/') && document.querySelector('iframe')");
    assert!(page.text("document.querySelector('.fates').textContent").contains("kept"));
    let frame = page.text("document.querySelector('iframe').src");
    assert!(frame.starts_with(&served.captures), "{frame}");
    page.open(&frame);
    let colour = |of: &str| page.text(&format!("getComputedStyle(document.querySelector('{of}')).backgroundImage"));
    assert!(colour(".chaffinch-kept").contains("rgb(31, 138, 59)"), "{}", colour(".chaffinch-kept"));
    assert!(colour(".chaffinch-dropped").contains("rgb(210, 58, 48)"), "{}", colour(".chaffinch-dropped"));
    assert_eq!(page.text(SHOWN), "", "nothing is said before anybody asks");
    let focused = "document.activeElement.closest('.chaffinch-block')?.id ?? document.activeElement.tagName";
    let mut seen = Vec::new();
    for _ in 0..6 {
        page.press("Tab");
        seen.push((page.text(focused), page.text(SHOWN)));
    }
    let told = seen.iter().filter(|(id, why)| id.starts_with("chaffinch-block") && !why.is_empty()).count();
    assert!(told >= 3, "{seen:?}");
    page.eval("document.activeElement.blur()");
    let place = page.eval(
        "(() => { const it = [...document.querySelectorAll('p .chaffinch-kept')].at(-1); it.scrollIntoView({block: 'start'}); \
         const box = it.getClientRects()[0]; return [box.x + 5, box.y + 5] })()",
    );
    page.point_at(place[0].as_f64().unwrap(), place[1].as_f64().unwrap());
    page.wait_for(&format!("({SHOWN}).length > 20"));
    page.asked_only(&served.origins());
}

#[test]
fn a_page_that_was_read_wrongly_is_filed_with_what_was_wrong() {
    let Some(browser) = browser() else { return };
    let (site, kept) = (Site::start(), TempArchive::new());
    site.page("/well", article_with("The well is dry", &paragraphs("the well"), "", 1));
    Chaffinch::local().archive(&kept).args(["archive", &site.url("/well")]).run().success();
    let served = Served::over(&kept);
    let page = browser.page();
    let read = page.open(&served.at("/")).text("document.querySelector('.row .title').getAttribute('href')");
    page.open(&served.at(&read.replace("read", "explain"))).click("summary");
    page.click("#remark").type_text("The last paragraph is <b>an advertisement</b>.").click(".wrong button");
    page.wait_for("document.querySelector('.done')");
    let id = read.rsplit('/').next().unwrap();
    assert!(page.text("document.querySelector('.done').textContent").contains(&format!("cases/{id}")));
    let case = kept.path().join("cases").join(id);
    let files: Vec<String> =
        std::fs::read_dir(&case).unwrap().flatten().map(|it| it.file_name().into_string().unwrap()).collect();
    let said: String = files.iter().filter_map(|name| std::fs::read_to_string(case.join(name)).ok()).collect();
    assert!(said.contains("The last paragraph is <b>an advertisement</b>."), "{files:?}");
    assert!(said.contains("The well is dry"), "{files:?}");
    page.asked_only(&served.origins());
}
