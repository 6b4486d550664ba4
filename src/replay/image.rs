//! PURE: which of an image's addresses is shown. A page names an image many times (`src`, `srcset`, the attributes of lazy
//! loaders, the sources of a `<picture>`); the archive keeps one or two of them, and only those can be shown.

use url::Url;

use crate::discover::assets::{LAZY, LAZY_SETS};
use crate::discover::srcset;
use crate::replay::address::Modifier;
use crate::replay::entities;
use crate::replay::tag::Tag;
use crate::replay::way::Way;

/// What was found of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    /// Whether a lazy loader would have shown it.
    pub(crate) lazy: bool,
    /// Whether there is something to show: in the archive, or in the page itself.
    pub(crate) kept: bool,
}

/// Gives an `<img>` the best address that is kept, and no other; where none is, the one a browser would have ended with.
pub(crate) fn choose(element: &mut Tag<'_>, way: &Way<'_>) -> Found {
    let real = web_address(element, "src", way.base());
    let mut sets = set(element, "srcset", way.base());
    let mut lazy = Vec::new();
    for name in LAZY_SETS {
        lazy.extend(set(element, name, way.base()));
    }
    for name in LAZY {
        lazy.extend(web_address(element, name, way.base()));
    }
    let was_lazy = !lazy.is_empty();
    sets.extend(lazy.iter().cloned());
    sets.extend(real.clone());
    let kept = sets.iter().find(|url| (way.lead.kept)(url));
    let found = Found { lazy: was_lazy, kept: kept.is_some() };
    let chosen = kept.or_else(|| lazy.first()).or(real.as_ref()).or_else(|| sets.first()).cloned();
    let found = match chosen {
        Some(url) => {
            let led = way.at(url.as_str(), Modifier::Image);
            element.set("src", entities::encode(led));
            found
        }
        None => Found { kept: keep_data_only(element, way), ..found },
    };
    for name in LAZY.iter().chain(LAZY_SETS).chain(&["srcset", "sizes"]) {
        element.remove(name);
    }
    found
}

/// Keeps an image that stands in the address itself, and says whether there is one.
fn keep_data_only(element: &mut Tag<'_>, way: &Way<'_>) -> bool {
    let written = element.get("src").unwrap_or_default();
    match way.part(&entities::decode(written), Modifier::Image) {
        Some(data) => {
            element.set("src", entities::encode(data));
            true
        }
        None => {
            element.remove("src");
            false
        }
    }
}

/// Reduces the `srcset` of a `<source>` to the largest address that is kept. Says whether it has a set of which nothing is: a
/// browser would choose it, and show a hole, although the image beside it may be kept.
pub(crate) fn source_is_unkept(element: &mut Tag<'_>, way: &Way<'_>) -> bool {
    let mut all = set(element, "srcset", way.base());
    for name in LAZY_SETS {
        all.extend(set(element, name, way.base()));
        element.remove(name);
    }
    if all.is_empty() {
        element.remove("srcset");
        return false;
    }
    let Some(kept) = all.into_iter().find(|url| (way.lead.kept)(url)) else {
        return true;
    };
    let led = way.at(kept.as_str(), Modifier::Image);
    element.set("srcset", entities::encode(led));
    element.remove("sizes");
    false
}

fn set(element: &Tag<'_>, name: &str, base: &Url) -> Vec<Url> {
    let written = element.get(name).unwrap_or_default();
    let value = entities::decode(written);
    srcset::largest_first(&value).iter().filter_map(|candidate| on_the_web(candidate.url, base)).collect()
}

fn web_address(element: &Tag<'_>, name: &str, base: &Url) -> Option<Url> {
    let written = element.get(name)?;
    let value = entities::decode(written);
    if value.trim().is_empty() {
        return None;
    }
    on_the_web(value.trim(), base)
}

fn on_the_web(written: &str, base: &Url) -> Option<Url> {
    base.join(written).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
}
