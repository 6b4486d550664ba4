//! What the archive has learnt of its sites: one profile a site, kept in the catalogue and as derived as the rest of it. Where
//! there is none, captures are named from which it can be learnt again. What a profile says, only the extractor knows.

use crate::store::archive::Archive;
use crate::store::capture::Capture;
use crate::store::catalogue::{insert, query};
use crate::store::error::Result;

impl Archive {
    /// The profile of a site as it was kept; `None` where none was.
    ///
    /// # Errors
    /// Where the catalogue cannot answer.
    pub fn site_profile(&self, site: &str) -> Result<Option<Vec<u8>>> {
        self.catalogue.read(|db| query::profile(db, site))
    }

    /// Keeps the profile of a site in place of the one before.
    ///
    /// # Errors
    /// Where the catalogue cannot be written.
    pub fn keep_site_profile(&self, site: &str, profile: &[u8]) -> Result<()> {
        self.catalogue.write(|tx| insert::put_profile(tx, site, profile).map_err(|error| self.catalogue.failed(error)))
    }

    /// The newest captures of a site that show an article, one of each URL.
    ///
    /// # Errors
    /// Where the catalogue cannot answer.
    pub fn articles_of_site(&self, site: &str, limit: usize) -> Result<Vec<Capture>> {
        self.catalogue.read(|db| query::articles_of_site(db, site, limit))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::store::trial::{Trial, story};

    #[test]
    fn a_profile_is_kept_until_the_catalogue_is_made_again() {
        let trial = Trial::new();
        let archive = trial.open();
        assert_eq!(archive.site_profile("a.example").unwrap(), None);
        archive.keep_site_profile("a.example", b"one").unwrap();
        archive.keep_site_profile("a.example", b"two").unwrap();
        drop(archive);
        let archive = trial.open();
        assert_eq!(archive.site_profile("a.example").unwrap().as_deref(), Some(&b"two"[..]));
        archive.reindex(&mut |_| {}).unwrap();
        assert_eq!(archive.site_profile("a.example").unwrap(), None);
    }

    #[test]
    fn a_site_is_learnt_from_the_newest_capture_of_each_page() {
        let archive = Trial::new().open();
        let url = |n: u32| format!("https://www.example.org/{n}");
        let stored = archive
            .store(&[
                story(&url(1), 0, "home", "One."),
                story(&url(2), 1, "home", "Two."),
                story(&url(1), 2, "home", "One again."),
                story("https://example.net/", 3, "home", "Three."),
            ])
            .unwrap();
        let found: Vec<_> = archive.articles_of_site("example.org", 9).unwrap().iter().map(|c| c.id).collect();
        assert_eq!(found, [stored[2].id, stored[1].id]);
        assert_eq!(archive.articles_of_site("example.org", 1).unwrap().len(), 1);
    }
}
