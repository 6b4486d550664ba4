//! VALUE: the configuration, section by section, with its defaults. Every key stands in `config.toml` with a comment (a test
//! compares them). It knows neither files nor the environment; `load.rs` brings the values together.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::cli::config::units::{Size, Span};
use crate::crawl::source::SourceKind;
use crate::frontier::hours::Hours;
use crate::frontier::scope::Within;
use crate::store::thin::Keep;

/// Everything that can be configured.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where captures are kept, and how.
    pub archive: ArchiveSection,
    /// How pages are fetched.
    pub fetch: FetchSection,
    /// How sites are crawled.
    pub crawl: CrawlSection,
    /// How articles are isolated.
    pub extract: ExtractSection,
    /// The web page over the archive.
    pub replay: ReplaySection,
    /// Commands that are run when something happens.
    pub hooks: HooksSection,
    /// Where articles come from.
    pub source: Vec<Source>,
    /// What a person knows better than the extractor.
    pub site: Vec<Site>,
}

/// Where captures are kept, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ArchiveSection {
    /// The archive's folder; relative to the configuration file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<PathBuf>,
    /// Which assets of a page are kept with it.
    pub assets: Assets,
    /// Which captures are kept.
    pub keep: Keep,
    /// Whether a run ends by sealing its captures into segments.
    pub compact: bool,
}

impl Default for ArchiveSection {
    fn default() -> Self {
        Self { path: None, assets: Assets::Article, keep: Keep::All, compact: true }
    }
}

/// Which assets of a page are kept with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Assets {
    /// None.
    None,
    /// The images of the article.
    Article,
    /// Everything the page shows: the article's images, and the page's own images, style sheets and icons.
    Page,
}

/// How pages are fetched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FetchSection {
    /// How the crawler names itself; `{version}` and `{contact}` are filled in.
    pub user_agent: String,
    /// A page or address where a site's operator can reach you; part of the user agent.
    pub contact: String,
    /// The languages that are asked for, as in the header `Accept-Language`.
    pub accept_language: String,
    /// Until a connection stands.
    pub connect_timeout: Span,
    /// Until the first byte of an answer.
    pub first_byte_timeout: Span,
    /// For a whole answer.
    pub total_timeout: Span,
    /// The most bytes of a body that are kept, decoded.
    pub body_max: Size,
    /// The most bytes of a body that are read from the wire.
    pub wire_max: Size,
    /// How many times larger than on the wire a decoded body may be.
    pub ratio_max: u32,
    /// Bytes a second below which an answer is cut, after ten seconds.
    pub throughput_min: Size,
    /// How often a failed request is tried again.
    pub retries: u32,
    /// The proxy for every request; empty means the environment's.
    pub proxy: String,
    /// Whether private, loopback and link-local addresses may be fetched.
    pub allow_private_addresses: bool,
}

impl Default for FetchSection {
    fn default() -> Self {
        Self {
            user_agent: "chaffinch/{version} (web article archiver; {contact})".into(),
            contact: String::new(),
            accept_language: "en;q=0.8, *;q=0.5".into(),
            connect_timeout: Span(Duration::from_secs(15)),
            first_byte_timeout: Span(Duration::from_secs(30)),
            total_timeout: Span(Duration::from_secs(120)),
            body_max: Size(64 << 20),
            wire_max: Size(64 << 20),
            ratio_max: 200,
            throughput_min: Size(64),
            retries: 2,
            proxy: String::new(),
            allow_private_addresses: false,
        }
    }
}

impl FetchSection {
    /// The user agent with its blanks filled in.
    pub fn user_agent(&self) -> String {
        let contact = if self.contact.is_empty() { "contact not configured" } else { &self.contact };
        self.user_agent.replace("{version}", env!("CARGO_PKG_VERSION")).replace("{contact}", contact)
    }
}

/// How sites are crawled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CrawlSection {
    /// Between two requests to one host.
    pub delay: Span,
    /// How many hosts are visited at once.
    pub concurrency: usize,
    /// How many requests to one host may be under way at once.
    pub per_host: usize,
    /// How many to one address, whatever its hosts are called.
    pub per_address: usize,
    /// What to do with robots.txt.
    pub robots: Robots,
    /// What `crawl` does with pages that ask not to be archived.
    pub noarchive: Robots,
    /// A page is looked at again no sooner than this.
    pub revisit_min: Span,
    /// And no later than this.
    pub revisit_max: Span,
    /// The most pages of one host.
    pub max_pages_per_host: u64,
    /// The most pages that are fetched in an hour; 0: any number.
    pub pages_per_hour: u64,
    /// The most bytes that are fetched in a day, over the wire; 0: any number.
    pub bytes_per_day: Size,
    /// Address and port of `/metrics` and `/health` while a crawl goes on; empty: none.
    pub metrics: String,
}

impl Default for CrawlSection {
    fn default() -> Self {
        Self {
            delay: Span(Duration::from_secs(2)),
            concurrency: 32,
            per_host: 1,
            per_address: 8,
            robots: Robots::Obey,
            noarchive: Robots::Obey,
            revisit_min: Span(Duration::from_secs(6 * 3600)),
            revisit_max: Span(Duration::from_secs(30 * 86_400)),
            max_pages_per_host: 100_000,
            pages_per_hour: 0,
            bytes_per_day: Size(0),
            metrics: String::new(),
        }
    }
}

