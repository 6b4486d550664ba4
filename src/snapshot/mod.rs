//! PURE: a page and its article become WARC records, and records become a page and an article again. This room knows the
//! standard and our own fields in it; it knows no disk, no catalogue and no clock.

pub mod compare;
pub mod decode;
pub mod diff;
pub mod encode;
pub mod fields;
pub mod heir;
pub mod text;
pub mod value;
