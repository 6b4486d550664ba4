//! Two bare clients: one gets every page of a site once and looks at none (the limit of a crawl), one asks for URLs in random
//! order for a while and notes how long each answer took (the load that replay is measured under).

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use crate::figures::percentile;

/// What a load saw.
#[derive(Debug, Serialize, Deserialize)]
pub struct Seen {
    /// Answers with status 200.
    pub answers: usize,
    /// Any other answer, and none.
    pub failures: usize,
    /// Bytes of body.
    pub bytes: u64,
    /// How long, in seconds.
    pub seconds: f64,
    /// Half of the answers were faster, in milliseconds.
    pub p50_ms: f64,
    /// Of a hundred, 99 were faster, in milliseconds.
    pub p99_ms: f64,
}

fn client() -> Result<reqwest::Client> {
    // Fails only where one is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let redirects = reqwest::redirect::Policy::none();
    Ok(reqwest::Client::builder().no_proxy().redirect(redirects).timeout(Duration::from_secs(60)).build()?)
}

/// Gets every URL of a file once.
pub fn fetch(file: &Path, connections: usize) -> Result<()> {
    let client = client()?;
    let urls: Arc<Vec<String>> = Arc::new(std::fs::read_to_string(file)?.lines().map(str::to_owned).collect());
    let next = Arc::new(AtomicUsize::new(0));
    tokio::runtime::Runtime::new()?.block_on(async {
        let begun = Instant::now();
        let mut tasks: JoinSet<Result<u64>> = JoinSet::new();
        for _ in 0..connections {
            let (client, next, urls) = (client.clone(), Arc::clone(&next), Arc::clone(&urls));
            tasks.spawn(async move {
                let mut bytes = 0;
                loop {
                    let Some(url) = urls.get(next.fetch_add(1, Ordering::Relaxed)) else { return Ok(bytes) };
                    let response = client.get(url).send().await?.error_for_status()?;
                    bytes += response.bytes().await?.len() as u64;
                }
            });
        }
        let mut bytes = 0;
        while let Some(done) = tasks.join_next().await {
            bytes += done??;
        }
        println!("{} {bytes}", begun.elapsed().as_secs_f64());
        Ok(())
    })
}

/// Asks for the URLs of a file, in an order that is random and the same every time.
pub fn load(file: &Path, connections: usize, seconds: f64) -> Result<()> {
    let text = std::fs::read_to_string(file)?;
    let urls: Arc<Vec<String>> = Arc::new(text.lines().map(str::to_owned).collect());
    if urls.is_empty() {
        bail!("{}: no URL", file.display());
    }
    let client = client()?;
    let seen = tokio::runtime::Runtime::new()?.block_on(async {
        let begun = Instant::now();
        let end = begun + Duration::from_secs_f64(seconds);
        let mut tasks = JoinSet::new();
        for connection in 0..connections {
            tasks.spawn(ask(client.clone(), Arc::clone(&urls), connection as u64, end));
        }
        let (mut times, mut failures, mut bytes) = (Vec::new(), 0, 0);
        while let Some(done) = tasks.join_next().await {
            let (its_times, its_failures, its_bytes) = done?;
            times.extend(its_times);
            failures += its_failures;
            bytes += its_bytes;
        }
        let seconds = begun.elapsed().as_secs_f64();
        let (p50_ms, p99_ms) = (percentile(&times, 0.5), percentile(&times, 0.99));
        Ok::<_, anyhow::Error>(Seen { answers: times.len(), failures, bytes, seconds, p50_ms, p99_ms })
    })?;
    println!("{}", serde_json::to_string(&seen)?);
    Ok(())
}

async fn ask(client: reqwest::Client, urls: Arc<Vec<String>>, seed: u64, end: Instant) -> (Vec<f64>, usize, u64) {
    let (mut times, mut failures, mut bytes) = (Vec::new(), 0, 0);
    let mut random = Random::new(seed);
    while Instant::now() < end {
        let begun = Instant::now();
        match answer(&client, &urls[random.below(urls.len())]).await {
            Some(length) => {
                times.push(begun.elapsed().as_secs_f64() * 1000.0);
                bytes += length;
            }
            None => failures += 1,
        }
    }
    (times, failures, bytes)
}

async fn answer(client: &reqwest::Client, url: &str) -> Option<u64> {
    let response = client.get(url).send().await.ok().filter(|response| response.status() == 200)?;
    response.bytes().await.ok().map(|body| body.len() as u64)
}

/// Numbers that are random enough to shuffle pages, and the same every time (xorshift64*).
pub struct Random(u64);

impl Random {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Self((seed + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    /// A number below a bound, which is not 0.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % bound
    }
}
