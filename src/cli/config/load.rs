//! Brings the configuration together: file, then environment, then `--set`, each over the one before. What is wrong is told
//! with the place it was written at and what was probably meant. It reads one file and no environment of its own: the
//! variables are an argument.

use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::cli::config::values::Config;

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error("cannot read the configuration {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is wrong at one place.
    #[error("{}:{line}: {message}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong and what was probably meant.
        message: String,
    },
    /// A variable or a flag is wrong.
    #[error("{origin}: {message}")]
    Override {
        /// The variable's name, or the flag.
        origin: String,
        /// What is wrong and what was probably meant.
        message: String,
    },
}

/// A configuration and where it came from.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The values.
    pub config: Config,
    /// The file, where there was one.
    pub file: Option<PathBuf>,
}

/// One value that wins over the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// What to call it in a message: `CHAFFINCH_CRAWL__DELAY` or `--set crawl.delay`.
    pub origin: String,
    /// `section.key`, lower case.
    pub key: String,
    /// The value as written.
    pub value: String,
}

impl Override {
    /// Reads `SECTION.KEY=VALUE`.
    pub fn from_flag(text: &str) -> Result<Self, Error> {
        match text.split_once('=') {
            Some((key, value)) if key.contains('.') => {
                let key = key.trim().to_owned();
                Ok(Self { origin: format!("--set {key}"), key, value: value.trim().to_owned() })
            }
            _ => Err(Error::Override {
                origin: format!("--set {text}"),
                message: "write it as SECTION.KEY=VALUE, as in --set crawl.delay=5s".into(),
            }),
        }
    }

    /// The overrides among the environment's variables: `CHAFFINCH_SECTION__KEY`.
    pub fn from_environment(variables: impl IntoIterator<Item = (String, String)>) -> Vec<Self> {
        let mut found: Vec<Self> = variables
            .into_iter()
            .filter_map(|(name, value)| {
                let key = name.strip_prefix("CHAFFINCH_")?;
                let (section, key) = key.split_once("__")?;
                let key = format!("{}.{}", section.to_lowercase(), key.to_lowercase());
                Some(Self { origin: name, key, value })
            })
            .collect();
        found.sort_by(|a, b| a.origin.cmp(&b.origin));
        found
    }
}

/// Reads a file and lays the overrides over it, in order.
pub fn load(file: Option<&Path>, overrides: &[Override]) -> Result<Loaded, Error> {
    let text = match file {
        None => String::new(),
        Some(path) => std::fs::read_to_string(path).map_err(|source| Error::Read { path: path.to_owned(), source })?,
    };
    let config = parse(&text, file.unwrap_or(Path::new("config.toml")), overrides)?;
    Ok(Loaded { config, file: file.map(Path::to_owned) })
}

/// The same over a file's text.
pub fn parse(text: &str, path: &Path, overrides: &[Override]) -> Result<Config, Error> {
    let in_file = |error: toml::de::Error| Error::File {
        path: path.to_owned(),
        line: line_of(text, error.span()),
        message: with_suggestion(error.message()),
    };
    let mut config: Config = toml::from_str(text).map_err(in_file)?;
    let mut table: Table = toml::from_str(text).map_err(in_file)?;
    for change in overrides {
        config = apply(&mut table, change)?;
    }
    check(&config).map_err(|(needle, message)| Error::File {
        path: path.to_owned(),
        line: text.lines().position(|line| line.contains(&needle)).map_or(1, |at| at + 1),
        message,
    })?;
    Ok(config)
}

