//! Writes what the scorer sees of many pages, for `scripts/train`: JSON Lines `{"id","url","html"}` on standard input.
//!
//! `features blocks FOLDER NAME`: to FOLDER, `NAME.jsonl` with one line a page (the texts of its blocks), `NAME.f32` with
//! their features and `NAME.tokens` with their hashed tokens, each block's after their number.
//! `features context SCORES...`: for each file of first scores (32-bit floats, one a block) the features that these give, to
//! the same name with `.context` at its end.
//! All numbers are little-endian and of 32 bits.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::Path;

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
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["blocks", folder, name] => blocks(Path::new(folder), name),
        ["context", files @ ..] => context(files),
        _ => Err(io::Error::other("usage: features blocks FOLDER NAME | context SCORES... < pages.jsonl")),
    }
}

fn blocks(folder: &Path, name: &str) -> io::Result<()> {
    let create = |extension: &str| File::create(folder.join(format!("{name}.{extension}"))).map(BufWriter::new);
    let (mut numbers, mut tokens, mut out) = (create("f32")?, create("tokens")?, create("jsonl")?);
    for line in io::stdin().lock().lines() {
        let page: Page = serde_json::from_str(&line?)?;
        let url = page.url.as_deref().and_then(|url| Url::parse(url).ok());
        let context = Context { url: url.as_ref(), content_type: None, ..Context::default() };
        let table = training::table(&page.html, &context, &Options::default());
        for value in &table.values {
            numbers.write_all(&value.to_le_bytes())?;
        }
        for block in &table.tokens {
            tokens.write_all(&(block.len() as u32).to_le_bytes())?;
            for token in block {
                tokens.write_all(&token.to_le_bytes())?;
            }
        }
        let line = serde_json::json!({"id": page.id, "texts": table.texts, "words": table.words, "names": table.names});
        serde_json::to_writer(&mut out, &line)?;
        out.write_all(b"\n")?;
    }
    numbers.flush()?;
    tokens.flush()?;
    out.flush()
}

fn context(files: &[&str]) -> io::Result<()> {
    let mut scores = Vec::new();
    let mut outs = Vec::new();
    for file in files {
        let mut bytes = Vec::new();
        BufReader::new(File::open(file)?).read_to_end(&mut bytes)?;
        scores.push(bytes.as_chunks::<4>().0.iter().map(|four| f32::from_le_bytes(*four)).collect::<Vec<f32>>());
        outs.push(BufWriter::new(File::create(format!("{file}.context"))?));
    }
    let mut start = 0;
    for line in io::stdin().lock().lines() {
        let page: Page = serde_json::from_str(&line?)?;
        let own = |count: usize| {
            let own = scores.iter().map(|all| all.get(start..start + count)).collect();
            start += count;
            own
        };
        let found = training::context(&page.html, &Options::default(), own)
            .ok_or_else(|| io::Error::other(format!("{}: fewer scores than blocks", page.id)))?;
        for (out, values) in outs.iter_mut().zip(found) {
            for value in values {
                out.write_all(&value.to_le_bytes())?;
            }
        }
    }
    outs.iter_mut().try_for_each(BufWriter::flush)
}
