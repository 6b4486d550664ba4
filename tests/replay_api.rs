//! `/api`: what the pages do, for programs, as `/api/openapi.json` describes it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::schemas::validator::check_at;
use crate::support::chaffinch::{Chaffinch, TempArchive};
use crate::support::http::{Replay, Reply};
use crate::support::pages::{PIXEL, article_with, paragraphs, rss};
use crate::support::site::{Answer, Site};

const TOKEN: &str = "a-token-of-some-length-0123456789";

struct Scene {
    site: Site,
    kept: TempArchive,
    replay: Replay,
}

fn story(edited: bool) -> String {
    let mut texts = paragraphs("the well");
    if edited {
        texts.push("A pump has been ordered from the next valley, where wells are said to be deeper.".into());
    }
    article_with("The well is dry", &texts, "<figure><img src=\"/well.png\" alt=\"The well\"></figure>", 1)
}

/// An article with two versions, found by a feed, and a text; served with a token and the configuration.
fn scene() -> Scene {
    let (site, kept) = (Site::start(), TempArchive::new());
    site.page("/a", story(false)).set("/well.png", Answer::of("image/png", PIXEL));
    site.set("/text", Answer::of("text/plain", "Nothing but text."));
    site.set("/feed.xml", Answer::of("application/rss+xml", rss(&[(site.url("/a"), "Story")])));
    let url = site.url("/feed.xml");
    let source =
        format!("[[source]]\nname = \"gazette\"\nkind = \"feed\"\nurl = \"{url}\"\nschedule = \"0 5 * * *\"\n");
    let config = kept.file("config.toml", source);
    Chaffinch::local().archive(&kept).config(&config).arg("crawl").run().success();
    site.page("/a", story(true));
    Chaffinch::local().archive(&kept).args(["archive", &site.url("/a"), &site.url("/text")]).run().success();
    let begun = Chaffinch::new().config(&config).env("CHAFFINCH_TOKEN", TOKEN);
    let replay = Replay::with(begun, &kept, &[]);
    Scene { site, kept, replay }
}

impl Scene {
    fn ask(&self, method: &str, path: &str, body: &str) -> Reply {
        let kind = if body.is_empty() { "" } else { "Content-Type: application/json\r\n" };
        self.replay.ask(method, path, &format!("Authorization: Bearer {TOKEN}\r\n{kind}"), body)
    }

    fn get(&self, path: &str) -> Reply {
        self.ask("GET", path, "")
    }

    /// The captures of the article, newest first.
    fn captures(&self) -> Vec<Value> {
        self.get(&format!("/api/history?url={}", self.site.url("/a"))).is(200).json()["captures"]
            .as_array()
            .unwrap()
            .clone()
    }
}

