//! `archive`: captures pages now, one line each.

use std::io::Read as _;
use std::sync::Arc;

use serde::Serialize;
use tokio::sync::mpsc;
use url::Url;

use crate::cli::args::ArchiveArgs;
use crate::cli::exit::Exit;
use crate::cli::face::{Face, Ink, bytes, count, plain};
use crate::cli::setup::{Failure, Setup, crawl_failure};
use crate::cli::shell::{self, Tools};
use crate::cli::verbs::list::ink;
use crate::crawl::by_hand::{self, Order, Outcome};
use crate::crawl::filing::Filing;
use crate::crawl::keep::Kept;
use crate::crawl::stop::Reason;
use crate::discover::list::list;

/// One URL, as `--json` prints it.
#[derive(Debug, Default, Serialize)]
pub struct ArchiveRecord {
    /// What was asked for.
    pub url: String,
    /// Where the page was found in the end.
    pub final_url: Option<String>,
    /// The capture's id.
    pub id: Option<String>,
    /// The article's title.
    pub title: Option<String>,
    /// Words of the article.
    pub words: usize,
    /// Bytes stored.
    pub bytes: u64,
    /// How the capture compares with the one before.
    pub change: Option<&'static str>,
    /// The status.
    pub status: Option<u16>,
    /// What the extractor said of the page.
    pub verdict: Option<chaffinch_extract::article::Verdict>,
    /// The media type.
    pub media_type: Option<String>,
    /// Assets stored.
    pub assets: usize,
    /// Why the body was cut, where it was.
    pub truncated: Option<&'static str>,
    /// Why there is no capture, or no good one.
    pub error: Option<String>,
}

impl ArchiveRecord {
    /// The record of a capture.
    pub fn kept(url: &Url, kept: &Kept) -> Self {
        Self {
            url: url.to_string(),
            final_url: Some(kept.url.to_string()),
            id: Some(kept.id.to_string()),
            title: kept.title.clone(),
            words: kept.words,
            bytes: kept.bytes,
            change: Some(kept.change.word()),
            status: Some(kept.status),
            verdict: kept.verdict,
            media_type: Some(kept.media_type.clone()),
            assets: kept.assets,
            truncated: kept.truncated,
            error: problem(kept),
        }
    }
}

/// Captures every URL; fails where any of them does.
pub fn run(setup: &Setup, args: &ArchiveArgs) -> anyhow::Result<Exit> {
    let (urls, refused) = urls(setup, args)?;
    let archive = setup.open_or_create()?;
    let mut config = setup.config.clone();
    config.fetch.allow_private_addresses |= args.allow_private_addresses;
    if let Some(delay) = args.delay {
        config.crawl.delay = delay;
    }
    let credentials = Arc::new(shell::credentials(setup, &[], &[], args.cookies.as_deref(), None)?);
    let runtime = shell::runtime()?;
    let exit = runtime.block_on(async {
        let stop = shell::stop_on_signals();
        let tools = Tools::new(setup, &config, archive, true, stop.clone())?;
        let obey_robots = !args.ignore_robots && config.crawl.robots == crate::cli::config::values::Robots::Obey;
        let order = Order {
            filing: Filing {
                source: None,
                tags: Vec::new(),
                assets: shell::assets(args.assets.unwrap_or(config.archive.assets)),
                credentials,
                obey_robots,
                force: args.force,
            },
            obey_robots,
            retries: config.fetch.retries,
            concurrency: config.crawl.concurrency,
        };
        let (sender, mut outcomes) = mpsc::channel(16);
        let work = by_hand::capture(Arc::clone(&tools.keeper), urls, order, stop.clone(), sender);
        let work = tokio::spawn(work);
        let hooks = tools.hooks.clone();
        let mut exit = if refused { Exit::Failed } else { Exit::Done };
        let mut unheard = None;
        while let Some((url, outcome)) = outcomes.recv().await {
            if let Outcome::Kept(kept) = &outcome {
                hooks.captured(None, &ArchiveRecord::kept(&url, kept), kept.change).await;
            }
            // A reader who left (`| head`) is no reason to leave the rest of the pages.
            match report(setup.face, &url, &outcome) {
                Ok(true) => {}
                Ok(false) => exit = Exit::Failed,
                Err(error) => unheard = unheard.or(Some(error)),
            }
        }
        let done = work.await.map_err(|_| Failure::new(Exit::Failed, "the captures ended too early"))?;
        done.map_err(|error| crawl_failure(&error))?;
        tools.close(setup, &config).await?;
        if let Some(error) = unheard {
            return Err(error);
        }
        Ok::<_, anyhow::Error>(match stop.reason() {
            Some(Reason::Interrupted) => Exit::Interrupted,
            Some(Reason::Terminated) => Exit::Terminated,
            _ => exit,
        })
    })?;
    Ok(exit)
}

