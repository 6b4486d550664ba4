//! Which of the dates found is that of publication, and which that of the last change. It gathers what structured data, meta
//! elements, marked elements, scripts, the address and the text give, and puts the first to the `vote`.

use memchr::memmem;
use url::Url;

use crate::metadata::dates::labels::Label;
use crate::metadata::dates::prose::{self, Sighting};
use crate::metadata::dates::stamp::Stamp;
use crate::metadata::dates::structured::machine_date;
use crate::metadata::dates::text::{Order, first_date};
use crate::metadata::dates::url::{Dated, url_date};
use crate::metadata::dates::vote::{Candidate, Given, Sign, candidates, elect};
use crate::metadata::evidence::{Evidence, Mark, line_of};
use crate::metadata::hints::Hints;
use crate::metadata::jsonld::Linked;
use crate::worths::Worths;

/// The dates of an article, in ISO 8601.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Dates {
    pub(crate) published: Option<String>,
    pub(crate) modified: Option<String>,
}

/// What a meta element says by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Published,
    /// Some date, most often that of publication.
    Date,
    Modified,
}

/// What a meta element of this name (lower case) says. Publishing systems make up their own names, of few words.
fn told(name: &str) -> Option<Told> {
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    if name.len() > 60
        || has(&[
            "expir",
            "unpubl",
            "event",
            "start",
            "end_",
            "enddate",
            "valid",
            "availab",
            "copyright",
            "image",
            "video",
        ])
    {
        None
    } else if has(&["modif", "updat", "revis", "lastmod", "last-mod", "changed"]) {
        Some(Told::Modified)
    } else if has(&["publi", "pubdate", "pub_date", "pub-date", "issued", "posted", "release", "online_date"]) {
        Some(Told::Published)
    } else if has(&["date", "creat", "publishtime"]) {
        Some(Told::Date)
    } else {
        None
    }
}

/// Finds both dates.
pub(crate) fn dates(
    evidence: &Evidence<'_>,
    linked: &Linked,
    language: Option<&str>,
    url: Option<&Url>,
    worths: &Worths,
) -> Dates {
    let finder = Finder { evidence, linked, order: order(language, url) };
    let (given, seen) = finder.gather(url);
    let address = given.address.map(|dated| dated.stamp);
    let mut modified = given.modified.or_else(|| seen_change(&seen));
    let published = elect(&given, &seen, worths).or(modified).or(address);
    let published = published.map(|stamp| finder.local(stamp, given.address.filter(|dated| dated.has_day)));
    if let (Some(first), Some(last)) = (published, modified)
        && last.date() < first.date()
    {
        modified = None;
    }
    Dates { published: published.map(|stamp| stamp.to_string()), modified: modified.map(|stamp| stamp.to_string()) }
}

/// Every day that may be that of publication, for whoever fits the weights.
pub(crate) fn proposals(
    evidence: &Evidence<'_>,
    linked: &Linked,
    language: Option<&str>,
    url: Option<&Url>,
) -> Vec<Candidate> {
    let (given, seen) = Finder { evidence, linked, order: order(language, url) }.gather(url);
    candidates(&given, &seen)
}

