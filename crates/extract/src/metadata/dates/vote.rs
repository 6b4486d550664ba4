//! The vote on the day of publication. Each day that a page names is a candidate; where it was found, what else agrees with it
//! and what stands around it are signs; the signs' weights were learned (`scripts/train_metadata.py`). It reads no text.

use std::collections::HashMap;

use crate::metadata::dates::labels::Label;
use crate::metadata::dates::prose::Sighting;
use crate::metadata::dates::stamp::Stamp;
use crate::metadata::dates::url::Dated;
use crate::worths::{self, Worths};

/// What speaks for or against a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    /// Structured data says that the article was published then.
    Linked,
    /// Structured data says that the article was created then.
    LinkedCreated,
    /// Structured data says that the page around it was published then.
    LinkedPage,
    /// A meta element meant for it says so.
    Meta,
    /// A meta element that just says `date` or the like.
    MetaLoose,
    /// The first `datePublished` of microdata or RDFa.
    Property,
    /// A later one.
    LaterProperty,
    /// The first one that stands among comments: the posts of a forum are often marked as such.
    CommentProperty,
    /// `dateCreated` in microdata or RDFa.
    Created,
    /// It is the day of the last change.
    Modified,
    /// Structured data gives this day for both publication and change.
    Alike,
    /// A script's data says that something was published then.
    Scripted,
    /// The address names the day.
    Address,
    /// The address names its month.
    AddressMonth,
    /// The address names another day or month.
    OffAddress,
    /// The address names the day before or after.
    BesideAddress,
    /// It is later than the last change.
    AfterModified,
    /// It is the earliest of several days that structured data gives.
    FirstGiven,
    /// Structured data gives the day before or after, in universal time.
    BesideGiven,
    /// It is a day that structured data gives, read with day and month turned.
    Turned,
    /// How often it is seen, as a logarithm.
    Repeated,
    /// It is the earliest day on the page.
    Earliest,
    /// It is the latest.
    Latest,
    /// It is nowhere to be seen.
    Unseen,
    /// A word says that it is the day of publication.
    SaidPublished,
    /// A word says that it is that of a change.
    SaidModified,
    /// It is the first date at or below the title.
    First,
    /// Nothing else stands on its line.
    Alone,
    /// Much text stands before it on its line.
    Behind,
    /// An attribute gives a date on its line.
    Marked,
    /// It stands in the title.
    InTitle,
    /// Day and month are read in the order that the page's language does not have.
    OtherOrder,
    /// How long its line is.
    Short,
    Middling,
    Long,
    Endless,
    /// Where it stands, in lines from the title.
    NoTitle,
    Below,
    WellBelow,
    FarBelow,
    FartherBelow,
    Away,
    Above,
    WellAbove,
    FarAbove,
    /// What the names around it hint at.
    InPublished,
    InDate,
    InUpdated,
    InMeta,
    InArticle,
    InMain,
    InComments,
    InElsewhere,
    InChrome,
    InFooter,
}

/// How many signs there are.
pub(crate) const SIGNS: usize = Sign::InFooter as usize + 1;

/// The signs of one candidate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Signs(pub(crate) [f32; SIGNS]);

impl Default for Signs {
    fn default() -> Self {
        Self([0.0; SIGNS])
    }
}

impl Signs {
    pub(crate) fn set(&mut self, sign: Sign, is: bool) {
        self.put(sign, f32::from(is));
    }

    pub(crate) fn put(&mut self, sign: Sign, value: f32) {
        self.0[sign as usize] = value;
    }

    pub(crate) fn get(&self, sign: Sign) -> f32 {
        self.0[sign as usize]
    }

    #[cfg(test)]
    pub(crate) fn has(&self, sign: Sign) -> bool {
        self.0[sign as usize] > 0.0
    }
}

/// What is known of the dates apart from the text.
#[derive(Debug, Default)]
pub(crate) struct Given {
    /// The dates of publication by where they were found, the most trusted first.
    pub(crate) published: Vec<(Sign, Stamp)>,
    /// The date of the last change.
    pub(crate) modified: Option<Stamp>,
    /// The date in the address.
    pub(crate) address: Option<Dated>,
}

