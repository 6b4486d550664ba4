//! The crate `spider` for scripts/bench: crawls a site, stores and extracts nothing, and says how many pages came in how many
//! seconds. The script builds it in a folder of its own, so that nothing of it comes into this workspace.
//!
//! ```text
//! peer URL CONNECTIONS
//! ```

use std::time::Instant;

use spider::website::Website;

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().unwrap_or_default();
    let connections = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(64);
    let mut site = Website::new(&url);
    site.with_delay(0).with_respect_robots_txt(true).with_concurrency_limit(Some(connections)).with_depth(0);
    let mut pages = site.subscribe(1 << 16);
    let begun = Instant::now();
    let counted = tokio::spawn(async move {
        let (mut count, mut last) = (0_u64, begun);
        while let Ok(page) = pages.recv().await {
            if page.status_code.as_u16() == 200 {
                (count, last) = (count + 1, Instant::now());
            }
        }
        (count, last)
    });
    site.crawl().await;
    site.unsubscribe();
    drop(site);
    let (count, last) = counted.await.unwrap_or((0, begun));
    println!("{} {count}", last.duration_since(begun).as_secs_f64());
}
