//! Runs the commands of `[hooks]` with JSON on stdin. A hook that fails is reported and changes nothing.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde::Serialize;

use crate::cli::config::values::HooksSection;
use crate::cli::face::Face;
use crate::snapshot::value::Change;

/// The commands, and where their failures are told.
#[derive(Debug, Clone)]
pub struct Hooks {
    commands: HooksSection,
    face: Face,
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
        Self { commands: commands.clone(), face }
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
        if command.trim().is_empty() {
            return;
        }
        let (shell, input) = (command.to_owned(), serde_json::to_vec(message).unwrap_or_default());
        let ran = tokio::task::spawn_blocking(move || {
            let mut child =
                Command::new("sh").args(["-c", &shell]).stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
            if let Some(mut stdin) = child.stdin.take() {
                // A command that does not read its stdin is within its rights.
                let _ = stdin.write_all(&input);
            }
            child.wait()
        });
        match ran.await {
            Ok(Ok(status)) if status.success() => {}
            Ok(Ok(status)) => self.face.complain(&format!("hook `{command}` failed: {status}")),
            Ok(Err(error)) => self.face.complain(&format!("hook `{command}` could not be run: {error}")),
            Err(_) => self.face.complain(&format!("hook `{command}` ended too early")),
        }
    }
}
