//! Replay under load: the page as captured (rewritten) and the bytes as stored, captures in random order, beside a bare server
//! that answers the same bodies from memory (the limit of client, HTTP and machine) and, where it is installed, pywb over the
//! same captures as a `.warc.gz`. Client and server share the machine.

use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use chaffinch::snapshot::value::Snapshot;
use chaffinch::store::archive::Archive;
use chaffinch::store::report::SealOptions;
use chaffinch_warc::{Compression, Reader, RecordType, Writer};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::Setting;
use crate::clients::Seen;
use crate::corpus::{self, Sample};
use crate::figures::{median, number, range, skipped, table};
use crate::process::{self, Server, cpu_seconds, myself};

const AS_STORED: &str = "as stored (id_)";
const REWRITTEN: &str = "as captured, rewritten";
const GROUP: usize = 64;
const CONNECTIONS: [usize; 2] = [1, 32];
const RECORD_BYTES_MAX: u64 = 256 << 20;
/// pywb loads slowly.
const PYWB_STARTS: Duration = Duration::from_secs(60);
const PYWB_THREADS: &str = "4";

/// What is asked, of whom.
struct Question {
    who: String,
    what: &'static str,
    urls: PathBuf,
    /// The server's process.
    pid: u32,
    /// What was seen, and the server's processor time, by connections.
    seen: Vec<Vec<(Seen, f64)>>,
}

/// Measures.
pub fn run(setting: &Setting) -> Result<()> {
    let (wanted, rounds, seconds) = if setting.quick { (200, 1, 3.0) } else { (1000, 3, 8.0) };
    let samples = corpus::spread(&setting.data, wanted)?;
    let folder = tempfile::tempdir_in(&setting.scratch)?;
    let stamped = fill(&folder.path().join("archive"), &samples)?;

    let file = folder.path().join("pages.jsonl");
    corpus::write_lines(&file, &samples)?;
    let bare = Server::start(Command::new(myself()?).arg("serve").arg(&file))?;
    let replay = start_replay(setting, &folder.path().join("archive"))?;
    let pywb = start_pywb(setting, folder.path())?;

    let captures = origin(&replay, "captures")?;
    let list = |modifier: &str, base: &str| -> Vec<String> {
        stamped.iter().map(|(at, url)| format!("{base}/{at}{modifier}/{url}")).collect()
    };
    let bodies: Vec<String> = (0..samples.len()).map(|n| format!("{}/p/{n}.html", bare.address)).collect();
    let asks = |who: &str, what, pid, list: &[String]| question(folder.path(), who, what, pid, list);
    let mut questions = vec![
        asks("bare server, from memory: the limit", "the same bodies", bare.pid(), &bodies)?,
        asks("chaffinch replay", AS_STORED, replay.pid(), &list("id_", &captures))?,
        asks("chaffinch replay", REWRITTEN, replay.pid(), &list("mp_", &captures))?,
    ];
    if let Some((pywb, base)) = &pywb {
        questions.push(asks("pywb", AS_STORED, pywb.0.id(), &list("id_", base))?);
        questions.push(asks("pywb", REWRITTEN, pywb.0.id(), &list("mp_", base))?);
    }
    for _ in 0..rounds {
        for question in &mut questions {
            for (n, connections) in CONNECTIONS.into_iter().enumerate() {
                let before = cpu_seconds(question.pid)?;
                let seen = ask(&question.urls, connections, seconds, folder.path())?;
                question.seen[n].push((seen, cpu_seconds(question.pid)? - before));
            }
        }
    }
    report(&questions, samples.len(), rounds);
    println!("Peak memory of `chaffinch replay`: {} MiB.\n", number(replay.peak_mib()));
    Ok(())
}

fn question(folder: &Path, who: &str, what: &'static str, pid: u32, list: &[String]) -> Result<Question> {
    let name: String = format!("{who}-{what}.urls").chars().filter(char::is_ascii_alphanumeric).collect();
    let urls = folder.join(name);
    std::fs::write(&urls, list.join("\n"))?;
    Ok(Question { who: who.to_owned(), what, urls, pid, seen: CONNECTIONS.iter().map(|_| Vec::new()).collect() })
}

/// Stores every page, seals, and says under which timestamps and addresses they are.
fn fill(folder: &Path, samples: &[Sample]) -> Result<Vec<(String, String)>> {
    let from: Timestamp = "2026-03-01T12:00:00Z".parse()?;
    let archive = Archive::open_or_create(folder)?;
    let mut stamped = Vec::new();
    let mut snapshots = Vec::new();
    for (n, sample) in samples.iter().enumerate() {
        let page = corpus::page(sample, n, from + SignedDuration::from_secs(2 * n as i64))?;
        stamped.push((page.at.strftime("%Y%m%d%H%M%S").to_string(), page.url.to_string()));
        snapshots.push(Snapshot::new(page));
    }
    for group in snapshots.chunks(GROUP) {
        archive.store(group)?;
    }
    export(&archive, &folder.with_file_name("peer.warc.gz"))?;
    archive.seal(&SealOptions::end_of_run(Timestamp::now()))?;
    Ok(stamped)
}

