//! What can be typed: the one definition that parsing, `--help`, completions, man pages and docs/cli.md come from.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::cli::config::units::Span;
use crate::cli::config::values::{Assets, Favor};
use crate::cli::when::When;

/// Archives web articles: crawls politely, keeps what the article says, replays it for decades.
#[derive(Debug, Parser)]
#[command(name = "chaffinch", version, propagate_version = true, disable_help_subcommand = true)]
#[command(
    after_help = "Exit codes: 0 done; 1 something failed, was not found or is damaged; 2 usage or configuration; \
    3 the archive cannot be read; 4 a write failed; 75 a crawl is already running; 130, 143 interrupted, terminated."
)]
pub struct Cli {
    /// What holds for every verb.
    #[command(flatten)]
    pub global: Global,
    /// The verb.
    #[command(subcommand)]
    pub verb: Verb,
}

/// What holds for every verb.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// The archive's folder [env: CHAFFINCH_ARCHIVE]
    #[arg(long, global = true, value_name = "DIR", help_heading = "Global options")]
    pub archive: Option<PathBuf>,
    /// The configuration file [env: CHAFFINCH_CONFIG]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Global options")]
    pub config: Option<PathBuf>,
    /// Sets one key of the configuration, as in --set crawl.delay=5s
    #[arg(long, global = true, value_name = "SECTION.KEY=VALUE", help_heading = "Global options")]
    pub set: Vec<String>,
    /// Prints JSON Lines on stdout
    #[arg(long, global = true, help_heading = "Global options")]
    pub json: bool,
    /// Says only what went wrong
    #[arg(short, long, global = true, help_heading = "Global options")]
    pub quiet: bool,
    /// Says more; twice says most
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "Global options")]
    pub verbose: u8,
    /// When to use colours
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN", help_heading = "Global options")]
    pub color: Color,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Captures pages now
    Archive(ArchiveArgs),
    /// Captures what is new or due at every source of the configuration
    Crawl(CrawlArgs),
    /// Isolates articles; stores nothing
    Extract(ExtractArgs),
    /// Prints what is kept of a page
    Show(ShowArgs),
    /// Lists captures, newest first
    List(FilterArgs),
    /// Searches the text of every article
    Search(SearchArgs),
    /// Lists the captures of one page, oldest first
    History(HistoryArgs),
    /// Shows what changed in an article between two captures
    Diff(DiffArgs),
    /// Shows every block of a page: kept or dropped, and why
    Explain(ExplainArgs),
    /// Serves the archive as a web page
    Replay(ReplayArgs),
    /// Takes captures out of files that other tools wrote
    Import(ImportArgs),
    /// Writes captures to a file that other tools read
    Export(ExportArgs),
    /// Takes captures out for good and leaves a note of it
    Forget(ForgetArgs),
    /// Reads everything that is kept and reports damage; changes nothing
    Verify,
    /// Takes what can be read out of damaged files and sets these aside
    Repair,
    /// Compresses what is kept as well as possible, and thins it out if told
    Compact,
    /// Builds the catalogue anew from what is kept
    Reindex(ReindexArgs),
    /// Says whether robots.txt allows a URL, and which line says so
    Robots(RobotsArgs),
    /// Lists the sources and how they fare
    Sources,
    /// Shows totals and savings
    Status,
    /// Writes a commented configuration file
    Init(InitArgs),
    /// Prints a completion script
    Completions(CompletionsArgs),
    /// Prints the manual page
    Man(ManArgs),
}

/// `archive`.
#[derive(Debug, Args)]
pub struct ArchiveArgs {
    /// What to capture; `-` reads URLs from stdin: plain, bookmarks, RSS or OPML
    #[arg(required = true, value_name = "URL")]
    pub urls: Vec<String>,
    /// Which assets are kept with a page
    #[arg(long, value_enum)]
    pub assets: Option<Assets>,
    /// Stores a whole capture even where the page is identical
    #[arg(long)]
    pub force: bool,
    /// Does not ask robots.txt
    #[arg(long)]
    pub ignore_robots: bool,
    /// Between two requests to one host
    #[arg(long, value_name = "TIME")]
    pub delay: Option<Span>,
    /// A cookies.txt file; cookies are sent, never stored
    #[arg(long, value_name = "FILE")]
    pub cookies: Option<PathBuf>,
    /// Fetches private, loopback and link-local addresses too
    #[arg(long)]
    pub allow_private_addresses: bool,
}