/// A day that may be that of publication, as it was found in one place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Candidate {
    pub(crate) stamp: Stamp,
    pub(crate) signs: Signs,
}

/// The winner; nobody where too little speaks for any.
pub(crate) fn elect(given: &Given, seen: &[Sighting], worths: &Worths) -> Option<Stamp> {
    let mut best: Option<(f32, Stamp)> = None;
    for candidate in candidates(given, seen) {
        let worth = worths::sum(&candidate.signs.0, &worths.dates);
        if worth > worths.date_least && best.is_none_or(|(known, _)| worth > known) {
            best = Some((worth, candidate.stamp));
        }
    }
    best.map(|(_, stamp)| stamp)
}

/// All candidates: each sighting, and each day that is given but not seen.
pub(crate) fn candidates(given: &Given, seen: &[Sighting]) -> Vec<Candidate> {
    let days = Days::of(given, seen);
    let mut found: Vec<Candidate> = seen
        .iter()
        // What is said to be the day of a change is one, where a day of publication is known.
        .filter(|one| one.label != Label::Modified || !days.is_late(one.stamp))
        .map(|one| Candidate { stamp: days.fullest(one.stamp), signs: days.signs(one.signs, one.stamp) })
        .collect();
    let modified = given.modified.into_iter();
    let address = given.address.iter().filter(|dated| dated.has_day).map(|dated| dated.stamp);
    let mut unseen: Vec<Stamp> = Vec::new();
    for stamp in given.published.iter().map(|(_, stamp)| *stamp).chain(modified).chain(address) {
        let is_known = unseen.iter().any(|known| known.date() == stamp.date()) || days.seen.contains_key(&stamp.days());
        let is_change = given.modified.is_some_and(|modified| modified.date() == stamp.date()) && days.is_late(stamp);
        if !is_known && !is_change {
            unseen.push(stamp);
            let mut signs = Signs::default();
            signs.set(Sign::Unseen, true);
            found.push(Candidate { stamp: days.fullest(stamp), signs: days.signs(signs, stamp) });
        }
    }
    found
}

/// Whether this is structured data that says when the article was published, and not just some date.
fn is_firm(sign: Sign) -> bool {
    matches!(sign, Sign::Linked | Sign::Meta | Sign::Property)
}

/// What is known of the days of a page, to compare each with.
struct Days<'g> {
    given: &'g Given,
    /// How often each day is seen.
    seen: HashMap<i64, usize>,
    first_given: Option<i64>,
    earliest: i64,
    latest: i64,
}

impl<'g> Days<'g> {
    fn of(given: &'g Given, sightings: &[Sighting]) -> Self {
        let mut seen: HashMap<i64, usize> = HashMap::new();
        for one in sightings {
            *seen.entry(one.stamp.days()).or_default() += 1;
        }
        let published: Vec<i64> = given.published.iter().map(|(_, stamp)| stamp.days()).collect();
        let first_given = published.iter().min().copied().filter(|first| published.iter().any(|day| day != first));
        let all = || seen.keys().copied().chain(published.iter().copied());
        let (earliest, latest) = (all().min().unwrap_or(0), all().max().unwrap_or(0));
        Self { given, seen, first_given, earliest, latest }
    }

    /// Whether structured data gives a day of publication that is earlier than this one, and not this one.
    fn is_late(&self, stamp: Stamp) -> bool {
        let given = || self.given.published.iter().filter(|(sign, _)| is_firm(*sign)).map(|(_, stamp)| stamp.days());
        let day = stamp.days();
        given().any(|other| other < day) && given().all(|other| other != day)
    }

