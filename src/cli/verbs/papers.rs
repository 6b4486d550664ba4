//! `init`, `completions` and `man`: what the program says of itself, all from the same definitions.

use std::fmt::Write as _;
use std::io::Write as _;

use clap::{Command, CommandFactory};

use crate::cli::args::{Cli, CompletionsArgs, InitArgs, ManArgs};
use crate::cli::exit::{Exit, TABLE};
use crate::cli::face::Face;
use crate::cli::setup::Failure;

/// The configuration at its defaults, with a comment on every key.
const CONFIG: &str = include_str!("../../../config.toml");

/// `init`: writes the configuration where there is none.
pub fn init(face: Face, args: &InitArgs) -> anyhow::Result<Exit> {
    let path = &args.file;
    let file = std::fs::OpenOptions::new().write(true).create_new(true).open(path);
    let mut file = file.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Failure::new(Exit::Failed, format!("{} is there already; it is left as it is", path.display()))
        }
        _ => Failure::new(Exit::Unwritable, format!("cannot write {}: {error}", path.display())),
    })?;
    file.write_all(CONFIG.as_bytes())
        .map_err(|error| Failure::new(Exit::Unwritable, format!("cannot write {}: {error}", path.display())))?;
    face.say(&format!("wrote {}; set fetch.contact, add a [[source]], then run `chaffinch crawl`", path.display()));
    Ok(Exit::Done)
}

/// `completions`.
pub fn completions(face: Face, args: &CompletionsArgs) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "chaffinch", &mut script);
    face.bytes(&script)?;
    Ok(Exit::Done)
}

/// `man`.
pub fn man(face: Face, args: &ManArgs) -> anyhow::Result<Exit> {
    if args.markdown {
        face.bytes(reference().as_bytes())?;
    } else {
        let mut page = Vec::new();
        clap_mangen::Man::new(Cli::command()).render(&mut page)?;
        face.bytes(&page)?;
    }
    Ok(Exit::Done)
}

/// docs/cli.md.
pub fn reference() -> String {
    let mut root = Cli::command();
    root.build();
    let mut text = String::from(
        "# The command line\n\nMade by `chaffinch man --markdown` from the definitions; a test compares them.\n\n",
    );
    if let Some(about) = root.get_about() {
        let _ = writeln!(text, "{about}\n");
    }
    text.push_str("Global options:\n\n");
    arguments(&mut text, &root, true);
    for verb in root.get_subcommands().filter(|verb| verb.get_name() != "help") {
        let _ = writeln!(text, "\n## {}\n", verb.get_name());
        if let Some(about) = verb.get_about() {
            let _ = writeln!(text, "{about}.\n");
        }
        let usage = verb.clone().render_usage().to_string();
        let _ = writeln!(text, "```\n{}\n```\n", usage.trim_start_matches("Usage: "));
        arguments(&mut text, verb, false);
    }
    text.push_str("\n## Exit codes\n\n| code | meaning |\n| --- | --- |\n");
    for (exit, meaning) in TABLE {
        let _ = writeln!(text, "| {} | {meaning} |", *exit as u8);
    }
    text
}

fn arguments(text: &mut String, command: &Command, global: bool) {
    for argument in command.get_arguments().filter(|argument| argument.is_global_set() == global) {
        let id = argument.get_id().as_str();
        if argument.is_hide_set() || matches!(id, "help" | "version") {
            continue;
        }
        let value = argument.get_value_names().filter(|_| argument.get_action().takes_values());
        let value = value.map_or(String::new(), |names| names.iter().fold(String::new(), |all, name| all + " " + name));
        let name = match (argument.get_short(), argument.get_long()) {
            (Some(short), Some(long)) => format!("-{short}, --{long}{value}"),
            (None, Some(long)) => format!("--{long}{value}"),
            _ => value.trim().to_owned(),
        };
        let choices: Vec<String> =
            argument.get_possible_values().iter().map(|value| format!("`{}`", value.get_name())).collect();
        let takes_values = argument.get_action().takes_values();
        let choices =
            if takes_values && !choices.is_empty() { format!(": {}", choices.join(", ")) } else { String::new() };
        let default: Vec<_> = argument.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
        let default = if takes_values && !default.is_empty() {
            format!(" (default `{}`)", default.join(" "))
        } else {
            String::new()
        };
        let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
        let _ = writeln!(text, "* `{name}` — {}{choices}{default}", help.trim_end_matches('.'));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_is_the_definitions() {
        let kept = include_str!("../../../docs/cli.md");
        assert!(kept == reference(), "docs/cli.md is old: run `chaffinch man --markdown > docs/cli.md`");
    }
}
