//! Edits: which two captures of a page are compared where not both are named, and what an edit changed.

use jiff::SignedDuration;

use crate::snapshot::diff::{Summary, diff, summary};
use crate::snapshot::value::Change;
use crate::store::archive::Archive;
use crate::store::capture::Capture;
use crate::store::error::Result;

/// The older and the newer of two captures that show an article, oldest first in `captures`; without any named, the last edit
/// and what stood before it. `None` where there is no capture.
pub fn of(captures: &[Capture], a: Option<Capture>, b: Option<Capture>) -> Option<(Capture, Capture)> {
    let last = captures.last()?;
    let edit = captures.iter().rfind(|capture| capture.change == Change::Edited);
    let newer = b.unwrap_or_else(|| edit.filter(|_| a.is_none()).unwrap_or(last).clone());
    let older = a.unwrap_or_else(|| {
        let before = captures.iter().rfind(|capture| capture.at < newer.at);
        before.unwrap_or(&newer).clone()
    });
    Some((older, newer))
}

impl Archive {
    /// What an edit changed, of a capture that is one. An article that cannot be read is left to `verify`.
    ///
    /// # Errors
    /// Where the catalogue cannot answer.
    pub fn edit(&self, capture: &Capture) -> Result<Option<Summary>> {
        if capture.change != Change::Edited {
            return Ok(None);
        }
        let earlier = self.latest_article(&capture.url, Some(capture.at - SignedDuration::from_millis(1)))?;
        let article = |capture: &Capture| self.load_article(capture).ok().flatten();
        let (before, now) = (earlier.as_ref().and_then(article), article(capture));
        Ok(before.zip(now).map(|(before, now)| summary(&diff(&before, &now))))
    }
}
