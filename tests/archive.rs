//! `archive`: capture now.

use crate::support::chaffinch::{Chaffinch, TempArchive};
use crate::support::pages::{PIXEL, article, article_with, paragraphs};
use crate::support::site::{Answer, Site};

fn archive(archive: &TempArchive) -> Chaffinch {
    Chaffinch::local().archive(archive).arg("archive")
}

#[test]
fn a_page_is_kept_with_its_title_and_words() {
    let (site, kept) = (Site::start(), TempArchive::new());
    site.page("/clock", article("The clock stays", "the clock", 1));
    let url = site.url("/clock");
    let line = archive(&kept).args(["--json", &url]).run().success().json();
    assert_eq!(line["url"], url);
    assert_eq!(line["title"], "The clock stays");
    assert_eq!(line["change"], "new");
    assert_eq!(line["status"], 200);
    assert_eq!(line["verdict"], "article");
    assert_eq!(line["id"].as_str().unwrap().len(), 26);
    assert!(line["words"].as_u64().unwrap() > 80, "{line}");
    assert!(line["bytes"].as_u64().unwrap() > 100, "{line}");
    assert!(line["error"].is_null(), "{line}");
}

#[test]
fn people_read_one_line_a_url() {
    let (site, kept) = (Site::start(), TempArchive::new());
    site.page("/a", article("The well is dry", "the well", 1)).page("/b", article("The gate is shut", "the gate", 1));
    let outcome = archive(&kept).args([site.url("/a"), site.url("/b")]).run();
    outcome.success().stdout_contains("The well is dry").stdout_contains("The gate is shut").stdout_contains("new");
    assert_eq!(outcome.stdout.lines().count(), 2, "{}", outcome.stdout);
}

#[test]
fn the_same_page_again_takes_a_few_hundred_bytes() {
    let (site, kept) = (Site::start(), TempArchive::new());
    site.page("/a", article("The well is dry", "the well", 1));
    let url = site.url("/a");
    archive(&kept).arg(&url).run().success();
    let line = archive(&kept).args(["--json", &url]).run().success().json();
    assert_eq!(line["change"], "identical");
    let bytes = line["bytes"].as_u64().unwrap();
    assert!((1..1000).contains(&bytes), "{bytes} bytes for an identical page");
}

#[test]
fn new_chrome_around_the_same_article_is_told_from_an_edit() {
    let (site, kept) = (Site::start(), TempArchive::new());
    let url = site.url("/a");
    let change = |page: String| {
        site.page("/a", page);
        archive(&kept).args(["--json", &url]).run().success().json()["change"].clone()
    };
    assert_eq!(change(article("The well is dry", "the well", 1)), "new");
    assert_eq!(change(article("The well is dry", "the well", 2)), "article_unchanged");
    let mut edited = paragraphs("the well");
    edited[1] =
        "On second thoughts nobody asked for patience at all, and a pump has been ordered from the next valley.".into();
    assert_eq!(change(article_with("The well is dry", &edited, "", 2)), "edited");
}

#[test]
fn a_server_that_knows_the_page_is_unchanged_sends_no_body() {
    let (site, kept) = (Site::start(), TempArchive::new());
    site.set("/a", Answer::html(article("The well is dry", "the well", 1)).header("ETag", "\"v1\""));
    let url = site.url("/a");
    archive(&kept).arg(&url).run().success();
    let line = archive(&kept).args(["--json", &url]).run().success().json();
    // Whether `archive` asks conditionally is its own affair; what it says of the page is not.
    assert!(["not_modified", "identical"].contains(&line["change"].as_str().unwrap()), "{line}");
    Chaffinch::new()
        .archive(&kept)
        .args(["show", &url])
        .run()
        .success()
        .stdout_contains("council has decided")
        .stdout_lacks("Leave a Reply");
}

#[test]
fn urls_come_from_stdin_plain_or_as_an_export() {
    let (site, kept) = (Site::start(), TempArchive::new());
    for path in ["/a", "/b", "/c", "/d"] {
        site.page(path, article(&format!("Story {path}"), "the well", 1));
    }
    let plain = format!("# what I read today\n{}\n\n{}\n", site.url("/a"), site.url("/b"));
    assert_eq!(archive(&kept).args(["--json", "-"]).stdin(plain).run().success().json_lines().len(), 2);
    let bookmarks = format!(
        "<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<TITLE>Bookmarks</TITLE>\n<DL><p>\n<DT><A HREF=\"{}\" ADD_DATE=\"1700000000\">C</A>\n\
         <DT><A HREF=\"{}\">D</A>\n</DL><p>\n",
        site.url("/c"),
        site.url("/d")
    );
    let lines = archive(&kept).args(["--json", "-"]).stdin(bookmarks).run().success().json_lines();
    let mut urls: Vec<_> = lines.iter().map(|l| l["url"].as_str().unwrap().to_owned()).collect();
    urls.sort();
    assert_eq!(urls, [site.url("/c"), site.url("/d")]);
}

