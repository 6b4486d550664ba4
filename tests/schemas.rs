//! docs/schema: what the program prints is what is described there, and what is described does occur.

pub(crate) mod validator;

use std::fs;
use std::path::{Path, PathBuf};

use rustix::process::Signal;
use serde_json::{Value, json};

use chaffinch::crawl::board::{Board, Recent};
use chaffinch::frontier::queue::Frontier;
use chaffinch::frontier::sqlite::SqliteFrontier;

use crate::support::chaffinch::{Chaffinch, TempArchive};
use crate::support::pages::{PIXEL, article, article_with, paragraphs, rss};
use crate::support::site::{Answer, Body, Site};
use validator::Schema;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schema")
}

/// A shipped schema.
fn schema(name: &str) -> Schema {
    let text = fs::read_to_string(folder().join(format!("{name}.schema.json"))).unwrap();
    Schema::parse(&text).unwrap_or_else(|problem| panic!("{name}.schema.json: {problem}"))
}

/// Every line is as described, and all that is described occurs in them: each key, each null, each element of a list.
#[track_caller]
fn describes(name: &str, lines: &[Value]) {
    let mut schema = schema(name);
    for line in lines {
        schema.check(line).unwrap_or_else(|problem| panic!("{name}.schema.json refuses {line}\n{problem}"));
    }
    assert!(schema.unmet().is_empty(), "{name}.schema.json describes what never occurs: {:#?}", schema.unmet());
}

fn json(kept: &TempArchive, args: &[&str]) -> Chaffinch {
    Chaffinch::local().archive(kept).arg("--json").args(args)
}

/// A site with an article and its picture, a text, a page that breaks off and one that is gone.
fn odd_site() -> Site {
    let site = Site::start();
    let picture = "<figure><img src=\"/well.png\" alt=\"The well\"></figure>";
    site.page("/article", article_with("The well is dry", &paragraphs("the well"), picture, 1));
    site.set("/well.png", Answer::of("image/png", PIXEL));
    site.set("/text", Answer::of("text/plain", "Nothing but text."));
    let page = article("The gate is shut", "the gate", 1).into_bytes();
    let claimed = page.len() + 500;
    site.set("/cut", Answer::html("").body(Body::Cut { bytes: page, claimed }));
    site.set("/gone", Answer::status(410)).set("/silent", Answer::html("").body(Body::HangUp));
    site
}

fn edited(subject: &str) -> String {
    let mut texts = paragraphs(subject);
    texts[0] = texts[0].replace("another year", "another ten years");
    texts.remove(1);
    texts.push("A pump has been ordered from the next valley, where wells are said to be deeper.".into());
    article_with("The well is dry", &texts, "", 1)
}

#[test]
fn archive_prints_what_is_described() {
    let (site, kept) = (odd_site(), TempArchive::new());
    let urls = ["/article", "/text", "/cut", "/gone", "/silent"].map(|path| site.url(path));
    let mut lines = json(&kept, &["archive"]).args(&urls).run().code(1).json_lines();
    assert_eq!(lines.len(), 5);
    site.page("/article", edited("the well"));
    lines.extend(json(&kept, &["archive", &urls[0]]).run().success().json_lines());
    describes("archive", &lines);
}

#[test]
fn crawl_prints_what_is_described() {
    let (site, kept) = (odd_site(), TempArchive::new());
    let items = ["/article", "/text", "/cut", "/gone", "/silent"].map(|path| (site.url(path), "Story"));
    site.set("/feed.xml", Answer::of("application/rss+xml", rss(&items)));
    let config = kept.file("config.toml", sources(&[("feed", &site.url("/feed.xml")), ("none", &site.url("/none"))]));
    let mut lines = json(&kept, &["crawl", "--dry-run"]).config(&config).run().json_lines();
    lines.extend(json(&kept, &["crawl", "--limit", "1"]).config(&config).run().json_lines());
    lines.extend(json(&kept, &["crawl"]).config(&config).run().json_lines());
    describes("crawl", &lines);
}

fn sources(feeds: &[(&str, &str)]) -> String {
    let tables = feeds.iter().map(|(name, url)| {
        format!("[[source]]\nname = \"{name}\"\nkind = \"feed\"\nurl = \"{url}\"\ntags = [\"council\"]\n\n")
    });
    tables.collect()
}

