//! Every page of the interface, looked at by axe. It is asked for by `scripts/test`, which installs it.

use crate::support::browser::browser;
use crate::support::chaffinch::{Chaffinch, TempArchive};
use crate::support::pages::{PIXEL, article_with, paragraphs};
use crate::support::replay::Served;
use crate::support::site::{Answer, Site};

#[test]
fn axe_finds_no_fault_on_any_page() {
    if std::env::var("CHAFFINCH_AXE").is_err() {
        eprintln!("skipped: CHAFFINCH_AXE names no axe.min.js");
        return;
    }
    let Some(browser) = browser() else { return };
    let (site, kept) = (Site::start(), TempArchive::new());
    site.set("/well.png", Answer::of("image/png", PIXEL));
    let figure = "<figure><img src=\"/well.png\" alt=\"The well\"><figcaption>A well</figcaption></figure>";
    let code = format!("<pre><code>let depth = {};</code></pre>", "measure(the_well) + ".repeat(20));
    let cells = |name: &str| format!("<{name}>The depth of the well in a month of the year</{name}>").repeat(14);
    let wide = format!("<table><thead><tr>{}</tr></thead><tbody><tr>{}</tr></tbody></table>", cells("th"), cells("td"));
    let figure = &format!("{figure}{code}{wide}");
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
            let found = page.open(&served.at(path)).faults();
            faults.extend(found.iter().map(|fault| format!("{path} (dark: {dark}): {fault}")));
        }
    }
    assert_eq!(faults, [""; 0], "{}", faults.join("\n"));
}
