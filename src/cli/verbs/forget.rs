//! `forget`: takes captures out for good.

use crate::cli::args::ForgetArgs;
use crate::cli::exit::Exit;
use crate::cli::face::count;
use crate::cli::setup::{Failure, Setup, store_failure};
use crate::snapshot::value::CaptureId;
use crate::store::archive::Archive;
use crate::store::names;

/// Takes out every capture of a page, or single ones.
pub fn run(setup: &Setup, args: &ForgetArgs) -> anyhow::Result<Exit> {
    let archive = setup.open()?;
    let mut wanted = Vec::new();
    for what in &args.what {
        wanted.extend(meant(&archive, what)?);
    }
    let report = archive.forget(&wanted, &args.reason, setup.now()).map_err(store_failure)?;
    if setup.face.json {
        setup.face.record(&report)?;
    } else {
        let heirs = match report.heirs {
            0 => String::new(),
            number => format!("; {} now holding what was only referred to", count(number, "other capture")),
        };
        setup.face.say(&format!("{} forgotten{heirs}", count(report.captures, "capture")));
    }
    let aside = archive.dir().join(names::DAMAGED);
    if aside.is_dir() {
        let aside = aside.display();
        setup.face.complain(&format!("{aside} holds what `repair` put aside; what was forgotten may stand there, too"));
    }
    Ok(Exit::Done)
}

/// A capture by its id, or all of a page.
fn meant(archive: &Archive, what: &str) -> anyhow::Result<Vec<CaptureId>> {
    let Some(known) = archive.find(what, None).map_err(store_failure)? else {
        return Err(Failure::new(Exit::Failed, format!("{what}: not in the archive; nothing was forgotten")));
    };
    if what.trim().parse::<CaptureId>().is_ok() {
        return Ok(vec![known.id]);
    }
    let history = archive.history(&known.url).map_err(store_failure)?;
    Ok(history.into_iter().map(|capture| capture.id).collect())
}
