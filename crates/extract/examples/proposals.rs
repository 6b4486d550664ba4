//! Writes what may be the title and the date of many pages, for `scripts/train_metadata.py`: JSON Lines `{"id","url","html"}` on
//! standard input; to standard output one line a page with each proposal and its signs.

#![allow(clippy::print_stdout, reason = "a program that answers on standard output")]

use std::io::{self, BufRead, Write};

use chaffinch_extract::{Context, Options, training};
use serde::Deserialize;
use url::Url;

#[derive(Deserialize)]
struct Page {
    id: String,
    url: Option<String>,
    html: String,
}

fn main() -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().lines() {
        let page: Page = serde_json::from_str(&line?)?;
        let url = page.url.as_deref().and_then(|url| Url::parse(url).ok());
        let context = Context { url: url.as_ref(), ..Context::default() };
        let found = training::proposals(&page.html, &context, &Options::default());
        let line = serde_json::json!({"id": page.id, "titles": found.titles, "dates": found.dates});
        serde_json::to_writer(&mut out, &line)?;
        out.write_all(b"\n")?;
    }
    out.flush()
}
