//! A damaged archive: what is hurt is named, what is whole is still read, nothing is made worse.

use std::fs;

use crate::support::chaffinch::{Chaffinch, TempArchive};
use crate::support::pages::article;
use crate::support::site::Site;

fn ask(kept: &TempArchive) -> Chaffinch {
    Chaffinch::new().archive(kept)
}

/// Pages of which each is about something else: what differs by a number only is taken for what repeats across a site.
fn story(i: u32) -> String {
    const SUBJECTS: [&str; 12] = [
        "harbour",
        "bridge",
        "theatre",
        "orchard",
        "tunnel",
        "library",
        "market",
        "lighthouse",
        "school",
        "quarry",
        "museum",
        "ferry",
    ];
    let subject = SUBJECTS[i as usize];
    article(&format!("News of the {subject}"), &format!("the {subject}"), i)
}

/// Twelve pages, in the journal alone or sealed into segments.
fn archive_of_twelve(sealed: bool) -> (Site, TempArchive) {
    let (site, kept) = (Site::start(), TempArchive::new());
    for i in 0..12 {
        site.page(&format!("/p{i}"), story(i));
    }
    let urls: Vec<_> = (0..12).map(|i| site.url(&format!("/p{i}"))).collect();
    let run = Chaffinch::local().set("archive.compact=false").archive(&kept).args(["archive", "--assets", "none"]);
    run.args(&urls).run().success();
    if sealed {
        ask(&kept).arg("compact").run().success();
    }
    (site, kept)
}

/// Flips bytes in the middle of the largest file in a folder of the archive.
fn hurt(kept: &TempArchive, folder: &str) -> std::path::PathBuf {
    let files = kept.files(".warc.zst").into_iter().filter(|p| p.to_string_lossy().contains(folder));
    let file = files.max_by_key(|p| p.metadata().unwrap().len()).unwrap_or_else(|| panic!("nothing in {folder}"));
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    for byte in &mut bytes[middle..middle + 64] {
        *byte ^= 0x5a;
    }
    fs::write(&file, bytes).unwrap();
    file
}

fn readable(site: &Site, kept: &TempArchive) -> usize {
    (0..12).filter(|i| ask(kept).args(["show", &site.url(&format!("/p{i}"))]).run().code == Some(0)).count()
}

#[test]
fn a_damaged_journal_is_found_named_and_mostly_read() {
    let (site, kept) = archive_of_twelve(false);
    let file = hurt(&kept, "journal");
    ask(&kept).arg("verify").run().code(1).says(&file.file_name().unwrap().to_string_lossy());
    assert!(readable(&site, &kept) >= 9, "only {} of 12 pages can be read", readable(&site, &kept));
}

#[test]
fn a_damaged_segment_is_found_named_and_mostly_read() {
    let (site, kept) = archive_of_twelve(true);
    let file = hurt(&kept, "segments");
    ask(&kept).arg("verify").run().code(1).says(&file.file_name().unwrap().to_string_lossy());
    assert!(readable(&site, &kept) >= 9, "only {} of 12 pages can be read", readable(&site, &kept));
}

#[test]
fn a_capture_that_is_hurt_is_never_shown_as_if_it_were_whole() {
    let (site, kept) = archive_of_twelve(false);
    hurt(&kept, "journal");
    for i in 0..12 {
        let outcome = ask(&kept).args(["show", "--format", "raw", &site.url(&format!("/p{i}"))]).run();
        if outcome.code == Some(0) {
            assert_eq!(outcome.stdout.trim_end(), story(i).trim_end());
        }
    }
}

#[test]
fn repair_makes_verify_content_and_costs_no_other_capture() {
    let (site, kept) = archive_of_twelve(false);
    hurt(&kept, "journal");
    let before = readable(&site, &kept);
    ask(&kept).arg("repair").run();
    ask(&kept).arg("verify").run().success();
    // Of the one capture that was hit, what hangs on the damaged record may go.
    let after = readable(&site, &kept);
    assert!(after + 1 >= before, "{before} pages could be read before the repair, {after} after it");
}

#[test]
fn a_torn_tail_is_cut_off_and_said() {
    let (site, kept) = archive_of_twelve(false);
    let journal = kept.files(".warc.zst").into_iter().find(|p| p.to_string_lossy().contains("journal")).unwrap();
    let mut bytes = fs::read(&journal).unwrap();
    bytes.extend(&bytes[..300].to_vec()[4..200]);
    fs::write(&journal, &bytes).unwrap();
    site.page("/more", article("More", "the more", 1));
    let outcome = Chaffinch::local().archive(&kept).args(["archive", &site.url("/more")]).run();
    outcome.success().says(&journal.file_name().unwrap().to_string_lossy());
    ask(&kept).arg("verify").run().success();
    assert_eq!(readable(&site, &kept), 12);
}

#[test]
fn a_journal_without_its_last_bytes_loses_the_last_record_alone() {
    let (site, kept) = archive_of_twelve(false);
    let journal = kept.files(".warc.zst").into_iter().find(|p| p.to_string_lossy().contains("journal")).unwrap();
    let bytes = fs::read(&journal).unwrap();
    fs::write(&journal, &bytes[..bytes.len() - 10]).unwrap();
    assert!(readable(&site, &kept) >= 11, "only {} of 12 pages can be read", readable(&site, &kept));
    site.page("/more", article("More", "the more", 1));
    Chaffinch::local().archive(&kept).args(["archive", &site.url("/more")]).run().success();
    ask(&kept).args(["show", &site.url("/more")]).run().success();
}

#[test]
fn an_archive_of_a_newer_version_is_refused_untouched() {
    let (site, kept) = archive_of_twelve(false);
    let format = kept.path().join("FORMAT");
    let text = fs::read_to_string(&format).unwrap();
    let digit = text.rfind(|c: char| c.is_ascii_digit()).expect("a version in FORMAT");
    let newer = format!("{}987{}", &text[..=digit], &text[digit + 1..]);
    fs::write(&format, &newer).unwrap();
    let size = kept.stored_bytes();
    for args in [vec!["list".into()], vec!["verify".into()], vec!["archive".into(), site.url("/p1")]] {
        Chaffinch::local().archive(&kept).args(&args).run().code(3).says("newer");
    }
    assert_eq!((fs::read_to_string(&format).unwrap(), kept.stored_bytes()), (newer, size));
}

#[test]
fn a_folder_that_is_no_archive_is_refused() {
    let kept = TempArchive::new();
    fs::create_dir_all(kept.path()).unwrap();
    fs::write(kept.path().join("holiday.txt"), "not an archive").unwrap();
    let outcome = ask(&kept).arg("list").run();
    outcome.code(3).says(&kept.path().to_string_lossy());
    assert_eq!(fs::read_to_string(kept.path().join("holiday.txt")).unwrap(), "not an archive");
}

#[test]
fn a_catalogue_that_is_no_database_is_rebuilt_or_refused_never_believed() {
    let (site, kept) = archive_of_twelve(false);
    let catalogue = kept.path().join("catalogue.sqlite");
    fs::write(&catalogue, vec![0x5a; 40_000]).unwrap();
    for side in ["catalogue.sqlite-wal", "catalogue.sqlite-shm"] {
        drop(fs::remove_file(kept.path().join(side)));
    }
    let outcome = ask(&kept).args(["--json", "list"]).run();
    if outcome.code == Some(0) {
        assert_eq!(outcome.json_lines().len(), 12);
    } else {
        outcome.code(3).says("reindex");
    }
    ask(&kept).arg("reindex").run().success();
    assert_eq!(readable(&site, &kept), 12);
}