#[test]
fn every_address_of_the_document_answers_as_described() {
    let scene = scene();
    let document = scene.get("/api/openapi.json").is(200).json();
    assert_eq!(
        (&document["openapi"], &document["info"]["version"]),
        (&"3.1.0".into(), &env!("CARGO_PKG_VERSION").into())
    );
    let page = scene.site.url("/a");
    let id = scene.captures()[0]["id"].as_str().unwrap().to_owned();
    let note = json!({"tags": ["water", "council"], "note": "Who paid?"}).to_string();
    let wanted = json!({"url": scene.site.url("/b")}).to_string();
    let requests: BTreeMap<&str, Vec<(String, &str)>> = BTreeMap::from([
        (
            "listCaptures",
            vec![("/api/captures".into(), ""), (format!("/api/captures?url={page}&limit=1&assets=true"), "")],
        ),
        ("searchArticles", vec![("/api/search?q=well".into(), "")]),
        ("history", vec![(format!("/api/history?url={page}"), "")]),
        ("getCapture", vec![(format!("/api/captures/{id}"), "")]),
        (
            "getArticle",
            ["", "?format=json", "?format=markdown", "?format=html", "?format=text"]
                .map(|format| (format!("/api/captures/{id}/article{format}"), ""))
                .to_vec(),
        ),
        ("explain", vec![(format!("/api/captures/{id}/explanation"), "")]),
        ("fileCase", vec![(format!("/api/captures/{id}/case"), "{\"remark\":\"The date is lost.\"}")]),
        (
            "export",
            ["md", "epub", "warc.gz"].map(|form| (format!("/api/captures/{id}/export?format={form}"), "")).to_vec(),
        ),
        ("diff", vec![(format!("/api/diff?url={page}"), "")]),
        ("putNotes", vec![(format!("/api/notes?url={page}"), note.as_str())]),
        ("getNotes", vec![(format!("/api/notes?url={page}"), "")]),
        ("listTags", vec![("/api/tags".into(), "")]),
        ("facets", vec![("/api/facets".into(), "")]),
        ("status", vec![("/api/status".into(), "")]),
        ("crawl", vec![("/api/crawl".into(), "")]),
        ("sources", vec![("/api/sources".into(), "")]),
        ("enqueue", vec![("/api/archive".into(), wanted.as_str())]),
        ("getQueued", vec![(format!("/api/archive?url={page}"), "")]),
        ("document", vec![("/api/openapi.json".into(), "")]),
        ("feed", vec![("/feed.atom?q=well".into(), "")]),
        ("cdx", vec![(format!("/cdx?url={page}"), ""), (format!("/cdx?url={page}&showNumPages=true"), "")]),
    ]);
    let mut described = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            described += 1;
            let name = operation["operationId"].as_str().unwrap();
            let asked = requests.get(name).unwrap_or_else(|| panic!("no test asks for `{name}`"));
            for (address, body) in asked {
                let reply = scene.ask(&method.to_uppercase(), address, body);
                let kind = reply.header("content-type").unwrap().split(';').next().unwrap();
                let place = ["paths", path, method, "responses", &reply.status.to_string(), "content", kind, "schema"];
                let place: String =
                    place.iter().map(|part| format!("/{}", part.replace('~', "~0").replace('/', "~1"))).collect();
                assert!(reply.status < 300, "{address}: {}\n{}", reply.head, reply.body);
                assert!(document.pointer(&place).is_some(), "{address}: {} {kind} is not described", reply.status);
                if kind == "application/json" {
                    check_at(&document, &place, &reply.json()).unwrap_or_else(|wrong| panic!("{address}: {wrong}"));
                }
            }
        }
    }
    let remark = scene.kept.path().join("cases").join(&id).join("remark.txt");
    assert_eq!(std::fs::read_to_string(remark).unwrap(), "The date is lost.\n");
    assert_eq!(described, requests.len(), "something is asked for that is not described");
}

#[test]
fn a_program_and_the_command_line_are_told_the_same() {
    let scene = scene();
    let cli =
        |args: &[&str]| Chaffinch::new().archive(&scene.kept).arg("--json").args(args).run().success().json_lines();
    assert_eq!(scene.get("/api/captures").json()["captures"], Value::from(cli(&["list"])));
    assert_eq!(scene.get("/api/search?q=pump").json()["captures"], Value::from(cli(&["search", "pump"])));
    let mut history = cli(&["history", &scene.site.url("/a")]);
    history.reverse();
    assert_eq!(scene.captures(), history);
    assert_eq!(
        scene.get(&format!("/api/diff?url={}", scene.site.url("/a"))).json(),
        cli(&["diff", &scene.site.url("/a")])[0]
    );
    let id = history[0]["id"].as_str().unwrap();
    assert_eq!(scene.get(&format!("/api/captures/{id}/article")).json(), cli(&["show", id])[0]);
    assert_eq!(scene.get(&format!("/api/captures/{id}/explanation")).json(), cli(&["explain", id])[0]);
    assert_eq!(scene.get("/api/status").json()["captures"], cli(&["status"])[0]["captures"]);
    let config = scene.kept.path().with_file_name("config.toml");
    let sources =
        Chaffinch::new().archive(&scene.kept).config(&config).args(["--json", "sources"]).run().success().json_lines();
    assert_eq!(scene.get("/api/sources").json()["sources"], Value::from(sources));
}

#[test]
fn a_list_comes_in_parts() {
    let scene = scene();
    let whole = scene.get("/api/captures?assets=true").json();
    assert_eq!(whole["next"], Value::Null);
    let (mut parts, mut next) = (vec![], String::new());
    loop {
        let part = scene.get(&format!("/api/captures?assets=true&limit=2{next}")).is(200).json();
        parts.extend(part["captures"].as_array().unwrap().clone());
        let Some(after) = part["next"].as_str() else { break };
        next = format!("&after={after}");
    }
    assert_eq!(Value::from(parts), whole["captures"]);
    let count =
        |query: &str| scene.get(&format!("/api/captures?{query}")).is(200).json()["captures"].as_array().unwrap().len();
    assert_eq!(
        (count("source=gazette"), count("edited=true"), count("since=2999-01-01"), count("lang=en")),
        (1, 1, 0, 2)
    );
}

