//! What is known of the sites that are captured: their profiles are learnt from each page that is kept, given to the extraction
//! of the next, and kept in the archive now and then. It does not know what a profile says.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chaffinch_extract::options::Context;
use chaffinch_extract::{Observation, SiteProfile, extract_observed};
use url::Url;

use crate::crawl::rules::Rulebook;
use crate::snapshot::value::Profile;
use crate::store::Error;
use crate::store::archive::Archive;

/// Pages a site must have before what repeats on them is believed.
const PAGES_MIN: u32 = 4;
/// A profile serves until its site has so many hundredths more pages: what is learnt from one page changes little.
const GROWTH: u32 = 125;
/// Captures a profile is learnt from where the archive holds pages of a site, but no profile.
const RELEARN_MAX: usize = 32;
/// Sites held at once, at most some 400 KB each; the one that was not asked for the longest goes.
const SITES_MAX: usize = 128;

/// The profiles of the sites of a run.
#[derive(Debug)]
pub struct Sites {
    archive: Arc<Archive>,
    rulebook: Arc<Rulebook>,
    held: Mutex<Shelf>,
}

#[derive(Debug, Default)]
struct Shelf {
    sites: HashMap<String, Held>,
    /// Counts the questions, to tell which site was not asked for the longest.
    questions: u64,
}

impl Shelf {
    fn ask(&mut self, site: &str) -> Option<&mut Held> {
        self.questions += 1;
        let held = self.sites.get_mut(site)?;
        held.asked = self.questions;
        Some(held)
    }

    /// Takes out the site that was not asked for the longest, where there are too many.
    fn make_room(&mut self) -> Option<(String, Held)> {
        if self.sites.len() <= SITES_MAX {
            return None;
        }
        let oldest = self.sites.iter().min_by_key(|(_, held)| held.asked).map(|(site, _)| site.clone())?;
        self.sites.remove_entry(&oldest)
    }
}

/// One site.
#[derive(Debug, Default)]
struct Held {
    learnt: SiteProfile,
    /// What extractions are given: what was learnt some pages ago.
    given: Option<Arc<Profile>>,
    /// Whether something was learnt that the archive does not have.
    unsaved: bool,
    asked: u64,
}

impl Held {
    /// Gives what was learnt from here on; the bytes are for the archive.
    fn publish(&mut self) -> Vec<u8> {
        let profile = Profile::new(self.learnt.clone());
        let bytes = profile.to_bytes();
        self.given = (self.learnt.pages() >= PAGES_MIN).then(|| Arc::new(profile));
        self.unsaved = false;
        bytes
    }

    /// Whether enough was learnt since to give it out; fewer pages mean that old ones were forgotten.
    fn is_ripe(&self) -> bool {
        let given = self.given.as_ref().map_or(0, |given| given.pages());
        self.learnt.pages() >= PAGES_MIN.max(given * GROWTH / 100 + 1) || self.learnt.pages() < given
    }
}

impl Sites {
    /// Nothing held yet. The rules are those of the run: what they remove is no part of a site.
    pub fn new(archive: Arc<Archive>, rulebook: Arc<Rulebook>) -> Self {
        Self { archive, rulebook, held: Mutex::default() }
    }

    /// What the extraction of a page is given. It reads the archive where the site was not met before in this run: call it
    /// from a thread that may block.
    ///
    /// # Errors
    /// Where the archive cannot be read or written.
    pub fn of(&self, url: &Url) -> Result<Option<Arc<Profile>>, Error> {
        let site = crate::url::site(url);
        if let Some(held) = self.held().ask(&site) {
            return Ok(held.given.clone());
        }
        // Without the lock: others go on meanwhile. Two that meet a site at once both learn it, and the first is believed.
        let mut met = self.load(&site)?;
        let (unsaved, bytes) = (met.unsaved, met.publish());
        if unsaved {
            self.archive.keep_site_profile(&site, &bytes)?;
        }
        let gone = {
            let mut shelf = self.held();
            shelf.sites.entry(site.clone()).or_insert(met);
            shelf.ask(&site);
            shelf.make_room()
        };
        if let Some((gone, mut held)) = gone.filter(|(_, held)| held.unsaved) {
            self.archive.keep_site_profile(&gone, &held.publish())?;
        }
        Ok(self.held().sites.get(&site).and_then(|held| held.given.clone()))
    }

    /// Learns from a page that was kept.
    ///
    /// # Errors
    /// Where the archive cannot be written.
    pub fn learn(&self, url: &Url, seen: &Observation) -> Result<(), Error> {
        let site = crate::url::site(url);
        // A site that made room for others meanwhile learns nothing from this page.
        let ripe = self.held().ask(&site).and_then(|held| {
            held.unsaved |= held.learnt.learn(seen);
            (held.unsaved && held.is_ripe()).then(|| held.publish())
        });
        ripe.map_or(Ok(()), |bytes| self.archive.keep_site_profile(&site, &bytes))
    }

    /// Keeps in the archive what was learnt since.
    ///
    /// # Errors
    /// Where the archive cannot be written.
    pub fn save(&self) -> Result<(), Error> {
        let unsaved: Vec<(String, Vec<u8>)> = self
            .held()
            .sites
            .iter_mut()
            .filter(|(_, held)| held.unsaved)
            .map(|(site, held)| (site.clone(), held.publish()))
            .collect();
        unsaved.iter().try_for_each(|(site, bytes)| self.archive.keep_site_profile(site, bytes))
    }

    fn held(&self) -> MutexGuard<'_, Shelf> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the archive knows of a site: its profile, or what its captures teach.
    fn load(&self, site: &str) -> Result<Held, Error> {
        if let Some(Ok(learnt)) = self.archive.site_profile(site)?.map(|bytes| SiteProfile::from_bytes(&bytes)) {
            return Ok(Held { learnt, ..Held::default() });
        }
        let mut held = Held::default();
        let mut captures = self.archive.articles_of_site(site, RELEARN_MAX)?;
        captures.reverse();
        for capture in captures {
            // What cannot be read back teaches nothing; `verify` is who complains.
            let Ok(page) = self.archive.load_page(&capture) else { continue };
            let context =
                Context { url: Some(&page.url), content_type: page.headers.get("content-type"), ..Context::default() };
            let options = self.rulebook.options(Some(&page.url));
            if let Ok((_, seen)) = extract_observed(&page.body, &context, &options) {
                held.unsaved |= held.learnt.learn(&seen);
            }
        }
        Ok(held)
    }
}