#[test]
fn list_search_and_history_print_what_is_described() {
    let (site, kept) = (odd_site(), TempArchive::new());
    site.set("/feed.xml", Answer::of("application/rss+xml", rss(&[(site.url("/article"), "Story")])));
    let config = kept.file("config.toml", sources(&[("feed", &site.url("/feed.xml"))]));
    json(&kept, &["crawl"]).config(&config).run().success();
    json(&kept, &["archive", &site.url("/text"), &site.url("/cut")]).run().code(1);
    let mut lines = json(&kept, &["list"]).run().success().json_lines();
    assert_eq!(lines.len(), 3, "{lines:?}");
    site.page("/article", edited("the well"));
    json(&kept, &["archive", &site.url("/article")]).run().success();
    lines.extend(json(&kept, &["history", &site.url("/article")]).run().success().json_lines());
    let found = json(&kept, &["search", "baker"]).run().success().json_lines();
    assert!(!found.is_empty());
    lines.extend(found);
    describes("capture", &lines);
}

/// A page that says everything of itself that can be said, and a comment below.
fn talkative() -> String {
    let facts = r#"<link rel="canonical" href="https://sheet.example/well"><link rel="license" href="https://creativecommons.org/licenses/by/4.0/">
<meta name="description" content="The well of the town is dry."><meta property="og:image" content="https://sheet.example/well.png">
<meta property="article:modified_time" content="2026-03-02T09:00:00Z"><meta property="article:section" content="Council">
<meta property="article:tag" content="Wells"><meta name="keywords" content="wells, councils">"#;
    let comments = r#"<section id="comments" class="comments-area"><h2>2 comments</h2><ol class="comment-list">
<li class="comment"><p class="comment-author">Ottokar</p><div class="comment-content"><p>My grandfather dug that well and it was never dry in his days, not even in the summer of 1976.</p></div></li>
<li class="comment"><p class="comment-author">Irma</p><div class="comment-content"><p>He dug it in the wrong place, as everyone told him at the time and many times since.</p></div></li></ol></section>"#;
    let page = article("The well is dry", "the well", 1)
        .replace("<link rel=\"stylesheet\"", &format!("{facts}<link rel=\"stylesheet\""));
    page.replace("<section class=\"related\">", &format!("{comments}<section class=\"related\">"))
}

#[test]
fn extract_and_show_print_what_is_described() {
    let (site, kept) = (odd_site(), TempArchive::new());
    json(&kept, &["archive", &site.url("/article"), &site.url("/text")]).run().success();
    let mut lines = json(&kept, &["show", "--format", "json", &site.url("/article")]).run().success().json_lines();
    lines.extend(json(&kept, &["show", "--format", "json", &site.url("/text")]).run().code(1).json_lines());
    let on = "<link rel=\"next\" href=\"/long?page=2\"><link rel=\"stylesheet\"";
    site.page("/long", article("A long story", "the mill", 1).replace("<link rel=\"stylesheet\"", on));
    site.page("/long?page=2", article("A long story", "the orchard", 1));
    json(&kept, &["archive", &site.url("/long")]).run().success();
    lines.extend(json(&kept, &["show", "--format", "json", &site.url("/long")]).run().success().json_lines());
    let page = json!({"id": "a", "url": "https://sheet.example/well", "html": talkative()});
    let input = format!("{page}\n{{broken\n");
    for format in ["html", "markdown"] {
        let run = Chaffinch::new().args(["extract", "--jsonl", "--comments", "--format", format]);
        let answers = run.stdin(input.clone()).run().success().json_lines();
        assert_eq!(answers.len(), 2);
        lines.extend(answers);
    }
    assert_eq!(lines.len(), 7);
    describes("article", &lines);
}

#[test]
fn diff_prints_what_is_described() {
    let (site, kept) = (odd_site(), TempArchive::new());
    let url = site.url("/article");
    json(&kept, &["archive", &url]).run().success();
    site.page("/article", edited("the well"));
    json(&kept, &["archive", &url]).run().success();
    let line = Chaffinch::new().archive(&kept).args(["diff", "--format", "json", &url]).run().success().json();
    let fates: Vec<_> = line["passages"].as_array().unwrap().iter().map(|passage| &passage["fate"]).collect();
    assert!(["same", "added", "removed", "changed"].iter().all(|fate| fates.iter().any(|f| *f == fate)), "{line}");
    describes("diff", &[line]);
}

