//! The crawl against a thousand hosts in virtual time: nobody waits, so the proof of politeness takes seconds. The scheduler, the
//! frontier and the archive are the real ones; only the network and the clock are not.

use std::time::{Duration, Instant};

use chaffinch::crawl::clock::Clock;
use chaffinch::frontier::pace::Politeness;
use jiff::Timestamp;
use url::Url;

use crate::support::universe::{Exchanged, Reply, Universe, crawl, lot};

const START: Timestamp = Timestamp::UNIX_EPOCH;
const HOSTS: usize = 1000;

fn plain(url: &Url) -> Reply {
    let text = |status, body: String| Reply {
        status,
        // Every host and every page has a speed of its own.
        after: Duration::from_millis(5 + lot(url.as_str(), 40)),
        headers: vec![("content-type", "text/plain".to_owned())],
        body,
    };
    match url.path() {
        "/robots.txt" => text(200, "User-agent: *\nDisallow: /private\n".to_owned()),
        path => text(200, format!("The text of {path}.")),
    }
}

fn seconds_between(earlier: Timestamp, later: Timestamp) -> f64 {
    later.duration_since(earlier).as_secs_f64()
}

/// The shortest time from an answer to the next request of the same host, robots.txt included.
fn shortest_rest(log: &[Exchanged]) -> f64 {
    log.windows(2).map(|pair| seconds_between(pair[0].answered, pair[1].sent)).fold(f64::INFINITY, f64::min)
}

#[tokio::test(start_paused = true)]
async fn a_thousand_hosts_with_a_delay_of_a_second_are_kept_busy_and_none_is_asked_early() {
    const PAGES: usize = 10;
    let universe = Universe::new(Clock::starting_at(START), plain);
    let urls = (0..PAGES).flat_map(|page| {
        (0..HOSTS).map(move |host| Url::parse(&format!("https://host-{host}.example/page-{page}")).unwrap())
    });
    let really = Instant::now();
    let summary = crawl(&universe, urls.collect(), Politeness::default(), 64).await;
    let really = really.elapsed().as_secs_f64();

    assert_eq!(summary.fetched, (HOSTS * PAGES) as u64, "{summary:?}");
    let log = universe.log();
    assert_eq!(log.len(), HOSTS);
    for (host, requests) in &log {
        assert_eq!(requests.len(), PAGES + 1, "{host}: each page once, and robots.txt once");
        let rest = shortest_rest(requests);
        assert!(rest >= 0.999, "{host} was asked again after {rest} s");
    }
    // From the first request of a host to its last; n of them have n - 1 delays between them. An answer takes 25 ms on average,
    // and the delay begins with it, so that no schedule gives more than 976.
    let of_host = |log: &Vec<Exchanged>| (log.len() - 1) as f64 / seconds_between(log[0].sent, log[log.len() - 1].sent);
    let rate: f64 = log.values().map(of_host).sum();
    eprintln!("{rate:.0} requests/s in virtual time, {:.0} pages/s really", summary.fetched as f64 / really);
    assert!(rate >= 950.0, "{rate} requests/s");
}
