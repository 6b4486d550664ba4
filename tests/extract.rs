//! `extract`: stores nothing, survives any page.

use std::fmt::Write as _;

use crate::support::chaffinch::{Chaffinch, TempArchive};
use crate::support::pages::article;
use crate::support::site::Site;

fn extract() -> Chaffinch {
    Chaffinch::new().arg("extract")
}

#[test]
fn stdin_gives_the_article_alone() {
    let outcome = extract().stdin(article("The well is dry", "the well", 1)).run();
    outcome
        .success()
        .stdout_contains("council has decided that the well")
        .stdout_lacks("Leave a Reply")
        .stdout_lacks("Related");
}

#[test]
fn a_file_is_read_and_nothing_is_stored() {
    let kept = TempArchive::new();
    let file = kept.file("page.html", article("The well is dry", "the well", 1));
    Chaffinch::new().archive(&kept).arg("extract").arg(file).run().success().stdout_contains("council has decided");
    assert!(!kept.path().exists());
}

#[test]
fn each_format_is_what_it_says() {
    let run = |format: &str| {
        let outcome = extract().args(["--format", format]).stdin(article("The well is dry", "the well", 1)).run();
        outcome.success();
        outcome
    };
    run("text").stdout_contains("council has decided").stdout_lacks("<p>");
    run("markdown").stdout_contains("council has decided").stdout_lacks("<p>");
    run("html").stdout_contains("<p>").stdout_lacks("<script");
    let json = run("json").json();
    assert_eq!((json["title"].as_str(), json["lang"].as_str()), (Some("The well is dry"), Some("en")));
    assert!(json["confidence"].is_number() && json["words"].as_u64().unwrap() > 80, "{json}");
}

#[test]
fn links_become_absolute_where_the_base_is_given() {
    let page = article("The well is dry", "the <a href=\"/wells/\">well</a>", 1);
    let outcome = extract().args(["--format", "markdown", "--url", "https://sheet.example/2026/a"]).stdin(page).run();
    outcome.success().stdout_contains("(https://sheet.example/wells/)");
}

#[test]
fn a_folder_is_read_whole() {
    let kept = TempArchive::new();
    let folder = kept.path().parent().unwrap().join("pages");
    std::fs::create_dir(&folder).unwrap();
    for i in 0..5 {
        std::fs::write(folder.join(format!("{i}.html")), article(&format!("Story {i}"), "the well", 1)).unwrap();
    }
    let lines = extract().arg("--jsonl").arg(folder).run().success().json_lines();
    let mut titles: Vec<_> = lines.iter().map(|l| l["title"].as_str().unwrap().to_owned()).collect();
    titles.sort();
    assert_eq!(titles, ["Story 0", "Story 1", "Story 2", "Story 3", "Story 4"]);
}

#[test]
fn json_lines_are_answered_in_order_with_their_ids() {
    let mut input = String::new();
    for i in 0..300 {
        // Pages of very different size finish at different times.
        let page = article(&format!("Story {i}"), &"the well ".repeat(1 + (i * 37) % 400), 1);
        writeln!(
            input,
            "{}",
            serde_json::json!({"id": format!("n{i}"), "url": format!("https://x.example/{i}"), "html": page})
        )
        .unwrap();
    }
    let lines = extract().args(["--jsonl", "-"]).stdin(input).run().success().json_lines();
    assert_eq!(lines.len(), 300);
    for (i, line) in lines.iter().enumerate() {
        assert_eq!(
            (line["id"].as_str().unwrap(), line["title"].as_str().unwrap()),
            (&*format!("n{i}"), &*format!("Story {i}"))
        );
        assert_eq!(line["url"], format!("https://x.example/{i}"));
    }
}

#[test]
fn a_line_that_is_no_json_is_answered_with_an_error_in_its_place() {
    let good = |i: u32| serde_json::json!({"id": i, "html": article(&format!("Story {i}"), "the well", 1)}).to_string();
    let input = format!("{}\nthis is no json\n{{\"id\":\"x\"}}\n{}\n", good(1), good(2));
    let outcome = extract().args(["--jsonl", "-"]).stdin(input).run();
    let lines = outcome.json_lines();
    assert_eq!(lines.len(), 4, "{}", outcome.stdout);
    assert!(lines[1]["error"].is_string() && lines[2]["error"].is_string(), "{}", outcome.stdout);
    assert_eq!((lines[0]["title"].as_str(), lines[3]["title"].as_str()), (Some("Story 1"), Some("Story 2")));
}

#[test]
fn hostile_pages_are_answered_one_by_one() {
    let deep = "<div>".repeat(60_000);
    let links = "<a><div>".repeat(60_000);
    let lists = "<ul><li>".repeat(30_000);
    let formats = "<b><i><u><s><tt><font>".repeat(10_000);
    let attribute = format!("<p title=\"{}\">x</p>", "y".repeat(10 << 20));
    let pages =
        ["", " ", "\0\0\0", "<", "<!--", "<html", &deep, &links, &lists, &formats, &attribute, "<table><table><table>"];
    let mut input = String::new();
    for (i, html) in pages.iter().enumerate() {
        writeln!(input, "{}", serde_json::json!({"id": i.to_string(), "html": html})).unwrap();
    }
    writeln!(input, "{}", serde_json::json!({"id": "last", "html": article("The last", "the well", 1)})).unwrap();
    let outcome = extract().args(["--jsonl", "-"]).stdin(input).run();
    let lines = outcome.json_lines();
    assert_eq!(lines.len(), pages.len() + 1);
    assert_eq!(lines.last().unwrap()["title"], "The last");
}

