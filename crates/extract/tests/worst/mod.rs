//! Pages made to cost as much as they can, of any size: what is quadratic in tree builders, in walks over siblings and
//! ancestors, in lists of blocks. The tests over them and the program that times them share these tables.

mod flow;
mod markup;
mod metadata;
mod text;

/// How a page is made.
enum Recipe {
    /// What comes first, and what is repeated up to the size.
    Repeated(&'static str, &'static str),
    /// As `Repeated`, each `#` a number.
    Numbered(&'static str, &'static str),
    /// As `Repeated`, what comes first many times.
    Inside(&'static str, usize, &'static str),
    /// As `Repeated`, with an end.
    Enclosed(&'static str, &'static str, &'static str),
    /// As `Numbered`, with an end.
    Counted(&'static str, &'static str, &'static str),
    /// Bytes that are no text.
    Bytes(fn(usize) -> Vec<u8>),
}

/// A page made to cost as much as it can.
pub struct Case {
    /// What it is, in words.
    pub name: &'static str,
    recipe: Recipe,
}

impl Case {
    /// The page, of about this many bytes.
    pub fn page(&self, bytes: usize) -> Vec<u8> {
        match self.recipe {
            Recipe::Repeated(first, piece) => Self::filled(first.to_owned(), bytes, |page, _| page.push_str(piece)),
            Recipe::Inside(first, times, piece) => {
                Self::filled(first.repeat(times), bytes, |page, _| page.push_str(piece))
            }
            Recipe::Numbered(first, piece) => Self::filled(first.to_owned(), bytes, |page, at| {
                page.push_str(&piece.replace('#', &at.to_string()));
            }),
            Recipe::Enclosed(first, piece, end) => Self::enclosed(first, piece, end, bytes),
            Recipe::Counted(first, piece, end) => {
                let mut page = Self::filled(first.to_owned(), bytes, |page, at| {
                    page.push_str(&piece.replace('#', &at.to_string()));
                });
                page.extend_from_slice(end.as_bytes());
                page
            }
            Recipe::Bytes(make) => make(bytes),
        }
    }

    fn enclosed(first: &str, piece: &str, end: &str, bytes: usize) -> Vec<u8> {
        let mut page = Self::filled(first.to_owned(), bytes, |page, _| page.push_str(piece));
        page.extend_from_slice(end.as_bytes());
        page
    }

    fn filled(mut page: String, bytes: usize, mut add: impl FnMut(&mut String, usize)) -> Vec<u8> {
        let mut at = 0;
        while page.len() < bytes {
            add(&mut page, at);
            at += 1;
        }
        page.into_bytes()
    }
}

/// Every case.
pub fn cases() -> impl Iterator<Item = &'static Case> {
    [text::CASES, markup::CASES, flow::CASES, metadata::CASES].into_iter().flatten()
}

const fn case(name: &'static str, recipe: Recipe) -> Case {
    Case { name, recipe }
}