/// Whether a site's wish is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Robots {
    /// It is.
    Obey,
    /// It is not; only for sites of your own.
    Ignore,
}

/// How articles are isolated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExtractSection {
    /// What to do with blocks that could be either.
    pub favor: Favor,
    /// Whether readers' comments are kept, apart from the article.
    pub comments: bool,
}

impl Default for ExtractSection {
    fn default() -> Self {
        Self { favor: Favor::Balanced, comments: false }
    }
}

/// What to do with blocks that could be either.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Favor {
    /// Neither.
    Balanced,
    /// Rather lose a sentence than keep chrome.
    Precision,
    /// Rather keep chrome than lose a sentence.
    Recall,
}

/// The web page over the archive.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReplaySection {
    /// Address and port of the interface; captures are served from the next port.
    pub bind: String,
    /// The address under which people reach it, behind a reverse proxy; empty means `bind`.
    pub public_url: String,
}

impl Default for ReplaySection {
    fn default() -> Self {
        Self { bind: "127.0.0.1:8460".into(), public_url: String::new() }
    }
}

/// Commands that are run when something happens, with JSON on stdin; empty means none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HooksSection {
    /// After every capture of a page.
    pub on_capture: String,
    /// After a capture whose article differs from the one before.
    pub on_edit: String,
    /// When a source has failed so often in a row as `failing_after` says.
    pub on_source_failing: String,
    /// When such a source works again.
    pub on_source_recovered: String,
    /// After how many failures in a row a source is failing.
    pub failing_after: u32,
}

impl Default for HooksSection {
    fn default() -> Self {
        let none = String::new;
        Self {
            on_capture: none(),
            on_edit: none(),
            on_source_failing: none(),
            on_source_recovered: none(),
            failing_after: 3,
        }
    }
}

/// Where articles come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// What it is called in listings.
    pub name: String,
    /// What the address leads to.
    pub kind: SourceKind,
    /// One address, or several.
    pub url: OneOrMany,
    /// Patterns one of which an article's URL must match; none means every URL (of a listing or a site: on its own site).
    #[serde(default)]
    pub include: Vec<String>,
    /// Patterns none of which it may match.
    #[serde(default)]
    pub exclude: Vec<String>,
    /// How far from the address its articles may lie; the default depends on the kind.
    #[serde(default)]
    pub within: Option<Within>,
    /// How many links away from the address; the default depends on the kind.
    #[serde(default)]
    pub depth: Option<u32>,
    /// A cron expression; the source is skipped until it is due.
    #[serde(default)]
    pub schedule: Option<String>,
    /// Between two requests to one of its hosts, where longer than `crawl.delay`.
    #[serde(default)]
    pub delay: Option<Span>,
    /// No page of it is looked at again sooner than this, where it differs from `crawl.revisit_min`.
    #[serde(default)]
    pub revisit_min: Option<Span>,
    /// And no later than this, where it differs from `crawl.revisit_max`.
    #[serde(default)]
    pub revisit_max: Option<Span>,
    /// The most pages of it that are fetched in an hour.
    #[serde(default)]
    pub pages_per_hour: Option<u64>,
    /// The most bytes of it that are fetched in a day.
    #[serde(default)]
    pub bytes_per_day: Option<Size>,
    /// Hours of the day in which it is left alone.
    #[serde(default)]
    pub quiet: Option<Hours>,
    /// Header fields sent to the source's own hosts; never stored.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// A cookies.txt file for the source's own hosts; never stored.
    #[serde(default)]
    pub cookies: Option<PathBuf>,
    /// A login for the source's own hosts; never stored.
    #[serde(default)]
    pub login: Option<Login>,
    /// Which assets are kept, where it differs from `archive.assets`.
    #[serde(default)]
    pub assets: Option<Assets>,
    /// Tags given to every capture.
    #[serde(default)]
    pub tags: Vec<String>,
}

/// How a source knows its reader.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Login {
    /// A name and a password (RFC 7617).
    Basic {
        /// The name.
        user: String,
        /// The password.
        password: Secret,
    },
    /// A token (RFC 6750).
    Bearer {
        /// The token.
        token: Secret,
    },
}

/// Where a secret is kept: never in the configuration itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Secret {
    /// In an environment variable.
    Env(String),
    /// In a file, whose last line end does not count.
    File(PathBuf),
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "the environment variable {name}"),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

/// One value, or a list of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum OneOrMany {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl OneOrMany {
    /// The values.
    pub fn values(&self) -> &[String] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Many(values) => values,
        }
    }
}

/// What a person knows better than the extractor: CSS selectors for one site.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// The host or registrable domain, or a pattern with `*` that the URL must match.
    #[serde(rename = "match")]
    pub matches: String,
    /// The elements that hold the content.
    #[serde(default)]
    pub content: Vec<String>,
    /// What is taken out of it.
    #[serde(default)]
    pub remove: Vec<String>,
    /// The title's element.
    #[serde(default)]
    pub title: Vec<String>,
    /// The authors' elements.
    #[serde(default)]
    pub author: Vec<String>,
    /// The date's element.
    #[serde(default)]
    pub date: Vec<String>,
}
