//! Records and files to test with.

use std::fmt::Write as _;
use std::sync::LazyLock;

use chaffinch_warc::{Compression, Dictionary, Error, Reader, Record, RecordType, Span, Writer, urn_uuid};

/// A response whose body is this text; `n` makes its id and its address.
pub fn response(n: u128, body: &str) -> Record {
    Record::new(RecordType::Response)
        .id(&urn_uuid(n))
        .date("2026-03-01T12:00:00Z".parse().unwrap())
        .target_uri(&format!("http://example.com/{n}"))
        .payload_digest_of(body.as_bytes())
        .block(
            "application/http; msgtype=response",
            format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{body}"),
        )
}

/// Text that does not compress to nothing: `words` numbers from a fixed sequence.
pub fn text(seed: u64, words: usize) -> String {
    let mut state = seed;
    let mut out = String::from("<nav>Home News Sport Weather</nav>");
    for _ in 0..words {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        write!(out, "<p>{}</p>", state >> 40).unwrap();
    }
    out
}

/// A dictionary for [`text`].
pub fn dictionary() -> Dictionary {
    static TRAINED: LazyLock<Dictionary> = LazyLock::new(train);
    TRAINED.clone()
}

fn train() -> Dictionary {
    let pages: Vec<String> = (0..200).map(|n| text(n, 20)).collect();
    let samples: Vec<&[u8]> = pages.iter().map(String::as_bytes).collect();
    Dictionary::train(&samples, 4096, 41_000, 9).unwrap()
}

/// Every way to compress.
pub fn compressions(dictionary: &Dictionary) -> [Compression<'_>; 4] {
    [
        Compression::None,
        Compression::Gzip { level: 6 },
        Compression::Zstd { level: 3, dictionary: None },
        Compression::Zstd { level: 9, dictionary: Some(dictionary) },
    ]
}

/// A file of these records, and where each lies.
pub fn file(records: &[Record], compression: Compression<'_>) -> (Vec<u8>, Vec<Span>) {
    let mut writer = Writer::new(Vec::new(), compression).unwrap();
    let spans = records.iter().map(|record| writer.write(record).unwrap()).collect();
    (writer.finish().unwrap(), spans)
}

/// What reading a file to its end gave, going on behind every damage.
#[derive(Debug, Default)]
pub struct Harvest {
    pub records: Vec<(Span, Record)>,
    pub errors: Vec<Error>,
    pub intact_until: u64,
}

/// Reads a file to its end.
pub fn harvest(mut reader: Reader<impl std::io::Read>) -> Harvest {
    let mut harvest = Harvest::default();
    loop {
        let next = reader.next_record().and_then(|entry| entry.map(|entry| entry.into_record(1 << 24)).transpose());
        match next {
            Ok(Some(read)) => harvest.records.push(read),
            Ok(None) => break,
            Err(error) => {
                assert!(error.is_damage() || matches!(error, Error::BlockTooLong { .. }), "{error}");
                if harvest.errors.is_empty() {
                    harvest.intact_until = reader.intact_until();
                }
                harvest.errors.push(error);
                assert!(harvest.errors.len() < 100_000, "reading makes no progress");
                reader.skip_to_next().unwrap();
            }
        }
    }
    if harvest.errors.is_empty() {
        harvest.intact_until = reader.intact_until();
    }
    harvest
}

/// A reader that gives one byte at a time.
pub struct Trickle<'a>(pub &'a [u8]);

impl std::io::Read for Trickle<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let count = out.len().min(1);
        self.0.read(&mut out[..count])
    }
}
