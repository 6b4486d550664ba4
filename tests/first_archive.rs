//! An archive of the first version, kept as it was written: it opens for ever, and every answer is what it was. Its pages are
//! those of the demo site, a segment and a journal, with dictionaries in two copies as the first program wrote them.

use std::path::Path;

use serde_json::Value;

use crate::support::chaffinch::{Chaffinch, TempArchive};
use crate::support::disk::copy_folder;

const EDITED: &str = "http://127.0.0.1:8123/articles/mill-bridge/";

/// A copy of it.
fn first() -> TempArchive {
    let kept = TempArchive::new();
    copy_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/archives/first"), &kept.path());
    kept
}

fn ask(kept: &TempArchive, args: &[&str]) -> String {
    Chaffinch::new().archive(kept).args(args).run().success().stdout.clone()
}

/// What it answered when it was written, and what it answers now.
fn then_and_now(kept: &TempArchive) -> (Vec<Value>, Vec<Value>) {
    let then = include_str!("fixtures/archives/first.jsonl");
    let then: Vec<Value> = then.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let now = ask(kept, &["list", "--limit", "100", "--json"]);
    let now = now.lines().zip(&then).map(|(line, then)| {
        let mut now: Value = serde_json::from_str(line).unwrap();
        now.as_object_mut().unwrap().retain(|key, _| then.get(key).is_some());
        now
    });
    (then.clone(), now.collect())
}

#[test]
fn an_archive_of_the_first_version_opens_for_ever() {
    let kept = first();
    assert!(ask(&kept, &["verify"]).contains("24 captures, 66 records in 2 files, 70.8 KB: sound"));
    let (then, now) = then_and_now(&kept);
    assert_eq!((then.len(), &now), (16, &then));
    assert!(ask(&kept, &["show", EDITED]).contains("Mill bridge"));
    assert!(ask(&kept, &["show", "--format", "raw", EDITED]).contains("</html>"));
    assert_eq!(ask(&kept, &["history", EDITED]).matches("Mill bridge to close").count(), 2);
}

#[test]
fn it_is_compacted_into_what_is_written_today() {
    let kept = first();
    ask(&kept, &["compact"]);
    assert!(kept.files(".dict").is_empty() && kept.files(".parity").len() == 1);
    assert!(ask(&kept, &["verify"]).contains("24 captures"));
    let (then, now) = then_and_now(&kept);
    assert_eq!(now, then);
}

#[test]
fn its_second_copies_are_still_of_use() {
    let kept = first();
    let segment = kept.files(".warc.zst").into_iter().find(|path| path.to_string_lossy().contains("segments")).unwrap();
    let mut bytes = std::fs::read(&segment).unwrap();
    bytes[100] ^= 1;
    std::fs::write(&segment, bytes).unwrap();
    let found = Chaffinch::new().archive(&kept).arg("verify").run();
    assert!(found.code == Some(1) && found.stdout.contains("its second copy is sound"), "{}", found.stdout);
    assert_eq!(
        ask(&kept, &["show", "--at", "2026-11-30T19:34:25.6Z", EDITED]).matches("Mill bridge").count().min(1),
        1
    );
    assert!(ask(&kept, &["repair"]).contains("0 captures lost"));
    assert!(ask(&kept, &["verify"]).contains("sound"));
}
