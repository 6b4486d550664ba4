//! Which of the dates found is that of publication, and which that of the last change. Structured data is asked first, then
//! meta elements, marked elements, the address and prose.

use scraper::Html;
use url::Url;

use crate::metadata::dates::lines::{Line, lines};
use crate::metadata::dates::stamp::Stamp;
use crate::metadata::dates::structured::machine_date;
use crate::metadata::dates::text::{Label, Order, dates as dates_of, label};
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

const PUBLISHED: [&str; 30] = [
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
    "dc.date",
    "dcterms.date",
    "date",
];

const MODIFIED: [&str; 9] = [
    "article:modified_time",
    "article:modified",
    "og:updated_time",
    "og:article:modified_time",
    "datemodified",
    "dcterms.modified",
    "dc.date.modified",
    "last-modified",
    "lastmod",
];

/// Finds both dates.
pub(crate) fn dates(
    tree: &Html,
    evidence: &Evidence<'_>,
    linked: &Linked,
    language: Option<&str>,
    url: Option<&Url>,
) -> Dates {
    let order = order(language, url);
    let finder = Finder { evidence, linked, order, url };
    let mut modified = finder.modified();
    let published = finder.structured().or_else(|| finder.marked()).or_else(|| finder.address()).or_else(|| {
        let (found, changed) = prose(&lines(tree), evidence, order);
        modified = modified.or(changed);
        found.or(modified).or(changed)
    });
    if let (Some(first), Some(last)) = (published, modified)
        && last.date() < first.date()
    {
        modified = None;
    }
    Dates { published: published.map(|stamp| stamp.to_string()), modified: modified.map(|stamp| stamp.to_string()) }
}

/// Whether days come before months in numeric dates.
fn order(language: Option<&str>, url: Option<&Url>) -> Order {
    let english_day_first = [".uk", ".au", ".nz", ".ie", ".in", ".za"];
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
    url: Option<&'e Url>,
}

impl Finder<'_, '_> {
    fn read(&self, value: &str) -> Option<Stamp> {
        machine_date(value, self.order)
    }

    fn structured(&self) -> Option<Stamp> {
        let linked =
            self.linked.published.as_deref().or(self.linked.created.as_deref()).and_then(|value| self.read(value));
        linked.or_else(|| self.metas(&PUBLISHED)).or_else(|| self.property(&["datePublished", "dateCreated"]))
    }

    fn modified(&self) -> Option<Stamp> {
        let linked = self.linked.modified.as_deref().and_then(|value| self.read(value));
        linked.or_else(|| self.metas(&MODIFIED)).or_else(|| self.property(&["dateModified"]))
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
        let attribute = ["datetime", "content", "data-datetime", "data-date"]
            .iter()
            .find_map(|name| element.attr(name))
            .and_then(|v| self.read(v));
        let title = || element.attr("title").and_then(|value| self.read(value));
        attribute.or_else(title).or_else(|| {
            let text = line_of(mark.node, 200);
            dates_of(&text, self.order).first().map(|found| found.stamp)
        })
    }

    fn marked(&self) -> Option<Stamp> {
        let title =
            self.evidence.headings.iter().find(|m| m.node.value().as_element().is_some_and(|e| e.name() == "h1"));
        let from = title.map_or(0, |mark| mark.order);
        let times =
            || self.evidence.times.iter().filter(|mark| !mark.area.any(Hints::ASIDE) && !mark.own.any(Hints::UPDATED));
        let near = times().filter(|mark| mark.order + 400 > from);
        let marked =
            || self.evidence.dates.iter().filter(|mark| !mark.area.any(Hints::ASIDE) && mark.own.any(Hints::DATE));
        near.chain(marked()).chain(times()).find_map(|mark| self.value(mark))
    }

    fn address(&self) -> Option<Stamp> {
        self.url.and_then(url_date).filter(|dated| dated.has_day).map(|dated| dated.stamp)
    }
}

/// The dates of publication and change in prose.
fn prose(lines: &[Line], evidence: &Evidence<'_>, order: Order) -> (Option<Stamp>, Option<Stamp>) {
    let title = evidence.headings.first().map_or(0, |mark| mark.order);
    let (mut labelled, mut changed, mut near) = (None, None, None);
    for line in lines.iter().filter(|line| !line.area.any(Hints::ASIDE)) {
        let mut start = 0;
        for found in dates_of(&line.text, order) {
            match label(&line.text[start..found.start]) {
                Label::Published => labelled = labelled.or(Some(found.stamp)),
                Label::Modified => changed = changed.or(Some(found.stamp)),
                Label::None if line.text.len() < 80 && line.order > title => near = near.or(Some(found.stamp)),
                Label::None => {}
            }
            start = found.end;
        }
    }
    (labelled.or(near), changed)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn of(html: &str) -> Dates {
        let tree = Html::parse_document(html);
        dates(&tree, &Evidence::gather(&tree), &Linked::default(), Some("en"), None)
    }

    #[test]
    fn a_meta_element_gives_both_dates_with_their_time() {
        let found = of("<meta property=article:published_time content=2024-05-06T07:08:09Z>
            <meta property=article:modified_time content=2024-05-07>");
        assert_eq!(found.published.as_deref(), Some("2024-05-06T07:08:09Z"));
        assert_eq!(found.modified.as_deref(), Some("2024-05-07"));
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
