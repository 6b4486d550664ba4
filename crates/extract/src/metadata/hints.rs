//! What the class and id of an element hint at: a byline, a date, comments, links to elsewhere. It reads names, never text.

/// A set of hints.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Hints(u16);

impl Hints {
    /// Who wrote it.
    pub(crate) const AUTHOR: Self = Self(1);
    /// When it was written.
    pub(crate) const DATE: Self = Self(2);
    /// When it was changed.
    pub(crate) const UPDATED: Self = Self(4);
    /// What readers wrote.
    pub(crate) const COMMENT: Self = Self(8);
    /// Links to other pages: related, recommended, teasers, widgets.
    pub(crate) const ELSEWHERE: Self = Self(16);
    /// The foot of the page.
    pub(crate) const FOOTER: Self = Self(32);
    /// The line of author and date below a title.
    pub(crate) const META: Self = Self(64);
    /// More about the author than the name.
    pub(crate) const BIO: Self = Self(128);
    /// The published date in particular.
    pub(crate) const PUBLISHED: Self = Self(256);
    /// Menus and headers.
    pub(crate) const CHROME: Self = Self(512);
    /// The name of a user of a forum.
    pub(crate) const USER: Self = Self(1024);
    /// The title.
    pub(crate) const TITLE: Self = Self(2048);
    /// Inside an `article` element.
    pub(crate) const ARTICLE: Self = Self(4096);
    /// Inside the `main` element.
    pub(crate) const MAIN: Self = Self(8192);
    /// Where no evidence about this page's own article stands.
    pub(crate) const ASIDE: Self = Self(8 | 16 | 32 | 512);
    /// What is handed down from an element to those inside it.
    pub(crate) const INHERITED: Self = Self(Self::ASIDE.0 | 2 | 4 | 64 | 128 | 256 | 4096 | 8192);

