//! Which of the three kinds of sameness it is. It knows digests, not how they were found.

use crate::snapshot::value::Change;

/// What is compared of a capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Side<'a> {
    /// The status of what it shows.
    pub status: u16,
    /// The digest of its payload.
    pub payload: &'a str,
    /// The digest of its article's text; for the side before, of the last good article, which a challenge page or a 404 does
    /// not end. `None` where there is no article.
    pub article: Option<&'a str>,
}

/// How a capture compares with the one before it; `None` where there is none.
pub fn change(now: Side<'_>, before: Option<Side<'_>>) -> Change {
    let Some(before) = before else { return Change::New };
    if now.payload == before.payload && now.status == before.status {
        return Change::Identical;
    }
    match (now.article, before.article) {
        (Some(now), Some(before)) if now == before => Change::ArticleUnchanged,
        (Some(_), Some(_)) => Change::Edited,
        _ => Change::Changed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: Side<'_> = Side { status: 200, payload: "p1", article: Some("a1") };

    #[test]
    fn the_first_of_its_url_is_new() {
        assert_eq!(change(PAGE, None), Change::New);
    }

    #[test]
    fn the_kinds_of_sameness_are_told_apart() {
        let chrome = Side { payload: "p2", ..PAGE };
        let edited = Side { payload: "p3", article: Some("a2"), ..PAGE };
        assert_eq!(change(PAGE, Some(PAGE)), Change::Identical);
        assert_eq!(change(chrome, Some(PAGE)), Change::ArticleUnchanged);
        assert_eq!(change(edited, Some(PAGE)), Change::Edited);
    }

    #[test]
    fn a_page_without_an_article_edits_nothing() {
        let challenge = Side { status: 403, payload: "p4", article: None };
        assert_eq!(change(challenge, Some(PAGE)), Change::Changed);
    }

    #[test]
    fn the_same_empty_body_under_another_status_is_not_identical() {
        let gone = Side { status: 410, payload: "p0", article: None };
        let found = Side { status: 200, ..gone };
        assert_eq!(change(gone, Some(found)), Change::Changed);
    }
}
