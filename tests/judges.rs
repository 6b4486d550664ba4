//! Other people's tools judge what we write: fastwarc and warcio read it, wacz validates it, pywb replays it over HTTP. They stand in
//! the Python that `CHAFFINCH_JUDGES` names, which `scripts/test` makes; without it these tests say that they are skipped.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use chaffinch_warc::RecordType;

use crate::export::{export, kept, records};
use crate::support::chaffinch::Chaffinch;

pub(crate) fn judge() -> Option<PathBuf> {
    let python = std::env::var_os("CHAFFINCH_JUDGES").map(PathBuf::from);
    if python.is_none() {
        eprintln!("SKIPPED: CHAFFINCH_JUDGES names no Python with fastwarc, warcio, wacz and pywb");
    }
    python
}

fn judged(python: &Path, args: &[&str]) -> String {
    let output = Command::new(python).args(args).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(output.status.success(), "{args:?}: {text}");
    text
}

/// Reads files with fastwarc and, if they are gzip, warcio, digests checked, and prints what each saw.
const READ: &str = "
import sys
from fastwarc.warc import ArchiveIterator
for path in sys.argv[1:]:
    count = 0
    for record in ArchiveIterator(open(path, 'rb'), verify_digests=False, parse_http=False):
        record.freeze()
        assert record.verify_block_digest() is not False, record.record_id
        count += 1
    print('fastwarc', count)
    if path.endswith('.gz'):
        from warcio.archiveiterator import ArchiveIterator as Other
        seen = [(r.rec_type, r.rec_headers.get_header('WARC-Target-URI'), len(r.raw_stream.read())) for r in Other(open(path, 'rb'))]
        print('warcio', len(seen))
";

/// `fastwarc check`: every record is there, and none has another digest than it says. The payload digest of a revisit is that of
/// another record's payload (WARC 1.1, 6.7.2), which fastwarc compares with the revisit's own all the same.
fn fastwarc_checks(python: &Path, path: &Path) {
    let told = path.with_extension("checked");
    let (path_text, told_text) = (path.to_str().unwrap(), told.to_str().unwrap());
    let check = python.with_file_name("fastwarc");
    judged(&check, &["check", "--quiet", path_text]);
    let args = ["check", "--verify-payloads", "--quiet", "--output", told_text, path_text];
    Command::new(&check).args(args).output().unwrap();
    let told = std::fs::read_to_string(told).unwrap();
    let records = records(path);
    assert_eq!(told.lines().count(), records.len(), "{told}");
    for (line, record) in told.lines().zip(&records) {
        let revisit = record.header.record_type() == RecordType::Revisit;
        let expected = if revisit { ": OK, PAYLOAD_" } else { ": OK, PAYLOAD_OK" };
        assert!(line.contains(expected) || line.contains(": OK, PAYLOAD_NO_DIGEST"), "{line}");
    }
}

#[test]
fn other_peoples_readers_read_what_leaves() {
    let Some(python) = judge() else { return };
    let (_site, kept) = kept();
    for name in ["all.warc.gz", "all.warc.zst"] {
        let (path, outcome) = export(&kept, name, &[]);
        outcome.success();
        let count = records(&path).len();
        let told = judged(&python, &["-c", READ, path.to_str().unwrap()]);
        assert!(told.contains(&format!("fastwarc {count}")), "{told}");
        assert!(name.ends_with("zst") || told.contains(&format!("warcio {count}")), "{told}");
        fastwarc_checks(&python, &path);
    }
}

#[test]
fn other_peoples_readers_read_the_archives_own_files() {
    let Some(python) = judge() else { return };
    let (site, kept) = kept();
    Chaffinch::new().archive(&kept).arg("compact").run().success();
    Chaffinch::local().archive(&kept).args(["archive", &site.url("/a")]).run().success();
    let files = kept.files(".warc.zst");
    assert_eq!(files.len(), 3, "a segment with a generation dictionary, one of pictures, and a journal");
    for file in files {
        let told = judged(&python, &["-c", READ, file.to_str().unwrap()]);
        assert!(told.contains(&format!("fastwarc {}", records(&file).len())), "{told}");
        fastwarc_checks(&python, &file);
    }
}

#[test]
fn a_container_is_valid_to_the_tool_that_validates_them() {
    let Some(python) = judge() else { return };
    let (_site, kept) = kept();
    let (path, outcome) = export(&kept, "all.wacz", &[]);
    outcome.success();
    let told = judged(&python, &["-m", "wacz.main", "validate", "-f", path.to_str().unwrap()]);
    assert!(!told.to_lowercase().contains("invalid"), "{told}");
}

/// pywb, serving a collection; it ends with this value.
pub(crate) struct Wayback {
    child: Child,
    port: u16,
}

impl Drop for Wayback {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Wayback {
    /// Serves a WARC file as the collection `c`; `None`, said aloud, where there is no pywb.
    pub(crate) fn start(python: &Path, folder: &Path, warc: &Path) -> Option<Self> {
        let tool = |name: &str| python.with_file_name(name);
        if !tool("wayback").exists() {
            eprintln!("SKIPPED: there is no pywb");
            return None;
        }
        for args in [vec!["init", "c"], vec!["add", "c", warc.to_str().unwrap()]] {
            let done = Command::new(tool("wb-manager")).args(args).current_dir(folder).output().unwrap();
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        }
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let mut command = Command::new(tool("wayback"));
        command.args(["-b", "127.0.0.1", "-p", &port.to_string()]).current_dir(folder);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let served = Self { child, port };
        let begun = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(60), "pywb does not begin to serve");
            std::thread::yield_now();
        }
        Some(served)
    }

    /// The body of an answer.
    pub(crate) fn get(&self, path: &str) -> Vec<u8> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).unwrap();
        write!(stream, "GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let body = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
        assert!(answer.starts_with(b"HTTP/1.0 200") || answer.starts_with(b"HTTP/1.1 200"), "{path}: {answer:?}");
        answer.split_off(body)
    }
}

#[test]
fn pywb_replays_an_exported_file() {
    let Some(python) = judge() else { return };
    let (_site, kept) = kept();
    let (path, outcome) = export(&kept, "all.warc.gz", &[]);
    outcome.success();
    let folder = tempfile::tempdir().unwrap();
    let Some(wayback) = Wayback::start(&python, folder.path(), &path) else { return };
    let captures = Chaffinch::new().archive(&kept).args(["--json", "list"]).run().success().json_lines();
    assert_eq!(captures.len(), 4);
    // pywb counts in seconds: of captures of a page within one, it may show any.
    let mut ours: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for capture in captures {
        let (id, url) = (capture["id"].as_str().unwrap(), capture["url"].as_str().unwrap());
        let at: String = capture["at"].as_str().unwrap().chars().filter(char::is_ascii_digit).take(14).collect();
        let page = Chaffinch::new().archive(&kept).args(["show", "--format", "raw", id]).run().success().stdout.clone();
        ours.entry((url.to_owned(), at)).or_default().push(page.trim_end().to_owned());
    }
    for ((url, at), pages) in ours {
        let theirs = String::from_utf8(wayback.get(&format!("/c/{at}id_/{url}"))).unwrap();
        assert!(pages.iter().any(|page| page == theirs.trim_end()), "{url} at {at}: {theirs}");
    }
}