#[test]
fn explain_prints_what_is_described() {
    let kept = TempArchive::new();
    let page = kept.file("page.html", talkative());
    let bare = kept.file("bare.html", "<p>One line and no title.</p>");
    let explain = |file: &Path| Chaffinch::new().args(["explain", "--format", "json"]).arg(file).run().success().json();
    describes("explain", &[explain(&page), explain(&bare)]);
}

/// Twelve pages in one journal, some of whose bytes are wrong.
fn damaged() -> (Site, TempArchive) {
    let (site, kept) = (Site::start(), TempArchive::new());
    for i in 0..12 {
        site.page(&format!("/p{i}"), article(&format!("Story {i}"), &format!("the matter {i}"), i));
    }
    let urls: Vec<_> = (0..12).map(|i| site.url(&format!("/p{i}"))).collect();
    Chaffinch::local().set("archive.compact=false").archive(&kept).arg("archive").args(&urls).run().success();
    let journal = kept.files(".warc.zst").into_iter().find(|path| path.to_string_lossy().contains("journal")).unwrap();
    let mut bytes = fs::read(&journal).unwrap();
    // Behind the dictionary, before the last record: captures are hit, and there is more to find after them.
    let from = bytes.len() - 5000;
    bytes[from..from + 2000].fill(0x5a);
    fs::write(&journal, bytes).unwrap();
    (site, kept)
}

#[test]
fn verify_and_repair_print_what_is_described() {
    let (_site, kept) = damaged();
    let hurt = json(&kept, &["verify"]).run().code(1).json();
    let mended = json(&kept, &["repair"]).run().code(1).json();
    describes("verify", &[hurt, json(&kept, &["verify"]).run().success().json()]);
    describes("repair", &[mended, json(&kept, &["repair"]).run().success().json()]);
}

#[test]
fn export_import_and_forget_print_what_is_described() {
    let (site, kept) = (odd_site(), TempArchive::new());
    json(&kept, &["archive", &site.url("/article")]).run().success();
    let articles = json(&kept, &["export", "--format", "jsonl"]).run().success().json_lines();
    let mut described = schema("article");
    assert_eq!(articles.len(), 1);
    described.check(&articles[0]).unwrap();
    let file = kept.file("all.warc.gz", "");
    json(&kept, &["export", "-o", file.to_str().unwrap()]).run().success();
    let other = TempArchive::new();
    describes("forget", &[json(&kept, &["forget", &site.url("/article")]).run().success().json()]);
    describes("import", &[json(&other, &["import", file.to_str().unwrap()]).run().success().json()]);
}

#[test]
fn compact_reindex_and_status_print_what_is_described() {
    let (site, kept) = (odd_site(), TempArchive::new());
    json(&kept, &["archive", &site.url("/silent")]).run().code(1);
    let empty = json(&kept, &["status"]).run().success().json();
    json(&kept, &["archive", &site.url("/article")]).run().success();
    describes("compact", &[json(&kept, &["compact"]).run().success().json()]);
    let rule = kept.file("rules.toml", "[[site]]\nmatch = \"*\"\ncontent = [\"p\"]\n");
    let reindex = |args: &[&str]| json(&kept, args).config(&rule).run().success().json();
    describes("reindex", &[reindex(&["reindex"]), reindex(&["reindex", "--extract"])]);
    let quiet = json(&kept, &["status"]).run().success().json();
    // What a crawl writes of itself while it goes on.
    let board = Board::new(jiff::Timestamp::now());
    let visiting = board.visiting("a.example");
    board.begin(&["good".to_owned()]);
    let url = "https://a.example/".to_owned();
    board.saw(Recent { at: jiff::Timestamp::now(), url, what: "new".to_owned(), failed: false });
    let frontier = SqliteFrontier::open(&kept.path().join("frontier.sqlite")).unwrap();
    frontier.set_status(&serde_json::to_string(&board.show(jiff::Timestamp::now())).unwrap()).unwrap();
    describes("status", &[empty, quiet, json(&kept, &["status"]).run().success().json()]);
    drop(visiting);
}

