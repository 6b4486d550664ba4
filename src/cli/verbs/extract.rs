//! `extract`: isolates articles and stores nothing. Over many pages it uses every core and answers in order.

use std::io::{self, BufReader, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use chaffinch_extract::article::Article;
use chaffinch_extract::options::Context;
use url::Url;

use crate::cli::args::{ExtractArgs, TextFormat};
use crate::cli::exit::Exit;
use crate::cli::pages::{self, InputPage, Item, Trouble};
use crate::cli::pool;
use crate::cli::setup::{Failure, Setup, crawl_failure, favor};
use crate::cli::shell;
use crate::cli::sites::Sites;
use crate::crawl::rules::Rulebook;
use crate::fetch::request::Request;
use crate::store::records::ArticleRecord;

/// An answer, ready to be printed.
struct Answer {
    text: Result<Vec<u8>, String>,
    failed: bool,
}

/// Extracts from every input, in order.
pub fn run(setup: &Setup, args: &ExtractArgs) -> anyhow::Result<Exit> {
    let mut rulebook = setup.rulebook();
    rulebook.base.comments |= args.comments;
    if let Some(choice) = args.favor {
        rulebook.base.favor = favor(choice);
    }
    let base = args.url.as_deref().map(crate::url::parse).transpose();
    let base = base.map_err(|error| Failure::new(Exit::Usage, format!("--url: {error}")))?;
    let lines = args.jsonl || setup.face.json;
    let sites = if args.learn_sites { learn(args, &rulebook, base.as_ref())? } else { Sites::default() };
    let inputs = open(setup, args)?;
    let items = inputs.into_iter().flatten();
    let work = |item: Item| answer(item, &rulebook, &sites, base.as_ref(), args.format, lines);
    let mut out = io::BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let (mut printed, mut failed) = (0u64, 0u64);
    let done = pool::in_order(shell::cores(), items, work, |answer: Answer| {
        failed += u64::from(answer.failed);
        match answer.text {
            Ok(text) => {
                if !lines && printed > 0 {
                    out.write_all(b"\n---\n\n")?;
                }
                printed += 1;
                out.write_all(&text)?;
                // A line is out before the next page is waited for: others read along.
                if lines { Ok(()) } else { out.flush() }
            }
            Err(message) => {
                setup.face.complain(&message);
                Ok(())
            }
        }
    });
    done.and_then(|()| out.flush())?;
    if printed + failed == 0 {
        setup.face.complain("no page was found in the input");
    }
    if lines {
        // Every page has its line, and a line without an article says why: nothing failed but the page.
        return Ok(Exit::Done);
    }
    Ok(if failed > 0 || printed == 0 { Exit::Failed } else { Exit::Done })
}

type Items = Box<dyn Iterator<Item = Item> + Send>;

/// The pages of every input, none read yet.
fn open(setup: &Setup, args: &ExtractArgs) -> anyhow::Result<Vec<Items>> {
    let mut inputs: Vec<Items> = Vec::new();
    for input in &args.inputs {
        let items: Items = if input == "-" {
            pages::from_reader("stdin", BufReader::with_capacity(1 << 16, io::stdin()))
        } else if is_url(input) {
            Box::new(std::iter::once(fetch(setup, args, input)?))
        } else {
            let path = Path::new(input);
            if !path.exists() {
                let message = format!("{input}: there is no such file; a URL begins with https://, `-` is stdin");
                return Err(Failure::new(Exit::Usage, message));
            }
            pages::from_path(path)
        };
        inputs.push(items);
    }
    Ok(inputs)
}

/// The first of two passes: over the files, not over what is fetched.
fn learn(args: &ExtractArgs, rulebook: &Rulebook, base: Option<&Url>) -> anyhow::Result<Sites> {
    let mut inputs: Vec<Items> = Vec::new();
    for input in args.inputs.iter().filter(|input| !is_url(input)) {
        let path = Path::new(input);
        if input == "-" || (path.exists() && !path.is_file() && !path.is_dir()) {
            let message = format!("{input}: --learn-sites reads its input twice, which a stream cannot; name a file");
            return Err(Failure::new(Exit::Usage, message));
        }
        inputs.push(pages::from_path(path));
    }
    Ok(Sites::learn(&args.inputs, inputs.into_iter().flatten(), rulebook, base, shell::cores()))
}

fn is_url(input: &str) -> bool {
    input.starts_with("http://") || input.starts_with("https://")
}

/// One page from the network, as it is now.
fn fetch(setup: &Setup, args: &ExtractArgs, text: &str) -> anyhow::Result<Item> {
    let url = crate::url::parse(text).map_err(|error| Failure::new(Exit::Usage, error.to_string()))?;
    let mut config = setup.config.clone();
    config.fetch.allow_private_addresses |= args.allow_private_addresses;
    let client = shell::client(&config).map_err(|error| crawl_failure(&error.into()))?;
    let page = shell::runtime()?.block_on(async {
        let mut at = url.clone();
        for _ in 0..10 {
            let page = client.get(&Request::new(at)).await?;
            match page.redirect() {
                Some(next) => at = next,
                None => return Ok(Some(page)),
            }
        }
        Ok::<_, crate::fetch::error::Error>(None)
    });
    let trouble = |message: String| Err(Trouble { id: None, url: Some(url.to_string()), message });
    Ok(match page {
        Ok(Some(page)) if (200..300).contains(&page.status) => Ok(InputPage {
            id: None,
            url: Some(page.url.to_string()),
            content_type: page.headers.get("content-type").map(str::to_owned),
            html: page.body.to_vec(),
            is_file: false,
        }),
        Ok(Some(page)) => trouble(format!("{url}: the server answered {}", page.status)),
        Ok(None) => trouble(format!("{url}: redirected 10 times without reaching a page")),
        Err(error) => trouble(error.to_string()),
    })
}

fn answer(
    item: Item,
    rulebook: &Rulebook,
    sites: &Sites,
    base: Option<&Url>,
    format: TextFormat,
    lines: bool,
) -> Answer {
    let result = item.and_then(|page| {
        let article = article(&page, rulebook, sites, base)?;
        Ok((page, article))
    });
    match result {
        Ok((page, article)) => {
            let url = page.url.or_else(|| base.map(Url::to_string));
            Answer { text: Ok(render(page.id, url, &article, format, lines)), failed: false }
        }
        Err(trouble) if lines => {
            let record = ArticleRecord::failed(trouble.id, trouble.url, trouble.message);
            Answer { text: Ok(json_line(&record)), failed: true }
        }
        Err(trouble) => Answer { text: Err(trouble.message), failed: true },
    }
}

/// Extracts under a net: whatever a page does to the extractor, the next page gets its answer.
fn article(page: &InputPage, rulebook: &Rulebook, sites: &Sites, base: Option<&Url>) -> Result<Article, Trouble> {
    let url = page.parsed_url().or_else(|| base.cloned());
    let site = sites.of(page, url.as_ref());
    let context = Context { url: url.as_ref(), content_type: page.content_type.as_deref(), site };
    let options = rulebook.options(url.as_ref());
    let trouble = |message: String| Trouble { id: page.id.clone(), url: page.url.clone(), message };
    match catch_unwind(AssertUnwindSafe(|| chaffinch_extract::extract(&page.html, &context, &options))) {
        Ok(Ok(article)) => Ok(article),
        Ok(Err(error)) => Err(trouble(format!("{}: {error}", page.name()))),
        Err(_) => {
            Err(trouble(format!("{}: the extractor failed; this is a defect, please report the page", page.name())))
        }
    }
}

impl InputPage {
    fn name(&self) -> &str {
        self.url.as_deref().or(self.id.as_deref()).unwrap_or("the page")
    }
}

fn render(id: Option<String>, url: Option<String>, article: &Article, format: TextFormat, lines: bool) -> Vec<u8> {
    if lines || format == TextFormat::Json {
        let mut record = ArticleRecord::new(id, url, article);
        match format {
            TextFormat::Markdown => record.markdown = Some(article.markdown()),
            TextFormat::Html => record.html = Some(article.html()),
            TextFormat::Text | TextFormat::Json => {}
        }
        return json_line(&record);
    }
    let mut text = match format {
        TextFormat::Markdown => markdown(article),
        TextFormat::Html => html(article),
        TextFormat::Text | TextFormat::Json => readable(article),
    };
    text.push('\n');
    text.into_bytes()
}

fn json_line(record: &ArticleRecord) -> Vec<u8> {
    let mut line = serde_json::to_vec(record).unwrap_or_default();
    line.push(b'\n');
    line
}

/// Title, byline and content as plain text.
pub fn readable(article: &Article) -> String {
    let mut text = String::new();
    if let Some(title) = &article.metadata.title {
        text.push_str(title);
        text.push('\n');
        let byline = byline(article);
        if !byline.is_empty() {
            text.push_str(&byline);
            text.push('\n');
        }
        text.push('\n');
    }
    text.push_str(article.text().trim_end());
    push_comments(&mut text, "\n\n* * *\n\n", &chaffinch_extract::render::text(&article.comments));
    text
}

/// Title, byline and content as Markdown.
pub fn markdown(article: &Article) -> String {
    let mut text = String::new();
    if let Some(title) = &article.metadata.title {
        text.push_str("# ");
        text.push_str(&title.replace(['\n', '\r'], " "));
        text.push_str("\n\n");
        let byline = byline(article);
        if !byline.is_empty() {
            text.push('*');
            text.push_str(&byline);
            text.push_str("*\n\n");
        }
    }
    text.push_str(article.markdown().trim_end());
    push_comments(&mut text, "\n\n---\n\n", &chaffinch_extract::render::markdown(&article.comments));
    text
}

/// The content as clean HTML.
pub fn html(article: &Article) -> String {
    let mut text = article.html().trim_end().to_owned();
    push_comments(&mut text, "\n<hr>\n", &chaffinch_extract::render::html(&article.comments));
    text
}

fn push_comments(text: &mut String, border: &str, comments: &str) {
    if !comments.is_empty() {
        text.push_str(border);
        text.push_str(comments.trim_end());
    }
}

fn byline(article: &Article) -> String {
    let mut parts = Vec::new();
    if !article.metadata.authors.is_empty() {
        parts.push(article.metadata.authors.join(", "));
    }
    parts.extend(article.metadata.published.clone());
    parts.extend(article.metadata.site.clone());
    parts.join(" · ")
}
