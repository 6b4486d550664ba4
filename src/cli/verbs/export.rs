//! `export`: captures in a file that other tools read. The file appears under its name when it is whole.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, IsTerminal, Seek, Write};
use std::path::{Path, PathBuf};

use chaffinch_warc::{Compression, Writer};

use crate::cli::args::{ExportArgs, ExportFormat};
use crate::cli::exit::Exit;
use crate::cli::face::count;
use crate::cli::progress;
use crate::cli::setup::{Failure, Setup, store_failure};
use crate::cli::verbs::list;
use crate::snapshot::value::CaptureId;
use crate::store::archive::Archive;
use crate::store::book;
use crate::store::capture::{Capture, Filter};
use crate::store::export::Exported;
use crate::store::general;
use crate::store::records::ArticleRecord;
use crate::store::wacz;

/// As `gzip` and most crawlers compress.
const GZIP_LEVEL: u32 = 6;
const ZSTD_LEVEL: i32 = 9;
/// Fewer pages do not pay for the dictionary at the beginning of the file.
const DICTIONARY_PAGES_MIN: usize = 32;

/// Writes the captures that were asked for.
pub fn run(setup: &Setup, args: &ExportArgs) -> anyhow::Result<Exit> {
    let target = Target::new(args)?;
    let archive = setup.open()?;
    let chosen = chosen(setup, &archive, args)?;
    if chosen.is_empty() {
        setup.face.say("nothing matches: nothing was written");
        return Ok(Exit::Failed);
    }
    let exported = match &target.path {
        None => write(setup, &archive, &chosen, &target, &mut io::stdout().lock())?,
        Some(path) => {
            let file = Unfinished::create(path)?;
            let written = match target.format {
                ExportFormat::Wacz => write_wacz(setup, &archive, &chosen, &file),
                ExportFormat::Epub => write_epub(setup, &archive, &chosen, &file),
                _ => write(setup, &archive, &chosen, &target, &mut BufWriter::new(&file.file)),
            };
            let exported = written.map_err(|error| unwritable(path, error))?;
            file.finish()?;
            exported
        }
    };
    for (id, why) in &exported.lost {
        setup.face.complain(&format!("{id}: left out: {why}"));
    }
    setup.face.say(&format!(
        "{} of {}{}",
        count(exported.captures, "capture"),
        count(chosen.iter().map(|capture| &capture.url).collect::<HashSet<_>>().len() as u64, "page"),
        target.path.as_ref().map_or(String::new(), |path| format!(" in {}", path.display()))
    ));
    Ok(if exported.lost.is_empty() { Exit::Done } else { Exit::Failed })
}

/// Where an export goes, and in which form.
struct Target {
    /// `None` is stdout.
    path: Option<PathBuf>,
    format: ExportFormat,
}

impl Target {
    const NEEDS_A_FILE: &str = "this form is written to a file: say which with -o FILE";

    fn new(args: &ExportArgs) -> anyhow::Result<Self> {
        let path = args.output.clone().filter(|path| path.as_os_str() != "-");
        let Some(format) = args.format.or_else(|| path.as_deref().and_then(told_by)) else {
            let message = "in which form? Name a file that ends in .warc.gz, .warc.zst, .wacz, .epub, .jsonl or .cdxj, or say --format";
            return Err(Failure::new(Exit::Usage, message));
        };
        let is_text = matches!(format, ExportFormat::Jsonl | ExportFormat::Cdxj);
        if path.is_none() && !is_text && io::stdout().is_terminal() {
            return Err(Failure::new(Exit::Usage, Self::NEEDS_A_FILE));
        }
        Ok(Self { path, format })
    }
}

