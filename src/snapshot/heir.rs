//! When a capture is taken out, what it held for others must stand elsewhere: the first that only referred to it becomes its
//! heir. Here are the records of heirs, made of those of the capture and their own; who inherits is decided elsewhere.

use chaffinch_warc::http::Head;
use chaffinch_warc::{Record, RecordType, SERVER_NOT_MODIFIED};

use crate::snapshot::fields;
use crate::snapshot::value::{CaptureId, Role};

/// The fields by which a revisit refers to what it repeats.
const REFERENCES: [&str; 4] = ["WARC-Profile", "WARC-Refers-To", "WARC-Refers-To-Target-URI", "WARC-Refers-To-Date"];

/// A revisit that now holds the payload itself: its own head and the body of the record it referred to; where the server had
/// only said that nothing changed, the head too. The error says what cannot be read.
pub fn response(revisit: &Record, held: &Record) -> Result<Record, String> {
    let (_, body) = Head::parse(&held.block).ok_or("the record that is repeated holds no HTTP message")?;
    let block = if revisit.header.profile() == Some(SERVER_NOT_MODIFIED) {
        held.block.clone()
    } else {
        [revisit.block.as_slice(), body].concat()
    };
    let mut record = revisit.clone();
    record.header.set("WARC-Type", RecordType::Response.as_str());
    for name in REFERENCES {
        record.header.remove(name);
    }
    Ok(record.block("application/http;msgtype=response", block))
}

/// A revisit that refers to the answer of the heir.
pub fn revisit(revisit: &Record, heir: &Record) -> Record {
    let mut record = revisit.clone();
    let fields = [
        ("WARC-Refers-To", "WARC-Record-ID"),
        ("WARC-Refers-To-Target-URI", "WARC-Target-URI"),
        ("WARC-Refers-To-Date", "WARC-Date"),
    ];
    for (name, of) in fields {
        if let Some(value) = heir.header.get(of) {
            record.header.set(name, value);
        }
    }
    record
}

/// An article that stands with another capture: made by the same extractor of the same text.
pub fn conversion(held: &Record, heir: CaptureId, answer: &Record) -> Record {
    let mut record = held.clone();
    record.header.set("WARC-Record-ID", format!("<{}>", heir.record_id(Role::Article)));
    record.header.set("WARC-Refers-To", format!("<{}>", heir.record_id(Role::Answer)));
    if let Some(date) = answer.header.get("WARC-Date") {
        record.header.set("WARC-Date", date);
    }
    record
}

/// What a capture says of the article it shows: that another capture holds it.
pub fn metadata(answer: &Record, capture: CaptureId, holder: CaptureId, digest: &str) -> Record {
    let mut record = Record::new(RecordType::Metadata).id(&capture.record_id(Role::Metadata));
    for name in ["WARC-Date", "WARC-Target-URI"] {
        if let Some(value) = answer.header.get(name) {
            record = record.field(name, value);
        }
    }
    let block = format!(
        "{}: <{}>\r\n{}: {digest}\r\n",
        fields::META_ARTICLE,
        holder.record_id(Role::Article),
        fields::META_DIGEST
    );
    record
        .field("WARC-Concurrent-To", format!("<{}>", capture.record_id(Role::Answer)))
        .block(fields::WARC_FIELDS, block)
}
