//! `replay`: serves the archive until it is interrupted.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use crate::cli::args::ReplayArgs;
use crate::cli::exit::Exit;
use crate::cli::setup::{Failure, Setup};
use crate::cli::shell;
use crate::cli::verbs::sources::configured;
use crate::crawl::stop::Reason;
use crate::replay::error::Error;
use crate::replay::room::Rules;
use crate::replay::server::{Options, Server};
use crate::replay::token::Token;

#[derive(Serialize)]
struct Serving {
    url: String,
    interface: SocketAddr,
    captures: SocketAddr,
}

/// Serves; the first line says where.
pub fn run(setup: &Setup, args: &ReplayArgs) -> anyhow::Result<Exit> {
    let archive = setup.open()?;
    archive.unpack_into(&large_temporary_files());
    let bind = args.bind.as_deref().unwrap_or(&setup.config.replay.bind);
    let bind: SocketAddr = bind.parse().map_err(|_| {
        Failure::new(Exit::Usage, format!("`{bind}` is no address to bind to; write it as in 127.0.0.1:8460"))
    })?;
    let public = args.public_url.as_deref().unwrap_or(&setup.config.replay.public_url);
    let public_url = if public.is_empty() { None } else { Some(crate::url::parse(public)?) };
    let token = token(setup, args)?;
    shell::serving_runtime()?.block_on(async {
        let rulebook = setup.rulebook();
        let sources = setup.config.source.iter();
        let options = Options {
            public_url,
            token,
            sources: sources.map(configured).collect(),
            rules: Rules(Arc::new(move |url| rulebook.options(url))),
            ..Options::on(bind)
        };
        let failed = |error: Error| {
            let usage = matches!(error, Error::Unguarded { .. } | Error::PublicUrl { .. });
            Failure::new(if usage { Exit::Usage } else { Exit::Failed }, error.to_string())
        };
        let server = Server::bind(archive, &options).await.map_err(failed)?;
        // Before the address is told: whoever reads it may end the server at once.
        let mut stop = shell::stop_on_signals();
        let reason = stop.clone();
        if setup.face.json {
            let (interface, captures) = (server.interface_address(), server.captures_address());
            setup.face.record(&Serving { url: server.url(), interface, captures })?;
        } else {
            setup.face.line(&server.url())?;
        }
        setup.face.say("serving; Ctrl-C ends it");
        server.run(async move { stop.raised().await }).await.map_err(failed)?;
        Ok(match reason.reason() {
            Some(Reason::Terminated) => Exit::Terminated,
            Some(Reason::Interrupted) => Exit::Interrupted,
            _ => Exit::Done,
        })
    })
}

/// Where temporary files of some size belong: `TMPDIR`, else, by the file system hierarchy standard, `/var/tmp`, which is no memory.
fn large_temporary_files() -> PathBuf {
    let usual = Path::new("/var/tmp");
    if std::env::var_os("TMPDIR").is_none() && usual.is_dir() { usual.to_owned() } else { std::env::temp_dir() }
}

/// The token, from the file or the environment; never from the command line, which every process of the machine can read.
fn token(setup: &Setup, args: &ReplayArgs) -> anyhow::Result<Option<Token>> {
    let (text, place) = match &args.token_file {
        Some(file) => {
            let failed = |error| Failure::new(Exit::Usage, format!("{}: {error}", file.display()));
            let text = std::fs::read_to_string(file).map_err(failed)?;
            if is_open_to_others(file) {
                setup.face.complain(&format!("{}: others can read it; `chmod 600` keeps it yours", file.display()));
            }
            (text, file.display().to_string())
        }
        None => match std::env::var("CHAFFINCH_TOKEN") {
            Ok(text) if !text.is_empty() => (text, "CHAFFINCH_TOKEN".to_owned()),
            _ => return Ok(None),
        },
    };
    let wrong = |error: Error| Failure::new(Exit::Usage, format!("{place}: {error}"));
    Token::parse(&text).map(Some).map_err(wrong)
}

#[cfg(unix)]
fn is_open_to_others(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(file).is_ok_and(|found| found.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_: &Path) -> bool {
    false
}