/// The visible date that is said to be that of the last change: the one closest to the title, in no comments or teasers.
fn seen_change(seen: &[Sighting]) -> Option<Stamp> {
    const PLACES: [(Sign, f32); 11] = [
        (Sign::Below, 4.0),
        (Sign::WellBelow, 3.0),
        (Sign::FarBelow, 2.0),
        (Sign::Above, 2.5),
        (Sign::WellAbove, 1.5),
        (Sign::FartherBelow, 1.0),
        (Sign::Endless, -2.0),
        (Sign::InComments, -7.0),
        (Sign::InElsewhere, -4.0),
        (Sign::InChrome, -2.0),
        (Sign::InFooter, -0.5),
    ];
    let mut best: Option<(f32, Stamp)> = None;
    for one in seen.iter().filter(|one| one.label == Label::Modified) {
        let worth: f32 = PLACES.iter().map(|(sign, worth)| one.signs.get(*sign) * worth).sum();
        if worth > -2.0 && best.is_none_or(|(known, _)| worth > known) {
            best = Some((worth, one.stamp));
        }
    }
    best.map(|(_, stamp)| stamp)
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

    /// What structured data, the address and the text say.
    fn gather(&self, url: Option<&Url>) -> (Given, Vec<Sighting>) {
        let mut given = Given { address: url.and_then(url_date), ..Given::default() };
        // Threads of forums are created, not published.
        let (published, created) = match (&self.linked.published, &self.linked.page_published) {
            (None, None) => (&self.linked.created, &None),
            (published, _) => (published, &self.linked.created),
        };
        let linked = [
            (Sign::Linked, published),
            (Sign::LinkedCreated, created),
            (Sign::LinkedPage, &self.linked.page_published),
        ];
        let linked = linked.into_iter().filter_map(|(sign, value)| Some((sign, self.read(value.as_deref()?)?)));
        given.published.extend(linked);
        given.modified = self.linked.modified.as_deref().and_then(|value| self.read(value));
        for meta in &self.evidence.metas {
            if !meta.content.bytes().any(|byte| byte >= 0x80 || byte.is_ascii_digit()) {
                continue;
            }
            let Some(told) = told(&meta.key) else { continue };
            let Some(stamp) = self.read(meta.content) else { continue };
            match told {
                Told::Published => given.published.push((Sign::Meta, stamp)),
                Told::Date => given.published.push((Sign::MetaLoose, stamp)),
                Told::Modified => given.modified = given.modified.or(Some(stamp)),
            }
        }
        self.add_properties(&mut given);
        if given.published.is_empty() {
            given.published.extend(self.scripted().map(|stamp| (Sign::Scripted, stamp)));
        }
        (given, prose::read(&self.evidence.lines, self.order))
    }

    fn add_properties(&self, given: &mut Given) {
        /// More are those of a list.
        const PROPERTIES_MAX: usize = 30;
        let dates = self.evidence.properties.iter().filter(|property| property.name.starts_with("date"));
        let (mut first, mut first_comment) = (Sign::Property, Some(Sign::CommentProperty));
        for property in dates.take(PROPERTIES_MAX) {
            let area = property.mark.area;
            let stamp = || self.value(&property.mark);
            match property.name {
                "datePublished" if area.any(Hints::COMMENT) && first_comment.is_some() => {
                    given.published.extend(first_comment.take().zip(stamp()));
                }
                "datePublished" if !area.any(Hints::COMMENT) => {
                    if let Some(stamp) = stamp() {
                        let sign = if area.any(Hints::ELSEWHERE) { Sign::LaterProperty } else { first };
                        given.published.push((sign, stamp));
                        first = Sign::LaterProperty;
                    }
                }
                _ if area.any(Hints::COMMENT) => {}
                "dateCreated" => given.published.extend(stamp().map(|stamp| (Sign::Created, stamp))),
                "dateModified" => given.modified = given.modified.or_else(stamp),
                _ => {}
            }
        }
    }

    /// The date of an element: its `datetime`, `content` or `title` attribute, else its text.
    fn value(&self, mark: &Mark<'_>) -> Option<Stamp> {
        let element = mark.node.value().as_element()?;
        let mut attributes = ["datetime", "content", "title"].iter().filter_map(|name| element.attr(name));
        let written = attributes.find_map(|value| self.read(value));
        written.or_else(|| first_date(&line_of(mark.node, 200), self.order))
    }

    /// The same moment as the page writes it in its own time zone: a moment in UTC may fall on another day there.
    fn local(&self, stamp: Stamp, day: Option<Dated>) -> Stamp {
        if stamp.time.is_none_or(|time| time.offset != Some(0)) {
            return stamp;
        }
        let datetimes = self.evidence.times.iter().filter_map(|mark| mark.node.value().as_element()?.attr("datetime"));
        let same = datetimes.filter_map(|value| self.read(value)).find(|other| other.is_same_moment(stamp));
        match (same, day) {
            (Some(same), _) => same,
            (None, Some(day)) if day.stamp.is_next_to(stamp) => day.stamp,
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
        let mut places = memmem::find_iter(script.as_bytes(), "ubli").take(200);
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
            self.read(rest.split(['"', '\'', '\\', '&', '<']).next().filter(|value| value.len() < 40)?)
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
        dates(&evidence, &Linked::default(), Some("en"), None, Worths::shipped())
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
            dates(&evidence, &Linked::default(), Some("en"), Some(&url), Worths::shipped()).published
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
    fn the_line_below_the_title_dates_pages_of_many_languages() {
        for (language, line) in [
            ("el", "Δημοσιεύτηκε: 6 Μαΐου 2024, 10:30"),
            ("pl", "Opublikowano: 6 maja 2024"),
            ("ru", "Опубликовано 6 мая 2024 г."),
            ("uk", "Опубліковано: 6 травня 2024"),
            ("zh", "发布时间：2024年5月6日 10:30 来源：新华社"),
            ("ja", "公開日：2024年5月6日"),
            ("ja", "令和6年5月6日"),
            ("ko", "등록 2024.05.06 10:30"),
            ("ar", "نشر في 6 مايو 2024"),
            ("fa", "انتشار: ۱۷ اردیبهشت ۱۴۰۳"),
            ("he", "פורסם: 6 במאי 2024"),
            ("th", "เผยแพร่ 6 พฤษภาคม 2567"),
            ("hi", "प्रकाशित: 6 मई 2024"),
            ("tr", "Yayınlanma: 6 Mayıs 2024"),
            ("de", "Veröffentlicht am 6. Mai 2024"),
            ("de", "06.05.2024, 10:30 Uhr"),
            ("fr", "Publié le 6 mai 2024 à 10h30"),
            ("es", "Publicado el 6 de mayo de 2024"),
            ("pt", "Publicado em 06/05/2024 10h30"),
            ("it", "Pubblicato il 6 maggio 2024"),
            ("nl", "Geplaatst op 6 mei 2024"),
            ("cs", "Publikováno 6. 5. 2024"),
            ("sv", "Publicerad 6 maj 2024"),
            ("fi", "Julkaistu 6.5.2024"),
            ("hu", "Közzétéve: 2024. május 6."),
            ("vi", "Đăng ngày 6 tháng 5 năm 2024"),
            ("en-GB", "Posted on 06/05/2024"),
            ("en-US", "Posted on 05/06/2024"),
        ] {
            let html = format!("<h1>Title</h1><p>{line}</p><p>Text.</p><footer><p>© 2019-2026</p></footer>");
            let tree = Html::parse_document(&html);
            let found = dates(&Evidence::gather(&tree), &Linked::default(), Some(language), None, Worths::shipped());
            assert_eq!(found.published.as_deref(), Some("2024-05-06"), "{language}: {line}");
        }
    }

    #[test]
    fn a_date_given_both_ways_is_read_as_the_address_has_it() {
        let tree = Html::parse_document("<h1>Rain</h1><p>06/05/2024</p>");
        let evidence = Evidence::gather(&tree);
        let url = Url::parse("https://example.org/2024/05/06/rain").unwrap();
        let found = dates(&evidence, &Linked::default(), Some("en-US"), Some(&url), Worths::shipped());
        assert_eq!(found.published.as_deref(), Some("2024-05-06"));
    }

    #[test]
    fn a_thread_is_as_old_as_its_first_post() {
        let found = of("<h1>How to dry rain</h1>
            <div class=post><span class=date>6 May 2024, 10:30</span><p>Joined: 1 May 2020</p><p>How?</p></div>
            <div class=post><span class=date>7 May 2024, 08:00</span><p>Joined: 3 May 2011</p><p>Do not.</p></div>
            <p>Last post: 9 May 2024</p>");
        assert_eq!(found.published.as_deref(), Some("2024-05-06"));
    }

    #[test]
    fn a_change_is_told_apart_from_publication() {
        let found = of("<h1>Rain</h1><p>Published: May 6, 2024 | Last updated: May 9, 2024</p>");
        assert_eq!((found.published.as_deref(), found.modified.as_deref()), (Some("2024-05-06"), Some("2024-05-09")));
    }

    #[test]
    fn meta_elements_are_told_by_their_names() {
        for (name, says) in [
            ("article:published_time", Some(Told::Published)),
            ("citation_publication_date", Some(Told::Published)),
            ("publish-date", Some(Told::Published)),
            ("dc.date", Some(Told::Date)),
            ("og:updated_time", Some(Told::Modified)),
            ("dc.date.modified", Some(Told::Modified)),
            ("expiration-date", None),
            ("event-start-date", None),
            ("author", None),
        ] {
            assert_eq!(told(name), says, "{name}");
        }
    }

    #[test]
    fn a_page_without_dates_has_none() {
        assert_eq!(of("<p>Rain</p>"), Dates::default());
    }
}
