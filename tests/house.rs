//! The floor plan, kept by the compiler's own view of the source: imports point down, and the pure crates stay pure.

use std::fs;
use std::path::{Path, PathBuf};

/// The rooms from the roof down. A room may use what stands on a lower floor, and itself; rooms that share a floor do not
/// know each other.
const FLOORS: &[&[&str]] = &[
    &["main", "lib"],
    &["cli"],
    &["crawl", "replay"],
    &["store"],
    &["fetch", "snapshot", "discover"],
    &["frontier"],
    &["page"],
    &["url", "sqlite"],
];

fn floor(room: &str) -> usize {
    FLOORS.iter().position(|rooms| rooms.contains(&room)).unwrap_or_else(|| panic!("`{room}` is not in the floor plan"))
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file under a folder with its text up to its tests.
fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = vec![];
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("tests.rs") {
                let text = fs::read_to_string(&path).unwrap();
                let text = text.split("#[cfg(test)]\nmod tests").next().unwrap().to_owned();
                found.push((path.strip_prefix(root()).unwrap().to_owned(), text));
            }
        }
    }
    found.sort();
    found
}

/// Lines without comments.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(|line| line.split("//").next().unwrap_or_default())
}

/// The rooms that a file names after `crate::`, or after `chaffinch::` in the binary.
fn named_rooms(text: &str) -> Vec<String> {
    let mut rooms = vec![];
    for line in code(text) {
        for marker in ["crate::", " chaffinch::"] {
            for (at, _) in line.match_indices(marker) {
                // `pub(in crate::x)` says who may look in, not what is imported.
                let rest = &line[at + marker.len()..];
                let room: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                if !room.is_empty() {
                    rooms.push(room);
                }
            }
        }
    }
    rooms
}

fn room_of(path: &Path) -> String {
    let part = path.components().nth(1).unwrap().as_os_str().to_string_lossy().into_owned();
    part.trim_end_matches(".rs").to_owned()
}

#[test]
fn imports_point_down_the_floor_plan() {
    let mut wrong = vec![];
    for (path, text) in sources("src") {
        let here = room_of(&path);
        for there in named_rooms(&text) {
            if here != there && floor(&there) <= floor(&here) {
                wrong.push(format!("{}: {here} uses {there}, which is not below it", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn fetch_and_store_do_not_know_each_other() {
    for (room, other) in
        [("src/fetch", "store"), ("src/store", "fetch"), ("src/replay", "fetch"), ("src/snapshot", "fetch")]
    {
        for (path, text) in sources(room) {
            assert!(!named_rooms(&text).iter().any(|r| r == other), "{} uses {other}", path.display());
        }
    }
}

#[test]
fn nothing_is_imported_through_the_roof_or_wholesale() {
    for (path, text) in
        sources("src").into_iter().chain(sources("crates/extract/src")).chain(sources("crates/warc/src"))
    {
        for line in code(&text) {
            assert!(!line.contains("use super::*"), "{}: `use super::*` outside tests", path.display());
            let direct = line.trim().strip_prefix("use crate::");
            // `use crate::Thing` and `use crate::{..}` name what only lib.rs could offer.
            let through_roof = direct.is_some_and(|rest| rest.starts_with(|c: char| c.is_uppercase() || c == '{'));
            assert!(!through_roof, "{}: `{}` goes through lib.rs", path.display(), line.trim());
        }
    }
}

#[test]
fn the_pure_crates_touch_neither_disk_nor_net_nor_clock_nor_environment() {
    let forbidden = [
        "std::fs",
        "std::net::Tcp",
        "std::net::Udp",
        "ToSocketAddrs",
        "std::env",
        "std::process",
        "std::time::SystemTime",
        "std::time::Instant",
        "SystemTime::now",
        "Instant::now",
        "Timestamp::now",
        "Zoned::now",
        "tokio",
        "reqwest",
        "println!",
        "eprintln!",
    ];
    for folder in ["crates/extract/src", "crates/warc/src"] {
        for (path, text) in sources(folder) {
            for line in code(&text) {
                for word in forbidden {
                    assert!(!line.contains(word), "{}: `{word}` in a pure crate", path.display());
                }
            }
        }
    }
}

#[test]
fn the_pure_rooms_do_not_ask_for_the_time() {
    for room in ["src/frontier", "src/discover", "src/snapshot", "src/url.rs", "src/page.rs"] {
        let files = if root().join(room).is_file() {
            vec![(PathBuf::from(room), fs::read_to_string(root().join(room)).unwrap())]
        } else {
            sources(room)
        };
        for (path, text) in files {
            for line in code(&text) {
                for word in ["SystemTime::now", "Instant::now", "Timestamp::now", "Zoned::now"] {
                    assert!(!line.contains(word), "{}: `{word}`: time is an argument", path.display());
                }
            }
        }
    }
}

#[test]
fn one_room_builds_http_clients() {
    for (path, text) in sources("src") {
        let builds = code(&text).any(|line| line.contains("reqwest::"));
        assert!(!builds || path.starts_with("src/fetch"), "{} knows reqwest", path.display());
    }
}

#[test]
fn unsafe_stands_where_c_is_called_a_file_is_mapped_and_in_the_walk_of_trees() {
    let mut places = vec![];
    for folder in ["src", "crates/extract/src", "crates/warc/src"] {
        for (path, text) in sources(folder) {
            let count = code(&text).filter(|line| line.contains("unsafe {")).count();
            places.extend((count > 0).then_some((path, count)));
        }
    }
    places.sort();
    let known = [
        ("crates/extract/src/trees.rs", 1),
        ("crates/warc/src/dictionary.rs", 1),
        ("crates/warc/src/members.rs", 3),
        ("src/cli/heaps.rs", 1),
        ("src/store/unpacked.rs", 1),
    ];
    assert!(
        places.iter().map(|(path, count)| (path.as_path(), *count)).eq(known.map(|(path, n)| (Path::new(path), n))),
        "{places:?}"
    );
}

#[test]
fn every_file_says_what_it_is() {
    for folder in ["src", "crates/extract/src", "crates/warc/src", "tests", "scripts"] {
        for (path, text) in sources(folder) {
            assert!(text.starts_with("//!"), "{} does not begin with `//!`", path.display());
        }
    }
}

#[test]
fn nothing_unfinished_is_left_behind() {
    for folder in ["src", "crates/extract/src", "crates/warc/src", "scripts"] {
        for (path, text) in sources(folder) {
            for word in ["todo!(", "unimplemented!(", "dbg!(", "TODO", "FIXME", "XXX"] {
                assert!(!text.contains(word), "{}: `{word}`", path.display());
            }
        }
    }
}
