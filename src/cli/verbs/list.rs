//! `list`, `search` and `history`: which captures there are.

use crate::cli::args::{FilterArgs, HistoryArgs, SearchArgs, WhichArgs};
use crate::cli::exit::Exit;
use crate::cli::face::{Face, Ink, bytes, count, plain};
use crate::cli::setup::{Failure, Setup, store_failure};
use crate::snapshot::diff::Summary;
use crate::snapshot::value::{CaptureId, Change};
use crate::store::capture::{Capture, Filter};
use crate::store::records::CaptureRecord;

/// `list`.
pub fn list(setup: &Setup, args: &FilterArgs) -> anyhow::Result<Exit> {
    let archive = setup.open()?;
    let captures = archive.list(&filter(setup, args)?).map_err(store_failure)?;
    for capture in &captures {
        print(setup.face, capture, &Column::Url)?;
    }
    if captures.is_empty() {
        setup.face.say("nothing matches");
    } else if captures.len() == args.limit
        && let Some(last) = captures.last()
    {
        setup.face.say(&format!("(the next page: --after {})", last.id));
    }
    Ok(Exit::Done)
}

/// `search`.
pub fn search(setup: &Setup, args: &SearchArgs) -> anyhow::Result<Exit> {
    let archive = setup.open()?;
    let hits = archive.search(&args.words.join(" "), &filter(setup, &args.filter)?).map_err(store_failure)?;
    for hit in &hits {
        if setup.face.json {
            let mut record = CaptureRecord::from(&hit.capture);
            record.snippet = Some(hit.snippet.clone());
            setup.face.record(&record)?;
            continue;
        }
        print(setup.face, &hit.capture, &Column::Url)?;
        setup.face.line(&format!("    {}", highlighted(setup.face, &hit.snippet, &hit.highlights)))?;
    }
    if hits.is_empty() {
        setup.face.say("nothing found");
        return Ok(Exit::Failed);
    }
    Ok(Exit::Done)
}

/// `history`.
pub fn history(setup: &Setup, args: &HistoryArgs) -> anyhow::Result<Exit> {
    let archive = setup.open()?;
    let url = crate::url::parse(&args.url).map_err(|error| Failure::new(Exit::Usage, error.to_string()))?;
    let Some(known) = archive.find(&args.url, None).map_err(store_failure)? else {
        let message = format!("{url}: not in the archive; `chaffinch archive {url}` captures it");
        return Err(Failure::new(Exit::Failed, message));
    };
    let wanted = Filter { url: Some(known.url), assets: true, ..filter(setup, &args.filter)? };
    let mut captures = archive.list(&wanted).map_err(store_failure)?;
    captures.reverse();
    for capture in &captures {
        let edit = archive.edit(capture).map_err(store_failure)?;
        if setup.face.json {
            setup.face.record(&CaptureRecord { edit, ..CaptureRecord::from(capture) })?;
            continue;
        }
        print(setup.face, capture, &Column::Change)?;
        if let Some(edit) = edit {
            setup.face.line(&format!("    {}", told(&edit)))?;
        }
    }
    Ok(Exit::Done)
}

/// An edit in words.
fn told(edit: &Summary) -> String {
    let mut parts = vec![format!("+{} -{}", edit.words_added, count(edit.words_removed, "word"))];
    if edit.title {
        parts.push("the title changed".into());
    }
    let kinds = [(edit.changed, "changed"), (edit.added, "added"), (edit.removed, "removed"), (edit.moved, "moved")];
    parts.extend(kinds.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{} {what}", count(*n, "passage"))));
    parts.join(", ")
}

/// The filter that flags ask for.
pub fn filter(setup: &Setup, args: &FilterArgs) -> anyhow::Result<Filter> {
    let after = args.after.as_deref().map(str::parse::<CaptureId>).transpose();
    Ok(Filter {
        limit: Some(args.limit),
        after: after.map_err(|error| Failure::new(Exit::Usage, format!("--after: {error}")))?,
        ..which(setup, &args.which)
    })
}

/// The same without a part of the list.
pub fn which(setup: &Setup, args: &WhichArgs) -> Filter {
    let now = setup.now();
    Filter {
        site: args.site.clone(),
        source: args.source.clone(),
        since: args.since.map(|when| when.start(now)),
        until: args.until.map(|when| when.start(now)),
        edited: args.edited,
        lang: args.lang.clone(),
        author: args.author.clone(),
        tag: args.tag.clone(),
        ..Filter::default()
    }
}

enum Column {
    Url,
    Change,
}

fn print(face: Face, capture: &Capture, column: &Column) -> anyhow::Result<()> {
    if face.json {
        face.record(&CaptureRecord::from(capture))?;
        return Ok(());
    }
    let at = capture.at.strftime("%Y-%m-%d %H:%M:%S");
    let change = face.ink(ink(capture.change), &format!("{:<17}", capture.change.word().replace('_', " ")));
    let what = capture.title.as_deref().map_or_else(
        || format!("({} {})", capture.status, capture.media_type),
        |title| format!("{} ({})", face.ink(Ink::Bold, &plain(title)), count(capture.words, "word")),
    );
    let id = face.ink(Ink::Dim, &capture.id.to_string());
    face.line(&format!("{at}  {change}  {what}, {}", bytes(capture.bytes)))?;
    match column {
        Column::Url => face.line(&format!("    {id}  {}", plain(capture.url.as_str())))?,
        Column::Change => face.line(&format!("    {id}"))?,
    }
    Ok(())
}

/// The colour of a change.
pub fn ink(change: Change) -> Ink {
    match change {
        Change::New => Ink::Green,
        Change::Edited | Change::Changed => Ink::Yellow,
        Change::Identical | Change::ArticleUnchanged | Change::NotModified => Ink::Dim,
    }
}

fn highlighted(face: Face, snippet: &str, ranges: &[(usize, usize)]) -> String {
    let mut out = String::new();
    let mut from = 0;
    for &(start, end) in ranges {
        let (Some(before), Some(hit)) = (snippet.get(from..start), snippet.get(start..end)) else { continue };
        out.push_str(&plain(before));
        out.push_str(&face.ink(Ink::Yellow, &plain(hit)));
        from = end;
    }
    out.push_str(&plain(snippet.get(from..).unwrap_or("")));
    out
}
