//! The names of our own fields in WARC records, and the few forms that both writing and reading must agree on. The standard
//! lets a writer add named fields; whoever does not know them passes over them.

/// How the capture compares with what was held of its URL: a word of `Change`.
pub const CHANGE: &str = "Chaffinch-Change";
/// The source of the configuration that led to it.
pub const SOURCE: &str = "Chaffinch-Source";
/// What it was filed under; once for each tag.
pub const TAG: &str = "Chaffinch-Tag";
/// The page it is an asset of.
pub const PARENT: &str = "Chaffinch-Parent";
/// `1` where the page asked not to be archived.
pub const NOARCHIVE: &str = "Chaffinch-Noarchive";
/// Milliseconds from sending the request to the last byte.
pub const ELAPSED: &str = "Chaffinch-Elapsed-Ms";
/// Bytes of body that came over the wire.
pub const WIRE: &str = "Chaffinch-Wire-Bytes";
/// On a `conversion`: the digest of the article's text.
pub const ARTICLE_DIGEST: &str = "Chaffinch-Article-Digest";
/// On a `conversion`: the version of the extractor.
pub const EXTRACTOR: &str = "Chaffinch-Extractor";
/// On a `conversion`: the digest of the site's profile that the extractor was given; absent where there was none.
pub const PROFILE: &str = "Chaffinch-Site-Profile";
/// The protocol of the exchange where the HTTP head cannot say it (`h2`), as others write it.
pub const PROTOCOL: &str = "WARC-Protocol";

/// In a `metadata` block: the record id of the `conversion` that holds this capture's article.
pub const META_ARTICLE: &str = "article";
/// In a `metadata` block: the digest of that article's text.
pub const META_DIGEST: &str = "article-digest";
/// In a `metadata` block: what the extractor said of the page.
pub const META_VERDICT: &str = "verdict";

/// What precedes the page's URL in the target of a `conversion`: a URI of its own, so that no index takes it for the page.
pub const ARTICLE_URN: &str = "urn:article:";
/// What precedes the name of a header field that no longer holds for the body as stored.
pub const ORIGINAL: &str = "X-Archive-Orig-";

/// The media type of a `conversion` block.
pub const ARTICLE_TYPE: &str = "application/json";
/// The media type of `metadata` and `warcinfo` blocks.
pub const WARC_FIELDS: &str = "application/warc-fields";

/// The verdict's word, as JSON spells it.
pub fn verdict_word(verdict: chaffinch_extract::article::Verdict) -> String {
    serde_json::to_value(verdict).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Reads a verdict's word.
pub fn verdict_of(word: &str) -> Option<chaffinch_extract::article::Verdict> {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).ok()
}

/// A value that fits on one line.
pub fn one_line(text: &str) -> String {
    text.split(['\r', '\n']).map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}
