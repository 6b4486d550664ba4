//! The name of the site, from what the page says of its publisher. It does not settle the title, which needs the name.

use url::Url;

use crate::metadata::evidence::Evidence;
use crate::metadata::jsonld::Linked;
use crate::metadata::text::{key, plain};

/// Names longer than this are slogans or mistakes.
const NAME_BYTES_MAX: usize = 100;

/// The name of the site as the page gives it.
pub(crate) fn site(evidence: &Evidence<'_>, linked: &Linked) -> Option<String> {
    const KEYS: [&str; 7] = [
        "og:site_name",
        "application-name",
        "apple-mobile-web-app-title",
        "dc.publisher",
        "dcterms.publisher",
        "citation_journal_title",
        "article:publisher",
    ];
    let open_graph = evidence.meta(&KEYS[..1]).map(plain);
    let structured = linked.site.clone().or_else(|| linked.publisher.clone());
    let others = evidence.meta(&KEYS[1..]).map(plain);
    [open_graph, structured, others].into_iter().flatten().find(|name| is_name(name))
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= NAME_BYTES_MAX && !name.contains("://") && !name.contains('@')
}

/// Whether `name` is what the site calls itself: its name, or the name in its address (`daily-finch.example`).
pub(crate) fn is_site(name: &str, site: Option<&str>, url: Option<&Url>) -> bool {
    let name = key(name);
    if name.is_empty() {
        return false;
    }
    if site.is_some_and(|site| key(site) == name) {
        return true;
    }
    let squeezed: String = name.chars().filter(|c| *c != ' ').collect();
    let Some(host) = url.and_then(Url::host_str) else { return false };
    let host = host.strip_prefix("www.").unwrap_or(host);
    let whole: String = host.chars().filter(|c| c.is_alphanumeric()).collect();
    whole == squeezed
        || host.split('.').rev().skip(1).any(|label| {
            let label: String = label.chars().filter(|c| c.is_alphanumeric()).collect();
            label.len() > 2 && label == squeezed
        })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use scraper::Html;

    #[test]
    fn open_graph_names_the_site() {
        let tree = Html::parse_document("<meta property='og:site_name' content='The Daily Finch'>");
        assert_eq!(site(&Evidence::gather(&tree), &Linked::default()).as_deref(), Some("The Daily Finch"));
    }

    #[test]
    fn the_address_tells_the_name_too() {
        let url = Url::parse("https://www.daily-finch.example/a").unwrap();
        assert!(is_site("Daily Finch", None, Some(&url)));
        assert!(is_site("daily-finch.example", None, Some(&url)));
        assert!(!is_site("Finch", None, Some(&url)));
    }
}