fn told_by(path: &Path) -> Option<ExportFormat> {
    let name = path.file_name()?.to_str()?;
    let forms = [
        (".warc.gz", ExportFormat::WarcGz),
        (".warc.zst", ExportFormat::WarcZst),
        (".wacz", ExportFormat::Wacz),
        (".epub", ExportFormat::Epub),
        (".jsonl", ExportFormat::Jsonl),
        (".cdxj", ExportFormat::Cdxj),
    ];
    forms.into_iter().find(|(end, _)| name.ends_with(end)).map(|(_, format)| format)
}

/// The captures that pages, words and flags ask for, oldest first.
fn chosen(setup: &Setup, archive: &Archive, args: &ExportArgs) -> anyhow::Result<Vec<Capture>> {
    let filter = list::which(setup, &args.which);
    if let Some(words) = &args.query {
        let hits = archive.search(words, &filter).map_err(store_failure)?;
        let mut found: Vec<Capture> = hits.into_iter().map(|hit| hit.capture).collect();
        found.sort_by_key(|capture| capture.id);
        return Ok(found);
    }
    if args.what.is_empty() {
        let mut found = archive.list(&filter).map_err(store_failure)?;
        found.reverse();
        return Ok(found);
    }
    let mut found: Vec<Capture> = Vec::new();
    for what in &args.what {
        let Some(known) = archive.find(what, None).map_err(store_failure)? else {
            return Err(Failure::new(
                Exit::Failed,
                format!("{what}: not in the archive; `chaffinch list` shows what is"),
            ));
        };
        if what.trim().parse::<CaptureId>().is_ok() {
            found.push(known);
        } else {
            let of_page = Filter { url: Some(known.url), assets: true, ..filter.clone() };
            found.extend(archive.list(&of_page).map_err(store_failure)?);
        }
    }
    found.sort_by_key(|capture| capture.id);
    found.dedup_by_key(|capture| capture.id);
    Ok(found)
}

fn write(
    setup: &Setup,
    archive: &Archive,
    chosen: &[Capture],
    target: &Target,
    sink: &mut dyn Write,
) -> anyhow::Result<Exported> {
    let name = target.path.as_deref().and_then(Path::file_name).and_then(|name| name.to_str());
    match target.format {
        // Containers are written where their parts can be gone back to.
        ExportFormat::Wacz | ExportFormat::Epub => Err(Failure::new(Exit::Usage, Target::NEEDS_A_FILE)),
        ExportFormat::Jsonl => write_articles(archive, chosen, sink),
        ExportFormat::Cdxj => write_index(archive, chosen, sink),
        ExportFormat::WarcZst => {
            let dictionary = (chosen.len() >= DICTIONARY_PAGES_MIN).then(general::dictionary);
            let compression = Compression::Zstd { level: ZSTD_LEVEL, dictionary: dictionary.as_ref() };
            write_warc(setup, archive, chosen, name.unwrap_or("stdout.warc.zst"), compression, sink)
        }
        ExportFormat::WarcGz => {
            let compression = Compression::Gzip { level: GZIP_LEVEL };
            write_warc(setup, archive, chosen, name.unwrap_or("stdout.warc.gz"), compression, sink)
        }
    }
}

fn write_warc(
    setup: &Setup,
    archive: &Archive,
    chosen: &[Capture],
    name: &str,
    compression: Compression<'_>,
    sink: &mut dyn Write,
) -> anyhow::Result<Exported> {
    let captures = archive.with_company(chosen).map_err(store_failure)?;
    let bar = progress::things(setup.face, "exporting");
    bar.set_length(captures.len() as u64);
    let mut writer = Writer::new(sink, compression)?;
    let exported = archive.write_warc(&captures, &mut writer, name, setup.now(), &mut || bar.inc(1));
    bar.finish_and_clear();
    let exported = exported.map_err(store_failure)?;
    writer.finish()?.flush()?;
    Ok(exported)
}

fn write_index(archive: &Archive, chosen: &[Capture], sink: &mut dyn Write) -> anyhow::Result<Exported> {
    let captures = archive.with_company(chosen).map_err(store_failure)?;
    let index = archive.index_in_place(&captures).map_err(store_failure)?;
    for line in &index {
        writeln!(sink, "{line}")?;
    }
    sink.flush()?;
    Ok(Exported { captures: index.len() as u64, ..Exported::default() })
}

