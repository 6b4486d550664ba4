//! Which of the dates found is that of publication, and which that of the last change. Structured data is asked first, then
//! meta elements, marked elements, the address and prose.

use url::Url;

use crate::metadata::dates::prose::{self, Seen};
use crate::metadata::dates::stamp::Stamp;
use crate::metadata::dates::structured::machine_date;
use crate::metadata::dates::text::{Order, first_date};
use crate::metadata::dates::url::url_date;
use crate::metadata::evidence::{Evidence, Mark, line_of};
use crate::metadata::hints::Hints;
use crate::metadata::jsonld::Linked;

/// The dates of an article, in ISO 8601.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Dates {
    pub(crate) published: Option<String>,
    pub(crate) modified: Option<String>,
}

const PUBLISHED: [&str; 33] = [
    "article:published_time",
    "article:published",
    "og:article:published_time",
    "og:published_time",
    "og:pubdate",
    "datepublished",
    "date_published",
    "publishdate",
    "publish_date",
    "publish-date",
    "published-date",
    "published_time",
    "pubdate",
    "pub_date",
    "publication_date",
    "citation_publication_date",
    "citation_online_date",
    "dc.date.issued",
    "dcterms.issued",
    "dc.date.created",
    "dcterms.created",
    "parsely-pub-date",
    "sailthru.date",
    "rnews:datepublished",
    "article.published",
    "shareaholic:article_published_time",
    "cxenseparse:recs:publishtime",
    "published",
    "ms.date",
    "article:create_time",
    "dc.date",
    "dcterms.date",
    "date",
];

const MODIFIED: [&str; 11] = [
    "article:modified_time",
    "article:modified",
    "og:updated_time",
    "og:article:modified_time",
    "datemodified",
    "dcterms.modified",
    "dc.date.modified",
    "last-modified",
    "lastmod",
    "updated",
    "revised",
];

/// Weights below which a visible date is not trusted as that of publication, and above which it is.
const TRUSTED: f32 = 5.0;
const LEAST: f32 = -3.0;
/// What a labelled date close to the title weighs.
const CERTAIN: f32 = 8.5;

/// Finds both dates.
pub(crate) fn dates(evidence: &Evidence<'_>, linked: &Linked, language: Option<&str>, url: Option<&Url>) -> Dates {
    let order = order(language, url);
    let finder = Finder { evidence, linked, order };
    let address = url.and_then(url_date);
    let day = address.as_ref().filter(|dated| dated.has_day).map(|dated| dated.stamp);
    let mut modified = finder.modified();
    let given = finder.structured();
    let prose = prose::read(&evidence.lines, order);
    let published = match given.first() {
        Some(first) => {
            // An address from the month that structured data names leaves no doubt about it.
            let month = |stamp: Stamp| (stamp.year, stamp.month);
            let sure = address.as_ref().is_some_and(|dated| month(dated.stamp) == month(*first));
            let seen = prose.published.filter(|seen| !sure && !seen.stamp.is_turned(*first));
            Some(settle(*first, &given, day, seen, modified))
        }
        None => finder.without_structure(day, prose.published, prose.modified, modified),
    };
    modified = modified.or(prose.modified.filter(|seen| seen.weight > LEAST).map(|seen| seen.stamp));
    let mut published = published.or(modified).or(address.map(|dated| dated.stamp));
    published = published.map(|stamp| finder.local(stamp, day));
    if let (Some(first), Some(last)) = (published, modified)
        && last.date() < first.date()
    {
        modified = None;
    }
    Dates { published: published.map(|stamp| stamp.to_string()), modified: modified.map(|stamp| stamp.to_string()) }
}

/// The date of publication where structured data gives one or more, and a reader may see yet another.
fn settle(first: Stamp, given: &[Stamp], address: Option<Stamp>, seen: Option<Seen>, modified: Option<Stamp>) -> Stamp {
    // An address is given once; what structured data says later is often the date of an import or a new edition.
    if let Some(address) = address.filter(|address| address.date() < first.date() && !address.is_next_to(first)) {
        return given.iter().find(|stamp| stamp.date() == address.date()).copied().unwrap_or(address);
    }
    let Some(seen) = seen.filter(|seen| seen.weight >= TRUSTED) else { return first };
    let day = seen.stamp.date();
    // Where structured data disagrees with itself, the reader's date decides.
    if let Some(same) = given.iter().find(|stamp| stamp.date() == day) {
        return *same;
    }
    // A publishing system that gives both dates alike may know only one; an earlier date shown to readers tells more.
    let is_known_once = modified.is_some_and(|modified| modified.date() == first.date());
    if (is_known_once || (seen.is_labelled && seen.weight >= CERTAIN)) && day < first.date() {
        seen.stamp
    } else {
        first
    }
}

