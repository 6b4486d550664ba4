//! Writes what whole pages are judged by, for `scripts/train_pages`: JSON Lines `{"id","url","html"}` on standard input; on
//! standard output a line a page with its numbers and the answer's text and verdict.

#![allow(clippy::print_stdout, reason = "a program that answers on standard output")]

use std::io::{self, BufRead, Write};

use chaffinch_extract::{Context, Model, Options, Worths, training};
use serde::Deserialize;
use url::Url;

#[derive(Deserialize)]
struct Page {
    id: String,
    url: Option<String>,
    html: String,
}

/// The shipped model, or the one in the file after `--model`, with the weights of titles and dates after `--metadata`.
fn model() -> io::Result<Model> {
    let mut model = Model::shipped().clone();
    let mut arguments = std::env::args().skip(1);
    while let (Some(name), value) = (arguments.next(), arguments.next()) {
        let read = |path: &str| std::fs::read_to_string(path);
        model = match (name.as_str(), value.as_deref()) {
            ("--model", Some(path)) => Model::parse(&read(path)?).map_err(io::Error::other)?,
            ("--metadata", Some(path)) => model.with_worths(Worths::parse(&read(path)?).map_err(io::Error::other)?),
            _ => {
                return Err(io::Error::other(
                    "usage: traits [--model FILE] [--metadata FILE] < pages.jsonl > traits.jsonl",
                ));
            }
        };
    }
    Ok(model)
}

fn main() -> io::Result<()> {
    let model = model()?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().lines() {
        let page: Page = serde_json::from_str(&line?)?;
        let url = page.url.as_deref().and_then(|url| Url::parse(url).ok());
        let context =
            Context { url: url.as_ref(), content_type: Some("text/html; charset=utf-8"), ..Context::default() };
        let traits =
            training::traits(page.html.as_bytes(), &context, &Options::default(), &model).map_err(io::Error::other)?;
        let line = serde_json::json!({
            "id": page.id,
            "portrait": traits.portrait,
            "outcome": traits.outcome,
            "text": traits.text,
            "verdict": traits.verdict,
        });
        serde_json::to_writer(&mut out, &line)?;
        out.write_all(b"\n")?;
    }
    out.flush()
}
