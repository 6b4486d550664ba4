//! Explains pages in bulk: JSON Lines `{"id","url","html"}` on standard input; on standard output one line a page with every
//! block's fate, score and reasons. For whoever weighs one rule against another.

#![allow(clippy::print_stdout, reason = "a program that answers on standard output")]

use std::io::{self, BufRead, Write};

use chaffinch_extract::{Context, Model, Options, explain_with};
use serde::Deserialize;
use serde_json::value::RawValue;
use url::Url;

#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    id: &'a RawValue,
    url: Option<String>,
    html: String,
}

/// The shipped model, or the one in the file after `--model`.
fn model() -> io::Result<Model> {
    let mut arguments = std::env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next()) {
        (None, _) => Ok(Model::shipped().clone()),
        (Some("--model"), Some(path)) => Model::parse(&std::fs::read_to_string(path)?).map_err(io::Error::other),
        _ => Err(io::Error::other("usage: explain_jsonl [--model FILE] < pages.jsonl > explanations.jsonl")),
    }
}

fn main() -> io::Result<()> {
    let model = model()?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().lines() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let page: Page<'_> = serde_json::from_str(&line)?;
        let url = page.url.as_deref().and_then(|url| Url::parse(url).ok());
        let context =
            Context { url: url.as_ref(), content_type: Some("text/html; charset=utf-8"), ..Context::default() };
        let result = explain_with(page.html.as_bytes(), &context, &Options::default(), &model).ok();
        let answer = serde_json::json!({"id": page.id, "explanation": result});
        serde_json::to_writer(&mut out, &answer)?;
        out.write_all(b"\n")?;
    }
    out.flush()
}
