//! The index read in its own order, for those who ask for whole hosts and domains: a batch of captures at a time, so that no
//! answer is ever in memory as a whole.

use crate::store::archive::Archive;
use crate::store::catalogue::walk;
pub use crate::store::catalogue::walk::{Indexed, Place, Stretch};
use crate::store::error::Result;

impl Archive {
    /// At most so many captures of a stretch, those behind a place where one is given; `back` reads from its end.
    ///
    /// # Errors
    /// Where the catalogue cannot answer.
    pub fn walk(&self, stretch: &Stretch, behind: Option<&Place>, back: bool, limit: usize) -> Result<Vec<Indexed>> {
        self.catalogue.read(|db| walk::walk(db, stretch, behind, back, limit))
    }

    /// How many captures a stretch holds.
    ///
    /// # Errors
    /// Where the catalogue cannot answer.
    pub fn stretch_len(&self, stretch: &Stretch) -> Result<u64> {
        self.catalogue.read(|db| walk::count(db, stretch))
    }

    /// The place of the capture that `number` others of a stretch stand before, counted from its end where `back` says so.
    ///
    /// # Errors
    /// Where the catalogue cannot answer.
    pub fn place_of(&self, stretch: &Stretch, number: u64, back: bool) -> Result<Option<Place>> {
        self.catalogue.read(|db| walk::nth(db, stretch, number, back))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::store::trial::{Trial, story};

    #[test]
    fn a_stretch_is_walked_in_batches_either_way_and_nothing_beyond_it() {
        let archive = Trial::new().open();
        let urls = ["https://a.example/1", "https://a.example/2", "https://b.example/1"];
        for (url, minutes) in urls.iter().zip(0..) {
            archive.store(&[story(url, minutes, "nav", "One.")]).unwrap();
            archive.store(&[story(url, minutes + 10, "nav", "One.")]).unwrap();
        }
        let stretch = Stretch { from: "example,a)/".into(), to: "example,a*".into() };
        for back in [false, true] {
            let mut seen = Vec::new();
            let mut behind = None;
            loop {
                let batch = archive.walk(&stretch, behind.as_ref(), back, 3).unwrap();
                let Some(last) = batch.last() else { break };
                behind = Some(last.place());
                seen.extend(batch);
            }
            let mut keys: Vec<_> = seen.iter().map(|one| (one.url.as_str(), one.at)).collect();
            assert_eq!(keys.len(), 4);
            assert_eq!(seen.iter().filter(|one| one.repeats.is_some()).count(), 2);
            assert!(seen.iter().filter_map(|one| one.repeats.as_ref()).all(Option::is_some));
            assert_eq!(archive.place_of(&stretch, 1, back).unwrap(), Some(seen[1].place()));
            if back {
                keys.reverse();
            }
            assert!(keys.is_sorted());
        }
        assert_eq!(archive.stretch_len(&stretch).unwrap(), 4);
        assert_eq!(archive.place_of(&stretch, 4, false).unwrap(), None);
    }
}
