//! `export`: what leaves the archive, read back by the crate that others read with.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use chaffinch_warc::{Reader, Record, RecordType};
use serde_json::Value;

use crate::support::chaffinch::{Chaffinch, Outcome, TempArchive};
use crate::support::pages::{article, article_with, paragraphs};
use crate::support::site::{Answer, Site};

/// `/a` captured, edited and captured, and captured once more as it was; `/b` with an image. Five captures.
pub fn kept() -> (Site, TempArchive) {
    let (site, kept) = (Site::start(), TempArchive::new());
    let archive = |path: &str| {
        Chaffinch::local().archive(&kept).args(["archive", &site.url(path)]).run().success();
    };
    let picture = paragraphs("the gate").join("</p><p>");
    let with_picture =
        format!("<figure><img src=\"/gate.png\" width=600 height=400 alt=\"The gate\"></figure><p>{picture}");
    site.page("/a", article("The well is dry", "the well", 1))
        .page("/b", article_with("The gate", &[with_picture], "", 1));
    site.set("/gate.png", Answer::of("image/png", picture_of_noise()));
    archive("/a");
    archive("/b");
    let mut edited = paragraphs("the well");
    edited[0] = "The well is full again, after a night in which it rained as it had not since the census.".into();
    site.page("/a", article_with("The well is full", &edited, "", 1));
    archive("/a");
    archive("/a");
    (site, kept)
}

/// 200 KB that nothing compresses.
fn picture_of_noise() -> Vec<u8> {
    let mut state = 1u64;
    let noise = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u8
    });
    b"\x89PNG\r\n\x1a\n".iter().copied().chain(noise.take(200_000)).collect()
}

pub fn export(kept: &TempArchive, name: &str, args: &[&str]) -> (PathBuf, Outcome) {
    let path = kept.file(name, "");
    std::fs::remove_file(&path).unwrap();
    let outcome = Chaffinch::new().archive(kept).arg("export").args(args).arg("-o").arg(&path).run();
    (path, outcome)
}

pub fn records(path: &Path) -> Vec<Record> {
    let mut reader = Reader::new(BufReader::new(File::open(path).unwrap()));
    let mut records = vec![];
    while let Some(entry) = reader.next_record().unwrap() {
        records.push(entry.into_record(1 << 24).unwrap().1);
    }
    records
}

fn answers(records: &[Record]) -> Vec<(RecordType, String)> {
    let of_interest =
        |record: &&Record| matches!(record.header.record_type(), RecordType::Response | RecordType::Revisit);
    let told = |record: &Record| {
        let path = record.header.target_uri().unwrap().rsplit('/').next().unwrap().to_owned();
        (record.header.record_type(), path)
    };
    records.iter().filter(of_interest).map(told).collect()
}

#[test]
fn everything_leaves_record_by_record_as_it_is_kept() {
    let (_site, kept) = kept();
    let (gzip, outcome) = export(&kept, "all.warc.gz", &[]);
    outcome.success().stderr_contains("5 captures of 2 pages");
    let (zstd, outcome) = export(&kept, "all.warc.zst", &[]);
    outcome.success();
    let records_of = |path: &Path| records(path).into_iter().skip(1).collect::<Vec<_>>();
    let all = records_of(&gzip);
    assert_eq!(all, records_of(&zstd));
    let wanted = [("a", false), ("b", false), ("gate.png", false), ("a", false), ("a", true)];
    let wanted = wanted
        .map(|(path, revisit)| (if revisit { RecordType::Revisit } else { RecordType::Response }, path.to_owned()));
    assert_eq!(answers(&all), wanted);
    let articles = all.iter().filter(|record| record.header.record_type() == RecordType::Conversion).count();
    assert_eq!(articles, 3, "two versions of one article, one of the other");
}

#[test]
fn a_page_leaves_with_its_images_and_a_revisit_with_what_it_repeats() {
    let (site, kept) = kept();
    let (path, outcome) = export(&kept, "b.warc.gz", &[&site.url("/b")]);
    outcome.success();
    let paths = |path: &Path| answers(&records(path)).into_iter().map(|(_, path)| path).collect::<Vec<_>>();
    assert_eq!(paths(&path), ["b", "gate.png"]);
    let newest = Chaffinch::new().archive(&kept).args(["--json", "history", &site.url("/a")]).run().json_lines();
    let id = newest.last().unwrap()["id"].as_str().unwrap().to_owned();
    let (path, outcome) = export(&kept, "newest.warc.gz", &[&id]);
    outcome.success();
    assert_eq!(answers(&records(&path)), [(RecordType::Response, "a".into()), (RecordType::Revisit, "a".into())]);
}

