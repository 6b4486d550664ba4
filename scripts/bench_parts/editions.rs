//! The same pages on other days: what a site changes around an article that stays as it is. Navigation, ten related links, the
//! hash in every asset's address and a nonce in a script differ from day to day; nothing else does.

use crate::corpus::Sample;

/// Links of the navigation; every sixth is the news of the day.
const NAVIGATION: usize = 18;
/// Links under the article, all of them other ones every day.
const RELATED: usize = 10;

/// A page as it is on a day. Titles are those of other pages.
pub fn on_day(sample: &Sample, day: u64, titles: &[String]) -> Sample {
    let seed = day << 32 | u64::from(crc(&sample.url));
    let html = with_hashes(&sample.html, day);
    let nonce = format!("{:016x}{:08x}", chance(seed), chance(seed + 1) as u32);
    let nonce = format!("<script>var site = {{\"nonce\":\"{nonce}\"}};</script>");
    let mut out = String::with_capacity(html.len() + 4096);
    let body = html.find("<body").and_then(|at| Some(at + html[at..].find('>')? + 1)).unwrap_or(0);
    out.push_str(&html[..body]);
    out.push_str("<nav class=\"site-navigation\"><ul>");
    for n in 0..NAVIGATION {
        let fixed = n % 6 != 0;
        link(&mut out, titles, if fixed { n as u64 } else { chance((day << 8) + n as u64) });
    }
    out.push_str("</ul></nav>");
    out.push_str(&nonce);
    let end = html.rfind("</body").unwrap_or(html.len()).max(body);
    out.push_str(&html[body..end]);
    out.push_str("<aside class=\"related-posts\"><h2>Related</h2><ul>");
    (0..RELATED).for_each(|n| link(&mut out, titles, chance(seed ^ (n as u64 + 7) << 20)));
    out.push_str("</ul></aside>");
    out.push_str(&html[end..]);
    Sample { html: out, ..sample.clone() }
}

fn link(out: &mut String, titles: &[String], n: u64) {
    let n = n % titles.len() as u64;
    out.push_str(&format!("<li><a href=\"/p/{n}.html\">{}</a></li>", titles[n as usize]));
}

/// The address of every style sheet and script with a hash that changes whenever the site is built, a hash of its own each.
fn with_hashes(html: &str, day: u64) -> String {
    let mut out = String::with_capacity(html.len() + 1024);
    let mut rest = html;
    while let Some(at) = [".css\"", ".js\""].iter().filter_map(|end| Some(rest.find(end)? + end.len() - 1)).min() {
        out.push_str(&rest[..at]);
        let name = rest[..at].rsplit('"').next().unwrap_or("");
        out.push_str(&format!("?v={:08x}", chance(day << 32 | u64::from(crc(name))) as u32));
        rest = &rest[at..];
    }
    out.push_str(rest);
    out
}

/// The titles of pages, for links between them.
pub fn titles(samples: &[Sample]) -> Vec<String> {
    let of = |sample: &Sample| {
        let html = &sample.html;
        let begin = html.find("<title").and_then(|at| Some(at + html[at..].find('>')? + 1))?;
        let title: String =
            html[begin..begin + html[begin..].find('<')?].split_whitespace().collect::<Vec<_>>().join(" ");
        (!title.is_empty()).then(|| title.chars().take(90).collect())
    };
    samples.iter().filter_map(of).collect()
}

fn chance(seed: u64) -> u64 {
    let mixed = (seed.wrapping_add(0x9E37_79B9_7F4A_7C15)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (mixed ^ (mixed >> 29)).wrapping_mul(0x94D0_49BB_1331_11EB).rotate_left(23)
}

fn crc(text: &str) -> u32 {
    text.bytes().fold(0x811C_9DC5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