#[test]
fn sources_prints_what_is_described() {
    let (site, kept) = (odd_site(), TempArchive::new());
    site.set("/feed.xml", Answer::of("application/rss+xml", rss(&[(site.url("/article"), "Story")])));
    let list =
        sources(&[("good", &site.url("/feed.xml")), ("broken", &site.url("/none")), ("late", &site.url("/late"))]);
    let config = kept.file("config.toml", format!("{}\nschedule = \"0 5 * * *\"\n", list.trim_end()));
    // Twice, so that the feed has a rhythm.
    json(&kept, &["crawl", "good", "broken"]).config(&config).run().code(1);
    json(&kept, &["crawl", "good", "broken"]).config(&config).run().code(1);
    let lines = json(&kept, &["sources"]).config(&config).run().success().json_lines();
    assert_eq!(lines.len(), 3);
    describes("sources", &lines);
}

#[test]
fn robots_prints_what_is_described() {
    let kept = TempArchive::new();
    let file = kept.file("robots.txt", "User-agent: *\nCrawl-delay: 2.5\nDisallow: /private/\n");
    let empty = kept.file("empty.txt", "");
    let ask = |file: &Path, code| {
        let run = Chaffinch::new().args(["--json", "robots", "https://a.example/private/x", "--file"]).arg(file);
        run.run().code(code).json()
    };
    let site = Site::start();
    site.set("/robots.txt", Answer::status(503));
    let unavailable = json(&kept, &["robots", &site.url("/a")]).run().code(1).json();
    assert_eq!(unavailable["unavailable"], true, "{unavailable}");
    describes("robots", &[ask(&file, 1), ask(&empty, 0), unavailable]);
}

#[test]
fn replay_prints_what_is_described() {
    let (site, kept) = (odd_site(), TempArchive::new());
    json(&kept, &["archive", &site.url("/article")]).run().success();
    let mut server = Chaffinch::new().archive(&kept).args(["--json", "replay", "--bind", "127.0.0.1:0"]).spawn();
    let line = server.line();
    server.signal(Signal::TERM);
    describes("replay", &[serde_json::from_str(&line).unwrap()]);
    assert_eq!(server.wait().json_lines().len(), 1, "only the first line is data");
}

/// What the hooks of these runs were told.
fn told(file: &Path) -> Vec<Value> {
    fs::read_to_string(file).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn hooks_are_told_what_is_described() {
    let (site, kept) = (odd_site(), TempArchive::new());
    site.set("/feed.xml", Answer::status(500));
    let log = kept.path().with_file_name("told.jsonl");
    let command = format!("cat >> '{0}'; echo >> '{0}'", log.display());
    let events = ["on_capture", "on_edit", "on_source_failing", "on_source_recovered"];
    let hooks: String = events.iter().map(|event| format!("{event} = {command:?}\n")).collect();
    let list = sources(&[("feed", &site.url("/feed.xml"))]);
    let config = kept.file("config.toml", format!("[hooks]\n{hooks}\n{list}"));
    for _ in 0..3 {
        json(&kept, &["crawl"]).config(&config).run().code(1);
    }
    let items = ["/article", "/text", "/cut", "/gone"].map(|path| (site.url(path), "Story"));
    site.set("/feed.xml", Answer::of("application/rss+xml", rss(&items)));
    json(&kept, &["crawl"]).config(&config).run().success();
    site.page("/article", edited("the well"));
    json(&kept, &["archive", &site.url("/article")]).config(&config).run().success();
    let lines = told(&log);
    for event in ["capture", "edit", "source_failing", "source_recovered"] {
        assert!(lines.iter().any(|line| line["event"] == event), "no hook was told of `{event}`: {lines:#?}");
    }
    describes("hook", &lines);
}

#[test]
fn every_schema_is_sound_named_in_the_readme_and_tested() {
    let readme = fs::read_to_string(folder().join("README.md")).unwrap();
    let tests = include_str!("schemas.rs");
    for entry in fs::read_dir(folder()).unwrap() {
        let file = entry.unwrap().file_name().into_string().unwrap();
        let Some(name) = file.strip_suffix(".schema.json") else {
            assert_eq!(file, "README.md");
            continue;
        };
        schema(name);
        assert!(readme.contains(&format!("({file})")), "{file} is not in docs/schema/README.md");
        assert!(tests.contains(&format!("describes(\"{name}\"")), "no test holds the program against {file}");
    }
}

const SAMPLE: &str = r##"{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "description": "A bird.",
  "type": "object",
  "properties": {
    "name": {"type": ["string", "null"], "minLength": 2, "maxLength": 9, "description": "Its name"},
    "song": {"type": "string", "enum": ["trill", "call"], "description": "What it sings"},
    "seen": {"type": "string", "format": "date-time", "description": "When"},
    "page": {"type": "string", "format": "uri", "description": "Where to read of it"},
    "eggs": {"type": "array", "items": {"$ref": "#/$defs/egg"}, "description": "What it lays"}
  },
  "required": ["name", "song"],
  "additionalProperties": false,
  "$defs": {
    "egg": {"description": "By weight or by colour.", "oneOf": [
      {"description": "Grams", "type": "number", "minimum": 0, "maximum": 3},
      {"description": "Colour", "type": "object", "properties": {"colour": {"type": "string", "description": "Which"}},
       "required": ["colour"], "additionalProperties": false}
    ]}
  }
}"##;