    /// The signs of a day together with those of the place where it was seen.
    fn signs(&self, mut signs: Signs, stamp: Stamp) -> Signs {
        let day = stamp.days();
        let mut is_given = false;
        for (sign, other) in &self.given.published {
            let gap = other.days() - day;
            if gap == 0 {
                is_given |= is_firm(*sign);
                signs.set(*sign, true);
            }
            let is_universal = other.time.is_some_and(|time| time.offset == Some(0));
            if gap.abs() == 1 && is_universal {
                signs.set(Sign::BesideGiven, true);
            }
            if stamp.is_turned(*other) {
                signs.set(Sign::Turned, true);
            }
        }
        if let Some(modified) = self.given.modified {
            signs.set(Sign::Modified, modified.days() == day);
            signs.set(Sign::Alike, modified.days() == day && is_given);
            signs.set(Sign::AfterModified, modified.days() < day);
        }
        if let Some(address) = &self.given.address {
            let is_month = (address.stamp.year, address.stamp.month) == (stamp.year, stamp.month);
            let gap = (address.stamp.days() - day).abs();
            signs.set(Sign::Address, address.has_day && gap == 0);
            signs.set(Sign::AddressMonth, is_month);
            signs.set(Sign::BesideAddress, address.has_day && gap == 1);
            signs.set(Sign::OffAddress, if address.has_day { gap > 1 } else { !is_month });
        }
        signs.set(Sign::FirstGiven, self.first_given == Some(day));
        signs.set(Sign::Earliest, day == self.earliest && self.earliest != self.latest);
        signs.set(Sign::Latest, day == self.latest && self.earliest != self.latest);
        signs.put(Sign::Repeated, (self.seen.get(&day).copied().unwrap_or(0) as f32).ln_1p());
        signs
    }

    /// The same day with its time, where any source gives one.
    fn fullest(&self, stamp: Stamp) -> Stamp {
        let published = self.given.published.iter().map(|(_, stamp)| *stamp);
        let timed = published.filter(|other| other.date() == stamp.date()).find(|other| other.time.is_some());
        timed.unwrap_or(stamp)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn elected(given: &Given, seen: &[Sighting]) -> Option<Stamp> {
        elect(given, seen, Worths::shipped())
    }

    fn day(year: i32, month: u32, day: u32) -> Stamp {
        Stamp::day(year, month, day).unwrap()
    }

    fn seen(stamp: Stamp, signs: &[Sign]) -> Sighting {
        let mut set = Signs::default();
        for sign in signs {
            set.set(*sign, true);
        }
        Sighting { stamp, label: Label::None, signs: set }
    }

    #[test]
    fn what_is_said_below_the_title_wins_over_dates_elsewhere() {
        let found = elected(
            &Given::default(),
            &[
                seen(day(2020, 5, 1), &[Sign::FarAbove, Sign::Short, Sign::InElsewhere]),
                seen(day(2024, 5, 6), &[Sign::Below, Sign::Short, Sign::SaidPublished, Sign::First]),
                seen(day(2023, 4, 3), &[Sign::FarBelow, Sign::Endless]),
            ],
        );
        assert_eq!(found, Some(day(2024, 5, 6)));
    }

    #[test]
    fn structured_data_that_the_address_confirms_wins_over_what_is_seen() {
        let given = Given {
            published: vec![(Sign::Linked, day(2024, 5, 6))],
            modified: None,
            address: Some(Dated { stamp: day(2024, 5, 6), has_day: true }),
        };
        assert_eq!(elected(&given, &[seen(day(2023, 4, 3), &[Sign::Below, Sign::Short])]), Some(day(2024, 5, 6)));
    }

    #[test]
    fn what_is_said_to_be_a_change_yields_to_an_earlier_date_of_publication() {
        let given = Given { published: vec![(Sign::Linked, day(2019, 2, 3))], ..Given::default() };
        let mut change = seen(day(2024, 5, 6), &[Sign::Below, Sign::Short, Sign::SaidModified, Sign::First]);
        change.label = Label::Modified;
        assert_eq!(elected(&given, &[change]), Some(day(2019, 2, 3)));
    }

    #[test]
    fn a_page_without_dates_elects_none() {
        assert_eq!(elected(&Given::default(), &[]), None);
    }

    #[test]
    fn the_time_of_day_is_taken_from_where_it_is_known() {
        let mut timed = day(2024, 5, 6);
        timed.time = Some(crate::metadata::dates::stamp::Time { hour: 7, minute: 8, second: 9, offset: None });
        let given = Given { published: vec![(Sign::Meta, timed)], ..Given::default() };
        assert_eq!(elected(&given, &[seen(day(2024, 5, 6), &[Sign::Below])]), Some(timed));
    }
}
