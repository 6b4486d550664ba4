//! When the article was published and changed. `stamp` is the value; `structured`, `url` and `text` each read dates from one
//! kind of writing, `months` knows their names in many languages, `calendar` other counts of years, `labels` the words around
//! them; `prose` finds the dates a reader sees; `vote` weighs what speaks for each day; `choose` decides.

pub(crate) mod calendar;
pub(crate) mod choose;
pub(crate) mod labels;
pub(crate) mod months;
pub(crate) mod prose;
pub(crate) mod stamp;
pub(crate) mod structured;
pub(crate) mod text;
pub(crate) mod url;
pub(crate) mod vote;
