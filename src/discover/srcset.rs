//! PURE: the `srcset` attribute of images (HTML standard, "parsing a srcset attribute"): candidates with a width or a density.

/// One image of several that differ in size.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate<'a> {
    /// The address as it is written.
    pub url: &'a str,
    /// `640w`, `2x` or nothing, as it is written.
    pub descriptor: &'a str,
}

impl Candidate<'_> {
    /// Greater is larger: the width in pixels, or the density. The two are never mixed in one set.
    pub fn size(&self) -> f64 {
        self.descriptor.trim_end_matches(['w', 'x', 'h']).parse().unwrap_or(1.0)
    }
}

/// The candidates in their order. Addresses may hold commas, so a comma ends a candidate only after white space or at the
/// end of the address.
pub fn parse(text: &str) -> Vec<Candidate<'_>> {
    let mut candidates = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == ',');
        if rest.is_empty() {
            return candidates;
        }
        let end = rest.find(|c: char| c.is_ascii_whitespace()).unwrap_or(rest.len());
        let (url, after) = rest.split_at(end);
        let bare = url.trim_end_matches(',');
        if bare.len() < url.len() {
            candidates.push(Candidate { url: bare, descriptor: "" });
            rest = after;
            continue;
        }
        let stop = descriptor_end(after);
        candidates.push(Candidate { url, descriptor: after[..stop].trim() });
        rest = &after[stop..];
    }
}

fn descriptor_end(text: &str) -> usize {
    let mut depth = 0_u32;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => return at,
            _ => {}
        }
    }
    text.len()
}

/// The candidates from the largest to the smallest.
pub fn largest_first(text: &str) -> Vec<Candidate<'_>> {
    let mut candidates = parse(text);
    candidates.sort_by(|a, b| b.size().total_cmp(&a.size()));
    candidates
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(&str, &str)> {
        parse(text).into_iter().map(|c| (c.url, c.descriptor)).collect()
    }

    #[test]
    fn widths_and_densities_are_read() {
        assert_eq!(pairs("a.png 320w, b.png 640w"), [("a.png", "320w"), ("b.png", "640w")]);
        assert_eq!(pairs("a.png, b.png 2x"), [("a.png", ""), ("b.png", "2x")]);
    }

    #[test]
    fn a_comma_within_an_address_belongs_to_it() {
        assert_eq!(pairs("/w_1,h_2/a.png 1x,/w_2,h_4/a.png 2x"), [("/w_1,h_2/a.png", "1x"), ("/w_2,h_4/a.png", "2x")]);
    }

    #[test]
    fn nothing_is_made_of_nothing() {
        assert!(pairs(" , ,, ").is_empty());
    }

    #[test]
    fn the_largest_comes_first() {
        let sizes: Vec<&str> = largest_first("a 320w, b 1280w, c 640w").iter().map(|c| c.url).collect();
        assert_eq!(sizes, ["b", "c", "a"]);
    }
}