#[test]
fn warc_files_are_read_plain_and_compressed() {
    let page = article("The well is dry", "the well", 1);
    let http = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\r\n{page}",
        page.len()
    );
    let record = |url: &str, block: &str| {
        format!(
            "WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:3f1c9a50-0000-4000-8000-{:012x}>\r\nWARC-Date: 2026-03-01T08:00:00Z\r\n\
             WARC-Target-URI: {url}\r\nContent-Type: application/http;msgtype=response\r\nContent-Length: {}\r\n\r\n{block}\r\n\r\n",
            url.len(),
            block.len()
        )
    };
    let records = [record("https://x.example/a", &http), record("https://x.example/bb", &http)];
    let kept = TempArchive::new();
    let plain = kept.file("a.warc", records.concat());
    let gzip = kept
        .file("a.warc.gz", records.iter().flat_map(|r| crate::support::site::gzip(r.as_bytes())).collect::<Vec<u8>>());
    let zstd: Vec<u8> = records.iter().flat_map(|r| zstd::encode_all(r.as_bytes(), 3).unwrap()).collect();
    let zstd = kept.file("a.warc.zst", zstd);
    for file in [plain, gzip, zstd] {
        let lines = extract().arg("--jsonl").arg(&file).run().success().json_lines();
        let urls: Vec<_> = lines.iter().map(|l| l["url"].as_str().unwrap().to_owned()).collect();
        assert_eq!(urls, ["https://x.example/a", "https://x.example/bb"], "{}", file.display());
        assert_eq!(lines[1]["title"], "The well is dry");
    }
}

#[test]
fn what_chaffinch_keeps_it_can_extract_again() {
    let (site, kept) = (Site::start(), TempArchive::new());
    site.page("/a", article("The well is dry", "the well", 1));
    Chaffinch::local().archive(&kept).args(["archive", &site.url("/a")]).run().success();
    let files = kept.files(".warc.zst");
    let lines = extract().arg("--jsonl").args(files).run().success().json_lines();
    let pages: Vec<_> = lines.iter().filter(|l| l["url"] == site.url("/a")).collect();
    assert_eq!(pages.len(), 1, "{lines:?}");
    assert_eq!(pages[0]["title"], "The well is dry");
}

#[test]
fn a_url_is_fetched_and_not_kept() {
    let (site, kept) = (Site::start(), TempArchive::new());
    site.page("/a", article("The well is dry", "the well", 1));
    let run = Chaffinch::local().archive(&kept).args(["extract", &site.url("/a")]).run();
    run.success().stdout_contains("council has decided");
    assert!(!kept.path().exists());
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let outcome = extract().arg("/nowhere/page.html").run();
    assert!(matches!(outcome.code, Some(1 | 2)), "exit {:?}", outcome.code);
    outcome.says("/nowhere/page.html");
}

#[test]
fn rules_of_a_person_win_over_the_extractor() {
    let kept = TempArchive::new();
    let config = kept.file(
        "config.toml",
        "[[site]]\nmatch = \"rules.example\"\ncontent = [\".the-text\"]\nremove = [\".pullquote\"]\ntitle = [\"h2.real\"]\n\
         author = [\".who\"]\ndate = [\"time\"]\n",
    );
    let page = "<!doctype html><html lang=en><title>Wrong title</title><body><main><article><h1>Wrong title</h1><p>A long text that looks like the article \
        and is not, with many words, commas, and sentences. It goes on for a while so that nobody could take it for chrome.</p></article></main>\
        <div class=the-text><h2 class=real>Right title</h2><p>Short.</p><p class=pullquote>Pulled.</p></div><span class=who>Ann Other</span>\
        <time datetime=2026-02-03>then</time>";
    let run = Chaffinch::new()
        .config(&config)
        .args(["extract", "--format", "json", "--url", "https://rules.example/a"])
        .stdin(page)
        .run();
    let json = run.success().json();
    assert_eq!(json["title"], "Right title");
    assert_eq!(json["authors"], serde_json::json!(["Ann Other"]));
    assert!(json["date"].as_str().unwrap().starts_with("2026-02-03"));
    let text = json["text"].as_str().unwrap();
    assert!(text.contains("Short.") && !text.contains("Pulled.") && !text.contains("looks like the article"), "{text}");
    // Another site is none of its business.
    let run = Chaffinch::new().config(&config).args(["extract", "--url", "https://other.example/a"]).stdin(page).run();
    run.success().stdout_contains("looks like the article");
}

#[test]
fn comments_come_on_request() {
    let page = include_str!("fixtures/pages/news-columns-en/source.html");
    extract().stdin(page).run().success().stdout_lacks("Eleven buyers is still eleven buyers");
    let json = extract().args(["--comments", "--format", "json"]).stdin(page).run().success().json();
    assert!(json["comments"].to_string().contains("Eleven buyers is still eleven buyers"), "{json}");
    assert!(!json["text"].as_str().unwrap().contains("Eleven buyers is still eleven buyers"));
}
