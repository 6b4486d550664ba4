//! Writes what whole pages are judged by, for `scripts/train_pages`: JSON Lines `{"id","url","html"}` on standard input; on
//! standard output a line a page with its numbers, the answer's text and verdict, and the answers by each of the stances that
//! `--stances SLOPE,SHIFT;...` names.

#![allow(clippy::print_stdout, reason = "a program that answers on standard output")]

use std::io::{self, BufRead, Write};

use chaffinch_extract::{Context, Judge, Model, Options, Stance, Worths, training};
use serde::Deserialize;
use url::Url;

#[derive(Deserialize)]
struct Page {
    id: String,
    url: Option<String>,
    html: String,
}

const USAGE: &str = "usage: traits [--model FILE] [--metadata FILE] [--pages FILE] [--stances SLOPE,SHIFT;...] < pages.jsonl > traits.jsonl";

/// What the arguments ask for: the model (the shipped one unless told) and the stances.
fn asked() -> io::Result<(Model, Vec<Stance>)> {
    let (mut model, mut stances) = (Model::shipped().clone(), Vec::new());
    let mut arguments = std::env::args().skip(1);
    while let (Some(name), value) = (arguments.next(), arguments.next()) {
        match (name.as_str(), value) {
            ("--model", Some(path)) => {
                model = Model::parse(&std::fs::read_to_string(path)?).map_err(io::Error::other)?;
            }
            ("--pages", Some(path)) => {
                let judge = Judge::parse(&std::fs::read_to_string(path)?).map_err(io::Error::other)?;
                model = model.with_judge(judge);
            }
            ("--metadata", Some(path)) => {
                let worths = Worths::parse(&std::fs::read_to_string(path)?).map_err(io::Error::other)?;
                model = model.with_worths(worths);
            }
            ("--stances", Some(list)) => {
                stances = list.split(';').map(stance).collect::<Option<_>>().ok_or_else(|| io::Error::other(USAGE))?;
            }
            _ => return Err(io::Error::other(USAGE)),
        }
    }
    Ok((model, stances))
}

fn stance(text: &str) -> Option<Stance> {
    let (slope, shift) = text.split_once(',')?;
    Some(Stance { slope: slope.parse().ok()?, shift: shift.parse().ok()? })
}

fn main() -> io::Result<()> {
    let (model, stances) = asked()?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().lines() {
        let page: Page = serde_json::from_str(&line?)?;
        let url = page.url.as_deref().and_then(|url| Url::parse(url).ok());
        let context =
            Context { url: url.as_ref(), content_type: Some("text/html; charset=utf-8"), ..Context::default() };
        let traits = training::traits(page.html.as_bytes(), &context, &Options::default(), &model, &stances)
            .map_err(io::Error::other)?;
        let line = serde_json::json!({
            "id": page.id,
            "portrait": traits.portrait,
            "outcome": traits.outcome,
            "text": traits.text,
            "verdict": traits.verdict,
            "answers": traits.answers,
            "which": traits.which,
        });
        serde_json::to_writer(&mut out, &line)?;
        out.write_all(b"\n")?;
    }
    out.flush()
}
