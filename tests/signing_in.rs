//! A server with a token, used by a person in a browser: signing in and out, and asking for a page to be archived.

use serde_json::Value;

use crate::support::browser::browser;
use crate::support::chaffinch::{Chaffinch, TempArchive};
use crate::support::pages::article;
use crate::support::replay::Served;
use crate::support::site::Site;

const TOKEN: &str = "a-token-of-some-length-0123456789";

fn kept() -> (Site, TempArchive) {
    let (site, kept) = (Site::start(), TempArchive::new());
    site.page("/old", article("An old story", "the mill", 1)).page("/new", article("A new story", "the well", 1));
    Chaffinch::local().archive(&kept).args(["archive", &site.url("/old")]).run().success();
    (site, kept)
}

#[test]
fn a_person_signs_in_reads_and_signs_out() {
    let Some(browser) = browser() else { return };
    let (site, kept) = kept();
    let served = Served::by(Chaffinch::new().env("CHAFFINCH_TOKEN", TOKEN).archive(&kept));
    let page = browser.page();
    page.open(&served.at("/?q=old")).wait_for("document.querySelector('#token')");
    assert_eq!(page.faults(), [""; 0]);
    page.type_text("not the token at all, I am afraid").press("Enter");
    page.wait_for("document.querySelector('[role=alert]')");
    page.click("#token").type_text(TOKEN).press("Enter").wait_for("document.querySelector('.row')");
    assert_eq!(page.text("location.pathname + location.search"), "/?q=old", "it goes on where it wanted to go");
    // The captures are on another port: what shows them brings a key along.
    page.open(&served.at(&format!("/2099/{}", site.url("/old")))).wait_for("document.querySelector('iframe')");
    let frame = page.text("document.querySelector('iframe').src");
    let other = browser.page();
    assert!(other.opens(&frame) && other.text("document.body.textContent").contains("An old story"));
    let bare = frame.replacen(frame.split('/').nth(3).unwrap(), "", 1).replace("//20", "/20");
    other.open(&bare);
    assert!(!other.text("document.body.textContent").contains("An old story"), "{bare} is open to all");
    page.open(&served.at("/login")).click("form[action='/logout'] button").wait_for("document.querySelector('#token')");
    page.open(&served.at("/")).wait_for("document.querySelector('#token')");
    page.asked_only(&served.origins());
}

#[test]
fn a_bookmarklet_asks_and_a_button_puts_the_page_into_the_queue() {
    let Some(browser) = browser() else { return };
    let (site, kept) = kept();
    let served = Served::by(Chaffinch::new().env("CHAFFINCH_TOKEN", TOKEN).archive(&kept));
    let page = browser.page();
    page.open(&served.at("/bookmarklet")).wait_for("document.querySelector('#token')");
    page.type_text(TOKEN).press("Enter").wait_for("document.querySelector('a[href^=\"javascript:\"]')");
    assert_eq!(page.faults(), [""; 0]);
    let script = page.text("document.querySelector('a[href^=\"javascript:\"]').getAttribute('href')");
    // On the live page, as a bookmark would, but that it goes on in the same tab.
    let here = "window.open = (address) => { location.href = address };";
    page.open(&site.url("/new")).run(&format!("{here} {}", script.trim_start_matches("javascript:")));
    page.wait_for("document.querySelector('form[action=\"/archive\"]')");
    assert!(page.text("document.body.textContent").contains("A new story"));
    assert_eq!(page.faults(), [""; 0]);
    page.press("Enter").wait_for("document.querySelector('[role=status]')");
    assert_eq!(page.faults(), [""; 0]);
    let lines: Vec<Value> = Chaffinch::local().archive(&kept).args(["--json", "crawl"]).run().success().json_lines();
    assert!(lines.iter().any(|line| line["url"] == site.url("/new").as_str() && line["change"] == "new"), "{lines:?}");
}