/// `crawl`.
#[derive(Debug, Args)]
pub struct CrawlArgs {
    /// Only these sources
    #[arg(value_name = "SOURCE")]
    pub sources: Vec<String>,
    /// Goes on, visiting each source when it is due
    #[arg(long)]
    pub watch: bool,
    /// Ends cleanly after this long
    #[arg(long, value_name = "TIME")]
    pub max_runtime: Option<Span>,
    /// Ends after this many pages
    #[arg(long, value_name = "N")]
    pub limit: Option<u64>,
    /// Says what would be visited, and visits nothing but the sources themselves
    #[arg(long)]
    pub dry_run: bool,
    /// Which assets are kept with a page
    #[arg(long, value_enum)]
    pub assets: Option<Assets>,
    /// Between two requests to one host
    #[arg(long, value_name = "TIME")]
    pub delay: Option<Span>,
    /// Fetches private, loopback and link-local addresses too
    #[arg(long)]
    pub allow_private_addresses: bool,
}

/// `extract`.
#[derive(Debug, Args)]
pub struct ExtractArgs {
    /// HTML files, folders of them, JSON Lines, WARC files, URLs, or `-` for stdin
    #[arg(value_name = "FILE|DIR|URL", default_value = "-")]
    pub inputs: Vec<String>,
    /// The address of the page, where the input does not say
    #[arg(long, value_name = "BASE")]
    pub url: Option<String>,
    /// What to print
    #[arg(long, value_enum, default_value_t = TextFormat::Text)]
    pub format: TextFormat,
    /// One JSON answer a line, in the order of the input
    #[arg(long)]
    pub jsonl: bool,
    /// Keeps readers' comments, apart from the article
    #[arg(long)]
    pub comments: bool,
    /// What to do with blocks that could be either
    #[arg(long, value_enum)]
    pub favor: Option<Favor>,
    /// Reads the files twice: learns first what repeats across the pages of each site
    #[arg(long)]
    pub learn_sites: bool,
    /// Fetches private, loopback and link-local addresses too
    #[arg(long)]
    pub allow_private_addresses: bool,
}

/// How an article is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TextFormat {
    /// Plain text.
    Text,
    /// Markdown.
    Markdown,
    /// Clean HTML.
    Html,
    /// JSON.
    Json,
}

/// How a capture is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ShowFormat {
    /// Plain text.
    Text,
    /// Markdown.
    Markdown,
    /// Clean HTML.
    Html,
    /// JSON.
    Json,
    /// The body as stored.
    Raw,
}

/// How a report is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// For a terminal.
    Color,
    /// A page of its own.
    Html,
    /// JSON.
    Json,
}

/// `show`.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// The page, or a capture's id
    #[arg(value_name = "URL|ID")]
    pub what: String,
    /// The latest capture not after this time (UTC)
    #[arg(long, value_name = "TIME")]
    pub at: Option<When>,
    /// What to print
    #[arg(long, value_enum)]
    pub format: Option<ShowFormat>,
}

/// Which captures, by what they are.
#[derive(Debug, Clone, Default, Args)]
pub struct WhichArgs {
    /// Only this host or domain
    #[arg(long, value_name = "SITE")]
    pub site: Option<String>,
    /// Only this source
    #[arg(long, value_name = "NAME")]
    pub source: Option<String>,
    /// Only captures since this time: 3d, 2026-03-01
    #[arg(long, value_name = "TIME")]
    pub since: Option<When>,
    /// Only captures before this time
    #[arg(long, value_name = "TIME")]
    pub until: Option<When>,
    /// Only captures whose article was edited
    #[arg(long)]
    pub edited: bool,
    /// Only articles in this language
    #[arg(long, value_name = "LANG")]
    pub lang: Option<String>,
    /// Only articles by an author whose name has this in it
    #[arg(long, value_name = "NAME")]
    pub author: Option<String>,
    /// Only what a source or a person filed under this tag
    #[arg(long, value_name = "TAG")]
    pub tag: Option<String>,
}

/// Which captures, and which part of the list.
#[derive(Debug, Clone, Default, Args)]
pub struct FilterArgs {
    /// Which captures.
    #[command(flatten)]
    pub which: WhichArgs,
    /// At most this many
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub limit: usize,
    /// Only captures after this one in the listing: the next page
    #[arg(long, value_name = "ID")]
    pub after: Option<String>,
}