#[test]
fn notes_are_put_found_and_taken_away() {
    let scene = scene();
    let address = format!("/api/notes?url={}", scene.site.url("/a"));
    let put = |body: Value| scene.ask("PUT", &address, &body.to_string());
    let kept = put(json!({"tags": [" water", "council", "water"], "note": "Who paid?\u{0}"})).is(200).json();
    assert_eq!(kept, json!({"url": scene.site.url("/a"), "tags": ["council", "water"], "note": "Who paid?"}));
    assert_eq!(scene.get(&address).json(), kept);
    assert_eq!(scene.get("/api/captures?tag=water").json()["captures"].as_array().unwrap().len(), 2);
    assert_eq!(scene.get("/api/tags").json()["tags"][0], json!({"tag": "council", "urls": 1}));
    for wrong in [json!({"tags": "water"}), json!({"tag": []}), json!({"tags": vec!["a"; 51]}), json!([])] {
        put(wrong).is(400);
    }
    scene.ask("PUT", "/api/notes?url=https://never.example/", "{}").is(404);
    // What is found without regard to its case may be another page.
    scene.ask("PUT", &format!("/api/notes?url={}", scene.site.url("/A")), "{\"tags\":[\"x\"]}").is(404);
    scene.ask("PUT", &address, "{\"tags\":[\"Paris, France\"]}").is(400);
    put(json!({})).is(200);
    assert_eq!(scene.get("/api/captures?tag=water").json()["captures"], json!([]));
}

#[test]
fn what_cannot_be_answered_is_said_in_json() {
    let scene = scene();
    let never = "7zzzzzzzzzzzzzzzzzzzzzzzzz";
    let text = scene.get(&format!("/api/captures?url={}", scene.site.url("/text"))).json()["captures"][0]["id"].clone();
    let text = text.as_str().unwrap();
    for (method, path, status) in [
        ("GET", "/api/", 404),
        ("GET", "/api/nothing", 404),
        ("GET", &format!("/api/captures/{never}"), 404),
        ("GET", "/api/captures/nonsense", 404),
        ("GET", &format!("/api/captures/{text}/article"), 404),
        ("GET", &format!("/api/captures/{text}/export?format=epub"), 404),
        ("GET", &format!("/api/captures/{text}/export?format=pdf"), 400),
        ("GET", &format!("/api/captures/{text}/article?format=pdf"), 400),
        ("GET", "/api/search", 400),
        ("GET", "/api/captures?limit=many", 400),
        ("GET", "/api/captures?since=yesterday", 400),
        ("GET", "/api/diff?url=ftp://a.example/", 400),
        ("GET", "/api/diff?url=https://never.example/", 404),
        ("POST", "/api/captures", 405),
        ("DELETE", "/api/notes?url=https://never.example/", 405),
    ] {
        let reply = scene.ask(method, path, "").is(status);
        let told = reply.json();
        assert!(told["error"].is_string() && told.get("remedy").is_some(), "{method} {path}: {told}");
        assert_eq!(reply.header("content-type"), Some("application/json"), "{method} {path}");
    }
    let unknown = scene.replay.get("/api/captures").is(401);
    assert!(unknown.json()["remedy"].as_str().unwrap().contains("Bearer"));
    let foreign = format!(
        "Authorization: Bearer {TOKEN}\r\nOrigin: https://elsewhere.example\r\nContent-Type: application/json\r\n"
    );
    let address = format!("/api/notes?url={}", scene.site.url("/a"));
    assert!(scene.replay.ask("PUT", &address, &foreign, "{}").is(403).json()["error"].is_string());
    let form = format!("Authorization: Bearer {TOKEN}\r\nContent-Type: application/x-www-form-urlencoded\r\n");
    scene.replay.ask("PUT", &address, &form, "tags=a").is(415);
    scene.ask("PUT", &address, &format!("{{\"note\":\"{}\"}}", "x".repeat(513 << 10))).is(413);
}
