//! Cases: pages that a person files for whoever improves the extractor, each a folder in `cases/` with the page, the verdict, the
//! address, and what the person said is wrong. They are no part of what is kept: nothing reads them here, and no check
//! misses them.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use chaffinch_extract::explain::Explanation;
use url::Url;

use crate::store::archive::Archive;
use crate::store::error::{Error, Result};

/// The folder of cases within an archive.
const CASES: &str = "cases";

impl Archive {
    /// As [`file_case()`], in this archive.
    ///
    /// # Errors
    /// As [`file_case()`].
    pub fn file_case(
        &self,
        name: &str,
        html: &[u8],
        explanation: &Explanation,
        url: Option<&Url>,
        remark: Option<&str>,
    ) -> Result<PathBuf> {
        file_case(self.dir(), &Case { name, html, explanation, url, remark })
    }
}

/// What is filed.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// What its folder is called.
    pub name: &'a str,
    /// The page.
    pub html: &'a [u8],
    /// What became of its blocks.
    pub explanation: &'a Explanation,
    /// Where it is from.
    pub url: Option<&'a Url>,
    /// What a person says is wrong.
    pub remark: Option<&'a str>,
}

/// Files a case under the folder of an archive, whether there is an archive yet or not, and says in which folder. A page that is
/// filed again takes the place of the earlier one; remarks are added to those before.
///
/// # Errors
/// [`Error::Write`] where the folder or a file of it cannot be written.
pub fn file_case(archive: &Path, case: &Case<'_>) -> Result<PathBuf> {
    let folder = archive.join(CASES).join(case.name);
    let failed = |source| Error::Write { file: folder.display().to_string(), source };
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.join(name), bytes);
    let verdict = serde_json::to_vec_pretty(case.explanation).map_err(|error| failed(error.into()))?;
    std::fs::create_dir_all(&folder)
        .and_then(|()| write("source.html", case.html))
        .and_then(|()| write("explanation.json", &verdict))
        .and_then(|()| write("url.txt", case.url.map_or("", Url::as_str).as_bytes()))
        .and_then(|()| case.remark.map_or(Ok(()), |remark| add(&folder.join("remark.txt"), remark)))
        .map_err(failed)?;
    Ok(folder)
}

/// Adds a remark as a paragraph of its own.
fn add(file: &Path, remark: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(file)?;
    let gap = if file.metadata()?.len() == 0 { "" } else { "\n" };
    // In one piece, so that remarks that come at the same time stand one behind the other.
    file.write_all(format!("{gap}{remark}\n").as_bytes())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use chaffinch_extract::options::{Context, Options};

    use super::*;
    use crate::store::trial::Trial;

    #[test]
    fn a_page_is_filed_with_its_verdict_its_address_and_every_remark() {
        let trial = Trial::new();
        let archive = trial.open();
        let html = b"<p>The chaffinch sings from late February to July, longest at dawn.</p>";
        let explanation = chaffinch_extract::explain(html, &Context::default(), &Options::default()).unwrap();
        let url = "https://example.org/a".parse().unwrap();
        let file = |remark| archive.file_case("one", html, &explanation, Some(&url), remark).unwrap();
        let folder = file(None);
        assert_eq!(folder, trial.dir.path().join("cases/one"));
        assert!(!folder.join("remark.txt").exists());
        file(Some("The date is lost."));
        file(Some("So is <b>the title</b>."));
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
        assert_eq!(read("remark.txt"), "The date is lost.\n\nSo is <b>the title</b>.\n");
        assert_eq!((read("source.html").as_bytes(), read("url.txt").as_str()), (&html[..], "https://example.org/a"));
        let verdict: serde_json::Value = serde_json::from_str(&read("explanation.json")).unwrap();
        assert_eq!(verdict["blocks"][0]["kept"], true);
        assert!(!trial.dir.path().join("cases/two").exists());
    }

    #[test]
    fn a_case_that_cannot_be_written_is_an_error_that_names_its_folder() {
        let trial = Trial::new();
        std::fs::write(trial.dir.path().join(CASES), "a file where the folder would be").unwrap();
        let explanation = chaffinch_extract::explain(b"<p>x", &Context::default(), &Options::default());
        let error = trial.open().file_case("one", b"<p>x", &explanation.unwrap(), None, None).unwrap_err();
        assert!(error.to_string().contains("cases/one"), "{error}");
    }
}
