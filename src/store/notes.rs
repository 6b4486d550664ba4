//! What people add to what is kept: tags and a note for a URL. Each change is a line at the end of `notes.jsonl`; the last
//! line of a URL counts. The catalogue reads it from there.

use jiff::Timestamp;
use rusqlite::Transaction;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::store::archive::Archive;
use crate::store::capture::Annotation;
use crate::store::catalogue::{insert, notes};
use crate::store::error::{Error, Result};
use crate::store::names;

/// Letters of one tag.
const TAG_LETTERS_MAX: usize = 64;
/// Tags of one URL.
const TAGS_MAX: usize = 50;
/// Bytes of one note.
const NOTE_BYTES_MAX: usize = 128 << 10;
/// What the line of an annotation says it is.
const KIND: &str = "annotation";

/// A line of the file.
#[derive(Serialize, Deserialize)]
struct Line {
    kind: String,
    at: Timestamp,
    url: String,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    note: String,
}

impl Annotation {
    /// What a person wrote, put in order: tags without white space around them, without control characters or commas (which stand between tags), each once; what is
    /// beyond 50 tags of 64 letters and 128 KiB of note is left out.
    pub fn tidied(tags: impl IntoIterator<Item = impl AsRef<str>>, note: &str) -> Self {
        let mut kept: Vec<String> = tags.into_iter().filter_map(|tag| tidy_tag(tag.as_ref())).collect();
        kept.sort();
        kept.dedup();
        kept.truncate(TAGS_MAX);
        let mut note = note.replace("\r\n", "\n").trim().to_owned();
        note.retain(|c| !c.is_control() || matches!(c, '\n' | '\t'));
        while note.len() > NOTE_BYTES_MAX {
            note.pop();
        }
        Self { tags: kept, note }
    }
}

fn tidy_tag(written: &str) -> Option<String> {
    let words: Vec<&str> =
        written.split(|c: char| c.is_whitespace() || c.is_control() || c == ',').filter(|w| !w.is_empty()).collect();
    let tag: String = words.join(" ").chars().take(TAG_LETTERS_MAX).collect();
    (!tag.is_empty()).then_some(tag)
}

impl Archive {
    /// What people added to a URL.
    ///
    /// # Errors
    /// Where the catalogue cannot answer.
    pub fn annotation(&self, url: &Url) -> Result<Annotation> {
        self.catalogue.read(|db| notes::of(db, url.as_str()))
    }

    /// Adds to a URL, in place of what was added before; an empty one takes that away. Durable when it returns.
    ///
    /// # Errors
    /// [`Error::Write`] where the notes cannot be written; then nothing has changed.
    pub fn annotate(&self, url: &Url, annotation: &Annotation, at: Timestamp) -> Result<()> {
        let line = Line {
            kind: KIND.to_owned(),
            at,
            url: url.to_string(),
            tags: annotation.tags.clone(),
            note: annotation.note.clone(),
        };
        // Text and numbers of our own always become JSON.
        let mut text = serde_json::to_string(&line).unwrap_or_default();
        text.push('\n');
        // Whoever writes to the notes holds the catalogue: the two never disagree for longer than a crash.
        self.catalogue.write(|tx| {
            self.append_notes(&text)?;
            self.index_notes(tx)
        })
    }

    /// Adds whole lines to the notes, durably, or nothing. The catalogue is held meanwhile, so that nobody else writes.
    pub(crate) fn append_notes(&self, lines: &str) -> Result<()> {
        let journal = self.medium.journal(names::NOTES).map_err(Self::write_failed(names::NOTES))?;
        let mut journal = journal.ok_or(Error::Sealing)?;
        let before = journal.length();
        let last = match before.checked_sub(1) {
            Some(last) => self.medium.read(names::NOTES, last, 1).map_err(Self::read_failed(names::NOTES))?,
            None => b"\n".to_vec(),
        };
        // A line that a power cut left without its end must not swallow the next.
        let end = if last == b"\n" { "" } else { "\n" };
        let written = journal.append(format!("{end}{lines}").as_bytes()).and_then(|()| journal.sync());
        written.map_err(|source| {
            let _ = journal.cut(before);
            Self::write_failed(names::NOTES)(source)
        })
    }

    /// The commonest tags, and how many URLs each has.
    ///
    /// # Errors
    /// Where the catalogue cannot answer.
    pub fn tags(&self, limit: usize) -> Result<Vec<(String, u64)>> {
        self.catalogue.read(|db| notes::tags(db, limit))
    }

