//! Runs the commands of `[hooks]` with JSON on stdin. A hook that fails is reported and changes nothing; one that hangs is
//! ended after a minute, so that it cannot hold up a crawl for ever.

use std::collections::HashSet;
use std::io::{self, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use serde::Serialize;

use crate::cli::config::values::HooksSection;
use crate::cli::face::Face;
use crate::snapshot::value::Change;

/// A hook that runs longer is ended.
const PATIENCE: Duration = Duration::from_secs(60);

/// The commands, and where their failures are told.
#[derive(Debug, Clone)]
pub struct Hooks {
    commands: HooksSection,
    face: Face,
    patience: Duration,
    /// Commands that hung: a thousand captures would wait a minute each.
    given_up: Arc<Mutex<HashSet<String>>>,
}

#[derive(Serialize)]
struct Message<'a, T: Serialize> {
    event: &'static str,
    source: Option<&'a str>,
    #[serde(flatten)]
    what: &'a T,
}

#[derive(Serialize)]
struct SourceMessage<'a> {
    message: &'a str,
}

impl Hooks {
    /// The hooks of a configuration.
    pub fn new(commands: &HooksSection, face: Face) -> Self {
        Self { commands: commands.clone(), face, patience: PATIENCE, given_up: Arc::default() }
    }

    /// After a capture; and, where the article is another than before, after an edit.
    pub async fn captured(&self, source: Option<&str>, record: &impl Serialize, change: Change) {
        self.run(&self.commands.on_capture, &Message { event: "capture", source, what: record }).await;
        if change == Change::Edited {
            self.run(&self.commands.on_edit, &Message { event: "edit", source, what: record }).await;
        }
    }

    /// When a source has failed for the third time in a row, or works again.
    pub async fn source(&self, name: &str, failing: bool, message: &str) {
        let (command, event) = if failing {
            (&self.commands.on_source_failing, "source_failing")
        } else {
            (&self.commands.on_source_recovered, "source_recovered")
        };
        self.run(command, &Message { event, source: Some(name), what: &SourceMessage { message } }).await;
    }

    async fn run(&self, command: &str, message: &impl Serialize) {
        let given_up = || self.given_up.lock().unwrap_or_else(PoisonError::into_inner);
        if command.trim().is_empty() || given_up().contains(command) {
            return;
        }
        let (shell, input) = (command.to_owned(), serde_json::to_vec(message).unwrap_or_default());
        let patience = self.patience;
        let ran = tokio::task::spawn_blocking(move || execute(&shell, input, patience));
        match ran.await {
            Ok(Ok(Some(status))) if status.success() => {}
            Ok(Ok(None)) => {
                given_up().insert(command.to_owned());
                self.face.complain(&format!(
                    "hook `{command}` ran longer than {} s and was ended; it is not run again in this run",
                    patience.as_secs()
                ));
            }
            Ok(Ok(Some(status))) => self.face.complain(&format!("hook `{command}` failed: {status}")),
            Ok(Err(error)) => self.face.complain(&format!("hook `{command}` could not be run: {error}")),
            Err(_) => self.face.complain(&format!("hook `{command}` ended too early")),
        }
    }
}

/// Runs a command of the shell; `None` where it ran too long and was ended.
fn execute(shell: &str, input: Vec<u8>, patience: Duration) -> io::Result<Option<ExitStatus>> {
    // A process group of its own, so that what the shell started ends with it.
    let mut child =
        Command::new("sh").args(["-c", shell]).stdin(Stdio::piped()).stdout(Stdio::null()).process_group(0).spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // Beside the waiting: a command that does not read its stdin is within its rights.
        std::thread::spawn(move || drop(stdin.write_all(&input)));
    }
    wait(&mut child, patience)
}

fn wait(child: &mut Child, patience: Duration) -> io::Result<Option<ExitStatus>> {
    let end = Instant::now() + patience;
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= end {
            let _ = kill_process_group(Pid::from_child(child), Signal::KILL);
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_hook_that_hangs_is_ended() {
        // The input is larger than a pipe holds, and nobody reads it.
        assert_eq!(execute("sleep 600; true", vec![b' '; 1 << 20], Duration::ZERO).unwrap(), None);
    }

    #[tokio::test]
    async fn a_hook_that_hung_is_not_run_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("runs");
        let command = format!("echo run >> {}; sleep 600", file.display());
        let face = Face { json: false, quiet: true, verbose: 0, color: false, terminal: false };
        let commands = HooksSection { on_source_failing: command, ..HooksSection::default() };
        let hooks = Hooks { patience: Duration::from_secs(2), ..Hooks::new(&commands, face) };
        hooks.source("g", true, "down").await;
        hooks.source("g", true, "down").await;
        assert_eq!(std::fs::read_to_string(file).unwrap_or_default().matches("run").count(), 1);
    }

    #[test]
    fn a_hook_reads_its_input_and_tells_how_it_ended() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("got");
        let command = format!("cat > {}; exit 3", file.display());
        let status = execute(&command, b"{}".to_vec(), PATIENCE).unwrap().unwrap();
        assert_eq!((status.code(), std::fs::read_to_string(file).unwrap().as_str()), (Some(3), "{}"));
    }
}