/// A line for each capture that shows an article, as `show --format json` prints it.
fn write_articles(archive: &Archive, chosen: &[Capture], sink: &mut dyn Write) -> anyhow::Result<Exported> {
    let mut exported = Exported::default();
    for capture in chosen {
        match archive.load_article(capture) {
            Ok(None) => {}
            Ok(Some(article)) => {
                serde_json::to_writer(&mut *sink, &ArticleRecord::of_capture(capture, &article))?;
                sink.write_all(b"\n")?;
                exported.captures += 1;
            }
            Err(error) => exported.lost.push((capture.id, error.to_string())),
        }
    }
    sink.flush()?;
    Ok(exported)
}

/// The records go into a file beside first: a container's parts are not written at the same time.
fn write_wacz(setup: &Setup, archive: &Archive, chosen: &[Capture], file: &Unfinished) -> anyhow::Result<Exported> {
    let records = Unfinished::create(&file.path.with_extension("warc.gz"))?;
    let compression = Compression::Gzip { level: GZIP_LEVEL };
    let sink = &mut BufWriter::new(&records.file);
    let exported = write_warc(setup, archive, chosen, wacz::WARC, compression, sink)?;
    (&records.file).rewind()?;
    let pages = chosen.iter().filter(|capture| (200..300).contains(&capture.status)).map(|capture| wacz::Page {
        id: capture.id.to_string(),
        url: capture.url.to_string(),
        ts: capture.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        title: capture.title.clone(),
        text: archive.load_article(capture).ok().flatten().map(|article| article.text()),
    });
    let pages: Vec<wacz::Page> = pages.collect();
    let title = format!("{} kept by chaffinch", count(pages.len() as u64, "page"));
    let sink = BufWriter::new(&file.file);
    wacz::pack(sink, BufReader::new(&records.file), &exported.index, &pages, &title, setup.now())?.flush()?;
    Ok(exported)
}

/// A chapter for each version of an article, oldest first.
fn write_epub(setup: &Setup, archive: &Archive, chosen: &[Capture], file: &Unfinished) -> anyhow::Result<Exported> {
    let versions = book::versions(chosen);
    let title = format!("{} kept by chaffinch", count(versions.len() as u64, "article"));
    let mut sink = BufWriter::new(&file.file);
    let exported = archive.write_book(&versions, &title, setup.now(), &mut sink).map_err(store_failure)?;
    sink.flush()?;
    Ok(exported)
}

/// A failure of the system while a file was written is one of writing, unless it is said to be something else.
fn unwritable(path: &Path, error: anyhow::Error) -> anyhow::Error {
    if error.is::<Failure>() || !error.chain().any(<dyn std::error::Error>::is::<io::Error>) {
        return error;
    }
    Failure::new(Exit::Unwritable, format!("{}: {error:#}", path.display()))
}

/// A file that has another name until it is whole, and is gone if it never is.
struct Unfinished {
    file: File,
    path: PathBuf,
    beside: PathBuf,
}

impl Unfinished {
    fn create(path: &Path) -> anyhow::Result<Self> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let beside = path.with_file_name(format!(".{name}.part"));
        let file = File::options().read(true).write(true).create(true).truncate(true).open(&beside);
        let file = file.map_err(|error| Failure::new(Exit::Unwritable, format!("{}: {error}", path.display())))?;
        Ok(Self { file, path: path.to_owned(), beside })
    }

    fn finish(self) -> anyhow::Result<()> {
        let done = self.file.sync_all().and_then(|()| fs::rename(&self.beside, &self.path));
        done.map_err(|error| Failure::new(Exit::Unwritable, format!("{}: {error}", self.path.display())))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // After `finish` there is nothing under this name.
        let _ = fs::remove_file(&self.beside);
    }
}
