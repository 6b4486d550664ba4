//! The pages that are measured with: real ones of many sites from the evaluation sets, and those of one site from a folder.
//! It does not know what is done with them.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;

use anyhow::{Context, Result};
use bytes::Bytes;
use chaffinch::page::{Headers, Page};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use url::Url;

/// The sets are compressed with a window that long (`zstd --long=27`).
const WINDOW_LOG: u32 = 27;

/// One page as a line of JSON.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Sample {
    /// Its name in its set.
    pub id: String,
    /// Where it was found; some pages of the set do not say.
    #[serde(default, deserialize_with = "or_empty")]
    pub url: String,
    /// The page.
    pub html: String,
}

fn or_empty<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Pages evenly spread over a set, which may be sorted by kind.
pub fn spread(data: &Path, wanted: usize) -> Result<Vec<Sample>> {
    let all = read_set(data)?;
    let step = (all.len() as f64 / wanted as f64).max(1.0);
    let mut next = 0.0;
    let mut samples = Vec::new();
    for (n, sample) in all.into_iter().enumerate() {
        if n as f64 >= next && samples.len() < wanted {
            next += step;
            samples.push(sample);
        }
    }
    Ok(samples)
}

/// Pages of as many sites, evenly spread over a set.
pub fn of_many_sites(data: &Path, wanted: usize) -> Result<Vec<Sample>> {
    let mut sites = HashSet::new();
    let mut samples = spread(data, usize::MAX)?;
    samples.retain(|sample| Url::parse(&sample.url).is_ok_and(|url| sites.insert(chaffinch::url::site(&url))));
    let step = (samples.len() / wanted).max(1);
    Ok(samples.into_iter().step_by(step).take(wanted).collect())
}

/// The first pages of a folder of HTML, in the order of their names, as if they were a site.
pub fn of_one_site(folder: &Path, wanted: usize) -> Result<Vec<Sample>> {
    let mut files = Vec::new();
    walk(folder, &mut files)?;
    files.sort();
    let mut samples = Vec::new();
    for file in files {
        let name = file.strip_prefix(folder)?.display().to_string();
        // Not every page is UTF-8; those that are suffice.
        let Ok(html) = std::fs::read_to_string(&file) else { continue };
        samples.push(Sample { url: format!("https://docs.example.org/{name}"), id: name, html });
        if samples.len() == wanted {
            break;
        }
    }
    Ok(samples)
}

fn walk(folder: &Path, files: &mut Vec<std::path::PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            walk(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "html") {
            files.push(path);
        }
    }
    Ok(())
}

fn read_set(data: &Path) -> Result<Vec<Sample>> {
    let path = data.join("extract/wcxb-dev/pages.jsonl.zst");
    let file = File::open(&path).with_context(|| path.display().to_string())?;
    let mut decoder = zstd::Decoder::new(file)?;
    decoder.window_log_max(WINDOW_LOG)?;
    let mut samples = read_lines(BufReader::new(decoder))?;
    for sample in samples.iter_mut().filter(|sample| sample.url.is_empty()) {
        sample.url = format!("https://example.org/{}", sample.id);
    }
    Ok(samples)
}

/// The pages of a file of JSON Lines.
pub fn read_lines(input: impl BufRead) -> Result<Vec<Sample>> {
    input.lines().map(|line| Ok(serde_json::from_str(&line?)?)).collect()
}

/// Writes pages as JSON Lines.
pub fn write_lines(path: &Path, samples: &[Sample]) -> Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    for sample in samples {
        serde_json::to_writer(&mut out, sample)?;
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}

/// How many bytes of HTML.
pub fn bytes_of(samples: &[Sample]) -> u64 {
    samples.iter().map(|sample| sample.html.len() as u64).sum()
}

/// The exchange a page could have come by. The set holds no heads, so this one is ours: fields as a common server sends them,
/// with values that differ from page to page.
pub fn page(sample: &Sample, number: usize, at: Timestamp) -> Result<Page> {
    let url = chaffinch::url::canonical(&Url::parse(&sample.url)?);
    let date = |at: Timestamp| at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let tag = (number as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let changed = at - SignedDuration::from_secs((tag >> 40) as i64);
    let headers: Headers = [
        ("Date", date(at)),
        ("Server", "nginx".to_owned()),
        ("Content-Type", "text/html; charset=utf-8".to_owned()),
        ("Content-Length", sample.html.len().to_string()),
        ("Last-Modified", date(changed)),
        ("ETag", format!("\"{tag:016x}\"")),
        ("Cache-Control", "public, max-age=300".to_owned()),
        ("Vary", "Accept-Encoding".to_owned()),
        ("Strict-Transport-Security", "max-age=31536000".to_owned()),
    ]
    .into_iter()
    .collect();
    let request: Headers = [
        ("User-Agent", "chaffinch/0.1.0 (web article archiver)"),
        ("Accept", "text/html,application/xhtml+xml,*/*;q=0.8"),
        ("Accept-Encoding", "gzip, br, zstd"),
        ("Accept-Language", "en;q=0.8, *;q=0.5"),
    ]
    .into_iter()
    .collect();
    Ok(Page {
        url,
        at,
        request_headers: request,
        status: 200,
        version: "HTTP/1.1".to_owned(),
        headers,
        body: Bytes::copy_from_slice(sample.html.as_bytes()),
        truncated: None,
        wire_bytes: sample.html.len() as u64,
        address: None,
        elapsed_ms: tag >> 56,
    })
}