/// `search`.
#[derive(Debug, Args)]
pub struct SearchArgs {
    /// What to look for
    #[arg(required = true, value_name = "WORDS")]
    pub words: Vec<String>,
    /// Which captures.
    #[command(flatten)]
    pub filter: FilterArgs,
}

/// `history`.
#[derive(Debug, Args)]
pub struct HistoryArgs {
    /// The page
    #[arg(value_name = "URL")]
    pub url: String,
    /// Which captures.
    #[command(flatten)]
    pub filter: FilterArgs,
}

/// `diff`.
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// The page
    #[arg(value_name = "URL")]
    pub url: String,
    /// The older capture: an id or a time (default: before the last edit)
    #[arg(value_name = "A")]
    pub a: Option<String>,
    /// The newer capture: an id or a time (default: the last edit)
    #[arg(value_name = "B")]
    pub b: Option<String>,
    /// What to print
    #[arg(long, value_enum, default_value_t = ReportFormat::Color)]
    pub format: ReportFormat,
}

/// `explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// A page that is kept, or a file
    #[arg(value_name = "URL|FILE")]
    pub what: String,
    /// What to print
    #[arg(long, value_enum, default_value_t = ReportFormat::Color)]
    pub format: ReportFormat,
    /// Files page and verdict in the archive's `cases/`
    #[arg(long)]
    pub save: bool,
}

/// `replay`.
#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// Address and port; captures are served from the next port
    #[arg(long, value_name = "ADDR")]
    pub bind: Option<String>,
    /// The address under which people reach it
    #[arg(long, value_name = "URL")]
    pub public_url: Option<String>,
    /// A file with the token that those must know who use it [env: CHAFFINCH_TOKEN, the token itself]
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
}

/// `import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// .warc, .warc.gz, .warc.zst and .wacz files
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// `forget`.
#[derive(Debug, Args)]
pub struct ForgetArgs {
    /// Pages, with every capture of each, or single captures
    #[arg(required = true, value_name = "URL|ID")]
    pub what: Vec<String>,
    /// Why: kept in the ledger and in the notes
    #[arg(long, value_name = "TEXT", default_value = "not told")]
    pub reason: String,
}

/// `reindex`.
#[derive(Debug, Args)]
pub struct ReindexArgs {
    /// First makes every article again with today's extractor, and says whose text changed
    #[arg(long)]
    pub extract: bool,
}

/// `export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// Only these pages or captures
    #[arg(value_name = "URL|ID")]
    pub what: Vec<String>,
    /// Where to write; without it, or as `-`, to stdout
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// In which form (default: what the file's name ends in)
    #[arg(long, value_enum)]
    pub format: Option<ExportFormat>,
    /// Only articles that hold these words
    #[arg(long, value_name = "WORDS", conflicts_with = "what")]
    pub query: Option<String>,
    /// Which captures.
    #[command(flatten)]
    pub which: WhichArgs,
}

/// The form of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// Records, each compressed with gzip: what every tool reads.
    #[value(name = "warc.gz")]
    WarcGz,
    /// Records, each compressed with Zstandard: smaller.
    #[value(name = "warc.zst")]
    WarcZst,
    /// Records, pages and index in one file, for the web's own players.
    Wacz,
    /// Articles as a book, with the pictures that were kept.
    Epub,
    /// Articles as JSON Lines.
    Jsonl,
    /// An index of where the captures lie in the archive's own files.
    Cdxj,
}

/// `robots`.
#[derive(Debug, Args)]
pub struct RobotsArgs {
    /// The page
    #[arg(value_name = "URL")]
    pub url: String,
    /// Reads this robots.txt instead of the site's
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Asks for this crawler
    #[arg(long, value_name = "NAME", default_value = "chaffinch")]
    pub agent: String,
    /// Fetches private, loopback and link-local addresses too
    #[arg(long)]
    pub allow_private_addresses: bool,
}

/// `init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// Where to write it
    #[arg(value_name = "FILE", default_value = "config.toml")]
    pub file: PathBuf,
}

/// `completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

/// `man`.
#[derive(Debug, Args)]
pub struct ManArgs {
    /// Prints the reference of every verb as Markdown (docs/cli.md)
    #[arg(long)]
    pub markdown: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definitions_are_sound() {
        Cli::command().debug_assert();
    }
}
