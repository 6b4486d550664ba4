//! What a page asks of crawlers: `<meta name="robots">` and `X-Robots-Tag`. Pure; whether it is obeyed is the crawl's matter.

/// The wishes we know. Several sources are joined: whatever asks for less wins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Directives {
    /// Not to be shown in an index.
    pub noindex: bool,
    /// Its links are not to be followed.
    pub nofollow: bool,
    /// Not to be kept.
    pub noarchive: bool,
}

/// Names of directives that take a value after a colon, so that their colon does not end an agent's name.
const WITH_VALUE: &[&str] = &["max-snippet", "max-image-preview", "max-video-preview", "unavailable_after"];

impl Directives {
    /// Reads the `content` of a robots meta tag: names between commas.
    pub fn from_content(content: &str) -> Self {
        let mut directives = Self::default();
        for name in content.split([',', ';']) {
            directives.set(name);
        }
        directives
    }

    /// Reads one value of `X-Robots-Tag`, as far as it speaks to `agent`: `noarchive`, or `somebot: noarchive, nofollow`.
    /// A name with a colon holds for what follows it, up to the next such name.
    pub fn from_header(value: &str, agent: &str) -> Self {
        let mut directives = Self::default();
        let mut addressed = true;
        for part in value.split(',') {
            let mut name = part.trim();
            if let Some((before, after)) = name.split_once(':') {
                let before = before.trim();
                if WITH_VALUE.iter().any(|known| before.eq_ignore_ascii_case(known)) {
                    continue;
                }
                addressed = before == "*" || before.eq_ignore_ascii_case(agent);
                name = after;
            }
            if addressed {
                directives.set(name);
            }
        }
        directives
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            noindex: self.noindex || other.noindex,
            nofollow: self.nofollow || other.nofollow,
            noarchive: self.noarchive || other.noarchive,
        }
    }

    fn set(&mut self, name: &str) {
        match name.trim().to_ascii_lowercase().as_str() {
            "noindex" => self.noindex = true,
            "nofollow" => self.nofollow = true,
            "noarchive" | "nocache" => self.noarchive = true,
            "none" => {
                self.noindex = true;
                self.nofollow = true;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOARCHIVE: Directives = Directives { noindex: false, nofollow: false, noarchive: true };

    #[test]
    fn names_are_read_without_case_and_unknown_ones_passed_over() {
        assert_eq!(Directives::from_content("Index, NOARCHIVE, max-snippet:-1"), NOARCHIVE);
        let none = Directives { noindex: true, nofollow: true, noarchive: false };
        assert_eq!(Directives::from_content("none"), none);
    }

    #[test]
    fn a_header_speaks_to_everyone_or_to_one_agent() {
        let header = |value| Directives::from_header(value, "Chaffinch");
        assert_eq!(header("noarchive"), NOARCHIVE);
        assert_eq!(header("chaffinch: noarchive"), NOARCHIVE);
        assert_eq!(header("otherbot: noarchive, nofollow"), Directives::default());
        assert_eq!(header("otherbot: nofollow, chaffinch: noarchive"), NOARCHIVE);
        assert_eq!(header("unavailable_after: 25 Jun 2030 15:00:00 PST, noarchive"), NOARCHIVE);
    }
}
