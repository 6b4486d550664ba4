//! PURE: which captures of a page may go, by a rule such as one a day. What alone tells of an edit never goes: neither a version
//! of an article, nor the capture that first showed one, nor the first and the last of a page. It decides; nothing is taken out here.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::snapshot::value::{CaptureId, Change};

/// Which captures are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Keep {
    /// Every one.
    #[default]
    All,
    /// Of each page and day (UTC) the last.
    Daily,
    /// Of each page and week (from Monday, UTC) the last.
    Weekly,
    /// Of each page so many, the newest.
    Last(NonZeroU32),
}

impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Daily => f.write_str("daily"),
            Self::Weekly => f.write_str("weekly"),
            Self::Last(count) => count.fmt(f),
        }
    }
}

impl FromStr for Keep {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "all" => Ok(Self::All),
            "daily" => Ok(Self::Daily),
            "weekly" => Ok(Self::Weekly),
            number => number.parse().map(Self::Last).map_err(|_| {
                format!("\"{text}\" says not which captures are kept: all, daily, weekly, or how many of each page")
            }),
        }
    }
}

impl Serialize for Keep {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A number may stand without quotes.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Number(u64),
    Text(String),
}

impl<'de> Deserialize<'de> for Keep {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = match Written::deserialize(deserializer)? {
            Written::Number(number) => number.to_string(),
            Written::Text(text) => text,
        };
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A capture as far as the rule looks at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Past {
    /// Its name.
    pub id: CaptureId,
    /// When it was made.
    pub at: Timestamp,
    /// How it compared with what came before.
    pub change: Change,
    /// The status of the answer.
    pub status: u16,
    /// Whether it holds a version of the article.
    pub holds_article: bool,
    /// The capture whose payload it repeats.
    pub repeats: Option<CaptureId>,
    /// Whether it is an asset of a page: of these only what repeats another goes.
    pub asset: bool,
}

/// The captures of one page that may go, of its history, oldest first.
pub fn may_go(history: &[Past], keep: Keep) -> Vec<CaptureId> {
    let stays = |n: usize| {
        let capture = &history[n];
        n == 0
            || n + 1 == history.len()
            || matches!(capture.change, Change::New | Change::Edited)
            || capture.holds_article
            || capture.status != history[n - 1].status
            || (capture.asset && capture.repeats.is_none())
            || is_kept(history, n, keep)
    };
    let staying: Vec<&Past> = (0..history.len()).filter(|n| stays(*n)).map(|n| &history[n]).collect();
    let needed = |id: CaptureId| staying.iter().any(|kept| kept.id == id || kept.repeats == Some(id));
    history.iter().map(|capture| capture.id).filter(|id| !needed(*id)).collect()
}

fn is_kept(history: &[Past], n: usize, keep: Keep) -> bool {
    let is_last_of =
        |period: fn(Timestamp) -> i64| history.get(n + 1).is_none_or(|next| period(next.at) != period(history[n].at));
    match keep {
        Keep::All => true,
        Keep::Daily => is_last_of(day),
        Keep::Weekly => is_last_of(|at| (day(at) + DAYS_TO_MONDAY).div_euclid(7)),
        Keep::Last(count) => history.len() - n <= count.get() as usize,
    }
}

/// The first of January 1970 was a Thursday.
const DAYS_TO_MONDAY: i64 = 3;

fn day(at: Timestamp) -> i64 {
    at.as_second().div_euclid(86_400)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// A history of captures so many hours after a Monday's midnight.
    fn history(captures: &[(i64, Change)]) -> Vec<Past> {
        let monday: Timestamp = "2026-03-02T00:00:00Z".parse().unwrap();
        let past = |(n, (hours, change)): (usize, &(i64, Change))| Past {
            id: CaptureId::from_parts(n as u64 + 1, 0),
            at: monday + jiff::SignedDuration::from_hours(*hours),
            change: *change,
            status: 200,
            holds_article: matches!(change, New | Edited),
            repeats: None,
            asset: false,
        };
        captures.iter().enumerate().map(past).collect()
    }

    fn left(history: &[Past], keep: &str) -> Vec<usize> {
        let gone = may_go(history, keep.parse().unwrap());
        (0..history.len()).filter(|n| !gone.contains(&history[*n].id)).collect()
    }

    use Change::{ArticleUnchanged as Same, Changed, Edited, Identical, New};

    #[test]
    fn of_each_day_the_last_is_kept() {
        let history = history(&[(1, New), (2, Same), (5, Same), (30, Same), (31, Same), (49, Same)]);
        assert_eq!(left(&history, "daily"), [0, 2, 4, 5]);
        assert_eq!(left(&history, "weekly"), [0, 5]);
        assert_eq!(left(&history, "all"), [0, 1, 2, 3, 4, 5]);
        assert_eq!(left(&history, "2"), [0, 4, 5]);
    }

    #[test]
    fn a_week_begins_on_monday() {
        let history = history(&[(-40, New), (-30, Same), (-1, Same), (0, Same), (167, Same), (168, Same), (400, Same)]);
        assert_eq!(left(&history, "weekly"), [0, 2, 4, 5, 6]);
    }

    #[test]
    fn an_edit_is_never_let_go() {
        let history = history(&[(0, New), (1, Same), (2, Edited), (3, Same), (4, Edited), (5, Changed), (6, Same)]);
        assert_eq!(left(&history, "1"), [0, 2, 4, 6]);
    }

    #[test]
    fn what_a_kept_capture_repeats_is_kept() {
        let mut history = history(&[(0, New), (1, Same), (2, Same), (3, Identical)]);
        history[3].repeats = Some(history[1].id);
        assert_eq!(left(&history, "1"), [0, 1, 3]);
    }

    #[test]
    fn a_page_that_was_gone_for_a_while_stays_gone_for_a_while() {
        let mut history = history(&[(0, New), (1, Changed), (2, Changed), (3, Same), (4, Same)]);
        history[1].status = 404;
        history[2].status = 404;
        assert_eq!(left(&history, "1"), [0, 1, 3, 4]);
    }

    #[test]
    fn another_picture_under_the_same_address_is_kept() {
        let mut history = history(&[(0, New), (1, Changed), (2, Identical), (3, Identical)]);
        for capture in &mut history {
            capture.asset = true;
        }
        history[2].repeats = Some(history[1].id);
        history[3].repeats = Some(history[1].id);
        assert_eq!(left(&history, "1"), [0, 1, 3]);
    }

    #[test]
    fn the_rule_is_read_as_it_is_written() {
        for text in ["all", "daily", "weekly", "12"] {
            assert_eq!(text.parse::<Keep>().unwrap().to_string(), text);
        }
        for text in ["", "0", "hourly", "-1"] {
            assert!(text.parse::<Keep>().is_err(), "{text}");
        }
    }
}
