//! When the article was published and changed. `stamp` is the value; `structured`, `url` and `text` each read dates from one
//! kind of writing, `months` knows their names in many languages; `prose` finds the dates a reader sees; `choose`
//! decides between all that was found.

pub(crate) mod choose;
pub(crate) mod months;
pub(crate) mod prose;
pub(crate) mod stamp;
pub(crate) mod structured;
pub(crate) mod text;
pub(crate) mod url;