/// Whether days come before months in numeric dates.
fn order(language: Option<&str>, url: Option<&Url>) -> Order {
    let english_day_first = [".uk", ".au", ".nz", ".ie", ".in", ".za", ".eu", ".de", ".fr", ".it", ".es", ".nl"];
    let host = url.and_then(Url::host_str).unwrap_or("");
    match language {
        Some("en-US" | "fil" | "en-PH") => Order::MonthFirst,
        Some("en") | None if !english_day_first.iter().any(|end| host.ends_with(end)) => Order::MonthFirst,
        _ => Order::DayFirst,
    }
}

struct Finder<'e, 't> {
    evidence: &'e Evidence<'t>,
    linked: &'e Linked,
    order: Order,
}

impl Finder<'_, '_> {
    fn read(&self, value: &str) -> Option<Stamp> {
        machine_date(value, self.order)
    }

    /// The dates of publication that structured data gives, the most trusted one first.
    fn structured(&self) -> Vec<Stamp> {
        let linked =
            self.linked.published.as_deref().or(self.linked.created.as_deref()).and_then(|value| self.read(value));
        let metas = PUBLISHED.iter().flat_map(|key| self.evidence.metas_of(key)).filter_map(|value| self.read(value));
        linked.into_iter().chain(metas).chain(self.property(&["datePublished", "dateCreated"])).collect()
    }

    fn modified(&self) -> Option<Stamp> {
        let linked = self.linked.modified.as_deref().and_then(|value| self.read(value));
        linked.or_else(|| self.metas(&MODIFIED)).or_else(|| self.property(&["dateModified"]))
    }

    /// The date of publication where no structured data gives one.
    fn without_structure(
        &self,
        day: Option<Stamp>,
        seen: Option<Seen>,
        changed: Option<Seen>,
        modified: Option<Stamp>,
    ) -> Option<Stamp> {
        let page = self.linked.page_published.as_deref().and_then(|value| self.read(value));
        let labelled = seen.filter(|seen| seen.is_labelled && seen.weight >= TRUSTED).map(|seen| seen.stamp);
        let trusted = seen.filter(|seen| seen.weight >= TRUSTED).map(|seen| seen.stamp);
        let changed = changed.filter(|changed| changed.weight >= TRUSTED).map(|changed| changed.stamp);
        let page = if page == modified { trusted.or(page) } else { page };
        day.or(labelled)
            .or(page)
            .or(trusted)
            .or_else(|| self.scripted())
            .or(changed)
            .or_else(|| seen.filter(|seen| seen.weight >= LEAST).map(|seen| seen.stamp))
    }

    fn metas(&self, keys: &[&str]) -> Option<Stamp> {
        keys.iter().flat_map(|key| self.evidence.metas_of(key)).find_map(|value| self.read(value))
    }

    fn property(&self, names: &[&str]) -> Option<Stamp> {
        let usable = self.evidence.properties.iter().filter(|property| !property.mark.area.any(Hints::COMMENT));
        usable.filter(|property| names.contains(&property.name)).find_map(|property| self.value(&property.mark))
    }

    /// The date of an element: its `datetime`, `content` or `title` attribute, else its text.
    fn value(&self, mark: &Mark<'_>) -> Option<Stamp> {
        let element = mark.node.value().as_element()?;
        let mut attributes = ["datetime", "content", "title"].iter().filter_map(|name| element.attr(name));
        let written = attributes.find_map(|value| self.read(value));
        written.or_else(|| first_date(&line_of(mark.node, 200), self.order))
    }