#[test]
fn the_validator_accepts_what_is_described() {
    let mut schema = Schema::parse(SAMPLE).unwrap();
    schema.check(&json!({"name": null, "song": "call"})).unwrap();
    let full = json!({"name": "Fink", "song": "trill", "seen": "2026-03-01T08:00:00Z", "page": "https://a.example/",
                      "eggs": [2.1, {"colour": "blue"}]});
    schema.check(&full).unwrap();
    assert_eq!(schema.unmet(), [""; 0]);
}

#[test]
fn the_validator_refuses_every_kind_of_wrong_value() {
    for (wrong, why) in [
        (json!(["Fink"]), "is no object"),
        (json!({"name": "Fink"}), "`song` is missing"),
        (json!({"name": "Fink", "song": "trill", "wings": 2}), "`wings` is not described"),
        (json!({"name": 7, "song": "trill"}), "is no string or null"),
        (json!({"name": "F", "song": "trill"}), "has a wrong length"),
        (json!({"name": "Fringilla coelebs", "song": "trill"}), "has a wrong length"),
        (json!({"name": "Fink", "song": "aria"}), "is none of"),
        (json!({"name": "Fink", "song": null}), "is no string"),
        (json!({"name": "Fink", "song": "trill", "seen": "yesterday"}), "is no \"date-time\""),
        (json!({"name": "Fink", "song": "trill", "page": "/fink"}), "is no \"uri\""),
        (json!({"name": "Fink", "song": "trill", "eggs": [-1]}), "$.eggs[0]: -1 is out of bounds"),
        (json!({"name": "Fink", "song": "trill", "eggs": [2, 4]}), "$.eggs[1]: 4 is out of bounds"),
        (json!({"name": "Fink", "song": "trill", "eggs": [{"colour": 3}]}), "$.eggs[0].colour: 3 is no string"),
        (json!({"name": "Fink", "song": "trill", "eggs": {}}), "is no array"),
    ] {
        let problem = Schema::parse(SAMPLE).unwrap().check(&wrong).expect_err(&wrong.to_string());
        assert!(problem.contains(why), "{wrong}: {problem}");
    }
}

#[test]
fn the_validator_refuses_a_schema_it_cannot_check() {
    for (from, to, why) in [
        ("\"minLength\"", "\"pattern\"", "`pattern` is a keyword"),
        ("\"additionalProperties\": false,\n", "", "the object is open"),
        ("#/$defs/egg", "#/$defs/nest", "is not in this file"),
        ("[\"name\", \"song\"]", "[\"name\", \"nest\"]", "`nest` is required and not described"),
        ("\"number\"", "\"decimal\"", "there is no type `decimal`"),
        (", \"description\": \"When\"", "", "/properties/seen: no description"),
        ("draft/2020-12", "draft-07", "does not name draft 2020-12"),
    ] {
        let problem = Schema::parse(&SAMPLE.replace(from, to)).err().unwrap_or_else(|| panic!("{to} was accepted"));
        assert!(problem.contains(why), "{problem}");
    }
}

#[test]
fn the_validator_tells_what_never_occurs() {
    let mut schema = Schema::parse(SAMPLE).unwrap();
    schema.check(&json!({"name": "Fink", "song": "trill", "eggs": [2.1]})).unwrap();
    let unmet = schema.unmet();
    for place in ["/properties/name null", "/properties/seen", "/$defs/egg/oneOf/1"] {
        assert!(unmet.iter().any(|unmet| unmet == place), "`{place}` is not among {unmet:?}");
    }
}
