//! The WACZ container (WACZ 1.1.1, Webrecorder): a ZIP file of a WARC file, its index, a list of pages, and a description with
//! the digest of each. It knows what the parts are called, not where captures come from.

use std::io::{self, Read, Seek, Write};

use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::store::cdxj::Line;
use crate::store::merkle::{hex, sha256_hex};

/// The name of the WARC file within the container, for whoever writes index lines.
pub const WARC: &str = "data.warc.gz";

/// A page in the list of pages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Page {
    /// The capture's id.
    pub id: String,
    /// Its address.
    pub url: String,
    /// When it was captured.
    pub ts: String,
    /// The title of its article.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The text of its article, for the player's own search.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

#[derive(Serialize)]
struct Resource {
    name: String,
    path: String,
    hash: String,
    bytes: u64,
}

#[derive(Serialize)]
struct Package<'a> {
    profile: &'static str,
    wacz_version: &'static str,
    title: &'a str,
    created: String,
    software: &'static str,
    resources: &'a [Resource],
}

#[derive(Serialize)]
struct Sealed<'a> {
    path: &'a str,
    hash: String,
}

/// Packs a WARC file, whose records the index lines describe, and a list of pages. Nothing is compressed again, so that players
/// read records where they lie.
///
/// # Errors
/// Where reading or writing fails.
pub fn pack<W: Write + Seek>(
    sink: W,
    mut warc: impl Read,
    index: &[Line],
    pages: &[Page],
    title: &str,
    now: Timestamp,
) -> io::Result<W> {
    let mut zip = Container { zip: ZipWriter::new(sink), resources: Vec::new() };
    zip.add(&format!("archive/{WARC}"), &mut warc)?;
    let lines: String = index.iter().map(|line| format!("{line}\n")).collect::<Vec<_>>().concat();
    zip.add("indexes/index.cdx", &mut lines.as_bytes())?;
    let mut list =
        String::from("{\"format\":\"json-pages-1.0\",\"id\":\"pages\",\"title\":\"All Pages\",\"hasText\":true}\n");
    for page in pages {
        list.push_str(&serde_json::to_string(page)?);
        list.push('\n');
    }
    zip.add("pages/pages.jsonl", &mut list.as_bytes())?;
    let package = Package {
        profile: "data-package",
        wacz_version: "1.1.1",
        title,
        created: now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        software: concat!("chaffinch/", env!("CARGO_PKG_VERSION")),
        resources: &zip.resources,
    };
    let package = serde_json::to_string_pretty(&package)?;
    let sealed = Sealed { path: "datapackage.json", hash: digest_of(package.as_bytes()) };
    zip.add("datapackage.json", &mut package.as_bytes())?;
    zip.add("datapackage-digest.json", &mut serde_json::to_string_pretty(&sealed)?.as_bytes())?;
    zip.zip.finish().map_err(io::Error::other)
}

fn digest_of(bytes: &[u8]) -> String {
    format!("sha256:{}", sha256_hex(bytes))
}

struct Container<W: Write + Seek> {
    zip: ZipWriter<W>,
    resources: Vec<Resource>,
}

impl<W: Write + Seek> Container<W> {
    fn add(&mut self, path: &str, content: &mut dyn Read) -> io::Result<()> {
        // The time of a part says nothing: with one that stays, the same captures make the same file.
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored).large_file(true);
        self.zip.start_file(path, options).map_err(io::Error::other)?;
        let (mut hash, mut bytes, mut buffer) = (Sha256::new(), 0, vec![0; 64 << 10]);
        loop {
            let count = content.read(&mut buffer)?;
            if count == 0 {
                break;
            }
            hash.update(&buffer[..count]);
            self.zip.write_all(&buffer[..count])?;
            bytes += count as u64;
        }
        let name = path.rsplit('/').next().unwrap_or(path).to_owned();
        let hash = format!("sha256:{}", hex(&hash.finalize()));
        self.resources.push(Resource { name, path: path.to_owned(), hash, bytes });
        Ok(())
    }
}