/// The URLs of the command line, with stdin in place of `-`; and whether a line of stdin was none.
fn urls(setup: &Setup, args: &ArchiveArgs) -> anyhow::Result<(Vec<Url>, bool)> {
    let mut urls = Vec::new();
    let mut refused = false;
    for text in &args.urls {
        if text == "-" {
            let mut input = Vec::new();
            std::io::stdin().lock().read_to_end(&mut input)?;
            let list = list(&input, &stdin_address()?);
            refused |= !list.refused.is_empty();
            for (line, why) in &list.refused {
                setup.face.complain(&format!("stdin, line {line}: {why}"));
            }
            if list.entries.is_empty() && !list.refused.is_empty() {
                return Err(Failure::new(Exit::Usage, "stdin names no URL that can be archived"));
            }
            if list.entries.is_empty() {
                setup.face.complain("stdin names no URL");
            }
            urls.extend(list.entries.into_iter().map(|entry| entry.url));
        } else {
            urls.push(crate::url::parse(text).map_err(|error| Failure::new(Exit::Usage, error.to_string()))?);
        }
    }
    let mut seen = std::collections::HashSet::new();
    urls.retain(|url| seen.insert(crate::url::canonical(url)));
    Ok((urls, refused))
}

/// What relative addresses in a list from stdin are held against: nothing that exists.
fn stdin_address() -> anyhow::Result<Url> {
    Ok(Url::parse("http://stdin.invalid/")?)
}

/// Prints one line; says whether the URL is well kept.
fn report(face: Face, url: &Url, outcome: &Outcome) -> anyhow::Result<bool> {
    let error = match outcome {
        Outcome::Kept(kept) => {
            let record = ArchiveRecord::kept(url, kept);
            let error = record.error.clone();
            if face.json {
                face.record(&record)?;
            } else {
                face.line(&line(face, kept))?;
            }
            if let Some(error) = &error {
                face.complain(error);
            }
            return Ok(error.is_none() || is_remark(kept));
        }
        Outcome::Denied { reason } => reason.clone(),
        Outcome::Failed { error } => error.to_string(),
        Outcome::Stopped => format!("{url}: not visited: stopped before its turn"),
    };
    if face.json {
        face.record(&ArchiveRecord { url: url.to_string(), error: Some(error.clone()), ..ArchiveRecord::default() })?;
    }
    face.complain(&error);
    Ok(false)
}

/// What is wrong with a capture, in a sentence.
fn problem(kept: &Kept) -> Option<String> {
    use chaffinch_extract::article::Verdict;
    let url = &kept.url;
    if kept.status >= 400 {
        let what = match kept.status {
            401 | 403 => "it wants a login or refuses crawlers (--cookies FILE sends yours)",
            404 => "there is no such page; check the address",
            410 => "the page is gone for good",
            429 => "it is asked too much; try again later",
            _ => "try again later",
        };
        return Some(format!("{url}: the server answered {}; {what}; the answer is kept as it is", kept.status));
    }
    if let Some(cut) = kept.truncated {
        return Some(format!("{url}: the body was cut ({cut}); what came is kept and marked"));
    }
    match kept.verdict? {
        Verdict::Article | Verdict::NotArticle => None,
        Verdict::Challenge => {
            Some(format!("{url}: a test for robots stands in place of the page; kept, marked `challenge`"))
        }
        Verdict::LoginWall => Some(format!(
            "{url}: the text is for those who log in (--cookies FILE sends your session); kept, marked `login_wall`"
        )),
        Verdict::ConsentWall => Some(format!(
            "{url}: a consent question stands in place of the page (--cookies FILE sends your answer); kept, marked `consent_wall`"
        )),
        Verdict::Soft404 => Some(format!("{url}: says \"not found\" with status 200; kept, marked `soft_404`")),
        Verdict::NeedsJavascript => {
            Some(format!("{url}: an empty shell that needs JavaScript; kept, marked `needs_javascript`"))
        }
    }
}

/// What is told but is no failure: the page was had, whatever it says.
fn is_remark(kept: &Kept) -> bool {
    kept.status < 400 && kept.truncated.is_none()
}

fn line(face: Face, kept: &Kept) -> String {
    let change = face.ink(ink(kept.change), &kept.change.word().replace('_', " "));
    let what = match (&kept.title, kept.verdict) {
        (Some(title), Some(_)) => {
            format!("{} ({})", face.ink(Ink::Bold, &plain(title)), count(kept.words as u64, "word"))
        }
        (None, Some(_)) => format!("{} ({})", plain(kept.url.as_str()), count(kept.words as u64, "word")),
        (_, None) => format!("{} ({})", plain(kept.url.as_str()), plain(&kept.media_type)),
    };
    let assets = match kept.assets as u64 {
        0 => String::new(),
        number => format!(" and {}", count(number, "asset")),
    };
    let id = face.ink(Ink::Dim, &kept.id.to_string());
    format!("{change}: {what}{assets}, {} stored, {id}", bytes(kept.bytes))
}