/// The same records for peers, who read no Zstandard.
fn export(archive: &Archive, to: &Path) -> Result<()> {
    let mut writer = Writer::new(BufWriter::new(File::create(to)?), Compression::Gzip { level: 9 })?;
    for entry in std::fs::read_dir(archive.dir().join("journal"))? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "zst") {
            continue;
        }
        let mut reader = Reader::new(BufReader::new(File::open(path)?));
        while let Some(entry) = reader.next_record()? {
            let (_, record) = entry.into_record(RECORD_BYTES_MAX)?;
            if matches!(record.header.record_type(), RecordType::Response | RecordType::Revisit | RecordType::Request) {
                writer.write(&record)?;
            }
        }
    }
    writer.finish()?;
    Ok(())
}

/// Serves an archive on free ports.
pub fn start_replay(setting: &Setting, archive: &Path) -> Result<Server> {
    let mut command = Command::new(&setting.chaffinch);
    command.arg("--archive").arg(archive).args(["--json", "--quiet", "replay", "--bind", "127.0.0.1:0"]);
    Server::start(command.current_dir(archive))
}

/// Where it serves the `interface` or the `captures`.
pub fn origin(replay: &Server, which: &str) -> Result<String> {
    let told: Value = serde_json::from_str(&replay.address).with_context(|| replay.address.clone())?;
    let address = told[which].as_str().with_context(|| format!("replay said no address of its {which}"))?;
    Ok(format!("http://{address}"))
}

/// A process that ends with this value.
struct Ends(Child);

impl Drop for Ends {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// pywb over the same captures; `None` where it is not installed.
fn start_pywb(setting: &Setting, folder: &Path) -> Result<Option<(Ends, String)>> {
    let tools = setting.python.as_ref().and_then(|python| Some(python.parent()?.to_owned()));
    let Some(tools) = tools.filter(|tools| tools.join("wayback").exists()) else {
        skipped("pywb", "it is not installed beside the Python that was given");
        return Ok(None);
    };
    for args in [&["init", "bench"][..], &["add", "bench", "peer.warc.gz"][..]] {
        let mut command = Command::new(tools.join("wb-manager"));
        let output = command.args(args).current_dir(folder).output()?;
        ensure!(output.status.success(), "wb-manager {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
    let mut command = Command::new(tools.join("wayback"));
    command.args(["-b", "127.0.0.1", "-p", &port.to_string(), "-t", PYWB_THREADS]).current_dir(folder);
    let child = Ends(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?);
    let begun = Instant::now();
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
        if begun.elapsed() > PYWB_STARTS {
            bail!("pywb did not start");
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(Some((child, format!("http://127.0.0.1:{port}/bench"))))
}

/// Asks for the URLs of a file in random order.
pub fn ask(urls: &Path, connections: usize, seconds: f64, folder: &Path) -> Result<Seen> {
    let out = folder.join("seen");
    let mut command = Command::new(myself()?);
    command.arg("load").arg(urls).args([connections.to_string(), seconds.to_string()]);
    process::run(&mut command, &out)?;
    Ok(serde_json::from_str(&std::fs::read_to_string(&out)?)?)
}

fn report(questions: &[Question], captures: usize, rounds: usize) {
    let rate = |(seen, _): &(Seen, f64)| seen.answers as f64 / seen.seconds;
    let mut rows = Vec::new();
    for (n, connections) in CONNECTIONS.into_iter().enumerate() {
        let limit: Vec<f64> = questions.first().iter().flat_map(|limit| limit.seen[n].iter().map(rate)).collect();
        for question in questions {
            let seen = &question.seen[n];
            let rates: Vec<f64> = seen.iter().map(rate).collect();
            let ratios: Vec<f64> = rates.iter().zip(&limit).map(|(ours, limit)| ours / limit).collect();
            let of = |figure: fn(&Seen) -> f64| range(&seen.iter().map(|(seen, _)| figure(seen)).collect::<Vec<_>>());
            let cpu: Vec<f64> = seen.iter().map(|(seen, cpu)| cpu * 1000.0 / seen.answers.max(1) as f64).collect();
            rows.push(vec![
                question.who.clone(),
                question.what.to_owned(),
                connections.to_string(),
                range(&rates),
                number(median(&ratios)),
                of(|seen| seen.p50_ms),
                of(|seen| seen.p99_ms),
                number(median(&cpu)),
                number(seen.iter().map(|(seen, _)| seen.failures as f64).sum()),
            ]);
        }
    }
    let title = format!("Replay: {captures} captures of wcxb-dev in random order, {rounds} round(s)");
    let head = [
        "",
        "",
        "connections",
        "requests/s",
        "of the limit",
        "p50 ms",
        "p99 ms",
        "server's processor ms a request",
        "failures",
    ];
    table(&title, &head, &rows);
}
