//! Any bytes are a robots.txt, and it answers any question, the same every time.
#![no_main]

use chaffinch::frontier::robots::parse;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&[u8], &str, &str)| {
    let (bytes, agent, path) = input;
    let robots = parse(bytes);
    let url = format!("https://example.org/{path}");
    let answer = robots.allowed_text(agent, &url);
    assert_eq!(answer, parse(bytes).allowed_text(agent, &url));
    if let Ok(url) = url::Url::parse(&url) {
        let _ = robots.allowed(agent, &url);
    }
    let _ = (robots.crawl_delay(agent), robots.sitemaps().len());
});
