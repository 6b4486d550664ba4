//! What repeats across the sites of an input: learnt in a first pass over the files, then given to the extraction of each page.

use std::collections::HashMap;
use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};

use chaffinch_extract::options::Context;
use chaffinch_extract::{Observation, SiteProfile, extract_observed};
use url::Url;

use crate::cli::pages::{InputPage, Item};
use crate::cli::pool;
use crate::crawl::rules::Rulebook;

/// Sites that are held at once. Beyond, those of which the fewest pages were seen are dropped: nothing repeats on them.
const SITES_MAX: usize = 4096;

/// Profiles by site.
#[derive(Debug, Default)]
pub struct Sites {
    profiles: HashMap<String, SiteProfile>,
    /// The inputs as they were named: files without an address belong together where they lie in one folder.
    inputs: Vec<String>,
}

impl Sites {
    /// Learns from every page, with `threads` threads. What cannot be read is passed over: the second pass tells of it.
    pub fn learn(
        inputs: &[String],
        items: impl Iterator<Item = Item> + Send,
        rulebook: &Rulebook,
        base: Option<&Url>,
        threads: usize,
    ) -> Self {
        let mut sites = Self { profiles: HashMap::new(), inputs: inputs.to_vec() };
        let observe = |item: Item| {
            let page = item.ok()?;
            let url = page.parsed_url().or_else(|| base.cloned());
            let context =
                Context { url: url.as_ref(), content_type: page.content_type.as_deref(), ..Context::default() };
            let options = rulebook.options(url.as_ref());
            let seen = catch_unwind(AssertUnwindSafe(|| extract_observed(&page.html, &context, &options)));
            seen.ok()?.ok().map(|(_, seen)| (page, url, seen))
        };
        let Ok(()) = pool::in_order(threads, items, observe, |seen| {
            if let Some((page, url, seen)) = seen {
                sites.add(&page, url.as_ref(), &seen);
            }
            Ok::<(), Infallible>(())
        });
        sites
    }

    fn add(&mut self, page: &InputPage, url: Option<&Url>, seen: &Observation) {
        let Some(key) = self.key(page, url) else { return };
        self.profiles.entry(key).or_default().learn(seen);
        let mut least = 2;
        while self.profiles.len() > SITES_MAX {
            self.profiles.retain(|_, profile| profile.pages() >= least);
            least *= 2;
        }
    }

    /// What is known of the site of a page.
    pub fn of(&self, page: &InputPage, url: Option<&Url>) -> Option<&SiteProfile> {
        self.profiles.get(&self.key(page, url)?)
    }

    /// The registrable domain; for a file of unknown address the folder that was named; nothing for other pages without one.
    fn key(&self, page: &InputPage, url: Option<&Url>) -> Option<String> {
        if let Some(url) = url {
            return Some(crate::url::site(url));
        }
        let file = page.id.as_ref().filter(|_| page.is_file)?;
        self.inputs.iter().find(|input| file.starts_with(input.as_str())).map(|input| format!("file:{input}"))
    }
}
