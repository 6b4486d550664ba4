//! Cleans pages in bulk: JSON Lines `{"id","url","html"}` on standard input, one answer a line on standard output, in order.
//!
//! ```text
//! zstd -d --long=27 -c pages.jsonl.zst | cargo run --release -p chaffinch-extract --example extract_jsonl > answers.jsonl
//! ```
//!
//! A line with a `"site"` is answered with the profile of its site's other pages: those that came before with `"learn": true`,
//! which are learnt from and not answered.

#![allow(clippy::print_stdout, reason = "a program that answers on standard output")]

use std::collections::HashMap;
use std::io::{self, BufRead, Write};

use chaffinch_extract::{
    Article, Context, Favor, Judge, Model, Observation, Options, SiteProfile, Worths, extract_observed_with,
    extract_with,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use url::Url;

#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    id: &'a RawValue,
    url: Option<String>,
    html: String,
    site: Option<String>,
    #[serde(default)]
    learn: bool,
}

#[derive(Serialize)]
struct Answer<'a> {
    id: &'a RawValue,
    url: Option<&'a str>,
    text: String,
    words: usize,
    #[serde(flatten)]
    article: Option<Article>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// What the arguments ask for: the model (the shipped one unless told) and the options.
fn asked() -> io::Result<(Model, Options)> {
    let (mut model, mut options) = (Model::shipped().clone(), Options::default());
    let mut arguments = std::env::args().skip(1);
    while let (Some(name), value) = (arguments.next(), arguments.next()) {
        match (name.as_str(), value.as_deref()) {
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
            ("--favor", Some("balanced")) => options.favor = Favor::Balanced,
            ("--favor", Some("precision")) => options.favor = Favor::Precision,
            ("--favor", Some("recall")) => options.favor = Favor::Recall,
            _ => return Err(io::Error::other(USAGE)),
        }
    }
    Ok((model, options))
}

const USAGE: &str = "usage: extract_jsonl [--model FILE] [--pages FILE] [--metadata FILE] [--favor precision|recall] \
    < pages.jsonl > answers.jsonl";

/// The pages seen of each site, by their ids.
type Sites = HashMap<String, Vec<(String, Observation)>>;

/// What is known of a site without one of its pages.
fn others(sites: &Sites, page: &Page<'_>) -> Option<SiteProfile> {
    let mut profile = SiteProfile::default();
    for (id, seen) in sites.get(page.site.as_ref()?)? {
        if id != page.id.get() {
            profile.learn(seen);
        }
    }
    Some(profile)
}

fn main() -> io::Result<()> {
    let (model, options) = asked()?;
    let mut sites = Sites::new();
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
        if let Some(site) = page.site.as_ref().filter(|_| page.learn) {
            if let Ok((_, seen)) = extract_observed_with(page.html.as_bytes(), &context, &options, &model) {
                sites.entry(site.clone()).or_default().push((page.id.get().to_owned(), seen));
            }
            continue;
        }
        let profile = others(&sites, &page);
        let context = Context { site: profile.as_ref(), ..context };
        let result = extract_with(page.html.as_bytes(), &context, &options, &model);
        let error = result.as_ref().err().map(ToString::to_string);
        let mut article = result.ok();
        let text = article.as_ref().map(Article::text).unwrap_or_default();
        let words = article.as_ref().map_or(0, Article::words);
        if let Some(article) = &mut article {
            // The tree is not part of the answer: `text` is.
            article.content.clear();
        }
        let answer = Answer { id: page.id, url: page.url.as_deref(), text, words, article, error };
        serde_json::to_writer(&mut out, &answer)?;
        out.write_all(b"\n")?;
    }
    out.flush()
}
