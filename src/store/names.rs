//! The names of files within an archive. Nothing here looks whether they exist.

/// The file that names the layout and its version.
pub const FORMAT: &str = "FORMAT";
/// What people added: tags, notes, tombstones.
pub const NOTES: &str = "notes.jsonl";
/// The folder of journals.
pub const JOURNALS: &str = "journal/";
/// The folder of segments.
pub const SEGMENTS: &str = "segments/";
/// The folder that `repair` moves damaged files to.
pub const DAMAGED: &str = "damaged/";

/// How record files end.
const RECORDS: &str = ".warc.zst";
/// How second copies of dictionaries end.
const DICTIONARY: &str = ".dict";

/// How parity files end.
const PARITY: &str = ".parity";

/// The key of a journal.
pub fn journal(id: &str) -> String {
    format!("{JOURNALS}{id}{RECORDS}")
}

/// The key of a segment. The two last letters of an id are chance, so that folders stay evenly filled.
pub fn segment(id: &str) -> String {
    let folder = id.get(id.len().saturating_sub(2)..).unwrap_or("xx");
    format!("{SEGMENTS}{folder}/{id}{RECORDS}")
}

/// The key of the second copy of the dictionary that a journal or segment begins with.
pub fn second_copy(key: &str) -> String {
    format!("{}{DICTIONARY}", key.strip_suffix(RECORDS).unwrap_or(key))
}

/// The key of the parity file beside a segment.
pub fn parity(key: &str) -> String {
    format!("{}{PARITY}", key.strip_suffix(RECORDS).unwrap_or(key))
}

/// The key under which the end that was cut off a journal is kept.
pub fn torn(key: &str, offset: u64) -> String {
    format!("{}.{offset}.torn", key.strip_suffix(RECORDS).unwrap_or(key))
}

/// Whether a key names a file of records.
pub fn holds_records(key: &str) -> bool {
    key.ends_with(RECORDS)
}

/// The id in the key of a journal, a segment, or the second copy of a dictionary.
pub fn id_of(key: &str) -> &str {
    let name = key.rsplit('/').next().unwrap_or(key);
    name.split('.').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_what_stands_beside_it_and_its_id_are_named_after_each_other() {
        let key = segment("01jabcdxyz");
        assert_eq!(key, "segments/yz/01jabcdxyz.warc.zst");
        assert_eq!(second_copy(&key), "segments/yz/01jabcdxyz.dict");
        assert_eq!(parity(&key), "segments/yz/01jabcdxyz.parity");
        assert_eq!(id_of(&key), "01jabcdxyz");
        assert_eq!(torn(&journal("01j"), 99), "journal/01j.99.torn");
    }
}