    /// Whether any of `other` is in the set.
    pub(crate) fn any(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// What is in both sets.
    pub(crate) const fn only(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The set without what is in `other`.
    pub(crate) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Both sets together.
    pub(crate) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// Words inside class names, and what they hint at. Grouped by first letter through [`words_from`].
const WORDS: &[(&str, Hints)] = &[
    ("author", Hints::AUTHOR),
    ("autor", Hints::AUTHOR),
    ("about-the", Hints::BIO),
    ("avatar", Hints::BIO),
    ("byline", Hints::AUTHOR),
    ("by-line", Hints::AUTHOR),
    ("biograph", Hints::BIO),
    ("bio", Hints::BIO),
    ("breadcrumb", Hints::CHROME),
    ("comment", Hints::COMMENT),
    ("creator", Hints::AUTHOR),
    ("contributor", Hints::AUTHOR),
    ("created", Hints::PUBLISHED.with(Hints::DATE)),
    ("datum", Hints::DATE),
    ("disqus", Hints::COMMENT),
    ("footer", Hints::FOOTER),
    ("fecha", Hints::DATE),
    ("fn", Hints::AUTHOR),
    ("headline", Hints::TITLE),
    ("info", Hints::META),
    ("journalist", Hints::AUTHOR),
    ("lastmod", Hints::UPDATED),
    ("menu", Hints::CHROME),
    ("modified", Hints::UPDATED),
    ("meta", Hints::META),
    ("more-", Hints::ELSEWHERE),
    ("navbar", Hints::CHROME),
    ("newsletter", Hints::ELSEWHERE),
    ("posted-on", Hints::PUBLISHED.with(Hints::DATE)),
    ("postedon", Hints::PUBLISHED.with(Hints::DATE)),
    ("posted-by", Hints::AUTHOR),
    ("publish", Hints::PUBLISHED.with(Hints::DATE)),
    ("pubdate", Hints::PUBLISHED.with(Hints::DATE)),
    ("popular", Hints::ELSEWHERE),
    ("promo", Hints::ELSEWHERE),
    ("recommend", Hints::ELSEWHERE),
    ("related", Hints::ELSEWHERE),
    ("recirc", Hints::ELSEWHERE),
    ("read-more", Hints::ELSEWHERE),
    ("replies", Hints::COMMENT),
    ("reviewer", Hints::BIO),
    ("sidebar", Hints::ELSEWHERE),
    ("similar", Hints::ELSEWHERE),
    ("signature", Hints::AUTHOR),
    ("teaser", Hints::ELSEWHERE),
    ("title", Hints::TITLE),
    ("trending", Hints::ELSEWHERE),
    ("updated", Hints::UPDATED),
    ("username", Hints::USER),
    ("user-name", Hints::USER),
    ("verfasser", Hints::AUTHOR),
    ("writer", Hints::AUTHOR),
    ("written-by", Hints::AUTHOR),
    ("widget", Hints::ELSEWHERE),
];

/// What comes right before `date` or `time` in a name that does mean a date (`pubdate`, `postDate`, `entrytime`).
const BEFORE_DATE: &[&str] =
    &["pub", "post", "entry", "article", "news", "story", "created", "published", "publish", "release", "blog", "full"];

/// Reads the hints out of a class or id.
pub(crate) fn hints(name: &str) -> Hints {
    const PAIRS: [u32; 32] = pairs();
    let mut found = Hints::default();
    let bytes = name.as_bytes();
    let mut before = b' ';
    for (at, byte) in bytes.iter().enumerate() {
        let begins = !before.is_ascii_alphabetic() || byte.is_ascii_uppercase();
        before = *byte;
        let next = bytes.get(at + 1).copied().unwrap_or(0);
        if PAIRS[usize::from(byte & 31)] & 1 << (next & 31) == 0 {
            continue;
        }
        let (first, next) = (byte.to_ascii_lowercase(), next.to_ascii_lowercase());
        // Few words count in the middle of others; the two letters they begin with tell nearly all places apart.
        if !begins
            && !matches!(&[first, next], b"au" | b"by" | b"co" | b"pu" | b"wr" | b"us" | b"up" | b"mo" | b"da" | b"ti")
        {
            continue;
        }
        if starts(bytes, at, "date") || starts(bytes, at, "time") {
            found = found.with(dated(bytes, at));
            continue;
        }
        for (word, hint) in words_from(first) {
            if word.as_bytes()[1] == next && starts(bytes, at, word) && fits(bytes, at, word, begins) {
                found = found.with(*hint);
            }
        }
    }
    found
}

/// A bit for each pair of letters that a word begins with, whatever their case: most places of a name need no look-up.
const fn pairs() -> [u32; 32] {
    let mut pairs = [0; 32];
    let mut i = 0;
    while i < WORDS.len() {
        let word = WORDS[i].0.as_bytes();
        pairs[(word[0] & 31) as usize] |= 1 << (word[1] & 31);
        i += 1;
    }
    let times = *b"dati";
    pairs[(times[0] & 31) as usize] |= 1 << (times[1] & 31);
    pairs[(times[2] & 31) as usize] |= 1 << (times[3] & 31);
    pairs
}

fn words_from(first: u8) -> &'static [(&'static str, Hints)] {
    const INDEX: [(u8, u8); 26] = index();
    match first {
        b'a'..=b'z' => {
            let (start, end) = INDEX[(first - b'a') as usize];
            &WORDS[start as usize..end as usize]
        }
        _ => &[],
    }
}

/// Where the words of each letter begin and end in [`WORDS`], which is in order of first letters.
const fn index() -> [(u8, u8); 26] {
    let mut table = [(0, 0); 26];
    let mut i = 0;
    while i < WORDS.len() {
        let letter = (WORDS[i].0.as_bytes()[0] - b'a') as usize;
        if table[letter].1 == 0 {
            table[letter].0 = i as u8;
        }
        table[letter].1 = i as u8 + 1;
        i += 1;
    }
    table
}

fn starts(bytes: &[u8], at: usize, word: &str) -> bool {
    bytes.get(at..at + word.len()).is_some_and(|piece| piece.eq_ignore_ascii_case(word.as_bytes()))
}

/// Short words count only where they stand alone.
fn fits(bytes: &[u8], at: usize, word: &str, begins: bool) -> bool {
    match word {
        "fn" | "bio" => begins && bytes.get(at + word.len()).is_none_or(|b| !b.is_ascii_lowercase()),
        "author" | "byline" | "comment" | "publish" | "writer" | "username" | "modified" | "updated" | "pubdate" => {
            true
        }
        _ => begins,
    }
}

fn dated(bytes: &[u8], at: usize) -> Hints {
    let is_time = bytes[at].eq_ignore_ascii_case(&b't');
    let after = bytes.get(at + 4).copied().unwrap_or(b' ');
    let ends = !after.is_ascii_lowercase() || starts(bytes, at, "timestamp") || starts(bytes, at, "datetime");
    if !ends || (is_time && starts(bytes, at, "time-")) {
        return if !is_time && starts(bytes, at, "dateline") { Hints::DATE } else { Hints::default() };
    }
    let before = &bytes[..at];
    if at == 0 || !before[at - 1].is_ascii_alphabetic() || bytes[at].is_ascii_uppercase() {
        return Hints::DATE;
    }
    if ends_with(before, "up") {
        return Hints::UPDATED;
    }
    if BEFORE_DATE.iter().any(|word| ends_with(before, word)) { Hints::DATE } else { Hints::default() }
}

fn ends_with(bytes: &[u8], word: &str) -> bool {
    bytes.len() >= word.len() && bytes[bytes.len() - word.len()..].eq_ignore_ascii_case(word.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_of_first_letters() {
        assert!(WORDS.is_sorted_by_key(|(word, _)| word.as_bytes()[0]));
    }

    #[test]
    fn bylines_are_seen_in_many_spellings() {
        for name in ["author", "post-author-name", "entryAuthor", "ByLine", "article__byline", "autor"] {
            assert!(hints(name).any(Hints::AUTHOR), "{name}");
        }
        assert!(!hints("authority-").any(Hints::DATE));
    }

    #[test]
    fn a_date_is_not_a_candidate_nor_an_update() {
        for name in ["date", "post-date", "pubdate", "publishDate", "entry-time", "timestamp", "dateline"] {
            assert!(hints(name).any(Hints::DATE), "{name}");
        }
        for name in ["candidate", "validate", "timeline", "sometimes", "time-picker"] {
            assert!(!hints(name).any(Hints::DATE), "{name}");
        }
        assert_eq!(hints("update"), Hints::UPDATED);
    }

    #[test]
    fn comments_and_links_elsewhere_are_told() {
        assert!(hints("comment-author").any(Hints::COMMENT));
        assert!(hints("related-posts").any(Hints::ELSEWHERE));
    }
}
