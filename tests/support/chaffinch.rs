//! The program as a user runs it: a clean environment, a home folder of its own, and an end after a minute whatever happens.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

/// How long a run may take before it is killed and the test fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder that is gone after the test; an archive is made in it by the first command that writes.
pub struct TempArchive {
    folder: TempDir,
}

impl TempArchive {
    /// A folder without an archive in it yet.
    pub fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    /// Where the archive is, or will be.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("archive")
    }

    /// Writes a file beside the archive and says where it is.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Every file of the archive whose path ends so.
    pub fn files(&self, end: &str) -> Vec<PathBuf> {
        let mut found = vec![];
        let mut folders = vec![self.path()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.to_string_lossy().ends_with(end) {
                    found.push(path);
                }
            }
        }
        found.sort();
        found
    }

    /// Bytes of all journals and segments.
    pub fn stored_bytes(&self) -> u64 {
        self.files(".warc.zst").iter().map(|p| p.metadata().unwrap().len()).sum()
    }
}

/// One command line in the making.
#[must_use]
pub struct Chaffinch {
    args: Vec<OsString>,
    env: Vec<(String, OsString)>,
    stdin: Option<Vec<u8>>,
    file_size_max: Option<u64>,
    folder: Option<PathBuf>,
    home: TempDir,
}

impl Chaffinch {
    /// The bare program.
    pub fn new() -> Self {
        Self {
            args: vec![],
            env: vec![],
            stdin: None,
            file_size_max: None,
            folder: None,
            home: TempDir::new().unwrap(),
        }
    }

    /// The program for a test that fetches from a local site: private addresses allowed, no delay between requests, no second
    /// try.
    pub fn local() -> Self {
        Self::new().set("fetch.allow_private_addresses=true").set("crawl.delay=0s").set("fetch.retries=0")
    }

    /// `--archive`.
    pub fn archive(self, archive: &TempArchive) -> Self {
        let path = archive.path();
        self.arg("--archive").arg(path)
    }

    /// `--config`.
    pub fn config(self, file: &Path) -> Self {
        self.arg("--config").arg(file)
    }

    /// `--set`.
    pub fn set(self, key_and_value: &str) -> Self {
        self.arg("--set").arg(key_and_value)
    }

    /// One more argument.
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    /// More arguments.
    pub fn args<I: IntoIterator<Item: AsRef<OsStr>>>(mut self, args: I) -> Self {
        self.args.extend(args.into_iter().map(|a| a.as_ref().to_owned()));
        self
    }

    /// An environment variable.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.env.push((name.to_owned(), value.as_ref().to_owned()));
        self
    }

    /// What stands on stdin; nothing otherwise.
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = Some(bytes.into());
        self
    }

    /// The folder it runs in; its own empty home otherwise.
    pub fn folder(mut self, folder: &Path) -> Self {
        self.folder = Some(folder.to_owned());
        self
    }

    /// Lets no file grow beyond so many KiB, as a full disk would; what writes more is told so and not killed.
    pub fn file_size_max(mut self, kib: u64) -> Self {
        self.file_size_max = Some(kib);
        self
    }

    fn command(&self) -> Command {
        let program = env!("CARGO_BIN_EXE_chaffinch");
        let mut command = if let Some(kib) = self.file_size_max {
            let mut shell = Command::new("bash");
            shell.arg("-c").arg(format!("trap '' XFSZ; ulimit -f {kib}; exec \"$0\" \"$@\"")).arg(program);
            shell
        } else {
            Command::new(program)
        };
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy().into_owned();
            if name.starts_with("CHAFFINCH_") || name.starts_with("XDG_") || name.to_lowercase().ends_with("_proxy") {
                command.env_remove(name);
            }
        }
        command.env("HOME", self.home.path()).env("NO_COLOR", "1").env_remove("RUST_LOG").args(&self.args);
        command.current_dir(self.folder.as_deref().unwrap_or(self.home.path()));
        command.envs(self.env.iter().map(|(n, v)| (n, v)));
        command.stdin(if self.stdin.is_some() { Stdio::piped() } else { Stdio::null() });
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Starts it and leaves it running.
    pub fn spawn(self) -> Running {
        let mut child = self.command().spawn().unwrap();
        if let (Some(bytes), Some(mut pipe)) = (self.stdin.clone(), child.stdin.take()) {
            // The program may well stop reading before the end.
            std::thread::spawn(move || drop(pipe.write_all(&bytes)));
        }
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let stderr = collect(child.stderr.take().unwrap());
        Running { child, stdout: Some(stdout), read: String::new(), stderr, command: self }
    }

    /// Runs it to its end.
    pub fn run(self) -> Outcome {
        self.spawn().wait()
    }
}

fn collect(mut pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut bytes = vec![];
        drop(pipe.read_to_end(&mut bytes));
        drop(sender.send(String::from_utf8_lossy(&bytes).into_owned()));
    });
    receiver
}

/// A program that is running. It is killed when this value goes.
pub struct Running {
    child: Child,
    stdout: Option<BufReader<ChildStdout>>,
    read: String,
    stderr: Receiver<String>,
    command: Chaffinch,
}