    /// The same moment as the page writes it in its own time zone: a moment in UTC may fall on another day there.
    fn local(&self, stamp: Stamp, day: Option<Stamp>) -> Stamp {
        if stamp.time.is_none_or(|time| time.offset != Some(0)) {
            return stamp;
        }
        let datetimes = self.evidence.times.iter().filter_map(|mark| mark.node.value().as_element()?.attr("datetime"));
        let same = datetimes.filter_map(|value| self.read(value)).find(|other| other.is_same_moment(stamp));
        match (same, day) {
            (Some(same), _) => same,
            (None, Some(day)) if day.is_next_to(stamp) => day,
            _ => stamp,
        }
    }

    /// A date of publication inside the data of a script.
    fn scripted(&self) -> Option<Stamp> {
        /// More data than this is not searched.
        const BYTES_MAX: usize = 1 << 20;
        let mut left = BYTES_MAX;
        let scripts = self.evidence.json_ld.iter().chain(&self.evidence.scripts);
        let mut read = scripts.take_while(|script| {
            let fits = left > 0;
            left = left.saturating_sub(script.len());
            fits
        });
        read.find_map(|script| self.in_script(script))
    }

    fn in_script(&self, script: &str) -> Option<Stamp> {
        const NAMES: [&str; 8] = [
            "datePublished",
            "publishedAt",
            "published_at",
            "publishDate",
            "publishedDate",
            "first-publication",
            "publicationDate",
            "publish_date",
        ];
        // What all these names have in common, so that a script is searched once.
        let mut places = script.match_indices("ubli").map(|(at, _)| at).take(200);
        places.find_map(|at| {
            let name = NAMES.iter().find(|name| {
                let before = name.find("ubli").unwrap_or(0);
                at >= before && script.as_bytes()[at - before..].starts_with(name.as_bytes())
            })?;
            let rest = script.get(at - name.find("ubli")? + name.len()..)?;
            let rest = rest
                .trim_start_matches(['\\', '"', '\''])
                .trim_start_matches("&quot;")
                .trim_start()
                .strip_prefix(':')?;
            let rest = rest.trim_start().trim_start_matches(['\\', '"', '\'']).trim_start_matches("&quot;");
            self.read(rest.split(['"', '\'', '\\', '&', '<', ',']).next().filter(|value| value.len() < 40)?)
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use scraper::Html;

    fn of(html: &str) -> Dates {
        let tree = Html::parse_document(html);
        let evidence = Evidence::gather(&tree);
        dates(&evidence, &Linked::default(), Some("en"), None)
    }

    #[test]
    fn a_meta_element_gives_both_dates_with_their_time() {
        let found = of("<meta property=article:published_time content=2024-05-06T07:08:09Z>
            <meta property=article:modified_time content=2024-05-07>");
        assert_eq!(found.published.as_deref(), Some("2024-05-06T07:08:09Z"));
        assert_eq!(found.modified.as_deref(), Some("2024-05-07"));
    }

    #[test]
    fn an_address_confirms_structured_data_against_an_earlier_date_in_prose() {
        let html = "<meta property=article:published_time content=2024-05-06>
            <meta property=article:modified_time content=2024-05-06>
            <h1>A novel</h1><p>Published: March 1, 2024</p>";
        let tree = Html::parse_document(html);
        let evidence = Evidence::gather(&tree);
        let dated = |url: &str| {
            let url = Url::parse(url).unwrap();
            dates(&evidence, &Linked::default(), Some("en"), Some(&url)).published
        };
        assert_eq!(dated("https://example.org/2024/05/a-novel/").as_deref(), Some("2024-05-06"));
        assert_eq!(dated("https://example.org/a-novel/").as_deref(), Some("2024-03-01"));
    }

    #[test]
    fn a_date_read_with_day_and_month_turned_is_no_other_date() {
        let found = of("<meta property=article:published_time content=2024-06-05>
            <meta property=article:modified_time content=2024-06-05><h1>Rain</h1><p>Published 05/06/2024</p>");
        assert_eq!(found.published.as_deref(), Some("2024-06-05"));
    }

    #[test]
    fn a_time_in_comments_is_not_the_date() {
        let found =
            of("<div class=comments><time datetime=2020-01-01></time></div><h1>Rain</h1><p>Posted on May 6, 2024</p>");
        assert_eq!(found.published.as_deref(), Some("2024-05-06"));
    }

    #[test]
    fn a_page_without_dates_has_none() {
        assert_eq!(of("<p>Rain</p>"), Dates::default());
    }
}