    /// Tells the catalogue of notes that it has not heard of. A line that cannot be read is passed over: `verify` tells of it.
    pub(crate) fn index_notes(&self, tx: &Transaction<'_>) -> Result<()> {
        let failed = |error| self.catalogue.failed(error);
        let length = match self.medium.length(names::NOTES) {
            Ok(length) => length,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(Self::read_failed(names::NOTES)(error)),
        };
        let file = insert::file_number(tx, names::NOTES).map_err(failed)?;
        // A file that is shorter than what was read of it is another.
        let from = Some(insert::indexed(tx, file).map_err(failed)?).filter(|from| *from <= length).unwrap_or(0);
        let rest = usize::try_from(length - from).unwrap_or(usize::MAX);
        let bytes = self.medium.read(names::NOTES, from, rest).map_err(Self::read_failed(names::NOTES))?;
        for line in bytes.split(|byte| *byte == b'\n') {
            if let Ok(line) = serde_json::from_slice::<Line>(line)
                && line.kind == KIND
            {
                let annotation = Annotation { tags: line.tags, note: line.note };
                notes::put(tx, &line.url, &annotation, line.at).map_err(failed)?;
            }
        }
        // A last line without its end is read again when it has one.
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        insert::set_indexed(tx, file, from + whole as u64).map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::store::capture::Filter;
    use crate::store::catalogue::connection::FILE;
    use crate::store::medium::Medium;
    use crate::store::trial::{Trial, seal_all, story, time};

    fn url(path: &str) -> Url {
        format!("https://example.org/{path}").parse().unwrap()
    }

    fn tagged(archive: &Archive, tag: &str) -> Vec<String> {
        let filter = Filter { tag: Some(tag.to_owned()), ..Filter::default() };
        archive.list(&filter).unwrap().into_iter().map(|capture| capture.url.path()[1..].to_owned()).collect()
    }

    #[test]
    fn what_is_noted_is_found_and_the_last_word_counts() {
        let archive = Trial::new().open();
        archive
            .store(&[story(url("a").as_str(), 0, "nav", "One."), story(url("b").as_str(), 1, "nav", "Two.")])
            .unwrap();
        archive.annotate(&url("a"), &Annotation::tidied(["water", "to check"], "Who paid?"), time(2)).unwrap();
        archive.annotate(&url("b"), &Annotation::tidied(["water"], ""), time(3)).unwrap();
        assert_eq!(archive.annotation(&url("a")).unwrap().note, "Who paid?");
        assert_eq!(tagged(&archive, "water"), ["b", "a"]);
        assert_eq!(archive.tags(9).unwrap(), [("water".to_owned(), 2), ("to check".to_owned(), 1)]);
        archive.annotate(&url("a"), &Annotation::default(), time(4)).unwrap();
        assert_eq!(tagged(&archive, "water"), ["b"]);
        assert_eq!(archive.annotation(&url("a")).unwrap(), Annotation::default());
    }

    #[test]
    fn notes_outlive_the_catalogue_and_are_heard_of_by_who_opens_the_archive() {
        let trial = Trial::new();
        let archive = trial.open();
        archive.store(&[story(url("a").as_str(), 0, "nav", "One.")]).unwrap();
        archive.annotate(&url("a"), &Annotation::tidied(["water"], "A note."), time(1)).unwrap();
        archive.seal(&seal_all()).unwrap();
        archive.reindex(&mut |_| {}).unwrap();
        assert_eq!(tagged(&archive, "water"), ["a"]);
        drop(archive);
        std::fs::remove_file(trial.dir.path().join(FILE)).unwrap();
        assert_eq!(trial.open().annotation(&url("a")).unwrap().note, "A note.");
        // Written by a process that died before the catalogue heard of it.
        let mut journal = trial.memory().journal(names::NOTES).unwrap().unwrap();
        let line = r#"{"kind":"annotation","at":"2026-03-01T00:00:00Z","url":"https://example.org/a","tags":["fire"]}"#;
        journal.append(format!("{line}\n").as_bytes()).unwrap();
        drop(journal);
        assert_eq!(tagged(&trial.open(), "fire"), ["a"]);
    }

    #[test]
    fn a_write_that_fails_and_a_torn_line_cost_no_other_note() {
        let trial = Trial::new();
        let archive = trial.open();
        let mut journal = trial.memory().journal(names::NOTES).unwrap().unwrap();
        journal.append(br#"{"kind":"annotation","at":"2026-03-0"#).unwrap();
        drop(journal);
        archive.annotate(&url("a"), &Annotation::tidied(["water"], ""), time(0)).unwrap();
        trial.failing.fail_at(1, false);
        archive.annotate(&url("a"), &Annotation::tidied(["fire"], ""), time(1)).unwrap_err();
        assert_eq!(archive.annotation(&url("a")).unwrap().tags, ["water"]);
        archive.reindex(&mut |_| {}).unwrap();
        assert_eq!(archive.annotation(&url("a")).unwrap().tags, ["water"]);
    }

    #[test]
    fn tags_are_tidied() {
        let tidied = Annotation::tidied([" two  words\n", "b", "", "b", "\u{7}a"], " x\r\ny\u{0} ");
        assert_eq!(tidied.tags, ["a", "b", "two words"]);
        assert_eq!(tidied.note, "x\ny");
    }

    #[test]
    fn a_source_s_tags_are_found_as_a_person_s_are() {
        let archive = Trial::new().open();
        let mut snapshot = story(url("a").as_str(), 0, "nav", "One.");
        snapshot.tags = vec!["gazettes".to_owned()];
        archive.store(&[snapshot]).unwrap();
        assert_eq!(tagged(&archive, "gazettes"), ["a"]);
        assert_eq!(archive.tags(9).unwrap(), [("gazettes".to_owned(), 1)]);
    }

    #[test]
    fn captures_are_found_by_a_part_of_an_author_s_name() {
        let archive = Trial::new().open();
        let mut snapshot = story(url("a").as_str(), 0, "nav", "One.");
        snapshot.article.as_mut().unwrap().metadata.authors = vec!["Ada Example".to_owned(), "B. Other".to_owned()];
        archive.store(&[snapshot, story(url("b").as_str(), 1, "nav", "Two.")]).unwrap();
        let by = |name: &str| {
            let filter = Filter { author: Some(name.to_owned()), ..Filter::default() };
            archive.list(&filter).unwrap().len()
        };
        assert_eq!((by("example"), by("other"), by("nobody"), by("%")), (1, 1, 0, 0));
    }
}
