//! Every page of the interface, looked at by axe. It is asked for by `scripts/test`, which installs it.

use crate::support::browser::browser;
use crate::support::chaffinch::{Chaffinch, TempArchive};
use crate::support::pages::{PIXEL, article_with, paragraphs};
use crate::support::replay::Served;
use crate::support::site::{Answer, Site};

#[test]
fn axe_finds_no_fault_on_any_page() {
    let Ok(axe) = std::env::var("CHAFFINCH_AXE") else {
        eprintln!("skipped: CHAFFINCH_AXE names no axe.min.js");
        return;
    };
    let axe = std::fs::read_to_string(axe).unwrap();
    let Some(browser) = browser() else { return };
    let (site, kept) = (Site::start(), TempArchive::new());
    site.set("/well.png", Answer::of("image/png", PIXEL));
    let figure = "<figure><img src=\"/well.png\" alt=\"The well\"><figcaption>A well</figcaption></figure>";
    for (edition, title) in [(1, "The well is dry"), (2, "The well is not dry")] {
        site.page("/well", article_with(title, &paragraphs("the well"), figure, edition));
        Chaffinch::local().archive(&kept).args(["archive", "--force", &site.url("/well")]).run().success();
    }
    let served = Served::over(&kept);
    let page = browser.page();
    let read = page.open(&served.at("/")).text("document.querySelector('.title').getAttribute('href')");
    let url = site.url("/well");
    let pages = [
        "/".to_owned(),
        "/?q=well".to_owned(),
        "/?q=nothing".to_owned(),
        "/?edited=1".to_owned(),
        read.clone(),
        format!("/history?url={url}"),
        format!("/compare?url={url}"),
        format!("/compare?view=split&url={url}"),
        format!("/2099/{url}"),
        read.replace("read", "explain"),
        "/crawl".to_owned(),
        "/nowhere".to_owned(),
    ];
    let mut faults = Vec::new();
    for dark in [false, true] {
        if dark {
            page.dark();
        }
        for path in &pages {
            page.open(&served.at(path)).eval(&axe);
            // What a captured page is like is not ours to mend.
            let found = page.eval(
                "axe.run({exclude: ['iframe']}).then((it) => it.violations.map((v) => \
                 `${v.id}: ${v.nodes.map((n) => n.html).slice(0, 3).join(' ')}`))",
            );
            faults.extend(found.as_array().unwrap().iter().map(|fault| format!("{path} (dark: {dark}): {fault}")));
        }
    }
    assert_eq!(faults, [""; 0], "{}", faults.join("\n"));
}