/// Lays one override over the table and reads the whole again, so that what is wrong is told of this override.
fn apply(table: &mut Table, change: &Override) -> Result<Config, Error> {
    let wrong = |message: String| Error::Override { origin: change.origin.clone(), message };
    let (section, key) = change.key.split_once('.').unwrap_or((change.key.as_str(), ""));
    let section = table.entry(section.to_owned()).or_insert_with(|| Value::Table(Table::new()));
    let Value::Table(section) = section else {
        return Err(wrong(format!("`{}` cannot be set this way; write it into the configuration file", change.key)));
    };
    let as_text = Value::String(change.value.clone());
    let as_toml = toml::from_str::<Table>(&format!("value = {}", change.value)).ok();
    let first = as_toml.and_then(|mut table| table.remove("value")).unwrap_or_else(|| as_text.clone());
    section.insert(key.to_owned(), first);
    let read = |table: &Table| Config::deserialize_from(table);
    let Err(error) = read(table) else { return read(table).map_err(wrong) };
    // `--set fetch.contact=5` means the text "5": a bare value that fits as text is taken as text.
    if let Some(Value::Table(section)) = table.get_mut(change.key.split('.').next().unwrap_or("")) {
        section.insert(key.to_owned(), as_text);
    }
    read(table).map_err(|_| wrong(error))
}

impl Config {
    fn deserialize_from(table: &Table) -> Result<Self, String> {
        table.clone().try_into().map_err(|error: toml::de::Error| with_suggestion(error.message()))
    }
}

/// What serde cannot see: `(text to look for, message)`.
fn check(config: &Config) -> Result<(), (String, String)> {
    let mut names = std::collections::BTreeSet::new();
    for source in &config.source {
        let place = format!("\"{}\"", source.name);
        if source.name.trim().is_empty() {
            return Err(("name".into(), "a [[source]] needs a name".into()));
        }
        if !names.insert(source.name.as_str()) {
            return Err((place, format!("two sources are called \"{}\"; names must differ", source.name)));
        }
        for url in source.url.values() {
            if let Err(error) = crate::url::parse(url) {
                return Err((format!("\"{url}\""), format!("source \"{}\": {error}", source.name)));
            }
        }
        if let Some(schedule) = &source.schedule
            && let Err(error) = schedule.parse::<croner::Cron>()
        {
            let message = format!("source \"{}\": `{schedule}` is no cron expression: {error}", source.name);
            return Err((format!("\"{schedule}\""), message));
        }
    }
    for site in &config.site {
        let lists = [&site.content, &site.remove, &site.title, &site.author, &site.date];
        for selector in lists.into_iter().flatten() {
            if scraper::Selector::parse(selector).is_err() {
                let message = format!("[[site]] \"{}\": `{selector}` is no CSS selector", site.matches);
                return Err((selector.clone(), message));
            }
        }
    }
    if config.crawl.revisit_min > config.crawl.revisit_max {
        return Err(("revisit_min".into(), "crawl.revisit_min is longer than crawl.revisit_max".into()));
    }
    if config.crawl.concurrency == 0 || config.crawl.per_host == 0 || config.crawl.per_address == 0 {
        let what = "crawl.concurrency, crawl.per_host and crawl.per_address must be at least 1";
        return Err(("crawl".into(), what.into()));
    }
    Ok(())
}

fn line_of(text: &str, span: Option<Range<usize>>) -> usize {
    let end = span.map_or(0, |span| span.start.min(text.len()));
    text[..end].matches('\n').count() + 1
}

