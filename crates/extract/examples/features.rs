//! Writes what the scorer sees of many pages, for `scripts/train`: JSON Lines `{"id","url","html"}` on standard input; to
//! standard output one line a page with the texts of its blocks; to the file named by the first argument the features, as
//! little-endian 32-bit floats.

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
    let path =
        std::env::args().nth(1).ok_or_else(|| io::Error::other("usage: features FILE < pages.jsonl > blocks.jsonl"))?;
    let mut numbers = io::BufWriter::new(std::fs::File::create(path)?);
    let mut out = io::BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().lines() {
        let page: Page = serde_json::from_str(&line?)?;
        let url = page.url.as_deref().and_then(|url| Url::parse(url).ok());
        let context = Context { url: url.as_ref(), content_type: None, ..Context::default() };
        let table = training::table(&page.html, &context, &Options::default());
        for value in &table.values {
            numbers.write_all(&value.to_le_bytes())?;
        }
        let line = serde_json::json!({"id": page.id, "texts": table.texts, "words": table.words, "names": table.names});
        serde_json::to_writer(&mut out, &line)?;
        out.write_all(b"\n")?;
    }
    numbers.flush()?;
    out.flush()
}
