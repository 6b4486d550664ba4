//! SHELL: the asynchronous loop where network, extractor and disk meet. `by_hand` captures what is asked for now, `run` works
//! through the sources; both visit (`visit`), keep (`keep`) and wait for a host's turn (`hosts`) in the same way.

pub mod answers;
pub mod board;
pub mod by_hand;
pub mod chance;
pub mod clock;
pub mod cookies;
pub mod desk;
pub mod error;
pub mod filing;
pub mod hosts;
pub mod item;
pub mod keep;
pub mod page_assets;
pub mod purses;
pub mod robots;
pub mod rules;
pub mod run;
pub mod sites;
pub mod source;
pub mod stop;
pub mod summary;
pub mod tally;
pub mod visit;
pub mod writer;