impl Running {
    /// Waits for one more line of stdout.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.as_mut().unwrap().read_line(&mut line).unwrap();
        self.read += &line;
        line.trim_end().to_owned()
    }

    /// Watches its memory until it ends: the most that was resident, in KiB, as Linux counts it.
    pub fn watch_memory(&self) -> JoinHandle<u64> {
        let status = format!("/proc/{}/status", self.child.id());
        std::thread::spawn(move || {
            let mut most = 0;
            while let Some(now) = std::fs::read_to_string(&status).ok().and_then(|text| {
                let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
                line.split_whitespace().next()?.parse().ok()
            }) {
                most = now;
                std::thread::sleep(Duration::from_millis(20));
            }
            most
        })
    }

    /// Reads no more of its stdout, as `head` does.
    pub fn hang_up(&mut self) {
        self.stdout = None;
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) -> &Self {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
        self
    }

    /// Lets it run for a while, and kills it if it has not ended by then.
    pub fn kill_after(mut self, delay: Duration) -> Outcome {
        let stdout = collect(self.stdout.take().unwrap());
        if let Ok(read) = stdout.recv_timeout(delay) {
            self.read += &read;
            return self.wait();
        }
        drop(self.child.kill());
        self.read += &stdout.recv_timeout(PATIENCE).unwrap_or_default();
        self.wait()
    }

    /// Waits for the end; a program that takes too long is killed and fails the test.
    pub fn wait(mut self) -> Outcome {
        let stdout = match self.stdout.take() {
            Some(stdout) => collect(stdout),
            None => collect(std::io::empty()),
        };
        let rest = stdout.recv_timeout(PATIENCE);
        if rest.is_err() {
            drop(self.child.kill());
        }
        let stderr = self.stderr.recv_timeout(PATIENCE).unwrap_or_default();
        let status = self.child.wait().unwrap();
        let args: Vec<_> = self.command.args.iter().map(|a| a.to_string_lossy()).collect();
        let outcome = Outcome {
            code: status.code(),
            stdout: std::mem::take(&mut self.read) + rest.as_deref().unwrap_or_default(),
            stderr,
            command: format!("chaffinch {}", args.join(" ")),
        };
        assert!(rest.is_ok(), "took longer than {PATIENCE:?}\n{}", outcome.told());
        outcome
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// How a run ended and what it said.
pub struct Outcome {
    /// `None` where a signal ended it.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    command: String,
}

impl Outcome {
    pub fn told(&self) -> String {
        format!("$ {}\nexit {:?}\n--- stdout\n{}\n--- stderr\n{}", self.command, self.code, self.stdout, self.stderr)
    }

    /// The exit code must be this.
    #[track_caller]
    pub fn code(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "{}", self.told());
        self
    }

    /// The exit code must be 0.
    #[track_caller]
    pub fn success(&self) -> &Self {
        self.code(0)
    }

    /// stdout must contain this.
    #[track_caller]
    pub fn stdout_contains(&self, text: &str) -> &Self {
        assert!(self.stdout.contains(text), "`{text}` is not on stdout\n{}", self.told());
        self
    }

    /// stdout must not contain this.
    #[track_caller]
    pub fn stdout_lacks(&self, text: &str) -> &Self {
        assert!(!self.stdout.contains(text), "`{text}` is on stdout\n{}", self.told());
        self
    }

    /// stderr must contain this.
    #[track_caller]
    pub fn stderr_contains(&self, text: &str) -> &Self {
        assert!(self.stderr.contains(text), "`{text}` is not on stderr\n{}", self.told());
        self
    }

    /// One of both must contain this: where a message stands is not the point.
    #[track_caller]
    pub fn says(&self, text: &str) -> &Self {
        let all = format!("{}\n{}", self.stdout, self.stderr).to_lowercase();
        assert!(all.contains(&text.to_lowercase()), "`{text}` is said nowhere\n{}", self.told());
        self
    }

    /// stdout as JSON Lines.
    #[track_caller]
    pub fn json_lines(&self) -> Vec<Value> {
        let parse = |line: &str| {
            serde_json::from_str(line).unwrap_or_else(|e| panic!("not JSON ({e}): {line}\n{}", self.told()))
        };
        self.stdout.lines().filter(|l| !l.trim().is_empty()).map(parse).collect()
    }

    /// The only JSON line of stdout.
    #[track_caller]
    pub fn json(&self) -> Value {
        let mut lines = self.json_lines();
        assert_eq!(lines.len(), 1, "one JSON line expected\n{}", self.told());
        lines.remove(0)
    }

    /// The last JSON line of stdout: the summary of a crawl.
    #[track_caller]
    pub fn summary(&self) -> Value {
        self.json_lines().pop().unwrap_or_else(|| panic!("no summary\n{}", self.told()))
    }

    /// The JSON line about a URL.
    #[track_caller]
    pub fn about(&self, url: &str) -> Value {
        let lines = self.json_lines();
        lines.into_iter().find(|l| l["url"] == url).unwrap_or_else(|| panic!("no line about {url}\n{}", self.told()))
    }
}
