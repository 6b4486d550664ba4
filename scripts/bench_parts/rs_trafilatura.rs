//! rs-trafilatura for scripts/bench: reads JSON Lines of pages, answers one line a page. The script builds it in a folder of its
//! own, so that nothing of it comes into this workspace.
//!
//! ```text
//! peer version | peer FILE
//! ```

use std::io::{BufRead, BufReader, Write};

fn main() -> std::io::Result<()> {
    let asked = std::env::args().nth(1).unwrap_or_default();
    if asked == "version" {
        // The package is given the version of what it tries.
        println!("{}", env!("CARGO_PKG_VERSION"));
        return Ok(());
    }
    // A page that breaks a peer is its answer, not ours to hide; the reason is on stderr.
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in BufReader::new(std::fs::File::open(asked)?).lines() {
        let page: serde_json::Value = serde_json::from_str(&line?)?;
        let options = rs_trafilatura::Options {
            url: page["url"].as_str().map(str::to_owned),
            ..rs_trafilatura::Options::default()
        };
        let html = page["html"].as_str().unwrap_or_default();
        let found = std::panic::catch_unwind(|| rs_trafilatura::extract_with_options(html, &options)).ok();
        let found = found.and_then(Result::ok);
        let answer = serde_json::json!({
            "text": found.as_ref().map(|found| &found.content_text),
            "title": found.as_ref().and_then(|found| found.metadata.title.as_ref()),
            "author": found.as_ref().and_then(|found| found.metadata.author.as_ref()),
        });
        writeln!(out, "{answer}")?;
    }
    out.flush()
}