#[test]
fn the_images_of_the_article_are_kept_and_those_of_the_chrome_are_not() {
    let (site, kept) = (Site::start(), TempArchive::new());
    let picture =
        "<figure><img src=\"/img/well.png\" alt=\"The well\"><figcaption>The well in May.</figcaption></figure>";
    let page = article_with("The well is dry", &paragraphs("the well"), picture, 1)
        .replace("<header>", "<header><img src=\"/img/logo.png\" alt=\"The Local Sheet\">");
    site.page("/a", page);
    site.set("/img/well.png", Answer::of("image/png", PIXEL)).set("/img/logo.png", Answer::of("image/png", PIXEL));
    archive(&kept).arg(site.url("/a")).run().success();
    assert_eq!((site.hits("/img/well.png"), site.hits("/img/logo.png")), (1, 0));
    let raw = Chaffinch::new().archive(&kept).args(["show", "--format", "raw", &site.url("/img/well.png")]).run();
    assert!(raw.success().stdout.contains("PNG"));
}

#[test]
fn without_assets_only_the_page_is_fetched() {
    let (site, kept) = (Site::start(), TempArchive::new());
    site.page(
        "/a",
        article_with("The well is dry", &paragraphs("the well"), "<figure><img src=\"/w.png\" alt=\"\"></figure>", 1),
    );
    site.set("/w.png", Answer::of("image/png", PIXEL));
    archive(&kept).args(["--assets", "none", &site.url("/a")]).run().success();
    assert_eq!(site.hits("/w.png"), 0);
}

#[test]
fn a_redirect_is_followed_and_both_ends_are_kept() {
    let (site, kept) = (Site::start(), TempArchive::new());
    site.set("/old", Answer::redirect(301, "/new")).page("/new", article("The well has moved", "the well", 1));
    archive(&kept).args(["--json", &site.url("/old")]).run().success().stdout_contains("The well has moved");
    Chaffinch::new()
        .archive(&kept)
        .args(["show", &site.url("/new")])
        .run()
        .success()
        .stdout_contains("council has decided");
    Chaffinch::new()
        .archive(&kept)
        .args(["--json", "history", &site.url("/old")])
        .run()
        .success()
        .stdout_contains("301");
}

#[test]
fn one_failure_does_not_keep_the_others_from_being_archived() {
    let (site, kept) = (Site::start(), TempArchive::new());
    site.page("/a", article("The well is dry", "the well", 1));
    let outcome = archive(&kept).args(["--json", &site.url("/gone"), &site.url("/a")]).run();
    outcome.code(1);
    assert_eq!(outcome.about(&site.url("/a"))["change"], "new");
    assert!(outcome.about(&site.url("/gone"))["error"].is_string());
}

#[test]
fn a_capture_answers_to_its_id() {
    let (site, kept) = (Site::start(), TempArchive::new());
    site.page("/a", article("The well is dry", "the well", 1));
    let line = archive(&kept).args(["--json", &site.url("/a")]).run().success().json();
    let id = line["id"].as_str().unwrap();
    Chaffinch::new().archive(&kept).args(["show", id]).run().success().stdout_contains("the well will stay as it is");
}

#[test]
fn force_stores_an_identical_page_again() {
    let (site, kept) = (Site::start(), TempArchive::new());
    site.page("/a", article("The well is dry", "the well", 1));
    archive(&kept).arg(site.url("/a")).run().success();
    archive(&kept).args(["--force", &site.url("/a")]).run().success();
    assert_eq!(site.hits("/a"), 2);
}

#[test]
fn a_page_that_asks_not_to_be_archived_is_archived_by_hand() {
    let (site, kept) = (Site::start(), TempArchive::new());
    let page = article("The well is dry", "the well", 1)
        .replace("<head>", "<head><meta name=\"robots\" content=\"noarchive\">");
    site.page("/a", page);
    archive(&kept).arg(site.url("/a")).run().success().stdout_contains("The well is dry");
}

#[test]
fn cookies_are_sent_and_not_stored() {
    let (site, kept) = (Site::start(), TempArchive::new());
    site.page("/a", article("The well is dry", "the well", 1));
    let jar =
        kept.file("cookies.txt", "# Netscape HTTP Cookie File\n127.0.0.1\tFALSE\t/\tFALSE\t0\tpass\tsesame-7731\n");
    archive(&kept).arg("--cookies").arg(jar).arg(site.url("/a")).run().success();
    let request = &site.requests_of("/a")[0];
    assert_eq!(request.header("cookie"), Some("pass=sesame-7731"));
    for file in kept.files("") {
        let bytes = std::fs::read(&file).unwrap();
        let plain = zstd::decode_all(&bytes[..]).unwrap_or(bytes);
        assert!(!plain.windows(11).any(|w| w == b"sesame-7731"), "the cookie stands in {}", file.display());
    }
}

#[test]
fn two_requests_to_one_host_keep_the_delay() {
    let (site, kept) = (Site::start(), TempArchive::new());
    site.page("/a", article("A", "the well", 1)).page("/b", article("B", "the gate", 1));
    archive(&kept).args(["--delay", "400ms", &site.url("/a"), &site.url("/b")]).run().success();
    let pages: Vec<_> = site.requests().into_iter().filter(|r| r.path != "/robots.txt").collect();
    assert_eq!(pages.len(), 2);
    let gap = pages[1].at.duration_since(pages[0].at);
    assert!(gap.as_millis() >= 390, "the second came after {gap:?}");
}