/// Adds "did you mean" where serde names an unknown word and the words it would take.
fn with_suggestion(message: &str) -> String {
    let message = message.trim();
    let mut quoted = message.split('`').skip(1).step_by(2);
    let (Some(unknown), true) = (quoted.next(), message.starts_with("unknown")) else { return message.to_owned() };
    let what = if message.starts_with("unknown field") { "key" } else { "value" };
    let known: Vec<&str> = quoted.collect();
    let nearest = known.iter().min_by_key(|word| strsim::damerau_levenshtein(word, unknown));
    match nearest {
        Some(word) if strsim::damerau_levenshtein(word, unknown) <= 2 + unknown.len() / 4 => {
            format!("unknown {what} `{unknown}`; did you mean `{word}`?")
        }
        _ => format!("unknown {what} `{unknown}`; known here: {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(text: &str) -> Result<Config, String> {
        parse(text, Path::new("config.toml"), &[]).map_err(|error| error.to_string())
    }

    fn set(text: &str) -> Result<Config, String> {
        let change = Override::from_flag(text).map_err(|error| error.to_string())?;
        parse("", Path::new("config.toml"), &[change]).map_err(|error| error.to_string())
    }

    const SHIPPED: &str = include_str!("../../../config.toml");

    #[test]
    fn the_shipped_file_equals_the_defaults() {
        assert_eq!(read(SHIPPED).unwrap(), Config::default());
    }

    #[test]
    fn the_shipped_file_names_every_key() {
        let shipped: Table = toml::from_str(SHIPPED).unwrap();
        let Value::Table(mut defaults) = Value::try_from(Config::default()).unwrap() else { unreachable!() };
        defaults.remove("source");
        defaults.remove("site");
        assert_eq!(shipped, defaults);
        assert!(SHIPPED.contains("# path = \"archive\""));
    }

    #[test]
    fn the_commented_examples_load_and_name_every_key_of_a_source_and_a_site() {
        let from = SHIPPED.find("# [[source]]").unwrap();
        let example: String = SHIPPED[from..]
            .lines()
            .map(|line| line.strip_prefix("# ").unwrap_or(""))
            .filter(|line| line.starts_with('#') || line.contains('=') || line.starts_with("[["))
            .collect::<Vec<_>>()
            .join("\n");
        let config = read(&example).unwrap();
        assert_eq!((config.source.len(), config.site.len()), (1, 1));
        let count = |value: Value| value.as_table().map(Table::len).unwrap();
        assert_eq!(count(Value::try_from(&config.source[0]).unwrap()), 19);
        assert_eq!(count(Value::try_from(&config.site[0]).unwrap()), 6);
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_line_and_what_was_meant() {
        let error = read("[crawl]\nrobots = \"obey\"\nconcurency = 4\n").unwrap_err();
        assert_eq!(error, "config.toml:3: unknown key `concurency`; did you mean `concurrency`?");
        let error = read("[crowl]\n").unwrap_err();
        assert_eq!(error, "config.toml:1: unknown key `crowl`; did you mean `crawl`?");
    }

    #[test]
    fn a_wrong_value_is_refused_with_its_line() {
        let error = read("[crawl]\ndelay = \"soon\"\n").unwrap_err();
        assert_eq!(error, "config.toml:2: `soon` is no length of time; write it as in 90s, 2h or 3d");
        let error = read("[archive]\nassets = \"pages\"\n").unwrap_err();
        assert_eq!(error, "config.toml:2: unknown value `pages`; did you mean `page`?");
    }

    #[test]
    fn a_source_that_cannot_be_crawled_is_refused() {
        let error = read("[[source]]\nname = \"a\"\nkind = \"feed\"\nurl = \"gopher://x\"\n").unwrap_err();
        assert!(error.starts_with("config.toml:4: source \"a\""), "{error}");
        let error = read("[[site]]\nmatch = \"a.example\"\ncontent = [\"div[\"]\n").unwrap_err();
        assert!(error.starts_with("config.toml:3: [[site]]"), "{error}");
    }

    #[test]
    fn flags_and_variables_win_and_are_named_when_wrong() {
        assert_eq!(set("crawl.delay=5s").unwrap().crawl.delay.0.as_secs(), 5);
        assert_eq!(set("fetch.contact=5").unwrap().fetch.contact, "5");
        assert!(set("fetch.allow_private_addresses=true").unwrap().fetch.allow_private_addresses);
        let error = set("crawl.dely=5s").unwrap_err();
        assert_eq!(error, "--set crawl.dely: unknown key `dely`; did you mean `delay`?");
        let variables = [("CHAFFINCH_CRAWL__DELAY".to_owned(), "x".to_owned()), ("HOME".into(), "/".into())];
        let found = Override::from_environment(variables);
        let error = parse("", Path::new("c"), &found).unwrap_err().to_string();
        assert!(error.starts_with("CHAFFINCH_CRAWL__DELAY: `x` is no length of time"), "{error}");
    }
}
