//! From the command line to an exit code: one verb, one outcome, and one place where errors become messages.

use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::process::ExitCode;

use clap::Parser;

use crate::cli::args::{Cli, Verb};
use crate::cli::exit::Exit;
use crate::cli::face::Face;
use crate::cli::setup::{Failure, Setup};
use crate::cli::verbs;

/// Runs one verb.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(mut cli) => {
            cli.global.set = every_set(&arguments);
            cli
        }
        Err(error) => {
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Done };
            let _ = error.print();
            return exit.into();
        }
    };
    let face = Face::new(&cli.global, std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()));
    start_log(cli.global.verbose);
    match verb(&cli, face) {
        Ok(exit) => exit.into(),
        Err(error) => conclude(face, &error).into(),
    }
}

/// Every `--set`, before the verb and after it: the parser lets those after it replace those before.
fn every_set(arguments: &[OsString]) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = arguments.iter().map(|argument| argument.to_string_lossy()).take_while(|argument| argument != "--");
    while let Some(argument) = rest.next() {
        if argument == "--set" {
            found.extend(rest.next().map(Into::into));
        } else if let Some(value) = argument.strip_prefix("--set=") {
            found.push(value.to_owned());
        }
    }
    found
}

fn verb(cli: &Cli, face: Face) -> anyhow::Result<Exit> {
    // What needs no configuration works where the configuration is wrong.
    match &cli.verb {
        Verb::Init(args) => return verbs::papers::init(face, args),
        Verb::Completions(args) => return verbs::papers::completions(face, args),
        Verb::Man(args) => return verbs::papers::man(face, args),
        _ => {}
    }
    let setup = Setup::new(&cli.global)?;
    with_setup(cli, &setup).map_err(|error| name_archive(error, &setup))
}

/// Errors of the archive name its folder.
fn name_archive(error: anyhow::Error, setup: &Setup) -> anyhow::Error {
    let folder = setup.archive_dir.display().to_string();
    match error.downcast_ref::<Failure>() {
        Some(failure)
            if matches!(failure.exit, Exit::Unreadable | Exit::Unwritable) && !failure.message.contains(&folder) =>
        {
            Failure::new(failure.exit, format!("archive {folder}: {}", failure.message))
        }
        _ => error,
    }
}

fn with_setup(cli: &Cli, setup: &Setup) -> anyhow::Result<Exit> {
    match &cli.verb {
        Verb::Archive(args) => verbs::archive::run(setup, args),
        Verb::Crawl(args) => verbs::crawl::run(setup, args),
        Verb::Extract(args) => verbs::extract::run(setup, args),
        Verb::Show(args) => verbs::show::run(setup, args),
        Verb::List(args) => verbs::list::list(setup, args),
        Verb::Search(args) => verbs::list::search(setup, args),
        Verb::History(args) => verbs::list::history(setup, args),
        Verb::Diff(args) => verbs::diff::run(setup, args),
        Verb::Explain(args) => verbs::explain::run(setup, args),
        Verb::Replay(args) => verbs::replay::run(setup, args),
        Verb::Import(args) => verbs::import::run(setup, args),
        Verb::Export(args) => verbs::export::run(setup, args),
        Verb::Forget(args) => verbs::forget::run(setup, args),
        Verb::Verify => verbs::health::verify(setup),
        Verb::Repair => verbs::health::repair(setup),
        Verb::Compact => verbs::health::compact(setup),
        Verb::Reindex(args) => verbs::health::reindex(setup, args),
        Verb::Robots(args) => verbs::robots::run(setup, args),
        Verb::Sources => verbs::sources::run(setup),
        Verb::Status => verbs::health::status(setup),
        Verb::Init(_) | Verb::Completions(_) | Verb::Man(_) => Ok(Exit::Done),
    }
}

/// Says what went wrong; the code is the error's own where it has one. A pipe that was closed has read enough.
fn conclude(face: Face, error: &anyhow::Error) -> Exit {
    if error.chain().any(is_closed_pipe) {
        return Exit::Done;
    }
    face.complain(&format!("chaffinch: {error:#}"));
    error.downcast_ref::<Failure>().map_or(Exit::Failed, |failure| failure.exit)
}

fn is_closed_pipe(cause: &(dyn std::error::Error + 'static)) -> bool {
    cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// The log for those who look for a defect: `CHAFFINCH_LOG=chaffinch=debug`, or `-vv`.
fn start_log(verbose: u8) {
    use tracing_subscriber::EnvFilter;
    let asked = std::env::var("CHAFFINCH_LOG").ok();
    let filter = match (&asked, verbose) {
        (Some(filter), _) => filter.as_str(),
        (None, 2..) => "chaffinch=debug",
        (None, _) => return,
    };
    let _ = tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_env_filter(EnvFilter::new(filter))
        .try_init();
}
