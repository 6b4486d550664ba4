//! What a page says of itself: title, authors, dates, language and the rest. One walk over the tree gathers the evidence,
//! then each file settles one matter from it. Nothing here knows the content that was chosen, the network or the time.

pub(crate) mod address;
pub(crate) mod assemble;
pub(crate) mod authors;
pub(crate) mod dates;
pub(crate) mod evidence;
pub(crate) mod hints;
pub(crate) mod jsonld;
pub(crate) mod language;
pub(crate) mod lines;
pub(crate) mod names;
pub(crate) mod site;
pub(crate) mod subject;
pub(crate) mod text;
pub(crate) mod title;

pub(crate) use assemble::{metadata, proposals};