#[test]
fn flags_and_words_choose() {
    let (_site, kept) = kept();
    let articles = |args: &[&str]| {
        let outcome = Chaffinch::new().archive(&kept).args(["export", "--format", "jsonl"]).args(args).run();
        outcome.success();
        outcome.json_lines().iter().map(|line| line["title"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(articles(&[]), ["The well is dry", "The gate", "The well is full", "The well is full"]);
    assert_eq!(articles(&["--edited"]), ["The well is full"]);
    assert_eq!(articles(&["--query", "gate"]), ["The gate"]);
    let none = Chaffinch::new().archive(&kept).args(["export", "--format", "jsonl", "--until", "2001-01-01"]).run();
    none.code(1).stderr_contains("nothing matches");
}

#[test]
fn a_disk_that_is_full_leaves_no_half_file() {
    let (_site, kept) = kept();
    let path = kept.file("full.warc.gz", "");
    std::fs::remove_file(&path).unwrap();
    let outcome = Chaffinch::new().archive(&kept).arg("export").arg("-o").arg(&path).file_size_max(100).run();
    outcome.code(4).says("full.warc.gz");
    let left: Vec<_> = std::fs::read_dir(path.parent().unwrap()).unwrap().flatten().map(|e| e.file_name()).collect();
    assert_eq!(left, ["archive"]);
}

#[test]
fn an_index_finds_the_captures_in_the_archives_own_files() {
    let (site, kept) = kept();
    let outcome = Chaffinch::new().archive(&kept).args(["export", "--format", "cdxj"]).run();
    outcome.success();
    let text = outcome.stdout.clone();
    let lines: Vec<&str> = text.lines().collect();
    let mut sorted = lines.clone();
    sorted.sort_unstable();
    assert_eq!((lines.len(), &lines), (5, &sorted));
    for line in lines {
        let fields: Value = serde_json::from_str(&line[line.find('{').unwrap()..]).unwrap();
        let number = |name: &str| fields[name].as_str().unwrap().parse::<u64>().unwrap();
        let mut file = File::open(kept.path().join(fields["filename"].as_str().unwrap())).unwrap();
        let mut bytes = vec![];
        file.read_to_end(&mut bytes).unwrap();
        let (offset, length) = (number("offset") as usize, number("length") as usize);
        assert_eq!(bytes[offset..offset + 4], [0x28, 0xB5, 0x2F, 0xFD]);
        assert!(offset + length <= bytes.len());
        assert!(fields["url"].as_str().unwrap().starts_with(&site.url("/")), "{line}");
    }
}

#[test]
fn a_book_has_a_chapter_for_each_version_and_the_pictures() {
    let (site, kept) = kept();
    let (path, outcome) = export(&kept, "all.epub", &[]);
    outcome.success().stderr_contains("3 captures of 2 pages");
    let mut zip = zip::ZipArchive::new(File::open(path).unwrap()).unwrap();
    let mut part = |name: &str| {
        let mut bytes = vec![];
        zip.by_name(name).unwrap().read_to_end(&mut bytes).unwrap();
        bytes
    };
    assert_eq!(part("mimetype"), b"application/epub+zip");
    let mut text = |name: &str| String::from_utf8(part(name)).unwrap();
    for name in
        ["EPUB/package.opf", "EPUB/nav.xhtml", "EPUB/chapter-1.xhtml", "EPUB/chapter-2.xhtml", "EPUB/chapter-3.xhtml"]
    {
        let xml = text(name);
        let mut reader = quick_xml::Reader::from_str(&xml);
        while reader.read_event().unwrap() != quick_xml::events::Event::Eof {}
    }
    let contents = text("EPUB/nav.xhtml");
    let at = |title: &str| contents.find(title).unwrap();
    assert!(at("The well is dry") < at("The gate") && at("The gate") < at("The well is full"));
    let chapter = text("EPUB/chapter-2.xhtml");
    assert!(chapter.contains("<img src=\"picture-1.png\"") && chapter.contains(&site.url("/b")), "{chapter}");
    assert_eq!(part("EPUB/picture-1.png"), picture_of_noise());
}

#[test]
fn what_cannot_be_understood_writes_nothing() {
    let (_site, kept) = kept();
    export(&kept, "all.zip", &[]).1.code(2).says("--format");
    Chaffinch::new().archive(&kept).args(["export", "--format", "wacz"]).run().code(2).says("-o FILE");
    let (path, outcome) = export(&kept, "x.warc.gz", &["https://never.example/seen"]);
    outcome.code(1).says("https://never.example/seen");
    assert!(!path.exists());
    let nowhere = kept.path().join("no/such/folder/x.warc.gz");
    Chaffinch::new().archive(&kept).arg("export").arg("-o").arg(&nowhere).run().code(4).says("no/such/folder");
}
